"""A FIX session that lives for one command: it logs on, sends a message, hears what is said until its owner has enough, and logs out.

The session is the engine's own core; here are only its socket and the waiting. Where a gateway does not own the session's partition it
closes the connection without a word, so the addresses are tried in turn until the time is over. Not thread-safe.
"""

import itertools
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from oms.cli.fix_bodies import OF_THE_SESSION
from oms.cli.fix_login import Address, Numbers, Party
from oms.cli.instance import EXIT_UNREACHABLE, CliError
from oms.fix.codec import ParseError, parse
from oms.fix.framing import Framer, Garbled
from oms.fix.message import Field, Message
from oms.fix.session import Connection, EndCause
from oms.fix.session.events import DisconnectDue
from oms.runtime.fix_tls import ClientTls, TlsError, failure

READ_BYTES = 65_536
TURN_S = 0.05
PAUSE_S = 0.1
LOGOUT_S = 2.0
"""How long the gateway's answer to our Logout is awaited; what it has sent meanwhile is heard too."""


@dataclass(frozen=True, slots=True)
class Told:
    """One message as it was on the wire. `ours`: we sent it."""

    ours: bool
    message: Message


@dataclass
class FixClient:
    """`told`: all messages both ways but those of the session layer itself, in order. `last_sent`: MsgSeqNum (34) of ours."""

    party: Party
    addresses: tuple[Address, ...]
    tls: ClientTls | None
    numbers: Numbers
    told: list[Told] = field(default_factory=list)
    address: str = ""
    last_sent: int = 0
    _socket: socket.socket | None = None
    _why: str = ""

    def __post_init__(self) -> None:
        self._fix = Connection(self.party.config(self.numbers.reset), self.numbers.state)
        self._dictionary = self.party.dictionary
        self._framer = Framer()

    @property
    def connected(self) -> bool:
        return self._socket is not None

    def log_on(self, wait_s: float) -> None:
        """CliError with what the gateway says against it, or that nobody takes the logon within the time."""
        deadline = time.monotonic() + wait_s
        for address in itertools.cycle(self.addresses):
            self._connect(address, max(0.1, deadline - time.monotonic()))
            self.listen(lambda: self._fix.state.logged_on, max(0.1, deadline - time.monotonic()))
            if self._fix.state.logged_on:
                self.address = f"{address[0]}:{address[1]}"
                return
            said = self._why
            self.close()
            if said:
                raise CliError(f"session {self.party.session_id} may not log on: {said}{self._hint(said)}")
            if time.monotonic() + PAUSE_S > deadline:
                break
            time.sleep(PAUSE_S)
        raise CliError(
            f"no FIX gateway at {', '.join(f'{host}:{port}' for host, port in self.addresses)} takes the logon of "
            f"{self.party.comp_id}: it closes the connection where it does not know the CompIDs or the certificate, or where the "
            "session is logged on already (`oms fix sessions`)",
            EXIT_UNREACHABLE,
        )

    def _hint(self, said: str) -> str:
        if "MsgSeqNum" in said and self.party.may_reset:
            return " (somebody else used the session: --reset begins anew)"
        if "MsgSeqNum" in said:
            return f" (the session grants no 141=Y: `oms fix reset {self.party.session_id}`, then --reset begins at 1)"
        return ""

    def send(self, msg_type: str, fields: tuple[Field, ...]) -> int:
        """Its MsgSeqNum (34). Fields of the header may be among them."""
        header = tuple(item for item in fields if item[0] in self._dictionary.header_tags)
        body = tuple(item for item in fields if item[0] not in self._dictionary.header_tags)
        self.last_sent = self._fix.state.next_out
        self._fix.send(msg_type, body, time.time_ns(), header=header)
        self._flush()
        return self.last_sent

    def listen(self, enough: Callable[[], bool], wait_s: float) -> bool:
        """Until `enough`, or the end of the connection (False), or of the time (False)."""
        deadline = time.monotonic() + wait_s
        while not enough():
            if self._socket is None or time.monotonic() > deadline:
                return False
            self._read()
        return True

    def log_out(self) -> None:
        """In good order, so that the gateway sees no broken connection: what it cancels then is not to happen."""
        if self._socket is not None and self._fix.state.logged_on:
            self._fix.logout(time.time_ns())
            self._flush()
            self.listen(lambda: self._socket is None, LOGOUT_S)
        self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._fix.state.connected:
            self._fix.disconnect(time.time_ns(), EndCause.SOCKET_DROP)
            self.numbers.keep(self._fix.state)

    def _connect(self, address: Address, wait_s: float) -> None:
        self._why, self._framer = "", Framer()
        try:
            plain = socket.create_connection(address, wait_s)
        except OSError:
            return
        try:
            self._socket = (
                plain
                if self.tls is None
                else self.tls.context().wrap_socket(plain, server_hostname=self.tls.server_name)
            )
        except TlsError as error:
            plain.close()
            raise CliError(str(error)) from None
        except (ssl.SSLError, OSError) as error:
            plain.close()
            self._why = failure(error) if isinstance(error, ssl.SSLError) else str(error)
            return
        self._fix.connect(time.time_ns())
        self._flush()

    def _flush(self) -> None:
        """The numbers are kept before anything that has them leaves."""
        data = self._fix.bytes_to_send()
        if not data or self._socket is None:
            return
        self.numbers.keep(self._fix.state)
        for frame in Framer().feed(data):
            self._hear(frame, ours=True)
        try:
            self._socket.sendall(data)
        except OSError:
            self.close()

    def _read(self) -> None:
        assert self._socket is not None
        self._socket.settimeout(TURN_S)
        try:
            data = self._socket.recv(READ_BYTES)
        except TimeoutError:
            data = None
        except ssl.SSLError as error:
            self._why, data = failure(error), b""
        except OSError:
            data = b""
        if data == b"":
            self.close()
            return
        for frame in self._framer.feed(data or b""):
            self._hear(frame, ours=False)
            for event in self._fix.take(frame, time.time_ns()):
                if isinstance(event, DisconnectDue):
                    self._why = event.text or self._why
        self._fix.tick(time.time_ns())
        self._flush()
        if self._fix.closing:
            self.close()

    def _hear(self, frame: bytes | Garbled, ours: bool) -> None:
        if isinstance(frame, Garbled):
            return
        try:
            message = parse(frame, self._dictionary)
        except ParseError:
            return
        if message.msg_type not in OF_THE_SESSION:
            self.told.append(Told(ours, message))
