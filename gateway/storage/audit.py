"""The audit chain in the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.model.audit import GENESIS, AuditEntry, AuditRecord, seal
from gateway.model.ids import SchoolId
from gateway.storage.tables.audit import audit_entry, audit_head


class SqlAuditLog:
    """The audit chain of one school; entries are only ever added."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def append(self, records: Iterable[AuditRecord]) -> None:
        """Seal the records onto the chain; the head's row stays locked until the transaction ends."""
        sequence, previous = self._locked_head()
        entries = tuple(seal(records, sequence=sequence, previous=previous))
        if not entries:
            return
        self._connection.execute(insert(audit_entry), [self._row(entry) for entry in entries])
        self._connection.execute(
            update(audit_head)
            .where(audit_head.c.school_id == self._school)
            .values(sequence=entries[-1].sequence, hash=entries[-1].hash)
        )

    def entries(self) -> Iterator[AuditEntry]:
        """Yield the chain from its beginning."""
        statement = select(audit_entry).where(audit_entry.c.school_id == self._school).order_by(audit_entry.c.sequence)
        # Closed also when the reader stops at the first fault: PostgreSQL keeps a cursor open for it.
        with self._connection.execute(statement.execution_options(yield_per=1000)) as result:
            for row in result.mappings():
                yield _entry(row)

    def head(self) -> tuple[int, str]:
        """Return number and hash of the last entry that was sealed; ``(0, GENESIS)`` before the first."""
        row = self._connection.execute(
            select(audit_head.c.sequence, audit_head.c.hash).where(audit_head.c.school_id == self._school)
        ).first()
        return (row.sequence, row.hash) if row else (0, GENESIS)

    def _locked_head(self) -> tuple[int, str]:
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        self._connection.execute(
            dialect.insert(audit_head).values(school_id=self._school, sequence=0, hash=GENESIS).on_conflict_do_nothing()
        )
        row = self._connection.execute(
            select(audit_head.c.sequence, audit_head.c.hash)
            .where(audit_head.c.school_id == self._school)
            .with_for_update()
        ).one()
        return row.sequence, row.hash

    def _row(self, entry: AuditEntry) -> dict[str, Any]:
        record = entry.record
        return {
            "school_id": self._school,
            "sequence": entry.sequence,
            "previous": entry.previous,
            "hash": entry.hash,
            "at": record.at,
            "actor": record.actor,
            "role": record.role,
            "channel": record.channel,
            "action": record.action,
            "object_kind": record.object_kind,
            "object_id": record.object_id,
            "old": record.old,
            "new": record.new,
            "reason": record.reason,
        }


def _entry(row: RowMapping) -> AuditEntry:
    record = AuditRecord(
        at=row["at"],
        actor=row["actor"],
        role=row["role"],
        channel=row["channel"],
        action=row["action"],
        object_kind=row["object_kind"],
        object_id=row["object_id"],
        old=row["old"],
        new=row["new"],
        reason=row["reason"],
    )
    return AuditEntry(sequence=row["sequence"], previous=row["previous"], hash=row["hash"], record=record)
