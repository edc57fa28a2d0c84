"""Commands and their retries over two gateway replicas and the real risk stage: one status per key, that of the first, for ever.

Each seed is one schedule: clients send new orders, cancels (of orders that are not there yet, too), replacements and mass cancels to either
replica, repeat them after every failure and sometimes for no reason, and sometimes send other content under a used key. Appends are
lost, land unacknowledged, late or twice; acknowledgements are held back; appenders fail for good; replicas and risk are killed; replicas
read as far as the schedule says; time passes, good-untils too. At the end everybody asks once more, at both replicas.
What is right is taken from the two topics alone. A failing schedule is named by its seed; OMS_SCHEDULES and OMS_SCHEDULE_FIRST as in
`test_gateway_subscribe`.
"""

import asyncio
import os
import random
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import risk_world
from google.protobuf.message import Message
from replica_world import Replica

from oms.core.commands import Command, same_content
from oms.core.enums import Algorithm, OrdType, Side, TimeInForce
from oms.core.reasons import Reason
from oms.core.reference import Calendar, Desk, Interval
from oms.core.risk_events import (
    CancelAccepted,
    CancelRejected,
    MassCancelStarted,
    OrderAccepted,
    OrderRejected,
    ReplaceAccepted,
    ReplaceRejected,
)
from oms.core.run_rule import JOURNAL_START, Validity, advance
from oms.gateway.order_state import CommandFate, CommandState
from oms.gateway.refusal import Code, Refused
from oms.gateway.validation import Addressed, Edge, command_of
from oms.runtime.gateway_append import LoopAppenders
from oms.runtime.gateway_commands import Begun, CommandDesk, Finished
from oms.runtime.log import TopicPartition
from oms.testing.pipeline import Pipeline
from oms.testing.sim_log import Fate
from oms.v1 import gateway_pb2
from oms.wire import topics
from oms.wire.codec import decode_head, decode_intake, decode_journal
from oms.wire.envelope import AuditProgress, Envelope

api: Any = gateway_pb2
FIRST, SCHEDULES = int(os.environ.get("OMS_SCHEDULE_FIRST", "0")), int(os.environ.get("OMS_SCHEDULES", "25"))
STEPS = 160
NOW, DATE = 1_736_175_600_000_000_000, 20250106
SECOND_NS = 1_000_000_000
ORDERS, RISK = TopicPartition(topics.ORDERS, 0), TopicPartition(topics.RISK, 0)
REQUESTER = gateway_pb2.Requester(entered_by="ann")
FATES = (Fate.LOST, Fate.LANDS_UNACKED, Fate.LATE, Fate.LANDS_TWICE, Fate.FATAL)

Answer = tuple[CommandState, int, Reason | None, str, int]
"""(state, decision's offset, reason, order, matched)."""


class Anybody:
    """The rights of a call while there are no identities."""

    def command(self, request: Message) -> str:
        return ""


class Gateway:
    """One replica, with the desk that takes its commands. `kill` is `kill -9`: calls under way end, what was sent may be in the log."""

    def __init__(self, path: Pipeline, desk: type[CommandDesk] = CommandDesk) -> None:
        self._path, self._kind = path, desk
        self.replica = Replica(path.log, 1, 10)
        self.calls: set[asyncio.Task[None]] = set()
        self._begin()

    def _begin(self) -> None:
        self.appenders = LoopAppenders(self._path.log, [ORDERS], asyncio.get_running_loop())
        self.desk = self._kind(self.replica.view, self.appenders, self._path.clock, 10**18)

    async def kill(self) -> None:
        await self.end()
        self.replica.restart()
        self._begin()

    async def end(self) -> None:
        for call in self.calls:
            call.cancel()
        await asyncio.gather(*self.calls, return_exceptions=True)
        self.appenders.close()


