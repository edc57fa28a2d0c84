"""Ownership is explored to the end under the shipped rule, and shown to need each half of it."""

import pytest
from ownership import Bounds, Fence, Ownership, ReaderRule, shipped_fence

from oms.core.run_rule import RunPosition, Validity, ack_on_plan, advance

DEEP = Bounds(sends_max=7, unacked_max=3, copies_max=0)
"""Enough for three claims with records between them, all of which may become stragglers."""

COPIES = Bounds(sends_max=6, unacked_max=2, copies_max=1)
"""One record of any kind lands twice."""

PLANTED = Bounds(sends_max=6, unacked_max=3, copies_max=0, in_order=True)
"""Even a broker that keeps each producer's order is enough to show what is missing."""


@pytest.mark.parametrize("bounds", [pytest.param(DEEP, id="deep"), pytest.param(COPIES, id="copies")])
def test_no_schedule_breaks_the_shipped_rule(bounds: Bounds) -> None:
    explored = Ownership(bounds).explore()
    print(f"\n{bounds}: {explored.states} states, {explored.takeovers} with effects of several epochs,", end=" ")
    print(f"{explored.breaks} with void records")
    assert explored.violation is None, f"\n{explored.violation}"
    assert explored.states >= 100_000
    assert explored.takeovers >= 1_000
    assert explored.breaks >= 10_000


def skips_only_the_bad_record(
    position: RunPosition, offset: int, claim: bool, epoch: int, run_seq: int
) -> tuple[RunPosition, Validity]:
    """Without "a break voids the rest": each record is judged by itself."""
    if claim:
        return advance(position, offset, claim, epoch, run_seq)
    valid = epoch == position.epoch and ack_on_plan(epoch, run_seq, offset)
    return RunPosition(offset + 1, position.epoch, True), Validity.VALID if valid else Validity.VOID


def looks_at_the_epoch_only(
    position: RunPosition, offset: int, claim: bool, epoch: int, run_seq: int
) -> tuple[RunPosition, Validity]:
    """Without the plan on the reader's side: whatever the last claimant wrote counts."""
    if claim:
        return advance(position, offset, claim, epoch, run_seq)
    valid = epoch == position.epoch
    return RunPosition(offset + 1, position.epoch, True), Validity.VALID if valid else Validity.VOID


def any_good_ack(epoch: int, run_seq: int, offset: int, earlier_good: bool) -> bool:
    """Without the owner's offset plan: written is written."""
    return earlier_good


def on_plan_alone(epoch: int, run_seq: int, offset: int, earlier_good: bool) -> bool:
    """Without the condition on earlier acks."""
    return ack_on_plan(epoch, run_seq, offset)


@pytest.mark.parametrize(
    ("reader", "fence"),
    [
        pytest.param(advance, any_good_ack, id="owner without offset plan"),
        pytest.param(advance, on_plan_alone, id="owner that forgets earlier acks"),
        pytest.param(skips_only_the_bad_record, shipped_fence, id="a break voids only itself"),
        pytest.param(looks_at_the_epoch_only, shipped_fence, id="reader without offset plan"),
    ],
)
def test_each_half_of_the_rule_is_needed(reader: ReaderRule, fence: Fence) -> None:
    explored = Ownership(PLANTED, reader, fence).explore()
    print(f"\nafter {explored.states} states {explored.violation}")
    assert explored.violation is not None, "the planted failure was not found: the model is blind to it"
    assert len(explored.violation.world.log) <= 5
