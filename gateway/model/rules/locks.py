"""Rules over locks: what of a lesson is no longer changed once final marks are set (R-MARK-08, C-08).

«Teacher may not edit the journal after final marks of the study period are set»; but final marks are set in the last
week, whose lessons still have to be recorded (C-08), and a pupil whose final mark is put off keeps the lock open
(R-MARK-12). So it is read here:

- A pupil's marks in a subject are locked from the moment that the pupil's final mark of the subject is set for a
  period, or the year, that has the day of the lesson.
- From the day after the period's last one everything of a page is locked for which final marks are set: topics,
  homework, absences, and the marks of pupils whose final mark is not set, unless it is deferred. Policy
  ``lock_level`` of ``full`` does so at once.
- Where no final mark is set, nothing is locked by the calendar alone: late entries stay possible, and late, until the
  year is closed (`years`).
- A final mark itself may be changed until the last day of its period. Setting it for the first time is never locked.

What opens a lock, for what it names and nothing else: an approved correction (R-AUD-03, C-24); an outage in which the
day of the lesson lies, until one working day after its end (R-JRNL-18); a deferral that runs (R-MARK-12); the
certificate of a medical organisation for the results that it states (R-MARK-16): they come in as marks of their own,
the school's own marks do not turn into them, and what came in is withdrawn by a correction. Exams, final attestation
and appeals come after the lock by their nature (R-ATT-03, R-ATT-04). Whether a lock holds is decided by the moment at
which the record arrives.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from gateway.errors import Fault, Party, Text
from gateway.model.ids import PupilId
from gateway.model.journal import Deferral, Lesson, Mark, MarkOrigin, PeriodMark, Stage
from gateway.model.journal_records import RecordKind, key_of
from gateway.model.oversight import Outage
from gateway.model.policy import LockLevel
from gateway.model.rules.corrections import opens
from gateway.model.rules.view import JournalView
from gateway.model.school import Period
from gateway.model.working_days import SchoolCalendar

LOCKING_STAGES = frozenset({Stage.PERIOD, Stage.YEAR})
"""The final marks that lock what they sum up."""

LOCKABLE = frozenset(
    {RecordKind.LESSONS, RecordKind.ABSENCES, RecordKind.MARKS, RecordKind.HOMEWORK, RecordKind.PERIOD_MARKS}
)
"""The kinds that a lock can be over; their records may name a correction."""


def lock_faults(kind: RecordKind, record: Any, before: Any, view: JournalView) -> Iterator[Fault]:
    """Yield a fault if the record is under a lock that nothing opens for it.

    Args:
        kind: the kind of the record.
        record: a record that differs from what is stored.
        before: what is stored under its key, ``None`` for a new one.
        view: the journal as it would be.
    """
    if kind is RecordKind.PERIOD_MARKS:
        locked = _final_mark_is_locked(record, before, view)
    elif kind in LOCKABLE and _final_marks_are_stored(view):
        locked = any(_is_locked(record, before, lesson, view) for lesson in _lessons(kind, record, before, view))
    else:
        return
    if locked and not (record.correction is not None and opens(record.correction, kind, key_of(record), view)):
        yield Fault(
            code="journal.locked",
            text=Text(
                ru=(
                    "Итоговые отметки за период выставлены: запись закрыта. "
                    "Изменить её можно только по утверждённому исправлению."
                ),
                en="The final marks of the period are set: the entry is locked. Only an approved correction opens it.",
            ),
            field="correction",
            rule="R-MARK-08",
            who=Party.DEPUTY,
        )


def _final_marks_are_stored(view: JournalView) -> bool:
    """Tell whether there can be a lock at all; for most of a period there is none, and nothing more to ask."""
    return bool(view.reference.finals or view.reference.stored.of(RecordKind.PERIOD_MARKS))


def _lessons(kind: RecordKind, record: Any, before: Any, view: JournalView) -> Iterator[Lesson]:
    """Yield the lesson that the record is about; a lesson itself as it is stored, too: it may come out of a lock."""
    if kind is RecordKind.LESSONS:
        yield record
        if before is not None:
            yield before
    elif lesson := view.lesson(record.lesson):
        yield lesson


def _is_locked(record: Any, before: Any, lesson: Lesson, view: JournalView) -> bool:
    addressee = lesson.school_class if lesson.school_class is not None else lesson.group
    if addressee is None:
        return False
    pupil: PupilId | None = getattr(record, "pupil", None)
    own = _final_periods(pupil, lesson, view) if pupil is not None else ()
    if isinstance(record, Mark) and own:
        return not _is_excepted(record, before, lesson, view)
    for period in view.periods_on(lesson.day):
        if (period in own or view.finals_are_set(addressee, lesson.subject, period.id)) and _is_full(period, view):
            deferred = isinstance(record, Mark) and _is_deferred(record.pupil, lesson, period, view)
            if not deferred and not _is_excepted(record, before, lesson, view):
                return True
    return False


def _final_periods(pupil: PupilId, lesson: Lesson, view: JournalView) -> tuple[Period, ...]:
    set_for = {mark.period for mark in view.final_marks(pupil, lesson.subject) if mark.stage in LOCKING_STAGES}
    if not set_for:
        return ()
    return tuple(period for period in view.periods_on(lesson.day) if period.id in set_for)


def _is_full(period: Period, view: JournalView) -> bool:
    return view.policy.lock_level is LockLevel.FULL or period.end < view.today()


def _is_deferred(pupil: PupilId, lesson: Lesson, period: Period, view: JournalView) -> bool:
    return any(runs(deferral, view) for deferral in view.deferrals(pupil, lesson.subject, period.id))


def runs(deferral: Deferral, view: JournalView) -> bool:
    """Tell whether a deferral still runs."""
    return view.today() <= deferral.until


def _is_excepted(record: Any, before: Any, lesson: Lesson, view: JournalView) -> bool:
    if isinstance(record, Mark) and _is_transferred(record, before):
        return True
    return any(_covers(outage, lesson.day, view) for outage in view.all(RecordKind.OUTAGES))


def _is_transferred(mark: Mark | PeriodMark, before: Mark | PeriodMark | None) -> bool:
    """R-MARK-16: tell whether a mark is copied from a certificate of study; `certificates` has it stated there."""
    was_of_school = before is not None and before.origin is not MarkOrigin.MEDICAL
    return mark.origin is MarkOrigin.MEDICAL and not mark.voided and not was_of_school


def _covers(outage: Any, day: date, view: JournalView) -> bool:
    if not isinstance(outage, Outage) or day < view.day_of(outage.started_at):
        return False
    if outage.ended_at is None:
        return True
    ended_on = view.day_of(outage.ended_at)
    return day <= ended_on and view.today() <= _next_working_day(ended_on, view)


def _next_working_day(day: date, view: JournalView) -> date:
    """Return the first working day after a day, by the calendar of the school's office."""
    special = {one.day: one.working for one in view.special_days()}
    return SchoolCalendar(zone=view.reference.zone, special_days=special).next_working(day + timedelta(days=1))


def _final_mark_is_locked(mark: PeriodMark, before: PeriodMark | None, view: JournalView) -> bool:
    if before is None or mark.stage not in LOCKING_STAGES or mark.appeal or _is_transferred(mark, before):
        return False
    period = view.find(RecordKind.PERIODS, mark.period)
    return isinstance(period, Period) and period.end < view.today()
