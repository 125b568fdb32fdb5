"""One person in several roles or schools, in the database (port `gateway.ports.persons`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, and_, delete, func, or_, select, text

from gateway.model.ids import SchoolId
from gateway.model.person_identity import PERSON_KINDS, PersonFacts, PersonKey, PersonLink, PersonState
from gateway.model.roster import RecordKind
from gateway.model.roster_link import LinkState
from gateway.storage import readers
from gateway.storage.bulk import put_rows
from gateway.storage.chunks import one_of
from gateway.storage.tables.people import guardian, pupil, staff
from gateway.storage.tables.persons import person_link, person_record
from gateway.storage.tables.roster_links import roster_link
from gateway.storage.tables.school import school as school_table

_TABLES: Mapping[RecordKind, Table] = {
    RecordKind.PUPIL: pupil,
    RecordKind.GUARDIAN: guardian,
    RecordKind.STAFF: staff,
}
_OTHER_ROLE = {RecordKind.STAFF: RecordKind.GUARDIAN, RecordKind.GUARDIAN: RecordKind.STAFF}
"""Roles in which one person is often met in one school, and which no number of the person's own may join."""

_LINK, _RECORD = person_link.c, person_record.c
_ENDS = (
    (_LINK.school_id, _LINK.kind, _LINK.record_id),
    (_LINK.other_school_id, _LINK.other_kind, _LINK.other_record_id),
)


