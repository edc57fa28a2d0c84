"""The one place where our values become bytes and come back.

Each dataclass of the contract is bound to the protobuf message of the same name; fields are bound by name, and binding fails at
import where the two differ, so neither can drift. The converters are generated once, as `dataclasses` does for `__init__`, because
this is the hottest code of the system.

Does not know: topics' owners, offsets, the run rule. Unreadable bytes are a `CodecError`, and never anything else.
"""

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Collection
from enum import IntEnum
from functools import cache
from typing import Any

from google.protobuf.message import DecodeError, Message

from oms.core.access import AccessRecord
from oms.core.client_session_events import ClientEvent
from oms.core.commands import Command
from oms.core.control import ControlRecord
from oms.core.credit.journaled import CreditEvent
from oms.core.execution_events import ExecutionEvent
from oms.core.market import MarketRecord
from oms.core.money import Amount
from oms.core.monitors.alerts import Alert
from oms.core.reference import Entity, ReferenceChange
from oms.core.risk_events import RiskEvent
from oms.core.risk_reference import Governed
from oms.core.routing_events import RoutingEvent
from oms.core.venue_frames import VenueFrames
from oms.fix.session import FixEvent
from oms.v1 import (
    access_pb2,
    alerts_pb2,
    client_sessions_pb2,
    commands_pb2,
    control_pb2,
    credit_pb2,
    envelope_pb2,
    execution_pb2,
    fix_session_pb2,
    grantor_pb2,
    market_pb2,
    operations_pb2,
    reference_pb2,
    risk_pb2,
    routing_pb2,
)
from oms.wire import topics
from oms.wire.envelope import (
    AlertNotice,
    AuditPlan,
    AuditProgress,
    Claim,
    DeadLetter,
    Envelope,
    Heartbeat,
    ReadPosition,
    Source,
)

_MODULES = (
    access_pb2, alerts_pb2, client_sessions_pb2, commands_pb2, control_pb2, credit_pb2, envelope_pb2,
    execution_pb2, fix_session_pb2, grantor_pb2, market_pb2, operations_pb2, reference_pb2, risk_pb2, routing_pb2,
)  # fmt: skip
_UNIONS: dict[object, str] = {
    Command: "Command",
    Entity: "Entity",
    Governed: "Governed",
    ControlRecord: "ControlRecord",
    RiskEvent: "RiskEvent",
    RoutingEvent: "RoutingEvent",
    ExecutionEvent: "ExecutionEvent",
    AccessRecord: "AccessRecord",
    ClientEvent: "ClientEvent",
    CreditEvent: "CreditEvent",
    FixEvent: "FixEvent",
    Alert: "Alert",
}
MAX_RECORD_BYTES = 1_000_000
"""Kafka's own default bound on a record: what does not fit is refused at the edge instead of by the broker."""


class CodecError(Exception):
    """The bytes are not what the topic holds."""


@cache
def _message_class(name: str) -> type[Message]:
    for module in _MODULES:
        if hasattr(module, name):
            found: type[Message] = getattr(module, name)
            return found
    raise TypeError(f"no protobuf message is named {name}")


def _message_name(annotation: object) -> str:
    name: str = _UNIONS.get(annotation) or annotation.__name__  # type: ignore[attr-defined]
    return name


def _snake(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() and i else c.lower() for i, c in enumerate(name))


def _check_fields(cls: type, message: type[Message]) -> None:
    ours = [f.name for f in dataclasses.fields(cls)]
    theirs = [f.name for f in message.DESCRIPTOR.fields]
    if sorted(ours) != sorted(theirs):
        raise TypeError(f"{cls.__name__}: fields differ from the protobuf message: {sorted(set(ours) ^ set(theirs))}")


