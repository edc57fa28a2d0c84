from oms.v1 import commands_pb2 as _commands_pb2
from oms.v1 import enums_pb2 as _enums_pb2
from oms.v1 import fix_session_pb2 as _fix_session_pb2
from oms.v1 import risk_pb2 as _risk_pb2
from oms.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ClientConnected(_message.Message):
    __slots__ = ("session_id", "link_id", "peer")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    LINK_ID_FIELD_NUMBER: _ClassVar[int]
    PEER_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    link_id: int
    peer: str
    def __init__(self, session_id: _Optional[str] = ..., link_id: _Optional[int] = ..., peer: _Optional[str] = ...) -> None: ...

class ClientLinkRefused(_message.Message):
    __slots__ = ("session_id", "link_id", "reason", "text")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    LINK_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    link_id: int
    reason: _enums_pb2.Reason
    text: str
    def __init__(self, session_id: _Optional[str] = ..., link_id: _Optional[int] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., text: _Optional[str] = ...) -> None: ...

class ClientDayBegan(_message.Message):
    __slots__ = ("session_id", "began_ns")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    BEGAN_NS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    began_ns: int
    def __init__(self, session_id: _Optional[str] = ..., began_ns: _Optional[int] = ...) -> None: ...

class ClientNumbersReset(_message.Message):
    __slots__ = ("session_id", "asked_ns")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    ASKED_NS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    asked_ns: int
    def __init__(self, session_id: _Optional[str] = ..., asked_ns: _Optional[int] = ...) -> None: ...

class ClientDisconnected(_message.Message):
    __slots__ = ("session_id", "cause", "text", "cancel_at_ns")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CANCEL_AT_NS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    cause: _enums_pb2.DisconnectCause
    text: str
    cancel_at_ns: int
    def __init__(self, session_id: _Optional[str] = ..., cause: _Optional[_Union[_enums_pb2.DisconnectCause, str]] = ..., text: _Optional[str] = ..., cancel_at_ns: _Optional[int] = ...) -> None: ...

class FixNoted(_message.Message):
    __slots__ = ("session_id", "event", "order_id")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    event: _fix_session_pb2.FixEvent
    order_id: str
    def __init__(self, session_id: _Optional[str] = ..., event: _Optional[_Union[_fix_session_pb2.FixEvent, _Mapping]] = ..., order_id: _Optional[str] = ...) -> None: ...

class ClientHeard(_message.Message):
    __slots__ = ("session_id", "raw", "at_ns")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    raw: bytes
    at_ns: int
    def __init__(self, session_id: _Optional[str] = ..., raw: _Optional[bytes] = ..., at_ns: _Optional[int] = ...) -> None: ...

class ClientRequested(_message.Message):
    __slots__ = ("session_id", "msg_seq_num", "msg_type", "order_id", "command")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    MSG_SEQ_NUM_FIELD_NUMBER: _ClassVar[int]
    MSG_TYPE_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    msg_seq_num: int
    msg_type: str
    order_id: str
    command: _commands_pb2.Command
    def __init__(self, session_id: _Optional[str] = ..., msg_seq_num: _Optional[int] = ..., msg_type: _Optional[str] = ..., order_id: _Optional[str] = ..., command: _Optional[_Union[_commands_pb2.Command, _Mapping]] = ...) -> None: ...

class ClientRefused(_message.Message):
    __slots__ = ("session_id", "msg_seq_num", "msg_type", "cl_ord_id", "order_id", "reason", "text")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    MSG_SEQ_NUM_FIELD_NUMBER: _ClassVar[int]
    MSG_TYPE_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    msg_seq_num: int
    msg_type: str
    cl_ord_id: str
    order_id: str
    reason: _enums_pb2.Reason
    text: str
    def __init__(self, session_id: _Optional[str] = ..., msg_seq_num: _Optional[int] = ..., msg_type: _Optional[str] = ..., cl_ord_id: _Optional[str] = ..., order_id: _Optional[str] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., text: _Optional[str] = ...) -> None: ...

class CommandsRepeated(_message.Message):
    __slots__ = ("count",)
    COUNT_FIELD_NUMBER: _ClassVar[int]
    count: int
    def __init__(self, count: _Optional[int] = ...) -> None: ...

class ClientRequestDecided(_message.Message):
    __slots__ = ("desk_id", "trading_date", "cl_ord_id", "accepted")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    trading_date: int
    cl_ord_id: str
    accepted: bool
    def __init__(self, desk_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., cl_ord_id: _Optional[str] = ..., accepted: _Optional[bool] = ...) -> None: ...

