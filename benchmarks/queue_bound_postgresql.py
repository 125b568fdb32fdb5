"""What PostgreSQL itself allows: the barest queues that could be called one, on psycopg directly.

``Unordered`` claims with SKIP LOCKED and settles, a batch a commit each. ``Ordered`` does what the outbox has to do
and nothing else: a lane per key, lanes claimed with a lease and a fencing number, an attempt kept for every message,
the lane moved on to its next one. Neither retries, expires, pauses, encrypts or forgets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import psycopg
from queue_stage import key_of

_RUN = 10


class _Bare:
    """A connection, and the loop of claim, handle, settle."""

    SCHEMA = ""

    def __init__(self, address: str, *, batch: int = 100) -> None:
        self._connection = psycopg.connect(address, autocommit=True)
        self._batch = batch

    def prepare(self) -> None:
        self._connection.execute(self.SCHEMA)

    def drain(self, handle: Callable[[str], None]) -> None:
        while claimed := self._claim():
            for _, payload in claimed:
                handle(payload)
            self._settle([number for number, _ in claimed])

    def work(self, handle: Callable[[str], None]) -> None:
        self._connection.execute("LISTEN bare")
        while True:
            self.drain(handle)
            next(self._connection.notifies(timeout=1, stop_after=1), None)

    def _claim(self) -> list[tuple[int, str]]:
        raise NotImplementedError

    def _settle(self, numbers: list[int]) -> None:
        raise NotImplementedError


class Unordered(_Bare):
    """One table; whoever comes first takes what is next."""

    SCHEMA = """
        DROP TABLE IF EXISTS bare_queue;
        CREATE TABLE bare_queue (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state smallint NOT NULL DEFAULT 0, payload text NOT NULL
        );
        CREATE INDEX ON bare_queue (id) WHERE state = 0
    """

    def enqueue(self, payloads: Sequence[str]) -> None:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            with cursor.copy("COPY bare_queue (payload) FROM STDIN") as copy:
                for payload in payloads:
                    copy.write_row((payload,))
            cursor.execute("NOTIFY bare")

    def _claim(self) -> list[tuple[int, str]]:
        return self._connection.execute(
            "UPDATE bare_queue SET state = 1 WHERE id = ANY(ARRAY("
            " SELECT id FROM bare_queue WHERE state = 0 ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED"
            ")) RETURNING id, payload",
            (self._batch,),
        ).fetchall()

    def _settle(self, numbers: list[int]) -> None:
        self._connection.execute("UPDATE bare_queue SET state = 2 WHERE id = ANY(%s)", (numbers,))


class Ordered(_Bare):
    """Lanes, messages and attempts."""

    SCHEMA = """
        DROP TABLE IF EXISTS bare_lane, bare_message, bare_payload, bare_attempt;
        CREATE TABLE bare_lane (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL UNIQUE, head bigint,
            wake_at timestamptz, lease_until timestamptz, fence bigint NOT NULL DEFAULT 0
        ) WITH (fillfactor = 50);
        CREATE INDEX ON bare_lane (wake_at) WHERE wake_at IS NOT NULL;
        CREATE TABLE bare_message (
            seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, lane bigint NOT NULL,
            attempts integer NOT NULL DEFAULT 0, created_at timestamptz NOT NULL DEFAULT now(),
            finished_at timestamptz, payload text NOT NULL
        );
        CREATE INDEX ON bare_message (lane, seq) WHERE finished_at IS NULL;
        CREATE TABLE bare_attempt (
            message bigint, number integer, started_at timestamptz NOT NULL, finished_at timestamptz NOT NULL,
            outcome text NOT NULL, status integer, PRIMARY KEY (message, number)
        )
    """

    def enqueue(self, payloads: Sequence[str]) -> None:
        keys = [key_of(payload) for payload in payloads]
        with self._connection.transaction():
            lanes: dict[str, int] = dict(
                self._connection.execute(
                    "INSERT INTO bare_lane (key) SELECT DISTINCT key FROM unnest(%s::text[]) AS key ORDER BY key"
                    " ON CONFLICT (key) DO UPDATE SET fence = bare_lane.fence RETURNING key, id",
                    (keys,),
                ).fetchall()
            )
            self._connection.execute(
                "WITH added AS (INSERT INTO bare_message (lane, payload)"
                " SELECT * FROM unnest(%s::bigint[], %s::text[]) RETURNING seq, lane),"
                " heads AS (SELECT lane, min(seq) AS seq FROM added GROUP BY lane)"
                " UPDATE bare_lane SET head = heads.seq, wake_at = now() FROM heads"
                " WHERE bare_lane.id = heads.lane AND bare_lane.head IS NULL",
                ([lanes[key] for key in keys], list(payloads)),
            )
            self._connection.execute("NOTIFY bare")

    def _claim(self) -> list[tuple[int, str]]:
        with self._connection.transaction():
            claimed = self._connection.execute(
                "UPDATE bare_lane SET wake_at = NULL, lease_until = now() + interval '1 minute', fence = fence + 1"
                " WHERE id = ANY(ARRAY(SELECT id FROM bare_lane WHERE wake_at <= now() ORDER BY wake_at LIMIT %s"
                " FOR UPDATE SKIP LOCKED)) RETURNING id, fence",
                (self._batch,),
            ).fetchall()
            self._fences: dict[int, int] = dict(claimed)
            return self._connection.execute(
                "SELECT message.seq, message.payload FROM unnest(%s::bigint[]) AS of CROSS JOIN LATERAL ("
                " SELECT seq, payload FROM bare_message WHERE lane = of AND finished_at IS NULL ORDER BY seq LIMIT %s"
                ") AS message",
                (list(self._fences), _RUN),
            ).fetchall()

    def _settle(self, numbers: list[int]) -> None:
        lanes = list(self._fences)
        with self._connection.transaction():
            self._connection.execute(
                "SELECT id FROM bare_lane, unnest(%s::bigint[], %s::bigint[]) AS mine (of, number)"
                " WHERE id = of AND fence = number ORDER BY id FOR UPDATE OF bare_lane",
                (lanes, list(self._fences.values())),
            )
            self._connection.execute(
                "WITH done AS (UPDATE bare_message SET attempts = attempts + 1, finished_at = now()"
                " WHERE seq = ANY(%s) RETURNING seq, attempts)"
                " INSERT INTO bare_attempt SELECT seq, attempts, now(), now(), 'delivered', 200 FROM done",
                (numbers,),
            )
            self._connection.execute(
                "UPDATE bare_lane SET head = follower.seq, lease_until = NULL,"
                " wake_at = CASE WHEN follower.seq IS NULL THEN NULL ELSE now() END"
                " FROM unnest(%s::bigint[]) AS of LEFT JOIN LATERAL (SELECT seq FROM bare_message"
                " WHERE lane = of AND finished_at IS NULL ORDER BY seq LIMIT 1) AS follower ON true"
                " WHERE bare_lane.id = of",
                (lanes,),
            )
