"""FIX's codes for our vocabularies, both ways, where 4.2, 4.4 and 5.0 SP2 differ by version. Tables only.

A code that is not in a table is one that we do not take: the message is refused by its tag, never guessed.
"""

from collections.abc import Mapping

from oms.core.enums import (
    Algorithm,
    ContingencyType,
    ExecInst,
    ExecRestatementReason,
    ExecType,
    Liquidity,
    OrdStatus,
    OrdType,
    PegPriceType,
    SelfMatchPrevention,
    Side,
    TimeInForce,
)
from oms.core.reasons import Reason

SIDES: dict[bytes, Side] = {b"1": Side.BUY, b"2": Side.SELL, b"5": Side.SELL_SHORT}
"""Side (54)."""

ORD_TYPES: dict[bytes, OrdType] = {
    b"1": OrdType.MARKET,
    b"2": OrdType.LIMIT,
    b"3": OrdType.STOP,
    b"4": OrdType.STOP_LIMIT,
    b"K": OrdType.MARKET_TO_LIMIT,
    b"P": OrdType.PEGGED,
}
"""OrdType (40)."""

TIMES_IN_FORCE: dict[bytes, TimeInForce] = {
    b"0": TimeInForce.DAY,
    b"1": TimeInForce.GTC,
    b"2": TimeInForce.AT_THE_OPENING,
    b"3": TimeInForce.IOC,
    b"4": TimeInForce.FOK,
    b"6": TimeInForce.GTD,
    b"7": TimeInForce.AT_THE_CLOSE,
    b"A": TimeInForce.GOOD_FOR_TIME,
}
"""TimeInForce (59)."""

EXEC_INSTS: dict[str, ExecInst] = {
    "6": ExecInst.PARTICIPATE_DONT_INITIATE,
    "G": ExecInst.ALL_OR_NONE,
    "E": ExecInst.DO_NOT_INCREASE,
}
"""ExecInst (18), one character each."""

EXEC_INST_PEGS: dict[str, PegPriceType] = {
    "R": PegPriceType.PRIMARY,
    "M": PegPriceType.MID,
    "P": PegPriceType.MARKET,
    "a": PegPriceType.TRAILING_STOP,
}
"""ExecInst (18) as FIX 4.2 and 4.4 say what a peg follows; 5.0 has PegPriceType (1094)."""

PEG_PRICE_TYPES: dict[bytes, PegPriceType] = {
    b"5": PegPriceType.PRIMARY,
    b"2": PegPriceType.MID,
    b"4": PegPriceType.MARKET,
    b"8": PegPriceType.TRAILING_STOP,
}
"""PegPriceType (1094)."""

SELF_MATCHES: dict[bytes, SelfMatchPrevention] = {
    b"1": SelfMatchPrevention.CANCEL_AGGRESSIVE,
    b"2": SelfMatchPrevention.CANCEL_PASSIVE,
    b"3": SelfMatchPrevention.CANCEL_BOTH,
}
"""SelfMatchPreventionInstruction (2964)."""

CONTINGENCIES: dict[bytes, ContingencyType] = {
    b"1": ContingencyType.ONE_CANCELS_THE_OTHER,
    b"2": ContingencyType.ONE_TRIGGERS_THE_OTHER,
    b"3": ContingencyType.ONE_UPDATES_THE_OTHER,
    b"4": ContingencyType.BRACKET,
}
"""ContingencyType (1385); 4 is FIX's own "Absolute" / our bracket, by agreement with the client."""

STRATEGIES: dict[bytes, Algorithm] = {
    b"1000": Algorithm.DIRECT,
    b"1001": Algorithm.BEST_PRICE,
    b"1002": Algorithm.TWAP,
}
"""TargetStrategy (847): values from 1000 on are for agreement between the parties."""

EXEC_TYPES: dict[ExecType, bytes] = {
    ExecType.NEW: b"0",
    ExecType.DONE_FOR_DAY: b"3",
    ExecType.CANCELED: b"4",
    ExecType.REPLACED: b"5",
    ExecType.PENDING_CANCEL: b"6",
    ExecType.STOPPED: b"7",
    ExecType.REJECTED: b"8",
    ExecType.SUSPENDED: b"9",
    ExecType.PENDING_NEW: b"A",
    ExecType.CALCULATED: b"B",
    ExecType.EXPIRED: b"C",
    ExecType.RESTATED: b"D",
    ExecType.PENDING_REPLACE: b"E",
    ExecType.TRADE: b"F",
    ExecType.TRADE_CORRECT: b"G",
    ExecType.TRADE_CANCEL: b"H",
    ExecType.ORDER_STATUS: b"I",
    ExecType.TRIGGERED: b"L",
}
"""ExecType (150) from FIX 4.3 on. FIX 4.2 has no F, G, H, I and L: see `oms.gateway.client_sessions.reports`."""

ORD_STATUSES: dict[OrdStatus, bytes] = {
    OrdStatus.NEW: b"0",
    OrdStatus.PARTIALLY_FILLED: b"1",
    OrdStatus.FILLED: b"2",
    OrdStatus.DONE_FOR_DAY: b"3",
    OrdStatus.CANCELED: b"4",
    OrdStatus.PENDING_CANCEL: b"6",
    OrdStatus.STOPPED: b"7",
    OrdStatus.REJECTED: b"8",
    OrdStatus.SUSPENDED: b"9",
    OrdStatus.PENDING_NEW: b"A",
    OrdStatus.CALCULATED: b"B",
    OrdStatus.EXPIRED: b"C",
    OrdStatus.PENDING_REPLACE: b"E",
    OrdStatus.UNKNOWN: b"A",
}
"""OrdStatus (39). UNKNOWN is ours and of children only; told, it is pending."""

