"""Carries a plan out against a running system: order flow of several desks, paced by tape time, through the gateway.

Each desk has a thread of its own and sends its actions in order, each when the tape reaches its time (late ones at once). A request
that is not answered is sent again with the same id until it is: an acknowledged order is known here, so that a lost one is found.

It knows the gateway's API only. What the orders did is for `oms.testing.reconcile` to find out.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from oms.cli.client import GatewayClient, GatewayRefused, GatewayUnavailable, gateway_messages, retried
from oms.cli.instance import CliError
from oms.core.commands import order_id_of
from oms.core.control import ClockAnchor, tape_now
from oms.core.dates import utc_date
from oms.core.enums import Algorithm, OrdStatus, OrdType, Side
from oms.core.reference import Account, Entity, Instrument
from oms.testing.workload_plan import (
    Change,
    DeskAccounts,
    Fault,
    PlannedAction,
    PlannedCancel,
    PlannedOrder,
    PlannedReplace,
    Pricing,
    plan,
)
from oms.wire.codec import from_message

PATIENCE_S = 120.0
"""How long a request is repeated: a killed service is back within seconds; beyond this something else is wrong."""

QUOTE_WAIT_S = 10.0
"""How long an order waits for a market to price it by; then it is left out and counted."""

ANCHOR_AGE_S = 0.5
POLL_S = 0.05
SETTLE_POLL_S = 0.25
QUIET_POLLS = 3
"""So often in a row nothing must be open: what was just sent may be a moment away from the gateway's view."""

CANCEL_AGAIN_S = 5.0
THROUGH_TICKS, THROUGH_BPS = 6, 10
"""How far through the far side a marketable limit is priced: the larger of the two."""

SIZED_OF_TEN = 8
"""So many of ten marketable orders ask for no more than is shown; the others sweep, and may be filled in part."""

SMALLEST_UNITS = 100

UNKNOWN_INSTRUMENT = "NO-SUCH"
_BPS = 10_000


class WorkloadError(Exception):
    """The workload cannot go on; one line."""


@dataclass(frozen=True, slots=True)
class SentOrder:
    """An acknowledged order. A duplicate's refusal is not one: its id belongs to another order."""

    order_id: str
    planned: PlannedOrder
    trading_date: int
    price: int | None


@dataclass(frozen=True, slots=True)
class Finished:
    """What was still open when waiting ended; both empty where all is settled."""

    open_order_ids: tuple[str, ...]
    unknown_order_ids: tuple[str, ...]
    waited_s: float


@dataclass(slots=True)
class TapeTime:
    """Tape time now, from the anchor that the gateway last told. A gateway that is away keeps the last one in force."""

    client: GatewayClient
    anchor: ClockAnchor | None = None
    _read_s: float = -1.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now_ns(self) -> int | None:
        """None before the clock was set."""
        with self._lock:
            if time.monotonic() - self._read_s > ANCHOR_AGE_S:
                self._refresh()
            return tape_now(self.anchor, time.time_ns()) if self.anchor is not None else None

    def _refresh(self) -> None:
        try:
            status = self.client.control_status(timeout_s=2.0)
        except CliError:
            return
        finally:
            self._read_s = time.monotonic()
        if status.HasField("anchor"):
            a = status.anchor
            self.anchor = ClockAnchor(a.wall_ns, a.tape_ns, a.speed_milli, a.label)


def plan_for(
    client: GatewayClient, seed: int, start_ns: int, end_ns: int, orders: int, desks: int, tag: str
) -> list[PlannedAction]:
    """A plan over the first `desks` desks and all enabled instruments that the system knows."""
    entities = [from_message(item.entity, Entity) for item in client.reference()]
    accounts: dict[str, list[str]] = {}
    for entity in entities:
        if isinstance(entity, Account) and entity.enabled:
            accounts.setdefault(entity.desk_id, []).append(entity.account_id)
    chosen = tuple(DeskAccounts(desk, tuple(sorted(accounts[desk]))) for desk in sorted(accounts)[:desks])
    instruments = tuple(
        sorted((e for e in entities if isinstance(e, Instrument) and e.enabled), key=lambda i: i.instrument_id)
    )
    if len(chosen) < desks or not instruments:
        raise WorkloadError(
            f"{desks} desks are wanted; there are {len(chosen)} with accounts, and {len(instruments)} instruments"
        )
    return plan(seed, chosen, instruments, start_ns, end_ns, orders, tag)


