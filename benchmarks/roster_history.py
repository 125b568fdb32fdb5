"""Schools with a past: every pupil has twelve enrolments, the last one open, as years of history leave them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from gateway.model.people import Enrollment, Guardian, Guardianship, Pupil, Staff
from gateway.model.school import School, SchoolClass
from gateway.sandbox.school import SampleSchool, nth_school

SLICES = 12
_SLICE = timedelta(days=30)
_DAY = timedelta(days=1)
_YEAR = 2025


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoricRoster:
    """What the registry holds of one school."""

    school: School
    pupils: tuple[Pupil, ...]
    guardians: tuple[Guardian, ...]
    guardianships: tuple[Guardianship, ...]
    staff: tuple[Staff, ...]
    classes: tuple[SchoolClass, ...]
    enrollments: tuple[Enrollment, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoricRosters(Mapping[str, HistoricRoster]):
    """Rosters by the registry id of their school, each made when it is asked for.

    Attributes:
        numbers: by registry id, the numbers of the made-up schools whose people are put together in it.
        pupils: how many pupils all made-up schools have together.
    """

    numbers: Mapping[str, Sequence[int]]
    pupils: int

    def __getitem__(self, registry_id: str) -> HistoricRoster:
        """Return a roster."""
        return _put_together([nth_school(number, self.pupils, year=_YEAR) for number in self.numbers[registry_id]])

    def __iter__(self) -> Iterator[str]:
        """Yield the registry ids."""
        return iter(self.numbers)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.numbers)


def _put_together(samples: Sequence[SampleSchool]) -> HistoricRoster:
    return HistoricRoster(
        school=samples[0].school,
        pupils=tuple(one for sample in samples for one in sample.pupils),
        guardians=tuple(one for sample in samples for one in sample.guardians),
        guardianships=tuple(one for sample in samples for one in sample.guardianships),
        staff=tuple(one for sample in samples for one in sample.staff),
        classes=tuple(one for sample in samples for one in sample.classes),
        enrollments=tuple(one for sample in samples for each in sample.enrollments for one in _past(each, sample)),
    )


def _past(now: Enrollment, sample: SampleSchool) -> Iterator[Enrollment]:
    """Yield the ended enrolments before one, each in the next class of the school, then that one."""
    ids = [one.id for one in sample.classes]
    place = ids.index(now.school_class)
    for back in range(SLICES - 1, 0, -1):
        first = now.valid_from - back * _SLICE
        yield Enrollment(
            pupil=now.pupil,
            school_class=ids[(place + back) % len(ids)],
            valid_from=first,
            valid_to=first + _SLICE - _DAY,
        )
    yield now
