"""Every kind of message that execution sends to a venue by FIX 4.4, or a venue to its members: one differs from the next in one thing."""

from collections.abc import Iterator
from dataclasses import replace

from oms.core.enums import (
    ExecInst,
    ExecRestatementReason,
    ExecType,
    Liquidity,
    OrdStatus,
    OrdType,
    PegPriceType,
    Side,
    TimeInForce,
)
from oms.core.venue_reasons import CxlRejReason, OrdRejReason
from oms.fix.message import Field
from oms.venues import messages as m
from oms.venues.fix_mapping import About, FixMapping
from oms.venues.fix_rules import PLAIN_FIX
from oms.venues.mass_cancel import ALL, BY_SECURITY, NOT_SUPPORTED, UNKNOWN_SECURITY
from oms.venues.mass_cancel import REFUSED as REFUSED_ALL

T0 = 1_381_240_800_000_000_001
ABOUT = About("ACME", Side.BUY, OrdType.LIMIT, TimeInForce.DAY, "acc", 300)
NEW = m.NewOrderSingle(
    1, "0:a1.1", "XALP", "ACME", Side.BUY, OrdType.LIMIT, TimeInForce.DAY, 300, 10_000, T0, account="acc"
)
REPLACE = m.OrderCancelReplaceRequest(1, "0:a1.1:1", "0:a1.1", 400, 9_900, T0)
REPORT = m.ExecutionReport(
    1, "XALP-1", "0:a1.1", ExecType.NEW, OrdStatus.NEW, "R-1", "", "XALP", "ACME", Side.BUY, OrdType.LIMIT, TimeInForce.DAY,
    10_000, 300, leaves_qty=300, transact_time=T0, account="acc",
)  # fmt: skip
REFUSED = m.OrderCancelReject(
    1, "XALP-1", "0:a1.1:1", "0:a1.1", OrdStatus.NEW, CxlRejReason.OTHER, "OrderCancelRequest", "no", T0
)
TRADE = replace(
    REPORT, exec_type=ExecType.TRADE, last_px=10_000, last_qty=100, cum_qty=100, cum_notional=10**6, leaves_qty=200
)
BY_AGREEMENT = TimeInForce.GOOD_FOR_TIME
"""A value of a later FIX: said to venues whose rules of engagement have it."""


def requests() -> Iterator[tuple[m.SessionMessage, About | None]]:
    yield NEW, None
    for side in Side:
        yield replace(NEW, side=side), None
    for ord_type in OrdType:
        yield replace(NEW, ord_type=ord_type), None
    for time_in_force in (t for t in TimeInForce if t is not BY_AGREEMENT):
        yield replace(NEW, time_in_force=time_in_force), None
    for peg in PegPriceType:
        yield replace(NEW, peg_price_type=peg, peg_offset_value=5), None
        yield replace(REPLACE, peg_offset_value=5), replace(ABOUT, peg=peg)
    for changed in (NEW, REPLACE):
        about = ABOUT if changed is REPLACE else None
        yield replace(changed, stop_px=9_000), about
        yield replace(changed, display_qty=0), about
        yield replace(changed, display_qty=10), about
        yield replace(changed, min_qty=5, exec_inst=tuple(ExecInst)), about
        yield replace(changed, expire_time=T0), about
        yield replace(changed, expire_date=20131009), about
    yield REPLACE, ABOUT
    for known in (ABOUT, About()):
        yield m.OrderCancelRequest(1, "0:a1.1:1", "0:a1.1", T0), known
        yield m.OrderStatusRequest(1, "0:a1.1", "s1"), known
        yield m.DontKnowTrade(1, "XALP-1", "E1", "it is not ours"), known
    yield m.OrderMassStatusRequest(1, "m1"), None
    yield m.OrderMassCancelRequest(1, "m1", ALL, "", T0), None
    yield m.OrderMassCancelRequest(1, "m1", BY_SECURITY, "ACME", T0), None


def reports() -> Iterator[m.SessionMessage]:
    for exec_type in ExecType:
        yield replace(REPORT, exec_type=exec_type, orig_cl_ord_id="0:a1", text="told")
    for status in (s for s in OrdStatus if s is not OrdStatus.UNKNOWN):
        yield replace(REPORT, ord_status=status)
        yield replace(REFUSED, ord_status=status)
    for ord_rej_reason in OrdRejReason:
        yield replace(REPORT, exec_type=ExecType.REJECTED, ord_status=OrdStatus.REJECTED, ord_rej_reason=ord_rej_reason)
    for restated in ExecRestatementReason:
        yield replace(REPORT, exec_type=ExecType.RESTATED, exec_restatement_reason=restated)
    for liquidity in Liquidity:
        yield replace(TRADE, last_liquidity_ind=liquidity)
    for ord_type in OrdType:
        yield replace(REPORT, ord_type=ord_type, stop_px=9_000)
    for changes in (
        {"display_qty": 10},
        {"pegged_price": 9_900},
        {"copy_msg_indicator": True},
        {"symbol": "", "side": None},
    ):
        yield replace(TRADE, **changes)  # type: ignore[arg-type]
    yield replace(
        REPORT, mass_status_req_id="m1", tot_num_reports=1, last_rpt_requested=True, exec_type=ExecType.ORDER_STATUS
    )
    yield replace(TRADE, day_order_qty=300, day_cum_qty=100, day_cum_notional=10**6)
    for cxl_rej_reason in CxlRejReason:
        yield replace(REFUSED, order_id="NONE", cxl_rej_reason=cxl_rej_reason)
    yield replace(REFUSED, cxl_rej_response_to="OrderCancelReplaceRequest")
    yield m.BusinessMessageReject(1, 5, "D", "not here")
    yield m.OrderMassCancelReport(1, "m1", "m1", ALL, ALL, None, 3, "", T0)
    yield m.OrderMassCancelReport(1, "m1", "m1", BY_SECURITY, BY_SECURITY, None, 3, "ACME", T0)
    for reason in (NOT_SUPPORTED, UNKNOWN_SECURITY):
        yield m.OrderMassCancelReport(1, "m1", "m1", ALL, REFUSED_ALL, reason, None, "", T0, "no")


def venue_messages() -> Iterator[tuple[str, tuple[Field, ...]]]:
    """By plain rules of engagement, without fields of our own."""
    mapping = FixMapping(PLAIN_FIX, lambda symbol: (2, 0))
    for message, about in (*requests(), *((report, None) for report in reports())):
        msg_type, body = mapping.encode(message, about)
        yield msg_type, tuple(body)
