"""What `--json` of the commands about FIX prints (`oms.cli.schemas` has all)."""

from oms.cli.json_schema import FLAG, TEXT, WHOLE, WHOLE_OR_NULL, Schema, listed, one_of, record

_FIELD = record({"tag": WHOLE, "name": TEXT, "value": TEXT, "meaning": TEXT, "level": WHOLE})

FIX_SCHEMAS: dict[str, Schema] = {
    "fix send": record(
        {
            **dict.fromkeys(("session", "version", "sender", "target", "address", "numbers"), TEXT),
            "reset": FLAG,
            "messages": listed(
                record(
                    {
                        "direction": {"enum": ["IN", "OUT"]},
                        "number": WHOLE,
                        "resent": FLAG,
                        **dict.fromkeys(
                            ("type", "name", "order", "cl_ord_id", "exec_type", "ord_status", "last_qty", "last_px"),
                            TEXT,
                        ),
                        **dict.fromkeys(("cum_qty", "leaves_qty", "avg_px", "text"), TEXT),
                        "fields": listed(_FIELD),
                    }
                )
            ),
        }
    ),
    "fix reset": record(dict.fromkeys(("session", "asked", "reason", "takes_effect"), TEXT)),
    "fix sessions": listed(
        record(
            {
                **dict.fromkeys(
                    ("session", "version", "comp_id", "desk", "person", "drop_copy", "state", "cause", "peer"), TEXT
                ),
                "enabled": FLAG,
                "last_in": WHOLE,
                "last_out": WHOLE,
                "last_in_at": TEXT,
                "last_out_at": TEXT,
                "our_comp_id": TEXT,
            }
        )
    ),
    "fix venues": listed(
        record(
            {
                **dict.fromkeys(("session", "venue", "since", "last_in_at", "last_out_at", "text"), TEXT),
                "state": {"enum": ["LOGGED_ON", "DISCONNECTED"]},
                **dict.fromkeys(("partition", "last_in", "last_out", "messages"), WHOLE),
            }
        )
    ),
    "fix tail": listed(
        record(
            {
                **dict.fromkeys(("at", "session", "direction", "type", "order", "text"), TEXT),
                "number": WHOLE,
                "resent": FLAG,
            }
        )
    ),
    "fix decode": listed(
        record(
            {
                **dict.fromkeys(("begin_string", "type", "name", "garbled", "fault"), TEXT),
                "message": WHOLE,
                "fields": listed(_FIELD),
            }
        )
    ),
    "fix diff": record(
        {
            "same": FLAG,
            "messages_a": WHOLE,
            "messages_b": WHOLE,
            "differences": listed(
                record(
                    {
                        "a": WHOLE_OR_NULL,
                        "b": WHOLE_OR_NULL,
                        "type": TEXT,
                        "name": TEXT,
                        "fields": listed(record({"side": one_of("ab"), "tag": WHOLE, "name": TEXT, "value": TEXT})),
                    }
                )
            ),
        }
    ),
}
"""Command → what its --json prints."""
