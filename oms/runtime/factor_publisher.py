"""Publishes risk factors in `oms.reference`: a companion of the risk service that follows `oms.market` and computes once a bar.

Each process folds all market partitions into bars; who owns risk partition p publishes the instruments of market partition p, and the holders
whose desks' partitions it owns. Firms and clients over partitions of several processes have no factors then, and unknown means no.
A set is computed when the tape of its market partition has passed a bar, at most once a wall second: a tape that is played fast gives
fewer records, not more than anybody reads. What is computed depends on the bars alone (and, of holders, on the positions that it names), so
that a replay of the same market computes the same; what was decided with is what is in the log.

Nothing is read or computed while no limit rests on factors. A failed append is made up for by the next bar.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from oms.core.market import MarketRecord
from oms.core.reference import Reference, entity_key
from oms.core.risk.state import RiskOrder, RiskState
from oms.models.bars import BarBook
from oms.models.publication import ORDERS_MAX, Book, PastOrder, changes, needs, pasts_of
from oms.runtime.clock import Clock
from oms.runtime.followers import Follower
from oms.runtime.log import Appender, Failed, Log, TopicPartition
from oms.wire import topics
from oms.wire.codec import encode_intake

_LOGGER = logging.getLogger(__name__)
PACE_NS = 1_000_000_000
_REFERENCE = TopicPartition(topics.REFERENCE, 0)


@dataclass(frozen=True, slots=True)
class FactorOwner:
    """What a partition lends to the publisher; `state` None while it is not owned."""

    partition: int
    state: RiskState | None


class FactorFollower(Follower):
    """Folds all partitions of `oms.market` into bars, and calls `passed` in its own thread after each record once it has caught up."""

    def __init__(self, log: Log, partitions: int, passed: Callable[["FactorFollower", int], None]) -> None:
        super().__init__(log, [TopicPartition(topics.MARKET, p) for p in range(partitions)])
        self.books = {p: BarBook() for p in range(partitions)}
        self._passed = passed

    def take(self, partition: int, offset: int, value: object) -> None:
        assert isinstance(value, MarketRecord)
        self.books[partition].apply(offset, value)
        if self.caught_up.is_set():
            self._passed(self, partition)


class FactorPublisher:
    """`turn` is called by one thread; it starts the follower, whose thread does the rest."""

    def __init__(self, log: Log, partitions: int, owners: Callable[[], Sequence[FactorOwner]], clock: Clock) -> None:
        self._log, self._partitions, self._owners, self._clock = log, partitions, owners, clock
        self._follower: FactorFollower | None = None
        self._failure: BaseException | None = None
        self._appender: Appender | None = None
        self._published: dict[int, int] = {}
        self._not_before_ns: dict[int, int] = {}
        self._holders_ns = 0
        self.appended = 0

    def turn(self) -> bool:
        """Start once factors are needed. What broke the follower's thread is raised here, and ends the process."""
        if self._failure is not None:
            raise self._failure
        if self._follower is None and any(o.state is not None and needs(o.state.reference) for o in self._owners()):
            self._follower = FactorFollower(self._log, self._partitions, self.passed)
            self._follower.guard = self._guarded
            self._follower.start()
            return True
        return False

    def close(self) -> None:
        if self._follower is not None:
            self._follower.stop()
            self._follower.join(2.0)
        if self._appender is not None:
            self._appender.close(2.0)

    def _guarded(self, work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            except BaseException as error:
                self._failure = error

        return run

    def passed(self, follower: FactorFollower, partition: int) -> None:
        """The market partition went on: where a bar is over that was not before, publish."""
        final_ns = follower.books[partition].finish()
        now_ns = self._clock.now_ns()
        if final_ns <= self._published.get(partition, 0) or now_ns < self._not_before_ns.get(partition, 0):
            return
        self._published[partition], self._not_before_ns[partition] = final_ns, now_ns + PACE_NS
        owned = {o.partition: o.state for o in self._owners() if o.state is not None}
        state = owned.get(partition)
        if state is None or not needs(state.reference):
            return
        for book in follower.books.values():
            book.finish()
        self._publish(state.reference, follower, [book_of(s) for s in owned.values()], partition, final_ns, now_ns)

    def _publish(
        self,
        reference: Reference,
        follower: FactorFollower,
        books: list[Book],
        partition: int,
        final_ns: int,
        now_ns: int,
    ) -> None:
        """Instruments of this market partition; holders with the first market partition that has passed the bar."""
        mine = follower.books[partition].series
        if final_ns <= self._holders_ns:
            books = []
        self._holders_ns = max(self._holders_ns, final_ns)
        wanted = set(mine) | {i for book in books for (_, i), qty in book.positions.items() if qty}
        series = {i: s for book in follower.books.values() for i, s in book.series.items() if i in wanted}
        pasts = pasts_of(reference, series, final_ns)
        for change in changes(reference, pasts, books, self._partitions, final_ns, now_ns, mine):
            self._append("/".join(entity_key(change.entity)).encode(), encode_intake(topics.REFERENCE, change))
        self._watch()

    def _append(self, key: bytes, value: bytes) -> None:
        if self._appender is None:
            self._appender = self._log.appender(_REFERENCE)
        self._appender.append(key, value)
        self.appended += 1

    def _watch(self) -> None:
        assert self._appender is not None or not self.appended
        if self._appender is None:
            return
        failed = [o for o in self._appender.poll(0.0) if isinstance(o, Failed)]
        if failed:
            _LOGGER.error(
                "risk factors not written: %s: the next bar's follow", failed[0].reason, extra=_REFERENCE._asdict()
            )
            self._appender.purge()
            self._appender = None


def book_of(state: RiskState) -> Book:
    """Positions and newest orders, for a look from another thread: each is one copy of what the owner goes on changing."""
    reference, held = state.reference, dict(list(state.moved.items()))
    for account in list(reference.accounts.values()):
        desk = reference.desks.get(account.desk_id)
        for opening in account.opening_positions if desk is not None and desk.partition == state.partition else ():
            key = (account.account_id, opening.instrument_id)
            held[key] = held.get(key, 0) + opening.qty
    closed, opened = list(state.closed_orders.values())[-ORDERS_MAX:], list(state.open_orders.values())
    return Book(state.partition, held, tuple(_past(order) for order in [*closed, *opened][-ORDERS_MAX:]))


def _past(order: RiskOrder) -> PastOrder:
    terms = order.terms
    return PastOrder(
        terms.desk_id,
        terms.account_id,
        terms.provenance.trader,
        terms.provenance.strategy,
        terms.instrument_id,
        terms.price or 0,
        terms.order_qty,
    )
