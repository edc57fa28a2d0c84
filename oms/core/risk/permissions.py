"""Checks of permission and form: may this order exist at all, whatever its size.

Control and audit must be alive, nothing halted, everyone and everything known and enabled, the session open, and the order well formed.
Limits are in `oms.core.risk.limits`. A smart order (not DIRECT) needs one enabled venue that lists the instrument; which of them
it goes to, and whether one of them is halted now, is the router's question.
"""

from oms.core.commands import SYSTEM_DESK
from oms.core.control import Control
from oms.core.emulation import twap_obstacle
from oms.core.enums import Algorithm, HaltAction, OrdType, TimeInForce
from oms.core.halts import Place, covering, halt_keys, stopped_by
from oms.core.instructions import STOPS, contradictions
from oms.core.reasons import Reason
from oms.core.risk.forgotten import blocked_by_unbooked
from oms.core.risk.judgement import PASSED, CheckResult, Judgement, refused
from oms.core.risk.scopes import holds
from oms.core.risk.trips import tripped_by
from oms.core.sessions import expires_at

TWAP_SLICES_MAX = 1000
"""A slice every 23 s of a session; more would be another algorithm, and every slice is a timer in the router's state."""

_NEVER_HEARD = -1

_AT_ONCE = (TimeInForce.IOC, TimeInForce.FOK)
_WAITING = (TimeInForce.DAY, TimeInForce.GTC, TimeInForce.GTD, TimeInForce.GOOD_FOR_TIME)
_AUCTIONS = (TimeInForce.AT_THE_OPENING, TimeInForce.AT_THE_CLOSE)

_COMBINATIONS = frozenset(
    (ord_type, tif, algorithm)
    for ord_type, tifs in (
        (OrdType.LIMIT, (*_WAITING, *_AT_ONCE, *_AUCTIONS)),
        # A market order that waits for days has no price that anyone would vouch for; a stop has its own.
        (OrdType.MARKET, (TimeInForce.DAY, *_AT_ONCE, *_AUCTIONS)),
        (OrdType.STOP, (*_WAITING, *_AT_ONCE)),
        (OrdType.STOP_LIMIT, (*_WAITING, *_AT_ONCE)),
        (OrdType.MARKET_TO_LIMIT, _WAITING),
        (OrdType.PEGGED, _WAITING),
    )
    for tif in tifs
    for algorithm in Algorithm
    # An order that is worked over time cannot be immediate.
    if algorithm is not Algorithm.TWAP or tif in (TimeInForce.DAY, TimeInForce.GTC)
)


def control_alive(j: Judgement) -> CheckResult:
    age = j.conditions.control_age_ns
    seen = _NEVER_HEARD if age is None else age
    if j.conditions.control_silent:
        text = "control was never read" if age is None else f"newest control record is {age} ns old"
        return CheckResult(j.conditions.control_limit_ns, seen, seen, reason=Reason.CONTROL_SILENT, text=text)
    return CheckResult(j.conditions.control_limit_ns, seen, seen)


def audit_alive(j: Judgement) -> CheckResult:
    age = j.conditions.audit_age_ns
    seen = _NEVER_HEARD if age is None else age
    if j.conditions.audit_behind:
        text = "audit was never heard of" if age is None else f"audit last complete {age} ns ago"
        return CheckResult(j.conditions.audit_limit_ns, seen, seen, reason=Reason.AUDIT_BEHIND, text=text)
    return CheckResult(j.conditions.audit_limit_ns, seen, seen)


def not_halted(j: Judgement) -> CheckResult:
    """The evidence's value is the offset of the halt in `oms.control`, −1 where none covers the order.

    A halt that lets through what reduces passes here: from here on it is known that `only_reduces` must be asked. Where a liquidation goes on
    only orders that do not wait pass beside its own.
    """
    control, places = j.state.control, _places(j)
    for place in places:
        halt = stopped_by(control, j.state.reference, place, control.position)
        if halt >= 0:
            return CheckResult(-1, halt, halt, reason=Reason.HALTED, text=halt_text(control, halt))
    keys = [key for place in places for key in covering(control, j.state.reference, place)]
    j.reducing_halt = max([control.halts[key] for key in keys], default=-1)
    if j.state.liquidations and _waits_in_liquidation(j):
        text = "it is being liquidated: only IOC and FOK orders that reduce pass; what waits would keep the position"
        return CheckResult(-1, j.reducing_halt, j.reducing_halt, reason=Reason.HALTED, text=text)
    return _not_tripped(j, places) if j.state.trips else CheckResult(-1, j.reducing_halt, j.reducing_halt)


def _waits_in_liquidation(j: Judgement) -> bool:
    o = j.order
    is_immediate = (
        o.time_in_force in _AT_ONCE and o.ord_type not in STOPS
    )  # an immediate stop waits for its price first
    if is_immediate or o.provenance.trader == SYSTEM_DESK:
        return False
    works = j.state.liquidations.values()
    return any(holds(j.state, work.scope, work.scope_id, o.account_id, o.instrument_id) for work in works)


