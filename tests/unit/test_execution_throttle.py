"""INV-584: a venue is never sent more than its throttle takes, cancels have their reserve, and nothing is lost by waiting."""

import random
from collections.abc import Sequence

import pytest

from oms.core.control import CancelScope
from oms.core.enums import HaltScope, IntentKind
from oms.core.execution_events import ChildUnsent, ExecutionEvent, Intent
from oms.core.reference import MessageThrottle
from oms.core.routing_events import ChildCancel, ChildReplace
from oms.testing.execution_bench import NOBODY, SECOND_NS, ExecutionBench, child_new

MS_NS = 1_000_000
TEN = MessageThrottle(10, 1_000, 3)


def bench_of(throttle: MessageThrottle | None = TEN) -> ExecutionBench:
    bench = ExecutionBench.at(throttle=throttle)
    bench.settle()
    return bench


def turn(bench: ExecutionBench, step_ns: int = 10 * MS_NS) -> None:
    bench.fire_due()
    bench.do_effects()
    bench.venue.read()
    bench.hear()
    bench.now_ns += step_ns


def run(bench: ExecutionBench, turns: int) -> None:
    for _ in range(turns):
        turn(bench)


def intents(events: Sequence[ExecutionEvent], *kinds: IntentKind) -> list[Intent]:
    return [e for e in events if isinstance(e, Intent) and (not kinds or e.kind in kinds)]


def most_in_a_window(sent: list[Intent], window_ns: int) -> int:
    times = [intent.at_ns for intent in sent]
    return max((sum(at <= other < at + window_ns for other in times) for at in times), default=0)


def cancel(number: int, request: int = 1) -> ChildCancel:
    new = child_new(number)
    return ChildCancel(new.order_id, new.child_id, request)


def test_inv_584_orders_leave_the_reserve_alone_and_all_leave_in_their_order() -> None:
    bench = bench_of()
    bench.route(*(child_new(number) for number in range(1, 41)))
    first = intents(bench.journal[-1].events)
    assert len(first) == 7, "ten but for the three that are kept for cancels"
    run(bench, 700)
    sent = intents(bench.events())
    assert [i.child_id for i in sent] == [child_new(n).child_id for n in range(1, 41)]
    assert most_in_a_window(sent, SECOND_NS) == 7
    assert bench.folded() == bench.state


def test_inv_584_without_a_throttle_nothing_waits() -> None:
    bench = bench_of(None)
    bench.route(*(child_new(number) for number in range(1, 41)))
    assert len(intents(bench.journal[-1].events)) == 40 and not bench.state.sessions["OMS0-XALP"].sent_ns


def test_inv_584_a_cancel_leaves_at_once_from_the_reserve_and_before_orders_that_wait() -> None:
    bench = bench_of()
    bench.route(*(child_new(number) for number in range(1, 41)))
    turn(bench)
    for number in (1, 2, 3):
        bench.route(cancel(number))
        assert intents(bench.journal[-1].events, IntentKind.CANCEL), "the reserve"
    bench.route(cancel(4), cancel(5))
    assert not intents(bench.journal[-1].events), "the venue takes no more: they wait"
    before = len(bench.events())
    run(bench, 150)
    later = intents(bench.events()[before:])
    assert [(i.kind, i.child_id) for i in later[:2]] == [
        (IntentKind.CANCEL, child_new(4).child_id), (IntentKind.CANCEL, child_new(5).child_id),
    ]  # fmt: skip
    assert IntentKind.NEW in [i.kind for i in later], "then orders go on"
    assert most_in_a_window(intents(bench.events()), SECOND_NS) <= 10


def test_inv_584_an_order_that_waits_is_withdrawn_without_a_message() -> None:
    bench = bench_of()
    bench.route(*(child_new(number) for number in range(1, 11)))
    bench.route(cancel(10))
    assert [e.child_id for e in bench.journal[-1].events if isinstance(e, ChildUnsent)] == [child_new(10).child_id]


def test_inv_584_a_lost_connection_loses_no_cancel_that_waited() -> None:
    bench = bench_of()
    bench.route(*(child_new(number) for number in range(1, 8)))
    turn(bench)
    bench.route(*(cancel(number) for number in range(1, 8)))
    assert len(intents(bench.journal[-1].events)) == 3 and len(bench.state.sessions["OMS0-XALP"].cancels) == 4
    bench.venue.lose()
    bench.hear()
    assert not bench.state.sessions["OMS0-XALP"].cancels
    bench.settle()
    assert not bench.state.children, "each is cancelled after the logon"
    news = [i.child_id for i in intents(bench.events(), IntentKind.NEW)]
    assert len(news) == len(set(news)) == 7


def test_inv_584_everything_of_a_scope_is_cancelled_within_the_throttle() -> None:
    bench = bench_of(MessageThrottle(20, 1_000, 5))
    bench.route(*(child_new(number) for number in range(1, 31)))
    run(bench, 400)
    assert len(intents(bench.events(), IntentKind.NEW)) == 30
    bench.control(CancelScope(HaltScope.FIRM, "", "drill", bench.now_ns, NOBODY))
    run(bench, 600)
    assert not bench.state.children
    assert most_in_a_window(intents(bench.events()), SECOND_NS) <= 20


@pytest.mark.parametrize("seed", range(25))
def test_inv_584_no_schedule_gets_more_out(seed: int) -> None:
    """Orders, amendments, cancels, cuts and takeovers by chance: the bound holds for every window between two logons, and all end well."""
    chance = random.Random(seed)
    print(f"seed {seed}")
    throttle = MessageThrottle(chance.randint(4, 12), chance.choice((200, 1_000)), chance.randint(0, 3))
    bench, next_number, live = bench_of(throttle), 1, []
    before = len(bench.events())
    for _ in range(120):
        act = chance.random()
        if act < 0.5:
            bench.route(child_new(next_number))
            live.append(next_number)
            next_number += 1
        elif act < 0.75 and live:
            bench.route(cancel(live.pop(chance.randrange(len(live)))))
        elif act < 0.85 and live:
            new = child_new(chance.choice(live))
            bench.route(ChildReplace(new.order_id, new.child_id, bench.now_ns, 150, 1_001, 10**18))
        turn(bench, chance.choice((1, 20, 100)) * MS_NS)
    sent = intents(bench.events()[before:])
    assert most_in_a_window(sent, throttle.window_ms * MS_NS) <= throttle.messages
    bench.route(*(cancel(number) for number in live))
    for _ in range(400):
        turn(bench, 50 * MS_NS)
    assert not bench.state.children and bench.at_rest()
    assert bench.folded() == bench.state
