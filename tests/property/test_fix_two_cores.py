"""Two session cores back to back over a wire that loses, repeats, swaps, garbles and cuts, with processes that die: nothing is lost or doubled.

A schedule is drawn from a seed. Afterwards the wire is good, and both must come to rest with everything processed: what the one sent, in
order, once. A process that dies loses the bytes that were not written and everything that is not state; the state goes through the bytes
of a snapshot. `OMS_FIX_SEED=7` runs that seed alone.
"""

import os
import random
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgpack
import pytest

from oms.fix.framing import Framer
from oms.fix.session import (
    Connection,
    EndCause,
    FixEvent,
    MessageSent,
    MessageTaken,
    SessionConfig,
    SessionState,
)
from oms.fix.session.config import QUEUE_MIN, RESEND_CHUNK_MIN, SECOND_NS
from oms.fix.session.events import ConnectionRefused, SendRefused
from oms.wire.state_converters import class_fields, reader_of, writer_of

SEEDS = [int(os.environ["OMS_FIX_SEED"])] if "OMS_FIX_SEED" in os.environ else range(200)
STEPS = 400
START_NS = 1_790_000_000 * SECOND_NS
REST_S = 1_200
"""Simulated seconds in which both must come to rest on a good wire."""

_write = writer_of(SessionState)
_read = reader_of(SessionState, class_fields(SessionState))


def through_bytes(state: SessionState) -> SessionState:
    packed = msgpack.packb(_write(state))
    restored: SessionState = _read(msgpack.unpackb(packed, strict_map_key=False, use_list=False))
    return restored


@dataclass
class Side:
    """A process: its session, what it wants to have said, and what it processed. `link`: the connection it believes in; 0 = none."""

    session: Connection
    link: int = 0
    wanted: list[str] = field(default_factory=list)
    fragile: list[str] = field(default_factory=list)
    """Said without a wish to have it resent: may be lost, is never doubled."""
    taken: list[str] = field(default_factory=list)


