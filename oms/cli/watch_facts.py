"""What the live view shows, as facts, and which of them are alerts. No I/O, no colours.

What is not known is None (or a problem in words), never an empty value that looks like good news. Ages of market data are tape time; of
control, audit and processes wall time. Amounts count 10**-12 of their currency.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

CONTROL_LIMIT_NS = 5_000_000_000
AUDIT_LIMIT_NS = 10_000_000_000
"""The services' own defaults, beyond which new orders are denied."""

LAG_ALERT_S = 5.0
"""A stage so far behind decides on news that a trader has long seen."""

MONITORS_SHOWN = 4
"""Alerts of the monitors; the newest first."""

DISK_NEAR = 0.9
DISK_FREE_LOW = 2_000_000_000
"""Bytes; at half of it nothing starts any more."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Only what is of this; empty does not restrict."""

    desk: str = ""
    account: str = ""
    instrument: str = ""
    service: str = ""

    def text(self) -> str:
        shown = {"desk": self.desk, "account": self.account, "instrument": self.instrument, "service": self.service}
        return " ".join(f"{name} {value}" for name, value in shown.items() if value)


@dataclass(frozen=True, slots=True)
class Clocks:
    """`tape_ns` 0: no tape has been set going. `speed_milli`: thousandths of the tape's own pace."""

    wall_ns: int
    tape_ns: int = 0
    speed_milli: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One service by its own word. `problem`: why it is not well, where it is not."""

    name: str
    answers: bool
    ready: bool
    phase: str = ""
    epochs: tuple[int, ...] = ()
    lag_records: int | None = None
    lag_seconds: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class MinuteLine:
    """What a desk did in a minute of tape time; `notional` by currency."""

    desk_id: str
    minute_ns: int
    orders: int
    rejects: int
    fills: int
    notional: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class DeskLine:
    """A desk's sums in one currency. The `_unknown` count positions that the sum leaves out."""

    desk_id: str
    currency: str
    positions: int
    realised: int
    realised_unknown: int
    unrealised: int
    unrealised_unknown: int
    mark_age_ns: int | None
    stale_marks: int
    open_orders: int
    open_buy: int
    open_sell: int


@dataclass(frozen=True, slots=True)
class PositionLine:
    """A position. Quantity and mark are exact decimals as texts; `mark` is empty where there is none."""

    desk_id: str
    account_id: str
    instrument_id: str
    qty: str
    currency: str
    unrealised: int | None
    mark: str
    mark_age_ns: int | None
    stale: bool


