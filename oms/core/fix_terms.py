"""The terms of a client's FIX session, as reference data. The session itself is `oms.fix.session`'s matter."""

from dataclasses import dataclass

from oms.core.enums import DisconnectCause, DropCopyScope
from oms.core.session_hours import SessionHours


@dataclass(frozen=True, slots=True)
class CancelOnDisconnect:
    """After an end by `cause` the session's open orders are cancelled, unless it is back within `grace_ns` of wall time."""

    cause: DisconnectCause
    grace_ns: int


@dataclass(frozen=True, slots=True)
class FixSession:
    """A client's FIX session. `comp_id` is the client's SenderCompID (49), `our_comp_id` the TargetCompID (56) by which it calls us.

    `begin_string` (8): FIX.4.2, FIX.4.4 or FIXT.1.1, the last with `appl_ver_id` (1137, "9": FIX 5.0 SP2). `person_id` has the rights;
    `accounts` narrows them (empty: every account of the desk). `certificate_subject`: the common name that the client's certificate must
    have (empty: none is asked for). `calendar_id`: which trading date a TransactTime (60) belongs to (empty: the UTC day).
    `client_id`: the client, or of a drop copy by clearing member that member.
    `hours`: when it may be logged on; None: by `open_s` and `close_s`, seconds of the UTC day, equal: always. With `resets_daily` the numbers
    begin anew when a session of these begins; with `resets_on_logon` whenever the client asks (141=Y). `heartbeat_s_min`, `_max`: bounds of HeartBtInt (108).
    `cancels`: on which ends of the session its orders are cancelled (rule 38); a cause that is not named cancels nothing.
    `drop_copy`: None for a session that trades; else it only listens.
    `reset_ns`: wall time at which a person asked for its numbers to begin anew; they do once for a later one, while nobody is connected.
    """

    session_id: str
    comp_id: str
    our_comp_id: str
    begin_string: str
    appl_ver_id: str
    desk_id: str
    client_id: str
    accounts: tuple[str, ...]
    person_id: str
    certificate_subject: str
    calendar_id: str
    open_s: int
    close_s: int
    resets_daily: bool
    resets_on_logon: bool
    heartbeat_s_min: int
    heartbeat_s_max: int
    cancels: tuple[CancelOnDisconnect, ...]
    drop_copy: DropCopyScope | None
    enabled: bool
    reset_ns: int = 0
    hours: SessionHours | None = None
