"""The migrations make exactly the tables that the code uses, and never run half."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Engine, create_engine, inspect, text

from outbox import SchemaMismatchError, check, migrate, sqlite_engine
from outbox.tables import metadata


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    if request.param == "sqlite":
        return sqlite_engine(tmp_path / "empty.db")
    url: URL = request.getfixturevalue("postgres_url")
    return create_engine(url)


def test_an_empty_database_and_all_migrations_equal_the_metadata(empty: Engine) -> None:
    migrate(empty)
    options = {"compare_type": True, "include_name": lambda name, sort, _: sort != "table" or name != "outbox_version"}
    with empty.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
    empty.dispose()


def test_the_columns_are_exactly_those_of_the_metadata(empty: Engine) -> None:
    # compare_metadata does not look at everything: partial indexes, AUTOINCREMENT. Compare what the database says.
    migrate(empty)
    found = {table: _shape(empty, table) for table in metadata.tables}
    with empty.begin() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
    assert found == {table: _shape(empty, table) for table in metadata.tables}
    empty.dispose()


def _shape(engine: Engine, table: str) -> list[str]:
    look = inspect(engine)
    columns = [f"{c['name']} {c['type']!r} {c['nullable']}" for c in look.get_columns(table)]
    if engine.dialect.name == "sqlite":
        query = text("SELECT sql FROM sqlite_master WHERE tbl_name = :t AND type = 'index' AND sql IS NOT NULL")
    else:
        query = text("SELECT indexdef FROM pg_indexes WHERE tablename = :t")
    with engine.connect() as connection:
        indexes = sorted(connection.execute(query, {"t": table}).scalars().all())
    return [*columns, *indexes, repr(look.get_pk_constraint(table)), repr(look.get_foreign_keys(table))]


def test_migrating_twice_changes_nothing_and_check_agrees(empty: Engine) -> None:
    with pytest.raises(SchemaMismatchError, match="revision none"):
        check(empty)
    migrate(empty)
    migrate(empty)
    check(empty)
    empty.dispose()


def test_processes_that_migrate_at_the_same_time_take_turns(empty: Engine) -> None:
    engines = [create_engine(empty.url) if empty.dialect.name == "postgresql" else empty for _ in range(3)]
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(migrate, engines))
    check(empty)
    for engine in [*engines, empty]:
        engine.dispose()


def test_a_newer_or_foreign_revision_is_named(empty: Engine) -> None:
    migrate(empty)
    with empty.begin() as connection:
        connection.execute(text("UPDATE outbox_version SET version_num = '9999'"))
    with pytest.raises(SchemaMismatchError) as caught:
        check(empty)
    assert caught.value.found == "9999"
    empty.dispose()
