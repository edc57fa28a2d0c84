"""Lists at the gateway: what is taken and what is named as wrong, the state of a list, repeats, refusals, cancels, pages."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import grpc
import pytest
from gateway_service import ANN, Client, World, connected, eventually, refused, serving
from gateway_world import DATE, accepted, changed, opened, rejected, traded

from oms.core.commands import CancelOrderList, NewOrder, NewOrderList
from oms.core.enums import ContingencyType, ExecType, LegState, OrdStatus
from oms.core.list_events import LegChanged
from oms.core.reasons import Reason
from oms.core.risk_events import Evidence, ListAccepted, ListCancelAccepted, ListRejected, ListStep
from oms.gateway.lists import LISTED_ORDERS_KEPT, Lists
from oms.v1 import enums_pb2
from oms.v1 import gateway_pb2 as api

LIST_ID = f"alpha/{DATE}/l1"
OCO = enums_pb2.CONTINGENCY_TYPE_ONE_CANCELS_THE_OTHER
EVIDENCE = Evidence(0, 0, 0, 0, None, None, (), (), (), (), ())


def listed(cl_ord_id: str, **changes: Any) -> api.ListedOrder:
    fields: dict[str, Any] = {
        "cl_ord_id": cl_ord_id,
        "account_id": "acc-alpha",
        "instrument_id": "IBM",
        "side": enums_pb2.SIDE_BUY,
        "ord_type": enums_pb2.ORD_TYPE_LIMIT,
        "time_in_force": enums_pb2.TIME_IN_FORCE_DAY,
        "order_qty": 100,
        "price": 5000,
        "algorithm": enums_pb2.ALGORITHM_BEST_PRICE,
    }
    return api.ListedOrder(**(fields | changes))


def submit(*orders: api.ListedOrder, **changes: Any) -> api.SubmitListRequest:
    fields: dict[str, Any] = {"desk_id": "alpha", "trading_date": DATE, "cl_ord_id": "l1", "requester": ANN}
    return api.SubmitListRequest(orders=orders, **(fields | changes))


PAIR = (listed("o1"), listed("o2", price=4900))


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def client(world: World) -> AsyncIterator[Client]:
    async with serving(world) as running, connected(running) as connection:
        yield connection


async def state(client: Client, list_id: str = LIST_ID) -> api.ListView:
    return (await client.orders.GetList(api.GetListRequest(list_id=list_id))).list


def written(world: World) -> NewOrderList:
    command = world.commands()[0]
    assert isinstance(command, NewOrderList)
    return command


async def test_a_list_is_written_as_one_command_and_found_at_once(world: World, client: Client) -> None:
    answer = await client.orders.SubmitList(submit(*PAIR, contingency=OCO))
    assert (answer.status.order_id, answer.status.state) == (LIST_ID, api.COMMAND_STATE_RECEIVED)
    command = written(world)
    assert command.contingency is ContingencyType.ONE_CANCELS_THE_OTHER
    assert [(o.cl_ord_id, o.price, o.list_id) for o in command.orders] == [("o1", 5000, LIST_ID), ("o2", 4900, LIST_ID)]
    view = await state(client)
    assert view.status == api.LIST_ORDER_STATUS_RECEIVED_FOR_EXECUTION
    assert [o.ord_status for o in view.orders] == [enums_pb2.ORD_STATUS_PENDING_NEW] * 2


@pytest.mark.parametrize(
    ("request_", "fields"),
    [
        (submit(), ["orders"]),
        (submit(*PAIR, cl_ord_id="a/b"), ["cl_ord_id"]),
        (submit(listed("o1"), listed("o 2", price=-1, order_qty=0)), ["orders[1].cl_ord_id", "orders[1].order_qty"]),
        (submit(listed("o1", venue_id="X")), ["orders[0].venue_id"]),
        (submit(listed("o1"), listed("o1")), ["orders[1].cl_ord_id"]),
        (submit(listed("o1"), contingency=OCO), ["orders"]),
        (submit(*(listed(f"o{n}") for n in range(501))), ["orders"]),
        (submit(listed("o1"), listed("o2", ord_type=enums_pb2.ORD_TYPE_STOP, price=None)), ["orders[1].instructions.stop_px"]),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_named_by_its_place(
    client: Client, request_: api.SubmitListRequest, fields: list[str]
) -> None:
    code, _, named = await refused(client.orders.SubmitList(request_))
    assert code is grpc.StatusCode.INVALID_ARGUMENT and set(fields) <= set(named), named


async def test_the_life_of_a_contingent_list(world: World, client: Client) -> None:
    call = asyncio.ensure_future(
        client.orders.SubmitList(submit(*PAIR, contingency=OCO, wait_for_decision=True), timeout=5)
    )
    await eventually(lambda: len(world.commands()) == 1)
    command = written(world)
    one, two = command.orders
    world.risk(0, ListAccepted(LIST_ID, command), accepted(one), accepted(two))
    answer = await call
    assert answer.status.state == api.COMMAND_STATE_ACCEPTED
    assert answer.list.status == api.LIST_ORDER_STATUS_EXECUTING
    ids = [f"alpha/{DATE}/{o.cl_ord_id}" for o in (one, two)]
    world.routing(
        opened(one), LegChanged(LIST_ID, ids[0], LegState.LIVE, None, ""),
        opened(two), LegChanged(LIST_ID, ids[1], LegState.ARMED, None, ""),
    )  # fmt: skip
    await asyncio.sleep(0.05)
    view = await state(client)
    assert [o.leg_state for o in view.orders] == [enums_pb2.LEG_STATE_LIVE, enums_pb2.LEG_STATE_ARMED]
    order = (await client.orders.GetOrder(api.GetOrderRequest(order_id=ids[1]))).order
    assert (order.list_id, order.contingency, order.leg_state) == (LIST_ID, OCO, enums_pb2.LEG_STATE_ARMED)
    again = await client.orders.SubmitList(submit(*PAIR, contingency=OCO))
    assert again.status.already_received and again.status.state == api.COMMAND_STATE_ACCEPTED
    assert len(world.commands()) == 1
    await client.orders.SubmitList(submit(*PAIR))  # without the contingency: another list, which risk is to refuse
    assert len(world.commands()) == 2
    world.routing(traded(one, 100, 100), _ended(two))
    await asyncio.sleep(0.05)
    assert (await state(client)).status == api.LIST_ORDER_STATUS_ALL_DONE


def _ended(order: NewOrder) -> Any:
    return changed(order, ExecType.CANCELED, OrdStatus.CANCELED)


async def test_a_refused_list_has_a_reason_and_no_orders(world: World, client: Client) -> None:
    await client.orders.SubmitList(submit(*PAIR, contingency=OCO))
    world.risk(0, ListRejected(LIST_ID, written(world), "o2", Reason.ORDER_QTY_LIMIT, "too much", EVIDENCE))
    await asyncio.sleep(0.05)
    view = await state(client)
    assert (view.status, view.reason, view.order_cl_ord_id) == (
        api.LIST_ORDER_STATUS_REJECT,
        enums_pb2.REASON_ORDER_QTY_LIMIT,
        "o2",
    )
    assert {o.ord_status for o in view.orders} == {enums_pb2.ORD_STATUS_REJECTED}
    code, _, _ = await refused(client.orders.GetOrder(api.GetOrderRequest(order_id=f"alpha/{DATE}/o1")))
    assert code is grpc.StatusCode.NOT_FOUND


async def test_a_program_is_received_until_its_last_order_is_judged(world: World, client: Client) -> None:
    await client.orders.SubmitList(submit(*PAIR))
    command = written(world)
    one, two = command.orders
    step = world.risk(0, ListAccepted(LIST_ID, command))
    world.risk(-1, accepted(one), ListStep(step, LIST_ID, 1))
    await asyncio.sleep(0.05)
    assert (await state(client)).status == api.LIST_ORDER_STATUS_RECEIVED_FOR_EXECUTION
    world.risk(-1, rejected(two), ListStep(step, LIST_ID, 0))
    await asyncio.sleep(0.05)
    view = await state(client)
    assert view.status == api.LIST_ORDER_STATUS_EXECUTING
    assert [o.ord_status for o in view.orders] == [enums_pb2.ORD_STATUS_PENDING_NEW, enums_pb2.ORD_STATUS_REJECTED]


async def test_the_cancel_of_a_list(world: World, client: Client) -> None:
    await client.orders.SubmitList(submit(*PAIR, contingency=OCO))
    command = written(world)
    world.risk(0, ListAccepted(LIST_ID, command), *(accepted(o) for o in command.orders))
    request = api.CancelListRequest(
        desk_id="alpha", trading_date=DATE, cl_ord_id="k1", orig_cl_ord_id="l1", requester=ANN, wait_for_decision=True
    )
    call = asyncio.ensure_future(client.orders.CancelList(request, timeout=5))
    await eventually(lambda: len(world.commands()) == 2)
    cancel = world.commands()[1]
    assert isinstance(cancel, CancelOrderList)
    world.risk(1, ListCancelAccepted(LIST_ID, cancel, 2))
    answer = await call
    assert (answer.matched, answer.list.status) == (2, api.LIST_ORDER_STATUS_CANCELLING)


async def test_pages_cut_through_a_list_and_lose_nothing(world: World, client: Client) -> None:
    await client.orders.SubmitList(submit(*(listed(f"o{n}") for n in range(7))))
    command = written(world)
    world.risk(0, ListAccepted(LIST_ID, command))
    world.risk(-1, *(accepted(o) for o in command.orders), ListStep(0, LIST_ID, 0))
    await asyncio.sleep(0.05)
    found: list[str] = []
    token = ""
    while True:
        page = await client.orders.ListOrders(api.ListOrdersRequest(desk_id="alpha", page_size=3, page_token=token))
        found += [o.cl_ord_id for o in page.orders]
        token = page.next_page_token
        if not token:
            break
    assert found == [f"o{n}" for n in reversed(range(7))]


async def test_a_list_that_nobody_sent_is_not_found(client: Client) -> None:
    code, text, _ = await refused(client.orders.GetList(api.GetListRequest(list_id=f"alpha/{DATE}/no")))
    assert code is grpc.StatusCode.NOT_FOUND and "no list" in text


async def test_lists_kept_are_bounded_by_their_orders_and_live_ones_stay(world: World, client: Client) -> None:
    await client.orders.SubmitList(submit(*PAIR, contingency=OCO))
    command = written(world)
    lists = Lists()
    for n in range(LISTED_ORDERS_KEPT):
        lists.received(n, _named(command, f"l{n}"))
        if n:
            lists.rejected(n, n, _named(command, f"l{n}"), "", Reason.LIST_INVALID, "")
    assert lists.held_orders <= LISTED_ORDERS_KEPT
    assert f"alpha/{DATE}/l0" in lists.states and f"alpha/{DATE}/l1" not in lists.states


def _named(command: NewOrderList, name: str) -> NewOrderList:
    return replace(command, cl_ord_id=name)
