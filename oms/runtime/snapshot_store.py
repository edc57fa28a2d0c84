"""Where snapshots are kept: a directory of this machine, or an object store that `fsspec` reaches (`s3://`, `gs://`, `abfs://`, `memory://`).

Three implementations pass one contract suite: the two here and memory (`oms.testing.sim_snapshots`). What each guarantees:
- `put` stores an object whole or not at all, over whatever has that name; a reader beside it sees the old one or the new one;
- `names` are those of one partition, newest (highest offset) first; what is no snapshot's name is left out and left alone;
- any failure, of whatever kind, is a `SnapshotStoreError`, and `MissingSnapshot` where there is just no such object.

A store is never relied on: what it lost, tore or changed is found by the reader of the bytes (`oms.wire.snapshot`), and who cannot write
goes on without. It does not know what is in a snapshot, nor how many are kept (`oms.runtime.snapshots`).
"""

import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import fsspec

from oms.runtime.log import TopicPartition
from oms.runtime.private_file import sync_folder
from oms.runtime.settings import redacted

STALE_PART_S = 3_600
"""A part of an object that no process finishes any more: hours longer than any write, so that another process's is never taken away."""

_NAME = re.compile(r"(?P<offset>\d{20})\.snapshot")


class SnapshotStoreError(Exception):
    """The store did not do it: full, gone, refused. Log it and go on: orders do not depend on snapshots."""


class MissingSnapshot(SnapshotStoreError):
    """There is no object of that name, any more or yet."""


class SnapshotStore(Protocol):
    """Objects by partition and name. Names come from `name_of`."""

    def put(self, tp: TopicPartition, name: str, data: bytes) -> None: ...

    def names(self, tp: TopicPartition) -> list[str]: ...

    def read(self, tp: TopicPartition, name: str) -> bytes: ...

    def remove(self, tp: TopicPartition, name: str) -> None:
        """Nothing happens where it is gone already."""
        ...

    def partitions(self, topic: str) -> list[int]:
        """Those of which something is, or was, kept; ascending."""
        ...


def name_of(next_offset: int) -> str:
    """The object's name, which sorts as its offset does."""
    return f"{next_offset:020}.snapshot"


def offset_of(name: str) -> int | None:
    """The next offset of the snapshot that has this name; None where it is no snapshot's name.

    >>> offset_of(name_of(17)), offset_of("notes.txt")
    (17, None)
    """
    match = _NAME.fullmatch(name)
    return int(match["offset"]) if match else None


def newest_first(names: list[str]) -> list[str]:
    return sorted((name for name in names if offset_of(name) is not None), reverse=True)


def partitions_among(names: Iterable[str]) -> list[int]:
    """The folders that are named after a partition."""
    return sorted(int(name) for name in names if name.isascii() and name.isdigit())


def open_store(place: str) -> SnapshotStore:
    """The store at a directory, or at an URL that `fsspec` knows. SnapshotStoreError says what is missing."""
    if "://" not in place:
        return DirectoryStore(Path(place))
    if place.startswith("file://"):
        return DirectoryStore(Path(place.removeprefix("file://")))
    return ObjectStore(place)


@contextmanager
def _as_store_error(what: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise MissingSnapshot(redacted(f"{what}: it is not there")) from error
    except SnapshotStoreError:
        raise
    except Exception as error:  # each backend has errors of its own, that no list of ours would be complete for
        raise SnapshotStoreError(redacted(f"{what}: {type(error).__name__}: {error}")) from error


class DirectoryStore:
    """`<root>/<topic>/<partition>/<name>`. Written beside, synced, and renamed: a crash leaves a part that nobody reads."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def _folder(self, tp: TopicPartition) -> Path:
        return self._root / tp.topic / str(tp.partition)

    def put(self, tp: TopicPartition, name: str, data: bytes) -> None:
        folder = self._folder(tp)
        part = folder / f"{name}.{os.getpid()}.part"
        with _as_store_error(f"writing {folder / name}"):
            folder.mkdir(parents=True, exist_ok=True)
            try:
                with part.open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(folder / name)
            except OSError:
                with suppress(OSError):  # the first error is the one to tell
                    part.unlink(missing_ok=True)
                raise
            sync_folder(folder)
            self._remove_stale_parts(folder)

    @staticmethod
    def _remove_stale_parts(folder: Path) -> None:
        for part in folder.glob("*.part"):
            if time.time() - part.stat().st_mtime > STALE_PART_S:
                part.unlink(missing_ok=True)

    def names(self, tp: TopicPartition) -> list[str]:
        folder = self._folder(tp)
        with _as_store_error(f"listing {folder}"):
            return newest_first([path.name for path in folder.iterdir()] if folder.exists() else [])

    def read(self, tp: TopicPartition, name: str) -> bytes:
        path = self._folder(tp) / name
        with _as_store_error(f"reading {path}"):
            return path.read_bytes()

    def remove(self, tp: TopicPartition, name: str) -> None:
        path = self._folder(tp) / name
        with _as_store_error(f"removing {path}"):
            path.unlink(missing_ok=True)

    def partitions(self, topic: str) -> list[int]:
        folder = self._root / topic
        with _as_store_error(f"listing {folder}"):
            return partitions_among([path.name for path in folder.iterdir()] if folder.exists() else [])


class ObjectStore:
    """`<url>/<topic>/<partition>/<name>` in any store of `fsspec`. An object is put whole, which object stores do atomically."""

    def __init__(self, url: str) -> None:
        with _as_store_error(f"opening {url}"):
            self._files, self._root = self._opened(url)

    @staticmethod
    def _opened(url: str) -> tuple[Any, str]:
        files, root = fsspec.core.url_to_fs(url)
        return files, root.rstrip("/")

    def _folder(self, tp: TopicPartition) -> str:
        return f"{self._root}/{tp.topic}/{tp.partition}"

    def put(self, tp: TopicPartition, name: str, data: bytes) -> None:
        folder = self._folder(tp)
        with _as_store_error(f"writing {folder}/{name}"):
            self._files.makedirs(folder, exist_ok=True)
            self._files.pipe_file(f"{folder}/{name}", data)

    def names(self, tp: TopicPartition) -> list[str]:
        return newest_first(self._names_in(self._folder(tp)))

    def partitions(self, topic: str) -> list[int]:
        return partitions_among(self._names_in(f"{self._root}/{topic}"))

    def _names_in(self, folder: str) -> list[str]:
        with _as_store_error(f"listing {folder}"):
            self._files.invalidate_cache()  # others write there too
            try:
                found = self._files.ls(folder, detail=False)
            except FileNotFoundError:
                return []
            return [str(path).rstrip("/").rsplit("/", 1)[-1] for path in found]

    def read(self, tp: TopicPartition, name: str) -> bytes:
        path = f"{self._folder(tp)}/{name}"
        with _as_store_error(f"reading {path}"):
            return bytes(self._files.cat_file(path))

    def remove(self, tp: TopicPartition, name: str) -> None:
        path = f"{self._folder(tp)}/{name}"
        with _as_store_error(f"removing {path}"):
            try:
                self._files.rm_file(path)
            except FileNotFoundError:
                return
