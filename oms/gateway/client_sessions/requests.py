"""From a client's FIX message to the request that gRPC knows, and by the same validation to a command; or to what is wrong with it.

Decides: decimals and codes of FIX in our integers and vocabularies, exactly or not at all; which trading date a message belongs to; which
of our fields each tag is. What a well-formed request may not ask is judged where gRPC's is (`oms.gateway.validation`), and by risk.
Does not know sessions' numbers, orders' states, or how a refusal is written.

Not in FIX, by rule: an order without TargetStrategy (847) is DIRECT where it names a venue (ExDestination, 100), else BEST_PRICE. What a
replace leaves out is not carried over (FIX: order state rule 12), but for what a replace of ours cannot change anyway.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from oms.core.commands import Command
from oms.core.control import Control, tape_now
from oms.core.dates import utc_date
from oms.core.enums import Algorithm, ContingencyType, ExecInst, OrdType, PegPriceType, TimeInForce
from oms.core.reasons import Reason
from oms.core.reference import Calendar, FixSession, Instrument, Reference
from oms.fix.dictionary import Dictionary
from oms.fix.fields import FieldError as FixFieldError
from oms.fix.fields import to_scaled, to_utc_date, to_utc_ns
from oms.fix.groups import Group, groups
from oms.fix.message import Message
from oms.gateway import validation
from oms.gateway.client_sessions import words
from oms.gateway.client_sessions.terms import source_of
from oms.gateway.field_errors import INT_MAX, Errors
from oms.gateway.validation import Addressed, Edge
from oms.v1 import commands_pb2, gateway_pb2

api: Any = gateway_pb2
"""The generated module without types: its enumerations take our numbers, which the generated stubs do not know."""

_DAY_NS = 86_400_000_000_000
_SECOND_DIGITS = 9
"""A second in nanoseconds is a decimal of so many places."""
_TRADER_ROLE, _CLIENT_ROLE = 11, 3
"""PartyRole (452): order origination trader, client ID."""

_TAG_OF = {
    "cl_ord_id": "ClOrdID(11)",
    "orig_cl_ord_id": "OrigClOrdID(41)",
    "account_id": "Account(1)",
    "instrument_id": "Symbol(55)",
    "side": "Side(54)",
    "ord_type": "OrdType(40)",
    "time_in_force": "TimeInForce(59)",
    "order_qty": "OrderQty(38)",
    "price": "Price(44)",
    "venue_id": "ExDestination(100)",
    "twap": "TargetStrategy(847)",
    "algorithm": "TargetStrategy(847)",
    "trading_date": "TransactTime(60)",
    "desk_id": "the session's desk",
    "instructions.stop_px": "StopPx(99)",
    "instructions.display_qty": "DisplayQty(1138)",
    "instructions.min_qty": "MinQty(110)",
    "instructions.exec_inst": "ExecInst(18)",
    "instructions.peg": "PegPriceType(1094)",
    "instructions.peg.offset": "PegOffsetValue(211)",
    "instructions.expire_ns": "ExpireTime(126)",
    "instructions.expire_date": "ExpireDate(432)",
    "instructions.good_for_ns": "ExposureDuration(1629)",
    "instructions.smp": "SelfMatchPreventionInstruction(2964)",
    "instructions.smp_id": "SelfMatchPreventionID(2362)",
    "requester.trader": "SenderSubID(50)",
    "requester.strategy": "ClOrdLinkID(583)",
}


class Unacceptable(Exception):
    """A field that cannot be taken as it is. `reason` is one of ours; the text names the tag and says what it takes."""

    def __init__(self, reason: Reason, text: str, tag: int = 0) -> None:
        super().__init__(text)
        self.reason, self.text, self.tag = reason, text, tag


@dataclass(frozen=True, slots=True)
class Asked:
    """What a message is read with. `now_ns`: wall time of its arrival. `find_date`: the trading date of a known ClOrdID of the desk."""

    session: FixSession
    reference: Reference
    control: Control
    dictionary: Dictionary
    now_ns: int
    find_date: Callable[[str], int | None]
    partitions: int


def command_from(message: Message, asked: Asked) -> Command:
    """The command that an application message asks for. `Unacceptable` with what a person can act on."""
    try:
        request = REQUEST_OF[message.msg_type](message, asked)
    except FixFieldError as error:  # of a group or a number that the fields' own readers do not name
        raise Unacceptable(Reason.INVALID_FIELD, str(error)) from None
    edge = Edge(
        asked.now_ns,
        "",
        asked.partitions,
        asked.session.person_id,
        source_of(asked.session.session_id),
    )
    found = validation.command_of(request, asked.reference, edge)
    if isinstance(found, Addressed):
        return found.command
    raise Unacceptable(Reason.INVALID_FIELD, text_of(found))


def text_of(errors: Errors) -> str:
    """What is wrong, by FIX's names.

    >>> from oms.gateway.field_errors import FieldError
    >>> text_of((FieldError("price", "must be set for a LIMIT order"),))
    'Price(44): must be set for a LIMIT order'
    """
    return "; ".join(f"{_TAG_OF.get(error.field, error.field)}: {error.description}" for error in errors[:5])


# -- the messages -----------------------------------------------------------------------------------------------------------


def _new_order(m: Message, asked: Asked) -> Any:
    instrument = instrument_of(m, asked.reference)
    request = api.SubmitRequest(
        desk_id=asked.session.desk_id,
        trading_date=trading_date(m, asked),
        cl_ord_id=m.text(11),
        requester=_requester(m, asked),
    )
    _order_terms(m, asked, instrument, request)
    return request


def _order_terms(m: Message | Group, asked: Asked, instrument: Instrument, request: Any) -> None:
    """The fields that a single order and one of a list share."""
    request.account_id = account_of(m, asked)
    request.instrument_id = instrument.instrument_id
    request.side = _coded(m, 54, words.SIDES)
    request.ord_type = _coded(m, 40, words.ORD_TYPES)
    request.time_in_force = _coded(m, 59, words.TIMES_IN_FORCE, TimeInForce.DAY)
    request.order_qty = _quantity(m, instrument)
    price = _scaled(m, 44, instrument.price_scale)
    if price is not None:
        request.price = price
    request.venue_id = m.text(100)
    request.algorithm = _algorithm(m)
    if request.algorithm == Algorithm.TWAP:
        request.twap.CopyFrom(_twap(m, asked))
    _instructions(m, asked, instrument, request.instructions, OrdType(request.ord_type))
    if not request.instructions.ByteSize():
        request.ClearField("instructions")


def _replace(m: Message, asked: Asked) -> Any:
    instrument = instrument_of(m, asked.reference)
    date = trading_date(m, asked)
    request = api.ReplaceRequest(
        desk_id=asked.session.desk_id,
        trading_date=date,
        cl_ord_id=m.text(11),
        orig_trading_date=asked.find_date(m.text(41)) or date,
        orig_cl_ord_id=m.text(41),
        order_qty=_quantity(m, instrument),
        requester=_requester(m, asked),
    )
    price = _scaled(m, 44, instrument.price_scale)
    if price is not None:
        request.price = price
    if _algorithm(m) is Algorithm.TWAP:
        request.twap.CopyFrom(_twap(m, asked))
    _instructions(m, asked, instrument, request.instructions, _coded(m, 40, words.ORD_TYPES))
    if not request.instructions.ByteSize():
        request.ClearField("instructions")
    return request


def _cancel(m: Message, asked: Asked) -> Any:
    date = trading_date(m, asked)
    return api.CancelRequest(
        desk_id=asked.session.desk_id,
        trading_date=date,
        cl_ord_id=m.text(11),
        orig_trading_date=asked.find_date(m.text(41)) or date,
        orig_cl_ord_id=m.text(41),
        requester=_requester(m, asked),
    )


def _mass_cancel(m: Message, asked: Asked) -> Any:
    """MassCancelRequestType (530): 1 a security, 7 all; what else is named (account, side, venue) narrows it."""
    kind = m.text(530)
    if kind not in ("1", "7", "8"):
        raise Unacceptable(
            Reason.INVALID_FIELD, f"MassCancelRequestType(530)={kind}: takes 1 (security), 7 (all), 8 (market)", 530
        )
    request = api.MassCancelRequest(
        desk_id=asked.session.desk_id,
        trading_date=trading_date(m, asked),
        cl_ord_id=m.text(11),
        account_id=account_of(m, asked) if asked.session.accounts else m.text(1),
        instrument_id=m.text(55) if kind == "1" or m.get(55) else "",
        venue_id=m.text(1301) or m.text(207) if kind == "8" else "",
        requester=_requester(m, asked),
    )
    if kind == "1" and not request.instrument_id:
        raise Unacceptable(Reason.INVALID_FIELD, "Symbol(55): must be set for MassCancelRequestType(530)=1", 55)
    if kind == "8" and not request.venue_id:
        raise Unacceptable(Reason.INVALID_FIELD, "MarketID(1301): must be set for MassCancelRequestType(530)=8", 1301)
    if m.get(54) is not None:
        request.side = _coded(m, 54, words.SIDES)
    return request


def _new_list(m: Message, asked: Asked) -> Any:
    date = trading_date(m, asked)
    request = api.SubmitListRequest(
        desk_id=asked.session.desk_id, trading_date=date, cl_ord_id=m.text(66), requester=_requester(m, asked)
    )
    if (contingency := _contingency(m)) is not None:
        request.contingency = contingency
    listed = sorted(groups(m, 73, asked.dictionary), key=lambda group: group.integer(67) or 0)
    count = m.integer(68)
    if count is not None and count != len(listed):
        raise Unacceptable(
            Reason.LIST_INVALID, f"TotNoOrders(68)={count}, but NoOrders(73) has {len(listed)}: send a list whole", 68
        )
    for group in listed:
        order = request.orders.add()
        order.cl_ord_id = group.text(11)
        _order_terms(group, asked, instrument_of(group, asked.reference), order)
    return request


def _contingency(m: Message) -> ContingencyType | None:
    if m.get(1385) in (None, b"0"):
        return None
    found: ContingencyType = _coded(m, 1385, words.CONTINGENCIES)
    return found


def _cancel_list(m: Message, asked: Asked) -> Any:
    """ListCancelRequest has no ClOrdID: its own id is of the list, the message's number, and its arrival, as a reset repeats numbers."""
    date = trading_date(m, asked)
    return api.CancelListRequest(
        desk_id=asked.session.desk_id,
        trading_date=date,
        cl_ord_id=f"{m.text(66)[:28]}.c{m.seq_num}.{asked.now_ns:x}",
        orig_trading_date=asked.find_date(m.text(66)) or date,
        orig_cl_ord_id=m.text(66),
        requester=_requester(m, asked),
    )


