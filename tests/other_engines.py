"""FIX engines that are not ours as clients of one session: simplefix, which is a codec and no more, and QuickFIX/J, which has rules of its own.

Both say what a test wants to be said, and keep what was said both ways, session messages included. `Talk`: what tests say the same to whoever
is on the other side.
"""

import select
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import simplefix
from quickfixj import NEEDED, Theirs

from oms.core.reference import FixSession

Pair = tuple[int, str]
BEAT_S = 2
"""What every Logon asks for: who is silent for a moment is asked whether it is there."""

BY_HAND: Pair = (58, "by hand")
"""Text of a Reject (3, j) that a test says, for its own sake."""


@dataclass(frozen=True, slots=True)
class Told:
    """A message as the other engine read it."""

    pairs: tuple[Pair, ...]

    @property
    def msg_type(self) -> str:
        return self.text(35)

    def text(self, tag: int) -> str:
        return next((value for known, value in self.pairs if known == tag), "")

    def all(self, tag: int) -> list[str]:
        return [value for known, value in self.pairs if known == tag]


class Engine(ABC):
    """`heard` and `said`: every message of the session, in order."""

    def __init__(self, terms: FixSession) -> None:
        self.terms = terms
        self.heard: list[Told] = []
        self.said: list[Told] = []

    def types_heard(self) -> set[str]:
        return {told.msg_type for told in self.heard}

    def types_said(self) -> set[str]:
        return {told.msg_type for told in self.said}

    def all(self, msg_type: str) -> list[Told]:
        return [told for told in self.heard if told.msg_type == msg_type]

    def last(self, msg_type: str) -> Told:
        return self.all(msg_type)[-1]

    @abstractmethod
    def log_on(self) -> None:
        """Say so; the answer is heard later."""

    @abstractmethod
    def say(self, msg_type: str, *body: Pair) -> None: ...

    @abstractmethod
    def read(self) -> None:
        """Take what has come."""

    @abstractmethod
    def ask_again(self, number: int) -> None:
        """For everything from this number on, as if it had never come."""

    @abstractmethod
    def skip(self, count: int) -> None:
        """Lose so many numbers of its own; what it is asked for then it fills."""

    @abstractmethod
    def move_on(self, count: int) -> None:
        """Say by a SequenceReset that so many numbers are not used."""

    @abstractmethod
    def log_out(self) -> None: ...

    @property
    @abstractmethod
    def ended(self) -> bool:
        """The connection is no more."""

    @abstractmethod
    def close(self) -> None: ...


def refuses_nothing(*engines: Engine) -> None:
    """No engine has refused what it was told."""
    for engine in engines:
        refusals = [told for told in engine.said if told.msg_type in ("3", "j") and BY_HAND not in told.pairs]
        assert not refusals, [(told.pairs, [t.pairs for t in engine.heard[-3:]]) for told in refusals]


class SimplefixEngine(Engine):
    """Reads and writes with simplefix; what a session has to answer is here, by hand."""

    def __init__(self, port: int, terms: FixSession) -> None:
        super().__init__(terms)
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._parser = simplefix.FixParser()
        self._next, self._over = 1, False

    def log_on(self) -> None:
        version = ((1137, self.terms.appl_ver_id),) if self.terms.appl_ver_id else ()
        self.say("A", (98, "0"), (108, str(BEAT_S)), *version)

    def say(self, msg_type: str, *body: Pair) -> None:
        message = simplefix.FixMessage()
        for tag, value in ((8, self.terms.begin_string), (35, msg_type), (34, self._next)):
            message.append_pair(tag, value)
        for tag, value in ((49, self.terms.comp_id), (56, self.terms.our_comp_id)):
            message.append_pair(tag, value)
        message.append_utc_timestamp(52, datetime.now(UTC).replace(tzinfo=None))
        for tag, value in body:
            message.append_pair(tag, value)
        self._next += 1
        self.said.append(_pairs(message))
        self._socket.sendall(message.encode())

    def read(self) -> None:
        if self._over or not select.select([self._socket], [], [], 0)[0]:
            return
        data = self._socket.recv(65_536)
        self._over = not data
        self._parser.append_buffer(data)
        while (message := self._parser.get_message()) is not None:
            told = _pairs(message)
            self.heard.append(told)
            self._answer(told)

    def _answer(self, told: Told) -> None:
        if told.msg_type == "1":
            self.say("0", (112, told.text(112)))
        elif told.msg_type == "2":
            number, self._next = self._next, int(told.text(7))
            self.say("4", (123, "Y"), (36, str(number)))
            self._next = number

    def ask_again(self, number: int) -> None:
        self.say("2", (7, str(number)), (16, "0"))

    def skip(self, count: int) -> None:
        self._next += count
        self.say("0")

    def move_on(self, count: int) -> None:
        following = self._next + count
        self.say("4", (123, "N"), (36, str(following)))
        self._next = following

    def log_out(self) -> None:
        self.say("5")

    @property
    def ended(self) -> bool:
        return self._over

    def close(self) -> None:
        self._socket.close()


