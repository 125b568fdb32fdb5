"""Lanes and attempts as the fast claim needs them; idempotency keys and payloads in tables of their own.

Everything is taken over. What was in flight is taken back, for nobody can settle it any more: its running attempt is
written down as lost, and the message is ready again. Attempts that were given back before they began are left out and
the others renumbered: a message that was not begun is no attempt any more.
"""

# ruff: noqa: S608 -- what is put into the statements are our own column names

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa
from alembic import op

from outbox.migrations.tables_0002 import metadata

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OLD = ("attempt", "message", "lane", "decision", "destination", "switch")
_OLD_INDEXES = (
    "ix_outbox_decision_message_id",
    "ix_outbox_lane_head",
    "ix_outbox_lane_lease",
    "ix_outbox_lane_wake",
    "ix_outbox_message_finished_at",
    "ix_outbox_message_owner_seq",
    "ix_outbox_message_state_destination",
    "ix_outbox_message_unfinished",
)
_OLD_KEYS = (
    ("attempt", "fk_outbox_attempt_message"),
    ("attempt", "pk_outbox_attempt"),
    ("message", "uq_outbox_message_destination_idempotency_key"),
    ("message", "uq_outbox_message_id"),
    ("message", "pk_outbox_message"),
    ("lane", "pk_outbox_lane"),
    ("decision", "pk_outbox_decision"),
    ("destination", "pk_outbox_destination"),
    ("switch", "pk_outbox_switch"),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def upgrade() -> None:
    """Move the old tables aside, create the new ones, take everything over, and drop the old ones."""
    connection = op.get_bind()
    words = _Postgres() if connection.dialect.name == "postgresql" else _Sqlite(connection)
    last = connection.execute(sa.text(words.last_number)).scalar_one()
    _move_aside(on_postgres=isinstance(words, _Postgres))
    metadata.create_all(connection, checkfirst=False)
    for statement in _take_over(words):
        connection.execute(sa.text(statement), {"last": last, "now": words.now()})
    for statement in words.continue_numbers:
        connection.execute(sa.text(statement), {"last": last})
    for table in _OLD:
        op.drop_table(f"outbox_old_{table}")
    if isinstance(words, _Postgres):
        # However many messages one lane has for a while: where its first one is sought, the planner must not conclude
        # that walking over all messages by number finds it soon.
        op.execute("ALTER TABLE outbox_message ALTER COLUMN lane SET (n_distinct = -1)")


def _move_aside(*, on_postgres: bool) -> None:
    """Rename the old tables; the names of their indexes, which are the database's, become free."""
    for index in _OLD_INDEXES:
        op.drop_index(index)
    if on_postgres:
        for table, name in _OLD_KEYS:
            op.drop_constraint(name, f"outbox_{table}")
        op.execute("ALTER SEQUENCE outbox_decision_seq_seq RENAME TO outbox_old_decision_seq_seq")
    for table in _OLD:
        op.rename_table(f"outbox_{table}", f"outbox_old_{table}")


class _Postgres:
    """How PostgreSQL says it."""

    last_number = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM outbox_message_seq_seq"
    continue_numbers = (
        "SELECT setval('outbox_seq', :last + (SELECT count(*) FROM outbox_lane) + 1, false)",
        """
        SELECT setval(pg_get_serial_sequence('outbox_decision', 'seq'), old.last_value, old.is_called)
        FROM outbox_old_decision_seq_seq old
        """,
    )

    def now(self) -> datetime:
        """Return the time of the migration."""
        return datetime.now(UTC)

    def moment(self, column: str) -> str:
        """Keep a time as it is."""
        return column

    def by_bytes(self, column: str) -> str:
        """Compare a name as the new tables do."""
        return f'{column} COLLATE "C"'

    def digest(self, column: str) -> str:
        """Reckon SHA-256."""
        return f"sha256({column})"

    def plain(self, column: str) -> str:
        """Mark a payload as not sealed."""
        return f"'\\x00'::bytea || {column}"


class _Sqlite:
    """How SQLite says it, with functions that it is taught: a row at a time, so that no table need fit in memory."""

    last_number = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox_message'), 0)"
    # What AUTOINCREMENT has handed out moves along: the decisions are inserted with their numbers.
    continue_numbers = (
        "INSERT INTO outbox_counter (name, next) VALUES ('seq', :last + (SELECT count(*) FROM outbox_lane) + 1)",
    )

    def __init__(self, connection: sa.Connection) -> None:
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101 -- a connection in use has one
        driver.create_function("outbox_moment", 1, _microseconds, deterministic=True)
        driver.create_function("outbox_digest", 1, lambda payload: sha256(payload).digest(), deterministic=True)
        driver.create_function("outbox_plain", 1, lambda payload: b"\0" + payload, deterministic=True)

    def now(self) -> int:
        """Return the time of the migration."""
        return (datetime.now(UTC) - _EPOCH) // _MICROSECOND

    def moment(self, column: str) -> str:
        """Turn text into microseconds."""
        return f"outbox_moment({column})"

    def by_bytes(self, column: str) -> str:
        """Compare a name as all tables here do."""
        return column

    def digest(self, column: str) -> str:
        """Reckon SHA-256."""
        return f"outbox_digest({column})"

    def plain(self, column: str) -> str:
        """Mark a payload as not sealed."""
        return f"outbox_plain({column})"


def _microseconds(text: str | None) -> int | None:
    """Read a time as revision 0001 stored it: in UTC, without saying so."""
    return None if text is None else (datetime.fromisoformat(text).replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND


def _take_over(words: _Postgres | _Sqlite) -> Iterator[str]:
    """Give the statements that fill the new tables, for the parameters ``last`` and ``now``."""
    moment = words.moment
    # Priorities were any number; now there are three.
    three = "CASE WHEN {0} > 0 THEN 1 WHEN {0} < 0 THEN -1 ELSE 0 END".format
    yield f"""
        INSERT INTO outbox_lane (
            id, destination, key, state, head, priority, wake_at, blocked_reason, careful_through, fence)
        SELECT :last + row_number() OVER (ORDER BY l.destination, l.key), l.destination, l.key,
            CASE l.state WHEN 'leased' THEN 'ready' ELSE l.state END,
            l.head, {three("l.priority")},
            CASE l.state WHEN 'leased' THEN
                CASE WHEN m.expires_at < m.created_at THEN {moment("m.expires_at")} ELSE {moment("m.created_at")} END
            ELSE {moment("l.wake_at")} END,
            l.blocked_reason,
            CASE l.state WHEN 'leased' THEN l.head END,
            l.fence
        FROM outbox_old_lane l LEFT JOIN outbox_old_message m ON m.seq = l.head
    """
    # The lane of a single message goes with it; its number may be any that no lane has.
    yield f"""
        INSERT INTO outbox_message (
            seq, id, lane, destination, kind, content_type, ordering_key, idempotency_key, correlation, owner,
            priority, size, digest, created_at, due_at, expires_at, state, attempts, budget_used, budget_since,
            budget_away, retry_at, finished_at, receipt, error_code, error_reason)
        SELECT m.seq, m.id, coalesce(l.id, m.seq), m.destination, m.kind, m.content_type, m.ordering_key,
            m.idempotency_key, m.correlation, m.owner, {three("m.priority")}, length(m.payload),
            {words.digest("m.payload")}, {moment("m.created_at")}, {moment("m.due_at")}, {moment("m.expires_at")},
            CASE m.state WHEN 'leased' THEN 'ready' ELSE m.state END,
            m.attempts - (
                SELECT count(*) FROM outbox_old_attempt a WHERE a.message = m.seq AND a.outcome = 'given_back'),
            m.budget_used, {moment("m.budget_since")}, 0, {moment("m.retry_at")}, {moment("m.finished_at")},
            m.receipt,
            CASE m.state WHEN 'leased' THEN 'lease_lost' ELSE m.error_code END,
            CASE m.state WHEN 'leased' THEN 'taken back when the tables were migrated' ELSE m.error_reason END
        FROM outbox_old_message m LEFT JOIN outbox_lane l
            ON l.destination = {words.by_bytes("m.destination")} AND l.key = {words.by_bytes("m.lane")}
    """
    yield f"""
        INSERT INTO outbox_payload (message, bytes) SELECT seq, {words.plain("payload")} FROM outbox_old_message
    """
    yield f"""
        INSERT INTO outbox_key (destination, key, message_id, created_at)
        SELECT destination, idempotency_key, id, {moment("created_at")}
        FROM outbox_old_message WHERE idempotency_key IS NOT NULL
    """
    yield f"""
        INSERT INTO outbox_attempt (
            message, number, started_at, finished_at, outcome, status, answer, error_code, error_reason, worker)
        SELECT message, row_number() OVER (PARTITION BY message ORDER BY number), {moment("started_at")},
            coalesce({moment("finished_at")}, :now),
            CASE outcome WHEN 'running' THEN 'lost' ELSE outcome END,
            status, answer,
            CASE outcome WHEN 'running' THEN 'lease_lost' ELSE error_code END,
            CASE outcome WHEN 'running' THEN 'taken back when the tables were migrated' ELSE error_reason END,
            worker
        FROM outbox_old_attempt WHERE outcome <> 'given_back'
    """
    yield f"""
        INSERT INTO outbox_destination (name, paused_at, paused_by, paused_reason, away_since)
        SELECT name, {moment("paused_at")}, paused_by, paused_reason, {moment("paused_at")} FROM outbox_old_destination
    """
    yield f"""
        INSERT INTO outbox_switch (name, set_at, set_by, reason)
        SELECT name, {moment("set_at")}, set_by, reason FROM outbox_old_switch
    """
    yield f"""
        INSERT INTO outbox_decision (seq, at, by, verb, reason, destination, message_id)
        SELECT seq, {moment("at")}, by, verb, reason, destination, message_id FROM outbox_old_decision
    """
