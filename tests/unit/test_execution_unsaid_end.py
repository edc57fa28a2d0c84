"""An order that ended at the venue without a word: found by the simulation, where a report was never made."""

from oms.core.enums import IntentKind, OrdStatus
from oms.core.execution_events import ChildReport, Intent
from oms.core.routing_events import ChildCancel
from oms.testing.execution_bench import ExecutionBench, child_new

CHILD = "alpha/20250106/a1.1"


def test_a_refused_cancel_of_an_order_that_ended_asks_what_became_of_it() -> None:
    bench = ExecutionBench()
    bench.settle()
    bench.route(child_new(1))
    bench.settle()
    bench.venue.orders[f"0:{CHILD}"].status = OrdStatus.CANCELED  # and nobody is told
    bench.route(ChildCancel("alpha/20250106/a1", CHILD, 1))
    bench.settle()
    assert [e.kind for e in bench.events() if isinstance(e, Intent)][-1] is IntentKind.STATUS
    reports = [e for e in bench.events() if isinstance(e, ChildReport)]
    assert reports[-1].ord_status is OrdStatus.CANCELED
    assert not bench.state.children, "the child has ended"
