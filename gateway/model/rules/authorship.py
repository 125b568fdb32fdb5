"""Who may have written what: the people a record names as its authors, held against the permissions matrix.

A record names who entered, registered, decided or issued it; `permissions` says what the duties of that person allow,
and `standing` what the record is to them. What a journal system does not say (there is no ``author``) is not guessed,
but that an entry at a lesson may be of whoever has got hold of its teacher's access.

A school's appointments and teaching loads are held against from the first one that it keeps here
(`JournalReference.kept`). Before, a lesson belongs to the teacher that it names, and papers are taken as they are:
only the journal system knows who may sign them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from gateway.errors import Fault, Party, Text
from gateway.model.attendance import AbsenceNote
from gateway.model.duties import ControlCheck, ControlKind, CredentialIssue, DataSubmission, Duty
from gateway.model.ids import StaffId
from gateway.model.journal import Lesson
from gateway.model.journal_records import KIND_OF, Record, RecordKind
from gateway.model.oversight import AccessIncident, Correction
from gateway.model.permissions import Access, Operation, operation_of
from gateway.model.record_shape import label_of
from gateway.model.rules.standing import (
    Actor,
    Target,
    classes_of,
    duties_on,
    is_own_class,
    keeps,
    may,
    target_of,
)
from gateway.model.rules.view import JournalView

_ENTRIES = frozenset({Operation.LESSON_ENTRIES, Operation.PERIOD_MARKS})
"""The rows whose author must be the teacher also where no load is kept: what version 1.0 of the forms has."""


def authorship_faults(record: Record, view: JournalView) -> Iterator[Fault]:
    """Hold the people whom a record names as its authors against what they may write (section 2; R-ROLE-01 … 25).

    Covers R-ROLE-03, 05 … 10, R-MARK-17 (who enters facts; C-01, C-02), R-JRNL-10, 11 (the substituting teacher, that
    lesson only), R-ROLE-17, 18 (timetable, load, control works), R-ROLE-19, 24, 25 (scope and dates of appointments),
    R-ROLE-13, 14 (account orders, credentials), R-AUD-03 (who approves corrections), C-12, C-33, and R-SEC-04, 05
    (nobody whose access has been reported as compromised).
    """
    signing = _SIGNING.get(KIND_OF[type(record)])
    author = getattr(record, signing.by) if signing else None
    if signing is None:
        return
    if author is None:
        yield from _unsigned_faults(record, view)
        return
    at: datetime = (getattr(record, signing.at) if signing.at else None) or view.now
    signature = _Signature(actor=Actor(staff=author, day=view.day_of(at)), at=at, signing=signing)
    yield from _compromise_faults(signature, view)
    yield from signing.faults(record, signature, view)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Signature:
    """Who answers for a record, from when on, and how its kind says so."""

    actor: Actor
    at: datetime
    signing: _Signing

    @property
    def field(self) -> str:
        """Name outside of the field with the author."""
        return label_of(self.signing.by)


def _entry_faults(record: Any, signature: _Signature, view: JournalView) -> Iterator[Fault]:
    """R-ROLE-09: whoever enters a fact teaches it, stands in for who does, or may by the school's policy."""
    if not isinstance(record, Lesson) and (lesson := getattr(record, "lesson", None)) is not None:
        found = view.lesson(lesson)
        if found is None or view.remember(
            ("may enter", signature.actor, lesson), lambda: _may_enter(found, signature, view)
        ):
            return
    yield from _matrix_faults(record, signature, view)


def _may_enter(lesson: Lesson, signature: _Signature, view: JournalView) -> bool:
    """Tell it for all pupils of a lesson at once: the rest is for the few who may only for the own class."""
    target = target_of(lesson, signature.at, view)
    return target is not None and may(signature.actor, Operation.LESSON_ENTRIES, Access.WRITE, target, view)


def _matrix_faults(record: Any, signature: _Signature, view: JournalView) -> Iterator[Fault]:
    operation = operation_of(KIND_OF[type(record)])
    if operation not in _ENTRIES and not keeps(RecordKind.APPOINTMENTS, view):
        return
    target = target_of(record, signature.at, view)
    if target is not None and not may(signature.actor, operation, Access.WRITE, target, view):
        yield _entry_refused(signature, view) if operation in _ENTRIES else _duty_missing(signature)


# what the matrix alone does not tell


