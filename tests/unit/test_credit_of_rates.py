"""Limits on messages a second over partitions: a share may have been sent within the last second, and what goes out of it is another's."""

from dataclasses import replace

import pytest
from credit_world import Firm, accepted
from risk_world import CONDITIONS, DATE, NOW, REPLACE, WHO

from oms.core.canonical import state_hash
from oms.core.commands import CancelOrder
from oms.core.credit.events import CreditLimitSet, CreditReleased, CreditWanted
from oms.core.credit.spans import credit_id_of
from oms.core.enums import LimitKind, LimitScope
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import Limit
from oms.core.risk.activity import note_message
from oms.core.risk.credit_use import figures, in_use
from oms.core.risk.judgement import Ahead, Judgement
from oms.core.risk.rehearsal import rehearse
from oms.core.risk.spanning import GIVEN_UP_PARTS, due_credit
from oms.core.risk.windows import SLICE_NS, SLICES, note, of_last_second
from oms.core.risk_events import CancelAccepted, OrderAccepted, OrderRejected, ReplaceAccepted
from oms.core.stage import CommandInput

RATE = Limit("firm.rate", LimitKind.MESSAGE_RATE, LimitScope.FIRM, "", "", "", Amount(100))
RATE_ID = credit_id_of(RATE)
SECOND_NS = 1_000_000_000


def firm_of(*limits: Limit, partitions: int = 4) -> Firm:
    firm = Firm(*(limits or (RATE,)), desks=range(partitions), partitions=partitions)
    firm.settle()
    return firm


def refusal(events: tuple[object, ...]) -> OrderRejected:
    (found,) = [e for e in events if isinstance(e, OrderRejected)]
    return found


def send(firm: Firm, desk: int, count: int) -> int:
    """How many of them passed."""
    return sum(accepted(firm.order(desk)) for _ in range(count))


def offered(firm: Firm, rounds: int, each: dict[int, int]) -> int:
    """How many passed where each desk sends so many in each round, and all is read after it."""
    passed = 0
    for _ in range(rounds):
        passed += sum(send(firm, p, count) for p, count in each.items())
        firm.settle()
    return passed


def later(firm: Firm, passed_ns: int) -> None:
    firm.wall_ns += passed_ns
    firm.settle()


def sent(firm: Firm, p: int, limit: Limit = RATE) -> int | None:
    return in_use(firm.state(p), limit, NOW, firm.wall_ns)


def test_inv_600_four_partitions_send_the_limit_and_not_four_times_as_much() -> None:
    firm = firm_of()
    assert [send(firm, p, 200) for p in range(4)] == [25] * 4
    firm.settle()
    assert sum(send(firm, p, 200) for p in range(4)) == 0
    later(firm, SECOND_NS - SLICE_NS)
    assert sum(send(firm, p, 200) for p in range(4)) == 0, "a second is not over yet"
    later(firm, 2 * SLICE_NS)
    assert offered(firm, 30, dict.fromkeys(range(4), 2)) == 100


def test_a_refusal_says_what_was_sent_what_is_held_and_what_is_asked_for() -> None:
    firm = firm_of()
    assert send(firm, 0, 25) == 25
    firm.state(0).credits[RATE_ID].wanted = 0
    events = firm.order(0)
    refused = refusal(events)
    (wanted,) = [e for e in events if isinstance(e, CreditWanted)]
    assert refused.reason is Reason.RATE_NOT_HELD
    for said in (
        "firm.rate",
        "26 would be used",
        "25 is held",
        "4 partitions",
        f"{wanted.amount} more",
        "send it again",
    ):
        assert said in refused.text, refused.text
    at = refused.evidence.checks.index(175)
    assert (refused.evidence.thresholds[at], refused.evidence.before[at], refused.evidence.after[at]) == (25, 25, 26)
    assert (wanted.amount, wanted.urgent, wanted.in_use) == (1 + 8, 1, 25), "and eight orders ahead"
    firm.settle()
    assert accepted(firm.order(0)), "sent again a moment later"


def test_a_flood_of_refused_orders_is_none_of_wishes() -> None:
    """More is asked for once in a hundredth of a second, while it is not there."""
    firm = firm_of()
    send(firm, 0, 25)
    said = [e for _ in range(50) for e in firm.order(0) if isinstance(e, CreditWanted)]
    assert len(said) == 1
    for passed_ns, wishes in ((SLICE_NS - 1, 0), (1, 1), (SLICE_NS, 1)):
        firm.wall_ns += passed_ns
        assert sum(isinstance(e, CreditWanted) for _ in range(5) for e in firm.order(0)) == wishes
    firm.settle()
    assert accepted(firm.order(0))


