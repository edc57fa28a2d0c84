"""A venue in the reference data file: its terms, what it offers, its throttle and its hours. One session for each partition."""

from typing import TypeVar

from oms.core.enums import VenueBehaviour, VenueFeature
from oms.core.reference import MessageThrottle, Venue, VenueSession
from oms.core.session_hours import SessionHours
from oms.local.reference_fields import ALL, Instruments, flag, id_of, known, name_of, not_negative, scaled, whole
from oms.local.session_hours import session_hours
from oms.runtime.yaml_fields import Field

M = TypeVar("M", VenueFeature, VenueBehaviour)

VENUE_TERMS = (
    "fee_ppm",
    "fee_per_unit",
    "latency_ms",
    "heartbeat_s",
    "enabled",
    "features",
    "behaviours",
    "counterparties",
    "throttle",
    "hours",
    "resets_daily",
)


def listed_venue(field: Field, instruments: Instruments, partitions: int) -> Venue:
    """One of the section `venues`; raises `FileFault`."""
    field.only(("id", "number", "name", "instruments", *VENUE_TERMS))
    venue_id = id_of(field["id"])
    listed = tuple(sorted({known(f, instruments, "instrument") for f in field.items("instruments")}))
    number = whole(field["number"], 0, 9999)
    return venue_with_terms(field, venue_id, number, name_of(field, venue_id), listed, partitions)


def venue_with_terms(
    terms: Field, venue_id: str, number: int, name: str, listed: tuple[str, ...], partitions: int
) -> Venue:
    return Venue(
        venue_id,
        number,
        name,
        whole(terms["fee_ppm"], -100_000, 100_000),
        scaled(terms["fee_per_unit"], 8),
        not_negative(terms["latency_ms"], 6),
        listed,
        tuple(VenueSession(p, f"{venue_id}-P{p}") for p in range(partitions)),
        whole(terms["heartbeat_s"], 1, 3600),
        flag(terms, "enabled", True),
        _members(terms, "features", VenueFeature),
        _members(terms, "behaviours", VenueBehaviour),
        tuple(id_of(f) for f in terms.items("counterparties")),
        _throttle(terms.get("throttle")),
        *_hours(terms),
    )


def _hours(terms: Field) -> tuple[SessionHours | None, bool]:
    """When sessions are up, and whether numbers begin anew with each day of them."""
    hours, resets = terms.get("hours"), flag(terms, "resets_daily", False)
    if resets and hours is None:
        raise terms["resets_daily"].fault("a day begins by hours: say them")
    return session_hours(hours) if hours is not None else None, resets


def _throttle(field: Field | None) -> MessageThrottle | None:
    """`{messages: 100, window_ms: 1000, reserve: 20}`; without it the venue takes whatever comes."""
    if field is None:
        return None
    field.only(("messages", "window_ms", "reserve"))
    messages = whole(field["messages"], 1, 1_000_000)
    return MessageThrottle(messages, whole(field["window_ms"], 1, 3_600_000), whole(field["reserve"], 0, messages - 1))


def _members(field: Field, key: str, kind: type[M]) -> tuple[M, ...]:
    """Names in lower case, in the order of the enumeration; `[all]` for every one; none where the key is absent."""
    named = field.items(key)
    by_name: dict[str, M] = {member.name.lower(): member for member in kind}
    for name in named:
        if name.text not in (*by_name, ALL):
            raise name.fault(f"{name.text} is none of {', '.join(by_name)}, or {ALL}")
    texts = {name.text for name in named}
    return tuple(member for name, member in by_name.items() if name in texts or ALL in texts)
