"""The section `halt_triggers` of the reference file: what halts a scope without a person (`oms.core.halt_triggers`).

    {id: loss, kind: day_loss, of: firm, currency: USD, threshold: 1000000, action: reduce_only, cancel_open: true, grace: 10 min}
    {id: rate, kind: message_rate, of: "desk:each", threshold: 5000, window: 10 s}
    {id: rejects, kind: reject_ratio, of: "desk:alpha", threshold: 500000, window: 1 min, count_min: 50}
    {id: stale, kind: stale_market, of: "instrument:each", threshold: 2 min}

`of` is firm, or a scope and an id; `each` stands for every one that the file has, and the id of each trigger ends in its name. A ratio is in
ppm. Without `action` nothing new passes; without `grace` it is GRACE_NS.
"""

from collections.abc import Container, Iterable, Iterator, Mapping

from oms.core.enums import HaltAction, HaltScope
from oms.core.halt_triggers import SCOPES, WINDOWED, HaltTrigger, HaltTriggerKind, fault_of
from oms.core.money import Amount
from oms.local.reference_fields import EACH, amount, duration_ns, flag, id_of, whole
from oms.runtime.yaml_fields import Field

GRACE_NS = 300 * 10**9
"""Five minutes: time to look, and to have a threshold changed by two people."""

COUNT_MAX = 10**9

_KEYS = (
    "id",
    "kind",
    "of",
    "currency",
    "threshold",
    "window",
    "count_min",
    "action",
    "cancel_open",
    "grace",
    "enabled",
)


def halt_triggers(root: Field, names: Mapping[HaltScope, Iterable[str] | None]) -> Iterator[HaltTrigger]:
    """`names`: by scope, the ids that there are; None where any may be (a trader's and a strategy's)."""
    for field in root.items("halt_triggers"):
        field.only(_KEYS)
        kind = HaltTriggerKind[_member(field["kind"], [k.name.lower() for k in HaltTriggerKind]).upper()]
        for scope, scope_id, is_each in _scopes(field["of"], kind, names):
            trigger = _trigger(field, kind, scope, scope_id, is_each)
            key, wrong = fault_of(trigger)
            if wrong:
                name = {"window_ns": "window", "grace_ns": "grace", "scope": "of", "scope_id": "of"}.get(key, key)
                raise (field.get(name) or field).fault(f"{name} {wrong}")
            yield trigger


def _trigger(field: Field, kind: HaltTriggerKind, scope: HaltScope, scope_id: str, is_each: bool) -> HaltTrigger:
    currency, window, count_min = field.get("currency"), field.get("window"), field.get("count_min")
    action, grace = field.get("action"), field.get("grace")
    trigger_id = id_of(field["id"])
    return HaltTrigger(
        f"{trigger_id}.{scope_id}" if is_each else trigger_id,
        kind,
        scope,
        scope_id,
        id_of(currency) if currency is not None else "",
        Amount(_threshold(field["threshold"], kind)),
        duration_ns(window) if window is not None else 0,
        whole(count_min, 0, COUNT_MAX) if count_min is not None else 0,
        HaltAction[_member(action, [a.name.lower() for a in HaltAction]).upper()] if action else HaltAction.BLOCK_NEW,
        flag(field, "cancel_open", False),
        duration_ns(grace) if grace is not None else GRACE_NS,
        flag(field, "enabled", True),
    )


def _threshold(field: Field, kind: HaltTriggerKind) -> int:
    if kind is HaltTriggerKind.DAY_LOSS:
        return amount(field)
    return whole(field, 0, COUNT_MAX) if kind in WINDOWED else duration_ns(field)


def _scopes(
    field: Field, kind: HaltTriggerKind, names: Mapping[HaltScope, Iterable[str] | None]
) -> list[tuple[HaltScope, str, bool]]:
    scope_name, _, scope_id = field.text.partition(":")
    scope = {s.name.lower(): s for s in SCOPES[kind]}.get(scope_name)
    if scope is None:
        possible = ", ".join(sorted(s.name.lower() for s in SCOPES[kind]))
        raise field.fault(f"{scope_name} is no scope of {kind.name.lower()}: {possible}")
    known = names.get(scope)
    if scope_id == EACH:
        if known is None:
            raise field.fault(f"there is no list of every {scope_name}")
        return [(scope, name, True) for name in known]
    if scope is not HaltScope.FIRM and known is not None and scope_id not in _of(known):
        raise field.fault(f"no {scope_name} has the id {scope_id}")
    return [(scope, scope_id, False)]


def _of(names: Iterable[str]) -> Container[str]:
    return tuple(names)


def _member(field: Field, names: list[str]) -> str:
    if field.text not in names:
        raise field.fault(f"{field.text} is none of {', '.join(names)}")
    return field.text
