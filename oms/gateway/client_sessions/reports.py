"""What a client is told of its orders: ExecutionReport (8) and OrderCancelReject (9), by FIX's rules of order states, for 4.2, 4.4, 5.0 SP2.

`Facts` is an order after something happened, `Report` what happened; `execution_report` writes them. Invariants (order state rules):
- ExecType says why the report is sent and OrdStatus what the state is after it; neither is derived from the other;
- quantities and AvgPx describe the chain of replacements; AvgPx is exact to its last decimal, from the sum of price × quantity;
- LeavesQty is 0 once the order is ended, and once it is done for the day without living on;
- ExecID is a function of what is told, so that the same fact told twice has the same; a status has none ("0"): it is never a fill.

FIX 4.2 has ExecTransType (20) instead of the ExecTypes F, G, H and I: a fill is 1 or 2, a bust and a correction are the type of the state
that they leave, with 20=1 and 20=2 and ExecRefID (19), a status 20=3. Knows no session, no number, no state machine.
"""

from dataclasses import dataclass

from oms.core.enums import (
    ExecRestatementReason,
    ExecType,
    Liquidity,
    OrdStatus,
    OrdType,
    PegPriceType,
    TimeInForce,
)
from oms.core.instructions import Instructions
from oms.core.reasons import Reason
from oms.core.reference import Instrument
from oms.fix.fields import from_scaled, from_utc_ns
from oms.fix.message import Field
from oms.gateway.client_sessions import words
from oms.gateway.client_sessions.state import ClientOrder
from oms.gateway.client_sessions.terms import FIX_42, FIX_44, FIX_50SP2

AVG_PX_DECIMALS = 12
"""AvgPx (6) is exact where it ends within so many decimals, else rounded half to even there: less than any currency has."""

NO_ORDER_ID, NO_EXEC_ID = b"NONE", b"0"
TEXT_CHARACTERS_MAX = 200

_GT = (TimeInForce.GTC, TimeInForce.GTD, TimeInForce.GOOD_FOR_TIME)


@dataclass(frozen=True, slots=True)
class Report:
    """Why a report is sent. `cl_ord_id`, `orig_cl_ord_id`: the request's and the accepted order's, where it is about a request.

    `exec_id` and `last_*` of executions; `exec_ref_id` of busts and corrections. `status`: of the order after it.
    """

    exec_type: ExecType
    status: OrdStatus
    exec_id: str
    transact_ns: int
    cl_ord_id: str = ""
    orig_cl_ord_id: str = ""
    last_qty: int | None = None
    last_px: int | None = None
    last_mkt: str = ""
    liquidity: Liquidity | None = None
    exec_ref_id: str = ""
    reason: Reason | None = None
    restatement: ExecRestatementReason | None = None
    text: str = ""
    trade_date: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What a status report answers: OrdStatusReqID (790), or MassStatusReqID (584) with how many there are and whether it is the last."""

    status_id: str = ""
    mass_id: str = ""
    count: int = 0
    last: bool = False


NOT_ASKED = Asked()


def execution_report(
    order: ClientOrder,
    instrument: Instrument | None,
    report: Report,
    version: str,
    asked: Asked = NOT_ASKED,
    copy: bool = False,
) -> tuple[Field, ...]:
    """The body of an ExecutionReport. `instrument` None: its scales are unknown, and no decimals can be written. `copy`: a drop copy."""
    found: list[Field] = [(37, order.order_id.encode())]
    found += _ids(order, report)
    if asked.status_id and version != FIX_42:
        found.append((790, asked.status_id.encode("latin-1", "replace")))
    if asked.mass_id:
        found += [
            (584, asked.mass_id.encode("latin-1", "replace")),
            (911, b"%d" % asked.count),
            (912, b"Y" if asked.last else b"N"),
        ]
    found += _kind(order, report, version)
    found += _terms(order, instrument, version)
    found += _execution(report, instrument, version)
    found += _figures(order, instrument, report)
    found.append((60, from_utc_ns(report.transact_ns)))
    if copy and version != FIX_42:
        found.append((797, b"Y"))
    if text := text_of(report.reason, report.text):
        found.append((58, text))
    return tuple(found)


def order_cancel_reject(
    order: ClientOrder | None, report: Report, version: str, is_replace: bool, account_id: str = ""
) -> tuple[Field, ...]:
    """The body of an OrderCancelReject. Without an order: OrderID NONE, OrdStatus Rejected (order state rule 9)."""
    orig = report.orig_cl_ord_id or report.cl_ord_id
    found: list[Field] = [
        (37, order.order_id.encode() if order is not None else NO_ORDER_ID),
        (11, report.cl_ord_id.encode("latin-1", "replace")),
        (41, orig.encode("latin-1", "replace")),
        (39, words.ORD_STATUSES[report.status if order is not None else OrdStatus.REJECTED]),
    ]
    if account_id:
        found.append((1, account_id.encode()))
    found += [
        (60, from_utc_ns(report.transact_ns)),
        (434, b"2" if is_replace else b"1"),
        (102, words.cxl_rej_reason(report.reason, version)),
    ]
    if text := text_of(report.reason, report.text):
        found.append((58, text))
    return tuple(found)


def _ids(order: ClientOrder, report: Report) -> list[Field]:
    """ClOrdID and OrigClOrdID: of a request that is pending or was carried out its own and the accepted one; else the order's (rule 7)."""
    cl_ord_id = report.cl_ord_id or order.cl_ord_id
    found: list[Field] = [(11, cl_ord_id.encode("latin-1", "replace"))]
    if report.orig_cl_ord_id and report.orig_cl_ord_id != cl_ord_id:
        found.append((41, report.orig_cl_ord_id.encode("latin-1", "replace")))
    if order.order.list_id:
        found.append((66, order.order.list_id.rsplit("/", 1)[-1].encode()))
    return found


