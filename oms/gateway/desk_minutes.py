"""What desks did, minute by minute: orders, rejects, fills and notional, as a fold of `oms.risk` into a table that may be replayed.

One journal is enough: risk decides every order, and books every fill with its instrument, quantity and price (`ExposureMoved`), where
the router's word of the same fill would need a map of all orders beside it. A minute is one of tape time, that of the record's event. A correction or bust (`ExposureCorrected`) counts in its own minute, by the
difference it makes, so that sums over minutes are right and a minute's own figures may be negative.

Invariants:
- a record counts once, however often and from whatever earlier offset it comes again: a row remembers the offset behind the last record
  that it counted, in the same value as the counts, so that no crash can part the two;
- only records that are valid by the run rule count; the run position of each partition is in the table too;
- what a table holds depends on the journal alone: of each desk the `minutes_kept` latest minutes, however the partitions interleave;
- memory is bounded: desks × `minutes_kept` rows.

The table is any mapping of texts to JSON values. Notional is Σ price × quantity by instrument, both as the integers of the journal: scales
and currencies are reference data, which this does not know. Nor does it know who keeps the table, or where.
"""

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any

from oms.core.risk_events import ExposureCorrected, ExposureMoved, OrderAccepted, OrderRejected
from oms.core.run_rule import JOURNAL_START, NO_EPOCH, RunPosition, Validity, ack_on_plan, advance
from oms.wire.envelope import Claim, Envelope

MINUTE_NS = 60_000_000_000
MINUTES_KEPT = 1_500
"""Per desk: a day of a market that never closes, and an hour to look back over midnight."""

POSITION_EVERY = 100
"""Records after which a run position is stored anew: a replay reads at most so many again, and most records cost no further write."""

_POSITION = "position"
Table = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeskMinute:
    """One row. `minute_ns` is when the minute began, tape time. `orders` counts the `rejects` too. `notional`: by instrument."""

    desk_id: str
    minute_ns: int
    orders: int
    rejects: int
    fills: int
    notional: dict[str, int]


class DeskMinutes:
    """The fold over one table. Not thread-safe. After the table was filled from elsewhere: `reload`."""

    def __init__(self, table: Table, minutes_kept: int = MINUTES_KEPT) -> None:
        self._table, self._kept = table, minutes_kept
        self.reload()

    def reload(self) -> None:
        """Take what the table holds now for the truth."""
        self._runs: dict[int, RunPosition] = {}
        self._minutes: dict[str, list[int]] = {}
        for key, value in self._table.items():
            name, _, number = key.rpartition("/")
            if name == _POSITION:
                self._runs[int(number)] = RunPosition(value[0], value[1], value[2])
            else:
                self._minutes.setdefault(name, []).append(int(number))

    def next_offset(self, partition: int) -> int:
        """The offset of the journal record to be folded next."""
        return self._runs.get(partition, JOURNAL_START).next_offset

    def start_at(self, partition: int, offset: int) -> None:
        """The log holds nothing before `offset` any more: go on there. The run that the first record belongs to is not known then."""
        assert offset > self.next_offset(partition)
        self._runs[partition] = RunPosition(offset, NO_EPOCH, True)

    def fold(self, partition: int, offset: int, record: Claim | Envelope) -> None:
        """The journal record at `next_offset`; one below it was folded before, and changes nothing."""
        before = self._runs.get(partition, JOURNAL_START)
        if offset < before.next_offset:
            return
        if isinstance(record, Claim):
            after, validity = advance(before, offset, True, 0, 0)
        else:
            if before.epoch == NO_EPOCH and before.unbroken and ack_on_plan(record.epoch, record.run_seq, offset):
                before = RunPosition(
                    offset, record.epoch, True
                )  # a trimmed log: what it still holds is settled history
            after, validity = advance(before, offset, False, record.epoch, record.run_seq)
        if validity is Validity.VALID and isinstance(record, Envelope):
            self._count(offset, record)
        self._runs[partition] = after
        if offset % POSITION_EVERY == 0 or after.epoch != before.epoch:  # after the rows: what it skips is in them
            self._table[f"{_POSITION}/{partition}"] = [after.next_offset, after.epoch, after.unbroken]

    def _count(self, offset: int, envelope: Envelope) -> None:
        minute = envelope.event_time_ns // MINUTE_NS
        for desk_id, change in _changes(envelope):
            key = f"{desk_id}/{minute}"
            row = self._table.get(key)
            if row is None and not self._open(desk_id, minute):
                continue
            if row is not None and offset < row["below"]:
                continue
            self._table[key] = _added(row, change, offset + 1)
            self._close_oldest(desk_id)

    def _open(self, desk_id: str, minute: int) -> bool:
        """Make room in the index; no for a minute that is older than all that are kept."""
        minutes = self._minutes.setdefault(desk_id, [])
        if len(minutes) >= self._kept and minute < min(minutes):
            return False
        minutes.append(minute)
        return True

    def _close_oldest(self, desk_id: str) -> None:
        minutes = self._minutes[desk_id]
        while len(minutes) > self._kept:
            oldest = min(minutes)
            minutes.remove(oldest)
            del self._table[f"{desk_id}/{oldest}"]


