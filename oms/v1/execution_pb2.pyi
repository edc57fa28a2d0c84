from oms.v1 import alerts_pb2 as _alerts_pb2
from oms.v1 import commands_pb2 as _commands_pb2
from oms.v1 import enums_pb2 as _enums_pb2
from oms.v1 import risk_pb2 as _risk_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SessionMessagePlanned(_message.Message):
    __slots__ = ("session_id", "venue_id", "message", "msg_seq_num", "next_expected", "new_seq_no", "begin_seq_no", "text", "at_ns", "venue_order_id", "exec_id", "resets")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    MSG_SEQ_NUM_FIELD_NUMBER: _ClassVar[int]
    NEXT_EXPECTED_FIELD_NUMBER: _ClassVar[int]
    NEW_SEQ_NO_FIELD_NUMBER: _ClassVar[int]
    BEGIN_SEQ_NO_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    VENUE_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_ID_FIELD_NUMBER: _ClassVar[int]
    RESETS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    venue_id: str
    message: _enums_pb2.SessionMessage
    msg_seq_num: int
    next_expected: int
    new_seq_no: int
    begin_seq_no: int
    text: str
    at_ns: int
    venue_order_id: str
    exec_id: str
    resets: bool
    def __init__(self, session_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., message: _Optional[_Union[_enums_pb2.SessionMessage, str]] = ..., msg_seq_num: _Optional[int] = ..., next_expected: _Optional[int] = ..., new_seq_no: _Optional[int] = ..., begin_seq_no: _Optional[int] = ..., text: _Optional[str] = ..., at_ns: _Optional[int] = ..., venue_order_id: _Optional[str] = ..., exec_id: _Optional[str] = ..., resets: _Optional[bool] = ...) -> None: ...

class SessionUp(_message.Message):
    __slots__ = ("session_id", "venue_id", "arrived_below", "logon_seq_num", "at_ns")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    ARRIVED_BELOW_FIELD_NUMBER: _ClassVar[int]
    LOGON_SEQ_NUM_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    venue_id: str
    arrived_below: int
    logon_seq_num: int
    at_ns: int
    def __init__(self, session_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., arrived_below: _Optional[int] = ..., logon_seq_num: _Optional[int] = ..., at_ns: _Optional[int] = ...) -> None: ...

class SessionDown(_message.Message):
    __slots__ = ("session_id", "venue_id", "text", "at_ns")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    venue_id: str
    text: str
    at_ns: int
    def __init__(self, session_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., text: _Optional[str] = ..., at_ns: _Optional[int] = ...) -> None: ...

class ChildTaken(_message.Message):
    __slots__ = ("order_id", "child_id", "venue_id", "session_id", "instrument_id", "account_id", "desk_id", "side", "ord_type", "time_in_force", "order_qty", "price", "good_until_ns", "trace_id", "decision_no", "decision_offset", "instructions", "trader", "strategy", "reduces_from")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    ORD_TYPE_FIELD_NUMBER: _ClassVar[int]
    TIME_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    GOOD_UNTIL_NS_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_NO_FIELD_NUMBER: _ClassVar[int]
    DECISION_OFFSET_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    TRADER_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    REDUCES_FROM_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    child_id: str
    venue_id: str
    session_id: str
    instrument_id: str
    account_id: str
    desk_id: str
    side: _enums_pb2.Side
    ord_type: _enums_pb2.OrdType
    time_in_force: _enums_pb2.TimeInForce
    order_qty: int
    price: int
    good_until_ns: int
    trace_id: str
    decision_no: int
    decision_offset: int
    instructions: _commands_pb2.Instructions
    trader: str
    strategy: str
    reduces_from: int
    def __init__(self, order_id: _Optional[str] = ..., child_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., session_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., account_id: _Optional[str] = ..., desk_id: _Optional[str] = ..., side: _Optional[_Union[_enums_pb2.Side, str]] = ..., ord_type: _Optional[_Union[_enums_pb2.OrdType, str]] = ..., time_in_force: _Optional[_Union[_enums_pb2.TimeInForce, str]] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ..., good_until_ns: _Optional[int] = ..., trace_id: _Optional[str] = ..., decision_no: _Optional[int] = ..., decision_offset: _Optional[int] = ..., instructions: _Optional[_Union[_commands_pb2.Instructions, _Mapping]] = ..., trader: _Optional[str] = ..., strategy: _Optional[str] = ..., reduces_from: _Optional[int] = ...) -> None: ...

