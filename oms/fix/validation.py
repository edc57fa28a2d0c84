"""Whether a message keeps the rules of its dictionary, and with which SessionRejectReason (373) it is refused if not.

`rejection` gives the first fault in this order; the order is part of what a counterparty sees:

1. header, body, trailer in this order (14);
2. a message type that the version has (11);
3. what the message, its header and its trailer require is there (1);
4. field by field as on the wire: once only (13), with a value (4), no delimiter in it (17), of its type (6), among the values listed
   (5), a tag that the version has (0, or 3 for the ranges that two parties agree on), a tag of this message (2); then the group that it
   counts: an order of fields (15), what an instance requires (1), as many instances as counted (16).

A message type that the version has and the dictionary does not describe is looked at as far as its header and trailer go: whoever does
not support it says so with a business reject. What is about the session (CompIDs, SendingTime, sequence numbers) is not decided here.
Source: FIX 4.4 volume 2, "Message validation" and the session-level test cases 14 and 15.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import cast

from oms.fix.dictionary import DATA_TYPES, LIST_TYPES, Dictionary, FieldSpec, Layout
from oms.fix.fields import SOH
from oms.fix.formats import FORMATS
from oms.fix.message import TAG_BEGIN_STRING, TAG_BODY_LENGTH, TAG_CHECK_SUM, TAG_MSG_TYPE, Field, Message

USER_DEFINED_MIN = 5_000
"""The first tag that FIX leaves to its users."""
BILATERAL_MIN = 10_000
"""From here on a tag needs no registration: two parties agree on it, and FIX cannot know whether it is right."""

_FRAME_TAGS = frozenset({TAG_BEGIN_STRING, TAG_BODY_LENGTH, TAG_CHECK_SUM, TAG_MSG_TYPE})
"""What every frame has; a message does not list them."""


class RejectReason(IntEnum):
    """SessionRejectReason (373)."""

    INVALID_TAG_NUMBER = 0
    REQUIRED_TAG_MISSING = 1
    TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE = 2
    UNDEFINED_TAG = 3
    TAG_SPECIFIED_WITHOUT_A_VALUE = 4
    VALUE_IS_INCORRECT = 5
    INCORRECT_DATA_FORMAT_FOR_VALUE = 6
    DECRYPTION_PROBLEM = 7
    SIGNATURE_PROBLEM = 8
    COMP_ID_PROBLEM = 9
    SENDING_TIME_ACCURACY_PROBLEM = 10
    INVALID_MSG_TYPE = 11
    TAG_APPEARS_MORE_THAN_ONCE = 13
    TAG_SPECIFIED_OUT_OF_REQUIRED_ORDER = 14
    REPEATING_GROUP_FIELDS_OUT_OF_ORDER = 15
    INCORRECT_NUM_IN_GROUP_COUNT = 16
    NON_DATA_VALUE_INCLUDES_FIELD_DELIMITER = 17


REASON_TEXTS = {
    RejectReason.INVALID_TAG_NUMBER: "Invalid tag number",
    RejectReason.REQUIRED_TAG_MISSING: "Required tag missing",
    RejectReason.TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE: "Tag not defined for this message type",
    RejectReason.UNDEFINED_TAG: "Undefined tag",
    RejectReason.TAG_SPECIFIED_WITHOUT_A_VALUE: "Tag specified without a value",
    RejectReason.VALUE_IS_INCORRECT: "Value is incorrect (out of range) for this tag",
    RejectReason.INCORRECT_DATA_FORMAT_FOR_VALUE: "Incorrect data format for value",
    RejectReason.DECRYPTION_PROBLEM: "Decryption problem",
    RejectReason.SIGNATURE_PROBLEM: "Signature problem",
    RejectReason.COMP_ID_PROBLEM: "CompID problem",
    RejectReason.SENDING_TIME_ACCURACY_PROBLEM: "SendingTime accuracy problem",
    RejectReason.INVALID_MSG_TYPE: "Invalid MsgType",
    RejectReason.TAG_APPEARS_MORE_THAN_ONCE: "Tag appears more than once",
    RejectReason.TAG_SPECIFIED_OUT_OF_REQUIRED_ORDER: "Tag specified out of required order",
    RejectReason.REPEATING_GROUP_FIELDS_OUT_OF_ORDER: "Repeating group fields out of order",
    RejectReason.INCORRECT_NUM_IN_GROUP_COUNT: "Incorrect NumInGroup count for repeating group",
    RejectReason.NON_DATA_VALUE_INCLUDES_FIELD_DELIMITER: "Non-data value includes field delimiter (SOH character)",
}
"""The standard's own words: they are the Text (58) of the Reject."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """RefTagID (371), SessionRejectReason (373), Text (58)."""

    ref_tag: int | None
    """None where no tag is to blame. 0 and numbers below are tags that somebody sent."""
    reason: RejectReason
    text: str


