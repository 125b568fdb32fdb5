"""Rules over the frame of the year: periods, vacations, study groups, consents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from gateway.errors import Fault, Party, Text
from gateway.model.people import Consent
from gateway.model.rules.links import pupil_faults, subject_link_faults
from gateway.model.rules.view import JournalView
from gateway.model.school import GroupKind, Period, StudyGroup, Subject, Vacation


def period_faults(period: Period, view: JournalView) -> Iterator[Fault]:
    """Hold a study period against R-ACAD-01: its days and grades in order, no overlap with another of its kind."""
    yield from _bounds_faults(period, rule="R-ACAD-01")
    for other in view.periods():
        if other.id != period.id and _overlap(period, other):
            yield Fault(
                code="journal.period_overlap",
                text=Text(
                    ru=f"Учебный период пересекается с периодом {other.id} того же вида и тех же классов.",
                    en=f"The study period overlaps period {other.id} of the same kind and grades.",
                ),
                field="start",
                rule="R-ACAD-01",
                who=Party.DEPUTY,
            )


def vacation_faults(vacation: Vacation, _view: JournalView) -> Iterator[Fault]:
    """Hold a vacation against R-ACAD-02: its days and grades in order."""
    yield from _bounds_faults(vacation, rule="R-ACAD-02")


def subject_faults(_subject: Subject, _view: JournalView) -> Iterator[Fault]:
    """A subject that is valid by its schema breaks no rule."""
    yield from ()


def group_faults(group: StudyGroup, view: JournalView) -> Iterator[Fault]:
    """Hold a study group against R-ACAD-07 and R-ACAD-09: who and what is in it."""
    yield from subject_link_faults(group.subject, view)
    for member, times in Counter(group.members).items():
        yield from pupil_faults(member, view, field="members")
        if times > 1:
            yield Fault(
                code="journal.member_repeated",
                text=Text(
                    ru=f"Ученик {member} указан в группе {times} раза.",
                    en=f"Pupil {member} is named {times} times in the group.",
                ),
                field="members",
                rule="R-ACAD-09",
            )
    if group.kind is GroupKind.INDIVIDUAL and len(group.members) != 1:
        yield Fault(
            code="journal.individual_group",
            text=Text(
                ru="В группе индивидуального учебного плана должен быть ровно один ученик.",
                en="A group of an individual study plan has exactly one pupil.",
            ),
            field="members",
            rule="R-ACAD-07",
            who=Party.DEPUTY,
        )


def consent_faults(consent: Consent, view: JournalView) -> Iterator[Fault]:
    """Hold a consent against R-PAR-01 and R-PAR-12: decided by a guardian of this pupil, and not in the future."""
    if (consent.guardian, consent.pupil) not in view.reference.guardianships:
        yield Fault(
            code="journal.unknown_guardianship",
            text=Text(
                ru=f"Законный представитель {consent.guardian} не связан с учеником {consent.pupil}.",
                en=f"Guardian {consent.guardian} is not linked with pupil {consent.pupil}.",
            ),
            field="guardian",
            rule="R-PAR-01",
            who=Party.COORDINATOR,
        )
    if consent.decided_on > view.today():
        yield Fault(
            code="journal.consent_in_future",
            text=Text(
                ru="Решение датировано будущим днём.",
                en="The decision is dated in the future.",
            ),
            field="decidedOn",
            rule="R-PAR-12",
            who=Party.CLASS_TEACHER,
        )


def _bounds_faults(span: Period | Vacation, *, rule: str) -> Iterator[Fault]:
    if span.end < span.start:
        yield Fault(
            code="journal.days_reversed",
            text=Text(ru="Последний день раньше первого.", en="The last day is before the first."),
            field="end",
            rule=rule,
            who=Party.DEPUTY,
        )
    if span.last_grade < span.first_grade:
        yield Fault(
            code="journal.grades_reversed",
            text=Text(ru="Последний класс меньше первого.", en="The last grade is below the first."),
            field="lastGrade",
            rule=rule,
            who=Party.DEPUTY,
        )


def _overlap(one: Period, other: Period) -> bool:
    return (
        one.kind is other.kind
        and one.start <= other.end
        and other.start <= one.end
        and one.first_grade <= other.last_grade
        and other.first_grade <= one.last_grade
    )
