"""The replay gate: every stage is rebuilt from its journal, and what it comes to is compared with what its owner stored.

Decides whether the journals say one thing only: the record chain holds, every void record is of an owner whose claim is there, and every
stored state hash of the present state layout is that of the state which the records before it fold to. The fold is recovery's own (`JournalFold`), from the first record, in one pass: what passes
here is what a restart would stand on.

Invariants:
- nothing is written, and nothing is taken from a running process;
- a difference names the record at which it shows; what follows it in that partition is not judged, the other partitions are;
- silence proves nothing: a verdict is good only where a hash was compared in all, and in every stage that has a valid record.

What it cannot see: a change of a partition's last record, which no later one names; of a void record, which counts for nothing; and one that
makes a record of the last run void, as a stranger's would be (the void ones are counted and shown). Those are for the audit chain
(`oms.runtime.audit_verify`). It does not know where the log is kept: the cluster's, or the audit's copy.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oms.core.credit.stage import CreditRules
from oms.core.execution import ExecutionRules
from oms.core.risk import RiskRules
from oms.core.routing import RouterRules
from oms.core.run_rule import Validity
from oms.core.stage import Rules
from oms.gateway.client_sessions import ClientSessionRules
from oms.runtime.journal_fold import JournalBroken, JournalFold, ReleaseTooOld, SideUnreadable
from oms.runtime.log import Log, LogError, LogUnavailable, OffsetOutOfRange, Reader, Record, TopicPartition
from oms.wire import topics
from oms.wire.codec import decode_head
from oms.wire.envelope import READER_VERSION

STAGE_RULES: Mapping[str, Callable[[], Rules[Any, Any]]] = {
    topics.RISK: RiskRules,
    topics.ROUTING: RouterRules,
    topics.EXECUTION: ExecutionRules,
    topics.CLIENT_SESSIONS: ClientSessionRules,
    topics.CREDIT: CreditRules,
}
"""Journal → the rules of the stage that owns it."""

POLL_S, POLL_RECORDS = 0.05, 5_000
STALL_S = 20.0
"""Without a record for so long, what must be there counts as unreachable; longer than an election of a new broker."""


@dataclass(frozen=True, slots=True)
class VerifiedJournal:
    """What one partition came to. `records` counts all of it, claims and void ones included. `difference` is empty where there is none."""

    topic: str
    partition: int
    records: int
    void: int
    claims: int
    hashes_compared: int
    hashes_skipped: int
    took_ns: int
    difference: str

    @property
    def valid(self) -> int:
        return self.records - self.void - self.claims


@dataclass(frozen=True, slots=True)
class ReplayVerdict:
    journals: tuple[VerifiedJournal, ...]

    @property
    def records(self) -> int:
        return sum(j.records for j in self.journals)

    @property
    def hashes_compared(self) -> int:
        return sum(j.hashes_compared for j in self.journals)

    @property
    def hashes_skipped(self) -> int:
        return sum(j.hashes_skipped for j in self.journals)

    @property
    def differences(self) -> tuple[str, ...]:
        return tuple(j.difference for j in self.journals if j.difference)

    @property
    def problems(self) -> tuple[str, ...]:
        """One line each; empty where every stage is proven."""
        unproven = [] if self.hashes_compared else ["compared none: no journal has a state hash of this state layout"]
        for topic in dict.fromkeys(j.topic for j in self.journals):
            stage = [j for j in self.journals if j.topic == topic]
            if self.hashes_compared and any(j.valid for j in stage) and not any(j.hashes_compared for j in stage):
                unproven.append(f"{topic}: compared none of its {sum(j.valid for j in stage)} valid records' states")
        return (*self.differences, *unproven)

    @property
    def good(self) -> bool:
        return not self.problems

    @property
    def line(self) -> str:
        """The gate in one line, as a run ends with it."""
        skipped = f", {self.hashes_skipped} of another state layout skipped" if self.hashes_skipped else ""
        return (
            f"replay gate: {self.hashes_compared} hashes compared over {self.records} records, "
            f"{len(self.differences)} differ{skipped}"
        )


def stage_journals(partitions: Mapping[str, int]) -> list[TopicPartition]:
    """All journals, given how many partitions each topic has."""
    return [TopicPartition(topic, number) for topic in STAGE_RULES for number in range(partitions.get(topic, 0))]


def verify_journals(
    log: Log,
    journals: Sequence[TopicPartition],
    rules: Mapping[str, Callable[[], Rules[Any, Any]]] = STAGE_RULES,
    reader_version: int = READER_VERSION,
) -> ReplayVerdict:
    """Verify these journals, each up to its end as it is when its turn comes. LogError where the log cannot be read, ReleaseTooOld where
    a newer release wrote it."""
    return ReplayVerdict(tuple(_Replay(log, rules[tp.topic](), tp, reader_version).run() for tp in journals))


class _Replay:
    """One partition, from its first record to its end or to its first difference."""

    def __init__(self, log: Log, rules: Rules[Any, Any], tp: TopicPartition, reader_version: int) -> None:
        self._log, self._tp = log, tp
        self._fold: JournalFold[Any, Any] = JournalFold(log, rules, tp, reader_version=reader_version)
        self._read = 0
        self._claims: set[int] = set()
        self._difference = ""

    def run(self) -> VerifiedJournal:
        started, tp = time.monotonic_ns(), self._tp
        start, end = self._log.starts([tp])[tp], self._log.ends([tp])[tp]
        if start:
            self._differs(f"begins at {start}", "what is before was trimmed; the audit's copy has all of it")
        else:
            self._read_to(end)
        folded = self._fold.folded
        return VerifiedJournal(
            *tp,
            self._read,
            folded.void,
            len(self._claims),
            folded.hashes_compared,
            folded.hashes_skipped,
            time.monotonic_ns() - started,
            self._difference,
        )

    def _read_to(self, end: int) -> None:
        reader = self._log.reader({self._tp: 0})
        try:
            heard = time.monotonic()
            while self._read < end and not self._difference:
                for record in self._poll(reader):
                    heard = time.monotonic()
                    if record.offset >= end or self._difference:
                        break
                    self._take(record)
                if time.monotonic() - heard > STALL_S:
                    raise LogUnavailable(
                        f"{self._tp.topic}/{self._tp.partition} gives nothing at {self._read}, though it ends at {end}"
                    )
        finally:
            reader.close()
            self._fold.close()

    def _poll(self, reader: Reader) -> Sequence[Record]:
        try:
            return reader.poll(POLL_S, POLL_RECORDS)
        except OffsetOutOfRange as hole:
            self._differs(f"at {self._read}", str(hole))
            return ()

    def _take(self, record: Record) -> None:
        """Whatever goes wrong with a record is a difference: the owner that wrote it, or read it, had no such trouble."""
        if record.offset != self._read:
            self._differs(f"at {self._read}", f"the record is missing; the next one there is {record.offset}")
            return
        self._read += 1
        try:
            self._judge(record, self._fold.apply(record))
        except ReleaseTooOld:
            raise  # what a newer release wrote is for its own command to verify
        except JournalBroken as broken:
            self._difference = str(broken)
        except (SideUnreadable, OffsetOutOfRange) as hole:
            self._differs(f"at {record.offset}", str(hole))
        except LogError:
            raise  # says nothing about the journal
        except Exception as fault:
            self._differs(f"at {record.offset}", f"the record cannot be folded: {type(fault).__name__}: {fault}")

    def _judge(self, record: Record, validity: Validity) -> None:
        """A void record is somebody's all the same: an epoch is known from a claim's ack alone, so that claim must be there."""
        if validity is Validity.CLAIM:
            self._claims.add(record.offset)
        elif validity is Validity.VOID and (epoch := decode_head(record.value)[1]) not in self._claims:
            self._differs(f"at {record.offset}", f"it names the claim at {epoch}, where no claim is")

    def _differs(self, where: str, what: str) -> None:
        self._difference = " ".join(f"{self._tp.topic}/{self._tp.partition} {where}: {what}".split())
