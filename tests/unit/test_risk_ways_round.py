"""Ways round a limit, a halt or a trigger that one person had, each closed: by amendments, lists, refused orders, a limit's end, another partition."""

from dataclasses import replace

import pytest
from credit_world import LIMIT, Firm, accepted
from halt_trigger_world import trigger
from risk_catalogue_world import OWNED, holder_factors, limit_of, outcome, rich
from risk_world import (
    CONDITIONS,
    DATE,
    DOLLAR,
    NEW,
    NOW,
    QTY,
    REPLACE,
    WHO,
    XV,
    YV,
    World,
    halt,
    opening,
    settled,
    world,
)
from test_credit_of_what_moves import LOSS, filled, market_at, refusal
from test_limit_governance import HOUR_NS
from test_liquidation import steps
from test_risk_catalogue import OPTION, option_world

from oms.core.commands import NewOrderList, Provenance
from oms.core.control import Liquidate
from oms.core.credit.events import LAPSED, CreditAsked, CreditWanted
from oms.core.credit.spans import credit_id_of
from oms.core.enums import (
    Algorithm,
    ContingencyType,
    CounterpartyKind,
    ExecInst,
    HaltScope,
    LimitKind,
    LimitScope,
    SelfMatchPrevention,
    Side,
    VenueFeature,
)
from oms.core.halt_triggers import HaltTriggerKind
from oms.core.instructions import Instructions
from oms.core.market import reference_price
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import Limit
from oms.core.risk import spanning
from oms.core.risk.rehearsal import Outcome, RecordedMarket, affected_now, propose, rehearse
from oms.core.risk.spanning import in_use
from oms.core.risk.state import DAY_NS
from oms.core.risk_events import Evidence, EvidenceInput, OrderAccepted, OrderRejected, ReplaceAccepted, ReplaceRejected
from oms.core.risk_reference import Counterparty
from oms.core.stage import CommandInput

BOB = Provenance("bob", "", "test", "bob", "s2")


def amended(w: World, by: Provenance, name: str, qty: int = 200) -> Reason | None:
    """What becomes of an amendment of `NEW`; an accepted one is in force at once."""
    event = w.ask(replace(REPLACE, provenance=by, cl_ord_id=name, order_qty=qty))
    assert isinstance(event, ReplaceAccepted | ReplaceRejected)
    if isinstance(event, ReplaceRejected):
        return event.reason
    w.route(settled(True, qty, name))
    return None


# --- amendments of another's orders


@pytest.mark.parametrize(("scope", "name"), [(LimitScope.TRADER, "bob"), (LimitScope.STRATEGY, "s2")])
def test_inv_621_an_amendment_is_a_message_of_who_amends(scope: LimitScope, name: str) -> None:
    w = rich(limit_of(LimitKind.MESSAGE_RATE, scope, 2, name))
    assert outcome(w, NEW) is None
    assert [amended(w, BOB, f"r{n}") for n in range(3)] == [None, None, Reason.MESSAGE_RATE_LIMIT]
    assert amended(w, WHO, "own") is None


def test_inv_621_a_refused_amendment_is_a_message_of_who_amends() -> None:
    w = rich(limit_of(LimitKind.MESSAGE_RATE, LimitScope.TRADER, 1, "bob"))
    assert outcome(w, NEW) is None
    assert amended(w, BOB, "r1", qty=2_000) is Reason.ORDER_QTY_LIMIT
    assert amended(w, BOB, "r2") is Reason.MESSAGE_RATE_LIMIT


def test_inv_621_and_fills_what_both_have_in_common_once() -> None:
    w = rich(limit_of(LimitKind.MESSAGE_RATE, LimitScope.DESK, 3))
    assert outcome(w, NEW) is None
    assert [amended(w, BOB, f"r{n}") for n in range(3)] == [None, None, Reason.MESSAGE_RATE_LIMIT]


