"""What `oms quotes` and `oms positions` make of the gateway's answers: best prices, ages, states, rounding, what is unknown."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from oms.cli.fitting import fitting, table_width
from oms.cli.market import Terms, headline, quote_rows, shown_quote, terms_of
from oms.cli.output import print_rows
from oms.cli.positions import POSITION_LEAST, TOTAL_LEAST, cents, position_row, shown_position, shown_total, total_row
from oms.core.enums import LimitKind, LimitScope
from oms.gateway.int128 import int128
from oms.v1 import gateway_pb2 as api
from oms.v1 import reference_pb2

SECOND_NS = 10**9
TAPE_NS = 1_000 * SECOND_NS
LISTED = Terms({"XA": True, "XB": True, "XC": True, "XD": False}, "firm.market_data_age.all", 120 * SECOND_NS)


def market(**quotes: tuple[int, int, int]) -> api.InstrumentQuotes:
    """Venue → (bid, ask, age in seconds); 0: the side is not shown. Prices have two decimals."""
    found = api.InstrumentQuotes(instrument_id="IBM", price_scale=2, currency="USD")
    for venue_id, (bid, ask, age_s) in quotes.items():
        view = found.quotes.add(venue_id=venue_id).quote
        view.time_ns = TAPE_NS - age_s * SECOND_NS
        view.bid_px, view.bid_qty, view.ask_px, view.ask_qty = bid, 100 * bool(bid), ask, 200 * bool(ask)
    return found


def by_venue(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return {row["venue"]: row[name] for row in rows}


def test_the_best_is_over_venues_that_take_orders_and_ties_are_all_marked() -> None:
    rows = quote_rows(market(XA=(9_990, 10_010, 1), XB=(9_990, 10_005, 1), XD=(9_995, 10_000, 1)), LISTED, TAPE_NS)
    assert by_venue(rows, "best") == {"XA": ["bid"], "XB": ["bid", "ask"], "XC": [], "XD": []}
    assert by_venue(rows, "state") == {"XA": "live", "XB": "live", "XC": "no quote", "XD": "no orders"}
    assert [(shown_quote(row)["bid"], shown_quote(row)["ask"]) for row in rows][:2] == [
        ("*99.9", "100.1"),
        ("*99.9", "100.05*"),
    ]


def test_ages_and_states_and_what_is_not_shown_is_none() -> None:
    rows = quote_rows(market(XA=(9_990, 0, 121), XB=(9_980, 0, 120), XC=(0, 0, -1)), LISTED, TAPE_NS)
    assert by_venue(rows, "state") == {"XA": "stale", "XB": "one-sided", "XC": "empty", "XD": "no quote"}
    assert by_venue(rows, "age_s") == {"XA": "121", "XB": "120", "XC": "-1", "XD": None}
    assert by_venue(rows, "ask") == dict.fromkeys(("XA", "XB", "XC", "XD"))
    assert by_venue(quote_rows(market(XA=(9_990, 0, 121)), LISTED, 0), "age_s")["XA"] is None


@pytest.mark.parametrize(
    ("quotes", "says"),
    [
        ({}, "IBM: no bid / no ask USD; NOTHING KNOWN: no venue has shown a quote yet"),
        (
            {"XA": (9_990, 10_010, 200)},
            "IBM: 99.9 / 100.1 USD; STALE: nothing newer than 120 s (firm.market_data_age.all); risk refuses orders",
        ),
        ({"XA": (9_990, 10_010, 200), "XB": (0, 10_020, 1)}, "IBM: 99.9 / 100.1 USD"),
        ({"XA": (9_990, 10_010, 1), "XB": (10_010, 10_020, 1)}, "IBM: 100.1 / 100.1 USD; locked"),
        ({"XA": (9_990, 10_000, 1), "XB": (10_010, 10_020, 1)}, "IBM: 100.1 / 100 USD; crossed"),
    ],
)
def test_the_headline_says_what_is_wrong(quotes: dict[str, tuple[int, int, int]], says: str) -> None:
    found = market(**quotes)
    assert headline(found, LISTED, quote_rows(found, LISTED, TAPE_NS)) == says


def test_the_last_trade_has_an_age_and_a_suspicious_one_says_so() -> None:
    found = market(XA=(9_990, 10_010, 1))
    found.last_trade.price, found.last_trade.qty = 10_001, 7
    found.last_trade.time_ns, found.last_trade.suspicious = TAPE_NS - 1_500_000_000, True
    said = headline(found, LISTED, quote_rows(found, LISTED, TAPE_NS))
    assert said.endswith("; last trade 7 at 100.01 (suspicious), 1.5 s ago")


def test_the_age_limit_is_the_firms_tightest_for_the_instrument() -> None:
    def limit(name: str, instrument: str, seconds: int, scope: int = LimitScope.FIRM) -> reference_pb2.Limit:
        value = int128(seconds * SECOND_NS)
        kind = LimitKind.MARKET_DATA_AGE_NS
        return reference_pb2.Limit(
            limit_id=name, kind=int(kind), scope=int(scope), instrument_id=instrument, value=value
        )  # type: ignore[arg-type]

    venues = [reference_pb2.Venue(venue_id="XA", instruments=["IBM"], enabled=True)]
    limits = [limit("all", "", 60), limit("ibm", "IBM", 30), limit("bac", "BAC", 1), limit("d", "", 1, LimitScope.DESK)]
    assert terms_of("IBM", venues, limits) == Terms({"XA": True}, "ibm", 30 * SECOND_NS)
    assert terms_of("BAC", venues, []) == Terms({}, "", None)


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [("0", "0.00"), ("1234.5", "1234.50"), ("0.004999999999", "0.00"), ("0.005", "0.01"), ("-0.005", "-0.01"),
     ("-0.004", "0.00"), ("-12.345678901234", "-12.35"), (None, "?")],
)  # fmt: skip
def test_money_in_a_table_is_rounded_to_the_cent(exact: str | None, rounded: str) -> None:
    assert cents(exact) == rounded


def position(**amounts: int) -> api.PositionView:
    """Amounts in whole units of currency."""
    view = api.PositionView(
        account_id="gamma-1", instrument_id="BTC-USD", qty=-75_000_000, price_scale=2, qty_scale=8, currency="USD"
    )
    view.mark.CopyFrom(api.Mark(price=9_500_012, source=api.MARK_SOURCE_LAST_TRADE, age_ns=130_123_456_789, stale=True))
    for name, value in amounts.items():
        getattr(view, name).CopyFrom(int128(value * 10**12))
    return view


def test_what_is_not_known_is_null_in_json_and_a_question_mark_in_a_table() -> None:
    row = position_row(position(realised_pnl=5, market_value=-71_250, fees=1))
    assert (row["position"], row["cost"], row["unrealised"], row["realised"]) == ("-0.75", None, None, "5")
    assert (row["mark"], row["mark_source"], row["mark_age_s"]) == ("95000.12", "LAST_TRADE", "130.123")
    table = shown_position(row)
    assert (table["avg_cost"], table["unrealised"], table["realised"]) == ("?", "?", "5.00")
    assert table["age_s"].endswith("!"), "older than risk allows"
    flat = shown_position(position_row(api.PositionView(account_id="a", instrument_id="IBM")))
    assert (flat["avg_cost"], flat["mark"], flat["age_s"]) == ("", "", "")


def test_a_sum_that_leaves_something_out_says_so() -> None:
    total = api.PositionTotal(desk_id="alpha", currency="USD", realised_pnl=int128(7 * 10**12), realised_unknown=2)
    row = total_row(total)
    assert (row["realised"], row["realised_unknown"]) == ("7", 2)
    assert (shown_total(row)["realised"], shown_total(row)["total"]) == ("7.00 +?", "desk alpha")


@pytest.fixture(params=[80, 120, 160])
def columns(request: pytest.FixtureRequest) -> Iterator[int]:
    """The width that the environment gives a command."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = str(request.param)
    yield request.param
    if before is None:
        del os.environ["COLUMNS"]
    else:
        os.environ["COLUMNS"] = before


