"""Ten thousand open orders are cancelled by one control record: real loops, rules and codec over the log in memory.

The stages are killed in the middle, replacements are under way, and other people's orders come in between; the gateway's fold counts.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from path_world import DATE, NOW, WHO, WORLD, limit
from test_order_path import order, valid_events

from oms.core.commands import MassCancelOrders, NewOrder, ReplaceOrder, order_id_of
from oms.core.control import CancelScope, ControlRecord, Halt
from oms.core.enums import Algorithm, HaltScope, IntentKind, LimitKind, OrdStatus, Side
from oms.core.execution_events import (
    Intent,
    ScopeCancelDone,
    ScopeCancelStarted,
)
from oms.core.money import AMOUNT_SCALE
from oms.core.order_filter import OrderFilter
from oms.core.reasons import Reason
from oms.core.reference import Account, Desk, Entity, Limit, Venue, VenueSession
from oms.core.risk.decide import MASS_CANCEL_STEP_ORDERS_MAX
from oms.core.risk_events import MassCancelStarted, MassCancelStep, OrderAccepted, OrderRejected, ReplaceAccepted
from oms.core.routing_events import (
    ChildCancel,
    ChildClosed,
    ChildNew,
    ParentCancelStarted,
    ParentChanged,
    ParentTraded,
    ReplaceApplied,
    VenueWithdrawn,
)
from oms.core.run_rule import JOURNAL_START
from oms.gateway.mass_cancels import MassCancel, Name
from oms.runtime.gateway_feed import PartitionView, decode
from oms.runtime.log import TopicPartition
from oms.testing.pipeline import Pipeline
from oms.testing.sim_venue import Script, SimOrder, SimVenue
from oms.wire import topics

ORDERS = 10_000
REPLACED = 200
STEP_BYTES_MAX = 20_000
"""Of a record of risk: two hundred ids of an order."""

BOB = replace(WHO, trader="bob", strategy="other")
LIMITS: tuple[Entity, ...] = (
    limit(LimitKind.ORDER_QTY, 10_000),
    limit(LimitKind.ORDER_NOTIONAL, 10_000_000 * 10**AMOUNT_SCALE),
    limit(LimitKind.PRICE_COLLAR_BPS, 500),
    limit(LimitKind.MARKET_DATA_AGE_NS, 10**15),
    limit(LimitKind.POSITION_QTY, 10**9),
    limit(LimitKind.OPEN_ORDERS, 1_000_000),
)
MS = 1_000_000


def venues(partition: int = 0) -> list[SimVenue]:
    return [SimVenue(f"{v}-P{partition}", Script(True, ())) for v in ("XALP", "XBET")]


def path_of(*more: Entity) -> Pipeline:
    """Orders rest at the venues; no limit stands in the way."""
    p = Pipeline(venues(), NOW)
    p.entities((*(e for e in WORLD if not isinstance(e, Limit)), *LIMITS, *more), WHO)
    quotes(p)
    p.run()
    return p


def quotes(p: Pipeline) -> None:
    p.quote("XALP", "ACME", (99_900, 500), (100_000, 60))
    p.quote("XBET", "ACME", (99_900, 500), (100_100, 500))


def resting(cl_ord_id: str, **changes: object) -> NewOrder:
    return order(cl_ord_id, price=99_900, **changes)


def amended(cl_ord_id: str, of: str, qty: int = 150) -> ReplaceOrder:
    return ReplaceOrder("alpha", DATE, cl_ord_id, DATE, of, qty, 99_900, None, NOW + 10**15, NOW, "", WHO)


def run_until(p: Pipeline, done: Callable[[], bool], turns: int = 3_000) -> None:
    for _ in range(turns):
        if done():
            return
        p.run(1, MS)
    raise AssertionError("the schedule came to no end")


def open_at_risk(p: Pipeline) -> set[str]:
    return set(p.loops[topics.RISK].state.open_orders)


@dataclass
class Reader:
    """The gateway's fold of a partition, kept up to date from the log."""

    p: Pipeline
    view: PartitionView = field(init=False)

    def __post_init__(self) -> None:
        names = (topics.ORDERS, topics.RISK, topics.ROUTING)
        self.view = PartitionView(self.p.partition, dict.fromkeys((*names, topics.EXECUTION), JOURNAL_START))
        self._reader = self.p.log.reader({TopicPartition(name, self.p.partition): 0 for name in names})

    def progress(self, name: Name) -> MassCancel | None:
        for record in self._reader.poll(0.0, 1_000_000):
            self.view.offer(decode(record))
        self.view.settle()
        return self.view.mass_cancels.find(name)


