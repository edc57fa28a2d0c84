"""Where the tape should be: one scaled clock whose anchors come from outside.

An anchor says: at wall time `wall_ns` the tape is at `tape_ns` and runs at `speed_milli` / 1000 of wall time (0 = paused). The anchor
with the highest number counts; lower ones are late copies. Without any anchor the tape stands. The tape never goes back: an anchor
that wants it earlier makes it wait.
"""

from oms.venues.messages import Clock


class TapeClock:
    def __init__(self) -> None:
        self.anchor: Clock | None = None

    def accept(self, anchor: Clock) -> bool:
        """True if it counts from now on."""
        if self.anchor is not None and anchor.anchor <= self.anchor.anchor:
            return False
        self.anchor = anchor
        return True

    def wanted_ns(self, wall_ns: int) -> int | None:
        """Tape time at this wall time; None = the tape stands where it is."""
        if self.anchor is None:
            return None
        elapsed_ns = max(0, wall_ns - self.anchor.wall_ns)
        return self.anchor.tape_ns + elapsed_ns * self.anchor.speed_milli // 1000
