"""Queries of OneRoster readers as SQL over the objects' JSON: filters, orders, what hangs on another object.

A list on the way to a value is unrolled inside ``EXISTS``: a comparison holds if it holds for any element. Texts are
compared by code points on both databases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from operator import eq, ge, gt, le, lt
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Float,
    String,
    Text,
    and_,
    cast,
    collate,
    column,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from gateway.model.ids import SchoolId
from gateway.model.oneroster import ObjectKind, ObjectStatus
from gateway.model.oneroster_fields import Leaf, Way
from gateway.model.oneroster_query import Clause, Link, Predicate, Query, Restriction
from gateway.storage.chunks import one_of
from gateway.storage.tables.provider import provider_object

_OBJECTS = provider_object.c

_ORDERED: dict[Predicate, Callable[[Any, Any], Any]] = {
    Predicate.ABOVE: gt,
    Predicate.AT_LEAST: ge,
    Predicate.BELOW: lt,
    Predicate.AT_MOST: le,
}


def conditions(connection: Connection, school: SchoolId, query: Query) -> list[ColumnElement[bool]]:
    """Return what holds for every object of a list."""
    json = _dialect(connection)
    held = [_OBJECTS.school_id == school, _OBJECTS.kind == query.kind.value]
    if query.variants:
        held.append(_OBJECTS.variant.in_(sorted(query.variants)))
    held += [_restriction(connection, json, school, query, one) for one in query.within]
    if query.filter is not None:
        joined = or_ if query.filter.either else and_
        held.append(joined(*(_clause(json, clause) for clause in query.filter.clauses)))
    return held


def ordering(connection: Connection, query: Query) -> list[ColumnElement[Any]]:
    """Return the columns that a list is ordered by: the id last, or alone, so that no two objects are equal."""
    way, by_id = query.order.way, _OBJECTS.sourced_id
    columns: list[ColumnElement[Any]] = [by_id]
    if way is not None:
        columns.insert(0, _value(_dialect(connection), way, _OBJECTS.body))
    if not query.order.descending:
        return [columns[0].asc().nulls_first() if way else by_id, *columns[1:]]
    return [columns[0].desc().nulls_last() if way else by_id.desc(), *(one.desc() for one in columns[1:])]


class _Sqlite:
    """Paths into JSON as SQLite reads them."""

    def text(self, value: Any, path: Sequence[str]) -> Any:
        return func.json_extract(value, _path(path)) if path else value

    def number(self, value: Any, path: Sequence[str]) -> Any:
        return self.text(value, path)

    def elements(self, value: Any, path: Sequence[str], name: str) -> tuple[Any, Any]:
        rows = func.json_each(value, _path(path)).table_valued("value", name=name)
        return rows, rows.c.value

    def contains(self, text: Any, part: str) -> ColumnElement[bool]:
        return func.instr(text, part) > 0

    def sorted_by_code(self, text: Any) -> Any:
        return text


class _Postgres:
    """Paths into JSON as PostgreSQL reads them."""

    def text(self, value: Any, path: Sequence[str]) -> Any:
        return value.op("#>>", return_type=Text())(_array(path))

    def number(self, value: Any, path: Sequence[str]) -> Any:
        return cast(self.text(value, path), Float)

    def elements(self, value: Any, path: Sequence[str], name: str) -> tuple[Any, Any]:
        inner = value.op("#>", return_type=JSONB())(_array(path))
        rows = func.jsonb_array_elements(inner).table_valued(column("value", JSONB)).alias(name)
        return rows, rows.c.value

    def contains(self, text: Any, part: str) -> ColumnElement[bool]:
        return func.strpos(text, part) > 0

    def sorted_by_code(self, text: Any) -> Any:
        return collate(text, "C")


_Json = _Sqlite | _Postgres


def _dialect(connection: Connection) -> _Json:
    return _Postgres() if connection.dialect.name == "postgresql" else _Sqlite()


def _path(names: Sequence[str]) -> str:
    return "$" + "".join(f'."{name}"' for name in names)


def _array(names: Sequence[str]) -> Any:
    return literal(list(names), ARRAY(Text))


def _clause(json: _Json, clause: Clause) -> ColumnElement[bool]:
    """Return a comparison; ``!=`` is the opposite of ``=``, of what is not there too."""
    if clause.predicate is Predicate.NOT_EQUAL:
        positive = Clause(way=clause.way, predicate=Predicate.EQUAL, value=clause.value)
        return not_(func.coalesce(_clause(json, positive), literal(value=False)))
    column_of = _OWN.get(".".join(clause.way.last)) if not clause.way.lists else None
    if column_of is not None:
        return column_of(json, clause)
    return _through(json, clause, _OBJECTS.body, clause.way.lists)


def _through(json: _Json, clause: Clause, value: Any, lists: Sequence[tuple[str, ...]]) -> ColumnElement[bool]:
    if not lists:
        return _compared(json, clause, _leaf(json, clause.way, value))
    rows, element = json.elements(value, lists[0], f"list_{len(lists)}")
    return exists(select(1).select_from(rows).where(_through(json, clause, element, lists[1:])))


def _value(json: _Json, way: Way, body: Any) -> Any:
    """Return a value outside of lists, to be ordered by."""
    own = _OWN_COLUMNS.get(".".join(way.last))
    if own is not None:
        return own
    value = _leaf(json, way, body)
    return value if way.leaf is Leaf.NUMBER else json.sorted_by_code(value)


def _leaf(json: _Json, way: Way, value: Any) -> Any:
    return json.number(value, way.last) if way.leaf is Leaf.NUMBER else json.text(value, way.last)


def _compared(json: _Json, clause: Clause, value: Any) -> ColumnElement[bool]:
    match clause.predicate:
        case Predicate.CONTAINS if clause.way.leaf is Leaf.NUMBER:  # databases do not write numbers alike
            compared: ColumnElement[bool] = value == clause.value
        case Predicate.EQUAL:
            compared = value == clause.value
        case Predicate.CONTAINS:
            compared = json.contains(cast(value, String), str(clause.value))
        case _:
            text = value if clause.way.leaf is Leaf.NUMBER else json.sorted_by_code(value)
            compared = _ORDERED[clause.predicate](text, clause.value)
    return compared


def _moment(_json: _Json, clause: Clause) -> ColumnElement[bool]:
    """Compare ``dateLastModified``, which stands beside the body; a part of its text is looked for nowhere."""
    compare: Callable[[Any, Any], Any] = _ORDERED.get(clause.predicate, eq)
    compared: ColumnElement[bool] = compare(_OBJECTS.changed_at, datetime.fromisoformat(str(clause.value)))
    return compared


def _beside(own: Any) -> Callable[[_Json, Clause], ColumnElement[bool]]:
    return lambda json, clause: _compared(json, clause, own)


_OWN_COLUMNS: dict[str, Any] = {
    "sourcedId": _OBJECTS.sourced_id,
    "status": _OBJECTS.status,
    "dateLastModified": _OBJECTS.changed_at,
}
"""Fields that stand beside the body."""

_OWN: dict[str, Callable[[_Json, Clause], ColumnElement[bool]]] = {
    "sourcedId": _beside(_OBJECTS.sourced_id),
    "status": _beside(_OBJECTS.status),
    "dateLastModified": _moment,
}


def _restriction(
    connection: Connection, json: _Json, school: SchoolId, query: Query, one: Restriction
) -> ColumnElement[bool]:
    match one.link:
        case Link.OF_CLASS:
            return _OBJECTS.class_id == one.sourced_id
        case Link.OF_USER:
            return _OBJECTS.user_id == one.sourced_id
        case Link.CHILD:
            return _OBJECTS.parent_id == one.sourced_id
        case Link.IN_TERM:
            way = Way(lists=(("terms",),), last=("sourcedId",), leaf=Leaf.TEXT)
            return _clause(json, Clause(way=way, predicate=Predicate.EQUAL, value=one.sourced_id))
        case Link.LISTED:
            return one_of(connection, _OBJECTS.sourced_id, list(one.ids))
        case Link.MEMBER | Link.CLASSES_OF:
            return _OBJECTS.sourced_id.in_(_enrolled(json, school, query, one))


def _enrolled(json: _Json, school: SchoolId, query: Query, one: Restriction) -> Any:
    """Return who is in a class, or in which classes somebody is: by enrolments that are not over."""
    place = provider_object.alias("place")
    known, wanted = (place.c.class_id, place.c.user_id)
    if one.link is Link.CLASSES_OF:
        known, wanted = wanted, known
    over = json.text(place.c.body, ("endDate",))
    statement = select(wanted).where(
        place.c.school_id == school,
        place.c.kind == ObjectKind.ENROLLMENT.value,
        place.c.status == ObjectStatus.ACTIVE,
        known == one.sourced_id,
        or_(over.is_(None), over > query.today.isoformat()),
    )
    return statement if one.role is None else statement.where(place.c.variant == one.role)
