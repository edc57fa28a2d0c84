"""Risk's small world with everything that the catalogue can need: a client, a counterparty, cash, exchange rates, fresh risk factors.

Figures are round, so that what an order makes of a limit can be worked out by hand: `NEW` buys 100 at 100.00, which is 10,000 dollars.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from risk_world import (
    ACCOUNT,
    DOLLAR,
    IBM,
    NEW,
    NOW,
    XV,
    YV,
    World,
    fill,
    world,
)

from oms.core.commands import NewOrder
from oms.core.enums import CounterpartyKind, LimitKind, LimitScope, OrdType, Side, TimerKind
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import CashBalance, Entity, Limit
from oms.core.risk.marking import MARKING
from oms.core.risk_events import OrderAccepted, OrderRejected
from oms.core.risk_reference import (
    Client,
    Counterparty,
    FxRate,
    HolderFactors,
    InstrumentFactors,
    factors_id_of,
)
from oms.core.stage import TimerInput

AGE_NS = 1_000
SAP = replace(IBM, instrument_id="SAP", name="SAP", currency="EUR")
CLIENT = Client("C1", "Client", True)
CLEARER = Counterparty("CL", "Clearer", CounterpartyKind.CLEARING_MEMBER, 2, True)
OWNED = replace(ACCOUNT, client_id="C1", cash=(CashBalance("USD", Amount(4_000 * DOLLAR)),))
FACTORS = InstrumentFactors(
    "IBM",
    "m1",
    NOW,
    volatility_ppm=20_000,
    adv_qty=10_000,
    window_volume_qty=1_000,
    window_low_px=9_900,
    window_high_px=10_100,
    var_ppm=30_000,
    es_ppm=40_000,
    stress_ppm=100_000,
)
SCOPE_IDS: dict[LimitScope, str] = {
    LimitScope.FIRM: "",
    LimitScope.DESK: "alpha",
    LimitScope.ACCOUNT: "A1",
    LimitScope.CLIENT: "C1",
    LimitScope.TRADER: "eve",
    LimitScope.STRATEGY: "s1",
    LimitScope.INSTRUMENT: "IBM",
    LimitScope.VENUE: "YV",
    LimitScope.COUNTERPARTY: "CL",
}
FACTORS_AGE = Limit("factors_age", LimitKind.FACTORS_AGE_NS, LimitScope.FIRM, "", "", "", Amount(AGE_NS))
FX_AGE = Limit("fx_age", LimitKind.FX_RATE_AGE_NS, LimitScope.FIRM, "", "", "", Amount(AGE_NS))
DOLLARS = FxRate("USD", 10**9, 0)
EUROS = FxRate("EUR", 1_100_000_000, NOW)


def holder_factors(scope: LimitScope) -> HolderFactors:
    scope_id = SCOPE_IDS[scope]
    return HolderFactors(
        factors_id_of(scope, scope_id),
        scope,
        scope_id,
        "USD",
        "m1",
        NOW,
        var=Amount(1_000 * DOLLAR),
        es=Amount(2_000 * DOLLAR),
        stress_loss=Amount(3_000 * DOLLAR),
        marginal_ppm=50_000,
        portfolio_value=Amount(1_000_000 * DOLLAR),
        order_mean=Amount(5_000 * DOLLAR),
        order_std=Amount(1_000 * DOLLAR),
        order_count=100,
    )


RICH: tuple[Entity, ...] = (
    *(CLIENT, CLEARER, OWNED, replace(XV, counterparties=("CL",)), replace(YV, counterparties=("CL",))),
    *(FACTORS, FACTORS_AGE, FX_AGE),
    *(holder_factors(scope) for scope in SCOPE_IDS),
)


def rich(*changes: Entity) -> World:
    return world(*RICH, *changes)


def limit_of(kind: LimitKind, scope: LimitScope, value: int, scope_id: str | None = None) -> Limit:
    name = SCOPE_IDS[scope] if scope_id is None else scope_id
    return Limit("tried", kind, scope, name, "IBM", "USD", Amount(value))


def outcome(w: World, order: NewOrder) -> Reason | None:
    event = w.ask(order)
    assert isinstance(event, OrderAccepted | OrderRejected), event
    return None if isinstance(event, OrderAccepted) else event.reason


BUY_FILLED = replace(NEW, cl_ord_id="held")
MARKET_BUY = replace(NEW, ord_type=OrdType.MARKET, price=None)
AT_10105 = replace(NEW, price=10_105)
FIRST_ID = "alpha/20250106/held"


def nothing(w: World) -> None:
    """As it is."""


def one_before(w: World) -> None:
    assert outcome(w, replace(NEW, cl_ord_id="before", order_qty=50, instrument_id="IBM")) is None


def held_at_a_loss(w: World) -> None:
    """100 bought at 100.00 and marked at 99.00: a hundred dollars are lost."""
    assert outcome(w, BUY_FILLED) is None
    w.route(fill("x1", 100, FIRST_ID))
    w.quote(9_900, 9_900)
    mark(w)


def sold_at_a_loss(w: World) -> None:
    """100 bought at 100.00, 60 of them sold at 99.00: sixty dollars are realised, forty are not."""
    held_at_a_loss(w)
    assert outcome(w, replace(NEW, cl_ord_id="out", side=Side.SELL, price=9_900, order_qty=60)) is None
    w.route(replace(fill("x2", 60, "alpha/20250106/out"), last_px=9_900))


def fallen_from_a_gain(w: World) -> None:
    """Bought at 100.00, marked at 102.00 and then at 101.00: the best was 200 dollars, 100 are left."""
    assert outcome(w, BUY_FILLED) is None
    w.route(fill("x1", 100, FIRST_ID))
    for price in (10_200, 10_100):
        w.quote(price, price)
        mark(w)


def own_sale_open(w: World) -> None:
    assert outcome(w, replace(NEW, cl_ord_id="sale", side=Side.SELL, price=10_000)) is None


def mark(w: World) -> None:
    """What is held is valued at the market, as it is once a second."""
    w.feed(TimerInput(MARKING, TimerKind.TRIGGER, 0, NOW))


@dataclass(frozen=True, slots=True)
class Case:
    """What an order makes of a limit of a kind, worked out by hand. `figure` is the value at which it just passes.

    `limit_first`: it counts only from when it is there.
    """

    kind: LimitKind
    reason: Reason
    figure: int
    order: NewOrder = NEW
    before: Callable[[World], None] = nothing
    limit_first: bool = False


_K, _R = LimitKind, Reason
AT_99 = replace(NEW, price=9_900)

CASES: tuple[Case, ...] = (
    Case(_K.ORDER_QTY, _R.ORDER_QTY_LIMIT, 100),
    Case(_K.ORDER_NOTIONAL, _R.ORDER_NOTIONAL_LIMIT, 10_000 * DOLLAR),
    # 100 bps of 100.05 above it are 101.0505: a price of 101.05 needs all of them, and at 99 bps the bound is 101.04.
    Case(_K.PRICE_COLLAR_BPS, _R.PRICE_COLLAR, 100, AT_10105),
    Case(_K.POSITION_QTY, _R.POSITION_LIMIT, 150, before=one_before),
    Case(_K.OPEN_ORDERS, _R.OPEN_ORDERS_LIMIT, 2, before=one_before),
    Case(_K.MESSAGE_RATE, _R.MESSAGE_RATE_LIMIT, 2, before=one_before, limit_first=True),
    Case(_K.REPEATED_EXECUTIONS, _R.REPEATED_EXECUTIONS, 2, before=one_before),
    # The collar's bound in ticks is 101.05.
    Case(_K.MARKET_ORDER_NOTIONAL, _R.MARKET_ORDER_LIMIT, 10_105 * DOLLAR, MARKET_BUY),
    # 5 bps above the window's 101.00 are 101.0505.
    Case(_K.WINDOW_COLLAR_BPS, _R.WINDOW_COLLAR, 5, AT_10105),
    # Half of two percent of 100.05 is 1.0005: 101.05 is reached, and not with a thousandth less.
    Case(_K.COLLAR_SIGMAS_MILLI, _R.SIGMA_COLLAR, 500, AT_10105),
    Case(_K.ORDER_SIGMA_AMOUNT, _R.SIGMA_SIZE, 200 * DOLLAR),
    Case(_K.FAT_FINGER_Z_MILLI, _R.FAT_FINGER, 5_000),
    Case(_K.ADV_PPM, _R.ADV_CONCENTRATION, 15_000, before=one_before),
    Case(_K.PORTFOLIO_PPM, _R.PORTFOLIO_CONCENTRATION, 15_000, before=one_before),
    Case(_K.PARTICIPATION_PPM, _R.PARTICIPATION, 100_000),
    Case(_K.GROSS_EXPOSURE, _R.GROSS_EXPOSURE_LIMIT, 15_000 * DOLLAR, before=one_before),
    Case(_K.NET_EXPOSURE, _R.NET_EXPOSURE_LIMIT, 15_000 * DOLLAR, before=one_before),
    Case(_K.CREDIT, _R.CREDIT_LIMIT, 15_000 * DOLLAR, before=one_before),
    Case(_K.CAPITAL, _R.CAPITAL_LIMIT, 15_000 * DOLLAR, before=one_before),
    Case(_K.CASH, _R.CASH_LIMIT, 11_000 * DOLLAR, before=one_before),
    Case(_K.COUNTERPARTY_EXPOSURE, _R.COUNTERPARTY_LIMIT, 15_000 * DOLLAR, before=one_before),
    # The model's figure, 5 % of the 5,000 that are open, and the order at its own 3, 4 and 10 %.
    Case(_K.VALUE_AT_RISK, _R.VALUE_AT_RISK_LIMIT, (1_000 + 250 + 300) * DOLLAR, before=one_before),
    Case(_K.EXPECTED_SHORTFALL, _R.EXPECTED_SHORTFALL_LIMIT, (2_000 + 250 + 400) * DOLLAR, before=one_before),
    Case(_K.STRESS_LOSS, _R.STRESS_LIMIT, (3_000 + 250 + 1_000) * DOLLAR, before=one_before),
    Case(_K.ORDER_TO_TRADE_MILLI, _R.ORDER_TO_TRADE_LIMIT, 1_000, before=one_before),
    # 50 and 100 ordered for 100, as if this one were traded.
    Case(_K.ORDER_TO_TRADE_VOLUME_MILLI, _R.ORDER_TO_TRADE_VOLUME_LIMIT, 500, before=one_before),
    Case(_K.DAY_LOSS, _R.DAY_LOSS_LIMIT, 100 * DOLLAR, AT_99, held_at_a_loss),
    Case(_K.REALISED_LOSS, _R.REALISED_LOSS_LIMIT, 60 * DOLLAR, AT_99, sold_at_a_loss),
    Case(_K.DRAWDOWN, _R.DRAWDOWN_LIMIT, 100 * DOLLAR, NEW, fallen_from_a_gain),
    Case(_K.SELF_MATCH, _R.SELF_MATCH, 1, NEW, own_sale_open),
)
