"""A thin gRPC client of the order gateway: one channel, calls with a deadline, errors that say what to do.

Decides which gRPC status means what to a caller: `GatewayRefused` (asking again changes nothing), `GatewayUnavailable` (it may be asked
again: with the same id nothing is done twice), `NotFound`. It builds no requests and keeps no state.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from oms.cli.credentials import Credentials, credentials_for, open_channel, own_name
from oms.cli.instance import EXIT_UNREACHABLE, CliError
from oms.core.reasons import Reason
from oms.v1 import admin_pb2, admin_pb2_grpc, gateway_pb2, gateway_pb2_grpc

CALL_TIMEOUT_S = 10.0
"""Longer than a broker's leader election, so that an ordinary failover is waited out."""

RETRY_PAUSE_S = 0.1
MESSAGE_BYTES_MAX = 16 * 1024 * 1024


gateway_messages: Any = gateway_pb2
admin_messages: Any = admin_pb2
"""The generated modules without types: their enumerations take our numbers, which the generated stubs do not know."""


class GatewayRefused(CliError):
    """The gateway said no."""


class NotFound(GatewayRefused):
    """There is no such order (yet)."""


class GatewayUnavailable(CliError):
    """Not reached, or no outcome known, or it takes no new orders now."""

    def __init__(self, text: str) -> None:
        super().__init__(text, EXIT_UNREACHABLE)

    @property
    def takes_no_orders(self) -> bool:
        """Whether it said that it takes no new orders now: then nothing was written, and the outcome is known."""
        return str(self).startswith(f"{Reason.AUDIT_BEHIND_AT_GATEWAY.name}:")


