"""Order instructions as the API says them: sizes and vocabularies here, what contradicts itself by `oms.core.instructions`."""

import re

from oms.core.enums import ExecInst, OrdType, PegPriceType, SelfMatchPrevention, TimeInForce
from oms.core.instructions import Instructions, Peg, contradictions
from oms.gateway.field_errors import INT_MAX, Errors, FieldError
from oms.v1 import gateway_pb2 as api

SMP_ID = re.compile(r"[A-Za-z0-9._-]{0,64}")


def instructions_of(request: api.SubmitRequest | api.ReplaceRequest) -> Instructions:
    """Of a request without errors."""
    m = request.instructions
    return Instructions(
        stop_px=m.stop_px if m.HasField("stop_px") else None,
        display_qty=m.display_qty if m.HasField("display_qty") else None,
        min_qty=m.min_qty,
        exec_inst=tuple(sorted(ExecInst(i) for i in m.exec_inst)),
        peg=Peg(PegPriceType(m.peg.price_type), m.peg.offset) if m.HasField("peg") else None,
        expire_ns=m.expire_ns,
        expire_date=m.expire_date,
        good_for_ns=m.good_for_ns,
        smp=SelfMatchPrevention(m.smp) if m.HasField("smp") else None,
        smp_id=m.smp_id,
    )


def instruction_errors(request: api.SubmitRequest | api.ReplaceRequest) -> Errors:
    """Whatever of the instructions has no meaning. A replacement's are judged against its order by risk, which knows its type."""
    errors = _size_errors(request)
    if errors or isinstance(request, api.ReplaceRequest):
        return errors
    try:
        ord_type, time_in_force = OrdType(request.ord_type), TimeInForce(request.time_in_force)
    except ValueError:
        return ()  # the contract's own rules say so
    price = request.price if request.HasField("price") else None
    found = contradictions(
        ord_type,
        time_in_force,
        request.order_qty,
        price,
        instructions_of(request),
    )
    return tuple(FieldError(field, text) for field, text in found)


def _size_errors(request: api.SubmitRequest | api.ReplaceRequest) -> Errors:
    m = request.instructions
    sizes = {
        "stop_px": m.stop_px,
        "display_qty": m.display_qty,
        "min_qty": m.min_qty,
        "peg.offset": abs(m.peg.offset),
        "expire_ns": m.expire_ns,
        "expire_date": m.expire_date,
        "good_for_ns": m.good_for_ns,
    }
    errors = [
        FieldError(f"instructions.{name}", f"must be at least 0 and at most {INT_MAX}")
        for name, value in sizes.items()
        if not 0 <= value <= INT_MAX
    ]
    named: list[tuple[str, int, type[ExecInst] | type[PegPriceType] | type[SelfMatchPrevention]]] = [
        ("exec_inst", i, ExecInst) for i in m.exec_inst
    ]
    if m.HasField("peg"):
        named.append(("peg.price_type", m.peg.price_type, PegPriceType))
    if m.HasField("smp"):
        named.append(("smp", m.smp, SelfMatchPrevention))
    for name, value, kind in named:
        if value not in kind.__members__.values():
            names = ", ".join(kind.__members__)
            errors.append(FieldError(f"instructions.{name}", f"{value} is none of {names}"))
    if not SMP_ID.fullmatch(m.smp_id):
        errors.append(FieldError("instructions.smp_id", "must be at most 64 letters, digits, '.', '_' or '-'"))
    return tuple(errors)
