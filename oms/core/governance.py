"""Who may set alone what binds or allows trading, and what takes two people. Pure functions over one change.

    limit, trigger of halts            two people, whichever way it goes, and to remove a limit too
    what only tightens                 one person, at once: a permission taken away, a list made longer, a counterparty stopped
    whatever raises what may be done   two people: one proposes, another approves
    a rate or a factor set by hand     two people: which way it moves a figure depends on who holds what
    rates and factors of a service     no person at all
    the first loading of a system      one person; it is recorded as such

What must be narrower at once is halted (`oms.core.control`) or put on a restricted list, by one person: limits are not the brake.
What cannot be told to tighten counts as loosening. It does not know who exists and what roles they have: the gateway asks that.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from enum import IntEnum
from unicodedata import category, normalize

from oms.core.enums import TradingListKind
from oms.core.halt_triggers import HaltTrigger
from oms.core.limits import Limit, LimitProposal
from oms.core.money import Amount
from oms.core.risk_reference import (
    ChangeProposal,
    Counterparty,
    FxRate,
    Governed,
    HolderFactors,
    InstrumentFactors,
    Locate,
    TradingList,
    TradingPermission,
)


class ChangeBasis(IntEnum):
    """On what grounds a record of reference data is in force. Records of before have none: one person set what no two had."""

    BOOTSTRAP = 1
    """A part of the first loading."""
    BOOTSTRAP_ENDS = 2
    """Its last record."""
    PERSON = 3
    SERVICE = 4
    """Computed, or published by a market data service: no person's will."""


def same_person(one: str, other: str) -> bool:
    """Whether two names are one person's: case, blanks around them, other forms of the same letters (Unicode NFKC) and what has no form at all make
    nobody another. Letters of another script that look alike do: where there are tokens, names are ASCII.

    >>> same_person("rita", " Rita"), same_person("rita", "r\u200bit\uff41"), same_person("rita", "rolf")
    (True, True, False)
    """
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    shown = [c for c in normalize("NFKC", name) if category(c) not in ("Cf", "Cc")]
    return "".join(shown).casefold().strip()


def loosens(before: Governed | None, after: Governed, permissions: Iterable[TradingPermission]) -> str:
    """What a change lets somebody do that was not allowed before; "" where it only tightens. `permissions`: all that there are now."""
    match after:
        case Counterparty():
            return _counterparty(before if isinstance(before, Counterparty) else None, after)
        case TradingList():
            return _trading_list(before if isinstance(before, TradingList) else None, after)
        case TradingPermission():
            known = before if isinstance(before, TradingPermission) else None
            others = [p for p in permissions if p.enabled and p.permission_id != after.permission_id]
            return _permission(known, after, others)
        case Locate():
            return _locate(before if isinstance(before, Locate) else None, after)
        case FxRate():
            return "a rate set by hand moves every figure in its currency"
        case InstrumentFactors() | HolderFactors():
            return "a factor set by hand moves what is held against limits"
        case HaltTrigger():
            return "a trigger of automatic halts is set by two people, whichever way it goes"


def proposal_objection(proposal: LimitProposal | ChangeProposal, replaces: int, known: Limit | None) -> str:
    """Why nobody may propose that; "" where nothing is against it. A limit stays one of its kind, of whom it binds: what has another meaning
    under an old name would take away what was there, and look like another value of it."""
    if replaces != -1:
        return f"proposal {proposal.proposal_id} is there: it is never changed, propose anew"
    if not isinstance(proposal, LimitProposal):
        return ""
    if proposal.limit.removed and (known is None or known.removed):
        return f"there is no limit {proposal.limit.limit_id} to remove"
    if known is None or _meaning(proposal.limit) == _meaning(known):
        return ""
    return f"limit {known.limit_id} is a {known.kind.name} of another scope, instrument or currency: give the new one another name"


def _meaning(limit: Limit) -> Limit:
    """What it is, whatever its value and dates are."""
    return replace(limit, value=Amount(0), effective_ns=0, expires_ns=0, only_order="", removed=False)


def _counterparty(before: Counterparty | None, after: Counterparty) -> str:
    if not after.enabled:
        return ""
    if before is None or not before.enabled:
        return "it lets orders go to this counterparty"
    if after.settlement_days < before.settlement_days:
        return "what is not settled counts for fewer days"
    known = replace(after, name=before.name, settlement_days=before.settlement_days)
    return "" if known == before else "it makes another kind of counterparty of it"


def _trading_list(before: TradingList | None, after: TradingList) -> str:
    """A list of what is watched refuses nothing. No desks: all of them."""
    if before is None or not before.enabled or before.kind is not TradingListKind.RESTRICTED:
        return ""
    if not after.enabled or after.kind is not TradingListKind.RESTRICTED:
        return "it lifts a restriction"
    freed = [name for name in before.instruments if name not in after.instruments]
    if freed:
        return f"it lifts the restriction of {', '.join(freed)}"
    return "" if _within(before.desks, after.desks) else "it lifts the restriction of some desks"


def _permission(
    before: TradingPermission | None, after: TradingPermission, others: Collection[TradingPermission]
) -> str:
    """Where nobody has a permission everybody may trade everything: the first takes away, and the last one's end gives."""
    if not others:
        if before is None or not before.enabled:
            return ""
        if not after.enabled:
            return "no permission is left, and then everybody may trade everything"
    elif not after.enabled:
        return ""
    elif before is None or not before.enabled:
        return f"it grants {after.trader} what was not allowed"
    narrower = before.trader == after.trader and all(
        _within(new, old)
        for new, old in (
            (after.instruments, before.instruments),
            (after.asset_classes, before.asset_classes),
            (after.venues, before.venues),
            (after.ord_types, before.ord_types),
            (after.algorithms, before.algorithms),
        )
    )
    return "" if narrower else f"it grants {after.trader} what was not allowed"


def _within(inner: Collection[object], outer: Collection[object]) -> bool:
    """Whether every member of one is a member of the other; an empty one has all there are.

    >>> _within(("a",), ()), _within((), ("a",)), _within(("a",), ("a", "b")), _within(("c",), ("a", "b"))
    (True, False, True, False)
    """
    return not outer or (bool(inner) and all(member in outer for member in inner))


def _locate(before: Locate | None, after: Locate) -> str:
    same = before is not None and (before.account_id, before.instrument_id) == (after.account_id, after.instrument_id)
    if before is None or not same:
        return "" if after.qty <= 0 else "it lets an account sell short"
    tighter = after.qty <= before.qty and after.expires_ns <= before.expires_ns
    return "" if tighter else "it lets an account sell more short, or for longer"
