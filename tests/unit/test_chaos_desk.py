"""What the recording client remembers of commands, against a small gateway that answers as it is told."""

from collections.abc import Iterator
from concurrent import futures
from typing import Any

import grpc
import pytest

from oms.cli.client import GatewayRefused, GatewayUnavailable
from oms.cli.credentials import Credentials
from oms.testing.chaos.desk import CANCEL, NEW, RecordingClient, key_of
from oms.testing.history import Outcome
from oms.v1 import gateway_pb2, gateway_pb2_grpc
from oms.wire import topics

api: Any = gateway_pb2
PARTITION = 2


class ScriptedGateway(gateway_pb2_grpc.OrderGatewayServiceServicer):
    """Answers each call with the next of `answers`: an offset, or a status."""

    def __init__(self) -> None:
        self.answers: list[int | grpc.StatusCode] = []

    def _status(self, request: Any, context: Any) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, grpc.StatusCode):
            context.abort(answer, "as told")
        return api.CommandStatus(
            desk_id=request.desk_id, cl_ord_id=request.cl_ord_id, partition=PARTITION, offset=answer
        )

    def Submit(self, request: Any, context: Any) -> Any:
        return api.SubmitResponse(status=self._status(request, context))

    def Cancel(self, request: Any, context: Any) -> Any:
        return api.CancelResponse(status=self._status(request, context))


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[ScriptedGateway, int]]:
    gateway, server = ScriptedGateway(), grpc.server(futures.ThreadPoolExecutor(2))
    gateway_pb2_grpc.add_OrderGatewayServiceServicer_to_server(gateway, server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield gateway, port
    server.stop(None)


@pytest.fixture
def gateway(served: tuple[ScriptedGateway, int]) -> ScriptedGateway:
    served[0].answers = []
    return served[0]


@pytest.fixture
def desk(served: tuple[ScriptedGateway, int]) -> Iterator[RecordingClient]:
    with RecordingClient(f"127.0.0.1:{served[1]}", Credentials("", None, True)) as client:
        assert isinstance(client, RecordingClient)
        yield client


def new(cl_ord_id: str) -> Any:
    return api.SubmitRequest(desk_id="alpha", trading_date=20250106, cl_ord_id=cl_ord_id)


def test_a_command_is_one_append_however_often_it_is_asked_for(gateway: ScriptedGateway, desk: RecordingClient) -> None:
    gateway.answers = [grpc.StatusCode.UNAVAILABLE, 7, 9]
    with pytest.raises(GatewayUnavailable):
        desk.submit(new("a1"))
    assert desk.commands() == {key_of(NEW, "alpha", 20250106, "a1"): False}
    assert desk.appends() == [], "nobody said yet where the desk's commands go"
    desk.submit(new("a1"))
    desk.submit(new("a1"))
    (append,) = desk.appends()
    assert append.place == (topics.ORDERS, PARTITION)
    assert (append.outcome, append.offset, append.attempts) == (Outcome.OK, 7, 3)
    assert append.began < append.ended
    assert desk.commands() == {key_of(NEW, "alpha", 20250106, "a1"): True}


def test_refused_is_what_no_attempt_can_have_written(gateway: ScriptedGateway, desk: RecordingClient) -> None:
    invalid, away = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNAVAILABLE
    gateway.answers = [-1, invalid, away, invalid, away]
    desk.cancel(api.CancelRequest(desk_id="alpha", trading_date=20250106, cl_ord_id="c1"))
    for name, fault in (
        ("a", GatewayRefused),
        ("b", GatewayUnavailable),
        ("b", GatewayRefused),
        ("c", GatewayUnavailable),
    ):
        with pytest.raises(fault):
            desk.submit(new(name))
    outcomes = {append.value.rpartition("/")[2]: append.outcome for append in desk.appends()}
    unknown = Outcome.UNKNOWN
    assert outcomes == {"c1": Outcome.OK, "a": Outcome.REFUSED, "b": unknown, "c": unknown}
    assert next(append.offset for append in desk.appends() if append.value.startswith(CANCEL)) is None
