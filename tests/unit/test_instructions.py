"""What an order may ask beyond its plain terms: judged in the core, at the API, and as typed."""

import itertools
from dataclasses import replace

import pytest

from oms.cli import instruction_words as words
from oms.cli.instance import UsageError
from oms.cli.terms import TifWord
from oms.core.enums import (
    Algorithm,
    ExecInst,
    OrdType,
    PegPriceType,
    SelfMatchPrevention,
    Side,
    TimeInForce,
    VenueFeature,
)
from oms.core.instructions import PLAIN, Instructions, Peg, contradictions, features_needed
from oms.core.reference import Desk, Instrument, Reference
from oms.gateway.validation import Addressed, Edge, command_of
from oms.v1 import commands_pb2
from oms.v1 import gateway_pb2 as api
from oms.wire.codec import to_message

ACME = Instrument("ACME", "Acme", "USD", 2, 0, 1, 1, "always", True)
TRAIL = Peg(PegPriceType.TRAILING_STOP, 50)
MID = Peg(PegPriceType.MID, -1)
POST, WHOLE, REDUCE = ExecInst.PARTICIPATE_DONT_INITIATE, ExecInst.ALL_OR_NONE, ExecInst.DO_NOT_INCREASE
T, V = OrdType, TimeInForce

SOUND: list[tuple[OrdType, TimeInForce, int | None, Instructions]] = [
    (T.MARKET, V.DAY, None, PLAIN),
    (T.LIMIT, V.GTC, 100, PLAIN),
    (T.STOP, V.DAY, None, Instructions(stop_px=90)),
    (T.STOP_LIMIT, V.GTC, 95, Instructions(stop_px=90, display_qty=10)),
    (T.STOP, V.DAY, None, Instructions(peg=TRAIL)),
    (T.STOP_LIMIT, V.DAY, 80, Instructions(peg=TRAIL, stop_px=90)),
    (T.MARKET_TO_LIMIT, V.DAY, None, PLAIN),
    (T.PEGGED, V.DAY, None, Instructions(peg=MID)),
    (T.PEGGED, V.DAY, 101, Instructions(peg=MID, exec_inst=(POST,), display_qty=0)),
    (T.LIMIT, V.DAY, 100, Instructions(display_qty=0)),
    (T.LIMIT, V.DAY, 100, Instructions(display_qty=100, min_qty=100)),
    (T.LIMIT, V.DAY, 100, Instructions(exec_inst=(POST, REDUCE))),
    (T.LIMIT, V.DAY, 100, Instructions(exec_inst=(WHOLE,))),
    (T.LIMIT, V.GTD, 100, Instructions(expire_ns=1)),
    (T.LIMIT, V.GTD, 100, Instructions(expire_date=20250110)),
    (T.LIMIT, V.GOOD_FOR_TIME, 100, Instructions(good_for_ns=1)),
    (T.MARKET, V.AT_THE_OPENING, None, PLAIN),
    (T.LIMIT, V.AT_THE_CLOSE, 100, PLAIN),
    (T.LIMIT, V.IOC, 100, Instructions(min_qty=50, smp=SelfMatchPrevention.CANCEL_BOTH, smp_id="fund-1")),
]

