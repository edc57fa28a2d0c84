"""The figure of a trigger now, and what it rests on; None where it cannot be told, which counts as beyond every threshold.

Silence (of the audit, of quotes, of a venue's session) counts from the owner's first look on, whatever it was before: who has just begun,
perhaps with everything else, cannot tell an outage from a start. So what was never heard of has an age as well.
Time without a session of the market counts for nothing: venues are down and quotes old every night.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from oms.core.enums import LimitKind, LimitScope
from oms.core.halt_triggers import HaltTrigger, HaltTriggerKind, fault_of
from oms.core.market import MarketView
from oms.core.money import INT64_MAX, nearest
from oms.core.reference import Calendar, Venue
from oms.core.risk.measures import lost_in_all
from oms.core.risk.state import RiskState
from oms.core.risk.trips import Counts, count_figure, slice_of
from oms.core.risk.value import ages, converted, rate_of
from oms.core.risk_events import EvidenceInput
from oms.core.session_hours import standing
from oms.core.stage import Conditions


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` in the unit of the trigger's threshold. `text`: why it is not known, or what it says beside its value."""

    value: int | None
    text: str = ""
    inputs: tuple[EvidenceInput, ...] = ()


class _Unknown(Exception):
    """It cannot be told, for this reason."""


_NOTHING = Figure(0)


def figure_of(state: RiskState, trigger: HaltTrigger, conditions: Conditions, market: MarketView) -> Figure:
    """Never raises for what reference data, the market or our own processes lack."""
    field, wrong = fault_of(trigger)
    if wrong:
        return Figure(None, f"trigger {trigger.trigger_id}: {field} {wrong}")
    try:
        match trigger.kind:
            case HaltTriggerKind.DAY_LOSS:
                return _day_loss(state, trigger, conditions)
            case HaltTriggerKind.MESSAGE_RATE | HaltTriggerKind.REJECT_RATIO:
                counts = state.counts.get(trigger.trigger_id) or Counts(slice_of(trigger))
                return Figure(count_figure(trigger, *counts.within(conditions.wall_ns)))
            case HaltTriggerKind.STALE_MARKET:
                return _stale_market(state, trigger.scope_id, conditions, market)
            case HaltTriggerKind.VENUE_LOST:
                return _venue_lost(state, trigger.scope_id, conditions)
            case HaltTriggerKind.AUDIT_LAG:
                return _audit_lag(state, conditions)
    except _Unknown as unknown:
        return Figure(None, str(unknown))


def _day_loss(state: RiskState, trigger: HaltTrigger, conditions: Conditions) -> Figure:
    """Over all currencies, losses rounded up and gains down. Before the first order of a day there is no result of it."""
    book, scope = state.book(), LimitScope[trigger.scope.name]
    others = _lost_elsewhere(state, scope, trigger, conditions.wall_ns)
    said = f"{others} of it is lost in other partitions" if others else ""
    if state.begins_day(conditions.tape_ns):
        return Figure(others, said)
    lost, inputs = 0, dict[str, EvidenceInput]()
    for currency in book.index.currencies:
        money = book.money.get((scope, trigger.scope_id, currency))
        result = money.realised + money.unrealised if money is not None else 0
        if not result:
            continue
        if currency == trigger.currency:
            lost -= result
            continue
        rates = []
        for name in (currency, trigger.currency):
            rate, inputs[name] = _rate(state, scope, trigger.scope_id, name, conditions)
            rates.append(rate)
        lost += converted(-result, rates[0], rates[1])
    return Figure(nearest(lost_in_all(lost, others)), said, tuple(inputs.values()))


def _lost_elsewhere(state: RiskState, scope: LimitScope, trigger: HaltTrigger, wall_ns: int) -> int:
    """What other partitions have said that they lost: known where the holder has a limit on the day's loss in the trigger's currency."""
    found = [
        state.credit_of(versioned.credit_id)
        for versioned in state.index().limits.get((scope, trigger.scope_id, ""), ())
        if versioned.limit.kind is LimitKind.DAY_LOSS
        and versioned.limit.currency == trigger.currency
        and versioned.active(wall_ns, "")
    ]
    return max((credit.others_use for credit in found if credit is not None), default=0)


def _rate(
    state: RiskState, scope: LimitScope, scope_id: str, currency: str, conditions: Conditions
) -> tuple[int, EvidenceInput]:
    """As old as a FX_RATE_AGE_NS limit of the holder or the firm lets it be; without such a limit a rate that ages is no good."""
    rate = rate_of(state.reference, currency)
    if rate is None:
        raise _Unknown(f"{currency} has no exchange rate")
    age_ns = conditions.tape_ns - rate.as_of_ns if ages(state.reference, rate) else 0
    limits = state.index().limits
    allowed = [
        versioned.limit.value
        for holder in {(LimitScope.FIRM, "", ""), (scope, scope_id, "")}
        for versioned in limits.get(holder, ())
        if versioned.limit.kind is LimitKind.FX_RATE_AGE_NS and versioned.active(conditions.wall_ns, "")
    ]
    if abs(age_ns) > min(allowed, default=0):
        raise _Unknown(f"the exchange rate of {currency} is {age_ns} ns old")
    version = state.reference.version("fx_rate", currency)
    return rate.rate_e9, EvidenceInput("fx_rate", currency, version, age_ns)


