"""What each action of a halt lets through in each scope: new orders, amendments and cancels at risk, children at the router, intents at
execution. The reference data: account A1 of desk alpha is client C1's, holds 300 IBM; XV's counterparty is CP, YV has none."""

from dataclasses import replace

import pytest
from risk_world import (
    ACCOUNT,
    CANCEL,
    NEW,
    NOW,
    REPLACE,
    WHO,
    XV,
    World,
    cancel_scope,
    changed,
    fill,
    opening,
    resume,
    world,
)

from oms.core.control import Halt, Resume
from oms.core.enums import Algorithm, CounterpartyKind, HaltAction, HaltScope, OrdStatus, Side
from oms.core.execution_events import ChildUnsent
from oms.core.halts import client_of, venues_of
from oms.core.order_filter import OrderFilter
from oms.core.reasons import Reason
from oms.core.reference import Reference
from oms.core.risk_events import (
    CancelAccepted,
    MassCancelStarted,
    MassCancelStep,
    OrderAccepted,
    OrderRejected,
    ReplaceAccepted,
    ReplaceRejected,
)
from oms.core.risk_reference import Counterparty
from oms.core.routing_events import ChildNew, ParentChanged
from oms.core.venue_messages import Disconnected
from oms.testing import execution_bench, routing_world
from oms.testing.execution_bench import NOBODY, SESSION_ID, VENUE_ID, ExecutionBench, child_new
from oms.testing.routing_world import RouterWorld

BLOCK, REDUCE = HaltAction.BLOCK_NEW, HaltAction.REDUCE_ONLY
HELD = 300
SCOPES = {
    HaltScope.FIRM: "",
    HaltScope.DESK: "alpha",
    HaltScope.ACCOUNT: "A1",
    HaltScope.INSTRUMENT: "IBM",
    HaltScope.VENUE: "XV",
    HaltScope.TRADER: WHO.trader,
    HaltScope.STRATEGY: WHO.strategy,
    HaltScope.CLIENT: "C1",
    HaltScope.COUNTERPARTY: "CP",
}
assert set(SCOPES) == set(HaltScope), "a scope is missing from the table"
DIRECT = replace(NEW, algorithm=Algorithm.DIRECT, venue_id="XV")
"""Of every scope, those of venues included. A buy of 100: it increases."""
SALE = replace(DIRECT, side=Side.SELL, order_qty=100)


def halt(scope: HaltScope, action: HaltAction, cancel_open: bool = False) -> Halt:
    return Halt(scope, SCOPES[scope], cancel_open, "test", NOW, WHO, action)


def held_world(qty: int = HELD) -> World:
    return world(
        Counterparty("CP", "Clearing", CounterpartyKind.CLEARING_MEMBER, 2, True),
        replace(opening(ACCOUNT, "IBM", qty), client_id="C1"),
        replace(XV, counterparties=("CP",)),
    )


def reason_of(event: object) -> Reason | None:
    assert isinstance(event, OrderAccepted | OrderRejected | ReplaceAccepted | ReplaceRejected), event
    return event.reason if isinstance(event, OrderRejected | ReplaceRejected) else None


