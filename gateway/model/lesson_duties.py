"""What teachers have to enter of every lesson, and when they did: pure (R-JRNL-04, -05, -07, -26, R-MARK-01 to -05).

Late entries are flagged with their delay, never refused (R-MARK-01). Marks and absences make a duty only by being
there: that a pupil was present, or got no mark, is no gap. Lessons, homework and control works are expected, so their
absence is one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from gateway.model.attendance import Absence
from gateway.model.clocks import RULES, Clock, Trigger
from gateway.model.curriculum import ControlLevel, ControlWork
from gateway.model.deadlines import Counting, Obligation
from gateway.model.grading import WorkKind
from gateway.model.ids import ClassId, ControlWorkId, GroupId, LessonId, PupilId, StaffId, SubjectId
from gateway.model.journal import Homework, Lesson, Mark, MarkOrigin
from gateway.model.journal_records import KIND_OF, RecordKey, RecordKind, key_of
from gateway.model.oversight import Outage
from gateway.model.school import FIRST_GRADE
from gateway.model.timetable import Bell, LessonTransfer, SubstitutionOrder, TimetableSlot
from gateway.model.working_days import SchoolCalendar

_DAY = timedelta(days=1)

_SAME_DAY_WORK = frozenset({WorkKind.ORAL, WorkKind.HOMEWORK, WorkKind.PRACTICAL})
"""Work whose mark belongs to the day; everything else is written work."""

Addressee = tuple[ClassId | None, GroupId | None]
"""A class or a group."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LessonFacts:
    """The journal of some days and what was planned for them.

    Attributes:
        first: the first of the days.
        last: the last of them.
        grades: grade of every class; of a group, the highest grade in it.
        pupils: who is in every class and group in these days.
        first_entered: when the journal got a record first, for records that do not say so themselves.
        bells: the bells of every class and group by number of the lesson.
    """

    first: date
    last: date
    grades: Mapping[Addressee, int] = field(default_factory=dict)
    pupils: Mapping[Addressee, frozenset[PupilId]] = field(default_factory=dict)
    lessons: Sequence[Lesson] = ()
    homework: Sequence[Homework] = ()
    marks: Sequence[Mark] = ()
    absences: Sequence[Absence] = ()
    control_works: Sequence[ControlWork] = ()
    slots: Sequence[TimetableSlot] = ()
    substitutions: Sequence[SubstitutionOrder] = ()
    transfers: Sequence[LessonTransfer] = ()
    bells: Mapping[Addressee, Mapping[int, Bell]] = field(default_factory=dict)
    first_entered: Mapping[tuple[RecordKind, RecordKey], datetime] = field(default_factory=dict)

    def entered(self, record: Lesson | Homework | Mark | Absence, *, otherwise: datetime) -> datetime:
        """Return when a record was entered, by itself or by the audit; ``otherwise`` where neither tells."""
        if record.entered_at is not None:
            return record.entered_at
        return self.first_entered.get((KIND_OF[type(record)], key_of(record)), otherwise)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectedLesson:
    """A lesson that the timetable, the orders and the transfers of a day say there should be."""

    slot: TimetableSlot
    day: date
    number: int
    teacher: StaffId

    @property
    def place(self) -> tuple[Addressee, date, int, SubjectId]:
        """Where it stands in the journal: what a recorded lesson is known by too."""
        return (self.slot.school_class, self.slot.group), self.day, self.number, self.slot.subject


def expected_lessons(facts: LessonFacts, calendar: SchoolCalendar) -> Iterator[ExpectedLesson]:
    """Yield the lessons that should be, on working days of whom they are for."""
    away = {((one.school_class, one.group), one.from_day, one.from_number, one.subject): one for one in facts.transfers}
    orders = {((one.school_class, one.group), one.day, one.number): one.actual for one in facts.substitutions}
    for day in _days(facts.first, facts.last):
        for slot in facts.slots:
            addressee = (slot.school_class, slot.group)
            if slot.weekday != day.isoweekday() or not _is_valid(slot, day):
                continue
            if not _calendar(facts, addressee, calendar).is_working(day):
                continue
            moved = away.get((addressee, day, slot.number, slot.subject))
            on, number = (day, slot.number) if moved is None else (moved.to_day, moved.to_number)
            if not facts.first <= on <= facts.last:
                continue
            teacher = orders.get((addressee, on, number), slot.teacher)
            yield ExpectedLesson(slot=slot, day=on, number=number, teacher=teacher)


def lesson_duties(facts: LessonFacts, counting: Counting) -> Iterator[Obligation]:
    """Yield what has to be entered of the lessons of the days, done and not done."""
    pages = [*_pages(facts, counting), *_missing_pages(facts, counting)]
    yield from pages
    yield from _catching_up(pages, counting)
    yield from _homework(facts, counting)
    yield from _late_facts(facts, counting)
    yield from _control_works(facts, counting)


def teacher_of(lesson: Lesson) -> StaffId:
    """Return who gave the lesson and so has to enter it (R-JRNL-11)."""
    return lesson.substitution.teacher if lesson.substitution is not None else lesson.teacher


