"""Trips of triggers in the audit: when each was, what spread it, and what lifted it, by the view `oms.halt_trips`."""

from collections.abc import Iterator

import pytest

from oms.core.enums import HaltScope
from oms.local.engine import Engine
from oms.runtime.audit_store import ClickHouseAuditStore
from oms.runtime.auditor import Auditor, AuditSettings, audited_partitions
from oms.runtime.clickhouse import ClickHouse, ClickHouseSettings
from oms.runtime.migrations import migrate
from tests.trips_world import LOSS, TwoPartitions

pytestmark = pytest.mark.integration


@pytest.fixture
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    engine = Engine.start(tmp_path_factory.mktemp("trips"))
    made = ClickHouse(ClickHouseSettings(engine.url("oms_admin")))
    migrate(made)
    yield made
    made.close()
    engine.stop()


def test_each_trip_is_a_row_with_what_spread_it_and_what_lifted_it(client: ClickHouse) -> None:
    two = TwoPartitions(LOSS)
    clock = two.paths[0].clock
    auditor = Auditor(
        two.log,
        ClickHouseAuditStore(client),
        audited_partitions(2),
        AuditSettings("first", 0.0, 1.5, trims=False),
        clock.now_ns,
        monotonic=lambda: clock.now_ns() / 1e9,
    )
    auditor.recover()

    def rows() -> list[tuple[object, ...]]:
        two.run()
        while auditor.step():
            pass
        return client.query(
            "SELECT partition, trigger_id, kind, scope, action, figure > threshold, spread_offset >= 0, halts, "
            "rearmed_control_offset > spread_offset, in_effect FROM oms.halt_trips ORDER BY partition, offset"
        )

    two.lose()
    told = (0, "firm-loss", "DAY_LOSS", "FIRM", "BLOCK_NEW", 1)
    assert rows() == [(*told, 0, 0, 0, 1)]
    assert two.spread() == 1
    assert rows() == [(*told, 1, 1, 0, 1)]
    two.resume(HaltScope.FIRM)
    assert rows() == [(*told, 1, 1, 1, 0)]
