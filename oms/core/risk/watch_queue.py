"""Which figures are to be looked at next by the monitors: those that moved before the rest.

    fresh    figures that a fill, a correction or a mark moved, in the order in which they did
    rest     every figure that has a limit: once after a start and after a change of reference data or of the day, and each SWEEP_EVERY_NS
             where limits come and go by time, or no further alert has room

Never a part of the state: after a start everything is looked at, so that nothing is missed that was moved and not looked at yet.
It does not know what a figure is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain, islice

from oms.core.risk.book import Key
from oms.core.risk.reference_index import ReferenceIndex, VersionedLimit

EVERY = "*"
"""In the place of an instrument, of limits of ratios that name none (`oms.core.risk.ratio_watch`). No instrument's id has it."""

LOOK_EVERY_NS = 20_000_000
"""A fill is looked at this much later at most while the stage has nothing else to do."""

LOOK_FIGURES_MAX = 64
"""Figures in one look: half a millisecond of work. With a look each 20 ms 15,000 moved figures are done in 5 s."""

SWEEP_EVERY_NS = 1_000_000_000


@dataclass(slots=True)
class WatchQueue:
    """`limits`: those of each figure, made from `index`. `looked_ns`, `swept_ns`: wall times. `position`, `day`: at the last sweep.

    `full`: since the last sweep there was no room for another alert: what found none is looked at again. `leavers`: open alerts are to be held against the limits there are.
    """

    index: ReferenceIndex | None = None
    limits: dict[Key, tuple[VersionedLimit, ...]] = field(default_factory=dict)
    fresh: dict[Key, None] = field(default_factory=dict)
    rest: dict[Key, None] = field(default_factory=dict)
    leavers: bool = False
    full: bool = False
    looked_ns: int = 0
    swept_ns: int = 0
    position: int = 0
    day: int = 0

    def is_due(self, wall_ns: int) -> bool:
        """Whether it is time for a look; a clock that was set back makes it time."""
        return not 0 <= wall_ns - self.looked_ns < LOOK_EVERY_NS

    def touched(self, keys: dict[Key, None]) -> None:
        """Take what moved, as far as a limit asks for it; empties what it is given."""
        for key in keys:
            if key in self.limits or (key[0], key[1], EVERY) in self.limits:
                self.fresh[key] = None
        keys.clear()

    def sweep_is_due(self, position: int, day: int, timed: bool, wall_ns: int) -> bool:
        if self.rest or 0 <= wall_ns - self.swept_ns < SWEEP_EVERY_NS:
            return False
        return timed or self.full or (position, day) != (self.position, self.day)

    def sweep(self, position: int, day: int, wall_ns: int, ratios: Iterable[Key] = ()) -> None:
        """Everything is to be looked at, and these ratios."""
        self.rest = dict.fromkeys(chain((key for key in self.limits if key[2] != EVERY), ratios))
        self.position, self.day, self.swept_ns = position, day, wall_ns
        self.leavers, self.full = True, False

    def next(self) -> tuple[Key, ...]:
        """The figures of the next look, each once."""
        return tuple(dict.fromkeys(islice(chain(self.fresh, self.rest), LOOK_FIGURES_MAX)))

    def done(self, keys: tuple[Key, ...]) -> None:
        """There is nothing to be said of these figures."""
        self.leavers = False
        for key in keys:
            self.fresh.pop(key, None)
            self.rest.pop(key, None)
