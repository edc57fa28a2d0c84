"""Who may do what: the table against a second one written here, whose rights hold, and what a token's headers may be."""

import importlib
import pkgutil

import pytest
from gateway_world import SOMEONE, new_order

import oms.v1
from oms.core.commands import CancelOrder, MassCancelOrders, NewOrder, ReplaceOrder
from oms.core.enums import HaltScope, Role
from oms.core.reasons import Reason
from oms.core.reference import Account, Person, Reference
from oms.gateway.identity import (
    ANYBODY,
    RIGHT_OF_COMMAND,
    RIGHT_OF_METHOD,
    TOKEN_CHARACTERS_MAX,
    Caller,
    Denied,
    Right,
    administers,
    bearer_of,
    caller_of,
    desk_denied,
    entry_of,
    halt_denied,
    impersonation,
    kinds_denied,
    right_to_resubmit,
    role_denied,
)
from oms.gateway.people import People, PersonEntry, digest_of, new_token
from oms.v1 import gateway_pb2 as api

T, R, C, A = Role.TRADER, Role.RISK_OFFICER, Role.COMPLIANCE, Role.ADMIN
EVERY_ROLE = {T, R, C, A}
WHO = {
    "Submit": {T},
    "Cancel": {T, R},
    "Replace": {T},
    "MassCancel": {T, R},
    "GetMassCancel": EVERY_ROLE,
    "SubmitList": {T},
    "CancelList": {T, R},
    "GetList": EVERY_ROLE,
    "GetOrder": EVERY_ROLE,
    "ListOrders": EVERY_ROLE,
    "Subscribe": EVERY_ROLE,
    "Session": {T, R},
    "ListQuotes": EVERY_ROLE,
    "ListPositions": EVERY_ROLE,
    "WatchAlerts": EVERY_ROLE,
    "ApplyReference": {R, A},
    "GetReference": EVERY_ROLE,
    "Halt": {T, R, A},
    "Resume": {R, A},
    "CancelScope": {R, A},
    "Liquidate": {R, A},
    "ResolveBreak": {R, A},
    "AcknowledgeAlert": {R, C},
    "SetClock": {A},
    "GetControlStatus": EVERY_ROLE,
    "ResubmitDeadLetter": {T, R},
    "ServerReflectionInfo": EVERY_ROLE,
}
"""By method; written by hand from what the roles are for, not from the code."""

REFERENCE = Reference(
    people={
        "ann": Person("ann", "Ann", (T,), ("alpha",), True),
        "dora": Person("dora", "Dora", (T, A), ("alpha",), False),
    },
    accounts={"acc-1": Account("acc-1", "alpha", "USD", (), True), "acc-2": Account("acc-2", "beta", "USD", (), True)},
)


def caller(*roles: Role, desks: tuple[str, ...] = ("alpha",)) -> Caller:
    return Caller("ann", "12345678", frozenset(roles), frozenset(desks))


def entry(person_id: str = "ann", *roles: Role, revoked: str | None = None) -> tuple[PersonEntry, str]:
    token = new_token()
    return PersonEntry(person_id, digest_of(token), "2026-01-01T00:00:00+00:00", revoked, roles, ("beta",)), token


def methods_of_the_contract() -> set[str]:
    """Of every service of every file in proto/oms/v1."""
    found: set[str] = set()
    for module in pkgutil.iter_modules(oms.v1.__path__):
        if module.name.endswith("_pb2"):
            services = importlib.import_module(f"oms.v1.{module.name}").DESCRIPTOR.services_by_name.values()
            found |= {f"/{service.full_name}/{method.name}" for service in services for method in service.methods}
    return found


def test_every_method_that_is_served_is_in_the_table() -> None:
    assert {name for name in RIGHT_OF_METHOD if name.startswith("/oms.v1.")} == methods_of_the_contract()
    assert {name.rpartition("/")[2] for name in RIGHT_OF_METHOD} == set(WHO)


