"""What `oms fix send` says in FIX: the fields of a client's messages, for each version, from what is typed.

Decimals go as they are typed: the gateway judges them. A field that is given as TAG=VALUE takes the place of the same one.
It knows the fields that the gateway takes (docs/fix-clients.md), and nothing of sessions.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from oms.cli.decimals import to_text
from oms.cli.instance import UsageError
from oms.cli.instruction_words import TIFS
from oms.cli.terms import SIDES, SideWord, TifWord
from oms.core.enums import OrdType, Side, TimeInForce
from oms.fix.fields import from_utc_ns
from oms.fix.message import Field
from oms.gateway.client_sessions.terms import FIX_42, FIX_50SP2
from oms.wire.fix_codes import STANDARD

_PAIR = re.compile(r"([1-9][0-9]{0,8})=(.+)", re.DOTALL)
OF_THE_SESSION = frozenset("01245A")
"""What is the session's own business: all its messages but Reject (3), which says that a message was not taken."""
_MSG_TYPE = re.compile(r"[0-9A-Za-z]{1,2}")
AUTOMATED = b"1"
"""HandlInst (21): automated, without intervention. FIX 5.0 SP2 is not sent it."""
ONE_SECURITY, EVERYTHING = b"1", b"7"
"""MassCancelRequestType (530)."""


class Kind(Enum):
    new = "new"
    replace = "replace"
    cancel = "cancel"
    status = "status"
    mass_cancel = "mass-cancel"


MSG_TYPES = {Kind.new: "D", Kind.replace: "G", Kind.cancel: "F", Kind.status: "H", Kind.mass_cancel: "q"}
ABOUT_AN_ORDER = frozenset({Kind.replace, Kind.cancel, Kind.status})


@dataclass(frozen=True, slots=True)
class Terms:
    """What is to be said of an order; empty where nothing is. `orig`: OrigClOrdID (41), or ClOrdID (11) of a status request."""

    cl_ord_id: str = ""
    orig: str = ""
    side: Side | None = None
    qty: str = ""
    instrument: str = ""
    price: str = ""
    stop: str = ""
    account: str = ""
    ord_type: OrdType | None = None
    tif: TimeInForce | None = None

    def of_account(self, account: str) -> "Terms":
        return replace(self, account=account)

    def of_order(self, cl_ord_id: str) -> "Terms":
        return replace(self, orig=cl_ord_id)


def typed_terms(
    cl_ord_id: str,
    orig: str,
    side: SideWord | None,
    qty: str,
    instrument: str,
    price: str,
    stop: str,
    account: str,
    tif: TifWord | None,
) -> Terms:
    return Terms(
        cl_ord_id,
        orig,
        SIDES[side] if side is not None else None,
        qty,
        instrument,
        price,
        stop,
        account,
        None,
        TIFS[tif] if tif is not None else None,
    )


def completed(kind: Kind, typed: Terms, view: Any) -> Terms:
    """What was typed, and where nothing was, what the order has (an `OrderView`): a replace says all terms. UsageError for what it cannot say."""
    if kind is Kind.replace and view.instructions.ByteSize():
        raise UsageError(
            f"{view.order_id} has instructions, which a replace must repeat: send a G with all of its fields as TAG=VALUE"
        )
    price = to_text(view.price, view.price_scale) if view.HasField("price") else ""
    return Terms(
        typed.cl_ord_id,
        view.cl_ord_id,
        typed.side or Side(view.side),
        typed.qty or to_text(view.order_qty, view.qty_scale),
        typed.instrument or view.instrument_id,
        typed.price or price,
        typed.stop,
        typed.account or view.account_id,
        OrdType(view.ord_type),
        typed.tif or TimeInForce(view.time_in_force),
    )


def body_of(kind: Kind, terms: Terms, version: str, now_ns: int) -> tuple[Field, ...]:
    """UsageError for what must be said and is not, and for a message that the version does not have."""
    match kind:
        case Kind.new:
            return ((11, _text(terms.cl_ord_id)), *_order(terms, version, now_ns))
        case Kind.replace:
            return ((41, _text(terms.orig)), (11, _text(terms.cl_ord_id)), *_order(terms, version, now_ns))
        case Kind.cancel:
            names = ((41, _text(terms.orig)), (11, _text(terms.cl_ord_id)))
            return (*names, *_symbol_and_side(terms), _stamp(now_ns), (38, _needed(terms.qty, "--qty")))
        case Kind.status:
            return ((11, _text(terms.orig)), *_account(terms), *_symbol_and_side(terms))
        case Kind.mass_cancel:
            return _mass_cancel(terms, version, now_ns)


