"""docs/venue-acceptance.md: made from the cards, so that page and code cannot differ. A test compares it with the file.

Write it anew with `python -m oms.venues.acceptance.page > docs/venue-acceptance.md`.
"""

import sys

from oms.core.enums import VenueBehaviour
from oms.venues.acceptance.adapter import Drive
from oms.venues.acceptance.cards import CARDS, Card

INTRODUCTION = """# Venue acceptance

What a connection to a venue must show before orders go through it. Made from the cards by
`python -m oms.venues.acceptance.page > docs/venue-acceptance.md`; a test holds it against them.

    oms venue accept XALP                  every card, a line each; exit 1 where one failed
    oms venue accept XALP --card VA-55     one of them

A card is executable and knows no protocol: it speaks to an adapter (`oms.venues.acceptance.adapter.Adapter`: send, hear, disconnect,
connect, leave a gap, make the venue do something, another member's session). For every report that it takes a card also checks that
LeavesQty is OrderQty less CumQty (0 once the order has ended), and that an ExecID of an execution is used once. What it opened it cancels.

- **passed**: the venue showed it. **failed**: it did not; the line says what came instead.
- **not offered**: the venue does not offer it, or nobody can make it do it (a production venue busts no trade on request): neither good nor bad.

`oms venue accept` shows the cards to a simulated venue with the features and behaviours of the reference file, in a process of its own on a
market where nothing else happens. An adapter for another protocol is shown the same cards: `run_cards(adapter, CARDS, run)`.
"""


def page() -> str:
    lines = [INTRODUCTION, "| card | what it shows | needs |", "|---|---|---|"]
    lines += [f"| {card.name} | {card.title} | {_needs(card)} |" for card in CARDS]
    return "\n".join(lines) + "\n"


def _needs(card: Card) -> str:
    words = [f"that we can {n.value}" if isinstance(n, Drive) else _words(n) for n in card.needs]
    return ", ".join([*words, *(f"not {_words(b)}" for b in card.unless)])


def _words(need: object) -> str:
    name = getattr(need, "name", str(need))
    return f"`{name}`" if isinstance(need, VenueBehaviour) else name.lower().replace("_", " ")


if __name__ == "__main__":
    sys.stdout.write(page())
