"""Files that only their owner may read, and that a loss of power leaves whole."""

from pathlib import Path

import pytest

from oms.runtime.private_file import write_private


def test_the_bytes_are_on_the_disk_before_the_name_and_then_the_name(tmp_path: Path) -> None:
    path = tmp_path / "numbers.json"
    write_private(path, "old")
    synced: list[tuple[str, str, str]] = []

    def sync(descriptor: int) -> None:
        what = Path(f"/proc/self/fd/{descriptor}").resolve()
        synced.append(
            ("folder" if what.is_dir() else "file", "" if what.is_dir() else what.read_text(), path.read_text())
        )

    write_private(path, "new", sync)
    assert synced == [("file", "new", "old"), ("folder", "", "new")]
    assert path.stat().st_mode & 0o777 == 0o600 and [entry.name for entry in tmp_path.iterdir()] == ["numbers.json"]


def test_what_could_not_be_synced_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "numbers.json"
    write_private(path, "old")

    def broken(descriptor: int) -> None:
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        write_private(path, "new", broken)
    assert path.read_text() == "old" and [entry.name for entry in tmp_path.iterdir()] == ["numbers.json"]
