"""What is traded with a counterparty and not settled yet.

A trade of T+n is settled by the end of the n-th business day after its day, and counts until that day is over: it is delivered in the course of it
(SEC rule 15c6-1(a): by the first business day after the contract; Regulation (EU) 909/2014 article 5(2): no later than on the second). So what
was traded on a Monday with T+2 counts through Wednesday, and no more from Thursday's first moment on. T+0 counts through its own day.

    business days   the trading dates of the counterparty's calendar, every day where that is always open. A calendar that ends settles
                    nothing after its end
    no calendar     Mondays to Fridays on which orders came: a holiday on which nobody traded is none
    days            UTC days of tape time; a trade is of the day on which the newest order was judged

Amounts are rounded up, and a trade and its opposite are both owed. A counterparty that is not known settles nothing.
"""

from bisect import bisect_left, bisect_right
from datetime import date

from oms.core.commands import NewOrder
from oms.core.reference import Calendar
from oms.core.risk.state import DAY_NS, RiskState
from oms.core.risk.value import base_of, worth_of
from oms.core.risk_reference import Counterparty

_EPOCH_WEEKDAY = date(1970, 1, 1).weekday()
_SATURDAY = 5


def note_settlement(
    state: RiskState, venue_id: str, terms: NewOrder, old: tuple[int, int], new: tuple[int, int]
) -> None:
    """A trade (quantity, price) took the place of another (quantity 0: of none). Of a currency pair what is to come counts: its base
    where it was bought, what it was sold for else."""
    venue, instrument = state.reference.venues.get(venue_id), state.reference.instruments.get(terms.instrument_id)
    if venue is None or instrument is None:
        return
    if instrument.base_currency and terms.side.sign > 0:
        currency, change = instrument.base_currency, new[0] - old[0]
        amount = base_of(instrument, abs(change))
    else:
        currency, change = instrument.currency, new[0] * new[1] - old[0] * old[1]
        amount = worth_of(instrument, abs(change), 1)
    amount = amount if change >= 0 else -amount
    for counterparty_id in venue.counterparties:
        by_day = state.unsettled.setdefault((counterparty_id, currency), {})
        by_day[state.day] = max(0, by_day.get(state.day, 0) + amount)
        for day in [day for day in by_day if state.days and day < state.days[0]]:
            del by_day[day]


def unsettled_value(state: RiskState, counterparty_id: str, currency: str, tape_ns: int) -> int:
    """What was traded with a counterparty on the days that are not settled at a tape time."""
    by_day = state.unsettled.get((counterparty_id, currency), {})
    known, today = state.reference.counterparties.get(counterparty_id), tape_ns // DAY_NS
    return sum(amount for day, amount in by_day.items() if known is None or not _settled(state, known, day, today))


def _settled(state: RiskState, counterparty: Counterparty, day: int, today: int) -> bool:
    """Whether a day's trades are settled: it is over, and so many business days after it."""
    if day >= today:
        return False
    needed = max(0, counterparty.settlement_days)
    if not needed:
        return True
    if not counterparty.calendar_id:
        return sum(day < other < today and is_weekday(other) for other in state.days) >= needed
    calendar = state.reference.calendars.get(counterparty.calendar_id)
    return calendar is not None and _business_days(state, calendar, day, today) >= needed


def _business_days(state: RiskState, calendar: Calendar, after: int, before: int) -> int:
    """How many lie between two days, both left out."""
    if calendar.always_open:
        return before - after - 1
    days = state.index().business_days(calendar)
    return max(0, bisect_left(days, before) - bisect_right(days, after))


def is_weekday(day: int) -> bool:
    """Of a day counted from 1970, which began on a Thursday.

    >>> [is_weekday(day) for day in range(5)]
    [True, True, False, False, True]
    """
    return (day + _EPOCH_WEEKDAY) % 7 < _SATURDAY
