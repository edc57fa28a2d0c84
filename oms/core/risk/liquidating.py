"""Liquidation: how a partition works every position in a scope down to nothing, by orders of the system desk.

    the control record   folded as a reduce-only halt of its scope (even where the scope was blocked: it is asked for by name); cancels what
                         is open there; LiquidationStarted
    steps                each of at most STEP_HOLDINGS_MAX holdings that can be acted on now. Flat with nothing open, or not in the scope any
                         more: it is done with. Else, where nothing is open that could increase it, an order for what no open order of its direction takes already
    the end              LiquidationDone, when every holding is done with, or when the scope is resumed or liquidated anew

An account that comes into the scope later (it gets another client) is liquidated where it trades; else who wants it liquidated asks anew.
The orders are market orders, immediate or cancelled (what is left is asked for anew, at a price as fresh), through the whole catalogue of
checks and under the reduce-only halt. An order that a size limit refuses is cut down to it. A refused holding is tried again after a wait
that doubles up to WAIT_NS_MAX; one refused for want of a fresh price when the market shows something new; none again while its market is
closed. Nothing is given up by
itself: what is not liquidated stays listed, with its reason, until the scope is resumed.

SYSTEM_DESK is the trader of these orders: where traders need permissions, it does; `oms halt trader:liquidation-desk` stops them all.
It does not know how orders find their market. A desk's own order that reduces counts as taking its part: so while it goes on only
immediate ones pass there (`oms.core.risk.permissions`), or one that waits far from the market would keep the position for ever.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from oms.core.commands import CONTROL_SOURCE, SYSTEM_DESK, NewOrder, Provenance, order_id_of
from oms.core.control import Liquidate
from oms.core.dates import utc_date
from oms.core.enums import Algorithm, HaltScope, LimitScope, OrdType, Side, TimeInForce, TimerKind
from oms.core.instructions import PLAIN
from oms.core.liquidation_events import LiquidatedHolding, LiquidationDone, LiquidationStarted, LiquidationStep
from oms.core.market import MarketView
from oms.core.reasons import Reason
from oms.core.reference import Account
from oms.core.risk.commands import judged_order
from oms.core.risk.exposure import position_of
from oms.core.risk.judgement import Ahead, Judgement
from oms.core.risk.scopes import holds
from oms.core.risk.spanning import asked_last
from oms.core.risk.state import HoldingWork, LiquidationWork, RiskState
from oms.core.risk_events import OrderAccepted, OrderRejected, RiskEvent
from oms.core.stage import Conditions, TimerInput

STEP_HOLDINGS_MAX = 50
"""Orders in one record, as of a program: with their evidence some 150 kB."""

LOOK_NS = 20_000_000
"""How often it is looked whether something can be done: a look goes through all holdings that are left."""

PAUSE_NS = 1_000_000_000
"""Between two orders of one holding: an order that finds nobody is not repeated at once."""

WAIT_NS_MAX = 60 * 1_000_000_000
GOOD_FOR_NS = 10_000_000_000
CUTS_MAX = 6
"""How often an order is cut down to a size limit: so many kinds bound the size of one order."""

TIMER = "liquidation/"
"""Owner of its timer inputs, before the offset of the control record."""

_NO_PRICE = frozenset({Reason.NO_MARKET_PRICE, Reason.MARKET_PRICE_STALE})
_SIZE = frozenset(
    {
        Reason.ORDER_QTY_LIMIT,
        Reason.ORDER_NOTIONAL_LIMIT,
        Reason.MARKET_ORDER_LIMIT,
        Reason.SIGMA_SIZE,
        Reason.FAT_FINGER,
        Reason.PARTICIPATION,
    }
)
"""Of an order so many times smaller the figure is so many times smaller, or (fat finger, above a mean) smaller still."""
Holding = tuple[str, str]
"""(account, instrument)"""


def started(state: RiskState, offset: int, record: Liquidate) -> tuple[RiskEvent, ...]:
    """After its mass cancel: what goes before on the same scope ends, and it begins, or is over at once."""
    holdings = len(holdings_in(state, record.scope, record.scope_id))
    who = record.provenance.entered_by
    begun = LiquidationStarted(offset, record.scope, record.scope_id, record.reason, who, holdings)
    ended = lifted(state, record.scope, record.scope_id)
    return (*ended, begun) if holdings else (*ended, begun, LiquidationDone(offset, 0, False))


def lifted(state: RiskState, scope: HaltScope, scope_id: str) -> tuple[LiquidationDone, ...]:
    """The end of those of exactly this scope."""
    return tuple(
        LiquidationDone(offset, len(work.holdings), True)
        for offset, work in state.liquidations.items()
        if (work.scope, work.scope_id) == (scope, scope_id)
    )


def holdings_in(state: RiskState, scope: HaltScope, scope_id: str) -> tuple[Holding, ...]:
    """Of this partition's accounts: what is held, and what has something open, in order of names."""
    openings = ((i, x) for (s, i, x) in state.index().openings if s is LimitScope.ACCOUNT)
    held = {key for key in (*state.moved, *openings) if position_of(state, *key)}
    is_open = {(o.terms.account_id, o.terms.instrument_id) for o in state.open_orders.values()}
    return tuple(sorted(key for key in held | is_open if holds(state, scope, scope_id, *key)))


