"""Accounts and people as reference data: whose an order is, what was held before it, and who entered it."""

from dataclasses import dataclass, field

from oms.core.enums import Role
from oms.core.money import Amount


@dataclass(frozen=True, slots=True)
class OpeningPosition:
    """`avg_price` is what a unit cost on average, in the instrument's price scale; None: not known, and with it the profit of this part.

    No decision rests on that price: it is for showing profits, and no part of any stage's state.
    """

    instrument_id: str
    qty: int
    avg_price: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class CashBalance:
    """What an account has of a currency before anything is traded."""

    currency: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class Account:
    """`client_id`: whose it is, empty: the firm's own. `clearing_member_id`: who clears it, empty: not said. Drop copies go by both.
    `settlement_currencies`: in which it can pay; none: in any."""

    account_id: str
    desk_id: str
    currency: str
    opening_positions: tuple[OpeningPosition, ...]
    enabled: bool
    client_id: str = ""
    clearing_member_id: str = ""
    cash: tuple[CashBalance, ...] = ()
    settlement_currencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    person_id: str
    name: str
    roles: tuple[Role, ...]
    desks: tuple[str, ...]
    enabled: bool