RESTATEMENTS: dict[ExecRestatementReason, bytes] = {
    reason: str(reason - 1).encode() for reason in ExecRestatementReason if reason is not ExecRestatementReason.OTHER
} | {ExecRestatementReason.OTHER: b"99"}
"""ExecRestatementReason (378) of 5.0 SP2."""

_RESTATEMENTS_42 = frozenset((b"0", b"1", b"2", b"3", b"4", b"5"))


def restatement(reason: ExecRestatementReason, version: str) -> tuple[bytes, ...]:
    """Its code, none where the version has none for it: 4.4 has "other" for what came later, 4.2 has no such code.

    >>> restatement(ExecRestatementReason.PEG_REFRESH, "FIX.4.4"), restatement(ExecRestatementReason.OTHER, "FIX.4.2")
    ((b'99',), ())
    """
    code = RESTATEMENTS[reason]
    if version == "FIX.4.2" and code not in _RESTATEMENTS_42:
        return ()
    if version == "FIX.4.4" and reason is ExecRestatementReason.PEG_REFRESH:
        return (RESTATEMENTS[ExecRestatementReason.OTHER],)
    return (code,)


LIQUIDITY: dict[Liquidity, bytes] = {Liquidity.ADDED: b"1", Liquidity.REMOVED: b"2"}
"""LastLiquidityInd (851)."""

_ORD_REJ: dict[Reason, int] = {
    Reason.UNKNOWN_INSTRUMENT: 1,
    Reason.NOT_LISTED_AT_VENUE: 1,
    Reason.SESSION_CLOSED: 2,
    Reason.VENUE_DISABLED: 2,
    Reason.HALTED: 2,
    Reason.ORDER_QTY_LIMIT: 3,
    Reason.ORDER_NOTIONAL_LIMIT: 3,
    Reason.OPEN_ORDERS_LIMIT: 3,
    Reason.POSITION_LIMIT: 3,
    Reason.GOOD_UNTIL_PASSED: 4,
    Reason.CANCELED_BEFORE_ARRIVAL: 4,
    Reason.UNKNOWN_ORDER: 5,
    Reason.DUPLICATE_CL_ORD_ID: 6,
    Reason.TRADING_DATE_TOO_OLD: 8,
    Reason.UNSUPPORTED_COMBINATION: 11,
    Reason.FEATURE_NOT_OFFERED: 11,
    Reason.QTY_NOT_POSITIVE: 13,
    Reason.QTY_NOT_IN_LOTS: 13,
    Reason.UNKNOWN_ACCOUNT: 15,
    Reason.ACCOUNT_DISABLED: 15,
    Reason.ACCOUNT_NOT_OF_DESK: 15,
    Reason.PRICE_COLLAR: 16,
    Reason.PRICE_NOT_IN_TICKS: 18,
}
_OTHER, _BROKER_OPTION = 99, 0
_ORD_REJ_MAX_42, _ORD_REJ_MAX_44 = 8, 15


def ord_rej_reason(reason: Reason, version: str) -> bytes:
    """OrdRejReason (103) as far as the version has it; what is more specific is in Text.

    >>> ord_rej_reason(Reason.DUPLICATE_CL_ORD_ID, "FIX.4.2"), ord_rej_reason(Reason.PRICE_COLLAR, "FIX.4.4")
    (b'6', b'99')
    """
    code = _ORD_REJ.get(reason, _OTHER)
    if version == "FIX.4.2" and code > _ORD_REJ_MAX_42:
        return str(_BROKER_OPTION).encode()
    if version == "FIX.4.4" and code > _ORD_REJ_MAX_44:
        return str(_OTHER).encode()
    return str(code).encode()


_CXL_REJ: dict[Reason, int] = {
    Reason.TOO_LATE_TO_CANCEL: 0,
    Reason.ORDER_NOT_OPEN: 0,
    Reason.UNKNOWN_ORDER: 1,
    Reason.ALREADY_PENDING: 3,
    Reason.DUPLICATE_CL_ORD_ID: 6,
    Reason.PRICE_NOT_IN_TICKS: 18,
}
_CXL_BROKER_OPTION, _CXL_REJ_MAX_42, _CXL_REJ_MAX_44 = 2, 3, 6


def cxl_rej_reason(reason: Reason | None, version: str) -> bytes:
    """CxlRejReason (102) as far as the version has it.

    >>> cxl_rej_reason(Reason.TOO_LATE_TO_CANCEL, "FIX.4.4"), cxl_rej_reason(Reason.DUPLICATE_CL_ORD_ID, "FIX.4.2")
    (b'0', b'2')
    """
    code = _OTHER if reason is None else _CXL_REJ.get(reason, _OTHER)
    if version == "FIX.4.2" and code > _CXL_REJ_MAX_42:
        return str(_CXL_BROKER_OPTION).encode()
    if version == "FIX.4.4" and code > _CXL_REJ_MAX_44:
        return str(_OTHER).encode()
    return str(code).encode()


def code_of(table: Mapping[bytes, object], value: object) -> bytes:
    """The code of a value that has one."""
    return next(code for code, member in table.items() if member is value)
