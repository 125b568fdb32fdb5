"""Placing on PostgreSQL.

Lanes go over as one JSON parameter and messages by COPY: measured with a thousand messages, parameters as arrays cost
the client five times as much, and INSERT of many rows the server twice. Few rows are inserted one by one: that is one
round trip where COPY needs two.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.exc import DBAPIError

from outbox.lane import LaneKey
from outbox.message import LaneState, MessageId
from outbox.placing import Key, NewLane, Place, Placing, Rows, closed

WAKE_CHANNEL = "outbox_wake"
"""On this channel PostgreSQL tells listening workers that something is ready."""

_COPY_FROM = 16
"""From so many rows on COPY is faster than INSERT."""


class OnPostgresql(Placing):
    """Numbers are handed out outside transactions here, so what matters is when they are drawn.

    A lane's order is the order of commits only if its numbers are drawn while it is locked. A lane that this
    transaction has inserted nobody else can see, so for it any number will do.
    """

    def moment(self, moment: datetime) -> datetime:
        """Take a moment as it is."""
        return moment

    def admit(self, destinations: Collection[str], count: int) -> Sequence[int]:
        """Look and draw in one round trip."""
        found = self._all(_ADMIT, {"names": list(destinations), "count": count})
        if found[0].name is not None:
            raise closed(found[0])
        numbers: Sequence[int] = found[0].numbers
        return numbers

    def enter_keys(self, keys: Mapping[Key, MessageId], now: datetime) -> dict[Key, MessageId]:
        """Insert in the order of keys, so that two transactions wait for each other in one direction only.

        A key that another transaction is just inserting makes this one wait, and one that was removed since must be
        tried again.
        """
        known: dict[Key, MessageId] = {}
        while missing := {key: message_id for key, message_id in keys.items() if key not in known}:
            rows = [{"destination": to, "key": key, "id": message_id} for (to, key), message_id in missing.items()]
            entered = self._all(_ENTER_KEYS, {"rows": json.dumps(rows), "now": now})
            known |= {(row.destination, row.key): row.message_id for row in entered}
            if len(known) < len(keys):
                rows = [row for row in rows if (row["destination"], row["key"]) not in known]
                found = self._all(_FIND_KEYS, {"rows": json.dumps(rows)})
                known |= {(row.destination, row.key): row.message_id for row in found}
        return known

    def enter_lanes(self, lanes: Sequence[NewLane]) -> dict[LaneKey, Place]:
        """Insert or lock all in one pass in the order of keys; a second pass could meet another one in a deadlock.

        ON CONFLICT DO UPDATE locks the row even where its WHERE clause lets nothing through (PostgreSQL manual,
        INSERT), and evaluates its expressions, the new head's number among them, after that.
        """
        rows = [
            {
                "destination": lane.key.destination,
                "key": lane.key.key,
                "number": lane.number,
                "state": lane.state,
                "priority": lane.priority,
                "wake_at": lane.wake_at.isoformat(),
            }
            for lane in lanes
        ]
        written = {
            LaneKey(destination, key): (lane_id, head)
            for lane_id, destination, key, head in self._all(_ENTER_LANES, {"rows": json.dumps(rows)})
        }
        places: dict[LaneKey, Place] = {}
        unread: list[NewLane] = []
        for lane in lanes:
            lane_id, head = written.get(lane.key, (None, None))
            if lane_id is None:
                unread.append(lane)
            elif lane_id != lane.number:
                places[lane.key] = Place(lane_id, [head], lane.state, head)
                if lane.size > 1:
                    unread.append(lane)
        return self._read(unread, places) if unread else places

    def _read(self, lanes: Sequence[NewLane], places: Mapping[LaneKey, Place]) -> dict[LaneKey, Place]:
        """Read locked lanes and draw the numbers that they lack: a row for each."""
        rows = [
            {
                "destination": lane.key.destination,
                "key": lane.key.key,
                "count": lane.size - (lane.key in places),
            }
            for lane in lanes
        ]
        numbers = {key: [*place.numbers] for key, place in places.items()}
        found = dict(places)
        for lane_id, destination, name, state, head, number in self._all(_READ_LANES, {"rows": json.dumps(rows)}):
            key = LaneKey(destination, name)
            drawn = numbers.setdefault(key, [])
            drawn.append(number)
            found[key] = Place(lane_id, drawn, LaneState(state), head)
        for drawn in numbers.values():
            drawn.sort()
        return found

    def supersede(self, states: Sequence[tuple[int, str]], now: datetime) -> set[int]:
        """Finish by one statement."""
        rows = [{"lane": lane, "state_of": state_of} for lane, state_of in states]
        return {row.seq for row in self._all(_SUPERSEDE, {"rows": json.dumps(rows), "now": now})}

    def insert(self, into: Rows, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert few rows one by one, many by COPY."""
        names = ", ".join(into.columns)
        if len(rows) < _COPY_FROM:
            marks = ", ".join(["%s"] * len(into.columns))
            # Nothing here but names of our own.
            statement = f"INSERT INTO {into.table} ({names}) VALUES ({marks})"  # noqa: S608
            self._connection.exec_driver_sql(statement, list(rows))
            return
        statement = f"COPY {into.table} ({names}) FROM STDIN (FORMAT BINARY)"
        # Whoever has only SQLite needs no psycopg: what is asked of it comes through the connection.
        cursor: Any = self._connection.connection.cursor()
        failure = self._connection.dialect.loaded_dbapi.Error
        try:
            with cursor.copy(statement) as copy:
                copy.set_types([*into.columns.values()])
                for row in rows:
                    copy.write_row(row)
        except failure as error:
            # What SQLAlchemy would have raised, had it known COPY.
            raise DBAPIError.instance(statement, None, error, failure, hide_parameters=True) from error
        finally:
            cursor.close()

    def wake(self) -> None:
        """Send one notification."""
        self._connection.exec_driver_sql(f"SELECT pg_notify('{WAKE_CHANNEL}', '')")


