"""Two people for whatever raises what may be traded, one for what only tightens; and what a dishonest risk officer tries (INV-510 to 515)."""

from dataclasses import replace
from typing import Any

import pytest
from risk_world import IBM, NOW, QTY, WHO

from oms.core.enums import Algorithm, AssetClass, CounterpartyKind, LimitScope, OrdType, Role, TradingListKind
from oms.core.governance import ChangeBasis, loosens, same_person
from oms.core.money import Amount
from oms.core.reference import (
    Account,
    Desk,
    Entity,
    Instrument,
    Limit,
    LimitApproval,
    LimitProposal,
    Person,
    ProposalWithdrawal,
    Reference,
    ReferenceChange,
    approvable,
    entity_key,
    fold_reference,
    objection,
    standing_limits,
    withdrawable,
)
from oms.core.risk_reference import (
    ChangeApproval,
    ChangeProposal,
    Counterparty,
    FxRate,
    Governed,
    HolderFactors,
    InstrumentFactors,
    Locate,
    TradingList,
    TradingPermission,
)

RITA, ROLF = "rita", "rolf"
BANK = Counterparty("bank", "Bank", CounterpartyKind.BROKER, 2, True)
BARRED = TradingList("barred", TradingListKind.RESTRICTED, ("IBM", "BAC"), ("alpha",), True)
GRANT = TradingPermission("p-ann", "ann", ("IBM", "BAC"), (AssetClass.EQUITY,), ("XV",), (OrdType.LIMIT,), (), True)
OTHER = replace(GRANT, permission_id="p-bob", trader="bob")
LOCATE = Locate("l1", "A1", "IBM", 100, NOW + 100)

TIGHTER: list[tuple[Governed | None, Governed]] = [
    (BANK, replace(BANK, enabled=False)),
    (BANK, replace(BANK, settlement_days=3)),
    (BANK, replace(BANK, name="The bank")),
    (None, replace(BANK, enabled=False)),
    (None, BARRED),
    (BARRED, replace(BARRED, instruments=("IBM", "BAC", "GE"))),
    (BARRED, replace(BARRED, desks=())),
    (BARRED, replace(BARRED, desks=("beta", "alpha"))),
    (replace(BARRED, enabled=False), BARRED),
    (replace(BARRED, kind=TradingListKind.WATCH), BARRED),
    (replace(BARRED, kind=TradingListKind.WATCH), replace(BARRED, kind=TradingListKind.WATCH, instruments=())),
    (GRANT, replace(GRANT, enabled=False)),
    (GRANT, replace(GRANT, instruments=("IBM",))),
    (GRANT, replace(GRANT, algorithms=(Algorithm.DIRECT,))),
    (None, replace(GRANT, enabled=False)),
    (LOCATE, replace(LOCATE, qty=99)),
    (LOCATE, replace(LOCATE, expires_ns=NOW)),
    (LOCATE, replace(LOCATE, qty=0)),
]
LOOSER: list[tuple[Governed | None, Governed]] = [
    (None, BANK),
    (replace(BANK, enabled=False), BANK),
    (BANK, replace(BANK, settlement_days=1)),
    (BANK, replace(BANK, kind=CounterpartyKind.CLEARING_MEMBER)),
    (BANK, replace(BANK, calendar_id="nyse")),
    (BARRED, replace(BARRED, enabled=False)),
    (BARRED, replace(BARRED, instruments=("IBM",))),
    (BARRED, replace(BARRED, instruments=())),
    (BARRED, replace(BARRED, desks=("beta",))),
    (replace(BARRED, desks=()), BARRED),
    (BARRED, replace(BARRED, kind=TradingListKind.WATCH)),
    (None, GRANT),
    (replace(GRANT, enabled=False), GRANT),
    (GRANT, replace(GRANT, trader="eve")),
    (GRANT, replace(GRANT, instruments=())),
    (GRANT, replace(GRANT, instruments=("IBM", "GE"))),
    (GRANT, replace(GRANT, asset_classes=())),
    (GRANT, replace(GRANT, venues=("XV", "XW"))),
    (GRANT, replace(GRANT, ord_types=(OrdType.LIMIT, OrdType.MARKET))),
    (replace(GRANT, algorithms=(Algorithm.DIRECT,)), GRANT),
    (None, LOCATE),
    (LOCATE, replace(LOCATE, qty=101)),
    (LOCATE, replace(LOCATE, expires_ns=NOW + 101)),
    (LOCATE, replace(LOCATE, account_id="A2", qty=1)),
    (LOCATE, replace(LOCATE, instrument_id="BAC", qty=1)),
    (None, FxRate("EUR", 10**9, 0)),
    (FxRate("EUR", 10**9, 0), FxRate("EUR", 10**9 - 1, 0)),
    (None, InstrumentFactors("IBM", "by hand", NOW)),
    (None, HolderFactors("firm", LimitScope.FIRM, "", "USD", "by hand", NOW)),
]


