from oms.v1 import commands_pb2 as _commands_pb2
from oms.v1 import enums_pb2 as _enums_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class HaltTrip(_message.Message):
    __slots__ = ("trigger_id", "trigger_version", "partition", "offset", "control_position")
    TRIGGER_ID_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_VERSION_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    CONTROL_POSITION_FIELD_NUMBER: _ClassVar[int]
    trigger_id: str
    trigger_version: int
    partition: int
    offset: int
    control_position: int
    def __init__(self, trigger_id: _Optional[str] = ..., trigger_version: _Optional[int] = ..., partition: _Optional[int] = ..., offset: _Optional[int] = ..., control_position: _Optional[int] = ...) -> None: ...

class Halt(_message.Message):
    __slots__ = ("scope", "scope_id", "cancel_open", "reason", "entered_ns", "provenance", "action", "trip")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    CANCEL_OPEN_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ENTERED_NS_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    TRIP_FIELD_NUMBER: _ClassVar[int]
    scope: _enums_pb2.HaltScope
    scope_id: str
    cancel_open: bool
    reason: str
    entered_ns: int
    provenance: _commands_pb2.Provenance
    action: _enums_pb2.HaltAction
    trip: HaltTrip
    def __init__(self, scope: _Optional[_Union[_enums_pb2.HaltScope, str]] = ..., scope_id: _Optional[str] = ..., cancel_open: _Optional[bool] = ..., reason: _Optional[str] = ..., entered_ns: _Optional[int] = ..., provenance: _Optional[_Union[_commands_pb2.Provenance, _Mapping]] = ..., action: _Optional[_Union[_enums_pb2.HaltAction, str]] = ..., trip: _Optional[_Union[HaltTrip, _Mapping]] = ...) -> None: ...

class Resume(_message.Message):
    __slots__ = ("scope", "scope_id", "reason", "entered_ns", "provenance")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ENTERED_NS_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    scope: _enums_pb2.HaltScope
    scope_id: str
    reason: str
    entered_ns: int
    provenance: _commands_pb2.Provenance
    def __init__(self, scope: _Optional[_Union[_enums_pb2.HaltScope, str]] = ..., scope_id: _Optional[str] = ..., reason: _Optional[str] = ..., entered_ns: _Optional[int] = ..., provenance: _Optional[_Union[_commands_pb2.Provenance, _Mapping]] = ...) -> None: ...

class CancelScope(_message.Message):
    __slots__ = ("scope", "scope_id", "reason", "entered_ns", "provenance", "narrowed")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ENTERED_NS_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    NARROWED_FIELD_NUMBER: _ClassVar[int]
    scope: _enums_pb2.HaltScope
    scope_id: str
    reason: str
    entered_ns: int
    provenance: _commands_pb2.Provenance
    narrowed: _commands_pb2.OrderFilter
    def __init__(self, scope: _Optional[_Union[_enums_pb2.HaltScope, str]] = ..., scope_id: _Optional[str] = ..., reason: _Optional[str] = ..., entered_ns: _Optional[int] = ..., provenance: _Optional[_Union[_commands_pb2.Provenance, _Mapping]] = ..., narrowed: _Optional[_Union[_commands_pb2.OrderFilter, _Mapping]] = ...) -> None: ...

class ClockAnchor(_message.Message):
    __slots__ = ("wall_ns", "tape_ns", "speed_milli", "label", "provenance")
    WALL_NS_FIELD_NUMBER: _ClassVar[int]
    TAPE_NS_FIELD_NUMBER: _ClassVar[int]
    SPEED_MILLI_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    wall_ns: int
    tape_ns: int
    speed_milli: int
    label: str
    provenance: _commands_pb2.Provenance
    def __init__(self, wall_ns: _Optional[int] = ..., tape_ns: _Optional[int] = ..., speed_milli: _Optional[int] = ..., label: _Optional[str] = ..., provenance: _Optional[_Union[_commands_pb2.Provenance, _Mapping]] = ...) -> None: ...

