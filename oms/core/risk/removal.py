"""What is refused once a limit is removed: what a person is told who proposes or approves that.

    of a kind that must cover every order (`limits.REQUIRED_KINDS`)    where no other limit of the kind does: LIMIT_MISSING
    of how old a rate or factor may be                                 where no other says it: what needs one is refused as stale
    of any other kind                                                  nothing: that figure is not asked for by this limit any more

It asks as risk does, of an order of each account in each instrument that the limit binds. It knows no orders: what is open goes on, and is
asked for again with its amendments (`oms.core.risk.rehearsal`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from oms.core.commands import NewOrder, Provenance
from oms.core.enums import Algorithm, LimitKind, LimitScope, OrdType, Side, TimeInForce
from oms.core.reasons import Reason
from oms.core.reference import Account, Instrument, Limit, Reference
from oms.core.risk.limits import REQUIRED_KINDS
from oms.core.risk.reference_index import ReferenceIndex, in_force

NEEDED: dict[LimitKind, Reason] = dict.fromkeys(REQUIRED_KINDS, Reason.LIMIT_MISSING) | {
    LimitKind.FX_RATE_AGE_NS: Reason.FX_RATE_STALE,
    LimitKind.FACTORS_AGE_NS: Reason.RISK_FACTORS_STALE,
}
"""Kinds without which orders are refused, and as what."""

PAIRS_MAX = 5_000
"""Accounts times instruments that are looked at: about a second."""


@dataclass(frozen=True, slots=True)
class Uncovered:
    """(account, instrument) of which no limit of the kind would be left. `whole`: all pairs were looked at."""

    pairs: tuple[tuple[str, str], ...]
    whole: bool


def uncovered(reference: Reference, limit: Limit, wall_ns: int, pairs_max: int = PAIRS_MAX) -> Uncovered:
    """Who is left without a limit of its kind when it is gone at a moment; nobody, where orders do without that kind."""
    if limit.kind not in NEEDED:
        return Uncovered((), True)
    without = replace(
        reference,
        limits={name: known for name, known in reference.limits.items() if name != limit.limit_id},
        former_limits={name: known for name, known in reference.former_limits.items() if name != limit.limit_id},
    )
    now, then = ReferenceIndex.of(reference, -1), ReferenceIndex.of(without, -1)
    found: list[tuple[str, str]] = []
    for number, (account, instrument, order) in enumerate(_orders(reference, limit)):
        if number >= pairs_max:
            return Uncovered(tuple(found), False)
        if _is_covered(now, order, instrument, limit.kind, wall_ns) and not _is_covered(
            then, order, instrument, limit.kind, wall_ns
        ):
            found.append((account.account_id, instrument.instrument_id))
    return Uncovered(tuple(found), True)


def _is_covered(index: ReferenceIndex, order: NewOrder, instrument: Instrument, kind: LimitKind, wall_ns: int) -> bool:
    return kind in in_force(index.covering(order, instrument, ()), wall_ns, "")


def _orders(reference: Reference, limit: Limit) -> Iterator[tuple[Account, Instrument, NewOrder]]:
    """One order of each account in each instrument that may trade, such that the limit is asked where it can be."""
    for account_id, account in sorted(reference.accounts.items()):
        for instrument_id, instrument in sorted(reference.instruments.items()):
            if not (account.enabled and instrument.enabled) or limit.instrument_id not in ("", instrument_id):
                continue
            if limit.scope in _NAMES and _NAMES[limit.scope](account, instrument) != limit.scope_id:
                continue
            who = Provenance(
                "",
                "",
                "",
                limit.scope_id if limit.scope is LimitScope.TRADER else "",
                limit.scope_id if limit.scope is LimitScope.STRATEGY else "",
            )
            order = NewOrder(
                account.desk_id, 0, "", account_id, instrument_id, Side.BUY, OrdType.MARKET, TimeInForce.DAY, 1, None,
                Algorithm.BEST_PRICE, "", None, 0, 0, "", who,
            )  # fmt: skip
            yield account, instrument, order


_NAMES = {
    LimitScope.DESK: lambda account, instrument: account.desk_id,
    LimitScope.ACCOUNT: lambda account, instrument: account.account_id,
    LimitScope.CLIENT: lambda account, instrument: account.client_id,
    LimitScope.INSTRUMENT: lambda account, instrument: instrument.instrument_id,
}


def consequence(reference: Reference, limit: Limit, wall_ns: int) -> str:
    """In a sentence: what removing the limit at a moment does to orders."""
    kind = limit.kind.name
    if limit.kind not in NEEDED:
        return f"refuses nothing: orders are not asked for {kind} by this limit any more"
    left = uncovered(reference, limit, wall_ns)
    if not left.pairs:
        most = "" if left.whole else f", as far as the first {PAIRS_MAX} accounts and instruments go"
        return f"refuses nothing: another {kind} limit covers every order that this one does{most}"
    accounts, instruments = {account for account, _ in left.pairs}, {instrument for _, instrument in left.pairs}
    where = f"{_some(accounts, 'account')} in {_some(instruments, 'instrument')}"
    orders = "orders" if limit.kind in REQUIRED_KINDS else "orders that need a rate or factor"
    least = "" if left.whole else "at least "
    return f"refuses {least}{orders} of {where} ({NEEDED[limit.kind].name}): no {kind} limit is left that covers them"


def _some(names: set[str], what: str) -> str:
    first = sorted(names)[0]
    return f"{what} {first}" if len(names) == 1 else f"{len(names)} {what}s ({first}, …)"
