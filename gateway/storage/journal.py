"""The journal in the database: facts, and the batches that brought them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.model.ids import SchoolId
from gateway.model.journal import Batch
from gateway.model.journal_records import Record, RecordKind, Stored
from gateway.model.rules.reference import JournalReference
from gateway.ports.journal import Posting, PostingAnswer
from gateway.storage.journal_reference import read_reference
from gateway.storage.journal_rows import TABLES
from gateway.storage.tables.journal import journal_batch

_UNSETTLED = 0
"""Status of a batch between its claim and its answer; never committed."""


class SqlJournal:
    """The journal of one school and the batches posted to it."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school
        self._insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert

    def claim(self, posting: Posting) -> PostingAnswer | None:
        """Take the client's key for this posting, or return what the posting that has it was told.

        Of two transactions that claim one key at once, the second waits for the first to end.
        """
        claimed = self._connection.execute(
            self._insert(journal_batch)
            .values(
                school_id=self._school,
                idempotency_key=posting.idempotency_key,
                client_id=posting.client,
                digest=posting.digest,
                received_at=posting.received_at,
                answer_status=_UNSETTLED,
                answer={},
            )
            .on_conflict_do_nothing()
            .returning(journal_batch.c.digest)
        ).first()
        if claimed is not None:
            return None
        row = self._connection.execute(select(journal_batch).where(self._is(posting))).mappings().one()
        return PostingAnswer(digest=row["digest"], status=row["answer_status"], answer=row["answer"])

    def settle(self, posting: Posting, *, status: int, answer: Mapping[str, object]) -> None:
        """Keep what a claimed posting is told."""
        self._connection.execute(
            update(journal_batch).where(self._is(posting)).values(answer_status=status, answer=dict(answer))
        )

    def reference(self, batch: Batch) -> JournalReference | None:
        """Return what the rules have to know of the school for a batch, ``None`` if there is no such school.

        Until the transaction ends no other batch of the school gets past this point, so that what is returned stays
        true.
        """
        return read_reference(self._connection, self._school, batch)

    def put(self, kind: RecordKind, records: Sequence[Stored[Record]]) -> None:
        """Write records of one kind, each over the one with its key if there is one."""
        if not records:
            return
        home = TABLES[kind]
        statement = self._insert(home.table)
        key = [column.name for column in home.table.primary_key]
        statement = statement.on_conflict_do_update(
            index_elements=key,
            set_={column.name: column for column in statement.excluded if column.name not in key},
        )
        values: list[dict[str, Any]] = [home.write(stored.record) for stored in records]
        for row, stored in zip(values, records, strict=True):
            row["school_id"] = self._school
            if home.is_versioned:
                row["version"] = stored.version
        self._connection.execute(statement, values)

    def _is(self, posting: Posting) -> Any:
        return and_(
            journal_batch.c.school_id == self._school,
            journal_batch.c.idempotency_key == posting.idempotency_key,
            journal_batch.c.client_id == posting.client,
        )
