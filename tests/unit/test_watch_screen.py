"""The live view as a picture: every section, alerts in order of urgency, nothing wider than the terminal, and what is missing said."""

import io
import itertools
from dataclasses import replace

import pytest
from rich.console import Console

from oms.cli.watch_facts import (
    Clocks,
    DeskLine,
    Disk,
    Facts,
    FillLine,
    Filters,
    MinuteLine,
    PositionLine,
    Quoted,
    ServiceLine,
    Urgency,
    alerts,
)
from oms.cli.watch_json import facts_json
from oms.cli.watch_screen import screen

SECOND, MINUTE = 10**9, 60 * 10**9
TAPE = 1_736_175_642_191_000_000  # 2025-01-06 15:00:42.191
DOLLAR = 10**12
SERVICES = ("execution", "router", "risk", "audit", "order-gateway")
SECTIONS = ("ORDERS", "DESK", "SERVICE", "POSITION", "FILL", "MINUTE", "ALERT", "tape ", "wall ", "audit behind")


def service(name: str, **changes: object) -> ServiceLine:
    line = ServiceLine(name, True, True, "owner", (0, 12, 7, 1), 0, 0.1, 1.5, 12.25)
    return replace(line, **changes)  # type: ignore[arg-type]


def desk(name: str, number: int = 1) -> DeskLine:
    return DeskLine(name, "USD", 2, -1_234_567 * DOLLAR, 0, 98 * DOLLAR, 0, 3 * SECOND, 0, number, 50_000 * DOLLAR, 0)


GOOD = Facts(
    clocks=Clocks(1_790_000_000 * SECOND, TAPE, 2_000, "synthetic seed=1"),
    services=tuple(service(name) for name in SERVICES),
    orders=(("NEW", 2), ("PARTIALLY_FILLED", 1), ("FILLED", 1234), ("REJECTED", 17)),
    desks=tuple(desk(name, n) for n, name in enumerate(("alpha", "beta", "gamma"))),
    positions=(
        PositionLine("alpha", "alpha-1", "ACME", "-1700", "USD", 12_345 * DOLLAR, "100.79", 200_000_000, False),
        PositionLine("beta", "beta-1", "BOLT", "300", "USD", None, "", None, False),
    ),
    fills=tuple(
        FillLine(TAPE - n * SECOND, "alpha", "ACME", "buy", "500", "100.79", "XALP", f"alpha/20250106/c{n}")
        for n in range(20)
    ),
    minutes=tuple(
        MinuteLine(d, (TAPE // MINUTE - n) * MINUTE, 20 + n, n, 31, (("USD", 25_300 * DOLLAR),))
        for n, d in itertools.product(range(4), ("alpha", "beta"))
    ),
    control_age_ns=SECOND,
    audit_age_ns=300_000_000,
    quoted=(Quoted("ACME", SECOND, 10 * SECOND),),
    disk=Disk(1_200_000_000, 5_000_000_000, 50_000_000_000),
)
GONE = Facts(
    Clocks(1_790_000_000 * SECOND),
    services=tuple(ServiceLine(name, False, False, problem="Connection refused") for name in SERVICES),
    gateway_problem="the order gateway at 127.0.0.1:1 does not answer: see `oms status`",
    view_problem="it is not running",
)
NOTHING_YET = replace(GOOD, orders=(), desks=(), positions=(), fills=(), minutes=(), services=())


def drawn(facts: Facts, width: int, height: int | None = None) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, highlight=False).print(screen(facts, width, height))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("facts", [GOOD, GONE, NOTHING_YET], ids=["good", "gone", "nothing yet"])
@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_every_section_is_there_and_no_line_is_too_long(facts: Facts, width: int) -> None:
    lines = drawn(facts, width)
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    assert not [section for section in SECTIONS if section not in text]


@pytest.mark.parametrize("facts", [GOOD, GONE, NOTHING_YET], ids=["good", "gone", "nothing yet"])
@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (80, 50)])
def test_a_frame_fits_the_terminal(facts: Facts, width: int, height: int) -> None:
    talking = replace(facts, messages=tuple(f"19:00:0{n} something happened {'x' * 90}" for n in range(9)))
    for said in (facts, talking):
        lines = drawn(said, width, height)
        assert len(lines) <= height and max(map(len, lines)) <= width
    assert "19:00:08 something happened" in "\n".join(drawn(talking, width, height))


def test_what_matters_is_in_eighty_columns() -> None:
    text = "\n".join(drawn(GOOD, 80, 24))
    for words in (
        "synthetic seed=1",
        "tape 2025-01-06 15:00:42.191 x2",
        "2 new  1 partially filled  1234 filled  17 rejected",
        "ALERTS none",
        " -1.2M ",  # a sum that has no room in cents
        "15:00",
        "25.3k",
        "0 12 7 1",
        "12.2",
        "-1700",
        "12.3k",
        "15:00:42",
        "100.79 XALP",
        "B    500 ACME",
        "audit behind 0.3s",
        "disk 1.2 of 5 GB",
    ):
        assert words in text, words


