"""How long a parent lives, and the journaled timers that say so: EXPIRE, where it ends by itself, and DAY_CHANGE, where it lives for days.

Invariants:
- both timers outlive every request: a cancel or a replace disarms neither, so a refusal has nothing to arm again. Only the end drops them;
- a timer that is due counts as fired for whatever else is decided first: nothing is placed past the end, or between two days;
- a moment that the calendar does not reach yet has no timer; the change of the calendar that reaches it sets it (`days.retime`).

Children of an order that lives for days, where the market closes: DAY, so that the venue ends by itself what we could not cancel in time,
and nothing of ours waits overnight in a book that nobody watches; the rest is planned anew each morning. A DIRECT GTC order stays a GTC
child: whoever names the venue wants his place in its queue. The price of DAY children is that place.

What the timers do when they fire is in `days`.
"""

from dataclasses import replace

from oms.core.enums import Algorithm, TimeInForce, TimerKind
from oms.core.instructions import Instructions
from oms.core.reference import Calendar, Venue
from oms.core.routing.draft import Draft
from oms.core.routing.state import Parent
from oms.core.routing.work import Work, validity_at
from oms.core.routing_events import DayChanged
from oms.core.sessions import day_after, day_at, day_of, expires_at

Change = tuple[int, int]
"""(trading date, when): of a day of an order, its close or the next one's start."""


def calendar_of(draft: Draft, parent: Parent) -> Calendar | None:
    reference = draft.state.reference
    instrument = reference.instruments.get(parent.opened.instrument_id)
    return reference.calendars.get(instrument.calendar_id) if instrument is not None else None


def closes(calendar: Calendar | None) -> bool:
    """Whether the market has hours at which it is closed."""
    return calendar is not None and not calendar.always_open and bool(calendar.intervals)


def arm(draft: Draft, parent: Parent) -> None:
    """Set both timers as terms and calendar have them: for a new order, for new terms, for a changed calendar."""
    _arm_expiry(draft, parent)
    if parent.lives_for_days:
        _begin(draft, parent)
        arm_day_change(draft, parent)


def arm_day_change(draft: Draft, parent: Parent) -> None:
    """The timer for the next change of day, as far as the calendar reaches."""
    wanted = next_change(draft, parent)
    present = [
        (number, draft.due(parent, TimerKind.DAY_CHANGE, number)) for number in numbers(parent, TimerKind.DAY_CHANGE)
    ]
    if present == ([wanted] if wanted is not None else []):
        return
    for number, _ in present:
        draft.end_timer(parent, TimerKind.DAY_CHANGE, number)
    if wanted is not None:
        draft.set_timer(parent, TimerKind.DAY_CHANGE, *wanted)


def next_change(draft: Draft, parent: Parent) -> Change | None:
    """When the day of the order changes next; None where the calendar does not say."""
    calendar = calendar_of(draft, parent)
    if calendar is None:
        return None
    if not parent.day_closed and parent.trade_date and not calendar.always_open:
        day = day_of(calendar, parent.trade_date)
        # A day that the calendar has no more is over.
        return parent.trade_date, day.close_ns if day is not None else draft.conditions.tape_ns
    upcoming = (
        day_after(calendar, parent.trade_date) if parent.trade_date else day_at(calendar, draft.conditions.tape_ns)
    )
    return (upcoming.trading_date, upcoming.start_ns) if upcoming is not None else None


def expiry(draft: Draft, parent: Parent) -> int | None:
    """When the order ends by itself under the terms in force."""
    terms = parent.terms
    return expires_at(parent.opened.time_in_force, terms.instructions, terms.accepted_ns, calendar_of(draft, parent))


def is_over(draft: Draft, parent: Parent) -> bool:
    """Whether the end of validity has come, even where its timer has not fired yet."""
    now_ns = draft.conditions.tape_ns
    return any(draft.due(parent, TimerKind.EXPIRE, number) <= now_ns for number in numbers(parent, TimerKind.EXPIRE))


