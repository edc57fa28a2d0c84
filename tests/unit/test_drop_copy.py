"""INV-450 to INV-457: the venue's drop copy, over real sockets, against execution's journal: each difference is said in time, nothing else is.

The venue process tells every execution in a session of its own; faults spoil the copies, or the reports. The stage's clock can be moved.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from venue_world import ASK_PX, COPIES, NOBODY, SECOND_NS, SESSION, WIRES, VenueWorld, child, name

from oms.core.control import BreakResolution
from oms.core.enums import AlertKind, BreakCause, ExecType, IntentKind, ResolutionKind, SessionMessage
from oms.core.execution.copies import UNHEARD_NS, fold_trades, take_copy
from oms.core.execution.draft import Draft
from oms.core.execution.state import ExecutionState
from oms.core.execution_events import (
    Anomaly,
    ChildReport,
    FillCorrected,
    Intent,
    SessionMessagePlanned,
    SessionUp,
    TradeCopied,
    TradesJudged,
)
from oms.core.monitors.alerts import AlertCleared, AlertRaised
from oms.core.monitors.trades import GRACE_NS, TradeState, forget, unsettled
from oms.core.venue_messages import CopyReceived
from oms.venues.fault_messages import FaultKind
from oms.venues.operator_messages import OperatorAct

DAY_NS = 86_400 * SECOND_NS
NOW_NS = 10**18
IN_TIME_S = 5.0
"""What a difference may take until it is an alert."""


@pytest.fixture(params=WIRES)
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[VenueWorld]:
    made = VenueWorld(tmp_path, drop_copy=True, **WIRES[request.param])
    made.until(lambda: both_up(made))
    yield made
    made.close()


def both_up(world: VenueWorld) -> bool:
    sessions = world.state.sessions
    return all(name in sessions and sessions[name].caught_up_ns for name in (SESSION, COPIES))


def table(world: VenueWorld) -> TradeState:
    return world.state.trades.get(SESSION) or TradeState("XALP")


def trade(world: VenueWorld, number: int, qty: int = 50) -> str:
    """An order that is executed at once; its ExecID at the venue."""
    world.router.say(child(number, qty=qty, price=ASK_PX))
    world.until(lambda: evidence_fills(world, number))
    return str(evidence_fills(world, number)[-1])


def evidence_fills(world: VenueWorld, number: int) -> list[str]:
    facts = world.evidence().by_cl_ord_id.get((SESSION, name(number)))
    return [fill.exec_id for fill in facts.fills] if facts is not None else []


def raised(world: VenueWorld) -> list[tuple[AlertKind, str]]:
    return [(e.kind, e.subject) for e in world.events(AlertRaised)]


def matched(world: VenueWorld) -> bool:
    return bool(table(world).matched) and not unsettled(table(world))


def pass_time(world: VenueWorld, until: Callable[[], Any], seconds: float = IN_TIME_S) -> None:
    """Until it is so, and not later than that on the stage's clock, in quarters of a second."""
    for _ in range(int(seconds * 4)):
        world.run(5)
        if until():
            return
        world.skip(0.25)
    assert until(), f"not within {seconds} s: {raised(world)}"


def test_inv_450_every_execution_is_told_once_more_and_counts_as_no_order(world: VenueWorld) -> None:
    ids = [trade(world, n) for n in (1, 2, 3)]
    world.until(lambda: len(world.events(TradeCopied)) == 3 and matched(world))
    copies = world.events(TradeCopied)
    assert [c.exec_id for c in copies] == ids and {c.session_id for c in copies} == {COPIES}
    assert [(c.last_qty, c.last_px, c.cl_ord_id, c.instrument_id) for c in copies] == [
        (50, ASK_PX, name(n), "ACME") for n in (1, 2, 3)
    ]
    assert len(world.evidence().orders) == 3 == world.evidence().copies, "a copy is no order of a second session"
    assert len([e for e in world.events(ChildReport) if e.exec_type is ExecType.TRADE]) == 3, "nor a second fill"


def test_inv_451_what_both_say_alike_is_no_alert(world: VenueWorld) -> None:
    for n in range(1, 5):
        trade(world, n)
    world.until(lambda: matched(world))
    world.run(20, hurry_s=0.5)
    assert raised(world) == [] and not world.events(TradesJudged) and len(table(world).matched) == 4


