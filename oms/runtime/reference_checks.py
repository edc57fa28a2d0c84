"""What the gateway asks of a change of reference data before it is written: that it means something, and that who sets it may.

The fold asks the second again (`oms.core.reference.applies`): between the answer here and the record's place in the log another may have
come. What is refused here is refused with a reason that says what to do.
"""

import re
from dataclasses import replace

from oms.core.governance import ChangeBasis
from oms.core.halt_triggers import HaltTrigger, fault_of
from oms.core.limits import PROPOSAL_VALID_NS_MAX
from oms.core.money import AMOUNT_MAX
from oms.core.reference import Entity, Limit, LimitProposal, Reference, ReferenceChange, entity_key, objection
from oms.core.risk.levels import AMOUNTS, QUANTITIES, binds
from oms.core.risk.value import is_own
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
    risk_entity_key,
)
from oms.gateway.field_errors import INT_MAX
from oms.gateway.refusal import Code, Refused, invalid_field

ENTITY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")


def basis_of(reference: Reference, bootstrap: bool, ends: bool) -> ChangeBasis:
    """The basis of an item of a request. Refused where it says that it is a part of the first loading, and that is over."""
    if not bootstrap:
        return ChangeBasis.PERSON
    if not reference.bootstrap_open:
        text = "the first loading is over: load without it, and what takes two people is proposed"
        raise Refused(Code.FAILED_PRECONDITION, text)
    return ChangeBasis.BOOTSTRAP_ENDS if ends else ChangeBasis.BOOTSTRAP


def check_entity(entity: Entity, place: str, now_ns: int, bootstrap: bool) -> None:
    """Whether a limit, or what is proposed, can be meant. `now_ns`: wall time; what the first loading brings may have begun long ago."""
    kind = entity_key(entity)[0]
    if isinstance(entity, LimitProposal | ChangeProposal):
        _check_end(entity.valid_until_ns, f"{place}.{kind}", now_ns)
    if isinstance(entity, Limit):
        _check_limit(entity, f"{place}.limit")
        if entity.removed:
            raise invalid_field(
                f"{place}.limit.removed", "a limit is removed by a proposal: `oms limits propose --remove`"
            )
        if not bootstrap:
            _check_dates(entity, f"{place}.limit", now_ns)
    elif isinstance(entity, LimitProposal):
        _check_limit(entity.limit, f"{place}.limit_proposal.limit")
        _check_dates(entity.limit, f"{place}.limit_proposal.limit", now_ns)
    elif isinstance(entity, ChangeProposal):
        inner = risk_entity_key(entity.entity)[0]
        _check_governed(entity.entity, f"{place}.change_proposal.entity.{inner}")
    elif isinstance(entity, Governed):
        _check_governed(entity, f"{place}.{kind}")


def with_end(entity: Entity, now_ns: int, valid_ns: int) -> Entity:
    """A proposal that does not say until when it may be approved says it from here on; everything else as it is."""
    if isinstance(entity, LimitProposal | ChangeProposal) and not entity.valid_until_ns:
        return replace(entity, valid_until_ns=now_ns + valid_ns)
    return entity


def _check_end(valid_until_ns: int, place: str, now_ns: int) -> None:
    if valid_until_ns and valid_until_ns <= now_ns:
        raise invalid_field(f"{place}.valid_until_ns", "has passed: nobody could approve it")
    if valid_until_ns > now_ns + PROPOSAL_VALID_NS_MAX:
        days = PROPOSAL_VALID_NS_MAX // 86_400 // 10**9
        raise invalid_field(
            f"{place}.valid_until_ns", f"must be within {days} days: nobody knows then why it was proposed"
        )


