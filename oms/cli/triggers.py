"""`oms triggers`: what halts without a person (`oms.core.halt_triggers`): how far each is from it, what has tripped, and how two people change it.

The figures are those of risk's journals, folded up to now; what only a running owner sees (the audit, the market) comes from the gateway.
A trigger is looked at by every partition of its own; the row shows the one whose figure is the furthest.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer

from oms.cli.client import GatewayClient
from oms.cli.control import scope_text
from oms.cli.decimals import DecimalError, to_scaled
from oms.cli.instance import CliError, CsvOption, DataOption, JsonOption, UsageError, running_instance
from oms.cli.journal import Origin, opened_log
from oms.cli.limit_changes import apply_entity, duration_ns
from oms.cli.limits import answered
from oms.cli.output import print_fields, print_json, print_rows, time_text
from oms.cli.reference_load import proposal_id
from oms.cli.units import duration_text, trigger_value
from oms.core.halt_triggers import WINDOWED, HaltTrigger, HaltTriggerKind
from oms.core.market import MarketRecord, MarketView, Quote
from oms.core.money import AMOUNT_MAX, AMOUNT_SCALE, Amount
from oms.core.reference import Entity
from oms.core.risk.state import RiskState
from oms.core.risk.trigger_figures import figure_of
from oms.core.risk_reference import ChangeProposal
from oms.core.stage import Conditions
from oms.runtime.limit_replay import present
from oms.wire import topics
from oms.wire.codec import from_message

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Triggers of automatic halts: how far each is, and what has tripped.",
)

COLUMNS = (
    "trigger", "state", "kind", "of", "figure", "threshold", "window", "action", "cancels", "since", "partition", "text",
    "version", "proposed",
)  # fmt: skip
NARROW = ("trigger", "state", "of", "figure", "threshold", "since")

ReasonOption = Annotated[str, typer.Option("--reason", help="Why: it stays in the record.")]


@dataclass(frozen=True, slots=True)
class Known:
    """A trigger in force, its version, and the proposal that would change it ("": none)."""

    trigger: HaltTrigger
    version: int
    proposed: str = ""


@app.command("list")
def list_triggers(data: DataOption = None, as_json: JsonOption = False, as_csv: CsvOption = False) -> None:
    """Every trigger: armed, quiet after a resume, tripped and since when, or disabled; its figure now beside its threshold."""
    with GatewayClient(running_instance(data).gateway) as client:
        known = _known(client)
        control = client.control_status()
        market = _market(client, [k.trigger.scope_id for k in known if k.trigger.kind is HaltTriggerKind.STALE_MARKET])
    states: list[RiskState] = []
    if known:
        with opened_log(Origin.KAFKA, data) as (log, counts):
            folds = answered(lambda: present(log, counts.get(topics.RISK, 0), ()))
        states = [fold.folded.state for fold in folds]
    audit_ns = None if control.audit_age_ns < 0 else control.audit_age_ns
    now = Conditions(control.wall_ns, control.tape_ns, 0, 1, audit_ns, 1)
    rows = [row_of(k, states, now, market) for k in known]
    print_rows(
        rows, as_json, nothing="no trigger there: `oms load FILE`", as_csv=as_csv, columns=COLUMNS, narrow=NARROW
    )


def _known(client: GatewayClient) -> list[Known]:
    waiting = {}
    for item in client.reference("change_proposal"):
        entity: Entity = from_message(item.entity, Entity)
        if isinstance(entity, ChangeProposal) and isinstance(entity.entity, HaltTrigger):
            waiting[entity.entity.trigger_id, entity.replaces_version] = entity.proposal_id
    found = []
    for item in client.reference("halt_trigger"):
        trigger: Entity = from_message(item.entity, Entity)
        assert isinstance(trigger, HaltTrigger)
        found.append(Known(trigger, item.version, waiting.get((trigger.trigger_id, item.version), "")))
    return sorted(found, key=lambda k: k.trigger.trigger_id)


def _market(client: GatewayClient, instruments: Sequence[str]) -> MarketView:
    """The newest quotes of the venues, as risk's view has them."""
    view = MarketView()
    for instrument_id in instruments:
        for shown in client.quotes(instrument_id):
            for venue in shown.quotes:
                q = venue.quote
                quote = Quote(q.time_ns, q.bid_px, q.bid_qty, q.ask_px, q.ask_qty)
                view.apply(0, view.changes, MarketRecord(venue.venue_id, instrument_id, 0, (quote,), ()))
    return view