def _changes(envelope: Envelope) -> Iterator[tuple[str, DeskMinute]]:
    """What a record adds, one entry a desk: a desk's row is written once a record, with all that the record says of it."""
    found: dict[str, DeskMinute] = {}
    for event in envelope.events:
        match event:
            case OrderAccepted():
                one = DeskMinute(event.order.desk_id, 0, 1, 0, 0, {})
            case OrderRejected():
                one = DeskMinute(event.order.desk_id, 0, 1, 1, 0, {})
            case ExposureMoved():
                notional = {event.instrument_id: event.last_qty * event.last_px}
                one = DeskMinute(event.order_id.partition("/")[0], 0, 0, 0, 1, notional)
            case ExposureCorrected():
                change = event.new_qty * event.new_px - event.old_qty * event.old_px
                fills = bool(event.new_qty) - bool(event.old_qty)
                one = DeskMinute(event.order_id.partition("/")[0], 0, 0, 0, fills, {event.instrument_id: change})
            case _:  # the other events move neither an order's decision nor a position
                continue
        found[one.desk_id] = _sum(found[one.desk_id], one) if one.desk_id in found else one
    yield from found.items()


def _sum(a: DeskMinute, b: DeskMinute) -> DeskMinute:
    notional = {name: a.notional.get(name, 0) + b.notional.get(name, 0) for name in {**a.notional, **b.notional}}
    return DeskMinute(a.desk_id, a.minute_ns, a.orders + b.orders, a.rejects + b.rejects, a.fills + b.fills, notional)


def _added(row: dict[str, Any] | None, change: DeskMinute, below: int) -> dict[str, Any]:
    """The row's next value: a new one each time, so that whoever reads the table from another thread sees whole rows."""
    total = change if row is None else _sum(_read(change.desk_id, 0, row), change)
    return {
        "orders": total.orders,
        "rejects": total.rejects,
        "fills": total.fills,
        "notional": total.notional,
        "below": below,
    }


def _read(desk_id: str, minute: int, row: dict[str, Any]) -> DeskMinute:
    return DeskMinute(desk_id, minute * MINUTE_NS, row["orders"], row["rejects"], row["fills"], dict(row["notional"]))


def desk_minutes(table: dict[str, Any], latest: int = MINUTES_KEPT) -> list[DeskMinute]:
    """The rows of a table by desk and minute; of each desk the `latest` ones."""
    found: dict[str, list[DeskMinute]] = {}
    for key, value in table.items():
        desk_id, _, minute = key.rpartition("/")
        if desk_id != _POSITION:
            found.setdefault(desk_id, []).append(_read(desk_id, int(minute), value))
    rows = []
    for desk_id in sorted(found):
        rows += sorted(found[desk_id], key=lambda row: row.minute_ns)[-latest:]
    return rows


def view_json(table: dict[str, Any], latest: int = MINUTES_KEPT) -> dict[str, object]:
    """The rows for programs: `minutes`, each as `DeskMinute` has it; notional as decimal texts, which JSON readers keep whole."""
    return {
        "minutes": [
            {
                "desk_id": row.desk_id,
                "minute_ns": row.minute_ns,
                "orders": row.orders,
                "rejects": row.rejects,
                "fills": row.fills,
                "notional": {name: str(amount) for name, amount in sorted(row.notional.items())},
            }
            for row in desk_minutes(table, latest)
        ]
    }
