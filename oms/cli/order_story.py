"""An order's biography as one picture: who, when, the decision with its limits, the children, the quotes considered, every event.

Pure: rows of `oms.order_biography` in, plain values for people and programs out. Figures are decimals at the instrument's scales.
Invariant: everything it says stands in an event of the rows; where an event is not there (not audited yet), its part is empty.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from oms.cli.decimals import to_text
from oms.cli.decision_words import reason_words, refusal_text
from oms.cli.list_words import list_words
from oms.cli.output import time_text
from oms.cli.trigger_words import trigger_words
from oms.cli.units import Scales, in_unit, roughly
from oms.core.risk.checks import CHECK_NAMES

NET_PRICE_SCALE = 14
"""Of a candidate's score (`oms.core.money.net_price`)."""

_DECISIONS = {"OrderAccepted": "ACCEPTED", "OrderRejected": "REJECTED"}
Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One row: an event, where it is recorded, and when. Times in nanoseconds UTC; `event_ns` is market time."""

    number: int
    broker_ms: int
    recorded_ns: int
    event_ns: int
    topic: str
    partition: int
    offset: int
    kind: str
    event: Event
    json: str

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> "Step":
        """A row of `BIOGRAPHY_COLUMNS`."""
        number, broker_ms, recorded_ns, event_ns, topic, partition, offset, kind, text = row
        return cls(number, broker_ms, recorded_ns, event_ns, topic, partition, offset, kind, json.loads(text), text)

    @property
    def where(self) -> str:
        return f"{self.topic}/{self.partition}@{self.offset}"


BIOGRAPHY_COLUMNS = "step, timestamp_ms, recorded_ns, event_time_ns, topic, partition, offset, event_type, json"


def story_of(steps: list[Step], scales: Scales, limit_ids: Mapping[int, str]) -> dict[str, Any]:
    """`limit_ids`: version → id of a limit. Keys: who, clocks, decision, children, routing, biography."""
    return {
        "who": _who(steps),
        "clocks": _clocks(steps),
        "decision": _decision(steps, scales, limit_ids),
        "children": _children(steps, scales),
        "routing": [_routing(s, scales) for s in steps if s.kind == "RoutingDecision"],
        "biography": [_line(step, steps[0], scales) for step in steps],
    }


def limit_versions(steps: Iterable[Step]) -> list[int]:
    """Versions of all limits that the steps name."""
    found: set[int] = set()
    for step in steps:
        found.update(v for v in (step.event.get("evidence") or {}).get("limit_versions", ()) if v >= 0)
    return sorted(found)


def instrument_in(steps: Iterable[Step]) -> str:
    """The instrument, empty where no step says it."""
    for step in steps:
        event = step.event.get("order") or step.event
        if event.get("instrument_id"):
            return str(event["instrument_id"])
    return ""


def terms_of(order_id: str, steps: list[Step], scales: Scales) -> dict[str, Any]:
    """The order as its events leave it: for one that the gateway has forgotten."""
    asked = next((s.event.get("order") or s.event for s in steps if s.kind in ("NewOrder", *_DECISIONS)), {})
    last: dict[str, Any] = {}
    for step in steps:
        if step.kind in ("ParentTraded", "TradeCorrected", "ParentChanged"):
            last |= {k: v for k, v in step.event.items() if v is not None}
    rejected = any(s.kind == "OrderRejected" for s in steps)
    qty, cum = last.get("order_qty", asked.get("order_qty")), _int(last.get("cum_qty"))
    notional = _int(last.get("notional"))
    return {
        "order_id": order_id,
        "status": "REJECTED" if rejected else str(last.get("ord_status", "PENDING_NEW")),
        "side": asked.get("side", ""),
        "qty": to_text(_int(qty), scales.qty) if qty is not None else "",
        "instrument": asked.get("instrument_id", ""),
        "type": asked.get("ord_type", ""),
        "price": price_of(last.get("price", asked.get("price")), scales),
        "tif": asked.get("time_in_force", ""),
        "algorithm": asked.get("algorithm", ""),
        "filled": to_text(cum, scales.qty),
        "leaves": to_text(_int(last.get("leaves_qty")), scales.qty),
        "avg_price": to_text(notional * 10**6 // (cum * 10**scales.price), 6) if cum else "",
        "account": asked.get("account_id", ""),
        "reason": last.get("reason") or next((s.event["reason"] for s in steps if s.kind == "OrderRejected"), ""),
        "pending": "",
        "waits_for": "",
        "waits_since": "",
        "entered": time_text(_int(asked.get("entered_ns"))),
    }


def _who(steps: Iterable[Step]) -> dict[str, str]:
    for step in steps:
        said = step.event.get("provenance") or (step.event.get("order") or {}).get("provenance")
        if said:
            names = ("entered_by", "on_behalf_of", "trader", "strategy", "source")
            return {name: str(said.get(name) or "") for name in names}
    return {}


def _clocks(steps: list[Step]) -> dict[str, Any]:
    """When it was entered at the edge, decided by risk, recorded by the broker; and the market's time of the decision."""
    entered_ns = next(
        (
            _int((s.event.get("order") or s.event).get("entered_ns"))
            for s in steps
            if "entered_ns" in (s.event.get("order") or s.event)
        ),
        0,
    )
    decision = next((s for s in steps if s.kind in _DECISIONS), None)
    if decision is None:
        return {"entered": time_text(entered_ns), "decided": "", "decided_after": "", "recorded": "", "market_time": ""}
    return {
        "entered": time_text(entered_ns),
        "decided": time_text(decision.recorded_ns),
        "decided_after": roughly(decision.recorded_ns - entered_ns) if entered_ns else "",
        "recorded": time_text(decision.broker_ms * 10**6),
        "market_time": time_text(decision.event_ns),
    }


