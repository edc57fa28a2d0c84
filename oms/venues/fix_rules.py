"""Rules of engagement: what one venue's FIX 4.4 is like where venues differ. Configuration, read from a YAML file per venue; no code.

What the fields mean is told in docs/fix.md. A whole file is good, or none of it is used: the first fault names file, line and field.

Invariants: every field name is one that the mapping has, no tag has two meanings in one message, every code names
one member. It does not know sessions or sockets.
"""

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from oms.core.enums import OrdType, PegPriceType, TimeInForce, VenueBehaviour, VenueFeature
from oms.core.reference import Venue
from oms.runtime.yaml_fields import Field, FileFault, read_yaml
from oms.venues.fix_layouts import FIXED_TAGS
from oms.wire.fix_codes import STANDARD, Codes

FileProblem = FileFault
"""One line: file, line, field, and what is wrong."""

DEFAULT = "default"
"""The file of the venues that have none of their own."""

CL_ORD_ID_MAX = 64
DIGEST_LENGTH_MIN = 16
"""Of a shortened ClOrdID: at 80 bits two of a million orders a day share one once in a hundred thousand years."""

TAGS: Mapping[str, int] = MappingProxyType(
    {
        "ExDestination": 100, "Market": 207, "DisplayQty": 111, "PegPriceType": 1094, "PegOffsetValue": 211, "ExposureDuration": 1629,
        "ExposureDurationUnit": 1916, "SelfMatchPreventionInstruction": 2964, "SelfMatchPreventionID": 2362, "PeggedPrice": 839,
        "CumNotional": 0,
    }
)  # fmt: skip
"""Fields whose tag a venue may say, and their tags without a word; 0: not said at all. CumNotional is the exact Σ price × quantity."""

HEADER = (
    "sender_comp_id", "target_comp_id", "sender_sub_id", "target_sub_id", "sender_location_id", "target_location_id",
)  # fmt: skip
HEADER_TAGS = (49, 56, 50, 57, 142, 143)
ORDER_ID = 37

OF_ONE_REPORT = (6, 14, 31, 32, 52, 60, 151)
"""Tags that every report says of itself: a correction has other figures and another time than the trade that it is about."""

NOT_TAKEN = ("AF", "Q")
"""Messages that a venue may do without: their numbers are then used by a gap fill."""


class OrderIdKind(Enum):
    STABLE = "stable"
    PER_REPORT = "per_report"


class PegKind(Enum):
    """How a peg is said: by a letter in ExecInst (FIX 4.4), or by PegPriceType (5.0 and later)."""

    EXEC_INST = "exec_inst"
    PEG_PRICE_TYPE = "peg_price_type"


class ReplaceKind(Enum):
    IN_PLACE = "in_place"
    NEW_ORDER = "new_order"