@dataclass
class Played:
    p: Pipeline
    offset: int
    counts: list[tuple[int, int, int]]
    """(waiting, working, done) after each round."""
    risk: list[object]
    routing: list[object]
    execution: list[object]


@pytest.fixture(scope="module")
def played() -> Played:
    """Everything that happens, once; the tests look at what it left."""
    p = path_of()
    for number in range(ORDERS):
        p.command(resting(f"a{number}"))
    for number in range(10):
        p.command(resting(f"bob{number}", provenance=BOB))
    run_until(p, lambda: len(p.loops[topics.EXECUTION].state.children) == ORDERS + 10)
    reader = Reader(p)
    reader.progress(0)
    for number in range(REPLACED):
        p.command(amended(f"r{number}", f"a{number * 50}"))
    offset = p.control(CancelScope(HaltScope.TRADER, "ann", "she left", NOW, WHO))
    counts: list[tuple[int, int, int]] = []
    turn = 0
    while open_at_risk(p) & {order_id_of("alpha", DATE, f"a{n}") for n in range(0, ORDERS, 97)} or turn < 60:
        turn += 1
        assert turn < 3_000
        if turn < 40:
            p.command(resting(f"later{turn}", provenance=BOB))
        for at, topic in ((2, topics.RISK), (3, topics.ROUTING), (4, topics.EXECUTION), (31, topics.RISK)):
            if turn == at:
                p.crash(topic)
        p.run(1, 20 * MS)
        found = reader.progress(offset)
        if found is not None:
            counts.append((found.waiting, len(found.working), found.done))
    p.run(20)
    found = reader.progress(offset)
    assert found is not None
    counts.append((found.waiting, len(found.working), found.done))
    events = {topic: valid_events(p, topic) for topic in (topics.RISK, topics.ROUTING, topics.EXECUTION)}
    return Played(p, offset, counts, events[topics.RISK], events[topics.ROUTING], events[topics.EXECUTION])


def started(played: Played) -> MassCancelStarted:
    (event,) = [e for e in played.risk if isinstance(e, MassCancelStarted)]
    return event


def test_inv_270_it_is_worked_in_bounded_steps_that_name_every_order_once(played: Played) -> None:
    steps = [e for e in played.risk if isinstance(e, MassCancelStep)]
    assert started(played).matched == ORDERS and started(played).filter == OrderFilter(trader="ann")
    assert len(steps) == ORDERS // MASS_CANCEL_STEP_ORDERS_MAX and steps[-1].remaining == 0
    named = [order_id for step in steps for order_id in step.order_ids]
    assert len(named) == len(set(named)), "killed in the middle, no step is lost and none done twice"
    tp = TopicPartition(topics.RISK, 0)
    assert max(len(r.value) for r in played.p.log.known(tp).records) <= STEP_BYTES_MAX


def test_inv_270_other_inputs_have_their_turn_between_steps(played: Played) -> None:
    kinds = [
        "step" if isinstance(e, MassCancelStep) else "bob"
        for e in played.risk
        if isinstance(e, MassCancelStep) or (isinstance(e, OrderAccepted) and e.order.provenance == BOB)
    ]
    first = kinds.index("step")
    last = len(kinds) - 1 - kinds[::-1].index("step")
    assert kinds[first:last].count("bob") >= 20


