"""What `--json` prints, by command: JSON Schema (draft 2020-12). A program may rely on these; a test holds real output against them.

Exact numbers are texts; times are texts in UTC; null is "not known". On failure standard output is empty or holds what is known so far
in the same form, and the failure is one line on standard error.
"""

from oms.cli.completion import REFERENCE_KINDS
from oms.cli.fix_schemas import FIX_SCHEMAS
from oms.cli.json_schema import (
    ANY_OBJECT,
    DECIMAL,
    DECIMAL_OR_NULL,
    FLAG,
    NUMBER_OR_NULL,
    TEXT,
    TEXT_OR_NULL,
    TEXTS,
    TIME,
    WHOLE,
    WHOLE_OR_NULL,
    Schema,
    listed,
    one_of,
    or_null,
    record,
)
from oms.cli.risk_schemas import OVERRIDE, RISK_SCHEMAS
from oms.core.enums import (
    Algorithm,
    BreakCause,
    ContingencyType,
    LegState,
    OrdStatus,
    OrdType,
    ResolutionKind,
    Side,
    TimeInForce,
)
from oms.gateway.lists import ListOrderStatus
from oms.venues.fault_messages import FaultKind
from oms.wire.dead_letter import LetterClass

_ORDER_FIELDS: dict[str, Schema] = {
    "order_id": TEXT,
    "status": one_of(s.name for s in OrdStatus),
    "side": one_of(s.name for s in Side),
    "qty": DECIMAL,
    "instrument": TEXT,
    "type": one_of(t.name for t in OrdType),
    "price": DECIMAL,
    "tif": one_of(t.name for t in TimeInForce),
    "algorithm": one_of(a.name for a in Algorithm),
    "filled": DECIMAL,
    "leaves": DECIMAL,
    "avg_price": DECIMAL,
    "account": TEXT,
    "reason": TEXT,
    "pending": TEXT,
    "waits_for": TEXT,
    "waits_since": TEXT,
    "entered": TIME,
}
_FILL = record(
    {"venue": TEXT, "qty": DECIMAL, "price": DECIMAL, "liquidity": TEXT, "time": TIME, "exec_id": TEXT},
)
_CHILD = record(
    {
        "child": TEXT,
        "venue": TEXT,
        "status": one_of(s.name for s in OrdStatus),
        "qty": DECIMAL,
        "price": DECIMAL,
        "filled": DECIMAL,
        "since": TIME,
        "waits_for": TEXT,
    }
)
_ORDER_MORE: dict[str, Schema] = {
    "text": TEXT,
    "limit_version": WHOLE_OR_NULL,
    "decision_offset": WHOLE_OR_NULL,
    "cl_ord_ids": TEXTS,
    "instructions": TEXT,
    "pending_request": TEXT,
    "waiting": TEXT,
    "at_venues": listed(_CHILD),
    "venues": TEXTS,
    "fills": listed(_FILL),
    "fill_count": WHOLE,
    "updated": TIME,
    "list": TEXT,
    "contingency": one_of(c.name for c in ContingencyType),
    "leg": one_of(s.name.lower() for s in LegState),
    "released": DECIMAL,
}
_ORDER = record({**_ORDER_FIELDS, **_ORDER_MORE})
_LIMIT = record({"id": TEXT, "version": WHOLE, "check": TEXT, "threshold": TEXT, "value": TEXT})
_DECISION: dict[str, Schema] = {
    "id": TEXT,
    "request": TEXT,
    "decision": {"enum": ["RECEIVED", "ACCEPTED", "REJECTED"]},
    "decision_reason": TEXT,
    "decision_words": TEXT,
    "decision_text": TEXT,
    "already_received": FLAG,
}
_REQUEST = record(
    {**_DECISION, "limit": or_null(_LIMIT), "trace_id": TEXT, "order": or_null(_ORDER)}, optional=["trace_id"]
)
_PROGRESS: dict[str, Schema] = {
    **dict.fromkeys(("matched", "done", "working", "waiting"), WHOLE),
    "finished": FLAG,
    "by_partition": listed(
        record({"started": FLAG, **dict.fromkeys(("partition", "matched", "waiting", "working", "done"), WHOLE)})
    ),
}
_MASS_CANCEL = record(
    {**_DECISION, "whom": TEXT, "control_offset": WHOLE, **_PROGRESS},
    optional=["control_offset", "decision_reason", "decision_words", "decision_text", *_PROGRESS],
)

