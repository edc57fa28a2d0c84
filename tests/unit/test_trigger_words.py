"""The biography names every emulation and the market that it used, in the instrument's decimals."""

import json
from dataclasses import replace

import pytest

from oms.cli.order_story import Step, story_of
from oms.cli.units import Scales
from oms.core.enums import ExecInst, PegPriceType, SelfMatchPrevention
from oms.core.instructions import Instructions, Peg
from oms.testing.execution_bench import child_new
from oms.wire.codec import to_json
from oms.wire.trace_words import headline, particulars

MARKET = {"market_partition": 2, "market_position": 41}


def detail(kind: str, event: dict[str, object]) -> str:
    row = (1, 0, 0, 0, "oms.routing", 0, 7, kind, json.dumps(event))
    line = story_of([Step.of(row)], Scales(price=2, qty=0, currency="USD"), {})["biography"][0]
    return str(line["detail"])


def test_the_biography_says_what_a_venue_was_asked() -> None:
    for asked, words in (
        (Instructions(), ""),
        (
            Instructions(display_qty=100, min_qty=5, exec_inst=(ExecInst.ALL_OR_NONE,)),
            ", shows 100, at least 5, ALL_OR_NONE",
        ),
        (Instructions(stop_px=9950, display_qty=0), ", stop 99.5, hidden"),
        (Instructions(peg=Peg(PegPriceType.MID, -5), smp=SelfMatchPrevention.CANCEL_BOTH), ", MID -0.05, CANCEL_BOTH"),
    ):
        event = json.loads(to_json(replace(child_new(1), instructions=asked)))
        assert detail("ChildNew", event) == f"BUY 100 @ 10 DAY at {event['venue_id']}{words}"


def armed(kind: str, **values: int) -> dict[str, object]:
    return {"kind": kind, "price": 0, "qty": 0, "offset": 0, "reference_px": 0, **MARKET, **values}


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (armed("STOP", price=10_050), "stop emulated by the router: armed at 100.5"),
        (
            armed("TRAILING_STOP", price=10_050, offset=30),
            "trailing stop emulated by the router: armed at 100.5, 0.3 from the best trade",
        ),
        (armed("PEG", price=9_998), "peg emulated by the router: at 99.98"),
        (armed("PEG"), "peg emulated by the router: waits for a price to follow"),
        (armed("DISPLAYED", price=9_998, qty=300), "held by the router: until a venue displays 300 within 99.98"),
        (armed("RESUME"), "suspended by a halt: goes on when it ends"),
    ],
)
def test_what_an_order_waits_for(event: dict[str, object], words: str) -> None:
    assert detail("TriggerArmed", event) == words


@pytest.mark.parametrize(
    ("kind", "basis", "words"),
    [
        (
            "STOP",
            "LAST_TRADE",
            "stop emulated by the router: armed at 101, triggered by last trade 101.2 (XGAM, oms.market/2@40)",
        ),
        (
            "STOP",
            "BEST_QUOTE",
            "stop emulated by the router: armed at 101, triggered by best quote 101.2 (XGAM, oms.market/2@40): "
            "no trade of late",
        ),
        ("DISPLAYED", "BEST_QUOTE", "held by the router: XGAM displays 70 @ 101.2 (oms.market/2@40)"),
        ("RESUME", "NO_HALT", "suspended by a halt: the halt has ended"),
        ("STOP", "VENUE", "met at XGAM, as it says"),
    ],
)
def test_what_met_it(kind: str, basis: str, words: str) -> None:
    seen = {"price": 10_100, "market_px": 10_120, "market_qty": 70, "venue_id": "XGAM", "market_offset": 40}
    assert detail("Triggered", {"kind": kind, "basis": basis, **seen, **MARKET}) == words


def test_how_a_price_followed() -> None:
    moved = {
        "stop_px": 9_985,
        "previous_px": 9_979,
        "market_px": 10_005,
        "venue_id": "A",
        "market_offset": 40,
        **MARKET,
    }
    words = "moved from 99.79 to 99.85 by the trade at 100.05 (A, oms.market/2@40)"
    assert detail("StopMoved", moved) == f"trailing stop emulated by the router: {words}"
    repegged = {"price": 9_999, "previous_px": 9_998, "bid_px": 9_999, "ask_px": 10_002, **MARKET}
    words = "from 99.98 to 99.99 (bid 99.99, ask 100.02 below oms.market/2@41)"
    assert detail("Repegged", repegged) == f"peg emulated by the router: {words}"
    assert detail("ChildReplaced", {"child_id": "o.1", "order_qty": 200, "price": 9_999}) == "now 200 @ 99.99"


def test_a_trace_names_the_trigger_and_not_an_intent() -> None:
    event = {"type": "Triggered", "kind": "STOP", "basis": "LAST_TRADE", "market_px": 10_120, "venue_id": "XGAM"}
    assert headline([event]) == "Triggered STOP"
    found = particulars([event])
    assert (found["oms.trigger.kind"], found["oms.trigger.basis"], found["oms.trigger.price"]) == (
        "STOP",
        "LAST_TRADE",
        10_120,
    )
    assert "oms.intent" not in found
