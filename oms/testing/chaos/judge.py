"""The verdict after a round: what the readings say together.

Two histories are judged (`oms.testing.history`): the bytes, as the log, its readers and the audit have them; and the commands, as desks,
risk, the venues and five books of executions have them. On top every order is compared at its four places (`reconcile_facts`).

What is still on its way is no fault: judging is repeated until nothing is found, or the time is up. A finding that stays is a verdict.
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from oms.cli.client import GatewayUnavailable
from oms.runtime.clickhouse import ClickHouse, ClickHouseError, ClickHouseSettings
from oms.runtime.log import LogError
from oms.testing.chaos.desk import RecordingClient
from oms.testing.chaos.readings import Readings, venue_news
from oms.testing.history import Append, Finding, History, Poll, check, counts
from oms.testing.reconcile_facts import Facts, compare, fold_execution, fold_risk, fold_routing
from oms.testing.reconcile_sources import ReconcileError, audit_facts, venue_orders
from oms.venues.evidence import read_evidence
from oms.wire import topics

AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """`problems`: what is no finding of the checker's, one line each. `records`: how many were judged; `claims` and `void` of them
    changed an owner, or count for nothing."""

    findings: tuple[Finding, ...]
    problems: tuple[str, ...]
    records: int
    orders: int
    fills: int
    claims: int
    void: int

    @property
    def clean(self) -> bool:
        return not self.findings and not self.problems

    @property
    def counts(self) -> tuple[int, int, int, int, int]:
        """(lost, duplicated, reordered, gaps, other)."""
        lost, duplicated, reordered, gaps, other = counts(self.findings)
        return lost, duplicated, reordered, gaps, other + len(self.problems)


@dataclass(slots=True)
class Judge:
    """One run's. `url`: of ClickHouse as it is reached now."""

    readings: Readings
    desk: RecordingClient
    venue_log: Path
    url: Callable[[], str]
    _audit_polls: list[Poll] = field(default_factory=list)

    def settle(self, acknowledged: Collection[str], timeout_s: float, meanwhile: Callable[[], None]) -> Judgement:
        """Judge until all is well, or until `timeout_s` is over. `meanwhile` is called between two attempts."""
        deadline, due = time.monotonic() + timeout_s, False
        while True:
            try:
                if not due:
                    self.readings.set_due()
                    due = True
                found = self.judge(acknowledged)
            except (LogError, ClickHouseError, ReconcileError) as error:
                found = Judgement((), (f"a source cannot be read: {error}",), 0, 0, 0, 0, 0)
            if found.clean or time.monotonic() > deadline:
                return found
            until = time.monotonic() + AGAIN_S
            while time.monotonic() < until:
                meanwhile()
                time.sleep(0.05)

    def judge(self, acknowledged: Collection[str]) -> Judgement:
        commands = self.desk.commands()  # before the log is read: what is told later may be there already
        appends = self.desk.appends()
        self.readings.read()
        client = ClickHouse(ClickHouseSettings(self.url()))
        try:
            return self._judge(client, commands, appends, acknowledged)
        finally:
            client.close()

    def _judge(
        self, client: ClickHouse, commands: dict[str, bool], appends: list[Append], acknowledged: Collection[str]
    ) -> Judgement:
        readings = self.readings
        evidence = read_evidence(self.venue_log)
        fills = readings.fills(evidence, client)
        self._audit_polls += readings.audit_polls(client)
        in_bytes = History(
            polls=[*readings.polls, *self._audit_polls],
            ends=readings.ends,
            void=readings.void,
            acted=readings.acted,
            positions=readings.positions,
            audited=readings.audited(client),
        )
        in_commands = History(
            appends=appends,
            polls=readings.command_polls(),
            commands=commands,
            decided=readings.decided(),
            venue_news=venue_news(self.venue_log),
            fills=fills,
        )
        decisions, refusals = fold_risk(readings.events(topics.RISK))
        facts = Facts(
            venue_orders(evidence),
            fold_execution(readings.events(topics.EXECUTION)),
            fold_routing(readings.events(topics.ROUTING)),
            decisions,
            refusals,
            audit_facts(client),
            frozenset(acknowledged),
        )
        rows = compare(facts)
        problems = [f"{row.order_id}: {difference}" for row in rows for difference in row.differences]
        if readings.dead_letters:
            problems.append(f"{readings.dead_letters} records in {topics.DEAD_LETTERS}")
        if not evidence.complete:
            problems.append("the venue log is not complete: old segments were dropped")
        problems += self._told({row.order_id: row.parent_qty for row in rows}, acknowledged)
        findings = (*check(in_bytes), *check(in_commands))
        records = sum(readings.ends[place] for place in readings.places)
        void = sum(map(len, readings.void.values()))
        return Judgement(findings, tuple(problems), records, len(rows), len(fills["the venues"]), readings.claims, void)

    def _told(self, executed: Mapping[str, int], acknowledged: Collection[str]) -> list[str]:
        """Where the gateway tells a desk something else of its order than the journals do."""
        try:
            told = {order.order_id: order.cum_qty for order in self.desk.all_orders()}
        except GatewayUnavailable as error:
            return [f"the gateway does not answer: {error}"]
        unknown = [
            f"{order_id}: acknowledged, and unknown to the gateway" for order_id in acknowledged if order_id not in told
        ]
        differing = [
            f"{order_id}: {executed.get(order_id, 0)} executed, and the gateway says {qty}"
            for order_id, qty in told.items()
            if executed.get(order_id, 0) != qty
        ]
        return unknown + differing
