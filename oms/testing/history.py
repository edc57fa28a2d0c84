"""A history checker in the manner of Jepsen's Kafka workload, with what an order management system must hold on top.

It is given what was asked and what was seen, and says what cannot be true of a log that keeps its word, or of a system that never loses
an order and never sends one twice. It is pure, and shares nothing with what it judges: places, offsets and values are all it knows.

A *value* is a name for what was written; two values are equal where they are the same thing. An append's outcome is OK (acknowledged),
UNKNOWN (it may be in the log, now, later or never) or REFUSED (it was said to be without effect). A value may be in the log as often as
it was asked for, and once more for a producer that failed beside it (`_copies`): a desk that repeats a command whose fate it does not know
is served by the business key, not by the log. That such a command is decided once is another verdict, without any allowance.

Invariants: a verdict names what proves it; the same history always gives the same findings, in the same order; an empty history has none.

Source of the verdicts on logs: Jepsen's `jepsen.tests.kafka` (lost-write, duplicate, unseen, poll-skip, nonmonotonic-poll,
nonmonotonic-send, inconsistent-offsets, G1a).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

Place = tuple[str, int]
"""Topic and partition."""

Fill = tuple[str, str, int, int]
"""Order, execution id as the venue gave it, price, quantity."""

SHOWN_MAX = 5
"""Of one difference between two sources: enough to look for the cause, few enough to read."""


class Verdict(Enum):
    LOST = "lost"
    UNSEEN = "unseen"
    DUPLICATE = "duplicate"
    REORDERED = "reordered"
    GAP = "gap"
    ABORTED = "aborted"
    TWO_VALUES = "two values"
    UNDECIDED = "undecided"
    DECIDED_TWICE = "decided twice"
    SENT_TWICE = "sent twice"
    FILLS_DIFFER = "fills differ"
    AUDIT_HOLE = "audit hole"
    AUDIT_DOUBLE = "audit double"


LOST_KINDS = frozenset({Verdict.LOST, Verdict.UNSEEN, Verdict.UNDECIDED})
DUPLICATED_KINDS = frozenset({Verdict.DUPLICATE, Verdict.DECIDED_TWICE, Verdict.SENT_TWICE, Verdict.AUDIT_DOUBLE})
REORDERED_KINDS = frozenset({Verdict.REORDERED})
GAP_KINDS = frozenset({Verdict.GAP, Verdict.AUDIT_HOLE})


class Outcome(Enum):
    OK = "ok"
    UNKNOWN = "unknown"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that cannot be. `text` is one line that names where."""

    verdict: Verdict
    text: str


@dataclass(frozen=True, slots=True)
class Append:
    """A value that a producer asked for, `attempts` times. `offset`: where its acknowledgement said it is; None where it said nothing.

    `began` is when it was first asked for, `ended` when it was acknowledged (or given up), on one clock. `unknown`: how many of the attempts
    had no known outcome.
    """

    place: Place
    value: str
    outcome: Outcome
    offset: int | None
    began: int
    ended: int
    attempts: int = 1
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Poll:
    """What one read gave a reader of one place, in the order in which it came: (offset, value). A reader's polls come in order."""

    reader: str
    place: Place
    seen: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Acted:
    """A record that counts, of a stage at (`place`, `offset`), was decided from the input at (`source`, `source_offset`)."""

    place: Place
    offset: int
    source: Place
    source_offset: int


@dataclass(frozen=True, slots=True)
class Position:
    """A consumer said that what it reads next of `place` is `next_offset`. A consumer's positions come in order."""

    reader: str
    place: Place
    next_offset: int


