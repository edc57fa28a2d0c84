from oms.v1 import enums_pb2 as _enums_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AccessRefused(_message.Message):
    __slots__ = ("wall_ns", "method", "peer", "person_id", "token_id", "reason", "text", "count", "first_wall_ns", "process_id")
    WALL_NS_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    PEER_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    TOKEN_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    FIRST_WALL_NS_FIELD_NUMBER: _ClassVar[int]
    PROCESS_ID_FIELD_NUMBER: _ClassVar[int]
    wall_ns: int
    method: str
    peer: str
    person_id: str
    token_id: str
    reason: _enums_pb2.Reason
    text: str
    count: int
    first_wall_ns: int
    process_id: str
    def __init__(self, wall_ns: _Optional[int] = ..., method: _Optional[str] = ..., peer: _Optional[str] = ..., person_id: _Optional[str] = ..., token_id: _Optional[str] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., text: _Optional[str] = ..., count: _Optional[int] = ..., first_wall_ns: _Optional[int] = ..., process_id: _Optional[str] = ...) -> None: ...

class TokenChanged(_message.Message):
    __slots__ = ("wall_ns", "person_id", "token_id", "change", "roles", "desks", "process_id")
    WALL_NS_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    TOKEN_ID_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    DESKS_FIELD_NUMBER: _ClassVar[int]
    PROCESS_ID_FIELD_NUMBER: _ClassVar[int]
    wall_ns: int
    person_id: str
    token_id: str
    change: _enums_pb2.TokenChangeKind
    roles: _containers.RepeatedScalarFieldContainer[_enums_pb2.Role]
    desks: _containers.RepeatedScalarFieldContainer[str]
    process_id: str
    def __init__(self, wall_ns: _Optional[int] = ..., person_id: _Optional[str] = ..., token_id: _Optional[str] = ..., change: _Optional[_Union[_enums_pb2.TokenChangeKind, str]] = ..., roles: _Optional[_Iterable[_Union[_enums_pb2.Role, str]]] = ..., desks: _Optional[_Iterable[str]] = ..., process_id: _Optional[str] = ...) -> None: ...

class AccessRecord(_message.Message):
    __slots__ = ("access_refused", "token_changed")
    ACCESS_REFUSED_FIELD_NUMBER: _ClassVar[int]
    TOKEN_CHANGED_FIELD_NUMBER: _ClassVar[int]
    access_refused: AccessRefused
    token_changed: TokenChanged
    def __init__(self, access_refused: _Optional[_Union[AccessRefused, _Mapping]] = ..., token_changed: _Optional[_Union[TokenChanged, _Mapping]] = ...) -> None: ...
