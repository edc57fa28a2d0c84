"""The benchmark's own code, in seconds and without a broker: what it prints, what it writes, and the chain that it measures by."""

import json
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from bare_chain import STAGES, chain_partition, make_stage, sample
from bench_figures import Figure, median, percentile, show_figures, write_figures
from fence_cost import OPEN, cost, fence_cost, interval, unjudged
from lifecycle_cost import EVENTS, event_us, lifecycle_cost, open_orders
from order_flow import Held
from order_path import keeps_up
from rich.console import Console
from risk_decision import risk_decision

from oms.core.run_rule import JOURNAL_START, RunPosition, Validity, advance
from oms.runtime.log import Failed
from oms.runtime.run import InFlight
from oms.testing.sim_log import SimLog
from oms.wire import topics
from oms.wire.codec import decode_head


def test_percentiles_are_of_the_nearest_rank() -> None:
    values = list(range(1, 101))
    assert (percentile(values, 50), percentile(values, 99), percentile(values, 100)) == (50, 99, 100)
    assert median([7.0]) == 7.0 and percentile([3, 1, 2], 1) == 1
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 50)


def test_figures_are_written_whole_and_shown_with_their_ratio(tmp_path: Path) -> None:
    figures = [Figure.of("order_path_p50", 6.0, "ms", 4.0), Figure.of("audit_ingest", 5_000, "rows/s", 10_000)]
    write_figures(figures, tmp_path / "build" / "bench.json")
    found = json.loads((tmp_path / "build" / "bench.json").read_text())
    assert [set(f) for f in found] == [{"name", "value", "unit", "baseline", "ratio"}] * 2
    assert [f["ratio"] for f in found] == [1.5, 0.5]
    screen = StringIO()
    show_figures(figures, Console(file=screen, width=100))
    assert "order_path_p50" in screen.getvalue() and "1.50" in screen.getvalue()


@pytest.mark.parametrize("fence", [True, False])
def test_the_bare_chain_carries_every_order_to_its_last_journal(fence: bool) -> None:
    log = SimLog({chain_partition(topic).topic: 1 for topic in (topics.ORDERS, *STAGES)})
    given = sample()
    stages = [make_stage(log, stage, given, fence) for stage in STAGES]
    for _ in range(50):
        log.appender(chain_partition(topics.ORDERS)).append(None, given.command)
    for _ in range(6):
        for stage in stages:
            stage.turn(0.0)
    assert [stage.done for stage in stages] == [50] * 3
    verdicts = Counter(_verdicts(log, STAGES[-1]))
    assert verdicts == {Validity.CLAIM: 1, Validity.VALID: 50}


def _verdicts(log: SimLog, stage: str) -> list[Validity]:
    position, found = JOURNAL_START, []
    for record in log.partitions[chain_partition(stage)].records:
        position, verdict = advance(position, record.offset, *decode_head(record.value))
        found.append(verdict)
    return found


def test_the_fence_is_measured_in_pairs_that_alternate() -> None:
    figures = fence_cost(pairs=3, orders=20)
    assert [f.name for f in figures] == ["fence_cost_stages", "fence_cost_chain"]
    assert all(f.value > 0 and f.baseline > 0 for f in figures)
    asked: list[bool] = []

    def measure(fence: bool) -> float:
        asked.append(fence)
        return 103.0 if fence else 100.0

    found = cost("given", measure, pairs=4, orders=1, seed=1)
    assert asked[2:] == [True, False, False, True] * 2
    assert (found.fenced_us, found.open_us) == (103.0, 100.0)
    assert abs(found.percent - 3) < 1e-9 and found.low_percent <= found.percent <= found.high_percent


def test_an_interval_holds_the_mean_and_grows_with_the_noise() -> None:
    narrow, wide = [2.0, 2.1, 1.9, 2.0] * 5, [2.0, 12.0, -8.0, 2.0] * 5
    (low, high), (wide_low, wide_high) = interval(narrow, 1), interval(wide, 1)
    assert low < 2.0 < high and high - low < 0.1
    assert wide_low < low and wide_high > high
    assert interval(wide, 1) == interval(wide, 1)


def test_without_the_fence_a_strangers_record_counts() -> None:
    """The other side of the comparison really has none."""
    position, verdict = unjudged(RunPosition(7, 3, True), 7, False, 2, 99)
    assert verdict is Validity.VALID and position.next_offset == 8
    assert OPEN.problem_of(Failed(1, "lost"), InFlight(1, 1, 0), 0) == ""
    assert OPEN.record_hash(b"x") == b""


def held(open_counts: list[int], filled: int, sent: int = 1_000) -> Held:
    found = Held(rate=100, seconds=10, sent=sent, ended=Counter(FILLED=filled))
    found.open_counts = [(float(at), count) for at, count in enumerate(open_counts)]
    return found


def test_a_rate_is_held_where_nothing_grows_and_all_is_filled() -> None:
    assert keeps_up(held([5] * 10, 1_000), audit_age_s=1)
    assert not keeps_up(held([10 * at for at in range(10)], 1_000), audit_age_s=1), "what is open grows"
    assert not keeps_up(held([5] * 10, 999), audit_age_s=1), "an order is missing"
    assert not keeps_up(held([5] * 10, 1_000), audit_age_s=9), "the audit falls behind"


def test_the_state_machine_is_measured_on_books_that_stay_what_they_are() -> None:
    book = open_orders(8)
    before = dict(book)
    assert event_us(book, [*book, *book]) > 0
    assert book == before and sum(order.cum_qty > 0 for order in book.values()) == 2
    figure = lifecycle_cost(few=2, many=8, samples=2, lives=3)
    assert (figure.name, figure.unit) == ("order_state_event", "µs") and figure.value > 0 and figure.baseline > 0
    assert len({type(event) for event in EVENTS}) >= 6


def test_a_decision_is_measured_with_every_check_asked() -> None:
    figures = {f.name: f for f in risk_decision(2, 4, 8, samples=3, accounts=2, instruments=3)}
    assert set(figures) == {"risk_decision_p50", "risk_decision_p99", "risk_decision_growth"}
    assert all(figure.value > 0 and figure.baseline > 0 for figure in figures.values())