@pytest.mark.parametrize("scope", HaltScope)
@pytest.mark.parametrize(
    ("action", "order", "reason"),
    [
        (BLOCK, DIRECT, Reason.HALTED),
        (BLOCK, SALE, Reason.HALTED),
        (REDUCE, DIRECT, Reason.INCREASES_POSITION),
        (REDUCE, SALE, None),
        (REDUCE, replace(SALE, order_qty=HELD), None),
        (REDUCE, replace(SALE, order_qty=HELD + 10), Reason.INCREASES_POSITION),
    ],
)
def test_inv_481_a_new_order_under_a_halt(
    scope: HaltScope, action: HaltAction, order: object, reason: Reason | None
) -> None:
    w = held_world()
    w.control(halt(scope, action))
    event = w.ask(order)  # type: ignore[arg-type]
    assert reason_of(event) is reason
    if isinstance(event, OrderAccepted):
        assert event.mandate.reduces_from == w.state.control.position == 1, "it says which halts were known"
        row = event.evidence.checks.index(81)
        assert (event.evidence.before[row], event.evidence.after[row]) == (HELD, HELD - event.order.order_qty)
    elif isinstance(event, OrderRejected):
        name = f"{scope.name.lower()}:{SCOPES[scope]}".rstrip(":")
        assert f"{name} is {'reduce-only' if action is REDUCE else 'halted'}: test (control offset 0)" in event.text
        if action is REDUCE:
            possible = HELD if event.order.side is Side.SELL else 0
            assert f"at most {possible} more reduce it" in event.text


@pytest.mark.parametrize("scope", HaltScope)
def test_inv_481_a_halt_of_another_of_its_kind_stops_nobody(scope: HaltScope) -> None:
    if scope is HaltScope.FIRM:
        return
    w = held_world()
    for action in (BLOCK, REDUCE):
        w.control(Halt(scope, "somebody-else", False, "test", NOW, WHO, action))
    accepted = w.ask(DIRECT)
    assert isinstance(accepted, OrderAccepted) and accepted.mandate.reduces_from == 0


@pytest.mark.parametrize("scope", HaltScope)
@pytest.mark.parametrize(
    ("action", "side", "order_qty", "reason"),
    [
        (BLOCK, Side.SELL, 50, Reason.HALTED),
        (REDUCE, Side.SELL, 50, None),
        (REDUCE, Side.SELL, HELD, None),
        (REDUCE, Side.SELL, HELD + 10, Reason.INCREASES_POSITION),
        (REDUCE, Side.BUY, 50, Reason.INCREASES_POSITION),
        (REDUCE, Side.BUY, 200, Reason.INCREASES_POSITION),
    ],
)
def test_inv_481_an_amendment_is_judged_as_the_order_that_it_makes(
    scope: HaltScope, action: HaltAction, side: Side, order_qty: int, reason: Reason | None
) -> None:
    w = held_world()
    assert isinstance(w.ask(replace(DIRECT, side=side)), OrderAccepted)
    w.control(halt(scope, action))
    event = w.ask(replace(REPLACE, order_qty=order_qty))
    assert reason_of(event) is reason
    if isinstance(event, ReplaceAccepted):
        assert event.mandate.reduces_from == 1


@pytest.mark.parametrize("scope", HaltScope)
@pytest.mark.parametrize("action", HaltAction)
def test_rule_37_cancels_pass_every_halt(scope: HaltScope, action: HaltAction) -> None:
    w = held_world()
    w.ask(DIRECT)
    w.control(halt(scope, action))
    assert isinstance(w.ask(CANCEL), CancelAccepted)


@pytest.mark.parametrize(("first", "second"), [(BLOCK, REDUCE), (REDUCE, BLOCK)])
def test_inv_480_of_two_scopes_the_tighter_halt_wins(first: HaltAction, second: HaltAction) -> None:
    w = held_world()
    w.control(halt(HaltScope.DESK, first))
    w.control(halt(HaltScope.CLIENT, second))
    assert reason_of(w.ask(SALE)) is Reason.HALTED
    w.control(resume(*((HaltScope.DESK, "alpha") if first is BLOCK else (HaltScope.CLIENT, "C1"))))
    assert reason_of(w.ask(replace(SALE, cl_ord_id="a2"))) is None