def _stale_market(state: RiskState, instrument_id: str, conditions: Conditions, market: MarketView) -> Figure:
    instrument = state.reference.instruments.get(instrument_id)
    if instrument is None:
        raise _Unknown(f"instrument {instrument_id} is not known")
    tape_ns = conditions.tape_ns
    began_ns = _began(state, instrument.calendar_id, tape_ns)
    if began_ns is None or not _is_used(state, instrument_id):
        return _NOTHING
    seen = market.instrument(instrument_id)
    times = [q.quote.time_ns for q in seen.quotes if q.quote.bid_qty > 0 or q.quote.ask_qty > 0] if seen else []
    due_ns = max(0, tape_ns - max(began_ns, state.triggers().since_tape_ns))
    if not times or seen is None:
        return Figure(due_ns, "no quote was seen")
    age_ns = max(-INT64_MAX, min(INT64_MAX, tape_ns - max(times)))
    inputs = (EvidenceInput("quote", instrument_id, seen.position, age_ns),)
    # A quote from the future is no newer than one from the past: one of the two clocks is wrong.
    return Figure(abs(age_ns) if age_ns < 0 else min(age_ns, due_ns), "", inputs)


def _is_used(state: RiskState, instrument_id: str) -> bool:
    book = state.book()
    if book.counts.get((LimitScope.FIRM, "", instrument_id)):
        return True
    accounts = book.held_by.get(instrument_id, ())
    return any(book.held(LimitScope.ACCOUNT, account_id, instrument_id) for account_id in accounts)


def _began(state: RiskState, calendar_id: str, tape_ns: int) -> int | None:
    """Tape time at which the present session began; None while there is none."""
    calendar = state.reference.calendars.get(calendar_id)
    if calendar is None:
        raise _Unknown(f"calendar {calendar_id} is not known")
    return _start_of(calendar, tape_ns) if calendar.is_open(tape_ns) else None


def _start_of(calendar: Calendar, tape_ns: int) -> int:
    if calendar.always_open:
        return 0
    return max(interval.start_ns for interval in calendar.intervals if interval.start_ns <= tape_ns)


def _venue_lost(state: RiskState, venue_id: str, conditions: Conditions) -> Figure:
    """Of a venue that has no session with this partition, is disabled, or is outside its hours, nothing is lost."""
    venue = state.reference.venues.get(venue_id)
    if venue is None:
        raise _Unknown(f"venue {venue_id} is not known")
    sessions = [s.session_id for s in venue.sessions if s.partition == state.partition]
    if not venue.enabled or not sessions:
        return _NOTHING
    open_ns, due_ns = _open_for(state, venue.instruments, conditions.tape_ns), _due_for(venue, conditions.wall_ns)
    if open_ns is None or due_ns is None:
        return _NOTHING
    figure = _NOTHING
    for session_id in sessions:
        since_ns = state.venue_sessions.get(session_id)
        if since_ns == 0:
            continue
        down_ns = max(0, conditions.wall_ns - max(since_ns or 0, state.triggers().since_ns))
        lost_ns = min(down_ns, open_ns, due_ns)
        if figure.value is None or lost_ns >= figure.value:
            text = f"session {session_id} is down" if since_ns else f"session {session_id} was never up"
            figure = Figure(lost_ns, text, (EvidenceInput("session", session_id, -1, down_ns),))
    return figure


def _due_for(venue: Venue, wall_ns: int) -> int | None:
    """For how long its sessions should have been up, by their hours; None while they should not be."""
    if venue.hours is None:
        return INT64_MAX
    now = standing(venue.hours, wall_ns)
    return wall_ns - now.began_ns if now.is_open else None


def _open_for(state: RiskState, instruments: Iterable[str], tape_ns: int) -> int | None:
    """For how long some market of these has been open; None where none is."""
    known = [state.reference.instruments[i] for i in instruments if i in state.reference.instruments]
    began = [_began(state, calendar_id, tape_ns) for calendar_id in {i.calendar_id for i in known}]
    found = [tape_ns - at_ns for at_ns in began if at_ns is not None]
    return max(found, default=None)


def _audit_lag(state: RiskState, conditions: Conditions) -> Figure:
    age_ns, heard_ns = conditions.audit_age_ns, max(0, conditions.wall_ns - state.triggers().since_ns)
    if age_ns is None:
        return Figure(heard_ns, "the audit was never heard of")
    return Figure(min(age_ns, heard_ns), "", (EvidenceInput("audit_progress", "", -1, age_ns),))
