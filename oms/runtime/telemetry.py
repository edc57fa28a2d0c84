"""The metrics of all services: names, types, labels and meaning in one table, and the page that Prometheus reads. Nothing else knows the
client library.

Values are counted elsewhere, as plain integers, by whoever does the work (`stage_meter`, `gateway_meter`, `audit_meter`); here they are
named when somebody asks. Rules: base units (seconds, bytes); `_total` for what only grows; every metric has the label `service`.

Invariant: the number of time series has a bound. Every label's values come from an enumeration or from what is configured (partitions,
topics, venues, methods); a value from elsewhere is shown as OTHER. No order, desk, account, instrument or person is ever a label.
OTLP is not spoken for metrics: Prometheus, or an OpenTelemetry collector's Prometheus receiver, reads this page.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from importlib.metadata import version

from google.rpc import code_pb2
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from oms.core.enums import AlertKind, BreakCause, ExecType, HaltScope, IntentKind, TimerKind
from oms.core.reasons import Reason
from oms.runtime.histogram import BOUNDS_NS, Histogram
from oms.runtime.ownership import Phase
from oms.runtime.stage_meter import ACCEPTED, CREDIT, DECISION_KINDS, DUPLICATE_KINDS, NO_REASON, PATH_ENDS, Measure
from oms.v1 import admin_pb2, gateway_pb2
from oms.wire.audit_rows import TABLES_IN_ORDER
from oms.wire.topics import TOPICS

OTHER = "OTHER"
"""The value shown for one that is not in its label's set."""

RISK, ROUTER, EXECUTION, AUDIT, GATEWAY = "risk", "router", "execution", "audit", "order-gateway"
STAGES = (RISK, ROUTER, EXECUTION)
SERVICES = (*STAGES, AUDIT, GATEWAY)

COMMAND_KINDS = ("new", "cancel", "replace", "mass_cancel")

