"""Acceptance scripts for FIX acceptors: read, played over real sockets, compared field by field.

    python -m oms.testing.fix_scripts --port 9878 --patterns fields.fmt *.def

A script is lines of one action each, in the form that the QuickFIX project publishes its acceptance tests in:

    iCONNECT  iDISCONNECT      the tester connects, disconnects
    I8=FIX.4.2|35=A|…          the tester sends; BodyLength and CheckSum are added where they are absent, and left wrong where they are there
    E8=FIX.4.2|9=63|35=A|…     the tester expects exactly this message, and it next
    eDISCONNECT                the tester expects the acceptor to close, and no message before
    i1,CONNECT  I2,8=…         with several connections: their number
    # …                        a comment

`<TIME>`, `<TIME-121>` is now in UTC, with an offset in seconds; `<BEGIN>` the version that is played. Fields are separated by SOH, or by
`|` in a script without SOH.
A line of the pattern file, `tag=regular expression`, says for a field what its value looks like (from its beginning) instead of what it is.
BodyLength and CheckSum are compared where the script gives them; every other field always is, in order.

It reads frames by itself, and checks length and sum of each, so that what it judges is no part of it.
"""

import argparse
import re
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

WAIT_S = 20.0
"""For one message: a heartbeat of six seconds twice, on a machine with other work."""
SOH = b"\x01"

Fields = list[tuple[str, str]]
Patterns = Mapping[str, re.Pattern[str]]

_ACTION = re.compile(r"([iIeE])(?:(\d+),)?(.*)", re.DOTALL)
_TIME = re.compile(r"<TIME([+-]\d+)?>")
_FRAME = re.compile(rb"8=.*?\x0110=\d{3}\x01", re.DOTALL)


class ScriptError(Exception):
    """The script cannot be read, or the acceptor did something else; the message names line and difference."""


@dataclass(frozen=True, slots=True)
class Action:
    """`kind`: i, I, E or e. `connection`: 1 where the script names none. `text`: what follows, with SOH between fields."""

    line: int
    kind: str
    connection: int
    text: str


def read_script(path: Path) -> list[Action]:
    """ScriptError for a line that is none of the forms."""
    text = path.read_text(encoding="latin-1")
    if "\x01" not in text:
        text = text.replace("|", "\x01")
    actions = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        if not line.strip() or line.startswith("#"):
            continue
        match = _ACTION.fullmatch(line)
        if match is None or (match[1] in "ie" and match[3].strip() not in ("CONNECT", "DISCONNECT")):
            raise ScriptError(f"{path.name}:{number}: no action: {line[:40]!r}")
        actions.append(Action(number, match[1], int(match[2] or 1), match[3].strip() if match[1] in "ie" else match[3]))
    return actions


def read_patterns(path: Path) -> dict[str, re.Pattern[str]]:
    """`tag=regular expression` a line."""
    lines = [line.partition("=") for line in path.read_text().splitlines() if "=" in line]
    return {tag: re.compile(pattern) for tag, _, pattern in lines}


def with_times(text: str, now: datetime) -> str:
    def moment(match: re.Match[str]) -> str:
        return (now + timedelta(seconds=int(match[1] or 0))).strftime("%Y%m%d-%H:%M:%S")

    return _TIME.sub(moment, text)


def outgoing(text: str) -> bytes:
    """The bytes of an I line: 9 and 10 are put where they belong if they are absent."""
    frame = text.encode("latin-1")
    if not frame.startswith(b"8="):
        return frame
    begin, _, rest = frame.partition(SOH)
    body, trailer = rest, b""
    at = 0 if rest.startswith(b"10=") else rest.find(b"\x0110=") + 1
    if at or rest.startswith(b"10="):
        body, trailer = rest[:at], rest[at:]
    if not body.startswith(b"9="):
        body = b"9=%d\x01" % len(body) + body
    frame = begin + SOH + body
    return frame + (trailer or b"10=%03d\x01" % (sum(frame) % 256))


def split(frame: str) -> Fields:
    return [(tag, value) for tag, _, value in (part.partition("=") for part in frame.rstrip("\x01").split("\x01"))]