class Intent(_message.Message):
    __slots__ = ("order_id", "child_id", "kind", "session_id", "msg_seq_num", "cl_ord_id", "orig_cl_ord_id", "request", "order_qty", "price", "at_ns", "instructions")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    MSG_SEQ_NUM_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ORIG_CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    child_id: str
    kind: _enums_pb2.IntentKind
    session_id: str
    msg_seq_num: int
    cl_ord_id: str
    orig_cl_ord_id: str
    request: int
    order_qty: int
    price: int
    at_ns: int
    instructions: _commands_pb2.Instructions
    def __init__(self, order_id: _Optional[str] = ..., child_id: _Optional[str] = ..., kind: _Optional[_Union[_enums_pb2.IntentKind, str]] = ..., session_id: _Optional[str] = ..., msg_seq_num: _Optional[int] = ..., cl_ord_id: _Optional[str] = ..., orig_cl_ord_id: _Optional[str] = ..., request: _Optional[int] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ..., at_ns: _Optional[int] = ..., instructions: _Optional[_Union[_commands_pb2.Instructions, _Mapping]] = ...) -> None: ...

class ChildReport(_message.Message):
    __slots__ = ("order_id", "child_id", "venue_id", "exec_type", "ord_status", "exec_id", "venue_order_id", "last_qty", "last_px", "cum_qty", "leaves_qty", "order_qty", "price", "request", "liquidity", "transact_ns", "reason", "text", "inferred", "venue_cum_qty", "restatement", "correctable")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_TYPE_FIELD_NUMBER: _ClassVar[int]
    ORD_STATUS_FIELD_NUMBER: _ClassVar[int]
    EXEC_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_QTY_FIELD_NUMBER: _ClassVar[int]
    LAST_PX_FIELD_NUMBER: _ClassVar[int]
    CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    LEAVES_QTY_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    LIQUIDITY_FIELD_NUMBER: _ClassVar[int]
    TRANSACT_NS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    INFERRED_FIELD_NUMBER: _ClassVar[int]
    VENUE_CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    RESTATEMENT_FIELD_NUMBER: _ClassVar[int]
    CORRECTABLE_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    child_id: str
    venue_id: str
    exec_type: _enums_pb2.ExecType
    ord_status: _enums_pb2.OrdStatus
    exec_id: str
    venue_order_id: str
    last_qty: int
    last_px: int
    cum_qty: int
    leaves_qty: int
    order_qty: int
    price: int
    request: int
    liquidity: _enums_pb2.Liquidity
    transact_ns: int
    reason: _enums_pb2.Reason
    text: str
    inferred: bool
    venue_cum_qty: int
    restatement: _enums_pb2.ExecRestatementReason
    correctable: bool
    def __init__(self, order_id: _Optional[str] = ..., child_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., exec_type: _Optional[_Union[_enums_pb2.ExecType, str]] = ..., ord_status: _Optional[_Union[_enums_pb2.OrdStatus, str]] = ..., exec_id: _Optional[str] = ..., venue_order_id: _Optional[str] = ..., last_qty: _Optional[int] = ..., last_px: _Optional[int] = ..., cum_qty: _Optional[int] = ..., leaves_qty: _Optional[int] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ..., request: _Optional[int] = ..., liquidity: _Optional[_Union[_enums_pb2.Liquidity, str]] = ..., transact_ns: _Optional[int] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., text: _Optional[str] = ..., inferred: _Optional[bool] = ..., venue_cum_qty: _Optional[int] = ..., restatement: _Optional[_Union[_enums_pb2.ExecRestatementReason, str]] = ..., correctable: _Optional[bool] = ...) -> None: ...

