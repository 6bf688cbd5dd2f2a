"""Sets of entry numbers, as runs: ``0-17,20,22-30``.

Rules kept here: runs are in order, none touches the next, and a set has one text.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

_RUN = re.compile(r"(0|[1-9][0-9]{0,15})(?:-([1-9][0-9]{0,15}))?")


@dataclass(frozen=True)
class Runs:
    """Entry numbers. ``pairs`` are (first, last) of each run, both included; ValueError if not in order."""

    pairs: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        before = -2
        for first, last in self.pairs:
            if not before + 1 < first <= last:
                raise ValueError("runs are in order and none touches the next")
            before = last

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, int]]) -> "Runs":
        """Runs from (first, last) pairs in any order, overlapping or not."""
        joined: list[tuple[int, int]] = []
        for first, last in sorted(pairs):
            if joined and first <= joined[-1][1] + 1:
                joined[-1] = (joined[-1][0], max(joined[-1][1], last))
            else:
                joined.append((first, last))
        return cls(tuple(joined))

    def __len__(self) -> int:
        return sum(last - first + 1 for first, last in self.pairs)

    def __or__(self, other: "Runs") -> "Runs":
        return Runs.of((*self.pairs, *other.pairs))

    def __contains__(self, number: int) -> bool:
        return self.first_outside(number, number + 1) is None

    def first_outside(self, first: int, end: int) -> int | None:
        """The first of the numbers ``first`` to ``end - 1`` that is none of these; None if all are."""
        at = bisect_right(self.pairs, first, key=lambda pair: pair[0]) - 1
        if at >= 0 and first <= self.pairs[at][1]:
            first = self.pairs[at][1] + 1
        return first if first < end else None

    def __str__(self) -> str:
        return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in self.pairs)

    @classmethod
    def parse(cls, text: str) -> "Runs":
        """Read what ``str`` wrote; ValueError for anything else."""
        pairs = []
        for part in text.split(",") if text else []:
            match = _RUN.fullmatch(part)
            if match is None:
                raise ValueError("not runs of numbers")
            pairs.append((int(match[1]), int(match[2] or match[1])))
        runs = cls(tuple(pairs))
        if str(runs) != text:
            raise ValueError("not runs of numbers in their one spelling")
        return runs