def due_liquidation(state: RiskState, tape_ns: int, wall_ns: int, market: MarketView) -> TimerInput | None:
    """The next step of the liquidation that began first and can do something."""
    if not state.liquidations or not tape_ns or 0 <= wall_ns - state.liquidations_looked_ns < LOOK_NS:
        return None
    for offset, work in state.liquidations.items():
        if next(_actionable(state, work, tape_ns, wall_ns, market), None) is not None:
            return TimerInput(f"{TIMER}{offset}", TimerKind.TRIGGER, work.steps_done + 1, tape_ns)
    state.liquidations_looked_ns = wall_ns
    return None


def _actionable(
    state: RiskState, work: LiquidationWork, tape_ns: int, wall_ns: int, market: MarketView
) -> Iterator[Holding]:
    closed: dict[str, bool] = {}
    for key, tried in work.holdings.items():
        if _is_done(state, work, key):
            yield key
            continue
        if tried.market_position >= 0 and _shown(market, key[1]) == tried.market_position:
            continue
        if wall_ns < tried.next_ns or not _free_qty(state, key):
            continue
        if tried.tries and _is_closed(state, key[1], tape_ns, closed):
            continue  # it was refused once, and said so: a refusal a minute, of each holding, over a weekend says no more
        yield key


def _shown(market: MarketView, instrument_id: str) -> int:
    """Its market position, 0 before anything. Another one is something new, a smaller one too: its market partition may be another now."""
    shown = market.instrument(instrument_id)
    return shown.position if shown is not None else 0


def _is_closed(state: RiskState, instrument_id: str, tape_ns: int, known: dict[str, bool]) -> bool:
    """Whether its calendar has no session now. `known`: of the calendars that were looked at."""
    instrument = state.reference.instruments.get(instrument_id)
    calendar = state.reference.calendars.get(instrument.calendar_id) if instrument is not None else None
    if calendar is None:
        return False
    if calendar.calendar_id not in known:
        known[calendar.calendar_id] = not calendar.is_open(tape_ns)
    return known[calendar.calendar_id]


def _is_done(state: RiskState, work: LiquidationWork, key: Holding) -> bool:
    """Flat with nothing open, or not in the scope any more: an account has another client, say."""
    if not holds(state, work.scope, work.scope_id, *key):
        return True
    cell = state.book().cell(LimitScope.ACCOUNT, *key)
    return not (position_of(state, *key) or cell.buys or cell.sells)


def _free_qty(state: RiskState, key: Holding) -> int:
    """What no open order takes already of a holding; nothing where one could increase it."""
    cell, position = state.book().cell(LimitScope.ACCOUNT, *key), position_of(state, *key)
    reducing, increasing = (cell.sells, cell.buys) if position > 0 else (cell.buys, cell.sells)
    return 0 if increasing else max(0, abs(position) - reducing)


