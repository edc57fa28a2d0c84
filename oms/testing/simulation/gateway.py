"""A gateway replica in one thread: the shipped view, validation, command desk, merge, ring and resume tokens; no server, no event loop.

What waits in the shipped gateway (an answer of the broker, a stream's next updates) is asked for here, by the world. A replica that is
killed forgets everything; another begins by reading the log.
"""

from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from google.protobuf.message import Message

from oms.core.control import ControlHeartbeat
from oms.gateway.blotter import Blotter
from oms.gateway.merge import CausalMerge
from oms.gateway.resume_token import ReadVector, ResumeToken, decode_token, encode_token
from oms.gateway.update_ring import FRAME_UPDATES, UpdateRing, entry_of
from oms.runtime.gateway_append import LoopAppenders, OutcomeUnknown
from oms.runtime.gateway_auth import CallAccess
from oms.runtime.gateway_commands import Begun, CommandDesk, Finished
from oms.runtime.gateway_feed import Decoded, GatewayView, read_partitions
from oms.runtime.log import Ack, Record, TopicPartition
from oms.testing.simulation.faults import Killed
from oms.testing.simulation.process_log import ProcessAppender, ProcessClock, ProcessLog
from oms.v1 import gateway_pb2 as api
from oms.wire import topics
from oms.wire.codec import encode_intake

CONTROL_INTERVAL_NS = 1_000_000_000
"""A replica says that control is alive when its newest record is older than this."""

READ_ROUNDS_MAX = 1_000
"""Polls of a catch-up in one call: far beyond what a seed writes."""

T = TypeVar("T")
_CONTROL, _HEARTBEATS = TopicPartition(topics.CONTROL, 0), TopicPartition(topics.HEARTBEATS, 0)


class Outcome:
    """What the broker answered, as something that can be awaited once it is there."""

    def __init__(self) -> None:
        self.ack: Ack | None = None
        self.unknown = ""

    @property
    def done(self) -> bool:
        return self.ack is not None or bool(self.unknown)

    def __await__(self) -> Generator[None, None, Ack]:
        assert self.done, "nothing waits here: ask for it when it is there"
        if self.ack is None:
            raise OutcomeUnknown(self.unknown)
        return self.ack
        yield


@dataclass(frozen=True, slots=True, eq=False)
class Generation:
    """One appender, and the outcomes that are still to come of what it was given."""

    appender: ProcessAppender
    pending: dict[int, Outcome]


class Appending:
    """One partition's appender; after a fault a new one, while the old one is still listened to (as `oms.runtime.gateway_append`)."""

    def __init__(self, log: ProcessLog, tp: TopicPartition) -> None:
        self._log, self._tp = log, tp
        self._generations = [Generation(log.appender(tp), {})]

    @property
    def in_flight(self) -> int:
        return sum(len(generation.pending) for generation in self._generations)

    def append(self, key: bytes, value: bytes) -> Outcome:
        outcome, current = Outcome(), self._generations[-1]
        current.pending[current.appender.append(key, value)] = outcome
        return outcome

    def look(self) -> None:
        failed = [self._hear(generation) for generation in self._generations]
        current = self._generations[-1]
        self._generations = [generation for generation in self._generations if generation.pending]
        if failed[-1]:
            self._generations.append(Generation(self._log.appender(self._tp), {}))
        elif not current.pending:
            self._generations.append(current)

    @staticmethod
    def _hear(generation: Generation) -> bool:
        failed = False
        for found in generation.appender.poll(0.0):
            outcome = generation.pending.pop(found.token)
            if isinstance(found, Ack):
                outcome.ack = found
            else:
                outcome.unknown, failed = found.reason, True
        return failed


class Appendings:
    def __init__(self, log: ProcessLog, partitions: Sequence[TopicPartition]) -> None:
        self._of = {tp: Appending(log, tp) for tp in partitions}

    def __getitem__(self, tp: TopicPartition) -> Appending:
        return self._of[tp]

    def look(self) -> None:
        for appending in self._of.values():
            if appending.in_flight:
                appending.look()


class Anybody:
    """The rights of a call where there are no identities: what the request states is believed."""

    def command(self, request: Message) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class GatewayParts:
    """`ring_entries`: a small ring makes streams go to the log. `trace_of`: the trace of the next call. `decode`: as the shipped feed's."""

    partitions: int
    name: str
    audit_limit_ns: int
    ring_entries: int
    blotter: Callable[[Blotter], Blotter]
    trace_of: Callable[[], str]
    decode: Callable[[Record], Decoded]


