"""`WatchAlerts` over a real channel: what is open at once, what becomes of it, and who may see which."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from gateway_service import ANN, Client, World, connected, refused, serving
from test_gateway_identity import WITHIN_S, Firm, firm_at

from oms.cli.alerts import changes
from oms.core.enums import AlertKind, LimitScope
from oms.core.money import Amount
from oms.core.monitors.alerts import Alert, AlertCleared, AlertRaised
from oms.gateway.alert_board import CHANGES_KEPT
from oms.runtime.gateway_alerts import ALERTS_PER_ANSWER
from oms.runtime.log import TopicPartition
from oms.v1 import admin_pb2
from oms.v1 import gateway_pb2 as api
from oms.wire import topics
from oms.wire.codec import encode_intake
from oms.wire.envelope import AlertNotice

NOW = 1_736_175_600_000_000_000


def raised(
    name: str, scope: LimitScope = LimitScope.DESK, scope_id: str = "alpha", value: int | None = 7
) -> AlertRaised:
    figure = None if value is None else Amount(value)
    return AlertRaised(name, AlertKind.POSITION, scope, scope_id, "IBM", figure, Amount(5), 3, NOW, f"{name} is beyond")


class Alerts:
    """Writes what the audit writes."""

    def __init__(self, world: World) -> None:
        self._world, self._offset = world, 0

    def say(self, alert: Alert, partition: int = 0) -> None:
        self._offset += 1
        notice = AlertNotice(topics.RISK, partition, self._offset, 0, NOW + self._offset, alert)
        self.again(notice)

    def again(self, notice: AlertNotice) -> None:
        self._world.append(TopicPartition(topics.ALERTS, notice.partition), encode_intake(topics.ALERTS, notice))


@pytest.fixture
async def served() -> AsyncIterator[tuple[World, Client]]:
    world = World()
    said = Alerts(world)
    for name in ("a", "b"):
        said.say(raised(name))
    said.say(AlertCleared("b", NOW))
    async with serving(world) as gateway, connected(gateway) as client:
        yield world, client


def watch(client: Client, desk_id: str = "", metadata: Any = None) -> Any:
    return client.orders.WatchAlerts(api.WatchAlertsRequest(desk_id=desk_id), metadata=metadata)


async def said(stream: Any) -> tuple[list[str], list[str]]:
    """Raised and cleared of the next answer that says anything."""
    while True:
        answer = await stream.read()
        assert answer is not grpc.aio.EOF, "the stream ended"
        if answer.whole or answer.raised or answer.cleared:
            return [a.alert_id for a in answer.raised], [a.alert_id for a in answer.cleared]


async def test_what_is_open_comes_at_once_and_then_what_becomes_of_it(served: tuple[World, Client]) -> None:
    world, client = served
    stream = watch(client)
    first = await stream.read()
    assert first.whole and not first.more
    (alert,) = first.raised
    assert (alert.alert_id, alert.desk_id, alert.value.lo, alert.threshold.lo, alert.scale) == ("a", "alpha", 7, 5, 0)
    assert (alert.topic, alert.partition, alert.offset, alert.raised_ns) == (topics.RISK, 0, 1, NOW + 1)
    more = Alerts(world)
    more._offset = 10
    more.say(raised("c", value=None))
    assert await said(stream) == (["c"], [])
    more.again(
        AlertNotice(topics.RISK, 0, 3, 0, NOW, AlertCleared("a", NOW))
    )  # told again by an auditor that is behind
    more.say(AlertCleared("c", NOW))
    assert await said(stream) == ([], ["c"])
    stream.cancel()
    assert await said(watch(client)) == (["a"], [])


async def test_many_alerts_come_in_several_answers(served: tuple[World, Client]) -> None:
    world, client = served
    many = Alerts(world)
    many._offset = 10
    for n in range(ALERTS_PER_ANSWER):
        many.say(raised(f"n{n}"), partition=1)
    stream, found = watch(client), 0
    for _ in range(200):
        answer = await stream.read()
        found = found * (not answer.whole) + len(answer.raised)
        if found == ALERTS_PER_ANSWER + 1 and not answer.more:
            break
    assert found == ALERTS_PER_ANSWER + 1


async def test_a_client_that_does_not_keep_up_is_told_everything_anew(served: tuple[World, Client]) -> None:
    world, client = served
    flood = Alerts(world)
    flood._offset = 10
    stream = watch(client)
    assert (await stream.read()).whole
    told: dict[tuple[str, str], int] = {}
    kept: dict[tuple[str, str], Any] = {}
    for n in range(CHANGES_KEPT + 100):  # the whole of it in one fold of the gateway's, before the stream gets a turn
        flood.say(raised("x", value=n))
    wanted = {"a", "x"}
    for _ in range(2_000):
        answer = await stream.read()
        changes(answer, told, kept, NOW)
        if told.get(("x", f"{topics.RISK}/0")) == CHANGES_KEPT + 110:
            break
    assert {alert_id for alert_id, _ in kept} | {"a"} == wanted


async def test_a_desk_that_there_is_not_has_no_alerts(served: tuple[World, Client]) -> None:
    _, client = served
    assert await said(watch(client, "beta")) == ([], [])


@pytest.fixture
async def firm(tmp_path: Path) -> AsyncIterator[Firm]:
    world = World()
    alerts = Alerts(world)
    alerts.say(raised("desk"))
    alerts.say(raised("other", scope_id="beta"))
    alerts.say(raised("account", LimitScope.ACCOUNT, "acc-alpha"))
    alerts.say(raised("firm", LimitScope.FIRM, ""))
    async with firm_at(tmp_path, world, "ann", "rita", "olga", "carl") as found:
        yield found


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("ann", {"desk", "account"}),
        ("rita", {"desk", "account", "other", "firm"}),
        ("olga", {"desk", "account", "other", "firm"}),
        ("carl", {"desk", "account", "other", "firm"}),
    ],
)
async def test_a_desk_sees_its_own_and_risk_compliance_and_administrators_all(
    firm: Firm, who: str, seen: set[str]
) -> None:
    found, _ = await said(watch(firm.client, metadata=firm.as_(who)))
    assert set(found) == seen


async def test_a_trader_asks_for_another_desk_and_is_refused(firm: Firm) -> None:
    code, text, _ = await refused(watch(firm.client, "beta", firm.as_("ann")).read())
    assert code is grpc.StatusCode.PERMISSION_DENIED and "beta" in text
    found, _ = await said(watch(firm.client, "beta", firm.as_("rita")))
    assert found == ["other"]
    code, _, _ = await refused(watch(firm.client).read())
    assert code is grpc.StatusCode.UNAUTHENTICATED


async def test_whoever_loses_the_token_loses_the_stream(firm: Firm) -> None:
    stream = watch(firm.client, metadata=firm.as_("ann"))
    await said(stream)
    firm.revoke("ann")

    async def to_its_end() -> None:
        while await stream.read() is not grpc.aio.EOF:
            pass

    async with asyncio.timeout(WITHIN_S):
        code, _, _ = await refused(to_its_end())
    assert code is grpc.StatusCode.UNAUTHENTICATED


# -- seen by a person -----------------------------------------------------------------------------------------------------------


def seen(alert_id: str = "a", offset: int = 1, **changes: Any) -> Any:
    fields = {
        "alert_id": alert_id,
        "topic": topics.RISK,
        "partition": 0,
        "offset": offset,
        "note": "hedged",
        "requester": ANN,
    }
    return admin_pb2.AcknowledgeAlertRequest(**{**fields, **changes})


async def test_who_has_seen_an_alert_is_told_with_it_until_it_is_worse(served: tuple[World, Client]) -> None:
    world, client = served
    stream = watch(client)
    assert await said(stream) == (["a"], [])
    assert (await client.control.AcknowledgeAlert(seen())).control_offset >= 0
    answer = await stream.read()
    (alert,) = answer.raised
    assert (alert.acknowledged_by, alert.note, alert.offset) == ("ann", "hedged", 1) and alert.acknowledged_ns > 0
    code, text, _ = await refused(client.control.AcknowledgeAlert(seen()))
    assert code is grpc.StatusCode.FAILED_PRECONDITION and text == "ann has acknowledged it already: hedged"
    worse = Alerts(world)
    worse._offset = 10
    worse.say(raised("a", value=70))
    (alert,) = (await stream.read()).raised
    assert (alert.acknowledged_by, alert.acknowledged_ns, alert.note, alert.offset) == ("", 0, "", 11)
    code, text, _ = await refused(client.control.AcknowledgeAlert(seen()))
    assert code is grpc.StatusCode.FAILED_PRECONDITION and "has become worse since" in text
    await client.control.AcknowledgeAlert(seen(offset=11))
    assert (await stream.read()).raised[0].acknowledged_by == "ann"
    worse.say(AlertCleared("a", NOW))
    assert await said(stream) == ([], ["a"])
    code, text, _ = await refused(client.control.AcknowledgeAlert(seen(offset=11)))
    assert code is grpc.StatusCode.FAILED_PRECONDITION and "a is not open there" in text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"note": ""}, "note"),
        ({"topic": "oms.orders"}, "topic"),
        ({"partition": -1}, "partition"),
        ({"alert_id": ""}, "alert_id"),
    ],
)
async def test_what_names_no_alert_is_refused(
    served: tuple[World, Client], changes: dict[str, Any], field: str
) -> None:
    code, _, fields = await refused(served[1].control.AcknowledgeAlert(seen(**changes)))
    assert code is grpc.StatusCode.INVALID_ARGUMENT and fields == [field]


@pytest.mark.parametrize(("who", "may"), [("ann", False), ("olga", False), ("rita", True), ("carl", True)])
async def test_a_risk_officer_and_compliance_say_that_they_have_seen_it(firm: Firm, who: str, may: bool) -> None:
    call = firm.client.control.AcknowledgeAlert(
        seen("desk", requester=api.Requester(strategy="manual")), metadata=firm.as_(who)
    )
    if may:
        await call
        stream = watch(firm.client, metadata=firm.as_("rita"))
        told = {a.alert_id: a.acknowledged_by for a in (await stream.read()).raised}
        while told["desk"] != who:
            told |= {a.alert_id: a.acknowledged_by for a in (await stream.read()).raised}
    else:
        code, _, _ = await refused(call)
        assert code is grpc.StatusCode.PERMISSION_DENIED


# -- an account that moves ------------------------------------------------------------------------------------------------------


async def test_an_alert_follows_its_account_to_another_desk(served: tuple[World, Client]) -> None:
    """One desk is told that it is over there, the other that it is open; whoever sees both, that it is another's now."""
    world, client = served
    alerts = Alerts(world)
    alerts._offset = 10
    alerts.say(raised("acc", LimitScope.ACCOUNT, "acc-alpha"))
    streams = {desk: watch(client, desk) for desk in ("alpha", "beta", "")}
    known = await client.reference.GetReference(admin_pb2.GetReferenceRequest(kind="account", entity_id="acc-alpha"))
    (account,) = known.entities
    assert await until(streams["alpha"], "acc") and await until(streams[""], "acc")
    account.entity.account.desk_id = "beta"
    item = admin_pb2.ReferenceItem(entity=account.entity, replaces_version=account.version)
    moved = await client.reference.ApplyReference(
        admin_pb2.ApplyReferenceRequest(items=[item], reason="reorganised", requester=ANN)
    )
    assert moved.outcomes[0].applied
    assert await said(streams["alpha"]) == ([], ["acc"])
    assert (await until(streams["beta"], "acc")).desk_id == "beta"
    assert (await until(streams[""], "acc")).desk_id == "beta"
    alerts.say(AlertCleared("acc", NOW))
    assert await said(streams["beta"]) == ([], ["acc"])


async def until(stream: Any, alert_id: str) -> Any:
    """The alert, as soon as it is told."""
    while True:
        for alert in (await stream.read()).raised:
            if alert.alert_id == alert_id:
                return alert


async def test_raised_and_over_and_raised_again_is_told_in_order(served: tuple[World, Client]) -> None:
    world, client = served
    stream = watch(client)
    assert await said(stream) == (["a"], [])
    quick = Alerts(world)
    quick._offset = 10
    for alert in (raised("x"), AlertCleared("x", NOW), raised("x", value=9), raised("y")):
        quick.say(alert)
    told: list[str] = []
    while "+y" not in told:
        answer = await stream.read()
        names = [a.alert_id for a in (*answer.raised, *answer.cleared)]
        assert len(names) == len(set(names)), "an answer does not say in which order"
        told += [f"-{a.alert_id}" for a in answer.cleared] + [f"+{a.alert_id}" for a in answer.raised]
    assert told == ["+x", "-x", "+x", "+y"]
