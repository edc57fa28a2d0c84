"""Triggers of automatic halts at risk: each kind just below, at and beyond its threshold, with its input missing and stale; trips and resumes."""

from dataclasses import replace
from itertools import groupby

import pytest

from oms.core.enums import HaltAction, HaltScope, LimitKind, LimitScope, OrdStatus, Side
from oms.core.halt_trigger_words import ChildRefused, VenueSessionChanged
from oms.core.halt_triggers import SCOPES, HaltTrigger, HaltTriggerKind, fault_of
from oms.core.market import MarketRecord, Quote
from oms.core.money import AMOUNT_MAX, Amount
from oms.core.monitors.alerts import AlertCleared, AlertRaised
from oms.core.reasons import Reason
from oms.core.reference import Calendar, FxRate, Interval, Limit
from oms.core.risk.trigger_watch import TRIPS_AT_ONCE_MAX
from oms.core.risk_events import (
    CancelAccepted,
    EvidenceInput,
    HaltTriggerTripped,
    MassCancelStarted,
    MassCancelStep,
    OrderAccepted,
    OrderRejected,
)
from oms.core.routing_events import ChildClosed
from oms.core.session_hours import SessionHours
from oms.core.stage import CommandInput
from oms.wire import topics
from oms.wire.codec import MAX_RECORD_BYTES, decode_journal, encode_envelope
from oms.wire.envelope import Envelope, Source
from tests.halt_trigger_world import (
    GRACE,
    MADE,
    NEW,
    SCOPE_IDS,
    SECOND,
    WITH_SESSION,
    look,
    lose_a_hundred,
    rearmed_of,
    send_three,
    trigger,
    trips_of,
    wait,
)
from tests.risk_world import CANCEL, DATE, DOLLAR, IBM, NOW, OTHER_ACCOUNT, World, fill, halt, resume, world

KINDS = tuple(HaltTriggerKind)
K = HaltTriggerKind
MINUTE = 60 * SECOND
LONG = Calendar("nyse", False, (Interval(NOW, NOW + 10_000 * SECOND, DATE),))


def open_world(*changes: object) -> World:
    w = world(LONG, *changes)  # type: ignore[arg-type]
    w.load(replace(w.state.reference.limits["age"], value=Amount(10**15)))
    return w


def tripped(kind: HaltTriggerKind, less: int, **changes: object) -> list[HaltTriggerTripped]:
    """What trips where the threshold is less than the figure by so much."""
    probe = open_world()
    figure = MADE[kind](probe)
    w = open_world(trigger(kind, figure - less, **changes))
    look(w)
    assert MADE[kind](w) == figure
    return trips_of(look(w))


# -- thresholds ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("less", "trips"), [(-1, False), (0, False), (1, True)])
def test_inv_490_a_figure_reaches_its_threshold_and_trips_beyond_it(
    kind: HaltTriggerKind, less: int, trips: bool
) -> None:
    found = tripped(kind, less)
    assert bool(found) is trips
    if trips:
        assert found[0].figure is not None and found[0].figure - found[0].threshold == 1


@pytest.mark.parametrize(
    ("kind", "scope"),
    [(kind, scope) for kind in KINDS for scope in sorted(SCOPES[kind]) if scope is not HaltScope.CLIENT],
)
def test_every_scope_that_a_kind_can_watch_trips(kind: HaltTriggerKind, scope: HaltScope) -> None:
    (event,) = tripped(kind, 1, scope=scope)
    assert (event.scope, event.scope_id) == (scope, SCOPE_IDS[scope])


def test_what_others_do_moves_no_figure_of_a_scope() -> None:
    w = open_world(trigger(K.MESSAGE_RATE, 2, HaltScope.DESK, scope_id="beta"))
    send_three(w)
    assert not trips_of(look(w))


def test_a_trip_says_what_it_rested_on() -> None:
    (event,) = tripped(K.STALE_MARKET, 1)
    assert [(i.kind, i.entity_id, i.age_ns) for i in event.inputs] == [("quote", "IBM", 2 * SECOND)]
    assert event.text == "STALE_MARKET of instrument IBM is 2000 ms, allowed 2000 ms"
    (event,) = tripped(K.AUDIT_LAG, 1)
    assert [(i.kind, i.age_ns) for i in event.inputs] == [("audit_progress", 5 * SECOND)]


# -- what cannot be evaluated ----------------------------------------------------------------------------------------------------


