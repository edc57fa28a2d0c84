"""A model of credit over partitions, explored state by state: one grantor, two holders, a limit that is lowered, crashes.

What it decides: whether, under the rules of `oms.core.credit`, any order of events within the bounds lets the holders use more than the limit.

The world. Three processes with a journal each; of a journal that matters what it folds to and what the others have not read of it. Each
process has at most one record on its way. In any state each of these may happen next:

    read     a process reads the next record of another's journal that concerns it, decides, and sends one record
    open     a holder admits an order of one unit, or sends what it wants instead
    close    an order of a holder ends
    land     a record that is on its way is appended
    crash    what was on its way is lost, and what it was decided from is unread again

What is not an event of its own: a pause (no step), a duplicate (what was read after the last record that landed is read again after a
crash), a lost ack (the record landed; the process crashes). That one journal has one owner is `tests/model/ownership.py`.

Checked in every state, over what has landed:
- what the holders hold is at most what the grantor has granted;
- what they use is at most what they hold, and in all at most the highest limit there was;
- where everything is read and more is granted than the limit allows, no holder holds anything that it does not use.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from oms.core.credit import grantor, holder
from oms.core.credit.events import CreditReleased, CreditWanted, GrantorEvent, HolderEvent
from oms.core.credit.grantor import GrantedLimit, GrantorInput, GrantorState, LimitChanged, Line
from oms.core.credit.holder import HolderState

T = TypeVar("T")
LIMIT = "L"
HOLDERS = (0, 1)
GRANTOR = 2
"""Place of the grantor among the processes, after the holders."""


class LineNow(NamedTuple):
    granted: int = 0
    seq: int = 0
    want_seq: int = 0
    release_seq: int = 0
    left: int = 0
    keep: int | None = None


class Granting(NamedTuple):
    """The grantor's journal, folded."""

    version: int = -1
    value: int = 0
    lines: tuple[tuple[int, LineNow], ...] = ()
    queue: tuple[int, ...] = ()

    @property
    def granted(self) -> int:
        return sum(line.granted for _, line in self.lines)

    def state(self) -> GrantorState:
        if self.version < 0:
            return GrantorState()
        lines = {partition: Line(*line) for partition, line in self.lines}
        return GrantorState({LIMIT: GrantedLimit(self.version, self.value, lines, list(self.queue))})

    @staticmethod
    def of(state: GrantorState) -> "Granting":
        limit = state.limits.get(LIMIT)
        if limit is None:
            return Granting()
        lines = tuple(
            (p, LineNow(x.granted, x.seq, x.want_seq, x.release_seq, x.left, x.keep))
            for p, x in sorted(limit.lines.items())
        )
        return Granting(limit.version, limit.value, lines, tuple(limit.queue))


class Holding(NamedTuple):
    """A holder's journal, folded: its credit, and the orders of one unit that are open."""

    held: int = 0
    seq: int = 0
    want_seq: int = 0
    wanted: int = 0
    release_seq: int = 0
    keep: int | None = None
    in_use: int = 0

    def state(self, partition: int) -> HolderState:
        return HolderState(partition, {LIMIT: holder.Credit(*self[:6])})

    def after(self, partition: int, events: tuple[HolderEvent, ...], used: int) -> "Holding":
        state = self.state(partition)
        for event in events:
            holder.evolve(state, event)
        c = state.credits[LIMIT]
        return Holding(c.held, c.seq, c.want_seq, c.wanted, c.release_seq, c.keep, self.in_use + used)


class Sent(NamedTuple):
    """A record on its way: what it consumes once it lands (the number of unread records from `source`), and what it says.

    `source`: of the grantor a holder, or GRANTOR for a version of the limit; of a holder GRANTOR. `used`: the change of a holder's use.
    """

    source: int
    consumed: int
    events: tuple[GrantorEvent, ...] | tuple[HolderEvent, ...]
    used: int = 0


