"""Stored records of one school ⇄ rows, with what is kept encrypted sealed and opened on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping

from gateway.model.ids import SchoolId
from gateway.model.journal_records import RecordKey, RecordKind, Stored, key_of
from gateway.storage.journal_rows import TABLES, RecordTable, Values
from gateway.storage.sealing import Place, Sealer


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredRows:
    """Reads and writes rows of one school."""

    school: SchoolId
    sealer: Sealer

    def read(self, kind: RecordKind, row: RowMapping) -> Stored[Any]:
        """Return the record in a row.

        Raises:
            ConfigurationError: something in it is sealed and the key is not there.
        """
        home = TABLES[kind]
        return Stored(record=home.read(self._opened(home, row) if home.sealed else row), version=row["version"])

    def write(self, kind: RecordKind, records: Sequence[Stored[Any]]) -> list[Values]:
        """Return the rows of records.

        Raises:
            ConfigurationError: something in them has to be sealed and there is no key.
        """
        home, school = TABLES[kind], self.school
        rows = [home.write(stored.record) for stored in records]
        for row, stored in zip(rows, records, strict=True):
            for name in home.sealed:
                row[name] = self.sealer.seal(row[name], self.place(home, key_of(stored.record), name))
            row["school_id"] = school
            row["version"] = stored.version
        return rows

    def place(self, home: RecordTable[Any], key: RecordKey, column: str) -> Place:
        """Return where a sealed text of a record belongs."""
        return Place(school=self.school, table=home.table.name, key=key, column=column)

    def _opened(self, home: RecordTable[Any], row: RowMapping) -> Mapping[str, Any]:
        key = home.key_of_row(row)
        clear = {name: self.sealer.open(row[name], self.place(home, key, name)) for name in home.sealed}
        return {**row, **clear}
