"""What grantor and holders tell each other. Amounts are in the unit of the limit, and positive where nothing else is said.

`seq` counts the grantor's events to one holder of one limit from 1; `want_seq` and `release_seq` a holder's own. A number that was applied is
passed over when it is read again.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CreditLimitSet:
    """The grantor goes by this value from here on. `over_by`: what is granted beyond it, 0 where nothing is."""

    limit_id: str
    version: int
    value: int
    over_by: int


@dataclass(frozen=True, slots=True)
class CreditGranted:
    """The holder has so much more."""

    limit_id: str
    partition: int
    seq: int
    amount: int


@dataclass(frozen=True, slots=True)
class CreditRecalled:
    """The holder is to release what it does not use, down to `keep`, and what it stops using, until a grant comes or a new recall."""

    limit_id: str
    partition: int
    seq: int
    keep: int


@dataclass(frozen=True, slots=True)
class CreditReturned:
    """The grantor has read the holder's release: what was released is free from here on."""

    limit_id: str
    partition: int
    release_seq: int
    amount: int


@dataclass(frozen=True, slots=True)
class CreditAsked:
    """The grantor has read what the holder wants, in place of all it wanted before. Grants are taken off it."""

    limit_id: str
    partition: int
    want_seq: int
    amount: int


GrantorEvent = CreditLimitSet | CreditGranted | CreditRecalled | CreditReturned | CreditAsked


@dataclass(frozen=True, slots=True)
class CreditWanted:
    """The holder wants so much more than it has."""

    limit_id: str
    partition: int
    want_seq: int
    amount: int


@dataclass(frozen=True, slots=True)
class CreditTaken:
    """The holder has read a grant: it may use it from here on."""

    limit_id: str
    seq: int
    amount: int


@dataclass(frozen=True, slots=True)
class RecallNoted:
    """The holder has read a recall."""

    limit_id: str
    seq: int
    keep: int


@dataclass(frozen=True, slots=True)
class CreditReleased:
    """The holder does not have this any more."""

    limit_id: str
    partition: int
    release_seq: int
    amount: int


HolderEvent = CreditWanted | CreditTaken | RecallNoted | CreditReleased
