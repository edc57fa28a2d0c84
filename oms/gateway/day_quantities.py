"""What an order that lives for days did on the trading day it is in: DayOrderQty, DayCumQty (FIX 424, 425) and what DayAvgPx (426) is made of."""

from dataclasses import dataclass

from oms.core.routing_events import ParentChanged, ParentTraded, TradeCorrected, TradeSuperseded
from oms.gateway.int128 import int128
from oms.v1 import gateway_pb2 as api


@dataclass(frozen=True, slots=True)
class DayQuantities:
    """DayAvgPx = `notional` / `cum_qty`, at the price's scale. All 0 where the order has no trading day."""

    order_qty: int = 0
    cum_qty: int = 0
    notional: int = 0

    @classmethod
    def of(cls, event: ParentTraded | ParentChanged | TradeSuperseded | TradeCorrected) -> "DayQuantities":
        return cls(event.day_order_qty, event.day_cum_qty, event.day_notional)

    def into(self, message: api.OrderView | api.OrderUpdate) -> None:
        """Into the fields of the API; left unset where there is no day."""
        if self != NO_DAY:
            message.day_order_qty, message.day_cum_qty = self.order_qty, self.cum_qty
            message.day_notional.CopyFrom(int128(self.notional))


NO_DAY = DayQuantities()