class ClientRequestSettled(_message.Message):
    __slots__ = ("desk_id", "trading_date", "cl_ord_id")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    trading_date: int
    cl_ord_id: str
    def __init__(self, desk_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., cl_ord_id: _Optional[str] = ...) -> None: ...

class ClientOrderOpened(_message.Message):
    __slots__ = ("order_id", "session_id", "order")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    session_id: str
    order: _commands_pb2.NewOrder
    def __init__(self, order_id: _Optional[str] = ..., session_id: _Optional[str] = ..., order: _Optional[_Union[_commands_pb2.NewOrder, _Mapping]] = ...) -> None: ...

class ClientOrderChanged(_message.Message):
    __slots__ = ("order_id", "cl_ord_id", "exec_type", "ord_status", "order_qty", "price", "cum_qty", "leaves_qty", "notional", "day_order_qty", "day_cum_qty", "day_notional", "instructions")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_TYPE_FIELD_NUMBER: _ClassVar[int]
    ORD_STATUS_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    LEAVES_QTY_FIELD_NUMBER: _ClassVar[int]
    NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    DAY_ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    DAY_CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    DAY_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    cl_ord_id: str
    exec_type: _enums_pb2.ExecType
    ord_status: _enums_pb2.OrdStatus
    order_qty: int
    price: int
    cum_qty: int
    leaves_qty: int
    notional: _types_pb2.Int128
    day_order_qty: int
    day_cum_qty: int
    day_notional: _types_pb2.Int128
    instructions: _commands_pb2.Instructions
    def __init__(self, order_id: _Optional[str] = ..., cl_ord_id: _Optional[str] = ..., exec_type: _Optional[_Union[_enums_pb2.ExecType, str]] = ..., ord_status: _Optional[_Union[_enums_pb2.OrdStatus, str]] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ..., cum_qty: _Optional[int] = ..., leaves_qty: _Optional[int] = ..., notional: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., day_order_qty: _Optional[int] = ..., day_cum_qty: _Optional[int] = ..., day_notional: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., instructions: _Optional[_Union[_commands_pb2.Instructions, _Mapping]] = ...) -> None: ...

class MarketSubscribed(_message.Message):
    __slots__ = ("session_id", "request_id", "instruments", "entry_types", "depth", "incremental")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENTS_FIELD_NUMBER: _ClassVar[int]
    ENTRY_TYPES_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    INCREMENTAL_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    request_id: str
    instruments: _containers.RepeatedScalarFieldContainer[str]
    entry_types: _containers.RepeatedScalarFieldContainer[str]
    depth: int
    incremental: bool
    def __init__(self, session_id: _Optional[str] = ..., request_id: _Optional[str] = ..., instruments: _Optional[_Iterable[str]] = ..., entry_types: _Optional[_Iterable[str]] = ..., depth: _Optional[int] = ..., incremental: _Optional[bool] = ...) -> None: ...

