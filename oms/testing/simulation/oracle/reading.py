"""What each record says of how far its owner had read, held against the log: nothing read twice, nothing passed over, nothing void.

- A position never goes back, and never is beyond the end of what it reads; of a journal it names the epoch and run that the log has there.
- The record an input was decided from counts, and lies between the position before and the one after.
- What must leave a record (a command, a control change, an acceptance, a child, a fill) is not passed over.
- After a claim, control and reference are read to the ends that they had then before anything else is decided, and all inputs before a
  timer fires.
"""

from collections.abc import Callable

from oms.runtime.log import TopicPartition
from oms.testing.simulation.oracle.facts import CONTROL, REFERENCE, RISK, SIDES, Facts, inputs_of
from oms.testing.simulation.oracle.journal import Counted, Verdict
from oms.testing.simulation.oracle.kinds import Findings, Kind

MUST_LEAVE_A_RECORD = Callable[[TopicPartition, int], bool]
"""Whether the record of a stage's input at an offset has to be answered with one of the stage's own."""

MARK = "mark"
"""The name of a source that only moves positions."""


class Reading:
    """One journal's read positions, record by record."""

    def __init__(self, tp: TopicPartition, facts: Facts, findings: Findings, must: MUST_LEAVE_A_RECORD) -> None:
        self._facts, self._findings, self._must = facts, findings, must
        self._is_risk = tp.topic == RISK
        inputs = (*SIDES, *inputs_of(tp, facts.witness.partitions))
        self._next = dict.fromkeys(inputs, 0)

    def take(self, counted: Counted) -> None:
        """Before the record's events are folded: what must be answered depends on what was answered so far."""
        after = {TopicPartition(p.topic, p.partition): p for p in counted.envelope.positions}
        self._source(counted)
        for tp in self._next:
            position = after.get(tp)
            if position is None:
                self._findings.report(
                    Kind.POSITION_BACK, f"{counted.place} names no position of {tp.topic}/{tp.partition}"
                )
                continue
            self._position(counted, tp, position.next_offset, (position.epoch, position.unbroken))
        self._after_claim(counted)

    def _position(self, counted: Counted, tp: TopicPartition, reached: int, run: tuple[int, bool]) -> None:
        text = f"{counted.place} reads {tp.topic}/{tp.partition} to {reached}"
        before = self._next[tp]
        if reached < before:
            self._findings.report(Kind.POSITION_BACK, f"{text}, after {before}")
            return
        if reached > self._facts.ends(tp, counted.moment):
            self._findings.report(Kind.POSITION_AHEAD, text)
            return
        journal = self._facts.journals.get(tp)
        if journal is not None and journal.runs[reached] != run:
            self._findings.report(Kind.POSITION_MISJUDGED, f"{text} as {run}, the log has {journal.runs[reached]}")
        source = counted.envelope.source
        for offset in range(before, reached):
            is_source = (source.topic, source.partition, source.offset) == (tp.topic, tp.partition, offset)
            if not is_source and self._must_answer(tp, offset):
                self._findings.report(Kind.INPUT_SKIPPED, f"{text}, past {offset} without an answer")
        self._next[tp] = reached

    def _must_answer(self, tp: TopicPartition, offset: int) -> bool:
        if tp.topic == CONTROL:
            return self._facts.control.must_be_applied(offset)
        if tp.topic == REFERENCE:
            return self._is_risk and self._facts.reference.must_be_acknowledged(offset)
        journal = self._facts.journals.get(tp)
        if journal is not None and journal.verdicts[offset] is not Verdict.VALID:
            return False
        return self._must(tp, offset)

    def _source(self, counted: Counted) -> None:
        source = counted.envelope.source
        if not source.topic:
            return
        tp = TopicPartition(source.topic, source.partition)
        text = f"{counted.place} decides {tp.topic}/{tp.partition}@{source.offset}"
        if tp not in self._next:
            self._findings.report(Kind.INPUT_NOT_VALID, f"{text}, which is no input of it")
            return
        if source.offset < self._next[tp]:
            self._findings.report(Kind.INPUT_TWICE, f"{text}, read up to {self._next[tp]} before")
        journal = self._facts.journals.get(tp)
        if journal is not None and source.offset not in journal.counted:
            self._findings.report(Kind.INPUT_NOT_VALID, text)

    def _after_claim(self, counted: Counted) -> None:
        """Read far enough for what this record does: all inputs for a timer or step, control and reference for anything else."""
        source = counted.envelope.source
        is_timer = source.timer not in ("", MARK)
        if source.timer == MARK or TopicPartition(source.topic, source.partition) in SIDES:
            return
        for tp in self._next if is_timer else SIDES:
            wanted = self._facts.ends(tp, counted.claim_moment)
            if self._next[tp] < wanted:
                kind = Kind.TIMER_EARLY if is_timer else Kind.BLIND_DECISION
                what = source.timer or f"{source.topic}{source.session_id}@{source.offset}"
                self._findings.report(
                    kind, f"{counted.place} ({what}) reads {tp.topic} to {self._next[tp]} of {wanted}"
                )
