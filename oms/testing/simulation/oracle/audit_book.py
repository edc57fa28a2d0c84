"""The audit's rows, held against the log: every record of every audited topic once, without a gap, with the right verdict and chain.

The verdict is the oracle's own run rule's, the chain is computed again. Rows are taken by their columns' places, as they were inserted.
"""

import hashlib
from collections.abc import Sequence
from struct import pack
from typing import Any

from oms.runtime.log import Record, TopicPartition
from oms.testing.simulation.oracle.facts import Facts
from oms.testing.simulation.oracle.journal import Verdict
from oms.testing.simulation.oracle.kinds import Findings, Kind
from oms.testing.simulation.oracle.progress import PROGRESS, audited
from oms.testing.simulation.oracle.venue_book import Positions
from oms.v1.envelope_pb2 import JournalRecord
from oms.v1.operations_pb2 import AuditProgress

COLUMNS = 7
"""topic, partition, offset, timestamp, key, headers, value; then the verdict; the chain is the last."""

RISK = "oms.risk"


class AuditBook:
    """`_written`: by partition, the rows by offset; `_whole`: how many there are without a gap."""

    def __init__(self, facts: Facts, findings: Findings) -> None:
        self._facts, self._findings = facts, findings
        self._seen = self._heard = 0
        self._whole: dict[TopicPartition, int] = {}
        self._written: dict[TopicPartition, dict[int, tuple[Any, ...]]] = {}
        self._chains: dict[TopicPartition, list[bytes]] = {}

    def look(self) -> None:
        rows = self._facts.witness.audit_tables()["records"]
        for row in rows[self._seen :]:
            self._row(TopicPartition(row[0], row[1]), row)
        self._seen = len(rows)
        said = self._facts.witness.records(PROGRESS)
        for record in said[self._heard :]:
            self._progress(
                AuditProgress.FromString(record.value), f"{PROGRESS.topic}/{PROGRESS.partition}@{record.offset}"
            )
        self._heard = len(said)

    def _progress(self, progress: AuditProgress, place: str) -> None:
        """What is said to be written without a gap is; order entry rests on it."""
        tp = TopicPartition(progress.topic, progress.partition)
        written, whole = self._written.get(tp, {}), self._whole.get(tp, 0)
        while whole in written:
            whole += 1
        self._whole[tp] = whole
        if progress.prefix > whole:
            self._findings.report(
                Kind.PROGRESS_UNFOUNDED,
                f"{place}: {tp.topic}/{tp.partition} up to {progress.prefix}, @{whole} is missing",
            )

    def _row(self, tp: TopicPartition, row: Sequence[Any]) -> None:
        offset: int = row[2]
        written = self._written.setdefault(tp, {})
        place = f"{tp.topic}/{tp.partition}@{offset}"
        if offset in written:
            self._findings.report(Kind.ROW_TWICE, place)
            return
        written[offset] = tuple(row)
        records = self._facts.witness.records(tp)
        if offset >= len(records):
            self._findings.report(Kind.ROW_DIFFERS, f"{place} is not in the log")
            return
        r = records[offset]
        if tuple(row[:COLUMNS]) != (r.topic, r.partition, r.offset, r.timestamp_ms, r.key, r.headers, r.value):
            self._findings.report(Kind.ROW_DIFFERS, f"{place}: other content")
        if row[COLUMNS] not in self._verdicts(tp, offset):
            self._findings.report(Kind.ROW_DIFFERS, f"{place}: verdict {row[COLUMNS]}")
        if row[-1] != self._chain(tp, records, offset):
            self._findings.report(Kind.ROW_DIFFERS, f"{place}: another chain")

    def _verdicts(self, tp: TopicPartition, offset: int) -> tuple[int, ...]:
        """What a row may say: of an intake either that it is one or that it cannot be read."""
        journal = self._facts.journals.get(tp)
        return (journal.verdicts[offset],) if journal is not None else (Verdict.INTAKE, Verdict.UNREADABLE)

    def _chain(self, tp: TopicPartition, records: Sequence[Record], offset: int) -> bytes:
        chains = self._chains.setdefault(tp, [bytes(32)])
        while len(chains) <= offset + 1:
            chains.append(chained(chains[-1], records[len(chains) - 1]))
        return chains[offset + 1]

    def rest(self) -> None:
        for tp in audited(self._facts.witness):
            written = self._written.get(tp, {})
            for offset in range(len(self._facts.witness.records(tp))):
                if offset not in written:
                    self._findings.report(Kind.ROW_MISSING, f"{tp.topic}/{tp.partition}@{offset}")

    def held(self) -> Positions:
        """What fills moved, by the rows that count."""
        held: Positions = {}
        for tp, written in self._written.items():
            if tp.topic != RISK:
                continue
            for row in written.values():
                if row[COLUMNS] != Verdict.VALID:
                    continue
                for event in JournalRecord.FromString(row[6]).envelope.events:
                    corrected = event.risk.WhichOneof("kind") == "exposure_corrected"
                    moved = event.risk.exposure_corrected if corrected else event.risk.exposure_moved
                    if moved.exec_id:
                        key = (moved.account_id, moved.instrument_id)
                        held[key] = held.get(key, 0) + moved.signed_qty
        return held


def chained(previous: bytes, r: Record) -> bytes:
    """h(n) = SHA-256(domain, h(n−1), topic, partition, offset, timestamp, key, headers, value), lengths before what has no fixed one."""
    parts = [
        b"oms.audit-chain.1\0",
        previous,
        _sized(r.topic.encode()),
        pack(">iqq", r.partition, r.offset, r.timestamp_ms),
    ]
    parts.append(b"\0" if r.key is None else b"\1" + _sized(r.key))
    parts.append(pack(">I", len(r.headers)))
    for name, content in r.headers:
        parts += [_sized(name.encode()), _sized(content)]
    parts.append(_sized(r.value))
    return hashlib.sha256(b"".join(parts)).digest()


def _sized(content: bytes) -> bytes:
    return pack(">I", len(content)) + content