def difference(expected: Fields, actual: Fields, patterns: Patterns) -> str:
    """Empty where the message is the expected one."""
    named = {tag for tag, _ in expected}
    actual = [item for item in actual if item[0] not in ("9", "10") or item[0] in named]
    for at in range(max(len(expected), len(actual))):
        if at >= len(actual):
            return f"field {expected[at][0]}={expected[at][1]} is missing"
        if at >= len(expected):
            return f"field {actual[at][0]}={actual[at][1]} is not expected"
        (tag, value), (actual_tag, actual_value) = expected[at], actual[at]
        matches = patterns[tag].match(actual_value) if tag in patterns else value == actual_value
        if tag != actual_tag or not matches:
            return f"expected {tag}={value}, got {actual_tag}={actual_value}"
    return ""


@dataclass
class Player:
    """Plays scripts against one acceptor."""

    port: int
    patterns: Patterns
    begin_string: str = "FIX.4.2"
    host: str = "127.0.0.1"
    wait_s: float = WAIT_S
    _connections: dict[int, tuple[socket.socket, bytearray]] = field(default_factory=dict)

    def play(self, path: Path) -> None:
        """ScriptError at the first difference. No connection stays open."""
        try:
            for action in read_script(path):
                self._act(path.name, action)
        finally:
            for connection, _ in self._connections.values():
                connection.close()
            self._connections.clear()

    def _act(self, name: str, action: Action) -> None:
        text = with_times(action.text, datetime.now(UTC)).replace("<BEGIN>", self.begin_string)
        try:
            match action.kind + action.text if action.kind in "ie" else action.kind:
                case "iCONNECT":
                    self._connections[action.connection] = socket.create_connection((self.host, self.port)), bytearray()
                case "iDISCONNECT":
                    self._connections.pop(action.connection)[0].close()
                case "I":
                    self._connections[action.connection][0].sendall(outgoing(text))
                case "E":
                    self._expect(action.connection, text)
                case "eDISCONNECT":
                    self._expect_end(action.connection)
                case other:
                    raise ScriptError(f"{other} is no action of a tester")
        except (ScriptError, OSError, KeyError) as error:
            raise ScriptError(f"{name}:{action.line}: {error}") from error

    def _expect(self, number: int, text: str) -> None:
        frame = self._next(number)
        if frame is None:
            raise ScriptError(f"the connection ended, expected {_shown(text)}")
        problem = difference(split(text), split(frame), self.patterns)
        if problem:
            raise ScriptError(f"{problem}\n  expected {_shown(text)}\n  got      {_shown(frame)}")

    def _expect_end(self, number: int) -> None:
        frame = self._next(number)
        if frame is not None:
            raise ScriptError(f"expected the end of the connection, got {_shown(frame)}")
        self._connections.pop(number)[0].close()

    def _next(self, number: int) -> str | None:
        """The next message; None at the end of the connection."""
        connection, buffer = self._connections[number]
        until = time.monotonic() + self.wait_s
        while True:
            match = _FRAME.match(buffer)
            if match is not None:
                frame = bytes(match[0])
                del buffer[: match.end()]
                _check(frame)
                return frame.decode("latin-1")
            connection.settimeout(max(until - time.monotonic(), 0.001))
            try:
                data = connection.recv(65_536)
            except TimeoutError:
                raise ScriptError(f"nothing came for {self.wait_s:g} s") from None
            except ConnectionResetError:
                data = b""
            if not data:
                if buffer:
                    raise ScriptError(f"the connection ended within a message: {bytes(buffer[:80])!r}")
                return None
            buffer += data


def _check(frame: bytes) -> None:
    """The body is as long, and the sum of the bytes is, as the frame says."""
    _, length, body = frame.split(SOH, 2)
    if length != b"9=%d" % (len(body) - len(b"10=000|")) or frame[-4:-1] != b"%03d" % (sum(frame[:-7]) % 256):
        raise ScriptError(f"BodyLength or CheckSum is wrong in {_shown(frame.decode('latin-1'))}")


def _shown(text: str) -> str:
    return text.replace("\x01", "|")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m oms.testing.fix_scripts", description=__doc__.split("\n", 1)[0] if __doc__ else ""
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--begin-string", default="FIX.4.2", help="what <BEGIN> stands for")
    parser.add_argument("--patterns", type=Path, required=True, help="what fields look like that cannot be known")
    parser.add_argument("scripts", type=Path, nargs="+")
    given = parser.parse_args(arguments)
    player = Player(given.port, read_patterns(given.patterns), given.begin_string, given.host)
    failed = 0
    for path in given.scripts:
        try:
            player.play(path)
            print(f"passed {path.name}", flush=True)
        except ScriptError as error:
            failed += 1
            print(f"FAILED {error}", flush=True)
    print(f"{len(given.scripts) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
