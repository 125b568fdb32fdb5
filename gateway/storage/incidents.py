"""Breaches of access and their consequences in the database (port `gateway.ports.incidents.Incidents`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, RowMapping, Select, and_, func, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

import outbox
from gateway.model.audit import AuditEntry
from gateway.model.ids import ClassId, PeriodId, SchoolId
from gateway.model.incident import AUTHOR_FIELD, ENTRIES, Effect, EffectKind, MadeDocument
from gateway.model.journal_records import RecordKind
from gateway.model.record_history import REKEY
from gateway.ports.incidents import QueuedEvent, QueuedPackage
from gateway.storage.audit import entry_of
from gateway.storage.tables.access import api_client, console_user
from gateway.storage.tables.audit import audit_entry
from gateway.storage.tables.documents import archive_entry, export_package
from gateway.storage.tables.incidents import incident_effect
from gateway.storage.tables.people import staff
from gateway.storage.tables.records import RECORD_TABLES
from outbox import MessageId, NotAllowedError, UnknownMessageError

_CHUNK = 500
_PAGE = 500

_AT_LESSONS = (RecordKind.ABSENCES, RecordKind.MARKS, RecordKind.HOMEWORK)
_LESSON_FIELD = "lesson"

T = TypeVar("T")


class SqlIncidents:
    """Breaches of access of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school
        self._insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert

    def knows(self, account: str) -> bool:
        """Tell whether somebody is known by this name: a login, an API client or a member of staff."""
        homes = (console_user.c.login, console_user.c.staff_id, api_client.c.client_id, staff.c.id)
        return any(self._connection.execute(self._of_name(column, account)).first() for column in homes)

    def _of_name(self, column: Column[Any], name: str) -> Select[Any]:
        return select(column).where(column.table.c.school_id == self._school, column == name).limit(1)

    def names_of(self, account: str) -> frozenset[str]:
        """Return all names of the person whose access it is: login, client, member of staff."""
        users = select(console_user.c.login, console_user.c.staff_id).where(
            console_user.c.school_id == self._school,
            or_(console_user.c.login == account, console_user.c.staff_id == account),
        )
        found = {name for row in self._connection.execute(users) for name in row if name}
        return frozenset(found | {account})

    def block(self, names: Collection[str], at: datetime) -> Sequence[str]:
        """Let nobody in by accounts and clients of these names from a moment on; return those that were open."""
        users = (
            update(console_user)
            .where(console_user.c.school_id == self._school, console_user.c.login.in_(names), ~console_user.c.disabled)
            .values(disabled=True, sessions_ended_at=at)
            .returning(console_user.c.login)
        )
        clients = (
            update(api_client)
            .where(api_client.c.school_id == self._school, api_client.c.client_id.in_(names), ~api_client.c.disabled)
            .values(disabled=True)
            .returning(api_client.c.client_id)
        )
        return [*self._connection.execute(users).scalars(), *self._connection.execute(clients).scalars()]

    def unblock(self, names: Collection[str]) -> Sequence[str]:
        """Let accounts and clients of these names in again; return those that were blocked."""
        users = (
            update(console_user)
            .where(console_user.c.school_id == self._school, console_user.c.login.in_(names), console_user.c.disabled)
            .values(disabled=False)
            .returning(console_user.c.login)
        )
        clients = (
            update(api_client)
            .where(api_client.c.school_id == self._school, api_client.c.client_id.in_(names), api_client.c.disabled)
            .values(disabled=False)
            .returning(api_client.c.client_id)
        )
        return [*self._connection.execute(users).scalars(), *self._connection.execute(clients).scalars()]

    def operations(self, names: Collection[str], start: datetime, end: datetime | None) -> Sequence[AuditEntry]:
        """Return what was done under these names from a moment on until before another, oldest first."""
        named = sorted(names)
        by_name = or_(
            audit_entry.c.actor.in_(named),
            audit_entry.c.client.in_(named),
            audit_entry.c.new[AUTHOR_FIELD].as_string().in_(named),
        )
        before = true() if end is None else audit_entry.c.at < end
        return list(self._entries(audit_entry.c.at >= start, before, by_name))

    def unsigned(self, names: Collection[str], start: datetime, end: datetime | None) -> Sequence[AuditEntry]:
        """Return what was entered without an author at lessons that somebody of these names gave, oldest first."""
        lesson, new = RECORD_TABLES[RecordKind.LESSONS], audit_entry.c.new
        given_by = func.coalesce(lesson.c.substitute_id, lesson.c.teacher_id)
        given = select(lesson.c.id).where(lesson.c.school_id == self._school, given_by.in_(sorted(names)))
        of_lesson = audit_entry.c.object_kind == RecordKind.LESSONS.one
        at_lesson = audit_entry.c.object_kind.in_([kind.one for kind in _AT_LESSONS])
        found = or_(
            and_(of_lesson, audit_entry.c.object_id.in_(given)),
            and_(at_lesson, new[_LESSON_FIELD].as_string().in_(given)),
        )
        entered = audit_entry.c.action.in_(ENTRIES) & new[AUTHOR_FIELD].as_string().is_(None)
        before = true() if end is None else audit_entry.c.at < end
        return list(self._entries(audit_entry.c.at >= start, before, entered, found))

    def histories(self, objects: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], Sequence[AuditEntry]]:
        """Return everything that was done to some objects, oldest first, by kind and id as the audit names them."""
        ids_by_kind: dict[str, list[str]] = defaultdict(list)
        for kind, object_id in sorted(objects):
            ids_by_kind[kind].append(object_id)
        found: dict[tuple[str, str], list[AuditEntry]] = defaultdict(list)
        for kind, ids in ids_by_kind.items():
            for part in _chunks(ids):
                for entry in self._entries(audit_entry.c.object_kind == kind, audit_entry.c.object_id.in_(part)):
                    found[kind, entry.record.object_id].append(entry)
        return found

    def renamings(self, kinds: Collection[str]) -> Sequence[AuditEntry]:
        """Return the changes of keys of records of some kinds, oldest first."""
        return list(self._entries(audit_entry.c.action == REKEY, audit_entry.c.object_kind.in_(sorted(kinds))))

    def events(self, destination: str, since: datetime) -> Sequence[QueuedEvent]:
        """Return the messages about marks that were put into the outbox for a destination since a moment.

        Their idempotency key tells mark and version (`MarkAnnouncer`).
        """
        found: list[QueuedEvent] = []
        before: int | None = None
        while True:
            page = outbox.find(
                self._connection, owner=self._school, destination=destination, before=before, limit=_PAGE
            )
            for entry in page.entries:
                if entry.created_at < since:
                    return found
                mark = entry.correlation or ""
                version, _, _ = (entry.idempotency_key or "").removeprefix(f"{mark}:").partition(":")
                if version.isdecimal():
                    found.append(QueuedEvent(message=entry.id, mark=mark, version=int(version)))
            if page.before is None:
                return found
            before = page.before

    def packages(self, since: datetime) -> Sequence[QueuedPackage]:
        """Return the messages of the export packages that were made since a moment."""
        columns = export_package.c
        rows = self._connection.execute(
            select(columns.id, columns.message_id).where(columns.school_id == self._school, columns.made_at >= since)
        )
        return [QueuedPackage(message=row.message_id, package=row.id) for row in rows]

    def pull(self, message: str, *, by: str, reason: str, at: datetime) -> bool:
        """Take a message out of the outbox for good; ``False`` if it has left, is just leaving, or was taken out."""
        try:
            outbox.skip(self._connection, MessageId(message), by=by, reason=reason, now=at)
        except (NotAllowedError, UnknownMessageError):
            return False
        return True

    def documents(self, since: datetime) -> Sequence[MadeDocument]:
        """Return the export packages and archive documents that were made since a moment."""
        return [*self._made_packages(since), *self._made_archives(since)]

    def newer(self, kind: EffectKind, document: str) -> bool:
        """Tell whether a package or an archive document has a next version."""
        is_package = kind is EffectKind.PACKAGE
        table = export_package if is_package else archive_entry
        same = ("definition", "period_id") if is_package else ("file_name",)
        this, other = table.alias(), table.alias()
        statement = select(other.c.id).where(
            this.c.school_id == self._school,
            this.c.id == document,
            other.c.school_id == self._school,
            other.c.version > this.c.version,
            *(other.c[name] == this.c[name] for name in same),
        )
        return self._connection.execute(statement.limit(1)).first() is not None

    def effects(self, incident: str) -> Sequence[Effect]:
        """Return what an incident did and asks for, in the order in which it was found."""
        columns = incident_effect.c
        statement = (
            select(incident_effect)
            .where(columns.school_id == self._school, columns.incident_id == incident)
            .order_by(columns.found_at, columns.kind, columns.object_kind, columns.object_id)
        )
        return [_effect(row) for row in self._connection.execute(statement).mappings()]

    def keep(self, effects: Iterable[Effect]) -> int:
        """Keep findings; those that are there already stay as they are. Return how many are new."""
        rows = [
            {
                "school_id": self._school,
                "incident_id": one.incident,
                "kind": one.kind,
                "object_kind": one.object_kind,
                "object_id": one.object_id,
                "reason": one.reason,
                "found_at": one.found_at,
                "done_at": one.done_at,
            }
            for one in effects
        ]
        new = 0
        for part in _chunks(rows):
            statement = self._insert(incident_effect).values(part).on_conflict_do_nothing()
            new += len(self._connection.execute(statement.returning(incident_effect.c.object_id)).all())
        return new

    def close(self, effect: Effect, at: datetime) -> bool:
        """Note that an effect is dealt with; ``False`` if it was before, or is not there."""
        columns = incident_effect.c
        statement = (
            update(incident_effect)
            .where(
                columns.school_id == self._school,
                columns.incident_id == effect.incident,
                columns.kind == effect.kind,
                columns.object_kind == effect.object_kind,
                columns.object_id == effect.object_id,
                columns.done_at.is_(None),
            )
            .values(done_at=at)
        )
        return self._connection.execute(statement).rowcount == 1

    def _entries(self, *conditions: ColumnElement[bool]) -> Iterator[AuditEntry]:
        statement = (
            select(audit_entry)
            .where(audit_entry.c.school_id == self._school, *conditions)
            .order_by(audit_entry.c.sequence)
        )
        return (entry_of(row) for row in self._connection.execute(statement).mappings())

    def _made_packages(self, since: datetime) -> Iterator[MadeDocument]:
        columns = export_package.c
        statement = select(
            columns.id, columns.made_at, columns.period_id, columns.period_start, columns.period_end
        ).where(columns.school_id == self._school, columns.made_at >= since)
        for row in self._connection.execute(statement):
            yield MadeDocument(
                kind=EffectKind.PACKAGE,
                id=row.id,
                made_at=row.made_at,
                period=PeriodId(row.period_id),
                first=row.period_start,
                last=row.period_end,
            )

    def _made_archives(self, since: datetime) -> Iterator[MadeDocument]:
        columns, period = archive_entry.c, RECORD_TABLES[RecordKind.PERIODS]
        of_period = (period.c.school_id == columns.school_id) & (period.c.id == columns.period_id)
        statement = (
            select(
                columns.id, columns.signed_at, columns.period_id, columns.class_id, period.c.start_on, period.c.end_on
            )
            .join(period, of_period)
            .where(columns.school_id == self._school, columns.signed_at >= since)
        )
        for row in self._connection.execute(statement):
            yield MadeDocument(
                kind=EffectKind.ARCHIVE,
                id=row.id,
                made_at=row.signed_at,
                period=PeriodId(row.period_id),
                first=row.start_on,
                last=row.end_on,
                school_class=ClassId(row.class_id),
            )


def _effect(row: RowMapping) -> Effect:
    return Effect(
        incident=row["incident_id"],
        kind=EffectKind(row["kind"]),
        object_kind=row["object_kind"],
        object_id=row["object_id"],
        found_at=row["found_at"],
        reason=row["reason"],
        done_at=row["done_at"],
    )


def _chunks(values: Sequence[T]) -> Iterator[list[T]]:
    remaining = iter(values)
    while part := list(islice(remaining, _CHUNK)):
        yield part
