"""The one table of topics: who writes, who reads, what is audited, how many partitions. Everything that names a topic takes it from here.

Journals have one owner per partition and are folded into state; intakes have several producers, and a record's identity is its offset; a
view is what a reader made of them, and can be deleted and made again.
All desk-keyed topics have the same number of partitions: partition p is one independent pipeline through all services.
"""

import zlib
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    JOURNAL = "journal"
    INTAKE = "intake"
    VIEW = "view"


class Partitioning(Enum):
    SINGLE = "one partition"
    DESK = "desk"
    INSTRUMENT = "instrument"


@dataclass(frozen=True, slots=True)
class Topic:
    """`writer`: the service, or the services with a comma between. `partitions` of a SINGLE topic is 1; of the others the number fixed when the data directory or cluster was set up."""

    name: str
    kind: Kind
    partitioning: Partitioning
    writer: str
    readers: tuple[str, ...]
    audited: bool
    content: str
    compacted: bool = False

    def partitions(self, desk_partitions: int) -> int:
        return 1 if self.partitioning is Partitioning.SINGLE else desk_partitions


DEFAULT_PARTITIONS = 4

REFERENCE = "oms.reference"
CONTROL = "oms.control"
ORDERS = "oms.orders"
RISK = "oms.risk"
ROUTING = "oms.routing"
EXECUTION = "oms.execution"
CLIENT_SESSIONS = "oms.client-sessions"
CREDIT = "oms.credit"
MARKET = "oms.market"
DEAD_LETTERS = "oms.dead-letters"
ACCESS = "oms.access"
VENUE_WIRE = "oms.venue-wire"
HEARTBEATS = "oms.heartbeats"
AUDIT_PLANS = "oms.audit-plans"
AUDIT_PROGRESS = "oms.audit-progress"
ALERTS = "oms.alerts"
VIEW_DESK_MINUTES = "oms.views.desk-minutes"

_ALL = ("order-gateway", "risk", "router", "execution", "audit")

TOPICS: tuple[Topic, ...] = (
    Topic(
        REFERENCE,
        Kind.INTAKE,
        Partitioning.SINGLE,
        "order-gateway, risk",
        _ALL,
        True,
        "instruments, venues, desks, accounts, people, limits; of risk: risk factors",
    ),
    Topic(
        CONTROL,
        Kind.INTAKE,
        Partitioning.SINGLE,
        "order-gateway",
        _ALL,
        True,
        "halts, liquidations, cancels by scope, clock anchors, control heartbeat",
    ),
    Topic(
        ORDERS,
        Kind.INTAKE,
        Partitioning.DESK,
        "order-gateway",
        ("order-gateway", "risk", "audit"),
        True,
        "commands of desks",
    ),
    Topic(
        RISK,
        Kind.JOURNAL,
        Partitioning.DESK,
        "risk",
        ("order-gateway", "risk", "router", "audit", "views"),
        True,
        "decisions with evidence, mandates, exposure",
    ),
    Topic(
        ROUTING,
        Kind.JOURNAL,
        Partitioning.DESK,
        "router",
        ("order-gateway", "risk", "router", "execution", "audit"),
        True,
        "parent orders, child commands",
    ),
    Topic(
        EXECUTION,
        Kind.JOURNAL,
        Partitioning.DESK,
        "execution",
        ("order-gateway", "router", "execution", "audit"),
        True,
        "send intents, child reports, venue sessions",
    ),
    Topic(
        CLIENT_SESSIONS,
        Kind.JOURNAL,
        Partitioning.DESK,
        "order-gateway",
        ("order-gateway", "audit"),
        True,
        "clients' FIX sessions: numbers, messages, what they led to",
    ),
    Topic(
        CREDIT,
        Kind.JOURNAL,
        Partitioning.SINGLE,
        "risk",
        ("risk", "audit"),
        True,
        "grants and recalls of limits that span partitions",
    ),
    Topic(
        MARKET,
        Kind.INTAKE,
        Partitioning.INSTRUMENT,
        "execution",
        ("order-gateway", "risk", "router", "audit"),
        True,
        "quotes (may be conflated), trades (never)",
    ),
    Topic(
        DEAD_LETTERS,
        Kind.INTAKE,
        Partitioning.SINGLE,
        "any",
        ("order-gateway", "audit"),
        True,
        "records that were passed over, with their bytes",
    ),
    Topic(
        ACCESS,
        Kind.INTAKE,
        Partitioning.SINGLE,
        "order-gateway",
        ("audit",),
        True,
        "calls refused for who made them, tokens that came and went",
    ),
    Topic(
        VENUE_WIRE,
        Kind.INTAKE,
        Partitioning.DESK,
        "execution",
        ("audit",),
        True,
        "FIX frames of venue sessions, both ways, as they were on the wire",
    ),
    Topic(
        HEARTBEATS,
        Kind.INTAKE,
        Partitioning.SINGLE,
        "any",
        ("order-gateway", "risk", "router", "execution"),
        False,
        "presence: role, epoch, lag",
        compacted=True,
    ),
    Topic(
        AUDIT_PLANS,
        Kind.INTAKE,
        Partitioning.SINGLE,
        "audit",
        ("audit",),
        False,
        "insert batches, planned before they are made",
    ),
    Topic(
        AUDIT_PROGRESS,
        Kind.INTAKE,
        Partitioning.SINGLE,
        "audit",
        ("order-gateway", "risk"),
        False,
        "written prefix, chain head, when last caught up",
        compacted=True,
    ),
    Topic(
        ALERTS,
        Kind.VIEW,
        Partitioning.DESK,
        "audit",
        ("order-gateway",),
        False,
        "alerts of the monitors, out of oms.risk and oms.execution",
    ),
    Topic(
        VIEW_DESK_MINUTES,
        Kind.VIEW,
        Partitioning.DESK,
        "views",
        ("views",),
        False,
        "orders, rejects, fills, notional per desk and minute; rebuilt from oms.risk at any time",
        compacted=True,
    ),
)

BY_NAME = {topic.name: topic for topic in TOPICS}


def partition_of(topic: str, partition: int) -> int:
    """The partition of a topic that a stage's partition reads: the same, or the only one."""
    return 0 if BY_NAME[topic].partitioning is Partitioning.SINGLE else partition


JOURNAL_OF_STAGE = {"risk": RISK, "router": ROUTING, "execution": EXECUTION}


def market_partition(instrument_id: str, partitions: int) -> int:
    """The partition of `oms.market` that holds all venues' data of an instrument. Stable across processes and releases (CRC-32)."""
    return zlib.crc32(instrument_id.encode()) % partitions


ORDER_PATH = (ORDERS, RISK, ROUTING, EXECUTION)
"""What is written about one order; each record names the one it was decided from."""

ARROWS: dict[str, tuple[tuple[str, str], ...]] = {
    ORDERS: (("order-gateway", "risk"), ("order-gateway", "audit")),
    RISK: (("risk", "router"), ("risk", "audit")),
    ROUTING: (("router", "execution"), ("router", "risk"), ("router", "audit")),
    EXECUTION: (("execution", "router"), ("execution", "audit")),
}
"""The arrows of the picture along which one order moves, by topic: (writer, the service that acts on it). A trace has exactly these.

It is the table above without a journal's own reader, and without readers that only tell (the gateway) or count (views): no record follows.
"""