def between_days(draft: Draft, parent: Parent) -> bool:
    """Whether nothing may be placed for it: its day is over, or its change is due, and the next has not begun."""
    if parent.day_closed:
        return True
    if not closes(calendar_of(draft, parent)):
        return False
    now_ns = draft.conditions.tape_ns
    return any(draft.due(parent, TimerKind.DAY_CHANGE, n) <= now_ns for n in numbers(parent, TimerKind.DAY_CHANGE))


def child_validity(draft: Draft, parent: Parent) -> TimeInForce:
    """TimeInForce of a child that may wait for the parent."""
    own = parent.opened.time_in_force
    if not parent.lives_for_days:
        return own
    if own is TimeInForce.GTC and parent.opened.algorithm is Algorithm.DIRECT:
        return own
    return TimeInForce.DAY if closes(calendar_of(draft, parent)) else TimeInForce.GTC


def validity_for(draft: Draft, parent: Parent, work: Work, venue: Venue) -> TimeInForce:
    """TimeInForce under which what waits leaves for this venue: the venue's own where it has it, else as long as a child of ours lives."""
    at_venue = validity_at(work, venue)
    return child_validity(draft, parent) if at_venue is TimeInForce.GTC else at_venue


def replaced_validity(parent: Parent, asked: Instructions, accepted_ns: int) -> tuple[Instructions, int]:
    """The instructions of a replacement with the validity that is in force after it, and from when that counts.

    The kind of validity stays; its moment too, unless another is stated. A duration stated again begins with the replacement.
    """
    now = parent.terms.instructions
    if asked.expire_ns or asked.expire_date:
        return asked, parent.terms.accepted_ns
    if asked.good_for_ns:
        return asked, accepted_ns
    kept = replace(asked, expire_ns=now.expire_ns, expire_date=now.expire_date, good_for_ns=now.good_for_ns)
    return kept, parent.terms.accepted_ns


def trade_date_of(draft: Draft, parent: Parent, transact_ns: int) -> int:
    """TradeDate (FIX 75) of a fill made then: the day the order is in, or an earlier one whose fill comes late; 0 where it has no day."""
    if not parent.trade_date or not 0 < transact_ns < parent.day_start_ns:
        return parent.trade_date
    calendar = calendar_of(draft, parent)
    day = day_at(calendar, transact_ns) if calendar is not None else None
    # A day that the calendar has no more: some earlier one, and certainly not this.
    return day.trading_date if day is not None and day.trading_date < parent.trade_date else parent.trade_date - 1


def numbers(parent: Parent, kind: TimerKind) -> list[int]:
    """Of the timers of a kind that are set."""
    return [number for found, number in parent.timers if found is kind]


def _arm_expiry(draft: Draft, parent: Parent) -> None:
    if parent.cancelling:
        return  # it is ending: the timer, if any, is there to ask again
    wanted, present = expiry(draft, parent), numbers(parent, TimerKind.EXPIRE)
    if wanted is None:
        for number in present:
            draft.end_timer(parent, TimerKind.EXPIRE, number)
    elif not present or draft.due(parent, TimerKind.EXPIRE, present[0]) != wanted:
        draft.set_timer(parent, TimerKind.EXPIRE, present[0] if present else 1, wanted)


def _begin(draft: Draft, parent: Parent) -> None:
    """The first day of an order: the one that is on, or none yet."""
    calendar = calendar_of(draft, parent)
    day = day_at(calendar, draft.conditions.tape_ns) if calendar is not None else None
    if parent.trade_date or parent.day_closed or day is None or calendar is None:
        return
    if calendar.always_open or day.start_ns <= draft.conditions.tape_ns:
        draft.emit(DayChanged(parent.order_id, day.trading_date, day.start_ns, False))
    else:
        draft.emit(DayChanged(parent.order_id, 0, 0, True))
