"""The whole life of orders as work of a seed: every kind of order, every scope of a mass cancel, days, auctions, and what venues do unasked.

On top of `Workload`, with the same chance: seeds of the two kinds are different seeds. Nothing here is a fault.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from oms.core.control import LIQUIDATED, CancelScope, Halt, Liquidate
from oms.core.enums import Algorithm, CounterpartyKind, HaltAction, HaltScope, OrdType, Side, TimeInForce, VenueFeature
from oms.core.market import MarketRecord, Trade
from oms.core.order_filter import OrderFilter
from oms.core.reference import Account, Calendar, Entity, Instrument, Interval, Venue
from oms.core.risk_reference import Counterparty
from oms.testing.simulation.clients import Client
from oms.testing.simulation.floor import BookVenue, Floor
from oms.testing.simulation.list_kinds import Asking, some_list
from oms.testing.simulation.order_kinds import Terms, draw
from oms.testing.simulation.workload import (
    ACCOUNT_OF,
    DESKS,
    INSTRUMENTS,
    LOT,
    MIDDLE,
    RECENT,
    SCOPES,
    SECOND_NS,
    TICK,
    VENUES,
    WHO,
    Workload,
    entities,
)
from oms.v1 import gateway_pb2 as api
from oms.venues.operator_messages import OperatorAct

TRADERS, STRATEGIES = ("ann", "bob"), ("", "drift", "carry")
DAYS = 60
"""Trading days in the calendar: more than any seed lives through."""

FIRST_DATE = datetime(2025, 1, 6, tzinfo=UTC).toordinal()

SPREAD = 4 * TICK
"""How far from the middle a round trip buys and sells: as far as anybody's price is."""

CLEARER = "clearer"
"""A counterparty of every venue."""


def client_of(desk_id: str) -> str:
    """Whose the desk's account is."""
    return f"client-{desk_id}"


def broker_of(venue_id: str) -> str:
    """A counterparty of one venue."""
    return f"broker-{venue_id}"


LIFE_SCOPES = (
    *SCOPES,
    *((HaltScope.TRADER, trader) for trader in TRADERS),
    *((HaltScope.STRATEGY, strategy) for strategy in STRATEGIES if strategy),
    *((HaltScope.CLIENT, client_of(desk_id)) for desk_id in DESKS),
    *((HaltScope.COUNTERPARTY, name) for name in (CLEARER, *(broker_of(venue_id) for venue_id in VENUES))),
)


def short_days(begin_ns: int, day_ns: int, night_ns: int, call_ns: int) -> Calendar:
    """Days of some seconds, one after the other; `call_ns` 0: without auctions."""
    intervals = []
    for number in range(DAYS):
        start = begin_ns + number * (day_ns + night_ns)
        when = datetime.fromordinal(FIRST_DATE + number)
        close = start + day_ns
        opening, closing = (start, close - call_ns) if call_ns else (0, 0)
        intervals.append(Interval(start + call_ns, close, int(when.strftime("%Y%m%d")), opening, closing))
    return Calendar("days", False, tuple(intervals))


def life_entities(
    partitions: int, venue_count: int, calendar: Calendar, features: dict[str, tuple[VenueFeature, ...]]
) -> list[Entity]:
    """As `entities`; the first instrument has days, and venues offer what the seed says."""
    found: list[Entity] = [calendar, *map(_counterparty, (CLEARER, *(broker_of(venue_id) for venue_id in VENUES)))]
    for entity in entities(partitions, venue_count):
        if isinstance(entity, Instrument) and entity.instrument_id == INSTRUMENTS[0]:
            entity = replace(entity, calendar_id=calendar.calendar_id)
        elif isinstance(entity, Venue):
            names = (broker_of(entity.venue_id), CLEARER)
            entity = replace(entity, features=features[entity.venue_id], counterparties=names)
        elif isinstance(entity, Account):
            entity = replace(entity, client_id=client_of(entity.desk_id))
        found.append(entity)
    return found


def _counterparty(name: str) -> Counterparty:
    return Counterparty(name, name.title(), CounterpartyKind.BROKER, 2, True)