def _decision(steps: Iterable[Step], scales: Scales, limit_ids: Mapping[int, str]) -> dict[str, Any]:
    step = next((s for s in steps if s.kind in _DECISIONS), None)
    if step is None:
        return {}
    evidence = step.event["evidence"]
    reason = step.event.get("reason") or ""
    checks = checks_of(evidence, scales, limit_ids)
    price, age = evidence["reference_price"], evidence["reference_age_ns"]
    return {
        "verdict": _DECISIONS[step.kind],
        "where": step.where,
        "reason": reason,
        "words": reason_words(reason),
        "text": refusal_of(step.event, scales) if reason else "",
        "reference_price": price_of(price, scales),
        "reference_price_age": roughly(_int(age)) if age is not None else "",
        "reference_below": evidence["reference_position"],
        "control_below": evidence["control_position"],
        "market_below": f"oms.market/{evidence['market_partition']}@{evidence['market_position']}",
        "checks": checks,
    }


def checks_of(evidence: Event, scales: Scales, limit_ids: Mapping[int, str]) -> list[dict[str, Any]]:
    found = []
    columns = ("checks", "limit_versions", "thresholds", "before", "after")
    for number, version, bound, before, after in zip(*(evidence[c] for c in columns), strict=True):
        name, unit = CHECK_NAMES.get(number, (str(number), ""))
        found.append(
            {
                "check": name,
                "limit": limit_ids.get(version, "") if version >= 0 else "",
                "version": version if version >= 0 else None,
                "threshold": in_unit(_int(bound), unit, scales) if unit else "",
                "before": in_unit(_int(before), unit, scales) if unit else "",
                "after": in_unit(_int(after), unit, scales) if unit else "",
            }
        )
    return found


