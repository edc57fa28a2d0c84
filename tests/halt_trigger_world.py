"""Triggers of automatic halts in risk's small world: how each kind comes to a figure, and a look at them as the loop takes it."""

from dataclasses import replace

from oms.core.enums import HaltAction, HaltScope, Side
from oms.core.halt_trigger_words import VenueSessionChanged
from oms.core.halt_triggers import HaltTrigger, HaltTriggerKind
from oms.core.money import Amount
from oms.core.reference import VenueSession
from oms.core.risk_events import HaltTriggerRearmed, HaltTriggerTripped, RiskEvent
from tests.risk_catalogue_world import held_at_a_loss
from tests.risk_world import DOLLAR, NOW, XV, World
from tests.risk_world import NEW as SHORT

NEW = replace(SHORT, good_until_ns=2**60)
SECOND = 1_000_000_000
GRACE = 60 * SECOND

SCOPE_IDS = {
    HaltScope.FIRM: "",
    HaltScope.DESK: "alpha",
    HaltScope.ACCOUNT: "A1",
    HaltScope.CLIENT: "client",
    HaltScope.TRADER: "eve",
    HaltScope.STRATEGY: "s1",
    HaltScope.INSTRUMENT: "IBM",
    HaltScope.VENUE: "XV",
}
"""Whom `NEW` belongs to."""

WITH_SESSION = replace(XV, sessions=(VenueSession(1, "XV-1"),))


def trigger(kind: HaltTriggerKind, threshold: int, scope: HaltScope | None = None, **changes: object) -> HaltTrigger:
    """One that can be evaluated, of the scope that the kind is about."""
    usual = {
        HaltTriggerKind.STALE_MARKET: HaltScope.INSTRUMENT,
        HaltTriggerKind.VENUE_LOST: HaltScope.VENUE,
        HaltTriggerKind.AUDIT_LAG: HaltScope.FIRM,
    }.get(kind, HaltScope.DESK)
    scope = scope or usual
    windowed = kind in (HaltTriggerKind.MESSAGE_RATE, HaltTriggerKind.REJECT_RATIO)
    made = HaltTrigger(
        "tried",
        kind,
        scope,
        SCOPE_IDS[scope],
        "USD" if kind is HaltTriggerKind.DAY_LOSS else "",
        Amount(threshold),
        SECOND if windowed else 0,
        0,
        HaltAction.BLOCK_NEW,
        False,
        GRACE,
        True,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def wait(w: World, ns: int) -> None:
    """Time passes, on the tape as on the wall; control and audit are heard of all the while."""
    now = w.conditions
    w.conditions = replace(now, wall_ns=now.wall_ns + ns, tape_ns=now.tape_ns + ns)


def look(w: World) -> tuple[RiskEvent, ...]:
    """What comes of it when the loop asks for what is due, until it is no trigger's."""
    found: list[RiskEvent] = []
    while True:
        due = w.rules.due(w.state, w.conditions.tape_ns, w.conditions.wall_ns, w.market)
        if due is None or getattr(due, "owner", "") != "halt_triggers":
            return tuple(found)
        found += w.feed(due)


def trips_of(events: tuple[RiskEvent, ...]) -> list[HaltTriggerTripped]:
    return [event for event in events if isinstance(event, HaltTriggerTripped)]


def rearmed_of(events: tuple[RiskEvent, ...]) -> list[HaltTriggerRearmed]:
    return [event for event in events if isinstance(event, HaltTriggerRearmed)]


# -- how a world comes to a figure ---------------------------------------------------------------------------------------------


def lose_a_hundred(w: World) -> int:
    """A hundred dollars of a holding, marked at the market."""
    held_at_a_loss(w)
    return 100 * DOLLAR


def send_three(w: World) -> int:
    for name in ("m1", "m2", "m3"):
        w.ask(replace(NEW, cl_ord_id=name))
    return 3


def refuse_one_of_four(w: World) -> int:
    """The last is off the lot; a quarter, in millionths."""
    for name, qty in (("m1", 100), ("m2", 100), ("m3", 100), ("m4", 7)):
        w.ask(replace(NEW, cl_ord_id=name, order_qty=qty))
    return 250_000


def age_the_quote(w: World) -> int:
    """Something is open, and the market has shown nothing for two seconds since."""
    w.ask(replace(NEW, side=Side.BUY, cl_ord_id="open"))
    w.quote(10_000, 10_010, NOW)
    wait(w, 2 * SECOND)
    return 2 * SECOND


def lose_the_venue(w: World) -> int:
    """Its session went down two seconds ago, three seconds after the open."""
    w.load(WITH_SESSION)
    wait(w, 3 * SECOND)
    w.route(VenueSessionChanged("XV-1", "XV", False, w.conditions.wall_ns))
    wait(w, 2 * SECOND)
    return 2 * SECOND


def lose_the_audit(w: World) -> int:
    look(w)
    wait(w, 5 * SECOND)
    w.conditions = replace(w.conditions, audit_age_ns=5 * SECOND, audit_limit_ns=10 * SECOND)
    return 5 * SECOND


MADE = {
    HaltTriggerKind.DAY_LOSS: lose_a_hundred,
    HaltTriggerKind.MESSAGE_RATE: send_three,
    HaltTriggerKind.REJECT_RATIO: refuse_one_of_four,
    HaltTriggerKind.STALE_MARKET: age_the_quote,
    HaltTriggerKind.VENUE_LOST: lose_the_venue,
    HaltTriggerKind.AUDIT_LAG: lose_the_audit,
}
"""Kind → what brings the world to the figure that it returns."""
