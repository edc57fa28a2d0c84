"""Dead letters at the gateway, over a real gRPC connection and the in-memory log: who waits is answered, and what was put aside goes again."""

import asyncio
from pathlib import Path
from typing import Any

import grpc
import pytest
from gateway_service import ANN, ORDERS, Client, World, connected, eventually, refused, serving, submit
from gateway_world import DATE, SOMEONE, accepted, new_order, rejected
from test_gateway_identity import firm_at

from oms.core.commands import CancelOrder, Command, Provenance
from oms.core.enums import TimeInForce
from oms.runtime.gateway_letters import LETTERS
from oms.v1 import admin_pb2, enums_pb2
from oms.v1 import gateway_pb2 as api
from oms.wire import topics
from oms.wire.codec import encode_intake
from oms.wire.envelope import DeadLetter

BROKEN = "BROKEN_INVARIANT: alpha/20250106/a1 was accepted before"


def put_aside(
    world: World, offset: int, command: Command | bytes, reason: str = BROKEN, topic: str = topics.ORDERS
) -> int:
    """What risk does with a command that it breaks on. The letter's number."""
    value = command if isinstance(command, bytes) else encode_intake(topics.ORDERS, command)
    return world.put(topics.DEAD_LETTERS, DeadLetter(topic, 0, offset, reason, value, "risk-1"))


def pass_over(world: World) -> None:
    """Risk decides another command, and says with it how far it has read."""
    other = new_order(f"other-{world.log.ends([ORDERS])[ORDERS]}", "beta")
    world.risk(world.put(topics.ORDERS, other), accepted(other))


def again(letter: int, **changes: Any) -> admin_pb2.ResubmitDeadLetterRequest:
    return admin_pb2.ResubmitDeadLetterRequest(**({"letter_offset": letter, "requester": ANN} | changes))


async def test_whoever_waits_for_a_command_that_was_put_aside_is_told() -> None:
    world = World()
    async with serving(world) as gateway, connected(gateway) as client:
        call = asyncio.ensure_future(client.orders.Submit(submit("a1", wait_for_decision=True), timeout=10))
        await eventually(lambda: len(world.commands()) == 1)
        letter = put_aside(world, 0, world.commands()[0])
        await asyncio.sleep(0.1)
        assert not call.done(), "risk's records have not passed it: another owner may yet decide it"
        pass_over(world)
        answer = await call
        assert answer.status.state == api.COMMAND_STATE_REJECTED
        assert answer.status.reason == enums_pb2.REASON_BROKEN_INVARIANT
        assert answer.status.text == f"dead letter {letter}: {BROKEN}"
        assert answer.order.ord_status == enums_pb2.ORD_STATUS_REJECTED
        found = await client.orders.GetOrder(api.GetOrderRequest(order_id=f"alpha/{DATE}/a1"))
        assert found.order.reason == enums_pb2.REASON_BROKEN_INVARIANT
        retried = await client.orders.Submit(submit("a1"))
        assert retried.status.already_received and retried.status.text == answer.status.text
        assert len([c for c in world.commands() if c.cl_ord_id == "a1"]) == 1, (
            "a retry does not send it again by itself"
        )


async def test_a_letter_that_comes_after_risk_has_passed_is_waited_for() -> None:
    world = World()
    async with serving(world) as gateway, connected(gateway) as client:
        call = asyncio.ensure_future(client.orders.Submit(submit("a1", wait_for_decision=True), timeout=10))
        await eventually(lambda: len(world.commands()) == 1)
        pass_over(world)
        await asyncio.sleep(0.1)
        assert not call.done()
        put_aside(world, 0, world.commands()[0])
        assert (await call).status.reason == enums_pb2.REASON_BROKEN_INVARIANT


