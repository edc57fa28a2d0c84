"""Limits that span partitions, in one of them: judged against the credit that is held here (`oms.core.credit`).

    order            within what is held, or it makes no figure larger; else refused, and more is asked for. After one that leaves little free
                     more is asked for ahead (`oms.core.credit.policy`). In the order's own record: nothing waits for an answer
    oms.credit       grants are taken, recalls noted; what is unused of a recall is released in the same record
    timer            a limit is new or has changed: this partition says what it uses and asks for its share; or of what grows without an order
                     (losses, value at risk) little is left, and more is asked for; or while a recall is in force use has fallen, and what
                     is unused is released (of messages it falls by time). Of a limit that is removed, or lapses with no other version in
                     force, nothing is used: all is released, and asked for anew when it is in force again

A limit that spans this partition alone is judged as a whole, as any other; once credit of it was asked for, it is judged by credit for ever,
for others may hold the rest. Beside it the limit's own check goes on: this partition alone must be within the whole.

Invariants: used + reserved ≤ held after every order that was accepted and made it larger; what is released was unused by the figures of that
moment. Use that no order makes (marks, rates, late fills, reference data) may pass what is held: then it is over by that, more is asked for,
and only what takes it down is accepted until more is granted. A figure that is not known (no price, no rate) releases nothing and asks for nothing.

Of messages a second what is in use goes by time, and one who sends all the time would use it again before it could be released. So while a recall is
in force no order uses the last hundredth of what is held, down to what the recall leaves: it is free a moment later, and is released.

A limit for one order alone (`Limit.only_order`) is judged as a whole here: two people have allowed it beyond what is held.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from oms.core.credit import holder, policy
from oms.core.credit.events import CreditAsked, CreditReleased, CreditWanted, GrantorEvent, HolderEvent
from oms.core.credit.holder import Credit, HolderState
from oms.core.credit.journaled import CreditEvent
from oms.core.credit.spans import (
    AMOUNT_KINDS,
    GROWING,
    LOSSES,
    MODELLED,
    Spanning,
    instrument_of,
    is_lapsed,
    is_removed,
    kind_of,
    moves_later,
    value_in_force,
)
from oms.core.enums import LimitKind, TimerKind
from oms.core.reasons import Reason
from oms.core.reference import Limit
from oms.core.risk.credit_use import figures, in_use
from oms.core.risk.judgement import CheckResult, Drawn, Judgement
from oms.core.risk.reference_index import Holder
from oms.core.risk.state import DAY_NS, CreditWork, RiskState
from oms.core.risk.windows import has_asked
from oms.core.risk_events import ControlApplied, OrderAccepted, ReplaceAccepted
from oms.core.stage import TimerInput

NOT_HELD = frozenset(
    {
        Reason.CREDIT_NOT_HELD,
        Reason.OPEN_ORDERS_NOT_HELD,
        Reason.POSITION_NOT_HELD,
        Reason.RISK_NOT_HELD,
        Reason.LOSS_NOT_HELD,
        Reason.RATE_NOT_HELD,
    }
)

GROWN_EVERY_NS = 100_000_000
"""Between two looks at what grew without an order: a tenth of a second, as holdings are marked once a second at most."""

ALL_EVERY_NS = 1_000_000_000
"""Between two looks at everything that grows, where rates or factors may have changed."""

GIVEN_UP_PARTS = 100
"""Of a limit of messages that is recalled, what no order uses any more at a time: a window frees about as much with each of its slices."""

_MONEY = tuple(sorted(AMOUNT_KINDS))
_MODELLED = tuple(sorted(MODELLED))
_LOSSES = tuple(sorted(LOSSES))

# --- an order


def credit_held(j: Judgement) -> CheckResult:
    return _held(j, _MONEY, Reason.CREDIT_NOT_HELD)


def orders_held(j: Judgement) -> CheckResult:
    return _held(j, (LimitKind.OPEN_ORDERS,), Reason.OPEN_ORDERS_NOT_HELD)


def position_held(j: Judgement) -> CheckResult:
    return _held(j, (LimitKind.POSITION_QTY,), Reason.POSITION_NOT_HELD)


def risk_held(j: Judgement) -> CheckResult:
    return _held(j, _MODELLED, Reason.RISK_NOT_HELD)


def losses_held(j: Judgement) -> CheckResult:
    return _held(j, _LOSSES, Reason.LOSS_NOT_HELD)


def rate_held(j: Judgement) -> CheckResult:
    return _held(j, (LimitKind.MESSAGE_RATE,), Reason.RATE_NOT_HELD)


def _held(j: Judgement, kinds: tuple[LimitKind, ...], reason: Reason) -> CheckResult:
    rows = [row for kind in kinds for row in _drawn(j, kind)]
    if not rows:
        return CheckResult()
    j.drawn += rows
    lacking = [row for row in rows if row.lacks]
    row = min(lacking or rows, key=lambda row: row.allowed - row.after)
    version = row.versioned.version
    if lacking:
        return CheckResult(row.allowed, row.before, row.after, version, reason, _refusal(j, row))
    return CheckResult(row.allowed, row.before, row.after, version)


def _drawn(j: Judgement, kind: LimitKind) -> Iterator[Drawn]:
    for versioned in j.limits_of(kind):
        credit = j.state.credit_of(versioned.credit_id)
        if credit is not None:
            members = j.state.index().spanning.members_of(versioned.credit_id)
            before, after, adds = figures(j, versioned.limit, members)
            yield Drawn(versioned, before, after, _usable(versioned.limit, credit), adds, credit.others_use)


def _usable(limit: Limit, credit: Credit) -> int:
    """What an order may use of what is held."""
    if limit.kind is not LimitKind.MESSAGE_RATE or credit.keep is None:
        return credit.held
    return min(credit.held, max(credit.keep, credit.held - max(1, limit.value // GIVEN_UP_PARTS)))


def _refusal(j: Judgement, row: Drawn) -> str:
    limit, credit_id = row.versioned.limit, row.versioned.credit_id
    spanning, credit = j.state.index().spanning.limits[credit_id], j.state.credits.get(credit_id, Credit())
    over = len(spanning.members)
    recalled = "; it is being recalled, as others need it or the limit was lowered" if credit.keep is not None else ""
    if row.after <= row.held:
        return (
            f"{row.before} is used here and {row.others} in other partitions of limit {limit.limit_id}, which is {limit.value}: "
            f"{row.after + row.others - limit.value} beyond it; only what takes it down passes"
        )
    of = f"of limit {limit.limit_id}, which is {limit.value} over {over} partitions, and {row.held} is held here"
    asked_for = f"{_amount_asked(row, credit)} more is asked for"
    if row.before > row.held and limit.kind is not LimitKind.MESSAGE_RATE:
        return (
            f"{row.before} is used here {of}: over by {row.before - row.held}{recalled}; {asked_for}, and until it is granted only what "
            "takes it down passes"
        )
    return f"{row.after} would be used here {of}{recalled}; {asked_for}: send it again in a moment"


def _amount_asked(row: Drawn, credit: Credit) -> int:
    limit = row.versioned.limit
    amount = policy.for_refused(limit.value, row.after, row.held, row.after - row.before, _reserve(limit))
    return max(amount, credit.wanted)


def asked(j: Judgement, event: object) -> tuple[CreditWanted, ...]:
    """What an order's record asks for beside its decision."""
    if isinstance(event, OrderAccepted | ReplaceAccepted):
        return tuple([wanted for row in j.drawn for wanted in _asked_ahead(j.state, row)])
    if getattr(event, "reason", None) not in NOT_HELD:
        return ()
    return tuple(
        [_asked(j.state, row) for row in j.drawn if row.lacks and row.after > row.held and not _has_asked(j, row)]
    )