WRONG: list[tuple[str, OrdType, TimeInForce, int | None, Instructions]] = [
    ("instructions.expire_date", T.LIMIT, V.GTD, 100, Instructions(expire_date=99)),
    ("instructions.expire_date", T.LIMIT, V.GTD, 100, Instructions(expire_date=20250231)),
    ("instructions.expire_date", T.LIMIT, V.GTD, 100, Instructions(expire_date=22620101)),
    ("instructions.expire_date", T.LIMIT, V.GTD, 100, Instructions(expire_date=99991231)),
    ("price", T.MARKET, V.DAY, 100, PLAIN),
    ("price", T.LIMIT, V.DAY, None, PLAIN),
    ("price", T.STOP_LIMIT, V.DAY, None, Instructions(stop_px=90)),
    ("price", T.STOP, V.DAY, 100, Instructions(stop_px=90)),
    ("price", T.MARKET_TO_LIMIT, V.DAY, 100, PLAIN),
    ("instructions.stop_px", T.STOP, V.DAY, None, PLAIN),
    ("instructions.stop_px", T.STOP, V.DAY, None, Instructions(stop_px=0)),
    ("instructions.stop_px", T.LIMIT, V.DAY, 100, Instructions(stop_px=90)),
    ("instructions.peg", T.PEGGED, V.DAY, None, PLAIN),
    ("instructions.peg", T.PEGGED, V.DAY, None, Instructions(peg=TRAIL)),
    ("instructions.peg", T.STOP, V.DAY, None, Instructions(stop_px=90, peg=MID)),
    ("instructions.peg", T.LIMIT, V.DAY, 100, Instructions(peg=MID)),
    ("instructions.peg.offset", T.STOP, V.DAY, None, Instructions(peg=replace(TRAIL, offset=0))),
    ("instructions.display_qty", T.LIMIT, V.DAY, 100, Instructions(display_qty=101)),
    ("instructions.display_qty", T.LIMIT, V.IOC, 100, Instructions(display_qty=10)),
    ("instructions.display_qty", T.MARKET, V.DAY, None, Instructions(display_qty=10)),
    ("instructions.display_qty", T.LIMIT, V.DAY, 100, Instructions(display_qty=10, exec_inst=(WHOLE,))),
    ("instructions.min_qty", T.LIMIT, V.DAY, 100, Instructions(min_qty=101)),
    ("instructions.min_qty", T.LIMIT, V.DAY, 100, Instructions(min_qty=-1)),
    ("instructions.min_qty", T.LIMIT, V.DAY, 100, Instructions(min_qty=10, exec_inst=(POST,))),
    ("instructions.min_qty", T.LIMIT, V.AT_THE_OPENING, 100, Instructions(min_qty=10)),
    ("instructions.exec_inst", T.MARKET, V.DAY, None, Instructions(exec_inst=(POST,))),
    ("instructions.exec_inst", T.LIMIT, V.IOC, 100, Instructions(exec_inst=(POST,))),
    ("instructions.exec_inst", T.LIMIT, V.DAY, 100, Instructions(exec_inst=(REDUCE, REDUCE))),
    ("instructions.exec_inst", T.LIMIT, V.AT_THE_CLOSE, 100, Instructions(exec_inst=(WHOLE,))),
    ("instructions.expire_ns", T.LIMIT, V.GTD, 100, PLAIN),
    ("instructions.expire_ns", T.LIMIT, V.GTD, 100, Instructions(expire_ns=1, expire_date=20250110)),
    ("instructions.expire_ns", T.LIMIT, V.DAY, 100, Instructions(expire_ns=1)),
    ("instructions.good_for_ns", T.LIMIT, V.GOOD_FOR_TIME, 100, PLAIN),
    ("instructions.good_for_ns", T.LIMIT, V.DAY, 100, Instructions(good_for_ns=1)),
    ("instructions.smp_id", T.LIMIT, V.DAY, 100, Instructions(smp_id="fund-1")),
    ("time_in_force", T.STOP, V.AT_THE_OPENING, None, Instructions(stop_px=90)),
    ("time_in_force", T.PEGGED, V.IOC, None, Instructions(peg=MID)),
]


@pytest.mark.parametrize(("ord_type", "tif", "price", "asked"), SOUND)
def test_what_goes_together_is_taken(
    ord_type: OrdType, tif: TimeInForce, price: int | None, asked: Instructions
) -> None:
    assert contradictions(ord_type, tif, 100, price, asked) == ()


@pytest.mark.parametrize(("field", "ord_type", "tif", "price", "asked"), WRONG)
def test_what_contradicts_itself_is_named(
    field: str, ord_type: OrdType, tif: TimeInForce, price: int | None, asked: Instructions
) -> None:
    assert {name for name, _ in contradictions(ord_type, tif, 100, price, asked)} == {field}


