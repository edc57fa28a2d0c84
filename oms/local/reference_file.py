"""Reads the reference data file: YAML that people edit, to the entities of `oms.core.reference`.

Every number is taken as the text in the file and converted exactly; nothing passes through a float. The whole file is good or none
of it is used: the first fault is one `ReferenceFileError` that names file, line and field.

Invariants of what is returned: ids are unique per kind; every name that an entity uses is one of the file (calendars, instruments,
desks, accounts); entities come in the order in which they can be loaded; every venue has one session per partition.

For a replay the instruments and venues come from the tape, and the file has the rest. It does not know what is loaded already.
"""

import datetime
import itertools
import zoneinfo
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from oms.core.enums import AssetClass, LimitKind, LimitScope, Role
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.reference import (
    Account,
    Calendar,
    CashBalance,
    Desk,
    Entity,
    Instrument,
    Interval,
    Limit,
    OpeningPosition,
    Person,
    Reference,
    Venue,
    entity_key,
)
from oms.core.risk.levels import AMOUNTS, QUANTITIES, binds
from oms.core.risk.value import PPM
from oms.feeds.tape import TapeSource
from oms.local.fix_sessions_file import fix_session
from oms.local.reference_fields import (
    ALL,
    Instruments,
    all_or_each,
    amount,
    duration_ns,
    flag,
    id_of,
    known,
    name_of,
    not_negative,
    per_instrument,
    positive,
    scaled,
    spread,
    whole,
)
from oms.local.risk_file import RISK_SECTIONS, risk_entities
from oms.local.venue_file import VENUE_TERMS, listed_venue, venue_with_terms
from oms.runtime.yaml_fields import Field, FileFault, read_yaml

ReferenceFileError = FileFault
"""One line: file, line, field, and what is wrong."""

TAPE_CALENDAR = "tape"
SCALE_MAX = 8
"""Net prices are judged at 8 decimals of the price (`oms.core.money.net_price`)."""

_NO_SESSION_HEARTBEAT_S = 30
_LIMIT_KINDS = {kind.name.lower().removesuffix("_ns"): kind for kind in LimitKind}
_SECTION_OF_SCOPE = {
    LimitScope.DESK: "desks",
    LimitScope.ACCOUNT: "accounts",
    LimitScope.CLIENT: "clients",
    LimitScope.TRADER: "traders",
    LimitScope.STRATEGY: "strategies",
    LimitScope.INSTRUMENT: "instruments",
    LimitScope.VENUE: "venues",
    LimitScope.COUNTERPARTY: "counterparties",
}
_DURATIONS = frozenset(kind for kind in LimitKind if kind.name.endswith("_NS"))

E = TypeVar("E", bound=Entity)


def load_reference(path: Path, partitions: int) -> tuple[Entity, ...]:
    """The entities of a complete file. Raises `ReferenceFileError`."""
    root = read_yaml(path)
    root.only(
        ("calendars", "instruments", "venues", "desks", "accounts", "people", "limits", *RISK_SECTIONS, "fix_sessions")
    )
    calendars = _unique(root.items("calendars"), _calendar)
    instruments = _unique(root.items("instruments"), lambda f: _instrument(f, calendars))
    venues = _unique(root.items("venues"), lambda f: listed_venue(f, instruments, partitions))
    _distinct_numbers(root, venues)
    firm = _firm(root, instruments, venues, partitions, calendars)
    return (*calendars.values(), *instruments.values(), *venues.values(), *firm)


def load_limits(path: Path, known: Reference) -> tuple[Limit, ...]:
    """The limits of a file that has nothing else, of what `known` has. Raises `ReferenceFileError`."""
    root = read_yaml(path)
    root.only(("limits",))
    names: dict[LimitScope, Container[str] | None] = {
        LimitScope.DESK: known.desks,
        LimitScope.ACCOUNT: known.accounts,
        LimitScope.CLIENT: known.clients,
        LimitScope.TRADER: None,
        LimitScope.STRATEGY: None,
        LimitScope.INSTRUMENT: known.instruments,
        LimitScope.VENUE: known.venues,
        LimitScope.COUNTERPARTY: known.counterparties,
    }
    return _limits(root["limits"], names, known.instruments)


