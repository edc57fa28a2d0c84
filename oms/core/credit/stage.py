"""The grantor as a stage: it owns the partition of `oms.credit`, reads reference data and what every partition of `oms.risk` wants and releases.

    risk record        each CreditWanted and CreditReleased of it, one after the other (`oms.core.credit.grantor`)
    control record     acknowledged, as by every stage; a halt takes no credit back
    reference record   nothing: it has been folded; what it changes is due
    timer              a limit is not what was granted by: it has a new version, another of its versions came into force, or it spans others

Of time it knows which version of a limit is in force, and nothing else: no grant ends by it.
"""

from dataclasses import dataclass, field, replace

from oms.core.canonical import DERIVED
from oms.core.control import Control
from oms.core.credit import grantor
from oms.core.credit.events import CreditReleased, CreditWanted, GrantorEvent
from oms.core.credit.grantor import GrantedLimit, GrantorState, LimitChanged
from oms.core.credit.journaled import CreditEvent
from oms.core.credit.spans import SpanningLimits, removed_at, value_in_force
from oms.core.enums import Stage, TimerKind
from oms.core.market import MarketView
from oms.core.reference import Reference
from oms.core.risk_events import ControlApplied, RiskEvent
from oms.core.stage import Conditions, ControlInput, Effect, Input, RiskInput, TimerInput


@dataclass(slots=True)
class CreditState:
    """The fold of a partition of `oms.credit`."""

    partition: int
    reference: Reference = field(default_factory=Reference)
    control: Control = field(default_factory=Control)
    granting: GrantorState = field(default_factory=GrantorState)
    spanning_memo: SpanningLimits = field(default_factory=SpanningLimits, compare=False, repr=False, metadata=DERIVED)
    looked_ns: int = field(default=0, compare=False, repr=False, metadata=DERIVED)
    """Wall time at which it was looked last which versions are in force."""
    looked_all: bool = field(default=False, compare=False, repr=False, metadata=DERIVED)
    """Whether everything is as granted by, but for what the clock changes, since the structure of reference data was another."""

    def spanning(self) -> SpanningLimits:
        """Limits that span, or could: made anew when the structure of reference data has changed."""
        if not self.spanning_memo.is_of(self.reference):
            self.spanning_memo, self.looked_ns, self.looked_all = SpanningLimits.of(self.reference), 0, False
        return self.spanning_memo


LOOK_EVERY_NS = 100_000_000
"""Versions come into force by the clock: a tenth of a second is finer than anybody sets it."""

HOLDERS_SAY = frozenset({CreditWanted, CreditReleased})
"""All that the grantor reads in `oms.risk`."""


class CreditRules:
    """`oms.core.stage.Rules` for the grantor. It has no effects: holders act on its records."""

    stage: Stage = Stage.CREDIT

    def initial(self, partition: int) -> CreditState:
        return CreditState(partition)

    def decide(
        self, state: CreditState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[CreditEvent, ...]:
        match stage_input:
            case RiskInput():
                return _told(state.granting, stage_input.events)
            case TimerInput():
                change = _change(state, stage_input.owner, conditions.wall_ns)
                return grantor.decide(state.granting, change) if change is not None else ()
            case ControlInput():
                return (ControlApplied(stage_input.offset),)
            case _:
                return ()

    def evolve(self, state: CreditState, event: CreditEvent, offset: int) -> None:
        if not isinstance(event, ControlApplied):  # the control record itself is folded by the loop
            grantor.evolve(state.granting, event)

    def due(self, state: CreditState, tape_ns: int, wall_ns: int, market: MarketView) -> TimerInput | None:
        """The first limit that is not what was granted by. All are looked at with every change of reference data, and every LOOK_EVERY_NS those
        that the clock can change."""
        spanning = state.spanning()
        if 0 <= wall_ns - state.looked_ns < LOOK_EVERY_NS:
            return None
        everything = dict.fromkeys((*spanning.limits, *state.granting.limits))
        for limit_id in spanning.timed if state.looked_all else everything:
            change = _change(state, limit_id, wall_ns)
            if change is not None and grantor.decide(state.granting, change):
                return TimerInput(limit_id, TimerKind.CREDIT, change.version, wall_ns)
        state.looked_ns, state.looked_all = wall_ns, True
        return None

    def effects(self, state: CreditState, events: tuple[CreditEvent, ...]) -> tuple[Effect, ...]:
        return ()


def _change(state: CreditState, limit_id: str, wall_ns: int) -> LimitChanged | None:
    """What the limit is now; None of one that spans nothing and was never cut into credit."""
    spanning, known = state.spanning().limits.get(limit_id), state.granting.limits.get(limit_id)
    if spanning is None:
        at = removed_at(state.reference, limit_id, wall_ns)
        return LimitChanged(limit_id, known.version, 0, (), at) if known is not None else None
    if known is None and len(spanning.members) < 2:
        return None
    return LimitChanged(
        limit_id,
        spanning.version,
        value_in_force(state.reference, limit_id, wall_ns),
        spanning.members,
        removed_at(state.reference, limit_id, wall_ns),
    )


def _told(granting: GrantorState, events: tuple[RiskEvent, ...]) -> tuple[GrantorEvent, ...]:
    """What follows from a record of a holder: later events of it see what earlier ones did, the state does not."""
    found: list[GrantorEvent] = []
    working: dict[str, GrantedLimit] = {}
    for event in events:
        if not isinstance(event, CreditWanted | CreditReleased):
            continue
        limit = working.get(event.limit_id)
        if limit is None:
            limit = _copy(granting.limits.get(event.limit_id, GrantedLimit()))
            working[event.limit_id] = limit
        one = GrantorState({event.limit_id: limit})
        for follows in grantor.decide(one, event):
            grantor.evolve(one, follows)
            found.append(follows)
    return tuple(found)


def _copy(limit: GrantedLimit) -> GrantedLimit:
    lines = {partition: replace(line) for partition, line in limit.lines.items()}
    return replace(limit, lines=lines, queue=list(limit.queue))