def reject(reason: RejectReason, ref_tag: int | None = None) -> Rejection:
    """A rejection in the standard's words; also for those that the session finds."""
    return Rejection(ref_tag, reason, REASON_TEXTS[reason])


@dataclass(frozen=True, slots=True)
class ValidationOptions:
    """What is looked at. The defaults are the standard's rules; a counterparty that does not keep one gets it switched off."""

    check_fields_out_of_order: bool = True
    check_required: bool = True
    check_fields_have_values: bool = True
    """Off: a field without a value is let through and its form is not looked at."""
    check_values: bool = True
    """Off: values that the dictionary does not list are let through."""
    check_group_order: bool = True
    """Off: the fields of an instance may come in any order behind the first."""
    check_user_defined_fields: bool = True
    """Off: tags from 5000 on that the dictionary does not have are let through."""
    allow_unknown_fields: bool = False
    """On: tags that the version has are let through in messages that do not have them."""


STRICT = ValidationOptions()


Check = tuple[Collection[bytes], Callable[[bytes], bool] | None]
"""The values listed for a field, and the form of its type."""

SHAPES_MAX = 1_024
"""Orders of tags that a dictionary remembers: counterparties write each kind of message in one or a few."""
SHAPE_TAGS_MAX = 200
"""A longer message is looked at field by field: it is a list or a refresh, and its order does not come again."""


def rejection(message: Message, dictionary: Dictionary, options: ValidationOptions = STRICT) -> Rejection | None:
    """The first fault of the message; None where it has none.

    A message without groups whose tags came in this order before, and were all right, needs a look at its values only. Wherever that
    look is not enough the fields are walked, so that what is said about a fault is decided in one place.
    """
    tags = tuple([tag for tag, _ in message.fields])
    checks = _shape(message.msg_type, tags, dictionary)
    if checks is not None and _all_plain(message.fields, checks):
        return None
    return first_fault(message, tags, dictionary, options)


def _shape(msg_type: str, tags: tuple[int, ...], dictionary: Dictionary) -> tuple[Check, ...] | None:
    """The checks of each field's value; None where the tags have a fault by the strictest options, or there are groups among them."""
    key = (msg_type, tags)
    try:
        return cast("tuple[Check, ...] | None", dictionary.shapes[key])
    except KeyError:
        found = _checks(msg_type, tags, dictionary)
    if len(tags) <= SHAPE_TAGS_MAX:
        if len(dictionary.shapes) >= SHAPES_MAX:
            dictionary.shapes.clear()
        dictionary.shapes[key] = found
    return found


def _checks(msg_type: str, tags: tuple[int, ...], dictionary: Dictionary) -> tuple[Check, ...] | None:
    body = dictionary.layout(msg_type)
    there = _FRAME_TAGS.union(tags)
    if body is None or len(there) < len(_FRAME_TAGS) + len(tags) or _out_of_order(tags, dictionary) is not None:
        return None
    layouts = (body, dictionary.header, dictionary.trailer)
    if not all(there.issuperset(layout.required) for layout in layouts):
        return None
    for tag in tags:
        layout = next((layout for layout in layouts if tag in layout.members), None)
        if layout is None or tag in layout.groups or tag not in dictionary.fields:
            return None
    specs = [dictionary.fields[tag] for tag in tags]
    return tuple((spec.values, FORMATS.get(spec.type)) for spec in specs)