def _order(terms: Terms, version: str, now_ns: int) -> tuple[Field, ...]:
    """NewOrderSingle (D) and OrderCancelReplaceRequest (G) from their ids on."""
    kind = terms.ord_type or _ord_type(terms)
    return (
        *(((21, AUTOMATED),) if version != FIX_50SP2 else ()),
        *_account(terms),
        *_symbol_and_side(terms),
        _stamp(now_ns),
        (38, _needed(terms.qty, "--qty")),
        (40, STANDARD["OrdType"][kind].encode()),
        *(((44, _text(terms.price)),) if terms.price else ()),
        *(((99, _text(terms.stop)),) if terms.stop else ()),
        (59, STANDARD["TimeInForce"][terms.tif or TimeInForce.DAY].encode()),
    )


def _ord_type(terms: Terms) -> OrdType:
    if terms.stop:
        return OrdType.STOP_LIMIT if terms.price else OrdType.STOP
    return OrdType.LIMIT if terms.price else OrdType.MARKET


def _mass_cancel(terms: Terms, version: str, now_ns: int) -> tuple[Field, ...]:
    if version == FIX_42:
        raise UsageError("FIX.4.2 has no mass cancel: use a session of 4.4 or 5.0SP2, or `oms cancel --all`")
    return (
        (11, _text(terms.cl_ord_id)),
        (530, ONE_SECURITY if terms.instrument else EVERYTHING),
        *_account(terms),
        *(((55, _text(terms.instrument)),) if terms.instrument else ()),
        *(((54, STANDARD["Side"][terms.side].encode()),) if terms.side is not None else ()),
        _stamp(now_ns),
    )


def _symbol_and_side(terms: Terms) -> tuple[Field, ...]:
    if terms.side is None:
        raise UsageError("which side? give --side")
    return (55, _needed(terms.instrument, "--instrument")), (54, STANDARD["Side"][terms.side].encode())


def _account(terms: Terms) -> tuple[Field, ...]:
    return ((1, _text(terms.account)),) if terms.account else ()


def _stamp(now_ns: int) -> Field:
    """TransactTime."""
    return 60, from_utc_ns(now_ns)


def _needed(text: str, option: str) -> bytes:
    if not text:
        raise UsageError(f"{option} is not given, and no running system here could say it")
    return _text(text)


def _text(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise UsageError(f"{text!r} cannot be said in FIX (ISO 8859-1)") from None


# -- TAG=VALUE --------------------------------------------------------------------------------------------------------------


def pairs_of(words: Sequence[str]) -> tuple[Field, ...]:
    """Fields as they are typed, one a word, or several with `|` between them as a log shows them; what the session says itself is left out."""
    parts = [part for word in words for part in word.split("|") if part]
    return tuple(item for item in map(_pair, parts) if item[0] not in _SESSIONS_OWN)


_SESSIONS_OWN = frozenset({8, 9, 10, 34, 35, 49, 52, 56})
"""BeginString, BodyLength, CheckSum, MsgSeqNum, MsgType, CompIDs, SendingTime."""


def _pair(text: str) -> Field:
    match = _PAIR.fullmatch(text)
    if match is None or "\x01" in text:
        raise UsageError(f"{text!r} is no field: write TAG=VALUE, such as 44=98.50")
    return int(match[1]), _text(match[2])


def msg_type_of(word: str) -> str:
    """A MsgType (35) as it is typed, or as a whole message that is pasted from a log says it."""
    found = re.search(r"(?:^|\|)35=([^|]+)", word)
    kind = found[1] if found else word
    if not _MSG_TYPE.fullmatch(kind):
        raise UsageError(
            f"{word!r} is no message: give {', '.join(kind.value for kind in Kind)}, or a MsgType (35) such as D, and TAG=VALUE"
        )
    if kind in OF_THE_SESSION:
        raise UsageError(
            f"MsgType(35)={kind} is the session's own: `oms fix send` logs on and out itself, and keeps its numbers"
        )
    return kind


def with_pairs(body: Iterable[Field], pairs: Sequence[Field]) -> tuple[Field, ...]:
    """A tag that is given once takes the place of the same one; all else comes behind, in its order.

    >>> with_pairs([(55, b"ACME"), (44, b"1")], [(44, b"2"), (18, b"6")])
    ((55, b'ACME'), (44, b'2'), (18, b'6'))
    """
    fields, values = list(body), dict(pairs)
    once = {tag for tag, _ in pairs if sum(other == tag for other, _ in pairs) == 1}
    replaced = once & {tag for tag, _ in fields}
    return (
        *((tag, values[tag] if tag in replaced else value) for tag, value in fields),
        *(item for item in pairs if item[0] not in replaced),
    )
