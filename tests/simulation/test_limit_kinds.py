"""What the seeds arm, and the oracle that counts money again: it finds what risk would have let pass."""

import random

import pytest

from oms.core.enums import LimitKind, LimitScope, Side
from oms.core.money import Amount
from oms.core.reference import Account, Entity, Limit
from oms.core.risk.checks import CHECKS
from oms.core.risk.levels import binds
from oms.testing.simulation.chronicle import BEGIN_NS
from oms.testing.simulation.limit_kinds import ARMED, COUNTERPARTY, UNIT, armed
from oms.testing.simulation.oracle.authority import Known
from oms.testing.simulation.oracle.money import Asked, MoneyBook
from oms.testing.simulation.workload import FIRST_LIMITS, entities
from oms.v1 import reference_pb2, risk_pb2
from oms.v1.commands_pb2 import NewOrder
from oms.wire.codec import to_message, wire_enum


def world(seed: int) -> list[Entity]:
    return armed(random.Random(seed), entities(1, 2), BEGIN_NS)


def test_inv_529_every_kind_is_armed_and_each_is_tight_in_some_seeds_and_wide_in_others() -> None:
    rows = [*ARMED, COUNTERPARTY]
    assert {row.kind for row in rows} | set(FIRST_LIMITS) == set(LimitKind)
    assert all(binds(row.kind, row.scope) for row in rows)
    values: dict[LimitKind, set[int]] = {}
    for seed in range(60):
        for limit in (entity for entity in world(seed) if isinstance(entity, Limit)):
            values.setdefault(limit.kind, set()).add(limit.value)
    for row in rows:
        assert row.wide in values[row.kind] and values[row.kind] & set(row.tight), row.kind.name
    asked = {kind for check in CHECKS for kind in check.kinds}
    assert asked <= set(values), "every check is evaluated"


def known_of(*limits: Limit) -> Known:
    found = [entity for entity in world(3) if isinstance(entity, Account)]
    table: dict[tuple[str, str], reference_pb2.Entity] = {}
    for account in found:
        table["account", account.account_id] = to_message(account, Entity)
    for limit in limits:
        table["limit", limit.limit_id] = to_message(limit, Entity)
    return Known(dict.fromkeys(table, 0), table)


def order(side: Side = Side.BUY) -> NewOrder:
    return NewOrder(desk_id="alpha", account_id="A1", instrument_id="ACME", side=wire_enum(side), cl_ord_id="o")


@pytest.mark.parametrize(
    ("kind", "scope", "scope_id", "just"),
    [
        (LimitKind.CREDIT, LimitScope.ACCOUNT, "A1", 700),
        (LimitKind.CAPITAL, LimitScope.ACCOUNT, "A1", 900),
        (LimitKind.COUNTERPARTY_EXPOSURE, LimitScope.COUNTERPARTY, "clearer", 900),
    ],
)
def test_inv_529_money_is_counted_again_from_orders_and_trades(
    kind: LimitKind, scope: LimitScope, scope_id: str, just: int
) -> None:
    """40 bought and 10 sold at 10.00, 20 of a bid for 60 still open, and 20 more are asked for: 300 spent, 500 traded, 200 and 200 open."""
    for value, broken in ((just, False), (just - 1, True)):
        limit = Limit("l", kind, scope, scope_id, "", "USD", Amount(value * UNIT))
        book = MoneyBook()
        for name, side in (("b", Side.BUY), ("s", Side.SELL)):
            book.accepted(risk_pb2.OrderAccepted(order_id=name, order=order(side), value_px=100_000))
        book.moved(risk_pb2.ExposureMoved(order_id="b", exec_id="x1", last_qty=50, last_px=100_000))
        book.corrected(
            risk_pb2.ExposureCorrected(order_id="b", exec_id="x2", exec_ref_id="x1", new_qty=40, new_px=100_000)
        )
        book.moved(risk_pb2.ExposureMoved(order_id="s", exec_id="x3", last_qty=10, last_px=100_000))
        limits = list(known_of(limit).limits("alpha", "A1", reference_pb2.Instrument(instrument_id="ACME")))
        found = list(book.exceeded(limits, known_of(limit), {"b": 20}, order(), "new", Asked(20, 100_000)))
        assert bool(found) == broken, found
