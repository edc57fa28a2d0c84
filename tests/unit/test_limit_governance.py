"""Limits as governed data: proposed by one person, approved by another, in force from a moment, until one, or for one order."""

from dataclasses import replace

import pytest
from risk_catalogue_world import outcome
from risk_world import CONDITIONS, NEW, NOW, ORDER_ID, QTY, WHO, World, world

from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import (
    Entity,
    Limit,
    LimitApproval,
    LimitProposal,
    Reference,
    ReferenceChange,
    approvable,
    entity_key,
    fold_reference,
)
from oms.core.risk_events import OrderAccepted

RITA, ROLF = "rita", "rolf"
HOUR_NS = 3_600 * 10**9


def change(w: World, entity: Entity, person: str, replaces: int | None = None) -> bool:
    reference = w.state.reference
    version = reference.version(*entity_key(entity)) if replaces is None else replaces
    who = replace(WHO, entered_by=person)
    return fold_reference(reference, reference.position, ReferenceChange(entity, version, NOW, "why", who))


def proposed(w: World, limit: Limit, person: str = RITA, proposal_id: str = "p1") -> LimitApproval:
    reference = w.state.reference
    proposal = LimitProposal(proposal_id, limit, reference.version("limit", limit.limit_id))
    assert change(w, proposal, person)
    return LimitApproval(proposal_id, reference.version("limit_proposal", proposal_id))


SMALLER = replace(QTY, value=Amount(50))
LARGER = replace(QTY, value=Amount(5_000))


def test_a_proposal_binds_nobody_until_another_person_approves_it() -> None:
    w = world()
    approval = proposed(w, SMALLER)
    assert outcome(w, NEW) is None
    assert not change(w, approval, RITA), "the same person"
    assert not change(w, approval, ""), "nobody"
    assert approvable(w.state.reference, approval, RITA) == "rita proposed it: another person has to approve it"
    assert outcome(w, replace(NEW, cl_ord_id="a2")) is None
    assert change(w, approval, ROLF)
    event = w.ask(replace(NEW, cl_ord_id="a3", order_qty=50))
    assert isinstance(event, OrderAccepted)
    version = w.state.reference.version("limit", "qty")
    assert version == w.state.reference.version("limit_approval", "p1"), (
        "the approval is the version that decisions name"
    )
    assert version in event.evidence.limit_versions
    assert outcome(w, replace(NEW, cl_ord_id="a4")) is Reason.ORDER_QTY_LIMIT


def test_what_two_people_have_set_nobody_changes_alone() -> None:
    w = world()
    assert change(w, LARGER, RITA)
    assert change(w, proposed(w, SMALLER), ROLF)
    assert not change(w, LARGER, ROLF) and not change(w, LARGER, RITA)
    assert w.state.reference.limits["qty"] == SMALLER


@pytest.mark.parametrize(
    ("approval", "why"),
    [
        (LimitApproval("nothing", 0), "there is no proposal nothing"),
        (LimitApproval("p1", 0), "proposal p1 has changed"),
    ],
)
def test_an_approval_names_the_proposal_as_it_is(approval: LimitApproval, why: str) -> None:
    w = world()
    proposed(w, SMALLER)
    assert approvable(w.state.reference, approval, ROLF) == why and not change(w, approval, ROLF)


def test_a_proposal_that_was_changed_is_approved_anew_and_by_another_than_who_changed_it() -> None:
    w = world()
    first = proposed(w, SMALLER)
    again = proposed(w, replace(SMALLER, value=Amount(60)), ROLF)
    assert not change(w, first, ROLF) and not change(w, again, ROLF)
    assert change(w, again, RITA) and w.state.reference.limits["qty"].value == 60


def test_a_limit_that_has_changed_since_is_not_overwritten() -> None:
    w = world()
    first, second = proposed(w, SMALLER), proposed(w, LARGER, RITA, "p2")
    assert change(w, second, ROLF)
    assert approvable(w.state.reference, first, ROLF) == "limit qty has changed since it was proposed"
    assert not change(w, first, ROLF)


