"""The gateway over a real gRPC connection and the in-memory log: what clients get, and that hostile ones break nothing.

Risk and the router are not here: the tests append the records that they would write.
"""

import asyncio
import time
from typing import Any

import grpc
from gateway_service import (
    ANN,
    IN_FLIGHT_MAX,
    ORDERS,
    RISK,
    Client,
    World,
    cancel,
    eventually,
    refused,
    submit,
)
from gateway_world import (
    DATE,
    accepted,
    exposure,
    new_order,
    opened,
    rejected,
)

from oms.core.commands import NewOrder
from oms.core.market import MarketRecord, Quote
from oms.runtime.gateway import Gateway
from oms.runtime.gateway_session import UNACKED_MAX
from oms.runtime.log import TopicPartition
from oms.testing.sim_log import Fate
from oms.v1 import admin_pb2, enums_pb2
from oms.v1 import gateway_pb2 as api
from oms.wire import topics
from oms.wire.codec import encode_intake

# --- orders -------------------------------------------------------------------------------------------------------------------


async def test_a_submit_is_answered_when_it_is_written(world: World, client: Client) -> None:
    answer = await client.orders.Submit(submit("a1"))
    assert answer.status.order_id == f"alpha/{DATE}/a1"
    assert (answer.status.partition, answer.status.offset, answer.status.state) == (0, 0, api.COMMAND_STATE_RECEIVED)
    written = world.commands()[0]
    assert isinstance(written, NewOrder) and written.provenance.source == "grpc" and written.trace_id
    assert written.good_until_ns - written.entered_ns == 10_000_000_000


async def test_a_submit_can_wait_for_the_decision(world: World, client: Client) -> None:
    call = asyncio.ensure_future(client.orders.Submit(submit("a1", wait_for_decision=True), timeout=5))
    await eventually(lambda: len(world.commands()) == 1)
    world.risk(0, rejected(world.commands()[0]))
    answer = await call
    assert answer.status.state == api.COMMAND_STATE_REJECTED
    assert answer.status.reason == enums_pb2.REASON_ORDER_QTY_LIMIT
    assert answer.order.ord_status == enums_pb2.ORD_STATUS_REJECTED
    assert (answer.order.price_scale, answer.order.currency) == (4, "USD")


async def test_without_a_decision_the_deadline_brings_the_present_status(client: Client) -> None:
    answer = await client.orders.Submit(submit("a1", wait_for_decision=True), timeout=1.5)
    assert answer.status.state == api.COMMAND_STATE_RECEIVED


async def test_a_repeat_is_answered_with_the_present_status(world: World, client: Client) -> None:
    await client.orders.Submit(submit("a1"))
    world.risk(0, accepted(world.commands()[0]))
    order = world.commands()[0]
    world.routing(opened(order))
    await asyncio.sleep(0.05)
    again = await client.orders.Submit(submit("a1"))
    assert again.status.already_received and again.status.state == api.COMMAND_STATE_ACCEPTED
    assert again.order.ord_status == enums_pb2.ORD_STATUS_NEW
    assert len(world.commands()) == 1
    await client.orders.Submit(submit("a1", order_qty=7))  # another order: risk is to refuse it
    assert len(world.commands()) == 2


async def test_get_order_finds_what_was_acknowledged_at_once(client: Client) -> None:
    for number in range(20):
        await client.orders.Submit(submit(f"a{number}"))
        found = await client.orders.GetOrder(
            api.GetOrderRequest(desk_id="alpha", trading_date=DATE, cl_ord_id=f"a{number}")
        )
        assert found.order.ord_status == enums_pb2.ORD_STATUS_PENDING_NEW
    by_id = await client.orders.GetOrder(api.GetOrderRequest(order_id=f"alpha/{DATE}/a7"))
    assert by_id.order.cl_ord_id == "a7"


async def test_an_order_that_nobody_sent_is_not_found(client: Client) -> None:
    code, text, _ = await refused(client.orders.GetOrder(api.GetOrderRequest(order_id=f"alpha/{DATE}/no")))
    assert code is grpc.StatusCode.NOT_FOUND and "no order" in text
    code, _, _ = await refused(client.orders.GetOrder(api.GetOrderRequest(order_id=f"nobody/{DATE}/no")))
    assert code is grpc.StatusCode.NOT_FOUND
    code, _, fields = await refused(client.orders.GetOrder(api.GetOrderRequest(order_id="no")))
    assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["order_id"])