class Records:
    """A fold, with the records that made it."""

    def __init__(self, loaded: tuple[Entity, ...] = ()) -> None:
        self.reference = Reference()
        self.log: list[ReferenceChange] = []
        for number, entity in enumerate(loaded):
            ends = number == len(loaded) - 1
            basis = ChangeBasis.BOOTSTRAP_ENDS if ends else ChangeBasis.BOOTSTRAP
            assert self.put(entity, "olga", basis)

    def put(
        self,
        entity: Entity,
        who: str = RITA,
        basis: ChangeBasis | None = ChangeBasis.PERSON,
        replaces: int | None = None,
        now_ns: int = NOW,
    ) -> bool:
        version = self.reference.version(*entity_key(entity)) if replaces is None else replaces
        change = ReferenceChange(entity, version, now_ns, "why", replace(WHO, entered_by=who), basis)
        self.log.append(change)
        applied = fold_reference(self.reference, len(self.log) - 1, change)
        again = Reference()
        for offset, record in enumerate(self.log):
            fold_reference(again, offset, record)
        assert again == self.reference, "nothing is anywhere but in the records"
        return applied

    def proposed(self, entity: Entity, who: str = RITA, name: str = "p1") -> LimitApproval | ChangeApproval:
        """The approval of a proposal that was just made."""
        version = self.reference.version(*entity_key(entity))
        if isinstance(entity, Limit):
            assert self.put(LimitProposal(name, entity, version), who)
            return LimitApproval(name, self.reference.version("limit_proposal", name))
        assert isinstance(entity, Governed)
        assert self.put(ChangeProposal(name, entity, version), who)
        return ChangeApproval(name, self.reference.version("change_proposal", name))


@pytest.mark.parametrize(("before", "after"), TIGHTER)
def test_what_only_tightens_one_person_sets_at_once(before: Governed | None, after: Governed) -> None:
    records = Records((QTY, OTHER, *([before] if before is not None else [])))
    assert records.put(after) and records.reference.version(*entity_key(after)) == len(records.log) - 1


@pytest.mark.parametrize(("before", "after"), LOOSER)
def test_what_raises_what_may_be_traded_takes_two(before: Governed | None, after: Governed) -> None:
    records = Records((QTY, OTHER, *([before] if before is not None else [])))
    key = entity_key(after)
    known = records.reference.version(*key)
    change = ReferenceChange(after, known, NOW, "why", replace(WHO, entered_by=RITA), ChangeBasis.PERSON)
    assert objection(records.reference, change).startswith(f"{key[0]} {key[1]} is changed by two people: ")
    assert not records.put(after) and records.reference.version(*key) == known
    approval = records.proposed(after)
    assert not records.put(approval, RITA) and records.reference.version(*key) == known
    assert records.put(approval, ROLF) and records.reference.version(*key) == len(records.log) - 1


@pytest.mark.parametrize("value", [1, 10**6])
def test_a_limit_takes_two_whichever_way_it_goes(value: int) -> None:
    records = Records((QTY,))
    wanted = replace(QTY, value=Amount(value))
    assert not records.put(wanted) and records.reference.limits["qty"] == QTY
    assert not records.put(replace(QTY, limit_id="new")), "a new one too"
    assert records.put(records.proposed(wanted), ROLF) and records.reference.limits["qty"] == wanted