def _children(steps: Iterable[Step], scales: Scales) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for step in steps:
        e = step.event
        if step.kind == "ChildNew":
            found[e["child_id"]] = {
                "child": e["child_id"].rsplit(".", 1)[-1],
                "child_id": e["child_id"],
                "venue": e["venue_id"],
                "side": e["side"],
                "qty": to_text(e["order_qty"], scales.qty),
                "price": price_of(e["price"], scales),
                "tif": e["time_in_force"],
                "status": "PENDING_NEW",
                "filled": "0",
                "venue_order_id": "",
                "reason": "",
                "words": "",
            }
        child = found.get(e.get("child_id", ""))
        if child is None:
            continue
        if step.kind in ("ChildReport", "ChildClosed"):
            child["status"], child["filled"] = e["ord_status"], to_text(e["cum_qty"], scales.qty)
            child["venue_order_id"] = e.get("venue_order_id") or child["venue_order_id"]
        if step.kind == "FillCorrected":
            child["filled"] = to_text(_int(e["cum_qty"]), scales.qty)
        if step.kind == "ChildUnknown":
            child["status"] = "UNKNOWN"
        if e.get("reason"):
            child["reason"], child["words"] = e["reason"], reason_words(e["reason"])
    return list(found.values())


def _routing(step: Step, scales: Scales) -> dict[str, Any]:
    e = step.event
    return {
        "decision_no": e["decision_no"],
        "where": step.where,
        "algorithm": e["algorithm"],
        "to_place": to_text(_int(e["remaining_qty"]), scales.qty),
        "to_rest": to_text(_int(e["rested_qty"]), scales.qty),
        "market_below": f"oms.market/{e['market_partition']}@{e['market_position']}",
        "quotes": [
            {
                "venue": c["venue_id"],
                "shown": to_text(_int(c["displayed_qty"]), scales.qty),
                "price": price_of(_int(c["price"]), scales) if c["price"] else "",
                "net_price": to_text(_int(c["score"]), NET_PRICE_SCALE) if c["price"] else "",
                "taken": to_text(_int(c["chosen_qty"]), scales.qty),
                "rested": to_text(_int(c["rested_qty"]), scales.qty),
                "why_not": c["why_not"],
            }
            for c in e["candidates"]
        ],
    }


def _line(step: Step, first: Step, scales: Scales) -> dict[str, Any]:
    e = step.event
    return {
        "step": step.number,
        "recorded": time_text(step.broker_ms * 10**6),
        "after": f"+{to_text((step.broker_ms - first.broker_ms), 3)} s",
        "market_time": time_text(step.event_ns) if step.topic != "oms.orders" else "",
        "where": step.where,
        "event": step.kind,
        "child": str(e.get("child_id", "")).rsplit(".", 1)[-1] if e.get("child_id") else "",
        "venue": e.get("venue_id") or "",
        "status": e.get("ord_status") or "",
        "reason": e.get("reason") or "",
        "detail": _detail(step.kind, e, scales),
        "json": step.json,
    }


