"""Our OneRoster objects as a package of CSV files: everything there is, or what changed since a moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import IO

from gateway.mapping.oneroster_csv_out import FILES_OF, Cells, CsvRows, is_told
from gateway.model.ids import SchoolId
from gateway.model.oneroster import KeptObject, ObjectKind, referred
from gateway.model.oneroster_fields import way_to
from gateway.model.oneroster_query import Clause, Filter, Order, Predicate, Query, moment_text
from gateway.ports.frame import Clock, ReadingUnits
from gateway.ports.provider import ObjectShelf, ProviderReading
from gateway.provider.projection import Projection
from gateway.schemas.oneroster_csv import Mode
from gateway.schemas.oneroster_csv_writing import write_oneroster_zip

_PAGE = 2000
_SYSTEM = "School Gateway"
_SENSITIVE = frozenset({ObjectKind.DEMOGRAPHICS})
"""Only where somebody asks for it (R-SEC-06)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CsvExport:
    """Writes packages of one school."""

    school: SchoolId
    readings: ReadingUnits[ProviderReading]
    projection: Projection
    clock: Clock

    def write(
        self, stream: IO[bytes], *, since: datetime | None = None, demographics: bool = False
    ) -> Mapping[str, int]:
        """Write a package; return how many rows each file has.

        Without ``since`` it is a bulk package of what is there, and referentially complete. With it, a delta of what
        changed at that moment or later, with what is gone as ``tobedeleted``. Rows are read page by page: memory does
        not grow with the school.
        """
        self.projection.refresh()
        today = self.clock().date()
        with self.readings() as reading:
            shelf = reading.provider
            courses = {
                one.object.sourced_id: referred(one.object.body, "course") or ""
                for one in _objects(shelf, ObjectKind.CLASS, today, None)
            }
            rows = CsvRows(self.school, courses)
            kinds = [kind for kind in FILES_OF if demographics or kind not in _SENSITIVE]
            files: dict[str, Iterator[Cells]] = {
                file: rows.of(file, _objects(shelf, kind, today, since)) for kind in kinds for file in FILES_OF[kind]
            }
            mode = Mode.BULK if since is None else Mode.DELTA
            return write_oneroster_zip(stream, files, mode=mode, system=_SYSTEM, code=self.school)


def _objects(shelf: ObjectShelf, kind: ObjectKind, today: date, since: datetime | None) -> Iterator[KeptObject]:
    query = Query(kind=kind, today=today, limit=_PAGE, order=Order(), filter=_since(kind, since))
    after: str | None = None
    while True:
        page = shelf.page(replace(query, after=after))
        yield from (one for one in page.objects if is_told(one, in_delta=since is not None))
        if not page.more:
            return
        after = page.objects[-1].object.sourced_id


def _since(kind: ObjectKind, since: datetime | None) -> Filter | None:
    way = way_to(kind, "dateLastModified")
    if since is None or way is None:
        return None
    return Filter(clauses=(Clause(way=way, predicate=Predicate.AT_LEAST, value=moment_text(since)),))
