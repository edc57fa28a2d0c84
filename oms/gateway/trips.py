"""Automatic halts on their way from the partition that tripped to everybody: what is in effect, what is spread, what is still to be.

A trip is effective in its own partition by its record in `oms.risk`. A gateway reads that, and writes a `Halt` of the same scope and action to
`oms.control` that names the trip. Every replica does; it looks first whether one is there already.

    not lost      what a gateway has read of both topics says what is missing, whoever died in between
    not twice     a trip is spread once its halt is read back; a second halt of it, by a replica that was as quick, changes nothing
    not late      a halt of a trip that a person has resumed is void wherever it is folded (`oms.core.control.is_late`); none is written
                  for a trip that was resumed as far as this gateway has read
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from oms.core.commands import Provenance
from oms.core.control import Control, ControlRecord, Halt, HaltTrip, is_late
from oms.core.risk_events import HaltTriggerRearmed, HaltTriggerTripped, RiskEvent

SOURCE = "halt_trigger"
"""Of the provenance of an automatic halt: no person entered it. What it rests on is in the trip."""


@dataclass(slots=True)
class Trips:
    """`in_effect`: by (partition, trigger), the offset in `oms.risk` and the event. `spread`: (partition, offset) of trips whose halt was read."""

    in_effect: dict[tuple[int, str], tuple[int, HaltTriggerTripped]] = field(default_factory=dict)
    spread: set[tuple[int, int]] = field(default_factory=set)

    def fold(self, partition: int, offset: int, events: Iterable[RiskEvent]) -> None:
        """A valid record of `oms.risk`."""
        for event in events:
            if isinstance(event, HaltTriggerTripped):
                self.in_effect[partition, event.trigger_id] = offset, event
            elif isinstance(event, HaltTriggerRearmed):
                tripped = self.in_effect.pop(
                    (partition, event.trigger_id), None
                )  # None: older than what the log has kept
                if tripped is not None:
                    self.spread.discard((partition, tripped[0]))

    def told(self, record: ControlRecord) -> None:
        """A record of `oms.control`."""
        if isinstance(record, Halt) and record.trip is not None:
            self.spread.add((record.trip.partition, record.trip.offset))

    def due(self, control: Control, now_ns: int) -> Iterator[Halt]:
        """The halts that are missing, the oldest trip of each partition first."""
        for (partition, trigger_id), (offset, event) in sorted(self.in_effect.items(), key=lambda item: item[1][0]):
            if (partition, offset) in self.spread:
                continue
            trip = HaltTrip(trigger_id, event.trigger_version, partition, offset, event.control_position)
            who = Provenance("risk", trigger_id, SOURCE, "", "")
            halt = Halt(event.scope, event.scope_id, event.cancel_open, event.text, now_ns, who, event.action, trip)
            if not is_late(control, halt):
                yield halt
