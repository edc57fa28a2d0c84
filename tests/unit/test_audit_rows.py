"""The rows that the audit writes, and the batches it writes them in."""

import pytest
from audit_world import ORDER_ID, PARTITIONS, empty_log, put, put_events, records_of, tell_story
from hypothesis import given
from hypothesis import strategies as st

from oms.core.record_chain import AUDIT_CHAIN_START, audit_chain
from oms.runtime.log import TopicPartition
from oms.testing.sim_log import SimLog
from oms.wire import topics
from oms.wire.audit_rows import (
    BATCH_RECORDS_MAX,
    Prefix,
    PrefixFault,
    Range,
    Rows,
    Step,
    Validity,
    next_range,
    range_token,
    restored_run,
)
from oms.wire.codec import encode_claim
from oms.wire.envelope import Claim


def rows_of(log: SimLog, topic: str) -> Rows:
    return Prefix(topic, 0).rows_of(records_of(log, topic))


def story() -> SimLog:
    log = empty_log()
    tell_story(log)
    return log


def test_every_record_has_one_row_with_its_bytes_and_the_chain() -> None:
    log = story()
    for tp in PARTITIONS:
        records, rows = log.partitions[tp].records, Prefix(*tp).rows_of(log.partitions[tp].records).records
        assert [(r.offset, r.key, r.value, r.headers) for r in rows] == [
            (r.offset, r.key, r.value, r.headers) for r in records
        ]
        chain = AUDIT_CHAIN_START
        for record, row in zip(records, rows, strict=True):
            chain = audit_chain(
                chain, *tp, record.offset, record.timestamp_ms, record.key, record.headers, record.value
            )
            assert row.chain == chain


def test_journal_rows_carry_the_verdict_of_the_run_rule() -> None:
    rows = rows_of(story(), topics.ROUTING).records
    assert [Validity(r.validity).name for r in rows] == ["CLAIM", "VALID", "VALID", "VALID", "VOID"]
    assert [r.accepted for r in rows] == [1, 1, 1, 1, 0]
    assert rows[1].event_types[:3] == ("ParentOpened", "ParentChanged", "RoutingDecision")
    assert set(rows[1].order_ids) == {ORDER_ID} and rows[1].desk_id == "alpha"
    assert (rows[1].source_topic, rows[1].source_offset) == (topics.RISK, 1)


def test_a_journal_record_that_cannot_be_read_voids_what_follows_until_the_next_claim() -> None:
    log = story()
    put(log, topics.RISK, b"\xff\xff")
    put_events(log, topics.RISK, 0, 3, (topics.ORDERS, 0))
    put(log, topics.RISK, encode_claim(Claim("p2", 1)))
    verdicts = [Validity(r.validity).name for r in rows_of(log, topics.RISK).records]
    assert verdicts == ["CLAIM", "VALID", "UNREADABLE", "VOID", "CLAIM"]


def test_market_rows_fan_out_and_an_older_feed_epoch_does_not_count() -> None:
    rows = rows_of(story(), topics.MARKET)
    assert [(q.offset, q.index_in_record, q.last_in_record, q.accepted) for q in rows.quotes] == [
        (0, 0, 0, 1), (0, 1, 1, 1), (1, 0, 0, 1), (1, 1, 1, 1), (2, 0, 0, 0), (2, 1, 1, 0),
    ]  # fmt: skip
    assert [(t.venue_id, t.price, t.accepted) for t in rows.trades] == [
        ("XV", 10_010, 1),
        ("YV", 10_005, 1),
        ("YV", 9_000, 0),
    ]
    assert [r.accepted for r in rows.records] == [1, 1, 0]


def test_a_reference_change_that_came_too_late_does_not_count() -> None:
    rows = rows_of(story(), topics.REFERENCE).records
    assert [(r.event_types[0], r.accepted) for r in rows] == [
        ("Instrument", 1), ("Account", 1), ("Venue", 1), ("Venue", 1), ("Venue", 0),
    ]  # fmt: skip


def test_unreadable_intake_records_have_rows_without_content() -> None:
    (row,) = rows_of(story(), topics.DEAD_LETTERS).records
    assert (Validity(row.validity), row.accepted, row.key, row.events) == (Validity.UNREADABLE, 0, None, ())


@given(st.integers(1, 5))
def test_rows_do_not_depend_on_how_records_are_cut_into_batches(size: int) -> None:
    log = story()
    for tp in PARTITIONS:
        records = log.partitions[tp].records
        prefix, whole = Prefix(*tp), Prefix(*tp).rows_of(records)
        cut = [prefix.rows_of(records[i : i + size]) for i in range(0, len(records), size)]
        assert [r for rows in cut for r in rows.records] == whole.records
        assert [q for rows in cut for q in rows.quotes] == whole.quotes


def test_the_run_is_restored_from_the_last_row_alone() -> None:
    log = story()
    put(log, topics.ROUTING, encode_claim(Claim("p2", 1)))
    prefix = Prefix(topics.ROUTING, 0)
    last_claim = -1
    for record in records_of(log, topics.ROUTING):
        (row,) = prefix.rows_of([record]).records
        last_claim = row.offset if row.validity == Validity.CLAIM else last_claim
        assert restored_run(prefix.next_offset, last_claim, Validity(row.validity)) == prefix.run


@given(st.lists(st.integers(1, 9), min_size=1, max_size=30), st.data())
def test_ranges_follow_first_plans_and_leave_no_hole(sizes: list[int], data: st.DataObject) -> None:
    """Whatever is available when: the batches inserted are consecutive, and each is the first plan for its start."""
    plans: dict[int, int] = {}
    prefix = available = 0
    inserted: list[Range] = []
    for size in sizes:
        available += size
        others = data.draw(st.none() | st.integers(1, 9))  # another auditor was first at this prefix
        if others is not None:
            plans.setdefault(prefix, prefix + others)
        step = next_range(prefix, plans, available)
        if step.step is Step.PLAN:
            plans.setdefault(step.from_offset, step.to_offset)
            step = next_range(prefix, plans, available)
        if step.step is Step.INSERT:
            assert plans[prefix] == step.to_offset <= available
            inserted.append(step)
            prefix = step.to_offset
    assert [r.from_offset for r in inserted] == [0, *[r.to_offset for r in inserted]][: len(inserted)]


def test_a_plan_is_never_larger_than_a_batch() -> None:
    assert next_range(5, {}, 10**9) == Range(Step.PLAN, 5, 5 + BATCH_RECORDS_MAX)


def test_a_plan_beyond_the_prefix_is_a_contradiction() -> None:
    with pytest.raises(PrefixFault, match="a batch from 20 was planned and none from 10"):
        next_range(10, {20: 30}, 15)


def test_the_token_names_the_range() -> None:
    assert range_token(*TopicPartition("oms.risk", 2), 10, 30) == "oms.risk-2-10-30"
