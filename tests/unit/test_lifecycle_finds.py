"""What the simulation of the order lifecycle found, each as a test of its own: the seeds that found it change with the world."""

from dataclasses import replace

from reconciliation_world import at_venue, status_of, tell

from oms.core.commands import Provenance, TwapParameters
from oms.core.control import BreakResolution
from oms.core.enums import (
    Algorithm,
    ExecType,
    IntentKind,
    Liquidity,
    OrdStatus,
    ResolutionKind,
    Side,
    TimeInForce,
    VenueFeature,
)
from oms.core.execution.decide import decide, effects
from oms.core.execution_events import (
    BreakResolutionRefused,
    ChildReport,
    ChildRequestRejected,
    ChildUnsent,
    FillCorrected,
    Intent,
    SessionMessagePlanned,
)
from oms.core.instructions import Instructions
from oms.core.reasons import Reason
from oms.core.reference import Calendar, Interval
from oms.core.routing_events import ChildCancel, ChildClosed, ChildNew, ChildReplace, ParentChanged, SliceDone
from oms.core.stage import Conditions, ControlInput, RoutingInput, SendEffect
from oms.feeds.tape import TapeInstrument, TapeVenue
from oms.testing.execution_bench import ExecutionBench, child_new
from oms.testing.routing_world import SECOND_NS, RouterWorld
from oms.venues.exchange import Exchange
from oms.venues.operator import Operator
from oms.venues.operator_messages import OperatorAct, OperatorDone, OperatorRequest
from oms.venues.venue_terms import VenueTerms

HOUR = 3600 * SECOND_NS
MARKET = Calendar("M", False, (Interval(0, 8 * HOUR, 19700101), Interval(24 * HOUR, 32 * HOUR, 19700102)))


def direct(tif: TimeInForce = TimeInForce.GTC, calendar: Calendar | None = None) -> tuple[RouterWorld, str]:
    world = RouterWorld(calendar=calendar) if calendar is not None else RouterWorld()
    world.quote("A", 9900, 500, 10000, 500)
    world.order("o", Side.BUY, 500, 9950, tif, Algorithm.DIRECT, venue="A")
    (child,) = world.open_children("o")
    return world, child.child_id


def corrected(world: RouterWorld, child_id: str, qty: int, cum: int) -> FillCorrected:
    order_id = world.order_id("o")
    return FillCorrected(
        order_id, child_id, "A", ExecType.TRADE_CORRECT, "E2", "E1", 500, 9950, qty, 9950, cum, 500 - cum,
        OrdStatus.PARTIALLY_FILLED, Liquidity.ADDED, world.now_ns, cum, "",
    )  # fmt: skip


def test_a_trade_told_after_its_correction_closes_no_child() -> None:
    """The venue corrected 500 to 100 before it told of the 500: 400 are open there, and stay open here."""
    world, child_id = direct()
    child = world.child(child_id)
    late = ChildReport(
        child.order_id, child_id, "A", ExecType.TRADE, OrdStatus.NEW, "E1", "v", 500, 9950, 500, 0, 500, 9950, 0,
        Liquidity.ADDED, world.now_ns, None, "",
    )  # fmt: skip
    events = world.execution(late, corrected(world, child_id, 100, 100))
    assert not [e for e in events if isinstance(e, ChildClosed | ChildNew)]
    assert world.parent("o").cum_qty == 100
    assert [c.leaves_qty for c in world.open_children("o")] == [400]


def test_a_replace_refused_after_all_was_executed_ends_the_child() -> None:
    """All executes while a replace to less is pending and the order is being cancelled; the venue then refuses both."""
    world, child_id = direct()
    world.replace("o", "r", 200, 9950)
    asked = world.child(child_id).requests
    world.cancel("o")
    world.fill(child_id, 500, 9950, "E1", OrdStatus.PENDING_REPLACE)
    assert world.open_children("o"), "the replace could still change it"
    order_id = world.order_id("o")
    late = ChildRequestRejected(order_id, child_id, asked, IntentKind.REPLACE, Reason.TOO_LATE_TO_CANCEL, "")
    world.execution(late)
    assert not world.open_children("o") and world.parent("o").closed
    assert world.parent("o").status is OrdStatus.FILLED