def test_every_type_and_validity_has_a_sound_order() -> None:
    assert {case[0] for case in SOUND} == set(OrdType)
    assert {case[1] for case in SOUND} >= set(TimeInForce) - {V.FOK}


def test_a_plain_order_needs_nothing_of_a_venue() -> None:
    for ord_type, tif in itertools.product((T.MARKET, T.LIMIT), (V.DAY, V.GTC, V.IOC, V.FOK)):
        assert features_needed(ord_type, tif, Instructions(exec_inst=(REDUCE,))) == frozenset()


def test_every_feature_is_needed_by_some_order() -> None:
    needed = [features_needed(t, v, i) for t, v, _, i in SOUND]
    assert frozenset().union(*needed) == set(VenueFeature)


# -- the API


def request_of(ord_type: OrdType, tif: TimeInForce, price: int | None, asked: Instructions) -> api.SubmitRequest:
    request = api.SubmitRequest(
        desk_id="alpha", trading_date=20250106, cl_ord_id="a-1", account_id="acc", instrument_id="ACME",
        side=int(Side.BUY), ord_type=int(ord_type), time_in_force=int(tif), order_qty=100, algorithm=int(Algorithm.BEST_PRICE),
        requester=api.Requester(entered_by="ann"), instructions=to_message(asked),
    )  # fmt: skip
    if price is not None:
        request.price = price
    return request


def taken(request: api.SubmitRequest | api.ReplaceRequest) -> Addressed | set[str]:
    reference = Reference(desks={"alpha": Desk("alpha", "Alpha", 0, True)})
    found = command_of(request, reference, Edge(entered_ns=1_000, trace_id="edge", partitions=4))
    return found if isinstance(found, Addressed) else {error.field for error in found}


@pytest.mark.parametrize(("ord_type", "tif", "price", "asked"), SOUND)
def test_the_api_carries_them_unchanged(
    ord_type: OrdType, tif: TimeInForce, price: int | None, asked: Instructions
) -> None:
    found = taken(request_of(ord_type, tif, price, asked))
    assert isinstance(found, Addressed)
    assert found.command.instructions == replace(asked, exec_inst=tuple(sorted(asked.exec_inst)))  # type: ignore[union-attr]


@pytest.mark.parametrize(("field", "ord_type", "tif", "price", "asked"), WRONG)
def test_the_api_refuses_by_field(
    field: str, ord_type: OrdType, tif: TimeInForce, price: int | None, asked: Instructions
) -> None:
    assert taken(request_of(ord_type, tif, price, asked)) == {field}


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (commands_pb2.Instructions(exec_inst=[0]), "instructions.exec_inst"),
        (commands_pb2.Instructions(exec_inst=[99]), "instructions.exec_inst"),
        (commands_pb2.Instructions(peg=commands_pb2.Peg(offset=1)), "instructions.peg.price_type"),
        (commands_pb2.Instructions(smp=77), "instructions.smp"),
        (commands_pb2.Instructions(smp=1, smp_id="a b"), "instructions.smp_id"),
        (commands_pb2.Instructions(stop_px=-1), "instructions.stop_px"),
        (commands_pb2.Instructions(expire_ns=2**63 - 1), "instructions.expire_ns"),
        (commands_pb2.Instructions(peg=commands_pb2.Peg(price_type=1, offset=-(2**63))), "instructions.peg.offset"),
    ],
)
def test_what_no_vocabulary_has_is_refused(message: commands_pb2.Instructions, field: str) -> None:
    order = request_of(T.LIMIT, V.DAY, 100, PLAIN)
    order.instructions.CopyFrom(message)
    assert taken(order) == {field}
    amended = api.ReplaceRequest(
        desk_id="alpha", trading_date=20250106, cl_ord_id="a-2", orig_cl_ord_id="a-1", order_qty=100,
        requester=api.Requester(entered_by="ann"), instructions=message,
    )  # fmt: skip
    assert taken(amended) == {field}


