from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class AuditPlan(_message.Message):
    __slots__ = ("topic", "partition", "from_offset", "to_offset", "auditor")
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    FROM_OFFSET_FIELD_NUMBER: _ClassVar[int]
    TO_OFFSET_FIELD_NUMBER: _ClassVar[int]
    AUDITOR_FIELD_NUMBER: _ClassVar[int]
    topic: str
    partition: int
    from_offset: int
    to_offset: int
    auditor: str
    def __init__(self, topic: _Optional[str] = ..., partition: _Optional[int] = ..., from_offset: _Optional[int] = ..., to_offset: _Optional[int] = ..., auditor: _Optional[str] = ...) -> None: ...

class AuditProgress(_message.Message):
    __slots__ = ("topic", "partition", "prefix", "chain_head", "caught_up_wall_ns")
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    PREFIX_FIELD_NUMBER: _ClassVar[int]
    CHAIN_HEAD_FIELD_NUMBER: _ClassVar[int]
    CAUGHT_UP_WALL_NS_FIELD_NUMBER: _ClassVar[int]
    topic: str
    partition: int
    prefix: int
    chain_head: bytes
    caught_up_wall_ns: int
    def __init__(self, topic: _Optional[str] = ..., partition: _Optional[int] = ..., prefix: _Optional[int] = ..., chain_head: _Optional[bytes] = ..., caught_up_wall_ns: _Optional[int] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ("topic", "partition", "process_id", "role", "epoch", "lag", "wall_ns")
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    PROCESS_ID_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    LAG_FIELD_NUMBER: _ClassVar[int]
    WALL_NS_FIELD_NUMBER: _ClassVar[int]
    topic: str
    partition: int
    process_id: str
    role: str
    epoch: int
    lag: int
    wall_ns: int
    def __init__(self, topic: _Optional[str] = ..., partition: _Optional[int] = ..., process_id: _Optional[str] = ..., role: _Optional[str] = ..., epoch: _Optional[int] = ..., lag: _Optional[int] = ..., wall_ns: _Optional[int] = ...) -> None: ...

class DeadLetter(_message.Message):
    __slots__ = ("topic", "partition", "offset", "reason", "value", "found_by")
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    FOUND_BY_FIELD_NUMBER: _ClassVar[int]
    topic: str
    partition: int
    offset: int
    reason: str
    value: bytes
    found_by: str
    def __init__(self, topic: _Optional[str] = ..., partition: _Optional[int] = ..., offset: _Optional[int] = ..., reason: _Optional[str] = ..., value: _Optional[bytes] = ..., found_by: _Optional[str] = ...) -> None: ...
