"""What clients state that is not so: refused by its tag, and nothing is changed. And two cancels of one order: both are answered."""

from dataclasses import replace

import pytest
from client_path import VERSIONS, connected, fill, well_formed
from path_world import WORLD

from oms.core.reference import Instrument
from oms.fix.message import Field
from oms.testing.client_world import Client, ClientWorld, account, fix_session

PENNY = replace(
    next(e for e in WORLD if isinstance(e, Instrument) and e.instrument_id == "ACME"),
    instrument_id="PENNY", price_scale=2, tick_size=1,
)  # fmt: skip


@pytest.fixture(params=VERSIONS)
def pair(request: pytest.FixtureRequest) -> tuple[ClientWorld, Client]:
    world, (client,) = connected(fix_session(version=request.param), more=(PENNY, account("A2")))
    return world, client


def live(world: ClientWorld, client: Client) -> None:
    client.new("a1", price="9.99")
    world.run(80)
    assert client.states("a1") == ["AA", "00"]


def replacing(client: Client, *changes: Field) -> tuple[Field, ...]:
    body = dict(client.new_body("a2", 150, "9.98")) | {41: b"a1"}
    return tuple((body | dict(changes)).items())


@pytest.mark.parametrize(
    ("tag", "value"),
    [(55, b"PENNY"), (54, b"2"), (40, b"1"), (40, b"4"), (59, b"3"), (1, b"A2"), (100, b"XBET"), (847, b"1000")],
)
def test_a_replace_cannot_change_what_the_order_is(pair: tuple[ClientWorld, Client], tag: int, value: bytes) -> None:
    world, client = pair
    live(world, client)
    client.send("G", *replacing(client, (tag, value), *(((99, b"9.97"),) if value == b"4" else ())))
    world.run(100)
    refused = client.last("9")
    assert (refused.text(41), refused.text(39), refused.text(434)) == ("a1", "0", "2")
    assert f"({tag})={value.decode()}" in refused.text(58)
    (order,) = world.state.orders.values()
    assert (order.cl_ord_id, order.order_qty, order.price) == ("a1", 100, 99_900)
    well_formed(client)


def test_a_replace_that_states_what_the_order_is_is_taken(pair: tuple[ClientWorld, Client]) -> None:
    world, client = pair
    live(world, client)
    client.send("G", *replacing(client, (59, b"1")))
    world.run(120)
    assert client.states("a2")[-1] == "50" and client.last("8").text(38) == "150"


@pytest.mark.parametrize(
    ("tag", "value"),
    [(15, b"EUR"), (21, b"3"), (63, b"1"), (423, b"1"), (854, b"1"), (152, b"1000"), (516, b"50")],
)
def test_an_order_in_other_units_is_refused(pair: tuple[ClientWorld, Client], tag: int, value: bytes) -> None:
    world, client = pair
    client.send("D", *{**dict(client.new_body("a1", 100, "9.99")), tag: value}.items())
    world.run(60)
    said = client.heard[-1]
    if said.msg_type == "3":  # the version has no such field, or no such value: refused before
        assert said.text(371) == str(tag) and not client.got
    else:
        assert said.text(150) + said.text(39) == "88" and f"({tag})={value.decode()}: " in said.text(58)
    assert not world.state.orders


def test_an_order_in_the_instruments_own_units_is_taken(pair: tuple[ClientWorld, Client]) -> None:
    world, client = pair
    client.new("a1", 100, "9.99", b"1", (15, b"USD"))
    world.run(80)
    assert client.states("a1") == ["AA", "00"]


def test_rule_28_a_possible_resend_with_other_content_is_a_duplicate(pair: tuple[ClientWorld, Client]) -> None:
    world, client = pair
    live(world, client)
    client.new("a1", 500, "9.50", header=((97, b"Y"),))
    world.run(60)
    told = client.last("8")
    assert (told.text(150), told.text(39), told.text(103), told.text(38)) == ("8", "0", "6", "100")
    client.replace("a2", "a1", 150)
    world.run(120)
    client.new("a2", 150, header=((97, b"Y"),))
    world.run(60)
    told = client.last("8")
    assert (told.text(150), told.text(39), told.text(103), told.text(37)) == ("8", "0", "6", "alpha/20250106/a1")
    client.new("a1", price="9.99", header=((97, b"Y"),))
    world.run(60)
    assert client.last("8").text(17) == "0" and client.last("8").text(38) == "150", "the same: its present status"


def test_a_cancel_that_another_took_the_place_of_is_answered_too(pair: tuple[ClientWorld, Client]) -> None:
    world, client = pair
    live(world, client)
    client.cancel("c1", "a1")
    client.cancel("c2", "a1")
    world.run(200)
    assert [m.text(11) for m in client.reports() if m.text(39) == "4"] == ["c2"]
    reject = client.last("9")
    assert (reject.text(11), reject.text(39), reject.text(102)) == ("c1", "4", "0") and "c2" in reject.text(58)
    assert not world.state.requests
    well_formed(client)


def test_two_cancels_of_an_order_that_is_filled_are_both_refused(pair: tuple[ClientWorld, Client]) -> None:
    world, client = pair
    live(world, client)
    fill(world, 100)
    client.cancel("c1", "a1")
    client.cancel("c2", "a1")
    world.run(200)
    rejects = [m for m in client.got if m.msg_type == "9"]
    assert {(m.text(11), m.text(39), m.text(102)) for m in rejects} == {("c1", "2", "0"), ("c2", "2", "0")}
    assert len(rejects) == 2 and not world.state.requests


def test_what_is_asked_again_or_withdrawn_in_vain_is_answered_with_why(pair: tuple[ClientWorld, Client]) -> None:
    world, client = pair
    client.send("V", (262, b"nobody"), (263, b"2"), (264, b"1"), (267, b"1"), (269, b"0"), (146, b"1"), (55, b"ACME"))
    world.run(20)
    refused = client.last("j")
    assert (refused.text(380), refused.text(379)) == ("1", "nobody") and "no such request" in refused.text(58)
    if client.terms.begin_string != "FIX.4.2":
        for header in ((), ((97, b"Y"),)):
            client.send("q", (11, b"m1"), (530, b"7"), client.stamp(), header=header)
            world.run(60)
        assert "every order that it covers was told" in client.last("j").text(58)
    well_formed(client)
