"""`ReferenceAdminService` and `ControlService`: what administrators and risk officers change, and the picture they get.

A reference change is answered when it is folded: then it is known whether it replaced the version it named. A control record is answered
when it is written; which partitions have applied it is asked with `GetControlStatus`.
Also writes the control heartbeat: when control's newest record is older than the interval and a random part, so that of several gateways
one is enough. Who may do what is asked of the call's `access` first; who did it is written with every record.
"""

import asyncio
import random
from collections.abc import Container
from itertools import islice
from typing import Any

from google.protobuf.message import Message

from oms.core.commands import Provenance
from oms.core.control import (
    AlertAcknowledged,
    BreakResolution,
    CancelScope,
    ClockAnchor,
    ControlHeartbeat,
    ControlRecord,
    Halt,
    Liquidate,
    Resume,
    cancels,
    tape_now,
)
from oms.core.enums import HaltAction, HaltScope, ResolutionKind
from oms.core.limits import PROPOSAL_VALID_NS
from oms.core.order_filter import FIELD_OF_SCOPE, OrderFilter
from oms.core.reference import (
    KINDS,
    Entity,
    FixSession,
    ReferenceChange,
    Venue,
    entity_key,
    table_of,
)
from oms.gateway.client_sessions.terms import session_errors, venue_errors, with_entities
from oms.gateway.field_errors import INT_MAX, FieldError
from oms.gateway.liquidations import Liquidation
from oms.gateway.refusal import Code, Refused, invalid, invalid_field
from oms.gateway.validation import errors_of, provenance, requester_errors
from oms.runtime.clock import Clock
from oms.runtime.gateway_append import LoopAppenders, OutcomeUnknown
from oms.runtime.gateway_commands import UNKNOWN_OUTCOME, require_ready
from oms.runtime.gateway_feed import GatewayView
from oms.runtime.log import Ack, TopicPartition
from oms.runtime.reference_checks import ENTITY_ID, basis_of, check_allowed, check_entity, with_end
from oms.v1 import admin_pb2 as api
from oms.v1 import admin_pb2_grpc
from oms.wire import topics
from oms.wire.codec import MAX_RECORD_BYTES, CodecError, encode_intake, from_message, to_message, wire_enum

FOLD_WAIT_S = 5.0
HEARTBEAT_INTERVAL_NS = 1_000_000_000
HEARTBEAT_RANDOM_NS = 300_000_000
HEARTBEAT_CHECK_S = 0.1
SCALE_SUM_MAX = 12
"""Price and quantity scales together: what an amount of money holds exactly."""

HOLDINGS_SHOWN_MAX = 100
"""Of one liquidation: what goes on a screen."""

SCOPE_ID_BYTES_MAX = 64
"""As the longest trader or strategy that an order may state."""

_REFERENCE = TopicPartition(topics.REFERENCE, 0)
_CONTROL = TopicPartition(topics.CONTROL, 0)


