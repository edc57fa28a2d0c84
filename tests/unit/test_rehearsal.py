"""Rehearsals: recorded decisions judged again under other limits, over the real journal of the real stages."""

import random
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from oms.cli.instance import UsageError
from oms.cli.limits import report_fields, summary, time_ns
from oms.cli.schemas import SCHEMAS
from oms.core.commands import CancelOrder, NewOrder, Provenance, ReplaceOrder
from oms.core.enums import Algorithm, LimitKind, LimitScope, OrdType, Side, TimeInForce
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.order_filter import OrderFilter
from oms.core.reasons import Reason
from oms.core.reference import Account, Calendar, Desk, Entity, Instrument, Limit, ReferenceChange, Venue, VenueSession
from oms.core.risk.book import Book
from oms.core.risk.rehearsal import Outcome, Report, affected_now, exposure_without, exposures, without_orders
from oms.local.reference_file import ReferenceFileError, load_limits
from oms.runtime.limit_replay import Span, back_test, present
from oms.testing.pipeline import Pipeline
from oms.testing.sim_venue import Script, SimVenue

WHO = Provenance("ann", "", "test", "ann", "s1")
NOW = 1_736_175_600_000_000_000
DATE = 20250106
EVER = Span(0, 2**63)
DOLLAR = 10**AMOUNT_SCALE


def limit(kind: LimitKind, value: int, scope: LimitScope = LimitScope.FIRM, scope_id: str = "") -> Limit:
    return Limit(f"{scope.name}.{kind.name}", kind, scope, scope_id, "ACME", "USD", Amount(value))


WORLD: tuple[Entity, ...] = (
    Calendar("always", True, ()),
    Instrument("ACME", "Acme", "USD", 4, 0, 100, 1, "always", True),
    Venue("XALP", 0, "Alpha", 0, 0, 0, ("ACME",), (VenueSession(0, "XALP-P0"),), 10, True),
    Desk("alpha", "Alpha", 0, True),
    Account("A1", "alpha", "USD", (), True),
    Account("A2", "alpha", "USD", (), True),
    limit(LimitKind.ORDER_QTY, 1_000),
    limit(LimitKind.ORDER_NOTIONAL, 100_000 * DOLLAR),
    limit(LimitKind.PRICE_COLLAR_BPS, 500),
    limit(LimitKind.MARKET_DATA_AGE_NS, 10**15),
    limit(LimitKind.POSITION_QTY, 3_000),
    limit(LimitKind.OPEN_ORDERS, 100),
)


def order(
    cl_ord_id: str, qty: int = 100, price: int | None = 99_000, side: Side = Side.BUY, account: str = "A1"
) -> NewOrder:
    return NewOrder(
        "alpha", DATE, cl_ord_id, account, "ACME", side, OrdType.LIMIT, TimeInForce.DAY, qty, price,
        Algorithm.DIRECT, "XALP", None, NOW + 10**15, NOW, "", WHO,
    )  # fmt: skip


def path() -> Pipeline:
    p = Pipeline([SimVenue("XALP-P0", Script(True, ()))], NOW)
    p.entities(WORLD, WHO)
    p.quote("XALP", "ACME", (99_900, 500), (100_000, 60))
    p.run()
    return p


