"""The figures in the evidence of each check of a limit, before and with the order, worked out by hand: accepted, and refused one below."""

import pytest
from risk_catalogue_world import CASES, Case, limit_of, rich
from risk_world import DOLLAR, World

from oms.core.enums import LimitKind, LimitScope
from oms.core.reference import Limit
from oms.core.risk.levels import binds
from oms.core.risk_events import Evidence, OrderAccepted, OrderRejected

_K = LimitKind
FIGURES: dict[LimitKind, tuple[int, int, int]] = {
    # (threshold, before, after) at the limit that the order just passes
    _K.ORDER_QTY: (100, 0, 100),
    _K.ORDER_NOTIONAL: (10_000 * DOLLAR, 0, 10_000 * DOLLAR),
    _K.PRICE_COLLAR_BPS: (10_105, 10_005, 10_105),
    _K.POSITION_QTY: (150, 50, 150),
    _K.OPEN_ORDERS: (2, 1, 2),
    _K.MESSAGE_RATE: (2, 1, 2),
    _K.REPEATED_EXECUTIONS: (2, 1, 2),
    _K.MARKET_ORDER_NOTIONAL: (10_105 * DOLLAR, 0, 10_105 * DOLLAR),
    _K.WINDOW_COLLAR_BPS: (10_105, 10_100, 10_105),
    _K.COLLAR_SIGMAS_MILLI: (10_105, 10_005, 10_105),
    _K.ORDER_SIGMA_AMOUNT: (200 * DOLLAR, 0, 200 * DOLLAR),
    _K.FAT_FINGER_Z_MILLI: (5_000, 0, 5_000),
    _K.ADV_PPM: (15_000, 5_000, 15_000),
    _K.PORTFOLIO_PPM: (15_000, 5_000, 15_000),
    _K.PARTICIPATION_PPM: (100_000, 0, 100_000),
    **dict.fromkeys(
        (_K.GROSS_EXPOSURE, _K.NET_EXPOSURE, _K.CREDIT, _K.CAPITAL, _K.COUNTERPARTY_EXPOSURE),
        (15000 * DOLLAR, 5000 * DOLLAR, 15000 * DOLLAR),
    ),
    # 4,000 dollars of cash: 1,000 are overdrawn by the 5,000 that are open.
    _K.CASH: (11_000 * DOLLAR, 1_000 * DOLLAR, 11_000 * DOLLAR),
    _K.VALUE_AT_RISK: (1_550 * DOLLAR, 1_250 * DOLLAR, 1_550 * DOLLAR),
    _K.EXPECTED_SHORTFALL: (2_650 * DOLLAR, 2_250 * DOLLAR, 2_650 * DOLLAR),
    _K.STRESS_LOSS: (4_250 * DOLLAR, 3_250 * DOLLAR, 4_250 * DOLLAR),
    _K.ORDER_TO_TRADE_MILLI: (1_000, 0, 1_000),
    _K.ORDER_TO_TRADE_VOLUME_MILLI: (500, -500, 500),
    _K.DAY_LOSS: (100 * DOLLAR, 100 * DOLLAR, 100 * DOLLAR),
    _K.REALISED_LOSS: (60 * DOLLAR, 60 * DOLLAR, 60 * DOLLAR),
    _K.DRAWDOWN: (100 * DOLLAR, 100 * DOLLAR, 100 * DOLLAR),
    _K.SELF_MATCH: (1, 1, 1),
}


def prepared(case: Case, limit: Limit) -> World:
    w = rich()
    if case.limit_first:
        w.load(limit)
    case.before(w)
    if not case.limit_first:
        w.load(limit)
    return w


def row_of(evidence: Evidence, version: int) -> tuple[int, int, int]:
    at = evidence.limit_versions.index(version)
    return evidence.thresholds[at], evidence.before[at], evidence.after[at]


def limit_at(case: Case, value: int) -> Limit:
    """Of the desk where such a limit can bind one, so that it is the lowest of its kind."""
    scopes = (LimitScope.DESK, LimitScope.ACCOUNT, LimitScope.TRADER, LimitScope.COUNTERPARTY)
    return limit_of(case.kind, next(scope for scope in scopes if binds(case.kind, scope)), value)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind.name)
def test_figures_before_and_with_the_order(case: Case) -> None:
    figure = case.figure
    w = prepared(case, limit_at(case, figure))
    event = w.ask(case.order)
    assert isinstance(event, OrderAccepted)
    if case.kind is LimitKind.PRICE_COLLAR_BPS:  # it is not lower than the world's own
        assert (event.evidence.thresholds[event.evidence.checks.index(17)], event.mandate.worst_price) == (
            10_105,
            10_105,
        )
        return
    threshold, before, after = FIGURES[case.kind]
    version = w.state.reference.version("limit", "tried")
    assert row_of(event.evidence, version) == (threshold, before, after)
    w = prepared(case, limit_at(case, figure - 1))
    event = w.ask(case.order)
    assert isinstance(event, OrderRejected)
    evidence, version = event.evidence, w.state.reference.version("limit", "tried")
    lower, *rest = row_of(evidence, version)
    assert rest == [before, after] and lower < threshold
    assert evidence.limit_versions[-1] == version and f"limit tried is {figure - 1}" in event.text


def test_every_kind_of_the_catalogue_has_its_figures() -> None:
    assert {case.kind for case in CASES} == FIGURES.keys()