def reference_for_tape(source: TapeSource, template: Path, partitions: int) -> tuple[Entity, ...]:
    """The entities for a replay: market from the tape, the rest from the template file. Raises `ReferenceFileError`."""
    root = read_yaml(template)
    root.only(("tape_venues", "desks", "accounts", "people", "limits", *RISK_SECTIONS, "fix_sessions"))
    instruments = {
        i.symbol: Instrument(
            i.symbol, i.symbol, i.currency, i.price_scale, i.qty_scale, i.tick_size, i.lot_size, TAPE_CALENDAR, True
        )
        for i in source.instruments()
    }
    terms = root["tape_venues"]
    venues: list[Venue] = []
    for venue in source.venues():
        if not venue.orderable:  # its prints are market data like any other's; nothing can be sent there
            venues.append(Venue(venue.code, len(venues), venue.name, 0, 0, 0, (), (), _NO_SESSION_HEARTBEAT_S, False))
            continue
        fields = terms.get(venue.code) or terms["default"]
        fields.only(VENUE_TERMS)
        listed = tuple(sorted(instruments))
        venues.append(venue_with_terms(fields, venue.code, len(venues), venue.name, listed, partitions))
    by_id = {venue.venue_id: venue for venue in venues}
    firm = _firm(root, instruments, by_id, partitions, (TAPE_CALENDAR,))
    return (Calendar(TAPE_CALENDAR, True, ()), *instruments.values(), *venues, *firm)


def _firm(
    root: Field, instruments: Instruments, venues: Mapping[str, Venue], partitions: int, calendars: Container[str]
) -> tuple[Entity, ...]:
    """Everything but the market."""
    desks = _unique(root.items("desks"), _desk)
    _require_partitions(root.items("desks"), partitions)
    accounts = _unique(root.items("accounts"), lambda f: _account(f, desks, instruments))
    people = _unique(root.items("people"), lambda f: _person(f, desks))
    risk = _unique_entities(root, risk_entities(root, accounts, desks, instruments, venues, calendars))
    clients = {entity_id for kind, entity_id in risk if kind == "client"}
    counterparties = {entity_id for kind, entity_id in risk if kind == "counterparty"}
    for field, account in zip(root.items("accounts"), accounts.values(), strict=True):
        if clients and account.client_id and account.client_id not in clients:
            raise field["client"].fault(f"no client has the id {account.client_id}")
    clients |= {account.client_id for account in accounts.values()} - {""}
    names: dict[LimitScope, Container[str] | None] = {
        LimitScope.DESK: desks,
        LimitScope.ACCOUNT: accounts,
        LimitScope.CLIENT: clients,
        LimitScope.TRADER: None,
        LimitScope.STRATEGY: None,
        LimitScope.INSTRUMENT: instruments,
        LimitScope.VENUE: venues,
        LimitScope.COUNTERPARTY: counterparties,
    }
    limits = root.get("limits")
    found = _limits(limits, names, instruments) if limits is not None else ()
    sessions = _unique(root.items("fix_sessions"), lambda f: fix_session(f, desks, accounts, people))
    return (*desks.values(), *accounts.values(), *people.values(), *risk.values(), *found, *sessions.values())


def _unique_entities(root: Field, entities: Iterable[Entity]) -> dict[tuple[str, str], Entity]:
    found: dict[tuple[str, str], Entity] = {}
    for entity in entities:
        key = entity_key(entity)
        if key in found:
            raise root.fault(f"{key[0]} {key[1]} is there twice")
        found[key] = entity
    return found


def _unique(fields: Iterable[Field], parse: Callable[[Field], E]) -> dict[str, E]:
    found: dict[str, E] = {}
    for field in fields:
        entity = parse(field)
        _, entity_id = entity_key(entity)
        if entity_id in found:
            raise field["id"].fault(f"{entity_id} is there twice")
        found[entity_id] = entity
    return found


def _distinct_numbers(root: Field, venues: dict[str, Venue]) -> None:
    seen: dict[int, str] = {}
    for field, venue in zip(root.items("venues"), venues.values(), strict=True):
        if seen.setdefault(venue.number, venue.venue_id) != venue.venue_id:
            raise field["number"].fault(f"venue {seen[venue.number]} has the number {venue.number} already")


def _calendar(field: Field) -> Calendar:
    field.only(("id", "always_open", "time_zone", "sessions"))
    intervals = tuple(_interval(f) for f in field.items("sessions"))
    for earlier, later in itertools.pairwise(intervals):
        if later.start_ns < earlier.close_ns or later.trading_date < earlier.trading_date:
            raise field["sessions"].fault("sessions must be in order, by time and by date, and must not overlap")
    zone = _time_zone(field)
    if zone and not intervals:
        raise field["time_zone"].fault("without sessions there are no dates but those of UTC")
    return Calendar(id_of(field["id"]), flag(field, "always_open", False), intervals, zone)


def _time_zone(field: Field) -> str:
    zone = field.get("time_zone")
    if zone is None:
        return ""
    try:
        return zoneinfo.ZoneInfo(zone.text).key
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise zone.fault(f"{zone.text} is no time zone like America/New_York") from None


