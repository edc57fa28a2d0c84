"""`oms fix send` as a person types it: over real sockets, against the acceptor that echoes; and what it says, held against the dictionary."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from fix_echo_process import echo
from jsonschema import Draft202012Validator

from oms.cli.fix_bodies import Kind, Terms, body_of, msg_type_of, pairs_of, with_pairs
from oms.cli.fix_login import Party
from oms.cli.fix_send import ANSWERED, REFUSED, _verdict
from oms.cli.instance import UsageError
from oms.cli.main import run_command_line
from oms.cli.schemas import SCHEMAS
from oms.core.enums import OrdType, Side, TimeInForce
from oms.fix.codec import encode, parse
from oms.fix.dictionary import load
from oms.fix.fields import from_utc_ns
from oms.fix.message import Field, Message
from oms.fix.session import SessionConfig, SessionState
from oms.fix.validation import rejection
from oms.testing.client_world import fix_session
from oms.testing.fix_echo import EchoServer

NOW_NS = 1_732_800_000_000_000_000
VERSIONS = ("FIX.4.2", "FIX.4.4", "FIX.5.0SP2")
TERMS = Terms("c2", "c1", Side.BUY, "10", "ACME", "98.50", "", "A1", None, TimeInForce.GTC)
ORDER = ("11=a1", "21=1", "55=ACME", "54=1", "60=20260101-00:00:00", "38=10", "40=1")
CANCEL = ("41=a1", "11=a2", "55=ACME", "54=1", "60=20260101-00:00:00", "38=10")


def message(version: str, msg_type: str, body: tuple[Field, ...]) -> Message:
    begin = "FIXT.1.1" if version == "FIX.5.0SP2" else version
    header = ((49, b"ALPHA"), (56, b"OMS"), (34, b"2"), (52, from_utc_ns(NOW_NS)))
    return parse(encode(begin, msg_type, (*header, *body)), load(version))


@pytest.mark.parametrize(("version", "kind"), [*product(VERSIONS, Kind)])
def test_every_message_is_one_of_its_version(version: str, kind: Kind) -> None:
    if (version, kind) == ("FIX.4.2", Kind.mass_cancel):
        with pytest.raises(UsageError, match="no mass cancel"):
            body_of(kind, TERMS, version, NOW_NS)
        return
    types = {Kind.new: "D", Kind.replace: "G", Kind.cancel: "F", Kind.status: "H", Kind.mass_cancel: "q"}
    said = message(version, types[kind], body_of(kind, TERMS, version, NOW_NS))
    assert rejection(said, Party("s", version, "A", "B", terms=fix_session(version=version)).dictionary) is None
    assert (said.text(11), said.text(41)) == {
        Kind.new: ("c2", ""), Kind.replace: ("c2", "c1"), Kind.cancel: ("c2", "c1"), Kind.status: ("c1", ""),
        Kind.mass_cancel: ("c2", ""),
    }[kind]  # fmt: skip
    if kind in (Kind.new, Kind.replace):
        assert [said.text(tag) for tag in (1, 55, 54, 38, 40, 44, 59)] == ["A1", "ACME", "1", "10", "2", "98.50", "1"]


@pytest.mark.parametrize(
    ("price", "stop", "kind"),
    [("", "", OrdType.MARKET), ("9", "", OrdType.LIMIT), ("", "9", OrdType.STOP), ("8", "9", OrdType.STOP_LIMIT)],
)
def test_the_type_follows_from_the_prices(price: str, stop: str, kind: OrdType) -> None:
    body = dict(body_of(Kind.new, Terms("c", "", Side.SELL, "1", "ACME", price, stop), "FIX.4.4", NOW_NS))
    codes = {OrdType.MARKET: b"1", OrdType.LIMIT: b"2", OrdType.STOP: b"3", OrdType.STOP_LIMIT: b"4"}
    assert body[40] == codes[kind]


def test_what_must_be_said_is_asked_for() -> None:
    for terms, option in (
        (Terms("c", "o", None, "1", "ACME"), "--side"),
        (Terms("c", "o", Side.BUY, "", "ACME"), "--qty"),
    ):
        with pytest.raises(UsageError, match=option):
            body_of(Kind.cancel, terms, "FIX.4.4", NOW_NS)


def test_fields_as_a_log_shows_them() -> None:
    line = "8=FIX.4.4|9=100|35=D|34=7|49=A|56=B|52=20260101-00:00:00|11=a|58=x=y|10=001|"
    assert msg_type_of(line) == "D"
    assert pairs_of([line, "18=6"]) == ((11, b"a"), (58, b"x=y"), (18, b"6"))
    for wrong in ("11", "=a", "0=a", "x=1", "11="):
        with pytest.raises(UsageError, match="TAG=VALUE"):
            pairs_of([wrong])
    with pytest.raises(UsageError, match="no message"):
        msg_type_of("order")
    body = ((11, b"a"), (55, b"ACME"), (44, b"1"))
    assert with_pairs(body, ((44, b"2"), (78, b"2"), (79, b"x"), (79, b"y"))) == (
        (11, b"a"), (55, b"ACME"), (44, b"2"), (78, b"2"), (79, b"x"), (79, b"y"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "answer", "body", "expected"),
    [
        ("D", "8", ((11, b"c2"), (150, b"A"), (39, b"A")), ""),
        ("D", "8", ((11, b"c2"), (150, b"0"), (39, b"0")), ANSWERED),
        ("D", "8", ((11, b"c2"), (150, b"8"), (39, b"8")), REFUSED),
        ("D", "8", ((11, b"other"), (150, b"0"), (39, b"0")), ""),
        ("F", "8", ((11, b"c2"), (150, b"6"), (39, b"6")), ""),
        ("F", "9", ((11, b"c2"), (39, b"2")), REFUSED),
        ("H", "8", ((11, b"newer"), (150, b"I"), (39, b"0")), ANSWERED),
        ("q", "r", ((11, b"c2"), (531, b"0")), REFUSED),
        ("q", "r", ((11, b"c2"), (531, b"7")), ANSWERED),
        ("D", "3", ((45, b"2"),), REFUSED),
        ("D", "j", ((45, b"1"),), ""),
        ("V", "W", ((262, b"m"),), ANSWERED),
    ],
)
def test_what_an_answer_says(sent: str, answer: str, body: tuple[Field, ...], expected: str) -> None:
    ours = message("FIX.4.4", sent, ((11, b"c2"),))
    assert _verdict(message("FIX.4.4", answer, body), ours, 2) == expected


# -- over sockets -----------------------------------------------------------------------------------------------------------


class Typing:
    """`oms fix send` to an acceptor at a port."""

    def __init__(self, port: int, data: Path, capsys: pytest.CaptureFixture[str], version: str = "FIX.4.2") -> None:
        self._capsys = capsys
        self._who = ["--at", f"127.0.0.1:{port}", "--version", version, "--sender", "TW42", "--target", "ISLD"]
        self._who += ["--data", str(data), "--wait", "3"]

    def run(self, *words: str) -> tuple[int, str, str]:
        self._capsys.readouterr()
        code = run_command_line(["fix", "send", *self._who, *words])
        out, err = self._capsys.readouterr()
        return code, out, err

    def json(self, *words: str, code: int = 0) -> dict[str, Any]:
        got, out, err = self.run(*words, "--json")
        assert got == code, (out, err)
        value: dict[str, Any] = json.loads(out)
        Draft202012Validator(SCHEMAS["fix send"]).validate(value)
        return value


@contextmanager
def acceptor() -> Iterator[int]:
    """One whose sessions keep their numbers, as the order gateway's do: its port."""
    config = SessionConfig("FIX.4.2", "ISLD", "TW42", is_initiator=False)
    server, loop, listening = EchoServer({config.id: config}), asyncio.new_event_loop(), Event()

    async def serve() -> None:
        await server.start()
        listening.set()

    def run() -> None:
        loop.run_until_complete(serve())
        loop.run_forever()

    thread = Thread(target=run)
    thread.start()
    try:
        assert listening.wait(10)
        yield server.port
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def test_inv_460_a_command_goes_on_with_the_numbers_of_the_one_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with acceptor() as port:
        oms = Typing(port, tmp_path, capsys)
        first = oms.json("D", *ORDER)
        assert first["reset"] and [(m["direction"], m["type"], m["number"]) for m in first["messages"]] == [
            ("OUT", "D", 2),
            ("IN", "D", 2),
        ]
        (kept,) = tmp_path.glob("fix-send/*.json")
        assert json.loads(kept.read_text()) == {"next_in": 4, "next_out": 4}, "logon, order and logout"
        second = oms.json("D", *ORDER)
        assert not second["reset"] and [m["number"] for m in second["messages"]] == [5, 5]
        kept.write_text(json.dumps({"next_in": 3, "next_out": 7}))
        missed = oms.json()
        assert [(m["number"], m["resent"]) for m in missed["messages"]] == [(5, True)], "what we never took comes again"
        kept.write_text(json.dumps({"next_in": 3, "next_out": 3}))
        code, _, err = oms.run("D", *ORDER)
        assert code == 1 and "MsgSeqNum too low" in err and "--reset" in err
        anew = oms.json("D", *ORDER, "--reset")
        assert anew["reset"] and anew["messages"][0]["number"] == 2
        kept.write_text("{}")
        code, _, err = oms.run("D", *ORDER)
        assert code == 1 and "--reset" in err