def _correction_faults(record: Correction, signature: _Signature, view: JournalView) -> Iterator[Fault]:
    """R-AUD-03, C-24: a correction is approved, or refused, by the director or a deputy."""
    yield from _approval_faults(Operation.CORRECTIONS, record.requested_at, signature, view)


def _order_faults(record: Any, signature: _Signature, view: JournalView) -> Iterator[Fault]:
    """R-ROLE-13: the director orders an account."""
    yield from _approval_faults(Operation.ACCOUNTS, record.ordered_at, signature, view)


def _approval_faults(
    operation: Operation, about: datetime, signature: _Signature, view: JournalView
) -> Iterator[Fault]:
    day = view.day_of(about)
    target = Target(first=day, last=day)
    if keeps(RecordKind.APPOINTMENTS, view) and not may(signature.actor, operation, Access.APPROVE, target, view):
        yield _duty_missing(signature)


def _control_faults(record: ControlCheck, signature: _Signature, view: JournalView) -> Iterator[Fault]:
    """C-32: the director's control is the director's, the deputy's a deputy's."""
    needed = Duty.DIRECTOR if record.kind is ControlKind.DIRECTOR else Duty.DEPUTY
    yield from _needs_one_of({needed}, signature, view)


def _submission_faults(_record: DataSubmission, signature: _Signature, view: JournalView) -> Iterator[Fault]:
    """R-ROST-15: deputies and the director supply data."""
    yield from _needs_one_of({Duty.DIRECTOR, Duty.DEPUTY}, signature, view)


def _credential_faults(record: CredentialIssue, signature: _Signature, view: JournalView) -> Iterator[Fault]:
    """R-ROLE-14: staff get credentials from the administrator, pupils and parents from their class teacher."""
    if record.staff is not None:
        yield from _needs_one_of({Duty.ADMINISTRATOR}, signature, view)
        return
    day = signature.actor.day
    wards = [pupil for guardian, pupil in view.reference.guardianships if guardian == record.guardian]
    pupils = [record.pupil] if record.pupil is not None else wards
    targets = [Target(first=day, last=day, pupil=pupil) for pupil in pupils]
    if any(classes_of(target, view) for target in targets):
        if not any(is_own_class(signature.actor.staff, target, view) for target in targets):
            yield _not_own_class(signature)
    elif Duty.CLASS_TEACHER not in duties_on(signature.actor, view):
        yield _not_own_class(signature)


def _note_faults(record: AbsenceNote, signature: _Signature, view: JournalView) -> Iterator[Fault]:
    """C-33: the class teacher may add a reason to an absence, if the school has decided so."""
    lesson = view.lesson(record.lesson)
    if lesson is None:
        return
    target = Target(first=lesson.day, last=lesson.day, school_class=lesson.school_class, pupil=record.pupil)
    own = is_own_class(signature.actor.staff, target, view)
    if not own or not view.policy.absence_note_by_class_teacher:
        yield _not_own_class(signature)


def _needs_one_of(needed: set[Duty], signature: _Signature, view: JournalView) -> Iterator[Fault]:
    if keeps(RecordKind.APPOINTMENTS, view) and not needed & duties_on(signature.actor, view):
        yield _duty_missing(signature)


# faults


def _compromise_faults(signature: _Signature, view: JournalView) -> Iterator[Fault]:
    """R-SEC-04, R-SEC-05, C-18: from the earliest notification until new credentials nothing of theirs is taken.

    What arrives meanwhile is refused too, whenever it says that it was entered: whoever has the access says so.
    """
    if _is_compromised(signature.actor.staff, (signature.at, view.now), view):
        yield Fault(
            code="journal.author_compromised",
            text=Text(
                ru="Сообщено, что доступ автора записи скомпрометирован, и новых учётных данных ещё нет.",
                en="The access of the record's author has been reported as compromised and has not been renewed.",
            ),
            field=signature.field,
            rule="R-SEC-05",
            who=Party.DIRECTOR,
        )


def _unsigned_faults(record: Any, view: JournalView) -> Iterator[Fault]:
    """R-SEC-04, R-SEC-05: while the access of a lesson's teacher is compromised, its entries name their author."""
    named = getattr(record, "lesson", None)
    lesson = record if isinstance(record, Lesson) or named is None else view.lesson(named)
    if not isinstance(lesson, Lesson):
        return
    teacher = lesson.substitution.teacher if lesson.substitution is not None else lesson.teacher
    moments = (getattr(record, "entered_at", None) or view.now, view.now)
    if _is_compromised(teacher, moments, view):
        yield Fault(
            code="journal.author_missing",
            text=Text(
                ru=(
                    "Сообщено, что доступ учителя этого урока скомпрометирован, а кто внёс запись, не указано: "
                    "передайте её с автором или после выдачи новых учётных данных."
                ),
                en=(
                    "The access of the lesson's teacher has been reported as compromised, and the entry does not say "
                    "who made it: send it with its author, or once the credentials have been renewed."
                ),
            ),
            field="author",
            rule="R-SEC-05",
            who=Party.SENDER,
        )