def _pages(facts: LessonFacts, counting: Counting) -> Iterator[Obligation]:
    """Yield the subject page of every recorded lesson (R-JRNL-05)."""
    for lesson in facts.lessons:
        yield _duty(
            Clock.LESSON_PAGE,
            lesson.ends_at,
            lesson,
            facts,
            counting,
            done_at=facts.entered(lesson, otherwise=lesson.ends_at),
        )


def _missing_pages(facts: LessonFacts, counting: Counting) -> Iterator[Obligation]:
    """Yield the subject page of every lesson that should be and is not recorded."""
    recorded = {((one.school_class, one.group), one.day, one.number, one.subject) for one in facts.lessons}
    for expected in expected_lessons(facts, counting.calendar):
        if expected.place in recorded:
            continue
        addressee = expected.place[0]
        bell = facts.bells.get(addressee, {}).get(expected.number)
        calendar = _calendar(facts, addressee, counting.calendar)
        ended = calendar.start_of(expected.day) if bell is None else calendar.at(expected.day, bell.end)
        yield Obligation(
            deadline=counting.until(Clock.LESSON_PAGE, Trigger(at=ended), calendar),
            kind=RecordKind.SLOTS,
            key=(expected.slot.id, expected.day.isoformat()),
            party=RULES[Clock.LESSON_PAGE].party,
            staff=expected.teacher,
        )


def _catching_up(pages: Sequence[Obligation], counting: Counting) -> Iterator[Obligation]:
    """Yield the catching up after every outage: done with the last page that it had put off (R-JRNL-18)."""
    for outage in counting.outages:
        if outage.ended_at is None:
            continue
        put_off = [page.done_at for page in pages if page.deadline.outage == outage.id]
        if put_off:
            entered = [moment for moment in put_off if moment is not None]
            done_at = max(entered) if len(entered) == len(put_off) else None
            yield _caught_up(outage, outage.ended_at, done_at, counting)


def _caught_up(outage: Outage, ended_at: datetime, done_at: datetime | None, counting: Counting) -> Obligation:
    return counting.duty(Clock.OUTAGE_CATCH_UP, ended_at, outage, done_at=done_at)


def _homework(facts: LessonFacts, counting: Counting) -> Iterator[Obligation]:
    """Yield the homework of every lesson above grade 1, "none set" included (R-JRNL-03, R-JRNL-04, R-JRNL-19)."""
    ends = _last_ends(facts)
    entered = {
        one.lesson: facts.entered(one, otherwise=ends[one.lesson]) for one in facts.homework if one.lesson in ends
    }
    for lesson in facts.lessons:
        if facts.grades.get(_addressee(lesson)) == FIRST_GRADE:
            continue
        yield _duty(Clock.HOMEWORK, ends[lesson.id], lesson, facts, counting, done_at=entered.get(lesson.id))


def _last_ends(facts: LessonFacts) -> Mapping[LessonId, datetime]:
    """Return for every lesson when the last lesson of any of its pupils ends on that day (C-04)."""
    by_day: dict[date, list[Lesson]] = defaultdict(list)
    for lesson in facts.lessons:
        by_day[lesson.day].append(lesson)
    ends: dict[LessonId, datetime] = {}
    for lessons in by_day.values():
        last: dict[Addressee, datetime] = {}
        for lesson in lessons:
            addressee = _addressee(lesson)
            last[addressee] = max(last.get(addressee, lesson.ends_at), lesson.ends_at)
        common = {one: _ends_of_pupils(one, last, facts) for one in last}
        ends |= {lesson.id: common[_addressee(lesson)] for lesson in lessons}
    return ends


def _ends_of_pupils(addressee: Addressee, last: Mapping[Addressee, datetime], facts: LessonFacts) -> datetime:
    pupils = facts.pupils.get(addressee, frozenset())
    return max(
        end
        for other, end in last.items()
        if other == addressee or not pupils.isdisjoint(facts.pupils.get(other, frozenset()))
    )


def _late_facts(facts: LessonFacts, counting: Counting) -> Iterator[Obligation]:
    """Yield every absence and mark with its deadline; those of a medical organisation have none (R-MARK-16)."""
    lessons = {lesson.id: lesson for lesson in facts.lessons}
    monitored = {one.id for one in facts.control_works if one.monitoring or one.level is not ControlLevel.SCHOOL}
    for absence in facts.absences:
        if (lesson := lessons.get(absence.lesson)) and not absence.voided:
            yield _fact(Clock.ATTENDANCE, absence, lesson, facts, counting)
    for mark in facts.marks:
        lesson = lessons.get(mark.lesson)
        is_elsewhere = mark.origin is not MarkOrigin.SCHOOL or mark.control_work in monitored or mark.make_up
        if lesson is None or mark.voided or is_elsewhere:
            continue
        clock = Clock.ORAL_MARK if mark.work_kind in _SAME_DAY_WORK else Clock.WRITTEN_WORK
        yield _fact(clock, mark, lesson, facts, counting)