class ChildRequestRejected(_message.Message):
    __slots__ = ("order_id", "child_id", "request", "kind", "reason", "text", "cxl_rej_reason", "ord_status")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CXL_REJ_REASON_FIELD_NUMBER: _ClassVar[int]
    ORD_STATUS_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    child_id: str
    request: int
    kind: _enums_pb2.IntentKind
    reason: _enums_pb2.Reason
    text: str
    cxl_rej_reason: _enums_pb2.CxlRejReason
    ord_status: _enums_pb2.OrdStatus
    def __init__(self, order_id: _Optional[str] = ..., child_id: _Optional[str] = ..., request: _Optional[int] = ..., kind: _Optional[_Union[_enums_pb2.IntentKind, str]] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., text: _Optional[str] = ..., cxl_rej_reason: _Optional[_Union[_enums_pb2.CxlRejReason, str]] = ..., ord_status: _Optional[_Union[_enums_pb2.OrdStatus, str]] = ...) -> None: ...

class ChildUnsent(_message.Message):
    __slots__ = ("order_id", "child_id", "reason", "text")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    child_id: str
    reason: _enums_pb2.Reason
    text: str
    def __init__(self, order_id: _Optional[str] = ..., child_id: _Optional[str] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., text: _Optional[str] = ...) -> None: ...

class ChildUnknown(_message.Message):
    __slots__ = ("order_id", "child_id", "text", "venue_cum_qty")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    VENUE_CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    child_id: str
    text: str
    venue_cum_qty: int
    def __init__(self, order_id: _Optional[str] = ..., child_id: _Optional[str] = ..., text: _Optional[str] = ..., venue_cum_qty: _Optional[int] = ...) -> None: ...

class Anomaly(_message.Message):
    __slots__ = ("venue_id", "session_id", "text", "raw")
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    venue_id: str
    session_id: str
    text: str
    raw: str
    def __init__(self, venue_id: _Optional[str] = ..., session_id: _Optional[str] = ..., text: _Optional[str] = ..., raw: _Optional[str] = ...) -> None: ...

class SessionReceived(_message.Message):
    __slots__ = ("session_id", "next_in", "at_ns")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    NEXT_IN_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    next_in: int
    at_ns: int
    def __init__(self, session_id: _Optional[str] = ..., next_in: _Optional[int] = ..., at_ns: _Optional[int] = ...) -> None: ...

class ScopeCancelStarted(_message.Message):
    __slots__ = ("control_offset", "scope", "scope_id", "filter", "matched")
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    control_offset: int
    scope: _enums_pb2.HaltScope
    scope_id: str
    filter: _commands_pb2.OrderFilter
    matched: int
    def __init__(self, control_offset: _Optional[int] = ..., scope: _Optional[_Union[_enums_pb2.HaltScope, str]] = ..., scope_id: _Optional[str] = ..., filter: _Optional[_Union[_commands_pb2.OrderFilter, _Mapping]] = ..., matched: _Optional[int] = ...) -> None: ...

class ScopeCancelDone(_message.Message):
    __slots__ = ("control_offset",)
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    control_offset: int
    def __init__(self, control_offset: _Optional[int] = ...) -> None: ...

class ChildRequestTaken(_message.Message):
    __slots__ = ("order_id", "child_id", "kind", "request", "order_qty", "price", "good_until_ns", "instructions", "reduces_from", "joins")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    GOOD_UNTIL_NS_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    REDUCES_FROM_FIELD_NUMBER: _ClassVar[int]
    JOINS_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    child_id: str
    kind: _enums_pb2.IntentKind
    request: int
    order_qty: int
    price: int
    good_until_ns: int
    instructions: _commands_pb2.Instructions
    reduces_from: int
    joins: int
    def __init__(self, order_id: _Optional[str] = ..., child_id: _Optional[str] = ..., kind: _Optional[_Union[_enums_pb2.IntentKind, str]] = ..., request: _Optional[int] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ..., good_until_ns: _Optional[int] = ..., instructions: _Optional[_Union[_commands_pb2.Instructions, _Mapping]] = ..., reduces_from: _Optional[int] = ..., joins: _Optional[int] = ...) -> None: ...