def test_what_a_venue_refuses_in_the_night_of_an_order_taken_before_is_cancelled() -> None:
    world, child_id = direct(calendar=MARKET)
    world.run_until(8 * HOUR)
    events = world.end(child_id, OrdStatus.REJECTED, Reason.VENUE_REJECTED)
    (ended,) = [e for e in events if isinstance(e, ParentChanged)]
    assert (ended.exec_type, ended.ord_status) == (ExecType.CANCELED, OrdStatus.CANCELED)


def test_day_figures_are_right_within_the_record_of_a_correction() -> None:
    world, child_id = direct(calendar=MARKET)
    world.fill(child_id, 500, 9950, "E1")
    events = world.execution(replace(corrected(world, child_id, 100, 100), ord_status=OrdStatus.CANCELED, leaves_qty=0))
    ended = [e for e in events if isinstance(e, ParentChanged)][-1]
    assert (ended.cum_qty, ended.day_cum_qty, ended.day_order_qty) == (100, 100, 500)


def test_a_late_slice_is_not_worked_past_the_validity() -> None:
    """The router was away over the close: the slice that was due before it comes first, and places nothing."""
    world = RouterWorld(calendar=MARKET)
    world.quote("A", 9900, 500, 10000, 500)
    end = 8 * HOUR + 600 * SECOND_NS
    twap = TwapParameters(8 * HOUR - 600 * SECOND_NS, end, 10)
    world.order("o", Side.BUY, 500, 10000, TimeInForce.DAY, Algorithm.TWAP, twap=twap)
    events = world.sleep_until(8 * HOUR + SECOND_NS)
    slices = [e for e in events if isinstance(e, SliceDone)]
    assert all(e.reason is Reason.VALIDITY_ENDED for e in slices) and not [e for e in events if isinstance(e, ChildNew)]


def test_an_order_goes_to_its_venue_with_its_instructions() -> None:
    bench = at_venue()
    asked = Instructions(display_qty=10, min_qty=20, stop_px=5)
    bench.route(replace(child_new(2), instructions=asked))
    sent = [e for e in bench.events() if isinstance(e, Intent) and e.child_id == "alpha/20250106/a2.1"]
    (effect,) = effects(bench.state, tuple(sent))
    assert isinstance(effect, SendEffect) and effect.child is not None
    assert effect.child.instructions == asked


def test_a_starting_owner_cancels_nothing_by_hand() -> None:
    """Control is read before the sessions are known to be gone: what the state says of them is the last owner's."""
    bench = at_venue()
    tell(bench, status_of(bench, cl_ord_id="9:foreign", venue_order_id="V8", ord_status=OrdStatus.NEW, leaves_qty=50))
    (raised,) = bench.state.breaks.open.values()
    who = Provenance("ann", "", "test", "ann", "")
    record = BreakResolution(0, raised.break_id, ResolutionKind.CANCEL_AT_VENUE, None, "gone", bench.now_ns, who)
    at = Conditions(bench.now_ns, bench.now_ns, 0, SECOND_NS, 0, SECOND_NS)
    refused = decide(bench.state, ControlInput(99, record), replace(at, starting=True))
    assert [type(e) for e in refused[1:]] == [BreakResolutionRefused]
    assert any(isinstance(e, Intent) for e in decide(bench.state, ControlInput(99, record), at))


def test_a_call_uncrossed_by_an_operator_is_passed_over_by_the_calendar() -> None:
    calendar = Calendar("M", False, (Interval(SECOND_NS, 9 * SECOND_NS, 19700101, 0, 7 * SECOND_NS),))
    terms = VenueTerms(frozenset(VenueFeature), calendars={"ACME": calendar})
    exchange = Exchange(
        [TapeVenue("XALP", "Alpha", True)], [TapeInstrument("ACME", "USD", 2, 0, 1, 1)], {"XALP": terms}
    )
    exchange.on_time(2 * SECOND_NS)
    exchange.on_time(8 * SECOND_NS)
    done = Operator(exchange).act(OperatorRequest(OperatorAct.UNCROSS, 1, "XALP"), 8 * SECOND_NS)
    assert isinstance(done, OperatorDone)
    exchange.on_time(10 * SECOND_NS)