def _fact(clock: Clock, record: Mark | Absence, lesson: Lesson, facts: LessonFacts, counting: Counting) -> Obligation:
    calendar = _calendar(facts, _addressee(lesson), counting.calendar)
    until = counting.until(clock, Trigger(at=lesson.starts_at), calendar)
    return Obligation(
        deadline=until,
        kind=KIND_OF[type(record)],
        key=key_of(record),
        party=RULES[clock].party,
        staff=record.author or teacher_of(lesson),
        done_at=facts.entered(record, otherwise=until.started_at),
    )


def _control_works(facts: LessonFacts, counting: Counting) -> Iterator[Obligation]:
    """Yield the marks of every control work of the monitoring, or from outside once its results are out.

    R-MARK-04, R-MARK-05. Done when the last of its marks was entered.
    """
    entered: dict[ControlWorkId, list[datetime]] = defaultdict(list)
    teachers: dict[ControlWorkId, StaffId] = {}
    lessons = {lesson.id: lesson for lesson in facts.lessons}
    for mark in facts.marks:
        if mark.control_work is not None and not mark.voided:
            entered[mark.control_work].append(facts.entered(mark, otherwise=counting.calendar.start_of(facts.first)))
            if (lesson := lessons.get(mark.lesson)) is not None:
                teachers[mark.control_work] = mark.author or teacher_of(lesson)
    for work in facts.control_works:
        clock, day = _clock_of(work)
        if clock is None or day is None or not facts.first <= work.day <= facts.last:
            continue
        calendar = _calendar(facts, (work.school_class, work.group), counting.calendar)
        yield Obligation(
            deadline=counting.until(clock, Trigger(at=calendar.start_of(day)), calendar),
            kind=RecordKind.CONTROL_WORKS,
            key=key_of(work),
            party=RULES[clock].party,
            staff=teachers.get(work.id) or _teacher_on(work, facts.lessons),
            done_at=max(entered[work.id], default=None),
        )


def _clock_of(work: ControlWork) -> tuple[Clock | None, date | None]:
    if work.level is not ControlLevel.SCHOOL:
        return Clock.EXTERNAL_WORK, work.results_announced_on
    return (Clock.MONITORING_WORK, work.day) if work.monitoring else (None, None)


def _teacher_on(work: ControlWork, lessons: Iterable[Lesson]) -> StaffId | None:
    wanted = ((work.school_class, work.group), work.day, work.subject)
    return next((teacher_of(one) for one in lessons if (_addressee(one), one.day, one.subject) == wanted), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class DailyFill:
    """How a teacher has filled the journal on a day (R-JRNL-26): lessons that should be, are, and are late."""

    teacher: StaffId
    day: date
    expected: int
    entered: int
    late: int


def daily_fill(facts: LessonFacts, counting: Counting) -> tuple[DailyFill, ...]:
    """Return every teacher's indicator of every day, from timetable and journal, by day and teacher.

    A lesson that the timetable does not have counts as expected when it was recorded.
    """
    counts: dict[tuple[date, StaffId], list[int]] = defaultdict(lambda: [0, 0, 0])
    days = {lesson.id: lesson.day for lesson in facts.lessons}
    for page in (*_pages(facts, counting), *_missing_pages(facts, counting)):
        if page.staff is None:
            continue
        is_recorded = page.kind is RecordKind.LESSONS
        day = days[LessonId(page.key[0])] if is_recorded else date.fromisoformat(page.key[1])
        count = counts[day, page.staff]
        count[0] += 1
        count[1] += is_recorded
        count[2] += page.done_at is not None and bool(page.deadline.lateness(page.done_at))
    return tuple(
        DailyFill(teacher=teacher, day=day, expected=expected, entered=entered, late=late)
        for (day, teacher), (expected, entered, late) in sorted(counts.items())
    )


def _duty(
    clock: Clock, at: datetime, lesson: Lesson, facts: LessonFacts, counting: Counting, *, done_at: datetime | None
) -> Obligation:
    calendar = _calendar(facts, _addressee(lesson), counting.calendar)
    return Obligation(
        deadline=counting.until(clock, Trigger(at=at), calendar),
        kind=RecordKind.LESSONS,
        key=key_of(lesson),
        party=RULES[clock].party,
        staff=teacher_of(lesson),
        done_at=done_at,
    )


def _addressee(lesson: Lesson) -> Addressee:
    return lesson.school_class, lesson.group


def _calendar(facts: LessonFacts, addressee: Addressee, calendar: SchoolCalendar) -> SchoolCalendar:
    return calendar.of(school_class=addressee[0], group=addressee[1], grade=facts.grades.get(addressee))


def _days(first: date, last: date) -> Iterator[date]:
    return (first + number * _DAY for number in range((last - first).days + 1))


def _is_valid(slot: TimetableSlot, day: date) -> bool:
    return slot.valid_from <= day and (slot.valid_to is None or day <= slot.valid_to)
