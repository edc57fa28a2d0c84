"""`oms limits`: values in the units of people, what happened to a limit, and how much of it is used."""

import json
from dataclasses import replace

import pytest
from risk_world import ACCOUNT, IBM, NOTIONAL, NOW, QTY, world

from oms.cli.instance import CliError, UsageError
from oms.cli.limit_changes import history_rows, moment_ns, removed_row, usage_rows, value_of_text
from oms.cli.limit_credit import credit_rows
from oms.cli.limit_list import Behind, known_proposals, limit_rows, waiting_for
from oms.cli.limit_proposals import proposal_row, reference_of, then_of
from oms.cli.units import Scales
from oms.core.enums import LimitKind, LimitScope
from oms.core.limits import FormerLimit
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.reference import Entity, Limit, LimitApproval, LimitProposal, ProposalWithdrawal
from oms.core.risk_reference import ChangeProposal, Locate
from oms.v1 import admin_pb2
from oms.wire.codec import to_json, to_message

SCALES = {"IBM": Scales(2, 3, "USD")}


def limit(kind: LimitKind) -> Limit:
    return Limit("l", kind, LimitScope.FIRM, "", "IBM", "USD", Amount(1))


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (LimitKind.ORDER_QTY, "1.5", 1_500),
        (LimitKind.CAPITAL, "2.25", 225 * 10 ** (AMOUNT_SCALE - 2)),
        (LimitKind.FACTORS_AGE_NS, "2 min", 120 * 10**9),
        (LimitKind.DUPLICATE_TERMS_NS, "500 ms", 500_000_000),
        (LimitKind.MARKET_DATA_AGE_NS, "1.5s", 1_500_000_000),
        (LimitKind.FAT_FINGER_Z_MILLI, "3.5", 3_500),
        (LimitKind.ADV_PPM, "2.5", 25_000),
        (LimitKind.OPEN_ORDERS, "7", 7),
    ],
)
def test_a_value_is_written_as_it_is_shown(kind: LimitKind, text: str, value: int) -> None:
    assert value_of_text(text, limit(kind), SCALES) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (LimitKind.ORDER_QTY, "1.0001"),
        (LimitKind.ORDER_QTY, "-1"),
        (LimitKind.CAPITAL, "much"),
        (LimitKind.FACTORS_AGE_NS, "120"),
        (LimitKind.OPEN_ORDERS, "1.5"),
        (LimitKind.SELF_MATCH, "-1"),
    ],
)
def test_what_is_no_value_is_refused(kind: LimitKind, text: str) -> None:
    with pytest.raises((UsageError, CliError), match="--value"):
        value_of_text(text, limit(kind), SCALES)


def test_a_moment_has_a_zone_or_is_utc() -> None:
    assert moment_ns("--from", "1970-01-01T00:00:01") == 10**9 == moment_ns("--from", "1970-01-01T01:00:01+01:00")
    with pytest.raises(UsageError, match="--until 'soon'"):
        moment_ns("--until", "soon")


def test_the_history_tells_who_proposed_and_who_approved() -> None:
    wanted = replace(QTY, value=Amount(50))
    rows = [
        ("limit", "qty", 3, 1, -1, "first", "olga", 1, to_json(QTY)),
        ("limitproposal", "p1", 5, 1, -1, "tighter", "rita", 2, to_json(LimitProposal("p1", wanted, 3))),
        ("limitapproval", "p1", 6, 0, -1, "mine", "rita", 3, to_json(LimitApproval("p1", 5))),
        ("limitapproval", "p1", 7, 1, -1, "agreed", "rolf", 4, to_json(LimitApproval("p1", 5))),
    ]
    found = history_rows(rows, SCALES)
    told = [("set", "olga"), ("proposed", "rita"), ("approved, void", "rita"), ("approved", "rolf")]
    assert [(row["what"], row["who"]) for row in found] == told
    assert [row["version"] for row in found] == [3, 5, 6, 7] and json.dumps(found)


