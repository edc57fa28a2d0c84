"""Lines of a market data connection of the local protocol, outside any session's numbers: who is told what, and where the tape is.

It decides nothing; `oms.venues.messages` says how a line is written.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FeedLogon:
    """First line of a feed connection. `trades_from_ns` > 0: first every print since then, by tape time, is sent (again)."""

    venues: tuple[str, ...]
    trades_from_ns: int = 0


@dataclass(frozen=True, slots=True)
class FeedReject:
    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """The displayed top, less what was taken from it by orders at this venue. Size 0 = side not shown."""

    time_ns: int
    venue: str
    symbol: str
    bid_px: int
    bid_size: int
    offer_px: int
    offer_size: int


@dataclass(frozen=True, slots=True)
class Trade:
    time_ns: int
    venue: str
    symbol: str
    last_px: int
    last_qty: int
    trade_id: str
    suspicious: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """From a feed client: at wall time `wall_ns` the tape is at `tape_ns` and runs at `speed_milli` / 1000; the highest anchor counts."""

    anchor: int
    wall_ns: int
    tape_ns: int
    speed_milli: int


@dataclass(frozen=True, slots=True)
class ClockStatus:
    """Where the tape is; `lag_ns`: how far behind where the clock wants it (tape time). `anchor` −1: none yet, the tape stands."""

    tape_ns: int
    lag_ns: int
    anchor: int
    tape_end: bool = False