def test_tables_keep_each_row_on_one_line(columns: int, capsys: pytest.CaptureFixture[str]) -> None:
    amounts = dict.fromkeys(("cost", "avg_cost", "realised_pnl", "unrealised_pnl", "market_value", "fees"), -123_456)
    row = position_row(position(**amounts))
    print_rows(fitting([shown_position(row)] * 3, POSITION_LEAST), False)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= columns
    assert sum("gamma-1" in line and "95000.12" in line and "-123456.00" in line for line in lines) == 3
    sums = {f"{name}_pnl": int128(-123_456 * 10**12) for name in ("realised", "unrealised", "traded")}
    total = api.PositionTotal(desk_id="alpha", account_id="alpha-1", currency="USD", realised_unknown=1, **sums)
    for name in ("open_buy_notional", "open_sell_notional", "long_value", "short_value", "fees"):
        getattr(total, name).CopyFrom(int128(1_234_567 * 10**12))
    print_rows(fitting([shown_total(total_row(total))], TOTAL_LEAST), False)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= columns
    assert sum("alpha-1" in line and "-123456.00 +?" in line and "1234567.00" in line for line in lines) == 1


def test_only_as_much_is_left_out_as_it_takes(columns: int) -> None:
    row = {"a": "x" * 10, "b": "y" * 10, "c": "z" * 10}
    full = table_width([row])
    assert fitting([row], ("c", "b"), full) == [row]
    assert fitting([row], ("c", "b"), full - 1) == [{"a": row["a"], "b": row["b"]}]
    assert fitting([row], ("c", "b"), 5) == [{"a": row["a"]}]
    assert fitting([], ("c",)) == []
