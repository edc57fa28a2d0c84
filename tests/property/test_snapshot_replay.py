"""INV: a state loaded from a snapshot and folded on equals the state folded from the beginning, in all that it holds and does.

Journals of random storms on the order path (`test_order_path_faults`), and the sample journals at every record. Compared are the state hash, the
bytes of a snapshot of both (which hold every stored field, the uncompared ones and the order of insertion included), and what is due.
OMS_SNAPSHOT_STORMS sets how many storms, OMS_STORM_FIRST where they begin; a failure names its seed and offset.
"""

import os
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from oms.core.canonical import state_hash
from oms.core.market import MarketView
from oms.runtime.journal_fold import STATE_LAYOUT_VERSION, Folded, JournalFold
from oms.runtime.log import Record, TopicPartition
from oms.runtime.snapshots import restore, take
from oms.testing.pipeline import RULES
from oms.testing.sim_log import SimLog

sys.path.insert(0, str(Path(__file__).parents[1] / "golden"))

from make_journals import NOW, VERSION_1, read_journals
from test_order_path_faults import Storm

FIRST, STORMS = int(os.environ.get("OMS_STORM_FIRST", "0")), int(os.environ.get("OMS_SNAPSHOT_STORMS", "4"))
CUTS_PER_JOURNAL = 6
HOUR_NS = 3_600_000_000_000
MOMENTS = (0, NOW, NOW + HOUR_NS // 60, NOW + HOUR_NS, NOW + 10**16)


def folded_on(log: SimLog, tp: TopicPartition, start: Folded[Any] | None, records: list[Record]) -> Folded[Any]:
    fold: JournalFold[Any, Any] = JournalFold(log, RULES[tp.topic](), tp, start)
    for record in records:
        fold.apply(record)
    return fold.folded


def assert_the_same(tp: TopicPartition, one: Folded[Any], other: Folded[Any], where: str) -> None:
    assert state_hash(one.state, STATE_LAYOUT_VERSION) == state_hash(other.state, STATE_LAYOUT_VERSION), where
    assert take(tp, one, 0) == take(tp, other, 0), where
    rules = RULES[tp.topic]()
    nothing = MarketView()
    for moment in MOMENTS:
        due = [rules.due(state, moment, moment, nothing) for state in (one.state, other.state)]
        assert due[0] == due[1], where
    if hasattr(one.state, "index"):
        assert one.state.index() == other.state.index(), where
        assert one.state.book().counts == other.state.book().counts, where


def check_cut(log: SimLog, tp: TopicPartition, cut: int, whole: Folded[Any], where: str) -> None:
    """Snapshot after the first `cut` records, load, fold the rest; on the way nothing of the loaded state is the written one's."""
    records = log.known(tp).records
    before = folded_on(log, tp, None, records[:cut])
    loaded = restore(take(tp, before, 0), tp, RULES[tp.topic]())
    assert_the_same(tp, before, loaded, where)
    assert_the_same(tp, folded_on(log, tp, loaded, records[cut:]), whole, where)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + STORMS))
def test_a_loaded_state_goes_on_as_the_folded_one_after_a_storm(seed: int) -> None:
    storm, chance = Storm(seed), random.Random(seed)
    storm.rage()
    log = storm.path.log
    for topic in RULES:
        tp = TopicPartition(topic, 0)
        count = len(log.known(tp).records)
        assert count > CUTS_PER_JOURNAL, f"seed {seed}: a storm without records"
        whole = folded_on(log, tp, None, log.known(tp).records)
        for cut in sorted(chance.sample(range(count + 1), CUTS_PER_JOURNAL)):
            check_cut(log, tp, cut, whole, f"seed {seed}, {topic} cut at {cut}")


@pytest.mark.parametrize("topic", RULES)
def test_a_loaded_state_goes_on_as_the_folded_one_from_every_record_of_the_samples(topic: str) -> None:
    log, tp = read_journals(VERSION_1), TopicPartition(topic, 0)
    records = log.known(tp).records
    whole = folded_on(log, tp, None, records)
    for cut in range(len(records) + 1):
        check_cut(log, tp, cut, whole, f"{topic} cut at {cut}")


def test_the_storms_reach_what_could_be_lost() -> None:
    """Timers waiting, deadlines, halts with their reasons, open and closed orders: a property over empty fields would prove nothing."""
    reached: set[str] = set()
    for seed in range(FIRST, FIRST + STORMS):
        storm = Storm(seed)
        storm.rage()
        for topic in RULES:
            tp = TopicPartition(topic, 0)
            fold: JournalFold[Any, Any] = JournalFold(storm.path.log, RULES[topic](), tp)
            for record in storm.path.log.known(tp).records:
                fold.apply(record)
                state = fold.folded.state
                reached |= {name for name in fields_of(state) if getattr(state, name)}
                reached |= {"why"} if state.control.why else set()
    wanted = {
        "queue",
        "deadlines",
        "why",
        "timers",
        "open_orders",
        "closed_orders",
        "children",
        "closed",
        "taken",
    }
    assert wanted <= reached, wanted - reached


def fields_of(state: Any) -> tuple[str, ...]:
    return tuple(type(state).__dataclass_fields__)
