"""The end of a local run: takes the sources from a supervisor that still has its stores up, reconciles, and prints the report.

A run is good where every source says the same of every order, and every journal replays to the states its owners stored (the replay gate).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from oms.feeds.tape import TapeSource
from oms.local.supervisor import Supervisor
from oms.runtime.clickhouse import ClickHouse, ClickHouseError, ClickHouseSettings
from oms.runtime.journal_verify import stage_journals, verify_journals
from oms.runtime.kafka import KafkaLog
from oms.runtime.log import LogError
from oms.testing.reconcile import print_report, reconcile
from oms.testing.reconcile_sources import ReconcileError, venue_log_directory
from oms.testing.workload import Runner


def reconcile_run(
    system: Supervisor,
    source: TapeSource,
    runners: Sequence[Runner],
    from_ns: int,
    to_ns: int,
    say: Callable[[str], None],
) -> bool:
    """True where every source agrees and every category is filled. A source that cannot be read is told, and counts as a difference."""
    assert system.kafka is not None
    sent = {order_id: order for runner in runners for order_id, order in runner.acknowledged().items()}
    marketable = [order_id for order_id, order in sent.items() if order.planned.marketable]
    tell_workload(runners, say)
    client = ClickHouse(ClickHouseSettings(system.clickhouse_url))
    log = KafkaLog(system.kafka)
    try:
        found = reconcile(
            log,
            system.partitions,
            client,
            venue_log_directory(system.stores),
            source,
            from_ns,
            to_ns,
            sent,
            marketable,
        )
        gate = verify_journals(log, stage_journals(log.partition_counts()))
    except (ReconcileError, ClickHouseError, LogError) as error:
        say(f"no reconciliation: {error}")
        return False
    finally:
        client.close()
        log.close()
    say(gate.line)
    found = replace(found, general=(*found.general, *gate.problems))
    print_report(found)
    return found.good


def tell_workload(runners: Sequence[Runner], say: Callable[[str], None]) -> None:
    """What was sent, how often a request had to be repeated, and what the gateway refused (nothing should be)."""
    totals: dict[str, int] = {}
    for runner in runners:
        for what, count in runner.counts.items():
            totals[what] = totals.get(what, 0) + count
    say("workload: " + ", ".join(f"{count} {what}" for what, count in sorted(totals.items())))
    for text in [text for runner in runners for text in runner.refused][:10]:
        say(f"refused at the gateway: {text}")
