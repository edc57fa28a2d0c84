"""What names a trade at a venue that repeats ExecIDs: from the bytes of its reports to what is booked, with the venue's rules of engagement.

The frames are a venue's, read by the shipped mapping; the ledger is execution's own.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from oms.core.enums import ExecType
from oms.core.execution_events import Anomaly, ChildReport, ExecutionEvent, ExecutionSuspended, FillCorrected
from oms.core.lifecycle.executions import Executions
from oms.core.reference import VenueSession
from oms.core.venue_messages import VenueMessage
from oms.fix.message import Message
from oms.runtime.yaml_fields import FileFault
from oms.testing.execution_bench import SESSION_ID, ExecutionBench, child_new, venue_reference
from oms.venues.fix_mapping import FixMapping
from oms.venues.fix_rules import PLAIN_FIX, RulesOfEngagement, read_rules_file
from oms.venues.session_port import Listing, to_body

NAME = "0:alpha/20250106/a1.1"
TIMES = ("20250106-10:00:00.000", "20250106-10:00:00.001", "20250106-10:00:02.000")
MANY = [(17, 60), (17, 37, 60), (37, 17, 60), (17, 32, 31), (17, 52)]


class World:
    def __init__(self, trade_id: tuple[int, ...]) -> None:
        self.rules = replace(PLAIN_FIX, trade_id=trade_id)
        self.mapping = FixMapping(self.rules, lambda _: (0, 0))
        self.bench = ExecutionBench()
        self.bench.settle()
        self.bench.route(child_new(1, qty=100))
        self.bench.settle()

    def hear(self, **fields: str) -> tuple[ExecutionEvent, ...]:
        """A report: those of a partial fill of the order, and what else a test says."""
        tags = {
            11: NAME, 37: "V1", 17: "E1", 150: "F", 39: "1", 55: "ACME", 54: "1", 38: "100", 151: "0", 14: "10", 6: "1000",
            32: "10", 31: "1000", 60: TIMES[0], 52: TIMES[0],
        }  # fmt: skip
        tags |= {int(name[1:]): value for name, value in fields.items()}
        tags[151] = str(100 - int(tags[14]))
        seq = self.bench.state.sessions[SESSION_ID].next_in
        frame = Message("8", ((34, str(seq).encode()), *((tag, text.encode()) for tag, text in tags.items())))
        body = to_body(self.mapping.decode(frame, SESSION_ID), Listing())
        return self.bench.feed(VenueMessage(SESSION_ID, seq, False, body, ""))

    @property
    def cum_qty(self) -> int:
        return self.bench.state.children[child_new(1).child_id].cum_qty


def kinds(events: tuple[ExecutionEvent, ...], *wanted: type) -> list[ExecutionEvent]:
    return [event for event in events if isinstance(event, wanted)]


@pytest.mark.parametrize("trade_id", MANY)
def test_inv_545_an_exec_id_that_comes_again_for_another_trade_is_another_trade(trade_id: tuple[int, ...]) -> None:
    world = World(trade_id)
    world.hear()
    assert world.cum_qty == 10
    again = {"t60": TIMES[1], "t52": TIMES[1], "t14": "15", "t32": "5"}
    events = world.hear(**again)
    assert world.cum_qty == 15 and len(kinds(events, ChildReport)) == 1
    assert not kinds(world.hear(**again), ChildReport), "the same once more is a repeat"
    assert world.cum_qty == 15 and not kinds(world.bench.events(), Anomaly)  # type: ignore[arg-type]


def test_inv_545_where_the_exec_id_alone_names_a_trade_it_is_a_repeat() -> None:
    world = World((17,))
    world.hear()
    world.hear(t60=TIMES[1], t52=TIMES[1], t14="15", t32="5")
    assert world.cum_qty == 10


@pytest.mark.parametrize("trade_id", MANY)
def test_inv_545_a_correction_and_a_bust_find_their_trade(trade_id: tuple[int, ...]) -> None:
    """They have a time and figures of their own, and name the trade by its ExecID alone."""
    world = World(trade_id)
    world.hear()
    events = world.hear(t150="G", t17="E2", t19="E1", t32="8", t14="8", t60=TIMES[1], t52=TIMES[1])
    (corrected,) = kinds(events, FillCorrected)
    assert isinstance(corrected, FillCorrected) and (corrected.old_qty, corrected.new_qty) == (10, 8)
    events = world.hear(t150="H", t17="E3", t19="E2", t32="8", t14="0", t60=TIMES[2], t52=TIMES[2])
    (busted,) = kinds(events, FillCorrected)
    assert isinstance(busted, FillCorrected) and busted.exec_type is ExecType.TRADE_CANCEL and world.cum_qty == 0


def test_inv_545_a_reference_that_may_mean_two_trades_waits_for_a_person() -> None:
    world = World((17, 60))
    world.hear()
    world.hear(t60=TIMES[1], t14="15", t32="5")
    events = world.hear(t150="H", t17="E9", t19="E1", t32="5", t14="10", t60=TIMES[2])
    assert kinds(events, ExecutionSuspended) and not kinds(events, FillCorrected) and world.cum_qty == 15
    assert world.bench.state.breaks.open


def test_inv_545_a_trade_that_is_corrected_twice_under_its_own_name() -> None:
    """TradeID for life, and another ExecID in each report."""
    world = World((1003,))
    world.hear(t1003="T1")
    world.hear(t1003="T1", t150="G", t17="E2", t19="E1", t32="8", t14="8")
    world.hear(t1003="T1", t150="G", t17="E3", t19="E2", t32="6", t14="6")
    assert world.cum_qty == 6
    world.hear(t1003="T1", t150="H", t17="E4", t19="E3", t32="6", t14="0")
    assert world.cum_qty == 0 and not world.bench.state.breaks.open


def test_a_reference_means_what_it_says_where_that_is_there() -> None:
    ledger = Executions()
    for name in ("E1", "E1 @ 9", "E2 @ 1", "E2 @ 2", "E3 @ 1"):
        change = ledger.booking(name, 1, 1)
        ledger.take(change)  # type: ignore[arg-type]
    assert [ledger.named(ref) for ref in ("E1", "E2", "E3", "E4", "")] == ["E1", "E2", "E3 @ 1", "E4", ""]


def test_rules_that_could_never_find_a_trade_again_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "XALP.yaml"
    path.write_text("trade_id: [60, 32]\n")
    with pytest.raises(FileFault, match="a correction could not name its trade"):
        read_rules_file(path)


def test_a_venue_that_names_trades_by_their_time_has_no_drop_copy() -> None:
    venue = venue_reference().venues["XALP"]
    with_copy = replace(venue, sessions=(VenueSession(0, SESSION_ID, "COPY"),))
    rules = RulesOfEngagement(trade_id=(17, 60), header=("{session}", "{venue}", "", "", "", ""))
    assert "would not name its trade" in rules.contradicts(with_copy) and not rules.contradicts(venue)
