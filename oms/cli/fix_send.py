"""`oms fix send`: a message to the order gateway over a FIX session of its own, and what is answered, in the dictionary's words.

It logs on, sends, hears until the message is answered and no more comes, and logs out: what rests, rests on. Exit code 1 where the answer
is a reject, 3 where none came in time. It is a client like any other: nothing is asked of the gateway by another way but the terms of an
order that a cancel, replace or status request must repeat, where a system runs here.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from oms.cli import terms
from oms.cli.client import GatewayClient, NotFound
from oms.cli.completion import complete_account, complete_fix_message, complete_fix_session, complete_instrument
from oms.cli.fix_bodies import (
    ABOUT_AN_ORDER,
    MSG_TYPES,
    Kind,
    Terms,
    body_of,
    completed,
    msg_type_of,
    pairs_of,
    typed_terms,
    with_pairs,
)
from oms.cli.fix_client import FixClient, Told
from oms.cli.fix_files import Entry
from oms.cli.fix_login import Numbers, Party, addresses_of, numbers_of, party_of, stranger, tls_of
from oms.cli.fix_read import lines_of, told_of
from oms.cli.instance import (
    EXIT_UNREACHABLE,
    CliError,
    CsvOption,
    DataOption,
    Instance,
    JsonOption,
    UsageError,
    running_instance,
)
from oms.cli.instruction_words import TifOption
from oms.cli.order_ids import find_order
from oms.cli.output import console, print_json, print_rows
from oms.fix.codec import encode
from oms.fix.dictionary import Dictionary
from oms.fix.fields import FieldError
from oms.fix.message import Field, Message

COLUMNS = (
    "direction", "number", "resent", "type", "name", "order", "cl_ord_id", "exec_type", "ord_status", "last_qty", "last_px", "cum_qty",
    "leaves_qty", "avg_px", "text",
)  # fmt: skip
SHOWN = (
    "direction", "number", "name", "cl_ord_id", "exec_type", "ord_status", "last_qty", "last_px", "cum_qty", "avg_px", "text",
)  # fmt: skip
"""What a table for people has; --fields, --json and --csv have the rest."""
NARROW = ("direction", "name", "exec_type", "ord_status", "last_qty", "last_px", "cum_qty", "text")
QUIET_S = 0.5
"""An answer may be followed by fills, or by a report of each order: when nothing came for so long, that was it."""

_PENDING = frozenset("A6E")
"""ExecType (150): received, and not answered yet."""
_TERMINAL = frozenset("2348C")
"""OrdStatus (39): nothing more is told of such an order."""
_STATUS = frozenset({"H", "AF"})
"""What is answered by ExecType (150) I, in FIX 4.2 by ExecTransType (20) 3."""
_FEW = frozenset("FGH")
"""Messages that have one answer."""
_SESSION_REJECT, _BUSINESS_REJECT, _CANCEL_REJECT, _MASS_REPORT, _REPORT = "3", "j", "9", "r", "8"
REJECTED, MASS_REJECTED = "8", "0"
"""Of ExecType (150) and of MassCancelResponse (531)."""


def register(app: typer.Typer) -> None:
    app.command("send")(send)


SessionOption = Annotated[
    str,
    typer.Option("--session", help="Its id. Default: the only one that trades.", autocompletion=complete_fix_session),
]


def send(
    message: Annotated[
        str,
        typer.Argument(
            help="new, replace, cancel, status, mass-cancel; a MsgType (35); a message as a log shows it. None: hear what came.",
            autocompletion=complete_fix_message,
        ),
    ] = "",
    fields: Annotated[
        list[str] | None, typer.Argument(help="Fields as TAG=VALUE; each takes the place of the same one.")
    ] = None,
    session: SessionOption = "",
    order: Annotated[str, typer.Option("--order", help="The order it is about: its ClOrdID, or its id.")] = "",
    side: Annotated[terms.SideWord | None, typer.Option("--side", case_sensitive=False, help="Side (54).")] = None,
    qty: Annotated[str, typer.Option("--qty", help="OrderQty (38).")] = "",
    instrument: Annotated[
        str, typer.Option("--instrument", help="Symbol (55).", autocompletion=complete_instrument)
    ] = "",
    price: Annotated[str, typer.Option("--limit", "--price", help="Price (44).")] = "",
    stop: Annotated[str, typer.Option("--stop", help="StopPx (99).")] = "",
    account: Annotated[
        str, typer.Option("--account", help="Account (1). Default: the desk's first.", autocompletion=complete_account)
    ] = "",
    tif: TifOption = None,
    cl_ord_id: Annotated[
        str, typer.Option("--id", "--client-order-id", help="ClOrdID (11). Default: one from the clock.")
    ] = "",
    wait: Annotated[float, typer.Option("--wait", min=0, max=600, help="Seconds to wait for the answer.")] = 5.0,
    reset: Annotated[bool, typer.Option("--reset", help="Numbers begin anew (141=Y), whatever is kept.")] = False,
    all_fields: Annotated[
        bool, typer.Option("--fields", help="Every field of every message, by the dictionary.")
    ] = False,
    at: Annotated[
        list[str] | None, typer.Option("--at", help="HOST:PORT of a FIX gateway; repeat it. Default: the running one.")
    ] = None,
    version: Annotated[str, typer.Option("--version", help="With --sender: FIX.4.2, FIX.4.4, FIX.5.0SP2.")] = "FIX.4.4",
    sender: Annotated[str, typer.Option("--sender", help="SenderCompID of a session that no system here has.")] = "",
    target: Annotated[str, typer.Option("--target", help="TargetCompID. Default: OMS.")] = "",
    ca: Annotated[Path | None, typer.Option("--ca", help="TLS: who signs the gateway's certificate (PEM).")] = None,
    certificate: Annotated[Path | None, typer.Option("--certificate", help="TLS: ours (PEM).")] = None,
    key: Annotated[Path | None, typer.Option("--key", help="TLS: its key (PEM).")] = None,
    server_name: Annotated[str, typer.Option("--server-name", help="TLS: the gateway's. Default: its host.")] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Send an order, an amend, a cancel or any message over a FIX session, and show what is answered."""
    instance = _instance(data, sender)
    addresses = addresses_of(at or [], instance)
    tls = tls_of(ca, certificate, key, server_name, addresses[0][0])
    typed = typed_terms(terms.cl_ord_id_of(cl_ord_id), order, side, qty, instrument, price, stop, account, tif)
    if instance is None:
        party = stranger(version, sender, target)
        asked = _asked(message, fields or [], typed, party, instance, None)
    else:
        with GatewayClient(instance.gateway) as client:
            party = party_of(client, session)
            asked = _asked(message, fields or [], typed, party, instance, client)
    _require_sayable(*asked)
    with numbers_of(party, data, instance, reset) as numbers:
        client_of = FixClient(party, addresses, tls, numbers)
        verdict = _exchange(client_of, asked, wait)
    _show(client_of, numbers, as_json, as_csv, all_fields)
    _require(verdict, party, client_of)


