"""The life of a parent beyond its fills: what it waits for, how long it lives, what its days sum to, and what a replacement asks in total.

- A stop works only after the market data had its price: a trade, or a quote of the other side where nothing traded. What landed before
  the order was opened is old news, all but the last of each venue.
- An order ends by its validity no earlier than that ends, by the calendar of its instrument; nothing is placed for it after that.
- Of an order that lives for days, what is left of the day is what is left of it all; what was executed today are the fills of today.
- A replacement asks the total quantity: of a plain order at one venue its child is asked for the new total, less what older children did.
- Of what each venue shows of an order, the sum is no more than the order may show.

The market is read from its records, never from what the router says that it saw.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from oms.runtime.log import TopicPartition
from oms.testing.simulation.oracle.facts import EXECUTION, Facts
from oms.testing.simulation.oracle.journal import Counted
from oms.testing.simulation.oracle.kinds import Findings, Kind
from oms.testing.simulation.oracle.router_book import Parent, RouterBook
from oms.testing.simulation.witness import VenueOrder
from oms.v1.commands_pb2 import Instructions
from oms.v1.enums_pb2 import (
    ALGORITHM_DIRECT,
    EXEC_TYPE_EXPIRED,
    ORD_TYPE_STOP,
    ORD_TYPE_STOP_LIMIT,
    PEG_PRICE_TYPE_TRAILING_STOP,
    REASON_VALIDITY_ENDED,
    TIME_IN_FORCE_AT_THE_CLOSE,
    TIME_IN_FORCE_AT_THE_OPENING,
    TIME_IN_FORCE_DAY,
    TIME_IN_FORCE_GOOD_FOR_TIME,
    TIME_IN_FORCE_GTD,
    TRIGGER_BASIS_VENUE,
    TRIGGER_KIND_STOP,
    TRIGGER_KIND_TRAILING_STOP,
)
from oms.v1.market_pb2 import MarketRecord
from oms.v1.reference_pb2 import Calendar
from oms.v1.routing_pb2 import (
    ChildNew,
    ChildReplace,
    ParentChanged,
    ParentTraded,
    RoutingEvent,
    TradeCorrected,
    Triggered,
)

STOPS = (ORD_TYPE_STOP, ORD_TYPE_STOP_LIMIT)
BY_THE_DAY = (TIME_IN_FORCE_DAY, TIME_IN_FORCE_AT_THE_OPENING, TIME_IN_FORCE_AT_THE_CLOSE)
PLAIN = Instructions()
MARKET = "oms.market"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one market record said of an instrument. `low`, `high`: the prices that a sale's or a purchase's stop may have met."""

    moment: int
    venue_id: str
    low: int
    high: int


@dataclass(slots=True)
class Terms:
    instructions: Instructions
    accepted_ns: int


@dataclass(slots=True)
class Life:
    """`day`: the trading date that is on, 0 for none; `by_date`: executed, by trading date and execution. `ever`: all terms it had or may get."""

    opened_moment: int
    terms: Terms
    ever: list[Terms]
    pending: Terms | None = None
    triggered: bool = False
    day: int = 0
    by_date: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)


class Market:
    """All market data, by instrument, in the order of landing."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._read: dict[TopicPartition, int] = {tp: 0 for tp in facts.witness.topics() if tp.topic == MARKET}
        self.seen: dict[str, list[Seen]] = {}

    def advance(self) -> None:
        for tp, read in self._read.items():
            records, landed = self._facts.witness.records(tp), self._facts.witness.landed(tp)
            for offset in range(read, len(records)):
                record = MarketRecord.FromString(records[offset].value)
                lows = [t.price for t in record.trades] + [q.bid_px for q in record.quotes if q.bid_px]
                highs = [t.price for t in record.trades] + [q.ask_px for q in record.quotes if q.ask_px]
                found = Seen(landed[offset], record.venue_id, min(lows, default=0), max(highs, default=0))
                self.seen.setdefault(record.instrument_id, []).append(found)
            self._read[tp] = len(records)

    def since(self, instrument_id: str, opened: int, until: int) -> list[Seen]:
        """What could have met a stop: all since it was opened, and each venue's last before."""
        before: dict[str, list[Seen]] = {}
        found: list[Seen] = []
        for seen in self.seen.get(instrument_id, ()):
            if seen.moment >= until:
                break
            if seen.moment >= opened:
                found.append(seen)
            else:
                before.setdefault(seen.venue_id, []).append(seen)
        return [seen for of in before.values() for seen in of] + found