def test_inv_482_open_orders_count_at_worst() -> None:
    w = held_world()
    w.ask(replace(SALE, order_qty=200))
    w.control(halt(HaltScope.FIRM, REDUCE))
    assert reason_of(w.ask(replace(SALE, cl_ord_id="a2", order_qty=110))) is Reason.INCREASES_POSITION
    assert reason_of(w.ask(replace(SALE, cl_ord_id="a3", order_qty=100))) is None
    assert reason_of(w.ask(replace(SALE, cl_ord_id="a4", order_qty=10))) is Reason.INCREASES_POSITION
    w.route(fill("e1", 200, ord_status=OrdStatus.FILLED))
    assert reason_of(w.ask(replace(SALE, cl_ord_id="a5", order_qty=10))) is Reason.INCREASES_POSITION
    w.route(changed(OrdStatus.CANCELED, "alpha/20250106/a3"))
    assert reason_of(w.ask(replace(SALE, cl_ord_id="a6", order_qty=100))) is None, "100 are held, and nothing is open"


def test_a_smart_order_is_not_held_for_a_venue() -> None:
    """As with a halt of a venue: it goes where it may, which the router sees to."""
    w = held_world()
    for scope in (HaltScope.VENUE, HaltScope.COUNTERPARTY):
        w.control(halt(scope, BLOCK))
    accepted = w.ask(NEW)
    assert isinstance(accepted, OrderAccepted) and accepted.mandate.venues == ("XV", "YV")


def test_a_mass_cancel_of_a_client_and_of_a_counterparty() -> None:
    w = held_world()
    elsewhere = replace(DIRECT, cl_ord_id="a2", venue_id="YV")
    others = replace(NEW, cl_ord_id="a3", account_id="A2")
    for order in (DIRECT, elsewhere, others):
        assert isinstance(w.ask(order), OrderAccepted) or order is others
    started = w.control(cancel_scope(HaltScope.CLIENT, "C1"))[1]
    assert isinstance(started, MassCancelStarted) and started.matched == 2
    step = w.step()
    assert isinstance(step, MassCancelStep) and not step.venues and len(step.order_ids) == 2
    started = w.control(cancel_scope(HaltScope.COUNTERPARTY, "CP"))[1]
    assert isinstance(started, MassCancelStarted)
    step = w.step()
    assert isinstance(step, MassCancelStep) and step.venues == ("XV",)
    assert "alpha/20250106/a1" in step.order_ids and "alpha/20250106/a2" not in step.order_ids


def test_where_scopes_come_from() -> None:
    reference: Reference = held_world().state.reference
    assert (client_of(reference, "A1"), client_of(reference, "A2"), client_of(reference, "nobody")) == ("C1", "", "")
    assert venues_of(reference, OrderFilter(desk_id="alpha")) is None
    assert venues_of(reference, OrderFilter(counterparty_id="CP")) == {"XV"}
    assert venues_of(reference, OrderFilter(counterparty_id="CP", venue_id="YV")) == set()
    assert venues_of(reference, OrderFilter(counterparty_id="nobody")) == set()


ROUTER_SCOPES = (
    (HaltScope.FIRM, ""),
    (HaltScope.DESK, routing_world.DESK),
    (HaltScope.ACCOUNT, routing_world.ACCOUNT),
    (HaltScope.INSTRUMENT, routing_world.INSTRUMENT),
    (HaltScope.VENUE, "A"),
    (HaltScope.TRADER, routing_world.WHO.trader),
    (HaltScope.STRATEGY, routing_world.WHO.strategy),
    (HaltScope.CLIENT, "C1"),
    (HaltScope.COUNTERPARTY, "CP"),
)
AT_VENUE = (HaltScope.VENUE, HaltScope.COUNTERPARTY)


