"""The matching figures' own code: both sides do the same work, and `liquibook` fills as we do."""

import pytest
from matching_bench import beside_liquibook, depth_cost, our_fills, stream_of, their_fills


@pytest.mark.parametrize("seed", range(5))
def test_liquibook_fills_alike_on_the_same_random_stream(seed: int) -> None:
    """INV-244"""
    pytest.importorskip("liquibook", reason="liquibook has no wheel for this platform")
    stream = stream_of(3_000, seed)
    ours, theirs = our_fills(stream)[0], their_fills(stream)[0]
    print(f"seed {seed}: {len(stream)} events, {len(ours)} fills")
    assert len(ours) > 500
    assert ours == theirs


def test_the_figures_have_a_baseline() -> None:
    found = depth_cost(many=1_000, rounds=3, events=50)
    assert found.name == "matching_open_orders_1000" and found.value > 0 and found.baseline > 0
    pytest.importorskip("liquibook", reason="liquibook has no wheel for this platform")
    assert beside_liquibook(500).baseline > 0
