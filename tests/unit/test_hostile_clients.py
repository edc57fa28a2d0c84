"""What no client may be able to do: stop its partition with a message, whatever is in it. Each is answered, and the next order is taken."""

from collections import deque
from dataclasses import replace

import pytest
from client_path import connected, well_formed

from oms.core.client_links import LinkClosed, LinkFrame, LinkOpened
from oms.core.enums import DisconnectCause
from oms.fix.codec import encode, parse
from oms.fix.fields import from_utc_ns
from oms.fix.message import Field, Message
from oms.fix.session import Connection
from oms.testing.client_world import Client, ClientWorld, fix_session

FAR = b"99991231-23:59:59"
HUGE = b"9" * 38


def changed(client: Client, *changes: Field) -> tuple[Field, ...]:
    """An order like any other, but for these fields."""
    body = dict(client.new_body("bad", 100, "9.99"))
    return tuple((body | dict(changes)).items())


def first_word(world: ClientWorld, client: Client, *body: Field) -> list[Message]:
    """What a new connection hears whose first message this Logon is."""
    client.drop()
    world.run(10)
    world.links += 1
    world.wires.written[world.links] = deque()
    world.port.put(LinkOpened("alpha-fix", world.links, "10.0.0.9:1"))
    number = b"%d" % client.fix.state.next_out
    head = ((34, number), (49, b"ALPHA-FIX"), (52, from_utc_ns(world.now)), (56, b"OMS"), (98, b"0"))
    world.port.put(LinkFrame("alpha-fix", world.links, encode("FIX.4.4", "A", (*head, *body))))
    world.run(10)
    world.port.put(LinkClosed("alpha-fix", world.links, DisconnectCause.SOCKET_DROP, ""))
    client.fix.state.next_out += 1
    return [parse(frame) for frame in world.wires.written[world.links]]


@pytest.mark.parametrize(
    "changes",
    [
        ((38, HUGE),),
        ((44, HUGE),),
        ((44, b"-" + HUGE),),
        ((38, b"9223372036854775808"),),
        ((40, b"3"), (99, HUGE)),
        ((110, HUGE),),
        ((111, HUGE),),
        ((18, b"M"), (40, b"P"), (211, HUGE)),
        ((59, b"A"), (1629, b"999999999999999999")),
        ((59, b"6"), (126, FAR)),
        ((59, b"6"), (126, b"00010101-00:00:00")),
        ((60, FAR),),
        ((847, b"1002"), (848, b"StartTime=20250106-15:00:00;EndTime=" + FAR)),
        ((847, b"1002"), (848, b"StartTime=20250106-15:00:00;EndTime=20250106-16:00:00;Slices=" + HUGE)),
        ((11, b"\xe9"),),
        ((11, b"a/b|c"),),
        ((11, b"x" * 5_000),),
        ((55, b"\xe9"),),
        ((1, b"\xe9"),),
    ],
    ids=str,
)
def test_an_order_that_cannot_be_is_refused_and_the_next_is_taken(changes: tuple[Field, ...]) -> None:
    world, (client,) = connected(fix_session())
    client.send("D", *changed(client, *changes))
    world.run(40)
    refused = client.last("8")
    wanted = dict(changes).get(11, b"bad")
    assert (refused.text(39), refused.get(11)) == ("8", wanted), "refused, under its own ClOrdID as it came"
    client.new("good", price="9.99")
    world.run(80)
    assert client.states("good") == ["AA", "00"]
    well_formed(client)


def test_a_replace_beyond_all_numbers_is_refused() -> None:
    world, (client,) = connected(fix_session())
    client.new("a1", price="9.99")
    world.run(80)
    client.replace("a2", "a1", 10**20)
    client.replace("a3", "a1", 100, "9" * 30)
    world.run(40)
    assert [m.text(11) for m in client.got if m.msg_type == "9"] == ["a2", "a3"]
    client.cancel("c1", "a1")
    world.run(80)
    assert client.states("c1")[-1] == "44"


