"""Two gateway processes and the real risk service over a real broker: replicas are killed while clients send and subscribers listen.

What is right is read out of the topics: every decision of risk reaches every subscriber once and in order, and every client ends with the
decision that the first record of its key got. Then dead letters: what risk could not read is there for the command line, and a command
that was put aside goes in again once, however often it is sent.
"""

import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from jsonschema import Draft202012Validator

from oms.cli.main import run_command_line
from oms.cli.schemas import SCHEMAS
from oms.cli.status import read_health
from oms.core.commands import NewOrder, Provenance
from oms.core.control import ControlHeartbeat
from oms.core.enums import Algorithm, OrdType, Side, TimeInForce
from oms.core.reference import Account, Desk, Entity, Instrument, ReferenceChange
from oms.core.risk_events import OrderAccepted, OrderRejected
from oms.core.run_rule import JOURNAL_START, Validity, advance
from oms.local.broker import Broker
from oms.local.child import ComponentChild, start_child
from oms.local.ports import free_port
from oms.local.supervisor import await_coordinator, topic_specs
from oms.runtime.kafka import KafkaLog, KafkaSettings
from oms.runtime.log import Ack, Record, TopicPartition
from oms.v1 import gateway_pb2, gateway_pb2_grpc
from oms.wire import topics
from oms.wire.codec import decode_head, decode_intake, decode_journal, encode_intake
from oms.wire.envelope import AuditProgress, DeadLetter, Envelope

pytestmark = pytest.mark.integration
api: Any = gateway_pb2

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
CALL_S = 3.0
ORDERS, RISK, LETTERS = (TopicPartition(topic, 0) for topic in (topics.ORDERS, topics.RISK, topics.DEAD_LETTERS))
DATE = 20250106
WHO = Provenance("ann", "", "grpc", "ann", "")
REFERENCE: tuple[Entity, ...] = (
    Desk("alpha", "Alpha", 0, True),
    Desk("beta", "Beta", 0, True),
    Account("acc", "alpha", "USD", (), True),
    Instrument("IBM", "IBM", "USD", 2, 0, 1, 1, "us", True),
)


