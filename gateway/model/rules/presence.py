"""R-JRNL-09: at one lesson a pupil has a mark or an absence, not both, unless a protocol of a make-up test says so.

Being late is no absence. Protocols are not part of a batch yet, so that a mark at a missed lesson is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.errors import Fault, Party, Text
from gateway.model.ids import LessonId, PupilId
from gateway.model.journal import Absence, AbsenceKind, Mark
from gateway.model.journal_records import RecordKind
from gateway.model.rules.view import JournalView

_RULE = "R-JRNL-09"
Presence = tuple[LessonId, PupilId]


def missed(view: JournalView) -> frozenset[Presence]:
    """Return the lessons that pupils missed, as it would be with what was accepted."""
    return frozenset(
        (record.lesson, record.pupil)
        for record in view.all(RecordKind.ABSENCES)
        if isinstance(record, Absence) and _counts(record)
    )


def marked_before(view: JournalView) -> frozenset[Presence]:
    """Return where the journal holds a mark already that the batch does not void."""
    return frozenset(
        (stored.record.lesson, stored.record.pupil)
        for key, stored in view.reference.stored.marks.items()
        if not stored.record.voided and not _is_voided(view, key)
    )


def mark_presence_faults(mark: Mark, missed_lessons: frozenset[Presence]) -> Iterator[Fault]:
    """Refuse a mark at a lesson that the pupil missed."""
    if not mark.voided and (mark.lesson, mark.pupil) in missed_lessons:
        yield Fault(
            code="journal.mark_without_protocol",
            text=Text(
                ru="Ученик на уроке отсутствовал: отметка ставится только по протоколу сдачи зачёта.",
                en="The pupil missed the lesson: a mark is given only by the protocol of a make-up test.",
            ),
            field="value",
            rule=_RULE,
            who=Party.SUBJECT_TEACHER,
        )


def absence_presence_faults(absence: Absence, marked_lessons: frozenset[Presence]) -> Iterator[Fault]:
    """Refuse an absence from a lesson at which the pupil has a mark that stays."""
    if _counts(absence) and (absence.lesson, absence.pupil) in marked_lessons:
        yield Fault(
            code="journal.absence_despite_mark",
            text=Text(
                ru="За этот урок у ученика уже есть отметка: сначала её нужно аннулировать.",
                en="The pupil already has a mark for this lesson: it has to be voided first.",
            ),
            field="kind",
            rule=_RULE,
            who=Party.SUBJECT_TEACHER,
        )


def _counts(absence: Absence) -> bool:
    return not absence.voided and absence.kind is not AbsenceKind.LATE


def _is_voided(view: JournalView, key: tuple[str, ...]) -> bool:
    mark = view.accepted[RecordKind.MARKS].get(key)
    return isinstance(mark, Mark) and mark.voided
