"""The invariants REC-1 to REC-12 of `oms.core.reconciliation`, each by its number.

Here execution's real rules, against the simulated venue that keeps trades back and says odd things. The quantities alone, against random
tellings of a venue's trades, are in test_reconciliation_fills.py; REC-13, over the whole path, in test_reconciliation_path.py. `hypothesis` prints the failing example, and its blob repeats it.
"""

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from reconciliation_world import (
    AT_VENUE,
    CHILD,
    ORDER,
    ask,
    at_venue,
    check_journal,
    decide_break,
    of,
    open_causes,
    status_of,
    tell,
    with_break,
)

from oms.core.control import BreakResolution
from oms.core.enums import BreakCause, ExecType, IntentKind, OrdStatus, ResolutionKind, SessionMessage
from oms.core.execution_events import (
    BreakRaised,
    BreakResolutionRefused,
    BreakResolved,
    ChildReport,
    ChildUnsent,
    ExecutionSuspended,
    FillSuperseded,
    Intent,
    SessionMessagePlanned,
    SessionReceived,
)
from oms.core.reasons import Reason
from oms.core.reconciliation.breaks import ACCEPTED, BREAKS_MAX
from oms.core.reconciliation.fills import (
    Filled,
    InferredFill,
)
from oms.core.risk_events import ControlApplied
from oms.core.routing_events import ChildReplace
from oms.core.venue_messages import OpenOrdersListed, ReportReceived
from oms.testing.execution_bench import NOBODY, SECOND_NS, SESSION_ID, ExecutionBench, child_new

LIMIT = 1000
MANY = settings(max_examples=200, deadline=None, print_blob=True)
SOME = settings(max_examples=60, deadline=None, print_blob=True)


PRICES = st.integers(900, 1000)
LOTS = st.lists(st.tuples(st.integers(1, 25), PRICES), min_size=1, max_size=4)


@SOME
@given(LOTS, LOTS, st.booleans(), st.randoms(use_true_random=False))
def test_rec_10_the_journal_gives_the_same_fills_breaks_and_suspense(
    told: list[tuple[int, int]], untold: list[tuple[int, int]], ends: bool, rest: random.Random
) -> None:
    """A venue that keeps trades back, is asked, perhaps ends the order, and tells them later, in any order and twice."""
    bench = at_venue(fills=tuple(told), untold=tuple(untold))
    order = bench.venue.orders[AT_VENUE]
    if ends:
        bench.venue.end(AT_VENUE, OrdStatus.CANCELED)
        bench.hear()
    ask(bench)
    child = bench.state.children.get(CHILD) or bench.state.closed[CHILD]
    assert child.filled.cum_qty == order.cum_qty, "REC-1"
    assert open_causes(bench) == [BreakCause.FILL_INFERRED] * bool(child.filled.inferred)
    check_journal(bench)
    late = [*bench.venue.withheld, *bench.venue.withheld]
    rest.shuffle(late)
    for report in late:
        tell(bench, report)
        check_journal(bench)
    known = (bench.state.children.get(CHILD) or bench.state.closed[CHILD]).filled
    assert (known.cum_qty, known.inferred) == (order.cum_qty, ()), "REC-3"
    traded = [e for e in of(bench, ChildReport) if isinstance(e, ChildReport) and e.exec_type is ExecType.TRADE]
    corrected = [e for e in of(bench, FillSuperseded) if isinstance(e, FillSuperseded)]
    paid = sum(e.last_qty * e.last_px for e in traded)
    paid += sum(e.last_qty * (e.last_px - e.inferred_px) for e in corrected)
    real = sum(r.last_qty * r.last_px for r in bench.venue.withheld) + sum(q * p for q, p in cut(told, 100))
    assert known.notional == paid == real
    assert not bench.state.breaks.open


