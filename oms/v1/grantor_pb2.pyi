from oms.v1 import credit_pb2 as _credit_pb2
from oms.v1 import risk_pb2 as _risk_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreditEvent(_message.Message):
    __slots__ = ("credit_limit_set", "credit_granted", "credit_recalled", "credit_returned", "credit_asked", "control_applied")
    CREDIT_LIMIT_SET_FIELD_NUMBER: _ClassVar[int]
    CREDIT_GRANTED_FIELD_NUMBER: _ClassVar[int]
    CREDIT_RECALLED_FIELD_NUMBER: _ClassVar[int]
    CREDIT_RETURNED_FIELD_NUMBER: _ClassVar[int]
    CREDIT_ASKED_FIELD_NUMBER: _ClassVar[int]
    CONTROL_APPLIED_FIELD_NUMBER: _ClassVar[int]
    credit_limit_set: _credit_pb2.CreditLimitSet
    credit_granted: _credit_pb2.CreditGranted
    credit_recalled: _credit_pb2.CreditRecalled
    credit_returned: _credit_pb2.CreditReturned
    credit_asked: _credit_pb2.CreditAsked
    control_applied: _risk_pb2.ControlApplied
    def __init__(self, credit_limit_set: _Optional[_Union[_credit_pb2.CreditLimitSet, _Mapping]] = ..., credit_granted: _Optional[_Union[_credit_pb2.CreditGranted, _Mapping]] = ..., credit_recalled: _Optional[_Union[_credit_pb2.CreditRecalled, _Mapping]] = ..., credit_returned: _Optional[_Union[_credit_pb2.CreditReturned, _Mapping]] = ..., credit_asked: _Optional[_Union[_credit_pb2.CreditAsked, _Mapping]] = ..., control_applied: _Optional[_Union[_risk_pb2.ControlApplied, _Mapping]] = ...) -> None: ...
