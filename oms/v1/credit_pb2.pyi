from oms.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreditLimitSet(_message.Message):
    __slots__ = ("limit_id", "version", "value", "over_by", "members")
    LIMIT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    OVER_BY_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    limit_id: str
    version: int
    value: _types_pb2.Int128
    over_by: _types_pb2.Int128
    members: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, limit_id: _Optional[str] = ..., version: _Optional[int] = ..., value: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., over_by: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., members: _Optional[_Iterable[int]] = ...) -> None: ...

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
    __slots__ = ("limit_id", "partition", "want_seq", "amount", "in_use")
    LIMIT_ID_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    WANT_SEQ_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    IN_USE_FIELD_NUMBER: _ClassVar[int]
    limit_id: str
    partition: int
    want_seq: int
    amount: _types_pb2.Int128
    in_use: _types_pb2.Int128
    def __init__(self, limit_id: _Optional[str] = ..., partition: _Optional[int] = ..., want_seq: _Optional[int] = ..., amount: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., in_use: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ...) -> None: ...

class CreditEvent(_message.Message):
    __slots__ = ("credit_limit_set", "credit_granted", "credit_recalled", "credit_returned", "credit_asked")
    CREDIT_LIMIT_SET_FIELD_NUMBER: _ClassVar[int]
    CREDIT_GRANTED_FIELD_NUMBER: _ClassVar[int]
    CREDIT_RECALLED_FIELD_NUMBER: _ClassVar[int]
    CREDIT_RETURNED_FIELD_NUMBER: _ClassVar[int]
    CREDIT_ASKED_FIELD_NUMBER: _ClassVar[int]
    credit_limit_set: CreditLimitSet
    credit_granted: CreditGranted
    credit_recalled: CreditRecalled
    credit_returned: CreditReturned
    credit_asked: CreditAsked
    def __init__(self, credit_limit_set: _Optional[_Union[CreditLimitSet, _Mapping]] = ..., credit_granted: _Optional[_Union[CreditGranted, _Mapping]] = ..., credit_recalled: _Optional[_Union[CreditRecalled, _Mapping]] = ..., credit_returned: _Optional[_Union[CreditReturned, _Mapping]] = ..., credit_asked: _Optional[_Union[CreditAsked, _Mapping]] = ...) -> None: ...

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
