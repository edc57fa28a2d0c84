"""The facts of the live view for programs: the same as on the screen, in full. Amounts are exact decimals, times UTC, ages seconds."""

from typing import Any

from oms.cli.decimals import to_text
from oms.cli.output import time_text
from oms.cli.watch_facts import DeskLine, Facts, FillLine, MinuteLine, PositionLine, ServiceLine, alerts
from oms.core.money import AMOUNT_SCALE


def facts_json(facts: Facts) -> dict[str, Any]:
    """null where something could not be asked."""
    clocks = facts.clocks
    return {
        "market": clocks.label,
        "tape_time": time_text(clocks.tape_ns),
        "speed": to_text(clocks.speed_milli, 3),
        "wall_time": time_text(clocks.wall_ns),
        "alerts": [{"urgency": alert.urgency.name, "text": alert.text} for alert in alerts(facts)],
        "orders": None if facts.orders is None else dict(facts.orders),
        "desks": None if facts.desks is None else [_desk(line) for line in facts.desks],
        "positions": None if facts.positions is None else [_position(line) for line in facts.positions],
        "fills": None if facts.fills is None else [_fill(line) for line in facts.fills],
        "minutes": None if facts.minutes is None else [_minute(line) for line in facts.minutes],
        "services": [_service(line) for line in facts.services],
        "halts": list(facts.halts),
        "liquidations": list(facts.liquidations),
        "control_age_s": _seconds(facts.control_age_ns),
        "audit_age_s": _seconds(facts.audit_age_ns),
        "disk": None
        if facts.disk is None
        else {"used": facts.disk.used, "limit": facts.disk.limit or None, "free": facts.disk.free},
    }


def _seconds(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else nanoseconds / 1e9


def _amount(amount: int | None) -> str | None:
    return None if amount is None else to_text(amount, AMOUNT_SCALE)


def _desk(line: DeskLine) -> dict[str, Any]:
    return {
        "desk": line.desk_id,
        "currency": line.currency,
        "positions": line.positions,
        "realised": _amount(line.realised),
        "realised_unknown": line.realised_unknown,
        "unrealised": _amount(line.unrealised),
        "unrealised_unknown": line.unrealised_unknown,
        "mark_age_s": _seconds(line.mark_age_ns),
        "stale_marks": line.stale_marks,
        "open_orders": line.open_orders,
        "open_buy": _amount(line.open_buy),
        "open_sell": _amount(line.open_sell),
    }


def _position(line: PositionLine) -> dict[str, Any]:
    return {
        "desk": line.desk_id,
        "account": line.account_id,
        "instrument": line.instrument_id,
        "qty": line.qty,
        "currency": line.currency,
        "unrealised": _amount(line.unrealised),
        "mark": line.mark or None,
        "mark_age_s": _seconds(line.mark_age_ns),
        "mark_stale": line.stale,
    }


def _fill(line: FillLine) -> dict[str, Any]:
    return {
        "time": time_text(line.time_ns),
        "desk": line.desk_id,
        "instrument": line.instrument_id,
        "side": line.side,
        "qty": line.qty,
        "price": line.price,
        "venue": line.venue_id,
        "order_id": line.order_id,
    }


def _minute(line: MinuteLine) -> dict[str, Any]:
    return {
        "desk": line.desk_id,
        "minute": time_text(line.minute_ns),
        "orders": line.orders,
        "rejects": line.rejects,
        "fills": line.fills,
        "notional": {currency: _amount(amount) for currency, amount in line.notional},
    }


def _service(line: ServiceLine) -> dict[str, Any]:
    return {
        "service": line.name,
        "answers": line.answers,
        "ready": line.ready,
        "phase": line.phase,
        "epochs": list(line.epochs),
        "lag_records": line.lag_records,
        "lag_seconds": line.lag_seconds,
        "latency_ms": {"p50": line.p50_ms, "p99": line.p99_ms},
        "problem": line.problem,
    }
