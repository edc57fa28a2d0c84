"""What `oms.runtime.snapshot_store` promises, asked of every store: memory, a directory, and what `fsspec` reaches."""

import os
import resource
import uuid
from pathlib import Path

import pytest

from oms.runtime.log import TopicPartition
from oms.runtime.snapshot_store import (
    STALE_PART_S,
    DirectoryStore,
    MissingSnapshot,
    ObjectStore,
    SnapshotStore,
    SnapshotStoreError,
    name_of,
    open_store,
)
from oms.testing.sim_snapshots import SimSnapshotStore

RISK, ROUTING = TopicPartition("oms.risk", 0), TopicPartition("oms.routing", 0)


@pytest.fixture(params=["memory", "directory", "fsspec memory", "fsspec file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> SnapshotStore:
    match request.param:
        case "memory":
            return SimSnapshotStore()
        case "directory":
            return open_store(str(tmp_path / "new" / "folder"))
        case "fsspec memory":
            return open_store(f"memory://bucket-{uuid.uuid4().hex}/oms")
    return ObjectStore(f"file://{tmp_path}/new/folder")


def test_what_is_put_is_read_as_it_was(store: SnapshotStore) -> None:
    data = bytes(range(256)) * 1_000
    store.put(RISK, name_of(7), data)
    assert store.read(RISK, name_of(7)) == data


def test_a_put_takes_the_place_of_what_has_its_name(store: SnapshotStore) -> None:
    store.put(RISK, name_of(7), b"long before")
    store.put(RISK, name_of(7), b"after")
    assert (store.names(RISK), store.read(RISK, name_of(7))) == ([name_of(7)], b"after")


def test_names_are_the_newest_first_by_offset(store: SnapshotStore) -> None:
    for offset in (9, 10**12, 10, 100):
        store.put(RISK, name_of(offset), b"x")
    assert store.names(RISK) == [name_of(offset) for offset in (10**12, 100, 10, 9)]


def test_partitions_are_apart(store: SnapshotStore) -> None:
    other = TopicPartition("oms.risk", 11)
    store.put(RISK, name_of(1), b"risk")
    store.put(other, name_of(2), b"other")
    assert (store.names(RISK), store.names(other), store.names(ROUTING)) == ([name_of(1)], [name_of(2)], [])
    assert (store.partitions("oms.risk"), store.partitions("oms.routing")) == ([0, 11], [])
    with pytest.raises(MissingSnapshot):
        store.read(other, name_of(1))


def test_nothing_is_there_at_first(store: SnapshotStore) -> None:
    assert store.names(RISK) == []
    with pytest.raises(MissingSnapshot):
        store.read(RISK, name_of(0))


def test_what_is_removed_is_gone_and_removing_it_again_is_nothing(store: SnapshotStore) -> None:
    store.put(RISK, name_of(1), b"x")
    store.put(RISK, name_of(2), b"y")
    store.remove(RISK, name_of(1))
    store.remove(RISK, name_of(1))
    assert store.names(RISK) == [name_of(2)]


# -- what only one of them can do ------------------------------------------------------------------------------------------------


def test_other_files_of_a_directory_are_left_alone(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    store.put(RISK, name_of(1), b"x")
    folder = tmp_path / "oms.risk" / "0"
    (folder / "notes.txt").write_text("mine")
    (folder / f"{name_of(2)}.77.part").write_text("half")
    (tmp_path / "oms.risk" / "archive").mkdir()
    assert (store.names(RISK), store.partitions("oms.risk")) == ([name_of(1)], [0])
    store.put(RISK, name_of(3), b"y")
    assert (folder / "notes.txt").exists() and (folder / f"{name_of(2)}.77.part").exists()


def test_a_part_that_a_crash_left_long_ago_is_removed(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    store.put(RISK, name_of(1), b"x")
    part = tmp_path / "oms.risk" / "0" / f"{name_of(2)}.77.part"
    part.write_text("half")
    written = part.stat().st_mtime - STALE_PART_S - 60
    os.utime(part, (written, written))
    store.put(RISK, name_of(3), b"y")
    assert not part.exists()


def test_a_directory_that_cannot_be_written_is_a_store_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "oms.risk").write_text("a file where the folder should be")
    with pytest.raises(SnapshotStoreError, match=r"writing .*oms\.risk"):
        DirectoryStore(tmp_path).put(RISK, name_of(1), b"x")
    blocked = tmp_path / "oms.routing" / "0" / name_of(1)
    blocked.mkdir(parents=True)  # renaming onto it fails after the bytes were written
    with pytest.raises(SnapshotStoreError):
        DirectoryStore(tmp_path).put(ROUTING, name_of(1), b"x")
    assert [path.name for path in blocked.parent.iterdir()] == [name_of(1)]


@pytest.mark.parametrize("place", ["nosuchscheme://bucket/x", "http://user:pa55word@127.0.0.1:1/x"])
def test_a_store_that_cannot_be_opened_or_reached_is_a_store_error_without_secrets(place: str) -> None:
    with pytest.raises(SnapshotStoreError) as raised:
        open_store(place).put(RISK, name_of(1), b"x")
    assert "pa55word" not in str(raised.value)


def test_a_disk_without_room_is_a_store_error_and_keeps_what_was_there(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    store.put(RISK, name_of(1), b"x")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(
        resource.RLIMIT_FSIZE, (4_096, hard)
    )  # the kernel refuses the rest of the file, as on a full disk
    try:
        with pytest.raises(SnapshotStoreError, match="too large"):
            store.put(RISK, name_of(2), bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert store.names(RISK) == [name_of(1)]
    assert [path.name for path in (tmp_path / "oms.risk" / "0").iterdir()] == [name_of(1)]