def test_what_is_refused_ends_with_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with acceptor() as port:
        oms = Typing(port, tmp_path, capsys)
        refused = oms.json("D", "11=a1", code=1)["messages"][-1]
        assert (refused["type"], refused["name"]) == ("3", "Reject")
        assert {field["name"]: field["value"] for field in refused["fields"]}["RefSeqNum"] == "2"
        assert oms.json("F", *CANCEL, code=1)["messages"][-1]["type"] == "j"
        code, out, err = oms.run("D", *ORDER, "--csv")
        assert (code, err) == (0, "") and out.splitlines()[1].startswith("OUT,")
        _, out, _ = oms.run("new", "--side", "buy", "--qty", "10", "--instrument", "ACME", "--limit", "9.5", "--fields")
        assert "54  Side                        1  Buy" in out
        _, out, _ = oms.run("new", "--side", "buy", "--qty", "10", "--instrument", "ACME", "--limit", "9.5", "44=9.6")
        assert "TW42 to ISLD" in out and "NewOrderSingle" in out


def test_who_may_not_log_on_is_told_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with echo("FIX.4.2", "ISLD", "--target", "OTHER") as port:
        code, _, err = Typing(port, tmp_path, capsys).run("D", *ORDER)
        assert code == 3 and "takes the logon of TW42" in err and err.count("\n") == 1
    code, _, err = Typing(port, tmp_path, capsys).run("D", *ORDER)
    assert code == 3 and "takes the logon" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nonsense",), "is no message"),
        (("cancel",), "give --order"),
        (("D", "11"), "TAG=VALUE"),
        (("D", *ORDER, "--at", "nowhere"), "HOST:PORT"),
        (("D", *ORDER, "--key", "k.pem"), "go with --ca"),
        (("D", *ORDER, "--at", "a..b:1"), "HOST:PORT"),
        (("D", *ORDER, "--at", "localhost:²"), "HOST:PORT"),
        (("D", *ORDER, "--sender", "Ł"), "printable ASCII"),
        (("D", *ORDER, "--target", "A\x01B"), "printable ASCII"),
        (("D", *ORDER, "--sender", "X" * 300), "at most 64"),
        (("D", *ORDER, "95=5", "96=abc"), "96"),
        (("A",), "the session's own"),
        (("4", "36=9"), "the session's own"),
        (("8=FIX.4.4|35=5|",), "the session's own"),
        (("new", "--side", "buy", "--qty", "1", "--instrument", "ACME", "--id", "a b"), "printable"),
    ],
)
def test_wrong_usage_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    code, _, err = Typing(1, tmp_path, capsys).run(*words)
    assert code == 2 and said in err and err.count("\n") == 1


