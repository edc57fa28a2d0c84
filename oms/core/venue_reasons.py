"""Why a venue refuses, in FIX's codes, and what became of a mass cancel: of the venue's protocol and of the order's life."""

from enum import IntEnum


class OrdRejReason(IntEnum):
    """FIX tag 103: why an order was rejected."""

    UNKNOWN_SYMBOL = 1
    EXCHANGE_CLOSED = 2
    DUPLICATE_ORDER = 6
    UNSUPPORTED_ORDER = 11
    """FIX 11, unsupported order characteristic."""
    INCORRECT_QUANTITY = 13
    INVALID_PRICE_INCREMENT = 18
    OTHER = 99


class CxlRejReason(IntEnum):
    """FIX tag 102: why a cancel or replace was refused; FIX's 0 (too late) moved to 100: zero is never a value here."""

    UNKNOWN_ORDER = 1
    BROKER_OPTION = 2
    ALREADY_PENDING = 3
    """Another request about the order has no outcome yet."""
    DUPLICATE_CL_ORD_ID = 6
    INVALID_PRICE_INCREMENT = 18
    OTHER = 99
    TOO_LATE_TO_CANCEL = 100


class MassCancelOutcome(IntEnum):
    """What became of an OrderMassCancelRequest of ours (our own values)."""

    ACCEPTED = 1
    """OrderMassCancelReport (35=r) with a MassCancelResponse (531) other than 0."""
    REFUSED = 2
    """531=0, or a Reject or BusinessMessageReject of the request."""
    UNANSWERED = 3
