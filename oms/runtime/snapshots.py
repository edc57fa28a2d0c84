"""Snapshots of a fold: when one counts, which one is loaded, how many are kept.

A fold is written by whoever folds valid records (a standby, a reader), never by the owner from its living state. It is loaded in place of
the journal before its offset, and only where all of this holds: its bytes are those written, it is of this partition, its layout is ours
or the one before, and the journal's record that it names has the hash that it names. Otherwise the next older one is tried, and in the
end the whole journal is folded: nothing depends on a snapshot but time.

Invariants:
- a state loaded and folded on equals the state folded from the journal's beginning, in all that it holds and does;
- a snapshot is removed only after a newer one was written, read back and verified, and one more good one stays;
- what a store does wrong, or does not do, never stops a stage: `SnapshotStoreError` is the only thing that `write` raises.
It does not know when to write: the caller's turn decides.
"""

import logging
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from oms.core.canonical import state_hash
from oms.core.record_chain import record_hash
from oms.core.run_rule import NO_EPOCH
from oms.core.stage import Rules, StageState
from oms.runtime.clock import Clock
from oms.runtime.journal_fold import STALL_POLLS, STATE_LAYOUT_VERSION, Folded, JournalBroken, JournalFold
from oms.runtime.log import Log, LogError, OffsetOutOfRange, Record, TopicPartition
from oms.runtime.snapshot_store import MissingSnapshot, SnapshotStore, SnapshotStoreError, name_of, offset_of
from oms.wire.envelope import READER_VERSION, RELEASE, Release
from oms.wire.snapshot import (
    CONVERSION_ERRORS,
    Fault,
    SnapshotHead,
    SnapshotUnusable,
    decode_head,
    decode_snapshot,
    encode_snapshot,
    refuse_misplaced,
)

S = TypeVar("S", bound=StageState)

_LOGGER = logging.getLogger(__name__)

SNAPSHOTS_KEPT = 2
"""The newest, and one to fall back to when the newest turns out to be unusable."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A snapshot that was not loaded, and why."""

    name: str
    fault: Fault
    text: str


@dataclass(frozen=True, slots=True)
class Loaded(Generic[S]):
    """The fold to go on from, None where no snapshot is usable: then from the journal's beginning. `name`: of the one loaded."""

    folded: Folded[S] | None
    name: str
    refused: tuple[Refused, ...]


def take(tp: TopicPartition, folded: Folded[Any], written_ns: int, release: Release = RELEASE) -> bytes:
    """The bytes of a snapshot of a fold as it stands between two records. It costs a hash and an encoding of the whole state.

    SnapshotUnusable (MALFORMED) where the state is not of its classes: a bug, which must not stop a stage that could do without.
    """
    try:
        return _taken(tp, folded, written_ns, release)
    except CONVERSION_ERRORS as error:
        raise SnapshotUnusable(Fault.MALFORMED, f"{type(error).__name__}: {error}") from error


def _taken(tp: TopicPartition, folded: Folded[Any], written_ns: int, release: Release) -> bytes:
    head = SnapshotHead(
        topic=tp.topic,
        partition=tp.partition,
        layout=STATE_LAYOUT_VERSION,
        schema_version=release.schema_version,
        min_reader_version=folded.min_reader_version,
        run=folded.run,
        last_offset=folded.last_offset,
        last_hash=folded.last_hash,
        chain_after_claim=folded.chain_after_claim,
        last_event_time_ns=folded.last_event_time_ns,
        claimant=folded.claimant,
        positions=tuple(folded.positions.values()),
        state_hash=state_hash(folded.state, STATE_LAYOUT_VERSION),
        written_ns=written_ns,
    )
    return encode_snapshot(head, folded.state)


def restore(data: bytes, tp: TopicPartition, rules: Rules[S, Any], release: Release = RELEASE) -> Folded[S]:
    """The fold that the bytes hold. SnapshotUnusable where they must not be loaded; whether they are of this journal is not looked at."""
    state_class = type(rules.initial(tp.partition))
    head, state = decode_snapshot(
        data, state_class, tp.topic, tp.partition, STATE_LAYOUT_VERSION, release.schema_version
    )
    return Folded(
        state=state,
        run=head.run,
        positions={TopicPartition(p.topic, p.partition): p for p in head.positions},
        last_hash=head.last_hash,
        last_offset=head.last_offset,
        chain_after_claim=head.chain_after_claim,
        last_event_time_ns=head.last_event_time_ns,
        claimant=head.claimant,
        min_reader_version=head.min_reader_version,
    )


