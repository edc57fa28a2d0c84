"""FIX messages as the messages of the venue protocol, and back: what a venue's rules of engagement make of them. No I/O, no numbers, no state.

Both ends use it: execution's port with the rules of the venue, the venue process with those it was given. Header and trailer are
`oms.venues.fix_envelope`'s.

Invariants: a number is exact or the message cannot be taken; a code that we do not know is an error where the order's life hangs on it, and
"other" where it only explains. It does not know the order book, nor which orders there are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any

from oms.core.enums import ExecType, OrdType, PegPriceType, Side, TimeInForce
from oms.core.lifecycle.executions import AT
from oms.core.venue_reasons import CxlRejReason
from oms.fix.fields import FieldError, from_scaled, from_utc_ns, to_scaled, to_utc_ns
from oms.fix.message import Field, Message
from oms.venues import messages as m
from oms.venues.fix_layouts import LAYOUTS, Kind, Layout, Spec
from oms.venues.fix_rules import OF_ONE_REPORT, OrderIdKind, PegKind, RulesOfEngagement
from oms.wire.fix_codes import NO_SYMBOL, OTHERWISE, UNDISCLOSED

UNKNOWN_SCALE = 8
"""Of an instrument that nobody lists: the order is refused, and its figures go back as they came."""

NANOSECONDS = b"5"
"""ExposureDurationUnit (1916)."""

AVG_PX_DECIMALS = 8
"""Of the AvgPx that a simulated venue states, beyond the price's own."""

REQUIRED_TAG_MISSING, VALUE_INCORRECT, INCORRECT_FORMAT, INVALID_MSG_TYPE = 1, 5, 6, 11
"""SessionRejectReason (373)."""

TRADE_FIGURES = {"last_qty": 32, "last_px": 31, "cum_qty": 14}
"""What a report of a trade cannot be without: it would be booked at nothing."""

EXECUTIONS = (ExecType.TRADE, ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL)

Scales = Callable[[str], tuple[int, int]]
"""Symbol → (price scale, quantity scale)."""


@dataclass(frozen=True, slots=True)
class About:
    """What FIX wants said of an order in each request about it. `side` None: nobody knows it any more."""

    symbol: str = NO_SYMBOL
    side: Side | None = None
    ord_type: OrdType | None = None
    time_in_force: TimeInForce | None = None
    account: str = ""
    order_qty: int = 0
    peg: PegPriceType | None = None


@dataclass(frozen=True, slots=True)
class _Bound:
    """A field of a layout with its tag at this venue; `by_code` reads, `codes` writes."""

    spec: Spec
    tag: int
    codes: dict[Any, bytes]
    by_code: dict[bytes, Any]


class Unsayable(Exception):
    """The venue's rules have no word for what is to be sent."""


