"""The tape's clock of a run: set at the start, slowed where the pipeline cannot keep up, stopped at the end. Never back."""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from oms.cli.client import GatewayClient, retried
from oms.cli.instance import CliError
from oms.core.control import ClockAnchor, tape_now
from oms.venues import messages as m
from oms.venues.session_client import Disconnected, FeedClient

CHECK_S = 1.0
SLOW_AFTER_S = 2.0
"""Behind by more than this (wall time) the tape is slowed."""

RECORDS_BEHIND = 3_000
SLOWER_PERCENT, FASTER_PERCENT = 70, 150
AUDIT_BEHIND_S = 5.0
"""The audit's delay is mostly that of its inserts, whatever the pace; only well before orders are refused for it is the tape slowed."""

SLOWEST_PART = 10
"""The tape never runs slower than this part of the pace asked for: what remains is not the tape's doing."""

STEADY_S = 3.0
"""So long nothing may lag before the tape goes faster again."""

CLOCK_PATIENCE_S = 20.0
STOP_PATIENCE_S = 1.0


def remember_market(folder: Path, arguments: Sequence[str]) -> None:
    """A data directory belongs to one market: its venues' books, orders and prices are that market's."""
    path = folder / "market.json"
    if path.exists():
        try:
            before = json.loads(path.read_text())
        except ValueError:
            raise CliError(
                f"{path} is damaged: delete it and give the options of the first run, or `oms reset`"
            ) from None
        if before != list(arguments):
            raise CliError(
                f"{folder} belongs to another market ({' '.join(before)}): give the same options, another --data, or `oms reset`"
            )
        return
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(list(arguments)))


class TapeDrive:
    """Owns the clock's anchors of a run. Speeds in thousandths of the tape's own pace."""

    def __init__(
        self, client: GatewayClient, venue_address: str, speed_milli: int, label: str, say: Callable[[str], None]
    ) -> None:
        self._client, self._address, self._wanted, self._label, self._say = (
            client,
            venue_address,
            speed_milli,
            label,
            say,
        )
        self._anchor: ClockAnchor | None = None
        self._feed: FeedClient | None = None
        self._checked_s = self._lagged_s = time.monotonic()
        self.venue: m.ClockStatus | None = None
        self.status: Any = None
        self.speed_milli = speed_milli
        self._slowest = max(1, speed_milli // SLOWEST_PART)

    def start(self, start_ns: int) -> int:
        """Set the clock going: from the tape's start, or from where the last run stopped. Returns that tape time."""
        status = retried(self._client.control_status, CLOCK_PATIENCE_S)
        at_ns = max(start_ns, status.tape_ns) if status.HasField("anchor") else start_ns
        self._set(at_ns, self.speed_milli)
        return at_ns

    def now_ns(self) -> int:
        return tape_now(self._anchor, time.time_ns())

    def turn(self) -> int:
        """Listen to the venues, look at the lags now and then, change the pace where needed. Returns tape time."""
        self._listen()
        if time.monotonic() - self._checked_s >= CHECK_S:
            self._checked_s = time.monotonic()
            self._check()
        return self.now_ns()

    def pause(self) -> None:
        """Stop the tape where it is; a gateway that does not answer any more is left alone."""
        if self._anchor is None or self._anchor.speed_milli == 0:
            return
        try:
            self._set(self.now_ns(), 0, STOP_PATIENCE_S)
        except CliError as error:
            self._say(f"the tape's clock could not be stopped: {error}")

    def lags(self) -> dict[str, int]:
        """Records not read yet, by stage (the largest of its partitions)."""
        found: dict[str, int] = {}
        for beat in self.status.processes if self.status is not None else ():
            if time.time_ns() - beat.wall_ns < 5_000_000_000:
                found[beat.topic] = max(found.get(beat.topic, 0), beat.lag)
        return found

    def _check(self) -> None:
        try:
            self.status = self._client.control_status(timeout_s=2.0)
        except CliError:
            return
        behind = (
            max(self.lags().values(), default=0) > RECORDS_BEHIND or self.status.audit_age_ns > AUDIT_BEHIND_S * 1e9
        )
        tape_behind = self.venue is not None and self.venue.lag_ns > SLOW_AFTER_S * 1_000_000 * self.speed_milli
        if behind or tape_behind:
            self._lagged_s = time.monotonic()
            if self.speed_milli > self._slowest and time.monotonic() - self._changed_s > SLOW_AFTER_S:
                self._change(self.speed_milli * SLOWER_PERCENT // 100, "the pipeline cannot keep up: tape slowed to")
        elif self.speed_milli < self._wanted and time.monotonic() - self._lagged_s > STEADY_S:
            self._lagged_s = time.monotonic()
            self._change(min(self._wanted, self.speed_milli * FASTER_PERCENT // 100), "tape faster again:")

    def _change(self, speed_milli: int, why: str) -> None:
        self.speed_milli = max(self._slowest, speed_milli)
        try:
            self._set(self.now_ns(), self.speed_milli)
        except CliError:
            return
        self._say(f"{why} {self.speed_milli / 1000:g} times its own pace")

    def _set(self, tape_ns: int, speed_milli: int, patience_s: float = CLOCK_PATIENCE_S) -> None:
        anchor = retried(lambda: self._client.set_clock(tape_ns, speed_milli, self._label), patience_s)
        self._anchor = ClockAnchor(anchor.wall_ns, anchor.tape_ns, anchor.speed_milli, anchor.label)
        self._changed_s = time.monotonic()

    def _listen(self) -> None:
        if self._feed is None:
            host, _, port = self._address.rpartition(":")
            self._feed = FeedClient.connect(host, int(port), m.encode(m.FeedLogon(())))
        for line in self._feed.poll():
            if isinstance(line, Disconnected):
                self._feed = None
                return
            message = m.decode(line)
            if isinstance(message, m.ClockStatus):
                self.venue = message
