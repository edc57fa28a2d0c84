"""Which faults a round gets, decided from a seed.

A *card* is a kind of fault and its target. A deck holds every card that this run can play; rounds take from it in an order drawn from
the seed and it is shuffled anew when it is used up, so every fault comes about equally often and none is forgotten. Kills come more
often than the rest (`KILL_CARDS`): they are what the figure counts.

Pure: the same deck, seed and round give the same faults on every machine, whatever rounds were run before.
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum

STAGES = ("risk", "router", "execution")
SERVICES = ("order-gateway", *STAGES, "audit")
OWNER, STANDBY = "owner", "standby"
"""Roles: "risk owner" is whichever of a stage's two processes owns its partitions when the fault comes."""

VENUES, BROKER, CLICKHOUSE, SNAPSHOTS = "venues", "broker", "clickhouse", "snapshots"

KILL_CARDS = 3
"""So many cards of each kill are in the deck, against one of anything else."""

FAULTS_PER_ROUND_MIN, FAULTS_PER_ROUND_MAX = 3, 5
FIRST_S, LAST_S = 1.0, 9.0
"""Within a round's order flow: before it there is nothing to lose, after it nothing to fail."""

PAUSE_MIN_S, PAUSE_MAX_S = 0.3, 8.0
"""Shorter and longer than the silence after which a standby takes over."""

TAKEOVER_FROM_S = 2.0
"""An owner that is paused for so long or longer stays paused until its standby owns everything, however slow the machine is."""

CUT_MIN_S, CUT_MAX_S = 2.0, 8.0
STOPPED_MIN_S, STOPPED_MAX_S = 2.0, 6.0
FULL_S = 8.0


class Kind(Enum):
    """KILL: SIGKILL, started again at once. PAUSE: SIGSTOP, later SIGCONT. STOP: an orderly stop, later a start.

    KILL and PAUSE of the broker are of the node that leads a partition of a journal. CUT: the connections to the broker are closed and
    refused. SILENCE: they stay open, and nothing passes. FILL: no room on the disk for snapshots.
    """

    KILL = "kill"
    PAUSE = "pause"
    STOP = "stop"
    CUT = "cut"
    SILENCE = "silence"
    FILL = "fill"


@dataclass(frozen=True, slots=True)
class Card:
    kind: Kind
    target: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A card played `at_s` after the round's flow began and undone `for_s` later (a kill: at once). `draw` picks among equals."""

    card: Card
    at_s: float
    for_s: float
    draw: int

    @property
    def awaits_takeover(self) -> bool:
        role = self.card.target.partition(" ")[2]
        return self.card.kind is Kind.PAUSE and role == OWNER and self.for_s >= TAKEOVER_FROM_S

    def __str__(self) -> str:
        lasting = f" for {self.for_s:.1f} s" if self.for_s else ""
        return f"{self.card.kind.value} {self.card.target} at {self.at_s:.1f} s{lasting}"


def deck(standbys: bool, cut_off: Collection[str], snapshots: bool) -> tuple[Card, ...]:
    """All cards of a run. `standbys`: each stage has one; `cut_off`: the processes that reach the broker through a proxy."""
    first = [f"{name} {OWNER}" if standbys and name in STAGES else name for name in SERVICES]
    processes = [*first, *([f"{stage} {STANDBY}" for stage in STAGES] if standbys else []), VENUES, BROKER]
    cards = [Card(Kind.KILL, target) for target in processes for _ in range(KILL_CARDS)]
    cards += [Card(Kind.PAUSE, target) for target in processes]
    cards += [Card(kind, target) for target in sorted(cut_off) for kind in (Kind.CUT, Kind.SILENCE)]
    cards += [Card(Kind.STOP, CLICKHOUSE), Card(Kind.KILL, CLICKHOUSE)]
    return (*cards, *([Card(Kind.FILL, SNAPSHOTS)] if snapshots else []))


def short_rounds(standbys: bool) -> tuple[tuple[Card, ...], ...]:
    """The rounds of the two-minute form: every service and the venues killed, an owner paused beyond its standby's patience,
    ClickHouse stopped."""
    role = f" {OWNER}" if standbys else ""
    return (
        (Card(Kind.KILL, f"execution{role}"), Card(Kind.KILL, f"risk{role}"), Card(Kind.KILL, VENUES)),
        (Card(Kind.PAUSE, f"router{role}"), Card(Kind.PAUSE, f"execution{role}"), Card(Kind.STOP, CLICKHOUSE)),
        (Card(Kind.KILL, "order-gateway"), Card(Kind.KILL, f"router{role}"), Card(Kind.KILL, "audit")),
    )


def cards_of_round(cards: Sequence[Card], seed: int, number: int) -> tuple[Card, ...]:
    """What round `number` (from 0) plays. Cards of one service never meet in a round: the second would find it down."""
    taken, place = 0, 0
    while True:
        shuffle = random.Random(f"{seed} deck {place}")
        order = list(cards)
        shuffle.shuffle(order)
        place += 1
        while order:
            size = shuffle.randint(FAULTS_PER_ROUND_MIN, FAULTS_PER_ROUND_MAX)
            hand: list[Card] = []
            for card in list(order):
                if len(hand) < size and _service(card) not in {_service(held) for held in hand}:
                    hand.append(card)
                    order.remove(card)
            if taken == number:
                return tuple(hand)
            taken += 1


def _service(card: Card) -> str:
    return card.target.partition(" ")[0]


def planned(cards: Sequence[Card], seed: int, number: int) -> tuple[Fault, ...]:
    """When and for how long, in order of time."""
    draw = random.Random(f"{seed} round {number}")
    faults = []
    for card in cards:
        at_s = draw.uniform(FIRST_S, LAST_S)
        faults.append(Fault(card, round(at_s, 1), round(_lasting_s(card, draw), 1), draw.randrange(1 << 30)))
    return tuple(sorted(faults, key=lambda fault: fault.at_s))


def _lasting_s(card: Card, draw: random.Random) -> float:
    match card.kind:
        case Kind.KILL:
            return draw.uniform(STOPPED_MIN_S, STOPPED_MAX_S) if card.target in (BROKER, CLICKHOUSE) else 0.0
        case Kind.PAUSE:
            return draw.uniform(PAUSE_MIN_S, PAUSE_MAX_S)
        case Kind.STOP:
            return draw.uniform(STOPPED_MIN_S, STOPPED_MAX_S)
        case Kind.CUT | Kind.SILENCE:
            return draw.uniform(CUT_MIN_S, CUT_MAX_S)
        case Kind.FILL:
            return FULL_S
