"""The sections of the reference file that only risk's checks look at: clients, counterparties, lists, permissions, locates, rates,
triggers of halts."""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from typing import TypeVar

from oms.core.enums import Algorithm, AssetClass, CounterpartyKind, HaltScope, OrdType, TradingListKind
from oms.core.reference import Account
from oms.core.risk_reference import (
    Client,
    Counterparty,
    FxRate,
    Locate,
    RiskEntity,
    TradingList,
    TradingPermission,
)
from oms.local.halt_trigger_file import halt_triggers
from oms.local.reference_fields import Instruments, flag, id_of, known, name_of, positive, whole
from oms.runtime.yaml_fields import Field

RISK_SECTIONS = (
    "clients",
    "counterparties",
    "trading_lists",
    "trading_permissions",
    "locates",
    "fx_rates",
    "halt_triggers",
)

M = TypeVar("M", AssetClass, OrdType, Algorithm, CounterpartyKind, TradingListKind)


def risk_entities(
    root: Field,
    accounts: Mapping[str, Account],
    desks: Collection[str],
    instruments: Instruments,
    venues: Iterable[str],
    calendars: Container[str],
) -> Iterator[RiskEntity]:
    """Every entity of these sections, in the order in which they can be loaded."""
    clients = dict.fromkeys(account.client_id for account in accounts.values() if account.client_id)
    for field in root.items("clients"):
        field.only(("id", "name", "enabled"))
        client = Client(id_of(field["id"]), name_of(field, id_of(field["id"])), flag(field, "enabled", True))
        clients[client.client_id] = None
        yield client
    for field in root.items("counterparties"):
        yield _counterparty(field, calendars)
    for field in root.items("trading_lists"):
        field.only(("id", "kind", "instruments", "desks", "enabled"))
        yield TradingList(
            id_of(field["id"]),
            member(field["kind"], TradingListKind),
            tuple(known(f, instruments, "instrument") for f in field.items("instruments")),
            tuple(_named(f, desks, "desk") for f in field.items("desks")),
            flag(field, "enabled", True),
        )
    for field in root.items("trading_permissions"):
        yield _permission(field, instruments, venues)
    for field in root.items("locates"):
        field.only(("id", "account", "instrument", "qty", "expires_ns"))
        instrument = instruments[known(field["instrument"], instruments, "instrument")]
        yield Locate(
            id_of(field["id"]),
            _named(field["account"], accounts, "account"),
            instrument.instrument_id,
            positive(field["qty"], instrument.qty_scale),
            whole(field["expires_ns"], 0, 2**62),
        )
    for field in root.items("fx_rates"):
        field.only(("currency", "rate", "as_of_ns"))
        as_of = field.get("as_of_ns")
        rate = positive(field["rate"], 9)
        yield FxRate(id_of(field["currency"]), rate, whole(as_of, 0, 2**62) if as_of is not None else 0)
    yield from halt_triggers(
        root,
        {
            HaltScope.DESK: desks,
            HaltScope.ACCOUNT: accounts,
            HaltScope.CLIENT: clients,
            HaltScope.INSTRUMENT: instruments,
            HaltScope.VENUE: venues,
        },
    )


def _counterparty(field: Field, calendars: Container[str]) -> Counterparty:
    field.only(("id", "name", "kind", "settlement_days", "calendar", "enabled"))
    calendar = field.get("calendar")
    counterparty_id = id_of(field["id"])
    return Counterparty(
        counterparty_id,
        name_of(field, counterparty_id),
        member(field["kind"], CounterpartyKind),
        whole(field["settlement_days"], 0, 10),
        flag(field, "enabled", True),
        _named(calendar, calendars, "calendar") if calendar is not None else "",
    )


def _permission(field: Field, instruments: Instruments, venues: Iterable[str]) -> TradingPermission:
    field.only(("id", "trader", "instruments", "asset_classes", "venues", "ord_types", "algorithms", "enabled"))
    return TradingPermission(
        id_of(field["id"]),
        id_of(field["trader"]),
        tuple(known(f, instruments, "instrument") for f in field.items("instruments")),
        tuple(member(f, AssetClass) for f in field.items("asset_classes")),
        tuple(known(f, venues, "venue") for f in field.items("venues")),
        tuple(member(f, OrdType) for f in field.items("ord_types")),
        tuple(member(f, Algorithm) for f in field.items("algorithms")),
        flag(field, "enabled", True),
    )


def _named(field: Field, names: Container[str], what: str) -> str:
    if field.text not in names:
        raise field.fault(f"no {what} has the id {field.text}")
    return field.text


def member(field: Field, kind: type[M]) -> M:
    """A member of an enumeration by its name in lower case."""
    by_name: dict[str, M] = {found.name.lower(): found for found in kind}
    if field.text not in by_name:
        raise field.fault(f"{field.text} is none of {', '.join(by_name)}")
    return by_name[field.text]
