"""Reconnect delays: they double, they are bounded, and chance is a function of who and when."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from oms.fix.reconnect import Reconnect, delay_ns, in_turn

POLICY = Reconnect(first_ns=1_000, max_ns=64_000)


@given(st.text(), st.integers(1, 10**6), st.integers(1, 10**12), st.integers(1, 10**4))
def test_a_delay_is_between_half_of_the_full_one_and_all_of_it(
    who: str, attempt: int, first_ns: int, factor: int
) -> None:
    policy = Reconnect(first_ns, first_ns * factor)
    full_ns = min(first_ns * 2 ** min(attempt - 1, 100), policy.max_ns)
    assert full_ns - full_ns // 2 <= delay_ns(policy, who, attempt) <= full_ns <= policy.max_ns


def test_delays_double_up_to_the_bound() -> None:
    mean = [sum(delay_ns(POLICY, f"session-{n}", attempt) for n in range(500)) / 500 for attempt in range(1, 10)]
    for before, after in itertools.pairwise(mean[:7]):
        assert 1.9 < after / before < 2.1
    assert 0.95 < mean[8] / mean[6] < 1.05


def test_sessions_do_not_knock_at_once_and_a_replay_draws_the_same() -> None:
    drawn = [delay_ns(POLICY, f"session-{n}", 7) for n in range(100)]
    assert len(set(drawn)) > 95
    assert drawn == [delay_ns(POLICY, f"session-{n}", 7) for n in range(100)]


def test_every_address_has_its_turn() -> None:
    assert [in_turn("abc", attempt) for attempt in range(1, 5)] == [
        ("a", "b", "c"),
        ("b", "c", "a"),
        ("c", "a", "b"),
        ("a", "b", "c"),
    ]
