"""Triggers of halts under any history: what is looked at as figures move is what a look at everything, at every step, finds."""

from collections.abc import Iterator
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from oms.core.commands import CancelOrder, NewOrder
from oms.core.enums import HaltScope, LimitScope, Side
from oms.core.halt_triggers import HaltTrigger, HaltTriggerKind
from oms.core.money import Amount
from oms.core.reference import Calendar, Interval
from oms.core.risk import RiskRules, RiskState
from oms.core.risk.book import Book
from oms.core.risk.trips import ABOUT_US, SLICES, slice_of
from oms.core.risk_events import (
    CancelAccepted,
    CancelRejected,
    HaltTriggerRearmed,
    HaltTriggerTripped,
    OrderAccepted,
    OrderRejected,
    RiskEvent,
)
from oms.core.stage import CommandInput
from tests.halt_trigger_world import NEW, SECOND, look, trigger, trips_of, wait
from tests.risk_catalogue_world import mark
from tests.risk_world import CANCEL, DATE, DOLLAR, NOW, World, fill, resume, world

K = HaltTriggerKind
TRIGGERS = (
    trigger(K.DAY_LOSS, 30 * DOLLAR, trigger_id="loss", grace_ns=0),
    trigger(K.DAY_LOSS, 60 * DOLLAR, HaltScope.ACCOUNT, trigger_id="loss-a", grace_ns=0),
    trigger(K.MESSAGE_RATE, 4, trigger_id="rate", grace_ns=0),
    trigger(K.MESSAGE_RATE, 6, HaltScope.INSTRUMENT, trigger_id="rate-i", window_ns=3 * SECOND, grace_ns=0),
    trigger(K.REJECT_RATIO, 400_000, HaltScope.TRADER, trigger_id="ratio", count_min=3, grace_ns=0),
)
OPEN = Calendar("nyse", False, (Interval(NOW, NOW + 10_000 * SECOND, DATE),))

Step = tuple[str, int]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["buy", "sell", "bad", "cancel", "fill", "resume", "look"]), st.integers(0, 9)),
        st.tuples(st.just("wait"), st.integers(1, 2 * SECOND)),
        st.tuples(st.just("quote"), st.integers(9_700, 10_100)),
    ),
    max_size=40,
)


def opened() -> World:
    w = world(OPEN, *TRIGGERS)
    w.load(replace(w.state.reference.limits["age"], value=Amount(10**15)))
    w.load(replace(w.state.reference.limits["collar"], value=Amount(2_000)))
    return w


def take(w: World, number: int, step: Step) -> tuple[RiskEvent, ...]:
    what, value = step
    ids = [*w.state.open_orders]
    match what:
        case "buy" | "sell":
            side = Side.BUY if what == "buy" else Side.SELL
            order: NewOrder = replace(NEW, cl_ord_id=f"n{number}", side=side, order_qty=10 * (value + 1))
            return w.feed(CommandInput(0, order))
        case "bad":
            return w.feed(CommandInput(0, replace(NEW, cl_ord_id=f"n{number}", order_qty=7)))
        case "cancel":
            of = ids[value % len(ids)].rsplit("/", 1)[1] if ids else "none"
            cancel: CancelOrder = replace(CANCEL, cl_ord_id=f"c{number}", orig_cl_ord_id=of)
            return w.feed(CommandInput(0, cancel))
        case "fill":
            if not ids:
                return ()
            order_id = ids[value % len(ids)]
            left = w.state.open_orders[order_id].reserved_qty
            return w.route(fill(f"x{number}", min(50, left), order_id)) if left else ()
        case "resume":
            made = TRIGGERS[value % len(TRIGGERS)]
            return w.control(resume(made.scope, made.scope_id))
        case "look":
            mark(w)
            return look(w)
        case "wait":
            wait(w, value)
            return ()
        case _:
            w.quote(value, value, w.conditions.tape_ns)
            return ()