_LIST = record(
    {
        "list_id": TEXT,
        "status": {"enum": [s.name for s in ListOrderStatus]},
        "contingency": one_of(c.name for c in ContingencyType),
        "reason": TEXT,
        "text": TEXT,
        "order_at_fault": TEXT,
        "orders": listed(record({**_ORDER_FIELDS, "leg": one_of(s.name.lower() for s in LegState)})),
    }
)
_LIST_REQUEST = record({**_DECISION, "matched": WHOLE, "list": or_null(_LIST)}, optional=["matched"])

_STEP = record(
    {
        "step": WHOLE, "recorded": TIME, "after": TEXT, "market_time": TIME, "where": TEXT, "event": TEXT, "child": TEXT,
        "venue": TEXT, "status": TEXT, "reason": TEXT, "detail": TEXT, "json": TEXT,
    }
)  # fmt: skip
_CHECK = record(
    {"check": TEXT, "limit": TEXT, "version": WHOLE_OR_NULL, "threshold": TEXT, "before": TEXT, "after": TEXT}
)
_WHY = record(
    {
        "order_id": TEXT,
        "decisions": listed(
            record(
                {
                    **dict.fromkeys(("what", "cl_ord_id", "where", "reason", "words", "text"), TEXT),
                    "verdict": {"enum": ["ACCEPTED", "REJECTED"]},
                    "decided": TIME,
                    "checks": listed(
                        record(
                            {
                                **dict.fromkeys(("check", "limit", "threshold", "before", "after"), TEXT),
                                "version": WHOLE_OR_NULL,
                                "passed": FLAG,
                            }
                        )
                    ),
                    "overrides": listed(OVERRIDE),
                    "inputs": listed(record(dict.fromkeys(("input", "id", "version", "age"), TEXT))),
                }
            )
        ),
    }
)
_JUDGED: dict[str, Schema] = {
    "verdict": {"enum": ["ACCEPTED", "REJECTED"]}, "where": TEXT, "reason": TEXT, "words": TEXT, "text": TEXT,
    "reference_price": DECIMAL, "reference_price_age": TEXT, "reference_below": WHOLE, "control_below": WHOLE,
    "market_below": TEXT, "checks": listed(_CHECK),
}  # fmt: skip
_CHILD = record(
    {
        "child": TEXT, "child_id": TEXT, "venue": TEXT, "side": TEXT, "qty": DECIMAL, "price": DECIMAL, "tif": TEXT,
        "status": TEXT, "filled": DECIMAL, "venue_order_id": TEXT, "reason": TEXT, "words": TEXT,
    }
)  # fmt: skip
_QUOTE_CONSIDERED = record(
    {
        "venue": TEXT, "shown": DECIMAL, "price": DECIMAL, "net_price": DECIMAL, "taken": DECIMAL, "rested": DECIMAL,
        "why_not": TEXT,
    }
)  # fmt: skip
_ROUTING = record(
    {
        "decision_no": WHOLE, "where": TEXT, "algorithm": TEXT, "to_place": DECIMAL, "to_rest": DECIMAL,
        "market_below": TEXT, "quotes": listed(_QUOTE_CONSIDERED),
    }
)  # fmt: skip
_BIOGRAPHY = record(
    {
        **_ORDER_FIELDS,
        **_ORDER_MORE,
        "who": record(dict.fromkeys(("entered_by", "on_behalf_of", "trader", "strategy", "source"), TEXT), more=True),
        "clocks": record(
            {"entered": TIME, "decided": TIME, "decided_after": TEXT, "recorded": TIME, "market_time": TIME}
        ),
        "decision": {"anyOf": [record(_JUDGED), record({})]},
        "children": listed(_CHILD),
        "routing": listed(_ROUTING),
        "biography": listed(_STEP),
    },
    optional=[name for name in _ORDER_MORE if name != "fills"],
)  # of an order that only the audit has, the gateway's own fields are absent

