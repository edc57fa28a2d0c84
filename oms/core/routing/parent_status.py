"""The life of a parent order: every transition of its status, in one table.

A parent is NEW once its mandate is taken up, because the router answers for it from then on. What a desk sees is the highest state in
the precedence of FIX (volume "Order State Changes"): a pending cancel hides a pending replace, and both hide fills.

    NEW ──fill──► PARTIALLY_FILLED ──last fill──► FILLED
     │  ╲              │
     │   ╲─ replace ──►PENDING_REPLACE ── applied / refused ──► by quantity
     ╰──── cancel ────►PENDING_CANCEL ── children gone ──► CANCELED, or too late ──► FILLED

    NEW, PARTIALLY_FILLED ── close ──► DONE_FOR_DAY ── next day ──► by quantity      (an order that lives for days)

The unusual rows: a fill under a pending cancel leaves it pending even when nothing is left, for the cancel is then refused as too late
and only that makes it FILLED (rule 8 of the order behaviours); a replace settled under a pending cancel changes no status; terminal is
for ever, and a late fill is booked under the terminal status (rule 10). A request that is
refused before it starts is no transition. What the table does not have is a bug and raises KeyError.
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
    DAY_CLOSED = 11
    DAY_OPENED = 12


_S, _T = OrdStatus, Trigger

_BY_QTY = None
"""NEW, PARTIALLY_FILLED or FILLED, whichever the executed quantity says; DONE_FOR_DAY where something is left and the day is over."""

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
    _T.DAY_CLOSED: _S.DONE_FOR_DAY,
    _T.DAY_OPENED: _BY_QTY,  # a market that never closes: one day follows the other
    **_ENDS,
}

_TABLE: dict[OrdStatus, dict[Trigger, OrdStatus | None]] = {
    _S.NEW: {**_WORKING, _T.REJECTED: _S.REJECTED},
    _S.PARTIALLY_FILLED: _WORKING,
    _S.DONE_FOR_DAY: {
        _T.TRADED: _S.DONE_FOR_DAY,  # a fill of the day that came after its end
        _T.TRADED_ALL: _S.FILLED,  # done for the day is what still has a next one
        _T.CANCEL_STARTED: _S.PENDING_CANCEL,
        _T.REPLACE_STARTED: _S.PENDING_REPLACE,
        _T.DAY_OPENED: _BY_QTY,
        **_ENDS,
    },
    _S.PENDING_CANCEL: {
        _T.TRADED: _S.PENDING_CANCEL,
        _T.TRADED_ALL: _S.PENDING_CANCEL,
        _T.CANCEL_STARTED: _S.PENDING_CANCEL,  # a second request: both are answered by the one end
        _T.REPLACE_APPLIED: _S.PENDING_CANCEL,
        _T.REPLACE_REFUSED: _S.PENDING_CANCEL,
        _T.DAY_CLOSED: _S.PENDING_CANCEL,  # pending comes before done for the day
        _T.DAY_OPENED: _S.PENDING_CANCEL,
        _T.REJECTED: _S.REJECTED,
        **_ENDS,
    },
    _S.PENDING_REPLACE: {
        _T.TRADED: _S.PENDING_REPLACE,
        _T.TRADED_ALL: _S.PENDING_REPLACE,
        _T.CANCEL_STARTED: _S.PENDING_CANCEL,
        _T.REPLACE_APPLIED: _BY_QTY,
        _T.REPLACE_REFUSED: _BY_QTY,
        _T.DAY_CLOSED: _S.PENDING_REPLACE,
        _T.DAY_OPENED: _S.PENDING_REPLACE,
        **_ENDS,
    },
    **{
        terminal: {_T.TRADED: terminal, _T.TRADED_ALL: terminal}
        for terminal in (_S.FILLED, _S.CANCELED, _S.REJECTED, _S.EXPIRED)
    },
}


def status_after(
    status: OrdStatus, trigger: Trigger, cum_qty: int, order_qty: int, done_for_day: bool = False
) -> OrdStatus:
    """The status after `trigger`, for quantities, and the day, as they are after it."""
    target = _TABLE[status][trigger]
    if target is not _BY_QTY:
        return target
    if done_for_day and cum_qty < order_qty:
        return OrdStatus.DONE_FOR_DAY
    if cum_qty == 0:
        return OrdStatus.NEW
    return OrdStatus.PARTIALLY_FILLED if cum_qty < order_qty else OrdStatus.FILLED
