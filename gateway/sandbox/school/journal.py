"""What the school's journal system would post: the frame of the year once, and every evening the facts of the day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from gateway.model.attendance import AbsenceKind
from gateway.model.batch import Batch
from gateway.sandbox.school.admissions import admissions
from gateway.sandbox.school.attendance import attendance
from gateway.sandbox.school.certificates import exemptions, health_sheets
from gateway.sandbox.school.homework import homework
from gateway.sandbox.school.lessons import HeldLesson, days_by_grade, held_lessons
from gateway.sandbox.school.letters import (
    acknowledgements,
    error_reports,
    events,
    messages,
    portfolio,
    profile_issues,
    recommendations,
    tasks,
)
from gateway.sandbox.school.make_ups import made_up_for, made_up_on, whole_day_absent
from gateway.sandbox.school.marks import marks
from gateway.sandbox.school.moments import moment
from gateway.sandbox.school.outages import outage
from gateway.sandbox.school.plans import (
    attestation_plans,
    control_works,
    curricula,
    individual_plans,
    thematic_plans,
)
from gateway.sandbox.school.posts import (
    account_orders,
    appointments,
    credential_issues,
    family_credentials,
    loads,
    slots,
    staff_attestations,
    staff_changes,
    submissions,
)
from gateway.sandbox.school.sample import SampleSchool
from gateway.sandbox.school.special_days import special_days
from gateway.sandbox.school.substitutions import substitution_orders
from gateway.sandbox.school.supervision import (
    absence_notes,
    control_checks,
    corrections,
    incidents,
    paper_slips,
    profile_verifications,
    support_tickets,
)
from gateway.sandbox.school.transfers import rearranged
from gateway.sandbox.school.year_setup import (
    absence_codes,
    academic_year,
    bell_schedule,
    evening_before,
    regimes,
    rooms,
    scales,
    settings,
    work_types,
)

_EVENING = 20


def setup_batch(sample: SampleSchool) -> Batch:
    """Return the frame of the year, sent on the evening before the first day.

    The year with its periods (four quarters for grades 1 to 9, two half-years for 10 and 11, the year), vacations and
    holidays; what is taught to whom, when, where and by whom; appointments; the guardians' decisions on electronic
    delivery; certificates that are good for the whole year.
    """
    return Batch(
        school=sample.school.id,
        sent_at=moment(sample, evening_before(sample), _EVENING),
        policies=settings(sample),
        years=(academic_year(sample),),
        periods=sample.periods,
        vacations=sample.vacations,
        special_days=special_days(sample.year),
        subjects=sample.subjects,
        rooms=rooms(sample),
        bells=(bell_schedule(sample),),
        scales=tuple(scales()),
        work_types=tuple(work_types()),
        absence_codes=tuple(absence_codes()),
        groups=sample.groups,
        regimes=tuple(regimes(sample)),
        curricula=tuple(curricula(sample)),
        individual_plans=tuple(individual_plans(sample)),
        thematic_plans=tuple(thematic_plans(sample)),
        appointments=tuple(appointments(sample)),
        loads=tuple(loads(sample)),
        slots=tuple(slots(sample)),
        attestation_plans=tuple(attestation_plans(sample)),
        control_works=tuple(control_works(sample)),
        staff_attestations=tuple(staff_attestations(sample)),
        staff_changes=tuple(staff_changes(sample)),
        account_orders=tuple(account_orders(sample)),
        credential_issues=tuple(credential_issues(sample)),
        submissions=tuple(submissions(sample)),
        consents=sample.consents,
        medical_certificates=exemptions(sample),
    )


def health_batch(sample: SampleSchool) -> Batch:
    """Return the pupils' health sheets, which a gateway keeps only under a key of its own (R-ROST-18, R-SEC-10)."""
    return Batch(
        school=sample.school.id,
        sent_at=moment(sample, evening_before(sample), _EVENING, 10),
        health_sheets=tuple(health_sheets(sample)),
    )


