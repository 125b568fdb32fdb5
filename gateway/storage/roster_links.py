"""Links between records of sources and ours in the database (port `gateway.ports.roster_links`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, select

from gateway.model.ids import SchoolId
from gateway.model.roster import RecordKind
from gateway.model.roster_link import Link, LinkState
from gateway.storage.bulk import put_rows
from gateway.storage.chunks import one_of
from gateway.storage.tables.roster_links import roster_link


class SqlLinks:
    """The links of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def all(self, *, source: str | None = None) -> Sequence[Link]:
        """Return every link, retired ones too; of one source, or of all."""
        link = roster_link.c
        statement = select(roster_link).where(link.school_id == self._school)
        if source is not None:
            statement = statement.where(link.source == source)
        return [_link(row) for row in self._connection.execute(statement).mappings().fetchall()]

    def of(self, kind: RecordKind, ids: Collection[str]) -> Sequence[Link]:
        """Return the links of records of ours, retired ones too."""
        link = roster_link.c
        statement = (
            select(roster_link)
            .where(link.school_id == self._school, link.kind == kind, one_of(self._connection, link.record_id, ids))
            .order_by(link.source, link.source_id, link.record_id)
        )
        return [_link(row) for row in self._connection.execute(statement).mappings()]

    def put(self, links: Iterable[Link]) -> None:
        """Keep links, each over the one with its source, kind, source id and our id.

        A record of a source means one of ours at a time: an active link retires every other of its source id.
        """
        wanted = {(one.source, one.kind, one.source_id, one.id): one for one in links}
        if not wanted:
            return
        replaced = list(self._active_beside(wanted.values()))
        put_rows(
            self._connection,
            roster_link,
            [self._row(replace(link, state=LinkState.RETIRED)) for link in replaced],
        )
        put_rows(self._connection, roster_link, [self._row(one) for one in wanted.values()])

    def remove(self, links: Iterable[Link]) -> None:
        """Forget links that never said anything of a source: those that an undone merge had made."""
        link = roster_link.c
        for one in links:
            self._connection.execute(
                delete(roster_link).where(
                    link.school_id == self._school,
                    link.source == one.source,
                    link.kind == one.kind,
                    link.source_id == one.source_id,
                    link.record_id == one.id,
                )
            )

    def _row(self, one: Link) -> dict[str, Any]:
        return {
            "school_id": self._school,
            "source": one.source,
            "kind": one.kind.value,
            "source_id": one.source_id,
            "record_id": one.id,
            "confidence": one.confidence,
            "rule": one.rule,
            "linked_at": one.linked_at,
            "linked_by": one.linked_by,
            "state": one.state.value,
        }

    def _active_beside(self, wanted: Collection[Link]) -> Iterator[Link]:
        """Yield the links in force that mean another record by a source id that is to mean one of these."""
        meant = {(one.source, one.kind, one.source_id): one.id for one in wanted if one.state is LinkState.ACTIVE}
        link = roster_link.c
        for source, kind in sorted({(source, kind) for source, kind, _ in meant}):
            statement = select(roster_link).where(
                link.school_id == self._school,
                link.source == source,
                link.kind == kind,
                link.state == LinkState.ACTIVE,
                one_of(self._connection, link.source_id, (one[2] for one in meant if one[:2] == (source, kind))),
            )
            for row in self._connection.execute(statement).mappings():
                if row["record_id"] != meant[source, kind, row["source_id"]]:
                    yield _link(row)


def _link(row: RowMapping) -> Link:
    return Link(
        source=row["source"],
        kind=RecordKind(row["kind"]),
        source_id=row["source_id"],
        id=row["record_id"],
        confidence=row["confidence"],
        rule=row["rule"],
        linked_at=row["linked_at"],
        linked_by=row["linked_by"],
        state=LinkState(row["state"]),
    )
