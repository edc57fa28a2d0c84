"""INV-86: whatever happens to orders, every span's parent is there or the client's, ids are unique, and time does not run back.

Random commands over the order path in memory, with venues that fill, rest or refuse, and crashes of stages; the seed is hypothesis's.
"""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trace_world import ASKED, DATE, WHO, assert_well_formed, batches_of, cancel, order, order_path, records_of, rows_of

from oms.core.commands import MassCancelOrders, ReplaceOrder
from oms.core.control import CancelScope
from oms.core.enums import HaltScope
from oms.testing.pipeline import Pipeline
from oms.testing.sim_venue import Script
from oms.wire import topics
from oms.wire.trace import AUDIT, VENUES, edges_of, record_of, spans_of, traced_row
from oms.wire.trace_buffer import TraceBuffer, TraceLimits, refuses
from oms.wire.trace_words import refused

SCRIPTS = st.sampled_from([Script(True, (10**9,)), Script(True, ()), Script(True, (30,)), Script(False, ())])
NAMES = st.sampled_from(["a", "b", "c"])
TRACES = st.sampled_from(["", "d" * 32, ASKED, "an old one"])
MOVES = st.one_of(
    st.tuples(st.just("new"), NAMES, st.sampled_from([100, 700, 20_000]), TRACES),
    st.tuples(st.just("cancel"), NAMES, st.just(0), TRACES),
    st.tuples(st.just("replace"), NAMES, st.sampled_from([50, 300]), TRACES),
    st.tuples(st.just("mass"), NAMES, st.just(0), TRACES),
    st.tuples(st.just("scope"), NAMES, st.just(0), TRACES),
    st.tuples(
        st.just("crash"), st.sampled_from([topics.RISK, topics.ROUTING, topics.EXECUTION]), st.just(0), st.just("")
    ),
)
ARROWS = {arrow for of_topic in topics.ARROWS.values() for arrow in of_topic} | {("execution", VENUES)}


def play(path: Pipeline, number: int, move: tuple[str, str, int, str]) -> None:
    kind, name, qty, trace_id = move
    now = path.clock.wall_ns
    match kind:
        case "new":
            path.command(order(path, name, qty, trace_id=trace_id))
        case "cancel":
            path.command(cancel(path, f"x{number}", name, trace_id))
        case "replace":
            path.command(
                ReplaceOrder(
                    "alpha", DATE, f"r{number}", DATE, name, qty, 100_000, None, now + 10**15, now, trace_id, WHO
                )
            )
        case "mass":
            path.command(MassCancelOrders("alpha", DATE, f"m{number}", "", "", now, trace_id, WHO))
        case "scope":
            path.control(CancelScope(HaltScope.DESK, "alpha", "test", now, WHO))
        case "crash":
            path.crash(name)
    path.run(8)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
@given(SCRIPTS, SCRIPTS, st.lists(MOVES, min_size=1, max_size=6))
def test_traces_are_well_formed_whatever_happens(
    first: Script, second: Script, moves: list[tuple[str, str, int, str]]
) -> None:
    path = order_path(first, second)
    for number, move in enumerate(moves):
        play(path, number, move)
    path.run(20)
    rows = rows_of(path)
    for row in rows:
        said = any(refused(event) for event in record_of(row).events)
        assert refuses(row) is said, "what is looked for without parsing is what the words say"
    for name in ("a", "b", "c"):
        order_id = f"alpha/{DATE}/{name}"
        records = records_of(rows, order_id)
        spans = spans_of(order_id, records)
        assert_well_formed(spans)
        assert edges_of(spans) <= ARROWS, "no span goes a way that the picture does not have"
        assert len([s for s in spans if s.service == AUDIT]) == len(records), "every record is written once"
    sent = [span for batch in _live(path) for span in batch]
    assert len({s.key for s in sent}) == len(sent), "the audit sends a span once"


def _live(path: Pipeline) -> list[list]:  # type: ignore[type-arg]
    """What the audit sends, its topics written in the worst order and one batch twice."""
    buffer, found = TraceBuffer(TraceLimits(slow_ns=0)), []
    for at, batch in enumerate([*reversed(batches_of(path)), batches_of(path)[1]]):
        buffer.take([traced_row(row, 0) for row in batch], at * 10**9)
        found.append(buffer.due(at * 10**9))
    return [*found, buffer.due(100 * 10**9)]