@dataclass(slots=True)
class LifeWork(Workload):
    """`floor`: the venues' books. `note` counts what was done, by name."""

    floor: Floor | None = None
    asked: dict[tuple[str, str], Any] = field(default_factory=dict)
    """(desk, ClOrdID) → the request that made an order: a replacement restates its instructions."""

    lists: dict[str, list[str]] = field(default_factory=dict)
    listed: dict[str, list[str]] = field(default_factory=dict)
    """Client → the ListIDs it sent, and the ClOrdIDs of their orders."""

    bought: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Client → (venue, quantity) of what it bought to sell it for less (`round_trip`)."""

    @property
    def _floor(self) -> Floor:
        assert self.floor is not None
        return self.floor

    def note(self, what: str) -> None:
        self._floor.note(what)

    def _requester(self) -> api.Requester:
        pick = self.chance.choice
        return api.Requester(entered_by=pick(TRADERS), strategy=pick(STRATEGIES))

    def _head(self, client: Client, prefix: str) -> dict[str, Any]:
        head = Workload._head(self, client, prefix)
        head["requester"] = self._requester()
        return head

    # --- desks

    def _terms(self) -> Terms:
        now = self.wall_ns()
        return Terms(self.chance, MIDDLE, TICK, LOT, now, self._floor.today(now))

    def new(self) -> None:
        client = self.chance.choice(self.clients)
        algorithm = self.chance.choice([Algorithm.BEST_PRICE, Algorithm.BEST_PRICE, Algorithm.DIRECT, Algorithm.DIRECT, Algorithm.TWAP])  # fmt: skip
        request: Any = api.SubmitRequest(
            **self._head(client, "o"),
            account_id=ACCOUNT_OF[client.desk_id],
            instrument_id=self.chance.choice(INSTRUMENTS),
            side=int(self.chance.choice(list(Side))),  # type: ignore[arg-type]
            ord_type=int(OrdType.LIMIT),  # type: ignore[arg-type]
            time_in_force=int(TimeInForce.DAY),  # type: ignore[arg-type]
            order_qty=LOT * self.chance.randrange(1, 60),
            price=self._price(),
            algorithm=int(algorithm),  # type: ignore[arg-type]
        )
        if algorithm is Algorithm.DIRECT:
            request.venue_id = self.chance.choice(self.venue_ids)
        elif algorithm is Algorithm.TWAP:
            request.twap.CopyFrom(self._twap())
        kind, validity = draw(request, self._terms())
        self.note(f"order-{kind.replace('_', '-')}")
        self.note(f"validity-{validity.replace('_', '-')}")
        if self.chance.random() < 0.8:
            request.good_until_ns = self.wall_ns() + 3600 * SECOND_NS
        self.asked[(client.desk_id, request.cl_ord_id)] = request
        self._send(client, request)

    def same_terms(self) -> None:
        """The newest order of a desk again, under another ClOrdID: a finger that slipped."""
        client = self.chance.choice(self.clients)
        known = [r for c, r in self.sent[-3 * RECENT :] if c is client and isinstance(r, api.SubmitRequest)]
        if not known:
            return
        again: Any = api.SubmitRequest()
        again.CopyFrom(known[-1])
        again.cl_ord_id = self._name("o")
        self.asked[(client.desk_id, again.cl_ord_id)] = again
        self.note("order-of-the-same-terms")
        self._send(client, again)

    def round_trip(self) -> None:
        """A desk buys dear what somebody offers, and the next time sells it cheap: what is lost so is realised."""
        client = self.chance.choice(self.clients)
        venue_id, qty = self.bought.pop(client.name, ("", 0))
        side, other, px = (Side.SELL, Side.BUY, MIDDLE - SPREAD) if qty else (Side.BUY, Side.SELL, MIDDLE + SPREAD)
        if not qty:
            venue_id, qty = self.chance.choice(self.venue_ids), LOT * self.chance.randrange(1, 30)
            self.bought[client.name] = venue_id, qty
        self._floor.stranger(venue_id, INSTRUMENTS[1], other, px, qty, self.wall_ns(), True)
        request: Any = api.SubmitRequest(
            **self._head(client, "o"),
            account_id=ACCOUNT_OF[client.desk_id],
            instrument_id=INSTRUMENTS[1],
            side=int(side),  # type: ignore[arg-type]
            ord_type=int(OrdType.LIMIT),  # type: ignore[arg-type]
            time_in_force=int(TimeInForce.DAY),  # type: ignore[arg-type]
            order_qty=qty,
            price=px,
            algorithm=int(Algorithm.DIRECT),  # type: ignore[arg-type]
            venue_id=venue_id,
            good_until_ns=self.wall_ns() + 3600 * SECOND_NS,
        )
        self.note(f"round-trip-{side.name.lower()}")
        self.asked[(client.desk_id, request.cl_ord_id)] = request
        self._send(client, request)

    def new_list(self) -> None:
        client = self.chance.choice(self.clients)
        request = api.SubmitListRequest(**self._head(client, "l"))
        asking = Asking(
            self._terms(), ACCOUNT_OF[client.desk_id], INSTRUMENTS, tuple(self.venue_ids), lambda: self._name("o")
        )
        self.note(f"list-{some_list(request, asking).replace('_', '-')}")
        request.good_until_ns = self.wall_ns() + 3600 * SECOND_NS
        self.lists.setdefault(client.name, []).append(request.cl_ord_id)
        for order in request.orders:
            self.listed.setdefault(client.name, []).append(order.cl_ord_id)
            self.asked[(client.desk_id, order.cl_ord_id)] = order
        self._send(client, request)

    def cancel_list(self) -> None:
        """The last one mostly, which has orders open; or one before it, or one that never was."""
        client = self.chance.choice(self.clients)
        known = self.lists.get(client.name, [])
        known = known[-1:] if known and self.chance.random() < 0.7 else [*known[-3:], "nothing"]
        self.note("list-cancelled")
        self._send(client, api.CancelListRequest(**self._head(client, "c"), orig_cl_ord_id=self.chance.choice(known)))

    def _some_order(self, client: Client) -> str:
        """Orders of lists as often as others."""
        listed = self.listed.get(client.name, [])[-RECENT:]
        if listed and self.chance.random() < 0.5:
            return self.chance.choice(listed)
        return Workload._some_order(self, client)

    def replace(self) -> None:
        """Of an order as it is known, or of one that is not; its instructions are restated, now and then with another."""
        client = self.chance.choice(self.clients)
        orig = self._some_order(client)
        known: Any = self.asked.get((client.desk_id, orig))
        request: Any = api.ReplaceRequest(
            **self._head(client, "r"),
            orig_cl_ord_id=orig,
            order_qty=LOT * self.chance.randrange(1, 60),
            good_until_ns=self.wall_ns() + 3600 * SECOND_NS,
        )
        if known is None or known.HasField("price"):
            request.price = self._price()
        if known is not None:
            self._restate(request, known)
            self.asked[(client.desk_id, request.cl_ord_id)] = request
        self.note("replace-asked")
        self._send(client, request)

    def _restate(self, request: Any, known: Any) -> None:
        request.instructions.CopyFrom(known.instructions)
        i = request.instructions
        if i.HasField("stop_px") and self.chance.random() < 0.5:
            i.stop_px = self._price()
        if i.HasField("display_qty") and i.display_qty:
            i.display_qty = min(i.display_qty, request.order_qty)
        if i.min_qty:
            i.min_qty = min(i.min_qty, request.order_qty)

    def mass_cancel(self) -> None:
        client = self.chance.choice(self.clients)
        pick = self.chance.choice
        request: Any = api.MassCancelRequest(**self._head(client, "m"))
        scope = pick(("desk", "instrument", "account", "side", "trader", "strategy", "venue"))
        if scope == "instrument":
            request.instrument_id = pick(INSTRUMENTS)
        elif scope == "account":
            request.account_id = ACCOUNT_OF[client.desk_id]
        elif scope == "side":
            request.side = int(pick(list(Side)))
        elif scope == "trader":
            request.trader = pick(TRADERS)
        elif scope == "strategy":
            request.strategy = pick(STRATEGIES)
        elif scope == "venue":
            request.venue_id = pick(self.venue_ids)
        self.note(f"mass-cancel-{scope}")
        self._send(client, request)

    def race(self) -> None:
        """A replace and a cancel of one order at once, in either order, or two replaces."""
        client = self.chance.choice(self.clients)
        orig = self._some_order(client)
        for kind in self.chance.sample(("replace", "cancel", "replace"), 2):
            if kind == "cancel":
                self._send(client, api.CancelRequest(**self._head(client, "c"), orig_cl_ord_id=orig))
                continue
            request: Any = api.ReplaceRequest(
                **self._head(client, "r"), orig_cl_ord_id=orig, order_qty=LOT * self.chance.randrange(1, 60),
                good_until_ns=self.wall_ns() + 3600 * SECOND_NS, price=self._price(),
            )  # fmt: skip
            self._send(client, request)
        self.note("requests-at-once")

    # --- control

    def _scope(self) -> tuple[HaltScope, str]:
        return self.chance.choice(LIFE_SCOPES)

    def halt(self) -> None:
        scope, action = self._scope(), self.chance.choice(list(HaltAction))
        self.halted[scope] = None
        self.note(f"halt-{scope[0].name.lower()}-{action.name.lower().replace('_', '-')}")
        self.control(Halt(*scope, self.chance.random() < 0.5, "simulated", self.wall_ns(), WHO, action))

    def liquidate(self) -> None:
        scope = self.chance.choice([scope for scope in LIFE_SCOPES if scope[0] in LIQUIDATED])
        self.halted[scope] = None
        self.note(f"liquidate-{scope[0].name.lower()}")
        self.control(Liquidate(*scope, "simulated", self.wall_ns(), WHO))

    def cancel_scope(self) -> None:
        scope = self._scope()
        narrowed = None
        if self.chance.random() < 0.4:
            narrowed = self.chance.choice((
                OrderFilter(desk_id=self.chance.choice(DESKS)),
                OrderFilter(instrument_id=self.chance.choice(INSTRUMENTS)),
                OrderFilter(side=self.chance.choice(list(Side))),
                OrderFilter(venue_id=self.chance.choice(self.venue_ids)),
            ))  # fmt: skip
        self.note(f"cancel-scope-{scope[0].name.lower()}")
        self.control(CancelScope(*scope, "simulated", self.wall_ns(), WHO, narrowed))

    # --- markets and venues

    def shown(self, record: MarketRecord) -> None:
        self._floor.show(record)

    def market_moves(self) -> None:
        """A print on the market, seen by the venue's book and by us: what stops wait for."""
        venue_id, instrument_id = self.chance.choice(self.venue_ids), self.chance.choice(INSTRUMENTS)
        self.prints += 1
        trade = Trade(self.wall_ns(), MIDDLE + TICK * self.chance.randrange(-4, 5), LOT, f"T{self.prints}", False)
        self.publish(MarketRecord(venue_id, instrument_id, 0, (), (trade,)))
        self.note("market-print")

    def strangers(self) -> None:
        """Somebody else takes from a book, or adds to it."""
        for _ in range(self.chance.randrange(1, 4)):
            price = 0 if self.chance.random() < 0.2 else self._price()
            self._floor.stranger(
                self.chance.choice(self.venue_ids), self.chance.choice(INSTRUMENTS),
                self.chance.choice((Side.BUY, Side.SELL)), price, LOT * self.chance.randrange(1, 30), self.wall_ns(),
                self.chance.random() < 0.5,
            )  # fmt: skip
        self.note("stranger")

    def decline(self) -> None:
        venue = self._book_venue()
        order = venue.orders.get(self._live(venue))
        if order is not None and order.leaves > LOT:
            venue.decline(order.cl_ord_ids[0], order.cum_qty + LOT * self.chance.randrange(1, order.leaves // LOT))

    def _book_venue(self) -> BookVenue:
        venue = self.chance.choice(self.venues)
        assert isinstance(venue, BookVenue)
        return venue

    def suspend(self) -> None:
        self._act(OperatorAct.SUSPEND, symbol=self.chance.choice(INSTRUMENTS))

    def go_on(self) -> None:
        """Everything that the operators stopped."""
        for venue_id in self.venue_ids:
            for act in (OperatorAct.RESUME, OperatorAct.RELEASE, OperatorAct.UNCROSS):
                self._floor.act(act, venue_id, self.wall_ns())

    def auction(self) -> None:
        """A call that nobody announced, in the book that is always open; it is uncrossed later."""
        act = self.chance.choice((OperatorAct.CALL_OPEN, OperatorAct.UNCROSS, OperatorAct.UNCROSS))
        self._act(act, symbol=INSTRUMENTS[1])

    def hold_requests(self) -> None:
        """Cancels and replaces are answered as pending, and carried out later: fills come in between."""
        self._act(OperatorAct.HOLD)

    def release_requests(self) -> None:
        for venue_id in self.venue_ids:
            self._floor.act(OperatorAct.RELEASE, venue_id, self.wall_ns())

    def _act(self, act: OperatorAct, **what: Any) -> None:
        self._floor.act(act, self.chance.choice(self.venue_ids), self.wall_ns(), **what)

    def script(self) -> None:
        """Books have no script; this is the turn of those who trade with us."""
        self.strangers()
