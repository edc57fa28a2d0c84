"""Where a child is, who is waited for and since when: what `GetOrder` says beside the blotter."""

from dataclasses import replace

import pytest

from oms.core.commands import NewOrder, Provenance
from oms.core.enums import Algorithm, ExecType, IntentKind, Liquidity, OrdStatus, OrdType, Side, TimeInForce
from oms.core.execution_events import (
    ChildReport,
    ChildRequestRejected,
    ChildRequestTaken,
    ChildTaken,
    ChildUnknown,
    ChildUnsent,
    ExecutionEvent,
    FillCorrected,
    Intent,
    SessionDown,
    SessionUp,
)
from oms.core.reasons import Reason
from oms.gateway.order_state import OrderState
from oms.gateway.venue_states import VenueStates, Wait, waiting_of
from oms.runtime.gateway_feed import GatewayView, read_partitions
from oms.runtime.log import TopicPartition
from oms.wire import topics
from oms.wire.envelope import Claim, Envelope, Source

ORDER, CHILD, VENUE, SESSION = "alpha/20250106/a", "alpha/20250106/a.1", "XAAA", "OMS0-XAAA"
UP, DOWN = SessionUp(SESSION, VENUE, 1, 1, 5), SessionDown(SESSION, VENUE, "gone", 9)
TAKEN = ChildTaken(
    ORDER, CHILD, VENUE, SESSION, "ACME", "alpha-1", "alpha", Side.BUY, OrdType.LIMIT, TimeInForce.DAY, 100, 50, 10**18, "", 1, 7
)  # fmt: skip
NEW = Intent(ORDER, CHILD, IntentKind.NEW, SESSION, 2, f"0:{CHILD}", "", 0, 100, 50, 20)
CANCEL = replace(NEW, kind=IntentKind.CANCEL, cl_ord_id=f"0:{CHILD}:1", request=1, at_ns=30)
REPLACE = replace(CANCEL, kind=IntentKind.REPLACE, order_qty=80)
ASKED = replace(CANCEL, kind=IntentKind.STATUS, at_ns=60)
RESTS = ChildReport(
    ORDER, CHILD, VENUE, ExecType.NEW, OrdStatus.NEW, "e1", "v1", 0, 0, 0, 100, 100, 50, 0, None, 25, None, ""
)
PART = replace(RESTS, exec_type=ExecType.TRADE, ord_status=OrdStatus.PARTIALLY_FILLED, last_qty=40, cum_qty=40)
REPLACED = replace(PART, exec_type=ExecType.REPLACED, last_qty=0, order_qty=80, request=1)
GONE = replace(RESTS, exec_type=ExecType.CANCELED, ord_status=OrdStatus.CANCELED)
UNKNOWN = ChildUnknown(ORDER, CHILD, "no answer")
REFUSED = ChildRequestRejected(ORDER, CHILD, 1, IntentKind.CANCEL, Reason.TOO_LATE_TO_CANCEL, "")
QUEUED_CANCEL = ChildRequestTaken(ORDER, CHILD, IntentKind.CANCEL, 1, 0, None, 0)


def told(*events: ExecutionEvent) -> VenueStates:
    """Each event in a record of its own, the n-th at wall time 100 n."""
    states = VenueStates(0)
    states.offer(0, Claim("p1", 1))
    for n, event in enumerate(events, start=1):
        states.offer(n, envelope(n, event))
    return states


def envelope(run_seq: int, event: ExecutionEvent, epoch: int = 0) -> Envelope:
    source = Source("", 0, 0, "", "", 0)
    return Envelope(epoch, run_seq, (), source, 0, 100 * run_seq, "", 2, b"", b"", (event,))


def order(status: OrdStatus = OrdStatus.NEW, decided: int = 3) -> OrderState:
    terms = NewOrder(
        "alpha", 20250106, "a", "alpha-1", "ACME", Side.BUY, OrdType.LIMIT, TimeInForce.DAY, 100, 50, Algorithm.BEST_PRICE,
        "", None, 10**18, 11, "", Provenance("ann", "", "grpc", "ann", ""),
    )  # fmt: skip
    state = OrderState(ORDER, terms, 0, "a", ["a"], 100, 50, [])
    state.ord_status, state.decision_offset = status, decided
    return state


@pytest.mark.parametrize(
    ("events", "what", "since_ns"),
    [
        ((UP, TAKEN), Wait.SESSION, 200),
        ((UP, TAKEN, NEW), Wait.ACCEPTANCE, 20),
        ((UP, TAKEN, NEW, RESTS), None, 0),
        ((UP, TAKEN, NEW, RESTS, PART), None, 0),
        ((UP, TAKEN, NEW, RESTS, CANCEL), Wait.CANCEL, 500),
        ((UP, TAKEN, NEW, RESTS, REPLACE), Wait.REPLACE, 500),
        ((UP, TAKEN, NEW, RESTS, REPLACE, CANCEL), Wait.CANCEL, 600),
        ((UP, TAKEN, NEW, RESTS, REPLACE, REPLACED), None, 0),
        ((UP, TAKEN, NEW, RESTS, CANCEL, REFUSED), None, 0),
        ((UP, TAKEN, NEW, RESTS, DOWN, QUEUED_CANCEL), Wait.SESSION, 600),
        ((UP, TAKEN, NEW, UNKNOWN, ASKED, ASKED), Wait.STATUS, 400),
        ((UP, TAKEN, NEW, UNKNOWN, ASKED, RESTS), None, 0),
        ((UP, TAKEN, NEW, RESTS, GONE), None, 0),
        ((UP, TAKEN, ChildUnsent(ORDER, CHILD, Reason.WITHDRAWN_UNSENT, "")), None, 0),
    ],
)
def test_who_is_waited_for_and_since_when(events: tuple[ExecutionEvent, ...], what: Wait | None, since_ns: int) -> None:
    waiting = waiting_of(order(), told(*events))
    assert (waiting.what if waiting else None, waiting.since_ns if waiting else 0) == (what, since_ns)
    assert waiting is None or (waiting.whom == VENUE and waiting.doing)


