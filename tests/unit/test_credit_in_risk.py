"""Limits that span partitions, as risk judges them: what is held binds, more is asked for, and what others do not use comes."""

from dataclasses import replace

import pytest
from credit_world import CREDIT_ID, LIMIT, LOT_VALUE, Firm, accepted
from risk_world import CONDITIONS, IBM, NEW, NOW, XV, fill

from oms.core.canonical import state_hash
from oms.core.credit.events import (
    CreditGranted,
    CreditLimitSet,
    CreditRecalled,
    CreditReleased,
    CreditWanted,
)
from oms.core.credit.spans import credit_id_of, limit_id_of, value_in_force
from oms.core.enums import AssetClass, LimitKind, LimitScope, Side
from oms.core.market import MarketRecord, Quote
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import Limit
from oms.core.risk.commands import judged_order
from oms.core.risk.judgement import Judgement
from oms.core.risk.rehearsal import Outcome, rehearse
from oms.core.risk.spanning import asked, asked_last, in_use
from oms.core.risk_events import OrderAccepted, OrderRejected
from oms.core.risk_reference import FxRate


def refusal(events: tuple[object, ...]) -> OrderRejected:
    (found,) = [e for e in events if isinstance(e, OrderRejected)]
    return found


def test_at_the_start_every_partition_gets_its_share() -> None:
    firm = Firm(LIMIT)
    assert not accepted(firm.order(0))  # nothing is held before the grantor has spoken
    firm.settle()
    shares = [firm.held(p) for p in range(3)]
    assert sum(shares) <= LIMIT.value and min(shares) >= LIMIT.value // 3
    assert all(accepted(firm.order(p, 10)) for p in range(3))


def test_a_refusal_says_what_is_held_what_was_needed_and_what_is_asked_for() -> None:
    firm = Firm(LIMIT)
    firm.settle()
    held, events = firm.held(0), firm.order(0, 50)
    refused = refusal(events)
    (wanted,) = [e for e in events if isinstance(e, CreditWanted)]
    assert refused.reason is Reason.CREDIT_NOT_HELD
    for said in ("firm.credit.USD", str(held), str(50 * LOT_VALUE), str(wanted.amount), "3 partitions"):
        assert said in refused.text, refused.text
    assert wanted.amount >= 50 * LOT_VALUE - held
    number = refused.evidence.checks.index(170)
    assert refused.evidence.thresholds[number] == held and refused.evidence.after[number] == 50 * LOT_VALUE
    firm.settle()
    assert accepted(firm.order(0, 50))


def test_one_desk_alone_uses_all_of_the_limit_and_not_more() -> None:
    firm = Firm(LIMIT)
    firm.settle()
    taken = 0
    for _ in range(300):
        taken += accepted(firm.order(1))
        firm.settle()
    assert taken == 100 and firm.used(1) == LIMIT.value == firm.held(1)


def test_credit_that_was_freed_is_another_s() -> None:
    firm = Firm(LIMIT)
    firm.settle()
    while accepted(firm.order(1)) or firm.settle() > 1:
        firm.settle()
    assert not accepted(firm.order(2))
    firm.settle()
    assert firm.used(1) == LIMIT.value and not accepted(firm.order(2))
    firm.end_all(1)
    firm.settle()
    assert accepted(firm.order(2))
    assert firm.used(1) == 0


def test_a_firm_in_one_partition_is_judged_as_ever() -> None:
    firm = Firm(LIMIT, desks=(1, 1))
    assert accepted(firm.order(0, 60, partition=1)) and accepted(firm.order(1, 40, partition=1))
    assert refusal(firm.order(0, partition=1)).reason is Reason.CREDIT_LIMIT
    assert not firm.settle() and not firm.grantor.records, "no word is lost between grantor and holder"


def test_what_is_used_before_a_limit_spans_is_held_before_anybody_adds_to_it() -> None:
    firm = Firm(LIMIT, desks=(0,))
    assert accepted(firm.order(0, 80))
    firm.add_desk(1, 1)
    firm.risk_turn(1)  # the other partition asks at once
    firm.grantor_turn()
    firm.risk_turn(1)
    assert firm.held(1) == 0 and not accepted(firm.order(1)), "nothing is granted before all have said what they use"
    firm.settle()
    assert firm.held(0) >= 80 * LOT_VALUE and firm.held(0) + firm.held(1) <= LIMIT.value
    assert accepted(firm.order(1, 10)) and not accepted(firm.order(1, 20))


