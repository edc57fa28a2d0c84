"""The `fix_sessions` of a reference file: what is said, what is not said, and faults that name their line."""

from pathlib import Path

import pytest

from oms.core.enums import DisconnectCause, DropCopyScope
from oms.core.reference import CancelOnDisconnect, FixSession
from oms.core.session_hours import hours_problem
from oms.local.fix_sessions_file import fix_session
from oms.runtime.yaml_fields import FileFault, read_yaml

LEAST = {"id": "s", "version": '"4.4"', "comp_id": "C", "desk": "alpha", "person": "ada"}


def read(tmp_path: Path, **changes: str) -> FixSession:
    path = tmp_path / "sessions.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in {**LEAST, **changes}.items() if value), "utf-8")
    return fix_session(read_yaml(path), ("alpha",), ("A1",), ("ada",))


def test_what_is_not_said_has_a_value(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert (found.begin_string, found.appl_ver_id, found.our_comp_id, found.open_s, found.close_s) == (
        "FIX.4.4",
        "",
        "OMS",
        0,
        0,
    )
    assert (
        found.enabled
        and found.resets_on_logon
        and not found.resets_daily
        and not found.cancels
        and found.drop_copy is None
    )


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        version="5.0SP2",
        accounts="[A1]",
        client="c1",
        certificate="fix.alpha",
        hours="22:30-06:00",
        resets_daily="true",
        resets_on_logon="false",
        heartbeat_s="5-60",
        cancel_on="{socket_drop: 10 s, logout: 0 s}",
        drop_copy="clearing_member",
        enabled="false",
    )
    assert (found.begin_string, found.appl_ver_id, found.accounts, found.client_id) == ("FIXT.1.1", "9", ("A1",), "c1")
    assert (found.open_s, found.close_s, found.heartbeat_s_min, found.heartbeat_s_max) == (81_000, 21_600, 5, 60)
    assert found.cancels == (
        CancelOnDisconnect(DisconnectCause.SOCKET_DROP, 10 * 10**9),
        CancelOnDisconnect(DisconnectCause.LOGOUT, 0),
    )
    assert found.drop_copy is DropCopyScope.CLEARING_MEMBER and found.resets_daily
    assert not found.resets_on_logon and not found.enabled


@pytest.mark.parametrize(
    ("text", "hours", "zone"),
    [
        ("mon-fri 07:00-21:00 Europe/London", "mon-fri 07:00-21:00", "Europe/London"),
        ("sun 17:00 - fri 16:00 America/Chicago", "sun 17:00 - fri 16:00", "America/Chicago"),
        ("mon-fri 07:00-21:00", "mon-fri 07:00-21:00", "UTC"),
    ],
)
def test_hours_may_have_weekdays_and_a_zone(tmp_path: Path, text: str, hours: str, zone: str) -> None:
    found = read(tmp_path, hours=text)
    assert (found.open_s, found.close_s) == (0, 0) and found.hours is not None
    assert (found.hours.hours, found.hours.time_zone) == (hours, zone) and not hours_problem(found.hours)
    assert bool(found.hours.offsets) == (zone != "UTC")


def test_hours_of_every_day_by_utc_are_as_they_were(tmp_path: Path) -> None:
    for text in ("07:00-21:00", "07:00-21:00 UTC"):
        found = read(tmp_path, hours=text)
        assert (found.open_s, found.close_s, found.hours) == (25_200, 75_600, None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version": "4.1"}, "4.1 is none of 4.2, 4.4, 5.0SP2"),
        ({"desk": "beta"}, "no desk has the id beta"),
        ({"person": "bob"}, "no person has the id bob"),
        ({"accounts": "[B1]"}, "no account has the id B1"),
        ({"hours": "7-21"}, "write them like 07:00-21:00"),
        ({"hours": "07:00-21:00 Europe/Nowhere"}, "Europe/Nowhere is no time zone like Europe/London"),
        ({"hours": "fri-07:00-21:00"}, "write them like 07:00-21:00"),
        ({"heartbeat_s": "5"}, "write the bounds like 5-60"),
        ({"cancel_on": "{crash: 1 s}"}, "crash: 1 s: takes logout, socket_drop, heartbeat_loss, process_death"),
        ({"drop_copy": "firm"}, "firm is none of client, desk, clearing_member"),
        ({"enabled": "maybe"}, "must be true or false"),
        ({"comp_id": ""}, "comp_id is missing"),
        ({"port": "1"}, "unknown field"),
    ],
)
def test_a_fault_names_its_line(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    with pytest.raises(FileFault) as raised:
        read(tmp_path, **changes)
    assert words in str(raised.value) and " line " in str(raised.value)
