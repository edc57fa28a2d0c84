"""The view per desk and minute against the audit's rows, over a killed worker and a lost changelog; and the live view over a real system."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient
from system_world import DESKS, PARTITIONS, SECOND_NS, System

from oms.cli.main import run_command_line
from oms.cli.status import read_health
from oms.core.enums import Algorithm
from oms.local.supervisor import VIEWS, topic_specs
from oms.runtime.kafka import KafkaLog
from oms.runtime.log import TopicPartition
from oms.wire import topics

pytestmark = pytest.mark.integration

BY_DESK_AND_MINUTE = """
SELECT splitByChar('/', order_id)[1] AS desk, intDiv(event_time_ns, 60000000000) AS minute,
    countIf(event_type IN ('OrderAccepted', 'OrderRejected')) AS orders, countIf(event_type = 'OrderRejected') AS rejects,
    countIf(event_type = 'ExposureMoved') AS fills,
    sumIf(JSONExtractInt(json, 'last_qty') * JSONExtractInt(json, 'last_px'), event_type = 'ExposureMoved') AS notional
FROM oms.risk_events WHERE valid GROUP BY desk, minute HAVING orders + fills > 0 ORDER BY desk, minute
"""
Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    running = System(tmp_path_factory.mktemp("live"))
    running.supervisor.with_view = True
    running.supervisor.disk_bytes_max = 5_000_000_000
    try:
        running.start()
        yield running
    finally:
        running.stop()


def trade(system: System, rounds: int) -> None:
    """Every desk buys and sells nothing: fills, rejects, and an order that rests."""
    for _ in range(rounds):
        for desk in DESKS:
            order_id = system.accepted(system.order_request(desk))
            system.ends(order_id)
            system.client.submit(system.order_request(desk, order_qty=90_000))
    system.accepted(
        system.order_request(
            "beta", price=system.deep_price("ACME"), algorithm=Algorithm.DIRECT, venue_id="XALP", order_qty=20
        )
    )


def viewed(system: System) -> Rows:
    """The view's rows, or none while it does not answer."""
    try:
        found = read_health(f"http://127.0.0.1:{system.supervisor.view_port}/view")["minutes"]
    except (OSError, ValueError):
        return []
    return [
        (
            row["desk_id"],
            row["minute_ns"] // (60 * SECOND_NS),
            row["orders"],
            row["rejects"],
            row["fills"],
            sum(map(int, row["notional"].values())),
        )
        for row in found
    ]


def agrees(system: System, orders: int) -> Any:
    rows = system.rows(BY_DESK_AND_MINUTE)
    return rows if rows == viewed(system) and sum(row[2] for row in rows) >= orders else None


def delete_the_changelog(system: System) -> None:
    """The topic goes and comes back empty, as `oms topics --create` makes it; the consumer group's committed offsets stay."""
    assert system.supervisor.kafka is not None
    log, name = KafkaLog(system.supervisor.kafka), topics.VIEW_DESK_MINUTES
    partitions = [TopicPartition(name, p) for p in range(PARTITIONS)]
    assert sum(log.ends(partitions).values()) > 0, "the table was never written to its changelog"
    admin = AdminClient({"bootstrap.servers": system.supervisor.kafka.bootstrap_servers})
    admin.delete_topics([name])[name].result(30)
    system.until("the topic gone", lambda: name not in log.partition_counts())
    log.create_topics(topic_specs(PARTITIONS))
    system.until("the topic back", lambda: log.partition_counts().get(name) == PARTITIONS)
    assert sum(log.ends(partitions).values()) == 0
    log.close()


def test_the_view_is_what_the_audit_counts_and_is_rebuilt_after_it_lost_everything(system: System) -> None:
    trade(system, 2)
    first = system.until("the view agrees with the audit", lambda: agrees(system, 17))
    assert {row[0] for row in first} == set(DESKS) and sum(row[4] for row in first) >= 8
    assert sum(row[3] for row in first) >= 8
    system.supervisor.stop_service(VIEWS)
    delete_the_changelog(system)
    trade(system, 1)
    system.supervisor.start_service(VIEWS)
    system.supervisor.kill(VIEWS)  # and once more, at the worst moment that there is: it has just begun
    again = system.until("the rebuilt view agrees with the audit", lambda: agrees(system, 26))
    assert sum(row[2] for row in again) >= sum(row[2] for row in first) + 9


def test_a_frame_of_the_live_view_has_the_systems_facts(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    trade(system, 1)
    system.until("the view is there", lambda: viewed(system))
    data = str(system.data)
    assert run_command_line(["watch", "--json", "--data", data]) == 0
    said = json.loads(capsys.readouterr().out)
    assert {line["service"] for line in said["services"] if line["ready"]} == set(system.supervisor.health_ports)
    assert said["orders"]["FILLED"] >= 4 and said["orders"]["REJECTED"] >= 4
    assert {line["desk"] for line in said["desks"]} >= set(DESKS) and said["fills"] and said["minutes"]
    assert said["disk"]["limit"] == 5_000_000_000 and said["tape_time"].startswith("20")
    assert run_command_line(["watch", "--once", "--desk", "beta", "--service", "risk", "--data", data]) == 0
    frame = capsys.readouterr().out
    assert "only desk beta service risk" in frame and "alpha" not in frame and "router" not in frame
    assert run_command_line(["watch", "--data", data]) == 2
    assert "--once" in capsys.readouterr().err
