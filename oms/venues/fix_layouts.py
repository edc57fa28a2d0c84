"""Which tag each field of a session message has in FIX 4.4: tables, one per message, read by `oms.venues.fix_mapping` in both directions.

A tag given as a name is one that a venue may say otherwise (`oms.venues.fix_rules.TAGS`). What is not here is header, or is said by the mapping
itself (ExecInst with its pegs, AvgPx, ExecID). Source: FIX 4.4, volumes 2 to 4.
"""

from dataclasses import MISSING, dataclass, fields
from enum import Enum, auto
from typing import Any

from oms.venues import messages as m


class Kind(Enum):
    """How a value is written. PX and QTY: decimals at the instrument's scales; NOTIONAL: at the sum of the two."""

    TEXT = auto()
    INT = auto()
    PX = auto()
    QTY = auto()
    NOTIONAL = auto()
    FLAG = auto()
    TIME = auto()
    CODE = auto()


@dataclass(frozen=True, slots=True)
class Spec:
    """`always`: written also where it is the default. `zero_absent`: 0 says that it is not there. `code`: the table of
    `oms.wire.fix_codes`."""

    attribute: str
    tag: int | str
    kind: Kind = Kind.TEXT
    code: str = ""
    always: bool = False
    zero_absent: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """`fixed`: written as they are, in front. `defaults`: of the attributes that have one."""

    cls: type[Any]
    msg_type: str
    specs: tuple[Spec, ...]
    defaults: dict[str, Any]
    fixed: tuple[tuple[int, bytes], ...] = ()


T, INT, P, Q, N, F, U, C = Kind.TEXT, Kind.INT, Kind.PX, Kind.QTY, Kind.NOTIONAL, Kind.FLAG, Kind.TIME, Kind.CODE

_TERMS = (
    Spec("order_qty", 38, Q, always=True),
    Spec("price", 44, P),
    Spec("stop_px", 99, P),
    Spec("display_qty", "DisplayQty", Q),
    Spec("min_qty", 110, Q),
    Spec("peg_offset_value", "PegOffsetValue", P),
    Spec("expire_time", 126, U),
    Spec("expire_date", 432, INT),
    Spec("exposure_duration", "ExposureDuration", INT),
)
_NEW = (
    Spec("cl_ord_id", 11),
    Spec("account", 1),
    Spec("ex_destination", "ExDestination"),
    Spec("symbol", 55),
    Spec("side", 54, C, "Side"),
    Spec("transact_time", 60, U),
    Spec("ord_type", 40, C, "OrdType"),
    Spec("time_in_force", 59, C, "TimeInForce"),
    *_TERMS,
    Spec("self_match_prevention_instruction", "SelfMatchPreventionInstruction", C, "SelfMatchPreventionInstruction"),
    Spec("self_match_prevention_id", "SelfMatchPreventionID"),
)
_REPORT = (
    Spec("order_id", 37),
    Spec("cl_ord_id", 11),
    Spec("orig_cl_ord_id", 41),
    Spec("exec_ref_id", 19),
    Spec("exec_type", 150, C, "ExecType"),
    Spec("ord_status", 39, C, "OrdStatus"),
    Spec("ord_rej_reason", 103, C, "OrdRejReason"),
    Spec("exec_restatement_reason", 378, C, "ExecRestatementReason"),
    Spec("account", 1),
    Spec("symbol", 55),
    Spec("side", 54, C, "Side"),
    Spec("ex_destination", "Market"),
    Spec("order_qty", 38, Q),
    Spec("ord_type", 40, C, "OrdType"),
    Spec("price", 44, P),
    Spec("stop_px", 99, P),
    Spec("time_in_force", 59, C, "TimeInForce"),
    Spec("last_qty", 32, Q),
    Spec("last_px", 31, P),
    Spec("leaves_qty", 151, Q, always=True),
    Spec("cum_qty", 14, Q, always=True),
    Spec("cum_notional", "CumNotional", N),
    Spec("day_order_qty", 424, Q),
    Spec("day_cum_qty", 425, Q),
    Spec("transact_time", 60, U),
    Spec("text", 58),
    Spec("last_liquidity_ind", 851, C, "LastLiquidityInd"),
    Spec("display_qty", "DisplayQty", Q),
    Spec("pegged_price", "PeggedPrice", P),
    Spec("ord_status_req_id", 790),
    Spec("mass_status_req_id", 584),
    Spec("tot_num_reports", 911, INT),
    Spec("last_rpt_requested", 912, F),
    Spec("copy_msg_indicator", 797, F),
)


