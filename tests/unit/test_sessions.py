"""What a calendar says of a moment: phases, trading days, and the end of an order's validity."""

from oms.core.enums import TimeInForce
from oms.core.instructions import PLAIN, Instructions
from oms.core.reference import Calendar, Interval
from oms.core.sessions import (
    TradingDay,
    TradingPhase,
    day_after,
    day_at,
    day_of,
    expires_at,
    interval_at,
    phase_at,
)

H = 3600 * 10**9
D = 24 * H

MORNING = Interval(9 * H, 12 * H, 19700101, opening_auction_ns=8 * H)
AFTERNOON = Interval(13 * H, 16 * H, 19700101, closing_auction_ns=15 * H)
NEXT = Interval(D + 9 * H, D + 16 * H, 19700102)
AFTER_A_HOLIDAY = Interval(3 * D + 9 * H, 3 * D + 12 * H, 19700104)
MARKET = Calendar("M", False, (MORNING, AFTERNOON, NEXT, AFTER_A_HOLIDAY), "Asia/Hong_Kong")
ALWAYS = Calendar("always", True, ())
FIRST = TradingDay(19700101, 8 * H, 16 * H)


def gtd(date: int) -> Instructions:
    return Instructions(expire_date=date)


def test_phases_of_a_day_with_auctions_and_a_break() -> None:
    phases = [phase_at(MARKET, t) for t in (0, 8 * H, 9 * H, 12 * H, 13 * H, 15 * H, 16 * H, D + 9 * H)]
    assert [p.name for p in phases] == [
        "CLOSED", "OPENING_AUCTION", "CONTINUOUS", "CLOSED", "CONTINUOUS", "CLOSING_AUCTION", "CLOSED", "CONTINUOUS",
    ]  # fmt: skip


def test_orders_are_taken_from_the_opening_call_to_the_close() -> None:
    assert [MARKET.is_open(t) for t in (8 * H - 1, 8 * H, 12 * H, 13 * H, 16 * H - 1, 16 * H)] == [
        False, True, False, True, True, False,
    ]  # fmt: skip
    assert interval_at(MARKET, 8 * H) is MORNING and interval_at(MARKET, 12 * H) is None
    assert not ALWAYS.is_open(0) and ALWAYS.is_open(1)
    assert phase_at(ALWAYS, 1) is TradingPhase.CONTINUOUS and phase_at(ALWAYS, 0) is TradingPhase.CLOSED


def test_a_trading_day_goes_through_its_break_and_ends_at_its_last_close() -> None:
    assert day_at(MARKET, 0) == day_at(MARKET, 12 * H) == day_of(MARKET, 19700101) == FIRST
    assert day_at(MARKET, 16 * H) == day_after(MARKET, 19700101) == TradingDay(19700102, D + 9 * H, D + 16 * H)
    assert day_of(MARKET, 19700103) is None
    assert day_after(MARKET, 19700102) == TradingDay(19700104, 3 * D + 9 * H, 3 * D + 12 * H)


def test_what_the_calendar_does_not_reach_is_not_known() -> None:
    assert day_at(MARKET, 3 * D + 12 * H) is None and day_after(MARKET, 19700104) is None
    assert day_at(ALWAYS, 1) is None


def test_a_day_order_ends_with_its_trading_day() -> None:
    assert expires_at(TimeInForce.DAY, PLAIN, 9 * H, MARKET) == 16 * H
    assert expires_at(TimeInForce.AT_THE_CLOSE, PLAIN, 14 * H, MARKET) == 16 * H
    assert expires_at(TimeInForce.DAY, PLAIN, 9 * H, ALWAYS) is None
    assert expires_at(TimeInForce.GTC, PLAIN, 9 * H, MARKET) is None


def test_rule_23_expire_time_is_utc_and_expire_date_the_last_tradable_day() -> None:
    assert expires_at(TimeInForce.GTD, Instructions(expire_ns=77 * H), 9 * H, MARKET) == 77 * H
    assert expires_at(TimeInForce.GTD, gtd(19700102), 9 * H, MARKET) == D + 16 * H
    # The date is a holiday: the last day on which it can trade is the one before.
    assert expires_at(TimeInForce.GTD, gtd(19700103), 9 * H, MARKET) == D + 16 * H
    assert expires_at(TimeInForce.GTD, gtd(19691231), 9 * H, MARKET) == 9 * H, "over before it began"


def test_rule_23_an_expire_date_beyond_the_calendar_is_not_known_yet() -> None:
    assert expires_at(TimeInForce.GTD, gtd(19700105), 9 * H, MARKET) is None


def test_rule_23_a_market_without_days_counts_dates_in_utc() -> None:
    assert expires_at(TimeInForce.GTD, gtd(19700102), 9 * H, ALWAYS) == 2 * D
    assert expires_at(TimeInForce.GTD, gtd(19700231), 9 * H, ALWAYS) == 0, "no date at all: over at once"


def test_no_validity_ends_at_a_moment_that_a_journal_cannot_name() -> None:
    never = 2**63 - 1
    assert expires_at(TimeInForce.GTD, gtd(99991231), 0, None) == never
    assert expires_at(TimeInForce.GOOD_FOR_TIME, Instructions(good_for_ns=never), never, None) == never


def test_good_for_time_counts_from_acceptance() -> None:
    assert expires_at(TimeInForce.GOOD_FOR_TIME, Instructions(good_for_ns=5), 9 * H, None) == 9 * H + 5
