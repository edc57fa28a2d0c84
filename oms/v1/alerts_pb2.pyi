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
