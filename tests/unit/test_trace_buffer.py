"""Which traces are kept, when they are given out, and what the bounds drop."""

from collections.abc import Iterable

import pytest
from trace_world import ASKED, TRACE, assert_well_formed, cancel, order, order_path, rows_of, spans_in

from oms.core.enums import Algorithm
from oms.testing.pipeline import Pipeline
from oms.testing.sim_venue import Script
from oms.wire import topics
from oms.wire.trace import Span, TracedRow
from oms.wire.trace_buffer import TraceBuffer, TraceLimits

S = 1_000_000_000
LIMITS = TraceLimits(slow_ns=250_000_000)


def worked(*changes: dict[str, object], scripts: Iterable[Script] = ()) -> Pipeline:
    """Orders a0, a1, … of these terms, each worked to its end before the next."""
    path = order_path(*scripts)
    for number, changed in enumerate(changes):
        path.command(order(path, f"a{number}", **changed))  # type: ignore[arg-type]
        path.run()
    return path


def kept(rows: Iterable[TracedRow], limits: TraceLimits = LIMITS) -> tuple[list[Span], TraceBuffer]:
    buffer = TraceBuffer(limits)
    buffer.take(rows, 0)
    return buffer.due(2 * S) + buffer.due(30 * S), buffer


def test_an_ordinary_order_has_no_trace_and_nothing_of_it_stays() -> None:
    spans, buffer = kept(rows_of(worked({})))
    assert spans == [] and buffer.orders == 0


def test_an_order_whose_client_asked_has_one_once() -> None:
    path = worked({"trace_id": ASKED})
    buffer = TraceBuffer(LIMITS)
    buffer.take(rows_of(path), 0)
    assert buffer.due(S // 2) == [], "rows of other topics may be on their way"
    assert tuple(buffer.due(2 * S)) == spans_in(path, "a0")
    buffer.take(rows_of(path), 3 * S)  # the audit began again before this batch
    assert buffer.due(40 * S) == []


def test_a_trace_without_the_flag_was_not_asked_for() -> None:
    assert kept(rows_of(worked({"trace_id": TRACE})))[0] == []


def test_a_refused_order_has_a_trace() -> None:
    spans, buffer = kept(rows_of(worked({"qty": 10_001})))
    assert [s.error[:15] for s in spans if s.error] == ["ORDER_QTY_LIMIT"] and buffer.orders == 0


def test_an_order_that_the_venue_refused_has_a_trace() -> None:
    spans, _ = kept(rows_of(worked({}, scripts=[Script(False, ())])))
    assert next(s.name for s in spans if s.error) == "ChildReport REJECTED"


def test_a_refused_cancel_has_a_trace() -> None:
    path = worked({})
    path.command(cancel(path, "c1", "a0"))
    path.run()
    spans, _ = kept(rows_of(path))
    assert "TOO_LATE_TO_CANCEL" in " ".join(s.error for s in spans)
    assert "CancelOrder" in [s.name for s in spans], "found by what risk said to it"
    assert_well_formed(spans)


@pytest.mark.parametrize(("delay_ms", "has_one"), [(249, False), (251, True)])
def test_a_decision_later_than_the_limit_is_slow(delay_ms: int, has_one: bool) -> None:
    rows = rows_of(worked({}))
    late = [
        r._replace(recorded_ns=r.recorded_ns + delay_ms * 1_000_000) if r.topic != topics.ORDERS else r for r in rows
    ]
    assert bool(kept(late)[0]) is has_one


def test_a_first_child_later_than_the_limit_is_slow_but_not_of_a_twap() -> None:
    rows = rows_of(worked({}))
    late = [r._replace(recorded_ns=r.recorded_ns + S) if r.topic == topics.EXECUTION else r for r in rows]
    assert kept(late)[0]
    twap = [
        r._replace(events=(r.events[0].replace(Algorithm.BEST_PRICE.name, Algorithm.TWAP.name),))
        if r.topic == topics.ORDERS
        else r
        for r in late
    ]
    assert not kept(twap)[0], "it sends by its schedule"


def test_a_command_that_nobody_decided_is_slow() -> None:
    commands = [row for row in rows_of(worked({})) if row.topic == topics.ORDERS]
    assert [s.name for s in kept(commands)[0]] == ["NewOrder", "written"]


def test_an_order_waits_for_records_that_its_records_name() -> None:
    rows = rows_of(worked({"trace_id": ASKED}))
    buffer = TraceBuffer(LIMITS)
    buffer.take([r for r in rows if r.topic != topics.EXECUTION], 0)
    assert buffer.due(5 * S) == [], "the router's fill names a record of execution"
    buffer.take([r for r in rows if r.topic == topics.EXECUTION], 6 * S)
    assert_well_formed(whole := buffer.due(8 * S))
    assert {s.service for s in whole} == {"order-gateway", "risk", "router", "execution", "audit"}


def test_a_resting_order_has_its_trace_so_far_and_later_the_rest() -> None:
    path = worked({"trace_id": ASKED}, scripts=[Script(True, ()), Script(True, ())])
    buffer = TraceBuffer(LIMITS)
    buffer.take(rows_of(path), 0)
    assert buffer.due(5 * S) == []
    first = buffer.due(11 * S)
    assert first and buffer.due(12 * S) == []
    path.command(cancel(path, "c1", "a0", ASKED))
    path.run()
    buffer.take(rows_of(path), 20 * S)
    rest = buffer.due(22 * S)
    assert rest and not {s.key for s in first} & {s.key for s in rest}
    assert_well_formed(first + rest)
    assert buffer.orders == 0


def test_a_clordid_used_twice_does_not_end_the_order_that_has_it() -> None:
    path = worked({}, scripts=[Script(True, ()), Script(True, ())])
    path.command(order(path, "a0", price=99_500))
    path.run()
    buffer = TraceBuffer(LIMITS)
    buffer.take(rows_of(path), 0)
    assert any("DUPLICATE" in s.error for s in buffer.due(30 * S))
    assert buffer.orders == 1


def test_bounds_drop_the_oldest_and_count_it() -> None:
    rows = rows_of(worked({"trace_id": ASKED}, {}, {}))
    spans, buffer = kept(rows, TraceLimits(S, orders_max=2))
    assert buffer.counts.orders_evicted == 1 and buffer.orders == 0
    assert spans, "what was asked for is given out as far as it is known"
    _, few = kept(rows, TraceLimits(S, rows_per_order_max=3))
    assert few.counts.rows_cut == sum(1 for r in rows if any(r.order_ids)) - 9
    _, small = kept(rows, TraceLimits(S, bytes_max=1))
    assert small.counts.orders_evicted >= 3 and small.orders == 0


def test_claims_and_void_records_are_nothing_to_it() -> None:
    rows = [row._replace(accepted=0) for row in rows_of(worked({"trace_id": ASKED}))]
    assert kept(rows)[0] == []
