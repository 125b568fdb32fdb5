"""Two records of ours that are one person: what is written to make them one, and how to take it back to the letter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.model.people import Status
from gateway.model.roster import Fields, Key, RecordKind
from gateway.model.roster_change import Action, Change, RowChange
from gateway.model.roster_locks import NO_LOCKS, Locks

MERGED_KINDS = (RecordKind.PUPIL, RecordKind.GUARDIAN, RecordKind.STAFF)
"""Kinds of record that may turn out to be one person."""

_FILLED = ("patronymic", "snils", "phone", "email", "portal_user")
"""Fields that the record which stays takes from the other one where it has nothing itself."""


class Clash(StrEnum):
    """Why two records cannot be made one before somebody has mended the journal."""

    ONE_KEY = "one_key"
    TWO_MARKS = "two_marks"
    TWO_FINAL_MARKS = "two_final_marks"
    MARK_AND_ABSENCE = "mark_and_absence"
    TWO_CLASSES = "two_classes"
    TWO_ACCOUNTS = "two_accounts"


@dataclass(frozen=True, kw_only=True, slots=True)
class Collision:
    """A row of the absorbed record, by table and key, that contradicts one of the kept record."""

    table: str
    key: Key
    clash: Clash


@dataclass(frozen=True, kw_only=True, slots=True)
class MovedRow:
    """A row that was written: its table, its key now, and the columns that changed, before and after."""

    table: str
    key: Key
    before: Mapping[str, Any] = field(repr=False)
    after: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Merge:
    """What was done to make two records one.

    Attributes:
        id: of the merge.
        kind: pupil, guardian or member of staff.
        kept: id of the record that stays.
        absorbed: id of the one that went: archived, never deleted, and known by its id as the other from then on.
        merged_at: when.
        merged_by: who.
        reason: why.
        changes: of the two records themselves.
        moved: rows that name the kept record now.
        undone_at: when it was undone, ``None`` while it stands.
        undone_by: by whom.
    """

    id: str
    kind: RecordKind
    kept: str
    absorbed: str
    merged_at: datetime
    merged_by: str
    reason: str
    changes: tuple[Change, ...] = field(default=(), repr=False)
    moved: tuple[MovedRow, ...] = field(default=(), repr=False)
    undone_at: datetime | None = None
    undone_by: str | None = None

    @property
    def rule(self) -> str:
        """Rule of the links that the merge made."""
        return f"merge {self.id}"


def merging(
    kind: RecordKind, held: Mapping[Key, Fields], *, kept: str, absorbed: str, locks: Locks = NO_LOCKS
) -> tuple[Change, ...]:
    """Return the changes of the two records themselves: one archived, the other given what it lacks.

    A value that the school has locked on the one that goes is its word on the one that stays too, unless it has locked
    the field there as well.
    """
    kept_fields, absorbed_fields = held[kept,], held[absorbed,]
    status = absorbed_fields["status"]
    archived = RowChange(kind=kind, key=(absorbed,), old={"status": status}, new={"status": Status.ARCHIVED.value})
    set_there, set_here = locks.on(kind, (kept,)), locks.on(kind, (absorbed,))
    lacking = {name for name in _FILLED if not kept_fields.get(name) and absorbed_fields.get(name)}
    taken = [
        name
        for name in kept_fields
        if name in (lacking | set_here) - set_there and kept_fields[name] != absorbed_fields[name]
    ]
    filled = RowChange(
        kind=kind,
        key=(kept,),
        old={name: kept_fields[name] for name in taken},
        new={name: absorbed_fields[name] for name in taken},
    )
    rows = ([archived] if status != Status.ARCHIVED else []) + ([filled] if taken else [])
    return tuple(Change(action=Action.UPDATE, rows=(row,)) for row in rows)


def naming(changes: Iterable[Change], merges: Iterable[Merge]) -> tuple[RowChange, ...]:
    """Return the rows of changes that are of a record made one with another, or that name one."""
    made_one = {id_ for one in merges if one.undone_at is None for id_ in (one.kept, one.absorbed)}
    return tuple(
        row
        for change in changes
        for row in change.rows
        if not made_one.isdisjoint((*row.key, *(row.old or {}).values(), *row.new.values()))
    )


def taken_back(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return the changes that undo changes."""
    return tuple(
        Change(
            action=change.action,
            rows=tuple(RowChange(kind=row.kind, key=row.key, old=row.new, new=row.old or {}) for row in change.rows),
        )
        for change in changes
    )


def resolved(aliases: Mapping[str, str], id_: str) -> str:
    """Return the id that a record is known by after all merges: a chain of them is followed to its end."""
    seen = {id_}
    while (after := aliases.get(id_)) is not None and after not in seen:
        seen.add(after)
        id_ = after
    return id_
