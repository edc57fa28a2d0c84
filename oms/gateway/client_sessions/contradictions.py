"""What a message states, against what is: a replace against its order, an order against its instrument, one sent again against the first.

A field that we do not act on must not be passed over where it says something else than we do: who believes that his order is in euros, or
that its side was changed, must be told that it is not. What is left out states nothing.
"""

from collections.abc import Mapping
from typing import Any

from oms.core.commands import Command, NewOrder, same_content
from oms.core.enums import AssetClass
from oms.core.reasons import Reason
from oms.core.reference import Instrument
from oms.fix.groups import Group
from oms.fix.message import Message
from oms.gateway.client_sessions import words
from oms.gateway.client_sessions.requests import Unacceptable

_UNITS: Mapping[int, tuple[str, tuple[bytes, ...], str]] = {
    21: ("HandlInst", (b"1", b"2"), "1, 2: no person works orders by hand"),
    63: ("SettlType", (b"0",), "0: regular settlement"),
    854: ("QtyType", (b"0",), "0: quantities are units"),
    152: ("CashOrderQty", (), "nothing: say the quantity in OrderQty(38)"),
    516: ("OrderPercent", (), "nothing: say the quantity in OrderQty(38)"),
}
"""Tag → its name, the values that say what we do anyway, and that in words."""


def require_units(message: Message | Group, instrument: Instrument) -> None:
    """`Unacceptable` where an order's price or quantity is stated in another unit than the instrument's, or is to be worked otherwise."""
    currency = message.text(15)
    if currency not in ("", instrument.currency):
        text = f"Currency(15)={currency}: {instrument.instrument_id} is traded in {instrument.currency}"
        raise Unacceptable(Reason.INVALID_FIELD, text, 15)
    for tag, (name, taken, said) in (*_UNITS.items(), (423, _price_type(instrument))):
        value = message.get(tag)
        if value is not None and value not in taken:
            text = f"{name}({tag})={value.decode('latin-1')}: takes {said}"
            raise Unacceptable(Reason.UNSUPPORTED_COMBINATION, text, tag)


def _price_type(instrument: Instrument) -> tuple[str, tuple[bytes, ...], str]:
    """A bond's price is in percent of par, all others are per unit."""
    if instrument.asset_class is AssetClass.BOND:
        return "PriceType", (b"1",), "1: prices are in percent of par"
    return "PriceType", (b"2",), "2: prices are per unit"


def require_same_order(message: Message, order: NewOrder) -> None:
    """`Unacceptable` where a replace states another instrument, side, type, validity, account, venue or strategy than its order has: none
    of them can be replaced, and a price of another instrument would be read by the wrong scale."""
    stated: tuple[tuple[int, str, Any, Any], ...] = (
        (55, "Symbol", message.text(55), order.instrument_id),
        (54, "Side", words.SIDES.get(message.get(54) or b""), order.side),
        (40, "OrdType", words.ORD_TYPES.get(message.get(40) or b""), order.ord_type),
        (59, "TimeInForce", words.TIMES_IN_FORCE.get(message.get(59) or b""), order.time_in_force),
        (1, "Account", message.text(1), order.account_id),
        (100, "ExDestination", message.text(100), order.venue_id),
        (847, "TargetStrategy", words.STRATEGIES.get(message.get(847) or b""), order.algorithm),
    )
    for tag, name, said, has in stated:
        if message.get(tag) is not None and said != has:
            shown = getattr(has, "name", has) or "none"
            text = f"{name}({tag})={message.text(tag)}: the order has {shown}, which a replace cannot change: cancel it"
            raise Unacceptable(Reason.REPLACE_UNSUPPORTED, text, tag)


def is_same(command: Command, first: Command) -> bool:
    """Whether a message that is sent again asks what the first one asked (rule 28). `first` as the router knows it has no one who entered
    it, and not all terms: it cannot be told then, and is taken to be the same."""
    return not first.provenance.entered_by or same_content(command, first)