SPOILT = [
    (FaultKind.LOSE_REPORTS, COPIES, AlertKind.TRADE_NOT_CONFIRMED, ""),
    (FaultKind.COPY_OTHER_PRICE, COPIES, AlertKind.TRADE_DIFFERS, ""),
    (FaultKind.COPY_OTHER_QTY, COPIES, AlertKind.TRADE_DIFFERS, ""),
    (FaultKind.COPY_INVENTED, COPIES, AlertKind.TRADE_UNKNOWN_HERE, "-INVENTED"),
]


@pytest.mark.parametrize(("fault", "session", "kind", "suffix"), SPOILT, ids=[f.value for f, *_ in SPOILT])
def test_inv_452_a_copy_left_out_spoilt_or_invented_is_the_right_alert_within_five_seconds(
    world: VenueWorld, fault: FaultKind, session: str, kind: AlertKind, suffix: str
) -> None:
    trade(world, 1)
    world.until(lambda: matched(world))
    world.fault(fault, count=1, session=session)
    wrong = trade(world, 2)
    trade(world, 3)
    before_ns = world.clock.now_ns()
    pass_time(world, lambda: raised(world))
    assert raised(world) == [(kind, f"XALP/{wrong}{suffix}")]
    assert world.clock.now_ns() - before_ns >= GRACE_NS - SECOND_NS
    world.run(20, hurry_s=0.5)
    assert len(raised(world)) == 1 and not world.events(AlertCleared)


def test_inv_452_a_report_that_never_came_is_an_alert_and_booked_by_asking_for_the_order(world: VenueWorld) -> None:
    """The existing means: the order's status shows what the venue counts. A person's word about the break closes the alert as well."""
    world.router.say(child(1))
    world.until(lambda: child(1).child_id in world.state.children)
    world.settle()
    world.fault(FaultKind.LOSE_REPORTS, count=1, session=SESSION)
    world.operate(OperatorAct.TRADE, order=name(1), last_qty=40)
    (lost,) = evidence_fills(world, 1)
    pass_time(world, lambda: raised(world))
    assert raised(world) == [(AlertKind.TRADE_UNKNOWN_HERE, f"XALP/{lost}")]
    world.until(world.open_breaks, hurry_s=0.3)
    assert world.open_breaks() == [(BreakCause.FILL_INFERRED, child(1).child_id)], (
        "and no second one for the same trade"
    )
    assert world.state.children[child(1).child_id].cum_qty == 40
    (found,) = world.state.breaks.open.values()
    world.say(BreakResolution(0, found.break_id, ResolutionKind.ACCEPT_VENUE, None, "asked", 0, NOBODY))
    world.until(lambda: world.events(AlertCleared), hurry_s=0.1)
    assert not world.state.alerts.open and not world.open_breaks()


def test_inv_453_told_again_is_nothing_new(world: VenueWorld) -> None:
    """With PossDupFlag, under a new number, and by a resend after a break."""
    world.fault(FaultKind.DUPLICATE_REPORTS, count=1, session=COPIES)
    trade(world, 1)
    world.fault(FaultKind.REPEAT_REPORTS, count=1, session=COPIES)
    trade(world, 2)
    world.fault(FaultKind.DISCONNECT, session=COPIES)
    trade(world, 3)
    world.until(lambda: both_up(world) and len(world.events(TradeCopied)) >= 3 and matched(world), hurry_s=0.1)
    world.run(20, hurry_s=0.5)
    assert len(world.events(TradeCopied)) == 3 and raised(world) == []
    assert not [e for e in world.events(Anomaly) if e.session_id == COPIES]


def words_of_a_trade(world: VenueWorld) -> tuple[ExecutionState, ChildReport, TradeCopied]:
    """A state of its own in which a trade is matched; our report of the trade, and its copy."""
    trade(world, 1)
    world.until(lambda: matched(world))
    (report,) = [e for e in world.events(ChildReport) if e.exec_type is ExecType.TRADE]
    (copy,) = world.events(TradeCopied)
    return deepcopy(world.state), report, copy


