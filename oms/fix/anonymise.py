"""Messages without names: what tells who traded becomes a pseudonym, the same one wherever the value comes again.

Everything that is free text becomes one, tags that no dictionary knows included, but for the few fields below that say what was traded
and how. Prices, quantities, times and listed values stay: they are what a message is about. Pseudonyms are numbered in the order of
appearance, so nothing can be computed back from them.
"""

from oms.fix.dictionary import DATA_TYPES, Dictionary
from oms.fix.message import Field, Message

_KEPT_NAMES = """
BeginString MsgType RefMsgType Symbol SymbolSfx SecurityID CFICode SecurityType SecurityExchange SecurityDesc Currency SettlCurrency
LastMkt ExDestination MaturityMonthYear TradingSessionID TradingSessionSubID MDEntryRefID ApplVerID DefaultApplVerID CstmApplVerID
RefApplVerID
"""
KEPT = frozenset(_KEPT_NAMES.split())
"""Free texts that name instruments, markets and versions, nobody's name."""
FREE_TYPES = frozenset({"String", *DATA_TYPES})
COMP_ID_TAGS = frozenset({49, 50, 56, 57, 115, 116, 128, 129, 142, 143, 144, 145, 628})
ACCOUNT_TAGS = frozenset({1, 79, 448, 523, 524, 525, 539, 545, 671})


class Pseudonyms:
    """One for all messages that are to be read together."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, bytes], bytes] = {}
        self._numbers: dict[str, int] = {}

    def of(self, message: Message, dictionary: Dictionary) -> Message:
        """The message with pseudonyms; raw data keeps its length field right. `raw` is empty: it has the names."""
        fields: list[Field] = []
        for tag, value in message.fields:
            kind = _kind(tag, value, dictionary)
            changed = self._pseudonym(kind, value) if kind else value
            if fields and dictionary.data_of.get(fields[-1][0]) == tag:
                fields[-1] = (fields[-1][0], b"%d" % len(changed))
            fields.append((tag, changed))
        return Message(message.msg_type, tuple(fields), message.begin_string)

    def _pseudonym(self, kind: str, value: bytes) -> bytes:
        if (kind, value) not in self._given:
            self._numbers[kind] = self._numbers.get(kind, 0) + 1
            self._given[kind, value] = b"%b-%d" % (kind.encode("ascii"), self._numbers[kind])
        return self._given[kind, value]


def _kind(tag: int, value: bytes, dictionary: Dictionary) -> str:
    """COMP, ACCOUNT, ID or TEXT; empty for a value that stays."""
    if not value:
        return ""
    if tag in COMP_ID_TAGS:
        return "COMP"
    if tag in ACCOUNT_TAGS:
        return "ACCOUNT"
    spec = dictionary.fields.get(tag)
    if spec is None:
        return "TEXT"
    if spec.type not in FREE_TYPES or spec.name in KEPT or value in spec.values:
        return ""
    return "ID" if spec.name.endswith(("ID", "Id", "id")) else "TEXT"
