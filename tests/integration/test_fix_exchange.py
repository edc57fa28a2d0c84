"""Clients that are not ours exchange every supported message with the order gateway's FIX acceptor, both ways, by 4.4 and 5.0 SP2.

What is supported is read from the code: a message that is taken or told there, and is not exchanged here, fails the test. QuickFIX/J holds all
that it is told against its own dictionary, and would answer with a Reject.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from client_path import fill_at
from fix_acceptor_world import Acceptor, accepting
from other_engines import BY_HAND, KINDS, Engine, Kind, Pair, Talk, now, refuses_nothing

from oms.core.enums import DropCopyScope
from oms.fix.dictionary import SESSION_MSG_TYPES
from oms.gateway.client_sessions.draft import TOLD
from oms.gateway.client_sessions.intake import TAKEN
from oms.testing.client_world import fix_session

pytestmark = pytest.mark.integration

VERSIONS = ["FIX.4.4", "FIX.5.0SP2"]
LIST_EXECUTE = "L"
"""A message that is well formed and that we do not take: a list is executed at once."""


def today() -> str:
    return datetime.now(UTC).strftime("%Y%m%d")


@dataclass
class Desk(Talk):
    """A client that trades, and one that is told of it."""

    world: Acceptor

    def until(self, holds: Callable[[], object]) -> None:
        def held() -> object:
            self.engine.read()
            self.copy.read()
            refuses_nothing(self.engine, self.copy)
            return holds()

        self.world.until(held, lambda: [told.pairs for told in self.engine.heard if told.msg_type not in "01"])

    def states(self, name: str) -> list[str]:
        """ExecType and OrdStatus of each report about a ClOrdID."""
        found = [told for told in self.engine.all("8") if name in (told.text(11), told.text(41))]
        return [told.text(150) + told.text(39) for told in found if not told.text(43)]

    def reaches(self, name: str, *states: str) -> None:
        self.until(lambda: self.states(name)[-len(states) :] == list(states))

    def new(self, name: str, price: str = "9.99", qty: str = "100") -> None:
        self.engine.say("D", (11, name), *terms(qty, price), now())


def terms(qty: str, price: str) -> tuple[Pair, ...]:
    return (1, "A1"), (55, "ACME"), (54, "1"), (38, qty), (40, "2"), (44, price), (59, "1")


@contextmanager
def desk(kind: Kind, version: str) -> Iterator[Desk]:
    """Both are logged on."""
    sessions = (
        fix_session(version=version, heartbeat_s_min=1),
        fix_session("copy", version, DropCopyScope.DESK, heartbeat_s_min=1),
    )
    with accepting(*sessions) as world, ExitStack() as ends:
        engines = []
        for session in sessions:
            engines.append(kind(world.port_number, session))
            ends.callback(engines[-1].close)
            engines[-1].log_on()
        made = Desk(*engines, world)
        made.until(lambda: made.engine.all("A") and made.copy.all("A"))
        yield made


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_inv_550_every_supported_message_is_exchanged(kind: Kind, version: str) -> None:
    with desk(kind, version) as made:
        an_order_lives(made)
        executions_are_changed(made)
        what_makes_no_sense_is_refused(made)
        status_is_told(made)
        lists_are_told(made)
        market_data_is_told(made)
        a_mass_cancel(made)
        what_is_not_supported_is_said(made)
        the_session_is_kept(made)
        client, copy = made.engine, made.copy
        assert client.types_said() == TAKEN | {LIST_EXECUTE} | SESSION_MSG_TYPES
        assert client.types_heard() == TOLD | SESSION_MSG_TYPES
        assert copy.types_heard() - SESSION_MSG_TYPES == {"8"} and {told.text(797) for told in copy.all("8")} == {"Y"}
        made.until(lambda: executions(client) == executions(copy))


def executions(engine: Engine) -> set[str]:
    """ExecIDs of fills, busts and corrections."""
    return {told.text(17) for told in engine.all("8") if told.text(150) in ("F", "G", "H")}


def an_order_lives(made: Desk) -> None:
    made.new("a1")
    made.reaches("a1", "00")
    fill_at(made.world.p, 40)
    made.reaches("a1", "F1")
    made.engine.say("G", (41, "a1"), (11, "a2"), *terms("150", "9.98"), now())
    made.reaches("a2", "EE", "51")
    made.engine.say("F", (41, "a2"), (11, "a3"), (55, "ACME"), (54, "1"), (38, "150"), now())
    made.reaches("a3", "66", "44")
    figures = made.engine.last("8")
    assert [figures.text(tag) for tag in (38, 14, 151, 6)] == ["150", "40", "0", "9.99"]


def executions_are_changed(made: Desk) -> None:
    """A correction, then a bust, of an order that was filled."""
    made.new("b1")
    made.reaches("b1", "00")
    fill_at(made.world.p, 100)
    made.reaches("b1", "F2")
    venue, order = next(
        (venue, order)
        for venue in made.world.p.venues.values()
        for order in venue.distinct_orders()
        if order.order_qty == 100 and not order.leaves
    )
    (exec_id,) = order.standing
    changed = venue.correct(order.cl_ord_ids[-1], exec_id, 100, 99_800)
    made.until(lambda: made.states("b1")[-1][0] == "G")
    assert made.engine.last("8").text(31) == "9.98" and made.engine.last("8").text(19)
    venue.bust(order.cl_ord_ids[-1], changed)
    made.until(lambda: any(state[0] == "H" for state in made.states("b1")))


def what_makes_no_sense_is_refused(made: Desk) -> None:
    for name, price, qty in (("c1", "9.99999", "100"), ("c2", "9.99", "20000")):
        made.new(name, price, qty)
        made.until(lambda name=name: made.states(name)[-1:] == ["88"])  # type: ignore[misc]
    made.engine.say("F", (41, "never"), (11, "c3"), (55, "ACME"), (54, "1"), (38, "1"), now())
    assert made.answered("9").text(434) == "1"
    made.engine.say("G", (41, "never"), (11, "c4"), *terms("1", "9.99"), now())
    assert made.answered("9", 2).text(434) == "2"


def status_is_told(made: Desk) -> None:
    made.new("d1")
    made.reaches("d1", "00")
    made.engine.say("H", (11, "d1"), (790, "s1"), (55, "ACME"), (54, "1"))
    made.reaches("d1", "I0")
    assert made.engine.last("8").text(790) == "s1"
    made.engine.say("H", (11, "never"), (55, "ACME"), (54, "1"))
    made.until(lambda: made.states("never") == ["I8"])
    made.engine.say("AF", (584, "m1"), (585, "7"))
    made.until(lambda: made.engine.last("8").text(584) == "m1")
    assert made.engine.last("8").text(912) == "Y"


def lists_are_told(made: Desk) -> None:
    listed = [pair for n in (1, 2) for pair in ((11, f"e{n}"), (67, str(n)), *terms("100", "9.99"))]
    made.engine.say("E", (66, "L1"), (394, "3"), (68, "2"), (73, "2"), *listed)
    made.reaches("e1", "00")
    made.reaches("e2", "00")
    before = len(made.engine.all("N"))
    assert before
    made.engine.say("M", (66, "L1"))
    told = made.answered("N", before + 1)
    assert (told.text(431), told.text(73), told.all(11)) == ("3", "2", ["e1", "e2"])
    made.engine.say("K", (66, "L1"), now())
    made.reaches("e1", "44")
    made.reaches("e2", "44")
    made.engine.say("M", (66, "never"))
    made.until(lambda: made.engine.last("N").text(66) == "never")
    assert made.engine.last("N").text(431) == "7"


def market_data_is_told(made: Desk) -> None:
    made.ask_for_market("v1", "1")
    assert made.answered("W").all(270) == ["9.99", "9.98", "10", "10.01"]
    made.world.p.quote("XBET", "ACME", (99_950, 70), (100_100, 0))
    told = made.answered("X")
    assert sorted(told.all(279)) == ["1", "2"] and told.text(262) == "v1"
    made.ask_for_market("v1", "2")
    made.ask_for_market("v2", "0", "NONE")
    assert made.answered("Y").text(281) == "0"


def a_mass_cancel(made: Desk) -> None:
    made.engine.say("q", (11, "f1"), (530, "7"), now())
    assert made.answered("r").text(533) == "1"
    made.reaches("d1", "44")
    made.engine.say("q", (11, "f2"), (530, "1"), now())
    assert made.answered("r", 2).text(531) == "0"


def what_is_not_supported_is_said(made: Desk) -> None:
    what = (54, "1"), (55, "ACME"), (53, "1"), (6, "1"), (75, today())
    made.engine.say("J", (70, "g1"), (71, "0"), (626, "1"), (857, "0"), *what)
    assert made.answered("j").text(372) == "J"
    made.engine.say("AS", (755, "g2"), (71, "0"), (794, "3"), (87, "0"), (857, "0"), *what)
    assert made.answered("j", 2).text(372) == "AS"
    made.engine.say(LIST_EXECUTE, (66, "L1"), now())
    assert made.answered("j", 3).text(372) == LIST_EXECUTE
    made.engine.say("j", (45, "1"), (372, "8"), (380, "0"), BY_HAND)


def the_session_is_kept(made: Desk) -> None:
    reject = made.keep_the_session(
        lambda told: told.msg_type == "8",
        lambda told: told.msg_type == "8" and told.text(43) == "Y",
        ((11, "h1"), *terms("1", "9.99")),
    )
    assert reject.text(371) == "60"
