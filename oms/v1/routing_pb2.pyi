from oms.v1 import commands_pb2 as _commands_pb2
from oms.v1 import enums_pb2 as _enums_pb2
from oms.v1 import risk_pb2 as _risk_pb2
from oms.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Candidate(_message.Message):
    __slots__ = ("venue_id", "price", "displayed_qty", "score", "market_offset", "chosen_qty", "why_not", "own_taken_qty", "rested_qty")
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    DISPLAYED_QTY_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    MARKET_OFFSET_FIELD_NUMBER: _ClassVar[int]
    CHOSEN_QTY_FIELD_NUMBER: _ClassVar[int]
    WHY_NOT_FIELD_NUMBER: _ClassVar[int]
    OWN_TAKEN_QTY_FIELD_NUMBER: _ClassVar[int]
    RESTED_QTY_FIELD_NUMBER: _ClassVar[int]
    venue_id: str
    price: int
    displayed_qty: int
    score: _types_pb2.Int128
    market_offset: int
    chosen_qty: int
    why_not: str
    own_taken_qty: int
    rested_qty: int
    def __init__(self, venue_id: _Optional[str] = ..., price: _Optional[int] = ..., displayed_qty: _Optional[int] = ..., score: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., market_offset: _Optional[int] = ..., chosen_qty: _Optional[int] = ..., why_not: _Optional[str] = ..., own_taken_qty: _Optional[int] = ..., rested_qty: _Optional[int] = ...) -> None: ...

class RoutingDecision(_message.Message):
    __slots__ = ("order_id", "decision_no", "algorithm", "remaining_qty", "rested_qty", "market_partition", "market_position", "reference_position", "control_position", "candidates")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_NO_FIELD_NUMBER: _ClassVar[int]
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    REMAINING_QTY_FIELD_NUMBER: _ClassVar[int]
    RESTED_QTY_FIELD_NUMBER: _ClassVar[int]
    MARKET_PARTITION_FIELD_NUMBER: _ClassVar[int]
    MARKET_POSITION_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_POSITION_FIELD_NUMBER: _ClassVar[int]
    CONTROL_POSITION_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    decision_no: int
    algorithm: _enums_pb2.Algorithm
    remaining_qty: int
    rested_qty: int
    market_partition: int
    market_position: int
    reference_position: int
    control_position: int
    candidates: _containers.RepeatedCompositeFieldContainer[Candidate]
    def __init__(self, order_id: _Optional[str] = ..., decision_no: _Optional[int] = ..., algorithm: _Optional[_Union[_enums_pb2.Algorithm, str]] = ..., remaining_qty: _Optional[int] = ..., rested_qty: _Optional[int] = ..., market_partition: _Optional[int] = ..., market_position: _Optional[int] = ..., reference_position: _Optional[int] = ..., control_position: _Optional[int] = ..., candidates: _Optional[_Iterable[_Union[Candidate, _Mapping]]] = ...) -> None: ...

class ParentOpened(_message.Message):
    __slots__ = ("order_id", "desk_id", "account_id", "instrument_id", "cl_ord_id", "trading_date", "side", "ord_type", "time_in_force", "algorithm", "order_qty", "price", "venue_id", "worst_price", "venues", "venue_max_qty", "twap_start_ns", "twap_end_ns", "twap_slices", "good_until_ns", "decision_offset", "trace_id", "expires_ns", "instructions", "list_id", "trader", "strategy", "accepted_ns", "reduces_from")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    ORD_TYPE_FIELD_NUMBER: _ClassVar[int]
    TIME_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    WORST_PRICE_FIELD_NUMBER: _ClassVar[int]
    VENUES_FIELD_NUMBER: _ClassVar[int]
    VENUE_MAX_QTY_FIELD_NUMBER: _ClassVar[int]
    TWAP_START_NS_FIELD_NUMBER: _ClassVar[int]
    TWAP_END_NS_FIELD_NUMBER: _ClassVar[int]
    TWAP_SLICES_FIELD_NUMBER: _ClassVar[int]
    GOOD_UNTIL_NS_FIELD_NUMBER: _ClassVar[int]
    DECISION_OFFSET_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_NS_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    LIST_ID_FIELD_NUMBER: _ClassVar[int]
    TRADER_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_NS_FIELD_NUMBER: _ClassVar[int]
    REDUCES_FROM_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    desk_id: str
    account_id: str
    instrument_id: str
    cl_ord_id: str
    trading_date: int
    side: _enums_pb2.Side
    ord_type: _enums_pb2.OrdType
    time_in_force: _enums_pb2.TimeInForce
    algorithm: _enums_pb2.Algorithm
    order_qty: int
    price: int
    venue_id: str
    worst_price: int
    venues: _containers.RepeatedScalarFieldContainer[str]
    venue_max_qty: _containers.RepeatedScalarFieldContainer[int]
    twap_start_ns: int
    twap_end_ns: int
    twap_slices: int
    good_until_ns: int
    decision_offset: int
    trace_id: str
    expires_ns: int
    instructions: _commands_pb2.Instructions
    list_id: str
    trader: str
    strategy: str
    accepted_ns: int
    reduces_from: int
    def __init__(self, order_id: _Optional[str] = ..., desk_id: _Optional[str] = ..., account_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., cl_ord_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., side: _Optional[_Union[_enums_pb2.Side, str]] = ..., ord_type: _Optional[_Union[_enums_pb2.OrdType, str]] = ..., time_in_force: _Optional[_Union[_enums_pb2.TimeInForce, str]] = ..., algorithm: _Optional[_Union[_enums_pb2.Algorithm, str]] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ..., venue_id: _Optional[str] = ..., worst_price: _Optional[int] = ..., venues: _Optional[_Iterable[str]] = ..., venue_max_qty: _Optional[_Iterable[int]] = ..., twap_start_ns: _Optional[int] = ..., twap_end_ns: _Optional[int] = ..., twap_slices: _Optional[int] = ..., good_until_ns: _Optional[int] = ..., decision_offset: _Optional[int] = ..., trace_id: _Optional[str] = ..., expires_ns: _Optional[int] = ..., instructions: _Optional[_Union[_commands_pb2.Instructions, _Mapping]] = ..., list_id: _Optional[str] = ..., trader: _Optional[str] = ..., strategy: _Optional[str] = ..., accepted_ns: _Optional[int] = ..., reduces_from: _Optional[int] = ...) -> None: ...

