"""Lists in the audit: the views of lists and of their orders, and the biography of an order that came in one."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from trace_world import DATE, WHO, order, order_path

from oms.core.commands import NewOrder, NewOrderList, order_id_of
from oms.core.enums import Algorithm, ContingencyType, OrdType, Side
from oms.core.instructions import Instructions
from oms.local.engine import Engine
from oms.runtime.audit_store import ClickHouseAuditStore
from oms.runtime.auditor import Auditor, AuditSettings, audited_partitions
from oms.runtime.clickhouse import ClickHouse, ClickHouseSettings
from oms.runtime.migrations import migrate
from oms.testing.pipeline import Pipeline
from oms.testing.sim_venue import Script

pytestmark = pytest.mark.integration


def leg(path: Pipeline, cl_ord_id: str, price: int) -> NewOrder:
    return replace(order(path, cl_ord_id, 100, price), side=Side.SELL, algorithm=Algorithm.DIRECT, venue_id="XALP")


def send(path: Pipeline, name: str, contingency: ContingencyType | None, *orders: NewOrder) -> None:
    mine = tuple(replace(o, list_id=order_id_of("alpha", DATE, name)) for o in orders)
    until, now = orders[0].good_until_ns, path.clock.wall_ns
    path.command(NewOrderList("alpha", DATE, name, contingency, mine, until, now, "", WHO))
    path.run(100)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    """An OCO whose stop was met, and a program with an order that risk refuses."""
    path = order_path(Script(True), Script(True))
    path.trade("XALP", "ACME", 100_000, 5)
    profit, loss = leg(path, "tp", 102_000), leg(path, "sl", 99_500)
    stop = replace(loss, ord_type=OrdType.STOP, price=None, instructions=Instructions(stop_px=99_500))
    send(path, "l1", ContingencyType.ONE_CANCELS_THE_OTHER, profit, stop)
    for venue in path.venues.values():
        venue.script = Script(True, (100,))
    path.trade("XALP", "ACME", 99_500, 5)
    path.run(100)
    send(path, "l2", None, leg(path, "p1", 101_000), leg(path, "p2", 50_000))
    engine = Engine.start(tmp_path_factory.mktemp("lists"))
    admin, writer = (ClickHouse(ClickHouseSettings(engine.url(user))) for user in ("oms_admin", "oms_writer"))
    migrate(admin)
    settings = AuditSettings("a", interval_s=0.0, progress_interval_s=0.0)
    auditor = Auditor(path.log, ClickHouseAuditStore(writer), audited_partitions(1), settings, path.clock.now_ns)
    auditor.recover()
    auditor.step()
    yield admin
    for each in (admin, writer):
        each.close()
    engine.stop()


def test_a_list_with_what_became_of_it(client: ClickHouse) -> None:
    rows = client.query(
        "SELECT cl_ord_id, contingency, verdict, orders, accepted, refused, done_ns > 0 FROM oms.lists ORDER BY cl_ord_id"
    )
    assert [tuple(row) for row in rows] == [
        ("l1", "ONE_CANCELS_THE_OTHER", "ACCEPTED", 2, 2, 0, 1),
        ("l2", "", "ACCEPTED", 2, 1, 1, 0),
    ]


def test_the_orders_of_a_list(client: ClickHouse) -> None:
    rows = client.query(
        "SELECT order_id, ord_status, cum_qty, leg_state, left_for_another, reason FROM oms.list_orders "
        "WHERE list_id LIKE '%/l1' ORDER BY order_id"
    )
    assert [(row[0].rpartition("/")[2], *row[1:]) for row in rows] == [
        ("sl", "FILLED", 100, "LIVE", 0, ""),
        ("tp", "CANCELED", 0, "ARMED", 1, "CONTINGENT_EXECUTED"),
    ]


def test_the_biography_of_a_listed_order_begins_with_what_was_asked_and_says_who_let_it_go(client: ClickHouse) -> None:
    rows = client.query("SELECT topic, event_type FROM oms.order_biography WHERE order_id LIKE '%/sl' ORDER BY step")
    events = [row[1] for row in rows]
    assert tuple(rows[0]) == ("oms.orders", "NewOrder")
    wanted = ["OrderAccepted", "ListOpened", "TriggerArmed", "Triggered", "LegChanged", "ChildNew"]
    places = [
        len(events) - 1 - events[::-1].index(name) if name == "LegChanged" else events.index(name) for name in wanted
    ]
    assert places == sorted(places), events
