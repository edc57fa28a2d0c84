"""`oms limits propose`, `approve`, `history`, `usage`: how two people change limits and what else takes two (see `oms.core.governance`).

What is in force and proposed comes from the gateway; the history and
what was used from the audit.
"""

import datetime
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any, TypeVar

import typer

from oms.cli.audit_query import ask
from oms.cli.client import GatewayClient
from oms.cli.decimals import DecimalError, to_scaled
from oms.cli.instance import CliError, CsvOption, DataOption, JsonOption, UsageError, running_instance
from oms.cli.limit_credit import COLUMNS as CREDIT_COLUMNS
from oms.cli.limit_credit import DECIDED, LINES, credit_rows
from oms.cli.limit_list import Behind, acknowledged, differing, list_limits, scales_of, value_text
from oms.cli.limit_proposals import proposals, reference_of, then_of
from oms.cli.output import print_fields, print_json, print_rows, shown, time_text
from oms.cli.reference import history_of
from oms.cli.reference_load import proposal_id
from oms.cli.terms import requester
from oms.cli.units import AllScales, Scales, in_unit
from oms.core.money import AMOUNT_MAX, AMOUNT_SCALE, Amount
from oms.core.reference import Entity, Limit, LimitApproval, LimitProposal, ProposalWithdrawal, entity_key
from oms.core.risk.checks import CHECKS
from oms.core.risk.levels import AMOUNTS, QUANTITIES
from oms.core.risk_reference import ChangeApproval, ChangeProposal
from oms.v1 import admin_pb2
from oms.wire.codec import from_message, to_message

_DURATION = re.compile(r"(\d+(?:\.\d+)?) ?(ms|s|min)")
_DECIMALS = {"ms": 6, "s": 9}
HISTORY_COLUMNS = ("version", "time", "what", "who", "why", "changes", "acknowledged")
HISTORY_NARROW = ("version", "time", "what", "who", "why", "changes")
USAGE_COLUMNS = ("limit", "version", "check", "value", "used", "percent", "decisions", "refused", "newest")

ReasonOption = Annotated[str, typer.Option("--reason", help="Why: it stays in the record.")]
LimitArgument = Annotated[str, typer.Argument(metavar="LIMIT", help="A limit's id: `oms limits list`.")]


def register(app: typer.Typer) -> None:
    app.command("list")(list_limits)
    app.command("proposals")(proposals)
    app.command("propose")(propose)
    app.command("approve")(approve)
    app.command("withdraw")(withdraw)
    app.command("history")(history)
    app.command("usage")(usage)


G = TypeVar("G", Limit, LimitProposal, LimitApproval, ChangeProposal, ChangeApproval)


def _versioned(client: GatewayClient, kind: type[G], name: str, entity_id: str = "") -> dict[str, tuple[G, int]]:
    """Id → (the entity in force, its version)."""
    found: dict[str, tuple[G, int]] = {}
    for item in client.reference(name, entity_id):
        entity: Entity = from_message(item.entity, Entity)
        if isinstance(entity, kind):
            found[entity_key(entity)[1]] = (entity, item.version)
    return found


def _limits(client: GatewayClient, limit_id: str = "") -> dict[str, tuple[Limit, int]]:
    return _versioned(client, Limit, "limit", limit_id)


