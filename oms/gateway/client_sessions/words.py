"""FIX's codes for our vocabularies, both ways, where 4.2, 4.4 and 5.0 SP2 differ by version. Tables only.

A code that is not in a table is one that we do not take: the message is refused by its tag, never guessed.
"""

from collections.abc import Mapping
from typing import Any

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
from oms.wire.fix_codes import STANDARD


def _members(field: str) -> dict[bytes, Any]:
    """Code → member, of what the standard says (`oms.wire.fix_codes`): what a client may send."""
    return {code.encode(): member for member, code in STANDARD[field].items()}


def _codes(field: str) -> dict[Any, bytes]:
    """Member → code: what a client is told."""
    return {member: code.encode() for member, code in STANDARD[field].items()}


SIDES: dict[bytes, Side] = _members("Side")
ORD_TYPES: dict[bytes, OrdType] = _members("OrdType")
TIMES_IN_FORCE: dict[bytes, TimeInForce] = _members("TimeInForce")

EXEC_INSTS: dict[str, ExecInst] = {code: member for member, code in STANDARD["ExecInst"].items()}
"""ExecInst (18), one character each."""

EXEC_INST_PEGS: dict[str, PegPriceType] = {code: member for member, code in STANDARD["PegExecInst"].items()}
"""ExecInst (18) as FIX 4.2 and 4.4 say what a peg follows; 5.0 has PegPriceType (1094)."""

PEG_PRICE_TYPES: dict[bytes, PegPriceType] = _members("PegPriceType")
SELF_MATCHES: dict[bytes, SelfMatchPrevention] = _members("SelfMatchPreventionInstruction")

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

EXEC_TYPES: dict[ExecType, bytes] = _codes("ExecType")
"""ExecType (150) from FIX 4.3 on. FIX 4.2 has no F, G, H, I and L: see `oms.gateway.client_sessions.reports`."""

ORD_STATUSES: dict[OrdStatus, bytes] = _codes("OrdStatus") | {OrdStatus.UNKNOWN: b"A"}
"""OrdStatus (39). UNKNOWN is ours and of children only; told, it is pending."""

RESTATEMENTS: dict[ExecRestatementReason, bytes] = _codes("ExecRestatementReason")
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


LIQUIDITY: dict[Liquidity, bytes] = _codes("LastLiquidityInd")
"""LastLiquidityInd (851) of 5.0 SP2."""


def liquidity(known: Liquidity, version: str) -> tuple[bytes, ...]:
    """Its code, none where the version has none for it: 4.2 has no such field, 4.4 knows no auctions.

    >>> liquidity(Liquidity.AUCTION, "FIX.4.4"), liquidity(Liquidity.AUCTION, "FIX.5.0SP2")
    ((), (b'4',))
    """
    if version == "FIX.4.2" or (version == "FIX.4.4" and known is Liquidity.AUCTION):
        return ()
    return (LIQUIDITY[known],)


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


_MASS_CANCEL_REJ: dict[Reason, int] = {Reason.UNKNOWN_INSTRUMENT: 1, Reason.UNKNOWN_VENUE: 7}
_MASS_CANCEL_REJ_MAX_44, _NOT_SUPPORTED = 6, 0


def mass_cancel_rej_reason(reason: Reason, version: str) -> bytes:
    """MassCancelRejectReason (532) as far as the version has it. In 4.4 it is one character: "99" is in its list, and no engine takes it.

    >>> mass_cancel_rej_reason(Reason.UNKNOWN_ACCOUNT, "FIX.4.4"), mass_cancel_rej_reason(Reason.UNKNOWN_ACCOUNT, "FIX.5.0SP2")
    (b'0', b'99')
    """
    code = _MASS_CANCEL_REJ.get(reason, _OTHER)
    if version == "FIX.4.4" and code > _MASS_CANCEL_REJ_MAX_44:
        return str(_NOT_SUPPORTED).encode()
    return str(code).encode()


def code_of(table: Mapping[bytes, object], value: object) -> bytes:
    """The code of a value that has one."""
    return next(code for code, member in table.items() if member is value)
