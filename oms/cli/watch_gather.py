"""Where the facts of the live view come from: the gateway, the services' own pages, the view per desk and minute, the disk.

Everything is asked at once and with a deadline, so that one part that hangs delays a frame by that and no more. Fills are those of the
newest and of the open orders, the latest first: an order of the past that is filled late is in them as long as it is open.
"""

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from oms.cli.alerts import is_overdue
from oms.cli.client import GatewayClient, gateway_messages
from oms.cli.control import halt_text
from oms.cli.decimals import to_text
from oms.cli.instance import CliError, Instance
from oms.cli.liquidate import liquidation_text
from oms.cli.output import int128
from oms.cli.run_disk import used_bytes
from oms.cli.status import read_health
from oms.cli.units import Scales
from oms.cli.watch_facts import (
    Clocks,
    DeskLine,
    Disk,
    Facts,
    FillLine,
    Filters,
    MinuteLine,
    PositionLine,
    Quoted,
    ServiceLine,
)
from oms.core.enums import LimitKind, LimitScope, OrdStatus, Side
from oms.core.money import notional

ASK_TIMEOUT_S = 2.0
ORDERS_ASKED = 100
FILLS_KEPT = 50
REFERENCE_EVERY_S = 30.0
DISK_EVERY_S = 10.0
"""Looking at every file of the data directory is work."""

ASKED_AT_ONCE = 12
PIPELINE = ("order-gateway", "risk", "router", "execution", "audit")
"""The way of an order, and of the eye."""

_GATEWAY_CALLS = ("status", "newest", "open", "positions", "quotes", "reference", "alerts")


