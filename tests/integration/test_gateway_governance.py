"""Who may change what binds or allows trading, over a real gRPC connection; and which partitions of risk judge by a version (INV-511 to 516)."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from gateway_service import ANN, PARTITIONS, Client, World, eventually, refused
from gateway_world import risk_record
from test_gateway_identity import firm_at, reason_of

from oms.core.enums import LimitKind, LimitScope
from oms.core.limits import PROPOSAL_VALID_NS, PROPOSAL_VALID_NS_MAX, ProposalWithdrawal
from oms.core.money import Amount
from oms.core.reference import Entity, Limit, LimitApproval, LimitProposal
from oms.core.risk_events import ReferenceApplied
from oms.core.risk_reference import ChangeApproval, ChangeProposal, FxRate, Locate, TradingPermission
from oms.runtime.gateway import Gateway
from oms.runtime.log import TopicPartition
from oms.v1 import admin_pb2
from oms.v1 import gateway_pb2 as api
from oms.wire import topics
from oms.wire.codec import encode_envelope, from_message, to_message
from oms.wire.envelope import ReadPosition

OPEN = Limit("open", LimitKind.OPEN_ORDERS, LimitScope.FIRM, "", "", "", Amount(5))
YEAR_NS = 365 * 86_400 * 10**9


def asked(*entities: Entity, replaces: int = -1, who: Any = ANN, **more: Any) -> admin_pb2.ApplyReferenceRequest:
    items = [admin_pb2.ReferenceItem(entity=to_message(e, Entity), replaces_version=replaces) for e in entities]  # type: ignore[arg-type]
    return admin_pb2.ApplyReferenceRequest(items=items, reason="why", requester=who, **more)


def named(person: str) -> Any:
    return api.Requester(entered_by=person, strategy="manual")


async def known(client: Client, kind: str = "limit") -> Any:
    return await client.reference.GetReference(admin_pb2.GetReferenceRequest(kind=kind))


async def test_what_takes_two_is_refused_to_one_with_what_to_do(client: Client) -> None:
    for entity, what in (
        (OPEN, "limit open is changed by two people: `oms load FILE` proposes it, another person approves"),
        (Locate("l", "A1", "IBM", 5, 9), "locate l is changed by two people: it lets an account sell short: `oms load"),
        (FxRate("EUR", 1, 0), "fx_rate EUR is changed by two people: a rate set by hand"),
    ):
        code, text, _ = await refused(client.reference.ApplyReference(asked(entity)))
        assert code is grpc.StatusCode.FAILED_PRECONDITION and what in text, text


async def test_a_limit_is_proposed_approved_and_acknowledged_by_each_partition(world: World, client: Client) -> None:
    """A partition that is down shows as waiting, for as long as it is."""
    made = await client.reference.ApplyReference(asked(LimitProposal("p1", OPEN, -1), who=named("rita")))
    approval = LimitApproval("p1", made.outcomes[0].version)
    code, text, _ = await refused(client.reference.ApplyReference(asked(approval, who=named("RITA"))))
    assert code is grpc.StatusCode.FAILED_PRECONDITION and "rita proposed it: another person has to" in text
    done = await client.reference.ApplyReference(asked(approval, who=named("rolf")))
    version = done.outcomes[0].version
    listed = next(item for item in (await known(client)).entities if item.entity.limit.limit_id == "open")
    assert (listed.version, listed.entered_by, listed.proposed_by) == (version, "rolf", "rita")
    assert not any(p.position > version for p in (await known(client)).partitions)
    for partition in range(PARTITIONS - 1):
        record = risk_record(0, 1, -1, ReferenceApplied("limit", "open", version), partition=partition)
        read = (*record.positions, ReadPosition(topics.REFERENCE, 0, version + 1, -1, False))
        record = type(record)(**{name: getattr(record, name) for name in record.__slots__} | {"positions": read})
        world.append(TopicPartition(topics.RISK, partition), encode_envelope(topics.RISK, record))
    expected = [True] * (PARTITIONS - 1) + [False]

    async def told() -> list[bool]:
        return [p.position > version for p in (await known(client)).partitions]

    for _ in range(100):
        if await told() == expected:
            break
    assert await told() == expected


async def test_a_proposal_is_not_changed_and_an_approval_not_repeated(client: Client) -> None:
    first = await client.reference.ApplyReference(asked(LimitProposal("p1", OPEN, -1), who=named("rita")))
    version = first.outcomes[0].version
    other = LimitProposal("p1", Limit("open", OPEN.kind, OPEN.scope, "", "", "", Amount(10**6)), -1)
    code, text, _ = await refused(client.reference.ApplyReference(asked(other, replaces=version, who=named("rita"))))
    assert code is grpc.StatusCode.FAILED_PRECONDITION and "never changed" in text
    approval = LimitApproval("p1", version)
    assert (await client.reference.ApplyReference(asked(approval, who=named("rolf")))).outcomes[0].applied
    code, text, _ = await refused(client.reference.ApplyReference(asked(approval, who=named("ruth"))))
    assert code is grpc.StatusCode.FAILED_PRECONDITION and "has changed since" in text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"value": Amount(-1)}, "value"),
        ({"value": Amount(2**62)}, "value"),
        ({"effective_ns": 1}, "effective_ns"),
        ({"effective_ns": -1}, "effective_ns"),
        ({"expires_ns": 1}, "expires_ns"),
        ({"effective_ns": 2**61, "expires_ns": 2**61}, "expires_ns"),
        ({"only_order": "alpha/20250106/a1"}, "expires_ns"),
    ],
)
async def test_a_proposal_that_cannot_be_meant_is_named(client: Client, change: dict[str, Any], field: str) -> None:
    values = {name: getattr(OPEN, name) for name in OPEN.__slots__} | change
    code, _, fields = await refused(client.reference.ApplyReference(asked(LimitProposal("p", Limit(**values), -1))))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert fields == [f"items[0].entity.limit_proposal.limit.{field}"]
    await client.still_serves()


async def test_what_is_proposed_beside_limits_is_checked_too(client: Client) -> None:
    for entity, field in (
        (FxRate("EUR", 0, 0), "fx_rate.rate_e9"),
        (FxRate("EUR", -5, 0), "fx_rate.rate_e9"),
        (FxRate("E/R", 5, 0), "fx_rate"),
        (Locate("l", "A1", "IBM", -5, 0), "locate"),
        (TradingPermission("p", "", (), (), (), (), (), True), "trading_permission.trader"),
    ):
        call = client.reference.ApplyReference(asked(ChangeProposal("p", entity, -1)))
        code, _, fields = await refused(call)
        assert code is grpc.StatusCode.INVALID_ARGUMENT, entity
        assert fields == [f"items[0].entity.change_proposal.entity.{field}"], entity


async def test_a_rate_is_set_by_hand_by_two(client: Client) -> None:
    made = await client.reference.ApplyReference(
        asked(ChangeProposal("p1", FxRate("EUR", 10**9, 0), -1), who=named("rita"))
    )
    approval = ChangeApproval("p1", made.outcomes[0].version)
    assert (await client.reference.ApplyReference(asked(approval, who=named("rolf")))).outcomes[0].applied
    rates = (await known(client, "fx_rate")).entities
    assert [r.entity.fx_rate.rate_e9 for r in rates] == [10**9]
    for rate in (FxRate("USD", 10**9, 0), FxRate("USD", 10**9, 1)):
        call = client.reference.ApplyReference(asked(ChangeProposal(f"p{rate.as_of_ns + 2}", rate, -1)))
        if rate.as_of_ns:
            assert (await call).outcomes[0].applied
        else:
            code, text, _ = await refused(call)
            assert code is grpc.StatusCode.FAILED_PRECONDITION and "the firm's own currency, which is EUR" in text


async def test_the_first_loading_is_over_where_anything_is_set(world: World, gateway: Gateway, client: Client) -> None:
    made = await client.reference.ApplyReference(asked(LimitProposal("p1", OPEN, -1), who=named("rita")))
    await client.reference.ApplyReference(asked(LimitApproval("p1", made.outcomes[0].version), who=named("rolf")))
    await eventually(lambda: not gateway.view.reference.bootstrap_open)
    other = Limit("other", OPEN.kind, OPEN.scope, "", "", "", Amount(5))
    code, text, _ = await refused(client.reference.ApplyReference(asked(other, bootstrap=True, bootstrap_ends=True)))
    assert code is grpc.StatusCode.FAILED_PRECONDITION and "the first loading is over" in text
    assert not (await known(client)).bootstrap_open


async def test_nobody_approves_under_another_name(tmp_path: Path, world: World) -> None:
    """Who proposes is whom the token names; and nobody says that he is another."""
    async with firm_at(tmp_path, world, "rita", "olga") as firm:
        nobody = api.Requester()
        propose = asked(LimitProposal("p1", OPEN, -1), who=nobody)
        made = await firm.client.reference.ApplyReference(propose, metadata=firm.as_("rita"))
        approve = asked(LimitApproval("p1", made.outcomes[0].version), who=nobody)
        code, text, _ = await refused(firm.client.reference.ApplyReference(approve, metadata=firm.as_("rita")))
        assert code is grpc.StatusCode.FAILED_PRECONDITION and "another person has to approve" in text
        as_rolf = asked(LimitApproval("p1", made.outcomes[0].version), who=named("rolf"))
        call = firm.client.reference.ApplyReference(as_rolf, metadata=firm.as_("rita"))
        assert (await reason_of(call))[1] == "IMPERSONATION"
        call = firm.client.reference.ApplyReference(approve, metadata=firm.as_("olga"))
        assert (await reason_of(call))[1] == "NOT_PERMITTED", "an administrator sets no limits"


# -- removal, lapse, withdrawal -------------------------------------------------------------------------------------------------


async def proposal_of(client: Client, name: str) -> LimitProposal:
    (found,) = (await known(client, "limit_proposal")).entities
    assert found.entity.limit_proposal.proposal_id == name
    entity: Any = from_message(found.entity, Entity)
    assert isinstance(entity, LimitProposal)
    return entity


async def test_a_proposal_that_says_no_end_is_given_one(client: Client) -> None:
    before_ns = time.time_ns()
    assert (await client.reference.ApplyReference(asked(LimitProposal("p1", OPEN, -1)))).outcomes[0].applied
    until_ns = (await proposal_of(client, "p1")).valid_until_ns
    assert before_ns <= until_ns - PROPOSAL_VALID_NS <= time.time_ns()


async def test_a_proposal_ends_when_it_says(client: Client) -> None:
    until_ns = time.time_ns() + 2 * 10**9
    made = await client.reference.ApplyReference(asked(LimitProposal("p1", OPEN, -1, until_ns), who=named("rita")))
    assert (await proposal_of(client, "p1")).valid_until_ns == until_ns
    await asyncio.sleep(2.1)
    approval = asked(LimitApproval("p1", made.outcomes[0].version), who=named("rolf"))
    code, text, _ = await refused(client.reference.ApplyReference(approval))
    assert code is grpc.StatusCode.FAILED_PRECONDITION and "proposal p1 has lapsed" in text


@pytest.mark.parametrize("after_ns", [-1, PROPOSAL_VALID_NS_MAX + 60 * 10**9])
async def test_an_end_that_cannot_be_meant_is_refused(client: Client, after_ns: int) -> None:
    until_ns = time.time_ns() + after_ns if after_ns > 0 else 1
    for entity, kind in (
        (LimitProposal("p1", OPEN, -1, until_ns), "limit_proposal"),
        (ChangeProposal("p1", FxRate("EUR", 5, 0), -1, until_ns), "change_proposal"),
    ):
        code, _, fields = await refused(client.reference.ApplyReference(asked(entity)))
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert fields == [f"items[0].entity.{kind}.valid_until_ns"]


async def test_who_made_a_proposal_takes_it_back(client: Client) -> None:
    made = await client.reference.ApplyReference(asked(LimitProposal("p1", OPEN, -1), who=named("rita")))
    version = made.outcomes[0].version
    back = ProposalWithdrawal("p1", version)
    code, text, _ = await refused(client.reference.ApplyReference(asked(back, who=named("rolf"))))
    assert code is grpc.StatusCode.FAILED_PRECONDITION and "nobody else withdraws it" in text
    assert (await client.reference.ApplyReference(asked(back, who=named("rita")))).outcomes[0].applied
    approval = asked(LimitApproval("p1", version), who=named("rolf"))
    code, text, _ = await refused(client.reference.ApplyReference(approval))
    assert code is grpc.StatusCode.FAILED_PRECONDITION and "rita has withdrawn proposal p1" in text


async def test_a_limit_is_removed_by_two_and_for_good(client: Client) -> None:
    gone = replace(OPEN, removed=True)
    code, text, _ = await refused(client.reference.ApplyReference(asked(LimitProposal("p0", gone, -1))))
    assert code is grpc.StatusCode.FAILED_PRECONDITION and "there is no limit open to remove" in text
    made = await client.reference.ApplyReference(asked(LimitProposal("p1", OPEN, -1), who=named("rita")))
    done = await client.reference.ApplyReference(
        asked(LimitApproval("p1", made.outcomes[0].version), who=named("rolf"))
    )
    version = done.outcomes[0].version
    for change in ({"expires_ns": time.time_ns() + YEAR_NS}, {"only_order": "o", "expires_ns": 2**61}):
        call = client.reference.ApplyReference(asked(LimitProposal("p2", replace(gone, **change), version)))
        code, _, fields = await refused(call)
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert fields == ["items[0].entity.limit_proposal.limit.removed"]
    code, _, fields = await refused(client.reference.ApplyReference(asked(gone, replaces=version)))
    assert code is grpc.StatusCode.INVALID_ARGUMENT and fields == ["items[0].entity.limit.removed"]
    made = await client.reference.ApplyReference(asked(LimitProposal("p2", gone, version), who=named("rita")))
    approval = LimitApproval("p2", made.outcomes[0].version)
    code, _, _ = await refused(client.reference.ApplyReference(asked(approval, who=named("ｒｉｔａ"))))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert (await client.reference.ApplyReference(asked(approval, who=named("rolf")))).outcomes[0].applied
    (listed,) = [i for i in (await known(client)).entities if i.entity.limit.limit_id == "open"]
    assert listed.entity.limit.removed and (listed.entered_by, listed.proposed_by) == ("rolf", "rita")