class World(NamedTuple):
    """`to_grantor`, `to_holders`: events that are in a journal and not read yet. `versions`: of the limit, not read yet."""

    versions: tuple[LimitChanged, ...]
    granting: Granting
    holdings: tuple[Holding, Holding]
    to_grantor: tuple[tuple[HolderEvent, ...], tuple[HolderEvent, ...]]
    to_holders: tuple[tuple[GrantorEvent, ...], tuple[GrantorEvent, ...]]
    on_way: tuple[Sent | None, Sent | None, Sent | None]
    opens_left: int
    wants_left: int
    crashes_left: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """What makes the exploration finite. `values`: of the limit, one after the other."""

    values: tuple[int, ...]
    opens_max: int
    wants_max: int
    crashes_max: int


class Found(NamedTuple):
    """`overs`: states in which more is granted than allowed; `fulls`: in which one holder uses all there ever was."""

    states: int
    overs: int
    fulls: int
    violation: str
    schedule: tuple[str, ...]


GrantorRule = Callable[[GrantorState, GrantorInput], tuple[GrantorEvent, ...]]
TimeRule = Callable[[GrantorState], tuple[GrantorEvent, ...]]
HolderRule = Callable[[HolderState, GrantorEvent, int], tuple[HolderEvent, ...]]


def no_time(_state: GrantorState) -> tuple[GrantorEvent, ...]:
    return ()


class Credit:
    """The model under one set of rules; those that ship are the defaults."""

    def __init__(
        self,
        bounds: Bounds,
        decide: GrantorRule = grantor.decide,
        time: TimeRule = no_time,
        read: HolderRule = holder.read,
    ) -> None:
        self._bounds, self._decide, self._time, self._read = bounds, decide, time, read

    def explore(self) -> Found:
        """Every reachable state, breadth first: the first violation has a shortest schedule."""
        b = self._bounds
        versions = tuple(LimitChanged(LIMIT, n, value) for n, value in enumerate(b.values))
        start = World(
            versions, Granting(), (Holding(), Holding()), ((), ()), ((), ()), (None, None, None), b.opens_max, b.wants_max, b.crashes_max
        )  # fmt: skip
        parents: dict[World, tuple[World, str] | None] = {start: None}
        frontier, overs, fulls = [start], 0, 0
        while frontier:
            reached: list[World] = []
            for world in frontier:
                for told, following in self._steps(world):
                    if following in parents:
                        continue
                    parents[following] = world, told
                    reached.append(following)
                    wrong = self._wrong(following)
                    if wrong:
                        return Found(len(parents), overs, fulls, wrong, _schedule(following, parents))
                    overs += following.granting.granted > following.granting.value
                    fulls += max(h.in_use for h in following.holdings) == max(b.values)
            frontier = reached
        return Found(len(parents), overs, fulls, "", ())

    # --- what may happen next

    def _steps(self, world: World) -> Iterator[tuple[str, World]]:
        if world.on_way[GRANTOR] is None:
            yield from self._grantor_steps(world)
        for partition in HOLDERS:
            if world.on_way[partition] is None:
                yield from self._holder_steps(world, partition)
        for who, sent in enumerate(world.on_way):
            if sent is None:
                continue
            name = "grantor" if who == GRANTOR else f"holder {who}"
            yield f"{name}'s {_told(sent)} lands", _landed(world, who, sent)
            if world.crashes_left:
                crashed = _with(world, who, None)._replace(crashes_left=world.crashes_left - 1)
                yield f"{name} crashes, {_told(sent)} is lost", crashed

    def _grantor_steps(self, world: World) -> Iterator[tuple[str, World]]:
        state = world.granting.state()
        if world.versions:
            change = world.versions[0]
            yield f"grantor reads {change}", _with(world, GRANTOR, Sent(GRANTOR, 1, self._decide(state, change)))
        for partition in HOLDERS:
            if world.to_grantor[partition]:
                given = world.to_grantor[partition][0]
                assert isinstance(given, CreditWanted | CreditReleased)
                yield f"grantor reads {given}", _with(world, GRANTOR, Sent(partition, 1, self._decide(state, given)))
        if passed := self._time(state):
            yield "time passes", _with(world, GRANTOR, Sent(GRANTOR, 0, passed))

    def _holder_steps(self, world: World, partition: int) -> Iterator[tuple[str, World]]:
        holding, unread = world.holdings[partition], world.to_holders[partition]
        state, in_use = holding.state(partition), holding.in_use
        if unread:
            events = self._read(state, unread[0], in_use)
            yield f"holder {partition} reads {unread[0]}", _with(world, partition, Sent(GRANTOR, 1, events))
        if world.opens_left and holder.admits(state, LIMIT, in_use, in_use + 1):
            opened = _with(world, partition, Sent(GRANTOR, 0, (), 1))
            yield f"holder {partition} admits an order", opened._replace(opens_left=world.opens_left - 1)
        elif world.opens_left and world.wants_left and (wanted := holder.wants(state, LIMIT, in_use + 1)):
            asked = _with(world, partition, Sent(GRANTOR, 0, wanted))
            yield f"holder {partition} wants credit", asked._replace(wants_left=world.wants_left - 1)
        if in_use:
            after = holder.freed(state, LIMIT, in_use - 1)
            yield f"holder {partition}'s order ends", _with(world, partition, Sent(GRANTOR, 0, after, -1))

    # --- what must hold

    def _wrong(self, world: World) -> str:
        held, used = [h.held for h in world.holdings], [h.in_use for h in world.holdings]
        granted = world.granting.granted
        if sum(held) > granted:
            return f"{held} are held, and {granted} granted"
        if any(u > h for u, h in zip(used, held, strict=True)):
            return f"{used} is used of {held}"
        if sum(used) > max(self._bounds.values):
            return f"{used} is used, and the limit was never above {max(self._bounds.values)}"
        quiet = not world.versions and not any(world.on_way) and not any((*world.to_grantor, *world.to_holders))
        if quiet and granted > world.granting.value and held != used:
            return f"{granted} is granted of {world.granting.value}, and of {held} only {used} is used"
        return ""