class Firm:
    """A broker, two gateways, risk. Nobody else: without limits and a market risk refuses every order, which is a decision too."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.broker = Broker.start(data)
        self.children: dict[str, ComponentChild] = {}
        self.ports: dict[str, tuple[int, int]] = {}
        self.log = KafkaLog(KafkaSettings(self.broker.bootstrap_servers))

    def begin(self) -> None:
        self.log.create_topics(topic_specs(1))
        await_coordinator(self.log)
        self.put(topics.CONTROL, ControlHeartbeat("test", 0))
        for entity in REFERENCE:
            self.put(topics.REFERENCE, ReferenceChange(entity, -1, 0, "", WHO))
        for topic in topics.TOPICS:
            for p in range(topic.partitions(1) if topic.audited else 0):
                self.put(topics.AUDIT_PROGRESS, AuditProgress(topic.name, p, 0, b"", time.time_ns()))
        for name in ("a", "b", "risk"):
            self.start(name)
        self.wait("all ready", lambda: all(self.ready(name) for name in self.children))

    def put(self, topic: str, value: object) -> int:
        return self.append(TopicPartition(topic, 0), encode_intake(topic, value))

    def append(self, tp: TopicPartition, value: bytes) -> int:
        appender = self.log.appender(tp)
        appender.append(b"", value)
        deadline = time.monotonic() + PATIENCE_S
        while not (outcomes := appender.poll(0.1)):
            assert time.monotonic() < deadline
        appender.close(1.0)
        assert isinstance(outcomes[0], Ack), outcomes
        return outcomes[0].offset

    def start(self, name: str) -> None:
        module = "services.risk.app" if name == "risk" else "services.order_gateway.app"
        gateway, health = self.ports.setdefault(name, (free_port(), free_port()))
        settings = {
            "PYTHONPATH": str(ROOT),
            "KAFKA_BOOTSTRAP_SERVERS": self.broker.bootstrap_servers,
            "OMS_PARTITIONS": "1",
            "OMS_PROCESS_ID": f"{name}-{time.monotonic_ns()}",
            "OMS_HEALTH_PORT": str(health),
            "OMS_GATEWAY_PORT": str(gateway),
            "OMS_AUDIT_LIMIT_MS": "100000000",
        }
        env = {k: v for k, v in os.environ.items() if not k.startswith("OMS_")} | settings
        self.children[name] = start_child([sys.executable, "-m", module], self.data / f"{name}.log", env=env)

    def ready(self, name: str) -> bool:
        try:
            return read_health(f"http://127.0.0.1:{self.ports[name][1]}/readyz").get("ready") is True
        except (OSError, ValueError):
            return False

    def kill(self, name: str) -> None:
        os.kill(self.children[name].pid, signal.SIGKILL)
        self.wait(f"{name} gone", lambda: self.children[name].poll() is not None)

    def wait(self, what: str, holds: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + PATIENCE_S
        while not (found := holds()):
            assert time.monotonic() < deadline, what
            time.sleep(0.02)
        return found

    def stop(self) -> None:
        for child in self.children.values():
            child.stop(PATIENCE_S)
        self.log.close()
        self.broker.stop()

    def address(self, name: str) -> str:
        return f"127.0.0.1:{self.ports[name][0]}"

    def records(self, tp: TopicPartition) -> list[Record]:
        end, found = self.log.ends([tp])[tp], []
        reader, deadline = self.log.reader({tp: 0}), time.monotonic() + PATIENCE_S
        while len(found) < end:
            assert time.monotonic() < deadline
            found += reader.poll(0.1)
        reader.close()
        return found[:end]

    def decided(self) -> list[tuple[int, int, OrderRejected | OrderAccepted]]:
        """(command's offset, decision's offset, decision), out of risk's records that count."""
        position, found = JOURNAL_START, []
        for record in self.records(RISK):
            position, validity = advance(position, record.offset, *decode_head(record.value))
            envelope = decode_journal(record.value)
            if validity is Validity.VALID and isinstance(envelope, Envelope):
                decisions = [e for e in envelope.events if isinstance(e, OrderRejected | OrderAccepted)]
                found += [(envelope.source.offset, record.offset, event) for event in decisions]
        return found


class Replicas:
    """A client's connections to both; a call that fails goes to the other one."""

    def __init__(self, firm: Firm, seed: int) -> None:
        options = [("grpc.initial_reconnect_backoff_ms", 50), ("grpc.max_reconnect_backoff_ms", 200)]
        self.channels = [grpc.insecure_channel(firm.address(name), options) for name in ("a", "b")]
        self.stubs: list[Any] = [gateway_pb2_grpc.OrderGatewayServiceStub(channel) for channel in self.channels]
        self.rng = random.Random(seed)
        self.failures = 0

    def until_decided(self, request: Any, at: int) -> Any:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            assert time.monotonic() < deadline, request
            try:
                status = self.stubs[at].Submit(request, timeout=CALL_S).status
                if status.state != gateway_pb2.COMMAND_STATE_RECEIVED:
                    return status
            except grpc.RpcError as error:
                assert error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED), error  # type: ignore[attr-defined]
                self.failures += 1
                time.sleep(0.02)
            at = 1 - at

    def close(self) -> None:
        for channel in self.channels:
            channel.close()


