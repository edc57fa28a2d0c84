"""A frame as it may be kept: what authenticates somebody is nothing that a journal, a log or an audit has to know."""

import re

_SECRET = re.compile(rb"(?<=\x01)((?:554|925)=)[^\x01]*")
"""Password (554) and NewPassword (925) of a Logon."""


def without_passwords(frame: bytes) -> bytes:
    """
    >>> without_passwords(b"8=FIX.4.4\\x0135=A\\x01553=ann\\x01554=open sesame\\x0110=000\\x01")
    b'8=FIX.4.4\\x0135=A\\x01553=ann\\x01554=***\\x0110=000\\x01'
    """
    return _SECRET.sub(rb"\1***", frame)
