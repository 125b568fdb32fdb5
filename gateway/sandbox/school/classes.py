"""How many classes a school of some size has, and how many pupils sit in each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import cycle, islice
from random import Random

from gateway.model.school import FIRST_GRADE, LAST_GRADE

LETTERS = "АБВГДЕЖИКЛ"
_LATIN = dict(zip(LETTERS, "ABVGDEJIKL", strict=True))
_PUPILS_PER_CLASS = 25
_GRADES = range(FIRST_GRADE, LAST_GRADE + 1)
_EXTRA_CLASSES = (*range(1, 10), *range(1, 5), *range(5, 12))
"""Grades in the order in which they get one more parallel class: the younger ones are larger."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassPlan:
    """A class before anybody sits in it; ``size`` is its number of pupils."""

    grade: int
    letter: str
    size: int

    @property
    def name(self) -> str:
        """Name as people write it: ``5А``."""
        return f"{self.grade}{self.letter}"

    @property
    def code(self) -> str:
        """Name in Latin letters, for ids: ``5A``."""
        return f"{self.grade}{_LATIN[self.letter]}"


def class_plans(pupils: int, rng: Random) -> tuple[ClassPlan, ...]:
    """Return the classes of a school of that many pupils: every grade at least one, about 25 pupils in each."""
    count = max(LAST_GRADE, round(pupils / _PUPILS_PER_CLASS))
    parallel = Counter(_GRADES) + Counter(islice(cycle(_EXTRA_CLASSES), count - LAST_GRADE))
    sizes = iter(_sizes(pupils, count, rng))
    return tuple(
        ClassPlan(grade=grade, letter=letter, size=next(sizes))
        for grade in _GRADES
        for letter in LETTERS[: parallel[grade]]
    )


def _sizes(pupils: int, count: int, rng: Random) -> list[int]:
    """Share the pupils out evenly, then let some change places, as no two classes are quite alike."""
    sizes = [pupils // count] * count
    for fuller in rng.sample(range(count), pupils % count):
        sizes[fuller] += 1
    for _ in range(count if pupils // count > 1 else 0):
        giver, taker = rng.sample(range(count), 2)
        if sizes[giver] > 1:
            sizes[giver] -= 1
            sizes[taker] += 1
    return sizes