def _kind(order: ClientOrder, report: Report, version: str) -> list[Field]:
    status = words.ORD_STATUSES[report.status]
    exec_id = NO_EXEC_ID if report.exec_type is ExecType.ORDER_STATUS else report.exec_id.encode()
    found: list[Field] = [(17, exec_id)]
    if report.exec_ref_id:
        found.append((19, report.exec_ref_id.encode()))
    if version == FIX_42:
        found += [(20, _trans_type(report.exec_type)), (150, _exec_type_42(order, report))]
    elif version == FIX_44 and report.exec_type is ExecType.TRIGGERED:
        found.append((150, words.EXEC_TYPES[ExecType.RESTATED]))  # L is of later versions
    else:
        found.append((150, words.EXEC_TYPES[report.exec_type]))
    found.append((39, status))
    if report.exec_type is ExecType.REJECTED:
        found.append((103, words.ord_rej_reason(report.reason or Reason.VENUE_REJECTED, version)))
    if report.restatement is not None:
        found += [(378, code) for code in words.restatement(report.restatement, version)]
    return found


def _trans_type(exec_type: ExecType) -> bytes:
    """ExecTransType (20)."""
    match exec_type:
        case ExecType.TRADE_CANCEL:
            return b"1"
        case ExecType.TRADE_CORRECT:
            return b"2"
        case ExecType.ORDER_STATUS:
            return b"3"
        case _:
            return b"0"


def _exec_type_42(order: ClientOrder, report: Report) -> bytes:
    """ExecType (150) of FIX 4.2, which has 1 and 2 for fills and none of F, G, H, I, L."""
    match report.exec_type:
        case ExecType.TRADE:
            return b"2" if order.cum_qty >= order.order_qty else b"1"
        case ExecType.TRADE_CANCEL | ExecType.TRADE_CORRECT | ExecType.ORDER_STATUS:
            return words.ORD_STATUSES[report.status]
        case ExecType.TRIGGERED:
            return b"D"
        case _:
            return words.EXEC_TYPES[report.exec_type]


def _terms(order: ClientOrder, instrument: Instrument | None, version: str) -> list[Field]:
    terms = order.order
    found: list[Field] = [
        (1, terms.account_id.encode()),
        (55, terms.instrument_id.encode()),
        (54, words.code_of(words.SIDES, terms.side)),
        (40, words.code_of(words.ORD_TYPES, terms.ord_type)),
        (59, words.code_of(words.TIMES_IN_FORCE, terms.time_in_force)),
    ]
    if instrument is None:
        return found
    found.append((38, from_scaled(order.order_qty, instrument.qty_scale)))
    if order.price is not None:
        found.append((44, from_scaled(order.price, instrument.price_scale)))
    found.append((15, instrument.currency.encode()))
    return found + _instructions(order.instructions, terms.ord_type, instrument, version)


