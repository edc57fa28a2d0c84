"""Orders over the whole path in memory, at venues that fill, keep reports back, bust and correct, by a schedule that can be repeated."""

from trace_world import DATE, WHO, cancel, order, order_path

from oms.core.commands import ReplaceOrder
from oms.core.enums import OrdStatus
from oms.testing.pipeline import Pipeline
from oms.testing.sim_venue import Script, SimOrder, SimVenue

SECOND_NS = 1_000_000_000
Chosen = tuple[int, int]
"""Which of what there is, and how much."""

ACTIONS = ("fill", "fill", "fill", "hold", "tell", "bust", "correct", "replace", "cancel", "lose", "end", "run", "wait")

Schedule = list[tuple[str, Chosen]]


class World:
    """`open`: ClOrdIDs of the orders entered. `act` does one thing, if there is what to do it to; `finish` tells and ends everything."""

    def __init__(self) -> None:
        self.p: Pipeline = order_path(Script(), Script())
        self.venue: SimVenue = self.p.venues["XALP-P0"]
        self.names = 0
        self.open: list[str] = []

    def enter(self) -> None:
        self.names += 1
        name = f"o{self.names}"
        self.p.command(order(self.p, name, 100, self.price_of(name)))
        self.open.append(name)
        self.p.run(30)

    @staticmethod
    def price_of(name: str) -> int:
        """Every second order rests at its venue: those are replaced there, the others by cancel and new."""
        return 100_000 if int(name[1:]) % 2 else 99_900

    def orders(self) -> list[SimOrder]:
        return [o for venue in self.p.venues.values() for o in venue.distinct_orders()]

    def venue_of(self, made: SimOrder) -> SimVenue:
        return next(v for v in self.p.venues.values() if made.cl_ord_ids[-1] in v.orders)

    def act(self, what: str, which: int, much: int) -> None:
        for venue in self.p.venues.values():
            venue.clock_ns += 1
        live = [o for o in self.orders() if o.leaves]
        standing = [(o, name) for o in self.orders() for name in o.standing]
        match what:
            case "fill" | "hold" if live:
                made = live[which % len(live)]
                venue = self.venue_of(made)
                venue.withhold = what == "hold"
                venue.fill(made.cl_ord_ids[-1], much)
                venue.withhold = False
            case "tell":
                for venue in self.p.venues.values():
                    if venue.withheld:
                        venue.tell(venue.withheld.pop(which % len(venue.withheld)))
                    if venue.refusals and much % 2:
                        venue.tell(venue.refusals.pop(which % len(venue.refusals)))
            case "bust" | "correct" if standing:
                made, name = standing[which % len(standing)]
                venue, qty = self.venue_of(made), made.standing[name][0]
                if what == "bust":
                    venue.bust(made.cl_ord_ids[-1], name)
                else:
                    venue.correct(made.cl_ord_ids[-1], name, 1 + much % qty, 99_000 + 37 * much)
            case "replace" if self.open:
                for venue in self.p.venues.values():
                    venue.withhold_refusals = much % 3 == 0
                self.replace(self.open[which % len(self.open)], 60 + much)
            case "cancel" if self.open:
                self.names += 1
                self.p.command(cancel(self.p, f"c{self.names}", self.open[which % len(self.open)]))
            case "lose":
                self.venue.lose()
            case "end" if live:
                made = live[which % len(live)]
                self.venue_of(made).end(made.cl_ord_ids[-1], OrdStatus.CANCELED)
            case "wait":
                self.p.run(40, SECOND_NS)
            case _:
                self.p.run(5)

    def replace(self, name: str, qty: int) -> None:
        self.names += 1
        now = self.p.clock.wall_ns
        asked = ReplaceOrder(
            "alpha", DATE, f"r{self.names}", DATE, name, qty, self.price_of(name), None, now + 10**15, now, "", WHO
        )
        self.p.command(asked)

    def finish(self) -> None:
        for venue in self.p.venues.values():
            venue.clock_ns += 1
            venue.withhold_refusals = False
            while venue.withheld:
                venue.tell(venue.withheld.pop())
            while venue.refusals:
                venue.tell(venue.refusals.pop())
        self.p.run(60)
        for made in self.orders():
            if made.leaves:
                self.venue_of(made).end(made.cl_ord_ids[-1], OrdStatus.CANCELED)
        self.p.run(150, SECOND_NS)
