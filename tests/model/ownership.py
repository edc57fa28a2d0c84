"""A model of two processes and one journal partition, explored state by state.

What it decides: whether, under the run rule and the owner's fence, any order of events within the bounds lets an input
be decided twice, lost, or acted on without a record that is valid for ever.

The world. A log; two processes; records on their way to the log. In any state each of these may happen next:

    claim      an idle process sends a claim (also while the other one is well: a false alarm, a double claim)
    own        the claim's ack arrives: the process folds the log up to its claim and owns under that offset
    decide     an owner decides its next input and sends the record, without waiting for the acks of earlier ones
    land       any record on its way is appended: in any order, however late, of whichever process
    twice      the same, and a second copy stays on its way (idempotent producers did); the ack may be of either
    act        any ack arrives, in any order: the fence says whether to release the effect or to stop
    stop       a process stops: crash, kill, restart, delivery error, off-plan ack, or it saw a newer claim. What it
               sent stays on its way without an owner: a straggler. The next thing it can do is claim.

What is not an event of its own, because the order of events covers it: a pause (the process takes no step), a lost
record (it never lands, or not before the end), a lost ack or a delivery error for a record that landed (the process
stops after `land`, before `act`), a middle record lost while later ones are acknowledged (they land, it doesn't).

Inputs are numbered from 1 and decided in order; the input of a record stands for the state it was decided in. The
state that a fold gives is the input of the last valid record: the read position.

Checked in every state:
- the valid records name the inputs 1, 2, 3 … in this order: none twice, none lost, each decided on what stands before;
- each released effect belongs to a record that is valid by the rule as shipped, and no input's effect is released twice.

It does not know of time, partitions, contents of records or more than one input per record: none of them bears on it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, TypeVar, cast

from oms.core.run_rule import JOURNAL_START, NO_EPOCH, RunPosition, Validity, ack_on_plan, advance

_T = TypeVar("_T")

ReaderRule = Callable[[RunPosition, int, bool, int, int], tuple[RunPosition, Validity]]
"""As `advance`: position, offset, claim, epoch, run seq."""

Fence = Callable[[int, int, int, bool], bool]
"""May the owner act on this ack? Epoch, run seq, offset, whether all earlier acks of the epoch were acted on."""


def shipped_fence(epoch: int, run_seq: int, offset: int, earlier_good: bool) -> bool:
    return earlier_good and ack_on_plan(epoch, run_seq, offset)


class Rec(NamedTuple):
    """A record, in the log or on its way. A claim carries nothing that the rule looks at."""

    claim: bool
    epoch: int
    run_seq: int
    input: int


CLAIM_RECORD = Rec(True, NO_EPOCH, 0, 0)


class Phase(IntEnum):
    IDLE = 0
    CLAIMING = 1
    OWNER = 2


IN_FLIGHT = -1
ACTED_ON = -2


class Process(NamedTuple):
    """`outcomes[i]` tells of the (i+1)-th record sent in this phase: in flight, acted on, or the offset in an ack that
    has not arrived yet. While claiming, the one record is the claim."""

    phase: Phase
    epoch: int
    first_input: int
    outcomes: tuple[int, ...]

    def sent(self, index: int) -> Rec:
        if self.phase is Phase.CLAIMING:
            return CLAIM_RECORD
        return Rec(False, self.epoch, index + 1, self.first_input + index)


IDLE = Process(Phase.IDLE, NO_EPOCH, 0, ())


class World(NamedTuple):
    """`released`: the offsets of the records whose effects were released, sorted. `stragglers`: sorted, with copies."""

    log: tuple[Rec, ...]
    stragglers: tuple[Rec, ...]
    processes: tuple[Process, Process]
    released: tuple[int, ...]
    sends_left: int
    copies_left: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """What makes the exploration finite. `unacked_max`: records an owner sends ahead of its acks. `in_order`: a record
    never lands after a later one of the same epoch; where later ones landed, it is lost."""

    sends_max: int
    unacked_max: int
    copies_max: int
    in_order: bool = False


class Step(NamedTuple):
    """An event as a person follows it; put into words only when a schedule is printed."""

    who: str
    what: str
    record: Rec | None = None
    offset: int = -1

    def __str__(self) -> str:
        told = f"{self.who:9} {self.what}"
        if self.record is not None:
            told += f": {_told(self.record)}"
        return told if self.offset < 0 else f"{told}, at offset {self.offset}"


class Violation(NamedTuple):
    what: str
    schedule: tuple[Step, ...]
    world: World

    def __str__(self) -> str:
        lines = [f"VIOLATION: {self.what}"]
        lines += [f"  {n:2}. {step}" for n, step in enumerate(self.schedule, start=1)]
        lines += [f"  log {offset}: {_told(record)}" for offset, record in enumerate(self.world.log)]
        return "\n".join(lines)


class Exploration(NamedTuple):
    """`takeovers`: states in which effects of two or more epochs are out; `breaks`: states with a void record in the
    log. They show that the exploration went where it hurts."""

    states: int
    takeovers: int
    breaks: int
    violation: Violation | None


def _told(record: Rec) -> str:
    if record.claim:
        return "claim"
    return f"epoch {record.epoch}, run seq {record.run_seq}, input {record.input}"


class Judged(NamedTuple):
    """What a fold by the given rule makes of a log, and which offsets the shipped rule holds valid."""

    inputs: tuple[int, ...]
    valid_for_ever: frozenset[int]
    has_void: bool


class Ownership:
    """The model under one reader rule and one fence."""

    def __init__(self, bounds: Bounds, reader: ReaderRule = advance, fence: Fence = shipped_fence) -> None:
        self._bounds = bounds
        self._reader = reader
        self._fence = fence
        self._judged: dict[tuple[Rec, ...], Judged] = {}
        self._same: dict[object, object] = {}

    def explore(self) -> Exploration:
        """Every reachable state, breadth first: the first violation found has a shortest schedule."""
        start = World((), (), (IDLE, IDLE), (), self._bounds.sends_max, self._bounds.copies_max)
        parents: dict[World, World | None] = {start: None}
        frontier = [start]
        takeovers = breaks = 0
        while frontier:
            reached: list[World] = []
            for world in frontier:
                for _, following in self._steps(world):
                    if following in parents:
                        continue
                    parents[following] = world
                    reached.append(following)
                    wrong = self._wrong(following)
                    if wrong:
                        schedule = self._schedule(following, parents)
                        return Exploration(len(parents), takeovers, breaks, Violation(wrong, schedule, following))
                    takeovers += len({following.log[offset].epoch for offset in following.released}) > 1
                    breaks += self._judge(following.log).has_void
            frontier = reached
        return Exploration(len(parents), takeovers, breaks, None)

    def _schedule(self, end: World, parents: dict[World, World | None]) -> tuple[Step, ...]:
        """Steps are found again rather than kept: most states are on no schedule that anyone reads."""
        steps: list[Step] = []
        world, parent = end, parents[end]
        while parent is not None:
            steps.append(next(step for step, following in self._steps(parent) if following == world))
            world, parent = parent, parents[parent]
        return tuple(reversed(steps))

    # --- what may happen next

    def _steps(self, world: World) -> Iterator[tuple[Step, World]]:
        for at, process in enumerate(world.processes):
            who = "AB"[at]
            yield from self._process_steps(world, at, who, process)
            for index, outcome in enumerate(process.outcomes):
                if outcome == IN_FLIGHT and self._may_land(world, process.sent(index)):
                    yield from self._landings(world, at, who, index)
        for index, record in enumerate(world.stragglers):
            if index and world.stragglers[index - 1] == record:
                continue  # copies are alike
            if not self._may_land(world, record):
                continue
            rest = world.stragglers[:index] + world.stragglers[index + 1 :]
            landed = self._appended(world, record)
            yield Step("straggler", "lands", record, len(world.log)), landed._replace(stragglers=rest)

    def _process_steps(self, world: World, at: int, who: str, process: Process) -> Iterator[tuple[Step, World]]:
        match process.phase:
            case Phase.IDLE:
                if world.sends_left:
                    claiming = Process(Phase.CLAIMING, NO_EPOCH, 0, (IN_FLIGHT,))
                    yield Step(who, "sends a claim"), self._with(world, at, claiming, sends=1)
                return
            case Phase.CLAIMING:
                epoch = process.outcomes[0]
                if epoch != IN_FLIGHT:
                    owner = Process(Phase.OWNER, epoch, self._read_position(world.log[: epoch + 1]), ())
                    yield Step(who, "gets its claim's ack, folds and owns", None, epoch), self._with(world, at, owner)
            case Phase.OWNER:
                yield from self._owner_steps(world, at, who, process)
        yield Step(who, "stops"), self._stopped(world, at, process)

    def _owner_steps(self, world: World, at: int, who: str, owner: Process) -> Iterator[tuple[Step, World]]:
        count = len(owner.outcomes)
        if world.sends_left and sum(o != ACTED_ON for o in owner.outcomes) < self._bounds.unacked_max:
            deciding = owner._replace(outcomes=(*owner.outcomes, IN_FLIGHT))
            yield Step(who, "decides and sends", owner.sent(count)), self._with(world, at, deciding, sends=1)
        for index, offset in enumerate(owner.outcomes):
            if offset < 0:
                continue
            earlier_good = all(o == ACTED_ON for o in owner.outcomes[:index])
            if self._fence(owner.epoch, index + 1, offset, earlier_good):
                outcomes = (*owner.outcomes[:index], ACTED_ON, *owner.outcomes[index + 1 :])
                acted = self._with(world, at, owner._replace(outcomes=outcomes))
                released = tuple(sorted((*world.released, offset)))
                yield (
                    Step(who, "gets an ack and releases the effect", owner.sent(index), offset),
                    acted._replace(released=released),
                )
            # Where the fence refuses, the owner stops: that step is offered in every state anyway.

    def _landings(self, world: World, at: int, who: str, index: int) -> Iterator[tuple[Step, World]]:
        process = world.processes[at]
        record, offset = process.sent(index), len(world.log)
        outcomes = (*process.outcomes[:index], offset, *process.outcomes[index + 1 :])
        appended = self._appended(world, record)
        landed = self._with(appended, at, process._replace(outcomes=outcomes))
        yield Step("log", f"takes {who}'s", record, offset), landed
        if world.copies_left:
            fewer = world.copies_left - 1
            later = tuple(sorted((*world.stragglers, record)))
            copied = landed._replace(stragglers=later, copies_left=fewer)
            yield Step("log", f"takes {who}'s, a copy follows", record, offset), copied
            unknown = appended._replace(copies_left=fewer)
            yield Step("log", f"takes {who}'s, the ack will be its copy's", record, offset), unknown

    def _may_land(self, world: World, record: Rec) -> bool:
        if record.claim or not self._bounds.in_order:
            return True
        return not any(r.epoch == record.epoch and r.run_seq > record.run_seq for r in world.log)

    def _stopped(self, world: World, at: int, process: Process) -> World:
        lost = [process.sent(index) for index, outcome in enumerate(process.outcomes) if outcome == IN_FLIGHT]
        stragglers = tuple(sorted((*world.stragglers, *lost))) if lost else world.stragglers
        return self._with(world, at, IDLE)._replace(stragglers=stragglers)

    def _appended(self, world: World, record: Rec) -> World:
        return world._replace(log=self._one((*world.log, record)))

    def _with(self, world: World, at: int, process: Process, sends: int = 0) -> World:
        first, second = world.processes
        process = self._one(process)
        pair = (process, second) if at == 0 else (first, process)
        return world._replace(processes=self._one(pair), sends_left=world.sends_left - sends)

    def _one(self, value: _T) -> _T:
        """One object per value: a log or a process occurs in thousands of states."""
        return cast(_T, self._same.setdefault(value, value))

    # --- what a reader makes of a log

    def _read_position(self, log: tuple[Rec, ...]) -> int:
        inputs = self._judge(log).inputs
        return inputs[-1] + 1 if inputs else 1

    def _judge(self, log: tuple[Rec, ...]) -> Judged:
        found = self._judged.get(log)
        if found is None:
            found = self._judged[log] = self._fold(log)
        return found

    def _fold(self, log: tuple[Rec, ...]) -> Judged:
        position = shipped = JOURNAL_START
        inputs: list[int] = []
        valid_for_ever: set[int] = set()
        for offset, record in enumerate(log):
            position, verdict = self._reader(position, offset, record.claim, record.epoch, record.run_seq)
            if verdict is Validity.VALID:
                inputs.append(record.input)
            shipped, verdict = advance(shipped, offset, record.claim, record.epoch, record.run_seq)
            if verdict is Validity.VALID:
                valid_for_ever.add(offset)
        claims = sum(record.claim for record in log)
        return Judged(tuple(inputs), frozenset(valid_for_ever), len(valid_for_ever) + claims < len(log))

    # --- what must hold

    def _wrong(self, world: World) -> str:
        judged = self._judge(world.log)
        if judged.inputs != tuple(range(1, len(judged.inputs) + 1)):
            return f"the valid records decide the inputs {judged.inputs}"
        effects = [world.log[offset].input for offset in world.released]
        if len(set(effects)) < len(effects):
            return f"effects of the inputs {effects} were released: one of them twice"
        for offset in world.released:
            if offset not in judged.valid_for_ever:
                return f"the effect of the record at {offset} was released, but the record is void"
        return ""