def _has_asked(j: Judgement, row: Drawn) -> bool:
    """Of messages, which are refused in floods, more is asked for once in a while and not by each."""
    versioned = row.versioned
    is_rate = versioned.limit.kind is LimitKind.MESSAGE_RATE
    return is_rate and has_asked(j.state, versioned.credit_id, j.conditions.wall_ns)


def _reserve(limit: Limit) -> policy.Reserve:
    return policy.PASSING if limit.kind is LimitKind.MESSAGE_RATE else policy.LASTING


def asked_last(judged: Iterable[tuple[Judgement, object]]) -> tuple[CreditWanted, ...]:
    """Of a record with several decisions: of each limit the most that one of them asks for, with what the last one of them says is in use, which
    has those before it in its figures."""
    found: dict[str, CreditWanted] = {}
    for wanted in (wanted for j, event in judged for wanted in asked(j, event)):
        before = found.get(wanted.limit_id, wanted)
        amount, urgent = max(before.amount, wanted.amount), max(before.urgent, wanted.urgent)
        found[wanted.limit_id] = replace(wanted, amount=amount, urgent=urgent)
    return tuple(found.values())


def _asked_ahead(state: RiskState, row: Drawn) -> Iterator[CreditWanted]:
    limit, credit_id = row.versioned.limit, row.versioned.credit_id
    credit = state.credits.get(credit_id, Credit())
    order = row.after - row.before
    if order > 0:
        amount = policy.ahead(limit.value, row.after, row.held, order, _reserve(limit))
        if amount and policy.again(amount, credit.wanted, row.after, row.held, order):
            yield holder.asks(_holder(state), credit_id, amount, row.after)


