"""Histories of credit by hand, right or with one thing wrong: `CASES` says which kind each wrong one shows, `RIGHT` is without fault.

The limit on open orders of the history is 5, that on the position 2,000. The grantor writes in `oms.credit`, the holder is partition 0.
"""

from collections.abc import Callable
from typing import TypeVar

from history import CREDIT, REFERENCE, RISK, History

from oms.testing.simulation.oracle import Kind
from oms.v1 import credit_pb2 as credit
from oms.v1 import enums_pb2 as enums
from oms.v1 import reference_pb2 as reference
from oms.v1.types_pb2 import Int128

LIMIT_ID = f"limit-{enums.LIMIT_KIND_OPEN_ORDERS}/OPEN_ORDERS/FIRM//ACME/USD"
VALUE = 5
POSITION_ID = f"limit-{enums.LIMIT_KIND_POSITION_QTY}/POSITION_QTY/FIRM//ACME/USD"
POSITION = 2_000
RATE_ID = f"limit-{enums.LIMIT_KIND_MESSAGE_RATE}/MESSAGE_RATE/FIRM//ACME/USD"


Said = TypeVar("Said", credit.CreditGranted, credit.CreditTaken)


def number(value: int) -> Int128:
    return Int128(hi=value >> 64, lo=value & (2**64 - 1))


def limit_set(value: int = VALUE, over_by: int = 0) -> credit.CreditLimitSet:
    return credit.CreditLimitSet(
        limit_id=LIMIT_ID, version=1, value=number(value), over_by=number(over_by), members=[0, 1]
    )


def granted(amount: int, seq: int = 1) -> credit.CreditGranted:
    return credit.CreditGranted(limit_id=LIMIT_ID, partition=0, seq=seq, amount=number(amount))


def taken(amount: int, seq: int = 1) -> credit.CreditTaken:
    return credit.CreditTaken(limit_id=LIMIT_ID, seq=seq, amount=number(amount))


def released(amount: int) -> credit.CreditReleased:
    return credit.CreditReleased(limit_id=LIMIT_ID, partition=0, release_seq=1, amount=number(amount))


def returned(amount: int) -> credit.CreditReturned:
    return credit.CreditReturned(limit_id=LIMIT_ID, partition=0, release_seq=1, amount=number(amount))


def in_two_partitions(h: History) -> None:
    desk = reference.Desk(desk_id="beta", partition=1, enabled=True)
    h.put(REFERENCE, reference.ReferenceChange(entity=reference.Entity(desk=desk), replaces_version=-1))


def opened(h: History, amount: int = 3) -> int:
    in_two_partitions(h)
    return h.write(CREDIT, limit_set(), granted(amount))


def held(h: History, amount: int = 3) -> int:
    return h.write(RISK, taken(amount), source=(CREDIT, opened(h, amount)))


def position_set(value: int = POSITION) -> credit.CreditLimitSet:
    return credit.CreditLimitSet(limit_id=POSITION_ID, version=1, value=number(value), members=[0, 1])


def of_position(said: Said) -> Said:
    said.limit_id = POSITION_ID
    return said


def with_position(h: History, position: int) -> int:
    """Granted and taken of both limits; the risk record."""
    in_two_partitions(h)
    source = h.write(CREDIT, limit_set(), granted(3), position_set(), of_position(granted(position)))
    return h.write(RISK, taken(3), of_position(taken(position)), released(2), source=(CREDIT, source))


def with_rate(h: History, messages: int) -> int:
    """As above, and of the messages of a second so many of 5."""
    with_position(h, POSITION)
    h.limit(enums.LIMIT_KIND_MESSAGE_RATE, VALUE)
    said = [credit.CreditLimitSet(limit_id=RATE_ID, version=1, value=number(VALUE), members=[0, 1])]
    if not messages:
        return h.write(CREDIT, *said)
    source = h.write(CREDIT, *said, credit.CreditGranted(limit_id=RATE_ID, seq=1, amount=number(messages)))
    return h.write(RISK, credit.CreditTaken(limit_id=RATE_ID, seq=1, amount=number(messages)), source=(CREDIT, source))


def right(h: History) -> None:
    """Granted, taken, given back; the order that follows is within what is left."""
    h.write(CREDIT, returned(2), source=(RISK, with_position(h, POSITION)))
    h.order()
    h.accept(0)


def right_messages(h: History) -> None:
    """One, of one that may be sent."""
    with_rate(h, 1)
    h.order()
    h.accept(0)


def beyond_the_limit(h: History) -> None:
    opened(h, VALUE + 1)


def of_another_limit(h: History) -> None:
    in_two_partitions(h)
    h.write(CREDIT, limit_set(VALUE + 1))


def of_another_excess(h: History) -> None:
    in_two_partitions(h)
    h.write(CREDIT, limit_set(VALUE, over_by=1))


def returned_by_time(h: History) -> None:
    held(h)
    h.write(CREDIT, returned(3), timer="credit:limit:0")


def returned_more_than_released(h: History) -> None:
    offset = opened(h)
    source = h.write(RISK, taken(3), released(1), source=(CREDIT, offset))
    h.write(CREDIT, returned(2), source=(RISK, source))


def taken_without_a_grant(h: History) -> None:
    h.write(RISK, taken(4), source=(CREDIT, opened(h, 3)))


def released_more_than_held(h: History) -> None:
    h.write(RISK, taken(3), released(4), source=(CREDIT, opened(h)))


def a_grant_passed_over(h: History) -> None:
    in_two_partitions(h)
    h.write(CREDIT, limit_set(), granted(1, 2))


def a_grant_taken_twice(h: History) -> None:
    h.write(RISK, taken(3), taken(3), source=(CREDIT, opened(h)))


def used_without_any(h: History) -> None:
    in_two_partitions(h)
    h.write(CREDIT, limit_set())
    h.order()
    h.accept(0)


def a_position_beyond_what_is_held(h: History) -> None:
    """Of open orders enough is held."""
    with_position(h, 99)
    h.order()
    h.accept(0)


def a_message_beyond_what_is_held(h: History) -> None:
    """Of open orders and the position enough is held."""
    with_rate(h, 0)
    h.order()
    h.accept(0)


def noted_out_of_nothing(h: History) -> None:
    in_two_partitions(h)
    asked = credit.CreditAsked(limit_id=LIMIT_ID, partition=1, want_seq=1, amount=number(0), in_use=number(4))
    noted = credit.UseNoted(limit_id=LIMIT_ID, partition=1, in_use=number(3))
    h.write(RISK, noted, source=(CREDIT, h.write(CREDIT, limit_set(), asked)))


Case = Callable[[History], None]
RIGHT: tuple[Case, ...] = (right, right_messages)
CASES: dict[Kind, tuple[Case, ...]] = {
    Kind.CREDIT_BEYOND_LIMIT: (beyond_the_limit,),
    Kind.CREDIT_OF_NO_LIMIT: (of_another_limit, of_another_excess),
    Kind.CREDIT_RETURNED_UNFOUNDED: (returned_by_time, returned_more_than_released),
    Kind.CREDIT_UNFOUNDED: (taken_without_a_grant, released_more_than_held, noted_out_of_nothing),
    Kind.CREDIT_OUT_OF_ORDER: (a_grant_passed_over, a_grant_taken_twice),
    Kind.CREDIT_EXCEEDED: (used_without_any, a_position_beyond_what_is_held, a_message_beyond_what_is_held),
}
