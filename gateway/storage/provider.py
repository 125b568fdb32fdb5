"""The objects we give out as a OneRoster provider, in the database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.model.ids import SchoolId
from gateway.model.oneroster import (
    KeptObject,
    ObjectKind,
    ObjectStatus,
    ProviderObject,
    buried,
    place_of,
)
from gateway.model.oneroster_facts import SchoolFacts
from gateway.model.oneroster_query import Query
from gateway.ports.provider import Freshness, ObjectPage
from gateway.storage.bulk import put_rows
from gateway.storage.chunks import chunks_of, one_of
from gateway.storage.provider_facts import read_facts
from gateway.storage.provider_query import conditions, ordering
from gateway.storage.tables.audit import audit_entry, audit_head
from gateway.storage.tables.provider import provider_object, provider_state

_OBJECTS = provider_object.c
_WRITTEN_AT_ONCE = 5000
NEVER = -1
"""Sequence of a part that was never made: its row is there to be locked."""


class SqlProvider:
    """The objects of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    # freshness

    def freshness(self, part: str) -> Freshness | None:
        """Return how fresh a part is, ``None`` if it was never made."""
        row = self._connection.execute(select(provider_state).where(*self._part(part))).mappings().first()
        if row is None or row["sequence"] == NEVER:
            return None
        return Freshness(sequence=row["sequence"], day=row["day"], refreshed_at=row["refreshed_at"])

    def changed_since(self, sequence: int, object_kinds: Collection[str], *, most: int) -> bool:
        """Tell whether the audit chain has an entry about such an object after an entry.

        Also where it has more than ``most`` entries at all: it would take longer and longer to look.
        """
        if self.sequence() - sequence > most:
            return True
        entry = audit_entry.c
        statement = (
            select(entry.sequence)
            .where(entry.school_id == self._school, entry.sequence > sequence, entry.object_kind.in_(object_kinds))
            .limit(1)
        )
        return self._connection.execute(statement).first() is not None

    def sequence(self) -> int:
        """Return the number of the newest entry of the audit chain."""
        statement = select(audit_head.c.sequence).where(audit_head.c.school_id == self._school)
        return self._connection.execute(statement).scalar() or 0

    def lock(self, part: str) -> None:
        """Keep other refreshes of the part waiting until the transaction ends."""
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        values = {"school_id": self._school, "part": part, "sequence": NEVER}
        self._connection.execute(dialect.insert(provider_state).values(values).on_conflict_do_nothing())
        self._connection.execute(select(provider_state.c.part).where(*self._part(part)).with_for_update())

    def note(self, part: str, freshness: Freshness) -> None:
        """Keep how fresh a part is."""
        self._connection.execute(
            update(provider_state)
            .where(*self._part(part))
            .values(sequence=freshness.sequence, day=freshness.day, refreshed_at=freshness.refreshed_at)
        )

    # reading

    def one(self, kind: ObjectKind, sourced_id: str) -> KeptObject | None:
        """Return an object, also one that is gone."""
        statement = _told().where(*self._of(kind), _OBJECTS.sourced_id == sourced_id)
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else _kept(kind, row)

    def page(self, query: Query) -> ObjectPage:
        """Return a page of a list.

        A page behind an id is found by the key: the last one is as fast as the first. The whole is counted every
        time, by the index alone where nothing is filtered.
        """
        matching = conditions(self._connection, self._school, query)
        total = self._connection.execute(select(func.count()).select_from(provider_object).where(*matching)).scalar()
        statement = _told().where(*matching).order_by(*ordering(self._connection, query)).limit(query.limit + 1)
        if query.after is None:
            statement = statement.offset(query.offset)
        else:
            after = _OBJECTS.sourced_id < query.after if query.order.descending else _OBJECTS.sourced_id > query.after
            statement = statement.where(after)
        rows = self._connection.execute(statement).mappings().all()
        objects = [_kept(query.kind, row) for row in rows[: query.limit]]
        return ObjectPage(objects=objects, total=total or 0, more=len(rows) > query.limit)

    def facts(self) -> SchoolFacts:
        """Return what the rostering objects are made from."""
        return read_facts(self._connection, self._school)

    # writing

    def digests(self, kind: ObjectKind) -> dict[str, str | None]:
        """Return the digest of every object of a kind by id, ``None`` for what is gone."""
        statement = select(_OBJECTS.sourced_id, _OBJECTS.status, _OBJECTS.digest).where(*self._of(kind))
        return {
            row.sourced_id: row.digest if row.status == ObjectStatus.ACTIVE else None
            for row in self._connection.execute(statement)
        }

    def put(self, objects: Iterable[tuple[ProviderObject, str]], *, at: datetime) -> None:
        """Keep objects, each given with its digest, as they are from a moment on."""
        rows = (self._row(one, digest, ObjectStatus.ACTIVE, at) for one, digest in objects)
        for some in _batches(rows):
            put_rows(self._connection, provider_object, some)

    def bury(self, kind: ObjectKind, sourced_ids: Collection[str], *, at: datetime) -> None:
        """Make tombstones of objects."""
        for some in chunks_of(sourced_ids):
            gone = one_of(self._connection, _OBJECTS.sourced_id, some)
            found = self._connection.execute(_told().where(*self._of(kind), gone)).mappings().all()
            rows = [self._row(buried(_kept(kind, row).object), "", ObjectStatus.GONE, at) for row in found]
            put_rows(self._connection, provider_object, rows)

    def purge(self, kinds: Collection[ObjectKind], *, before: datetime) -> int:
        """Forget tombstones that are older; return how many."""
        is_old = and_(_OBJECTS.status == ObjectStatus.GONE, _OBJECTS.changed_at < before)
        purged = 0
        for kind in kinds:
            purged += self._connection.execute(delete(provider_object).where(*self._of(kind), is_old)).rowcount
        return purged

    def _row(self, one: ProviderObject, digest: str, status: ObjectStatus, at: datetime) -> dict[str, Any]:
        place = place_of(one)
        return {
            "school_id": self._school,
            "kind": one.kind.value,
            "sourced_id": one.sourced_id,
            "status": status.value,
            "changed_at": at,
            "digest": digest,
            "variant": place.variant,
            "class_id": place.of_class,
            "user_id": place.of_user,
            "parent_id": place.parent,
            "body": dict(one.body),
        }

    def _of(self, kind: ObjectKind) -> tuple[Any, ...]:
        return (_OBJECTS.school_id == self._school, _OBJECTS.kind == kind.value)

    def _part(self, part: str) -> tuple[Any, ...]:
        return (provider_state.c.school_id == self._school, provider_state.c.part == part)


def _told() -> Select[Any]:
    return select(_OBJECTS.sourced_id, _OBJECTS.status, _OBJECTS.changed_at, _OBJECTS.body)


def _kept(kind: ObjectKind, row: RowMapping) -> KeptObject:
    return KeptObject(
        object=ProviderObject(kind=kind, sourced_id=row["sourced_id"], body=row["body"]),
        status=ObjectStatus(row["status"]),
        changed_at=row["changed_at"],
    )


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    some = iter(rows)
    while batch := list(islice(some, _WRITTEN_AT_ONCE)):
        yield batch
