"""A partition that cannot go on stands still and says so; the others of its process go on; a process that has none left ends."""

from typing import Any

import pytest
from test_loop import NOW, WHO, WORLD

from oms.runtime.journal_fold import JournalBroken
from oms.runtime.lifecycle import Stopper, partition_turns
from oms.runtime.log import TopicPartition
from oms.runtime.loop import StageLoop
from oms.runtime.ownership import Phase
from oms.testing.pipeline import Pipeline
from oms.testing.sim_venue import SimVenue
from oms.wire import topics


@pytest.fixture
def path() -> Pipeline:
    p = Pipeline([SimVenue("XALP-P0")], NOW)
    p.entities(WORLD, WHO)
    p.quote("XALP", "ACME", (99_900, 5_000), (100_000, 5_000))
    p.run()
    return p


def broken(p: Pipeline) -> StageLoop[Any, Any]:
    """The router, whose own journal has a record that nobody can read."""
    p.log.appender(TopicPartition(topics.ROUTING, 0)).append(None, b"\xff")
    p.start(topics.ROUTING)
    return p.loops[topics.ROUTING]


def test_one_broken_partition_stops_alone_and_says_why() -> None:
    second = Pipeline([SimVenue("XALP-P1")], NOW, partition=1)
    first = Pipeline([SimVenue("XALP-P0")], NOW, beside=second)
    router, other, stopper = broken(first), second.loops[topics.ROUTING], Stopper()
    partition_turns(router, [router, other], stopper, 0.0)()  # returns: its thread is over
    assert router.phase is Phase.BROKEN
    assert f"{topics.ROUTING}/0 at" in router.broken
    assert not router.ready
    assert not stopper.event.is_set()
    for _ in range(10):
        other.turn(0.0)
    assert other.phase is Phase.RUNNING


def test_a_process_with_nothing_left_ends(path: Pipeline) -> None:
    router = broken(path)
    with pytest.raises(JournalBroken, match=topics.ROUTING):
        partition_turns(router, [router], Stopper(), 0.0)()


def test_an_owner_whose_own_journal_breaks_gives_up_its_run(path: Pipeline) -> None:
    risk = path.loops[topics.RISK]
    risk.stop_for(JournalBroken("oms.risk/0 at 7: the record chain is broken"))
    assert (risk.phase, risk.epoch, risk.state_if_owned()) == (Phase.BROKEN, -1, None)