@dataclass
class Request:
    """What a client wants, under one key. `answers`: decided ones; `failures`: calls without an outcome."""

    message: Any
    answers: list[Answer] = field(default_factory=list)
    failures: int = 0
    asked: int = 0

    async def ask(self, gateway: Gateway, wait_s: float) -> None:
        self.asked += 1
        try:
            begun = gateway.desk.begin(self.message, Anybody(), ())  # type: ignore[arg-type]
            done = await gateway.desk.finish(begun, wait_s)
        except Refused as refused:
            assert refused.code is Code.UNAVAILABLE, refused
            self.failures += 1
            return
        except asyncio.CancelledError:
            self.failures += 1
            raise
        self.note(done)

    def note(self, done: Finished) -> None:
        if done.fate.is_decided:
            self.answers.append(answer_of(done.fate))


def answer_of(fate: CommandFate) -> Answer:
    return fate.state, fate.decision_offset, fate.reason, fate.order_id, fate.matched


class Schedule:
    def __init__(self, seed: int, desk: type[CommandDesk] = CommandDesk) -> None:
        self.rng = random.Random(seed)
        self.path = Pipeline((), NOW)
        hours = Calendar("nyse", False, (Interval(NOW - SECOND_NS, NOW + 10**15, DATE),))
        unchanged = [e for e in risk_world.ENTITIES if not isinstance(e, Calendar | Desk)]
        self.path.entities([replace(risk_world.DESK, partition=0), hours, *unchanged], risk_world.WHO)
        for topic in topics.TOPICS:
            for p in range(topic.partitions(1) if topic.audited else 0):
                self.path.put(topics.AUDIT_PROGRESS, AuditProgress(topic.name, p, 0, b"", NOW))
        self.gateways = [Gateway(self.path, desk) for _ in range(2)]
        self.requests: list[Request] = []
        self.numbers = 0

    # -- what clients want ---------------------------------------------------------------------------------------------------

    def key(self) -> dict[str, Any]:
        self.numbers += 1
        return {"desk_id": "alpha", "trading_date": DATE, "cl_ord_id": f"k{self.numbers}", "requester": REQUESTER}

    def submit(self, **changes: Any) -> Any:
        fields: dict[str, Any] = self.key() | {
            "account_id": "A1", "instrument_id": "IBM", "side": Side.BUY, "ord_type": OrdType.LIMIT,
            "time_in_force": TimeInForce.DAY, "order_qty": self.rng.choice((10, 100, 5_000)), "price": 10_000,
            "algorithm": Algorithm.BEST_PRICE,
            "good_until_ns": self.rng.choice((0, self.path.clock.wall_ns + SECOND_NS)),
        }  # fmt: skip
        return api.SubmitRequest(**fields | changes)

    def some_key(self) -> str:
        """Of a request that was made, or of one that will be: its cancel then comes first."""
        return f"k{self.rng.randrange(max(1, self.numbers - 6), self.numbers + 3)}"

    def want(self) -> Request:
        match self.rng.randrange(10):
            case 0 | 1 | 2 | 3:
                message = self.submit()
            case 4 | 5:
                message = api.CancelRequest(**self.key(), orig_cl_ord_id=self.some_key())
            case 6 | 7:
                message = api.ReplaceRequest(**self.key(), orig_cl_ord_id=self.some_key(), order_qty=50, price=10_005)
            case 8:
                message = api.MassCancelRequest(**self.key(), account_id=self.rng.choice(("", "A1")))
            case _:
                used = [r.message for r in self.requests if isinstance(r.message, gateway_pb2.SubmitRequest)]
                message = self.submit()
                if used:
                    message.cl_ord_id, message.order_qty = self.rng.choice(used).cl_ord_id, 70
        request = Request(message)
        self.requests.append(request)
        return request

    def ask(self, request: Request) -> None:
        gateway = self.rng.choice(self.gateways)
        if not gateway.replica.view.ready:
            return
        call = asyncio.create_task(request.ask(gateway, self.rng.choice((0.0, 30.0))))
        gateway.calls.add(call)
        call.add_done_callback(gateway.calls.discard)

    # -- what happens --------------------------------------------------------------------------------------------------------

    async def settled(self) -> None:
        """Whatever threads have to do is done; while acknowledgements are held back, all but that."""
        await asyncio.sleep(0)
        for gateway in self.gateways:
            while gateway.appenders[ORDERS].in_flight and not self.path.log.partitions[ORDERS].acks_held:
                await asyncio.sleep(0.0005)
        await asyncio.sleep(0)

    def risk(self, turns: int) -> None:
        for _ in range(turns):
            self.path.quote("XV", "IBM", (10_000, 500), (10_005, 500))
            self.path.loops[topics.RISK].turn(0.0)
            self.path.pass_time(1_000_000)

    async def step(self) -> None:
        log, rng = self.path.log, self.rng
        match rng.randrange(16):
            case 0 | 1 | 2 | 3:
                self.ask(self.want())
            case 4 | 5 | 6 if self.requests:
                self.ask(rng.choice(self.requests[-8:]))
            case 7:
                log.plan(ORDERS, *(rng.choice(FATES) for _ in range(rng.randrange(1, 3))))
            case 8:
                log.land_late(ORDERS)
            case 9:
                log.hold_acks(ORDERS) if rng.random() < 0.3 else log.release_acks(ORDERS)
            case 10 if rng.random() < 0.5:
                await rng.choice(self.gateways).kill()
            case 11 if rng.random() < 0.3:
                self.path.crash(topics.RISK)
            case 12:
                self.path.pass_time(rng.randrange(3) * SECOND_NS)
            case 13:
                rng.choice(self.gateways).replica.read(rng.randrange(1, 40))
            case _:
                self.risk(rng.randrange(1, 6))
        await self.settled()

    async def run(self) -> None:
        for gateway in self.gateways:
            gateway.replica.read_all()
        self.risk(10)
        for _ in range(STEPS):
            await self.step()
        self.path.log.release_acks(ORDERS)
        self.path.log.land_late(ORDERS)
        self.path.log.partitions[ORDERS].fates.clear()
        await self.rest()
        for request in self.requests:
            for gateway in self.gateways:
                await self.asked_to_the_end(request, gateway)
        for gateway in self.gateways:
            await gateway.end()

    async def asked_to_the_end(self, request: Request, gateway: Gateway) -> None:
        """Again until there is an outcome, as a client does."""
        known, deadline = len(request.answers), asyncio.get_running_loop().time() + 10
        while len(request.answers) == known:
            assert asyncio.get_running_loop().time() < deadline, request
            call = asyncio.create_task(request.ask(gateway, 5.0))
            while not call.done():
                await self.rest()
                await asyncio.wait([call], timeout=0.001)
            await call

    async def rest(self) -> None:
        await self.settled()
        self.risk(3)
        for gateway in self.gateways:
            gateway.replica.read_all()
        await asyncio.sleep(0)

    # -- what is right -------------------------------------------------------------------------------------------------------

    def commands(self) -> list[Command]:
        return [decode_intake(topics.ORDERS, record.value) for record in self.path.log.partitions[ORDERS].records]

    def decisions(self) -> dict[int, Answer]:
        """By the command's offset, out of risk's records that count."""
        found: dict[int, Answer] = {}
        position = JOURNAL_START
        for record in self.path.log.partitions[RISK].records:
            position, validity = advance(position, record.offset, *decode_head(record.value))
            envelope = decode_journal(record.value)
            if validity is not Validity.VALID or not isinstance(envelope, Envelope):
                continue
            for event in envelope.events:
                answer = decision_of(event, record.offset)
                if answer is not None and envelope.source.topic == topics.ORDERS:
                    assert envelope.source.offset not in found, "a command was decided twice"
                    found[envelope.source.offset] = answer
        return found

    def check(self) -> None:
        commands, decisions = self.commands(), self.decisions()
        edge = Edge(NOW, "", 1)
        for request in self.requests:
            addressed = command_of(request.message, self.gateways[0].replica.view.reference, edge)
            assert isinstance(addressed, Addressed)
            wanted = addressed.command
            under_key = [n for n, c in enumerate(commands) if key_of(c) == key_of(wanted)]
            assert under_key and request.answers, request
            if same_content(commands[under_key[0]], wanted):
                assert set(request.answers) == {decisions[under_key[0]]}, request
                repeats = [n for n in under_key if same_content(commands[n], wanted)]
                assert not decisions.keys() & set(repeats[1:]), "a repeat was decided anew"
            else:
                assert {answer[:1] + answer[2:3] for answer in request.answers} == {
                    (CommandState.REJECTED, Reason.DUPLICATE_CL_ORD_ID)
                }, request


