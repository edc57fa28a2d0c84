"""INV-583: every FIX frame of a venue session goes to `oms.venue-wire`, in order, both ways, and nothing waits for it."""

import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from venue_world import ASK_PX, SESSION, SIMULATED, VenueWorld, child

from oms.core.venue_frames import VenueFrame, VenueFrames
from oms.fix.codec import parse
from oms.runtime.log import TopicPartition
from oms.testing.sim_log import Fate, SimLog
from oms.venues.wire_tap import EVERY_NS, FRAMES_MANY, RECORD_BYTES_MAX, WAITING_MAX, WireTap
from oms.wire import topics
from oms.wire.codec import decode_intake

TP = TopicPartition(topics.VENUE_WIRE, 0)
SHORT = replace(SIMULATED, cl_ord_id_max=20, cl_ord_id_characters="ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


def kept(log: SimLog) -> list[VenueFrame]:
    records: list[VenueFrames] = [decode_intake(TP.topic, record.value) for record in log.partitions[TP].records]
    return [frame for record in records for frame in record.frames]


def frame(number: int, size: int = 100) -> VenueFrame:
    return VenueFrame(SESSION, "XALP", True, "", b"%0*d" % (size, number), number)


@pytest.mark.parametrize("rules", [SIMULATED, SHORT], ids=["own names", "short names"])
def test_inv_583_both_ways_with_the_order_that_it_is_about(tmp_path: Path, rules: object) -> None:
    world = VenueWorld(tmp_path, fix=True, rules=rules)  # type: ignore[arg-type]
    world.until(world.is_up)
    filled, resting = child(1, price=ASK_PX), child(2)
    world.router.say(filled, resting)
    world.until(lambda: len(world.state.children) == 1 and len(world.state.closed) == 1)
    world.settle()
    turn = world.tap.companion(world.log, world.clock.now_ns)
    assert turn() and not turn()
    frames = kept(world.log)
    out = [parse(f.raw) for f in frames if f.sent]
    arrived = sum(count for (_, kind, _), count in world.evidence().arrived.items() if kind == "NewOrderSingle")
    assert Counter(m.msg_type for m in out)["D"] == arrived == 2
    assert [m.seq_num for m in out] == list(range(1, len(out) + 1)), "from the Logon on, each number once"
    heard = [parse(f.raw).seq_num for f in frames if not f.sent]
    assert heard == list(range(1, len(heard) + 1))
    about = {
        f.order_id: [parse(g.raw).msg_type for g in frames if g.order_id == f.order_id] for f in frames if f.order_id
    }
    assert about == {filled.order_id: ["D", "8", "8"], resting.order_id: ["D", "8"]}
    assert {(f.session_id, f.venue_id) for f in frames} == {(SESSION, "XALP")}
    world.close()


def test_a_password_is_not_kept(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("open sesame\n")
    world = VenueWorld(tmp_path, fix=True, rules=replace(SIMULATED, username="ann", password_file=password))
    world.until(world.is_up)
    world.tap.companion(world.log, world.clock.now_ns)()
    logon = kept(world.log)[0].raw
    assert b"\x01553=ann\x01554=***\x01" in logon and b"sesame" not in b"".join(f.raw for f in kept(world.log))
    world.close()


def test_frames_wait_for_a_broker_and_keep_their_order() -> None:
    """A record whose outcome is unknown is appended again, with all behind it: the view takes what is there twice once."""
    log, tap = SimLog({topics.VENUE_WIRE: 1}, 0), WireTap()
    note, turn = tap.of(0), tap.companion(log, iter(range(0, 10**15, EVERY_NS)).__next__)
    log.plan(TP, Fate.LANDS, Fate.LANDS_UNACKED, Fate.LOST)
    for number in range(60):
        note(frame(number))
        turn()
    for _ in range(200):
        turn()
        if len({f.at_ns for f in kept(log)}) == 60:
            break
        time.sleep(0.01)
    seen = list(dict.fromkeys(f.at_ns for f in kept(log)))
    assert seen == list(range(60)) and tap.lost == 0


def test_records_are_as_many_as_tenths_of_a_second_and_many_frames_wait_for_none() -> None:
    log, tap, now = SimLog({topics.VENUE_WIRE: 1}, 0), WireTap(), [EVERY_NS]
    note, turn = tap.of(0), tap.companion(log, lambda: now[0])

    def records() -> list[int]:
        turn()
        return [len(decode_intake(TP.topic, r.value).frames) for r in log.partitions[TP].records]

    note(frame(0))
    assert records() == [1]
    now[0] += EVERY_NS - 1
    for number in range(3):
        note(frame(number))
    assert records() == [1]
    now[0] += 1
    assert records() == [1, 3]
    for number in range(FRAMES_MANY):
        note(frame(number))
    assert records() == [1, 3, FRAMES_MANY]


def test_a_record_is_bounded_and_so_is_what_waits() -> None:
    log, tap = SimLog({topics.VENUE_WIRE: 1}, 0), WireTap()
    note, turn = tap.of(0), tap.companion(log, lambda: 7)
    for number in range(10):
        note(frame(number, RECORD_BYTES_MAX // 3))
    turn()
    assert [len(decode_intake(TP.topic, r.value).frames) for r in log.partitions[TP].records] == [4, 4, 2]
    for number in range(WAITING_MAX + 5):
        note(frame(number, 1))
    assert tap.lost == 5
