"""The transport's figures are made, with their baselines, and leave no process."""

import multiprocessing

from fix_transport_cost import fix_transport_cost


def test_the_figures_have_a_baseline() -> None:
    figures = fix_transport_cost(blocks=2, round_trips=20)
    assert [f.name for f in figures] == ["fix_transport_roundtrip", "fix_links_roundtrip"]
    assert all(f.value > 0 and f.baseline > 0 for f in figures)
    assert not multiprocessing.active_children()
