"""Identities over a real gRPC connection and the in-memory log: who is let in, what each role gets, and what is recorded of the rest."""

import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from gateway_service import Client, World, cancel, connected, eventually, refused, serving, submit
from gateway_world import DATE, SOMEONE
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_status import rpc_status

from oms.core.access import AccessRefused, TokenChanged
from oms.core.enums import Role, TokenChangeKind
from oms.core.reasons import Reason
from oms.core.reference import Person, ReferenceChange
from oms.gateway.access_record import RECORDS_PER_SECOND
from oms.gateway.identity import RIGHT_OF_METHOD
from oms.gateway.people import PeopleError, PersonEntry, added, digest_of, new_token, revoked
from oms.runtime.gateway import Gateway
from oms.runtime.log import TopicPartition
from oms.runtime.people_file import change_people
from oms.testing.sim_log import Fate
from oms.v1 import admin_pb2, enums_pb2, reference_pb2
from oms.v1 import gateway_pb2 as api
from oms.wire import topics
from oms.wire.codec import decode_intake

ACCESS = TopicPartition(topics.ACCESS, 0)
AT = "2026-01-01T00:00:00+00:00"
PEOPLE = (
    Person("ann", "Ann", (Role.TRADER,), ("alpha",), True),
    Person("rita", "Rita", (Role.RISK_OFFICER,), ("alpha",), True),
    Person("olga", "Olga", (Role.ADMIN,), (), True),
    Person("carl", "Carl", (Role.COMPLIANCE, Role.TRADER, Role.ADMIN), ("alpha",), True),
    Person("dora", "Dora", (Role.TRADER,), ("alpha",), False),
)
WITHIN_S = 2.0
"""A revocation takes at most about a second; twice that on a machine that is busy."""


@dataclass
class Firm:
    """A running gateway with people, their tokens by name, and what was recorded."""

    world: World
    path: Path
    gateway: Gateway
    client: Client
    tokens: dict[str, str]

    def as_(self, name: str) -> tuple[tuple[str, str], ...]:
        """Metadata of a person's call."""
        return (("authorization", f"Bearer {self.tokens[name]}"),)

    def refusals(self) -> list[AccessRefused]:
        return [record for record in self.records() if isinstance(record, AccessRefused)]

    def records(self) -> list[Any]:
        return [decode_intake(topics.ACCESS, r.value) for r in self.world.log.partitions[ACCESS].records]

    def revoke(self, name: str) -> None:
        change_people(self.path, lambda people: revoked(people, name, AT)[0])


def give_tokens(path: Path, *names: str, roles: tuple[Role, ...] = (), machine: bool = False) -> dict[str, str]:
    tokens = {name: new_token() for name in names}
    for name, token in tokens.items():
        entry = PersonEntry(name, digest_of(token), AT, None, roles, (), machine)
        change_people(path, lambda people, entry=entry: added(people, entry))
    return tokens


@asynccontextmanager
async def firm_at(folder: Path, world: World, *names: str) -> AsyncIterator[Firm]:
    path = folder / "people.json"
    tokens = give_tokens(path, *names)
    for person in PEOPLE:
        world.put(topics.REFERENCE, ReferenceChange(person, -1, 0, "", SOMEONE))
    async with serving(world, people_file=path, audit_limit_ns=10**18) as gateway, connected(gateway) as client:
        yield Firm(world, path, gateway, client, tokens)


@pytest.fixture
async def firm(tmp_path: Path) -> AsyncIterator[Firm]:
    async with firm_at(tmp_path, World(), *(person.person_id for person in PEOPLE)) as found:
        yield found


def unnamed(cl_ord_id: str, **changes: Any) -> api.SubmitRequest:
    return submit(cl_ord_id, **({"requester": api.Requester(strategy="s")} | changes))


