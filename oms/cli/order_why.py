"""`oms order ID --why`: every decision about an order, with every check it was put to, limits, figures, and inputs with their age."""

from collections.abc import Iterable, Mapping
from typing import Any

from oms.cli.decision_words import reason_words
from oms.cli.order_story import Event, Step, checks_of, price_of, refusal_of
from oms.cli.output import console, print_fields, print_rows, time_text
from oms.cli.units import Scales, roughly

_VERDICTS = {
    "OrderAccepted": ("new order", "ACCEPTED"),
    "OrderRejected": ("new order", "REJECTED"),
    "ReplaceAccepted": ("amendment", "ACCEPTED"),
    "ReplaceRejected": ("amendment", "REJECTED"),
}


Overrides = Mapping[int, dict[str, Any]]
"""Version → what is told of a limit that is for one order alone."""


def decisions_of(
    steps: Iterable[Step], scales: Scales, limit_ids: Mapping[int, str], overrides: Overrides | None = None
) -> list[dict[str, Any]]:
    """Risk's decisions in the order in which they were taken. `limit_ids`: version → id of a limit."""
    return [_decision(step, scales, limit_ids, overrides or {}) for step in steps if step.kind in _VERDICTS]


def overrides_of(rows: Iterable[tuple[Any, ...]]) -> dict[int, dict[str, Any]]:
    """Of limits (version, entity, id, only_order, expires_ns, proposed by, approved by, why) those for one order."""
    return {
        version: {
            "limit": limit_id,
            "version": version,
            "until": time_text(expires_ns),
            "proposed_by": proposed_by,
            "approved_by": approved_by,
            "why": why,
        }
        for version, _, limit_id, only_order, expires_ns, proposed_by, approved_by, why in rows
        if only_order
    }


def _decision(step: Step, scales: Scales, limit_ids: Mapping[int, str], overrides: Overrides) -> dict[str, Any]:
    event, evidence = step.event, step.event["evidence"]
    what, verdict = _VERDICTS[step.kind]
    asked = event.get("order") or event.get("replace") or {}
    reason = str(event.get("reason") or "")
    checks = checks_of(evidence, scales, limit_ids)
    for number, check in enumerate(checks):
        # Checks run until one fails, so that of a refusal the last is the one.
        check["passed"] = not (reason and number == len(checks) - 1)
    return {
        "what": what,
        "cl_ord_id": str(asked.get("cl_ord_id", "")),
        "verdict": verdict,
        "where": step.where,
        "decided": time_text(step.recorded_ns),
        "reason": reason,
        "words": reason_words(reason),
        "text": refusal_of(event, scales) if reason else "",
        "checks": checks,
        "overrides": [overrides[v] for v in sorted({c["version"] for c in checks} & overrides.keys())],
        "inputs": _inputs(evidence, scales),
    }


def _inputs(evidence: Event, scales: Scales) -> list[dict[str, Any]]:
    """Market price, rates and risk factors: which, in which version, and how old they were."""
    found: list[dict[str, Any]] = []
    price, age = evidence.get("reference_price"), evidence.get("reference_age_ns")
    if price is not None and age is not None:
        where = f"oms.market/{evidence['market_partition']}@{evidence['market_position']}"
        found.append({"input": "market price", "id": price_of(price, scales), "version": where, "age": _age(age)})
    for row in evidence.get("inputs") or ():
        version = str(row["version"])
        found.append(
            {
                "input": str(row["kind"]).replace("_", " "),
                "id": row["entity_id"],
                "version": version,
                "age": _age(row["age_ns"]),
            }
        )
    return found


def _age(value: Any) -> str:
    return roughly(int(value))


def show_decisions(order_id: str, decisions: list[dict[str, Any]]) -> None:
    print_fields({"order": order_id})
    if not decisions:
        console().print("no decision is audited yet")
    for decision in decisions:
        shown = {k: v for k, v in decision.items() if k not in ("checks", "inputs", "overrides") and v}
        print_fields(shown)
        print_rows(decision["checks"], False, "checks, in the order in which they ran", "no check was asked")
        if decision["overrides"]:
            print_rows(decision["overrides"], False, "limits of this order alone, approved and temporary")
        print_rows(decision["inputs"], False, "inputs", "no input was needed")
