"""What an operator of the simulated venues may do, act by act: checked, carried out by the exchange, noted for the log.

It decides what an act needs and why one cannot be done; a refused act changes nothing. It numbers and sends nothing: what follows for the
members is in the exchange's reports. No I/O, no clock.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from oms.core.enums import ExecRestatementReason, VenueFeature
from oms.core.matching import BookError
from oms.feeds.tape import TapeTrade
from oms.venues.exchange import Exchange
from oms.venues.operator_messages import OperatorAct, OperatorDone, OperatorReject, OperatorRequest
from oms.venues.venue_days import Moment
from oms.venues.venue_order import Execution
from oms.venues.venue_records import BookKey

_MOMENTS = {
    OperatorAct.CALL_OPEN: Moment.CALL_OPEN,
    OperatorAct.CALL_CLOSE: Moment.CALL_CLOSE,
    OperatorAct.UNCROSS: Moment.UNCROSS_OPEN,
    OperatorAct.END_DAY: Moment.END_DAY,
    OperatorAct.NEW_DAY: Moment.BEGIN_DAY,
}
_AUCTIONS = (OperatorAct.CALL_OPEN, OperatorAct.CALL_CLOSE, OperatorAct.UNCROSS)


class Refused(Exception):
    """Why an act cannot be done; nothing was changed."""


class Operator:
    """`journal`: what was done since the last `clear`, for the log."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.journal: list[dict[str, Any]] = []

    def clear(self) -> None:
        self.journal = []

    def act(self, request: OperatorRequest, now_ns: int) -> OperatorDone | OperatorReject:
        try:
            did = self._act(request, self._books(request), now_ns)
        except (Refused, BookError) as error:
            return OperatorReject(request.request, str(error))
        if request.act is OperatorAct.SCALES:
            return OperatorDone(request.request, tuple(did))
        self.journal.append(
            {
                "Act": request.act.value, "Venue": request.venue, "Symbol": request.symbol, "ExecID": request.exec_id,
                "Order": request.order, "LastQty": request.last_qty, "LastPx": request.last_px, "TimeNs": now_ns,
            }
        )  # fmt: skip
        return OperatorDone(request.request, tuple(did))

    def _books(self, request: OperatorRequest) -> list[BookKey]:
        found = [key for key in self._exchange.books if key[0] == request.venue and request.symbol in ("", key[1])]
        if not found:
            listed = f" that lists {request.symbol}" if request.symbol else ""
            raise Refused(f"no venue {request.venue} takes orders here{listed}")
        return found

    def _act(self, request: OperatorRequest, keys: Sequence[BookKey], now_ns: int) -> Sequence[str]:
        match request.act:
            case OperatorAct.BUST:
                return self._execution(request, keys, lambda key: self._exchange.bust(key, request.exec_id, now_ns))
            case OperatorAct.CORRECT:
                px, qty = request.last_px, request.last_qty
                return self._execution(
                    request, keys, lambda key: self._exchange.correct(key, request.exec_id, px, qty, now_ns)
                )
            case OperatorAct.CANCEL | OperatorAct.RESTATE:
                return self._order(request, now_ns)
            case OperatorAct.TRADE:
                return self._trade(request, keys, now_ns)
            case OperatorAct.SUSPEND | OperatorAct.RESUME:
                return self._trading(request, keys, now_ns)
            case OperatorAct.SCALES:
                scales = self._exchange.scales
                return [f"{symbol} {scales[symbol][0]} {scales[symbol][1]}" for _, symbol in keys]
            case OperatorAct.HOLD:
                self._exchange.holding.add(request.venue)
                return [f"{request.venue} holds requests"]
            case OperatorAct.RELEASE:
                return [f"{self._exchange.release(request.venue, now_ns)} requests carried out"]
            case (
                OperatorAct.CALL_OPEN
                | OperatorAct.CALL_CLOSE
                | OperatorAct.UNCROSS
                | OperatorAct.END_DAY
                | OperatorAct.NEW_DAY
            ):
                return self._moment(request, keys, now_ns)

    def _execution(self, request: OperatorRequest, keys: Sequence[BookKey], do: Callable[[BookKey], None]) -> list[str]:
        """The book that knows the execution; the last one's word where none does."""
        if not request.exec_id:
            raise Refused(f"{request.act.value} needs an ExecID")
        fault = BookError(f"no execution {request.exec_id}")
        for key in keys:
            try:
                do(key)
            except BookError as error:
                fault = error if not str(error).startswith("no execution") else fault
                continue
            return [f"{request.exec_id} in {key[1]}: {request.act.value}"]
        raise fault

    def _order(self, request: OperatorRequest, now_ns: int) -> list[str]:
        order = self._exchange.order_named(request.venue, request.order)
        if order is None:
            raise Refused(f"{request.venue} knows no order {request.order or '(none named)'}")
        if order.status.is_terminal:
            raise Refused(f"{order.order_id} is {order.status.name}")
        if request.act is OperatorAct.CANCEL:
            self._exchange.cancel_unasked(order, ExecRestatementReason.MARKET_OPTION, now_ns)
        elif (why := self._exchange.decline(order, request.last_qty, now_ns)) is not None:
            raise Refused(why)
        return [f"{order.order_id} ({order.cl_ord_id}) of {order.session_id}: {order.status.name}"]

    def _trade(self, request: OperatorRequest, keys: Sequence[BookKey], now_ns: int) -> list[str]:
        """A print; with an order named, one tick through its price, so that it is reached whatever queue stands before it."""
        px, symbol, qty = request.last_px, request.symbol, request.last_qty
        if request.order:
            order = self._exchange.order_named(request.venue, request.order)
            if order is None or order.status.is_terminal:
                raise Refused(f"{request.venue} has no open order {request.order}")
            resting = order.pegged_px or order.price
            if not resting:
                raise Refused(f"{order.order_id} rests at no price")
            symbol = order.symbol
            px = resting - order.side.sign * self._exchange.books[order.venue, symbol].tick_size
        if px <= 0 or qty <= 0 or not symbol:
            raise Refused("trade needs a positive quantity, and a price and an instrument, or an order")
        before = len(self._exchange.executions)
        self._exchange.on_trade(TapeTrade(now_ns, request.venue, symbol, px, qty, "operator", False))
        done = self._exchange.executions[before:]
        return self._executed(done) or ["no order was reached"]

    def _trading(self, request: OperatorRequest, keys: Sequence[BookKey], now_ns: int) -> list[str]:
        suspends = request.act is OperatorAct.SUSPEND
        found = [key for key in keys if (key in self._exchange.suspended) is not suspends]
        if not found:
            raise Refused(f"{request.venue} is {'suspended already' if suspends else 'not suspended'}")
        for key in found:
            (self._exchange.suspend if suspends else self._exchange.resume)(key, now_ns)
        return [f"{symbol}: {'suspended' if suspends else 'trading goes on'}" for _, symbol in found]

    def _moment(self, request: OperatorRequest, keys: Sequence[BookKey], now_ns: int) -> list[str]:
        if request.act in _AUCTIONS and VenueFeature.AUCTIONS not in self._exchange.terms(request.venue).features:
            raise Refused(f"{request.venue} does not offer AUCTIONS")
        before = len(self._exchange.executions)
        fault: BookError | None = None
        did: list[str] = []
        for key in keys:
            try:
                self._exchange.at_moment(key, _MOMENTS[request.act], now_ns)
                did.append(f"{key[1]}: {self._exchange.books[key].phase.name}")
            except BookError as error:  # of one instrument: the others may be in another phase
                fault = error
        if fault is not None and not did:
            raise fault
        done = self._exchange.executions[before:]
        return [*did, *self._executed(done)]

    def _executed(self, done: Sequence[Execution]) -> list[str]:
        """Executions in words, with decimals as people write them."""
        lines = []
        for e in done:
            px, qty = (
                _decimal(v, s) for v, s in zip((e.last_px, e.last_qty), self._exchange.scales[e.symbol], strict=True)
            )
            lines.append(f"{e.exec_id}: {qty} of {e.order_id} at {px}")
        return lines


def _decimal(value: int, scale: int) -> str:
    return f"{Decimal(value).scaleb(-scale).normalize():f}"