class FillSuperseded(_message.Message):
    __slots__ = ("order_id", "child_id", "venue_id", "exec_id", "inferred_exec_id", "last_qty", "last_px", "inferred_px", "left_qty", "liquidity", "transact_ns", "venue_cum_qty", "correctable")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_ID_FIELD_NUMBER: _ClassVar[int]
    INFERRED_EXEC_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_QTY_FIELD_NUMBER: _ClassVar[int]
    LAST_PX_FIELD_NUMBER: _ClassVar[int]
    INFERRED_PX_FIELD_NUMBER: _ClassVar[int]
    LEFT_QTY_FIELD_NUMBER: _ClassVar[int]
    LIQUIDITY_FIELD_NUMBER: _ClassVar[int]
    TRANSACT_NS_FIELD_NUMBER: _ClassVar[int]
    VENUE_CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    CORRECTABLE_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    child_id: str
    venue_id: str
    exec_id: str
    inferred_exec_id: str
    last_qty: int
    last_px: int
    inferred_px: int
    left_qty: int
    liquidity: _enums_pb2.Liquidity
    transact_ns: int
    venue_cum_qty: int
    correctable: bool
    def __init__(self, order_id: _Optional[str] = ..., child_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., exec_id: _Optional[str] = ..., inferred_exec_id: _Optional[str] = ..., last_qty: _Optional[int] = ..., last_px: _Optional[int] = ..., inferred_px: _Optional[int] = ..., left_qty: _Optional[int] = ..., liquidity: _Optional[_Union[_enums_pb2.Liquidity, str]] = ..., transact_ns: _Optional[int] = ..., venue_cum_qty: _Optional[int] = ..., correctable: _Optional[bool] = ...) -> None: ...

class FillCorrected(_message.Message):
    __slots__ = ("order_id", "child_id", "venue_id", "exec_type", "exec_id", "exec_ref_id", "old_qty", "old_px", "new_qty", "new_px", "cum_qty", "leaves_qty", "ord_status", "liquidity", "transact_ns", "venue_cum_qty", "text")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_TYPE_FIELD_NUMBER: _ClassVar[int]
    EXEC_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_REF_ID_FIELD_NUMBER: _ClassVar[int]
    OLD_QTY_FIELD_NUMBER: _ClassVar[int]
    OLD_PX_FIELD_NUMBER: _ClassVar[int]
    NEW_QTY_FIELD_NUMBER: _ClassVar[int]
    NEW_PX_FIELD_NUMBER: _ClassVar[int]
    CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    LEAVES_QTY_FIELD_NUMBER: _ClassVar[int]
    ORD_STATUS_FIELD_NUMBER: _ClassVar[int]
    LIQUIDITY_FIELD_NUMBER: _ClassVar[int]
    TRANSACT_NS_FIELD_NUMBER: _ClassVar[int]
    VENUE_CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    child_id: str
    venue_id: str
    exec_type: _enums_pb2.ExecType
    exec_id: str
    exec_ref_id: str
    old_qty: int
    old_px: int
    new_qty: int
    new_px: int
    cum_qty: int
    leaves_qty: int
    ord_status: _enums_pb2.OrdStatus
    liquidity: _enums_pb2.Liquidity
    transact_ns: int
    venue_cum_qty: int
    text: str
    def __init__(self, order_id: _Optional[str] = ..., child_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., exec_type: _Optional[_Union[_enums_pb2.ExecType, str]] = ..., exec_id: _Optional[str] = ..., exec_ref_id: _Optional[str] = ..., old_qty: _Optional[int] = ..., old_px: _Optional[int] = ..., new_qty: _Optional[int] = ..., new_px: _Optional[int] = ..., cum_qty: _Optional[int] = ..., leaves_qty: _Optional[int] = ..., ord_status: _Optional[_Union[_enums_pb2.OrdStatus, str]] = ..., liquidity: _Optional[_Union[_enums_pb2.Liquidity, str]] = ..., transact_ns: _Optional[int] = ..., venue_cum_qty: _Optional[int] = ..., text: _Optional[str] = ...) -> None: ...

