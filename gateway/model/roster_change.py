"""What a plan does to the roster: changes, each made of one or more rows with old and new values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gateway.model.roster import Fields, Key, RecordKind, RosterState


class Action(StrEnum):
    """What happens to a record; ``end`` gives a place or a guardianship a last day, or an earlier one, to come."""

    CREATE = "create"
    UPDATE = "update"
    DEACTIVATE = "deactivate"
    REACTIVATE = "reactivate"
    TRANSFER = "transfer"
    END = "end"
    ARCHIVE = "archive"


ENDING = frozenset({Action.DEACTIVATE, Action.END})
"""What takes a record out of force, now or on a day that is set."""

LEAVING = ENDING | {Action.ARCHIVE}
"""What takes a record away from those who work with it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RowChange:
    """One row from old to new. ``old`` is ``None`` for a new row, otherwise both hold only the fields that differ."""

    kind: RecordKind
    key: Key
    old: Fields | None = field(repr=False)
    new: Fields = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One thing a person can agree to. The first row is the record meant; a transfer has the rows it closes besides."""

    action: Action
    rows: tuple[RowChange, ...]

    @property
    def kind(self) -> RecordKind:
        """Kind of the record meant."""
        return self.rows[0].kind

    @property
    def key(self) -> Key:
        """Key of the record meant."""
        return self.rows[0].key


def applied(state: RosterState, changes: Iterable[Change]) -> RosterState:
    """Return the state as it is once the changes are made."""
    rows = {kind: dict(state.of(kind)) for kind in RecordKind}
    for change in changes:
        for row in change.rows:
            held = rows[row.kind].get(row.key)
            rows[row.kind][row.key] = row.new if held is None else {**held, **row.new}
    return RosterState(rows=rows)


def outdated(state: RosterState, changes: Iterable[Change]) -> tuple[RowChange, ...]:
    """Return the rows whose old values are no longer what is held: what was shown would not be what is done."""
    return tuple(row for change in changes for row in change.rows if not _still_holds(state, row))


def changes_to_json(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Return the changes as JSON values."""
    return [change_to_json(change) for change in changes]


def change_to_json(change: Change) -> dict[str, Any]:
    """Return one change as a JSON value."""
    return {
        "action": change.action.value,
        "rows": [
            {
                "kind": row.kind.value,
                "key": list(row.key),
                "old": None if row.old is None else dict(row.old),
                "new": dict(row.new),
            }
            for row in change.rows
        ],
    }


def changes_from_json(items: Sequence[Mapping[str, Any]]) -> tuple[Change, ...]:
    """Return the changes that `changes_to_json` wrote."""
    return tuple(
        Change(
            action=Action(item["action"]),
            rows=tuple(
                RowChange(kind=RecordKind(row["kind"]), key=tuple(row["key"]), old=row["old"], new=row["new"])
                for row in item["rows"]
            ),
        )
        for item in items
    )


def _still_holds(state: RosterState, row: RowChange) -> bool:
    held = state.of(row.kind).get(row.key)
    if held is None or row.old is None:
        return held is None and row.old is None
    return all(held[name] == value for name, value in row.old.items())