@pytest.mark.parametrize(("after_ns", "reason"), [(HOUR_NS - 1, None), (HOUR_NS, Reason.ORDER_QTY_LIMIT)])
def test_a_limit_is_in_force_from_its_date_and_the_one_before_until_then(after_ns: int, reason: Reason | None) -> None:
    w = world()
    assert change(w, proposed(w, replace(SMALLER, effective_ns=NOW + HOUR_NS)), ROLF)
    w.conditions = replace(CONDITIONS, wall_ns=NOW + after_ns)
    assert outcome(w, replace(NEW, good_until_ns=NOW + 2 * HOUR_NS)) is reason


@pytest.mark.parametrize(("after_ns", "reason"), [(HOUR_NS - 1, None), (HOUR_NS, Reason.ORDER_QTY_LIMIT)])
def test_a_temporary_limit_expires_and_the_one_before_is_in_force_again(after_ns: int, reason: Reason | None) -> None:
    w = world()
    version = w.state.reference.version("limit", "qty")
    assert change(w, proposed(w, replace(LARGER, expires_ns=NOW + HOUR_NS)), ROLF)
    w.conditions = replace(CONDITIONS, wall_ns=NOW + after_ns)
    event = w.ask(replace(NEW, order_qty=1_100, good_until_ns=NOW + 2 * HOUR_NS))
    assert (event.reason if not isinstance(event, OrderAccepted) else None) is reason  # type: ignore[union-attr]
    assert (version in event.evidence.limit_versions) == (reason is not None)  # type: ignore[union-attr]


def test_an_override_is_for_its_order_alone() -> None:
    w = world()
    assert change(w, proposed(w, replace(LARGER, only_order=ORDER_ID, expires_ns=NOW + HOUR_NS)), ROLF)
    assert outcome(w, replace(NEW, cl_ord_id="other", order_qty=1_100)) is Reason.ORDER_QTY_LIMIT
    assert outcome(w, replace(NEW, order_qty=1_100)) is None


def test_a_temporary_limit_over_another_gives_way_to_what_was_before_both() -> None:
    w = world()
    assert change(w, proposed(w, replace(LARGER, only_order="nobody's")), ROLF)
    assert change(w, proposed(w, replace(LARGER, value=Amount(9_000), only_order=ORDER_ID), RITA, "p2"), ROLF)
    assert [former.limit for former in w.state.reference.former_limits["qty"]][-1] == QTY
    assert outcome(w, replace(NEW, cl_ord_id="other", order_qty=1_100)) is Reason.ORDER_QTY_LIMIT
    assert change(w, proposed(w, SMALLER, RITA, "p3"), ROLF)
    assert not w.state.reference.former_limits


def test_a_limit_that_is_not_in_force_yet_and_replaces_nothing_is_no_limit() -> None:
    w = world()
    w.drop_limits("qty")
    assert change(w, proposed(w, replace(QTY, limit_id="new", effective_ns=NOW + 1)), ROLF)
    assert outcome(w, NEW) is Reason.LIMIT_MISSING


def test_the_fold_is_the_same_from_the_records_alone() -> None:
    """Nothing of governance is anywhere but in the records."""
    w = world()
    records: list[ReferenceChange] = []
    who = replace(WHO, entered_by=RITA)
    records.append(ReferenceChange(QTY, -1, NOW, "", who))
    records.append(ReferenceChange(LimitProposal("p", replace(SMALLER, expires_ns=NOW + 5), 0), -1, NOW, "", who))
    records.append(ReferenceChange(LimitApproval("p", 1), -1, NOW, "", replace(WHO, entered_by=ROLF)))
    one, other = Reference(), Reference()
    for reference in (one, other):
        assert all(fold_reference(reference, offset, record) for offset, record in enumerate(records))
    assert one == other and one.former_limits["qty"][0].version == 0 and one.version("limit", "qty") == 2
    assert w.state.reference.limits["qty"] == QTY
