"""The audit chain in the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.model.audit import GENESIS, AuditEntry, AuditRecord, SealedTexts, SealForm, seal_texts
from gateway.model.ids import SchoolId
from gateway.model.journal_records import RecordKind
from gateway.model.record_shape import shape_of_kind
from gateway.storage.bulk import add_rows
from gateway.storage.sealing import NO_KEY, Place, Sealer
from gateway.storage.tables.audit import audit_entry, audit_head
from gateway.storage.tables.columns import JsonText

_PORTION = 5000
"""Entries written at once: what is in memory does not grow with the load of a school."""


class SqlAuditLog:
    """The audit chain of one school; entries are only ever added."""

    def __init__(self, connection: Connection, school: SchoolId, sealer: Sealer = NO_KEY) -> None:
        self._connection = connection
        self._school = school
        self._sealer = sealer

    def append(self, records: Iterable[AuditRecord]) -> None:
        """Seal the records onto the chain; the head's row stays locked until the transaction ends.

        What is kept encrypted in a record's own table is kept encrypted here (R-SEC-10).

        Raises:
            ConfigurationError: something has to be encrypted and there is no key.
        """
        sequence, previous = self._locked_head()
        sealed = seal_texts(map(self._without_clear_text, records), sequence=sequence, previous=previous)
        last = None
        while portion := list(islice(sealed, _PORTION)):
            add_rows(self._connection, audit_entry, [self._row(one) for one in portion])
            last = portion[-1].entry
        if last is not None:
            self._connection.execute(
                update(audit_head)
                .where(audit_head.c.school_id == self._school)
                .values(sequence=last.sequence, hash=last.hash)
            )

    def entries(self) -> Iterator[AuditEntry]:
        """Yield the chain from its beginning."""
        yield from self._entries()

    def changes(self, since: int, limit: int) -> Sequence[AuditEntry]:
        """Return the entries after entry ``since``, oldest first, ``limit`` at most."""
        statement = (
            select(audit_entry)
            .where(audit_entry.c.school_id == self._school, audit_entry.c.sequence > since)
            .order_by(audit_entry.c.sequence)
            .limit(limit)
        )
        return [entry_of(row) for row in self._connection.execute(statement).mappings()]

    def by_actor(self, actor: str, start: datetime, end: datetime) -> Iterator[AuditEntry]:
        """Yield what somebody did from a moment on until before another, oldest first (R-AUD-08)."""
        at = audit_entry.c.at
        yield from self._entries(audit_entry.c.actor == actor, at >= start, at < end)

    def head(self) -> tuple[int, str]:
        """Return number and hash of the last entry that was sealed; ``(0, GENESIS)`` before the first."""
        row = self._connection.execute(
            select(audit_head.c.sequence, audit_head.c.hash).where(audit_head.c.school_id == self._school)
        ).first()
        return (row.sequence, row.hash) if row else (0, GENESIS)

    def _entries(self, *conditions: ColumnElement[bool]) -> Iterator[AuditEntry]:
        statement = (
            select(audit_entry)
            .where(audit_entry.c.school_id == self._school, *conditions)
            .order_by(audit_entry.c.sequence)
        )
        # Closed also when the reader stops at the first fault: PostgreSQL keeps a cursor open for it.
        with self._connection.execute(statement.execution_options(yield_per=1000)) as result:
            for row in result.mappings():
                yield entry_of(row)

    def _without_clear_text(self, record: AuditRecord) -> AuditRecord:
        labels = _SEALED.get(record.object_kind)
        if labels is None:
            return record
        return replace(
            record, old=self._sealed(record, record.old, labels), new=self._sealed(record, record.new, labels)
        )

    def _sealed(
        self, record: AuditRecord, content: Mapping[str, object] | None, labels: Sequence[str]
    ) -> Mapping[str, object] | None:
        if content is None:
            return None
        key = (record.object_kind, record.object_id)
        sealed = {
            label: self._sealer.seal(
                str(content[label]), Place(school=self._school, table=audit_entry.name, key=key, column=label)
            )
            for label in labels
            if label in content
        }
        return {**content, **sealed}

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

    def _row(self, sealed: SealedTexts) -> dict[str, Any]:
        entry, record = sealed.entry, sealed.entry.record
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
            "old": None if record.old is None else JsonText(sealed.old),
            "new": None if record.new is None else JsonText(sealed.new),
            "reason": record.reason,
            "source": record.source,
            "client": record.client,
            "seal": int(SealForm.WITH_SOURCE),
        }


def entry_of(row: RowMapping) -> AuditEntry:
    """Return an entry of the chain as it was sealed."""
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
        source=row["source"],
        client=row["client"],
    )
    return AuditEntry(
        sequence=row["sequence"],
        previous=row["previous"],
        hash=row["hash"],
        record=record,
        form=_FORMS.get(row["seal"]),
    )


_FORMS = {int(form): form for form in SealForm}


_SEALED: Mapping[str, tuple[str, ...]] = {
    kind.one: labels
    for kind in RecordKind
    if (labels := tuple(field.label for field in shape_of_kind(kind).fields if field.sealed))
}
"""Names outside of what is kept encrypted, by kind of record."""
