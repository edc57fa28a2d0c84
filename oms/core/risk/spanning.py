"""Limits that span partitions, in one of them: judged against the credit that is held here (`oms.core.credit`).

    order            within what is held, or it makes no figure larger; else refused, and more is asked for. After one that leaves little free
                     more is asked for ahead (`oms.core.credit.policy`). In the order's own record: nothing waits for an answer
    oms.credit       grants are taken, recalls noted; what is unused of a recall is released in the same record
    timer            a limit is new or has changed: this partition says what it uses and asks for its share; or while a recall is in force
                     use has fallen, and what is unused is released. Of a limit that is removed nothing is used: all is released

A limit that spans this partition alone is judged as a whole, as any other; once credit of it was asked for, it is judged by credit for ever,
for others may hold the rest. Beside it the limit's own check goes on: this partition alone must be within the whole.

Invariants: used + reserved ≤ held after every order that was accepted and made it larger; what is released was unused by the figures of that
moment. Use that no order makes (marks, rates, late fills, reference data) may pass what is held: then only what reduces is accepted until
more is granted. A figure that is not known (no price, no rate) releases nothing and asks for nothing.

A limit for one order alone (`Limit.only_order`) is judged as a whole here: two people have allowed it beyond what is held.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from oms.core.credit import holder, policy
from oms.core.credit.events import CreditReleased, CreditWanted, HolderEvent
from oms.core.credit.holder import Credit, HolderState
from oms.core.credit.journaled import CreditEvent
from oms.core.credit.spans import Spanning, is_removed, limit_id_of, value_in_force
from oms.core.enums import LimitKind, TimerKind
from oms.core.money import AMOUNT_MAX
from oms.core.reasons import Reason
from oms.core.reference import Limit
from oms.core.risk.book import UNKNOWN_CURRENCY, Money
from oms.core.risk.judgement import CheckResult, Drawn, Judgement
from oms.core.risk.limits import open_figures
from oms.core.risk.money_limits import BY_PAIRS, FIGURES, NEED_PRICES, used_of
from oms.core.risk.settlement import unsettled_value
from oms.core.risk.state import CreditWork, RiskState
from oms.core.risk.value import converted, rate_of
from oms.core.risk_events import ControlApplied, OrderAccepted, ReplaceAccepted
from oms.core.stage import TimerInput

_SUMMED = ("gross", "net", "buys", "sells", "longs", "shorts", "spent", "turnover")
NOT_HELD = frozenset({Reason.CREDIT_NOT_HELD, Reason.OPEN_ORDERS_NOT_HELD})

# --- an order


def credit_held(j: Judgement) -> CheckResult:
    return _held(j, tuple(FIGURES), Reason.CREDIT_NOT_HELD)


def orders_held(j: Judgement) -> CheckResult:
    return _held(j, (LimitKind.OPEN_ORDERS,), Reason.OPEN_ORDERS_NOT_HELD)


def _held(j: Judgement, kinds: tuple[LimitKind, ...], reason: Reason) -> CheckResult:
    rows = [row for kind in kinds for row in _drawn(j, kind)]
    if not rows:
        return CheckResult()
    j.drawn += rows
    lacking = [row for row in rows if row.lacks]
    row = min(lacking or rows, key=lambda row: row.held - row.after)
    version = row.versioned.version
    if lacking:
        return CheckResult(row.held, row.before, row.after, version, reason, _refusal(j, row))
    return CheckResult(row.held, row.before, row.after, version)


def _drawn(j: Judgement, kind: LimitKind) -> Iterator[Drawn]:
    for versioned in j.limits_of(kind):
        credit = credit_of(j.state, versioned.credit_id)
        if credit is not None:
            limit = versioned.limit
            before, after = FIGURES[kind](j, limit) if kind in FIGURES else open_figures(j, limit)
            yield Drawn(versioned, before, after, credit.held)


def credit_of(state: RiskState, credit_id: str) -> Credit | None:
    """What is held of a limit that is judged by credit here; None of one that is judged as a whole."""
    if not credit_id:
        return None
    spanning = state.index().spanning.limits.get(credit_id)
    known = state.credits.get(credit_id)
    return known or (Credit() if spanning is not None and len(spanning.members) > 1 else None)


def _refusal(j: Judgement, row: Drawn) -> str:
    limit, credit_id = row.versioned.limit, row.versioned.credit_id
    spanning, credit = j.state.index().spanning.limits[credit_id], j.state.credits.get(credit_id, Credit())
    over = len(spanning.members)
    recalled = "; it is being recalled, as others need it or the limit was lowered" if credit.keep is not None else ""
    return (
        f"{row.after} would be used here of limit {limit.limit_id}, which is {limit.value} over {over} partitions, and {row.held} is held "
        f"here{recalled}; {_amount_asked(row, credit)} more is asked for: send it again in a moment"
    )


def _amount_asked(row: Drawn, credit: Credit) -> int:
    amount = policy.for_refused(row.versioned.limit.value, row.after, row.held, row.after - row.before)
    return max(amount, credit.wanted)


def asked(j: Judgement, event: object) -> tuple[CreditWanted, ...]:
    """What an order's record asks for beside its decision."""
    if isinstance(event, OrderAccepted | ReplaceAccepted):
        return tuple([wanted for row in j.drawn for wanted in _asked_ahead(j.state, row)])
    if getattr(event, "reason", None) not in NOT_HELD:
        return ()
    return tuple([_asked(j.state, row) for row in j.drawn if row.lacks])


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
        amount = policy.ahead(limit.value, row.after, row.held, order)
        if amount and policy.again(amount, credit.wanted, row.after, row.held, order):
            yield holder.asks(_holder(state), credit_id, amount, row.after)


