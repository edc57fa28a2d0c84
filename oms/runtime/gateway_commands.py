"""How a command gets into the log: checked, appended, acknowledged, and followed to its decision.

`begin` decides and queues at once, so that commands of one client keep their order; `finish` waits for the broker's answer and, where the
client asked for it, for the decision. Cancels are never refused for load, nor for the audit.
A command that repeats one already read back is not appended again: its present status is the answer. One that another replica wrote and
this one has not read back yet is appended once more; risk passes over it, and the answer is that of the first as well.
"""

import asyncio
import secrets
from dataclasses import dataclass, replace

from google.protobuf.message import Message

from oms.core.commands import (
    CancelOrder,
    CancelOrderList,
    Command,
    MassCancelOrders,
    NewOrder,
    NewOrderList,
    order_id_of,
)
from oms.core.control import tape_now
from oms.core.reasons import Reason
from oms.gateway.order_state import CommandFate
from oms.gateway.refusal import Code, Refused, invalid
from oms.gateway.validation import Addressed, Edge, command_of, trading_date_errors
from oms.runtime.clock import Clock
from oms.runtime.gateway_append import LoopAppenders, OutcomeUnknown
from oms.runtime.gateway_auth import CallAccess
from oms.runtime.gateway_feed import GatewayView
from oms.runtime.log import Ack, TopicPartition
from oms.wire import topics
from oms.wire.codec import MAX_RECORD_BYTES, encode_intake
from oms.wire.trace_context import Metadata, from_metadata, stored

IN_FLIGHT_MAX = 5_000
"""Appends per partition without an answer; beyond it new orders and replacements are refused until the broker keeps up."""

UNKNOWN_OUTCOME = "outcome unknown: retry with the same id"

LETTER_WAIT_S = 1.0
"""After risk passed a command without a word: for the dead letter, which was written before, to be read here too."""

NOT_DECIDED = (
    "risk has read it and left no decision: it repeats a command older than the gateway keeps (the audit has its decision, by the order's "
    "id), or it was put aside (`oms dead-letters`)"
)


@dataclass(frozen=True, slots=True)
class Begun:
    """A command on its way. `appended` is None where it repeats one that is known."""

    command: Command
    partition: int
    appended: "asyncio.Future[Ack] | None"
    repeats: CommandFate | None


@dataclass(frozen=True, slots=True)
class Finished:
    """A command in the log. `already_received`: the fate is that of an earlier one with the same key and content."""

    fate: CommandFate
    partition: int
    already_received: bool


