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

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from oms.core.canonical import state_hash
from oms.core.record_chain import record_hash
from oms.core.run_rule import NO_EPOCH
from oms.core.stage import Rules, StageState
from oms.runtime.journal_fold import STALL_POLLS, STATE_LAYOUT_VERSION, Folded
from oms.runtime.log import Log, OffsetOutOfRange, Record, TopicPartition
from oms.runtime.snapshot_store import MissingSnapshot, SnapshotStore, SnapshotStoreError, name_of
from oms.wire.envelope import SCHEMA_VERSION
from oms.wire.snapshot import Fault, SnapshotHead, SnapshotUnusable, decode_head, decode_snapshot, encode_snapshot

S = TypeVar("S", bound=StageState)

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


def take(tp: TopicPartition, folded: Folded[Any], written_ns: int) -> bytes:
    """The bytes of a snapshot of a fold as it stands between two records. It costs a hash and an encoding of the whole state."""
    head = SnapshotHead(
        topic=tp.topic,
        partition=tp.partition,
        layout=STATE_LAYOUT_VERSION,
        schema_version=SCHEMA_VERSION,
        min_reader_version=folded.min_reader_version,
        run=folded.run,
        last_offset=folded.last_offset,
        last_hash=folded.last_hash,
        chain_after_claim=folded.chain_after_claim,
        last_event_time_ns=folded.last_event_time_ns,
        claimant=folded.claimant,
        positions=tuple(folded.positions.values()),
        records=folded.records,
        void=folded.void,
        state_hash=state_hash(folded.state, STATE_LAYOUT_VERSION),
        written_ns=written_ns,
    )
    return encode_snapshot(head, folded.state)


def restore(data: bytes, tp: TopicPartition, rules: Rules[S, Any]) -> Folded[S]:
    """The fold that the bytes hold. SnapshotUnusable where they must not be loaded; whether they are of this journal is not looked at."""
    state_class = type(rules.initial(tp.partition))
    head, state = decode_snapshot(data, state_class, tp.topic, tp.partition, STATE_LAYOUT_VERSION, SCHEMA_VERSION)
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
        records=head.records,
        void=head.void,
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
    """None where the log no longer holds it, or does not give it."""
    reader = log.reader({tp: offset})
    try:
        for _ in range(STALL_POLLS):
            for record in reader.poll(0.01, 1):
                return record if record.offset == offset else None
    except OffsetOutOfRange:
        return None
    finally:
        reader.close()
    return None


def load_newest(store: SnapshotStore, tp: TopicPartition, rules: Rules[S, Any], log: Log) -> Loaded[S]:
    """The newest usable snapshot. A store that does not answer has none. LogError where the log does not answer."""
    refused: list[Refused] = []
    try:
        names = store.names(tp)
    except SnapshotStoreError as error:
        return Loaded(None, "", (Refused("", Fault.OUT_OF_REACH, str(error)),))
    for name in names:
        try:
            folded = _load(store, tp, rules, log, name)
        except MissingSnapshot:
            continue  # another writer's newer one took its place since
        except SnapshotStoreError as error:
            refused.append(Refused(name, Fault.OUT_OF_REACH, str(error)))
        except SnapshotUnusable as unusable:
            refused.append(Refused(name, unusable.fault, str(unusable)))
        else:
            return Loaded(folded, name, tuple(refused))
    return Loaded(None, "", tuple(refused))


def _load(store: SnapshotStore, tp: TopicPartition, rules: Rules[S, Any], log: Log, name: str) -> Folded[S]:
    data = store.read(tp, name)
    refuse_strange(log, tp, decode_head(data))  # first: it costs a record, and the state's cost comes after
    return restore(data, tp, rules)


def write(
    store: SnapshotStore, tp: TopicPartition, folded: Folded[Any], rules: Rules[Any, Any], written_ns: int
) -> str:
    """Write a snapshot, read it back, load it, and only then remove what is older than the two that are good; returns its name.

    SnapshotStoreError: the store failed, or did not keep what it was given. Whatever was there before is there still.
    """
    data = take(tp, folded, written_ns)
    name = name_of(folded.run.next_offset)
    store.put(tp, name, data)
    try:
        if store.read(tp, name) != data:
            raise SnapshotStoreError(
                f"{tp.topic}/{tp.partition} {name}: the store gave back other bytes than it was given"
            )
        restore(data, tp, rules)
    except SnapshotUnusable as unusable:
        raise SnapshotStoreError(f"{tp.topic}/{tp.partition} {name}: cannot be read again: {unusable}") from unusable
    _remove_older(store, tp, name)
    return name


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
