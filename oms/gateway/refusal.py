"""Why the gateway does not do what a client asks: a google.rpc.Code, a text that says what to do, and the fields at fault.

The codes are the contract's (see the head of gateway.proto). INTERNAL and UNKNOWN are not among them: what a client can cause has one
of these.
"""

from enum import IntEnum

from oms.core.reasons import Reason
from oms.gateway.field_errors import Errors, FieldError


class Code(IntEnum):
    """The part of google.rpc.Code that is used."""

    OK = 0
    INVALID_ARGUMENT = 3
    NOT_FOUND = 5
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    OUT_OF_RANGE = 11
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


class Refused(Exception):
    """An expected refusal; `reason` where one of the numbered reasons is meant."""

    def __init__(self, code: Code, message: str, errors: Errors = (), reason: Reason | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.errors, self.reason = code, message, errors, reason


def invalid(errors: Errors) -> Refused:
    named = ", ".join(error.field or "the request" for error in errors)
    return Refused(Code.INVALID_ARGUMENT, f"invalid: {named}", errors, Reason.INVALID_FIELD)


def invalid_field(field: str, description: str) -> Refused:
    return invalid((FieldError(field, description),))
