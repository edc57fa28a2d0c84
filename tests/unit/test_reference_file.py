"""The reference file is read exactly, or refused with file, line and field."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from risk_world import NEW

from oms.core.commands import Provenance
from oms.core.enums import LimitKind, LimitScope, VenueBehaviour, VenueFeature
from oms.core.money import AMOUNT_SCALE
from oms.core.reference import (
    Account,
    Calendar,
    Desk,
    Entity,
    Instrument,
    Limit,
    Reference,
    ReferenceChange,
    Venue,
    VenueSession,
    fold_reference,
)
from oms.core.risk.levels import AMOUNTS, QUANTITIES, binds
from oms.core.risk.limits import REQUIRED_KINDS
from oms.core.risk.reference_index import ReferenceIndex
from oms.feeds.synthetic import SyntheticTape
from oms.feeds.tape import ReplayTape, TapeInstrument, TapeVenue
from oms.local.reference_file import ReferenceFileError, load_reference, reference_for_tape
from oms.wire.codec import from_message, to_message

LOCAL = Path(__file__).parents[2] / "deploy" / "local"
SHIPPED = LOCAL / "reference.yaml"
TEMPLATE = LOCAL / "replay-reference.yaml"
NOBODY = Provenance("", "", "", "", "")

TAPE = ReplayTape(
    "replay of two",
    0,
    10,
    (TapeInstrument("IBM", "USD", 4, 0, 1, 100), TapeInstrument("BTCUSD", "USD", 2, 8, 1, 1)),
    (TapeVenue("N", "NYSE", True), TapeVenue("D", "prints", False), TapeVenue("Q", "NASDAQ", True)),
    lambda from_ns: iter(()),
)


def every_order_is_covered(entities: tuple[Entity, ...]) -> None:
    """Each account can trade each instrument as far as the presence of limits goes."""
    reference = Reference()
    for offset, entity in enumerate(entities):
        assert fold_reference(reference, offset, ReferenceChange(entity, -1, 0, "", NOBODY))
    index = ReferenceIndex.of(reference, 0)
    for account in reference.accounts.values():
        for instrument in reference.instruments.values():
            order = replace(NEW, desk_id=account.desk_id, account_id=account.account_id)
            kinds = set(index.covering(replace(order, instrument_id=instrument.instrument_id), instrument, ()))
            assert kinds >= set(REQUIRED_KINDS), (account.account_id, instrument.instrument_id)


def test_the_shipped_file_is_the_synthetic_market() -> None:
    entities = load_reference(SHIPPED, 4)
    tape = SyntheticTape(1)
    found = {e.instrument_id: e for e in entities if isinstance(e, Instrument)}
    for i in tape.instruments():
        assert (i.currency, i.price_scale, i.qty_scale, i.tick_size, i.lot_size) == (
            found[i.symbol].currency,
            found[i.symbol].price_scale,
            found[i.symbol].qty_scale,
            found[i.symbol].tick_size,
            found[i.symbol].lot_size,
        )
    venues = [e for e in entities if isinstance(e, Venue)]
    assert [v.venue_id for v in venues] == [v.code for v in tape.venues()]
    assert [d.partition for d in entities if isinstance(d, Desk)] == [0, 1, 2]
    every_order_is_covered(entities)


def test_every_entity_survives_the_wire() -> None:
    for entity in (*load_reference(SHIPPED, 4), *reference_for_tape(TAPE, TEMPLATE, 4)):
        assert from_message(to_message(entity, Entity), Entity) == entity


def test_numbers_are_converted_at_the_scale_they_belong_to() -> None:
    entities = load_reference(SHIPPED, 2 + 1)
    accounts = {e.account_id: e for e in entities if isinstance(e, Account)}
    limits = {e.limit_id: e for e in entities if isinstance(e, Limit)}
    venue = next(e for e in entities if isinstance(e, Venue) and e.venue_id == "XDEL")
    opened = {(a, o.instrument_id): (o.qty, o.avg_price) for a in accounts for o in accounts[a].opening_positions}
    assert opened[("alpha-1", "BTC-USD")] == (250_000_000, 9_125_000)
    assert opened[("gamma-1", "BOLT")] == (12_000, None), "what a unit cost may be unknown"
    assert limits["firm.order_notional.USD"].value == 1_000_000 * 10**AMOUNT_SCALE
    assert limits["firm.market_data_age.all"].value == 120_000_000_000
    assert limits["desk.beta.order_qty.BTC-USD"].value == 4000 * 10**8
    assert limits["account.alpha-2.order_qty.ACME"].scope is LimitScope.ACCOUNT
    assert (venue.taker_fee_per_unit_e8, venue.latency_ns) == (80_000, 3_000_000)
    assert venue.sessions == tuple(VenueSession(p, f"XDEL-P{p}") for p in range(3))


def test_a_tape_brings_its_own_market() -> None:
    entities = reference_for_tape(TAPE, TEMPLATE, 4)
    venues = {e.venue_id: e for e in entities if isinstance(e, Venue)}
    assert {v: (e.number, e.taker_fee_per_unit_e8) for v, e in venues.items() if e.enabled} == {
        "N": (0, 250_000),
        "Q": (2, 300_000),
    }
    assert all(v.instruments == ("BTCUSD", "IBM") for v in venues.values() if v.enabled)
    prints_only = venues["D"]
    assert (prints_only.enabled, prints_only.sessions, prints_only.instruments) == (False, (), ())
    assert [i.lot_size for i in entities if isinstance(i, Instrument)] == [1, 1]
    quantities = {
        e.instrument_id: e.value for e in entities if isinstance(e, Limit) and e.limit_id.startswith("firm.order_qty")
    }
    assert quantities == {"IBM": 5000, "BTCUSD": 5000 * 10**8}
    every_order_is_covered(entities)


def test_sessions_are_intervals_with_an_offset(tmp_path: Path) -> None:
    path = tmp_path / "calendar.yaml"
    path.write_text(
        "calendars:\n- id: xnys\n  sessions:\n"
        "  - {trading_date: 2025-01-06, open: 2025-01-06T09:30:00-05:00, close: 2025-01-06T16:00:00-05:00}\n"
    )
    (calendar,) = load_reference(path, 1)
    assert isinstance(calendar, Calendar)
    (interval,) = calendar.intervals
    assert (interval.trading_date, interval.close_ns - interval.open_ns) == (20250106, 23_400 * 10**9)
    assert interval.open_ns == 1_736_173_800 * 10**9
    assert calendar.is_open(interval.open_ns)
    assert not calendar.is_open(interval.close_ns)


def edited(old: str, new: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        assert text.count(old) >= 1, old
        return text.replace(old, new, 1)

    return edit


FAULTS = [
    (edited("tick: 0.01", "tick: 0.00001"), "instruments[0].tick", "5 decimals; 4 are possible"),
    (edited("tick: 0.01", "tick: 0"), "instruments[0].tick", "not positive"),
    (edited("tick: 0.01", "tick: 1e-2"), "instruments[0].tick", "not a decimal"),
    (edited("lot: 1,", "lot: 0.5,"), "instruments[0].lot", "1 decimals; 0 are possible"),
    (edited("BOLT: 12000,", "BOLT: 1.5,"), "accounts[4].opening.BOLT", "1 decimals; 0 are possible"),
    (edited("BOLT: 12000,", "BULT: 1,"), "accounts[4].opening.BULT", "no instrument"),
    (edited("{qty: 10000, price: 98.5}", "{qty: 1.5}"), "accounts[0].opening.ACME.qty", "1 decimals; 0 are possible"),
    (edited("price: 98.5}", "price: 0}"), "accounts[0].opening.ACME.price", "not positive"),
    (edited("price: 98.5}", "cost: 1}"), "accounts[0].opening.ACME.cost", "unknown field"),
    (edited("{qty: 10000, price", "{price"), "accounts[0].opening.ACME", "qty is missing"),
    (edited("desk: alpha", "desk: alfa"), "accounts[0].desk", "no desk has the id alfa"),
    (edited("partition: 2", "partition: 4"), "desks[2].partition", "partitions 0 to 3"),
    (edited("roles: [TRADER]", "roles: [BOSS]"), "people[0].roles[0]", "BOSS is no role"),
    (edited("{all: 2 min}", "{all: 2 days}"), "limits.firm.market_data_age.all", "no duration"),
    (edited("{USD: 1000000}", "{EUR: 1}"), "limits.firm.order_notional.EUR", "no currency"),
    (edited("    order_qty: {ACME: 5000", "    order_size: {ACME: 5000"), "limits.firm.order_size", "unknown field"),
    (edited("number: 1,", "number: 0,"), "venues[1].number", "XALP has the number 0"),
    (edited("id: BOLT", "id: ACME"), "instruments[1].id", "twice"),
    (edited("id: BOLT, name", "name"), "instruments[1]", "id is missing"),
    (edited("calendar: always", "calendar: never"), "instruments[0].calendar", "no calendar"),
    (edited("price_scale: 4", "price_scale: 9"), "instruments[0].price_scale", "0 to 8"),
    (edited("    alpha:\n", "    alpha:\n      order_qty: {}\n"), "limits.desks.alpha", "twice"),
    (edited("always_open: true", "always_open: yes"), "calendars[0].always_open", "true or false"),
]


@pytest.mark.parametrize(("edit", "field", "says"), FAULTS, ids=[f"{field}:{says}" for _, field, says in FAULTS])
def test_a_fault_names_file_line_and_field(edit: Callable[[str], str], field: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "reference.yaml"
    path.write_text(edit(SHIPPED.read_text()))
    with pytest.raises(ReferenceFileError) as fault:
        load_reference(path, 4)
    text = str(fault.value)
    assert text.startswith(f"{path} line ")
    assert f" {field}:" in text
    assert says in text
    assert "\n" not in text


@pytest.mark.parametrize("text", ["", "a: [", "- 1\n- 2\n", "desks: 3\n"])
def test_what_is_no_reference_file_is_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "reference.yaml"
    path.write_text(text)
    with pytest.raises(ReferenceFileError) as fault:
        load_reference(path, 4)
    assert "\n" not in str(fault.value)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ReferenceFileError, match="No such file"):
        load_reference(tmp_path / "absent.yaml", 4)


def _written(kind: LimitKind) -> str:
    if kind in QUANTITIES or kind in AMOUNTS:
        return "{each: 5}"
    return "{all: 5 s}" if kind.name.endswith("_NS") else "{all: 5}"


@pytest.mark.parametrize("kind", LimitKind)
@pytest.mark.parametrize("scope", LimitScope)
def test_every_limit_kind_can_be_written_for_whom_it_binds(tmp_path: Path, kind: LimitKind, scope: LimitScope) -> None:
    sections = {
        LimitScope.FIRM: ("firm", ""),
        LimitScope.DESK: ("desks", "alpha"),
        LimitScope.ACCOUNT: ("accounts", "alpha-1"),
        LimitScope.CLIENT: ("clients", "acme"),
        LimitScope.TRADER: ("traders", "anyone"),
        LimitScope.STRATEGY: ("strategies", "any"),
        LimitScope.INSTRUMENT: ("instruments", "ACME"),
        LimitScope.VENUE: ("venues", "XALP"),
        LimitScope.COUNTERPARTY: ("counterparties", "clear"),
    }
    section, name = sections[scope]
    limit = f"{kind.name.lower().removesuffix('_ns')}: {_written(kind)}"
    text = SHIPPED.read_text()
    head, _, _ = text.partition("\nlimits:")
    body = f"  {section}: {{{name}: {{{limit}}}}}" if name else f"  {section}: {{{limit}}}"
    risk = "clients: [{id: acme}]\ncounterparties: [{id: clear, kind: clearing_member, settlement_days: 2}]"
    file = tmp_path / "reference.yaml"
    file.write_text(f"{head}\n{risk}\nlimits:\n{body}\n")
    if not binds(kind, scope):
        with pytest.raises(ReferenceFileError, match="cannot bind"):
            load_reference(file, 4)
        return
    found = [e for e in load_reference(file, 4) if isinstance(e, Limit)]
    assert found and {(e.kind, e.scope, e.scope_id) for e in found} == {(kind, scope, name)}
    assert all(from_message(to_message(e, Entity), Entity) == e for e in found)


def test_venues_offer_different_things_so_that_both_ways_of_an_order_run() -> None:
    venues = {e.venue_id: e for e in load_reference(SHIPPED, 4) if isinstance(e, Venue)}
    assert set(venues["XALP"].features) == set(VenueFeature)
    assert VenueFeature.AUCTIONS in venues["XBET"].features and VenueFeature.PEGGED not in venues["XBET"].features
    assert venues["XGAM"].features == () and venues["XGAM"].behaviours == ()
    assert venues["XDEL"].behaviours == (VenueBehaviour.ONE_REQUEST_AT_A_TIME,)
    assert all(from_message(to_message(venue, Entity), Entity) == venue for venue in venues.values())


def test_hours_of_venue_sessions_go_through_the_record_unchanged(tmp_path: Path) -> None:
    file = tmp_path / "reference.yaml"
    said = "hours: mon-fri 07:00-21:00 Europe/London, resets_daily: true, features: [all]"
    file.write_text(SHIPPED.read_text().replace("features: [all]", said))
    (venue,) = [e for e in load_reference(file, 4) if isinstance(e, Venue) and e.venue_id == "XALP"]
    assert venue.hours is not None and venue.hours.hours == "mon-fri 07:00-21:00" and venue.resets_daily
    assert len(venue.hours.offsets) > 50 and from_message(to_message(venue, Entity), Entity) == venue
    for wrong, text in ((said.replace("21:00", "21"), "write them like"), ("resets_daily: true", "begins by hours")):
        file.write_text(SHIPPED.read_text().replace("features: [all]", wrong))
        with pytest.raises(ReferenceFileError, match=text):
            load_reference(file, 4)


@pytest.mark.parametrize(
    ("key", "value"), [("features", "[icebergs]"), ("behaviours", "[STOP]"), ("features", "[STOP]")]
)
def test_a_feature_that_is_none_is_refused_by_name(tmp_path: Path, key: str, value: str) -> None:
    file = tmp_path / "reference.yaml"
    file.write_text(SHIPPED.read_text().replace("features: [all]", f"{key}: {value}"))
    with pytest.raises(ReferenceFileError, match=f"{value[1:-1]} is none of"):
        load_reference(file, 4)
