"""Who is in which study group, turned round: a pupil's groups are found without looking at every group."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete

from gateway.model.ids import PupilId, SchoolId
from gateway.model.school import StudyGroup
from gateway.storage.bulk import add_rows
from gateway.storage.chunks import one_of
from gateway.storage.tables.school import group_member

ALWAYS = date.min
"""First day of a member without dates."""


def write_members(connection: Connection, school: SchoolId, groups: Sequence[StudyGroup]) -> None:
    """Write the members of groups, in place of those they had."""
    written = one_of(connection, group_member.c.group_id, [group.id for group in groups])
    connection.execute(delete(group_member).where(group_member.c.school_id == school, written))
    add_rows(connection, group_member, [row for group in groups for row in member_rows(school, group)])


def member_rows(school: SchoolId, group: StudyGroup) -> list[dict[str, Any]]:
    """Return the rows of one group's members; of two times that begin on one day the longer one counts."""
    times: dict[tuple[PupilId, date], date | None] = {(member, ALWAYS): None for member in group.members}
    for one in group.dated:
        place = (one.pupil, one.valid_from)
        held = times.get(place, one.valid_to)
        times[place] = None if held is None or one.valid_to is None else max(held, one.valid_to)
    return [
        {
            "school_id": school,
            "group_id": group.id,
            "pupil_id": pupil,
            "valid_from": valid_from,
            "valid_to": valid_to,
        }
        for (pupil, valid_from), valid_to in times.items()
    ]
