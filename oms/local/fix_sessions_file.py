"""The `fix_sessions` of a reference data file: clients' FIX sessions as people write them.

    - id: alpha-fix                 version: "4.4"            4.2, 4.4 or 5.0SP2
      comp_id: ALPHA                our_comp_id: OMS          SenderCompID and TargetCompID as the client sends them
      desk: alpha                   person: ada               whose rights it has
      accounts: [alpha-1]           (all of the desk)         client: c1     certificate: fix.alpha.example
      hours: mon-fri 07:00-21:00 Europe/London  (always)      resets_daily: true     07:00-21:00: every day, UTC
      heartbeat_s: 5-60             (1-300)                   resets_on_logon: true
      cancel_on: {socket_drop: 10 s, heartbeat_loss: 0 s, process_death: 30 s, logout: 0 s}
      drop_copy: desk               client, desk, clearing_member: a session that only listens

What is not said has the value in brackets. It does not judge whether a session makes sense with others: the gateway does.
"""

import re
from collections.abc import Container

from oms.core.enums import DisconnectCause, DropCopyScope
from oms.core.reference import CancelOnDisconnect, FixSession
from oms.core.session_hours import SessionHours
from oms.local.session_hours import session_hours
from oms.runtime.yaml_fields import Field

VERSIONS = {"4.2": ("FIX.4.2", ""), "4.4": ("FIX.4.4", ""), "5.0SP2": ("FIXT.1.1", "9")}
OUR_COMP_ID = "OMS"
HEARTBEAT_S = (1, 300)

_FIELDS = (
    "id", "version", "comp_id", "our_comp_id", "desk", "person", "accounts", "client", "certificate", "calendar", "hours",
    "resets_daily", "resets_on_logon", "heartbeat_s", "cancel_on", "drop_copy", "enabled",
)  # fmt: skip
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)(?: UTC)?")
_RANGE = re.compile(r"(\d{1,4})-(\d{1,4})")
_SECONDS = re.compile(r"(\d{1,5}) ?s")


def fix_session(field: Field, desks: Container[str], accounts: Container[str], people: Container[str]) -> FixSession:
    """Raises `FileFault`."""
    field.only(_FIELDS)
    version = field["version"]
    if version.text not in VERSIONS:
        raise version.fault(f"{version.text} is none of {', '.join(VERSIONS)}")
    begin_string, appl_ver_id = VERSIONS[version.text]
    open_s, close_s, hours = _hours(field)
    low, high = _heartbeat(field)
    return FixSession(
        field["id"].text,
        field["comp_id"].text,
        _text(field, "our_comp_id", OUR_COMP_ID),
        begin_string,
        appl_ver_id,
        _known(field["desk"], desks, "desk"),
        _text(field, "client"),
        tuple(_known(f, accounts, "account") for f in field.items("accounts")),
        _known(field["person"], people, "person"),
        _text(field, "certificate"),
        _text(field, "calendar"),
        open_s,
        close_s,
        _flag(field, "resets_daily", False),
        _flag(field, "resets_on_logon", True),
        low,
        high,
        _cancels(field),
        _scope(field),
        _flag(field, "enabled", True),
        hours=hours,
    )


def _hours(field: Field) -> tuple[int, int, SessionHours | None]:
    """`open_s`, `close_s` and `hours` of the terms: the first two say what is every day, by UTC."""
    found = field.get("hours")
    if found is None:
        return 0, 0, None
    match = _HOURS.fullmatch(found.text)
    if match is None:
        return 0, 0, session_hours(found)
    open_h, open_m, close_h, close_m = (int(part) for part in match.groups())
    return (open_h * 60 + open_m) * 60, (close_h * 60 + close_m) * 60, None


def _heartbeat(field: Field) -> tuple[int, int]:
    found = field.get("heartbeat_s")
    if found is None:
        return HEARTBEAT_S
    match = _RANGE.fullmatch(found.text)
    if match is None:
        raise found.fault(f"{found.text!r}: write the bounds like 5-60")
    return int(match[1]), int(match[2])


def _cancels(field: Field) -> tuple[CancelOnDisconnect, ...]:
    found = field.get("cancel_on")
    if found is None:
        return ()
    causes = {cause.name.lower(): cause for cause in DisconnectCause}
    cancels = []
    for name in found.names():
        grace = found[name]
        match = _SECONDS.fullmatch(grace.text)
        if name not in causes or match is None:
            raise grace.fault(f"{name}: {grace.text}: takes {', '.join(causes)}, each with seconds like 10 s")
        cancels.append(CancelOnDisconnect(causes[name], int(match[1]) * 1_000_000_000))
    return tuple(cancels)


def _scope(field: Field) -> DropCopyScope | None:
    found = field.get("drop_copy")
    if found is None:
        return None
    scopes = {scope.name.lower(): scope for scope in DropCopyScope}
    if found.text not in scopes:
        raise found.fault(f"{found.text} is none of {', '.join(scopes)}")
    return scopes[found.text]


def _text(field: Field, key: str, default: str = "") -> str:
    found = field.get(key)
    return default if found is None else found.text


def _flag(field: Field, key: str, default: bool) -> bool:
    text = _text(field, key, "true" if default else "false")
    if text not in ("true", "false"):
        raise field[key].fault(f"{text}: must be true or false")
    return text == "true"


def _known(field: Field, known: Container[str], what: str) -> str:
    if field.text not in known:
        raise field.fault(f"no {what} has the id {field.text}")
    return field.text
