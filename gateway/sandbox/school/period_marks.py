"""The end of a period: a final mark, or what stands for it, of every pupil and subject (R-MARK-07, R-MARK-11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from gateway.model.attendance import CertifiedResult, StudyCertificate
from gateway.model.batch import Batch
from gateway.model.grading import MarkSign
from gateway.model.ids import LessonId, PupilId, RecordId, StaffId, StudyCertificateId, SubjectId
from gateway.model.journal import Deferral, MarkOrigin, PeriodMark, Stage
from gateway.model.school import Period, PeriodKind
from gateway.sandbox.school.certificates import ILLNESS
from gateway.sandbox.school.curriculum import is_pass_or_fail, planned_subject
from gateway.sandbox.school.draws import fraction
from gateway.sandbox.school.marks import pass_or_fail, value_of
from gateway.sandbox.school.moments import moment
from gateway.sandbox.school.sample import SampleSchool
from gateway.sandbox.school.spells import in_spell
from gateway.sandbox.school.tallies import Tally, tallies

_DEFERRED_WEIGHT = 4
"""A pupil who is ill at the end of the period and has marks of less weight than this gets the final mark later."""
_DEFERRED_FOR = timedelta(days=21)
_TAUGHT_ELSEWHERE = 0.004
"""Share of the pupils who learned in a hospital for a while and bring its results (R-MARK-16)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Final:
    """What stands in the summary for one pupil, subject and period."""

    pupil: PupilId
    subject: SubjectId
    given: int | MarkSign
    teacher: StaffId
    grade: int


def period_end(sample: SampleSchool, period: Period) -> Batch:
    """Return the final marks of a study period or of the year, entered on its last day.

    A final mark is the weighted mean of the marks. Where there are none it is «НА», for those exempt from the subject
    «ОСВ»; whoever is ill at the end with few marks has it put off (R-MARK-12), whoever was taught in a hospital brings
    it from there. The year's mark is the mean of those of its periods. Grade 1 has none.

    The periods are those of `SampleSchool.periods`; days of the period are to be posted before its end, and the
    periods of a year before the year.
    """
    if period.kind is PeriodKind.YEAR:
        return _year_end(sample, period)
    found = tallies(sample, [period])
    deferred = [
        (pupil, subject)
        for (_, pupil, subject), tally in found.items()
        if _is_deferred(sample, period, pupil, subject, tally)
    ]
    put_off = frozenset(deferred)
    finals = [
        _final(pupil, subject, tally) for (_, pupil, subject), tally in found.items() if (pupil, subject) not in put_off
    ]
    certificates = tuple(_certificates(sample, period, finals))
    return replace(
        _batch(sample, period),
        study_certificates=certificates,
        deferrals=tuple(_deferral(sample, period, pupil, subject) for pupil, subject in deferred),
        period_marks=tuple(_with_certificates(_marks(sample, period, finals, Stage.PERIOD), certificates)),
    )


def _year_end(sample: SampleSchool, year: Period) -> Batch:
    parts = [period for period in sample.periods if period.kind is not PeriodKind.YEAR]
    of_parts: dict[tuple[PupilId, SubjectId], list[_Final]] = defaultdict(list)
    for (_, pupil, subject), tally in tallies(sample, parts).items():
        of_parts[pupil, subject].append(_final(pupil, subject, tally))
    finals = [_of_year(own) for own in of_parts.values()]
    return replace(_batch(sample, year), period_marks=tuple(_marks(sample, year, finals, Stage.YEAR)))


def _of_year(parts: list[_Final]) -> _Final:
    """Return the year's mark: the mean of those parts that have a number, else what most of them have."""
    numbers = [part.given for part in parts if not isinstance(part.given, MarkSign)]
    signs = [part.given for part in parts if isinstance(part.given, MarkSign)]
    given = _rounded(sum(numbers), len(numbers)) if numbers else max(signs, key=lambda sign: (signs.count(sign), sign))
    return replace(parts[-1], given=given)


def _batch(sample: SampleSchool, period: Period) -> Batch:
    minute = 40 if period.kind is PeriodKind.YEAR else 20
    return Batch(school=sample.school.id, sent_at=moment(sample, period.end, 20, minute))


def _final(pupil: PupilId, subject: SubjectId, tally: Tally) -> _Final:
    return _Final(pupil=pupil, subject=subject, given=_given(subject, tally), teacher=tally.teacher, grade=tally.grade)