class CommandDesk:
    def __init__(
        self,
        view: GatewayView,
        appenders: LoopAppenders,
        clock: Clock,
        audit_limit_ns: int,
        in_flight_max: int = IN_FLIGHT_MAX,
    ) -> None:
        self._view, self._appenders, self._clock = view, appenders, clock
        self._audit_limit_ns, self._in_flight_max = audit_limit_ns, in_flight_max

    def begin(self, request: Message, access: CallAccess, metadata: Metadata) -> Begun:
        """Check and queue. `access`, `metadata`: of the call. Refused where it is not taken."""
        require_ready(self._view)
        entered_by = access.command(request)
        trace_id = stored(from_metadata(metadata, secrets.token_hex(16)))
        edge = Edge(self._clock.now_ns(), trace_id, len(self._view.partitions), entered_by)
        addressed = command_of(request, self._view.reference, edge)
        if not isinstance(addressed, Addressed):
            raise invalid(addressed)
        command, partition = addressed.command, addressed.partition
        return self._taken(command, partition, self._view.partitions[partition].blotter.repeated(command))

    def begin_again(self, command: Command, partition: int) -> Begun:
        """Queue a command that was put aside; whoever calls has checked who may. Not where it, or one that says the same, is alive."""
        repeats = self._view.partitions[partition].blotter.repeated(command)
        return self._taken(command, partition, None if repeats is not None and repeats.is_dead else repeats)

    def _taken(self, command: Command, partition: int, repeats: CommandFate | None) -> Begun:
        if repeats is not None:
            return Begun(command, partition, None, repeats)
        appender = self._appenders[TopicPartition(topics.ORDERS, partition)]
        if not isinstance(command, CancelOrder | MassCancelOrders | CancelOrderList):
            if errors := trading_date_errors(
                command.trading_date, tape_now(self._view.control.anchor, command.entered_ns)
            ):
                raise invalid(errors)
            self._require_audit()
            if appender.in_flight >= self._in_flight_max:
                raise Refused(
                    Code.RESOURCE_EXHAUSTED,
                    f"{Reason.BACK_PRESSURE.name}: {appender.in_flight} commands wait to be written; send again later",
                    reason=Reason.BACK_PRESSURE,
                )
        value = encode_intake(topics.ORDERS, command)
        assert len(value) <= MAX_RECORD_BYTES, "every field of a command is bounded"
        return Begun(command, partition, appender.append(command.desk_id.encode(), value), None)

    async def finish(self, begun: Begun, decision_wait_s: float) -> Finished:
        """The command's status once written, or (where `decision_wait_s` > 0) once decided or the time is over."""
        if begun.appended is None:
            assert begun.repeats is not None
            offset = begun.repeats.offset
        else:
            try:
                offset = (await begun.appended).offset
            except OutcomeUnknown as error:
                raise Refused(Code.UNAVAILABLE, f"{UNKNOWN_OUTCOME} ({error})") from error
        if decision_wait_s > 0:
            try:
                async with asyncio.timeout(decision_wait_s):
                    await self._decided(begun, offset)
            except TimeoutError:
                pass  # the present status is the answer
        return self._finished(begun, offset)

    async def _decided(self, begun: Begun, offset: int) -> None:
        """Return once the command, or the first that said the same, was decided, or risk has passed it without a word."""
        partition = self._view.partitions[begun.partition]
        await partition.received.reach(offset + 1)
        while not (fate := self._fate(begun, offset)).is_decided:
            if partition.judged.position <= fate.offset:
                await partition.judged.reach(fate.offset + 1)
                continue
            async with asyncio.timeout(LETTER_WAIT_S):
                await partition.letters.reach(partition.letters.position + 1)

    def _fate(self, begun: Begun, offset: int) -> CommandFate:
        """What is known: of the command at `offset` where that was decided for itself, else of the first that says the same."""
        blotter = self._view.partitions[begun.partition].blotter
        own = blotter.fates.get(offset)
        if own is not None and own.is_decided and not own.is_dead:
            return own
        first = blotter.repeated(begun.command) or own or begun.repeats
        if first is None or (first.is_dead and own is None and begun.appended is not None):  # not read back yet
            return CommandFate(begun.command, offset, order_id=_own_id(begun.command))
        return first

    def _finished(self, begun: Begun, offset: int) -> Finished:
        fate = self._fate(begun, offset)
        if not fate.is_decided and fate.offset < self._view.partitions[begun.partition].blotter.judged_below:
            fate = replace(fate, text=NOT_DECIDED)
        return Finished(fate, begun.partition, begun.repeats is not None or fate.offset != offset)

    def _require_audit(self) -> None:
        age_ns = self._view.audit.age_ns(self._clock.now_ns())
        if age_ns is None or age_ns > self._audit_limit_ns:
            known = "nothing was heard of it" if age_ns is None else f"it was complete {age_ns / 1e9:.1f} s ago"
            raise Refused(
                Code.UNAVAILABLE,
                f"{Reason.AUDIT_BEHIND_AT_GATEWAY.name}: new orders wait for the audit ({known}); cancels are taken",
                reason=Reason.AUDIT_BEHIND_AT_GATEWAY,
            )


def require_ready(view: GatewayView) -> None:
    if not view.ready:
        raise Refused(Code.UNAVAILABLE, f"starting: {view.lag()} records still to be read")


def _own_id(command: Command) -> str:
    if isinstance(command, NewOrder | NewOrderList):
        return order_id_of(command.desk_id, command.trading_date, command.cl_ord_id)
    return ""


DECISION_WAIT_MAX_S = 30.0
DECISION_MARGIN_S = 0.05
DECISION_MARGIN_PART = 0.2
"""Kept of a client's deadline for the way back: so many seconds and such a part of it."""


def decision_wait_s(asked: bool, time_remaining_s: float | None) -> float:
    """How long to wait for a decision; 0 where the client does not want it, or has no time left."""
    if not asked:
        return 0.0
    remaining = (
        DECISION_WAIT_MAX_S
        if time_remaining_s is None
        else time_remaining_s * (1 - DECISION_MARGIN_PART) - DECISION_MARGIN_S
    )
    return max(0.0, min(remaining, DECISION_WAIT_MAX_S))
