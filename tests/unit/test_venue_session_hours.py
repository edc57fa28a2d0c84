"""Hours of venue sessions: logged out and left alone outside of them, back with them, and numbers that begin anew where that is agreed."""

import datetime
from dataclasses import replace

import pytest

from oms.core.enums import IntentKind, OrdStatus, SessionMessage
from oms.core.execution.sessions import LOGOUT_TIMEOUT_NS
from oms.core.execution.state import SessionPhase
from oms.core.execution_events import (
    ChildReport,
    ChildUnsent,
    Intent,
    SessionDown,
    SessionMessagePlanned,
    SessionNumbersReset,
    SessionResetRefused,
    SessionUp,
)
from oms.core.reasons import Reason
from oms.core.routing_events import ChildCancel, ChildNew
from oms.core.session_hours import SessionHours
from oms.local.session_hours import offsets_of
from oms.testing.execution_bench import SECOND_NS, SESSION_ID, VENUE_ID, ExecutionBench, child_new

LONDON = "Europe/London"
HOUR_NS = 3_600 * SECOND_NS
CLOSES = datetime.datetime(2026, 3, 27, 21, tzinfo=datetime.UTC)
"""A Friday in winter time; the Sunday behind it has 23 hours."""

OPENS = datetime.datetime(2026, 3, 30, 6, tzinfo=datetime.UTC)


def ns(moment: datetime.datetime) -> int:
    return int(moment.timestamp()) * SECOND_NS


def child(number: int, good_until_ns: int = 2**62) -> ChildNew:
    return child_new(number, good_until_ns=good_until_ns)


def hours(text: str, zone: str = LONDON) -> SessionHours:
    return SessionHours(text, zone, offsets_of(zone))


def made(text: str = "mon-fri 07:00-21:00", resets_daily: bool = False, before_s: int = 60) -> ExecutionBench:
    """Up, so many seconds before it closes."""
    bench = ExecutionBench.open_at(hours(text), ns(CLOSES) - before_s * SECOND_NS, resets_daily)
    bench.settle()
    assert phase(bench) is SessionPhase.UP
    return bench


def phase(bench: ExecutionBench) -> SessionPhase:
    return bench.state.sessions[SESSION_ID].phase


def kept(bench: ExecutionBench, *kinds: type) -> list[object]:
    return [e for e in bench.events() if isinstance(e, kinds)]


def planned(bench: ExecutionBench, kind: SessionMessage) -> list[SessionMessagePlanned]:
    return [e for e in bench.events() if isinstance(e, SessionMessagePlanned) and e.message is kind]


def turn(bench: ExecutionBench) -> None:
    """One round of everything, in no time."""
    bench.fire_due()
    bench.do_effects()
    bench.venue.read()
    bench.hear()


def at(bench: ExecutionBench, moment: datetime.datetime, later_ns: int = 0) -> None:
    bench.now_ns = ns(moment) + later_ns
    turn(bench)
    turn(bench)


def test_inv_590_outside_its_hours_a_session_is_logged_out_and_not_tried() -> None:
    bench = made()
    at(bench, CLOSES, -1)
    assert phase(bench) is SessionPhase.UP and not planned(bench, SessionMessage.LOGOUT)
    at(bench, CLOSES)
    assert phase(bench) is SessionPhase.DOWN and len(planned(bench, SessionMessage.LOGOUT)) == 1
    down = kept(bench, SessionDown)[-1]
    assert isinstance(down, SessionDown) and "as asked" in down.text, "the venue has answered"
    records = len(bench.journal)
    for hour in range(1, 57):
        at(bench, CLOSES, hour * HOUR_NS)
    at(bench, OPENS, -1)
    assert len(bench.journal) == records, "nothing is tried, and nothing is said"
    at(bench, OPENS, SECOND_NS)
    assert phase(bench) is SessionPhase.UP and not kept(bench, SessionNumbersReset)
    assert [e.msg_seq_num for e in planned(bench, SessionMessage.LOGON)] == sorted(
        {e.msg_seq_num for e in planned(bench, SessionMessage.LOGON)}
    )


def test_inv_590_nothing_is_sent_twice_and_nothing_forgotten_at_the_roll_of_a_day() -> None:
    bench = made()
    bench.route(child(1))
    turn(bench)
    at(bench, CLOSES)
    bench.route(child(2))
    at(bench, CLOSES, HOUR_NS)
    bench.venue.fill("0:alpha/20250106/a1.1", 40)
    assert sum(bench.venue.new_read.values()) == 1, "what comes outside hours waits"
    bench.now_ns = ns(OPENS) + SECOND_NS
    bench.settle()
    assert bench.venue.new_read == {"0:alpha/20250106/a1.1": 1, "0:alpha/20250106/a2.1": 1}
    first = bench.state.children["alpha/20250106/a1.1"]
    assert (first.cum_qty, first.ord_status) == (40, OrdStatus.PARTIALLY_FILLED)
    up = max(i for i, e in enumerate(bench.events()) if isinstance(e, SessionUp))
    asked = [e.child_id for e in bench.events()[up:] if isinstance(e, Intent) and e.kind is IntentKind.STATUS]
    assert asked == ["alpha/20250106/a1.1"] and planned(bench, SessionMessage.LIST_ORDERS)[-1].at_ns > ns(OPENS)


