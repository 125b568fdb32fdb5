"""Where a record that was turned away stands: file and line, looked up once the mapping has judged it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from gateway.adapters.oneroster_files.layers import Layers
from gateway.errors import Rejected
from gateway.model.roster import RecordKind
from gateway.schemas.oneroster_csv import file_name

_FILE_OF = {
    RecordKind.PUPIL: "users",
    RecordKind.GUARDIAN: "users",
    RecordKind.STAFF: "users",
    RecordKind.CLASS: "classes",
    RecordKind.ENROLLMENT: "enrollments",
}


def with_places(layers: Layers, rejected: Iterable[Rejected]) -> tuple[Rejected, ...]:
    """Return the records with file and line in their faults; files are read once more only where it takes one.

    Raises:
        SchemaError: a file is damaged.
    """
    turned_away = tuple(rejected)
    wanted: dict[str, set[str]] = defaultdict(set)
    for one in turned_away:
        if one.kind in _FILE_OF:
            wanted[_FILE_OF[RecordKind(one.kind)]].add(one.record)
    lines = {
        (name, told.row.id): told.row.line
        for name, ids in wanted.items()
        for told in layers.rows(name)
        if told.row.id in ids
    }
    return tuple(_placed(one, lines) for one in turned_away)


def _placed(one: Rejected, lines: dict[tuple[str, str], int]) -> Rejected:
    name = _FILE_OF.get(RecordKind(one.kind)) if one.kind in _FILE_OF else None
    line = lines.get((name, one.record)) if name else None
    if name is None or line is None:
        return one
    faults = tuple(replace(fault, path=fault.path or file_name(name), line=line) for fault in one.faults)
    return replace(one, faults=faults)
