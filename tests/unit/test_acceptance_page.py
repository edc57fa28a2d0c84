"""The page of the acceptance cards is the cards'."""

from pathlib import Path

from oms.core.enums import VenueBehaviour, VenueFeature
from oms.venues.acceptance.adapter import Drive
from oms.venues.acceptance.cards import CARDS
from oms.venues.acceptance.page import page

PAGE = Path(__file__).parents[2] / "docs" / "venue-acceptance.md"


def test_the_page_says_what_the_cards_are() -> None:
    assert PAGE.read_text() == page(), "python -m oms.venues.acceptance.page > docs/venue-acceptance.md"


def test_cards_have_their_numbers_in_order_and_once() -> None:
    numbers = [card.number for card in CARDS]
    assert numbers == sorted(set(numbers))


def test_everything_that_a_venue_may_offer_or_do_has_a_card() -> None:
    needed = [need for card in CARDS for need in (*card.needs, *card.unless)]
    for kind, members in ((VenueFeature, VenueFeature), (Drive, Drive)):
        shown = {need for need in needed if isinstance(need, kind)}
        assert shown == set(members), kind
    # ONE_REQUEST_AT_A_TIME is another answer to VA-59, which takes both.
    assert {n for n in needed if isinstance(n, VenueBehaviour)} == set(VenueBehaviour) - {
        VenueBehaviour.ONE_REQUEST_AT_A_TIME
    }
