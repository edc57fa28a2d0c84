"""What `--json` prints of the commands about limits and drills: a part of `oms.cli.schemas`."""

from oms.cli.json_schema import (
    ANY_OBJECT,
    FLAG,
    TEXT,
    TEXTS,
    TIME,
    WHOLE,
    WHOLE_OR_NULL,
    Schema,
    listed,
    one_of,
    record,
)
from oms.cli.limit_list import LIST_COLUMNS
from oms.cli.limit_proposals import PROPOSAL_COLUMNS
from oms.cli.triggers import COLUMNS as TRIGGER_COLUMNS
from oms.core.enums import AlertKind

_DRILL: dict[str, Schema] = {
    **dict.fromkeys(("at", "scope", "reason", "by"), TEXT),
    **dict.fromkeys(
        ("control_offset", "partitions_applied", "accepted_after", "orders", "cancels_sent", "ended"), WHOLE
    ),
    **dict.fromkeys(("refused_everywhere_ms", "last_accepted_ms", "cancels_sent_ms", "ended_ms"), WHOLE_OR_NULL),
}
_BY_NAME_TEXT: Schema = {"type": "object", "additionalProperties": TEXT}
_REHEARSED = (
    "time", "order", "account", "instrument", "was", "would", "outcome", "value", "used", "check", "text",
)  # fmt: skip
_EXPOSURE = ("account", "instrument", "position", "most_before", "least_before", "most_after", "least_after")

OVERRIDE = record(dict.fromkeys(("limit", "until", "proposed_by", "approved_by", "why"), TEXT) | {"version": WHOLE})
"""A limit for one order alone that judged it."""

RISK_SCHEMAS: dict[str, Schema] = {
    "liquidate": record(
        {
            **dict.fromkeys(("applied_everywhere", "finished"), FLAG),
            **dict.fromkeys(("control_offset", "holdings", "orders", "refused", "remaining"), WHOLE),
            "control": TEXT,
            "not_liquidated": TEXTS,
        }
    ),
    "alerts": listed(
        record(
            {
                **dict.fromkeys(
                    (
                        "of",
                        "subject",
                        "value",
                        "allowed",
                        "age",
                        "raised",
                        "told",
                        "desk",
                        "acknowledged_by",
                        "acknowledged",
                        "note",
                        "overdue",
                        "text",
                        "alert_id",
                        "journal",
                    ),
                    TEXT,
                ),
                "status": one_of(("open", "cleared")),
                "kind": one_of(kind.name for kind in AlertKind),
            }
        )
    ),
    "drill kill": record({**_DRILL, "complete": FLAG}),
    "drill list": listed(record(_DRILL)),
    "limits list": listed(
        record({**dict.fromkeys(LIST_COLUMNS, TEXT), "version": WHOLE}),
    ),
    "limits proposals": listed(record(dict.fromkeys(PROPOSAL_COLUMNS, TEXT))),
    "limits propose": record(
        dict.fromkeys(("proposal", "limit", "now", "proposed", "then", "lapses"), TEXT) | {"version": WHOLE}, ("then",)
    ),
    "limits withdraw": record({"proposal": TEXT, "state": TEXT, "version": WHOLE}),
    "limits approve": record(
        dict.fromkeys(("proposal", "limit", "value", "acknowledged"), TEXT) | {"version": WHOLE}, ("acknowledged",)
    ),
    "limits history": listed(
        record(
            dict.fromkeys(("what", "who", "why", "changes", "acknowledged"), TEXT) | {"version": WHOLE, "time": TIME}
        )
    ),
    "limits usage": listed(
        record(
            {
                **dict.fromkeys(("limit", "check", "value", "used", "percent"), TEXT),
                **dict.fromkeys(("version", "decisions", "refused"), WHOLE),
                "newest": TIME,
                "partitions": listed(
                    record(
                        {
                            **dict.fromkeys(("limit", "granted", "held", "used", "percent", "over_by"), TEXT),
                            **dict.fromkeys(("version", "partition"), WHOLE),
                        }
                    )
                ),
            }
        )
    ),
    "limits backtest": record(
        {
            **dict.fromkeys(("judged", "new_blocks", "released", "near_misses", "untold"), WHOLE),
            "blocked_value": _BY_NAME_TEXT,
            "released_value": _BY_NAME_TEXT,
            "new_blocks_by_reason": {"type": "object", "additionalProperties": WHOLE},
            "orders": listed(record(dict.fromkeys(_REHEARSED, TEXT))),
        }
    ),
    "triggers list": listed(record({**dict.fromkeys(TRIGGER_COLUMNS, TEXT), "version": WHOLE})),
    "triggers propose": record(dict.fromkeys(("proposal", "trigger", "now", "proposed"), TEXT) | {"version": WHOLE}),
    "limits what-if": record(
        {
            "affected": WHOLE,
            "orders": listed(ANY_OBJECT),
            "exposure": listed(record(dict.fromkeys(_EXPOSURE, TEXT))),
            "then": listed(TEXT),
        }
    ),
}
