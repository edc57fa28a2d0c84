"""The view per desk and minute: each record once, however often it comes, whatever was lost between table and positions."""

import json
import random
from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from typing import Any

import pytest
from gateway_world import accepted, exposure, new_order, rejected, risk_record

from oms.core.stage import Event
from oms.gateway.desk_minutes import (
    MINUTE_NS,
    POSITION_EVERY,
    DeskMinute,
    DeskMinutes,
    desk_minutes,
    view_json,
)
from oms.wire.codec import decode_journal, encode_claim, encode_envelope
from oms.wire.envelope import Claim, Envelope

PARTITION = 3
Journal = list[Claim | Envelope]


class Changelog(MutableMapping[str, Any]):
    """A table that remembers its writes in order, as its changelog would; values live only as the JSON they are."""

    def __init__(self) -> None:
        self.writes: list[tuple[str, str | None]] = []
        self._now: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        return self._now[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.writes.append((key, json.dumps(value)))
        self._now[key] = json.loads(json.dumps(value))

    def __delitem__(self, key: str) -> None:
        self.writes.append((key, None))
        del self._now[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now)

    def __len__(self) -> int:
        return len(self._now)

    def restored(self, writes: int) -> "Changelog":
        """The table after a crash that kept only the first writes."""
        table = Changelog()
        for key, value in self.writes[:writes]:
            if value is None:
                del table[key]
            else:
                table[key] = json.loads(value)
        return table


def at(minute: int, epoch: int, run_seq: int, *events: Event) -> Envelope:
    return replace(risk_record(epoch, run_seq, 0, *events), event_time_ns=minute * MINUTE_NS + 5)


def folded(journal: Journal, table: MutableMapping[str, Any], kept: int = 1_500) -> DeskMinutes:
    """From the table's own position to the journal's end."""
    folding = DeskMinutes(table, kept)
    for offset in range(folding.next_offset(PARTITION), len(journal)):
        folding.fold(PARTITION, offset, journal[offset])
    return folding


def some_journal(rng: random.Random, length: int) -> Journal:
    """Claims, stragglers that void what follows, marks, and everything that counts, over two desks and some minutes."""
    journal: Journal = [Claim("first", 1)]
    epoch, minute = 0, 10
    while len(journal) < length:
        offset, draw = len(journal), rng.random()
        if draw < 0.03:
            epoch = offset
            journal.append(Claim("next", 1))
            continue
        minute += rng.random() < 0.05
        order = new_order(f"o{offset}", rng.choice(("alpha", "beta")))
        events: tuple[Event, ...] = (accepted(order),)
        if draw < 0.2:
            events = (rejected(order),)
        elif draw < 0.5:
            events = (exposure(order, rng.randrange(1, 50), 5),)
        elif draw < 0.6:
            events = (exposure(order, 3, 5), exposure(order, 4, 9))
        elif draw < 0.7:
            events = ()
        strange = draw > 0.98
        journal.append(at(minute, epoch - strange, offset - epoch, *events))
    return journal


def naive(journal: Journal) -> dict[tuple[str, int], list[int]]:
    """Orders, rejects, fills and Σ price × quantity by desk and minute, by the sentence of the run rule."""
    found: dict[tuple[str, int], list[int]] = {}
    epoch, good = -1, False
    for offset, record in enumerate(journal):
        if isinstance(record, Claim):
            epoch, good = offset, True
            continue
        good = good and record.epoch == epoch and record.run_seq == offset - epoch
        for event in record.events if good else ():
            name = type(event).__name__
            desk = event.order_id.partition("/")[0]  # type: ignore[union-attr]
            row = found.setdefault((desk, record.event_time_ns // MINUTE_NS), [0, 0, 0, 0])
            row[0] += name in ("OrderAccepted", "OrderRejected")
            row[1] += name == "OrderRejected"
            row[2] += name == "ExposureMoved"
            row[3] += event.last_qty * event.last_px if name == "ExposureMoved" else 0  # type: ignore[union-attr]
    return found


def counts(rows: list[DeskMinute]) -> dict[tuple[str, int], list[int]]:
    return {
        (r.desk_id, r.minute_ns // MINUTE_NS): [r.orders, r.rejects, r.fills, sum(r.notional.values())] for r in rows
    }


def test_a_minute_counts_decisions_and_fills_of_each_desk() -> None:
    order, other = new_order("a1"), new_order("b1", "beta")
    journal: Journal = [
        Claim("p", 1),
        at(7, 0, 1, accepted(order)),
        at(7, 0, 2, rejected(new_order("a2"))),
        at(7, 0, 3, exposure(order, 60, 60)),
        at(8, 0, 4, exposure(order, 40, 100)),
        at(8, 0, 5, accepted(other)),
    ]
    table: dict[str, Any] = {}
    folded(journal, table)
    assert desk_minutes(table) == [
        DeskMinute("alpha", 7 * MINUTE_NS, 2, 1, 1, {"IBM": 60 * 5000}),
        DeskMinute("alpha", 8 * MINUTE_NS, 0, 0, 1, {"IBM": 40 * 5000}),
        DeskMinute("beta", 8 * MINUTE_NS, 1, 0, 0, {}),
    ]
    assert [row.minute_ns for row in desk_minutes(table, latest=1)] == [8 * MINUTE_NS] * 2


@pytest.mark.parametrize("seed", range(20))
def test_a_crash_after_any_write_counts_nothing_twice_and_loses_nothing(seed: int) -> None:
    rng = random.Random(seed)
    journal = some_journal(rng, 400)
    whole = Changelog()
    folded(journal, whole)
    assert counts(desk_minutes(dict(whole))) == naive(journal), seed
    for _ in range(15):
        kept = rng.randrange(len(whole.writes) + 1)
        table = whole.restored(kept)
        folded(journal[: rng.randrange(len(journal))], table)  # and a second crash somewhere behind the first
        table = table.restored(rng.randrange(kept, len(table.writes) + 1))
        folded(journal, table)
        assert desk_minutes(dict(table)) == desk_minutes(dict(whole)), (seed, kept)


def test_a_record_that_was_folded_before_changes_nothing() -> None:
    journal = some_journal(random.Random(5), 2 * POSITION_EVERY + 10)
    table = Changelog()
    folding = folded(journal, table)
    writes = len(table.writes)
    for offset in (0, 7, len(journal) - 1):
        folding.fold(PARTITION, offset, journal[offset])
    assert len(table.writes) == writes and folding.next_offset(PARTITION) == len(journal)


def test_a_restored_table_reads_on_from_a_stored_position() -> None:
    journal = some_journal(random.Random(6), 3 * POSITION_EVERY)
    table = Changelog()
    folded(journal, table)
    again = DeskMinutes(table.restored(len(table.writes)))
    assert len(journal) - POSITION_EVERY <= again.next_offset(PARTITION) <= len(journal)


@pytest.mark.parametrize("kept", [1, 3])
def test_of_each_desk_the_latest_minutes_stay_and_an_older_one_never_comes_back(kept: int) -> None:
    order = new_order("a1")
    minutes = [5, 9, 6, 7, 5, 8, 9, 4]
    journal: Journal = [Claim("p", 1), *(at(m, 0, n, accepted(order)) for n, m in enumerate(minutes, 1))]
    table = Changelog()
    folded(journal, table, kept)
    latest = sorted(set(minutes))[-kept:]
    assert counts(desk_minutes(dict(table))) == {("alpha", m): [minutes.count(m), 0, 0, 0] for m in latest}
    for writes in range(len(table.writes) + 1):
        half = table.restored(writes)
        folded(journal, half, kept)
        assert desk_minutes(dict(half)) == desk_minutes(dict(table)), writes


def test_a_log_that_was_trimmed_is_read_on_from_where_it_starts() -> None:
    order = new_order("a1")
    folding = DeskMinutes(table := {})
    folding.start_at(PARTITION, 42)
    folding.fold(PARTITION, 42, at(1, 40, 2, accepted(order)))
    folding.fold(PARTITION, 43, at(1, 39, 4, accepted(order)))  # a straggler: it and what follows is void
    folding.fold(PARTITION, 44, at(1, 40, 4, accepted(order)))
    folding.fold(PARTITION, 45, Claim("q", 1))
    folding.fold(PARTITION, 46, at(1, 45, 1, accepted(order)))
    assert [row.orders for row in desk_minutes(table)] == [2]


def test_rows_for_programs_keep_large_numbers_whole() -> None:
    order, big = new_order("a1"), 2**53 + 1
    fill = replace(exposure(order, 1, 1), last_px=big)
    table: dict[str, Any] = {}
    folded([Claim("p", 1), at(2, 0, 1, fill), at(2, 0, 2, fill)], table)
    minutes: Any = json.loads(json.dumps(view_json(table)))["minutes"]
    assert minutes == [
        {
            "desk_id": "alpha",
            "minute_ns": 2 * MINUTE_NS,
            "orders": 0,
            "rejects": 0,
            "fills": 2,
            "notional": {"IBM": str(2 * big)},
        }
    ]


def test_what_is_folded_is_what_a_journal_holds() -> None:
    """The records of these tests pass through the bytes of `oms.risk` unchanged."""
    for record in some_journal(random.Random(1), 50):
        data = encode_claim(record) if isinstance(record, Claim) else encode_envelope("oms.risk", record)
        assert decode_journal(data) == record
