"""The roster of a school in the database: records, plans, movement book."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain, islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from gateway.errors import GatewayError, Rejected, Text
from gateway.model.ids import ClassId, PupilId, SchoolId, issued_id
from gateway.model.movement import Movement, MovementKind
from gateway.model.movement_book import BookEntry
from gateway.model.people import Status
from gateway.model.roster import Key, ListedRecord, RecordKind, RosterState
from gateway.model.roster_change import Change, RowChange
from gateway.model.roster_plan import PlanHead, PlanState, StoredPlan
from gateway.model.roster_revert import Revert
from gateway.model.roster_warning import PlanWarning
from gateway.model.school import School
from gateway.storage import readers
from gateway.storage.bulk import add_rows
from gateway.storage.chunks import chunks_of
from gateway.storage.roster_plans import SqlRosterPlans
from gateway.storage.roster_referrers import SqlReferrers
from gateway.storage.roster_rows import RECORD_TABLES
from gateway.storage.schools import read_school
from gateway.storage.tables.people import enrollment, guardian, guardianship, movement, pupil, staff
from gateway.storage.tables.roster_links import roster_link
from gateway.storage.tables.school import school as school_table
from gateway.storage.tables.school import school_class

_PORTION = 5000
"""Rows made and written at once: what is in memory does not grow with the school."""


class SqlRoster:
    """The roster of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school
        self._plans = SqlRosterPlans(connection, school)

    def school(self) -> School:
        """Return the school itself.

        Raises:
            GatewayError: ``school.unknown``: this installation has no such school.
        """
        found = read_school(self._connection, self._school)
        if found is None:
            raise GatewayError(
                "school.unknown",
                Text(
                    ru=f"Школа «{self._school}» не заведена; добавьте её командой «gateway school add».",
                    en=f"There is no school '{self._school}'; add it with 'gateway school add'.",
                ),
            )
        return found

    def lock(self) -> None:
        """Keep other writers of the roster and of its plans waiting: the school's row is locked until the end.

        SQLite has no row locks and needs none: its write transactions come one after the other.
        """
        self._connection.execute(
            select(school_table.c.school_id).where(school_table.c.school_id == self._school).with_for_update()
        )

    def state(self) -> RosterState:
        """Return all that is held."""
        return RosterState(rows={kind: self._rows(kind) for kind in RecordKind})

    def write(self, changes: Iterable[Change]) -> None:
        """Make the changes, with one statement for all rows of a kind that change the same columns."""
        rows = [row for change in changes for row in change.rows]
        for kind in RecordKind:
            of_kind = [row for row in rows if row.kind is kind]
            self._insert(kind, [row for row in of_kind if row.old is None])
            self._update(kind, [row for row in of_kind if row.old is not None])

    def enter(self, movements: Iterable[Movement], *, plan: str, at: datetime) -> None:
        """Enter movements into the book, each with the plan it came from."""
        rows = [
            {**self._movement(one, plan, at), "id": issued_id(self._school, plan, one.kind, one.pupil)}
            for one in movements
        ]
        add_rows(self._connection, movement, rows)

    def book(self, plan: str) -> Sequence[BookEntry]:
        """Return the lines of the book that a plan made, and those that cancel them."""
        return self._book(movement.c.plan_id == plan)

    def movements(self) -> Sequence[BookEntry]:
        """Return the whole book, in the order in which it was written."""
        return self._book()

    def cancel(self, entries: Iterable[BookEntry], *, plan: str, at: datetime) -> None:
        """Enter a counter-entry for every line: the book is never changed."""
        rows = [
            {**self._movement(one.movement, plan, at), "id": issued_id(self._school, plan, "storno", one.id)}
            | {"cancels_id": one.id}
            for one in entries
        ]
        if rows:
            self._connection.execute(insert(movement), rows)

    def take_back(self, how: Revert) -> None:
        """Give rows their old values back and remove those that a plan had created and nothing refers to."""
        for kind in RecordKind:
            self._update(kind, [row for row in how.written if row.kind is kind])
        for kind in reversed(RecordKind):
            gone = [row.key for row in how.removed if row.kind is kind]
            self._delete(kind, gone)
            self._unlink(kind, [key[0] for key in gone])

    def referred(self, records: Mapping[RecordKind, Collection[Key]]) -> Mapping[RecordKind, set[Key]]:
        """Return those of the records, by kind and key, that something outside the roster names."""
        return SqlReferrers(self._connection, self._school).referred(records)

    def keep(self, stored: StoredPlan) -> None:
        """Keep a new plan."""
        self._plans.keep(stored)

    def decide(self, plan: str, state: PlanState, *, by: str, at: datetime, reason: str = "") -> None:
        """Record what became of a plan; earlier decisions stay beside it."""
        self._plans.decide(plan, state, by=by, at=at, reason=reason)

    def plan(self, plan: str) -> StoredPlan | None:
        """Return a stored plan with its changes."""
        return self._plans.get(plan)

    def plans(self, *, states: Collection[PlanState] | None = None, limit: int = 50) -> Sequence[PlanHead]:
        """Return the newest plans, newest first; only those in the given states."""
        return self._plans.newest(states=states, limit=limit)

    def last_rejected(self, source: str) -> tuple[Rejected, ...]:
        """Return the records that were turned away when the newest plan of a source was made."""
        return self._plans.last_rejected(source)

    def taken_back(self, source: str) -> tuple[Change, ...]:
        """Return the changes of a source's plans that a person reverted or rejected, but for those agreed to since."""
        return self._plans.taken_back(source)

    def left_unseen(self, source: str, *, since: datetime) -> Mapping[RecordKind, int]:
        """Return how many records of each kind a source has let leave since a moment without a person's decision."""
        return self._plans.left_unseen(source, since=since)

    def last_warnings(self, source: str) -> tuple[PlanWarning, ...]:
        """Return the remarks of the newest plan of a source."""
        return self._plans.last_warnings(source)

    def listing(self, kind: RecordKind, *, after: str | None = None, limit: int = 1000) -> Sequence[ListedRecord]:
        """Return pupils, guardians, classes or staff by id, from the one that follows ``after`` on."""
        table = RECORD_TABLES[kind].table
        statement = self._listed(kind).where(table.c.school_id == self._school).order_by(table.c.id).limit(limit)
        if after is not None:
            statement = statement.where(table.c.id > after)
        listed = [_listed_record(kind, row) for row in self._connection.execute(statement).mappings()]
        return self._with_pupils(listed) if kind is RecordKind.GUARDIAN else listed

    def _with_pupils(self, guardians: Sequence[ListedRecord]) -> Sequence[ListedRecord]:
        ships = guardianship.c
        statement = (
            select(ships.guardian_id, ships.pupil_id)
            .where(ships.school_id == self._school, ships.guardian_id.in_([one.id for one in guardians]))
            .order_by(ships.pupil_id)
        )
        pupils: dict[str, list[PupilId]] = defaultdict(list)
        for row in self._connection.execute(statement):
            pupils[row.guardian_id].append(PupilId(row.pupil_id))
        return [replace(one, pupils=tuple(pupils[one.id])) for one in guardians]

    def _listed(self, kind: RecordKind) -> Select[Any]:
        match kind:
            case RecordKind.PUPIL:
                is_theirs = and_(
                    enrollment.c.school_id == pupil.c.school_id,
                    enrollment.c.pupil_id == pupil.c.id,
                    enrollment.c.valid_to.is_(None),
                )
                return select(pupil, enrollment.c.class_id).outerjoin(enrollment, is_theirs)
            case RecordKind.CLASS:
                return select(school_class)
            case RecordKind.STAFF:
                return select(staff)
            case RecordKind.GUARDIAN:
                return select(guardian)
            case _:
                raise ValueError(f"there is no list of {kind}")

    def _rows(self, kind: RecordKind) -> dict[Key, Any]:
        record = RECORD_TABLES[kind]
        statement = select(record.table).where(record.table.c.school_id == self._school)
        return dict(record.records(chain.from_iterable(self._connection.execute(statement).partitions(_PORTION))))

    def _insert(self, kind: RecordKind, rows: list[RowChange]) -> None:
        if not rows:
            return
        record = RECORD_TABLES[kind]
        names = [column.name for column in record.table.columns]
        told = ({"school_id": self._school, **record.columns(row.new), **record.key_columns(row.key)} for row in rows)
        while portion := [{name: one.get(name) for name in names} for one in islice(told, _PORTION)]:
            add_rows(self._connection, record.table, portion)

    def _delete(self, kind: RecordKind, keys: Sequence[Key]) -> None:
        if not keys:
            return
        record = RECORD_TABLES[kind]
        is_it = [record.table.c[name] == bindparam(f"key_{name}") for name in record.key]
        self._connection.execute(
            delete(record.table).where(record.table.c.school_id == self._school, *is_it),
            [{f"key_{name}": value for name, value in record.key_columns(key).items()} for key in keys],
        )

    def _unlink(self, kind: RecordKind, ids: Sequence[str]) -> None:
        """Forget which record of a source a removed one was."""
        for some in chunks_of(ids):
            self._connection.execute(
                delete(roster_link).where(
                    roster_link.c.school_id == self._school,
                    roster_link.c.kind == kind,
                    roster_link.c.record_id.in_(some),
                )
            )

    def _movement(self, one: Movement, plan: str, at: datetime) -> dict[str, Any]:
        return {
            "school_id": self._school,
            "pupil_id": one.pupil,
            "kind": one.kind,
            "happened_on": one.happened_on,
            "from_class_id": one.from_class,
            "to_class_id": one.to_class,
            "document": one.document,
            "plan_id": plan,
            "entered_at": at,
        }

    def _book(self, *conditions: ColumnElement[bool]) -> Sequence[BookEntry]:
        statement = (
            select(movement)
            .where(movement.c.school_id == self._school, *conditions)
            .order_by(movement.c.entered_at, movement.c.id)
        )
        return [_book_entry(row) for row in self._connection.execute(statement).mappings()]

    def _update(self, kind: RecordKind, rows: list[RowChange]) -> None:
        record = RECORD_TABLES[kind]
        alike: dict[tuple[str, ...], list[RowChange]] = defaultdict(list)
        for row in rows:
            alike[tuple(sorted(row.new))].append(row)
        keys = [record.table.c[name] == bindparam(f"key_{name}") for name in record.key]
        for names, group in alike.items():
            statement = (
                update(record.table)
                .where(record.table.c.school_id == self._school, *keys)
                .values({record.column(name): bindparam(f"new_{record.column(name)}") for name in names})
            )
            self._connection.execute(
                statement,
                [
                    {
                        **{f"key_{name}": value for name, value in record.key_columns(row.key).items()},
                        **{f"new_{name}": value for name, value in record.columns(row.new).items()},
                    }
                    for row in group
                ],
            )


def _listed_record(kind: RecordKind, row: RowMapping) -> ListedRecord:
    if kind is RecordKind.CLASS:
        name, is_active = f"{row['grade']}{row['letter']}", not row["archived"]
    else:
        name, is_active = readers.person_name(row).full, row["status"] == Status.ACTIVE
    in_class = row.get("class_id")
    return ListedRecord(
        kind=kind,
        id=row["id"],
        source_id=row["source_id"],
        name=name,
        active=is_active,
        school_class=ClassId(in_class) if in_class else None,
    )


def _book_entry(row: RowMapping) -> BookEntry:
    from_class, to_class = row["from_class_id"], row["to_class_id"]
    return BookEntry(
        id=row["id"],
        movement=Movement(
            pupil=PupilId(row["pupil_id"]),
            kind=MovementKind(row["kind"]),
            happened_on=row["happened_on"],
            from_class=ClassId(from_class) if from_class else None,
            to_class=ClassId(to_class) if to_class else None,
            document=row["document"],
        ),
        plan=row["plan_id"],
        entered_at=row["entered_at"],
        cancels=row["cancels_id"],
    )
