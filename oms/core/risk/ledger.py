"""What one account has of one instrument in money: what it is marked at, what it cost, what was realised, what was bought and sold.

Figures are price × quantity in the instrument's own scales ("raw"); `oms.core.risk.value` makes amounts of them. `cost` is what the present
position cost on average, signed as the position is; `qty` is that position. A day is a UTC day of tape time: it cannot be chosen by who sends an order.

Invariants:
- realised + (qty × mark − cost) is the result of the day, whatever order trades, corrections and busts came in;
- `qty` moves by trades and corrections. What reference data adds to what is held, or takes away (a transfer), has no result before the next day
  begins with it;
- a correction takes the old trade back at its own price and makes the new one: the result is as if the new one had been alone;
- rounding: what is realised is rounded down.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class Ledger:
    """`mark_px`: the newest price that a decision or a trade saw. `value_px`: the price at which it counts as exposure (of an option its
    delta's part of the underlying). `before_traded`: bought and sold on the day before this one on which orders came."""

    mark_px: int = 0
    value_px: int = 0
    cost: int = 0
    realised: int = 0
    bought: int = 0
    sold: int = 0
    day_bought: int = 0
    day_sold: int = 0
    qty: int = 0
    before_traded: int = 0


def trade(ledger: Ledger, signed_qty: int, price: int) -> None:
    """A trade at a price."""
    count(ledger, 1 if signed_qty > 0 else -1, abs(signed_qty) * price)
    exchange(ledger, signed_qty, price)
    ledger.mark_px = price


def count(ledger: Ledger, sign: int, raw: int) -> None:
    """What was bought (+1) or sold (−1), taken back where `raw` is negative; the day never goes below nothing."""
    if sign > 0:
        ledger.bought += raw
        ledger.day_bought = max(0, ledger.day_bought + raw)
    else:
        ledger.sold += raw
        ledger.day_sold = max(0, ledger.day_sold + raw)


def exchange(ledger: Ledger, signed_qty: int, price: int) -> None:
    """Cost and result: what closes is realised against its average cost, what opens adds to it."""
    held = ledger.qty
    ledger.qty += signed_qty
    if held and (held > 0) != (signed_qty > 0):
        direction = 1 if held > 0 else -1
        closed = min(abs(held), abs(signed_qty))
        cost = -(-ledger.cost * closed // abs(held))
        ledger.realised += direction * closed * price - cost
        ledger.cost -= cost
        signed_qty += direction * closed
    ledger.cost += signed_qty * price


def correct(ledger: Ledger, sign: int, old: tuple[int, int], new: tuple[int, int]) -> None:
    """A trade (quantity, price) of a side has other figures; quantity 0: it never was."""
    old_qty, old_px = old
    new_qty, new_px = new
    count(ledger, sign, new_qty * new_px - old_qty * old_px)
    exchange(ledger, -sign * old_qty, old_px)
    exchange(ledger, sign * new_qty, new_px)


def new_day(ledger: Ledger, held: int) -> None:
    """The day begins with what is held, at its mark."""
    ledger.qty, ledger.cost, ledger.realised = held, held * ledger.mark_px, 0
    ledger.before_traded = ledger.day_bought + ledger.day_sold
    ledger.day_bought = ledger.day_sold = 0
