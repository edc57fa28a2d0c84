"""What the tags, values and message types of a FIX version are: read from a compact text, one file for each version.

A line says one thing; an indented line goes on with the line before; `#` begins a comment:

    version FIX.4.4 begin FIX.4.4 [appl 9]   name, BeginString (8), ApplVerID (1128) where the session layer is another
    include FIXT.1.1                         all of another file first
    54 Side char 1=Buy 2=Sell                tag, name, type, values; `*` = other values are allowed too
    data 5001:5002                           length field : raw data field, where no version of FIX has the pair
    block Instrument 55! 65 48               fields that stand together in several messages
    header 8! 9! … / trailer …               `!` = required
    message D NewOrderSingle 11! @Instrument! 78(79! 80) 40!
                                             fields, blocks, repeating groups: count field, then the members, the first one first.
                                             A block without `!` is optional as a whole, so nothing in it is required
    known 6=IOI 7=Advertisement              message types of the version that are not described
    add D 5003 21 78(5004)                   adds to a message, `header` or `trailer` and to groups in it; what is there already is
                                             required or not as said here

A venue's own rules are text in the same form, given to `load`: a field that is there gets the further values, a message that is there
is replaced. What is wrong in a text is a `DictionaryError` with its line.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

SESSION_MSG_TYPES = frozenset("012345A")
"""Heartbeat, TestRequest, ResendRequest, Reject, SequenceReset, Logout, Logon: the session layer's own."""

DATA_OF_LENGTH: Mapping[int, int] = {
    90: 91, 93: 89, 95: 96, 212: 213, 348: 349, 350: 351, 352: 353, 354: 355, 356: 357, 358: 359, 360: 361, 362: 363,
    364: 365, 445: 446, 618: 619, 621: 622, 1184: 1185, 1277: 1278, 1280: 1281, 1282: 1283, 1397: 1398, 1401: 1402,
    1403: 1404, 1468: 1469,
}  # fmt: skip
"""Length field → raw data field that follows it, in FIX 4.2 to 5.0 SP2 with FIXT 1.1."""

_TYPE_NAMES = """
int Length NumInGroup SeqNum TagNum DayOfMonth float Qty Price PriceOffset Amt Percentage char Boolean String MultipleCharValue
MultipleStringValue MultipleValueString Country Currency Exchange Language MonthYear UTCTimestamp UTCTimeOnly UTCDateOnly LocalMktDate
TZTimeOnly TZTimestamp data XMLData
"""
TYPES = frozenset(_TYPE_NAMES.split())
"""FIX's names of its data types."""
DATA_TYPES = frozenset({"data", "XMLData"})
"""Their values may have the field delimiter."""
LIST_TYPES = frozenset({"MultipleCharValue", "MultipleStringValue", "MultipleValueString"})
"""Their values are words with a space between them."""

LOADED_MAX = 64
"""Dictionaries kept: three versions, and a few venues and clients with texts of their own."""


