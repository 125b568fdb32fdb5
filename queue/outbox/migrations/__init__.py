"""The outbox's own migrations, beside whatever migrations the rest of the database has.

Their state is kept in a version table of their own, so an application's Alembic and this one do not meet.
"""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError

from outbox.errors import SchemaMismatchError
from outbox.sqlite import reading

VERSION_TABLE = "outbox_version"
_LOCK = 7_236_554_119
_UNDEFINED_TABLE = "42P01"


def migrate(engine: Engine) -> None:
    """Bring the outbox tables to this version's revision, all or nothing; a second call does nothing.

    Several processes may call it at once: they take turns.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # SQLite's BEGIN IMMEDIATE has already made us wait our turn.
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        command.upgrade(_config(connection), "head")


def check(engine: Engine) -> None:
    """Make sure that the database is at the revision that this version needs.

    Raises:
        SchemaMismatchError: It is not; ``migrate`` has to be run, or an older program is running on a newer database.
    """
    with reading(engine).connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        found = context.get_current_revision()
    if found != (expected := _expected()):
        raise SchemaMismatchError(found=found, expected=expected)


def unmigrated(error: DBAPIError) -> SchemaMismatchError | None:
    """Return what a failed statement really says where it says that there are no outbox tables."""
    missing = getattr(error.orig, "sqlstate", None) == _UNDEFINED_TABLE or str(error.orig).startswith("no such table")
    return SchemaMismatchError(found=None, expected=_expected()) if missing else None


def _expected() -> str:
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", "outbox:migrations")
    config.attributes["connection"] = connection
    return config