def witness(fold: Folded[Any] | SnapshotHead) -> int:
    """The offset of the record that proves a snapshot to be of a journal: the last valid one, before the first the claim, −1 before that."""
    return fold.last_offset if fold.last_offset >= 0 else fold.run.epoch


def agrees(fold: Folded[Any] | SnapshotHead, record: Record) -> bool:
    """Whether the journal's record at `witness(fold)` is the one that the snapshot was taken over."""
    assert record.offset == witness(fold), f"the record at {record.offset} is no witness of a fold to {witness(fold)}"
    if fold.last_offset >= 0:
        return record_hash(record.value) == fold.last_hash
    return record_hash(record.value) == fold.chain_after_claim  # nothing valid before it: the claim alone was chained


def head_of(data: bytes, tp: TopicPartition, release: Release = RELEASE) -> SnapshotHead:
    """What a snapshot says of itself. SnapshotUnusable where its bytes are not those written, or are not for this partition and release."""
    head = decode_head(data)
    refuse_misplaced(head, tp.topic, tp.partition, STATE_LAYOUT_VERSION, release.schema_version)
    return head


def refuse_strange(log: Log, tp: TopicPartition, fold: Folded[Any] | SnapshotHead) -> None:
    """SnapshotUnusable (NOT_OF_THIS_JOURNAL) where the log does not hold the snapshot's past. LogError where the log does not answer."""
    end, at = log.ends([tp])[tp], witness(fold)
    if fold.run.next_offset > end:
        raise SnapshotUnusable(Fault.NOT_OF_THIS_JOURNAL, f"it ends at {fold.run.next_offset}, the journal at {end}")
    if at == NO_EPOCH:
        return  # nothing but void records: there is nothing that could differ
    record = _record_at(log, tp, at)
    if record is None or not agrees(fold, record):
        raise SnapshotUnusable(Fault.NOT_OF_THIS_JOURNAL, f"the record at {at}")


def _record_at(log: Log, tp: TopicPartition, offset: int) -> Record | None:
    """None where the log no longer holds it. LogError where it does not come, though it must be there."""
    reader = log.reader({tp: offset})
    try:
        for _ in range(STALL_POLLS):
            for record in reader.poll(0.01, 1):
                return record if record.offset == offset else None
    except OffsetOutOfRange:
        return None
    finally:
        reader.close()
    raise LogError(f"{tp.topic}/{tp.partition}: the record at {offset} must be there, but cannot be read")


def load_newest(
    store: SnapshotStore, tp: TopicPartition, rules: Rules[S, Any], log: Log, release: Release = RELEASE
) -> Loaded[S]:
    """The newest usable snapshot. A store that does not answer has none. LogError where the log does not answer."""
    refused: list[Refused] = []
    try:
        names = store.names(tp)
    except SnapshotStoreError as error:
        return Loaded(None, "", (Refused("", Fault.OUT_OF_REACH, str(error)),))
    for name in names:
        try:
            folded = _load(store, tp, rules, log, name, release)
        except MissingSnapshot:
            continue  # another writer's newer one took its place since
        except SnapshotStoreError as error:
            refused.append(Refused(name, Fault.OUT_OF_REACH, str(error)))
        except SnapshotUnusable as unusable:
            refused.append(Refused(name, unusable.fault, str(unusable)))
        else:
            return Loaded(folded, name, tuple(refused))
    return Loaded(None, "", tuple(refused))


def _load(
    store: SnapshotStore, tp: TopicPartition, rules: Rules[S, Any], log: Log, name: str, release: Release
) -> Folded[S]:
    data = store.read(tp, name)
    refuse_strange(log, tp, head_of(data, tp, release))  # first: it costs a record, and the state's cost comes after
    return restore(data, tp, rules, release)


