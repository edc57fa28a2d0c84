"""`oms dead-letters`: what services passed over because they could not read it or broke on it, and commands among it sent again.

`list` and `show` read the log itself: they answer as long as the broker does, whatever else is down. `resubmit` goes through the gateway,
in the caller's own name; a letter sent again twice is one order, because its command keeps its key.
"""

import itertools
import json
import os
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from oms.cli.client import GatewayClient, admin_messages
from oms.cli.data import on_kafka
from oms.cli.instance import CliError, CsvOption, DataOption, JsonOption, UsageError, running_instance
from oms.cli.order_requests import WaitOption, decision_fields, order_in, show_outcome
from oms.cli.output import print_fields, print_json, print_rows, time_text
from oms.core.commands import (
    CancelOrder,
    CancelOrderList,
    Command,
    MassCancelOrders,
    NewOrder,
    NewOrderList,
    ReplaceOrder,
)
from oms.runtime.log import Log, LogUnavailable, Record, TopicPartition
from oms.v1 import gateway_pb2
from oms.wire import topics
from oms.wire.codec import CodecError, decode_intake, to_json
from oms.wire.dead_letter import NotACommand, class_of, command_in, fields_of, place_of, value_in
from oms.wire.envelope import Claim, DeadLetter, Envelope

LETTERS = TopicPartition(topics.DEAD_LETTERS, 0)
COLUMNS = ("letter", "time", "source", "class", "what", "reason", "found_by", "bytes", "resubmittable")
NARROW = ("letter", "time", "source", "class", "what")
IDLE_POLLS_MAX = 50
POLL_S = 0.1
"""The log is given up as silent after so many polls without a record."""

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Records that were passed over, with their bytes.")

LetterArgument = Annotated[int, typer.Argument(min=0, help="The letter's number, as `oms dead-letters list` shows it.")]


@app.command("list")
def list_letters(
    last: Annotated[int, typer.Option("--last", min=1, max=100_000, help="The latest so many.")] = 100,
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """The latest dead letters, oldest first; read from the log, whatever else is down."""
    records = on_kafka(_broker(data), lambda log: list(_read(log, last)))
    rows = [_row(record, letter_of(record)) for record in records]
    print_rows(rows, as_json, nothing="no dead letters", as_csv=as_csv, columns=COLUMNS, narrow=NARROW)


@app.command("show")
def show(letter: LetterArgument, data: DataOption = None, as_json: JsonOption = False) -> None:
    """One dead letter whole: where it came from, why, its bytes, and what they say as far as they can be read."""
    record = on_kafka(_broker(data), lambda log: _read_one(log, letter))
    found = letter_of(record)
    value = value_in(found) if found is not None else None
    raw = found.value if found is not None else record.value
    fields = {
        **_row(record, found),
        "cannot_be_resubmitted": _refusal(found),
        "decoded": json.loads(to_json(value)) if value is not None else None,
        "fields": (fields_of(raw) or []) if value is None else [],
        "hex": raw.hex(),
    }
    if as_json:
        print_json(fields)
        return
    if fields["decoded"] is not None:
        fields["decoded"] = json.dumps(fields["decoded"], ensure_ascii=False)
    print_fields(fields)


@app.command("resubmit")
def resubmit(
    letter: LetterArgument, wait: WaitOption = 5.0, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Send the command in a dead letter again, in your own name. Twice is once: its key stays the same."""
    request = admin_messages.ResubmitDeadLetterRequest(
        letter_offset=letter, requester=gateway_pb2.Requester(), wait_for_decision=wait > 0
    )
    with GatewayClient(running_instance(data).gateway) as client:
        answer = client.resubmit_dead_letter(request, max(1.0, wait))
    view = order_in(answer)
    fields = decision_fields(answer.status, view)
    fields |= {
        "letter": letter,
        "entered_by": answer.provenance.entered_by,
        "on_behalf_of": answer.provenance.on_behalf_of,
        "source": answer.provenance.source,
    }
    show_outcome(fields, view, as_json)


def _broker(data: Any) -> str:
    """Of the running system, or of one whose services are down: then the environment says it."""
    try:
        return running_instance(data).kafka
    except CliError:
        servers = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "")
        if not servers:
            raise
        return servers


def letter_of(record: Record) -> DeadLetter | None:
    """None where the record is no letter itself."""
    try:
        letter: DeadLetter = decode_intake(topics.DEAD_LETTERS, record.value)
    except CodecError:
        return None
    return letter


def _read_one(log: Log, offset: int) -> Record:
    start, end = log.starts([LETTERS])[LETTERS], log.ends([LETTERS])[LETTERS]
    if not start <= offset < end:
        held = f"there are {start} to {end - 1}" if end > start else "there are none"
        raise UsageError(f"no dead letter {offset}: {held}")
    return next(_records(log, offset, offset + 1))


def _read(log: Log, last: int) -> Iterator[Record]:
    end = log.ends([LETTERS])[LETTERS]
    return _records(log, max(log.starts([LETTERS])[LETTERS], end - last), end)


def _records(log: Log, start: int, end: int) -> Iterator[Record]:
    """Those from `start` below `end`, which are all there. LogUnavailable where the broker is silent."""
    reader = log.reader({LETTERS: start})
    try:
        idle = 0
        while start < end:
            records = reader.poll(POLL_S)
            idle = 0 if records else idle + 1
            if idle > IDLE_POLLS_MAX:
                raise LogUnavailable(f"the broker does not give {LETTERS.topic} from {start} on")
            for record in itertools.takewhile(lambda r: r.offset < end, records):
                start = record.offset + 1
                yield record
    finally:
        reader.close()


def _row(record: Record, letter: DeadLetter | None) -> dict[str, Any]:
    common = {"letter": record.offset, "time": time_text(record.timestamp_ms * 1_000_000)}
    if letter is None:
        return common | {
            "source": "",
            "class": "",
            "what": "no letter: its own bytes cannot be read",
            "reason": "",
            "found_by": "",
            "bytes": len(record.value),
            "resubmittable": False,
        }
    return common | {
        "source": place_of(letter),
        "class": class_of(letter.reason).value,
        "what": _what(value_in(letter)),
        "reason": letter.reason,
        "found_by": letter.found_by,
        "bytes": len(letter.value),
        "resubmittable": not _refusal(letter),
    }


def _refusal(letter: DeadLetter | None) -> str:
    """Why its record cannot be sent again; empty where it can."""
    if letter is None:
        return "it is no letter"
    try:
        command_in(letter)
    except NotACommand as error:
        return str(error)
    return ""


def _what(value: object) -> str:
    """The record in a few words; empty where it cannot be read."""
    match value:
        case NewOrder() | CancelOrder() | ReplaceOrder() | MassCancelOrders() | NewOrderList() | CancelOrderList():
            return _command(value)
        case Envelope():
            return f"record {value.run_seq} of run {value.epoch}: {len(value.events)} events"
        case Claim():
            return f"claim of {value.process_id}"
        case None:
            return ""
        case _:
            return type(value).__name__


def _command(command: Command) -> str:
    return f"{type(command).__name__} {command.desk_id}/{command.trading_date}/{command.cl_ord_id}"