def _instance(data: Path | None, sender: str) -> Instance | None:
    """None: a session elsewhere, of which the options tell all."""
    return None if sender else running_instance(data)


def _require_sayable(msg_type: str, fields: tuple[Field, ...]) -> None:
    """UsageError for what cannot stand in a message, before anybody is connected."""
    try:
        encode("FIX.4.4", msg_type or "D", fields)
    except FieldError as error:
        raise UsageError(str(error)) from None


Asked = tuple[str, tuple[Field, ...]]
"""MsgType (35), and the fields; an empty type: nothing is sent."""


def _asked(
    word: str,
    fields: Sequence[str],
    typed: Terms,
    party: Party,
    instance: Instance | None,
    client: GatewayClient | None,
) -> Asked:
    if not word:
        return "", ()
    kinds = {kind.value: kind for kind in Kind}
    if word not in kinds:
        pasted = [word] if "=" in word else []
        return msg_type_of(word), pairs_of([*pasted, *fields])
    kind = kinds[word]
    if kind in ABOUT_AN_ORDER:
        if not typed.orig:
            raise UsageError(f"{word} of what? give --order")
        if instance is not None and client is not None:
            typed = _looked_up(kind, typed, party, instance, client)
    elif kind is Kind.new and not typed.account and client is not None:
        typed = typed.of_account(party.account_id or terms.default_account(client, party.desk_id))
    return MSG_TYPES[kind], with_pairs(body_of(kind, typed, party.version, time.time_ns()), pairs_of(fields))


def _looked_up(kind: Kind, typed: Terms, party: Party, instance: Instance, client: GatewayClient) -> Terms:
    """With the terms of the order; of one that nobody knows (yet) what is typed must be enough."""
    order_id = find_order(instance, client, typed.orig, party.desk_id)
    try:
        return completed(kind, typed, client.order(order_id))
    except NotFound:
        if typed.side is None or not typed.instrument:
            raise CliError(
                f"no order {order_id} is known (yet): see `oms orders`, or say its --side and --instrument too"
            ) from None
        return typed.of_order(order_id.rpartition("/")[2])


# -- the conversation -------------------------------------------------------------------------------------------------------