def test_a_wide_screen_has_what_a_narrow_one_leaves_out() -> None:
    ill = replace(GOOD, services=(service("risk", problem="not healthy: oms logs risk"),))
    assert "not healthy" in "\n".join(drawn(ill, 120)) and "buying" in "\n".join(drawn(ill, 120))
    assert "buying" not in "\n".join(drawn(ill, 80))


def test_what_does_not_answer_is_said() -> None:
    text = "\n".join(drawn(GONE, 80))
    assert text.count("NO ANSWER") == 5
    assert "ORDERS ?" in text and "view not there" in text and "tape not set going" in text
    assert "audit behind ?" in text and "control heard ?" in text


def test_what_is_not_known_of_a_sum_is_marked() -> None:
    half = replace(desk("alpha"), realised=5 * DOLLAR, realised_unknown=1)
    none = replace(desk("beta"), realised_unknown=2, unrealised_unknown=2, mark_age_ns=None)
    stale = replace(desk("gamma"), stale_marks=1)
    lines = drawn(replace(GOOD, desks=(half, none, stale)), 80)
    assert "5.00?" in next(line for line in lines if line.startswith("alpha "))
    beta = next(line for line in lines if line.startswith("beta ")).split()
    assert beta[:5] == ["beta", "USD", "?", "?", "-"]
    assert "3.0s!" in next(line for line in lines if line.startswith("gamma "))


def test_alerts_come_most_urgent_first_and_say_what_to_do() -> None:
    ill = replace(
        GOOD,
        services=(
            service("audit", lag_seconds=30.0, lag_records=900),
            service("risk", ready=False, phase="recovering"),
            ServiceLine("router", False, False, problem="Connection refused"),
        ),
        halts=("desk:beta",),
        control_age_ns=7 * SECOND,
        audit_age_ns=31 * SECOND,
        quoted=(Quoted("ACME", 20 * SECOND, 10 * SECOND), Quoted("BOLT", 20 * SECOND, None)),
        disk=Disk(4_900_000_000, 5_000_000_000, 1_500_000_000),
        view_problem="it is not running",
    )
    found = alerts(ill)
    assert [a.urgency for a in found] == sorted(a.urgency for a in found)
    assert [(a.urgency, a.text) for a in found] == [
        (Urgency.STOPPED, "risk is not ready (recovering)"),
        (Urgency.STOPPED, "router does not answer: Connection refused"),
        (Urgency.DENIED, "control silent for 7.0s: new orders are denied"),
        (Urgency.DENIED, "audit behind by 31s: new orders are denied"),
        (Urgency.HALTED, "halt in force: desk:beta (oms resume desk:beta)"),
        (Urgency.HALTED, "stale market data: ACME (last word 20s ago)"),
        (Urgency.NEAR, "audit is 30 s behind (900 records)"),
        (Urgency.NEAR, "4.9 of 5 GB of the data directory's bound are used"),
        (Urgency.NEAR, "only 1.5 GB of disk are free"),
        (Urgency.NOTE, "view not there: it is not running"),
    ]
    lines = [line for line in drawn(ill, 80) if line.startswith("ALERT")]
    assert len(lines) == 4 and "(+6 more: oms status)" in lines[-1]


def test_limits_alert_beyond_and_not_at() -> None:
    at = replace(GOOD, control_age_ns=5 * SECOND, audit_age_ns=10 * SECOND, quoted=(Quoted("ACME", SECOND, SECOND),))
    assert alerts(at) == []
    beyond = replace(
        at, control_age_ns=5 * SECOND + 1, audit_age_ns=10 * SECOND + 1, quoted=(Quoted("ACME", SECOND + 1, SECOND),)
    )
    assert len(alerts(beyond)) == 3
    assert len(alerts(replace(at, control_age_ns=None, audit_age_ns=None))) == 2
    full = replace(at, disk=Disk(5_100_000_000, 5_000_000_000, 50_000_000_000))
    assert [a.urgency for a in alerts(full)] == [Urgency.DENIED]


def test_filters_are_shown() -> None:
    assert "only desk alpha instrument ACME" in drawn(replace(GOOD, filters=Filters("alpha", "", "ACME")), 80)[0]


def test_the_facts_for_programs_are_exact_and_null_where_not_known() -> None:
    said = facts_json(GOOD)
    assert said["speed"] == "2" and said["tape_time"] == "2025-01-06 15:00:42.191"
    assert said["desks"][0]["realised"] == "-1234567" and said["positions"][1]["unrealised"] is None
    assert said["minutes"][0]["notional"] == {"USD": "25300"} and said["alerts"] == []
    gone = facts_json(GONE)
    assert [gone[name] for name in ("orders", "desks", "positions", "fills", "minutes", "disk")] == [None] * 6
    assert gone["alerts"][0]["urgency"] == "STOPPED"


def test_a_notional_that_is_not_known_is_not_nothing() -> None:
    minutes = tuple(replace(line, notional=()) for line in GOOD.minutes or ())
    lines = drawn(replace(GOOD, minutes=minutes), 80)
    assert [line.split()[-1] for line in lines if line.startswith("alpha ")] == ["?"]
    assert "?" in next(line for line in lines if line.startswith("2025-01-06 15:00"))
