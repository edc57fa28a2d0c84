"""`oms triggers`: a trigger as one line, and thresholds as people write them."""

from dataclasses import replace

import pytest

from oms.cli.instance import UsageError
from oms.cli.triggers import COLUMNS, Known, row_of, threshold_of
from oms.core.enums import HaltScope
from oms.core.halt_triggers import HaltTriggerKind
from oms.core.money import AMOUNT_SCALE
from oms.core.stage import Conditions
from tests.halt_trigger_world import SECOND, look, lose_a_hundred, send_three, trigger
from tests.risk_world import DOLLAR, NOW, World, resume, world

K = HaltTriggerKind


def row(w: World, made: object, **conditions: object) -> dict[str, object]:
    now = replace(Conditions(NOW, NOW, 0, 1, 0, 1), **conditions)  # type: ignore[arg-type]
    return row_of(Known(made, 7, "p"), [w.state], now, w.market)  # type: ignore[arg-type]


def test_an_armed_trigger_shows_how_far_it_is() -> None:
    made = trigger(K.DAY_LOSS, 250 * DOLLAR)
    w = world(made)
    lose_a_hundred(w)
    found = row(w, made)
    assert tuple(found) == COLUMNS
    assert (found["state"], found["of"], found["figure"], found["threshold"]) == (
        "armed",
        "desk:alpha",
        "100 USD",
        "250 USD",
    )
    assert (found["version"], found["proposed"], found["since"]) == (7, "p", "")


def test_a_tripped_one_shows_since_when_and_why_then_quiet_then_armed() -> None:
    made = trigger(K.MESSAGE_RATE, 2)
    w = world(made)
    send_three(w)
    look(w)
    found = row(w, made)
    assert (found["state"], found["figure"], found["partition"]) == ("tripped", "3 messages", "1")
    assert found["since"] and found["text"] == "MESSAGE_RATE of desk alpha is 3 in 1000 ms, allowed 2 in 1000 ms"
    w.control(resume(HaltScope.DESK, "alpha"))
    assert row(w, made)["state"] == "quiet"
    assert row(w, made, wall_ns=NOW + 60 * SECOND)["state"] == "armed"


def test_a_figure_that_cannot_be_told_is_unknown_and_a_disabled_one_has_none() -> None:
    made = trigger(K.STALE_MARKET, 1, scope_id="NONE")
    w = world(made)
    assert (row(w, made)["figure"], row(w, made)["text"]) == ("unknown", "instrument NONE is not known")
    off = replace(made, enabled=False)
    assert (row(w, off)["state"], row(w, off)["figure"]) == ("disabled", "")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (K.DAY_LOSS, "1000.5", 10005 * 10 ** (AMOUNT_SCALE - 1)),
        (K.MESSAGE_RATE, "1000", 1000),
        (K.REJECT_RATIO, "2.5", 25_000),
        (K.VENUE_LOST, "500 ms", SECOND // 2),
    ],
)
def test_a_threshold_is_written_in_the_units_of_the_list(kind: HaltTriggerKind, text: str, value: int) -> None:
    assert threshold_of(text, kind) == value


@pytest.mark.parametrize(("kind", "text"), [(K.MESSAGE_RATE, "1.5"), (K.DAY_LOSS, "-1"), (K.AUDIT_LAG, "soon")])
def test_a_threshold_that_is_none_is_wrong_usage(kind: HaltTriggerKind, text: str) -> None:
    with pytest.raises(UsageError, match="--threshold"):
        threshold_of(text, kind)
