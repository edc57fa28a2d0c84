"""The grantor of limits that span partitions: who has how much of each, and what happens to a wish, a release, and a change of the limit.

    limit changed    CreditLimitSet; where more is granted than it allows, everybody is recalled to nothing unused; of another value of the same
                     version everyone gets what is missing of its share, as far as it is free
    wanted           CreditAsked, CreditGranted of what is free, and the others are recalled by the rest
    released         CreditReturned, and what was asked first is granted first; what nobody waits for goes back to whom it came from,
                     so that a recall of all takes from each only what was needed

Nothing is granted before every partition that the limit spans has said what it uses: the first grants cover that, and only then what is
wanted beyond it. So use from before there was credit (another release, a limit that began to span) is held before anybody may add to it.

Invariants: what is granted never exceeds the limit in force when it was granted; it falls by releases that were read, and by nothing else.
There is no input for time, and no state for it.

It does not know what a holder uses: it finds out by recalling.
"""

from dataclasses import dataclass, field, replace

from oms.core.credit.events import (
    LAPSED,
    CreditAsked,
    CreditGranted,
    CreditLimitSet,
    CreditRecalled,
    CreditReleased,
    CreditReturned,
    CreditWanted,
    GrantorEvent,
)
from oms.core.money import Amount


@dataclass(slots=True)
class Line:
    """A holder's part of a limit. `left`: what it asked for and has not got; `keep`: of the recall in force, None where there is none.

    `in_use`: what it said that it uses when it asked or released last; `version`: of the limit, as it knew it when it asked last.
    """

    granted: int = 0
    seq: int = 0
    want_seq: int = 0
    release_seq: int = 0
    left: int = 0
    keep: int | None = None
    in_use: int = 0
    version: int = 0

    @property
    def unused(self) -> int:
        """As far as is known: only the holder knows."""
        return max(0, self.granted - self.in_use)


@dataclass(slots=True)
class GrantedLimit:
    """`queue`: partitions that wait for `left`, first asked first. `members`: those that the limit spans, as reference data has it.

    `removed_at`: the version by which it was removed last, 0: never. What holders said of their use until then is not so any more.
    """

    version: int = -1
    value: int = 0
    lines: dict[int, Line] = field(default_factory=dict)
    queue: list[int] = field(default_factory=list)
    members: tuple[int, ...] = ()
    removed_at: int = 0

    @property
    def opened(self) -> bool:
        """Whether anything was ever granted; of one that was removed, or has lapsed, whether all have said anew what they use, and something
        is."""
        if self.removed_at or any(_line(self, p).version == LAPSED for p in self.members):
            return not self.unheard() and self.granted > 0
        return any(line.seq for line in self.lines.values())

    def unheard(self) -> bool:
        """Whether a partition that the limit spans has not said what it uses; or not since it was removed, or has lapsed."""
        return any(not self._is_heard(_line(self, p)) for p in self.members)

    def _is_heard(self, line: Line) -> bool:
        return (
            bool(line.want_seq) and line.version != LAPSED and (not self.removed_at or line.version > self.removed_at)
        )

    @property
    def granted(self) -> int:
        return sum(line.granted for line in self.lines.values())

    @property
    def free(self) -> int:
        return max(0, self.value - self.granted)

    @property
    def over_by(self) -> int:
        return max(0, self.granted - self.value)


@dataclass(slots=True)
class GrantorState:
    """All limits of one partition of `oms.credit`, by id."""

    limits: dict[str, GrantedLimit] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LimitChanged:
    """Reference data has a new version of the limit, another of its versions came into force, or it spans other partitions.

    A limit that is removed has the value 0. `removed_at` as in `GrantedLimit`.
    """

    limit_id: str
    version: int
    value: int
    members: tuple[int, ...] = ()
    removed_at: int = 0


GrantorInput = LimitChanged | CreditWanted | CreditReleased