@pytest.mark.parametrize("qty", [200, 2_000])
def test_inv_621_a_trigger_counts_an_amendment_for_who_amends(qty: int) -> None:
    for name, more in (("bob", 1), ("eve", 0)):
        w = world(trigger(HaltTriggerKind.MESSAGE_RATE, 10**6, HaltScope.TRADER, scope_id=name))
        assert outcome(w, NEW) is None
        before = w.state.counts["tried"].within(NOW)[0] if "tried" in w.state.counts else 0
        amended(w, BOB, "r1", qty)
        counts = w.state.counts.get("tried")
        assert (counts.within(NOW)[0] if counts is not None else 0) == before + more


# --- refused orders that take from others


@pytest.mark.parametrize("scope", [LimitScope.FIRM, LimitScope.DESK, LimitScope.INSTRUMENT, LimitScope.ACCOUNT])
def test_inv_622_a_flood_of_who_is_halted_stops_nobody_else(scope: LimitScope) -> None:
    w = rich(limit_of(LimitKind.MESSAGE_RATE, scope, 3))
    w.control(halt(HaltScope.TRADER, "bob"))
    for n in range(5):
        assert outcome(w, replace(NEW, cl_ord_id=f"b{n}", provenance=BOB)) is Reason.HALTED
    assert outcome(w, NEW) is None


@pytest.mark.parametrize(
    ("scope", "name"), [(LimitScope.ACCOUNT, "A1"), (LimitScope.DESK, "alpha"), (LimitScope.CLIENT, "C1")]
)
def test_inv_622_orders_of_another_desk_for_an_account_take_nothing_from_its_rate(scope: LimitScope, name: str) -> None:
    w = rich(limit_of(LimitKind.MESSAGE_RATE, scope, 1, name))
    for n in range(3):
        assert outcome(w, replace(NEW, desk_id="beta", cl_ord_id=f"b{n}")) is Reason.ACCOUNT_NOT_OF_DESK
    assert outcome(w, NEW) is None


@pytest.mark.parametrize("kind", [HaltTriggerKind.MESSAGE_RATE, HaltTriggerKind.REJECT_RATIO])
@pytest.mark.parametrize(("scope", "name"), [(HaltScope.ACCOUNT, "A1"), (HaltScope.CLIENT, "C1")])
def test_inv_622_nor_do_they_trip_what_watches_it(kind: HaltTriggerKind, scope: HaltScope, name: str) -> None:
    w = rich(trigger(kind, 10**6, scope, scope_id=name))
    assert outcome(w, replace(NEW, desk_id="beta", cl_ord_id="b")) is Reason.ACCOUNT_NOT_OF_DESK
    assert "tried" not in w.state.counts
    assert outcome(w, NEW) is None and w.state.counts["tried"].within(NOW) == (1, 0)


# --- lists


def test_inv_623_orders_of_a_program_do_not_trade_with_each_other() -> None:
    """They are at the market together; those of a contingent list never are."""
    w = rich(limit_of(LimitKind.SELF_MATCH, LimitScope.ACCOUNT, 0))
    orders = tuple(
        replace(NEW, cl_ord_id=name, side=side, list_id=f"alpha/{DATE}/l1")
        for name, side in (("b", Side.BUY), ("s", Side.SELL))
    )
    program = NewOrderList("alpha", DATE, "l1", None, orders, NOW + 1_000, NOW, "t", WHO)
    w.feed(CommandInput(0, program))
    w.step()
    found = [e for _, e in w.journal if isinstance(e, OrderAccepted | OrderRejected)]
    assert isinstance(found[0], OrderAccepted)
    assert isinstance(found[1], OrderRejected) and found[1].reason is Reason.SELF_MATCH
    pair = replace(program, contingency=ContingencyType.ONE_CANCELS_THE_OTHER)
    w = rich(limit_of(LimitKind.SELF_MATCH, LimitScope.ACCOUNT, 0))
    assert [type(e).__name__ for e in w.feed(CommandInput(0, pair))][1:] == ["OrderAccepted", "OrderAccepted"]


