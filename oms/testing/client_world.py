"""Clients over FIX, the whole path behind them, in memory: real loops, rules, codec and port; only sockets and venues are replaced.

A `Client` is an independent FIX session of ours as the initiator: what it holds of its orders is what reports told it.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from oms.core.client_links import LinkClosed, LinkFrame, LinkOpened
from oms.core.commands import Provenance
from oms.core.enums import DisconnectCause, DropCopyScope, Role
from oms.core.reference import Account, CancelOnDisconnect, Desk, Entity, FixSession, Person
from oms.fix.codec import parse
from oms.fix.fields import from_utc_ns
from oms.fix.framing import Framer
from oms.fix.message import Field, Message
from oms.fix.session import Connection, EndCause, MessageTaken, SessionConfig
from oms.gateway.client_sessions import ClientSessionRules
from oms.gateway.client_sessions.terms import version_of
from oms.runtime.fix_commands import CommandAppender
from oms.runtime.fix_port import ClientPort
from oms.runtime.log import TopicPartition
from oms.runtime.loop import StageLoop
from oms.runtime.ownership import LoopSettings
from oms.testing.pipeline import NO_LIMIT_NS, Pipeline
from oms.wire import topics

SECOND = 1_000_000_000
GRACE_NS = 5 * SECOND
ANN = Person("ann", "Ann", (Role.TRADER,), ("alpha",), True)
BEGIN = {"FIX.4.2": ("FIX.4.2", ""), "FIX.4.4": ("FIX.4.4", ""), "FIX.5.0SP2": ("FIXT.1.1", "9")}

CANCELS = (
    CancelOnDisconnect(DisconnectCause.SOCKET_DROP, GRACE_NS),
    CancelOnDisconnect(DisconnectCause.HEARTBEAT_LOSS, 0),
    CancelOnDisconnect(DisconnectCause.PROCESS_DEATH, 2 * GRACE_NS),
)


def fix_session(
    session_id: str = "alpha-fix",
    version: str = "FIX.4.4",
    drop_copy: DropCopyScope | None = None,
    cancels: tuple[CancelOnDisconnect, ...] = (),
    **changes: Any,
) -> FixSession:
    begin_string, appl_ver_id = BEGIN[version]
    fields: dict[str, Any] = {
        "session_id": session_id,
        "comp_id": session_id.upper(),
        "our_comp_id": "OMS",
        "begin_string": begin_string,
        "appl_ver_id": appl_ver_id,
        "desk_id": "alpha",
        "client_id": "",
        "accounts": (),
        "person_id": "ann",
        "certificate_subject": "",
        "calendar_id": "",
        "open_s": 0,
        "close_s": 0,
        "resets_daily": False,
        "resets_on_logon": True,
        "heartbeat_s_min": 5,
        "heartbeat_s_max": 60,
        "cancels": cancels,
        "drop_copy": drop_copy,
        "enabled": True,
    }
    return FixSession(**{**fields, **changes})


@dataclass
class Wires:
    """The transport as the port sees it: link → what was written, and whether it was closed."""

    written: dict[int, deque[bytes]] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)

    def write(self, link: int, data: bytes) -> None:
        if link in self.written and link not in self.closed:
            self.written[link].append(data)

    def close(self, link: int, after_flush: bool = True) -> None:
        self.closed.add(link)

    def processed(self, link: int, frames: int, size: int) -> None:
        """Nothing holds a client back here."""


@dataclass
class Client:
    """`got`: application messages, each once and in order, as its session took them. `heard`: every frame that came."""

    world: "ClientWorld"
    terms: FixSession
    heart_bt_int: int = 30
    next_expected: bool = False
    """Its Logon says which number it expects (789)."""
    link: int = 0
    got: list[Message] = field(default_factory=list)
    heard: list[Message] = field(default_factory=list)
    framer: Framer = field(default_factory=Framer)
    cuts: bool = False
    """Nothing that is written reaches it, nor is it seen to be gone: a cable that was pulled."""

    def __post_init__(self) -> None:
        config = SessionConfig(
            begin_string=self.terms.begin_string,
            sender_comp_id=self.terms.comp_id,
            target_comp_id=self.terms.our_comp_id,
            is_initiator=True,
            default_appl_ver_id=self.terms.appl_ver_id,
            heart_bt_int=self.heart_bt_int,
            next_expected=self.next_expected,
            validate=False,
        )
        self.fix = Connection(config)

    def connect(self, peer: str = "10.0.0.1:4711") -> None:
        self.world.links += 1
        self.link, self.framer = self.world.links, Framer()
        self.world.wires.written[self.link] = deque()
        self.world.port.put(LinkOpened(self.terms.session_id, self.link, peer))
        self.fix.connect(self.world.now)
        self.flush()

    def flush(self) -> None:
        if self.cuts:
            return
        for frame in self.framer.feed(self.fix.bytes_to_send()):
            assert isinstance(frame, bytes)
            self.world.port.put(LinkFrame(self.terms.session_id, self.link, frame))

    def read(self) -> None:
        if self.cuts or not self.link:
            return
        waiting = self.world.wires.written[self.link]
        while waiting:
            frame = waiting.popleft()
            self.heard.append(parse(frame))
            for event in self.fix.take(frame, self.world.now):
                if isinstance(event, MessageTaken):
                    self.got.append(parse(event.raw))
        self.fix.tick(self.world.now)
        self.flush()
        if self.link in self.world.wires.closed or self.fix.closing:
            self.drop()

    def drop(self, cause: DisconnectCause = DisconnectCause.SOCKET_DROP) -> None:
        """The socket is gone, on both sides."""
        link, self.link = self.link, 0
        if link:
            self.fix.disconnect(self.world.now, EndCause.SOCKET_DROP)
            self.world.port.put(LinkClosed(self.terms.session_id, link, cause, "reset by the peer"))

    def send(self, msg_type: str, *body: Field, header: tuple[Field, ...] = ()) -> None:
        self.fix.send(msg_type, body, self.world.now, header=header)
        self.flush()

    # -- what clients say ----------------------------------------------------------------------------------------------------

    def stamp(self) -> Field:
        return 60, from_utc_ns(self.world.now)

    def new(
        self, cl_ord_id: str, qty: int = 100, price: str = "10.00", side: bytes = b"1", *more: Field, **kw: Any
    ) -> None:
        self.send("D", *self.new_body(cl_ord_id, qty, price, side, *more), **kw)

    def new_body(self, cl_ord_id: str, qty: int, price: str, side: bytes = b"1", *more: Field) -> tuple[Field, ...]:
        head: tuple[Field, ...] = ((11, cl_ord_id.encode()), (21, b"1"), (1, b"A1"), (55, b"ACME"), (54, side))
        if version_of(self.terms) == "FIX.5.0SP2":
            head = head[:1] + head[2:]
        return (
            *head,
            self.stamp(),
            (38, b"%d" % qty),
            (40, b"2"),
            (44, price.encode()),
            (59, b"1"),
            *more,
        )

    def cancel(self, cl_ord_id: str, orig: str, **kw: Any) -> None:
        self.send(
            "F",
            (41, orig.encode()),
            (11, cl_ord_id.encode()),
            (55, b"ACME"),
            (54, b"1"),
            self.stamp(),
            (38, b"100"),
            **kw,
        )

    def replace(self, cl_ord_id: str, orig: str, qty: int, price: str = "10.00", **kw: Any) -> None:
        body: list[Field] = [
            (41, orig.encode()),
            (11, cl_ord_id.encode()),
            (21, b"1"),
            (1, b"A1"),
            (55, b"ACME"),
            (54, b"1"),
        ]
        if version_of(self.terms) == "FIX.5.0SP2":
            body.remove((21, b"1"))
        self.send("G", *body, self.stamp(), (38, b"%d" % qty), (40, b"2"), (44, price.encode()), (59, b"1"), **kw)

    def reports(self, cl_ord_id: str = "") -> list[Message]:
        return [m for m in self.got if m.msg_type == "8" and cl_ord_id in ("", m.text(11), m.text(41))]

    def states(self, cl_ord_id: str = "") -> list[str]:
        """ExecType and OrdStatus of each report."""
        return [m.text(150) + m.text(39) for m in self.reports(cl_ord_id)]

    def last(self, msg_type: str) -> Message:
        return [m for m in self.got if m.msg_type == msg_type][-1]


class ClientWorld:
    """`p`: the path of one partition. Time moves with `run`."""

    def __init__(
        self, p: Pipeline, sessions: tuple[FixSession, ...], who: Provenance, more: tuple[Entity, ...] = ()
    ) -> None:
        self.p, self.wires, self.links = p, Wires(), 0
        self.clients: list[Client] = []
        p.entities((ANN, *more, *sessions), who)
        self.incarnations = 0
        self.start()

    @property
    def now(self) -> int:
        return self.p.clock.wall_ns

    @property
    def loop(self) -> StageLoop[Any, Any]:
        return self.p.loops[topics.CLIENT_SESSIONS]

    @property
    def state(self) -> Any:
        return self.loop.state

    def start(self) -> None:
        """A new process for the stage."""
        self.incarnations += 1
        partition = self.p.partition
        self.port = ClientPort(self.wires, CommandAppender(self.p.log, partition), self._drop_links)
        settings = LoopSettings(
            TopicPartition(topics.CLIENT_SESSIONS, partition),
            (TopicPartition(topics.RISK, partition), TopicPartition(topics.ROUTING, partition)),
            f"fix-{self.incarnations}",
            NO_LIMIT_NS,
            NO_LIMIT_NS,
        )
        self.p.loops[topics.CLIENT_SESSIONS] = StageLoop(
            self.p.log,
            ClientSessionRules(),
            settings,
            self.p.clock,
            self.p.view,
            lambda: self.p.audit_age_ns,
            self.port,
        )

    def _drop_links(self) -> None:
        """As the front does when an ownership begins or is lost."""
        self.wires.closed.update(client.link for client in self.clients if client.link)

    def crash(self) -> None:
        """The process is gone, with its connections and all that it remembers; another starts in its place."""
        self.start()
        for client in self.clients:
            if client.link:
                self.wires.closed.add(client.link)
                client.link = 0
                client.fix.disconnect(self.now, EndCause.SOCKET_DROP)

    def client(self, terms: FixSession, **changes: Any) -> Client:
        made = Client(self, terms, **changes)
        self.clients.append(made)
        return made

    def run(self, turns: int = 60, step_ns: int = 5_000_000) -> None:
        for _ in range(turns):
            self.p.run(1, step_ns)
            for client in self.clients:
                client.read()


def account(account_id: str, client_id: str = "", clearing_member_id: str = "") -> Account:
    return Account(account_id, "alpha", "USD", (), True, client_id, clearing_member_id)


def desk(desk_id: str, partition: int = 0) -> Desk:
    return Desk(desk_id, desk_id, partition, True)