def _asked(state: RiskState, row: Drawn) -> CreditWanted:
    credit_id = row.versioned.credit_id
    amount = _amount_asked(row, state.credits.get(credit_id, Credit()))
    return holder.asks(_holder(state), credit_id, amount, row.before, urgent=row.after - row.held)


def _holder(state: RiskState) -> HolderState:
    return HolderState(state.partition, state.credits)


# --- the grantor's word


def read(state: RiskState, events: Iterable[CreditEvent], tape_ns: int) -> tuple[HolderEvent, ...]:
    """What follows from a record of `oms.credit`; later events of it see what earlier ones did, the state does not."""
    found: list[HolderEvent] = []
    working = HolderState(state.partition)
    for event in events:
        if isinstance(event, ControlApplied):
            continue
        credit_id = event.limit_id
        if credit_id not in working.credits:
            working.credits[credit_id] = replace(state.credits.get(credit_id, Credit()))
        credit = working.credits[credit_id]
        used = _known_use(state, credit_id, credit.held, tape_ns)
        said = holder.read(working, event, used)
        for follows in (*_withdrawn(working, credit_id, credit, said), *said):
            holder.evolve(working, follows)
            found.append(follows)
    return tuple(found)


def _withdrawn(state: HolderState, credit_id: str, credit: Credit, said: tuple[HolderEvent, ...]) -> list[CreditWanted]:
    """Before a release: who has something to give wants nothing, or it would get back first what another was refused for."""
    gives = any(isinstance(event, CreditReleased) for event in said)
    return [holder.asks(state, credit_id, 0)] if gives and credit.wanted else []


def _known_use(state: RiskState, credit_id: str, held: int, tape_ns: int) -> int:
    """What is in use of a credit; all that is held where that is not known, and nothing where the limit is gone and binds nobody."""
    spanning = state.index().spanning.limits.get(credit_id)
    if spanning is None:
        return 0
    used = in_use(state, spanning.limit, tape_ns)
    return held if used is None else used


# --- what is due


def due_credit(state: RiskState, tape_ns: int, wall_ns: int) -> TimerInput | None:
    """The first limit of which there is something to say. Only those are looked at that have changed, or are recalled."""
    work = _work(state)
    for credit_id in list(work.credit_ids):
        if due_events(state, credit_id, tape_ns, wall_ns):
            return TimerInput(credit_id, TimerKind.CREDIT, 0, wall_ns)
        if _is_settled(state, credit_id):
            del work.credit_ids[credit_id]
    return None