class _Generated:
    """Source lines of a converter, with the objects they name."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, object] = {}

    def name(self, value: object) -> str:
        key = f"_{len(self.names)}"
        self.names[key] = value
        return key

    def compile(self, signature: str) -> Callable[..., Any]:
        source = f"def convert({signature}):\n" + "\n".join("    " + line for line in self.lines or ["pass"])
        exec(source, self.names)
        return typing.cast(Callable[..., Any], self.names["convert"])


def _split_optional(annotation: object) -> tuple[object, bool]:
    if typing.get_origin(annotation) in (types.UnionType, typing.Union) and type(None) in typing.get_args(annotation):
        rest = [a for a in typing.get_args(annotation) if a is not type(None)]
        return rest[0], True
    return annotation, False


def _is_enum(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, IntEnum)


def _is_scalar(annotation: object) -> bool:
    return annotation in (int, str, bytes, bool) or _is_enum(annotation)


@cache
def _writer(annotation: object) -> Callable[[Any, Any], None]:
    """A function (value, message) that fills the message."""
    gen = _Generated()
    if annotation in _UNIONS:
        table = {cls: (_snake(cls.__name__), _writer(cls)) for cls in typing.get_args(annotation)}
        t = gen.name(table)
        gen.lines += [
            f"field, write = {t}[type(v)]",
            "part = getattr(m, field)",
            "part.SetInParent()",
            "write(v, part)",
        ]
        return gen.compile("v, m")
    assert isinstance(annotation, type)
    _check_fields(annotation, _message_class(annotation.__name__))
    hints = typing.get_type_hints(annotation)
    for field in dataclasses.fields(annotation):
        _write_field(gen, field.name, hints[field.name])
    return gen.compile("v, m")


def _write_field(gen: _Generated, name: str, hint: object) -> None:
    inner, optional = _split_optional(hint)
    if optional:
        gen.lines.append(f"if v.{name} is not None:")
        before = len(gen.lines)
        _write_field(gen, name, inner)
        gen.lines[before:] = ["    " + line for line in gen.lines[before:]]
    elif inner is Amount:
        gen.lines += [f"m.{name}.hi = v.{name} >> 64", f"m.{name}.lo = v.{name} & 0xFFFFFFFFFFFFFFFF"]
    elif _is_scalar(inner):
        gen.lines.append(f"m.{name} = v.{name}")
    elif typing.get_origin(inner) is tuple:
        item = typing.get_args(inner)[0]
        if item is Amount:
            gen.lines.append(f"m.{name}.hi.extend([a >> 64 for a in v.{name}])")
            gen.lines.append(f"m.{name}.lo.extend([a & 0xFFFFFFFFFFFFFFFF for a in v.{name}])")
        elif _is_scalar(item):
            gen.lines.append(f"m.{name}.extend(v.{name})")
        else:
            gen.lines += [f"for item in v.{name}:", f"    {gen.name(_writer(item))}(item, m.{name}.add())"]
    else:
        gen.lines += [f"m.{name}.SetInParent()", f"{gen.name(_writer(inner))}(v.{name}, m.{name})"]


class _Members(dict[int, IntEnum]):
    """Number → member. Asking the enumeration itself takes five times as long, for every field of every record."""

    def __init__(self, kind: Any) -> None:
        super().__init__({int(member): member for member in kind})
        self._name = kind.__name__

    def __missing__(self, number: int) -> IntEnum:
        raise ValueError(f"{number} is not a valid {self._name}")


@cache
def _reader(annotation: object) -> Callable[[Any], Any]:
    """A function (message) that returns the value; ValueError where an enumeration was not set or is not known."""
    gen = _Generated()
    if annotation in _UNIONS:
        table = {_snake(cls.__name__): _reader(cls) for cls in typing.get_args(annotation)}
        t = gen.name(table)
        gen.lines += ["field = m.WhichOneof('kind')", f"return {t}[field](getattr(m, field))"]
        return gen.compile("m")
    assert isinstance(annotation, type)
    _check_fields(annotation, _message_class(annotation.__name__))
    hints = typing.get_type_hints(annotation)
    cls = gen.name(annotation)
    parts = [_read_field(gen, f.name, hints[f.name], f.default) for f in dataclasses.fields(annotation)]
    gen.lines.append(f"return {cls}({', '.join(parts)})")
    return gen.compile("m")


def _read_field(gen: _Generated, name: str, hint: object, default: object = None) -> str:
    """An enumeration's field that has a default is that where it is unset, as in a record of before it."""
    inner, optional = _split_optional(hint)
    if optional:
        return f"({_read_field(gen, name, inner)} if m.HasField({name!r}) else None)"
    if inner is Amount:
        return f"((m.{name}.hi << 64) | m.{name}.lo)"
    if _is_enum(inner) and isinstance(default, IntEnum):
        return f"({gen.name(_Members(inner))}[m.{name}] if m.{name} else {gen.name(default)})"
    if _is_enum(inner):
        return f"{gen.name(_Members(inner))}[m.{name}]"
    if _is_scalar(inner):
        return f"m.{name}"
    if typing.get_origin(inner) is tuple:
        item = typing.get_args(inner)[0]
        if item is Amount:
            return f"tuple([(h << 64) | l for h, l in zip(m.{name}.hi, m.{name}.lo, strict=True)])"
        if _is_enum(item):
            return f"tuple([{gen.name(_Members(item))}[i] for i in m.{name}])"
        if _is_scalar(item):
            return f"tuple(m.{name})"
        return f"tuple([{gen.name(_reader(item))}(i) for i in m.{name}])"
    return f"{gen.name(_reader(inner))}(m.{name})"