@dataclass
class World:
    """One schedule. `wires[side]` are the frames on their way to it, each with its connection."""

    rng: random.Random
    sides: tuple[Side, Side]
    now_ns: int = START_NS
    links: int = 0
    good: bool = False
    said: int = 0
    wires: tuple[deque[tuple[int, bytes]], deque[tuple[int, bytes]]] = field(default_factory=lambda: (deque(), deque()))

    def note(self, at: int, events: Iterable[FixEvent]) -> None:
        side = self.sides[at]
        for event in events:
            if isinstance(event, MessageTaken):
                side.taken.append(event.message.text(11))
        self.flush(at)
        if side.session.closing:
            self.close(at, EndCause.SOCKET_DROP)

    def flush(self, at: int) -> None:
        side = self.sides[at]
        data = side.session.bytes_to_send()
        if side.link:
            for frame in Framer().feed(data):
                assert isinstance(frame, bytes)
                self.wires[1 - at].append((side.link, frame))

    def close(self, at: int, reason: EndCause) -> None:
        """One side's end of the connection is gone; the other notices when it is told, or when nothing comes."""
        side = self.sides[at]
        side.link = 0
        side.session.disconnect(self.now_ns, reason)

    def connect(self) -> None:
        """The initiator (side 1) calls; the acceptor may still believe in the last connection, and refuses then."""
        initiator, acceptor = self.sides[1], self.sides[0]
        if initiator.link:
            return
        if acceptor.session.state.connected:
            events = acceptor.session.connect(self.now_ns)
            assert events == [ConnectionRefused()]
            return
        self.links += 1
        acceptor.link = initiator.link = self.links
        self.note(0, acceptor.session.connect(self.now_ns))
        self.note(1, initiator.session.connect(self.now_ns))

    def deliver(self, at: int) -> None:
        wire, side = self.wires[at], self.sides[at]
        if not wire:
            return
        if not self.good and len(wire) > 1 and self.rng.random() < 0.05:
            wire[0], wire[1] = wire[1], wire[0]
        link, frame = wire.popleft()
        if link != side.link:
            return
        fate = 1.0 if self.good else self.rng.random()
        if fate < 0.05:
            return
        if fate < 0.08:
            wire.append((link, frame))
        elif fate < 0.12:
            frame = frame.replace(b"\x0156=", b"\x0157=", 1)
        self.note(at, side.session.receive(frame, self.now_ns))

    def say(self, at: int) -> None:
        side = self.sides[at]
        self.said += 1
        name, resendable = f"{at}-{self.said}", self.rng.random() < 0.85
        body = ((11, name.encode()), (21, b"1"), (55, b"X"), (54, b"1"), (60, b"20260101-00:00:00"), (40, b"1"))
        (event,) = side.session.send("D", body, self.now_ns, resendable)
        if isinstance(event, MessageSent):
            (side.wanted if resendable else side.fragile).append(name)
        else:
            assert isinstance(event, SendRefused) and not resendable
        self.flush(at)

    def die(self, at: int) -> None:
        """The process is gone between two of its steps, and another one goes on from what was stored."""
        side = self.sides[at]
        side.session = Connection(side.session.config, through_bytes(side.session.state))
        side.link = 0
        side.session.disconnect(self.now_ns, EndCause.PROCESS_DEATH)

    def step(self) -> None:
        at = self.rng.randrange(2)
        draw = self.rng.random()
        if draw < 0.35:
            self.deliver(at)
        elif draw < 0.55:
            self.say(at)
        elif draw < 0.80:
            self.now_ns += self.rng.randrange(SECOND_NS)
            self.note(at, self.sides[at].session.tick(self.now_ns))
        elif draw < 0.92:
            self.connect()
        elif draw < 0.94:
            self.note(at, self.sides[at].session.logout(self.now_ns))
        elif draw < 0.97:
            self.close(at, EndCause.SOCKET_DROP)
        else:
            self.die(at)

    def tell_of_ends(self) -> None:
        """On a good wire an end that has closed is noticed by the other."""
        for at in (0, 1):
            if self.sides[at].link and self.sides[at].link != self.sides[1 - at].link and not self.wires[at]:
                self.close(at, EndCause.SOCKET_DROP)

    def rested(self) -> bool:
        return all(self.complete(at) for at in (0, 1))

    def complete(self, at: int) -> bool:
        wanted = self.sides[1 - at].wanted
        return [name for name in self.sides[at].taken if name in set(wanted)] == wanted

    def come_to_rest(self) -> None:
        self.good = True
        for _ in range(REST_S):
            while any(self.wires):
                for at in (0, 1):
                    self.deliver(at)
            self.tell_of_ends()
            if self.rested():
                return
            self.connect()
            self.now_ns += SECOND_NS
            for at in (0, 1):
                self.note(at, self.sides[at].session.tick(self.now_ns))


def config_of(rng: random.Random, initiator: bool, shared: random.Random) -> SessionConfig:
    names = ("ONE", "TWO") if initiator else ("TWO", "ONE")
    begin_string = shared.choice(["FIX.4.2", "FIX.4.4"])
    return SessionConfig(
        begin_string,
        *names,
        is_initiator=initiator,
        heart_bt_int=3,
        next_expected=begin_string == "FIX.4.4" and shared.random() < 0.7,
        resend_chunk=rng.choice([0, RESEND_CHUNK_MIN]),
        queue_max=rng.choice([QUEUE_MIN, 1_000]),
        validate=rng.random() < 0.5,
        check_latency=False,
        logon_timeout_ns=4 * SECOND_NS,
        logout_timeout_ns=2 * SECOND_NS,
        resend_timeout_ns=3 * SECOND_NS,
    )


def world_of(seed: int) -> World:
    rng = random.Random(seed)
    sides = tuple(
        Side(Connection(config_of(rng, initiator, random.Random(f"shared {seed}")))) for initiator in (False, True)
    )
    return World(rng, (sides[0], sides[1]))


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_and_nothing_is_processed_twice(seed: int) -> None:
    world = world_of(seed)
    for _ in range(STEPS):
        world.step()
    world.come_to_rest()
    for at in (0, 1):
        taken, other = world.sides[at].taken, world.sides[1 - at]
        assert len(taken) == len(set(taken)), "processed twice"
        assert world.complete(at), f"lost: {[n for n in other.wanted if n not in taken]}"
        order = [name for name in taken if name in set(other.wanted) | set(other.fragile)]
        assert order == sorted(order, key=lambda name: int(name.split("-")[1])), "out of order"
        assert len(taken) == len(order), "processed what nobody said"
