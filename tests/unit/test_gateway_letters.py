"""What a dead letter is to the command it is about: its end where risk passed it without a word, and nothing anywhere else."""

from dataclasses import replace

import pytest
from gateway_world import DATE, SOMEONE, accepted, new_order, order_id, rejected
from test_gateway_blotter import Partition

from oms.core.commands import CancelOrder, NewOrder
from oms.core.enums import OrdStatus
from oms.core.reasons import Reason
from oms.core.risk_events import CancelAccepted
from oms.gateway.blotter import COMMANDS_KEPT, LETTERS_KEPT, CommandFate, CommandState
from oms.gateway.letter import Letter

BROKEN = Letter(3, "BROKEN_INVARIANT: alpha/20250106/a1 was accepted before")
UNREADABLE = Letter(4, "Command: not protobuf")
ORDER = new_order("a1")
CANCEL = CancelOrder("alpha", DATE, "c1", DATE, "a1", 10, "t", SOMEONE)


def passed(partition: Partition) -> None:
    """A later command of another desk is decided: risk's position is past everything before it."""
    other = new_order(f"other-{len(partition.blotter.fates)}", "beta")
    partition.risk(partition.command(other), accepted(other))


def fate_of(partition: Partition, command: NewOrder | CancelOrder) -> CommandFate:
    found = partition.blotter.repeated(command)
    assert found is not None
    return found


def counts(partition: Partition) -> dict[OrdStatus, int]:
    return {status: n for (desk, status), n in partition.blotter.counts.items() if n and desk == "alpha"}


@pytest.mark.parametrize("letter_first", [True, False])
def test_once_risk_has_passed_it_the_letter_is_its_end(letter_first: bool) -> None:
    partition = Partition()
    offset = partition.command(ORDER)
    steps = [lambda: partition.blotter.lettered(offset, BROKEN), lambda: passed(partition)]
    for step in steps if letter_first else reversed(steps):
        step()
    fate = fate_of(partition, ORDER)
    assert (fate.state, fate.reason, fate.dead_letter) == (CommandState.REJECTED, Reason.BROKEN_INVARIANT, 3)
    assert fate.text == f"dead letter 3: {BROKEN.reason}"
    order = partition.blotter.find(("alpha", DATE, "a1"))
    assert order is not None and order.ord_status is OrdStatus.REJECTED and order.leaves_qty == 0
    assert counts(partition) == {OrdStatus.REJECTED: 1}


def test_a_letter_about_what_risk_has_not_passed_says_nothing_yet() -> None:
    """Its writer may have been fenced: another owner decides the command, and the letter is forgotten."""
    partition = Partition()
    offset = partition.command(ORDER)
    partition.blotter.lettered(offset, BROKEN)
    assert not fate_of(partition, ORDER).is_decided
    partition.risk(offset, accepted(ORDER))
    fate = fate_of(partition, ORDER)
    assert fate.state is CommandState.ACCEPTED and not fate.is_dead and not partition.blotter.letters
    partition.blotter.lettered(offset, BROKEN)
    assert fate_of(partition, ORDER).state is CommandState.ACCEPTED


def test_a_letter_about_a_repeat_leaves_the_first_alone() -> None:
    partition = Partition()
    first, again = partition.command(ORDER), partition.command(replace(ORDER, entered_ns=11))
    partition.risk(first, accepted(ORDER))
    passed(partition)
    partition.blotter.lettered(again, BROKEN)
    assert fate_of(partition, ORDER).offset == first
    assert counts(partition) == {OrdStatus.PENDING_NEW: 1}


def test_a_letter_about_other_content_ends_that_alone() -> None:
    partition = Partition()
    first, other = partition.command(ORDER), partition.command(replace(ORDER, order_qty=7))
    partition.risk(first, accepted(ORDER))
    passed(partition)
    partition.blotter.lettered(other, BROKEN)
    assert partition.blotter.fates[other].is_dead and not fate_of(partition, ORDER).is_dead
    assert counts(partition) == {OrdStatus.PENDING_NEW: 1}


def test_the_class_of_a_letter_is_its_reason() -> None:
    partition = Partition()
    offset = partition.command(CANCEL)
    passed(partition)
    partition.blotter.lettered(offset, UNREADABLE)
    assert fate_of(partition, CANCEL).reason is Reason.UNREADABLE_COMMAND
    assert not partition.blotter.find(("alpha", DATE, "c1")), "a cancel makes no order"


