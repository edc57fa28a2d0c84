"""What risk remembers of how much is sent and traded: days, messages, same terms, a strategy's repeats, marks, and results.

Called by `evolve` alone. Times are those of the decision's evidence; a record of before evidence had times (0) counts no message.

    bucket of a message limit of N a second   the wall time at which it is full again (generic cell rate algorithm, ITU-T I.371): each
                                              message moves it on by 10**9 / N ns, rounded up; what is further ahead than a second is
                                              beyond the limit. A message that the limit itself refused moves nothing, nor does one
                                              of whoever is halted, or of another desk's account: what is stopped takes nothing
                                              from those who go on. None fills it beyond its rim: a flood of refused orders is over
                                              a second after it ends, and so is what was sent before the clock was set back. An
                                              amendment fills the buckets of the order's holders and of who amends it. Limits of one
                                              holder and instrument share a bucket, which the lowest in force fills
    windows                                   the same messages, of limits that span partitions (`oms.core.risk.windows`)
    activity                                  what goes to venues, as `oms.core.order_to_trade` has it: new order 1, amendment 2 (it is a
                                              cancel and a new order), cancel 1, an immediate order's rest 1; an order that was
                                              executed 1, at its first fill. With each its volume; a bust takes its own back
    day                                       begins with the first order that is judged in an open session, accepted or not
"""

from dataclasses import replace

from oms.core.commands import NewOrder, Provenance, order_id_of
from oms.core.enums import LimitKind, LimitScope, TimeInForce
from oms.core.order_to_trade import COUNTS, Act, CountedType
from oms.core.reasons import Reason
from oms.core.risk import windows
from oms.core.risk.ledger import Ledger, correct, new_day, trade
from oms.core.risk.marking import has_moved
from oms.core.risk.reference_index import Holder, VersionedLimit, with_others
from oms.core.risk.settlement import note_settlement
from oms.core.risk.state import DAY_NS, DAYS_KEPT, TERMS_KEPT, Activity, RiskOrder, RiskState, Terms
from oms.core.risk_events import Evidence

SECOND_NS = 1_000_000_000
SESSION_CHECK = 8
"""Number of `session_open` in the catalogue: an order of a day without a session begins none."""
_SINGLE, _IMMEDIATE = COUNTS[CountedType.SINGLE], COUNTS[CountedType.IMMEDIATE]
NEW_MESSAGES, AMEND_MESSAGES, CANCEL_MESSAGES = _SINGLE[Act.ENTER], _SINGLE[Act.MODIFY], _SINGLE[Act.CANCEL]


def terms_of(order: NewOrder) -> Terms:
    return order.account_id, order.instrument_id, order.side, order.ord_type, order.order_qty, order.price or 0


def bucket_step(value: int) -> int:
    """Nanoseconds that one message takes of a limit of `value` a second; more than a second where none is allowed."""
    return -(-SECOND_NS // value) if value > 0 else 2 * SECOND_NS


def begin_day(state: RiskState, tape_ns: int) -> None:
    """The first order of a later UTC day: results, turnover, messages and trades count anew."""
    day = tape_ns // DAY_NS
    if day <= state.day:
        return
    first = not state.days
    state.days = (*state.days, day)[-DAYS_KEPT:]
    state.activity.clear()
    if first:
        return
    state.peaks.clear()
    book = state.book()
    for (account_id, instrument_id), ledger in state.ledgers.items():
        new_day(ledger, book.held(LimitScope.ACCOUNT, account_id, instrument_id))
        book.book_holding(state, account_id, instrument_id)


def note_message(
    state: RiskState,
    order: NewOrder,
    venues: tuple[str, ...],
    evidence: Evidence,
    weight: int,
    qty: int,
    amended_by: Provenance | None = None,
) -> None:
    """A new order or an amendment was accepted, of a volume: what it withdraws and what it enters."""
    if not evidence.wall_ns or order.instrument_id not in state.reference.instruments:
        return
    rates = _rates(state, order, venues, amended_by)
    _fill_buckets(state, order, rates, evidence.wall_ns, 1)
    windows.note_accepted(state, rates, evidence.wall_ns)
    sent = Activity(messages=weight, ordered_qty=qty)
    _note_activity(state, state.index().holders(order, venues).everyone, order.instrument_id, sent)


def note_withdrawn(state: RiskState, order: RiskOrder, at_once: bool = False) -> None:
    """An order is being cancelled. `at_once`: by its venue, as it could not be executed in full when it came; that counts of what was
    meant so."""
    terms = order.terms
    immediate = terms.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)
    left = max(0, terms.order_qty - order.cum_qty)
    if not order.value_px or (at_once and not (immediate and left)):
        return
    weight = _IMMEDIATE[Act.EXPIRE] if at_once else CANCEL_MESSAGES
    sent = Activity(messages=weight, ordered_qty=left)
    _note_activity(state, state.index().holders(terms, order.venues).everyone, terms.instrument_id, sent)