def test_commands_in_a_session_take_what_their_methods_take() -> None:
    for request, right in RIGHT_OF_COMMAND.items():
        method = request.DESCRIPTOR.name.removesuffix("Request")
        assert RIGHT_OF_METHOD[f"/oms.v1.OrderGatewayService/{method}"] is right
    kinds = api.SessionCommand.DESCRIPTOR.oneofs_by_name["kind"].fields
    lists = {api.SubmitListRequest, api.CancelListRequest}  # these have calls of their own, and no place in a frame
    assert {f.message_type.name for f in kinds} == {r.DESCRIPTOR.name for r in RIGHT_OF_COMMAND if r not in lists}


def test_a_letters_command_takes_what_its_method_takes() -> None:
    of_desk = ("alpha", 20250106, "a1")
    rights = {}
    for command in (CancelOrder(*of_desk, 0, "", 0, "", SOMEONE), MassCancelOrders(*of_desk, "", "", 0, "", SOMEONE)):
        rights[type(command).__name__] = right_to_resubmit(command)
    rights[NewOrder.__name__] = right_to_resubmit(new_order("a1"))
    replace = ReplaceOrder(*of_desk, 20250106, "a0", 5, None, None, 0, 0, "", SOMEONE)
    rights[ReplaceOrder.__name__] = right_to_resubmit(replace)
    assert rights == {
        "NewOrder": RIGHT_OF_COMMAND[api.SubmitRequest],
        "CancelOrder": RIGHT_OF_COMMAND[api.CancelRequest],
        "ReplaceOrder": RIGHT_OF_COMMAND[api.ReplaceRequest],
        "MassCancelOrders": RIGHT_OF_COMMAND[api.MassCancelRequest],
    }


@pytest.mark.parametrize("method", RIGHT_OF_METHOD, ids=lambda name: name.rpartition("/")[2])
def test_each_role_may_call_what_it_is_for(method: str) -> None:
    name, right = method.rpartition("/")[2], RIGHT_OF_METHOD[method]
    for role in Role:
        denied = role_denied(caller(role), right)
        assert (denied is None) == (role in WHO[name]), (name, role)
        assert denied is None or denied.reason is Reason.NOT_PERMITTED
    assert (role_denied(caller(), right) is None) == (right is Right.SHARED)


@pytest.mark.parametrize("right", Right)
def test_compliance_wins_over_every_other_role(right: Right) -> None:
    denied = role_denied(caller(T, R, C, A), right)
    assert (denied is None) == (right in (Right.SHARED, Right.READ, Right.ACKNOWLEDGE))
    assert denied is None or "COMPLIANCE" in denied.text


@pytest.mark.parametrize("right", [Right.TRADE, Right.CANCEL, Right.SESSION, Right.READ])
def test_a_desk_is_its_peoples_own(right: Right) -> None:
    assert desk_denied(caller(T), right, "alpha") is None
    assert desk_denied(caller(T, desks=("*",)), right, "beta") is None
    for desk_id in ("beta", "", "*", "x" * 10_000):
        denied = desk_denied(caller(T), right, desk_id)
        assert denied is not None and "TRADER" in denied.text and len(denied.text) < 300


def test_who_reads_everything_still_trades_nowhere() -> None:
    for role in (A, C):
        assert desk_denied(caller(role, desks=()), Right.READ, "beta") is None
        assert caller(role, desks=()).sees("beta")
        assert desk_denied(caller(role, desks=()), Right.TRADE, "beta") is not None
    assert not caller(R).sees("beta") and caller(R).sees("alpha")
    assert not caller().sees("alpha"), "without a role desks show nothing"
    denied = desk_denied(caller(T, A, desks=("alpha",)), Right.TRADE, "beta")
    assert denied is not None, "an administrator's view of all desks is no right to trade there"