class GatewayReplica:
    """`turn` reads what is there. Killed by letting go of it."""

    def __init__(self, log: ProcessLog, clock: ProcessClock, parts: GatewayParts) -> None:
        wanted = read_partitions(parts.partitions)
        ends, starts = log.ends(wanted), log.starts(wanted)
        starts[_HEARTBEATS] = ends[_HEARTBEATS]
        self.log, self.clock, self.parts = log, clock, parts
        self.view = GatewayView(parts.partitions, starts, ends)
        for partition in self.view.partitions:
            partition.blotter = parts.blotter(partition.blotter)
            partition.ring = UpdateRing(partition.ring.begin, parts.ring_entries)
        self._reader = log.reader(starts)
        keyed = [TopicPartition(topics.ORDERS, p) for p in range(parts.partitions)]
        self.appendings = Appendings(log, [*keyed, _CONTROL])
        self._desk = CommandDesk(self.view, cast(LoopAppenders, self.appendings), clock, parts.audit_limit_ns)
        self._access = cast(CallAccess, Anybody())
        self._beat_ns = 0
        self._spreading: dict[tuple[int, int], Outcome] = {}
        self.doomed = self.dead = False

    def turn(self) -> bool:
        records = self._reader.poll(0.0)
        if records:
            self.view.apply([self.parts.decode(record) for record in records])
        self.appendings.look()
        return self._spread() or bool(records)

    def _spread(self) -> bool:
        """Halts of trips (as `oms.runtime.halt_spreader`): again where it is not known whether one was written."""
        written = False
        for halt in self.view.trips.due(self.view.control, self.clock.now_ns()) if self.view.ready else ():
            assert halt.trip is not None
            name = halt.trip.partition, halt.trip.offset
            known = self._spreading.get(name)
            if known is None or known.unknown:
                self._spreading[name] = self.appendings[_CONTROL].append(b"", encode_intake(topics.CONTROL, halt))
                written = True
        return written

    def keep_alive(self) -> bool:
        """Say that control is alive, where nobody else did for a while."""
        now, newest_ms = self.clock.now_ns(), self.view.control_newest_ms
        newest_ns = newest_ms * 1_000_000 if newest_ms is not None else 0
        if not self.view.ready or now - max(newest_ns, self._beat_ns) < CONTROL_INTERVAL_NS:
            return False
        self._beat_ns = now
        beat = encode_intake(topics.CONTROL, ControlHeartbeat(self.parts.name, now))
        self.appendings[_CONTROL].append(b"", beat)
        return True

    def begin(self, request: Message) -> Begun:
        """Refused where it is not taken. Killed where the replica is doomed: the command is written, and its client gets no answer."""
        metadata = (("traceparent", f"00-{self.parts.trace_of()}-00000000000000aa-00"),)
        begun = self._desk.begin(request, self._access, metadata)
        if self.doomed and begun.appended is not None:
            self.dead = True
            raise Killed(self.parts.name)
        self.appendings.look()
        return begun

    def finish(self, begun: Begun) -> Finished:
        """The answer to a command whose outcome is there. Refused where it is unknown."""
        return run(self._desk.finish(begun, 0.0))

    def open(self, desk_id: str, partition: int, token: str, from_start: bool) -> "Stream":
        ring = self.view.partitions[partition].ring
        if token:
            found = decode_token(token)
            assert (found.desk_id, found.partition) == (desk_id, partition), "a client uses its own tokens"
            vector = found.vector
        else:
            vector = ring.begin if from_start and ring.begin.risk.next_offset == 0 else ring.end
        return Stream(self, desk_id, partition, vector)


class Stream:
    """A desk's updates from one replica: live from the ring, from the log where the ring has gone on (as `oms.runtime.gateway_stream`)."""

    def __init__(self, replica: GatewayReplica, desk_id: str, partition: int, vector: ReadVector) -> None:
        self._replica, self._desk_id, self._partition = replica, desk_id, partition
        self.vector = vector
        self._index: int | None = None

    def token(self) -> str:
        return encode_token(ResumeToken(self._desk_id, self._partition, self.vector))

    def next(self) -> tuple[api.OrderUpdate, ...]:
        ring = self._replica.view.partitions[self._partition].ring
        if self._index is None:
            if not ring.serves(self.vector):
                return self._from_log(ring)
            self._index = ring.start_index()
        frame = ring.frame(self._desk_id, self.vector, self._index)
        if frame is None:
            self._index = None
            return self.next()
        self.vector, self._index = frame.vector, frame.next_index
        return frame.updates

    def _from_log(self, ring: UpdateRing) -> tuple[api.OrderUpdate, ...]:
        vector = self.vector
        merge = CausalMerge(self._partition, {topics.RISK: vector.risk, topics.ROUTING: vector.routing})
        wanted = {
            TopicPartition(topic, self._partition): vector.offset(topic) for topic in (topics.RISK, topics.ROUTING)
        }
        reader = self._replica.log.reader(wanted)
        found: list[api.OrderUpdate] = []
        for _ in range(READ_ROUNDS_MAX):
            if ring.serves(merge.vector()) or len(found) >= FRAME_UPDATES:
                break
            for record in reader.poll(0.0):
                item = self._replica.parts.decode(record)
                merge.offer_journal(record.topic, record.offset, cast(Any, item.value))
            for entry, behind in merge.deliver_each():
                seen = entry_of(self._partition, entry, behind)
                found += [update for update in (seen.updates if seen else ()) if update.desk_id == self._desk_id]
                self.vector = behind
        reader.close()
        return tuple(found)


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns that never has to wait."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return cast(T, done.value)
    raise AssertionError("it waits for something that is not there")