class ChildNew(_message.Message):
    __slots__ = ("order_id", "child_id", "decision_no", "decision_offset", "desk_id", "account_id", "instrument_id", "venue_id", "side", "ord_type", "time_in_force", "order_qty", "price", "good_until_ns", "trace_id", "instructions", "trader", "strategy", "reduces_from")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_NO_FIELD_NUMBER: _ClassVar[int]
    DECISION_OFFSET_FIELD_NUMBER: _ClassVar[int]
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    ORD_TYPE_FIELD_NUMBER: _ClassVar[int]
    TIME_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    GOOD_UNTIL_NS_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    TRADER_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    REDUCES_FROM_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    child_id: str
    decision_no: int
    decision_offset: int
    desk_id: str
    account_id: str
    instrument_id: str
    venue_id: str
    side: _enums_pb2.Side
    ord_type: _enums_pb2.OrdType
    time_in_force: _enums_pb2.TimeInForce
    order_qty: int
    price: int
    good_until_ns: int
    trace_id: str
    instructions: _commands_pb2.Instructions
    trader: str
    strategy: str
    reduces_from: int
    def __init__(self, order_id: _Optional[str] = ..., child_id: _Optional[str] = ..., decision_no: _Optional[int] = ..., decision_offset: _Optional[int] = ..., desk_id: _Optional[str] = ..., account_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., side: _Optional[_Union[_enums_pb2.Side, str]] = ..., ord_type: _Optional[_Union[_enums_pb2.OrdType, str]] = ..., time_in_force: _Optional[_Union[_enums_pb2.TimeInForce, str]] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ..., good_until_ns: _Optional[int] = ..., trace_id: _Optional[str] = ..., instructions: _Optional[_Union[_commands_pb2.Instructions, _Mapping]] = ..., trader: _Optional[str] = ..., strategy: _Optional[str] = ..., reduces_from: _Optional[int] = ...) -> None: ...

class ChildCancel(_message.Message):
    __slots__ = ("order_id", "child_id", "request")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    child_id: str
    request: int
    def __init__(self, order_id: _Optional[str] = ..., child_id: _Optional[str] = ..., request: _Optional[int] = ...) -> None: ...

class ChildReplace(_message.Message):
    __slots__ = ("order_id", "child_id", "request", "order_qty", "price", "good_until_ns", "instructions", "reduces_from")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    GOOD_UNTIL_NS_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    REDUCES_FROM_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    child_id: str
    request: int
    order_qty: int
    price: int
    good_until_ns: int
    instructions: _commands_pb2.Instructions
    reduces_from: int
    def __init__(self, order_id: _Optional[str] = ..., child_id: _Optional[str] = ..., request: _Optional[int] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ..., good_until_ns: _Optional[int] = ..., instructions: _Optional[_Union[_commands_pb2.Instructions, _Mapping]] = ..., reduces_from: _Optional[int] = ...) -> None: ...

class Whose(_message.Message):
    __slots__ = ("desk_id", "account_id", "instrument_id", "side", "trader", "strategy")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    TRADER_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    account_id: str
    instrument_id: str
    side: _enums_pb2.Side
    trader: str
    strategy: str
    def __init__(self, desk_id: _Optional[str] = ..., account_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., side: _Optional[_Union[_enums_pb2.Side, str]] = ..., trader: _Optional[str] = ..., strategy: _Optional[str] = ...) -> None: ...

class ParentTraded(_message.Message):
    __slots__ = ("order_id", "cl_ord_id", "child_id", "venue_id", "exec_id", "last_qty", "last_px", "liquidity", "cum_qty", "leaves_qty", "notional", "ord_status", "transact_ns", "inferred", "day_order_qty", "day_cum_qty", "day_notional", "trade_date", "whose")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_QTY_FIELD_NUMBER: _ClassVar[int]
    LAST_PX_FIELD_NUMBER: _ClassVar[int]
    LIQUIDITY_FIELD_NUMBER: _ClassVar[int]
    CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    LEAVES_QTY_FIELD_NUMBER: _ClassVar[int]
    NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    ORD_STATUS_FIELD_NUMBER: _ClassVar[int]
    TRANSACT_NS_FIELD_NUMBER: _ClassVar[int]
    INFERRED_FIELD_NUMBER: _ClassVar[int]
    DAY_ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    DAY_CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    DAY_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    WHOSE_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    cl_ord_id: str
    child_id: str
    venue_id: str
    exec_id: str
    last_qty: int
    last_px: int
    liquidity: _enums_pb2.Liquidity
    cum_qty: int
    leaves_qty: int
    notional: _types_pb2.Int128
    ord_status: _enums_pb2.OrdStatus
    transact_ns: int
    inferred: bool
    day_order_qty: int
    day_cum_qty: int
    day_notional: _types_pb2.Int128
    trade_date: int
    whose: Whose
    def __init__(self, order_id: _Optional[str] = ..., cl_ord_id: _Optional[str] = ..., child_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., exec_id: _Optional[str] = ..., last_qty: _Optional[int] = ..., last_px: _Optional[int] = ..., liquidity: _Optional[_Union[_enums_pb2.Liquidity, str]] = ..., cum_qty: _Optional[int] = ..., leaves_qty: _Optional[int] = ..., notional: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., ord_status: _Optional[_Union[_enums_pb2.OrdStatus, str]] = ..., transact_ns: _Optional[int] = ..., inferred: _Optional[bool] = ..., day_order_qty: _Optional[int] = ..., day_cum_qty: _Optional[int] = ..., day_notional: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., trade_date: _Optional[int] = ..., whose: _Optional[_Union[Whose, _Mapping]] = ...) -> None: ...

