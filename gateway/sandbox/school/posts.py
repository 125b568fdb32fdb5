"""Who is appointed to what, who teaches what, and the papers of staff and accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from gateway.model.duties import (
    AccountOrder,
    Appointment,
    CredentialIssue,
    DataSubmission,
    Duty,
    StaffAttestation,
    StaffChange,
)
from gateway.model.ids import ClassId, GroupId, RecordId, StaffId, SubjectId
from gateway.model.school import GroupKind, StudyGroup
from gateway.model.timetable import ServiceKind, TeachingLoad, TimetableSlot
from gateway.sandbox.school.curriculum import Specialism, planned_subject
from gateway.sandbox.school.draws import fraction
from gateway.sandbox.school.leaders import leaders
from gateway.sandbox.school.moments import moment
from gateway.sandbox.school.sample import SampleSchool
from gateway.sandbox.school.timetable import TimetableEntry
from gateway.sandbox.school.year_setup import room_id, year_begin, year_end

_ATTESTED = 0.65
_HIGHEST_CATEGORY = 0.4
_NEW_STAFF = 3
"""So many of those hired last have come in August."""
_ADDITIONAL = frozenset({GroupKind.CLUB, GroupKind.OTHER})
_TEACHERS = frozenset(specialism.value for specialism in Specialism)


def appointments(sample: SampleSchool) -> Iterator[Appointment]:
    """Yield the director's orders of August (R-ROLE-25): leaders, class teachers, teachers, leaders of groups."""
    lead = leaders(sample)
    yield _appointed(sample, lead.director, Duty.DIRECTOR)
    yield _appointed(sample, lead.director, Duty.SIGNATORY)
    for deputy in (lead.deputy, *lead.other_deputies):
        yield _appointed(sample, deputy, Duty.DEPUTY)
    yield _appointed(sample, lead.administrator, Duty.ADMINISTRATOR)
    yield _appointed(sample, lead.dispatcher, Duty.DISPATCHER)
    yield _appointed(sample, lead.archivist, Duty.ARCHIVIST)
    for person in sample.staff:
        if person.position in _TEACHERS:
            yield _appointed(sample, person.id, Duty.SUBJECT_TEACHER)
    for each in sample.classes:
        if each.class_teacher is not None:
            yield _appointed(sample, each.class_teacher, Duty.CLASS_TEACHER, school_class=each.id, of=each.name)
    groups = {group.id: group for group in sample.groups}
    for entry in _first_of_courses(sample):
        if entry.group is not None and _service(groups[entry.group]) is not ServiceKind.CORE:
            yield _appointed(sample, entry.teacher, Duty.EDUCATOR, group=entry.group, of=entry.group)


def loads(sample: SampleSchool) -> Iterator[TeachingLoad]:
    """Yield the teaching load (R-ACAD-13), from which the teachers' rights come."""
    hours = Counter((entry.code, entry.subject) for entry in sample.timetable)
    dispatcher = leaders(sample).dispatcher
    for entry in _first_of_courses(sample):
        yield TeachingLoad(
            id=RecordId(f"LD-{sample.year}-{entry.code}-{entry.subject}"),
            year=sample.year,
            teacher=entry.teacher,
            subject=entry.subject,
            hours_a_week=hours[entry.code, entry.subject],
            valid_from=year_begin(sample),
            valid_to=year_end(sample),
            school_class=entry.school_class,
            group=entry.group,
            author=dispatcher,
        )


def slots(sample: SampleSchool) -> Iterator[TimetableSlot]:
    """Yield the timetable of the week (R-ACAD-15, R-ACAD-16)."""
    groups = {group.id: group for group in sample.groups}
    dispatcher = leaders(sample).dispatcher
    for entry in sample.timetable:
        yield TimetableSlot(
            id=RecordId(f"TS-{sample.year}-{entry.weekday + 1}-{entry.number}-{entry.code}"),
            weekday=entry.weekday + 1,
            number=entry.number,
            subject=entry.subject,
            teacher=entry.teacher,
            valid_from=year_begin(sample),
            valid_to=year_end(sample),
            school_class=entry.school_class,
            group=entry.group,
            room=room_id(entry.room),
            service=_service(groups[entry.group]) if entry.group is not None else ServiceKind.CORE,
            author=dispatcher,
        )


def staff_attestations(sample: SampleSchool) -> Iterator[StaffAttestation]:
    """Yield the qualification of most teachers (R-ROST-04)."""
    for person in sample.staff:
        if person.position not in _TEACHERS or fraction("attested", sample.seed, person.id) >= _ATTESTED:
            continue
        is_highest = fraction("category", sample.seed, person.id) < _HIGHEST_CATEGORY
        decided_on = date(sample.year - 1 - int(fraction("attested-on", sample.seed, person.id) * 5), 12, 15)
        yield StaffAttestation(
            id=RecordId(f"SA-{person.source_id}"),
            staff=person.id,
            category="высшая квалификационная категория" if is_highest else "первая квалификационная категория",
            decided_on=decided_on,
            document=f"Приказ № {decided_on:%j} от {decided_on:%d.%m.%Y}",
        )


