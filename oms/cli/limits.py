"""`oms limits what-if` and `oms limits backtest`: proposed limits against what is open now, and against what was decided.

Both fold risk's journals, from the cluster or from the audit's copy, and change nothing. The file has the section `limits` of the reference
file (see deploy/local/reference.yaml): its limits stand in the place of those of the same scope, kind and instrument, the others stay.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from oms.cli import limit_changes
from oms.cli.client import GatewayClient
from oms.cli.decimals import to_text
from oms.cli.instance import CliError, CsvOption, DataOption, JsonOption, UsageError, running_instance
from oms.cli.journal import Origin, opened_log
from oms.cli.output import console, print_csv, print_json, print_table, time_text
from oms.core.money import AMOUNT_SCALE
from oms.core.order_filter import OrderFilter
from oms.core.reference import Entity, Limit, LimitProposal
from oms.core.risk.rehearsal import Exposure, Outcome, Rehearsed, Report, affected_now, exposure_without, without_orders
from oms.core.risk.removal import consequence
from oms.core.risk.state import RiskState
from oms.local.reference_file import ReferenceFileError, load_limits
from oms.runtime.journal_fold import JournalBroken
from oms.runtime.limit_replay import RehearsalFold, Span, back_test, present
from oms.runtime.log import Log, LogError
from oms.wire import topics
from oms.wire.codec import from_message

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Limits: in force, changed by two people, used; and what others would do.",
)

COLUMNS = ("time", "order", "account", "instrument", "was", "would", "outcome", "value", "used", "check", "text")
NARROW = ("time", "order", "outcome", "would", "value", "text")
EXPOSURE = ("account", "instrument", "position", "most_before", "least_before", "most_after", "least_after")

ProposalOption = Annotated[
    str, typer.Option("--proposal", metavar="PROPOSAL", help="A proposal of a limit, instead of a file.")
]
OptionalFile = Annotated[
    Path | None,
    typer.Option("--with", metavar="FILE", exists=True, dir_okay=False, help="YAML with a section `limits`."),
]
SourceOption = Annotated[
    Origin, typer.Option("--source", help="kafka, or clickhouse: the audit's copy, which has what the log has trimmed.")
]
EVER_NS = 2**63 - 1


limit_changes.register(app)


@app.command("backtest")
def backtest(
    with_: OptionalFile = None,
    proposal: ProposalOption = "",
    from_time: Annotated[str, typer.Option("--from", help="Tape time, ISO 8601 in UTC; the first without it.")] = "",
    to_time: Annotated[
        str, typer.Option("--to", help="Tape time, ISO 8601 in UTC, exclusive; the last without it.")
    ] = "",
    source: SourceOption = Origin.KAFKA,
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Judge every recorded decision again under the limits of a file or a proposal: new blocks, released orders, near misses, and their value."""
    if (with_ is None) == (not proposal):
        raise UsageError("give either --with FILE or --proposal PROPOSAL")
    asked = _proposal(proposal, data) if proposal else ()
    span = Span(time_ns(from_time, 0), time_ns(to_time, EVER_NS))
    with opened_log(source, data) as (log, counts):
        partitions = counts.get(topics.RISK, 0)
        report = answered(lambda: back_test(log, partitions, _proposed(log, partitions, with_) or asked, span))
    if as_json:
        print_json(report_fields(report))
    elif as_csv:
        print_csv(list(COLUMNS), [[row_of(r)[c] for c in COLUMNS] for r in report.rows])
    else:
        print_table(list(NARROW), [[row_of(r)[c] for c in NARROW] for r in report.rows])
        console().print(summary(report), markup=False)