class Runner:
    """`start`, then `join` (or watch `running` and `counts`), then `finish`."""

    def __init__(
        self,
        client: GatewayClient,
        actions: Sequence[PlannedAction],
        instruments: Sequence[Instrument],
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._client, self._patience_s = client, patience_s
        self._instruments = {i.instrument_id: i for i in instruments}
        self._tape = TapeTime(client)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._failures: list[BaseException] = []
        self._desks = sorted({a.desk_id for a in actions})
        self._threads = [
            threading.Thread(target=self._guarded, args=([a for a in actions if a.desk_id == desk],), daemon=True)
            for desk in self._desks
        ]
        self.actions = len(actions)
        self.sent: dict[int, SentOrder] = {}
        self.counts: Counter[str] = Counter()
        self.refused: list[str] = []

    @classmethod
    def over(cls, client: GatewayClient, actions: Sequence[PlannedAction]) -> "Runner":
        """A runner with the instruments that the system knows."""
        entities = [from_message(item.entity, Entity) for item in client.reference("instrument")]
        return cls(client, actions, [e for e in entities if isinstance(e, Instrument)])

    # From start to end

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    @property
    def running(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def stop(self) -> None:
        """Send nothing more; returns at once."""
        self._stop.set()

    def join(self, timeout_s: float | None = None) -> None:
        """Wait until everything is sent. Raises the first failure of a desk."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
        if self._failures:
            raise self._failures[0]

    def acknowledged(self) -> dict[str, SentOrder]:
        """Order id → order, of everything that the gateway has acknowledged."""
        with self._lock:
            return {order.order_id: order for order in self.sent.values()}

    def finish(self, timeout_s: float) -> Finished:
        """Cancel what is open, and wait until nothing is open or unknown."""
        started = time.monotonic()
        again_at, attempt, quiet, left = started, 0, 0, list[Any]()
        while True:
            if time.monotonic() >= again_at:
                self._cancel_all(attempt)
                attempt, again_at = attempt + 1, time.monotonic() + CANCEL_AGAIN_S
            left = self._open_orders(started + timeout_s)
            quiet = 0 if left else quiet + 1
            if quiet >= QUIET_POLLS or time.monotonic() - started > timeout_s:
                break
            time.sleep(SETTLE_POLL_S)
        unknown = tuple(o.order_id for o in left if o.ord_status == OrdStatus.UNKNOWN)
        return Finished(tuple(o.order_id for o in left), unknown, time.monotonic() - started)

    def _cancel_all(self, attempt: int) -> None:
        now_ns = self._tape.now_ns() or time.time_ns()
        for desk in self._desks:
            request = gateway_messages.MassCancelRequest(
                desk_id=desk,
                trading_date=utc_date(now_ns),
                cl_ord_id=f"end-{time.time_ns():x}-{attempt}",
                requester=_REQUESTER,
            )
            self._sure(partial(self._client.mass_cancel, request))

    def _open_orders(self, deadline: float) -> list[Any]:
        patience_s = max(1.0, deadline - time.monotonic())
        return [order for desk in self._desks for order in retried(partial(self._open_of, desk), patience_s)]

    def _open_of(self, desk_id: str) -> list[Any]:
        return list(self._client.all_orders(desk_id, open_only=True))

    # A desk's thread

    def _guarded(self, actions: Sequence[PlannedAction]) -> None:
        try:
            for action in actions:
                if not self._await(action.at_tape_ns):
                    return
                self._act(action)
        except BaseException as error:
            self._failures.append(error)
            self._stop.set()

    def _await(self, at_ns: int) -> bool:
        """False if it was stopped before the tape came there."""
        while not self._stop.is_set():
            now_ns = self._tape.now_ns()
            if now_ns is not None and now_ns >= at_ns:
                return True
            speed = self._tape.anchor.speed_milli if self._tape.anchor is not None else 0
            rest_s = (at_ns - now_ns) / 1e9 * 1000 / speed if now_ns is not None and speed else POLL_S
            self._stop.wait(min(POLL_S, max(0.0005, rest_s)))
        return False

    def _act(self, action: PlannedAction) -> None:
        match action:
            case PlannedOrder():
                self._submit(action)
            case PlannedCancel():
                self._cancel(action)
            case PlannedReplace():
                self._replace(action)

    def _submit(self, order: PlannedOrder) -> None:
        request = self._order_request(order)
        if request is None:
            self._count("left out")
            return
        if not self._answered(lambda: self._client.submit(request), f"{order.cl_ord_id}"):
            return
        if order.kind.fault is Fault.DUPLICATE:
            self._count("duplicates")
            return
        price = int(request.price) if request.HasField("price") else None
        order_id = order_id_of(order.desk_id, request.trading_date, order.cl_ord_id)
        with self._lock:
            self.sent[order.number] = SentOrder(order_id, order, request.trading_date, price)
        self._count("orders")

    def _order_request(self, order: PlannedOrder) -> Any:
        """None where there is no market to price it by."""
        market = self._market(order.instrument_id)
        if market is None:
            return None
        priced = price_order(order, self._instruments[order.instrument_id], market)
        if priced is None:
            return None
        price, venue_id = priced
        original = self.sent.get(_number_of(order.cl_ord_id)) if order.kind.fault is Fault.DUPLICATE else None
        if original is None and order.kind.fault is Fault.DUPLICATE:
            return None  # what it should repeat was never sent
        now_ns = self._tape.now_ns() or order.at_tape_ns
        request = gateway_messages.SubmitRequest(
            desk_id=order.desk_id,
            trading_date=original.trading_date if original is not None else utc_date(order.at_tape_ns),
            cl_ord_id=order.cl_ord_id,
            account_id=order.account_id,
            instrument_id=UNKNOWN_INSTRUMENT if order.kind.fault is Fault.UNKNOWN_INSTRUMENT else order.instrument_id,
            side=order.side,
            ord_type=order.kind.ord_type,
            time_in_force=order.kind.time_in_force,
            order_qty=sized(order, self._instruments[order.instrument_id], market, venue_id),
            algorithm=order.kind.algorithm,
            venue_id=venue_id if order.kind.algorithm is Algorithm.DIRECT else "",
            requester=_REQUESTER,
        )
        if order.kind.ord_type is OrdType.LIMIT:
            request.price = price
        if order.kind.algorithm is Algorithm.TWAP:
            request.twap.start_ns, request.twap.end_ns = now_ns, now_ns + order.twap_ns
            request.twap.slices = order.twap_slices
        return request

    def _cancel(self, cancel: PlannedCancel) -> None:
        target = self.sent.get(cancel.target)
        if target is None:
            return
        request = gateway_messages.CancelRequest(
            desk_id=cancel.desk_id,
            trading_date=utc_date(cancel.at_tape_ns),
            cl_ord_id=cancel.cl_ord_id,
            orig_trading_date=target.trading_date,
            orig_cl_ord_id=target.planned.cl_ord_id,
            requester=_REQUESTER,
        )
        if self._answered(lambda: self._client.cancel(request), cancel.cl_ord_id):
            self._count("cancels")

    def _replace(self, replace: PlannedReplace) -> None:
        target = self.sent.get(replace.target)
        if target is None or target.price is None:
            return
        price = target.price
        if replace.change is Change.PRICE:
            market = self._market(target.planned.instrument_id)
            instrument = self._instruments[target.planned.instrument_id]
            price = improved_price(target.planned.side, price, instrument.tick_size, market)
        request = gateway_messages.ReplaceRequest(
            desk_id=replace.desk_id,
            trading_date=utc_date(replace.at_tape_ns),
            cl_ord_id=replace.cl_ord_id,
            orig_trading_date=target.trading_date,
            orig_cl_ord_id=target.planned.cl_ord_id,
            order_qty=replace.order_qty,
            price=price,
            requester=_REQUESTER,
        )
        if self._answered(lambda: self._client.replace(request), replace.cl_ord_id):
            self._count("replaces")

    # Calls

    def _market(self, instrument_id: str) -> Any:
        """The `InstrumentQuotes` with both sides shown somewhere; None where there is none for a while."""
        deadline = time.monotonic() + QUOTE_WAIT_S
        while not self._stop.is_set():
            for market in self._sure(lambda: self._client.quotes(instrument_id)):
                if any(q.quote.bid_qty for q in market.quotes) and any(q.quote.ask_qty for q in market.quotes):
                    return market
            if time.monotonic() > deadline:
                return None
            self._stop.wait(POLL_S)
        return None

    def _answered(self, call: Callable[[], Any], what: str) -> bool:
        try:
            self._sure(call)
        except (GatewayRefused, GatewayUnavailable) as refusal:
            if isinstance(refusal, GatewayUnavailable) and not refusal.takes_no_orders:
                raise  # what became of it is not known
            self._count("refused at the gateway")
            with self._lock:
                self.refused.append(f"{what}: {refusal}")
            return False
        return True

    def _sure(self, call: Callable[[], Any]) -> Any:
        """The same request until it is answered; the wait is counted, since it is what a desk feels of a failure."""
        try:
            return call()
        except GatewayUnavailable:
            self._count("repeated requests")
            return retried(call, self._patience_s)

    def _count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1


_REQUESTER = gateway_messages.Requester(trader="workload", strategy="seeded")


def _number_of(cl_ord_id: str) -> int:
    return int(cl_ord_id.rsplit("-", 1)[1])


def price_order(order: PlannedOrder, instrument: Instrument, market: Any) -> tuple[int, str] | None:
    """(price, venue) at the market now; a market order has its price ignored. None where a side is not shown anywhere."""
    bids = [(q.quote.bid_px, q.venue_id) for q in market.quotes if q.quote.bid_qty]
    asks = [(q.quote.ask_px, q.venue_id) for q in market.quotes if q.quote.ask_qty]
    if not bids or not asks:
        return None
    buys = order.side is Side.BUY
    bid, ask = max(bids)[0], min(asks)[0]
    near, far = (bid, ask) if buys else (ask, bid)
    takes = order.kind.pricing in (Pricing.MARKET, Pricing.MARKETABLE)
    shown = [
        venue
        for price, venue in ((asks if buys else bids) if takes else (bids if buys else asks))
        if price == (far if takes else near)
    ]
    venue = sorted(shown)[order.venue_pick % len(shown)]
    if takes:
        venue = max(shown, key=lambda venue_id: (_far_size(order.side, market, venue_id), venue_id))
    tick = instrument.tick_size
    if order.kind.fault is Fault.PRICE_COLLAR:
        return _to_tick(far * (_BPS + order.side.sign * 1000) // _BPS, tick), venue
    if takes:
        through = max(THROUGH_TICKS * tick, far * THROUGH_BPS // _BPS // tick * tick)
        return max(tick, _to_tick(far, tick) + order.side.sign * through), venue
    price = _to_tick(near, tick)
    if order.kind.pricing is Pricing.IMPROVE:
        price = improved_price(order.side, price, tick, market)
    return price + (tick // 2 if order.kind.fault is Fault.OFF_TICK else 0), venue


def sized(order: PlannedOrder, instrument: Instrument, market: Any, venue_id: str) -> int:
    """The quantity planned; of most marketable orders at most what is shown (at the venue of a DIRECT one), in lots."""
    if not order.marketable or order.venue_pick % 10 >= SIZED_OF_TEN:
        return order.order_qty
    direct = order.kind.algorithm is Algorithm.DIRECT
    shown = _far_size(order.side, market, venue_id if direct else "")
    smallest = SMALLEST_UNITS if instrument.qty_scale == 0 and not direct else 1
    lots = max(shown, smallest) // instrument.lot_size
    return min(order.order_qty, max(1, lots) * instrument.lot_size)


def _far_size(side: Side, market: Any, venue_id: str) -> int:
    """What is shown at the best price of the side that an order would take, at one venue or (empty) at all that show it."""
    if side is Side.BUY:
        shown = [(q.quote.ask_px, q.quote.ask_qty, q.venue_id) for q in market.quotes if q.quote.ask_qty]
    else:
        shown = [(-q.quote.bid_px, q.quote.bid_qty, q.venue_id) for q in market.quotes if q.quote.bid_qty]
    best = min(shown)[0]
    return sum(qty for px, qty, venue in shown if px == best and venue_id in ("", venue))


def improved_price(side: Side, price: int, tick: int, market: Any) -> int:
    """One tick better than `price` if that takes nothing; else `price`."""
    better = price + side.sign * tick
    if market is None:
        return price
    bids = [q.quote.bid_px for q in market.quotes if q.quote.bid_qty]
    asks = [q.quote.ask_px for q in market.quotes if q.quote.ask_qty]
    crosses = (bool(asks) and better >= min(asks)) if side is Side.BUY else (bool(bids) and better <= max(bids))
    return price if crosses or better <= 0 else better


def _to_tick(price: int, tick: int) -> int:
    return price // tick * tick
