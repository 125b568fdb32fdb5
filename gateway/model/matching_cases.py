"""What matching leaves to a person: records of a source that may be one of ours or may be new, and how they decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.model.file_place import FilePlace, place_from_json, place_to_json
from gateway.model.ids import SchoolId, issued_id
from gateway.model.matching_rules import Evidence, Rule
from gateway.model.roster import Fields, RecordKind


class CaseReason(StrEnum):
    """Why a person has to look.

    One record: it may be one of ours (``ambiguous``), or its number now stands for somebody else (``another_person``).
    All records of a kind: the source has numbered anew (``renumbered``), or it speaks of people nobody here knows while
    those known are gone (``strangers``): another school's list.
    """

    AMBIGUOUS = "ambiguous"
    ANOTHER_PERSON = "another_person"
    RENUMBERED = "renumbered"
    STRANGERS = "strangers"

    @property
    def is_of_many(self) -> bool:
        """Whether the case is about all records of a kind at once."""
        return self in {CaseReason.RENUMBERED, CaseReason.STRANGERS}


class CaseState(StrEnum):
    """Life of a case: open → decided one of three ways, or closed because the source asks it no longer."""

    OPEN = "open"
    SAME = "same"
    NEW = "new"
    IGNORED = "ignored"
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A record of ours that the source's record may mean, with what speaks for it and against it."""

    id: str
    score: int
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ProposedLink:
    """A record of the source and the record of ours that it would be linked to, and how much speaks for it.

    ``place`` is the row of a file that the source's record is, where it came in one.
    """

    source_id: str
    id: str
    score: int
    place: FilePlace | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A question to a person.

    Attributes:
        source: name of the source.
        kind: of the record.
        source_id: the record's id there; empty for a case of many.
        reason: why it is asked.
        record: the fields as the source gives them; holds personal data.
        candidates: who it may be, the likeliest first.
        proposed: for a case of many the links that agreeing to it makes.
        records: how many records wait for the answer.
        place: the row of a file that the record is, where it came in one.
    """

    source: str
    kind: RecordKind
    source_id: str
    reason: CaseReason
    record: Fields = field(default_factory=dict, repr=False)
    candidates: tuple[Candidate, ...] = ()
    proposed: tuple[ProposedLink, ...] = ()
    records: int = 1
    place: FilePlace | None = None

    def id_in(self, school: SchoolId) -> str:
        """Return the id of the case: one a record, one a kind for a case of many."""
        about = f"{self.kind} {self.reason}" if self.reason.is_of_many else self.kind.value
        return issued_id(school, self.source, f"case {about}", self.source_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredCase:
    """A case as it is kept: since when it is open, and what somebody decided."""

    id: str
    case: Case
    state: CaseState
    since: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    chosen: str | None = None


def case_to_json(case: Case) -> dict[str, Any]:
    """Return what of a case is no column of its own, as JSON values."""
    return {
        "record": dict(case.record),
        "candidates": [
            {"id": one.id, "score": one.score, "evidence": [[each.rule.value, each.weight] for each in one.evidence]}
            for one in case.candidates
        ],
        "proposed": [[one.source_id, one.id, one.score, place_to_json(one.place)] for one in case.proposed],
        "records": case.records,
        "place": place_to_json(case.place),
    }


def candidates_from_json(items: Sequence[Mapping[str, Any]]) -> tuple[Candidate, ...]:
    """Return the candidates that `case_to_json` wrote."""
    return tuple(
        Candidate(
            id=item["id"],
            score=item["score"],
            evidence=tuple(Evidence(rule=Rule(rule), weight=weight) for rule, weight in item["evidence"]),
        )
        for item in items
    )


def proposed_from_json(items: Sequence[Sequence[Any]]) -> tuple[ProposedLink, ...]:
    """Return the proposed links that `case_to_json` wrote."""
    return tuple(
        ProposedLink(source_id=source_id, id=ours, score=score, place=place_from_json(place[0] if place else None))
        for source_id, ours, score, *place in items  # an older one has no place
    )