def check_allowed(reference: Reference, change: ReferenceChange) -> None:
    """Refused where who sets it may not, with what to do instead."""
    _check_own_currency(reference, change.entity)
    against = objection(reference, change)
    if not against:
        return
    if isinstance(change.entity, Limit) and change.entity.limit_id in reference.limits:
        against += f": `oms limits propose {change.entity.limit_id}`"
    elif against.startswith(" ".join(entity_key(change.entity))):
        against += ": `oms load FILE` proposes it, another person approves"
    raise Refused(Code.FAILED_PRECONDITION, against)


def _check_own_currency(reference: Reference, entity: Entity) -> None:
    """A rate of 1 and time 0 says that its currency is the firm's own, and does not age: with a second one every rate of both would be old."""
    rate = entity.entity if isinstance(entity, ChangeProposal) else entity
    if not isinstance(rate, FxRate) or not is_own(rate):
        return
    others = [name for name, other in reference.fx_rates.items() if name != rate.currency and is_own(other)]
    if others:
        text = f"rate 1 and time 0 is of the firm's own currency, which is {others[0]}: say as of when {rate.currency} is worth that"
        raise Refused(Code.FAILED_PRECONDITION, text)


def _check_limit(limit: Limit, place: str) -> None:
    """Of a limit that can bind nobody every order would be refused; an override that does not end is no override (RTS 6 article 15(6))."""
    if not ENTITY_ID.match(limit.limit_id):
        raise invalid_field(f"{place}.limit_id", "must be 1 to 64 of A-Z a-z 0-9 . _ -")
    if not binds(limit.kind, limit.scope):
        raise invalid_field(f"{place}.scope", f"a {limit.kind.name} limit cannot bind a {limit.scope.name.lower()}")
    if limit.removed and (limit.expires_ns or limit.only_order):
        raise invalid_field(
            f"{place}.removed", "it is removed for good: for one order, or until a time, propose a value"
        )
    if limit.only_order and not limit.expires_ns:
        raise invalid_field(f"{place}.expires_ns", "a limit for one order must end: `--until`")
    if not 0 <= limit.value <= (AMOUNT_MAX if limit.kind in AMOUNTS else INT_MAX):
        what = "an amount that can be counted" if limit.kind in AMOUNTS else f"{INT_MAX}"
        raise invalid_field(f"{place}.value", f"must be at least 0 and at most {what}")
    if limit.kind in QUANTITIES and not limit.instrument_id and limit.scope.name != "INSTRUMENT":
        raise invalid_field(f"{place}.instrument_id", f"a {limit.kind.name} limit counts units of one instrument")


def _check_dates(limit: Limit, place: str, now_ns: int) -> None:
    """A date that has passed would say of yesterday's decisions what was not so then."""
    if 0 < limit.effective_ns < now_ns or limit.effective_ns < 0:
        raise invalid_field(f"{place}.effective_ns", "has passed: without it, it is in force at once")
    if limit.expires_ns and limit.expires_ns <= max(now_ns, limit.effective_ns):
        raise invalid_field(f"{place}.expires_ns", "it would have ended before it began")


def _check_governed(entity: Governed, place: str) -> None:
    if not ENTITY_ID.match(risk_entity_key(entity)[1]):
        raise invalid_field(place, "its id must be 1 to 64 of A-Z a-z 0-9 . _ -")
    match entity:
        case FxRate() if entity.rate_e9 < 1:
            raise invalid_field(f"{place}.rate_e9", "must be above 0")
        case Locate() if entity.qty < 0 or entity.expires_ns < 0:
            raise invalid_field(place, "qty and expires_ns must not be negative")
        case Counterparty() if entity.settlement_days < 0:
            raise invalid_field(f"{place}.settlement_days", "must not be negative")
        case TradingPermission() if not entity.trader:
            raise invalid_field(f"{place}.trader", "must be set")
        case HaltTrigger():
            field, wrong = fault_of(entity)
            if wrong:
                raise invalid_field(f"{place}.{field}", wrong)
        case (
            FxRate()
            | Locate()
            | Counterparty()
            | TradingPermission()
            | TradingList()
            | InstrumentFactors()
            | HolderFactors()
        ):
            return