def _is_compromised(staff: StaffId, moments: Collection[datetime], view: JournalView) -> bool:
    windows = view.remember(
        ("compromised", len(view.accepted[RecordKind.INCIDENTS])), lambda: _compromised_windows(view)
    )
    found = windows.get(staff, ())
    return any(start <= moment and (end is None or moment < end) for start, end in found for moment in moments)


def _compromised_windows(view: JournalView) -> Mapping[str, list[tuple[datetime, datetime | None]]]:
    windows: dict[str, list[tuple[datetime, datetime | None]]] = {}
    for incident in view.all(RecordKind.INCIDENTS):
        if isinstance(incident, AccessIncident) and (start := _quarantined_from(incident)) is not None:
            windows.setdefault(incident.account, []).append((start, incident.credentials_reissued_at))
    return windows


def _quarantined_from(incident: AccessIncident) -> datetime | None:
    told = (incident.director_notified_at, incident.administrator_notified_at, incident.support_notified_at)
    return min((moment for moment in (*told, incident.void_from) if moment is not None), default=None)


def _entry_refused(signature: _Signature, view: JournalView) -> Fault:
    """Say why somebody with these duties may not, by the clause that says so."""
    held = duties_on(signature.actor, view)
    duty = next(duty for duty in _ENTRY_CLAUSES if duty in held)
    rule, text = _ENTRY_CLAUSES[duty]
    return Fault(code="journal.author_not_allowed", text=text, field=signature.field, rule=rule, who=Party.DEPUTY)


_ENTRY_CLAUSES: Mapping[Duty, tuple[str, Text]] = MappingProxyType(
    {
        Duty.DIRECTOR: (
            "R-ROLE-03",
            Text(
                ru="Директор просматривает журнал без права записи; вести чужой урок автор не может.",
                en="The director views the journal and does not write; the lesson is not the author's own.",
            ),
        ),
        Duty.DEPUTY: (
            "R-ROLE-05",
            Text(
                ru="Заместитель директора не ведёт записи этого урока: настройка deputy_mode или его участок работы.",
                en="A deputy does not write at this lesson: setting deputy_mode, or the scope of the appointment.",
            ),
        ),
        Duty.ADMINISTRATOR: (
            "R-ROLE-10",
            Text(
                ru="Администратор журнала не меняет содержание уроков и отметок.",
                en="The journal's administrator does not change lessons and marks.",
            ),
        ),
        Duty.CLASS_TEACHER: (
            "R-ROLE-08",
            Text(
                ru="Классный руководитель не ведёт записи чужих уроков (настройка class_teacher_mode).",
                en="A class teacher does not write at lessons of others (setting class_teacher_mode).",
            ),
        ),
        Duty.SUBJECT_TEACHER: (
            "R-ROLE-09",
            Text(
                ru="Автор не ведёт этот предмет в этом классе или группе и не замещает учителя на этом уроке.",
                en="The author neither teaches this subject to this class or group nor stands in at this lesson.",
            ),
        ),
    }
)


def _duty_missing(signature: _Signature) -> Fault:
    return Fault(
        code="journal.duty_missing",
        text=Text(
            ru=f"На этот день у подписавшего нет назначения, с которым это можно: {signature.signing.who.ru}.",
            en=f"Whoever signed this was not appointed on that day to what allows it: {signature.signing.who.en}.",
        ),
        field=signature.field,
        rule=signature.signing.rule,
        who=Party.DIRECTOR,
    )


def _not_own_class(signature: _Signature) -> Fault:
    return Fault(
        code="journal.not_own_class",
        text=Text(
            ru=f"Это делает {signature.signing.who.ru}, а подписавший в этом классе им не является.",
            en=f"This is for {signature.signing.who.en}, which whoever signed it is not.",
        ),
        field=signature.field,
        rule=signature.signing.rule,
        who=Party.CLASS_TEACHER,
    )


