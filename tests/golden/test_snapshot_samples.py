"""Snapshots that earlier layouts wrote are read by this one, folded on, and come to the state of the whole journal."""

from typing import Any

import pytest
from make_journals import VERSION_1, fold, read_journals
from make_snapshots import SNAPSHOTS, folder_of, write_samples

from oms.core.canonical import state_hash
from oms.runtime.journal_fold import STATE_LAYOUT_VERSION, JournalFold
from oms.runtime.log import TopicPartition
from oms.runtime.snapshot_store import DirectoryStore
from oms.runtime.snapshots import load_newest, restore
from oms.testing.pipeline import RULES
from oms.testing.sim_snapshots import SimSnapshotStore

LAYOUTS = sorted(int(path.name.removeprefix("layout")) for path in SNAPSHOTS.glob("layout*"))
READABLE = [layout for layout in LAYOUTS if layout in (STATE_LAYOUT_VERSION, STATE_LAYOUT_VERSION - 1)]
CASES = [(layout, topic) for layout in READABLE for topic in RULES]


def store_of(layout: int) -> DirectoryStore:
    return DirectoryStore(folder_of(layout))


def test_there_are_samples_of_this_layout_or_the_one_before() -> None:
    assert READABLE, "python tests/golden/make_snapshots.py"


@pytest.mark.parametrize(("layout", "topic"), CASES)
def test_each_sample_is_read_and_folds_on_to_the_state_of_the_whole_journal(layout: int, topic: str) -> None:
    log, tp, store = read_journals(VERSION_1), TopicPartition(topic, 0), store_of(layout)
    whole = fold(log, topic).folded
    names = store.names(tp)
    assert len(names) == 2
    for name in names:
        start = restore(store.read(tp, name), tp, RULES[topic]())
        on: JournalFold[Any, Any] = JournalFold(log, RULES[topic](), tp, start)
        for record in log.known(tp).records[start.run.next_offset :]:
            on.apply(record)
        assert state_hash(on.folded.state, STATE_LAYOUT_VERSION) == state_hash(whole.state, STATE_LAYOUT_VERSION)
        assert (on.folded.run, on.folded.positions) == (whole.run, whole.positions)


@pytest.mark.parametrize(("layout", "topic"), CASES)
def test_each_sample_is_of_the_sample_journal(layout: int, topic: str) -> None:
    tp = TopicPartition(topic, 0)
    loaded = load_newest(store_of(layout), tp, RULES[topic](), read_journals(VERSION_1))
    assert loaded.folded is not None and not loaded.refused
    assert loaded.name == store_of(layout).names(tp)[0]


@pytest.mark.skipif(STATE_LAYOUT_VERSION not in LAYOUTS, reason="made when the layout is released")
def test_the_same_journal_gives_the_same_bytes() -> None:
    made = SimSnapshotStore()
    write_samples(read_journals(VERSION_1), made)
    store = store_of(STATE_LAYOUT_VERSION)
    for tp, objects in made.objects.items():
        assert objects == {name: store.read(tp, name) for name in store.names(tp)}