def _detail(kind: str, e: Event, s: Scales) -> str:
    """What the event says, in one line of words and decimals."""

    def qty(name: str) -> str:
        return to_text(_int(e.get(name)), s.qty)

    def at(name: str = "price") -> str:
        return f" @ {price_of(e[name], s)}" if e.get(name) is not None else ""

    match kind:
        case "NewOrder":
            return (
                f"{e['side']} {qty('order_qty')} {e['instrument_id']}{at()} {e['time_in_force']} {e['algorithm']}"
                + _asked(e, s)
            )
        case "ReplaceOrder":
            return f"to {qty('order_qty')}{at()}"
        case "OrderAccepted" | "ReplaceAccepted":
            m = e["mandate"]
            return f"may trade {to_text(_int(m['order_qty']), s.qty)} up to {price_of(m['worst_price'], s)} at {', '.join(m['venues'])}"
        case "OrderRejected" | "ReplaceRejected" | "CancelRejected":
            return refusal_of(e, s)
        case "RoutingDecision":
            rested = f", {qty('rested_qty')} of it to rest" if _int(e["rested_qty"]) else ""
            return f"decision {e['decision_no']}: {qty('remaining_qty')} to place{rested}"
        case "ChildNew" | "ChildTaken":
            return f"{e['side']} {qty('order_qty')}{at()} {e['time_in_force']} at {e['venue_id']}" + _asked(e, s)
        case "Intent":
            return f"{e['kind']} to {e['session_id']} message {e['msg_seq_num']}"
        case "ChildReport" | "ParentTraded":
            traded = (
                f"{qty('last_qty')}{at('last_px')} {e.get('liquidity') or ''} {e['exec_id']}, "
                if _int(e["last_qty"])
                else ""
            )
            return f"{traded}{e['ord_status']}: {qty('cum_qty')} filled, {qty('leaves_qty')} open" + _said(e)
        case "FillCorrected" | "TradeCorrected":
            what = f"to {qty('new_qty')}{at('new_px')}" if _int(e["new_qty"]) else "taken back"
            changed = f"{e['exec_type']} {e['exec_id']}: {e['exec_ref_id']}, {qty('old_qty')}{at('old_px')}, {what}, "
            return f"{changed}{e['ord_status']}: {qty('cum_qty')} filled, {qty('leaves_qty')} open" + _said(e)
        case "ParentChanged":
            return f"{e['exec_type']}: {qty('cum_qty')} filled, {qty('leaves_qty')} open" + _said(e)
        case "ExposureMoved":
            return f"position {qty('position_qty')}, reserved {qty('reserved_qty')}"
        case "ExposureCorrected":
            return f"position {qty('position_qty')}, reserved {qty('reserved_qty')}" + _said(e)
        case "ChildClosed":
            return f"{e['ord_status']}: {qty('cum_qty')} filled" + _said(e)
        case "SliceDone":
            return f"slice {e['number']}: {qty('sent_qty')} of {qty('planned_qty')} sent" + _said(e)
        case "ListOpened" | "LegChanged" | "LegReduced" | "LegCounted":
            return list_words(kind, e, s)
        case "ChildRequestRefused":
            return f"{e['kind']} refused for good, the child goes on" + _said(e)
        case "ParentCancelRefused":
            return f"cancel {e['cl_ord_id']} refused, the order goes on" + _said(e)
        case "TriggerArmed" | "Triggered" | "StopMoved" | "Repegged" | "ChildReplaced":
            return trigger_words(kind, e, s)
        case "TimerSet":
            return f"{e['kind']} {e['number']} at {time_text(_int(e['due_ns']))}"
        case _:
            return _said(e).removeprefix("; ")


def _asked(e: Event, s: Scales) -> str:
    """What an order, or a child at its venue, is asked beyond price, quantity and validity; nothing of plain ones, as old journals have."""
    i, kind = e.get("instructions") or {}, str(e.get("ord_type") or "")
    words = [kind] if kind not in ("", "MARKET", "LIMIT") else []
    if i.get("stop_px") is not None:
        words.append(f"stop {price_of(i['stop_px'], s)}")
    if i.get("peg"):
        words.append(f"{i['peg']['price_type']} {price_of(i['peg']['offset'], s)}")
    if i.get("display_qty") is not None:
        shown = _int(i["display_qty"])
        words.append(f"shows {to_text(shown, s.qty)}" if shown else "hidden")
    if _int(i.get("min_qty") or 0):
        words.append(f"at least {to_text(_int(i['min_qty']), s.qty)}")
    words += [*(i.get("exec_inst") or ()), *([i["smp"]] if i.get("smp") else [])]
    return f", {', '.join(words)}" if words else ""


def refusal_of(e: Event, scales: Scales) -> str:
    """The last check is the one that failed."""
    evidence = e.get("evidence") or {}
    check, bound, value = (
        _int(evidence[column][-1]) if evidence.get(column) else 0 for column in ("checks", "thresholds", "after")
    )
    return refusal_text(e["reason"], e["text"], check, bound, value, scales)


def _said(e: Event) -> str:
    words = e.get("text") or reason_words(e.get("reason") or "")
    return f"; {words}" if words else ""


def price_of(value: Any, scales: Scales) -> str:
    return to_text(_int(value), scales.price) if value is not None else ""


def _int(value: Any) -> int:
    """The audit's JSON writes integers beyond 53 bits as text."""
    return int(value or 0)