def test_inv_590_a_venue_that_does_not_answer_the_logout_is_not_waited_for() -> None:
    bench = made()
    bench.now_ns = ns(CLOSES)
    bench.fire_due()
    assert phase(bench) is SessionPhase.LOGGING_OUT
    bench.pending.clear()
    bench.now_ns += LOGOUT_TIMEOUT_NS - 1
    bench.fire_due()
    assert phase(bench) is SessionPhase.LOGGING_OUT
    bench.now_ns += 1
    bench.fire_due()
    assert phase(bench) is SessionPhase.DOWN and bench.events()[-1].text == "no answer to the logout"  # type: ignore[union-attr]


def test_inv_590_what_the_venue_says_before_it_answers_the_logout_counts() -> None:
    bench = made()
    bench.route(child(1))
    turn(bench)
    bench.now_ns = ns(CLOSES)
    bench.venue.fill("0:alpha/20250106/a1.1", 30)
    bench.fire_due()
    assert phase(bench) is SessionPhase.LOGGING_OUT
    bench.route(child(2))
    bench.do_effects()
    bench.venue.read()
    bench.hear()
    assert phase(bench) is SessionPhase.DOWN
    assert [e.last_qty for e in kept(bench, ChildReport) if e.last_qty] == [30]  # type: ignore[attr-defined]
    assert sum(bench.venue.new_read.values()) == 1, "an order that came behind the logout waits"


def test_inv_590_a_cancel_waits_for_the_next_logon_and_an_order_for_no_longer_than_it_may() -> None:
    bench = made()
    bench.route(child(1))
    turn(bench)
    at(bench, CLOSES)
    bench.route(
        ChildCancel("alpha/20250106/a1", "alpha/20250106/a1.1", 1), child(2, good_until_ns=ns(CLOSES) + HOUR_NS)
    )
    at(bench, CLOSES, 2 * HOUR_NS)
    (unsent,) = kept(bench, ChildUnsent)
    assert isinstance(unsent, ChildUnsent) and unsent.reason is Reason.GOOD_UNTIL_PASSED_AT_EXECUTION
    bench.now_ns = ns(OPENS) + SECOND_NS
    bench.settle()
    assert "alpha/20250106/a1.1" not in bench.state.children
    assert sum(bench.venue.new_read.values()) == 1


def test_inv_591_numbers_begin_anew_with_a_day_where_that_is_agreed() -> None:
    bench = made(resets_daily=True)
    bench.route(child(1))
    turn(bench)
    at(bench, CLOSES)
    before = len(kept(bench, SessionNumbersReset))
    bench.now_ns = ns(OPENS) + SECOND_NS
    bench.settle()
    logon = planned(bench, SessionMessage.LOGON)[-1]
    assert (logon.msg_seq_num, logon.resets) == (1, True) and len(kept(bench, SessionNumbersReset)) == before + 1
    assert bench.venue.expected == bench.state.sessions[SESSION_ID].next_out
    assert bench.state.children["alpha/20250106/a1.1"].ord_status is OrdStatus.NEW
    assert sum(bench.venue.new_read.values()) == 1
    bench.now_ns += 10 * HOUR_NS
    bench.settle()
    assert len(kept(bench, SessionNumbersReset)) == before + 1, "once a day"


def test_inv_591_a_day_that_follows_the_other_ends_the_session_in_good_order() -> None:
    bench = made("21:00-21:00", resets_daily=True)
    at(bench, CLOSES, -1)
    assert not planned(bench, SessionMessage.LOGOUT)
    bench.now_ns = ns(CLOSES)
    bench.settle()
    assert len(planned(bench, SessionMessage.LOGOUT)) == 1 and phase(bench) is SessionPhase.UP
    assert planned(bench, SessionMessage.LOGON)[-1].resets


def test_inv_591_an_outcome_that_hangs_on_the_old_numbers_keeps_them() -> None:
    bench = made(resets_daily=True)
    bench.route(child(1))  # numbered, and its bytes never leave
    bench.pending.clear()
    at(bench, CLOSES)
    bench.now_ns = ns(OPENS) + SECOND_NS
    bench.settle()
    assert len(kept(bench, SessionResetRefused)) == 1 and not planned(bench, SessionMessage.LOGON)[-1].resets
    assert phase(bench) is SessionPhase.UP and sum(bench.venue.new_read.values()) == 0


def test_sessions_of_all_partitions_do_not_open_in_one_instant() -> None:
    moments = set()
    for number in range(6):
        bench = ExecutionBench(now_ns=ns(OPENS) - 1)
        venue = bench.state.reference.venues[VENUE_ID]
        session = replace(venue.sessions[0], session_id=f"S{number}")
        bench.state.reference.venues[VENUE_ID] = replace(venue, hours=hours("07:00-21:00"), sessions=(session,))
        while not bench.journal:
            bench.now_ns += 1_000_000
            bench.fire_due()
        moments.add(bench.now_ns)
    assert len(moments) > 3 and max(moments) <= ns(OPENS) + SECOND_NS


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_hours_are_of_their_zone(zone: str) -> None:
    noon = ns(datetime.datetime(2026, 7, 1, 12, tzinfo=datetime.UTC))
    bench = ExecutionBench.open_at(hours("wed 11:00-13:00", zone), noon)
    bench.fire_due()
    assert bool(bench.journal) == (zone == "UTC"), "8 o'clock in New York"
