"""Scenarios a trader can read: what happened (lines with `>`), and all that the router did about it (the lines below).

    > quote A 99.98 x 500 / 100.00 x 300     venue A shows bid and ask
    > buy a1 500 at 100.05 DAY               best price; also IOC, FOK, GTC; `at market within 100.20`; `DIRECT A`;
                                             `TWAP 0s to 60s in 6`
    > buy a1 500 stop 101.00 within 102.00  a stop; also `stop 101.00 at 101.20` (stop-limit), `trail 0.50 within …`
    > buy a1 500 at 100.00 shows 100       an iceberg
    > trade A 101.20 x 50                  a print
    > fill a1.1 300 at 100.00                `again E1`: the venue's first fill once more; also canceled, rejected, expired, replaced, `refused cancel`, `unsent REASON`
    > cancel a1        > replace a1 as a2 300 at 100.00        > halt        > resume        > time 12s

Prices have two decimals; times count from the start of the tape. Run with OMS_GOLDEN_UPDATE=1 to write what the router does now; read
the difference before it is committed.
"""

import os
import re
from dataclasses import asdict
from enum import IntEnum
from pathlib import Path

import pytest

from oms.cli.trigger_words import trigger_words
from oms.cli.units import Scales
from oms.core.commands import TwapParameters
from oms.core.enums import Algorithm, IntentKind, OrdStatus, OrdType, PegPriceType, Side, TimeInForce
from oms.core.instructions import Instructions, Peg
from oms.core.reasons import Reason
from oms.core.risk_events import ControlApplied
from oms.core.routing_events import (
    ChildCancel,
    ChildClosed,
    ChildNew,
    ChildReplace,
    ChildRequestRefused,
    ParentCancelRefused,
    ParentCancelStarted,
    ParentChanged,
    ParentOpened,
    ParentReplaceStarted,
    ParentTraded,
    ReplaceApplied,
    RoutingDecision,
    RoutingEvent,
    SliceDone,
    TimerDone,
    TimerSet,
)
from oms.core.trigger_events import ChildReplaced, Repegged, StopMoved, TriggerArmed, Triggered
from oms.testing.routing_world import SECOND_NS, RouterWorld

