"""Storms on the order path: random orders, markets, venues, halts, crashes, bad appends and double owners, in random order.

Each seed is one storm over the real loops, rules and codec (`oms.testing.pipeline`), and repeats exactly. After the storm everything is
cancelled and left to come to rest; then it is checked that no order was lost, doubled or left open, that venues, router and risk agree
about every fill, and that each stage's journal folds to the state of its owner. A failing storm names its seed.
OMS_STORMS sets how many are run (50 take some 15 s of one core); OMS_STORM_FIRST where they begin.
"""

import os
import random
from collections import Counter, defaultdict
from typing import Any

import pytest

from oms.core.canonical import state_hash
from oms.core.commands import (
    CancelOrder,
    Command,
    MassCancelOrders,
    NewOrder,
    Provenance,
    ReplaceOrder,
    TwapParameters,
)
from oms.core.control import CancelScope, Halt, Resume
from oms.core.enums import (
    Algorithm,
    HaltScope,
    IntentKind,
    LimitKind,
    LimitScope,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
)
from oms.core.execution_events import Intent
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.reference import Account, Calendar, Desk, Entity, Instrument, Limit, Venue, VenueSession
from oms.core.risk_events import ControlApplied, ExposureMoved, OrderAccepted, OrderRejected, ReplaceAccepted
from oms.core.routing_events import ParentChanged, ParentTraded
from oms.core.run_rule import Validity
from oms.runtime.journal_fold import STATE_LAYOUT_VERSION, JournalFold
from oms.runtime.log import TopicPartition
from oms.runtime.loop import StageLoop
from oms.runtime.ownership import Phase
from oms.testing.pipeline import RULES, Pipeline
from oms.testing.sim_log import Fate
from oms.testing.sim_venue import Script, SimVenue
from oms.wire import topics
from oms.wire.codec import decode_journal
from oms.wire.envelope import Envelope

FIRST, STORMS = int(os.environ.get("OMS_STORM_FIRST", "0")), int(os.environ.get("OMS_STORMS", "50"))
STEPS = 250

WHO = Provenance("ann", "", "test", "ann", "")
NOW = 1_736_175_600_000_000_000
DATE = 20250106
SECOND_NS = 1_000_000_000
STAGES = (topics.RISK, topics.ROUTING, topics.EXECUTION)
VENUES = ("XALP", "XBET", "XGAM")
LOT = 10


def limit(kind: LimitKind, value: int) -> Limit:
    return Limit(kind.name, kind, LimitScope.FIRM, "", "ACME", "USD", Amount(value))


WORLD: tuple[Entity, ...] = (
    Calendar("always", True, ()),
    Instrument("ACME", "Acme", "USD", 4, 0, 100, LOT, "always", True),
    *(Venue(v, n, v, 0, 0, 0, ("ACME",), (VenueSession(0, f"{v}-P0"),), 10, True) for n, v in enumerate(VENUES)),
    Desk("alpha", "Alpha", 0, True),
    Account("A1", "alpha", "USD", (), True),
    limit(LimitKind.ORDER_QTY, 5_000),
    limit(LimitKind.ORDER_NOTIONAL, 10_000_000 * 10**AMOUNT_SCALE),
    limit(LimitKind.PRICE_COLLAR_BPS, 500),
    limit(LimitKind.MARKET_DATA_AGE_NS, 10**15),
    limit(LimitKind.POSITION_QTY, 20_000),
    limit(LimitKind.OPEN_ORDERS, 30),
)


