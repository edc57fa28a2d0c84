"""When what is held is valued anew: with each heartbeat of control, where the market has moved enough since.

So results and exposures are at most a heartbeat and MOVED_BPS behind the market, and the journal does not grow with every quote. A price that
is older than MARK_AGE_NS_MAX values nothing: the last one stays.
"""

from oms.core.market import MarketView
from oms.core.market import reference_price as reference_price_of
from oms.core.risk.state import RiskState
from oms.core.risk_events import HoldingMark, HoldingsMarked, RiskEvent
from oms.core.stage import Conditions

MOVED_BPS = 10
"""A tenth of a percent: finer than any loss limit is set."""

MARKS_MAX = 200
"""Instruments in one record: a few kB. The rest follow with the next heartbeat, those never marked first."""

MARK_AGE_NS_MAX = 300 * 1_000_000_000
_BPS = 10_000


def marked(state: RiskState, conditions: Conditions, market: MarketView) -> tuple[RiskEvent, ...]:
    """At most one `HoldingsMarked`: the instruments held here whose price has moved."""
    book = state.book()
    found: list[tuple[bool, HoldingMark]] = []
    for instrument_id, accounts in book.held_by.items():
        seen = market.instrument(instrument_id)
        priced = reference_price_of(seen) if seen is not None else None
        if priced is None or priced[0] <= 0 or abs(conditions.tape_ns - priced[1]) > MARK_AGE_NS_MAX:
            continue
        ledger = state.ledgers.get((accounts[0], instrument_id))
        before = ledger.mark_px if ledger is not None else 0
        if abs(priced[0] - before) * _BPS > before * MOVED_BPS:
            found.append((bool(before), HoldingMark(instrument_id, priced[0])))
    if not found:
        return ()
    found.sort(key=lambda row: (row[0], row[1].instrument_id))
    return (HoldingsMarked(tuple([mark for _, mark in found[:MARKS_MAX]])),)