class GatewayClient:
    """Used by one thread, or by several for calls only. Close it, or use it in a `with`."""

    def __init__(self, address: str, credentials: Credentials | None = None) -> None:
        """`credentials` None: those of the command line, for the data directory that the address is of."""
        self.address = address
        self._credentials = credentials if credentials is not None else credentials_for(address)
        self._channel = open_channel(
            address,
            self._credentials,
            [
                ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
                ("grpc.initial_reconnect_backoff_ms", 100),
                ("grpc.min_reconnect_backoff_ms", 100),
                ("grpc.max_reconnect_backoff_ms", 500),
                ("grpc.enable_http_proxy", 0),
            ],
        )
        orders = gateway_pb2_grpc.OrderGatewayServiceStub(self._channel)
        control = admin_pb2_grpc.ControlServiceStub(self._channel)
        reference = admin_pb2_grpc.ReferenceAdminServiceStub(self._channel)
        letters = admin_pb2_grpc.DeadLetterServiceStub(self._channel)
        self._orders: Any = orders
        self._control: Any = control
        self._reference: Any = reference
        self._letters: Any = letters

    def __enter__(self) -> "GatewayClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._channel.close()

    # Orders. Requests and answers are those of proto/oms/v1/gateway.proto.

    def submit(self, request: Any, timeout_s: float = CALL_TIMEOUT_S) -> Any:
        return self._call(self._orders.Submit, request, timeout_s)

    def cancel(self, request: Any, timeout_s: float = CALL_TIMEOUT_S) -> Any:
        return self._call(self._orders.Cancel, request, timeout_s)

    def replace(self, request: Any, timeout_s: float = CALL_TIMEOUT_S) -> Any:
        return self._call(self._orders.Replace, request, timeout_s)

    def mass_cancel(self, request: Any, timeout_s: float = CALL_TIMEOUT_S) -> Any:
        return self._call(self._orders.MassCancel, request, timeout_s)

    def submit_list(self, request: Any, timeout_s: float = CALL_TIMEOUT_S) -> Any:
        return self._call(self._orders.SubmitList, request, timeout_s)

    def cancel_list(self, request: Any, timeout_s: float = CALL_TIMEOUT_S) -> Any:
        return self._call(self._orders.CancelList, request, timeout_s)

    def order_list(self, list_id: str, timeout_s: float = CALL_TIMEOUT_S) -> Any:
        """The `ListView`. Raises `NotFound`."""
        return self._call(self._orders.GetList, gateway_pb2.GetListRequest(list_id=list_id), timeout_s).list

    def mass_cancel_progress(self, request: Any, timeout_s: float = CALL_TIMEOUT_S) -> Any:
        """A `GetMassCancelResponse`."""
        return self._call(self._orders.GetMassCancel, request, timeout_s)

    def order(self, order_id: str, timeout_s: float = CALL_TIMEOUT_S) -> Any:
        """The `OrderView`. Raises `NotFound`."""
        return self._call(self._orders.GetOrder, gateway_pb2.GetOrderRequest(order_id=order_id), timeout_s).order

    def order_named(self, desk_id: str, trading_date: int, cl_ord_id: str) -> Any:
        """The `OrderView` by any ClOrdID of its chain. Raises `NotFound`."""
        request = gateway_pb2.GetOrderRequest(desk_id=desk_id, trading_date=trading_date, cl_ord_id=cl_ord_id)
        return self._call(self._orders.GetOrder, request, CALL_TIMEOUT_S).order

    def list_orders(self, request: Any, timeout_s: float = CALL_TIMEOUT_S) -> Any:
        """One page."""
        return self._call(self._orders.ListOrders, request, timeout_s)

    def all_orders(self, desk_id: str = "", open_only: bool = False) -> Iterator[Any]:
        """Every `OrderView` that the gateway has, page by page."""
        token = ""
        while True:
            page = self.list_orders(
                gateway_pb2.ListOrdersRequest(desk_id=desk_id, open_only=open_only, page_size=1000, page_token=token)
            )
            yield from page.orders
            token = page.next_page_token
            if not token:
                return

    def quotes(self, instrument_id: str = "", timeout_s: float = CALL_TIMEOUT_S) -> Any:
        request = gateway_pb2.ListQuotesRequest(instrument_id=instrument_id)
        return self._call(self._orders.ListQuotes, request, timeout_s).instruments

    def positions(self, desk_id: str = "", account_id: str = "") -> Any:
        request = gateway_pb2.ListPositionsRequest(desk_id=desk_id, account_id=account_id)
        return self._call(self._orders.ListPositions, request, CALL_TIMEOUT_S).positions

    def position_report(
        self,
        desk_id: str = "",
        account_id: str = "",
        instrument_id: str = "",
        totals_only: bool = False,
        timeout_s: float = CALL_TIMEOUT_S,
    ) -> Any:
        """Positions with their sums by desk and account, as a `ListPositionsResponse`."""
        request = gateway_pb2.ListPositionsRequest(
            desk_id=desk_id, account_id=account_id, instrument_id=instrument_id, totals_only=totals_only
        )
        return self._call(self._orders.ListPositions, request, timeout_s)

    def open_alerts(self, desk_id: str = "", timeout_s: float = CALL_TIMEOUT_S) -> list[Any]:
        """`OpenAlert` messages: all that are open now, of a desk or all that the caller may see."""
        return list(next(self.alerts(desk_id, timeout_s)).raised)

    def alerts(self, desk_id: str = "", timeout_s: float | None = None) -> Iterator[Any]:
        """`WatchAlertsResponse` messages, each with what did not fit into it, until the caller stops. `timeout_s`: for all of it."""
        call = self._orders.WatchAlerts(gateway_pb2.WatchAlertsRequest(desk_id=desk_id), timeout=timeout_s)
        try:
            begun: Any = None
            for answer in call:
                if begun is None:
                    begun = answer
                else:
                    begun.MergeFrom(answer)
                if not answer.more:
                    yield begun
                    begun = None
        except grpc.RpcError as error:
            raise as_cli_error(error, self.address) from None
        finally:
            call.cancel()

    # Administration. Requests and answers are those of proto/oms/v1/admin.proto.

    def halt(self, request: Any) -> int:
        return int(self._call(self._control.Halt, request, CALL_TIMEOUT_S).control_offset)

    def resume(self, request: Any) -> int:
        return int(self._call(self._control.Resume, request, CALL_TIMEOUT_S).control_offset)

    def cancel_scope(self, request: Any) -> int:
        return int(self._call(self._control.CancelScope, request, CALL_TIMEOUT_S).control_offset)

    def liquidate(self, request: Any) -> int:
        return int(self._call(self._control.Liquidate, request, CALL_TIMEOUT_S).control_offset)

    def resolve_break(self, request: Any) -> int:
        return int(self._call(self._control.ResolveBreak, request, CALL_TIMEOUT_S).control_offset)

    def acknowledge_alert(self, request: Any) -> int:
        return int(self._call(self._control.AcknowledgeAlert, request, CALL_TIMEOUT_S).control_offset)

    def set_clock(self, tape_ns: int, speed_milli: int, label: str, wall_ns: int = 0) -> Any:
        """The anchor in force. `wall_ns` 0 = now."""
        request = admin_pb2.SetClockRequest(wall_ns=wall_ns, tape_ns=tape_ns, speed_milli=speed_milli, label=label)
        return self._call(self._control.SetClock, request, CALL_TIMEOUT_S).anchor

    def control_status(self, control_offset: int = -1, timeout_s: float = CALL_TIMEOUT_S) -> Any:
        request = admin_pb2.GetControlStatusRequest(control_offset=control_offset)
        return self._call(self._control.GetControlStatus, request, timeout_s)

    def reference(self, kind: str = "", entity_id: str = "", timeout_s: float = CALL_TIMEOUT_S) -> Any:
        """`VersionedEntity` messages."""
        return self.reference_known(kind, entity_id, timeout_s).entities

    def reference_known(self, kind: str = "", entity_id: str = "", timeout_s: float = CALL_TIMEOUT_S) -> Any:
        """A `GetReferenceResponse`."""
        request = admin_pb2.GetReferenceRequest(kind=kind, entity_id=entity_id)
        return self._call(self._reference.GetReference, request, timeout_s)

    def apply_reference(self, request: Any) -> Any:
        """The outcomes, in the order of the items."""
        return self._call(self._reference.ApplyReference, request, CALL_TIMEOUT_S).outcomes

    def resubmit_dead_letter(self, request: Any, timeout_s: float = CALL_TIMEOUT_S) -> Any:
        """A `ResubmitDeadLetterResponse`."""
        return self._call(self._letters.ResubmitDeadLetter, request, timeout_s)

    def _call(self, method: Callable[..., Any], request: Any, timeout_s: float) -> Any:
        if not self._credentials.token and "requester" in request.DESCRIPTOR.fields_by_name:
            request.requester.entered_by = request.requester.entered_by or own_name()
        try:
            return method(request, timeout=timeout_s, wait_for_ready=False)
        except grpc.RpcError as error:
            raise as_cli_error(error, self.address) from None