def _given(subject: SubjectId, tally: Tally) -> int | MarkSign:
    if tally.exempt:
        return MarkSign.EXEMPT
    if not planned_subject(subject).works:
        return MarkSign.PASSED
    if is_pass_or_fail(subject, tally.grade):
        passed, failed = (tally.signs.get(sign, 0) for sign in (MarkSign.PASSED, MarkSign.FAILED))
        if not passed + failed:
            return MarkSign.NOT_ATTESTED
        return MarkSign.PASSED if passed >= failed else MarkSign.FAILED
    return _rounded(tally.points, tally.weights) if tally.weights else MarkSign.NOT_ATTESTED


def _rounded(points: int, weights: int) -> int:
    """Return the mean, a half rounded up, in whole numbers only."""
    return (2 * points + weights) // (2 * weights)


def _is_deferred(sample: SampleSchool, period: Period, pupil: PupilId, subject: SubjectId, tally: Tally) -> bool:
    is_by_numbers = bool(planned_subject(subject).works) and not is_pass_or_fail(subject, tally.grade)
    has_few = tally.weights < _DEFERRED_WEIGHT and not tally.exempt
    return is_by_numbers and has_few and in_spell(ILLNESS, period.end, sample.seed, pupil)


def _deferral(sample: SampleSchool, period: Period, pupil: PupilId, subject: SubjectId) -> Deferral:
    source_id = next(one.source_id for one in sample.pupils if one.id == pupil)
    return Deferral(
        id=RecordId(f"DF-{period.id}-{source_id}-{subject}"),
        pupil=pupil,
        subject=subject,
        period=period.id,
        reason="Болезнь в конце учебного периода",
        until=period.end + _DEFERRED_FOR,
        document=f"Приказ об отсрочке от {period.end:%d.%m.%Y}",
    )


def _marks(sample: SampleSchool, period: Period, finals: Iterable[_Final], stage: Stage) -> Iterator[PeriodMark]:
    source_ids = _source_ids(sample)
    entered_at = moment(sample, period.end, 19, 50)
    for final in finals:
        sign = final.given if isinstance(final.given, MarkSign) else None
        yield PeriodMark(
            id=RecordId(f"PM-{period.id}-{source_ids[final.pupil]}-{final.subject}"),
            pupil=final.pupil,
            subject=final.subject,
            period=period.id,
            stage=stage,
            value=None if isinstance(final.given, MarkSign) else final.given,
            sign=sign,
            author=final.teacher,
            entered_at=entered_at,
        )


def _certificates(sample: SampleSchool, period: Period, finals: Iterable[_Final]) -> Iterator[StudyCertificate]:
    """Yield the papers of those who were taught in a hospital for the last weeks of the period."""
    own: dict[PupilId, list[_Final]] = defaultdict(list)
    for final in finals:
        if fraction("elsewhere", sample.seed, period.id, final.pupil) < _TAUGHT_ELSEWHERE:
            own[final.pupil].append(final)
    source_ids = _source_ids(sample)
    for pupil, results in own.items():
        certificate = StudyCertificateId(f"SCF-{period.id}-{source_ids[pupil]}")
        yield StudyCertificate(
            id=certificate,
            pupil=pupil,
            organisation="Областная детская больница, отделение реабилитации",
            document=f"Справка об обучении № {source_ids[pupil][-4:]} от {period.end:%d.%m.%Y}",
            valid_from=period.end - timedelta(days=27),
            valid_to=period.end,
            results=tuple(_result(sample, each, certificate) for each in results),
        )


def _with_certificates(marks: Iterable[PeriodMark], certificates: Iterable[StudyCertificate]) -> Iterator[PeriodMark]:
    """Yield the final marks, with what the certificates state in place of the school's own."""
    stated = {(each.pupil, result.subject): (each.id, result) for each in certificates for result in each.results}
    for mark in marks:
        if found := stated.get((mark.pupil, mark.subject)):
            certificate, result = found
            yield replace(
                mark, value=result.value, sign=result.sign, origin=MarkOrigin.MEDICAL, certificate=certificate
            )
        else:
            yield mark


def _result(sample: SampleSchool, final: _Final, certificate: StudyCertificateId) -> CertifiedResult:
    value = value_of(sample.seed, LessonId(certificate), final.subject, final.pupil)
    sign = pass_or_fail(value) if is_pass_or_fail(final.subject, final.grade) else None
    return CertifiedResult(subject=final.subject, value=None if sign else value, sign=sign)


def _source_ids(sample: SampleSchool) -> Mapping[PupilId, str]:
    return {pupil.id: pupil.source_id for pupil in sample.pupils}
