"""Rules of engagement: what a file may say, and what is said of a file that is wrong."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from oms.cli.data import entities_for
from oms.cli.instance import running_instance
from oms.core.enums import OrdType, VenueBehaviour, VenueFeature
from oms.core.reference import Venue, VenueSession
from oms.venues.fix_rules import (
    PLAIN_FIX,
    FileProblem,
    OrderIdKind,
    PegKind,
    ReplaceKind,
    read_rules,
    read_rules_file,
    rules_of,
)
from oms.venues.ruled_venues import as_ruled, copied_sessions

SHIPPED = Path(__file__).parents[2] / "deploy" / "local" / "venues"


def rules_in(tmp_path: Path, text: str):  # type: ignore[no-untyped-def]
    path = tmp_path / "XALP.yaml"
    path.write_text(text)
    return read_rules_file(path)


def venue(*features: VenueFeature, behaviours: tuple[VenueBehaviour, ...] = ()) -> Venue:
    return Venue("XALP", 0, "Alpha", 0, 0, 0, ("ACME",), (VenueSession(0, "S"),), 30, True, features, behaviours)


def test_a_file_says_what_a_venue_does_otherwise(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    found = rules_in(
        tmp_path,
        """
address: venue.example:9880
header: {sender_comp_id: FIRM, sender_sub_id: "{session}", target_comp_id: EXCH}
logon: {next_expected: no, username: firm, password_file: secret}
tags: {DisplayQty: 1138, CumNotional: 0}
codes:
  OrdType: {PEGGED: none, MARKET_TO_LIMIT: M}
