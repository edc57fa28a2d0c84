"""Own trades against the venue's own word of them: its report to us, and the drop copy that comes another way (RTS 6 article 17(3)).

An execution is known by venue and ExecID; a correction (FIX TradeCorrect) has another ExecID and stays the same execution, for which each
side says what stands. Each side says quantity, price and side of it; a bust takes a side's word back, as if it had never been given.

    said by both, alike             matched
    anything else                   after GRACE_NS without news of it:
                                      TRADE_UNKNOWN_HERE    the venue says it, we do not
                                      TRADE_NOT_CONFIRMED   we say it, the venue does not
                                      TRADE_DIFFERS         both have said something, and not the same
    said alike after all            the alert is cleared

The two ways do not come in order: until the grace ends neither a missing word nor another one means anything. 3 s of it, counted from when
both ways were open, and asked at once when it is over: within 5 s. It does not know sessions, and reads no clock.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import IntEnum
from itertools import islice

from oms.core.enums import AlertKind, LimitScope
from oms.core.monitors.alerts import Measure

GRACE_NS = 3_000_000_000
MATCHED_KEPT = 5_000
"""Matched executions that are remembered, so that what is told again is nothing new: some minutes of the highest rate. What is forgotten
is still in the ledger of its order, where the caller looks."""
SAME_DAY_NS = 12 * 3_600_000_000_000
"""A day's executions, and what is told again of them, lie closer together; those of two days under one ExecID hardly ever do."""
UNSETTLED_MAX = 20_000
"""Executions on which the sides do not agree: beyond, the feed of one side is down, which is one alert and not twenty thousand."""
JUDGED_AT_ONCE_MAX = 200
"""In one record: a few tens of kilobytes."""


class Told(IntEnum):
    """Whose word it is."""

    OWN = 1
    VENUE = 2


@dataclass(frozen=True, slots=True)
class TradeSaid:
    """`signed_qty`: above 0 bought. `busted`: taken back. `at_ns`: when it was executed, tape time. `exec_id`: of its first report.
    `cl_ord_id`: of the venue's word, as it names the order."""

    told: Told
    venue_id: str
    exec_id: str
    account_id: str
    instrument_id: str
    signed_qty: int
    price: int
    at_ns: int
    busted: bool = False
    cl_ord_id: str = ""

    @property
    def key(self) -> str:
        return key_of(self.venue_id, self.exec_id)

    @property
    def terms(self) -> tuple[str, int, int] | None:
        """None: nothing stands."""
        return None if self.busted else (self.instrument_id, self.signed_qty, self.price)


def key_of(venue_id: str, exec_id: str) -> str:
    return f"{venue_id}/{exec_id}"


@dataclass(frozen=True, slots=True)
class Pair:
    """What each side says of an execution, None: nothing yet. `since_ns`: wall time of the newest word."""

    own: TradeSaid | None
    venue: TradeSaid | None
    since_ns: int

    @property
    def agrees(self) -> bool:
        return (self.own and self.own.terms) == (self.venue and self.venue.terms)

    @property
    def newest(self) -> TradeSaid:
        return max((word for word in (self.venue, self.own) if word is not None), key=lambda word: word.at_ns)


@dataclass(slots=True)
class TradeState:
    """Of one venue. By key: `waiting`: within the grace, the oldest news first; `judged`: an alert was due; `matched`: both alike, the oldest first.

    `agreed`: matched after an alert was due, which is to be cleared: key → tape time. `renamed`: ExecID of a correction, as a key → key of its execution. `raised`: key → the alert that is open about it.
    `copied`: keys of the copies that were taken, the oldest first. `unheard`: an alert was due, that one way is down. `judgements`: how often
    something was due. `overflown`: words that found no room.
    """

    venue_id: str
    waiting: dict[str, Pair] = field(default_factory=dict)
    judged: dict[str, Pair] = field(default_factory=dict)
    matched: dict[str, TradeSaid] = field(default_factory=dict)
    agreed: dict[str, int] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    raised: dict[str, str] = field(default_factory=dict)
    copied: dict[str, bool] = field(default_factory=dict)
    unheard: bool = False
    judgements: int = 0
    overflown: int = 0


def pair_of(state: TradeState, key: str) -> Pair | None:
    """What is known of the execution; None: nothing is."""
    found = state.waiting.get(key) or state.judged.get(key)
    if found is None and (both := state.matched.get(key)) is not None:
        return Pair(replace(both, told=Told.OWN), replace(both, told=Told.VENUE), both.at_ns)
    return found


def root_of(state: TradeState, key: str) -> str:
    """The key of the execution that this one names, or corrects."""
    return state.renamed.get(key, key)


def with_word(pair: Pair | None, word: TradeSaid, now_ns: int) -> Pair:
    """The pair once this is said as well. `now_ns`: wall time."""
    own, venue = (pair.own, pair.venue) if pair is not None else (None, None)
    return Pair(word, venue, now_ns) if word.told is Told.OWN else Pair(own, word, now_ns)


def is_news(pair: Pair | None, word: TradeSaid) -> bool:
    """Not what this side said last."""
    said = None if pair is None else pair.own if word.told is Told.OWN else pair.venue
    return said is None or said.terms != word.terms


