"""Edges of limits that span partitions, in one of them: which is named, what is asked for, what is in use and when that is not known."""

from dataclasses import replace

import pytest
from credit_world import CREDIT_ID, LIMIT, LOT_VALUE, Firm, accepted
from risk_world import ACCOUNT, CONDITIONS, DOLLAR, NEW, NOW, REPLACE, XV, fill, opening

from oms.core.credit.events import CreditReleased, CreditWanted
from oms.core.credit.spans import credit_id_of
from oms.core.enums import CounterpartyKind, LimitKind, LimitScope, Side, TimerKind
from oms.core.money import AMOUNT_MAX, Amount
from oms.core.reasons import Reason
from oms.core.reference import Limit
from oms.core.risk.checks import judge
from oms.core.risk.judgement import Judgement
from oms.core.risk.spanning import asked_last, due_credit, due_events, in_use
from oms.core.risk.state import RiskState
from oms.core.risk_events import Evidence, OrderAccepted, OrderRejected
from oms.core.risk_reference import Counterparty, FxRate
from oms.core.stage import CommandInput, TimerInput

CAPITAL = replace(LIMIT, limit_id="firm.capital.USD", kind=LimitKind.CAPITAL)
LOSS = replace(LIMIT, limit_id="firm.loss.USD", kind=LimitKind.DAY_LOSS, value=Amount(600 * DOLLAR))
LOSS_ID = credit_id_of(LOSS)
EVIDENCE = Evidence(-1, -1, -1, -1, None, None, (), (), (), (), ())


def decision(events: tuple[object, ...]) -> OrderAccepted | OrderRejected:
    (found,) = [e for e in events if isinstance(e, OrderAccepted | OrderRejected)]
    return found


def wanted(events: tuple[object, ...]) -> list[CreditWanted]:
    return [e for e in events if isinstance(e, CreditWanted)]


def settled(*limits: Limit) -> Firm:
    firm = Firm(*limits)
    firm.settle()
    return firm


@pytest.mark.parametrize(
    ("credit", "capital", "named", "reason"),
    [
        # A sale of 10 is open: with a purchase of 15 credit uses 15, and capital 25.
        (17, 26, 26, None),
        (16, 29, 16, None),
        (14, 30, 14, Reason.CREDIT_NOT_HELD),
        (20, 24, 24, Reason.CREDIT_NOT_HELD),
        (13, 24, 13, Reason.CREDIT_NOT_HELD),
        (14, 22, 22, Reason.CREDIT_NOT_HELD),
    ],
)
def test_of_two_credits_the_one_with_the_least_left_is_named(
    credit: int, capital: int, named: int, reason: Reason | None
) -> None:
    firm = settled(LIMIT, CAPITAL)
    assert accepted(firm.order(0, 10, side=Side.SELL))
    # A sale counts at the market's price where that is higher: as much as the purchase, for round figures.
    for order in firm.state(0).open_orders.values():
        order.value_px = 10_000
    firm.state(0).book_memo = None
    credits = firm.state(0).credits
    credits[CREDIT_ID].held, credits[credit_id_of(CAPITAL)].held = credit * LOT_VALUE, capital * LOT_VALUE
    event = decision(firm.order(0, 15))
    evidence = event.evidence
    assert evidence.thresholds[evidence.checks.index(170)] == named * LOT_VALUE
    assert getattr(event, "reason", None) is reason


@pytest.mark.parametrize("recalled", [True, False])
def test_a_refusal_says_whether_what_is_held_is_being_recalled(recalled: bool) -> None:
    firm = settled(LIMIT)
    firm.state(0).credits[CREDIT_ID].keep = 0 if recalled else None
    event = decision(firm.order(0, 50))
    assert isinstance(event, OrderRejected) and ("it is being recalled" in event.text) is recalled


def test_what_a_refused_order_lacks_is_what_it_would_use_beyond_what_is_held() -> None:
    firm = settled(LIMIT)
    firm.order(0, 10)
    held = firm.held(0)
    (asked,) = wanted(firm.order(0, 50))
    assert asked.urgent == 60 * LOT_VALUE - held


@pytest.mark.parametrize("more", [0, 1])
def test_credit_is_asked_for_ahead_where_an_order_takes_some_and_not_where_it_takes_none(more: int) -> None:
    """Nearly all that is held is used: a replacement of the same quantity asks for nothing, one of a lot more does."""
    firm = settled(LIMIT)
    firm.state(0).credits[CREDIT_ID].held = 31 * LOT_VALUE
    event = decision(firm.order(0, 30))
    firm.state(0).credits[CREDIT_ID].wanted = 0
    terms = event.order
    wish = replace(
        REPLACE, desk_id="d0", orig_cl_ord_id=terms.cl_ord_id, order_qty=terms.order_qty + 10 * more, price=10_000
    )
    said = firm.risk[0].rules.decide(firm.state(0), CommandInput(0, wish), CONDITIONS, firm.market)
    assert bool(wanted(said)) is bool(more)