def _exchange(client: FixClient, asked: Asked, wait_s: float) -> str:
    """ "answered", "refused", or what else became of it."""
    msg_type, fields = asked
    client.log_on(max(1.0, wait_s))
    try:
        if not msg_type:
            _until_quiet(client, wait_s)
            return ANSWERED
        heard = len(client.told)
        number = client.send(msg_type, fields)
        sent = client.told[heard].message if len(client.told) > heard else None
        if sent is None:
            return UNANSWERED
        deadline = time.monotonic() + wait_s

        def verdict() -> str:
            found = [_verdict(told.message, sent, number) for told in client.told[heard:] if not told.ours]
            return REFUSED if REFUSED in found else next((word for word in found if word), "")

        client.listen(lambda: bool(verdict()), wait_s)
        found = verdict()
        if found == ANSWERED and not _is_over(client.told[heard:], msg_type):
            _until_quiet(client, deadline - time.monotonic())
        return found or UNANSWERED
    finally:
        client.log_out()


ANSWERED, REFUSED, UNANSWERED = "answered", "refused", "unanswered"


def _verdict(answer: Message, sent: Message, number: int) -> str:
    """What an answer says about our message; empty: it is about another, or says that it was received."""
    kind = answer.msg_type
    if kind in (_SESSION_REJECT, _BUSINESS_REJECT):
        return REFUSED if answer.text(45) == str(number) else ""
    if kind == _REPORT:
        if sent.msg_type in _STATUS and (answer.text(150) == "I" or answer.text(20) == "3"):
            return ANSWERED
        if answer.get(11) != sent.get(11) or answer.text(150) in _PENDING:
            return ""
        return REFUSED if answer.text(150) == REJECTED and sent.msg_type == "D" else ANSWERED
    if kind == _CANCEL_REJECT:
        return REFUSED if answer.get(11) == sent.get(11) else ""
    if kind == _MASS_REPORT:
        return REFUSED if answer.text(531) == MASS_REJECTED else ANSWERED
    return ANSWERED


def _is_over(told: Sequence[Told], msg_type: str) -> bool:
    """Whether nothing more is to be expected after the answer."""
    if msg_type in _FEW:
        return True
    return msg_type == "D" and any(not t.ours and t.message.text(39) in _TERMINAL for t in told)


def _until_quiet(client: FixClient, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while client.connected and time.monotonic() < deadline:
        heard = len(client.told)
        if not client.listen(lambda: len(client.told) > heard, min(QUIET_S, deadline - time.monotonic())):  # noqa: B023
            return


def _require(verdict: str, party: Party, client: FixClient) -> None:
    if verdict == REFUSED:
        raise typer.Exit(1)
    if verdict == UNANSWERED:
        raise CliError(
            f"sent as number {client.last_sent} of session {party.session_id}, and not answered in time: ask with "
            "`oms fix send status`, or hear what comes with `oms fix send`",
            EXIT_UNREACHABLE,
        )


# -- what is shown ----------------------------------------------------------------------------------------------------------


def _show(client: FixClient, numbers: Numbers, as_json: bool, as_csv: bool, all_fields: bool) -> None:
    party, dictionary = client.party, client.party.dictionary
    rows = [_row(told, dictionary) for told in client.told]
    entries = [Entry(at, told.message, dictionary) for at, told in enumerate(client.told, 1)]
    if as_json:
        described = [
            {**row, "fields": told_of(entry, None)["fields"]} for row, entry in zip(rows, entries, strict=True)
        ]
        print_json(
            {
                "session": party.session_id,
                "version": party.version,
                "sender": party.comp_id,
                "target": party.our_comp_id,
                "address": client.address,
                "numbers": numbers.begun,
                "reset": numbers.reset,
                "messages": described,
            }
        )
        return
    if all_fields and not as_csv:
        for entry in entries:
            for line in lines_of(told_of(entry, None)):
                console().print(line, markup=False, soft_wrap=True)
        return
    if as_csv:
        print_rows(rows, False, as_csv=True, columns=COLUMNS)
        return
    whom = f"{party.session_id}: {party.version}, {party.comp_id} to {party.our_comp_id} at {client.address}"
    console().print(f"{whom}; numbers {numbers.begun}", markup=False, soft_wrap=True)
    shown = [{name: row[name] for name in SHOWN} for row in rows]
    print_rows(shown, False, nothing="nothing came", narrow=NARROW)


def _row(told: Told, dictionary: Dictionary) -> dict[str, Any]:
    message = told.message

    def word(tag: int) -> str:
        value = message.get(tag)
        return "" if value is None else dictionary.value_name(tag, value) or value.decode("latin-1")

    return {
        "direction": "OUT" if told.ours else "IN",
        "number": message.seq_num,
        "resent": message.poss_dup,
        "type": message.msg_type,
        "name": dictionary.known.get(message.msg_type, ""),
        "order": message.text(37),
        "cl_ord_id": message.text(11),
        "exec_type": word(150),
        "ord_status": word(39),
        "last_qty": message.text(32),
        "last_px": message.text(31),
        "cum_qty": message.text(14),
        "leaves_qty": message.text(151),
        "avg_px": message.text(6),
        "text": message.text(58),
    }
