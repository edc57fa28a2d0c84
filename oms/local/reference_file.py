"""Reads the reference data file: YAML that people edit, to the entities of `oms.core.reference`.

Every number is taken as the text in the file and converted exactly; nothing passes through a float. The whole file is good or none
of it is used: the first fault is one `ReferenceFileError` that names file, line and field.

Invariants of what is returned: ids are unique per kind; every name that an entity uses is one of the file (calendars, instruments,
desks, accounts); entities come in the order in which they can be loaded; every venue has one session per partition.

For a replay the instruments and venues come from the tape, and the file has the rest. It does not know what is loaded already.
"""

import datetime
import itertools
import re
import zoneinfo
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from oms.cli.decimals import DecimalError, to_scaled
from oms.core.enums import LimitKind, LimitScope, Role, VenueBehaviour, VenueFeature
from oms.core.money import AMOUNT_MAX, AMOUNT_SCALE, Amount
from oms.core.reference import (
    Account,
    Calendar,
    Desk,
    Entity,
    Instrument,
    Interval,
    Limit,
    OpeningPosition,
    Person,
    Venue,
    VenueSession,
    entity_key,
)
from oms.feeds.tape import TapeSource
from oms.local.fix_sessions_file import fix_session
from oms.runtime.yaml_fields import Field, FileFault, read_yaml

ReferenceFileError = FileFault
"""One line: file, line, field, and what is wrong."""

