"""What became of a token: a vocabulary of `oms.access` (see `oms.core.enums`, which has the rest)."""

from enum import IntEnum


class TokenChangeKind(IntEnum):
    """What a gateway saw happen to a token in its file of people."""

    LOADED = 1
    ADDED = 2
    REVOKED = 3
    ROLES = 4