class ExecutionSuspended(_message.Message):
    __slots__ = ("subject", "venue_id", "session_id", "cl_ord_id", "venue_order_id", "exec_id", "exec_type", "ord_status", "last_qty", "last_px", "cum_qty", "leaves_qty", "order_qty", "price", "transact_ns", "at_ns", "raw", "exec_ref_id")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_TYPE_FIELD_NUMBER: _ClassVar[int]
    ORD_STATUS_FIELD_NUMBER: _ClassVar[int]
    LAST_QTY_FIELD_NUMBER: _ClassVar[int]
    LAST_PX_FIELD_NUMBER: _ClassVar[int]
    CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    LEAVES_QTY_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    TRANSACT_NS_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    EXEC_REF_ID_FIELD_NUMBER: _ClassVar[int]
    subject: str
    venue_id: str
    session_id: str
    cl_ord_id: str
    venue_order_id: str
    exec_id: str
    exec_type: _enums_pb2.ExecType
    ord_status: _enums_pb2.OrdStatus
    last_qty: int
    last_px: int
    cum_qty: int
    leaves_qty: int
    order_qty: int
    price: int
    transact_ns: int
    at_ns: int
    raw: str
    exec_ref_id: str
    def __init__(self, subject: _Optional[str] = ..., venue_id: _Optional[str] = ..., session_id: _Optional[str] = ..., cl_ord_id: _Optional[str] = ..., venue_order_id: _Optional[str] = ..., exec_id: _Optional[str] = ..., exec_type: _Optional[_Union[_enums_pb2.ExecType, str]] = ..., ord_status: _Optional[_Union[_enums_pb2.OrdStatus, str]] = ..., last_qty: _Optional[int] = ..., last_px: _Optional[int] = ..., cum_qty: _Optional[int] = ..., leaves_qty: _Optional[int] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ..., transact_ns: _Optional[int] = ..., at_ns: _Optional[int] = ..., raw: _Optional[str] = ..., exec_ref_id: _Optional[str] = ...) -> None: ...

class BreakRaised(_message.Message):
    __slots__ = ("break_id", "cause", "subject", "order_id", "child_id", "venue_id", "session_id", "cl_ord_id", "venue_order_id", "exec_id", "our_qty", "venue_qty", "our_px", "venue_px", "opened_ns", "seen_ns", "seen_count", "text")
    BREAK_ID_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_ID_FIELD_NUMBER: _ClassVar[int]
    OUR_QTY_FIELD_NUMBER: _ClassVar[int]
    VENUE_QTY_FIELD_NUMBER: _ClassVar[int]
    OUR_PX_FIELD_NUMBER: _ClassVar[int]
    VENUE_PX_FIELD_NUMBER: _ClassVar[int]
    OPENED_NS_FIELD_NUMBER: _ClassVar[int]
    SEEN_NS_FIELD_NUMBER: _ClassVar[int]
    SEEN_COUNT_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    break_id: str
    cause: _enums_pb2.BreakCause
    subject: str
    order_id: str
    child_id: str
    venue_id: str
    session_id: str
    cl_ord_id: str
    venue_order_id: str
    exec_id: str
    our_qty: int
    venue_qty: int
    our_px: int
    venue_px: int
    opened_ns: int
    seen_ns: int
    seen_count: int
    text: str
    def __init__(self, break_id: _Optional[str] = ..., cause: _Optional[_Union[_enums_pb2.BreakCause, str]] = ..., subject: _Optional[str] = ..., order_id: _Optional[str] = ..., child_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., session_id: _Optional[str] = ..., cl_ord_id: _Optional[str] = ..., venue_order_id: _Optional[str] = ..., exec_id: _Optional[str] = ..., our_qty: _Optional[int] = ..., venue_qty: _Optional[int] = ..., our_px: _Optional[int] = ..., venue_px: _Optional[int] = ..., opened_ns: _Optional[int] = ..., seen_ns: _Optional[int] = ..., seen_count: _Optional[int] = ..., text: _Optional[str] = ...) -> None: ...