def recounted(w: World, times: list[int], made: HaltTrigger) -> int:
    """The figure of a trigger of messages, from every event of the journal and when it came: nothing is kept between two questions."""
    first = w.conditions.wall_ns // slice_of(made) - SLICES
    sent = refused = 0
    for (_, event), wall_ns in zip(w.journal, times, strict=True):
        if wall_ns // slice_of(made) < first:
            continue
        if isinstance(event, OrderAccepted | OrderRejected):
            if made.kind is K.MESSAGE_RATE:
                sent += 1
            elif not isinstance(event, OrderRejected) or event.reason not in ABOUT_US:
                sent, refused = sent + 1, refused + isinstance(event, OrderRejected)
        elif made.kind is K.MESSAGE_RATE and isinstance(event, CancelAccepted | CancelRejected):
            known = isinstance(event, CancelAccepted)
            sent += known or made.scope is not HaltScope.INSTRUMENT
    if made.kind is K.MESSAGE_RATE:
        return sent
    return -(-refused * 10**6 // sent) if refused and sent >= made.count_min else 0


def lost(state: RiskState, made: HaltTrigger) -> int:
    """The day's loss, from sums made anew."""
    money = Book.of(state).money.get((LimitScope[made.scope.name], made.scope_id, "USD"))
    return -(money.realised + money.unrealised) if money is not None else 0


def beyond(w: World, times: list[int]) -> set[str]:
    """The triggers that are armed and beyond their threshold now, by a look at everything."""
    return {
        t.trigger_id
        for t in TRIGGERS
        if t.trigger_id not in w.state.trips
        and (lost(w.state, t) if t.kind is K.DAY_LOSS else recounted(w, times, t)) > t.threshold
    }


def played(steps: list[Step]) -> Iterator[tuple[World, set[str], tuple[RiskEvent, ...]]]:
    """After each step: the world, what was beyond before it, and what came of it."""
    w, times = opened(), list[int]()
    for number, step in enumerate(steps):
        before = beyond(w, times)
        events = take(w, number, step)
        times += [w.conditions.wall_ns] * (len(w.journal) - len(times))
        yield w, before, events


def at_the_end(steps: list[Step]) -> World:
    return [opened(), *(w for w, _, _ in played(steps))][-1]


@settings(max_examples=150, deadline=None)
@given(STEPS)
@example([("buy", 9), ("fill", 0), ("quote", 9_900), ("sell", 0), ("cancel", 0), ("resume", 0), ("buy", 0)])
@example([("buy", 9), ("quote", 9_800), ("look", 0), ("fill", 0), ("cancel", 0), ("buy", 0)])
def test_inv_499_what_is_looked_at_as_it_moves_is_what_a_look_at_everything_finds(steps: list[Step]) -> None:
    for (_, before, events), (what, _) in zip(played(steps), steps, strict=True):
        if what in ("buy", "sell", "bad", "cancel"):
            assert {e.trigger_id for e in trips_of(events)} == before, (
                "all that was beyond, and nothing else, before it is judged"
            )


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_inv_493_between_two_trips_of_a_trigger_is_a_resume(steps: list[Step]) -> None:
    w = at_the_end(steps)
    tripped: set[str] = set()
    for _, event in w.journal:
        if isinstance(event, HaltTriggerTripped):
            assert event.trigger_id not in tripped
            tripped.add(event.trigger_id)
        elif isinstance(event, HaltTriggerRearmed):
            tripped.remove(event.trigger_id)


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_inv_498_the_fold_of_the_journal_is_the_state_that_wrote_it(steps: list[Step]) -> None:
    w = at_the_end(steps)
    again = RiskRules().initial(1)
    again.reference, again.control = w.state.reference, w.state.control
    for offset, event in w.journal:
        w.rules.evolve(again, event, offset)
    assert again == w.state


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, SECOND), max_size=60), st.integers(1, 3 * SECOND))
def test_a_count_is_never_less_than_its_window_nor_more_than_a_slice_beyond_it(gaps: list[int], window_ns: int) -> None:
    made = trigger(K.MESSAGE_RATE, 10**6, window_ns=window_ns)
    w, sent = world(OPEN, made), list[int]()
    for number, gap in enumerate(gaps):
        wait(w, gap)
        w.feed(CommandInput(0, replace(NEW, cl_ord_id=f"n{number}")))
        now = w.conditions.wall_ns
        sent.append(now)
        figure = w.state.counts["tried"].within(now)[0]
        assert sum(at > now - window_ns for at in sent) <= figure
        assert figure <= sum(at > now - (SLICES + 1) * slice_of(made) for at in sent)