class SqlPersons:
    """Who is who, as one school adds to it."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def lock(self) -> None:
        """Keep others who look for persons waiting until the transaction ends; call it before looking.

        Where there is one school its own lock is enough; SQLite's write transactions come one after the other.
        """
        if self._others and self._connection.dialect.name == "postgresql":
            self._connection.execute(text("LOCK TABLE person_link IN SHARE ROW EXCLUSIVE MODE"))

    # who records are of

    def facts(self, keys: Iterable[PersonKey]) -> Sequence[PersonFacts]:
        """Return what records tell; one that is not there tells nothing."""
        found = [
            row
            for (school, kind), ids in _by_place(keys).items()
            for row in self._rows(kind, _TABLES[kind].c.school_id == school, self._one_of(_TABLES[kind].c.id, ids))
        ]
        return self._told(found)

    def users(self, keys: Iterable[PersonKey]) -> Mapping[PersonKey, frozenset[tuple[str, str]]]:
        """Return who records are at the sources: names of sources and the ids there."""
        link, found = roster_link.c, defaultdict[PersonKey, set[tuple[str, str]]](set)
        for (school, kind), ids in _by_place(keys).items():
            statement = select(link.record_id, link.source, link.source_id).where(
                link.school_id == school,
                link.kind == kind.value,
                link.state == LinkState.ACTIVE,
                self._one_of(link.record_id, ids),
            )
            for record, source, source_id in self._connection.execute(statement):
                found[PersonKey(school=school, kind=kind, id=record)].add((source, source_id))
        return {key: frozenset(users) for key, users in found.items()}

    def near(self, wanted: Collection[PersonFacts]) -> Sequence[PersonFacts]:
        """Return the records of other roles or schools that have something telling in common with one of the school."""
        found = {key: (key, row) for part in self._nearby(wanted) for key, row in part}
        known = {one.key for one in wanted}
        by_user = [key for key in self._same_users(wanted) if key not in found and key not in known]
        return [*self._told(found.values()), *self.facts(by_user)]

    def _nearby(self, wanted: Collection[PersonFacts]) -> Iterator[Iterator[tuple[PersonKey, RowMapping]]]:
        told: dict[RecordKind, list[PersonFacts]] = defaultdict(list)
        for one in wanted:
            told[one.key.kind].append(one)
        for kind in (RecordKind.PUPIL, RecordKind.STAFF):
            yield from self._with(kind, "snils", told)
        for name in ("portal_user", "phone", "email") if self._others else ():
            yield from self._with(RecordKind.GUARDIAN, name, told)
        if self._others and told[RecordKind.PUPIL]:
            yield self._born_with(told[RecordKind.PUPIL])
        for mine, theirs in _OTHER_ROLE.items():
            if told[mine]:
                table = _TABLES[theirs]
                families = {_plain(one.name.family) for one in told[mine]}
                yield self._rows(
                    theirs, table.c.school_id == self._school, self._one_of(_plain_column(table), families)
                )

    def _with(
        self, kind: RecordKind, name: str, told: Mapping[RecordKind, Sequence[PersonFacts]]
    ) -> Iterator[Iterator[tuple[PersonKey, RowMapping]]]:
        """Yield the records of a kind that have a value of those given: of the kind itself only in other schools."""
        table = _TABLES[kind]
        same = {getattr(one, name) for one in told[kind]} - {None, ""} if self._others else set()
        rest = {getattr(one, name) for other in PERSON_KINDS if other is not kind for one in told[other]} - {None, ""}
        here = () if self._others else (table.c.school_id == self._school,)
        if rest:
            yield self._rows(kind, self._one_of(table.c[name], rest), *here)
        if same:
            yield self._rows(kind, self._one_of(table.c[name], same), table.c.school_id != self._school)

    def _born_with(self, pupils: Sequence[PersonFacts]) -> Iterator[tuple[PersonKey, RowMapping]]:
        """Yield the pupils of other schools who were born on one of the days and have one of the family names."""
        days = sorted({one.birth_date for one in pupils if one.birth_date})
        families = {_plain(one.name.family) for one in pupils}
        return self._rows(
            RecordKind.PUPIL,
            pupil.c.school_id != self._school,
            pupil.c.birth_date.in_(days),
            self._one_of(_plain_column(pupil), families),
        )

    def _same_users(self, wanted: Collection[PersonFacts]) -> Iterator[PersonKey]:
        """Yield the records that are somebody at a source whom one of the given ones is, too."""
        link, named = roster_link.c, defaultdict[tuple[RecordKind, str], set[str]](set)
        for one in wanted:
            for source, source_id in one.users:
                named[one.key.kind, source].add(source_id)
        for (mine, source), ids in named.items():
            here, is_other = link.school_id == self._school, link.kind != mine.value
            beyond = or_(is_other, ~here) if self._others else and_(is_other, here)
            statement = select(link.school_id, link.kind, link.record_id).where(
                link.source == source,
                self._one_of(link.source_id, ids),
                link.state == LinkState.ACTIVE,
                link.kind.in_([kind.value for kind in PERSON_KINDS]),
                beyond,
            )
            for school, kind, record in self._connection.execute(statement):
                yield PersonKey(school=SchoolId(school), kind=RecordKind(kind), id=record)

    def _rows(self, kind: RecordKind, *where: ColumnElement[bool]) -> Iterator[tuple[PersonKey, RowMapping]]:
        for row in self._connection.execute(select(_TABLES[kind]).where(*where)).mappings():
            yield PersonKey(school=SchoolId(row["school_id"]), kind=kind, id=row["id"]), row

    def _told(self, rows: Iterable[tuple[PersonKey, RowMapping]]) -> list[PersonFacts]:
        found = list(rows)
        users = self.users(key for key, _ in found)
        return [_facts(key, row, users.get(key, frozenset())) for key, row in found]

    @cached_property
    def _others(self) -> bool:
        """Whether the installation has other schools."""
        statement = select(school_table.c.school_id).where(school_table.c.school_id != self._school).limit(1)
        return self._connection.execute(statement).first() is not None

    def _one_of(self, column: ColumnElement[Any], values: Iterable[str]) -> ColumnElement[bool]:
        return one_of(self._connection, column, values)

    # links

    def links_of(self, keys: Iterable[PersonKey]) -> Sequence[PersonLink]:
        """Return the links of records."""
        found = {
            link.pair: link
            for (school, kind), ids in _by_place(keys).items()
            for in_school, of_kind, record in _ENDS
            for link in self._links(in_school == school, of_kind == kind.value, self._one_of(record, ids))
        }
        return [found[pair] for pair in sorted(found)]

    def links(self, state: PersonState | None = None, *, within: SchoolId | None = None) -> Sequence[PersonLink]:
        """Return all links of the installation, the oldest first; or those between records of one school."""
        where = [] if state is None else [_LINK.state == state.value]
        if within is not None:
            where += [_LINK.school_id == within, _LINK.other_school_id == within]
        return self._links(*where)

    def put(self, links: Iterable[PersonLink]) -> None:
        """Keep links, each over the one of the same two records."""
        put_rows(self._connection, person_link, [_row(one) for one in links])

    def drop(self, links: Iterable[PersonLink]) -> None:
        """Forget links."""
        for one in links:
            row = _row(one)
            self._connection.execute(
                delete(person_link).where(*(column == row[column.name] for column in person_link.primary_key))
            )

    def _links(self, *where: ColumnElement[bool]) -> Sequence[PersonLink]:
        statement = select(person_link).where(*where).order_by(_LINK.since, *person_link.primary_key)
        return [_link(row) for row in self._connection.execute(statement).mappings()]

    # persons

    def held(self, keys: Iterable[PersonKey]) -> Mapping[PersonKey, str]:
        """Return the persons that records are; one that is nobody else's record has none."""
        return {
            key: person
            for (school, kind), ids in _by_place(keys).items()
            for key, person in self._persons(
                _RECORD.school_id == school, _RECORD.kind == kind.value, self._one_of(_RECORD.record_id, ids)
            )
        }

    def records_of(self, person: str) -> Sequence[PersonKey]:
        """Return the records of a person."""
        return sorted(key for key, _ in self._persons(_RECORD.person_id == person))

    def persons(self) -> Mapping[PersonKey, str]:
        """Return every record of the installation that is of a person with several."""
        return dict(self._persons())

    def keep(self, persons: Mapping[PersonKey, str | None]) -> None:
        """Keep which persons records are."""
        put_rows(
            self._connection,
            person_record,
            [
                {"school_id": key.school, "kind": key.kind.value, "record_id": key.id, "person_id": person}
                for key, person in persons.items()
                if person is not None
            ],
        )
        for (school, kind), ids in _by_place(key for key, person in persons.items() if person is None).items():
            self._connection.execute(
                delete(person_record).where(
                    _RECORD.school_id == school, _RECORD.kind == kind.value, self._one_of(_RECORD.record_id, ids)
                )
            )

    def _persons(self, *where: ColumnElement[bool]) -> Iterator[tuple[PersonKey, str]]:
        statement = select(person_record).where(*where).order_by(*person_record.primary_key)
        for row in self._connection.execute(statement).mappings():
            key = PersonKey(school=SchoolId(row["school_id"]), kind=RecordKind(row["kind"]), id=row["record_id"])
            yield key, row["person_id"]


