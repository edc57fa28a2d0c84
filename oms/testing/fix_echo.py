"""An acceptor that echoes: the counterpart for acceptance scripts, for tools and for other engines.

    python -m oms.testing.fix_echo --port 9878 --begin-string FIX.4.2 --sender ISLD --target TW42

NewOrderSingle (D) and SecurityDefinition (d) come back with their body's fields in rising order of tags, groups whole; a PossResend order
whose ClOrdID was seen in this session is dropped; any other application message is answered with a business reject. Sessions reset on
logon and have no hours. It listens on the loopback address unless told otherwise, and knows nothing of orders.
"""

import argparse
import asyncio
import signal
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from oms.fix.dictionary import Dictionary, Layout
from oms.fix.framing import Garbled
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
from oms.runtime.fix_inputs import Address, Closed, FramesArrived, LinkInput, Opened
from oms.runtime.fix_transport import FixTransport

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
class Held:
    """A session, and the connection that it has; 0: none."""

    fix: Connection
    echo: Echo
    link: int = 0
    timer: asyncio.TimerHandle | None = None


class EchoServer:
    """Sessions by their identity; each lives as long as the server, over any number of connections. Its transport is the gateway's own."""

    def __init__(self, configs: Mapping[SessionId, SessionConfig], port: int = 0, host: str = "127.0.0.1") -> None:
        """`port` 0: one that is free, which `port` is once it listens."""
        self.configs, self.port, self.host = configs, port, host
        self._sessions = {key: Held(Connection(config), Echo(dictionary_of(config))) for key, config in configs.items()}
        self._transport = FixTransport(self._told)

    async def start(self) -> None:
        """Listens from then on."""
        self.port = await self._transport.listen(Address(self.host, self.port))

    async def stop(self) -> None:
        """Nothing is connected any more when this returns."""
        for held in self._sessions.values():
            self._let_go(held)
        await self._transport.stop()

    def _told(self, link_input: LinkInput) -> None:
        match link_input:
            case Opened():
                pass  # its first message says whose it is
            case FramesArrived(link, frames, size):
                self._arrived(link, frames)
                self._transport.processed(link, len(frames), size)
            case Closed(link):
                for held in self._sessions.values():
                    if held.link == link:
                        self._let_go(held)

    def _arrived(self, link: int, frames: Sequence[bytes | Garbled]) -> None:
        held = next((h for h in self._sessions.values() if h.link == link), None) or self._admit(link, frames[0])
        if held is None:
            self._transport.close(link)
            return
        for frame in frames:
            _answer(held.fix, held.echo, held.fix.take(frame, time.time_ns()))
        self._go_on(held)

    def _admit(self, link: int, first: bytes | Garbled) -> Held | None:
        any_config = next(iter(self.configs.values()))
        live = [session_id for session_id, held in self._sessions.items() if held.link]
        found = admit(as_message(any_config, first), self.configs, live)
        if isinstance(found, Refusal):
            print(f"refused: {found.text}", flush=True)
            return None
        held = self._sessions[found]
        held.link = link
        held.fix.connect(time.time_ns())
        return held

    def _go_on(self, held: Held) -> None:
        """What is to be written is, and the session is looked at again when something is due."""
        link = held.link
        self._transport.write(link, held.fix.bytes_to_send())
        if held.fix.closing:
            self._let_go(held)  # before the peer sees the end: it may be back at once
            self._transport.close(link)
            return
        if held.timer is not None:
            held.timer.cancel()
        due_ns = held.fix.next_due_ns
        wait_s = None if due_ns is None else max(0.0, (due_ns - time.time_ns()) / SECOND_NS)
        held.timer = None if wait_s is None else asyncio.get_running_loop().call_later(wait_s, self._tick, held)

    def _tick(self, held: Held) -> None:
        held.fix.tick(time.time_ns())
        self._go_on(held)

    def _let_go(self, held: Held) -> None:
        if held.timer is not None:
            held.timer.cancel()
            held.timer = None
        if held.link:
            held.link = 0
            held.fix.disconnect(time.time_ns())


def _answer(connection: Connection, echo: Echo, events: Iterable[FixEvent]) -> None:
    for event in events:
        if isinstance(event, LoggedOn):
            echo.logged_on()
        if isinstance(event, MessageTaken):
            answer = echo.answer(event.message)
            if answer is not None:
                connection.decide(answer, time.time_ns())


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
