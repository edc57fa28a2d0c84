"""The largest list fits a record, and so does the largest step of a program."""

from oms.core.commands import NewOrder, NewOrderList, Provenance, TwapParameters
from oms.core.enums import (
    Algorithm,
    ExecInst,
    OrdType,
    PegPriceType,
    SelfMatchPrevention,
    Side,
    TimeInForce,
)
from oms.core.instructions import Instructions, Peg
from oms.core.lists import PROGRAM_ORDERS_MAX
from oms.gateway.field_errors import INT_MAX
from oms.wire import topics
from oms.wire.codec import MAX_RECORD_BYTES, decode_intake, encode_intake

ID, DATE, TRACE = "x" * 64, 99991231, "ff-" + "f" * 32 + "-" + "f" * 16 + "-ff"
WHO = Provenance(ID, ID, ID, ID, ID)
WIDEST = Instructions(
    INT_MAX, INT_MAX, INT_MAX, tuple(ExecInst), Peg(PegPriceType.TRAILING_STOP, -INT_MAX), INT_MAX, INT_MAX, INT_MAX,
    SelfMatchPrevention.CANCEL_BOTH, ID,
)  # fmt: skip


def largest(name: str) -> NewOrder:
    """Every field as long as the gateway lets it be."""
    return NewOrder(
        ID, DATE, name, ID, ID, Side.SELL_SHORT, OrdType.PEGGED, TimeInForce.GOOD_FOR_TIME, INT_MAX, -INT_MAX, Algorithm.TWAP,
        ID, TwapParameters(INT_MAX, INT_MAX, INT_MAX), INT_MAX, INT_MAX, TRACE, WHO, WIDEST, f"{ID}/{DATE}/{ID}",
    )  # fmt: skip


def test_the_largest_list_fits_a_record_of_commands_with_room_for_what_risk_adds() -> None:
    orders = tuple(largest(f"{n:064}") for n in range(PROGRAM_ORDERS_MAX))
    command = NewOrderList(ID, DATE, ID, None, orders, INT_MAX, INT_MAX, TRACE, WHO)
    value = encode_intake(topics.ORDERS, command)
    assert len(value) <= 0.8 * MAX_RECORD_BYTES, len(value)
    assert decode_intake(topics.ORDERS, value) == command
