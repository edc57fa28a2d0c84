"""What tests of the order path have in common: one instrument, two venues, a desk with an account, limits that are there and wide."""

from oms.core.commands import Provenance
from oms.core.enums import LimitKind, LimitScope
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.reference import Account, Calendar, Desk, Entity, Instrument, Limit, Venue, VenueSession

WHO = Provenance("ann", "", "test", "ann", "")
NOW = 1_736_175_600_000_000_000
DATE = 20250106


def limit(kind: LimitKind, value: int, instrument: str = "ACME", currency: str = "USD") -> Limit:
    return Limit(kind.name, kind, LimitScope.FIRM, "", instrument, currency, Amount(value))


WORLD: tuple[Entity, ...] = (
    Calendar("always", True, ()),
    Instrument("ACME", "Acme", "USD", 4, 0, 100, 1, "always", True),
    Venue("XALP", 0, "Alpha", 0, 0, 0, ("ACME",), (VenueSession(0, "XALP-P0"),), 10, True),
    Venue("XBET", 1, "Beta", 0, 0, 0, ("ACME",), (VenueSession(0, "XBET-P0"),), 10, True),
    Desk("alpha", "Alpha", 0, True),
    Account("A1", "alpha", "USD", (), True),
    limit(LimitKind.ORDER_QTY, 10_000),
    limit(LimitKind.ORDER_NOTIONAL, 10_000_000 * 10**AMOUNT_SCALE),
    limit(LimitKind.PRICE_COLLAR_BPS, 500),
    limit(LimitKind.MARKET_DATA_AGE_NS, 10**15),
    limit(LimitKind.POSITION_QTY, 100_000),
    limit(LimitKind.OPEN_ORDERS, 1_000),
)
