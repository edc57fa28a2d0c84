from oms.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreditLimitSet(_message.Message):
    __slots__ = ("limit_id", "version", "value", "over_by", "members", "removed_at")
    LIMIT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    OVER_BY_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    REMOVED_AT_FIELD_NUMBER: _ClassVar[int]
    limit_id: str
    version: int
    value: _types_pb2.Int128
    over_by: _types_pb2.Int128
    members: _containers.RepeatedScalarFieldContainer[int]
    removed_at: int
    def __init__(self, limit_id: _Optional[str] = ..., version: _Optional[int] = ..., value: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., over_by: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., members: _Optional[_Iterable[int]] = ..., removed_at: _Optional[int] = ...) -> None: ...

class CreditGranted(_message.Message):
    __slots__ = ("limit_id", "partition", "seq", "amount")
    LIMIT_ID_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    limit_id: str
    partition: int
    seq: int
    amount: _types_pb2.Int128
    def __init__(self, limit_id: _Optional[str] = ..., partition: _Optional[int] = ..., seq: _Optional[int] = ..., amount: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ...) -> None: ...

class CreditRecalled(_message.Message):
    __slots__ = ("limit_id", "partition", "seq", "keep")
    LIMIT_ID_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    KEEP_FIELD_NUMBER: _ClassVar[int]
    limit_id: str
    partition: int
    seq: int
    keep: _types_pb2.Int128
    def __init__(self, limit_id: _Optional[str] = ..., partition: _Optional[int] = ..., seq: _Optional[int] = ..., keep: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ...) -> None: ...

class CreditReturned(_message.Message):
    __slots__ = ("limit_id", "partition", "release_seq", "amount", "in_use")
    LIMIT_ID_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    RELEASE_SEQ_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    IN_USE_FIELD_NUMBER: _ClassVar[int]
    limit_id: str
    partition: int
    release_seq: int
    amount: _types_pb2.Int128
    in_use: _types_pb2.Int128
    def __init__(self, limit_id: _Optional[str] = ..., partition: _Optional[int] = ..., release_seq: _Optional[int] = ..., amount: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., in_use: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ...) -> None: ...

class CreditAsked(_message.Message):
    __slots__ = ("limit_id", "partition", "want_seq", "amount", "in_use", "version")
    LIMIT_ID_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    WANT_SEQ_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    IN_USE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    limit_id: str
    partition: int
    want_seq: int
    amount: _types_pb2.Int128
    in_use: _types_pb2.Int128
    version: int
    def __init__(self, limit_id: _Optional[str] = ..., partition: _Optional[int] = ..., want_seq: _Optional[int] = ..., amount: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., in_use: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., version: _Optional[int] = ...) -> None: ...

class CreditWanted(_message.Message):
    __slots__ = ("limit_id", "partition", "want_seq", "amount", "in_use", "version", "urgent")
    LIMIT_ID_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    WANT_SEQ_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    IN_USE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    URGENT_FIELD_NUMBER: _ClassVar[int]
    limit_id: str
    partition: int
    want_seq: int
    amount: _types_pb2.Int128
    in_use: _types_pb2.Int128
    version: int
    urgent: _types_pb2.Int128
    def __init__(self, limit_id: _Optional[str] = ..., partition: _Optional[int] = ..., want_seq: _Optional[int] = ..., amount: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., in_use: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., version: _Optional[int] = ..., urgent: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ...) -> None: ...

class CreditTaken(_message.Message):
    __slots__ = ("limit_id", "seq", "amount")
    LIMIT_ID_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    limit_id: str
    seq: int
    amount: _types_pb2.Int128
    def __init__(self, limit_id: _Optional[str] = ..., seq: _Optional[int] = ..., amount: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ...) -> None: ...

class RecallNoted(_message.Message):
    __slots__ = ("limit_id", "seq", "keep")
    LIMIT_ID_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    KEEP_FIELD_NUMBER: _ClassVar[int]
    limit_id: str
    seq: int
    keep: _types_pb2.Int128
    def __init__(self, limit_id: _Optional[str] = ..., seq: _Optional[int] = ..., keep: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ...) -> None: ...

class UseNoted(_message.Message):
    __slots__ = ("limit_id", "partition", "in_use")
    LIMIT_ID_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    IN_USE_FIELD_NUMBER: _ClassVar[int]
    limit_id: str
    partition: int
    in_use: _types_pb2.Int128
    def __init__(self, limit_id: _Optional[str] = ..., partition: _Optional[int] = ..., in_use: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ...) -> None: ...

class CreditReleased(_message.Message):
    __slots__ = ("limit_id", "partition", "release_seq", "amount", "in_use")
    LIMIT_ID_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    RELEASE_SEQ_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    IN_USE_FIELD_NUMBER: _ClassVar[int]
    limit_id: str
    partition: int
    release_seq: int
    amount: _types_pb2.Int128
    in_use: _types_pb2.Int128
    def __init__(self, limit_id: _Optional[str] = ..., partition: _Optional[int] = ..., release_seq: _Optional[int] = ..., amount: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., in_use: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ...) -> None: ...