def school_days(sample: SampleSchool, *, first: date | None = None, last: date | None = None) -> Iterator[date]:
    """Yield the days on which any grade has school, in order, from ``first`` to ``last`` (both included)."""
    days = {day for own in days_by_grade(sample).values() for day in own}
    for day in sorted(days):
        if (first is None or first <= day) and (last is None or day <= last):
            yield day


def journal_day(sample: SampleSchool, day: date) -> Batch:
    """Return what is entered at the journal on one day, sent that evening; without school it is nothing.

    It depends on the sample and the day alone, so any day can be made by itself and again, identically. Its records
    refer to one another, to the frame of the year and, on Thursdays, to lessons of the Monday and Tuesday before, for
    which there are make-ups. Nobody who was absent has a mark without one, and grade 1 has neither marks nor homework
    (R-JRNL-03, R-JRNL-09).
    """
    moved = rearranged(sample, held_lessons(sample, day))
    if not moved.lessons:
        return Batch(school=sample.school.id, sent_at=moment(sample, day, _EVENING))
    papers = _papers(sample, day)
    return replace(_lessons_in(papers, sample, day, moved.lessons), transfers=moved.transfers)


def settled_day(sample: SampleSchool, day: date) -> Batch:
    """Return the day as the journal shows it when its week is over: with the marks made up later for its lessons."""
    entered = journal_day(sample, day)
    own = {lesson.id for lesson in entered.lessons}
    later = (each.mark for each in made_up_for(sample, day))
    return replace(entered, marks=(*(mark for mark in entered.marks if mark.lesson in own), *later))


def _papers(sample: SampleSchool, day: date) -> Batch:
    """Return what is not about the lessons of a school day."""
    previous = max(school_days(sample, last=day - timedelta(days=1)), default=None)
    failure = outage(sample)
    return Batch(
        school=sample.school.id,
        sent_at=moment(sample, day, _EVENING),
        outages=(failure,) if failure.started_at.date() == day else (),
        credential_issues=tuple(family_credentials(sample, day)),
        movement_orders=tuple(admissions(sample, day, previous)),
        incidents=tuple(incidents(sample, day, previous)),
        events=tuple(events(sample, day)),
        paper_slips=tuple(paper_slips(sample, day)),
        profile_verifications=tuple(profile_verifications(sample, day, previous)),
        profile_issues=tuple(profile_issues(sample, day)),
        control_checks=tuple(control_checks(sample, day, previous)),
        support_tickets=tuple(support_tickets(sample, day, previous)),
    )


def _lessons_in(papers: Batch, sample: SampleSchool, day: date, held: Sequence[HeldLesson]) -> Batch:
    """Return a day's papers together with its lessons and what is about them."""
    lessons = tuple(each.lesson for each in held)
    away = attendance(sample, day, held)
    absent = {(each.lesson, each.pupil) for each in away.absences if each.kind is not AbsenceKind.LATE}
    missing = whole_day_absent(away.absences)
    present = tuple({pupil: None for each in held for pupil in each.audience if pupil not in missing})
    of_today = marks(sample, held, absent)
    made_up = tuple(made_up_on(sample, day, missing))
    return replace(
        papers,
        substitutions=tuple(substitution_orders(sample, lessons)),
        medical_certificates=away.certificates,
        corrections=tuple(corrections(sample, held)),
        lessons=lessons,
        absences=away.absences,
        absence_notes=tuple(absence_notes(sample, away.absences)),
        make_ups=tuple(each.protocol for each in made_up),
        marks=(*of_today, *(each.mark for each in made_up)),
        homework=homework(sample, held),
        messages=tuple(messages(sample, held)),
        recommendations=tuple(recommendations(sample, held)),
        tasks=tuple(tasks(sample, held)),
        portfolio=tuple(portfolio(sample, day, present)),
        acknowledgements=tuple(acknowledgements(sample, of_today)),
        error_reports=tuple(error_reports(sample, of_today)),
    )