def test_once_by_credit_always_by_credit() -> None:
    """That the limit spans no other partition any more frees nothing: others may hold the rest."""
    client = Limit("c", LimitKind.CAPITAL, LimitScope.CLIENT, "C1", "", "USD", Amount(100 * LOT_VALUE))
    firm = Firm(desks=())
    firm.add_desk(0, 0, "C1")
    firm.add_desk(1, 1, "C1")
    firm.load(client)
    firm.settle()
    credit_id = credit_id_of(client)
    assert accepted(firm.order(1, 40)) and firm.held(0, credit_id) == 50 * LOT_VALUE
    firm.load(replace(firm.state(0).reference.accounts["d1"], client_id=""))
    assert refusal(firm.order(0, 90)).reason is Reason.CREDIT_NOT_HELD


def test_a_lowered_limit_says_over_by_and_blocks_new_use() -> None:
    firm = Firm(LIMIT, desks=(0, 1))
    firm.settle()
    assert accepted(firm.order(0, 40)) and accepted(firm.order(1, 40))
    firm.load(replace(LIMIT, value=Amount(50 * LOT_VALUE)))
    firm.settle()
    said = [e for r in firm.grantor.records for e in r if isinstance(e, CreditLimitSet)]
    assert said[-1].over_by == 50 * LOT_VALUE  # all of it was out
    assert firm.granting().over_by == 30 * LOT_VALUE  # what was not used came back
    assert not accepted(firm.order(0)) and not accepted(firm.order(1))
    firm.settle()
    firm.end_all(0)
    firm.settle()
    assert firm.granting().over_by == 0 and accepted(firm.order(1, 10)) and not accepted(firm.order(0, 10))


def test_a_normal_flow_is_never_refused_while_others_leave_plenty() -> None:
    """Three desks, one of which grows far beyond its share, to where a third of the limit is left; answers come four orders late."""
    firm = Firm(LIMIT)
    firm.settle()
    refused = sent = 0
    for number in range(64):
        refused += not accepted(firm.order(0 if number % 8 else 1))
        sent += 1
        if number % 4 == 3:
            firm.settle()
    assert firm.used(0) == 56 * LOT_VALUE > firm.granting().value // 2
    assert refused == 0, f"{refused} of {sent} refused"


def test_a_sale_that_takes_use_down_passes_whatever_is_held() -> None:
    firm = Firm(LIMIT, desks=(0, 1))
    firm.settle()
    assert accepted(firm.order(0, 40))
    order_id = next(iter(firm.state(0).open_orders))
    firm.route(0, fill("x1", 400, order_id))
    firm.load(replace(LIMIT, value=Amount(1)))
    firm.settle()
    assert not accepted(firm.order(0)) and accepted(firm.order(0, 40, side=Side.SELL))


def test_open_orders_are_counted_over_partitions() -> None:
    count = Limit("n", LimitKind.OPEN_ORDERS, LimitScope.FIRM, "", "", "", Amount(10))
    firm = Firm(count)
    firm.settle()
    taken = 0
    for _ in range(30):
        taken += accepted(firm.order(2))
        firm.settle()
    assert taken == 10
    assert refusal(firm.order(0)).reason is Reason.OPEN_ORDERS_NOT_HELD


@pytest.mark.parametrize(
    "kind", [LimitKind.GROSS_EXPOSURE, LimitKind.NET_EXPOSURE, LimitKind.CREDIT, LimitKind.CAPITAL]
)
def test_what_is_used_is_what_the_check_has_before_an_order(kind: LimitKind) -> None:
    limit = replace(LIMIT, kind=kind)
    firm = Firm(limit)
    firm.settle()
    for lots in (3, 5, 2):
        events = firm.order(0, lots, side=Side.SELL if lots == 5 else Side.BUY)
        evidence = next(e for e in events if isinstance(e, OrderAccepted)).evidence
        number = evidence.checks.index(170)
        assert firm.used(0, limit) == evidence.after[number] and evidence.thresholds[number] == firm.held(
            0, credit_id_of(limit)
        )


def test_an_order_that_two_people_allowed_beyond_the_limit_passes() -> None:
    firm = Firm(LIMIT, desks=(0, 1))
    firm.settle()
    only = replace(LIMIT, value=Amount(500 * LOT_VALUE), only_order="d0/20250106/o1")
    firm.load(only)
    assert value_in_force(firm.state(0).reference, CREDIT_ID, NOW) == LIMIT.value
    assert accepted(firm.order(0, 300)) and not accepted(firm.order(0, 300))