async def test_what_risk_passed_without_a_word_says_where_to_look() -> None:
    world = World()
    async with serving(world) as gateway, connected(gateway) as client:
        call = asyncio.ensure_future(client.orders.Submit(submit("a1", wait_for_decision=True), timeout=20))
        await eventually(lambda: len(world.commands()) == 1)
        pass_over(world)
        answer = await call
        assert answer.status.state == api.COMMAND_STATE_RECEIVED and "dead-letters" in answer.status.text


async def test_sent_again_it_is_a_new_record_of_whoever_sends_it_and_the_same_order() -> None:
    world = World()
    dead = new_order("a1")
    world.put(topics.ORDERS, dead)
    letter = put_aside(world, 0, dead)
    pass_over(world)
    async with serving(world) as gateway, connected(gateway) as client:
        first = await client.letters.ResubmitDeadLetter(again(letter))
        assert (first.status.state, first.status.offset, first.status.already_received) == (
            api.COMMAND_STATE_RECEIVED, 2, False,
        )  # fmt: skip
        written = world.commands()[2]
        assert written.provenance == Provenance("ann", "ann", f"dead-letter {letter}", "ann", "")
        assert first.provenance.entered_by == "ann" and first.provenance.source == f"dead-letter {letter}"
        assert written.good_until_ns > written.entered_ns > dead.good_until_ns
        assert (written.cl_ord_id, written.order_qty, written.trace_id) == ("a1", dead.order_qty, dead.trace_id)
        await eventually(lambda: gateway.view.partitions[0].received.position == 3)
        waiting = asyncio.ensure_future(
            client.letters.ResubmitDeadLetter(again(letter, wait_for_decision=True), timeout=10)
        )
        await asyncio.sleep(0.05)
        decision = world.risk(2, accepted(written))
        second = await waiting
        third = await client.letters.ResubmitDeadLetter(again(letter))
        mine = await client.orders.Submit(submit("a1", time_in_force=TimeInForce.DAY))
        for answer in (second, third, mine):
            assert answer.status.state == api.COMMAND_STATE_ACCEPTED and answer.status.already_received
            assert (answer.status.offset, answer.status.decision_offset) == (2, decision)
            assert answer.order.ord_status == enums_pb2.ORD_STATUS_PENDING_NEW
        assert len(world.commands()) == 3, "twice is once"


async def test_a_letter_about_what_was_decided_after_all_sends_nothing() -> None:
    """Its writer was fenced; the owner after it decided the command."""
    world = World()
    order = new_order("a1")
    world.put(topics.ORDERS, order)
    letter = put_aside(world, 0, order)
    world.risk(0, rejected(order))
    async with serving(world) as gateway, connected(gateway) as client:
        answer = await client.letters.ResubmitDeadLetter(again(letter))
        assert answer.status.state == api.COMMAND_STATE_REJECTED and answer.status.already_received
        assert answer.status.reason == enums_pb2.REASON_ORDER_QTY_LIMIT
        assert len(world.commands()) == 1


async def test_what_was_unreadable_to_an_older_release_goes_again() -> None:
    """The bytes never were a command in the gateway's fold; now they are one."""
    world = World()
    world.append(ORDERS, b"\xff\xff")
    letter = put_aside(world, 0, new_order("a1"), "UNREADABLE: Command: 9 is not a valid Algorithm")
    pass_over(world)
    async with serving(world) as gateway, connected(gateway) as client:
        answer = await client.letters.ResubmitDeadLetter(again(letter))
        assert answer.status.state == api.COMMAND_STATE_RECEIVED and answer.status.order_id == f"alpha/{DATE}/a1"
        assert len(world.log.partitions[ORDERS].records) == 3


