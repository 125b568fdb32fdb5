"""The migrations make exactly the tables that the code uses, lose nothing on the way, and never run half."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection, DateTime, Engine, bindparam, create_engine, inspect, select, text
from sqlalchemy.exc import DBAPIError

from outbox import migrations, tables
from outbox.claiming import claim
from outbox.errors import SchemaMismatchError
from outbox.intake import enqueue
from outbox.message import NewMessage
from outbox.migrations import check, migrate
from outbox.policy import Policy
from outbox.sealing import PLAIN
from outbox.sqlite import sqlite_engine
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
    sequences = inspect(empty).get_sequence_names() if empty.dialect.name == "postgresql" else []
    with empty.begin() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
    assert found == {table: _shape(empty, table) for table in metadata.tables}
    if empty.dialect.name == "postgresql":
        assert sorted(sequences) == sorted(inspect(empty).get_sequence_names())
    empty.dispose()


def _shape(engine: Engine, table: str) -> list[str]:
    look = inspect(engine)
    columns = [f"{c['name']} {c['type']!r} {c['nullable']}" for c in look.get_columns(table)]
    if engine.dialect.name == "sqlite":
        query = text("SELECT sql FROM sqlite_master WHERE tbl_name = :t AND type = 'index' AND sql IS NOT NULL")
    else:
        query = text(
            "SELECT indexdef FROM pg_indexes WHERE tablename = :t"
            " UNION ALL SELECT array_to_string(reloptions, ' ') FROM pg_class WHERE relname = :t AND relkind = 'r'"
            " UNION ALL SELECT concat_ws(' ', column_name, collation_name, column_default)"
            " FROM information_schema.columns WHERE table_name = :t"
        )
    with engine.connect() as connection:
        found = sorted(str(part) for part in connection.execute(query, {"t": table}).scalars())
    return [*columns, *found, repr(look.get_pk_constraint(table)), repr(look.get_foreign_keys(table))]


def test_migrating_twice_changes_nothing_and_check_agrees(empty: Engine) -> None:
    with pytest.raises(SchemaMismatchError, match="no outbox tables"):
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


BEGUN = datetime(2026, 9, 1, 8, 0, 0, 250, tzinfo=UTC)
LATER = BEGUN + timedelta(minutes=1)
FIRST: dict[str, Any] = {
    "kind": "marks",
    "content_type": "text/xml",
    "correlation": "doc 1",
    "owner": "school 1",
    "priority": 0,
    "created_at": BEGUN,
    "due_at": None,
    "expires_at": None,
    "attempts": 0,
    "budget_used": 0,
    "budget_since": None,
    "retry_at": None,
    "finished_at": None,
    "receipt": None,
    "error_code": None,
    "error_reason": None,
    "idempotency_key": None,
}


def put(connection: Connection, table: str, **values: Any) -> None:
    """Insert a row as revision 0001 did."""
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    statement = text(f"INSERT INTO outbox_{table} ({names}) VALUES ({marks})")  # noqa: S608 -- the test's own names
    times = [bindparam(name, type_=DateTime(timezone=True)) for name, v in values.items() if isinstance(v, datetime)]
    if connection.dialect.name == "sqlite":
        values = {n: v.replace(tzinfo=None) if isinstance(v, datetime) else v for n, v in values.items()}
    connection.execute(statement.bindparams(*times), values)


def put_message(connection: Connection, seq: int, lane: str, state: str, **more: Any) -> None:
    kind, name = lane.split(":")
    key = name if kind == "k" else None
    fixed = {"seq": seq, "id": f"m{seq}", "lane": lane, "ordering_key": key, "state": state}
    put(connection, "message", **{**FIRST, "destination": "authority", "payload": b"<%d/>" % seq, **fixed, **more})


def put_lane(connection: Connection, key: str, state: str, head: int | None, **more: Any) -> None:
    fixed = {"destination": "authority", "key": key, "state": state, "head": head, "priority": 0, "fence": 7}
    put(connection, "lane", **{**fixed, "wake_at": BEGUN if state in {"ready", "waiting"} else None, **more})


def put_attempt(connection: Connection, message: int, number: int, outcome: str, finished: datetime | None) -> None:
    code = "http_503" if outcome == "retry" else None
    put(
        connection,
        "attempt",
        message=message,
        number=number,
        started_at=BEGUN,
        finished_at=finished,
        outcome=outcome,
        status=503 if outcome == "retry" else None,
        answer="busy" if outcome == "retry" else "",
        error_code=code,
        error_reason=code,
        worker="w1",
    )


@pytest.fixture
def filled(empty: Engine) -> Engine:
    """Give a database at revision 0001 with a message in every state, beside a table of the application's own."""
    with empty.begin() as connection:
        command.upgrade(migrations._config(connection), "0001")
        connection.execute(text("CREATE TABLE journal (message VARCHAR(64))"))
        connection.execute(text("INSERT INTO journal VALUES ('m1')"))
        put_message(
            connection, 1, "m:m1", "done", finished_at=LATER, receipt="R-1", idempotency_key="doc-1", attempts=1
        )
        put_attempt(connection, 1, 1, "delivered", LATER)
        put_lane(connection, "k:done", "idle", None)
        put_message(connection, 2, "k:done", "dead", finished_at=LATER, error_code="refused", error_reason="schema")
        put_lane(connection, "k:a", "leased", 3, lease_owner="w1", lease_until=LATER)
        used = {"attempts": 3, "budget_used": 2, "budget_since": BEGUN}
        put_message(connection, 3, "k:a", "leased", priority=9, expires_at=BEGUN + timedelta(days=1), **used)
        put_attempt(connection, 3, 1, "retry", LATER)
        put_attempt(connection, 3, 2, "given_back", LATER)
        put_attempt(connection, 3, 3, "running", None)
        put_message(connection, 4, "k:a", "ready")
        put_lane(connection, "k:b", "waiting", 5, wake_at=LATER, priority=-4)
        put_message(connection, 5, "k:b", "waiting", due_at=LATER, retry_at=LATER, priority=-4)
        put_lane(connection, "k:c", "blocked", 6, blocked_reason="refused")
        put_message(connection, 6, "k:c", "dead", error_code="refused", error_reason="schema")
        put_lane(connection, "m:m7", "blocked", 7, blocked_reason="held")
        put_message(connection, 7, "m:m7", "held", payload=b"")
        put_lane(connection, "m:m8", "ready", 8, priority=2)
        put_message(connection, 8, "m:m8", "ready", priority=2, idempotency_key="doc-8")
        if connection.dialect.name == "postgresql":
            connection.execute(
                text("SELECT setval('outbox_message_seq_seq', 12), setval('outbox_decision_seq_seq', 4)")
            )
        else:
            connection.execute(text("UPDATE sqlite_sequence SET seq = 12 WHERE name = 'outbox_message'"))
        paused = {"paused_at": BEGUN, "paused_by": "coordinator", "paused_reason": "maintenance"}
        put(connection, "destination", name="authority", **paused)
        put(connection, "destination", name="portal", paused_at=None)
        put(connection, "switch", name="stop", set_at=LATER, set_by="director", reason="inspection")
        said = {"at": LATER, "by": "coordinator", "verb": "skip", "reason": "sent on paper"}
        put(connection, "decision", seq=4, **said, destination=None, message_id="m2")
    return empty