def _by_place(keys: Iterable[PersonKey]) -> Mapping[tuple[SchoolId, RecordKind], set[str]]:
    found: dict[tuple[SchoolId, RecordKind], set[str]] = defaultdict(set)
    for key in keys:
        found[key.school, key.kind].add(key.id)
    return found


def _plain(name: str) -> str:
    """Return a family name as the database can make it, too: ё and е are one letter."""
    return name.replace("ё", "е").replace("Ё", "Е")


def _plain_column(table: Table) -> ColumnElement[str]:
    return func.replace(func.replace(table.c.family_name, "ё", "е"), "Ё", "Е")


def _facts(key: PersonKey, row: RowMapping, users: frozenset[tuple[str, str]]) -> PersonFacts:
    return PersonFacts(
        key=key,
        name=readers.person_name(row),
        birth_date=row.get("birth_date"),
        snils=row.get("snils") or None,
        portal_user=row.get("portal_user") or None,
        phone=row.get("phone") or "",
        email=row.get("email") or "",
        users=users,
    )


def _row(one: PersonLink) -> dict[str, Any]:
    return {
        "school_id": one.one.school,
        "kind": one.one.kind.value,
        "record_id": one.one.id,
        "other_school_id": one.other.school,
        "other_kind": one.other.kind.value,
        "other_record_id": one.other.id,
        "rule": one.rule,
        "confidence": one.confidence,
        "state": one.state.value,
        "since": one.since,
        "decided_by": one.decided_by,
        "decided_at": one.decided_at,
    }


def _link(row: RowMapping) -> PersonLink:
    return PersonLink(
        one=PersonKey(school=SchoolId(row["school_id"]), kind=RecordKind(row["kind"]), id=row["record_id"]),
        other=PersonKey(
            school=SchoolId(row["other_school_id"]), kind=RecordKind(row["other_kind"]), id=row["other_record_id"]
        ),
        rule=row["rule"],
        confidence=row["confidence"],
        state=PersonState(row["state"]),
        since=row["since"],
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
    )
