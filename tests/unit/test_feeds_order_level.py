"""The order-level parsers: LOBSTER and Bitstamp, on hand-made files, then on the real recordings where they are present."""

import gzip
import os
from itertools import pairwise
from pathlib import Path

import pytest

from oms.feeds.replay import open_tape
from oms.feeds.tape import TapeError, TapeQuote, TapeSource, TapeTrade

SHARED = Path(os.environ.get("OMS_SHARED_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
LOBSTER = SHARED / "lobster-aapl"
BITSTAMP = SHARED / "bitstamp-l3"

OPEN_NS = 1_340_285_400 * 10**9  # 2012-06-21 09:30 New York (UTC−4)

MESSAGES = """34200.000000001,1,1,18,5853300,1
34200.5,1,2,10,5853000,1
34201.25,4,1,8,5853300,1
34202,5,0,5,5853400,-1
34203.000000000,3,1,10,5853300,1
"""
BBO = """9999999999,0,5853300,18
9999999999,0,5853300,18
9999999999,0,5853300,10
9999999999,0,5853300,10
9999999999,0,5853000,10
"""


def lobster_folder(folder: Path, messages: str = MESSAGES, bbo: str = BBO) -> Path:
    path = folder / "lobster-zzz"
    path.mkdir()
    (path / "message_part.csv").write_text(messages)
    (path / "bbo_part.csv").write_text(bbo)
    return path


def all_events(source: TapeSource) -> list[TapeQuote | TapeTrade]:
    return list(source.events(source.start_ns))


def test_lobster_tops_prints_and_nanoseconds(tmp_path: Path) -> None:
    source = open_tape(lobster_folder(tmp_path), "2012-06-21")
    assert (source.start_ns, source.end_ns) == (OPEN_NS + 1, OPEN_NS + 3 * 10**9 + 1)
    assert all_events(source) == [
        TapeQuote(OPEN_NS + 1, "Q", "ZZZ", 5_853_300, 18, 0, 0),
        TapeTrade(OPEN_NS + 1_250_000_000, "Q", "ZZZ", 5_853_300, 8, "ZZZ-3", False),
        TapeQuote(OPEN_NS + 1_250_000_000, "Q", "ZZZ", 5_853_300, 10, 0, 0),
        TapeTrade(OPEN_NS + 2 * 10**9, "Q", "ZZZ", 5_853_400, 5, "ZZZ-4", False),
        TapeQuote(OPEN_NS + 3 * 10**9, "Q", "ZZZ", 5_853_000, 10, 0, 0),
    ]


def test_lobster_needs_a_date_and_whole_files(tmp_path: Path) -> None:
    folder = lobster_folder(tmp_path, bbo=BBO.partition("\n")[0])
    with pytest.raises(TapeError, match="--date"):
        open_tape(folder)
    with pytest.raises(TapeError, match="ends at row 1"):
        open_tape(folder, "2012-06-21")
    (folder / "message_part.csv").write_text("a,b,c\n")
    with pytest.raises(TapeError, match="not a LOBSTER message file"):
        open_tape(folder, "2012-06-21")


ORDERS_HEADER = "id,timestamp,exchange_timestamp,price,volume,action,direction"
TRADES_HEADER = "trade_id,timestamp,exchange_timestamp,price,amount,buy_order_id,sell_order_id,side"
T0 = 1_777_689_380_000


def bitstamp_folder(folder: Path, orders: list[str], trades: list[str] | None = None) -> Path:
    with gzip.open(folder / "orders.csv.gz", "wt") as out:
        out.write("\n".join([ORDERS_HEADER, *orders]))
    (folder / "trades.csv").write_text("\n".join([TRADES_HEADER, *(trades or [])]))
    return folder


def order(order_id: int, after_ms: int, price: str, volume: str, action: str, direction: str) -> str:
    return f"{order_id},{T0 + after_ms + 80},{T0 + after_ms},{price},{volume},{action},{direction}"


def tops(source: TapeSource) -> list[tuple[int, int, int, int, int]]:
    return [
        (q.time_ns // 10**6 - T0, q.bid_px, q.bid_qty, q.ask_px, q.ask_qty)
        for q in all_events(source)
        if isinstance(q, TapeQuote)
    ]


def test_bitstamp_tops_are_folded_from_orders(tmp_path: Path) -> None:
    orders = [
        order(1, 0, "100.0", "1.5", "created", "bid"),
        order(2, 0, "101.0", "1e-05", "created", "ask"),
        order(3, 5, "100.0", "0.25", "created", "bid"),
        order(4, 7, "99.5", "2.0", "created", "bid"),
        order(5, 9, "103.0", "2.0", "created", "bid"),  # incoming: takes the ask within the same millisecond
        order(2, 9, "101.0", "0.0", "deleted", "ask"),
        order(5, 9, "101.0", "1.99999", "changed", "bid"),
        order(5, 12, "101.0", "1.99999", "deleted", "bid"),
        order(99, 13, "101.0", "1.0", "deleted", "bid"),
        f"1,{T0 + 20},{T0 + 20},100.0,1.5,deleted,bid",  # the recorder closing its book
    ]
    trade = f"77,{T0 + 90},{T0 + 9},101.0,1e-05,5,2,buy"
    source = open_tape(bitstamp_folder(tmp_path, orders, [trade]), instruments=["BTC-USD"])
    assert tops(source) == [
        (0, 10_000, 150_000_000, 10_100, 1_000),
        (5, 10_000, 175_000_000, 10_100, 1_000),
        (9, 10_100, 199_999_000, 0, 0),
        (12, 10_000, 175_000_000, 0, 0),
    ]
    prints = [event for event in all_events(source) if isinstance(event, TapeTrade)]
    assert prints == [TapeTrade((T0 + 9) * 10**6, "BSTP", "BTC-USD", 10_100, 1_000, "BTC-USD-77", False)]
    assert all_events(source).index(prints[0]) == 2


def test_bitstamp_drops_an_order_whose_deletion_was_lost(tmp_path: Path) -> None:
    orders = [
        order(1, 0, "100.0", "1.0", "created", "bid"),
        order(2, 0, "101.0", "1.0", "created", "ask"),
        order(3, 0, "103.0", "3.0", "created", "ask"),
        order(4, 10, "102.0", "2.0", "created", "bid"),
        order(5, 400, "99.0", "1.0", "created", "bid"),
        order(6, 600, "99.0", "1.0", "created", "bid"),
    ]
    assert tops(open_tape(bitstamp_folder(tmp_path, orders))) == [
        (0, 10_000, 100_000_000, 10_100, 100_000_000),
        (600, 10_200, 200_000_000, 10_300, 300_000_000),
    ]


def test_bitstamp_refuses_what_it_cannot_hold_exactly(tmp_path: Path) -> None:
    orders = [order(1, 0, "100.001", "1.0", "created", "bid"), order(2, 1, "1", "1", "created", "bid")]
    with pytest.raises(TapeError, match="more than 2 decimals"):
        open_tape(bitstamp_folder(tmp_path, orders))
    with pytest.raises(TapeError, match="no data on 2020-01-01"):
        open_tape(bitstamp_folder(tmp_path, [order(1, 0, "1", "1", "created", "bid")]), "2020-01-01")
    folder = bitstamp_folder(tmp_path, orders[1:])
    (folder / "trades.csv").write_text("a,b\n1,2\n")
    with pytest.raises(TapeError, match="expected trade_id"):
        open_tape(folder)


@pytest.mark.skipif(not LOBSTER.is_dir(), reason="private LOBSTER recording is not on this machine")
def test_real_lobster_tops_equal_the_book_levels_given() -> None:
    """Independent of the file the parser reads: the first level of the 50-level book, where it is given, after each message."""
    source = open_tape(LOBSTER, "2012-06-21")
    events = all_events(source)
    assert len([e for e in events if isinstance(e, TapeTrade)]) == 1_174 + 763
    assert all(e.bid_px < e.ask_px for e in events if isinstance(e, TapeQuote))
    with (LOBSTER / "orderbook_50_first672.csv").open() as levels:
        given = [tuple(int(field) for field in line.split(",", 4)[:4]) for line in levels]
    changes = [given[0], *(after for before, after in pairwise(given) if after != before)]
    quotes = [(e.ask_px, e.ask_qty, e.bid_px, e.bid_qty) for e in events if isinstance(e, TapeQuote)]
    assert quotes[: len(changes)] == changes
    later = source.start_ns + 60 * 10**9
    assert list(source.events(later))[1:] == [e for e in events if e.time_ns >= later]


@pytest.mark.skipif(not BITSTAMP.is_dir(), reason="private Bitstamp recording is not on this machine")
def test_real_bitstamp_never_shows_a_crossed_book() -> None:
    source = open_tape(BITSTAMP)
    events = all_events(source)
    quotes = [e for e in events if isinstance(e, TapeQuote)]
    assert len([e for e in events if isinstance(e, TapeTrade)]) == 284
    assert all(0 < q.bid_px < q.ask_px and q.bid_qty and q.ask_qty for q in quotes)
    assert all(before.time_ns <= after.time_ns for before, after in pairwise(events))
    assert len(quotes) > 1_000
