"""The log of reads of personal data in the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.model.audit import PupilView
from gateway.model.ids import PupilId, SchoolId
from gateway.storage.tables.audit import view_entry


class SqlViewLog:
    """Who looked at which pupil of one school (R-PAR-14, R-AUD-06); entries are only ever added."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def add(self, views: Iterable[PupilView]) -> None:
        """Keep looks at pupils' data; a look with an id that is there already is the same look."""
        rows = [self._row(view) for view in views]
        if rows:
            dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
            self._connection.execute(dialect.insert(view_entry).on_conflict_do_nothing(), rows)

    def of_pupil(self, pupil: PupilId, start: datetime, end: datetime) -> Iterator[PupilView]:
        """Yield who looked at a pupil's data from a moment on until before another, oldest first."""
        yield from self._between(view_entry.c.pupil_id == pupil, start, end)

    def by_actor(self, actor: str, start: datetime, end: datetime) -> Iterator[PupilView]:
        """Yield at whom somebody looked from a moment on until before another, oldest first."""
        yield from self._between(view_entry.c.actor == actor, start, end)

    def _between(self, condition: ColumnElement[bool], start: datetime, end: datetime) -> Iterator[PupilView]:
        at = view_entry.c.at
        statement = (
            select(view_entry)
            .where(view_entry.c.school_id == self._school, condition, at >= start, at < end)
            .order_by(at, view_entry.c.id)
        )
        with self._connection.execute(statement.execution_options(yield_per=1000)) as result:
            for row in result.mappings():
                yield view_of(row)

    def _row(self, view: PupilView) -> dict[str, Any]:
        return {
            "school_id": self._school,
            "id": view.id,
            "at": view.at,
            "actor": view.actor,
            "role": view.role,
            "source": view.source,
            "client": view.client,
            "pupil_id": view.pupil,
            "what": view.what,
            "detail": view.detail,
        }


def view_of(row: RowMapping) -> PupilView:
    """Return a look as it was kept."""
    return PupilView(
        id=row["id"],
        at=row["at"],
        actor=row["actor"],
        role=row["role"],
        pupil=PupilId(row["pupil_id"]),
        what=row["what"],
        detail=row["detail"],
        source=row["source"],
        client=row["client"],
    )
