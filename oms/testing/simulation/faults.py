"""Which faults there are, how often each seed draws them, and how many were injected.

A fault is counted where it happens, never where it is planned: a plan that nothing ran into is no fault.
Does not know how a fault is made.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum


class Fault(Enum):
    """One kind each. The value is its name in reports."""

    CRASH = "crash-between-turns"
    CRASH_BEFORE_APPEND = "crash-before-append"
    CRASH_BEFORE_ACK = "crash-between-append-and-ack"
    CRASH_BEFORE_EFFECT = "crash-after-ack-before-effect"
    CRASH_IN_RECOVERY = "crash-in-recovery"
    ACK_LOST = "ack-lost"
    APPEND_LOST = "append-lost"
    MIDDLE_LOST = "middle-record-lost"
    APPEND_LATE = "failed-append-lands-late"
    APPEND_TWICE = "failed-append-lands-twice"
    APPEND_FATAL = "producer-fails-for-good"
    ACKS_HELD = "acks-held-back"
    OWNER_PAUSED = "owner-paused"
    ZOMBIE = "paused-owner-goes-on-after-takeover"
    ZOMBIE_BYTES = "replaced-owners-bytes-at-a-venue"
    CLAIMS_TOGETHER = "simultaneous-claims"
    CLOCK_FORWARD = "clock-forward"
    CLOCK_BACK = "clock-back"
    STALL_CONTROL = "control-stalled"
    STALL_REFERENCE = "reference-stalled"
    STALL_MARKET = "market-stalled"
    STALL_PROGRESS = "audit-progress-stalled"
    AUDIT_STALLED = "audit-stalled"
    AUDIT_CRASH = "audit-crash"
    AUDIT_TWO = "two-auditors-at-once"
    INSERT_FAILS = "insert-fails-before"
    INSERT_LANDS = "insert-fails-after-landing"
    GATEWAY_CRASH = "gateway-crash"
    GATEWAY_CRASH_BEFORE_ACK = "gateway-crash-between-append-and-ack"
    CLIENT_LOST = "client-lost-its-connection"
    REPLY_LOST = "venue-reply-lost"
    REPLY_NEVER = "venue-reply-never-made"
    REPLY_LATE = "venue-replies-late"
    REPLY_TWICE = "venue-reply-twice"
    REPLY_SWAPPED = "venue-replies-reordered"
    VENUE_LOST = "venue-connection-lost"
    VENUE_REFUSES = "venue-refuses-logon"
    VENUE_RESTART = "venue-restarts-books-kept"
    VENUE_FORGETS = "venue-forgets-order"
    VENUE_HANGS = "venue-hangs"
    MASS_CANCEL_REFUSED = "venue-refuses-mass-cancel"
    MASS_CANCEL_IGNORED = "venue-ignores-mass-cancel"
    TRADE_BUSTED = "trade-busted"
    TRADE_CORRECTED = "trade-corrected"
    IN_FLIGHT = "bytes-in-flight-of-a-dead-owner"
    BAD_BYTES = "unreadable-command"
    SNAPSHOT_TORN = "snapshot-torn"
    SNAPSHOT_FLIPPED = "snapshot-bit-flipped"
    SNAPSHOT_LOST = "snapshot-lost"
    SNAPSHOT_REFUSED = "snapshot-refused"
    SNAPSHOT_BAD = "snapshot-store-unreachable"


class Profile(Enum):
    """How hostile a seed is."""

    CALM = "calm"
    ROUGH = "rough"
    HOSTILE = "hostile"
    OWNERS = "owners"
    """Owners above all: crashes, pauses, claims, bad appends."""
    VENUES = "venues"
    """Venues above all."""
    EDGES = "edges"
    """Gateway, clients and audit above all."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Relative weights of the families of faults among the actions of a seed; work has some 70."""

    processes: float
    appends: float
    venues: float
    edges: float
    clocks: float
    stalls: float


WEIGHTS: dict[Profile, Weights] = {
    Profile.CALM: Weights(2, 1, 1, 1, 0.5, 0.5),
    Profile.ROUGH: Weights(8, 6, 8, 5, 2, 2),
    Profile.HOSTILE: Weights(16, 14, 16, 8, 4, 5),
    Profile.OWNERS: Weights(22, 20, 4, 2, 4, 2),
    Profile.VENUES: Weights(8, 3, 34, 2, 2, 1),
    Profile.EDGES: Weights(5, 8, 3, 24, 2, 8),
}


def draw_profile(chance: random.Random) -> Profile:
    return chance.choice(list(Profile))


class Killed(BaseException):
    """A process ends here, as by `kill -9`: nothing on the way up may catch it and go on."""


@dataclass(slots=True)
class FaultCount:
    """Faults that happened, by kind."""

    counts: Counter[Fault] = field(default_factory=Counter)

    def add(self, fault: Fault, number: int = 1) -> None:
        self.counts[fault] += number

    def by_name(self) -> dict[str, int]:
        return {fault.value: self.counts[fault] for fault in Fault if self.counts[fault]}
