"""Lists of orders over the whole path in memory: real loops and codec, crashes at every moment, lost acknowledgements.

INV-313  However often and whenever stages crash, the venues execute orders of a list that stand for each other for no more than one of them.
"""

from dataclasses import replace

import pytest
from test_order_path_triggers import DATE, NOW, WHO, WORLD, last_status, order, routed, venue_fills

from oms.core.commands import CancelOrderList, NewOrder, NewOrderList, order_id_of
from oms.core.enums import Algorithm, ContingencyType, ExecType, OrdStatus, OrdType, Side
from oms.core.instructions import PLAIN, Instructions
from oms.core.list_events import ListDone
from oms.core.risk.lists import LIST_STEP_ORDERS_MAX
from oms.core.routing_events import ChildNew, ParentChanged
from oms.runtime.log import TopicPartition
from oms.testing.pipeline import Pipeline
from oms.testing.sim_log import Fate
from oms.testing.sim_venue import Script, SimVenue
from oms.wire import topics

LIST_ID = order_id_of("alpha", DATE, "l1")
STAGES = (topics.RISK, topics.ROUTING, topics.EXECUTION)


def leg(cl_ord_id: str, price: int | None = None, stop: int | None = None, side: Side = Side.SELL) -> NewOrder:
    """DIRECT to XALP where it rests: the venue in memory executes as its script says, whatever the price."""
    kind = (OrdType.STOP if price is None else OrdType.STOP_LIMIT) if stop else OrdType.LIMIT
    mine = order(cl_ord_id, kind, Instructions(stop_px=stop) if stop else PLAIN, price)
    return replace(mine, side=side, list_id=LIST_ID, algorithm=Algorithm.DIRECT, venue_id="XALP")


def a_list(contingency: ContingencyType | None, *orders: NewOrder, name: str = "l1") -> NewOrderList:
    mine = tuple(replace(o, list_id=order_id_of("alpha", DATE, name)) for o in orders)
    return NewOrderList("alpha", DATE, name, contingency, mine, NOW + 10**15, NOW, "trace", WHO)


OCO = a_list(ContingencyType.ONE_CANCELS_THE_OTHER, leg("tp", 102_000), leg("sl", stop=99_500))


@pytest.fixture
def path() -> Pipeline:
    """What comes to XALP rests there until the test fills it; what takes is IOC and comes back empty unless the script is changed."""
    p = Pipeline([SimVenue(f"{v}-P0", Script(True)) for v in ("XALP", "XBET")], NOW)
    p.entities(WORLD, WHO)
    p.quote("XALP", "ACME", (99_900, 500), (100_000, 60))
    p.trade("XALP", "ACME", 100_000, 5)
    p.run()
    return p


def sent(p: Pipeline) -> list[str]:
    return [e.order_id.rpartition("/")[2] for e in routed(p, ChildNew)]  # type: ignore[attr-defined]


def executes(p: Pipeline, *fills: int) -> None:
    for venue in p.venues.values():
        venue.script = Script(True, fills)


def test_an_oco_from_the_command_to_its_end(path: Pipeline) -> None:
    path.command(OCO)
    path.run()
    assert sent(path) == ["tp"] and last_status(path, "sl") == (OrdStatus.NEW, 0)
    executes(path, 100)
    path.trade("XALP", "ACME", 99_500, 5)
    path.run(100)
    assert sent(path) == ["tp", "sl"]
    assert last_status(path, "sl") == (OrdStatus.FILLED, 100)
    assert last_status(path, "tp") == (OrdStatus.CANCELED, 0)
    assert len(routed(path, ListDone)) == 1
    told = [e.exec_type for e in routed(path, ParentChanged) if e.order_id.endswith("/sl")]  # type: ignore[attr-defined]
    assert ExecType.TRIGGERED in told


@pytest.mark.parametrize("topic", STAGES)
@pytest.mark.parametrize("after", range(0, 12, 2))
def test_a_crash_at_any_moment_of_the_change_over_executes_one_order(path: Pipeline, topic: str, after: int) -> None:
    path.command(OCO)
    path.run()
    executes(path, 100)
    path.trade("XALP", "ACME", 99_500, 5)
    path.run(after, 5_000_000)
    path.crash(topic)
    path.run(300)
    assert last_status(path, "sl") == (OrdStatus.FILLED, 100)
    assert last_status(path, "tp") == (OrdStatus.CANCELED, 0)
    assert venue_fills(path) == 100 and len(routed(path, ListDone)) == 1


@pytest.mark.parametrize("fate", [Fate.LOST, Fate.LANDS_UNACKED, Fate.LANDS_TWICE])
def test_an_acknowledgement_that_is_not_good_changes_nothing_for_a_list(path: Pipeline, fate: Fate) -> None:
    path.command(OCO)
    path.run()
    executes(path, 100)
    path.log.plan(TopicPartition(topics.ROUTING, 0), fate)
    path.trade("XALP", "ACME", 99_500, 5)
    path.run(300)
    assert venue_fills(path) == 100 and len(routed(path, ListDone)) == 1


@pytest.mark.parametrize("topic", STAGES)
def test_a_bracket_over_a_crash_protects_what_its_entry_executed(path: Pipeline, topic: str) -> None:
    entry = leg("entry", 100_000, side=Side.BUY)
    executes(path, 60)
    path.command(a_list(ContingencyType.BRACKET, entry, leg("tp", 102_000), leg("sl", stop=99_500)))
    path.run(3, 5_000_000)
    executes(path)
    path.crash(topic)
    path.run(200)
    resting = {e.order_id.rpartition("/")[2]: e.order_qty for e in routed(path, ChildNew)}  # type: ignore[attr-defined]
    executed = last_status(path, "entry")[1]
    assert resting.get("tp", 0) == executed
    path.command(CancelOrderList("alpha", DATE, "k1", DATE, "l1", NOW, "trace", WHO))
    path.run(200)
    assert {last_status(path, name)[0] for name in ("entry", "tp", "sl")} == {OrdStatus.CANCELED}
    assert len(routed(path, ListDone)) == 1


@pytest.mark.parametrize("crash", [None, topics.RISK, topics.ROUTING])
def test_a_program_is_carried_out_once_and_cancelled_as_a_whole(path: Pipeline, crash: str | None) -> None:
    count = 2 * LIST_STEP_ORDERS_MAX + 3
    path.command(a_list(None, *(leg(f"p{n}", 101_000 + 100 * (n % 9)) for n in range(count))))
    path.run(2, 5_000_000)
    if crash is not None:
        path.crash(crash)
    path.run(200)
    assert sorted(sent(path)) == sorted(f"p{n}" for n in range(count))
    path.command(CancelOrderList("alpha", DATE, "k1", DATE, "l1", NOW, "trace", WHO))
    path.run(200)
    assert {last_status(path, f"p{n}")[0] for n in range(count)} == {OrdStatus.CANCELED}