_Check = Callable[[Any, _Signature, JournalView], Iterator[Fault]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Signing:
    """How a kind of record names who answers for it.

    Attributes:
        by: attribute with the person.
        at: attribute with the moment, ``None`` where only the moment of the check is known.
        rule: row of the requirements that says who it must be.
        who: who that is, in words.
        faults: what looks at it.
    """

    by: str
    rule: str
    who: Text
    at: str | None = None
    faults: _Check = _matrix_faults


_TEACHER = Text(ru="учитель предмета", en="the teacher of the subject")
_CLASS_TEACHER = Text(ru="классный руководитель", en="the class teacher")
_APPROVERS = Text(ru="директор или заместитель директора", en="the director or a deputy")
_SCHEDULERS = Text(
    ru="заместитель директора, администратор или диспетчер", en="a deputy, the administrator or the dispatcher"
)

_ENTRY = _Signing(by="author", at="entered_at", rule="R-ROLE-09", who=_TEACHER, faults=_entry_faults)
_LETTER = Text(ru="учитель класса или классный руководитель", en="a teacher of the class or the class teacher")

_SIGNING: Mapping[RecordKind, _Signing] = MappingProxyType(
    {
        RecordKind.LESSONS: _ENTRY,
        RecordKind.ABSENCES: _ENTRY,
        RecordKind.MARKS: _ENTRY,
        RecordKind.HOMEWORK: _ENTRY,
        RecordKind.PERIOD_MARKS: _ENTRY,
        RecordKind.LOADS: _Signing(by="author", rule="R-ROLE-17", who=_SCHEDULERS),
        RecordKind.SLOTS: _Signing(by="author", rule="R-ROLE-17", who=_SCHEDULERS),
        RecordKind.CONTROL_WORKS: _Signing(
            by="author", rule="R-ROLE-18", who=Text(ru="заместитель директора по УВР", en="a deputy for studies")
        ),
        RecordKind.SUBSTITUTIONS: _Signing(
            by="registered_by", rule="R-JRNL-12", who=Text(ru="заместитель директора", en="a deputy")
        ),
        RecordKind.TRANSFERS: _Signing(
            by="registered_by", rule="R-JRNL-13", who=Text(ru="заместитель директора", en="a deputy")
        ),
        RecordKind.CORRECTIONS: _Signing(
            by="decided_by", at="decided_at", rule="R-AUD-03", who=_APPROVERS, faults=_correction_faults
        ),
        RecordKind.ACCOUNT_ORDERS: _Signing(
            by="ordered_by",
            at="ordered_at",
            rule="R-ROLE-13",
            who=Text(ru="директор", en="the director"),
            faults=_order_faults,
        ),
        RecordKind.CREDENTIAL_ISSUES: _Signing(
            by="issued_by",
            at="issued_at",
            rule="R-ROLE-14",
            who=Text(
                ru="администратор (сотрудникам), классный руководитель (семьям своего класса)",
                en="the administrator (for staff), the class teacher (for families of the own class)",
            ),
            faults=_credential_faults,
        ),
        RecordKind.SUBMISSIONS: _Signing(by="supplied_by", rule="R-ROST-15", who=_APPROVERS, faults=_submission_faults),
        RecordKind.CONTROL_CHECKS: _Signing(
            by="held_by",
            at="held_at",
            rule="R-ROLE-25",
            who=Text(ru="директор, заместитель – каждый свою проверку", en="the director, a deputy: each their own"),
            faults=_control_faults,
        ),
        RecordKind.ABSENCE_NOTES: _Signing(
            by="author", at="noted_at", rule="C-33", who=_CLASS_TEACHER, faults=_note_faults
        ),
        RecordKind.MESSAGES: _Signing(by="author", at="sent_at", rule="R-JRNL-15", who=_LETTER),
        RecordKind.RECOMMENDATIONS: _Signing(by="author", at="given_at", rule="R-JRNL-14", who=_LETTER),
        RecordKind.TASKS: _Signing(by="author", at="given_at", rule="R-JRNL-22", who=_LETTER),
        RecordKind.PORTFOLIO: _Signing(by="author", rule="R-ROST-17", who=_CLASS_TEACHER),
        RecordKind.PAPER_SLIPS: _Signing(by="handed_by", rule="R-ROLE-16", who=_CLASS_TEACHER),
        RecordKind.SUPPORT_TICKETS: _Signing(
            by="opened_by",
            at="opened_at",
            rule="R-ROLE-28",
            who=Text(ru="администратор журнала", en="the journal's administrator"),
        ),
    }
)
"""The kinds of record that name who answers for them."""
