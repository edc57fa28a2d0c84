"""Own trades against the venue's own word of them: its report to us, and the drop copy that comes another way (RTS 6 article 17(3)).

An execution is known by venue and ExecID. Each side says quantity, price and side of it; a bust takes a side's word back.

    said by both, alike             matched, and forgotten but for its key
    said by both, not alike         TRADE_DIFFERS at once
    said by one                     after GRACE_NS: TRADE_UNKNOWN_HERE (we have no such trade) or TRADE_NOT_CONFIRMED (the venue says none)
    said by the other after all     cleared, or TRADE_DIFFERS

The two ways do not come in order, so that a missing word means nothing before the grace ends. 3 s of it, and a tick a second: within 5 s.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from oms.core.enums import AlertKind, LimitScope
from oms.core.monitors.alerts import Measure

GRACE_NS = 3_000_000_000
MATCHED_KEPT = 100_000
"""Keys that are remembered once both sides agree: what is told again a day later would else be a trade nobody knows."""
WAITING_MAX = 50_000
"""Executions with one side only: beyond, the feed of one side is down, which is one alert and not fifty thousand."""


class Told(Enum):
    """Whose word it is."""

    OWN = "ours"
    VENUE = "the venue's"


@dataclass(frozen=True, slots=True)
class TradeSaid:
    """`signed_qty`: above 0 bought. `busted`: taken back. `at_ns`: when it was said, tape time."""

    told: Told
    venue_id: str
    exec_id: str
    account_id: str
    instrument_id: str
    signed_qty: int
    price: int
    at_ns: int
    busted: bool = False

    @property
    def key(self) -> str:
        return f"{self.venue_id}/{self.exec_id}"

    @property
    def terms(self) -> tuple[str, int, int, bool]:
        return self.instrument_id, self.signed_qty, self.price, self.busted


@dataclass(slots=True)
class TradeState:
    """`waiting`: by key, the one word there is, oldest first. `differs`: by key, both. `matched`: keys, oldest first."""

    waiting: dict[str, TradeSaid] = field(default_factory=dict)
    differs: dict[str, tuple[TradeSaid, TradeSaid]] = field(default_factory=dict)
    matched: dict[str, tuple[str, int, int, bool]] = field(default_factory=dict)
    overflown: int = 0


def said(state: TradeState, trade: TradeSaid) -> tuple[Measure, ...]:
    """Take one word in; what is wrong, or right again, at once."""
    key = trade.key
    if key in state.matched and state.matched[key] == trade.terms:
        return ()
    if key in state.differs:
        pair = tuple(trade if old.told is trade.told else old for old in state.differs.pop(key))
        return _compared(state, pair[0], pair[1])
    if key in state.matched:  # one side changed its word: a correction or a bust that the other has not told yet
        del state.matched[key]
    other = state.waiting.get(key)
    if other is not None and other.told is not trade.told:
        del state.waiting[key]
        return _compared(state, other, trade)
    if other is None and len(state.waiting) >= WAITING_MAX:
        state.overflown += 1
        return ()
    state.waiting[key] = trade
    return ()


def overdue(state: TradeState, now_ns: int) -> tuple[Measure, ...]:
    """At a tick: what was said by one side alone for longer than the grace. Costs what is overdue, not what waits."""
    late = []
    for trade in state.waiting.values():
        if now_ns - trade.at_ns < GRACE_NS:
            break  # the oldest come first
        late.append(_wrong(_MISSING[trade.told], trade, f"{trade.key} is {trade.told.value} word alone"))
    return tuple(late)


_MISSING = {Told.OWN: AlertKind.TRADE_NOT_CONFIRMED, Told.VENUE: AlertKind.TRADE_UNKNOWN_HERE}


def _compared(state: TradeState, one: TradeSaid, other: TradeSaid) -> tuple[Measure, ...]:
    settled = [_right(kind, one) for kind in (*_MISSING.values(), AlertKind.TRADE_DIFFERS)]
    if one.terms == other.terms:
        state.matched[one.key] = one.terms
        while len(state.matched) > MATCHED_KEPT:
            del state.matched[next(iter(state.matched))]
        return tuple(settled)
    state.differs[one.key] = one, other
    text = f"{one.key}: {one.told.value} is {_terms(one)}, {other.told.value} {_terms(other)}"
    return (*settled[:2], _wrong(AlertKind.TRADE_DIFFERS, one, text))


def _terms(trade: TradeSaid) -> str:
    return f"{trade.signed_qty} {trade.instrument_id} at {trade.price}" + (", taken back" if trade.busted else "")


def _wrong(kind: AlertKind, trade: TradeSaid, text: str) -> Measure:
    return Measure(kind, LimitScope.ACCOUNT, trade.account_id, trade.key, 1, 0, -1, text)


def _right(kind: AlertKind, trade: TradeSaid) -> Measure:
    return Measure(kind, LimitScope.ACCOUNT, trade.account_id, trade.key, 0, 0, -1)


def unsettled(state: TradeState) -> Iterable[str]:
    """Keys that are not matched: what a person looks at."""
    return (*state.waiting, *state.differs)
