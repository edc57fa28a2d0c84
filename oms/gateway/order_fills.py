"""What later events make of the fills that the gateway shows of an order: a real trade for an inferred one, a correction, a bust.

A fill that is not kept any more is left alone. Both functions change the fills in place, and say by how many there are more or less.
"""

from collections import deque
from dataclasses import replace

from oms.core.routing_events import ParentTraded, TradeCorrected, TradeSuperseded


def superseded(fills: deque[ParentTraded], event: TradeSuperseded) -> int:
    """The real trade stands in the place of the inferred one, or of its part; what a part leaves over goes on standing."""
    for place, fill in enumerate(fills):
        if fill.exec_id != event.inferred_exec_id:
            continue
        fills[place] = replace(
            fill, exec_id=event.exec_id, last_qty=event.last_qty, last_px=event.last_px,
            liquidity=event.liquidity, transact_ns=event.transact_ns, inferred=False,
        )  # fmt: skip
        if fill.last_qty > event.last_qty:
            fills.append(replace(fill, last_qty=fill.last_qty - event.last_qty))
            return 1
        return 0
    return 0


def corrected(fills: deque[ParentTraded], event: TradeCorrected) -> int:
    """The fill has its new name and figures; one that was taken back is no fill any more. A trade that came in parts is one from here on."""
    named = (event.venue_id, event.exec_ref_id)
    parts = [place for place, fill in enumerate(fills) if (fill.venue_id, fill.exec_id) == named]
    if parts and event.new_qty:
        first = fills[parts[0]]
        fills[parts.pop(0)] = replace(first, exec_id=event.exec_id, last_qty=event.new_qty, last_px=event.new_px)
        change = -len(parts)
    else:
        change = -max(1, len(parts)) + bool(event.new_qty)
    for place in reversed(parts):
        del fills[place]
    return change