async def test_lists_page_from_the_newest_and_count_by_state(world: World, client: Client) -> None:
    for number in range(7):
        await client.orders.Submit(submit(f"a{number}"))
    await client.orders.Submit(submit("g1", desk_id="gamma"))
    world.risk(0, rejected(world.commands()[0]))
    await asyncio.sleep(0.05)
    seen: list[str] = []
    token = ""
    while True:
        page = await client.orders.ListOrders(api.ListOrdersRequest(page_size=3, page_token=token))
        seen += [order.cl_ord_id for order in page.orders]
        token = page.next_page_token
        if not token:
            break
    assert seen == ["g1", "a6", "a5", "a4", "a3", "a2", "a1", "a0"]
    assert {c.ord_status: c.count for c in page.counts} == {
        enums_pb2.ORD_STATUS_PENDING_NEW: 7,
        enums_pb2.ORD_STATUS_REJECTED: 1,
    }
    still_open = await client.orders.ListOrders(api.ListOrdersRequest(desk_id="alpha", open_only=True))
    assert len(still_open.orders) == 6


async def test_quotes_and_positions(world: World, client: Client) -> None:
    quote = Quote(5, 499_900, 100, 500_000, 200)
    record = MarketRecord("XA", "IBM", 0, (quote,), ())
    world.append(TopicPartition(topics.MARKET, 0), encode_intake(topics.MARKET, record))
    order = new_order("a1")
    world.risk(-1, accepted(order), exposure(order, 60, 1060))
    await asyncio.sleep(0.05)
    quotes = await client.orders.ListQuotes(api.ListQuotesRequest())
    assert quotes.instruments[0].quotes[0].quote.ask_px == 500_000 and quotes.instruments[0].price_scale == 4
    held = await client.orders.ListPositions(api.ListPositionsRequest(desk_id="alpha"))
    assert [(p.qty, p.opening_qty, p.bought_qty) for p in held.positions] == [(1060, 1000, 60)]


# --- refusals -----------------------------------------------------------------------------------------------------------------


async def test_an_append_without_an_outcome_says_so(world: World, client: Client) -> None:
    world.log.plan(ORDERS, Fate.LANDS_UNACKED)
    code, text, _ = await refused(client.orders.Submit(submit("a1")))
    assert code is grpc.StatusCode.UNAVAILABLE and "outcome unknown: retry with the same id" in text
    await asyncio.sleep(0.05)
    again = await client.orders.Submit(submit("a1"))
    assert again.status.already_received and again.status.offset == 0


async def test_back_pressure_stops_orders_and_never_cancels(world: World, client: Client) -> None:
    world.log.hold_acks(ORDERS)
    waiting = [asyncio.ensure_future(client.orders.Submit(submit(f"a{n}"))) for n in range(IN_FLIGHT_MAX)]
    await eventually(lambda: len(world.commands()) == IN_FLIGHT_MAX)
    code, text, _ = await refused(client.orders.Submit(submit("more")))
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED and "BACK_PRESSURE" in text
    canceling = asyncio.ensure_future(client.orders.Cancel(cancel("c1", "a0")))
    await eventually(lambda: len(world.commands()) == IN_FLIGHT_MAX + 1)
    world.log.release_acks(ORDERS)
    assert (await canceling).status.offset == IN_FLIGHT_MAX
    await asyncio.gather(*waiting)
    await client.still_serves()


async def test_without_the_audit_orders_wait_and_cancels_pass(world: World, gateway: Gateway, client: Client) -> None:
    key = (topics.ORDERS, 0)
    gateway.view.audit._caught_up[key] = time.time_ns() - 60_000_000_000
    code, text, _ = await refused(client.orders.Submit(submit("a1")))
    assert code is grpc.StatusCode.UNAVAILABLE and "AUDIT_BEHIND_AT_GATEWAY" in text
    replace = api.ReplaceRequest(
        desk_id="alpha", trading_date=DATE, cl_ord_id="r", orig_cl_ord_id="a", order_qty=1, requester=ANN
    )
    code, _, _ = await refused(client.orders.Replace(replace))
    assert code is grpc.StatusCode.UNAVAILABLE
    assert (await client.orders.Cancel(cancel("c1", "a1"))).status.offset == 0
    world.audit()
    await asyncio.sleep(0.05)
    await client.still_serves()


HOSTILE: list[tuple[dict[str, Any], list[str]]] = [
    ({"side": 77}, ["side"]),
    ({"side": -1}, ["side"]),
    ({"order_qty": -100}, ["order_qty"]),
    ({"order_qty": 2**63 - 1}, ["order_qty"]),
    ({"price": -(2**63)}, ["price"]),
    ({"cl_ord_id": "x" * 1_000_000}, ["cl_ord_id"]),
    ({"cl_ord_id": "a/b:c d"}, ["cl_ord_id"]),
    ({"desk_id": "nobody"}, ["desk_id"]),
    ({"requester": api.Requester()}, ["requester.entered_by"]),
    ({"requester": None}, ["requester"]),
    ({"trading_date": -20250106}, ["trading_date"]),
]


