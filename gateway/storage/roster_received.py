"""Records as they came from their sources, sealed, the newest form of each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from gateway.model.ids import SchoolId
from gateway.model.roster import Fields, Key, RecordKind
from gateway.model.roster_received import KeptRecord, ReceivedAs
from gateway.model.roster_revert import REFERENCES
from gateway.storage.bulk import add_rows, put_rows
from gateway.storage.chunks import one_of
from gateway.storage.sealing import Place, Sealer
from gateway.storage.tables.roster_links import roster_link
from gateway.storage.tables.roster_runs import roster_received

_PORTION = 5000
"""Records sealed and written at once: what is in memory does not grow with the school."""

_written = json.JSONEncoder(ensure_ascii=False, default=dict).encode


class SqlReceived:
    """The records of one school's sources as they came."""

    def __init__(self, connection: Connection, school: SchoolId, sealer: Sealer) -> None:
        self._connection = connection
        self._school = school
        self._sealer = sealer

    def put(self, source: str, records: Iterable[KeptRecord], *, at: datetime) -> int:
        """Keep those that are not kept in this form already; return how many were written.

        Without a key to seal with nothing is kept.
        """
        if self._sealer.newest is None:
            return 0
        written = 0
        coming = iter(records)
        while portion := list(islice(coming, _PORTION)):
            written += self._put(source, portion, at)
        return written

    def of(self, kind: RecordKind, key: Key, stored: Fields) -> Sequence[ReceivedAs]:
        """Return what each source last said of a record of ours, by the links of the record or of its ends."""
        table = roster_received.c
        names = self._names(kind, key, stored)
        statement = (
            select(roster_received)
            .where(
                table.school_id == self._school,
                table.kind == kind,
                one_of(self._connection, table.source_id, (source_id for _, source_id in names)),
            )
            .order_by(table.source, table.source_id)
        )
        found = self._connection.execute(statement).mappings()
        return [self._received(row) for row in found if (row["source"], row["source_id"]) in names]

    def reseal(self) -> int:
        """Seal with the newest key what an older one sealed; return how many records were written."""
        statement = select(roster_received).where(roster_received.c.school_id == self._school)
        written = 0
        with self._connection.execute(statement.execution_options(yield_per=_PORTION)) as found:
            for some in found.mappings().partitions():
                rows = [self._resealed(row) for row in some if not self._sealer.is_newest(row["content"])]
                put_rows(self._connection, roster_received, rows)
                written += len(rows)
        return written

    def _resealed(self, row: RowMapping) -> dict[str, Any]:
        place = self._place(row["source"], RecordKind(row["kind"]), row["source_id"])
        return {**row, "content": self._sealer.seal(self._sealer.open(row["content"], place), place)}

    def _names(self, kind: RecordKind, key: Key, stored: Fields) -> set[tuple[str, str]]:
        """Return how the sources call a record: relations after their ends, and the first day of an enrolment."""
        if kind not in REFERENCES or kind is RecordKind.CLASS:
            return self._links(kind, key[0])
        ends = [self._links(end, str(stored[name])) for name, end in REFERENCES[kind]]
        day = f"/{stored['valid_from']}" if kind is RecordKind.ENROLLMENT else ""
        first, second = ends
        return {(source, f"{one}/{other}{day}") for source, one in first for its, other in second if its == source}

    def _links(self, kind: RecordKind, record: str) -> set[tuple[str, str]]:
        link = roster_link.c
        statement = select(link.source, link.source_id).where(
            link.school_id == self._school, link.kind == kind, link.record_id == record
        )
        return {(row.source, row.source_id) for row in self._connection.execute(statement)}

    def _put(self, source: str, portion: Sequence[KeptRecord], at: datetime) -> int:
        held = dict(self._digests(source, portion))
        by_place = {(one.kind, one.source_id): one for one in portion}
        rows = [
            {
                "school_id": self._school,
                "source": source,
                "kind": one.kind,
                "source_id": one.source_id,
                "digest": digest,
                "received_at": at,
                "content": self._sealed(source, one),
            }
            for place, one in by_place.items()
            if (digest := one.digest()) != held.get(place)
        ]
        known = [row for row in rows if (row["kind"], row["source_id"]) in held]
        add_rows(
            self._connection, roster_received, [row for row in rows if (row["kind"], row["source_id"]) not in held]
        )
        put_rows(self._connection, roster_received, known)
        return len(rows)

    def _digests(self, source: str, portion: Sequence[KeptRecord]) -> Iterator[tuple[tuple[RecordKind, str], str]]:
        table = roster_received.c
        for kind in sorted({one.kind for one in portion}):
            ids = (one.source_id for one in portion if one.kind is kind)
            statement = select(table.source_id, table.digest).where(
                table.school_id == self._school,
                table.source == source,
                table.kind == kind,
                one_of(self._connection, table.source_id, ids),
            )
            yield from (
                ((kind, source_id), digest) for source_id, digest in self._connection.execute(statement).fetchall()
            )

    def _sealed(self, source: str, one: KeptRecord) -> str:
        content = _written({"raw": one.raw, "mapped": one.mapped})
        return self._sealer.seal(content, self._place(source, one.kind, one.source_id))

    def _received(self, row: RowMapping) -> ReceivedAs:
        kind = RecordKind(row["kind"])
        content = json.loads(self._sealer.open(row["content"], self._place(row["source"], kind, row["source_id"])))
        return ReceivedAs(
            source=row["source"],
            kind=kind,
            source_id=row["source_id"],
            received_at=row["received_at"],
            raw=content["raw"],
            mapped=content["mapped"],
        )

    def _place(self, source: str, kind: RecordKind, source_id: str) -> Place:
        key = (source, kind.value, source_id)
        return Place(school=self._school, table=roster_received.name, key=key, column="content")
