"""Repeating groups: the instances behind a count field, by the layout that the dictionary gives.

An instance begins with the group's first field and ends before the next one of it, before a field that is no member, or before a
member that it has already. Nested groups belong to the instance that they stand in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from oms.fix.dictionary import Dictionary, Layout
from oms.fix.fields import FieldError
from oms.fix.message import Field, FieldList, Message


@dataclass(frozen=True, slots=True)
class Group(FieldList):
    """One instance, nested groups included."""

    fields: tuple[Field, ...]
    layout: Layout = field(compare=False, repr=False)

    def groups(self, count_tag: int) -> list["Group"]:
        """The instances of a group within this one. Raises FieldError."""
        return _groups(self.fields, count_tag, self.layout)


def groups(message: Message | Group, count_tag: int, dictionary: Dictionary) -> list[Group]:
    """The instances in wire order; none where the count field is absent or 0.

    Raises FieldError where the message has no such group, or another number of instances than it says.
    """
    if isinstance(message, Group):
        return message.groups(count_tag)
    for layout in (dictionary.layout(message.msg_type), dictionary.header):
        if layout is not None and count_tag in layout.groups:
            return _groups(message.fields, count_tag, layout)
    raise FieldError(f"{dictionary.name} has no group of field {count_tag} in a message of type {message.msg_type!r}")


def _groups(fields: Sequence[Field], count_tag: int, layout: Layout) -> list[Group]:
    member = layout.groups.get(count_tag)
    if member is None:
        raise FieldError(f"field {count_tag} counts no group here")
    at = next((index for index, (tag, _) in enumerate(fields) if tag == count_tag), None)
    if at is None:
        return []
    found = []
    start = at + 1
    while (end := instance_end(fields, start, member)) > start:
        found.append(Group(tuple(fields[start:end]), member))
        start = end
    if fields[at][1] != b"%d" % len(found) and fields[at][1].lstrip(b"0") != b"%d" % len(found):
        raise FieldError(
            f"field {count_tag} says {fields[at][1][:20].decode('latin-1')!r} instances, there are {len(found)}"
        )
    return found


def instance_end(fields: Sequence[Field], start: int, layout: Layout) -> int:
    """Where the instance that begins at `start` ends; `start` where none begins there."""
    first, members, nested = layout.first, layout.members, layout.groups
    if start >= len(fields) or fields[start][0] != first:
        return start
    had: set[int] = set()
    at = start
    while at < len(fields):
        tag = fields[at][0]
        if tag not in members or tag in had:
            break
        had.add(tag)
        at += 1
        if tag in nested:
            while (end := instance_end(fields, at, nested[tag])) > at:
                at = end
    return at


def depths(message: Message, dictionary: Dictionary) -> list[int]:
    """For each field in how many groups it stands, as far as the dictionary describes them: to show a message with its structure."""
    found = [0] * len(message.fields)
    layouts = [layout for layout in (dictionary.layout(message.msg_type), dictionary.header) if layout is not None]
    at = 0
    while at < len(found):
        tag = message.fields[at][0]
        at += 1
        group = next((layout.groups[tag] for layout in layouts if tag in layout.groups), None)
        if group is not None:
            at = _deepen(message.fields, at, group, 1, found)
    return found


def _deepen(fields: Sequence[Field], at: int, layout: Layout, depth: int, found: list[int]) -> int:
    """Mark the instances that begin at `at`; where they end."""
    while (end := instance_end(fields, at, layout)) > at:
        found[at:end] = [depth] * (end - at)
        inner = at
        while inner < end:
            tag = fields[inner][0]
            inner += 1
            if tag in layout.groups:
                inner = _deepen(fields, inner, layout.groups[tag], depth + 1, found)
        at = end
    return at
