"""Integers of records in the units of people: what a field of reference data or of a decision counts, and how that is written.

Exact: decimals are shortened by zeros only. What has no unit here is shown as it is recorded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oms.cli.decimals import to_text
from oms.cli.output import shown, time_text
from oms.core.enums import LimitKind
from oms.core.money import AMOUNT_SCALE
from oms.core.risk.levels import AMOUNTS

FEE_PER_UNIT_SCALE = 8
_BY_SUFFIX = ("_NS", "_MILLI", "_PPM")


@dataclass(frozen=True, slots=True)
class Scales:
    """Decimals of an instrument's prices and quantities, and its currency."""

    price: int = 0
    qty: int = 0
    currency: str = ""


AllScales = Mapping[str, Scales]
"""By instrument."""


def duration_text(nanoseconds: int) -> str:
    """The largest unit that is exact in at most three decimals, else nanoseconds.

    >>> duration_text(2_000_000_000), duration_text(1_500_000), duration_text(7)
    ('2 s', '1.5 ms', '7 ns')
    """
    for unit, scale in (("s", 9), ("ms", 6), ("us", 3)):
        if abs(nanoseconds) >= 10**scale and nanoseconds % 10 ** (scale - 3) == 0:
            return f"{to_text(nanoseconds, scale)} {unit}"
    return f"{nanoseconds} ns"


def roughly(nanoseconds: int) -> str:
    """A duration to be read at a glance, cut to the millisecond (below one, to the microsecond)."""
    step = 1_000_000 if abs(nanoseconds) >= 1_000_000 else 1_000
    return duration_text(int(nanoseconds / step) * step) if abs(nanoseconds) >= 1_000 else f"{nanoseconds} ns"


def in_unit(value: int, unit: str, scales: Scales) -> str:
    """A figure of a risk check (`oms.core.risk.checks.CHECK_NAMES` names the units)."""
    match unit:
        case "qty":
            return to_text(value, scales.qty)
        case "price":
            return to_text(value, scales.price)
        case "amount":
            return f"{to_text(value, AMOUNT_SCALE)} {scales.currency}".rstrip()
        case "money":
            return to_text(value, AMOUNT_SCALE)
        case "milli":
            return to_text(value, 3)
        case "ppm":
            return f"{to_text(value, 4)} %"
        case "ns":
            return roughly(value)
        case _:
            return str(value)


LIMIT_UNITS = {
    "ORDER_QTY": "qty",
    "PRICE_COLLAR_BPS": "bps",
    "POSITION_QTY": "qty",
    "OPEN_ORDERS": "orders",
    "MESSAGE_RATE": "a second",
    "REPEATED_EXECUTIONS": "orders",
    "WINDOW_COLLAR_BPS": "bps",
    "SELF_MATCH": "orders",
    **{kind.name: "amount" for kind in AMOUNTS},
    **{kind.name: kind.name.rsplit("_", 1)[-1].lower() for kind in LimitKind if kind.name.endswith(_BY_SUFFIX)},
}
"""Kind of a limit → the unit of its value."""


def limit_value(value: int, kind: str, scales: Scales) -> str:
    unit = LIMIT_UNITS.get(kind, "")
    text = in_unit(value, unit, scales)
    return f"{text} {unit}" if unit in ("bps", "orders", "a second") else text


TRIGGER_UNITS = {"DAY_LOSS": "amount", "MESSAGE_RATE": "messages", "REJECT_RATIO": "ppm"}
"""Kind of a trigger of halts → the unit of its threshold; of the others it is a duration."""


def trigger_value(value: int, kind: str, currency: str) -> str:
    """A figure or threshold of a trigger.

    >>> trigger_value(250_000, "REJECT_RATIO", ""), trigger_value(3, "MESSAGE_RATE", ""), trigger_value(2 * 10**9, "AUDIT_LAG", "")
    ('25 %', '3 messages', '2 s')
    """
    unit = TRIGGER_UNITS.get(kind, "ns")
    text = in_unit(value, unit, Scales(currency=currency))
    return f"{text} {unit}" if unit == "messages" else text


def entity_value(field: str, value: Any, entity: Mapping[str, Any], scales: AllScales) -> str:
    """One field of an entity (a path as `changed_fields` makes them) for people. `entity` is the whole of it, as JSON."""
    name = field.rsplit(".", 1)[-1]
    if not isinstance(value, int) or isinstance(value, bool):
        return shown(value)
    own = Scales(_int(entity.get("price_scale")), _int(entity.get("qty_scale")), str(entity.get("currency") or ""))
    if name == "value":
        of_instrument = scales.get(str(entity.get("instrument_id")), Scales())
        currency = str(entity.get("currency") or of_instrument.currency)
        return limit_value(value, str(entity.get("kind")), Scales(of_instrument.price, of_instrument.qty, currency))
    if field.startswith("opening_positions["):
        held = scales.get(field[len("opening_positions[") :].split("]", 1)[0], Scales())
        return to_text(value, held.qty if name == "qty" else held.price)
    match name:
        case "threshold":
            return trigger_value(value, str(entity.get("kind")), own.currency)
        case "tick_size":
            return to_text(value, own.price)
        case "lot_size":
            return to_text(value, own.qty)
        case "taker_fee_ppm" | "maker_fee_ppm":
            return f"{value} ppm"
        case "taker_fee_per_unit_e8" | "maker_fee_per_unit_e8":
            return f"{to_text(value, FEE_PER_UNIT_SCALE)} a unit"
        case "open_ns" | "close_ns":
            return time_text(value)
        case "valid_until_ns" | "effective_ns" | "expires_ns":
            return time_text(value) if value else ""
        case _ if name.endswith("_ns"):
            return duration_text(value)
        case _ if name.endswith("_s"):
            return f"{value} s"
        case _:
            return str(value)


def _int(value: Any) -> int:
    return value if isinstance(value, int) else 0