REQUEST_OF: Mapping[str, Callable[[Message, Asked], Any]] = {
    "D": _new_order,
    "G": _replace,
    "F": _cancel,
    "q": _mass_cancel,
    "E": _new_list,
    "K": _cancel_list,
}
"""MsgType (35) → the request of the API with the same meaning."""


# -- fields -----------------------------------------------------------------------------------------------------------------


def instrument_of(m: Message | Group, reference: Reference) -> Instrument:
    symbol = m.text(55)
    found = reference.instruments.get(symbol)
    if found is None:
        raise Unacceptable(Reason.UNKNOWN_INSTRUMENT, f"Symbol(55)={symbol}: there is no such instrument", 55)
    return found


def account_of(m: Message | Group, asked: Asked) -> str:
    """Account (1), or the one account that the session has."""
    account_id = m.text(1)
    allowed = asked.session.accounts
    if not account_id:
        if len(allowed) == 1:
            return allowed[0]
        raise Unacceptable(Reason.UNKNOWN_ACCOUNT, "Account(1): must be set, the session has several", 1)
    if allowed and account_id not in allowed:
        raise Unacceptable(
            Reason.ACCOUNT_NOT_OF_DESK, f"Account(1)={account_id}: the session may use {', '.join(allowed)}", 1
        )
    return account_id


