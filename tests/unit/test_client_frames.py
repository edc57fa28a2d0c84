"""Every frame of a client's connection is in the journal with its bytes, both ways (INV-580)."""

from collections import Counter, deque

import pytest
from client_path import VERSIONS, connected
from test_client_takeovers import valid_events

from oms.core.client_links import LinkFrame, LinkOpened
from oms.core.client_session_events import ClientHeard, FixNoted
from oms.fix.codec import encode
from oms.fix.fields import from_utc_ns
from oms.fix.message import Field
from oms.fix.session.events import GarbledIgnored, MessageSent, MessageTaken
from oms.testing.client_world import Client, ClientWorld, fix_session

DUP: tuple[Field, ...] = ((43, b"Y"), (122, b"20250106-00:00:00"))


def said(
    world: ClientWorld, client: Client, msg_type: str, seq_num: int, *body: Field, head: tuple[Field, ...] = ()
) -> bytes:
    """A frame of the client's own making."""
    terms = client.terms
    fields = ((34, b"%d" % seq_num), (49, terms.comp_id.encode()), (56, b"OMS"), (52, from_utc_ns(world.now)), *head)
    raw = encode(terms.begin_string, msg_type, (*fields, *body))
    world.port.put(LinkFrame(terms.session_id, client.link, raw))
    world.p.run(5, 5_000_000)  # the client's own session does not look
    return raw


def kept(world: ClientWorld) -> tuple[Counter[bytes], Counter[bytes]]:
    """Frames in and out, as the journal has them."""
    came, went = Counter[bytes](), Counter[bytes]()
    for event in valid_events(world):
        match event:
            case ClientHeard(raw=raw) | FixNoted(event=MessageTaken(raw=raw) | GarbledIgnored(raw=raw)):
                came[raw] += 1
            case FixNoted(event=MessageSent(raw=raw, offline=False)):
                went[raw] += 1
    return came, went


@pytest.mark.parametrize("version", VERSIONS)
def test_inv_580_every_frame_is_kept_once_with_its_bytes(version: str) -> None:
    world, (client,) = connected(fix_session(version=version))
    symbol = ((55, b"ACME"), (54, b"1"))
    order = client.new_body("a1", 100, "9.99")
    frames = [
        said(world, client, "1", 2, (112, b"x")),  # TestRequest
        said(world, client, "0", 3),
        said(world, client, "D", 4, (11, b"bad")),  # rejected: required tags are missing
        said(world, client, "H", 5, (11, b"a0"), *symbol),
        said(world, client, "H", 5, (11, b"a0"), *symbol, head=DUP),  # processed before
        said(world, client, "D", 8, *order),  # early: waits for 6 and 7
        said(world, client, "0", 9),  # early, of the session
        said(world, client, "2", 10, (7, b"1"), (16, b"0")),  # early, and answered at once
        said(world, client, "4", 6, (36, b"8"), (123, b"Y"), head=DUP),  # the gap is filled
        said(world, client, "3", 11, (45, b"2"), (58, b"what is this")),  # our message refused
        said(world, client, "4", 12, (36, b"20")),  # SequenceReset-Reset
        said(world, client, "5", 20, (58, b"good night")),
    ]
    came, went = kept(world)
    assert [came[frame] for frame in frames] == [1] * len(frames)
    assert sum(came.values()) == len(frames) + 1, "the Logon of before, and nothing twice"
    assert went == Counter([*(message.raw for message in client.heard), *world.wires.written[client.link]])


def test_a_password_is_not_kept() -> None:
    world, (client,) = connected(fix_session())
    client.drop()
    world.run(10)
    world.links += 1
    client.link = world.links
    world.wires.written[client.link] = deque()
    world.port.put(LinkOpened("alpha-fix", client.link, "10.0.0.9:1"))
    said(world, client, "A", 2, (98, b"0"), (108, b"30"), (553, b"ann"), (554, b"open sesame"))
    came, _ = kept(world)
    (logon,) = [raw for raw in came if b"\x01553=ann\x01" in raw]
    assert b"\x01554=***\x01" in logon and not any(b"sesame" in raw for raw in came)