@dataclass(frozen=True, slots=True)
class Audited:
    """What the audit's store has of one place below `due`, where the log ended when everything was asked for: all its rows, how many
    different offsets they have. `beyond`: rows that name offsets which the log has not, even afterwards."""

    place: Place
    due: int
    rows: int
    offsets: int
    beyond: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """Everything that is judged together. What is empty is not judged.

    `polls`: every reader's, of values in the name space of `appends` (for one place all readers name values alike).
    `ends`: one past the last offset of each place, when everything was still. `void`: the offsets that do not count by the run rule.
    `commands`: key → whether a desk was told that it is written. `decided`: the keys of all decisions, refusals of a reused id left out.
    `venue_news`: the names of all orders that venues were asked to create, in the order read. `fills`: source → what it says was executed.
    """

    appends: Sequence[Append] = ()
    polls: Sequence[Poll] = ()
    ends: Mapping[Place, int] = field(default_factory=dict)
    void: Mapping[Place, frozenset[int]] = field(default_factory=dict)
    acted: Sequence[Acted] = ()
    positions: Sequence[Position] = ()
    commands: Mapping[str, bool] = field(default_factory=dict)
    decided: Sequence[str] = ()
    venue_news: Sequence[str] = ()
    fills: Mapping[str, Sequence[Fill]] = field(default_factory=dict)
    audited: Sequence[Audited] = ()


def check(history: History) -> tuple[Finding, ...]:
    """Everything that is wrong with a history; empty where nothing is."""
    seen = _Seen(history.polls)
    return (
        *_two_values(history, seen),
        *_appends(history.appends, seen),
        *_copies(history.appends, seen),
        *_order_of_appends(history.appends, seen),
        *_order_of_reads(history.polls),
        *_acted(history),
        *_positions(history),
        *_decisions(history),
        *_venue(history.venue_news),
        *_fills(history.fills),
        *_audited(history),
    )


def counts(findings: Iterable[Finding]) -> tuple[int, int, int, int, int]:
    """(lost, duplicated, reordered, gaps, other)."""
    found = [0, 0, 0, 0, 0]
    kinds = (LOST_KINDS, DUPLICATED_KINDS, REORDERED_KINDS, GAP_KINDS)
    for finding in findings:
        found[next((n for n, kind in enumerate(kinds) if finding.verdict in kind), 4)] += 1
    return found[0], found[1], found[2], found[3], found[4]


def _name(place: Place, offset: int | None = None) -> str:
    return f"{place[0]}/{place[1]}" + (f"@{offset}" if offset is not None else "")