def test_what_a_status_reply_says_is_filled_has_ended() -> None:
    """The venue declined a part, and told the last two fills in the wrong order: only the answer to a question says that all is over."""
    world, child_id = direct()
    order_id = world.order_id("o")
    told = ChildReport(
        order_id, child_id, "A", ExecType.TRADE, OrdStatus.UNKNOWN, "E1", "v", 400, 9950, 400, 0, 400, 9950, 0,
        Liquidity.ADDED, world.now_ns, None, "",
    )  # fmt: skip
    world.execution(told)
    assert world.open_children("o"), "the router knows of no decline, and 100 could still come"
    asked = replace(told, exec_type=ExecType.ORDER_STATUS, ord_status=OrdStatus.FILLED, exec_id="", last_qty=0)
    events = world.execution(asked)
    assert [e.ord_status for e in events if isinstance(e, ChildClosed)] == [OrdStatus.FILLED]
    assert [e.order_qty for e in events if isinstance(e, ChildNew)] == [100], "what was declined is placed again"


def test_a_bust_beside_an_iceberg_shows_no_more_of_it() -> None:
    """What a venue takes back while the iceberg is there follows when that has ended: two would show twice what the order may."""
    world = RouterWorld()
    world.offer("A", VenueFeature.ICEBERG)
    world.quote("A", 9900, 500, 10000, 500)
    iceberg = Instructions(display_qty=60)
    world.order("o", Side.BUY, 500, 9950, TimeInForce.GTC, Algorithm.DIRECT, venue="A", instructions=iceberg)
    (first,) = world.open_children("o")
    world.fill(first.child_id, 40, 9950, "E1", OrdStatus.PARTIALLY_FILLED)
    world.replace("o", "r", 500, 9950, instructions=iceberg)
    world.refuse_request(first.child_id, IntentKind.REPLACE)
    world.end(first.child_id)
    (second,) = world.open_children("o")
    bust = FillCorrected(
        first.order_id, first.child_id, "A", ExecType.TRADE_CANCEL, "E2", "E1", 40, 9950, 0, 0, 0, 0,
        OrdStatus.CANCELED, Liquidity.ADDED, world.now_ns, 0, "",
    )  # fmt: skip
    world.execution(bust)
    assert world.open_children("o") == [second], "one iceberg is there"
    world.fill(second.child_id, 460, 9950, "E3", OrdStatus.FILLED)
    assert [c.order_qty for c in world.open_children("o")] == [40]


def test_a_new_is_not_withdrawn_behind_a_replace_of_the_same_record() -> None:
    """The router replaces a child and cancels it in one record, and its NEW still waits for its ack: the replace would name an order that never was."""
    bench = ExecutionBench()
    bench.settle()
    bench.route(child_new(1))
    child = bench.state.children[child_new(1).child_id]
    waiting = frozenset({(child.terms.session_id, child.new_seq)})
    asked = ChildReplace(child.terms.order_id, child.terms.child_id, 1, 200, 10_000, bench.now_ns + SECOND_NS)
    cancel = ChildCancel(child.terms.order_id, child.terms.child_id, 2)
    conditions = Conditions(bench.now_ns, bench.now_ns, 0, SECOND_NS, 0, SECOND_NS, unsent=waiting)
    alone = decide(bench.state, RoutingInput(0, 0, (cancel,)), conditions)
    assert [type(e) for e in alone] == [SessionMessagePlanned, ChildUnsent], "by itself it is withdrawn"
    events = decide(bench.state, RoutingInput(0, 0, (asked, cancel)), conditions)
    assert [e.kind for e in events if isinstance(e, Intent)] == [IntentKind.REPLACE, IntentKind.CANCEL]
    assert not [e for e in events if isinstance(e, ChildUnsent)]


def test_a_child_that_is_filled_under_a_replace_is_not_asked_to_cancel_until_that_is_answered() -> None:
    """Rule 17. The venue says that it is too late; only the replace could still open more of it, and then it is asked again."""
    world, child_id = direct()
    world.replace("o", "r", 600, 9950)
    world.mass_cancel("o")
    world.fill(child_id, 500, 9950, "E1", OrdStatus.PENDING_REPLACE)
    events = world.refuse_request(child_id, IntentKind.CANCEL)
    assert not [e for e in events if isinstance(e, ChildCancel)]
    assert not [e for e in world.run_until(world.now_ns + 10 * SECOND_NS) if isinstance(e, ChildCancel)]
    assert world.parent("o").cancelling and world.open_children("o")
    asked = world.acknowledge_replace(child_id, OrdStatus.PARTIALLY_FILLED)
    assert [e.child_id for e in asked if isinstance(e, ChildCancel)] == [child_id], "100 are open again"
