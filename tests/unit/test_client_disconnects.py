"""Rule 38: how a client's session ended is told apart; what is cancelled then, and after how long; a logon in time keeps the orders."""

import pytest
from client_path import connected

from oms.core.client_session_events import CancelOnDisconnectDone, ClientDisconnected
from oms.core.enums import DisconnectCause, OrdStatus
from oms.gateway.client_sessions import ClientSessionRules
from oms.runtime.journal_fold import JournalFold
from oms.runtime.log import TopicPartition
from oms.testing.client_world import CANCELS, GRACE_NS, SECOND, ClientWorld, fix_session
from oms.wire import topics
from oms.wire.codec import decode_journal
from oms.wire.envelope import Envelope

RESTS = ["AA", "00"]


def journaled(world: ClientWorld) -> list[object]:
    tp = TopicPartition(topics.CLIENT_SESSIONS, world.p.partition)
    fold, found = JournalFold(world.p.log, ClientSessionRules(), tp), []
    for record in world.p.log.reader({tp: 0}).poll(0.0, 1_000_000):
        fold.apply(record)
        envelope = decode_journal(record.value)
        if isinstance(envelope, Envelope):
            found += list(envelope.events)
    return found


def status_of(world: ClientWorld, cl_ord_id: str) -> OrdStatus:
    return world.state.find("alpha", cl_ord_id).ord_status


def wait(world: ClientWorld, seconds: float) -> None:
    world.run(int(seconds * 20), 50_000_000)


def test_rule_38_a_dropped_socket_cancels_after_its_grace() -> None:
    world, (client,) = connected(fix_session(cancels=CANCELS))
    client.new("a1", price="9.99")
    world.run(80)
    client.drop()
    wait(world, GRACE_NS / SECOND - 1)
    assert status_of(world, "a1") is OrdStatus.NEW
    wait(world, 3)
    assert status_of(world, "a1") is OrdStatus.CANCELED
    (ended,) = [e for e in journaled(world) if isinstance(e, ClientDisconnected)]
    assert ended.cause is DisconnectCause.SOCKET_DROP
    client.connect()
    world.run(60)
    assert client.states("a1") == [*RESTS, "66", "44"], "what was told while nobody listened comes by the resend"


def test_rule_38_who_is_back_in_time_keeps_the_orders() -> None:
    world, (client,) = connected(fix_session(cancels=CANCELS))
    client.new("a1", price="9.99")
    world.run(80)
    client.drop()
    wait(world, GRACE_NS / SECOND - 2)
    client.connect()
    wait(world, 10)
    assert status_of(world, "a1") is OrdStatus.NEW
    assert not [e for e in journaled(world) if isinstance(e, CancelOnDisconnectDone)]


def test_rule_38_a_logout_cancels_nothing_where_it_is_not_named() -> None:
    world, (client,) = connected(fix_session(cancels=CANCELS))
    client.new("a1", price="9.99")
    world.run(80)
    client.fix.logout(world.now)
    client.flush()
    wait(world, 30)
    (ended,) = [e for e in journaled(world) if isinstance(e, ClientDisconnected)]
    assert ended.cause is DisconnectCause.LOGOUT and not ended.cancel_at_ns
    assert status_of(world, "a1") is OrdStatus.NEW


def test_rule_38_a_silent_client_is_lost_and_its_orders_are_cancelled() -> None:
    world, (client,) = connected(fix_session(cancels=CANCELS))
    client.new("a1", price="9.99")
    world.run(80)
    client.cuts = True
    wait(world, 90)
    client.drop()
    world.run(20)
    (ended,) = [e for e in journaled(world) if isinstance(e, ClientDisconnected)]
    assert ended.cause is DisconnectCause.HEARTBEAT_LOSS
    world.run(80)
    assert status_of(world, "a1") is OrdStatus.CANCELED


@pytest.mark.parametrize("back_after_s", [3, 20])
def test_rule_38_a_dead_process_has_a_grace_of_its_own(back_after_s: int) -> None:
    world, (client,) = connected(fix_session(cancels=CANCELS))
    client.new("a1", price="9.99")
    world.run(80)
    world.crash()
    wait(world, back_after_s)
    client.connect()
    wait(world, 20)
    (ended,) = [e for e in journaled(world) if isinstance(e, ClientDisconnected)]
    assert ended.cause is DisconnectCause.PROCESS_DEATH
    expected = OrdStatus.NEW if back_after_s < 2 * GRACE_NS / SECOND else OrdStatus.CANCELED
    assert status_of(world, "a1") is expected


def test_rule_38_only_the_orders_of_the_session_are_cancelled() -> None:
    first, second = fix_session(cancels=CANCELS), fix_session("other")
    world, (client, other) = connected(first, second)
    client.new("a1", price="9.99")
    other.new("b1", price="9.99")
    world.run(80)
    client.drop()
    wait(world, 10)
    assert status_of(world, "a1") is OrdStatus.CANCELED and status_of(world, "b1") is OrdStatus.NEW


def test_rule_38_the_window_outlives_the_process() -> None:
    world, (client,) = connected(fix_session(cancels=CANCELS))
    client.new("a1", price="9.99")
    world.run(80)
    client.drop()
    world.run(10)
    world.crash()
    wait(world, 8)
    assert status_of(world, "a1") is OrdStatus.CANCELED
