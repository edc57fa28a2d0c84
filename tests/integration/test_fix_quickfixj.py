"""Our sessions trade with QuickFIX/J, an engine that is not ours, both ways over loopback; skipped where Java or Maven is absent."""

import contextlib
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from quickfixj import NEEDED, WAIT_S, theirs

from oms.fix.message import Field, Message
from oms.fix.session import Connection, EndCause, FixEvent, MessageSent, MessageTaken, SessionConfig
from oms.fix.session.events import LoggedOut
from oms.fix.session.frames import message_of
from oms.gateway.client_sessions.terms import APPL_VER_50SP2, FIXT_11
from oms.local.ports import free_port

pytestmark = [pytest.mark.integration, NEEDED]


class Ours:
    """Our session on a socket, driven by the test. `answer`: what to send for an application message."""

    def __init__(
        self,
        initiator: bool,
        port: int,
        answer: Callable[[Message], list[tuple[str, str]]] | None = None,
        next_expected: bool = False,
        begin_string: str = "FIX.4.4",
    ) -> None:
        config = SessionConfig(
            begin_string,
            "US",
            "THEM",
            initiator,
            APPL_VER_50SP2 if begin_string == FIXT_11 else "",
            heart_bt_int=5,
            next_expected=next_expected,
            next_expected_in_kind=not initiator,
        )
        self.session = Connection(config)
        self.answer = answer
        self.taken: list[Message] = []
        self.events: list[FixEvent] = []
        self._port = port
        self._listener = None if initiator else socket.create_server(("127.0.0.1", port))
        self._socket: socket.socket | None = None
        self._stays = False

    def connect(self) -> None:
        """As initiator calls, and again where it is closed: they may still hold the connection before. As acceptor takes the next one."""
        self._stays = True
        if self._listener is not None:
            self._listener.settimeout(WAIT_S)
            self._socket, _ = self._listener.accept()
        else:
            until = time.monotonic() + WAIT_S
            while self._socket is None:
                try:
                    self._socket = socket.create_connection(("127.0.0.1", self._port))
                except ConnectionRefusedError:
                    assert time.monotonic() < until, "nobody listens"
                    time.sleep(0.05)
        self._note(self.session.connect(time.time_ns()))

    def drop(self) -> None:
        """Cut the connection, whatever is under way."""
        if self._socket is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            self._socket.close()
        self._socket = None
        self._note(self.session.disconnect(time.time_ns()))

    def send(self, msg_type: str, text: str) -> None:
        fields = (field.split("=", 1) for field in text.split("|"))
        self.tell(msg_type, tuple((int(tag), value.encode()) for tag, value in fields))

    def tell(self, msg_type: str, body: tuple[Field, ...]) -> None:
        self._note(self.session.send(msg_type, body, time.time_ns()))

    def log_out(self) -> None:
        self._stays = False
        self._note(self.session.logout(time.time_ns()))
        self.until(lambda: not self.session.state.connected)

    def until(self, done: Callable[[], bool], wait_s: float = WAIT_S) -> None:
        end = time.monotonic() + wait_s
        while not done():
            assert time.monotonic() < end, f"not in time; the last events were {self.events[-5:]}"
            self._step()

    def _step(self) -> None:
        if self._socket is None:
            time.sleep(0.1)
            if self._stays:
                self.connect()
            return
        readable, _, _ = select.select([self._socket], [], [], 0.02)
        if not readable:
            self._note(self.session.tick(time.time_ns()))
            return
        try:
            data = self._socket.recv(65_536)
        except ConnectionError:
            data = b""
        if data:
            self._note(self.session.receive(data, time.time_ns()))
        else:
            self.drop()

    def _note(self, events: list[FixEvent]) -> None:
        self.events += events
        for event in events:
            if isinstance(event, MessageTaken):
                self.taken.append(event.message)
                for msg_type, text in self.answer(event.message) if self.answer else ():
                    self.send(msg_type, text)
        data = self.session.bytes_to_send()
        if data and self._socket is not None:
            with contextlib.suppress(ConnectionError):  # closed: the next look at it finds that out
                self._socket.sendall(data)
        if self.session.closing:
            self.drop()

    def close(self) -> None:
        for one in (self._socket, self._listener):
            if one is not None:
                one.close()


@contextmanager
def ours(
    initiator: bool,
    port: int,
    answer: Callable[[Message], list[tuple[str, str]]] | None = None,
    next_expected: bool = False,
    begin_string: str = "FIX.4.4",
) -> Iterator[Ours]:
    session = Ours(initiator, port, answer, next_expected, begin_string)
    try:
        yield session
    finally:
        session.close()


def order(cl_ord_id: str) -> str:
    return f"11={cl_ord_id}|55=X|54=1|60=20260101-00:00:00.000|38=100|40=2|44=10.5"


def answers(message: Message) -> list[tuple[str, str]]:
    """Two execution reports for an order, a cancel reject for a cancel."""
    cl_ord_id = message.text(11)
    if message.msg_type == "F":
        return [("9", f"37=NONE|11={cl_ord_id}|41={message.text(41)}|39=8|434=1|102=1")]
    if message.msg_type != "D":
        return []
    common = f"11={cl_ord_id}|55=X|54=1|6=0"
    return [
        ("8", f"37=O{cl_ord_id}|17=N{cl_ord_id}|150=0|39=0|14=0|151=100|{common}"),
        ("8", f"37=O{cl_ord_id}|17=F{cl_ord_id}|150=F|39=2|14=100|151=0|{common}"),
    ]


