"""What `submit`, `cancel` and `replace` share: sending a request until its outcome is known, watching the order, showing both.

A request is sent with one id until an answer is there: a lost answer is asked for again, never guessed. Whatever is out of reach, the
line says how to repeat the request: its id, and the trading date that the id is of.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from oms.cli.client import GatewayClient, GatewayUnavailable, retried
from oms.cli.completion import complete_desk
from oms.cli.decision_words import limit_named, reason_words, refusal_text
from oms.cli.instance import EXIT_UNREACHABLE, CliError, NotRunning
from oms.cli.order_words import order_fields
from oms.cli.output import int128, print_fields, print_json, print_rows, reason_name
from oms.cli.units import Scales, in_unit
from oms.core.risk.checks import CHECK_NAMES
from oms.v1 import gateway_pb2

POLL_S = 0.05

WaitOption = Annotated[float, typer.Option("--wait", min=0, max=600, help="Seconds to wait for the outcome.")]
IdOption = Annotated[
    str, typer.Option("--id", "--client-order-id", help="ClOrdID; repeat a request safely with the same one.")
]
DeskOption = Annotated[
    str, typer.Option("--desk", help="The desk, where a ClOrdID is given.", autocompletion=complete_desk)
]


DateOption = Annotated[
    int,
    typer.Option(
        "--date", min=0, max=99991231, show_default=False,
        help="Trading date of the id (YYYYMMDD): a repeat after the market's midnight needs that of the first. Default: the market's.",
    ),
]  # fmt: skip


@contextmanager
def repeatable(cl_ord_id: str, trading_date: int) -> Iterator[None]:
    """A whole command under an id that was given (or none): where a part is out of reach, nothing was sent, and it may have been before."""
    try:
        yield
    except (GatewayUnavailable, NotRunning) as error:
        raise type(error)(_again(str(error), cl_ord_id, trading_date)) from None


def _again(text: str, cl_ord_id: str, trading_date: int) -> str:
    """The line with what the request is to be repeated with; as it is where it says so already, or there is no id."""
    if not cl_ord_id or "[--id " in text:
        return text
    words = "" if "with the same id" in text else "; repeat with the same id"
    date = f" --date {trading_date}" if trading_date else ""
    return f"{text}{words} [--id {cl_ord_id}{date}]"


def sent(call: Callable[..., Any], request: Any, wait_s: float) -> Any:
    """The answer. The same request is sent until it is answered or the time is over."""
    deadline_s = max(1.0, wait_s)
    try:
        return retried(lambda: call(request, timeout_s=deadline_s), deadline_s)
    except GatewayUnavailable as error:
        raise GatewayUnavailable(_again(str(error), request.cl_ord_id, request.trading_date)) from None


def order_in(answer: Any) -> Any:
    """The OrderView of an answer, None where the gateway does not have it yet."""
    return answer.order if answer.HasField("order") else None


def until(ask: Callable[[Any], Any], view: Any, wait_s: float, done: Callable[[Any], bool]) -> Any:
    """The order or list as soon as `done`, else as it is when the time is over. `ask`: for it as it is now, given an earlier view."""
    deadline = time.monotonic() + wait_s
    while view is not None and not done(view) and time.monotonic() < deadline:
        time.sleep(POLL_S)
        try:
            view = ask(view)
        except GatewayUnavailable:
            continue  # the answer is known already: what is shown is as new as could be had
    return view


def decision_fields(status: Any, view: Any = None) -> dict[str, Any]:
    """What became of a request. `view`: the order it made, which knows the figures of a refusal."""
    reason = reason_name(status)
    figures = view if view is not None and reason and reason_name(view) == reason else None
    return {
        "id": status.order_id or f"{status.desk_id}/{status.trading_date}/{status.cl_ord_id}",
        "request": status.cl_ord_id,
        "decision": gateway_pb2.CommandState.Name(status.state).removeprefix("COMMAND_STATE_"),
        "decision_reason": reason,
        "decision_words": reason_words(reason),
        "decision_text": status.text if figures is None else view_text(figures),
        "limit": limit_of(figures),
        "already_received": status.already_received,
    }


def view_text(view: Any) -> str:
    """Why a check refused the order, in decimals; what else the order's text says as it is."""
    if not view.refused_check:
        return str(view.text)
    bound, value = int128(view.refused_threshold), int128(view.refused_value)
    return refusal_text(reason_name(view), view.text, view.refused_check, bound, value, scales_of(view))


def limit_of(view: Any) -> dict[str, Any] | None:
    """The limit that refused the order: its id, version, the check, the bound and the value that broke it. None without one."""
    if view is None or not view.refused_check or not limit_named(view.text):
        return None
    check, unit = CHECK_NAMES.get(view.refused_check, (str(view.refused_check), ""))
    return {
        "id": limit_named(view.text),
        "version": view.limit_version,
        "check": check,
        "threshold": in_unit(int128(view.refused_threshold), unit, scales_of(view)),
        "value": in_unit(int128(view.refused_value), unit, scales_of(view)),
    }


def scales_of(view: Any) -> Scales:
    return Scales(view.price_scale, view.qty_scale, view.currency)


def show_outcome(fields: dict[str, Any], view: Any, as_json: bool) -> None:
    """The decision, then the order. Ends with exit code 1 where the request was refused, 3 where nothing decided it in time."""
    order_part = order_fields(view) if view is not None else None
    if order_part is not None:
        order_part["text"] = view_text(view)
    if as_json:
        print_json({**fields, "order": order_part})
    else:
        shown = dict(fields)
        limit = shown.pop("limit", None)
        if limit is not None:
            shown["limit"] = f"{limit['id']} version {limit['version']}: {limit['value']}, allowed {limit['threshold']}"
        print_fields({key: value for key, value in shown.items() if value is not False})
        if order_part is not None:
            repeated = ("order_id", "reason") if fields["decision"] == "REJECTED" else ("order_id",)
            show_order(
                {
                    k: v
                    for k, v in order_part.items()
                    if k not in repeated and (k != "text" or v != fields["decision_text"])
                }
            )
    require_accepted(fields, "order")


def order_again(client: GatewayClient) -> Callable[[Any], Any]:
    return lambda view: client.order(view.order_id)


def require_accepted(fields: Mapping[str, Any], shown_by: str) -> None:
    """Ends with exit code 1 where the request was refused, 3 where nothing decided it in time. `shown_by`: the command that tells more."""
    if fields["decision"] == "REJECTED":
        raise typer.Exit(1)
    if fields["decision"] == "RECEIVED":
        raise CliError(
            f"written, but not decided in time: see `oms {shown_by} {fields['id']}`, or repeat it with --id {fields['request']}",
            EXIT_UNREACHABLE,
        )


def show_order(fields: Mapping[str, Any]) -> None:
    asked = (
        "instructions",
        "pending",
        "waits_for",
        "waits_since",
        "pending_request",
        "waiting",
    )  # said only where there is something
    print_fields({k: v for k, v in fields.items() if k not in ("fills", "at_venues") and (v or k not in asked)})
    if fields.get("at_venues"):
        print_rows(fields["at_venues"], False, "at venues")
    if fields["fills"]:
        print_rows(fields["fills"], False, "fills", narrow=("venue", "qty", "price", "liquidity", "exec_id"))