# --- amendments that go to more venues

POST_ONLY = Instructions(exec_inst=(ExecInst.PARTICIPATE_DONT_INITIATE,))


def two_venues(limit: Limit) -> World:
    """Only YV takes an order that must not take; each venue has a counterparty of its own."""
    other = Counterparty("C2", "Other", CounterpartyKind.CLEARING_MEMBER, 2, True)
    y = replace(YV, features=(VenueFeature.POST_ONLY,), counterparties=("C2",))
    return rich(other, replace(XV, counterparties=("CL",)), y, limit)


@pytest.mark.parametrize(
    ("kind", "scope", "name", "value", "reason"),
    [
        (LimitKind.COUNTERPARTY_EXPOSURE, LimitScope.COUNTERPARTY, "CL", 20_000 * DOLLAR, None),
        (
            LimitKind.COUNTERPARTY_EXPOSURE,
            LimitScope.COUNTERPARTY,
            "CL",
            20_000 * DOLLAR - 1,
            Reason.COUNTERPARTY_LIMIT,
        ),
        (LimitKind.OPEN_ORDERS, LimitScope.VENUE, "XV", 2, None),
        (LimitKind.OPEN_ORDERS, LimitScope.VENUE, "XV", 1, Reason.OPEN_ORDERS_LIMIT),
        (LimitKind.OPEN_ORDERS, LimitScope.COUNTERPARTY, "CL", 1, Reason.OPEN_ORDERS_LIMIT),
        (LimitKind.OPEN_ORDERS, LimitScope.VENUE, "YV", 1, None),
        (LimitKind.OPEN_ORDERS, LimitScope.FIRM, "", 2, None),
    ],
)
def test_inv_624_an_amendment_that_goes_to_more_venues_is_new_there(
    kind: LimitKind, scope: LimitScope, name: str, value: int, reason: Reason | None
) -> None:
    w = two_venues(limit_of(kind, scope, value, name))
    event = w.ask(replace(NEW, instructions=POST_ONLY))
    assert isinstance(event, OrderAccepted) and event.mandate.venues == ("YV",)
    assert outcome(w, replace(NEW, cl_ord_id="x", algorithm=Algorithm.DIRECT, venue_id="XV")) is None
    there = w.ask(replace(REPLACE, cl_ord_id="same", order_qty=100, price=9_995, instructions=POST_ONLY))
    assert isinstance(there, ReplaceAccepted) and there.mandate.venues == ("YV",), "it goes nowhere else"
    w.route(settled(True, 100, "same"))
    assert amended(w, WHO, "r1", qty=100) is reason
    book = w.state.book()
    if kind is LimitKind.OPEN_ORDERS:
        assert book.counts.get((scope, name, "IBM"), 0) <= value
    else:
        assert book.money[scope, name, "USD"].buys <= value


def test_inv_624_what_no_venue_can_do_is_refused_for_that() -> None:
    w = two_venues(limit_of(LimitKind.COUNTERPARTY_EXPOSURE, LimitScope.COUNTERPARTY, 15_000 * DOLLAR, "CL"))
    assert outcome(w, replace(NEW, instructions=POST_ONLY)) is None
    assert outcome(w, replace(NEW, cl_ord_id="x", algorithm=Algorithm.DIRECT, venue_id="XV")) is None
    event = w.ask(replace(REPLACE, order_qty=100, instructions=replace(POST_ONLY, smp=SelfMatchPrevention.CANCEL_BOTH)))
    assert isinstance(event, ReplaceRejected) and event.reason is Reason.FEATURE_NOT_OFFERED


# --- credit over partitions


