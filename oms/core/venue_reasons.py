"""Why a venue refuses, in FIX's codes: of the venue's protocol and of the order's life, and in no record of ours by number."""

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