def test_open_orders_are_asked_for_ahead_one_by_one() -> None:
    count = Limit("n", LimitKind.OPEN_ORDERS, LimitScope.FIRM, "", "", "", Amount(300))
    firm = settled(count)
    firm.state(0).credits[credit_id_of(count)].held = 5
    (asked,) = wanted(firm.order(0))
    assert asked.amount > 0


@pytest.mark.parametrize("first", [1, 2])
def test_of_several_decisions_in_a_record_the_larger_amount_is_asked_for(first: int) -> None:
    """Whichever of the two is judged first."""
    firm = settled(LIMIT)
    firm.state(0).credits[CREDIT_ID].held = 0
    judged = []
    for number, lots in enumerate((first, 3 - first)):
        order = replace(NEW, desk_id="d0", account_id="d0", cl_ord_id=f"n{number}", order_qty=10 * lots)
        j = Judgement.of(firm.state(0), CONDITIONS, firm.market, order)
        _, result = judge(j)
        assert result.reason is Reason.CREDIT_NOT_HELD
        judged.append((j, OrderRejected("", order, result.reason, "", EVIDENCE)))
    alone = [asked_last([one])[0] for one in judged]
    (together,) = asked_last(judged)
    assert alone[0].amount != alone[1].amount
    assert together.amount == max(a.amount for a in alone) and together.urgent == max(a.urgent for a in alone)


# --- what is in use


@pytest.mark.parametrize(
    "kind", [LimitKind.GROSS_EXPOSURE, LimitKind.NET_EXPOSURE, LimitKind.CREDIT, LimitKind.CAPITAL]
)
def test_exposure_of_what_has_no_price_is_not_known_and_what_was_traded_is(kind: LimitKind) -> None:
    firm = settled()
    firm.load(opening(replace(ACCOUNT, account_id="d0", desk_id="d0"), "IBM", 10))
    used = in_use(firm.state(0), replace(LIMIT, kind=kind), NOW)
    assert used == (None if kind in (LimitKind.GROSS_EXPOSURE, LimitKind.NET_EXPOSURE) else 0)


def owed_world() -> tuple[Firm, Limit]:
    limit = Limit(
        "cl", LimitKind.COUNTERPARTY_EXPOSURE, LimitScope.COUNTERPARTY, "CL", "", "USD", Amount(100 * LOT_VALUE)
    )
    firm = Firm()
    firm.load(
        Counterparty("CL", "Clearer", CounterpartyKind.CLEARING_MEMBER, 2, True),
        replace(XV, counterparties=("CL",)),
        *(FxRate("USD", 10**9, 0), FxRate("EUR", 1_100_000_000, NOW)),
        limit,
    )
    firm.settle()
    return firm, limit


def test_of_a_counterparty_what_is_not_settled_is_in_use_beside_what_is_open() -> None:
    firm, limit = owed_world()
    assert accepted(firm.order(0, 5))
    order_id = next(iter(firm.state(0).open_orders))
    assert in_use(firm.state(0), limit, NOW) == 5 * LOT_VALUE
    firm.route(0, fill("x1", 20, order_id))
    assert in_use(firm.state(0), limit, NOW) == 5 * LOT_VALUE, "2 lots are owed, 3 are open"
    assert in_use(firm.state(0), replace(limit, kind=LimitKind.CAPITAL), NOW) is not None


def test_what_is_owed_in_a_currency_without_a_rate_is_not_known() -> None:
    firm, limit = owed_world()
    state = firm.state(0)
    firm.load(replace(state.reference.instruments["IBM"], instrument_id="SAP", currency="EUR"))
    state.unsettled["CL", "EUR"] = {state.day: 10}
    assert in_use(state, limit, NOW) == 11
    del state.reference.fx_rates["EUR"]
    assert in_use(state, limit, NOW) is None


@pytest.mark.parametrize(("used", "known"), [(AMOUNT_MAX, True), (AMOUNT_MAX + 1, False)])
def test_more_than_an_amount_is_not_known(used: int, known: bool) -> None:
    firm = settled(LIMIT)
    firm.state(0).book().money_of(LimitScope.FIRM, "", "USD").buys = used
    assert in_use(firm.state(0), LIMIT, NOW) == (used if known else None)


