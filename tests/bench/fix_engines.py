"""Three engines with the same application at both ends: ours, `simplefix` over a bare socket, QuickFIX (C++ with its Python wrapper).

An engine is two functions that run in a process each: `accept(told)` says its port and answers orders; `initiate(port, asked)` logs on, then
plays every `(count, window)` that it is asked for and says what that took. All keep what they send in memory and write nothing to disk.

- Ours: `oms.fix.session.Connection` with everything on that is on by default (dictionary, CompIDs, times), every event kept in a list.
- simplefix is a codec: the numbers are kept by hand, and checked; nothing else is, and nothing could be resent.
- QuickFIX: sessions, memory store, its own threads; no dictionary, so it does not look at what is in a message. It has no wheel for every
  platform and bundles an old OpenSSL, so it is no dependency: it is measured where `import quickfix` works.
"""

import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import simplefix
from fix_exchange import (
    ACCEPTOR,
    BEGIN_STRING,
    CL_ORD_ID,
    EXEC_TYPE,
    HEART_BT_INT,
    HERE,
    INITIATOR,
    ORDER_QTY,
    PRICE,
    READ_BYTES,
    SIDE,
    SYMBOL,
    WAIT_S,
    Fields,
    Load,
    Order,
    Took,
    order_fields,
    report_fields,
)

from oms.fix.session import Connection, FixEvent, MessageTaken, SessionConfig


@dataclass(frozen=True, slots=True)
class Engine:
    name: str
    accept: Callable[[Pipe], None]
    initiate: Callable[[int, Pipe], None]


def accepted(told: Pipe) -> socket.socket:
    """The one connection of an acceptor."""
    with socket.create_server((HERE, 0)) as server:
        told.send(server.getsockname()[1])
        end, _ = server.accept()
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return end


def connected(port: int) -> socket.socket:
    end = socket.create_connection((HERE, port), WAIT_S)
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return end


def loads(asked: Pipe) -> Iterator[Load]:
    """One after the other, as the bench asks for them, until it closes its end. What it took is told when the next is wanted."""
    asked.send("logged on")
    while True:
        try:
            count, window = asked.recv()
        except EOFError:
            return
        load = Load(count, window)
        yield load
        asked.send(Took.of(load))


# ------------------------------------------------------------------------------------------------ ours


class OurEnd:
    """A session on a blocking socket, and its journal in memory."""

    def __init__(self, sender: str, target: str, end: socket.socket, is_initiator: bool) -> None:
        config = SessionConfig(BEGIN_STRING, sender, target, is_initiator, heart_bt_int=HEART_BT_INT)
        self.session = Connection(config)
        self.journal: list[FixEvent] = []
        self.end = end
        self.journal += self.session.connect(time.time_ns())

    def send(self, msg_type: str, body: Fields) -> None:
        self.journal += self.session.send(msg_type, body, time.time_ns())

    def flush(self) -> None:
        self.end.sendall(self.session.bytes_to_send())

    def taken(self) -> Iterator[MessageTaken]:
        """The application messages of one read; nothing when the counterparty is gone."""
        data = self.end.recv(READ_BYTES)
        events = self.session.receive(data, time.time_ns())
        self.journal += events
        for event in events:
            if type(event) is MessageTaken:
                yield event


def our_accept(told: Pipe) -> None:
    ours = OurEnd(ACCEPTOR, INITIATOR, accepted(told), is_initiator=False)
    orders = 0
    while True:
        for taken in ours.taken():
            message = taken.message
            value = message.get
            order = Order(*(value(tag) or b"" for tag in (CL_ORD_ID, SYMBOL, SIDE, ORDER_QTY, PRICE)))
            orders += 1
            ours.send("8", report_fields(order, orders, traded=False))
            ours.send("8", report_fields(order, orders, traded=True))
            if not orders % 1_000:
                ours.journal.clear()
        ours.flush()


def our_initiate(port: int, asked: Pipe) -> None:
    ours = OurEnd(INITIATOR, ACCEPTOR, connected(port), is_initiator=True)
    while not ours.session.state.logged_on:
        ours.flush()
        assert not list(ours.taken())
    for load in loads(asked):
        ours.journal.clear()
        while not load.ended:
            for name in load.due():
                ours.send("D", order_fields(name))
            ours.flush()
            for taken in ours.taken():
                message = taken.message
                load.on_report(message.get(CL_ORD_ID) or b"", message.get(EXEC_TYPE) or b"")


# ------------------------------------------------------------------------------------------------ simplefix


SIMPLEFIX_READ_BYTES = 1_024
"""Its parser copies what is left of its buffer for every field: short reads are its best."""


@dataclass(slots=True)
class SimpleEnd:
    sender: str
    target: str
    end: socket.socket
    next_out: int = 1
    next_in: int = 1
    parser: Any = field(default_factory=simplefix.FixParser)
    out: list[bytes] = field(default_factory=list)

    def send(self, msg_type: str, body: Fields) -> None:
        message = simplefix.FixMessage()
        message.append_pair(8, BEGIN_STRING)
        message.append_pair(35, msg_type)
        message.append_pair(34, self.next_out)
        message.append_pair(49, self.sender)
        message.append_utc_timestamp(52)
        message.append_pair(56, self.target)
        for tag, value in body:
            message.append_pair(tag, value)
        self.out.append(message.encode())
        self.next_out += 1

    def flush(self) -> None:
        self.end.sendall(b"".join(self.out))
        self.out.clear()

    def taken(self) -> Iterator[Any]:
        self.parser.append_buffer(self.end.recv(SIMPLEFIX_READ_BYTES))
        while (message := self.parser.get_message()) is not None:
            assert int(message.get(34)) == self.next_in, "a number is missing"
            self.next_in += 1
            yield message


