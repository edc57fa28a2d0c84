from oms.v1 import validate_pb2 as _validate_pb2
from oms.v1 import commands_pb2 as _commands_pb2
from oms.v1 import control_pb2 as _control_pb2
from oms.v1 import enums_pb2 as _enums_pb2
from oms.v1 import gateway_pb2 as _gateway_pb2
from oms.v1 import operations_pb2 as _operations_pb2
from oms.v1 import reference_pb2 as _reference_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReferenceItem(_message.Message):
    __slots__ = ("entity", "replaces_version")
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    REPLACES_VERSION_FIELD_NUMBER: _ClassVar[int]
    entity: _reference_pb2.Entity
    replaces_version: int
    def __init__(self, entity: _Optional[_Union[_reference_pb2.Entity, _Mapping]] = ..., replaces_version: _Optional[int] = ...) -> None: ...

class ApplyReferenceRequest(_message.Message):
    __slots__ = ("items", "reason", "requester", "bootstrap", "bootstrap_ends")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    BOOTSTRAP_FIELD_NUMBER: _ClassVar[int]
    BOOTSTRAP_ENDS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[ReferenceItem]
    reason: str
    requester: _gateway_pb2.Requester
    bootstrap: bool
    bootstrap_ends: bool
    def __init__(self, items: _Optional[_Iterable[_Union[ReferenceItem, _Mapping]]] = ..., reason: _Optional[str] = ..., requester: _Optional[_Union[_gateway_pb2.Requester, _Mapping]] = ..., bootstrap: _Optional[bool] = ..., bootstrap_ends: _Optional[bool] = ...) -> None: ...

class ReferenceOutcome(_message.Message):
    __slots__ = ("kind", "entity_id", "applied", "version")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    kind: str
    entity_id: str
    applied: bool
    version: int
    def __init__(self, kind: _Optional[str] = ..., entity_id: _Optional[str] = ..., applied: _Optional[bool] = ..., version: _Optional[int] = ...) -> None: ...

class ApplyReferenceResponse(_message.Message):
    __slots__ = ("outcomes",)
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.RepeatedCompositeFieldContainer[ReferenceOutcome]
    def __init__(self, outcomes: _Optional[_Iterable[_Union[ReferenceOutcome, _Mapping]]] = ...) -> None: ...

class GetReferenceRequest(_message.Message):
    __slots__ = ("kind", "entity_id")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    kind: str
    entity_id: str
    def __init__(self, kind: _Optional[str] = ..., entity_id: _Optional[str] = ...) -> None: ...

class VersionedEntity(_message.Message):
    __slots__ = ("entity", "version", "entered_by", "entered_ns", "reason", "proposed_by", "bootstrap", "former")
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ENTERED_BY_FIELD_NUMBER: _ClassVar[int]
    ENTERED_NS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    PROPOSED_BY_FIELD_NUMBER: _ClassVar[int]
    BOOTSTRAP_FIELD_NUMBER: _ClassVar[int]
    FORMER_FIELD_NUMBER: _ClassVar[int]
    entity: _reference_pb2.Entity
    version: int
    entered_by: str
    entered_ns: int
    reason: str
    proposed_by: str
    bootstrap: bool
    former: _containers.RepeatedCompositeFieldContainer[VersionedEntity]
    def __init__(self, entity: _Optional[_Union[_reference_pb2.Entity, _Mapping]] = ..., version: _Optional[int] = ..., entered_by: _Optional[str] = ..., entered_ns: _Optional[int] = ..., reason: _Optional[str] = ..., proposed_by: _Optional[str] = ..., bootstrap: _Optional[bool] = ..., former: _Optional[_Iterable[_Union[VersionedEntity, _Mapping]]] = ...) -> None: ...

class PartitionReference(_message.Message):
    __slots__ = ("partition", "position")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    partition: int
    position: int
    def __init__(self, partition: _Optional[int] = ..., position: _Optional[int] = ...) -> None: ...