class DictionaryError(ValueError):
    """A text that is no dictionary; the message is one line and names the line of the text."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    tag: int
    name: str
    type: str
    values: Mapping[bytes, str] = field(default_factory=dict)
    """Value → its name. Empty: any value of the type."""
    open: bool = False
    """Values that are not listed are allowed too."""


@dataclass(slots=True)
class Layout:
    """The fields of a message, a header, a trailer or one instance of a repeating group, blocks resolved."""

    members: dict[int, bool] = field(default_factory=dict)
    """Tag → required, in the order of the specification."""
    groups: dict[int, "Layout"] = field(default_factory=dict)
    """Count field → one instance."""
    first: int = 0
    """The first member: in a group it begins an instance."""
    required: tuple[int, ...] = ()
    places: dict[int, int] = field(default_factory=dict)
    """Tag → its place in the order."""

    def seal(self) -> None:
        """Make what follows from `members`, here and in the groups."""
        if len(self.places) != len(self.members) or not self.first:
            self.first = next(iter(self.members), 0)
            self.places = {tag: place for place, tag in enumerate(self.members)}
            for group in self.groups.values():
                group.seal()
        self.required = tuple(tag for tag, required in self.members.items() if required)


@dataclass(frozen=True, slots=True)
class MessageSpec:
    msg_type: str
    name: str
    layout: Layout


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Do not change what is in it: it is shared."""

    name: str
    begin_string: str
    appl_ver_id: str
    fields: Mapping[int, FieldSpec]
    header: Layout
    header_tags: frozenset[int]
    """The header's fields, with those of its groups."""
    trailer: Layout
    trailer_tags: frozenset[int]
    messages: Mapping[str, MessageSpec]
    known: Mapping[str, str]
    """All message types of the version, described or not → name."""
    data_of: Mapping[int, int] = field(default_factory=lambda: DATA_OF_LENGTH)
    tags: Mapping[str, int] = field(default_factory=dict)
    """Field name → tag."""
    shapes: dict[tuple[str, tuple[int, ...]], object] = field(default_factory=dict, compare=False, repr=False)
    """What `validation` found about a message type with these tags in this order: its own memory, and no part of what is described."""

    def field_name(self, tag: int) -> str:
        """Empty where the version has no such field."""
        spec = self.fields.get(tag)
        return "" if spec is None else spec.name

    def value_name(self, tag: int, value: bytes) -> str:
        """Empty where the value has no name. Of several words in one value the names of all that have one."""
        spec = self.fields.get(tag)
        if spec is None or not spec.values:
            return ""
        if spec.type in LIST_TYPES:
            return " ".join(filter(None, (spec.values.get(word, "") for word in value.split(b" "))))
        return spec.values.get(value, "")

    def layout(self, msg_type: str) -> Layout | None:
        spec = self.messages.get(msg_type)
        return None if spec is None else spec.layout


@lru_cache(maxsize=LOADED_MAX)
def load(name: str, custom: str = "") -> Dictionary:
    """The dictionary of a version ("FIX.4.2", "FIX.4.4", "FIX.5.0SP2", "FIXT.1.1"), with a text of one's own over it.

    Raises DictionaryError.
    """
    reader = _Reader()
    reader.read(_text(name), f"{name}.fix")
    reader.read(custom, "custom")
    return reader.result()


def versions() -> list[str]:
    """The names that `load` knows."""
    folder = files("oms.fix").joinpath("dictionaries")
    return sorted(entry.name.removesuffix(".fix") for entry in folder.iterdir() if entry.name.endswith(".fix"))


def _text(name: str) -> str:
    if name not in versions():
        raise DictionaryError(f"no dictionary {name!r}: there are {', '.join(versions())}")
    return files("oms.fix").joinpath("dictionaries", f"{name}.fix").read_text("ascii")


