"""simplefix, a codec that is not ours, as a client of the echo acceptor: what it writes we read, and the other way round."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import simplefix

from tests.fix_echo_process import echo

pytestmark = pytest.mark.integration


class Client:
    """Writes and reads with simplefix only."""

    def __init__(self, port: int, begin_string: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._parser = simplefix.FixParser()
        self.begin_string = begin_string
        self.next_out = 1

    def say(self, msg_type: str, *fields: tuple[int, str | bytes]) -> None:
        message = simplefix.FixMessage()
        message.append_pair(8, self.begin_string)
        message.append_pair(35, msg_type)
        message.append_pair(34, self.next_out)
        message.append_pair(49, "CLI")
        message.append_utc_timestamp(52, datetime.now(UTC).replace(tzinfo=None))
        message.append_pair(56, "ACC")
        for tag, value in fields:
            message.append_pair(tag, value)
        self._socket.sendall(message.encode())
        self.next_out += 1

    def hear(self) -> simplefix.FixMessage:
        while (message := self._parser.get_message()) is None:
            data = self._socket.recv(65_536)
            assert data, "the acceptor closed"
            self._parser.append_buffer(data)
        return message

    def at_end(self) -> bool:
        return self._socket.recv(1) == b""

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["FIX.4.2", "FIX.4.4"])
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    with echo(request.param, "ACC", "--target", "CLI") as port:
        client = Client(port, request.param)
        client.say("A", (98, "0"), (108, "30"))
        logon = client.hear()
        assert (logon.get(35), logon.get(34), logon.get(49), logon.get(98)) == (b"A", b"1", b"ACC", b"0")
        yield client
        client.close()


ORDER = ((11, "id"), (21, "1"), (38, "100"), (40, "2"), (44, "10.25"), (54, "1"), (55, "X"), (60, "20260101-00:00:00"))


def test_every_session_message_is_understood(client: Client) -> None:
    client.say("0")
    client.say("1", (112, "there?"))
    answer = client.hear()
    assert (answer.get(35), answer.get(112)) == (b"0", b"there?")
    client.say("D", *ORDER)
    assert client.hear().get(35) == b"D"
    client.say("2", (7, "1"), (16, "0"))
    filled, resent = client.hear(), client.hear()
    assert [filled.get(tag) for tag in (35, 34, 36, 123)] == [b"4", b"1", b"3", b"Y"]
    assert [resent.get(tag) for tag in (35, 34, 43, 11)] == [b"D", b"3", b"Y", b"id"]
    client.say("4", (36, "40"), (123, "Y"))
    client.next_out = 40
    client.say("3", (45, "1"))
    client.say("1", (112, "after the gap fill"))
    assert client.hear().get(112) == b"after the gap fill"
    client.say("5")
    assert client.hear().get(35) == b"5" and client.at_end()


def test_application_messages_come_back_or_are_refused(client: Client) -> None:
    client.say("D", *ORDER)
    echoed = client.hear()
    assert [(int(tag), value.decode()) for tag, value in echoed.pairs if int(tag) in dict(ORDER)] == list(ORDER)
    total = ((393, "0"),) if client.begin_string == "FIX.4.2" else ()
    client.say("d", (320, "r"), (322, "s"), (323, "6"), (55, "X"), *total)
    assert client.hear().get(320) == b"r"
    client.say("F", (11, "c"), (41, "id"), (54, "1"), (55, "X"), (60, "20260101-00:00:00"))
    refused = client.hear()
    assert [refused.get(tag) for tag in (35, 45, 372, 380)] == [b"j", b"4", b"F", b"3"]


def test_raw_data_and_every_byte_of_a_text_survive(client: Client) -> None:
    data = b"a\x01b=\x0110=000\x01"
    client.say("D", *ORDER, (58, bytes(range(32, 127)) + b"\xe9"), (354, str(len(data))), (355, data))
    echoed = client.hear()
    assert (echoed.get(35), echoed.get(58)) == (b"D", bytes(range(32, 127)) + b"\xe9")
    assert echoed.get(354) == str(len(data)).encode()