def key_of(command: Command) -> tuple[str, int, str]:
    return command.desk_id, command.trading_date, command.cl_ord_id


def decision_of(event: object, offset: int) -> Answer | None:
    match event:
        case OrderAccepted() | CancelAccepted() | ReplaceAccepted():
            return CommandState.ACCEPTED, offset, None, event.order_id, 0
        case OrderRejected() | CancelRejected() | ReplaceRejected():
            return CommandState.REJECTED, offset, event.reason, event.order_id, 0
        case MassCancelStarted(mass_cancel=mass_cancel) if mass_cancel is not None:
            return CommandState.ACCEPTED, offset, None, "", event.matched
    return None


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SCHEDULES))
async def test_every_retry_gets_the_status_of_the_first(seed: int) -> None:
    schedule = Schedule(seed)
    await schedule.run()
    schedule.check()


class KeyOnlyDesk(CommandDesk):
    """A planted bug: takes whatever has a key that was used for a retry, and does not look at what it says."""

    def _taken(self, command: Command, partition: int, repeats: CommandFate | None) -> Begun:
        blotter = self._view.partitions[partition].blotter
        return super()._taken(command, partition, blotter.fates.get(blotter.first_offset.get(key_of(command), -1)))


class GuessingDesk(CommandDesk):
    """A planted bug: takes a failed append for one that was not written."""

    async def finish(self, begun: Begun, decision_wait_s: float) -> Finished:
        try:
            return await super().finish(begun, decision_wait_s)
        except Refused:
            return Finished(CommandFate(begun.command, -1, CommandState.REJECTED), begun.partition, False)