class _Reader:
    """Collects what the lines of one or more texts say; a later line wins."""

    def __init__(self) -> None:
        self.version = ("", "", "")
        self.fields: dict[int, FieldSpec] = {}
        self.blocks: dict[str, Layout] = {}
        self.header, self.trailer = Layout(), Layout()
        self.messages: dict[str, MessageSpec] = {}
        self.known: dict[str, str] = {}
        self.data_of: dict[int, int] = {}

    def read(self, text: str, origin: str) -> None:
        for number, line in _logical_lines(text):
            word, _, rest = line.partition(" ")
            try:
                self._line(word, rest)
            except DictionaryError as error:
                raise DictionaryError(f"{origin}, line {number}: {error}") from None

    def result(self) -> Dictionary:
        name, begin_string, appl_ver_id = self.version
        for layout in (self.header, self.trailer, *(spec.layout for spec in self.messages.values())):
            layout.seal()
        return Dictionary(
            name=name,
            begin_string=begin_string,
            appl_ver_id=appl_ver_id,
            fields=self.fields,
            header=self.header,
            header_tags=frozenset(self.header.members).union(*(group.members for group in self.header.groups.values())),
            trailer=self.trailer,
            trailer_tags=frozenset(self.trailer.members),
            messages=self.messages,
            known=self.known,
            data_of={**DATA_OF_LENGTH, **self.data_of} if self.data_of else DATA_OF_LENGTH,
            tags={spec.name: tag for tag, spec in self.fields.items()},
        )

    def _line(self, word: str, rest: str) -> None:
        if word.isdecimal():
            self._field(int(word), rest.split())
        elif word == "message":
            self._message(rest)
        elif word == "block":
            name, _, items = rest.partition(" ")
            self.blocks[name] = self._layout(items)
        elif word == "header":
            self.header = self._layout(rest)
        elif word == "trailer":
            self.trailer = self._layout(rest)
        elif word == "add":
            name, _, items = rest.partition(" ")
            self._add(name, self._layout(items))
        elif word == "known":
            self.known.update(_pair(item, "=") for item in rest.split())
        elif word == "data":
            for item in rest.split():
                length, data = _pair(item, ":")
                self.data_of[_tag(length)] = _tag(data)
        elif word == "include":
            self.read(_text(rest), f"{rest}.fix")
        elif word == "version":
            name, *pairs = rest.split()
            said = dict(zip(pairs[::2], pairs[1::2], strict=False))
            self.version = (name, said.get("begin", name), said.get("appl", ""))
        else:
            raise DictionaryError(f"{word!r} begins no line of a dictionary")

    def _field(self, tag: int, words: list[str]) -> None:
        if len(words) < 2 or words[1] not in TYPES:
            raise DictionaryError(f"field {tag} needs a name and a type of FIX ({', '.join(sorted(TYPES))})")
        name, type_, *rest = words
        before = self.fields.get(tag)
        values: dict[bytes, str] = dict(before.values) if before is not None and before.type == type_ else {}
        for item in rest:
            if item != "*":
                value, _, meaning = item.partition("=")
                values[value.encode("latin-1")] = meaning
        self.fields[tag] = FieldSpec(tag, name, type_, values, "*" in rest or (before is not None and before.open))

    def _message(self, rest: str) -> None:
        msg_type, _, rest = rest.partition(" ")
        name, _, items = rest.partition(" ")
        if not name:
            raise DictionaryError("a message needs its type and its name")
        self.messages[msg_type] = MessageSpec(msg_type, name, self._layout(items))
        self.known[msg_type] = name

    def _add(self, name: str, more: Layout) -> None:
        if name in ("header", "trailer"):
            _merge(self.header if name == "header" else self.trailer, more)
        elif name in self.messages:
            _merge(self.messages[name].layout, more)
        else:
            raise DictionaryError(f"no message {name!r} to add to")

    def _layout(self, items: str) -> Layout:
        tokens = items.replace("(", " ( ").replace(")", " ) ").split()
        tokens.reverse()
        layout = self._members(tokens)
        if tokens:
            raise DictionaryError("a bracket closes that was not opened")
        return layout

    def _members(self, tokens: list[str]) -> Layout:
        """Up to the end or the bracket that closes, which is left. `tokens` are in reverse."""
        layout = Layout()
        while tokens and tokens[-1] != ")":
            token = tokens.pop()
            required = token.endswith("!")
            name = token.removesuffix("!")
            if name.startswith("@"):
                block = self.blocks.get(name[1:])
                if block is None:
                    raise DictionaryError(f"no block {name[1:]!r} before this line")
                for tag, needed in block.members.items():
                    layout.members.setdefault(tag, needed and required)
                layout.groups.update(block.groups)
                continue
            tag = _tag(name)
            if tag not in self.fields:
                raise DictionaryError(f"field {tag} is not defined")
            layout.members[tag] = required
            if tokens and tokens[-1] == "(":
                tokens.pop()
                group = self._members(tokens)
                if not tokens or not group.members:
                    raise DictionaryError(f"the group of field {tag} is empty or has no end")
                tokens.pop()
                layout.groups[tag] = group
        return layout


def _merge(layout: Layout, more: Layout) -> None:
    """A group is copied before it gets more: messages share the groups of a block."""
    layout.members.update(more.members)
    for tag, group in more.groups.items():
        before = layout.groups.get(tag, Layout())
        layout.groups[tag] = Layout(dict(before.members), dict(before.groups))
        _merge(layout.groups[tag], group)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their continuation, comments taken out, with the number of their first line."""
    first, parts = 0, list[str]()
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.partition("#")[0].rstrip() if "#" in raw else raw.rstrip()
        if not line:
            continue
        if line[0] in " \t":
            parts.append(line.strip())
            continue
        if parts:
            yield first, " ".join(parts)
        first, parts = number, [line]
    if parts:
        yield first, " ".join(parts)


def _pair(item: str, separator: str) -> tuple[str, str]:
    left, found, right = item.partition(separator)
    if not (left and found and right):
        raise DictionaryError(f"{item!r} is not of the form a{separator}b")
    return left, right


def _tag(text: str) -> int:
    if not text.isdecimal() or not 0 < len(text) < 10:
        raise DictionaryError(f"{text!r} is no tag")
    return int(text)
