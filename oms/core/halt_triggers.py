"""Triggers of automatic halts: reference data that says at which figure a scope is halted without a person (RTS 6 articles 12, 15 and 16).

    kind            figure                                                              unit of the threshold
    DAY_LOSS        the day's loss, realised and unrealised                             amount in `currency`
    MESSAGE_RATE    new orders, amendments and cancels within `window_ns`               messages
    REJECT_RATIO    orders and amendments refused by risk, and children refused by      ppm
                    venues, per million orders within `window_ns`; counted from
                    `count_min` orders on
    STALE_MARKET    age of the instrument's newest quote, in the session, while         ns of tape time
                    something of it is open or held
    VENUE_LOST      time without the venue's session, while a market of it is open      ns of wall time
    AUDIT_LAG       how long ago the audit was last known to have written everything    ns of wall time

A figure may reach its threshold; beyond it the trigger trips. What cannot be evaluated counts as tripped.
"""

from dataclasses import dataclass
from enum import IntEnum

from oms.core.enums import HaltAction, HaltScope
from oms.core.money import Amount


class HaltTriggerKind(IntEnum):
    """What an automatic halt rests on (our own values)."""

    DAY_LOSS = 310
    MESSAGE_RATE = 311
    REJECT_RATIO = 312
    STALE_MARKET = 313
    VENUE_LOST = 314
    AUDIT_LAG = 315


_HOLDERS = frozenset({HaltScope.FIRM, HaltScope.DESK, HaltScope.ACCOUNT, HaltScope.CLIENT})
_SENDERS = _HOLDERS | {HaltScope.TRADER, HaltScope.STRATEGY, HaltScope.INSTRUMENT}

SCOPES: dict[HaltTriggerKind, frozenset[HaltScope]] = {
    HaltTriggerKind.DAY_LOSS: _HOLDERS,
    HaltTriggerKind.MESSAGE_RATE: _SENDERS,
    HaltTriggerKind.REJECT_RATIO: _SENDERS,
    HaltTriggerKind.STALE_MARKET: frozenset({HaltScope.INSTRUMENT}),
    HaltTriggerKind.VENUE_LOST: frozenset({HaltScope.VENUE}),
    HaltTriggerKind.AUDIT_LAG: frozenset({HaltScope.FIRM}),
}
"""What a trigger of each kind can watch, and halts. Risk does not know which venue a smart order's messages go to: no counts by venue."""

WINDOWED = frozenset({HaltTriggerKind.MESSAGE_RATE, HaltTriggerKind.REJECT_RATIO})

WINDOW_NS_MAX = 86_400 * 10**9
"""A day: counts of longer windows are no sign of what happens now."""

GRACE_NS_MAX = 86_400 * 10**9
"""A trigger that stays quiet for longer than a day after a resume is to be disabled by two people instead."""


@dataclass(frozen=True, slots=True)
class HaltTrigger:
    """Halts `scope` where its figure is beyond `threshold`, with `action`; `cancel_open` also cancels what is open there.

    It trips once, until a person resumes the scope. For `grace_ns` of wall time after that it trips only where the figure gets worse than it
    was at the resume by more than a tenth of the threshold: whoever resumes knows that figure. Then it trips again where the cause persists.
    """

    trigger_id: str
    kind: HaltTriggerKind
    scope: HaltScope
    scope_id: str
    currency: str
    threshold: Amount
    window_ns: int
    count_min: int
    action: HaltAction
    cancel_open: bool
    grace_ns: int
    enabled: bool


def fault_of(trigger: HaltTrigger) -> tuple[str, str]:
    """(field, what is wrong with it) of a trigger that could never be evaluated; ("", "") where nothing is."""
    kind = trigger.kind.name
    if trigger.scope not in SCOPES[trigger.kind]:
        return "scope", f"a {kind} trigger cannot watch a {trigger.scope.name.lower()}"
    if (trigger.scope is HaltScope.FIRM) is bool(trigger.scope_id):
        return "scope_id", "must be set, except for the firm where it must not"
    if trigger.threshold < 0:
        return "threshold", "must not be negative"
    if (trigger.kind is HaltTriggerKind.DAY_LOSS) is not bool(trigger.currency):
        return (
            "currency",
            f"must {'' if trigger.kind is HaltTriggerKind.DAY_LOSS else 'not '}be set of a {kind} trigger",
        )
    if trigger.kind in WINDOWED and not 0 < trigger.window_ns <= WINDOW_NS_MAX:
        return "window_ns", f"must be above 0 and at most a day of a {kind} trigger"
    if trigger.kind not in WINDOWED and trigger.window_ns:
        return "window_ns", f"a {kind} trigger has no window"
    if (trigger.count_min and trigger.kind is not HaltTriggerKind.REJECT_RATIO) or trigger.count_min < 0:
        return "count_min", "is the least number of orders of a REJECT_RATIO trigger"
    if not 0 <= trigger.grace_ns <= GRACE_NS_MAX:
        return "grace_ns", "must be 0 to a day"
    return "", ""