class ParentChanged(_message.Message):
    __slots__ = ("order_id", "cl_ord_id", "orig_cl_ord_id", "exec_type", "ord_status", "order_qty", "price", "cum_qty", "leaves_qty", "notional", "cancel_rejected", "reason", "text", "day_order_qty", "day_cum_qty", "day_notional", "restatement", "cxl_rej_reason")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ORIG_CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_TYPE_FIELD_NUMBER: _ClassVar[int]
    ORD_STATUS_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    LEAVES_QTY_FIELD_NUMBER: _ClassVar[int]
    NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    CANCEL_REJECTED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    DAY_ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    DAY_CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    DAY_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    RESTATEMENT_FIELD_NUMBER: _ClassVar[int]
    CXL_REJ_REASON_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    cl_ord_id: str
    orig_cl_ord_id: str
    exec_type: _enums_pb2.ExecType
    ord_status: _enums_pb2.OrdStatus
    order_qty: int
    price: int
    cum_qty: int
    leaves_qty: int
    notional: _types_pb2.Int128
    cancel_rejected: bool
    reason: _enums_pb2.Reason
    text: str
    day_order_qty: int
    day_cum_qty: int
    day_notional: _types_pb2.Int128
    restatement: _enums_pb2.ExecRestatementReason
    cxl_rej_reason: _enums_pb2.CxlRejReason
    def __init__(self, order_id: _Optional[str] = ..., cl_ord_id: _Optional[str] = ..., orig_cl_ord_id: _Optional[str] = ..., exec_type: _Optional[_Union[_enums_pb2.ExecType, str]] = ..., ord_status: _Optional[_Union[_enums_pb2.OrdStatus, str]] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ..., cum_qty: _Optional[int] = ..., leaves_qty: _Optional[int] = ..., notional: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., cancel_rejected: _Optional[bool] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., text: _Optional[str] = ..., day_order_qty: _Optional[int] = ..., day_cum_qty: _Optional[int] = ..., day_notional: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., restatement: _Optional[_Union[_enums_pb2.ExecRestatementReason, str]] = ..., cxl_rej_reason: _Optional[_Union[_enums_pb2.CxlRejReason, str]] = ...) -> None: ...

class ChildClosed(_message.Message):
    __slots__ = ("order_id", "child_id", "ord_status", "cum_qty", "reason", "part_of_cancel")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    ORD_STATUS_FIELD_NUMBER: _ClassVar[int]
    CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    PART_OF_CANCEL_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    child_id: str
    ord_status: _enums_pb2.OrdStatus
    cum_qty: int
    reason: _enums_pb2.Reason
    part_of_cancel: bool
    def __init__(self, order_id: _Optional[str] = ..., child_id: _Optional[str] = ..., ord_status: _Optional[_Union[_enums_pb2.OrdStatus, str]] = ..., cum_qty: _Optional[int] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., part_of_cancel: _Optional[bool] = ...) -> None: ...

class TimerSet(_message.Message):
    __slots__ = ("order_id", "kind", "number", "due_ns")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    DUE_NS_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    kind: _enums_pb2.TimerKind
    number: int
    due_ns: int
    def __init__(self, order_id: _Optional[str] = ..., kind: _Optional[_Union[_enums_pb2.TimerKind, str]] = ..., number: _Optional[int] = ..., due_ns: _Optional[int] = ...) -> None: ...

class TimerDone(_message.Message):
    __slots__ = ("order_id", "kind", "number")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    kind: _enums_pb2.TimerKind
    number: int
    def __init__(self, order_id: _Optional[str] = ..., kind: _Optional[_Union[_enums_pb2.TimerKind, str]] = ..., number: _Optional[int] = ...) -> None: ...

class SliceDone(_message.Message):
    __slots__ = ("order_id", "number", "planned_qty", "sent_qty", "reason")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PLANNED_QTY_FIELD_NUMBER: _ClassVar[int]
    SENT_QTY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    number: int
    planned_qty: int
    sent_qty: int
    reason: _enums_pb2.Reason
    def __init__(self, order_id: _Optional[str] = ..., number: _Optional[int] = ..., planned_qty: _Optional[int] = ..., sent_qty: _Optional[int] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ...) -> None: ...

class ReplaceApplied(_message.Message):
    __slots__ = ("order_id", "cl_ord_id", "applied", "order_qty", "price")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    cl_ord_id: str
    applied: bool
    order_qty: int
    price: int
    def __init__(self, order_id: _Optional[str] = ..., cl_ord_id: _Optional[str] = ..., applied: _Optional[bool] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ...) -> None: ...

