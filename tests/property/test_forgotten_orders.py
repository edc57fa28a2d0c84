"""Whatever the router tells of a trade, of an order that is known, forgotten or never was: it is booked once, or a person is told."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_world import (
    DATE,
    NEW,
    NOW,
    ORDER_ID,
    POSITION,
    World,
    changed,
    fill,
    halt,
    resume,
    settled,
    world,
)
from test_book import same_sums, written

from oms.core.enums import ExecType, HaltScope, LimitScope, Liquidity, OrdStatus, Side
from oms.core.list_events import LegReduced
from oms.core.money import Amount
from oms.core.monitors.alerts import AlertCleared, AlertRaised
from oms.core.reasons import Reason
from oms.core.reconciliation.fills import superseding_id
from oms.core.risk.book import Book
from oms.core.risk.exposure import position_of
from oms.core.risk.forgotten import RECALLED_MAX, UNBOOKED_TOLD_MAX
from oms.core.risk.state import TRADING_DATES_MAX
from oms.core.risk_events import (
    ExposureCorrected,
    ExposureMoved,
    ExposureRepriced,
    OrderAccepted,
    OrderRecalled,
    OrderRejected,
    RiskEvent,
    TradeUnbooked,
    UnbookedSettled,
)
from oms.core.routing_events import ParentTraded, RoutingEvent, TradeCorrected, TradeSuperseded, Whose
from oms.wire import topics
from oms.wire.codec import MAX_RECORD_BYTES, encode_envelope
from oms.wire.envelope import Envelope, Source

WHOSE = Whose("alpha", "A1", "IBM", Side.BUY, "eve", "s1")
OPEN_ID, CLOSED_ID, FORGOTTEN_ID = f"alpha/{DATE + 5}/open", f"alpha/{DATE + 5}/closed", ORDER_ID


def aged() -> World:
    """The desk has an open order, a closed one, and one that it has forgotten: five later dates had orders since."""
    w = world()
    assert isinstance(w.ask(NEW), OrderAccepted)
    w.route(fill("x1", 100, ord_status=OrdStatus.FILLED))
    for later in range(1, TRADING_DATES_MAX + 1):
        order = replace(NEW, trading_date=DATE + later, cl_ord_id=f"d{later}", order_qty=10)
        assert isinstance(w.ask(order), OrderAccepted)
    for name in ("open", "closed"):
        assert isinstance(w.ask(replace(NEW, trading_date=DATE + 5, cl_ord_id=name)), OrderAccepted)
    w.route(changed(OrdStatus.CANCELED, CLOSED_ID))
    assert w.state.order(FORGOTTEN_ID) is None and w.state.order(CLOSED_ID) is not None
    return w


def bust(exec_id: str, exec_ref_id: str, qty: int, order_id: str = FORGOTTEN_ID) -> TradeCorrected:
    return TradeCorrected(
        order_id, "a1", f"{order_id}.1", "XV", ExecType.TRADE_CANCEL, exec_id, exec_ref_id, qty, 10_000, 0, 0,
        Liquidity.REMOVED, 0, 0, Amount(0), OrdStatus.CANCELED, NOW, "", whose=WHOSE,
    )  # fmt: skip


def test_inv_520_a_late_fill_of_a_forgotten_order_is_booked() -> None:
    w = aged()
    late = replace(fill("x2", 30, FORGOTTEN_ID, OrdStatus.FILLED), whose=WHOSE)
    recalled, moved = w.route(late)
    assert isinstance(recalled, OrderRecalled) and isinstance(moved, ExposureMoved)
    assert (recalled.account_id, recalled.side, recalled.venue_id) == ("A1", Side.BUY, "XV")
    assert (moved.position_qty, moved.reserved_qty, moved.signed_qty) == (130, 0, 30)
    assert w.route(late) == (), "told again, it is not booked again"
    assert (
        w.state.ledgers["A1", "IBM"].bought == 130 * 10_000 and w.state.moved_by[LimitScope.TRADER, "eve", "IBM"] == 130
    )
    same_sums(w.state.book(), Book.of(w.state))


def test_inv_520_a_bust_of_a_forgotten_order_takes_position_and_money_back() -> None:
    w = aged()
    recalled, corrected = w.route(bust("x9", "x1", 100))
    assert isinstance(recalled, OrderRecalled) and isinstance(corrected, ExposureCorrected)
    assert (corrected.position_qty, corrected.signed_qty) == (0, -100)
    assert position_of(w.state, "A1", "IBM") == 0 and w.state.ledgers["A1", "IBM"].bought == 0


def test_inv_520_beyond_a_limit_it_is_booked_and_said_and_blocks_new_use() -> None:
    w = aged()
    w.load(replace(POSITION, value=Amount(250)))
    recalled, *_ = w.route(replace(fill("x2", 200, FORGOTTEN_ID), whose=WHOSE))
    assert isinstance(recalled, OrderRecalled) and "position is 300, limit position is 250" in recalled.text
    order = replace(NEW, trading_date=DATE + 5, cl_ord_id="more", order_qty=10)
    refused = w.ask(order)
    assert isinstance(refused, OrderRejected) and refused.reason is Reason.POSITION_LIMIT
    assert isinstance(w.ask(replace(order, cl_ord_id="less", side=Side.SELL)), OrderAccepted)


@pytest.mark.parametrize(("order_id", "desk_id"), [(ORDER_ID, "alpha"), ("nobody/1/x", ""), ("", "")])
def test_inv_521_what_cannot_be_booked_blocks_the_desk_until_a_person_resumes_it(order_id: str, desk_id: str) -> None:
    w = aged()
    unbooked, alert = w.route(fill("x2", 30, order_id))
    assert isinstance(alert, AlertRaised) and alert.scope_id == desk_id and "XV/x2" in alert.text
    assert isinstance(unbooked, TradeUnbooked) and unbooked.desk_id == desk_id and unbooked.exec_id == "XV/x2"
    order = replace(NEW, trading_date=DATE + 5, cl_ord_id="next", order_qty=10)
    refused = w.ask(order)
    assert isinstance(refused, OrderRejected) and refused.reason is Reason.TRADES_UNBOOKED
    scope = (HaltScope.DESK, "alpha") if desk_id else (HaltScope.FIRM, "")
    assert scope[0].name.lower() in refused.text
    w.control(halt(HaltScope.ACCOUNT, "A1"))
    w.control(resume(HaltScope.ACCOUNT, "A1"))
    assert w.state.unbooked, "another scope's resume is about something else"
    *_, settled_event, cleared = w.control(resume(*scope))
    assert isinstance(settled_event, UnbookedSettled) and isinstance(cleared, AlertCleared)
    assert not w.state.alerts.open and not w.state.unbooked
    assert isinstance(w.ask(replace(order, cl_ord_id="again")), OrderAccepted)


def test_inv_521_an_order_under_the_name_of_one_that_traded_already_is_no_new_one() -> None:
    w = world()
    w.route(replace(fill("x1", 10), whose=WHOSE))
    refused = w.ask(NEW)
    assert isinstance(refused, OrderRejected) and refused.reason is Reason.DUPLICATE_CL_ORD_ID


def test_what_is_recalled_is_forgotten_again_and_bounded() -> None:
    w = aged()
    for number in range(RECALLED_MAX + 1):
        w.route(replace(fill("x", 1, f"alpha/{DATE}/z{number:05}"), whose=WHOSE))
    assert len(w.state.recalled["alpha"]) == RECALLED_MAX and f"alpha/{DATE}/z00000" not in w.state.closed_orders
    for later in range(6, 12):
        w.ask(replace(NEW, trading_date=DATE + later, cl_ord_id=f"d{later}", order_qty=10))
    assert not w.state.recalled["alpha"] and not [o for o in w.state.closed_orders if "/z0" in o]


def test_inv_520_where_the_most_are_recalled_the_next_is_booked_whatever_its_name() -> None:
    w = aged()
    names = [f"alpha/{DATE}/z{number:05}" for number in range(RECALLED_MAX + 1)]
    for name in reversed(names):
        assert isinstance(w.route(replace(fill("x", 1, name), whose=WHOSE))[-1], ExposureMoved)
    assert names[0] in w.state.closed_orders and names[1] not in w.state.closed_orders


def test_inv_520_more_than_are_remembered_in_one_record_are_all_booked_and_none_twice() -> None:
    """One that was forgotten again for the others of the record has another trade in it: it is recalled a second time."""
    w, names = aged(), [f"alpha/{DATE}/z{number:05}" for number in range(RECALLED_MAX + 50)]
    before = w.state.moved.get(("A1", "IBM"), 0)
    trades = [replace(fill("x", 1, name), whose=WHOSE) for name in names]
    again = [replace(fill("y", 10, name), whose=WHOSE) for name in (names[0], names[-1])]
    w.route(*trades, *again, replace(fill("x", 1, names[-1]), whose=WHOSE))
    assert w.state.moved["A1", "IBM"] - before == len(names) + 20
    mine = w.state.recalled["alpha"]
    assert len(mine) == RECALLED_MAX and names[0] in mine and names[-1] in mine and names[1] not in mine
    assert mine.keys() <= w.state.closed_orders.keys()
    w.route(*again)
    assert w.state.moved["A1", "IBM"] - before == len(names) + 20, "told before"


def test_inv_521_a_flood_of_what_cannot_be_booked_is_told_to_a_bound_and_seen_to_in_one_record() -> None:
    w = aged()
    for number in range(UNBOOKED_TOLD_MAX + 10):
        w.route(fill(f"e{number:063}", 1, f"alpha/{DATE}/{'z' * 56}{number:08}"))
    assert len(w.state.alerts.open) == UNBOOKED_TOLD_MAX and w.state.unbooked == {"alpha": UNBOOKED_TOLD_MAX + 10}
    events = w.control(resume(HaltScope.FIRM, ""))
    envelope = Envelope(1, 1, (), Source("", 0, 0, "", "", 0), 0, 0, "", 3, b"", b"", events, 3)
    assert len(encode_envelope(topics.RISK, envelope)) < MAX_RECORD_BYTES
    assert not w.state.alerts.open and not w.state.unbooked


_INT64 = st.one_of(
    st.sampled_from([-(2**63), -1, 0, 1, 2**63 - 1]), st.integers(-(2**63), 2**63 - 1), st.integers(0, 500)
)
_ID = st.sampled_from(
    [OPEN_ID, CLOSED_ID, FORGOTTEN_ID, f"alpha/{DATE}/never", "beta/1/b", "no slash", "", "alpha/x/y"]
)
_EXEC = st.sampled_from(["x1", "x2", "x3", ""])
_VENUE = st.sampled_from(["XV", "nowhere", ""])
_WHOSE = st.one_of(
    st.none(),
    st.just(WHOSE),
    st.builds(
        Whose,
        st.sampled_from(["alpha", "beta", ""]),
        st.sampled_from(["A1", "A2", "nobody", ""]),
        st.sampled_from(["IBM", "BAC", "nothing", ""]),
        st.sampled_from(Side),
        st.sampled_from(["", "eve"]),
        st.sampled_from(["", "s1"]),
    ),
)
_STATUS = st.sampled_from(OrdStatus)


@st.composite
def told(draw: st.DrawFn) -> RoutingEvent:
    """One thing that the router may tell, with any figures."""
    order_id, exec_id, ref, venue = draw(_ID), draw(_EXEC), draw(_EXEC), draw(_VENUE)
    a, b, c, d = (draw(_INT64) for _ in range(4))
    kind = draw(st.sampled_from(["fill", "fill", "correct", "correct", "supersede", "changed", "settled", "reduced"]))
    status, whose = draw(_STATUS), draw(_WHOSE)
    if kind == "fill":
        made = fill(exec_id, a, order_id, status)
        return replace(made, venue_id=venue, last_px=b, whose=whose)
    if kind == "correct":
        made_bust = bust(exec_id, ref, a, order_id)
        return replace(made_bust, venue_id=venue, old_px=b, new_qty=c, new_px=d, ord_status=status, whose=whose)
    if kind == "supersede":
        return TradeSuperseded(
            order_id, "a1", "", venue, exec_id, ref, a, b, c, Liquidity.ADDED, 0, 0, Amount(0), status, NOW, whose=whose
        )
    if kind == "changed":
        return changed(status, order_id)
    return settled(True, 50, "r1", order_id) if kind == "settled" else LegReduced("l", order_id, 50, "other", 1)


Trade = ParentTraded | TradeCorrected | TradeSuperseded


@settings(max_examples=300, deadline=None, print_blob=True)
@given(st.lists(st.lists(told(), min_size=1, max_size=4), min_size=1, max_size=6))
def test_inv_520_whatever_the_router_tells_is_booked_once_or_told_to_a_person(
    records: list[list[RoutingEvent]],
) -> None:
    w = aged()
    seen: set[tuple[str, str]] = set()
    held = Counter(w.state.moved)
    for record in records:
        events = w.route(*record)
        for event in events:
            written(event)
        answered = {_names(event) for event in events}
        for trade in (event for event in record if isinstance(event, Trade)):
            key = (trade.order_id, _exec_of(trade))
            assert key in answered or key in seen, f"{trade} left no trace"
            seen.add(key)
        for event in events:
            if isinstance(event, ExposureMoved | ExposureCorrected):
                held[event.account_id, event.instrument_id] += event.signed_qty
                assert event.position_qty == held[event.account_id, event.instrument_id]
    assert {key: qty for key, qty in held.items() if qty} == w.state.moved
    same_sums(w.state.book(), Book.of(w.state))
    blocked = bool(w.state.unbooked.keys() & {"", "alpha"})
    order = replace(NEW, trading_date=DATE + 5, cl_ord_id="after", order_qty=10)
    after = w.ask(order)
    assert blocked == (isinstance(after, OrderRejected) and after.reason is Reason.TRADES_UNBOOKED)


def _exec_of(trade: Trade) -> str:
    if isinstance(trade, TradeSuperseded):
        return superseding_id(f"{trade.venue_id}/{trade.exec_id}", f"{trade.venue_id}/{trade.inferred_exec_id}")
    return f"{trade.venue_id}/{trade.exec_id}"


def _names(event: RiskEvent) -> tuple[str, str]:
    if isinstance(event, ExposureRepriced):
        return event.order_id, superseding_id(event.exec_id, event.inferred_exec_id)
    if isinstance(event, ExposureMoved | ExposureCorrected | TradeUnbooked):
        return event.order_id, event.exec_id
    return ("", "")
