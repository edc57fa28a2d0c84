"""Limits over partitions on positions, losses and risk: what no partition alone can hold to, all of them together are held to.

An order of one lot is 10 at 100.00; a fall of the market by 1.00 loses 10 dollars a lot.
"""

from dataclasses import replace

import pytest
from credit_world import LOT_VALUE, Firm, accepted
from risk_world import DOLLAR, NOW, fill

from oms.core.canonical import state_hash
from oms.core.control import HaltAction
from oms.core.credit.events import CreditAsked, CreditLimitSet, UseNoted
from oms.core.credit.spans import credit_id_of
from oms.core.enums import HaltScope, LimitKind, LimitScope, Side
from oms.core.halt_triggers import HaltTrigger, HaltTriggerKind
from oms.core.market import MarketRecord, Quote
from oms.core.money import Amount
from oms.core.monitors.alerts import AlertRaised
from oms.core.reasons import Reason
from oms.core.reference import Limit
from oms.core.risk.rehearsal import rehearse
from oms.core.risk_events import HaltTriggerTripped, OrderAccepted, OrderRejected
from oms.core.risk_reference import HolderFactors, InstrumentFactors, factors_id_of

POSITION = Limit("firm.position", LimitKind.POSITION_QTY, LimitScope.FIRM, "", "IBM", "", Amount(1_000))
LOSS = Limit("firm.loss", LimitKind.DAY_LOSS, LimitScope.FIRM, "", "", "USD", Amount(600 * DOLLAR))
LOSSES = (LimitKind.DAY_LOSS, LimitKind.REALISED_LOSS, LimitKind.DRAWDOWN)
MODELLED = (LimitKind.VALUE_AT_RISK, LimitKind.EXPECTED_SHORTFALL, LimitKind.STRESS_LOSS)
SECOND_NS = 1_000_000_000


def refusal(events: tuple[object, ...]) -> OrderRejected:
    (found,) = [e for e in events if isinstance(e, OrderRejected)]
    return found


def filled(firm: Firm, desk: int, lots: int, price: int = 10_000, side: Side = Side.BUY) -> None:
    """An order that is executed at once, whole."""
    (order,) = [e for e in firm.order(desk, lots, side=side) if isinstance(e, OrderAccepted)]
    firm.route(desk, replace(fill(f"x{order.order_id}", 10 * lots, order.order_id), last_px=price))
    firm.end(desk, order.order_id)


def market_at(firm: Firm, price: int) -> None:
    """The market moves, and a second later what is held is marked at it."""
    firm.quotes = getattr(firm, "quotes", 0) + 1  # type: ignore[attr-defined]
    quote = Quote(NOW, price - 5, 500, price + 5, 500)
    firm.market.apply(0, firm.quotes, MarketRecord("XV", "IBM", firm.quotes + 1, (quote,), ()))  # type: ignore[attr-defined]
    firm.wall_ns += SECOND_NS
    firm.settle()
    firm.wall_ns += SECOND_NS
    firm.settle()


def order_at(firm: Firm, desk: int, lots: int, price: int, side: Side = Side.BUY) -> tuple[object, ...]:
    return firm.order(desk, lots, price=price, side=side)


def fill_up(firm: Firm, limit: Limit, side: Side = Side.BUY) -> tuple[int, set[Reason]]:
    """How many of 150 orders of three desks in turn are accepted, and why others are not: what all use is never beyond the limit."""
    taken, reasons = 0, set[Reason]()
    for number in range(150):
        for _ in range(2):  # what is refused is sent again, once what was asked for is there
            events = firm.order(number % 3, side=side)
            taken += accepted(events)
            reasons |= {refusal(events).reason} if not accepted(events) else set()
            firm.settle()
            assert sum(firm.used(p, limit) for p in range(3)) <= limit.value
            if accepted(events):
                break
    return taken, reasons


# --- positions


@pytest.mark.parametrize(
    ("scope", "scope_id"),
    [
        (LimitScope.FIRM, ""),
        (LimitScope.CLIENT, "C1"),
        (LimitScope.TRADER, "eve"),
        (LimitScope.STRATEGY, "s1"),
        (LimitScope.INSTRUMENT, "IBM"),
    ],
)
@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
def test_inv_570_a_position_over_partitions_is_within_its_limit(scope: LimitScope, scope_id: str, side: Side) -> None:
    limit = replace(POSITION, scope=scope, scope_id=scope_id)
    firm = Firm(desks=())
    for p in range(3):
        firm.add_desk(p, p, "C1")
    firm.load(limit)
    firm.settle()
    taken, reasons = fill_up(firm, limit, side)
    assert taken == 100, "all of it, and not more"
    assert reasons == {Reason.POSITION_NOT_HELD}
    other = Side.SELL if side is Side.BUY else Side.BUY
    assert accepted(firm.order(0, 10, side=other)), "what is worse one way alone is no more either way"


