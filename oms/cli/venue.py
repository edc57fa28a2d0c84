"""`oms venue serve`: the process of all simulated venues of a tape. Its port is printed once it listens; SIGTERM ends it.

Its faults are switched by `oms.cli.venue_faults`, an operator acts through `oms.cli.venue_operator`, its acceptance cards are shown by
`oms.cli.venue_accept`.
"""

import asyncio
import errno
from pathlib import Path
from typing import Annotated

import typer

from oms.cli import venue_accept, venue_faults, venue_operator
from oms.cli.fix_rules_option import RulesOption, rules_in
from oms.cli.instance import CliError, UsageError
from oms.cli.tape_options import (
    DEFAULT_RATE,
    DEFAULT_SEED,
    DateOption,
    FromOption,
    InstrumentsOption,
    RateOption,
    ReferenceOption,
    ReplayOption,
    SeedOption,
    TapeChoice,
    ToOption,
)
from oms.runtime import garbage
from oms.runtime.fix_tls import ServerTls, TlsError
from oms.venues.ruled_venues import copied_sessions
from oms.venues.session_layer import DuplicateLogon
from oms.venues.venue_log import VenueLogError
from oms.venues.venue_process import VenueSettings, serve
from oms.venues.venue_terms import terms_of_venues
from oms.wire.topics import DEFAULT_PARTITIONS

app = typer.Typer(no_args_is_help=True, help="The simulated venues.")


@app.callback()
def venue() -> None:
    """The simulated venues."""


venue_faults.register(app)
venue_operator.register(app)
venue_accept.register(app)


@app.command("serve")
def serve_command(
    log_dir: Annotated[Path, typer.Option("--log-dir", help="Where the venues keep their own log.")],
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any free one.")] = 0,
    replay: ReplayOption = None,
    date: DateOption = None,
    from_: FromOption = None,
    to: ToOption = None,
    instruments: InstrumentsOption = None,
    seed: SeedOption = DEFAULT_SEED,
    rate: RateOption = DEFAULT_RATE,
    reference: ReferenceOption = None,
    partitions: Annotated[int, typer.Option("--partitions", min=1)] = DEFAULT_PARTITIONS,
    on_duplicate_logon: Annotated[
        DuplicateLogon, typer.Option(help="A second logon of a session replaces the first, or is refused.")
    ] = DuplicateLogon.REPLACE,
    fix_port: Annotated[
        int | None, typer.Option("--fix-port", min=0, max=65535, help="Speak FIX 4.4 on this port as well (0: any).")
    ] = None,
    rules: RulesOption = None,
    drop_copies: Annotated[
        bool,
        typer.Option("--drop-copies", help="Tell executions in drop copy sessions as well, as the rules name them."),
    ] = False,
    tls_certificate: Annotated[
        Path | None, typer.Option("--tls-certificate", help="PEM file: the FIX port speaks TLS, as this.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="PEM file of its key.")] = None,
    tls_client_ca: Annotated[
        Path | None, typer.Option("--tls-client-ca", help="PEM file of who signs the clients' certificates.")
    ] = None,
) -> None:
    """Serve order books driven by a tape: sessions and market data on one loopback port, and by FIX on another."""
    garbage.look_seldom()
    choice = TapeChoice(replay, date, from_, to, tuple(instruments or ()), seed, rate)
    source = choice.open()
    entities = choice.reference(source, partitions, reference)
    spoken = rules_in(rules)
    copied = copied_sessions(entities, spoken) if drop_copies else {}
    settings = VenueSettings(
        port,
        log_dir,
        terms_of_venues(entities),
        on_duplicate_logon,
        fix_port=fix_port,
        rules=spoken,
        drop_copies=copied,
        fix_tls=_server_tls(tls_certificate, tls_key, tls_client_ca, fix_port),
    )
    try:
        asyncio.run(serve(source, settings, lambda *ports: _say_ports(source.label, *ports)))
    except (VenueLogError, TlsError) as error:
        raise CliError(str(error)) from None
    except OSError as error:
        raise CliError(_os_error_text(error, port, log_dir)) from None


def _server_tls(
    certificate: Path | None, key: Path | None, client_ca: Path | None, fix_port: int | None
) -> ServerTls | None:
    """TLS with client certificates, all of it or none."""
    if certificate is None and key is None and client_ca is None:
        return None
    if certificate is None or key is None or client_ca is None or fix_port is None:
        raise UsageError("TLS goes with --fix-port, --tls-certificate, --tls-key and --tls-client-ca, all of them")
    return ServerTls(certificate, key, client_ca)


def _say_ports(label: str, port: int, fix_port: int | None) -> None:
    fix = f", FIX 4.4 on 127.0.0.1:{fix_port}" if fix_port is not None else ""
    typer.echo(f"{label}: listening on 127.0.0.1:{port}{fix}")


def _os_error_text(error: OSError, port: int, log_dir: Path) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use: stop what listens there, or choose another --port"
    if error.errno == errno.ENOSPC:
        return f"no space left for the venue log in {log_dir}: make room and start again"
    return f"the venue process cannot run: {error}"
