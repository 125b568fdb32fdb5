"""Which schools' OneRoster objects may be out of date: those that are given out at all and have changed since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from gateway.model.ids import SchoolId
from gateway.storage.provider import NEVER
from gateway.storage.tables.audit import audit_head
from gateway.storage.tables.provider import provider_state
from gateway.storage.tables.school import school


@dataclass(frozen=True, kw_only=True, slots=True)
class Stale:
    """A school whose objects may be out of date: up to which entry of its audit chain, and on which day there."""

    school: SchoolId
    sequence: int
    day: date


def is_given_out(connection: Connection) -> bool:
    """Tell whether anybody has ever asked for the objects of a school."""
    statement = select(provider_state.c.school_id).where(provider_state.c.sequence != NEVER).limit(1)
    return connection.execute(statement).first() is not None


def stale_schools(connection: Connection, now: datetime, *, rest: timedelta = timedelta()) -> Iterator[Stale]:
    """Yield the schools that somebody has asked for and that have changed, or begun a day, since they were made.

    What was made less than ``rest`` ago is left for a later look.
    """
    part, head = provider_state.c, audit_head.c
    statement = (
        select(part.school_id, school.c.zone, part.sequence, part.day, part.refreshed_at, head.sequence.label("newest"))
        .join_from(provider_state, school, school.c.school_id == part.school_id)
        .outerjoin(audit_head, head.school_id == part.school_id)
        .where(part.sequence != NEVER)
        .order_by(part.school_id)
    )
    found: dict[SchoolId, Stale] = {}
    for row in connection.execute(statement).mappings():
        if row["refreshed_at"] <= now < row["refreshed_at"] + rest:
            continue
        newest, today = row["newest"] or 0, now.astimezone(ZoneInfo(row["zone"])).date()
        if newest > row["sequence"] or row["day"] != today:
            name = SchoolId(row["school_id"])
            found[name] = Stale(school=name, sequence=newest, day=today)
    yield from found.values()
