"""The grantor of limits that span partitions: who has how much of each, and what happens to a wish, a release, and a change of the limit.

    limit changed    CreditLimitSet; where more is granted than it allows, everybody is recalled to nothing unused
    wanted           CreditAsked, CreditGranted of what is free, and the others are recalled by the rest
    released         CreditReturned, and what was asked first is granted first

Invariants: what is granted never exceeds the limit in force when it was granted; it falls by releases that were read, and by nothing else.
There is no input for time, and no state for it.

It does not know what a holder uses: it finds out by recalling.
"""

from dataclasses import dataclass, field

from oms.core.credit.events import (
    CreditAsked,
    CreditGranted,
    CreditLimitSet,
    CreditRecalled,
    CreditReleased,
    CreditReturned,
    CreditWanted,
    GrantorEvent,
)


@dataclass(slots=True)
class Line:
    """A holder's part of a limit. `left`: what it asked for and has not got; `keep`: of the recall in force, None where there is none."""

    granted: int = 0
    seq: int = 0
    want_seq: int = 0
    release_seq: int = 0
    left: int = 0
    keep: int | None = None


@dataclass(slots=True)
class GrantedLimit:
    """`queue`: partitions that wait for `left`, first asked first."""

    version: int = -1
    value: int = 0
    lines: dict[int, Line] = field(default_factory=dict)
    queue: list[int] = field(default_factory=list)

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
    """Reference data has a new version of the limit. A limit that is gone has the value 0."""

    limit_id: str
    version: int
    value: int


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
    if change.version <= limit.version:
        return ()
    over_by = max(0, limit.granted - change.value)
    events: list[GrantorEvent] = [CreditLimitSet(change.limit_id, change.version, change.value, over_by)]
    if over_by:
        events += [
            CreditRecalled(change.limit_id, partition, line.seq + 1, 0)
            for partition, line in sorted(limit.lines.items())
            if line.granted and line.keep != 0
        ]
        return tuple(events)
    return (*events, *_served(change.limit_id, limit, change.value - limit.granted))


def _wanted(limit: GrantedLimit, wanted: CreditWanted) -> tuple[GrantorEvent, ...]:
    line = _line(limit, wanted.partition)
    waiting = any(partition != wanted.partition for partition in limit.queue)
    amount = min(0 if waiting else limit.free, wanted.amount)
    left = wanted.amount - amount
    events: list[GrantorEvent] = [CreditAsked(wanted.limit_id, wanted.partition, wanted.want_seq, wanted.amount)]
    if amount:
        events.append(CreditGranted(wanted.limit_id, wanted.partition, line.seq + 1, amount))
    if left:
        events += _recalls(wanted.limit_id, limit, wanted.partition, left)
    return tuple(events)


def _recalls(limit_id: str, limit: GrantedLimit, wanting: int, left: int) -> list[GrantorEvent]:
    """Each of the others by all that is missing: who uses nothing gives it, and who gave too much asks again."""
    found: list[GrantorEvent] = []
    for partition, line in sorted(limit.lines.items()):
        keep = max(0, line.granted - left)
        if partition != wanting and line.granted and (line.keep is None or keep < line.keep):
            found.append(CreditRecalled(limit_id, partition, line.seq + 1, keep))
    return found


def _released(limit: GrantedLimit, release: CreditReleased) -> tuple[GrantorEvent, ...]:
    line = _line(limit, release.partition)
    assert 0 < release.amount <= line.granted, f"{release} of {line.granted} granted"
    returned = CreditReturned(release.limit_id, release.partition, release.release_seq, release.amount)
    return (returned, *_served(release.limit_id, limit, limit.value - limit.granted + release.amount))


def _served(limit_id: str, limit: GrantedLimit, free: int) -> list[GrantorEvent]:
    """Grants out of what is free, to those who wait, in their order; at most one to each."""
    found: list[GrantorEvent] = []
    for partition in limit.queue:
        line = limit.lines[partition]
        amount = min(max(0, free), line.left)
        if amount:
            found.append(CreditGranted(limit_id, partition, line.seq + 1, amount))
            free -= amount
    return found


def evolve(state: GrantorState, event: GrantorEvent) -> None:
    """The only way the state changes."""
    limit = state.limits.setdefault(event.limit_id, GrantedLimit())
    match event:
        case CreditLimitSet():
            limit.version, limit.value = event.version, event.value
        case CreditAsked():
            line = limit.lines.setdefault(event.partition, Line())
            line.want_seq, line.left = event.want_seq, event.amount
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


def _queue(limit: GrantedLimit, partition: int) -> None:
    waits = limit.lines[partition].left > 0
    if waits and partition not in limit.queue:
        limit.queue.append(partition)
    elif not waits and partition in limit.queue:
        limit.queue.remove(partition)


def _line(limit: GrantedLimit, partition: int) -> Line:
    return limit.lines.get(partition, Line())