@dataclass(frozen=True, slots=True)
class TlsRules:
    """TLS to the venue; its name is always verified. Paths of PEM files."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class RulesOfEngagement:
    """`header`: values of 49, 56, 50, 57, 142, 143 as the OMS sends them, `{session}` and `{venue}` filled in; empty: the tag is absent.
    `address` empty: that of the settings. `drop_copy`: the name of the drop copy session of an order session, filled in likewise; empty: the
    venue has none. `mass_cancel`: it takes OrderMassCancelRequest. `trade_id`: the tags that together name an execution."""

    address: str = ""
    tls: TlsRules | None = None
    header: tuple[str, ...] = ("{session}", "{venue}", "", "", "", "")
    next_expected: bool = True
    username: str = ""
    password_file: Path | None = None
    tags: Mapping[str, int] = field(default_factory=lambda: TAGS)
    codes: Mapping[str, Codes] = field(default_factory=lambda: STANDARD)
    peg: PegKind = PegKind.EXEC_INST
    cl_ord_id_max: int = CL_ORD_ID_MAX
    cl_ord_id_characters: str = ""
    order_id: OrderIdKind = OrderIdKind.STABLE
    trade_id: tuple[int, ...] = (17,)
    replace: ReplaceKind = ReplaceKind.IN_PLACE
    avg_px_decimals: int = 0
    time_digits: int = 3
    not_taken: frozenset[str] = frozenset()
    drop_copy: str = ""
    mass_cancel: bool = False

    def header_of(self, session_id: str, venue_id: str) -> tuple[str, ...]:
        return tuple(text.replace("{session}", session_id).replace("{venue}", venue_id) for text in self.header)

    def sender_of(self, session_id: str, venue_id: str) -> str:
        """What names the session to the venue: SenderCompID (49), SenderSubID (50) and SenderLocationID (142), where they are said."""
        header = self.header_of(session_id, venue_id)
        return "/".join(text for text in (header[0], header[2], header[4]) if text)

    def drop_copy_of(self, session_id: str, venue_id: str) -> str:
        return self.drop_copy.replace("{session}", session_id).replace("{venue}", venue_id)

    def fits(self, cl_ord_id: str) -> bool:
        """Whether the venue takes the ClOrdID as it is."""
        allowed = self.cl_ord_id_characters
        return len(cl_ord_id) <= self.cl_ord_id_max and (not allowed or set(cl_ord_id) <= set(allowed))

    def contradicts(self, venue: Venue) -> str:
        """Why these rules cannot serve a venue as the reference data has it; empty where they can."""
        by_new = VenueBehaviour.REPLACES_BY_NEW_ORDER in venue.behaviours
        if by_new is not (self.replace is ReplaceKind.NEW_ORDER):
            said = "REPLACES_BY_NEW_ORDER" if by_new else "no REPLACES_BY_NEW_ORDER"
            return f"replace is {self.replace.value}, the reference data says {said}"
        if by_new and self.order_id is OrderIdKind.PER_REPORT:
            return "order_id per_report: where a replace begins another order nothing would tell the two apart"
        if (wrong := self._of_drop_copies(venue)) is not None:
            return wrong
        if VenueBehaviour.TAKES_MASS_CANCEL in venue.behaviours and not self.mass_cancel:
            return "the reference data says TAKES_MASS_CANCEL, and mass_cancel is not yes"
        lacking = [feature.name for feature in venue.features if not self._can_say(feature)]
        return f"no code for {', '.join(lacking)}, which the reference data offers" if lacking else ""

    def _of_drop_copies(self, venue: Venue) -> str | None:
        if any(s.drop_copy_id for s in venue.sessions) and not set(OF_ONE_REPORT).isdisjoint(self.trade_id):
            return (
                f"trade_id with one of {OF_ONE_REPORT}, and a drop copy: a copied correction would not name its trade"
            )
        for s in (s for s in venue.sessions if s.drop_copy_id):
            if self.sender_of(s.session_id, venue.venue_id) == self.sender_of(s.drop_copy_id, venue.venue_id):
                return "the header names an order session and its drop copy alike: say {session} in it"
            if self.order_id is OrderIdKind.PER_REPORT and ORDER_ID in self.trade_id:
                return (
                    "order_id per_report, and executions named by it: a drop copy names them otherwise than the report"
                )
        return None

    def _can_say(self, feature: VenueFeature) -> bool:
        pegs = self.codes["PegExecInst" if self.peg is PegKind.EXEC_INST else "PegPriceType"]
        match feature:
            case VenueFeature.STOP:
                return {OrdType.STOP, OrdType.STOP_LIMIT} <= self.codes["OrdType"].keys()
            case VenueFeature.TRAILING_STOP:
                return PegPriceType.TRAILING_STOP in pegs
            case VenueFeature.MARKET_TO_LIMIT:
                return OrdType.MARKET_TO_LIMIT in self.codes["OrdType"]
            case VenueFeature.PEGGED:
                return OrdType.PEGGED in self.codes["OrdType"] and len(pegs) > 1
            case VenueFeature.ICEBERG | VenueFeature.HIDDEN:
                return self.tags["DisplayQty"] > 0
            case VenueFeature.GOOD_TILL_DATE:
                return TimeInForce.GTD in self.codes["TimeInForce"]
            case VenueFeature.AUCTIONS:
                return {TimeInForce.AT_THE_OPENING, TimeInForce.AT_THE_CLOSE} <= self.codes["TimeInForce"].keys()
            case VenueFeature.SELF_MATCH_PREVENTION:
                return self.tags["SelfMatchPreventionInstruction"] > 0
            case VenueFeature.MIN_QTY | VenueFeature.ALL_OR_NONE | VenueFeature.POST_ONLY:
                return True


PLAIN_FIX = RulesOfEngagement()

_FIELDS = (
    "address", "tls", "header", "logon", "tags", "codes", "peg", "cl_ord_id", "order_id", "trade_id", "replace", "avg_px_decimals",
    "time_digits", "not_taken", "drop_copy", "mass_cancel",
)  # fmt: skip
_CHARACTERS = {
    "any": "",
    "alphanumeric": string.ascii_letters + string.digits,
    "upper": string.ascii_uppercase + string.digits,
    "digits": string.digits,
}
_ADDRESS = re.compile(r"\S+:\d{1,5}")

E = TypeVar("E", bound=Enum)


def read_rules(directory: Path) -> dict[str, RulesOfEngagement]:
    """Every `VENUE.yaml` of a directory, by venue; `default.yaml` is that of the others. Raises `FileProblem`."""
    if not directory.is_dir():
        raise FileFault(f"{directory}: give a directory with a file VENUE.yaml for each venue, or default.yaml")
    return {path.stem: read_rules_file(path) for path in sorted(directory.glob("*.yaml"))}


def rules_of(rules: Mapping[str, RulesOfEngagement], venue_id: str) -> RulesOfEngagement:
    """Of a venue: its own, or the default ones, or plain FIX 4.4."""
    return rules.get(venue_id) or rules.get(DEFAULT) or PLAIN_FIX


def read_rules_file(path: Path) -> RulesOfEngagement:
    """Raises `FileProblem`."""
    root = read_yaml(path)
    root.only(_FIELDS)
    rules = RulesOfEngagement(
        address=_address(root.get("address")),
        tls=_tls(root.get("tls"), path.parent),
        header=_header(root.get("header")),
        tags=_tags(root.get("tags")),
        codes=_all_codes(root.get("codes")),
        peg=_choice(root.get("peg"), PegKind, PegKind.EXEC_INST),
        order_id=_choice(root.get("order_id"), OrderIdKind, OrderIdKind.STABLE),
        trade_id=_trade_id(root),
        replace=_choice(root.get("replace"), ReplaceKind, ReplaceKind.IN_PLACE),
        avg_px_decimals=_number(root.get("avg_px_decimals"), 0, 18),
        time_digits=_number(root.get("time_digits"), 0, 9, 3),
        not_taken=frozenset(_one_of(kind, NOT_TAKEN) for kind in root.items("not_taken")),
        drop_copy=_drop_copy(root.get("drop_copy")),
        mass_cancel=_yes(root.get("mass_cancel")),
    )
    return _cl_ord_id(_logon(rules, root.get("logon"), path.parent), root.get("cl_ord_id"))


def _trade_id(root: Field) -> tuple[int, ...]:
    tags = tuple(_number(tag, 1, 99_999) for tag in root.items("trade_id")) or (17,)
    if set(tags) <= set(OF_ONE_REPORT):
        found = root.get("trade_id")
        assert found is not None
        raise found.fault("a correction could not name its trade: give 17, or another tag that lasts, as well")
    return tags


def _address(found: Field | None) -> str:
    if found is None:
        return ""
    if not _ADDRESS.fullmatch(found.text):
        raise found.fault(f"{found.text!r} is no host:port")
    return found.text


def _tls(found: Field | None, folder: Path) -> TlsRules | None:
    if found is None:
        return None
    found.only(("ca", "certificate", "key", "name"))
    files = {key: found.get(key) for key in ("ca", "certificate", "key")}
    paths = {key: _file(node, folder) for key, node in files.items() if node is not None}
    if ("certificate" in paths) is not ("key" in paths):
        raise found.fault("certificate and key go together")
    name = found.get("name")
    return TlsRules(**paths, name=name.text if name is not None else "")


def _file(found: Field, folder: Path) -> Path:
    path = folder / found.text
    if not path.is_file():
        raise found.fault(f"there is no file {path}")
    return path


def _header(found: Field | None) -> tuple[str, ...]:
    if found is None:
        return PLAIN_FIX.header
    found.only(HEADER)
    values = []
    for name, default in zip(HEADER, PLAIN_FIX.header, strict=True):
        node = found.get(name)
        text = default if node is None else node.text
        if node is not None and re.search(r"[{}\x00-\x1f]", re.sub(r"\{(session|venue)\}", "", text)):
            raise node.fault("only {session} and {venue} are filled in")
        values.append(text)
    return tuple(values)


def _drop_copy(found: Field | None) -> str:
    if found is None:
        return ""
    rest = found.text.replace("{session}", "", 1).replace("{venue}", "")
    if "{session}" not in found.text or not rest or re.search(r"[{}\x00-\x1f]", rest):
        raise found.fault("give a name with {session} and something else in it, like {session}-COPY")
    return found.text


def _yes(found: Field | None) -> bool:
    return found is not None and _one_of(found, ("yes", "no")) == "yes"


def _logon(rules: RulesOfEngagement, found: Field | None, folder: Path) -> RulesOfEngagement:
    if found is None:
        return rules
    found.only(("next_expected", "username", "password_file"))
    expected, user, password = (found.get(name) for name in ("next_expected", "username", "password_file"))
    return replace(
        rules,
        next_expected=expected is None or _one_of(expected, ("yes", "no")) == "yes",
        username=user.text if user is not None else "",
        password_file=_file(password, folder) if password is not None else None,
    )


def _cl_ord_id(rules: RulesOfEngagement, found: Field | None) -> RulesOfEngagement:
    if found is None:
        return rules
    found.only(("length_max", "characters"))
    characters = found.get("characters")
    return replace(
        rules,
        cl_ord_id_max=_number(found.get("length_max"), DIGEST_LENGTH_MIN, 255, CL_ORD_ID_MAX),
        cl_ord_id_characters=_CHARACTERS[_one_of(characters, tuple(_CHARACTERS))] if characters is not None else "",
    )


def _tags(found: Field | None) -> Mapping[str, int]:
    if found is None:
        return TAGS
    found.only(tuple(TAGS))
    tags = dict(TAGS)
    for name in found.names():
        tags[name] = _number(found[name], 0, 99_999)
        twice = any(other != name and tag == tags[name] for other, tag in tags.items())
        if tags[name] and (twice or tags[name] in FIXED_TAGS):
            raise found[name].fault(f"tag {tags[name]} is that of another field")
    return MappingProxyType(tags)


def _all_codes(found: Field | None) -> Mapping[str, Codes]:
    if found is None:
        return STANDARD
    found.only(tuple(STANDARD))
    return MappingProxyType({name: _field_codes(codes, found.get(name)) for name, codes in STANDARD.items()})


def _field_codes(standard: Codes, found: Field | None) -> Codes:
    """The standard's, with what the file says otherwise; `none`: the venue has no such thing."""
    if found is None:
        return standard
    by_name: dict[str, Any] = {str(getattr(member, "name", member)): member for member in standard}
    found.only(tuple(by_name))
    codes: dict[Any, str] = dict(standard)
    for name in found.names():
        codes.pop(by_name[name])
        if found[name].text == "none":
            continue
        if found[name].text in codes.values():
            raise found[name].fault(f"the code {found[name].text} is there twice")
        codes[by_name[name]] = found[name].text
    return MappingProxyType(codes)


def _choice(found: Field | None, kind: type[E], default: E) -> E:
    return default if found is None else kind(_one_of(found, tuple(member.value for member in kind)))


def _one_of(found: Field, allowed: tuple[str, ...]) -> str:
    if found.text not in allowed:
        raise found.fault(f"{found.text} is none of {', '.join(allowed)}")
    return found.text


def _number(found: Field | None, least: int, most: int, default: int = 0) -> int:
    if found is None:
        return default
    if not found.text.isdigit() or not least <= int(found.text) <= most:
        raise found.fault(f"{found.text!r} is no whole number from {least} to {most}")
    return int(found.text)
