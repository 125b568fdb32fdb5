"""Quarantine in the database. What a record says is kept sealed; its ids and what is wrong with it are not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from gateway.errors import Fault, Party, Text
from gateway.model.ids import SchoolId
from gateway.model.roster_quarantine import UNKNOWN_REFERENCE, Quarantined, QuarantineState
from gateway.storage.bulk import put_rows
from gateway.storage.sealing import Place, Sealer
from gateway.storage.tables.roster_runs import roster_quarantine

_LISTED = [column for column in roster_quarantine.columns if column.name != "raw"]


class SqlQuarantine:
    """The quarantine of one school. Without a key the raw form is not kept: a person looks it up at the source."""

    def __init__(self, connection: Connection, school: SchoolId, sealer: Sealer) -> None:
        self._connection = connection
        self._school = school
        self._sealer = sealer

    def put(self, records: Collection[Quarantined]) -> None:
        """Keep records, each over the one with its source, kind and name.

        One that was read without its raw form keeps the one it has.
        """
        put_rows(self._connection, roster_quarantine, [self._row(one) for one in records if one.raw])
        without = [self._row(one) for one in records if not one.raw]
        held = self._raw_of([row["id"] for row in without])
        put_rows(self._connection, roster_quarantine, [{**row, "raw": held.get(row["id"], "")} for row in without])

    def all(self, *, source: str | None = None, state: QuarantineState | None = None) -> Sequence[Quarantined]:
        """Return the records without their raw form, the ones seen last first."""
        statement = (
            select(*_LISTED)
            .where(roster_quarantine.c.school_id == self._school)
            .order_by(roster_quarantine.c.last_seen.desc(), roster_quarantine.c.kind, roster_quarantine.c.record)
        )
        if source is not None:
            statement = statement.where(roster_quarantine.c.source == source)
        if state is not None:
            statement = statement.where(roster_quarantine.c.state == state)
        return [_record(row) for row in self._connection.execute(statement).mappings()]

    def get(self, record: str) -> Quarantined | None:
        """Return one record with its raw form and with what was written in the places that are wrong."""
        statement = select(roster_quarantine).where(
            roster_quarantine.c.school_id == self._school, roster_quarantine.c.id == record
        )
        row = self._connection.execute(statement).mappings().first()
        if row is None:
            return None
        return replace(_record(row), raw=self._opened(row["id"], row["raw"]))

    def reseal(self) -> int:
        """Seal with the newest key what an older one sealed; return how many records were written."""
        table = roster_quarantine.c
        statement = select(table.id, table.raw).where(table.school_id == self._school, table.raw != "")
        old = [row for row in self._connection.execute(statement) if not self._sealer.is_newest(row.raw)]
        for row in old:
            sealed = self._sealer.seal(self._opened(row.id, row.raw), self._place(row.id))
            its = (table.school_id == self._school) & (table.id == row.id)
            self._connection.execute(update(roster_quarantine).where(its).values(raw=sealed))
        return len(old)

    def _row(self, one: Quarantined) -> dict[str, Any]:
        return {
            "school_id": self._school,
            "id": one.id,
            "source": one.source,
            "kind": one.kind,
            "record": one.record,
            "faults": [fault_json(fault) for fault in one.faults],
            "raw": self._sealed(one),
            "first_seen": one.first_seen,
            "last_seen": one.last_seen,
            "state": one.state,
            "resolved_at": one.resolved_at,
        }

    def _raw_of(self, ids: Collection[str]) -> Mapping[str, str]:
        table = roster_quarantine.c
        wanted = set(ids)
        if not wanted:
            return {}
        statement = select(table.id, table.raw).where(table.school_id == self._school, table.raw != "")
        return {row.id: row.raw for row in self._connection.execute(statement) if row.id in wanted}

    def _sealed(self, one: Quarantined) -> str:
        return self._sealer.seal(one.raw, self._place(one.id)) if self._sealer.newest else ""

    def _opened(self, record: str, raw: str) -> str:
        return self._sealer.open(raw, self._place(record)) if raw else ""

    def _place(self, record: str) -> Place:
        return Place(school=self._school, table=roster_quarantine.name, key=(record,), column="raw")


def fault_json(fault: Fault) -> dict[str, Any]:
    """Return a fault as JSON without what was written in the place, but for the id of a record that is missing."""
    return {
        "code": fault.code,
        "text": {"ru": fault.text.ru, "en": fault.text.en},
        "path": fault.path,
        "line": fault.line,
        "record": fault.record,
        "field": fault.field,
        "rule": fault.rule,
        "who": fault.who.value,
        **({"value": fault.value} if fault.code == UNKNOWN_REFERENCE else {}),
    }


def fault_of(item: Mapping[str, Any]) -> Fault:
    """Return the fault that `fault_json` wrote."""
    return Fault(**{**item, "text": Text(**item["text"]), "who": Party(item["who"])})


def _record(row: RowMapping) -> Quarantined:
    return Quarantined(
        id=row["id"],
        source=row["source"],
        kind=row["kind"],
        record=row["record"],
        faults=tuple(fault_of(item) for item in row["faults"]),
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        state=QuarantineState(row["state"]),
        resolved_at=row["resolved_at"],
    )
