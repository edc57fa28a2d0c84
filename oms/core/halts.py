"""Which halts cover an order, and what they let through: scopes looked up with reference data.

    CLIENT         of the order's account
    VENUE          only where the order or the child is bound to one; a smart order is asked venue by venue, at the router
    COUNTERPARTY   of the venue, as VENUE: an order is of every counterparty of the venue that it goes to (`LimitScope`)

A REDUCE_ONLY halt lets pass what risk judged knowing of it (`reduces_from`, the control position of that judgement: every record before it
was known). What was judged before is stopped as under BLOCK_NEW: nobody asked then whether it reduces. Trader and strategy are those of
the order's first command.
"""

from typing import NamedTuple

from oms.core.control import Control
from oms.core.enums import HaltScope
from oms.core.order_filter import OrderFilter
from oms.core.reference import Reference

Key = tuple[HaltScope, str]

NOT_JUDGED = 0
"""`reduces_from` of what was not judged under a reduce-only halt, or in records of before: no record comes before the first."""


class Place(NamedTuple):
    """What of an order scopes are about. An empty venue: neither venue nor counterparty is asked."""

    desk_id: str
    account_id: str
    instrument_id: str
    trader: str
    strategy: str
    venue_id: str = ""


def client_of(reference: Reference, account_id: str) -> str:
    """Whose the account is; empty: the firm's own, or not known."""
    account = reference.accounts.get(account_id)
    return account.client_id if account is not None else ""


def venues_of(reference: Reference, wanted: OrderFilter) -> frozenset[str] | None:
    """The venues that a filter is about; None: it says nothing about venues."""
    if wanted.counterparty_id:
        found = {v.venue_id for v in reference.venues.values() if wanted.counterparty_id in v.counterparties}
        return frozenset(found & {wanted.venue_id} if wanted.venue_id else found)
    return frozenset((wanted.venue_id,)) if wanted.venue_id else None


def halt_keys(reference: Reference, place: Place) -> tuple[Key, ...]:
    """Every scope that an order of this place lies in. What is empty lies in no such scope."""
    venue = reference.venues.get(place.venue_id)
    keys = (
        (HaltScope.DESK, place.desk_id),
        (HaltScope.ACCOUNT, place.account_id),
        (HaltScope.INSTRUMENT, place.instrument_id),
        (HaltScope.VENUE, place.venue_id),
        (HaltScope.TRADER, place.trader),
        (HaltScope.STRATEGY, place.strategy),
        (HaltScope.CLIENT, client_of(reference, place.account_id)),
        *((HaltScope.COUNTERPARTY, name) for name in (venue.counterparties if venue is not None else ())),
    )
    return ((HaltScope.FIRM, ""), *[key for key in keys if key[1]])


def covering(control: Control, reference: Reference, place: Place) -> tuple[Key, ...]:
    """The scopes of the halts in force that cover it."""
    if not control.halts:
        return ()
    return tuple([key for key in halt_keys(reference, place) if key in control.halts])


def stopped_by(control: Control, reference: Reference, place: Place, reduces_from: int = NOT_JUDGED) -> int:
    """The offset of a halt that stops what is new of such an order, −1 where none does."""
    for key in covering(control, reference, place):
        if key not in control.reduce_only or control.halts[key] >= reduces_from:
            return control.halts[key]
    return -1
