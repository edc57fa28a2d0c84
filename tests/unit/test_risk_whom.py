"""Whom an order belongs to, by where it may go; whose figures are watched here; and what a trip leaves in the evidence."""

from dataclasses import replace

import pytest
from risk_catalogue_world import limit_of, rich
from risk_world import ACCOUNT, DESK, NEW, NOW, World, row, world

from oms.core.enums import AlertKind, Algorithm, HaltAction, HaltScope, LimitKind, LimitScope
from oms.core.halt_triggers import HaltTriggerKind
from oms.core.money import Amount
from oms.core.monitors.alerts import AlertRaised
from oms.core.reasons import Reason
from oms.core.reference import Limit
from oms.core.risk.measures import limits_by_figure, measure_of
from oms.core.risk.reference_index import VersionedLimit
from oms.core.risk.trips import trip_of
from oms.core.risk.watching import watched
from oms.core.risk_events import HaltTriggerTripped, OrderAccepted, OrderRejected

DIRECT = replace(NEW, algorithm=Algorithm.DIRECT, venue_id="YV")


@pytest.mark.parametrize(
    ("order", "venues", "reached"),
    [
        (NEW, (), {"XV", "YV"}),
        (NEW, ("XV",), {"XV"}),
        (DIRECT, (), {"YV"}),
        (replace(DIRECT, venue_id="XV"), (), {"XV"}),
        (DIRECT, ("YV",), {"YV"}),
    ],
)
def test_an_order_belongs_to_the_venues_that_it_may_go_to(
    order: object, venues: tuple[str, ...], reached: set[str]
) -> None:
    """None named: a direct order to its own, a smart one to every one that lists its instrument."""
    count = [
        replace(limit_of(LimitKind.OPEN_ORDERS, LimitScope.VENUE, 5, name), limit_id=name) for name in ("XV", "YV")
    ]
    index = world(*count).state.index()
    holders = index.holders(order, venues)  # type: ignore[arg-type]
    assert {name for scope, name in holders.everyone if scope is LimitScope.VENUE} == reached
    instrument = index.reference.instruments["IBM"]
    covering = index.covering(order, instrument, venues)  # type: ignore[arg-type]
    assert {v.limit.scope_id for v in covering[LimitKind.OPEN_ORDERS]} == reached


# --- figures that are watched


def watched_here(limit: Limit, *changes: object) -> set[tuple[LimitScope, str, str]]:
    w = world(limit, *changes)  # type: ignore[arg-type]
    keys = limits_by_figure(w.state.index(), w.state.partition)
    return {key for key, limits in keys.items() if any(v.limit.limit_id == limit.limit_id for v in limits)}


@pytest.mark.parametrize(
    ("scope", "scope_id", "instrument_id", "subject"),
    [
        (LimitScope.INSTRUMENT, "IBM", "", "IBM"),
        (LimitScope.INSTRUMENT, "IBM", "IBM", "IBM"),
        (LimitScope.DESK, "alpha", "IBM", "IBM"),
        (LimitScope.DESK, "alpha", "", None),
    ],
)
def test_a_limit_of_positions_counts_the_instrument_that_it_names_or_is_of(
    scope: LimitScope, scope_id: str, instrument_id: str, subject: str | None
) -> None:
    limit = Limit("p", LimitKind.POSITION_QTY, scope, scope_id, instrument_id, "", Amount(1))
    assert watched_here(limit) == ({(scope, scope_id, subject)} if subject is not None else set())


@pytest.mark.parametrize(("partitions", "here"), [((1, 1), True), ((1, 2), True), ((2, 1), True), ((2, 2), False)])
def test_a_client_is_watched_where_any_of_its_accounts_is(partitions: tuple[int, int], here: bool) -> None:
    limit = Limit("c", LimitKind.DAY_LOSS, LimitScope.CLIENT, "C1", "", "USD", Amount(1))
    desks = [replace(DESK, desk_id=f"d{number}", partition=p) for number, p in enumerate(partitions)]
    accounts = [replace(ACCOUNT, account_id=f"c{d.desk_id}", desk_id=d.desk_id, client_id="C1") for d in desks]
    assert bool(watched_here(limit, *desks, *accounts)) is here


