"""From a client's request to a command, or to the list of fields that are wrong. Pure: the edge's clock and ids are given.

Decides: the rules written beside the fields of the contract (protovalidate), fields that the contract does not have (refused: an
instruction that we would drop is not to be carried out in part), the desk and its partition, and what becomes of what was left out.
Does not decide what risk decides: a well-formed order for an unknown account is a command, and risk's refusal is journaled.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import protovalidate
from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from oms.core.commands import (
    SYSTEM_DESK,
    CancelOrder,
    CancelOrderList,
    Command,
    MassCancelOrders,
    NewOrder,
    NewOrderList,
    Provenance,
    ReplaceOrder,
    TwapParameters,
    order_id_of,
)
from oms.core.enums import Algorithm, ContingencyType, OrdType, Side, TimeInForce
from oms.core.governance import same_person
from oms.core.lists import list_contradictions
from oms.core.reasons import Reason
from oms.core.reference import Reference
from oms.gateway.field_errors import INT_MAX, Errors, FieldError
from oms.gateway.instructions import instruction_errors, instructions_of
from oms.v1 import gateway_pb2 as api
from oms.wire import trace_context

GOOD_UNTIL_DEFAULT_NS = 10_000_000_000
"""How long a command may wait for its decision where the client does not say: longer than an election, shorter than patience."""

TRADING_DATE_DAYS_MAX = 7
"""Between a new command's trading date and the market's: over every weekend and holiday. Risk remembers a desk's latest few dates, so
that a handful of orders from the far future would make it forget the present ones."""

VIOLATIONS_MAX = 50
"""Named in one answer; whoever sends more finds the rest with the next."""

SOURCE = "grpc"

_DAY_NS = 86_400_000_000_000
_EPOCH = datetime.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Edge:
    """What the edge adds to a request. `trace_id`: of the call, as the log keeps it; used where the request names none.

    `entered_by`: whom the caller's token names; empty where what the request states is believed. `source`: where it came in.
    """

    entered_ns: int
    trace_id: str
    partitions: int
    entered_by: str = ""
    source: str = SOURCE


def errors_of(message: Message) -> Errors:
    """What the contract itself says about a request; empty where it is well-formed."""
    found = [FieldError(path, "is not a field of this message") for path in _unknown_fields(message, "")]
    try:
        protovalidate.validate(message)
    except protovalidate.ValidationError as error:
        found += [_field_error(violation.proto) for violation in error.violations]
    return tuple(found[:VIOLATIONS_MAX])


def requester_errors(request: Any, entered_by: str) -> Errors:
    """Without a token somebody must be named; with one the gateway knows who it is. Nobody is the system's own desk: halts and permissions
    of its name are those of liquidations."""
    if not request.HasField("requester"):
        return ()
    who = request.requester
    found = [
        FieldError(f"requester.{field}", f"{SYSTEM_DESK} is the system's own: no other order has it")
        for field in ("entered_by", "on_behalf_of", "trader")
        if same_person(getattr(who, field), SYSTEM_DESK)
    ]
    if not entered_by and not who.entered_by:
        found.append(FieldError("requester.entered_by", "must be set: no token says who it is"))
    return tuple(found)


def _field_error(violation: Any) -> FieldError:
    path = ""
    for element in violation.field.elements if violation.field is not None else ():
        index = element.subscript.value if element.subscript is not None else None
        path += ("." if path else "") + element.field_name + (f"[{index}]" if index is not None else "")
    if path:
        return FieldError(path, violation.message)
    field, _, description = violation.message.partition(": ")  # a rule over several fields names the first of them so
    return FieldError(field, description)


def _unknown_fields(message: Message, prefix: str) -> list[str]:
    found = [f"{prefix}#{field.field_number}" for field in UnknownFieldSet(message)]  # type: ignore[attr-defined]
    for descriptor, value in message.ListFields():
        if descriptor.message_type is None:
            continue
        items = value if descriptor.is_repeated else [value]
        for index, item in enumerate(items):
            place = f"{prefix}{descriptor.name}" + (f"[{index}]" if descriptor.is_repeated else "")
            found += _unknown_fields(item, place + ".")
    return found


def partition_of(reference: Reference, desk_id: str, partitions: int) -> int | Errors:
    """The desk's partition; an error where the desk is not known."""
    desk = reference.desks.get(desk_id)
    if desk is None:
        return (FieldError("desk_id", f"{Reason.UNKNOWN_DESK_AT_GATEWAY.name}: {desk_id}"),)
    if not 0 <= desk.partition < partitions:
        return (FieldError("desk_id", f"partition {desk.partition} of the desk does not exist ({partitions} do)"),)
    return desk.partition


