from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EndCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    END_CAUSE_UNSPECIFIED: _ClassVar[EndCause]
    END_CAUSE_LOGOUT: _ClassVar[EndCause]
    END_CAUSE_SOCKET_DROP: _ClassVar[EndCause]
    END_CAUSE_HEARTBEAT_LOSS: _ClassVar[EndCause]
    END_CAUSE_PROCESS_DEATH: _ClassVar[EndCause]
    END_CAUSE_LOGON_REFUSED: _ClassVar[EndCause]
    END_CAUSE_LOGON_TIMEOUT: _ClassVar[EndCause]
    END_CAUSE_LOGOUT_TIMEOUT: _ClassVar[EndCause]
    END_CAUSE_PROTOCOL_ERROR: _ClassVar[EndCause]

class SendRefusal(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEND_REFUSAL_UNSPECIFIED: _ClassVar[SendRefusal]
    SEND_REFUSAL_NOT_RESENDABLE: _ClassVar[SendRefusal]
    SEND_REFUSAL_RESET_AHEAD: _ClassVar[SendRefusal]
    SEND_REFUSAL_KEPT_FULL: _ClassVar[SendRefusal]
END_CAUSE_UNSPECIFIED: EndCause
END_CAUSE_LOGOUT: EndCause
END_CAUSE_SOCKET_DROP: EndCause
END_CAUSE_HEARTBEAT_LOSS: EndCause
END_CAUSE_PROCESS_DEATH: EndCause
END_CAUSE_LOGON_REFUSED: EndCause
END_CAUSE_LOGON_TIMEOUT: EndCause
END_CAUSE_LOGOUT_TIMEOUT: EndCause
END_CAUSE_PROTOCOL_ERROR: EndCause
SEND_REFUSAL_UNSPECIFIED: SendRefusal
SEND_REFUSAL_NOT_RESENDABLE: SendRefusal
SEND_REFUSAL_RESET_AHEAD: SendRefusal
SEND_REFUSAL_KEPT_FULL: SendRefusal

class ConnectionOpened(_message.Message):
    __slots__ = ("at_ns",)
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    at_ns: int
    def __init__(self, at_ns: _Optional[int] = ...) -> None: ...

class ConnectionRefused(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class NumbersReset(_message.Message):
    __slots__ = ("incoming", "outgoing")
    INCOMING_FIELD_NUMBER: _ClassVar[int]
    OUTGOING_FIELD_NUMBER: _ClassVar[int]
    incoming: bool
    outgoing: bool
    def __init__(self, incoming: _Optional[bool] = ..., outgoing: _Optional[bool] = ...) -> None: ...

class MessageSent(_message.Message):
    __slots__ = ("seq_num", "msg_type", "raw", "at_ns", "kept", "resent", "offline", "forget")
    SEQ_NUM_FIELD_NUMBER: _ClassVar[int]
    MSG_TYPE_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    KEPT_FIELD_NUMBER: _ClassVar[int]
    RESENT_FIELD_NUMBER: _ClassVar[int]
    OFFLINE_FIELD_NUMBER: _ClassVar[int]
    FORGET_FIELD_NUMBER: _ClassVar[int]
    seq_num: int
    msg_type: str
    raw: bytes
    at_ns: int
    kept: bool
    resent: bool
    offline: bool
    forget: int
    def __init__(self, seq_num: _Optional[int] = ..., msg_type: _Optional[str] = ..., raw: _Optional[bytes] = ..., at_ns: _Optional[int] = ..., kept: _Optional[bool] = ..., resent: _Optional[bool] = ..., offline: _Optional[bool] = ..., forget: _Optional[int] = ...) -> None: ...

class SendRefused(_message.Message):
    __slots__ = ("msg_type", "reason")
    MSG_TYPE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    msg_type: str
    reason: SendRefusal
    def __init__(self, msg_type: _Optional[str] = ..., reason: _Optional[_Union[SendRefusal, str]] = ...) -> None: ...

class MessageTaken(_message.Message):
    __slots__ = ("seq_num", "msg_type", "raw", "at_ns")
    SEQ_NUM_FIELD_NUMBER: _ClassVar[int]
    MSG_TYPE_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    seq_num: int
    msg_type: str
    raw: bytes
    at_ns: int
    def __init__(self, seq_num: _Optional[int] = ..., msg_type: _Optional[str] = ..., raw: _Optional[bytes] = ..., at_ns: _Optional[int] = ...) -> None: ...

class MessageCounted(_message.Message):
    __slots__ = ("seq_num", "msg_type", "at_ns")
    SEQ_NUM_FIELD_NUMBER: _ClassVar[int]
    MSG_TYPE_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    seq_num: int
    msg_type: str
    at_ns: int
    def __init__(self, seq_num: _Optional[int] = ..., msg_type: _Optional[str] = ..., at_ns: _Optional[int] = ...) -> None: ...

class MessageQueued(_message.Message):
    __slots__ = ("seq_num", "raw", "at_ns")
    SEQ_NUM_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    seq_num: int
    raw: bytes
    at_ns: int
    def __init__(self, seq_num: _Optional[int] = ..., raw: _Optional[bytes] = ..., at_ns: _Optional[int] = ...) -> None: ...

class MessageIgnored(_message.Message):
    __slots__ = ("seq_num", "msg_type", "reason", "at_ns")
    SEQ_NUM_FIELD_NUMBER: _ClassVar[int]
    MSG_TYPE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    seq_num: int
    msg_type: str
    reason: str
    at_ns: int
    def __init__(self, seq_num: _Optional[int] = ..., msg_type: _Optional[str] = ..., reason: _Optional[str] = ..., at_ns: _Optional[int] = ...) -> None: ...

class GarbledIgnored(_message.Message):
    __slots__ = ("reason", "raw", "at_ns")
    REASON_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    reason: str
    raw: bytes
    at_ns: int
    def __init__(self, reason: _Optional[str] = ..., raw: _Optional[bytes] = ..., at_ns: _Optional[int] = ...) -> None: ...

class MessageRejected(_message.Message):
    __slots__ = ("seq_num", "msg_type", "ref_tag", "reason", "text")
    SEQ_NUM_FIELD_NUMBER: _ClassVar[int]
    MSG_TYPE_FIELD_NUMBER: _ClassVar[int]
    REF_TAG_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    seq_num: int
    msg_type: str
    ref_tag: int
    reason: int
    text: str
    def __init__(self, seq_num: _Optional[int] = ..., msg_type: _Optional[str] = ..., ref_tag: _Optional[int] = ..., reason: _Optional[int] = ..., text: _Optional[str] = ...) -> None: ...

class NumbersMoved(_message.Message):
    __slots__ = ("next_in", "gap_fill", "at_ns")
    NEXT_IN_FIELD_NUMBER: _ClassVar[int]
    GAP_FILL_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    next_in: int
    gap_fill: bool
    at_ns: int
    def __init__(self, next_in: _Optional[int] = ..., gap_fill: _Optional[bool] = ..., at_ns: _Optional[int] = ...) -> None: ...

class GapFound(_message.Message):
    __slots__ = ("begin", "end", "tries", "at_ns")
    BEGIN_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    TRIES_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    begin: int
    end: int
    tries: int
    at_ns: int
    def __init__(self, begin: _Optional[int] = ..., end: _Optional[int] = ..., tries: _Optional[int] = ..., at_ns: _Optional[int] = ...) -> None: ...

class GapClosed(_message.Message):
    __slots__ = ("at_ns",)
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    at_ns: int
    def __init__(self, at_ns: _Optional[int] = ...) -> None: ...

class ResendAnswered(_message.Message):
    __slots__ = ("begin", "end", "resent", "filled", "rest_end")
    BEGIN_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    RESENT_FIELD_NUMBER: _ClassVar[int]
    FILLED_FIELD_NUMBER: _ClassVar[int]
    REST_END_FIELD_NUMBER: _ClassVar[int]
    begin: int
    end: int
    resent: int
    filled: int
    rest_end: int
    def __init__(self, begin: _Optional[int] = ..., end: _Optional[int] = ..., resent: _Optional[int] = ..., filled: _Optional[int] = ..., rest_end: _Optional[int] = ...) -> None: ...

class TestRequested(_message.Message):
    __slots__ = ("at_ns",)
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    at_ns: int
    def __init__(self, at_ns: _Optional[int] = ...) -> None: ...

class ResetRequested(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class LoggedOn(_message.Message):
    __slots__ = ("heart_bt_int", "reset", "at_ns")
    HEART_BT_INT_FIELD_NUMBER: _ClassVar[int]
    RESET_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    heart_bt_int: int
    reset: bool
    at_ns: int
    def __init__(self, heart_bt_int: _Optional[int] = ..., reset: _Optional[bool] = ..., at_ns: _Optional[int] = ...) -> None: ...

class LogoutBegun(_message.Message):
    __slots__ = ("cause", "text", "at_ns")
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    cause: EndCause
    text: str
    at_ns: int
    def __init__(self, cause: _Optional[_Union[EndCause, str]] = ..., text: _Optional[str] = ..., at_ns: _Optional[int] = ...) -> None: ...

class LoggedOut(_message.Message):
    __slots__ = ("cause", "text")
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    cause: EndCause
    text: str
    def __init__(self, cause: _Optional[_Union[EndCause, str]] = ..., text: _Optional[str] = ...) -> None: ...

class DisconnectDue(_message.Message):
    __slots__ = ("cause", "text", "at_ns")
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    cause: EndCause
    text: str
    at_ns: int
    def __init__(self, cause: _Optional[_Union[EndCause, str]] = ..., text: _Optional[str] = ..., at_ns: _Optional[int] = ...) -> None: ...

class ConnectionEnded(_message.Message):
    __slots__ = ("cause", "at_ns")
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    cause: EndCause
    at_ns: int
    def __init__(self, cause: _Optional[_Union[EndCause, str]] = ..., at_ns: _Optional[int] = ...) -> None: ...

class FixEvent(_message.Message):
    __slots__ = ("connection_opened", "connection_refused", "numbers_reset", "message_sent", "send_refused", "message_counted", "message_queued", "message_ignored", "garbled_ignored", "message_rejected", "numbers_moved", "gap_found", "gap_closed", "resend_answered", "test_requested", "reset_requested", "logged_on", "logout_begun", "logged_out", "disconnect_due", "connection_ended", "message_taken")
    CONNECTION_OPENED_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_REFUSED_FIELD_NUMBER: _ClassVar[int]
    NUMBERS_RESET_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_SENT_FIELD_NUMBER: _ClassVar[int]
    SEND_REFUSED_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_COUNTED_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_QUEUED_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_IGNORED_FIELD_NUMBER: _ClassVar[int]
    GARBLED_IGNORED_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_REJECTED_FIELD_NUMBER: _ClassVar[int]
    NUMBERS_MOVED_FIELD_NUMBER: _ClassVar[int]
    GAP_FOUND_FIELD_NUMBER: _ClassVar[int]
    GAP_CLOSED_FIELD_NUMBER: _ClassVar[int]
    RESEND_ANSWERED_FIELD_NUMBER: _ClassVar[int]
    TEST_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    RESET_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    LOGGED_ON_FIELD_NUMBER: _ClassVar[int]
    LOGOUT_BEGUN_FIELD_NUMBER: _ClassVar[int]
    LOGGED_OUT_FIELD_NUMBER: _ClassVar[int]
    DISCONNECT_DUE_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_ENDED_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_TAKEN_FIELD_NUMBER: _ClassVar[int]
    connection_opened: ConnectionOpened
    connection_refused: ConnectionRefused
    numbers_reset: NumbersReset
    message_sent: MessageSent
    send_refused: SendRefused
    message_counted: MessageCounted
    message_queued: MessageQueued
    message_ignored: MessageIgnored
    garbled_ignored: GarbledIgnored
    message_rejected: MessageRejected
    numbers_moved: NumbersMoved
    gap_found: GapFound
    gap_closed: GapClosed
    resend_answered: ResendAnswered
    test_requested: TestRequested
    reset_requested: ResetRequested
    logged_on: LoggedOn
    logout_begun: LogoutBegun
    logged_out: LoggedOut
    disconnect_due: DisconnectDue
    connection_ended: ConnectionEnded
    message_taken: MessageTaken
    def __init__(self, connection_opened: _Optional[_Union[ConnectionOpened, _Mapping]] = ..., connection_refused: _Optional[_Union[ConnectionRefused, _Mapping]] = ..., numbers_reset: _Optional[_Union[NumbersReset, _Mapping]] = ..., message_sent: _Optional[_Union[MessageSent, _Mapping]] = ..., send_refused: _Optional[_Union[SendRefused, _Mapping]] = ..., message_counted: _Optional[_Union[MessageCounted, _Mapping]] = ..., message_queued: _Optional[_Union[MessageQueued, _Mapping]] = ..., message_ignored: _Optional[_Union[MessageIgnored, _Mapping]] = ..., garbled_ignored: _Optional[_Union[GarbledIgnored, _Mapping]] = ..., message_rejected: _Optional[_Union[MessageRejected, _Mapping]] = ..., numbers_moved: _Optional[_Union[NumbersMoved, _Mapping]] = ..., gap_found: _Optional[_Union[GapFound, _Mapping]] = ..., gap_closed: _Optional[_Union[GapClosed, _Mapping]] = ..., resend_answered: _Optional[_Union[ResendAnswered, _Mapping]] = ..., test_requested: _Optional[_Union[TestRequested, _Mapping]] = ..., reset_requested: _Optional[_Union[ResetRequested, _Mapping]] = ..., logged_on: _Optional[_Union[LoggedOn, _Mapping]] = ..., logout_begun: _Optional[_Union[LogoutBegun, _Mapping]] = ..., logged_out: _Optional[_Union[LoggedOut, _Mapping]] = ..., disconnect_due: _Optional[_Union[DisconnectDue, _Mapping]] = ..., connection_ended: _Optional[_Union[ConnectionEnded, _Mapping]] = ..., message_taken: _Optional[_Union[MessageTaken, _Mapping]] = ...) -> None: ...

class VenueFrame(_message.Message):
    __slots__ = ("session_id", "venue_id", "sent", "order_id", "raw", "at_ns")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    SENT_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    venue_id: str
    sent: bool
    order_id: str
    raw: bytes
    at_ns: int
    def __init__(self, session_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., sent: _Optional[bool] = ..., order_id: _Optional[str] = ..., raw: _Optional[bytes] = ..., at_ns: _Optional[int] = ...) -> None: ...

class VenueFrames(_message.Message):
    __slots__ = ("wall_ns", "frames")
    WALL_NS_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    wall_ns: int
    frames: _containers.RepeatedCompositeFieldContainer[VenueFrame]
    def __init__(self, wall_ns: _Optional[int] = ..., frames: _Optional[_Iterable[_Union[VenueFrame, _Mapping]]] = ...) -> None: ...
