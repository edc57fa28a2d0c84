"""Wall time, injected so that a simulation can own it. The tape's time is a function of it and of an anchor in `oms.control`."""

import time
from typing import Protocol


class Clock(Protocol):
    def now_ns(self) -> int:
        """Nanoseconds UTC."""
        ...


class SystemClock:
    def now_ns(self) -> int:
        return time.time_ns()