def _layout(cls: type[Any], msg_type: str, *specs: Spec, fixed: tuple[tuple[int, bytes], ...] = ()) -> Layout:
    defaults = {f.name: f.default for f in fields(cls) if f.default is not MISSING}
    return Layout(cls, msg_type, specs, defaults, fixed)


NO_MATCHING_ORDER = b"D"
"""DKReason (127)."""

LAYOUTS = (
    _layout(
        m.Logon, "A", Spec("heart_bt_int", 108, INT), Spec("next_expected_msg_seq_num", 789, INT, zero_absent=True), Spec("reset_seq_num_flag", 141, F),
        fixed=((98, b"0"),),
    ),
    _layout(m.Logout, "5", Spec("text", 58)),
    _layout(m.Heartbeat, "0", Spec("test_req_id", 112)),
    _layout(m.TestRequest, "1", Spec("test_req_id", 112)),
    _layout(m.ResendRequest, "2", Spec("begin_seq_no", 7, INT), Spec("end_seq_no", 16, INT, always=True)),
    _layout(m.SequenceReset, "4", Spec("gap_fill_flag", 123, F, always=True), Spec("new_seq_no", 36, INT)),
    _layout(
        m.Reject, "3", Spec("ref_seq_num", 45, INT), Spec("ref_tag_id", 371, INT), Spec("ref_msg_type", 372),
        Spec("session_reject_reason", 373, INT), Spec("text", 58),
    ),
    _layout(m.NewOrderSingle, "D", *_NEW),
    _layout(
        m.OrderCancelRequest, "F", Spec("cl_ord_id", 11), Spec("orig_cl_ord_id", 41), Spec("transact_time", 60, U)
    ),
    _layout(
        m.OrderCancelReplaceRequest, "G", Spec("cl_ord_id", 11), Spec("orig_cl_ord_id", 41), Spec("transact_time", 60, U), *_TERMS
    ),
    _layout(m.OrderStatusRequest, "H", Spec("cl_ord_id", 11), Spec("ord_status_req_id", 790)),
    _layout(m.OrderMassStatusRequest, "AF", Spec("mass_status_req_id", 584), fixed=((585, b"7"),)),
    _layout(
        m.DontKnowTrade, "Q", Spec("order_id", 37), Spec("exec_id", 17), Spec("text", 58), fixed=((127, NO_MATCHING_ORDER),)
    ),
    _layout(
        m.OrderMassCancelRequest, "q", Spec("cl_ord_id", 11), Spec("mass_cancel_request_type", 530, INT), Spec("symbol", 55),
        Spec("transact_time", 60, U),
    ),
    _layout(
        m.OrderMassCancelReport, "r", Spec("cl_ord_id", 11), Spec("order_id", 37), Spec("mass_cancel_request_type", 530, INT),
        Spec("mass_cancel_response", 531, INT), Spec("mass_cancel_reject_reason", 532, INT), Spec("total_affected_orders", 533, INT),
        Spec("symbol", 55), Spec("transact_time", 60, U), Spec("text", 58),
    ),
    _layout(m.ExecutionReport, "8", *_REPORT),
    _layout(
        m.OrderCancelReject, "9", Spec("order_id", 37), Spec("cl_ord_id", 11), Spec("orig_cl_ord_id", 41),
        Spec("ord_status", 39, C, "OrdStatus"), Spec("transact_time", 60, U),
        Spec("cxl_rej_response_to", 434, C, "CxlRejResponseTo"), Spec("cxl_rej_reason", 102, C, "CxlRejReason"), Spec("text", 58),
    ),
    _layout(
        m.BusinessMessageReject, "j", Spec("ref_seq_num", 45, INT), Spec("ref_msg_type", 372), Spec("text", 58), fixed=((380, b"0"),)
    ),
)  # fmt: skip

FIXED_TAGS = frozenset(spec.tag for layout in LAYOUTS for spec in layout.specs if isinstance(spec.tag, int)) | {
    *range(8, 11), 6, 17, 18, 34, 35, 43, 49, 50, 52, 56, 57, 93, 89, 97, 115, 122, 128, 142, 143, 585,
}  # fmt: skip
"""Tags that a venue's rules cannot give to something else."""
