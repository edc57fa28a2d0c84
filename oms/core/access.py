"""The records of `oms.access`: calls refused for who made them, and tokens that came and went. For the audit; nothing is decided on them.

A token itself is in no record: `token_id` is the first 8 hexadecimal digits of its SHA-256, which is what people are shown.
"""

from dataclasses import dataclass

from oms.core.enums import Role, TokenChangeKind
from oms.core.reasons import Reason


@dataclass(frozen=True, slots=True)
class AccessRefused:
    """`count` calls alike (method, peer, token, reason), from `first_wall_ns` to `wall_ns`; `text` is of the first.

    `peer`: the caller's host. `person_id`: whom the token names, empty where it names nobody. Times: wall, nanoseconds UTC.
    """

    wall_ns: int
    method: str
    peer: str
    person_id: str
    token_id: str
    reason: Reason
    text: str
    count: int
    first_wall_ns: int
    process_id: str


@dataclass(frozen=True, slots=True)
class TokenChanged:
    """What a gateway found in its file of people. `roles` and `desks` are the file's own grant."""

    wall_ns: int
    person_id: str
    token_id: str
    change: TokenChangeKind
    roles: tuple[Role, ...]
    desks: tuple[str, ...]
    process_id: str


AccessRecord = AccessRefused | TokenChanged
