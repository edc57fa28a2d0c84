"""A follower that starts, or falls behind, while no leader is elected waits for one."""

from collections.abc import Sequence

from oms.core.market import MarketRecord, MarketView, Quote
from oms.runtime.followers import MarketFollower
from oms.runtime.log import LogUnavailable, TopicPartition
from oms.testing.sim_log import SimLog
from oms.wire import topics
from oms.wire.codec import encode_intake

NOW_NS = 1_700_000_000_000_000_000
AWAY = 3
PATIENCE_S = 20.0


class ElectingLog(SimLog):
    """A log whose first questions about offsets meet an election."""

    def __init__(self) -> None:
        super().__init__({topics.MARKET: 1}, now_ms=NOW_NS // 1_000_000)
        self.away = AWAY

    def starts(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        self._elect()
        return super().starts(partitions)

    def ends(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        self._elect()
        return super().ends(partitions)

    def _elect(self) -> None:
        if self.away:
            self.away -= 1
            raise LogUnavailable("no leader yet")


def started(log: ElectingLog) -> tuple[MarketFollower, list[BaseException]]:
    failures: list[BaseException] = []
    follower = MarketFollower(log, 1, MarketView())

    def guard(work: object) -> object:
        def run() -> None:
            try:
                work()  # type: ignore[operator]
            except BaseException as error:
                failures.append(error)

        return run

    follower.guard = guard  # type: ignore[assignment]
    follower.start()
    return follower, failures


def test_an_election_at_the_start_is_waited_out() -> None:
    log = ElectingLog()
    quote = Quote(NOW_NS, 100, 5, 101, 5)
    log.appender(TopicPartition(topics.MARKET, 0)).append(
        None, encode_intake(topics.MARKET, MarketRecord("XALP", "ACME", 0, (quote,), ()))
    )
    follower, failures = started(log)
    assert follower.caught_up.wait(PATIENCE_S), failures
    follower.stop()
    follower.join(PATIENCE_S)
    assert not follower.is_alive() and failures == []
    assert log.away == 0 and follower.read == {TopicPartition(topics.MARKET, 0): 1}


def test_a_follower_can_be_stopped_while_it_waits() -> None:
    log = ElectingLog()
    log.away = 10**9
    follower, failures = started(log)
    assert not follower.caught_up.wait(0.3)
    follower.stop()
    follower.join(PATIENCE_S)
    assert not follower.is_alive() and failures == []
