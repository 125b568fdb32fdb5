"""What the platform holds of one class: the made-up school's own journal, as each pupil of the class sees it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial

from gateway.model.batch import Batch
from gateway.model.grading import WorkKind
from gateway.model.ids import ClassId, LessonId, PupilId, StaffId, SubjectId
from gateway.model.journal import Homework, Lesson, Mark
from gateway.model.people import Enrollment, Pupil
from gateway.model.school import Period, School, SchoolClass, StudyGroup
from gateway.sandbox.school import SampleSchool, settled_day

_DAYS_REMEMBERED = 31


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """Something a lesson gave marks for: the kind of work, which of its kind in the lesson (from 0), its weight."""

    kind: WorkKind
    place: int
    weight: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownLesson:
    """A lesson as one pupil's diary shows it: the tasks of everybody, the marks of this pupil."""

    lesson: Lesson
    subject: str
    tasks: tuple[Task, ...]
    marks: Mapping[Task, Mark]
    homework: Homework | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SchoolSetting:
    """The part of a made-up school around one class; ``pupils`` are those of the class."""

    school: School
    school_class: SchoolClass
    year: int
    pupils: tuple[Pupil, ...]
    enrollments: tuple[Enrollment, ...]
    groups: tuple[StudyGroup, ...]
    periods: tuple[Period, ...]
    subjects: Mapping[SubjectId, str]
    teachers: Mapping[StaffId, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Day:
    lessons: tuple[Lesson, ...]
    tasks: Mapping[LessonId, tuple[Task, ...]]
    marks: Mapping[tuple[PupilId, LessonId], Mapping[Task, Mark]]
    homework: Mapping[LessonId, Homework]


class ClassJournal:
    """The journal of one class, read day by day from ``day_batch`` and remembered."""

    def __init__(self, setting: SchoolSetting, day_batch: Callable[[date], Batch]) -> None:
        self.setting = setting
        self._day = lru_cache(maxsize=_DAYS_REMEMBERED)(lambda day: _arranged(day_batch(day)))
        self._places: dict[PupilId, list[Enrollment]] = defaultdict(list)
        for place in setting.enrollments:
            self._places[place.pupil].append(place)
        self._groups = {group.id: group for group in setting.groups}

    @property
    def pupils(self) -> tuple[Pupil, ...]:
        """Pupils of the class, by name."""
        return self.setting.pupils

    def lessons(self, pupil: PupilId, day: date) -> tuple[ShownLesson, ...]:
        """Return the pupil's lessons of a day, by number."""
        content = self._day(day)
        shown = (
            ShownLesson(
                lesson=lesson,
                subject=self.setting.subjects[lesson.subject],
                tasks=content.tasks.get(lesson.id, ()),
                marks=content.marks.get((pupil, lesson.id), {}),
                homework=content.homework.get(lesson.id),
            )
            for lesson in content.lessons
            if self._attends(pupil, lesson)
        )
        return tuple(sorted(shown, key=lambda one: (one.lesson.number, one.lesson.id)))

    def _attends(self, pupil: PupilId, lesson: Lesson) -> bool:
        if lesson.group is not None:
            return lesson.group in self._groups and self._groups[lesson.group].has(pupil, lesson.day)
        return any(
            place.school_class == lesson.school_class and place.covers(lesson.day) for place in self._places[pupil]
        )


def class_journal(sample: SampleSchool, school_class: ClassId) -> ClassJournal:
    """Return the journal of a class of a made-up school, with the same facts as the school's own journal.

    A day is shown as it is when its week is over, with the marks that were made up later.

    Raises:
        KeyError: the school has no such class.
    """
    members = {place.pupil for place in sample.enrollments if place.school_class == school_class}
    setting = SchoolSetting(
        school=sample.school,
        school_class={one.id: one for one in sample.classes}[school_class],
        year=sample.year,
        pupils=tuple(sorted((one for one in sample.pupils if one.id in members), key=lambda one: one.name.full)),
        enrollments=tuple(place for place in sample.enrollments if place.pupil in members),
        groups=sample.groups,
        periods=sample.periods,
        subjects={subject.id: subject.name for subject in sample.subjects},
        teachers={teacher.id: teacher.name.full for teacher in sample.staff},
    )
    return ClassJournal(setting, partial(settled_day, sample))


def _arranged(batch: Batch) -> _Day:
    """Arrange a day by lesson and pupil; marks that are no numbers are left out.

    How the platform writes signs is not published (``platforms.md`` 1.8 knows ``mark`` as a number only).
    """
    marks = _marks_by_task(mark for mark in batch.marks if not mark.voided and mark.value is not None)
    return _Day(
        lessons=batch.lessons,
        tasks=_tasks_by_lesson(marks),
        marks=marks,
        homework={one.lesson: one for one in batch.homework},
    )


def _marks_by_task(marks: Iterable[Mark]) -> Mapping[tuple[PupilId, LessonId], Mapping[Task, Mark]]:
    found: dict[tuple[PupilId, LessonId], dict[Task, Mark]] = defaultdict(dict)
    seen: Counter[tuple[PupilId, LessonId, WorkKind]] = Counter()
    for mark in marks:
        place = seen[mark.pupil, mark.lesson, mark.work_kind]
        seen[mark.pupil, mark.lesson, mark.work_kind] += 1
        found[mark.pupil, mark.lesson][Task(kind=mark.work_kind, place=place, weight=mark.weight)] = mark
    return found


def _tasks_by_lesson(
    marks: Mapping[tuple[PupilId, LessonId], Mapping[Task, Mark]],
) -> Mapping[LessonId, tuple[Task, ...]]:
    found: dict[LessonId, set[Task]] = defaultdict(set)
    for (_pupil, lesson), by_task in marks.items():
        found[lesson].update(by_task)
    return {
        lesson: tuple(sorted(tasks, key=lambda task: (task.kind, task.place, task.weight)))
        for lesson, tasks in found.items()
    }