@pytest.mark.parametrize(("scope", "scope_id"), ROUTER_SCOPES)
@pytest.mark.parametrize(("action", "reduces_from", "goes"), [(BLOCK, 1, False), (REDUCE, 0, False), (REDUCE, 1, True)])
def test_inv_483_children_of_what_was_accepted_as_reducing_pass(
    scope: HaltScope, scope_id: str, action: HaltAction, reduces_from: int, goes: bool
) -> None:
    w = RouterWorld(("A", "B"))
    reference = w.state.reference
    reference.venues["A"] = replace(reference.venues["A"], counterparties=("CP",))
    reference.accounts[routing_world.ACCOUNT] = replace(
        ACCOUNT, account_id=routing_world.ACCOUNT, desk_id=routing_world.DESK, client_id="C1"
    )
    w.control(Halt(scope, scope_id, False, "test", NOW, WHO, action))
    w.quote("A", 100, 50, 101, 50)
    w.quote("B", 100, 50, 102, 50)
    accepted = w.accepted("a1", Side.BUY, 50, 102)
    w.risk(replace(accepted, mandate=replace(accepted.mandate, reduces_from=reduces_from)))
    made = [event for event in w.events if isinstance(event, ChildNew)]
    if goes:
        assert [(c.venue_id, c.reduces_from) for c in made] == [("A", 1)]
    elif scope in AT_VENUE:
        assert [c.venue_id for c in made] == ["B"], "it goes on where it may"
    else:
        assert not made
        ended = [event for event in w.events if isinstance(event, ParentChanged) and event.reason is not None]
        assert [event.reason for event in ended] == [Reason.HALTED_AT_ROUTER]


EXECUTION_SCOPES = {
    HaltScope.FIRM: "",
    HaltScope.DESK: "alpha",
    HaltScope.ACCOUNT: "acc",
    HaltScope.INSTRUMENT: "ACME",
    HaltScope.VENUE: VENUE_ID,
    HaltScope.TRADER: "bob",
    HaltScope.STRATEGY: "spread",
    HaltScope.CLIENT: "C1",
    HaltScope.COUNTERPARTY: "CP",
}


def logged_on() -> ExecutionBench:
    reference = execution_bench.venue_reference()
    reference.venues[VENUE_ID] = replace(reference.venues[VENUE_ID], counterparties=("CP",))
    reference.accounts["acc"] = replace(ACCOUNT, account_id="acc", client_id="C1")
    bench = ExecutionBench()
    bench.state.reference = reference
    bench.settle()
    return bench


@pytest.mark.parametrize("scope", HaltScope)
@pytest.mark.parametrize(("action", "reduces_from", "goes"), [(BLOCK, 1, False), (REDUCE, 0, False), (REDUCE, 1, True)])
def test_inv_483_what_was_accepted_as_reducing_leaves(
    scope: HaltScope, action: HaltAction, reduces_from: int, goes: bool
) -> None:
    bench = logged_on()
    bench.control(Halt(scope, EXECUTION_SCOPES[scope], False, "", 0, NOBODY, action))
    asked = replace(child_new(1), trader="bob", strategy="spread", reduces_from=reduces_from)
    events = bench.route(asked)
    assert any(isinstance(e, ChildUnsent) and e.reason is Reason.HALTED_AT_EXECUTION for e in events) is not goes
    bench.settle()
    assert bool(bench.venue.orders) is goes


@pytest.mark.parametrize("lifted", [False, True])
@pytest.mark.parametrize(("reduces_from", "goes"), [(0, False), (1, False), (2, True)])
def test_inv_483_what_waits_was_judged_before_a_later_halt(reduces_from: int, goes: bool, lifted: bool) -> None:
    """The halts are at 0 and 1; the child waits for its session when both come. Judged knowing one of them is not knowing the other."""
    bench = logged_on()
    bench.feed(Disconnected(SESSION_ID, "test"))
    bench.route(replace(child_new(1), reduces_from=reduces_from))
    bench.control(Halt(HaltScope.DESK, "alpha", False, "", 0, NOBODY, REDUCE))
    bench.control(Halt(HaltScope.FIRM, "", False, "", 0, NOBODY, REDUCE))
    if lifted:
        bench.control(Resume(HaltScope.FIRM, "", "", 0, NOBODY))
    bench.now_ns += 100 * execution_bench.SECOND_NS
    bench.settle()
    assert bool(bench.venue.orders) is goes