def _interval(field: Field) -> Interval:
    field.only(("trading_date", "open", "close", "opening_auction", "closing_auction"))
    date = field["trading_date"]
    try:
        trading_date = int(datetime.date.fromisoformat(date.text).strftime("%Y%m%d"))
    except ValueError:
        raise date.fault(f"{date.text} is not a date like 2025-01-06") from None
    opening, closing = field.get("opening_auction"), field.get("closing_auction")
    interval = Interval(
        _moment(field["open"]),
        _moment(field["close"]),
        trading_date,
        _moment(opening) if opening is not None else 0,
        _moment(closing) if closing is not None else 0,
    )
    if interval.open_ns >= interval.close_ns:
        raise field.fault("closes before it opens")
    if opening is not None and interval.opening_auction_ns >= interval.open_ns:
        raise opening.fault("the opening auction is called before the open")
    if closing is not None and not interval.open_ns < interval.closing_auction_ns < interval.close_ns:
        raise closing.fault("the closing auction is called between the open and the close")
    return interval


def _moment(field: Field) -> int:
    try:
        moment = datetime.datetime.fromisoformat(field.text)
    except ValueError:
        raise field.fault(f"{field.text} is not a time like 2025-01-06T09:30:00-05:00") from None
    if moment.tzinfo is None or moment.microsecond:
        raise field.fault(f"{field.text}: whole seconds with an offset, like 2025-01-06T09:30:00-05:00")
    return (moment - _EPOCH) // datetime.timedelta(seconds=1) * 10**9


_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


_INSTRUMENT_TERMS = ("id", "name", "currency", "price_scale", "qty_scale", "tick", "lot", "calendar", "enabled")


def _instrument(field: Field, calendars: dict[str, Calendar]) -> Instrument:
    field.only(
        (
            *(*_INSTRUMENT_TERMS, "asset_class", "multiplier", "settlement_currency", "underlying", "locate_required"),
            "base_currency",
        )
    )
    price_scale = whole(field["price_scale"], 0, SCALE_MAX)
    qty_scale = whole(field["qty_scale"], 0, SCALE_MAX)
    if price_scale + qty_scale > AMOUNT_SCALE:
        raise field["qty_scale"].fault(
            f"price_scale + qty_scale is above {AMOUNT_SCALE}, finer than an amount of money"
        )
    instrument_id = id_of(field["id"])
    return Instrument(
        instrument_id,
        name_of(field, instrument_id),
        id_of(field["currency"]),
        price_scale,
        qty_scale,
        positive(field["tick"], price_scale),
        positive(field["lot"], qty_scale),
        known(field["calendar"], calendars, "calendar"),
        flag(field, "enabled", True),
        *_worth(field),
    )


def _worth(field: Field) -> tuple[AssetClass | None, int, str, str, bool, str]:
    """What says how the value of a unit is counted, and how it is sold."""
    named, multiplier = field.get("asset_class"), field.get("multiplier")
    by_name = {member.name.lower(): member for member in AssetClass}
    if named is not None and named.text not in by_name:
        raise named.fault(f"{named.text} is none of {', '.join(by_name)}")
    asset_class = by_name[named.text] if named is not None else None
    settled, underlying = field.get("settlement_currency"), field.get("underlying")
    if (asset_class is AssetClass.OPTION) != (underlying is not None):
        raise field.fault("an option has an underlying, and nothing else has")
    base = field.get("base_currency")
    if (asset_class is AssetClass.FX_SPOT) != (base is not None):
        raise field.fault("fx_spot has a base_currency, and nothing else has")
    if base is not None and base.text == field["currency"].text:
        raise base.fault(f"{base.text} is bought with itself")
    multiplier_ppm = positive(multiplier, 6) if multiplier is not None else 0
    return (
        asset_class,
        0 if multiplier_ppm == PPM else multiplier_ppm,
        id_of(settled) if settled is not None else "",
        id_of(underlying) if underlying is not None else "",
        flag(field, "locate_required", False),
        id_of(base) if base is not None else "",
    )


def _desk(field: Field) -> Desk:
    field.only(("id", "name", "partition", "enabled"))
    desk_id = id_of(field["id"])
    return Desk(desk_id, name_of(field, desk_id), _partition(field), flag(field, "enabled", True))


def _partition(desk: Field) -> int:
    return whole(desk["partition"], 0, 9999)


def _require_partitions(desks: Sequence[Field], partitions: int) -> None:
    """The number of partitions is chosen once, when a system first starts: the highest that is asked for says how many it takes."""
    highest = max(desks, key=_partition, default=None)
    if highest is not None and (wanted := _partition(highest)) >= partitions:
        there = "partition 0 alone" if partitions == 1 else f"partitions 0 to {partitions - 1}"
        text = f"{wanted}, but the system has {there}: give the desk another, or make a system of {wanted + 1} (--partitions {wanted + 1})"
        raise highest["partition"].fault(text)


