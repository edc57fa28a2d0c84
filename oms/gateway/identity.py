"""Who calls, and what they may do. Pure: tokens, people and reference data are given.

The one table is `RIGHT_OF_METHOD`: a method that is not in it is refused to everybody. What each right takes:

| right | who | bounded by |
|---|---|---|
| SHARED | every token | |
| READ | every role | own desks; ADMIN and COMPLIANCE see all, and RISK_OFFICER all alerts |
| SESSION, CANCEL | TRADER, RISK_OFFICER | own desks |
| TRADE | TRADER | own desks |
| RESUBMIT | TRADER, RISK_OFFICER | own desks; and what the letter's command takes itself (TRADE or CANCEL) |
| HALT | TRADER, RISK_OFFICER, ADMIN | a trader: own desks and their accounts |
| LIFT (resume, cancel by scope) | RISK_OFFICER, ADMIN | |
| RESOLVE (decide about a break) | RISK_OFFICER, ADMIN | |
| ACKNOWLEDGE (say that an alert was seen) | RISK_OFFICER, COMPLIANCE | |
| REFERENCE | RISK_OFFICER, ADMIN | limits are the risk officer's, all else the administrator's |
| CLOCK | ADMIN | |

Separation of duties: who sets limits does not say who people are, and neither enters orders. A person may hold several roles and has the
rights of all, but for COMPLIANCE, which wins: whoever has it reads everything and changes nothing.

Whose rights: a person in the reference data has the roles and desks of that entity, which is versioned and audited, and none while it is
disabled. The file of people says what a person may do only where the reference data does not have the person: how a cluster gets its
first administrator, and what machines are known by.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from google.protobuf.message import Message

from oms.core.commands import (
    CancelOrder,
    CancelOrderList,
    Command,
    MassCancelOrders,
    NewOrder,
    NewOrderList,
    ReplaceOrder,
)
from oms.core.enums import HaltScope, Role
from oms.core.reasons import Reason
from oms.core.reference import Reference
from oms.core.risk_reference import GOVERNED_KINDS, PROPOSAL_KINDS
from oms.gateway.people import ALL_DESKS, People, PersonEntry, digest_of
from oms.v1 import gateway_pb2 as api

TOKEN_CHARACTERS_MAX = 512
"""Ours have 47; what is longer is not even hashed."""

NAME_SHOWN_MAX = 64
"""Characters of a caller's own words in a text of ours: a record of a refusal stays small."""


class Right(Enum):
    SHARED = auto()
    READ = auto()
    SESSION = auto()
    TRADE = auto()
    CANCEL = auto()
    RESUBMIT = auto()
    HALT = auto()
    LIFT = auto()
    RESOLVE = auto()
    ACKNOWLEDGE = auto()
    REFERENCE = auto()
    CLOCK = auto()


_ORDERS, _REFERENCE, _CONTROL, _LETTERS = (
    f"/oms.v1.{service}/"
    for service in ("OrderGatewayService", "ReferenceAdminService", "ControlService", "DeadLetterService")
)
RIGHT_OF_METHOD: Mapping[str, Right] = {
    _ORDERS + "Submit": Right.TRADE,
    _ORDERS + "Cancel": Right.CANCEL,
    _ORDERS + "Replace": Right.TRADE,
    _ORDERS + "MassCancel": Right.CANCEL,
    _ORDERS + "SubmitList": Right.TRADE,
    _ORDERS + "CancelList": Right.CANCEL,
    _ORDERS + "GetList": Right.READ,
    _ORDERS + "GetMassCancel": Right.READ,
    _ORDERS + "GetOrder": Right.READ,
    _ORDERS + "ListOrders": Right.READ,
    _ORDERS + "Subscribe": Right.READ,
    _ORDERS + "Session": Right.SESSION,
    _ORDERS + "ListQuotes": Right.SHARED,
    _ORDERS + "ListPositions": Right.READ,
    _ORDERS + "WatchAlerts": Right.READ,
    _REFERENCE + "ApplyReference": Right.REFERENCE,
    _REFERENCE + "GetReference": Right.SHARED,
    _CONTROL + "Halt": Right.HALT,
    _CONTROL + "Resume": Right.LIFT,
    _CONTROL + "CancelScope": Right.LIFT,
    _CONTROL + "Liquidate": Right.LIFT,
    _CONTROL + "ResolveBreak": Right.RESOLVE,
    _CONTROL + "AcknowledgeAlert": Right.ACKNOWLEDGE,
    _CONTROL + "SetClock": Right.CLOCK,
    _CONTROL + "GetControlStatus": Right.SHARED,
    _LETTERS + "ResubmitDeadLetter": Right.RESUBMIT,
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": Right.SHARED,
}
"""By the method's name on the wire. `grpc.health.v1` is open to all: probes have no token, and it says nothing but whether we serve."""