async def reason_of(call: Any) -> tuple[grpc.StatusCode, str]:
    """(code, the reason of its ErrorInfo) of a call that must fail."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    status: Any = rpc_status.from_call(caught.value)
    info = error_details_pb2.ErrorInfo()
    assert any(detail.Unpack(info) for detail in status.details if detail.Is(info.DESCRIPTOR)), caught.value
    return caught.value.code(), info.reason


# --- who is let in --------------------------------------------------------------------------------------------------------------


async def test_a_token_names_who_entered_an_order(firm: Firm) -> None:
    await firm.client.orders.Submit(unnamed("a1"), metadata=firm.as_("ann"))
    await firm.client.orders.Submit(unnamed("a2", requester=api.Requester(entered_by="ann")), metadata=firm.as_("ann"))
    assert [c.provenance.entered_by for c in firm.world.commands()] == ["ann", "ann"]
    assert [c.provenance.trader for c in firm.world.commands()] == ["ann", "ann"]
    assert {c.provenance.source for c in firm.world.commands()} == {"grpc"}


async def test_whoever_is_not_known_is_refused_and_recorded(firm: Firm) -> None:
    firm.revoke("rita")
    await eventually(lambda: any(isinstance(r, TokenChanged) and r.person_id == "rita" for r in firm.records()[5:]))
    stranger, ann = new_token(), firm.tokens["ann"]
    cases: list[tuple[tuple[tuple[str, str], ...], Reason, str]] = [
        ((), Reason.NO_TOKEN, ""),
        ((("authorization", f"Bearer {stranger}"),), Reason.UNKNOWN_TOKEN, digest_of(stranger)[:8]),
        (firm.as_("rita"), Reason.REVOKED_TOKEN, digest_of(firm.tokens["rita"])[:8]),
        ((("authorization", f"Basic {ann}"),), Reason.UNKNOWN_TOKEN, ""),
        ((("authorization", "Bearer"),), Reason.UNKNOWN_TOKEN, ""),
        ((*firm.as_("ann"), *firm.as_("ann")), Reason.UNKNOWN_TOKEN, ""),
        (firm.as_("dora"), Reason.PERSON_DISABLED, digest_of(firm.tokens["dora"])[:8]),
    ]
    for number, (metadata, reason, _) in enumerate(cases):
        code, found = await reason_of(firm.client.orders.Submit(unnamed(f"a{number}"), metadata=metadata))
        disabled = reason is Reason.PERSON_DISABLED
        assert code is (grpc.StatusCode.PERMISSION_DENIED if disabled else grpc.StatusCode.UNAUTHENTICATED)
        assert found == reason.name
    assert firm.world.commands() == []
    await eventually(lambda: sum(r.count for r in firm.refusals()) == len(cases))
    assert {(r.reason, r.token_id) for r in firm.refusals()} == {(reason, token) for _, reason, token in cases}
    assert {r.method for r in firm.refusals()} == {"/oms.v1.OrderGatewayService/Submit"}
    assert {r.peer for r in firm.refusals()} == {"127.0.0.1"}
    assert {r.person_id for r in firm.refusals() if r.reason is Reason.REVOKED_TOKEN} == {"rita"}
    log = b"".join(r.value for records in firm.world.log.partitions.values() for r in records.records)
    assert not [token for token in (stranger, *firm.tokens.values()) if token.encode() in log]


def calls_of(client: Client) -> dict[str, Any]:
    """A well-formed call of every method in the table but reflection, by its full name; each takes metadata."""
    who = api.Requester()
    scope = {"scope": enums_pb2.HALT_SCOPE_DESK, "scope_id": "alpha", "reason": "r", "requester": who}
    item = admin_pb2.ReferenceItem(
        entity=reference_pb2.Entity(desk=reference_pb2.Desk(desk_id="delta", partition=0)), replaces_version=-1
    )
    key = {"desk_id": "alpha", "trading_date": DATE}
    replaced = {"cl_ord_id": "r1", "orig_cl_ord_id": "a1", "order_qty": 5, "requester": who}
    named = cancel("c1", "a1")
    named.requester.CopyFrom(who)
    one = unnamed("b1")
    listed = api.ListedOrder(
        cl_ord_id="b1", account_id=one.account_id, instrument_id=one.instrument_id, side=one.side, ord_type=one.ord_type,
        time_in_force=one.time_in_force, order_qty=one.order_qty, price=one.price, algorithm=one.algorithm,
    )  # fmt: skip
    requests: dict[str, Any] = {
        "Submit": unnamed("a1"),
        "Cancel": named,
        "Replace": api.ReplaceRequest(**key, **replaced),
        "MassCancel": api.MassCancelRequest(**key, cl_ord_id="m1", requester=who),
        "GetMassCancel": api.GetMassCancelRequest(**key, cl_ord_id="m1"),
        "SubmitList": api.SubmitListRequest(**key, cl_ord_id="l1", orders=[listed], requester=who),
        "CancelList": api.CancelListRequest(**key, cl_ord_id="l2", orig_cl_ord_id="l1", requester=who),
        "GetList": api.GetListRequest(**key, cl_ord_id="l1"),
        "GetOrder": api.GetOrderRequest(**key, cl_ord_id="a1"),
        "ListOrders": api.ListOrdersRequest(desk_id="alpha"),
        "Subscribe": api.SubscribeRequest(desk_id="alpha"),
        "Session": api.SessionRequest(subscribe=api.SubscribeRequest(desk_id="alpha")),
        "ListQuotes": api.ListQuotesRequest(),
        "ListPositions": api.ListPositionsRequest(desk_id="alpha"),
        "WatchAlerts": api.WatchAlertsRequest(desk_id="alpha"),
        "ApplyReference": admin_pb2.ApplyReferenceRequest(items=[item], reason="r", requester=who),
        "GetReference": admin_pb2.GetReferenceRequest(),
        "Halt": admin_pb2.HaltRequest(**scope),
        "Resume": admin_pb2.ResumeRequest(**scope),
        "CancelScope": admin_pb2.CancelScopeRequest(**scope),
        "Liquidate": admin_pb2.LiquidateRequest(**scope),
        "ResolveBreak": admin_pb2.ResolveBreakRequest(
            break_id="B0-1", kind=enums_pb2.RESOLUTION_KIND_NOTED, reason="r", requester=who
        ),
        "AcknowledgeAlert": admin_pb2.AcknowledgeAlertRequest(
            alert_id="x", topic="oms.risk", partition=0, offset=0, note="n", requester=who
        ),
        "SetClock": admin_pb2.SetClockRequest(tape_ns=5),
        "GetControlStatus": admin_pb2.GetControlStatusRequest(control_offset=-1),
        "ResubmitDeadLetter": admin_pb2.ResubmitDeadLetterRequest(letter_offset=0, requester=who),
    }

    def call(name: str, metadata: Any) -> Any:
        stub = next(s for s in (client.orders, client.reference, client.control, client.letters) if hasattr(s, name))
        if name == "Session":
            return stub.Session(iter([requests[name]]), metadata=metadata).read()
        found = getattr(stub, name)(requests[name], metadata=metadata)
        return found.read() if name in ("Subscribe", "WatchAlerts") else found

    return {
        method: lambda metadata, name=method.rpartition("/")[2]: call(name, metadata)
        for method in RIGHT_OF_METHOD
        if method.startswith("/oms.v1.")
    }


ALLOWED = {
    "ann": {
        "Submit",
        "Cancel",
        "Replace",
        "MassCancel",
        "GetMassCancel",
        "SubmitList",
        "CancelList",
        "GetList",
        "GetOrder",
        "ListOrders",
        "Subscribe",
        "Session",
        "ListPositions",
        "WatchAlerts",
        "Halt",
        "ResubmitDeadLetter",
    },
    "rita": {
        "Cancel",
        "MassCancel",
        "GetMassCancel",
        "CancelList",
        "GetList",
        "GetOrder",
        "ListOrders",
        "Subscribe",
        "Session",
        "ListPositions",
        "WatchAlerts",
        "Halt",
        "Resume",
        "CancelScope",
        "Liquidate",
        "ResolveBreak",
        "AcknowledgeAlert",
        "ResubmitDeadLetter",
    },
    "olga": {
        "GetMassCancel",
        "GetList",
        "GetOrder",
        "ListOrders",
        "Subscribe",
        "ListPositions",
        "WatchAlerts",
        "ApplyReference",
        "Halt",
        "Resume",
        "CancelScope",
        "Liquidate",
        "ResolveBreak",
        "SetClock",
    },
    "carl": {
        "GetMassCancel",
        "GetList",
        "GetOrder",
        "ListOrders",
        "Subscribe",
        "ListPositions",
        "WatchAlerts",
        "AcknowledgeAlert",
    },
    "dora": set(),
    "nobody": set(),
}
EVERYBODY = {"ListQuotes", "GetReference", "GetControlStatus"}


@pytest.mark.parametrize("name", ALLOWED)
async def test_every_method_for_every_person(firm: Firm, name: str) -> None:
    """Carl has COMPLIANCE beside other roles: reads, and changes nothing. Dora is disabled, nobody has no token."""
    metadata = firm.as_(name) if name != "nobody" else ()
    may = ALLOWED[name] | (EVERYBODY if ALLOWED[name] else set())
    for method, call in calls_of(firm.client).items():
        try:
            await call(metadata)
            code = grpc.StatusCode.OK
        except grpc.aio.AioRpcError as error:
            code = error.code()
        refused_by_right = code in (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED)
        assert refused_by_right == (method.rpartition("/")[2] not in may), (method, code)
    if not may & {"Submit", "Cancel"}:
        assert firm.world.commands() == []


async def test_own_desks_and_no_others(firm: Firm) -> None:
    for cl_ord_id, desk_id in (("b1", "beta"), ("x1", "nobody")):
        call = firm.client.orders.Submit(unnamed(cl_ord_id, desk_id=desk_id), metadata=firm.as_("ann"))
        assert await reason_of(call) == (grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED")
    for request in (api.ListOrdersRequest(desk_id="beta"), api.GetOrderRequest(order_id=f"beta/{DATE}/b1")):
        method = (
            firm.client.orders.ListOrders if isinstance(request, api.ListOrdersRequest) else firm.client.orders.GetOrder
        )
        code, text, _ = await refused(method(request, metadata=firm.as_("ann")))
        assert code is grpc.StatusCode.PERMISSION_DENIED and "desk beta" in text
    for scope, scope_id in ((enums_pb2.HALT_SCOPE_ACCOUNT, "acc-alpha"), (enums_pb2.HALT_SCOPE_DESK, "alpha")):
        halt = admin_pb2.HaltRequest(
            scope=scope, scope_id=scope_id, cancel_open=True, reason="r", requester=api.Requester()
        )
        await firm.client.control.Halt(halt, metadata=firm.as_("ann"))


async def test_lists_show_what_the_caller_may_see(tmp_path: Path) -> None:
    world = World()
    async with firm_at(tmp_path, world, "ann", "olga", "rita") as firm:
        world.life("a1")
        world.life("b1", "beta")
        await asyncio.sleep(0.1)
        for name, desks in (("ann", {"alpha"}), ("rita", {"alpha"}), ("olga", {"alpha", "beta"})):
            answer = await firm.client.orders.ListOrders(api.ListOrdersRequest(), metadata=firm.as_(name))
            assert {order.desk_id for order in answer.orders} == desks
            assert sum(c.count for c in answer.counts) == len(desks)
            held = await firm.client.orders.ListPositions(api.ListPositionsRequest(), metadata=firm.as_(name))
            assert {position.desk_id for position in held.positions} == desks
            assert {total.desk_id for total in held.totals} == desks


async def test_limits_and_all_else_are_different_hands(firm: Firm) -> None:
    limit = reference_pb2.Limit(limit_id="l1", kind=enums_pb2.LIMIT_KIND_OPEN_ORDERS, scope=enums_pb2.LIMIT_SCOPE_FIRM)
    proposal = reference_pb2.LimitProposal(proposal_id="p1", limit=limit, limit_version=-1)
    entities = {
        "limit": reference_pb2.Entity(limit_proposal=proposal),
        "desk": reference_pb2.Entity(desk=reference_pb2.Desk(desk_id="delta", partition=1)),
    }
    for name, kind, allowed in (
        ("rita", "limit", True),
        ("rita", "desk", False),
        ("olga", "limit", False),
        ("olga", "desk", True),
    ):
        item = admin_pb2.ReferenceItem(entity=entities[kind], replaces_version=-1)
        request = admin_pb2.ApplyReferenceRequest(items=[item], reason="r", requester=api.Requester())
        call = firm.client.reference.ApplyReference(request, metadata=firm.as_(name))
        if allowed:
            assert (await call).outcomes[0].applied
        else:
            assert (await reason_of(call))[1] == "NOT_PERMITTED"
    changes = [
        decode_intake(topics.REFERENCE, r.value)
        for r in firm.world.log.partitions[TopicPartition(topics.REFERENCE, 0)].records
    ]
    assert [c.provenance.entered_by for c in changes[-2:]] == ["rita", "olga"]


async def test_control_and_the_clock_record_the_person(firm: Firm) -> None:
    scope = {"scope": enums_pb2.HALT_SCOPE_FIRM, "reason": "r", "requester": api.Requester()}
    await firm.client.control.Halt(admin_pb2.HaltRequest(**scope), metadata=firm.as_("rita"))
    await firm.client.control.CancelScope(admin_pb2.CancelScopeRequest(**scope), metadata=firm.as_("olga"))
    await firm.client.control.Resume(admin_pb2.ResumeRequest(**scope), metadata=firm.as_("rita"))
    await firm.client.control.SetClock(admin_pb2.SetClockRequest(tape_ns=5), metadata=firm.as_("olga"))
    records = [
        decode_intake(topics.CONTROL, r.value)
        for r in firm.world.log.partitions[TopicPartition(topics.CONTROL, 0)].records
    ]
    named = [r.provenance.entered_by for r in records if getattr(r, "provenance", None) is not None]
    assert named == ["rita", "olga", "rita", "olga"]


async def test_nobody_enters_in_anothers_name(firm: Firm) -> None:
    bob = api.Requester(entered_by="bob")
    scope = {"scope": enums_pb2.HALT_SCOPE_DESK, "scope_id": "alpha", "reason": "r", "requester": bob}
    for call in (
        firm.client.orders.Submit(unnamed("a1", requester=bob), metadata=firm.as_("ann")),
        firm.client.control.Halt(admin_pb2.HaltRequest(**scope), metadata=firm.as_("rita")),
        firm.client.control.SetClock(admin_pb2.SetClockRequest(requester=bob), metadata=firm.as_("olga")),
    ):
        code, text, fields = await refused(call)
        assert (code, fields) == (grpc.StatusCode.PERMISSION_DENIED, ["requester.entered_by"])
        assert text.startswith("IMPERSONATION")
    await eventually(lambda: [r.reason for r in firm.refusals()] == [Reason.IMPERSONATION] * 3)
    assert firm.world.commands() == []


async def test_health_is_open_and_reflection_is_not(firm: Firm) -> None:
    answer = await firm.client.health.Check(health_pb2.HealthCheckRequest())
    assert answer.status == health_pb2.HealthCheckResponse.SERVING
    stub: Any = reflection_pb2_grpc.ServerReflectionStub(firm.client.channel)
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    assert (await reason_of(stub.ServerReflectionInfo(iter([request])).read()))[1] == "NO_TOKEN"
    shown = await stub.ServerReflectionInfo(iter([request]), metadata=firm.as_("carl")).read()
    assert shown.list_services_response.service


# --- while it runs --------------------------------------------------------------------------------------------------------------


async def ends(stream: Any) -> tuple[grpc.StatusCode, str]:
    """How a stream ends that is read on."""

    async def read_on() -> None:
        while await stream.read() is not grpc.aio.EOF:
            pass

    async with asyncio.timeout(WITHIN_S):
        code, text, _ = await refused(read_on())
    return code, text


async def test_open_streams_end_when_their_token_is_revoked(firm: Firm) -> None:
    subscribe = api.SubscribeRequest(desk_id="alpha")
    updates = firm.client.orders.Subscribe(subscribe, metadata=firm.as_("ann"))
    session = firm.client.orders.Session(metadata=firm.as_("ann"))
    await session.write(api.SessionRequest(subscribe=subscribe))
    others = firm.client.orders.Subscribe(subscribe, metadata=firm.as_("rita"))
    for stream in (updates, session, others):
        await stream.read()
    firm.revoke("ann")
    for code, text in (await ends(updates), await ends(session)):
        assert code is grpc.StatusCode.UNAUTHENTICATED and "REVOKED_TOKEN" in text
    firm.world.life("a1")
    assert (await others.read()).updates, "rita's stream goes on"
    others.cancel()


async def test_open_streams_end_when_their_person_is_disabled_or_moved(firm: Firm) -> None:
    async def change(person: Person) -> None:
        version = firm.gateway.view.reference.version("person", person.person_id)
        firm.world.put(topics.REFERENCE, ReferenceChange(person, version, 0, "", SOMEONE))

    for changed, reason in (
        (replace(PEOPLE[0], enabled=False), "PERSON_DISABLED"),
        (replace(PEOPLE[1], desks=("beta",)), "NOT_PERMITTED"),
    ):
        stream = firm.client.orders.Subscribe(
            api.SubscribeRequest(desk_id="alpha"), metadata=firm.as_(changed.person_id)
        )
        await stream.read()
        await change(changed)
        code, text = await ends(stream)
        assert code is grpc.StatusCode.PERMISSION_DENIED and reason in text


async def test_each_command_of_a_session_is_judged(firm: Firm) -> None:
    session = firm.client.orders.Session(metadata=firm.as_("rita"))
    await session.write(api.SessionRequest(subscribe=api.SubscribeRequest(desk_id="alpha")))
    await session.read()
    named = cancel("c1", "a1")
    named.requester.CopyFrom(api.Requester())
    commands = [
        api.SessionCommand(request_no=1, submit=unnamed("a1")),
        api.SessionCommand(request_no=2, cancel=named),
        api.SessionCommand(request_no=3, submit=unnamed("b1", desk_id="beta")),
    ]
    await session.write(api.SessionRequest(commands=commands))
    acks: dict[int, int] = {}
    async with asyncio.timeout(5):
        while len(acks) < 3:
            acks |= {ack.request_no: ack.code for ack in (await session.read()).acks}
    denied = grpc.StatusCode.PERMISSION_DENIED.value[0]
    assert acks == {1: denied, 2: 0, 3: denied}
    assert [c.provenance.entered_by for c in firm.world.commands()] == ["rita"]
    session.cancel()


async def test_tokens_that_come_and_go_are_recorded(firm: Firm) -> None:
    assert {(r.person_id, r.change) for r in firm.records()} == {(p.person_id, TokenChangeKind.LOADED) for p in PEOPLE}
    firm.tokens |= give_tokens(firm.path, "newcomer", roles=(Role.COMPLIANCE,))
    await eventually(lambda: len(firm.records()) == 6)
    added_record = firm.records()[5]
    assert (added_record.person_id, added_record.change, added_record.roles) == (
        "newcomer",
        TokenChangeKind.ADDED,
        (Role.COMPLIANCE,),
    )
    await firm.client.orders.ListOrders(api.ListOrdersRequest(), metadata=firm.as_("newcomer"))
    firm.revoke("newcomer")
    await eventually(lambda: len(firm.records()) == 7)
    assert firm.records()[6].change is TokenChangeKind.REVOKED


async def test_a_bad_edit_leaves_the_people_as_they_were_and_is_shown(firm: Firm) -> None:
    good = firm.path.read_text()
    for spoil, says in (
        (lambda: firm.path.write_text(good[:-10]), "no JSON"),
        (lambda: firm.path.chmod(0o644), "mode 0644"),
        (lambda: firm.path.write_text(json.dumps({"people": [{}]})), "entry 1"),
    ):
        spoil()
        await eventually(lambda says=says: says in str(firm.gateway.health()["people_file_problem"]))
        assert firm.gateway.health()["healthy"] is False
        await firm.client.orders.ListOrders(api.ListOrdersRequest(), metadata=firm.as_("ann"))
        assert (await reason_of(firm.client.orders.ListOrders(api.ListOrdersRequest())))[1] == "NO_TOKEN"
        firm.path.write_text(good)
        firm.path.chmod(0o600)
        await eventually(lambda: firm.gateway.health()["healthy"] is True)


async def test_a_flood_of_bad_tokens_is_a_few_records_and_delays_nobody(firm: Firm) -> None:
    began_s = time.monotonic()

    async def bad(number: int) -> None:
        metadata = (("authorization", f"Bearer oms_{number}"),)
        await refused(firm.client.orders.ListOrders(api.ListOrdersRequest(), metadata=metadata))

    firm.world.log.hold_acks(ACCESS)  # the broker is slow: no answer waits for it
    async with asyncio.timeout(30):
        await asyncio.gather(*(bad(number) for number in range(200)))
    firm.world.log.release_acks(ACCESS)
    await eventually(lambda: sum(r.count for r in firm.refusals()) == 200)
    assert len(firm.refusals()) <= (RECORDS_PER_SECOND + 1) * (time.monotonic() - began_s + 1)


async def test_a_record_that_is_lost_stops_nothing(firm: Firm) -> None:
    firm.world.log.plan(ACCESS, Fate.LOST)
    assert (await reason_of(firm.client.orders.ListOrders(api.ListOrdersRequest())))[1] == "NO_TOKEN"
    await asyncio.sleep(0.1)
    assert firm.gateway.health()["healthy"] is True
    await firm.client.orders.ListOrders(api.ListOrdersRequest(), metadata=firm.as_("ann"))


# --- on and off -----------------------------------------------------------------------------------------------------------------


async def test_the_first_person_turns_identities_on_and_a_machine_goes_on(tmp_path: Path) -> None:
    path, world = tmp_path / "people.json", World()
    machine = give_tokens(path, "oms-run", roles=(Role.ADMIN, Role.TRADER), machine=True)["oms-run"]
    header = (("authorization", f"Bearer {machine}"),)
    async with serving(world, people_file=path, audit_limit_ns=10**18) as gateway, connected(gateway) as client:
        assert gateway.health()["identities"] is False
        await client.orders.Submit(submit("a1"))
        code, _, fields = await refused(client.orders.Submit(unnamed("a2")))
        assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["requester.entered_by"])
        await client.orders.Submit(unnamed("a3"), metadata=header)
        assert [c.provenance.entered_by for c in world.commands()] == ["ann", "oms-run"]
        await client.control.SetClock(admin_pb2.SetClockRequest(tape_ns=5), metadata=header)
        stranger = client.orders.Subscribe(api.SubscribeRequest(desk_id="alpha"))
        await stranger.read()
        give_tokens(path, "olga", roles=(Role.ADMIN,))
        code, text = await ends(stranger)
        assert code is grpc.StatusCode.UNAUTHENTICATED and "NO_TOKEN" in text
        assert gateway.health()["identities"] is True
        await client.control.SetClock(admin_pb2.SetClockRequest(tape_ns=6), metadata=header)


def certificate(folder: Path) -> tuple[Path, Path]:
    made = folder / "gateway.pem", folder / "gateway.key"
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    command += ["-subj", "/CN=localhost", "-addext", names, "-out", str(made[0]), "-keyout", str(made[1])]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    return made


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the test's certificate")
async def test_tls_beyond_this_machine(tmp_path: Path) -> None:
    chain, key = certificate(tmp_path)
    path, world = tmp_path / "people.json", World()
    tokens = give_tokens(path, "olga", roles=(Role.ADMIN,))
    header = (("authorization", f"Bearer {tokens['olga']}"),)
    settings: dict[str, Any] = {"people_file": path, "host": "0.0.0.0", "tls": (chain, key), "audit_limit_ns": 10**18}
    async with serving(world, **settings) as gateway:
        credentials = grpc.ssl_channel_credentials(chain.read_bytes())
        async with grpc.aio.secure_channel(f"localhost:{gateway.port}", credentials) as channel:
            client = Client(channel)
            await client.orders.ListOrders(api.ListOrdersRequest(), metadata=header)
            path.write_text(json.dumps({"people": []}))
            await eventually(lambda: gateway._auth._people.entries == ())
            for metadata, reason in ((header, "UNKNOWN_TOKEN"), ((), "NO_TOKEN")):
                call = client.orders.ListOrders(api.ListOrdersRequest(), metadata=metadata)
                assert await reason_of(call) == (grpc.StatusCode.UNAUTHENTICATED, reason)
        async with grpc.aio.insecure_channel(f"127.0.0.1:{gateway.port}") as channel:
            code, _, _ = await refused(Client(channel).orders.ListOrders(api.ListOrdersRequest(), metadata=header))
            assert code is grpc.StatusCode.UNAVAILABLE


async def test_a_gateway_that_must_not_listen_does_not(tmp_path: Path) -> None:
    path, world = tmp_path / "people.json", World()

    async def start(**changes: Any) -> None:
        async with serving(world, **changes):
            raise AssertionError("it serves")

    with pytest.raises(OSError, match="nobody has a token"):
        await start(host="0.0.0.0")
    give_tokens(path, "oms-run", machine=True)
    with pytest.raises(OSError, match="nobody has a token"):
        await start(host="0.0.0.0", people_file=path, plaintext=True)
    give_tokens(path, "olga", roles=(Role.ADMIN,))
    with pytest.raises(OSError, match="in the clear"):
        await start(host="0.0.0.0", people_file=path)
    with pytest.raises(OSError, match="cannot listen on"):
        await start(host="192.0.2.1", people_file=path, plaintext=True)
    (tmp_path / "bad.pem").write_text("no certificate")
    with pytest.raises(OSError, match=r"bad\.pem is no PEM file"):
        await start(host="0.0.0.0", people_file=path, tls=(tmp_path / "bad.pem", tmp_path / "bad.pem"))
    path.chmod(0o644)
    with pytest.raises(PeopleError, match="chmod 600"):
        await start(people_file=path)
    path.chmod(0o600)
    async with serving(world, host="0.0.0.0", people_file=path, plaintext=True) as gateway:
        assert gateway.health()["identities"] is True