@pytest.mark.parametrize("version", ["FIX.4.4", "FIX.5.0SP2"])
def test_parties_of_a_list_are_its_orders_own(version: str) -> None:
    """NoPartyIDs (453) stands in the orders there; a list as such has none."""
    world, (client,) = connected(fix_session(version=version))
    order = ((67, b"1"), (453, b"1"), (448, b"tom"), (447, b"D"), (452, b"11"), (1, b"A1"), (55, b"ACME"), (54, b"1"))
    more = ((38, b"100"), (40, b"2"), (44, b"9.99"), (59, b"1"))
    client.send("E", (66, b"L1"), (394, b"3"), (68, b"1"), (73, b"1"), (11, b"l1"), *order, *more)
    world.run(120)
    assert client.states("l1")[-1] == "00"


@pytest.mark.parametrize("value", [b"abc", b"9" * 500, b"-", b"1e3"])
def test_a_logon_whose_heartbeat_is_no_number_is_refused(value: bytes) -> None:
    world, (client,) = connected(fix_session())
    (told,) = first_word(world, client, (108, value))
    assert told.msg_type == "5" and "HeartBtInt" in told.text(58)
    client.connect()
    world.run(20)
    assert client.fix.state.logged_on


@pytest.mark.parametrize("version", ["FIX.4.4", "FIX.5.0SP2"])
def test_good_for_time_is_taken_as_documented(version: str) -> None:
    """TimeInForce (59) A came after these versions: it is agreed with our clients, so the session layer has to know it."""
    world, (client,) = connected(fix_session(version=version))
    client.send("D", *changed(client, (11, b"a1"), (59, b"A"), (1629, b"60")))
    world.run(80)
    assert client.states("a1") == ["AA", "00"] and client.last("8").text(59) == "A"


def test_inv_461_whoever_asks_for_thousands_of_messages_gets_them_in_parts() -> None:
    world, (client,) = connected(fix_session())
    for at in range(4_000):
        client.send("H", (11, b"x%d" % at), (55, b"ACME"), (54, b"1"))
        if at % 200 == 199:
            world.run(4)
    world.run(100)
    heard, got = len(client.heard), len(client.got)
    client.send("2", (7, b"1"), (16, b"0"))
    world.run(20)
    again = client.heard[heard:]
    assert [m.seq_num for m in again if m.msg_type == "8"] == [
        m.seq_num for m in client.heard[:heard] if m.msg_type == "8"
    ]
    assert len(client.got) == got and client.link, "nothing is new, and the session goes on"
    assert not world.state.sessions["alpha-fix"].fix.has_more


@pytest.mark.parametrize("tag", [584, 262])
def test_inv_461_an_id_that_every_answer_repeats_is_short(tag: int) -> None:
    world, (client,) = connected(fix_session())
    for at in range(20):
        client.new(f"o{at}", price="9.99")
    world.run(200)
    long = (tag, b"x" * 200_000)
    one = ((263, b"1"), (264, b"1"), (267, b"1"), (269, b"0"), (146, b"1"), (55, b"ACME"))
    client.send(*(("AF", long, (585, b"7")) if tag == 584 else ("V", long, *one)))
    world.run(40)
    assert "at most 64 characters" in client.last("j").text(58)
    client.new("good", price="9.99")
    world.run(80)
    assert client.states("good") == ["AA", "00"]


def test_inv_461_thousands_of_messages_that_waited_are_taken_one_after_the_other() -> None:
    world, (client,) = connected(fix_session())
    start = client.fix.state.next_out
    client.fix.state.next_out += 1
    for at in range(1_000):
        client.send("H", (11, b"x%d" % at), (55, b"S" * 600), (54, b"1"))
    world.run(60)
    session = world.state.sessions["alpha-fix"]
    asked = [m for m in client.heard if m.msg_type == "2"]
    assert session.fix.next_in >= start + 1_001 and len(asked) == 1, (
        "asked once, and all that waited is behind the gap fill"
    )
    world.run(400)
    assert [m.text(11) for m in client.got if m.msg_type == "8"] == [f"x{at}" for at in range(1_000)]


def test_a_list_cancel_after_a_reset_is_answered_like_the_first() -> None:
    """Its own id must not come again with the numbers: risk would pass over it as a repeat."""
    world, (client,) = connected(fix_session())
    for _ in range(2):
        client.send("K", (66, b"L9"), client.stamp())
        world.run(40)
        client.drop()
        world.run(10)
        client.fix = Connection(replace(client.fix.config, reset_on_logon=True))
        client.connect()
        world.run(20)
    assert len([m for m in client.got if m.msg_type == "N"]) == 2
    assert not world.state.requests
