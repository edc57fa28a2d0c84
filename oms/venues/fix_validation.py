"""The dictionary that a venue holds messages to: FIX 4.4, with the tags and codes of its rules of engagement.

What FIX 4.4 has needs no word here: only codes that it does not list, and fields that came later or that a venue made up.
"""

from functools import lru_cache

from oms.fix.dictionary import Dictionary, load
from oms.venues.fix_envelope import BEGIN_STRING
from oms.venues.fix_rules import RulesOfEngagement

_TAG_OF_CODES = {
    "Side": 54, "OrdType": 40, "TimeInForce": 59, "OrdStatus": 39, "ExecType": 150, "ExecInst": 18, "PegExecInst": 18,
    "ExecRestatementReason": 378, "OrdRejReason": 103, "CxlRejReason": 102, "LastLiquidityInd": 851,
}  # fmt: skip
_TYPES = {
    "ExDestination": ("Exchange", "D"), "Market": ("Exchange", "8"), "DisplayQty": ("Qty", "D G 8"), "PegPriceType": ("int", "D G"),
    "PegOffsetValue": ("Price", "D G"), "ExposureDuration": ("int", "D G"), "ExposureDurationUnit": ("int", "D G"),
    "SelfMatchPreventionInstruction": ("int", "D"), "SelfMatchPreventionID": ("String", "D"), "PeggedPrice": ("Price", "8"),
    "CumNotional": ("Amt", "8"),
}  # fmt: skip
"""Type of the field, and the messages that carry it."""


def dictionary_of(rules: RulesOfEngagement) -> Dictionary:
    return _load(_custom(rules))


@lru_cache(maxsize=64)
def _load(custom: str) -> Dictionary:
    return load(BEGIN_STRING, custom)


def _custom(rules: RulesOfEngagement) -> str:
    base = load(BEGIN_STRING)
    lines = []
    for name, tag in _TAG_OF_CODES.items():
        spec = base.fields[tag]
        new = [code for code in rules.codes[name].values() if code.encode() not in spec.values]
        if new:
            lines.append(f"{tag} {spec.name} {spec.type} " + " ".join(f"{code}={name}{code}" for code in new))
    for name, (kind, messages) in _TYPES.items():
        tag = rules.tags[name]
        if not tag:
            continue
        if tag not in base.fields:
            lines.append(f"{tag} {name} {kind}")
        lines += [f"add {msg_type} {tag}" for msg_type in messages.split() if not _has(base, msg_type, tag)]
    return "\n".join(lines)


def _has(base: Dictionary, msg_type: str, tag: int) -> bool:
    layout = base.layout(msg_type)
    return layout is not None and tag in layout.members
