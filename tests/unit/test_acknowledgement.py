"""From where on a partition judges by which version, and that each decision names what judged it (INV-515, 517, 518)."""

from collections import Counter
from dataclasses import replace

from risk_world import CANCEL, CONDITIONS, NEW, NOTIONAL, NOW, ORDER_ID, QTY, REPLACE, WHO, World, world
from test_mass_cancel_path import LIMITS, path_of, valid_events

from oms.core.enums import ExecType, LimitKind, OrdStatus
from oms.core.governance import ChangeBasis
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import (
    Entity,
    LimitApproval,
    LimitProposal,
    ReferenceChange,
    entity_key,
    fold_reference,
)
from oms.core.risk.checks import CHECKS
from oms.core.risk_events import (
    OrderAccepted,
    OrderRejected,
    ReferenceApplied,
    ReplaceAccepted,
    ReplaceRejected,
    RiskEvent,
)
from oms.core.risk_reference import ChangeApproval, ChangeProposal, Client, FxRate, InstrumentFactors, Locate
from oms.core.routing_events import ParentChanged
from oms.core.stage import ReferenceInput
from oms.wire import topics

HOUR_NS = 3_600 * 10**9
LOCATE = Locate("l1", "A1", "IBM", 100, NOW + HOUR_NS)


def told(w: World, entity: Entity, who: str = "rita", replaces: int | None = None) -> tuple[int, tuple[RiskEvent, ...]]:
    """A record of reference data, as the loop gives it to risk: its offset, and what risk says."""
    reference = w.state.reference
    offset, version = reference.position, reference.version(*entity_key(entity)) if replaces is None else replaces
    change = ReferenceChange(entity, version, NOW, "why", replace(WHO, entered_by=who), ChangeBasis.PERSON)
    fold_reference(reference, offset, change)
    return offset, w.feed(ReferenceInput(offset, change))


def test_a_version_is_acknowledged_with_the_record_that_put_it_into_force() -> None:
    """Of an approval what was proposed; a proposal binds nobody, and is none."""
    w = world()
    at, said = told(w, LimitProposal("p1", replace(QTY, value=Amount(50)), w.state.reference.version("limit", "qty")))
    assert said == ()
    at, said = told(w, LimitApproval("p1", at), "rolf")
    assert said == (ReferenceApplied("limit", "qty", at),)
    at, said = told(w, ChangeProposal("p2", LOCATE, -1))
    assert said == ()
    at, said = told(w, ChangeApproval("p2", at), "rolf")
    assert said == (ReferenceApplied("locate", "l1", at),)
    at, said = told(w, replace(LOCATE, qty=1))
    assert said == (ReferenceApplied("locate", "l1", at),)
    at, said = told(w, Client("c", "C", True))
    assert said == (ReferenceApplied("client", "c", at),)


def test_what_is_not_in_force_and_what_flows_is_not_acknowledged() -> None:
    w = world()
    assert told(w, QTY)[1] == (), "one person"
    assert told(w, LOCATE)[1] == (), "one person"
    assert told(w, replace(NOTIONAL, limit_id="new"), replaces=5)[1] == (), "overtaken"
    assert told(w, LimitApproval("nothing", 3), "rolf")[1] == ()
    assert told(w, FxRate("EUR", 1, 0))[1] == () and told(w, InstrumentFactors("IBM", "m", 1))[1] == ()


def test_a_version_is_acknowledged_once_by_each_partition_over_takeovers() -> None:
    p = path_of()
    version = p.loops[topics.RISK].state.reference.version("limit", LIMITS[0].limit_id)  # type: ignore[attr-defined]
    assert version >= 0
    for number in range(3):
        p.crash(topics.RISK)
        p.run()
        at = p.loops[topics.RISK].state.reference.version("limit", LIMITS[0].limit_id)  # type: ignore[attr-defined]
        changed = replace(LIMITS[0], value=Amount(5_000 + number))  # type: ignore[type-var]
        p.reference(ReferenceChange(changed, at, p.clock.wall_ns, "why", WHO))
        p.run(3)
    p.crash(topics.RISK)
    p.run()
    counted = Counter(e.version for e in valid_events(p, topics.RISK) if isinstance(e, ReferenceApplied))
    state = p.loops[topics.RISK].state
    assert set(counted.values()) == {1} and len(counted) == len(LIMITS) + 3
    assert {state.reference.version("limit", name) for name in state.reference.limits} <= counted.keys()


