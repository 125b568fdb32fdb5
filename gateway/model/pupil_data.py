"""Whose data a record is, and what is kept of everybody who looks at them (R-AUD-06, R-SEC-06)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.model.audit import PupilView
from gateway.model.ids import PupilId
from gateway.model.journal_records import RECORD_CLASSES, RecordKind
from gateway.model.record_shape import FieldType, RosterKind, shape_of

PROGRAM = "journal_system"
"""The role in which programs read and write through the API."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """Who reads or writes through the API, and from which address."""

    client: str
    source: str = ""

    def views(
        self, looks: Iterable[tuple[PupilId, str]], *, at: datetime, new_id: Callable[[], str]
    ) -> list[PupilView]:
        """Return what is kept of looks at pupils' data, each given as the pupil and the kind of data, told once."""
        return [
            PupilView(id=new_id(), at=at, actor=self.client, role=PROGRAM, pupil=pupil, what=what, source=self.source)
            for pupil, what in sorted(set(looks))
        ]


def pupils_of(record: Any) -> Iterator[PupilId]:
    """Yield the pupils that a record is about: those it links to, itself or in a record inside it."""
    known: type = type(record)
    for field in shape_of(known).fields:
        value = getattr(record, field.name)
        values = value if field.many else () if value is None else (value,)
        if field.links_to is RosterKind.PUPILS:
            yield from values
        elif field.holds is FieldType.RECORD:
            for inner in values:
                yield from pupils_of(inner)


def has_pupils(kind: RecordKind) -> bool:
    """Tell whether records of a kind may be about pupils."""
    return _tells_pupils(RECORD_CLASSES[kind])


def _tells_pupils(record: type) -> bool:
    return any(
        field.links_to is RosterKind.PUPILS or (field.record is not None and _tells_pupils(field.record))
        for field in shape_of(record).fields
    )
