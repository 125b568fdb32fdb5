"""Absence is never deletion: a record that complete snapshots lack is missing, later suspended, later archived.

It comes back from every step by itself as soon as the source tells of it again (DESIGN part 5, roster plan).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from gateway.errors import Text
from gateway.model.roster import Key, RecordKind
from gateway.model.roster_source import Ladder

Place = tuple[RecordKind, Key]
"""Kind and key of a record."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence:
    """A record of ours that a source does not tell of any more.

    Attributes:
        source: which does not tell of it.
        kind: of the record.
        key: of the record.
        since: the school's day of the first complete snapshot without it.
        times: how many complete snapshots in a row lacked it.
        suspended_on: the day on which it was first found out of force; the way to the archive is counted from there.
    """

    source: str
    kind: RecordKind
    key: Key
    since: date
    times: int = 1
    suspended_on: date | None = None

    @property
    def place(self) -> Place:
        """Kind and key of the record."""
        return self.kind, self.key


class Fate(StrEnum):
    """What becomes of a missing record with this plan."""

    WAITS = "waits"
    LEAVES = "leaves"
    ARCHIVED = "archived"
    KEPT = "kept"


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """A missing record as a plan shows it. ``due`` is the day of its next step, ``None`` when it takes none."""

    kind: RecordKind
    key: Key
    since: date
    times: int
    fate: Fate
    due: date | None = None

    @property
    def reason(self) -> Text:
        """Why we believe that the source does not have it."""
        return Text(
            ru=f"Нет в доказанно полных снимках источника с {self.since:%d.%m.%Y}, подряд: {self.times}.",
            en=f"Not in the source's snapshots, proved complete, since {self.since.isoformat()}; in a row: "
            f"{self.times}.",
        )


def noted(
    book: Iterable[Absence], missed: Iterable[tuple[Place, bool]], *, source: str, today: date
) -> dict[Place, Absence]:
    """Return a source's absences after one more complete snapshot.

    Args:
        book: its absences so far.
        missed: the records that the snapshot lacks, each with whether it is in force.
        source: its name.
        today: the school's day.
    """
    known = {one.place: one for one in book}
    found: dict[Place, Absence] = {}
    for place, in_force in missed:
        before = known.get(place)
        kind, key = place
        absence = (
            Absence(source=source, kind=kind, key=key, since=today)
            if before is None
            else replace(before, times=before.times + 1)
        )
        suspended_on = None if in_force else absence.suspended_on or today
        found[place] = replace(absence, suspended_on=suspended_on)
    return found


def next_step(absence: Absence, ladder: Ladder) -> date:
    """Return the day of a missing record's next step: suspension, or the archive when it is suspended already."""
    if absence.suspended_on is None:
        return absence.since + timedelta(days=ladder.suspend_after)
    return absence.suspended_on + timedelta(days=ladder.archive_after)


def missing_to_json(missing: Iterable[Missing]) -> list[dict[str, Any]]:
    """Return missing records as JSON values."""
    return [
        {
            "kind": one.kind.value,
            "key": list(one.key),
            "since": one.since.isoformat(),
            "times": one.times,
            "fate": one.fate.value,
            "due": None if one.due is None else one.due.isoformat(),
        }
        for one in missing
    ]


def missing_from_json(items: Sequence[Mapping[str, Any]]) -> tuple[Missing, ...]:
    """Return the missing records that `missing_to_json` wrote."""
    return tuple(
        Missing(
            kind=RecordKind(item["kind"]),
            key=tuple(item["key"]),
            since=date.fromisoformat(item["since"]),
            times=item["times"],
            fate=Fate(item["fate"]),
            due=None if item["due"] is None else date.fromisoformat(item["due"]),
        )
        for item in items
    )
