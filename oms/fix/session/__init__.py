"""A FIX session without I/O: inputs and a time in, events out; the state is the fold of the events.

    decide(config, state, session_input, now_ns) -> events       pure
    evolve(state, event)                                          the only way the state changes

`table` has the life of a session in one place. `Connection` decides and evolves at once, for owners that need no journal.
"""

from oms.fix.session.admission import Refusal, admit
from oms.fix.session.answers import business_reject, session_reject
from oms.fix.session.config import SessionConfig, SessionId
from oms.fix.session.connection import Connection
from oms.fix.session.events import FixEvent, MessageSent, MessageTaken
from oms.fix.session.fold import draft, evolve
from oms.fix.session.frames import message_of
from oms.fix.session.inputs import Connected, Disconnected, Logout, Received, Reset, Send, SessionInput, Tick
from oms.fix.session.machine import decide
from oms.fix.session.state import EndCause, Phase, SessionState
from oms.fix.session.timers import next_due_ns

__all__ = [
    "Connected",
    "Connection",
    "Disconnected",
    "EndCause",
    "FixEvent",
    "Logout",
    "MessageSent",
    "MessageTaken",
    "Phase",
    "Received",
    "Refusal",
    "Reset",
    "Send",
    "SessionConfig",
    "SessionId",
    "SessionInput",
    "SessionState",
    "Tick",
    "admit",
    "business_reject",
    "decide",
    "draft",
    "evolve",
    "message_of",
    "next_due_ns",
    "session_reject",
]
