"""Which orders a mass request is about (FIX MassCancelRequestType 530, MassStatusReqType 585): one value for all scopes and their combinations.

An empty field restricts nothing; all empty is every order (FIX 530=7). Fields restrict together: one desk's account, instrument and side.
`client_id` is that of the order's account. `counterparty_id` is every venue of which it is a counterparty, as one venue.
`trader`, `strategy` and `source` (a FIX session) are those of the order's first command, whoever amended it since; `side` is exact (a short sale is no sale).
`venue_id` (FIX 530=8, a market) is about what is open at that venue, not about whose order it is:

    an order sent DIRECT there       is covered as a whole
    a smart order with children      its children there are covered; the order goes on at its other venues, and never goes back there.
      at that venue                  The desk asked for a quantity, not for a venue: it keeps its mandate where another venue can do it
                                     (where none can it ends, NO_VENUE_AVAILABLE). Were the rest free to return, the cancel would be undone
                                     by the next placement; were the order ended, a venue's trouble would end orders that others can fill.

It knows neither states nor stages: each asks about its own orders or children.
"""

from dataclasses import dataclass, replace

from oms.core.enums import HaltScope, Side


@dataclass(frozen=True, slots=True)
class OrderFilter:
    desk_id: str = ""
    account_id: str = ""
    instrument_id: str = ""
    side: Side | None = None
    trader: str = ""
    strategy: str = ""
    venue_id: str = ""
    source: str = ""
    client_id: str = ""
    counterparty_id: str = ""

    def matches(
        self,
        desk_id: str,
        account_id: str,
        instrument_id: str,
        side: Side,
        trader: str,
        strategy: str,
        source: str = "",
        client_id: str = "",
    ) -> bool:
        """Whether an order of these is covered, venues and counterparties apart: who asks knows what of it is where.

        `client_id`: of the order's account (`oms.core.halts.client_of`).
        """
        return (
            self.desk_id in ("", desk_id)
            and self.account_id in ("", account_id)
            and self.instrument_id in ("", instrument_id)
            and self.side in (None, side)
            and self.trader in ("", trader)
            and self.strategy in ("", strategy)
            and self.source in ("", source)
            and self.client_id in ("", client_id)
        )


EVERYTHING = OrderFilter()


def covers_whole_venues(wanted: OrderFilter) -> bool:
    """Whatever is at the venues that it names, or at all of them, is covered, whoever's it is."""
    return replace(wanted, venue_id="", counterparty_id="") == EVERYTHING


FIELD_OF_SCOPE: dict[HaltScope, str] = {
    HaltScope.DESK: "desk_id",
    HaltScope.ACCOUNT: "account_id",
    HaltScope.INSTRUMENT: "instrument_id",
    HaltScope.VENUE: "venue_id",
    HaltScope.TRADER: "trader",
    HaltScope.STRATEGY: "strategy",
    HaltScope.CLIENT: "client_id",
    HaltScope.COUNTERPARTY: "counterparty_id",
}
"""FIRM restricts nothing."""


def filter_of(scope: HaltScope, scope_id: str, narrowed: OrderFilter | None = None) -> OrderFilter | None:
    """A scope, and what narrows it further, as one filter. None where they contradict each other: that covers nothing.

    >>> filter_of(HaltScope.DESK, "alpha", OrderFilter(trader="ann")) == OrderFilter(desk_id="alpha", trader="ann")
    True
    >>> filter_of(HaltScope.DESK, "alpha", OrderFilter(desk_id="beta")) is None
    True
    """
    found = narrowed or EVERYTHING
    field = FIELD_OF_SCOPE.get(scope)
    if field is None:
        return found
    if getattr(found, field) not in ("", scope_id):
        return None
    values: dict[str, str] = {field: scope_id}
    return replace(found, **values)  # type: ignore[arg-type]
