"""Positions as the gateway tells them: marks, profits by hand, what is unknown, fees, open orders, sums."""

from dataclasses import replace

from gateway_world import DATE, accepted, new_order, order_id

from oms.core.commands import ReplaceOrder
from oms.core.enums import LimitKind, LimitScope, Liquidity, Side
from oms.core.market import MarketRecord, MarketView, Quote, Trade
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.reference import Account, Desk, Instrument, Limit, OpeningPosition, Reference, Venue
from oms.core.risk_events import ExposureMoved, OrderClosed, ReplaceAccepted, ReplaceSettled, RiskEvent
from oms.gateway.positions import Wanted, list_positions
from oms.gateway.profit import Book, MarkSource, mark_of
from oms.v1 import gateway_pb2 as api

TAPE_NS = 1_000_000_000_000
SECOND_NS = 10**9
DOLLAR = 10**AMOUNT_SCALE


def instrument(instrument_id: str, currency: str = "USD") -> Instrument:
    return Instrument(instrument_id, instrument_id, currency, 2, 0, 1, 1, "always", True)


def venue(venue_id: str, ppm: int = 0, per_unit_e8: int = 0, enabled: bool = True) -> Venue:
    return Venue(venue_id, 0, venue_id, ppm, per_unit_e8, 0, ("IBM",), (), 30, enabled)


class World:
    """One partition. Prices have two decimals; XA shows 99.00 bid, 101.00 asked, five seconds old."""

    def __init__(self, *openings: OpeningPosition) -> None:
        self.book, self.market, self.reference = Book(), MarketView(), Reference()
        self.held: dict[tuple[str, str], int] = {("acc-alpha", o.instrument_id): o.qty for o in openings}
        reference = self.reference
        reference.instruments = {i: instrument(i) for i in ("IBM", "BAC")} | {"SAP": instrument("SAP", "EUR")}
        reference.desks = {d: Desk(d, d, 0, True) for d in ("alpha", "beta")}
        reference.accounts = {
            "acc-alpha": Account("acc-alpha", "alpha", "USD", openings, True),
            "acc-beta": Account("acc-beta", "beta", "USD", (), True),
        }
        reference.venues = {"XA": venue("XA"), "XB": venue("XB")}
        for instrument_id in reference.instruments:
            self.quote("XA", 9_900, 10_100, 5, instrument_id)

    def quote(self, venue_id: str, bid: int, ask: int, age_s: int = 0, instrument_id: str = "IBM") -> None:
        quote = Quote(TAPE_NS - age_s * SECOND_NS, bid, 100 if bid else 0, ask, 100 if ask else 0)
        self.market.apply(0, 0, MarketRecord(venue_id, instrument_id, 0, (quote,), ()))

    def tell(self, *events: RiskEvent) -> None:
        for event in events:
            self.book.fold(event)

    def fill(
        self,
        signed_qty: int,
        price: int,
        of: str = "acc-alpha/IBM",
        at: str = "XA",
        liquidity: Liquidity | None = Liquidity.REMOVED,
        order: str = "a",
    ) -> None:
        account_id, instrument_id = of.split("/")
        key = account_id, instrument_id
        self.held[key] = self.held.get(key, 0) + signed_qty
        desk_id = account_id.removeprefix("acc-")
        named = f"{desk_id}/{DATE}/{order}"
        terms = (abs(signed_qty), price, signed_qty, self.held[key], 0, liquidity)
        self.tell(ExposureMoved(named, account_id, instrument_id, f"{at}/x", *terms))

    def answer(self, wanted: Wanted = Wanted(), tape_ns: int = TAPE_NS) -> api.ListPositionsResponse:
        return list_positions([self.book], self.reference, self.market, tape_ns, wanted)

    def only(self) -> api.PositionView:
        (found,) = self.answer().positions
        return found


