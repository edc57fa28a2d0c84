"""The dictionaries that come with the package, texts of one's own over them, and what is wrong in a text."""

import os
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest

from oms.fix.dictionary import Dictionary, DictionaryError, Layout, load, versions

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("OMS_SHARED_FIX", ROOT.parent / "shared" / "fix")) / "dictionaries"
SESSION = set("012345A")
ORDERS = {*"DFGH89jQEKLMN", *SESSION}
LATER = {"q", "r", "AF", "AD", "AE", "AQ", "AR", "AS", "AT"}
MARKET_AND_QUOTES = set("VWXYcdefghRSZaibJPB")
UNLIKE_THE_PAPER = {27, 35, 166}
"""IOIQty takes numbers beside its letters, MsgType is the list of messages, 166 refers to a list of countries."""


def everything(layout: Layout) -> Iterator[tuple[Layout, int]]:
    for tag in layout.members:
        yield layout, tag
    for group in layout.groups.values():
        yield from everything(group)


def test_there_are_three_versions_and_a_session_layer() -> None:
    assert versions() == ["FIX.4.2", "FIX.4.4", "FIX.5.0SP2", "FIXT.1.1"]
    assert [(load(name).begin_string, load(name).appl_ver_id) for name in versions()] == [
        ("FIX.4.2", ""),
        ("FIX.4.4", ""),
        ("FIXT.1.1", "9"),
        ("FIXT.1.1", ""),
    ]


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        ("FIX.4.2", ORDERS | MARKET_AND_QUOTES),
        ("FIX.4.4", ORDERS | MARKET_AND_QUOTES | LATER),
        ("FIX.5.0SP2", ORDERS | MARKET_AND_QUOTES | LATER | {"BZ", "CA"}),
        ("FIXT.1.1", SESSION),
    ],
)
def test_the_messages_that_we_use_are_described(version: str, wanted: set[str]) -> None:
    dictionary = load(version)
    assert wanted <= set(dictionary.messages)
    assert set(dictionary.messages) <= set(dictionary.known)
    for spec in (dictionary.header, dictionary.trailer, *(message.layout for message in dictionary.messages.values())):
        for layout, tag in everything(spec):
            assert tag in dictionary.fields
            assert set(layout.groups) <= set(layout.members)
            assert layout.first == next(iter(layout.members))


def test_what_things_are_called() -> None:
    dictionary = load("FIX.4.4")
    assert (dictionary.field_name(54), dictionary.field_name(54_321)) == ("Side", "")
    assert dictionary.tags["ClOrdID"] == 11
    assert dictionary.value_name(54, b"5") == "SellShort"
    assert dictionary.value_name(18, b"G 6") == "AllOrNone ParticipateDoNotInitiate"
    assert [dictionary.value_name(tag, b"IBM") for tag in (54, 55, 54_321)] == ["", "", ""]
    assert load("FIX.5.0SP2").value_name(1137, b"9") == "FIX50SP2"


def test_an_own_text_adds_and_replaces() -> None:
    plain = load("FIX.4.4")
    own = load(
        "FIX.4.4",
        """
        """
        "\n5001 DeskCode String Q=Quant\n40 OrdType char z=Venue   # one more value\n"
        "add D 5001!\n  21 453(5001)\nadd header 5001\nmessage U1 Ping 5001!\n",
    )
    assert own.messages["D"].layout.members[5001]
    assert 5001 in own.messages["D"].layout.required
    assert 21 not in own.messages["D"].layout.required
    assert 5001 in own.messages["D"].layout.groups[453].members
    assert 5001 not in own.messages["8"].layout.groups[453].members, "messages share the groups of a block"
    assert 5001 in own.header_tags
    assert own.value_name(40, b"z") == "Venue" and own.value_name(40, b"2") == "Limit"
    assert own.known["U1"] == "Ping"
    assert load("FIX.4.4") is plain and 5001 not in plain.fields and b"z" not in plain.fields[40].values


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("5001 Desk", "line 1: field 5001 needs a name and a type"),
        ("\n5001 Desk Text", "line 2: field 5001 needs a name and a type"),
        ("message D", "needs its type and its name"),
        ("message D New 99999", "field 99999 is not defined"),
        ("message D New @Nothing", "no block 'Nothing'"),
        ("message D New 453(448", "has no end"),
        ("message D New 453()", "is empty"),
        ("message D New 453)", "a bracket closes"),
        ("message D New x!", "'x' is no tag"),
        ("add ZZ 11", "no message 'ZZ'"),
        ("known D", "'D' is not of the form a=b"),
        ("data 95", "'95' is not of the form a:b"),
        ("include FIX.9", "no dictionary 'FIX.9'"),
        ("field 5001", "'field' begins no line"),
    ],
)
def test_a_wrong_text_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(DictionaryError, match=said.replace("(", r"\(")) as error:
        load("FIX.4.4", text)
    assert "line " in str(error.value)


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(DictionaryError, match=r"there are FIX\.4\.2"):
        load("FIX.4.9")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the dictionaries of others are not on this machine")
@pytest.mark.parametrize(("file", "version"), [("FIX42.xml", "FIX.4.2"), ("FIX44.xml", "FIX.4.4")])
def test_ours_says_what_another_engine_s_says(file: str, version: str) -> None:
    ours = load(version)
    theirs = _Theirs(ElementTree.parse(SHARED / file).getroot())
    assert {tag: spec.name for tag, spec in ours.fields.items()} == theirs.names
    for tag, values in theirs.values.items():
        if tag not in UNLIKE_THE_PAPER:
            assert set(ours.fields[tag].values) == values, ours.field_name(tag)
    assert ours.known == theirs.messages
    assert _shape(ours.header) == theirs.shape(theirs.root.find("header"))
    assert _shape(ours.trailer) == theirs.shape(theirs.root.find("trailer"))
    for spec in ours.messages.values():
        assert _shape(spec.layout) == theirs.shape(theirs.root.find(f"messages/message[@msgtype='{spec.msg_type}']")), (
            spec.name
        )


def _shape(layout: Layout) -> dict[int, object]:
    """Tag → required and the group behind it, in order."""
    return {
        tag: (needed, _shape(layout.groups[tag]) if tag in layout.groups else None)
        for tag, needed in layout.members.items()
    }


class _Theirs:
    """A dictionary in the XML of the QuickFIX project, as far as it says what ours says."""

    def __init__(self, root: ElementTree.Element) -> None:
        self.root = root
        fields = root.findall("fields/field")
        self.tags = {field.attrib["name"]: int(field.attrib["number"]) for field in fields}
        self.names = {tag: name for name, tag in self.tags.items()}
        self.values = {
            int(field.attrib["number"]): {value.attrib["enum"].encode("latin-1") for value in field.findall("value")}
            for field in fields
        }
        self.messages = {
            message.attrib["msgtype"]: message.attrib["name"] for message in root.findall("messages/message")
        }

    def shape(self, node: ElementTree.Element | None, required: bool = True) -> dict[int, object]:
        assert node is not None
        found: dict[int, object] = {}
        for item in node:
            needed = required and item.attrib["required"] == "Y"
            if item.tag == "component":
                block = self.shape(self.root.find(f"components/component[@name='{item.attrib['name']}']"), needed)
                for tag, what in block.items():
                    found.setdefault(tag, what)
            else:
                tag = self.tags[item.attrib["name"]]
                found[tag] = (needed, self.shape(item) if item.tag == "group" else None)
        return found


def test_a_dictionary_is_read_once() -> None:
    first: Dictionary = load("FIX.4.4", "5001 Desk String")
    assert load("FIX.4.4", "5001 Desk String") is first