def _pairs(message: simplefix.FixMessage) -> Told:
    return Told(tuple((int(tag), value.decode("latin-1")) for tag, value in message.pairs))


class QuickfixjEngine(Engine):
    """QuickFIX/J as initiator with its dictionary's validation on: what it refuses, it answers with a Reject of its own."""

    def __init__(self, port: int, terms: FixSession) -> None:
        super().__init__(terms)
        names = (f"SenderCompID={terms.comp_id}", f"TargetCompID={terms.our_comp_id}")
        version = (f"BeginString={terms.begin_string}", f"DefaultApplVerID={terms.appl_ver_id}")
        self._engine = Theirs(
            "initiator", port, *names, *version[: 2 if terms.appl_ver_id else 1], "HeartBtInt=30", f"LogonHeartBtInt={BEAT_S}"
        )  # fmt: skip
        self._lines = 0

    def log_on(self) -> None:
        """It does so when it is there."""

    def say(self, msg_type: str, *body: Pair) -> None:
        self._engine.do("send " + "|".join((f"35={msg_type}", *(f"{tag}={value}" for tag, value in body))))

    def read(self) -> None:
        lines = self._engine.look()
        while self._lines < len(lines):
            way, _, message = lines[self._lines].partition(" ")
            self._lines += 1
            if way in ("in", "out"):
                fields = [field.partition("=") for field in message.rstrip("\x01").split("\x01")]
                told = Told(tuple((int(tag), value) for tag, _, value in fields))
                (self.heard if way == "in" else self.said).append(told)

    def ask_again(self, number: int) -> None:
        """The next message that comes is too high for it."""
        self._engine.do(f"expect {number}")

    def skip(self, count: int) -> None:
        self._engine.do(f"number {self._next() + count}")
        self.say("0")

    def move_on(self, count: int) -> None:
        following = self._next() + 1 + count
        self.say("4", (123, "N"), (36, str(following)))
        self._engine.do(f"number {following}")

    def _next(self) -> int:
        """The number that it gives next; nothing is on its way out when a test asks."""
        time.sleep(0.1)
        self.read()
        return 1 + max(int(told.text(34)) for told in self.said if not told.text(43))

    def log_out(self) -> None:
        self._engine.do("logout")

    @property
    def ended(self) -> bool:
        return "logout" in self._engine.look()

    def close(self) -> None:
        self._engine.stop()


Kind = type[SimplefixEngine] | type[QuickfixjEngine]
KINDS = [pytest.param(SimplefixEngine, id="simplefix"), pytest.param(QuickfixjEngine, id="quickfixj", marks=NEEDED)]


def now() -> Pair:
    """TransactTime."""
    return 60, datetime.now(UTC).strftime("%Y%m%d-%H:%M:%S")


@dataclass
class Talk(ABC):
    """`engine`: who talks; `copy`: who is told of it on a drop copy session."""

    engine: Engine
    copy: Engine

    @abstractmethod
    def until(self, holds: Callable[[], object]) -> None:
        """Let everybody go on until something holds; no engine refuses what it is told meanwhile."""

    def answered(self, msg_type: str, count: int = 1) -> Told:
        """The `count`-th message of this type, sent again or not."""
        self.until(lambda: len(self.engine.all(msg_type)) >= count)
        return self.engine.all(msg_type)[count - 1]

    def ask_for_market(self, name: str, kind: str, symbol: str = "ACME") -> None:
        """Both sides of an instrument; `kind`: SubscriptionRequestType (263)."""
        sides = ((267, "2"), (269, "0"), (269, "1"))
        self.engine.say("V", (262, name), (263, kind), (264, "0"), (265, "1"), *sides, (146, "1"), (55, symbol))

    def keep_the_session(
        self, is_kept: Callable[[Told], bool], is_again: Callable[[Told], bool], incomplete: tuple[Pair, ...]
    ) -> Told:
        """Every message of the session layer, both ways, to its end. What `is_kept` is sent again, as what `is_again`; `incomplete`: of an order
        that lacks something. The Reject of it."""
        engine = self.engine
        engine.say("1", (112, "there?"))
        self.until(lambda: any(told.text(112) == "there?" for told in engine.all("0")))
        self.until(lambda: engine.all("1"))  # silent for a moment
        engine.say("0")
        kept = len([told for told in engine.heard if is_kept(told)])
        engine.ask_again(1)
        self.until(lambda: len([told for told in engine.heard if is_again(told)]) == kept)
        assert any(told.text(123) == "Y" for told in engine.all("4"))
        engine.skip(5)
        self.until(
            lambda: engine.all("2") and any(told.text(123) == "Y" for told in engine.said if told.msg_type == "4")
        )
        engine.say("D", *incomplete)
        reject = self.answered("3")
        engine.say("3", (45, "1"), BY_HAND)
        engine.move_on(20)
        engine.say("1", (112, "after"))
        self.until(lambda: any(told.text(112) == "after" for told in engine.all("0")))
        engine.log_out()
        self.until(lambda: engine.all("5") and engine.ended)
        return reject