def test_the_first_permission_takes_away_and_the_end_of_the_last_one_gives() -> None:
    """Where nobody has one, everybody may trade everything."""
    assert loosens(None, GRANT, ()) == ""
    assert "no permission is left" in loosens(GRANT, replace(GRANT, enabled=False), (GRANT,))
    assert loosens(GRANT, replace(GRANT, enabled=False), (GRANT, OTHER)) == ""
    assert "no permission is left" in loosens(
        GRANT, replace(GRANT, enabled=False), (GRANT, replace(OTHER, enabled=False))
    )


def test_the_last_two_permissions_are_not_taken_away_by_one_person_in_one_go() -> None:
    """Each alone looks as if the other stayed: the fold looks again."""
    records = Records((QTY, GRANT, OTHER))
    assert records.put(replace(GRANT, enabled=False))
    assert not records.put(replace(OTHER, enabled=False))


# --- the first loading


def test_the_first_loading_is_one_persons_and_ends() -> None:
    records = Records((QTY, GRANT, BANK))
    assert not records.reference.bootstrap_open
    assert not records.put(replace(QTY, limit_id="late"), "olga", ChangeBasis.BOOTSTRAP)
    assert not records.put(replace(QTY, value=Amount(10**6)), "olga", ChangeBasis.BOOTSTRAP_ENDS)
    assert records.reference.limits == {"qty": QTY}


def test_a_system_in_which_anything_is_set_has_no_first_loading() -> None:
    records = Records()
    assert records.reference.bootstrap_open
    assert records.put(replace(QTY, limit_id="old"), RITA, None), "a record of before"
    assert not records.reference.bootstrap_open
    assert not records.put(QTY, RITA, ChangeBasis.BOOTSTRAP)


def test_who_exists_does_not_end_it() -> None:
    records = Records()
    assert records.put(Person("rita", "Rita", (Role.RISK_OFFICER,), (), True), "olga")
    assert records.put(Desk("alpha", "Alpha", 0, True), "olga") and records.reference.bootstrap_open
    assert records.put(QTY, "olga", ChangeBasis.BOOTSTRAP) and records.reference.bootstrap_open
    assert records.put(Desk("beta", "Beta", 0, True), "olga", ChangeBasis.BOOTSTRAP_ENDS)
    assert not records.reference.bootstrap_open


def test_a_record_of_before_is_under_the_rules_of_before_until_the_first_of_now() -> None:
    """A stored record never changes its meaning; and an old gateway is no way around the rules."""
    records = Records()
    assert records.put(QTY, RITA, None) and records.put(replace(QTY, value=Amount(9)), RITA, None)
    assert records.put(LOCATE, RITA, None)
    assert records.put(replace(LOCATE, qty=1))
    assert not records.put(replace(QTY, value=Amount(10)), RITA, None)
    assert not records.put(LOCATE, RITA, None)


# --- services


def test_a_service_publishes_rates_and_factors_and_nothing_else() -> None:
    records = Records((QTY,))
    flowing: tuple[Entity, ...] = (FxRate("EUR", 10**9, 0), InstrumentFactors("IBM", "m", NOW))
    assert all(records.put(entity, "risk", ChangeBasis.SERVICE) for entity in flowing)
    others: tuple[Entity, ...] = (replace(QTY, value=Amount(10**6)), GRANT, BANK, LOCATE)
    assert not any(records.put(entity, "risk", ChangeBasis.SERVICE) for entity in others if entity is not GRANT)
    change = ReferenceChange(GRANT, -1, NOW, "", WHO, ChangeBasis.SERVICE)
    assert objection(records.reference, change) == "a service publishes rates and factors, no trading_permission"


# --- a dishonest risk officer