class ReferenceAdmin(admin_pb2_grpc.ReferenceAdminServiceServicer):  # type: ignore[misc]
    def __init__(
        self, view: GatewayView, appenders: LoopAppenders, clock: Clock, proposal_valid_ns: int = PROPOSAL_VALID_NS
    ) -> None:
        self._view, self._appenders, self._clock = view, appenders, clock
        self._proposal_valid_ns = proposal_valid_ns

    async def ApplyReference(self, request: api.ApplyReferenceRequest, context: Any) -> api.ApplyReferenceResponse:
        context.access.kinds([item.entity.WhichOneof("kind") or "" for item in request.items])
        who = _who(self._view, request, context)
        changes = [self._change(request, number, who) for number in range(len(request.items))]
        _check_sessions(self._view, changes)
        appender = self._appenders[_REFERENCE]
        values = [encode_intake(topics.REFERENCE, change) for change in changes]
        for number, value in enumerate(values):
            if len(value) > MAX_RECORD_BYTES:
                raise invalid_field(f"items[{number}].entity", f"larger than {MAX_RECORD_BYTES} bytes")
        futures = [
            appender.append("/".join(entity_key(change.entity)).encode(), value)
            for change, value in zip(changes, values, strict=True)
        ]
        offsets = [(await _acked(future)).offset for future in futures]
        await self._folded(max(offsets))
        response = api.ApplyReferenceResponse()
        for change, offset in zip(changes, offsets, strict=True):
            kind, entity_id = entity_key(change.entity)
            applied = self._view.reference_outcomes.get(offset, False)
            version = offset if applied else self._view.reference.version(kind, entity_id)
            response.outcomes.add(kind=kind, entity_id=entity_id, applied=applied, version=version)
        return response

    def _change(self, request: api.ApplyReferenceRequest, number: int, who: Provenance) -> ReferenceChange:
        item = request.items[number]
        place = f"items[{number}].entity"
        try:
            entity: Entity = from_message(item.entity, Entity)
        except CodecError as error:
            raise invalid_field(place, str(error)) from error
        kind, entity_id = entity_key(entity)
        if not ENTITY_ID.match(entity_id):
            raise invalid_field(f"{place}.{kind}", "its id must be 1 to 64 of A-Z a-z 0-9 . _ -")
        _check_sizes(item.entity, place)
        now_ns, ends = self._clock.now_ns(), request.bootstrap_ends and number == len(request.items) - 1
        check_entity(entity, place, now_ns, request.bootstrap)
        if kind == "instrument":
            _check_scales(item.entity.instrument, f"{place}.instrument")
        if kind == "desk" and not 0 <= item.entity.desk.partition < len(self._view.partitions):
            raise invalid_field(f"{place}.desk.partition", f"must be 0 to {len(self._view.partitions) - 1}")
        entity = with_end(entity, now_ns, self._proposal_valid_ns)
        basis = basis_of(self._view.reference, request.bootstrap, ends)
        change = ReferenceChange(entity, item.replaces_version, now_ns, request.reason, who, basis)
        check_allowed(self._view.reference, change)
        return change

    async def _folded(self, offset: int) -> None:
        try:
            async with asyncio.timeout(FOLD_WAIT_S):
                await self._view.reference_gate.reach(offset + 1)
        except TimeoutError as error:
            raise Refused(Code.UNAVAILABLE, "written, and not read back in time: ask for the versions") from error

    async def GetReference(self, request: api.GetReferenceRequest, context: Any) -> api.GetReferenceResponse:
        _check(self._view, request)
        reference = self._view.reference
        response = api.GetReferenceResponse(position=reference.position, bootstrap_open=reference.bootstrap_open)
        for number, partition in enumerate(self._view.partitions):
            response.partitions.add(partition=number, position=partition.blotter.reference_position)
        for entity in (entity for kind in KINDS for entity in table_of(reference, kind).values()):
            kind, entity_id = entity_key(entity)
            if (request.kind and request.kind != kind) or (request.entity_id and request.entity_id != entity_id):
                continue
            found = response.entities.add()
            self._tell(found, entity, reference.version(kind, entity_id))
            if kind == "limit":
                for former in reference.former_limits.get(entity_id, ()):
                    self._tell(found.former.add(), former.limit, former.version)
        return response

    def _tell(self, found: api.VersionedEntity, entity: Entity, version: int) -> None:
        found.entity.CopyFrom(_entity_message(entity))
        found.version = version
        author = self._view.authors.of(version)
        if author is not None:
            found.entered_by, found.entered_ns, found.reason = author.entered_by, author.entered_ns, author.reason
            found.proposed_by, found.bootstrap = self._view.authors.proposer(version), author.bootstrap


def _entity_message(entity: Entity) -> Any:
    return to_message(entity, Entity)


def _check_sessions(view: GatewayView, changes: list[ReferenceChange]) -> None:
    """A FIX session names others: they are there, or come before it in the same request. Hours are a schedule."""
    ahead = with_entities(view.reference, ())
    for number, change in enumerate(changes):
        if isinstance(change.entity, FixSession) and (wrong := session_errors(change.entity, ahead)):
            place = f"items[{number}].entity.fix_session"
            raise invalid(tuple(FieldError(f"{place}.{e.field}", e.description) for e in wrong))
        if isinstance(change.entity, Venue) and (wrong := venue_errors(change.entity)):
            raise invalid(tuple(FieldError(f"items[{number}].entity.venue.{e.field}", e.description) for e in wrong))
        ahead = with_entities(ahead, (change.entity,))


