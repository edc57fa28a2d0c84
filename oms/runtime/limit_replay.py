"""Rehearsals over a log: the journals of risk, folded with proposed limits in the place of those in force.

The fold is recovery's own (`JournalFold`) but for the state hashes, which are of the limits that were in force. The log may be the cluster's or
the audit's copy. Nothing is written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from oms.core.reference import Limit
from oms.core.risk import RiskRules, RiskState
from oms.core.risk.rehearsal import Report, propose, rehearse
from oms.core.risk_events import OrderAccepted, OrderRejected, ReplaceAccepted, ReplaceRejected, RiskEvent
from oms.core.stage import Conditions
from oms.runtime.journal_fold import JournalFold
from oms.runtime.log import Log, LogError, Record, TopicPartition
from oms.wire import topics
from oms.wire.envelope import Envelope, ReadPosition

POLL_S = 0.05
SILENT_POLLS_MAX = 400
"""Empty polls, 20 s of them: what must be there counts as unreachable then."""


@dataclass(frozen=True, slots=True)
class Span:
    """Tape times [from_ns, to_ns) of the decisions that are judged; the state is folded from the start in any case."""

    from_ns: int
    to_ns: int

    def has(self, tape_ns: int) -> bool:
        return self.from_ns <= tape_ns < self.to_ns


class RehearsalFold(JournalFold[RiskState, RiskEvent]):
    """Folds one partition of `oms.risk` and hands every record's events to `before`, with the state before them."""

    def __init__(
        self, log: Log, partition: int, limits: Sequence[Limit], before: Callable[[RiskState, Envelope], None]
    ) -> None:
        super().__init__(log, RiskRules(), TopicPartition(topics.RISK, partition))
        self._limits, self._before, self._structure = limits, before, -1
        self.prices: dict[str, tuple[int, int]] = {}
        """Instrument → (reference price, tape time) of the newest decision that saw one."""
        self.wall_ns = 0

    def fold_sides(self, positions: tuple[ReadPosition, ...]) -> None:
        super().fold_sides(positions)
        state = self.folded.state
        if state.reference.structure != self._structure:  # the limits that were set just now give way again
            propose(state, self._limits)
            self._structure = state.reference.structure

    def _compare_state(self, envelope: Envelope, record: Record) -> None:
        self._before(self.folded.state, envelope)
        self.wall_ns = max(self.wall_ns, envelope.wall_time_ns)
        for event in envelope.events:
            if isinstance(event, OrderAccepted | OrderRejected | ReplaceAccepted | ReplaceRejected):
                self._note_price(event)

    def _note_price(self, event: OrderAccepted | OrderRejected | ReplaceAccepted | ReplaceRejected) -> None:
        e, known = event.evidence, self.folded.state.order(event.order_id)
        if e.reference_price is None or e.reference_age_ns is None:
            return
        if isinstance(event, OrderAccepted | OrderRejected):
            self.prices[event.order.instrument_id] = e.reference_price, e.tape_ns - e.reference_age_ns
        elif known is not None:
            self.prices[known.terms.instrument_id] = e.reference_price, e.tape_ns - e.reference_age_ns

    def now(self) -> Conditions:
        """Tape and wall time of the newest record."""
        return Conditions(self.wall_ns, self.folded.last_event_time_ns, 0, 1, 0, 1)


def back_test(log: Log, partitions: int, limits: Sequence[Limit], span: Span) -> Report:
    """Every decision of the span, judged again with the limits. LogError where the log cannot be read, JournalBroken where it is broken."""
    report = Report()

    def before(state: RiskState, envelope: Envelope) -> None:
        if span.has(envelope.event_time_ns):
            for rehearsed in rehearse(state, envelope.events):  # type: ignore[arg-type]
                report.add(rehearsed)

    for partition in range(partitions):
        folded_to_end(log, RehearsalFold(log, partition, limits, before))
    return report


def folded_to_end(log: Log, fold: RehearsalFold) -> RehearsalFold:
    """Fold the partition up to its end as it is now."""
    tp = fold.tp
    end, at = log.ends([tp])[tp], log.starts([tp])[tp]
    reader = log.reader({tp: at})
    try:
        silent = 0
        while at < end:
            records = reader.poll(POLL_S)
            silent = 0 if records else silent + 1
            if silent > SILENT_POLLS_MAX:
                raise LogError(f"{tp.topic}/{tp.partition}: nothing comes at {at}, and it ends at {end}")
            for record in records[: end - at]:
                fold.apply(record)
                at = record.offset + 1
    finally:
        reader.close()
        fold.close()
    return fold


def present(log: Log, partitions: int, limits: Sequence[Limit]) -> list[RehearsalFold]:
    """The states of all partitions as they are now, with the limits proposed."""
    return [folded_to_end(log, RehearsalFold(log, p, limits, lambda state, envelope: None)) for p in range(partitions)]
