"""What the database engine promises: a private file, and words for what goes wrong."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gateway.errors import ConfigurationError
from gateway.storage.engine import database_problem, open_engine


def test_a_new_database_and_its_neighbours_are_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "data" / "gateway.db"
    engine = open_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE secret (name TEXT)"))
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in file.parent.iterdir()}
    engine.dispose()
    assert set(modes) >= {"gateway.db", "gateway.db-wal"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_an_unprepared_database_is_told_without_the_values_asked_for(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'gateway.db'}")
    with engine.connect() as connection, pytest.raises(SQLAlchemyError) as caught:
        connection.execute(text("SELECT * FROM pupil WHERE family_name = :name"), {"name": "Придумова"})
    engine.dispose()
    assert "Придумова" not in str(caught.value)
    problem = database_problem(caught.value)
    assert problem is not None
    assert problem.code == "configuration.database_version"


def test_a_damaged_file_is_a_database_that_cannot_be_used(tmp_path: Path) -> None:
    file = tmp_path / "gateway.db"
    file.write_bytes(b"this is no database at all" * 100)
    engine = open_engine(f"sqlite:///{file}")
    with pytest.raises(SQLAlchemyError) as caught, engine.connect():
        pass
    engine.dispose()
    problem = database_problem(caught.value)
    assert problem is not None
    assert problem.code == "database.unavailable"
    assert database_problem(ValueError("a bug")) is None


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", ""])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        open_engine(url)
    assert refused.value.code == "configuration.database"
