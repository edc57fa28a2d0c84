"""The whole system as its tests use it: real processes under a supervisor, a client, and the journals read by the run rule.

Every wait has a deadline and keeps the supervisor watching, so that a process that was killed comes back while a test waits.
"""

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import psutil

from oms.cli.client import GatewayClient, GatewayUnavailable, admin_messages
from oms.cli.reference_load import apply_reference
from oms.cli.status import read_health
from oms.cli.tape_options import TapeChoice
from oms.cli.terms import requester
from oms.core.enums import Algorithm, OrdStatus, OrdType, Side, TimeInForce
from oms.core.reasons import Reason
from oms.core.reference import Account, Desk, Entity, LimitApproval
from oms.core.run_rule import JOURNAL_START, Validity, advance
from oms.local.supervisor import Supervisor
from oms.runtime.clickhouse import ClickHouse, ClickHouseSettings
from oms.runtime.journal_verify import ReplayVerdict, stage_journals, verify_journals
from oms.runtime.kafka import KafkaLog
from oms.runtime.log import Record, TopicPartition
from oms.runtime.migrations import migrate
from oms.v1 import gateway_pb2, gateway_pb2_grpc
from oms.wire.codec import decode_head, decode_journal, to_message
from oms.wire.envelope import READER_VERSION, Envelope

PARTITIONS = 4
DESKS = ("alpha", "beta", "gamma", "delta")
"""One of each partition, in order; `delta` is ours, the others are shipped."""

AUDIT_LIMIT_S = 8.0
START_S, PATIENCE_S = 90.0, 60.0
POLL_S = 0.02
SECOND_NS = 1_000_000_000

api: Any = gateway_pb2
"""The generated module without types: its enumerations take our numbers, which the generated stubs do not know."""


@dataclass(frozen=True, slots=True)
class Journaled:
    """A valid record of a journal."""

    record: Record
    envelope: Envelope


def set_by_two(client: GatewayClient, *entities: Entity) -> None:
    """What takes two people: this machine's user proposes it, rolf approves."""
    for name in apply_reference(client, entities, "test").proposed:
        (found,) = client.reference("limit_proposal", name)
        approval = LimitApproval(name, found.version)
        request = admin_messages.ApplyReferenceRequest(reason="agreed", requester=requester())
        request.requester.entered_by = "rolf"
        request.items.add(entity=to_message(approval, Entity), replaces_version=-1)  # type: ignore[arg-type]
        assert client.apply_reference(request)[0].applied


