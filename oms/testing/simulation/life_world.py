"""A world in which orders live their whole life: venues with real books, days and auctions, every kind of order, busts and corrections.

Seeds from `LIFE_FIRST` on are of this kind, up to those of `oms.testing.simulation.copy_world`; the ones below stay what they were. `world_of` says which a seed is.
"""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from oms.core.control import BreakResolution
from oms.core.enums import BreakCause, LimitKind, ResolutionKind, VenueFeature
from oms.core.reference import Entity, Limit
from oms.core.risk_events import ListRejected, OrderRejected, ReplaceRejected
from oms.feeds.tape import TapeInstrument
from oms.runtime.log import TopicPartition
from oms.testing.simulation.chronicle import BEGIN_NS, MILLISECOND_NS, Say
from oms.testing.simulation.copy_world import COPIES_FIRST, CopyWorld
from oms.testing.simulation.floor import BookVenue, Floor
from oms.testing.simulation.life_work import LifeWork, life_entities, short_days
from oms.testing.simulation.limit_kinds import NO_LOSS, armed
from oms.testing.simulation.planted import NOTHING_PLANTED, Planted
from oms.testing.simulation.venue import FaultyVenue
from oms.testing.simulation.workload import INSTRUMENTS, LOT, TICK, WHO, Workload
from oms.testing.simulation.world import JudgeFactory, World
from oms.venues.venue_terms import VenueTerms
from oms.wire import topics
from oms.wire.codec import decode_journal
from oms.wire.envelope import Envelope

LIFE_FIRST = 1_000_000
"""The first seed of this kind."""

SECOND_NS = 1_000_000_000
MANY = 0.6
"""The chance that a venue offers a feature."""

RESOLVE_STEPS = 30
"""Rounds after which a person asks again what has not helped."""


