"""What a record's events are called in a trace: the name of its span, whether it is an error, and the particulars worth showing.

Events are objects of the audit's JSON (`oms.wire.codec.to_json`). A name is one of few, so that a trace store can group by it. Pure.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Event = Mapping[str, Any]

_ASIDE = frozenset(
    {"SessionReceived", "TimerSet", "TimerDone", "RoutingDecision", "ChildTaken", "ControlApplied", "ChildRequestTaken"}
)
"""Named only where a record has nothing else: they come along with what the record is about."""

REFUSALS = frozenset(
    {
        "OrderRejected",
        "CancelRejected",
        "ReplaceRejected",
        "ChildRequestRejected",
        "ChildRequestRefused",
        "ParentCancelRefused",
    }
    | {"ChildUnsent", "ChildUnknown"}
)
"""Events that say no and nothing else; `refused` knows those that may."""

_SHOWN = {
    "child_id": "oms.child.id",
    "venue_id": "oms.venue.id",
    "reason": "oms.reason",
    "exec_type": "oms.exec_type",
    "ord_status": "oms.ord_status",
    "kind": "oms.intent",
    "basis": "oms.trigger.basis",
    "market_px": "oms.trigger.price",
    "exec_id": "oms.exec.id",
    "exec_ref_id": "oms.exec.ref_id",
    "last_qty": "oms.last_qty",
    "last_px": "oms.last_px",
    "old_qty": "oms.old_qty",
    "new_qty": "oms.new_qty",
    "cum_qty": "oms.cum_qty",
    "matched": "oms.matched",
}
"""Field of an event → attribute of its span; quantities and prices are integers at the instrument's scale."""


def headline(events: Sequence[Event]) -> str:
    """The type of the event that says most.

    >>> headline([{"type": "SessionReceived"}, {"type": "ChildReport", "exec_type": "TRADE"}])
    'ChildReport TRADE'
    """
    if not events:
        return "nothing"
    told = next((e for e in events if refused(e)), None) or next(
        (e for e in events if e["type"] not in _ASIDE), events[0]
    )
    named_by_kind = told["type"] in ("Intent", "TriggerArmed", "Triggered")
    detail = told.get("exec_type") or (told.get("kind") if named_by_kind else "")
    return f"{told['type']} {detail}" if detail else str(told["type"])


def refused(event: Event) -> bool:
    """Whether something asked for did not happen, at risk, at execution, or at the venue."""
    return (
        event["type"] in REFUSALS
        or bool(event.get("cancel_rejected"))
        or (event["type"] in ("ParentChanged", "ChildReport") and event.get("ord_status") == "REJECTED")
    )


def error_of(events: Sequence[Event]) -> str:
    """Reason and text of what was refused; empty where nothing was."""
    for event in events:
        if refused(event):
            return ": ".join(str(part) for part in (event.get("reason"), event.get("text")) if part) or event["type"]
    return ""


def particulars(events: Sequence[Event]) -> dict[str, str | int]:
    """Attributes out of the events; where several have a field, the first that has a value."""
    found: dict[str, str | int] = {}
    for event in events:
        for field, attribute in _SHOWN.items():
            value = event.get(field)
            if field == "kind" and event["type"] in ("TriggerArmed", "Triggered"):
                attribute = "oms.trigger.kind"
            if isinstance(value, str | int) and not isinstance(value, bool) and value not in ("", 0):
                found.setdefault(attribute, value)
    return found