def copied(state: ExecutionState, copy: TradeCopied) -> list[TradeCopied]:
    """What comes of a message of the drop copy, folded."""
    draft = Draft(state, NOW_NS)
    body = CopyReceived(**{field.name: getattr(copy, field.name) for field in fields(CopyReceived)})
    take_copy(draft, state.sessions[COPIES], body, "")
    for event in draft.events:
        fold_trades(state, event)
    return [e for e in draft.events if isinstance(e, TradeCopied)]


@pytest.mark.parametrize("copy_first", [False, True])
def test_inv_453_an_exec_id_of_another_day_is_another_execution(world: VenueWorld, copy_first: bool) -> None:
    state, report, copy = words_of_a_trade(world)
    report = replace(report, last_qty=30, transact_ns=report.transact_ns + DAY_NS)
    again = replace(copy, cl_ord_id=name(2), last_qty=30, transact_ns=copy.transact_ns + DAY_NS)
    assert not copied(state, copy), "the same word again"
    if copy_first:
        assert copied(state, again)
        fold_trades(state, report)
    else:
        fold_trades(state, report)
        assert copied(state, again)
    assert not unsettled(state.trades[SESSION]) and not copied(state, again)
    assert state.trades[SESSION].matched[f"XALP/{copy.exec_id}"].signed_qty == 30


def test_inv_456_a_copy_told_after_its_bust_says_nothing_new(world: VenueWorld) -> None:
    state, report, copy = words_of_a_trade(world)
    key = f"XALP/{copy.exec_id}"
    forget(state.trades[SESSION], key)
    bust = replace(copy, exec_type=ExecType.TRADE_CANCEL, exec_id="B1", exec_ref_id=copy.exec_id)
    assert copied(state, bust) and copied(state, copy)
    fold_trades(state, report)
    assert unsettled(state.trades[SESSION]) == (key,), "we have it still"
    ours = FillCorrected(
        report.order_id, report.child_id, "XALP", ExecType.TRADE_CANCEL, "B1", report.exec_id, report.last_qty, report.last_px, 0, 0, 0,
        0, report.ord_status, report.liquidity, report.transact_ns, 0, "",
    )  # fmt: skip
    fold_trades(state, ours)
    assert not unsettled(state.trades[SESSION])


def test_inv_454_a_takeover_loses_no_copy_and_raises_nothing_false(world: VenueWorld) -> None:
    """The next owner logs on with the numbers of the last, and is told what came meanwhile; the grace begins when both sessions have it."""
    trade(world, 1)
    world.until(lambda: matched(world))
    world.router.say(child(2, qty=20, price=ASK_PX), child(3, qty=20, price=ASK_PX))
    world.until(lambda: name(3) in str(world.evidence().orders))
    world.owner.port.close()
    world.breathe(0.05)
    world.skip(30.0)
    world.new_owner()
    world.until(lambda: both_up(world) and len(world.events(TradeCopied)) == 3 and matched(world), hurry_s=0.05)
    world.run(20, hurry_s=0.5)
    assert raised(world) == []
    logons = [e for e in world.events(SessionMessagePlanned) if e.message is SessionMessage.LOGON]
    numbers = [e.msg_seq_num for e in logons if e.session_id == COPIES]
    assert len(numbers) >= 2 and numbers == sorted(set(numbers)), "a number is given out once"


def test_inv_454_a_takeover_finds_the_difference_that_the_last_owner_did_not_live_to_tell(world: VenueWorld) -> None:
    world.fault(FaultKind.LOSE_REPORTS, count=1, session=COPIES)
    wrong = trade(world, 1)
    world.until(lambda: table(world).waiting)
    world.kill_owner()
    world.until(lambda: both_up(world) and raised(world), hurry_s=0.1)
    assert raised(world) == [(AlertKind.TRADE_NOT_CONFIRMED, f"XALP/{wrong}")]


def test_inv_455_nothing_is_judged_while_a_session_is_down_and_that_is_one_alert_after_a_minute(
    world: VenueWorld,
) -> None:
    world.fault(FaultKind.DENY_LOGON, count=1_000, session=COPIES)
    world.fault(FaultKind.DISCONNECT, session=COPIES)
    world.until(lambda: not both_up(world))
    for n in (1, 2, 3):
        trade(world, n)
    world.until(lambda: len(table(world).waiting) == 3)
    world.run(20, hurry_s=0.5)
    assert raised(world) == []
    world.until(lambda: raised(world), hurry_s=2.0)
    assert raised(world) == [(AlertKind.TRADE_NOT_CONFIRMED, SESSION)] and UNHEARD_NS > 10 * GRACE_NS
    world.clear_faults()
    world.until(lambda: both_up(world) and matched(world) and world.events(AlertCleared), hurry_s=0.2)
    assert not world.state.alerts.open and len(world.events(AlertRaised)) == 1


