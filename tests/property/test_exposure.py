"""Exposure: the sums that risk keeps equal those recomputed from the journal alone, after any history."""

from collections import Counter
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st
from risk_world import (
    CANCEL,
    DATE,
    NEW,
    OTHER_DESK,
    POSITION,
    QTY,
    REPLACE,
    World,
    changed,
    fill,
    reserved_of,
    settled,
    world,
)

from oms.core.commands import NewOrder
from oms.core.enums import LimitScope, OrdStatus, Side
from oms.core.money import Amount
from oms.core.risk import RiskRules
from oms.core.risk.exposure import worst_position
from oms.core.risk_events import (
    ExposureMoved,
    OrderAccepted,
    OrderClosed,
    ReplaceAccepted,
    ReplaceSettled,
    RiskEvent,
)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens to the order last opened as `name`; each kind of step uses the figures it needs."""

    what: str
    name: str
    qty: int
    side: Side
    account: str
    number: int
    yes: bool
    matching: bool


_WHAT = ["new", "new", "replace", "settle", "fill", "fill", "fill", "close", "cancel"]
_step = st.builds(
    Step,
    st.sampled_from(_WHAT),
    st.sampled_from([f"o{n}" for n in range(4)]),
    st.integers(1, 40).map(lambda n: 10 * n),
    st.sampled_from(Side),
    st.sampled_from(["A1", "A2"]),
    st.integers(0, 7),
    st.booleans(),
    st.sampled_from([True, True, True, False]),
)
_history = st.lists(_step, min_size=5, max_size=50)


def open_world() -> World:
    wide = (
        replace(QTY, value=Amount(10**9)),
        replace(POSITION, scope=LimitScope.FIRM, scope_id="", value=Amount(10**6)),
    )
    return world(*wide, OTHER_DESK)


def play(w: World, history: list[Step]) -> None:
    """Let the history happen as far as it can: what risk refuses is part of it."""
    latest: dict[str, str] = {}
    for number, step in enumerate(history):
        order_id = latest.get(step.name, "")
        if step.what == "new":
            event = w.ask(_order(step))
            if isinstance(event, OrderAccepted):
                latest[step.name] = event.order_id
        elif w.state.order(order_id) is not None:
            _happen(w, order_id, number, step)


def _order(step: Step) -> NewOrder:
    return replace(
        NEW,
        cl_ord_id=step.name,
        trading_date=DATE + step.number,
        order_qty=step.qty,
        side=step.side,
        account_id=step.account,
        price=10_010,
    )


def _happen(w: World, order_id: str, number: int, step: Step) -> None:
    order = w.state.order(order_id)
    assert order is not None
    date = order.terms.trading_date
    match step.what:
        case "replace":
            asked = replace(REPLACE, cl_ord_id=f"r{number}", orig_cl_ord_id=step.name, order_qty=step.qty, price=10_010)
            w.ask(replace(asked, trading_date=date, orig_trading_date=date))
        case "settle" if order.pending is not None:
            cl_ord_id = order.pending.cl_ord_id if step.matching else "another"
            w.route(settled(step.yes, order.pending.order_qty, cl_ord_id, order_id))
        case "fill":
            status = OrdStatus.PARTIALLY_FILLED if step.matching else OrdStatus.FILLED
            one = fill(f"x{step.number}", step.qty // (3 if step.yes else 1), order_id, status)
            w.route(one, one, replace(one, exec_id=f"y{step.number}", last_qty=3))
        case "close" if step.yes:
            w.route(changed(OrdStatus.CANCELED, order_id))
        case "cancel":
            w.ask(replace(CANCEL, cl_ord_id=f"c{number}", orig_cl_ord_id=step.name, orig_trading_date=date))


def brute_force(journal: list[RiskEvent]) -> tuple[Counter[tuple[str, str, Side]], Counter[tuple[str, str]], int]:
    """(reserved, moved, orders open) by the definitions: each order's own story is looked through from the start."""
    reserved: Counter[tuple[str, str, Side]] = Counter()
    moved: Counter[tuple[str, str]] = Counter()
    open_count = 0
    for accepted in (event for event in journal if isinstance(event, OrderAccepted)):
        order: NewOrder = accepted.order
        mine = [event for event in journal if getattr(event, "order_id", "") == accepted.order_id]
        executed = sum(event.last_qty for event in mine if isinstance(event, ExposureMoved))
        moved[(order.account_id, order.instrument_id)] += order.side.sign * executed
        if any(isinstance(event, OrderClosed) for event in mine):
            continue
        open_count += 1
        terms = [order.order_qty]
        for event in mine:
            if isinstance(event, ReplaceAccepted):
                terms.append(event.replace.order_qty)
            elif isinstance(event, ReplaceSettled):
                terms = [event.order_qty]
        reserved[(order.account_id, order.instrument_id, order.side)] += max(0, max(terms) - executed)
    return reserved, moved, open_count


@settings(max_examples=150, deadline=None, print_blob=True)
@given(_history)
def test_the_fold_equals_brute_force(history: list[Step]) -> None:
    w = open_world()
    play(w, history)
    reserved, moved, open_count = brute_force([event for _, event in w.journal])
    assert reserved_of(w.state) == {key: qty for key, qty in reserved.items() if qty}
    assert w.state.moved == {key: qty for key, qty in moved.items() if qty}
    assert w.state.book().counts.get((LimitScope.FIRM, "", ""), 0) == open_count == len(w.state.open_orders)
    buys = sum(qty for (_, _, side), qty in reserved.items() if side is Side.BUY)
    assert worst_position(w.state, LimitScope.FIRM, "", "IBM", 1) == sum(moved.values()) + buys
    assert worst_position(w.state, LimitScope.FIRM, "", "IBM", -1) == sum(moved.values()) - (reserved.total() - buys)


@settings(max_examples=50, deadline=None, print_blob=True)
@given(_history)
def test_the_figures_in_the_events_are_those_of_the_fold(history: list[Step]) -> None:
    """Folding the journal again, each fill's position and reservation, and each release, are what the state then has."""
    w = open_world()
    play(w, history)
    again = RiskRules().initial(1)
    again.reference, again.control = w.state.reference, w.state.control
    for offset, event in w.journal:
        if isinstance(event, OrderClosed):
            assert again.open_orders[event.order_id].reserved_qty == event.released_qty
        w.rules.evolve(again, event, offset)
        if isinstance(event, ExposureMoved):
            assert again.moved.get((event.account_id, event.instrument_id), 0) == event.position_qty
    assert again == w.state