def money(view: object, name: str) -> int | None:
    """An amount in cents, exact; None where it is not known."""
    if not view.HasField(name):  # type: ignore[attr-defined]
        return None
    part = getattr(view, name)
    cents, rest = divmod((part.hi << 64) | part.lo, DOLLAR // 100)
    assert rest == 0
    return int(cents)


def profits(view: api.PositionView) -> tuple[int | None, ...]:
    return tuple(money(view, name) for name in ("cost", "realised_pnl", "unrealised_pnl", "traded_pnl"))


def test_a_long_position_is_bought_added_to_and_partly_sold() -> None:
    w = World()
    w.fill(+100, 9_000)
    w.fill(+100, 9_400)
    w.fill(-50, 10_000)
    view = w.only()
    assert (view.qty, money(view, "avg_cost"), view.mark.price) == (150, 9_200, 9_900)
    assert profits(view) == (150 * 9_200, 50 * 800, 150 * 700, 150 * 700 + 50 * 800)
    assert money(view, "market_value") == 150 * 9_900


def test_a_short_position_costs_less_than_nothing_and_is_marked_at_the_ask() -> None:
    w = World()
    w.fill(-100, 10_500)
    w.fill(+40, 10_300)
    view = w.only()
    assert (view.qty, money(view, "avg_cost")) == (-60, 10_500)
    assert (view.mark.price, view.mark.source, view.mark.venue_id) == (10_100, api.MARK_SOURCE_ASK, "XA")
    assert profits(view) == (-60 * 10_500, 40 * 200, 60 * 400, 40 * 200 + 60 * 400)


def test_through_zero_the_closing_part_is_realised_and_the_rest_opens_at_the_fill() -> None:
    w = World()
    w.fill(+100, 9_000)
    w.fill(-130, 9_500)
    view = w.only()
    assert (view.qty, money(view, "avg_cost")) == (-30, 9_500)
    assert profits(view)[:3] == (-30 * 9_500, 100 * 500, -30 * 600)


def test_a_flat_position_has_a_result_and_needs_no_mark() -> None:
    w = World()
    w.fill(+3, 9_000)
    w.fill(-2, 9_100)
    w.fill(-1, 9_100)
    w.market = MarketView()
    view = w.only()
    assert (view.qty, view.HasField("avg_cost"), view.HasField("mark")) == (0, False, False)
    assert profits(view) == (0, 300, 0, 300)


def test_an_opening_position_is_a_fill_at_its_price() -> None:
    w = World(OpeningPosition("IBM", 100, 9_000))
    assert profits(w.only()) == (100 * 9_000, 0, 100 * 900, 0)
    w.fill(-40, 9_500)
    assert profits(w.only()) == (60 * 9_000, 40 * 500, 60 * 900, -40 * 400)


def test_an_opening_position_without_a_price_makes_its_own_part_unknown_and_never_zero() -> None:
    w = World(OpeningPosition("IBM", 100))
    assert profits(w.only()) == (None, 0, None, 0)
    w.fill(+100, 9_500)
    assert profits(w.only()) == (None, 0, None, 100 * 400)
    w.fill(-200, 9_700)
    assert profits(w.only()) == (0, None, 0, 100 * 400 - 200 * 200)
    w.fill(+10, 9_800)
    view = w.only()
    assert profits(view)[:3] == (10 * 9_800, None, 10 * 100), "what was opened since is known"
    (total,) = w.answer(Wanted(account_id="acc-alpha", totals_only=True)).totals[1:]
    assert (money(total, "realised_pnl"), total.realised_unknown, total.unrealised_unknown) == (0, 1, 0)


def test_a_corrected_opening_price_counts_at_once() -> None:
    w = World(OpeningPosition("IBM", 100, 9_000))
    w.fill(-40, 9_500)
    account = w.reference.accounts["acc-alpha"]
    priced = replace(account, opening_positions=(OpeningPosition("IBM", 100, 9_100),))
    w.reference.accounts["acc-alpha"] = priced
    assert profits(w.only())[:2] == (60 * 9_100, 40 * 400)


def test_without_the_journals_beginning_the_quantity_is_risks_and_the_cost_unknown() -> None:
    w = World(OpeningPosition("IBM", 100, 9_000))
    w.book = Book(whole=False)
    w.held[("acc-alpha", "IBM")] = 170
    w.fill(-40, 9_500)
    view = w.only()
    assert (view.qty, profits(view)[:3]) == (130, (None, None, None))
    assert money(view, "market_value") == 130 * 9_900


def test_the_mark_is_the_best_at_a_venue_that_takes_orders_and_says_how_old_it_is() -> None:
    w = World()
    w.reference.venues["XC"] = venue("XC", enabled=False)
    w.quote("XB", 9_950, 10_200, age_s=9)
    w.quote("XC", 9_990, 10_000)
    w.quote("XZ", 9_990, 10_000)
    w.fill(+10, 9_000)
    mark = w.only().mark
    assert (mark.price, mark.venue_id, mark.age_ns, mark.stale) == (9_950, "XB", 9 * SECOND_NS, False)
    assert not w.answer(tape_ns=0).positions[0].mark.HasField("age_ns")


def test_a_mark_older_than_risk_allows_is_called_stale() -> None:
    w = World()
    w.reference.limits = {
        n: Limit(n, LimitKind.MARKET_DATA_AGE_NS, LimitScope.FIRM, "", i, "", Amount(s * SECOND_NS))
        for n, i, s in (("all", "", 60), ("ibm", "IBM", 4))
    }
    w.fill(+10, 9_000)
    w.fill(+10, 9_000, of="acc-alpha/BAC")
    answer = w.answer()
    assert {p.instrument_id: p.mark.stale for p in answer.positions} == {"BAC": False, "IBM": True}
    assert [(t.account_id, t.stale_marks, t.mark_age_ns) for t in answer.totals] == [
        ("", 1, 5 * SECOND_NS),
        ("acc-alpha", 1, 5 * SECOND_NS),
    ]


def test_the_last_trade_marks_only_where_no_venue_shows_the_side_and_never_a_suspicious_one() -> None:
    w = World()
    w.quote("XA", 0, 10_100)
    good = Trade(TAPE_NS, 9_800, 1, "t1", False)
    w.market.apply(0, 0, MarketRecord("XA", "IBM", 0, (), (good,)))
    market = w.market.instrument("IBM")
    mark = mark_of(5, market, w.reference.venues)
    assert mark is not None and (mark.price, mark.source, mark.venue_id) == (9_800, MarkSource.LAST_TRADE, "")
    short = mark_of(-5, market, w.reference.venues)
    assert short is not None and short.source is MarkSource.ASK
    w.market.apply(0, 0, MarketRecord("XA", "IBM", 0, (), (replace(good, suspicious=True),)))
    assert mark_of(5, w.market.instrument("IBM"), w.reference.venues) is None
    w.fill(+5, 9_000)
    assert profits(w.only()) == (5 * 9_000, 0, None, None), "without a mark there is a cost, and no value"


def test_fees_are_the_takers_by_the_schedule_in_force_and_the_rest_is_counted() -> None:
    w = World()
    w.reference.venues |= {"XA": venue("XA", ppm=100), "XB": venue("XB", per_unit_e8=-20_000)}
    w.fill(+100, 10_000, at="XA")
    w.fill(+100, 10_000, at="XB")
    w.fill(+100, 10_000, at="XA", liquidity=Liquidity.ADDED)
    w.fill(+100, 10_000, at="XA", liquidity=None)
    w.fill(+100, 10_000, at="XGONE")
    view = w.only()
    assert (money(view, "fees"), view.fill_count, view.fills_without_fee) == (100 - 2, 5, 3)


def test_a_fee_is_rounded_up_to_the_last_decimal_of_an_amount() -> None:
    w = World()
    w.reference.instruments["IBM"] = replace(instrument("IBM"), price_scale=6, qty_scale=6)
    w.reference.venues["XA"] = venue("XA", ppm=1)
    w.fill(+1, 1)
    fees = w.only().fees
    assert (fees.hi, fees.lo) == (0, 1)


def test_open_orders_could_add_their_reserved_quantity_at_their_worst_price() -> None:
    w = World()
    buy, sell = new_order("b", qty=100), replace(new_order("s", qty=30), side=Side.SELL_SHORT)
    w.tell(accepted(buy), accepted(sell))
    w.fill(+40, 5_000, order="b")
    view = w.only()
    assert (view.open_order_count, view.open_buy_qty, view.open_sell_qty) == (2, 60, 30)
    assert (money(view, "open_buy_notional"), money(view, "open_sell_notional")) == (60 * 5_000, 30 * 5_000)
    asked = ReplaceOrder("alpha", DATE, "b2", DATE, "b", 200, 5_100, None, 9, 5, "t", buy.provenance)
    decision = accepted(buy)
    mandate = replace(decision.mandate, order_qty=200, worst_price=5_100)
    w.tell(ReplaceAccepted(order_id(buy), asked, mandate, decision.evidence))
    assert (w.only().open_buy_qty, money(w.only(), "open_buy_notional")) == (160, 160 * 5_100)
    w.tell(ReplaceSettled(order_id(buy), "b2", False, 100))
    assert (w.only().open_buy_qty, money(w.only(), "open_buy_notional")) == (60, 60 * 5_000)
    w.tell(OrderClosed(order_id(buy), 60), OrderClosed(order_id(sell), 30))
    assert (w.only().open_order_count, w.only().open_buy_qty, w.book.exposures) == (0, 0, {})
    w.fill(+5, 5_000, order="b")
    assert w.only().qty == 45, "a fill that comes after the end is booked"


def test_an_account_that_only_has_open_orders_is_shown() -> None:
    w = World()
    w.tell(accepted(new_order("b")))
    view = w.only()
    assert (view.desk_id, view.qty, view.open_buy_qty, profits(view)) == ("alpha", 0, 100, (0, 0, 0, 0))


def test_sums_stay_within_a_currency_and_cover_accounts_and_desks() -> None:
    w = World()
    w.fill(+10, 9_000)
    w.fill(-10, 10_000, of="acc-alpha/BAC")
    w.fill(+10, 9_800, of="acc-alpha/SAP")
    w.fill(+10, 9_800, of="acc-beta/IBM")
    totals = {(t.desk_id, t.account_id, t.currency): t for t in w.answer().totals}
    assert list(totals) == [
        ("alpha", "", "EUR"),
        ("alpha", "", "USD"),
        ("beta", "", "USD"),
        ("alpha", "acc-alpha", "EUR"),
        ("alpha", "acc-alpha", "USD"),
        ("beta", "acc-beta", "USD"),
    ]
    alpha = totals[("alpha", "", "USD")]
    assert (alpha.position_count, alpha.fill_count) == (2, 2)
    assert money(alpha, "unrealised_pnl") == 10 * 900 - 10 * 100
    assert (money(alpha, "long_value"), money(alpha, "short_value")) == (10 * 9_900, -10 * 10_100)


def test_filters_and_totals_alone() -> None:
    w = World(OpeningPosition("BAC", 5, 1))
    w.fill(+10, 9_000)
    w.fill(+10, 9_800, of="acc-beta/IBM")

    def keys(wanted: Wanted) -> list[tuple[str, str]]:
        return [(p.account_id, p.instrument_id) for p in w.answer(wanted).positions]

    assert keys(Wanted()) == [("acc-alpha", "BAC"), ("acc-alpha", "IBM"), ("acc-beta", "IBM")]
    assert keys(Wanted(desk_id="beta")) == keys(Wanted(account_id="acc-beta")) == [("acc-beta", "IBM")]
    assert keys(Wanted(instrument_id="BAC")) == [("acc-alpha", "BAC")]
    assert keys(Wanted(may_see=lambda desk_id: desk_id == "beta")) == [("acc-beta", "IBM")]
    answer = w.answer(Wanted(totals_only=True))
    assert (len(answer.positions), len(answer.totals), answer.time_ns) == (0, 4, TAPE_NS)
