"""Every acceptance card, shown over real sockets to venue processes: of every simulated venue that is shipped, and of every behaviour."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from oms.core.enums import VenueBehaviour
from oms.local.reference_file import load_reference
from oms.venues.acceptance.adapter import Adapter, Drive, Heard, Report, Request
from oms.venues.acceptance.cards import CARDS, Verdict, run_cards
from oms.venues.acceptance.fix import own_fix_venue
from oms.venues.acceptance.local import LocalSession, own_venue
from oms.venues.fix_rules import read_rules_file
from oms.venues.venue_terms import EVERYTHING, VenueTerms, terms_of_venues

pytestmark = pytest.mark.integration

LOCAL = Path(__file__).parents[2] / "deploy" / "local"
SIMULATED = read_rules_file(LOCAL / "venues" / "default.yaml")
SHIPPED = terms_of_venues(load_reference(LOCAL / "reference.yaml", 4))
BEHAVIOURS = {behaviour.name: VenueTerms(behaviours=frozenset({behaviour})) for behaviour in VenueBehaviour}


@pytest.mark.parametrize("wire", ["local", "fix"])
@pytest.mark.parametrize("venue", [*SHIPPED, *BEHAVIOURS])
def test_the_simulated_venues_pass_every_card_of_what_they_offer(venue: str, wire: str, tmp_path: Path) -> None:
    terms = (SHIPPED | BEHAVIOURS)[venue]
    if wire == "fix":
        process, session = own_fix_venue(venue[:20], terms, tmp_path, "t", SIMULATED)
    else:
        process, session = own_venue(venue[:20], terms, tmp_path, "t")
    try:
        results = list(run_cards(session, CARDS, "t"))
    finally:
        session.close()
        process.stop()
    assert [(r.card.name, r.why) for r in results if r.verdict is Verdict.FAILED] == []
    if session.offer.features == EVERYTHING:
        left_out = {r.card.number for r in results if r.verdict is Verdict.NOT_OFFERED}
        of_behaviours = {c.number for c in CARDS if c.unless or any(isinstance(n, VenueBehaviour) for n in c.needs)}
        assert left_out <= of_behaviours


class Lying:
    """An adapter of a venue that is wrong in one way: what `heard` makes of each report. None: it keeps it to itself."""

    def __init__(self, session: LocalSession, wrong: str) -> None:
        self._session, self._wrong = session, wrong
        self._said: set[str] = set()

    @property
    def offer(self):  # type: ignore[no-untyped-def]
        return self._session.offer

    def send(self, request: Request) -> None:
        self._session.send(request)

    def hear(self, timeout_s: float) -> Heard | None:
        heard = self._session.hear(timeout_s)
        return self._lie(heard) if isinstance(heard, Report) else heard

    def _lie(self, r: Report) -> Report:
        match self._wrong:
            case "cum":
                return replace(r, cum_qty=r.cum_qty + 1) if r.last_qty else r
            case "leaves":
                return replace(r, leaves_qty=r.leaves_qty + 1)
            case "exec_id":
                return replace(r, exec_id="E") if r.exec_id else r
            case "name":
                return replace(r, cl_ord_id=r.orig_cl_ord_id or r.cl_ord_id)
            case _:
                return replace(r, exec_ref_id="", restatement=None)

    def disconnect(self) -> None:
        self._session.disconnect()

    def connect(self) -> None:
        self._session.connect()

    def leave_gap(self) -> None:
        self._session.leave_gap()

    def drive(self, drive: Drive, act: str, *, order: str = "", exec_id: str = "", qty: int = 0, px: int = 0) -> None:
        self._session.drive(drive, act, order=order, exec_id=exec_id, qty=qty, px=px)

    def other(self) -> Adapter:
        return self._session.other()


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSession]:
    process, found = own_venue("XALP", VenueTerms(), tmp_path_factory.mktemp("venue"), "lies")
    yield found
    found.close()
    process.stop()


@pytest.mark.parametrize(
    ("wrong", "card"),
    [
        ("cum", 1),
        ("leaves", 1),
        ("exec_id", 1),
        ("name", 40),
        ("references", 77),
        ("references", 75),
        ("references", 76),
    ],
)
def test_a_card_fails_where_a_venue_says_what_is_not_so(session: LocalSession, wrong: str, card: int) -> None:
    cards = [c for c in CARDS if c.number == card]
    (result,) = run_cards(Lying(session, wrong), cards, f"{wrong}-{card}")
    assert result.verdict is Verdict.FAILED and result.why