def trading_date_errors(trading_date: int, tape_ns: int) -> Errors:
    """Whether YYYYMMDD is a date near the market's; the latter is not asked where no market's time is known (0)."""
    try:
        date = datetime.date(trading_date // 10_000, trading_date // 100 % 100, trading_date % 100)
    except ValueError:
        return (FieldError("trading_date", f"{trading_date} is no date (YYYYMMDD)"),)
    market_days = tape_ns // _DAY_NS
    if tape_ns > 0 and abs(date.toordinal() - _EPOCH.toordinal() - market_days) > TRADING_DATE_DAYS_MAX:
        return (FieldError("trading_date", f"must be within {TRADING_DATE_DAYS_MAX} days of the market's date"),)
    return ()


def new_order(request: api.SubmitRequest, edge: Edge) -> NewOrder | Errors:
    errors = _errors(request, edge) + _twap_errors(request) + instruction_errors(request)
    if errors:
        return errors
    return NewOrder(
        desk_id=request.desk_id,
        trading_date=request.trading_date,
        cl_ord_id=request.cl_ord_id,
        account_id=request.account_id,
        instrument_id=request.instrument_id,
        side=Side(request.side),
        ord_type=OrdType(request.ord_type),
        time_in_force=TimeInForce(request.time_in_force),
        order_qty=request.order_qty,
        price=request.price if request.HasField("price") else None,
        algorithm=Algorithm(request.algorithm),
        venue_id=request.venue_id,
        twap=_twap(request),
        good_until_ns=request.good_until_ns or edge.entered_ns + GOOD_UNTIL_DEFAULT_NS,
        entered_ns=edge.entered_ns,
        trace_id=_trace(request, edge),
        provenance=provenance(request.requester, edge.entered_by, edge.source),
        instructions=instructions_of(request),
    )


def cancel_order(request: api.CancelRequest, edge: Edge) -> CancelOrder | Errors:
    if errors := _errors(request, edge):
        return errors
    return CancelOrder(
        desk_id=request.desk_id,
        trading_date=request.trading_date,
        cl_ord_id=request.cl_ord_id,
        orig_trading_date=request.orig_trading_date or request.trading_date,
        orig_cl_ord_id=request.orig_cl_ord_id,
        entered_ns=edge.entered_ns,
        trace_id=_trace(request, edge),
        provenance=provenance(request.requester, edge.entered_by, edge.source),
    )


def replace_order(request: api.ReplaceRequest, edge: Edge) -> ReplaceOrder | Errors:
    errors = _errors(request, edge) + _twap_errors(request) + instruction_errors(request)
    if errors:
        return errors
    return ReplaceOrder(
        desk_id=request.desk_id,
        trading_date=request.trading_date,
        cl_ord_id=request.cl_ord_id,
        orig_trading_date=request.orig_trading_date or request.trading_date,
        orig_cl_ord_id=request.orig_cl_ord_id,
        order_qty=request.order_qty,
        price=request.price if request.HasField("price") else None,
        twap=_twap(request),
        good_until_ns=request.good_until_ns or edge.entered_ns + GOOD_UNTIL_DEFAULT_NS,
        entered_ns=edge.entered_ns,
        trace_id=_trace(request, edge),
        provenance=provenance(request.requester, edge.entered_by, edge.source),
        instructions=instructions_of(request),
    )


def mass_cancel(request: api.MassCancelRequest, edge: Edge) -> MassCancelOrders | Errors:
    if errors := _errors(request, edge):
        return errors
    return MassCancelOrders(
        desk_id=request.desk_id,
        trading_date=request.trading_date,
        cl_ord_id=request.cl_ord_id,
        account_id=request.account_id,
        instrument_id=request.instrument_id,
        entered_ns=edge.entered_ns,
        trace_id=_trace(request, edge),
        provenance=provenance(request.requester, edge.entered_by, edge.source),
        side=Side(request.side) if request.side else None,
        trader=request.trader,
        strategy=request.strategy,
        venue_id=request.venue_id,
    )


def new_order_list(request: api.SubmitListRequest, edge: Edge) -> NewOrderList | Errors:
    """Each order by the rules of a single one; errors name it by its place. The first orders with errors fill the answer."""
    errors = _errors(request, edge)
    if errors:
        return errors
    orders: list[NewOrder] = []
    for index, listed in enumerate(request.orders):
        order = new_order(_as_single(request, listed), edge)
        if isinstance(order, tuple):
            errors += tuple(FieldError(f"orders[{index}].{e.field}", e.description) for e in order)
        elif not errors:
            orders.append(replace(order, list_id=order_id_of(order.desk_id, order.trading_date, request.cl_ord_id)))
    if errors:
        return errors[:VIOLATIONS_MAX]
    command = NewOrderList(
        desk_id=request.desk_id,
        trading_date=request.trading_date,
        cl_ord_id=request.cl_ord_id,
        contingency=ContingencyType(request.contingency) if request.HasField("contingency") else None,
        orders=tuple(orders),
        good_until_ns=request.good_until_ns or edge.entered_ns + GOOD_UNTIL_DEFAULT_NS,
        entered_ns=edge.entered_ns,
        trace_id=_trace(request, edge),
        provenance=provenance(request.requester, edge.entered_by, edge.source),
    )
    wrong = list_contradictions(command)
    return tuple(FieldError(field, text) for field, text in wrong[:VIOLATIONS_MAX]) or command


def _as_single(request: api.SubmitListRequest, listed: api.ListedOrder) -> api.SubmitRequest:
    single = api.SubmitRequest(
        desk_id=request.desk_id,
        trading_date=request.trading_date,
        good_until_ns=request.good_until_ns,
        requester=request.requester,
        trace_id=request.trace_id,
    )
    for field, value in listed.ListFields():
        if field.message_type is not None:
            getattr(single, field.name).CopyFrom(value)
        else:
            setattr(single, field.name, value)
    return single


def cancel_order_list(request: api.CancelListRequest, edge: Edge) -> CancelOrderList | Errors:
    if errors := _errors(request, edge):
        return errors
    return CancelOrderList(
        desk_id=request.desk_id,
        trading_date=request.trading_date,
        cl_ord_id=request.cl_ord_id,
        orig_trading_date=request.orig_trading_date or request.trading_date,
        orig_cl_ord_id=request.orig_cl_ord_id,
        entered_ns=edge.entered_ns,
        trace_id=_trace(request, edge),
        provenance=provenance(request.requester, edge.entered_by, edge.source),
    )


COMMAND_OF: dict[type[Message], Callable[[Any, Edge], Command | Errors]] = {
    api.SubmitRequest: new_order,
    api.CancelRequest: cancel_order,
    api.ReplaceRequest: replace_order,
    api.MassCancelRequest: mass_cancel,
    api.SubmitListRequest: new_order_list,
    api.CancelListRequest: cancel_order_list,
}


@dataclass(frozen=True, slots=True)
class Addressed:
    """A command, and the partition it goes to."""

    command: Command
    partition: int


def command_of(request: Message, reference: Reference, edge: Edge) -> Addressed | Errors:
    command = COMMAND_OF[type(request)](request, edge)
    if isinstance(command, tuple):
        return command
    partition = partition_of(reference, command.desk_id, edge.partitions)
    return partition if isinstance(partition, tuple) else Addressed(command, partition)


def provenance(requester: api.Requester, entered_by: str, source: str = SOURCE) -> Provenance:
    """`entered_by`: whom the caller's token names; where it is empty, what the request states is believed."""
    entered_by = entered_by or requester.entered_by
    return Provenance(
        entered_by=entered_by,
        on_behalf_of=requester.on_behalf_of,
        source=source,
        trader=requester.trader or requester.on_behalf_of or entered_by,
        strategy=requester.strategy,
    )


def resubmitted(command: Command, letter_offset: int, who: Provenance, edge: Edge) -> Command:
    """A command out of a dead letter as it is sent again: the same in content; who did it and from where are in its provenance.

    It is good for as long as a new one: its own time passed while it lay there, and whoever sends it again means now.
    """
    before = command.provenance
    provenance = Provenance(
        entered_by=who.entered_by,
        on_behalf_of=who.on_behalf_of or before.on_behalf_of or before.entered_by,
        source=f"dead-letter {letter_offset}",
        trader=before.trader,
        strategy=before.strategy,
    )
    again = replace(command, entered_ns=edge.entered_ns, provenance=provenance)
    good_until_ns = edge.entered_ns + GOOD_UNTIL_DEFAULT_NS
    if isinstance(again, NewOrderList):
        orders = tuple(
            replace(order, good_until_ns=good_until_ns, entered_ns=edge.entered_ns, provenance=provenance)
            for order in again.orders
        )
        return replace(again, good_until_ns=good_until_ns, orders=orders)
    if isinstance(again, NewOrder | ReplaceOrder):
        return replace(again, good_until_ns=good_until_ns)
    return again


def _twap(request: api.SubmitRequest | api.ReplaceRequest) -> TwapParameters | None:
    if not request.HasField("twap"):
        return None
    return TwapParameters(request.twap.start_ns, request.twap.end_ns, request.twap.slices)


def _twap_errors(request: api.SubmitRequest | api.ReplaceRequest) -> Errors:
    """The journal's own message has no rules beside its fields; only sizes are judged here, risk judges the sense."""
    if not request.HasField("twap"):
        return ()
    values = {name: getattr(request.twap, name) for name in ("start_ns", "end_ns", "slices")}
    return tuple(
        FieldError(f"twap.{name}", f"must be at least 0 and at most {INT_MAX}")
        for name, value in values.items()
        if not 0 <= value <= INT_MAX
    )


def _errors(request: Any, edge: Edge) -> Errors:
    return errors_of(request) + requester_errors(request, edge.entered_by) + _trace_errors(request)


def _trace_errors(request: Any) -> Errors:
    """The contract knows the form of a trace id; that it is not all zeros is judged here."""
    if not request.trace_id or trace_context.from_field(request.trace_id) is not None:
        return ()
    return (FieldError("trace_id", trace_context.FIELD_TAKES),)


def _trace(request: Any, edge: Edge) -> str:
    context = trace_context.from_field(request.trace_id) if request.trace_id else None
    return trace_context.stored(context) if context is not None else edge.trace_id
