"""What a daily sync may do after a roll-over: it only adds, until the source speaks of the new year itself.

A registry goes on telling of last year's classes for days or weeks. Believed, it would put everybody back; so from the
roll-over on it only adds, and by itself is heard again once most of its open places are in classes of the new year.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from gateway.errors import Text
from gateway.model.roster import RosterSnapshot
from gateway.model.roster_source import Pause, SourceRules


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnedYear:
    """A roll-over that has been carried out: into which year, by which plan, until which day of it."""

    year: int
    plan: str
    last_day: date


def speaks_of(snapshot: RosterSnapshot, year: int) -> bool:
    """Tell whether most of a snapshot's open places in classes are of a school year, or of a later one."""
    of_year = {one.id for one in snapshot.classes if one.year >= year}
    open_places = [one for one in snapshot.enrollments if one.valid_to is None]
    return 2 * sum(one.school_class in of_year for one in open_places) > len(open_places)


def rested(
    rules: SourceRules, snapshot: RosterSnapshot, turned: TurnedYear | None, today: date
) -> tuple[SourceRules, RosterSnapshot]:
    """Return the rules and the snapshot as a roll-over leaves them: a source that still tells of last year only adds.

    Places in classes of last year are left out: whoever comes new is added without a place, and the next roll-over plan
    names them.
    """
    if turned is None or today > turned.last_day or not snapshot.enrollments or speaks_of(snapshot, turned.year):
        return rules, snapshot
    old = {one.id for one in snapshot.classes if one.year < turned.year}
    pause = Pause(first=date.min, last=turned.last_day, reason=f"year roll-over {turned.plan}")
    said = replace(
        snapshot,
        enrollments=tuple(one for one in snapshot.enrollments if one.school_class not in old),
        remarks=(*snapshot.remarks, _remark(turned.year)),
    )
    return replace(rules, pauses=(*rules.pauses, pause)), said


def _remark(year: int) -> Text:
    return Text(
        ru=f"Состав уже переведён на {year}/{(year + 1) % 100:02d} учебный год, а источник ещё говорит о прошлом: пока "
        "он только добавляет.",
        en=f"The roster is rolled over to school year {year}/{(year + 1) % 100:02d}, the source still speaks of the "
        "one before: until then it only adds.",
    )
