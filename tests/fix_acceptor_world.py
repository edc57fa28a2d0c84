"""The order gateway's FIX acceptor over real sockets: transport, front, port, loop and rules are the real ones, in this process.

Behind it the whole order path of one partition, with venues in memory, so that a test says what venues do. Time is real.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from client_path import path
from path_world import WHO

from oms.core.control import ControlHeartbeat
from oms.core.reference import FixSession, Reference
from oms.gateway.client_sessions import ClientSessionRules
from oms.runtime.clock import SystemClock
from oms.runtime.fix_commands import CommandAppender
from oms.runtime.fix_front import FixFront
from oms.runtime.fix_inputs import Address
from oms.runtime.fix_port import ClientPort
from oms.runtime.log import TopicPartition
from oms.runtime.loop import StageLoop
from oms.runtime.ownership import LoopSettings
from oms.testing.client_world import ANN
from oms.testing.pipeline import NO_LIMIT_NS, Pipeline
from oms.wire import topics

PATIENCE_S = 60.0
PAUSE_S = 0.002
CONTROL_EVERY_NS = 1_000_000_000
SET_UP_NS = 5_000_000_000
"""More than the set-up moves its clock by: time never goes back."""


class Acceptor:
    """`port_number`: where clients connect. Nothing moves but in `until`."""

    def __init__(self, *sessions: FixSession) -> None:
        self.p: Pipeline = path(now_ns=time.time_ns() - SET_UP_NS)
        self.p.entities((ANN, *sessions), WHO)
        self.front = FixFront(self.p.log, SystemClock(), "fix-1", lambda work: work)
        port = ClientPort(self.front.links, CommandAppender(self.p.log, 0), lambda: self.front.drop(0))
        settings = LoopSettings(
            TopicPartition(topics.CLIENT_SESSIONS, 0),
            (TopicPartition(topics.RISK, 0), TopicPartition(topics.ROUTING, 0)),
            "fix-1",
            NO_LIMIT_NS,
            NO_LIMIT_NS,
        )
        self.loop: StageLoop[Any, Any] = StageLoop(
            self.p.log, ClientSessionRules(), settings, self.p.clock, self.p.view, lambda: 0, port
        )
        self.p.loops[topics.CLIENT_SESSIONS] = self.loop
        self.front.add(0, port, self._reference)
        self._said_ns = 0
        self.until(lambda: self._reference() is not None and all(s.session_id in self._sessions() for s in sessions))
        self.port_number = self.front.start(Address("127.0.0.1", 0), None)

    def _reference(self) -> Reference | None:
        state = self.loop.state_if_owned()
        return state.reference if state is not None else None

    def _sessions(self) -> Any:
        reference = self._reference()
        return reference.fix_sessions if reference is not None else {}

    def turn(self) -> None:
        now_ns = time.time_ns()
        assert now_ns >= self.p.clock.wall_ns, "the set-up took more than it was given"
        self.p.pass_time(now_ns - self.p.clock.wall_ns)
        for venue in self.p.venues.values():
            venue.clock_ns = now_ns
        if now_ns - self._said_ns > CONTROL_EVERY_NS:
            self._said_ns = now_ns
            self.p.control(ControlHeartbeat("test", now_ns))
        for loop in list(self.p.loops.values()):
            loop.turn(0.0)

    def until(self, holds: Callable[[], Any], said: Callable[[], object] = lambda: "") -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline, f"not in time: {said()}"
            self.turn()
            time.sleep(PAUSE_S)

    def stop(self) -> None:
        self.front.stop()


@contextmanager
def accepting(*sessions: FixSession) -> Iterator[Acceptor]:
    acceptor = Acceptor(*sessions)
    try:
        yield acceptor
    finally:
        acceptor.stop()