TAPE_CALENDAR = "tape"
SCALE_MAX = 8
"""Net prices are judged at 8 decimals of the price (`oms.core.money.net_price`)."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_DURATION = re.compile(r"(\d+(?:\.\d+)?) ?(ms|s|min)")
_NS_PER_MIN = 60 * 10**9
_NO_SESSION_HEARTBEAT_S = 30
_LIMIT_KINDS = {kind.name.lower().removesuffix("_ns"): kind for kind in LimitKind}
_EACH, _ALL = "each", "all"

E = TypeVar("E", bound=Entity)
M = TypeVar("M", VenueFeature, VenueBehaviour)
Instruments = dict[str, Instrument]


def load_reference(path: Path, partitions: int) -> tuple[Entity, ...]:
    """The entities of a complete file. Raises `ReferenceFileError`."""
    root = read_yaml(path)
    root.only(("calendars", "instruments", "venues", "desks", "accounts", "people", "limits", "fix_sessions"))
    calendars = _unique(root.items("calendars"), _calendar)
    instruments = _unique(root.items("instruments"), lambda f: _instrument(f, calendars))
    venues = _unique(root.items("venues"), lambda f: _venue(f, instruments, partitions))
    _distinct_numbers(root, venues)
    return (*calendars.values(), *instruments.values(), *venues.values(), *_firm(root, instruments, partitions))


def reference_for_tape(source: TapeSource, template: Path, partitions: int) -> tuple[Entity, ...]:
    """The entities for a replay: market from the tape, the rest from the template file. Raises `ReferenceFileError`."""
    root = read_yaml(template)
    root.only(("tape_venues", "desks", "accounts", "people", "limits", "fix_sessions"))
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
        fields.only(_VENUE_TERMS)
        listed = tuple(sorted(instruments))
        venues.append(_venue_with_terms(fields, venue.code, len(venues), venue.name, listed, partitions))
    return (Calendar(TAPE_CALENDAR, True, ()), *instruments.values(), *venues, *_firm(root, instruments, partitions))


def _firm(root: Field, instruments: Instruments, partitions: int) -> tuple[Entity, ...]:
    """Everything but the market."""
    desks = _unique(root.items("desks"), lambda f: _desk(f, partitions))
    accounts = _unique(root.items("accounts"), lambda f: _account(f, desks, instruments))
    people = _unique(root.items("people"), lambda f: _person(f, desks))
    limits = root.get("limits")
    found = _limits(limits, desks, accounts, instruments) if limits is not None else ()
    sessions = _unique(root.items("fix_sessions"), lambda f: fix_session(f, desks, accounts, people))
    return (*desks.values(), *accounts.values(), *people.values(), *found, *sessions.values())


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
    return Calendar(_id(field["id"]), _flag(field, "always_open", False), intervals, zone)


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


def _instrument(field: Field, calendars: dict[str, Calendar]) -> Instrument:
    field.only(("id", "name", "currency", "price_scale", "qty_scale", "tick", "lot", "calendar", "enabled"))
    price_scale = _whole(field["price_scale"], 0, SCALE_MAX)
    qty_scale = _whole(field["qty_scale"], 0, SCALE_MAX)
    if price_scale + qty_scale > AMOUNT_SCALE:
        raise field["qty_scale"].fault(
            f"price_scale + qty_scale is above {AMOUNT_SCALE}, finer than an amount of money"
        )
    instrument_id = _id(field["id"])
    return Instrument(
        instrument_id,
        _name(field, instrument_id),
        _id(field["currency"]),
        price_scale,
        qty_scale,
        _positive(field["tick"], price_scale),
        _positive(field["lot"], qty_scale),
        _known(field["calendar"], calendars, "calendar"),
        _flag(field, "enabled", True),
    )


_VENUE_TERMS = ("fee_ppm", "fee_per_unit", "latency_ms", "heartbeat_s", "enabled", "features", "behaviours")


def _venue(field: Field, instruments: Instruments, partitions: int) -> Venue:
    field.only(("id", "number", "name", "instruments", *_VENUE_TERMS))
    venue_id = _id(field["id"])
    listed = tuple(sorted({_known(f, instruments, "instrument") for f in field.items("instruments")}))
    number = _whole(field["number"], 0, 9999)
    return _venue_with_terms(field, venue_id, number, _name(field, venue_id), listed, partitions)


def _venue_with_terms(
    terms: Field, venue_id: str, number: int, name: str, listed: tuple[str, ...], partitions: int
) -> Venue:
    return Venue(
        venue_id,
        number,
        name,
        _whole(terms["fee_ppm"], -100_000, 100_000),
        _scaled(terms["fee_per_unit"], 8),
        _not_negative(terms["latency_ms"], 6),
        listed,
        tuple(VenueSession(p, f"{venue_id}-P{p}") for p in range(partitions)),
        _whole(terms["heartbeat_s"], 1, 3600),
        _flag(terms, "enabled", True),
        _members(terms, "features", VenueFeature),
        _members(terms, "behaviours", VenueBehaviour),
    )


def _members(field: Field, key: str, kind: type[M]) -> tuple[M, ...]:
    """Names in lower case, in the order of the enumeration; `[all]` for every one; none where the key is absent."""
    named = field.items(key)
    by_name: dict[str, M] = {member.name.lower(): member for member in kind}
    for name in named:
        if name.text not in (*by_name, _ALL):
            raise name.fault(f"{name.text} is none of {', '.join(by_name)}, or {_ALL}")
    texts = {name.text for name in named}
    return tuple(member for name, member in by_name.items() if name in texts or _ALL in texts)


def _desk(field: Field, partitions: int) -> Desk:
    field.only(("id", "name", "partition", "enabled"))
    desk_id, partition = _id(field["id"]), _whole(field["partition"], 0, 9999)
    if partition >= partitions:
        raise field["partition"].fault(f"{partition}, but the system has partitions 0 to {partitions - 1}")
    return Desk(desk_id, _name(field, desk_id), partition, _flag(field, "enabled", True))


def _account(field: Field, desks: dict[str, Desk], instruments: Instruments) -> Account:
    field.only(("id", "desk", "currency", "opening", "enabled", "client", "clearing_member"))
    opening = field.get("opening")
    positions = tuple(
        _opening(value, instruments[instrument_id])
        for instrument_id, value in (_per_instrument(opening, instruments) if opening is not None else ())
    )
    return Account(
        _id(field["id"]),
        _known(field["desk"], desks, "desk"),
        _id(field["currency"]),
        positions,
        _flag(field, "enabled", True),
        _optional_id(field, "client"),
        _optional_id(field, "clearing_member"),
    )


def _opening(field: Field, instrument: Instrument) -> OpeningPosition:
    """A quantity, or {qty, price} where it is known what a unit cost."""
    if not field.is_mapping:
        return OpeningPosition(instrument.instrument_id, _scaled(field, instrument.qty_scale))
    field.only(("qty", "price"))
    price = field.get("price")
    return OpeningPosition(
        instrument.instrument_id,
        _scaled(field["qty"], instrument.qty_scale),
        _positive(price, instrument.price_scale) if price is not None else None,
    )


def _person(field: Field, desks: dict[str, Desk]) -> Person:
    field.only(("id", "name", "roles", "desks", "enabled"))
    person_id = _id(field["id"])
    roles = []
    for role in field.items("roles"):
        if role.text not in Role.__members__:
            raise role.fault(f"{role.text} is no role: {', '.join(Role.__members__)}")
        roles.append(Role[role.text])
    names = tuple(_known(f, desks, "desk") for f in field.items("desks"))
    return Person(person_id, _name(field, person_id), tuple(roles), names, _flag(field, "enabled", True))


def _limits(
    field: Field, desks: dict[str, Desk], accounts: dict[str, Account], instruments: Instruments
) -> tuple[Limit, ...]:
    field.only(("firm", "desks", "accounts"))
    found: list[Limit] = []
    firm = field.get("firm")
    if firm is not None:
        found += _limits_of(firm, LimitScope.FIRM, "", instruments)
    for key, scope, known in (("desks", LimitScope.DESK, desks), ("accounts", LimitScope.ACCOUNT, accounts)):
        scoped = field.get(key)
        for scope_id in scoped.names() if scoped is not None else ():
            assert scoped is not None
            if scope_id not in known:
                raise scoped[scope_id].fault(f"no {scope.name.lower()} has the id {scope_id}")
            found += _limits_of(scoped[scope_id], scope, scope_id, instruments)
    return tuple(found)


def _limits_of(field: Field, scope: LimitScope, scope_id: str, instruments: Instruments) -> list[Limit]:
    field.only(tuple(_LIMIT_KINDS))
    prefix = scope.name.lower() + (f".{scope_id}" if scope_id else "")
    found: list[Limit] = []
    for name in field.names():
        kind, values = _LIMIT_KINDS[name], field[name]
        for instrument_id, currency, value in _limit_values(kind, values, instruments):
            limit_id = f"{prefix}.{name}.{instrument_id or currency or _ALL}"
            found.append(Limit(limit_id, kind, scope, scope_id, instrument_id, currency, Amount(value)))
    return found


def _limit_values(kind: LimitKind, field: Field, instruments: Instruments) -> list[tuple[str, str, int]]:
    """(instrument, currency, value in the unit of the kind)."""
    match kind:
        case LimitKind.ORDER_QTY | LimitKind.POSITION_QTY:
            return [
                (i, "", _not_negative(value, instruments[i].qty_scale))
                for i, value in _per_instrument(field, instruments)
            ]
        case LimitKind.ORDER_NOTIONAL:
            currencies = sorted({i.currency for i in instruments.values()})
            return [("", c, _amount(value)) for c, value in _spread(field, currencies, "currency of an instrument")]
        case LimitKind.PRICE_COLLAR_BPS:
            return [(i, "", _whole(value, 1, 10_000)) for i, value in _all_or_each(field, instruments)]
        case LimitKind.MARKET_DATA_AGE_NS:
            return [(i, "", _duration_ns(value)) for i, value in _all_or_each(field, instruments)]
        case LimitKind.OPEN_ORDERS:
            return [(i, "", _whole(value, 0, 10**9)) for i, value in _all_or_each(field, instruments)]


def _per_instrument(field: Field, instruments: Instruments) -> list[tuple[str, Field]]:
    return _spread(field, list(instruments), "instrument")


def _all_or_each(field: Field, instruments: Instruments) -> list[tuple[str, Field]]:
    if _ALL in field.names():
        rest = [(key, field[key]) for key in field.names() if key != _ALL]
        for key, value in rest:
            if key not in instruments:
                raise value.fault(f"no instrument has the id {key}")
        return [("", field[_ALL]), *rest]
    return _per_instrument(field, instruments)


def _spread(field: Field, known: list[str], what: str) -> list[tuple[str, Field]]:
    """`each` stands for all that are not named beside it."""
    for key in field.names():
        if key != _EACH and key not in known:
            raise field[key].fault(f"{key} is no {what}: {', '.join(known)}, or {_EACH}")
    each = field.get(_EACH)
    return [(key, value) for key in known for value in (field.get(key) or each,) if value is not None]


def _id(field: Field) -> str:
    if not _ID.fullmatch(field.text):
        raise field.fault(f"{field.text!r}: 1 to 32 letters, digits, '_', '.' or '-', starting with a letter or digit")
    return field.text


def _optional_id(field: Field, key: str) -> str:
    found = field.get(key)
    return "" if found is None else _id(found)


def _name(field: Field, default: str) -> str:
    name = field.get("name")
    return name.text if name is not None else default


def _known(field: Field, known: Iterable[str], what: str) -> str:
    if field.text not in known:
        raise field.fault(f"no {what} has the id {field.text}")
    return field.text


def _flag(field: Field, key: str, default: bool) -> bool:
    value = field.get(key)
    if value is None:
        return default
    if value.text not in ("true", "false"):
        raise value.fault(f"{value.text}: must be true or false")
    return value.text == "true"


def _scaled(field: Field, scale: int) -> int:
    try:
        return to_scaled(field.text, scale)
    except DecimalError as error:
        raise field.fault(str(error)) from None


def _not_negative(field: Field, scale: int) -> int:
    value = _scaled(field, scale)
    if value < 0:
        raise field.fault(f"{field.text} is negative")
    return value


def _positive(field: Field, scale: int) -> int:
    value = _scaled(field, scale)
    if value <= 0:
        raise field.fault(f"{field.text} is not positive")
    return value


def _whole(field: Field, lowest: int, highest: int) -> int:
    value = _scaled(field, 0)
    if not lowest <= value <= highest:
        raise field.fault(f"{field.text}: {lowest} to {highest} are possible")
    return value


def _amount(field: Field) -> int:
    try:
        value = to_scaled(field.text, AMOUNT_SCALE, AMOUNT_MAX)
    except DecimalError as error:
        raise field.fault(str(error)) from None
    if value < 0:
        raise field.fault(f"{field.text} is negative")
    return value


def _duration_ns(field: Field) -> int:
    match = _DURATION.fullmatch(field.text)
    if match is None:
        raise field.fault(f"{field.text!r} is no duration: write it like 500 ms, 10 s or 2 min")
    try:
        if match[2] == "min":
            return to_scaled(match[1], 0) * _NS_PER_MIN
        return to_scaled(match[1], 6 if match[2] == "ms" else 9)
    except DecimalError as error:
        raise field.fault(str(error)) from None
