"""Makes the sample snapshots of a state layout, which the release after it must still read.

    python tests/golden/make_snapshots.py      folds the sample journals of version 1 under the layout of today

For each stage two: of half its journal, and of all of it. They lie as a snapshot store keeps them. Once a layout is released its folder
is left alone; the layout after it gets a folder of its own.
"""

from pathlib import Path
from typing import Any

from make_journals import VERSION_1, read_journals

from oms.runtime.journal_fold import STATE_LAYOUT_VERSION, JournalFold
from oms.runtime.log import TopicPartition
from oms.runtime.snapshot_store import DirectoryStore, SnapshotStore
from oms.runtime.snapshots import write
from oms.testing.pipeline import RULES
from oms.testing.sim_log import SimLog

SNAPSHOTS = Path(__file__).parent / "snapshots"
WRITTEN_NS = 1_736_262_000_000_000_000
"""A day after the journals."""


def folder_of(layout: int) -> Path:
    return SNAPSHOTS / f"layout{layout}"


def write_samples(log: SimLog, store: SnapshotStore) -> None:
    for topic in RULES:
        tp = TopicPartition(topic, 0)
        fold: JournalFold[Any, Any] = JournalFold(log, RULES[topic](), tp)
        records = log.known(tp).records
        for record in records:
            fold.apply(record)
            if record.offset + 1 in (len(records) // 2, len(records)):
                write(store, tp, fold.folded, fold.rules, WRITTEN_NS)


if __name__ == "__main__":
    write_samples(read_journals(VERSION_1), DirectoryStore(folder_of(STATE_LAYOUT_VERSION)))
