"""An acceptor that echoes: the counterpart for acceptance scripts, for tools and for other engines.

    python -m oms.testing.fix_echo --port 9878 --begin-string FIX.4.2 --sender ISLD --target TW42

NewOrderSingle (D) and SecurityDefinition (d) come back with their body's fields in rising order of tags, groups whole; a PossResend order
whose ClOrdID was seen in this session is dropped; any other application message is answered with a business reject. Sessions reset on
logon and have no hours. It listens on the loopback address unless told otherwise, and knows nothing of orders.
"""

import argparse
import asyncio
import contextlib
import signal
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from oms.fix.dictionary import Dictionary, Layout
from oms.fix.framing import Framer, Garbled
from oms.fix.message import Field, Message
from oms.fix.session import (
    Connection,
    FixEvent,
    MessageTaken,
    Refusal,
    Send,
    SessionConfig,
    SessionId,
    admit,
    business_reject,
)
from oms.fix.session.answers import UNSUPPORTED_TYPE
from oms.fix.session.config import FIXT, SECOND_NS
from oms.fix.session.connection import as_message
from oms.fix.session.events import LoggedOn
from oms.fix.session.frames import HEADER_TAGS, dictionary_of, reverse_route
from oms.fix.validation import ValidationOptions

READ_BYTES = 65_536
FIRST_MESSAGE_S = 10.0
"""How long a new connection may take to say who it is."""
PART_S = 2.0
"""How long the counterparty's end is awaited after ours."""
CL_ORD_IDS_MAX = 100_000
"""ClOrdIDs remembered for a session; the oldest is forgotten for a new one."""
LOGOUT_TIMEOUT_NS = 2 * SECOND_NS

CL_ORD_ID, POSS_RESEND = 11, 97
TRAILER_TAGS = frozenset({93, 89})
NEW_ORDER_SINGLE, SECURITY_DEFINITION = "D", "d"