class BreakResolved(_message.Message):
    __slots__ = ("break_id", "cause", "subject", "order_id", "kind", "control_offset", "resolved_by", "reason", "at_ns")
    BREAK_ID_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    RESOLVED_BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    break_id: str
    cause: _enums_pb2.BreakCause
    subject: str
    order_id: str
    kind: _enums_pb2.ResolutionKind
    control_offset: int
    resolved_by: str
    reason: str
    at_ns: int
    def __init__(self, break_id: _Optional[str] = ..., cause: _Optional[_Union[_enums_pb2.BreakCause, str]] = ..., subject: _Optional[str] = ..., order_id: _Optional[str] = ..., kind: _Optional[_Union[_enums_pb2.ResolutionKind, str]] = ..., control_offset: _Optional[int] = ..., resolved_by: _Optional[str] = ..., reason: _Optional[str] = ..., at_ns: _Optional[int] = ...) -> None: ...

class BreakResolutionRefused(_message.Message):
    __slots__ = ("break_id", "control_offset", "kind", "text", "at_ns")
    BREAK_ID_FIELD_NUMBER: _ClassVar[int]
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    break_id: str
    control_offset: int
    kind: _enums_pb2.ResolutionKind
    text: str
    at_ns: int
    def __init__(self, break_id: _Optional[str] = ..., control_offset: _Optional[int] = ..., kind: _Optional[_Union[_enums_pb2.ResolutionKind, str]] = ..., text: _Optional[str] = ..., at_ns: _Optional[int] = ...) -> None: ...

class TradeCopied(_message.Message):
    __slots__ = ("session_id", "venue_id", "exec_type", "exec_id", "exec_ref_id", "cl_ord_id", "venue_order_id", "account_id", "instrument_id", "side", "last_qty", "last_px", "transact_ns", "at_ns")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_TYPE_FIELD_NUMBER: _ClassVar[int]
    EXEC_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_REF_ID_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    LAST_QTY_FIELD_NUMBER: _ClassVar[int]
    LAST_PX_FIELD_NUMBER: _ClassVar[int]
    TRANSACT_NS_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    venue_id: str
    exec_type: _enums_pb2.ExecType
    exec_id: str
    exec_ref_id: str
    cl_ord_id: str
    venue_order_id: str
    account_id: str
    instrument_id: str
    side: _enums_pb2.Side
    last_qty: int
    last_px: int
    transact_ns: int
    at_ns: int
    def __init__(self, session_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., exec_type: _Optional[_Union[_enums_pb2.ExecType, str]] = ..., exec_id: _Optional[str] = ..., exec_ref_id: _Optional[str] = ..., cl_ord_id: _Optional[str] = ..., venue_order_id: _Optional[str] = ..., account_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., side: _Optional[_Union[_enums_pb2.Side, str]] = ..., last_qty: _Optional[int] = ..., last_px: _Optional[int] = ..., transact_ns: _Optional[int] = ..., at_ns: _Optional[int] = ...) -> None: ...

class TradesJudged(_message.Message):
    __slots__ = ("session_id", "differ", "agree", "unheard")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    DIFFER_FIELD_NUMBER: _ClassVar[int]
    AGREE_FIELD_NUMBER: _ClassVar[int]
    UNHEARD_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    differ: _containers.RepeatedScalarFieldContainer[str]
    agree: _containers.RepeatedScalarFieldContainer[str]
    unheard: bool
    def __init__(self, session_id: _Optional[str] = ..., differ: _Optional[_Iterable[str]] = ..., agree: _Optional[_Iterable[str]] = ..., unheard: _Optional[bool] = ...) -> None: ...