def row_of(known: Known, states: Sequence[RiskState], now: Conditions, market: MarketView) -> dict[str, Any]:
    """A trigger as one line. Its figure is the greatest over partitions; one that cannot be told is greater than any."""
    trigger = known.trigger
    figures = [(s.partition, figure_of(s, trigger, now, market)) for s in states] if trigger.enabled else []
    furthest = max(figures, key=lambda f: (f[1].value is None, f[1].value or 0), default=None)
    trips = [(s.trips[trigger.trigger_id], s.partition) for s in states if trigger.trigger_id in s.trips]
    first = min(trips, key=lambda t: t[0].wall_ns, default=None)
    partition = first[1] if first is not None else furthest[0] if furthest is not None else None
    text = first[0].text if first is not None else furthest[1].text if furthest is not None else ""
    return {
        "trigger": trigger.trigger_id,
        "state": _state(trigger, states, now.wall_ns),
        "kind": trigger.kind.name,
        "of": scope_text(trigger.scope, trigger.scope_id),
        "figure": _figure_text(trigger, furthest[1].value) if furthest is not None else "",
        "threshold": trigger_value(trigger.threshold, trigger.kind.name, trigger.currency),
        "window": duration_text(trigger.window_ns) if trigger.window_ns else "",
        "action": trigger.action.name,
        "cancels": "yes" if trigger.cancel_open else "no",
        "since": time_text(first[0].wall_ns) if first is not None else "",
        "partition": "" if partition is None else str(partition),
        "text": text,
        "version": known.version,
        "proposed": known.proposed,
    }


def _state(trigger: HaltTrigger, states: Sequence[RiskState], wall_ns: int) -> str:
    if any(trigger.trigger_id in state.trips for state in states):
        return "tripped"
    if not trigger.enabled:
        return "disabled"
    graces = [state.graces.get(trigger.trigger_id) for state in states]
    return "quiet" if any(grace is not None and wall_ns < grace.until_ns for grace in graces) else "armed"


def _figure_text(trigger: HaltTrigger, value: int | None) -> str:
    return "unknown" if value is None else trigger_value(value, trigger.kind.name, trigger.currency)


@app.command("propose")
def propose(
    trigger_id: Annotated[str, typer.Argument(metavar="TRIGGER", help="A trigger's id: `oms triggers list`.")],
    reason: ReasonOption,
    threshold: Annotated[
        str,
        typer.Option("--threshold", help="In the units of `oms triggers list`, without their name; as now without it."),
    ] = "",
    enabled: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Whether it is looked at; as now without it.")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose another threshold, or to enable or disable a trigger. Nothing changes until another person approves: `oms limits approve`."""
    if not threshold and enabled is None:
        raise UsageError("say what is to change: --threshold, --enable or --disable")
    with GatewayClient(running_instance(data).gateway) as client:
        found = {k.trigger.trigger_id: k for k in _known(client)}.get(trigger_id)
        if found is None:
            raise CliError(f"there is no trigger {trigger_id}: `oms triggers list`")
        now = found.trigger
        wanted = replace(
            now,
            threshold=Amount(threshold_of(threshold, now.kind)) if threshold else now.threshold,
            enabled=now.enabled if enabled is None else enabled,
        )
        name = proposal_id(f"halt_trigger.{trigger_id}", time.time_ns())
        outcome = apply_entity(client, ChangeProposal(name, wanted, found.version), -1, reason)
    fields = {
        "proposal": outcome.entity_id,
        "trigger": trigger_id,
        "now": _terms(now),
        "proposed": _terms(wanted),
        "version": outcome.version,
    }
    if as_json:
        print_json(fields)
    else:
        print_fields({**fields, "next": f"another person: oms limits approve {outcome.entity_id} --reason WHY"})


def _terms(trigger: HaltTrigger) -> str:
    value = trigger_value(trigger.threshold, trigger.kind.name, trigger.currency)
    return value if trigger.enabled else f"{value}, disabled"


def threshold_of(text: str, kind: HaltTriggerKind) -> int:
    """A threshold in the unit of its kind. UsageError where the text is none.

    >>> threshold_of("2 min", HaltTriggerKind.AUDIT_LAG), threshold_of("25", HaltTriggerKind.REJECT_RATIO)
    (120000000000, 250000)
    """
    try:
        match kind:
            case HaltTriggerKind.DAY_LOSS:
                value = to_scaled(text, AMOUNT_SCALE, AMOUNT_MAX)
            case kind if kind in WINDOWED:
                value = to_scaled(text, 4 if kind is HaltTriggerKind.REJECT_RATIO else 0)
            case _:
                value = duration_ns(text, "--threshold")
    except DecimalError as error:
        raise UsageError(f"--threshold: {error}") from None
    if value < 0:
        raise UsageError(f"--threshold: {text} is negative")
    return value
