"""A process that lives is heard: heartbeats outlast the faults of their producer."""

from oms.runtime.log import TopicPartition
from oms.runtime.presence import HEARTBEAT_NS, Presence
from oms.testing.pipeline import ManualClock
from oms.testing.sim_log import Fate, SimLog
from oms.wire import topics

HEARTBEATS = TopicPartition(topics.HEARTBEATS, 0)


def test_heartbeats_go_on_after_a_fault_that_a_producer_does_not_recover_from() -> None:
    log, clock = SimLog(), ManualClock(10 * HEARTBEAT_NS)
    log.create_topic(topics.HEARTBEATS, 1)
    presence = Presence(log, TopicPartition(topics.RISK, 0), "risk-1", clock)
    log.plan(HEARTBEATS, Fate.FATAL)
    for _ in range(3):
        presence.beat("running", 7, lambda: 0)
        clock.wall_ns += HEARTBEAT_NS
    presence.close()
    assert log.ends([HEARTBEATS])[HEARTBEATS] == 2
