"""Lists of open orders: when they are asked for, what they find, and that they decide nothing by themselves."""

from oms.core.enums import BreakCause, IntentKind, OrdStatus, SessionMessage
from oms.core.execution.reports import LIST_ASKS_MAX
from oms.core.execution.sessions import LIST_EVERY_NS
from oms.core.execution_events import ChildReport, ExecutionEvent, Intent, SessionMessagePlanned, SessionReceived
from oms.core.routing_events import ChildCancel
from oms.core.venue_messages import OpenOrdersListed, VenueMessage
from oms.testing.execution_bench import SECOND_NS, SESSION_ID, ExecutionBench, child_new

EVERY_S = LIST_EVERY_NS // SECOND_NS


def with_orders(count: int) -> ExecutionBench:
    bench = ExecutionBench()
    bench.settle()
    for number in range(1, count + 1):
        bench.route(child_new(number))
    bench.settle()
    return bench


def lists(events: list[ExecutionEvent]) -> list[SessionMessagePlanned]:
    return [
        e for e in events if isinstance(e, SessionMessagePlanned) and e.message is SessionMessage.LIST_ORDERS
    ]  # fmt: skip


def asked(events: list[ExecutionEvent]) -> list[str]:
    """Children whose status was asked, in order."""
    return [e.child_id for e in events if isinstance(e, Intent) and e.kind is IntentKind.STATUS]


def rounds(bench: ExecutionBench, count: int) -> list[ExecutionEvent]:
    """So many seconds; the events of them."""
    before = len(bench.events())
    for _ in range(count):
        bench.now_ns += SECOND_NS
        bench.fire_due()
        bench.do_effects()
        bench.venue.read()
        bench.hear()
    return bench.events()[before:]


def test_a_list_is_asked_for_after_each_logon_behind_cancels_and_questions() -> None:
    bench = with_orders(2)
    before = len(bench.events())
    bench.venue.lose()
    bench.hear()
    bench.route(ChildCancel("alpha/20250106/a1", "alpha/20250106/a1.1", 1))
    bench.settle()
    events = bench.events()[before:]
    sent = [e for e in events if isinstance(e, Intent | SessionMessagePlanned)]
    assert [e.kind.name if isinstance(e, Intent) else e.message.name for e in sent] == [
        "LOGON",
        "CANCEL",
        "STATUS",
        "STATUS",
        "LIST_ORDERS",
    ]
    assert [e.msg_seq_num for e in sent] == list(range(sent[0].msg_seq_num, sent[0].msg_seq_num + len(sent)))


def test_it_is_asked_for_again_and_again_while_the_session_is_up_and_agreement_leaves_nothing() -> None:
    bench = with_orders(3)
    events = rounds(bench, 3 * EVERY_S)
    assert len(lists(events)) == 3
    assert asked(events) == []
    others = [e for e in events if not isinstance(e, SessionReceived | SessionMessagePlanned)]
    assert others == [], "orders that are as we know them"


def test_rule_32_an_order_that_the_venue_lost_without_a_word_is_asked_about_and_becomes_a_break() -> None:
    bench = with_orders(3)
    lost = "alpha/20250106/a2.1"
    del bench.venue.orders[f"0:{lost}"]
    events = rounds(bench, EVERY_S + 1)
    assert set(asked(events)) == {lost}
    assert [c.ord_status for c in bench.state.children.values()] == [OrdStatus.NEW, OrdStatus.UNKNOWN, OrdStatus.NEW]
    bench.route(child_new(4))
    rounds(bench, EVERY_S)
    assert bench.state.children["alpha/20250106/a4.1"].ord_status is OrdStatus.NEW, "the others go on"
    assert list(bench.state.breaks.open) == [(BreakCause.NOT_AT_VENUE, lost)]
    assert lost in bench.state.children, "one proof is none"
    assert bench.folded() == bench.state


def test_one_list_brings_about_a_bounded_number_of_questions_and_the_next_the_rest() -> None:
    bench = with_orders(LIST_ASKS_MAX + 3)
    bench.venue.orders.clear()
    first = bench.feed(
        VenueMessage(SESSION_ID, bench.state.sessions[SESSION_ID].next_in, False, OpenOrdersListed(()), "")
    )
    assert len(asked(list(first))) == LIST_ASKS_MAX
    bench.venue.next_out += 1  # the test's own message took that number
    rounds(bench, 2 * EVERY_S)
    assert all(child.ord_status is OrdStatus.UNKNOWN for child in bench.state.children.values())


def test_the_last_order_of_a_list_is_reported_by_the_end_of_it() -> None:
    """A fill that only the list tells of: the last order's line is the end of the list, and counts like any other."""
    bench = with_orders(1)
    bench.venue.withhold = True
    bench.venue.fill("0:alpha/20250106/a1.1", 40)
    rounds(bench, EVERY_S + 1)
    (child,) = bench.state.children.values()
    assert (child.ord_status, child.cum_qty, child.venue_cum_qty) == (OrdStatus.UNKNOWN, 0, 40)
    assert not [e for e in bench.events() if isinstance(e, ChildReport) and e.last_qty], "a list is no fill"


def test_rule_32_a_list_that_comes_while_an_order_is_on_its_way_says_nothing_of_it() -> None:
    bench = with_orders(1)
    bench.route(child_new(2))
    number = bench.state.sessions[SESSION_ID].next_in
    events = bench.feed(VenueMessage(SESSION_ID, number, False, OpenOrdersListed(("0:alpha/20250106/a1.1",)), ""))
    assert asked(list(events)) == []
