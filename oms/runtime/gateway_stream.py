"""A desk's order updates as a stream: live from the ring, and from the log for whoever stands further back.

The place of a stream is a read vector (`oms.gateway.resume_token`). Older places are caught up by a reader of their own, through the same
merge, until the ring serves them; a client that reads too slowly falls out of the ring and is served from the log in the same way. So a
slow client costs no memory here, and nothing is repeated or missed.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from oms.gateway.merge import CausalMerge, start_at
from oms.gateway.refusal import Code, Refused, invalid_field
from oms.gateway.resume_token import ReadVector, ResumeToken, TokenError, decode_token, encode_token
from oms.gateway.update_ring import FRAME_UPDATES, entry_of
from oms.gateway.validation import partition_of
from oms.runtime.gateway_feed import Decoded, GatewayView, decode
from oms.runtime.log import Log, LogError, OffsetOutOfRange, Reader, TopicPartition
from oms.v1 import gateway_pb2 as api
from oms.wire import topics
from oms.wire.envelope import Claim, Envelope

IDLE_S = 5.0
"""Without updates the token is repeated so often, so that it never falls behind what the log keeps."""

CATCH_UPS_MAX = 8
"""Streams that read the log at the same time; others wait: each needs a thread and a reader."""

ENDS_ASKED_MAX, ENDS_PAUSE_S = 10, 0.2
"""A new leader may know of a lower end than the one before it told: no token of ours is refused for that."""

CATCH_UP_POLL_S = 0.1
CATCH_UP_RECORDS = 500


@dataclass(frozen=True, slots=True)
class Delivery:
    """Updates, and the place behind them."""

    updates: tuple[api.OrderUpdate, ...]
    vector: ReadVector


class Streams:
    """Opens streams on one view, and ends them all when the gateway stops."""

    def __init__(self, log: Log, view: GatewayView) -> None:
        self._log, self.view = log, view
        self.stopping = False
        self._catch_ups = asyncio.Semaphore(CATCH_UPS_MAX)

    def stop(self) -> None:
        self.stopping = True
        self.wake()

    def wake(self) -> None:
        """Every stream looks anew: the gateway stops, or somebody's rights may have changed."""
        for partition in self.view.partitions:
            for listener in partition.listeners:
                listener.set()
        for listener in self.view.alert_listeners:
            listener.set()

    async def open(self, request: api.SubscribeRequest, require: Callable[[], None]) -> "DeskStream":
        """Refused for a desk, a token or a place that there is not. `require` raises once the caller may not have the stream any more."""
        partition = partition_of(self.view.reference, request.desk_id, len(self.view.partitions))
        if isinstance(partition, tuple):
            raise invalid_field(partition[0].field, partition[0].description)
        ring = self.view.partitions[partition].ring
        if request.resume_token:
            vector = _vector_of(request, partition)
            if not (ring.serves(vector) and ring.end.covers(vector)):
                await self._require_in_log(partition, vector)
        elif request.from_start:
            starts = await asyncio.to_thread(self._log.starts, _journals(partition))
            vector = ReadVector(*(start_at(starts[tp]) for tp in _journals(partition)))
        else:
            vector = ring.end
        return DeskStream(self, request.desk_id, partition, vector, require)

    async def _require_in_log(self, partition: int, vector: ReadVector) -> None:
        wanted = _journals(partition)
        starts = await asyncio.to_thread(self._log.starts, wanted)
        ends = await self._ends(wanted, vector)
        for tp in wanted:
            offset = vector.offset(tp.topic)
            if offset < starts[tp]:
                raise _too_old(f"{tp.topic} begins at {starts[tp]}, the token says {offset}")
            if offset > ends[tp]:
                raise invalid_field(
                    "resume_token", f"it lies beyond the end of {tp.topic}: it is of another installation"
                )

    async def _ends(self, wanted: list[TopicPartition], vector: ReadVector) -> dict[TopicPartition, int]:
        """The ends of journals; asked for again for a while where the token lies beyond them."""
        for _ in range(ENDS_ASKED_MAX):
            ends = await asyncio.to_thread(self._log.ends, wanted)
            if all(vector.offset(tp.topic) <= ends[tp] for tp in wanted):
                break
            await asyncio.sleep(ENDS_PAUSE_S)
        return ends

    async def catch_up(self, partition: int, vector: ReadVector) -> AsyncGenerator[Delivery]:
        """What the log holds behind `vector`, until the ring can take over. Updates of all desks."""
        ring = self.view.partitions[partition].ring
        merge = CausalMerge(partition, {topics.RISK: vector.risk, topics.ROUTING: vector.routing})
        positions = {tp: vector.offset(tp.topic) for tp in _journals(partition)}
        async with self._catch_ups:
            reader = await asyncio.to_thread(self._log.reader, positions)
            try:
                while not ring.serves(merge.vector()) and not self.stopping:
                    for item in await asyncio.to_thread(_poll, reader):
                        assert isinstance(item.value, Claim | Envelope)
                        merge.offer_journal(item.record.topic, item.record.offset, item.value)
                    for entry, behind in merge.deliver_each():
                        seen = entry_of(partition, entry, behind)
                        yield Delivery(seen.updates if seen else (), behind)
            finally:
                await asyncio.to_thread(reader.close)


