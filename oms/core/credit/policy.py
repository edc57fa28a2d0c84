"""How much credit a holder asks for, and when: so that a desk that trades as usual is not refused while others leave plenty unused.

    at the start     its share: the limit over the partitions that it spans, and what it uses already. All of the limit is out then; who
                     does not use its share gives it up when another asks
    ahead            after an order that leaves less than LOW free: as much as makes AIM free
    refused          as much as the order lacks, and AIM beyond it
    moved            what is used has changed without an order (a loss, value at risk) by STEP_PPM of the limit since it was told last: it is
                     told; where it leaves less than LOW free, as much is asked for as makes AIM free, and all that is used beyond what is
                     held

LOW and AIM are the larger of so many orders like the one at hand and of so many millionths of the limit: a grant takes some milliseconds, in which
a desk sends a few orders more. Of messages a second they are smaller: two hundredths of the limit are twenty milliseconds of all that may be sent, and what
each of several that are busy has ahead must not be more than is left of a limit of which nine tenths are in use, or they take it from each other all day. A holder asks ahead only when an order of its own has taken credit, else two that are idle at the end of a
limit would take it from each other for ever; and once at a time, but where that is not enough any more: a rest that nobody had to give may
be given long ago to others, who have stopped using it since.

All amounts are integers in the unit of the limit and not negative; what is asked for is over what is held, and never makes that more than
the limit. Pure functions of figures; they know neither orders nor grants.
"""

from dataclasses import dataclass

PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Reserve:
    """So many orders, or so many millionths of the limit, whichever is more: what is little, and what is enough."""

    low_orders: int
    low_ppm: int
    aim_orders: int
    aim_ppm: int

    def low(self, value: int, order: int) -> int:
        return max(self.low_orders * order, value * self.low_ppm // PPM)

    def aim(self, value: int, order: int) -> int:
        return max(self.aim_orders * order, value * self.aim_ppm // PPM)


LASTING = Reserve(8, 50_000, 32, 150_000)
"""Of what stays in use until something ends it."""

PASSING = Reserve(4, 20_000, 8, 40_000)
"""Of messages a second, of which time takes everything out again."""

AGAIN_ORDERS = 2
STEP_PPM = 10_000


def at_start(value: int, members: int, in_use: int, held: int) -> int:
    """What to ask for when the limit is new, or has changed, to a holder. 0 where its share is held; what is used is asked for beyond the limit too.

    >>> at_start(1_000, 4, 0, 0), at_start(1_000, 4, 400, 250), at_start(1_000, 4, 0, 300)
    (250, 150, 0)
    """
    return max(0, max(value // members, in_use) - held)


def ahead(value: int, in_use: int, held: int, order: int, reserve: Reserve = LASTING) -> int:
    """What to ask for after an order of such a size was admitted, `in_use` with it. 0 where enough is left.

    >>> ahead(1_000, 100, 250, 10), ahead(1_000, 230, 250, 10), ahead(1_000, 990, 1_000, 10), ahead(1_000, 240, 250, 1, PASSING)
    (0, 300, 0, 30)
    """
    if held - in_use >= reserve.low(value, order):
        return 0
    return max(0, min(in_use + reserve.aim(value, order), value) - held)


def again(amount: int, wanted: int, in_use: int, held: int, order: int) -> bool:
    """Whether to ask ahead for an amount while `wanted` is asked for and not granted yet: it is twice as much, or what is left is about to go.

    >>> again(30, 0, 230, 250, 10), again(40, 30, 200, 250, 10), again(60, 30, 200, 250, 10), again(40, 30, 231, 250, 10)
    (True, False, True, True)
    """
    return amount >= 2 * wanted or held - in_use < AGAIN_ORDERS * order


def for_refused(value: int, needed: int, held: int, order: int, reserve: Reserve = LASTING) -> int:
    """What to ask for when an order of such a size was refused because `needed` is more than what is held.

    >>> for_refused(1_000, 300, 250, 50), for_refused(1_000, 990, 250, 50)
    (750, 750)
    """
    return max(0, min(needed + reserve.aim(value, order), value) - held)


def is_news(value: int, in_use: int, told: int) -> bool:
    """Whether use has moved so far from what was told that it is told again: two that have nothing left do not ask each other for ever.

    >>> is_news(1_000, 30, 20), is_news(1_000, 20, 30), is_news(1_000, 29, 20), is_news(0, 0, 0)
    (True, True, False, False)
    """
    return abs(in_use - told) >= max(1, value * STEP_PPM // PPM)


def grown(value: int, in_use: int, held: int) -> int:
    """What to ask for when use became `in_use` without an order. 0 where enough is left.

    >>> grown(1_000, 100, 250), grown(1_000, 210, 250), grown(1_000, 1_100, 1_000)
    (0, 110, 100)
    """
    if held - in_use >= LASTING.low(value, 0):
        return 0
    return max(0, max(min(in_use + LASTING.aim(value, 0), value), in_use) - held)