class Storm:
    """One seed's events. `zombies`: owners that were paused while another process took over, and may wake."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.path = Pipeline([SimVenue(f"{v}-P0") for v in VENUES], NOW)
        self.path.entities(WORLD, WHO)
        self.sent: list[Command] = []
        self.zombies: list[tuple[str, StageLoop[Any, Any]]] = []
        self.names = 0
        for venue in VENUES:
            self.path.quote(venue, "ACME", (99_900, 300), (100_000, 100))
        self.path.run(20)

    def rage(self) -> None:
        # fmt: off
        actions = [
            (14, self.turn), (12, self.new), (3, self.cancel), (9, self.replace), (0.5, self.mass_cancel), (1, self.repeat),
            (0.7, self.halt), (4, self.resume), (0.5, self.cancel_scope), (5, self.quote), (9, self.fill), (2, self.end), (3, self.script),
            (2, self.lose), (2, self.crash), (2, self.fate), (2, self.land_late), (1, self.hold), (1, self.double), (3, self.zombie),
            (8, self.wait), (1, self.clock_back), (0.5, self.garbage),
        ]
        # fmt: on
        work = self.random.choices([a for _, a in actions], [w for w, _ in actions], k=STEPS)
        for action in work:
            action()
            for _ in range(self.random.randrange(3)):
                self.turn()

    def calm_down(self) -> None:
        """All faults end; everything is resumed, cancelled, and given time."""
        path = self.path
        for partition in path.log.partitions.values():
            partition.fates.clear()
            partition.stragglers.clear()
            partition.acks_held = False
        self.zombies.clear()
        for venue in path.venues.values():
            venue.script = Script(True, (LOT,))
            venue.lose()
        for scope, scope_id in _SCOPES:
            path.control(Resume(scope, scope_id, "calm", path.clock.wall_ns, WHO))
        self.rest(200)
        for topic in STAGES:
            if path.loops[topic].phase is not Phase.RUNNING:
                path.start(topic)
        self.send(MassCancelOrders("alpha", DATE, self.name("m"), "", "", path.clock.wall_ns, "", WHO))
        self.rest(1_000)

    def rest(self, turns: int) -> None:
        self.path.run(turns, 100_000_000)

    # --- the desk

    def name(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    def send(self, command: Command) -> None:
        self.sent.append(command)
        self.path.command(command)

    def new(self) -> None:
        pick, now = self.random.choice, self.path.clock.wall_ns
        algorithm = pick([Algorithm.BEST_PRICE, Algorithm.BEST_PRICE, Algorithm.DIRECT, Algorithm.TWAP])
        ord_type = pick([OrdType.LIMIT, OrdType.LIMIT, OrdType.LIMIT, OrdType.MARKET])
        tif = pick(
            [t for t in TimeInForce if algorithm is not Algorithm.TWAP or t in (TimeInForce.DAY, TimeInForce.GTC)]
        )
        start = now + self.random.randrange(-SECOND_NS, SECOND_NS)
        self.send(
            NewOrder(
                desk_id="alpha",
                trading_date=DATE,
                cl_ord_id=self.name("o"),
                account_id="A1",
                instrument_id="ACME",
                side=pick(list(Side)),
                ord_type=ord_type,
                time_in_force=tif,
                order_qty=LOT * self.random.randrange(1, 60),
                price=None if ord_type is OrdType.MARKET else 100_000 + 100 * self.random.randrange(-4, 5),
                algorithm=algorithm,
                venue_id=pick(VENUES) if algorithm is Algorithm.DIRECT else "",
                twap=TwapParameters(
                    start, start + self.random.randrange(2, 20) * SECOND_NS, self.random.randrange(1, 8)
                )
                if algorithm is Algorithm.TWAP
                else None,
                good_until_ns=now + pick([SECOND_NS // 10, 3600 * SECOND_NS, 3600 * SECOND_NS, 3600 * SECOND_NS]),
                entered_ns=now,
                trace_id="",
                provenance=WHO,
            )
        )

    def some_order(self) -> str:
        known = [c.cl_ord_id for c in self.sent if isinstance(c, NewOrder | ReplaceOrder)]
        return self.random.choice(known[-12:]) if known else "nothing"

    def cancel(self) -> None:
        now = self.path.clock.wall_ns
        self.send(CancelOrder("alpha", DATE, self.name("c"), DATE, self.some_order(), now, "", WHO))

    def replace(self) -> None:
        now, pick = self.path.clock.wall_ns, self.random.choice
        orig, qty = self.some_order(), LOT * self.random.randrange(1, 60)
        price = pick([None, *(100_000 + 100 * n for n in range(-4, 5))])
        self.send(
            ReplaceOrder(
                "alpha", DATE, self.name("r"), DATE, orig, qty, price, None, now + 3600 * SECOND_NS, now, "", WHO
            )
        )

    def mass_cancel(self) -> None:
        self.send(MassCancelOrders("alpha", DATE, self.name("m"), "", "", self.path.clock.wall_ns, "", WHO))

    def repeat(self) -> None:
        if self.sent:
            self.path.command(self.random.choice(self.sent))

    # --- control

    def halt(self) -> None:
        scope, scope_id = self.random.choice(_SCOPES)
        self.path.control(Halt(scope, scope_id, self.random.random() < 0.5, "storm", self.path.clock.wall_ns, WHO))

    def resume(self) -> None:
        for scope, scope_id in _SCOPES:
            self.path.control(Resume(scope, scope_id, "storm", self.path.clock.wall_ns, WHO))

    def cancel_scope(self) -> None:
        self.path.control(CancelScope(*self.random.choice(_SCOPES), "storm", self.path.clock.wall_ns, WHO))

    # --- markets and venues

    def quote(self) -> None:
        venue, size = self.random.choice(VENUES), self.random.randrange
        bid = 99_900 + 100 * self.random.randrange(-2, 2)
        self.path.quote(venue, "ACME", (bid, LOT * size(30)), (bid + 100 * size(1, 3), LOT * size(30)))

    def venue(self) -> SimVenue:
        return self.random.choice(list(self.path.venues.values()))

    def some_live(self, venue: SimVenue) -> str:
        live = [o.cl_ord_ids[0] for o in venue.distinct_orders() if o.leaves]
        return self.random.choice(live) if live else ""

    def fill(self) -> None:
        for _ in range(3):
            venue = self.venue()
            venue.fill(self.some_live(venue), LOT * self.random.randrange(1, 30))

    def end(self) -> None:
        venue = self.venue()
        venue.end(self.some_live(venue), self.random.choice([OrdStatus.CANCELED, OrdStatus.EXPIRED]))

    def script(self) -> None:
        self.venue().script = self.random.choice(
            [Script(False), Script(True), Script(True, (LOT,)), Script(True, (LOT, LOT)), Script(True, (10**9,))]
        )

    def lose(self) -> None:
        venue = self.venue()
        venue.read(self.random.randrange(4))
        venue.lose(deliver=self.random.randrange(4))

    # --- processes and the log

    def stage(self) -> str:
        return self.random.choice(STAGES)

    def turn(self) -> None:
        self.path.loops[self.stage()].turn(0.0)
        if self.random.random() < 0.3:
            self.path.pass_time(self.random.choice([1_000, 1_000_000, 20_000_000]))

    def wait(self) -> None:
        self.path.run(self.random.randrange(1, 12), self.random.choice([1_000_000, 50_000_000, 500_000_000]))

    def clock_back(self) -> None:
        """A wall clock is set back."""
        self.path.pass_time(-self.random.choice([1_000_000, 300_000_000, 3 * SECOND_NS]))

    def garbage(self) -> None:
        self.path.log.appender(TopicPartition(topics.ORDERS, 0)).append(None, b"\xffnothing that anyone sent")

    def crash(self) -> None:
        self.path.crash(self.stage())

    def fate(self) -> None:
        fates = self.random.choices(list(Fate), k=self.random.randrange(1, 5))
        self.path.log.plan(TopicPartition(self.stage(), 0), *fates)

    def land_late(self) -> None:
        self.path.log.land_late(TopicPartition(self.stage(), 0))

    def hold(self) -> None:
        """Outcomes come late, and meanwhile another process may claim."""
        topic = self.stage()
        self.path.log.hold_acks(TopicPartition(topic, 0))
        for _ in range(self.random.randrange(6)):
            if self.path.loops[topic].phase is Phase.RUNNING:
                self.turn()
        if self.random.random() < 0.5:
            self.zombies.append((topic, self.path.loops[topic]))
            self.path.start(topic)
        self.path.log.release_acks(TopicPartition(topic, 0))

    def double(self) -> None:
        topic = self.stage()
        self.zombies.append((topic, self.path.loops[topic]))
        self.path.start(topic)

    def zombie(self) -> None:
        if self.zombies:
            self.random.choice(self.zombies)[1].turn(0.0)

    # --- what must hold

    def check(self) -> None:
        events = {topic: self.fold(topic) for topic in STAGES}
        accepted = {e.order_id: [e.mandate.order_qty] for e in events[topics.RISK] if isinstance(e, OrderAccepted)}
        for event in events[topics.RISK]:
            if isinstance(event, ReplaceAccepted):
                accepted[event.order_id].append(event.mandate.order_qty)
        self.check_answers(events[topics.RISK])
        self.check_ends(events[topics.ROUTING], accepted)
        self.check_fills(events, accepted)
        self.check_venues(events[topics.EXECUTION])
        for topic in STAGES:
            applied = Counter(e.control_offset for e in events[topic] if isinstance(e, ControlApplied))
            assert set(applied.values()) <= {1}, f"{topic} applied a control record twice"
        risk = self.path.loops[topics.RISK].state
        assert not risk.open_orders and not risk.book().counts and not risk.mass_cancels

    def fold(self, topic: str) -> list[object]:
        """Events of the valid records, by recovery's own fold; its state must be the owner's."""
        owner = self.path.loops[topic]
        fold = JournalFold(self.path.log, RULES[topic](), TopicPartition(topic, 0))
        out: list[object] = []
        for record in self.path.log.reader({TopicPartition(topic, 0): 0}).poll(0.0, 1_000_000):
            if fold.apply(record) is Validity.VALID:
                envelope = decode_journal(record.value)
                assert isinstance(envelope, Envelope)
                out += envelope.events
        fold.fold_sides(owner.cursors())
        mine, theirs = fold.folded.state, owner.state
        assert state_hash(mine, STATE_LAYOUT_VERSION) == state_hash(theirs, STATE_LAYOUT_VERSION), topic
        return out

    def check_answers(self, events: list[object]) -> None:
        answers = Counter(e.order.cl_ord_id for e in events if isinstance(e, OrderAccepted | OrderRejected))
        asked = {c.cl_ord_id for c in self.sent if isinstance(c, NewOrder)}
        assert set(answers) == asked, "every new order is answered"
        assert all(count == 1 for count in answers.values()), "a new order is answered once"

    def check_ends(self, events: list[object], accepted: dict[str, list[int]]) -> None:
        last = {e.order_id: e.ord_status for e in events if isinstance(e, ParentChanged | ParentTraded)}
        open_still = {o: last.get(o) for o in accepted if o not in last or not last[o].is_terminal}
        assert not open_still, f"not ended: {open_still}"

    def check_fills(self, events: dict[str, list[object]], accepted: dict[str, list[int]]) -> None:
        at_venues, traded, moved = defaultdict[str, int](int), defaultdict[str, int](int), defaultdict[str, int](int)
        for venue in self.path.venues.values():
            for order in venue.distinct_orders():
                child_id = order.cl_ord_ids[0].removeprefix("0:")
                at_venues[child_id.rpartition(".")[0]] += order.cum_qty
        for event in events[topics.ROUTING]:
            if isinstance(event, ParentTraded):
                traded[event.order_id] += event.last_qty
                assert traded[event.order_id] == event.cum_qty
        for event in events[topics.RISK]:
            if isinstance(event, ExposureMoved):
                moved[event.order_id] += event.last_qty
        filled = {o: q for o, q in at_venues.items() if q}
        assert filled == traded, "venues and router agree about fills"
        assert filled == moved, "venues and risk agree about fills"
        for order_id, qty in traded.items():
            assert qty <= max(accepted[order_id]), f"{order_id} executed {qty} under mandates {accepted[order_id]}"

    def check_venues(self, events: list[object]) -> None:
        intents = {e.cl_ord_id for e in events if isinstance(e, Intent) and e.kind is IntentKind.NEW}
        for venue in self.path.venues.values():
            assert all(count == 1 for count in venue.new_read.values()), "a NEW was read twice"
            assert set(venue.new_read) <= intents, "a NEW was read that no valid record names"
            assert not [o for o in venue.distinct_orders() if o.leaves], "an order is left open at a venue"


_SCOPES = (
    (HaltScope.FIRM, ""),
    (HaltScope.DESK, "alpha"),
    (HaltScope.ACCOUNT, "A1"),
    (HaltScope.INSTRUMENT, "ACME"),
    *((HaltScope.VENUE, venue) for venue in VENUES),
)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + STORMS))
def test_a_storm_loses_nothing_and_doubles_nothing(seed: int) -> None:
    storm = Storm(seed)
    storm.rage()
    storm.calm_down()
    storm.check()