class Watcher:
    """`find` gives the running system, each time anew: it may have been started again on other ports."""

    def __init__(self, find: Callable[[], Instance], filters: Filters) -> None:
        self._find, self._filters = find, filters
        self._pool = ThreadPoolExecutor(ASKED_AT_ONCE, "watch")
        self._client: GatewayClient | None = None
        self._reference: tuple[float, dict[str, Scales], int | None] = (0.0, {}, None)
        self._disk: tuple[float, Disk | None] = (0.0, None)
        self._scales: Mapping[str, Scales] = {}

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            self._client.close()

    def look(self, messages: Sequence[str] = ()) -> Facts:
        """The facts of this moment. `messages`: the run's own last lines, where a run shows them."""
        try:
            instance = self._find()
        except CliError as error:
            return Facts(Clocks(time.time_ns()), self._filters, gateway_problem=str(error), messages=tuple(messages))
        client = self._client_of(instance)
        asked = self._ask(instance, client)
        facts = self._of_gateway(asked)
        facts |= self._of_view(asked["view"])  # whose notional needs the scales that the gateway told
        names = sorted((n for n, _ in instance.health if self._filters.service in ("", n)), key=_place)
        services = tuple(service_line(name, asked[f"health {name}"]) for name in names)
        return Facts(
            filters=self._filters, services=services, disk=asked["disk"].result(), messages=tuple(messages), **facts
        )

    def _client_of(self, instance: Instance) -> GatewayClient:
        if self._client is None or str(self._client.address) != str(instance.gateway):
            if self._client is not None:
                self._client.close()
            self._client = GatewayClient(instance.gateway)
        return self._client

    def _ask(self, instance: Instance, client: GatewayClient) -> dict[str, Future[Any]]:
        chosen, api = self._filters, gateway_messages
        newest = api.ListOrdersRequest(
            desk_id=chosen.desk, account_id=chosen.account, instrument_id=chosen.instrument, page_size=ORDERS_ASKED
        )
        opened = api.ListOrdersRequest()
        opened.CopyFrom(newest)
        opened.open_only = True
        calls: dict[str, Callable[[], Any]] = {
            "status": lambda: client.control_status(timeout_s=ASK_TIMEOUT_S),
            "newest": lambda: client.list_orders(newest, ASK_TIMEOUT_S),
            "open": lambda: client.list_orders(opened, ASK_TIMEOUT_S),
            "positions": lambda: client.position_report(
                chosen.desk, chosen.account, chosen.instrument, timeout_s=ASK_TIMEOUT_S
            ),
            "alerts": lambda: client.open_alerts(chosen.desk, ASK_TIMEOUT_S),
            "quotes": lambda: client.quotes(chosen.instrument, ASK_TIMEOUT_S),
            "reference": lambda: self._known(client),
            "view": lambda: read_page(instance.view, "/view"),
            "disk": lambda: self._disk_of(instance),
        }
        for name, address in instance.health:
            if chosen.service in ("", name):
                calls[f"health {name}"] = lambda address=address: read_page(address, "/readyz")  # type: ignore[misc]
        return {name: self._pool.submit(call) for name, call in calls.items()}

    def _known(self, client: GatewayClient) -> tuple[float, dict[str, Scales], int | None]:
        """Scales by instrument, and the firm's bound on the age of market data; asked for now and then."""
        if time.monotonic() - self._reference[0] > REFERENCE_EVERY_S or not self._reference[1]:
            instruments = [item.entity.instrument for item in client.reference("instrument", timeout_s=ASK_TIMEOUT_S)]
            limits = [item.entity.limit for item in client.reference("limit", timeout_s=ASK_TIMEOUT_S)]
            scales = {i.instrument_id: Scales(i.price_scale, i.qty_scale, i.currency) for i in instruments}
            ages = [
                int128(limit.value)
                for limit in limits
                if limit.kind == LimitKind.MARKET_DATA_AGE_NS
                and limit.scope == LimitScope.FIRM
                and not limit.instrument_id
            ]
            self._reference = (time.monotonic(), scales, min(ages, default=None))
        return self._reference

    def _disk_of(self, instance: Instance) -> Disk | None:
        if time.monotonic() - self._disk[0] > DISK_EVERY_S:
            try:
                disk = Disk(used_bytes(instance.data), instance.disk_bytes_max, shutil.disk_usage(instance.data).free)
                self._disk = (time.monotonic(), disk)
            except OSError:  # the directory is gone, or not ours to read: then nothing is known of it
                self._disk = (time.monotonic(), None)
        return self._disk[1]

    def _of_gateway(self, asked: Mapping[str, Future[Any]]) -> dict[str, Any]:
        answers, problem = {}, ""
        for name in _GATEWAY_CALLS:
            try:
                answers[name] = asked[name].result()
            except CliError as error:
                problem = problem or str(error)
        found: dict[str, Any] = {"clocks": Clocks(time.time_ns()), "gateway_problem": problem}
        if "status" in answers:
            found |= control_facts(answers["status"])
        if "reference" in answers:
            _, self._scales, limit_ns = answers["reference"]
            if "quotes" in answers and found["clocks"].tape_ns:
                found["quoted"] = tuple(quoted(answers["quotes"], found["clocks"].tape_ns, limit_ns))
        if "alerts" in answers:
            newest = sorted(answers["alerts"], key=lambda a: (bool(a.acknowledged_by), -a.raised_ns, a.alert_id))
            now_ns = time.time_ns()
            found["found"] = tuple(alert_words(a, now_ns) for a in newest if _is_of(a, self._filters))
        if "newest" in answers:
            counts = {
                OrdStatus(c.ord_status).name: c.count for c in answers["newest"].counts if c.ord_status and c.count
            }
            found["orders"] = tuple(counts.items())
        if "newest" in answers and "open" in answers:
            found["fills"] = tuple(fill_lines([*answers["newest"].orders, *answers["open"].orders]))
        if "positions" in answers:
            found["desks"] = tuple(desk_lines(answers["positions"].totals, self._filters))
            found["positions"] = tuple(position_lines(answers["positions"].positions))
        return found

    def _of_view(self, asked: Future[Any]) -> dict[str, Any]:
        try:
            rows = asked.result()["minutes"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            return {"view_problem": str(error) or type(error).__name__}
        desk = self._filters.desk
        return {"minutes": tuple(minute_line(row, self._scales) for row in rows if desk in ("", row["desk_id"]))}


def alert_words(alert: Any, now_ns: int) -> str:
    """What it says, and whether somebody has seen it; those that nobody has come first."""
    if alert.acknowledged_by:
        return f"{alert.text} [acknowledged by {alert.acknowledged_by}]"
    return f"{alert.text} [overdue]" if is_overdue(alert, now_ns) else str(alert.text)


def _is_of(alert: Any, filters: Filters) -> bool:
    """Whether an alert is of what is asked for; the gateway knows desks only."""
    named = filters.account in ("", alert.scope_id if alert.scope == LimitScope.ACCOUNT else "")
    return named and filters.instrument in ("", alert.subject)


def _place(service: str) -> tuple[int, str]:
    return (PIPELINE.index(service) if service in PIPELINE else len(PIPELINE), service)


def read_page(address: str, path: str) -> dict[str, Any]:
    """Raises OSError or ValueError, the text says why."""
    if not address:
        raise ValueError("it is not running")
    return read_health(f"http://{address}{path}")


def service_line(name: str, asked: Future[dict[str, Any]]) -> ServiceLine:
    try:
        said = asked.result()
    except (OSError, ValueError) as error:
        return ServiceLine(name, False, False, problem=str(getattr(error, "reason", error)) or type(error).__name__)
    partitions = [p for p in said.get("partitions") or () if isinstance(p, dict)]
    phases = sorted({str(p["phase"]) for p in partitions if "phase" in p})
    latency = said.get("latency_ms") or {}
    return ServiceLine(
        name,
        True,
        said.get("ready") is True,
        ", ".join(phases),
        tuple(int(p["epoch"]) for p in partitions if p.get("epoch") is not None),
        said.get("lag_records"),
        said.get("lag_seconds"),
        latency.get("p50"),
        latency.get("p99"),
        "" if said.get("healthy") is True else "not healthy: oms logs " + name,
    )


def control_facts(said: Any) -> dict[str, Any]:
    """Of a `GetControlStatusResponse`."""
    anchored = said.HasField("anchor")
    speed, label = (said.anchor.speed_milli, said.anchor.label) if anchored else (0, "")
    return {
        "clocks": Clocks(said.wall_ns, said.tape_ns if anchored else 0, speed, label),
        "halts": tuple(halt_text(h) for h in said.halts),
        "liquidations": tuple(liquidation_text(one) for one in said.liquidations),
        "control_age_ns": None if said.control_age_ns < 0 else said.control_age_ns,
        "audit_age_ns": None if said.audit_age_ns < 0 else said.audit_age_ns,
    }


def quoted(instruments: Sequence[Any], tape_ns: int, limit_ns: int | None) -> list[Quoted]:
    """The newest word about each instrument. One without any quote says nothing: it may not be traded on this tape."""
    found = []
    for view in instruments:
        newest = max((v.quote.time_ns for v in view.quotes), default=0)
        if newest:
            found.append(Quoted(view.instrument_id, max(0, tape_ns - newest), limit_ns))
    return found


def fill_lines(orders: Sequence[Any]) -> list[FillLine]:
    """The latest first; an order that is there twice counts once."""
    found: dict[tuple[str, str, str], FillLine] = {}
    for order in orders:
        side = Side(order.side).name.partition("_")[0].lower()
        for fill in order.fills:
            found[(order.order_id, fill.venue_id, fill.exec_id)] = FillLine(
                fill.transact_ns,
                order.desk_id,
                order.instrument_id,
                side,
                to_text(fill.qty, order.qty_scale),
                to_text(fill.price, order.price_scale),
                fill.venue_id,
                order.order_id,
            )
    return sorted(found.values(), key=lambda fill: (fill.time_ns, fill.order_id), reverse=True)[:FILLS_KEPT]


def desk_lines(totals: Sequence[Any], filters: Filters) -> list[DeskLine]:
    """Sums of desks; of the account, where only one is asked for."""
    return [
        DeskLine(
            filters.account or total.desk_id,
            total.currency,
            total.position_count,
            int128(total.realised_pnl),
            total.realised_unknown,
            int128(total.unrealised_pnl),
            total.unrealised_unknown,
            total.mark_age_ns if total.HasField("mark_age_ns") else None,
            total.stale_marks,
            total.open_order_count,
            int128(total.open_buy_notional),
            int128(total.open_sell_notional),
        )
        for total in totals
        if total.account_id == filters.account
    ]


def position_lines(positions: Sequence[Any]) -> list[PositionLine]:
    """The largest gains and losses first; what is not known before them."""
    found = []
    for view in positions:
        if not view.qty and not view.fill_count:
            continue
        marked = view.HasField("mark")
        found.append(
            PositionLine(
                view.desk_id,
                view.account_id,
                view.instrument_id,
                to_text(view.qty, view.qty_scale),
                view.currency,
                int128(view.unrealised_pnl) if view.HasField("unrealised_pnl") else None,
                to_text(view.mark.price, view.price_scale) if marked else "",
                view.mark.age_ns if marked and view.mark.HasField("age_ns") else None,
                marked and view.mark.stale,
            )
        )
    return sorted(found, key=lambda p: (p.unrealised is not None, -abs(p.unrealised or 0), p.account_id))


def minute_line(row: Mapping[str, Any], scales: Mapping[str, Scales]) -> MinuteLine:
    """Of a row of `/view`. Instruments whose scales are not known (yet) are left out of the sums."""
    sums: dict[str, int] = {}
    for instrument_id, counted in row["notional"].items():
        known = scales.get(instrument_id)
        if known is not None:
            amount = notional(int(counted), 1, known.price, known.qty)
            sums[known.currency] = sums.get(known.currency, 0) + amount
    return MinuteLine(
        row["desk_id"], row["minute_ns"], row["orders"], row["rejects"], row["fills"], tuple(sorted(sums.items()))
    )
