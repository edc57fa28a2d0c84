"""The life of an order as one table: what begins to apply when something happens to an order that stands as it does.

An order is in several states at once (volume "Order State Changes" of FIX). One says how it stands with whoever executes it; conditions
lie over that; requests pend over both. What is told is the highest of all that apply:

    UNKNOWN ours     PENDING_CANCEL 12    PENDING_REPLACE 11    DONE_FOR_DAY 10    CALCULATED 9    FILLED 8    STOPPED 7
    SUSPENDED 6      CANCELED, EXPIRED 5  PARTIALLY_FILLED 4    NEW, REJECTED, PENDING_NEW 2

The standing is the highest of these without the requests and without UNKNOWN. `TABLE[standing][trigger]` is the state that begins, or
BY_QTY: none begins, and the executed quantity says whether the order is NEW, PARTIALLY_FILLED or FILLED. What the table does not have
cannot happen to such an order: an anomaly for a report from outside, a bug for a step of our own.

The unusual rows:
- A fill under PENDING_CANCEL leaves it pending even if nothing is left: the cancel is then refused as too late, and only that shows
  FILLED (rule 8 of the order behaviours). No row is needed for it: a request outranks the quantity until it is settled.
- CANCELED, EXPIRED and REJECTED are for ever, and yet executions arrive, are corrected and busted (rule 10): the row leads back to itself.
  They are below FILLED in precedence, so the quantity of a closed order is not asked: a late fill of all that was left stays CANCELED.
- FILLED is not for ever: a bust or a correction takes quantity back (rule 20), an increase adds some (rule 14), an overfill is booked.
- Whatever presumes that an order was accepted proves it: a fill before the acknowledgement, a stop, a suspension, a restatement.
- STOPPED stays after the fills that were guaranteed, up to FILLED (matrix L.1.a): a guarantee is nothing that a fill uses up by itself.
- A GT order that is done for the day can be cancelled, replaced and restated in the night; the next day ends the condition, and
  CALCULATED with it. A day order that is done stays done: it takes corrections, and an end that its venue adds.
- CALCULATED comes after whatever ended the trading of the day, a partly filled and cancelled order included.
- REJECTED after NEW is said by venues that acknowledge first and validate later; never after a fill.
- COMPLETED is a parent's own: its quantity is executed and no child is open any more. Till then more could be executed, so the fill
  itself does not say FILLED.

It does not know quantities, requests or ClOrdIDs; those who ask say what the quantity says and which requests pend.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum
from types import MappingProxyType

from oms.core.enums import OrdStatus


class Trigger(IntEnum):
    """What happened to an order. The numbers stand in nothing stored."""

    PENDING_NEW = 1
    ACCEPTED = 2
    REJECTED = 3
    TRADED = 4
    TRADE_CORRECTED = 5
    TRADE_CANCELED = 6
    REQUESTED = 7
    """A cancel or a replace was asked for; nobody has said yet that it pends."""
    CANCEL_STARTED = 8
    REPLACE_STARTED = 9
    REPLACED = 10
    REQUEST_REJECTED = 11
    LEG_CANCELED = 12
    """Of a replace made as cancel and new (rule 18): the old order at the venue is gone, the new one not there yet."""
    CANCELED = 13
    EXPIRED = 14
    DONE_FOR_DAY = 15
    CALCULATED = 16
    STOPPED = 17
    SUSPENDED = 18
    RESUMED = 19
    RESTATED = 20
    TRIGGERED = 21
    DAY_STARTED = 22
    LOST = 23
    """Nobody knows what became of it: a timeout, a disconnect, an answer that cannot be read (rule 31)."""
    FOUND = 24
    """It is as we have it after all."""
    ASKED = 25
    """Status asked, or sent again: nothing changes, whatever it stands."""
    COMPLETED = 26


_S, _T = OrdStatus, Trigger

BY_QTY = None
"""NEW, PARTIALLY_FILLED or FILLED, whichever the executed quantity says."""

Row = dict[Trigger, OrdStatus | None]

PRECEDENCE: Mapping[OrdStatus, int] = MappingProxyType(
    {
        _S.UNKNOWN: 13,  # ours: what is not known outranks whatever was known before
        _S.PENDING_CANCEL: 12,
        _S.PENDING_REPLACE: 11,
        _S.DONE_FOR_DAY: 10,
        _S.CALCULATED: 9,
        _S.FILLED: 8,
        _S.STOPPED: 7,
        _S.SUSPENDED: 6,
        _S.CANCELED: 5,
        _S.EXPIRED: 5,
        _S.PARTIALLY_FILLED: 4,
        _S.NEW: 2,
        _S.REJECTED: 2,
        _S.PENDING_NEW: 2,
    }
)

CLOSED = frozenset({_S.CANCELED, _S.EXPIRED, _S.REJECTED})
"""What ends an order for ever, whatever is executed afterwards."""

CONDITIONS = frozenset({_S.UNKNOWN, _S.DONE_FOR_DAY, _S.CALCULATED, _S.STOPPED, _S.SUSPENDED})
"""What lies over a standing and goes again."""

ENDS: Mapping[Trigger, frozenset[OrdStatus]] = MappingProxyType(
    {
        _T.RESUMED: frozenset({_S.SUSPENDED}),
        _T.DAY_STARTED: frozenset({_S.DONE_FOR_DAY, _S.CALCULATED}),
        _T.FOUND: frozenset({_S.UNKNOWN}),
    }
)
"""Conditions that end with a trigger. Whatever proves the order's state also ends UNKNOWN."""

