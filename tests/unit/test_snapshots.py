"""Which snapshot is loaded, when one is refused for its journal, how many are kept, and what a failing store does: nothing."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from oms.core.canonical import state_hash
from oms.core.market import MarketView
from oms.runtime.journal_fold import STATE_LAYOUT_VERSION, Folded, JournalBroken, JournalFold
from oms.runtime.log import TopicPartition
from oms.runtime.loop import StageLoop
from oms.runtime.ownership import LoopSettings, Phase
from oms.runtime.snapshot_reader import SnapshotReader
from oms.runtime.snapshot_store import SnapshotStoreError, name_of
from oms.runtime.snapshots import (
    SNAPSHOTS_KEPT,
    StageSnapshots,
    agrees,
    fold_to_end,
    head_of,
    load_newest,
    refuse_strange,
    take,
    witness,
    write,
)
from oms.testing.pipeline import RULES, ManualClock
from oms.testing.sim_log import SimLog
from oms.testing.sim_snapshots import PutFate, SimSnapshotStore
from oms.wire import topics
from oms.wire.codec import encode_claim
from oms.wire.envelope import READER_VERSION, RELEASE, Claim, Release
from oms.wire.snapshot import Fault, SnapshotUnusable

sys.path.insert(0, str(Path(__file__).parents[1] / "golden"))

from make_journals import NOW, VERSION_1, read_journals

TP = TopicPartition(topics.RISK, 0)
RULES_OF_RISK = RULES[topics.RISK]()
CUTS = (20, 30, 40, 50)


@pytest.fixture
def log() -> SimLog:
    return read_journals(VERSION_1)


@pytest.fixture
def store() -> SimSnapshotStore:
    return SimSnapshotStore()


def folded_to(log: SimLog, offset: int, tp: TopicPartition = TP) -> Folded[Any]:
    fold: JournalFold[Any, Any] = JournalFold(log, RULES[tp.topic](), tp)
    for record in log.known(tp).records[:offset]:
        fold.apply(record)
    return fold.folded


def write_at(log: SimLog, store: SimSnapshotStore, *offsets: int) -> None:
    for offset in offsets:
        write(store, TP, folded_to(log, offset), RULES_OF_RISK, 0)


def load(log: SimLog, store: SimSnapshotStore) -> tuple[str, list[Fault]]:
    loaded = load_newest(store, TP, RULES_OF_RISK, log)
    assert (loaded.folded is None) == (loaded.name == "")
    return loaded.name, [refused.fault for refused in loaded.refused]


# -- loading ---------------------------------------------------------------------------------------------------------------------


def test_the_newest_is_loaded(log: SimLog, store: SimSnapshotStore) -> None:
    write_at(log, store, 30, 40)
    loaded = load_newest(store, TP, RULES_OF_RISK, log)
    assert loaded.folded is not None and loaded.name == name_of(40) and not loaded.refused
    whole = folded_to(log, 40)
    counts_of_its_own = {"records": 0, "void": 0, "hashes_compared": 0, "hashes_skipped": 0}
    assert loaded.folded == replace(whole, **counts_of_its_own)


def test_without_a_snapshot_there_is_none(log: SimLog, store: SimSnapshotStore) -> None:
    assert load(log, store) == ("", [])


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda store: store.tear(TP, name_of(40), 1_000), Fault.TORN),
        (lambda store: store.tear(TP, name_of(40), 0), Fault.NOT_A_SNAPSHOT),
        (lambda store: store.flip(TP, name_of(40), 9_999), Fault.DAMAGED),
        (
            lambda store: store.objects[TP].update(
                {name_of(40): take(TopicPartition(topics.RISK, 1), Folded(RULES_OF_RISK.initial(1)), 0)}
            ),
            Fault.OTHER_PARTITION,
        ),
    ],
)
def test_the_older_one_is_loaded_where_the_newest_is_of_no_use(
    log: SimLog, store: SimSnapshotStore, spoil: Any, fault: Fault
) -> None:
    write_at(log, store, 30, 40)
    spoil(store)
    assert load(log, store) == (name_of(30), [fault])


def test_with_none_of_use_the_journal_is_folded(log: SimLog, store: SimSnapshotStore) -> None:
    write_at(log, store, 30, 40)
    store.flip(TP, name_of(30), 5_000)
    store.tear(TP, name_of(40), 50)
    assert load(log, store) == ("", [Fault.TORN, Fault.DAMAGED])


def test_a_store_out_of_reach_has_none(log: SimLog, store: SimSnapshotStore) -> None:
    write_at(log, store, 30)
    store.out_of_reach = True
    assert load(log, store) == ("", [Fault.OUT_OF_REACH])


def test_a_store_that_lists_what_it_does_not_give_has_the_older_one(log: SimLog) -> None:
    class HalfGone(SimSnapshotStore):
        """Lists everything, and fails to give the newest."""

        def read(self, tp: TopicPartition, name: str) -> bytes:
            if self.refusing and name == self.names(tp)[0]:
                raise SnapshotStoreError(f"{name}: 503")
            return super().read(tp, name)

        refusing = False

    store = HalfGone()
    write_at(log, store, 30, 40)
    HalfGone.refusing = True
    assert load(log, store) == (name_of(30), [Fault.OUT_OF_REACH])


def test_one_that_another_writer_replaced_meanwhile_is_no_fault(log: SimLog) -> None:
    class Stale(SimSnapshotStore):
        """Lists one that is gone by now."""

        def names(self, tp: TopicPartition) -> list[str]:
            return [name_of(60), *super().names(tp)]

    store = Stale()
    write_at(log, store, 30)
    assert load(log, store) == (name_of(30), [])


# -- of this journal -------------------------------------------------------------------------------------------------------------


def strange(log: SimLog, fold: Folded[Any]) -> bool:
    try:
        refuse_strange(log, TP, fold)
    except SnapshotUnusable as unusable:
        assert unusable.fault is Fault.NOT_OF_THIS_JOURNAL
        return True
    return False


def test_every_fold_of_a_journal_agrees_with_it(log: SimLog) -> None:
    for topic in RULES:
        tp = TopicPartition(topic, 0)
        for offset in range(len(log.known(tp).records) + 1):
            fold = folded_to(log, offset, tp)
            refuse_strange(log, tp, fold)
            refuse_strange(log, tp, head_of(take(tp, fold, 0), tp))


def test_it_is_the_last_valid_record_that_proves_it(log: SimLog) -> None:
    fold = folded_to(log, 40)
    records = log.known(TP).records
    assert witness(fold) == 39 and agrees(fold, records[39])
    assert not agrees(fold, replace(records[39], value=records[38].value))


def test_a_snapshot_of_another_journal_is_refused_and_the_journal_folded(log: SimLog, store: SimSnapshotStore) -> None:
    write_at(log, store, 30, 40)
    records = log.known(TP).records
    records[39] = replace(
        records[39], value=records[39].value + b"\x9a\x06\x00"
    )  # a field nobody knows: valid, and other bytes
    assert load(log, store) == (name_of(30), [Fault.NOT_OF_THIS_JOURNAL])


def test_a_snapshot_beyond_the_journals_end_is_refused(log: SimLog, store: SimSnapshotStore) -> None:
    write_at(log, store, 40)
    del log.known(TP).records[35:]
    assert load(log, store) == ("", [Fault.NOT_OF_THIS_JOURNAL])


def test_where_the_journal_no_longer_holds_the_witness_it_is_refused(log: SimLog) -> None:
    fold = folded_to(log, 40)
    log.delete_before({TP: 40})
    assert strange(log, fold)


def test_before_the_first_valid_record_the_claim_is_the_witness(log: SimLog) -> None:
    fold = folded_to(log, 1)
    assert (witness(fold), fold.last_offset) == (0, -1) and not strange(log, fold)
    records = log.known(TP).records
    records[0] = replace(records[0], value=encode_claim(Claim("another", 1)))
    assert strange(log, fold)


def test_an_empty_fold_is_of_any_journal(log: SimLog) -> None:
    assert witness(folded_to(log, 0)) == -1 and not strange(log, folded_to(log, 0))


# -- writing ---------------------------------------------------------------------------------------------------------------------


def test_two_are_kept(log: SimLog, store: SimSnapshotStore) -> None:
    write_at(log, store, *CUTS)
    assert store.names(TP) == [name_of(50), name_of(40)] and len(store.names(TP)) == SNAPSHOTS_KEPT


def test_two_good_ones_are_kept(log: SimLog, store: SimSnapshotStore) -> None:
    write_at(log, store, 20, 30)
    store.flip(TP, name_of(30), 5_000)
    write_at(log, store, 40)
    assert store.names(TP) == [name_of(40), name_of(30), name_of(20)]
    write_at(log, store, 50)
    assert store.names(TP) == [name_of(50), name_of(40)]


@pytest.mark.parametrize(
    "fate",
    [PutFate.TORN, PutFate.FLIPPED, PutFate.LOST, PutFate.TORN_AND_FAILED, PutFate.FULL],
    ids=lambda fate: fate.name,
)
def test_a_store_that_does_not_keep_it_is_told_and_what_was_there_stays(
    log: SimLog, store: SimSnapshotStore, fate: PutFate
) -> None:
    write_at(log, store, 20, 30)
    kept = dict(store.objects[TP])
    store.plan(fate)
    with pytest.raises(SnapshotStoreError):
        write_at(log, store, 40)
    assert kept.items() <= store.objects[TP].items()
    assert load(log, store)[0] == name_of(30)
    write_at(log, store, 50)
    assert load(log, store) == (name_of(50), [])


def test_a_snapshot_of_a_higher_offset_is_another_writers_and_stays(log: SimLog, store: SimSnapshotStore) -> None:
    store.put(TP, name_of(9_000), b"of a journal that was there before")
    write_at(log, store, 20, 30, 40)
    assert store.names(TP) == [name_of(9_000), name_of(40), name_of(30)]
    assert load(log, store) == (name_of(40), [Fault.NOT_A_SNAPSHOT])


def test_a_state_that_does_not_come_back_is_not_kept_for_one(log: SimLog, store: SimSnapshotStore) -> None:
    write_at(log, store, 20)
    fold = folded_to(log, 40)
    fold.state.moved["A1", "ACME"] = (
        True  # a bug: a truth value where a quantity belongs; read again it would be one still
    )
    fold.state.moved_by = {(1, "T1", "ACME"): 5}  # a plain number where a scope belongs: read again it is a scope
    with pytest.raises(SnapshotStoreError, match="STATE_DIFFERS"):
        write(store, TP, fold, RULES_OF_RISK, 0)
    assert name_of(20) in store.names(TP)


# -- as a loop sees them ---------------------------------------------------------------------------------------------------------


def stage_snapshots(log: SimLog, store: SimSnapshotStore, release: Release = RELEASE) -> StageSnapshots:
    return StageSnapshots(store, RULES_OF_RISK, log, ManualClock(5), release)


def test_a_loop_keeps_and_loads(log: SimLog, store: SimSnapshotStore) -> None:
    snapshots = stage_snapshots(log, store)
    assert snapshots.load(TP) is None
    snapshots.keep(TP, folded_to(log, 40))
    loaded = snapshots.load(TP)
    assert loaded is not None and loaded.run == folded_to(log, 40).run
    assert (snapshots.written, snapshots.failed, snapshots.refused) == (1, 0, 0)
    assert head_of(store.read(TP, name_of(40)), TP).written_ns == 5


def test_a_store_that_fails_stops_no_loop_and_is_logged(
    log: SimLog, store: SimSnapshotStore, caplog: pytest.LogCaptureFixture
) -> None:
    snapshots = stage_snapshots(log, store)
    snapshots.keep(TP, folded_to(log, 30))
    store.plan(PutFate.FULL)
    snapshots.keep(TP, folded_to(log, 40))
    store.tear(TP, name_of(30), 77)
    assert snapshots.load(TP) is None
    store.out_of_reach = True
    snapshots.keep(TP, folded_to(log, 50))
    assert snapshots.load(TP) is None
    assert (snapshots.written, snapshots.failed, snapshots.refused) == (1, 2, 2)
    warned = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warned) == 4 and "no space left" in warned[0] and "TORN" in warned[1]


def test_a_state_that_cannot_be_written_stops_no_loop(log: SimLog, store: SimSnapshotStore) -> None:
    fold = folded_to(log, 40)
    fold.state.moved["A1", "ACME"] = 1.5
    snapshots = stage_snapshots(log, store)
    snapshots.keep(TP, fold)
    assert (snapshots.failed, store.names(TP)) == (1, [])


def test_the_release_before_does_not_load_what_a_later_one_wrote(log: SimLog, store: SimSnapshotStore) -> None:
    later = replace(RELEASE, schema_version=RELEASE.schema_version + 1)
    stage_snapshots(log, store).keep(TP, folded_to(log, 30))
    stage_snapshots(log, store, later).keep(TP, folded_to(log, 40))
    assert load(log, store) == (name_of(30), [Fault.TOO_NEW])
    loaded = stage_snapshots(log, store, later).load(TP)
    assert loaded is not None and loaded.run.next_offset == 40


def test_a_stage_started_again_goes_on_from_its_snapshot(log: SimLog, store: SimSnapshotStore) -> None:
    whole = folded_to(log, len(log.known(TP).records))
    folds = []
    for replica in (
        "first",
        "second",
    ):  # a reader beside the first keeps one, for it grew by more than twice the interval
        settings = LoopSettings(TP, (), replica, 10**18, 10**18, snapshot_every=10)
        snapshots = stage_snapshots(log, store)
        loop = StageLoop(log, RULES_OF_RISK, settings, ManualClock(NOW), MarketView(), lambda: 0, snapshots=snapshots)
        while loop.phase is not Phase.RUNNING:
            loop.turn(0.0)
        SnapshotReader(snapshots, log, lambda: RULES_OF_RISK, (TP,), every=10).look(TP)
        folds.append((snapshots.written, loop.meter.folded_records))
        assert state_hash(loop.state, STATE_LAYOUT_VERSION) == state_hash(whole.state, STATE_LAYOUT_VERSION)
        loop.close()
    assert folds[0] == (1, whole.records), "the first folds everything, and keeps it"
    assert folds[1] == (0, 0), "the second has nothing to fold but claims"


# -- folding on ------------------------------------------------------------------------------------------------------------------


def test_folding_to_the_end_comes_to_the_state_of_the_whole_journal(log: SimLog, store: SimSnapshotStore) -> None:
    write_at(log, store, 30)
    fold = JournalFold(log, RULES_OF_RISK, TP, load_newest(store, TP, RULES_OF_RISK, log).folded)
    fold_to_end(log, fold)
    whole = folded_to(log, len(log.known(TP).records))
    assert state_hash(fold.folded.state, STATE_LAYOUT_VERSION) == state_hash(whole.state, STATE_LAYOUT_VERSION)
    assert fold.folded.run == whole.run


def test_a_journal_of_a_later_release_is_not_folded_for_a_snapshot(log: SimLog) -> None:
    log.appender(TP).append(None, encode_claim(Claim("of tomorrow", READER_VERSION + 1)))
    with pytest.raises(JournalBroken, match="reader version"):
        fold_to_end(log, JournalFold(log, RULES_OF_RISK, TP))