class ControlDesk(admin_pb2_grpc.ControlServiceServicer):  # type: ignore[misc]
    def __init__(self, view: GatewayView, appenders: LoopAppenders, clock: Clock) -> None:
        self._view, self._appenders, self._clock = view, appenders, clock

    async def Halt(self, request: api.HaltRequest, context: Any) -> api.HaltResponse:
        context.access.halt(request.scope, request.scope_id)
        who = _who(self._view, request, context)
        _require_known(self._view, HaltScope(request.scope), request.scope_id)
        record = Halt(
            HaltScope(request.scope),
            request.scope_id,
            request.cancel_open,
            request.reason,
            self._clock.now_ns(),
            who,
            HaltAction(request.action or HaltAction.BLOCK_NEW),
        )
        return api.HaltResponse(control_offset=await self._append(record))

    async def Resume(self, request: api.ResumeRequest, context: Any) -> api.ResumeResponse:
        who = _who(self._view, request, context)
        record = Resume(
            HaltScope(request.scope),
            request.scope_id,
            request.reason,
            self._clock.now_ns(),
            who,
        )
        return api.ResumeResponse(control_offset=await self._append(record))

    async def CancelScope(self, request: api.CancelScopeRequest, context: Any) -> api.CancelScopeResponse:
        who = _who(self._view, request, context)
        _require_known(self._view, HaltScope(request.scope), request.scope_id)
        narrowed = _narrowed(self._view, request) if request.HasField("narrowed") else None
        record = CancelScope(
            HaltScope(request.scope),
            request.scope_id,
            request.reason,
            self._clock.now_ns(),
            who,
            narrowed,
        )
        if cancels(record) is None:
            raise invalid_field("narrowed", "contradicts the scope: nothing would be cancelled")
        return api.CancelScopeResponse(control_offset=await self._append(record))

    async def Liquidate(self, request: api.LiquidateRequest, context: Any) -> api.LiquidateResponse:
        who = _who(self._view, request, context)
        scope = HaltScope(request.scope)
        _require_known(self._view, scope, request.scope_id)
        record = Liquidate(scope, request.scope_id, request.reason, self._clock.now_ns(), who)
        return api.LiquidateResponse(control_offset=await self._append(record))

    async def ResolveBreak(self, request: api.ResolveBreakRequest, context: Any) -> api.ResolveBreakResponse:
        who = _who(self._view, request, context)
        partition = int(request.break_id.removeprefix("B").partition("-")[0])
        if partition >= len(self._view.partitions):
            raise invalid_field("break_id", f"there is no partition {partition}")
        record = BreakResolution(
            partition,
            request.break_id,
            ResolutionKind(request.kind),
            request.price if request.HasField("price") else None,
            request.reason,
            self._clock.now_ns(),
            who,
        )
        return api.ResolveBreakResponse(control_offset=await self._append(record))

    async def AcknowledgeAlert(
        self, request: api.AcknowledgeAlertRequest, context: Any
    ) -> api.AcknowledgeAlertResponse:
        who = _who(self._view, request, context)
        shown = self._view.alerts.open.get((request.topic, request.partition, request.alert_id))
        if shown is None:
            raise Refused(Code.FAILED_PRECONDITION, f"{request.alert_id} is not open there: `oms alerts`")
        if shown.offset != request.offset:
            raise Refused(
                Code.FAILED_PRECONDITION, f"{request.alert_id} has become worse since, look again: {shown.raised.text}"
            )
        if shown.acknowledged is not None:
            by = shown.acknowledged.provenance.entered_by
            raise Refused(Code.FAILED_PRECONDITION, f"{by} has acknowledged it already: {shown.acknowledged.note}")
        record = AlertAcknowledged(
            request.alert_id, request.topic, request.partition, request.offset, request.note, self._clock.now_ns(), who
        )
        return api.AcknowledgeAlertResponse(control_offset=await self._append(record))

    async def SetClock(self, request: api.SetClockRequest, context: Any) -> api.SetClockResponse:
        who = _who(self._view, request, context)
        wall_ns = request.wall_ns or self._clock.now_ns()
        tape_ns = max(request.tape_ns, tape_now(self._view.control.anchor, wall_ns))  # the tape never goes back
        anchor = ClockAnchor(wall_ns, tape_ns, request.speed_milli, request.label, who)
        offset = await self._append(anchor)
        return api.SetClockResponse(control_offset=offset, anchor=_message(anchor))

    async def _append(self, record: ControlRecord) -> int:
        future = self._appenders[_CONTROL].append(b"control", encode_intake(topics.CONTROL, record))
        return (await _acked(future)).offset

    async def GetControlStatus(
        self, request: api.GetControlStatusRequest, context: Any
    ) -> api.GetControlStatusResponse:
        _check(self._view, request)
        view, now_ns = self._view, self._clock.now_ns()
        audit_age_ns, control_age_ns = view.audit.age_ns(now_ns), control_age(view, now_ns)
        response = api.GetControlStatusResponse(
            position=view.control.position,
            wall_ns=now_ns,
            tape_ns=tape_now(view.control.anchor, now_ns),
            control_age_ns=-1 if control_age_ns is None else control_age_ns,
            audit_age_ns=-1 if audit_age_ns is None else audit_age_ns,
            audit=[_message(progress) for _, progress in sorted(view.audit_progress.items())],
            processes=[_message(heartbeat) for _, heartbeat in sorted(view.heartbeats.items())],
        )
        if view.control.anchor is not None:
            response.anchor.CopyFrom(_message(view.control.anchor))
        for (scope, scope_id), offset in sorted(view.control.halts.items()):
            action = view.control.action(scope, scope_id)
            response.halts.add(scope=int(scope), scope_id=scope_id, control_offset=offset, action=int(action))
        for number, partition in enumerate(view.partitions):
            for topic in (topics.RISK, topics.ROUTING):
                applied = partition.blotter.applied_control.get(topic, -1)
                response.partitions.add(
                    topic=topic,
                    partition=number,
                    applied_offset=applied,
                    acknowledged=applied >= request.control_offset,
                )
            for found in partition.liquidations.shown(request.control_offset):
                _add_liquidation(response, number, found)
        response.acknowledged = all(partition.acknowledged for partition in response.partitions)
        return response

    async def keep_alive(self, replica: str) -> None:
        """Write a heartbeat whenever control is silent for longer than the interval and a random part. Runs until cancelled."""
        while True:
            limit_ns = HEARTBEAT_INTERVAL_NS + random.randrange(HEARTBEAT_RANDOM_NS)
            while not self._view.ready or not _silent(self._view, self._clock.now_ns(), limit_ns):
                await asyncio.sleep(HEARTBEAT_CHECK_S)
            before = self._view.control.position
            try:
                await self._append(ControlHeartbeat(replica, self._clock.now_ns()))
            except Refused:
                await asyncio.sleep(HEARTBEAT_CHECK_S)  # unknown whether it was written: look again
                continue
            while self._view.control.position == before:
                await asyncio.sleep(HEARTBEAT_CHECK_S)