class DeskStream:
    """One client's stream. `vector` is where it stands: what was returned by `next` counts as delivered."""

    def __init__(
        self, streams: Streams, desk_id: str, partition: int, vector: ReadVector, require: Callable[[], None]
    ) -> None:
        self._streams, self._desk_id, self._partition, self._require = streams, desk_id, partition, require
        self._view = streams.view.partitions[partition]
        self.vector = vector
        self._index: int | None = None
        self._catching_up: AsyncGenerator[Delivery] | None = None
        self._wake = asyncio.Event()
        self._view.listeners.add(self._wake)

    async def close(self) -> None:
        self._view.listeners.discard(self._wake)
        await self._end_catch_up()

    @property
    def wake(self) -> asyncio.Event:
        """Set when there may be something new."""
        return self._wake

    def token(self) -> str:
        return encode_token(ResumeToken(self._desk_id, self._partition, self.vector))

    async def next(self) -> tuple[api.OrderUpdate, ...]:
        """The next updates; empty where there are none now. Clears `wake`."""
        if self._streams.stopping:
            raise Refused(Code.UNAVAILABLE, "the gateway stops: resume with the token")
        self._wake.clear()
        self._require()
        ring = self._view.ring
        if self._index is None:
            if not ring.serves(self.vector):
                return await self._from_log()
            await self._end_catch_up()
            self._index = ring.start_index()
        frame = ring.frame(self._desk_id, self.vector, self._index)
        if frame is None:
            self._index = None
            self._wake.set()  # fell out of the ring: the next call goes to the log
            return ()
        self.vector, self._index = frame.vector, frame.next_index
        if self._index < ring.next_index:
            self._wake.set()
        return frame.updates

    async def _from_log(self) -> tuple[api.OrderUpdate, ...]:
        """Some of what lies between the stream's place and the ring."""
        if self._catching_up is None:
            self._catching_up = self._streams.catch_up(self._partition, self.vector)
        found: list[api.OrderUpdate] = []
        self._wake.set()
        try:
            async for delivery in self._catching_up:
                self._require()
                found += [update for update in delivery.updates if update.desk_id == self._desk_id]
                self.vector = delivery.vector
                if len(found) >= FRAME_UPDATES:
                    return tuple(found)
        except OffsetOutOfRange as error:
            raise _too_old(str(error)) from error
        except LogError as error:
            raise Refused(Code.UNAVAILABLE, f"the log does not answer: {error}; resume with the token") from error
        self._catching_up = None
        return tuple(found)

    async def _end_catch_up(self) -> None:
        if self._catching_up is not None:
            await self._catching_up.aclose()
            self._catching_up = None


async def responses(stream: DeskStream) -> AsyncGenerator[api.SubscribeResponse]:
    """The stream as the API's messages; the first comes at once and says where it begins."""
    try:
        yield api.SubscribeResponse(resume_token=stream.token())
        while True:
            updates = await stream.next()
            if updates:
                yield api.SubscribeResponse(updates=updates, resume_token=stream.token())
                continue
            try:
                async with asyncio.timeout(IDLE_S):
                    await stream.wake.wait()
            except TimeoutError:
                yield api.SubscribeResponse(resume_token=stream.token())
    finally:
        await stream.close()


def _poll(reader: Reader) -> list[Decoded]:
    return [decode(record) for record in reader.poll(CATCH_UP_POLL_S, CATCH_UP_RECORDS)]


def _journals(partition: int) -> list[TopicPartition]:
    return [TopicPartition(topics.RISK, partition), TopicPartition(topics.ROUTING, partition)]


def _vector_of(request: api.SubscribeRequest, partition: int) -> ReadVector:
    try:
        token = decode_token(request.resume_token)
    except TokenError as error:
        raise invalid_field("resume_token", str(error)) from error
    if (token.desk_id, token.partition) != (request.desk_id, partition):
        raise invalid_field("resume_token", f"it is of desk {token.desk_id}")
    return token.vector


def _too_old(what: str) -> Refused:
    return Refused(
        Code.OUT_OF_RANGE, f"the resume token is older than the log ({what}): ask for the orders, then subscribe anew"
    )