class ControlHeartbeat(_message.Message):
    __slots__ = ("replica", "wall_ns")
    REPLICA_FIELD_NUMBER: _ClassVar[int]
    WALL_NS_FIELD_NUMBER: _ClassVar[int]
    replica: str
    wall_ns: int
    def __init__(self, replica: _Optional[str] = ..., wall_ns: _Optional[int] = ...) -> None: ...

class BreakResolution(_message.Message):
    __slots__ = ("partition", "break_id", "kind", "price", "reason", "entered_ns", "provenance")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    BREAK_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ENTERED_NS_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    partition: int
    break_id: str
    kind: _enums_pb2.ResolutionKind
    price: int
    reason: str
    entered_ns: int
    provenance: _commands_pb2.Provenance
    def __init__(self, partition: _Optional[int] = ..., break_id: _Optional[str] = ..., kind: _Optional[_Union[_enums_pb2.ResolutionKind, str]] = ..., price: _Optional[int] = ..., reason: _Optional[str] = ..., entered_ns: _Optional[int] = ..., provenance: _Optional[_Union[_commands_pb2.Provenance, _Mapping]] = ...) -> None: ...

class Liquidate(_message.Message):
    __slots__ = ("scope", "scope_id", "reason", "entered_ns", "provenance")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ENTERED_NS_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    scope: _enums_pb2.HaltScope
    scope_id: str
    reason: str
    entered_ns: int
    provenance: _commands_pb2.Provenance
    def __init__(self, scope: _Optional[_Union[_enums_pb2.HaltScope, str]] = ..., scope_id: _Optional[str] = ..., reason: _Optional[str] = ..., entered_ns: _Optional[int] = ..., provenance: _Optional[_Union[_commands_pb2.Provenance, _Mapping]] = ...) -> None: ...

class AlertAcknowledged(_message.Message):
    __slots__ = ("alert_id", "topic", "partition", "offset", "note", "entered_ns", "provenance")
    ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    ENTERED_NS_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    alert_id: str
    topic: str
    partition: int
    offset: int
    note: str
    entered_ns: int
    provenance: _commands_pb2.Provenance
    def __init__(self, alert_id: _Optional[str] = ..., topic: _Optional[str] = ..., partition: _Optional[int] = ..., offset: _Optional[int] = ..., note: _Optional[str] = ..., entered_ns: _Optional[int] = ..., provenance: _Optional[_Union[_commands_pb2.Provenance, _Mapping]] = ...) -> None: ...

class ControlRecord(_message.Message):
    __slots__ = ("halt", "resume", "cancel_scope", "clock_anchor", "control_heartbeat", "break_resolution", "liquidate", "alert_acknowledged")
    HALT_FIELD_NUMBER: _ClassVar[int]
    RESUME_FIELD_NUMBER: _ClassVar[int]
    CANCEL_SCOPE_FIELD_NUMBER: _ClassVar[int]
    CLOCK_ANCHOR_FIELD_NUMBER: _ClassVar[int]
    CONTROL_HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    BREAK_RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    LIQUIDATE_FIELD_NUMBER: _ClassVar[int]
    ALERT_ACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    halt: Halt
    resume: Resume
    cancel_scope: CancelScope
    clock_anchor: ClockAnchor
    control_heartbeat: ControlHeartbeat
    break_resolution: BreakResolution
    liquidate: Liquidate
    alert_acknowledged: AlertAcknowledged
    def __init__(self, halt: _Optional[_Union[Halt, _Mapping]] = ..., resume: _Optional[_Union[Resume, _Mapping]] = ..., cancel_scope: _Optional[_Union[CancelScope, _Mapping]] = ..., clock_anchor: _Optional[_Union[ClockAnchor, _Mapping]] = ..., control_heartbeat: _Optional[_Union[ControlHeartbeat, _Mapping]] = ..., break_resolution: _Optional[_Union[BreakResolution, _Mapping]] = ..., liquidate: _Optional[_Union[Liquidate, _Mapping]] = ..., alert_acknowledged: _Optional[_Union[AlertAcknowledged, _Mapping]] = ...) -> None: ...
