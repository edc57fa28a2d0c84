"""`oms fix decode` and `oms fix diff` on files as people have them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from oms.cli.main import run_command_line
from oms.cli.schemas import SCHEMAS
from oms.fix.anonymise import Pseudonyms
from oms.fix.codec import encode, parse
from oms.fix.dictionary import load
from oms.fix.message import Field

HEADER: list[Field] = [(49, b"DESK"), (56, b"VENUE"), (34, b"7"), (52, b"20240229-10:00:00.000")]
ORDER: list[Field] = [
    *HEADER,
    (11, b"C-1"),
    (453, b"1"),
    (448, b"ADA"),
    (452, b"3"),
    (1, b"ALPHA-1"),
    (55, b"IBM"),
    (54, b"1"),
    (60, b"20240229-10:00:00.000"),
    (38, b"100"),
    (40, b"2"),
    (44, b"180.69"),
]
CANCEL: list[Field] = [*HEADER, (41, b"C-1"), (11, b"C-2"), (55, b"IBM"), (54, b"1"), (60, b"20240229-10:00:01.000")]


def frames(*messages: tuple[str, list[Field]]) -> bytes:
    return b"\n".join(encode("FIX.4.4", msg_type, fields) for msg_type, fields in messages) + b"\n"


def written(tmp_path: Path, name: str, data: bytes) -> str:
    (tmp_path / name).write_bytes(data)
    return str(tmp_path / name)


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run_command_line(["fix", *words])
    out, err = capsys.readouterr()
    return code, out, err


def facts(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    code, out, _ = answer(capsys, *words, "--json")
    found = json.loads(out)
    Draft202012Validator(SCHEMAS[f"fix {words[0]}"]).validate(found)
    return code, found


@pytest.mark.parametrize("mark", [b"\x01", b"|", b"^A"])
def test_messages_are_found_in_a_log_however_its_delimiter_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mark: bytes
) -> None:
    log = b"10:00:00 sent: " + frames(("D", ORDER), ("F", CANCEL)).replace(b"\x01", mark) + b"bye\n"
    code, found = facts(capsys, "decode", written(tmp_path, "a.log", log))
    assert code == 0
    assert [(entry["type"], entry["name"], entry["fault"]) for entry in found] == [
        ("D", "NewOrderSingle", ""),
        ("F", "OrderCancelRequest", ""),
    ]
    assert [(field["tag"], field["value"]) for field in found[0]["fields"]] == [(t, v.decode()) for t, v in ORDER]


def test_a_message_is_shown_by_its_dictionary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = answer(
        capsys, "decode", written(tmp_path, "a.log", frames(("D", [*ORDER, (58, b"\x1b[2J"), (999, b"x")])))
    )
    assert code == 0
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["message", "1", "FIX.4.4", "D", "NewOrderSingle"]
    assert ["54", "Side", "1", "Buy"] in lines
    assert "\x1b" not in out, "what a counterparty sent does not drive the terminal"
    assert out.splitlines()[-1] == "  fault: Invalid tag number (999)"
    columns = {line.split()[0]: len(line) - len(line.lstrip()) for line in out.splitlines()}
    assert columns["448"] == columns["453"] + 2, "the fields of a group stand further in"


def test_garbled_and_cut_off_messages_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = frames(("D", ORDER))
    log = whole.replace(b"180.69", b"180.70") + whole + whole[:50]
    code, found = facts(capsys, "decode", written(tmp_path, "a.log", log))
    assert code == 0
    assert [entry["garbled"] for entry in found] == [
        "CheckSum (10) is wrong",
        "",
        "the file ends before its CheckSum (10)",
    ]


def test_standard_input_is_read() -> None:
    command = [sys.executable, "-c", "from oms.cli.main import main; main()", "fix", "decode", "-", "--json"]
    done = subprocess.run(command, input=frames(("D", ORDER)), capture_output=True, check=True, timeout=60)
    assert json.loads(done.stdout)[0]["name"] == "NewOrderSingle"


def test_names_become_pseudonyms_and_stay_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "a.log", frames(("D", [*ORDER, (58, b"call Ada"), (5001, b"secret")]), ("F", CANCEL)))
    _, found = facts(capsys, "decode", path, "--anonymise")
    first, second = ({field["tag"]: field["value"] for field in entry["fields"]} for entry in found)
    assert (first[49], first[56], second[49]) == ("COMP-1", "COMP-2", "COMP-1")
    assert second[41] == first[11] != second[11], "a cancel still points at its order"
    assert (first[448], first[1]) == ("ACCOUNT-1", "ACCOUNT-2")
    assert (first[55], first[54], first[44], first[34]) == ("IBM", "1", "180.69", "7")
    assert not {"C-1", "C-2", "DESK", "VENUE", "ADA", "ALPHA-1", "call Ada", "secret"} & {
        *first.values(),
        *second.values(),
    }


def test_a_pseudonym_of_raw_data_keeps_its_length_right() -> None:
    dictionary = load("FIX.4.4")
    message = parse(encode("FIX.4.4", "B", [*HEADER, (354, b"9"), (355, b"\x01secret!\x01")]), dictionary)
    told = Pseudonyms().of(message, dictionary)
    assert told.raw == b""
    assert parse(encode("FIX.4.4", "B", told.fields), dictionary).fields == told.fields


def test_two_files_that_say_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    later = [(34, b"8") if tag == 34 else (tag, value) for tag, value in ORDER]
    a, b = written(tmp_path, "a", frames(("D", ORDER))), written(tmp_path, "b", frames(("D", later)))
    assert answer(capsys, "diff", a, b) == (0, "the same 1 messages\n", "")
    code, found = facts(capsys, "diff", a, b, "--all")
    assert (code, found["same"]) == (1, False)
    assert [(field["side"], field["tag"], field["value"]) for field in found["differences"][0]["fields"]] == [
        ("a", 34, "7"),
        ("b", 34, "8"),
    ]


def test_what_two_files_say_differently(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dearer = [(44, b"180.70") if tag == 44 else (tag, value) for tag, value in ORDER]
    a = written(tmp_path, "a", frames(("F", CANCEL), ("D", ORDER)))
    b = written(tmp_path, "b", frames(("D", dearer), ("0", HEADER)))
    code, _, err = answer(capsys, "diff", a, b)
    assert code == 1 and err.startswith("oms: ") and "differ" in err
    code, found = facts(capsys, "diff", a, a)
    assert (code, found) == (0, {"same": True, "messages_a": 2, "messages_b": 2, "differences": []})
    c = written(tmp_path, "c", frames(("F", CANCEL), ("D", dearer), ("0", HEADER)))
    _, found = facts(capsys, "diff", a, c)
    assert [(d["a"], d["b"], d["type"]) for d in found["differences"]] == [(2, 2, "D"), (None, 3, "0")]
    assert [(f["side"], f["tag"], f["value"]) for f in found["differences"][0]["fields"]] == [
        ("a", 44, "180.69"),
        ("b", 44, "180.70"),
    ]
    assert "180.70" in answer(capsys, "diff", a, c)[1]


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (("decode", "nowhere.log"), "nowhere.log: No such file", 1),
        (("decode", "{empty}"), "has no FIX message", 1),
        (("decode", "{order}", "--version", "FIX.9"), "no dictionary 'FIX.9'", 2),
        (("decode", "{old}", "--anonymise"), "no dictionary for FIX.4.0", 1),
    ],
)
def test_a_failure_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str, code: int
) -> None:
    paths = {
        "{empty}": written(tmp_path, "empty", b"nothing here\n"),
        "{order}": written(tmp_path, "order", frames(("D", ORDER))),
        "{old}": written(tmp_path, "old", encode("FIX.4.0", "D", ORDER)),
    }
    ended, _, err = answer(capsys, *(paths.get(word, word) for word in words))
    assert ended == code
    assert said in err and err.count("\n") == 1