def wire_enum(value: int) -> Any:
    """An enumeration's value as protobuf's types want it: ours have the wire's numbers, which only the type checker does not know."""
    return value


def to_message(value: object, annotation: object | None = None) -> Message:
    """The protobuf message of a value; `annotation` names the union where the value is to be wrapped in one."""
    kind = annotation if annotation is not None else type(value)
    message = _message_class(_message_name(kind))()
    _writer(kind)(value, message)
    return message


def from_message(message: Message, annotation: object) -> Any:
    """The value of a protobuf message. CodecError where it has no such value."""
    try:
        return _reader(annotation)(message)
    except (ValueError, KeyError) as error:
        raise CodecError(f"{message.DESCRIPTOR.name}: {error}") from error


_INTAKES: dict[str, object] = {
    topics.ORDERS: Command,
    topics.REFERENCE: ReferenceChange,
    topics.CONTROL: ControlRecord,
    topics.MARKET: MarketRecord,
    topics.AUDIT_PLANS: AuditPlan,
    topics.AUDIT_PROGRESS: AuditProgress,
    topics.HEARTBEATS: Heartbeat,
    topics.DEAD_LETTERS: DeadLetter,
    topics.ACCESS: AccessRecord,
    topics.VENUE_WIRE: VenueFrames,
    topics.ALERTS: AlertNotice,
}


def encode_intake(topic: str, value: object) -> bytes:
    """The bytes of a record of an intake."""
    return to_message(value, _INTAKES[topic]).SerializeToString()


def decode_intake(topic: str, value: bytes) -> Any:
    """The value of a record of an intake. CodecError where the bytes are none of its records."""
    annotation = _INTAKES[topic]
    return from_message(_parse(_message_class(_message_name(annotation)), value), annotation)


def _parse(cls: type[Message], value: bytes) -> Message:
    message = cls()
    try:
        message.ParseFromString(value)
    except DecodeError as error:
        raise CodecError(f"{cls.DESCRIPTOR.name}: not protobuf: {error}") from error
    return message


_EVENT_FIELD = (
    dict.fromkeys(typing.get_args(RiskEvent), ("risk", RiskEvent))
    | dict.fromkeys(typing.get_args(RoutingEvent), ("routing", RoutingEvent))
    | dict.fromkeys(typing.get_args(ExecutionEvent), ("execution", ExecutionEvent))
    | dict.fromkeys(typing.get_args(ClientEvent), ("client_sessions", ClientEvent))
    | dict.fromkeys(typing.get_args(CreditEvent), ("credit", CreditEvent))
)
_UNION_OF_TOPIC = {
    topics.RISK: "risk",
    topics.ROUTING: "routing",
    topics.EXECUTION: "execution",
    topics.CLIENT_SESSIONS: "client_sessions",
    topics.CREDIT: "credit",
}
_EVENT_UNIONS = {
    "risk": RiskEvent,
    "routing": RoutingEvent,
    "execution": ExecutionEvent,
    "client_sessions": ClientEvent,
    "credit": CreditEvent,
}


def encode_claim(claim: Claim) -> bytes:
    record = envelope_pb2.JournalRecord()
    _writer(Claim)(claim, record.claim)
    return record.SerializeToString()


def encode_envelope(topic: str, envelope: Envelope) -> bytes:
    """The bytes of a record of the journal `topic`. An event shared by stages is written under the stage of the topic."""
    record = envelope_pb2.JournalRecord()
    message = record.envelope
    _fill_header(envelope, message)
    field = _UNION_OF_TOPIC[topic]
    write = _writer(_EVENT_UNIONS[field])
    for event in envelope.events:
        part = getattr(message.events.add(), field)
        part.SetInParent()
        write(event, part)
    return record.SerializeToString()


def _fill_header(envelope: Envelope, message: Any) -> None:
    message.epoch, message.run_seq = envelope.epoch, envelope.run_seq
    for position in envelope.positions:
        message.positions.add(
            topic=position.topic,
            partition=position.partition,
            next_offset=position.next_offset,
            epoch=position.epoch,
            unbroken=position.unbroken,
        )
    source = envelope.source
    message.source.topic, message.source.partition, message.source.offset = (
        source.topic,
        source.partition,
        source.offset,
    )
    message.source.timer, message.source.session_id, message.source.msg_seq_num = (
        source.timer,
        source.session_id,
        source.msg_seq_num,
    )
    message.event_time_ns, message.wall_time_ns = envelope.event_time_ns, envelope.wall_time_ns
    message.trace_id, message.schema_version = envelope.trace_id, envelope.schema_version
    message.previous_hash, message.state_hash = envelope.previous_hash, envelope.state_hash
    message.state_layout = envelope.state_layout


