"""A journal as the log has it: which records count, and whether each names the one before it.

The rule, written once more and from the text of the design: a claim's offset is the epoch; a record counts where it carries the epoch of
the latest claim, its offset is epoch + run seq, and every record since that claim counts too.

Every record that counts is given on once (`take`), with what was in the log at its claim. Does not know what the events say.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from google.protobuf.message import DecodeError

from oms.runtime.log import Record, TopicPartition
from oms.testing.simulation.oracle.kinds import Findings, Kind
from oms.v1.envelope_pb2 import Envelope, JournalRecord


class Verdict(IntEnum):
    """As the audit's rows number them."""

    CLAIM = 1
    VALID = 2
    VOID = 3
    INTAKE = 4
    UNREADABLE = 5


@dataclass(frozen=True, slots=True)
class Counted:
    """A record that counts. `place` names it in texts; `moment` is when it landed, `claim_moment` when its owner's claim did."""

    place: str
    offset: int
    envelope: Envelope
    moment: int
    claim_moment: int

    def position(self, topic: str) -> int:
        """The next offset of that topic after this record; 0 where it names none."""
        return next((p.next_offset for p in self.envelope.positions if p.topic == topic), 0)


def short_hash(value: bytes) -> bytes:
    return hashlib.sha256(value).digest()[:16]


def end_at(landed: Sequence[int], moment: int) -> int:
    """How many records of a partition had landed before `moment`."""
    return bisect_left(landed, moment)


class Journal:
    """`runs[n]`: (epoch, unbroken) after n records. `counted`: by offset."""

    def __init__(self, tp: TopicPartition, findings: Findings) -> None:
        self.tp = tp
        self.runs: list[tuple[int, bool]] = [(-1, False)]
        self.verdicts: list[Verdict] = []
        self.counted: dict[int, Counted] = {}
        self._findings = findings
        self._claim_moment = -1
        self._last_hash = b""
        self._after_claim = b""

    def take(self, record: Record, moment: int) -> Counted | None:
        """Judge the next record; returns it where it counts."""
        epoch, unbroken = self.runs[-1]
        decoded = self._decoded(record)
        if decoded is None:
            self._judged(Verdict.UNREADABLE, epoch, False)
            return None
        if decoded.WhichOneof("kind") == "claim":
            self._claim_moment = moment
            self._after_claim = short_hash(self._last_hash + record.value)
            self._judged(Verdict.CLAIM, record.offset, True)
            return None
        envelope = decoded.envelope
        on_plan = envelope.run_seq >= 1 and record.offset == envelope.epoch + envelope.run_seq
        if not (unbroken and envelope.epoch == epoch and on_plan):
            self._judged(Verdict.VOID, epoch, False)
            return None
        self._judged(Verdict.VALID, epoch, True)
        return self._count(record, envelope, moment)

    def _decoded(self, record: Record) -> JournalRecord | None:
        try:
            decoded = JournalRecord.FromString(record.value)
        except DecodeError:
            decoded = None
        if decoded is None or decoded.WhichOneof("kind") is None:
            self._findings.report(Kind.UNREADABLE, self._place(record.offset))
            return None
        return decoded

    def _judged(self, verdict: Verdict, epoch: int, unbroken: bool) -> None:
        self.verdicts.append(verdict)
        self.runs.append((epoch, unbroken))

    def _count(self, record: Record, envelope: Envelope, moment: int) -> Counted:
        expected = self._after_claim if envelope.run_seq == 1 else self._last_hash
        if envelope.previous_hash != expected:
            self._findings.report(Kind.CHAIN_BROKEN, self._place(record.offset))
        self._last_hash = short_hash(record.value)
        counted = Counted(self._place(record.offset), record.offset, envelope, moment, self._claim_moment)
        self.counted[record.offset] = counted
        return counted

    def _place(self, offset: int) -> str:
        return f"{self.tp.topic}/{self.tp.partition}@{offset}"
