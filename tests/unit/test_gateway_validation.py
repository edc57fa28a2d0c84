"""Which requests become commands, and what is said about the others."""

import pytest

from oms.core.commands import CancelOrder, MassCancelOrders, NewOrder, Provenance, ReplaceOrder, same_content
from oms.core.enums import Algorithm, OrdType, Side, TimeInForce
from oms.core.reference import Desk, Reference
from oms.gateway.validation import GOOD_UNTIL_DEFAULT_NS, Addressed, Edge, command_of, errors_of
from oms.v1 import admin_pb2, commands_pb2, enums_pb2
from oms.v1 import gateway_pb2 as api

EDGE = Edge(entered_ns=1_000, trace_id="edge", partitions=4)
REFERENCE = Reference(desks={"alpha": Desk("alpha", "Alpha", 2, True), "far": Desk("far", "Far", 9, True)})
ANN = api.Requester(entered_by="ann", on_behalf_of="bob", strategy="s1")


def submit(**changes: object) -> api.SubmitRequest:
    fields: dict[str, object] = {
        "desk_id": "alpha",
        "trading_date": 20250106,
        "cl_ord_id": "a-1",
        "account_id": "acc",
        "instrument_id": "IBM",
        "side": enums_pb2.SIDE_BUY,
        "ord_type": enums_pb2.ORD_TYPE_LIMIT,
        "time_in_force": enums_pb2.TIME_IN_FORCE_DAY,
        "order_qty": 100,
        "price": 5000,
        "algorithm": enums_pb2.ALGORITHM_BEST_PRICE,
        "requester": ANN,
    }
    kept = {name: value for name, value in (fields | changes).items() if value is not None}
    return api.SubmitRequest(**kept)  # type: ignore[arg-type]


def wrong_fields(request: api.SubmitRequest) -> set[str]:
    found = command_of(request, REFERENCE, EDGE)
    assert not isinstance(found, Addressed)
    return {error.field for error in found}


def test_a_new_order() -> None:
    assert command_of(submit(), REFERENCE, EDGE) == Addressed(
        NewOrder(
            "alpha",
            20250106,
            "a-1",
            "acc",
            "IBM",
            Side.BUY,
            OrdType.LIMIT,
            TimeInForce.DAY,
            100,
            5000,
            Algorithm.BEST_PRICE,
            "",
            None,
            1_000 + GOOD_UNTIL_DEFAULT_NS,
            1_000,
            "edge",
            Provenance("ann", "bob", "grpc", "bob", "s1"),
        ),
        2,
    )


def test_a_sampled_traceparent_in_the_field_asks_for_the_trace() -> None:
    found = command_of(submit(trace_id=f"00-{'a' * 32}-{'b' * 16}-01"), REFERENCE, EDGE)
    assert isinstance(found, Addressed) and found.command.trace_id == f"{'a' * 32}-{'b' * 16}-01"


