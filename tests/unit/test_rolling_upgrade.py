"""Two releases on one journal, in memory: the newer one takes over, reads what the older one wrote, and which older one may go on.

Three releases, as every compatible change of what is written passes through them:
BEFORE knows nothing of the new events; BRIDGE reads them and still writes as before; AFTER writes them.
"""

from typing import Any

import pytest
from test_loop import NOW, SECOND_NS, WHO, WORLD, claims, order, records

from oms.core.canonical import state_hash
from oms.core.risk_events import OrderAccepted
from oms.core.run_rule import Validity
from oms.runtime.journal_fold import STATE_LAYOUT_VERSION, JournalFold, ReleaseTooOld
from oms.runtime.journal_verify import STAGE_RULES, stage_journals, verify_journals
from oms.runtime.log import TopicPartition
from oms.runtime.loop import StageLoop
from oms.runtime.ownership import LoopSettings, Phase
from oms.testing.pipeline import INPUTS, RULES, Pipeline
from oms.testing.sim_venue import Script, SimVenue
from oms.wire import topics
from oms.wire.codec import decode_journal
from oms.wire.envelope import RELEASE, Claim, Envelope, Release

MS = 1_000_000
HEARTBEAT_NS, SILENCE_NS = 150 * MS, 600 * MS
BEFORE, BRIDGE, AFTER = Release(1, 1, 1), Release(2, 1, 1), Release(2, 2, 2)

Loop = StageLoop[Any, Any]


@pytest.fixture
def path() -> Pipeline:
    """Router and execution read the new events; risk belongs to the test."""
    p = Pipeline([SimVenue("XALP-P0", Script(True, (10**9,)))], NOW, release=BRIDGE)
    p.entities(WORLD, WHO)
    p.quote("XALP", "ACME", (99_900, 5_000), (100_000, 5_000))
    del p.loops[topics.RISK]
    return p


def stage(p: Pipeline, process_id: str, release: Release, topic: str = topics.RISK) -> Loop:
    inputs = tuple(TopicPartition(t, 0) for t in INPUTS[topic])
    settings = LoopSettings(
        TopicPartition(topic, 0), inputs, process_id, 10**18, 10**18, True, HEARTBEAT_NS, SILENCE_NS
    )
    return StageLoop(p.log, RULES[topic](), settings, p.clock, p.view, lambda: 0, release=release)


