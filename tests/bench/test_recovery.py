"""The recovery benchmark's own code: the history it makes is one that the stages fold, and both ways of recovery come to the same state."""

from pathlib import Path

import pytest
from recovery_bench import STAGES, measure, table
from sample_history import ORDERS_PER_DATE, History

from oms.core.risk.state import TRADING_DATES_MAX, RiskState
from oms.runtime.journal_fold import JournalFold
from oms.runtime.snapshot_store import DirectoryStore
from oms.testing.pipeline import RULES
from oms.wire import topics


@pytest.mark.parametrize("stage", STAGES)
def test_both_ways_are_measured_and_come_to_the_same(stage: str, tmp_path: Path) -> None:
    row = measure(stage, 500, 100, 200, DirectoryStore(tmp_path))
    assert (row.past_orders, row.open_orders, row.remembered) == (500, 100, 600)
    assert 0 < row.tail < row.records and row.snapshot_bytes > 0
    assert row.from_zero.wall_s > 0 and row.load.wall_s > 0 and stage in table([row])


def test_what_is_remembered_stops_growing_with_the_dates() -> None:
    history = History.of(topics.RISK)
    fold: JournalFold[RiskState, object] = JournalFold(history.log, RULES[topics.RISK](), history.tp)
    partition = history.log.known(history.tp)
    dates = TRADING_DATES_MAX + 1
    for _ in history.play(dates * ORDERS_PER_DATE, 0):
        for record in partition.records[fold.folded.run.next_offset - partition.start :]:
            fold.apply(record)
        history.log.delete_before({history.tp: partition.end})
    assert len(fold.folded.state.closed_orders) == TRADING_DATES_MAX * ORDERS_PER_DATE
    assert len(fold.folded.state.dates["alpha"]) == TRADING_DATES_MAX
