"""Who was away or late on a day: illness for several days, a day off, a lesson skipped, a late start, an exemption."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.model.attendance import Absence, AbsenceKind, MedicalCertificate
from gateway.model.ids import MedicalCertificateId, PupilId
from gateway.sandbox.school.certificates import ILLNESS, exemptions, illness_certificate
from gateway.sandbox.school.curriculum import SPORT_SUBJECT
from gateway.sandbox.school.draws import fraction
from gateway.sandbox.school.lessons import HeldLesson
from gateway.sandbox.school.sample import SampleSchool
from gateway.sandbox.school.spells import in_spell

_DAY_OFF = (
    (0.006, AbsenceKind.EXCUSED, "по заявлению родителей"),
    (0.008, AbsenceKind.UNKNOWN, ""),
    (0.009, AbsenceKind.UNEXCUSED, ""),
)
"""Upper ends of the shares of pupils who miss a whole day, and why."""
_LATE = 0.012
_SKIPS_LAST_LESSON = 0.01
_FIRST_SKIPPING_GRADE = 7
_LONGEST_DELAY_MINUTES = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Attendance:
    """The absences of a day, and the medical certificates of illnesses that they name."""

    absences: tuple[Absence, ...]
    certificates: tuple[MedicalCertificate, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Day:
    """What is drawn from, and who is exempt from physical education by which certificate."""

    sample: SampleSchool
    day: date
    exempt: Mapping[PupilId, MedicalCertificateId]


def attendance(sample: SampleSchool, day: date, held: Sequence[HeldLesson]) -> Attendance:
    """Return who was away from, or late at, the lessons of the day; lessons are given first to last."""
    source_ids = {pupil.id: pupil.source_id for pupil in sample.pupils}
    whole = _Day(sample=sample, day=day, exempt={each.pupil: each.id for each in exemptions(sample)})
    absences: list[Absence] = []
    certificates: list[MedicalCertificate] = []
    for pupil, lessons in _own_lessons(held).items():
        if in_spell(ILLNESS, day, sample.seed, pupil):
            certificate = illness_certificate(sample, day, pupil, source_ids[pupil])
            certificates.extend([certificate] if certificate else [])
            absences.extend(
                _absence(each, pupil, AbsenceKind.ILLNESS, certificate=certificate.id if certificate else None)
                for each in lessons
            )
        else:
            absences.extend(_of_healthy(whole, pupil, lessons))
    return Attendance(absences=tuple(absences), certificates=tuple(certificates))


def _own_lessons(held: Iterable[HeldLesson]) -> dict[PupilId, list[HeldLesson]]:
    """Return the lessons of each pupil."""
    lessons: dict[PupilId, list[HeldLesson]] = defaultdict(list)
    for each in held:
        for pupil in each.audience:
            lessons[pupil].append(each)
    return lessons


def _of_healthy(whole: _Day, pupil: PupilId, lessons: Sequence[HeldLesson]) -> Iterator[Absence]:
    seed, day = whole.sample.seed, whole.day
    draw = fraction("day-off", seed, day, pupil)
    for upper, kind, comment in _DAY_OFF:
        if draw < upper:
            yield from (_absence(each, pupil, kind, comment) for each in lessons)
            return
    exempt_by = whole.exempt.get(pupil)
    if exempt_by is not None:
        for each in lessons:
            if each.lesson.subject == SPORT_SUBJECT:
                yield _absence(each, pupil, AbsenceKind.EXEMPT, certificate=exempt_by)
        lessons = [each for each in lessons if each.lesson.subject != SPORT_SUBJECT]
    if not lessons:
        return
    if fraction("late", seed, day, pupil) < _LATE:
        delay = 1 + int(fraction("delay", seed, day, pupil) * _LONGEST_DELAY_MINUTES)
        yield _absence(lessons[0], pupil, AbsenceKind.LATE, f"опоздание на {delay} мин.")
    elif lessons[-1].grade >= _FIRST_SKIPPING_GRADE and fraction("skips", seed, day, pupil) < _SKIPS_LAST_LESSON:
        yield _absence(lessons[-1], pupil, AbsenceKind.UNEXCUSED)


def _absence(
    held: HeldLesson,
    pupil: PupilId,
    kind: AbsenceKind,
    comment: str = "",
    *,
    certificate: MedicalCertificateId | None = None,
) -> Absence:
    return Absence(
        lesson=held.lesson.id,
        pupil=pupil,
        kind=kind,
        comment=comment,
        certificate=certificate,
        author=held.given_by,
        entered_at=held.lesson.entered_at,
    )
