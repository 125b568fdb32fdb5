"""Rules over absences, what excuses them and what makes up for them (R-JRNL-07..09, R-ROST-18, R-AUD-05).

Whether a mark and an absence may stand together is decided where the later of them arrives. Being late is no absence.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.errors import Fault, Party, Text
from gateway.model.attendance import Absence, AbsenceKind, AbsenceNote, MakeUp, MedicalCertificate
from gateway.model.ids import LessonId, PupilId
from gateway.model.journal import Lesson, Mark, MarkOrigin
from gateway.model.journal_records import RecordKind
from gateway.model.rules.lessons import early_fault, entered_early
from gateway.model.rules.links import attendance_faults
from gateway.model.rules.view import JournalView


def absence_faults(absence: Absence, view: JournalView) -> Iterator[Fault]:
    """Hold an absence against all rules over absences; a voided one only has to be free to be taken back."""
    if not counts(absence):
        yield from _make_up_stands_faults(absence, view)
    lesson = view.lesson(absence.lesson)
    if lesson is None or absence.voided:
        return
    if absence.pupil in view.reference.pupils:
        yield from attendance_faults(absence.pupil, lesson, view)
    if entered_early(lesson, absence):
        yield early_fault()
    yield from _certificate_faults(absence, lesson, view)
    if counts(absence):
        yield from _marked_faults(absence, view)


def absence_note_faults(note: AbsenceNote, view: JournalView) -> Iterator[Fault]:
    """Hold a class teacher's note against C-33: it is about an absence that is there."""
    if (note.lesson, note.pupil) in view.rejected[RecordKind.ABSENCES]:
        yield Fault(
            code="journal.depends_on_rejected",
            text=Text(
                ru="Запись дополняет отклонённую запись этого же пакета об отсутствии.",
                en="The record is a note to an absence of this batch that was rejected.",
            ),
            field="lesson",
            rule="R-EXCH-04",
        )
    elif view.absence_at(note.lesson, note.pupil) is None:
        yield Fault(
            code="journal.note_without_absence",
            text=Text(
                ru="Записи об отсутствии ученика на этом уроке нет: дополнять нечего.",
                en="There is no absence of the pupil from this lesson that a note could be added to.",
            ),
            field="lesson",
            rule="C-33",
            who=Party.SUBJECT_TEACHER,
        )


def make_up_faults(make_up: MakeUp, view: JournalView) -> Iterator[Fault]:
    """Hold a make-up protocol against R-JRNL-09 and R-ATT-07: for a missed lesson, after it, with a commission."""
    lesson = view.lesson(make_up.lesson)
    if lesson is not None and not is_missed(make_up.lesson, make_up.pupil, view):
        yield Fault(
            code="journal.make_up_without_absence",
            text=Text(
                ru="Зачёт сдают за пропущенный урок, а записи об отсутствии ученика на нём нет.",
                en="A make-up test is for a missed lesson, but no absence of the pupil is recorded there.",
            ),
            field="lesson",
            rule="R-JRNL-09",
            who=Party.SUBJECT_TEACHER,
        )
    if lesson is not None and make_up.held_on < lesson.day:
        yield Fault(
            code="journal.make_up_early",
            text=Text(ru="Зачёт проведён раньше пропущенного урока.", en="The test was held before the missed lesson."),
            field="heldOn",
            rule="R-JRNL-09",
            who=Party.SUBJECT_TEACHER,
        )
    if not make_up.commission or len(set(make_up.commission)) != len(make_up.commission):
        yield Fault(
            code="journal.make_up_commission",
            text=Text(
                ru="В протоколе указывается, кто принимал зачёт, каждый – один раз.",
                en="A protocol names whoever held the test, each of them once.",
            ),
            field="commission",
            rule="R-ATT-07",
            who=Party.SUBJECT_TEACHER,
        )


def counts(absence: Absence) -> bool:
    """Tell whether the pupil missed the lesson: who was late did not."""
    return not absence.voided and absence.kind is not AbsenceKind.LATE


def is_missed(lesson: LessonId, pupil: PupilId, view: JournalView) -> bool:
    """Tell whether a pupil missed a lesson, as the journal would hold it."""
    absence = view.absence_at(lesson, pupil)
    return absence is not None and counts(absence)


def needs_protocol(mark: Mark) -> bool:
    """Tell whether a mark can stand only at a lesson that the pupil was at (R-JRNL-09, R-MARK-16)."""
    return mark.make_up is None and mark.origin is not MarkOrigin.MEDICAL


def _marked_faults(absence: Absence, view: JournalView) -> Iterator[Fault]:
    if any(needs_protocol(mark) for mark in view.marks_at(absence.lesson, absence.pupil)):
        yield Fault(
            code="journal.absence_despite_mark",
            text=Text(
                ru="За этот урок у ученика уже есть отметка: сначала её нужно аннулировать.",
                en="The pupil already has a mark for this lesson: it has to be voided first.",
            ),
            field="kind",
            rule="R-JRNL-09",
            who=Party.SUBJECT_TEACHER,
        )


def _make_up_stands_faults(absence: Absence, view: JournalView) -> Iterator[Fault]:
    if view.has_make_up(absence.lesson, absence.pupil):
        yield Fault(
            code="journal.absence_has_make_up",
            text=Text(
                ru="За этот урок сдан зачёт по протоколу: запись об отсутствии остаётся.",
                en="A make-up test was held for this lesson: the absence stays recorded.",
            ),
            field="voided" if absence.voided else "kind",
            rule="R-AUD-05",
            who=Party.SUBJECT_TEACHER,
        )


def _certificate_faults(absence: Absence, lesson: Lesson, view: JournalView) -> Iterator[Fault]:
    """R-ROST-18, R-JRNL-08: a certificate is the pupil's and of the day; exemption from a subject needs one."""
    exempt = absence.kind is AbsenceKind.EXEMPT
    if absence.certificate is None:
        if exempt:
            yield Fault(
                code="journal.exempt_without_certificate",
                text=Text(
                    ru="Освобождение от предмета записывается по медицинской справке.",
                    en="Exemption from a subject is entered by a medical certificate.",
                ),
                field="certificate",
                rule="R-ROST-18",
                who=Party.CLASS_TEACHER,
            )
        return
    certificate = view.find(RecordKind.MEDICAL_CERTIFICATES, absence.certificate)
    if not isinstance(certificate, MedicalCertificate):
        return
    if not covers(certificate, absence.pupil, lesson) or (exempt and lesson.subject not in certificate.exempt_from):
        yield Fault(
            code="journal.certificate_of_other",
            text=Text(
                ru="Справка выдана другому ученику, на другие дни или не освобождает от этого предмета.",
                en="The certificate is of another pupil or other days, or does not exempt from this subject.",
            ),
            field="certificate",
            rule="R-ROST-18",
            who=Party.CLASS_TEACHER,
        )


def covers(certificate: MedicalCertificate, pupil: PupilId, lesson: Lesson) -> bool:
    """Tell whether a certificate is the pupil's and has the day of the lesson."""
    return certificate.pupil == pupil and certificate.valid_from <= lesson.day <= certificate.valid_to