def control_age(view: GatewayView, now_ns: int) -> int | None:
    """How old control's newest record is by the broker's clock; None where there is none."""
    return None if view.control_newest_ms is None else max(0, now_ns - view.control_newest_ms * 1_000_000)


def _add_liquidation(response: api.GetControlStatusResponse, partition: int, found: Liquidation) -> None:
    said = response.liquidations.add(
        control_offset=found.started.control_offset,
        partition=partition,
        scope=int(found.started.scope),
        scope_id=found.started.scope_id,
        reason=found.started.reason,
        entered_by=found.started.entered_by,
        holdings=found.started.holdings,
        orders=found.orders,
        refused=found.refused,
        remaining=found.remaining,
        finished=found.finished,
        lifted=found.lifted,
    )
    for tried in islice(found.tried.values(), HOLDINGS_SHOWN_MAX):
        shown = said.tried.add(
            account_id=tried.account_id,
            instrument_id=tried.instrument_id,
            position_qty=tried.position_qty,
            order_id=tried.order_id,
        )
        if tried.reason is not None:
            shown.reason = wire_enum(tried.reason)


def _message(value: object) -> Any:
    return to_message(value)


def _silent(view: GatewayView, now_ns: int, limit_ns: int) -> bool:
    age_ns = control_age(view, now_ns)
    return age_ns is None or age_ns > limit_ns


async def _acked(future: "asyncio.Future[Ack]") -> Ack:
    try:
        return await future
    except OutcomeUnknown as error:
        raise Refused(Code.UNAVAILABLE, f"{UNKNOWN_OUTCOME} ({error})") from error