HERE = Path(__file__).parent
SCENARIOS = sorted(HERE.glob("router_*.txt"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda p: p.stem)
def test_scenario(path: Path) -> None:
    script = path.read_text(encoding="utf-8")
    played = play(script)
    if os.environ.get("OMS_GOLDEN_UPDATE"):
        path.write_text(played, encoding="utf-8")
    assert played == script


def play(script: str) -> str:
    """The script again, with the router's answers in the place of those that were there."""
    world, out = RouterWorld(), []
    world.now_ns = 0
    for line in script.splitlines():
        if line.startswith(">"):
            out.append(line)
            out += [f"    {said}" for event in act(world, line[1:].split()) if (said := say(event))]
        elif line.startswith("#") or not line:
            out.append(line)
    return "\n".join(out) + "\n"


def act(world: RouterWorld, words: list[str]) -> tuple[RoutingEvent, ...]:
    """One line of a script."""
    match words:
        case ["quote", venue, bid, "x", bid_qty, "/", ask, "x", ask_qty]:
            return world.quote(venue, price(bid), int(bid_qty), price(ask), int(ask_qty))
        case ["trade", venue, px, "x", qty]:
            return world.trade(venue, (price(px), int(qty)))
        case ["buy" | "sell", *_]:
            return order(world, words)
        case ["fill", child, qty, "at", px]:
            return world.fill(world.order_id(child), int(qty), price(px))
        case ["fill", child, qty, "at", px, "again", exec_id]:
            return world.fill(world.order_id(child), int(qty), price(px), exec_id)
        case ["canceled" | "rejected" | "expired" as how, child]:
            return world.end(world.order_id(child), OrdStatus[how.upper()])
        case ["replaced", child]:
            return world.acknowledge_replace(world.order_id(child))
        case ["refused", kind, child]:
            return world.refuse_request(world.order_id(child), IntentKind[kind.upper()])
        case ["unsent", reason, child]:
            return world.unsent(world.order_id(child), Reason[reason])
        case ["cancel", name]:
            return world.cancel(name)
        case ["replace", name, "as", new, qty, "at", px]:
            return world.replace(name, new, int(qty), price(px))
        case ["halt"]:
            return world.halt()
        case ["resume"]:
            return world.resume()
        case ["time", moment]:
            return world.run_until(seconds(moment))
    raise AssertionError(f"unknown line: {' '.join(words)}")


def order(world: RouterWorld, words: list[str]) -> tuple[RoutingEvent, ...]:
    side, tif = (
        Side[words[0].upper()],
        next((TimeInForce[w] for w in words if w in TimeInForce.__members__), TimeInForce.DAY),
    )
    if "stop" in words or "trail" in words or "shows" in words:
        return instructed(world, words, side, tif)
    at = words[words.index("at") + 1]
    px, worst = (None, price(words[words.index("within") + 1])) if at == "market" else (price(at), None)
    if "DIRECT" in words:
        venue = words[words.index("DIRECT") + 1]
        return world.order(words[1], side, int(words[2]), px, tif, Algorithm.DIRECT, worst=worst, venue=venue)
    if "TWAP" in words:
        i = words.index("TWAP")
        twap = TwapParameters(seconds(words[i + 1]), seconds(words[i + 3]), int(words[i + 5]))
        return world.order(words[1], side, int(words[2]), px, tif, Algorithm.TWAP, worst=worst, twap=twap)
    return world.order(words[1], side, int(words[2]), px, tif, worst=worst)


def instructed(world: RouterWorld, words: list[str], side: Side, tif: TimeInForce) -> tuple[RoutingEvent, ...]:
    """An order with a stop, a trailing stop or a display quantity."""

    def named(word: str) -> str:
        return words[words.index(word) + 1] if word in words else ""

    px = price(named("at")) if "at" in words else None
    peg = Peg(PegPriceType.TRAILING_STOP, price(named("trail"))) if "trail" in words else None
    i = Instructions(
        stop_px=price(named("stop")) if "stop" in words else None,
        display_qty=int(named("shows")) if "shows" in words else None,
        peg=peg,
    )
    stops = OrdType.STOP if px is None else OrdType.STOP_LIMIT
    kind = stops if i.stop_px is not None or peg else OrdType.LIMIT
    worst = price(named("within")) if "within" in words else px
    return world.order(words[1], side, int(words[2]), px, tif, worst=worst, kind=kind, instructions=i)


def say(event: RoutingEvent) -> str:
    """One event in a trader's words; empty for what a trader does not see."""
    match event:
        case ParentOpened():
            at = "market" if event.price is None else money(event.price)
            return f"{event.cl_ord_id} opened: {event.side.name} {event.order_qty} at {at} {event.time_in_force.name} {event.algorithm.name}"
        case RoutingDecision():
            venues = "; ".join(
                f"{c.venue_id} {c.displayed_qty} at {money(c.price)}"
                + (f" take {c.chosen_qty}" if c.chosen_qty else "")
                + (f" rest {c.rested_qty}" if c.rested_qty else "")
                + (f" - {c.why_not}" if c.why_not else "")
                for c in event.candidates
            )
            return f"decision {event.decision_no} to place {event.remaining_qty}: {venues}"
        case ChildNew():
            at = "market" if event.price is None else money(event.price)
            return f"child {short(event.child_id)}: {event.order_qty} at {at} {event.time_in_force.name} to {event.venue_id}"
        case ChildCancel():
            return f"cancel child {short(event.child_id)} (request {event.request})"
        case ChildReplace():
            return f"replace child {short(event.child_id)}: {event.order_qty} at {money(event.price or 0)} (request {event.request})"
        case ChildClosed():
            why = f" {event.reason.name}" if event.reason else ""
            return f"child {short(event.child_id)} ended: {event.ord_status.name}, {event.cum_qty} done{why}"
        case ParentTraded():
            return f"{event.cl_ord_id} traded {event.last_qty} at {money(event.last_px)} on {event.venue_id}: {event.ord_status.name}, {event.cum_qty} done, {event.leaves_qty} open"
        case ParentChanged():
            why = f" {event.reason.name}" if event.reason else ""
            refused = " request refused:" if event.cancel_rejected else f" {event.exec_type.name}:"
            return f"{event.cl_ord_id}{refused} {event.ord_status.name}, {event.cum_qty} done, {event.leaves_qty} open{why}"
        case SliceDone():
            why = f" {event.reason.name}" if event.reason else ""
            return f"slice {event.number}: planned {event.planned_qty}, sent {event.sent_qty}{why}"
        case TimerSet():
            return f"timer {event.kind.name} {event.number} at {event.due_ns / SECOND_NS:g}s"
        case TriggerArmed() | Triggered() | StopMoved() | Repegged() | ChildReplaced():
            row = {name: value.name if isinstance(value, IntEnum) else value for name, value in asdict(event).items()}
            return trigger_words(type(event).__name__, row, Scales(price=2))
        case ReplaceApplied():
            return f"{event.cl_ord_id} {'applied' if event.applied else 'not applied'}: total {event.order_qty}"
        case ChildRequestRefused():
            return f"{event.kind.name} of child {short(event.child_id)} refused for good: {event.reason.name}"
        case ParentCancelRefused():
            return f"cancel {event.cl_ord_id} refused: {event.reason.name}"
        case ControlApplied() | TimerDone() | ParentCancelStarted() | ParentReplaceStarted():
            return ""


def price(text: str) -> int:
    assert re.fullmatch(r"\d+\.\d\d", text), f"two decimals: {text}"
    return int(text.replace(".", ""))


def money(value: int) -> str:
    return f"{value // 100}.{value % 100:02}"


def seconds(text: str) -> int:
    return round(float(text.removesuffix("s")) * 1000) * SECOND_NS // 1000


def short(child_id: str) -> str:
    return child_id.rsplit("/", 1)[1]