def trading_date(m: Message, asked: Asked) -> int:
    """The day that the message belongs to, from its own words, so that it is the same when it is sent again: TradeDate (75), else the day
    of TransactTime (60) on the market's clock by the session's calendar. YYYYMMDD. A list has that time in its orders, else as its
    SendingTime (52); of one that is sent again OrigSendingTime (122)."""
    if (stated := m.get(75)) is not None:
        return _utc_date(stated, 75)
    raw = m.get(60) or ((m.get(122) or m.get(52)) if m.msg_type == "E" else None)
    if raw is None:
        raise Unacceptable(Reason.INVALID_FIELD, "TransactTime(60): must be set", 60)
    calendar = asked.reference.calendars.get(asked.session.calendar_id)
    return date_at(calendar, _moment(raw, asked, "TransactTime(60)", 60))


def _moment(value: bytes, asked: Asked, name: str, tag: int, reason: Reason = Reason.INVALID_FIELD) -> int:
    """A UTCTimestamp on the market's clock. FIX has years that our 64 bits of nanoseconds do not have."""
    try:
        time_ns = market_time(asked.control, to_utc_ns(value))
    except FixFieldError as error:
        raise Unacceptable(reason, f"{name}: {error}", tag) from None
    if not 0 <= time_ns <= INT_MAX:
        raise Unacceptable(reason, f"{name}={value.decode('latin-1')}: takes times from 1970 to 2116", tag)
    return time_ns


