"""Rules over study groups and streams: who is in them, and when (R-ACAD-07, R-ACAD-09, R-ROST-08)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from gateway.errors import Fault, Party, Text
from gateway.model.rules.view import JournalView
from gateway.model.school import DatedMember, GroupKind, StudyGroup


def group_faults(group: StudyGroup, _view: JournalView) -> Iterator[Fault]:
    """Hold a study group against R-ACAD-07 and R-ACAD-09: nobody is in it twice at once, an ИУП is for one pupil."""
    for member, times in Counter(group.members).items():
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
    yield from _dated_faults(group)
    if group.kind is GroupKind.INDIVIDUAL and len(group.pupils) != 1:
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


def _dated_faults(group: StudyGroup) -> Iterator[Fault]:
    spans: dict[str, DatedMember] = {}
    always = frozenset(group.members)
    for span in sorted(group.dated, key=lambda one: (one.pupil, one.valid_from)):
        if span.valid_to is not None and span.valid_to < span.valid_from:
            yield Fault(
                code="journal.days_reversed",
                text=Text(ru="Последний день раньше первого.", en="The last day is before the first."),
                field="dated.validTo",
                rule="R-ROST-08",
                who=Party.CLASS_TEACHER,
            )
        before = spans.get(span.pupil)
        if span.pupil in always or (before and (before.valid_to is None or span.valid_from <= before.valid_to)):
            yield Fault(
                code="journal.member_overlap",
                text=Text(
                    ru=f"Ученик {span.pupil} указан в группе дважды на одно и то же время.",
                    en=f"Pupil {span.pupil} is named twice in the group for the same time.",
                ),
                field="dated.pupil",
                rule="R-ROST-08",
                who=Party.CLASS_TEACHER,
            )
        spans[span.pupil] = span