def simple_accept(told: Pipe) -> None:
    end = SimpleEnd(ACCEPTOR, INITIATOR, accepted(told))
    orders = 0
    while True:
        for message in end.taken():
            if message.message_type == b"A":
                end.send("A", ((98, b"0"), (108, b"%d" % HEART_BT_INT)))
                continue
            order = Order(*(message.get(tag) for tag in (CL_ORD_ID, SYMBOL, SIDE, ORDER_QTY, PRICE)))
            orders += 1
            end.send("8", report_fields(order, orders, traded=False))
            end.send("8", report_fields(order, orders, traded=True))
        end.flush()


def simple_initiate(port: int, asked: Pipe) -> None:
    end = SimpleEnd(INITIATOR, ACCEPTOR, connected(port))
    end.send("A", ((98, b"0"), (108, b"%d" % HEART_BT_INT)))
    end.flush()
    while not list(end.taken()):
        pass
    for load in loads(asked):
        while not load.ended:
            for name in load.due():
                end.send("D", order_fields(name))
            end.flush()
            for message in end.taken():
                load.on_report(message.get(CL_ORD_ID), message.get(EXEC_TYPE))


# ------------------------------------------------------------------------------------------------ QuickFIX


QUICKFIX_SETTINGS = """[DEFAULT]
ConnectionType={kind}
UseDataDictionary=N
StartTime=00:00:00
EndTime=00:00:00
HeartBtInt={heart_bt_int}
ReconnectInterval=1
SocketNodelay=Y
SocketReuseAddress=Y
SocketAcceptPort={port}
SocketConnectHost={host}
SocketConnectPort={port}
[SESSION]
BeginString={begin_string}
SenderCompID={sender}
TargetCompID={target}
"""


def quickfix_installed() -> bool:
    try:
        import quickfix  # noqa: F401
    except ImportError:
        return False
    return True


def quickfix_application(on_order: Callable[[Any, Any], None]) -> Any:
    """`on_order(message, session)` is called in its thread for every application message. `logged_on` is an event."""
    import quickfix

    class Application(quickfix.Application):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.logged_on = threading.Event()
            self.session: Any = None

        def onLogon(self, session: Any) -> None:
            self.session = quickfix.SessionID(BEGIN_STRING, *_names(session))
            self.logged_on.set()

        def fromApp(self, message: Any, session: Any) -> None:
            on_order(message, session)

        def onCreate(self, session: Any) -> None: ...
        def onLogout(self, session: Any) -> None: ...
        def toAdmin(self, message: Any, session: Any) -> None: ...
        def fromAdmin(self, message: Any, session: Any) -> None: ...
        def toApp(self, message: Any, session: Any) -> None: ...

    return Application()


def _names(session: Any) -> tuple[str, str]:
    return session.getSenderCompID().getValue(), session.getTargetCompID().getValue()


def quickfix_settings(port: int, accepts: bool) -> Any:
    import quickfix

    sender, target = (ACCEPTOR, INITIATOR) if accepts else (INITIATOR, ACCEPTOR)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "session.cfg"
        path.write_text(
            QUICKFIX_SETTINGS.format(
                kind="acceptor" if accepts else "initiator",
                heart_bt_int=HEART_BT_INT,
                host=HERE,
                port=port,
                begin_string=BEGIN_STRING,
                sender=sender,
                target=target,
            )
        )
        return quickfix.SessionSettings(str(path))


def quickfix_send(msg_type: str, body: Fields, session: Any) -> None:
    import quickfix

    message = quickfix.Message()
    message.getHeader().setField(35, msg_type)
    for tag, value in body:
        message.setField(tag, value.decode())
    quickfix.Session.sendToTarget(message, session)


def quickfix_accept(told: Pipe) -> None:
    import quickfix

    orders = 0

    def on_order(message: Any, session: Any) -> None:
        nonlocal orders
        tags = (CL_ORD_ID, SYMBOL, SIDE, ORDER_QTY, PRICE)
        order = Order(*(message.getField(tag).encode() for tag in tags))
        orders += 1
        quickfix_send("8", report_fields(order, orders, traded=False), session)
        quickfix_send("8", report_fields(order, orders, traded=True), session)

    with socket.create_server((HERE, 0)) as probe:
        port = probe.getsockname()[1]
    application = quickfix_application(on_order)
    acceptor = quickfix.SocketAcceptor(application, quickfix.MemoryStoreFactory(), quickfix_settings(port, True))
    acceptor.start()
    told.send(port)
    threading.Event().wait()


def quickfix_initiate(port: int, asked: Pipe) -> None:
    """Its application sends from its thread, where reports come in; only the first orders of a block are sent from here."""
    import quickfix

    load = Load(0, 0)
    ended = threading.Event()

    def send_due() -> None:
        for name in load.due():
            quickfix_send("D", order_fields(name), application.session)

    def on_report(message: Any, session: Any) -> None:
        load.on_report(message.getField(CL_ORD_ID).encode(), message.getField(EXEC_TYPE).encode())
        send_due()
        if load.ended:
            ended.set()

    application = quickfix_application(on_report)
    initiator = quickfix.SocketInitiator(application, quickfix.MemoryStoreFactory(), quickfix_settings(port, False))
    initiator.start()
    assert application.logged_on.wait(WAIT_S), "QuickFIX does not log on"
    for load in loads(asked):
        ended.clear()
        send_due()
        assert ended.wait(WAIT_S), f"QuickFIX: {load.done} of {load.count} orders ended"


OURS = Engine("ours", our_accept, our_initiate)
SIMPLEFIX = Engine("simplefix", simple_accept, simple_initiate)
QUICKFIX = Engine("quickfix", quickfix_accept, quickfix_initiate)