class MassCancelAnswered(_message.Message):
    __slots__ = ("session_id", "venue_id", "cl_ord_id", "outcome", "affected_orders", "reject_reason", "text", "at_ns")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    AFFECTED_ORDERS_FIELD_NUMBER: _ClassVar[int]
    REJECT_REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    venue_id: str
    cl_ord_id: str
    outcome: _enums_pb2.MassCancelOutcome
    affected_orders: int
    reject_reason: int
    text: str
    at_ns: int
    def __init__(self, session_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., cl_ord_id: _Optional[str] = ..., outcome: _Optional[_Union[_enums_pb2.MassCancelOutcome, str]] = ..., affected_orders: _Optional[int] = ..., reject_reason: _Optional[int] = ..., text: _Optional[str] = ..., at_ns: _Optional[int] = ...) -> None: ...

class SessionNumbersReset(_message.Message):
    __slots__ = ("session_id", "venue_id", "asked_ns", "at_ns")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    ASKED_NS_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    venue_id: str
    asked_ns: int
    at_ns: int
    def __init__(self, session_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., asked_ns: _Optional[int] = ..., at_ns: _Optional[int] = ...) -> None: ...

class SessionResetRefused(_message.Message):
    __slots__ = ("session_id", "venue_id", "asked_ns", "text", "at_ns")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    ASKED_NS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    venue_id: str
    asked_ns: int
    text: str
    at_ns: int
    def __init__(self, session_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., asked_ns: _Optional[int] = ..., text: _Optional[str] = ..., at_ns: _Optional[int] = ...) -> None: ...

