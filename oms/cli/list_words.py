"""What happened to an order through its list, in one line: who held it, let it go, put it aside or took from it, and why."""

from collections.abc import Mapping
from typing import Any

from oms.cli.decimals import to_text
from oms.cli.units import Scales

_STATES = {
    "HELD": "held until the first order of its list is executed",
    "ARMED": "waits in the router for its price",
    "DUE": "its price was reached; it waits until nothing of the others is at a venue",
    "LIVE": "works",
    "LEAVING": "is taken off its venues",
}


def list_words(kind: str, e: Mapping[str, Any], scales: Scales) -> str:
    """Of the events `ListOpened`, `LegChanged`, `LegReduced`, `LegCounted`."""

    def qty(name: str) -> str:
        return to_text(int(e[name] or 0), scales.qty)

    match kind:
        case "ListOpened":
            names = ", ".join(_name(order_id) for order_id in e["order_ids"])
            return f"{e['contingency']} of {names}"
        case "LegReduced":
            return f"to {qty('order_qty')}: {_name(e['by_order_id'])} executed {qty('executed_qty')}"
        case "LegCounted":
            return f"{qty('counted_qty')} executed count for the others"
        case _:
            by = e.get("by_order_id") or ""
            who = f", by {_name(by)}" if by and by != e["order_id"] else ", by the market" if by else ""
            released = f", {qty('released_qty')} released" if e.get("released_qty") is not None else ""
            return f"{_STATES[e['leg_state']]}{released}{who}"


def _name(order_id: str) -> str:
    return order_id.rpartition("/")[2]
