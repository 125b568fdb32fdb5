"""The database engine: SQLite for one machine, PostgreSQL for many."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError, ProgrammingError

from gateway.errors import ConfigurationError, GatewayError, Party, Text, TransientError
from outbox import configure_sqlite, reading

_CONNECTIONS = 16
"""Connections that a process keeps open once it has needed them: what goes beyond is opened for one transaction.

A thread of the web service has one at a time, a second one for the moment in which requests are counted.
"""


def open_engine(url: str) -> Engine:
    """Return an engine for a ``sqlite:`` or ``postgresql:`` address; nothing is connected yet.

    A new SQLite file can be read by its owner only. Statements in errors never show their parameters.

    Raises:
        ConfigurationError: the address names another kind of database or none.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise _unknown_database() from error
    match parsed.get_backend_name():
        case "sqlite":
            if parsed.database:
                _create_private(Path(parsed.database))
            engine = create_engine(parsed, pool_size=_CONNECTIONS, hide_parameters=True)
            configure_sqlite(engine)
            return engine
        case "postgresql":
            address = parsed.set(drivername="postgresql+psycopg")
            return create_engine(address, pool_size=_CONNECTIONS, pool_pre_ping=True, hide_parameters=True)
        case _:
            raise _unknown_database()


def reading_engine(engine: Engine) -> Engine:
    """Return the engine, with its connections, for transactions that only read, each of one state of the database."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return reading(engine)


def database_problem(error: BaseException) -> GatewayError | None:
    """Return what an exception of the database means to a person, ``None`` if it is none of its exceptions."""
    if isinstance(error, ProgrammingError) or "no such table" in str(getattr(error, "orig", "")):
        return ConfigurationError(
            "configuration.database_version",
            Text(
                ru="База данных не подготовлена для этой версии. Выполните «gateway db upgrade».",
                en="The database is not prepared for this version. Run 'gateway db upgrade'.",
            ),
        )
    if isinstance(error, OperationalError) or type(error) is DatabaseError:
        return TransientError(
            "database.unavailable",
            Text(
                ru="База данных недоступна: нет связи или места на диске, файл занят, повреждён или закрыт для записи.",
                en="The database cannot be used: no connection, no space, the file is locked, damaged or read-only.",
            ),
            who=Party.COORDINATOR,
        )
    return None


def _create_private(file: Path) -> None:
    """Create the file for its owner only: it holds personal data. SQLite gives its neighbours the same rights."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600, exist_ok=True)


def _unknown_database() -> ConfigurationError:
    return ConfigurationError(
        "configuration.database",
        Text(
            ru="database_url должен начинаться с «sqlite:» или «postgresql:».",
            en="database_url must begin with 'sqlite:' or 'postgresql:'.",
        ),
    )
