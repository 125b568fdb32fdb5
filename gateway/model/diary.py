"""Who may see whose diary, what is seen, and what a change of a mark means to a family: pure rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from gateway.model.grading import MarkSign, WorkKind
from gateway.model.ids import ClassId, GuardianId, LessonId, MarkId, PupilId, SchoolId, SubjectId
from gateway.model.journal import MarkChange
from gateway.model.people import Consent, ConsentDecision, Guardianship, PersonName, Status
from gateway.model.week import WeekLesson

ADULT_AGE = 18
"""From this birthday on a guardian needs the pupil's own consent (C-37)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChildRight:
    """Everything the right of one guardian to see one pupil's diary depends on; whether it holds, `denial` tells."""

    guardianship: Guardianship
    guardian_status: Status
    portal_user: str | None = field(repr=False)
    pupil_status: Status
    birth_date: date = field(repr=False)
    consents: tuple[Consent, ...] = ()

    @property
    def guardian(self) -> GuardianId:
        """The guardian whose right it is."""
        return self.guardianship.guardian

    @property
    def pupil(self) -> PupilId:
        """The pupil whose diary it is about."""
        return self.guardianship.pupil


class Denial(StrEnum):
    """Why a guardian may not see a pupil's diary. For the operator's log only: outside every one of them is a 404."""

    NO_GUARDIANSHIP = "no_guardianship"
    SUSPENDED = "suspended"
    ADULT_PUPIL = "adult_pupil"
    NO_CONSENT = "no_consent"


def denial(right: ChildRight, *, today: date) -> Denial | None:
    """Return why the right does not hold today, ``None`` when it does.

    The guardianship must be valid today (R-PAR-01), guardian and pupil active, the pupil a minor, and the newest
    decision of this guardian on this pupil a consent (R-PAR-12, C-36). The policy for C-37 is that a grown-up pupil
    has to consent in person; the journal does not carry such consents yet, so nothing is shown from that birthday on.
    """
    ship = right.guardianship
    if ship.valid_from > today or (ship.valid_to is not None and ship.valid_to < today):
        return Denial.NO_GUARDIANSHIP
    if right.guardian_status is not Status.ACTIVE or right.pupil_status is not Status.ACTIVE:
        return Denial.SUSPENDED
    if age(right.birth_date, today=today) >= ADULT_AGE:
        return Denial.ADULT_PUPIL
    if decision_in_force(right.consents, today=today) is not ConsentDecision.CONSENT:
        return Denial.NO_CONSENT
    return None


def decision_in_force(consents: Iterable[Consent], *, today: date) -> ConsentDecision | None:
    """Return the newest decision made up to today; ``None`` when there is none, which is no consent (C-36)."""
    made = [consent for consent in consents if consent.decided_on <= today]
    return max(made, key=lambda consent: consent.decided_on).decision if made else None


def age(birth_date: date, *, today: date) -> int:
    """Return a person's age in whole years; born on 29 February, a year is full on 1 March."""
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))


@dataclass(frozen=True, kw_only=True, slots=True)
class Child:
    """A pupil as a guardian finds them in the list of their children: given name and class, nothing more."""

    pupil: PupilId
    name: PersonName = field(repr=False)
    school_class: ClassId | None
    class_name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DiaryWeek:
    """Seven days of one pupil's diary.

    ``versions`` holds for every mark shown how often it was entered: 1 = as first given, higher = changed since.
    """

    pupil: PupilId
    first: date
    last: date
    lessons: tuple[WeekLesson, ...]
    versions: Mapping[MarkId, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class DiaryView:
    """One look at one pupil's week (R-PAR-14): who looked, at whom, when."""

    id: str
    at: datetime
    client_id: str
    guardian: GuardianId
    pupil: PupilId
    week_start: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscription:
    """A client wants to hear of a pupil's marks on behalf of a guardian."""

    client_id: str
    guardian: GuardianId
    pupil: PupilId


class MarkEventKind(StrEnum):
    """What happened to a mark, in the eyes of a family: new, changed and withdrawn are told apart (R-PAR-06)."""

    ADDED = "mark.added"
    CHANGED = "mark.changed"
    VOIDED = "mark.voided"


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkEvent:
    """What one guardian is told about one mark. Values are ``None`` where there is no mark before, or after."""

    kind: MarkEventKind
    school: SchoolId
    portal_user: str = field(repr=False)
    pupil: PupilId
    mark: MarkId
    version: int
    lesson: LessonId
    day: date
    subject: SubjectId
    subject_name: str
    work_kind: WorkKind
    old_value: int | MarkSign | None
    new_value: int | MarkSign | None
    occurred_at: datetime


def visible_values(change: MarkChange) -> tuple[int | MarkSign | None, int | MarkSign | None]:
    """Return a mark's value as a family saw it before and as it sees it now; a voided mark is none."""
    before = change.before
    old = before.given if before is not None and not before.voided else None
    return old, None if change.now.voided else change.now.given


def event_kind(change: MarkChange) -> MarkEventKind | None:
    """Return what a change means to a family; ``None`` when it saw no mark before and sees none now."""
    match visible_values(change):
        case None, None:
            return None
        case None, _:
            return MarkEventKind.ADDED
        case _, None:
            return MarkEventKind.VOIDED
        case _:
            return MarkEventKind.CHANGED