RIGHT_OF_COMMAND: Mapping[type[Message], Right] = {
    api.SubmitRequest: Right.TRADE,
    api.CancelRequest: Right.CANCEL,
    api.ReplaceRequest: Right.TRADE,
    api.MassCancelRequest: Right.CANCEL,
    api.SubmitListRequest: Right.TRADE,
    api.CancelListRequest: Right.CANCEL,
}


def right_to_resubmit(command: Command) -> Right:
    """What the same command takes when it is sent for the first time."""
    match command:
        case NewOrder() | ReplaceOrder() | NewOrderList():
            return Right.TRADE
        case CancelOrder() | MassCancelOrders() | CancelOrderList():
            return Right.CANCEL


_ROLES_FOR: Mapping[Right, tuple[Role, ...]] = {
    Right.SHARED: (),
    Right.READ: (Role.TRADER, Role.RISK_OFFICER, Role.ADMIN, Role.COMPLIANCE),
    Right.SESSION: (Role.TRADER, Role.RISK_OFFICER),
    Right.TRADE: (Role.TRADER,),
    Right.CANCEL: (Role.TRADER, Role.RISK_OFFICER),
    Right.RESUBMIT: (Role.TRADER, Role.RISK_OFFICER),
    Right.HALT: (Role.TRADER, Role.RISK_OFFICER, Role.ADMIN),
    Right.LIFT: (Role.RISK_OFFICER, Role.ADMIN),
    Right.RESOLVE: (Role.RISK_OFFICER, Role.ADMIN),
    Right.ACKNOWLEDGE: (Role.RISK_OFFICER, Role.COMPLIANCE),
    Right.REFERENCE: (Role.RISK_OFFICER, Role.ADMIN),
    Right.CLOCK: (Role.ADMIN,),
}
_READING = (Right.SHARED, Right.READ, Right.ACKNOWLEDGE)
"""Rights that change nothing that is decided: those that COMPLIANCE has. That it has seen an alert is what it is there for."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose call it is, as far as rights go."""

    person_id: str
    token_id: str
    roles: frozenset[Role]
    desks: frozenset[str]

    @property
    def sees_all(self) -> bool:
        """Whether reads are not bounded by desks."""
        return bool(self.roles & {Role.ADMIN, Role.COMPLIANCE}) or ALL_DESKS in self.desks

    @property
    def sees_all_alerts(self) -> bool:
        """Whether alerts are not bounded by desks: they are what a risk officer is there for."""
        return self.sees_all or Role.RISK_OFFICER in self.roles

    def sees(self, desk_id: str) -> bool:
        """Whether what belongs to a desk may be shown."""
        return bool(self.roles) and (desk_id in self.desks or self.sees_all)


@dataclass(frozen=True, slots=True)
class Denied:
    """Why a call is not let in, or not allowed; `text` says what would do. Whom the token names, where it names somebody."""

    reason: Reason
    text: str
    person_id: str = ""
    token_id: str = ""


ANYBODY = Caller("", "", frozenset({Role.TRADER, Role.RISK_OFFICER, Role.ADMIN}), frozenset({ALL_DESKS}))
"""Every caller while there are no identities: only this machine can call then, and what it states of itself is believed."""

HOW_TO = "give --token-file, set OMS_TOKEN_FILE, or ask an administrator for `oms people add`"


def bearer_of(headers: Sequence[str]) -> str | Denied:
    """The token in the values of `authorization` (RFC 6750). Denied where there is none, or not exactly one."""
    if not headers:
        return Denied(Reason.NO_TOKEN, f"no token: {HOW_TO}")
    scheme, _, token = headers[0].partition(" ")
    if len(headers) > 1 or scheme.lower() != "bearer" or not 0 < len(token) <= TOKEN_CHARACTERS_MAX:
        return Denied(Reason.UNKNOWN_TOKEN, "authorization must be there once, as `Bearer` and the token")
    return token