def test_a_session_is_one_commands_at_a_time(tmp_path: Path) -> None:
    from oms.cli.fix_login import numbers_of
    from oms.cli.instance import CliError

    party = Party("alpha-fix", "FIX.4.4", "ALPHA", "OMS")
    with numbers_of(party, tmp_path, None, False) as numbers:
        assert numbers.reset
        with pytest.raises(CliError, match="another"), numbers_of(party, tmp_path, None, False):
            pass
    with numbers_of(party, tmp_path, None, False):
        pass
    strict = Party("alpha-fix", "FIX.4.4", "ALPHA", "OMS", may_reset=False)
    with numbers_of(strict, tmp_path, None, False) as numbers:
        assert not numbers.reset and numbers.state == SessionState()
        numbers.keep(SessionState(next_in=8, next_out=9))
    with numbers_of(strict, tmp_path, None, False) as numbers:
        assert numbers.state.next_out == 9
        assert numbers.path.stat().st_mode & 0o777 == 0o600, "written as `oms.runtime.private_file` writes: synced"
    with numbers_of(strict, tmp_path, None, True) as numbers:
        assert not numbers.reset and numbers.state == SessionState(), (
            "after `oms fix reset` both begin at 1 without 141=Y"
        )


def test_two_sessions_have_two_files(tmp_path: Path) -> None:
    from oms.cli.fix_login import numbers_of

    with (
        numbers_of(Party("1", "FIX.4.4", "A-B", "C"), tmp_path, None, False) as one,
        numbers_of(Party("2", "FIX.4.4", "A", "B-C"), tmp_path, None, False) as two,
    ):
        assert one.path != two.path


@pytest.mark.parametrize("kept", ["Infinity", "1e999", "[]", "9" * 30, "-1", "null"])
def test_numbers_that_cannot_be_are_told_and_not_used(tmp_path: Path, kept: str) -> None:
    from oms.cli.fix_login import numbers_of
    from oms.cli.instance import CliError

    party = Party("alpha-fix", "FIX.4.4", "ALPHA", "OMS")
    with numbers_of(party, tmp_path, None, False) as numbers:
        numbers.path.write_text(f'{{"next_in": 1, "next_out": {kept}}}')
    with pytest.raises(CliError, match="damaged"), numbers_of(party, tmp_path, None, False):
        pass
