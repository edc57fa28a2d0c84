"""The wire contract against our own classes: same fields in the same order, same enumerations, and every value comes back unchanged."""

import dataclasses
import json
import types
import typing
from enum import IntEnum
from functools import cache
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from hypothesis import given, settings
from hypothesis import strategies as st

from oms.core import enums
from oms.core.access import AccessRecord
from oms.core.commands import Command
from oms.core.control import ControlRecord
from oms.core.execution_events import ExecutionEvent
from oms.core.governance import ChangeBasis
from oms.core.halt_triggers import HaltTriggerKind
from oms.core.market import MarketRecord
from oms.core.money import AMOUNT_MAX, AMOUNT_MIN, Amount
from oms.core.reasons import Reason
from oms.core.reference import Entity, ReferenceChange
from oms.core.risk_events import RiskEvent
from oms.core.routing_events import RoutingEvent
from oms.core.venue_frames import VenueFrames
from oms.core.venue_reasons import CxlRejReason, MassCancelOutcome
from oms.v1 import admin_pb2, enums_pb2, reference_pb2, validate_pb2
from oms.wire import codec, topics
from oms.wire.codec import CodecError
from oms.wire.envelope import AlertNotice, AuditPlan, AuditProgress, Claim, DeadLetter, Envelope, Heartbeat

RELEASED = Path(__file__).parents[2] / "proto" / "released.binpb"
EVENTS = {topics.RISK: RiskEvent, topics.ROUTING: RoutingEvent, topics.EXECUTION: ExecutionEvent}
INTAKES: dict[str, typing.Any] = {
    topics.ORDERS: Command,
    topics.CONTROL: ControlRecord,
    topics.REFERENCE: ReferenceChange,
    topics.MARKET: MarketRecord,
    topics.AUDIT_PLANS: AuditPlan,
    topics.AUDIT_PROGRESS: AuditProgress,
    topics.HEARTBEATS: Heartbeat,
    topics.DEAD_LETTERS: DeadLetter,
    topics.ACCESS: AccessRecord,
    topics.VENUE_WIRE: VenueFrames,
    topics.ALERTS: AlertNotice,
}
OUR_ENUMS = [e for e in vars(enums).values() if isinstance(e, type) and issubclass(e, IntEnum) and e is not IntEnum] + [
    Reason,
    CxlRejReason,
    MassCancelOutcome,
    HaltTriggerKind,
    ChangeBasis,
]


def members(annotation: typing.Any) -> tuple[type, ...]:
    return typing.get_args(annotation) if isinstance(annotation, types.UnionType) else (annotation,)


def reachable(annotation: object, found: set[type]) -> None:
    """Every dataclass that `annotation` mentions, at any depth."""
    for part in typing.get_args(annotation):
        reachable(part, found)
    if isinstance(annotation, type) and dataclasses.is_dataclass(annotation) and annotation not in found:
        found.add(annotation)
        for hint in typing.get_type_hints(annotation).values():
            reachable(hint, found)


def bound_classes() -> list[type]:
    found: set[type] = set()
    for annotation in (*EVENTS.values(), *INTAKES.values(), Claim):
        reachable(annotation, found)
    return sorted(found, key=lambda cls: cls.__name__)


INT64 = st.integers(-(2**63), 2**63 - 1)
SCALARS = {int: INT64, str: st.text(max_size=8), bytes: st.binary(max_size=8), bool: st.booleans()}


@cache
def values_of(annotation: typing.Any) -> st.SearchStrategy[typing.Any]:
    """Values of a type as the contract allows them, extremes included."""
    if annotation is Amount:
        return st.integers(AMOUNT_MIN, AMOUNT_MAX)
    if annotation in SCALARS:
        return SCALARS[annotation]
    if annotation is type(None):
        return st.none()
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return st.one_of([values_of(part) for part in typing.get_args(annotation)])
    if typing.get_origin(annotation) is tuple:
        return st.lists(values_of(typing.get_args(annotation)[0]), max_size=2).map(tuple)
    if issubclass(annotation, IntEnum):
        return st.sampled_from(list(annotation))
    return st.builds(annotation, **{name: values_of(h) for name, h in typing.get_type_hints(annotation).items()})


def message_class(cls: type) -> typing.Any:
    """The protobuf message of the same name, in whichever generated module it is."""
    for module in vars(codec).values():
        if isinstance(module, types.ModuleType) and module.__name__.endswith("_pb2") and hasattr(module, cls.__name__):
            return getattr(module, cls.__name__)
    raise AssertionError(f"no message {cls.__name__}")


def class_name(cls: type) -> str:
    return cls.__name__


@pytest.mark.parametrize("cls", bound_classes(), ids=class_name)
def test_fields_stand_in_the_order_of_their_numbers(cls: type) -> None:
    message = message_class(cls)
    by_number = [f.name for f in sorted(message.DESCRIPTOR.fields, key=lambda f: f.number)]
    assert [f.name for f in dataclasses.fields(cls)] == by_number


@pytest.mark.parametrize("ours", OUR_ENUMS, ids=class_name)
def test_enumerations_are_equal_by_name_and_number(ours: type[IntEnum]) -> None:
    prefix = "".join("_" + c if c.isupper() and i else c for i, c in enumerate(ours.__name__)).upper() + "_"
    theirs = dict(enums_pb2.DESCRIPTOR.enum_types_by_name[ours.__name__].values_by_name.items())
    numbers = {name.removeprefix(prefix): value.number for name, value in theirs.items()}
    assert numbers.pop("UNSPECIFIED") == 0
    assert numbers == {member.name: int(member) for member in ours}