def test_what_the_client_gives_is_kept() -> None:
    found = command_of(submit(good_until_ns=77, trace_id="ab" * 16), REFERENCE, EDGE)
    assert isinstance(found, Addressed) and isinstance(found.command, NewOrder)
    assert (found.command.good_until_ns, found.command.trace_id) == (77, "ab" * 16)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"desk_id": ""}, {"desk_id"}),
        ({"desk_id": "nobody"}, {"desk_id"}),
        ({"desk_id": "far"}, {"desk_id"}),
        ({"trading_date": 0}, {"trading_date"}),
        ({"cl_ord_id": "a/1"}, {"cl_ord_id"}),
        ({"cl_ord_id": "a:1"}, {"cl_ord_id"}),
        ({"cl_ord_id": "a 1"}, {"cl_ord_id"}),
        ({"cl_ord_id": "a\n"}, {"cl_ord_id"}),
        ({"cl_ord_id": "ä"}, {"cl_ord_id"}),
        ({"cl_ord_id": "a" * 65}, {"cl_ord_id"}),
        ({"account_id": ""}, {"account_id"}),
        ({"instrument_id": "a b"}, {"instrument_id"}),
        ({"side": 0}, {"side"}),
        ({"side": 99}, {"side"}),
        ({"ord_type": 0, "price": None}, {"ord_type"}),
        ({"time_in_force": -1}, {"time_in_force"}),
        ({"order_qty": 0}, {"order_qty"}),
        ({"order_qty": -5}, {"order_qty"}),
        ({"order_qty": 2**62}, {"order_qty"}),
        ({"price": 2**62}, {"price"}),
        ({"price": None}, {"price"}),
        ({"ord_type": enums_pb2.ORD_TYPE_MARKET}, {"price"}),
        ({"algorithm": 0}, {"algorithm"}),
        ({"algorithm": enums_pb2.ALGORITHM_DIRECT}, {"venue_id"}),
        ({"venue_id": "XA"}, {"venue_id"}),
        ({"algorithm": enums_pb2.ALGORITHM_TWAP}, {"twap"}),
        ({"twap": commands_pb2.TwapParameters(slices=3)}, {"twap"}),
        (
            {
                "algorithm": enums_pb2.ALGORITHM_TWAP,
                "twap": commands_pb2.TwapParameters(start_ns=-1, end_ns=2**62, slices=3),
            },
            {"twap.start_ns", "twap.end_ns"},
        ),
        ({"good_until_ns": -1}, {"good_until_ns"}),
        ({"trace_id": "t" * 65}, {"trace_id"}),
        ({"trace_id": "mine"}, {"trace_id"}),
        ({"trace_id": "0" * 32}, {"trace_id"}),
        ({"trace_id": f"00-{'a' * 32}-{'0' * 16}-01"}, {"trace_id"}),
        ({"requester": None}, {"requester"}),
        ({"requester": api.Requester()}, {"requester.entered_by"}),
        ({"requester": api.Requester(entered_by="ann", trader="liquidation-desk")}, {"requester.trader"}),
        ({"requester": api.Requester(entered_by="ann", on_behalf_of="Liquidation-Desk ")}, {"requester.on_behalf_of"}),
        ({"side": 0, "order_qty": 0, "account_id": ""}, {"side", "order_qty", "account_id"}),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, object], fields: set[str]) -> None:
    assert wrong_fields(submit(**changes)) == fields


def test_fields_that_the_contract_does_not_have_are_refused() -> None:
    stranger = api.SubmitRequest.FromString(submit().SerializeToString() + b"\xf8\x07\x01")
    assert wrong_fields(stranger) == {"#127"}
    inner = submit()
    inner.requester.MergeFromString(b"\xf8\x07\x01")
    assert wrong_fields(inner) == {"requester.#127"}


def test_the_other_commands() -> None:
    common = {"desk_id": "alpha", "trading_date": 20250106, "cl_ord_id": "c1", "requester": ANN}
    cancel = command_of(api.CancelRequest(orig_cl_ord_id="a-1", **common), REFERENCE, EDGE)  # type: ignore[arg-type]
    assert isinstance(cancel, Addressed) and isinstance(cancel.command, CancelOrder)
    assert (cancel.command.orig_trading_date, cancel.command.orig_cl_ord_id) == (20250106, "a-1")
    replace = command_of(
        api.ReplaceRequest(orig_cl_ord_id="a-1", orig_trading_date=20250103, order_qty=7, price=-3, **common),  # type: ignore[arg-type]
        REFERENCE,
        EDGE,
    )
    assert isinstance(replace, Addressed) and isinstance(replace.command, ReplaceOrder)
    assert (replace.command.orig_trading_date, replace.command.order_qty, replace.command.price) == (20250103, 7, -3)
    mass = command_of(api.MassCancelRequest(account_id="acc", **common), REFERENCE, EDGE)  # type: ignore[arg-type]
    assert isinstance(mass, Addressed) and isinstance(mass.command, MassCancelOrders)
    assert (mass.partition, mass.command.account_id, mass.command.instrument_id) == (2, "acc", "")


def test_a_repeat_is_the_same_whatever_the_edge_adds() -> None:
    first, again = (command_of(submit(), REFERENCE, Edge(at, f"t{at}", 4)) for at in (1, 2))
    other = command_of(submit(order_qty=101), REFERENCE, EDGE)
    assert isinstance(first, Addressed) and isinstance(again, Addressed) and isinstance(other, Addressed)
    assert same_content(first.command, again.command)
    assert not same_content(first.command, other.command)


def test_scopes_of_halts() -> None:
    firm = admin_pb2.HaltRequest(scope=enums_pb2.HALT_SCOPE_FIRM, reason="r", requester=ANN)
    assert errors_of(firm) == ()
    firm.scope_id = "alpha"
    assert [error.field for error in errors_of(firm)] == ["scope_id"]
    desk = admin_pb2.HaltRequest(scope=enums_pb2.HALT_SCOPE_DESK, reason="r", requester=ANN)
    assert [error.field for error in errors_of(desk)] == ["scope_id"]
