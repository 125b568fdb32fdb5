"""Placing on SQLite: prepared statements run once a row, which costs it no more than one statement for all."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from outbox.lane import LaneKey
from outbox.message import LaneState, MessageId
from outbox.placing import Key, NewLane, Place, Placing, Rows, closed
from outbox.tables import microseconds


class OnSqlite(Placing):
    """The transaction has the whole database to itself (BEGIN IMMEDIATE): what is read stays true."""

    def moment(self, moment: datetime) -> int:
        """Count microseconds."""
        return microseconds(moment)

    def admit(self, destinations: Collection[str], count: int) -> Sequence[int]:
        """Look, then draw from the counter."""
        found = self._all(_CLOSED, {"names": json.dumps([*destinations])})
        if found:
            raise closed(found[0])
        [row] = self._all(_NUMBERS, {"count": count})
        return range(row.next - count, row.next)

    def enter_keys(self, keys: Mapping[Key, MessageId], now: datetime) -> dict[Key, MessageId]:
        """Find what is known and insert the rest."""
        known: dict[Key, MessageId] = {
            (row.destination, row.key): row.message_id for row in self._all(_FIND_KEYS, _pairs(keys))
        }
        fresh = {key: message_id for key, message_id in keys.items() if key not in known}
        if fresh:
            stamp = microseconds(now)
            self._many(_INSERT_KEY, [(*key, message_id, stamp) for key, message_id in fresh.items()])
        return known | fresh

    def enter_lanes(self, lanes: Sequence[NewLane]) -> dict[LaneKey, Place]:
        """Find what is there; insert the rest and give the empty ones their head."""
        found = {
            LaneKey(row.destination, row.key): row for row in self._all(_FIND_LANES, _pairs(lane.key for lane in lanes))
        }
        fresh, roused, places = [], [], {}
        for lane in lanes:
            row = found.get(lane.key)
            if row is None:
                fresh.append(lane)
                continue
            head, state = row.head, LaneState(row.state)
            if state is LaneState.IDLE and row.paused_at is None:
                roused.append((lane.state.value, lane.number, lane.priority, microseconds(lane.wake_at), row.id))
                head, state = lane.number, lane.state
            places[lane.key] = Place(row.id, (), state, head)
        self.insert_lanes(fresh)
        if roused:
            self._many(_ROUSE, roused)
        return places

    def supersede(self, states: Sequence[tuple[int, str]], now: datetime) -> set[int]:
        """Finish by one statement."""
        rows = self._all(_SUPERSEDE, {"rows": json.dumps(states), "now": microseconds(now)})
        return {row.seq for row in rows}

    def insert(self, into: Rows, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert by one prepared statement."""
        marks = ", ".join(["?"] * len(into.columns))
        # Nothing here but names of our own.
        self._many(f"INSERT INTO {into.table} ({', '.join(into.columns)}) VALUES ({marks})", rows)  # noqa: S608

    def wake(self) -> None:
        """Do nothing: workers in other processes look from time to time."""

    def _many(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        self._connection.exec_driver_sql(statement, list(rows))


def _pairs(keys: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {"rows": json.dumps([*keys])}


_CLOSED = """
SELECT json_extract(:names, '$[0]') AS name, set_at AS drained_at, set_by AS drained_by, reason AS drained_reason
FROM outbox_switch WHERE name = 'moved'
UNION ALL
SELECT name, drained_at, drained_by, drained_reason FROM outbox_destination
WHERE name IN (SELECT value FROM json_each(:names)) AND (drained_at IS NOT NULL OR full_at IS NOT NULL)
"""

_NUMBERS = """
INSERT INTO outbox_counter (name, next) VALUES ('seq', 1 + :count)
ON CONFLICT (name) DO UPDATE SET next = next + :count
RETURNING next
"""

_FIND_KEYS = """
SELECT k.destination, k.key, k.message_id
FROM json_each(:rows) r CROSS JOIN outbox_key k
  ON k.destination = json_extract(r.value, '$[0]') AND k.key = json_extract(r.value, '$[1]')
"""

_INSERT_KEY = "INSERT INTO outbox_key (destination, key, message_id, created_at) VALUES (?, ?, ?, ?)"

_FIND_LANES = """
SELECT l.id, l.destination, l.key, l.state, l.head, l.paused_at
FROM json_each(:rows) r CROSS JOIN outbox_lane l
  ON l.destination = json_extract(r.value, '$[0]') AND l.key = json_extract(r.value, '$[1]')
"""

_ROUSE = "UPDATE outbox_lane SET state = ?, head = ?, priority = ?, wake_at = ? WHERE id = ?"

_SUPERSEDE = """
UPDATE outbox_message
SET state = 'superseded', retry_at = NULL, finished_at = :now
WHERE (lane, state_of) IN (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:rows))
  AND finished_at IS NULL AND state IN ('ready', 'waiting')
  AND seq > (SELECT coalesce(lease_through, 0) FROM outbox_lane WHERE id = outbox_message.lane)
RETURNING seq
"""
