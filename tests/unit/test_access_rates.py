"""Requests counted in the database: windows, several processes, a database that is busy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, select, text

from gateway.access.rates import WINDOW, Knock, Rates
from gateway.errors import TransientError
from gateway.storage.engine import open_engine
from gateway.storage.rates import SqlRequestCounter
from gateway.storage.tables.access import request_count

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path / 'rates.db'}"
    if request.param == "postgresql":
        new: Callable[[], URL] = request.getfixturevalue("new_postgres")
        url = new().render_as_string(hide_password=False)
    engine = open_engine(url)
    request_count.create(engine)
    yield engine
    engine.dispose()


def _count(engine: Engine, caller: str, now: datetime) -> int | None:
    counted = SqlRequestCounter(engine).count(caller, now=now, window=WINDOW)
    return counted.requests if counted else None


def test_requests_are_counted_by_caller_and_window(engine: Engine) -> None:
    assert [_count(engine, "a", NOW) for _ in range(3)] == [1, 2, 3]
    assert _count(engine, "b", NOW) == 1
    assert _count(engine, "a", NOW + WINDOW - timedelta(seconds=1)) == 4
    assert _count(engine, "a", NOW + WINDOW) == 1


def test_requests_at_the_same_moment_are_counted_one_by_one(engine: Engine) -> None:
    with ThreadPoolExecutor(4) as threads:
        counted = list(threads.map(lambda _: _count(engine, "a", NOW), range(20)))
    told = [number for number in counted if number is not None]
    assert len(set(told)) == len(told)  # what SQLite could not count in time was let through
    assert max(told) == len(told)


def test_callers_of_long_ago_are_forgotten(engine: Engine) -> None:
    _count(engine, "a", NOW)
    _count(engine, "b", NOW + timedelta(days=2))
    with engine.connect() as connection:
        assert list(connection.execute(select(request_count.c.caller)).scalars()) == ["b"]


def test_a_request_that_cannot_be_counted_now_is_let_through(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'busy.db'}")
    request_count.create(engine)
    rates = Rates(counter=SqlRequestCounter(engine), clock=lambda: NOW, limits={Knock.API: 1})
    rates.charge(Knock.API, "a")
    with engine.begin():  # somebody writes a large batch
        rates.charge(Knock.API, "a")
    with pytest.raises(TransientError):
        rates.charge(Knock.API, "a")
    with engine.connect() as connection:  # the connection waits for writers as long as before
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == 10_000
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
    engine.dispose()


def test_kinds_of_request_are_counted_apart_and_told_when_to_come_back(engine: Engine) -> None:
    moment = [NOW]
    rates = Rates(counter=SqlRequestCounter(engine), clock=lambda: moment[0], limits={Knock.API: 1, Knock.TOKEN: 0})
    rates.charge(Knock.API, "a")
    for _ in range(3):
        rates.charge(Knock.TOKEN, "a")
        rates.charge(Knock.SIGN_IN, "a")
    moment[0] += timedelta(seconds=20)
    with pytest.raises(TransientError) as refused:
        rates.charge(Knock.API, "a")
    assert (refused.value.code, refused.value.retry_after) == ("access.too_many_requests", timedelta(seconds=40))