class ParentCancelStarted(_message.Message):
    __slots__ = ("order_id", "cl_ord_id", "reason", "must_end")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MUST_END_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    cl_ord_id: str
    reason: _enums_pb2.Reason
    must_end: bool
    def __init__(self, order_id: _Optional[str] = ..., cl_ord_id: _Optional[str] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., must_end: _Optional[bool] = ...) -> None: ...

class ParentReplaceStarted(_message.Message):
    __slots__ = ("order_id", "cl_ord_id", "order_qty", "price", "worst_price", "venues", "venue_max_qty", "twap_start_ns", "twap_end_ns", "twap_slices", "good_until_ns", "expires_ns", "decision_offset", "instructions", "accepted_ns", "reduces_from")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    WORST_PRICE_FIELD_NUMBER: _ClassVar[int]
    VENUES_FIELD_NUMBER: _ClassVar[int]
    VENUE_MAX_QTY_FIELD_NUMBER: _ClassVar[int]
    TWAP_START_NS_FIELD_NUMBER: _ClassVar[int]
    TWAP_END_NS_FIELD_NUMBER: _ClassVar[int]
    TWAP_SLICES_FIELD_NUMBER: _ClassVar[int]
    GOOD_UNTIL_NS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_NS_FIELD_NUMBER: _ClassVar[int]
    DECISION_OFFSET_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_NS_FIELD_NUMBER: _ClassVar[int]
    REDUCES_FROM_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    cl_ord_id: str
    order_qty: int
    price: int
    worst_price: int
    venues: _containers.RepeatedScalarFieldContainer[str]
    venue_max_qty: _containers.RepeatedScalarFieldContainer[int]
    twap_start_ns: int
    twap_end_ns: int
    twap_slices: int
    good_until_ns: int
    expires_ns: int
    decision_offset: int
    instructions: _commands_pb2.Instructions
    accepted_ns: int
    reduces_from: int
    def __init__(self, order_id: _Optional[str] = ..., cl_ord_id: _Optional[str] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ..., worst_price: _Optional[int] = ..., venues: _Optional[_Iterable[str]] = ..., venue_max_qty: _Optional[_Iterable[int]] = ..., twap_start_ns: _Optional[int] = ..., twap_end_ns: _Optional[int] = ..., twap_slices: _Optional[int] = ..., good_until_ns: _Optional[int] = ..., expires_ns: _Optional[int] = ..., decision_offset: _Optional[int] = ..., instructions: _Optional[_Union[_commands_pb2.Instructions, _Mapping]] = ..., accepted_ns: _Optional[int] = ..., reduces_from: _Optional[int] = ...) -> None: ...

class TradeSuperseded(_message.Message):
    __slots__ = ("order_id", "cl_ord_id", "child_id", "venue_id", "exec_id", "inferred_exec_id", "last_qty", "last_px", "inferred_px", "liquidity", "cum_qty", "leaves_qty", "notional", "ord_status", "transact_ns", "day_order_qty", "day_cum_qty", "day_notional", "whose")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_ID_FIELD_NUMBER: _ClassVar[int]
    INFERRED_EXEC_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_QTY_FIELD_NUMBER: _ClassVar[int]
    LAST_PX_FIELD_NUMBER: _ClassVar[int]
    INFERRED_PX_FIELD_NUMBER: _ClassVar[int]
    LIQUIDITY_FIELD_NUMBER: _ClassVar[int]
    CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    LEAVES_QTY_FIELD_NUMBER: _ClassVar[int]
    NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    ORD_STATUS_FIELD_NUMBER: _ClassVar[int]
    TRANSACT_NS_FIELD_NUMBER: _ClassVar[int]
    DAY_ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    DAY_CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    DAY_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    WHOSE_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    cl_ord_id: str
    child_id: str
    venue_id: str
    exec_id: str
    inferred_exec_id: str
    last_qty: int
    last_px: int
    inferred_px: int
    liquidity: _enums_pb2.Liquidity
    cum_qty: int
    leaves_qty: int
    notional: _types_pb2.Int128
    ord_status: _enums_pb2.OrdStatus
    transact_ns: int
    day_order_qty: int
    day_cum_qty: int
    day_notional: _types_pb2.Int128
    whose: Whose
    def __init__(self, order_id: _Optional[str] = ..., cl_ord_id: _Optional[str] = ..., child_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., exec_id: _Optional[str] = ..., inferred_exec_id: _Optional[str] = ..., last_qty: _Optional[int] = ..., last_px: _Optional[int] = ..., inferred_px: _Optional[int] = ..., liquidity: _Optional[_Union[_enums_pb2.Liquidity, str]] = ..., cum_qty: _Optional[int] = ..., leaves_qty: _Optional[int] = ..., notional: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., ord_status: _Optional[_Union[_enums_pb2.OrdStatus, str]] = ..., transact_ns: _Optional[int] = ..., day_order_qty: _Optional[int] = ..., day_cum_qty: _Optional[int] = ..., day_notional: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., whose: _Optional[_Union[Whose, _Mapping]] = ...) -> None: ...

class DayChanged(_message.Message):
    __slots__ = ("order_id", "trading_date", "start_ns", "closed")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    START_NS_FIELD_NUMBER: _ClassVar[int]
    CLOSED_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    trading_date: int
    start_ns: int
    closed: bool
    def __init__(self, order_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., start_ns: _Optional[int] = ..., closed: _Optional[bool] = ...) -> None: ...

