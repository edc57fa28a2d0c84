"""NextExpectedMsgSeqNum (789) of clients: who says it is answered in kind, and sent unasked what he missed."""

import pytest
from client_path import connected, fill

from oms.testing.client_world import Client, ClientWorld, fix_session


def away(world: ClientWorld, client: Client) -> None:
    """An order that is filled while its client is not there."""
    client.new("a1", price="9.99")
    world.run(80)
    client.drop()
    world.run(10)
    fill(world, 40)
    world.run(40)


@pytest.mark.parametrize("version", ["FIX.4.4", "FIX.5.0SP2"])
def test_who_says_it_is_sent_what_he_missed_unasked(version: str) -> None:
    world, (client,) = connected(fix_session(version=version))
    world.clients.remove(client)
    told = Client(world, client.terms, next_expected=True, link=client.link, framer=client.framer)
    told.fix.state = client.fix.state
    world.clients.append(told)
    away(world, told)
    heard, next_out = len(told.heard), told.fix.state.next_out
    told.connect()
    world.run(60)
    back = told.heard[heard:]
    assert (back[0].msg_type, back[0].text(789)) == ("A", str(next_out + 1))
    assert [m.text(32) for m in back if m.msg_type == "8"] == ["40"] and back[1].poss_dup
    assert told.fix.state.next_out == next_out + 1, "nothing was asked for"
    assert told.states("a1")[-1] == "F1"


def test_who_says_more_than_was_sent_is_refused_with_the_reason() -> None:
    world, (client,) = connected(fix_session())
    client.drop()
    world.run(10)
    told = Client(world, client.terms, next_expected=True)
    told.fix.state = client.fix.state
    told.fix.state.next_in = 99
    world.clients[:] = [told]
    told.connect()
    world.run(20)
    assert told.heard[-1].msg_type == "5" and "NextExpectedMsgSeqNum (789) too high" in told.heard[-1].text(58)


def test_who_does_not_say_it_is_not_told_it() -> None:
    _, (client,) = connected(fix_session())
    assert client.heard[0].msg_type == "A" and client.heard[0].get(789) is None