class LifeBook:
    """One partition, beside its `RouterBook`, which has taken a record before it comes here."""

    def __init__(self, partition: int, facts: Facts, router: RouterBook, market: Market, findings: Findings) -> None:
        self.partition, self._facts, self._router = partition, facts, router
        self._market, self._findings = market, findings
        self.lives: dict[str, Life] = {}

    def take(self, counted: Counted) -> None:
        for event in counted.envelope.events:
            self._fold(counted, event.routing)

    def _fold(self, counted: Counted, event: RoutingEvent) -> None:
        match event.WhichOneof("kind"):
            case "parent_opened":
                opened = event.parent_opened
                terms = Terms(opened.instructions, opened.accepted_ns)
                self.lives.setdefault(opened.order_id, Life(counted.moment, terms, [terms]))
            case "parent_replace_started":
                started = event.parent_replace_started
                if (life := self.lives.get(started.order_id)) is not None:
                    life.pending = Terms(started.instructions, started.accepted_ns)
                    life.ever.append(life.pending)
            case "replace_applied":
                self._applied(event.replace_applied.order_id, event.replace_applied.applied)
            case "triggered":
                self._triggered(counted, event.triggered)
            case "child_new":
                self._placed(counted, event.child_new)
            case "child_replace":
                self._replaced(counted, event.child_replace)
            case "day_changed":
                if (life := self.lives.get(event.day_changed.order_id)) is not None and not event.day_changed.closed:
                    life.day = event.day_changed.trading_date
            case "parent_traded":
                traded = event.parent_traded
                self._executed(traded.order_id, (traded.venue_id, traded.exec_id), traded.trade_date, traded.last_qty)
                self._day_sums(counted, traded)
            case "trade_superseded":
                s = event.trade_superseded
                self._moves(s.order_id, (s.venue_id, s.inferred_exec_id), (s.venue_id, s.exec_id), s.last_qty)
            case "trade_corrected":
                self._corrected(event.trade_corrected)
                self._day_sums(counted, event.trade_corrected)
            case "parent_changed":
                self._changed(counted, event.parent_changed)
            case "parent_cancel_started":
                started_cancel = event.parent_cancel_started
                if started_cancel.reason == REASON_VALIDITY_ENDED:
                    self._may_expire(counted, started_cancel.order_id)

    def _applied(self, order_id: str, applied: bool) -> None:
        life = self.lives.get(order_id)
        if life is not None and life.pending is not None:
            if applied:
                life.terms = life.pending
            life.pending = None

    # --- stops

    def _triggered(self, counted: Counted, event: Triggered) -> None:
        parent, life = self._router.parents.get(event.order_id), self.lives.get(event.order_id)
        if parent is None or life is None or event.kind not in (TRIGGER_KIND_STOP, TRIGGER_KIND_TRAILING_STOP):
            return
        life.triggered = True
        if event.basis == TRIGGER_BASIS_VENUE:
            if self._facts.source(counted, EXECUTION) is None:
                self._report(Kind.STOP_EARLY, counted, f"{event.order_id} by a venue that did not say so")
            return
        self._market.advance()
        seen = self._market.since(parent.opened.instrument_id, life.opened_moment, counted.moment)
        terms = [t.instructions for t in (life.terms, life.pending) if t is not None]
        if not any(_met(parent.sign, asked, seen) for asked in terms):
            self._report(Kind.STOP_EARLY, counted, f"{event.order_id} at {event.market_px}, stop {event.price}")

    def _placed(self, counted: Counted, new: ChildNew) -> None:
        parent, life = self._router.parents.get(new.order_id), self.lives.get(new.order_id)
        if parent is None or life is None:
            return
        waits = parent.opened.ord_type in STOPS and new.ord_type not in STOPS
        if waits and not life.triggered:
            self._report(Kind.STOP_EARLY, counted, f"{new.child_id} of a stop that was not triggered")
        end_ns = self._end_of(counted, parent, life)
        if end_ns is not None and counted.envelope.event_time_ns >= end_ns:
            self._report(
                Kind.LIVES_TOO_LONG, counted, f"{new.child_id}, {counted.envelope.event_time_ns - end_ns} ns late"
            )

    # --- replacements

    def _replaced(self, counted: Counted, asked: ChildReplace) -> None:
        parent, life = self._router.parents.get(asked.order_id), self.lives.get(asked.order_id)
        if parent is None or life is None or parent.pending is None or parent.opened.algorithm != ALGORITHM_DIRECT:
            return
        still = [child for child in parent.children if not child.closed]
        if len(still) != 1 or any(terms.instructions != PLAIN for terms in life.ever):
            return
        others = sum(child.cum_qty for child in parent.children if child.new.child_id != asked.child_id)
        if asked.order_qty != parent.pending.order_qty - others:
            text = f"{asked.child_id} is asked for {asked.order_qty} of {parent.pending.order_qty}, {others} by others"
            self._report(Kind.NOT_THE_TOTAL, counted, text)

    # --- validity

    def _changed(self, counted: Counted, changed: ParentChanged) -> None:
        if changed.exec_type == EXEC_TYPE_EXPIRED and changed.reason == REASON_VALIDITY_ENDED:
            self._may_expire(counted, changed.order_id)
        self._day_sums(counted, changed)

    def _may_expire(self, counted: Counted, order_id: str) -> None:
        parent, life = self._router.parents.get(order_id), self.lives.get(order_id)
        if parent is None or life is None:
            return
        end_ns = self._end_of(counted, parent, life)
        if end_ns is None or counted.envelope.event_time_ns < end_ns:
            self._report(Kind.EXPIRED_EARLY, counted, f"{order_id} ends at {end_ns}")

    def _end_of(self, counted: Counted, parent: Parent, life: Life) -> int | None:
        """When its validity ends by the terms in force; None where no clock says."""
        tif, asked = parent.opened.time_in_force, life.terms.instructions
        calendar = self._calendar(counted, parent.opened.instrument_id)
        if tif == TIME_IN_FORCE_GOOD_FOR_TIME:
            return int(life.terms.accepted_ns + asked.good_for_ns)
        if tif == TIME_IN_FORCE_GTD and asked.expire_ns:
            return int(asked.expire_ns)
        if calendar is None or not calendar.intervals:
            return None
        if tif == TIME_IN_FORCE_GTD:
            return max((i.close_ns for i in calendar.intervals if i.trading_date <= asked.expire_date), default=None)
        if tif in BY_THE_DAY:
            day = next((i.trading_date for i in calendar.intervals if life.terms.accepted_ns < i.close_ns), None)
            return max((i.close_ns for i in calendar.intervals if i.trading_date == day), default=None)
        return None

    def _calendar(self, counted: Counted, instrument_id: str) -> Calendar | None:
        known = self._facts.reference.at(counted.position("oms.reference"))
        instrument = known.instrument(instrument_id)
        entity = known.entities.get(("calendar", instrument.calendar_id)) if instrument is not None else None
        return entity.calendar if entity is not None else None

    # --- days

    def _executed(self, order_id: str, key: tuple[str, str], trade_date: int, qty: int) -> None:
        if (life := self.lives.get(order_id)) is not None:
            before = life.by_date.get(key, (trade_date, 0))[1]
            life.by_date[key] = (trade_date, before + qty)

    def _moves(self, order_id: str, old: tuple[str, str], new: tuple[str, str], qty: int) -> None:
        life = self.lives.get(order_id)
        if life is None or old not in life.by_date:
            return
        day, stood = life.by_date[old]
        life.by_date[old] = (day, stood - qty)
        life.by_date[new] = (day, life.by_date.get(new, (day, 0))[1] + qty)

    def _corrected(self, event: TradeCorrected) -> None:
        life = self.lives.get(event.order_id)
        if life is None:
            return
        day, _ = life.by_date.pop((event.venue_id, event.exec_ref_id), (0, 0))
        life.by_date[(event.venue_id, event.exec_id)] = (day, event.new_qty)

    def _day_sums(self, counted: Counted, event: ParentTraded | ParentChanged | TradeCorrected) -> None:
        parent, life = self._router.parents.get(event.order_id), self.lives.get(event.order_id)
        if parent is None or life is None or not event.day_order_qty or not life.day:
            return
        today = sum(qty for day, qty in life.by_date.values() if day == life.day)
        if event.day_cum_qty != today:
            text = f"{event.order_id} has {event.day_cum_qty} of today, the fills of {life.day} sum to {today}"
            self._report(Kind.DAY_DIFFERS, counted, text)
        if (
            isinstance(event, ParentChanged)
            and event.day_order_qty - event.day_cum_qty != event.order_qty - event.cum_qty
        ):
            text = f"{event.order_id}: {event.day_order_qty} − {event.day_cum_qty} of today, {event.order_qty} − {event.cum_qty} of all"
            self._report(Kind.DAY_DIFFERS, counted, text)

    # --- what is shown

    def shown(self, orders: Iterable[VenueOrder]) -> None:
        """Of every order that is open. What a venue's bust put back into its book after the end is nobody's to hide."""
        total: dict[str, int] = {}
        for order in orders:
            if order.open and order.shown_qty:
                parent_id = order.cl_ord_ids[0].partition(":")[2].rpartition(".")[0]
                total[parent_id] = total.get(parent_id, 0) + order.shown_qty
        for order_id, qty in total.items():
            life = self.lives.get(order_id)
            most = _display(life.ever) if life is not None else None
            if most is not None and qty > most:
                self._findings.report(Kind.SHOWN_TOO_MUCH, f"{order_id} shows {qty} of {most}")

    def _report(self, kind: Kind, counted: Counted, text: str) -> None:
        self._findings.report(kind, f"{counted.place}: {text}")


def _met(sign: int, asked: Instructions, seen: Sequence[Seen]) -> bool:
    """Whether the market reached a stop price; one that trails follows the best for it so far, and meets what other venues still show."""
    trails = asked.HasField("peg") and asked.peg.price_type == PEG_PRICE_TYPE_TRAILING_STOP
    stop: int | None = asked.stop_px if asked.HasField("stop_px") else None
    standing: dict[str, int] = {}
    for one in seen:
        worst = one.high if sign > 0 else one.low
        best = one.low if sign > 0 else one.high
        if trails and best:
            moved = best + sign * asked.peg.offset
            stop = moved if stop is None else sign * min(sign * stop, sign * moved)
        if worst:
            standing[one.venue_id] = worst
        if stop is not None and any(sign * (shown - stop) >= 0 for shown in standing.values()):
            return True
    return False


def _display(ever: Sequence[Terms]) -> int | None:
    """The most that it may show; None where some of its terms show all."""
    if not all(terms.instructions.HasField("display_qty") for terms in ever):
        return None
    return max(int(terms.instructions.display_qty) for terms in ever)