class LifeWorld(World):
    def __init__(
        self,
        seed: int,
        planted: Planted = NOTHING_PLANTED,
        judge: JudgeFactory | None = None,
        say: Say | None = None,
    ) -> None:
        life = random.Random(f"{seed} life")
        day_ns = life.choice((8, 15, 30)) * SECOND_NS
        call_ns = life.choice((0, 1, 2)) * SECOND_NS
        self.calendar = short_days(BEGIN_NS + SECOND_NS, day_ns, life.choice((1, 4)) * SECOND_NS, call_ns)
        self._life = life
        self._floor: Floor | None = None
        self._asked: dict[tuple[int, str], int] = {}
        self._rounds = 0
        self.loses = False
        """Whether desks buy dear and sell cheap: where a limit asks what that costs."""
        super().__init__(seed, planted, judge, say)

    # --- its parts

    def _make_venues(self, setting: random.Random) -> None:
        self._features: dict[str, tuple[VenueFeature, ...]] = {}
        super()._make_venues(setting)

    def _make_floor(self) -> Floor:
        for venue_id in self.venue_ids:
            offered = [f for f in VenueFeature if self._life.random() < MANY]
            self._features[venue_id] = tuple(offered)
        instruments = [TapeInstrument(i, "USD", 4, 0, LOT, TICK) for i in INSTRUMENTS]
        calendars = {INSTRUMENTS[0]: self.calendar}
        terms = {v: VenueTerms(frozenset(f), frozenset(), calendars) for v, f in self._features.items()}
        return Floor(self.venue_ids, instruments, terms, self.calendar)

    @property
    def floor(self) -> Floor:
        if self._floor is None:
            self._floor = self._make_floor()
        return self._floor

    def _make_venue(self, name: str, venue_id: str, partition: int, owner: Callable[[], str]) -> FaultyVenue:
        venue = BookVenue(
            name,
            venue_id=venue_id,
            partition=partition,
            stamp=self.stamp,
            faults=self.faults,
            owner=owner,
            floor=self.floor,
        )
        self.floor.members[name] = venue
        return venue

    def _make_work(self) -> Workload:
        return LifeWork(
            random.Random(f"{self.seed} work"),
            self.partitions,
            self.venue_ids,
            lambda: self.wall_ns,
            self.put,
            lambda client, request: client.send(request, self.replicas_up()),
            self.clients,
            self.all_venues,
            floor=self.floor,
        )

    def _entities(self) -> list[Entity]:
        found = life_entities(self.partitions, len(self.venue_ids), self.calendar, self._features)
        found = self._armed(found)
        self.loses = any(
            isinstance(e, Limit) and e.kind is LimitKind.REALISED_LOSS and e.value == NO_LOSS for e in found
        )
        return found

    def _armed(self, found: list[Entity]) -> list[Entity]:
        return armed(random.Random(f"{self.seed} limits"), found, BEGIN_NS)

    # --- what happens

    def _work_actions(self) -> list[tuple[float, Callable[[], None]]]:
        work: Any = self.work
        losing: list[tuple[float, Callable[[], None]]] = [(6, work.round_trip)] if self.loses else []
        return [
            *losing,
            *super()._work_actions(),
            (8, work.market_moves), (3, work.race), (2, work.mass_cancel), (0.7, work.decline), (0.4, work.suspend), (3, work.go_on),
            (1, work.auction), (4, work.new_list), (1, work.cancel_list), (0.5, work.liquidate), (1, work.hold_requests), (2, work.release_requests), (1.5, self.next_phase), (2, work.same_terms),
        ]  # fmt: skip

    def _havoc_actions(self) -> list[tuple[float, Callable[[], None]]]:
        havoc = self.havoc
        return [
            *super()._havoc_actions(),
            (2, havoc.bust), (2, havoc.correct), (1, self.bust_first), (1, self.say_again),
        ]  # fmt: skip

    def next_phase(self) -> None:
        """Time goes on until the market opens, calls an auction or closes; everyone has turns meanwhile."""
        times = [t for i in self.calendar.intervals for t in (i.start_ns, i.open_ns, i.closing_auction_ns, i.close_ns)]
        coming = next((t for t in sorted(times) if t > self.wall_ns), 0)
        while self.wall_ns < coming:
            self.round(min(300 * MILLISECOND_NS, coming - self.wall_ns))
        self.floor.note("next-phase")

    def bust_first(self) -> None:
        """The next execution of a venue is told after its bust or correction, or with the next chance."""
        venue = self.chance.choice(self.all_venues)
        assert isinstance(venue, BookVenue)
        if venue.kept_back:
            venue.tell_all()
            return
        venue.keeps_back = True
        self.floor.note("execution-told-late")

    def say_again(self) -> None:
        """A venue says an execution, a bust or a correction again, under a new number."""
        venue = self.chance.choice(self.all_venues)
        assert isinstance(venue, BookVenue)
        body = venue.some_execution(self.chance)
        if body is not None:
            venue.tell_again(body)
            self.floor.note("execution-told-again")

    def calm_venues(self) -> None:
        work = self.work
        assert isinstance(work, LifeWork)
        work.go_on()
        for venue in self.all_venues:
            assert isinstance(venue, BookVenue)
            venue.tell_all()

    def revive(self) -> None:
        super().revive()
        self.resolve_breaks()

    def resolve_breaks(self) -> None:
        """What a person does about an order that is open at a venue and has ended for us: it is cancelled there."""
        for process in self.owners():
            if process.journal.topic != topics.EXECUTION or process.paused:
                continue
            for raised in list(process.loop.state.breaks.open.values()):
                key = (process.journal.partition, raised.break_id)
                if (
                    raised.cause is BreakCause.OPEN_AFTER_END
                    and self._asked.get(key, -RESOLVE_STEPS) + RESOLVE_STEPS <= self._rounds
                ):
                    self._asked[key] = self._rounds
                    self.work.control(BreakResolution(*key, ResolutionKind.CANCEL_AT_VENUE, None, "simulated", self.wall_ns, WHO))  # fmt: skip
                    self.floor.note("break-resolved")

    def pass_time(self, step_ns: int) -> None:
        super().pass_time(step_ns)
        self._rounds += 1
        self.floor.on_time(self.wall_ns)

    @property
    def events(self) -> dict[str, int]:
        """What was asked and what happened, by name."""
        return dict(sorted({**self.floor.happened, **self._refusals()}.items()))

    def _refusals(self) -> Counter[str]:
        """How often risk refused, by reason: what the journals say, whoever wrote it."""
        found: Counter[str] = Counter()
        for partition in range(self.partitions):
            for record in self.log.known(TopicPartition(topics.RISK, partition)).records:
                read = decode_journal(record.value)
                for event in read.events if isinstance(read, Envelope) else ():
                    if isinstance(event, OrderRejected | ReplaceRejected | ListRejected):
                        found[f"refused-{event.reason.name.lower()}"] += 1
        return found


def world_of(seed: int) -> type[World]:
    if seed >= COPIES_FIRST:
        return CopyWorld
    return LifeWorld if seed >= LIFE_FIRST else World
