"""A file that only its owner may read: passwords, tokens, whom the gateway lets in. Writes it; what a reader may trust is the reader's."""

import os
from collections.abc import Callable
from pathlib import Path

Sync = Callable[[int], None]
"""Of a file descriptor: returns when what was written is on the disk."""


def write_private(path: Path, text: str, sync: Sync = os.fsync) -> None:
    """Replace a file in one step, mode 0600 from its first byte: a reader has the old one or the new one, whole. Once this returns, it is
    the new one, also after a loss of power. Raises OSError."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            sync(file.fileno())
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    sync_folder(path.parent, sync)


def sync_folder(folder: Path, sync: Sync = os.fsync) -> None:
    """The names in it are on the disk: a rename without this may be undone by a loss of power. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)