def _places(j: Judgement) -> tuple[Place, ...]:
    """The order's, and the same for everybody else whom it is held against."""
    order, who = j.order, j.order.provenance
    venue_id = order.venue_id if order.algorithm is Algorithm.DIRECT else ""
    place = Place(order.desk_id, order.account_id, order.instrument_id, who.trader, who.strategy, venue_id)
    others = [place._replace(trader=name) for name in j.traders if name != who.trader]
    if j.amender is not None and j.amender.strategy != who.strategy:
        others.append(place._replace(strategy=j.amender.strategy))
    return place, *others


def _not_tripped(j: Judgement, places: tuple[Place, ...]) -> CheckResult:
    """A trip of this partition binds before its halt has come back through `oms.control`. The row names the trigger's version."""
    keys = tuple(dict.fromkeys(key for place in places for key in halt_keys(j.state.reference, place)))
    found = tripped_by(j.state.trips, keys)
    if found is None:
        return CheckResult(-1, j.reducing_halt, j.reducing_halt)
    trigger_id, trip = found
    text = f"{trip.text} (trigger {trigger_id})"
    if trip.action is HaltAction.BLOCK_NEW:
        return CheckResult(-1, -1, -1, trip.version, Reason.HALTED, text)
    j.reducing_trip = text
    return CheckResult(-1, j.reducing_halt, j.reducing_halt, trip.version)


def halt_text(control: Control, offset: int) -> str:
    """Which scope is halted and why: what a desk needs to know whom to ask."""
    scope, scope_id = next(key for key, at in control.halts.items() if at == offset)
    name = f"{scope.name.lower()}:{scope_id}" if scope_id else scope.name.lower()
    halted = "is reduce-only" if (scope, scope_id) in control.reduce_only else "is halted"
    return f"{name} {halted}: {control.why.get(offset, '')} (control offset {offset})"


def desk_enabled(j: Judgement) -> CheckResult:
    desk = j.state.reference.desks.get(j.order.desk_id)
    if desk is None:
        return refused(Reason.UNKNOWN_DESK, f"desk {j.order.desk_id!r} is not known")
    if not desk.enabled:
        return refused(Reason.DESK_DISABLED, f"desk {desk.desk_id} is disabled")
    if blocked_by_unbooked(j.state, desk.desk_id):
        unbooked = j.state.unbooked
        scope = f"desk:{desk.desk_id}" if desk.desk_id in unbooked else "firm"
        text = f"{sum(unbooked.values())} trades could not be booked: see to them, then `oms resume {scope}`"
        return refused(Reason.TRADES_UNBOOKED, text)
    return PASSED


def account_enabled(j: Judgement) -> CheckResult:
    account = j.state.reference.accounts.get(j.order.account_id)
    if account is None:
        return refused(Reason.UNKNOWN_ACCOUNT, f"account {j.order.account_id!r} is not known")
    if not account.enabled:
        return refused(Reason.ACCOUNT_DISABLED, f"account {account.account_id} is disabled")
    if account.desk_id != j.order.desk_id:
        return refused(Reason.ACCOUNT_NOT_OF_DESK, f"account {account.account_id} is not of desk {j.order.desk_id}")
    return PASSED


def instrument_enabled(j: Judgement) -> CheckResult:
    order = j.order
    instrument = j.state.reference.instruments.get(order.instrument_id)
    if instrument is None:
        return refused(Reason.UNKNOWN_INSTRUMENT, f"instrument {order.instrument_id!r} is not known")
    if not instrument.enabled:
        return refused(Reason.INSTRUMENT_DISABLED, f"instrument {instrument.instrument_id} is disabled")
    return PASSED


def venue_available(j: Judgement) -> CheckResult:
    """From here on the venues that the mandate may name are known."""
    order, venues = j.order, j.state.reference.venues
    listing = j.state.index().listings.get(order.instrument_id, ())
    if order.algorithm is Algorithm.DIRECT:
        venue = venues.get(order.venue_id)
        if venue is None:
            return refused(Reason.UNKNOWN_VENUE, f"venue {order.venue_id!r} is not known")
        if not venue.enabled:
            return refused(Reason.VENUE_DISABLED, f"venue {venue.venue_id} is disabled")
        listing = tuple(venue_id for venue_id in listing if venue_id == order.venue_id)
    enabled = tuple(venue_id for venue_id in listing if venues[venue_id].enabled)
    if listing and not enabled:
        return refused(Reason.VENUE_DISABLED, f"every venue that lists {order.instrument_id} is disabled")
    if not enabled:
        return refused(
            Reason.NOT_LISTED_AT_VENUE, f"{order.instrument_id} is not listed at {order.venue_id or 'any venue'}"
        )
    j.venues = enabled
    return PASSED


