"""Order state matrices as files: what a row says, and nothing that we do not know.

A file is JSON: a list of matrices {id, fix, title, note, source, rows}. A row is a message that the client sends (`received`) or gets
(`sent`), or a remark. Messages are written as in the FIX specification: a name, then (ClOrdID) or (ClOrdID, OrigClOrdID), then header
flags; an Execution may name none, where the order came by telephone. Prices are numbers or decimal strings; quantities are whole. FIX
4.2 says `Partial Fill`, `Fill` and `Replace` for Trade, Trade and Replaced; case, blanks and hyphens of names do not matter.

Whatever a file has beyond this is a `MatrixError`: a field or a value that is skipped would be a row that is not compared.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from oms.core.enums import ExecType, OrdStatus


class MatrixError(Exception):
    """The file says something that the driver does not know. The text names file, matrix, row and what."""


class Message(Enum):
    NEW_ORDER = "New Order"
    CANCEL_REQUEST = "Cancel Request"
    REPLACE_REQUEST = "Replace Request"
    STATUS_REQUEST = "Status Request"
    EXECUTION = "Execution"
    CANCEL_REJECT = "Cancel Reject"
    REMARK = "remark"


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `figures`: what a report must show beyond its names, by column: a quantity, or a price as a decimal."""

    t: str
    day: int
    message: Message
    cl_ord_id: str
    orig_cl_ord_id: str
    poss_resend: bool
    poss_dup: bool
    alt: bool
    exec_type: ExecType | None
    ord_status: OrdStatus | None
    figures: Mapping[str, Decimal]
    exec_id: str
    exec_ref_id: str
    comment: str
    text: str

    @property
    def received(self) -> bool:
        return self.message in _RECEIVED

    def qty(self, column: str) -> int | None:
        value = self.figures.get(column)
        return None if value is None else int(value)


@dataclass(frozen=True, slots=True)
class Matrix:
    """`good_till`: its orders outlive their day. The rows cannot say it; days in `t`, the words GT, GTC, GTD, or a Restated after a Done
    for Day do. `cancel_renames`: after an accepted cancel its ClOrdID is the order's (`oms.core.lifecycle.events.Canceled`)."""

    matrix_id: str
    fix: str
    title: str
    rows: tuple[Row, ...]
    good_till: bool
    cancel_renames: bool


QUANTITIES = ("order_qty", "cum_qty", "leaves_qty", "last_qty", "day_order_qty", "day_cum_qty")
PRICES = ("last_px", "avg_px", "day_avg_px", "price")
_TEXTS = ("t", "received", "sent", "exec_type", "ord_status", "exec_id", "exec_ref_id", "comment")
_MATRIX_FIELDS = ("id", "fix", "source", "title", "note", "rows")


def _plain(name: str) -> str:
    return re.sub(r"[\s_/()-]", "", name).lower()


_EXEC_TYPES: dict[str, ExecType] = {
    **{_plain(kind.name): kind for kind in ExecType},
    "partialfill": ExecType.TRADE,
    "fill": ExecType.TRADE,
    "replace": ExecType.REPLACED,
    "cancelled": ExecType.CANCELED,
    "status": ExecType.ORDER_STATUS,
    "triggeredbytradingsystem": ExecType.TRIGGERED,
    "triggeredoractivatedbysystem": ExecType.TRIGGERED,
}
_ORD_STATUSES: dict[str, OrdStatus] = {
    **{_plain(s.name): s for s in OrdStatus if s is not OrdStatus.UNKNOWN},
    "cancelled": OrdStatus.CANCELED,
}
_RECEIVED = (Message.NEW_ORDER, Message.CANCEL_REQUEST, Message.REPLACE_REQUEST, Message.STATUS_REQUEST)
_MESSAGES: dict[str, Message] = {
    **{_plain(m.value): m for m in Message if m is not Message.REMARK},
    "newordersingle": Message.NEW_ORDER,
    "ordercancelrequest": Message.CANCEL_REQUEST,
    "cancelreplacerequest": Message.REPLACE_REQUEST,
    "ordercancelreplacerequest": Message.REPLACE_REQUEST,
    "orderstatusrequest": Message.STATUS_REQUEST,
    "executionreport": Message.EXECUTION,
    "ordercancelreject": Message.CANCEL_REJECT,
}
_MESSAGE = re.compile(r"(?P<name>[^(]*)(?:\((?P<ids>[^()=]*)\)(?P<flags>.*))?", re.DOTALL)
_FLAG_WITHIN = re.compile(r"\(([^()=]*?)[\s,;]+(\w+\s*=[^()]*)\)")
_FLAG = re.compile(r"(PossResend|PossDup)\s*=\s*([YN])", re.IGNORECASE)
_DAY = re.compile(r"\s*day\s*(\d+)", re.IGNORECASE)
_GOOD_TILL = re.compile(r"\bGT[CD]?\b|good[ -]till", re.IGNORECASE)
_EXEC_ID = re.compile(r"\s*(?P<own>[^()\s]+)\s*(?:\(\s*(?P<ref>[^()\s]+)\s*\))?\s*")