NO_PROOF = frozenset({_T.REQUESTED, _T.REQUEST_REJECTED, _T.ASKED, _T.DAY_STARTED, _T.LOST})
"""Triggers that leave an UNKNOWN order unknown: our own steps, and a refusal, which says more of the request than of the order."""


def _staying(status: OrdStatus | None, *triggers: Trigger) -> Row:
    """Triggers that leave an order standing as it does."""
    return dict.fromkeys(triggers, status)


EXECUTIONS = (_T.TRADED, _T.TRADE_CORRECTED, _T.TRADE_CANCELED)
"""What can come to any order, in whatever way it has ended."""

_REQUESTS = (_T.REQUESTED, _T.CANCEL_STARTED, _T.REPLACE_STARTED, _T.REQUEST_REJECTED)
_REPLACES = (_T.REPLACED, _T.LEG_CANCELED, _T.RESTATED, _T.TRIGGERED)
_ALWAYS = (_T.REQUESTED, _T.REQUEST_REJECTED, _T.ASKED, _T.DAY_STARTED)
_LOST: Row = {_T.LOST: _S.UNKNOWN, _T.FOUND: BY_QTY}
_ENDINGS: Row = {_T.CANCELED: _S.CANCELED, _T.EXPIRED: _S.EXPIRED}
_DAY_ENDINGS: Row = {_T.DONE_FOR_DAY: _S.DONE_FOR_DAY, _T.CALCULATED: _S.CALCULATED}

_WORKING: Row = {
    **_staying(BY_QTY, *EXECUTIONS, *_REQUESTS, *_REPLACES, *_ALWAYS),
    **_ENDINGS,
    **_DAY_ENDINGS,
    **_LOST,
    _T.STOPPED: _S.STOPPED,
    _T.SUSPENDED: _S.SUSPENDED,
    _T.COMPLETED: _S.FILLED,
}

_SUSPENDED: Row = {**_WORKING, _T.RESUMED: BY_QTY}  # or it may be, under something higher

_FILLED: Row = {
    **_staying(BY_QTY, *EXECUTIONS, *_REQUESTS, *_REPLACES, *_ALWAYS, _T.RESUMED, _T.FOUND),
    **_DAY_ENDINGS,
    _T.COMPLETED: _S.FILLED,
}

_RESTING: Row = {  # a GT order in the night
    **_staying(BY_QTY, *EXECUTIONS, *_REQUESTS, *_REPLACES, *_ALWAYS, _T.RESUMED),
    **_ENDINGS,
    **_LOST,
    _T.CALCULATED: _S.CALCULATED,
    _T.SUSPENDED: _S.SUSPENDED,
}

_DONE: Row = {  # a day order, whose day is over
    **_staying(BY_QTY, *EXECUTIONS, *_ALWAYS, _T.FOUND),
    **_ENDINGS,
    _T.CALCULATED: _S.CALCULATED,
}

_OVER: Row = {  # filled, and its day is over
    **_staying(BY_QTY, *EXECUTIONS, *_ALWAYS, _T.FOUND),
    _T.CALCULATED: _S.CALCULATED,
}


def _closed(status: OrdStatus) -> Row:
    return {**_staying(status, *EXECUTIONS, *_ALWAYS), _T.CALCULATED: _S.CALCULATED}


TABLE: Mapping[OrdStatus, Row] = MappingProxyType(
    {
        _S.PENDING_NEW: {
            **_WORKING,  # what presumes an acknowledgement proves it
            **_staying(_S.PENDING_NEW, _T.PENDING_NEW, *_REQUESTS, *_ALWAYS, _T.FOUND, *EXECUTIONS[1:]),
            _T.LOST: _S.UNKNOWN,
            _T.ACCEPTED: BY_QTY,
            _T.REJECTED: _S.REJECTED,
        },
        _S.NEW: {**_WORKING, _T.REJECTED: _S.REJECTED},
        _S.PARTIALLY_FILLED: _WORKING,
        _S.STOPPED: _SUSPENDED,
        _S.SUSPENDED: _SUSPENDED,
        _S.FILLED: _FILLED,
        _S.DONE_FOR_DAY: _RESTING,
        _S.CALCULATED: _RESTING,
        **{status: _closed(status) for status in (_S.CANCELED, _S.EXPIRED, _S.REJECTED)},
    }
)
"""By standing. How an order stands after its day depends on more: see `row_of`."""


def row_of(standing: OrdStatus, good_till: bool, filled: bool) -> Row:
    """What can happen to an order that stands so; `good_till`: the order outlives its day; `filled`: nothing is left of its quantity."""
    if standing in _AFTER_HOURS and (filled or not good_till):
        return _OVER if filled else _DONE
    return TABLE[standing]


_AFTER_HOURS = (_S.DONE_FOR_DAY, _S.CALCULATED)


def by_quantity(cum_qty: int, order_qty: int) -> OrdStatus:
    """What the executed quantity says of an order that is open."""
    if cum_qty <= 0:
        return OrdStatus.NEW
    return OrdStatus.PARTIALLY_FILLED if cum_qty < order_qty else OrdStatus.FILLED


def highest(states: Iterable[OrdStatus]) -> OrdStatus:
    """Of several states that apply, the one that is told (rule 2). ValueError for none."""
    return max(states, key=PRECEDENCE.__getitem__)


def status_after(
    standing: OrdStatus, trigger: Trigger, quantity_says: OrdStatus, pending: Iterable[OrdStatus]
) -> OrdStatus:
    """The status to tell after `trigger`, for who keeps no more of an order than its standing; `pending` as it is after the trigger.

    KeyError for what cannot happen to such an order.
    """
    begins = TABLE[standing][trigger]
    if begins is OrdStatus.FILLED or begins in CLOSED:
        return begins
    return highest((begins or quantity_says, *pending))
