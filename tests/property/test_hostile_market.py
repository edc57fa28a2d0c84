"""Whatever a feed says, risk answers every order with a record that can be written, marks what it can, and goes on."""

from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st
from risk_world import MARKET, NEW, NOW, OTHER_ACCOUNT, World, fill, world
from test_book import same_sums, written

from oms.core.enums import Side
from oms.core.market import MarketRecord, Quote, Trade
from oms.core.risk.book import Book
from oms.core.risk_events import OrderAccepted, OrderRejected
from oms.core.stage import TimerInput

LEAST, MOST = -(2**63), 2**63 - 1
_ANY = st.one_of(st.sampled_from([LEAST, -1, 0, 1, NOW, MOST]), st.integers(LEAST, MOST), st.integers(9_900, 10_100))
_QUOTE = st.builds(Quote, st.one_of(st.just(NOW), _ANY), _ANY, _ANY, _ANY, _ANY)
_TRADE = st.builds(Trade, st.one_of(st.just(NOW), _ANY), _ANY, _ANY, st.just("t"), st.booleans())


@settings(max_examples=300, deadline=None, print_blob=True)
@given(st.lists(st.one_of(_QUOTE, _TRADE), min_size=1, max_size=6), _ANY)
@example([Quote(LEAST, 9_990, 500, 10_010, 500)], 1)
def test_whatever_a_feed_says_every_order_is_answered_in_a_record_that_can_be_written(
    seen: list[Quote | Trade], last_px: int
) -> None:
    w = world(OTHER_ACCOUNT)
    assert isinstance(w.ask(replace(NEW, cl_ord_id="held")), OrderAccepted)
    w.route(replace(fill("x1", 50, "alpha/20250106/held"), last_px=last_px))
    for number, told in enumerate(seen):
        quotes, trades = ((told,), ()) if isinstance(told, Quote) else ((), (told,))
        w.market.apply(0, w.market.positions[0], MarketRecord("XV", "IBM", 1, quotes, trades))
        for side in Side:
            for order in (NEW, MARKET):
                named = replace(order, cl_ord_id=f"{order.ord_type.name}{number}{side.name}", side=side, order_qty=10)
                assert isinstance(w.ask(named), OrderAccepted | OrderRejected)
        _turns(w)
    for _, event in w.journal:
        written(event)
    same_sums(w.state.book(), Book.of(w.state))


def _turns(w: World) -> None:
    for _ in range(3):
        w.conditions = replace(w.conditions, wall_ns=w.conditions.wall_ns + 1)
        due = w.rules.due(w.state, NOW, w.conditions.wall_ns, w.market)
        if isinstance(due, TimerInput):
            w.feed(due)
