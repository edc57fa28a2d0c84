"""`DeadLetterService`: a command that was put aside goes into the log again, as whoever asks for it, and once.

The letter is read from the log, not from the caller: nobody can slip other bytes in. Its command keeps key and content, so risk's rule
for duplicates, and the gateway's own, make one order of however many attempts. Who may is asked twice: of the method, and of the
command at its desk.
"""

import asyncio
import time
from typing import Any

from oms.core.commands import Command
from oms.gateway.identity import right_to_resubmit
from oms.gateway.refusal import Code, Refused, invalid
from oms.gateway.validation import Edge, errors_of, partition_of, provenance, requester_errors, resubmitted
from oms.gateway.views import command_status, order_view, provenance_view
from oms.runtime.clock import Clock
from oms.runtime.gateway_commands import CommandDesk, decision_wait_s, require_ready
from oms.runtime.gateway_feed import GatewayView
from oms.runtime.log import Log, OffsetOutOfRange, Record, TopicPartition
from oms.v1 import admin_pb2 as api
from oms.v1 import admin_pb2_grpc
from oms.wire import topics
from oms.wire.codec import CodecError, decode_intake
from oms.wire.dead_letter import NotACommand, command_in
from oms.wire.envelope import DeadLetter

LETTERS = TopicPartition(topics.DEAD_LETTERS, 0)
READ_S = 5.0
"""For one record from the log; after it the log does not answer."""


class DeadLetterDesk(admin_pb2_grpc.DeadLetterServiceServicer):  # type: ignore[misc]
    def __init__(self, log: Log, view: GatewayView, commands: CommandDesk, clock: Clock) -> None:
        self._log, self._view, self._commands, self._clock = log, view, commands, clock

    async def ResubmitDeadLetter(
        self, request: api.ResubmitDeadLetterRequest, context: Any
    ) -> api.ResubmitDeadLetterResponse:
        entered_by = context.access.enters(request)
        require_ready(self._view)
        if errors := errors_of(request) + requester_errors(request, entered_by):
            raise invalid(errors)
        letter = await asyncio.to_thread(read_letter, self._log, request.letter_offset)
        try:
            command = command_in(letter)
        except NotACommand as error:
            raise Refused(Code.FAILED_PRECONDITION, f"letter {request.letter_offset}: {error}") from None
        context.access.desk(right_to_resubmit(command), command.desk_id)
        partition = self._partition(command)
        edge = Edge(self._clock.now_ns(), command.trace_id, len(self._view.partitions), entered_by)
        again = resubmitted(command, request.letter_offset, provenance(request.requester, entered_by), edge)
        begun = self._commands.begin_again(again, partition)
        wait_s = decision_wait_s(request.wait_for_decision, context.time_remaining())
        done = await self._commands.finish(begun, wait_s)
        order = self._view.partitions[partition].blotter.orders.get(done.fate.order_id)
        return api.ResubmitDeadLetterResponse(
            status=command_status(done.fate, done.partition, done.already_received),
            order=order_view(order, self._view.reference, self._view.partitions[partition].venues)
            if order is not None
            else None,
            provenance=provenance_view(done.fate.command.provenance),
        )

    def _partition(self, command: Command) -> int:
        found = partition_of(self._view.reference, command.desk_id, len(self._view.partitions))
        if isinstance(found, tuple):
            raise Refused(Code.FAILED_PRECONDITION, f"the letter's desk: {found[0].description}")
        return found


def read_letter(log: Log, offset: int) -> DeadLetter:
    """Refused where there is none at that offset."""
    record = _record_at(log, offset)
    try:
        letter: DeadLetter = decode_intake(topics.DEAD_LETTERS, record.value)
    except CodecError as error:
        raise Refused(Code.FAILED_PRECONDITION, f"what lies at {offset} is no letter ({error})") from None
    return letter


def _record_at(log: Log, offset: int) -> Record:
    none = Refused(Code.NOT_FOUND, f"there is no dead letter {offset}: `oms dead-letters list` shows them")
    if not log.starts([LETTERS])[LETTERS] <= offset < log.ends([LETTERS])[LETTERS]:
        raise none
    reader = log.reader({LETTERS: offset})
    deadline = time.monotonic() + READ_S
    try:
        while not (records := reader.poll(0.1, 1)):
            if time.monotonic() > deadline:
                raise Refused(Code.UNAVAILABLE, "the log does not give the letter: ask again")
    except OffsetOutOfRange:
        raise none from None
    finally:
        reader.close()
    return records[0]