class GetReferenceResponse(_message.Message):
    __slots__ = ("entities", "position", "partitions", "bootstrap_open")
    ENTITIES_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    PARTITIONS_FIELD_NUMBER: _ClassVar[int]
    BOOTSTRAP_OPEN_FIELD_NUMBER: _ClassVar[int]
    entities: _containers.RepeatedCompositeFieldContainer[VersionedEntity]
    position: int
    partitions: _containers.RepeatedCompositeFieldContainer[PartitionReference]
    bootstrap_open: bool
    def __init__(self, entities: _Optional[_Iterable[_Union[VersionedEntity, _Mapping]]] = ..., position: _Optional[int] = ..., partitions: _Optional[_Iterable[_Union[PartitionReference, _Mapping]]] = ..., bootstrap_open: _Optional[bool] = ...) -> None: ...

class HaltRequest(_message.Message):
    __slots__ = ("scope", "scope_id", "cancel_open", "reason", "requester", "action")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    CANCEL_OPEN_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    scope: _enums_pb2.HaltScope
    scope_id: str
    cancel_open: bool
    reason: str
    requester: _gateway_pb2.Requester
    action: _enums_pb2.HaltAction
    def __init__(self, scope: _Optional[_Union[_enums_pb2.HaltScope, str]] = ..., scope_id: _Optional[str] = ..., cancel_open: _Optional[bool] = ..., reason: _Optional[str] = ..., requester: _Optional[_Union[_gateway_pb2.Requester, _Mapping]] = ..., action: _Optional[_Union[_enums_pb2.HaltAction, str]] = ...) -> None: ...

class HaltResponse(_message.Message):
    __slots__ = ("control_offset",)
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    control_offset: int
    def __init__(self, control_offset: _Optional[int] = ...) -> None: ...

class ResumeRequest(_message.Message):
    __slots__ = ("scope", "scope_id", "reason", "requester")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    scope: _enums_pb2.HaltScope
    scope_id: str
    reason: str
    requester: _gateway_pb2.Requester
    def __init__(self, scope: _Optional[_Union[_enums_pb2.HaltScope, str]] = ..., scope_id: _Optional[str] = ..., reason: _Optional[str] = ..., requester: _Optional[_Union[_gateway_pb2.Requester, _Mapping]] = ...) -> None: ...

class ResumeResponse(_message.Message):
    __slots__ = ("control_offset",)
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    control_offset: int
    def __init__(self, control_offset: _Optional[int] = ...) -> None: ...

class CancelScopeRequest(_message.Message):
    __slots__ = ("scope", "scope_id", "reason", "requester", "narrowed")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    NARROWED_FIELD_NUMBER: _ClassVar[int]
    scope: _enums_pb2.HaltScope
    scope_id: str
    reason: str
    requester: _gateway_pb2.Requester
    narrowed: _commands_pb2.OrderFilter
    def __init__(self, scope: _Optional[_Union[_enums_pb2.HaltScope, str]] = ..., scope_id: _Optional[str] = ..., reason: _Optional[str] = ..., requester: _Optional[_Union[_gateway_pb2.Requester, _Mapping]] = ..., narrowed: _Optional[_Union[_commands_pb2.OrderFilter, _Mapping]] = ...) -> None: ...

class CancelScopeResponse(_message.Message):
    __slots__ = ("control_offset",)
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    control_offset: int
    def __init__(self, control_offset: _Optional[int] = ...) -> None: ...

class LiquidateRequest(_message.Message):
    __slots__ = ("scope", "scope_id", "reason", "requester")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    scope: _enums_pb2.HaltScope
    scope_id: str
    reason: str
    requester: _gateway_pb2.Requester
    def __init__(self, scope: _Optional[_Union[_enums_pb2.HaltScope, str]] = ..., scope_id: _Optional[str] = ..., reason: _Optional[str] = ..., requester: _Optional[_Union[_gateway_pb2.Requester, _Mapping]] = ...) -> None: ...

class LiquidateResponse(_message.Message):
    __slots__ = ("control_offset",)
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    control_offset: int
    def __init__(self, control_offset: _Optional[int] = ...) -> None: ...

class ResolveBreakRequest(_message.Message):
    __slots__ = ("break_id", "kind", "price", "reason", "requester")
    BREAK_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    break_id: str
    kind: _enums_pb2.ResolutionKind
    price: int
    reason: str
    requester: _gateway_pb2.Requester
    def __init__(self, break_id: _Optional[str] = ..., kind: _Optional[_Union[_enums_pb2.ResolutionKind, str]] = ..., price: _Optional[int] = ..., reason: _Optional[str] = ..., requester: _Optional[_Union[_gateway_pb2.Requester, _Mapping]] = ...) -> None: ...

