"""How a command gets into the log: checked, appended, acknowledged, and followed to its decision.

`begin` decides and queues at once, so that commands of one client keep their order; `finish` waits for the broker's answer and, where the
client asked for it, for the decision. Cancels are never refused for load, nor for the audit.
A command that repeats one already read back is not appended again: its present status is the answer.
"""

import asyncio
import secrets
from dataclasses import dataclass

from google.protobuf.message import Message

from oms.core.commands import CancelOrder, Command, MassCancelOrders, NewOrder, order_id_of
from oms.core.control import tape_now
from oms.core.reasons import Reason
from oms.gateway.blotter import CommandFate
from oms.gateway.refusal import Code, Refused, invalid
from oms.gateway.validation import Addressed, Edge, command_of, trading_date_errors
from oms.gateway.views import undecided
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
        repeats = self._view.partitions[partition].blotter.repeated(command)
        if repeats is not None:
            return Begun(command, partition, None, repeats)
        appender = self._appenders[TopicPartition(topics.ORDERS, partition)]
        if not isinstance(command, CancelOrder | MassCancelOrders):
            if errors := trading_date_errors(
                command.trading_date, tape_now(self._view.control.anchor, edge.entered_ns)
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
        partition = self._view.partitions[begun.partition]
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
                    await partition.judged.reach(offset + 1)
            except TimeoutError:
                pass  # the present status is the answer
        return self._finished(begun, offset)

    def _finished(self, begun: Begun, offset: int) -> Finished:
        blotter = self._view.partitions[begun.partition].blotter
        fate = blotter.fates.get(offset) or begun.repeats
        if fate is None:  # not read back yet
            return Finished(CommandFate(begun.command, offset, order_id=_own_id(begun.command)), begun.partition, False)
        first = begun.repeats or blotter.repeated(begun.command)
        if undecided(fate) and first is not None and first is not fate:
            return Finished(first, begun.partition, True)
        return Finished(fate, begun.partition, begun.repeats is not None)

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
    if isinstance(command, NewOrder):
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
