"""The life of a parent order: every transition of its status, in one table.

A parent is NEW once its mandate is taken up, because the router answers for it from then on. What a desk sees is the highest state in
the precedence of FIX (volume "Order State Changes"): a pending cancel hides a pending replace, and both hide fills.

    NEW ──fill──► PARTIALLY_FILLED ──last fill──► FILLED
     │  ╲              │
     │   ╲─ replace ──►PENDING_REPLACE ── applied / refused ──► by quantity
     ╰──── cancel ────►PENDING_CANCEL ── children gone ──► CANCELED, or too late ──► FILLED

The unusual rows: a fill under a pending cancel leaves it pending even when nothing is left, for the cancel is then refused as too late
and only that makes it FILLED (rule 8 of the order behaviours); a replace settled under a pending cancel changes no status; terminal is
for ever, and a late fill is booked under the terminal status (rule 10). A request that is
refused before it starts is no transition. What the table does not have is a bug and raises KeyError.

A bust or correction (rule 20) leaves CANCELED, EXPIRED and REJECTED as they are. FILLED is the one status that says something of a
quantity, and goes back to PARTIALLY_FILLED or NEW where that is not so any more; but no child stands for it, and nobody asked for another
one at today's market: `oms.core.routing.reports` ends it as CANCELED in the same record. So no record leaves an order open that had ended.
"""

from enum import IntEnum

from oms.core.enums import OrdStatus


class Trigger(IntEnum):
    """What happened to a parent. TRADED_ALL: the fill was the last one and no child is left open."""

    TRADED = 1
    TRADED_ALL = 2
    CANCEL_STARTED = 3
    REPLACE_STARTED = 4
    REPLACE_APPLIED = 5
    REPLACE_REFUSED = 6
    CANCELED = 7
    REJECTED = 8
    EXPIRED = 9
    FILLED = 10
    TRADE_CORRECTED = 11


_S, _T = OrdStatus, Trigger

_BY_QTY = None
"""NEW, PARTIALLY_FILLED or FILLED, whichever the executed quantity says."""

_ENDS: dict[Trigger, OrdStatus | None] = {
    _T.CANCELED: _S.CANCELED,
    _T.EXPIRED: _S.EXPIRED,
    _T.FILLED: _S.FILLED,
}

_WORKING: dict[Trigger, OrdStatus | None] = {
    _T.TRADED: _S.PARTIALLY_FILLED,
    _T.TRADED_ALL: _S.FILLED,
    _T.CANCEL_STARTED: _S.PENDING_CANCEL,
    _T.REPLACE_STARTED: _S.PENDING_REPLACE,
    _T.TRADE_CORRECTED: _BY_QTY,
    **_ENDS,
}

_TABLE: dict[OrdStatus, dict[Trigger, OrdStatus | None]] = {
    _S.NEW: {**_WORKING, _T.REJECTED: _S.REJECTED},
    _S.PARTIALLY_FILLED: _WORKING,
    _S.PENDING_CANCEL: {
        _T.TRADED: _S.PENDING_CANCEL,
        _T.TRADED_ALL: _S.PENDING_CANCEL,
        _T.CANCEL_STARTED: _S.PENDING_CANCEL,  # a second request: both are answered by the one end
        _T.REPLACE_APPLIED: _S.PENDING_CANCEL,
        _T.REPLACE_REFUSED: _S.PENDING_CANCEL,
        _T.REJECTED: _S.REJECTED,
        _T.TRADE_CORRECTED: _S.PENDING_CANCEL,
        **_ENDS,
    },
    _S.PENDING_REPLACE: {
        _T.TRADED: _S.PENDING_REPLACE,
        _T.TRADED_ALL: _S.PENDING_REPLACE,
        _T.CANCEL_STARTED: _S.PENDING_CANCEL,
        _T.REPLACE_APPLIED: _BY_QTY,
        _T.REPLACE_REFUSED: _BY_QTY,
        _T.TRADE_CORRECTED: _S.PENDING_REPLACE,
        **_ENDS,
    },
    _S.FILLED: {_T.TRADED: _S.FILLED, _T.TRADED_ALL: _S.FILLED, _T.TRADE_CORRECTED: _BY_QTY},
    **{
        terminal: {_T.TRADED: terminal, _T.TRADED_ALL: terminal, _T.TRADE_CORRECTED: terminal}
        for terminal in (_S.CANCELED, _S.REJECTED, _S.EXPIRED)
    },
}


def status_after(status: OrdStatus, trigger: Trigger, cum_qty: int, order_qty: int) -> OrdStatus:
    """The status after `trigger`, for quantities as they are after it."""
    target = _TABLE[status][trigger]
    if target is not _BY_QTY:
        return target
    if cum_qty == 0:
        return OrdStatus.NEW
    if trigger is Trigger.TRADE_CORRECTED and status is not OrdStatus.FILLED:
        return OrdStatus.PARTIALLY_FILLED  # a child may be open: what it is when none is, FILLED says then
    return OrdStatus.PARTIALLY_FILLED if cum_qty < order_qty else OrdStatus.FILLED