@pytest.mark.parametrize("desk", [KeyOnlyDesk, GuessingDesk])
async def test_desks_that_do_it_wrong_are_found_out(desk: type[CommandDesk]) -> None:
    for seed in range(FIRST, FIRST + 5):
        schedule = Schedule(seed, desk)
        try:
            await schedule.run()
            schedule.check()
        except AssertionError:
            return
    pytest.fail(f"{desk.__name__} was not found out")


async def test_the_schedules_do_what_they_are_for() -> None:
    """Over some seeds: retries, failures, records that repeat others, conflicts, tombstones, late orders, acceptances."""
    seen: dict[str, int] = dict.fromkeys(("asked", "failures", "repeats"), 0)
    reasons: set[Reason | None] = set()
    for seed in range(FIRST, FIRST + 6):
        schedule = Schedule(seed)
        await schedule.run()
        seen["asked"] += sum(r.asked for r in schedule.requests)
        seen["failures"] += sum(r.failures for r in schedule.requests)
        commands = schedule.commands()
        seen["repeats"] += len(commands) - len({key_of(c) for c in commands})
        reasons |= {answer[2] for answer in schedule.decisions().values()}
    assert seen["failures"] > 20 and seen["repeats"] > 20 and seen["asked"] > 300, seen
    assert {None, Reason.DUPLICATE_CL_ORD_ID, Reason.CANCELED_BEFORE_ARRIVAL, Reason.ORDER_QTY_LIMIT} <= reasons
    assert Reason.GOOD_UNTIL_PASSED in reasons
