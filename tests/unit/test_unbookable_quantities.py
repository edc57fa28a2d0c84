"""A venue that tells quantities that no record could hold stops nothing: they wait for a person, and everything else goes on."""

from dataclasses import replace

import pytest
from alerts_world import Firm

from oms.core.enums import BreakCause, ExecType, OrdStatus
from oms.core.execution_events import BreakRaised
from oms.core.reconciliation.fills import BOOKABLE_QTY_MAX, can_be_booked
from oms.runtime.log import TopicPartition
from oms.testing.sim_venue import SimOrder, SimVenue
from oms.testing.simulation.audit import MemoryAuditStore
from oms.testing.simulation.faults import FaultCount
from oms.wire import topics
from oms.wire.codec import decode_journal
from oms.wire.envelope import Envelope

MOST = 2**63 - 1


def resting() -> tuple[Firm, SimVenue, SimOrder]:
    """An order of 60 rests at the venue."""
    firm = Firm(MemoryAuditStore(FaultCount()), ())
    firm.buy(60)
    firm.path.run(20)
    (venue,) = firm.path.venues.values()
    (order,) = venue.orders.values()
    return firm, venue, order


def tell(venue: SimVenue, order: SimOrder, kind: ExecType, qty: int, px: int, cum_qty: int, **ids: str) -> None:
    told = venue._told(order, order.cl_ord_ids[-1], kind, exec_id=ids["exec_id"], last_qty=1)
    status = OrdStatus.PARTIALLY_FILLED
    venue.tell(
        replace(
            told,
            last_qty=qty,
            last_px=px,
            cum_qty=cum_qty,
            leaves_qty=0,
            ord_status=status,
            exec_ref_id=ids.get("ref", ""),
        )
    )


def breaks(firm: Firm) -> list[BreakCause]:
    records = firm.path.log.known(TopicPartition(topics.EXECUTION, 0)).records
    read = [decode_journal(record.value) for record in records]
    return [e.cause for r in read if isinstance(r, Envelope) for e in r.events if isinstance(e, BreakRaised)]


@pytest.mark.parametrize(
    ("qtys", "px", "cum_qty"),
    [((2**62,) * 3, 100_000, MOST), ((2**61,) * 4, 2**62, 1), ((MOST, MOST), MOST, 1), ((MOST,), -(2**63), MOST)],
)
def test_trades_that_no_record_could_hold_wait_for_a_person(qtys: tuple[int, ...], px: int, cum_qty: int) -> None:
    firm, venue, order = resting()
    for number, qty in enumerate(qtys):
        tell(venue, order, ExecType.TRADE, qty, px, cum_qty, exec_id=f"Z{number}")
        firm.path.run(10)
    firm.path.run(50)
    assert breaks(firm).count(BreakCause.UNKNOWN_EXECUTION) == len(qtys)
    firm.buy(10)
    firm.path.run(20)
    assert len(venue.orders) == 2, "the partition goes on"


def test_a_correction_that_no_record_could_hold_waits_too() -> None:
    firm, venue, order = resting()
    venue.fill(order.cl_ord_ids[-1], 20)
    firm.path.run(10)
    (exec_id,) = order.standing
    tell(venue, order, ExecType.TRADE_CORRECT, MOST, 100_000, 20, exec_id="C1", ref=exec_id)
    firm.path.run(20)
    assert BreakCause.UNKNOWN_EXECUTION in breaks(firm)


def test_an_overfill_can_be_booked_and_what_a_thousand_of_them_add_up_to_fits() -> None:
    assert can_be_booked(60, 60, 1) and can_be_booked(0, 60, BOOKABLE_QTY_MAX)
    assert not can_be_booked(1, 60, BOOKABLE_QTY_MAX) and not can_be_booked(2**62, 2**62, 2**62)
    assert can_be_booked(2**61, 2**61, 2**61)
    assert 1_000 * BOOKABLE_QTY_MAX < 2**63 and 1_000 * BOOKABLE_QTY_MAX * MOST < 2**127