def test_the_limits_in_force_change_no_decision() -> None:
    """INV-442. Whatever was decided, the same checks say the same of it again: nothing else is new, released or untold."""
    p, rng = path(), random.Random(5)
    for n in range(60):
        kind = rng.randrange(4)
        if kind == 3 and n > 5:
            p.command(CancelOrder("alpha", DATE, f"x{n}", DATE, f"o{rng.randrange(n)}", NOW, "", WHO))
        elif kind == 2 and n > 5:
            again = ReplaceOrder("alpha", DATE, f"o{n}", DATE, f"o{rng.randrange(n)}", rng.randrange(1, 1_500), 99_000, None, NOW + 10**15, NOW, "", WHO)  # fmt: skip
            p.command(again)
        else:
            side = rng.choice([Side.BUY, Side.SELL])
            price = rng.choice([99_000, 100_500, 90_000, 120_000])
            p.command(order(f"o{n}", rng.randrange(1, 1_200), price, side, rng.choice(["A1", "A2"])))
        if n % 7 == 0:
            p.quote("XALP", "ACME", (99_000 + 100 * (n % 9), 500), (100_000 + 100 * (n % 9), 60))
            p.run(5)
    p.run()
    report = back_test(p.log, 1, (), EVER)
    assert report.judged >= 25
    refused = back_test(p.log, 1, [limit(LimitKind.ORDER_QTY, 10_000), limit(LimitKind.POSITION_QTY, 10**6)], EVER)
    assert refused.counts["released"] + refused.counts["untold"] >= 5  # some were refused, and not all for their size
    assert {k: v for k, v in report.counts.items() if k != "near miss"} == {}


def decided(*orders: NewOrder) -> Pipeline:
    p = path()
    for one in orders:
        p.command(one)
        p.run(8)
    return p


def outcomes(report: Report) -> dict[str, tuple[Outcome, Reason | None]]:
    return {r.order_id.rsplit("/", 1)[-1]: (r.outcome, r.would) for r in report.rows}


