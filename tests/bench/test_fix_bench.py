"""The FIX benchmarks' own code: what they measure is done, and the shape of what they say. Never the time."""

import pytest
from fix_codec_cost import DICTIONARY, KINDS, decode_validated, fix_codec_cost
from fix_engine_cost import fix_engine_cost, measured
from fix_engines import OURS, QUICKFIX, SIMPLEFIX, Engine, quickfix_installed
from fix_exchange import BEGIN_STRING, TRADE, Load

from oms.fix.codec import encode


@pytest.mark.parametrize(
    "engine",
    [
        OURS,
        SIMPLEFIX,
        pytest.param(QUICKFIX, marks=pytest.mark.skipif(not quickfix_installed(), reason="quickfix is not installed")),
    ],
    ids=lambda engine: engine.name,
)
def test_every_order_of_a_block_comes_back_as_a_trade(engine: Engine) -> None:
    took = measured([engine], blocks=2, rate_orders=40, single_orders=10)[engine.name]
    assert took.rate > 0 and len(took.order_us) == 20 and min(took.order_us) > 0


def test_a_load_never_has_more_orders_under_way_than_its_window() -> None:
    load = Load(count=5, window=2)
    first = load.due()
    assert len(first) == 2 and not load.due()
    load.on_report(first[0], b"0")
    assert not load.due(), "New does not end an order"
    load.on_report(first[0], TRADE)
    assert len(load.due()) == 1
    with pytest.raises(KeyError):
        load.on_report(first[0], TRADE)


def test_the_engine_is_measured_beside_the_others() -> None:
    figures = fix_engine_cost(blocks=1, rate_orders=40, single_orders=10)
    assert [f.name for f in figures][:2] == ["fix_engine_roundtrip", "fix_engine_roundtrip_p50"]
    assert len(figures) == (4 if quickfix_installed() else 2)
    assert [f.unit for f in figures[:2]] == ["orders/s", "µs"] and all(f.value > 0 < f.baseline for f in figures)


def test_the_codec_is_measured_on_messages_that_its_dictionary_takes() -> None:
    for msg_type, fields in KINDS.values():
        assert decode_validated(encode(BEGIN_STRING, msg_type, fields, DICTIONARY)) == b"c-177"
    figures = fix_codec_cost(samples=1, messages=3)
    assert len(figures) == 10 and all(f.value > 0 < f.baseline for f in figures)
    assert {f.name.split("_")[1] for f in figures} == {"encode", "decode"}
