"""What the console reads beside the capabilities' own reads (port `gateway.ports.console.ConsoleReads`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, Table, select

from gateway.errors import Text
from gateway.model.export_package import PackageState, RejectedRecord
from gateway.model.ids import SchoolId
from gateway.model.people import PersonName, Status
from gateway.ports.console import PackageAnswer, PackageHead, PostedBatch
from gateway.storage.tables.access import api_client
from gateway.storage.tables.documents import export_package
from gateway.storage.tables.journal import journal_batch
from gateway.storage.tables.people import enrollment, guardian, pupil, staff
from gateway.storage.tables.school import school_class

_AT_ONCE = 1000
"""Ids asked for in one statement: far below what either database lets a statement carry."""

_HEAD = [column for column in export_package.c if column.name not in {"document", "signature", "manifest", "answer"}]


class SqlConsole:
    """The console's reads of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def names(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Return full names of people and names of classes by id; an id that nobody has is left out."""
        found: dict[str, str] = {}
        for some in _portions(sorted(set(ids))):
            for people in (pupil, guardian, staff):
                named = self._with_ids(people, ("family_name", "given_name", "patronymic"), some)
                found.update((row["id"], _full_name(row)) for row in named)
            classes = self._with_ids(school_class, ("grade", "letter"), some)
            found.update((row["id"], f"{row['grade']}{row['letter']}") for row in classes)
        return found

    def classes_of(self, pupils: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """Return the ids of the classes in which pupils have a place that has no end yet, by pupil."""
        found: dict[str, set[str]] = defaultdict(set)
        place = enrollment.c
        for some in _portions(sorted(set(pupils))):
            statement = select(place.pupil_id, place.class_id).where(
                place.school_id == self._school, place.pupil_id.in_(some), place.valid_to.is_(None)
            )
            for row in self._connection.execute(statement):
                found[row.pupil_id].add(row.class_id)
        return {one: frozenset(classes) for one, classes in found.items()}

    def staff(self) -> Mapping[str, str]:
        """Return the full names of the staff in service by id, in the order of their names."""
        statement = (
            select(staff.c.id, staff.c.family_name, staff.c.given_name, staff.c.patronymic)
            .where(staff.c.school_id == self._school, staff.c.status == Status.ACTIVE)
            .order_by(staff.c.family_name, staff.c.given_name, staff.c.patronymic, staff.c.id)
        )
        return {row["id"]: _full_name(row) for row in self._connection.execute(statement).mappings()}

    def batches(self, *, limit: int) -> Sequence[PostedBatch]:
        """Return the newest batches, newest first."""
        newest_first = self._batches().order_by(
            journal_batch.c.received_at.desc(), journal_batch.c.client_id, journal_batch.c.idempotency_key
        )
        return [_batch(row) for row in self._connection.execute(newest_first.limit(limit)).mappings()]

    def batch(self, client: str, key: str) -> PostedBatch | None:
        """Return one batch."""
        statement = self._batches().where(journal_batch.c.client_id == client, journal_batch.c.idempotency_key == key)
        row = self._connection.execute(statement).mappings().first()
        return _batch(row) if row else None

    def packages(self, *, limit: int) -> Sequence[PackageHead]:
        """Return the newest export packages, newest first."""
        statement = (
            select(*_HEAD)
            .where(export_package.c.school_id == self._school)
            .order_by(export_package.c.made_at.desc(), export_package.c.id)
            .limit(limit)
        )
        return [_package(row) for row in self._connection.execute(statement).mappings()]

    def package_answer(self, package: str) -> PackageAnswer | None:
        """Return what the recipient said to a package, ``None`` while it has said nothing."""
        statement = select(export_package.c.answer).where(
            export_package.c.school_id == self._school, export_package.c.id == package
        )
        kept = self._connection.execute(statement).scalar()
        return _answer(kept) if kept else None

    def _with_ids(self, table: Table, columns: Sequence[str], ids: Sequence[str]) -> Iterator[RowMapping]:
        statement = select(table.c.id, *(table.c[name] for name in columns)).where(
            table.c.school_id == self._school, table.c.id.in_(ids)
        )
        yield from self._connection.execute(statement).mappings()

    def _batches(self) -> Select[Any]:
        same_client = (api_client.c.school_id == journal_batch.c.school_id) & (
            api_client.c.client_id == journal_batch.c.client_id
        )
        return (
            select(journal_batch, api_client.c.name.label("client_name"))
            .outerjoin(api_client, same_client)
            .where(journal_batch.c.school_id == self._school)
        )


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))


def _full_name(row: RowMapping) -> str:
    return PersonName(family=row["family_name"], given=row["given_name"], patronymic=row["patronymic"]).full


def _batch(row: RowMapping) -> PostedBatch:
    return PostedBatch(
        client=row["client_id"],
        client_name=row["client_name"] or row["client_id"],
        key=row["idempotency_key"],
        received_at=row["received_at"],
        status=row["answer_status"],
        answer=row["answer"],
    )


def _package(row: RowMapping) -> PackageHead:
    return PackageHead(
        id=row["id"],
        definition=row["definition"],
        recipient=row["recipient"],
        period_start=row["period_start"],
        period_end=row["period_end"],
        version=row["version"],
        made_at=row["made_at"],
        size=row["size"],
        state=PackageState(row["state"]),
        receipt=row["receipt"],
        message=row["message_id"],
    )


def _answer(kept: Mapping[str, Any]) -> PackageAnswer:
    if "records_accepted" not in kept:
        return PackageAnswer(code=kept["code"], refusal=Text(ru=kept["ru"], en=kept["en"]))
    return PackageAnswer(
        records_accepted=kept["records_accepted"],
        rejected=tuple(RejectedRecord(**record) for record in kept["rejected"]),
    )