def test_inv_625_turnover_of_yesterday_holds_no_credit_today() -> None:
    """Of whoever has not ordered today: else it is held until he does, and others are refused for it."""
    capital = replace(LIMIT, kind=LimitKind.CAPITAL)
    firm = Firm(capital, desks=(0, 1))
    firm.settle()
    filled(firm, 0, 50)
    firm.state(0).days = (0,)  # the clock of these tests is on the first of all days, which counts as none
    firm.settle()
    for _ in range(2):
        assert not accepted(firm.order(1, 90))
        firm.settle()
    assert in_use(firm.state(0), capital, NOW) == 50_000 * DOLLAR
    firm.tape_ns += 2 * DAY_NS
    firm.settle()
    assert in_use(firm.state(0), capital, firm.tape_ns) == 0
    assert accepted(firm.order(1, 90))


def test_inv_628_a_partition_that_a_limit_binds_later_hears_what_is_lost_in_others() -> None:
    firm = Firm(LOSS, desks=(0, 1))
    firm.settle()
    filled(firm, 0, 80)
    market_at(firm, 9_900)
    firm.add_desk(2, 2)
    firm.settle()
    assert firm.state(2).credits[credit_id_of(LOSS)].others_use == 800 * DOLLAR > LOSS.value
    assert refusal(firm.order(2, price=9_900)).reason is Reason.LOSS_NOT_HELD


def test_inv_628_whoever_reads_of_a_limit_last_hears_what_was_said_before() -> None:
    firm = Firm(desks=(0, 1))
    filled(firm, 0, 80)
    market_at(firm, 9_900)
    firm.load(LOSS, into=(firm.risk[0], firm.grantor))
    for _ in range(5):
        firm.grantor_turn()
        firm.risk_turn(0)
        firm.risk_turn(1)
    firm.load(LOSS, into=(firm.risk[1], firm.risk[2]))
    firm.settle()
    assert firm.state(1).credits[credit_id_of(LOSS)].others == {0: 800 * DOLLAR}
    firm.wall_ns += 1_000_000_000
    firm.settle()  # the alert
    before = sum(len(stage.records) for stage in (*firm.risk, firm.grantor))
    firm.wall_ns += 1_000_000_000
    assert firm.settle() == 0 and before == sum(len(stage.records) for stage in (*firm.risk, firm.grantor))


def test_inv_628_what_is_lost_is_told_again_to_whoever_asks_first_and_to_nobody_else() -> None:
    firm = Firm(LOSS, desks=(0, 1))
    firm.settle()
    filled(firm, 0, 30)
    market_at(firm, 9_900)
    asked = CreditAsked(credit_id_of(LOSS), 7, 1, Amount(0))
    (again,) = spanning.read(firm.state(0), (asked,), NOW)
    assert isinstance(again, CreditWanted) and again.in_use == 300 * DOLLAR
    assert spanning.read(firm.state(0), (replace(asked, want_seq=2),), NOW) == ()
    assert spanning.read(firm.state(0), (replace(asked, partition=0),), NOW) == ()
    assert spanning.read(firm.state(1), (asked,), NOW) == (), "nothing is lost there"


UNTIL, LATER = replace(LIMIT, expires_ns=NOW + HOUR_NS), replace(LIMIT, effective_ns=NOW + 2 * HOUR_NS)


@pytest.mark.parametrize(
    ("first", "meanwhile"),
    [((UNTIL, LATER), ()), ((LATER, UNTIL), ()), ((UNTIL,), (LATER,)), ((UNTIL,), (LIMIT,))],
    ids=["set ahead", "set before", "set meanwhile", "at once"],
)
@pytest.mark.parametrize("turns", ["grantor first", "holders first"])
def test_inv_629_a_limit_that_has_lapsed_covers_what_is_used_before_anybody_adds_to_it(
    first: tuple[Limit, ...], meanwhile: tuple[Limit, ...], turns: str
) -> None:
    """Its next version can be older than the one that lapsed. What holders say of their use may be read before the clock of the grantor says that it is
    in force again."""
    firm = Firm(*first)
    firm.settle()
    assert accepted(firm.order(0, 10)) and not accepted(firm.order(1, 95))
    firm.settle()
    firm.wall_ns = NOW + HOUR_NS
    firm.settle()
    assert [firm.held(p) for p in range(3)] == [0, 0, 0] and not firm.settle()
    assert accepted(firm.order(0, 50)) and accepted(firm.order(1, 30)), "nothing is asked for"
    firm.load(*meanwhile)
    if meanwhile != (LIMIT,):
        firm.wall_ns = NOW + 2 * HOUR_NS
    if turns == "holders first":
        assert not accepted(firm.order(2)), "of what is not granted yet nothing is held"
        for partition in (2, 1, 0):
            firm.risk_turn(partition)
    firm.settle()
    for _ in range(20):
        firm.order(2)
        firm.settle()
    assert sum(firm.used(p) for p in range(3)) == LIMIT.value, "all of it, and no more"
    assert all(firm.held(p) >= firm.used(p) for p in range(3))
    assert not firm.settle()


