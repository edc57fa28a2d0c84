"""Which market drives the system: options of the command line to a tape, and the reference data that fits it.

The same choice can be handed on to the venue process as arguments (`arguments`), so that both see the same tape.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

import oms
from oms.cli.instance import CliError, UsageError
from oms.core.reference import Entity
from oms.feeds.replay import open_tape
from oms.feeds.synthetic import SyntheticTape
from oms.feeds.tape import TapeError, TapeSource
from oms.local.reference_file import ReferenceFileError, load_reference, reference_for_tape

LOCAL_DIR = Path(oms.__file__).parents[1] / "deploy" / "local"
SYNTHETIC_REFERENCE = LOCAL_DIR / "reference.yaml"
REPLAY_TEMPLATE = LOCAL_DIR / "replay-reference.yaml"
DEFAULT_SEED = 1
DEFAULT_RATE = 12

ReplayOption = Annotated[
    Path | None, typer.Option("--replay", help="A folder of recorded data; without it the market is synthetic.")
]
DateOption = Annotated[str | None, typer.Option("--date", help="Replay: YYYY-MM-DD.")]
FromOption = Annotated[str | None, typer.Option("--from", help="Replay: HH:MM[:SS], the market's local time.")]
ToOption = Annotated[str | None, typer.Option("--to", help="Replay: HH:MM[:SS], exclusive.")]
InstrumentsOption = Annotated[
    list[str] | None, typer.Option("--instrument", help="Only this one (repeat it for more); default: all.")
]
SeedOption = Annotated[int, typer.Option("--seed", help="Synthetic market: its seed.")]
RateOption = Annotated[int, typer.Option("--rate", help="Synthetic market: quotes and prints a second and instrument.")]
ReferenceOption = Annotated[
    Path | None,
    typer.Option("--reference", help="Reference file (synthetic) or template (replay); default: the shipped one."),
]


@dataclass(frozen=True, slots=True)
class TapeChoice:
    """`replay` None: the synthetic market of `seed` and `rate`."""

    replay: Path | None = None
    date: str | None = None
    from_: str | None = None
    to: str | None = None
    instruments: tuple[str, ...] = ()
    seed: int = DEFAULT_SEED
    rate: int = DEFAULT_RATE

    def open(self) -> TapeSource:
        """Raises `UsageError` with the tape's own words."""
        wanted = [i.upper() for i in self.instruments] or None
        try:
            if self.replay is not None:
                return open_tape(self.replay.expanduser(), self.date, self.from_, self.to, wanted)
            if self.date or self.from_ or self.to:
                raise UsageError("--date, --from and --to go with --replay: the synthetic market has its own time")
            return SyntheticTape(self.seed, actions_per_second=self.rate, symbols=frozenset(wanted) if wanted else None)
        except TapeError as error:
            raise UsageError(str(error)) from None

    def arguments(self, reference: Path | None = None) -> list[str]:
        """The options that make this choice, and of the reference file, where it is not the shipped one."""
        if self.replay is None:
            found = ["--seed", str(self.seed), "--rate", str(self.rate)]
        else:
            found = ["--replay", str(self.replay.expanduser().absolute())]
            for option, value in (("--date", self.date), ("--from", self.from_), ("--to", self.to)):
                found += [option, value] if value else []
        for instrument in self.instruments:
            found += ["--instrument", instrument]
        return found + (["--reference", str(reference.absolute())] if reference is not None else [])

    def reference(self, source: TapeSource, partitions: int, file: Path | None = None) -> tuple[Entity, ...]:
        """The entities for this market. Raises `CliError` with file, line and field."""
        try:
            if self.replay is None:
                return load_reference(file or SYNTHETIC_REFERENCE, partitions)
            return reference_for_tape(source, file or REPLAY_TEMPLATE, partitions)
        except ReferenceFileError as error:
            raise CliError(str(error)) from None