_CONTROL = record(
    {
        "control": TEXT, "control_offset": WHOLE, "applied_everywhere": FLAG, "after_ms": WHOLE, "partitions": WHOLE,
        "not_yet": TEXTS, **_PROGRESS,
    },
    optional=list(_PROGRESS),
)  # fmt: skip
_BREAK: dict[str, Schema] = {
    **dict.fromkeys(("break_id", "age", "order_id", "venue", "ours", "venues", "instrument", "by", "text"), TEXT),
    "cause": {"enum": [cause.name for cause in BreakCause]},
    "status": {"enum": ["open", "closed"]},
    "resolution": one_of(kind.name for kind in ResolutionKind),
    "opened": TIME,
    "seen": TIME,
}
_BREAK_MORE: dict[str, Schema] = {
    **dict.fromkeys(("child_id", "session_id", "cl_ord_id", "venue_order_id", "exec_id", "reason", "report"), TEXT),
    **dict.fromkeys(("partition", "seen_count", "price_scale"), WHOLE),
    "resolved": TIME,
    "may_be_decided": TEXTS,
    "decisions": listed(
        record(
            {
                "time": TIME, "kind": TEXT, "by": TEXT, "reason": TEXT, "outcome": TEXT, "text": TEXT, "control_offset": WHOLE,
            }
        )
    ),
}  # fmt: skip
_CHANGE = record({"field": TEXT, "before": TEXT, "after": TEXT})
_VERSION_OF_ENTITY = record(
    {
        "kind": one_of(REFERENCE_KINDS), "id": TEXT, "version": WHOLE, "recorded": TIME, "who": TEXT, "reason": TEXT,
        "accepted": FLAG, "replaces_version": WHOLE_OR_NULL, "changes": listed(_CHANGE),
    }
)  # fmt: skip
_SERVICE = record(
    {
        "service": TEXT, "healthy": FLAG, "ready": FLAG, "phase": TEXT, "partitions": WHOLE_OR_NULL, "epoch": TEXT,
        "lag_records": NUMBER_OR_NULL, "lag_seconds": NUMBER_OR_NULL, "latency_p50_ms": NUMBER_OR_NULL,
        "latency_p99_ms": NUMBER_OR_NULL, "pid": WHOLE_OR_NULL, "address": TEXT, "problem": TEXT, "said": ANY_OBJECT,
    }
)  # fmt: skip
_STATUS = record(
    {
        "well": FLAG, "problems": TEXTS, "services": listed(_SERVICE), "data": TEXT, "gateway": TEXT, "kafka": TEXT,
        "clickhouse": TEXT, "clickhouse_http": TEXT, "problem": TEXT, "wall_time": TIME, "market_time": TIME, "market": TEXT,
        "halts": TEXTS, "liquidations": TEXTS, "audit_behind_ms": {"type": ["integer", "string"]},
    },
    optional=["problem", "wall_time", "market_time", "market", "halts", "liquidations", "audit_behind_ms"],
)  # fmt: skip
_TOPIC = record(
    {
        "topic": TEXT, "kind": TEXT, "by": TEXT, "writer": TEXT, "readers": TEXTS, "audited": FLAG, "content": TEXT,
        "partitions": WHOLE, "records": WHOLE,
    },
    optional=["partitions", "records"],
)  # fmt: skip
_SNAPSHOT = record(
    {
        "stage": TEXT, "partition": WHOLE, "offset": WHOLE, "taken": TIME, "age_s": WHOLE_OR_NULL, "bytes": WHOLE,
        "layout": WHOLE_OR_NULL, "schema": WHOLE_OR_NULL, "usable": FLAG, "why": TEXT,
    }
)  # fmt: skip
_SNAPSHOT_WRITTEN = record(
    {
        "stage": TEXT, "partition": WHOLE, "from_offset": WHOLE, "to_offset": WHOLE, "records": WHOLE, "bytes": WHOLE,
        "took_ms": WHOLE, "written": FLAG, "refused": TEXTS,
    }
)  # fmt: skip
_JOURNAL = record(
    {
        "topic": TEXT, "partition": WHOLE, "records": WHOLE, "void": WHOLE, "claims": WHOLE, "hashes_compared": WHOLE,
        "hashes_skipped": WHOLE, "took_ms": WHOLE,
    }
)  # fmt: skip
_REPLAY = record(
    {
        "good": FLAG, "from": {"enum": ["kafka", "clickhouse"]}, "records": WHOLE, "hashes_compared": WHOLE,
        "hashes_skipped": WHOLE, "differences": TEXTS, "problems": TEXTS, "journals": listed(_JOURNAL),
    }
)  # fmt: skip
_LOG_LINE = record(
    {"message": TEXT, "time": TEXT, "level": TEXT, "service": TEXT}, ["time", "level", "service"], more=True
)
_SETTING = record(dict.fromkeys(("setting", "value", "source", "meaning"), TEXT))
_FAULT = record(
    {
        "fault": WHOLE, "session": TEXT, "kind": one_of(k.value for k in FaultKind), "left": WHOLE, "left_ms": WHOLE,
        "delay_ms": WHOLE, "order": TEXT, "struck": WHOLE,
    }
)  # fmt: skip
_VERSION = record(
    {
        **dict.fromkeys(
            (
                "oms", "python", "platform", "confluent_kafka", "librdkafka", "clickhouse_engine", "clickhouse_driver",
                "grpc", "protobuf",
            ),
            TEXT,
        ),
        "wire_schema": WHOLE,
        "wire_schema_oldest_read": WHOLE,
    }
)  # fmt: skip
_EXECUTION = record(
    {
        "time": TIME, "recorded": TIME, "order_id": TEXT, "side": TEXT, "qty": DECIMAL, "instrument": TEXT, "price": DECIMAL,
        "notional": DECIMAL, "currency": TEXT, "venue": TEXT, "liquidity": TEXT, "fee": DECIMAL_OR_NULL, "account": TEXT,
        "desk": TEXT, "child_id": TEXT, "exec_id": TEXT, "kind": {"enum": ["TRADE", "TRADE_CORRECT", "TRADE_CANCEL"]},
        "exec_ref_id": TEXT, "old_qty": DECIMAL, "old_price": DECIMAL,
    },
    more=True,
)  # fmt: skip
_POSITION = record(
    {
        "account": TEXT, "desk": TEXT, "instrument": TEXT, "currency": TEXT, "position": DECIMAL, "avg_cost": TEXT_OR_NULL,
        "cost": TEXT_OR_NULL, "mark": DECIMAL_OR_NULL, "unrealised": TEXT_OR_NULL, "realised": TEXT_OR_NULL,
        "open_buy": DECIMAL, "open_sell": DECIMAL,
    },
    more=True,
)  # fmt: skip
_TOTAL = record(
    {"desk": TEXT, "account": TEXT, "currency": TEXT, "unrealised": TEXT_OR_NULL, "realised": TEXT_OR_NULL}, more=True
)
_QUOTE = record(
    {
        "instrument": TEXT, "venue": TEXT, "bid_qty": TEXT_OR_NULL, "bid": DECIMAL_OR_NULL, "ask": DECIMAL_OR_NULL,
        "ask_qty": TEXT_OR_NULL, "state": TEXT,
    },
    more=True,
)  # fmt: skip
_TOKEN = record(
    {"person": TEXT, "token": TEXT, "live": FLAG, "roles": TEXTS, "desks": TEXTS, "rights_from": TEXT}, more=True
)
_LETTER: dict[str, Schema] = {
    "letter": WHOLE, "time": TIME, "source": TEXT, "class": one_of(c.value for c in LetterClass), "what": TEXT, "reason": TEXT,
    "found_by": TEXT, "bytes": WHOLE, "resubmittable": FLAG,
}  # fmt: skip
_SPANS = record({"resourceSpans": listed(record({"resource": ANY_OBJECT, "scopeSpans": listed(ANY_OBJECT)}))})
_FRAME = record(
    {
        "market": TEXT, "tape_time": TIME, "speed": TEXT, "wall_time": TIME, "alerts": listed(ANY_OBJECT),
        "orders": or_null(ANY_OBJECT), "desks": or_null(listed(ANY_OBJECT)), "positions": or_null(listed(ANY_OBJECT)),
        "fills": or_null(listed(ANY_OBJECT)), "services": listed(ANY_OBJECT), "halts": {"type": "array"}, "liquidations": TEXTS,
    },
    more=True,
)  # fmt: skip