class ExecutionEvent(_message.Message):
    __slots__ = ("session_message_planned", "session_up", "session_down", "child_taken", "intent", "child_report", "child_request_rejected", "child_unsent", "child_unknown", "anomaly", "control_applied", "session_received", "scope_cancel_started", "child_request_taken", "fill_superseded", "execution_suspended", "break_raised", "break_resolved", "break_resolution_refused", "fill_corrected", "scope_cancel_done", "alert_raised", "alert_cleared", "trade_copied", "trades_judged", "mass_cancel_answered", "session_numbers_reset", "session_reset_refused")
    SESSION_MESSAGE_PLANNED_FIELD_NUMBER: _ClassVar[int]
    SESSION_UP_FIELD_NUMBER: _ClassVar[int]
    SESSION_DOWN_FIELD_NUMBER: _ClassVar[int]
    CHILD_TAKEN_FIELD_NUMBER: _ClassVar[int]
    INTENT_FIELD_NUMBER: _ClassVar[int]
    CHILD_REPORT_FIELD_NUMBER: _ClassVar[int]
    CHILD_REQUEST_REJECTED_FIELD_NUMBER: _ClassVar[int]
    CHILD_UNSENT_FIELD_NUMBER: _ClassVar[int]
    CHILD_UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    ANOMALY_FIELD_NUMBER: _ClassVar[int]
    CONTROL_APPLIED_FIELD_NUMBER: _ClassVar[int]
    SESSION_RECEIVED_FIELD_NUMBER: _ClassVar[int]
    SCOPE_CANCEL_STARTED_FIELD_NUMBER: _ClassVar[int]
    CHILD_REQUEST_TAKEN_FIELD_NUMBER: _ClassVar[int]
    FILL_SUPERSEDED_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_SUSPENDED_FIELD_NUMBER: _ClassVar[int]
    BREAK_RAISED_FIELD_NUMBER: _ClassVar[int]
    BREAK_RESOLVED_FIELD_NUMBER: _ClassVar[int]
    BREAK_RESOLUTION_REFUSED_FIELD_NUMBER: _ClassVar[int]
    FILL_CORRECTED_FIELD_NUMBER: _ClassVar[int]
    SCOPE_CANCEL_DONE_FIELD_NUMBER: _ClassVar[int]
    ALERT_RAISED_FIELD_NUMBER: _ClassVar[int]
    ALERT_CLEARED_FIELD_NUMBER: _ClassVar[int]
    TRADE_COPIED_FIELD_NUMBER: _ClassVar[int]
    TRADES_JUDGED_FIELD_NUMBER: _ClassVar[int]
    MASS_CANCEL_ANSWERED_FIELD_NUMBER: _ClassVar[int]
    SESSION_NUMBERS_RESET_FIELD_NUMBER: _ClassVar[int]
    SESSION_RESET_REFUSED_FIELD_NUMBER: _ClassVar[int]
    session_message_planned: SessionMessagePlanned
    session_up: SessionUp
    session_down: SessionDown
    child_taken: ChildTaken
    intent: Intent
    child_report: ChildReport
    child_request_rejected: ChildRequestRejected
    child_unsent: ChildUnsent
    child_unknown: ChildUnknown
    anomaly: Anomaly
    control_applied: _risk_pb2.ControlApplied
    session_received: SessionReceived
    scope_cancel_started: ScopeCancelStarted
    child_request_taken: ChildRequestTaken
    fill_superseded: FillSuperseded
    execution_suspended: ExecutionSuspended
    break_raised: BreakRaised
    break_resolved: BreakResolved
    break_resolution_refused: BreakResolutionRefused
    fill_corrected: FillCorrected
    scope_cancel_done: ScopeCancelDone
    alert_raised: _alerts_pb2.AlertRaised
    alert_cleared: _alerts_pb2.AlertCleared
    trade_copied: TradeCopied
    trades_judged: TradesJudged
    mass_cancel_answered: MassCancelAnswered
    session_numbers_reset: SessionNumbersReset
    session_reset_refused: SessionResetRefused
    def __init__(self, session_message_planned: _Optional[_Union[SessionMessagePlanned, _Mapping]] = ..., session_up: _Optional[_Union[SessionUp, _Mapping]] = ..., session_down: _Optional[_Union[SessionDown, _Mapping]] = ..., child_taken: _Optional[_Union[ChildTaken, _Mapping]] = ..., intent: _Optional[_Union[Intent, _Mapping]] = ..., child_report: _Optional[_Union[ChildReport, _Mapping]] = ..., child_request_rejected: _Optional[_Union[ChildRequestRejected, _Mapping]] = ..., child_unsent: _Optional[_Union[ChildUnsent, _Mapping]] = ..., child_unknown: _Optional[_Union[ChildUnknown, _Mapping]] = ..., anomaly: _Optional[_Union[Anomaly, _Mapping]] = ..., control_applied: _Optional[_Union[_risk_pb2.ControlApplied, _Mapping]] = ..., session_received: _Optional[_Union[SessionReceived, _Mapping]] = ..., scope_cancel_started: _Optional[_Union[ScopeCancelStarted, _Mapping]] = ..., child_request_taken: _Optional[_Union[ChildRequestTaken, _Mapping]] = ..., fill_superseded: _Optional[_Union[FillSuperseded, _Mapping]] = ..., execution_suspended: _Optional[_Union[ExecutionSuspended, _Mapping]] = ..., break_raised: _Optional[_Union[BreakRaised, _Mapping]] = ..., break_resolved: _Optional[_Union[BreakResolved, _Mapping]] = ..., break_resolution_refused: _Optional[_Union[BreakResolutionRefused, _Mapping]] = ..., fill_corrected: _Optional[_Union[FillCorrected, _Mapping]] = ..., scope_cancel_done: _Optional[_Union[ScopeCancelDone, _Mapping]] = ..., alert_raised: _Optional[_Union[_alerts_pb2.AlertRaised, _Mapping]] = ..., alert_cleared: _Optional[_Union[_alerts_pb2.AlertCleared, _Mapping]] = ..., trade_copied: _Optional[_Union[TradeCopied, _Mapping]] = ..., trades_judged: _Optional[_Union[TradesJudged, _Mapping]] = ..., mass_cancel_answered: _Optional[_Union[MassCancelAnswered, _Mapping]] = ..., session_numbers_reset: _Optional[_Union[SessionNumbersReset, _Mapping]] = ..., session_reset_refused: _Optional[_Union[SessionResetRefused, _Mapping]] = ...) -> None: ...