def due_events(state: RiskState, credit_id: str, tape_ns: int, wall_ns: int) -> tuple[HolderEvent, ...]:
    credit, spanning = state.credits.get(credit_id), state.index().spanning.limits.get(credit_id)
    if is_removed(state.reference, credit_id, wall_ns):
        gone = holder.all_back(_holder(state), credit_id)
        return (*_withdrawn(_holder(state), credit_id, credit or Credit(), gone), *gone)
    if spanning is not None and _has_news(state, credit, spanning):
        used = in_use(state, spanning.limit, tape_ns)
        if used is None:
            return ()
        credit = credit or Credit()
        value = value_in_force(state.reference, credit_id, wall_ns)
        amount = policy.at_start(value, max(1, len(spanning.members)), used, credit.held)
        return (holder.asks(_holder(state), credit_id, max(amount, credit.wanted), used, spanning.version),)
    if credit is not None and credit.keep is not None:
        freed = holder.freed(_holder(state), credit_id, _known_use(state, credit_id, credit.held, tape_ns))
        return (*_withdrawn(_holder(state), credit_id, credit, freed), *freed)
    return ()


def _has_news(state: RiskState, credit: Credit | None, spanning: Spanning) -> bool:
    """Whether the limit is new, or has changed since credit was asked for: who holds some, or is spanned with others, asks."""
    if credit is None:
        return len(spanning.members) > 1 and state.partition in spanning.members
    return credit.version < spanning.version


def _is_settled(state: RiskState, credit_id: str) -> bool:
    credit, spanning = state.credits.get(credit_id), state.index().spanning.limits.get(credit_id)
    present = state.reference.limits.get(limit_id_of(credit_id))
    if present is not None and present.removed:  # from its date on nothing is held, whoever is there to recall it
        return credit is None or not credit.held
    if spanning is not None and _has_news(state, credit, spanning):
        return False
    return credit is None or credit.keep is None


def _work(state: RiskState) -> CreditWork:
    """Made anew, with everything in it, when reference data has changed or a snapshot was read."""
    work = state.credit_work
    if work is None or work.index is not state.index():
        credit_ids = dict.fromkeys((*state.index().spanning.limits, *state.credits))
        work = state.credit_work = CreditWork(state.index(), credit_ids)
    return work


def evolve(state: RiskState, event: HolderEvent) -> None:
    """The only way credit changes."""
    holder.evolve(_holder(state), event)
    if state.credit_work is not None:
        state.credit_work.credit_ids[event.limit_id] = None


# --- figures without an order


def in_use(state: RiskState, limit: Limit, tape_ns: int) -> int | None:
    """What the accounts of this partition use of a limit, in its unit, as its check has it before an order; None where it is not known, or is no
    amount: by a wrong rate it can have more bits than a record holds, and no check can be evaluated by it."""
    used = _in_use(state, limit, tape_ns)
    return used if used is not None and used <= AMOUNT_MAX else None


def _in_use(state: RiskState, limit: Limit, tape_ns: int) -> int | None:
    if limit.kind is LimitKind.OPEN_ORDERS:
        return state.book().counts.get((limit.scope, limit.scope_id, limit.instrument_id), 0)
    total, by_pairs, pairs = Money(), 0, state.index().pairs
    for currency in (*state.index().currencies, UNKNOWN_CURRENCY):
        money = state.book().money.get((limit.scope, limit.scope_id, currency), Money())
        total.unpriced += money.unpriced
        if currency in pairs and currency != limit.currency:
            worst = _converted(state, money.currency_worst, currency, limit.currency)
            if worst is None:
                return None
            by_pairs += worst
        for name in _SUMMED:
            amount = _converted(state, getattr(money, name), currency, limit.currency)
            if amount is None:
                return None
            setattr(total, name, getattr(total, name) + amount)
    if total.unpriced and limit.kind in NEED_PRICES:
        return None
    used = used_of(limit.kind, total) + (by_pairs if limit.kind in BY_PAIRS else 0)
    if limit.kind is not LimitKind.COUNTERPARTY_EXPOSURE:
        return used
    for currency in state.index().currencies:
        owed = unsettled_value(state, limit.scope_id, currency, tape_ns)
        amount = _converted(state, owed, currency, limit.currency)
        if amount is None:
            return None
        used += amount
    return used


def _converted(state: RiskState, amount: int, currency: str, wanted: str) -> int | None:
    if currency == wanted or not amount:
        return amount
    of, to = rate_of(state.reference, currency), rate_of(state.reference, wanted)
    return converted(amount, of.rate_e9, to.rate_e9) if of is not None and to is not None else None
