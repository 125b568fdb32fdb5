"""Rules over links: what a record names must exist, and must not have been turned away in the same batch."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.errors import Fault, Party, Text
from gateway.model.ids import ClassId, GroupId, LessonId, PupilId, StaffId, SubjectId
from gateway.model.journal import Lesson
from gateway.model.journal_records import RecordKind
from gateway.model.people import Enrollment
from gateway.model.rules.view import JournalView


def pupil_faults(pupil: PupilId, view: JournalView, *, field: str = "pupil") -> Iterator[Fault]:
    """R-ROST-01: the pupil is on the school's roll."""
    if pupil not in view.reference.pupils:
        yield Fault(
            code="journal.unknown_pupil",
            text=Text(ru=f"Ученика {pupil} нет в контингенте школы.", en=f"Pupil {pupil} is not on the school's roll."),
            field=field,
            rule="R-ROST-01",
            who=Party.COORDINATOR,
        )


def class_faults(school_class: ClassId, view: JournalView) -> Iterator[Fault]:
    """R-ROST-02: the class exists."""
    if school_class not in view.reference.grades:
        yield Fault(
            code="journal.unknown_class",
            text=Text(ru=f"Класса {school_class} в школе нет.", en=f"The school has no class {school_class}."),
            field="class",
            rule="R-ROST-02",
            who=Party.COORDINATOR,
        )


def teacher_faults(
    teacher: StaffId, view: JournalView, *, field: str = "teacher", rule: str = "R-ROST-03"
) -> Iterator[Fault]:
    """R-ROST-03 for a teacher, R-JRNL-10 for a substitute: a member of staff."""
    if teacher not in view.reference.staff:
        yield Fault(
            code="journal.unknown_teacher",
            text=Text(ru=f"Сотрудника {teacher} в школе нет.", en=f"The school has no member of staff {teacher}."),
            field=field,
            rule=rule,
            who=Party.COORDINATOR,
        )


def subject_link_faults(subject: SubjectId, view: JournalView) -> Iterator[Fault]:
    """R-ACAD-03: the subject is on the school's list."""
    if (subject,) in view.rejected[RecordKind.SUBJECTS]:
        yield depends_on_rejected("subject", subject, Text(ru="предмет", en="subject"))
    elif not view.knows_subject(subject):
        yield Fault(
            code="journal.unknown_subject",
            text=Text(
                ru=f"Предмета {subject} нет в перечне школы.",
                en=f"Subject {subject} is not on the school's list.",
            ),
            field="subject",
            rule="R-ACAD-03",
        )


def group_link_faults(group: GroupId, view: JournalView) -> Iterator[Fault]:
    """R-ACAD-09: the study group exists."""
    if (group,) in view.rejected[RecordKind.GROUPS]:
        yield depends_on_rejected("group", group, Text(ru="учебная группа", en="study group"))
    elif view.group(group) is None:
        yield Fault(
            code="journal.unknown_group",
            text=Text(ru=f"Учебной группы {group} нет.", en=f"There is no study group {group}."),
            field="group",
            rule="R-ACAD-09",
        )


def lesson_link_faults(lesson: LessonId, view: JournalView) -> Iterator[Fault]:
    """R-JRNL-25: a fact belongs to a lesson that took place."""
    if (lesson,) in view.rejected[RecordKind.LESSONS]:
        yield depends_on_rejected("lesson", lesson, Text(ru="урок", en="lesson"))
    elif view.lesson(lesson) is None:
        yield Fault(
            code="journal.unknown_lesson",
            text=Text(ru=f"Урока {lesson} в журнале нет.", en=f"The journal has no lesson {lesson}."),
            field="lesson",
            rule="R-JRNL-25",
        )


def depends_on_rejected(field: str, record: str, kind: Text) -> Fault:
    """Return the fault of a record that cannot stand because one it names was turned away in the same batch."""
    return Fault(
        code="journal.depends_on_rejected",
        text=Text(
            ru=f"Запись ссылается на отклонённую запись этого же пакета: {kind.ru} {record}.",
            en=f"The record refers to a record of this batch that was rejected: {kind.en} {record}.",
        ),
        field=field,
        rule="R-EXCH-04",
    )


def attendance_faults(pupil: PupilId, lesson: Lesson, view: JournalView) -> Iterator[Fault]:
    """R-ROST-20, R-ACAD-09: on the day of the lesson the pupil was in the class, or in the group and in some class."""
    places = [place for place in view.reference.enrollments.get(pupil, ()) if place.covers(lesson.day)]
    if lesson.school_class is not None and not _is_in(lesson.school_class, places):
        yield Fault(
            code="journal.not_enrolled",
            text=Text(
                ru=f"Ученик {pupil} в день урока не числился в классе {lesson.school_class}.",
                en=f"Pupil {pupil} was not enrolled in class {lesson.school_class} on the day of the lesson.",
            ),
            field="pupil",
            rule="R-ROST-20",
            who=Party.COORDINATOR,
        )
    group = view.group(lesson.group) if lesson.group is not None else None
    if group is not None and (pupil not in group.members or not places):
        yield Fault(
            code="journal.not_in_group",
            text=Text(
                ru=f"Ученик {pupil} в день урока не занимался в группе {group.id}.",
                en=f"Pupil {pupil} was not taught in group {group.id} on the day of the lesson.",
            ),
            field="pupil",
            rule="R-ACAD-09",
            who=Party.DEPUTY,
        )


def _is_in(school_class: ClassId, places: list[Enrollment]) -> bool:
    return any(place.school_class == school_class for place in places)
