"""What a FIX session remembers: numbers, what may have to be resent, what waits for an earlier message, and its clocks.

Plain data: it is hashed and stored in snapshots as it is. `evolve` is the only way it changes.

Invariants:
- `next_out` is a number that was never used in this life of the session (a life ends with a reset); so is every higher one;
- every number of `sent` is below `next_out`; every number of `queue` is above `next_in`;
- both are bounded by the session's configuration.
It does not know sockets; that a connection exists is what it was told.
"""

from dataclasses import dataclass, field
from enum import IntEnum


class Phase(IntEnum):
    """Where the session is. A logon is awaited by both sides: an initiator has sent its own by then."""

    DISCONNECTED = 1
    LOGON_AWAITED = 2
    ACTIVE = 3
    LOGOUT_SENT = 4
    CLOSING = 5


class EndCause(IntEnum):
    """Why a session or its connection ended (rule 38: the first four are told apart by who cancels on disconnect)."""

    NONE = 0
    LOGOUT = 1
    SOCKET_DROP = 2
    HEARTBEAT_LOSS = 3
    PROCESS_DEATH = 4
    LOGON_REFUSED = 5
    LOGON_TIMEOUT = 6
    LOGOUT_TIMEOUT = 7
    PROTOCOL_ERROR = 8


@dataclass(slots=True)
class SessionState:
    """Times are UTC ns; 0 = never, none.

    `next_in`, `next_out`: MsgSeqNum (34) expected next, and used next. `highest_in`: highest that was seen in this life.
    `since_ns`: when the present phase began. `heart_bt_int`: seconds, as agreed at logon.
    `test_request_ns`: when the test request was sent that is not answered yet.
    `gap_end`: the messages from `next_in` up to it were asked for and are awaited; 0 = nothing is. `gap_ns`: when one of them came last,
    or they were asked for; `gap_tries`: how often they were asked for since then.
    `resend_next`, `resend_end`: numbers that the counterparty has asked for and is sent next, as an answer comes in parts; 0 = none.
    `reset_sent`: our Logon with ResetSeqNumFlag is not answered yet; an initiator's next Logon asks for it again.
    `end_cause`: why we are closing, in CLOSING; in DISCONNECTED why the last connection ended.
    `sent`: number → frame, of messages that may be resent, oldest first; `sent_bytes` together. `queue`: number → frame that waits for earlier ones; empty bytes
    for one that was acted on already and only has to be counted.
    """

    phase: Phase = Phase.DISCONNECTED
    next_in: int = 1
    next_out: int = 1
    highest_in: int = 0
    since_ns: int = 0
    heart_bt_int: int = 0
    last_sent_ns: int = 0
    last_received_ns: int = 0
    test_request_ns: int = 0
    gap_end: int = 0
    gap_ns: int = 0
    gap_tries: int = 0
    resend_next: int = 0
    resend_end: int = 0
    reset_sent: bool = False
    end_cause: EndCause = EndCause.NONE
    sent_bytes: int = 0
    sent: dict[int, bytes] = field(default_factory=dict)
    queue: dict[int, bytes] = field(default_factory=dict)
    is_draft: bool = field(default=False, compare=False, metadata={"derived": True})
    """A copy in which a decision looks ahead: `sent` and `queue` are the original's, and only read."""

    @property
    def logged_on(self) -> bool:
        return self.phase in (Phase.ACTIVE, Phase.LOGOUT_SENT)

    @property
    def has_more(self) -> bool:
        """Whether something is due at once: the rest of an answer, or a message that waited for the one before it."""
        return self.logged_on and (self.resend_end > 0 or self.next_in in self.queue)

    @property
    def connected(self) -> bool:
        return self.phase is not Phase.DISCONNECTED
