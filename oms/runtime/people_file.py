"""The file of people on disk: read only where it is private, written in one step under a lock, watched for changes.

Private: a regular file of this process's user, without any right for group or others (0600, or 0400). What anybody else could have
written must not say who is let in. Every failure is a `PeopleError` that begins with the path.
"""

import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from oms.gateway.people import People, PeopleError, parse_people, people_text
from oms.runtime.private_file import write_private

BYTES_MAX = 8 * 1024 * 1024
"""Room for the most entries, and a bound on what a mistaken path makes us read."""

Stamp = tuple[int, int, int, int]


def read_people(path: Path) -> People:
    """Without a file: nobody."""
    try:
        text = read_private(path, BYTES_MAX)
    except FileNotFoundError:
        return People()
    try:
        return parse_people(text)
    except PeopleError as error:
        raise PeopleError(f"{path} {error}") from None


def read_private(path: Path, bytes_max: int) -> str:
    """The text of a private file. FileNotFoundError where there is none, PeopleError for all else."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise PeopleError(f"{path} cannot be read: {error.strerror}") from None
    try:
        _require_private(path, os.fstat(descriptor), bytes_max)  # what is open, whatever the name means by now
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(bytes_max + 1).decode()
    except UnicodeDecodeError:
        raise PeopleError(f"{path} is no text") from None
    finally:
        os.close(descriptor)


def _require_private(path: Path, status: os.stat_result, bytes_max: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise PeopleError(f"{path} is no file")
    if status.st_mode & 0o077:
        mode = stat.S_IMODE(status.st_mode)
        raise PeopleError(f"{path} has mode {mode:04o}, others could read or change it: chmod 600 {path}")
    if status.st_uid != os.geteuid():
        raise PeopleError(f"{path} belongs to user {status.st_uid}, not to {os.geteuid()}: give it its owner")
    if status.st_size > bytes_max:
        raise PeopleError(f"{path} has {status.st_size} bytes, at most {bytes_max} are read")


def stamp_of(path: Path) -> Stamp | None:
    """What changes whenever the file, its owner or its mode does; None where there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_size


def change_people(path: Path, change: Callable[[People], People]) -> People:
    """Read, change and write as one step among all who do so here; the new content. The folder must be there."""
    with _locked(path):
        after = change(read_people(path))
        try:
            write_private(path, people_text(after))
        except OSError as error:
            raise PeopleError(f"{path} cannot be written: {error.strerror}") from None
    return after


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """The lock is a file of its own, which stays: the file of people is replaced, and a lock on it would go with it."""
    lock = path.with_name(f"{path.name}.lock")
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise PeopleError(f"{lock} cannot be made: {error.strerror}") from None
    with open(descriptor):
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