METHODS = frozenset(
    f"{service.name}/{method.name}"
    for file in (gateway_pb2, admin_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
)
"""Of our own services; health and reflection count as OTHER."""


class Kind(Enum):
    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is configured rather than enumerated."""

    partitions: int
    venues: frozenset[str]


@dataclass(frozen=True, slots=True)
class Label:
    """`values`: all that the label can be."""

    name: str
    values: Callable[[Bounds], frozenset[str]]


def _fixed(name: str, values: Iterable[str]) -> Label:
    known = frozenset(values)
    return Label(name, lambda _: known)


PARTITION = Label("partition", lambda bounds: frozenset((*map(str, range(bounds.partitions)), CREDIT)))
VENUE = Label("venue", lambda bounds: bounds.venues)
TOPIC = _fixed("topic", (topic.name for topic in TOPICS))
PHASE = _fixed("phase", (phase.value for phase in Phase))
SCOPE = _fixed("scope", HaltScope.__members__)
REASON = _fixed("reason", (*Reason.__members__, ACCEPTED, NO_REASON))
DECISION = _fixed("kind", DECISION_KINDS)
COMMAND = _fixed("kind", COMMAND_KINDS)
DUPLICATE = _fixed("kind", DUPLICATE_KINDS)
TIMER = _fixed("timer", (*TimerKind.__members__, "STEP"))
INTENT = _fixed("kind", (kind.lower() for kind in IntentKind.__members__))
EXEC_TYPE = _fixed("exec_type", ExecType.__members__)
UNTIL = _fixed("until", PATH_ENDS)
CAUSE = _fixed("cause", BreakCause.__members__)
ALERT = _fixed("kind", AlertKind.__members__)
TABLE = _fixed("table", (table for table, _ in TABLES_IN_ORDER))
METHOD = _fixed("method", METHODS)
CODE = _fixed("code", code_pb2.Code.keys())
VERSION = _fixed("version", (version("oms"),))


@dataclass(frozen=True, slots=True)
class Metric:
    """A row of the table. `labels` beside `service`, which every metric has."""

    name: str
    kind: Kind
    labels: tuple[Label, ...]
    services: tuple[str, ...]
    help: str

    @property
    def unit(self) -> str:
        """The base unit that the name ends with; empty for a count."""
        return "seconds" if self.name.endswith("_seconds") else ""


_C, _G, _H = Kind.COUNTER, Kind.GAUGE, Kind.HISTOGRAM
_READING = (*STAGES, GATEWAY, AUDIT)

METRICS: tuple[Metric, ...] = (
    Metric("oms_build_info", _G, (VERSION,), SERVICES, "Always 1; the version runs in the label."),
    Metric("oms_healthy", _G, (), SERVICES, "1 where /healthz says 200."),
    Metric("oms_ready", _G, (), SERVICES, "1 where /readyz says 200: owner or following, and caught up."),
    Metric("oms_input_lag_records", _G, (TOPIC, PARTITION), _READING, "Records of an input that are not read yet."),
    Metric("oms_input_lag_seconds", _G, (TOPIC, PARTITION), _READING, "Age of the oldest record of an input that is not read yet, at most; 0 when caught up. Of audit: not written yet."),
    Metric("oms_records_read_total", _C, (TOPIC, PARTITION), _READING, "Records read."),
    Metric("oms_records_written_total", _C, (TOPIC, PARTITION), (*STAGES, GATEWAY), "Records appended, whatever became of them."),
    Metric("oms_in_flight_records", _G, (TOPIC, PARTITION), (*STAGES, GATEWAY), "Records appended without an answer of the broker."),
    Metric("oms_append_seconds", _H, (TOPIC, PARTITION), (*STAGES, GATEWAY), "From the decision to the broker's acknowledgement of its record; at the gateway from the command's arrival."),
    Metric("oms_order_path_seconds", _H, (PARTITION, UNTIL), SERVICES, "From a new order's arrival at the gateway until it was written, decided by risk, routed, sent on as an intent, or first filled."),
    Metric("oms_duplicates_total", _C, (DUPLICATE,), SERVICES, "What came a second time and was dropped."),
    Metric("oms_audit_age_seconds", _G, (), (RISK, GATEWAY), "How long ago the audit was last known to have written everything; absent before it was heard of."),
    Metric("oms_partition_phase", _G, (PARTITION, PHASE), STAGES, "1 for the phase that the partition is in."),
    Metric("oms_partition_epoch", _G, (PARTITION,), STAGES, "Offset of the claim under which the partition is owned; -1 where it is not."),
    Metric("oms_claims_total", _C, (PARTITION,), STAGES, "Claims acknowledged."),
    Metric("oms_runs_abandoned_total", _C, (PARTITION,), STAGES, "Runs that ended: a newer claim, a broken run, or an append with an unknown outcome."),
    Metric("oms_fold_seconds", _G, (PARTITION,), STAGES, "How long the last fold of the journal took, the claim included."),
    Metric("oms_fold_records", _G, (PARTITION,), STAGES, "Valid records in the last fold of the journal."),
    Metric("oms_fold_void_records", _G, (PARTITION,), STAGES, "Void records in the last fold of the journal."),
    Metric("oms_void_records_total", _C, (TOPIC, PARTITION), STAGES, "Records of an upstream journal that the run rule voids."),
    Metric("oms_decision_seconds", _H, (TOPIC, PARTITION), STAGES, "From the broker's time of a record to the decision about it, where the decision left a record."),
    Metric("oms_decisions_total", _C, (DECISION, REASON), STAGES, "Decisions by what was decided and why. ACCEPTED: risk let it pass; NONE: done as asked."),
    Metric("oms_timers_fired_total", _C, (TIMER,), STAGES, "Journaled timers that fired, and steps of longer work."),
    Metric("oms_dead_letters_total", _C, (), STAGES, "Records that could not be read."),
    Metric("oms_halts_in_force", _G, (PARTITION, SCOPE), STAGES, "Halts that a partition obeys now."),
    Metric("oms_control_age_seconds", _G, (PARTITION,), STAGES, "Age of the newest record of oms.control by the broker's time."),
    Metric("oms_venue_session_up", _G, (PARTITION, VENUE), (EXECUTION,), "1 where the session with the venue is logged on."),
    Metric("oms_breaks_open", _G, (PARTITION, CAUSE), (EXECUTION,), "Open breaks: differences between our own state and a venue's reports, by cause class."),
    Metric("oms_alerts_open", _G, (PARTITION, ALERT), (RISK, EXECUTION), "Open alerts of the monitors, by what they found."),
    Metric("oms_intents_total", _C, (INTENT,), (EXECUTION,), "Messages about children journaled to be sent to a venue."),
    Metric("oms_venue_reports_total", _C, (VENUE, EXEC_TYPE), (EXECUTION,), "Reports of venues that were booked."),
    Metric("oms_anomalies_total", _C, (), (EXECUTION,), "Messages of venues that no known order explains."),
    Metric("oms_commands_total", _C, (COMMAND, REASON), (GATEWAY,), "Commands of desks: taken (ACCEPTED) or refused before anything was written."),
    Metric("oms_rpc_total", _C, (METHOD, CODE), (GATEWAY,), "Calls that ended, by method and gRPC status code."),
    Metric("oms_rpc_seconds", _H, (METHOD,), (GATEWAY,), "Duration of unary calls, whatever their end; waiting for a decision is part of it."),
    Metric("oms_rpc_open", _G, (METHOD,), (GATEWAY,), "Calls under way; of Session and Subscribe: streams open."),
    Metric("oms_audit_pending_records", _G, (), (AUDIT,), "Records read and not yet written."),
    Metric("oms_audit_insert_seconds", _H, (TABLE,), (AUDIT,), "Duration of an insert into ClickHouse."),
    Metric("oms_audit_rows_total", _C, (TABLE,), (AUDIT,), "Rows inserted and confirmed."),
    Metric("oms_audit_write_seconds", _H, (TOPIC,), (AUDIT,), "From the broker's time of a record to its row being confirmed."),
    Metric("oms_audit_recoveries_total", _C, (), (AUDIT,), "Starts from what ClickHouse and the plan log say: one a process, and one whenever something was in doubt."),
)  # fmt: skip

PROCESS_METRICS = (
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_virtual_memory_bytes",
)
"""Of the operating system about the process, named by the client library as in every other program."""

BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in METRICS}
_LE = tuple(repr(bound / 1e9) for bound in BOUNDS_NS)
"""As the exposition formats write a number: 0.0001, 1.0."""


class Telemetry(Collector):
    """The page of one process. `measures`, `health` and `venues` are called for every look at it and must not block."""

    def __init__(
        self,
        service: str,
        partitions: int,
        measures: Callable[[], Iterable[Measure]],
        health: Callable[[], Mapping[str, object]],
        venues: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        self._service, self._partitions, self._venues = service, partitions, venues
        self._measures, self._health = measures, health
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def page(self, accept: str) -> tuple[str, bytes]:
        """Content type and body: OpenMetrics where the Accept header asks for it, else the Prometheus text format."""
        encode, content_type = choose_encoder(accept)
        return content_type, encode(self._registry)

    def describe(self) -> list[Family]:
        """Nothing before the first look."""
        return []

    def collect(self) -> Iterator[Family]:
        found: dict[str, list[Measure]] = {m.name: [] for m in METRICS if self._service in m.services}
        for measure in (*self._own(), *self._measures()):
            found[measure.name].append(measure)
        bounds = Bounds(self._partitions, self._venues())
        for name, values in found.items():
            yield self._family(BY_NAME[name], values, bounds)

    def _own(self) -> Iterator[Measure]:
        said = self._health()
        yield Measure("oms_build_info", (version("oms"),), 1)
        yield Measure("oms_healthy", (), said.get("healthy") is True)
        yield Measure("oms_ready", (), said.get("ready") is True)

    def _family(self, metric: Metric, values: Iterable[Measure], bounds: Bounds) -> Family:
        allowed = [label.values(bounds) for label in metric.labels]
        sums: dict[tuple[str, ...], float] = {}
        histograms: dict[tuple[str, ...], Histogram] = {}
        for measure in values:
            assert len(measure.labels) == len(allowed), f"{metric.name} has {len(allowed)} labels: {measure.labels}"
            shown = [v if v in known else OTHER for v, known in zip(measure.labels, allowed, strict=True)]
            key = (self._service, *shown)
            if isinstance(measure.value, Histogram):
                histograms[key] = measure.value
            else:
                sums[key] = sums.get(key, 0) + measure.value  # what became OTHER is one series
        return _family(metric, sums, histograms)


def _family(
    metric: Metric, sums: Mapping[tuple[str, ...], float], histograms: Mapping[tuple[str, ...], Histogram]
) -> Family:
    labels = ("service", *(label.name for label in metric.labels))
    match metric.kind:
        case Kind.HISTOGRAM:
            shown = HistogramMetricFamily(metric.name, metric.help, labels=labels, unit=metric.unit)
            for key, histogram in histograms.items():
                shown.add_metric(key, _buckets(histogram), histogram.sum_ns / 1e9)
            return shown
        case Kind.COUNTER:
            counter = CounterMetricFamily(metric.name, metric.help, labels=labels)
            for key, value in sums.items():
                counter.add_metric(key, value)
            return counter
        case Kind.GAUGE:
            gauge = GaugeMetricFamily(metric.name, metric.help, labels=labels, unit=metric.unit)
            for key, value in sums.items():
                gauge.add_metric(key, value)
            return gauge


def _buckets(histogram: Histogram) -> list[tuple[str, float]]:
    counts, total, found = histogram.counts.copy(), 0, []
    for bound, count in zip((*_LE, "+Inf"), counts, strict=True):
        total += count
        found.append((bound, float(total)))
    return found
