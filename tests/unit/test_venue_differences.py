"""What the venue process has and execution does not: fills that it never told, orders that nobody here knows. Over real sockets.

The venue's own log says what it kept to itself; telling it later goes through the venue's exchange, as a report of a moment ago.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from venue_world import ASK_PX, SESSION, VenueWorld, child, name

from oms.core.enums import BreakCause, ExecType, OrdStatus
from oms.core.execution.reports import STATUS_TRIES_OF_WINDOW
from oms.core.execution_events import BreakResolved, ChildReport, FillSuperseded, Intent
from oms.core.reconciliation.fills import inferred_exec_id
from oms.venues import messages as m
from oms.venues.fault_messages import FaultKind
from oms.venues.venue_log import read_segment, segment_paths

LIMIT_PX = ASK_PX + 4
"""Above what is shown: a buy executes at ASK_PX, and the limit is no guess at the price."""

FIVE_SECONDS = 5.1
"""A little more than execution waits for an answer before it asks."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[VenueWorld]:
    made = VenueWorld(tmp_path)
    made.until(made.is_up)
    yield made
    made.close()


def unsaid_trade(world: VenueWorld) -> m.ExecutionReport:
    """The one trade that a fault kept from being sent, by the venue's own log."""
    batches = [batch for path in segment_paths(world.directory) for batch in read_segment(path)[0]]
    lines = [line for batch in batches for _, line in batch.get("Unsaid", ())]
    (trade,) = (line for line in lines if line.get("ExecType") == "TRADE")
    return m.ExecutionReport(
        0, trade["OrderID"], trade["ClOrdID"], ExecType.TRADE, OrdStatus[trade["OrdStatus"]], trade["ExecID"],
        order_qty=trade["OrderQty"], price=trade["Price"], last_px=trade["LastPx"], last_qty=trade["LastQty"],
        cum_qty=trade["CumQty"], cum_notional=trade["CumNotional"], leaves_qty=trade.get("LeavesQty", 0),
    )  # fmt: skip


def trades(world: VenueWorld) -> list[ChildReport]:
    return [e for e in world.events(ChildReport) if e.exec_type is ExecType.TRADE]


def test_a_fill_that_is_lost_for_good_is_inferred_at_its_exact_price_and_gives_way_when_it_is_told(
    world: VenueWorld,
) -> None:
    lost, child_id = child(1, price=LIMIT_PX), child(1).child_id
    world.fault(FaultKind.LOSE_REPORTS, count=2)
    world.router.say(lost)
    world.run(5)
    world.skip(FIVE_SECONDS)
    world.until(lambda: child_id in world.state.closed, hurry_s=0.3)
    (inferred,) = trades(world)
    assert inferred.inferred and inferred.exec_id == inferred_exec_id("XALP", child_id, 0, 100)
    assert (inferred.last_qty, inferred.last_px) == (100, ASK_PX)
    assert world.open_breaks() == [(BreakCause.FILL_INFERRED, child_id)]
    asked = [e for e in world.events(Intent) if e.orig_cl_ord_id == name(1)]
    assert len(asked) >= STATUS_TRIES_OF_WINDOW, "the venue had its time to tell"

    real = unsaid_trade(world)
    for _ in range(2):
        world.venue.exchange.reports.append((SESSION, real))
        world.run(20)
    (superseded,) = world.events(FillSuperseded)
    assert (superseded.exec_id, superseded.last_qty, superseded.last_px) == (real.exec_id, 100, ASK_PX)
    assert superseded.inferred_px == ASK_PX, "nothing was to be corrected"
    assert trades(world) == [inferred], "no second fill, however often it is told"
    closed = world.state.closed[child_id]
    assert (closed.cum_qty, closed.notional, closed.inferred) == (100, 100 * ASK_PX, ())
    assert world.open_breaks() == [] and len(world.events(BreakResolved)) == 1


def test_the_sum_that_the_venue_states_survives_its_death(world: VenueWorld) -> None:
    """Without the sum the limit would be taken."""
    world.fault(FaultKind.LOSE_REPORTS, count=2)
    world.router.say(child(1, price=LIMIT_PX))
    world.until(lambda: world.evidence().by_cl_ord_id.get((SESSION, name(1))))
    world.start_venue(world.kill_venue())
    world.until(lambda: trades(world), hurry_s=0.3)
    assert [(t.inferred, t.last_qty, t.last_px) for t in trades(world)] == [(True, 100, ASK_PX)]