def test_inv_570_what_reduces_passes_whatever_is_held() -> None:
    firm = Firm(POSITION, desks=(0, 1))
    firm.settle()
    filled(firm, 0, 40)
    filled(firm, 1, 40, side=Side.SELL)
    firm.load(replace(POSITION, value=Amount(100)))
    firm.settle()
    said = [e for r in firm.grantor.records for e in r if isinstance(e, CreditLimitSet)]
    assert said[-1].over_by == 900 and firm.granting(credit_id_of(POSITION)).over_by == 700
    assert not accepted(firm.order(0)) and not accepted(firm.order(1, side=Side.SELL))
    assert accepted(firm.order(0, 40, side=Side.SELL)) and accepted(firm.order(1, 40))


def test_inv_570_a_refusal_names_the_limit_what_is_held_and_what_is_asked_for() -> None:
    firm = Firm(POSITION)
    firm.settle()
    refused = refusal(firm.order(0, 60))
    assert refused.reason is Reason.POSITION_NOT_HELD
    for said in ("firm.position", "600 would be used", "1000 over 3 partitions", "333 is held", "more is asked for"):
        assert said in refused.text, refused.text
    number = refused.evidence.checks.index(172)
    assert (refused.evidence.thresholds[number], refused.evidence.after[number]) == (333, 600)
    firm.settle()
    assert accepted(firm.order(0, 60))


def test_inv_570_one_desk_that_needs_it_all_gets_it() -> None:
    firm = Firm(POSITION)
    firm.settle()
    filled(firm, 1, 20)
    filled(firm, 1, 20, side=Side.SELL)
    taken = 0
    for _ in range(130):
        taken += accepted(firm.order(2))
        firm.settle()
    assert taken >= 95


def test_a_late_fill_beyond_what_is_held_raises_an_alert() -> None:
    firm = Firm(POSITION, desks=(0, 1))
    firm.settle()
    (order,) = [e for e in firm.order(0, 50) if isinstance(e, OrderAccepted)]
    firm.order(1, 40)
    firm.settle()
    firm.route(0, fill("late", 700, order.order_id))
    firm.wall_ns += SECOND_NS
    firm.settle()
    raised = [e for r in firm.risk[0].records for e in r if isinstance(e, AlertRaised)]
    assert raised and raised[-1].threshold == firm.held(0, credit_id_of(POSITION)) < 700 == raised[-1].value
    assert refusal(firm.order(0)).reason is Reason.POSITION_NOT_HELD


# --- losses


@pytest.mark.parametrize("kind", LOSSES)
@pytest.mark.parametrize("scope", [LimitScope.FIRM, LimitScope.CLIENT])
def test_inv_571_what_all_partitions_lose_is_held_to_the_limit(kind: LimitKind, scope: LimitScope) -> None:
    """Each has lost 400 of 600: none is beyond the limit, both are."""
    limit = replace(LOSS, kind=kind, scope=scope, scope_id="C1" if scope is LimitScope.CLIENT else "")
    firm = Firm(desks=())
    for p in range(2):
        firm.add_desk(p, p, "C1")
    firm.load(limit)
    firm.settle()
    for desk in range(2):
        filled(firm, desk, 50)
    market_at(firm, 9_920)
    for desk in range(2):
        if kind is LimitKind.REALISED_LOSS:
            (order,) = [e for e in order_at(firm, desk, 40, 9_920, Side.SELL) if isinstance(e, OrderAccepted)]
            firm.route(desk, replace(fill(f"y{desk}", 400, order.order_id), last_px=9_900))
            firm.end(desk, order.order_id)
    firm.settle()
    firm.wall_ns += SECOND_NS
    firm.settle()
    lost = [firm.used(p, limit) for p in range(2)]
    assert min(lost) == 400 * DOLLAR and max(lost) < limit.value < sum(lost)
    for desk in range(2):
        refused = refusal(order_at(firm, desk, 1, 9_920))
        assert refused.reason is Reason.LOSS_NOT_HELD and "only what takes it down passes" in refused.text
        assert accepted(order_at(firm, desk, 1, 9_920, Side.SELL)), "what reduces passes"
    assert sum(firm.held(p, credit_id_of(limit)) for p in range(2)) <= limit.value


def test_inv_571_a_gain_elsewhere_makes_no_loss_good() -> None:
    firm = Firm(LOSS, desks=(0, 1))
    firm.settle()
    filled(firm, 0, 70)
    filled(firm, 1, 70, side=Side.SELL)
    market_at(firm, 9_900)
    assert firm.used(0, LOSS) == 700 * DOLLAR and firm.used(1, LOSS) == 0
    assert not accepted(order_at(firm, 0, 1, 9_900))