def decide(state: GrantorState, given: GrantorInput) -> tuple[GrantorEvent, ...]:
    """What follows; nothing of what was read before. What is wanted of a limit that is not known yet waits for it: nobody asks twice."""
    limit = state.limits.get(given.limit_id, GrantedLimit())
    match given:
        case LimitChanged():
            return _changed(limit, given)
        case CreditWanted():
            return _wanted(limit, given) if given.want_seq > _line(limit, given.partition).want_seq else ()
        case CreditReleased():
            return _released(limit, given) if given.release_seq > _line(limit, given.partition).release_seq else ()


def _changed(limit: GrantedLimit, change: LimitChanged) -> tuple[GrantorEvent, ...]:
    known = LimitChanged(change.limit_id, limit.version, limit.value, limit.members, limit.removed_at)
    if change.version < limit.version or known == change:
        return ()
    limit_id, over_by = change.limit_id, max(0, limit.granted - change.value)
    events: list[GrantorEvent] = [
        CreditLimitSet(
            limit_id, change.version, Amount(change.value), Amount(over_by), change.members, change.removed_at
        )
    ]
    if over_by:
        events += [
            CreditRecalled(limit_id, partition, line.seq + 1, Amount(0))
            for partition, line in sorted(limit.lines.items())
            if line.granted and line.keep != 0
        ]
        return tuple(events)
    changed = replace(limit, value=change.value, members=change.members, removed_at=change.removed_at)
    if change.version == limit.version:
        changed.lines = _with_shares(changed)
    if changed.opened and limit.value:
        return (*events, *_served(limit_id, changed, change.value - limit.granted))
    return tuple(events) if changed.unheard() else (*events, *_opened(limit_id, changed, dict(limit.lines)))


def _with_shares(limit: GrantedLimit) -> dict[int, Line]:
    """Lines that want their share at least: of a new version each holder asks for it, of another value by the clock nobody knows."""
    share = limit.value // max(1, len(limit.members))
    shares = {p: share - line.granted for p, line in limit.lines.items() if p in limit.members}
    return {p: replace(line, left=max(line.left, shares.get(p, 0))) for p, line in limit.lines.items()}


def _wanted(limit: GrantedLimit, wanted: CreditWanted) -> tuple[GrantorEvent, ...]:
    limit_id, asking = wanted.limit_id, wanted.partition
    line = _line(limit, asking)
    events: list[GrantorEvent] = [
        CreditAsked(limit_id, asking, wanted.want_seq, wanted.amount, wanted.in_use, wanted.version)
    ]
    if not limit.opened:
        asked = replace(
            line, want_seq=wanted.want_seq, left=wanted.amount, in_use=wanted.in_use, version=wanted.version
        )
        lines = limit.lines | {asking: asked}
        if replace(limit, lines=lines).unheard():
            return tuple(events)
        return (*events, *_opened(limit_id, limit, lines))
    waiting = any(partition != asking for partition in limit.queue)
    amount = min(0 if waiting else limit.free, wanted.amount)
    left = wanted.amount - amount
    if amount:
        events.append(CreditGranted(limit_id, asking, line.seq + 1, Amount(amount)))
    if left:
        events += _recalls(limit_id, limit, asking, left, max(0, wanted.urgent - amount))
    return tuple(events)


def _opened(limit_id: str, limit: GrantedLimit, lines: dict[int, Line]) -> list[GrantorEvent]:
    """The first grants: to everyone what it uses already, then what it wants beyond it, in the order of partitions; once to each. Where that is
    not enough for all, the others are recalled by what is missing."""
    free, amounts = limit.free, dict.fromkeys(sorted(lines), 0)
    for uses_alone in (True, False):
        for partition in amounts:
            line = lines[partition]
            wish = min(max(0, line.in_use - line.granted), line.left) if uses_alone else line.left
            more = max(0, min(free, wish - amounts[partition]))
            amounts[partition] += more
            free -= more
    found: list[GrantorEvent] = [
        CreditGranted(limit_id, p, lines[p].seq + 1, Amount(amount)) for p, amount in amounts.items() if amount
    ]
    missing = sum(lines[p].left - amount for p, amount in amounts.items())
    for p, amount in amounts.items():
        others, held = missing - (lines[p].left - amount), lines[p].granted + amount
        if held and others:
            seq = lines[p].seq + 1 + bool(amount)
            found.append(CreditRecalled(limit_id, p, seq, Amount(max(0, held - others))))
    return found