class Sender(threading.Thread):
    """Sends orders one by one, each to a replica of its choice until it is decided; then asks both once more."""

    def __init__(self, firm: Firm, name: str, seed: int, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.replicas, self.prefix, self.enough = Replicas(firm, seed), name, stop
        self.answers: dict[str, list[Any]] = {}
        self.fault: BaseException | None = None

    def run(self) -> None:
        number = 0
        try:
            while not self.enough.is_set():
                number += 1
                request = order(f"{self.prefix}{number}")
                at = self.replicas.rng.randrange(2)
                answers = [self.replicas.until_decided(request, at)]
                if number % 5 == 0:
                    answers += [self.replicas.until_decided(request, at) for at in (0, 1)]
                self.answers[request.cl_ord_id] = answers
        except BaseException as error:
            self.fault = error
        finally:
            self.replicas.close()


class Subscriber(threading.Thread):
    """Follows a desk from the start, at one replica until that fails, then at the other with the token of the last frame that came."""

    def __init__(self, firm: Firm, at: int) -> None:
        super().__init__(daemon=True)
        self.replicas, self.at = Replicas(firm, at), at
        self.updates: list[Any] = []
        self.token, self.connections = "", 0
        self.done = threading.Event()
        self.fault: BaseException | None = None

    def run(self) -> None:
        while not self.done.is_set():
            request = api.SubscribeRequest(desk_id="alpha", resume_token=self.token, from_start=not self.token)
            try:
                self.connections += 1
                self.call = self.replicas.stubs[self.at].Subscribe(request)
                for response in self.call:
                    self.updates += response.updates
                    self.token = response.resume_token
            except grpc.RpcError as error:
                code = error.code()  # type: ignore[attr-defined]
                if code not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
                    self.fault = error
                    return
                self.at = 1 - self.at
                time.sleep(0.02)

    def end(self) -> None:
        self.done.set()
        self.call.cancel()
        self.join(PATIENCE_S)
        self.replicas.close()


def order(cl_ord_id: str, **changes: Any) -> Any:
    fields: dict[str, Any] = {
        "desk_id": "alpha", "trading_date": DATE, "cl_ord_id": cl_ord_id, "account_id": "acc", "instrument_id": "IBM",
        "side": Side.BUY, "ord_type": OrdType.LIMIT, "time_in_force": TimeInForce.DAY, "order_qty": 10, "price": 5000,
        "algorithm": Algorithm.BEST_PRICE, "requester": api.Requester(entered_by="ann"), "wait_for_decision": True,
    }  # fmt: skip
    return api.SubmitRequest(**fields | changes)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    made = Firm(tmp_path_factory.mktemp("replicas"))
    try:
        made.begin()
        yield made
    finally:
        made.stop()


def test_killed_replicas_cost_no_client_an_update_nor_a_second_order(firm: Firm) -> None:
    enough = threading.Event()
    senders = [Sender(firm, name, seed, enough) for seed, name in enumerate("xyz")]
    subscribers = [Subscriber(firm, at) for at in (0, 1)]
    for thread in (*senders, *subscribers):
        thread.start()
    for name in ("a", "b"):
        before = sum(len(sender.answers) for sender in senders)
        firm.wait("orders", lambda before=before: sum(len(s.answers) for s in senders) > before + 40)
        firm.kill(name)
        firm.start(name)
        firm.wait(f"{name} ready", lambda name=name: firm.ready(name))
    enough.set()
    for sender in senders:
        sender.join(PATIENCE_S)
        assert not sender.is_alive() and sender.fault is None, sender.fault
    decided = firm.decided()
    firm.wait("all told", lambda: all(len(s.updates) >= len(decided) or s.fault for s in subscribers))
    for subscriber in subscribers:
        subscriber.end()
        assert subscriber.fault is None, subscriber.fault
        assert [(u.offset, u.order_id) for u in subscriber.updates] == [(at, e.order_id) for _, at, e in decided]
        assert subscriber.connections >= 2
    check_senders(firm, senders, decided)


def check_senders(firm: Firm, senders: list[Sender], decided: list[tuple[int, int, Any]]) -> None:
    first: dict[str, int] = {}
    for offset, record in enumerate(firm.records(ORDERS)):
        first.setdefault(decode_intake(topics.ORDERS, record.value).cl_ord_id, offset)
    assert [command for command, _, _ in decided] == sorted(first.values()), "each key once, by its first record"
    decision_of = {command: at for command, at, _ in decided}
    answers = {name: found for sender in senders for name, found in sender.answers.items()}
    assert answers.keys() == first.keys()
    for name, found in answers.items():
        assert {status.decision_offset for status in found} == {decision_of[first[name]]}, name
    failures = sum(sender.replicas.failures for sender in senders)
    print(f"{len(answers)} orders, {len(firm.records(ORDERS))} records, {failures} failed calls, 2 kills")
    assert failures > 0


def test_dead_letters_on_the_command_line(firm: Firm, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    before = firm.log.ends([LETTERS])[LETTERS]
    bad = firm.append(ORDERS, b"\xff\xff")
    firm.wait("risk's letter", lambda: firm.log.ends([LETTERS])[LETTERS] > before)
    put_aside = NewOrder(
        "alpha", DATE, "aside", "acc", "IBM", Side.BUY, OrdType.LIMIT, TimeInForce.DAY, 10, 5000, Algorithm.BEST_PRICE,
        "", None, 1, 1, "t", Provenance("bob", "", "grpc", "bob", ""),
    )  # fmt: skip
    aside = firm.put(
        topics.DEAD_LETTERS,
        DeadLetter(topics.ORDERS, 0, bad, "BROKEN_INVARIANT: x", encode_intake(topics.ORDERS, put_aside), "risk"),
    )
    write_run(tmp_path, firm)
    oms = Line(tmp_path, capsys)
    unreadable, letter = oms.json("list")[-2:]
    assert (unreadable["letter"], unreadable["source"], unreadable["class"]) == (
        before,
        f"oms.orders/0@{bad}",
        "UNREADABLE",
    )
    assert (letter["letter"], letter["what"]) == (aside, f"NewOrder alpha/{DATE}/aside")
    assert (unreadable["resubmittable"], letter["resubmittable"]) == (False, True)
    assert [row["letter"] for row in oms.json("list", "--last", "1")] == [aside]
    assert oms.json("show", str(before))["hex"] == "ffff"
    shown = oms.json("show", str(aside))
    assert shown["decoded"]["provenance"]["entered_by"] == "bob" and shown["cannot_be_resubmitted"] == ""
    assert oms.run("resubmit", str(before))[0] == 1
    first, again = (oms.json("resubmit", str(aside), code=1) for _ in range(2))
    assert (first["decision"], first["entered_by"], first["on_behalf_of"]) == (
        "REJECTED",
        os.environ.get("USER") or first["entered_by"],
        "bob",
    )
    assert again["already_received"] and not first["already_received"]
    assert {key: first[key] for key in ("id", "decision_reason", "source")} == {
        key: again[key] for key in ("id", "decision_reason", "source")
    }
    written = [r for r in firm.records(ORDERS)[bad + 1 :] if decode_intake(topics.ORDERS, r.value).cl_ord_id == "aside"]
    assert (
        len(written) == 1 and decode_intake(topics.ORDERS, written[0].value).provenance.source == f"dead-letter {aside}"
    )
    assert oms.run("show", "999")[0] == 2


class Line:
    """`oms dead-letters` as a person types it."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data, self.capsys = data, capsys

    def run(self, *arguments: str) -> tuple[int, str]:
        self.capsys.readouterr()
        code = run_command_line(["dead-letters", *arguments, "--data", str(self.data)])
        return code, self.capsys.readouterr().out

    def json(self, *arguments: str, code: int = 0) -> Any:
        got, out = self.run(*arguments, "--json")
        assert got == code, out
        value = json.loads(out)
        Draft202012Validator(SCHEMAS[f"dead-letters {arguments[0]}"]).validate(value)
        return value


def write_run(data: Path, firm: Firm) -> None:
    """A data directory that names the firm's processes, as `oms run` leaves it."""
    run = {
        "gateway": firm.address("a"),
        "kafka": firm.broker.bootstrap_servers,
        "partitions": 1,
        "health": {},
        "clickhouse": {"host": "127.0.0.1", "port": 1, "http_port": 0},
        "supervisor_pid": os.getpid(),
    }
    (data / "run.json").write_text(json.dumps(run))
