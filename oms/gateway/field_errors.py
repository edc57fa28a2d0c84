"""What is wrong with a request, field by field."""

from dataclasses import dataclass

INT_MAX = 2**62 - 1
"""Integers of clients stay below: sums and differences of two of them still fit the wire's 64 bits."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """A field by its path in the request, and what it takes."""

    field: str
    description: str


Errors = tuple[FieldError, ...]