# -- as typed


@pytest.mark.parametrize(
    ("asked", "price", "ord_type", "expected"),
    [
        (words.Asked(), "", T.MARKET, PLAIN),
        (words.Asked(), "1.00", T.LIMIT, PLAIN),
        (words.Asked(stop="0.90"), "", T.STOP, Instructions(stop_px=90)),
        (words.Asked(stop="0.90", show="10"), "0.95", T.STOP_LIMIT, Instructions(stop_px=90, display_qty=10)),
        (words.Asked(trail="0.5"), "", T.STOP, Instructions(peg=TRAIL)),
        (words.Asked(peg=words.PegWord.mid, peg_offset="-0.01"), "", T.PEGGED, Instructions(peg=MID)),
        (words.Asked(market_to_limit=True), "", T.MARKET_TO_LIMIT, PLAIN),
        (words.Asked(show="0", post_only=True), "1", T.LIMIT, Instructions(display_qty=0, exec_inst=(POST,))),
        (
            words.Asked(min_qty="5", smp=words.SmpWord.cancel_both, smp_id="f"),
            "1",
            T.LIMIT,
            Instructions(min_qty=5, smp=SelfMatchPrevention.CANCEL_BOTH, smp_id="f"),
        ),
    ],
)
def test_typed_words_become_instructions(
    asked: words.Asked, price: str, ord_type: OrdType, expected: Instructions
) -> None:
    assert words.ord_type_of(replace(asked, price=price)) is ord_type
    assert words.instructions_of(asked, ACME) == expected


@pytest.mark.parametrize(
    ("word", "asked", "tif", "expiry"),
    [
        (None, words.Asked(), V.DAY, (0, 0, 0)),
        (None, words.Asked(expire="2025-01-10"), V.GTD, (0, 20250110, 0)),
        (None, words.Asked(expire="2025-01-10T15:30"), V.GTD, (1_736_523_000 * 10**9, 0, 0)),
        (None, words.Asked(expire="2025-01-10T16:30+01:00"), V.GTD, (1_736_523_000 * 10**9, 0, 0)),
        (None, words.Asked(good_for="10m"), V.GOOD_FOR_TIME, (0, 0, 600 * 10**9)),
        (TifWord.opening, words.Asked(), V.AT_THE_OPENING, (0, 0, 0)),
        (TifWord.closing, words.Asked(), V.AT_THE_CLOSE, (0, 0, 0)),
    ],
)
def test_typed_validity(
    word: TifWord | None, asked: words.Asked, tif: TimeInForce, expiry: tuple[int, int, int]
) -> None:
    found = words.instructions_of(asked, ACME)
    assert words.time_in_force_of(replace(asked, tif=word)) is tif
    assert (found.expire_ns, found.expire_date, found.good_for_ns) == expiry


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (words.Asked(stop="1", market_to_limit=True), "give one of them"),
        (words.Asked(stop="0.901"), "--stop: 0.901 has 3 decimals"),
        (words.Asked(peg_offset="0.01"), "--peg-offset goes with --peg"),
        (words.Asked(expire="soon"), "--expire 'soon'"),
        (words.Asked(good_for="a while"), "--good-for 'a while'"),
    ],
)
def test_what_cannot_be_read_is_said(asked: words.Asked, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        words.ord_type_of(asked)
        words.instructions_of(asked, ACME)


def test_contradictions_are_told_by_their_options() -> None:
    with pytest.raises(UsageError, match=r"--post-only .*--min-qty|--min-qty"):
        words.refuse_contradictions(T.LIMIT, V.DAY, 100, 1, Instructions(min_qty=10, exec_inst=(POST,)))
    words.refuse_contradictions(T.LIMIT, V.DAY, 100, 1, PLAIN)