def _with(world: World, who: int, sent: Sent | None) -> World:
    on_way = tuple(sent if n == who else other for n, other in enumerate(world.on_way))
    return world._replace(on_way=on_way)  # type: ignore[arg-type]


def _landed(world: World, who: int, sent: Sent) -> World:
    """The record is in its journal: its own state moves, what it read is read, and the others may read it."""
    world = _with(world, who, None)
    if who == GRANTOR:
        state = world.granting.state()
        for event in sent.events:
            grantor.evolve(state, event)  # type: ignore[arg-type]
        to_grantor = tuple(e[sent.consumed :] if p == sent.source else e for p, e in enumerate(world.to_grantor))
        versions = world.versions[sent.consumed :] if sent.source == GRANTOR else world.versions
        told = tuple(
            (*unread, *(e for e in sent.events if getattr(e, "partition", None) == p and hasattr(e, "seq")))
            for p, unread in enumerate(world.to_holders)
        )
        return world._replace(
            granting=Granting.of(state), to_grantor=to_grantor, versions=versions, to_holders=told  # type: ignore[arg-type]
        )  # fmt: skip
    holding = world.holdings[who].after(who, sent.events, sent.used)  # type: ignore[arg-type]
    asked = tuple(e for e in sent.events if isinstance(e, CreditWanted | CreditReleased))
    return world._replace(
        holdings=_put(world.holdings, who, holding),
        to_holders=_put(world.to_holders, who, world.to_holders[who][sent.consumed :]),
        to_grantor=_put(world.to_grantor, who, (*world.to_grantor[who], *asked)),
    )


def _put(pair: tuple[T, T], place: int, value: T) -> tuple[T, T]:
    return (value, pair[1]) if place == 0 else (pair[0], value)


def _told(sent: Sent) -> str:
    said = [type(event).__name__ for event in sent.events]
    return ", ".join(said + (["order"] if sent.used > 0 else ["end"] if sent.used < 0 else [])) or "position"


def _schedule(end: World, parents: dict[World, tuple[World, str] | None]) -> tuple[str, ...]:
    told: list[str] = []
    step = parents[end]
    while step is not None:
        told.append(step[1])
        step = parents[step[0]]
    return tuple(reversed(told))