@app.command("what-if")
def what_if(
    with_: OptionalFile = None,
    proposal: ProposalOption = "",
    desk: Annotated[str, typer.Option("--cancel-desk", help="A mass cancel of this desk instead of limits.")] = "",
    account: Annotated[str, typer.Option("--cancel-account", help="Of this account.")] = "",
    instrument: Annotated[str, typer.Option("--cancel-instrument", help="Of this instrument.")] = "",
    trader: Annotated[str, typer.Option("--cancel-trader", help="Of this trader.")] = "",
    strategy: Annotated[str, typer.Option("--cancel-strategy", help="Of this strategy.")] = "",
    firm: Annotated[bool, typer.Option("--cancel-firm", help="Of everything.")] = False,
    source: SourceOption = Origin.KAFKA,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open orders that proposed limits would refuse, or that a mass cancel would take, with the exposure before and after."""
    wanted = OrderFilter(desk, account, instrument, trader=trader, strategy=strategy)
    if [with_ is not None, bool(proposal), firm or wanted != OrderFilter()].count(True) != 1:
        what = "--cancel-desk, -account, -instrument, -trader, -strategy, -firm"
        raise UsageError(f"give either --with FILE, --proposal PROPOSAL, or what is to be cancelled ({what})")
    tried = with_ is not None or bool(proposal)
    asked = _proposal(proposal, data) if proposal else ()
    with opened_log(source, data) as (log, counts):
        partitions = counts.get(topics.RISK, 0)
        limits = _proposed(log, partitions, with_) or asked
        folds = answered(lambda: present(log, partitions, limits))
    if tried:
        _show_affected(folds, [limit for limit in limits if limit.removed], as_json)
    else:
        _show_cancel(folds, wanted, as_json)


def _proposal(proposal: str, data: Path | None) -> tuple[Limit, ...]:
    """What somebody has proposed: the gateway knows it before any decision names it."""
    with GatewayClient(running_instance(data).gateway) as client:
        found = client.reference("limit_proposal", proposal)
    if not found:
        raise CliError(f"there is no proposal {proposal} of a limit: `oms limits proposals`")
    entity: Entity = from_message(found[0].entity, Entity)
    assert isinstance(entity, LimitProposal)
    return (replace(entity.limit, effective_ns=0),)  # as it will be, once it is in force


def _proposed(log: Log, partitions: int, path: Path | None) -> tuple[Limit, ...]:
    """The file's limits, in the scales of the instruments that the journals know; none without a file."""
    if path is None:
        return ()
    references = [f.folded.state.reference for f in answered(lambda: present(log, partitions, ()))]
    newest = max(references, key=lambda r: r.position, default=None)
    if newest is None or not newest.instruments:
        raise CliError("risk has decided nothing there: nothing to try limits on")
    try:
        return load_limits(path, newest)
    except ReferenceFileError as fault:
        raise UsageError(str(fault)) from None


def answered(ask: Any) -> Any:
    """What a look into the journals gives. CliError where they cannot be read."""
    try:
        return ask()
    except (LogError, JournalBroken) as fault:
        raise CliError(str(fault)) from None


def time_ns(text: str, without: int) -> int:
    """Nanoseconds of an ISO 8601 time in UTC. UsageError for what is none.

    >>> time_ns("2025-01-06T15:00:00", 0), time_ns("", 7)
    (1736175600000000000, 7)
    """
    if not text:
        return without
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no time: 2025-01-06T15:00:00") from None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=datetime.UTC)
    since = aware - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1_000


def row_of(r: Rehearsed) -> dict[str, str]:
    """Texts for people; amounts exact."""
    outcome = "near miss" if r.outcome is Outcome.SAME else r.outcome.value
    return {
        "time": time_text(r.tape_ns),
        "order": r.order_id,
        "account": r.account_id,
        "instrument": r.instrument_id,
        "was": r.was.name if r.was is not None else "accepted",
        "would": r.would.name if r.would is not None else "accepted",
        "outcome": outcome,
        "value": f"{to_text(r.value, AMOUNT_SCALE)} {r.currency}".strip(),
        "used": f"{r.used_ppm // 10_000} %" if r.check else "",
        "check": r.check,
        "text": r.text,
    }


def report_fields(report: Report) -> dict[str, Any]:
    return {
        "judged": report.judged,
        **{name: report.counts.get(told, 0) for name, told in _COUNTS.items()},
        "blocked_value": _amounts(report.blocked),
        "released_value": _amounts(report.released_value),
        "new_blocks_by_reason": dict(sorted(report.by_reason.items())),
        "orders": [row_of(r) for r in report.rows],
    }


_COUNTS = {"new_blocks": "new block", "released": "released", "near_misses": "near miss", "untold": "untold"}


def _amounts(values: Mapping[str, int]) -> dict[str, str]:
    return {currency: to_text(value, AMOUNT_SCALE) for currency, value in sorted(values.items())}


def summary(report: Report) -> str:
    """One line.

    >>> summary(Report(judged=3))
    '3 decisions judged: 0 new blocks, 0 released, 0 near misses, 0 untold'
    """
    counts = ", ".join(f"{report.counts.get(told, 0)} {name.replace('_', ' ')}" for name, told in _COUNTS.items())
    worth = ", ".join(f"{value} {currency}" for currency, value in _amounts(report.blocked).items())
    return f"{report.judged} decisions judged: {counts}" + (f"; {worth} would have been blocked" if worth else "")


def _show_affected(folds: Sequence[RehearsalFold], removed: Sequence[Limit], as_json: bool) -> None:
    """The exposure after is what it would be had those orders never been accepted. `removed`: limits that would be gone."""
    rows: list[dict[str, str]] = []
    exposure: list[dict[str, str]] = []
    for fold in folds:
        state = fold.folded.state
        found = affected_now(state, fold.prices, fold.now())
        rows += [{c: row_of(r)[c] for c in ("order", "account", "instrument", "would", "value", "text")} for r in found]
        exposure += _exposure_rows(state, *exposure_without(state, [r.order_id for r in found]))
    then = _then(folds, removed)
    if as_json:
        print_json({"affected": len(rows), "orders": rows, "exposure": exposure, "then": then})
        return
    if rows:
        print_table(list(rows[0]), [list(row.values()) for row in rows])
        print_table(list(EXPOSURE), [[row[c] for c in EXPOSURE] for row in exposure])
    console().print(f"{len(rows)} open orders would be refused, were they asked for again")
    for said in then:
        console().print(said, markup=False)


def _then(folds: Sequence[RehearsalFold], removed: Sequence[Limit]) -> list[str]:
    """What is refused without each of the limits, in the reference data that risk has read."""
    newest = max(folds, key=lambda fold: fold.folded.state.reference.position, default=None)
    if newest is None:
        return []
    reference = newest.folded.state.reference
    found = []
    for limit in removed:
        known = replace(reference, limits={**reference.limits, limit.limit_id: replace(limit, removed=False)})
        found.append(f"without {limit.limit_id}: {consequence(known, limit, newest.now().wall_ns)}")
    return found


def _show_cancel(folds: Sequence[RehearsalFold], wanted: OrderFilter, as_json: bool) -> None:
    orders: list[str] = []
    rows: list[dict[str, str]] = []
    for fold in folds:
        state = fold.folded.state
        covered, before, after = without_orders(state, wanted)
        orders += covered
        rows += _exposure_rows(state, before, after)
    if as_json:
        print_json({"affected": len(orders), "orders": [{"order": o} for o in orders], "exposure": rows, "then": []})
        return
    if rows:
        print_table(list(EXPOSURE), [[row[c] for c in EXPOSURE] for row in rows])
    console().print(f"{len(orders)} open orders would be cancelled")


def _exposure_rows(state: RiskState, before: Sequence[Exposure], after: Sequence[Exposure]) -> list[dict[str, str]]:
    scales = [state.reference.instruments[was.instrument_id].qty_scale for was in before]
    return [_exposure_row(*both) for both in zip(before, after, scales, strict=True)]


def _exposure_row(was: Exposure, will: Exposure, scale: int) -> dict[str, str]:
    return {
        "account": was.account_id,
        "instrument": was.instrument_id,
        "position": to_text(was.position, scale),
        "most_before": to_text(was.most, scale),
        "least_before": to_text(was.least, scale),
        "most_after": to_text(will.most, scale),
        "least_after": to_text(will.least, scale),
    }
