"""Who is who: the link of a source's record to ours, how sure it is, and who confirmed it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.model.roster import RecordKind
from gateway.model.roster_change import Change

LINKED = frozenset({RecordKind.STAFF, RecordKind.CLASS, RecordKind.PUPIL, RecordKind.GUARDIAN})
"""Kinds that are linked to a source themselves; relations follow from their ends."""

CREATED = "created"
"""Rule of the link of a record that was made from the source's own."""

SURE = 100
"""Confidence of a link that needs no further word."""


class LinkState(StrEnum):
    """Whether a link holds. A retired one is kept: a source that numbers anew may come back to its old numbers."""

    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A record of a source and the record of ours that it tells of.

    Attributes:
        source: name of the source.
        kind: pupil, guardian, member of staff or class; relations follow from their ends.
        source_id: the record's id there.
        id: of our record.
        confidence: 0 to 100; 100 where the record came from the source itself or a person confirmed it.
        rule: by which the link was found (``created``, ``snils``, ``name_birth``, ``person`` …).
        linked_at: when.
        linked_by: the person who confirmed it; ``None`` where a rule was enough.
        state: whether it holds.
    """

    source: str
    kind: RecordKind
    source_id: str
    id: str
    confidence: int
    rule: str
    linked_at: datetime
    linked_by: str | None = None
    state: LinkState = LinkState.ACTIVE


def links_of_created(source: str, changes: Iterable[Change], *, at: datetime) -> Iterator[Link]:
    """Yield the links of the records that a plan of a source creates: they mean what they were made from."""
    for change in changes:
        for row in change.rows:
            if row.old is None and row.kind in LINKED:
                yield Link(
                    source=source,
                    kind=row.kind,
                    source_id=str(row.new["source_id"]),
                    id=row.key[0],
                    confidence=SURE,
                    rule=CREATED,
                    linked_at=at,
                )
