"""FIX's codes for the enumerations that an order session carries, as FIX 4.4 has them; what came later, by its later code.

They are facts of the standard. What a venue does otherwise stands in its rules of engagement (`oms.venues.fix_rules`).
Sources: FIX 4.4 volume 6 (fields 18, 39, 40, 54, 59, 102, 103, 150, 378, 434, 851); FIX Latest (59=A, 1094, 1916, 2964).
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any

from oms.core.enums import (
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
from oms.core.venue_reasons import CxlRejReason, OrdRejReason

Codes = Mapping[Any, str]
"""Member → code."""


def _codes(kind: type[Enum], text: str) -> Codes:
    """`NAME=code` for each member that has one. FIX has codes for more than we know: those of no member are left out."""
    parts = (part.partition("=") for part in text.split())
    return MappingProxyType({kind[name]: code for name, _, code in parts if name in kind.__members__})


STANDARD: Mapping[str, Codes] = MappingProxyType(
    {
        "Side": _codes(Side, "BUY=1 SELL=2 SELL_SHORT=5"),
        "OrdType": _codes(OrdType, "MARKET=1 LIMIT=2 STOP=3 STOP_LIMIT=4 MARKET_TO_LIMIT=K PEGGED=P"),
        "TimeInForce": _codes(
            TimeInForce, "DAY=0 GTC=1 AT_THE_OPENING=2 IOC=3 FOK=4 GTD=6 AT_THE_CLOSE=7 GOOD_FOR_TIME=A"
        ),
        "ExecInst": _codes(ExecInst, "PARTICIPATE_DONT_INITIATE=6 ALL_OR_NONE=G DO_NOT_INCREASE=E"),
        "PegExecInst": _codes(PegPriceType, "PRIMARY=R MID=M MARKET=P TRAILING_STOP=a"),
        "PegPriceType": _codes(PegPriceType, "PRIMARY=5 MID=2 MARKET=4 TRAILING_STOP=8"),
        "OrdStatus": _codes(
            OrdStatus,
            "NEW=0 PARTIALLY_FILLED=1 FILLED=2 DONE_FOR_DAY=3 CANCELED=4 PENDING_CANCEL=6 STOPPED=7 REJECTED=8 SUSPENDED=9 "
            "PENDING_NEW=A CALCULATED=B EXPIRED=C PENDING_REPLACE=E",
        ),
        "ExecType": _codes(
            ExecType,
            "NEW=0 DONE_FOR_DAY=3 CANCELED=4 REPLACED=5 PENDING_CANCEL=6 STOPPED=7 REJECTED=8 SUSPENDED=9 PENDING_NEW=A CALCULATED=B "
            "EXPIRED=C RESTATED=D PENDING_REPLACE=E TRADE=F TRADE_CORRECT=G TRADE_CANCEL=H ORDER_STATUS=I TRIGGERED=L",
        ),
        "ExecRestatementReason": _codes(
            ExecRestatementReason,
            "GT_CORPORATE_ACTION=0 GT_RENEWAL=1 VERBAL_CHANGE=2 REPRICING=3 BROKER_OPTION=4 PARTIAL_DECLINE=5 CANCEL_ON_TRADING_HALT=6 "
            "CANCEL_ON_SYSTEM_FAILURE=7 MARKET_OPTION=8 CANCELED_NOT_BEST=9 WAREHOUSE_RECAP=10 PEG_REFRESH=11 OTHER=99",
        ),
        "LastLiquidityInd": _codes(Liquidity, "ADDED=1 REMOVED=2 AUCTION=4"),
        "OrdRejReason": _codes(
            OrdRejReason,
            "UNKNOWN_SYMBOL=1 EXCHANGE_CLOSED=2 DUPLICATE_ORDER=6 UNSUPPORTED_ORDER=11 INCORRECT_QUANTITY=13 INVALID_PRICE_INCREMENT=18 "
            "OTHER=99",
        ),
        "CxlRejReason": _codes(
            CxlRejReason,
            "TOO_LATE_TO_CANCEL=0 UNKNOWN_ORDER=1 BROKER_OPTION=2 ALREADY_PENDING=3 DUPLICATE_CL_ORD_ID=6 INVALID_PRICE_INCREMENT=18 "
            "OTHER=99",
        ),
        "SelfMatchPreventionInstruction": _codes(
            SelfMatchPrevention, "CANCEL_AGGRESSIVE=1 CANCEL_PASSIVE=2 CANCEL_BOTH=3"
        ),
        "CxlRejResponseTo": MappingProxyType({"OrderCancelRequest": "1", "OrderCancelReplaceRequest": "2"}),
    }
)
"""By the name of the field (of a peg in ExecInst, as FIX 4.4 has it: `PegExecInst`)."""

UNDISCLOSED = "7"
"""Side of a report about an order that the venue does not know: FIX asks for one."""

NO_SYMBOL = "[N/A]"
"""Symbol where FIX asks for one and there is none (FIX 4.4, component Instrument)."""

OTHERWISE: Mapping[str, Enum | None] = MappingProxyType(
    {
        "OrdRejReason": OrdRejReason.OTHER,
        "CxlRejReason": CxlRejReason.OTHER,
        "ExecRestatementReason": ExecRestatementReason.OTHER,
        "LastLiquidityInd": None,
        "Side": None,
        "OrdType": None,
        "TimeInForce": None,
    }
)
"""What a code that we do not know counts as, in a report; of a field that is not here the message cannot be taken."""