@pytest.mark.parametrize("alias", ["r\u200bita", "\uff52ita", "rita", "Rita", "RITA", " rita", "rita ", ""])
def test_no_other_spelling_of_a_name_is_another_person(alias: str) -> None:
    records = Records((QTY,))
    approval = records.proposed(replace(QTY, value=Amount(10**6)))
    assert not records.put(approval, alias) and records.reference.limits["qty"] == QTY
    assert alias == "" or same_person(alias, RITA)


@pytest.mark.parametrize("nobody", ["", "  ", "\u200b"])
def test_a_proposal_is_somebodys(nobody: str) -> None:
    records = Records((QTY,))
    assert not records.put(LimitProposal("p1", replace(QTY, value=Amount(10**6)), 0), nobody)
    assert not records.put(ChangeProposal("p2", LOCATE, -1), nobody)


def test_a_proposal_is_never_changed() -> None:
    """What is approved is what was read: another proposal has another name."""
    records = Records((QTY, LOCATE))
    first = records.proposed(replace(QTY, value=Amount(1_001)))
    proposal = LimitProposal("p1", replace(QTY, value=Amount(10**6)), 0)
    at = records.reference.version("limit_proposal", "p1")
    for who in (RITA, ROLF):
        assert not records.put(proposal, who, replaces=at)
    assert records.put(first, ROLF) and records.reference.limits["qty"].value == 1_001
    locate = records.proposed(replace(LOCATE, qty=101), name="p2")
    version = records.reference.version("change_proposal", "p2")
    assert not records.put(ChangeProposal("p2", replace(LOCATE, qty=10**6), 1), RITA, replaces=version)
    assert records.put(locate, ROLF) and records.reference.locates["l1"].qty == 101


@pytest.mark.parametrize("change", [{"scope": LimitScope.DESK, "scope_id": "beta"}, {"instrument_id": "BAC"}])
def test_a_limit_stays_what_it_is(change: dict[str, Any]) -> None:
    """Nobody takes a limit away by giving its name to another."""
    records = Records((QTY,))
    other = replace(QTY, value=Amount(1), **change)
    assert not records.put(LimitProposal("p1", other, records.reference.version("limit", "qty")), RITA)
    assert records.put(LimitProposal("p2", replace(other, limit_id="other"), -1), RITA)


def test_an_approval_counts_once_and_for_what_is_still_there() -> None:
    records = Records((QTY, LOCATE))
    first = records.proposed(replace(QTY, value=Amount(2_000)))
    second = records.proposed(replace(QTY, value=Amount(10**6)), name="p2")
    assert records.put(first, ROLF)
    assert approvable(records.reference, second, ROLF, NOW) == "limit qty has changed since it was proposed"
    assert not records.put(second, ROLF) and not records.put(first, ROLF)
    more = records.proposed(replace(LOCATE, qty=500), name="p3")
    assert records.put(replace(LOCATE, qty=1)), "tightened meanwhile"
    assert not records.put(more, ROLF) and records.reference.locates["l1"].qty == 1


def test_an_approval_of_the_other_kind_approves_nothing() -> None:
    records = Records((QTY, LOCATE))
    limit = records.proposed(replace(QTY, value=Amount(10**6)))
    assert not records.put(ChangeApproval("p1", limit.proposal_version), ROLF)


def test_what_has_ended_is_not_approved() -> None:
    records = Records((QTY,))
    approval = records.proposed(replace(QTY, value=Amount(10**6), expires_ns=NOW + 10))
    assert not records.put(approval, ROLF, now_ns=NOW + 10)
    assert records.put(approval, ROLF, now_ns=NOW + 9)


def test_a_refusal_says_who_else_may() -> None:
    people = (
        Person("rita", "Rita", (Role.RISK_OFFICER,), (), True),
        Person("rolf", "Rolf", (Role.RISK_OFFICER,), (), True),
        Person("ruth", "Ruth", (Role.RISK_OFFICER,), (), False),
        Person("carl", "Carl", (Role.RISK_OFFICER, Role.COMPLIANCE), (), True),
        Person("ann", "Ann", (Role.TRADER,), (), True),
    )
    records = Records((*people, QTY))
    approval = records.proposed(replace(QTY, value=Amount(10**6)))
    text = "rita proposed it: another person has to approve it (rolf)"
    assert approvable(records.reference, approval, RITA, NOW) == text