def write(
    store: SnapshotStore,
    tp: TopicPartition,
    folded: Folded[Any],
    rules: Rules[Any, Any],
    written_ns: int,
    release: Release = RELEASE,
) -> str:
    """Write a snapshot, read it back, load it, and only then remove what is older than the two that are good; returns its name.

    SnapshotStoreError: the store failed, did not keep what it was given, or the state does not come back. What was there before stays.
    """
    name = name_of(folded.run.next_offset)
    where = f"{tp.topic}/{tp.partition} {name}"
    try:
        data = take(tp, folded, written_ns, release)
        store.put(tp, name, data)
        if store.read(tp, name) != data:
            raise SnapshotStoreError(f"{where}: the store gave back other bytes than it was given")
        restore(data, tp, rules, release)
    except SnapshotUnusable as unusable:
        raise SnapshotStoreError(f"{where}: it cannot be read again: {unusable}") from unusable
    _remove_older(store, tp, name)
    return name


def fold_to_end(log: Log, fold: JournalFold[Any, Any]) -> None:
    """Fold what the journal holds now. JournalBroken as in every fold, and where it holds records of a later release's reading."""
    tp = fold.tp
    end, empty_polls = log.ends([tp])[tp], 0
    reader = log.reader({tp: fold.folded.run.next_offset})
    try:
        while fold.folded.run.next_offset < end:
            records = [record for record in reader.poll(0.01) if record.offset < end]
            for record in records:
                fold.apply(record)
            empty_polls = 0 if records else empty_polls + 1
            if empty_polls > STALL_POLLS:
                raise LogError(
                    f"{tp.topic}/{tp.partition}: records from {fold.folded.run.next_offset} on cannot be read"
                )
    finally:
        reader.close()
    wanted = fold.folded.min_reader_version
    if wanted > READER_VERSION:
        raise JournalBroken(f"{tp.topic}/{tp.partition} needs reader version {wanted}; this is {READER_VERSION}")


def _remove_older(store: SnapshotStore, tp: TopicPartition, name: str) -> None:
    """Only what is older than the one just written is looked at: a higher offset is another writer's, or of another journal."""
    good = 1
    for older in store.names(tp):
        if older >= name:
            continue
        if good >= SNAPSHOTS_KEPT:
            store.remove(tp, older)
        elif _is_whole(store, tp, older):
            good += 1


def _is_whole(store: SnapshotStore, tp: TopicPartition, name: str) -> bool:
    try:
        decode_head(store.read(tp, name))
    except (SnapshotUnusable, MissingSnapshot):
        return False
    return True


class StageSnapshots:
    """The snapshots of one stage, as its loops see them (`oms.runtime.parts.Snapshots`). What the store does wrong is logged, and counted.

    Not thread-safe; a loop has one of its own. `written`, `failed`: snapshots kept and not kept; `refused`: those found and not loaded.
    """

    def __init__(
        self, store: SnapshotStore, rules: Rules[Any, Any], log: Log, clock: Clock, release: Release = RELEASE
    ) -> None:
        self._store, self._rules, self._log, self._clock, self._release = store, rules, log, clock, release
        self.written = self.failed = self.refused = 0

    def load(self, tp: TopicPartition) -> Folded[Any] | None:
        loaded = load_newest(self._store, tp, self._rules, self._log, self._release)
        self.refused += len(loaded.refused)
        for refused in loaded.refused:
            _LOGGER.warning("snapshot %s is not used: %s", refused.name, refused.text, extra=tp._asdict())
        if loaded.folded is not None:
            _LOGGER.info("going on from snapshot %s", loaded.name, extra=tp._asdict())
        return loaded.folded

    def keep(self, tp: TopicPartition, folded: Folded[Any]) -> None:
        try:
            name = write(self._store, tp, folded, self._rules, self._clock.now_ns(), self._release)
        except SnapshotStoreError as error:
            self.failed += 1
            _LOGGER.warning("no snapshot was kept: %s", error, extra=tp._asdict())
        else:
            self.written += 1
            _LOGGER.info("snapshot %s kept", name, extra=tp._asdict())

    def newest(self, tp: TopicPartition) -> int:
        """The offset of the newest snapshot, whoever kept it; 0 where there is none, or the store does not answer."""
        try:
            return max((offset_of(name) or 0 for name in self._store.names(tp)), default=0)
        except SnapshotStoreError as error:
            _LOGGER.warning("snapshots cannot be listed: %s", error, extra=tp._asdict())
            return 0
