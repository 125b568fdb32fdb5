"""The gateway's own migrations; the outbox brings its own (`outbox.migrate`), with its own version table."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, select

import outbox
from gateway.errors import ConfigurationError, Text

VERSION_TABLE = "gateway_version"
_LOCK = 7_236_554_120


def upgrade(engine: Engine) -> None:
    """Bring the database to this version: the gateway's tables and the outbox's. A second call does nothing.

    Several processes may call it at once: they take turns.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        command.upgrade(_config(connection), "head")
    outbox.migrate(engine)


def check(engine: Engine) -> None:
    """Make sure that the database is at the revisions that this version needs.

    Raises:
        ConfigurationError: it is not (``configuration.database_version``).
    """
    with engine.connect() as connection:
        expected = ScriptDirectory.from_config(_config(connection)).get_current_head()
        found = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()
    if found != expected:
        raise _mismatch(str(found), str(expected))
    try:
        outbox.check(engine)
    except outbox.SchemaMismatchError as error:
        raise _mismatch(str(error.found), str(error.expected)) from error


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", "gateway.storage:migrations")
    config.attributes["connection"] = connection
    return config


def _mismatch(found: str, expected: str) -> ConfigurationError:
    return ConfigurationError(
        "configuration.database_version",
        Text(
            ru=f"База данных версии {found}, а нужна {expected}. Выполните «gateway db upgrade».",
            en=f"The database is at version {found}, this program needs {expected}. Run 'gateway db upgrade'.",
        ),
    )