def _all_plain(fields: Sequence[Field], checks: tuple[Check, ...]) -> bool:
    """Whether every value is a listed one, or of its type where none are listed."""
    for (_, value), (values, has_form) in zip(fields, checks, strict=True):
        if value in values:
            continue
        if values or not value or SOH in value or (has_form is not None and not has_form(value)):
            return False
    return True


def first_fault(
    message: Message, tags: Sequence[int], dictionary: Dictionary, options: ValidationOptions
) -> Rejection | None:
    """The same by a walk over all fields. `tags`: those of the message, in their order."""
    if options.check_fields_out_of_order:
        tag = _out_of_order(tags, dictionary)
        if tag is not None:
            return reject(RejectReason.TAG_SPECIFIED_OUT_OF_REQUIRED_ORDER, tag)
    if message.msg_type not in dictionary.known:
        return reject(RejectReason.INVALID_MSG_TYPE)
    body = dictionary.layout(message.msg_type)
    if options.check_required:
        there = _FRAME_TAGS.union(tags)
        for layout in (dictionary.header, body, dictionary.trailer):
            if layout is not None and not there.issuperset(layout.required):
                return reject(
                    RejectReason.REQUIRED_TAG_MISSING, next(tag for tag in layout.required if tag not in there)
                )
    return _Walk(message.fields, dictionary, options).message(body)


def _out_of_order(tags: Sequence[int], dictionary: Dictionary) -> int | None:
    """The first field of the header behind one that is not, or the first field behind the trailer that is not of it."""
    header, trailer = dictionary.header_tags, dictionary.trailer.members
    body_at = next((at for at, tag in enumerate(tags) if tag not in header), len(tags))
    behind = tags[body_at:]
    if header.isdisjoint(behind) and dictionary.trailer_tags.isdisjoint(behind):
        return None
    in_trailer = False
    for tag in behind:
        if tag in header or (in_trailer and tag not in trailer):
            return tag
        in_trailer = in_trailer or tag in trailer
    return None


