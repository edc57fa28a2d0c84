"""The `oms` command: what all commands share. Every failure ends in one line on stderr and an exit code; stdout stays for answers."""

import errno
import logging
import os
import re
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from oms.cli import (
    alerts,
    breaks,
    cancel,
    config,
    control,
    data,
    dead_letters,
    drill,
    fills,
    fix,
    journal,
    limits,
    liquidate,
    lists,
    logs,
    market,
    order_list,
    order_show,
    orders,
    people,
    pid,
    positions,
    reference,
    run,
    snapshots,
    status,
    trace,
    triggers,
    venue,
    version,
    watch,
)
from oms.cli.credentials import TokenFileOption
from oms.cli.instance import EXIT_OK, EXIT_REFUSED, EXIT_UNREACHABLE, EXIT_USAGE, CliError, data_directory
from oms.runtime.clickhouse import ClickHouseError, ClickHouseUnavailable
from oms.runtime.log import LogError
from oms.runtime.settings import SettingsError

EXIT_UNFORESEEN, EXIT_INTERRUPTED, EXIT_READER_GONE = 4, 130, 141

EXIT_CODES = {
    EXIT_OK: "done",
    EXIT_REFUSED: "refused, not well, or something differs (the line says what)",
    EXIT_USAGE: "wrong usage, or a setting that is wrong",
    EXIT_UNREACHABLE: "out of reach: nothing runs there, or a part does not answer;\n"
    "       a request's outcome is not known: repeat it with the same --id",
    EXIT_UNFORESEEN: "an error nobody foresaw (the line names a file with the details)",
    EXIT_INTERRUPTED: "interrupted (Ctrl-C)",
    EXIT_READER_GONE: "the reader of the output went away (`oms ... | head`)",
}

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["--help", "-h"]},
    help="Order management: run it, send orders, look at what happened.",
    epilog="\b\nExit codes:\n"
    + "\n".join(f"  {code:<4} {meaning}" for code, meaning in EXIT_CODES.items())
    + "\n\nA failure is one line on standard error; standard output has answers only.",
)
for group in (
    run,
    orders,
    cancel,
    lists,
    order_list,
    order_show,
    fills,
    positions,
    market,
    trace,
    control,
    liquidate,
    data,
    journal,
    reference,
    snapshots,
    status,
    watch,
    alerts,
    logs,
    config,
    pid,
    version,
):
    group.register(app)
app.add_typer(breaks.app, name="breaks")
app.add_typer(people.app, name="people")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(fix.app, name="fix")
app.add_typer(venue.app, name="venue")
app.add_typer(limits.app, name="limits")
app.add_typer(triggers.app, name="triggers")
app.add_typer(drill.app, name="drill")


@app.callback()
def oms(
    data: Annotated[
        Path | None, typer.Option("--data", help="As --data after the command, which goes before this.")
    ] = None,
    token_file: TokenFileOption = None,
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=version.print_short)
    ] = False,
) -> None:
    """Order management: run it, send orders, look at what happened."""


def run_command_line(arguments: Sequence[str]) -> int:
    """Run one command; the exit code."""
    command = next((a for a in arguments if not a.startswith("-")), "")
    return exit_code_of(lambda: app(args=list(arguments), prog_name="oms", standalone_mode=False), command)


def exit_code_of(work: Callable[[], object], command: str) -> int:
    """What becomes of a command, however it ends. Every failure is one line on stderr."""
    try:
        result = work()
        sys.stdout.flush()  # a full disk or a reader that went away is found here, not while the interpreter ends
    except CliError as error:
        return _failed(str(error), error.exit_code)
    except SettingsError as error:
        return _failed(str(error), EXIT_USAGE)
    except (LogError, ClickHouseUnavailable) as error:
        return _failed(str(error), EXIT_UNREACHABLE)
    except ClickHouseError as error:
        return _failed(str(error), EXIT_REFUSED)
    except typer.Exit as end:
        return end.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return _failed("interrupted", EXIT_INTERRUPTED)
    except TyperException as error:
        return _failed(_usage_text(error), EXIT_USAGE)
    except BrokenPipeError:
        return EXIT_READER_GONE
    except SystemExit as end:  # how typer answers a reader that went away
        gone = isinstance(end.__context__, BrokenPipeError)
        return EXIT_READER_GONE if gone else end.code if isinstance(end.code, int) else EXIT_REFUSED
    except OSError as error:
        return _failed(_os_error_text(error), EXIT_REFUSED)
    except Exception as error:
        return _failed(_unforeseen_text(error, command), EXIT_UNFORESEEN)
    return result if isinstance(result, int) else EXIT_OK


def _usage_text(error: TyperException) -> str:
    text = error.format_message() if hasattr(error, "format_message") else str(error)
    words = " ".join(str(text).replace("Value error, ", "").split()).rstrip(".")
    if re.match(r"No such option: -[0-9.]", words):
        return "a quantity or price is positive: which side it is on, `buy` or `sell` says (see --help)"
    return words + " (see --help)"


def _os_error_text(error: OSError) -> str:
    where = f": {error.filename}" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full{where}: make room, or choose another --data"
    if error.errno == errno.EADDRINUSE:
        return f"a port is in use{where}: stop what listens there, or choose another"
    if error.errno == errno.EROFS:
        return f"the disk is read-only{where}: choose another --data"
    return f"{error.strerror or error}{where}"


def _unforeseen_text(error: Exception, command: str) -> str:
    """One line; the traceback goes into a file of its own. What was typed is not in it beyond the command's name: it may hold secrets."""
    logs_folder = data_directory(None) / "logs"
    folder = logs_folder if logs_folder.is_dir() and os.access(logs_folder, os.W_OK) else Path(tempfile.gettempdir())
    what = f"{type(error).__name__}: {' '.join(str(error).split()) or 'no words'}"
    try:
        descriptor, name = tempfile.mkstemp(".log", "oms-error-", folder, text=True)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"oms {command}\n")
            file.writelines(traceback.format_exception(error))
    except OSError:
        return f"unforeseen error: {what} (no place to write the details to)"
    return f"unforeseen error: {what}; please report it with {name}"


def _failed(text: str, exit_code: int) -> int:
    sys.stderr.write(f"oms: {text}\n")
    return exit_code


def main() -> None:
    # The Kafka client tells of every attempt to connect, hundreds of them while a broker starts: a command says what came of it.
    client = logging.getLogger("oms.runtime.kafka")
    client.addHandler(logging.NullHandler())
    client.propagate = False
    code = run_command_line(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left has no reader or no room: the line about it is out
    sys.exit(code)


if __name__ == "__main__":
    main()
