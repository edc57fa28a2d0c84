"""The JSON that the audit stores of an event, against a walk over its fields that knows no generated code."""

import dataclasses
import json
from enum import IntEnum
from typing import Any

import pytest
from test_loop import WORLD, order, path, records

from oms.core.enums import Side
from oms.core.money import Amount
from oms.core.reference import Account, Instrument, Limit
from oms.testing.pipeline import RULES
from oms.wire import topics
from oms.wire.codec import decode_intake, decode_journal, to_json
from oms.wire.envelope import Envelope

__all__ = ["path"]


def plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        fields = {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"type": type(value).__name__} | fields
    if isinstance(value, IntEnum):
        return value.name
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**53) < value < 2**53:
        return str(value)
    return value


def same(value: object) -> None:
    assert to_json(value) == json.dumps(plain(value), separators=(",", ":"), ensure_ascii=False)


def test_every_event_of_a_filled_order_reads_the_same(path: Any) -> None:
    path.command(order("a"))
    path.run()
    seen = set()
    for topic in RULES:
        for record in records(path, topic):
            value = decode_journal(record.value)
            for event in (value, *(value.events if isinstance(value, Envelope) else ())):
                same(event)
                seen.add(type(event))
    assert len(seen) > 10
    for entity in (*WORLD, decode_intake(topics.ORDERS, records(path, topics.ORDERS)[0].value)):
        same(entity)


@pytest.mark.parametrize("name", ['a "quoted" name', "back\\slash", "tab\tnew\nline", "Zürich €", "\x00\x1f\u2028", ""])
def test_text_is_escaped_as_json_does(name: str) -> None:
    account = Account(name, "d", "USD", (), True)
    same(account)
    assert json.loads(to_json(account))["account_id"] == name


@pytest.mark.parametrize("value", [0, -1, 2**53 - 1, 2**53, -(2**53), -(2**53) + 1, 10**30, -(10**30)])
def test_integers_beyond_what_json_readers_hold_are_text(value: int) -> None:
    limit = next(e for e in WORLD if isinstance(e, Limit))
    changed = dataclasses.replace(limit, value=Amount(value))
    same(changed)
    assert int(json.loads(to_json(changed))["value"]) == value


def test_enumerations_are_names_and_nothing_is_null() -> None:
    new = dataclasses.replace(order("a"), side=Side.SELL, price=None)
    same(new)
    found = json.loads(to_json(new))
    assert (found["side"], found["price"], found["twap"]) == ("SELL", None, None)
    same(next(e for e in WORLD if isinstance(e, Instrument)))