def decode_journal(value: bytes, kinds: Collection[type] | None = None) -> Claim | Envelope:
    """A record of a journal, with its events of these kinds alone where they are given. CodecError where the bytes are none."""
    record = _parse(envelope_pb2.JournalRecord, value)
    kind = record.WhichOneof("kind")
    if kind == "claim":
        claim: Claim = from_message(record.claim, Claim)  # type: ignore[attr-defined]
        return claim
    if kind != "envelope":
        raise CodecError("JournalRecord: neither a claim nor an envelope")
    try:
        return _read_envelope(record.envelope, kinds)  # type: ignore[attr-defined]
    except (ValueError, KeyError, TypeError) as error:
        raise CodecError(f"Envelope: {error}") from error


def decode_head(value: bytes) -> tuple[bool, int, int]:
    """(is a claim, epoch, run seq) of a journal record: what the run rule needs. CodecError where the bytes are none."""
    head: Any = _parse(envelope_pb2.JournalHead, value)
    kind = head.WhichOneof("kind")
    if kind is None:
        raise CodecError("JournalRecord: neither a claim nor an envelope")
    return kind == "claim", head.envelope.epoch, head.envelope.run_seq


def _read_envelope(m: Any, kinds: Collection[type] | None) -> Envelope:
    from_position, from_source = _reader(ReadPosition), _reader(Source)
    wanted = None if kinds is None else {_snake(kind.__name__) for kind in kinds}
    events = []
    for item in m.events:
        field = item.WhichOneof("kind")
        event = getattr(item, field)
        if wanted is None or event.WhichOneof("kind") in wanted:
            events.append(_reader(_EVENT_UNIONS[field])(event))
    return Envelope(
        m.epoch,
        m.run_seq,
        tuple([from_position(p) for p in m.positions]),
        from_source(m.source),
        m.event_time_ns,
        m.wall_time_ns,
        m.trace_id,
        m.schema_version,
        m.previous_hash,
        m.state_hash,
        tuple(events),
        m.state_layout,
    )


def to_json(value: object) -> str:
    """One line of JSON: the class under "type", enumerations by name, bytes in hex, integers beyond 2**53 as decimal strings."""
    writer = _JSON_WRITERS.get(type(value))
    if writer is None:
        if not dataclasses.is_dataclass(value):
            return json.dumps(_plain(value), separators=(",", ":"), ensure_ascii=False)
        writer = _JSON_WRITERS[type(value)] = _json_writer(type(value))
    return writer(value)


_JSON_WRITERS: dict[type, Callable[[Any], str]] = {}


def _json_writer(cls: type) -> Callable[[Any], str]:
    """A function (value) that returns its JSON: the audit writes every event so, and `json` walks it ten times slower."""
    gen = _Generated()
    gen.names |= {"text": json.encoder.encode_basestring, "other": to_json, "most": 2**53}
    hints = typing.get_type_hints(cls)
    parts = [f"',\"{f.name}\":' + {_json_field(gen, f'v.{f.name}', hints[f.name])}" for f in dataclasses.fields(cls)]
    gen.lines.append(" + ".join([f'return \'{{"type":"{cls.__name__}"\'', *parts, "'}'"]))
    return gen.compile("v")


def _json_field(gen: _Generated, source: str, hint: object) -> str:
    inner, optional = _split_optional(hint)
    if optional:
        return f"('null' if {source} is None else {_json_field(gen, source, inner)})"
    if inner is str:
        return f"text({source})"
    if inner is bool:
        return f"('true' if {source} else 'false')"
    if inner is bytes:
        return f"('\"' + {source}.hex() + '\"')"
    if _is_enum(inner):
        return f"{gen.name({member: f'{chr(34)}{member.name}{chr(34)}' for member in inner})}[{source}]"  # type: ignore[attr-defined]
    if inner in (int, Amount):
        return f"(str({source}) if -most < {source} < most else '\"' + str({source}) + '\"')"
    if typing.get_origin(inner) is tuple:
        item = _json_field(gen, "i", typing.get_args(inner)[0])
        return f"('[' + ','.join([{item} for i in {source}]) + ']')"
    return f"other({source})"


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, IntEnum):
        return value.name
    if isinstance(value, int):
        return value if -(2**53) < value < 2**53 else str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return {"type": type(value).__name__} | {f: _plain(getattr(value, f)) for f in _field_names(type(value))}


_FIELD_NAMES: dict[type, tuple[str, ...]] = {}


def _field_names(cls: Any) -> tuple[str, ...]:
    names = _FIELD_NAMES.get(cls)
    if names is None:
        names = _FIELD_NAMES[cls] = tuple(f.name for f in dataclasses.fields(cls))
    return names
