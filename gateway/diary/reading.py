"""Step 5, "Diary seen": a portal asks on behalf of a guardian."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gateway.diary.rights import right_to_see, school_day, valid_rights
from gateway.model.audit import AuditRecord
from gateway.model.diary import Child, ChildRight, DiaryView, DiaryWeek, Subscription
from gateway.model.ids import PupilId
from gateway.model.steps import Step, StepOutcome, StepRun
from gateway.ports.diary import DiaryReading, DiaryUnit
from gateway.ports.frame import Clock, NewId, ReadingUnits, Units

WEEK = timedelta(days=6)
"""From a week's first day to its last."""

RUN_EVERY = timedelta(minutes=1)
"""A run of the step is noted this often at most: every single look is kept as a `DiaryView` anyway."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Diary:
    """What a portal may ask on behalf of a guardian of one school.

    ``client`` is the portal's client id, ``portal_user`` the guardian's id there. Every method answers ``None`` (or
    ``False``) for want of a right, and the same for every reason: unknown guardian, unknown child, somebody else's
    child, no consent in force, suspended or grown-up pupil (R-PAR-01, R-PAR-12, C-36, C-37).
    """

    units: Units[DiaryUnit]
    readings: ReadingUnits[DiaryReading]
    clock: Clock
    new_id: NewId

    def children(self, portal_user: str) -> Sequence[Child] | None:
        """Return the children whose diaries the guardian may see today, ``None`` when there is not one."""
        with self.readings() as unit:
            today = school_day(unit.diary, self.clock())
            rights = valid_rights(unit.diary.rights_of_portal_user(portal_user), today=today)
            return unit.diary.children({right.pupil for right in rights}, today=today) if rights else None

    def week(self, client: str, portal_user: str, pupil: PupilId, start: date) -> DiaryWeek | None:
        """Return the child's seven days from ``start``, and keep that they were looked at (R-PAR-14)."""
        started = self.clock()
        with self.readings() as reading:
            right = self._right(reading, portal_user, pupil)
            if right is None:
                return None
            week = _read_week(reading, pupil, start)
        view = DiaryView(
            id=self.new_id(),
            at=started,
            client_id=client,
            guardian=right.guardian,
            pupil=pupil,
            week_start=start,
        )
        with self.units() as unit:
            unit.diary.add_view(view)
            last = unit.steps.last(Step.DIARY_SEEN)
            if last is None or started - last.finished_at >= RUN_EVERY:
                unit.steps.add(_run(self.new_id(), started, self.clock(), week))
        return week

    def subscribe(self, client: str, portal_user: str, pupil: PupilId) -> bool:
        """Tell the portal of every change of the child's marks from now on; subscribing again changes nothing."""
        with self.units() as unit:
            right = self._right(unit, portal_user, pupil)
            if right is None:
                return False
            subscription = Subscription(client_id=client, guardian=right.guardian, pupil=pupil)
            if unit.diary.subscribe(subscription, at=self.clock()):
                unit.audit.append([_subscription_record(self.clock(), "diary.subscribed", subscription)])
            return True

    def unsubscribe(self, client: str, portal_user: str, pupil: PupilId) -> bool:
        """Stop telling.

        A right that has ended since does not stand in the way of ending the subscription that rested on it.
        """
        with self.units() as unit:
            rights = [r for r in unit.diary.rights_of_portal_user(portal_user) if r.pupil == pupil]
            ended = [
                subscription
                for subscription in (Subscription(client_id=client, guardian=r.guardian, pupil=pupil) for r in rights)
                if unit.diary.unsubscribe(subscription)
            ]
            now = self.clock()
            unit.audit.append(_subscription_record(now, "diary.unsubscribed", one) for one in ended)
            return bool(ended) or bool(valid_rights(rights, today=school_day(unit.diary, now)))

    def _right(self, unit: DiaryReading | DiaryUnit, portal_user: str, pupil: PupilId) -> ChildRight | None:
        today = school_day(unit.diary, self.clock())
        return right_to_see(unit.diary.rights_of_portal_user(portal_user), pupil, today=today)


def _read_week(unit: DiaryReading, pupil: PupilId, start: date) -> DiaryWeek:
    week = unit.weeks.of_pupils([pupil], start, start + WEEK)[pupil]
    versions = unit.diary.mark_versions(mark.id for lesson in week.lessons for mark in lesson.marks)
    return DiaryWeek(pupil=pupil, first=week.first, last=week.last, lessons=week.lessons, versions=versions)


def _run(run_id: str, started: datetime, finished: datetime, week: DiaryWeek) -> StepRun:
    marks = sum(len(lesson.marks) for lesson in week.lessons)
    return StepRun(
        id=run_id,
        step=Step.DIARY_SEEN,
        started_at=started,
        finished_at=finished,
        outcome=StepOutcome.OK,
        summary={"lessons": len(week.lessons), "marks": marks},
    )


def _subscription_record(at: datetime, action: str, subscription: Subscription) -> AuditRecord:
    return AuditRecord(
        at=at,
        actor=subscription.client_id,
        role="portal",
        channel="portal",
        action=action,
        object_kind="portal_subscription",
        object_id=f"{subscription.guardian}:{subscription.pupil}",
    )