def take(state: TradeState, word: TradeSaid, now_ns: int) -> None:
    """Take one word in."""
    key = word.key
    before = pair_of(state, key)
    if not is_news(before, word):
        return
    pair = with_word(before, word, now_ns)
    if before is None and not pair.agrees and len(state.waiting) + len(state.judged) >= UNSETTLED_MAX:
        state.overflown += 1
        return
    if pair.agrees:
        settle(state, key, word)
        return
    state.waiting.pop(key, None)
    state.judged.pop(key, None)
    state.matched.pop(key, None)
    state.agreed.pop(key, None)
    state.waiting[key] = pair


def settle(state: TradeState, key: str, word: TradeSaid) -> None:
    """From here on both sides count as having said this."""
    judged = state.judged.pop(key, None)
    state.waiting.pop(key, None)
    if judged is not None or key in state.raised:
        state.agreed[key] = word.at_ns
    state.matched.pop(key, None)
    state.matched[key] = word
    if len(state.matched) > MATCHED_KEPT:
        del state.matched[next(iter(state.matched))]


def rename(state: TradeState, exec_id_key: str, root: str) -> None:
    """A correction: what it names is that execution."""
    state.renamed[exec_id_key] = root
    if len(state.renamed) > MATCHED_KEPT:
        del state.renamed[next(iter(state.renamed))]


def remember(state: TradeState, key: str) -> None:
    """The venue has told this one."""
    state.copied[key] = True
    if len(state.copied) > MATCHED_KEPT:
        del state.copied[next(iter(state.copied))]


def is_of_another_day(state: TradeState, key: str, at_ns: int) -> bool:
    """Whether `at_ns` (tape time) is a later day than that of what the table has under this key: ExecIDs (17) are unique within a day only."""
    known = pair_of(state, root_of(state, key))
    return known is not None and known.newest.at_ns > 0 and at_ns - known.newest.at_ns >= SAME_DAY_NS


def forget(state: TradeState, key: str) -> None:
    """The key names another execution from here on. An alert that is open about the old one ends with what is found of the new one."""
    for table in (state.waiting, state.judged, state.matched, state.copied, state.renamed):
        table.pop(key, None)


def is_corrected(state: TradeState, key: str) -> bool:
    """Whether the venue has told a correction of it already, or a bust."""
    known = pair_of(state, key)
    if known is None or known.venue is None:
        return False
    return any(root == key and name in state.copied for name, root in state.renamed.items())


def next_due_ns(state: TradeState, open_since_ns: int) -> int | None:
    """When something is to be said: of the oldest difference, once it is no matter of time any more. `open_since_ns`: wall time since when both ways are open."""
    if state.agreed:
        return open_since_ns
    oldest = next(iter(state.waiting.values()), None)
    return max(oldest.since_ns, open_since_ns) + GRACE_NS if oldest is not None else None


def overdue(state: TradeState, open_since_ns: int, now_ns: int) -> tuple[str, ...]:
    """Keys of differences that are due, the oldest first, not more than one record can take. Costs what is overdue, not what waits."""
    due = []
    for key, pair in islice(state.waiting.items(), JUDGED_AT_ONCE_MAX):
        if max(pair.since_ns, open_since_ns) + GRACE_NS > now_ns:
            break  # the oldest come first
        due.append(key)
    return tuple(due)


def judge(state: TradeState, differ: Iterable[str], agree: Iterable[str]) -> None:
    """What was due has been said: these wait for news, and of those nothing is open any more."""
    for key in differ:
        state.judged[key] = state.waiting.pop(key)
    for key in agree:
        del state.agreed[key]


def measure_of(pair: Pair) -> Measure:
    """What is wrong with a pair that does not agree."""
    account_id = (pair.own or pair.newest).account_id
    return Measure(_kind(pair), LimitScope.ACCOUNT, account_id, pair.newest.key, 1, 0, -1, _text(pair))


def _kind(pair: Pair) -> AlertKind:
    if pair.own is None:
        return AlertKind.TRADE_UNKNOWN_HERE
    return AlertKind.TRADE_NOT_CONFIRMED if pair.venue is None else AlertKind.TRADE_DIFFERS


def _text(pair: Pair) -> str:
    key = pair.newest.key
    if pair.own is None or pair.venue is None:
        return f"{key} is {_WHOSE[pair.newest.told]} word alone: {_terms(pair.newest)}"
    return f"{key}: ours is {_terms(pair.own)}, the venue's {_terms(pair.venue)}"


_WHOSE = {Told.OWN: "our", Told.VENUE: "the venue's"}


def _terms(trade: TradeSaid) -> str:
    taken_back = ", taken back" if trade.busted else ""
    return f"{trade.signed_qty} {trade.instrument_id} at {trade.price}{taken_back}"


def unsettled(state: TradeState, of: Callable[[Pair], bool] = lambda _: True) -> tuple[str, ...]:
    """Keys on which the sides do not agree: what a person looks at."""
    return tuple([key for table in (state.waiting, state.judged) for key, pair in table.items() if of(pair)])