async def test_hostile_orders_are_refused_field_by_field(world: World, client: Client) -> None:
    for changes, wrong in HOSTILE:
        code, _, fields = await refused(client.orders.Submit(submit("a1", **changes)))
        assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, wrong), changes
    assert world.commands() == []
    await client.still_serves()


async def test_bytes_that_are_no_request(world: World, client: Client) -> None:
    raw = client.channel.unary_unary("/oms.v1.OrderGatewayService/Submit")
    for data in (b"\xff\xff\xff", b"\x0a\x05ab", b"\x0a\x02\xff\xfe", b"\x0b" * 50):
        code, _, _ = await refused(raw(data))
        assert code is grpc.StatusCode.INVALID_ARGUMENT, data
    code, _, fields = await refused(raw(submit("a1").SerializeToString() + b"\xf8\x07\x01"))
    assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["#127"])
    code, _, _ = await refused(raw(b"\x0a" + b"\xff\xff\xff\x02" + b"x" * (5 * 1024 * 1024)))
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED  # larger than any request may be: gRPC itself refuses to read it
    code, _, _ = await refused(client.channel.unary_unary("/oms.v1.OrderGatewayService/Nothing")(b""))
    assert code is grpc.StatusCode.UNIMPLEMENTED
    assert world.commands() == []
    await client.still_serves()


async def test_every_method_refuses_an_empty_or_stuffed_request(client: Client) -> None:
    for service in (api.DESCRIPTOR.services_by_name, admin_pb2.DESCRIPTOR.services_by_name):
        for method in (m for s in service.values() for m in s.methods):
            path = f"/{method.containing_service.full_name}/{method.name}"
            for data in (b"\xff\xff\xff", b"\xf8\x07\x01"):
                if method.server_streaming and method.client_streaming:
                    call = client.channel.stream_stream(path)(iter([data])).read()
                elif method.server_streaming:
                    call = client.channel.unary_stream(path)(data).read()
                else:
                    call = client.channel.unary_unary(path)(data)
                code, _, _ = await refused(call)
                assert code is grpc.StatusCode.INVALID_ARGUMENT, (path, data)
    await client.still_serves()


# --- streams ------------------------------------------------------------------------------------------------------------------


async def read_updates(stream: Any, count: int) -> tuple[list[tuple[str, int]], str]:
    """(topic, offset) of the next `count` updates, and the token behind them."""
    found: list[tuple[str, int]] = []
    token = ""
    async with asyncio.timeout(5):
        while len(found) < count or not token:
            response = await stream.read()
            found += [(update.topic, update.offset) for update in response.updates]
            token = response.resume_token
    return found, token


async def test_a_subscriber_gets_its_desks_updates_in_causal_order(world: World, client: Client) -> None:
    stream = client.orders.Subscribe(api.SubscribeRequest(desk_id="alpha"))
    await read_updates(stream, 0)
    world.life("a1")
    world.life("b1", "beta")
    world.life("a2")
    found, token = await read_updates(stream, 8)
    assert sorted(found) == [("oms.risk", 1), ("oms.risk", 3), *(("oms.routing", n) for n in (1, 2, 3, 7, 8, 9))]
    assert found.index(("oms.risk", 1)) < found.index(("oms.routing", 1))
    assert found.index(("oms.risk", 3)) < found.index(("oms.routing", 7))
    stream.cancel()
    world.life("a3")
    again = client.orders.Subscribe(api.SubscribeRequest(desk_id="alpha", resume_token=token))
    rest, _ = await read_updates(again, 4)
    assert rest == [("oms.risk", 4), ("oms.routing", 10), ("oms.routing", 11), ("oms.routing", 12)]
    again.cancel()


async def test_a_token_older_than_the_ring_is_served_from_the_log(
    world: World, gateway: Gateway, client: Client
) -> None:
    stream = client.orders.Subscribe(api.SubscribeRequest(desk_id="alpha", from_start=True))
    _, start = await read_updates(stream, 0)
    gateway.view.partitions[0].ring._capacity = 3
    for number in range(40):
        world.life(f"a{number}")
    await asyncio.sleep(0.1)
    late = client.orders.Subscribe(api.SubscribeRequest(desk_id="alpha", resume_token=start))
    reading = asyncio.ensure_future(read_updates(late, 41 * 4))
    await asyncio.sleep(0.05)
    world.life("last")
    found, _ = await reading
    assert sorted(found) == sorted(
        {("oms.risk", n) for n in range(1, 42)} | {("oms.routing", n) for n in range(1, 124)}
    )
    late.cancel()
    stream.cancel()