SCHEMAS: dict[str, Schema] = {
    "submit": _REQUEST,
    "replace": _REQUEST,
    "cancel": {"anyOf": [_REQUEST, _MASS_CANCEL]},
    "submit-list": _LIST_REQUEST,
    "cancel-list": _LIST_REQUEST,
    "list": _LIST,
    "orders": listed(record(_ORDER_FIELDS)),
    "order": {"anyOf": [_BIOGRAPHY, _WHY]},
    "fills": listed(_EXECUTION),
    "positions": record({"time": TEXT, "positions": listed(_POSITION), "totals": listed(_TOTAL)}),
    "quotes": listed(_QUOTE),
    "trace": _SPANS,
    "watch": _FRAME,
    "halt": _CONTROL,
    "resume": _CONTROL,
    "breaks": listed(record(_BREAK)),
    "breaks list": listed(record(_BREAK)),
    "breaks show": record({**_BREAK, **_BREAK_MORE}),
    "breaks resolve": record(
        {"break_id": TEXT, "decision": TEXT, "control_offset": WHOLE, "outcome": TEXT, "text": TEXT}
    ),
    "load": record({"added": TEXTS, "changed": TEXTS, "unchanged": WHOLE, "conflicts": TEXTS, "proposed": TEXTS}),
    "reference list": listed(record({"kind": one_of(REFERENCE_KINDS), "id": TEXT, "version": WHOLE, "terms": TEXT})),
    "reference show": record(
        {
            "kind": one_of(REFERENCE_KINDS),
            "id": TEXT,
            "version": WHOLE,
            "terms": {**ANY_OBJECT, "additionalProperties": TEXT},
        }
    ),
    "reference calendars": record(
        {"added": TEXTS, "changed": TEXTS, "unchanged": WHOLE, "conflicts": TEXTS, "proposed": TEXTS}
    ),
    "reference history": listed(_VERSION_OF_ENTITY),
    "people": listed(_TOKEN),
    "people add": {**_TOKEN, "properties": {**_TOKEN["properties"], "secret": TEXT, "file": TEXT, "saved_to": TEXT}},
    "people revoke": record({"revoked": TEXTS, "person": TEXT, "file": TEXT}, more=True),
    **RISK_SCHEMAS,
    **FIX_SCHEMAS,
    "dead-letters list": listed(record(_LETTER)),
    "dead-letters show": record(
        {
            **_LETTER,
            "cannot_be_resubmitted": TEXT,
            "decoded": or_null(ANY_OBJECT),
            "fields": TEXTS,
            "hex": {"type": "string", "pattern": "^([0-9a-f]{2})*$"},
        }
    ),
    "dead-letters resubmit": record(
        {
            **_DECISION,
            "limit": or_null(_LIMIT),
            "letter": WHOLE,
            "entered_by": TEXT,
            "on_behalf_of": TEXT,
            "source": TEXT,
            "order": or_null(_ORDER),
        }
    ),
    "migrate": record({"applied": TEXTS}),
    "sql": listed(ANY_OBJECT),
    "audit verify": record({"good": FLAG, "rows": WHOLE, "partitions": WHOLE, "problems": TEXTS}),
    "journal verify": _REPLAY,
    "topics": listed(_TOPIC),
    "snapshots list": listed(_SNAPSHOT),
    "snapshots verify": listed(_SNAPSHOT),
    "snapshots write": listed(_SNAPSHOT_WRITTEN),
    "status": _STATUS,
    "logs": listed(_LOG_LINE),
    "config": listed(_SETTING),
    "pid": record({"service": TEXT, "pid": WHOLE}),
    "reset": record({"directory": TEXT, "deleted": FLAG}),
    "venue fault": listed(_FAULT),
    "venue faults": listed(_FAULT),
    **dict.fromkeys(
        (
            f"venue {act}"
            for act in ("bust", "correct", "cancel", "suspend", "resume", "auction", "day", "hold", "release")
        ),
        listed(record({"did": TEXT})),
    ),
    "venue accept": listed(record({"card": TEXT, "verdict": TEXT, "why": TEXT, "title": TEXT})),
    "version": _VERSION,
}
"""Command → what its --json prints."""

WITHOUT_JSON = {
    "run": "it prints what happens as it happens; `oms watch --json` and `oms status --json` are for programs",
    "venue serve": "a process of `oms run`, not for people",
}
"""Command → why it has no --json."""