def market_time(control: Control, wall_ns: int) -> int:
    """A client's clock on the market's: a replayed market has its own time, and days."""
    anchor = control.anchor
    if anchor is None:
        return wall_ns
    if wall_ns < anchor.wall_ns:
        return anchor.tape_ns
    return tape_now(anchor, wall_ns)


def date_at(calendar: Calendar | None, time_ns: int) -> int:
    """The trading date of a moment: of the interval that it is in or before; where the calendar does not say, the UTC day.

    >>> date_at(None, 0)
    19700101
    """
    for interval in calendar.intervals if calendar is not None else ():
        if time_ns < interval.close_ns:
            return interval.trading_date
    return utc_date(time_ns)


def _utc_date(value: bytes, tag: int) -> int:
    try:
        date = to_utc_date(value)
        return date.year * 10_000 + date.month * 100 + date.day
    except FixFieldError as error:
        raise Unacceptable(Reason.INVALID_FIELD, f"({tag}): {error}", tag) from None


def _requester(m: Message, asked: Asked) -> Any:
    """The trader in charge: SenderSubID (50), or the party with the role of the order origination trader."""
    layout = asked.dictionary.layout(m.msg_type)
    has_parties = layout is not None and 453 in layout.groups  # those of a list's orders are within its orders
    parties = {p.integer(452): p.text(448) for p in groups(m, 453, asked.dictionary)} if has_parties else {}
    return api.Requester(
        on_behalf_of=parties.get(_CLIENT_ROLE) or m.text(115),
        trader=parties.get(_TRADER_ROLE) or m.text(50),
        strategy=m.text(583),
    )


def _algorithm(m: Message | Group) -> Algorithm:
    if m.get(847) is not None:
        found: Algorithm = _coded(m, 847, words.STRATEGIES)
        return found
    return Algorithm.DIRECT if m.text(100) else Algorithm.BEST_PRICE


TWAP_SLICES_DEFAULT = 10
"""Where a TWAP does not say how many: FIX has no standard parameter for it."""


def _twap(m: Message | Group, asked: Asked) -> Any:
    """StartTime, EndTime, Slices; where the times are not among the parameters, EffectiveTime (168) and ExpireTime (126)."""
    stated = _strategy_parameters(m, asked.dictionary)
    start, end = stated.get("StartTime") or m.get(168), stated.get("EndTime") or m.get(126)
    if start is None or end is None:
        raise Unacceptable(
            Reason.ALGORITHM_PARAMETERS,
            "TWAP needs StartTime and EndTime: in NoStrategyParameters(957) or TargetStrategyParameters(848), or 168 and 126",
            957,
        )
    slices = stated.get("Slices", str(TWAP_SLICES_DEFAULT).encode())
    wrong = Reason.ALGORITHM_PARAMETERS
    return commands_pb2.TwapParameters(
        start_ns=_moment(start, asked, "StartTime", 957, wrong),
        end_ns=_moment(end, asked, "EndTime", 957, wrong),
        slices=_decimal(slices, 0, "Slices", 957, wrong),
    )


def _strategy_parameters(m: Message | Group, dictionary: Dictionary) -> dict[str, bytes]:
    """StrategyParametersGrp (957 to 960) of 5.0 SP2, and TargetStrategyParameters (848) as `name=value;name=value`."""
    found = {g.text(958): g.get(960) or b"" for g in groups(m, 957, dictionary)} if m.get(957) else {}
    for part in m.text(848).split(";"):
        name, _, value = part.partition("=")
        if name.strip():
            found.setdefault(name.strip(), value.strip().encode("latin-1"))
    return found


def _instructions(m: Message | Group, asked: Asked, instrument: Instrument, found: Any, ord_type: OrdType) -> None:
    if (stop := _scaled(m, 99, instrument.price_scale)) is None:
        stop = _scaled(m, 1102, instrument.price_scale)  # TriggerPrice of TriggeringInstruction
    if stop is not None:
        found.stop_px = stop
    if (shown := _scaled(m, 1138, instrument.qty_scale)) is None:
        shown = _scaled(m, 111, instrument.qty_scale)  # MaxFloor, as 4.2 and 4.4 say it
    if shown is not None:
        found.display_qty = shown
    found.min_qty = _scaled(m, 110, instrument.qty_scale) or 0
    peg = _exec_inst(m, found)
    if m.get(1094) is not None:
        peg = _coded(m, 1094, words.PEG_PRICE_TYPES)
    if peg is not None:
        found.peg.price_type = peg
        found.peg.offset = _scaled(m, 211, instrument.price_scale) or 0
    _validity(m, asked, found)
    if m.get(2964) is not None:
        found.smp = _coded(m, 2964, words.SELF_MATCHES)
    found.smp_id = m.text(2362)