def test_a_limit_of_another_kind_under_the_same_id_has_credit_of_its_own() -> None:
    firm = Firm(LIMIT, desks=(0, 1))
    firm.settle()
    assert limit_id_of(CREDIT_ID) == LIMIT.limit_id
    orders = replace(LIMIT, kind=LimitKind.OPEN_ORDERS, currency="", value=Amount(4))
    firm.load(orders)
    assert not accepted(firm.order(0))
    firm.settle()
    assert firm.held(0, credit_id_of(orders)) == 2 and firm.held(0) == 0 == firm.granting().granted


def test_more_is_asked_for_ahead_and_once() -> None:
    firm = Firm(LIMIT)
    firm.settle()
    said = [e for e in firm.order(0, 29) if isinstance(e, CreditWanted)]
    assert len(said) == 1, "an order that leaves little free asks ahead in its own record"
    assert not [e for e in firm.order(0, 1) if isinstance(e, CreditWanted)], "once at a time"


def test_the_fold_of_the_events_is_the_state() -> None:
    firm = Firm(LIMIT)
    firm.settle()
    for number in range(60):
        firm.order(number % 2, 1 + number % 3)
        if number % 3 == 0:
            firm.settle()
        if number % 20 == 0:
            firm.end_all(0)
    for stage in (*firm.risk, firm.grantor):
        assert state_hash(stage.folded(), 1) == state_hash(stage.state, 1)


def test_what_the_grantor_reads_again_changes_nothing() -> None:
    firm = Firm(LIMIT)
    firm.settle()
    firm.order(0, 60)
    firm.settle()
    before = state_hash(firm.grantor.state, 1)
    firm.grantor.read.clear()
    assert not firm.grantor_turn() and state_hash(firm.grantor.state, 1) == before
    for stage in firm.risk:
        stage.read.clear()
    assert not any(firm.risk_turn(p) for p in range(3))


def test_a_recall_takes_only_what_was_needed() -> None:
    """The others are asked for all that is missing at once; what was too much is theirs again."""
    firm = Firm(LIMIT, desks=(0, 1, 2, 3), partitions=4)
    firm.settle()
    firm.order(0, 30)  # 25 are held
    firm.settle()
    kinds = [type(e) for r in firm.grantor.records for e in r]
    assert kinds.count(CreditRecalled) == 3 and CreditGranted in kinds
    assert firm.granting().free == 0 and sum(firm.held(p) for p in range(4)) == LIMIT.value
    released = [e for s in firm.risk for r in s.records for e in r if isinstance(e, CreditReleased)]
    assert released and accepted(firm.order(0, 30))


def test_a_rehearsal_does_not_ask_for_credit_again() -> None:
    """What a partition would have held under other limits, or before there was credit, is not known."""
    firm = Firm(LIMIT)
    firm.settle()
    judged = firm.order(0, 10)
    refused = firm.order(0, 90)
    state = firm.state(0)
    state.credits.clear()
    (found,) = rehearse(state, judged)
    assert (found.was, found.would, found.outcome) == (None, None, Outcome.SAME)
    assert refusal(refused).reason is Reason.CREDIT_NOT_HELD and rehearse(state, refused) == ()


@pytest.mark.parametrize("kind", [LimitKind.GROSS_EXPOSURE, LimitKind.NET_EXPOSURE])
def test_of_a_pair_the_currencies_are_used(kind: LimitKind) -> None:
    """What is used outside of a decision is what the check has, converted; without a rate it is not known, and nothing is asked for."""
    pair = replace(IBM, instrument_id="EURUSD", asset_class=AssetClass.FX_SPOT, base_currency="EUR")
    limit = replace(LIMIT, kind=kind)
    firm = Firm()
    firm.load(
        *(pair, replace(XV, instruments=("IBM", "EURUSD")), limit),
        Limit("pair qty", LimitKind.ORDER_QTY, LimitScope.FIRM, "", "EURUSD", "", Amount(10**9)),
        Limit("pair position", LimitKind.POSITION_QTY, LimitScope.FIRM, "", "EURUSD", "", Amount(10**9)),
        Limit("rates", LimitKind.FX_RATE_AGE_NS, LimitScope.FIRM, "", "", "", Amount(1_000)),
        FxRate("USD", 10**9, 0),
        FxRate("EUR", 1_100_000_000, NOW),
    )
    firm.market.apply(0, 1, MarketRecord("XV", "EURUSD", 1, (Quote(NOW, 10_000, 500, 10_010, 500),), ()))
    firm.settle()
    for lots, side in ((3, Side.BUY), (1, Side.SELL)):
        events = firm.order(0, lots, instrument_id="EURUSD", side=side)
        evidence = next(e for e in events if isinstance(e, OrderAccepted)).evidence
        assert firm.used(0, limit) == evidence.after[evidence.checks.index(170)] > 0
    del firm.state(0).reference.fx_rates["EUR"]
    assert in_use(firm.state(0), limit, NOW) is None


