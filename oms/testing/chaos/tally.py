"""What a long run has done so far, kept in a file after every round, so that it can be interrupted and gone on with.

Rounds are numbered through over all starts; which faults a round gets depends on the seed and its number alone. A file of another run
(other seed, other shape) is not gone on with.
"""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from oms.testing.chaos.session import RoundResult
from oms.testing.chaos.system import Shape

COLUMNS = ("lost", "duplicated", "reordered", "gaps", "other")
FINDINGS_KEPT_MAX = 50  # of one round: enough to see what happened; its data are kept as well


@dataclass(slots=True)
class Tally:
    seed: int
    nodes: int
    standbys: bool
    rounds: int = 0
    kills: int = 0
    pauses: int = 0
    seconds: float = 0.0
    verdicts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COLUMNS, 0))
    played: dict[str, int] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    failures: list[dict[str, object]] = field(default_factory=list)

    @classmethod
    def begun(cls, path: Path, seed: int, shape: Shape, resume: bool) -> "Tally":
        """The one in the file, where it is of this run and is to be gone on with; else an empty one."""
        fresh = cls(seed, shape.nodes, shape.standbys)
        if not resume or not path.exists():
            return fresh
        kept = cls(**json.loads(path.read_text("utf-8")))
        same = (kept.seed, kept.nodes, kept.standbys) == (fresh.seed, fresh.nodes, fresh.standbys)
        return kept if same else fresh

    @property
    def clean(self) -> bool:
        return not any(self.verdicts.values()) and not self.failures

    def add(self, result: RoundResult) -> None:
        self.rounds += 1
        self.kills += result.kills
        self.pauses += result.pauses
        self.seconds += result.took_s
        self.played = dict(sorted((Counter(self.played) + result.played).items()))
        for column, count in zip(COLUMNS, result.judgement.counts, strict=True):
            self.verdicts[column] += count
        if not result.judgement.clean:
            found = [f"{f.verdict.value}: {f.text}" for f in result.judgement.findings]
            self.fail(result.number, result.faults, [*found, *result.judgement.problems])

    def fail(self, number: int, faults: tuple[str, ...], texts: list[str]) -> None:
        self.failures.append({"round": number, "faults": list(faults), "found": texts[:FINDINGS_KEPT_MAX]})

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self), indent=2) + "\n", "utf-8")
        fresh.replace(path)

    def line(self) -> str:
        """The last line of a run."""
        verdicts = ", ".join(f"{self.verdicts[column]} {column}" for column in COLUMNS)
        return f"chaos: {self.rounds} rounds, {self.kills} kills, {self.pauses} pauses, {verdicts}"
