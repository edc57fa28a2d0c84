"""Log lines: one JSON object each, by a schema, with the place of the record and the order they are about."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from log_schema import SCHEMA
from test_loop import NOW, WHO, WORLD

from oms.core.control import Halt
from oms.core.enums import HaltScope
from oms.runtime.gateway_feed import decode
from oms.runtime.journal_fold import JournalBroken, JournalFold
from oms.runtime.lifecycle import Stopper
from oms.runtime.log import Record, TopicPartition
from oms.runtime.logs import FIELDS, JsonFormatter, PlacedLogger
from oms.testing.pipeline import RULES, Pipeline
from oms.testing.sim_log import Fate
from oms.testing.sim_venue import Script, SimVenue
from oms.wire import topics


class Written:
    """What a process would have written to its standard output."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def lines(self) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.stream.getvalue().splitlines()]
        for line in found:
            jsonschema.validate(line, SCHEMA)
        return found


@pytest.fixture
def written() -> Iterator[Written]:
    said, root = Written(), logging.getLogger()
    handler = logging.StreamHandler(said.stream)
    handler.setFormatter(JsonFormatter("risk", "p-1"))
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.INFO)
    yield said
    root.removeHandler(handler)
    root.setLevel(level)


def test_every_field_that_may_be_given_is_in_the_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert set(FIELDS) < set(SCHEMA["properties"])


def test_a_line_has_what_was_given_and_nothing_else(written: Written) -> None:
    logger = logging.getLogger("oms.test")
    logger.warning("late\nby %d s", 3, extra={"order_id": "alpha/20250106/a1", "password": "secret"})
    PlacedLogger(logger, {"topic": topics.RISK, "partition": 2}).error("no", extra={"offset": 7, "partition": 3})
    late, place = written.lines()
    assert late["message"] == "late\nby 3 s" and late["order_id"] == "alpha/20250106/a1" and "password" not in late
    assert (place["topic"], place["partition"], place["offset"]) == (topics.RISK, 3, 7)


def test_what_ends_a_process_names_the_record(written: Written) -> None:
    fold = JournalFold(Pipeline([], NOW).log, RULES[topics.RISK](), TopicPartition(topics.RISK, 0))

    def work() -> None:
        fold.apply(Record(topics.RISK, 0, 0, 0, None, b"\xff"))

    stopper = Stopper()
    stopper.guard(work)()
    (line,) = written.lines()
    assert isinstance(stopper.failure, JournalBroken) and stopper.event.is_set()
    assert (line["level"], line["topic"], line["partition"], line["offset"]) == ("CRITICAL", topics.RISK, 0, 0)
    assert "JournalBroken" in line["error"]


def test_an_unreadable_record_is_named(written: Written) -> None:
    assert decode(Record(topics.CONTROL, 0, 41, 0, None, b"\xff no record")).value is None
    (line,) = written.lines()
    assert (line["topic"], line["partition"], line["offset"]) == (topics.CONTROL, 0, 41)


def test_lines_of_a_loop_name_its_partition(written: Written) -> None:
    p = Pipeline([SimVenue("XALP-P0", Script(True, (10**9,)))], NOW)
    p.entities(WORLD, WHO)
    p.run()
    p.log.plan(TopicPartition(topics.RISK, 0), Fate.LOST)
    p.control(Halt(HaltScope.FIRM, "", False, "enough", NOW, WHO))
    p.run()
    lines = [line for line in written.lines() if line["logger"] == "oms.runtime.loop"]
    assert {line["topic"] for line in lines} == set(RULES) and {line["partition"] for line in lines} == {0}
    assert any("ends: the outcome of run seq" in line["message"] and line["topic"] == topics.RISK for line in lines)
