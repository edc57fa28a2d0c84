"""What one partition of a stage counts about its own work. Plain integers, written by the thread that runs the loop, read by any.

The loop tells it five things: a record was read, something was decided, an ack came, a fold began or ended, a run was given up. The rest
follows from the inputs and events themselves, so that the core knows nothing of figures. Names and labels are of `oms.runtime.telemetry`.
It asks nobody for the time, and no client library is near it: a record costs it about a microsecond.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from oms.core.commands import NewOrder
from oms.core.execution_events import (
    Anomaly,
    ChildReport,
    ChildRequestRejected,
    ChildUnknown,
    ChildUnsent,
    FillCorrected,
    Intent,
    SessionReceived,
)
from oms.core.reasons import Reason
from oms.core.risk_events import (
    CancelAccepted,
    CancelRejected,
    MassCancelStarted,
    OrderAccepted,
    OrderRejected,
    ReplaceAccepted,
    ReplaceRejected,
)
from oms.core.routing_events import (
    ChildClosed,
    ParentCancelRefused,
    ParentCancelStarted,
    ParentChanged,
    RoutingDecision,
    SliceDone,
)
from oms.core.stage import CommandInput, Input, RiskInput, StepInput, TimerInput
from oms.core.trigger_events import Triggered
from oms.core.venue_messages import ReportReceived, VenueMessage
from oms.runtime.histogram import Histogram
from oms.runtime.log import Record
from oms.wire import topics
from oms.wire.envelope import ReadPosition

ACCEPTED, NO_REASON = "ACCEPTED", "NONE"
"""The `reason` of a decision that refused nothing: risk accepted; router and execution ended or changed something as they were asked to."""

DECISION_KINDS = ("new", "cancel", "replace", "mass_cancel", "route", "order", "slice", "child", "child_end", "status")
DUPLICATE_KINDS = ("command", "venue_message", "venue_report", "market_record", "audit_plan")
CREDIT = "credit"
"""The partition label of the grantor, which has one of its own beside those of risk."""

PATH_ENDS = ("written", "decided", "routed", "intended", "filled")

DECISIONS, INTENTS = "oms_decisions_total", "oms_intents_total"
REPORTS, ANOMALIES = "oms_venue_reports_total", "oms_anomalies_total"


class Measure(NamedTuple):
    """One value of a metric. `labels`: values in the order of the metric's row in the table, the service apart."""

    name: str
    labels: tuple[str, ...]
    value: float | Histogram


def _reason(reason: Reason | None) -> str:
    return NO_REASON if reason is None else reason.name


_COUNTED: Mapping[type, Callable[[Any], tuple[str, ...]]] = {
    OrderAccepted: lambda _: (DECISIONS, "new", ACCEPTED),
    OrderRejected: lambda e: (DECISIONS, "new", e.reason.name),
    CancelAccepted: lambda _: (DECISIONS, "cancel", ACCEPTED),
    CancelRejected: lambda e: (DECISIONS, "cancel", e.reason.name),
    ReplaceAccepted: lambda _: (DECISIONS, "replace", ACCEPTED),
    ReplaceRejected: lambda e: (DECISIONS, "replace", e.reason.name),
    MassCancelStarted: lambda _: (DECISIONS, "mass_cancel", ACCEPTED),
    RoutingDecision: lambda _: (DECISIONS, "route", NO_REASON),
    ParentChanged: lambda e: (DECISIONS, "order", _reason(e.reason)),
    ParentCancelStarted: lambda e: (DECISIONS, "cancel", _reason(e.reason)),
    ParentCancelRefused: lambda e: (DECISIONS, "cancel", e.reason.name),
    Triggered: lambda e: (DECISIONS, "trigger", e.kind.name),
    SliceDone: lambda e: (DECISIONS, "slice", _reason(e.reason)),
    ChildClosed: lambda e: (DECISIONS, "child_end", _reason(e.reason)),
    ChildUnsent: lambda e: (DECISIONS, "child", e.reason.name),
    ChildUnknown: lambda _: (DECISIONS, "child", Reason.OUTCOME_UNKNOWN.name),
    ChildRequestRejected: lambda e: (DECISIONS, e.kind.name.lower(), e.reason.name),
    Intent: lambda e: (INTENTS, e.kind.name.lower()),
    ChildReport: lambda e: (REPORTS, e.venue_id, e.exec_type.name),
    FillCorrected: lambda e: (REPORTS, e.venue_id, e.exec_type.name),
    Anomaly: lambda _: (ANOMALIES,),
}
"""Events that are counted, and as what: the metric and its label values."""


