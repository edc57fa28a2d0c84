"""The alerts that are open, as a fold of `oms.alerts`, and the changes to it that a subscriber may have missed.

Invariants:
- a notice counts once: of each journal partition only what lies behind the newest place taken, and after no other that was not
  (`oms.runtime.alert_forwarder` says why that is enough);
- an alert is one per journal partition: the same limit may be beyond in several;
- memory is bounded: by what the journals' own tables of open alerts hold, and CHANGES_KEPT.

It does not know who may see what, but for whose an alert is (`desk_of`).
"""

from collections import deque
from dataclasses import dataclass, field, replace

from oms.core.control import AlertAcknowledged
from oms.core.enums import AlertKind, LimitScope
from oms.core.halt_triggers import HaltTriggerKind
from oms.core.money import AMOUNT_SCALE
from oms.core.monitors.alerts import AlertCleared, AlertRaised
from oms.core.reference import Reference
from oms.gateway.int128 import int128
from oms.v1 import gateway_pb2 as api
from oms.wire.codec import wire_enum
from oms.wire.envelope import AlertNotice

CHANGES_KEPT = 10_000
"""As many as a journal can hold open: whoever is further behind is told everything anew."""

ACKNOWLEDGED_KEPT = 20_000
"""Twice what is open at most: of what was cleared before it was read that somebody had seen it, the oldest are forgotten."""

_Key = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """An open alert as told last, its journal and place, and when (wall time) it was raised first and told last. `cleared`: the last word.

    `acknowledged`: by whom, of its newest word. `left`: the desk whose it was until now, where its account has moved to another."""

    topic: str
    partition: int
    offset: int
    raised: AlertRaised
    raised_ns: int
    wall_ns: int
    cleared: bool = False
    acknowledged: AlertAcknowledged | None = None
    left: str | None = None

    @property
    def key(self) -> _Key:
        return self.topic, self.partition, self.raised.alert_id


@dataclass(slots=True)
class AlertBoard:
    """`next_change`: the number of the change that comes next."""

    open: dict[_Key, Shown] = field(default_factory=dict)
    next_change: int = 0
    _newest: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    _acknowledged: dict[_Key, AlertAcknowledged] = field(default_factory=dict)
    _changes: deque[Shown] = field(default_factory=lambda: deque(maxlen=CHANGES_KEPT))

    def take(self, notice: AlertNotice) -> bool:
        """Fold a notice; False where it was taken before, or clears what nobody knows."""
        journal = (notice.topic, notice.partition)
        if not notice.follows(self._newest.get(journal, (-1, 0))):
            return False
        self._newest[journal] = notice.place
        key = (*journal, notice.alert.alert_id)
        known = self.open.get(key)
        match notice.alert:
            case AlertRaised():
                since = known.raised_ns if known is not None else notice.wall_ns
                shown = Shown(*journal, notice.offset, notice.alert, since, notice.wall_ns)
                shown = self.open[key] = replace(shown, acknowledged=self._seen(key, notice.offset))
            case AlertCleared():
                if known is None:
                    return False
                del self.open[key]
                self._acknowledged.pop(key, None)
                shown = replace(known, left=None, offset=notice.offset, wall_ns=notice.wall_ns, cleared=True)
        self._change(shown)
        return True

    def acknowledge(self, said: AlertAcknowledged) -> bool:
        """Fold that a person has seen a word of an alert, whichever of the two is read first; False where it, or a later one, was seen before."""
        key = (said.topic, said.partition, said.alert_id)
        before = self._acknowledged.get(key)
        if before is not None and before.offset >= said.offset:
            return False
        self._acknowledged[key] = said
        while len(self._acknowledged) > ACKNOWLEDGED_KEPT:
            del self._acknowledged[next(iter(self._acknowledged))]
        shown = self.open.get(key)
        if shown is not None and shown.offset <= said.offset:
            shown = self.open[key] = replace(shown, acknowledged=said, left=None)
            self._change(shown)
        return True

    def _seen(self, key: _Key, offset: int) -> AlertAcknowledged | None:
        """Who has seen the word at an offset: of what is told later nobody has, by what was said before."""
        said = self._acknowledged.get(key)
        return said if said is not None and said.offset >= offset else None

    def moved(self, account_id: str, from_desk: str, to_desk: str) -> None:
        """An account is another desk's from here on: one is told that its alerts are over there, the other that they are open."""
        if from_desk == to_desk:
            return
        for key, shown in list(self.open.items()):
            if shown.raised.scope is LimitScope.ACCOUNT and shown.raised.scope_id == account_id:
                self.open[key] = replace(shown, left=None)
                self._change(replace(shown, left=from_desk))

    def _change(self, shown: Shown) -> None:
        self._changes.append(shown)
        self.next_change += 1

    def since(self, change: int) -> list[Shown] | None:
        """The changes from a number on; None where they are not all kept."""
        missing = self.next_change - change
        if missing > len(self._changes):
            return None
        return [self._changes[i] for i in range(len(self._changes) - missing, len(self._changes))]


def desk_of(alert: AlertRaised, reference: Reference) -> str:
    """The one desk whose figure it is; empty where it is more than a desk's."""
    if alert.scope is LimitScope.DESK:
        return alert.scope_id
    account = reference.accounts.get(alert.scope_id) if alert.scope is LimitScope.ACCOUNT else None
    return account.desk_id if account is not None else ""


def open_alert(shown: Shown, reference: Reference) -> api.OpenAlert:
    alert = shown.raised
    return api.OpenAlert(
        alert_id=alert.alert_id,
        topic=shown.topic,
        partition=shown.partition,
        offset=shown.offset,
        kind=wire_enum(alert.kind),
        scope=wire_enum(alert.scope),
        scope_id=alert.scope_id,
        subject=alert.subject,
        value=None if alert.value is None else int128(alert.value),
        threshold=int128(alert.threshold),
        scale=_scale_of(alert, reference),
        limit_version=alert.limit_version,
        raised_ns=shown.raised_ns,
        wall_ns=shown.wall_ns,
        at_ns=alert.at_ns,
        text=alert.text,
        desk_id=desk_of(alert, reference),
        acknowledged_by=shown.acknowledged.provenance.entered_by if shown.acknowledged is not None else "",
        acknowledged_ns=shown.acknowledged.entered_ns if shown.acknowledged is not None else 0,
        note=shown.acknowledged.note if shown.acknowledged is not None else "",
    )


def cleared_alert(shown: Shown) -> api.ClearedAlert:
    return api.ClearedAlert(
        alert_id=shown.raised.alert_id,
        topic=shown.topic,
        partition=shown.partition,
        offset=shown.offset,
        wall_ns=shown.wall_ns,
    )


def _scale_of(alert: AlertRaised, reference: Reference) -> int:
    match alert.kind:
        case AlertKind.POSITION:
            instrument = reference.instruments.get(alert.subject)
            return instrument.qty_scale if instrument is not None else 0
        case AlertKind.DAY_LOSS | AlertKind.REALISED_LOSS | AlertKind.DRAWDOWN:
            return AMOUNT_SCALE
        case AlertKind.ORDER_TO_TRADE | AlertKind.ORDER_TO_TRADE_VOLUME:
            return 3
        case AlertKind.HALT_TRIGGER:
            trigger = reference.halt_triggers.get(alert.subject)
            return AMOUNT_SCALE if trigger is not None and trigger.kind is HaltTriggerKind.DAY_LOSS else 0
        case _:
            return 0