def _asked(state: RiskState, row: Drawn) -> CreditWanted:
    credit_id = row.versioned.credit_id
    amount = _amount_asked(row, state.credits.get(credit_id, Credit()))
    return holder.asks(_holder(state), credit_id, amount, row.before, urgent=row.after - row.held)


def _holder(state: RiskState) -> HolderState:
    return HolderState(state.partition, state.credits)


# --- the grantor's word


def read(state: RiskState, events: Iterable[CreditEvent], tape_ns: int, wall_ns: int = 0) -> tuple[HolderEvent, ...]:
    """What follows from a record of `oms.credit`; later events of it see what earlier ones did, the state does not. Times as in `in_use`."""
    found: list[HolderEvent] = []
    working = HolderState(state.partition)
    for event in events:
        if isinstance(event, ControlApplied):
            continue
        credit_id = event.limit_id
        if credit_id not in working.credits:
            known = state.credits.get(credit_id, Credit())
            working.credits[credit_id] = replace(known, others=dict(known.others))
        credit = working.credits[credit_id]
        used = _known_use(state, credit_id, credit.held, tape_ns, wall_ns)
        said = (
            *holder.read(working, event, used),
            *_heard(state, working, event),
            *_told_again(state, working, event, tape_ns),
        )
        for follows in (*_withdrawn(working, credit_id, credit, said), *said):
            holder.evolve(working, follows)
            found.append(follows)
    return tuple(found)


def _heard(state: RiskState, working: HolderState, event: GrantorEvent) -> tuple[HolderEvent, ...]:
    """What another partition has lost, of a limit that binds somebody here, or did: of no other kind can what is used stay where it is and an
    order be wrong nevertheless."""
    if kind_of(event.limit_id) not in LOSSES:
        return ()
    spanning = state.index().spanning.limits.get(event.limit_id)
    concerned = event.limit_id in state.credits or (spanning is not None and state.partition in spanning.members)
    return holder.heard(working, event) if concerned else ()


def _told_again(state: RiskState, working: HolderState, event: GrantorEvent, tape_ns: int) -> tuple[HolderEvent, ...]:
    """What is lost here, for another that asks for the first time: what was told before it did not hear, as the limit bound nobody there, or it
    had not read yet that there is one."""
    spanning, credit = state.index().spanning.limits.get(event.limit_id), working.credits[event.limit_id]
    if spanning is None or spanning.limit.kind not in LOSSES or not credit.want_seq:
        return ()
    if not isinstance(event, CreditAsked) or event.partition == state.partition or event.want_seq > 1:
        return ()
    used = in_use(state, spanning.limit, tape_ns)
    return (holder.asks(working, event.limit_id, credit.wanted, used),) if used else ()


def _withdrawn(state: HolderState, credit_id: str, credit: Credit, said: tuple[HolderEvent, ...]) -> list[CreditWanted]:
    """Before a release: who has something to give wants nothing, or it would get back first what another was refused for."""
    released = [event for event in said if isinstance(event, CreditReleased)]
    return [holder.asks(state, credit_id, 0, released[0].in_use)] if released and credit.wanted else []


def _known_use(state: RiskState, credit_id: str, held: int, tape_ns: int, wall_ns: int) -> int:
    """What is in use of a credit; all that is held where that is not known, and nothing where the limit is gone and binds nobody."""
    spanning = state.index().spanning.limits.get(credit_id)
    if spanning is None:
        return 0
    used = in_use(state, spanning.limit, tape_ns, wall_ns)
    return held if used is None else used


# --- what is due