def cut(lots: list[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """What the venue makes of these lots: nothing beyond the order's quantity."""
    made = []
    for qty, px in lots:
        if min(qty, most):
            made.append((min(qty, most), px))
            most -= min(qty, most)
    return made


def test_rec_1_after_the_window_a_status_reply_makes_the_fill() -> None:
    bench = at_venue(fills=((60, 990),), untold=((40, 980),))
    tell(bench, status_of(bench))
    assert bench.state.children[CHILD].cum_qty == 60, "within the window nothing is inferred"
    bench.settle(rounds=60)
    closed = bench.state.closed[CHILD]
    assert (closed.cum_qty, closed.inferred) == (
        100, (InferredFill("inferred:XALP/alpha/20250106/a1.1/60-100", 40, LIMIT),),
    )  # fmt: skip
    (raised,) = bench.state.breaks.open.values()
    assert (raised.cause, raised.our_qty, raised.venue_qty) == (BreakCause.FILL_INFERRED, 60, 100)


def test_rec_1_the_venues_average_prices_what_it_did_not_tell() -> None:
    bench = at_venue(fills=((60, 990),), untold=((40, 980),))
    bench.venue.mute = True
    tell(bench, status_of(bench))
    bench.settle(rounds=40)  # asked, and nobody answers: the window passes
    tell(bench, status_of(bench, cum_notional=60 * 990 + 40 * 980))
    assert bench.state.closed[CHILD].inferred[0].px == 980
    check_journal(bench)


def test_rec_2_a_venue_that_counts_less_takes_nothing_away() -> None:
    for ends in (False, True):
        bench = at_venue(fills=((60, 990),))
        bench.venue.orders[AT_VENUE].cum_qty = 20
        if ends:
            bench.venue.orders[AT_VENUE].status = OrdStatus.CANCELED
        ask(bench)
        assert open_causes(bench) == [BreakCause.VENUE_CUM_BELOW]
        known = bench.state.closed[CHILD] if ends else bench.state.children[CHILD]
        assert known.cum_qty == 60
        check_journal(bench)
        bench.venue.orders[AT_VENUE].cum_qty = 60
        if not ends:
            bench.settle(rounds=90)
            assert not bench.state.breaks.open, "the cause is gone"


@SOME
@given(st.integers(0, 4), st.integers(1, 4))
def test_rec_4_reconciling_twice_gives_nothing_new(kind: int, times: int) -> None:
    bench = at_venue(fills=((30, 990),), untold=((40, 980),) if kind == 0 else ())
    ask(bench)
    reports = [
        status_of(bench),
        status_of(bench, order_qty=90, leaves_qty=60),
        status_of(bench, leaves_qty=1),
        status_of(bench, cl_ord_id="someone", venue_order_id="V99", ord_status=OrdStatus.NEW),
        status_of(bench, cl_ord_id="x", venue_order_id="V98", exec_type=ExecType.TRADE, exec_id="X1", last_qty=5),
    ]
    tell(bench, reports[kind])
    before = dict(bench.state.breaks.open), bench.state.breaks.next_number
    assert len(before[0]) == 1
    for _ in range(times):
        events = tell(bench, reports[kind])
        assert all(isinstance(e, SessionReceived | ChildReport) for e in events)
        assert not any(isinstance(e, ChildReport) and e.exec_type is ExecType.TRADE for e in events)
    assert (dict(bench.state.breaks.open), bench.state.breaks.next_number) == before
    check_journal(bench)


def test_rec_6_every_difference_has_one_open_break_until_it_is_gone_or_decided() -> None:
    bench = at_venue(fills=((30, 990),))
    tell(bench, status_of(bench, order_qty=90, leaves_qty=60))
    assert open_causes(bench) == [BreakCause.TERMS_DIFFER], "and not LEAVES_DIFFER, which follows from it"
    tell(bench, status_of(bench, price=999))
    (raised,) = bench.state.breaks.open.values()
    assert (raised.seen_count, raised.our_px, raised.venue_px) == (2, 1000, 999), "the same break, other figures"
    tell(bench, status_of(bench))
    assert not bench.state.breaks.open, "the venue agrees again"
    tell(bench, status_of(bench, leaves_qty=7))
    assert open_causes(bench) == [BreakCause.LEAVES_DIFFER]
    applied, resolved = decide_break(bench, ResolutionKind.KEEP_OURS)
    assert isinstance(applied, ControlApplied) and isinstance(resolved, BreakResolved)
    tell(bench, status_of(bench, leaves_qty=7))
    assert not bench.state.breaks.open, "decided: the same figures raise no new one"
    tell(bench, status_of(bench, leaves_qty=8))
    assert open_causes(bench) == [BreakCause.LEAVES_DIFFER], "other figures do"
    check_journal(bench)


def test_rec_6_a_table_that_is_full_says_so_once() -> None:
    bench = at_venue()
    for number in range(BREAKS_MAX + 5):
        report = status_of(bench, cl_ord_id=f"y{number}", venue_order_id=f"W{number}", ord_status=OrdStatus.NEW)
        tell(bench, report)
    table = bench.state.breaks
    assert len(table.open) == BREAKS_MAX + 1
    full = table.open[(BreakCause.TABLE_FULL, "")]
    assert full.venue_qty == 5 and full.seen_count == 5
    check_journal(bench)


def test_rec_7_what_no_order_explains_is_in_suspense_and_moves_nothing() -> None:
    bench = at_venue()
    before = bench.state.children[CHILD].filled
    trade = status_of(
        bench,
        cl_ord_id="0:who.1",
        venue_order_id="V7",
        exec_type=ExecType.TRADE,
        exec_id="X7",
        last_qty=5,
        last_px=1000,
    )
    _, raised, kept, told = tell(bench, trade)
    assert isinstance(told, SessionMessagePlanned) and told.message is SessionMessage.DONT_KNOW_TRADE
    assert (told.exec_id, told.venue_order_id) == ("X7", "V7")
    assert isinstance(raised, BreakRaised) and raised.cause is BreakCause.UNKNOWN_EXECUTION
    assert isinstance(kept, ExecutionSuspended) and (kept.exec_id, kept.last_qty, kept.raw) == ("X7", 5, "raw")
    unknown = status_of(bench, cl_ord_id="0:who.2", venue_order_id="V8", ord_status=OrdStatus.NEW, leaves_qty=50)
    tell(bench, unknown)
    assert open_causes(bench) == [BreakCause.UNKNOWN_ORDER, BreakCause.UNKNOWN_EXECUTION]
    assert set(bench.state.breaks.suspense) == {"XALP/X7", "XALP/V8"}
    assert bench.state.children[CHILD].filled == before
    bench.settle(rounds=30)
    cancels = [e for e in of(bench, Intent) if isinstance(e, Intent) and e.kind is IntentKind.CANCEL]
    assert not cancels, "nothing is cancelled of the system's own accord"


def test_rec_7_a_person_cancels_an_unknown_order_and_its_end_closes_the_break() -> None:
    bench = at_venue()
    unknown = status_of(bench, cl_ord_id="9:foreign", venue_order_id="V8", ord_status=OrdStatus.NEW, leaves_qty=50)
    tell(bench, unknown)
    _, intent = decide_break(bench, ResolutionKind.CANCEL_AT_VENUE)
    assert isinstance(intent, Intent)
    assert (intent.kind, intent.orig_cl_ord_id, intent.child_id) == (IntentKind.CANCEL, "9:foreign", "")
    assert intent.cl_ord_id.startswith("0:B0-1:")
    _, again = decide_break(bench, ResolutionKind.CANCEL_AT_VENUE)
    assert isinstance(again, Intent) and again.cl_ord_id != intent.cl_ord_id
    gone = replace(unknown, cl_ord_id=intent.cl_ord_id, ord_status=OrdStatus.CANCELED, exec_type=ExecType.CANCELED)
    tell(bench, gone)
    assert not bench.state.breaks.open and not bench.state.breaks.suspense
    bench.venue.lose()
    bench.hear()
    tell(bench, unknown)
    check_journal(bench)


def test_rec_8_never_reached_takes_both_proofs() -> None:
    bench = ExecutionBench()
    bench.settle()
    bench.route(child_new(1))
    bench.restart()  # the number did not leave
    bench.settle()
    (unsent,) = of(bench, ChildUnsent)
    assert isinstance(unsent, ChildUnsent) and unsent.reason is Reason.NEVER_REACHED_VENUE
    assert not bench.state.breaks.open
    bench = at_venue()  # the number arrived, and the venue has forgotten the order
    bench.venue.orders.clear()
    ask(bench)
    assert not of(bench, ChildUnsent)
    assert bench.state.children[CHILD].ord_status is OrdStatus.UNKNOWN
    assert open_causes(bench) == [BreakCause.NOT_AT_VENUE]
    check_journal(bench)


def test_rec_8_a_person_ends_an_order_that_is_not_there() -> None:
    bench = at_venue(fills=((30, 990),))
    bench.venue.orders.clear()
    ask(bench)
    _, resolved, report = decide_break(bench, ResolutionKind.ACCEPT_VENUE)
    assert isinstance(resolved, BreakResolved) and isinstance(report, ChildReport)
    assert (report.ord_status, report.reason, report.cum_qty) == (OrdStatus.CANCELED, Reason.ENDED_BY_HAND, 30)
    assert CHILD in bench.state.closed
    check_journal(bench)


def test_a_silent_venue_is_a_break_and_its_word_ends_it() -> None:
    bench = ExecutionBench()
    bench.settle()
    bench.venue.mute = True
    bench.route(child_new(1))
    for _ in range(60):
        bench.fire_due()
        bench.do_effects()
        bench.venue.read()
        bench.hear()
        bench.now_ns += SECOND_NS
    assert open_causes(bench) == [BreakCause.NO_ANSWER]
    bench.venue.mute = False
    tell(bench, ReportReceived(
        AT_VENUE, "", ExecType.NEW, OrdStatus.NEW, "N", "V1", 0, 0, 0, 100, 100, LIMIT, None, 0, ""
    ))  # fmt: skip
    assert not bench.state.breaks.open
    check_journal(bench)


def test_rec_9_what_a_list_leaves_out_is_only_asked_about() -> None:
    bench = at_venue(fills=((30, 990),))
    bench.route(child_new(2))
    bench.settle()
    before = {c: child.filled for c, child in bench.state.children.items()}
    events = tell(bench, OpenOrdersListed((AT_VENUE,)))
    intents = [e for e in events if isinstance(e, Intent)]
    assert [(i.kind, i.child_id) for i in intents] == [(IntentKind.STATUS, "alpha/20250106/a2.1")]
    assert len(events) == 2 and {c: child.filled for c, child in bench.state.children.items()} == before
    assert not bench.state.breaks.open


ALL_KINDS = [(cause, kind) for cause in BreakCause for kind in ResolutionKind]


def test_rec_11_a_resolution_its_cause_does_not_allow_changes_nothing() -> None:
    """Every cause with every kind; what is allowed never lowers CumQty, and what is refused leaves the state as it was."""
    for cause, kind in ALL_KINDS:
        bench = with_break(cause)
        found = next(b for b in bench.state.breaks.open.values() if b.cause is cause)
        before = {c.cause for c in bench.state.breaks.open.values()}, dict(bench.state.children), cum_of(bench)
        events = bench.control(BreakResolution(0, found.break_id, kind, None, "why", 0, NOBODY))
        assert isinstance(events[0], ControlApplied)
        assert cum_of(bench) >= before[2], "REC-2"
        refused = isinstance(events[1], BreakResolutionRefused)
        needs_price = (cause, kind) == (BreakCause.FILLS_UNPRICED, ResolutionKind.ACCEPT_VENUE)
        up = bench.state.sessions[SESSION_ID].is_up
        assert refused == (kind not in ACCEPTED[cause] or needs_price or (kind is CANCEL and not up)), (cause, kind)
        if refused:
            assert len(events) == 2 and set(bench.state.children) == set(before[1])
            assert {c.cause for c in bench.state.breaks.open.values()} == before[0]
        elif kind is CANCEL:
            assert isinstance(events[1], Intent)
        else:
            assert isinstance(events[1], BreakResolved) and events[1].kind is kind


CANCEL = ResolutionKind.CANCEL_AT_VENUE


def cum_of(bench: ExecutionBench) -> int:
    return (bench.state.children.get(CHILD) or bench.state.closed[CHILD]).filled.cum_qty


def test_rec_11_a_price_given_by_a_person_books_what_the_venue_counts() -> None:
    bench = with_break(BreakCause.FILLS_UNPRICED)
    _, resolved, report = decide_break(bench, ResolutionKind.ACCEPT_VENUE, 981)
    assert isinstance(resolved, BreakResolved) and isinstance(report, ChildReport)
    assert (report.last_qty, report.last_px, report.cum_qty, report.inferred) == (20, 981, 50, True)
    assert not bench.state.breaks.open, "the person decided: no break about what was decided"
    bench.settle(rounds=90)
    assert bench.state.children[CHILD].ord_status is OrdStatus.PARTIALLY_FILLED
    tell(bench, bench.venue.withheld[0])
    assert bench.state.children[CHILD].filled == Filled(50, 50, 30 * 990 + 20 * 980, 50)


def test_rec_11_a_break_that_is_not_there_and_another_partitions() -> None:
    bench = at_venue()
    _, refused = bench.control(BreakResolution(0, "B0-99", ResolutionKind.NOTED, None, "why", 0, NOBODY))
    assert isinstance(refused, BreakResolutionRefused)
    (applied,) = bench.control(BreakResolution(1, "B1-1", ResolutionKind.NOTED, None, "why", 0, NOBODY))
    assert isinstance(applied, ControlApplied), "read, and another partition's"


def test_rec_12_an_overfill_is_booked_in_full_and_leaves_nothing() -> None:
    bench = with_break(BreakCause.OVERFILL)
    report = of(bench, ChildReport)[-1]
    assert isinstance(report, ChildReport)
    assert (report.last_qty, report.cum_qty, report.leaves_qty, report.ord_status) == (90, 120, 0, OrdStatus.FILLED)
    (raised,) = bench.state.breaks.open.values()
    assert (raised.our_qty, raised.venue_qty) == (100, 120)
    check_journal(bench)


def test_a_cancel_by_hand_of_an_order_that_ended_for_us() -> None:
    bench = with_break(BreakCause.OPEN_AFTER_END)
    _, intent = decide_break(bench, CANCEL)
    assert isinstance(intent, Intent)
    assert (intent.child_id, intent.orig_cl_ord_id) == (CHILD, AT_VENUE) and intent.cl_ord_id.startswith(f"{AT_VENUE}:")
    tell(
        bench, status_of(bench, cl_ord_id=intent.cl_ord_id, ord_status=OrdStatus.CANCELED, exec_type=ExecType.CANCELED)
    )
    assert not bench.state.breaks.open
    check_journal(bench)


def test_a_replace_applied_otherwise_is_a_break_and_ours_is_what_was_asked() -> None:
    bench = at_venue(fills=((30, 990),))
    bench.route(ChildReplace(ORDER, CHILD, 1, 80, 999, 10**18))
    bench.do_effects()
    bench.venue.read()
    bench.venue.outbound.clear()
    other = status_of(
        bench, cl_ord_id=f"{AT_VENUE}:1", exec_type=ExecType.REPLACED, order_qty=70, leaves_qty=40, price=999
    )
    tell(bench, other)
    child = bench.state.children[CHILD]
    assert (child.order_qty, child.price) == (80, 999)
    assert open_causes(bench) == [BreakCause.TERMS_DIFFER]
    tell(bench, replace(other, exec_type=ExecType.ORDER_STATUS))
    assert open_causes(bench) == [BreakCause.TERMS_DIFFER]
