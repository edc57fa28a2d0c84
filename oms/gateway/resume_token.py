"""A resume token: where a subscriber stands in the journals of its desk's partition. Opaque to clients.

It names the next offset of `oms.risk` and of `oms.routing`, each with what the run rule needs to go on judging from there (the epoch, and
whether its run is unbroken), and the desk it was given for. A record below the token's position of its topic is what the client has; what
was delivered in between, and in which order, does not matter, so every replica understands every other's tokens.
"""

import base64
import binascii
import zlib
from dataclasses import dataclass

from oms.core.run_rule import RunPosition
from oms.wire import topics

_VERSION = "1"
_FIELDS = 9
_OFFSET_MAX = 2**62


class TokenError(Exception):
    """The text is no token of ours."""


@dataclass(frozen=True, slots=True)
class ReadVector:
    """A read position in each of the two journals that a desk's updates come from."""

    risk: RunPosition
    routing: RunPosition

    def offset(self, topic: str) -> int:
        return self.risk.next_offset if topic == topics.RISK else self.routing.next_offset

    def skips(self, topic: str, offset: int) -> bool:
        """Whether whoever stands here has that record already."""
        return offset < self.offset(topic)

    def covers(self, other: "ReadVector") -> bool:
        """Whether everything that `other` has is in here too."""
        return self.risk.next_offset >= other.risk.next_offset and self.routing.next_offset >= other.routing.next_offset

    def joined(self, other: "ReadVector") -> "ReadVector":
        """What both have together."""
        return ReadVector(_later(self.risk, other.risk), _later(self.routing, other.routing))


@dataclass(frozen=True, slots=True)
class ResumeToken:
    desk_id: str
    partition: int
    vector: ReadVector


def encode_token(token: ResumeToken) -> str:
    risk, routing = token.vector.risk, token.vector.routing
    parts = [_VERSION, token.desk_id, str(token.partition), *_written(risk), *_written(routing)]
    body = ":".join(parts).encode()
    return base64.urlsafe_b64encode(body + zlib.crc32(body).to_bytes(4, "big")).decode()


def decode_token(text: str) -> ResumeToken:
    """TokenError where it is none of ours, or was changed on the way."""
    try:
        raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        body, checksum = raw[:-4], raw[-4:]
        if zlib.crc32(body).to_bytes(4, "big") != checksum:
            raise TokenError("its checksum is wrong")
        parts = body.decode("ascii").split(":")
        if len(parts) != _FIELDS or parts[0] != _VERSION:
            raise TokenError("it is of another version")
        return ResumeToken(parts[1], int(parts[2]), ReadVector(_read(parts[3:6]), _read(parts[6:9])))
    except (binascii.Error, ValueError) as error:
        raise TokenError("it is not a token of this service") from error


def _written(position: RunPosition) -> tuple[str, str, str]:
    return str(position.next_offset), str(position.epoch), str(int(position.unbroken))


def _read(parts: list[str]) -> RunPosition:
    next_offset, epoch, unbroken = (int(part) for part in parts)
    if not (0 <= next_offset < _OFFSET_MAX and -1 <= epoch < max(next_offset, 1) and unbroken in (0, 1)):
        raise TokenError("its positions make no sense")
    return RunPosition(next_offset, epoch, bool(unbroken))


def _later(one: RunPosition, other: RunPosition) -> RunPosition:
    return one if one.next_offset >= other.next_offset else other
