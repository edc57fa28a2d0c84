"""New numbers for a venue session by the word of a person: when they are refused, what is kept, what goes wrong on the way."""

from dataclasses import replace
from pathlib import Path

import pytest
from venue_world import WIRES, VenueWorld, child

from oms.core.control import CancelScope
from oms.core.enums import ExecType, HaltScope, IntentKind, OrdStatus, SessionMessage
from oms.core.execution.state import SessionPhase
from oms.core.execution_events import (
    Anomaly,
    ChildReport,
    ChildUnsent,
    Intent,
    SessionMessagePlanned,
    SessionNumbersReset,
    SessionResetRefused,
)
from oms.testing.execution_bench import NOBODY, SECOND_NS, SESSION_ID, VENUE_ID, ExecutionBench, child_new

ASKED_NS = 77


@pytest.fixture
def bench() -> ExecutionBench:
    made = ExecutionBench()
    made.settle()
    return made


def ask(bench: ExecutionBench, asked_ns: int = ASKED_NS) -> None:
    """What `oms fix reset` puts into the reference data."""
    reference = bench.state.reference
    venue = reference.venues[VENUE_ID]
    asked = replace(venue, sessions=tuple(replace(s, reset_ns=asked_ns) for s in venue.sessions))
    reference.venues[VENUE_ID] = asked


def place(bench: ExecutionBench, *numbers: int) -> None:
    for number in numbers:
        bench.route(child_new(number))
    bench.settle()


def logons(bench: ExecutionBench) -> list[tuple[int, bool]]:
    found = [e for e in bench.events() if isinstance(e, SessionMessagePlanned) and e.message is SessionMessage.LOGON]
    return [(e.msg_seq_num, e.resets) for e in found]


def kept(bench: ExecutionBench, *kinds: type) -> list[object]:
    return [e for e in bench.events() if isinstance(e, kinds)]


def news(bench: ExecutionBench) -> int:
    return sum(bench.venue.new_read.values())


def test_inv_546_a_session_that_is_up_is_ended_in_good_order_and_begins_at_1(bench: ExecutionBench) -> None:
    place(bench, 1, 2)
    ask(bench)
    bench.settle()
    assert logons(bench) == [(1, False), (1, True)]
    session = bench.state.sessions[SESSION_ID]
    assert session.phase is SessionPhase.UP and not session.resetting and session.reset_ns == ASKED_NS
    assert bench.venue.expected == session.next_out and bench.venue.next_out == session.next_in
    out = [e.message for e in kept(bench, SessionMessagePlanned)]  # type: ignore[attr-defined]
    assert out.index(SessionMessage.LOGOUT) < len(out) - 1 - out[::-1].index(SessionMessage.LOGON)
    bench.now_ns += 5 * SECOND_NS
    bench.settle()
    assert len(kept(bench, SessionNumbersReset)) == 1, "once for a request"


def test_inv_547_every_open_order_is_asked_about_and_none_is_sent_again(bench: ExecutionBench) -> None:
    place(bench, 1, 2, 3)
    bench.venue.fill("0:alpha/20250106/a1.1", 40)
    bench.settle()
    ask(bench)
    before = len(bench.events())
    bench.settle()
    after = bench.events()[before:]
    asked = {e.child_id for e in after if isinstance(e, Intent) and e.kind is IntentKind.STATUS}
    assert asked == {child_new(n).child_id for n in (1, 2, 3)} and news(bench) == 3
    assert any(isinstance(e, SessionMessagePlanned) and e.message is SessionMessage.LIST_ORDERS for e in after)
    assert [c.cum_qty for c in bench.state.children.values()] == [40, 0, 0] and not kept(bench, Anomaly)
    place(bench, 4)
    bench.control(CancelScope(HaltScope.FIRM, "", "", 0, NOBODY))
    bench.settle()
    assert not bench.state.children and {o.status for o in bench.venue.distinct_orders()} == {OrdStatus.CANCELED}


def test_inv_547_what_was_executed_in_between_is_found(bench: ExecutionBench) -> None:
    """Its report had a number of before: nothing sends it again."""
    place(bench, 1, 2)
    bench.venue.lose()
    bench.hear()
    bench.venue.tells_value = True
    bench.venue.fill("0:alpha/20250106/a1.1", 100)
    bench.venue.end("0:alpha/20250106/a2.1", OrdStatus.CANCELED)
    ask(bench)
    bench.settle()
    assert not bench.state.children
    ends = {e.child_id: e.cum_qty for e in kept(bench, ChildReport) if e.ends}  # type: ignore[attr-defined]
    assert ends == {child_new(1).child_id: 100, child_new(2).child_id: 0}


