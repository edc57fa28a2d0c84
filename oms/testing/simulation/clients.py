"""Desks' clients: they send commands to either replica, send again what has no outcome, and follow their updates over any failure.

A client keeps what a good client keeps: its commands until they are acknowledged, and the token of the last updates that it took in.
What it is told goes to the witness; it draws no conclusions.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from google.protobuf.message import Message

from oms.gateway.refusal import Code, Refused
from oms.runtime.gateway_commands import Begun
from oms.testing.simulation.faults import Killed
from oms.testing.simulation.gateway import GatewayReplica, Stream
from oms.testing.simulation.witness import ClientHeard, Told
from oms.wire import topics

TRIES_BEFORE_PATIENCE = 3
"""A client that was refused for the gateway's reasons (starting, no audit) so often gives the command up, as a person would."""


@dataclass(slots=True)
class Sent:
    """A command without an answer yet. `begun`: the replica that has it, where one has; dropped when that replica dies."""

    request: Message
    begun: Begun | None = None
    replica: GatewayReplica | None = None
    waits: int = 0
    refusals: int = 0


@dataclass(slots=True)
class Client:
    """`hear` puts what it was told before the witness; moments are filled in there."""

    name: str
    desk_id: str
    partition: int
    chance: random.Random
    hear: Callable[[ClientHeard], None]
    outbox: list[Sent] = field(default_factory=list)
    stream: Stream | None = None
    stream_of: GatewayReplica | None = None
    token: str = ""
    delivered: int = 0

    # --- commands

    def send(self, request: Message, replicas: Sequence[GatewayReplica]) -> None:
        sent = Sent(request)
        self.outbox.append(sent)
        self._try(sent, replicas)

    def repeat(self, request: Message, replicas: Sequence[GatewayReplica]) -> None:
        """Send once more what has been answered long ago."""
        self.send(request, replicas)

    def turn(self, replicas: Sequence[GatewayReplica]) -> None:
        """Take answers; send again what has none."""
        for sent in list(self.outbox):
            if sent.begun is None:
                self._try(sent, replicas)
            else:
                self._look(sent)

    def gave_up(self, replica: GatewayReplica) -> None:
        """A replica is gone: whatever it had has no outcome, and its stream ends."""
        for sent in self.outbox:
            if sent.replica is replica:
                self._tell(sent, Told.UNKNOWN, text="the connection is gone")
                sent.begun = sent.replica = None
        if self.stream_of is replica:
            self.hang_up()

    def hang_up(self) -> None:
        self.stream = self.stream_of = None

    def impatient(self) -> bool:
        """Stop waiting for an answer: the deadline passed. Whether there was one to wait for."""
        waiting = [sent for sent in self.outbox if sent.begun is not None]
        for sent in waiting:
            self._tell(sent, Told.UNKNOWN, text="the deadline passed")
            sent.begun = sent.replica = None
        return bool(waiting)

    def _try(self, sent: Sent, replicas: Sequence[GatewayReplica]) -> None:
        if not replicas:
            return
        replica = self.chance.choice(replicas)
        sent.replica = replica
        try:
            sent.begun = replica.begin(sent.request)
        except Killed:  # the client is another process: all it sees is that the connection is gone
            self._tell(sent, Told.UNKNOWN, text="the connection is gone")
            sent.replica = None
            return
        except Refused as refused:
            self._refused(sent, refused)
            return
        self._look(sent)

    def _refused(self, sent: Sent, refused: Refused) -> None:
        reason = refused.reason.name if refused.reason is not None else ""
        sent.refusals += 1
        told = Told.REFUSED
        self._tell(sent, told, reason=reason, text=refused.message)
        final = refused.code not in (Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED)
        if final or sent.refusals > TRIES_BEFORE_PATIENCE:
            self.outbox.remove(sent)
        sent.begun = sent.replica = None

    def _look(self, sent: Sent) -> None:
        begun, replica = sent.begun, sent.replica
        assert begun is not None and replica is not None
        appended: Any = begun.appended
        if appended is not None and not appended.done:
            return
        try:
            finished = replica.finish(begun)
        except Refused as refused:
            self._tell(sent, Told.UNKNOWN, text=refused.message)
            sent.begun = sent.replica = None
            return
        fate = finished.fate
        self._tell(
            sent,
            Told.ACK,
            offset=fate.offset,
            already_received=finished.already_received,
            state=fate.state.name,
            order_id=fate.order_id,
            reason=fate.reason.name if fate.reason is not None else "",
            text=fate.text,
        )
        self.outbox.remove(sent)

    def _tell(self, sent: Sent, told: Told, **what: Any) -> None:
        request: Any = sent.request
        replica = sent.replica.parts.name if sent.replica is not None else ""
        heard = ClientHeard(0, 0, 0, self.name, self.desk_id, self.partition, replica, told)
        self.hear(
            replace(
                heard,
                request_type=type(request).__name__,
                request=request.SerializeToString(deterministic=True),
                cl_ord_id=request.cl_ord_id,
                **what,
            )
        )

    # --- updates

    def follow(self, replicas: Sequence[GatewayReplica]) -> None:
        """Open a stream where there is none, at either replica; take in what it has."""
        if self.stream is None:
            ready = [replica for replica in replicas if replica.view.ready]
            if not ready:
                return
            self._subscribe(self.chance.choice(ready))
        stream, replica = self.stream, self.stream_of
        assert stream is not None and replica is not None
        updates = stream.next()
        self.token = stream.token()
        if updates:
            self.delivered += len(updates)
            found = tuple(update.SerializeToString(deterministic=True) for update in updates)
            self._heard(replica, Told.UPDATES, token=self.token, updates=found)

    def _subscribe(self, replica: GatewayReplica) -> None:
        first = not self.token
        self.stream = replica.open(self.desk_id, self.partition, self.token, from_start=first)
        self.stream_of = replica
        self._heard(replica, Told.SUBSCRIBED, token=self.stream.token(), asked_token=self.token, from_start=first)

    def _heard(self, replica: GatewayReplica, told: Told, **what: Any) -> None:
        heard = ClientHeard(0, 0, 0, self.name, self.desk_id, self.partition, replica.parts.name, told)
        self.hear(replace(heard, **what))

    def behind(self) -> bool:
        """Whether its stream's replica has read more than the client took in."""
        if self.stream is None or self.stream_of is None:
            return True
        end = self.stream_of.view.partitions[self.partition].ring.end
        vector = self.stream.vector
        return vector.offset(topics.RISK) < end.offset(topics.RISK) or (
            vector.offset(topics.ROUTING) < end.offset(topics.ROUTING)
        )
