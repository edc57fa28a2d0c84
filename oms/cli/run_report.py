"""What a running `oms run` shows: lines as things happen, and how orders, lags and clocks stand; on a terminal the live view."""

import sys
import time
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

from oms.cli.client import GatewayClient, gateway_messages
from oms.cli.instance import CliError
from oms.cli.output import time_text
from oms.cli.run_market import TapeDrive
from oms.cli.watch_run import RunScreen
from oms.core.enums import OrdStatus
from oms.local.supervisor import Supervisor
from oms.runtime.clickhouse import ClickHouse, ClickHouseError, ClickHouseSettings

LINE_EVERY_S = 5.0
READY_TIMEOUT_S = 1.0


class Progress:
    """Prints to standard output. A terminal gets the live view from `open_screen` on (with `plain`: a line in place); anything else a
    plain line every five seconds."""

    def __init__(self, plain: bool = False) -> None:
        self._shown_s = 0.0
        self._terminal = sys.stdout.isatty()
        self._plain = plain or not self._terminal
        self._in_place = False
        self._store: ClickHouse | None = None
        self._screen: RunScreen | None = None

    def say(self, text: str) -> None:
        line = f"{datetime.now():%H:%M:%S} {text}"
        if self._screen is not None:
            self._screen.say(line)
            return
        if self._in_place:
            sys.stdout.write("\n")
            self._in_place = False
        print(line, flush=True)

    def open_screen(self, data: Path) -> None:
        """The live view of the system on `data`, where there is a terminal for it."""
        if not self._plain:
            self._screen = RunScreen(data)

    def close_screen(self) -> None:
        """Plain lines again; those that the screen took are printed."""
        if self._screen is None:
            return
        lines, self._screen = self._screen.close(), None
        for line in lines:
            print(line, flush=True)

    def say_how_to(self, system: Supervisor, instrument: str) -> None:
        """Addresses, and what to type in a second terminal."""
        data = f" --data {system.data}"
        known = system.identity is not None and system.identity.identified
        callers = "callers need a token" if known else "loopback only: there are no identities yet"
        self.say(f"gateway {system.gateway} (gRPC, {callers})")
        for name, port in system.fix_ports.items():
            self.say(f"{name} 127.0.0.1:{port} (FIX 4.2, 4.4, 5.0 SP2; `oms reference list fix_session`)")
        if system.engine is not None:
            self.say(
                f"ClickHouse 127.0.0.1:{system.engine.tcp_port} (native), http://127.0.0.1:{system.engine.http_port}"
            )
        if system.kafka is not None:
            self.say(f"Kafka {system.kafka.bootstrap_servers}")
        self.say(
            f"data {system.data} (bounded by --disk-gb, 5 GB unless told; at less than 1 GB of free disk nothing starts)"
        )
        self.say("in a second terminal:")
        self.say(f"  oms submit buy 100 {instrument} --desk alpha{data}")
        self.say(f"  oms orders{data}")
        self.say(f"  oms sql 'SELECT ord_status, count() FROM orders GROUP BY ord_status'{data}")

    def service_ready(self, port: int) -> bool:
        """Whether the service with this health port says it is ready."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=READY_TIMEOUT_S) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _fills(self, system: Supervisor) -> str:
        """How many fills the audit has written; "-" while it cannot be asked."""
        try:
            if self._store is None:
                self._store = ClickHouse(ClickHouseSettings(system.clickhouse_url))
            return str(self._store.query(FILLS_SQL)[0][0])
        except ClickHouseError:
            return "-"

    def close(self) -> None:
        self.close_screen()
        if self._store is not None:
            self._store.close()

    def show(self, client: GatewayClient, drive: TapeDrive, system: Supervisor) -> None:
        """The screen, or the line when it is due."""
        if self._screen is not None:
            self._screen.show()
            return
        if time.monotonic() - self._shown_s < (1.0 if self._terminal else LINE_EVERY_S):
            return
        self._shown_s = time.monotonic()
        try:
            line = progress_line(client, drive, system, self._fills(system))
        except CliError as error:
            line = f"the gateway is away: {error}"
        if self._terminal:
            sys.stdout.write(f"\r\x1b[K{datetime.now():%H:%M:%S} {line}")
            sys.stdout.flush()
            self._in_place = True
        else:
            self.say(line)


FILLS_SQL = (
    "SELECT sum(countEqual(event_types, 'ParentTraded')) FROM oms.records WHERE topic = 'oms.routing' AND accepted"
)


def progress_line(client: GatewayClient, drive: TapeDrive, system: Supervisor, fills: str) -> str:
    """One line: tape time and pace, orders by state, fills that the audit has, lags in records, the audit's age, restarts."""
    page: Any = client.list_orders(gateway_messages.ListOrdersRequest(page_size=1))
    counts = {OrdStatus(c.ord_status).name.lower(): c.count for c in page.counts if c.ord_status}
    orders = ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"
    lags = " ".join(f"{topic.removeprefix('oms.')} {lag}" for topic, lag in sorted(drive.lags().items())) or "-"
    audit = f"{drive.status.audit_age_ns / 1e9:.1f} s" if drive.status is not None else "-"
    restarts = sum(p.restarts for p in system.processes.values())
    return (
        f"tape {time_text(drive.now_ns())} x{drive.speed_milli / 1000:g} | orders {orders} | fills {fills} | lag {lags} audit {audit}"
        + (f" | restarts {restarts}" if restarts else "")
    )