def due_credit(state: RiskState, tape_ns: int, wall_ns: int) -> TimerInput | None:
    """The first limit of which there is something to say. Only those are looked at that have changed, or are recalled."""
    work = _work(state)
    _note_grown(state, work, tape_ns // DAY_NS, wall_ns)
    for credit_id in list(work.credit_ids):
        if due_events(state, credit_id, tape_ns, wall_ns):
            return TimerInput(credit_id, TimerKind.CREDIT, 0, wall_ns)
        if _is_settled(state, credit_id, wall_ns):
            del work.credit_ids[credit_id]
    return None


def due_events(state: RiskState, credit_id: str, tape_ns: int, wall_ns: int) -> tuple[HolderEvent, ...]:
    credit, spanning = state.credits.get(credit_id), state.index().spanning.limits.get(credit_id)
    has_lapsed = spanning is not None and is_lapsed(state.reference, credit_id, wall_ns)
    if has_lapsed or is_removed(state.reference, credit_id, wall_ns):
        gone = holder.all_back(_holder(state), credit_id)
        if has_lapsed:
            return (*holder.lapsed(_holder(state), credit_id), *gone)
        return (*_withdrawn(_holder(state), credit_id, credit or Credit(), gone), *gone)
    if spanning is not None and _has_news(state, credit, spanning):
        used = in_use(state, spanning.limit, tape_ns, wall_ns)
        if used is None:
            return ()
        credit = credit or Credit()
        value = value_in_force(state.reference, credit_id, wall_ns)
        amount = policy.at_start(value, state.index().spanning.members_of(credit_id), used, credit.held)
        return (holder.asks(_holder(state), credit_id, max(amount, credit.wanted), used, spanning.version),)
    if credit is not None and spanning is not None and spanning.limit.kind in GROWING:
        used = in_use(state, spanning.limit, tape_ns)
        value = value_in_force(state.reference, credit_id, wall_ns)
        amount = policy.grown(value, used, credit.held) if used is not None else 0
        if used is not None and policy.is_news(value, used, credit.told) and (amount or spanning.limit.kind in LOSSES):
            amount = max(amount, credit.wanted)
            return (holder.asks(_holder(state), credit_id, amount, used, urgent=used - credit.held),)
    if credit is not None and credit.keep is not None:
        used = _known_use(state, credit_id, credit.held, tape_ns, wall_ns)
        freed = holder.freed(_holder(state), credit_id, used)
        return (*_withdrawn(_holder(state), credit_id, credit, freed), *freed)
    return ()


def _has_news(state: RiskState, credit: Credit | None, spanning: Spanning) -> bool:
    """Whether the limit is new, has changed since credit was asked for, or has lapsed since: who holds some, or is spanned with others, asks."""
    if credit is None:
        return len(spanning.members) > 1 and state.partition in spanning.members
    return credit.version < spanning.version


def _note_grown(state: RiskState, work: CreditWork, day: int, wall_ns: int) -> None:
    """Limits of which another part may be used than at the last look, though no order came: of whoever has another result, and all of them
    where a day began, or reference data has moved on, as rates and factors do."""
    if 0 <= wall_ns - work.looked_ns < GROWN_EVERY_NS:
        return
    work.looked_ns = wall_ns
    moved, seen = state.book().drawing, (state.reference.position, day)
    if seen != work.seen and not 0 <= wall_ns - work.all_ns < ALL_EVERY_NS:
        work.seen, work.all_ns = seen, wall_ns
        moved.update(dict.fromkeys(work.growing))
    for owner in moved:
        work.credit_ids.update(dict.fromkeys(work.growing.get(owner, ())))
    moved.clear()


def _is_settled(state: RiskState, credit_id: str, wall_ns: int) -> bool:
    credit, spanning = state.credits.get(credit_id), state.index().spanning.limits.get(credit_id)
    reference = state.reference
    if moves_later(reference, credit_id, wall_ns):
        return False  # nobody but the clock says that it is in force, or is not any more
    if is_removed(reference, credit_id, wall_ns) or (spanning is not None and is_lapsed(reference, credit_id, wall_ns)):
        return True  # all of it has gone back
    if spanning is not None and _has_news(state, credit, spanning):
        return False
    return credit is None or credit.keep is None or credit.held <= credit.keep


def _work(state: RiskState) -> CreditWork:
    """Made anew, with everything in it, when reference data has changed or a snapshot was read."""
    work = state.credit_work
    if work is None or work.index is not state.index():
        limits = state.index().spanning.limits
        credit_ids, growing = dict.fromkeys((*limits, *state.credits)), dict[Holder, tuple[str, ...]]()
        for credit_id, spanning in limits.items():
            owner = (spanning.limit.scope, spanning.limit.scope_id)
            if spanning.limit.kind in GROWING:
                growing[owner] = (*growing.get(owner, ()), credit_id)
        work = state.credit_work = CreditWork(state.index(), credit_ids, growing)
    return work


def evolve(state: RiskState, event: HolderEvent) -> None:
    """The only way credit changes. What is allowed of a position changes with it, and what is lost in all: monitors and triggers look again."""
    holder.evolve(_holder(state), event)
    spanning = state.index().spanning.limits.get(event.limit_id)
    if spanning is not None and not isinstance(event, CreditWanted):
        limit, book = spanning.limit, state.book()
        book.touched[limit.scope, limit.scope_id, instrument_of(limit)] = None
        book.results_moved.add((limit.scope, limit.scope_id))
    if state.credit_work is not None:
        state.credit_work.credit_ids[event.limit_id] = None