def test_inv_456_a_bust_that_both_tell_clears_and_one_told_by_one_side_alone_differs(world: VenueWorld) -> None:
    world.fault(FaultKind.COPY_OTHER_PRICE, count=1, session=COPIES)
    wrong = trade(world, 1)
    pass_time(world, lambda: raised(world))
    world.operate(OperatorAct.BUST, exec_id=wrong)
    world.until(lambda: world.events(FillCorrected) and world.events(AlertCleared), hurry_s=0.02)
    assert not world.state.alerts.open and matched(world)
    other = trade(world, 2)
    world.until(lambda: matched(world) and len(table(world).matched) == 2)
    world.fault(FaultKind.LOSE_REPORTS, count=1, session=COPIES)
    world.operate(OperatorAct.BUST, exec_id=other)
    world.until(lambda: len(world.events(FillCorrected)) == 2)
    pass_time(world, lambda: len(raised(world)) == 2)
    assert raised(world)[1] == (AlertKind.TRADE_DIFFERS, f"XALP/{other}")


def test_inv_456_a_correction_is_the_same_execution_under_another_name(world: VenueWorld) -> None:
    first = trade(world, 1)
    world.operate(OperatorAct.CORRECT, exec_id=first, last_px=ASK_PX + 1, last_qty=40)
    world.until(lambda: len(world.events(TradeCopied)) == 2 and matched(world))
    corrected = world.events(TradeCopied)[1]
    assert (corrected.exec_ref_id, corrected.last_qty, corrected.last_px) == (first, 40, ASK_PX + 1)
    world.operate(OperatorAct.BUST, exec_id=corrected.exec_id)
    world.until(lambda: len(world.events(TradeCopied)) == 3 and matched(world))
    world.run(20, hurry_s=0.5)
    assert raised(world) == [] and list(table(world).matched) == [f"XALP/{first}"]


def test_inv_457_a_venue_without_a_drop_copy_is_not_waited_for(tmp_path: Path) -> None:
    world = VenueWorld(tmp_path, **WIRES["fix"])
    world.until(world.is_up)
    for n in (1, 2):
        trade(world, n)
    world.run(20, hurry_s=5.0)
    assert raised(world) == [] and not world.state.trades and not world.evidence().copies
    assert {e.session_id for e in world.events(SessionUp)} == {SESSION}
    world.close()


def test_a_drop_copy_session_asks_for_nothing_and_nothing_leaves_on_it(world: VenueWorld) -> None:
    trade(world, 1)
    world.run(20, hurry_s=20.0)
    sent = {e.message for e in world.events(SessionMessagePlanned) if e.session_id == COPIES}
    assert sent <= {SessionMessage.LOGON, SessionMessage.HEARTBEAT, SessionMessage.TEST_REQUEST}
    assert {e.session_id for e in world.events(Intent)} == {SESSION}


def test_inv_452_an_execution_of_no_order_that_lives_is_a_break_that_a_person_decides(world: VenueWorld) -> None:
    world.fault(FaultKind.COPY_INVENTED, count=1, session=COPIES)
    wrong = trade(world, 1, qty=child(1).order_qty)
    world.until(lambda: child(1).child_id in world.state.closed)
    pass_time(world, lambda: raised(world))
    assert world.open_breaks() == [(BreakCause.UNKNOWN_EXECUTION, f"XALP/{wrong}-INVENTED")]
    assert not [e for e in world.events(Intent) if e.kind is IntentKind.STATUS]
    (found,) = world.state.breaks.open.values()
    world.say(BreakResolution(0, found.break_id, ResolutionKind.KEEP_OURS, None, "the venue's mistake", 0, NOBODY))
    world.until(lambda: world.events(AlertCleared), hurry_s=0.1)
    assert not world.state.alerts.open
