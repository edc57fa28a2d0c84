"""One line to a venue process and the one that answers it, on a connection of its own. For operators, faults and test harnesses."""

import select
import time

from oms.venues import messages as m
from oms.venues.session_client import Disconnected, LineConnection

ANSWER_S = 5.0
"""A venue process answers within one turn; one that does not within this hangs, or is none."""


class NoAnswer(Exception):
    """Nothing answers there; the text is one line."""


def ask(host: str, port: int, question: m.Message) -> m.Message:
    """Raises `NoAnswer`."""
    connection = LineConnection.connect(host, port, m.encode(question))
    deadline = time.monotonic() + ANSWER_S
    try:
        while (wait_s := deadline - time.monotonic()) > 0:
            for item in connection.poll():
                if isinstance(item, Disconnected):
                    raise NoAnswer(f"the venue process at {host}:{port}: {item.text}")
                return _read(item)
            if connection.connected:
                unsent = [connection] if connection.wants_write else []
                select.select([connection], unsent, [], wait_s)
        raise NoAnswer(f"no answer from the venue process at {host}:{port} for {ANSWER_S:g} s")
    finally:
        connection.close()


def _read(line: bytes) -> m.Message:
    try:
        return m.decode(line)
    except m.MessageError as error:
        raise NoAnswer(f"what answers there is no venue process of this release: {error}") from None
