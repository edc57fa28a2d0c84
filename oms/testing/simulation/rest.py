"""How a seed ends: faults are over, all is resumed and cancelled, and everything gets the time to come to rest.

At rest: every command is answered, every order is ended at every stage, no venue holds one, all that was said was heard, the audit has
written everything. An order that a venue forgot stays unknown for ever, as it must; it is left out.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from oms.runtime.log import TopicPartition
from oms.testing.sim_venue import Script
from oms.testing.simulation.faults import Fault
from oms.testing.simulation.stages import StageProcess
from oms.testing.simulation.workload import LOT
from oms.wire import topics

if TYPE_CHECKING:
    from oms.testing.simulation.world import World

SHORT_NS, LONG_NS = 100_000_000, 500_000_000
"""A round while things happen, and one while nothing does; longer ones would make every follower blind (`presence.Silence.look`)."""

ROUNDS_MAX = 600
"""Far beyond what any seed needs: a status request is repeated after a minute at the latest."""

ANSWERS_ROUNDS_MAX = 200
"""For commands to be answered and partitions to have owners, before everything is cancelled."""

FACTS_OF_AN_IDLE_ROUND = 3
"""Records in a round in which nothing but heartbeats and marks are written."""

AUDIT_ROUNDS = 6
"""Turns of the audit after everything else stopped: a plan, its insert, and what the plans' own faults cost."""

CHECK_EVERY = 4
"""Rounds between two looks at what is open, which cost as much as a round."""


class Rest:
    def __init__(self, world: "World") -> None:
        self._world = world
        self._written: dict[
            TopicPartition, int
        ] = {}  # how long every topic was when it was looked last, and the time before
        self._written_before: dict[TopicPartition, int] = {}

    def come_to_rest(self) -> str:
        """What is still open when the time is over; empty where all is at rest."""
        world = self._world
        self._end_faults()
        self._until(lambda: not self._unanswered() and not self._without_owner(), ANSWERS_ROUNDS_MAX)
        world.work.resume()
        world.work.cancel_all()
        left = self._until(lambda: not self._open(), ROUNDS_MAX)
        for _ in range(AUDIT_ROUNDS):
            world.turn_audit()
        if left:
            return "; ".join(self._open()[:5])
        for process in world.owners():
            world.check_state(process, "AT_REST")
        world.at_rest = True
        return ""

    def _end_faults(self) -> None:
        world = self._world
        world.weather.clear()
        world.store.fates.clear()
        world.snapshots.fates.clear()
        world.snapshots.out_of_reach = False
        world.audit_stalled_until = 0
        for tp, partition in world.log.partitions.items():
            partition.fates.clear()
            partition.acks_held = False
            world.faults.add(Fault.APPEND_LATE, len(world.log.land_late(tp)))
        for process in world.processes():
            process.log.doom.strike = None
            process.clock.offset_ns = 0
            if process.paused:
                process.paused = False
                if process.owns and process.epoch < world.latest_claim(process.journal):
                    world.faults.add(Fault.ZOMBIE)
        for replica in world.replicas_up():
            replica.doomed = False
            replica.clock.offset_ns = 0
        for venue in world.all_venues:
            venue.script = Script(True, (LOT,))
            venue.hung = venue.held = venue.away = False
            venue.logons_refused = 0
            venue.reply_fates.clear()
        world.calm_venues()
        world.revive()

    def _until(self, reached: Callable[[], bool], rounds: int) -> bool:
        """Rounds until it is so; whether the time was over before."""
        world = self._world
        for number in range(rounds):
            if number % CHECK_EVERY == 0 and reached():
                return False
            before = world.moment
            busy = world.round(SHORT_NS)
            if not busy or world.moment - before < FACTS_OF_AN_IDLE_ROUND:
                world.pass_time(LONG_NS - SHORT_NS)
            if number % CHECK_EVERY == 0:
                world.look()
                world.revive()
        return not reached()

    # --- what is open

    def _unanswered(self) -> bool:
        return any(client.outbox for client in self._world.clients)

    def _owner(self, tp: TopicPartition) -> StageProcess | None:
        claim = self._world.latest_claim(tp)
        owners = [p for p in self._world.stages[tp] if p.owns and p.epoch == claim and p.caught_up]
        return owners[0] if owners else None

    def _without_owner(self) -> list[str]:
        return [f"no owner of {tp.topic}/{tp.partition}" for tp in self._world.stages if self._owner(tp) is None]

    def _forgotten(self) -> set[str]:
        """Children that a venue forgot."""
        lost = [order for venue in self._world.all_venues for order in venue.lost_orders]
        return {order.cl_ord_ids[0].partition(":")[2] for order in lost}

    def _open(self) -> list[str]:
        """What is not at rest, in words."""
        log = self._world.log
        self._written_before, self._written = self._written, {tp: len(p.records) for tp, p in log.partitions.items()}
        found = self._without_owner()
        if found:
            return found
        found = [f"unanswered: {client.name}" for client in self._world.clients if client.outbox]
        forgotten = self._forgotten()
        for tp in self._world.stages:
            owner = self._owner(tp)
            assert owner is not None
            found += self._open_at(owner, forgotten)
        for venue in self._world.all_venues:
            found += [f"open at {venue.session_id}: {o.cl_ord_ids[0]}" for o in venue.distinct_orders() if o.leaves]
            if venue.on_the_way or venue.outbound:
                found.append(f"on the way: {venue.session_id}")
        return found or [f"behind: {client.name}" for client in self._world.clients if client.behind()]

    def _behind(self, owner: StageProcess) -> bool:
        """Whether it has not read what was there when it was looked at the time before. Somebody always writes: the cancel of an order that
        a venue forgot is repeated for ever."""
        before = self._written_before
        cursors = ((TopicPartition(c.topic, c.partition), c.next_offset) for c in owner.loop.cursors())
        return not before or any(next_offset < before.get(tp, 0) for tp, next_offset in cursors)

    def _open_at(self, owner: StageProcess, forgotten: set[str]) -> list[str]:
        state, where = owner.loop.state, owner.process_id
        found = [f"{where} has not read everything"] if self._behind(owner) or owner.in_flight else []
        parents = {child.rpartition(".")[0] for child in forgotten}
        if owner.journal.topic == topics.RISK:
            found += [f"{where}: open {o}" for o in state.open_orders if o not in parents]
            found += [f"{where}: mass cancel {m}" for m in state.mass_cancels]
            found += [f"{where}: program {p}" for p in state.programs]
            found += [f"{where}: liquidation {m}" for m in state.liquidations]
        elif owner.journal.topic == topics.ROUTING:
            found += [
                f"{where}: open {p.order_id}"
                for p in state.parents.values()
                if not p.closed and p.order_id not in parents
            ]
        elif owner.journal.topic == topics.EXECUTION:
            found += [
                f"{where}: {c} is {child.ord_status.name}" for c, child in state.children.items() if c not in forgotten
            ]
            found += [
                f"{where}: {s.session_id} is not ready"
                for s in state.sessions.values()
                if not s.ready and not forgotten
            ]
            found += self._unheard(owner)
        return found

    def _unheard(self, owner: StageProcess) -> list[str]:
        """What a venue said, and was lost on its way: the silence after it ends with a test request, whose answer shows the gap."""
        sessions = owner.loop.state.sessions
        return [
            f"{owner.process_id}: numbers from {sessions[v.session_id].next_in} on of {v.session_id} are not heard"
            for v in self._world.all_venues
            if v.session_id in sessions and sessions[v.session_id].next_in < v.next_out
        ]
