"""A disk small enough to be filled: a tmpfs of a few megabytes, mounted for one run and unmounted at its end.

Mounting needs rights that a plain user has not: `SmallDisk.mounted` then gives the reason instead, and the fault is left out, visibly.
"""

import contextlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

SIZE_BYTES = 16 * 1024 * 1024
"""Room for the snapshots of twelve partitions of a small system, two of each."""

BALLAST = "ballast"
CHUNK_BYTES = 64 * 1024
CALL_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class SmallDisk:
    folder: Path

    @classmethod
    def mounted(cls, folder: Path) -> "SmallDisk | str":
        """The disk, or why there is none."""
        folder.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_BYTES},mode=0700", "oms-chaos", str(folder)]
        try:
            answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=CALL_TIMEOUT_S)
        except OSError as error:
            return f"no mount: {error.strerror or error}"
        return cls(folder) if answer.returncode == 0 else f"no mount: {answer.stderr.strip() or 'refused'}"

    def fill(self) -> None:
        """Until nothing more goes on it."""
        ballast = os.open(self.folder / BALLAST, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            with contextlib.suppress(OSError):  # no space left on device
                while True:
                    os.write(ballast, b"\0" * CHUNK_BYTES)
        finally:
            os.close(ballast)

    def empty(self) -> None:
        (self.folder / BALLAST).unlink(missing_ok=True)

    def unmount(self) -> None:
        """Lazily where something still has a file open: whoever has it is ended by then, or ends."""
        for option in ([], ["-l"]):
            command = ["umount", *option, str(self.folder)]
            if not subprocess.run(command, capture_output=True, check=False, timeout=CALL_TIMEOUT_S).returncode:
                return
