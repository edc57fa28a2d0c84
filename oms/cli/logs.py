"""`oms logs SERVICE`: what a process of the local system wrote, for people; also when the system is stopped.

Reads `<data>/logs`, the run before included (a process that is started again begins a new file and keeps the old one). Structured
lines are shown as time, level, message, and what they are about; anything else (a traceback, a venue's word) as it is.
"""

import json
import re
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from oms.cli.completion import complete_log
from oms.cli.instance import DataOption, JsonOption, NotRunning, UsageError, data_directory
from oms.cli.output import print_json

FOLLOW_POLL_S = 0.2
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LINE_BYTES_MAX = 1_000_000

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What a log line may not do to a terminal."""

Line = dict[str, Any]


def register(app: typer.Typer) -> None:
    app.command("logs")(logs)


def logs(
    service: Annotated[
        str,
        typer.Argument(help="A service, `venues`, `kafka`; without one: which there are.", autocompletion=complete_log),
    ] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is written; Ctrl-C ends.")] = False,
    count: Annotated[int, typer.Option("--lines", "-n", min=0, max=1_000_000, help="The last so many.")] = 50,
    level: Annotated[str, typer.Option("--level", help="This level and above: DEBUG, INFO, WARNING, ERROR.")] = "",
    order: Annotated[str, typer.Option("--order", help="Only lines about this order (or any text).")] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the log of a service of the local system, running or not. With --json and -f: one object a line."""
    wanted = _filter(level.upper(), order)
    files = log_files(data_directory(data))
    if service not in files:
        said = (
            f"there are {', '.join(sorted(files))}" if files else f"there are none in {data_directory(data) / 'logs'}"
        )
        if not files:
            raise NotRunning(f"no logs: {said}; start a system with `oms run`, or name its directory with --data")
        raise UsageError(f"no log of {service!r}; {said}" if service else f"which log? {said}")
    path = files[service]
    last: deque[Line] = deque(maxlen=count)
    with_previous = (path.with_suffix(".previous.log"), path) if path.suffix == ".log" else (path,)
    read = 0
    for part in with_previous:
        if part.exists():
            for line, after in _lines(part):
                read = after
                if wanted(line):
                    last.append(line)
    if as_json and not follow:
        print_json(list(last))
        return
    show: Callable[[Line], str] = (lambda line: json.dumps(line, ensure_ascii=False)) if as_json else text_of
    for line in last:
        sys.stdout.write(show(line) + "\n")
    if follow:
        _follow(path, read if path.exists() else 0, wanted, show)


def log_files(data: Path) -> dict[str, Path]:
    """Name → the file written now."""
    found = {
        path.name.removesuffix(".log"): path
        for path in sorted((data / "logs").glob("*.log"))
        if not path.name.endswith(".previous.log") and not path.name.startswith("oms-error-")
    }
    broker = data / "kafka" / "server.log"
    return {**found, "kafka": broker} if broker.exists() else found


def _filter(level: str, text: str) -> Callable[[Line], bool]:
    if level and level not in LEVELS:
        raise UsageError(f"--level {level}: one of {', '.join(LEVELS)}")
    enough = LEVELS[LEVELS.index(level) :] if level else ()

    def wanted(line: Line) -> bool:
        if enough and line.get("level", "ERROR") not in enough:  # what has no level is a crash's last words
            return False
        return not text or text in json.dumps(line, ensure_ascii=False)

    return wanted


def _lines(path: Path, start: int = 0) -> Iterator[tuple[Line, int]]:
    """(line, where the next one begins). An unfinished last line is left for the next time."""
    with path.open("rb") as file:
        file.seek(start)
        while raw := file.readline(LINE_BYTES_MAX):
            if not raw.endswith(b"\n") and len(raw) < LINE_BYTES_MAX:
                return
            yield parsed(raw.decode("utf-8", "replace").rstrip("\n")), file.tell()


def parsed(text: str) -> Line:
    """A structured line as its object, any other as {"message": text}."""
    if text.startswith("{"):
        try:
            value = json.loads(text)
        except ValueError:
            return {"message": text}
        if isinstance(value, dict):
            return value
    return {"message": text}


def _follow(path: Path, start: int, wanted: Callable[[Line], bool], show: Callable[[Line], str]) -> None:
    """Until Ctrl-C. A process that is started again begins a new file: that one is read from its beginning."""
    identity = _identity(path)
    try:
        while True:
            if identity != (now := _identity(path)) and now:
                identity, start = now, 0
            if identity:
                for line, after in _lines(path, start):
                    start = after
                    if wanted(line):
                        sys.stdout.write(show(line) + "\n")
            sys.stdout.flush()
            time.sleep(FOLLOW_POLL_S)
    except KeyboardInterrupt:
        return


def _identity(path: Path) -> int:
    """0 where there is no file."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0


def text_of(line: Line) -> str:
    """A line for people."""
    if "level" not in line:
        return _CONTROL.sub("?", str(line.get("message", "")))
    about = [str(line[name]) for name in ("order_id", "session_id") if name in line]
    if "topic" in line:
        about.append(f"{line['topic']}/{line.get('partition', '?')}@{line.get('offset', '?')}")
    moment = str(line.get("time", "")).replace("T", " ").removesuffix("+00:00")
    text = f"{moment} {line['level']:<7} {line.get('message', '')}" + (f"  [{' '.join(about)}]" if about else "")
    text = _CONTROL.sub("?", text)
    if line.get("error"):
        text += "\n" + "\n".join(f"    {_CONTROL.sub('?', part)}" for part in str(line["error"]).splitlines())
    return text