def turns(p: Pipeline, ms: int, *loops: Loop) -> None:
    for _ in range(ms // 20):
        for loop in (*loops, *p.loops.values()):
            loop.turn(0.0)
        p.pass_time(20 * MS)


def decided(p: Pipeline, cl_ord_id: str, *loops: Loop) -> None:
    """An order of the desk, accepted by whoever owns risk."""
    p.command(order(cl_ord_id, p.clock.wall_ns))
    turns(p, 200, *loops)
    assert accepted(p)[-1] == cl_ord_id


def accepted(p: Pipeline) -> list[str]:
    """Of the valid records."""
    fold = JournalFold(p.log, RULES[topics.RISK](), TopicPartition(topics.RISK, 0), reader_version=AFTER.reader_version)
    valid = [decode_journal(r.value) for r in records(p, topics.RISK) if fold.apply(r) is Validity.VALID]
    found = [event for e in valid if isinstance(e, Envelope) for event in e.events]
    return [event.order.cl_ord_id for event in found if isinstance(event, OrderAccepted)]


def asked(p: Pipeline, topic: str) -> list[int]:
    """What each claim says must be able to read what follows."""
    found = [decode_journal(r.value) for r in records(p, topic)]
    return [c.min_reader_version for c in found if isinstance(c, Claim)]


def schemas(p: Pipeline, topic: str) -> list[int]:
    """The schema versions of a journal's records, each once, in the order of their first."""
    found = [decode_journal(r.value) for r in records(p, topic)]
    return list(dict.fromkeys(e.schema_version for e in found if isinstance(e, Envelope)))


def assert_replays(p: Pipeline) -> None:
    verdict = verify_journals(p.log, stage_journals(dict.fromkeys(STAGE_RULES, 1)), reader_version=2)
    assert verdict.good, verdict.problems


def test_a_newer_release_takes_over_and_goes_on_with_the_older_ones_orders(path: Pipeline) -> None:
    old, new = stage(path, "old/1", BRIDGE), stage(path, "new/1", AFTER)
    decided(path, "a1", old, new)
    assert (old.phase, new.phase) == (Phase.RUNNING, Phase.FOLLOWING)
    before = state_hash(old.state, STATE_LAYOUT_VERSION)
    old.close()
    while new.phase is not Phase.RUNNING:
        assert new.turn(0.0), "it takes over at once: the owner said that it leaves"
    assert state_hash(new.state, STATE_LAYOUT_VERSION) == before
    decided(path, "a2", new)
    assert claims(path, topics.RISK) == ["old/1", "new/1"]
    assert schemas(path, topics.RISK) == [1, 2]
    assert_replays(path)


def test_old_and_new_side_by_side_during_a_takeover_decide_each_order_once(path: Pipeline) -> None:
    """The owner is paused, not stopped: it wakes behind the newer one's claim, in the middle of the flow."""
    old, new = stage(path, "old/1", BRIDGE), stage(path, "new/1", AFTER)
    decided(path, "a1", old, new)
    sent = []
    for number in range(40):
        path.command(order(f"f{number}", path.clock.wall_ns))
        sent.append(f"f{number}")
        turns(path, 60, *((new,) if 5 <= number < 25 else (old, new)))
    turns(path, 400, old, new)
    assert accepted(path) == ["a1", *sent]
    assert (old.phase, new.phase) == (Phase.FOLLOWING, Phase.RUNNING)
    assert_replays(path)


def test_a_release_that_reads_the_new_events_takes_back_and_asks_for_no_less(path: Pipeline) -> None:
    new = stage(path, "new/1", AFTER)
    decided(path, "a1", new)
    bridge = stage(path, "old/1", BRIDGE)
    turns(path, 200, new, bridge)
    new.close()
    decided(path, "a2", bridge)
    assert bridge.phase is Phase.RUNNING
    assert asked(path, topics.RISK) == [2, 2], "the one that writes as before carries on what was asked for"
    assert schemas(path, topics.RISK) == [2, 1]
    assert_replays(path)


def test_an_owner_of_an_older_release_that_lost_its_partition_does_not_claim_back(path: Pipeline) -> None:
    old, new = stage(path, "old/1", BEFORE), stage(path, "new/1", AFTER)
    decided(path, "a1", old, new)
    turns(path, 2_000, new)
    assert new.phase is Phase.RUNNING
    with pytest.raises(
        ReleaseTooOld, match=r"needs reader version 2, this release reads 1: start the newer release again"
    ):
        turns(path, 200, old)
    assert old.phase is Phase.REFUSED
    assert claims(path, topics.RISK) == ["old/1", "new/1"]


@pytest.mark.parametrize("gone", [False, True], ids=["while the newer one owns", "after it is gone"])
def test_a_downgrade_is_refused_before_anything_is_claimed_or_read(path: Pipeline, gone: bool) -> None:
    new = stage(path, "new/1", AFTER)
    decided(path, "a1", new)
    if gone:
        new.close()
        path.pass_time(60 * SECOND_NS)
    before = path.log.ends([TopicPartition(topics.RISK, 0)])
    old = stage(path, "old/2", BEFORE)
    with pytest.raises(ReleaseTooOld, match="an older one cannot go on with this journal"):
        old.turn(0.0)
    assert old.phase is Phase.REFUSED and path.log.ends([TopicPartition(topics.RISK, 0)]) == before


def test_a_standby_of_an_older_release_does_not_read_behind_the_newer_ones_claim(path: Pipeline) -> None:
    owner, standby = stage(path, "old/1", BEFORE), stage(path, "old/2", BEFORE)
    decided(path, "a1", owner, standby)
    owner.close()
    new = stage(path, "old/1", AFTER)  # the same replica, started again with the newer release
    new.turn(0.0)
    with pytest.raises(ReleaseTooOld):
        turns(path, 200, standby)
    assert standby.phase is Phase.REFUSED
    decided(path, "a2", new)


def test_a_reader_downstream_that_is_too_old_says_to_replace_it_first(path: Pipeline) -> None:
    del path.loops[topics.ROUTING]
    new, router = stage(path, "new/1", AFTER), stage(path, "router/1", BEFORE, topics.ROUTING)
    with pytest.raises(ReleaseTooOld, match="replace this service first"):
        decided(path, "a1", new, router)
    bridge = stage(path, "router/2", BRIDGE, topics.ROUTING)
    turns(path, 1_500, new, bridge)  # it follows until the one before it is silent
    decided(path, "a2", new, bridge)
    assert schemas(path, topics.ROUTING)[-1] == 1 and len(records(path, topics.ROUTING)) > 2


def test_what_ships_writes_no_more_than_it_reads() -> None:
    assert 1 <= RELEASE.min_reader_version <= RELEASE.reader_version
    assert RELEASE.schema_version <= RELEASE.reader_version