class RetimingStarted(_message.Message):
    __slots__ = ("calendar_id", "reference_position", "matched")
    CALENDAR_ID_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_POSITION_FIELD_NUMBER: _ClassVar[int]
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    calendar_id: str
    reference_position: int
    matched: int
    def __init__(self, calendar_id: _Optional[str] = ..., reference_position: _Optional[int] = ..., matched: _Optional[int] = ...) -> None: ...

class RetimingStep(_message.Message):
    __slots__ = ("remaining",)
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    remaining: int
    def __init__(self, remaining: _Optional[int] = ...) -> None: ...

class TradeCorrected(_message.Message):
    __slots__ = ("order_id", "cl_ord_id", "child_id", "venue_id", "exec_type", "exec_id", "exec_ref_id", "old_qty", "old_px", "new_qty", "new_px", "liquidity", "cum_qty", "leaves_qty", "notional", "ord_status", "transact_ns", "text", "day_order_qty", "day_cum_qty", "day_notional", "whose")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_TYPE_FIELD_NUMBER: _ClassVar[int]
    EXEC_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_REF_ID_FIELD_NUMBER: _ClassVar[int]
    OLD_QTY_FIELD_NUMBER: _ClassVar[int]
    OLD_PX_FIELD_NUMBER: _ClassVar[int]
    NEW_QTY_FIELD_NUMBER: _ClassVar[int]
    NEW_PX_FIELD_NUMBER: _ClassVar[int]
    LIQUIDITY_FIELD_NUMBER: _ClassVar[int]
    CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    LEAVES_QTY_FIELD_NUMBER: _ClassVar[int]
    NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    ORD_STATUS_FIELD_NUMBER: _ClassVar[int]
    TRANSACT_NS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    DAY_ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    DAY_CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    DAY_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    WHOSE_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    cl_ord_id: str
    child_id: str
    venue_id: str
    exec_type: _enums_pb2.ExecType
    exec_id: str
    exec_ref_id: str
    old_qty: int
    old_px: int
    new_qty: int
    new_px: int
    liquidity: _enums_pb2.Liquidity
    cum_qty: int
    leaves_qty: int
    notional: _types_pb2.Int128
    ord_status: _enums_pb2.OrdStatus
    transact_ns: int
    text: str
    day_order_qty: int
    day_cum_qty: int
    day_notional: _types_pb2.Int128
    whose: Whose
    def __init__(self, order_id: _Optional[str] = ..., cl_ord_id: _Optional[str] = ..., child_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., exec_type: _Optional[_Union[_enums_pb2.ExecType, str]] = ..., exec_id: _Optional[str] = ..., exec_ref_id: _Optional[str] = ..., old_qty: _Optional[int] = ..., old_px: _Optional[int] = ..., new_qty: _Optional[int] = ..., new_px: _Optional[int] = ..., liquidity: _Optional[_Union[_enums_pb2.Liquidity, str]] = ..., cum_qty: _Optional[int] = ..., leaves_qty: _Optional[int] = ..., notional: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., ord_status: _Optional[_Union[_enums_pb2.OrdStatus, str]] = ..., transact_ns: _Optional[int] = ..., text: _Optional[str] = ..., day_order_qty: _Optional[int] = ..., day_cum_qty: _Optional[int] = ..., day_notional: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., whose: _Optional[_Union[Whose, _Mapping]] = ...) -> None: ...

class TriggerArmed(_message.Message):
    __slots__ = ("order_id", "kind", "price", "qty", "offset", "reference_px", "market_partition", "market_position", "armed_ns")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    QTY_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_PX_FIELD_NUMBER: _ClassVar[int]
    MARKET_PARTITION_FIELD_NUMBER: _ClassVar[int]
    MARKET_POSITION_FIELD_NUMBER: _ClassVar[int]
    ARMED_NS_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    kind: _enums_pb2.TriggerKind
    price: int
    qty: int
    offset: int
    reference_px: int
    market_partition: int
    market_position: int
    armed_ns: int
    def __init__(self, order_id: _Optional[str] = ..., kind: _Optional[_Union[_enums_pb2.TriggerKind, str]] = ..., price: _Optional[int] = ..., qty: _Optional[int] = ..., offset: _Optional[int] = ..., reference_px: _Optional[int] = ..., market_partition: _Optional[int] = ..., market_position: _Optional[int] = ..., armed_ns: _Optional[int] = ...) -> None: ...

class Triggered(_message.Message):
    __slots__ = ("order_id", "kind", "basis", "price", "market_px", "market_qty", "venue_id", "trade_id", "market_partition", "market_position", "market_offset", "triggered_ns")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    MARKET_PX_FIELD_NUMBER: _ClassVar[int]
    MARKET_QTY_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    TRADE_ID_FIELD_NUMBER: _ClassVar[int]
    MARKET_PARTITION_FIELD_NUMBER: _ClassVar[int]
    MARKET_POSITION_FIELD_NUMBER: _ClassVar[int]
    MARKET_OFFSET_FIELD_NUMBER: _ClassVar[int]
    TRIGGERED_NS_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    kind: _enums_pb2.TriggerKind
    basis: _enums_pb2.TriggerBasis
    price: int
    market_px: int
    market_qty: int
    venue_id: str
    trade_id: str
    market_partition: int
    market_position: int
    market_offset: int
    triggered_ns: int
    def __init__(self, order_id: _Optional[str] = ..., kind: _Optional[_Union[_enums_pb2.TriggerKind, str]] = ..., basis: _Optional[_Union[_enums_pb2.TriggerBasis, str]] = ..., price: _Optional[int] = ..., market_px: _Optional[int] = ..., market_qty: _Optional[int] = ..., venue_id: _Optional[str] = ..., trade_id: _Optional[str] = ..., market_partition: _Optional[int] = ..., market_position: _Optional[int] = ..., market_offset: _Optional[int] = ..., triggered_ns: _Optional[int] = ...) -> None: ...

