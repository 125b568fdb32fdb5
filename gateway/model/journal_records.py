"""The kinds of record a batch carries, and by what each is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

from gateway.model.journal import Absence, Batch, Homework, Lesson, Mark
from gateway.model.people import Consent
from gateway.model.school import Period, StudyGroup, Subject, Vacation

Record: TypeAlias = Period | Vacation | Subject | StudyGroup | Consent | Lesson | Mark | Absence | Homework
RecordKey: TypeAlias = tuple[str, ...]
R = TypeVar("R", bound=Record)


class RecordKind(StrEnum):
    """Kinds of record, named and ordered like the fields of `Batch`: no kind refers to a later one."""

    PERIODS = "periods"
    VACATIONS = "vacations"
    SUBJECTS = "subjects"
    GROUPS = "groups"
    CONSENTS = "consents"
    LESSONS = "lessons"
    MARKS = "marks"
    ABSENCES = "absences"
    HOMEWORK = "homework"

    @property
    def one(self) -> str:
        """Name of one record of the kind, as the audit calls it."""
        return "homework" if self is RecordKind.HOMEWORK else self.value.removesuffix("s")


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored(Generic[R]):
    """A record as the journal holds it; ``version`` counts its changes from 1."""

    record: R
    version: int


def records_of(batch: Batch, kind: RecordKind) -> Sequence[Record]:
    """Return the batch's records of one kind."""
    records: Sequence[Record] = getattr(batch, kind.value)
    return records


def all_records(batch: Batch) -> Iterator[tuple[RecordKind, Record]]:
    """Yield every record of a batch with its kind, kinds in their order."""
    for kind in RecordKind:
        for record in records_of(batch, kind):
            yield kind, record


def key_of(record: Record) -> RecordKey:
    """Return what a record is known by inside its school and kind."""
    match record:
        case Absence():
            return (record.lesson, record.pupil)
        case Homework():
            return (record.lesson,)
        case Consent():
            return (record.guardian, record.pupil, record.decided_on.isoformat())
        case _:
            return (record.id,)


def name_of(key: RecordKey) -> str:
    """Return a key as people read it: its parts with a blank between, which no id contains."""
    return " ".join(key)
