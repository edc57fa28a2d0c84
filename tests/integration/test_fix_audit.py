"""FIX messages in the audit: every frame with its direction, number and order; sessions as they stand; and what `oms fix` asks."""

from collections.abc import Iterator

import pytest
from trace_world import WHO, order_path

from oms.cli.fix import _MESSAGES, _SESSIONS, _VENUES, _message, _venue
from oms.core.venue_frames import VenueFrame
from oms.fix.codec import encode, parse
from oms.fix.message import Field
from oms.local.engine import Engine
from oms.runtime.audit_store import ClickHouseAuditStore
from oms.runtime.auditor import Auditor, AuditSettings, audited_partitions
from oms.runtime.clickhouse import ClickHouse, ClickHouseSettings
from oms.runtime.migrations import migrate
from oms.testing.client_world import Client, ClientWorld, fix_session
from oms.testing.sim_venue import Script
from oms.venues.wire_tap import WireTap

pytestmark = pytest.mark.integration


def _venue_frame(sent: bool, order_id: str, msg_type: str, number: int, *body: Field) -> VenueFrame:
    raw = encode("FIX.4.4", msg_type, ((34, b"%d" % number), *body))
    return VenueFrame("XALP-P0", "XALP", sent, order_id, raw, 1_736_150_400_000_000_000 + number)


ABOUT = "alpha/20250106/a1"
VENUE_FRAMES = (
    _venue_frame(True, "", "A", 1, (98, b"0")),
    _venue_frame(False, "", "A", 1, (98, b"0")),
    _venue_frame(True, ABOUT, "D", 2, (11, b"0:alpha/20250106/a1.1")),
    _venue_frame(False, ABOUT, "8", 2, (43, b"Y"), (11, b"0:alpha/20250106/a1.1")),
)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ClickHouse, Client]]:
    """An order that rests and is cancelled, one that is refused, a connection that drops and comes back."""
    terms = fix_session()
    world = ClientWorld(order_path(Script(True), Script(True)), (terms, fix_session("idle")), WHO)
    world.run(20)
    client = world.client(terms)
    client.connect()
    world.run(20)
    client.new("a1", price="9.99")
    client.new("a2", price="9.99999")
    world.run(80)
    client.drop()
    world.run(10)
    client.connect()
    world.run(40)
    client.cancel("c1", "a1")
    world.run(80)
    client.drop()
    world.run(10)
    tap = WireTap()
    note, turn = tap.of(0), tap.companion(world.p.log, world.p.clock.now_ns)
    for venue_frame in VENUE_FRAMES:
        note(venue_frame)
    turn()
    note(VENUE_FRAMES[0])  # as after an append whose outcome was unknown
    turn()
    engine = Engine.start(tmp_path_factory.mktemp("fix-audit"))
    admin, writer = (ClickHouse(ClickHouseSettings(engine.url(user))) for user in ("oms_admin", "oms_writer"))
    migrate(admin)
    settings = AuditSettings("a", interval_s=0.0, progress_interval_s=0.0)
    auditor = Auditor(world.p.log, ClickHouseAuditStore(writer), audited_partitions(1), settings, world.p.clock.now_ns)
    auditor.recover()
    for _ in range(5):  # a pass is cut after two seconds: on a busy machine one does not write everything
        auditor.step()
    yield admin, client
    for each in (admin, writer):
        each.close()
    engine.stop()


def test_every_frame_that_the_client_heard_is_there(played: tuple[ClickHouse, Client]) -> None:
    admin, client = played
    rows = admin.query(
        "SELECT raw FROM oms.fix_messages WHERE party = 'CLIENT' AND direction = 'OUT' AND NOT offline AND valid"
    )
    assert sorted(raw for (raw,) in rows) == sorted(m.raw.decode("latin-1") for m in client.heard)


def test_every_frame_that_the_client_sent_is_there(played: tuple[ClickHouse, Client]) -> None:
    """With its bytes, those of the session layer too: a Reject of ours says why, a ResendRequest from where on."""
    admin, _ = played
    rows = admin.query(
        "SELECT msg_seq_num, msg_type, raw FROM oms.fix_messages WHERE party = 'CLIENT' AND direction = 'IN' AND valid ORDER BY msg_seq_num"
    )
    assert [number for number, *_ in rows] == list(range(1, len(rows) + 1)), "each once"
    assert {kind for _, kind, _ in rows} == {"A", "D", "F"}
    assert all(parse(raw.encode("latin-1")).msg_type == kind for _, kind, raw in rows)


def test_messages_name_their_order(played: tuple[ClickHouse, Client]) -> None:
    admin, client = played
    order_id = client.reports("a1")[0].text(37)
    rows = admin.query(
        f"SELECT direction, msg_type, cl_ord_id FROM oms.fix_messages WHERE party = 'CLIENT' AND order_id = '{order_id}' AND NOT resent ORDER BY offset, event_no"
    )
    assert rows[0] == ("IN", "D", "a1") and ("IN", "F", "c1") in rows
    assert [row[1:] for row in rows if row[0] == "OUT"] == [("8", "a1"), ("8", "a1"), ("8", "c1"), ("8", "c1")]


def test_the_commands_ask_what_is_there(played: tuple[ClickHouse, Client]) -> None:
    admin, _ = played
    ((session_id, state, cause, _, last_in, last_out, _, _),) = admin.query(_SESSIONS)
    assert (session_id, state, cause) == ("alpha-fix", "DISCONNECTED", "SOCKET_DROP") and last_in and last_out
    wanted = {"party": "CLIENT", "session": "alpha-fix", "order": "", "heartbeats": 0, "last": 3}
    shown = [_message(row) for row in admin.query(_MESSAGES, wanted)]
    assert len(shown) == 3 and all(row["text"].startswith("8=FIX.4.4|9=") for row in shown)


def test_frames_of_venues_are_there_once_with_their_order(played: tuple[ClickHouse, Client]) -> None:
    admin, _ = played
    asked = "SELECT direction, msg_seq_num, msg_type, order_id, cl_ord_id, resent, raw FROM oms.fix_messages WHERE party = 'VENUE' ORDER BY at, direction DESC"
    names = [("OUT", 1, "A", "", "", 0), ("IN", 1, "A", "", "", 0)]
    about = (ABOUT, "0:alpha/20250106/a1.1")
    names += [("OUT", 2, "D", *about, 0), ("IN", 2, "8", *about, 1)]
    rows = admin.query(asked)
    assert [tuple(row[:6]) for row in rows] == names
    assert [row[6].encode("latin-1") for row in rows] == [frame.raw for frame in VENUE_FRAMES]
    both = admin.query(_MESSAGES, {"party": "", "session": "", "order": ABOUT, "heartbeats": 0, "last": 100})
    assert {row[1] for row in both} == {"alpha-fix", "XALP-P0"}, "an order's frames with its client and with venues"


def test_sessions_with_venues_are_told(played: tuple[ClickHouse, Client]) -> None:
    admin, _ = played
    told = {row["session"]: row for row in map(_venue, admin.query(_VENUES))}
    assert told["XALP-P0"]["state"] == "LOGGED_ON" and told["XALP-P0"]["venue"] == "XALP"
    assert (told["XALP-P0"]["last_in"], told["XALP-P0"]["last_out"], told["XALP-P0"]["messages"]) == (1, 2, 4)
    assert told["XBET-P0"]["messages"] == 0 and told["XBET-P0"]["last_in_at"] == ""