def _recalls(limit_id: str, limit: GrantedLimit, wanting: int, left: int, urgent: int) -> list[GrantorEvent]:
    """What an order was refused for is recalled of each of the others as a whole: who uses nothing gives it, and what was too much goes back to
    whom it came from. What is asked for ahead is recalled of each by its part of what seems unused, and where that is not enough, by its part
    of the rest: who said that it uses all may have stopped long ago. So nobody is left with nothing for it."""
    others = {p: line for p, line in sorted(limit.lines.items()) if p != wanting and line.granted}
    unused = sum(line.unused for line in others.values())
    used = sum(line.granted for line in others.values()) - unused
    found: list[GrantorEvent] = []
    for partition, line in others.items():
        part = _part(min(left, unused), line.unused, unused)
        part += _part(min(max(0, left - unused), used), line.granted - line.unused, used)
        keep = max(0, line.granted - max(urgent, part))
        if keep < line.granted and (line.keep is None or keep < line.keep):
            found.append(CreditRecalled(limit_id, partition, line.seq + 1, Amount(keep)))
    return found


def _part(amount: int, of: int, total: int) -> int:
    """Rounded up; nothing of nothing."""
    return -(-amount * of // total) if total else 0


def _released(limit: GrantedLimit, release: CreditReleased) -> tuple[GrantorEvent, ...]:
    limit_id, partition = release.limit_id, release.partition
    line = _line(limit, partition)
    assert 0 < release.amount <= line.granted, f"{release} of {line.granted} granted"
    returned = CreditReturned(limit_id, partition, release.release_seq, release.amount, release.in_use)
    free = limit.value - limit.granted + release.amount
    served = _served(limit_id, limit, free)
    back = min(release.amount, free - sum(limit.lines[p].left for p in limit.queue))
    if back > 0 and line.keep is not None and partition not in limit.queue:
        served.append(CreditGranted(limit_id, partition, line.seq + 1, Amount(back)))
    return (returned, *served)


def _served(limit_id: str, limit: GrantedLimit, free: int) -> list[GrantorEvent]:
    """Grants out of what is free, to those who wait, in their order, and to whom else something is due; at most one to each."""
    found: list[GrantorEvent] = []
    for partition in dict.fromkeys((*limit.queue, *sorted(limit.lines))):
        line = limit.lines[partition]
        amount = min(max(0, free), line.left)
        if amount:
            found.append(CreditGranted(limit_id, partition, line.seq + 1, Amount(amount)))
            free -= amount
    return found


def evolve(state: GrantorState, event: GrantorEvent) -> None:
    """The only way the state changes."""
    limit = state.limits.setdefault(event.limit_id, GrantedLimit())
    match event:
        case CreditLimitSet():
            limit.version, limit.value, limit.members = event.version, event.value, event.members
            limit.removed_at = event.removed_at
        case CreditAsked():
            line = limit.lines.setdefault(event.partition, Line())
            line.want_seq, line.left, line.in_use = event.want_seq, event.amount, event.in_use
            line.version = event.version
            _queue(limit, event.partition)
        case CreditGranted():
            line = limit.lines[event.partition]
            line.granted, line.seq, line.keep = line.granted + event.amount, event.seq, None
            line.left = max(0, line.left - event.amount)
            _queue(limit, event.partition)
        case CreditRecalled():
            line = limit.lines[event.partition]
            line.seq, line.keep = event.seq, event.keep
        case CreditReturned():
            line = limit.lines[event.partition]
            line.granted, line.release_seq = line.granted - event.amount, event.release_seq
            line.in_use = event.in_use


def _queue(limit: GrantedLimit, partition: int) -> None:
    waits = limit.lines[partition].left > 0
    if waits and partition not in limit.queue:
        limit.queue.append(partition)
    elif not waits and partition in limit.queue:
        limit.queue.remove(partition)


def _line(limit: GrantedLimit, partition: int) -> Line:
    return limit.lines.get(partition, Line())
