"""`python -m oms.testing.chaos`: faults on real processes in rounds, and after each the question whether anything was lost or done twice.

Exit code 1 on any verdict, with the data kept and their place said; 0 where there was none. The last line counts rounds, kills, pauses
and verdicts by kind. Ctrl-C ends it at once and leaves nothing behind; the file of `--out` lets the next start go on.
"""

import argparse
import logging
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from oms.cli.instance import CliError
from oms.local.broker import PROJECT, why_not
from oms.local.child import ComponentError
from oms.runtime.clickhouse import ClickHouseError
from oms.runtime.log import LogError
from oms.testing.chaos.faults import Card, cards_of_round, deck, short_rounds
from oms.testing.chaos.session import Session
from oms.testing.chaos.system import Shape
from oms.testing.chaos.tally import Tally

ROUNDS_PER_SYSTEM = 12
"""Then a fresh one: the judge reads everything from the first record after every round."""

FRUITLESS_MAX = 3
"""So many systems in a row that fail before their first verdict: what fails is no fault that was played."""

FINDINGS_SHOWN_MAX = 20
SEED_DEFAULT = 1
OUT_DEFAULT = PROJECT / "build" / "chaos.json"


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="chaos", description="Faults on real processes, judged after every round.")
    made.add_argument("--nodes", type=int, choices=(1, 3), default=3, help="Kafka nodes (default 3)")
    made.add_argument("--seed", type=int, default=SEED_DEFAULT)
    made.add_argument("--rounds", type=int, default=0, help="so many in all (0: not limited by it)")
    made.add_argument("--kills", type=int, default=0, help="until so many kills in all (0: not limited by it)")
    made.add_argument("--short", action="store_true", help="the two-minute form: a fixed list of faults, nothing kept")
    made.add_argument("--out", type=Path, default=OUT_DEFAULT, help="where the counts are kept (build/chaos.json)")
    made.add_argument("--fresh", action="store_true", help="begin anew, whatever --out holds")
    made.add_argument("--go-on", action="store_true", help="after a verdict go on, on a fresh system")
    made.add_argument("--no-standbys", action="store_true", help="one process for each stage")
    return made


class Campaign:
    """All rounds of one call, on as many systems as they need."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._asked = arguments
        standbys = not arguments.no_standbys
        whole = not arguments.short
        self._shape = Shape(arguments.nodes, standbys, proxied=whole, small_disk=whole)
        self.tally = Tally.begun(arguments.out, arguments.seed, self._shape, whole and not arguments.fresh)
        self._began = time.monotonic()

    def run(self) -> int:
        if self.tally.rounds:
            say(f"going on after round {self.tally.rounds - 1}: {self.tally.line()}")
        fruitless = 0
        while not self._enough() and fruitless < FRUITLESS_MAX:
            before = self.tally.rounds
            clean = self._system()
            if not clean and not self._asked.go_on:
                break
            fruitless = fruitless + 1 if self.tally.rounds == before else 0
        for reason in self.tally.skipped:
            say(f"SKIPPED {reason}")
        say(self.tally.line())
        return 0 if self.tally.clean else 1

    def _enough(self) -> bool:
        if self._asked.short:
            return self.tally.rounds >= len(short_rounds(False))
        reached = [
            count >= wanted
            for count, wanted in ((self.tally.rounds, self._asked.rounds), (self.tally.kills, self._asked.kills))
            if wanted
        ]
        return any(reached)

    def _system(self) -> bool:
        """One system for a few rounds; False where something was found. Its data are kept then."""
        data = Path(tempfile.mkdtemp(prefix="oms-chaos-"))
        logging.basicConfig(filename=data / "chaos.log", level=logging.INFO, force=True)
        session = Session(data, self._shape, self._asked.seed, say)
        clean = interrupted = False
        try:
            session.start()
            clean = self._rounds(session)
        except (ComponentError, CliError, LogError, ClickHouseError, OSError) as error:
            say(f"the system failed: {error}")
            self.tally.fail(self.tally.rounds, (), [str(error)])
            self._keep()
        except KeyboardInterrupt:
            interrupted = True
            raise
        finally:
            with uninterrupted():
                session.stop()
                if clean or interrupted:
                    session.system.remove()
                else:
                    say(f"kept: {data}")
        return clean

    def _rounds(self, session: Session) -> bool:
        self.tally.skipped = sorted({*self.tally.skipped, *session.system.skipped})
        for _ in range(ROUNDS_PER_SYSTEM):
            if self._enough():
                break
            number = self.tally.rounds
            result = session.round(number, self._cards(session, number))
            self.tally.add(result)
            self._keep()
            say(result.line())
            if not result.judgement.clean:
                found = [f"{f.verdict.value}: {f.text}" for f in result.judgement.findings]
                for text in [*found, *result.judgement.problems][:FINDINGS_SHOWN_MAX]:
                    say(f"  {text}")
                return False
        return True

    def _cards(self, session: Session, number: int) -> tuple[Card, ...]:
        system = session.system
        if self._asked.short:
            return short_rounds(self._shape.standbys)[number]
        return cards_of_round(
            deck(self._shape.standbys, system.cut_off, system.disk is not None), self._asked.seed, number
        )

    def _keep(self) -> None:
        if not self._asked.short:
            self.tally.write(self._asked.out)


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Nothing stops the stopping: what is half down would be left behind."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def main(arguments: list[str] | None = None) -> int:
    asked = parser().parse_args(arguments)
    if not (asked.short or asked.rounds or asked.kills):
        parser().error("give --rounds, --kills or --short")
    reason = why_not()
    if reason:
        say(f"SKIPPED chaos: {reason}")
        return 0
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return Campaign(asked).run()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
