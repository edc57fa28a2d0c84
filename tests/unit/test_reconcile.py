"""The reconciliation finds each difference between two sources, and says between whom it is."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from oms.core.commands import NewOrder, Provenance
from oms.core.enums import (
    Algorithm,
    ExecType,
    IntentKind,
    Liquidity,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
)
from oms.core.execution_events import (
    ChildReport,
    ChildTaken,
    ChildUnknown,
    ChildUnsent,
    ExecutionEvent,
    FillSuperseded,
    Intent,
)
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.risk_events import Evidence, Mandate, OrderAccepted, OrderRejected, RiskEvent
from oms.core.routing_events import (
    ChildNew,
    ParentChanged,
    ParentOpened,
    ParentTraded,
    ReplaceApplied,
    RoutingEvent,
    TradeSuperseded,
)
from oms.testing.reconcile_categories import MarketCheck, categories, traded
from oms.testing.reconcile_facts import (
    AuditFacts,
    Facts,
    FillFact,
    OrderRow,
    VenueOrder,
    compare,
    fold_execution,
    fold_risk,
    fold_routing,
)
from oms.testing.reconcile_sources import child_of, venue_orders
from oms.venues.evidence import Evidence as VenueEvidence
from oms.venues.evidence import Fill, OrderFacts

ORDER, CHILD = "alpha/20250106/a", "alpha/20250106/a.1"
OTHER = "alpha/20250106/b"
EVIDENCE = Evidence(0, 0, 0, 0, None, None, (), (), (), (), ())


def new_order(cl_ord_id: str) -> NewOrder:
    return NewOrder(
        "alpha", 20250106, cl_ord_id, "alpha-1", "ACME", Side.BUY, OrdType.LIMIT, TimeInForce.DAY, 300, 1_000_000,
        Algorithm.BEST_PRICE, "", None, 0, 0, "", Provenance("", "", "", "", ""),
    )  # fmt: skip


ACCEPTED = OrderAccepted(ORDER, new_order("a"), Mandate(300, 1_000_000, (), (), Algorithm.BEST_PRICE, 0), EVIDENCE)
REFUSED = OrderRejected(OTHER, new_order("b"), Reason.PRICE_COLLAR, "", EVIDENCE)

OPENED = ParentOpened(
    ORDER, "alpha", "alpha-1", "ACME", "a", 20250106, Side.BUY, OrdType.LIMIT, TimeInForce.DAY, Algorithm.BEST_PRICE, 300,
    1_000_000, "", 1_000_000, (), (), 0, 0, 0, 0, 0, "",
)  # fmt: skip
CHILD_NEW = ChildNew(
    ORDER, CHILD, 1, 0, "alpha", "alpha-1", "ACME", "XALP", Side.BUY, OrdType.LIMIT, TimeInForce.DAY, 300, 1_000_000, 0, "",
)  # fmt: skip
TAKEN = ChildTaken(
    ORDER, CHILD, "XALP", "XALP-P0", "ACME", "alpha-1", "alpha", Side.BUY, OrdType.LIMIT, TimeInForce.DAY, 300, 1_000_000, 0, "", 1, 0,
)  # fmt: skip
SENT = Intent(ORDER, CHILD, IntentKind.NEW, "XALP-P0", 2, f"0:{CHILD}", "", 0, 300, 1_000_000, 0)


def report(exec_id: str, qty: int, px: int, cum: int, leaves: int, status: OrdStatus) -> ChildReport:
    exec_type = ExecType.TRADE if qty else ExecType.CANCELED
    return ChildReport(
        ORDER, CHILD, "XALP", exec_type, status, exec_id, "v1", qty, px, cum, leaves, 300, 1_000_000, 0, Liquidity.ADDED, 0, None, "",
    )  # fmt: skip


def trade(exec_id: str, qty: int, px: int, cum: int, leaves: int, notional: int, status: OrdStatus) -> ParentTraded:
    return ParentTraded(
        ORDER, "a", CHILD, "XALP", exec_id, qty, px, Liquidity.ADDED, cum, leaves, Amount(notional), status, 0
    )


def ended(status: OrdStatus, cum: int, notional: int, reason: Reason | None = None) -> ParentChanged:
    return ParentChanged(
        ORDER, "a", "a", ExecType.CANCELED, status, 300, 1_000_000, cum, 0, Amount(notional), False, reason, ""
    )


PARTLY = OrdStatus.PARTIALLY_FILLED
REPORTS: tuple[ExecutionEvent, ...] = (
    TAKEN,
    SENT,
    report("x1", 100, 999_900, 100, 200, PARTLY),
    report("x2", 50, 1_000_000, 150, 150, PARTLY),
    report("x3", 0, 0, 150, 0, OrdStatus.CANCELED),
)
ROUTED: tuple[RoutingEvent, ...] = (
    OPENED,
    CHILD_NEW,
    trade("x1", 100, 999_900, 100, 200, 99_990_000, PARTLY),
    trade("x2", 50, 1_000_000, 150, 150, 149_990_000, PARTLY),
    ended(OrdStatus.CANCELED, 150, 149_990_000),
)
DECIDED: tuple[RiskEvent, ...] = (ACCEPTED, REFUSED)
FILLS = frozenset({FillFact(CHILD, "x1", 999_900, 100), FillFact(CHILD, "x2", 1_000_000, 50)})
AT_VENUE = VenueOrder(CHILD, "XALP", "CANCELED", True, 150, FILLS)
AUDITED = AuditFacts(ORDER, "CANCELED", 150, 149_990_000, FILLS, FILLS)
AUDITED_REFUSAL = AuditFacts(OTHER, "REJECTED", 0, 0, frozenset(), frozenset())


def facts(
    reports: tuple[ExecutionEvent, ...] = REPORTS,
    routed: tuple[RoutingEvent, ...] = ROUTED,
    decided: tuple[RiskEvent, ...] = DECIDED,
) -> Facts:
    decisions, refusals = fold_risk(decided)
    return Facts(
        {CHILD: (AT_VENUE,)},
        fold_execution(reports),
        fold_routing(routed),
        decisions,
        refusals,
        {ORDER: AUDITED, OTHER: AUDITED_REFUSAL},
        frozenset({ORDER, OTHER}),
    )


def differences(found: Facts) -> str:
    return " | ".join(difference for row in compare(found) for difference in row.differences)


def test_sources_that_agree_have_no_difference() -> None:
    assert differences(facts()) == ""
    assert compare(facts())[0] == OrderRow(ORDER, "CANCELED", 300, 150, 150, 150, 150, 149_990_000, ())


def at_venue(order: VenueOrder) -> Callable[[], Facts]:
    return lambda: replace(facts(), venue={CHILD: (order,)})


def audited(audit: AuditFacts) -> Callable[[], Facts]:
    return lambda: replace(facts(), audit={ORDER: audit, OTHER: AUDITED_REFUSAL})


X1, X2 = FillFact(CHILD, "x1", 999_900, 100), FillFact(CHILD, "x2", 1_000_000, 50)
X9 = FillFact(CHILD, "x9", 1_000_000, 50)
LAST = ended(OrdStatus.CANCELED, 150, 149_990_000)

CASES: list[tuple[str, Callable[[], Facts]]] = [
    ("fill x2 (50 @ 1000000) is in the execution journal, not in the venue log", at_venue(replace(AT_VENUE, fills=frozenset({X1}), reported_cum=100))),
    ("fill x9 (50 @ 1000000) is in the venue log, not in the execution journal", at_venue(replace(AT_VENUE, fills=FILLS | {X9}, reported_cum=200))),
    ("fill x1 (100 @ 999800) is in the venue log", at_venue(replace(AT_VENUE, fills=frozenset({FillFact(CHILD, "x1", 999_800, 100), X2})))),
    ("XALP reported 140", at_venue(replace(AT_VENUE, reported_cum=140))),
    ("is still NEW at XALP", at_venue(replace(AT_VENUE, status="NEW", terminal=False))),
    ("is at XBET, and was meant for XALP", at_venue(replace(AT_VENUE, venue_id="XBET"))),
    ("is 2 orders at the venue", lambda: replace(facts(), venue={CHILD: (AT_VENUE, AT_VENUE)})),
    ("the venue's log does not have it", lambda: replace(facts(), venue={})),
    ("alpha/20250106/z.1 is at the venue without an intent", lambda: replace(facts(), venue={CHILD: (AT_VENUE,), "alpha/20250106/z.1": (replace(AT_VENUE, child_id="alpha/20250106/z.1"),)})),
    ("is at the venue without an intent", lambda: facts(reports=(TAKEN, *REPORTS[2:]))),
    ("has 2 intents that create", lambda: facts(reports=(TAKEN, SENT, *REPORTS[1:]))),
    ("is UNKNOWN", lambda: facts(reports=(*REPORTS[:4], ChildUnknown(ORDER, CHILD, "")))),
    ("has not ended in the execution journal", lambda: facts(reports=REPORTS[:4])),
    ("counts as never sent, and the venue has it", lambda: facts(reports=(*REPORTS, ChildUnsent(ORDER, CHILD, Reason.WITHDRAWN_UNSENT, "")))),
    ("1 fills of child", lambda: facts(reports=(*REPORTS[:3], REPORTS[2], *REPORTS[3:]))),
    ("fill x2 (50 @ 1000000) is in the execution journal, not in the parent", lambda: facts(routed=(*ROUTED[:3], ended(OrdStatus.CANCELED, 100, 99_990_000)))),
    ("1 fills booked twice by the router", lambda: facts(routed=(*ROUTED[:3], ROUTED[2], *ROUTED[3:]))),
    ("parent says 160 executed, its fills are 150", lambda: facts(routed=(*ROUTED[:4], ended(OrdStatus.CANCELED, 160, 149_990_000)))),
    ("parent says notional 1, its fills are", lambda: facts(routed=(*ROUTED[:4], ended(OrdStatus.CANCELED, 150, 1)))),
    ("still PARTIALLY_FILLED", lambda: facts(routed=ROUTED[:4])),
    ("FILLED with 150 of 300", lambda: facts(routed=(*ROUTED[:4], ended(OrdStatus.FILLED, 150, 149_990_000)))),
    ("executed 150 of 120", lambda: facts(routed=(replace(OPENED, order_qty=120), *ROUTED[1:]))),
    ("the router did not order it", lambda: facts(routed=(OPENED, *ROUTED[2:]))),
    ("accepted by risk, and the router never took it up", lambda: facts(routed=())),
    ("refused by risk, and worked by the router", lambda: facts(decided=(replace(REFUSED, order_id=ORDER),))),
    ("acknowledged, and risk never decided on it", lambda: facts(decided=(REFUSED,))),
    ("worked without a risk decision", lambda: replace(facts(decided=(REFUSED,)), acknowledged=frozenset())),
    ("acknowledged, and risk never decided on it", lambda: replace(facts(), acknowledged=frozenset({ORDER, "alpha/20250106/lost"}))),
    ("not in ClickHouse", lambda: replace(facts(), audit={ORDER: AUDITED})),
    ("2 rows in ClickHouse", audited(replace(AUDITED, rows=2))),
    ("CANCELED in the router's journal, NEW in ClickHouse", audited(replace(AUDITED, status="NEW"))),
    ("ClickHouse says 149 executed", audited(replace(AUDITED, cum_qty=149))),
    ("is in the parent, not in the ClickHouse executions", audited(replace(AUDITED, executions=frozenset({X1})))),
    ("is in the ClickHouse child executions, not in the execution journal", audited(replace(AUDITED, child_executions=FILLS | {X9}))),
    ("refused by risk, NEW in ClickHouse", lambda: replace(facts(), audit={ORDER: AUDITED, OTHER: replace(AUDITED_REFUSAL, status="NEW")})),
]  # fmt: skip


@pytest.mark.parametrize(("says", "broken"), CASES, ids=[f"{n}: {says}" for n, (says, _) in enumerate(CASES)])
def test_each_difference_is_found(says: str, broken: Callable[[], Facts]) -> None:
    assert says in differences(broken())


def test_a_refused_duplicate_leaves_the_original_as_it_was() -> None:
    duplicate = OrderRejected(ORDER, new_order("a"), Reason.DUPLICATE_CL_ORD_ID, "", EVIDENCE)
    found = facts(decided=(*DECIDED, duplicate))
    assert differences(found) == ""
    assert found.refusals == Counter({Reason.DUPLICATE_CL_ORD_ID: 1, Reason.PRICE_COLLAR: 1})


def test_a_child_that_was_never_sent_needs_no_venue() -> None:
    unsent = (TAKEN, ChildUnsent(ORDER, CHILD, Reason.HALTED_AT_EXECUTION, ""))
    found = replace(
        facts(unsent, (OPENED, CHILD_NEW, ended(OrdStatus.CANCELED, 0, 0))),
        venue={},
        audit={ORDER: replace(AUDITED, cum_qty=0, notional=0, executions=frozenset(), child_executions=frozenset()), OTHER: AUDITED_REFUSAL},
    )  # fmt: skip
    assert differences(found) == ""


def test_a_replacement_may_come_down_to_less_than_was_executed_meanwhile() -> None:
    smaller = ReplaceApplied(ORDER, "r", True, 120, 1_000_000)
    found = replace(
        facts(routed=(*ROUTED[:4], smaller, ended(OrdStatus.FILLED, 150, 149_990_000))),
        audit={ORDER: replace(AUDITED, status="FILLED"), OTHER: AUDITED_REFUSAL},
    )
    assert differences(found) == ""


def venue_facts(session_id: str, cl_ord_id: str) -> OrderFacts:
    fill = Fill("x1", 10, 5, 0, "REMOVED", ())
    return OrderFacts(
        session_id, "v1", (cl_ord_id, "0:r"), "XALP", "ACME", "BUY", "LIMIT", "DAY", 10, 5, 5, 5, "FILLED", (fill,)
    )


def test_a_childs_orders_are_found_by_the_first_cl_ord_id() -> None:
    orders = (venue_facts("XALP-P0", f"0:{CHILD}"), venue_facts("XALP-P0", f"0:{CHILD}"))
    found = venue_orders(VenueEvidence(orders, {}, True))
    assert [o.fills for o in found[CHILD]] == [frozenset({FillFact(CHILD, "x1", 10, 5)})] * 2


def test_an_order_over_another_partitions_session_is_nobodys_child() -> None:
    assert child_of(venue_facts("XALP-P1", f"0:{CHILD}")) == f"0:{CHILD} over XALP-P1"
    assert child_of(venue_facts("XALP-P0", "stranger")) == "stranger"


def test_rule_18_an_order_that_a_replace_began_goes_on_with_the_one_before() -> None:
    legs = (venue_facts("XALP-P0", f"0:{CHILD}"), venue_facts("XALP-P0", f"0:{CHILD}:1"))
    (order,) = venue_orders(VenueEvidence(legs, {}, True))[CHILD]
    assert order.reported_cum == 2 * legs[0].reported_cum
    assert order.fills == {FillFact(CHILD, f.exec_id, f.px, f.qty) for leg in legs for f in leg.fills}


def test_categories_count_what_the_run_showed() -> None:
    found = {c.name: c for c in categories(facts(), [ORDER])}
    assert found["LIMIT DAY orders"].met
    assert not found["MARKET IOC orders"].met
    assert found["orders that were partly filled"].count == 1
    assert found["orders with passive fills"].count == 1
    assert found["orders cancelled on request"].count == 1
    assert not found["orders replaced"].met
    assert not found["reasons of refusals"].met
    assert found["venues executed at"].count == 1
    assert not found["venues executed at"].met
    assert {c.name: c for c in categories(facts(), [ORDER], tape_venues=1)}["venues executed at"].met
    assert found["percent of marketable orders filled"].count == 0


def test_an_end_that_nobody_asked_for_is_no_cancel_on_request() -> None:
    by_system = (*ROUTED[:4], ended(OrdStatus.CANCELED, 150, 149_990_000, Reason.NO_LIQUIDITY))
    found = {c.name: c for c in categories(facts(routed=by_system), [])}
    assert not found["orders cancelled on request"].met


def test_what_was_traded_is_summed_exactly() -> None:
    (row,) = traded(facts().parents)
    assert (row.instrument_id, row.side, row.orders, row.qty) == ("ACME", "BUY", 1, 150)
    assert row.average == Fraction(149_990_000, 150)


@pytest.mark.parametrize(
    ("tape", "audit", "agrees"),
    [
        ((100, 10_000), (100, 10_000), True),
        ((0, 0), (0, 0), True),
        ((10**7, 10**11), (10**7 + 10, 10**11 + 10**5), True),
        ((10**7, 10**11), (10**7 + 11, 10**11 + 11 * 10**4), False),
        ((100, 10_000), (100, 10_001), False),
        ((100, 10_000), (0, 0), False),
        ((0, 0), (1, 1), False),
    ],
)
def test_market_prints_may_differ_by_a_millionth(tape: tuple[int, int], audit: tuple[int, int], agrees: bool) -> None:
    assert MarketCheck("ACME", *tape, *audit).agrees is agrees


def test_a_real_trade_stands_in_the_place_of_an_inferred_one() -> None:
    name = "inferred:XALP/a.1/100-150"
    inferred = replace(report(name, 50, 1_000_100, 150, 150, PARTLY), inferred=True)
    real = FillSuperseded(ORDER, CHILD, "XALP", "x2", name, 50, 1_000_000, 1_000_100, 0, Liquidity.ADDED, 0, 150)
    found = fold_execution((*REPORTS[:3], inferred, real, REPORTS[4]))
    assert found[CHILD].fills == FILLS
    guessed = replace(trade(name, 50, 1_000_100, 150, 150, 149_995_000, PARTLY), inferred=True)
    corrected = TradeSuperseded(
        ORDER, "a", CHILD, "XALP", "x2", name, 50, 1_000_000, 1_000_100, Liquidity.ADDED, 150, 150,
        Amount(149_990_000), PARTLY, 0,
    )  # fmt: skip
    parents = fold_routing((*ROUTED[:3], guessed, corrected, ROUTED[4]))
    assert (parents[ORDER].fills, parents[ORDER].notional) == (FILLS, 149_990_000)
