"""Orders of the movement book: what the director has signed of a pupil who comes, moves or goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from gateway.model.fields import DocumentName
from gateway.model.ids import ClassId, PupilId, RecordId
from gateway.model.movement import MovementKind


@dataclass(frozen=True, kw_only=True, slots=True)
class MovementOrder:
    """An entry of the movement book with its order (книга движения, R-ROST-05, R-ROST-06).

    ``informed_at`` starts the clock of five working days, ``entered_at`` ends it.
    """

    id: RecordId
    pupil: PupilId
    kind: MovementKind
    happened_on: date
    document: DocumentName
    informed_at: datetime
    entered_at: datetime | None = None
    from_class: ClassId | None = None
    to_class: ClassId | None = None
