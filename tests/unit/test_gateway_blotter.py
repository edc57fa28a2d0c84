"""What the gateway says of orders and commands after records of the three topics."""

from dataclasses import replace

from gateway_world import (
    DATE,
    accepted,
    changed,
    exposure,
    new_order,
    opened,
    order_id,
    rejected,
    risk_record,
    routing_record,
    traded,
)

from oms.core.commands import CancelOrder, Command, MassCancelOrders, ReplaceOrder
from oms.core.enums import ExecType, OrdStatus
from oms.core.reasons import Reason
from oms.core.risk_events import CancelAccepted, ControlApplied, MassCancelStarted, ReplaceAccepted, ReplaceSettled
from oms.core.run_rule import JOURNAL_START
from oms.core.stage import Event
from oms.gateway.blotter import ENDED_ORDERS_KEPT, Blotter
from oms.gateway.merge import Entry
from oms.gateway.order_state import FILLS_KEPT, CommandState
from oms.wire import topics

KEY = ("alpha", DATE, "a1")


class Partition:
    """A blotter, and the next offsets of its topics."""

    def __init__(self) -> None:
        self.blotter = Blotter(0)
        self._commands = 0
        self._records = 0

    def command(self, command: Command) -> int:
        offset, self._commands = self._commands, self._commands + 1
        self.blotter.fold(Entry(topics.ORDERS, offset, command, JOURNAL_START))
        return offset

    def risk(self, command_offset: int, *events: Event) -> None:
        self._records += 1
        envelope = risk_record(0, self._records, command_offset, *events)
        self.blotter.fold(Entry(topics.RISK, self._records, envelope, JOURNAL_START))

    def routing(self, *events: Event) -> None:
        self._records += 1
        envelope = routing_record(0, self._records, 0, *events)
        self.blotter.fold(Entry(topics.ROUTING, self._records, envelope, JOURNAL_START))


def working(qty: int = 100) -> Partition:
    partition = Partition()
    order = new_order("a1", qty=qty)
    partition.risk(partition.command(order), accepted(order))
    partition.routing(opened(order))
    return partition


def request(cl_ord_id: str) -> CancelOrder:
    order = new_order(cl_ord_id)
    return CancelOrder("alpha", DATE, cl_ord_id, DATE, "a1", 5, "t", order.provenance)


def test_an_order_from_receipt_to_its_last_fill() -> None:
    partition, order = Partition(), new_order("a1")
    offset = partition.command(order)
    found = partition.blotter.find(KEY)
    assert found is not None and found.ord_status is OrdStatus.PENDING_NEW and found.leaves_qty == 100
    partition.risk(offset, accepted(order))
    partition.routing(opened(order))
    assert found.ord_status is OrdStatus.NEW and found.decision_offset == 1
    partition.routing(traded(order, 60, 60), traded(order, 40, 100, "x2"))
    assert (found.ord_status, found.cum_qty, found.leaves_qty, found.notional) == (OrdStatus.FILLED, 100, 0, 500_000)
    assert [fill.exec_id for fill in found.fills] == ["x1", "x2"]
    assert partition.blotter.counts[("alpha", OrdStatus.FILLED)] == 1
    assert partition.blotter.counts[("alpha", OrdStatus.NEW)] == 0


def test_a_refusal_keeps_its_reason() -> None:
    partition, order = Partition(), new_order("a1")
    partition.risk(partition.command(order), rejected(order))
    found = partition.blotter.find(KEY)
    assert found is not None
    assert (found.ord_status, found.reason, found.leaves_qty) == (OrdStatus.REJECTED, Reason.ORDER_QTY_LIMIT, 0)
    assert partition.blotter.fates[0].state is CommandState.REJECTED


def test_a_repeat_has_the_fate_of_the_first() -> None:
    partition, order = working(), new_order("a1")
    again = replace(order, entered_ns=99, good_until_ns=99, trace_id="again")
    fate = partition.blotter.repeated(again)
    assert fate is not None and fate.state is CommandState.ACCEPTED and fate.offset == 0
    assert partition.blotter.repeated(replace(order, order_qty=1)) is None


def test_another_order_under_the_same_key_leaves_the_first_untouched() -> None:
    partition = working()
    other = replace(new_order("a1"), order_qty=7)
    offset = partition.command(other)
    partition.risk(offset, rejected(other, Reason.DUPLICATE_CL_ORD_ID))
    found = partition.blotter.find(KEY)
    assert found is not None and (found.ord_status, found.order_qty) == (OrdStatus.NEW, 100)
    assert partition.blotter.fates[offset].reason is Reason.DUPLICATE_CL_ORD_ID