class ResolveBreakResponse(_message.Message):
    __slots__ = ("control_offset",)
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    control_offset: int
    def __init__(self, control_offset: _Optional[int] = ...) -> None: ...

class AcknowledgeAlertRequest(_message.Message):
    __slots__ = ("alert_id", "topic", "partition", "offset", "note", "requester")
    ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    alert_id: str
    topic: str
    partition: int
    offset: int
    note: str
    requester: _gateway_pb2.Requester
    def __init__(self, alert_id: _Optional[str] = ..., topic: _Optional[str] = ..., partition: _Optional[int] = ..., offset: _Optional[int] = ..., note: _Optional[str] = ..., requester: _Optional[_Union[_gateway_pb2.Requester, _Mapping]] = ...) -> None: ...

class AcknowledgeAlertResponse(_message.Message):
    __slots__ = ("control_offset",)
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    control_offset: int
    def __init__(self, control_offset: _Optional[int] = ...) -> None: ...

class SetClockRequest(_message.Message):
    __slots__ = ("wall_ns", "tape_ns", "speed_milli", "label", "requester")
    WALL_NS_FIELD_NUMBER: _ClassVar[int]
    TAPE_NS_FIELD_NUMBER: _ClassVar[int]
    SPEED_MILLI_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    wall_ns: int
    tape_ns: int
    speed_milli: int
    label: str
    requester: _gateway_pb2.Requester
    def __init__(self, wall_ns: _Optional[int] = ..., tape_ns: _Optional[int] = ..., speed_milli: _Optional[int] = ..., label: _Optional[str] = ..., requester: _Optional[_Union[_gateway_pb2.Requester, _Mapping]] = ...) -> None: ...

class SetClockResponse(_message.Message):
    __slots__ = ("control_offset", "anchor")
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_FIELD_NUMBER: _ClassVar[int]
    control_offset: int
    anchor: _control_pb2.ClockAnchor
    def __init__(self, control_offset: _Optional[int] = ..., anchor: _Optional[_Union[_control_pb2.ClockAnchor, _Mapping]] = ...) -> None: ...

class ResubmitDeadLetterRequest(_message.Message):
    __slots__ = ("letter_offset", "requester", "wait_for_decision")
    LETTER_OFFSET_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    WAIT_FOR_DECISION_FIELD_NUMBER: _ClassVar[int]
    letter_offset: int
    requester: _gateway_pb2.Requester
    wait_for_decision: bool
    def __init__(self, letter_offset: _Optional[int] = ..., requester: _Optional[_Union[_gateway_pb2.Requester, _Mapping]] = ..., wait_for_decision: _Optional[bool] = ...) -> None: ...

class ResubmitDeadLetterResponse(_message.Message):
    __slots__ = ("status", "order", "provenance")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    status: _gateway_pb2.CommandStatus
    order: _gateway_pb2.OrderView
    provenance: _commands_pb2.Provenance
    def __init__(self, status: _Optional[_Union[_gateway_pb2.CommandStatus, _Mapping]] = ..., order: _Optional[_Union[_gateway_pb2.OrderView, _Mapping]] = ..., provenance: _Optional[_Union[_commands_pb2.Provenance, _Mapping]] = ...) -> None: ...

class GetControlStatusRequest(_message.Message):
    __slots__ = ("control_offset",)
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    control_offset: int
    def __init__(self, control_offset: _Optional[int] = ...) -> None: ...

class HaltInForce(_message.Message):
    __slots__ = ("scope", "scope_id", "control_offset", "action")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    scope: _enums_pb2.HaltScope
    scope_id: str
    control_offset: int
    action: _enums_pb2.HaltAction
    def __init__(self, scope: _Optional[_Union[_enums_pb2.HaltScope, str]] = ..., scope_id: _Optional[str] = ..., control_offset: _Optional[int] = ..., action: _Optional[_Union[_enums_pb2.HaltAction, str]] = ...) -> None: ...

class HoldingInLiquidation(_message.Message):
    __slots__ = ("account_id", "instrument_id", "position_qty", "order_id", "reason")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_QTY_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    instrument_id: str
    position_qty: int
    order_id: str
    reason: _enums_pb2.Reason
    def __init__(self, account_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., position_qty: _Optional[int] = ..., order_id: _Optional[str] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ...) -> None: ...