@pytest.mark.parametrize(
    ("letter", "code", "words"),
    [
        (lambda world: 9, grpc.StatusCode.NOT_FOUND, "there is no dead letter 9"),
        (
            lambda world: put_aside(world, 0, b"\xff\xff", "UNREADABLE: x"),
            grpc.StatusCode.FAILED_PRECONDITION,
            "no command of this release",
        ),
        (
            lambda world: put_aside(world, 0, b"x", "UNREADABLE: x", topics.ROUTING),
            grpc.StatusCode.FAILED_PRECONDITION,
            "a journal is its owner's alone",
        ),
        (
            lambda world: put_aside(world, 0, b"x", "UNREADABLE: x", topics.CONTROL),
            grpc.StatusCode.FAILED_PRECONDITION,
            "state it anew",
        ),
        (
            lambda world: put_aside(world, 0, new_order("a1", "gone")),
            grpc.StatusCode.FAILED_PRECONDITION,
            "UNKNOWN_DESK_AT_GATEWAY: gone",
        ),
        (
            lambda world: world.append(LETTERS, b"\xff\xff"),
            grpc.StatusCode.FAILED_PRECONDITION,
            "is no letter",
        ),
    ],
)
async def test_what_cannot_be_sent_again_is_refused_with_its_reason(letter: Any, code: Any, words: str) -> None:
    world = World()
    number = letter(world)
    async with serving(world) as gateway, connected(gateway) as client:
        found, text, _ = await refused(client.letters.ResubmitDeadLetter(again(number)))
        assert found is code and words in text, text
        assert world.commands() == []
        await client.still_serves()


async def test_without_a_name_nobody_sends_anything_again() -> None:
    world = World()
    letter = put_aside(world, 0, new_order("a1"))
    async with serving(world) as gateway, connected(gateway) as client:
        code, _, fields = await refused(client.letters.ResubmitDeadLetter(again(letter, requester=api.Requester())))
        assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["requester.entered_by"])


async def test_it_takes_the_right_to_enter_that_command_at_that_desk(tmp_path: Path) -> None:
    world = World()
    new = put_aside(world, 0, new_order("a1"))
    cancel = put_aside(world, 1, CancelOrder("alpha", DATE, "c1", DATE, "a1", 10, "t", SOMEONE))
    elsewhere = put_aside(world, 2, new_order("b1", "beta"))
    async with firm_at(tmp_path, world, "ann", "rita", "olga", "carl") as firm:
        stub = firm.client.letters.ResubmitDeadLetter
        for name, letter in (("rita", new), ("ann", elsewhere), ("rita", elsewhere), ("olga", new), ("carl", cancel)):
            code, text, _ = await refused(stub(again(letter, requester=api.Requester()), metadata=firm.as_(name)))
            assert code is grpc.StatusCode.PERMISSION_DENIED, (name, letter, text)
        assert world.commands() == []
        await stub(again(new, requester=api.Requester(on_behalf_of="bob")), metadata=firm.as_("ann"))
        await stub(again(cancel, requester=api.Requester()), metadata=firm.as_("rita"))
        assert [c.provenance.entered_by for c in world.commands()] == ["ann", "rita"]
        assert world.commands()[0].provenance.on_behalf_of == "bob"
        code, _, _ = await refused(stub(again(new), metadata=firm.as_("rita")))
        assert code is grpc.StatusCode.PERMISSION_DENIED
        await eventually(lambda: sum(r.method.endswith("ResubmitDeadLetter") for r in firm.refusals()) >= 4)


async def test_new_orders_out_of_letters_wait_for_the_audit_as_all_do(client_world: tuple[World, Client]) -> None:
    world, client = client_world
    new = put_aside(world, 0, new_order("a1"))
    cancel = put_aside(world, 1, CancelOrder("alpha", DATE, "c1", DATE, "a1", 10, "t", SOMEONE))
    code, text, _ = await refused(client.letters.ResubmitDeadLetter(again(new)))
    assert code is grpc.StatusCode.UNAVAILABLE and "AUDIT_BEHIND_AT_GATEWAY" in text
    answer = await client.letters.ResubmitDeadLetter(again(cancel))
    assert answer.status.state == api.COMMAND_STATE_RECEIVED


@pytest.fixture
async def client_world() -> Any:
    """A gateway that takes the audit for silent."""
    world = World()
    async with serving(world, audit_limit_ns=0) as gateway, connected(gateway) as client:
        yield world, client
