"""One difference between our journal and a platform: its kind, its place, and who has to settle it (R-EXCH-06)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from gateway.errors import Party, Text
from gateway.model.ids import LessonId, PupilId


class DifferenceKind(StrEnum):
    """Ways in which the two sides can differ: *here* is our journal, *there* the platform."""

    PUPIL_MISSING_HERE = "pupil_missing_here"
    PUPIL_MISSING_THERE = "pupil_missing_there"
    PUPIL_AMBIGUOUS = "pupil_ambiguous"
    LESSON_MISSING_HERE = "lesson_missing_here"
    LESSON_MISSING_THERE = "lesson_missing_there"
    SUBJECT_DIFFERS = "subject_differs"
    MARK_MISSING_HERE = "mark_missing_here"
    MARK_MISSING_THERE = "mark_missing_there"
    MARK_DIFFERS = "mark_differs"
    HOMEWORK_DIFFERS = "homework_differs"


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One difference of one pupil.

    Attributes:
        kind: what differs.
        pupil: our id of the pupil, ``None`` when our journal has nobody of that name.
        lesson: our id of the lesson, ``None`` when we have none or a pupil is meant.
        day: the lesson's day, ``None`` when a pupil is meant.
        number: the lesson's number on that day, ``None`` when a pupil is meant.
        ours: the value here, ``None`` when there is none; may be personal data.
        theirs: the value there, ``None`` when there is none; may be personal data.
    """

    kind: DifferenceKind
    pupil: PupilId | None = None
    lesson: LessonId | None = None
    day: date | None = None
    number: int | None = None
    ours: str | None = field(default=None, repr=False)
    theirs: str | None = field(default=None, repr=False)

    @property
    def who(self) -> Party:
        """The party that has to settle it."""
        return _WHO_ACTS[self.kind]

    @property
    def text(self) -> Text:
        """What differs, for people; without names and values."""
        said = _TEXTS[self.kind]
        if self.day is None:
            return said
        return Text(
            ru=f"{self.day:%d.%m.%Y}, урок {self.number}: {said.ru}",
            en=f"{self.day.isoformat()}, lesson {self.number}: {said.en}",
        )


_WHO_ACTS = {
    DifferenceKind.PUPIL_MISSING_HERE: Party.COORDINATOR,
    DifferenceKind.PUPIL_MISSING_THERE: Party.COORDINATOR,
    DifferenceKind.PUPIL_AMBIGUOUS: Party.COORDINATOR,
    DifferenceKind.LESSON_MISSING_HERE: Party.SUBJECT_TEACHER,
    DifferenceKind.LESSON_MISSING_THERE: Party.COORDINATOR,
    DifferenceKind.SUBJECT_DIFFERS: Party.DEPUTY,
    DifferenceKind.MARK_MISSING_HERE: Party.SUBJECT_TEACHER,
    DifferenceKind.MARK_MISSING_THERE: Party.COORDINATOR,
    DifferenceKind.MARK_DIFFERS: Party.SUBJECT_TEACHER,
    DifferenceKind.HOMEWORK_DIFFERS: Party.SUBJECT_TEACHER,
}

_TEXTS = {
    DifferenceKind.PUPIL_MISSING_HERE: Text(
        ru="ученик есть на платформе, но в нашем классе его нет.",
        en="the platform has a pupil who is not in our class.",
    ),
    DifferenceKind.PUPIL_MISSING_THERE: Text(
        ru="ученик нашего класса на платформе не найден.",
        en="a pupil of our class was not found on the platform.",
    ),
    DifferenceKind.PUPIL_AMBIGUOUS: Text(
        ru="одно имя у нескольких учеников: кто из них кто, по имени не определить; данные не сверялись.",
        en="several pupils have one name: which is which the name does not tell; their data were not compared.",
    ),
    DifferenceKind.LESSON_MISSING_HERE: Text(
        ru="урок есть на платформе, но не в нашем журнале.", en="the platform has the lesson, our journal has not."
    ),
    DifferenceKind.LESSON_MISSING_THERE: Text(
        ru="урок есть в нашем журнале, но не на платформе.", en="our journal has the lesson, the platform has not."
    ),
    DifferenceKind.SUBJECT_DIFFERS: Text(ru="предмет различается.", en="the subject differs."),
    DifferenceKind.MARK_MISSING_HERE: Text(
        ru="отметка есть на платформе, но не в нашем журнале.", en="the platform has a mark, our journal has not."
    ),
    DifferenceKind.MARK_MISSING_THERE: Text(
        ru="отметка есть в нашем журнале, но не на платформе.", en="our journal has a mark, the platform has not."
    ),
    DifferenceKind.MARK_DIFFERS: Text(ru="отметка различается.", en="the mark differs."),
    DifferenceKind.HOMEWORK_DIFFERS: Text(ru="домашнее задание различается.", en="the homework differs."),
}
