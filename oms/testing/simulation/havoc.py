"""The faults of a seed: what is struck, when, and by what. Draws from a chance of its own, so that the same work meets other weather.

Every method is one action. Some only arm something (a strike, a fate of an append): it is counted where it hits.
"""

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from oms.runtime.log import TopicPartition
from oms.testing.sim_snapshots import PutFate
from oms.testing.simulation.audit import InsertFate
from oms.testing.simulation.faults import WEIGHTS, Fault, Profile
from oms.testing.simulation.process_log import STALLS, Strike, draw_fates
from oms.testing.simulation.stages import StageProcess
from oms.testing.simulation.venue import FaultyVenue, ReplyFate
from oms.testing.simulation.workload import TICK
from oms.wire import topics

if TYPE_CHECKING:
    from oms.testing.simulation.world import World

SECOND_NS = 1_000_000_000
STALL_STEPS_MAX, HANG_STEPS_MAX, HOLD_STEPS_MAX = 25, 12, 8
PASSES_MAX = 6
"""Chances that a strike may let pass before it hits."""

Action = Callable[[], None]


class Havoc:
    def __init__(self, world: "World", chance: random.Random, profile: Profile) -> None:
        self.world, self.chance, self.profile = world, chance, profile
        self.hung: dict[str, int] = {}
        self.held_until = self.unreachable_until = 0

    def actions(self) -> list[tuple[float, Action]]:
        """(weight, action) of all that may be drawn under the profile."""
        weights = WEIGHTS[self.profile]
        families: list[tuple[float, list[tuple[float, Action]]]] = [
            (weights.processes, self._of_processes()),
            (
                weights.appends,
                [(6, self.bad_appends), (4, self.land_late), (2, self.hold_acks), (2, self.release_acks)],
            ),
            (weights.venues, self._of_venues()),
            (weights.edges, self._of_edges()),
            (weights.clocks, [(1, self.clock_jumps)]),
            (weights.stalls, [(3, self.stall), (1, self.stall_audit)]),
        ]
        found = []
        for weight, actions in families:
            total = sum(share for share, _ in actions)
            found += [(weight * share / total, action) for share, action in actions]
        return found

    def _of_processes(self) -> list[tuple[float, Action]]:
        return [
            (3, self.crash),
            (8, self.doom),
            (4, self.pause),
            (3, self.pause_with_acks),
            (4, self.go_on),
            (2, self.claim_together),
            (1, self.doom_recovery),
            (3, self.bad_snapshots),
        ]

    def _of_venues(self) -> list[tuple[float, Action]]:
        return [
            (6, self.bad_replies),
            (3, self.hold_replies),
            (3, self.release_replies),
            (3, self.lose_connection),
            (2, self.refuse_logons),
            (1.5, self.restart_venue),
            (3, self.venue_back),
            (0.6, self.forget),
            (1, self.hang),
        ]

    def _of_edges(self) -> list[tuple[float, Action]]:
        return [
            (3, self.crash_gateway),
            (3, self.bad_order_appends),
            (2, self.impatience),
            (2, self.hang_up),
            (3, self.bad_inserts),
            (1.5, self.crash_audit),
            (2, self.second_auditor),
            (0.7, self.garbage),
        ]

    # --- processes

    def _process(self) -> StageProcess | None:
        living = [p for p in self.world.processes() if p.alive]
        return self.chance.choice(living) if living else None

    def _owner(self) -> StageProcess | None:
        owners = [p for p in self.world.processes() if p.owns and not p.paused]
        return self.chance.choice(owners) if owners else None

    def crash(self) -> None:
        process = self._owner() if self.chance.random() < 0.8 else self._process()
        if process is not None:
            process.die()
            self.world.faults.add(Fault.CRASH)
            self.world.say("killed", process.process_id)

    def doom(self) -> None:
        """The owner is killed within its next work: before an append, before its ack, or with the ack in hand."""
        process = self._owner()
        if process is not None:
            strikes = [Strike.BEFORE_APPEND, Strike.BEFORE_ACK, Strike.BEFORE_EFFECT]
            self._arm(process, self.chance.choice(strikes))

    def doom_recovery(self) -> None:
        """A process is started that does not survive its own recovery."""
        process = self.world.start_stranger(self.world.some_journal(self.chance))
        self._arm(process, Strike.IN_RECOVERY)

    def _arm(self, process: StageProcess, strike: Strike) -> None:
        process.log.doom.strike, process.log.doom.passes = strike, self.chance.randrange(PASSES_MAX)
        self.world.say("doomed", process.process_id, strike.name)

    def pause(self) -> None:
        process = self._owner()
        if process is not None:
            process.paused = True
            self.world.faults.add(Fault.OWNER_PAUSED)
            self.world.say("paused", process.process_id)

    def pause_with_acks(self) -> None:
        """An owner of execution stops with acks under way; another claims, and then it goes on: its bytes may still reach a venue."""
        owners = [p for p in self.world.processes() if p.owns and not p.paused and p.port is not None]
        if not owners:
            return
        process = self.chance.choice(owners)
        self.world.log.hold_acks(process.journal)
        self.world.work.new()
        for other in self.world.owners_of(process.journal.partition):
            for _ in range(2):
                self.world.turn_of(other)
        self.world.log.release_acks(process.journal)
        process.paused = True
        self.world.faults.add(Fault.OWNER_PAUSED)
        self.world.say("paused with acks", process.process_id, process.in_flight)
        self.world.turn_of(self.world.start_stranger(process.journal))
        if self.chance.random() < 0.5:
            self._goes_on(process)

    def go_on(self) -> None:
        """A paused process goes on; as a zombie where another has claimed meanwhile."""
        paused = [p for p in self.world.processes() if p.paused and p.alive]
        if not paused:
            return
        self._goes_on(self.chance.choice(paused))

    def _goes_on(self, process: StageProcess) -> None:
        process.paused = False
        self.world.say("goes on", process.process_id)
        if process.owns and process.epoch < self.world.latest_claim(process.journal):
            self.world.faults.add(Fault.ZOMBIE)
            for _ in range(self.chance.randrange(1, 4)):
                self.world.turn_of(process)

    def claim_together(self) -> None:
        """Two new processes claim a partition at once, whoever owns it."""
        journal = self.world.some_journal(self.chance)
        for process in [self.world.start_stranger(journal) for _ in range(2)]:
            self.world.turn_of(process)
        self.world.faults.add(Fault.CLAIMS_TOGETHER)

    def bad_snapshots(self) -> None:
        """The next snapshots are torn, flipped, lost or refused; or the store cannot be reached for a while."""
        store = self.world.snapshots
        if self.chance.random() < 0.2:
            store.out_of_reach = True
            self.unreachable_until = self.world.step + self.chance.randrange(1, STALL_STEPS_MAX)
            self.world.faults.add(Fault.SNAPSHOT_BAD)
        else:
            store.plan(*self.chance.choices(list(PutFate), k=self.chance.randrange(1, 3)))

    # --- appends

    def _journal(self) -> TopicPartition:
        return self.chance.choice(list(self.world.stages))

    def bad_appends(self) -> None:
        tp = self._journal()
        fates = draw_fates(self.chance)
        self.world.weather.fates[tp].extend(fates)
        self.world.say("appends to", *tp, "will be", ", ".join(fate.name for fate in fates))

    def land_late(self) -> None:
        self._land_late(self._journal())

    def _land_late(self, tp: TopicPartition) -> None:
        landed = self.world.log.land_late(tp)
        self.world.faults.add(Fault.APPEND_LATE, len(landed))
        if landed:
            self.world.say("late", *tp, *landed)

    def hold_acks(self) -> None:
        tp = self._journal()
        if not self.world.log.known(tp).acks_held:
            self._hold(tp)

    def _hold(self, tp: TopicPartition) -> None:
        self.world.log.hold_acks(tp)
        self.held_until = self.world.step + self.chance.randrange(1, HOLD_STEPS_MAX)
        self.world.faults.add(Fault.ACKS_HELD)
        self.world.say("acks held", *tp)

    def release_acks(self) -> None:
        for tp, partition in self.world.log.partitions.items():
            if partition.acks_held:
                self.world.log.release_acks(tp)

    # --- venues

    def _venue(self) -> FaultyVenue:
        return self.chance.choice(self.world.all_venues)

    def bad_replies(self) -> None:
        venue = self._venue()
        venue.reply_fates.extend(self.chance.choices(list(ReplyFate), k=self.chance.randrange(1, 4)))
        self.world.say("bad replies", venue.session_id, *(fate.name for fate in venue.reply_fates))

    def hold_replies(self) -> None:
        venue = self._venue()
        if venue.connected and not venue.held:
            venue.held = True
            self.world.faults.add(Fault.REPLY_LATE)

    def release_replies(self) -> None:
        for venue in self.world.all_venues:
            venue.held = False

    def lose_connection(self) -> None:
        venue = self._venue()
        if venue.connected:
            venue.read(self.chance.randrange(4))
            venue.lose(deliver=self.chance.randrange(4))
            self.world.faults.add(Fault.VENUE_LOST)
            self.world.say("lost", venue.session_id)

    def refuse_logons(self) -> None:
        self._venue().logons_refused += self.chance.randrange(1, 4)

    def restart_venue(self) -> None:
        venue = self._venue()
        if not venue.away:
            venue.restart()
            self.world.faults.add(Fault.VENUE_RESTART)
            self.world.say("restarts", venue.session_id)

    def venue_back(self) -> None:
        for venue in self.world.all_venues:
            venue.away = False

    def forget(self) -> None:
        venue = self._venue()
        known = [order.cl_ord_ids[-1] for order in venue.distinct_orders() if order.leaves]
        if known:
            name = self.chance.choice(known)
            venue.forget(name)
            self.world.say("forgets", venue.session_id, name)

    def _executed(self) -> tuple[FaultyVenue, str, str, int, int] | None:
        """A venue, an order there, one of its executions that stand, with quantity and price; None where nothing is executed."""
        found = [
            (venue, order.cl_ord_ids[-1], name, qty, px)
            for venue in self.world.all_venues
            for order in venue.distinct_orders()
            for name, (qty, px) in order.standing.items()
        ]
        return self.chance.choice(found) if found else None

    def bust(self) -> None:
        found = self._executed()
        if found is not None:
            venue, order, name, _, _ = found
            venue.bust(order, name)
            self.world.say("busts", venue.session_id, name)

    def correct(self) -> None:
        """Never to more: a venue that executes beyond the order is another fault."""
        found = self._executed()
        if found is not None:
            venue, order, name, qty, px = found
            venue.correct(order, name, self.chance.randint(1, qty), px + self.chance.choice((-TICK, 0, TICK)))
            self.world.say("corrects", venue.session_id, name)

    def hang(self) -> None:
        venue = self._venue()
        if not venue.hung:
            venue.hung = True
            self.hung[venue.session_id] = self.world.step + self.chance.randrange(1, HANG_STEPS_MAX)
            self.world.faults.add(Fault.VENUE_HANGS)

    def lift(self) -> None:
        """What ends by itself: a venue that hung goes on, acks that were held come, snapshots are in reach."""
        if self.held_until <= self.world.step:
            self.release_acks()
        if self.unreachable_until <= self.world.step:
            self.world.snapshots.out_of_reach = False
        for venue in self.world.all_venues:
            if venue.hung and self.hung.get(venue.session_id, 0) <= self.world.step:
                venue.hung = False

    # --- gateway, clients, audit

    def crash_gateway(self) -> None:
        self.world.crash_gateway(self.chance.randrange(len(self.world.replicas)), self.chance.random() < 0.5)

    def bad_order_appends(self) -> None:
        tp = TopicPartition(topics.ORDERS, self.chance.randrange(self.world.partitions))
        if self.chance.random() < 0.2:
            self._hold(tp)
        elif self.chance.random() < 0.3:
            self._land_late(tp)
        else:
            self.world.weather.fates[tp].extend(draw_fates(self.chance))

    def impatience(self) -> None:
        client = self.chance.choice(self.world.clients)
        client.impatient()

    def hang_up(self) -> None:
        client = self.chance.choice(self.world.clients)
        if client.stream is not None:
            client.hang_up()
            self.world.faults.add(Fault.CLIENT_LOST)

    def bad_inserts(self) -> None:
        self.world.store.fates.extend(self.chance.choices(list(InsertFate), k=self.chance.randrange(1, 4)))
        plans = TopicPartition(topics.AUDIT_PLANS, 0)
        if self.chance.random() < 0.3:
            self.world.weather.fates[plans].extend(draw_fates(self.chance))
        self._land_late(plans)

    def crash_audit(self) -> None:
        self.world.restart_audit(self.chance)
        self.world.faults.add(Fault.AUDIT_CRASH)

    def second_auditor(self) -> None:
        self.world.second_auditor()

    def garbage(self) -> None:
        self.world.garbage(self.chance)
        self.world.faults.add(Fault.BAD_BYTES)

    # --- clocks and stalls

    def clock_jumps(self) -> None:
        clocks = [p.clock for p in self.world.processes() if p.alive]
        clocks += [replica.clock for replica in self.world.replicas_up()]
        if not clocks:
            return
        clock = self.chance.choice(clocks)
        jump = self.chance.choice([-3 * SECOND_NS, -300_000_000, -1_000_000, 1_000_000, 700_000_000, 5 * SECOND_NS])
        if self.chance.random() < 0.3:
            jump = -clock.offset_ns or jump
        clock.offset_ns += jump
        self.world.faults.add(Fault.CLOCK_FORWARD if jump > 0 else Fault.CLOCK_BACK)
        self.world.say("a clock jumps", jump)

    def stall(self) -> None:
        topic = self.chance.choice(list(STALLS))
        self.world.weather.stalled[topic] = self.world.step + self.chance.randrange(2, STALL_STEPS_MAX)
        self.world.faults.add(STALLS[topic])
        self.world.say("stalled", topic)

    def stall_audit(self) -> None:
        self.world.audit_stalled_until = self.world.step + self.chance.randrange(5, 3 * STALL_STEPS_MAX)
        self.world.faults.add(Fault.AUDIT_STALLED)
