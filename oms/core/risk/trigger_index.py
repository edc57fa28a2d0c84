"""Triggers arranged for look-up, and which of them are to be looked at: a cache beside the state, made anew when reference data changes."""

from dataclasses import dataclass, field

from oms.core.control import ClockAnchor, tape_now
from oms.core.enums import LimitScope
from oms.core.halt_triggers import WINDOWED, HaltTrigger, HaltTriggerKind
from oms.core.reference import Reference
from oms.core.risk.reference_index import Holder

JUMP_NS = 1_000_000_000
"""A new anchor that makes the tape slower or faster goes on from where it was, within the time that it takes to set it."""


@dataclass(slots=True)
class TriggerIndex:
    """`armed`: the enabled ones by id, tripped or not. `counting`: those of messages by who sends, `losses`: ids by whose result it is.

    `flagged`: to be looked at before the next decision. `looked_ns`: wall time of the last look at all. `since_ns`, `since_tape_ns`: of the
    first look of this owner, wall and tape time; 0 before it. `anchor`: the tape's clock at the last look.
    """

    structure: int
    reference: Reference
    armed: dict[str, HaltTrigger] = field(default_factory=dict)
    counting: dict[Holder, tuple[HaltTrigger, ...]] = field(default_factory=dict)
    losses: dict[Holder, tuple[str, ...]] = field(default_factory=dict)
    flagged: set[str] = field(default_factory=set)
    looked_ns: int = 0
    since_ns: int = 0
    since_tape_ns: int = 0
    anchor: ClockAnchor | None = None

    @staticmethod
    def of(reference: Reference, before: "TriggerIndex | None") -> "TriggerIndex":
        """What has changed may have tripped: all are flagged."""
        index = TriggerIndex(reference.structure, reference)
        for trigger in reference.halt_triggers.values():
            if not trigger.enabled:
                continue
            index.armed[trigger.trigger_id] = trigger
            holder = (LimitScope[trigger.scope.name], trigger.scope_id)
            if trigger.kind in WINDOWED:
                index.counting[holder] = (*index.counting.get(holder, ()), trigger)
            elif trigger.kind is HaltTriggerKind.DAY_LOSS:
                index.losses[holder] = (*index.losses.get(holder, ()), trigger.trigger_id)
        index.flagged |= index.armed.keys()
        if before is not None:
            index.looked_ns, index.since_ns = before.looked_ns, before.since_ns
            index.since_tape_ns, index.anchor = before.since_tape_ns, before.anchor
        return index

    def begin(self, wall_ns: int, tape_ns: int, anchor: ClockAnchor | None) -> None:
        """The first look; and the first one after the tape was set forward: what happened in between was never shown."""
        self.since_ns = self.since_ns or wall_ns
        self.since_tape_ns = self.since_tape_ns or tape_ns
        if anchor is None or anchor is self.anchor:
            return
        if anchor.tape_ns - tape_now(self.anchor, anchor.wall_ns) > JUMP_NS:
            self.since_tape_ns = max(self.since_tape_ns, anchor.tape_ns)
        self.anchor = anchor