def test_a_best_result_of_a_currency_of_which_nothing_is_left_counts() -> None:
    w = world()
    w.state.peaks[LimitScope.ACCOUNT, "A1", "USD"] = 7
    limit = Limit("d", LimitKind.DRAWDOWN, LimitScope.ACCOUNT, "A1", "", "USD", Amount(1))
    assert (LimitScope.ACCOUNT, "A1", "USD") not in w.state.book().money
    assert measure_of(w.state, VersionedLimit(limit, 1)).value == 7


@pytest.mark.parametrize(("leavers", "said"), [(False, 0), (True, 1)])
def test_open_alerts_are_held_against_the_limits_there_are_at_a_sweep_and_not_at_every_look(
    leavers: bool, said: int
) -> None:
    w = world()
    gone = AlertRaised("p", AlertKind.POSITION, LimitScope.DESK, "alpha", "IBM", Amount(9), Amount(1), 99, NOW, "")
    w.state.alerts.open["p"] = gone
    w.state.watch_queue.leavers = leavers
    assert len(watched(w.state, NOW, NOW)) == said


# --- trips of this partition, in the evidence


def tripped(scope: HaltScope, scope_id: str, action: HaltAction) -> World:
    w = rich()
    event = HaltTriggerTripped(
        "t", 17, HaltTriggerKind.MESSAGE_RATE, scope, scope_id, action, False, Amount(2), Amount(1), (), NOW, NOW, 0, "2 of 1"
    )  # fmt: skip
    w.state.trips["t"] = trip_of(event, 3)
    return w


@pytest.mark.parametrize(
    ("scope", "scope_id", "action", "shown", "reason"),
    [
        (HaltScope.DESK, "beta", HaltAction.BLOCK_NEW, (-1, -1, -1, -1), None),
        (HaltScope.DESK, "alpha", HaltAction.BLOCK_NEW, (-1, -1, -1, 17), Reason.HALTED),
        (HaltScope.DESK, "alpha", HaltAction.REDUCE_ONLY, (-1, -1, -1, 17), Reason.INCREASES_POSITION),
    ],
)
def test_the_evidence_of_a_trip_names_no_halt_and_the_triggers_version(
    scope: HaltScope, scope_id: str, action: HaltAction, shown: tuple[int, ...], reason: Reason | None
) -> None:
    """−1, as where nothing is halted: the halt has not come through `oms.control` yet."""
    event = tripped(scope, scope_id, action).ask(NEW)
    assert row(event, 3) == shown
    assert isinstance(event, OrderAccepted if reason is None else OrderRejected)
    assert getattr(event, "reason", None) is reason


# --- limits in the index


@pytest.mark.parametrize("timed_first", [True, False])
def test_one_limit_that_is_not_always_in_force_is_enough_to_look_by_time(timed_first: bool) -> None:
    always = limit_of(LimitKind.OPEN_ORDERS, LimitScope.DESK, 5)
    ends = replace(always, limit_id="ends", expires_ns=NOW + 1)
    assert not world(always).state.index().timed
    assert world(*((ends, always) if timed_first else (always, ends))).state.index().timed


@pytest.mark.parametrize(
    ("kind", "scope", "only_order", "by_credit"),
    [
        (LimitKind.CREDIT, LimitScope.FIRM, "", True),
        (LimitKind.CREDIT, LimitScope.FIRM, "alpha/20250106/a1", False),
        (LimitKind.CREDIT, LimitScope.ACCOUNT, "", False),
        (LimitKind.CREDIT, LimitScope.ACCOUNT, "alpha/20250106/a1", False),
    ],
)
def test_credit_is_of_limits_that_can_span_partitions_and_bind_every_order(
    kind: LimitKind, scope: LimitScope, only_order: str, by_credit: bool
) -> None:
    limit = replace(limit_of(kind, scope, 5), instrument_id="", only_order=only_order)
    index = world(limit).state.index()
    (versioned,) = [v for v in index.limits[scope, limit.scope_id, ""] if v.limit.limit_id == limit.limit_id]
    assert bool(versioned.credit_id) is by_credit