def test_what_has_lapsed_for_ever_is_looked_at_no_more() -> None:
    firm = Firm(UNTIL)
    firm.settle()
    work = firm.state(0).credit_work
    assert work is not None and list(work.credit_ids) == [credit_id_of(UNTIL)], "the clock ends it"
    firm.wall_ns += HOUR_NS
    firm.settle()
    assert firm.state(0).credits[credit_id_of(UNTIL)].version == LAPSED
    assert not work.credit_ids and firm.granting().granted == 0


def test_inv_629_an_override_of_a_limit_that_is_to_be_removed_stops_no_grant() -> None:
    firm = Firm(LIMIT, desks=(0, 1))
    firm.load(replace(LIMIT, removed=True, effective_ns=NOW + HOUR_NS))
    firm.settle()
    firm.load(replace(LIMIT, value=Amount(1), only_order="d0/20250106/none", expires_ns=NOW + HOUR_NS))
    firm.settle()
    assert not accepted(firm.order(0, 95))
    firm.settle()
    assert accepted(firm.order(0, 95))


# --- what is rehearsed is what would be


@pytest.mark.parametrize(
    "changes", [{"only_order": "alpha/20250106/other"}, {"expires_ns": NOW + HOUR_NS}, {"effective_ns": NOW + HOUR_NS}]
)
def test_inv_626_a_proposal_that_is_not_always_in_force_leaves_what_is(changes: dict[str, object]) -> None:
    tried: Limit = replace(QTY, value=Amount(50), **changes)  # type: ignore[arg-type]
    live, rehearsed = world(), world()
    live.load(tried)
    for _ in range(2):
        propose(rehearsed.state, [tried])
        assert rehearsed.state.reference.limits == live.state.reference.limits
        assert rehearsed.state.reference.former_limits == live.state.reference.former_limits
    propose(rehearsed.state, [QTY])
    assert not rehearsed.state.reference.former_limits


def test_inv_626_an_override_of_one_order_blocks_no_other() -> None:
    w, before = world(), world()
    event = w.ask(NEW)
    assert isinstance(event, OrderAccepted)
    only = replace(QTY, value=Amount(50), only_order="alpha/20250106/other", expires_ns=NOW + HOUR_NS)
    propose(before.state, [only])
    (row,) = rehearse(before.state, (event,))
    assert (row.outcome, row.would) == (Outcome.SAME, None)
    propose(before.state, [replace(only, only_order="alpha/20250106/a1")])
    (row,) = rehearse(before.state, (event,))
    assert (row.outcome, row.would) == (Outcome.NEW_BLOCK, Reason.ORDER_QTY_LIMIT)


GROSS = replace(limit_of(LimitKind.GROSS_EXPOSURE, LimitScope.FIRM, 10**6 * DOLLAR), instrument_id="")


def test_inv_627_the_evidence_names_the_price_of_what_an_option_is_on() -> None:
    w = option_world(500_000, GROSS)
    event = w.ask(OPTION)
    assert isinstance(event, OrderAccepted)
    seen = w.market.instrument("IBM")
    assert seen is not None
    assert EvidenceInput("market_price", "IBM", seen.position, 0) in event.evidence.inputs