class InputMeter:
    """One topic that is read. `last_ms`: the broker's time of the record read last, 0 before any; `latency`: from there to the decision."""

    __slots__ = ("journal", "last_ms", "latency", "records", "void")

    def __init__(self, topic: str) -> None:
        self.journal = topics.BY_NAME[topic].kind is topics.Kind.JOURNAL
        self.records = self.void = self.last_ms = 0
        self.latency = Histogram()


class StageMeter:
    """`inputs`: topic → what was read of it (a loop reads one partition of each). Counts go on over changes of ownership."""

    def __init__(self, inputs: Iterable[str]) -> None:
        self.inputs = {topic: InputMeter(topic) for topic in inputs}
        self.counts: dict[tuple[str, ...], int] = {}
        self.timers: dict[str, int] = {}
        self.duplicates: dict[str, int] = {}
        self.append = Histogram()
        self.path: dict[str, Histogram] = {}
        self.claims = self.abandoned = self.dead_letters = self.written = 0
        self.folded_records = self.folded_void = self.fold_ns = 0
        self._settled = self._fold_began_ns = 0

    @property
    def records_read(self) -> int:
        return sum(seen.records for seen in self.inputs.values())

    @property
    def in_flight(self) -> int:
        """Records appended without an answer."""
        return max(0, self.written - self._settled)

    def read(self, record: Record, after: ReadPosition) -> None:
        """`after`: the read position behind the record."""
        seen = self.inputs[record.topic]
        seen.records += 1
        seen.last_ms = record.timestamp_ms
        if seen.journal and not after.unbroken:
            seen.void += 1

    def decided(self, stage_input: Input, topic: str, events: tuple[Any, ...], wall_ns: int) -> None:
        """An input of `topic` (empty: no record) was decided; `wall_ns`: of the record with the events, if there are any."""
        if not events:
            self._nothing(stage_input)
            return
        if topic:
            seen = self.inputs[topic]
            seen.latency.observe(wall_ns - seen.last_ms * 1_000_000)
            self._note_path(stage_input, wall_ns)
        else:
            self._note_own(stage_input, events)
        for event in events:
            key_of = _COUNTED.get(type(event))
            if key_of is not None:
                key = key_of(event)
                self.counts[key] = self.counts.get(key, 0) + 1

    def acked(self, ns: int) -> None:
        """A record's ack came so long after its decision."""
        self._settled += 1
        self.append.observe(ns)

    def gave_up(self) -> None:
        """A run ended; what was in flight gets no answer here."""
        self.abandoned += 1
        self._settled = self.written

    def fold_began(self, now_ns: int) -> None:
        self._fold_began_ns = now_ns

    def fold_ended(self, records: int, void: int, now_ns: int) -> None:
        self.folded_records, self.folded_void, self.fold_ns = records, void, now_ns - self._fold_began_ns

    def _nothing(self, stage_input: Input) -> None:
        if isinstance(stage_input, CommandInput):
            if stage_input.command is None:
                self.dead_letters += 1
            else:
                self._duplicate("command")
        elif isinstance(stage_input, VenueMessage):
            self._duplicate("venue_message")

    def _duplicate(self, kind: str) -> None:
        self.duplicates[kind] = self.duplicates.get(kind, 0) + 1

    def _note_path(self, stage_input: Input, wall_ns: int) -> None:
        """How long ago the desk's new order came in at the edge: risk has the command, the router what risk made of it."""
        if isinstance(stage_input, CommandInput):
            if isinstance(stage_input.command, NewOrder):
                self._path("decided").observe(wall_ns - stage_input.command.entered_ns)
        elif isinstance(stage_input, RiskInput):
            for event in stage_input.events:
                if isinstance(event, OrderAccepted):
                    self._path("routed").observe(wall_ns - event.order.entered_ns)

    def _path(self, until: str) -> Histogram:
        if until not in self.path:
            self.path[until] = Histogram()
        return self.path[until]

    def _note_own(self, stage_input: Input, events: tuple[Any, ...]) -> None:
        """An input that is no record: a timer, a step, a venue's message. A report that only moves its session on is known already."""
        if isinstance(stage_input, TimerInput):
            self._timer(stage_input.kind.name)
        elif isinstance(stage_input, StepInput):
            self._timer("STEP")
        elif (
            isinstance(stage_input, VenueMessage)
            and isinstance(stage_input.body, ReportReceived)
            and len(events) == 1
            and isinstance(events[0], SessionReceived)
        ):
            self._duplicate("venue_report")

    def _timer(self, kind: str) -> None:
        self.timers[kind] = self.timers.get(kind, 0) + 1