# --- what is due


def test_what_is_due_names_the_credit_and_no_number() -> None:
    firm = Firm(LIMIT)
    assert due_credit(firm.state(0), NOW, NOW) == TimerInput(CREDIT_ID, TimerKind.CREDIT, 0, NOW)


@pytest.mark.parametrize("accounts", [0, 1, 2])
def test_the_share_of_who_is_alone_or_gone_is_the_whole(accounts: int) -> None:
    """Of a client that had accounts in two partitions and has so many left: what was asked for once goes on by credit."""
    limit = Limit("c", LimitKind.CAPITAL, LimitScope.CLIENT, "C1", "", "USD", Amount(100 * LOT_VALUE))
    firm = Firm(desks=())
    for number in range(2):
        firm.add_desk(number, number, "C1")
    firm.load(limit)
    firm.settle()
    credit_id = credit_id_of(limit)
    state = firm.state(0)
    for number in range(accounts, 2):
        firm.load(replace(state.reference.accounts[f"d{number}"], client_id=""))
    state.credits[credit_id].held = state.credits[credit_id].wanted = 0
    firm.load(replace(limit, value=Amount(60 * LOT_VALUE)))
    (asked,) = due_events(state, credit_id, NOW, NOW)
    assert isinstance(asked, CreditWanted) and asked.amount == (30 if accounts == 2 else 60) * LOT_VALUE


def test_of_a_removed_limit_nothing_is_wanted_before_all_goes_back() -> None:
    firm = settled(LIMIT)
    state = firm.state(0)
    held, state.credits[CREDIT_ID].wanted = firm.held(0), LOT_VALUE
    firm.load(replace(LIMIT, removed=True))
    wish, released = due_events(state, CREDIT_ID, NOW, NOW)
    assert isinstance(wish, CreditWanted) and wish.amount == 0
    assert isinstance(released, CreditReleased) and released.amount == held


def test_of_a_removed_limit_that_nobody_held_nothing_is_due() -> None:
    firm = Firm(LIMIT, desks=(0,))
    firm.load(replace(LIMIT, removed=True, effective_ns=NOW + 1))
    for wall_ns in (NOW, NOW + 1):
        assert due_credit(firm.state(0), NOW, wall_ns) is None


def losing_state(p: int = 0) -> tuple[Firm, RiskState]:
    """Each of three partitions holds 200 dollars of what may be lost, and has lost nothing."""
    firm = settled(LOSS)
    for stage in firm.risk:
        stage.state.days = (0,)
    return firm, firm.state(p)


def lose(state: RiskState, dollars: int) -> None:
    """As a mark does that moves their result; who looks for what moved is not told."""
    state.book().money_of(LimitScope.FIRM, "", "USD").unrealised = -dollars * DOLLAR


@pytest.mark.parametrize(("lost", "urgent"), [(190, 0), (200, 0), (250, 50)])
def test_of_a_loss_what_is_beyond_what_is_held_is_urgent(lost: int, urgent: int) -> None:
    _, state = losing_state()
    lose(state, lost)
    (asked,) = due_events(state, LOSS_ID, NOW, NOW)
    assert isinstance(asked, CreditWanted) and asked.amount > 0 and asked.urgent == urgent * DOLLAR


LATER = NOW + 5 * 10**9


def test_what_moved_is_looked_at_a_tenth_of_a_second_after_the_last_look() -> None:
    _, state = losing_state()
    assert due_credit(state, NOW, LATER) is None
    lose(state, 100)
    state.book().drawing[LimitScope.FIRM, ""] = None
    for passed in (0, 1, 10**8 - 1):
        assert due_credit(state, NOW, LATER + passed) is None
    assert due_credit(state, NOW, LATER + 10**8) == TimerInput(LOSS_ID, TimerKind.CREDIT, 0, LATER + 10**8)


def test_everything_is_looked_at_once_rates_have_moved_and_at_most_once_a_second() -> None:
    firm, state = losing_state()
    lose(state, 100)
    assert due_credit(state, NOW + 1, LATER) is None, "nobody said that it moved, and it is the same day"
    lose(state, 0)
    firm.load(FxRate("USD", 10**9, 0))
    assert due_credit(state, NOW, LATER + 10**9) is None
    lose(state, 100)
    firm.load(FxRate("EUR", 1_100_000_000, 0))
    assert due_credit(state, NOW, LATER + 2 * 10**9 - 10**8) is None
    assert due_credit(state, NOW, LATER + 2 * 10**9) is not None