def _check(view: GatewayView, request: Message) -> None:
    require_ready(view)
    if errors := errors_of(request):
        raise invalid(errors)


def _who(view: GatewayView, request: Any, context: Any) -> Provenance:
    """Checks the request, and says who stands behind it."""
    entered_by = context.access.enters(request)
    require_ready(view)
    if errors := errors_of(request) + requester_errors(request, entered_by):
        raise invalid(errors)
    return provenance(request.requester, entered_by)


def _narrowed(view: GatewayView, request: Any) -> OrderFilter:
    try:
        narrowed: OrderFilter = from_message(request.narrowed, OrderFilter)
    except CodecError as error:
        raise invalid_field("narrowed", str(error)) from error
    for scope, field in FIELD_OF_SCOPE.items():
        value = getattr(narrowed, field)
        if len(value.encode()) > SCOPE_ID_BYTES_MAX:
            raise invalid_field(f"narrowed.{field}", f"must be at most {SCOPE_ID_BYTES_MAX} bytes")
        if value:
            _require_known(view, scope, value, f"narrowed.{field}")
    return narrowed


def _require_known(view: GatewayView, scope: HaltScope, scope_id: str, field: str = "scope_id") -> None:
    """A halt of a misspelt name would be acknowledged everywhere, and stop nothing.

    A trader is a person of the reference data, or one whom an order that is still known names. Strategies have no register: any name is
    taken, because one must be stopped before its first order too; what a cancel found there is told by `GetMassCancel`.
    """
    if scope is HaltScope.STRATEGY:
        return
    if scope is HaltScope.TRADER and _trades(view, scope_id):
        return
    known: dict[HaltScope, Container[str]] = {
        HaltScope.FIRM: ("",),
        HaltScope.DESK: view.reference.desks,
        HaltScope.ACCOUNT: view.reference.accounts,
        HaltScope.INSTRUMENT: view.reference.instruments,
        HaltScope.VENUE: view.reference.venues,
        HaltScope.TRADER: view.reference.people,
        HaltScope.CLIENT: _clients(view),
        HaltScope.COUNTERPARTY: _counterparties(view),
    }
    if scope_id not in known[scope]:
        raise invalid_field(field, f"there is no {scope.name.lower()} {scope_id}")


def _clients(view: GatewayView) -> frozenset[str]:
    """Registered, or named by an account: where none is registered a client is a name and nothing more."""
    reference = view.reference
    return frozenset(reference.clients) | {account.client_id for account in reference.accounts.values()} - {""}


def _counterparties(view: GatewayView) -> frozenset[str]:
    """Registered, or named by a venue."""
    reference = view.reference
    named = {name for venue in reference.venues.values() for name in venue.counterparties}
    return frozenset(reference.counterparties) | named


def _trades(view: GatewayView, trader: str) -> bool:
    """Whether an order that the gateway has names the trader."""
    return any(
        order.terms.provenance.trader == trader
        for partition in view.partitions
        for order in partition.blotter.orders.values()
    )


def _check_sizes(message: Message, place: str) -> None:
    """Integers of entities have no rules beside their fields: here they are held to what sums can bear."""
    for descriptor, value in message.ListFields():
        name = f"{place}.{descriptor.name}"
        if descriptor.message_type is not None and descriptor.message_type.name == "Int128":
            continue
        if descriptor.message_type is not None:
            for item in value if descriptor.is_repeated else [value]:
                _check_sizes(item, name)
        elif isinstance(value, int) and not -INT_MAX <= value <= INT_MAX:
            raise invalid_field(name, f"must be at least {-INT_MAX} and at most {INT_MAX}")


def _check_scales(instrument: Any, place: str) -> None:
    if instrument.price_scale < 0 or instrument.qty_scale < 0:
        raise invalid_field(place, "scales must not be negative")
    if instrument.price_scale > 8 or instrument.price_scale + instrument.qty_scale > SCALE_SUM_MAX:
        raise invalid_field(place, f"price_scale must be at most 8, and both scales together at most {SCALE_SUM_MAX}")
    if instrument.tick_size < 1 or instrument.lot_size < 1:
        raise invalid_field(place, "tick_size and lot_size must be at least 1")
