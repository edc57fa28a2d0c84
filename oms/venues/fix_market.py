"""Market data messages (V, W, X, Y) as FIX 4.4: repeating groups in the order of the dictionary. Pure."""

from oms.fix.dictionary import Dictionary
from oms.fix.fields import FieldError, from_scaled, from_utc_ns, to_int
from oms.fix.groups import groups
from oms.fix.message import Field, Message
from oms.venues import messages as m
from oms.venues.fix_envelope import INCORRECT_FORMAT
from oms.venues.market_messages import (
    Entry,
    MarketAnswer,
    MarketDataIncremental,
    MarketDataRequest,
    MarketDataRequestReject,
    MarketDataSnapshot,
)

REQUEST = "V"
ANSWERS: dict[type, str] = {MarketDataSnapshot: "W", MarketDataIncremental: "X", MarketDataRequestReject: "Y"}
"""MsgType (35) of each."""


def read_request(frame: Message, dictionary: Dictionary) -> MarketDataRequest:
    """Of a message that the dictionary finds nothing wrong with. Raises `m.MessageError`."""
    try:
        depth, update = to_int(frame.get(264) or b"0"), to_int(frame.get(265) or b"0")
    except FieldError as error:
        raise m.MessageError(str(error), frame.seq_num, ref_msg_type=REQUEST, reason=INCORRECT_FORMAT) from None
    if depth < 0:
        raise m.MessageError("MarketDepth below zero", frame.seq_num, ref_tag_id=264, ref_msg_type=REQUEST, reason=5)
    return MarketDataRequest(
        frame.seq_num, frame.text(262), frame.text(263), depth, frame.text(56), update,
        tuple(group.text(269) for group in groups(frame, 267, dictionary)),
        tuple(group.text(55) for group in groups(frame, 146, dictionary)), frame.poss_dup,
    )  # fmt: skip


def write_answer(answer: MarketAnswer, px: int, qty: int) -> tuple[str, list[Field]]:
    """MsgType and body. `px`, `qty`: the instrument's scales."""
    head: list[Field] = [(262, answer.md_req_id.encode("latin-1", "replace"))]
    match answer:
        case MarketDataRequestReject():
            return ANSWERS[type(answer)], [
                *head,
                (281, answer.md_req_rej_reason.encode()),
                (58, answer.text.encode("latin-1", "replace")),
            ]
        case MarketDataSnapshot():
            symbol = [(55, answer.symbol.encode())]
        case MarketDataIncremental():
            symbol = []
    entries = [Entry.of(text) for text in answer.entries]
    out: list[Field] = [*head, *symbol, (268, b"%d" % len(entries))]
    for entry in entries:
        out += _entry(entry, answer.symbol, px, qty)
    return ANSWERS[type(answer)], out


def _entry(e: Entry, symbol: str, px: int, qty: int) -> list[Field]:
    date, _, time = from_utc_ns(e.time_ns).partition(b"-")
    first: list[Field] = [(279, e.action.encode())] if e.action else []
    out: list[Field] = [*first, (269, e.entry_type.encode())]
    if e.action:
        out += [(278, e.entry_id.encode()), (55, symbol.encode())]
    out += [(270, from_scaled(e.px, px)), (271, from_scaled(e.size, qty)), (272, date), (273, time)]
    return [*out, (290, b"%d" % e.level)] if e.level else out