class System:
    """One running system on a data directory. Used by one thread."""

    def __init__(self, data: Path, environment: Mapping[str, str] | None = None, broker: str = "") -> None:
        self.data, self.choice = data, TapeChoice(rate=4)
        self.said: list[str] = []
        self._strangers = set(psutil.Process().children(recursive=True))
        settings = {"OMS_AUDIT_LIMIT_MS": str(round(AUDIT_LIMIT_S * 1000)), **(environment or {})}
        self.supervisor = Supervisor(data, PARTITIONS, self.choice.arguments(), self.said.append, settings, broker)
        self._names = itertools.count(time.time_ns() // SECOND_NS % 100_000 * 10_000)

    def start(self) -> None:
        """Everything up, reference data in force, the market running at its own pace, the audit level."""
        self.supervisor.start_stores()
        store = ClickHouse(ClickHouseSettings(self.supervisor.admin_url()))
        migrate(store)
        store.close()
        self.supervisor.start_services()
        self.client = GatewayClient(f"127.0.0.1:{self.supervisor.gateway_port}")
        self.until("services ready", self.ready, START_S)
        source = self.choice.open()
        apply_reference(self.client, (*self.choice.reference(source, PARTITIONS), *_delta_desk()), "system test")
        said = self.client.control_status()
        self.client.set_clock(said.tape_ns if said.HasField("anchor") else source.start_ns, 1000, source.label)
        self.until("the audit level", self.audited)
        self.until("quotes everywhere", lambda: all(len(self.quotes(i)) == 4 for i in ("ACME", "BOLT")))
        self.date = self.order_request("alpha").trading_date

    def stop(self) -> None:
        if hasattr(self, "client"):
            self.client.close()
        self.supervisor.stop()

    def processes(self) -> list[psutil.Process]:
        """All that live of this system, their children included."""
        ours = [p for p in psutil.Process().children(recursive=True) if p not in self._strangers]
        return [p for p in ours if p.status() != psutil.STATUS_ZOMBIE]

    def until(self, what: str, holds: Callable[[], Any], timeout_s: float = PATIENCE_S) -> Any:
        """What `holds` returned once that was true."""
        deadline = time.monotonic() + timeout_s
        while True:
            self.supervisor.watch()
            with contextlib.suppress(GatewayUnavailable):
                if found := holds():
                    return found
            assert time.monotonic() < deadline, f"not within {timeout_s:.0f} s: {what} ({self.said[-3:]})"
            time.sleep(POLL_S)

    def ready(self, *names: str) -> bool:
        for name in names or self.supervisor.health_ports:
            try:
                if (
                    read_health(f"http://127.0.0.1:{self.supervisor.health_ports[name]}/readyz").get("ready")
                    is not True
                ):
                    return False
            except (OSError, ValueError):
                return False
        return True

    def audited(self) -> bool:
        return bool(0 <= self.client.control_status().audit_age_ns < 3 * SECOND_NS)

    # -- orders -------------------------------------------------------------------------------------------------------------

    def name(self) -> str:
        return f"t{next(self._names)}"

    def quotes(self, instrument_id: str) -> list[Any]:
        return [
            v.quote for i in self.client.quotes(instrument_id) for v in i.quotes if v.quote.bid_px and v.quote.ask_px
        ]

    def far_price(self, instrument_id: str) -> int:
        """What a buyer pays at once at any venue, however the market moves meanwhile: one percent above it."""
        return int(max(q.ask_px for q in self.quotes(instrument_id))) * 101 // 10_000 * 100

    def deep_price(self, instrument_id: str) -> int:
        """Where a buy order rests for long: two percent below the market."""
        return int(min(q.bid_px for q in self.quotes(instrument_id))) * 98 // 10_000 * 100

    def order_request(self, desk_id: str, instrument_id: str = "ACME", /, **changes: Any) -> Any:
        """A small order to buy at once at the best price."""
        day = time.gmtime(self.client.control_status().tape_ns // SECOND_NS)
        fields: dict[str, Any] = {
            "desk_id": desk_id,
            "trading_date": day.tm_year * 10_000 + day.tm_mon * 100 + day.tm_mday,
            "cl_ord_id": self.name(),
            "account_id": f"{desk_id}-1",
            "instrument_id": instrument_id,
            "side": Side.BUY,
            "ord_type": OrdType.LIMIT,
            "time_in_force": TimeInForce.GTC,
            "order_qty": 10,
            "algorithm": Algorithm.BEST_PRICE,
            "requester": api.Requester(entered_by="tester"),
            "wait_for_decision": True,
        } | changes
        if fields["ord_type"] is OrdType.LIMIT:
            fields.setdefault("price", self.far_price(instrument_id))
        return api.SubmitRequest(**fields)

    def accepted(self, request: Any) -> str:
        """Submit until risk accepts: a machine that is short of time may let the audit fall behind. The order's id."""

        def submitted() -> str:
            answer = self.client.submit(request)
            if answer.status.state == api.COMMAND_STATE_REJECTED and answer.status.reason == Reason.AUDIT_BEHIND:
                request.cl_ord_id = self.name()
                return ""
            assert answer.status.state != api.COMMAND_STATE_REJECTED, answer
            return str(answer.status.order_id) if answer.status.state == api.COMMAND_STATE_ACCEPTED else ""

        return str(self.until(f"{request.cl_ord_id} accepted", submitted))

    def resting(self, desk_id: str, instrument_id: str = "ACME", venue_id: str = "XALP") -> str:
        """An order that the venue has, and that waits there."""
        order_id = self.accepted(
            self.order_request(
                desk_id,
                instrument_id,
                price=self.deep_price(instrument_id),
                algorithm=Algorithm.DIRECT,
                venue_id=venue_id,
            )
        )
        self.reaches(order_id, OrdStatus.NEW)
        return order_id

    def cancel(self, order_id: str) -> Any:
        desk_id, date, cl_ord_id = order_id.split("/")
        request = api.CancelRequest(
            desk_id=desk_id,
            trading_date=int(date),
            cl_ord_id=self.name(),
            orig_trading_date=int(date),
            orig_cl_ord_id=cl_ord_id,
            requester=api.Requester(entered_by="tester"),
            wait_for_decision=True,
        )
        return self.until(f"the cancel of {order_id} written", lambda: self.client.cancel(request))

    def reaches(self, order_id: str, status: OrdStatus, timeout_s: float = PATIENCE_S) -> Any:
        def view() -> Any:
            found = self.client.order(order_id)
            return found if found.ord_status == status else None

        return self.until(f"{order_id} {status.name}", view, timeout_s)

    def ends(self, order_id: str) -> Any:
        def view() -> Any:
            found = self.client.order(order_id)
            return found if OrdStatus(found.ord_status).is_terminal else None

        return self.until(f"the end of {order_id}", view)

    # -- streams and stores -------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def stub(self) -> Iterator[Any]:
        """The gateway's streams, over a connection of its own."""
        with grpc.insecure_channel(f"127.0.0.1:{self.supervisor.gateway_port}") as channel:
            stub: Any = gateway_pb2_grpc.OrderGatewayServiceStub(channel)
            yield stub

    def journal(self, topic: str, partition: int) -> list[Journaled]:
        """Its valid records up to its present end."""
        assert self.supervisor.kafka is not None
        log, tp = KafkaLog(self.supervisor.kafka), TopicPartition(topic, partition)
        end, position, found = log.ends([tp])[tp], JOURNAL_START, []
        reader, deadline = log.reader({tp: 0}), time.monotonic() + PATIENCE_S
        while position.next_offset < end:
            assert time.monotonic() < deadline, f"{tp} could not be read to {end}"
            for record in reader.poll(0.2):
                position, validity = advance(position, record.offset, *decode_head(record.value))
                if validity is Validity.VALID:
                    envelope = decode_journal(record.value)
                    assert isinstance(envelope, Envelope)
                    found.append(Journaled(record, envelope))
        reader.close()
        log.close()
        return found

    def replay(self, reader_version: int = READER_VERSION) -> ReplayVerdict:
        """Every stage rebuilt from its journal up to its present end, and compared with the states stored."""
        assert self.supervisor.kafka is not None
        log = KafkaLog(self.supervisor.kafka)
        try:
            journals = stage_journals(log.partition_counts())
            return verify_journals(log, journals, reader_version=reader_version)
        finally:
            log.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        assert self.supervisor.engine is not None
        store = ClickHouse(ClickHouseSettings(self.supervisor.engine.url("compliance")))
        try:
            return store.query(sql)
        finally:
            store.close()


def _delta_desk() -> tuple[Entity, ...]:
    """A desk in the partition that the shipped reference data leaves empty."""
    return Desk("delta", "Delta desk", 3, True), Account("delta-1", "delta", "USD", (), True)
