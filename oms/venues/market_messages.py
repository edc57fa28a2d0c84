"""Market data asked for in a numbered session, and what is answered: FIX 4.4 messages V, W, X, Y. Answers are numbered and never sent again.

Prices and sizes are at the instrument's scales, times UTC nanoseconds. `entries` are JSON arrays, as `Entry` has its fields.
"""

import json
from dataclasses import dataclass
from typing import NamedTuple

BID, OFFER, TRADE = "0", "1", "2"
"""MDEntryType (269)."""

NEW, CHANGE, DELETE = "0", "1", "2"
"""MDUpdateAction (279)."""

SNAPSHOT, SUBSCRIBE, UNSUBSCRIBE = "0", "1", "2"
"""SubscriptionRequestType (263)."""

FULL_BOOK, TOP_OF_BOOK = 0, 1
"""MarketDepth (264); above 1: so many levels."""

FULL_REFRESH, INCREMENTAL = 0, 1
"""MDUpdateType (265)."""

UNKNOWN_SYMBOL, DUPLICATE_ID, NO_SUCH_TYPE, NO_SUCH_UPDATE, NO_SUCH_ENTRY = "0", "1", "4", "6", "8"
"""MDReqRejReason (281)."""


class Entry(NamedTuple):
    """`action` empty in a snapshot. `level`: MDEntryPositionNo (290) from 1, 0 of a trade. `entry_id`: MDEntryID (278)."""

    entry_type: str
    px: int
    size: int
    time_ns: int
    level: int = 0
    entry_id: str = ""
    action: str = ""

    def text(self) -> str:
        return json.dumps(self, separators=(",", ":"))

    @classmethod
    def of(cls, text: str) -> "Entry":
        return cls(*json.loads(text))


@dataclass(frozen=True, slots=True)
class MarketDataRequest:
    """`market`: the venue that the session is with."""

    msg_seq_num: int
    md_req_id: str
    subscription_request_type: str
    market_depth: int
    market: str
    md_update_type: int = FULL_REFRESH
    md_entry_types: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    poss_dup_flag: bool = False


@dataclass(frozen=True, slots=True)
class MarketDataSnapshot:
    msg_seq_num: int
    md_req_id: str
    symbol: str
    entries: tuple[str, ...]
    poss_dup_flag: bool = False


@dataclass(frozen=True, slots=True)
class MarketDataIncremental:
    msg_seq_num: int
    md_req_id: str
    symbol: str
    entries: tuple[str, ...]
    poss_dup_flag: bool = False


@dataclass(frozen=True, slots=True)
class MarketDataRequestReject:
    msg_seq_num: int
    md_req_id: str
    md_req_rej_reason: str
    text: str
    poss_dup_flag: bool = False


MarketAnswer = MarketDataSnapshot | MarketDataIncremental | MarketDataRequestReject
MarketMessage = MarketDataRequest | MarketAnswer
