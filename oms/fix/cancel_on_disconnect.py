"""Rule 38: whether, and when, the orders of a session are cancelled because its connection ended. One state per session.

    phase      logon        end                                  the cancel was sent
    AWAY       CONNECTED    –                                    –
    CONNECTED  (the same)   WAITING, or AWAY where never         –
    WAITING    CONNECTED    (the same: a vain attempt)           DONE
    DONE       CONNECTED    –                                    –

- The cause decides: at once, after a grace window, or never. Logout, socket drop, heartbeat loss and the death of our own process are told
  apart; what else may end a session counts as the one that it resembles.
- A logon disarms. What has been cancelled by then stays cancelled.
- The window runs from the end of the connection and is not begun again: not by a vain attempt, not by a restart of ours in the middle.

The state is a value; the functions give the next one. Which orders are meant, and how they are cancelled, is the owner's.
"""

from dataclasses import dataclass, replace
from enum import IntEnum

from oms.fix.session.state import EndCause

NEVER, AT_ONCE = -1, 0


@dataclass(frozen=True, slots=True)
class CancelOnDisconnect:
    """What each cause leads to: NEVER, AT_ONCE, or the grace window in nanoseconds.

    The defaults: who logs out has ended his day in order; a line that broke may come back; a heartbeat that is missing has had its time already;
    after a restart of ours the clients need as long as it takes them to come back.
    """

    logout_ns: int = NEVER
    socket_drop_ns: int = 10_000_000_000
    heartbeat_loss_ns: int = AT_ONCE
    process_death_ns: int = 30_000_000_000

    def __post_init__(self) -> None:
        grace = (self.logout_ns, self.socket_drop_ns, self.heartbeat_loss_ns, self.process_death_ns)
        assert min(grace) >= NEVER, "a grace window is never (−1), 0 or nanoseconds"

    def grace_ns(self, cause: EndCause) -> int:
        """Of causes that are not of the four: a logout that got no answer is a logout, everything else is a drop."""
        match cause:
            case EndCause.LOGOUT | EndCause.LOGOUT_TIMEOUT:
                return self.logout_ns
            case EndCause.HEARTBEAT_LOSS:
                return self.heartbeat_loss_ns
            case EndCause.PROCESS_DEATH:
                return self.process_death_ns
            case _:
                return self.socket_drop_ns


class DisconnectPhase(IntEnum):
    AWAY = 0  # not connected, and nothing to do about it
    CONNECTED = 1
    WAITING = 2  # for the grace window to end (it may be over)
    DONE = 3  # the cancel was sent


@dataclass(frozen=True, slots=True)
class DisconnectState:
    """`cause`: of the last end. `due_ns`: of WAITING, when to cancel."""

    phase: DisconnectPhase = DisconnectPhase.AWAY
    cause: EndCause = EndCause.NONE
    due_ns: int = 0


def on_logon(state: DisconnectState) -> DisconnectState:
    """The session is up (again): disarmed."""
    return DisconnectState(DisconnectPhase.CONNECTED, state.cause)


def on_end(config: CancelOnDisconnect, state: DisconnectState, cause: EndCause, now_ns: int) -> DisconnectState:
    """Its connection ended. Nothing changes where it was not up: only a session that was logged on has something to lose.

    A logon that was refused or never came is another connection's end, not the session's.
    """
    if state.phase is not DisconnectPhase.CONNECTED or cause in (EndCause.LOGON_REFUSED, EndCause.LOGON_TIMEOUT):
        return state
    grace_ns = config.grace_ns(cause)
    if grace_ns == NEVER:
        return DisconnectState(DisconnectPhase.AWAY, cause)
    return DisconnectState(DisconnectPhase.WAITING, cause, now_ns + grace_ns)


def due(state: DisconnectState, now_ns: int) -> bool:
    """Whether to cancel now. It stays due until `on_cancelled`."""
    return state.phase is DisconnectPhase.WAITING and now_ns >= state.due_ns


def next_due_ns(state: DisconnectState) -> int | None:
    """When to ask `due` (again); None: not before something happens."""
    return state.due_ns if state.phase is DisconnectPhase.WAITING else None


def on_cancelled(state: DisconnectState) -> DisconnectState:
    """The cancel was sent (journaled). Once: a bug otherwise."""
    assert state.phase is DisconnectPhase.WAITING, f"nothing was due in {state.phase.name}"
    return replace(state, phase=DisconnectPhase.DONE, due_ns=0)