@pytest.mark.parametrize("kind", ["new", "cancel", "unread"])
def test_inv_546_it_is_refused_while_an_outcome_hangs_on_the_old_numbers(bench: ExecutionBench, kind: str) -> None:
    place(bench, 1)
    if kind == "cancel":
        bench.venue.mute = True
        bench.control(CancelScope(HaltScope.FIRM, "", "", 0, NOBODY))
        bench.fire_due()
    else:
        bench.route(child_new(2))
    if kind != "unread":
        bench.do_effects()
        bench.venue.read()
    ask(bench)
    bench.fire_due()
    (refused,) = kept(bench, SessionResetRefused)
    assert "a2.1" in refused.text or kind == "cancel"  # type: ignore[attr-defined]
    assert logons(bench) == [(1, False)] and bench.state.sessions[SESSION_ID].is_up
    bench.venue.mute = False
    bench.settle()
    assert len(kept(bench, SessionResetRefused)) == 1 and logons(bench) == [(1, False)], "who asked asks again"
    ask(bench, ASKED_NS + 1)
    bench.settle()
    assert logons(bench)[-1] == (1, True) and news(bench) == (1 if kind == "cancel" else 2)


def test_inv_546_a_dead_session_with_a_doubt_logs_on_by_its_old_numbers(bench: ExecutionBench) -> None:
    bench.route(child_new(1))
    bench.venue.lose()
    bench.hear()
    ask(bench)
    bench.settle()
    assert [resets for _, resets in logons(bench)] == [False, False] and kept(bench, SessionResetRefused)
    assert kept(bench, ChildUnsent), "the logon proved that it did not arrive"


def test_inv_547_a_logon_that_is_not_answered_is_tried_with_number_1_until_it_is(bench: ExecutionBench) -> None:
    """Whether the venue began anew is not known: every attempt says so again."""
    place(bench, 1)
    bench.venue.lose()
    bench.hear()
    ask(bench)
    bench.now_ns += SECOND_NS
    bench.fire_due()
    bench.do_effects()
    bench.venue.read()
    bench.venue.lose(deliver=0)
    bench.hear()
    bench.settle()
    tried = logons(bench)[1:]
    assert len(tried) >= 2 and set(tried) == {(1, True)} and bench.state.sessions[SESSION_ID].is_up
    assert bench.venue.expected == bench.state.sessions[SESSION_ID].next_out and news(bench) == 1


@pytest.mark.parametrize("read", [False, True])
def test_inv_547_a_takeover_in_the_middle_of_it(bench: ExecutionBench, read: bool) -> None:
    place(bench, 1, 2)
    bench.venue.lose()
    bench.hear()
    ask(bench)
    bench.now_ns += SECOND_NS
    bench.fire_due()
    if read:
        bench.do_effects()
        bench.venue.read()
    bench.restart()
    ask(bench)
    bench.settle()
    session = bench.state.sessions[SESSION_ID]
    assert session.is_up and not session.resetting and bench.venue.expected == session.next_out
    assert {resets for _, resets in logons(bench)[1:]} == {True} and news(bench) == 2
    assert len(bench.state.children) == 2 and not kept(bench, Anomaly)


def test_inv_547_an_old_owner_that_resets_late_loses_nobody_an_order(bench: ExecutionBench) -> None:
    """Its logon begins the venue's numbers anew behind our back: that proves nothing, and the orders are cancelled or found."""
    place(bench, 1)
    bench.venue.lose()
    bench.hear()
    ask(bench)
    bench.now_ns += SECOND_NS
    bench.fire_due()
    bench.restart()
    ask(bench)
    bench.settle()
    place(bench, 2)
    bench.wake()
    bench.venue.read()
    bench.settle()
    assert bench.state.sessions[SESSION_ID].is_up and news(bench) == 2
    assert {e.exec_type for e in kept(bench, ChildReport)} <= {ExecType.NEW, ExecType.ORDER_STATUS, ExecType.CANCELED}  # type: ignore[attr-defined]
    open_there = {o.cl_ord_ids[0] for o in bench.venue.distinct_orders() if o.leaves}
    assert open_there == {c.cl_ord_id for c in bench.state.children.values()}


@pytest.mark.parametrize("wire", WIRES)
def test_inv_547_over_real_fix_both_sides_begin_at_1(wire: str, tmp_path: Path) -> None:
    """The venue process, a socket, and an order that is open throughout."""
    world = VenueWorld(tmp_path, **WIRES[wire])
    try:
        world.until(world.is_up)
        world.router.say(child(1))
        world.until(lambda: any(c.ord_status is OrdStatus.NEW for c in world.state.children.values()))
        venue = world.state.reference.venues["XALP"]
        asked = replace(venue, sessions=tuple(replace(s, reset_ns=ASKED_NS) for s in venue.sessions))
        world.change_reference(asked)
        world.until(lambda: world.events(SessionNumbersReset) and world.is_up())
        assert world.session.next_out < 10 and not world.session.resetting and len(world.state.children) == 1
        world.router.say(child(2))
        world.until(lambda: len([c for c in world.state.children.values() if c.ord_status is OrdStatus.NEW]) == 2)
        arrived = world.evidence().arrived
        assert [n for (_, what, _), n in arrived.items() if what == "NewOrderSingle"] == [1, 1]
        assert not world.events(Anomaly, SessionResetRefused)
    finally:
        world.close()