def test_inv_572_one_partition_may_lose_all_of_the_limit_and_is_not_stopped_before() -> None:
    """Its loss grows without an order; more is asked for before it is beyond what it holds."""
    firm = Firm(LOSS)
    firm.settle()
    filled(firm, 0, 40)
    for price in range(9_990, 9_840, -10):
        market_at(firm, price)
        assert accepted(order_at(firm, 0, 1, price)), f"at {price}, {firm.used(0, LOSS)} of {LOSS.value} lost"
        firm.end_all(0)
    assert firm.used(0, LOSS) == 600 * DOLLAR == firm.held(0, credit_id_of(LOSS))
    market_at(firm, 9_840)
    refused = refusal(order_at(firm, 0, 1, 9_840))
    assert refused.reason is Reason.DAY_LOSS_LIMIT


def test_inv_572_beyond_what_all_hold_it_says_over_by_how_much() -> None:
    firm = Firm(LOSS, desks=(0, 1))
    firm.settle()
    filled(firm, 0, 50)
    filled(firm, 1, 40)
    market_at(firm, 9_900)
    held = [firm.held(p, credit_id_of(LOSS)) for p in range(2)]
    lost = [firm.used(p, LOSS) for p in range(2)]
    assert sum(held) <= LOSS.value < sum(lost)
    for p in range(2):
        refused = refusal(order_at(firm, p, 1, 9_900))
        said = f"over by {lost[p] - held[p]}" if lost[p] > held[p] else f"{lost[1 - p]} in other partitions"
        assert said in refused.text, refused.text
        number = refused.evidence.checks.index(174)
        assert refused.evidence.before[number] == refused.evidence.after[number] == lost[p]
        assert refused.evidence.thresholds[number] == LOSS.value - lost[1 - p] < lost[p]


def test_inv_573_what_is_lost_everywhere_is_known_everywhere() -> None:
    """To a hundredth of the limit, up and down; alerts of the monitors say it, and a trigger of the firm sees it."""
    trigger = HaltTrigger(
        "loss", HaltTriggerKind.DAY_LOSS, HaltScope.FIRM, "", "USD", Amount(700 * DOLLAR), 0, 0,
        HaltAction.BLOCK_NEW, False, 0, True,
    )  # fmt: skip
    firm = Firm(LOSS, desks=(0, 1))
    firm.load(trigger)
    firm.settle()
    for desk in range(2):
        filled(firm, desk, 40)
    market_at(firm, 9_950)
    for p in range(2):
        assert firm.state(p).credits[credit_id_of(LOSS)].others == {1 - p: 200 * DOLLAR}
    market_at(firm, 9_900)
    firm.wall_ns += SECOND_NS
    firm.settle()
    raised = [e for s in firm.risk for r in s.records for e in r if isinstance(e, AlertRaised)]
    assert 800 * DOLLAR in {alert.value for alert in raised}
    tripped = [e for s in firm.risk for r in s.records for e in r if isinstance(e, HaltTriggerTripped)]
    assert tripped and tripped[0].figure == 800 * DOLLAR and "in other partitions" in tripped[0].text
    market_at(firm, 10_000)
    for p in range(2):
        assert firm.state(p).credits[credit_id_of(LOSS)].others_use <= LOSS.value // 100


def test_inv_573_what_stands_still_is_not_told_again() -> None:
    firm = Firm(LOSS, desks=(0, 1))
    firm.settle()
    for desk in range(2):
        filled(firm, desk, 40)
    market_at(firm, 9_900)
    firm.wall_ns += SECOND_NS
    firm.settle()  # the alert
    before = [len(stage.records) for stage in (*firm.risk, firm.grantor)]
    for _ in range(20):
        firm.wall_ns += SECOND_NS
        assert firm.settle() == 0
    assert before == [len(stage.records) for stage in (*firm.risk, firm.grantor)]


def test_the_fold_of_the_events_is_the_state() -> None:
    firm = Firm(LOSS, POSITION, replace(LOSS, limit_id="dd", kind=LimitKind.DRAWDOWN), desks=(0, 1))
    firm.settle()
    for number in range(40):
        firm.order(number % 2, 1 + number % 3)
        if number % 7 == 0:
            filled(firm, 0, 1)
        if number % 10 == 0:
            market_at(firm, 10_000 - 2 * number)
            firm.end_all(1)
    assert any(isinstance(e, UseNoted) for r in firm.risk[1].records for e in r)
    assert any(isinstance(e, CreditAsked) for r in firm.grantor.records for e in r)
    for stage in (*firm.risk, firm.grantor):
        assert state_hash(stage.folded(), 1) == state_hash(stage.state, 1)


