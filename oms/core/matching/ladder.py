"""Distinct integers in ascending order: the prices of one side of a book, best first. It knows nothing of orders.

Blocks of at most `_BLOCK_MAX` numbers and the largest of each: finding is two binary searches, a change moves the pointers of one
block. Invariants: no block is empty; all of a block are below all of the next; `_tops[i]` is the last of `_blocks[i]`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

_BLOCK_MAX = 512  # a full block splits: two halves of 2 KB, moved in well below a microsecond


class Ladder:
    __slots__ = ("_blocks", "_tops")

    def __init__(self) -> None:
        self._blocks: list[list[int]] = []
        self._tops: list[int] = []

    def __bool__(self) -> bool:
        return bool(self._blocks)

    def __iter__(self) -> Iterator[int]:
        for block in self._blocks:
            yield from block

    def first(self) -> int | None:
        return self._blocks[0][0] if self._blocks else None

    def after(self, rung: int) -> int | None:
        """The smallest above `rung`, which need not be in here."""
        number = bisect_right(self._tops, rung)
        if number == len(self._blocks):
            return None
        block = self._blocks[number]
        return block[bisect_right(block, rung)]

    def add(self, rung: int) -> None:
        """Nothing where it is in here already."""
        if not self._blocks:
            self._blocks.append([rung])
            self._tops.append(rung)
            return
        number = min(bisect_left(self._tops, rung), len(self._blocks) - 1)
        block = self._blocks[number]
        at = bisect_left(block, rung)
        if at < len(block) and block[at] == rung:
            return
        block.insert(at, rung)
        if len(block) > _BLOCK_MAX:
            half = len(block) // 2
            self._blocks[number : number + 1] = [block[:half], block[half:]]
            self._tops.insert(number, block[half - 1])
            number += 1
        self._tops[number] = self._blocks[number][-1]

    def discard(self, rung: int) -> None:
        """Nothing where it is not in here."""
        number = bisect_left(self._tops, rung)
        if number == len(self._blocks):
            return
        block = self._blocks[number]
        at = bisect_left(block, rung)
        if block[at] != rung:
            return
        del block[at]
        if block:
            self._tops[number] = block[-1]
        else:
            del self._blocks[number], self._tops[number]