def test_what_exists_is_the_administrators_alone() -> None:
    """Whether an instrument or a desk is there is no limit; what may be done with it is."""
    records = Records((QTY,))
    instrument = Instrument("GE", "GE", "USD", 2, 0, 1, 1, "always", True)
    assert records.put(instrument, "olga") and records.put(replace(instrument, enabled=False), "olga")


def test_a_first_loading_left_open_is_over_once_a_person_goes_by_the_rules() -> None:
    for later in (LimitProposal("p1", replace(QTY, value=Amount(10)), 0), replace(BANK, enabled=False)):
        records = Records()
        assert records.put(QTY, "olga", ChangeBasis.BOOTSTRAP) and records.reference.bootstrap_open
        assert records.put(Desk("alpha", "Alpha", 0, True), "olga") and records.reference.bootstrap_open
        assert records.put(later) and not records.reference.bootstrap_open
        assert not records.put(replace(QTY, value=Amount(10**6)), "olga", ChangeBasis.BOOTSTRAP)


@pytest.mark.parametrize(
    "changed",
    [
        {"price_scale": 3},
        {"qty_scale": 2},
        {"currency": "EUR"},
        {"multiplier_ppm": 1},
        {"underlying_id": "BAC"},
        {"base_currency": "EUR"},
        {"asset_class": AssetClass.BOND},
    ],
)
def test_what_an_instruments_numbers_mean_nobody_changes(changed: dict[str, Any]) -> None:
    """One administrator would move every limit of it, and what is held, by a factor of his choice."""
    known = replace(IBM, asset_class=AssetClass.EQUITY)
    records = Records((known, QTY))
    assert not records.put(replace(known, **changed), "olga")
    assert records.put(replace(known, tick_size=5, enabled=False, multiplier_ppm=10**6), "olga")
    assert records.put(replace(known, instrument_id="IBM2", **changed), "olga")


def test_that_short_sales_are_located_one_person_demands_and_does_not_lift() -> None:
    records = Records((IBM, QTY))
    located = replace(IBM, locate_required=True)
    assert records.put(located, "olga") and not records.put(IBM, "olga") and records.put(located, "olga")


def test_an_account_takes_what_it_holds_to_no_desk_of_another_partition() -> None:
    account = Account("A1", "alpha", "USD", (), True)
    desks = [Desk(name, name, partition, True) for name, partition in (("alpha", 0), ("beta", 0), ("gamma", 1))]
    records = Records((*desks, account, QTY))
    assert not records.put(replace(account, desk_id="gamma"), "olga")
    assert not records.put(replace(account, desk_id="unknown"), "olga"), "nor in two steps"
    assert records.put(replace(account, desk_id="beta", enabled=False), "olga")
    assert "partition 0" in objection(
        records.reference,
        ReferenceChange(replace(account, desk_id="gamma"), 0, NOW, "", WHO, ChangeBasis.PERSON),
    )


# -- removal of a limit ---------------------------------------------------------------------------------------------------------


def test_a_limit_is_removed_by_two_and_set_anew_by_two() -> None:
    records = Records((QTY,))
    assert not records.put(replace(QTY, removed=True)), "nobody alone"
    approval = records.proposed(replace(QTY, removed=True))
    assert not records.put(approval, "ｒita"), "no other spelling either"
    assert records.put(approval, ROLF) and records.reference.limits["qty"].removed
    assert standing_limits(records.reference) == [] and not records.reference.bootstrap_open
    version = records.reference.version("limit", "qty")
    assert not records.put(LimitProposal("p2", replace(QTY, removed=True), version)), "it is removed already"
    assert not records.put(QTY), "nobody sets it anew alone"
    again = records.proposed(replace(QTY, value=Amount(7)), name="p3")
    assert records.put(again, ROLF) and records.reference.limits["qty"] == replace(QTY, value=Amount(7))


