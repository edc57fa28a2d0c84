"""Positions over gRPC: every fill ever, once, whoever reads the journal and how often; cheap enough to be asked every second."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from gateway_service import RISK, World, connected, eventually, refused, serving
from gateway_world import accepted, exposure, new_order, order_id, risk_record

from oms.core.control import ClockAnchor
from oms.core.market import MarketRecord, MarketView, Quote
from oms.core.reference import Account, Instrument, Reference
from oms.core.risk_events import OrderClosed
from oms.core.stage import Event
from oms.gateway.positions import Wanted, list_positions
from oms.gateway.profit import Book
from oms.runtime.gateway import Gateway
from oms.runtime.log import TopicPartition
from oms.v1 import gateway_pb2 as api
from oms.wire import topics
from oms.wire.codec import encode_claim, encode_envelope, encode_intake
from oms.wire.envelope import Claim

pytestmark = pytest.mark.integration

ORDER = new_order("a1", qty=1_000)
TAPE_NS = 10**18


@pytest.fixture
def world() -> World:
    """An opening position of 1000, two fills, a third of a replaced owner that does not count, and a quote."""
    made = World()
    made.put(topics.CONTROL, ClockAnchor(0, TAPE_NS, 0, "stands still"))
    quote = Quote(TAPE_NS - 2 * 10**9, 499_900, 100, 500_000, 200)
    record = MarketRecord("XA", "IBM", 0, (quote,), ())
    made.append(TopicPartition(topics.MARKET, 0), encode_intake(topics.MARKET, record))
    made.risk(-1, accepted(ORDER), exposure(ORDER, 60, 1_060))
    owned(made, exposure(ORDER, 40, 1_100))
    straggler = risk_record(0, 99, -1, exposure(ORDER, 500, 1_600))
    made.append(RISK, encode_envelope(topics.RISK, straggler))
    return made


def owned(world: World, event: Event) -> None:
    """A new owner of risk's partition, and its first record."""
    epoch = world.append(RISK, encode_claim(Claim("later", 1)))
    world.append(RISK, encode_envelope(topics.RISK, risk_record(epoch, 1, -1, event)))


@pytest.fixture
async def gateway(world: World) -> AsyncIterator[Gateway]:
    async with serving(world) as running:
        yield running


async def asked(gateway: Gateway, **wanted: object) -> api.ListPositionsResponse:
    async with connected(gateway) as client:
        answer: api.ListPositionsResponse = await client.orders.ListPositions(api.ListPositionsRequest(**wanted))
    return answer


async def test_every_fill_counts_once_over_restarts_of_the_gateway(world: World, gateway: Gateway) -> None:
    first = await asked(gateway)
    (view,) = first.positions
    assert (view.qty, view.bought_qty, view.fill_count, view.open_buy_qty) == (1_100, 100, 2, 900)
    assert first.time_ns == TAPE_NS
    owned(world, OrderClosed(order_id(ORDER), 900))
    await eventually(lambda: not gateway.view.partitions[0].blotter.book.orders)
    live = await asked(gateway)
    async with serving(world) as again:
        assert await asked(again) == live


async def test_what_is_asked_for_is_checked(gateway: Gateway) -> None:
    assert len((await asked(gateway, instrument_id="IBM", desk_id="alpha")).positions) == 1
    assert not (await asked(gateway, instrument_id="BAC")).positions
    totals = await asked(gateway, totals_only=True)
    assert (len(totals.positions), [(t.desk_id, t.account_id) for t in totals.totals]) == (
        0,
        [("alpha", ""), ("alpha", "acc-alpha")],
    )
    async with connected(gateway) as client:
        code, _, fields = await refused(client.orders.ListPositions(api.ListPositionsRequest(instrument_id="a b")))
    assert (code.name, fields) == ("INVALID_ARGUMENT", ["instrument_id"])


def test_the_totals_of_a_large_firm_take_a_fraction_of_a_second() -> None:
    """50 accounts in 40 instruments, each traded: asked every second, it is a small part of the second (processor time)."""
    reference, book = Reference(), Book()
    for number in range(40):
        name = f"I{number}"
        reference.instruments[name] = Instrument(name, name, "USD", 4, 0, 1, 1, "us", True)
    for number in range(50):
        account = Account(f"acc-{number}", f"desk-{number % 5}", "USD", (), True)
        reference.accounts[account.account_id] = account
        for name in reference.instruments:
            moved = exposure(ORDER, 10, 10)
            book.fold(replace(moved, account_id=account.account_id, instrument_id=name, order_id="desk/20250106/x"))
    started = time.process_time()
    answer = list_positions([book], reference, MarketView(), TAPE_NS, Wanted(totals_only=True))
    spent_s = time.process_time() - started
    assert sum(t.position_count for t in answer.totals if not t.account_id) == 2_000
    assert spent_s < 1.0