class _Walk:
    """Looks at the fields one by one."""

    __slots__ = ("_dictionary", "_fields", "_options", "_specs")

    def __init__(self, fields: Sequence[Field], dictionary: Dictionary, options: ValidationOptions) -> None:
        self._fields = fields
        self._dictionary = dictionary
        self._specs = dictionary.fields
        self._options = options

    def message(self, body: Layout | None) -> Rejection | None:
        """Header, body and trailer. Without a body's layout its fields are passed over."""
        header, trailer = self._dictionary.header, self._dictionary.trailer
        had = set(_FRAME_TAGS)
        grouped = False
        at = 0
        while at < len(self._fields):
            tag, value = self._fields[at]
            at += 1
            layout = body if body is not None and tag in body.members else header if tag in header.members else trailer
            if tag not in layout.members and body is None:
                continue
            if tag in had:
                return reject(RejectReason.TAG_APPEARS_MORE_THAN_ONCE, tag)
            had.add(tag)
            fault = self._fault(tag, value)
            if fault is None and tag not in layout.members:
                fault = self._stranger(tag)
            if fault is not None:
                return reject(fault, tag)
            if tag in layout.groups:
                end = self._group(at, layout.groups[tag], (layout,))
                if isinstance(end, Rejection):
                    return end
                at, grouped = end, True
        if grouped and body is not None and self._options.check_required:
            # A required field of the message was looked for in all of it; one that only a group has is missing all the same.
            for tag in body.required:
                if tag not in had:
                    return reject(RejectReason.REQUIRED_TAG_MISSING, tag)
        return None

    def _group(self, at: int, layout: Layout, around: tuple[Layout, ...]) -> int | Rejection:
        """The instances from `at` on, behind their count: where they end. `around` are the layouts that the group stands in."""
        count_tag, count = self._fields[at - 1]
        found = 0
        while at < len(self._fields) and self._fields[at][0] == layout.first:
            end = self._instance(at, layout, around)
            if isinstance(end, Rejection):
                return end
            at = end
            found += 1
        if at < len(self._fields):
            tag = self._fields[at][0]
            if tag in layout.members and not _has(around, tag):
                # Its second time in an instance, or an instance that does not begin with its first field.
                return reject(
                    RejectReason.TAG_APPEARS_MORE_THAN_ONCE
                    if found
                    else RejectReason.REPEATING_GROUP_FIELDS_OUT_OF_ORDER,
                    tag,
                )
        if int(count or b"0") != found:
            return reject(RejectReason.INCORRECT_NUM_IN_GROUP_COUNT, count_tag)
        return at

    def _instance(self, at: int, layout: Layout, around: tuple[Layout, ...]) -> int | Rejection:
        had: set[int] = set()
        place = -1
        while at < len(self._fields):
            tag, value = self._fields[at]
            if tag not in layout.members or tag in had:
                break
            if layout.places[tag] < place and self._options.check_group_order:
                if _has(around, tag):
                    break
                return reject(RejectReason.REPEATING_GROUP_FIELDS_OUT_OF_ORDER, tag)
            place = layout.places[tag]
            had.add(tag)
            fault = self._fault(tag, value)
            if fault is not None:
                return reject(fault, tag)
            at += 1
            if tag in layout.groups:
                end = self._group(at, layout.groups[tag], (layout, *around))
                if isinstance(end, Rejection):
                    return end
                at = end
        if self._options.check_required:
            for tag in layout.required:
                if tag not in had:
                    return reject(RejectReason.REQUIRED_TAG_MISSING, tag)
        return at

    def _fault(self, tag: int, value: bytes) -> RejectReason | None:
        """What is wrong with a field on its own."""
        spec = self._specs.get(tag)
        if spec is None or not value or SOH in value:
            return self._odd(spec, tag, value)
        if value in spec.values:
            return None
        has_form = FORMATS.get(spec.type)
        if has_form is not None and not has_form(value):
            return RejectReason.INCORRECT_DATA_FORMAT_FOR_VALUE
        if spec.values and self._options.check_values and not _all_listed(spec, value):
            return RejectReason.VALUE_IS_INCORRECT
        return None

    def _odd(self, spec: FieldSpec | None, tag: int, value: bytes) -> RejectReason | None:
        """The same for a tag that the version does not have, an empty value, a value with a delimiter."""
        if not value:
            return RejectReason.TAG_SPECIFIED_WITHOUT_A_VALUE if self._options.check_fields_have_values else None
        if SOH in value and (spec is None or spec.type not in DATA_TYPES):
            return RejectReason.NON_DATA_VALUE_INCLUDES_FIELD_DELIMITER
        return self._undefined(tag) if spec is None else None

    def _undefined(self, tag: int) -> RejectReason | None:
        if tag >= USER_DEFINED_MIN and not self._options.check_user_defined_fields:
            return None
        return RejectReason.UNDEFINED_TAG if tag >= BILATERAL_MIN else RejectReason.INVALID_TAG_NUMBER

    def _stranger(self, tag: int) -> RejectReason | None:
        """A tag that is well known, or let through, and not among the message's."""
        if self._options.allow_unknown_fields or (
            tag >= USER_DEFINED_MIN and not self._options.check_user_defined_fields
        ):
            return None
        return RejectReason.TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE


def _has(layouts: Sequence[Layout], tag: int) -> bool:
    return any(tag in layout.members for layout in layouts)


def _all_listed(spec: FieldSpec, value: bytes) -> bool:
    """Whether a value that is not listed as a whole is allowed: a field with further values, a list of words."""
    return spec.open or (spec.type in LIST_TYPES and all(word in spec.values for word in value.split(b" ")))