def test_usage_is_the_newest_figure_beside_the_limit_the_fullest_first() -> None:
    by_version = {3: QTY, 4: NOTIONAL}
    rows = [
        (3, 14, 1_000, 250, 9, 1, 1_000, "o1"),
        (4, 18, NOTIONAL.value, NOTIONAL.value * 9 // 10, 7, 0, 2_000, "o2"),
    ]
    found = usage_rows(rows, by_version, {"IBM": Scales(2, 0, "USD")})
    assert [(row["limit"], row["check"], row["percent"]) for row in found] == [
        ("notional", "order_notional", "90"),
        ("qty", "order_qty", "25"),
    ]
    assert found[1]["used"] == "250" and found[1]["value"] == "1000" and found[1]["refused"] == 1


def test_of_a_limit_on_a_price_the_price_and_its_bound_are_shown_at_the_instruments_scale() -> None:
    collar = Limit("collar", LimitKind.PRICE_COLLAR_BPS, LimitScope.FIRM, "", "", "", Amount(300))
    rows = [(5, 17, 10_305, 10_090, 2, 0, 1_000, "o1")]
    for instruments, used in (({"o1": "IBM"}, "100.9 (bound 103.05)"), ({}, "")):
        (row,) = usage_rows(rows, {5: collar}, {"IBM": Scales(2, 0, "USD")}, instruments)
        assert (row["value"], row["used"], row["percent"]) == ("300 bps", used, "")


def test_what_partitions_have_of_a_limit_is_shown_with_the_newest_use() -> None:
    limit = Limit("firm.credit.USD", LimitKind.CREDIT, LimitScope.FIRM, "", "", "USD", Amount(100 * 10**12))
    lines = [
        ("firm.credit.USD", 0, 41, 100 * 10**12, 60 * 10**12, 60 * 10**12, 0, 5 * 10**12, 10),
        ("firm.credit.USD", 1, 41, 100 * 10**12, 40 * 10**12, 0, 3 * 10**12, 0, 20),
        ("gone", 0, 1, 0, 1, 1, 1, 0, 0),
    ]
    rows = credit_rows(
        lines, [(41, 0, 31 * 10**12, 11), (41, 1, 7, 19)], {"firm.credit.USD": limit}, lambda _, v: str(v // 10**12)
    )
    assert rows == [
        {"limit": "firm.credit.USD", "version": 41, "partition": 0, "granted": "60", "held": "60", "used": "31",
         "percent": "52", "over_by": ""},
        {"limit": "firm.credit.USD", "version": 41, "partition": 1, "granted": "40", "held": "0", "used": "0",
         "percent": "", "over_by": "3"},
    ]  # fmt: skip


def behind(entity: Entity, version: int, who: str, reason: str = "why", proposed_by: str = "") -> Behind:
    return Behind(entity, version, who, NOW, reason, proposed_by, False)


def test_a_proposal_waits_lapses_or_is_withdrawn() -> None:
    wanted = replace(QTY, value=Amount(50))
    locate = Locate("l1", "A1", "IBM", 5, 0)
    known = [
        behind(QTY, 3, "olga"),
        behind(LimitProposal("p1", wanted, 3), 4, "rita"),
        behind(LimitProposal("p2", wanted, 3, NOW + 10), 5, "rita"),
        behind(LimitProposal("p3", wanted, 3, NOW), 6, "rita"),
        behind(LimitProposal("p4", wanted, 3), 7, "rita"),
        behind(LimitProposal("p0", wanted, 2), 8, "rita"),
        behind(ProposalWithdrawal("p4", 7), 9, "rita", "mistyped"),
        behind(ChangeProposal("p5", locate, -1, NOW - 1), 10, "rolf"),
    ]
    found = known_proposals(known, NOW)
    assert {name: proposed.state for name, proposed in found.items()} == {
        "p1": "waiting",
        "p2": "waiting",
        "p3": "lapsed",
        "p4": "withdrawn: mistyped",
        "p5": "lapsed",
    }
    assert waiting_for(known, NOW) == {"qty": "p2"}
    row = proposal_row("p3", found["p3"], {("limit", "qty"): QTY}, SCALES)
    assert (row["state"], row["now"], row["proposed"], row["by"]) == ("lapsed", "1", "0.05", "rita")
    assert row["lapses"] == "1970-01-01 00:16:40.000"
    assert proposal_row("p5", found["p5"], {}, SCALES)["what"] == "locate l1"


@pytest.mark.parametrize("changes", [{"only_order": "o", "expires_ns": NOW + 9}, {"effective_ns": NOW + 9}])
def test_inv_631_what_a_removal_refuses_is_told_of_what_is_behind_an_override_too(changes: dict[str, object]) -> None:
    """As the gateway tells it: the limit that binds every order is behind the one for a single order."""
    present: Limit = replace(QTY, **changes)  # type: ignore[arg-type]
    item = admin_pb2.VersionedEntity(entity=to_message(present, Entity), version=9)
    item.former.add(entity=to_message(QTY, Entity), version=3)
    known = [Behind.of(item)]
    assert known[0].formers == (FormerLimit(QTY, 3),)
    reference = reference_of(known)
    reference.accounts, reference.instruments = {"A1": ACCOUNT}, {"IBM": IBM}
    then = then_of(reference, LimitProposal("p1", replace(QTY, removed=True), 9), NOW)
    assert then.startswith("refuses orders of account A1 in instrument IBM (LIMIT_MISSING)")


def test_a_removal_is_shown_for_what_it_is() -> None:
    gone = replace(QTY, removed=True)
    proposal = LimitProposal("p1", gone, 3)
    reference = world().state.reference
    then = then_of(reference, proposal, NOW)
    assert then.startswith("refuses orders of 3 accounts") and then_of(reference, LimitProposal("p", QTY, 3), NOW) == ""
    row = proposal_row(
        "p1", known_proposals([behind(QTY, 3, "olga"), behind(proposal, 4, "rita")], NOW)["p1"], {}, SCALES, then
    )
    assert (row["proposed"], row["then"]) == ("none", then)
    (listed,) = limit_rows([behind(gone, 5, "rolf", proposed_by="rita")], {0: 6}, {}, SCALES, NOW)
    assert (listed["state"], listed["value"], listed["set_by"], listed["proposed_by"]) == (
        "removed",
        "none",
        "rolf",
        "rita",
    )
    later = replace(gone, effective_ns=NOW + 1)
    rows = limit_rows([behind(later, 5, "rolf"), behind(QTY, 3, "olga")], {0: 6}, {}, SCALES, NOW)
    assert [r["state"] for r in rows] == ["not yet", "in force"]
    rows = limit_rows([behind(later, 5, "rolf"), behind(QTY, 3, "olga")], {0: 6}, {}, SCALES, NOW + 1)
    assert [r["state"] for r in rows] == ["removed", "replaced for now"]
    used = removed_row(behind(gone, 5, "rolf", proposed_by="rita"))
    assert used["value"] == "removed by rolf, proposed by rita, 1970-01-01 00:16:40.000"
    assert removed_row(behind(later, 5, "rolf", proposed_by="rita"))["value"].startswith(
        "removed by rolf, proposed by rita, from"
    )
    history = [
        ("limit", "qty", 3, 1, -1, "first", "olga", 1, to_json(QTY)),
        ("limitproposal", "p1", 5, 1, -1, "not needed", "rita", 2, to_json(proposal)),
        ("limitapproval", "p1", 6, 1, -1, "agreed", "rolf", 3, to_json(LimitApproval("p1", 5))),
        ("proposalwithdrawal", "p2", 7, 1, -1, "mistyped", "rita", 4, to_json(ProposalWithdrawal("p2", 6))),
    ]
    assert [row["what"] for row in history_rows(history, SCALES)] == [
        "set",
        "removal proposed",
        "approved",
        "withdrawn",
    ]