def entry_of(headers: Sequence[str], people: People) -> PersonEntry | Denied:
    """The live entry that a call's token names."""
    token = bearer_of(headers)
    if isinstance(token, Denied):
        return token
    digest = digest_of(token)
    entry = people.by_digest.get(digest)
    if entry is None:
        return Denied(Reason.UNKNOWN_TOKEN, f"this token is nobody's: {HOW_TO}", token_id=digest[:8])
    if not entry.live:
        text = f"this token was revoked: {HOW_TO}"
        return Denied(Reason.REVOKED_TOKEN, text, entry.person_id, entry.token_id)
    return entry


def caller_of(entry: PersonEntry, reference: Reference) -> Caller | Denied:
    """The rights in force of whom a live entry names."""
    person = reference.people.get(entry.person_id)
    if person is None:
        return Caller(entry.person_id, entry.token_id, frozenset(entry.roles), frozenset(entry.desks))
    if not person.enabled:
        text = f"{entry.person_id} is disabled in the reference data: ask an administrator"
        return Denied(Reason.PERSON_DISABLED, text, entry.person_id, entry.token_id)
    return Caller(entry.person_id, entry.token_id, frozenset(person.roles), frozenset(person.desks))


def role_denied(caller: Caller, right: Right) -> Denied | None:
    """Whether any role of the caller gives this right at all; desks and scopes apart."""
    wanted = _ROLES_FOR[right]
    if right not in _READING and Role.COMPLIANCE in caller.roles:
        return _denied(caller, "COMPLIANCE reads everything and changes nothing, whatever other roles the person has")
    if wanted and not caller.roles.intersection(wanted):
        return _denied(caller, f"takes the role {_either(wanted)}; {caller.person_id} has {_roles(caller)}")
    return None


def desk_denied(caller: Caller, right: Right, desk_id: str) -> Denied | None:
    """Whether the caller has this right at a desk."""
    denied = role_denied(caller, right)
    if denied is not None or desk_id in caller.desks or ALL_DESKS in caller.desks:
        return denied
    if right is Right.READ and caller.sees_all:
        return None
    who = _either(_ROLES_FOR[right])
    return _denied(caller, f"desk {desk_id[:NAME_SHOWN_MAX]} is not {caller.person_id}'s: takes {who} of that desk")


def halt_denied(caller: Caller, scope: HaltScope | None, scope_id: str, reference: Reference) -> Denied | None:
    """Whether the caller may halt this scope. `scope` None: one that there is not."""
    denied = role_denied(caller, Right.HALT)
    if denied is not None or caller.roles & {Role.RISK_OFFICER, Role.ADMIN}:
        return denied
    if scope is HaltScope.DESK:
        desk_id = scope_id
    elif scope is HaltScope.ACCOUNT and scope_id in reference.accounts:
        desk_id = reference.accounts[scope_id].desk_id
    else:
        return _denied(caller, "a TRADER halts own desks and their accounts; more takes RISK_OFFICER or ADMIN")
    return desk_denied(caller, Right.HALT, desk_id)


def kinds_denied(caller: Caller, kinds: Sequence[str]) -> Denied | None:
    """Whether the caller may change reference data of all these kinds; what has no kind is the validation's matter."""
    denied = role_denied(caller, Right.REFERENCE)
    if denied is not None:
        return denied
    for kind in kinds:
        wanted = Role.RISK_OFFICER if kind in _RISK_KINDS else Role.ADMIN
        if kind and wanted not in caller.roles:
            return _denied(caller, f"changing a {kind} takes {wanted.name}; {caller.person_id} has {_roles(caller)}")
    return None


_RISK_KINDS = GOVERNED_KINDS | PROPOSAL_KINDS
"""What binds or allows trading is the risk officers'; who and what exists the administrators'."""


def impersonation(caller: Caller, entered_by: str) -> Denied | None:
    """A caller with a name is the one who entered it, and nobody else."""
    if not caller.person_id or entered_by in ("", caller.person_id):
        return None
    text = f"says {entered_by[:NAME_SHOWN_MAX]!r}, but the token is {caller.person_id}'s: leave it empty"
    return Denied(Reason.IMPERSONATION, text, caller.person_id, caller.token_id)


def administers(roles: Sequence[Role]) -> bool:
    """Whether a person of these roles can let in others: ADMIN, and not COMPLIANCE."""
    return Role.ADMIN in roles and Role.COMPLIANCE not in roles


def _denied(caller: Caller, text: str) -> Denied:
    return Denied(Reason.NOT_PERMITTED, text, caller.person_id, caller.token_id)


def _either(roles: Sequence[Role]) -> str:
    return " or ".join(role.name for role in roles)


def _roles(caller: Caller) -> str:
    return ", ".join(sorted(role.name for role in caller.roles)) or "no role"
