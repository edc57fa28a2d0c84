"""The edges of what a partition uses of a limit over partitions, and of what it says when that is too much."""

from dataclasses import replace

import pytest
from credit_world import LOT_VALUE, Firm, accepted
from risk_world import DOLLAR, IBM, NOW, XV, fill

from oms.core.canonical import state_hash
from oms.core.credit.events import CreditAsked, CreditGranted, CreditWanted, UseNoted
from oms.core.credit.holder import Credit
from oms.core.credit.spans import credit_id_of
from oms.core.enums import CounterpartyKind, LimitKind, LimitScope, Side
from oms.core.money import AMOUNT_MAX, Amount
from oms.core.reasons import Reason
from oms.core.reference import Limit, OpeningPosition
from oms.core.risk import spanning
from oms.core.risk.credit_use import in_use
from oms.core.risk_events import OrderAccepted, OrderRejected
from oms.core.risk_reference import Counterparty, HolderFactors, InstrumentFactors, factors_id_of
from oms.core.stage import CreditInput

POSITION = Limit("firm.position", LimitKind.POSITION_QTY, LimitScope.FIRM, "", "IBM", "", Amount(1_000))
LOSS = Limit("firm.loss", LimitKind.DAY_LOSS, LimitScope.FIRM, "", "", "USD", Amount(600 * DOLLAR))
LOSS_ID = credit_id_of(LOSS)


def decided(events: tuple[object, ...]) -> OrderAccepted | OrderRejected:
    (found,) = [e for e in events if isinstance(e, OrderAccepted | OrderRejected)]
    return found


def row(decision: OrderAccepted | OrderRejected, check: int) -> tuple[int, int, int]:
    e = decision.evidence
    at = e.checks.index(check)
    return e.thresholds[at], e.before[at], e.after[at]


def losing(firm: Firm, p: int, lost: int) -> None:
    """A partition has bought a lot for so many dollars more than the market's price, at which it is marked a second later."""
    (order,) = [e for e in firm.order(p, 1) if isinstance(e, OrderAccepted)]
    firm.route(p, replace(fill(f"b{p}{lost}", 10, order.order_id), last_px=10_005 + 10 * lost))
    firm.end(p, order.order_id)
    firm.wall_ns += 10**9
    firm.settle()


def test_of_a_position_the_other_direction_counts_where_it_is_worse() -> None:
    firm = Firm(POSITION, desks=(0, 1))
    firm.settle()
    assert accepted(firm.order(0, 30, side=Side.SELL))
    assert row(decided(firm.order(0, 10)), 172)[1:] == (300, 300)
    assert row(decided(firm.order(0, 25)), 172)[1:] == (300, 350)
    assert in_use(firm.state(0), POSITION, NOW) == 350


@pytest.mark.parametrize("own_ppm", [50_000, 150_000])
def test_of_risk_an_order_counts_at_its_own_figure_or_as_it_will_count_open_whichever_is_more(own_ppm: int) -> None:
    limit = replace(LOSS, limit_id="var", kind=LimitKind.VALUE_AT_RISK, value=Amount(20 * LOT_VALUE))
    holder = HolderFactors(
        factors_id_of(LimitScope.FIRM, ""), LimitScope.FIRM, "", "USD", "m", NOW, Amount(3), Amount(3), Amount(3),
        100_000, Amount(DOLLAR), Amount(DOLLAR), Amount(DOLLAR),
    )  # fmt: skip
    own = InstrumentFactors("IBM", "m", NOW, 20_000, 10**6, 10**6, 9_900, 10_100, 0, own_ppm, own_ppm, own_ppm)
    age = Limit("factors", LimitKind.FACTORS_AGE_NS, LimitScope.FIRM, "", "", "", Amount(10**15))
    firm = Firm(desks=(0, 1))
    firm.load(age, holder, own, limit)
    firm.settle()
    _, before, after = row(decided(firm.order(0, 10)), 173)
    assert before == 2, "half of the model's figure, rounded up"
    assert after - before == max(own_ppm, 100_000) * 10 * LOT_VALUE // 10**6


def test_of_a_counterparty_what_is_not_settled_is_used_and_of_nothing_else() -> None:
    limit = Limit("c", LimitKind.COUNTERPARTY_EXPOSURE, LimitScope.COUNTERPARTY, "clear", "", "USD", Amount(10**18))
    credit = replace(LOSS, limit_id="credit", kind=LimitKind.CREDIT, value=Amount(10**18))
    firm = Firm(desks=(0, 1))
    firm.load(Counterparty("clear", "c", CounterpartyKind.CLEARING_MEMBER, 2, True), limit, credit)
    firm.load(replace(XV, counterparties=("clear",)))
    firm.settle()
    (order,) = [e for e in firm.order(0, 3, price=10_000) if isinstance(e, OrderAccepted)]
    firm.route(0, fill("x", 30, order.order_id))
    firm.end(0, order.order_id)
    assert in_use(firm.state(0), limit, NOW) == 3 * LOT_VALUE
    assert in_use(firm.state(0), credit, NOW) == 3 * LOT_VALUE


def test_without_a_price_exposure_is_not_known_and_credit_is() -> None:
    firm = Firm(desks=(0, 1))
    account = firm.state(0).reference.accounts["d0"]
    firm.load(replace(IBM, instrument_id="DARK"), replace(account, opening_positions=(OpeningPosition("DARK", 10),)))
    for kind, used in ((LimitKind.GROSS_EXPOSURE, None), (LimitKind.NET_EXPOSURE, None), (LimitKind.CREDIT, 0)):
        assert in_use(firm.state(0), replace(LOSS, kind=kind), NOW) == used