@pytest.mark.parametrize(
    ("role", "scope", "scope_id", "allowed"),
    [
        (T, HaltScope.DESK, "alpha", True),
        (T, HaltScope.DESK, "beta", False),
        (T, HaltScope.ACCOUNT, "acc-1", True),
        (T, HaltScope.ACCOUNT, "acc-2", False),
        (T, HaltScope.ACCOUNT, "nobody", False),
        (T, HaltScope.FIRM, "", False),
        (T, HaltScope.INSTRUMENT, "alpha", False),
        (T, HaltScope.VENUE, "alpha", False),
        (T, None, "alpha", False),
        (R, HaltScope.FIRM, "", True),
        (A, HaltScope.VENUE, "XA", True),
        (C, HaltScope.DESK, "alpha", False),
    ],
)
def test_halts(role: Role, scope: HaltScope | None, scope_id: str, allowed: bool) -> None:
    assert (halt_denied(caller(role), scope, scope_id, REFERENCE) is None) == allowed


@pytest.mark.parametrize(
    ("roles", "kinds", "allowed"),
    [
        ((A,), ["person", "desk", "venue"], True),
        ((A,), ["limit"], False),
        ((R,), ["limit", "limit"], True),
        ((R,), ["limit", "person"], False),
        ((A, R), ["limit", "person"], True),
        ((A, R, C), ["limit"], False),
        ((T,), ["limit"], False),
        ((A,), [""], True),
    ],
)
def test_limits_are_the_risk_officers_and_all_else_the_administrators(
    roles: tuple[Role, ...], kinds: list[str], allowed: bool
) -> None:
    assert (kinds_denied(caller(*roles), kinds) is None) == allowed


def test_the_reference_data_says_what_its_people_may_do() -> None:
    ann, _ = entry("ann", A)
    assert caller_of(ann, REFERENCE) == Caller("ann", ann.token_id, frozenset({T}), frozenset({"alpha"}))
    newcomer, _ = entry("newcomer", A)
    assert caller_of(newcomer, REFERENCE) == Caller("newcomer", newcomer.token_id, frozenset({A}), frozenset({"beta"}))
    dora, _ = entry("dora", A)
    denied = caller_of(dora, REFERENCE)
    assert isinstance(denied, Denied) and denied.reason is Reason.PERSON_DISABLED


def test_tokens() -> None:
    live, token = entry()
    gone, old_token = entry(revoked="2026-01-02T00:00:00+00:00")
    people = People.of([live, gone])
    assert entry_of([f"Bearer {token}"], people) is live
    assert entry_of([f"bearer {token}"], people) is live
    wanted = {
        Reason.NO_TOKEN: [[]],
        Reason.REVOKED_TOKEN: [[f"Bearer {old_token}"]],
        Reason.UNKNOWN_TOKEN: [
            [f"Bearer {token}x"],
            [f"Bearer {token[:-1]}"],
            [f"Bearer  {token}"],
            [f"Basic {token}"],
            [token],
            ["Bearer"],
            ["Bearer "],
            [""],
            [f"Bearer {live.token_sha256}"],
            ["Bearer \udcff"],
            ["Bearer " + "x" * (TOKEN_CHARACTERS_MAX + 1)],
            [f"Bearer {token}", f"Bearer {token}"],
        ],
    }
    for reason, cases in wanted.items():
        for headers in cases:
            denied = entry_of(headers, people)
            assert isinstance(denied, Denied) and denied.reason is reason, headers
            assert token not in denied.text and old_token not in denied.text
    revoked = entry_of([f"Bearer {old_token}"], people)
    assert isinstance(revoked, Denied) and (revoked.person_id, revoked.token_id) == ("ann", gone.token_id)
    assert bearer_of(["Bearer abc"]) == "abc"


def test_nobody_enters_in_anothers_name() -> None:
    assert impersonation(caller(T), "") is None
    assert impersonation(caller(T), "ann") is None
    denied = impersonation(caller(T), "bob")
    assert denied is not None and denied.reason is Reason.IMPERSONATION and "bob" in denied.text
    assert impersonation(ANYBODY, "bob") is None


def test_who_can_let_in_others() -> None:
    assert administers((A,)) and administers((T, A))
    assert not administers((T, R)) and not administers((A, C)) and not administers(())


def test_alerts_are_a_risk_officers_whatever_the_desk() -> None:
    assert caller(R).sees_all_alerts and caller(A).sees_all_alerts and caller(Role.COMPLIANCE).sees_all_alerts
    assert not caller(T).sees_all_alerts and not caller(R).sees_all