@pytest.mark.parametrize(("recalled", "usable"), [(None, 25), (24, 24), (20, 24), (25, 25), (30, 25)])
def test_while_a_recall_is_in_force_no_order_uses_the_last_hundredth(recalled: int | None, usable: int) -> None:
    firm = firm_of()
    firm.state(0).credits[RATE_ID].keep = recalled
    events = next(e for e in firm.order(0) if isinstance(e, OrderAccepted))
    assert events.evidence.thresholds[events.evidence.checks.index(175)] == usable
    assert 1 + send(firm, 0, 30) == usable


def test_what_is_used_is_what_the_check_has_before_an_order() -> None:
    """INV-477 of messages."""
    firm = firm_of()
    for number in range(5):
        before = sent(firm, 0)
        evidence = next(e for e in firm.order(0) if isinstance(e, OrderAccepted)).evidence
        at = evidence.checks.index(175)
        assert evidence.before[at] == before == number and evidence.after[at] == sent(firm, 0)
        assert evidence.thresholds[at] == firm.held(0, RATE_ID)


def test_an_amendment_is_a_message_and_a_cancel_is_none() -> None:
    firm = firm_of()
    event = next(e for e in firm.order(0) if isinstance(e, OrderAccepted))
    name = event.order.cl_ord_id
    amended = replace(REPLACE, desk_id="d0", orig_cl_ord_id=name, order_qty=20, price=10_000)
    said = firm.risk[0].feed(CommandInput(0, amended), firm.market)
    assert any(isinstance(e, ReplaceAccepted) for e in said) and sent(firm, 0) == 2
    assert send(firm, 0, 100) == 23
    cancel = CancelOrder("d0", DATE, "c", DATE, name, NOW, "t", WHO)
    said = firm.risk[0].feed(CommandInput(0, cancel), firm.market)
    assert any(isinstance(e, CancelAccepted) for e in said) and sent(firm, 0) == 25


