"""The schools of this installation in the database."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, insert, or_, select

from gateway.errors import GatewayError, Text
from gateway.model.ids import SchoolId
from gateway.model.school import School
from gateway.storage.tables.school import school as school_table


class SqlSchools:
    """The schools of this installation."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, school: School) -> bool:
        """Add a school; ``False`` if exactly this one is already there.

        Raises:
            GatewayError: ``school.taken``: its id or its registry id belongs to another school.
        """
        same_id = or_(school_table.c.school_id == school.id, school_table.c.registry_id == school.registry_id)
        held = self._connection.execute(select(school_table).where(same_id)).mappings().first()
        if held is not None:
            if _school(held) == school:
                return False
            raise GatewayError(
                "school.taken",
                Text(
                    ru=f"Идентификатор «{school.id}» или «{school.registry_id}» занят школой «{held['school_id']}».",
                    en=f"Id '{school.id}' or '{school.registry_id}' already belongs to school '{held['school_id']}'.",
                ),
            )
        self._connection.execute(
            insert(school_table).values(
                school_id=school.id, name=school.name, registry_id=school.registry_id, zone=school.zone
            )
        )
        return True

    def all(self) -> Sequence[School]:
        """Return the schools by id."""
        statement = select(school_table).order_by(school_table.c.school_id)
        return [_school(row) for row in self._connection.execute(statement).mappings()]

    def get(self, school: SchoolId) -> School | None:
        """Return one school."""
        return read_school(self._connection, school)


def read_school(connection: Connection, school: SchoolId) -> School | None:
    """Return one school."""
    row = connection.execute(select(school_table).where(school_table.c.school_id == school)).mappings().first()
    return _school(row) if row else None


def _school(row: RowMapping) -> School:
    return School(id=SchoolId(row["school_id"]), name=row["name"], registry_id=row["registry_id"], zone=row["zone"])
