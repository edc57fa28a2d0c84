"""What ends orders waits for nothing: control and the steps of a mass cancel go before inputs that came together. Real loops, the log in memory."""

from collections.abc import Callable
from typing import Any

from path_world import DATE, NOW, WHO
from test_mass_cancel_path import BOB, MS, open_at_risk, path_of, resting, run_until
from test_order_path import valid_events

from oms.core.commands import MassCancelOrders
from oms.core.control import CancelScope, Halt
from oms.core.enums import HaltScope, IntentKind
from oms.core.execution import ExecutionRules, ExecutionState
from oms.core.execution_events import ChildReport, ChildRequestTaken, Intent, ScopeCancelStarted, SessionDown
from oms.core.risk.decide import MASS_CANCEL_STEP_ORDERS_MAX
from oms.core.risk_events import MassCancelStep, OrderAccepted
from oms.core.routing_events import ChildCancel
from oms.core.stage import Input
from oms.core.venue_messages import Disconnected, ReportReceived, VenueMessage
from oms.runtime.log import TopicPartition
from oms.runtime.loop import INPUTS_PER_STEP
from oms.testing.pipeline import Pipeline
from oms.wire import topics


def between(marks: list[bool]) -> int:
    """The longest run of records that are none, from the first mark to the last."""
    first, last = marks.index(True), len(marks) - 1 - marks[::-1].index(True)
    longest = run = 0
    for mark in marks[first:last]:
        run = 0 if mark else run + 1
        longest = max(longest, run)
    return longest


def working(count: int) -> Pipeline:
    p = path_of()
    for number in range(count):
        p.command(resting(f"a{number}"))
    run_until(p, lambda: len(p.loops[topics.EXECUTION].state.children) == count)
    return p


def test_inv_598_orders_that_came_together_do_not_hold_up_the_steps() -> None:
    p = working(3 * MASS_CANCEL_STEP_ORDERS_MAX)
    p.command(MassCancelOrders("alpha", DATE, "away", "", "", NOW, "", WHO, trader="ann"))
    for number in range(10 * INPUTS_PER_STEP):
        p.command(resting(f"bob{number}", provenance=BOB))
    p.run(20)
    marks = [
        isinstance(e, MassCancelStep)
        for e in valid_events(p, topics.RISK)
        if isinstance(e, MassCancelStep | OrderAccepted)
    ]
    assert sum(marks) == 3 and between(marks) <= INPUTS_PER_STEP
    assert len(open_at_risk(p)) == 10 * INPUTS_PER_STEP, "all that came behind it is taken"


def test_inv_598_answers_of_venues_do_not_hold_up_the_cancels() -> None:
    p = working(800)
    p.control(CancelScope(HaltScope.TRADER, "ann", "she left", NOW, WHO))
    p.run(20)
    cancelled: set[str] = set()
    marks: list[bool] = []
    for event in valid_events(p, topics.EXECUTION):
        if isinstance(event, Intent) and event.kind is IntentKind.CANCEL:
            marks.append(event.child_id not in cancelled)
            cancelled.add(event.child_id)
        elif isinstance(event, ChildReport):
            marks.append(False)
    assert sum(marks) == 800 and between(marks) <= INPUTS_PER_STEP


def test_inv_610_over_the_whole_path_each_order_is_cancelled_by_one_message() -> None:
    """Venues are slow to answer, and the router is late, so that its cancel of each order finds execution's under way."""
    p = working(100)
    p.run(20, MS)
    for venue in p.venues.values():
        venue.mute = True
    p.control(CancelScope(HaltScope.TRADER, "ann", "she left", NOW, WHO))
    p.crash(topics.ROUTING)
    p.run(20, MS)
    asked = {e.child_id for e in valid_events(p, topics.ROUTING) if isinstance(e, ChildCancel)}
    execution = valid_events(p, topics.EXECUTION)
    sent = [e.child_id for e in execution if isinstance(e, Intent) and e.kind is IntentKind.CANCEL]
    joined = {e.child_id for e in execution if isinstance(e, ChildRequestTaken) and e.joins}
    assert sorted(asked) == sorted(sent) == sorted(joined) and len(sent) == 100
    for venue in p.venues.values():
        venue.mute = False
    p.run(120, 100 * MS)
    assert not open_at_risk(p), "asked about, and cancelled once more"


def is_answer(stage_input: Input) -> bool:
    return isinstance(stage_input, VenueMessage) and isinstance(stage_input.body, ReportReceived)


class HaltedAmid(ExecutionRules):
    """While the so-manieth input of a kind is judged, somebody halts the firm; the process's other thread reads it."""

    def __init__(self, halt: Callable[[], None], is_counted: Callable[[Input], bool], number: int) -> None:
        super().__init__()
        self._halt, self._is_counted, self._left = halt, is_counted, number

    def decide(self, state: ExecutionState, stage_input: Input, *rest: Any) -> Any:
        if self._is_counted(stage_input):
            self._left -= 1
            if self._left == 0:
                self._halt()
        return super().decide(state, stage_input, *rest)


def halting(p: Pipeline) -> Callable[[], None]:
    control = p.log.reader(p.log.ends([TopicPartition(topics.CONTROL, 0)]))

    def halt() -> None:
        p.control(Halt(HaltScope.FIRM, "", True, "test", NOW, WHO))
        for record in control.poll(0.0):
            p.ahead.put(record)

    return halt


def test_inv_599_a_halt_waits_for_no_answers_of_venues() -> None:
    p = working(0)
    halt = halting(p)
    p.rules[topics.EXECUTION] = lambda: HaltedAmid(halt, is_answer, 3)
    p.crash(topics.EXECUTION)
    p.run(5)
    for number in range(100):
        p.command(resting(f"a{number}"))
    p.run(20)
    told = [e for e in valid_events(p, topics.EXECUTION) if isinstance(e, ChildReport | ScopeCancelStarted)]
    (at,) = [n for n, e in enumerate(told) if isinstance(e, ScopeCancelStarted)]
    assert at == 3, "behind the answer that was being judged"
    assert not open_at_risk(p)


def test_inv_599_no_control_comes_before_the_end_of_a_predecessors_sessions() -> None:
    """Else a cancel would be numbered on a session that is up in the journal, and is nobody's."""
    p = working(3)
    halt, before = halting(p), len(valid_events(p, topics.EXECUTION))
    p.rules[topics.EXECUTION] = lambda: HaltedAmid(halt, lambda found: isinstance(found, Disconnected), 1)
    p.crash(topics.EXECUTION)
    p.run(200, MS)
    told = [
        type(e)
        for e in valid_events(p, topics.EXECUTION)[before:]
        if isinstance(e, SessionDown | ScopeCancelStarted | Intent)
    ]
    assert told[:2] == [SessionDown, SessionDown] and {*told[2:]} == {ScopeCancelStarted, Intent}
    assert not open_at_risk(p)