def test_inv_271_every_chain_ends_and_nothing_is_placed_after_its_cancel(played: Played) -> None:
    ended: dict[str, OrdStatus] = {}
    cancelled: set[str] = set()
    for event in played.routing:
        if isinstance(event, ParentCancelStarted):
            cancelled.add(event.order_id)
        elif isinstance(event, ChildNew):
            assert event.order_id not in cancelled, f"{event.child_id} was placed after the cancel"
        elif isinstance(event, ParentTraded | ParentChanged):
            ended[event.order_id] = event.ord_status
    mine = [order_id_of("alpha", DATE, f"a{number}") for number in range(ORDERS)]
    assert {ended[order_id] for order_id in mine} == {OrdStatus.CANCELED}
    assert all(o.status is OrdStatus.CANCELED for o in ann_at_venues(played))
    assert not played.p.loops[topics.RISK].state.mass_cancels


def ann_at_venues(played: Played) -> list[SimOrder]:
    return [
        o
        for v in played.p.venues.values()
        for o in v.distinct_orders()
        if "/bob" not in o.cl_ord_ids[0] and "/later" not in o.cl_ord_ids[0]
    ]


def test_inv_271_a_pending_replacement_does_not_escape(played: Played) -> None:
    """All of them were accepted before the cancel was read; each is applied, or refused with its order's end."""
    asked = {e.replace.cl_ord_id for e in played.risk if isinstance(e, ReplaceAccepted)}
    settled = {e.cl_ord_id for e in played.routing if isinstance(e, ReplaceApplied)}
    assert len(asked) == REPLACED and asked == settled


def test_inv_271_orders_of_others_stay(played: Played) -> None:
    bobs = open_at_risk(played.p)
    assert len(bobs) == 10 + 39
    assert all(order_id.split("/")[2].startswith(("bob", "later")) for order_id in bobs)


def test_inv_272_the_gateway_counts_down_to_the_end(played: Played) -> None:
    waiting = [c[0] for c in played.counts]
    done = [c[2] for c in played.counts]
    assert waiting == sorted(waiting, reverse=True) and done == sorted(done)
    assert len(set(waiting)) > 10, "it is seen on its way"
    assert waiting[4] > 0, "the kills come in the middle of it"
    assert all(sum(c) == ORDERS for c in played.counts)
    assert played.counts[-1] == (0, 0, ORDERS)


def test_inv_273_execution_journals_start_steps_and_end(played: Played) -> None:
    (begun,) = [e for e in played.execution if isinstance(e, ScopeCancelStarted)]
    (done,) = [e for e in played.execution if isinstance(e, ScopeCancelDone)]
    assert begun.control_offset == done.control_offset == played.offset
    assert 0 < begun.matched <= ORDERS
    cancels = [e for e in played.execution if isinstance(e, Intent) and e.kind is IntentKind.CANCEL]
    assert {c.child_id.rpartition(".")[0] for c in cancels} >= {order_id_of("alpha", DATE, "a9999")}


# --- scopes together, and over partitions


@dataclass(frozen=True)
class Case:
    wanted: OrderFilter
    ends: frozenset[str]


ALL = frozenset({"buy", "sell", "bob", "second", "there", "twin"})
CASES = {
    "everything": Case(OrderFilter(), ALL),
    "account": Case(OrderFilter(account_id="A2"), frozenset({"second"})),
    "side": Case(OrderFilter(side=Side.SELL), frozenset({"sell"})),
    "trader": Case(OrderFilter(trader="bob"), frozenset({"bob", "twin"})),
    "strategy": Case(OrderFilter(strategy="other"), frozenset({"bob"})),
    "desk, account, instrument and side": Case(
        OrderFilter("alpha", "A1", "ACME", Side.BUY), frozenset({"buy", "bob", "there", "twin"})
    ),
    "trader and strategy": Case(OrderFilter(trader="bob", strategy=""), frozenset({"bob", "twin"})),
    "another desk": Case(OrderFilter(desk_id="beta"), frozenset()),
    "a venue": Case(OrderFilter(venue_id="XBET"), frozenset({"there"})),
}


def small_world() -> Pipeline:
    p = path_of(Account("A2", "alpha", "USD", (), True))
    p.command(resting("buy"))
    p.command(order("sell", side=Side.SELL, price=100_200))
    p.command(resting("bob", provenance=BOB))
    p.command(resting("twin", provenance=replace(BOB, strategy="")))
    p.command(resting("second", account_id="A2"))
    p.command(resting("there", algorithm=Algorithm.DIRECT, venue_id="XBET"))
    p.run()
    assert names(open_at_risk(p)) == ALL
    return p


