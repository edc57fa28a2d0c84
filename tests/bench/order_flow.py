"""A client under load: one gRPC session a desk, orders at a steady rate, the time from each call to its fill.

Orders are marketable limits of one child: DIRECT to a venue, buys and sells in turn, so that positions stay small. The rate is kept
whatever comes back (an open loop): a slow system cannot slow its own measurement.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc.aio
from bench_system import INSTRUMENT, LOT

from oms.core.enums import Algorithm, ExecType, OrdStatus, OrdType, Side, TimeInForce
from oms.v1 import gateway_pb2, gateway_pb2_grpc

api: Any = gateway_pb2

VENUES = ("XALP", "XBET", "XGAM", "XDEL")
DRAIN_S = 20.0
BURST_S = 0.005
"""At high rates orders due within this time leave in one frame."""


@dataclass(slots=True)
class Held:
    """What a hold at a rate brought. Times in seconds; `open_counts`: (seconds since the start, orders sent and not ended)."""

    rate: float
    seconds: float
    took_s: list[float] = field(default_factory=list)
    sent: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    open_counts: list[tuple[float, int]] = field(default_factory=list)
    drained: bool = True

    @property
    def open_now(self) -> int:
        return self.sent - self.ended.total()


class DeskSession:
    """One desk's session. `told` is called with (ClOrdID, how the order ended, when)."""

    def __init__(self, stub: Any, desk_id: str, trading_date: int, told: Callable[[str, str, float], None]) -> None:
        self.desk_id = desk_id
        self._told = told
        self._call = stub.Session()
        self._template = api.SubmitRequest(
            desk_id=desk_id,
            trading_date=trading_date,
            account_id=f"{desk_id}-1",
            instrument_id=INSTRUMENT,
            ord_type=OrdType.LIMIT,
            time_in_force=TimeInForce.DAY,
            order_qty=LOT,
            algorithm=Algorithm.DIRECT,
            requester=api.Requester(entered_by="bench"),
        )

    async def open(self) -> None:
        await self._call.write(api.SessionRequest(subscribe=api.SubscribeRequest(desk_id=self.desk_id)))
        await self._call.read()

    def order(self, cl_ord_id: str, venue_id: str, buy: bool, price: int) -> Any:
        order = api.SubmitRequest()
        order.CopyFrom(self._template)
        order.cl_ord_id, order.venue_id, order.price = cl_ord_id, venue_id, price
        order.side = Side.BUY if buy else Side.SELL
        return order

    async def send(self, orders: Sequence[Any]) -> None:
        commands = [api.SessionCommand(request_no=1, submit=order) for order in orders]
        await self._call.write(api.SessionRequest(commands=commands))

    async def listen(self) -> None:
        """Until the session ends."""
        while (response := await self._call.read()) is not grpc.aio.EOF:
            now = time.perf_counter()
            for ack in response.acks:
                if ack.code:
                    self._told("", ack.message, now)
            for update in response.updates:
                status = update.ord_status
                if update.exec_type == ExecType.TRADE or status in (OrdStatus.REJECTED, OrdStatus.CANCELED):
                    self._told(update.cl_ord_id, OrdStatus(status).name, now)

    async def close(self) -> None:
        await self._call.done_writing()
        self._call.cancel()


class OrderFlow:
    """All desks' sessions."""

    def __init__(self, channel: Any, desks: Sequence[str], trading_date: int, prices: Callable[[], tuple[int, int]]):
        stub: Any = gateway_pb2_grpc.OrderGatewayServiceStub(channel)
        self._sessions = [DeskSession(stub, desk, trading_date, self._end) for desk in desks]
        self._prices = prices
        self._sent_s: dict[str, float] = {}
        self._tag = f"b{time.time_ns() // 1_000_000:x}"
        self._number = 0
        self._held = Held(0, 0)

    async def open(self) -> list["asyncio.Task[None]"]:
        for session in self._sessions:
            await session.open()
        return [asyncio.create_task(session.listen()) for session in self._sessions]

    async def close(self) -> None:
        for session in self._sessions:
            await session.close()

    async def hold(self, rate: float, seconds: float) -> Held:
        """Send at `rate` orders a second for a while, then wait until all have ended."""
        held = self._held = Held(rate, seconds)
        pricing = asyncio.create_task(self._follow_prices())
        try:
            self._bid_ask = await asyncio.to_thread(self._prices)
            start, count = time.perf_counter(), round(rate * seconds)
            looked_s = 0.0
            while held.sent < count:
                now = time.perf_counter() - start
                due = min(count, int(now * rate) + 1) - held.sent
                if due > 0:
                    await self._send(due)
                if now - looked_s >= 0.25:
                    looked_s = now
                    held.open_counts.append((now, held.open_now))
                wait = max(held.sent / rate - (time.perf_counter() - start), BURST_S if rate > 400 else 0.0)
                await asyncio.sleep(max(0.0, wait))
        finally:
            pricing.cancel()
        deadline = time.perf_counter() + DRAIN_S
        while held.open_now and time.perf_counter() < deadline:
            await asyncio.sleep(0.01)
        held.drained = not held.open_now
        return held

    async def open_orders(self, count: int, rate: float) -> None:
        """Send so many, and wait for none of them to end."""
        self._bid_ask = await asyncio.to_thread(self._prices)
        for number in range(0, count, len(self._sessions)):
            await self._send(min(len(self._sessions), count - number))
            await asyncio.sleep(len(self._sessions) / rate)

    async def _send(self, count: int) -> None:
        frames: list[list[Any]] = [[] for _ in self._sessions]
        now = time.perf_counter()
        buy_px, sell_px = self._bid_ask
        for _ in range(count):
            self._number += 1
            number = self._number
            desk = number % len(self._sessions)
            buy = number // len(self._sessions) % 2 == 0
            cl_ord_id = f"{self._tag}-{number}"
            venue = VENUES[number // (2 * len(self._sessions)) % len(VENUES)]
            frames[desk].append(self._sessions[desk].order(cl_ord_id, venue, buy, buy_px if buy else sell_px))
            self._sent_s[cl_ord_id] = now
        self._held.sent += count
        for session, orders in zip(self._sessions, frames, strict=True):
            if orders:
                await session.send(orders)

    async def _follow_prices(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            self._bid_ask = await asyncio.to_thread(self._prices)

    def _end(self, cl_ord_id: str, how: str, now: float) -> None:
        sent = self._sent_s.pop(cl_ord_id, None) if cl_ord_id else now
        if sent is None:
            return
        self._held.ended[how] += 1
        if how == OrdStatus.FILLED.name:
            self._held.took_s.append(now - sent)


@asynccontextmanager
async def order_flow(
    address: str, desks: Sequence[str], trading_date: int, prices: Callable[[], tuple[int, int]]
) -> AsyncIterator[OrderFlow]:
    async with grpc.aio.insecure_channel(address) as channel:
        flow = OrderFlow(channel, desks, trading_date, prices)
        listeners = await flow.open()
        try:
            yield flow
        finally:
            await flow.close()
            await asyncio.gather(*listeners, return_exceptions=True)
