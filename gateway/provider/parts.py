"""All parts that our OneRoster objects are made in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from gateway.mapping.oneroster_out import roster_objects
from gateway.model.journal_records import RecordKind as JournalKind
from gateway.model.oneroster import ObjectKind, ProviderObject
from gateway.model.roster import RecordKind
from gateway.ports.provider import ProviderUnit
from gateway.provider.gradebook import GRADEBOOK
from gateway.provider.part import Part

__all__ = ["PARTS", "ROSTER", "Part"]


def _roster(unit: ProviderUnit, today: date) -> Iterable[ProviderObject]:
    return roster_objects(unit.provider.facts(), today)


_FRAME = (
    JournalKind.YEARS,
    JournalKind.PERIODS,
    JournalKind.SUBJECTS,
    JournalKind.GROUPS,
    JournalKind.LOADS,
    JournalKind.SLOTS,
    JournalKind.LESSONS,
)

ROSTER = Part(
    name="roster",
    kinds=(
        ObjectKind.ORG,
        ObjectKind.ACADEMIC_SESSION,
        ObjectKind.COURSE,
        ObjectKind.CLASS,
        ObjectKind.USER,
        ObjectKind.ENROLLMENT,
        ObjectKind.DEMOGRAPHICS,
    ),
    watches=frozenset({*(kind.value for kind in RecordKind), *(kind.one for kind in _FRAME), "person"}),
    make=_roster,
)

PARTS: tuple[Part, ...] = (ROSTER, GRADEBOOK)
"""Every part, what is referred to first."""
