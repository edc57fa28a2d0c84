"""Alerts of positions in risk's journal: each is of a limit in force and of what is held, and at rest one is open where and only where more
is held than a limit allows.

Of a limit that spans partitions what the partition holds of it is allowed. Between 95 % of a limit and the limit both are right: an alert that was open stays, one that was not is not raised.

`told`: at rest `oms.alerts`, read as its readers do, has the alerts of every record that counts, in their order, and no others.
"""

from collections.abc import Callable, Iterator

from oms.runtime.log import TopicPartition
from oms.testing.simulation.oracle.authority import Known
from oms.testing.simulation.oracle.exposure import Orders
from oms.testing.simulation.oracle.facts import EXECUTION, RISK, Facts
from oms.testing.simulation.oracle.journal import Counted
from oms.testing.simulation.oracle.kinds import Findings, Kind
from oms.v1.alerts_pb2 import AlertNotice, AlertRaised
from oms.v1.enums_pb2 import ALERT_KIND_POSITION, LIMIT_KIND_POSITION_QTY
from oms.v1.reference_pb2 import Limit
from oms.v1.risk_pb2 import RiskEvent
from oms.v1.types_pb2 import Int128

CLEAR_PERCENT = 95


class AlertBook:
    """One partition. `open`: by version of the limit, the alert as told last."""

    def __init__(self, partition: int, facts: Facts, orders: Orders, findings: Findings) -> None:
        self._partition, self._facts, self._orders, self._findings = partition, facts, orders, findings
        self.allowed: Callable[[int, Limit], int] = lambda partition, limit: _amount(limit.value)
        """What a partition may hold of a limit; another's word where the limit spans partitions."""
        self.open: dict[int, AlertRaised] = {}
        self._ids: dict[str, int] = {}

    def take(self, counted: Counted, event: RiskEvent) -> None:
        """An event of a record, once all before it are folded."""
        kind, known = event.WhichOneof("kind"), self._facts.reference.at(counted.position("oms.reference"))
        if kind == "alert_raised" and event.alert_raised.kind == ALERT_KIND_POSITION:
            self._raised(counted, event.alert_raised, known)
        elif kind == "alert_cleared" and event.alert_cleared.alert_id.startswith("POSITION/"):
            self._cleared(counted, event.alert_cleared.alert_id, known)

    def _raised(self, counted: Counted, alert: AlertRaised, known: Known) -> None:
        limit = self._limits(known).get(alert.limit_version)
        if limit is None:
            self._wrong(counted, f"{alert.alert_id} is of no limit in force")
            return
        held, allowed = self._held(known, limit), self.allowed(self._partition, limit)
        told = (_amount(alert.value), _amount(alert.threshold), alert.subject, alert.scope, alert.scope_id)
        if told != (held, allowed, limit.instrument_id, limit.scope, limit.scope_id) or held <= allowed:
            self._wrong(counted, f"{alert.alert_id} says {told[:2]}, and {held} of {allowed} are held")
        before = self.open.get(alert.limit_version)
        if before is not None and (held - _amount(before.value)) * 10 <= allowed:
            self._wrong(counted, f"{alert.alert_id} was told before, and is not worse by a tenth")
        self.open[alert.limit_version] = alert
        self._ids[alert.alert_id] = alert.limit_version

    def _cleared(self, counted: Counted, alert_id: str, known: Known) -> None:
        version = self._ids.get(alert_id, -1)
        if self.open.pop(version, None) is None:
            self._wrong(counted, f"{alert_id} was not open")
            return
        limit = self._limits(known).get(version)
        if limit is None:
            return
        if self._held(known, limit) * 100 > self.allowed(self._partition, limit) * CLEAR_PERCENT:
            self._wrong(counted, f"{alert_id} is cleared, and {self._held(known, limit)} are held")

    def rest(self) -> None:
        known = self._facts.reference.now()
        limits = self._limits(known)
        for version, limit in limits.items():
            held, allowed = self._held(known, limit), self.allowed(self._partition, limit)
            if held > allowed and version not in self.open:
                text = f"{held} of {allowed} {limit.instrument_id} are held in partition {self._partition}"
                self._findings.report(Kind.ALERT_MISSING, f"{text}: nobody was told (limit version {version})")
            elif held * 100 <= allowed * CLEAR_PERCENT and version in self.open:
                self._findings.report(Kind.ALERT_WRONG, f"{self.open[version].alert_id} is open at rest")
        for version in self.open.keys() - limits.keys():
            self._findings.report(Kind.ALERT_WRONG, f"{self.open[version].alert_id} is of no limit in force, and open")

    def _limits(self, known: Known) -> dict[int, Limit]:
        return dict(_position_limits(known))

    def _held(self, known: Known, limit: Limit) -> int:
        accounts = known.accounts_in(limit, self._partition)
        return abs(sum(self._orders.position(known, account.account_id, limit.instrument_id) for account in accounts))

    def _wrong(self, counted: Counted, text: str) -> None:
        self._findings.report(Kind.ALERT_WRONG, f"{counted.place}: {text}")


def _position_limits(known: Known) -> Iterator[tuple[int, Limit]]:
    for (kind, limit_id), entity in known.entities.items():
        if kind == "limit" and entity.limit.kind == LIMIT_KIND_POSITION_QTY and entity.limit.instrument_id:
            yield known.versions[(kind, limit_id)], entity.limit


def _amount(value: Int128) -> int:
    return (value.hi << 64) + value.lo


def told(facts: Facts, findings: Findings) -> None:
    """At rest, when the audit has written everything."""
    for partition in range(facts.witness.partitions):
        notices = [
            AlertNotice.FromString(record.value)
            for record in facts.witness.records(TopicPartition("oms.alerts", partition))
        ]
        for topic in (RISK, EXECUTION):
            must = _journaled(facts, TopicPartition(topic, partition))
            seen = _seen_once([notice for notice in notices if notice.topic == topic])
            for place in must.keys() | seen.keys():
                if must.get(place) != seen.get(place):
                    what = "is not in the journal" if place not in must else "was not told, or not as it is"
                    findings.report(Kind.ALERT_LOST, f"{topic}/{partition}@{place[0]}.{place[1]} {what}")


Place = tuple[int, int]


def _journaled(facts: Facts, tp: TopicPartition) -> dict[Place, bytes]:
    found: dict[Place, bytes] = {}
    for offset, counted in facts.journals[tp].counted.items():
        for index, event in enumerate(counted.envelope.events):
            said = event.risk if tp.topic == RISK else event.execution
            kind = said.WhichOneof("kind") or ""
            if kind in ("alert_raised", "alert_cleared"):
                found[offset, index] = getattr(said, kind).SerializeToString(deterministic=True)
    return found


def _seen_once(notices: list[AlertNotice]) -> dict[Place, bytes]:
    """By place, of what is behind the newest before it, and not behind one that was lost."""
    found: dict[Place, bytes] = {}
    newest: Place = (-1, 0)
    for notice in notices:
        place = (notice.offset, notice.index)
        if place > newest and not (
            notice.HasField("after_offset") and (notice.after_offset, notice.after_index) > newest
        ):
            kind = notice.alert.WhichOneof("kind") or ""
            newest = place
            found[place] = getattr(notice.alert, kind).SerializeToString(deterministic=True)
    return found