def test_before_all_is_read_nothing_is_said_of_now() -> None:
    """A gateway that starts shows no child that may have ended since, and says for whom the answer waits."""
    states = VenueStates(0, end=3)
    for n, record in enumerate((Claim("p1", 1), envelope(1, TAKEN), envelope(2, NEW))):
        assert states.reading and states.of_order(ORDER) == ()
        waiting = waiting_of(order(), states)
        assert waiting is not None and (waiting.what, waiting.whom) == (Wait.GATEWAY, "")
        states.offer(n, record)
    assert not states.reading and [c.child_id for c in states.of_order(ORDER)] == [CHILD]
    told_now = waiting_of(order(), states)
    assert told_now is not None and told_now.what is Wait.ACCEPTANCE


def test_a_gateway_is_ready_before_it_has_read_what_execution_said() -> None:
    wanted = read_partitions(1)
    starts, ends = dict.fromkeys(wanted, 0), dict.fromkeys(wanted, 0)
    ahead = {TopicPartition(topics.EXECUTION, 0): 1_000_000}
    view = GatewayView(1, dict(starts), ends | ahead)
    assert view.ready and view.lag() == 0 and view.partitions[0].venues.reading
    for topic in (topics.RISK, topics.ROUTING, topics.ORDERS):
        behind = GatewayView(1, dict(starts), ends | {TopicPartition(topic, 0): 3})
        assert not behind.ready and behind.lag() == 3 and not behind.partitions[0].venues.reading


def test_an_unknown_outcome_says_what_is_done_about_it() -> None:
    waiting = waiting_of(order(), told(UP, TAKEN, NEW, UNKNOWN, ASKED, ASKED, ASKED))
    assert waiting is not None and "unknown (no answer)" in waiting.doing and "3 times" in waiting.doing


def test_before_a_decision_and_before_the_router_our_own_services_are_waited_for() -> None:
    undecided = waiting_of(order(OrdStatus.PENDING_NEW, -1), told())
    accepted = waiting_of(order(OrdStatus.PENDING_NEW), told())
    assert undecided is not None and (undecided.what, undecided.whom) == (Wait.DECISION, "")
    assert accepted is not None and (accepted.what, accepted.whom) == (Wait.ROUTER, "")
    assert waiting_of(order(OrdStatus.CANCELED), told(UP, TAKEN, NEW)) is None


def test_the_last_venue_state_is_kept() -> None:
    (child,) = told(UP, TAKEN, NEW, RESTS, PART, REPLACE, REPLACED).of_order(ORDER)
    assert (child.ord_status, child.order_qty, child.cum_qty, child.since_ns) == (
        OrdStatus.PARTIALLY_FILLED,
        80,
        40,
        500,
    )


def test_rule_20_a_bust_moves_a_live_child_back_and_a_correction_can_end_it() -> None:
    bust = FillCorrected(
        ORDER,
        CHILD,
        VENUE,
        ExecType.TRADE_CANCEL,
        "b1",
        "e1",
        40,
        50,
        0,
        0,
        0,
        100,
        OrdStatus.NEW,
        Liquidity.REMOVED,
        30,
        0,
        "bust",
    )
    (child,) = told(UP, TAKEN, NEW, RESTS, PART, bust).of_order(ORDER)
    assert (child.cum_qty, child.ord_status, child.text, child.since_ns) == (0, OrdStatus.NEW, "bust", 600)
    filled = replace(bust, exec_type=ExecType.TRADE_CORRECT, new_qty=100, cum_qty=100, ord_status=OrdStatus.FILLED)
    assert not list(told(UP, TAKEN, NEW, RESTS, PART, filled, bust).of_order(ORDER))


def test_ended_children_take_no_memory() -> None:
    states = told(UP, TAKEN, NEW, RESTS, GONE)
    assert states.children == {} and states.of_order(ORDER) == ()


def test_a_new_owner_has_no_session_until_its_own_logon() -> None:
    states = told(UP, TAKEN, NEW, RESTS)
    states.offer(5, Claim("p2", 1))
    states.offer(6, envelope(1, CANCEL, epoch=5))
    waiting = waiting_of(order(), states)
    assert waiting is not None and waiting.what is Wait.SESSION


def test_a_record_that_breaks_the_run_says_nothing() -> None:
    states = told(UP, TAKEN, NEW, RESTS)
    states.offer(5, envelope(7, GONE))
    assert len(states.of_order(ORDER)) == 1