_ADMIT = """
SELECT closed.*, drawn.numbers
FROM (SELECT ARRAY(SELECT nextval('outbox_seq') FROM generate_series(1, %(count)s)) AS numbers) drawn
LEFT JOIN (
  SELECT (%(names)s::text[])[1] AS name, set_at AS drained_at, set_by AS drained_by, reason AS drained_reason
  FROM outbox_switch WHERE name = 'moved'
  UNION ALL
  SELECT name, drained_at, drained_by, drained_reason FROM outbox_destination
  WHERE name = ANY(%(names)s) AND (drained_at IS NOT NULL OR full_at IS NOT NULL)
) closed ON true
"""

_ENTER_KEYS = """
INSERT INTO outbox_key (destination, key, message_id, created_at)
SELECT destination, key, id, %(now)s
FROM json_to_recordset(%(rows)s) AS r(destination text COLLATE "C", key text COLLATE "C", id text)
ORDER BY destination, key
ON CONFLICT DO NOTHING
RETURNING destination, key, message_id
"""

_FIND_KEYS = """
SELECT k.destination, k.key, k.message_id
FROM json_to_recordset(%(rows)s) AS r(destination text COLLATE "C", key text COLLATE "C")
JOIN outbox_key k ON k.destination = r.destination AND k.key = r.key
"""

_ENTER_LANES = """
INSERT INTO outbox_lane AS l (id, destination, key, state, head, priority, wake_at, fence)
SELECT number, destination, key, state, number, priority, wake_at, 0
FROM json_to_recordset(%(rows)s) AS r(
  destination text COLLATE "C", key text COLLATE "C",
  number bigint, state text, priority smallint, wake_at timestamptz
)
ORDER BY destination, key
ON CONFLICT (destination, key) DO UPDATE
SET state = excluded.state, head = nextval('outbox_seq'), priority = excluded.priority, wake_at = excluded.wake_at
WHERE l.state = 'idle' AND l.paused_at IS NULL
RETURNING l.id, l.destination, l.key, l.head
"""

_READ_LANES = """
SELECT l.id, l.destination, l.key, l.state, l.head, nextval('outbox_seq') AS number
FROM json_to_recordset(%(rows)s) AS r(destination text COLLATE "C", key text COLLATE "C", count integer)
JOIN outbox_lane l ON l.destination = r.destination AND l.key = r.key
CROSS JOIN generate_series(1, r.count)
"""

_SUPERSEDE = """
UPDATE outbox_message m
SET state = 'superseded', retry_at = NULL, finished_at = %(now)s
FROM json_to_recordset(%(rows)s) AS r(lane bigint, state_of text COLLATE "C")
JOIN outbox_lane l ON l.id = r.lane
WHERE m.lane = r.lane AND m.state_of = r.state_of AND m.finished_at IS NULL AND m.state IN ('ready', 'waiting')
  AND m.seq > coalesce(l.lease_through, 0)
RETURNING m.seq
"""