class StopMoved(_message.Message):
    __slots__ = ("order_id", "stop_px", "previous_px", "market_px", "venue_id", "trade_id", "market_partition", "market_position", "market_offset", "moved_ns")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    STOP_PX_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_PX_FIELD_NUMBER: _ClassVar[int]
    MARKET_PX_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    TRADE_ID_FIELD_NUMBER: _ClassVar[int]
    MARKET_PARTITION_FIELD_NUMBER: _ClassVar[int]
    MARKET_POSITION_FIELD_NUMBER: _ClassVar[int]
    MARKET_OFFSET_FIELD_NUMBER: _ClassVar[int]
    MOVED_NS_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    stop_px: int
    previous_px: int
    market_px: int
    venue_id: str
    trade_id: str
    market_partition: int
    market_position: int
    market_offset: int
    moved_ns: int
    def __init__(self, order_id: _Optional[str] = ..., stop_px: _Optional[int] = ..., previous_px: _Optional[int] = ..., market_px: _Optional[int] = ..., venue_id: _Optional[str] = ..., trade_id: _Optional[str] = ..., market_partition: _Optional[int] = ..., market_position: _Optional[int] = ..., market_offset: _Optional[int] = ..., moved_ns: _Optional[int] = ...) -> None: ...

class Repegged(_message.Message):
    __slots__ = ("order_id", "price", "previous_px", "bid_px", "ask_px", "reference_px", "market_partition", "market_position", "moved_ns")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_PX_FIELD_NUMBER: _ClassVar[int]
    BID_PX_FIELD_NUMBER: _ClassVar[int]
    ASK_PX_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_PX_FIELD_NUMBER: _ClassVar[int]
    MARKET_PARTITION_FIELD_NUMBER: _ClassVar[int]
    MARKET_POSITION_FIELD_NUMBER: _ClassVar[int]
    MOVED_NS_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    price: int
    previous_px: int
    bid_px: int
    ask_px: int
    reference_px: int
    market_partition: int
    market_position: int
    moved_ns: int
    def __init__(self, order_id: _Optional[str] = ..., price: _Optional[int] = ..., previous_px: _Optional[int] = ..., bid_px: _Optional[int] = ..., ask_px: _Optional[int] = ..., reference_px: _Optional[int] = ..., market_partition: _Optional[int] = ..., market_position: _Optional[int] = ..., moved_ns: _Optional[int] = ...) -> None: ...

class ChildReplaced(_message.Message):
    __slots__ = ("order_id", "child_id", "order_qty", "price")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    child_id: str
    order_qty: int
    price: int
    def __init__(self, order_id: _Optional[str] = ..., child_id: _Optional[str] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ...) -> None: ...

class VenueWithdrawn(_message.Message):
    __slots__ = ("order_id", "venue_id", "child_ids")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_IDS_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    venue_id: str
    child_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, order_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., child_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class ChildRequestRefused(_message.Message):
    __slots__ = ("order_id", "child_id", "kind", "reason", "text")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    child_id: str
    kind: _enums_pb2.IntentKind
    reason: _enums_pb2.Reason
    text: str
    def __init__(self, order_id: _Optional[str] = ..., child_id: _Optional[str] = ..., kind: _Optional[_Union[_enums_pb2.IntentKind, str]] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., text: _Optional[str] = ...) -> None: ...

class ParentCancelRefused(_message.Message):
    __slots__ = ("order_id", "cl_ord_id", "reason", "text")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    cl_ord_id: str
    reason: _enums_pb2.Reason
    text: str
    def __init__(self, order_id: _Optional[str] = ..., cl_ord_id: _Optional[str] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., text: _Optional[str] = ...) -> None: ...

class ListOpened(_message.Message):
    __slots__ = ("list_id", "contingency", "order_ids", "decision_offset")
    LIST_ID_FIELD_NUMBER: _ClassVar[int]
    CONTINGENCY_FIELD_NUMBER: _ClassVar[int]
    ORDER_IDS_FIELD_NUMBER: _ClassVar[int]
    DECISION_OFFSET_FIELD_NUMBER: _ClassVar[int]
    list_id: str
    contingency: _enums_pb2.ContingencyType
    order_ids: _containers.RepeatedScalarFieldContainer[str]
    decision_offset: int
    def __init__(self, list_id: _Optional[str] = ..., contingency: _Optional[_Union[_enums_pb2.ContingencyType, str]] = ..., order_ids: _Optional[_Iterable[str]] = ..., decision_offset: _Optional[int] = ...) -> None: ...

class LegChanged(_message.Message):
    __slots__ = ("list_id", "order_id", "leg_state", "released_qty", "by_order_id")
    LIST_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    LEG_STATE_FIELD_NUMBER: _ClassVar[int]
    RELEASED_QTY_FIELD_NUMBER: _ClassVar[int]
    BY_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    list_id: str
    order_id: str
    leg_state: _enums_pb2.LegState
    released_qty: int
    by_order_id: str
    def __init__(self, list_id: _Optional[str] = ..., order_id: _Optional[str] = ..., leg_state: _Optional[_Union[_enums_pb2.LegState, str]] = ..., released_qty: _Optional[int] = ..., by_order_id: _Optional[str] = ...) -> None: ...