def session_open(j: Judgement) -> CheckResult:
    calendar_id = j.instrument.calendar_id
    calendar = j.state.reference.calendars.get(calendar_id)
    if calendar is None:
        return refused(Reason.SESSION_CLOSED, f"calendar {calendar_id!r} is not known")
    if not calendar.is_open(j.conditions.tape_ns):
        return refused(Reason.SESSION_CLOSED, f"calendar {calendar_id} has no session now")
    return PASSED


def quantity_valid(j: Judgement) -> CheckResult:
    qty, lot = j.order.order_qty, _positive(j, "lot", j.instrument.lot_size)
    if qty <= 0:
        return CheckResult(lot, 0, qty, reason=Reason.QTY_NOT_POSITIVE, text=f"quantity {qty} is not positive")
    if qty % lot:
        return CheckResult(
            lot, 0, qty, reason=Reason.QTY_NOT_IN_LOTS, text=f"quantity {qty} is no multiple of the lot {lot}"
        )
    i = j.order.instructions
    for name, part in (("display_qty", i.display_qty or 0), ("min_qty", i.min_qty)):
        if part % lot:
            text = f"{name} {part} is no multiple of the lot {lot}"
            return CheckResult(lot, 0, part, reason=Reason.QTY_NOT_IN_LOTS, text=text)
    return CheckResult(lot, 0, qty)


def _positive(j: Judgement, what: str, size: int) -> int:
    """ValueError where reference data has a size that nothing is a multiple of, or everything."""
    if size <= 0:
        raise ValueError(f"the {what} of {j.order.instrument_id} is {size}")
    return size


def price_valid(j: Judgement) -> CheckResult:
    price, tick, i = j.order.price, _positive(j, "tick", j.instrument.tick_size), j.order.instructions
    if price is None and j.order.ord_type in (OrdType.LIMIT, OrdType.STOP_LIMIT):
        return CheckResult(tick, reason=Reason.PRICE_MISSING, text="a limit order needs a price")
    for name, value in (("price", price), ("stop_px", i.stop_px)):
        if value is not None and value <= 0:
            text = f"{name} {value} is not positive"
            return CheckResult(tick, 0, value, reason=Reason.PRICE_NOT_POSITIVE, text=text)
    offset = i.peg.offset if i.peg is not None else None
    for name, value in (("price", price), ("stop_px", i.stop_px), ("peg offset", offset)):
        if value is not None and value % tick:
            text = f"{name} {value} is no multiple of the tick {tick}"
            return CheckResult(tick, 0, value, reason=Reason.PRICE_NOT_IN_TICKS, text=text)
    return CheckResult(tick) if price is None else CheckResult(tick, 0, price)


def combination_supported(j: Judgement) -> CheckResult:
    order = j.order
    if (order.ord_type, order.time_in_force, order.algorithm) not in _COMBINATIONS:
        text = f"{order.ord_type.name} {order.time_in_force.name} {order.algorithm.name} is not supported"
        return refused(Reason.UNSUPPORTED_COMBINATION, text)
    wrong = contradictions(order.ord_type, order.time_in_force, order.order_qty, order.price, order.instructions)
    if wrong:
        return refused(Reason.UNSUPPORTED_COMBINATION, "; ".join(f"{field}: {what}" for field, what in wrong))
    if order.algorithm is Algorithm.TWAP and (obstacle := twap_obstacle(order.ord_type, order.instructions)):
        return refused(Reason.UNSUPPORTED_COMBINATION, obstacle)
    calendar, now_ns = j.state.reference.calendars.get(j.instrument.calendar_id), j.conditions.tape_ns
    ends_ns = expires_at(order.time_in_force, order.instructions, now_ns, calendar)
    if ends_ns is not None and ends_ns <= now_ns:
        return refused(Reason.UNSUPPORTED_COMBINATION, "the order would expire in the past")
    if order.venue_id and order.algorithm is not Algorithm.DIRECT:
        return refused(Reason.UNSUPPORTED_COMBINATION, f"{order.algorithm.name} chooses its venues itself")
    return PASSED


def algorithm_parameters(j: Judgement) -> CheckResult:
    twap = j.order.twap
    if j.order.algorithm is not Algorithm.TWAP:
        if twap is not None:
            return refused(Reason.ALGORITHM_PARAMETERS, f"{j.order.algorithm.name} has no TWAP parameters")
        return PASSED
    if twap is None:
        return refused(Reason.ALGORITHM_PARAMETERS, "TWAP needs its parameters")
    if not 1 <= twap.slices <= TWAP_SLICES_MAX:
        return refused(Reason.ALGORITHM_PARAMETERS, f"{twap.slices} slices: 1 to {TWAP_SLICES_MAX} are possible")
    if twap.end_ns <= twap.start_ns:
        return refused(Reason.ALGORITHM_PARAMETERS, "TWAP must end after it starts")
    if twap.end_ns <= j.conditions.tape_ns:
        return refused(Reason.ALGORITHM_PARAMETERS, "TWAP would end in the past")
    return PASSED