def test_a_lower_limit_blocks_and_says_what_it_would_have_blocked() -> None:
    p = decided(order("small", 100), order("large", 800, 99_000), order("middle", 460))
    report = back_test(p.log, 1, [limit(LimitKind.ORDER_QTY, 500)], EVER)
    assert outcomes(report) == {"large": (Outcome.NEW_BLOCK, Reason.ORDER_QTY_LIMIT), "middle": (Outcome.SAME, None)}
    assert report.counts == {"new block": 1, "near miss": 1} and report.judged == 3
    assert report.blocked == {"USD": 800 * 9_900 * DOLLAR // 1_000} and report.by_reason == {"ORDER_QTY_LIMIT": 1}
    near = next(r for r in report.rows if r.near)
    assert (near.used_ppm, near.check) == (920_000, "order_qty")


def test_a_limit_of_positions_is_asked_in_the_state_of_the_time() -> None:
    p = decided(*(order(f"o{n}", 800) for n in range(4)))
    assert outcomes(back_test(p.log, 1, [limit(LimitKind.POSITION_QTY, 5_000)], EVER)) == {
        "o3": (Outcome.RELEASED, None)
    }
    lower = back_test(p.log, 1, [limit(LimitKind.POSITION_QTY, 1_000)], EVER)
    assert outcomes(lower)["o1"] == (Outcome.NEW_BLOCK, Reason.POSITION_LIMIT)
    assert "o3" not in outcomes(lower)  # it was refused, and still is
    assert lower.counts == {"new block": 2}


def test_a_limit_beside_those_in_force_binds_whom_it_names() -> None:
    p = decided(order("one", 400, account="A1"), order("two", 400, account="A2"))
    proposed = limit(LimitKind.ORDER_QTY, 300, LimitScope.ACCOUNT, "A2")
    assert outcomes(back_test(p.log, 1, [proposed], EVER)) == {"two": (Outcome.NEW_BLOCK, Reason.ORDER_QTY_LIMIT)}


def test_an_amendment_is_asked_again_of_who_amended_as_well() -> None:
    p = decided(order("one", 100))
    bob = replace(WHO, trader="bob")
    p.command(ReplaceOrder("alpha", DATE, "more", DATE, "one", 400, 99_000, None, NOW + 10**15, NOW, "", bob))
    p.run(8)
    proposed = limit(LimitKind.ORDER_QTY, 300, LimitScope.TRADER, "bob")
    assert outcomes(back_test(p.log, 1, [proposed], EVER)) == {"one": (Outcome.NEW_BLOCK, Reason.ORDER_QTY_LIMIT)}


def test_what_was_refused_before_the_market_was_looked_at_cannot_be_told() -> None:
    p = decided(order("huge", 5_000, 99_000))
    report = back_test(p.log, 1, [limit(LimitKind.ORDER_QTY, 10_000), limit(LimitKind.POSITION_QTY, 10_000)], EVER)
    assert outcomes(report)["huge"][0] is Outcome.UNTOLD


def test_only_the_span_is_judged_and_the_state_is_folded_from_the_start() -> None:
    p = decided(order("before", 900), order("middle", 900))
    middle_ns = p.clock.wall_ns
    p.command(order("after", 900))
    p.run(8)
    tight = [limit(LimitKind.POSITION_QTY, 1_900)]
    assert back_test(p.log, 1, tight, Span(0, middle_ns)).judged == 2
    later = back_test(p.log, 1, tight, Span(middle_ns, 2**63))
    assert later.judged == 1 and outcomes(later) == {"after": (Outcome.NEW_BLOCK, Reason.POSITION_LIMIT)}


def test_a_proposal_stands_through_later_changes_of_what_is_in_force() -> None:
    p = path()
    old = p.loops["oms.risk"].state.reference.version("limit", "FIRM.ORDER_QTY")
    raised = replace(limit(LimitKind.ORDER_QTY, 2_000))
    p.reference(ReferenceChange(raised, old, NOW, "raised", WHO))
    p.command(order("o", 700))
    p.run(8)
    assert outcomes(back_test(p.log, 1, [limit(LimitKind.ORDER_QTY, 600)], EVER))["o"][0] is Outcome.NEW_BLOCK


def test_what_is_open_now_and_the_limits_would_refuse() -> None:
    p = decided(order("a", 900), order("b", 200), order("c", 900, 101_000, Side.SELL))
    (fold,) = present(p.log, 1, [limit(LimitKind.ORDER_QTY, 500)])
    found = {r.order_id.rsplit("/", 1)[-1]: r.would for r in affected_now(fold.folded.state, fold.prices, fold.now())}
    assert found == {"a": Reason.ORDER_QTY_LIMIT, "c": Reason.ORDER_QTY_LIMIT}
    (same,) = present(p.log, 1, ())
    assert affected_now(same.folded.state, same.prices, same.now()) == ()


def test_what_would_be_held_without_the_orders_that_a_limit_would_refuse() -> None:
    p = decided(order("a", 900), order("b", 200), order("c", 900, 101_000, Side.SELL), order("d", 10, account="A2"))
    (fold,) = present(p.log, 1, [limit(LimitKind.ORDER_QTY, 500)])
    state = fold.folded.state
    refused = [r.order_id for r in affected_now(state, fold.prices, fold.now())]
    before, after = exposure_without(state, refused)
    assert [(e.account_id, e.most, e.least) for e in before] == [("A1", 1_100, -900)]
    assert [(e.account_id, e.most, e.least) for e in after] == [("A1", 200, 0)]


def test_a_mass_cancel_before_and_after() -> None:
    p = decided(order("a", 900), order("b", 200, account="A2"), order("c", 300, 101_000, Side.SELL))
    (fold,) = present(p.log, 1, ())
    covered, before, after = without_orders(fold.folded.state, OrderFilter(account_id="A1"))
    assert len(covered) == 2
    assert [(e.account_id, e.most, e.least) for e in before] == [("A1", 900, -300)]
    assert [(e.account_id, e.most, e.least) for e in after] == [("A1", 0, 0)]
    assert [(e.account_id, e.most) for e in exposures(fold.folded.state)] == [("A1", 900), ("A2", 200)]


@pytest.mark.parametrize("rows_max", [0, 1, 10])
def test_a_report_is_bounded_and_its_counts_are_not(rows_max: int) -> None:
    p = decided(order("a", 900), order("b", 900))
    full = back_test(p.log, 1, [limit(LimitKind.ORDER_QTY, 500)], EVER)
    short = Report(rows_max)
    for row in full.rows:
        short.add(row)
    assert len(short.rows) == min(rows_max, 2) and short.counts == full.counts


def test_a_file_of_limits_is_read_in_the_scales_of_what_is_known(tmp_path: Path) -> None:
    p = decided(order("a", 900))
    (fold,) = present(p.log, 1, ())
    file = tmp_path / "tighter.yaml"
    file.write_text(
        "limits:\n  firm:\n    order_qty: {ACME: 500}\n  accounts:\n    A1:\n      order_qty: {ACME: 400}\n"
    )
    limits = load_limits(file, fold.folded.state.reference)
    assert [(x.limit_id, x.value) for x in limits] == [
        ("firm.order_qty.ACME", 500),
        ("account.A1.order_qty.ACME", 400),
    ]
    report = back_test(p.log, 1, limits, EVER)
    said = report_fields(report)
    jsonschema.validate(said, SCHEMAS["limits backtest"])
    assert said["new_blocks"] == 1 and said["blocked_value"] == {"USD": "8910"}
    assert said["new_blocks_by_reason"] == {"ORDER_QTY_LIMIT": 1}
    assert summary(report).endswith("8910 USD would have been blocked")


@pytest.mark.parametrize(
    "text", ["limits:\n  accounts:\n    ZZ:\n      order_qty: {ACME: 1}\n", "desks: []\n", "limits:\n  firm:\n    nonsense: 3\n"]
)  # fmt: skip
def test_a_file_that_is_wrong_is_refused_in_one_line(text: str, tmp_path: Path) -> None:
    (fold,) = present(decided(order("a")).log, 1, ())
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(ReferenceFileError) as refused:
        load_limits(tmp_path / "bad.yaml", fold.folded.state.reference)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["yesterday", "2025-13-01"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no time"):
        time_ns(text, 0)


@pytest.mark.parametrize(
    ("kind", "value", "would"),
    [
        (LimitKind.POSITION_QTY, 1_099, {"a": Reason.POSITION_LIMIT, "b": Reason.POSITION_LIMIT}),
        (LimitKind.POSITION_QTY, 1_100, {}),
        (LimitKind.OPEN_ORDERS, 2, dict.fromkeys("abc", Reason.OPEN_ORDERS_LIMIT)),
        (LimitKind.OPEN_ORDERS, 3, {}),
        (LimitKind.GROSS_EXPOSURE, 10_890 * DOLLAR - 1, {"a": Reason.GROSS_EXPOSURE_LIMIT, "b": Reason.GROSS_EXPOSURE_LIMIT}),
        (LimitKind.GROSS_EXPOSURE, 10_890 * DOLLAR, {}),
        (LimitKind.CAPITAL, 12_910 * DOLLAR - 1, dict.fromkeys("abc", Reason.CAPITAL_LIMIT)),
        (LimitKind.CAPITAL, 12_910 * DOLLAR, {}),
    ],
)  # fmt: skip
def test_inv_588_what_open_orders_use_together_is_held_against_each(
    kind: LimitKind, value: int, would: dict[str, Reason]
) -> None:
    """Two buys of 900 and 200 at 9.90 and a sale of 200 at 10.10: each is asked as if it came last."""
    p = decided(order("a", 900), order("b", 200), order("c", 200, 101_000, Side.SELL))
    (fold,) = present(p.log, 1, [limit(kind, value)])
    state = fold.folded.state
    before = exposures(state)
    found = {r.order_id.rsplit("/", 1)[-1]: r.would for r in affected_now(state, fold.prices, fold.now())}
    assert found == would
    assert exposures(state) == before and state.book() == Book.of(state), "it only asks"


def test_an_order_without_a_price_is_worth_the_markets() -> None:
    p = path()
    p.command(replace(order("m", 40), ord_type=OrdType.MARKET, price=None))
    p.run(8)
    report = back_test(p.log, 1, [limit(LimitKind.ORDER_QTY, 30)], EVER)
    (row,) = report.rows
    assert row.would is Reason.ORDER_QTY_LIMIT and row.value == 40 * 9_995 * DOLLAR // 1_000