def note_refused(
    state: RiskState, order: NewOrder, reason: Reason, evidence: Evidence, amended_by: Provenance | None = None
) -> None:
    """A refusal by the checks was sent like any other message, unless it was one too many, or of somebody who may send none. No venue ever
    sees it."""
    if not evidence.checks or not evidence.wall_ns:
        return
    if SESSION_CHECK in evidence.checks and reason is not Reason.SESSION_CLOSED:
        begin_day(state, evidence.tape_ns)
    rates = _rates(state, order, (), amended_by)
    _fill_buckets(state, order, rates, evidence.wall_ns, int(reason not in windows.NO_MESSAGE))
    windows.note_refused(state, rates, evidence.wall_ns, reason)


def _rates(
    state: RiskState, order: NewOrder, venues: tuple[str, ...], amended_by: Provenance | None
) -> tuple[VersionedLimit, ...]:
    """Limits of messages that cover an order, and of who amends it, the lowest first."""
    index, instrument = state.index(), state.reference.instruments.get(order.instrument_id)
    if instrument is None:
        return ()
    covering = index.covering(order, instrument, venues)
    if amended_by is not None and amended_by != order.provenance:
        covering = with_others(covering, index.covering(replace(order, provenance=amended_by), instrument, venues))
    return covering.get(LimitKind.MESSAGE_RATE, ())


def _fill_buckets(
    state: RiskState, order: NewOrder, limits: tuple[VersionedLimit, ...], wall_ns: int, messages: int
) -> None:
    order_id = order_id_of(order.desk_id, order.trading_date, order.cl_ord_id)
    filled: set[tuple[LimitScope, str, str]] = set()
    for versioned in limits:
        limit = versioned.limit
        key = (limit.scope, limit.scope_id, limit.instrument_id)
        if key in filled or not versioned.active(wall_ns, order_id):
            continue
        filled.add(key)
        step = bucket_step(limit.value)
        full_ns = max(state.buckets.get(key, 0), wall_ns) + step * messages
        state.buckets[key] = min(full_ns, wall_ns + step * max(1, limit.value))


def _note_activity(state: RiskState, holders: tuple[Holder, ...], instrument_id: str, more: Activity) -> None:
    day, touched = state.day, state.book().touched
    for scope, scope_id in holders:
        key = (scope, scope_id, instrument_id)
        touched[key] = None
        found = state.activity.get(key)
        if found is None or found.day != day:
            found = state.activity[key] = Activity(day)
        found.messages += more.messages
        found.trades += more.trades
        found.ordered_qty += more.ordered_qty
        found.traded_qty = max(0, found.traded_qty + more.traded_qty)


def note_terms(state: RiskState, order: NewOrder, wall_ns: int) -> None:
    """An order of these terms was accepted, and its strategy has executed once more."""
    if not wall_ns:
        return
    terms, seen = terms_of(order), state.terms_seen
    seen.pop(terms, None)
    seen[terms] = wall_ns
    if len(seen) > TERMS_KEPT:
        del seen[next(iter(seen))]
    strategy = order.provenance.strategy
    if strategy:
        state.repeats[strategy] = state.repeats.get(strategy, 0) + 1


def note_mark(state: RiskState, account_id: str, instrument_id: str, mark_px: int, value_px: int) -> None:
    """A decision about this account and instrument saw a price."""
    if mark_px <= 0:
        return
    ledger = _ledger(state, account_id, instrument_id, mark_px)
    ledger.mark_px, ledger.value_px = mark_px, value_px
    state.book().book_holding(state, account_id, instrument_id)
    _note_peaks(state, account_id, instrument_id)


