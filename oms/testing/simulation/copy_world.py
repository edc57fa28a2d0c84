"""A world in which venues give drop copies, over sessions of their own that break, and some copies are left out, spoilt, invented or told twice.

Seeds from `COPIES_FIRST` on are of this kind. When all is at rest a judge of its own compares what execution booked, by its journal, with what the
copies said, by the venues: the alerts that are open must be the executions that differ, all of them and no other. Its account is a naive
fold, and shares nothing with `oms.core.monitors`.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from oms.core.enums import AlertKind, ExecType
from oms.core.execution_events import ChildReport, FillCorrected, FillSuperseded
from oms.core.monitors.alerts import AlertCleared, AlertRaised
from oms.core.reference import Entity, Venue
from oms.core.run_rule import Validity
from oms.core.venue_messages import Body, CopyReceived
from oms.runtime.journal_fold import JournalFold
from oms.runtime.log import TopicPartition
from oms.testing.pipeline import RULES
from oms.testing.simulation.fix_road import FixRoad
from oms.testing.simulation.venue import FaultyVenue
from oms.testing.simulation.witness import Violation
from oms.testing.simulation.workload import reference_of
from oms.testing.simulation.world import World
from oms.wire import topics
from oms.wire.codec import decode_journal
from oms.wire.envelope import Envelope

COPIES_FIRST = 2_000_000
"""The first seed of this kind."""

OMITTED, PRICE, QTY, INVENTED, TWICE = 0.03, 0.03, 0.03, 0.03, 0.05
"""How often a copy meets each fate."""

SETTLE_ROUNDS, SETTLE_NS = 40, 500_000_000
"""After all is at rest: several times the grace, with the sessions up."""

KINDS = (AlertKind.TRADE_UNKNOWN_HERE, AlertKind.TRADE_NOT_CONFIRMED, AlertKind.TRADE_DIFFERS)

Figures = tuple[int, int]
"""(quantity, price)"""


def copy_name(session_id: str) -> str:
    return f"{session_id}-COPY"


@dataclass(slots=True)
class CopyVenue(FaultyVenue):
    """The drop copy session of an order session. `fates`: what became of copies, counted."""

    chance: random.Random = field(default_factory=random.Random)
    fates: Counter[str] = field(default_factory=Counter)

    def tell(self, body: Body) -> None:
        assert isinstance(body, CopyReceived)
        for copy in self._spoilt(body):
            FaultyVenue.tell(self, copy)

    def _spoilt(self, copy: CopyReceived) -> Iterable[CopyReceived]:
        fates = (
            ("omitted", OMITTED, ()),
            ("price", PRICE, (replace(copy, last_px=copy.last_px + 1),)),
            ("qty", QTY, (replace(copy, last_qty=copy.last_qty + 1),)),
            ("invented", INVENTED, (copy, _invented(copy))),
            ("twice", TWICE, (copy, copy)),
        )
        draw = self.chance.random()
        for name, often, told in fates:
            draw -= often
            if draw < 0 and not (copy.exec_type is ExecType.TRADE_CANCEL and name in ("price", "qty", "invented")):
                self.fates[name] += 1
                return told
        return (copy,)


def _invented(copy: CopyReceived) -> CopyReceived:
    return replace(copy, exec_type=ExecType.TRADE, exec_id=f"{copy.exec_id}-INVENTED", exec_ref_id="")


class CopyWorld(World):
    """As `World`, with a drop copy session for every order session. `met`: what the judge had before it."""

    def _make_venues(self, setting: random.Random) -> None:
        super()._make_venues(setting)
        self.met: Counter[str] = Counter()
        self._of_copies = random.Random(f"{self.seed} copies")
        self.copies: dict[str, CopyVenue] = {}
        for venue in self.all_venues:
            made = CopyVenue(
                copy_name(venue.session_id),
                venue_id=venue.venue_id,
                partition=venue.partition,
                stamp=self.stamp,
                faults=self.faults,
                owner=venue.owner,
                chance=self._of_copies,
            )
            venue.copies = self.copies[venue.session_id] = made
            self._sessions[venue.partition][made.session_id] = made
            if self.by_fix:
                made.road = self._road(made, venue)

    def _road(self, made: CopyVenue, venue: FaultyVenue) -> FixRoad:
        reference = reference_of(self.partitions, len(self.venue_ids))
        name, symbol_of = made.session_id, venue.symbol_of
        return FixRoad(name, made.venue_id, made.partition, reference, lambda: self.wall_ns, symbol_of)

    def _entities(self) -> list[Entity]:
        return [_with_copies(entity) for entity in super()._entities()]

    def _work_actions(self) -> list[tuple[float, Callable[[], None]]]:
        return [*super()._work_actions(), (3, self.cut_copies), (2, self.bust)]

    def cut_copies(self) -> None:
        """A drop copy session breaks; perhaps the venue does not notice for a while."""
        made = self._of_copies.choice(list(self.copies.values()))
        made.lose(deliver=self._of_copies.randrange(3))
        made.logons_refused += self._of_copies.randrange(3)
        self.say("cuts", made.session_id)

    def bust(self) -> None:
        """A venue takes a trade back, or corrects it."""
        venue = self._of_copies.choice(self.all_venues)
        found = [(o.cl_ord_ids[0], exec_id) for o in venue.distinct_orders() for exec_id in o.standing]
        if not found:
            return
        cl_ord_id, exec_id = self._of_copies.choice(found)
        if self._of_copies.random() < 0.5:
            venue.bust(cl_ord_id, exec_id)
        else:
            qty, px = venue.orders[cl_ord_id].standing[exec_id]
            venue.correct(cl_ord_id, exec_id, max(1, qty - 1), px + 100)
        self.say("takes back", exec_id)

    def calm_venues(self) -> None:
        for made in self.copies.values():
            made.logons_refused = 0

    # --- the judge of copies

    def run(self) -> list[Violation]:
        if super().run():
            return self.violations
        for _ in range(SETTLE_ROUNDS):
            self.round(SETTLE_NS)
        for partition in range(self.partitions):
            self._wrong += [Violation("trade-alerts", text, self.step) for text in self._misjudged(partition)]
        return self.violations

    def _misjudged(self, partition: int) -> Iterator[str]:
        events = self._journaled(partition)
        told = [e for e in events if isinstance(e, AlertRaised | AlertCleared)]
        is_open: set[str] = set()
        for event in told:
            if isinstance(event, AlertCleared):
                is_open.discard(event.alert_id)
            elif event.alert_id in is_open:
                yield f"{event.alert_id} is raised twice"
            else:
                is_open.add(event.alert_id)
        by_id = {e.alert_id: e for e in told if isinstance(e, AlertRaised)}
        subjects = {by_id[i].subject for i in is_open if by_id[i].kind in KINDS}
        differ = self._differ(partition, events)
        self.met["executions that differ"] += len(differ)
        self.met["alerts"] += len(by_id)
        self.met["alerts cleared"] += sum(isinstance(event, AlertCleared) for event in told)
        for key in sorted(subjects ^ differ):
            yield f"{key} " + ("differs, and no alert is open" if key in differ else "is alike, and an alert is open")

    def _journaled(self, partition: int) -> list[Any]:
        tp = TopicPartition(topics.EXECUTION, partition)
        fold: JournalFold[Any, Any] = JournalFold(self.log, RULES[topics.EXECUTION](), tp)
        found: list[Any] = []
        for record in self.log.kept[tp]:
            if fold.apply(record) is Validity.VALID:
                envelope = decode_journal(record.value)
                found += envelope.events if isinstance(envelope, Envelope) else ()
        return found

    def _differ(self, partition: int, events: list[Any]) -> set[str]:
        ours, theirs = Book(), Book()
        for event in events:
            ours.booked(event)
        for made in self.copies.values():
            if made.partition == partition:
                for _, message in sorted(made.sent.items()):
                    theirs.copied(made.venue_id, message.body)
        keys = ours.stands.keys() | theirs.stands.keys()
        return {key for key in keys if ours.stands.get(key) != theirs.stands.get(key)}


@dataclass(slots=True)
class Book:
    """What stands by one side's words: venue "/" ExecID of the first report → figures. `first`: of a correction."""

    stands: dict[str, Figures] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def booked(self, event: object) -> None:
        match event:
            case ChildReport(exec_type=ExecType.TRADE, inferred=False) | FillSuperseded():
                key = f"{event.venue_id}/{event.exec_id}"
                before = self.stands.get(key, (0, 0))[0]
                self.stands[key] = before + event.last_qty, event.last_px
            case FillCorrected() if not event.exec_ref_id.startswith("inferred"):
                self._changed(event.venue_id, event.exec_id, event.exec_ref_id, (event.new_qty, event.new_px))
            case _:
                pass

    def copied(self, venue_id: str, body: object) -> None:
        if not isinstance(body, CopyReceived) or f"{venue_id}/{body.exec_id}" in self.seen:
            return
        self.seen.add(f"{venue_id}/{body.exec_id}")
        figures = body.last_qty, body.last_px
        if body.exec_type is ExecType.TRADE:
            self.stands[f"{venue_id}/{body.exec_id}"] = figures
        else:
            busted = body.exec_type is ExecType.TRADE_CANCEL
            self._changed(venue_id, body.exec_id, body.exec_ref_id, (0, 0) if busted else figures)

    def _changed(self, venue_id: str, exec_id: str, ref: str, figures: Figures) -> None:
        root = self.first.get(f"{venue_id}/{ref}", f"{venue_id}/{ref}")
        self.first[f"{venue_id}/{exec_id}"] = root
        if figures[0]:
            self.stands[root] = figures
        else:
            self.stands.pop(root, None)


def _with_copies(entity: Entity) -> Entity:
    if not isinstance(entity, Venue):
        return entity
    sessions = tuple([replace(s, drop_copy_id=copy_name(s.session_id)) for s in entity.sessions])
    return replace(entity, sessions=sessions)