def _account(field: Field, desks: dict[str, Desk], instruments: Instruments) -> Account:
    field.only(
        ("id", "desk", "currency", "opening", "enabled", "client", "cash", "settlement_currencies", "clearing_member")
    )
    opening, client, cash = field.get("opening"), field.get("client"), field.get("cash")
    member = field.get("clearing_member")
    positions = tuple(
        _opening(value, instruments[instrument_id])
        for instrument_id, value in (per_instrument(opening, instruments) if opening is not None else ())
    )
    return Account(
        id_of(field["id"]),
        known(field["desk"], desks, "desk"),
        id_of(field["currency"]),
        positions,
        flag(field, "enabled", True),
        id_of(client) if client is not None else "",
        id_of(member) if member is not None else "",
        tuple(CashBalance(c, Amount(amount(cash[c]))) for c in cash.names()) if cash is not None else (),
        tuple(id_of(f) for f in field.items("settlement_currencies")),
    )


def _opening(field: Field, instrument: Instrument) -> OpeningPosition:
    """A quantity, or {qty, price} where it is known what a unit cost."""
    if not field.is_mapping:
        return OpeningPosition(instrument.instrument_id, scaled(field, instrument.qty_scale))
    field.only(("qty", "price"))
    price = field.get("price")
    return OpeningPosition(
        instrument.instrument_id,
        scaled(field["qty"], instrument.qty_scale),
        positive(price, instrument.price_scale) if price is not None else None,
    )


def _person(field: Field, desks: dict[str, Desk]) -> Person:
    field.only(("id", "name", "roles", "desks", "enabled"))
    person_id = id_of(field["id"])
    roles = []
    for role in field.items("roles"):
        if role.text not in Role.__members__:
            raise role.fault(f"{role.text} is no role: {', '.join(Role.__members__)}")
        roles.append(Role[role.text])
    names = tuple(known(f, desks, "desk") for f in field.items("desks"))
    return Person(person_id, name_of(field, person_id), tuple(roles), names, flag(field, "enabled", True))


def _limits(
    field: Field, known: Mapping[LimitScope, Container[str] | None], instruments: Instruments
) -> tuple[Limit, ...]:
    """`known`: by scope, the names that there are; None where any name may be (a trader's and a strategy's)."""
    field.only(("firm", *(_SECTION_OF_SCOPE[scope] for scope in known)))
    found: list[Limit] = []
    firm = field.get("firm")
    if firm is not None:
        found += _limits_of(firm, LimitScope.FIRM, "", instruments)
    for scope, names in known.items():
        scoped = field.get(_SECTION_OF_SCOPE[scope])
        for scope_id in scoped.names() if scoped is not None else ():
            assert scoped is not None
            if names is not None and scope_id not in names:
                raise scoped[scope_id].fault(f"no {scope.name.lower()} has the id {scope_id}")
            found += _limits_of(scoped[scope_id], scope, scope_id, instruments)
    return tuple(found)


def _limits_of(field: Field, scope: LimitScope, scope_id: str, instruments: Instruments) -> list[Limit]:
    field.only(tuple(_LIMIT_KINDS))
    prefix = scope.name.lower() + (f".{scope_id}" if scope_id else "")
    found: list[Limit] = []
    for name in field.names():
        kind, values = _LIMIT_KINDS[name], field[name]
        if not binds(kind, scope):
            raise values.fault(f"{name} cannot bind a {scope.name.lower()}")
        for instrument_id, currency, value in _limit_values(kind, values, instruments):
            limit_id = f"{prefix}.{name}.{instrument_id or currency or ALL}"
            found.append(Limit(limit_id, kind, scope, scope_id, instrument_id, currency, Amount(value)))
    return found


def _limit_values(kind: LimitKind, field: Field, instruments: Instruments) -> list[tuple[str, str, int]]:
    """(instrument, currency, value in the unit of the kind)."""
    match kind:
        case kind if kind in QUANTITIES:
            return [
                (i, "", not_negative(value, instruments[i].qty_scale))
                for i, value in per_instrument(field, instruments)
            ]
        case kind if kind in AMOUNTS:
            currencies = sorted({i.currency for i in instruments.values()})
            return [("", c, amount(value)) for c, value in spread(field, currencies, "currency of an instrument")]
        case LimitKind.PRICE_COLLAR_BPS | LimitKind.WINDOW_COLLAR_BPS:
            return [(i, "", whole(value, 1, 10_000)) for i, value in all_or_each(field, instruments)]
        case kind if kind in _DURATIONS:
            return [(i, "", duration_ns(value)) for i, value in all_or_each(field, instruments)]
        case _:
            return [(i, "", whole(value, 0, 10**9)) for i, value in all_or_each(field, instruments)]
