"""Records made one, in the database (port `gateway.ports.roster_links`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from gateway.model.ids import SchoolId
from gateway.model.person_merge import Collision, Merge, MovedRow
from gateway.model.roster import RecordKind
from gateway.model.roster_change import changes_from_json, changes_to_json
from gateway.storage.merge_clashes import JournalFacts, clashes
from gateway.storage.repointing import Repointing
from gateway.storage.tables.roster_links import roster_merge


class SqlMerges:
    """The merges of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def aliases(self) -> Mapping[str, str]:
        """Return the ids of absorbed records and those of the ones that stand for them."""
        merge = roster_merge.c
        statement = select(merge.absorbed_id, merge.kept_id).where(
            merge.school_id == self._school, merge.undone_at.is_(None)
        )
        return {row.absorbed_id: row.kept_id for row in self._connection.execute(statement)}

    def all(self) -> Sequence[Merge]:
        """Return the merges without the rows they moved, newest first."""
        merge = roster_merge.c
        plain = [column for column in roster_merge.columns if column.name not in {"moved", "changes"}]
        statement = (
            select(*plain).where(merge.school_id == self._school).order_by(merge.merged_at.desc(), merge.id.desc())
        )
        return [_merge(row) for row in self._connection.execute(statement).mappings()]

    def get(self, merge: str) -> Merge | None:
        """Return one merge with everything it moved."""
        statement = select(roster_merge).where(roster_merge.c.school_id == self._school, roster_merge.c.id == merge)
        row = self._connection.execute(statement).mappings().first()
        return _merge(row) if row else None

    def keep(self, merge: Merge) -> None:
        """Keep a merge."""
        self._connection.execute(
            insert(roster_merge).values(
                school_id=self._school,
                id=merge.id,
                kind=merge.kind.value,
                kept_id=merge.kept,
                absorbed_id=merge.absorbed,
                merged_at=merge.merged_at,
                merged_by=merge.merged_by,
                reason=merge.reason,
                changes=changes_to_json(merge.changes),
                moved=[
                    {"table": row.table, "key": list(row.key), "before": dict(row.before), "after": dict(row.after)}
                    for row in merge.moved
                ],
                undone_at=merge.undone_at,
                undone_by=merge.undone_by,
            )
        )

    def undone(self, merge: str, *, by: str, at: datetime) -> None:
        """Keep that a merge was undone."""
        self._connection.execute(
            update(roster_merge)
            .where(roster_merge.c.school_id == self._school, roster_merge.c.id == merge)
            .values(undone_by=by, undone_at=at)
        )

    def collisions(self, kind: RecordKind, kept: str, absorbed: str) -> Sequence[Collision]:
        """Return the rows of the absorbed record that contradict one of the kept record."""
        repointing = Repointing(self._connection, self._school)
        facts = JournalFacts(self._connection, self._school)
        return [
            *repointing.taken(kind, old=absorbed, new=kept),
            *clashes(facts, kind, kept=kept, absorbed=absorbed),
        ]

    def naming(self, kind: RecordKind, id_: str) -> Mapping[str, int]:
        """Return how many rows name a record, by table."""
        return Repointing(self._connection, self._school).naming(kind, id_)

    def repoint(self, kind: RecordKind, old: str, new: str) -> Sequence[MovedRow]:
        """Let every row that names one record name the other; return the rows as they were and as they are."""
        return Repointing(self._connection, self._school).repoint(kind, old=old, new=new)

    def give_back(self, moved: Sequence[MovedRow]) -> Sequence[MovedRow]:
        """Write moved rows as they were; return those that were changed since, and then write none."""
        return Repointing(self._connection, self._school).give_back(moved)


def _merge(row: RowMapping) -> Merge:
    return Merge(
        id=row["id"],
        kind=RecordKind(row["kind"]),
        kept=row["kept_id"],
        absorbed=row["absorbed_id"],
        merged_at=row["merged_at"],
        merged_by=row["merged_by"],
        reason=row["reason"],
        changes=changes_from_json(row.get("changes", ())),
        moved=tuple(_moved(item) for item in row.get("moved", ())),
        undone_at=row["undone_at"],
        undone_by=row["undone_by"],
    )


def _moved(item: Mapping[str, Any]) -> MovedRow:
    return MovedRow(table=item["table"], key=tuple(item["key"]), before=item["before"], after=item["after"])