def test_a_decision_names_the_versions_that_judged_it() -> None:
    """Each limit named is in force, of a kind that its check asks for, the tightest of them; and the position says of all else."""
    w = world()
    kinds = {check.number: check for check in CHECKS}
    for number, value in enumerate((1_000, 900, 800)):
        at, _ = told(w, LimitProposal(f"p{number}", replace(QTY, value=Amount(value)), _version(w, "qty")))
        version, _ = told(w, LimitApproval(f"p{number}", at), "rolf")
        event = w.ask(replace(NEW, cl_ord_id=f"o{number}"))
        assert isinstance(event, OrderAccepted)
        evidence = event.evidence
        assert evidence.reference_position == w.state.reference.position == version + 1
        named = {kinds[n].name: v for n, v in zip(evidence.checks, evidence.limit_versions, strict=True) if v >= 0}
        wanted = {"order_qty": "qty", "order_notional": "notional", "price_collar": "collar", "position": "position"}
        assert {name: named[name] for name in wanted} == {name: _version(w, limit) for name, limit in wanted.items()}
        assert named["order_qty"] == version
        bounds = dict(zip((kinds[n].name for n in evidence.checks), evidence.thresholds, strict=True))
        assert bounds["order_qty"] == value
    refused = w.ask(replace(NEW, cl_ord_id="big", order_qty=900))
    assert isinstance(refused, OrderRejected) and refused.evidence.limit_versions[-1] == _version(w, "qty")
    assert LimitKind.ORDER_QTY is QTY.kind


def _version(w: World, limit_id: str) -> int:
    return w.state.reference.version("limit", limit_id)


def lifted(w: World) -> int:
    """An override of the limit of quantity for one order; its version."""
    wanted = replace(QTY, value=Amount(2_000), only_order=ORDER_ID, expires_ns=NOW + HOUR_NS)
    at, _ = told(w, LimitProposal("p1", wanted, _version(w, "qty")))
    return told(w, LimitApproval("p1", at), "rolf")[0]


LARGE = replace(NEW, order_qty=1_500, good_until_ns=NOW + 2 * HOUR_NS)


def test_an_override_is_used_by_one_order_once() -> None:
    """Its id is taken once, whatever becomes of it: open, ended or refused for something else."""
    w = world()
    version = lifted(w)
    event = w.ask(LARGE)
    assert isinstance(event, OrderAccepted) and version in event.evidence.limit_versions
    for again in (replace(LARGE, order_qty=1_600), replace(LARGE, price=10_010)):
        refused = w.ask(again)
        assert isinstance(refused, OrderRejected) and refused.reason is Reason.DUPLICATE_CL_ORD_ID
    assert w.ask(LARGE) is None, "a repeat is answered by what was decided"
    w.ask(CANCEL)
    what, nothing = (ExecType.CANCELED, OrdStatus.CANCELED), Amount(0)
    ended = ParentChanged(ORDER_ID, "c1", "a1", *what, 1_500, 10_000, 0, 0, nothing, False, None, "")
    w.route(ended)
    assert ORDER_ID not in w.state.open_orders
    refused = w.ask(replace(LARGE, order_qty=1_600))
    assert isinstance(refused, OrderRejected) and refused.reason is Reason.DUPLICATE_CL_ORD_ID


def test_an_override_is_spent_by_an_order_that_something_else_refuses() -> None:
    w = world()
    lifted(w)
    refused = w.ask(replace(LARGE, price=20_000))
    assert isinstance(refused, OrderRejected) and refused.reason is Reason.PRICE_COLLAR
    again = w.ask(LARGE)
    assert isinstance(again, OrderRejected) and again.reason is Reason.DUPLICATE_CL_ORD_ID


def test_an_override_covers_the_orders_amendments_until_it_ends() -> None:
    w = world()
    version = lifted(w)
    assert isinstance(w.ask(LARGE), OrderAccepted)
    amended = replace(REPLACE, order_qty=1_800, good_until_ns=NOW + 2 * HOUR_NS)
    w.conditions = replace(CONDITIONS, wall_ns=NOW + HOUR_NS)
    late = w.ask(amended)
    assert isinstance(late, ReplaceRejected) and late.reason is Reason.ORDER_QTY_LIMIT
    w.conditions = replace(CONDITIONS, wall_ns=NOW + HOUR_NS - 1)
    event = w.ask(replace(amended, cl_ord_id="r2"))
    assert isinstance(event, ReplaceAccepted) and version in event.evidence.limit_versions
