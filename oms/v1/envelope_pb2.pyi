from oms.v1 import client_sessions_pb2 as _client_sessions_pb2
from oms.v1 import execution_pb2 as _execution_pb2
from oms.v1 import grantor_pb2 as _grantor_pb2
from oms.v1 import risk_pb2 as _risk_pb2
from oms.v1 import routing_pb2 as _routing_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReadPosition(_message.Message):
    __slots__ = ("topic", "partition", "next_offset", "epoch", "unbroken")
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    NEXT_OFFSET_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    UNBROKEN_FIELD_NUMBER: _ClassVar[int]
    topic: str
    partition: int
    next_offset: int
    epoch: int
    unbroken: bool
    def __init__(self, topic: _Optional[str] = ..., partition: _Optional[int] = ..., next_offset: _Optional[int] = ..., epoch: _Optional[int] = ..., unbroken: _Optional[bool] = ...) -> None: ...

class Source(_message.Message):
    __slots__ = ("topic", "partition", "offset", "timer", "session_id", "msg_seq_num")
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    TIMER_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    MSG_SEQ_NUM_FIELD_NUMBER: _ClassVar[int]
    topic: str
    partition: int
    offset: int
    timer: str
    session_id: str
    msg_seq_num: int
    def __init__(self, topic: _Optional[str] = ..., partition: _Optional[int] = ..., offset: _Optional[int] = ..., timer: _Optional[str] = ..., session_id: _Optional[str] = ..., msg_seq_num: _Optional[int] = ...) -> None: ...

class Claim(_message.Message):
    __slots__ = ("process_id", "min_reader_version")
    PROCESS_ID_FIELD_NUMBER: _ClassVar[int]
    MIN_READER_VERSION_FIELD_NUMBER: _ClassVar[int]
    process_id: str
    min_reader_version: int
    def __init__(self, process_id: _Optional[str] = ..., min_reader_version: _Optional[int] = ...) -> None: ...

class JournalEvent(_message.Message):
    __slots__ = ("risk", "routing", "execution", "client_sessions", "credit")
    RISK_FIELD_NUMBER: _ClassVar[int]
    ROUTING_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_FIELD_NUMBER: _ClassVar[int]
    CLIENT_SESSIONS_FIELD_NUMBER: _ClassVar[int]
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    risk: _risk_pb2.RiskEvent
    routing: _routing_pb2.RoutingEvent
    execution: _execution_pb2.ExecutionEvent
    client_sessions: _client_sessions_pb2.ClientEvent
    credit: _grantor_pb2.CreditEvent
    def __init__(self, risk: _Optional[_Union[_risk_pb2.RiskEvent, _Mapping]] = ..., routing: _Optional[_Union[_routing_pb2.RoutingEvent, _Mapping]] = ..., execution: _Optional[_Union[_execution_pb2.ExecutionEvent, _Mapping]] = ..., client_sessions: _Optional[_Union[_client_sessions_pb2.ClientEvent, _Mapping]] = ..., credit: _Optional[_Union[_grantor_pb2.CreditEvent, _Mapping]] = ...) -> None: ...

class Envelope(_message.Message):
    __slots__ = ("epoch", "run_seq", "positions", "source", "event_time_ns", "wall_time_ns", "trace_id", "schema_version", "previous_hash", "state_hash", "events", "state_layout")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    RUN_SEQ_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    WALL_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_VERSION_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_HASH_FIELD_NUMBER: _ClassVar[int]
    STATE_HASH_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    STATE_LAYOUT_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    run_seq: int
    positions: _containers.RepeatedCompositeFieldContainer[ReadPosition]
    source: Source
    event_time_ns: int
    wall_time_ns: int
    trace_id: str
    schema_version: int
    previous_hash: bytes
    state_hash: bytes
    events: _containers.RepeatedCompositeFieldContainer[JournalEvent]
    state_layout: int
    def __init__(self, epoch: _Optional[int] = ..., run_seq: _Optional[int] = ..., positions: _Optional[_Iterable[_Union[ReadPosition, _Mapping]]] = ..., source: _Optional[_Union[Source, _Mapping]] = ..., event_time_ns: _Optional[int] = ..., wall_time_ns: _Optional[int] = ..., trace_id: _Optional[str] = ..., schema_version: _Optional[int] = ..., previous_hash: _Optional[bytes] = ..., state_hash: _Optional[bytes] = ..., events: _Optional[_Iterable[_Union[JournalEvent, _Mapping]]] = ..., state_layout: _Optional[int] = ...) -> None: ...

class JournalRecord(_message.Message):
    __slots__ = ("claim", "envelope")
    CLAIM_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    claim: Claim
    envelope: Envelope
    def __init__(self, claim: _Optional[_Union[Claim, _Mapping]] = ..., envelope: _Optional[_Union[Envelope, _Mapping]] = ...) -> None: ...

class EnvelopeHead(_message.Message):
    __slots__ = ("epoch", "run_seq")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    RUN_SEQ_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    run_seq: int
    def __init__(self, epoch: _Optional[int] = ..., run_seq: _Optional[int] = ...) -> None: ...

class JournalHead(_message.Message):
    __slots__ = ("claim", "envelope")
    CLAIM_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    claim: Claim
    envelope: EnvelopeHead
    def __init__(self, claim: _Optional[_Union[Claim, _Mapping]] = ..., envelope: _Optional[_Union[EnvelopeHead, _Mapping]] = ...) -> None: ...