class FixMapping:
    """One venue's. `scales` knows every instrument that may come."""

    def __init__(self, rules: RulesOfEngagement, scales: Scales) -> None:
        self.rules, self._scales = rules, scales
        self._layouts = {layout.cls: (layout, self._bind(layout)) for layout in LAYOUTS}
        self._by_type = {layout.msg_type: (layout, bound) for layout, bound in self._layouts.values()}
        self._inst = {code.encode(): member for member, code in rules.codes["ExecInst"].items()}
        pegs = rules.codes["PegExecInst" if rules.peg is PegKind.EXEC_INST else "PegPriceType"]
        self._pegs = {member: code.encode() for member, code in pegs.items()}
        self._by_peg = {code: member for member, code in self._pegs.items()}

    def _bind(self, layout: Layout) -> tuple[_Bound, ...]:
        bound = []
        for spec in layout.specs:
            tag = spec.tag if isinstance(spec.tag, int) else self.rules.tags[spec.tag]
            codes = {member: code.encode() for member, code in self.rules.codes.get(spec.code, {}).items()}
            if tag:
                bound.append(_Bound(spec, tag, codes, {code: member for member, code in codes.items()}))
        return tuple(bound)

    # Out

    def encode(self, message: m.SessionMessage, about: About | None = None) -> tuple[str, list[Field]]:
        """MsgType and body. Raises `Unsayable`."""
        layout, bound = self._layouts[type(message)]
        symbol = getattr(message, "symbol", "") or (about.symbol if about is not None else "")
        px, qty = self._scales(symbol)
        out: list[Field] = list(layout.fixed)
        for b in bound:
            value = getattr(message, b.spec.attribute)
            absent = value == "" or (b.spec.zero_absent and not value) or value == layout.defaults.get(b.spec.attribute)
            if b.spec.always or not absent:
                out.append((b.tag, self._written(b, value, px, qty)))
        if about is not None:
            out += self._about(message, about, qty)
        out += self._insts(message, about)
        if isinstance(message, m.ExecutionReport):
            out += self._of_report(message, px)
        elif getattr(message, "exposure_duration", 0) and self.rules.tags["ExposureDurationUnit"]:
            out.append((self.rules.tags["ExposureDurationUnit"], NANOSECONDS))
        return layout.msg_type, out

    def _written(self, bound: _Bound, value: Any, px: int, qty: int) -> bytes:
        match bound.spec.kind:
            case Kind.TEXT:
                return str(value).encode("latin-1", "replace").replace(b"\x01", b" ")
            case Kind.INT:
                return b"%d" % value
            case Kind.PX:
                return from_scaled(value, px)
            case Kind.QTY:
                return from_scaled(value, qty)
            case Kind.NOTIONAL:
                return from_scaled(value, px + qty)
            case Kind.FLAG:
                return b"Y" if value else b"N"
            case Kind.TIME:
                return from_utc_ns(value, self.rules.time_digits)
            case Kind.CODE:
                return self._code(bound.codes, bound.spec.code, value)

    def _code(self, codes: dict[Any, bytes], field_name: str, member: Any) -> bytes:
        if member not in codes:
            name = member.name if isinstance(member, Enum) else member
            raise Unsayable(f"{name} has no {field_name} at this venue")
        return codes[member]

    def _about(self, message: m.SessionMessage, about: About, qty: int) -> list[Field]:
        """Symbol and Side in every request; what else FIX asks for in a cancel, and in a replace."""
        side = self.rules.codes["Side"][about.side] if about.side is not None else UNDISCLOSED
        out: list[Field] = [(55, about.symbol.encode("latin-1", "replace")), (54, side.encode())]
        if about.account and not isinstance(message, m.DontKnowTrade):
            out.append((1, about.account.encode("latin-1", "replace")))
        if isinstance(message, m.OrderCancelRequest | m.DontKnowTrade) and about.order_qty:
            out.append((38, from_scaled(about.order_qty, qty)))
        elif isinstance(message, m.OrderCancelReplaceRequest):
            for name, tag, member in (("OrdType", 40, about.ord_type), ("TimeInForce", 59, about.time_in_force)):
                if member is not None:
                    codes = {known: code.encode() for known, code in self.rules.codes[name].items()}
                    out.append((tag, self._code(codes, name, member)))
        return out

    def _insts(self, message: m.SessionMessage, about: About | None) -> list[Field]:
        if not isinstance(message, m.NewOrderSingle | m.OrderCancelReplaceRequest):
            return []
        words = [self.rules.codes["ExecInst"][inst].encode() for inst in message.exec_inst]
        peg = message.peg_price_type if isinstance(message, m.NewOrderSingle) else (about.peg if about else None)
        out: list[Field] = []
        if peg is not None:
            code = self._code(self._pegs, "peg", peg)
            if self.rules.peg is PegKind.EXEC_INST:
                words.append(code)
            else:
                out.append((self.rules.tags["PegPriceType"], code))
        return [(18, b" ".join(words)), *out] if words else out

    def _of_report(self, r: m.ExecutionReport, px: int) -> list[Field]:
        """ExecID, AvgPx, and what FIX asks for where there is no such order."""
        avg, day = (
            self._average(value, qty, px)
            for value, qty in ((r.cum_notional, r.cum_qty), (r.day_cum_notional, r.day_cum_qty))
        )
        out: list[Field] = [(17, r.exec_id.encode()), (6, avg)] if r.exec_id else [(6, avg)]
        if r.day_cum_qty:
            out.append((426, day))
        if not r.symbol:
            out.append((55, NO_SYMBOL.encode()))
        if r.side is None:
            out.append((54, UNDISCLOSED.encode()))
        return out

    def _average(self, notional: int, qty: int, px: int) -> bytes:
        """Rounded half to even at `AVG_PX_DECIMALS` beyond the price's: a decimal, as FIX wants it."""
        digits = px + AVG_PX_DECIMALS
        return from_scaled(round(Fraction(notional * 10**AVG_PX_DECIMALS, qty)), digits) if qty else b"0"

    # In

    def decode(self, frame: Message, session_id: str = "") -> m.SessionMessage:
        """Raises `m.MessageError` with FIX's reason. `session_id`: of a Logon."""
        found = self._by_type.get(frame.msg_type)
        if found is None:
            text = f"MsgType {frame.msg_type} has no meaning here"
            raise m.MessageError(
                text, frame.seq_num, ref_tag_id=35, ref_msg_type=frame.msg_type, reason=INVALID_MSG_TYPE
            )
        layout, bound = found
        values: dict[int, bytes] = {}
        for tag, value in frame.fields:
            values.setdefault(tag, value)
        out: dict[str, Any] = {"msg_seq_num": frame.seq_num, "poss_dup_flag": frame.poss_dup}
        if layout.cls is m.Logon:
            out |= {"session_id": session_id, "next_expected_msg_seq_num": 0}
        elif layout.cls is m.ExecutionReport:
            out["cl_ord_id"] = ""  # of an order that came to the venue by another way
        px, qty = self._scales(values.get(55, b"").decode("latin-1"))
        for b in bound:
            if b.tag in values:
                out[b.spec.attribute] = self._read(frame, b, values[b.tag], px, qty)
            elif b.spec.attribute not in layout.defaults and b.spec.attribute not in out:
                text = f"{layout.cls.__name__} lacks tag {b.tag}"
                raise _fault(frame, text, b.tag, REQUIRED_TAG_MISSING)
        self._read_rest(frame, layout, values, out, px, qty)
        return layout.cls(**out)  # type: ignore[no-any-return]

    def _read(self, frame: Message, bound: _Bound, value: bytes, px: int, qty: int) -> Any:
        try:
            match bound.spec.kind:
                case Kind.TEXT:
                    return value.decode("latin-1")
                case Kind.INT:
                    return _bounded(to_scaled(value, 0))
                case Kind.PX:
                    return _bounded(to_scaled(value, px))
                case Kind.QTY:
                    return _bounded(to_scaled(value, qty))
                case Kind.NOTIONAL:
                    return _bounded(to_scaled(value, px + qty))
                case Kind.FLAG:
                    return _flag(value)
                case Kind.TIME:
                    return _bounded(to_utc_ns(value))
                case Kind.CODE:
                    return self._member(frame, bound, value)
        except FieldError as error:
            raise _fault(frame, f"tag {bound.tag}: {error}", bound.tag, INCORRECT_FORMAT) from None

    def _member(self, frame: Message, bound: _Bound, value: bytes) -> Any:
        if value in bound.by_code:
            return bound.by_code[value]
        explains = frame.msg_type in ("8", "9") and bound.spec.code in OTHERWISE
        if explains:
            return OTHERWISE[bound.spec.code]
        raise _fault(frame, f"tag {bound.tag}: {value!r} has no meaning here", bound.tag, VALUE_INCORRECT)

    def _read_rest(
        self, frame: Message, layout: Layout, values: dict[int, bytes], out: dict[str, Any], px: int, qty: int
    ) -> None:
        """What no table says."""
        if layout.cls is m.ExecutionReport:
            self._read_report(frame, values, out, px, qty)
        elif layout.cls is m.OrderCancelReject:
            out.setdefault("cxl_rej_reason", CxlRejReason.OTHER)
        elif layout.cls is m.NewOrderSingle or layout.cls is m.OrderCancelReplaceRequest:
            self._read_insts(frame, layout, values, out)
        if layout.cls is m.NewOrderSingle:
            out["poss_resend"] = frame.poss_resend
            out.setdefault("time_in_force", TimeInForce.DAY)

    def _read_insts(self, frame: Message, layout: Layout, values: dict[int, bytes], out: dict[str, Any]) -> None:
        insts, peg = [], None
        for word in values.get(18, b"").split():
            if word in self._inst:
                insts.append(self._inst[word])
            elif self.rules.peg is PegKind.EXEC_INST and word in self._by_peg and peg is None:
                peg = self._by_peg[word]
            else:
                raise _fault(frame, f"tag 18: {word!r} has no meaning here", 18, VALUE_INCORRECT)
        if self.rules.peg is PegKind.PEG_PRICE_TYPE and (code := values.get(self.rules.tags["PegPriceType"])):
            if code not in self._by_peg:
                tag = self.rules.tags["PegPriceType"]
                raise _fault(frame, f"tag {tag}: {code!r} has no meaning here", tag, VALUE_INCORRECT)
            peg = self._by_peg[code]
        out["exec_inst"] = tuple(insts)
        if layout.cls is m.NewOrderSingle:
            out["peg_price_type"] = peg
        unit = self.rules.tags["ExposureDurationUnit"]
        if out.get("exposure_duration") and unit and values.get(unit) != NANOSECONDS:
            raise _fault(frame, f"tag {unit}: only nanoseconds (5)", unit, VALUE_INCORRECT)

    def _read_report(self, frame: Message, values: dict[int, bytes], out: dict[str, Any], px: int, qty: int) -> None:
        out["exec_id"], out["exec_ref_id"] = self._trade_names(frame, values, out["exec_type"])
        if out["exec_type"] is ExecType.TRADE:
            for name, tag in TRADE_FIGURES.items():
                if name not in out:
                    raise _fault(frame, f"an execution without tag {tag}", tag, REQUIRED_TAG_MISSING)
        if out.get("symbol") == NO_SYMBOL:
            out["symbol"] = ""
        if self.rules.order_id is OrderIdKind.PER_REPORT and out["order_id"] != "NONE":
            out["order_id"] = out["cl_ord_id"]
        if not out.get("cum_notional"):
            value = self._proven_notional(values, out, px, qty)
            if value is not None and abs(value) <= m.INT_MAX:
                out["cum_notional"] = value

    def _trade_names(self, frame: Message, values: dict[int, bytes], exec_type: ExecType) -> tuple[str, str]:
        """(ExecID, ExecRefID): what names the execution at this venue, and of a change the one that it is about. No other report has one."""
        if exec_type not in EXECUTIONS:
            return "", ""
        own = self._joined(frame, values, self.rules.trade_id)
        if exec_type is ExecType.TRADE:
            return own, ""
        if 17 in self.rules.trade_id:
            lasting = [tag for tag in self.rules.trade_id if tag not in OF_ONE_REPORT]
            return own, self._joined(frame, values, tuple(19 if tag == 17 else tag for tag in lasting))
        return f"{own}:{self._joined(frame, values, (17,))}", own

    def _joined(self, frame: Message, values: dict[int, bytes], tags: tuple[int, ...]) -> str:
        missing = [tag for tag in tags if not values.get(tag)]
        if missing:
            raise _fault(frame, f"an execution without tag {missing[0]}", missing[0], REQUIRED_TAG_MISSING)
        lasting, own = (
            ":".join(values[tag].decode("latin-1") for tag in tags if (tag in OF_ONE_REPORT) is of_one)
            for of_one in (False, True)
        )
        return f"{lasting}{AT}{own}" if own else lasting

    def _proven_notional(self, values: dict[int, bytes], out: dict[str, Any], px: int, qty: int) -> int | None:
        """Σ price × quantity, where it follows exactly: one trade is all there is, or AvgPx has so many decimals that only one sum of whole
        ticks and lots rounds to it. None: it does not."""
        cum = out.get("cum_qty", 0)
        if not cum:
            return None
        if out["exec_type"] is ExecType.TRADE and out.get("last_qty") == cum:
            return int(cum * out["last_px"])
        decimals = self.rules.avg_px_decimals
        if decimals < px or 6 not in values:
            return None
        try:
            average = to_scaled(values[6], decimals)
        except FieldError:
            return None
        about, off = divmod(average * cum, 10 ** (decimals - px))
        wide = 10 ** (decimals - px)
        nearest = about + (2 * off >= wide)
        error = abs(nearest * wide - average * cum)  # of a sum of whole units; the next one is `wide` away
        return nearest if error < cum and wide - error > cum else None


def _fault(frame: Message, text: str, tag: int, reason: int) -> m.MessageError:
    return m.MessageError(text, frame.seq_num, ref_tag_id=tag, ref_msg_type=frame.msg_type, reason=reason)


def _bounded(number: int) -> int:
    """What is read goes into journals of 64-bit integers; FIX has more digits."""
    if abs(number) > m.INT_MAX:
        raise FieldError(f"{number} is beyond 64 bits")
    return number


def _flag(value: bytes) -> bool:
    if value not in (b"Y", b"N"):
        raise FieldError(f"{value!r} is neither Y nor N")
    return value == b"Y"