def propose(
    limit_id: LimitArgument,
    reason: ReasonOption,
    value: Annotated[str, typer.Option("--value", help="In the units of `oms limits list`, without their name.")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="That there be no such limit any more.")] = False,
    from_time: Annotated[
        str, typer.Option("--from", help="In force from then on (ISO 8601, UTC); at once without it.")
    ] = "",
    until: Annotated[
        str, typer.Option("--until", help="In force before then; what it replaces is again after it.")
    ] = "",
    only: Annotated[str, typer.Option("--only", metavar="ORDER", help="Of this order alone (its id).")] = "",
    lapses: Annotated[
        str, typer.Option("--lapses", help="Nobody approves it from then on; three days from now without it.")
    ] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose another value of a limit, or that it be removed. It binds nobody until another person approves it."""
    if remove == bool(value):
        raise UsageError("give either --value VALUE or --remove")
    if remove and (until or only):
        raise UsageError("a limit is removed for good: for one order, or until a time, propose a value")
    now_ns = time.time_ns()
    with GatewayClient(running_instance(data).gateway) as client:
        found = _limits(client, limit_id).get(limit_id)
        if found is None:
            raise CliError(f"there is no limit {limit_id}: `oms limits list`")
        limit, version = found
        scales = scales_of(client)
        wanted = replace(
            limit,
            value=limit.value if remove else Amount(value_of_text(value, limit, scales)),
            effective_ns=moment_ns("--from", from_time) if from_time else 0,
            expires_ns=moment_ns("--until", until) if until else 0,
            only_order=only,
            removed=remove,
        )
        until_ns = moment_ns("--lapses", lapses) if lapses else 0
        proposal = LimitProposal(proposal_id(limit_id, now_ns), wanted, version, until_ns)
        outcome = apply_entity(client, proposal, -1, reason)
        said, _ = _versioned(client, LimitProposal, "limit_proposal", outcome.entity_id)[outcome.entity_id]
        known = [Behind.of(item) for item in client.reference()] if remove else []
    then = then_of(reference_of(known), said, now_ns)
    fields = {
        "proposal": outcome.entity_id,
        "limit": limit_id,
        "now": value_text(limit, scales),
        "proposed": value_text(wanted, scales),
        **({"then": then} if then else {}),
        "version": outcome.version,
        "lapses": time_text(said.valid_until_ns),
    }
    if as_json:
        print_json(fields)
    else:
        print_fields({**fields, "next": f"another person: oms limits approve {outcome.entity_id} --reason WHY"})


def approve(
    proposal_id: Annotated[str, typer.Argument(metavar="PROPOSAL", help="A proposal's id: `oms limits proposals`.")],
    reason: ReasonOption,
    wait: Annotated[
        bool, typer.Option("--wait", help="Come back when every partition of risk judges by it; exit code 1 if not.")
    ] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Approve what another person has proposed, a limit or what else takes two: from here on it is in force."""
    with GatewayClient(running_instance(data).gateway) as client:
        wanted, approval, before = _approval(client, proposal_id)
        outcome = apply_entity(client, approval, before, reason)
        told = _awaited(client, outcome.version) if wait else ""
        scales = scales_of(client)
    kind, entity_id = entity_key(wanted)
    fields = {
        "proposal": proposal_id,
        "limit": entity_id if kind == "limit" else f"{kind} {entity_id}",
        "value": value_text(wanted, scales) if isinstance(wanted, Limit) else differing(None, wanted, scales)[1],
        "version": outcome.version,
        **({"acknowledged": told} if wait else {}),
    }
    if as_json:
        print_json(fields)
    else:
        print_fields(fields)
    if "waiting" in told:
        raise CliError(f"in force, and not everywhere yet after {WAIT_S:.0f} s: acknowledged {told}")


def _approval(client: GatewayClient, proposal_id: str) -> tuple[Entity, LimitApproval | ChangeApproval, int]:
    """What was proposed, its approval, and the version that the approval replaces."""
    limit = _versioned(client, LimitProposal, "limit_proposal", proposal_id).get(proposal_id)
    if limit is not None:
        approved = _versioned(client, LimitApproval, "limit_approval", proposal_id).get(proposal_id, (None, -1))
        return limit[0].limit, LimitApproval(proposal_id, limit[1]), approved[1]
    change = _versioned(client, ChangeProposal, "change_proposal", proposal_id).get(proposal_id)
    if change is None:
        raise CliError(f"there is no proposal {proposal_id}: `oms limits proposals`")
    before = _versioned(client, ChangeApproval, "change_approval", proposal_id).get(proposal_id, (None, -1))
    return change[0].entity, ChangeApproval(proposal_id, change[1]), before[1]


def withdrawal(client: GatewayClient, proposal_id: str) -> ProposalWithdrawal:
    """Of the proposal as it is. CliError where there is none."""
    for kind in ("limit_proposal", "change_proposal"):
        for item in client.reference(kind, proposal_id):
            return ProposalWithdrawal(proposal_id, item.version)
    raise CliError(f"there is no proposal {proposal_id}: `oms limits proposals`")