def read_file(path: Path) -> list[Matrix]:
    """All matrices of a file. MatrixError for what cannot be read or is not known."""
    try:
        content = json.loads(path.read_text("utf-8"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise MatrixError(f"{path}: {error}") from error
    matrices = content if isinstance(content, list) else [content]
    try:
        return [_matrix(m) for m in matrices]
    except MatrixError as error:
        raise MatrixError(f"{path}: {error}") from error


def _matrix(content: Any) -> Matrix:
    if not isinstance(content, dict) or not isinstance(content.get("rows"), list):
        raise MatrixError("a matrix is an object with a list of rows")
    name = str(content.get("id", "?"))
    unknown = sorted(set(content) - set(_MATRIX_FIELDS))
    if unknown:
        raise MatrixError(f"matrix {name}: unknown field {', '.join(unknown)}")
    rows = []
    for number, row in enumerate(content["rows"], 1):
        try:
            rows.append(_row(row))
        except MatrixError as error:
            raise MatrixError(f"matrix {name}, row {number}: {error}") from error
    title, note = str(content.get("title") or ""), str(content.get("note") or "")
    fix = str(content.get("fix") or "")
    return Matrix(name, fix, title, tuple(rows), _is_good_till(rows, f"{title} {note}"), _renames(rows, fix))


def _renames(rows: list[Row], fix: str) -> bool:
    """What the first report after an accepted cancel is called by; where there is none, what the version of FIX does."""
    canceled: Row | None = None
    for row in rows:
        if row.alt or row.message is not Message.EXECUTION or row.exec_type is ExecType.ORDER_STATUS:
            continue
        if canceled is not None and row.cl_ord_id in (canceled.cl_ord_id, canceled.orig_cl_ord_id):
            return row.cl_ord_id == canceled.cl_ord_id
        if row.exec_type is ExecType.CANCELED and row.orig_cl_ord_id:
            canceled = row
    return fix.startswith("4.2")


def _is_good_till(rows: list[Row], words: str) -> bool:
    words += " ".join(row.comment for row in rows if row.message is Message.NEW_ORDER)
    done = False
    for row in rows:
        if _DAY.match(row.t) or (done and row.exec_type is ExecType.RESTATED):
            return True
        done = done or row.exec_type is ExecType.DONE_FOR_DAY
    return bool(_GOOD_TILL.search(words))


def _row(content: Any) -> Row:
    if not isinstance(content, dict):
        raise MatrixError("a row is an object")
    given = {name: value for name, value in content.items() if value is not None and value != ""}
    unknown = sorted(set(given) - {*_TEXTS, *QUANTITIES, *PRICES, "alt"})
    if unknown:
        raise MatrixError(f"unknown field {', '.join(unknown)}")
    texts = {name: _text(name, given[name]) for name in _TEXTS if name in given}
    message, ids, flags, text = _message_of(texts)
    t = texts.get("t", "")
    day = _DAY.match(t)
    exec_id, exec_ref_id = _exec_ids(texts)
    return Row(
        t=t,
        day=int(day[1]) if day else 0,
        message=message,
        cl_ord_id=ids[0],
        orig_cl_ord_id=ids[1],
        poss_resend=flags.get("possresend", False),
        poss_dup=flags.get("possdup", False),
        alt=_flag(given.get("alt", False)),
        exec_type=_named(_EXEC_TYPES, "exec_type", texts),
        ord_status=_named(_ORD_STATUSES, "ord_status", texts),
        figures=MappingProxyType(
            {
                **{name: _qty(name, given[name]) for name in QUANTITIES if name in given},
                **{name: _decimal(name, given[name]) for name in PRICES if name in given},
            }
        ),
        exec_id=exec_id,
        exec_ref_id=exec_ref_id,
        comment=texts.get("comment", ""),
        text=text,
    )


def _message_of(texts: dict[str, str]) -> tuple[Message, tuple[str, str], dict[str, bool], str]:
    given = [name for name in ("received", "sent") if name in texts]
    if len(given) > 1:
        raise MatrixError("a row is received or sent, not both")
    if not given:
        if "exec_type" in texts or "ord_status" in texts:
            raise MatrixError("exec_type and ord_status are of a row that is sent")
        return Message.REMARK, ("", ""), {}, texts.get("comment", "")
    text = texts[given[0]]
    found = _MESSAGE.fullmatch(_FLAG_WITHIN.sub(r"(\1) \2", text))
    message = _MESSAGES.get(_plain(found["name"])) if found else None
    if found is None or message is None or (message in _RECEIVED) != (given[0] == "received"):
        raise MatrixError(f"unknown message {text!r} in {given[0]}")
    if message is Message.EXECUTION and "exec_type" not in texts:
        raise MatrixError(f"{text!r} without exec_type")
    ids = [part.strip() for part in (found["ids"] or "").split(",")]
    if len(ids) > 2 or (not ids[0] and message is not Message.EXECUTION):
        raise MatrixError(f"{text!r}: expected (ClOrdID) or (ClOrdID, OrigClOrdID)")
    return message, (ids[0], ids[1] if len(ids) > 1 else ""), _flags(found["flags"] or ""), text


def _flags(text: str) -> dict[str, bool]:
    flags = {name.lower(): value.upper() == "Y" for name, value in _FLAG.findall(text)}
    rest = re.sub(r"[\s,;()\[\]]", "", _FLAG.sub("", text))
    if rest:
        raise MatrixError(f"unknown suffix {text.strip()!r}")
    return flags


def _exec_ids(texts: dict[str, str]) -> tuple[str, str]:
    """ExecID and ExecRefID; as in the specification, `E(B)` is both."""
    own, ref = texts.get("exec_id", ""), texts.get("exec_ref_id", "")
    if own:
        found = _EXEC_ID.fullmatch(own)
        if found is None or (found["ref"] and ref and found["ref"] != ref):
            raise MatrixError(f"unknown exec_id {own!r}")
        own, ref = found["own"], ref or found["ref"] or ""
    return own, ref


def _named(table: dict[str, Any], column: str, texts: dict[str, str]) -> Any:
    if column not in texts:
        return None
    found = table.get(_plain(texts[column]))
    if found is None:
        raise MatrixError(f"unknown {column} {texts[column]!r}")
    return found


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise MatrixError(f"{name}: expected a text, got {value!r}")
    return str(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise MatrixError(f"alt: expected true or false, got {value!r}")
    return value


def _decimal(name: str, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise MatrixError(f"{name}: expected a number, got {value!r}")
    try:
        number = Decimal(value.replace(" ", "") if isinstance(value, str) else value)
    except InvalidOperation:
        raise MatrixError(f"{name}: expected a number, got {value!r}") from None
    if not number.is_finite():
        raise MatrixError(f"{name}: expected a number, got {value!r}")
    return number


def _qty(name: str, value: Any) -> Decimal:
    number = _decimal(name, value)
    if number != number.to_integral_value() or number < 0:
        raise MatrixError(f"{name}: expected a whole quantity, got {value!r}")
    return number
