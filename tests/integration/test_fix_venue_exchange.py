"""Members that are not ours exchange every supported message with the venue process's FIX 4.4 acceptor, both ways.

What is supported is read from the code: the messages that a venue takes and tells, and their layouts. QuickFIX/J judges what it is told by its
own dictionary.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import pytest
from other_engines import KINDS, Kind, Pair, Talk, Told, now, refuses_nothing
from venue_world import SIMULATED, VenueWorld

from oms.fix.dictionary import SESSION_MSG_TYPES
from oms.testing.client_world import fix_session
from oms.venues import messages as m
from oms.venues.fix_layouts import LAYOUTS
from oms.venues.fix_market import ANSWERS, REQUEST
from oms.venues.fix_rules import TAGS
from oms.venues.session_layer import Business

pytestmark = pytest.mark.integration

MSG_TYPES = {layout.cls: layout.msg_type for layout in LAYOUTS}
TAKEN = {MSG_TYPES[kind] for kind in get_args(Business) if kind in MSG_TYPES} | {REQUEST}
TOLD = {MSG_TYPES[kind] for kind in get_args(m.VenueReport)} | set(ANSWERS.values())
ONLY_A_VENUE = "9"
"""What a member must not say."""

PLAIN = replace(SIMULATED, tags=TAGS)
"""Rules of engagement without fields of our own, which another engine's dictionary does not have."""

MEMBER, COPY, VENUE = "PEER", "PEER-COPY", "XALP"
PATIENCE_S = 60.0
CROSSING, RESTING = "1.01", "0.98"


ABOUT = (55, "ACME"), (54, "1")


def terms(qty: str, price: str) -> tuple[Pair, ...]:
    return *ABOUT, (38, qty), (40, "2"), (44, price), (59, "0"), now()


@dataclass
class Member(Talk):
    """Of the venue, and its drop copy."""

    world: VenueWorld

    def until(self, holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline, [told.pairs for told in self.engine.heard if told.msg_type not in "01"]
            self.world.breathe()
            self.engine.read()
            self.copy.read()
            refuses_nothing(self.engine, self.copy)

    def reaches(self, name: str, state: str) -> Told:
        """ExecType and OrdStatus of the last report about a ClOrdID."""
        self.until(lambda: (told := self._last(name)) is not None and told.text(150) + told.text(39) == state)
        found = self._last(name)
        assert found is not None
        return found

    def _last(self, name: str) -> Told | None:
        return next((told for told in reversed(self.engine.all("8")) if told.text(11) == name), None)

    def new(self, name: str, price: str, qty: str = "100") -> None:
        self.engine.say("D", (11, name), (100, VENUE), *terms(qty, price))


@contextmanager
def member(kind: Kind, directory: Path) -> Iterator[Member]:
    world = VenueWorld(directory, fix=True, rules=PLAIN, venue_settings={"drop_copies": {MEMBER: COPY}})
    with ExitStack() as ends:
        ends.callback(world.close)
        assert world.venue.fix_port is not None
        engines = []
        for name in (MEMBER, COPY):
            engines.append(kind(world.venue.fix_port, fix_session(comp_id=name, our_comp_id=VENUE)))
            ends.callback(engines[-1].close)
            engines[-1].log_on()
        made = Member(*engines, world)
        made.until(lambda: made.engine.all("A") and made.copy.all("A"))
        yield made


@pytest.mark.parametrize("kind", KINDS)
def test_inv_552_every_supported_message_is_exchanged_with_a_venue(kind: Kind, tmp_path: Path) -> None:
    with member(kind, tmp_path) as made:
        an_order_lives(made)
        what_makes_no_sense_is_refused(made)
        orders_are_cancelled_together(made)
        status_is_told(made)
        market_data_is_told(made)
        a_trade_is_told_twice(made)
        the_session_is_kept(made)
        engine, copy = made.engine, made.copy
        assert engine.types_said() == TAKEN | {ONLY_A_VENUE} | SESSION_MSG_TYPES
        assert engine.types_heard() == TOLD | SESSION_MSG_TYPES
        assert copy.types_heard() - SESSION_MSG_TYPES == {"8"} and {told.text(797) for told in copy.all("8")} == {"Y"}


def an_order_lives(made: Member) -> None:
    made.new("a1", RESTING)
    made.reaches("a1", "00")
    made.engine.say("G", (41, "a1"), (11, "a2"), *terms("150", "0.97"))
    assert made.reaches("a2", "50").text(38) == "150"
    made.engine.say("F", (41, "a2"), (11, "a3"), *ABOUT, (38, "150"), now())
    assert made.reaches("a3", "44").text(41) == "a2"


def what_makes_no_sense_is_refused(made: Member) -> None:
    made.new("b1", RESTING, "0")
    made.reaches("b1", "88")
    made.engine.say("F", (41, "never"), (11, "b2"), *ABOUT, (38, "1"), now())
    assert made.answered("9").text(434) == "1"
    made.engine.say("G", (41, "never"), (11, "b3"), *terms("1", RESTING))
    assert made.answered("9", 2).text(434) == "2"
    made.engine.say(ONLY_A_VENUE, (37, "NONE"), (11, "b4"), (41, "b3"), (39, "8"), (434, "1"), (102, "1"))
    assert made.answered("j").text(58)


def orders_are_cancelled_together(made: Member) -> None:
    for name in ("m1", "m2"):
        made.new(name, RESTING)
        made.reaches(name, "00")
    made.engine.say("q", (11, "q1"), (530, "7"), now())
    assert [made.answered("r").text(tag) for tag in (531, 533)] == ["7", "2"]
    for name in ("m1", "m2"):
        made.reaches(name, "44")
    made.engine.say("q", (11, "q2"), (530, "1"), (55, "NONE"), now())
    assert [made.answered("r", 2).text(tag) for tag in (531, 532)] == ["0", "1"]


def status_is_told(made: Member) -> None:
    made.new("c1", RESTING)
    made.reaches("c1", "00")
    made.engine.say("H", (11, "c1"), (790, "s1"), *ABOUT)
    assert made.reaches("c1", "I0").text(790) == "s1"
    made.engine.say("AF", (584, "m1"), (585, "7"))
    made.until(lambda: made.engine.all("8")[-1].text(584) == "m1")
    assert made.engine.all("8")[-1].text(912) == "Y"


def market_data_is_told(made: Member) -> None:
    made.ask_for_market("v1", "1")
    assert RESTING in made.answered("W").all(270)
    made.engine.say("F", (41, "c1"), (11, "c2"), *ABOUT, (38, "100"), now())
    assert made.answered("X").text(262) == "v1"
    made.ask_for_market("v1", "2")
    made.ask_for_market("v2", "0", "NONE")
    assert made.answered("Y").text(281) == "0"


def a_trade_is_told_twice(made: Member) -> None:
    """To the member, and as a drop copy; the member then says that it does not know it."""
    made.new("d1", CROSSING)
    trade = made.reaches("d1", "F2")
    made.until(lambda: made.copy.all("8"))
    assert made.copy.all("8")[-1].text(17) == trade.text(17)
    known = (37, trade.text(37)), (17, trade.text(17)), (127, "D")
    made.engine.say("Q", *known, *ABOUT, (38, "100"), (32, trade.text(32)), (31, trade.text(31)))


def the_session_is_kept(made: Member) -> None:
    reject = made.keep_the_session(
        lambda told: told.msg_type in TOLD - set(ANSWERS.values()),
        lambda told: bool(told.text(43)) and told.msg_type != "4",
        ((11, "h1"), *ABOUT, (40, "2")),
    )
    assert reject.text(373) == "1"
