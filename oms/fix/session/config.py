"""What two parties agreed on for one FIX session. Settled before it begins, and no part of its state.

It does not know addresses, certificates or hours: those are the transport's and the schedule's.
"""

from dataclasses import dataclass, field

from oms.fix.message import Field
from oms.fix.validation import ValidationOptions

SECOND_NS = 1_000_000_000

FIXT = "FIXT.1.1"
"""The session layer of FIX 5.0 and later: BeginString names it, DefaultApplVerID (1137) names the application's version."""

APPL_VERSIONS = {"FIX.4.2": "4", "FIX.4.4": "6", "FIX.5.0": "7", "FIX.5.0SP1": "8", "FIX.5.0SP2": "9"}
"""Version → ApplVerID (1128)."""

SENT_KEPT_MAX = 10_000
"""Messages kept for a resend: a venue's 1,000 open orders with several reports each, and 10 MB at the usual 1 kB."""

QUEUE_MAX = 2_000
"""Messages kept while an earlier one is missing. What does not fit is asked for again, so that it may be small."""

QUEUE_BYTES_MAX = 16 << 20
"""Of the same, in bytes: sixteen of the longest frames, so that few and long ones have a bound as well."""

SENT_BYTES_MAX = 32 << 20
"""Of the messages kept for a resend: three times what SENT_KEPT_MAX of the usual size need. Beyond it the oldest are forgotten."""

RESEND_CHUNK_MIN = 10
QUEUE_MIN = 16
"""A ResendRequest uses a number, which has to wait or be asked for in its turn: two that keep nothing, or ask for little, never end."""


@dataclass(frozen=True, slots=True, order=True)
class SessionId:
    """Our side first: SenderCompID is ours, TargetCompID the counterparty's."""

    begin_string: str
    sender_comp_id: str
    target_comp_id: str

    def __str__(self) -> str:
        return f"{self.begin_string}:{self.sender_comp_id}->{self.target_comp_id}"


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """One session. Times are nanoseconds.

    `begin_string` (8), `sender_comp_id` (49) and `target_comp_id` (56) name it; `default_appl_ver_id` (1137) is for FIXT.1.1 only.
    `custom`: fields and messages of the counterparty's own, in the dictionary's text format.
    `heart_bt_int` (108), seconds: what an initiator asks for; an acceptor takes what it is asked for, up to `heart_bt_int_max`.
    `transmission_percent`: the reasonable transmission time, as a part of the interval (FIX session layer: "e.g. 20 %").
    `reset_on_logon`, `reset_on_logout`, `reset_on_disconnect`: numbers start at 1 again then, on both sides by agreement. An initiator
    that resets on logon says so with ResetSeqNumFlag (141). `accept_reset`: whether the counterparty may reset by 141.
    `next_expected`: Logon carries NextExpectedMsgSeqNum (789), and what the counterparty's says is missing is resent unasked.
    `next_expected_in_kind`: an acceptor does so where the initiator's Logon has 789, and not where it has none.
    `check_latency`, `sending_time_accuracy_ns`: how far SendingTime (52) may be from our clock, either way.
    `check_comp_ids`: whether 49 and 56 of every message must be the session's.
    `require_orig_sending_time`: PossDupFlag (43) = Y needs OrigSendingTime (122) (rule 26).
    `validate`: whether messages are held against the dictionary, with `validation`; without it the session's own needs are still checked.
    `resend_chunk`: most messages asked for by one ResendRequest; 0 = all at once, EndSeqNo (16) 0.
    `resend_timeout_ns`: a gap in which nothing came for so long is asked for again, `resend_tries_max` times; then the session logs out.
    `time_digits`: decimals of SendingTime that we write.
    `logon_fields`: further fields of our Logon, as Username (553).
    """

    begin_string: str
    sender_comp_id: str
    target_comp_id: str
    is_initiator: bool
    default_appl_ver_id: str = ""
    sender_sub_id: str = ""
    sender_location_id: str = ""
    target_sub_id: str = ""
    target_location_id: str = ""
    custom: str = ""
    heart_bt_int: int = 30
    heart_bt_int_max: int = 3_600
    transmission_percent: int = 20
    logon_timeout_ns: int = 10 * SECOND_NS
    logout_timeout_ns: int = 10 * SECOND_NS
    reset_on_logon: bool = False
    reset_on_logout: bool = False
    reset_on_disconnect: bool = False
    accept_reset: bool = True
    next_expected: bool = False
    next_expected_in_kind: bool = False
    check_latency: bool = True
    sending_time_accuracy_ns: int = 120 * SECOND_NS
    check_comp_ids: bool = True
    require_orig_sending_time: bool = True
    validate: bool = True
    validation: ValidationOptions = field(default_factory=ValidationOptions)
    resend_chunk: int = 0
    resend_timeout_ns: int = 10 * SECOND_NS
    resend_tries_max: int = 5
    sent_kept_max: int = SENT_KEPT_MAX
    queue_max: int = QUEUE_MAX
    time_digits: int = 3
    logon_fields: tuple[Field, ...] = ()

    def __post_init__(self) -> None:
        """ValueError where the session could not be held with it."""
        for problem in _problems(self):
            raise ValueError(f"FIX session {self.id}: {problem}")

    @property
    def id(self) -> SessionId:
        return SessionId(self.begin_string, self.sender_comp_id, self.target_comp_id)

    @property
    def dictionary(self) -> str:
        """Name of the dictionary of its application messages."""
        if self.begin_string != FIXT:
            return self.begin_string
        return next(name for name, number in APPL_VERSIONS.items() if number == self.default_appl_ver_id)


def _problems(config: SessionConfig) -> "list[str]":
    problems = []
    if not config.sender_comp_id or not config.target_comp_id:
        problems.append("SenderCompID and TargetCompID must be given")
    if config.begin_string == FIXT and config.default_appl_ver_id not in APPL_VERSIONS.values():
        problems.append(f"DefaultApplVerID must be one of {', '.join(APPL_VERSIONS.values())} for {FIXT}")
    if config.begin_string != FIXT and config.default_appl_ver_id:
        problems.append(f"DefaultApplVerID is for {FIXT} only")
    if config.next_expected and config.begin_string == "FIX.4.2":
        problems.append("NextExpectedMsgSeqNum (789) is for FIX 4.4 and later")
    if not 0 <= config.heart_bt_int <= config.heart_bt_int_max:
        problems.append(f"HeartBtInt must be from 0 to {config.heart_bt_int_max} seconds")
    if not 0 <= config.time_digits <= 9:
        problems.append("SendingTime has 0 to 9 decimals")
    if config.sent_kept_max < 0:
        problems.append("sent_kept_max is not negative")
    if config.queue_max < QUEUE_MIN:
        problems.append(f"queue_max must be at least {QUEUE_MIN}")
    if config.resend_chunk and config.resend_chunk < RESEND_CHUNK_MIN:
        problems.append(f"resend_chunk must be 0 (all at once) or at least {RESEND_CHUNK_MIN}")
    return problems