def test_what_is_not_there_is_not_removed() -> None:
    records = Records((QTY,))
    other = replace(QTY, limit_id="other", removed=True)
    assert not records.put(LimitProposal("p1", other, -1))
    change = ReferenceChange(LimitProposal("p1", other, -1), -1, NOW, "", WHO, ChangeBasis.PERSON)
    assert objection(records.reference, change) == "there is no limit other to remove"


# -- proposals that lapse, and that are withdrawn -------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [replace(QTY, value=Amount(1_001)), replace(LOCATE, qty=101)])
@pytest.mark.parametrize(("after_ns", "approved"), [(9, True), (10, False), (3 * 10**9, False)])
def test_a_proposal_lapses(wanted: Limit | Locate, after_ns: int, approved: bool) -> None:
    records = Records((QTY, LOCATE))
    version = records.reference.version(*entity_key(wanted))
    approval: LimitApproval | ChangeApproval
    if isinstance(wanted, Limit):
        assert records.put(LimitProposal("p1", wanted, version, NOW + 10))
        approval = LimitApproval("p1", records.reference.version("limit_proposal", "p1"))
    else:
        assert records.put(ChangeProposal("p1", wanted, version, NOW + 10))
        approval = ChangeApproval("p1", records.reference.version("change_proposal", "p1"))
    seconds = (after_ns - 10) // 10**9
    why = "" if approved else f"proposal p1 has lapsed {seconds} s ago: propose anew"
    assert approvable(records.reference, approval, ROLF, NOW + after_ns) == why
    assert records.put(approval, ROLF, now_ns=NOW + after_ns) is approved


def test_one_that_says_no_end_does_not_lapse() -> None:
    records = Records((QTY,))
    approval = records.proposed(replace(QTY, value=Amount(1_001)))
    assert records.put(approval, ROLF, now_ns=2**62)


def test_who_proposed_it_takes_it_back_and_nobody_else() -> None:
    records = Records((QTY, LOCATE))
    for approval in (
        records.proposed(replace(QTY, value=Amount(10**6))),
        records.proposed(replace(LOCATE, qty=500), name="p2"),
    ):
        back = ProposalWithdrawal(approval.proposal_id, approval.proposal_version)
        assert not records.put(back, ROLF) and not records.put(back, "")
        assert not records.put(replace(back, proposal_version=0), RITA), "of another version"
        assert records.put(back, " Rita"), "by whatever spelling of her name"
        assert not records.put(back, RITA), "it is withdrawn already"
        why = f"rita has withdrawn proposal {approval.proposal_id}: propose anew"
        assert approvable(records.reference, approval, ROLF, NOW) == why and not records.put(approval, ROLF)
    assert not records.put(ProposalWithdrawal("p9", -1), RITA), "there is none"


def test_what_is_approved_is_not_withdrawn() -> None:
    records = Records((QTY, LOCATE))
    for approval in (
        records.proposed(replace(QTY, value=Amount(10**6))),
        records.proposed(replace(LOCATE, qty=500), name="p2"),
    ):
        assert records.put(approval, ROLF)
        back = ProposalWithdrawal(approval.proposal_id, approval.proposal_version)
        assert withdrawable(records.reference, back, RITA).endswith("is approved: propose what was before")
        assert not records.put(back, RITA)


def test_a_proposal_of_the_other_kind_under_its_name_changes_nobody_s_part() -> None:
    """Who proposed something goes by its name: one of the other kind under it would make another person the proposer, and let the first
    one approve what he proposed himself."""
    records = Records((QTY, LOCATE))
    limit = records.proposed(replace(QTY, value=Amount(10**6)), RITA)
    version = records.reference.version("locate", "l1")
    assert not records.put(ChangeProposal("p1", replace(LOCATE, qty=500), version), ROLF)
    assert not records.put(limit, RITA)
    locate = records.proposed(replace(LOCATE, qty=500), ROLF, "p2")
    assert not records.put(LimitProposal("p2", replace(QTY, value=Amount(5)), 0), RITA)
    assert not records.put(locate, ROLF) and records.put(locate, RITA)