class _Seen:
    """All that any reader saw, by place: offset → values, value → offsets, and how far anyone read."""

    def __init__(self, polls: Sequence[Poll]) -> None:
        self.at: dict[Place, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.where: dict[Place, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        self.furthest: dict[Place, int] = {}
        for poll in polls:
            for offset, value in poll.seen:
                self.at[poll.place][offset].add(value)
                self.where[poll.place][value].add(offset)
                self.furthest[poll.place] = max(offset, self.furthest.get(poll.place, -1))

    def offsets(self, append: Append) -> set[int]:
        return self.where[append.place].get(append.value, set())


def _two_values(history: History, seen: _Seen) -> Iterator[Finding]:
    """One offset, two values: two readers saw different things there, or an acknowledgement named an offset that holds something else."""
    for place, at in sorted(seen.at.items()):
        for offset, values in sorted(at.items()):
            if len(values) > 1:
                yield Finding(Verdict.TWO_VALUES, f"{_name(place, offset)}: {', '.join(sorted(values))}")
    for append in history.appends:
        there = seen.at[append.place].get(append.offset, set()) if append.offset is not None else set()
        if append.outcome is Outcome.OK and there and append.value not in there:
            text = f"{_name(append.place, append.offset)}: acknowledged {append.value}, read {', '.join(sorted(there))}"
            yield Finding(Verdict.TWO_VALUES, text)


def _appends(appends: Sequence[Append], seen: _Seen) -> Iterator[Finding]:
    """Acknowledged and not there: lost where something later was read, unseen where nobody came that far. Refused and there: aborted."""
    last_seen: dict[Place, int] = {}  # the latest beginning of an append that was seen
    for append in appends:
        if seen.offsets(append):
            last_seen[append.place] = max(append.began, last_seen.get(append.place, append.began))
    for append in appends:
        there = seen.offsets(append)
        if append.outcome is Outcome.REFUSED and there:
            yield Finding(Verdict.ABORTED, f"{append.value} was refused, and is at {_name(append.place, min(there))}")
        if append.outcome is Outcome.OK and not there:
            if append.offset is not None:
                passed = seen.furthest.get(append.place, -1) >= append.offset
            else:
                passed = append.place in last_seen and last_seen[append.place] > append.ended
            verdict = Verdict.LOST if passed else Verdict.UNSEEN
            yield Finding(verdict, f"{append.value} was acknowledged, and is not in {_name(append.place)}")


def _copies(appends: Sequence[Append], seen: _Seen) -> Iterator[Finding]:
    """More copies than were asked for and than a failing producer can have made of what was in flight beside its failure.

    An idempotent client that gives a record up begins a new producer epoch, in which the broker knows none of the old sequence numbers,
    and sends what else was in flight again: each append of unknown outcome may double those that overlap it in time, once.
    """
    doubtful = [append for append in appends if append.unknown]
    asked: dict[tuple[Place, str], list[Append]] = defaultdict(list)
    for append in appends:
        asked[append.place, append.value].append(append)
    for (place, value), those in sorted(asked.items(), key=lambda item: item[0]):
        offsets = sorted(seen.where[place].get(value, set()))
        attempts = sum(append.attempts for append in those)
        if len(offsets) <= attempts:
            continue
        beside = sum(d.unknown for d in doubtful if d.place == place and any(_overlap(d, append) for append in those))
        if len(offsets) > attempts + beside:
            text = f"{value} was asked for {attempts} times, and is in {_name(place)} at {offsets}"
            yield Finding(Verdict.DUPLICATE, text)


def _overlap(one: Append, other: Append) -> bool:
    return one.began <= other.ended and other.began <= one.ended


def _order_of_appends(appends: Sequence[Append], seen: _Seen) -> Iterator[Finding]:
    """What was acknowledged before another was asked for stands before it."""
    by_place: dict[Place, list[Append]] = defaultdict(list)
    for append in appends:
        if append.outcome is Outcome.OK and seen.offsets(append):
            by_place[append.place].append(append)
    for place, those in sorted(by_place.items()):
        ended = sorted(those, key=lambda a: a.ended)
        highest: tuple[int, str] = (-1, "")  # first offset and value of what was acknowledged so far
        passed = 0
        for append in sorted(those, key=lambda a: a.began):
            while passed < len(ended) and ended[passed].ended < append.began:
                highest = max(highest, (min(seen.offsets(ended[passed])), ended[passed].value))
                passed += 1
            first = min(seen.offsets(append))
            if highest[0] > first and highest[1] != append.value:
                text = f"{_name(place)}: {highest[1]} was acknowledged before {append.value} was asked for, and is at {highest[0]} after {first}"
                yield Finding(Verdict.REORDERED, text)


def _order_of_reads(polls: Sequence[Poll]) -> Iterator[Finding]:
    """A reader goes from offset to offset: never back, and past none."""
    last: dict[tuple[str, Place], int] = {}
    for poll in polls:
        for offset, _ in poll.seen:
            before = last.get((poll.reader, poll.place), offset - 1)
            if offset <= before:
                text = f"{poll.reader} read {_name(poll.place, offset)} after {before}"
                yield Finding(Verdict.REORDERED, text)
            elif offset > before + 1:
                text = f"{poll.reader} read {_name(poll.place, offset)} after {before}: nothing between"
                yield Finding(Verdict.GAP, text)
            last[poll.reader, poll.place] = offset


def _acted(history: History) -> Iterator[Finding]:
    """An input is acted on at most once, in its order, and only where it counts."""
    last: dict[tuple[Place, Place], int] = {}
    for act in history.acted:
        what = f"{_name(act.place, act.offset)} acted on {_name(act.source, act.source_offset)}"
        before = last.get((act.place, act.source), -1)
        if act.source_offset == before:
            yield Finding(Verdict.DUPLICATE, f"{what}, as the record before did")
        elif act.source_offset < before:
            yield Finding(Verdict.REORDERED, f"{what} after {before}")
        if act.source_offset in history.void.get(act.source, frozenset()):
            yield Finding(Verdict.ABORTED, f"{what}, which does not count")
        if act.source in history.ends and act.source_offset >= history.ends[act.source]:
            yield Finding(Verdict.LOST, f"{what}, which is not in the log: it ends at {history.ends[act.source]}")
        last[act.place, act.source] = max(before, act.source_offset)


def _positions(history: History) -> Iterator[Finding]:
    """A consumer's position never goes back, and never past the end."""
    last: dict[tuple[str, Place], int] = {}
    for said in history.positions:
        before = last.get((said.reader, said.place), -1)
        if said.next_offset < before:
            text = f"{said.reader} went back from {before} to {_name(said.place, said.next_offset)}"
            yield Finding(Verdict.REORDERED, text)
        last[said.reader, said.place] = max(before, said.next_offset)
    for (reader, place), position in sorted(last.items()):
        if place in history.ends and position > history.ends[place]:
            text = f"{reader} has read {_name(place)} up to {position}, and it ends at {history.ends[place]}"
            yield Finding(Verdict.LOST, text)


def _decisions(history: History) -> Iterator[Finding]:
    """A command of which a desk was told that it is written has exactly one decision; any other at most one."""
    if not history.commands and not history.decided:
        return
    decided = Counter(history.decided)
    for key, acknowledged in sorted(history.commands.items()):
        if acknowledged and not decided[key]:
            yield Finding(Verdict.UNDECIDED, f"{key} was acknowledged to its desk, and never decided")
    for key, times in sorted(decided.items()):
        if times > 1:
            yield Finding(Verdict.DECIDED_TWICE, f"{key} has {times} decisions")


def _venue(news: Sequence[str]) -> Iterator[Finding]:
    """A venue reads an order to create once."""
    for name, times in sorted(Counter(news).items()):
        if times > 1:
            yield Finding(Verdict.SENT_TWICE, f"{name} was read {times} times by its venue")


def _fills(fills: Mapping[str, Sequence[Fill]]) -> Iterator[Finding]:
    """Every source has the same fills, each once. The first source is what the others are compared with."""
    sources = list(fills)
    for source in sources:
        twice = [fill for fill, times in Counter(fills[source]).items() if times > 1]
        if twice:
            yield Finding(Verdict.FILLS_DIFFER, f"{source} has more than once: {_some(twice)}")
    for source in sources[1:]:
        missing = set(fills[sources[0]]) - set(fills[source])
        strange = set(fills[source]) - set(fills[sources[0]])
        if missing:
            yield Finding(Verdict.FILLS_DIFFER, f"{sources[0]} has what {source} has not: {_some(missing)}")
        if strange:
            yield Finding(Verdict.FILLS_DIFFER, f"{source} has what {sources[0]} has not: {_some(strange)}")


def _some(fills: Iterable[Fill]) -> str:
    those = sorted(fills)
    text = ", ".join(f"{qty} @ {px} of {order} ({exec_id})" for order, exec_id, px, qty in those[:SHOWN_MAX])
    return text + (f" and {len(those) - SHOWN_MAX} more" if len(those) > SHOWN_MAX else "")


def _audited(history: History) -> Iterator[Finding]:
    """The audit has each offset of each audited place once, and nothing else."""
    for there in history.audited:
        name = _name(there.place)
        if there.offsets < there.due:
            yield Finding(Verdict.AUDIT_HOLE, f"{name}: the audit has {there.offsets} of {there.due} offsets")
        if there.rows > there.offsets:
            text = f"{name}: the audit has {there.rows} rows for {there.offsets} offsets"
            yield Finding(Verdict.AUDIT_DOUBLE, text)
        if there.beyond:
            yield Finding(Verdict.LOST, f"{name}: the audit has {there.beyond} rows beyond the end of the log")
