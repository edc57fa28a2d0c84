"""A service of a release that is too old is not started again and again: the run ends with the service's own words."""

import json
import sys
from pathlib import Path

import pytest

from oms.local.child import ComponentError
from oms.local.supervisor import Process, Supervisor
from oms.runtime.journal_fold import JournalBroken, ReleaseTooOld
from oms.runtime.lifecycle import EXIT_TOO_OLD, exit_code_of

PATIENCE_S = 20.0
LINES = (
    {"level": "INFO", "message": "starting"},
    {"level": "CRITICAL", "message": "ReleaseTooOld: start the newer release again"},
    {"level": "WARNING", "message": "a thread says goodbye"},
)


def ending(folder: Path, code: int) -> tuple[Supervisor, list[str]]:
    """A supervisor whose one process has written its lines and ended."""
    said: list[str] = []
    supervisor = Supervisor(folder, 1, (), said.append)
    program = f"import sys; print({chr(10).join(map(json.dumps, LINES))!r}); sys.exit({code})"
    process = Process("risk", [sys.executable, "-c", program], {}, folder / "risk.log")
    supervisor.processes["risk"] = process
    process.start()
    assert process.child is not None and process.child.wait(PATIENCE_S) == code
    return supervisor, said


def test_a_release_that_is_too_old_ends_the_run_in_one_line(tmp_path: Path) -> None:
    supervisor, said = ending(tmp_path, EXIT_TOO_OLD)
    with pytest.raises(ComponentError) as stopped:
        supervisor.watch()
    assert str(stopped.value) == "risk must not run on these journals: ReleaseTooOld: start the newer release again"
    assert said == [] and supervisor.processes["risk"].restarts == 0


def test_the_exit_code_tells_a_release_that_is_too_old_from_a_failure() -> None:
    assert exit_code_of(None) == 0
    assert exit_code_of(ReleaseTooOld("newer")) == EXIT_TOO_OLD
    assert exit_code_of(JournalBroken("broken")) == exit_code_of(ValueError("bug")) == 1
