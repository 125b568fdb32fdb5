"""Ids of our OneRoster objects: the same for the same thing in every refresh, whatever else changes.

People, classes and periods keep our ids. What the standard has and we have not (a subject taught to a class, a pupil's
place in it) gets an id from what it consists of.
"""

from __future__ import annotations

import re

from gateway.model.ids import (
    ClassId,
    GroupId,
    MarkId,
    PeriodId,
    RecordId,
    ScaleId,
    SchoolId,
    SubjectId,
    WorkTypeId,
    issued_id,
)

_SOURCE = "provider"
_GUID = re.compile(r"[A-Za-z0-9._@-]{1,64}")
"""Ids that stand in an address as they are; the CSV binding allows a slash besides (OneRoster 1.2 CSV, 2)."""


def guid(school: SchoolId, kind: str, name: str) -> str:
    """Return an id of ours as OneRoster can carry it: as it is, or one made from it where it has other characters."""
    return name if _GUID.fullmatch(name) else issued_id(school, _SOURCE, kind, name)


def year_guid(school: SchoolId, year: int) -> str:
    """Return the id of the session that is a whole school year."""
    return issued_id(school, _SOURCE, "schoolYear", str(year))


def term_guid(school: SchoolId, year: int, division: str) -> str:
    """Return the id of a school year as it is divided for some grades: the parent of those periods."""
    return issued_id(school, _SOURCE, "term", f"{year}|{division}")


def period_guid(school: SchoolId, period: PeriodId) -> str:
    """Return the id of a study period as a grading period."""
    return guid(school, "period", period)


def course_guid(school: SchoolId, subject: SubjectId | None, grade: int | None) -> str:
    """Return the id of a subject in a grade; without a subject that of the homerooms of the grade."""
    return issued_id(school, _SOURCE, "course", f"{subject or ''}|{grade or ''}")


def homeroom_guid(school: SchoolId, school_class: ClassId) -> str:
    """Return the id of a class as a homeroom."""
    return guid(school, "class", school_class)


def taught_guid(
    school: SchoolId,
    subject: SubjectId,
    *,
    year: int,
    school_class: ClassId | None = None,
    group: GroupId | None = None,
) -> str:
    """Return the id of a subject taught to a class or to a group, as a scheduled class."""
    return issued_id(school, _SOURCE, "class", f"{year}|{school_class or ''}|{group or ''}|{subject}")


def enrollment_guid(school: SchoolId, taught: str, user: str, role: str, since: str) -> str:
    """Return the id of a user's place in a class; ``since`` tells a second time from the first."""
    return issued_id(school, _SOURCE, "enrollment", f"{taught}|{user}|{role}|{since}")


def category_guid(school: SchoolId, own: WorkTypeId | None, kind: str) -> str:
    """Return the id of a kind of work as a category: the school's own one, or one that every school has."""
    return issued_id(school, _SOURCE, "category", kind) if own is None else guid(school, "workType", own)


def scale_guid(school: SchoolId, taught: str, scale: ScaleId) -> str:
    """Return the id of a scale as a class uses it."""
    return issued_id(school, _SOURCE, "scoreScale", f"{taught}|{scale}")


def work_guid(school: SchoolId, lesson: str, category: str) -> str:
    """Return the id of the work of a category at a lesson."""
    return issued_id(school, _SOURCE, "lineItem", f"{lesson}|{category}")


def final_item_guid(school: SchoolId, taught: str, period: PeriodId, stage: str) -> str:
    """Return the id of what final marks of a class are given for."""
    return issued_id(school, _SOURCE, "lineItem", f"{taught}|{period}|{stage}")


def assessment_guid(school: SchoolId, taught: str, period: PeriodId) -> str:
    """Return the id of an exam of a class."""
    return issued_id(school, _SOURCE, "assessmentLineItem", f"{taught}|{period}")


def mark_guid(school: SchoolId, mark: MarkId) -> str:
    """Return the id of a mark as a result."""
    return guid(school, "mark", mark)


def final_guid(school: SchoolId, mark: RecordId) -> str:
    """Return the id of a final mark as a result; its own may be that of another mark."""
    return issued_id(school, _SOURCE, "result", mark)
