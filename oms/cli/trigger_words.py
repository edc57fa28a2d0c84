"""What the router does in the place of a venue, in the words of an order's biography: each names the emulation and the market it used.

Rows of the audit's JSON in, one line out; figures are decimals at the instrument's scales.
"""

from collections.abc import Mapping
from typing import Any

from oms.cli.decimals import to_text
from oms.cli.units import Scales

Event = Mapping[str, Any]

_WHAT = {
    "STOP": "stop emulated by the router",
    "TRAILING_STOP": "trailing stop emulated by the router",
    "PEG": "peg emulated by the router",
    "DISPLAYED": "held by the router",
    "RESUME": "suspended by a halt",
}


def trigger_words(kind: str, e: Event, s: Scales) -> str:
    """One line for TriggerArmed, Triggered, StopMoved, Repegged or ChildReplaced."""

    def px(name: str) -> str:
        return to_text(int(e.get(name) or 0), s.price)

    def qty(name: str) -> str:
        return to_text(int(e.get(name) or 0), s.qty)

    market = f"oms.market/{e.get('market_partition')}@{e.get('market_offset', e.get('market_position'))}"
    what = _WHAT.get(str(e.get("kind")), str(e.get("kind")))
    match kind:
        case "TriggerArmed":
            return f"{what}: {_armed(e, px, qty)}"
        case "Triggered":
            return (
                f"{what}: {_met(e, px, qty, market)}"
                if e["basis"] != "VENUE"
                else f"met at {e['venue_id']}, as it says"
            )
        case "StopMoved":
            by = f"by the trade at {px('market_px')} ({e['venue_id']}, {market})"
            return f"trailing stop emulated by the router: moved from {px('previous_px')} to {px('stop_px')} {by}"
        case "Repegged":
            seen = f"bid {px('bid_px')}, ask {px('ask_px')} below {market}"
            return f"peg emulated by the router: from {px('previous_px')} to {px('price')} ({seen})"
        case _:
            return f"now {qty('order_qty')} @ {px('price')}"


def _armed(e: Event, px: Any, qty: Any) -> str:
    match e["kind"]:
        case "STOP":
            return f"armed at {px('price')}"
        case "TRAILING_STOP":
            return f"armed at {px('price')}, {px('offset')} from the best trade"
        case "PEG":
            return f"at {px('price')}" if int(e["price"]) else "waits for a price to follow"
        case "DISPLAYED":
            return f"until a venue displays {qty('qty')} within {px('price')}"
        case _:
            return "goes on when it ends"


def _met(e: Event, px: Any, qty: Any, market: str) -> str:
    match e["basis"]:
        case "LAST_TRADE":
            return f"armed at {px('price')}, triggered by last trade {px('market_px')} ({e['venue_id']}, {market})"
        case "BEST_QUOTE" if e["kind"] == "DISPLAYED":
            return f"{e['venue_id']} displays {qty('market_qty')} @ {px('market_px')} ({market})"
        case "BEST_QUOTE":
            return f"armed at {px('price')}, triggered by best quote {px('market_px')} ({e['venue_id']}, {market}): no trade of late"
        case _:
            return "the halt has ended"
