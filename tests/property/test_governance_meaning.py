"""What one person may set never lets anybody trade more: held against the meaning of lists, permissions and locates, worked out by brute force."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from oms.core.commands import Provenance
from oms.core.enums import Algorithm, AssetClass, CounterpartyKind, OrdType, TradingListKind
from oms.core.governance import ChangeBasis
from oms.core.reference import (
    Entity,
    LimitApproval,
    Reference,
    ReferenceChange,
    entity_key,
    fold_reference,
)
from oms.core.risk_reference import (
    ChangeApproval,
    ChangeProposal,
    Counterparty,
    Governed,
    Locate,
    TradingList,
    TradingPermission,
)

TRADERS, INSTRUMENTS, DESKS, VENUES = ("ann", "bob"), ("A", "B"), ("alpha", "beta"), ("XV", "XW")
CLASSES = {"A": AssetClass.EQUITY, "B": AssetClass.FUTURE}
TYPES, ALGORITHMS = (OrdType.LIMIT, OrdType.MARKET), (Algorithm.DIRECT, Algorithm.TWAP)
PEOPLE = ("rita", "rolf", "Rita", "")


def some(values: tuple[object, ...]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(st.sampled_from(values), unique=True, max_size=len(values)).map(tuple)


permissions = st.builds(
    TradingPermission,
    permission_id=st.sampled_from(("p1", "p2")),
    trader=st.sampled_from(TRADERS),
    instruments=some(INSTRUMENTS),
    asset_classes=some(tuple(CLASSES.values())),
    venues=some(VENUES),
    ord_types=some(TYPES),
    algorithms=some(ALGORITHMS),
    enabled=st.booleans(),
)
lists = st.builds(
    TradingList,
    list_id=st.sampled_from(("l1", "l2")),
    kind=st.sampled_from(TradingListKind),
    instruments=some(INSTRUMENTS),
    desks=some(DESKS),
    enabled=st.booleans(),
)
locates = st.builds(
    Locate,
    locate_id=st.just("o1"),
    account_id=st.just("A1"),
    instrument_id=st.sampled_from(INSTRUMENTS),
    qty=st.integers(0, 3),
    expires_ns=st.integers(0, 3),
)
counterparties = st.builds(
    Counterparty,
    counterparty_id=st.just("c1"),
    name=st.just("C"),
    kind=st.just(CounterpartyKind.BROKER),
    settlement_days=st.integers(0, 2),
    enabled=st.booleans(),
)
entities = st.one_of(permissions, lists, locates, counterparties)
"""Few names, so that most changes are of something that is there."""


def permitted(reference: Reference) -> frozenset[object]:
    """(trader, instrument, venue, type, algorithm) that the permissions allow; all, where nobody has one."""
    known = [p for p in reference.trading_permissions.values() if p.enabled]
    found = set()
    for who, what, where, kind, how in product(TRADERS, INSTRUMENTS, VENUES, TYPES, ALGORITHMS):
        for p in known:
            if p.trader != who or (p.instruments and what not in p.instruments):
                continue
            if p.asset_classes and CLASSES[what] not in p.asset_classes:
                continue
            if (p.venues and where not in p.venues) or (p.ord_types and kind not in p.ord_types):
                continue
            if not p.algorithms or how in p.algorithms:
                found.add((who, what, where, kind, how))
        if not known:
            found.add((who, what, where, kind, how))
    return frozenset(found)


def unrestricted(reference: Reference) -> frozenset[object]:
    lists = [x for x in reference.trading_lists.values() if x.enabled and x.kind is TradingListKind.RESTRICTED]
    return frozenset(
        (desk, name)
        for desk, name in product(DESKS, INSTRUMENTS)
        if not any(name in x.instruments and (not x.desks or desk in x.desks) for x in lists)
    )


def located(reference: Reference) -> frozenset[object]:
    """Every unit that may be sold short, at every moment."""
    return frozenset(
        (name, moment, unit)
        for name, moment in product(INSTRUMENTS, range(4))
        for unit in range(
            sum(x.qty for x in reference.locates.values() if x.instrument_id == name and moment < x.expires_ns)
        )
    )


def open_counterparties(reference: Reference) -> frozenset[object]:
    """Who may owe us; and each day that what is owed does not count."""
    return frozenset(
        item
        for x in reference.counterparties.values()
        if x.enabled
        for item in ((x.counterparty_id,), *((x.counterparty_id, day) for day in range(x.settlement_days, 3)))
    )


def allowed(reference: Reference) -> frozenset[object]:
    parts = permitted(reference), unrestricted(reference), located(reference), open_counterparties(reference)
    return frozenset((number, item) for number, part in enumerate(parts) for item in part)


def put(reference: Reference, entity: Entity, who: str, basis: ChangeBasis = ChangeBasis.PERSON) -> bool:
    version = reference.version(*entity_key(entity))
    change = ReferenceChange(entity, version, 1, "why", Provenance(who, "", "test", "", ""), basis)
    return fold_reference(reference, reference.position, change)


@settings(max_examples=300, deadline=None)
@given(st.lists(entities, max_size=5), st.lists(st.tuples(entities, st.sampled_from(PEOPLE)), max_size=12))
def test_inv_510_one_person_never_makes_more_possible(
    loaded: list[Governed], changes: list[tuple[Governed, str]]
) -> None:
    reference = Reference()
    for entity in loaded:
        assert put(reference, entity, "olga", ChangeBasis.BOOTSTRAP)
    for entity, who in changes:
        before = allowed(reference)
        if put(reference, entity, who):
            assert allowed(reference) <= before, (entity, allowed(reference) - before)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(entities, max_size=3),
    st.lists(st.tuples(entities, st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), st.booleans()), max_size=8),
)
def test_inv_511_what_makes_more_possible_had_two_people(
    loaded: list[Governed], asked: list[tuple[Governed, str, str, bool]]
) -> None:
    """Whoever proposes and approves, in whatever order, with direct changes in between."""
    reference = Reference()
    for entity in loaded:
        put(reference, entity, "olga", ChangeBasis.BOOTSTRAP)
    put(reference, Counterparty("c9", "C", CounterpartyKind.BROKER, 2, False), "olga", ChangeBasis.BOOTSTRAP_ENDS)
    made: list[tuple[ChangeApproval, str]] = []
    for number, (entity, proposer, approver, direct) in enumerate(asked):
        before = allowed(reference)
        if direct:
            put(reference, entity, proposer)
        proposal = ChangeProposal(f"n{number}", entity, reference.version(*entity_key(entity)))
        if put(reference, proposal, proposer):
            version = reference.version("change_proposal", f"n{number}")
            made.append((ChangeApproval(f"n{number}", version), proposer))
        assert allowed(reference) <= before, "a proposal binds nobody"
        for approval, by in made:
            before = allowed(reference)
            put(reference, approval, approver)
            if not allowed(reference) <= before:
                assert approver and by.casefold() != approver.casefold()
        assert not put(reference, LimitApproval(f"n{number}", 0), approver)
