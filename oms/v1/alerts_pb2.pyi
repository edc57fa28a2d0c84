from oms.v1 import enums_pb2 as _enums_pb2
from oms.v1 import types_pb2 as _types_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AlertRaised(_message.Message):
    __slots__ = ("alert_id", "kind", "scope", "scope_id", "subject", "value", "threshold", "limit_version", "at_ns", "text")
    ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    LIMIT_VERSION_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    alert_id: str
    kind: _enums_pb2.AlertKind
    scope: _enums_pb2.LimitScope
    scope_id: str
    subject: str
    value: _types_pb2.Int128
    threshold: _types_pb2.Int128
    limit_version: int
    at_ns: int
    text: str
    def __init__(self, alert_id: _Optional[str] = ..., kind: _Optional[_Union[_enums_pb2.AlertKind, str]] = ..., scope: _Optional[_Union[_enums_pb2.LimitScope, str]] = ..., scope_id: _Optional[str] = ..., subject: _Optional[str] = ..., value: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., threshold: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., limit_version: _Optional[int] = ..., at_ns: _Optional[int] = ..., text: _Optional[str] = ...) -> None: ...

class AlertCleared(_message.Message):
    __slots__ = ("alert_id", "at_ns")
    ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    alert_id: str
    at_ns: int
    def __init__(self, alert_id: _Optional[str] = ..., at_ns: _Optional[int] = ...) -> None: ...

class Alert(_message.Message):
    __slots__ = ("alert_raised", "alert_cleared")
    ALERT_RAISED_FIELD_NUMBER: _ClassVar[int]
    ALERT_CLEARED_FIELD_NUMBER: _ClassVar[int]
    alert_raised: AlertRaised
    alert_cleared: AlertCleared
    def __init__(self, alert_raised: _Optional[_Union[AlertRaised, _Mapping]] = ..., alert_cleared: _Optional[_Union[AlertCleared, _Mapping]] = ...) -> None: ...

class AlertNotice(_message.Message):
    __slots__ = ("topic", "partition", "offset", "index", "wall_ns", "alert", "after_offset", "after_index")
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    WALL_NS_FIELD_NUMBER: _ClassVar[int]
    ALERT_FIELD_NUMBER: _ClassVar[int]
    AFTER_OFFSET_FIELD_NUMBER: _ClassVar[int]
    AFTER_INDEX_FIELD_NUMBER: _ClassVar[int]
    topic: str
    partition: int
    offset: int
    index: int
    wall_ns: int
    alert: Alert
    after_offset: int
    after_index: int
    def __init__(self, topic: _Optional[str] = ..., partition: _Optional[int] = ..., offset: _Optional[int] = ..., index: _Optional[int] = ..., wall_ns: _Optional[int] = ..., alert: _Optional[_Union[Alert, _Mapping]] = ..., after_offset: _Optional[int] = ..., after_index: _Optional[int] = ...) -> None: ...
