"""Subscribers over two gateway replicas: each update once and in order, whatever is cut, killed, overrun or void in between.

Each seed is one schedule. Records are written by hands that know which of them count: claims come and go, stragglers break runs. Replicas
read as far as the schedule says and restart; their rings hold a handful of entries, so that streams fall out of them all the time.
Clients connect to either replica with the token of the last frame that reached them; frames are lost on the way.
A failing schedule is named by its seed. OMS_SCHEDULES sets how many are run, OMS_SCHEDULE_FIRST where they begin.
"""

import os
import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from gateway_world import SOMEONE, accepted, new_order, opened, rejected, risk_record, routing_record, traded
from replica_world import Replica

from oms.core.commands import NewOrder
from oms.core.reference import Desk, ReferenceChange
from oms.core.stage import Event
from oms.gateway.refusal import Refused
from oms.gateway.resume_token import ReadVector, decode_token
from oms.runtime.gateway_stream import DeskStream
from oms.runtime.log import TopicPartition
from oms.testing.sim_log import SimLog
from oms.v1 import gateway_pb2 as api
from oms.wire import topics
from oms.wire.codec import encode_claim, encode_envelope, encode_intake
from oms.wire.envelope import Claim

FIRST, SCHEDULES = int(os.environ.get("OMS_SCHEDULE_FIRST", "0")), int(os.environ.get("OMS_SCHEDULES", "40"))
STEPS = 220
RING_ENTRIES = 6
DESKS = ("alpha", "beta")
JOURNALS = (topics.RISK, topics.ROUTING)


@dataclass
class Hands:
    """Writes what services would. `counts`: the updates that count, as (desk, topic, offset), in the order of their topic."""

    log: SimLog
    rng: random.Random
    epochs: dict[str, int] = field(default_factory=dict)
    broken: dict[str, bool] = field(default_factory=dict)
    counts: list[tuple[str, str, int]] = field(default_factory=list)
    working: list[NewOrder] = field(default_factory=list)
    made: int = 0

    def put(self, topic: str, value: bytes) -> int:
        appender = self.log.appender(TopicPartition(topic, 0))
        appender.append(b"", value)
        (outcome,) = appender.poll(0.0)
        return int(outcome.offset)  # type: ignore[union-attr]

    def end(self, topic: str) -> int:
        return self.log.ends([TopicPartition(topic, 0)])[TopicPartition(topic, 0)]

    def claim(self, topic: str) -> None:
        self.epochs[topic] = self.put(topic, encode_claim(Claim("owner", 1)))
        self.broken[topic] = False

    def straggle(self, topic: str) -> None:
        """A record of an owner that was replaced: it counts nowhere, and voids what its successor writes behind it."""
        void = new_order("void", self.rng.choice(DESKS))
        epoch = self.epochs[topic] + 1000
        if topic == topics.RISK:
            record = risk_record(epoch, 3, -1, accepted(void))
        else:
            record = routing_record(epoch, 3, self.end(topics.RISK), traded(void, 1, 1))
        self.put(topic, encode_envelope(topic, record))
        self.broken[topic] = True

    def write(self, topic: str, command_offset: int, *events: Event) -> bool:
        """As the owner: whether it counts."""
        offset = self.end(topic)
        run_seq = offset - self.epochs[topic] - self.broken[topic]  # it does not know yet of what is in between
        if topic == topics.RISK:
            record = risk_record(self.epochs[topic], run_seq, command_offset, *events)
        else:
            record = routing_record(self.epochs[topic], run_seq, self.end(topics.RISK), *events)
        self.put(topic, encode_envelope(topic, record))
        if not self.broken[topic]:
            self.counts += [(event.order_id.partition("/")[0], topic, offset) for event in events]  # type: ignore[attr-defined]
        return not self.broken[topic]

    def step(self) -> None:
        match self.rng.randrange(8):
            case 0 | 1 | 2:
                self.made += 1
                order = new_order(f"a{self.made}", self.rng.choice(DESKS))
                command_offset = self.put(topics.ORDERS, encode_intake(topics.ORDERS, order))
                if self.rng.random() < 0.2:
                    self.write(topics.RISK, command_offset, rejected(order))
                elif self.write(topics.RISK, command_offset, accepted(order)):
                    self.working.append(order)
            case 3 | 4 | 5 if self.working:
                order = self.rng.choice(self.working)
                self.write(
                    topics.ROUTING, -1, *self.rng.choice([(opened(order),), (opened(order), traded(order, 9, 9))])
                )
            case 6 if self.rng.random() < 0.5:
                self.straggle(self.rng.choice(JOURNALS))
            case _:
                self.claim(self.rng.choice([t for t in JOURNALS if self.broken[t]] or list(JOURNALS)))