def _exec_inst(m: Message | Group, found: Any) -> PegPriceType | None:
    """ExecInst (18): its characters, apart by blanks. The last that says what a peg follows."""
    peg: PegPriceType | None = None
    named: set[ExecInst] = set()
    for code in m.text(18).replace(" ", ""):
        if code in words.EXEC_INST_PEGS:
            peg = words.EXEC_INST_PEGS[code]
        elif code in words.EXEC_INSTS:
            named.add(words.EXEC_INSTS[code])
        elif code not in "15":  # not held, held: every order of ours is worked
            taken = " ".join((*words.EXEC_INSTS, *words.EXEC_INST_PEGS))
            raise Unacceptable(Reason.UNSUPPORTED_COMBINATION, f"ExecInst(18)={code}: takes {taken}", 18)
    found.exec_inst.extend(sorted(named))
    return peg


def _validity(m: Message | Group, asked: Asked, found: Any) -> None:
    if m.get(126) is not None and m.get(847) is None:
        found.expire_ns = _moment(m.get(126) or b"", asked, "ExpireTime(126)", 126)
    if (date := m.get(432)) is not None:
        found.expire_date = _utc_date(date, 432)
    if m.get(1629) is not None:
        unit = m.text(1916, "0")
        if unit != "0":
            raise Unacceptable(Reason.INVALID_FIELD, "ExposureDurationUnit(1916): takes 0 (seconds)", 1916)
        found.good_for_ns = _scaled(m, 1629, _SECOND_DIGITS) or 0


def _quantity(m: Message | Group, instrument: Instrument) -> int:
    found = _scaled(m, 38, instrument.qty_scale, required=True) or 0
    if found <= 0:
        raise Unacceptable(Reason.QTY_NOT_POSITIVE, f"OrderQty(38)={m.text(38)}: must be more than 0", 38)
    return found


_NOT_EXACT = {38: Reason.QTY_NOT_IN_LOTS} | dict.fromkeys((44, 99, 211, 1102), Reason.PRICE_NOT_IN_TICKS)


def _scaled(m: Message | Group, tag: int, scale: int, required: bool = False) -> int | None:
    """A decimal as an integer at the scale: exactly, or not at all."""
    value = m.get(tag)
    if value is None:
        if required:
            raise Unacceptable(Reason.INVALID_FIELD, f"{_name(tag)}: must be set", tag)
        return None
    return _decimal(value, scale, _name(tag), tag, _NOT_EXACT.get(tag, Reason.INVALID_FIELD))


def _decimal(value: bytes, scale: int, name: str, tag: int, reason: Reason) -> int:
    """FIX has more digits than our 64 bits: a number beyond them is the client's error, and must not be ours."""
    try:
        found = to_scaled(value, scale)
    except FixFieldError as error:
        raise Unacceptable(reason, f"{name}={value.decode('latin-1')}: {error}", tag) from None
    if abs(found) > INT_MAX:
        raise Unacceptable(Reason.INVALID_FIELD, f"{name}={value.decode('latin-1')}: is beyond what is counted", tag)
    return found


def _coded(m: Message | Group, tag: int, table: Mapping[bytes, Any], default: Any = None) -> Any:
    value = m.get(tag)
    if value is None and default is not None:
        return default
    if value is None or value not in table:
        shown = "nothing" if value is None else value.decode("latin-1")
        taken = ", ".join(code.decode() for code in table)
        raise Unacceptable(Reason.UNSUPPORTED_COMBINATION, f"{_name(tag)}={shown}: takes {taken}", tag)
    return table[value]


_NAMES = {38: "OrderQty", 40: "OrdType", 44: "Price", 54: "Side", 59: "TimeInForce", 99: "StopPx", 110: "MinQty", 111: "MaxFloor"} | {
    211: "PegOffsetValue", 847: "TargetStrategy", 1094: "PegPriceType", 1102: "TriggerPrice", 1138: "DisplayQty",
    1385: "ContingencyType", 1629: "ExposureDuration", 2964: "SelfMatchPreventionInstruction",
}  # fmt: skip


def _name(tag: int) -> str:
    return f"{_NAMES[tag]}({tag})" if tag in _NAMES else f"({tag})"
