"""What a desk sees of the days of its orders: views and updates carry the day's quantities, and why an order was restated."""

from dataclasses import replace

from gateway_world import accepted, new_order, opened, order_id, risk_record, routing_record, traded

from oms.core.enums import ExecRestatementReason, ExecType, OrdStatus, TimeInForce
from oms.core.money import Amount
from oms.core.reference import Reference
from oms.core.routing_events import ParentChanged
from oms.core.run_rule import JOURNAL_START
from oms.core.stage import Event
from oms.gateway.blotter import Blotter
from oms.gateway.merge import Entry
from oms.gateway.updates import updates_of
from oms.gateway.venue_states import VenueStates
from oms.gateway.views import order_view
from oms.v1 import gateway_pb2 as api
from oms.wire import topics

ORDER = replace(new_order("a1", qty=100), time_in_force=TimeInForce.GTC)
FILLED_40 = replace(
    traded(ORDER, 40, 40), day_order_qty=100, day_cum_qty=40, day_notional=Amount(400), trade_date=20250106
)
RESTATED = replace(
    opened(ORDER),
    exec_type=ExecType.RESTATED,
    ord_status=OrdStatus.PARTIALLY_FILLED,
    cum_qty=40,
    day_order_qty=60,
    restatement=ExecRestatementReason.GT_RENEWAL,
)


def view_after(*events: Event) -> api.OrderView:
    blotter = Blotter(0)
    blotter.fold(Entry(topics.ORDERS, 0, ORDER, JOURNAL_START))
    blotter.fold(Entry(topics.RISK, 1, risk_record(0, 1, 0, accepted(ORDER)), JOURNAL_START))
    for offset, event in enumerate((opened(ORDER), *events), 1):
        blotter.fold(Entry(topics.ROUTING, offset, routing_record(0, offset, 0, event), JOURNAL_START))
    return order_view(blotter.orders[order_id(ORDER)], Reference(), VenueStates(0))


def update_of(event: Event) -> api.OrderUpdate:
    (update,) = updates_of(topics.ROUTING, 0, 1, routing_record(0, 1, 0, event))
    return update


def test_rule_21_a_view_has_the_days_quantities_beside_the_totals() -> None:
    view = view_after(FILLED_40)
    assert (view.day_order_qty, view.day_cum_qty, view.day_notional.lo, view.cum_qty) == (100, 40, 400, 40)
    view = view_after(FILLED_40, RESTATED)
    assert (view.day_order_qty, view.day_cum_qty, view.day_notional.lo, view.cum_qty) == (60, 0, 0, 40)


def test_an_order_without_a_day_has_no_day_quantities() -> None:
    view = view_after(traded(ORDER, 40, 40))
    assert (view.day_order_qty, view.day_cum_qty, view.HasField("day_notional")) == (0, 0, False)


def test_rule_21_an_update_says_that_the_order_was_restated_and_why() -> None:
    update = update_of(RESTATED)
    assert update.exec_type == api.OrderUpdate(exec_type=ExecType.RESTATED).exec_type
    assert update.restatement == ExecRestatementReason.GT_RENEWAL
    assert (update.day_order_qty, update.day_cum_qty) == (60, 0) and not update.HasField("fill")
    assert not update_of(FILLED_40).HasField("restatement")


def test_rule_4_done_for_the_day_keeps_leaves_for_the_desk() -> None:
    done = replace(
        opened(ORDER), exec_type=ExecType.DONE_FOR_DAY, ord_status=OrdStatus.DONE_FOR_DAY, leaves_qty=60, cum_qty=40
    )
    assert isinstance(done, ParentChanged)
    view = view_after(FILLED_40, done)
    assert (view.ord_status, view.leaves_qty) == (OrdStatus.DONE_FOR_DAY, 60)
