"""The replay gate finds what was changed in a journal, names the record, and does not pass what it did not compare."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from make_journals import PRESENT, VERSION_1, play, read_journals

from oms.core.record_chain import record_hash
from oms.core.risk_events import OrderAccepted
from oms.core.run_rule import JOURNAL_START, Validity, advance
from oms.runtime.journal_fold import STATE_LAYOUT_VERSION, JournalFold
from oms.runtime.journal_verify import STAGE_RULES, ReplayVerdict, stage_journals, verify_journals
from oms.runtime.log import Record, TopicPartition
from oms.runtime.run import HASH_COST_MAX_NS, HASH_EVERY_RECORDS, Run
from oms.testing.sim_log import SimLog, SimReader
from oms.wire import topics
from oms.wire.codec import decode_head, decode_journal, encode_envelope
from oms.wire.envelope import Envelope

JOURNALS = stage_journals(dict.fromkeys(STAGE_RULES, 1))
MS = 1_000_000
FLIPS = 60
"""Bytes changed, one at a time, each in a replay of its own."""


@pytest.fixture(scope="module")
def played() -> SimLog:
    """Orders of every kind, two owners of each stage, void records."""
    return play().log


def copy_of(log: SimLog) -> SimLog:
    made = SimLog()
    for tp, partition in log.partitions.items():
        made.partitions[tp] = replace(partition, records=list(partition.records))
    return made


def verdict(log: SimLog) -> ReplayVerdict:
    return verify_journals(log, JOURNALS)


def records(log: SimLog, topic: str) -> list[Record]:
    return log.partitions[TopicPartition(topic, 0)].records


def valid_records(log: SimLog, topic: str) -> list[Record]:
    position, found = JOURNAL_START, []
    for record in records(log, topic):
        position, validity = advance(position, record.offset, *decode_head(record.value))
        if validity is Validity.VALID:
            found.append(record)
    return found


def rewritten(log: SimLog, topic: str, change: Callable[[Envelope], Envelope]) -> SimLog:
    """The log with `change` made to every valid record of a journal, and a record chain that holds all the same."""
    made, fold = copy_of(log), JournalFold(log, STAGE_RULES[topic](), TopicPartition(topic, 0))
    last_hash = after_claim = b""
    for record in list(records(log, topic)):
        validity = fold.apply(record)
        if validity is Validity.CLAIM:
            after_claim = record_hash(last_hash + record.value)
        elif validity is Validity.VALID:
            envelope = decode_journal(record.value)
            assert isinstance(envelope, Envelope)
            previous = after_claim if envelope.run_seq == 1 else last_hash
            value = encode_envelope(topic, replace(change(envelope), previous_hash=previous))
            records(made, topic)[record.offset] = replace(record, value=value)
            last_hash = record_hash(value)
    return made


def test_every_stage_of_a_played_day_is_proven(played: SimLog) -> None:
    found = verdict(played)
    assert found.good and found.problems == ()
    assert [j.topic for j in found.journals] == list(STAGE_RULES)
    for j in found.journals:
        assert j.records == len(records(played, j.topic)) == j.valid + j.claims + j.void
        assert j.claims >= 2 and not j.hashes_skipped
        assert j.hashes_compared >= j.claims
    compared, claims = (sum(of(j) for j in found.journals) for of in (lambda j: j.hashes_compared, lambda j: j.claims))
    assert compared > claims, "states were compared within runs too, not only what was folded before them"
    assert any(j.void for j in found.journals)
    said = (
        f"replay gate: {sum(j.hashes_compared for j in found.journals)} hashes compared over {found.records} records, "
    )
    assert found.line == said + "0 differ"


def test_the_journals_of_this_release_are_proven() -> None:
    assert verdict(read_journals(PRESENT)).good


def test_those_of_an_earlier_state_layout_fold_and_prove_nothing() -> None:
    """Their chains hold and they fold; their stored hashes are of another layout, and a gate that compared none does not pass."""
    found = verdict(read_journals(VERSION_1))
    assert not found.good
    there = [j for j in found.journals if j.records]  # a release without clients' sessions has no journal of them
    assert len(there) == 3
    assert all(j.hashes_skipped and not j.hashes_compared and not j.difference for j in there)


@pytest.mark.parametrize("topic", STAGE_RULES)
def test_any_changed_byte_of_a_valid_record_is_found(played: SimLog, topic: str) -> None:
    """Wherever it is, but in the last record, which no other names. In the last run one that makes the record void shows as void records."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    targets, void_before = valid_records(played, topic)[:-1], verdict(played).journals[JOURNALS.index((topic, 0))].void
    last_run = decode_head(targets[-1].value)[1]
    for _ in range(FLIPS):
        victim, log = chance.choice(targets), copy_of(played)
        value = bytearray(victim.value)
        place = chance.randrange(len(value))
        value[place] ^= 1 << chance.randrange(8)
        records(log, topic)[victim.offset] = replace(victim, value=bytes(value))
        found = verify_journals(log, [TopicPartition(topic, 0)])
        if victim.offset > last_run and found.journals[0].void > void_before:
            continue
        assert found.differences, f"byte {place} of {topic}/0 at {victim.offset} was changed, seed {seed}"
        assert f"{topic}/0 at " in found.differences[0]


