"""The bound of a data directory, against a gateway that only notes what it is asked."""

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from oms.cli.run_disk import DiskBound, used_bytes


@dataclass
class NotedHalts:
    """Stands for the client as far as the bound uses it."""

    halts: list[Any] = field(default_factory=list)

    in_force: list[Any] = field(default_factory=list)

    def halt(self, request: Any) -> int:
        self.halts.append(request)
        self.in_force = [request]
        return 7

    def control_status(self) -> Any:
        return SimpleNamespace(halts=self.in_force)


def test_just_within_the_bound_nothing_happens_and_beyond_it_the_firm_stays_halted(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "segment.log").write_bytes(b"x" * 100_000)
    used, client, said = used_bytes(tmp_path), NotedHalts(), list[str]()
    assert used >= 100_000
    DiskBound(tmp_path, used).watch(client, said.append)  # type: ignore[arg-type]
    assert not client.halts
    bound = DiskBound(tmp_path, used - 1)
    for _ in range(3):
        bound.watch(client, said.append)  # type: ignore[arg-type]
        bound._checked_s = 0.0
    assert len(client.halts) == 1 and "--disk-gb" in client.halts[0].reason
    assert len(said) == 1
    client.in_force = []  # somebody resumes without making room
    bound.watch(client, said.append)  # type: ignore[arg-type]
    assert len(client.halts) == 2
