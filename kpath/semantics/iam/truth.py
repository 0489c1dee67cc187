"""Three-valued logic: what holds, what does not, and what the snapshot leaves open."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Truth(IntEnum):
    """Kleene's three values, ordered so that *and* is the least and *or* the greatest."""

    NO = 0
    MAYBE = 1
    YES = 2


def truth(condition: object) -> Truth:
    """The certain value of something Python can decide."""
    return Truth.YES if condition else Truth.NO


def negation(value: Truth) -> Truth:
    """What holds when `value` does not."""
    return Truth(2 - value)


def conjunction(values: Iterable[Truth]) -> Truth:
    """Whether all of them hold; true of none."""
    least = Truth.YES
    for value in values:
        if value is Truth.NO:
            return value
        least = min(least, value)
    return least


def disjunction(values: Iterable[Truth]) -> Truth:
    """Whether any of them holds; false of none."""
    greatest = Truth.NO
    for value in values:
        if value is Truth.YES:
            return value
        greatest = max(greatest, value)
    return greatest