@dataclass(frozen=True, slots=True)
class WithHole:
    """A log that has lost one record: the offsets around it are as they were."""

    log: SimLog
    tp: TopicPartition
    hole: int

    def reader(self, positions: Mapping[TopicPartition, int], patient: bool = False) -> "_HoledReader":
        return _HoledReader(self.log.reader(positions), self.tp, self.hole)

    def starts(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return self.log.starts(partitions)

    def ends(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return self.log.ends(partitions)

    def appender(self, tp: TopicPartition) -> "object":
        return self.log.appender(tp)

    def delete_before(self, positions: Mapping[TopicPartition, int]) -> None:
        self.log.delete_before(positions)


@dataclass(slots=True)
class _HoledReader:
    reader: SimReader
    tp: TopicPartition
    hole: int

    def poll(self, timeout_s: float, max_records: int = 500) -> list[Record]:
        found = self.reader.poll(timeout_s, max_records)
        return [r for r in found if (r.topic, r.partition, r.offset) != (*self.tp, self.hole)]

    def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        self.reader.assign(positions)

    def known_ends(self) -> dict[TopicPartition, int]:
        return self.reader.known_ends()

    def close(self) -> None:
        self.reader.close()


def test_a_dropped_record_is_named(played: SimLog) -> None:
    tp = TopicPartition(topics.ROUTING, 0)
    for hole in (0, 5, len(records(played, topics.ROUTING)) // 2):
        found = verify_journals(WithHole(played, tp, hole), JOURNALS)  # type: ignore[arg-type]
        (difference,) = found.differences
        assert difference == f"oms.routing/0 at {hole}: the record is missing; the next one there is {hole + 1}"


def test_a_record_taken_out_and_the_rest_moved_up_is_found(played: SimLog) -> None:
    """The run rule voids what follows in that run; the next run's first record names what came before its claim."""
    log = copy_of(played)
    victim = valid_records(log, topics.RISK)[2]
    moved = [replace(r, offset=r.offset - (r.offset > victim.offset)) for r in records(log, topics.RISK) if r != victim]
    log.partitions[TopicPartition(topics.RISK, 0)].records = moved
    assert any("oms.risk/0 at " in d for d in verdict(log).differences)


@pytest.mark.parametrize("topic", STAGE_RULES)
def test_another_state_hash_is_found_though_the_chain_holds(played: SimLog, topic: str) -> None:
    """The second stored hash of the journal is another one."""
    stored = [r.offset for r in valid_records(played, topic) if decode_journal(r.value).state_hash]  # type: ignore[union-attr]
    epoch_and_seq = decode_head(records(played, topic)[stored[1]].value)[1:]

    def change(envelope: Envelope) -> Envelope:
        here = (envelope.epoch, envelope.run_seq) == epoch_and_seq
        return replace(envelope, state_hash=bytes(16)) if here else envelope

    found = verdict(rewritten(played, topic, change))
    assert found.differences == (f"{topic}/0 at {stored[1]}: the state differs from the one stored",)
    assert not found.good and "1 differ" in found.line


def test_a_changed_event_is_found_by_the_next_state_hash_though_the_chain_holds(played: SimLog) -> None:
    """Who forges the chain too does not get past the state."""
    records_of_risk = [decode_journal(r.value) for r in valid_records(played, topics.RISK)]
    said = next(
        e for e in records_of_risk if isinstance(e, Envelope) and e.events and isinstance(e.events[0], OrderAccepted)
    )

    def change(envelope: Envelope) -> Envelope:
        return (
            replace(envelope, events=())
            if envelope.run_seq == said.run_seq and envelope.epoch == said.epoch
            else envelope
        )

    assert verdict(rewritten(played, topics.RISK, change)).differences


def test_a_journal_without_hashes_proves_nothing(played: SimLog) -> None:
    bare = rewritten(played, topics.RISK, lambda e: replace(e, state_hash=b""))
    found = verdict(bare)
    assert not found.good and not found.differences
    assert found.problems == (
        f"oms.risk: compared none of its {len(valid_records(played, topics.RISK))} valid records' states",
    )
    for topic in (topics.ROUTING, topics.EXECUTION, topics.CLIENT_SESSIONS, topics.CREDIT):
        bare = rewritten(bare, topic, lambda e: replace(e, state_hash=b""))
    (problem,) = verdict(bare).problems
    assert problem.startswith("compared none")


def test_hashes_are_stored_at_a_pace_that_costs_a_thousandth_at_most() -> None:
    run: Run[Any] = Run(None, 7, b"", {}, {}, 0)
    assert run.hash_is_due(0), "the first record of a run says what was folded"
    run.hashed_ns, run.hash_cost_ns, run.next_seq = 1_000 * MS, 2 * MS, 2
    assert not run.hash_is_due(2_999 * MS) and run.hash_is_due(3_000 * MS)
    run.next_seq = HASH_EVERY_RECORDS
    assert run.hash_is_due(1_001 * MS)
    run.hash_cost_ns = HASH_COST_MAX_NS + 1
    assert not run.hash_is_due(10**18), "a state too large to be hashed between two orders is not"


def layout(number: int) -> Callable[[Envelope], Envelope]:
    return lambda e: replace(e, state_layout=number) if e.state_hash else e


def test_hashes_of_another_layout_are_counted_and_not_compared(played: SimLog) -> None:
    """What was compared is what is left."""
    stored = sum(1 for r in valid_records(played, topics.RISK) if decode_journal(r.value).state_hash)  # type: ignore[union-attr]
    found = verdict(rewritten(played, topics.RISK, layout(STATE_LAYOUT_VERSION + 1)))
    risk = found.journals[0]
    assert (risk.hashes_compared, risk.hashes_skipped, risk.difference) == (0, stored, "") and stored > 2
    assert found.problems == (f"oms.risk: compared none of its {risk.valid} valid records' states",)
    assert found.line.endswith(f"0 differ, {stored} of another state layout skipped")
    changed = 0

    def half(envelope: Envelope) -> Envelope:
        nonlocal changed
        changed += bool(envelope.state_hash)
        return layout(STATE_LAYOUT_VERSION + 1)(envelope) if changed % 2 else envelope

    mixed = verdict(rewritten(played, topics.RISK, half)).journals[0]
    assert (mixed.hashes_skipped, mixed.hashes_compared) == (-(-stored // 2), stored // 2)
    assert verdict(rewritten(played, topics.RISK, half)).good


def test_empty_journals_prove_nothing() -> None:
    found = verdict(SimLog({t.name: 1 for t in topics.TOPICS}))
    assert not found.good and found.problems[0].startswith("compared none")


def test_a_stage_without_valid_records_is_not_asked_for_a_hash(played: SimLog) -> None:
    log = copy_of(played)
    records(log, topics.EXECUTION)[1:] = []
    assert verdict(log).good


def test_a_trimmed_journal_is_told_and_not_guessed(played: SimLog) -> None:
    log = copy_of(played)
    log.delete_before({TopicPartition(topics.RISK, 0): 3})
    assert verdict(log).differences == (
        "oms.risk/0 begins at 3: what is before was trimmed; the audit's copy has all of it",
    )