def rows(engine: Engine, table: str, *names: str) -> list[tuple[Any, ...]]:
    columns = metadata.tables[f"outbox_{table}"].c
    with engine.connect() as connection:
        found = connection.execute(select(*(columns[name] for name in names)).order_by(columns[names[0]]))
        return [tuple(row) for row in found]


class TestFromTheFirstRevision:
    def test_every_message_is_there_in_its_state_and_what_was_in_flight_is_taken_back(self, filled: Engine) -> None:
        migrate(filled)
        assert rows(filled, "message", "seq", "id", "state", "finished_at") == [
            (1, "m1", "done", LATER),
            (2, "m2", "dead", LATER),
            (3, "m3", "ready", None),
            (4, "m4", "ready", None),
            (5, "m5", "waiting", None),
            (6, "m6", "dead", None),
            (7, "m7", "held", None),
            (8, "m8", "ready", None),
        ]
        columns = ("seq", "priority", "retry_at", "due_at", "expires_at", "receipt", "error_code", "error_reason")
        found = {row[0]: row[1:] for row in rows(filled, "message", *columns)}
        taken_back = "taken back when the tables were migrated"
        assert found[1] == (0, None, None, None, "R-1", None, None)
        assert found[3] == (1, None, None, BEGUN + timedelta(days=1), None, "lease_lost", taken_back)
        assert found[5] == (-1, LATER, LATER, None, None, None, None)
        assert found[6] == (0, None, None, None, None, "refused", "schema")
        names = ("kind", "content_type", "correlation", "owner", "created_at", "ordering_key", "idempotency_key")
        assert rows(filled, "message", "seq", *names)[7] == (
            8,
            "marks",
            "text/xml",
            "doc 1",
            "school 1",
            BEGUN,
            None,
            "doc-8",
        )
        filled.dispose()

    def test_lanes_keep_their_heads_and_get_numbers_that_nothing_else_has(self, filled: Engine) -> None:
        migrate(filled)
        lanes = {row[0]: row[1:] for row in rows(filled, "lane", "key", "id", "state", "head", "wake_at", "fence")}
        assert {key: row[1:] for key, row in lanes.items()} == {
            "k:a": ("ready", 3, BEGUN, 7),
            "k:b": ("waiting", 5, LATER, 7),
            "k:c": ("blocked", 6, None, 7),
            "k:done": ("idle", None, None, 7),
            "m:m7": ("blocked", 7, None, 7),
            "m:m8": ("ready", 8, BEGUN, 7),
        }
        assert sorted(row[0] for row in lanes.values()) == list(range(13, 19))
        numbers = {key: row[0] for key, row in lanes.items()}
        home = dict(rows(filled, "message", "seq", "lane"))
        assert [home[seq] for seq in range(2, 9)] == [
            numbers[key] for key in ("k:done", "k:a", "k:a", "k:b", "k:c", "m:m7", "m:m8")
        ]
        assert home[1] not in numbers.values()
        leases = rows(
            filled, "lane", "key", "priority", "lease_owner", "lease_until", "careful_through", "blocked_reason"
        )
        assert leases[0] == ("k:a", 0, None, None, 3, None)
        assert [row[-1] for row in leases] == [None, None, "refused", None, "held", None]
        assert [row[1] for row in leases] == [0, -1, 0, 0, 0, 1]
        filled.dispose()

    def test_payloads_lie_apart_with_their_size_and_digest(self, filled: Engine) -> None:
        migrate(filled)
        stored = {
            seq: PLAIN.open(bytes(content), "any") for seq, content in rows(filled, "payload", "message", "bytes")
        }
        assert stored == {seq: b"" if seq == 7 else b"<%d/>" % seq for seq in range(1, 9)}
        for seq, size, digest in rows(filled, "message", "seq", "size", "digest"):
            assert (size, digest) == (len(stored[seq]), hashlib.sha256(stored[seq]).digest())
        filled.dispose()

    def test_attempts_are_kept_and_counted_without_those_that_were_never_begun(self, filled: Engine) -> None:
        before = datetime.now(UTC)
        migrate(filled)
        found = rows(filled, "attempt", "message", "number", "outcome", "finished_at", "status", "answer", "error_code")
        assert found[:2] == [
            (1, 1, "delivered", LATER, None, "", None),
            (3, 1, "retry", LATER, 503, "busy", "http_503"),
        ]
        [lost] = found[2:]
        assert lost[:3] == (3, 2, "lost")
        assert before <= lost[3] <= datetime.now(UTC)
        counts = {row[0]: row[1:] for row in rows(filled, "message", "seq", "attempts", "budget_used", "budget_since")}
        assert counts[3] == (2, 2, BEGUN)
        assert counts[1] == (1, 0, None)
        filled.dispose()

    def test_keys_pauses_the_switch_and_decisions_stand(self, filled: Engine) -> None:
        migrate(filled)
        assert rows(filled, "key", "key", "destination", "message_id", "created_at") == [
            ("doc-1", "authority", "m1", BEGUN),
            ("doc-8", "authority", "m8", BEGUN),
        ]
        assert rows(filled, "destination", "name", "paused_at", "paused_by", "paused_reason", "away_since") == [
            ("authority", BEGUN, "coordinator", "maintenance", BEGUN),
            ("portal", None, None, None, None),
        ]
        assert rows(filled, "switch", "name", "set_at", "set_by", "reason") == [
            ("stop", LATER, "director", "inspection")
        ]
        assert rows(filled, "decision", "seq", "at", "by", "verb", "reason", "message_id") == [
            (4, LATER, "coordinator", "skip", "sent on paper", "m2")
        ]
        with filled.begin() as connection:
            said = {"at": LATER, "by": "x", "verb": "start", "reason": "y"}
            assert connection.execute(tables.decision.insert().values(said)).inserted_primary_key == (5,)
        filled.dispose()

    def test_the_queue_goes_on_where_it_was(self, filled: Engine) -> None:
        migrate(filled)
        late = NewMessage(destination="authority", kind="marks", payload=b"<9/>", ordering_key="a")
        again = NewMessage(destination="authority", kind="marks", payload=b"", idempotency_key="doc-1")
        with filled.begin() as connection:
            connection.execute(tables.switch.delete())
            connection.execute(tables.destination.delete())
            new, old = enqueue(connection, late, again, now=LATER)
        assert old == "m1"
        [seq] = [row[0] for row in rows(filled, "message", "seq", "id") if row[1] == new]
        assert seq > 18
        with filled.begin() as connection:
            policies = {"authority": Policy()}
            claimed = claim(connection, policies=policies, worker="w2", limit=10, now=LATER, random=lambda: 0.5)
        assert [(message.id, message.payload) for message in claimed.messages][:2] == [("m8", b"<8/>"), ("m3", b"<3/>")]
        filled.dispose()

    def test_the_result_is_the_same_as_from_nothing_and_the_neighbours_are_left_alone(self, filled: Engine) -> None:
        migrate(filled)
        with filled.connect() as connection:
            assert connection.execute(text("SELECT message FROM journal")).scalars().all() == ["m1"]
        names = set(inspect(filled).get_table_names())
        assert names == {*metadata.tables, "journal", "outbox_version"}
        found = {table: _shape(filled, table) for table in metadata.tables}
        with filled.begin() as connection:
            metadata.drop_all(connection)
            metadata.create_all(connection)
        assert found == {table: _shape(filled, table) for table in metadata.tables}
        filled.dispose()

    def test_a_migration_that_fails_leaves_everything_as_it_was(self, filled: Engine) -> None:
        with filled.begin() as connection:
            connection.execute(text("CREATE TABLE outbox_payload (in_the_way INTEGER)"))
        with pytest.raises(DBAPIError):
            migrate(filled)
        with filled.connect() as connection:
            assert connection.execute(text("SELECT version_num FROM outbox_version")).scalar_one() == "0001"
            assert (
                connection.execute(
                    text("SELECT count(*) FROM outbox_message WHERE payload = :p"), {"p": b"<8/>"}
                ).scalar_one()
                == 1
            )
        filled.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize("before", [None, "0001"])
def test_postgresqls_planner_is_told_that_lanes_are_many(postgres_url: URL, before: str | None) -> None:
    """Without it one lane with many messages makes every claim walk over all of them; see the migration."""
    engine = create_engine(postgres_url)
    if before is not None:
        with engine.begin() as connection:
            command.upgrade(migrations._config(connection), before)
    migrate(engine)
    told = text("SELECT attoptions FROM pg_attribute WHERE attrelid = 'outbox_message'::regclass AND attname = 'lane'")
    with engine.connect() as connection:
        assert connection.execute(told).scalar_one() == ["n_distinct=-1"]
    engine.dispose()
