"""A holder of credit: one risk partition, and what it may use of limits that span partitions.

    grant or recall read   CreditTaken or RecallNoted; of a recall what is unused is released in the same record
    use fell               while a recall is in force, what is unused is released
    the limit is removed   all is released
    the limit lapses       all is released, and the grantor told that use is not known until it is asked for again
    an order needs more    admitted within what is held; else refused, and CreditWanted says how much is missing

Invariants:
- `admits` is the only permission, and looks at nothing but what is held: no order waits for an answer, and none is judged by another's word;
- a release is of what is unused at that moment, and is gone at once;
- what was read before is passed over by its number.

It does not know the limit: what is held is all that matters here. How much is in use (used + reserved, worst case) is given.
"""

from dataclasses import dataclass, field, replace

from oms.core.credit.events import (
    LAPSED,
    CreditAsked,
    CreditGranted,
    CreditRecalled,
    CreditReleased,
    CreditReturned,
    CreditTaken,
    CreditWanted,
    GrantorEvent,
    HolderEvent,
    RecallNoted,
    UseNoted,
)
from oms.core.money import Amount


@dataclass(slots=True)
class Credit:
    """Of one limit. `seq`: the last of the grantor's events that was applied; `wanted`: asked for and not yet granted.

    `version`: of the limit when credit was asked for last, below 0 before, and once it has lapsed. `told`: the use that was said last, with a wish or a release;
    `others`: what other partitions have said, of losses alone.
    """

    held: int = 0
    seq: int = 0
    want_seq: int = 0
    wanted: int = 0
    release_seq: int = 0
    keep: int | None = None
    version: int = -1
    told: int = 0
    others: dict[int, int] = field(default_factory=dict)

    @property
    def others_use(self) -> int:
        """What all other partitions use, as far as they have said."""
        return sum(self.others.values())


@dataclass(slots=True)
class HolderState:
    """All limits of which a partition was ever told, by id."""

    partition: int
    credits: dict[str, Credit] = field(default_factory=dict)


def admits(state: HolderState, limit_id: str, in_use: int, in_use_after: int) -> bool:
    """Whether use may become `in_use_after`: within what is held, or no more than it is. Of a limit never granted nothing is held."""
    return in_use_after <= in_use or in_use_after <= _credit(state, limit_id).held


def read(state: HolderState, event: GrantorEvent, in_use: int) -> tuple[HolderEvent, ...]:
    """What follows from an event of the grantor; nothing from those to others, or read before."""
    if not isinstance(event, CreditGranted | CreditRecalled) or event.partition != state.partition:
        return ()
    credit = _credit(state, event.limit_id)
    if event.seq <= credit.seq:
        return ()
    assert event.seq == credit.seq + 1, f"{event} after {credit.seq}: the grantor's journal has no holes"
    match event:
        case CreditGranted():
            return (CreditTaken(event.limit_id, event.seq, event.amount),)
        case CreditRecalled():
            noted = RecallNoted(event.limit_id, event.seq, event.keep)
            return (noted, *_release(state, event.limit_id, credit, event.keep, in_use))


def heard(state: HolderState, event: GrantorEvent) -> tuple[HolderEvent, ...]:
    """What another partition uses, where it has said something new."""
    if not isinstance(event, CreditAsked | CreditReturned) or event.partition == state.partition:
        return ()
    if _credit(state, event.limit_id).others.get(event.partition, 0) == event.in_use:
        return ()
    return (UseNoted(event.limit_id, event.partition, event.in_use),)


def freed(state: HolderState, limit_id: str, in_use: int) -> tuple[HolderEvent, ...]:
    """Use fell to `in_use`: while a recall is in force, what is unused goes."""
    credit = _credit(state, limit_id)
    return _release(state, limit_id, credit, credit.keep, in_use)


def all_back(state: HolderState, limit_id: str) -> tuple[HolderEvent, ...]:
    """The limit is removed: nothing is used of it, and what is held goes, recalled or not."""
    return _release(state, limit_id, _credit(state, limit_id), 0, 0)


def lapsed(state: HolderState, limit_id: str) -> tuple[HolderEvent, ...]:
    """No version of the limit is in force: what will be used meanwhile is not known to anybody else until it is asked for again. Said once."""
    credit = _credit(state, limit_id)
    if not credit.want_seq or credit.version == LAPSED:
        return ()
    return (replace(asks(state, limit_id, 0), version=LAPSED),)


def wants(state: HolderState, limit_id: str, in_use_after: int, reserve: int = 0) -> tuple[HolderEvent, ...]:
    """Ask for what an order that needs `in_use_after` lacks, and `reserve` beyond it; nothing where as much is asked for already."""
    credit = _credit(state, limit_id)
    missing = in_use_after + reserve - credit.held
    if missing <= credit.wanted:
        return ()
    return (asks(state, limit_id, missing, urgent=missing - reserve),)


def asks(
    state: HolderState, limit_id: str, amount: int, in_use: int = 0, version: int = -1, urgent: int = 0
) -> CreditWanted:
    """Ask for so much, in place of all that was asked for and is not granted yet."""
    credit = _credit(state, limit_id)
    return CreditWanted(
        limit_id,
        state.partition,
        credit.want_seq + 1,
        Amount(amount),
        Amount(in_use),
        max(version, credit.version),
        Amount(max(0, urgent)),
    )


def _release(
    state: HolderState, limit_id: str, credit: Credit, keep: int | None, in_use: int
) -> tuple[HolderEvent, ...]:
    if keep is None:
        return ()
    amount = min(credit.held - keep, credit.held - max(0, in_use))
    if amount <= 0:
        return ()
    number = credit.release_seq + 1
    return (CreditReleased(limit_id, state.partition, number, Amount(amount), Amount(max(0, in_use))),)


def evolve(state: HolderState, event: HolderEvent) -> None:
    """The only way the state changes."""
    credit = state.credits.setdefault(event.limit_id, Credit())
    match event:
        case CreditWanted():
            credit.want_seq, credit.wanted, credit.version = event.want_seq, event.amount, event.version
            credit.told = event.in_use
        case CreditTaken():
            credit.seq, credit.held, credit.keep = event.seq, credit.held + event.amount, None
            credit.wanted = max(0, credit.wanted - event.amount)
        case RecallNoted():
            credit.seq, credit.keep = event.seq, event.keep
        case CreditReleased():
            credit.release_seq, credit.held = event.release_seq, credit.held - event.amount
            credit.told = event.in_use
        case UseNoted():
            credit.others[event.partition] = event.in_use


def _credit(state: HolderState, limit_id: str) -> Credit:
    return state.credits.get(limit_id, Credit())