def test_inv_603_what_left_the_second_is_released_without_an_order_and_nothing_else() -> None:
    firm = firm_of(partitions=2)
    assert send(firm, 0, 50) == 50
    firm.wall_ns += SECOND_NS // 2
    assert send(firm, 1, 51) == 50
    firm.settle()
    assert (firm.held(0, RATE_ID), firm.held(1, RATE_ID)) == (50, 50), "all of it was sent within the second"
    assert firm.state(0).credits[RATE_ID].keep is not None
    later(firm, SECOND_NS // 2)
    assert firm.held(0, RATE_ID) == 50, "the slice of what was sent is not over"
    later(firm, SLICE_NS)
    released = [e for r in firm.risk[0].records for e in r if isinstance(e, CreditReleased)]
    assert released and firm.held(0, RATE_ID) < 50 < firm.held(1, RATE_ID) <= 100
    assert released[-1].in_use == 0 == sent(firm, 0)


@pytest.mark.parametrize(("held", "settled"), [(24, True), (25, True), (26, False)])
def test_what_is_held_beyond_a_recall_is_looked_at_alone(held: int, settled: bool) -> None:
    firm = Firm(RATE, desks=(0, 1), partitions=2)
    firm.risk_turn(0)
    state = firm.state(0)
    state.credits[RATE_ID].held, state.credits[RATE_ID].keep = held, 25
    state.windows[RATE_ID] = {NOW // SLICE_NS: 26}
    assert state.credit_work is not None
    state.credit_work.credit_ids[RATE_ID] = None
    assert due_credit(state, NOW, NOW) is None
    assert (RATE_ID not in state.credit_work.credit_ids) is settled


def test_orders_ahead_in_the_same_record_are_messages() -> None:
    firm = firm_of()
    order = next(e for e in firm.order(0) if isinstance(e, OrderAccepted)).order
    ahead = Ahead(order, ("XV",), 10_000, 10_000)
    j = Judgement.of(firm.state(0), replace(CONDITIONS, wall_ns=firm.wall_ns), firm.market, order, ahead=(ahead,) * 3)
    assert figures(j, RATE, 4) == (4, 5, True)


def test_a_hundredth_of_a_second_and_of_the_limit() -> None:
    assert (SLICE_NS, SLICES, GIVEN_UP_PARTS) == (SECOND_NS // 100, 100, 100)
    firm = Firm(replace(RATE, value=Amount(400)), desks=range(4), partitions=4)
    firm.settle()
    firm.state(0).credits[RATE_ID].keep = 50
    event = next(e for e in firm.order(0) if isinstance(e, OrderAccepted))
    assert event.evidence.thresholds[event.evidence.checks.index(175)] == 96


def test_who_has_given_up_what_was_recalled_is_not_looked_at_any_more() -> None:
    """Until it hears of the limit again: nearly every desk is idle, and a recall of it stays in force."""
    firm = firm_of()
    for _ in range(30):
        send(firm, 1, 3)
        firm.settle()
    for p in (0, 1):
        assert due_credit(firm.state(p), NOW, firm.wall_ns) is None
    credit, work = firm.state(0).credits[RATE_ID], firm.state(0).credit_work
    assert credit.keep is not None and credit.held == credit.keep and work is not None and not work.credit_ids
    credit.held += 1
    work.credit_ids[RATE_ID] = None
    assert due_credit(firm.state(0), NOW, firm.wall_ns) is not None


def test_inv_603_a_holder_that_is_silent_keeps_its_share() -> None:
    firm = firm_of(partitions=2)
    for _ in range(40):
        firm.wall_ns += SECOND_NS
        assert send(firm, 1, 80) <= 50
        firm.grantor_turn()
        firm.risk_turn(1)
    assert firm.held(0, RATE_ID) == 50 and send(firm, 0, 80) == 50


def test_inv_604_who_is_refused_for_the_rate_loses_nothing_by_it_and_no_refusal_fills_more_than_is_held() -> None:
    own = Limit("desk.rate", LimitKind.MESSAGE_RATE, LimitScope.DESK, "d0", "", "", Amount(1_000))
    firm = firm_of(RATE, own)
    assert send(firm, 0, 25) == 25
    full_ns = firm.state(0).buckets[LimitScope.DESK, "d0", ""]
    assert send(firm, 0, 300) == 0 and sent(firm, 0) == 25
    assert firm.state(0).buckets[LimitScope.DESK, "d0", ""] == full_ns
    firm.wall_ns += SECOND_NS + SLICE_NS
    assert accepted(firm.order(0))
    firm.wall_ns += SECOND_NS + SLICE_NS
    for _ in range(60):
        assert refusal(firm.order(0, 10**9)).reason is Reason.ORDER_QTY_LIMIT or sent(firm, 0) == firm.held(0, RATE_ID)
    assert sent(firm, 0) == firm.held(0, RATE_ID), "each is a message as well, as far as there is room"


def test_inv_605_a_clock_that_was_set_back_blocks_for_a_second_and_not_for_as_long() -> None:
    firm = firm_of()
    assert send(firm, 0, 25) == 25
    firm.wall_ns -= 500 * SECOND_NS
    assert sent(firm, 0) == 25 and not accepted(firm.order(0))
    firm.wall_ns += SECOND_NS
    assert not accepted(firm.order(0)), "they count as of the refused message"
    firm.wall_ns += SLICE_NS
    assert accepted(firm.order(0)) and sent(firm, 0) == 1


def test_inv_606_of_a_lowered_limit_nothing_is_sent_before_the_rest_is_below_it() -> None:
    firm = firm_of(partitions=2)
    assert [send(firm, p, 50) for p in range(2)] == [50, 50]
    firm.load(replace(RATE, value=Amount(40)))
    firm.settle()
    said = [e for r in firm.grantor.records for e in r if isinstance(e, CreditLimitSet)]
    assert said[-1].over_by == 60 and [send(firm, p, 50) for p in range(2)] == [0, 0]
    later(firm, SECOND_NS + SLICE_NS)
    firm.settle()
    held = [firm.held(p, RATE_ID) for p in range(2)]
    assert sum(held) <= 40 == firm.granting(RATE_ID).value
    assert 38 <= sum(send(firm, p, 50) for p in range(2)) <= 40


def test_inv_606_a_limit_that_is_removed_is_given_back_whole_and_asks_for_nothing() -> None:
    firm = firm_of(partitions=2)
    assert [send(firm, p, 50) for p in range(2)] == [50, 50]
    version = firm.state(0).reference.version("limit", RATE.limit_id)
    firm.load(replace(RATE, removed=True))
    firm.settle()
    assert version and [firm.held(p, RATE_ID) for p in range(2)] == [0, 0] and send(firm, 0, 100) == 100


def test_inv_606_what_two_people_allowed_for_one_order_passes_and_counts() -> None:
    firm = firm_of(partitions=2)
    assert send(firm, 0, 50) == 50
    firm.orders = 990
    firm.load(replace(RATE, value=Amount(500), only_order=f"d0/{DATE}/o991"))
    assert accepted(firm.order(0)) and sent(firm, 0) == 51 and firm.held(0, RATE_ID) == 50
    assert refusal(firm.order(0)).reason is Reason.RATE_NOT_HELD
    later(firm, SECOND_NS + SLICE_NS)
    assert sent(firm, 0) == 0 and offered(firm, 60, {1: 4}) == 100, "nobody but its partition has heard of it"


def test_inv_606_another_value_by_the_clock_is_shared_out() -> None:
    firm = firm_of(partitions=2)
    firm.load(replace(RATE, value=Amount(200), effective_ns=NOW + SECOND_NS))
    firm.settle()
    assert firm.granting(RATE_ID).value == 100
    later(firm, 2 * SECOND_NS)
    later(firm, SECOND_NS)
    assert firm.granting(RATE_ID).value == 200 and [send(firm, p, 100) for p in range(2)] == [100, 100]


def test_messages_from_before_a_limit_spans_are_held_before_anybody_sends_more() -> None:
    firm = Firm(RATE, desks=(0,), partitions=2)
    assert send(firm, 0, 80) == 80
    firm.add_desk(1, 1)
    firm.settle()
    assert firm.held(0, RATE_ID) >= 80 and send(firm, 0, 100) + send(firm, 1, 100) <= 20


@pytest.mark.parametrize(
    ("scope", "scope_id"),
    [(LimitScope.INSTRUMENT, "IBM"), (LimitScope.VENUE, "XV"), (LimitScope.TRADER, "eve"), (LimitScope.STRATEGY, "s1")],
)
def test_whoever_can_be_in_several_partitions_is_held_to_one_limit(scope: LimitScope, scope_id: str) -> None:
    limit = replace(RATE, limit_id="of", scope=scope, scope_id=scope_id, value=Amount(40))
    firm = firm_of(limit)
    assert sum(send(firm, p, 60) for p in range(4)) == 40


def test_of_one_partition_a_limit_is_a_bucket_as_ever_and_its_messages_are_counted() -> None:
    firm = firm_of(RATE, partitions=1)
    assert send(firm, 0, 120) == 100 and not firm.grantor.records
    firm.wall_ns += SECOND_NS // 10
    assert send(firm, 0, 120) == 10, "a tenth of the bucket has refilled"
    assert sent(firm, 0) == 110


def test_of_one_partition_refused_messages_are_remembered_up_to_the_limit() -> None:
    firm = firm_of(RATE, partitions=1)
    for passed_ns in (0, SECOND_NS // 10):
        firm.wall_ns += passed_ns
        for _ in range(120):
            assert not accepted(firm.order(0, 10**9))
    assert sent(firm, 0) == 100


def test_two_versions_of_a_limit_count_a_message_once_and_a_desk_s_limit_none() -> None:
    own = Limit("desk.rate", LimitKind.MESSAGE_RATE, LimitScope.DESK, "d0", "", "", Amount(1_000))
    firm = firm_of(RATE, own)
    firm.load(replace(RATE, value=Amount(200), effective_ns=NOW + 10 * SECOND_NS))
    firm.settle()
    assert accepted(firm.order(0)) and sum(firm.state(0).windows[RATE_ID].values()) == 1
    assert list(firm.state(0).windows) == [RATE_ID]


def test_the_fold_of_the_events_is_the_state() -> None:
    firm = firm_of()
    for number in range(60):
        firm.wall_ns += 40_000_000
        send(firm, number % 2, 3)
        if number % 3 == 0:
            firm.settle()
    for stage in (*firm.risk, firm.grantor):
        assert state_hash(stage.folded(), 1) == state_hash(stage.state, 1)


def test_a_rehearsal_does_not_ask_for_shares_again() -> None:
    firm = firm_of()
    assert send(firm, 0, 25) == 25
    assert rehearse(firm.state(0), firm.order(0)) == ()


def test_a_window_keeps_a_second_and_forgets_what_is_older() -> None:
    window: dict[int, int] = {}
    for number in (0, 1, 50, 100, 101, 102):
        note(window, number * SLICE_NS, 2)
    assert window == {50: 2, 100: 2, 101: 2, 102: 2} and of_last_second(window, 102 * SLICE_NS) == 8
    note(window, 150 * SLICE_NS + 1, 0)
    assert window == {50: 2, 100: 2, 101: 2, 102: 2}, "nothing was sent; the slice of a second ago still counts"
    note(window, 151 * SLICE_NS, 1)
    assert window == {100: 2, 101: 2, 102: 2, 151: 1}
    note(window, 100 * SLICE_NS, 1)
    assert window == {100: 3, 101: 2, 102: 2, 151: 1}, "a slice that is there is counted on"
    note(window, 99 * SLICE_NS, 0)
    assert window == {99: 8}


def test_a_record_without_times_is_no_message() -> None:
    firm = firm_of()
    evidence = next(e for e in firm.order(0) if isinstance(e, OrderAccepted)).evidence
    order = next(iter(firm.state(0).open_orders.values())).terms
    note_message(firm.state(0), order, (), replace(evidence, wall_ns=0), 1, 10)
    note_message(firm.state(0), replace(order, instrument_id="NONE"), (), evidence, 1, 10)
    assert sent(firm, 0) == 1