peg: peg_price_type
cl_ord_id: {length_max: 20, characters: alphanumeric}
order_id: per_report
trade_id: [37, 1003]
avg_px_decimals: 8
time_digits: 6
not_taken: [AF]
""",
    )
    assert found.header_of("P0", "XALP") == ("FIRM", "EXCH", "P0", "", "", "")
    assert (found.next_expected, found.username, found.password_file) == (False, "firm", tmp_path / "secret")
    assert found.tags["DisplayQty"] == 1138
    assert OrdType.PEGGED not in found.codes["OrdType"] and found.codes["OrdType"][OrdType.MARKET_TO_LIMIT] == "M"
    assert found.codes["OrdType"][OrdType.LIMIT] == "2", "what the file does not name is the standard's"
    assert (found.peg, found.order_id, found.trade_id) == (PegKind.PEG_PRICE_TYPE, OrderIdKind.PER_REPORT, (37, 1003))
    assert found.fits("A1") and not found.fits("0:a") and not found.fits("A" * 21)
    assert (found.avg_px_decimals, found.time_digits, found.not_taken) == (8, 6, frozenset({"AF"}))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("colour: red", "unknown field"),
        ("address: somewhere", "no host:port"),
        ("header: {sender_comp_id: '{desk}'}", "only {session} and {venue}"),
        ("header: {colour: x}", "unknown field"),
        ("tags: {Price: 1}", "unknown field"),
        ("tags: {DisplayQty: 44}", "tag 44 is that of another field"),
        ("tags: {DisplayQty: 211}", "tag 211 is that of another field"),
        ("tags: {DisplayQty: many}", "no whole number"),
        ("codes: {OrdType: {LIMIT: 1}}", "there twice"),
        ("codes: {OrdType: {FANCY: 1}}", "unknown field"),
        ("codes: {Colour: {RED: 1}}", "unknown field"),
        ("cl_ord_id: {length_max: 4}", "from 16 to 255"),
        ("cl_ord_id: {characters: runes}", "none of any"),
        ("order_id: never", "none of stable, per_report"),
        ("logon: {next_expected: maybe}", "none of yes, no"),
        ("logon: {password_file: nowhere}", "there is no file"),
        ("tls: {certificate: XALP.yaml}", "go together"),
        ("not_taken: [D]", "none of AF, Q"),
        ("drop_copy: COPIES", "{session} and something else"),
        ("drop_copy: '{session}'", "{session} and something else"),
        ("drop_copy: '{session}-{desk}'", "{session} and something else"),
        ("time_digits: 10", "from 0 to 9"),
        ("", "empty"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_line_and_field(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(FileProblem, match=r"XALP\.yaml") as caught:
        rules_in(tmp_path, text)
    assert says in str(caught.value)


def test_a_venue_goes_by_its_own_file_or_the_default(tmp_path: Path) -> None:
    (tmp_path / "XALP.yaml").write_text("time_digits: 6")
    (tmp_path / "default.yaml").write_text("time_digits: 9")
    rules = read_rules(tmp_path)
    assert [rules_of(rules, name).time_digits for name in ("XALP", "XBET")] == [6, 9]
    assert rules_of({}, "XALP") == PLAIN_FIX
    with pytest.raises(FileProblem, match="VENUE"):
        read_rules(tmp_path / "nowhere")


def test_rules_that_cannot_serve_what_the_reference_data_offers() -> None:
    assert PLAIN_FIX.contradicts(venue(*VenueFeature)) == ""
    without = replace(PLAIN_FIX, codes={**PLAIN_FIX.codes, "OrdType": {OrdType.LIMIT: "2"}})
    assert "STOP" in without.contradicts(venue(VenueFeature.STOP))
    assert without.contradicts(venue()) == ""
    hidden = replace(PLAIN_FIX, tags={**PLAIN_FIX.tags, "DisplayQty": 0})
    assert "ICEBERG" in hidden.contradicts(venue(VenueFeature.ICEBERG))
    new_order = venue(behaviours=(VenueBehaviour.REPLACES_BY_NEW_ORDER,))
    assert "in_place" in PLAIN_FIX.contradicts(new_order)
    by_new = replace(PLAIN_FIX, replace=ReplaceKind.NEW_ORDER)
    assert by_new.contradicts(new_order) == ""
    assert "per_report" in replace(by_new, order_id=OrderIdKind.PER_REPORT).contradicts(new_order)


def test_drop_copy_sessions_are_named_beside_their_own(tmp_path: Path) -> None:
    """In the reference data by the session's name, at the venue by what the header says of the sender."""
    rules = rules_in(
        tmp_path, "drop_copy: 'DC-{session}-{venue}'\nheader: {sender_comp_id: FIRM, sender_sub_id: '{session}'}"
    )
    (with_copy,) = as_ruled([venue()], {"XALP": rules})
    assert isinstance(with_copy, Venue) and with_copy.sessions == (VenueSession(0, "S", "DC-S-XALP"),)
    assert copied_sessions([venue()], {"XALP": rules}) == {"FIRM/S": "FIRM/DC-S-XALP"}
    assert as_ruled([venue()], {}) == (venue(),) and copied_sessions([venue()], {}) == {}
    assert rules.contradicts(with_copy) == ""
    assert "alike" in replace(rules, header=("FIRM", "{venue}", "", "", "", "")).contradicts(with_copy)
    per_report = replace(rules, order_id=OrderIdKind.PER_REPORT)
    assert per_report.contradicts(with_copy) == ""
    assert "otherwise than the report" in replace(per_report, trade_id=(37, 17)).contradicts(with_copy)


def test_loading_a_file_keeps_the_drop_copies_of_a_system_that_has_them(tmp_path: Path) -> None:
    run = {"gateway": "h:1", "kafka": "h:2", "clickhouse": {}, "partitions": 4, "fix_rules": str(SHIPPED)}
    (tmp_path / "run.json").write_text(json.dumps(run))
    file = SHIPPED.parent / "reference.yaml"
    by_fix = running_instance(tmp_path)
    named = {s.drop_copy_id for v in entities_for(by_fix, file) if isinstance(v, Venue) for s in v.sessions}
    assert {"XALP-P0-COPY", "XALP-P1-COPY"} <= named and "" not in named
    local = replace(by_fix, fix_rules="")
    assert {s.drop_copy_id for v in entities_for(local, file) if isinstance(v, Venue) for s in v.sessions} == {""}


def test_the_shipped_rules_are_good() -> None:
    for rules in read_rules(SHIPPED).values():
        (shipped,) = as_ruled([venue(*VenueFeature)], {"XALP": rules})
        assert isinstance(shipped, Venue) and shipped.sessions[0].drop_copy_id and rules.contradicts(shipped) == ""
