"""Answers of an owner to messages that it cannot process, as `Send`s: BusinessMessageReject (j) and session Reject (3).

The session itself rejects what the dictionary or its own rules forbid; these are for what only the application knows.
"""

from oms.fix.message import Message
from oms.fix.session.frames import reverse_route, texts
from oms.fix.session.inputs import Send
from oms.fix.session.table import REJECT

BUSINESS_REJECT = "j"
UNSUPPORTED_TYPE = 3
"""BusinessRejectReason (380)."""


def business_reject(message: Message, reason: int, text: str, ref_id: str = "") -> Send:
    """`reason`: BusinessRejectReason (380). `ref_id`: BusinessRejectRefID (379), the business id of the message, as its ClOrdID."""
    body = texts((45, message.seq_num), (58, text), (372, message.msg_type), (379, ref_id), (380, reason))
    return Send(BUSINESS_REJECT, body, header=reverse_route(message))


def session_reject(message: Message, reason: int, text: str, ref_tag: int | None = None) -> Send:
    """`reason`: SessionRejectReason (373), one that the session's version of FIX has. `ref_tag`: RefTagID (371)."""
    tag = "" if ref_tag is None else ref_tag
    body = texts((45, message.seq_num), (58, text), (371, tag), (372, message.msg_type), (373, reason))
    return Send(REJECT, body, header=reverse_route(message))