def names(order_ids: set[str]) -> frozenset[str]:
    return frozenset(order_id.split("/")[2] for order_id in order_ids)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("by", ["control", "desk"])
def test_inv_274_filters_restrict_together(name: str, by: str) -> None:
    case, p = CASES[name], small_world()
    w = case.wanted
    if by == "control":
        p.control(CancelScope(HaltScope.FIRM, "", "test", NOW, WHO, w))
    else:
        desk = w.desk_id or "alpha"
        p.command(
            MassCancelOrders(
                desk, DATE, "m1", w.account_id, w.instrument_id, NOW, "", WHO, w.side, w.trader, w.strategy, w.venue_id
            )
        )
    p.run()
    assert ALL - names(open_at_risk(p)) == case.ends
    found = Reader(p).progress(_name(p, by, w))
    if found is not None:
        assert (found.waiting, len(found.working)) == (0, 0) and found.done >= len(case.ends)


def _name(p: Pipeline, by: str, wanted: OrderFilter) -> Name:
    if by == "desk":
        return wanted.desk_id or "alpha", DATE, "m1"
    return [e for e in valid_events(p, topics.RISK) if isinstance(e, MassCancelStarted)][-1].control_offset


def test_inv_274_what_contradicts_itself_cancels_nothing() -> None:
    p = small_world()
    p.control(CancelScope(HaltScope.DESK, "alpha", "test", NOW, WHO, OrderFilter(desk_id="beta")))
    p.run()
    assert names(open_at_risk(p)) == ALL
    assert not [e for e in valid_events(p, topics.RISK) if isinstance(e, MassCancelStarted)]


def test_inv_274_one_control_record_reaches_every_partition() -> None:
    second = Pipeline(venues(1), NOW, partition=1)
    first = Pipeline(venues(0), NOW, beside=second)
    sessions = [
        Venue(v, n, v, 0, 0, 0, ("ACME",), (VenueSession(0, f"{v}-P0"), VenueSession(1, f"{v}-P1")), 10, True)
        for n, v in enumerate(("XALP", "XBET"))
    ]
    others = [e for e in WORLD if not isinstance(e, Limit | Venue)]
    desks = (Desk("beta", "Beta", 1, True), Account("B1", "beta", "USD", (), True))
    first.entities((*others, *sessions, *LIMITS, *desks), WHO)
    quotes(second)

    def both(turns: int) -> None:
        for _ in range(turns):
            first.run(1, MS)
            second.run(1, MS)

    both(100)
    for number in range(250):
        first.command(resting(f"a{number}"))
        second.command(resting(f"b{number}", desk_id="beta", account_id="B1", provenance=BOB if number % 2 else WHO))
    both(100)
    assert (len(open_at_risk(first)), len(open_at_risk(second))) == (250, 250)
    readers = (Reader(first), Reader(second))
    offset = first.control(CancelScope(HaltScope.TRADER, "ann", "test", NOW, WHO, OrderFilter(side=Side.BUY)))
    both(200)
    found = [reader.progress(offset) for reader in readers]
    assert [(f.matched, f.done) for f in found if f is not None] == [(250, 250), (125, 125)]
    assert (len(open_at_risk(first)), len(open_at_risk(second))) == (0, 125)


# --- venues


def test_inv_275_a_smart_order_leaves_the_venue_for_good_and_goes_on_elsewhere() -> None:
    p = path_of()
    p.command(resting("a1"))
    p.run()
    (child,) = [e for e in valid_events(p, topics.ROUTING) if isinstance(e, ChildNew)]
    p.control(CancelScope(HaltScope.VENUE, child.venue_id, "it hangs", NOW, WHO))
    p.run()
    children = [e for e in valid_events(p, topics.ROUTING) if isinstance(e, ChildNew)]
    assert len(children) == 2 and children[1].venue_id != child.venue_id
    assert names(open_at_risk(p)) == {"a1"}, "the desk's order goes on"
    closed = [e for e in valid_events(p, topics.ROUTING) if isinstance(e, ChildClosed)]
    assert [(e.child_id, e.ord_status) for e in closed] == [(child.child_id, OrdStatus.CANCELED)]
    p.command(amended("r1", "a1"))
    p.run()
    venues_used = [e.venue_id for e in valid_events(p, topics.ROUTING) if isinstance(e, ChildNew)]
    assert venues_used.count(child.venue_id) == 1, "nor does a replacement bring it back"


