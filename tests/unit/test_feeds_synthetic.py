"""The synthetic market: deterministic, random access, and shaped as the venue process and the router need it."""

import itertools
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from oms.feeds.statistics import print_statistics
from oms.feeds.synthetic import CROSSED_MS_MAX, SyntheticTape
from oms.feeds.tape import TapeError, TapeEvent, TapeQuote, TapeTrade

MINUTE_NS = 60 * 10**9
DAY_NS = 86_400 * 10**9


def window(source: SyntheticTape, from_ns: int, to_ns: int) -> Iterator[TapeEvent]:
    return itertools.takewhile(lambda event: event.time_ns < to_ns, source.events(from_ns))


def test_it_opens_at_ten_new_york_and_is_labelled() -> None:
    source = SyntheticTape(7)
    assert source.start_ns == 1_736_175_600 * 10**9  # 2025-01-06 10:00 New York (UTC−5)
    assert (source.end_ns, source.label) == (None, "synthetic seed=7")


def test_a_seed_gives_one_market() -> None:
    source = SyntheticTape(7)
    to_ns = source.start_ns + MINUTE_NS
    first = list(window(source, source.start_ns, to_ns))
    assert first == list(window(SyntheticTape(7), source.start_ns, to_ns))
    assert first != list(window(SyntheticTape(8), source.start_ns, to_ns))


@pytest.mark.parametrize("into_ns", [1, 31_234_567_890, MINUTE_NS, 90 * 10**9 + 17])
def test_a_start_in_the_middle_gives_the_same_events_after_the_quotes_in_force(into_ns: int) -> None:
    source = SyntheticTape(7)
    from_ns = source.start_ns + into_ns
    to_ns = source.start_ns + 2 * MINUTE_NS
    whole = list(window(source, source.start_ns, to_ns))
    in_force: dict[tuple[str, str], TapeQuote] = {}
    for event in whole:
        if isinstance(event, TapeQuote) and event.time_ns < from_ns:
            in_force[event.venue, event.instrument] = event
    part = list(window(source, from_ns, to_ns))
    suffix = [event for event in whole if event.time_ns >= from_ns]
    head = part[: len(part) - len(suffix)]
    assert part[len(head) :] == suffix
    assert all(isinstance(event, TapeQuote) and event.time_ns == from_ns for event in head)
    if into_ns % MINUTE_NS:
        shown = {key for key, quote in in_force.items() if quote.bid_qty or quote.ask_qty}
        assert {(event.venue, event.instrument) for event in head} == shown


def test_days_later_costs_no_more_than_a_minute() -> None:
    source = SyntheticTape(7)
    began = time.monotonic()
    event = next(source.events(source.start_ns + 400 * DAY_NS + 59 * 10**9))
    assert event.time_ns == source.start_ns + 400 * DAY_NS + 59 * 10**9
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("seed", [1, 20_250_106])
def test_the_books_hold_their_invariants(seed: int) -> None:
    source = SyntheticTape(seed)
    instruments = {instrument.symbol: instrument for instrument in source.instruments()}
    tops: dict[str, dict[str, TapeQuote]] = {symbol: {} for symbol in instruments}
    crossed_since: dict[str, int] = {}
    alone = Counter[str]()
    trade_ids = Counter[str]()
    last_ns = 0
    for event in window(source, source.start_ns, source.start_ns + 5 * MINUTE_NS):
        assert event.time_ns >= last_ns
        last_ns = event.time_ns
        instrument = instruments[event.instrument]
        books = tops[event.instrument]
        if isinstance(event, TapeTrade):
            trade_ids[event.trade_id] += 1
            book = books[event.venue]
            at_bid, at_ask = event.price == book.bid_px, event.price == book.ask_px
            assert at_bid or at_ask
            assert 0 < event.qty <= (book.bid_qty if at_bid else book.ask_qty)
            assert event.qty % instrument.lot_size == 0
            continue
        assert not (event.bid_qty and event.ask_qty) or event.bid_px < event.ask_px
        assert event.bid_px % instrument.tick_size == event.ask_px % instrument.tick_size == 0
        assert event.bid_qty % instrument.lot_size == event.ask_qty % instrument.lot_size == 0
        books[event.venue] = event
        bids = [q.bid_px for q in books.values() if q.bid_qty]
        asks = [q.ask_px for q in books.values() if q.ask_qty]
        if bids and asks and max(bids) > min(asks):
            since_ns = crossed_since.setdefault(event.instrument, event.time_ns)
            assert event.time_ns - since_ns <= CROSSED_MS_MAX * 10**6
        else:
            crossed_since.pop(event.instrument, None)
        alone[event.instrument] += bids.count(max(bids, default=0)) == 1
    assert set(trade_ids.values()) == {1}
    assert all(alone[symbol] > 100 for symbol in instruments)


def test_rates_and_sizes_are_as_described() -> None:
    source = SyntheticTape(3)
    to_ns = source.start_ns + 5 * MINUTE_NS
    quotes: Counter[str] = Counter()
    prices: dict[str, set[int]] = {}
    for event in window(source, source.start_ns, to_ns):
        if isinstance(event, TapeQuote):
            quotes[event.instrument] += 1
            prices.setdefault(event.instrument, set()).add(event.bid_px)
    figures = print_statistics(source, source.start_ns, to_ns)
    for symbol, count in quotes.items():
        assert 10 <= count / 300 <= 20, (symbol, count)
        assert figures[symbol].trades > 100
        assert len(figures[symbol].volume_by_venue) == 4
        assert len(prices[symbol]) > 3
    assert len(quotes) == 4


def test_a_choice_it_does_not_have_is_refused() -> None:
    assert [i.symbol for i in SyntheticTape(1, symbols=frozenset({"BTC-USD"})).instruments()] == ["BTC-USD"]
    with pytest.raises(TapeError, match="ACME"):
        SyntheticTape(1, symbols=frozenset({"ACME", "XYZ"}))
    with pytest.raises(TapeError, match="actions a second"):
        SyntheticTape(1, actions_per_second=0)
