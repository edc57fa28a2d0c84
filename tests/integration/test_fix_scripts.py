"""The echo acceptor against acceptance scripts over real sockets: ours for every version, and the public ones of FIX 4.2 where they are.

The scripts of a version are played by a few testers at once, each with an acceptor of its own: some wait for heartbeats most of the time.
"""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from queue import SimpleQueue

import pytest

from oms.testing.fix_scripts import Player, ScriptError, difference, main, outgoing, read_patterns, read_script, split
from tests.fix_echo_process import echo

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
OWN = ROOT / "tests" / "golden" / "fix"
PUBLIC = Path(os.environ.get("OMS_SHARED_FIX", ROOT.parent / "shared" / "fix")) / "acceptance-fix42"
TESTERS = 3

VERSIONS = {
    "fix42": ("FIX.4.2", ["any", "fix42"]),
    "fix44": ("FIX.4.4", ["any", "fix44"]),
    "fixt11": ("FIXT.1.1", ["fixt11"]),
}
OURS = [
    (version, path)
    for version, (_, folders) in VERSIONS.items()
    for folder in folders
    for path in sorted((OWN / folder).glob("*.def"))
]


def play_all(paths: list[Path], patterns: Path, begin_string: str, sender: str, *more: str) -> dict[Path, str]:
    """Script → what went wrong, empty where nothing did."""
    work: SimpleQueue[Path] = SimpleQueue()
    for path in sorted(paths, key=lambda path: -_waits(path)):
        work.put(path)
    results: dict[Path, str] = {}

    def tester(_: int) -> None:
        with echo(begin_string, sender, *more) as port:
            player = Player(port, read_patterns(patterns), begin_string)
            while not work.empty():
                path = work.get()
                try:
                    player.play(path)
                    results[path] = ""
                except ScriptError as error:
                    results[path] = str(error)

    with ThreadPoolExecutor(TESTERS) as pool:
        list(pool.map(tester, range(TESTERS)))
    return results


def _waits(path: Path) -> int:
    """Heartbeats and test requests that the tester waits for: long scripts go first."""
    return sum(action.kind == "E" and bool(re.search("\x0135=[01]\x01", action.text)) for action in read_script(path))


@lru_cache
def results() -> dict[str, dict[Path, str]]:
    """Version, or PUBLIC's name → what `play_all` says. All at once: they wait for heartbeats more than they work."""
    ours = ["--target", "CLI", "--no-check-fields-have-values", "FREE"]
    with ThreadPoolExecutor() as pool:
        played = {
            version: pool.submit(
                play_all, [path for of, path in OURS if of == version], OWN / "fields.fmt", begin_string, "ACC", *ours
            )
            for version, (begin_string, _) in VERSIONS.items()
        }
        public = sorted(PUBLIC.glob("*.def"))
        if public:
            arguments = (PUBLIC / "fields.fmt", "FIX.4.2", "ISLD", "--target", "TW42")
            played[PUBLIC.name] = pool.submit(play_all, public, *arguments)
    return {name: future.result() for name, future in played.items()}


@pytest.mark.parametrize(("version", "path"), OURS, ids=[f"{version}-{path.stem}" for version, path in OURS])
def test_the_acceptor_passes_our_script(version: str, path: Path) -> None:
    assert results()[version][path] == ""


@pytest.mark.skipif(not PUBLIC.exists(), reason=f"the public scripts are not at {PUBLIC}")
@pytest.mark.parametrize("path", sorted(PUBLIC.glob("*.def")), ids=lambda path: path.stem)
def test_the_acceptor_passes_the_public_script(path: Path) -> None:
    assert results()[PUBLIC.name][path] == ""


# --- the player must notice


def test_the_player_tells_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logon = "iCONNECT\nI8=FIX.4.2|35=A|34=1|49=CLI|52=<TIME>|56=ACC|98=0|108=30|\n"
    answer = "E8=FIX.4.2|35=A|34=1|49=ACC|52=<TIME>|56=CLI|98=0|108=30|\n"
    scripts = {
        "right.def": logon + answer + "iDISCONNECT\n",
        "value.def": logon + answer.replace("108=30", "108=31"),
        "length.def": logon + answer.replace("35=A", "9=1|35=A"),
        "more.def": logon + answer.replace("98=0|", ""),
        "fewer.def": logon + answer.replace("98=0|", "98=0|99=0|"),
        "message.def": logon + "eDISCONNECT\n",
        "end.def": logon.replace("49=CLI", "49=WHO") + answer,
    }
    for name, text in scripts.items():
        (tmp_path / name).write_text(text)
    with echo("FIX.4.2", "ACC", "--target", "CLI") as port:
        arguments = ["--port", str(port), "--patterns", str(OWN / "fields.fmt")]
        paths = [str(tmp_path / name) for name in scripts]
        assert main([*arguments, paths[0]]) == 0
        assert main([*arguments, *paths]) == 1
    told = capsys.readouterr().out
    for text in (
        "value.def:3: expected 108=31, got 108=30",
        "length.def:3: expected 9=1, got 9=",
        "more.def:3: expected 108=30, got 98=0",
        "fewer.def:3: expected 99=0, got 108=30",
        "message.def:3: expected the end of the connection, got 8=FIX.4.2|",
        "end.def:3: the connection ended, expected 8=FIX.4.2|",
        "1 passed, 6 failed",
    ):
        assert text in told


def test_the_player_leaves_wrong_lengths_and_sums_wrong() -> None:
    assert outgoing("8=FIX.4.2\x0135=0\x01") == b"8=FIX.4.2\x019=5\x0135=0\x0110=161\x01"
    assert outgoing("8=FIX.4.2\x019=99\x0135=0\x0110=1\x01") == b"8=FIX.4.2\x019=99\x0135=0\x0110=1\x01"
    assert outgoing("35=0\x018=FIX.4.2\x01") == b"35=0\x018=FIX.4.2\x01"


def test_a_pattern_holds_from_the_beginning() -> None:
    patterns = {"52": re.compile(r"\d{8}")}
    assert difference(split("52=x\x01"), split("52=20260101-00:00:00\x01"), patterns) == ""
    assert "52" in difference(split("52=x\x01"), split("52=a20260101\x01"), patterns)


def test_a_line_that_is_no_action_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x.def").write_text("iCONNECT\nX8=FIX.4.2|\n")
    with pytest.raises(ScriptError, match=r"x\.def:2: no action"):
        read_script(tmp_path / "x.def")