def staff_changes(sample: SampleSchool) -> Iterator[StaffChange]:
    """Yield the news of those who have come in August, entered on the next day."""
    for person in sample.staff[-_NEW_STAFF:]:
        yield StaffChange(
            id=RecordId(f"SC-{sample.year}-{person.source_id}"),
            staff=person.id,
            received_at=moment(sample, date(sample.year, 8, 26), 12),
            document=f"Приказ о приёме на работу от 26.08.{sample.year}",
            entered_at=moment(sample, date(sample.year, 8, 27), 10, 30),
        )


def account_orders(sample: SampleSchool) -> Iterator[AccountOrder]:
    """Yield the director's instructions to make accounts for the new staff (R-ROLE-13)."""
    for person in sample.staff[-_NEW_STAFF:]:
        yield AccountOrder(
            id=RecordId(f"AO-{sample.year}-{person.source_id}"),
            ordered_by=leaders(sample).director,
            ordered_at=moment(sample, date(sample.year, 8, 27), 11),
            duty=Duty.SUBJECT_TEACHER,
            staff=person.id,
            done_at=moment(sample, date(sample.year, 8, 28), 9, 40),
        )


def credential_issues(sample: SampleSchool) -> Iterator[CredentialIssue]:
    """Yield the credentials handed out (R-ROLE-14): to new staff, and to the families of the first grades."""
    for person in sample.staff[-_NEW_STAFF:]:
        yield CredentialIssue(
            id=RecordId(f"CI-{sample.year}-{person.source_id}"),
            issued_by=leaders(sample).administrator,
            issued_at=moment(sample, date(sample.year, 8, 28), 10),
            staff=person.id,
        )


def family_credentials(sample: SampleSchool, day: date) -> Iterator[CredentialIssue]:
    """Yield what class teachers of grade 1 hand out to parents on the day the year begins."""
    if day != min(period.start for period in sample.periods):
        return
    teacher_of = {each.id: each.class_teacher for each in sample.classes if each.grade == 1}
    pupil_teacher = {
        each.pupil: teacher
        for each in sample.enrollments
        if each.covers(day) and (teacher := teacher_of.get(each.school_class)) is not None
    }
    handed: set[str] = set()
    sources = {guardian.id: guardian.source_id for guardian in sample.guardians}
    for each in sample.guardianships:
        if each.pupil in pupil_teacher and each.guardian not in handed:
            handed.add(each.guardian)
            yield CredentialIssue(
                id=RecordId(f"CI-{sample.year}-{sources[each.guardian]}"),
                issued_by=pupil_teacher[each.pupil],
                issued_at=moment(sample, day, 12, 30),
                guardian=each.guardian,
            )


def submissions(sample: SampleSchool) -> Iterator[DataSubmission]:
    """Yield what director and deputy gave to whoever enters it (R-ROST-15)."""
    lead = leaders(sample)
    for number, (who, matter) in enumerate(
        ((lead.director, "Тарификация"), (lead.deputy, "Распределение учебной нагрузки")), start=1
    ):
        yield DataSubmission(
            id=RecordId(f"SU-{sample.year}-{number}"),
            supplied_by=who,
            subject_matter=matter,
            document=f"Служебная записка № {number} от 27.08.{sample.year}",
            approved_on=date(sample.year, 8, 27),
        )


def _first_of_courses(sample: SampleSchool) -> Iterator[TimetableEntry]:
    """Yield one entry of the timetable for every course."""
    seen: set[tuple[str, SubjectId]] = set()
    for entry in sample.timetable:
        if (entry.code, entry.subject) not in seen:
            seen.add((entry.code, entry.subject))
            yield entry


def _service(group: StudyGroup) -> ServiceKind:
    if planned_subject(group.subject).is_planned:
        return ServiceKind.CORE
    return ServiceKind.ADDITIONAL if group.kind in _ADDITIONAL else ServiceKind.EXTRACURRICULAR


def _appointed(
    sample: SampleSchool,
    staff: StaffId,
    duty: Duty,
    *,
    school_class: ClassId | None = None,
    group: GroupId | None = None,
    of: str | None = None,
) -> Appointment:
    ordered_on = date(sample.year, 8, 25)
    return Appointment(
        id=RecordId(f"AT-{sample.year}-{duty.value}-{of}" if of else f"AT-{sample.year}-{duty.value}-{staff[:18]}"),
        staff=staff,
        duty=duty,
        document=f"Приказ № 101-к от {ordered_on:%d.%m.%Y}",
        ordered_at=moment(sample, ordered_on, 10),
        valid_from=ordered_on,
        school_class=school_class,
        group=group,
    )