def reports(session: Ours) -> list[tuple[str, str]]:
    return [(message.text(11), message.text(150)) for message in session.taken if message.msg_type == "8"]


def both_reports(names: list[str]) -> list[tuple[str, str]]:
    return [(name, kind) for name in names for kind in ("0", "F")]


def test_our_initiator_trades_with_their_acceptor() -> None:
    """Logon, orders, reports, a cancel reject, what either side missed while the line was cut, heartbeats, logout."""
    port = free_port()
    with theirs("acceptor", port) as engine, ours(True, port) as us:
        us.connect()
        us.until(lambda: us.session.state.logged_on)
        names = [f"a{number}" for number in range(20)]
        for name in names:
            us.send("D", order(name))
        us.send("F", "11=c1|41=none|55=X|54=1|60=20260101-00:00:00.000")
        us.until(lambda: len(us.taken) == 41)
        assert reports(us) == both_reports(names)
        assert us.taken[-1].msg_type == "9"

        # Orders whose reports are lost with the line, and orders that never reached it.
        lost, unsent = [f"b{number}" for number in range(5)], [f"c{number}" for number in range(5)]
        for name in lost:
            us.send("D", order(name))
        engine.wait(lambda: set(lost) <= set(engine.got("D")))
        us.drop()
        for name in unsent:
            us.send("D", order(name))
        us.connect()
        us.until(lambda: len(reports(us)) == 60)
        assert reports(us) == both_reports([*names, *lost, *unsent])
        engine.wait(lambda: len(engine.got("D")) >= 30)
        assert engine.got("D") == [*names, *lost, *unsent], "each order once, in order"

        # Quiet for a while: both send heartbeats, and stay.
        before = us.session.state.next_in
        us.until(lambda: us.session.state.next_in > before)
        us.log_out()
        engine.wait(lambda: "logout" in engine.look())


def test_their_initiator_trades_with_our_acceptor() -> None:
    port = free_port()
    with ours(False, port, answers) as us, theirs("initiator", port) as engine:
        us.connect()
        us.until(lambda: us.session.state.logged_on)
        names = [f"a{number}" for number in range(20)]
        for name in names:
            engine.do(f"send 35=D|{order(name)}")
        engine.do("send 35=F|11=c1|41=none|55=X|54=1|60=20260101-00:00:00.000")
        us.until(lambda: len(engine.got("8")) == 40 and len(engine.got("9")) == 1)
        assert engine.got("8") == [name for name, _ in both_reports(names)]

        # The line is cut while their reports are under way, and ours is told things meanwhile.
        for name in ("b1", "b2"):
            engine.do(f"send 35=D|{order(name)}")
        us.until(lambda: us.taken[-1].text(11) == "b2")
        us.drop()
        us.send("8", "37=Ox|17=Nx|11=told|150=0|39=0|14=0|151=1|55=X|54=1|6=0")
        us.connect()
        us.until(lambda: "told" in engine.got("8"))
        assert engine.got("8") == [name for name, _ in both_reports([*names, "b1", "b2"])] + ["told"]
        taken = [message.text(11) for message in us.taken if message.msg_type == "D"]
        assert taken == [*names, "b1", "b2"]

        # A message that their own dictionary lets through and ours does not.
        engine.do("send 35=D|11=bad|55=X|54=1|60=20260101-00:00:00.000|40=2|58=ok|9999=1")
        us.until(lambda: any("admin 3 " in line for line in engine.look()))
        engine.do("logout")
        us.until(lambda: any(isinstance(event, LoggedOut) and event.cause == EndCause.LOGOUT for event in us.events))
        sent = [event for event in us.events if isinstance(event, MessageSent) and not event.resent]
        assert [event.seq_num for event in sent] == list(range(1, len(sent) + 1)), "a number is used once"


def test_next_expected_is_understood_both_ways() -> None:
    """789: what was missed comes without a ResendRequest, whoever missed it."""
    port = free_port()
    with (
        theirs("acceptor", port, "EnableNextExpectedMsgSeqNum=Y") as engine,
        ours(True, port, next_expected=True) as us,
    ):
        for name in ("a", "b", "c"):
            us.send("D", order(name))
        us.connect()
        us.until(lambda: len(reports(us)) == 6)
        engine.wait(lambda: len(engine.got("D")) >= 3)
        assert engine.got("D") == ["a", "b", "c"]
        assert not [line for line in engine.look() if line.startswith("admin 2")]
        assert not [event for event in us.events if isinstance(event, MessageSent) and event.msg_type == "2"]
        us.log_out()


def test_inv_594_their_789_is_answered_in_kind() -> None:
    """As client sessions do: both say it, and nobody asks for what was lost with the line."""
    port = free_port()
    with ours(False, port, answers) as us, theirs("initiator", port, "EnableNextExpectedMsgSeqNum=Y") as engine:
        us.connect()
        us.until(lambda: us.session.state.logged_on)
        engine.do(f"send 35=D|{order('a')}")
        us.until(lambda: engine.got("8") == ["a", "a"])
        us.drop()
        us.send("8", "37=Ox|17=Nx|11=told|150=0|39=0|14=0|151=1|55=X|54=1|6=0")
        us.connect()
        us.until(lambda: "told" in engine.got("8"))
        logons = [
            message_of(us.session.config, e.raw) for e in us.events if isinstance(e, MessageSent) and e.msg_type == "A"
        ]
        assert len(logons) == 2 and all(logon.get(789) for logon in logons)
        assert not [line for line in engine.look() if line.startswith("admin 2")]
        assert not [event for event in us.events if isinstance(event, MessageSent) and event.msg_type == "2"]
        us.log_out()
