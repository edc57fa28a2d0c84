"""Risk factors on a running system: a limit of value at risk brings them, from the market of the tape, and orders are judged by them."""

from collections.abc import Iterator
from typing import Any

import pytest
from system_world import PATIENCE_S, System, set_by_two

from oms.core.enums import LimitKind, LimitScope
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.reasons import Reason
from oms.core.reference import Limit

pytestmark = pytest.mark.integration

SPEED_MILLI = 150_000
"""The bars that a model needs are there within a minute, and the venues keep up: a tape that lags has stale prices."""
DOLLAR = 10**AMOUNT_SCALE
DAY_NS = 86_400 * 10**9


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    found = System(tmp_path_factory.mktemp("factors"))
    try:
        found.start()
        yield found
    finally:
        found.stop()


def var_limit(dollars: int) -> Limit:
    return Limit("beta.var", LimitKind.VALUE_AT_RISK, LimitScope.DESK, "beta", "", "USD", Amount(dollars * DOLLAR))


AGE = Limit("firm.factors", LimitKind.FACTORS_AGE_NS, LimitScope.FIRM, "", "", "", Amount(DAY_NS))


def entities(system: System, kind: str) -> list[Any]:
    return [getattr(item.entity, kind) for item in system.client.reference(kind)]


def is_fresh(system: System) -> bool:
    """Whether the market has caught up with the clock."""
    return bool(max(q.time_ns for q in system.quotes("ACME")) > system.client.control_status().tape_ns - 60 * 10**9)


def test_a_limit_of_value_at_risk_brings_factors_and_orders_are_judged_by_them(system: System) -> None:
    assert entities(system, "instrument_factors") == []
    set_by_two(system.client, var_limit(10**9), AGE)
    now = system.client.control_status().tape_ns
    system.client.set_clock(now, SPEED_MILLI, "fast")
    found = system.until("factors", lambda: entities(system, "instrument_factors"), 4 * PATIENCE_S)
    factors = {f.instrument_id: f for f in found}
    assert all(f.var_ppm > 0 and f.es_ppm > 0 and f.stress_ppm > 0 and f.model for f in factors.values())
    holder = system.until("a desk's factors", lambda: entities(system, "holder_factors"), PATIENCE_S)[0]
    assert (holder.factors_id, holder.scope_id, holder.currency) == ("desk.beta", "beta", "USD")
    first = next(iter(factors.values())).as_of_ns
    system.until(
        "newer factors", lambda: any(f.as_of_ns > first for f in entities(system, "instrument_factors")), PATIENCE_S
    )
    system.client.set_clock(system.client.control_status().tape_ns, 1000, "slow again")
    system.until("prices of now", lambda: is_fresh(system), PATIENCE_S)
    system.resting("beta")
    set_by_two(system.client, var_limit(1))

    def refused() -> bool:
        reason = system.client.submit(system.order_request("beta")).status.reason
        assert reason in (Reason.VALUE_AT_RISK_LIMIT, Reason.AUDIT_BEHIND), reason
        return bool(reason == Reason.VALUE_AT_RISK_LIMIT)

    system.until("a refusal by the new limit", refused)