EUR_LOSS = trigger(K.DAY_LOSS, 10**6 * DOLLAR, currency="EUR")
RATE_AGE = Limit("fxage", LimitKind.FX_RATE_AGE_NS, LimitScope.FIRM, "", "", "", Amount(SECOND))
RATES = (FxRate("EUR", 1_100_000_000, NOW), FxRate("USD", 10**9, 0))


def test_inv_491_a_loss_without_a_rate_counts_as_tripped() -> None:
    w = open_world(EUR_LOSS)
    look(w)
    lose_a_hundred(w)
    (event,) = trips_of(look(w))
    assert event.figure is None and event.text.endswith("cannot be evaluated: USD has no exchange rate")


@pytest.mark.parametrize(("age_ns", "trips"), [(SECOND, False), (SECOND + 1, True)])
def test_inv_491_a_loss_at_an_old_rate_counts_as_tripped(age_ns: int, trips: bool) -> None:
    w = open_world(EUR_LOSS, *RATES, RATE_AGE)
    lose_a_hundred(w)
    wait(w, age_ns)
    assert bool(trips_of(look(w))) is trips


def test_a_loss_in_another_currency_is_rounded_up() -> None:
    allowed_eur = -(-100 * DOLLAR * 10**9 // 1_100_000_000)
    for threshold, trips in ((allowed_eur, False), (allowed_eur - 1, True)):
        w = open_world(replace(EUR_LOSS, threshold=Amount(threshold)), *RATES, RATE_AGE)
        lose_a_hundred(w)
        assert bool(trips_of(look(w))) is trips


def test_inv_491_an_instrument_that_has_no_quote_is_as_old_as_the_watch() -> None:
    w = open_world(trigger(K.STALE_MARKET, 2 * SECOND))
    w.ask(NEW)
    w.market = type(w.market)()
    assert not trips_of(look(w))
    wait(w, 2 * SECOND)
    assert not trips_of(look(w))
    wait(w, SECOND)
    (event,) = trips_of(look(w))
    assert event.figure == 3 * SECOND and "no quote was seen" in event.text


def test_a_quote_from_the_future_is_as_old_as_it_is_early() -> None:
    w = open_world(trigger(K.STALE_MARKET, SECOND))
    w.ask(NEW)
    w.quote(10_000, 10_010, NOW + 2 * SECOND)
    assert [e.figure for e in trips_of(look(w))] == [2 * SECOND]


def test_inv_491_an_unknown_instrument_venue_or_scope_counts_as_tripped() -> None:
    for made, why in (
        (trigger(K.STALE_MARKET, SECOND, scope_id="NONE"), "instrument NONE is not known"),
        (trigger(K.VENUE_LOST, SECOND, scope_id="NONE"), "venue NONE is not known"),
        (trigger(K.AUDIT_LAG, SECOND, HaltScope.DESK), "scope a AUDIT_LAG trigger cannot watch a desk"),
    ):
        (event,) = trips_of(look(open_world(made)))
        assert event.figure is None and why in event.text


def test_inv_491_an_audit_that_was_never_heard_of_is_as_old_as_the_watch() -> None:
    w = open_world(trigger(K.AUDIT_LAG, 2 * SECOND))
    w.conditions = replace(w.conditions, audit_age_ns=None)
    assert not trips_of(look(w))
    wait(w, 2 * SECOND + 1)
    (event,) = trips_of(look(w))
    assert event.figure == 2 * SECOND + 1 and "never heard of" in event.text


def test_inv_491_a_session_that_never_came_up_is_lost() -> None:
    w = open_world(WITH_SESSION, trigger(K.VENUE_LOST, 2 * SECOND))
    assert not trips_of(look(w))
    wait(w, 2 * SECOND + 1)
    (event,) = trips_of(look(w))
    assert event.figure == 2 * SECOND + 1 and "XV-1 was never up" in event.text
    assert event.inputs == (EvidenceInput("session", "XV-1", -1, 2 * SECOND + 1),)


def test_sessions_of_a_disabled_venue_and_a_venue_without_one_are_not_lost() -> None:
    for venue in (replace(WITH_SESSION, enabled=False), replace(WITH_SESSION, sessions=())):
        w = open_world(venue, trigger(K.VENUE_LOST, 2 * SECOND))
        wait(w, 10 * SECOND)
        assert not trips_of(look(w))


# -- what is no sign of anything -------------------------------------------------------------------------------------------------


def test_an_instrument_that_nobody_has_open_or_holds_is_not_stale() -> None:
    w = open_world(trigger(K.STALE_MARKET, SECOND))
    wait(w, 10 * SECOND)
    assert not trips_of(look(w))


def test_a_holding_alone_makes_old_quotes_matter() -> None:
    w = open_world(trigger(K.STALE_MARKET, SECOND))
    w.ask(NEW)
    w.route(fill("x1", 100, ord_status=OrdStatus.FILLED))
    wait(w, 2 * SECOND)
    assert [e.figure for e in trips_of(look(w))] == [2 * SECOND]


@pytest.mark.parametrize("kind", [K.STALE_MARKET, K.VENUE_LOST])
def test_out_of_session_nothing_is_stale_or_lost(kind: HaltTriggerKind) -> None:
    w = open_world(WITH_SESSION, trigger(kind, SECOND))
    w.ask(NEW)
    w.route(VenueSessionChanged("XV-1", "XV", False, NOW))
    wait(w, 20_000 * SECOND)
    assert not trips_of(look(w))


@pytest.mark.parametrize("kind", [K.STALE_MARKET, K.VENUE_LOST])
def test_what_was_missing_over_night_counts_from_the_open(kind: HaltTriggerKind) -> None:
    day = 20_000 * SECOND
    two_days = replace(LONG, intervals=(*LONG.intervals, Interval(NOW + day, NOW + 2 * day, DATE + 1)))
    w = open_world(WITH_SESSION, two_days, trigger(kind, 2 * SECOND))
    w.ask(NEW)
    w.route(VenueSessionChanged("XV-1", "XV", False, NOW))
    look(w)
    w.conditions = replace(w.conditions, wall_ns=NOW + day, tape_ns=NOW + day)
    wait(w, 2 * SECOND)
    w.state.trips.clear()
    assert not trips_of(look(w))
    wait(w, SECOND)
    assert [e.figure for e in trips_of(look(w))] == [3 * SECOND]


def test_inv_590_a_session_outside_its_hours_is_not_lost_and_one_within_counts_from_their_begin() -> None:
    opens_s = NOW // SECOND % 86_400 + 100
    begin, end = (f"{s // 3_600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in (opens_s, opens_s + 1_000))
    hours = SessionHours(f"{begin}-{end}", "UTC")
    w = open_world(replace(WITH_SESSION, hours=hours), trigger(K.VENUE_LOST, 2 * SECOND))
    w.route(VenueSessionChanged("XV-1", "XV", False, NOW))
    wait(w, 50 * SECOND)
    assert not trips_of(look(w)), "it has not begun"
    wait(w, 52 * SECOND)
    assert not trips_of(look(w))
    wait(w, SECOND)
    assert [e.figure for e in trips_of(look(w))] == [3 * SECOND]
    w.state.trips.clear()
    wait(w, 1_000 * SECOND)
    assert not trips_of(look(w)), "it has ended"


def test_a_session_that_comes_back_is_not_lost() -> None:
    w = open_world(WITH_SESSION, trigger(K.VENUE_LOST, 2 * SECOND))
    w.route(VenueSessionChanged("XV-1", "XV", False, NOW))
    wait(w, SECOND)
    w.route(VenueSessionChanged("XV-1", "XV", True, NOW + SECOND))
    wait(w, 10 * SECOND)
    assert not trips_of(look(w))
    w.route(VenueSessionChanged("XV-1", "XV", False, w.conditions.wall_ns))
    w.route(VenueSessionChanged("XV-1", "XV", False, w.conditions.wall_ns + SECOND))
    assert w.state.venue_sessions == {"XV-1": NOW + 11 * SECOND}, "an outage goes on from its first word"


def test_a_disabled_trigger_does_nothing() -> None:
    w = open_world(trigger(K.MESSAGE_RATE, 0, enabled=False))
    send_three(w)
    assert not look(w) and not w.state.counts


def test_a_window_forgets_what_is_older() -> None:
    w = open_world(trigger(K.MESSAGE_RATE, 3))
    send_three(w)
    wait(w, SECOND + SECOND // 20)
    assert isinstance(w.ask(NEW), OrderAccepted)
    assert not trips_of(look(w))


def test_cancels_are_messages_too() -> None:
    w = open_world(trigger(K.MESSAGE_RATE, 1))
    w.ask(NEW)
    w.feed(CommandInput(0, CANCEL))
    assert [e.figure for e in trips_of(look(w))] == [2]


def test_a_ratio_counts_from_its_least_number_of_orders() -> None:
    w = open_world(trigger(K.REJECT_RATIO, 0, count_min=3))
    for number in range(2):
        w.ask(replace(NEW, cl_ord_id=f"m{number}", order_qty=7))
        assert not trips_of(look(w))
    w.ask(replace(NEW, cl_ord_id="m3"))
    (event,) = trips_of(look(w))
    assert event.figure == -(-2_000_000 // 3)


def test_refusals_about_ourselves_are_no_sign_of_a_desk() -> None:
    w = open_world(trigger(K.REJECT_RATIO, 0))
    w.control(halt(HaltScope.ACCOUNT, "A1"))
    for number in range(5):
        assert w.ask(replace(NEW, cl_ord_id=f"m{number}")).reason is Reason.HALTED  # type: ignore[union-attr]
    assert not trips_of(look(w))


def test_a_child_that_its_venue_refused_counts() -> None:
    w = open_world(trigger(K.REJECT_RATIO, 999_999))
    w.ask(NEW)
    closed = ChildClosed("alpha/20250106/a1", "c1", OrdStatus.REJECTED, 0, Reason.VENUE_REJECTED)
    assert w.route(closed) == (ChildRefused("alpha/20250106/a1", "c1", Reason.VENUE_REJECTED, NOW),)
    assert [e.figure for e in trips_of(look(w))] == [1_000_000]
    ours = replace(closed, child_id="c2", reason=Reason.HALTED_AT_EXECUTION)
    assert open_world(trigger(K.REJECT_RATIO, 0)).route(ours) == ()


# -- effect, resume, grace -------------------------------------------------------------------------------------------------------


def test_inv_492_no_order_is_accepted_after_what_tripped() -> None:
    w = open_world(trigger(K.MESSAGE_RATE, 2))
    send_three(w)
    events = w.feed(CommandInput(0, replace(NEW, cl_ord_id="late")))
    assert [type(e) for e in events] == [HaltTriggerTripped, AlertRaised, OrderRejected]
    refused = events[2]
    assert isinstance(refused, OrderRejected) and refused.reason is Reason.HALTED
    assert refused.text == "MESSAGE_RATE of desk alpha is 3 in 1000 ms, allowed 2 in 1000 ms (trigger tried)"
    assert refused.evidence.limit_versions[-1] == w.state.reference.version("halt_trigger", "tried")


def test_inv_492_a_loss_trips_before_the_next_order_is_judged() -> None:
    w = open_world(trigger(K.DAY_LOSS, 99 * DOLLAR))
    look(w)
    lose_a_hundred(w)
    events = w.feed(CommandInput(0, replace(NEW, cl_ord_id="late")))
    assert len(trips_of(events)) == 1 and isinstance(events[-1], OrderRejected)


def test_a_trip_binds_its_scope_alone_and_cancels_pass() -> None:
    w = open_world(trigger(K.MESSAGE_RATE, 2))
    send_three(w)
    look(w)
    other = replace(NEW, desk_id="beta", account_id=OTHER_ACCOUNT.account_id, cl_ord_id="b1")
    assert getattr(w.ask(other), "reason", None) is not Reason.HALTED
    assert isinstance(w.ask(replace(CANCEL, orig_cl_ord_id="m1")), CancelAccepted)


def test_inv_493_it_trips_once_until_exactly_its_scope_is_resumed() -> None:
    w = open_world(trigger(K.MESSAGE_RATE, 2))
    send_three(w)
    assert len(trips_of(look(w))) == 1
    for _ in range(3):
        wait(w, SECOND // 10)
        w.ask(replace(NEW, cl_ord_id=f"n{w.conditions.wall_ns}"))
        assert not trips_of(look(w))
    assert not rearmed_of(w.control(resume(HaltScope.FIRM)))
    assert not rearmed_of(w.control(resume(HaltScope.DESK, "beta")))
    assert w.ask(replace(NEW, cl_ord_id="still")).reason is Reason.HALTED  # type: ignore[union-attr]
    events = w.control(resume(HaltScope.DESK, "alpha"))
    assert len(rearmed_of(events)) == 1 and any(isinstance(e, AlertCleared) for e in events)
    assert isinstance(w.ask(replace(NEW, cl_ord_id="again")), OrderAccepted)


def test_inv_494_within_the_grace_only_what_is_worse_by_a_tenth_trips_again() -> None:
    w = open_world(trigger(K.MESSAGE_RATE, 10, window_ns=MINUTE, grace_ns=MINUTE))
    for number in range(11):
        w.ask(replace(NEW, cl_ord_id=f"m{number}", order_qty=10))
    assert len(trips_of(look(w))) == 1
    (lifted,) = rearmed_of(w.control(resume(HaltScope.DESK, "alpha")))
    assert lifted.figure == 11 and lifted.grace_until_ns == NOW + MINUTE
    w.ask(replace(NEW, cl_ord_id="one", order_qty=10))
    assert not trips_of(look(w)), "12 is worse than 11 by a tenth of 10, and no more"
    w.ask(replace(NEW, cl_ord_id="two", order_qty=10))
    assert [e.figure for e in trips_of(look(w))] == [13]


def test_inv_494_after_the_grace_a_cause_that_persists_trips_again() -> None:
    w = open_world(trigger(K.DAY_LOSS, 99 * DOLLAR))
    lose_a_hundred(w)
    assert len(trips_of(look(w))) == 1
    w.control(resume(HaltScope.DESK, "alpha"))
    wait(w, GRACE - 1)
    assert not trips_of(look(w))
    wait(w, SECOND)
    assert [e.figure for e in trips_of(look(w))] == [100 * DOLLAR]


def test_a_resume_of_what_cannot_be_evaluated_lasts_for_the_grace() -> None:
    w = open_world(EUR_LOSS)
    lose_a_hundred(w)
    assert len(trips_of(look(w))) == 1
    (lifted,) = rearmed_of(w.control(resume(HaltScope.DESK, "alpha")))
    assert lifted.figure is None
    wait(w, SECOND)
    assert not trips_of(look(w))
    wait(w, GRACE)
    assert len(trips_of(look(w))) == 1


def test_another_version_of_the_trigger_has_no_grace_and_lifts_nothing() -> None:
    w = open_world(trigger(K.DAY_LOSS, 99 * DOLLAR))
    lose_a_hundred(w)
    look(w)
    w.load(trigger(K.DAY_LOSS, 10**6 * DOLLAR))
    look(w)
    assert w.state.trips, "a change of the trigger lifts no trip"
    w.control(resume(HaltScope.DESK, "alpha"))
    w.load(trigger(K.DAY_LOSS, 98 * DOLLAR))
    assert len(trips_of(look(w))) == 1


def test_a_trip_with_cancel_cancels_what_is_open_in_its_scope() -> None:
    w = open_world(trigger(K.MESSAGE_RATE, 2, cancel_open=True))
    send_three(w)
    events = look(w)
    assert [type(e) for e in events] == [HaltTriggerTripped, AlertRaised, MassCancelStarted]
    started = events[2]
    assert isinstance(started, MassCancelStarted)
    assert (started.control_offset, started.scope, started.scope_id, started.matched) == (
        -1,
        HaltScope.DESK,
        "alpha",
        3,
    )
    step = w.step()
    assert isinstance(step, MassCancelStep) and len(step.order_ids) == 3
    assert look(w) == ()


def test_two_trips_of_one_moment_bind_with_the_tighter_action() -> None:
    loose = trigger(K.MESSAGE_RATE, 2, action=HaltAction.REDUCE_ONLY)
    tight = replace(trigger(K.MESSAGE_RATE, 2, HaltScope.ACCOUNT), trigger_id="tight")
    w = open_world(loose, tight)
    send_three(w)
    assert len(trips_of(look(w))) == 2
    assert w.ask(replace(NEW, cl_ord_id="late")).text.endswith("(trigger tight)")  # type: ignore[union-attr]


def test_a_trip_that_lets_through_what_reduces_asks_it_of_every_order() -> None:
    w = open_world(trigger(K.MESSAGE_RATE, 0, action=HaltAction.REDUCE_ONLY))
    w.ask(NEW)
    w.route(fill("x1", 100, ord_status=OrdStatus.FILLED))
    assert len(trips_of(look(w))) == 1
    more = w.ask(replace(NEW, cl_ord_id="more"))
    assert (
        isinstance(more, OrderRejected) and more.reason is Reason.INCREASES_POSITION and "(trigger tried)" in more.text
    )
    less = w.ask(replace(NEW, cl_ord_id="less", side=Side.SELL, order_qty=100))
    assert isinstance(less, OrderAccepted)


def test_the_first_order_of_a_day_begins_without_yesterdays_loss() -> None:
    w = open_world(replace(LONG, always_open=True), trigger(K.DAY_LOSS, 99 * DOLLAR))
    w.conditions = replace(w.conditions, tape_ns=NOW + 86_400 * SECOND)
    lose_a_hundred(w)
    wait(w, 86_400 * SECOND)
    assert not trips_of(look(w))


# -- what a trigger may be -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_trigger_of_its_kind_has_no_fault(kind: HaltTriggerKind) -> None:
    assert fault_of(trigger(kind, 1)) == ("", "")


@pytest.mark.parametrize(
    ("made", "field"),
    [
        (trigger(K.DAY_LOSS, 1, HaltScope.TRADER), "scope"),
        (trigger(K.AUDIT_LAG, 1, scope_id="alpha"), "scope_id"),
        (trigger(K.MESSAGE_RATE, 1, scope_id=""), "scope_id"),
        (trigger(K.MESSAGE_RATE, -1), "threshold"),
        (trigger(K.DAY_LOSS, 1, currency=""), "currency"),
        (trigger(K.MESSAGE_RATE, 1, currency="USD"), "currency"),
        (trigger(K.MESSAGE_RATE, 1, window_ns=0), "window_ns"),
        (trigger(K.AUDIT_LAG, 1, window_ns=1), "window_ns"),
        (trigger(K.MESSAGE_RATE, 1, count_min=1), "count_min"),
        (trigger(K.MESSAGE_RATE, 1, grace_ns=-1), "grace_ns"),
    ],
)
def test_a_trigger_that_could_not_be_evaluated_is_named_by_its_field(made: HaltTrigger, field: str) -> None:
    assert fault_of(made)[0] == field


assert IBM.instrument_id == SCOPE_IDS[HaltScope.INSTRUMENT] and NEW.side is Side.BUY


# -- what cannot be so ---------------------------------------------------------------------------------------------------------


def fits(w: World) -> None:
    """Everything that was written since the start is a record that the journal takes."""
    for _, event in w.journal:
        envelope = Envelope(1, 1, (), Source("", 0, 0, "", "", 0), 0, 0, "", 3, b"", b"", (event,), 3)
        read = decode_journal(encode_envelope(topics.RISK, envelope))
        assert isinstance(read, Envelope) and read.events == (event,)


def test_a_loss_that_no_amount_holds_trips_and_is_resumed() -> None:
    w = open_world(trigger(K.DAY_LOSS, 100 * DOLLAR))
    assert isinstance(w.ask(NEW), OrderAccepted)
    w.route(replace(fill("absurd", 2**61), last_px=2**61))
    w.route(replace(fill("next", 1), last_px=10_000))
    (trip,) = trips_of(look(w))
    assert trip.figure == AMOUNT_MAX
    w.control(resume(trip.scope, trip.scope_id))
    fits(w)


def test_a_quote_from_before_all_time_is_stale_and_can_be_said() -> None:
    w = open_world(trigger(K.STALE_MARKET, 10 * SECOND))
    assert isinstance(w.ask(NEW), OrderAccepted)
    w.market.apply(0, w.market.positions[0], MarketRecord("XV", "IBM", 1, (Quote(-(2**63), 1, 1, 2, 1),), ()))
    look(w)
    wait(w, MINUTE)
    look(w)
    assert [trip.kind for _, trip in w.journal if isinstance(trip, HaltTriggerTripped)] == [K.STALE_MARKET]
    fits(w)


def test_many_that_trip_at_once_do_so_in_records_that_fit() -> None:
    count = TRIPS_AT_ONCE_MAX + 20
    made = [replace(trigger(K.STALE_MARKET, 1), trigger_id=f"t{n:05}", scope_id=f"gone{n}") for n in range(count)]
    w = open_world(*made)
    assert len(trips_of(look(w))) == count
    for _, events in groupby(w.journal, key=lambda row: row[0]):
        envelope = Envelope(
            1, 1, (), Source("", 0, 0, "", "", 0), 0, 0, "", 3, b"", b"", tuple([e for _, e in events]), 3
        )
        assert len(encode_envelope(topics.RISK, envelope)) < MAX_RECORD_BYTES
