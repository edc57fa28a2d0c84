from oms.v1 import validate_pb2 as _validate_pb2
from oms.v1 import commands_pb2 as _commands_pb2
from oms.v1 import enums_pb2 as _enums_pb2
from oms.v1 import market_pb2 as _market_pb2
from oms.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListOrderStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIST_ORDER_STATUS_UNSPECIFIED: _ClassVar[ListOrderStatus]
    LIST_ORDER_STATUS_RECEIVED_FOR_EXECUTION: _ClassVar[ListOrderStatus]
    LIST_ORDER_STATUS_EXECUTING: _ClassVar[ListOrderStatus]
    LIST_ORDER_STATUS_CANCELLING: _ClassVar[ListOrderStatus]
    LIST_ORDER_STATUS_ALL_DONE: _ClassVar[ListOrderStatus]
    LIST_ORDER_STATUS_REJECT: _ClassVar[ListOrderStatus]

class CommandState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMMAND_STATE_UNSPECIFIED: _ClassVar[CommandState]
    COMMAND_STATE_RECEIVED: _ClassVar[CommandState]
    COMMAND_STATE_ACCEPTED: _ClassVar[CommandState]
    COMMAND_STATE_REJECTED: _ClassVar[CommandState]

class Wait(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WAIT_UNSPECIFIED: _ClassVar[Wait]
    WAIT_DECISION: _ClassVar[Wait]
    WAIT_ROUTER: _ClassVar[Wait]
    WAIT_SESSION: _ClassVar[Wait]
    WAIT_ACCEPTANCE: _ClassVar[Wait]
    WAIT_CANCEL: _ClassVar[Wait]
    WAIT_REPLACE: _ClassVar[Wait]
    WAIT_STATUS: _ClassVar[Wait]
    WAIT_GATEWAY: _ClassVar[Wait]

class MarkSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MARK_SOURCE_UNSPECIFIED: _ClassVar[MarkSource]
    MARK_SOURCE_BID: _ClassVar[MarkSource]
    MARK_SOURCE_ASK: _ClassVar[MarkSource]
    MARK_SOURCE_LAST_TRADE: _ClassVar[MarkSource]
LIST_ORDER_STATUS_UNSPECIFIED: ListOrderStatus
LIST_ORDER_STATUS_RECEIVED_FOR_EXECUTION: ListOrderStatus
LIST_ORDER_STATUS_EXECUTING: ListOrderStatus
LIST_ORDER_STATUS_CANCELLING: ListOrderStatus
LIST_ORDER_STATUS_ALL_DONE: ListOrderStatus
LIST_ORDER_STATUS_REJECT: ListOrderStatus
COMMAND_STATE_UNSPECIFIED: CommandState
COMMAND_STATE_RECEIVED: CommandState
COMMAND_STATE_ACCEPTED: CommandState
COMMAND_STATE_REJECTED: CommandState
WAIT_UNSPECIFIED: Wait
WAIT_DECISION: Wait
WAIT_ROUTER: Wait
WAIT_SESSION: Wait
WAIT_ACCEPTANCE: Wait
WAIT_CANCEL: Wait
WAIT_REPLACE: Wait
WAIT_STATUS: Wait
WAIT_GATEWAY: Wait
MARK_SOURCE_UNSPECIFIED: MarkSource
MARK_SOURCE_BID: MarkSource
MARK_SOURCE_ASK: MarkSource
MARK_SOURCE_LAST_TRADE: MarkSource

class Requester(_message.Message):
    __slots__ = ("entered_by", "on_behalf_of", "trader", "strategy")
    ENTERED_BY_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    TRADER_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    entered_by: str
    on_behalf_of: str
    trader: str
    strategy: str
    def __init__(self, entered_by: _Optional[str] = ..., on_behalf_of: _Optional[str] = ..., trader: _Optional[str] = ..., strategy: _Optional[str] = ...) -> None: ...

class SubmitRequest(_message.Message):
    __slots__ = ("desk_id", "trading_date", "cl_ord_id", "account_id", "instrument_id", "side", "ord_type", "time_in_force", "order_qty", "price", "algorithm", "venue_id", "twap", "good_until_ns", "requester", "trace_id", "wait_for_decision", "instructions")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    ORD_TYPE_FIELD_NUMBER: _ClassVar[int]
    TIME_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    TWAP_FIELD_NUMBER: _ClassVar[int]
    GOOD_UNTIL_NS_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FOR_DECISION_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    trading_date: int
    cl_ord_id: str
    account_id: str
    instrument_id: str
    side: _enums_pb2.Side
    ord_type: _enums_pb2.OrdType
    time_in_force: _enums_pb2.TimeInForce
    order_qty: int
    price: int
    algorithm: _enums_pb2.Algorithm
    venue_id: str
    twap: _commands_pb2.TwapParameters
    good_until_ns: int
    requester: Requester
    trace_id: str
    wait_for_decision: bool
    instructions: _commands_pb2.Instructions
    def __init__(self, desk_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., cl_ord_id: _Optional[str] = ..., account_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., side: _Optional[_Union[_enums_pb2.Side, str]] = ..., ord_type: _Optional[_Union[_enums_pb2.OrdType, str]] = ..., time_in_force: _Optional[_Union[_enums_pb2.TimeInForce, str]] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ..., algorithm: _Optional[_Union[_enums_pb2.Algorithm, str]] = ..., venue_id: _Optional[str] = ..., twap: _Optional[_Union[_commands_pb2.TwapParameters, _Mapping]] = ..., good_until_ns: _Optional[int] = ..., requester: _Optional[_Union[Requester, _Mapping]] = ..., trace_id: _Optional[str] = ..., wait_for_decision: _Optional[bool] = ..., instructions: _Optional[_Union[_commands_pb2.Instructions, _Mapping]] = ...) -> None: ...

class SubmitResponse(_message.Message):
    __slots__ = ("status", "order")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    status: CommandStatus
    order: OrderView
    def __init__(self, status: _Optional[_Union[CommandStatus, _Mapping]] = ..., order: _Optional[_Union[OrderView, _Mapping]] = ...) -> None: ...

class CancelRequest(_message.Message):
    __slots__ = ("desk_id", "trading_date", "cl_ord_id", "orig_trading_date", "orig_cl_ord_id", "requester", "trace_id", "wait_for_decision")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ORIG_TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    ORIG_CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FOR_DECISION_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    trading_date: int
    cl_ord_id: str
    orig_trading_date: int
    orig_cl_ord_id: str
    requester: Requester
    trace_id: str
    wait_for_decision: bool
    def __init__(self, desk_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., cl_ord_id: _Optional[str] = ..., orig_trading_date: _Optional[int] = ..., orig_cl_ord_id: _Optional[str] = ..., requester: _Optional[_Union[Requester, _Mapping]] = ..., trace_id: _Optional[str] = ..., wait_for_decision: _Optional[bool] = ...) -> None: ...

class CancelResponse(_message.Message):
    __slots__ = ("status", "order")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    status: CommandStatus
    order: OrderView
    def __init__(self, status: _Optional[_Union[CommandStatus, _Mapping]] = ..., order: _Optional[_Union[OrderView, _Mapping]] = ...) -> None: ...

class ReplaceRequest(_message.Message):
    __slots__ = ("desk_id", "trading_date", "cl_ord_id", "orig_trading_date", "orig_cl_ord_id", "order_qty", "price", "twap", "good_until_ns", "requester", "trace_id", "wait_for_decision", "instructions")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ORIG_TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    ORIG_CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    TWAP_FIELD_NUMBER: _ClassVar[int]
    GOOD_UNTIL_NS_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FOR_DECISION_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    trading_date: int
    cl_ord_id: str
    orig_trading_date: int
    orig_cl_ord_id: str
    order_qty: int
    price: int
    twap: _commands_pb2.TwapParameters
    good_until_ns: int
    requester: Requester
    trace_id: str
    wait_for_decision: bool
    instructions: _commands_pb2.Instructions
    def __init__(self, desk_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., cl_ord_id: _Optional[str] = ..., orig_trading_date: _Optional[int] = ..., orig_cl_ord_id: _Optional[str] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ..., twap: _Optional[_Union[_commands_pb2.TwapParameters, _Mapping]] = ..., good_until_ns: _Optional[int] = ..., requester: _Optional[_Union[Requester, _Mapping]] = ..., trace_id: _Optional[str] = ..., wait_for_decision: _Optional[bool] = ..., instructions: _Optional[_Union[_commands_pb2.Instructions, _Mapping]] = ...) -> None: ...

class ReplaceResponse(_message.Message):
    __slots__ = ("status", "order")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    status: CommandStatus
    order: OrderView
    def __init__(self, status: _Optional[_Union[CommandStatus, _Mapping]] = ..., order: _Optional[_Union[OrderView, _Mapping]] = ...) -> None: ...

class MassCancelRequest(_message.Message):
    __slots__ = ("desk_id", "trading_date", "cl_ord_id", "account_id", "instrument_id", "requester", "trace_id", "wait_for_decision", "side", "trader", "strategy", "venue_id")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FOR_DECISION_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    TRADER_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    trading_date: int
    cl_ord_id: str
    account_id: str
    instrument_id: str
    requester: Requester
    trace_id: str
    wait_for_decision: bool
    side: _enums_pb2.Side
    trader: str
    strategy: str
    venue_id: str
    def __init__(self, desk_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., cl_ord_id: _Optional[str] = ..., account_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., requester: _Optional[_Union[Requester, _Mapping]] = ..., trace_id: _Optional[str] = ..., wait_for_decision: _Optional[bool] = ..., side: _Optional[_Union[_enums_pb2.Side, str]] = ..., trader: _Optional[str] = ..., strategy: _Optional[str] = ..., venue_id: _Optional[str] = ...) -> None: ...

class MassCancelResponse(_message.Message):
    __slots__ = ("status", "matched")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    status: CommandStatus
    matched: int
    def __init__(self, status: _Optional[_Union[CommandStatus, _Mapping]] = ..., matched: _Optional[int] = ...) -> None: ...

class GetMassCancelRequest(_message.Message):
    __slots__ = ("control_offset", "desk_id", "trading_date", "cl_ord_id")
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    control_offset: int
    desk_id: str
    trading_date: int
    cl_ord_id: str
    def __init__(self, control_offset: _Optional[int] = ..., desk_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., cl_ord_id: _Optional[str] = ...) -> None: ...

class MassCancelProgress(_message.Message):
    __slots__ = ("partition", "started", "matched", "waiting", "working", "done")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    STARTED_FIELD_NUMBER: _ClassVar[int]
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    WORKING_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    partition: int
    started: bool
    matched: int
    waiting: int
    working: int
    done: int
    def __init__(self, partition: _Optional[int] = ..., started: _Optional[bool] = ..., matched: _Optional[int] = ..., waiting: _Optional[int] = ..., working: _Optional[int] = ..., done: _Optional[int] = ...) -> None: ...

class GetMassCancelResponse(_message.Message):
    __slots__ = ("partitions", "finished")
    PARTITIONS_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    partitions: _containers.RepeatedCompositeFieldContainer[MassCancelProgress]
    finished: bool
    def __init__(self, partitions: _Optional[_Iterable[_Union[MassCancelProgress, _Mapping]]] = ..., finished: _Optional[bool] = ...) -> None: ...

class ListedOrder(_message.Message):
    __slots__ = ("cl_ord_id", "account_id", "instrument_id", "side", "ord_type", "time_in_force", "order_qty", "price", "algorithm", "venue_id", "twap", "instructions")
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    ORD_TYPE_FIELD_NUMBER: _ClassVar[int]
    TIME_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    TWAP_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    cl_ord_id: str
    account_id: str
    instrument_id: str
    side: _enums_pb2.Side
    ord_type: _enums_pb2.OrdType
    time_in_force: _enums_pb2.TimeInForce
    order_qty: int
    price: int
    algorithm: _enums_pb2.Algorithm
    venue_id: str
    twap: _commands_pb2.TwapParameters
    instructions: _commands_pb2.Instructions
    def __init__(self, cl_ord_id: _Optional[str] = ..., account_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., side: _Optional[_Union[_enums_pb2.Side, str]] = ..., ord_type: _Optional[_Union[_enums_pb2.OrdType, str]] = ..., time_in_force: _Optional[_Union[_enums_pb2.TimeInForce, str]] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ..., algorithm: _Optional[_Union[_enums_pb2.Algorithm, str]] = ..., venue_id: _Optional[str] = ..., twap: _Optional[_Union[_commands_pb2.TwapParameters, _Mapping]] = ..., instructions: _Optional[_Union[_commands_pb2.Instructions, _Mapping]] = ...) -> None: ...

class SubmitListRequest(_message.Message):
    __slots__ = ("desk_id", "trading_date", "cl_ord_id", "contingency", "orders", "good_until_ns", "requester", "trace_id", "wait_for_decision")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    CONTINGENCY_FIELD_NUMBER: _ClassVar[int]
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    GOOD_UNTIL_NS_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FOR_DECISION_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    trading_date: int
    cl_ord_id: str
    contingency: _enums_pb2.ContingencyType
    orders: _containers.RepeatedCompositeFieldContainer[ListedOrder]
    good_until_ns: int
    requester: Requester
    trace_id: str
    wait_for_decision: bool
    def __init__(self, desk_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., cl_ord_id: _Optional[str] = ..., contingency: _Optional[_Union[_enums_pb2.ContingencyType, str]] = ..., orders: _Optional[_Iterable[_Union[ListedOrder, _Mapping]]] = ..., good_until_ns: _Optional[int] = ..., requester: _Optional[_Union[Requester, _Mapping]] = ..., trace_id: _Optional[str] = ..., wait_for_decision: _Optional[bool] = ...) -> None: ...

class SubmitListResponse(_message.Message):
    __slots__ = ("status", "list")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    LIST_FIELD_NUMBER: _ClassVar[int]
    status: CommandStatus
    list: ListView
    def __init__(self, status: _Optional[_Union[CommandStatus, _Mapping]] = ..., list: _Optional[_Union[ListView, _Mapping]] = ...) -> None: ...

class CancelListRequest(_message.Message):
    __slots__ = ("desk_id", "trading_date", "cl_ord_id", "orig_trading_date", "orig_cl_ord_id", "requester", "trace_id", "wait_for_decision")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ORIG_TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    ORIG_CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FOR_DECISION_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    trading_date: int
    cl_ord_id: str
    orig_trading_date: int
    orig_cl_ord_id: str
    requester: Requester
    trace_id: str
    wait_for_decision: bool
    def __init__(self, desk_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., cl_ord_id: _Optional[str] = ..., orig_trading_date: _Optional[int] = ..., orig_cl_ord_id: _Optional[str] = ..., requester: _Optional[_Union[Requester, _Mapping]] = ..., trace_id: _Optional[str] = ..., wait_for_decision: _Optional[bool] = ...) -> None: ...

class CancelListResponse(_message.Message):
    __slots__ = ("status", "matched", "list")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    LIST_FIELD_NUMBER: _ClassVar[int]
    status: CommandStatus
    matched: int
    list: ListView
    def __init__(self, status: _Optional[_Union[CommandStatus, _Mapping]] = ..., matched: _Optional[int] = ..., list: _Optional[_Union[ListView, _Mapping]] = ...) -> None: ...

class GetListRequest(_message.Message):
    __slots__ = ("list_id", "desk_id", "trading_date", "cl_ord_id")
    LIST_ID_FIELD_NUMBER: _ClassVar[int]
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    list_id: str
    desk_id: str
    trading_date: int
    cl_ord_id: str
    def __init__(self, list_id: _Optional[str] = ..., desk_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., cl_ord_id: _Optional[str] = ...) -> None: ...

class GetListResponse(_message.Message):
    __slots__ = ("list",)
    LIST_FIELD_NUMBER: _ClassVar[int]
    list: ListView
    def __init__(self, list: _Optional[_Union[ListView, _Mapping]] = ...) -> None: ...

class ListView(_message.Message):
    __slots__ = ("list_id", "desk_id", "trading_date", "cl_ord_id", "contingency", "status", "reason", "text", "order_cl_ord_id", "decision_offset", "orders", "entered_ns", "trace_id", "provenance")
    LIST_ID_FIELD_NUMBER: _ClassVar[int]
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    CONTINGENCY_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ORDER_CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_OFFSET_FIELD_NUMBER: _ClassVar[int]
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    ENTERED_NS_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    list_id: str
    desk_id: str
    trading_date: int
    cl_ord_id: str
    contingency: _enums_pb2.ContingencyType
    status: ListOrderStatus
    reason: _enums_pb2.Reason
    text: str
    order_cl_ord_id: str
    decision_offset: int
    orders: _containers.RepeatedCompositeFieldContainer[OrderView]
    entered_ns: int
    trace_id: str
    provenance: _commands_pb2.Provenance
    def __init__(self, list_id: _Optional[str] = ..., desk_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., cl_ord_id: _Optional[str] = ..., contingency: _Optional[_Union[_enums_pb2.ContingencyType, str]] = ..., status: _Optional[_Union[ListOrderStatus, str]] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., text: _Optional[str] = ..., order_cl_ord_id: _Optional[str] = ..., decision_offset: _Optional[int] = ..., orders: _Optional[_Iterable[_Union[OrderView, _Mapping]]] = ..., entered_ns: _Optional[int] = ..., trace_id: _Optional[str] = ..., provenance: _Optional[_Union[_commands_pb2.Provenance, _Mapping]] = ...) -> None: ...

class CommandStatus(_message.Message):
    __slots__ = ("desk_id", "trading_date", "cl_ord_id", "order_id", "partition", "offset", "state", "decision_offset", "reason", "text", "already_received")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DECISION_OFFSET_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ALREADY_RECEIVED_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    trading_date: int
    cl_ord_id: str
    order_id: str
    partition: int
    offset: int
    state: CommandState
    decision_offset: int
    reason: _enums_pb2.Reason
    text: str
    already_received: bool
    def __init__(self, desk_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., cl_ord_id: _Optional[str] = ..., order_id: _Optional[str] = ..., partition: _Optional[int] = ..., offset: _Optional[int] = ..., state: _Optional[_Union[CommandState, str]] = ..., decision_offset: _Optional[int] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., text: _Optional[str] = ..., already_received: _Optional[bool] = ...) -> None: ...

class Fill(_message.Message):
    __slots__ = ("exec_id", "child_id", "venue_id", "qty", "price", "liquidity", "transact_ns", "inferred")
    EXEC_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    LIQUIDITY_FIELD_NUMBER: _ClassVar[int]
    TRANSACT_NS_FIELD_NUMBER: _ClassVar[int]
    INFERRED_FIELD_NUMBER: _ClassVar[int]
    exec_id: str
    child_id: str
    venue_id: str
    qty: int
    price: int
    liquidity: _enums_pb2.Liquidity
    transact_ns: int
    inferred: bool
    def __init__(self, exec_id: _Optional[str] = ..., child_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., qty: _Optional[int] = ..., price: _Optional[int] = ..., liquidity: _Optional[_Union[_enums_pb2.Liquidity, str]] = ..., transact_ns: _Optional[int] = ..., inferred: _Optional[bool] = ...) -> None: ...

class PendingRequest(_message.Message):
    __slots__ = ("cl_ord_id", "exec_type", "order_qty", "price")
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_TYPE_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    cl_ord_id: str
    exec_type: _enums_pb2.ExecType
    order_qty: int
    price: int
    def __init__(self, cl_ord_id: _Optional[str] = ..., exec_type: _Optional[_Union[_enums_pb2.ExecType, str]] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ...) -> None: ...

class TradeCorrection(_message.Message):
    __slots__ = ("exec_id", "exec_ref_id", "child_id", "venue_id", "old_qty", "old_price", "qty", "price", "transact_ns")
    EXEC_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_REF_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    OLD_QTY_FIELD_NUMBER: _ClassVar[int]
    OLD_PRICE_FIELD_NUMBER: _ClassVar[int]
    QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    TRANSACT_NS_FIELD_NUMBER: _ClassVar[int]
    exec_id: str
    exec_ref_id: str
    child_id: str
    venue_id: str
    old_qty: int
    old_price: int
    qty: int
    price: int
    transact_ns: int
    def __init__(self, exec_id: _Optional[str] = ..., exec_ref_id: _Optional[str] = ..., child_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., old_qty: _Optional[int] = ..., old_price: _Optional[int] = ..., qty: _Optional[int] = ..., price: _Optional[int] = ..., transact_ns: _Optional[int] = ...) -> None: ...

class Waiting(_message.Message):
    __slots__ = ("what", "whom", "since_ns", "doing")
    WHAT_FIELD_NUMBER: _ClassVar[int]
    WHOM_FIELD_NUMBER: _ClassVar[int]
    SINCE_NS_FIELD_NUMBER: _ClassVar[int]
    DOING_FIELD_NUMBER: _ClassVar[int]
    what: Wait
    whom: str
    since_ns: int
    doing: str
    def __init__(self, what: _Optional[_Union[Wait, str]] = ..., whom: _Optional[str] = ..., since_ns: _Optional[int] = ..., doing: _Optional[str] = ...) -> None: ...

class ChildView(_message.Message):
    __slots__ = ("child_id", "venue_id", "ord_status", "order_qty", "price", "cum_qty", "since_ns", "sent_ns", "status_requests", "waits_for", "text")
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    ORD_STATUS_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    SINCE_NS_FIELD_NUMBER: _ClassVar[int]
    SENT_NS_FIELD_NUMBER: _ClassVar[int]
    STATUS_REQUESTS_FIELD_NUMBER: _ClassVar[int]
    WAITS_FOR_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    child_id: str
    venue_id: str
    ord_status: _enums_pb2.OrdStatus
    order_qty: int
    price: int
    cum_qty: int
    since_ns: int
    sent_ns: int
    status_requests: int
    waits_for: Wait
    text: str
    def __init__(self, child_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., ord_status: _Optional[_Union[_enums_pb2.OrdStatus, str]] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ..., cum_qty: _Optional[int] = ..., since_ns: _Optional[int] = ..., sent_ns: _Optional[int] = ..., status_requests: _Optional[int] = ..., waits_for: _Optional[_Union[Wait, str]] = ..., text: _Optional[str] = ...) -> None: ...

class OrderView(_message.Message):
    __slots__ = ("order_id", "desk_id", "trading_date", "cl_ord_id", "cl_ord_ids", "account_id", "instrument_id", "side", "ord_type", "time_in_force", "algorithm", "venue_id", "order_qty", "price", "ord_status", "cum_qty", "leaves_qty", "notional", "reason", "text", "decision_offset", "limit_version", "venues", "pending", "fills", "fill_count", "entered_ns", "updated_ns", "trace_id", "price_scale", "qty_scale", "currency", "provenance", "refused_check", "refused_threshold", "refused_value", "instructions", "children", "waiting", "day_order_qty", "day_cum_qty", "day_notional", "list_id", "contingency", "leg_state", "released_qty")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_IDS_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    ORD_TYPE_FIELD_NUMBER: _ClassVar[int]
    TIME_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    ORD_STATUS_FIELD_NUMBER: _ClassVar[int]
    CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    LEAVES_QTY_FIELD_NUMBER: _ClassVar[int]
    NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    DECISION_OFFSET_FIELD_NUMBER: _ClassVar[int]
    LIMIT_VERSION_FIELD_NUMBER: _ClassVar[int]
    VENUES_FIELD_NUMBER: _ClassVar[int]
    PENDING_FIELD_NUMBER: _ClassVar[int]
    FILLS_FIELD_NUMBER: _ClassVar[int]
    FILL_COUNT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_NS_FIELD_NUMBER: _ClassVar[int]
    UPDATED_NS_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    PRICE_SCALE_FIELD_NUMBER: _ClassVar[int]
    QTY_SCALE_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    REFUSED_CHECK_FIELD_NUMBER: _ClassVar[int]
    REFUSED_THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    REFUSED_VALUE_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    CHILDREN_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    DAY_ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    DAY_CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    DAY_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    LIST_ID_FIELD_NUMBER: _ClassVar[int]
    CONTINGENCY_FIELD_NUMBER: _ClassVar[int]
    LEG_STATE_FIELD_NUMBER: _ClassVar[int]
    RELEASED_QTY_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    desk_id: str
    trading_date: int
    cl_ord_id: str
    cl_ord_ids: _containers.RepeatedScalarFieldContainer[str]
    account_id: str
    instrument_id: str
    side: _enums_pb2.Side
    ord_type: _enums_pb2.OrdType
    time_in_force: _enums_pb2.TimeInForce
    algorithm: _enums_pb2.Algorithm
    venue_id: str
    order_qty: int
    price: int
    ord_status: _enums_pb2.OrdStatus
    cum_qty: int
    leaves_qty: int
    notional: _types_pb2.Int128
    reason: _enums_pb2.Reason
    text: str
    decision_offset: int
    limit_version: int
    venues: _containers.RepeatedScalarFieldContainer[str]
    pending: PendingRequest
    fills: _containers.RepeatedCompositeFieldContainer[Fill]
    fill_count: int
    entered_ns: int
    updated_ns: int
    trace_id: str
    price_scale: int
    qty_scale: int
    currency: str
    provenance: _commands_pb2.Provenance
    refused_check: int
    refused_threshold: _types_pb2.Int128
    refused_value: _types_pb2.Int128
    instructions: _commands_pb2.Instructions
    children: _containers.RepeatedCompositeFieldContainer[ChildView]
    waiting: Waiting
    day_order_qty: int
    day_cum_qty: int
    day_notional: _types_pb2.Int128
    list_id: str
    contingency: _enums_pb2.ContingencyType
    leg_state: _enums_pb2.LegState
    released_qty: int
    def __init__(self, order_id: _Optional[str] = ..., desk_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., cl_ord_id: _Optional[str] = ..., cl_ord_ids: _Optional[_Iterable[str]] = ..., account_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., side: _Optional[_Union[_enums_pb2.Side, str]] = ..., ord_type: _Optional[_Union[_enums_pb2.OrdType, str]] = ..., time_in_force: _Optional[_Union[_enums_pb2.TimeInForce, str]] = ..., algorithm: _Optional[_Union[_enums_pb2.Algorithm, str]] = ..., venue_id: _Optional[str] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ..., ord_status: _Optional[_Union[_enums_pb2.OrdStatus, str]] = ..., cum_qty: _Optional[int] = ..., leaves_qty: _Optional[int] = ..., notional: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., text: _Optional[str] = ..., decision_offset: _Optional[int] = ..., limit_version: _Optional[int] = ..., venues: _Optional[_Iterable[str]] = ..., pending: _Optional[_Union[PendingRequest, _Mapping]] = ..., fills: _Optional[_Iterable[_Union[Fill, _Mapping]]] = ..., fill_count: _Optional[int] = ..., entered_ns: _Optional[int] = ..., updated_ns: _Optional[int] = ..., trace_id: _Optional[str] = ..., price_scale: _Optional[int] = ..., qty_scale: _Optional[int] = ..., currency: _Optional[str] = ..., provenance: _Optional[_Union[_commands_pb2.Provenance, _Mapping]] = ..., refused_check: _Optional[int] = ..., refused_threshold: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., refused_value: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., instructions: _Optional[_Union[_commands_pb2.Instructions, _Mapping]] = ..., children: _Optional[_Iterable[_Union[ChildView, _Mapping]]] = ..., waiting: _Optional[_Union[Waiting, _Mapping]] = ..., day_order_qty: _Optional[int] = ..., day_cum_qty: _Optional[int] = ..., day_notional: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., list_id: _Optional[str] = ..., contingency: _Optional[_Union[_enums_pb2.ContingencyType, str]] = ..., leg_state: _Optional[_Union[_enums_pb2.LegState, str]] = ..., released_qty: _Optional[int] = ...) -> None: ...

class GetOrderRequest(_message.Message):
    __slots__ = ("order_id", "desk_id", "trading_date", "cl_ord_id")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    desk_id: str
    trading_date: int
    cl_ord_id: str
    def __init__(self, order_id: _Optional[str] = ..., desk_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., cl_ord_id: _Optional[str] = ...) -> None: ...

class GetOrderResponse(_message.Message):
    __slots__ = ("order",)
    ORDER_FIELD_NUMBER: _ClassVar[int]
    order: OrderView
    def __init__(self, order: _Optional[_Union[OrderView, _Mapping]] = ...) -> None: ...

class ListOrdersRequest(_message.Message):
    __slots__ = ("desk_id", "account_id", "instrument_id", "open_only", "page_size", "page_token", "side", "trader", "strategy", "venue_id", "count_matches", "client_id", "counterparty_id")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    OPEN_ONLY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    TRADER_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    COUNT_MATCHES_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    COUNTERPARTY_ID_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    account_id: str
    instrument_id: str
    open_only: bool
    page_size: int
    page_token: str
    side: _enums_pb2.Side
    trader: str
    strategy: str
    venue_id: str
    count_matches: bool
    client_id: str
    counterparty_id: str
    def __init__(self, desk_id: _Optional[str] = ..., account_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., open_only: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., side: _Optional[_Union[_enums_pb2.Side, str]] = ..., trader: _Optional[str] = ..., strategy: _Optional[str] = ..., venue_id: _Optional[str] = ..., count_matches: _Optional[bool] = ..., client_id: _Optional[str] = ..., counterparty_id: _Optional[str] = ...) -> None: ...

class OrderCount(_message.Message):
    __slots__ = ("ord_status", "count")
    ORD_STATUS_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    ord_status: _enums_pb2.OrdStatus
    count: int
    def __init__(self, ord_status: _Optional[_Union[_enums_pb2.OrdStatus, str]] = ..., count: _Optional[int] = ...) -> None: ...

class ListOrdersResponse(_message.Message):
    __slots__ = ("orders", "next_page_token", "counts", "tot_num_reports", "last_rpt_requested")
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    TOT_NUM_REPORTS_FIELD_NUMBER: _ClassVar[int]
    LAST_RPT_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    orders: _containers.RepeatedCompositeFieldContainer[OrderView]
    next_page_token: str
    counts: _containers.RepeatedCompositeFieldContainer[OrderCount]
    tot_num_reports: int
    last_rpt_requested: bool
    def __init__(self, orders: _Optional[_Iterable[_Union[OrderView, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., counts: _Optional[_Iterable[_Union[OrderCount, _Mapping]]] = ..., tot_num_reports: _Optional[int] = ..., last_rpt_requested: _Optional[bool] = ...) -> None: ...

class SubscribeRequest(_message.Message):
    __slots__ = ("desk_id", "resume_token", "from_start")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FROM_START_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    resume_token: str
    from_start: bool
    def __init__(self, desk_id: _Optional[str] = ..., resume_token: _Optional[str] = ..., from_start: _Optional[bool] = ...) -> None: ...

class SubscribeResponse(_message.Message):
    __slots__ = ("updates", "resume_token")
    UPDATES_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    updates: _containers.RepeatedCompositeFieldContainer[OrderUpdate]
    resume_token: str
    def __init__(self, updates: _Optional[_Iterable[_Union[OrderUpdate, _Mapping]]] = ..., resume_token: _Optional[str] = ...) -> None: ...

class OrderUpdate(_message.Message):
    __slots__ = ("order_id", "desk_id", "cl_ord_id", "orig_cl_ord_id", "exec_type", "ord_status", "cancel_rejected", "account_id", "instrument_id", "side", "order_qty", "price", "cum_qty", "leaves_qty", "notional", "fill", "reason", "text", "topic", "partition", "offset", "event_no", "event_time_ns", "wall_time_ns", "correction", "day_order_qty", "day_cum_qty", "day_notional", "restatement", "cxl_rej_reason", "list_id")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ORIG_CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_TYPE_FIELD_NUMBER: _ClassVar[int]
    ORD_STATUS_FIELD_NUMBER: _ClassVar[int]
    CANCEL_REJECTED_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    LEAVES_QTY_FIELD_NUMBER: _ClassVar[int]
    NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    FILL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    EVENT_NO_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    WALL_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    CORRECTION_FIELD_NUMBER: _ClassVar[int]
    DAY_ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    DAY_CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    DAY_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    RESTATEMENT_FIELD_NUMBER: _ClassVar[int]
    CXL_REJ_REASON_FIELD_NUMBER: _ClassVar[int]
    LIST_ID_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    desk_id: str
    cl_ord_id: str
    orig_cl_ord_id: str
    exec_type: _enums_pb2.ExecType
    ord_status: _enums_pb2.OrdStatus
    cancel_rejected: bool
    account_id: str
    instrument_id: str
    side: _enums_pb2.Side
    order_qty: int
    price: int
    cum_qty: int
    leaves_qty: int
    notional: _types_pb2.Int128
    fill: Fill
    reason: _enums_pb2.Reason
    text: str
    topic: str
    partition: int
    offset: int
    event_no: int
    event_time_ns: int
    wall_time_ns: int
    correction: TradeCorrection
    day_order_qty: int
    day_cum_qty: int
    day_notional: _types_pb2.Int128
    restatement: _enums_pb2.ExecRestatementReason
    cxl_rej_reason: _enums_pb2.CxlRejReason
    list_id: str
    def __init__(self, order_id: _Optional[str] = ..., desk_id: _Optional[str] = ..., cl_ord_id: _Optional[str] = ..., orig_cl_ord_id: _Optional[str] = ..., exec_type: _Optional[_Union[_enums_pb2.ExecType, str]] = ..., ord_status: _Optional[_Union[_enums_pb2.OrdStatus, str]] = ..., cancel_rejected: _Optional[bool] = ..., account_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., side: _Optional[_Union[_enums_pb2.Side, str]] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ..., cum_qty: _Optional[int] = ..., leaves_qty: _Optional[int] = ..., notional: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., fill: _Optional[_Union[Fill, _Mapping]] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., text: _Optional[str] = ..., topic: _Optional[str] = ..., partition: _Optional[int] = ..., offset: _Optional[int] = ..., event_no: _Optional[int] = ..., event_time_ns: _Optional[int] = ..., wall_time_ns: _Optional[int] = ..., correction: _Optional[_Union[TradeCorrection, _Mapping]] = ..., day_order_qty: _Optional[int] = ..., day_cum_qty: _Optional[int] = ..., day_notional: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., restatement: _Optional[_Union[_enums_pb2.ExecRestatementReason, str]] = ..., cxl_rej_reason: _Optional[_Union[_enums_pb2.CxlRejReason, str]] = ..., list_id: _Optional[str] = ...) -> None: ...

class SessionCommand(_message.Message):
    __slots__ = ("request_no", "submit", "cancel", "replace", "mass_cancel")
    REQUEST_NO_FIELD_NUMBER: _ClassVar[int]
    SUBMIT_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    REPLACE_FIELD_NUMBER: _ClassVar[int]
    MASS_CANCEL_FIELD_NUMBER: _ClassVar[int]
    request_no: int
    submit: SubmitRequest
    cancel: CancelRequest
    replace: ReplaceRequest
    mass_cancel: MassCancelRequest
    def __init__(self, request_no: _Optional[int] = ..., submit: _Optional[_Union[SubmitRequest, _Mapping]] = ..., cancel: _Optional[_Union[CancelRequest, _Mapping]] = ..., replace: _Optional[_Union[ReplaceRequest, _Mapping]] = ..., mass_cancel: _Optional[_Union[MassCancelRequest, _Mapping]] = ...) -> None: ...

class SessionRequest(_message.Message):
    __slots__ = ("subscribe", "commands")
    SUBSCRIBE_FIELD_NUMBER: _ClassVar[int]
    COMMANDS_FIELD_NUMBER: _ClassVar[int]
    subscribe: SubscribeRequest
    commands: _containers.RepeatedCompositeFieldContainer[SessionCommand]
    def __init__(self, subscribe: _Optional[_Union[SubscribeRequest, _Mapping]] = ..., commands: _Optional[_Iterable[_Union[SessionCommand, _Mapping]]] = ...) -> None: ...

class FieldViolation(_message.Message):
    __slots__ = ("field", "description")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    field: str
    description: str
    def __init__(self, field: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class CommandAck(_message.Message):
    __slots__ = ("request_no", "code", "message", "violations", "status")
    REQUEST_NO_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    request_no: int
    code: int
    message: str
    violations: _containers.RepeatedCompositeFieldContainer[FieldViolation]
    status: CommandStatus
    def __init__(self, request_no: _Optional[int] = ..., code: _Optional[int] = ..., message: _Optional[str] = ..., violations: _Optional[_Iterable[_Union[FieldViolation, _Mapping]]] = ..., status: _Optional[_Union[CommandStatus, _Mapping]] = ...) -> None: ...

class SessionResponse(_message.Message):
    __slots__ = ("acks", "updates", "resume_token")
    ACKS_FIELD_NUMBER: _ClassVar[int]
    UPDATES_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    acks: _containers.RepeatedCompositeFieldContainer[CommandAck]
    updates: _containers.RepeatedCompositeFieldContainer[OrderUpdate]
    resume_token: str
    def __init__(self, acks: _Optional[_Iterable[_Union[CommandAck, _Mapping]]] = ..., updates: _Optional[_Iterable[_Union[OrderUpdate, _Mapping]]] = ..., resume_token: _Optional[str] = ...) -> None: ...

class ListQuotesRequest(_message.Message):
    __slots__ = ("instrument_id",)
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    instrument_id: str
    def __init__(self, instrument_id: _Optional[str] = ...) -> None: ...

class QuoteView(_message.Message):
    __slots__ = ("venue_id", "quote", "offset")
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    QUOTE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    venue_id: str
    quote: _market_pb2.Quote
    offset: int
    def __init__(self, venue_id: _Optional[str] = ..., quote: _Optional[_Union[_market_pb2.Quote, _Mapping]] = ..., offset: _Optional[int] = ...) -> None: ...

class InstrumentQuotes(_message.Message):
    __slots__ = ("instrument_id", "partition", "position", "time_ns", "quotes", "last_trade", "price_scale", "qty_scale", "currency")
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    TIME_NS_FIELD_NUMBER: _ClassVar[int]
    QUOTES_FIELD_NUMBER: _ClassVar[int]
    LAST_TRADE_FIELD_NUMBER: _ClassVar[int]
    PRICE_SCALE_FIELD_NUMBER: _ClassVar[int]
    QTY_SCALE_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    instrument_id: str
    partition: int
    position: int
    time_ns: int
    quotes: _containers.RepeatedCompositeFieldContainer[QuoteView]
    last_trade: _market_pb2.Trade
    price_scale: int
    qty_scale: int
    currency: str
    def __init__(self, instrument_id: _Optional[str] = ..., partition: _Optional[int] = ..., position: _Optional[int] = ..., time_ns: _Optional[int] = ..., quotes: _Optional[_Iterable[_Union[QuoteView, _Mapping]]] = ..., last_trade: _Optional[_Union[_market_pb2.Trade, _Mapping]] = ..., price_scale: _Optional[int] = ..., qty_scale: _Optional[int] = ..., currency: _Optional[str] = ...) -> None: ...

class ListQuotesResponse(_message.Message):
    __slots__ = ("instruments",)
    INSTRUMENTS_FIELD_NUMBER: _ClassVar[int]
    instruments: _containers.RepeatedCompositeFieldContainer[InstrumentQuotes]
    def __init__(self, instruments: _Optional[_Iterable[_Union[InstrumentQuotes, _Mapping]]] = ...) -> None: ...

class ListPositionsRequest(_message.Message):
    __slots__ = ("desk_id", "account_id", "instrument_id", "totals_only")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    TOTALS_ONLY_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    account_id: str
    instrument_id: str
    totals_only: bool
    def __init__(self, desk_id: _Optional[str] = ..., account_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., totals_only: _Optional[bool] = ...) -> None: ...

class Mark(_message.Message):
    __slots__ = ("price", "source", "venue_id", "time_ns", "age_ns", "stale")
    PRICE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_NS_FIELD_NUMBER: _ClassVar[int]
    AGE_NS_FIELD_NUMBER: _ClassVar[int]
    STALE_FIELD_NUMBER: _ClassVar[int]
    price: int
    source: MarkSource
    venue_id: str
    time_ns: int
    age_ns: int
    stale: bool
    def __init__(self, price: _Optional[int] = ..., source: _Optional[_Union[MarkSource, str]] = ..., venue_id: _Optional[str] = ..., time_ns: _Optional[int] = ..., age_ns: _Optional[int] = ..., stale: _Optional[bool] = ...) -> None: ...

class PositionView(_message.Message):
    __slots__ = ("account_id", "desk_id", "instrument_id", "qty", "opening_qty", "bought_qty", "sold_qty", "bought_notional", "sold_notional", "price_scale", "qty_scale", "currency", "cost", "avg_cost", "realised_pnl", "unrealised_pnl", "traded_pnl", "market_value", "mark", "open_buy_qty", "open_sell_qty", "open_buy_notional", "open_sell_notional", "fees", "fill_count", "fills_without_fee", "account_currency", "open_order_count")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    QTY_FIELD_NUMBER: _ClassVar[int]
    OPENING_QTY_FIELD_NUMBER: _ClassVar[int]
    BOUGHT_QTY_FIELD_NUMBER: _ClassVar[int]
    SOLD_QTY_FIELD_NUMBER: _ClassVar[int]
    BOUGHT_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    SOLD_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    PRICE_SCALE_FIELD_NUMBER: _ClassVar[int]
    QTY_SCALE_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    AVG_COST_FIELD_NUMBER: _ClassVar[int]
    REALISED_PNL_FIELD_NUMBER: _ClassVar[int]
    UNREALISED_PNL_FIELD_NUMBER: _ClassVar[int]
    TRADED_PNL_FIELD_NUMBER: _ClassVar[int]
    MARKET_VALUE_FIELD_NUMBER: _ClassVar[int]
    MARK_FIELD_NUMBER: _ClassVar[int]
    OPEN_BUY_QTY_FIELD_NUMBER: _ClassVar[int]
    OPEN_SELL_QTY_FIELD_NUMBER: _ClassVar[int]
    OPEN_BUY_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    OPEN_SELL_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    FEES_FIELD_NUMBER: _ClassVar[int]
    FILL_COUNT_FIELD_NUMBER: _ClassVar[int]
    FILLS_WITHOUT_FEE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_CURRENCY_FIELD_NUMBER: _ClassVar[int]
    OPEN_ORDER_COUNT_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    desk_id: str
    instrument_id: str
    qty: int
    opening_qty: int
    bought_qty: int
    sold_qty: int
    bought_notional: _types_pb2.Int128
    sold_notional: _types_pb2.Int128
    price_scale: int
    qty_scale: int
    currency: str
    cost: _types_pb2.Int128
    avg_cost: _types_pb2.Int128
    realised_pnl: _types_pb2.Int128
    unrealised_pnl: _types_pb2.Int128
    traded_pnl: _types_pb2.Int128
    market_value: _types_pb2.Int128
    mark: Mark
    open_buy_qty: int
    open_sell_qty: int
    open_buy_notional: _types_pb2.Int128
    open_sell_notional: _types_pb2.Int128
    fees: _types_pb2.Int128
    fill_count: int
    fills_without_fee: int
    account_currency: str
    open_order_count: int
    def __init__(self, account_id: _Optional[str] = ..., desk_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., qty: _Optional[int] = ..., opening_qty: _Optional[int] = ..., bought_qty: _Optional[int] = ..., sold_qty: _Optional[int] = ..., bought_notional: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., sold_notional: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., price_scale: _Optional[int] = ..., qty_scale: _Optional[int] = ..., currency: _Optional[str] = ..., cost: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., avg_cost: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., realised_pnl: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., unrealised_pnl: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., traded_pnl: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., market_value: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., mark: _Optional[_Union[Mark, _Mapping]] = ..., open_buy_qty: _Optional[int] = ..., open_sell_qty: _Optional[int] = ..., open_buy_notional: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., open_sell_notional: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., fees: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., fill_count: _Optional[int] = ..., fills_without_fee: _Optional[int] = ..., account_currency: _Optional[str] = ..., open_order_count: _Optional[int] = ...) -> None: ...

class PositionTotal(_message.Message):
    __slots__ = ("desk_id", "account_id", "currency", "position_count", "realised_pnl", "realised_unknown", "unrealised_pnl", "unrealised_unknown", "traded_pnl", "traded_unknown", "long_value", "short_value", "value_unknown", "open_buy_notional", "open_sell_notional", "fees", "fills_without_fee", "fill_count", "mark_age_ns", "stale_marks", "open_order_count")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    POSITION_COUNT_FIELD_NUMBER: _ClassVar[int]
    REALISED_PNL_FIELD_NUMBER: _ClassVar[int]
    REALISED_UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    UNREALISED_PNL_FIELD_NUMBER: _ClassVar[int]
    UNREALISED_UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    TRADED_PNL_FIELD_NUMBER: _ClassVar[int]
    TRADED_UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    LONG_VALUE_FIELD_NUMBER: _ClassVar[int]
    SHORT_VALUE_FIELD_NUMBER: _ClassVar[int]
    VALUE_UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    OPEN_BUY_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    OPEN_SELL_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    FEES_FIELD_NUMBER: _ClassVar[int]
    FILLS_WITHOUT_FEE_FIELD_NUMBER: _ClassVar[int]
    FILL_COUNT_FIELD_NUMBER: _ClassVar[int]
    MARK_AGE_NS_FIELD_NUMBER: _ClassVar[int]
    STALE_MARKS_FIELD_NUMBER: _ClassVar[int]
    OPEN_ORDER_COUNT_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    account_id: str
    currency: str
    position_count: int
    realised_pnl: _types_pb2.Int128
    realised_unknown: int
    unrealised_pnl: _types_pb2.Int128
    unrealised_unknown: int
    traded_pnl: _types_pb2.Int128
    traded_unknown: int
    long_value: _types_pb2.Int128
    short_value: _types_pb2.Int128
    value_unknown: int
    open_buy_notional: _types_pb2.Int128
    open_sell_notional: _types_pb2.Int128
    fees: _types_pb2.Int128
    fills_without_fee: int
    fill_count: int
    mark_age_ns: int
    stale_marks: int
    open_order_count: int
    def __init__(self, desk_id: _Optional[str] = ..., account_id: _Optional[str] = ..., currency: _Optional[str] = ..., position_count: _Optional[int] = ..., realised_pnl: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., realised_unknown: _Optional[int] = ..., unrealised_pnl: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., unrealised_unknown: _Optional[int] = ..., traded_pnl: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., traded_unknown: _Optional[int] = ..., long_value: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., short_value: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., value_unknown: _Optional[int] = ..., open_buy_notional: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., open_sell_notional: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., fees: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., fills_without_fee: _Optional[int] = ..., fill_count: _Optional[int] = ..., mark_age_ns: _Optional[int] = ..., stale_marks: _Optional[int] = ..., open_order_count: _Optional[int] = ...) -> None: ...

class ListPositionsResponse(_message.Message):
    __slots__ = ("positions", "totals", "time_ns")
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    TIME_NS_FIELD_NUMBER: _ClassVar[int]
    positions: _containers.RepeatedCompositeFieldContainer[PositionView]
    totals: _containers.RepeatedCompositeFieldContainer[PositionTotal]
    time_ns: int
    def __init__(self, positions: _Optional[_Iterable[_Union[PositionView, _Mapping]]] = ..., totals: _Optional[_Iterable[_Union[PositionTotal, _Mapping]]] = ..., time_ns: _Optional[int] = ...) -> None: ...

class WatchAlertsRequest(_message.Message):
    __slots__ = ("desk_id",)
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    def __init__(self, desk_id: _Optional[str] = ...) -> None: ...

class OpenAlert(_message.Message):
    __slots__ = ("alert_id", "topic", "partition", "offset", "kind", "scope", "scope_id", "subject", "value", "threshold", "scale", "limit_version", "raised_ns", "wall_ns", "at_ns", "text", "desk_id", "acknowledged_by", "acknowledged_ns", "note")
    ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    SCALE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_VERSION_FIELD_NUMBER: _ClassVar[int]
    RAISED_NS_FIELD_NUMBER: _ClassVar[int]
    WALL_NS_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_BY_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_NS_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    alert_id: str
    topic: str
    partition: int
    offset: int
    kind: _enums_pb2.AlertKind
    scope: _enums_pb2.LimitScope
    scope_id: str
    subject: str
    value: _types_pb2.Int128
    threshold: _types_pb2.Int128
    scale: int
    limit_version: int
    raised_ns: int
    wall_ns: int
    at_ns: int
    text: str
    desk_id: str
    acknowledged_by: str
    acknowledged_ns: int
    note: str
    def __init__(self, alert_id: _Optional[str] = ..., topic: _Optional[str] = ..., partition: _Optional[int] = ..., offset: _Optional[int] = ..., kind: _Optional[_Union[_enums_pb2.AlertKind, str]] = ..., scope: _Optional[_Union[_enums_pb2.LimitScope, str]] = ..., scope_id: _Optional[str] = ..., subject: _Optional[str] = ..., value: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., threshold: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., scale: _Optional[int] = ..., limit_version: _Optional[int] = ..., raised_ns: _Optional[int] = ..., wall_ns: _Optional[int] = ..., at_ns: _Optional[int] = ..., text: _Optional[str] = ..., desk_id: _Optional[str] = ..., acknowledged_by: _Optional[str] = ..., acknowledged_ns: _Optional[int] = ..., note: _Optional[str] = ...) -> None: ...

class ClearedAlert(_message.Message):
    __slots__ = ("alert_id", "topic", "partition", "offset", "wall_ns")
    ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    WALL_NS_FIELD_NUMBER: _ClassVar[int]
    alert_id: str
    topic: str
    partition: int
    offset: int
    wall_ns: int
    def __init__(self, alert_id: _Optional[str] = ..., topic: _Optional[str] = ..., partition: _Optional[int] = ..., offset: _Optional[int] = ..., wall_ns: _Optional[int] = ...) -> None: ...

class WatchAlertsResponse(_message.Message):
    __slots__ = ("whole", "raised", "cleared", "more")
    WHOLE_FIELD_NUMBER: _ClassVar[int]
    RAISED_FIELD_NUMBER: _ClassVar[int]
    CLEARED_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    whole: bool
    raised: _containers.RepeatedCompositeFieldContainer[OpenAlert]
    cleared: _containers.RepeatedCompositeFieldContainer[ClearedAlert]
    more: bool
    def __init__(self, whole: _Optional[bool] = ..., raised: _Optional[_Iterable[_Union[OpenAlert, _Mapping]]] = ..., cleared: _Optional[_Iterable[_Union[ClearedAlert, _Mapping]]] = ..., more: _Optional[bool] = ...) -> None: ...