def test_what_others_stopped_using_long_ago_is_recalled_for_whoever_asks_ahead() -> None:
    """The grantor knows of the others only what they said last: that they use all they have."""
    firm = Firm(LIMIT)
    firm.settle()
    for busy in (1, 2):
        while accepted(firm.order(busy)) and firm.used(busy) < 48 * LOT_VALUE:
            firm.settle()
    firm.settle()
    for busy in (1, 2):
        firm.end_all(busy)
    assert not accepted(firm.order(0)), "all of it was used, so nothing was left here"
    refused = 0
    for _ in range(50):
        firm.settle()
        refused += not accepted(firm.order(0))
    assert refused == 0, f"{refused} of 50 refused: {firm.granting()}"


def test_of_several_decisions_in_a_record_the_most_is_asked_for() -> None:
    firm = Firm(LIMIT, desks=(0, 1))
    firm.settle()
    big, small = (
        replace(NEW, desk_id="d0", account_id="d0", cl_ord_id=n, order_qty=q, list_id="l1")
        for n, q in (("b", 900), ("s", 480))
    )
    judged, events = [], []
    for order in (big, small):
        j = Judgement.of(firm.state(0), CONDITIONS, firm.market, order)
        events.append(judged_order(j))
        judged.append((j, events[-1]))
    assert isinstance(events[0], OrderRejected) and isinstance(events[1], OrderAccepted)
    alone = asked(*judged[0])[0]
    (wanted,) = asked_last(judged)
    assert wanted.amount >= alone.amount and wanted.urgent == alone.urgent


@pytest.mark.parametrize("ahead_of_time", [True, False])
def test_a_limit_that_comes_into_force_by_the_clock_is_shared_out_like_any(ahead_of_time: bool) -> None:
    """A raise that was set beforehand, or a lower value that expires."""
    firm = Firm(desks=(0, 1))
    low = replace(LIMIT, value=Amount(LOT_VALUE))
    if ahead_of_time:
        firm.load(low, replace(LIMIT, effective_ns=NOW + 1_000_000_000))
    else:
        firm.load(LIMIT, replace(low, expires_ns=NOW + 1_000_000_000))
    firm.settle()
    assert firm.granting().value == low.value and not accepted(firm.order(0, 10))
    firm.settle()
    firm.wall_ns += 1_000_000_000
    firm.settle()
    assert firm.granting().value == LIMIT.value
    assert accepted(firm.order(0, 10)) and accepted(firm.order(1, 10))


def test_a_limit_whose_id_has_a_slash_is_a_limit() -> None:
    limit = replace(LIMIT, limit_id="eu/firm")
    firm = Firm(limit, desks=(0, 1))
    firm.settle()
    assert firm.held(0, credit_id_of(limit)) == limit.value // 2


def test_use_that_is_no_amount_is_not_known_and_stops_nobody() -> None:
    """A rate with a slip of the hand makes a figure of more bits than a record of a partition can hold."""
    firm = Firm(desks=(0, 1))
    firm.load(FxRate("USD", 2**62, NOW), FxRate("JPY", 1, NOW))
    assert accepted(firm.order(0, 10**6))
    limit = replace(LIMIT, limit_id="yen", kind=LimitKind.GROSS_EXPOSURE, currency="JPY")
    firm.load(limit)
    firm.settle()
    assert in_use(firm.state(0), limit, NOW) is None and not firm.state(0).credits
    firm.load(FxRate("USD", 10**9, NOW), FxRate("JPY", 10**7, NOW))
    firm.settle()
    used = in_use(firm.state(0), limit, NOW)
    assert used and firm.held(0, credit_id_of(limit)) == min(used, limit.value)


def test_a_fill_that_cannot_be_so_stops_no_partition_and_no_use_of_a_limit_passes_after_it() -> None:
    firm = Firm(LIMIT)
    firm.settle()
    (first,) = [event for event in firm.order(0) if isinstance(event, OrderAccepted)]
    firm.route(0, replace(fill("absurd", 2**61, first.order_id), last_px=2**61))
    firm.load(replace(LIMIT, value=Amount(200 * LOT_VALUE)))
    firm.settle()
    assert not accepted(firm.order(0))
