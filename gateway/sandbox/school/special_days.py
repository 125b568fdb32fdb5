"""The public holidays of a school year: the non-working days that article 112 of the Labour Code fixes.

Days off that the Government moves by a yearly resolution are left out: a resolution is not known in advance.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from gateway.model.ids import RecordId
from gateway.model.school import SpecialDay

_NEW_YEAR = "Новогодние каникулы"
_AUTUMN = ((11, 4, "День народного единства"),)
_REST = (
    *((1, day, _NEW_YEAR) for day in (1, 2, 3, 4, 5, 6, 8)),
    (1, 7, "Рождество Христово"),
    (2, 23, "День защитника Отечества"),
    (3, 8, "Международный женский день"),
    (5, 1, "Праздник Весны и Труда"),
    (5, 9, "День Победы"),
    (6, 12, "День России"),
)
_JANUARY = 1
_FRIDAY = 4


def special_days(year: int) -> tuple[SpecialDay, ...]:
    """Return the holidays of the school year that begins in ``year``, and the days off moved from weekends, in order.

    A day off that falls on a holiday moves to the next working day (article 112, part 2); those of January do not.
    """
    return tuple(sorted(_days(year), key=lambda special: special.day))


def _days(year: int) -> Iterator[SpecialDay]:
    for begun, holidays in ((year, _AUTUMN), (year + 1, _REST)):
        for month, number, name in holidays:
            day = date(begun, month, number)
            yield _special(day, name)
            if day.weekday() > _FRIDAY and month != _JANUARY:
                yield _special(_monday_after(day), f"Выходной день, перенесённый с праздника: {name}")


def _special(day: date, name: str) -> SpecialDay:
    return SpecialDay(id=RecordId(f"SD-{day:%Y%m%d}"), day=day, name=name)


def _monday_after(day: date) -> date:
    return day + timedelta(days=7 - day.weekday())
