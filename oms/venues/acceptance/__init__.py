"""Acceptance cards: what any venue adapter must show before orders go through it (docs/venue-acceptance.md)."""