def as_cli_error(error: Any, address: str) -> CliError:
    """What a failed call means, in one line."""
    code, text = error.code(), " ".join(str(error.details() or "").split())
    if code is grpc.StatusCode.NOT_FOUND:
        return NotFound(text or "there is no such order")
    if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED):
        if "failed to connect" in text or "Connection refused" in text or "Socket closed" in text:
            return GatewayUnavailable(f"the order gateway at {address} does not answer: see `oms status`")
        if code is grpc.StatusCode.DEADLINE_EXCEEDED:
            return GatewayUnavailable(f"no answer from the order gateway at {address} in time: repeat with the same id")
        return GatewayUnavailable(text or f"the order gateway at {address} is not available: see `oms status`")
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return GatewayUnavailable(f"too much at once: {text}; repeat with the same id")
    violations = field_violations(error)
    return GatewayRefused("; ".join(violations) if violations else f"{text or 'refused'} ({code.name})")


def field_violations(error: Any) -> list[str]:
    """`field: what is wrong`, for each field of a BadRequest detail."""
    status = rpc_status.from_call(error)
    found: list[str] = []
    for detail in status.details if status is not None else ():
        bad = error_details_pb2.BadRequest()
        if detail.Is(bad.DESCRIPTOR) and detail.Unpack(bad):
            for violation in bad.field_violations:
                text = violation.description.removeprefix(f"{violation.field}: ")
                found.append(f"{violation.field}: {text}")
    return found


def retried(call: Callable[[], Any], patience_s: float) -> Any:
    """Repeat a call that is safe to repeat (same id) while the gateway is unavailable, for at most `patience_s`."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return call()
        except GatewayUnavailable:
            if time.monotonic() + RETRY_PAUSE_S >= deadline:
                raise
            time.sleep(RETRY_PAUSE_S)