@dataclass
class Client:
    """A subscriber. `begins`: where its first frame said that it begins; what reached it since is in `got`."""

    desk_id: str
    from_start: bool
    token: str = ""
    begins: ReadVector | None = None
    stream: DeskStream | None = None
    got: list[Any] = field(default_factory=list)

    async def connect(self, replica: Replica) -> None:
        await self.cut()
        request = api.SubscribeRequest(
            desk_id=self.desk_id, resume_token=self.token, from_start=self.from_start and not self.token
        )
        self.stream = await replica.streams.open(request, lambda: None)
        self.take((), self.stream.token())

    async def frame(self, lost: bool) -> None:
        """The next frame. One that is lost on the way ends the connection, and never reached the client."""
        assert self.stream is not None
        try:
            updates = await self.stream.next()
        except Refused:
            await self.cut()
            return
        if lost:
            await self.cut()
        else:
            self.take(updates, self.stream.token())

    def take(self, updates: tuple[Any, ...], token: str) -> None:
        self.got += updates
        self.token = token
        if self.begins is None:
            self.begins = decode_token(token).vector

    async def cut(self) -> None:
        if self.stream is not None:
            await self.stream.close()
            self.stream = None

    async def drain(self) -> None:
        """Everything that there is; the replica reads nothing more meanwhile."""
        assert self.stream is not None
        while True:
            await self.frame(lost=False)
            assert self.stream is not None
            if not self.stream.wake.is_set():
                return


def check(client: Client, hands: Hands) -> None:
    assert client.begins is not None
    expected = [c for c in hands.counts if c[0] == client.desk_id and c[2] >= client.begins.offset(c[1])]
    for topic in JOURNALS:
        told = [(u.desk_id, u.topic, u.offset) for u in client.got if u.topic == topic]
        assert told == [c for c in expected if c[1] == topic], (client.desk_id, topic)
    if client.from_start:
        accepted_before: set[str] = set()
        for update in client.got:
            if update.topic == topics.RISK:
                accepted_before.add(update.order_id)
            assert update.order_id in accepted_before, f"{update.order_id} was told of before its acceptance"


async def schedule(seed: int, kind: type[Client] = Client) -> tuple[Hands, list[Client]]:
    rng = random.Random(seed)
    log = SimLog({t.name: t.partitions(1) for t in topics.TOPICS}, now_ms=1)
    hands = Hands(log, rng)
    for desk_id in DESKS:
        change = ReferenceChange(Desk(desk_id, desk_id, 0, True), -1, 0, "", SOMEONE)
        hands.put(topics.REFERENCE, encode_intake(topics.REFERENCE, change))
    for topic in JOURNALS:
        hands.claim(topic)
    replicas = [Replica(log, 1, RING_ENTRIES) for _ in range(2)]
    for replica in replicas:
        replica.read_all()
    clients = [kind(desk_id, from_start) for desk_id in DESKS for from_start in (True, False)]
    for _ in range(STEPS):
        client = rng.choice(clients)
        match rng.randrange(12):
            case 0 | 1 | 2 | 3:
                for _ in range(rng.choice((1, 1, 2, 15))):
                    hands.step()
            case 4 | 5 | 6:
                rng.choice(replicas).read(rng.randrange(1, 25))
            case 7:
                replica = rng.choice(replicas)
                replica.streams.stop()  # whoever is connected is told; a killed one tells nobody, which is a cut
                replica.restart()
            case 8:
                replica = rng.choice(replicas)
                if replica.view.ready:
                    await client.connect(replica)
            case _ if client.stream is not None:
                await client.frame(lost=rng.random() < 0.15)
    for client in clients:
        replica = rng.choice(replicas)
        replica.read_all()
        await client.connect(replica)
        await client.drain()
        await client.cut()
    return hands, clients


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SCHEDULES))
async def test_every_update_comes_once_and_in_order(seed: int) -> None:
    hands, clients = await schedule(seed)
    for client in clients:
        check(client, hands)
    assert any(client.got for client in clients)


async def test_the_schedules_do_what_they_are_for() -> None:
    """Void records are among them, and rings are overrun: streams are served from the log, and from either replica."""
    hands, clients = await schedule(FIRST)
    records = sum(hands.end(topic) for topic in JOURNALS)
    assert len(hands.counts) < records and len(hands.counts) > 10 * RING_ENTRIES
    assert sum(len(client.got) for client in clients) > len(hands.counts)


class Forgetful(Client):
    """A planted bug: resumes with the token before the last one."""

    def take(self, updates: tuple[Any, ...], token: str) -> None:
        before = self.token
        super().take(updates, token)
        self.token = before or token


class Careless(Client):
    """A planted bug: takes the token of a frame that was cut off for that of one that it has."""

    async def frame(self, lost: bool) -> None:
        stream = self.stream
        await super().frame(lost)
        if lost and stream is not None:
            self.token = stream.token()


@pytest.mark.parametrize("kind", [Forgetful, Careless])
async def test_clients_that_do_it_wrong_are_found_out(kind: type[Client]) -> None:
    """The schedules can fail, and within a few seeds."""
    for seed in range(FIRST, FIRST + 10):
        hands, clients = await schedule(seed, kind=kind)
        try:
            for client in clients:
                check(client, hands)
        except AssertionError:
            return
    pytest.fail(f"{kind.__name__} was not found out")
