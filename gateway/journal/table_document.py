"""A table of records of one kind: CSV or XLSX. It has no envelope: school and moment come with the command.

A place in a table is named by row and column, as in RFC 7111: ``cell=5,2``; a record by ``row=5``.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from io import StringIO
from typing import IO

from gateway.errors import Fault
from gateway.journal.document import MAX_RAW, MAX_RECORDS, Envelope, Located, ReadRecord, key_in, too_many_records
from gateway.journal.shown import HIDDEN, LONGEST, as_shown, may_be_shown
from gateway.journal.versions import JOURNAL
from gateway.mapping.journal_csv import plain_in
from gateway.mapping.journal_json import VERSION
from gateway.mapping.journal_records import KIND_LABELS
from gateway.model.ids import SchoolId
from gateway.model.journal_records import RecordKind
from gateway.model.rules.batch import Position
from gateway.schemas.json_lines import pointer_to
from gateway.schemas.json_validation import item_faults
from gateway.schemas.table_stream import Table, TableRow

ReadTable = Callable[[IO[bytes]], Table]


class TableDocument:
    """A table; its rows are validated as records of the JSON form."""

    version = VERSION

    def __init__(
        self, source: IO[bytes], read: ReadTable, *, kind: RecordKind, school: SchoolId, sent_at: datetime
    ) -> None:
        self._source = source
        self._read = read
        self._kind = kind
        self._envelope = Envelope(school=school, sent_at=sent_at)

    def records(self) -> Iterator[ReadRecord]:
        """Yield the records, row by row."""
        table = self._read(self._source)
        for place, row in enumerate(table.rows):
            if place == MAX_RECORDS:
                raise too_many_records()
            plain = plain_in(self._kind, row.cells)
            label = KIND_LABELS[self._kind]
            faults = item_faults(plain, JOURNAL, self.version, "journal-batch.schema.json", of=label, place=place)
            above = pointer_to([label, place])
            yield ReadRecord(
                position=(self._kind, place),
                plain=None if faults else plain,
                key=key_in(self._kind, plain),
                faults=tuple(self._placed(table, row, fault, _column(fault.path, above)) for fault in faults),
                raw=_raw(self._kind, row) if faults else "",
            )

    def envelope(self) -> Envelope:
        """Return what came with the command."""
        return self._envelope

    def locate(self, found: Mapping[Position, Sequence[Fault]]) -> Iterator[Located]:
        """Look up records that turned out to have faults."""
        table = self._read(self._source)
        for place, row in enumerate(table.rows):
            position = (self._kind, place)
            if position in found:
                faults = (
                    self._placed(table, row, fault, (fault.field or "").split(".")[0]) for fault in found[position]
                )
                yield Located(position=position, faults=tuple(faults), raw=_raw(self._kind, row))

    def _placed(self, table: Table, row: TableRow, fault: Fault, column: str) -> Fault:
        value = row.cells.get(column, "")
        number = table.columns.index(column) + 1 if column in table.columns else None
        return replace(
            fault,
            path=f"cell={row.number},{number}" if number else f"row={row.number}",
            line=row.line,
            value=as_shown(value) if value and may_be_shown(self._kind, [column]) else None,
        )


def _column(pointer: str, above: str) -> str:
    """Return the column that a JSON pointer leads into."""
    names = pointer.removeprefix(above).split("/")
    return names[1].replace("~1", "/").replace("~0", "~") if len(names) > 1 else ""


def _raw(kind: RecordKind, row: TableRow) -> str:
    written = StringIO()
    cells = (
        cell[:LONGEST] if not cell or may_be_shown(kind, [column]) else HIDDEN for column, cell in row.cells.items()
    )
    csv.writer(written, lineterminator="").writerow(cells)
    return written.getvalue()[:MAX_RAW]
