"""The final marks that have to be there at the end of every period, and when: pure (R-ATT-01 to -04, R-MARK-07, -11).

Two clocks run over the same marks (C-08): the last week of the period, and two working days before its end. A pupil
whose mark is put off counts as done (R-MARK-12, R-ATT-10). Grade 1 has none (R-MARK-06).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from gateway.model.clocks import RULES, Clock, Trigger
from gateway.model.deadlines import Counting, Obligation
from gateway.model.ids import PeriodId, PupilId, StaffId, SubjectId
from gateway.model.journal import Deferral, Lesson, PeriodMark, Stage
from gateway.model.journal_records import RecordKind, key_of
from gateway.model.lesson_duties import Addressee, teacher_of
from gateway.model.school import FIRST_GRADE, Period, PeriodKind, Vacation

_WEEK = timedelta(days=7)
_CLOCKS = (Clock.INTERIM_ATTESTATION, Clock.PERIOD_MARKS)
_CLOCKS_OF_YEAR = (Clock.PERIOD_MARKS,)


@dataclass(frozen=True, kw_only=True, slots=True)
class PeriodFacts:
    """The final marks of some periods, and who taught what to whom in them.

    Attributes:
        grades: grade of every class; of a group, the highest grade in it.
        pupils: who is in every class and group at the end of the periods.
        lessons: one lesson, the last, of every class or group and subject and period is enough.
        first_entered: when the journal got a final mark first, by its id, for those that do not say so themselves.
    """

    periods: Sequence[Period] = ()
    vacations: Sequence[Vacation] = ()
    grades: Mapping[Addressee, int] = field(default_factory=dict)
    pupils: Mapping[Addressee, frozenset[PupilId]] = field(default_factory=dict)
    lessons: Sequence[Lesson] = ()
    period_marks: Sequence[PeriodMark] = ()
    deferrals: Sequence[Deferral] = ()
    first_entered: Mapping[str, datetime] = field(default_factory=dict)

    def entered(self, mark: PeriodMark, *, otherwise: datetime) -> datetime:
        """Return when a final mark was entered; ``otherwise`` where nothing tells."""
        return mark.entered_at or self.first_entered.get(mark.id, otherwise)


_Sheet = tuple[PeriodId, Addressee, SubjectId]
"""Final marks that are due together: of a period, a class or group, a subject."""


def period_duties(facts: PeriodFacts, counting: Counting) -> Iterator[Obligation]:
    """Yield the final marks that are due, done and not done."""
    marks: dict[tuple[PeriodId, SubjectId], dict[PupilId, PeriodMark | Deferral]] = defaultdict(dict)
    for put_off in facts.deferrals:
        marks[put_off.period, put_off.subject][put_off.pupil] = put_off
    for mark in facts.period_marks:
        if not mark.voided and mark.stage in {Stage.PERIOD, Stage.YEAR}:
            marks[mark.period, mark.subject][mark.pupil] = mark
    periods = {period.id: period for period in facts.periods}
    for (period_id, addressee, subject), teacher in _taught(facts, counting).items():
        period, grade = periods[period_id], facts.grades.get(addressee, FIRST_GRADE)
        done_at = _done_at(facts, marks[period_id, subject], facts.pupils.get(addressee, frozenset()))
        key = (period.id, addressee[0] or addressee[1] or "", subject)
        trigger = Trigger(
            at=counting.calendar.start_of(period.end), vacation_start=_vacation_after(period, grade, facts.vacations)
        )
        calendar = counting.calendar.of(school_class=addressee[0], group=addressee[1], grade=grade)
        for clock in _CLOCKS_OF_YEAR if period.kind is PeriodKind.YEAR else _CLOCKS:
            yield Obligation(
                deadline=counting.until(clock, trigger, calendar),
                kind=RecordKind.PERIODS,
                key=key,
                party=RULES[clock].party,
                staff=teacher,
                done_at=done_at,
            )
    yield from _announced(facts, counting)


def _taught(facts: PeriodFacts, counting: Counting) -> Mapping[_Sheet, StaffId]:
    """Return what was taught to whom in which period, and who did it last."""
    taught: dict[_Sheet, StaffId] = {}
    for lesson in sorted(facts.lessons, key=lambda one: one.starts_at):
        addressee = (lesson.school_class, lesson.group)
        grade = facts.grades.get(addressee)
        if grade is None or grade == FIRST_GRADE:
            continue
        for period in facts.periods:
            day = counting.calendar.day_of(lesson.starts_at)
            if period.start <= day <= period.end and period.first_grade <= grade <= period.last_grade:
                taught[period.id, addressee, lesson.subject] = teacher_of(lesson)
    return taught


def _done_at(
    facts: PeriodFacts, marks: Mapping[PupilId, PeriodMark | Deferral], pupils: frozenset[PupilId]
) -> datetime | None:
    """Return when the last pupil got a mark; ``None`` while one has neither a mark nor a deferral."""
    if not pupils or not pupils <= marks.keys():
        return None
    never = datetime.min.replace(tzinfo=UTC)
    moments = [facts.entered(mark, otherwise=never) for pupil in pupils if isinstance(mark := marks[pupil], PeriodMark)]
    return max(moments, default=never)


def _vacation_after(period: Period, grade: int, vacations: Sequence[Vacation]) -> date | None:
    """Return the first day of the vacation that follows the period within a week, for the grade."""
    starts = [
        one.start
        for one in vacations
        if one.first_grade <= grade <= one.last_grade and period.end < one.start <= period.end + _WEEK
    ]
    return min(starts, default=None)


def _announced(facts: PeriodFacts, counting: Counting) -> Iterator[Obligation]:
    """Yield results of exams, and of appeals against them, from their announcement on (R-ATT-03, R-ATT-04)."""
    for mark in facts.period_marks:
        if mark.announced_on is None or mark.voided:
            continue
        announced = counting.calendar.start_of(mark.announced_on)
        yield Obligation(
            deadline=counting.until(Clock.FINAL_ATTESTATION, Trigger(at=announced)),
            kind=RecordKind.PERIOD_MARKS,
            key=key_of(mark),
            party=RULES[Clock.FINAL_ATTESTATION].party,
            staff=mark.author,
            done_at=facts.entered(mark, otherwise=announced),
        )