def withdraw(
    proposal_id: Annotated[str, typer.Argument(metavar="PROPOSAL", help="A proposal's id: `oms limits proposals`.")],
    reason: Annotated[str, typer.Option("--reason", help="Why: it stays in the record.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take back a proposal that you have made, of a limit or of what else takes two: nobody approves it any more."""
    with GatewayClient(running_instance(data).gateway) as client:
        outcome = apply_entity(client, withdrawal(client, proposal_id), -1, reason)
    fields = {"proposal": proposal_id, "state": "withdrawn", "version": outcome.version}
    if as_json:
        print_json(fields)
    else:
        print_fields(fields)


def _awaited(client: GatewayClient, version: int) -> str:
    """Which partitions judge by a version; after some seconds at the latest."""
    deadline = time.monotonic() + WAIT_S
    while True:
        told = acknowledged(version, {p.partition: p.position for p in client.reference_known("limit").partitions})
        if "waiting" not in told or time.monotonic() > deadline:
            return told
        time.sleep(WAIT_STEP_S)


WAIT_S = 20.0
"""A partition reads reference data within milliseconds, and a takeover takes seconds: who is not there then is down."""

WAIT_STEP_S = 0.1


def apply_entity(client: GatewayClient, entity: Entity, replaces: int, reason: str) -> Any:
    """Write one change of reference data; its outcome. CliError where another change came first."""
    message: Any = to_message(entity, Entity)
    item = admin_pb2.ReferenceItem(entity=message, replaces_version=replaces)
    request = admin_pb2.ApplyReferenceRequest(items=[item], reason=reason, requester=requester())
    (outcome,) = client.apply_reference(request)
    if not outcome.applied:
        raise CliError(
            f"{outcome.entity_id} was not applied: another change came first, look again with `oms limits list`"
        )
    return outcome


def value_of_text(text: str, limit: Limit, scales: AllScales) -> int:
    """The value in the unit of the limit's kind. UsageError where the text is none."""
    try:
        if limit.kind in QUANTITIES:
            return _not_negative(to_scaled(text, scales[limit.instrument_id].qty), text)
        if limit.kind in AMOUNTS:
            return _not_negative(to_scaled(text, AMOUNT_SCALE, AMOUNT_MAX), text)
        if limit.kind.name.endswith("_NS"):
            return duration_ns(text)
        if limit.kind.name.endswith("_MILLI"):
            return _not_negative(to_scaled(text, 3), text)
        return _not_negative(to_scaled(text, 4 if limit.kind.name.endswith("_PPM") else 0), text)
    except DecimalError as error:
        raise UsageError(f"--value: {error}") from None
    except KeyError:
        raise UsageError(f"--value: instrument {limit.instrument_id!r} is not known") from None


def moment_ns(option: str, text: str) -> int:
    """A time of the wall, nanoseconds UTC. UsageError where the text is none."""
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text!r}: write a UTC time like 2026-11-23T15:00") from None
    since = moment.replace(tzinfo=moment.tzinfo or datetime.UTC) - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return since // datetime.timedelta(microseconds=1) * 1_000


def _not_negative(value: int, text: str) -> int:
    if value < 0:
        raise UsageError(f"--value: {text} is negative")
    return value


def duration_ns(text: str, option: str = "--value") -> int:
    """A duration in nanoseconds. UsageError where the text is none."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise UsageError(f"{option}: {text!r} is no duration: write it like 500 ms, 10 s or 2 min")
    return to_scaled(match[1], 0) * 60 * 10**9 if match[2] == "min" else to_scaled(match[1], _DECIMALS[match[2]])


_HISTORY = """
SELECT lower(entity_kind), entity_id, version, valid, replaces_version, reason, entered_by, timestamp_ms, entity
FROM oms.reference_changes
WHERE (entity_kind = 'Limit' AND entity_id = %(id)s)
   OR (entity_kind = 'LimitProposal' AND JSONExtractString(entity, 'limit', 'limit_id') = %(id)s)
   OR (entity_kind IN ('LimitApproval', 'ProposalWithdrawal') AND entity_id IN (
        SELECT entity_id FROM oms.reference_changes
        WHERE entity_kind = 'LimitProposal' AND JSONExtractString(entity, 'limit', 'limit_id') = %(id)s))
ORDER BY version
LIMIT 10000
"""
_HISTORY_OF = """
WITH proposed AS (
    SELECT entity_id FROM oms.reference_changes
    WHERE entity_kind = 'ChangeProposal' AND JSONExtractString(JSONExtractRaw(entity, 'entity'), 2) = %(id)s
      AND lower(replaceRegexpAll(JSONExtractString(entity, 'entity', 'type'), '([a-z])([A-Z])', '\\1_\\2')) = %(kind)s)
SELECT lower(entity_kind), entity_id, version, valid, replaces_version, reason, entered_by, timestamp_ms, entity
FROM oms.reference_changes
WHERE (kind = %(kind)s AND entity_id = %(id)s) OR (entity_kind IN ('ChangeProposal', 'ChangeApproval', 'ProposalWithdrawal') AND entity_id IN proposed)
ORDER BY version
LIMIT 10000
"""
"""Of what else takes two: the type and the id are the first fields of what is proposed."""

_ACKNOWLEDGED = """
SELECT version, partition, timestamp_ms FROM oms.reference_acknowledgements
WHERE valid AND kind = %(kind)s AND entity_id = %(id)s
ORDER BY version, partition
"""
_INSTRUMENTS = "SELECT instrument_id, price_scale, qty_scale, currency FROM oms.instruments"


def history(
    limit_id: Annotated[str, typer.Argument(metavar="LIMIT", help="A limit's id, or KIND/ID of what else takes two.")],
    data: DataOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Everything that happened to a limit: set, proposed, approved; when, by whom and why; and since when each partition judges by it."""
    instance = running_instance(data)
    kind, slash, entity_id = limit_id.partition("/")
    named = {"kind": kind, "id": entity_id} if slash else {"kind": "limit", "id": limit_id}
    rows = ask(instance, _HISTORY if named["kind"] == "limit" else _HISTORY_OF, named)
    if not rows:
        raise CliError(f"the audit knows no {named['kind']} {named['id']}: `oms reference list {named['kind']}`")
    scales = {row[0]: Scales(*row[1:]) for row in ask(instance, _INSTRUMENTS)}
    told = acknowledged_at(ask(instance, _ACKNOWLEDGED, named))
    print_rows(history_rows(rows, scales, told), as_json, as_csv=as_csv, columns=HISTORY_COLUMNS, narrow=HISTORY_NARROW)


def acknowledged_at(rows: Iterable[tuple[Any, ...]]) -> dict[int, str]:
    """Version → since when which partition judges by it; of the day when it was set the time alone would do, but days differ."""
    found: dict[int, list[str]] = {}
    for version, partition, timestamp_ms in rows:
        found.setdefault(version, []).append(f"p{partition} {time_text(timestamp_ms * 10**6)}")
    return {version: ", ".join(told) for version, told in found.items()}


_WHAT = (
    dict.fromkeys(("limitproposal", "changeproposal"), "proposed")
    | dict.fromkeys(("limitapproval", "changeapproval"), "approved")
    | {"proposalwithdrawal": "withdrawn"}
)


def _what(version: Mapping[str, Any]) -> str:
    """Of a version of the history."""
    removes = any(c["field"] == "limit.removed" and c["after"] == shown(True) for c in version["changes"])
    return "removal proposed" if removes else _WHAT.get(version["kind"], "set")


def history_rows(
    rows: list[tuple[Any, ...]], scales: AllScales, told: Mapping[int, str] | None = None
) -> list[dict[str, Any]]:
    """Rows of the audit, oldest first, as one line each."""
    found = []
    for version in history_of(rows, scales):
        what = _what(version)
        changes = ", ".join(f"{c['field']} {c['before']} -> {c['after']}".strip() for c in version["changes"])
        found.append(
            {
                "version": version["version"],
                "time": version["recorded"],
                "what": what if version["accepted"] else f"{what}, void",
                "who": version["who"],
                "why": version["reason"],
                "changes": changes,
                "acknowledged": (told or {}).get(version["version"], ""),
            }
        )
    return found


_USAGE = """
SELECT limit_version, argMax(check_no, (offset, event_no)), argMax(threshold, (offset, event_no)),
       argMax(after_value, (offset, event_no)), count(), countIf(reason != ''), max(timestamp_ms), argMax(order_id, (offset, event_no))
FROM oms.risk_checks
WHERE valid AND limit_version IN %(versions)s AND check_no NOT IN (170, 171, 172, 173, 174)
GROUP BY limit_version
"""
_INSTRUMENT_OF_ORDER = "SELECT DISTINCT order_id, instrument_id FROM oms.orders WHERE order_id IN %(orders)s"


def usage(data: DataOption = None, as_json: JsonOption = False, as_csv: CsvOption = False) -> None:
    """How much of each limit the newest decision that it was the tightest of made of it, and how often it refused.

    Of limits that span partitions also what each partition was granted, holds and uses, and by how much too much is granted or used."""
    instance = running_instance(data)
    with GatewayClient(instance.gateway) as client:
        behind, scales = [Behind.of(item) for item in client.reference("limit")], scales_of(client)
    limits = {b.entity.limit_id: b.entity for b in behind if isinstance(b.entity, Limit)}
    by_version = {b.version: b.entity for b in behind if isinstance(b.entity, Limit)}
    if not by_version:
        raise CliError("no limit there yet: `oms load FILE`")
    newest = ask(instance, _USAGE, {"versions": tuple(by_version)})
    bound = tuple(row[-1] for row in newest if _UNITS.get(row[1]) == "price")
    instruments = dict(ask(instance, _INSTRUMENT_OF_ORDER, {"orders": bound})) if bound else {}
    rows = usage_rows(newest, by_version, scales, instruments)
    rows += [removed_row(b) for b in behind if isinstance(b.entity, Limit) and b.entity.removed]
    lines = credit_rows(
        ask(instance, LINES),
        ask(instance, DECIDED),
        limits,
        lambda limit, value: value_text(replace(limit, value=Amount(value)), scales),
    )
    if as_json:
        print_json([row | {"partitions": [x for x in lines if x["limit"] == row["limit"]]} for row in rows])
        return
    print_rows(rows, False, nothing="no decision is audited yet", as_csv=as_csv, columns=USAGE_COLUMNS)
    if lines and not as_csv:
        print_rows(lines, False, "Over partitions", columns=CREDIT_COLUMNS)


def removed_row(behind: Behind) -> dict[str, Any]:
    """Of a limit that two people have removed: who and when, in the place of what is used of it."""
    limit = behind.entity
    assert isinstance(limit, Limit)
    since = f"from {time_text(limit.effective_ns)}" if limit.effective_ns else time_text(behind.entered_ns)
    said = f"removed by {behind.entered_by}, proposed by {behind.proposed_by}, {since}"
    row = dict.fromkeys(USAGE_COLUMNS, "") | {"limit": limit.limit_id, "version": behind.version, "value": said}
    return {**row, "decisions": 0, "refused": 0, "newest": time_text(behind.entered_ns)}


_NAMES = {check.number: check.name for check in CHECKS}
_UNITS = {check.number: check.unit for check in CHECKS}


def usage_rows(
    rows: list[tuple[Any, ...]],
    by_version: Mapping[int, Limit],
    scales: AllScales,
    instruments: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """The fullest first. Of a limit on a price the worst price and its bound are shown, at the scale of the order's instrument (`instruments`: by
    order); they fill to no percent."""
    found = []
    for version, check, threshold, after, decisions, refused, newest_ms, order_id in rows:
        limit = by_version[version]
        is_bound = threshold != limit.value
        percent = "" if is_bound or threshold <= 0 else str(-(-abs(after) * 100 // threshold))
        used = str(after) if is_bound else value_text(replace(limit, value=Amount(abs(after))), scales)
        if _UNITS.get(check) == "price":
            of = scales.get((instruments or {}).get(order_id, limit.instrument_id))
            used = f"{in_unit(after, 'price', of)} (bound {in_unit(threshold, 'price', of)})" if of is not None else ""
        found.append(
            {
                "limit": limit.limit_id,
                "version": version,
                "check": _NAMES.get(check, str(check)),
                "value": value_text(limit, scales),
                "used": used,
                "percent": percent,
                "decisions": decisions,
                "refused": refused,
                "newest": time_text(newest_ms * 10**6),
            }
        )
    return sorted(found, key=lambda row: (-int(row["percent"] or 0), row["limit"]))
