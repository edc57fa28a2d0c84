"""Market data by FIX: snapshots and increments, the full book and its top, over a session with the venue process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fix_peer import ORDER, Peer
from venue_world import ASK_PX, ASK_QTY, BID_PX, WIRES, VenueWorld

from oms.fix.dictionary import load
from oms.fix.groups import groups
from oms.fix.message import Field, Message
from oms.fix.validation import rejection

DICTIONARY = load("FIX.4.4")
BID, OFFER = (269, b"0"), (269, b"1")
BEST_BID, BEST_OFFER = f"{BID_PX / 100:.2f}", f"{ASK_PX / 100:.2f}"


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    world = VenueWorld(tmp_path, **WIRES["fix"])
    made = Peer(world)
    made.log_on(1, (789, b"1"))
    yield made
    world.close()


def ask(
    peer: Peer, number: int, kind: bytes = b"1", depth: bytes = b"0", update: bytes = b"1", symbol: bytes = b"ACME"
) -> None:
    body: list[Field] = [
        (262, b"q1"),
        (263, kind),
        (264, depth),
        (265, update),
        (267, b"2"),
        BID,
        OFFER,
        (146, b"1"),
        (55, symbol),
    ]
    peer.say("V", number, *body)


def book(message: Message) -> list[tuple[str, ...]]:
    """(action, type, price, size) of each entry; the dictionary finds nothing wrong with the message."""
    assert rejection(message, DICTIONARY) is None
    return [tuple(group.text(tag) for tag in (279, 269, 270, 271)) for group in groups(message, 268, DICTIONARY)]


def buy(peer: Peer, number: int, name: str, price: bytes) -> None:
    peer.say("D", number, (11, name.encode()), *((44, price) if f[0] == 44 else f for f in ORDER))


def test_a_snapshot_shows_the_tapes_quote_with_what_members_display(peer: Peer) -> None:
    buy(peer, 2, "a", b"0.98")
    buy(peer, 3, "b", BEST_BID.encode())
    peer.hears("8", "8")
    ask(peer, 4, kind=b"0")
    message = peer.hears("W")
    assert (message.text(262), message.text(55)) == ("q1", "ACME")
    assert book(message) == [
        ("", "0", BEST_BID, "600"), ("", "0", "0.98", "100"), ("", "1", BEST_OFFER, str(ASK_QTY)),
    ]  # fmt: skip
    ask(peer, 5, kind=b"0", depth=b"1")
    assert book(peer.hears("W")) == [("", "0", BEST_BID, "600"), ("", "1", BEST_OFFER, str(ASK_QTY))]


def test_a_subscription_tells_what_changed_until_it_ends(peer: Peer) -> None:
    ask(peer, 2)
    assert len(book(peer.hears("W"))) == 2
    buy(peer, 3, "a", b"0.98")
    assert book(peer.until("X", 1)) == [("0", "0", "0.98", "100")]
    buy(peer, 4, "b", b"0.98")
    assert book(peer.until("X", 2)) == [("1", "0", "0.98", "200")]
    peer.say("F", 5, (11, b"c"), (41, b"a"), (55, b"ACME"), (54, b"1"), (60, b"20131008-14:00:01"), (38, b"100"))
    peer.say("F", 6, (11, b"d"), (41, b"b"), (55, b"ACME"), (54, b"1"), (60, b"20131008-14:00:01"), (38, b"100"))
    peer.world.wait(lambda: peer.look([]) or ("2", "0", "0.98") in [e[:3] for e in book(peer.all("X")[-1])], ())
    ask(peer, 7, kind=b"2")
    count = len(peer.all("X"))
    buy(peer, 8, "e", b"0.97")
    peer.until("8", 5)
    peer.world.breathe(0.05)
    peer.look([])
    assert len(peer.all("X")) == count


def test_a_full_refresh_tells_the_whole_again(peer: Peer) -> None:
    ask(peer, 2, update=b"0")
    peer.hears("W")
    buy(peer, 3, "a", b"0.98")
    assert [entry[1:] for entry in book(peer.until("W", 2))] == [
        ("0", BEST_BID, "500"), ("0", "0.98", "100"), ("1", BEST_OFFER, str(ASK_QTY)),
    ]  # fmt: skip


def test_what_cannot_be_had_is_refused_with_the_reason(peer: Peer) -> None:
    ask(peer, 2, symbol=b"NONE")
    refused = peer.hears("Y")
    assert (refused.text(262), refused.text(281), refused.text(58)) == ("q1", "0", "XALP does not list NONE")
    ask(peer, 3)
    peer.hears("W")
    ask(peer, 4)
    assert peer.hears("Y").text(281) == "1", "the MDReqID has a subscription"
    assert rejection(peer.heard[-1], DICTIONARY) is None


def test_market_data_is_not_sent_again(peer: Peer) -> None:
    """Its numbers are filled; a session that missed something subscribes anew."""
    ask(peer, 2)
    peer.hears("W")
    peer.end()
    peer.log_on(3, (789, b"2"), then=("4",))
    assert peer.heard[-1].text(36) == "4"
    ask(peer, 4)
    peer.hears("W")
