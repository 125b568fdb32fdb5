"""The journal in the database: facts, and the batches that brought them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, and_, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.model.batch import Batch
from gateway.model.ids import SchoolId
from gateway.model.journal_records import Record, RecordKind, Stored
from gateway.model.rules.reference import JournalReference
from gateway.model.school import StudyGroup
from gateway.model.standing_ids import with_standing_ids
from gateway.ports.journal import Posting, PostingAnswer
from gateway.storage.bulk import WriteRows, add_rows, put_rows
from gateway.storage.group_members import write_members
from gateway.storage.journal_reference import read_reference
from gateway.storage.journal_rows import TABLES
from gateway.storage.roster_merges import SqlMerges
from gateway.storage.sealing import NO_KEY, Sealer
from gateway.storage.stored_rows import StoredRows
from gateway.storage.tables.journal import journal_batch
from gateway.storage.tables.school import school

_UNSETTLED = 0
"""Status of a batch between its claim and its answer; never committed."""


class SqlJournal:
    """The journal of one school and the batches posted to it."""

    def __init__(self, connection: Connection, school: SchoolId, sealer: Sealer = NO_KEY) -> None:
        self._connection = connection
        self._school = school
        self._rows = StoredRows(school=school, sealer=sealer)
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

    def forget(self, *, before: datetime) -> int:
        """Remove the postings received before a moment, with what they were told; return how many there were."""
        gone = self._connection.execute(
            delete(journal_batch).where(journal_batch.c.school_id == self._school, journal_batch.c.received_at < before)
        )
        return gone.rowcount

    def settle(self, posting: Posting, *, status: int, answer: Mapping[str, object]) -> None:
        """Keep what a claimed posting is told."""
        self._connection.execute(
            update(journal_batch).where(self._is(posting)).values(answer_status=status, answer=dict(answer))
        )

    def standing(self, batch: Batch) -> Batch:
        """Return a batch with the ids of those who stand for people made one with others.

        Until the transaction ends no two records of the school are made one: the school's row is locked.
        """
        self._connection.execute(select(school.c.school_id).where(school.c.school_id == self._school).with_for_update())
        return with_standing_ids(batch, SqlMerges(self._connection, self._school).aliases())

    def reference(self, batch: Batch) -> JournalReference | None:
        """Return what the rules have to know of the school for a batch, ``None`` if there is no such school.

        Until the transaction ends no other batch of the school gets past this point, so that what is returned stays
        true.
        """
        return read_reference(self._connection, self._rows, batch)

    def add(self, kind: RecordKind, records: Sequence[Stored[Record]]) -> None:
        """Write records of one kind that are not there yet: faster than `put` where they are many.

        Raises:
            ConfigurationError: something in them has to be sealed and there is no key.
        """
        self._write(add_rows, kind, records)

    def put(self, kind: RecordKind, records: Sequence[Stored[Record]]) -> None:
        """Write records of one kind, each over the one with its key if there is one; no key twice.

        Raises:
            ConfigurationError: something in them has to be sealed and there is no key.
        """
        self._write(put_rows, kind, records)

    def _write(self, write: WriteRows, kind: RecordKind, records: Sequence[Stored[Record]]) -> None:
        if not records:
            return
        write(self._connection, TABLES[kind].table, self._rows.write(kind, records))
        if kind is RecordKind.GROUPS:
            groups = [cast("StudyGroup", stored.record) for stored in records]
            write_members(self._connection, self._school, groups)

    def _is(self, posting: Posting) -> Any:
        return and_(
            journal_batch.c.school_id == self._school,
            journal_batch.c.idempotency_key == posting.idempotency_key,
            journal_batch.c.client_id == posting.client,
        )