@pytest.mark.parametrize("letter_late", [True, False])
@pytest.mark.parametrize("decide", [accepted, rejected])
def test_a_command_sent_again_is_the_first_from_then_on(letter_late: bool, decide: object) -> None:
    """In whatever order the letter of the one and the decision of the other are read."""
    partition = Partition()
    dead = partition.command(ORDER)
    passed(partition)
    if not letter_late:
        partition.blotter.lettered(dead, BROKEN)
    again = partition.command(replace(ORDER, entered_ns=99))
    if not letter_late:
        assert not fate_of(partition, ORDER).is_decided and counts(partition) == {OrdStatus.PENDING_NEW: 1}
    partition.risk(again, decide(ORDER))  # type: ignore[operator]
    if letter_late:
        partition.blotter.lettered(dead, BROKEN)
    fate = fate_of(partition, ORDER)
    assert fate.offset == again and not fate.is_dead and fate.decision_offset >= 0
    order = partition.blotter.orders[order_id(ORDER)]
    status = OrdStatus.PENDING_NEW if decide is accepted else OrdStatus.REJECTED
    assert order.ord_status is status and order.decision_offset == fate.decision_offset
    assert counts(partition) == {status: 1}


def test_what_lands_twice_may_die_twice() -> None:
    partition = Partition()
    one, two = partition.command(ORDER), partition.command(ORDER)
    passed(partition)
    for offset in (one, two):
        partition.blotter.lettered(offset, BROKEN)
    assert fate_of(partition, ORDER).is_dead
    assert counts(partition) == {OrdStatus.REJECTED: 1}
    three = partition.command(ORDER)
    partition.risk(three, accepted(ORDER))
    assert fate_of(partition, ORDER).offset == three and counts(partition) == {OrdStatus.PENDING_NEW: 1}


def test_letters_about_nothing_are_forgotten() -> None:
    partition = Partition()
    for offset in range(LETTERS_KEPT + 10):
        partition.blotter.lettered(offset, BROKEN)
    assert len(partition.blotter.letters) == LETTERS_KEPT
    partition.risk(LETTERS_KEPT + 10, accepted(ORDER))
    partition.blotter.lettered(0, BROKEN)
    assert not partition.blotter.letters


# --- retries of what is not kept any more ------------------------------------------------------------------------------------------


def flood(partition: Partition) -> None:
    """So many other commands that everything before is forgotten."""
    for number in range(COMMANDS_KEPT + 1):
        partition.command(CancelOrder("beta", DATE, f"x{number}", DATE, "none", 10, "t", SOMEONE))


def test_a_retry_of_an_order_older_than_what_is_kept_gets_its_status() -> None:
    partition = Partition()
    first, refused = partition.command(ORDER), partition.command(new_order("a2"))
    partition.risk(first, accepted(ORDER))
    partition.risk(refused, rejected(new_order("a2")))
    known = [replace(fate_of(partition, order)) for order in (ORDER, new_order("a2"))]
    flood(partition)
    assert first not in partition.blotter.fates
    again = [fate_of(partition, order) for order in (ORDER, new_order("a2"))]
    assert [(f.state, f.order_id, f.reason, f.offset) for f in again] == [
        (f.state, f.order_id, f.reason, f.offset) for f in known
    ]
    assert partition.blotter.repeated(replace(ORDER, order_qty=7)) is None


def test_a_repeat_keeps_the_status_of_the_first_when_that_is_forgotten() -> None:
    partition = Partition()
    partition.risk(partition.command(ORDER), accepted(ORDER))
    first = partition.command(CANCEL)
    partition.risk(first, CancelAccepted(order_id(ORDER), CANCEL))
    known = fate_of(partition, CANCEL)
    for number in range(COMMANDS_KEPT - 2):
        partition.command(CancelOrder("beta", DATE, f"x{number}", DATE, "none", 10, "t", SOMEONE))
    later = partition.command(replace(CANCEL, entered_ns=99))
    partition.command(new_order("a9"))
    assert first not in partition.blotter.fates and later in partition.blotter.fates
    fate = fate_of(partition, CANCEL)
    assert fate.offset == later and (fate.state, fate.decision_offset) == (known.state, known.decision_offset)
    assert not partition.blotter.later_offsets
