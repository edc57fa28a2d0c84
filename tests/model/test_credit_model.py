"""The exhaustive model of credit: the rules that ship break nothing, and each planted bug is found by a schedule that shows it."""

import pytest

from oms.core.credit import grantor, holder
from oms.core.credit.events import (
    CreditRecalled,
    CreditReleased,
    CreditReturned,
    GrantorEvent,
    HolderEvent,
)
from oms.core.credit.grantor import GrantorInput, GrantorState
from oms.core.credit.holder import HolderState
from tests.model.credit import LIMIT, Bounds, Credit


@pytest.mark.parametrize(
    "bounds",
    [
        Bounds((2,), 5, 5, 1),
        Bounds((2, 1), 4, 4, 1),
        Bounds((1, 2), 3, 4, 1),
        Bounds((2, 0), 3, 3, 1),
        Bounds((2, 1, 2), 3, 3, 0),
    ],
    ids=["fixed", "lowered", "raised", "taken away", "lowered and raised"],
)
def test_no_schedule_uses_more_than_the_limit(bounds: Bounds) -> None:
    """INV-449."""
    found = Credit(bounds).explore()
    assert found.violation == "", "\n".join(found.schedule)
    assert found.states > 1_000 and found.fulls > 0
    assert (found.overs > 0) == (min(bounds.values) < bounds.values[0])


def returned_by_time(state: GrantorState) -> tuple[GrantorEvent, ...]:
    """The planted bug: a holder that did not answer its recall for long is taken to have released."""
    limit = state.limits.get(LIMIT)
    if limit is None:
        return ()
    for partition, line in limit.lines.items():
        if line.keep is not None and line.granted > line.keep:
            return (CreditReturned(LIMIT, partition, line.release_seq + 1, line.granted - line.keep),)
    return ()


def test_time_that_returns_credit_is_found() -> None:
    found = Credit(Bounds((2,), 3, 3, 0), time=returned_by_time).explore()
    assert "held" in found.violation and "time passes" in found.schedule


def reused_before_it_was_read(state: GrantorState, given: GrantorInput) -> tuple[GrantorEvent, ...]:
    """The planted bug: what is recalled is granted again at once."""
    events = list(grantor.decide(state, given))
    for recall in [e for e in events if isinstance(e, CreditRecalled)]:
        line = state.limits[LIMIT].lines[recall.partition]
        if line.granted > recall.keep:
            events.append(CreditReturned(LIMIT, recall.partition, line.release_seq + 1, line.granted - recall.keep))
    return tuple(events)


def test_reuse_before_the_release_was_read_is_found() -> None:
    found = Credit(Bounds((2,), 3, 3, 0), decide=reused_before_it_was_read).explore()
    assert "held" in found.violation


def releases_what_is_used(state: HolderState, event: GrantorEvent, in_use: int) -> tuple[HolderEvent, ...]:
    """The planted bug: a recall is obeyed whatever is in use."""
    return holder.read(state, event, 0)


def test_a_release_of_what_is_used_is_found() -> None:
    found = Credit(Bounds((2, 1), 2, 2, 0), read=releases_what_is_used).explore()
    assert "is used of" in found.violation


def test_a_release_is_never_applied_twice() -> None:
    state = GrantorState()
    for given in (grantor.LimitChanged(LIMIT, 0, 5), grantor.CreditWanted(LIMIT, 0, 1, 4)):
        for event in grantor.decide(state, given):
            grantor.evolve(state, event)
    release = CreditReleased(LIMIT, 0, 1, 3)
    for _ in range(2):
        for event in grantor.decide(state, release):
            grantor.evolve(state, event)
    assert state.limits[LIMIT].granted == 1 and state.limits[LIMIT].free == 4
