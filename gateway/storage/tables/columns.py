"""The metadata and the few kinds of column that all tables use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Dialect, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Turn the moment to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the moment in UTC; SQLite gives it back without a zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


ID = String(64)
"""Ids of the gateway and of the systems that send to it."""

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""A JSON value; Python's ``None`` is SQL's NULL."""


class JsonText(str):
    """A JSON value that is text already."""

    __slots__ = ()


class WrittenJson(TypeDecorator[Any]):
    """A JSON value that may be given as `JsonText`: what has been written once is not written again."""

    impl = Json
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        """Let text through that is JSON."""
        write = super().bind_processor(dialect)
        assert write is not None  # noqa: S101  every JSON type writes
        return lambda value: str(value) if isinstance(value, JsonText) else write(value)

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> Any:
        """Let the names of members be names, as in every JSON column."""
        return self.impl_instance.coerce_compared_value(op, value)


def school_key() -> Column[Any]:
    """Return the first column of every key."""
    return Column("school_id", ID, primary_key=True)


def record_key(name: str = "id") -> Column[Any]:
    """Return a further text column of the key."""
    return Column(name, ID, primary_key=True)
