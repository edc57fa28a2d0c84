"""A command that risk breaks on, from the client's call to the order that comes of it after the fault is mended; real risk, no hands.

The planted rule breaks on one ClOrdID, before or while the state changes, so that the loop has to go on without the command either way.
"""

import asyncio
from typing import Any

import pytest
from test_gateway_retries import ORDERS, Gateway, Request, Schedule

from oms.core.commands import Provenance
from oms.core.reasons import Reason
from oms.core.risk import RiskRules
from oms.core.risk_events import OrderAccepted, RiskEvent
from oms.core.stage import CommandInput
from oms.gateway.order_state import CommandState
from oms.gateway.validation import Edge, resubmitted
from oms.runtime.gateway_letters import LETTERS
from oms.wire import topics
from oms.wire.codec import decode_intake
from oms.wire.dead_letter import LetterClass, class_of, command_in

POISON = "k1"


class BreaksInDecide(RiskRules):
    """A planted bug: an assertion that one order does not hold."""

    def decide(self, state: Any, stage_input: Any, *more: Any) -> Any:
        if isinstance(stage_input, CommandInput) and getattr(stage_input.command, "cl_ord_id", "") == POISON:
            raise AssertionError("planted: the order does not add up")
        return super().decide(state, stage_input, *more)


class BreaksInEvolve(RiskRules):
    """A planted bug: the state breaks on what was decided."""

    def evolve(self, state: Any, event: RiskEvent, offset: int) -> Any:
        if isinstance(event, OrderAccepted) and event.order.cl_ord_id == POISON:
            raise AssertionError("planted: the state does not add up")
        return super().evolve(state, event, offset)


async def rest(schedule: Schedule, rounds: int = 4) -> None:
    """Everything that can be done is done; the clock goes on far enough for a position mark."""
    for _ in range(rounds):
        await schedule.rest()
        schedule.path.pass_time(4_000_000_000)
        schedule.risk(6)
    await schedule.rest()


def letters(schedule: Schedule) -> list[Any]:
    return [decode_intake(topics.DEAD_LETTERS, r.value) for r in schedule.path.log.partitions[LETTERS].records]


async def resubmit(gateway: Gateway, letter: Any, schedule: Schedule) -> Any:
    command = command_in(letter)
    edge = Edge(schedule.path.clock.wall_ns, "t", 1)
    again = resubmitted(command, 0, Provenance("sue", "", "grpc", "sue", ""), edge)
    begun = gateway.desk.begin_again(again, 0)
    call = asyncio.create_task(gateway.desk.finish(begun, 20.0))
    while not call.done():
        await schedule.rest()
        await asyncio.wait([call], timeout=0.001)
    return call.result().fate


@pytest.mark.parametrize("rules", [BreaksInDecide, BreaksInEvolve])
async def test_a_poisoned_command_is_answered_and_sent_again_once_the_fault_is_mended(rules: type[RiskRules]) -> None:
    schedule = Schedule(0)
    schedule.path.rules[topics.RISK] = rules
    schedule.path.crash(topics.RISK)
    for gateway in schedule.gateways:
        gateway.replica.read_all()
    schedule.risk(10)
    poisoned, sound = (Request(schedule.submit(order_qty=10, good_until_ns=0)) for _ in range(2))
    call = asyncio.create_task(poisoned.ask(schedule.gateways[0], 20.0))
    await rest(schedule)
    await schedule.asked_to_the_end(sound, schedule.gateways[1])
    await rest(schedule)
    await call
    assert sound.answers[0][0] is CommandState.ACCEPTED, "the partition goes on"
    assert poisoned.answers == [(CommandState.REJECTED, -1, Reason.BROKEN_INVARIANT, f"alpha/20250106/{POISON}", 0)]
    for gateway in schedule.gateways:
        await schedule.asked_to_the_end(poisoned, gateway)
    assert len(set(poisoned.answers)) == 1 and len(schedule.commands()) == 2
    found = letters(schedule)
    assert found and {class_of(letter.reason) for letter in found} == {LetterClass.BROKEN_INVARIANT}
    assert {(letter.topic, letter.offset) for letter in found} == {(topics.ORDERS, 0)}

    schedule.path.rules[topics.RISK] = RiskRules
    schedule.path.crash(topics.RISK)
    await rest(schedule)
    fates = [await resubmit(gateway, found[0], schedule) for gateway in (*schedule.gateways, schedule.gateways[0])]
    assert {(fate.state, fate.offset) for fate in fates} == {(CommandState.ACCEPTED, 2)}
    assert len(schedule.path.log.partitions[ORDERS].records) == 3, "sent again three times, written once"
    assert schedule.commands()[2].provenance == Provenance("sue", "ann", "dead-letter 0", "ann", "")
    mine = Request(poisoned.message)
    for gateway in schedule.gateways:
        await schedule.asked_to_the_end(mine, gateway)
    assert set(mine.answers) == {schedule.decisions()[2]}
    for gateway in schedule.gateways:
        await gateway.end()