def test_a_new_day_begins_with_no_loss_for_everybody() -> None:
    firm = Firm(LOSS, desks=(0, 1))
    firm.settle()
    filled(firm, 0, 40)
    firm.state(0).days = (0,)  # the clock of these tests is on the first of all days, which counts as none
    market_at(firm, 9_900)
    credit_id = credit_id_of(LOSS)
    assert firm.state(1).credits[credit_id].others == {0: 400 * DOLLAR}
    firm.tape_ns += 2 * 86_400 * SECOND_NS
    firm.wall_ns += SECOND_NS
    firm.settle()
    assert firm.state(1).credits[credit_id].others == {0: 0}, "though nobody has traded since"


# --- risk of a portfolio


def modelled(kind: LimitKind, var: int) -> tuple[Limit, HolderFactors, InstrumentFactors]:
    limit = replace(LOSS, limit_id=f"firm.{kind.name}", kind=kind, value=Amount(20 * LOT_VALUE))
    holder = HolderFactors(
        factors_id_of(LimitScope.FIRM, ""), LimitScope.FIRM, "", "USD", "m", NOW, Amount(var), Amount(var), Amount(var),
        100_000, Amount(DOLLAR), Amount(DOLLAR), Amount(DOLLAR),
    )  # fmt: skip
    return (
        limit,
        holder,
        InstrumentFactors("IBM", "m", NOW, 20_000, 10**6, 10**6, 9_900, 10_100, 0, 80_000, 80_000, 80_000),
    )


@pytest.mark.parametrize("kind", MODELLED)
def test_inv_574_the_model_s_figure_and_what_all_add_are_within_the_limit(kind: LimitKind) -> None:
    """The firm's figure is 8 lots of 20; each lot added counts a tenth: 120 lots in all, wherever they come."""
    limit, holder, instrument = modelled(kind, 8 * LOT_VALUE)
    age = Limit("factors", LimitKind.FACTORS_AGE_NS, LimitScope.FIRM, "", "", "", Amount(10**15))
    firm = Firm(desks=(0, 1, 2))
    firm.load(age, holder, instrument, limit)
    firm.settle()
    taken, reasons = fill_up(firm, limit)
    assert 114 <= taken <= 120, "at least 95 % of what is free, and not more"
    assert reasons == {Reason.RISK_NOT_HELD}


def test_inv_574_a_model_s_new_figure_is_borne_by_all_and_only_what_reduces_passes_beyond_it() -> None:
    limit, holder, instrument = modelled(LimitKind.VALUE_AT_RISK, 0)
    age = Limit("factors", LimitKind.FACTORS_AGE_NS, LimitScope.FIRM, "", "", "", Amount(10**15))
    firm = Firm(desks=(0, 1))
    firm.load(age, holder, instrument, limit)
    firm.settle()
    for desk in range(2):
        filled(firm, desk, 50)
    firm.load(replace(holder, var=Amount(18 * LOT_VALUE)))
    firm.wall_ns += 2 * SECOND_NS
    firm.settle()
    assert [firm.used(p, limit) for p in range(2)] == [14 * LOT_VALUE] * 2
    assert sum(firm.held(p, credit_id_of(limit)) for p in range(2)) <= limit.value
    for desk in range(2):
        refused = refusal(firm.order(desk))
        assert refused.reason in (Reason.RISK_NOT_HELD, Reason.VALUE_AT_RISK_LIMIT)
        assert accepted(firm.order(desk, 10, side=Side.SELL))


@pytest.mark.parametrize("kind", [LimitKind.POSITION_QTY, *LOSSES, *MODELLED])
def test_what_is_used_is_what_the_check_has_before_an_order(kind: LimitKind) -> None:
    """INV-477 of the kinds that are here."""
    limit, holder, instrument = modelled(kind, 3 * LOT_VALUE + 1)
    if kind is LimitKind.POSITION_QTY:
        limit = POSITION
    number = 172 if kind is LimitKind.POSITION_QTY else 173 if kind in MODELLED else 174
    age = Limit("factors", LimitKind.FACTORS_AGE_NS, LimitScope.FIRM, "", "", "", Amount(10**15))
    firm = Firm(desks=(0, 1, 2))
    firm.load(age, holder, instrument, limit)
    firm.settle()
    filled(firm, 0, 3, price=10_005)
    firm.order(0, 2, side=Side.SELL)
    before = firm.used(0, limit)
    evidence = next(e for e in firm.order(0, 4) if isinstance(e, OrderAccepted)).evidence
    at = evidence.checks.index(number)
    assert evidence.before[at] == before and evidence.thresholds[at] == firm.held(0, credit_id_of(limit))
    if kind not in LOSSES:
        assert before < evidence.after[at] == firm.used(0, limit)


def test_a_rehearsal_does_not_ask_for_credit_again() -> None:
    firm = Firm(POSITION)
    firm.settle()
    refused = firm.order(0, 60)
    assert refusal(refused).reason is Reason.POSITION_NOT_HELD and rehearse(firm.state(0), refused) == ()