class LiquidationInForce(_message.Message):
    __slots__ = ("control_offset", "partition", "scope", "scope_id", "reason", "entered_by", "holdings", "orders", "refused", "remaining", "tried", "finished", "lifted")
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ENTERED_BY_FIELD_NUMBER: _ClassVar[int]
    HOLDINGS_FIELD_NUMBER: _ClassVar[int]
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    TRIED_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    LIFTED_FIELD_NUMBER: _ClassVar[int]
    control_offset: int
    partition: int
    scope: _enums_pb2.HaltScope
    scope_id: str
    reason: str
    entered_by: str
    holdings: int
    orders: int
    refused: int
    remaining: int
    tried: _containers.RepeatedCompositeFieldContainer[HoldingInLiquidation]
    finished: bool
    lifted: bool
    def __init__(self, control_offset: _Optional[int] = ..., partition: _Optional[int] = ..., scope: _Optional[_Union[_enums_pb2.HaltScope, str]] = ..., scope_id: _Optional[str] = ..., reason: _Optional[str] = ..., entered_by: _Optional[str] = ..., holdings: _Optional[int] = ..., orders: _Optional[int] = ..., refused: _Optional[int] = ..., remaining: _Optional[int] = ..., tried: _Optional[_Iterable[_Union[HoldingInLiquidation, _Mapping]]] = ..., finished: _Optional[bool] = ..., lifted: _Optional[bool] = ...) -> None: ...

class PartitionControl(_message.Message):
    __slots__ = ("topic", "partition", "applied_offset", "acknowledged")
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    APPLIED_OFFSET_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    topic: str
    partition: int
    applied_offset: int
    acknowledged: bool
    def __init__(self, topic: _Optional[str] = ..., partition: _Optional[int] = ..., applied_offset: _Optional[int] = ..., acknowledged: _Optional[bool] = ...) -> None: ...

class GetControlStatusResponse(_message.Message):
    __slots__ = ("position", "halts", "anchor", "wall_ns", "tape_ns", "partitions", "acknowledged", "control_age_ns", "audit_age_ns", "audit", "processes", "liquidations")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    HALTS_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_FIELD_NUMBER: _ClassVar[int]
    WALL_NS_FIELD_NUMBER: _ClassVar[int]
    TAPE_NS_FIELD_NUMBER: _ClassVar[int]
    PARTITIONS_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    CONTROL_AGE_NS_FIELD_NUMBER: _ClassVar[int]
    AUDIT_AGE_NS_FIELD_NUMBER: _ClassVar[int]
    AUDIT_FIELD_NUMBER: _ClassVar[int]
    PROCESSES_FIELD_NUMBER: _ClassVar[int]
    LIQUIDATIONS_FIELD_NUMBER: _ClassVar[int]
    position: int
    halts: _containers.RepeatedCompositeFieldContainer[HaltInForce]
    anchor: _control_pb2.ClockAnchor
    wall_ns: int
    tape_ns: int
    partitions: _containers.RepeatedCompositeFieldContainer[PartitionControl]
    acknowledged: bool
    control_age_ns: int
    audit_age_ns: int
    audit: _containers.RepeatedCompositeFieldContainer[_operations_pb2.AuditProgress]
    processes: _containers.RepeatedCompositeFieldContainer[_operations_pb2.Heartbeat]
    liquidations: _containers.RepeatedCompositeFieldContainer[LiquidationInForce]
    def __init__(self, position: _Optional[int] = ..., halts: _Optional[_Iterable[_Union[HaltInForce, _Mapping]]] = ..., anchor: _Optional[_Union[_control_pb2.ClockAnchor, _Mapping]] = ..., wall_ns: _Optional[int] = ..., tape_ns: _Optional[int] = ..., partitions: _Optional[_Iterable[_Union[PartitionControl, _Mapping]]] = ..., acknowledged: _Optional[bool] = ..., control_age_ns: _Optional[int] = ..., audit_age_ns: _Optional[int] = ..., audit: _Optional[_Iterable[_Union[_operations_pb2.AuditProgress, _Mapping]]] = ..., processes: _Optional[_Iterable[_Union[_operations_pb2.Heartbeat, _Mapping]]] = ..., liquidations: _Optional[_Iterable[_Union[LiquidationInForce, _Mapping]]] = ...) -> None: ...
