"""The `oms` command.

Exit codes:
  0  done
  1  refused, not well, or something differs (the line says what)
  2  wrong usage
  3  cannot reach what is needed: nothing runs on the data directory, or a service, broker or database does not answer;
     for a request: no outcome is known, repeat it with the same --id
  130  interrupted
"""

import errno
import sys
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from oms.cli import control, data, market, orders, run, status, venue
from oms.cli.instance import EXIT_OK, EXIT_REFUSED, EXIT_UNREACHABLE, EXIT_USAGE, CliError
from oms.runtime.clickhouse import ClickHouseError, ClickHouseUnavailable
from oms.runtime.log import LogError
from oms.runtime.settings import SettingsError

EXIT_INTERRUPTED = 130

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Order management: run it, send orders, look at what happened.",
)
for group in (run, orders, market, control, data, status):
    group.register(app)
app.add_typer(venue.app, name="venue")


def run_command_line(arguments: Sequence[str]) -> int:
    """Run one command; the exit code. Every expected failure is one line on stderr."""
    try:
        result = app(args=list(arguments), prog_name="oms", standalone_mode=False)
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
    except OSError as error:
        return _failed(_os_error_text(error), EXIT_REFUSED)
    return result if isinstance(result, int) else EXIT_OK


def _usage_text(error: TyperException) -> str:
    text = error.format_message() if hasattr(error, "format_message") else str(error)
    return " ".join(str(text).replace("Value error, ", "").split()).rstrip(".") + " (see --help)"


def _os_error_text(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return f"the disk is full ({error.filename or 'data directory'}): make room, or choose another --data"
    return f"{error.strerror or error}: {error.filename}" if error.filename else str(error)


def _failed(text: str, exit_code: int) -> int:
    sys.stderr.write(f"oms: {text}\n")
    return exit_code


def main() -> None:
    sys.exit(run_command_line(sys.argv[1:]))


if __name__ == "__main__":
    main()