def test_inv_275_a_replacement_on_its_way_does_not_bring_it_back() -> None:
    p = path_of()
    p.command(resting("a1"))
    p.run()
    (child,) = [e for e in valid_events(p, topics.ROUTING) if isinstance(e, ChildNew)]
    p.command(amended("r1", "a1"))
    p.control(CancelScope(HaltScope.VENUE, child.venue_id, "it hangs", NOW, WHO))
    p.run(200)
    open_there = [o for o in p.venues[f"{child.venue_id}-P0"].distinct_orders() if not o.status.is_terminal]
    assert not open_there
    assert names(open_at_risk(p)) == {"a1"}


def test_inv_275_where_no_venue_is_left_the_order_ends() -> None:
    p = path_of()
    p.command(resting("a1"))
    p.run()
    for venue_id in ("XALP", "XBET"):
        p.control(CancelScope(HaltScope.VENUE, venue_id, "both hang", NOW, WHO))
        p.run()
    last = [e for e in valid_events(p, topics.ROUTING) if isinstance(e, ParentChanged)][-1]
    assert (last.ord_status, last.reason) == (OrdStatus.CANCELED, Reason.NO_VENUE_AVAILABLE)


def test_inv_275_an_order_with_nothing_there_is_left_alone() -> None:
    p = path_of()
    p.command(resting("a1"))
    p.run()
    (child,) = [e for e in valid_events(p, topics.ROUTING) if isinstance(e, ChildNew)]
    other = "XBET" if child.venue_id == "XALP" else "XALP"
    offset = p.control(CancelScope(HaltScope.VENUE, other, "test", NOW, WHO))
    p.run()
    events = valid_events(p, topics.ROUTING)
    assert [e for e in events if isinstance(e, VenueWithdrawn)] == [VenueWithdrawn(child.order_id, other, ())]
    assert not [e for e in events if isinstance(e, ChildCancel)]
    assert p.loops[topics.ROUTING].state.parents[child.order_id].withdrawn == ()
    found = Reader(p).progress(offset)
    assert found is not None and (found.matched, found.done) == (1, 1)


# --- halts of traders and strategies


@pytest.mark.parametrize(("scope", "scope_id"), [(HaltScope.TRADER, "bob"), (HaltScope.STRATEGY, "other")])
def test_inv_276_a_halt_of_a_trader_or_strategy_binds_in_every_stage(scope: HaltScope, scope_id: str) -> None:
    p = path_of()
    record: ControlRecord = Halt(scope, scope_id, False, "enough", NOW, WHO)
    p.command(resting("before", provenance=BOB))
    p.run()
    p.control(record)
    p.run()
    p.command(resting("bob", provenance=BOB))
    p.command(resting("ann"))
    p.run()
    refused = [e for e in valid_events(p, topics.RISK) if isinstance(e, OrderRejected)]
    assert [(e.order.cl_ord_id, e.reason) for e in refused] == [("bob", Reason.HALTED)]
    assert names(open_at_risk(p)) == {"before", "ann"}, "a halt alone cancels nothing"


def test_inv_276_a_halt_reaches_the_router_by_itself() -> None:
    """Risk had accepted the order before it."""
    p = path_of()
    p.command(resting("bob", provenance=BOB))
    for _ in range(3):
        p.loops[topics.RISK].turn(0.0)
    p.control(Halt(HaltScope.TRADER, "bob", False, "enough", NOW, WHO))
    p.run()
    assert not [o for v in p.venues.values() for o in v.distinct_orders()]
    last = [e for e in valid_events(p, topics.ROUTING) if isinstance(e, ParentChanged)][-1]
    assert (last.ord_status, last.reason) == (OrdStatus.CANCELED, Reason.HALTED_AT_ROUTER)
