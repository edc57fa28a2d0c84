"""`oms order`: everything about one order, from the gateway (as it is now) and the audit (how it came to be)."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from oms.cli.audit_query import ask
from oms.cli.client import GatewayClient, NotFound
from oms.cli.instance import CliError, DataOption, Instance, JsonOption, running_instance
from oms.cli.order_ids import HELP, find_order, parent_of
from oms.cli.order_requests import DeskOption, scales_of, show_order, view_text
from oms.cli.order_story import BIOGRAPHY_COLUMNS, Step, instrument_in, limit_versions, story_of, terms_of
from oms.cli.order_why import decisions_of, overrides_of, show_decisions
from oms.cli.order_words import order_fields
from oms.cli.output import console, print_fields, print_json, print_rows
from oms.cli.units import Scales

STEPS_MAX = 10_000

_BIOGRAPHY = f"""
SELECT {BIOGRAPHY_COLUMNS}
FROM oms.order_biography WHERE order_id = %(order_id)s ORDER BY step LIMIT {STEPS_MAX}
"""
_SCALES = "SELECT price_scale, qty_scale, currency FROM oms.instruments WHERE instrument_id = %(id)s"
_LIMITS = """
WITH proposed AS (SELECT entity_id, version, entered_by, entity FROM oms.reference_changes WHERE entity_kind = 'LimitProposal' AND valid)
SELECT c.version, if(c.entity_kind = 'Limit', c.entity, JSONExtractRaw(p.entity, 'limit')) AS term,
       JSONExtractString(term, 'limit_id'), JSONExtractString(term, 'only_order'), JSONExtractInt(term, 'expires_ns'),
       p.entered_by, c.entered_by, c.reason
FROM oms.reference_changes AS c
LEFT JOIN proposed AS p ON p.entity_id = c.entity_id AND p.version = JSONExtractInt(c.entity, 'proposal_version')
WHERE c.entity_kind IN ('Limit', 'LimitApproval') AND c.version IN %(versions)s
"""
"""A limit that two people set is known by the version of its approval."""


def register(app: typer.Typer) -> None:
    app.command("order")(order)


def order(
    order_id: Annotated[str, typer.Argument(help=HELP)],
    desk: DeskOption = "",
    why: Annotated[
        bool, typer.Option("--why", help="Only what risk decided, with every check and what it was judged by.")
    ] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """An order and its biography: who, when, the decision and its limits, children, quotes considered, every event."""
    instance = running_instance(data)
    view: Any = None
    absent: NotFound | None = None
    with GatewayClient(instance.gateway) as client:
        found = find_order(instance, client, order_id, desk)
        try:
            view = client.order(found)
        except NotFound as error:  # the gateway keeps the open and the latest ones; the audit has all
            absent = error
    try:
        found, steps = _audited(instance, found, absent is not None)
    except CliError as error:
        raise CliError(f"{absent}; {error}" if absent else str(error), error.exit_code) from None
    if absent is not None and not steps:
        raise absent
    scales = scales_of(view) if view is not None else _scales(instance, instrument_in(steps))
    versions = limit_versions(steps)
    limits = ask(instance, _LIMITS, {"versions": tuple(versions)}) if versions else []
    limit_ids = {version: limit_id for version, _, limit_id, *_ in limits}
    if why:
        decisions = decisions_of(steps, scales, limit_ids, overrides_of(limits))
        if as_json:
            print_json({"order_id": found, "decisions": decisions})
        else:
            show_decisions(found, decisions)
        return
    fields = _fields(view, found, steps, scales)
    story = story_of(steps, scales, limit_ids)
    if as_json:
        print_json({**fields, **story})
    else:
        _show(fields, story)


def _audited(instance: Instance, order_id: str, maybe_child: bool) -> tuple[str, list[Step]]:
    """(order id, its steps); a name that is no order's may be a child's."""
    steps = [Step.of(row) for row in ask(instance, _BIOGRAPHY, {"order_id": order_id})]
    if not steps and maybe_child and parent_of(order_id):
        order_id = parent_of(order_id)
        steps = [Step.of(row) for row in ask(instance, _BIOGRAPHY, {"order_id": order_id})]
    return order_id, steps


def _scales(instance: Instance, instrument_id: str) -> Scales:
    rows = ask(instance, _SCALES, {"id": instrument_id})
    return Scales(*rows[0]) if rows else Scales()


def _fields(view: Any, order_id: str, steps: list[Step], scales: Scales) -> dict[str, Any]:
    """The order as it is now, by the gateway, or by its events where the gateway has forgotten it."""
    if view is None:
        return {**terms_of(order_id, steps, scales), "fills": []}
    return {**order_fields(view), "text": view_text(view)}


def _show(fields: dict[str, Any], story: Mapping[str, Any]) -> None:
    who = {k: v for k, v in story["who"].items() if v}
    clocks, decision = story["clocks"], story["decision"]
    decided = {k: v for k, v in decision.items() if k not in ("checks", "verdict")} if decision else {}
    show_order({k: v for k, v in fields.items() if k not in ("entered", "decision_offset", "limit_version")})
    print_fields({"who": ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in who.items())})
    print_fields({f"clock {name}": value for name, value in clocks.items()})
    if decision:
        print_fields(
            {"decision": decision["verdict"], **{f"decision {name}": value for name, value in decided.items()}}
        )
        limits = [check for check in decision["checks"] if check["limit"]]
        print_rows(limits, False, "limits it was judged by", "no limit was reached")
    if story["children"]:
        shown = ("child", "venue", "side", "qty", "price", "tif", "status", "filled", "venue_order_id", "reason")
        rows = [{name: child[name] for name in shown} for child in story["children"]]
        print_rows(rows, False, "children", narrow=tuple(n for n in shown if n not in ("side", "reason")))
    for routing in story["routing"]:
        rest = f", {routing['to_rest']} of it to rest" if routing["to_rest"] != "0" else ""
        title = f"routing decision {routing['decision_no']}: {routing['to_place']} to place{rest}; quotes considered"
        print_rows(routing["quotes"], False, title, f"{title}: none")
    _show_steps(story["biography"])


def _show_steps(steps: list[dict[str, Any]]) -> None:
    """The events in order, in four columns that fold."""
    if not steps:
        console().print("biography: not audited yet")
        return
    table = Table.grid(padding=(0, 1))
    for name in ("after", "where", "event", "what"):
        table.add_column(name, justify="right" if name == "after" else "left", overflow="fold")
    for step in steps:
        child = f" .{step['child']}" if step["child"] else ""
        where = step["where"].removeprefix("oms.")
        table.add_row(step["after"], where, f"{step['event']}{child}", escape(step["detail"]))
    console().print("biography (by the broker's clock)")
    console().print(table)