class MarketUnsubscribed(_message.Message):
    __slots__ = ("session_id", "request_id")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    request_id: str
    def __init__(self, session_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class MarketTold(_message.Message):
    __slots__ = ("session_id", "request_id", "instrument_id", "entry_ids", "prices", "quantities", "market_position", "now_ns")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ENTRY_IDS_FIELD_NUMBER: _ClassVar[int]
    PRICES_FIELD_NUMBER: _ClassVar[int]
    QUANTITIES_FIELD_NUMBER: _ClassVar[int]
    MARKET_POSITION_FIELD_NUMBER: _ClassVar[int]
    NOW_NS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    request_id: str
    instrument_id: str
    entry_ids: _containers.RepeatedScalarFieldContainer[str]
    prices: _containers.RepeatedScalarFieldContainer[int]
    quantities: _containers.RepeatedScalarFieldContainer[int]
    market_position: int
    now_ns: int
    def __init__(self, session_id: _Optional[str] = ..., request_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., entry_ids: _Optional[_Iterable[str]] = ..., prices: _Optional[_Iterable[int]] = ..., quantities: _Optional[_Iterable[int]] = ..., market_position: _Optional[int] = ..., now_ns: _Optional[int] = ...) -> None: ...

class CancelOnDisconnectDone(_message.Message):
    __slots__ = ("session_id", "cause")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    cause: _enums_pb2.DisconnectCause
    def __init__(self, session_id: _Optional[str] = ..., cause: _Optional[_Union[_enums_pb2.DisconnectCause, str]] = ...) -> None: ...

class ClientEvent(_message.Message):
    __slots__ = ("client_connected", "client_disconnected", "fix_noted", "client_requested", "client_refused", "commands_repeated", "client_request_decided", "client_request_settled", "client_order_opened", "client_order_changed", "market_subscribed", "market_unsubscribed", "market_told", "cancel_on_disconnect_done", "control_applied", "client_link_refused", "client_day_began", "client_numbers_reset", "client_heard")
    CLIENT_CONNECTED_FIELD_NUMBER: _ClassVar[int]
    CLIENT_DISCONNECTED_FIELD_NUMBER: _ClassVar[int]
    FIX_NOTED_FIELD_NUMBER: _ClassVar[int]
    CLIENT_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    CLIENT_REFUSED_FIELD_NUMBER: _ClassVar[int]
    COMMANDS_REPEATED_FIELD_NUMBER: _ClassVar[int]
    CLIENT_REQUEST_DECIDED_FIELD_NUMBER: _ClassVar[int]
    CLIENT_REQUEST_SETTLED_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_OPENED_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_CHANGED_FIELD_NUMBER: _ClassVar[int]
    MARKET_SUBSCRIBED_FIELD_NUMBER: _ClassVar[int]
    MARKET_UNSUBSCRIBED_FIELD_NUMBER: _ClassVar[int]
    MARKET_TOLD_FIELD_NUMBER: _ClassVar[int]
    CANCEL_ON_DISCONNECT_DONE_FIELD_NUMBER: _ClassVar[int]
    CONTROL_APPLIED_FIELD_NUMBER: _ClassVar[int]
    CLIENT_LINK_REFUSED_FIELD_NUMBER: _ClassVar[int]
    CLIENT_DAY_BEGAN_FIELD_NUMBER: _ClassVar[int]
    CLIENT_NUMBERS_RESET_FIELD_NUMBER: _ClassVar[int]
    CLIENT_HEARD_FIELD_NUMBER: _ClassVar[int]
    client_connected: ClientConnected
    client_disconnected: ClientDisconnected
    fix_noted: FixNoted
    client_requested: ClientRequested
    client_refused: ClientRefused
    commands_repeated: CommandsRepeated
    client_request_decided: ClientRequestDecided
    client_request_settled: ClientRequestSettled
    client_order_opened: ClientOrderOpened
    client_order_changed: ClientOrderChanged
    market_subscribed: MarketSubscribed
    market_unsubscribed: MarketUnsubscribed
    market_told: MarketTold
    cancel_on_disconnect_done: CancelOnDisconnectDone
    control_applied: _risk_pb2.ControlApplied
    client_link_refused: ClientLinkRefused
    client_day_began: ClientDayBegan
    client_numbers_reset: ClientNumbersReset
    client_heard: ClientHeard
    def __init__(self, client_connected: _Optional[_Union[ClientConnected, _Mapping]] = ..., client_disconnected: _Optional[_Union[ClientDisconnected, _Mapping]] = ..., fix_noted: _Optional[_Union[FixNoted, _Mapping]] = ..., client_requested: _Optional[_Union[ClientRequested, _Mapping]] = ..., client_refused: _Optional[_Union[ClientRefused, _Mapping]] = ..., commands_repeated: _Optional[_Union[CommandsRepeated, _Mapping]] = ..., client_request_decided: _Optional[_Union[ClientRequestDecided, _Mapping]] = ..., client_request_settled: _Optional[_Union[ClientRequestSettled, _Mapping]] = ..., client_order_opened: _Optional[_Union[ClientOrderOpened, _Mapping]] = ..., client_order_changed: _Optional[_Union[ClientOrderChanged, _Mapping]] = ..., market_subscribed: _Optional[_Union[MarketSubscribed, _Mapping]] = ..., market_unsubscribed: _Optional[_Union[MarketUnsubscribed, _Mapping]] = ..., market_told: _Optional[_Union[MarketTold, _Mapping]] = ..., cancel_on_disconnect_done: _Optional[_Union[CancelOnDisconnectDone, _Mapping]] = ..., control_applied: _Optional[_Union[_risk_pb2.ControlApplied, _Mapping]] = ..., client_link_refused: _Optional[_Union[ClientLinkRefused, _Mapping]] = ..., client_day_began: _Optional[_Union[ClientDayBegan, _Mapping]] = ..., client_numbers_reset: _Optional[_Union[ClientNumbersReset, _Mapping]] = ..., client_heard: _Optional[_Union[ClientHeard, _Mapping]] = ...) -> None: ...