def _instructions(i: Instructions, ord_type: OrdType, instrument: Instrument, version: str) -> list[Field]:
    found: list[Field] = []
    if i.stop_px is not None:
        found.append((99, from_scaled(i.stop_px, instrument.price_scale)))
    if i.min_qty:
        found.append((110, from_scaled(i.min_qty, instrument.qty_scale)))
    if i.display_qty is not None:
        found.append((1138 if version == FIX_50SP2 else 111, from_scaled(i.display_qty, instrument.qty_scale)))
    codes = [code for code, member in words.EXEC_INSTS.items() if member in i.exec_inst]
    if i.peg is not None:
        if version == FIX_50SP2:
            found.append((1094, words.code_of(words.PEG_PRICE_TYPES, i.peg.price_type)))
        elif version == FIX_44 or i.peg.price_type is not PegPriceType.TRAILING_STOP:
            codes.append(next(c for c, member in words.EXEC_INST_PEGS.items() if member is i.peg.price_type))
        found.append((211, from_scaled(i.peg.offset, instrument.price_scale)))
    if codes:
        found.append((18, " ".join(codes).encode()))
    if i.expire_ns:
        found.append((126, from_utc_ns(i.expire_ns)))
    if i.expire_date:
        found.append((432, b"%08d" % i.expire_date))
    return found


def _execution(report: Report, instrument: Instrument | None, version: str) -> list[Field]:
    found: list[Field] = []
    if report.last_qty is not None and report.last_px is not None and instrument is not None:
        found += [
            (32, from_scaled(report.last_qty, instrument.qty_scale)),
            (31, from_scaled(report.last_px, instrument.price_scale)),
        ]
    if report.last_mkt:
        found.append((30, report.last_mkt.encode()))
    if report.liquidity is not None:
        found += [(851, code) for code in words.liquidity(report.liquidity, version)]
    if report.trade_date:
        found.append((75, b"%08d" % report.trade_date))
    return found


def _figures(order: ClientOrder, instrument: Instrument | None, report: Report) -> list[Field]:
    if instrument is None:
        return [(151, b"0"), (14, b"0"), (6, b"0")]
    qty_scale = instrument.qty_scale
    found: list[Field] = [
        (151, from_scaled(leaves_qty(order, report.status), qty_scale)),
        (14, from_scaled(order.cum_qty, qty_scale)),
        (6, average(order.notional, order.cum_qty, instrument.price_scale)),
    ]
    if order.day_order_qty:
        found += [
            (424, from_scaled(order.day_order_qty, qty_scale)),
            (425, from_scaled(order.day_cum_qty, qty_scale)),
            (426, average(order.day_notional, order.day_cum_qty, instrument.price_scale)),
        ]
    return found


def leaves_qty(order: ClientOrder, status: OrdStatus) -> int:
    """OrderQty − CumQty while live, 0 once ended; once done for the day 0 of a day order, and what is left of one that lives on (rule 4)."""
    ended = status.is_terminal or status is OrdStatus.CALCULATED or order.ord_status.is_terminal
    if ended or (status is OrdStatus.DONE_FOR_DAY and order.order.time_in_force not in _GT):
        return 0
    return max(0, order.order_qty - order.cum_qty)


def average(notional: int, qty: int, price_scale: int) -> bytes:
    """Σ price × quantity over quantity, from the exact sum of the integers (rule 5).

    >>> average(300, 2, 2), average(1000, 3, 2), average(0, 0, 2)
    (b'1.5', b'3.333333333333', b'0')
    """
    if not qty:
        return b"0"
    scaled = notional * 10 ** (AVG_PX_DECIMALS - price_scale)
    quotient, rest = divmod(scaled, qty)
    if 2 * rest > qty or (2 * rest == qty and quotient % 2):
        quotient += 1
    return from_scaled(quotient, AVG_PX_DECIMALS)


def text_of(reason: Reason | None, text: str) -> bytes:
    """Reason and words, printable: FIX separates fields by a control character."""
    whole = ": ".join(part for part in (reason.name if reason is not None else "", text) if part)
    return "".join(c if c.isprintable() and ord(c) < 256 else "?" for c in whole[:TEXT_CHARACTERS_MAX]).encode(
        "latin-1"
    )
