"""Stress scenarios: lists of shocks over factors, and what positions lose by them. Integers and fractions: exact.

A factor is the price of one instrument, of an asset class, of everything, or a currency's rate to the reporting currency. Of the shocks of
prices that fit an instrument the most specific counts alone (instrument, its underlying, its asset class, everything); a currency's comes
on top. A shock is a relative change in parts per million: -200,000 is a fall by a fifth.

What a holding is worth, and what a change makes of it (s: its price's shock, c: its currency's):

| holding | worth V in its currency | loss in the reporting currency |
|---|---|---|
| equity, ETF, crypto | qty × price | V - V (1+s) (1+c) |
| bond | nominal × price in percent of par (multiplier 10**4 ppm) | the same |
| future | qty × price × multiplier; it is not paid for | -V s (1+c) |
| option | qty × price × multiplier; follows delta × qty × multiplier × the underlying's price U | -U s (1+c) - V c |
| FX spot, bought base against quoted | base: qty; quoted: -qty × price | -(base worth) c_base + (quoted worth) c_quoted - (quoted worth) s |

An option is taken at its delta: what its gamma does is not seen, and is against a writer of options. Say larger shocks for such books.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from oms.core.enums import AssetClass
from oms.models import ModelError

MILLION = 10**6


class Factor(Enum):
    """What a shock moves."""

    INSTRUMENT = "instrument"
    ASSET_CLASS = "asset class"
    EVERYTHING = "everything"
    CURRENCY = "currency"


@dataclass(frozen=True, slots=True)
class Shock:
    """`name`: an instrument's id, an asset class's name, a currency; empty for EVERYTHING. `change_ppm`: above -10**6, for no price falls below 0."""

    factor: Factor
    name: str
    change_ppm: int


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    shocks: tuple[Shock, ...]


@dataclass(frozen=True, slots=True)
class Holding:
    """A position. `qty` signed, `price` positive, at their scales. `rate`: of one unit of `currency` in the reporting currency.

    `base_currency`, `base_rate`: of FX_SPOT, what is bought. `delta_ppm`, `underlying_id`, `underlying_price` (as a plain number of the
    currency): of an OPTION.
    """

    instrument_id: str
    asset_class: AssetClass
    currency: str
    qty: int
    price: int
    price_scale: int
    qty_scale: int
    rate: Fraction
    multiplier_ppm: int = MILLION
    base_currency: str = ""
    base_rate: Fraction = Fraction(0)
    underlying_id: str = ""
    underlying_price: Fraction = Fraction(0)
    delta_ppm: int = 0

    @property
    def quantity(self) -> Fraction:
        return Fraction(self.qty, 10**self.qty_scale) * Fraction(self.multiplier_ppm, MILLION)

    @property
    def worth(self) -> Fraction:
        """In its own currency."""
        return self.quantity * Fraction(self.price, 10**self.price_scale)

    @property
    def exposure(self) -> Fraction:
        """What follows the price, in its own currency: an option's is its delta's part of the underlying."""
        if self.asset_class is AssetClass.OPTION:
            return self.quantity * self.underlying_price * Fraction(self.delta_ppm, MILLION)
        return self.worth


def loss(holding: Holding, scenario: Scenario) -> Fraction:
    """What the holding loses, in the reporting currency; negative: a gain. ModelError for a shock that cannot be, or an unpriced holding."""
    if holding.price <= 0 or holding.rate <= 0:
        raise ModelError(f"{holding.instrument_id} has no price or no rate")
    s, c = price_change(holding, scenario), currency_change(holding.currency, scenario)
    worth, exposure = holding.worth * holding.rate, holding.exposure * holding.rate
    match holding.asset_class:
        case AssetClass.EQUITY | AssetClass.ETF | AssetClass.CRYPTO | AssetClass.BOND:
            return worth - worth * (1 + s) * (1 + c)
        case AssetClass.FUTURE:
            return -worth * s * (1 + c)
        case AssetClass.OPTION:
            if holding.underlying_price <= 0:
                raise ModelError(f"{holding.underlying_id} under {holding.instrument_id} has no price")
            return -exposure * s * (1 + c) - worth * c
        case AssetClass.FX_SPOT:
            if holding.base_rate <= 0:
                raise ModelError(f"{holding.base_currency} has no rate")
            base = holding.quantity * holding.base_rate
            return -base * currency_change(holding.base_currency, scenario) + worth * c - worth * s


def portfolio_loss(holdings: Sequence[Holding], scenario: Scenario) -> Fraction:
    """The sum: gains of one holding pay for losses of another within one scenario, never over two."""
    return sum((loss(holding, scenario) for holding in holdings), Fraction(0))


def worst_loss(holdings: Sequence[Holding], scenarios: Sequence[Scenario]) -> tuple[str, Fraction]:
    """(scenario, loss) of the worst, the first of equals; ("", 0) where none loses anything."""
    worst = "", Fraction(0)
    for scenario in scenarios:
        lost = portfolio_loss(holdings, scenario)
        if lost > worst[1]:
            worst = scenario.name, lost
    return worst


def unit_loss(holding: Holding, scenarios: Sequence[Scenario]) -> Fraction:
    """The most that one unit of exposure, held or owed, loses in any scenario."""
    exposure = abs(holding.exposure * holding.rate)
    if exposure == 0:
        raise ModelError(f"{holding.instrument_id} moves with nothing")
    return max((abs(loss(holding, scenario)) / exposure for scenario in scenarios), default=Fraction(0))


def price_change(holding: Holding, scenario: Scenario) -> Fraction:
    """The relative change of what the holding follows."""
    found = {(shock.factor, shock.name): shock for shock in scenario.shocks}
    keys = [(Factor.INSTRUMENT, holding.instrument_id), (Factor.ASSET_CLASS, holding.asset_class.name)]
    if holding.asset_class is AssetClass.OPTION:
        keys.insert(1, (Factor.INSTRUMENT, holding.underlying_id))
    return _change(next((found[key] for key in [*keys, (Factor.EVERYTHING, "")] if key in found), None))


def currency_change(currency: str, scenario: Scenario) -> Fraction:
    wanted = (s for s in scenario.shocks if s.factor is Factor.CURRENCY and s.name == currency)
    return _change(next(wanted, None))


def _change(shock: Shock | None) -> Fraction:
    if shock is None:
        return Fraction(0)
    if shock.change_ppm <= -MILLION:
        raise ModelError(f"{shock.name or 'everything'} cannot fall by {-shock.change_ppm} ppm")
    return Fraction(shock.change_ppm, MILLION)


def scenarios_of(table: Mapping[str, Sequence[tuple[str, str, int]]]) -> tuple[Scenario, ...]:
    """Scenarios out of plain rows (factor, name, change in ppm), as a file has them. ModelError for a factor that there is not.

    >>> scenarios_of({"crash": [("everything", "", -300_000)]})[0].shocks[0].change_ppm
    -300000
    """
    made = []
    for name, rows in table.items():
        try:
            shocks = tuple(Shock(Factor(factor), named, change) for factor, named, change in rows)
        except ValueError as error:
            raise ModelError(f"scenario {name}: {error}") from error
        if len({(s.factor, s.name) for s in shocks}) < len(shocks):
            raise ModelError(f"scenario {name} shocks a factor twice")
        made.append(Scenario(name, shocks))
    return tuple(made)


STANDARD_SCENARIOS = scenarios_of(
    {
        "everything-down-20": [("everything", "", -200_000)],
        "everything-up-20": [("everything", "", 200_000)],
        "equities-down-40": [("asset class", "EQUITY", -400_000), ("asset class", "ETF", -400_000)],
        "crypto-down-60": [("asset class", "CRYPTO", -600_000)],
    }
)
"""What is assumed where a firm says nothing else: moves as of October 1987, and of bitcoin in March 2020 and after."""