def test_a_price_that_is_known_beside_the_evidence_rests_on_no_record() -> None:
    evidence = Evidence(1, 2, 3, 4, 10_005, 30, (), (), (), (), (), NOW, NOW)
    market = RecordedMarket("OPT", evidence, {"IBM": (9_000, NOW - 5), "OPT": (1, NOW)})
    under, own = market.instrument("IBM"), market.instrument("OPT")
    assert under is not None and (under.partition, under.position) == (-1, -1)
    assert reference_price(under) == (9_000, NOW - 5)
    assert own is not None and (own.partition, own.position) == (3, 4) and reference_price(own) == (10_005, NOW - 30)


def test_of_an_instrument_that_is_gone_it_is_told_what_it_would_be() -> None:
    w, before = world(), world()
    event = w.ask(NEW)
    assert isinstance(event, OrderAccepted)
    del before.state.reference.instruments["IBM"]
    before.state.reference.structure += 1
    (row,) = rehearse(before.state, (event,))
    assert (row.outcome, row.would) == (Outcome.NEW_BLOCK, Reason.UNKNOWN_INSTRUMENT)


def test_inv_627_what_an_option_would_be_refused_for_is_not_told_without_that_price() -> None:
    w = option_world(500_000, GROSS)
    event = w.ask(OPTION)
    assert isinstance(event, OrderAccepted)
    (row,) = rehearse(option_world(500_000, GROSS).state, (event,))
    assert (row.outcome, row.would) == (Outcome.UNTOLD, Reason.EVALUATION_ERROR)
    prices = {"OPT": (500, NOW), "IBM": (10_000, NOW)}
    assert affected_now(w.state, prices, CONDITIONS) == ()
    propose(w.state, [replace(GROSS, value=Amount(4_999 * DOLLAR))])
    (row,) = affected_now(w.state, prices, CONDITIONS)
    assert (row.outcome, row.would) == (Outcome.NEW_BLOCK, Reason.GROSS_EXPOSURE_LIMIT)
    (row,) = affected_now(w.state, {"OPT": (500, NOW)}, CONDITIONS)
    assert row.outcome is Outcome.UNTOLD


# --- liquidation under every limit of one order's size

SIZES: dict[LimitKind, tuple[int, int]] = {
    LimitKind.ORDER_QTY: (60, 60),
    LimitKind.ORDER_NOTIONAL: (5_010 * DOLLAR, 50),
    LimitKind.MARKET_ORDER_NOTIONAL: (4_010 * DOLLAR, 40),
    LimitKind.ORDER_SIGMA_AMOUNT: (61 * DOLLAR, 30),
    LimitKind.FAT_FINGER_Z_MILLI: (5_000, 20),
    LimitKind.PARTICIPATION_PPM: (15_000, 10),
}
"""Kind → a limit, and the largest order of whole lots of 10 at 100.05 within it: a day's move is 2 %, usual is an order of nothing give or take 500
dollars, the market trades 1,000 in the window."""


def sizes(*kinds: LimitKind) -> World:
    """100 IBM to be sold, under limits of these kinds."""
    limits = [replace(limit_of(k, LimitScope.FIRM, SIZES[k][0]), limit_id=k.name) for k in kinds]
    mean = replace(holder_factors(LimitScope.FIRM), order_mean=Amount(0), order_std=Amount(500 * DOLLAR))
    w = rich(opening(OWNED, "IBM", 100), mean, *limits)
    w.control(Liquidate(HaltScope.ACCOUNT, "A1", "a loss", NOW, replace(WHO, entered_by="rita")))
    return w


@pytest.mark.parametrize("kinds", [(kind,) for kind in SIZES] + [tuple(SIZES)])
def test_inv_632_a_liquidation_cuts_its_order_to_every_limit_of_its_size(kinds: tuple[LimitKind, ...]) -> None:
    event = steps(sizes(*kinds))[0]
    assert isinstance(event, OrderAccepted), event
    assert event.order.order_qty == min(SIZES[kind][1] for kind in kinds)
