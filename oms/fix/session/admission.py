"""Which session a new connection belongs to: an acceptor knows it by the first message only.

Until then nothing is answered: whoever cannot say who he is is told nothing, and his connection is closed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from oms.fix.framing import Garbled
from oms.fix.message import Message
from oms.fix.session.config import SessionConfig, SessionId
from oms.fix.session.frames import SENDER_COMP_ID, TARGET_COMP_ID
from oms.fix.session.table import LOGON


@dataclass(frozen=True, slots=True)
class Refusal:
    """Close the connection without a word. `text` is for our own log."""

    text: str


def admit(
    message: Message | Garbled, configs: Mapping[SessionId, SessionConfig], live: Collection[SessionId]
) -> SessionId | Refusal:
    """The session that the first message of a connection names. `live`: sessions that have a connection; a second is refused (1b)."""
    if isinstance(message, Garbled):
        return Refusal(f"the first message is garbled: {message.reason}")
    if message.msg_type != LOGON:
        return Refusal("the first message is no Logon")
    found = SessionId(message.begin_string, message.text(TARGET_COMP_ID), message.text(SENDER_COMP_ID))
    if found not in configs:
        return Refusal(f"no session is {found}")
    if found in live:
        return Refusal(f"session {found} has a connection already")
    return found
