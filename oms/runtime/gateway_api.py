"""`OrderGatewayService`: what each method answers. Checks requests, asks the view, and leaves commands to `CommandDesk`.

Reads are of the gateway's own fold: as new as what it has read. `GetOrder` reads on to the end of the commands before it says NOT_FOUND,
so an order that was acknowledged by any replica is found.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from heapq import merge
from itertools import islice
from typing import Any

from google.protobuf.message import Message

from oms.core.commands import Command, order_id_of
from oms.core.control import tape_now
from oms.core.enums import OrdStatus, Side
from oms.core.order_filter import OrderFilter
from oms.gateway.identity import Right
from oms.gateway.lists import ListOrderStatus
from oms.gateway.mass_cancels import Name
from oms.gateway.order_state import CommandState, Key, OrderState
from oms.gateway.positions import Wanted, list_positions
from oms.gateway.refusal import Code, Refused, invalid, invalid_field
from oms.gateway.validation import errors_of
from oms.gateway.views import command_status, in_list, list_view, order_view, quotes_view
from oms.runtime.clock import Clock
from oms.runtime.gateway_alerts import alerts
from oms.runtime.gateway_auth import CallAccess
from oms.runtime.gateway_commands import CommandDesk, Finished, decision_wait_s, require_ready
from oms.runtime.gateway_feed import GatewayView
from oms.runtime.gateway_session import session
from oms.runtime.gateway_stream import Streams, responses
from oms.runtime.log import Log, TopicPartition
from oms.v1 import gateway_pb2 as api
from oms.v1 import gateway_pb2_grpc
from oms.wire import topics

PAGE_SIZE = 100
CATCH_UP_WAIT_S = 5.0
"""How long `GetOrder` waits for the fold before it gives up without an answer."""


class OrderGateway(gateway_pb2_grpc.OrderGatewayServiceServicer):  # type: ignore[misc]
    def __init__(self, log: Log, view: GatewayView, commands: CommandDesk, streams: Streams, clock: Clock) -> None:
        self._log, self._view, self._commands, self._streams, self._clock = log, view, commands, streams, clock

    async def Submit(self, request: api.SubmitRequest, context: Any) -> api.SubmitResponse:
        done = await self._command(request, request.wait_for_decision, context)
        return api.SubmitResponse(status=_status(done), order=self._order_of(done))

    async def Cancel(self, request: api.CancelRequest, context: Any) -> api.CancelResponse:
        done = await self._command(request, request.wait_for_decision, context)
        return api.CancelResponse(status=_status(done), order=self._order_of(done))

    async def Replace(self, request: api.ReplaceRequest, context: Any) -> api.ReplaceResponse:
        done = await self._command(request, request.wait_for_decision, context)
        return api.ReplaceResponse(status=_status(done), order=self._order_of(done))

    async def MassCancel(self, request: api.MassCancelRequest, context: Any) -> api.MassCancelResponse:
        done = await self._command(request, request.wait_for_decision, context)
        return api.MassCancelResponse(status=_status(done), matched=done.fate.matched)

    async def SubmitList(self, request: api.SubmitListRequest, context: Any) -> api.SubmitListResponse:
        done = await self._command(request, request.wait_for_decision, context)
        return api.SubmitListResponse(status=_status(done), list=self._list_of(done))

    async def CancelList(self, request: api.CancelListRequest, context: Any) -> api.CancelListResponse:
        done = await self._command(request, request.wait_for_decision, context)
        return api.CancelListResponse(status=_status(done), matched=done.fate.matched, list=self._list_of(done))

    async def GetList(self, request: api.GetListRequest, context: Any) -> api.GetListResponse:
        self._check(request)
        named = request.desk_id, request.trading_date, request.cl_ord_id
        desk_id, trading_date, cl_ord_id = _key_in("list_id", request.list_id) if request.list_id else named
        context.access.desk(Right.READ, desk_id)
        desk = self._view.reference.desks.get(desk_id)
        if desk is None:
            raise Refused(Code.NOT_FOUND, f"no desk {desk_id}")
        list_id = order_id_of(desk_id, trading_date, cl_ord_id)
        partition = self._view.partitions[desk.partition]
        lists = partition.blotter.lists
        if list_id not in lists.states:
            await self._read_to_end(desk.partition)
        state = lists.states.get(list_id)
        if state is None:
            raise Refused(Code.NOT_FOUND, f"no list {list_id} (the orders of older ones are in the audit's tables)")
        return api.GetListResponse(list=list_view(state, self._view.reference, partition.venues))

    def _list_of(self, done: Finished) -> api.ListView | None:
        partition = self._view.partitions[done.partition]
        state = partition.blotter.lists.states.get(done.fate.order_id)
        return list_view(state, self._view.reference, partition.venues) if state is not None else None

    async def GetMassCancel(self, request: api.GetMassCancelRequest, context: Any) -> api.GetMassCancelResponse:
        self._check(request)
        name: Name = request.control_offset
        numbers = list(range(len(self._view.partitions)))
        if not request.HasField("control_offset"):
            context.access.desk(Right.READ, request.desk_id)
            desk = self._view.reference.desks.get(request.desk_id)
            if desk is None:
                raise Refused(Code.NOT_FOUND, f"no desk {request.desk_id}")
            name, numbers = (request.desk_id, request.trading_date, request.cl_ord_id), [desk.partition]
        response = api.GetMassCancelResponse(partitions=[self._progress(name, number) for number in numbers])
        response.finished = all(p.started and p.done == p.matched for p in response.partitions)
        return response

    def _progress(self, name: Name, number: int) -> api.MassCancelProgress:
        partition = self._view.partitions[number]
        found = partition.mass_cancels.find(name)
        if found is None:
            # a control record that cancels nothing (a halt alone, a contradiction) starts nothing, and is done once it is applied
            applied = isinstance(name, int) and partition.blotter.applied_control.get(topics.RISK, -1) >= name
            return api.MassCancelProgress(partition=number, started=applied)
        return api.MassCancelProgress(
            partition=number,
            started=True,
            matched=found.matched,
            waiting=found.waiting,
            working=len(found.working),
            done=found.done,
        )

    async def _command(self, request: Message, wait: bool, context: Any) -> Finished:
        begun = self._commands.begin(request, context.access, context.invocation_metadata())
        return await self._commands.finish(begun, decision_wait_s(wait, context.time_remaining()))

    def _order_of(self, done: Finished) -> api.OrderView | None:
        partition, fate = self._view.partitions[done.partition], done.fate
        order = partition.blotter.find(_key(fate.command)) or partition.blotter.orders.get(fate.order_id)
        return self._view_of(order, done.partition) if order is not None else None

    async def GetOrder(self, request: api.GetOrderRequest, context: Any) -> api.GetOrderResponse:
        self._check(request)
        desk_id, trading_date, cl_ord_id = key = _order_key(request)
        context.access.desk(Right.READ, desk_id)
        desk = self._view.reference.desks.get(desk_id)
        if desk is None:
            raise Refused(Code.NOT_FOUND, f"no desk {desk_id}")
        order = self._view.partitions[desk.partition].blotter.find(key)
        if order is None:
            await self._read_to_end(desk.partition)
            order = self._view.partitions[desk.partition].blotter.find(key)
        if order is None:
            named = order_id_of(desk_id, trading_date, cl_ord_id)
            raise Refused(
                Code.NOT_FOUND, f"no order {named} (older ones than the gateway keeps are in the audit's tables)"
            )
        return api.GetOrderResponse(order=self._view_of(order, desk.partition))

    def _view_of(self, order: OrderState, partition: int) -> api.OrderView:
        found = self._view.partitions[partition]
        return in_list(order_view(order, self._view.reference, found.venues), found.blotter.lists.of(order.terms))

    async def _read_to_end(self, partition: int) -> None:
        tp = TopicPartition(topics.ORDERS, partition)
        ends = await asyncio.to_thread(self._log.ends, [tp])
        try:
            async with asyncio.timeout(CATCH_UP_WAIT_S):
                await self._view.partitions[partition].received.reach(ends[tp])
        except TimeoutError as error:
            raise Refused(Code.UNAVAILABLE, "the gateway has not read far enough to tell: ask again") from error

    async def ListOrders(self, request: api.ListOrdersRequest, context: Any) -> api.ListOrdersResponse:
        self._check(request)
        sees = _seen(request.desk_id, context.access)
        before = _page_of(request.page_token, len(self._view.partitions))
        size = request.page_size or PAGE_SIZE
        wanted = _filter(request)
        found = list(islice(self._matching(request, wanted, before, sees), size + 1))
        response = api.ListOrdersResponse(orders=[self._view_of(o, p) for p, o in found[:size]])
        if request.count_matches and not request.page_token:
            response.tot_num_reports = sum(1 for _ in self._matching(request, wanted, before, sees))
        if len(found) > size:
            for partition, order in found[:size]:
                before[partition] = order.place
            response.next_page_token = ".".join(str(offset) for offset in before)
        response.last_rpt_requested = len(found) <= size
        for status, count in self._counts(request.desk_id, sees):
            response.counts.add(ord_status=int(status), count=count)
        return response

    def _matching(
        self, request: api.ListOrdersRequest, wanted: OrderFilter, before: list[int], sees: Callable[[str], bool]
    ) -> Iterator[tuple[int, OrderState]]:
        """Newest first, by partition and by when the command was entered."""

        def of(number: int) -> Iterator[tuple[int, OrderState]]:
            partition, reference = self._view.partitions[number], self._view.reference
            covers = partition.mass_cancels.covers
            for order in reversed(partition.blotter.orders.values()):
                unseen = before[number] < 0 or order.place < before[number]
                ended = request.open_only and order.ord_status.is_terminal
                if unseen and not ended and covers(reference, wanted, order) and sees(order.terms.desk_id):
                    yield number, order

        return merge(*(of(p) for p in range(len(before))), key=lambda item: -item[1].terms.entered_ns)

    def _counts(self, desk_id: str, sees: Callable[[str], bool]) -> list[tuple[OrdStatus, int]]:
        counts: dict[OrdStatus, int] = {}
        for partition in self._view.partitions:
            for (desk, status), count in partition.blotter.counts.items():
                if count and (not desk_id or desk == desk_id) and sees(desk):
                    counts[status] = counts.get(status, 0) + count
        return sorted(counts.items())

    async def Subscribe(self, request: api.SubscribeRequest, context: Any) -> AsyncIterator[api.SubscribeResponse]:
        self._check(request)
        access: CallAccess = context.access
        access.desk(Right.READ, request.desk_id)
        stream = await self._streams.open(request, lambda: access.desk(Right.READ, request.desk_id))
        async with aclosing(responses(stream)) as sent:
            async for response in sent:
                yield response

    async def Session(
        self, request_iterator: AsyncIterator[api.SessionRequest], context: Any
    ) -> AsyncIterator[api.SessionResponse]:
        frames = session(self._streams, self._commands, request_iterator, context.access, context.invocation_metadata())
        async with aclosing(frames) as sent:
            async for response in sent:
                yield response

    async def ListQuotes(self, request: api.ListQuotesRequest, context: Any) -> api.ListQuotesResponse:
        self._check(request)
        response = api.ListQuotesResponse()
        wanted = [request.instrument_id] if request.instrument_id else sorted(self._view.market.instruments())
        for instrument_id in wanted:
            market = self._view.market.instrument(instrument_id)
            if market is not None:
                response.instruments.append(quotes_view(instrument_id, market, self._view.reference))
            elif request.instrument_id and instrument_id not in self._view.reference.instruments:
                raise Refused(Code.NOT_FOUND, f"no instrument {instrument_id}")
        return response

    async def ListPositions(self, request: api.ListPositionsRequest, context: Any) -> api.ListPositionsResponse:
        self._check(request)
        sees = _seen(request.desk_id, context.access)
        wanted = Wanted(request.desk_id, request.account_id, request.instrument_id, request.totals_only, sees)
        books = [partition.blotter.book for partition in self._view.partitions]
        tape_ns = tape_now(self._view.control.anchor, self._clock.now_ns())
        return list_positions(books, self._view.reference, self._view.market, tape_ns, wanted)

    async def WatchAlerts(
        self, request: api.WatchAlertsRequest, context: Any
    ) -> AsyncIterator[api.WatchAlertsResponse]:
        self._check(request)
        async with aclosing(alerts(self._streams, request, context.access)) as sent:
            async for response in sent:
                yield response

    def _check(self, request: Message) -> None:
        require_ready(self._view)
        if errors := errors_of(request):
            raise invalid(errors)


def _seen(desk_id: str, access: CallAccess) -> Callable[[str], bool]:
    """Which desks an answer may show. A desk that is asked for and may not be seen is refused; unasked, the others are left out."""
    if desk_id:
        access.desk(Right.READ, desk_id)
    return access.caller().sees


def _status(done: Finished) -> api.CommandStatus:
    return command_status(done.fate, done.partition, done.already_received)


def _key(command: Command) -> Key:
    return command.desk_id, command.trading_date, command.cl_ord_id


def _order_key(request: api.GetOrderRequest) -> Key:
    if not request.order_id:
        return request.desk_id, request.trading_date, request.cl_ord_id
    return _key_in("order_id", request.order_id)


def _key_in(field: str, name: str) -> Key:
    parts = name.split("/")
    if len(parts) != 3 or not (parts[1].isascii() and parts[1].isdigit() and len(parts[1]) <= 8):
        raise invalid_field(field, "must be desk/trading date/ClOrdID")
    return parts[0], int(parts[1]), parts[2]


def _page_of(token: str, partitions: int) -> list[int]:
    """Per partition the place to go on before (`OrderState.place`); −1 where nothing was shown yet."""
    if not token:
        return [-1] * partitions
    parts = token.split(".")
    if len(parts) != partitions or not all(p.removeprefix("-").isdigit() and p.isascii() for p in parts):
        raise invalid_field("page_token", "must be the one of the page before")
    return [int(part) for part in parts]


def _filter(request: api.ListOrdersRequest) -> OrderFilter:
    return OrderFilter(
        request.desk_id,
        request.account_id,
        request.instrument_id,
        Side(request.side) if request.side else None,
        request.trader,
        request.strategy,
        request.venue_id,
        client_id=request.client_id,
        counterparty_id=request.counterparty_id,
    )


assert {status.value for status in ListOrderStatus} == set(api.ListOrderStatus.values()) - {0}, "it is the wire's"
assert {state.value for state in CommandState} == set(api.CommandState.values()) - {0}, "CommandState is the wire's"
