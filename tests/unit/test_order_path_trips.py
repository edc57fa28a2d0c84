"""A loss in one partition halts the firm: two partitions of the order path and gateways in one thread, over the log in memory."""

from oms.core.enums import Algorithm, HaltAction, HaltScope
from oms.core.halt_trigger_words import VenueSessionChanged
from oms.core.reasons import Reason
from oms.core.risk_events import (
    HaltTriggerRearmed,
    MassCancelStarted,
    OrderAccepted,
    OrderRejected,
)
from oms.wire import topics
from tests.trips_world import DOLLAR, LOSS, LOST, SECOND, Deaf, TwoPartitions


def test_inv_495_a_loss_in_one_partition_halts_the_others_through_control() -> None:
    two = TwoPartitions(LOSS)
    trip = two.lose()
    assert trip.figure is not None and trip.figure > 50 * DOLLAR
    refused = two.ask(0, "more", price=90_000)
    assert isinstance(refused, OrderRejected) and refused.reason is Reason.HALTED and "firm-loss" in refused.text
    assert isinstance(two.ask(1, "before", price=90_000), OrderAccepted), "the other partition has not heard of it"
    assert two.spread() == 1
    (halt,) = two.halts()
    assert (halt.scope, halt.scope_id, halt.action, halt.cancel_open) == (
        HaltScope.FIRM,
        "",
        HaltAction.BLOCK_NEW,
        True,
    )
    assert halt.trip is not None and (halt.trip.partition, halt.trip.trigger_id) == (0, "firm-loss")
    assert halt.reason == trip.text and halt.provenance.on_behalf_of == "firm-loss"
    refused = two.ask(1, "after", price=90_000)
    assert isinstance(refused, OrderRejected) and refused.reason is Reason.HALTED and trip.text in refused.text
    assert [e for e in two.events(1) if isinstance(e, MassCancelStarted)], "open orders are cancelled there too"
    assert not two.trips(1)


def test_inv_496_a_trip_is_spread_once_by_however_many_gateways_that_start_anew() -> None:
    two = TwoPartitions(LOSS, replicas=2)
    two.lose()
    assert two.spread(0) == 1
    assert two.spread(1) == 0
    for gateway in two.gateways:
        gateway.restart()
    assert two.spread(0) == two.spread(1) == 0
    assert len(two.halts()) == 1


def test_inv_496_a_gateway_that_died_before_it_wrote_loses_no_trip() -> None:
    two = TwoPartitions(LOSS, replicas=2)
    two.lose()
    assert len(two.due(0)) == 1
    two.gateways[0].restart()
    assert two.spread(0) == 1


def test_inv_496_two_halts_of_one_trip_are_as_one() -> None:
    two = TwoPartitions(LOSS, replicas=2)
    two.lose()
    halts = two.due(0), two.due(1)
    for (halt,) in halts:
        two.paths[0].control(halt)
    two.run()
    two.resume()
    assert isinstance(two.ask(1, "after", price=90_000), OrderAccepted)
    assert not two.due(0) and not two.due(1)


def test_inv_497_a_halt_that_comes_after_its_resume_halts_and_cancels_nothing() -> None:
    two = TwoPartitions(LOSS)
    two.lose()
    (late,) = two.due()
    resting = two.ask(1, "rests", price=80_000)
    assert isinstance(resting, OrderAccepted)
    two.resume()
    assert not two.due(), "a gateway that has read the resume writes none"
    two.paths[0].control(late)
    two.run()
    for partition in (0, 1):
        assert isinstance(two.ask(partition, "after", price=89_000), OrderAccepted)
        assert not [e for e in two.events(partition) if isinstance(e, MassCancelStarted) and e.control_offset >= 0]
    assert len([e for e in two.events(0) if isinstance(e, HaltTriggerRearmed)]) == 1


def test_a_halt_of_a_trip_binds_where_the_resume_was_of_before() -> None:
    two = TwoPartitions(LOSS)
    two.resume()
    two.lose()
    assert two.spread() == 1
    assert isinstance(two.ask(1, "after", price=90_000), OrderRejected)


def test_inv_498_a_new_owner_finds_the_trip_in_effect() -> None:
    two = TwoPartitions(LOSS)
    two.lose()
    before = dict(two.paths[0].loops[topics.RISK].state_if_owned().trips)  # type: ignore[union-attr]
    two.paths[0].crash(topics.RISK)
    two.run()
    state = two.paths[0].loops[topics.RISK].state_if_owned()
    assert state is not None and state.trips == before and before
    assert isinstance(two.ask(0, "more", price=90_000), OrderRejected)
    assert len(two.trips(0)) == 1


def test_risk_hears_of_a_venue_that_is_lost_and_comes_back() -> None:
    two = TwoPartitions(LOST)
    told = [e for e in two.events(0) if isinstance(e, VenueSessionChanged)]
    assert {(e.session_id, e.is_up) for e in told} == {("XALP-P0", True), ("XBET-P0", True)}
    assert not two.trips(0)
    venue = two.paths[0].venues["XALP-P0"]
    assert isinstance(venue, Deaf)
    venue.deaf = True
    venue.lose()
    two.run(8)
    (trip,) = two.trips(0)
    assert trip.figure is not None and trip.figure > 2 * SECOND and "XALP-P0 is down" in trip.text
    assert two.spread() == 1
    refused = two.ask(1, "there", algorithm=Algorithm.DIRECT, venue_id="XALP")
    assert isinstance(refused, OrderRejected) and refused.reason is Reason.HALTED
    assert isinstance(two.ask(1, "elsewhere", algorithm=Algorithm.DIRECT, venue_id="XBET"), OrderAccepted)
    venue.deaf = False
    two.run(8)
    back = [e for e in two.events(0) if isinstance(e, VenueSessionChanged) and e.session_id == "XALP-P0"]
    assert [e.is_up for e in back] == [True, False, True]
    two.resume(HaltScope.VENUE, "XALP")
    assert isinstance(two.ask(1, "again", algorithm=Algorithm.DIRECT, venue_id="XALP"), OrderAccepted)
