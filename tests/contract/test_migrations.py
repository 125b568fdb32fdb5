"""An empty database and all migrations make exactly the tables that the code uses, on both kinds of database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, Inspector, inspect, text

import outbox
from gateway.errors import ConfigurationError, Party
from gateway.storage.engine import open_engine
from gateway.storage.migrations import VERSION_TABLE, check, upgrade
from gateway.storage.tables import metadata
from outbox.migrations import VERSION_TABLE as OUTBOX_VERSION_TABLE
from outbox.tables import metadata as outbox_metadata

NewDatabase = Callable[[], Engine]
VERSIONS = {VERSION_TABLE, OUTBOX_VERSION_TABLE}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewDatabase]:
    opened: list[Engine] = []

    def new() -> Engine:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path / f'{len(opened)}.db'}"
        else:
            url = request.getfixturevalue("new_postgres")().render_as_string(hide_password=False)
        opened.append(open_engine(url))
        return opened[-1]

    yield new
    for engine in opened:
        engine.dispose()


def test_an_empty_database_and_all_migrations_equal_the_metadata(new_database: NewDatabase) -> None:
    migrated = new_database()
    upgrade(migrated)
    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_name": lambda name, kind, _: kind != "table" or name not in VERSIONS,
    }
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        # Alembic takes several metadata at once; its type hints know of one.
        assert compare_metadata(context, [metadata, outbox_metadata]) == []  # type: ignore[arg-type]


def test_the_migrated_tables_are_those_of_the_metadata_in_every_detail(new_database: NewDatabase) -> None:
    # compare_metadata does not look at everything: conditions of indexes, keys, the names of constraints.
    migrated, created = new_database(), new_database()
    upgrade(migrated)
    metadata.create_all(created)
    outbox_metadata.create_all(created)
    assert set(inspect(migrated).get_table_names()) == {*metadata.tables, *outbox_metadata.tables, *VERSIONS}
    assert _shapes(migrated) == _shapes(created)


def _shapes(engine: Engine) -> dict[str, dict[str, Any]]:
    look = inspect(engine)
    return {table: _shape(look, table) for table in [*metadata.tables, *outbox_metadata.tables]}


def _shape(look: Inspector, table: str) -> dict[str, Any]:
    return {
        "columns": [
            (c["name"], repr(c["type"]), c["nullable"], c["default"], c.get("autoincrement"))
            for c in look.get_columns(table)
        ],
        "key": look.get_pk_constraint(table),
        "foreign": look.get_foreign_keys(table),
        "unique": sorted(map(str, look.get_unique_constraints(table))),
        "checks": sorted(map(str, look.get_check_constraints(table))),
        "indexes": sorted(_words(index) for index in look.get_indexes(table)),
    }


def _words(reflected: Mapping[str, Any]) -> str:
    """What the database says of an index; a condition is an expression, of which only the text can be compared."""
    options = {name: str(value) for name, value in reflected.get("dialect_options", {}).items()}
    return str({**reflected, "dialect_options": options})


def test_upgrading_twice_changes_nothing(new_database: NewDatabase) -> None:
    engine = new_database()
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(metadata.tables["school"].insert(), _SCHOOL)
    before = _shapes(engine), _versions(engine)
    upgrade(engine)
    check(engine)
    assert (_shapes(engine), _versions(engine)) == before
    with engine.connect() as connection:
        assert [dict(row) for row in connection.execute(metadata.tables["school"].select()).mappings()] == [_SCHOOL]


_SCHOOL = {"school_id": "school-1", "name": "Школа № 101", "registry_id": "REG-0001", "zone": "Europe/Moscow"}


def _versions(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [
            connection.execute(text(f"SELECT version_num FROM {table}")).scalar_one()  # noqa: S608  our own names
            for table in sorted(VERSIONS)
        ]


def test_an_empty_database_is_refused_and_told_what_to_do(new_database: NewDatabase) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check(new_database())
    assert (caught.value.code, caught.value.who) == ("configuration.database_version", Party.COORDINATOR)
    assert "gateway db upgrade" in caught.value.text.ru
    assert "gateway db upgrade" in caught.value.text.en


@pytest.mark.parametrize("table", sorted(VERSIONS))
def test_a_database_of_another_version_is_refused_with_both_versions(new_database: NewDatabase, table: str) -> None:
    engine = new_database()
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET version_num = '9999'"))  # noqa: S608  our own names
    with pytest.raises(ConfigurationError, match="version 9999, this program needs 0001"):
        check(engine)


def test_the_outbox_alone_is_not_enough(new_database: NewDatabase) -> None:
    engine = new_database()
    outbox.migrate(engine)
    with pytest.raises(ConfigurationError, match="version None, this program needs"):
        check(engine)


def test_processes_that_upgrade_at_the_same_time_take_turns(new_database: NewDatabase) -> None:
    engine = new_database()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    environment["GATEWAY_DATABASE_URL"] = engine.url.render_as_string(hide_password=False)
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "gateway", "db", "upgrade", "--json"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    answers = [(*process.communicate(timeout=60), process.returncode) for process in processes]
    assert answers == [('{"ok": true}\n', "", 0)] * 3
    check(engine)