def test_the_largest_amount_is_an_amount() -> None:
    firm = Firm(desks=(0, 1))
    firm.state(0).reference.accounts["d0"] = replace(
        firm.state(0).reference.accounts["d0"], opening_positions=(OpeningPosition("IBM", AMOUNT_MAX),)
    )
    assert in_use(firm.state(0), POSITION, NOW) == AMOUNT_MAX
    firm = Firm(desks=(0, 1))
    firm.state(0).reference.accounts["d0"] = replace(
        firm.state(0).reference.accounts["d0"], opening_positions=(OpeningPosition("IBM", AMOUNT_MAX + 1),)
    )
    assert in_use(firm.state(0), POSITION, NOW) is None


def test_of_several_limits_the_one_with_the_least_room_is_named() -> None:
    other = replace(LOSS, limit_id="tight", kind=LimitKind.DRAWDOWN, value=Amount(200 * DOLLAR))
    firm = Firm(LOSS, other, desks=(0, 1))
    firm.settle()
    losing(firm, 0, 90)
    held = firm.held(0, credit_id_of(other))
    assert row(decided(firm.order(0)), 174)[0] == held < firm.held(0, LOSS_ID)
    losing(firm, 0, 150)
    refused = decided(firm.order(0))
    assert isinstance(refused, OrderRejected) and refused.reason is Reason.DRAWDOWN_LIMIT


def test_what_others_lost_refuses_and_asks_for_nothing() -> None:
    """All that is lost here is held here: more would change nothing."""
    firm = Firm(LOSS, desks=(0, 1))
    firm.settle()
    losing(firm, 0, 200)
    held = firm.held(0, LOSS_ID)
    firm.state(0).credits[LOSS_ID].others[1] = LOSS.value - 200 * DOLLAR
    assert accepted(firm.order(0)), "together they are at the limit"
    firm.state(0).credits[LOSS_ID].others[1] += 1
    events = firm.order(0)
    refused = decided(events)
    assert isinstance(refused, OrderRejected) and "1 beyond it" in refused.text and firm.held(0, LOSS_ID) == held
    assert not [e for e in events if isinstance(e, CreditWanted)]
    firm.state(0).credits[LOSS_ID].held = 200 * DOLLAR
    events = firm.order(0)
    assert "1 beyond it" in str(getattr(decided(events), "text", "")), "all that is held is used"
    assert not [e for e in events if isinstance(e, CreditWanted)]
    firm.state(0).credits[LOSS_ID].held = 200 * DOLLAR - 1
    events = firm.order(0)
    assert "over by 1" in str(getattr(decided(events), "text", "")), "and here one more than is held"
    assert [e for e in events if isinstance(e, CreditWanted)]


def test_what_is_being_recalled_is_said() -> None:
    firm = Firm(POSITION, desks=(0, 1))
    firm.settle()
    credit = firm.state(0).credits[credit_id_of(POSITION)]
    assert accepted(firm.order(0, 50)) and credit.held == 500
    text = str(getattr(decided(firm.order(0)), "text", ""))
    assert "510 would be used" in text and "recalled" not in text, "what is used is not beyond what is held"
    credit.keep = 0
    assert "it is being recalled" in str(getattr(decided(firm.order(0)), "text", ""))


def test_only_who_is_concerned_notes_what_another_lost() -> None:
    said = CreditAsked(LOSS_ID, 7, 1, Amount(0), Amount(5))
    firm = Firm(LOSS, desks=(0, 1))
    member, stranger = firm.state(0), firm.state(2)
    assert spanning.read(member, (said,), NOW) == (UseNoted(LOSS_ID, 7, Amount(5)),)
    assert spanning.read(member, (replace(said, partition=0),), NOW) == ()
    assert spanning.read(stranger, (said,), NOW) == ()
    stranger.credits[LOSS_ID] = Credit()
    assert spanning.read(stranger, (said,), NOW) == (UseNoted(LOSS_ID, 7, Amount(5)),)
    member.credits[LOSS_ID] = Credit(others={7: 5})
    assert spanning.read(member, (said,), NOW) == (), "nothing new"
    assert spanning.read(member, (replace(said, limit_id=credit_id_of(POSITION)),), NOW) == ()


def test_what_is_read_changes_nothing_before_it_is_folded() -> None:
    firm = Firm(LOSS, desks=(0, 1))
    firm.settle()
    before = state_hash(firm.state(0), 1)
    said = CreditAsked(LOSS_ID, 1, 9, Amount(0), Amount(5))
    assert spanning.read(firm.state(0), (said, replace(said, in_use=Amount(6))), NOW) == (
        UseNoted(LOSS_ID, 1, Amount(5)),
        UseNoted(LOSS_ID, 1, Amount(6)),
    )
    assert state_hash(firm.state(0), 1) == before


def test_a_grant_lets_the_monitors_look_again() -> None:
    firm = Firm(POSITION, desks=(0, 1))
    firm.settle()
    state = firm.state(0)
    state.book().touched.clear()
    seq = state.credits[credit_id_of(POSITION)].seq
    firm.risk[0].feed(CreditInput(0, NOW, (CreditGranted(credit_id_of(POSITION), 0, seq + 1, Amount(1)),)), firm.market)
    assert (LimitScope.FIRM, "", "IBM") in state.book().touched