class LegReduced(_message.Message):
    __slots__ = ("list_id", "order_id", "order_qty", "by_order_id", "executed_qty")
    LIST_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    BY_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    EXECUTED_QTY_FIELD_NUMBER: _ClassVar[int]
    list_id: str
    order_id: str
    order_qty: int
    by_order_id: str
    executed_qty: int
    def __init__(self, list_id: _Optional[str] = ..., order_id: _Optional[str] = ..., order_qty: _Optional[int] = ..., by_order_id: _Optional[str] = ..., executed_qty: _Optional[int] = ...) -> None: ...

class LegCounted(_message.Message):
    __slots__ = ("list_id", "order_id", "counted_qty")
    LIST_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    COUNTED_QTY_FIELD_NUMBER: _ClassVar[int]
    list_id: str
    order_id: str
    counted_qty: int
    def __init__(self, list_id: _Optional[str] = ..., order_id: _Optional[str] = ..., counted_qty: _Optional[int] = ...) -> None: ...

class ListDone(_message.Message):
    __slots__ = ("list_id",)
    LIST_ID_FIELD_NUMBER: _ClassVar[int]
    list_id: str
    def __init__(self, list_id: _Optional[str] = ...) -> None: ...

class ForgottenTraded(_message.Message):
    __slots__ = ("order_id", "child_id", "venue_id", "exec_id", "exec_ref_id", "old_qty", "old_px", "new_qty", "new_px", "liquidity", "transact_ns", "inferred", "supersedes")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_REF_ID_FIELD_NUMBER: _ClassVar[int]
    OLD_QTY_FIELD_NUMBER: _ClassVar[int]
    OLD_PX_FIELD_NUMBER: _ClassVar[int]
    NEW_QTY_FIELD_NUMBER: _ClassVar[int]
    NEW_PX_FIELD_NUMBER: _ClassVar[int]
    LIQUIDITY_FIELD_NUMBER: _ClassVar[int]
    TRANSACT_NS_FIELD_NUMBER: _ClassVar[int]
    INFERRED_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDES_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    child_id: str
    venue_id: str
    exec_id: str
    exec_ref_id: str
    old_qty: int
    old_px: int
    new_qty: int
    new_px: int
    liquidity: _enums_pb2.Liquidity
    transact_ns: int
    inferred: bool
    supersedes: bool
    def __init__(self, order_id: _Optional[str] = ..., child_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., exec_id: _Optional[str] = ..., exec_ref_id: _Optional[str] = ..., old_qty: _Optional[int] = ..., old_px: _Optional[int] = ..., new_qty: _Optional[int] = ..., new_px: _Optional[int] = ..., liquidity: _Optional[_Union[_enums_pb2.Liquidity, str]] = ..., transact_ns: _Optional[int] = ..., inferred: _Optional[bool] = ..., supersedes: _Optional[bool] = ...) -> None: ...

