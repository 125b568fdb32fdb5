"""The database engine: SQLite for one machine, PostgreSQL for many."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError

from gateway.errors import ConfigurationError, Text
from outbox import configure_sqlite


def open_engine(url: str) -> Engine:
    """Return an engine for a ``sqlite:`` or ``postgresql:`` address; nothing is connected yet.

    Raises:
        ConfigurationError: the address names another kind of database or none.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise _unknown_database() from error
    match parsed.get_backend_name():
        case "sqlite":
            engine = create_engine(parsed)
            configure_sqlite(engine)
            return engine
        case "postgresql":
            return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
        case _:
            raise _unknown_database()


def _unknown_database() -> ConfigurationError:
    return ConfigurationError(
        "configuration.database",
        Text(
            ru="database_url должен начинаться с «sqlite:» или «postgresql:».",
            en="database_url must begin with 'sqlite:' or 'postgresql:'.",
        ),
    )