async def test_bad_tokens(world: World, client: Client) -> None:
    for _ in range(3):
        world.life(f"a{_}")
    stream = client.orders.Subscribe(api.SubscribeRequest(desk_id="alpha", from_start=True))
    _, start = await read_updates(stream, 0)
    stream.cancel()
    for desk_id, token in (("alpha", "rubbish"), ("beta", start), ("alpha", start[:-4])):
        call = client.orders.Subscribe(api.SubscribeRequest(desk_id=desk_id, resume_token=token))
        code, _, fields = await refused(call.read())
        assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["resume_token"])
    code, _, fields = await refused(client.orders.Subscribe(api.SubscribeRequest(desk_id="nobody")).read())
    assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["desk_id"])
    await client.still_serves()


async def test_a_token_below_the_logs_start_is_out_of_range(world: World, gateway: Gateway, client: Client) -> None:
    stream = client.orders.Subscribe(api.SubscribeRequest(desk_id="alpha", from_start=True))
    _, start = await read_updates(stream, 0)
    stream.cancel()
    gateway.view.partitions[0].ring._capacity = 1
    for number in range(5):
        world.life(f"a{number}")
    await asyncio.sleep(0.05)
    world.log.delete_before({RISK: 3})
    call = client.orders.Subscribe(api.SubscribeRequest(desk_id="alpha", resume_token=start))
    code, text, _ = await refused(call.read())
    assert code is grpc.StatusCode.OUT_OF_RANGE and "older than the log" in text


async def test_cancelled_streams_leave_nothing_behind(world: World, gateway: Gateway, client: Client) -> None:
    for _ in range(30):
        stream = client.orders.Subscribe(api.SubscribeRequest(desk_id="alpha"))
        await stream.read()
        stream.cancel()
    session = client.orders.Session()
    await session.write(api.SessionRequest(subscribe=api.SubscribeRequest(desk_id="alpha")))
    await session.read()
    session.cancel()
    await eventually(lambda: not gateway.view.partitions[0].listeners)
    await client.still_serves()


async def test_a_session_carries_commands_and_updates(world: World, client: Client) -> None:
    session = client.orders.Session()
    commands = [
        api.SessionCommand(request_no=1, submit=submit("a1")),
        api.SessionCommand(request_no=2, submit=submit("a2", order_qty=-1)),
        api.SessionCommand(request_no=3, cancel=cancel("c1", "a1")),
        api.SessionCommand(request_no=4),
    ]
    await session.write(api.SessionRequest(subscribe=api.SubscribeRequest(desk_id="alpha"), commands=commands))
    acks: dict[int, api.CommandAck] = {}
    async with asyncio.timeout(5):
        while len(acks) < 4:
            acks |= {ack.request_no: ack for ack in (await session.read()).acks}
    assert [acks[n].code for n in (1, 2, 3, 4)] == [0, 3, 0, 3]
    assert [v.field for v in acks[2].violations] == ["order_qty"]
    assert [type(command).__name__ for command in world.commands()] == ["NewOrder", "CancelOrder"]
    world.risk(0, accepted(world.commands()[0]))
    async with asyncio.timeout(5):
        while not (updates := (await session.read()).updates):
            pass
    assert updates[0].ord_status == enums_pb2.ORD_STATUS_PENDING_NEW
    await session.done_writing()
    async with asyncio.timeout(5):
        while await session.read() is not grpc.aio.EOF:
            pass


async def test_a_session_acknowledges_more_than_it_bears_unsent(client: Client) -> None:
    session, frames = client.orders.Session(), 13
    bad = [api.SessionCommand(request_no=n, submit=api.SubmitRequest()) for n in range(500)]
    await session.write(api.SessionRequest(subscribe=api.SubscribeRequest(desk_id="alpha")))

    async def send() -> None:
        for _ in range(frames):
            await session.write(api.SessionRequest(commands=bad))
        await session.done_writing()

    sending, count = asyncio.ensure_future(send()), 0
    async with asyncio.timeout(30):
        while (response := await session.read()) is not grpc.aio.EOF:
            count += len(response.acks)
    await sending
    assert count == frames * 500 > UNACKED_MAX


async def test_a_session_must_begin_with_its_desk(client: Client) -> None:
    session = client.orders.Session()
    await session.write(api.SessionRequest(commands=[api.SessionCommand(request_no=1, submit=submit("a1"))]))
    code, _, fields = await refused(session.read())
    assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["subscribe"])
