"""Indicators against the reference vector of the published formulas (domain.md 2.2)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.model.indicators import (
    LEARNING_DEGREE,
    MEAN,
    QUALITY_RATE,
    SUCCESS_RATE,
    WEIGHTED_MEAN,
    Composition,
    MarkSheet,
    learning_degree,
    mean,
    quality_rate,
    success_rate,
    weighted_mean,
)

REFERENCE = Composition(fives=6, fours=9, threes=7, twos=1, not_attested=1, exempt=1)


def test_n_keeps_the_not_attested_and_leaves_out_the_exempt_and_those_without_a_mark() -> None:
    assert REFERENCE.counted == 24
    assert Composition(fives=1, exempt=2, without_mark=3).counted == 1


@pytest.mark.parametrize(
    ("indicator", "formula", "value"),
    [
        (success_rate(REFERENCE), SUCCESS_RATE, "91.67"),
        (quality_rate(REFERENCE), QUALITY_RATE, "62.50"),
        (learning_degree(REFERENCE), LEARNING_DEGREE, "60.46"),
    ],
)
def test_reference_vector(indicator: object, formula: object, value: str) -> None:
    assert (indicator.formula, indicator.value) == (formula, Decimal(value))
    assert indicator.composition == REFERENCE


def test_reference_vector_without_the_not_attested() -> None:
    assert learning_degree(Composition(fives=6, fours=9, threes=7, twos=1, exempt=1)).value == Decimal("62.78")


def test_success_is_not_everything_but_the_twos() -> None:
    """The variant (N − n2) / N found elsewhere would count н/а as success: 95.83."""
    assert success_rate(REFERENCE).value != Decimal("95.83")


def test_a_one_counts_in_n_and_earns_no_seven() -> None:
    assert learning_degree(Composition(fives=1, ones=1)).value == Decimal("50.00")


def test_mean_of_the_reference_vector() -> None:
    sheet = MarkSheet.of([(5, 1)] * 6 + [(4, 1)] * 9 + [(3, 1)] * 7 + [(2, 1)])
    assert sheet.count == 23
    assert (mean(sheet).value, mean(sheet).formula) == (Decimal("3.87"), MEAN)


def test_weighted_mean_differs_from_the_mean() -> None:
    sheet = MarkSheet.of([(4, 1), (3, 2), (5, 1)])
    assert mean(sheet).value == Decimal("4.00")
    assert (weighted_mean(sheet).value, weighted_mean(sheet).formula) == (Decimal("3.75"), WEIGHTED_MEAN)


def test_halves_are_rounded_up() -> None:
    assert weighted_mean(MarkSheet.of([(3, 199), (4, 1)])).value == Decimal("3.01")


def test_nothing_to_compute_from_is_no_value() -> None:
    assert success_rate(Composition(exempt=3, without_mark=2)).value is None
    assert mean(MarkSheet()).value is None
    assert weighted_mean(MarkSheet.of([(5, 0)])).value is None


def test_a_mark_outside_the_scale_is_refused() -> None:
    with pytest.raises(KeyError):
        MarkSheet.of([(6, 1)])
