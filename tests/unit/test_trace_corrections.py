"""A bust in an order's trace and in its story: it hangs in the tree, and says what was taken back."""

from corrections_world import World
from trace_world import assert_well_formed, rows_of, spans_in

from oms.cli.order_story import Step, story_of, terms_of
from oms.cli.units import Scales

SCALES = Scales(4, 0, "USD")


def busted() -> World:
    world = World()
    world.enter()
    world.act("fill", 0, 40)
    world.act("fill", 0, 60)
    world.act("run", 0, 1)
    world.act("bust", 0, 1)
    world.p.run(30)
    return world


def test_a_bust_is_in_the_trace_of_its_order() -> None:
    spans = spans_in(busted().p, "o1")
    assert_well_formed(spans)
    told = [s for s in spans if "TRADE_CANCEL" in s.name]
    assert {s.service for s in told} == {"execution", "router"}
    assert all(s.attributes["oms.exec.ref_id"] == "E1" and s.attributes["oms.old_qty"] == 40 for s in told)
    assert any("ExposureCorrected" in str(s.attributes["oms.events"]) for s in spans if s.service == "risk")


def test_a_bust_is_in_the_story_of_its_order() -> None:
    order_id = "alpha/20250106/o1"
    steps = []
    for row in rows_of(busted().p):
        for kind, of, event in zip(row.event_types, row.order_ids, row.events, strict=True):
            if of == order_id:
                where = (row.topic, row.partition, row.offset)
                steps.append(Step.of((len(steps), row.timestamp_ms, row.recorded_ns, 0, *where, kind, event)))
    details = [line["detail"] for line in story_of(steps, SCALES, {})["biography"] if line["event"] == "TradeCorrected"]
    assert details == ["TRADE_CANCEL E3: E1, 40 @ 10, taken back, PARTIALLY_FILLED: 60 filled, 40 open"]
    terms = terms_of(order_id, steps, SCALES)
    assert (terms["status"], terms["filled"], terms["leaves"], terms["reason"]) == (
        "CANCELED",
        "60",
        "0",
        "TRADE_TAKEN_BACK",
    )