@dataclass(slots=True)
class _Step:
    """A step as it is worked through."""

    state: RiskState
    offset: int
    work: LiquidationWork
    conditions: Conditions
    market: MarketView
    ahead: tuple[Ahead, ...] = ()
    orders: int = 0
    events: list[RiskEvent] = field(default_factory=list)
    judged: list[tuple[Judgement, RiskEvent]] = field(default_factory=list)
    holdings: list[LiquidatedHolding] = field(default_factory=list)

    def take(self, key: Holding) -> None:
        position = position_of(self.state, *key)
        if _is_done(self.state, self.work, key):
            self.holdings.append(LiquidatedHolding(*key, 0, "", None, 0, -1))
            return
        event = self._judged(key, position)
        self.events.append(event)
        wall_ns, tries = self.conditions.wall_ns, self.work.holdings[key].tries
        if isinstance(event, OrderAccepted):
            self.holdings.append(LiquidatedHolding(*key, position, event.order_id, None, wall_ns + PAUSE_NS, -1))
            return
        unpriced = event.reason in _NO_PRICE
        seen = _shown(self.market, key[1]) if unpriced else -1
        wait_ns = PAUSE_NS if unpriced else min(WAIT_NS_MAX, PAUSE_NS << min(tries, 6))
        self.holdings.append(LiquidatedHolding(*key, position, event.order_id, event.reason, wall_ns + wait_ns, seen))

    def _judged(self, key: Holding, position: int) -> OrderAccepted | OrderRejected:
        """The decision about its order, cut down to the limits of one order's size."""
        order = self._order(key, position, self._in_lots(key, _free_qty(self.state, key)))
        for _ in range(CUTS_MAX + 1):
            j = Judgement.of(self.state, self.conditions, self.market, order, ahead=self.ahead)
            event = judged_order(j)
            if isinstance(event, OrderAccepted):
                self.ahead = (*self.ahead, j.as_ahead())
                break
            most = event.evidence.thresholds[-1] if event.reason in _SIZE else 0
            # More than the limit was asked for: where that is positive, so is what was asked.
            cut = self._in_lots(key, order.order_qty * most // event.evidence.after[-1]) if most > 0 else 0
            if not 0 < cut < order.order_qty:
                break
            order = replace(order, order_qty=cut)
        self.judged.append((j, event))
        return event

    def _in_lots(self, key: Holding, qty: int) -> int:
        """Whole lots; less than one, or of what has no lot, as it is, for risk to refuse and everybody to see."""
        instrument = self.state.reference.instruments.get(key[1])
        lot = max(1, instrument.lot_size) if instrument is not None else 1
        return qty // lot * lot or qty

    def _name(self, desk_id: str, trading_date: int) -> str:
        """A ClOrdID that the desk has not used: no order or cancel of its own under such a name stands in the way."""
        while True:
            self.orders += 1
            name = f"LIQ{self.offset}-{self.work.orders + self.orders}"
            first = self.state.first_use(desk_id, trading_date, name)
            if first is None and (desk_id, name) not in self.state.open_cl_ord_ids:
                return name

    def _order(self, key: Holding, position: int, qty: int) -> NewOrder:
        account: Account = self.state.reference.accounts[key[0]]
        trading_date = _trading_date(self.state, account.desk_id, self.conditions.tape_ns)
        name = self._name(account.desk_id, trading_date)
        who = Provenance(self.work.entered_by, SYSTEM_DESK, f"{CONTROL_SOURCE}{self.offset}", SYSTEM_DESK, "")
        return NewOrder(
            desk_id=account.desk_id,
            trading_date=trading_date,
            cl_ord_id=name,
            account_id=key[0],
            instrument_id=key[1],
            side=Side.SELL if position > 0 else Side.BUY,
            ord_type=OrdType.MARKET,
            time_in_force=TimeInForce.IOC,
            order_qty=qty,
            price=None,
            algorithm=Algorithm.BEST_PRICE,
            venue_id="",
            twap=None,
            good_until_ns=self.conditions.wall_ns + GOOD_FOR_NS,
            entered_ns=self.conditions.wall_ns,
            trace_id=order_id_of(account.desk_id, 0, name),
            provenance=who,
            instructions=PLAIN,
        )


def step(state: RiskState, timer: TimerInput, conditions: Conditions, market: MarketView) -> tuple[RiskEvent, ...]:
    """Orders of what can be acted on now, and what became of each holding looked at."""
    offset = int(timer.owner.removeprefix(TIMER))
    work = state.liquidations[offset]
    assert timer.number == work.steps_done + 1, f"step {timer.number} of {timer.owner} after {work.steps_done}"
    made = _Step(state, offset, work, conditions, market)
    for _, key in zip(
        range(STEP_HOLDINGS_MAX), _actionable(state, work, conditions.tape_ns, conditions.wall_ns, market), strict=False
    ):
        made.take(key)
    remaining = len(work.holdings) - sum(1 for holding in made.holdings if not holding.order_id)
    done = () if remaining else (LiquidationDone(offset, 0, False),)
    stepped = LiquidationStep(offset, tuple(made.holdings), remaining)
    return (*made.events, stepped, *done, *asked_last(made.judged))


def _trading_date(state: RiskState, desk_id: str, tape_ns: int) -> int:
    """The day of the tape (UTC), or the desk's newest date where that is later: older ones might be too old to judge."""
    return max(utc_date(tape_ns), *state.dates.get(desk_id, (0,)), 0)


# What the events do to the state


def evolve(state: RiskState, event: LiquidationStarted | LiquidationStep | LiquidationDone) -> None:
    match event:
        case LiquidationStarted():
            _begun(state, event)
        case LiquidationStep():
            _stepped(state, event)
        case LiquidationDone():
            del state.liquidations[event.control_offset]


def _begun(state: RiskState, event: LiquidationStarted) -> None:
    found = holdings_in(state, event.scope, event.scope_id)
    assert len(found) == event.holdings, f"{event.holdings} holdings were found, {len(found)} are there"
    work = LiquidationWork(event.scope, event.scope_id, event.entered_by, {key: HoldingWork() for key in found})
    state.liquidations[event.control_offset] = work


def _stepped(state: RiskState, event: LiquidationStep) -> None:
    work = state.liquidations[event.control_offset]
    work.steps_done += 1
    for said in event.holdings:
        key = (said.account_id, said.instrument_id)
        if not said.order_id:
            del work.holdings[key]
            continue
        work.orders += 1
        tries = 0 if said.reason is None else work.holdings[key].tries + 1
        work.holdings[key] = HoldingWork(tries, said.next_ns, said.market_position)


def note_traded(state: RiskState, account_id: str, instrument_id: str) -> None:
    """A fill or a correction in the scope of a liquidation is work for it, whether it knew the holding or not."""
    for work in state.liquidations.values():
        if holds(state, work.scope, work.scope_id, account_id, instrument_id):
            work.holdings.setdefault((account_id, instrument_id), HoldingWork())


__all__ = [
    "SYSTEM_DESK",
    "TIMER",
    "due_liquidation",
    "evolve",
    "lifted",
    "note_traded",
    "started",
    "step",
]
