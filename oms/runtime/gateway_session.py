"""One bidirectional session: frames of commands in; acknowledgements and the desk's updates out.

Commands of a frame are queued in their order before anything is waited for; an acknowledgement comes when its command is written (or
decided, where asked), in whatever order that happens. A refused command ends nothing; a malformed frame ends the session.
When the client has sent its last frame, the session ends after the last acknowledgement.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from oms.gateway.identity import Right
from oms.gateway.refusal import Refused, invalid, invalid_field
from oms.gateway.validation import errors_of
from oms.gateway.views import command_status
from oms.runtime.gateway_auth import CallAccess
from oms.runtime.gateway_commands import DECISION_WAIT_MAX_S, Begun, CommandDesk, decision_wait_s, require_ready
from oms.runtime.gateway_stream import IDLE_S, DeskStream, Streams
from oms.v1 import gateway_pb2 as api
from oms.wire.trace_context import Metadata

UNACKED_MAX = 5_000
"""Commands of one session whose acknowledgement is not sent; beyond it no further frame is read."""

ACKS_PER_FRAME = 500


class Session:
    def __init__(self, commands: CommandDesk, stream: DeskStream, access: CallAccess, metadata: Metadata) -> None:
        self._commands, self._stream, self._access, self._metadata = commands, stream, access, metadata
        self._acks: list[api.CommandAck] = []
        self._room = asyncio.Semaphore(UNACKED_MAX)
        self._waiting: set[asyncio.Task[None]] = set()
        self._failure: Exception | None = None
        self._ended = False

    async def run(
        self, requests: AsyncIterator[api.SessionRequest], first: api.SessionRequest
    ) -> AsyncGenerator[api.SessionResponse]:
        reading = asyncio.create_task(self._read(requests, first))
        try:
            yield api.SessionResponse(resume_token=self._stream.token())
            while True:
                updates = await self._stream.next()
                acks, self._acks = self._acks[:ACKS_PER_FRAME], self._acks[ACKS_PER_FRAME:]
                if updates or acks:
                    yield api.SessionResponse(acks=acks, updates=updates, resume_token=self._stream.token())
                    for _ in acks:  # taken by the connection: a client that sends and never reads is not read any more
                        self._room.release()
                elif self._failure is not None:
                    raise self._failure
                elif self._ended and not self._waiting:
                    return
                else:
                    await self._idle()
        finally:
            reading.cancel()
            for task in self._waiting:
                task.cancel()
            await self._stream.close()

    async def _idle(self) -> None:
        if self._acks:
            return
        try:
            async with asyncio.timeout(IDLE_S):
                await self._stream.wake.wait()
        except TimeoutError:
            pass

    async def _read(self, requests: AsyncIterator[api.SessionRequest], first: api.SessionRequest) -> None:
        try:
            await self._frame(first)
            async for frame in requests:
                if frame.HasField("subscribe"):
                    raise invalid_field("subscribe", "only the first frame subscribes")
                await self._frame(frame)
        except Exception as error:
            self._failure = error
        self._ended = True
        self._stream.wake.set()

    async def _frame(self, frame: api.SessionRequest) -> None:
        if len(frame.commands) > ACKS_PER_FRAME:
            raise invalid_field("commands", f"at most {ACKS_PER_FRAME} in a frame")
        for command in frame.commands:
            await self._room.acquire()
            kind = command.WhichOneof("kind")
            try:
                if kind is None:
                    raise invalid_field("kind", "a command must be set")
                request = getattr(command, kind)
                begun = self._commands.begin(request, self._access, self._metadata)
            except Refused as refused:
                self._acknowledge(refusal_ack(command.request_no, refused))
                continue
            task = asyncio.create_task(self._follow(command.request_no, begun, request.wait_for_decision))
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)

    async def _follow(self, request_no: int, begun: Begun, wait: bool) -> None:
        try:
            done = await self._commands.finish(begun, decision_wait_s(wait, DECISION_WAIT_MAX_S))
        except Refused as refused:
            self._acknowledge(refusal_ack(request_no, refused))
            return
        status = command_status(done.fate, done.partition, done.already_received)
        self._acknowledge(api.CommandAck(request_no=request_no, status=status))

    def _acknowledge(self, ack: api.CommandAck) -> None:
        self._acks.append(ack)
        self._stream.wake.set()


def refusal_ack(request_no: int, refused: Refused) -> api.CommandAck:
    violations = [api.FieldViolation(field=e.field, description=e.description) for e in refused.errors]
    return api.CommandAck(request_no=request_no, code=int(refused.code), message=refused.message, violations=violations)


async def session(
    streams: Streams,
    commands: CommandDesk,
    requests: AsyncIterator[api.SessionRequest],
    access: CallAccess,
    metadata: Metadata,
) -> AsyncGenerator[api.SessionResponse]:
    """A whole session. Refused where the first frame does not subscribe to a desk."""
    require_ready(streams.view)
    first = await anext(requests, None)
    if first is None:
        return
    if not first.HasField("subscribe"):
        raise invalid_field("subscribe", "the first frame must subscribe to a desk")
    if errors := errors_of(first.subscribe):
        raise invalid(errors)
    desk_id = first.subscribe.desk_id
    access.desk(Right.SESSION, desk_id)
    stream = await streams.open(first.subscribe, lambda: access.desk(Right.SESSION, desk_id))
    async with aclosing(Session(commands, stream, access, metadata).run(requests, first)) as sent:
        async for response in sent:
            yield response
