"""Random messages that keep the rules of their dictionary: drawn from the description of a message, required and optional fields, groups
within groups, values of every type."""

from random import Random

from oms.fix.dictionary import LIST_TYPES, Dictionary, FieldSpec, Layout
from oms.fix.message import Field, Message

NOT_LISTED = frozenset({8, 9, 10, 35})
DATA = bytes(range(256))


def valid_message(random: Random, dictionary: Dictionary, msg_type: str, optional: float = 0.2) -> Message:
    """`optional`: how likely a field that may be absent is there."""
    draw = _Draw(random, dictionary, optional)
    header = draw.fields(dictionary.header)
    body = draw.fields(dictionary.messages[msg_type].layout)
    trailer = draw.fields(dictionary.trailer)
    return Message(msg_type, (*header, *body, *trailer), dictionary.begin_string)


class _Draw:
    def __init__(self, random: Random, dictionary: Dictionary, optional: float) -> None:
        self.random, self.dictionary, self.optional = random, dictionary, optional
        self.length_of = {data: length for length, data in dictionary.data_of.items()}

    def fields(self, layout: Layout, depth: int = 0) -> list[Field]:
        """In the order of the description; the first field of a group is always there."""
        found: list[Field] = []
        for tag, required in layout.members.items():
            wanted = (
                required or (depth > 0 and tag == layout.first) or self.random.random() < self.optional / (depth + 1)
            )
            if tag in NOT_LISTED or not wanted or self.dictionary.data_of.get(self.length_of.get(tag, 0)) == tag:
                continue
            if tag in self.dictionary.data_of:
                found += self.raw_data(tag)
            elif tag in layout.groups:
                listed = [int(value) for value in self.dictionary.fields[tag].values]
                count = self.random.choice(listed or (0, 1, 1, 2, 3))
                instances = [self.fields(layout.groups[tag], depth + 1) for _ in range(count)]
                found.append((tag, b"%d" % len(instances)))
                found += [field for instance in instances for field in instance]
            else:
                found.append((tag, self.value(self.dictionary.fields[tag])))
        return found

    def raw_data(self, tag: int) -> list[Field]:
        data = bytes(self.random.choices(DATA, k=self.random.randrange(1, 30)))
        return [(tag, b"%d" % len(data)), (self.dictionary.data_of[tag], data)]

    def value(self, spec: FieldSpec) -> bytes:
        draw = self.random
        if spec.values:
            listed = list(spec.values)
            return (
                b" ".join(draw.sample(listed, min(len(listed), draw.choice((1, 1, 2)))))
                if spec.type in LIST_TYPES
                else draw.choice(listed)
            )
        date = b"%04d%02d%02d" % (draw.randrange(1990, 2040), draw.randrange(1, 13), draw.randrange(1, 29))
        time = b"%02d:%02d:%02d" % (draw.randrange(24), draw.randrange(60), draw.randrange(60)) + draw.choice(
            (b"", b".123", b".123456789")
        )
        match spec.type:
            case "int":
                return b"%d" % draw.randrange(-(10**17), 10**17)
            case "Length" | "NumInGroup" | "SeqNum" | "TagNum":
                return b"%d" % draw.randrange(10**9)
            case "DayOfMonth":
                return b"%d" % draw.randrange(1, 32)
            case "float" | "Qty" | "Price" | "PriceOffset" | "Amt" | "Percentage":
                return draw.choice(
                    (
                        b"%d" % draw.randrange(10**9),
                        b"-%d.%d" % (draw.randrange(10**6), draw.randrange(10**6)),
                        b"007.50",
                    )
                )
            case "char":
                return draw.choice((b"A", b"z", b"7"))
            case "MultipleCharValue" | "MultipleStringValue" | "MultipleValueString":
                return draw.choice((b"A", b"A b 7"))
            case "Boolean":
                return draw.choice((b"Y", b"N"))
            case "MonthYear":
                return draw.choice((date, date[:6], date[:6] + b"w3"))
            case "UTCTimestamp":
                return date + b"-" + time
            case "UTCTimeOnly":
                return time
            case "UTCDateOnly" | "LocalMktDate":
                return date
            case "TZTimeOnly":
                return time + draw.choice((b"Z", b"+01", b"-05:30"))
            case "TZTimestamp":
                return date + b"-" + time + b"Z"
            case _:
                return bytes(draw.choices(b"ABCxyz 019.-/\xe4", k=draw.randrange(1, 12)))
