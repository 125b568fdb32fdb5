"""The order in which records are checked and written.

It is that of `RecordKind`, in which no kind refers to a later one, with one exception: what is taken back comes before
what may take its place. A mark that is withdrawn makes room for an absence, a withdrawn final mark for a deferral or
for another final mark. Every record is held against the journal as the records before it leave it, so that a document
may be cut into parts anywhere in this order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from gateway.model.journal_records import RecordKind

_BEFORE: Mapping[RecordKind, RecordKind] = MappingProxyType(
    {RecordKind.ABSENCES: RecordKind.MARKS, RecordKind.DEFERRALS: RecordKind.PERIOD_MARKS}
)
"""Before which kind which records that are withdrawn have their turn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """A kind's records that are checked together; ``withdrawn`` of ``None`` means all of them."""

    kind: RecordKind
    withdrawn: bool | None = None

    def takes(self, record: Any) -> bool:
        """Tell whether a record of the kind has its turn."""
        return self.withdrawn is None or record.voided is self.withdrawn


def _turns() -> Iterator[Turn]:
    split = frozenset(_BEFORE.values())
    for kind in RecordKind:
        if kind in _BEFORE:
            yield Turn(kind=_BEFORE[kind], withdrawn=True)
        yield Turn(kind=kind, withdrawn=False if kind in split else None)


TURNS: tuple[Turn, ...] = tuple(_turns())
"""All turns in their order."""