def _ledger(state: RiskState, account_id: str, instrument_id: str, price: int) -> Ledger:
    """That of a holding; a new one begins at this price with what is held. The first price of an instrument values all that hold it."""
    book = state.book()
    _first_mark(state, instrument_id, price)
    if has_moved(state.marks[instrument_id], price):
        state.off_mark.add(instrument_id)
    key = (account_id, instrument_id)
    ledger = state.ledgers.get(key)
    if ledger is None:
        held = book.held(LimitScope.ACCOUNT, account_id, instrument_id)
        ledger = state.ledgers[key] = Ledger(price, price, held * price, qty=held)
    return ledger


def _first_mark(state: RiskState, instrument_id: str, price: int) -> None:
    """The first price of an instrument values all that hold it and have not traded it."""
    if instrument_id in state.marks:
        return
    state.marks[instrument_id] = price
    book = state.book()
    for account_id in book.held_by.get(instrument_id, ()):
        book.book_holding(state, account_id, instrument_id)


def note_market(state: RiskState, instrument_id: str, price: int, value_px: int = 0) -> None:
    """The market showed a price: everyone's holding of the instrument is worth that. Of an option the exposure is `value_px`, its delta's
    part, and stays what it was where that is 0."""
    book = state.book()
    state.marks[instrument_id] = price
    state.off_mark.discard(instrument_id)
    holders = [a for a in book.held_by.get(instrument_id, ()) if _is_valued(state, a, instrument_id)]
    for account_id in holders:
        ledger = _ledger(state, account_id, instrument_id, price)
        ledger.mark_px = price
        if value_px or not _is_option(state, instrument_id):
            ledger.value_px = value_px or price
        book.book_holding(state, account_id, instrument_id)
    for (
        account_id
    ) in holders:  # behind them all: between two, the result of both would depend on which account comes first
        _note_peaks(state, account_id, instrument_id)


def _is_valued(state: RiskState, account_id: str, instrument_id: str) -> bool:
    """Whether there is anything to value. A book that was made anew does not know who had an open order once, and traded nothing."""
    if (account_id, instrument_id) in state.ledgers:
        return True
    return state.book().held(LimitScope.ACCOUNT, account_id, instrument_id) != 0


def note_trade(state: RiskState, order: RiskOrder, venue_id: str, signed_qty: int, price: int) -> None:
    """Before the position moves: what the trade cost, who has to settle it, and one more trade for everyone."""
    terms = order.terms
    if not order.value_px and (terms.account_id, terms.instrument_id) not in state.ledgers:
        return
    book = state.book()
    ledger = _ledger(state, terms.account_id, terms.instrument_id, price)
    trade(ledger, signed_qty, price)
    if not _is_option(state, terms.instrument_id):
        ledger.value_px = price
    note_settlement(state, venue_id, terms, (0, 0), (abs(signed_qty), price))
    executed = Activity(trades=int(order.cum_qty == 0), traded_qty=abs(signed_qty))
    _note_activity(state, book.index.holders(terms, order.venues).everyone, terms.instrument_id, executed)


def note_correction(
    state: RiskState, order: RiskOrder, venue_id: str, old: tuple[int, int], new: tuple[int, int]
) -> None:
    """Before the position moves: a trade (quantity, price) has other figures."""
    terms = order.terms
    if not order.value_px and (terms.account_id, terms.instrument_id) not in state.ledgers:
        return
    ledger = _ledger(state, terms.account_id, terms.instrument_id, new[1] or old[1])
    correct(ledger, terms.side.sign, old, new)
    if new[0] != old[0]:
        holders = state.index().holders(terms, order.venues).everyone
        _note_activity(state, holders, terms.instrument_id, Activity(traded_qty=new[0] - old[0]))
    note_settlement(state, venue_id, terms, old, new)


def after_trade(state: RiskState, order: RiskOrder) -> None:
    """Once the position has moved: the holding is worth something else, and so may be the best result of the day."""
    terms = order.terms
    state.book().book_holding(state, terms.account_id, terms.instrument_id)
    _note_peaks(state, terms.account_id, terms.instrument_id)


def _is_option(state: RiskState, instrument_id: str) -> bool:
    instrument = state.reference.instruments.get(instrument_id)
    return instrument is not None and bool(instrument.underlying_id)


def _note_peaks(state: RiskState, account_id: str, instrument_id: str) -> None:
    book = state.book()
    if (account_id, instrument_id) not in state.ledgers:
        return
    holding = book.holdings[(account_id, instrument_id)]
    for scope, scope_id in holding.owners:
        key = (scope, scope_id, holding.currency)
        money = book.money[key]
        result = money.realised + money.unrealised
        if result > state.peaks.get(key, 0):
            state.peaks[key] = result