class RoutingEvent(_message.Message):
    __slots__ = ("parent_opened", "routing_decision", "child_new", "child_cancel", "child_replace", "parent_traded", "parent_changed", "child_closed", "timer_set", "timer_done", "slice_done", "replace_applied", "parent_cancel_started", "control_applied", "parent_replace_started", "trade_superseded", "list_opened", "leg_changed", "leg_reduced", "leg_counted", "list_done", "trade_corrected", "trigger_armed", "triggered", "stop_moved", "repegged", "child_replaced", "venue_withdrawn", "child_request_refused", "parent_cancel_refused", "day_changed", "retiming_started", "retiming_step", "venue_session_changed", "forgotten_traded")
    PARENT_OPENED_FIELD_NUMBER: _ClassVar[int]
    ROUTING_DECISION_FIELD_NUMBER: _ClassVar[int]
    CHILD_NEW_FIELD_NUMBER: _ClassVar[int]
    CHILD_CANCEL_FIELD_NUMBER: _ClassVar[int]
    CHILD_REPLACE_FIELD_NUMBER: _ClassVar[int]
    PARENT_TRADED_FIELD_NUMBER: _ClassVar[int]
    PARENT_CHANGED_FIELD_NUMBER: _ClassVar[int]
    CHILD_CLOSED_FIELD_NUMBER: _ClassVar[int]
    TIMER_SET_FIELD_NUMBER: _ClassVar[int]
    TIMER_DONE_FIELD_NUMBER: _ClassVar[int]
    SLICE_DONE_FIELD_NUMBER: _ClassVar[int]
    REPLACE_APPLIED_FIELD_NUMBER: _ClassVar[int]
    PARENT_CANCEL_STARTED_FIELD_NUMBER: _ClassVar[int]
    CONTROL_APPLIED_FIELD_NUMBER: _ClassVar[int]
    PARENT_REPLACE_STARTED_FIELD_NUMBER: _ClassVar[int]
    TRADE_SUPERSEDED_FIELD_NUMBER: _ClassVar[int]
    LIST_OPENED_FIELD_NUMBER: _ClassVar[int]
    LEG_CHANGED_FIELD_NUMBER: _ClassVar[int]
    LEG_REDUCED_FIELD_NUMBER: _ClassVar[int]
    LEG_COUNTED_FIELD_NUMBER: _ClassVar[int]
    LIST_DONE_FIELD_NUMBER: _ClassVar[int]
    TRADE_CORRECTED_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_ARMED_FIELD_NUMBER: _ClassVar[int]
    TRIGGERED_FIELD_NUMBER: _ClassVar[int]
    STOP_MOVED_FIELD_NUMBER: _ClassVar[int]
    REPEGGED_FIELD_NUMBER: _ClassVar[int]
    CHILD_REPLACED_FIELD_NUMBER: _ClassVar[int]
    VENUE_WITHDRAWN_FIELD_NUMBER: _ClassVar[int]
    CHILD_REQUEST_REFUSED_FIELD_NUMBER: _ClassVar[int]
    PARENT_CANCEL_REFUSED_FIELD_NUMBER: _ClassVar[int]
    DAY_CHANGED_FIELD_NUMBER: _ClassVar[int]
    RETIMING_STARTED_FIELD_NUMBER: _ClassVar[int]
    RETIMING_STEP_FIELD_NUMBER: _ClassVar[int]
    VENUE_SESSION_CHANGED_FIELD_NUMBER: _ClassVar[int]
    FORGOTTEN_TRADED_FIELD_NUMBER: _ClassVar[int]
    parent_opened: ParentOpened
    routing_decision: RoutingDecision
    child_new: ChildNew
    child_cancel: ChildCancel
    child_replace: ChildReplace
    parent_traded: ParentTraded
    parent_changed: ParentChanged
    child_closed: ChildClosed
    timer_set: TimerSet
    timer_done: TimerDone
    slice_done: SliceDone
    replace_applied: ReplaceApplied
    parent_cancel_started: ParentCancelStarted
    control_applied: _risk_pb2.ControlApplied
    parent_replace_started: ParentReplaceStarted
    trade_superseded: TradeSuperseded
    list_opened: ListOpened
    leg_changed: LegChanged
    leg_reduced: LegReduced
    leg_counted: LegCounted
    list_done: ListDone
    trade_corrected: TradeCorrected
    trigger_armed: TriggerArmed
    triggered: Triggered
    stop_moved: StopMoved
    repegged: Repegged
    child_replaced: ChildReplaced
    venue_withdrawn: VenueWithdrawn
    child_request_refused: ChildRequestRefused
    parent_cancel_refused: ParentCancelRefused
    day_changed: DayChanged
    retiming_started: RetimingStarted
    retiming_step: RetimingStep
    venue_session_changed: _risk_pb2.VenueSessionChanged
    forgotten_traded: ForgottenTraded
    def __init__(self, parent_opened: _Optional[_Union[ParentOpened, _Mapping]] = ..., routing_decision: _Optional[_Union[RoutingDecision, _Mapping]] = ..., child_new: _Optional[_Union[ChildNew, _Mapping]] = ..., child_cancel: _Optional[_Union[ChildCancel, _Mapping]] = ..., child_replace: _Optional[_Union[ChildReplace, _Mapping]] = ..., parent_traded: _Optional[_Union[ParentTraded, _Mapping]] = ..., parent_changed: _Optional[_Union[ParentChanged, _Mapping]] = ..., child_closed: _Optional[_Union[ChildClosed, _Mapping]] = ..., timer_set: _Optional[_Union[TimerSet, _Mapping]] = ..., timer_done: _Optional[_Union[TimerDone, _Mapping]] = ..., slice_done: _Optional[_Union[SliceDone, _Mapping]] = ..., replace_applied: _Optional[_Union[ReplaceApplied, _Mapping]] = ..., parent_cancel_started: _Optional[_Union[ParentCancelStarted, _Mapping]] = ..., control_applied: _Optional[_Union[_risk_pb2.ControlApplied, _Mapping]] = ..., parent_replace_started: _Optional[_Union[ParentReplaceStarted, _Mapping]] = ..., trade_superseded: _Optional[_Union[TradeSuperseded, _Mapping]] = ..., list_opened: _Optional[_Union[ListOpened, _Mapping]] = ..., leg_changed: _Optional[_Union[LegChanged, _Mapping]] = ..., leg_reduced: _Optional[_Union[LegReduced, _Mapping]] = ..., leg_counted: _Optional[_Union[LegCounted, _Mapping]] = ..., list_done: _Optional[_Union[ListDone, _Mapping]] = ..., trade_corrected: _Optional[_Union[TradeCorrected, _Mapping]] = ..., trigger_armed: _Optional[_Union[TriggerArmed, _Mapping]] = ..., triggered: _Optional[_Union[Triggered, _Mapping]] = ..., stop_moved: _Optional[_Union[StopMoved, _Mapping]] = ..., repegged: _Optional[_Union[Repegged, _Mapping]] = ..., child_replaced: _Optional[_Union[ChildReplaced, _Mapping]] = ..., venue_withdrawn: _Optional[_Union[VenueWithdrawn, _Mapping]] = ..., child_request_refused: _Optional[_Union[ChildRequestRefused, _Mapping]] = ..., parent_cancel_refused: _Optional[_Union[ParentCancelRefused, _Mapping]] = ..., day_changed: _Optional[_Union[DayChanged, _Mapping]] = ..., retiming_started: _Optional[_Union[RetimingStarted, _Mapping]] = ..., retiming_step: _Optional[_Union[RetimingStep, _Mapping]] = ..., venue_session_changed: _Optional[_Union[_risk_pb2.VenueSessionChanged, _Mapping]] = ..., forgotten_traded: _Optional[_Union[ForgottenTraded, _Mapping]] = ...) -> None: ...