def test_a_repeat_of_a_forgotten_order_is_no_new_order() -> None:
    partition = Partition()
    partition.command(new_order("old"))
    assert partition.blotter.find(("alpha", DATE, "old")) is not None
    later = new_order("a1")
    partition.risk(partition.command(later), accepted(later))
    assert partition.blotter.find(("alpha", DATE, "old")) is None
    assert partition.blotter.find(KEY) is not None
    assert sum(partition.blotter.counts.values()) == 1


def test_a_cancel_is_pending_until_the_order_ends() -> None:
    partition, order = working(), new_order("a1")
    cancel = request("c1")
    partition.risk(partition.command(cancel), CancelAccepted(order_id(order), cancel))
    found = partition.blotter.find(KEY)
    assert found is not None and found.pending is not None
    assert (found.pending.cl_ord_id, found.pending.exec_type) == ("c1", ExecType.PENDING_CANCEL)
    partition.routing(changed(order, ExecType.CANCELED, OrdStatus.CANCELED))
    assert found.pending is None and found.ord_status is OrdStatus.CANCELED


def test_a_replacement_joins_the_chain_when_it_is_applied() -> None:
    partition, order = working(), new_order("a1")
    asked = ReplaceOrder("alpha", DATE, "r1", DATE, "a1", 150, 4900, None, 9, 5, "t", order.provenance)
    decision = accepted(order)
    accepted_replace = ReplaceAccepted(order_id(order), asked, decision.mandate, decision.evidence)
    partition.risk(partition.command(asked), accepted_replace)
    found = partition.blotter.find(("alpha", DATE, "r1"))
    assert found is not None and found.pending is not None and found.pending.order_qty == 150
    assert (found.order_qty, found.cl_ord_ids) == (100, ["a1"])
    replaced = replace(changed(order, ExecType.REPLACED, OrdStatus.NEW), cl_ord_id="r1", order_qty=150, price=4900)
    partition.routing(replaced)
    partition.risk(-1, ReplaceSettled(order_id(order), "r1", True, 150))
    assert (found.order_qty, found.price, found.cl_ord_id, found.cl_ord_ids) == (150, 4900, "r1", ["a1", "r1"])
    assert found.pending is None and partition.blotter.find(KEY) is found


def test_a_mass_cancel_says_how_many_it_found() -> None:
    partition = working()
    asked = MassCancelOrders("alpha", DATE, "m1", "", "", 5, "t", new_order("a1").provenance)
    offset = partition.command(asked)
    partition.risk(offset, MassCancelStarted(asked, -1, None, "", 1))
    assert partition.blotter.fates[offset].matched == 1


def test_positions_and_control() -> None:
    partition, order = working(), new_order("a1")
    partition.risk(-1, exposure(order, 60, 1060), ControlApplied(4))
    partition.routing(ControlApplied(3))
    held = partition.blotter.book.holdings[("acc-alpha", "IBM")]
    assert (held.qty, held.bought_qty, held.sold_qty, held.bought_notional) == (1060, 60, 0, 300_000)
    assert partition.blotter.applied_control == {topics.RISK: 4, topics.ROUTING: 3}


def test_fills_kept_are_bounded_and_all_counted() -> None:
    partition, order = working(qty=1000), new_order("a1", qty=1000)
    for number in range(FILLS_KEPT + 10):
        partition.routing(traded(order, 1, number + 1, f"x{number}"))
    found = partition.blotter.find(KEY)
    assert found is not None
    assert (len(found.fills), found.fill_count, found.cum_qty) == (FILLS_KEPT, FILLS_KEPT + 10, FILLS_KEPT + 10)


def test_ended_orders_are_dropped_by_count_and_open_ones_stay() -> None:
    partition = working()
    for number in range(ENDED_ORDERS_KEPT + 5):
        order = new_order(f"b{number}")
        partition.risk(-1, rejected(order))
    blotter = partition.blotter
    assert len(blotter.orders) == ENDED_ORDERS_KEPT + 1
    assert blotter.find(KEY) is not None
    assert blotter.find(("alpha", DATE, "b0")) is None and blotter.find(("alpha", DATE, "b5")) is not None
    assert len(blotter.by_key) == ENDED_ORDERS_KEPT + 1


def test_the_position_of_an_order_that_was_forgotten_stays() -> None:
    partition, order = working(), new_order("a1")
    partition.risk(-1, exposure(order, 60, 1060))
    partition.routing(changed(order, ExecType.CANCELED, OrdStatus.CANCELED, 60))
    for number in range(ENDED_ORDERS_KEPT):
        partition.risk(-1, rejected(new_order(f"b{number}")))
    assert partition.blotter.find(KEY) is None
    held = partition.blotter.book.holdings[("acc-alpha", "IBM")]
    assert (held.qty, held.bought_qty, held.bought_notional, held.fill_count) == (1060, 60, 300_000, 1)