def test_no_enumeration_of_the_contract_is_unknown_here() -> None:
    assert set(enums_pb2.DESCRIPTOR.enum_types_by_name) == {ours.__name__ for ours in OUR_ENUMS}


def test_what_was_released_keeps_names_numbers_and_types() -> None:
    released = FileDescriptorSet.FromString(RELEASED.read_bytes())
    messages = [m for file in released.file if file.package == "oms.v1" for m in file.message_type]
    assert messages
    by_name = {cls.__name__: message_class(cls) for cls in bound_classes()}
    for message in messages:
        if message.name in by_name:
            fields = by_name[message.name].DESCRIPTOR.fields_by_number
            for field in message.field:
                now = fields[field.number]
                assert (now.name, now.type) == (field.name, field.type), f"{message.name}.{field.name}"


@pytest.mark.parametrize(
    ("topic", "cls"),
    [(topic, cls) for topic, union in EVENTS.items() for cls in members(union)],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_every_event_comes_back_in_its_envelope(topic: str, cls: type) -> None:
    @settings(max_examples=10, deadline=None, database=None)
    @given(envelope_around(cls))
    def there_and_back(envelope: Envelope) -> None:
        value = codec.encode_envelope(topic, envelope)
        assert codec.decode_journal(value) == envelope
        assert codec.decode_head(value) == (False, envelope.epoch, envelope.run_seq)
        shown = json.loads(codec.to_json(envelope))["events"][0]
        assert shown.keys() == {"type"} | {f.name for f in dataclasses.fields(cls)}

    there_and_back()


def envelope_around(cls: type) -> st.SearchStrategy[Envelope]:
    hints = {n: values_of(h) for n, h in typing.get_type_hints(Envelope).items() if n != "events"}
    return st.builds(Envelope, **hints, events=st.tuples(values_of(cls)))


@pytest.mark.parametrize(
    ("topic", "cls"),
    [(topic, cls) for topic, union in INTAKES.items() for cls in members(union)],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_every_record_of_an_intake_comes_back(topic: str, cls: type) -> None:
    @settings(max_examples=10, deadline=None, database=None)
    @given(values_of(cls))
    def there_and_back(value: object) -> None:
        assert codec.decode_intake(topic, codec.encode_intake(topic, value)) == value
        assert json.loads(codec.to_json(value))["type"] == cls.__name__

    there_and_back()


@pytest.mark.parametrize("cls", members(Entity), ids=class_name)
def test_every_entity_comes_back_in_a_change(cls: type) -> None:
    hints = {n: values_of(h) for n, h in typing.get_type_hints(ReferenceChange).items() if n != "entity"}

    @settings(max_examples=10, deadline=None, database=None)
    @given(st.builds(ReferenceChange, **hints, entity=values_of(cls)))
    def there_and_back(change: ReferenceChange) -> None:
        assert codec.decode_intake(topics.REFERENCE, codec.encode_intake(topics.REFERENCE, change)) == change

    there_and_back()


@settings(max_examples=50, deadline=None, database=None)
@given(values_of(Claim))
def test_a_claim_comes_back(claim: Claim) -> None:
    value = codec.encode_claim(claim)
    assert codec.decode_journal(value) == claim
    assert codec.decode_head(value)[0] is True


def enum_fields() -> list[tuple[type, str]]:
    """Fields that hold one member."""
    return [
        (cls, name)
        for cls in bound_classes()
        for name, hint in typing.get_type_hints(cls).items()
        if isinstance(hint, type) and issubclass(hint, IntEnum)
    ]


def default_of(cls: type, name: str) -> object:
    (field,) = (field for field in dataclasses.fields(cls) if field.name == name)
    return field.default


@pytest.mark.parametrize(("cls", "name"), enum_fields(), ids=lambda v: v if isinstance(v, str) else v.__name__)
def test_an_enumeration_that_is_not_set_or_not_known_is_refused(cls: type, name: str) -> None:
    """One that came later has a default, which is what records of before it mean."""
    default = default_of(cls, name)

    @settings(max_examples=3, deadline=None, database=None)
    @given(values_of(cls))
    def refused(value: object) -> None:
        message = codec.to_message(value)
        for number in (0, 9_999):
            setattr(message, name, number)
            if not number and isinstance(default, IntEnum):
                assert getattr(codec.from_message(message, cls), name) is default
                continue
            with pytest.raises(CodecError):
                codec.from_message(message, cls)

    refused()


@settings(max_examples=200, deadline=None, database=None)
@given(st.binary(max_size=64), st.sampled_from(list(INTAKES)))
def test_no_bytes_raise_anything_but_a_codec_error(value: bytes, topic: str) -> None:
    for read in (lambda: codec.decode_intake(topic, value), lambda: codec.decode_journal(value)):
        try:
            read()
        except CodecError:
            continue


def test_every_kind_of_reference_data_can_be_asked_for() -> None:
    rules = admin_pb2.GetReferenceRequest.DESCRIPTOR.fields_by_name["kind"].GetOptions().Extensions[validate_pb2.field]
    assert set(getattr(rules.string, "in")) - {""} == set(reference_pb2.Entity.DESCRIPTOR.fields_by_name)