class Echo:
    """What the application does with a message that is due. One for each session."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary = dictionary
        self._seen: dict[str, None] = {}

    def logged_on(self) -> None:
        """Numbers begin at 1, and nothing was seen."""
        self._seen.clear()

    def answer(self, message: Message) -> Send | None:
        if message.msg_type not in (NEW_ORDER_SINGLE, SECURITY_DEFINITION):
            return business_reject(message, UNSUPPORTED_TYPE, "Unsupported Message Type")
        if message.msg_type == NEW_ORDER_SINGLE and self._is_repeated(message):
            return None
        resend: tuple[Field, ...] = ((POSS_RESEND, b"Y"),) if message.poss_resend else ()
        body = sorted_body(message, self._dictionary)
        return Send(message.msg_type, body, header=(*resend, *reverse_route(message)))

    def _is_repeated(self, message: Message) -> bool:
        cl_ord_id = message.text(CL_ORD_ID)
        if message.poss_resend and cl_ord_id in self._seen:
            return True
        if len(self._seen) >= CL_ORD_IDS_MAX:
            del self._seen[next(iter(self._seen))]
        self._seen[cl_ord_id] = None
        return False


def sorted_body(message: Message, dictionary: Dictionary) -> tuple[Field, ...]:
    """The fields between header and trailer in rising order of tags; a group stays behind its count field as it came."""
    layout = dictionary.layout(message.msg_type) or Layout()
    units: list[list[Field]] = []
    inside: frozenset[int] = frozenset()
    for item in message.fields:
        tag = item[0]
        if tag in HEADER_TAGS or tag in TRAILER_TAGS:
            continue
        if tag in inside:
            units[-1].append(item)
            continue
        units.append([item])
        inside = _members(layout.groups[tag]) if tag in layout.groups else frozenset()
    return tuple(item for unit in sorted(units, key=lambda unit: unit[0][0]) for item in unit)


def _members(group: Layout) -> frozenset[int]:
    """All tags that may stand in an instance, nested ones too."""
    return frozenset(group.members).union(*(_members(inner) for inner in group.groups.values()))


@dataclass
class EchoServer:
    """Sessions by their identity; each lives as long as the server, over any number of connections."""

    configs: dict[SessionId, SessionConfig]
    port: int = 0
    host: str = "127.0.0.1"
    _sessions: dict[SessionId, tuple[Connection, Echo]] = field(default_factory=dict)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listens from then on; `port` is the one in use."""
        for session_id, config in self.configs.items():
            self._sessions[session_id] = Connection(config), Echo(dictionary_of(config))
        self._server = await asyncio.start_server(self._serve, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None, "not started"
        self._server.close()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._server.wait_closed(), 1.0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._admit(reader, writer)
            await _part(reader, writer)
        except ConnectionError:
            pass  # the counterparty is gone: the session was told
        finally:
            writer.close()

    async def _admit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        framer = Framer()
        first: list[bytes | Garbled] = []
        until = time.monotonic() + FIRST_MESSAGE_S
        while not first:
            data = await _read(reader, until - time.monotonic())
            if not data:
                return
            first = framer.feed(data)
        any_config = next(iter(self.configs.values()))
        live = [session_id for session_id, (connection, _) in self._sessions.items() if connection.state.connected]
        found = admit(as_message(any_config, first[0]), self.configs, live)
        if isinstance(found, Refusal):
            print(f"refused: {found.text}", flush=True)
            return
        connection, echo = self._sessions[found]
        connection.connect(time.time_ns())
        try:
            await _hold(connection, echo, framer, first, reader, writer)
        finally:
            connection.disconnect(time.time_ns())


async def _hold(
    connection: Connection,
    echo: Echo,
    framer: Framer,
    frames: list[bytes | Garbled],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """One connection of a session, to its end."""
    while True:
        for frame in frames:
            _answer(connection, echo, connection.take(frame, time.time_ns()))
        writer.write(connection.bytes_to_send())
        await writer.drain()
        if connection.closing:
            return
        due_ns = connection.next_due_ns
        data = await _read(reader, None if due_ns is None else (due_ns - time.time_ns()) / SECOND_NS)
        if data == b"":
            return
        frames = framer.feed(data) if data else []
        if not frames:
            connection.tick(time.time_ns())


async def _part(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Our end first: a socket that is closed over unread input resets the connection, and the Logout before it is lost."""
    writer.write_eof()
    until = time.monotonic() + PART_S
    while await _read(reader, until - time.monotonic()):
        pass


def _answer(connection: Connection, echo: Echo, events: Iterable[FixEvent]) -> None:
    for event in events:
        if isinstance(event, LoggedOn):
            echo.logged_on()
        if isinstance(event, MessageTaken):
            answer = echo.answer(event.message)
            if answer is not None:
                connection.decide(answer, time.time_ns())


async def _read(reader: asyncio.StreamReader, wait_s: float | None) -> bytes | None:
    """Bytes; empty at the end of the connection; None where none came in time."""
    try:
        return await asyncio.wait_for(reader.read(READ_BYTES), None if wait_s is None else max(wait_s, 0.0))
    except TimeoutError:
        return None


def session_configs(
    begin_string: str, sender: str, targets: Sequence[str], unchecked: Sequence[str] = (), appl_ver_id: str = ""
) -> dict[SessionId, SessionConfig]:
    """`unchecked`: targets whose fields need no values."""
    configs = {}
    for target in dict.fromkeys((*targets, *unchecked)):
        config = SessionConfig(
            begin_string,
            sender,
            target,
            is_initiator=False,
            default_appl_ver_id=appl_ver_id if begin_string == FIXT else "",
            reset_on_logon=True,
            logout_timeout_ns=LOGOUT_TIMEOUT_NS,
            validation=ValidationOptions(check_fields_have_values=target not in unchecked),
        )
        configs[config.id] = config
    return configs


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m oms.testing.fix_echo", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--port", type=int, required=True, help="0 = any that is free; the line that is printed names it"
    )
    parser.add_argument("--begin-string", default="FIX.4.2", help="FIX.4.2, FIX.4.4 or FIXT.1.1")
    parser.add_argument("--sender", default="ISLD", help="our CompID")
    parser.add_argument("--target", action="append", default=[], help="a counterparty's CompID; may be repeated")
    parser.add_argument(
        "--no-check-fields-have-values",
        action="append",
        default=[],
        metavar="CompID",
        help="in the session with this target, which need not be named again, a field may be empty; may be repeated",
    )
    parser.add_argument("--default-appl-ver-id", default="9", help="DefaultApplVerID (1137), for FIXT.1.1 only")
    given = parser.parse_args(arguments)
    if not given.target and not given.no_check_fields_have_values:
        parser.error("name at least one --target")
    configs = session_configs(
        given.begin_string, given.sender, given.target, given.no_check_fields_have_values, given.default_appl_ver_id
    )
    asyncio.run(_run(EchoServer(configs, given.port, given.host)))


async def _run(server: EchoServer) -> None:
    """Until SIGINT or SIGTERM."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await server.start()
    print(f"listening on {server.host}:{server.port} for {', '.join(map(str, server.configs))}", flush=True)
    await stopped.wait()
    await server.stop()


if __name__ == "__main__":
    main()
