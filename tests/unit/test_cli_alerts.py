"""What `oms alerts` makes of the gateway's answers, and `oms watch` of the alerts."""

import time
from typing import Any

from oms.cli.alerts import changes, line_of, open_row
from oms.cli.watch_facts import MONITORS_SHOWN, Clocks, Facts, Filters, alerts
from oms.cli.watch_gather import _is_of, alert_words
from oms.core.enums import AlertKind, LimitScope
from oms.core.monitors.alerts import ACKNOWLEDGED_WITHIN_NS
from oms.gateway.int128 import int128
from oms.v1 import gateway_pb2
from oms.wire.codec import wire_enum

NOW = 1_736_175_600_000_000_000
api: Any = gateway_pb2


def alert(alert_id: str, offset: int = 1, **changes: Any) -> Any:
    fields: dict[str, Any] = {
        "alert_id": alert_id, "topic": "oms.risk", "partition": 0, "offset": offset, "kind": wire_enum(AlertKind.DAY_LOSS),
        "scope": wire_enum(LimitScope.DESK), "scope_id": "alpha", "subject": "USD", "value": int128(3 * 10**12 // 2),
        "threshold": int128(10**12), "scale": 12, "raised_ns": NOW, "wall_ns": NOW, "desk_id": "alpha", "text": f"{alert_id} is beyond",
    }  # fmt: skip
    return api.OpenAlert(**{**fields, **changes})


def gone(alert_id: str, offset: int) -> Any:
    return api.ClearedAlert(alert_id=alert_id, topic="oms.risk", partition=0, offset=offset, wall_ns=NOW + 10**9)


class Followed:
    def __init__(self) -> None:
        self.told: dict[tuple[str, str], int] = {}
        self.kept: dict[tuple[str, str], dict[str, Any]] = {}

    def news(self, *raised: Any, cleared: tuple[Any, ...] = (), whole: bool = False, more: bool = False) -> list[str]:
        answer = api.WatchAlertsResponse(raised=raised, cleared=cleared, whole=whole, more=more)
        return [f"{row['status']} {row['alert_id']}" for row in changes(answer, self.told, self.kept, NOW)]


def test_figures_are_exact_and_an_unknown_one_is_empty() -> None:
    row = open_row(alert("x"), NOW + 125 * 10**9)
    assert (row["value"], row["allowed"], row["age"], row["of"]) == ("1.5", "1", "2m 5s", "desk alpha")
    unknown = alert("x")
    unknown.ClearField("value")
    assert open_row(unknown, NOW)["value"] == ""
    assert line_of(row).endswith("open     x is beyond")


def test_news_is_told_once_over_reconnects() -> None:
    f = Followed()
    assert f.news(alert("x"), alert("y"), whole=True) == ["open x", "open y"]
    assert f.news(alert("x", 5)) == ["open x"]
    assert f.news(alert("x", 5), alert("y"), whole=True) == [], "the same again, after a reconnect"
    assert f.news(cleared=(gone("y", 7),)) == ["cleared y"] and f.news(cleared=(gone("y", 7),)) == []
    assert f.news(whole=True) == ["cleared x"], "while nobody told us"
    assert f.news(alert("y", 9)) == ["open y"]


def test_the_live_view_shows_the_newest_and_counts_the_rest() -> None:
    names = tuple(f"alert {n}" for n in range(MONITORS_SHOWN + 3))
    facts = Facts(Clocks(time.time_ns()), found=names, control_age_ns=0, audit_age_ns=0)
    assert [a.text for a in alerts(facts)] == [*names[:MONITORS_SHOWN], "3 more of the monitors: oms alerts"]


def test_filters_of_the_live_view_hold_for_alerts() -> None:
    mine = alert("x", scope=wire_enum(LimitScope.ACCOUNT), scope_id="A1", subject="IBM")
    assert _is_of(mine, Filters()) and _is_of(mine, Filters(account="A1", instrument="IBM"))
    assert not _is_of(mine, Filters(account="A2")) and not _is_of(mine, Filters(instrument="SAP"))
    assert not _is_of(alert("x"), Filters(account="alpha"))


def test_who_has_seen_an_alert_is_news_once() -> None:
    f = Followed()
    assert f.news(alert("x", 5)) == ["open x"]
    assert f.news(alert("x", 5, acknowledged_by="rita", note="hedged")) == ["open x"]
    assert f.news(alert("x", 5, acknowledged_by="rita", note="hedged"), whole=True) == []
    assert f.news(alert("x", 5, acknowledged_by="rita", desk_id="beta")) == ["open x"], "it is another desk's"
    assert f.news(cleared=(gone("x", 5),)) == ["cleared x"] and f.news(alert("x", 5)) == ["open x"]


def test_an_alert_that_nobody_has_seen_for_long_is_overdue() -> None:
    late = NOW + ACKNOWLEDGED_WITHIN_NS
    assert open_row(alert("x"), late)["overdue"] == "" and open_row(alert("x"), late + 1)["overdue"] == "overdue"
    known = alert("x", acknowledged_by="rita", acknowledged_ns=NOW, note="hedged")
    row = open_row(known, late + 1)
    assert (row["status"], row["overdue"], row["acknowledged_by"], row["note"]) == ("open", "", "rita", "hedged")
    assert line_of(row).endswith("x is beyond (acknowledged by rita: hedged)")
    assert [alert_words(a, late + 1) for a in (alert("x"), known)] == [
        "x is beyond [overdue]",
        "x is beyond [acknowledged by rita]",
    ]
    assert alert_words(alert("x"), late) == "x is beyond"