@dataclass(frozen=True, slots=True)
class FillLine:
    time_ns: int
    desk_id: str
    instrument_id: str
    side: str
    qty: str
    price: str
    venue_id: str
    order_id: str


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes. `limit` 0: no bound is known."""

    used: int
    limit: int
    free: int


@dataclass(frozen=True, slots=True)
class Quoted:
    """The newest word of any venue about an instrument, and the age beyond which risk takes no order by it (None: no such limit)."""

    instrument_id: str
    age_ns: int
    limit_ns: int | None


@dataclass(frozen=True, slots=True)
class Facts:
    """One look at everything. None: could not be asked; the reason is in `gateway_problem` or `view_problem`."""

    clocks: Clocks
    filters: Filters = Filters()
    services: tuple[ServiceLine, ...] = ()
    gateway_problem: str = ""
    orders: tuple[tuple[str, int], ...] | None = None
    desks: tuple[DeskLine, ...] | None = None
    positions: tuple[PositionLine, ...] | None = None
    fills: tuple[FillLine, ...] | None = None
    minutes: tuple[MinuteLine, ...] | None = None
    view_problem: str = ""
    halts: tuple[str, ...] = ()
    liquidations: tuple[str, ...] = ()
    control_age_ns: int | None = None
    audit_age_ns: int | None = None
    quoted: tuple[Quoted, ...] = ()
    disk: Disk | None = None
    found: tuple[str, ...] = ()
    """What the monitors found and is not over (`oms alerts`), in words."""
    messages: tuple[str, ...] = ()


class Urgency(IntEnum):
    """Most urgent first: what stops all trading, what stops some, what will, what only the eye misses."""

    STOPPED = 1
    DENIED = 2
    HALTED = 3
    NEAR = 4
    NOTE = 5


@dataclass(frozen=True, slots=True)
class Alert:
    urgency: Urgency
    text: str


def brief_age(nanoseconds: int) -> str:
    """A duration at a glance, in at most five characters.

    >>> brief_age(340_000_000), brief_age(42_900_000_000), brief_age(190_000_000_000), brief_age(7_300_000_000_000)
    ('0.3s', '42s', '3m', '2h')
    """
    seconds = nanoseconds // 10**9
    if seconds < 10:
        return f"{nanoseconds // 10**8 / 10:.1f}s"
    if seconds < 100:
        return f"{seconds}s"
    return f"{seconds // 60}m" if seconds < 6000 else f"{min(seconds // 3600, 9999)}h"


def alerts(facts: Facts) -> list[Alert]:
    """What a person must know now, most urgent first; in the order found within one urgency."""
    found = [*_of_services(facts), *_of_control(facts), *_of_monitors(facts), *_of_market(facts), *_of_disk(facts)]
    if facts.view_problem:
        found.append(Alert(Urgency.NOTE, f"view not there: {facts.view_problem}"))
    return sorted(found, key=lambda alert: alert.urgency)


def _of_services(facts: Facts) -> Iterator[Alert]:
    if facts.gateway_problem:
        yield Alert(Urgency.STOPPED, facts.gateway_problem)
    for service in facts.services:
        if not service.answers:
            yield Alert(Urgency.STOPPED, f"{service.name} does not answer: {service.problem}")
        elif not service.ready:
            yield Alert(
                Urgency.STOPPED, f"{service.name} is not ready" + (f" ({service.phase})" if service.phase else "")
            )
        elif service.lag_seconds is not None and service.lag_seconds > LAG_ALERT_S:
            yield Alert(
                Urgency.NEAR, f"{service.name} is {service.lag_seconds:.0f} s behind ({service.lag_records} records)"
            )


def _of_control(facts: Facts) -> Iterator[Alert]:
    if facts.gateway_problem:
        return
    if facts.control_age_ns is None or facts.control_age_ns > CONTROL_LIMIT_NS:
        age = "never heard" if facts.control_age_ns is None else f"for {brief_age(facts.control_age_ns)}"
        yield Alert(Urgency.DENIED, f"control silent {age}: new orders are denied")
    if facts.audit_age_ns is None:
        yield Alert(Urgency.DENIED, "audit has never been complete: new orders are denied")
    elif facts.audit_age_ns > AUDIT_LIMIT_NS:
        yield Alert(Urgency.DENIED, f"audit behind by {brief_age(facts.audit_age_ns)}: new orders are denied")
    for halt in facts.halts:
        yield Alert(Urgency.HALTED, f"halt in force: {halt} (oms resume {halt.partition(' ')[0]})")
    for liquidation in facts.liquidations:
        yield Alert(Urgency.HALTED, f"liquidating {liquidation}")


def _of_monitors(facts: Facts) -> Iterator[Alert]:
    """Some of many: the screen has other things to say too."""
    for text in facts.found[:MONITORS_SHOWN]:
        yield Alert(Urgency.HALTED, text)
    if len(facts.found) > MONITORS_SHOWN:
        yield Alert(Urgency.HALTED, f"{len(facts.found) - MONITORS_SHOWN} more of the monitors: oms alerts")


def _of_market(facts: Facts) -> Iterator[Alert]:
    stale = [q for q in facts.quoted if q.limit_ns is not None and q.age_ns > q.limit_ns]
    if stale:
        oldest = max(stale, key=lambda q: q.age_ns)
        names = ", ".join(q.instrument_id for q in stale[:3]) + (", …" if len(stale) > 3 else "")
        yield Alert(Urgency.HALTED, f"stale market data: {names} (last word {brief_age(oldest.age_ns)} ago)")


def _of_disk(facts: Facts) -> Iterator[Alert]:
    disk = facts.disk
    if disk is None:
        return
    if disk.limit and disk.used > disk.limit * DISK_NEAR:
        full = disk.used > disk.limit
        text = f"{disk.used / 1e9:.1f} of {disk.limit / 1e9:g} GB of the data directory's bound are used"
        yield Alert(Urgency.DENIED if full else Urgency.NEAR, text + (": new orders are halted" if full else ""))
    if disk.free < DISK_FREE_LOW:
        yield Alert(Urgency.NEAR, f"only {disk.free / 1e9:.1f} GB of disk are free")
