"""What is valued anew, when, and in which order: each bound at its edge."""

from dataclasses import replace

import pytest
from risk_world import ACCOUNT, BAC, IBM, NOW, World, opening, world

from oms.core.enums import AssetClass, TimerKind
from oms.core.reference import OpeningPosition
from oms.core.risk.marking import (
    MARK_AGE_NS_MAX,
    MARK_EVERY_NS,
    MARKING,
    MARKS_MAX,
    MOVED_BPS,
    due_marking,
    has_moved,
    marked,
)
from oms.core.risk_events import HoldingsMarked
from oms.core.risk_reference import InstrumentFactors
from oms.core.stage import TimerInput


def holding(*instrument_ids: str) -> World:
    held = tuple(OpeningPosition(name, 10) for name in instrument_ids)
    known = [replace(IBM, instrument_id=name) for name in instrument_ids if name not in ("IBM", "BAC")]
    return world(*known, replace(ACCOUNT, opening_positions=held))


def prices(w: World) -> dict[str, int]:
    events = marked(w.state, NOW, w.market)
    return {
        mark.instrument_id: mark.price for event in events if isinstance(event, HoldingsMarked) for mark in event.marks
    }


def test_the_bounds_are_what_the_pages_say() -> None:
    assert (MOVED_BPS, MARKS_MAX, MARK_AGE_NS_MAX, MARK_EVERY_NS) == (10, 200, 300 * 10**9, 10**9)


@pytest.mark.parametrize(
    ("before", "price", "moved"),
    [
        *((1_000, 1_001, False), (1_000, 1_002, True), (1_000, 999, False), (1_000, 998, True), (1_000, 1_000, False)),
        *((999, 1_000, True), (999, 998, True), (0, 1, True), (0, 0, False)),
    ],
)
def test_more_than_ten_basis_points_are_a_move(before: int, price: int, moved: bool) -> None:
    assert has_moved(before, price) == moved


@pytest.mark.parametrize(("age", "valued"), [(0, True), (MARK_AGE_NS_MAX, True), (MARK_AGE_NS_MAX + 1, False)])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_price_too_old_or_from_the_future_values_nothing(age: int, valued: bool, sign: int) -> None:
    w = holding("IBM")
    w.quote(10_000, 10_010, NOW - sign * age)
    assert prices(w) == ({"IBM": 10_005} if valued else {})


def test_what_is_not_held_or_has_no_price_is_not_valued() -> None:
    w = holding("IBM", "BAC")
    assert prices(w) == {"IBM": 10_005}
    w.state.marks["IBM"] = 10_005
    assert marked(w.state, NOW, w.market) == ()


def test_a_lowest_price_is_one() -> None:
    w = holding("IBM")
    w.quote(1, 1)
    assert prices(w) == {"IBM": 1}


def test_what_a_trade_took_off_the_mark_is_valued_though_the_market_stands() -> None:
    w = holding("IBM")
    w.state.marks["IBM"] = 10_005
    w.state.off_mark.add("IBM")
    assert prices(w) == {"IBM": 10_005}


def test_first_what_was_never_valued_then_what_moved_furthest() -> None:
    w = holding("BAC", "I1", "I2", "I3", "I4", "I5")
    for name in ("BAC", "I1", "I2", "I3", "I4", "I5"):
        w.quote(10_000, 10_000, instrument_id=name)
    # Of these the one that halved moved less than the one that doubled, and by more than it seems: what was is what counts.
    w.state.marks.update({"BAC": 9_900, "I1": 5_000, "I2": 20_000, "I4": 10_100})
    assert list(prices(w)) == ["I3", "I5", "I1", "I2", "BAC", "I4"]
    w.state.marks.update({"I3": 1, "I5": 2})
    assert list(prices(w))[:3] == ["I3", "I5", "I1"]


def test_no_more_than_fit_in_a_record() -> None:
    names = [f"N{n:03}" for n in range(MARKS_MAX + 1)]
    w = holding(*names)
    for name in names:
        w.quote(10_000, 10_000, instrument_id=name)
    found = list(prices(w))
    assert found == names[:MARKS_MAX]


def test_it_is_looked_at_once_a_second_and_at_once_where_the_clock_went_back() -> None:
    w = holding("IBM")
    wanted = TimerInput(MARKING, TimerKind.TRIGGER, 0, NOW)
    assert due_marking(w.state, 0, NOW, w.market) is None and due_marking(w.state, NOW, NOW, w.market) == wanted
    assert due_marking(w.state, NOW, NOW + MARK_EVERY_NS - 1, w.market) is None
    assert due_marking(w.state, NOW, NOW, w.market) is None
    assert due_marking(w.state, NOW, NOW + MARK_EVERY_NS, w.market) == wanted
    assert due_marking(w.state, NOW, NOW + MARK_EVERY_NS - 1, w.market) == wanted
    w.state.marks["IBM"] = 10_005
    assert due_marking(w.state, NOW, NOW + 3 * MARK_EVERY_NS, w.market) is None


CALL = replace(IBM, instrument_id="CALL", asset_class=AssetClass.OPTION, underlying_id="BAC")


def option_marks(delta_ppm: int, *, price: int = 5_000, age: int = 0) -> list[int]:
    w = world(CALL, opening(ACCOUNT, "CALL", 10), InstrumentFactors("CALL", "m1", NOW, delta_ppm=delta_ppm))
    w.quote(100, 100, instrument_id="CALL")
    w.quote(price, price, NOW - age, instrument_id="BAC")
    return [
        mark.value_px
        for event in marked(w.state, NOW, w.market)
        if isinstance(event, HoldingsMarked)
        for mark in event.marks
    ]


@pytest.mark.parametrize(
    ("delta_ppm", "price", "age", "value_px"),
    [
        (500_000, 5_000, 0, 2_500),
        (-500_000, 5_001, 0, -2_501),
        (0, 5_000, 0, 0),
        (500_000, 1, 0, 1),
        (500_000, 0, 0, 0),  # a price of nothing is none
        (500_000, 5_000, MARK_AGE_NS_MAX, 2_500),
        (500_000, 5_000, MARK_AGE_NS_MAX + 1, 0),
        (500_000, 5_000, -MARK_AGE_NS_MAX - 1, 0),
        (1_000_000, 2**63 - 1, 0, 2**63 - 1),
        (-1_000_001, 2**63 - 1, 0, 0),  # more than a price can be
    ],
)
def test_an_option_takes_its_deltas_part_of_the_underlying_along(
    delta_ppm: int, price: int, age: int, value_px: int
) -> None:
    assert option_marks(delta_ppm, price=price, age=age) == [value_px]


def test_an_option_without_factors_or_underlying_has_none() -> None:
    for changes in ((CALL,), (replace(CALL, underlying_id="gone"),), (replace(CALL, underlying_id=""),)):
        w = world(*changes, opening(ACCOUNT, "CALL", 10))
        w.quote(100, 100, instrument_id="CALL")
        (event,) = marked(w.state, NOW, w.market)
        assert isinstance(event, HoldingsMarked) and [mark.value_px for mark in event.marks] == [0]


def test_bac_is_no_option() -> None:
    assert not BAC.underlying_id


def test_a_price_of_nothing_values_nothing() -> None:
    w = holding("IBM")
    w.quote(0, 0)
    w.state.off_mark.add("IBM")
    assert prices(w) == {}
