"""What can happen to a FIX session: its connection, what is received, the clock, and what its owner wants."""

from dataclasses import dataclass

from oms.fix.framing import Garbled
from oms.fix.message import Field, Message
from oms.fix.session.state import EndCause


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection is there: an initiator's own, or the one on which the first message named this session."""


@dataclass(frozen=True, slots=True)
class Received:
    """A frame came. One that cannot be parsed is `Garbled`.

    `refusal`: for a Logon, why its owner does not want it (permissions, a wrong password); it is answered with Logout and this text.
    """

    message: Message | Garbled
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection is gone. `reason` counts only where the session did not close it itself.

    PROCESS_DEATH: said once on a restart, for a session whose stored state still has a connection.
    """

    reason: EndCause = EndCause.SOCKET_DROP


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed. Wanted at `next_due_ns`; more often does no harm."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send this message. Header fields that the session does not fill itself (97, 115, 128, 1128, …) are in `header`.

    `resendable`: whether it is sent again when the counterparty asks for it. Else its number is gap-filled (rule 29), and it is refused
    while nobody is logged on; a resendable one takes its number then, and reaches the counterparty by its request for it.
    """

    msg_type: str
    body: tuple[Field, ...]
    resendable: bool = True
    header: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Logout:
    """End the session in good order."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Reset:
    """Numbers begin at 1 again: at once where nobody is connected, in a running session by a Logon with ResetSeqNumFlag (141).

    While a Logon or a Logout is awaited nothing is done: say it again afterwards.
    """


SessionInput = Connected | Received | Disconnected | Tick | Send | Logout | Reset
