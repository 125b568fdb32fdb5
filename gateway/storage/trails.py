"""Searching the audit chain and the log of looks (port `gateway.ports.trails`): bounded pages, newest first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Column, ColumnElement, Connection, and_, false, func, or_, select

from gateway.model.audit import GENESIS, AuditEntry, PupilView
from gateway.model.ids import SchoolId
from gateway.ports.trails import AuditSearch, Place, Span, ViewSearch
from gateway.storage.audit import entry_of
from gateway.storage.chunks import CHUNK
from gateway.storage.tables.audit import audit_entry, audit_head, view_entry
from gateway.storage.views import view_of

_LATE = timedelta(hours=6)
"""Longest that an entry is sealed after the moment it tells: long batches take their moment at their beginning."""

_NEWEST = 10_000
"""Entries whose actions are offered to choose from."""


class SqlAuditBrowser:
    """The audit chain of one school, as people look for something in it."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def page(self, search: AuditSearch, *, before: int | None, limit: int) -> Sequence[AuditEntry]:
        """Return the newest entries wanted, of those before a number, newest first."""
        conditions = [audit_entry.c.school_id == self._school, *_wanted(search), *self._numbers(search.span)]
        if before is not None:
            conditions.append(audit_entry.c.sequence < before)
        statement = select(audit_entry).where(*conditions).order_by(audit_entry.c.sequence.desc()).limit(limit)
        return [entry_of(row) for row in self._connection.execute(statement).mappings()]

    def entry(self, sequence: int) -> AuditEntry | None:
        """Return the entry with a number."""
        statement = select(audit_entry).where(
            audit_entry.c.school_id == self._school, audit_entry.c.sequence == sequence
        )
        row = self._connection.execute(statement).mappings().first()
        return entry_of(row) if row else None

    def actions(self) -> Sequence[str]:
        """Return the actions that the newest entries tell of, by name."""
        newest = (
            select(audit_entry.c.action)
            .where(audit_entry.c.school_id == self._school)
            .order_by(audit_entry.c.sequence.desc())
            .limit(_NEWEST)
            .subquery()
        )
        return self._connection.execute(select(newest.c.action).distinct().order_by(newest.c.action)).scalars().all()

    def extent(self) -> tuple[tuple[int, str], int]:
        """Return number and hash of the head, and the highest number there is: one statement, so one moment."""
        last = select(func.max(audit_entry.c.sequence)).where(audit_entry.c.school_id == self._school).scalar_subquery()
        row = self._connection.execute(
            select(audit_head.c.sequence, audit_head.c.hash, last.label("last")).where(
                audit_head.c.school_id == self._school
            )
        ).first()
        return ((row.sequence, row.hash), row.last or 0) if row else ((0, GENESIS), 0)

    def _numbers(self, span: Span) -> Iterator[ColumnElement[bool]]:
        """Bound the numbers by the days asked for: the chain grows with time, and its moments have no index."""
        if span.start is not None:
            yield audit_entry.c.sequence >= self._first_since(span.start - _LATE)
        if span.end is not None:
            yield audit_entry.c.sequence <= self._first_since(span.end + _LATE)

    def _first_since(self, moment: datetime) -> int:
        """Return the number of an entry of a moment or later that follows one of an earlier moment, by halving."""
        low, high = 1, self.extent()[1] + 1
        while low < high:
            middle = (low + high) // 2
            found = self._connection.execute(
                select(audit_entry.c.sequence, audit_entry.c.at)
                .where(audit_entry.c.school_id == self._school, audit_entry.c.sequence >= middle)
                .order_by(audit_entry.c.sequence)
                .limit(1)
            ).first()
            if found is None or found.at >= moment:
                high = middle
            else:
                low = middle + 1
        return low


class SqlViewBrowser:
    """The log of looks of one school, as people look for something in it."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def page(self, search: ViewSearch, *, before: Place | None, limit: int) -> Sequence[PupilView]:
        """Return the newest looks wanted, of those before a place, newest first."""
        at, known = view_entry.c.at, view_entry.c.id
        conditions = [view_entry.c.school_id == self._school, *_between(at, search.span)]
        conditions += [*_among(view_entry.c.actor, search.actors), *_among(view_entry.c.pupil_id, search.pupils)]
        if search.what:
            conditions.append(view_entry.c.what == search.what)
        if before is not None:
            conditions.append(or_(at < before[0], and_(at == before[0], known < before[1])))
        statement = select(view_entry).where(*conditions).order_by(at.desc(), known.desc()).limit(limit)
        return [view_of(row) for row in self._connection.execute(statement).mappings()]


def _wanted(search: AuditSearch) -> Iterator[ColumnElement[bool]]:
    for column, value in (
        (audit_entry.c.object_kind, search.object_kind),
        (audit_entry.c.object_id, search.object_id),
        (audit_entry.c.action, search.action),
    ):
        if value:
            yield column == value
    yield from _among(audit_entry.c.actor, search.actors)
    yield from _between(audit_entry.c.at, search.span)


def _between(at: Column[datetime], span: Span) -> Iterator[ColumnElement[bool]]:
    if span.start is not None:
        yield at >= span.start
    if span.end is not None:
        yield at < span.end


def _among(column: Column[str], values: Collection[str] | None) -> Iterator[ColumnElement[bool]]:
    if values is not None:
        yield column.in_(sorted(values)[:CHUNK]) if values else false()
