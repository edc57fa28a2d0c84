"""What grantor and holders tell each other. Amounts are in the unit of the limit, and positive where nothing else is said.

`seq` counts the grantor's events to one holder of one limit from 1; `want_seq` and `release_seq` a holder's own. A number that was applied is
passed over when it is read again. `limit_id` is the limit's, with what it measures behind it (`spans.credit_id_of`).
"""

from dataclasses import dataclass

from oms.core.money import Amount

_NOTHING = Amount(0)

LAPSED = -2
"""In the place of a version."""


@dataclass(frozen=True, slots=True)
class CreditLimitSet:
    """The grantor goes by this value from here on. `over_by`: what is granted beyond it, 0 where nothing is.

    `members`: the partitions that the limit spans. Nothing is granted of a limit before each of them has said what it uses. `removed_at`:
    the version by which it was removed last, 0: never; what holders said of their use until then is not so any more.
    """

    limit_id: str
    version: int
    value: Amount
    over_by: Amount
    members: tuple[int, ...] = ()
    removed_at: int = 0


@dataclass(frozen=True, slots=True)
class CreditGranted:
    """The holder has so much more."""

    limit_id: str
    partition: int
    seq: int
    amount: Amount


@dataclass(frozen=True, slots=True)
class CreditRecalled:
    """The holder is to release what it does not use, down to `keep`, and what it stops using, until a grant comes or a new recall."""

    limit_id: str
    partition: int
    seq: int
    keep: Amount


@dataclass(frozen=True, slots=True)
class CreditReturned:
    """The grantor has read the holder's release: what was released is free from here on. `in_use` as in `CreditReleased`."""

    limit_id: str
    partition: int
    release_seq: int
    amount: Amount
    in_use: Amount = _NOTHING


@dataclass(frozen=True, slots=True)
class CreditAsked:
    """The grantor has read what the holder wants, in place of all it wanted before. Grants are taken off it. `in_use` and `version` as in
    `CreditWanted`."""

    limit_id: str
    partition: int
    want_seq: int
    amount: Amount
    in_use: Amount = _NOTHING
    version: int = 0


GrantorEvent = CreditLimitSet | CreditGranted | CreditRecalled | CreditReturned | CreditAsked


@dataclass(frozen=True, slots=True)
class CreditWanted:
    """The holder wants so much more than it has, and so much of it at once: an order was refused for it.

    `in_use`: what it uses now, whatever it holds; `version`: of the limit, as it knows it, LAPSED: no version of it is in force, and what it uses
    is not known until it asks again.
    """

    limit_id: str
    partition: int
    want_seq: int
    amount: Amount
    in_use: Amount = _NOTHING
    version: int = -1
    urgent: Amount = _NOTHING


@dataclass(frozen=True, slots=True)
class CreditTaken:
    """The holder has read a grant: it may use it from here on."""

    limit_id: str
    seq: int
    amount: Amount


@dataclass(frozen=True, slots=True)
class RecallNoted:
    """The holder has read a recall."""

    limit_id: str
    seq: int
    keep: Amount


@dataclass(frozen=True, slots=True)
class CreditReleased:
    """The holder does not have this any more. `in_use`: what it used then."""

    limit_id: str
    partition: int
    release_seq: int
    amount: Amount
    in_use: Amount = _NOTHING


@dataclass(frozen=True, slots=True)
class UseNoted:
    """The holder has read, in the grantor's journal, what another partition said that it has lost."""

    limit_id: str
    partition: int
    in_use: Amount


HolderEvent = CreditWanted | CreditTaken | RecallNoted | CreditReleased | UseNoted
