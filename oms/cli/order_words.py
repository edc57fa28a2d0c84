"""An order in words: what it asks, what is pending, where its children are, and who is waited for. Converts an `OrderView`, decides nothing."""

from typing import Any

from oms.cli.decimals import to_text
from oms.cli.output import fill_row, order_row, time_text
from oms.cli.units import duration_text
from oms.core.enums import ContingencyType, ExecInst, ExecType, LegState, OrdStatus, PegPriceType, SelfMatchPrevention
from oms.gateway.venue_states import Wait


def order_fields(order: Any) -> dict[str, Any]:
    """An `OrderView` in full, fills included."""
    fills = [fill_row(fill, order) for fill in order.fills]
    return {
        **order_row(order),
        "text": order.text,
        "limit_version": order.limit_version if order.limit_version >= 0 else None,
        "decision_offset": order.decision_offset if order.decision_offset >= 0 else None,
        "cl_ord_ids": list(order.cl_ord_ids),
        "instructions": instruction_text(order),
        "pending_request": pending_text(order),
        "waiting": waiting_text(order),
        "at_venues": [child_row(child, order) for child in order.children],
        "venues": list(order.venues),
        "fills": fills,
        "fill_count": order.fill_count,
        "updated": time_text(order.updated_ns),
        "list": order.list_id,
        "contingency": ContingencyType(order.contingency).name if order.HasField("contingency") else "",
        "leg": LegState(order.leg_state).name.lower() if order.HasField("leg_state") else "",
        "released": to_text(order.released_qty, order.qty_scale) if order.HasField("released_qty") else "",
    }


def instruction_text(order: Any) -> str:
    """What the order asks beyond its plain terms, in the words of `oms submit`; empty where nothing."""
    m, scale, qty_scale = order.instructions, order.price_scale, order.qty_scale
    words = []
    if m.HasField("stop_px"):
        words.append(f"stop {to_text(m.stop_px, scale)}")
    if m.HasField("peg"):
        words.append(f"{PegPriceType(m.peg.price_type).name} {to_text(m.peg.offset, scale)}")
    if m.HasField("display_qty"):
        words.append(f"shows {to_text(m.display_qty, qty_scale)}" if m.display_qty else "hidden")
    if m.min_qty:
        words.append(f"at least {to_text(m.min_qty, qty_scale)}")
    words += [ExecInst(i).name for i in m.exec_inst]
    if m.expire_ns:
        words.append(f"until {time_text(m.expire_ns)}")
    if m.expire_date:
        words.append(f"until {m.expire_date} (market date)")
    if m.good_for_ns:
        words.append(f"for {duration_text(m.good_for_ns)}")
    if m.HasField("smp"):
        words.append(f"{SelfMatchPrevention(m.smp).name} {m.smp_id}".rstrip())
    return ", ".join(words)


def pending_text(order: Any) -> str:
    """The request that is not settled yet."""
    if not order.HasField("pending"):
        return ""
    p = order.pending
    asks = ""
    if p.exec_type == ExecType.PENDING_REPLACE:
        price = f" at {to_text(p.price, order.price_scale)}" if p.HasField("price") else ""
        asks = f": {to_text(p.order_qty, order.qty_scale)}{price}"
    return f"{ExecType(p.exec_type).name} {p.cl_ord_id}{asks}"


_OURS = {Wait.DECISION: "risk", Wait.GATEWAY: "gateway"}
"""Who of us is waited for, where it is no venue; else the router."""


def waiting_text(order: Any) -> str:
    """Who is waited for, since when, and what is being done."""
    if not order.HasField("waiting"):
        return ""
    w = order.waiting
    whom = w.whom or _OURS.get(Wait(w.what), "router")
    return f"{whom} since {time_text(w.since_ns)}: {w.doing}"


def child_row(child: Any, order: Any) -> dict[str, Any]:
    """A child that is open at a venue, as the venue last described it."""
    return {
        "child": child.child_id.removeprefix(order.order_id + "."),
        "venue": child.venue_id,
        "status": OrdStatus(child.ord_status).name,
        "qty": to_text(child.order_qty, order.qty_scale),
        "price": to_text(child.price, order.price_scale) if child.HasField("price") else "",
        "filled": to_text(child.cum_qty, order.qty_scale),
        "since": time_text(child.since_ns),
        "waits_for": Wait(child.waits_for).name if child.HasField("waits_for") else "",
    }
