"""Indicators of performance: what is computed, from what, by which version of which formula.

The formulas are those that the vendor of «Сетевой город. Образование» publishes («Формулы показателей
успеваемости»). The same words stand for other numbers elsewhere, so every value goes with the id and version of its
formula and with the composition of what it was computed from (DESIGN part 5, exports).

Success, quality and degree of learning are indicators of *period* marks. Of current marks only the two means are
told: a share of current marks that are not lower than 3 would be no share of pupils.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from gateway.errors import Text

_CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True, slots=True)
class Formula:
    """A formula by which an indicator is computed; a change of the formula is a new version."""

    id: str
    version: int
    text: Text


SUCCESS_RATE = Formula(
    id="success-rate",
    version=1,
    text=Text(ru="% успеваемости = (n5 + n4 + n3) · 100 / N", en="success rate, % = (n5 + n4 + n3) * 100 / N"),
)
QUALITY_RATE = Formula(
    id="quality-rate",
    version=1,
    text=Text(ru="% качества знаний = (n5 + n4) · 100 / N", en="quality rate, % = (n5 + n4) * 100 / N"),
)
LEARNING_DEGREE = Formula(
    id="learning-degree",
    version=1,
    text=Text(
        ru="СОУ, % = (100·n5 + 64·n4 + 36·n3 + 16·n2 + 7·н/а) / N",
        en="degree of learning, % = (100*n5 + 64*n4 + 36*n3 + 16*n2 + 7*not attested) / N",
    ),
)
MEAN = Formula(
    id="mean",
    version=1,
    text=Text(ru="средний балл = сумма отметок / число отметок", en="mean = sum of marks / number of marks"),
)
WEIGHTED_MEAN = Formula(
    id="weighted-mean",
    version=1,
    text=Text(
        ru="средневзвешенный балл = Σ(отметка · вес) / Σ вес",
        en="weighted mean = sum of mark * weight / sum of weights",
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Composition:
    """What the N of a class and subject is made of: how many pupils have which period mark.

    ``not_attested`` (н/а) stays in N; ``exempt`` (осв) and ``without_mark`` do not. Pupils who left before the moment
    of counting are in none of the numbers.
    """

    fives: int = 0
    fours: int = 0
    threes: int = 0
    twos: int = 0
    ones: int = 0
    not_attested: int = 0
    exempt: int = 0
    without_mark: int = 0

    @property
    def counted(self) -> int:
        """N: all pupils less the exempt and those without a mark."""
        return self.fives + self.fours + self.threes + self.twos + self.ones + self.not_attested


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkSheet:
    """How many marks of each value there are, and their weights: everything that both means are computed from.

    Attributes:
        weight: sum of the weights of all marks.
        weighted_sum: sum of mark times weight.
    """

    fives: int = 0
    fours: int = 0
    threes: int = 0
    twos: int = 0
    ones: int = 0
    weight: int = 0
    weighted_sum: int = 0

    @classmethod
    def of(cls, marks: Iterable[tuple[int, int]]) -> MarkSheet:
        """Return the sheet of marks given as pairs of value (1 to 5) and weight."""
        by_value = dict.fromkeys(range(1, 6), 0)
        weight = weighted_sum = 0
        for value, mark_weight in marks:
            by_value[value] += 1
            weight += mark_weight
            weighted_sum += value * mark_weight
        return cls(
            fives=by_value[5],
            fours=by_value[4],
            threes=by_value[3],
            twos=by_value[2],
            ones=by_value[1],
            weight=weight,
            weighted_sum=weighted_sum,
        )

    @property
    def count(self) -> int:
        """Number of marks."""
        return self.fives + self.fours + self.threes + self.twos + self.ones


@dataclass(frozen=True, kw_only=True, slots=True)
class Indicator:
    """A computed figure with its formula and what it was computed from.

    ``value`` has two decimals, rounded half up; ``None`` where there is nothing to compute it from.
    """

    formula: Formula
    value: Decimal | None
    composition: Composition | MarkSheet


def success_rate(composition: Composition) -> Indicator:
    """Return % успеваемости: the share of pupils with a 3, 4 or 5."""
    passed = composition.fives + composition.fours + composition.threes
    return _share(SUCCESS_RATE, 100 * passed, composition)


def quality_rate(composition: Composition) -> Indicator:
    """Return % качества знаний: the share of pupils with a 4 or 5."""
    return _share(QUALITY_RATE, 100 * (composition.fives + composition.fours), composition)


def learning_degree(composition: Composition) -> Indicator:
    """Return СОУ (степень обученности учащихся). The 7 belongs to н/а; a mark of 1 counts in N and adds nothing."""
    points = (
        100 * composition.fives
        + 64 * composition.fours
        + 36 * composition.threes
        + 16 * composition.twos
        + 7 * composition.not_attested
    )
    return _share(LEARNING_DEGREE, points, composition)


def mean(sheet: MarkSheet) -> Indicator:
    """Return the mean of the marks, whatever their weights."""
    total = 5 * sheet.fives + 4 * sheet.fours + 3 * sheet.threes + 2 * sheet.twos + sheet.ones
    return Indicator(formula=MEAN, value=_quotient(total, sheet.count), composition=sheet)


def weighted_mean(sheet: MarkSheet) -> Indicator:
    """Return the mean of the marks by their weights."""
    return Indicator(formula=WEIGHTED_MEAN, value=_quotient(sheet.weighted_sum, sheet.weight), composition=sheet)


def _share(formula: Formula, points: int, composition: Composition) -> Indicator:
    return Indicator(formula=formula, value=_quotient(points, composition.counted), composition=composition)


def _quotient(numerator: int, denominator: int) -> Decimal | None:
    if denominator == 0:
        return None
    return (Decimal(numerator) / Decimal(denominator)).quantize(_CENT, rounding=ROUND_HALF_UP)
