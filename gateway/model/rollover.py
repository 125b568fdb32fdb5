"""The year roll-over: what becomes of every pupil and class when a school year ends (R-ROST-05, R-ACAD-21).

Here are its values; `rollover_planning` makes one from what is held and what the school has decided.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from gateway.errors import Text
from gateway.model.ids import ClassId, PupilId, StaffId
from gateway.model.movement import Movement, MovementKind
from gateway.model.roster import RosterState
from gateway.model.roster_change import Change
from gateway.model.school import FIRST_GRADE, LAST_GRADE, AcademicYear

YEAR_SOURCE = "year"
"""Name under which roll-overs stand among the roster plans."""

LARGEST_CLASS = 25
"""More pupils than that in a class are remarked on."""

LEVEL_ENDS = frozenset({4, 9, LAST_GRADE})
"""Grades at whose end a level of general education ends; nobody is promoted with debts from there (273-ФЗ art. 66)."""

_NAME = re.compile(r"(\d{1,2})(\D.{0,14})?")


class Outcome(StrEnum):
    """What becomes of a pupil at the end of the year."""

    PROMOTED = "promoted"
    CONDITIONAL = "conditional"
    REPEATS = "repeats"
    GRADUATES = "graduates"
    LEAVES = "leaves"

    @property
    def stays(self) -> bool:
        """Tell whether the pupil is at the school next year."""
        return self not in _AWAY


_AWAY = frozenset({Outcome.GRADUATES, Outcome.LEAVES})

MOVEMENTS: Mapping[Outcome, MovementKind] = {
    Outcome.PROMOTED: MovementKind.PROMOTION,
    Outcome.CONDITIONAL: MovementKind.PROMOTION,
    Outcome.REPEATS: MovementKind.REPEAT,
    Outcome.GRADUATES: MovementKind.GRADUATION,
    Outcome.LEAVES: MovementKind.DEPARTURE,
}
"""Which kind of entry of the movement book an outcome makes (R-ROST-05)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassName:
    """Grade and letter of a class, as people write them: ``5А``."""

    grade: int
    letter: str

    def __str__(self) -> str:
        """Return the name as people write it."""
        return f"{self.grade}{self.letter}"

    @classmethod
    def of(cls, text: str) -> ClassName:
        """Read a name; raise `ValueError` for what is none."""
        found = _NAME.fullmatch(text.strip())
        if found is None or not FIRST_GRADE <= int(found[1]) <= LAST_GRADE:
            raise ValueError(text)
        return cls(grade=int(found[1]), letter=(found[2] or "").strip())


@dataclass(frozen=True, kw_only=True, slots=True)
class PupilDecision:
    """What the school has decided about one pupil.

    Attributes:
        outcome: what becomes of them.
        to: the class they go to, where it is not the one that follows from theirs.
        document: the order or protocol, where it is not the common one of the outcome.
        last_day: of one who goes, where it is not the common one.
    """

    pupil: PupilId
    outcome: Outcome
    to: ClassName | None = None
    document: str = ""
    last_day: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class YearOrder:
    """The order that is common to all pupils with one outcome; ``last_day`` is that of those who go."""

    outcome: Outcome
    document: str
    last_day: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """All that the school has decided about the end of a year.

    ``classes`` are next year's classes that it has named, each with its class teacher; a class that nobody is promoted
    into, such as a new first one, is made because it is named here.
    """

    pupils: Mapping[PupilId, PupilDecision] = field(default_factory=dict)
    orders: Mapping[Outcome, YearOrder] = field(default_factory=dict)
    classes: Mapping[ClassName, StaffId | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class YearMarks:
    """Who has a mark of the year, and who has one that says the year was not mastered."""

    marked: frozenset[PupilId] = frozenset()
    failed: frozenset[PupilId] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class RollOverFacts:
    """What a roll-over is made from.

    Attributes:
        ending: the school year that ends.
        beginning: the one that begins; pupils are in its classes from its first day on.
        today: the school's day.
        state: all that is held of the roster.
        decided: what the school has decided.
        marks: of the year that ends.
        largest_class: more pupils in a class are remarked on.
    """

    ending: AcademicYear
    beginning: AcademicYear
    today: date
    state: RosterState = field(repr=False)
    decided: Decided = Decided()
    marks: YearMarks = YearMarks()
    largest_class: int = LARGEST_CLASS


@dataclass(frozen=True, kw_only=True, slots=True)
class PupilLine:
    """What becomes of one pupil.

    Attributes:
        from_class: this year's class.
        outcome: ``None`` while somebody has to decide.
        to_class: next year's class; ``None`` for one who goes, or where there is none to go to.
        happened_on: the day from which it counts: the first of the new year, or the one after the last day of one who
            goes.
        document: the order; empty while there is none.
        decided: whether a person has decided about this very pupil.
    """

    pupil: PupilId
    from_class: ClassId
    outcome: Outcome | None
    to_class: ClassId | None
    happened_on: date
    document: str = ""
    decided: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassLine:
    """One class of this year or of the next: pupils who come and go with the year.

    ``opening`` + ``arrived`` − ``left`` = ``closing`` (R-ROST-20).
    """

    id: ClassId
    name: ClassName
    year: int
    class_teacher: StaffId | None
    is_new: bool
    opening: int
    arrived: int
    left: int

    @property
    def closing(self) -> int:
        """Pupils on the first day of the new year."""
        return self.opening + self.arrived - self.left


class FindingCode(StrEnum):
    """What is missing, or worth a look."""

    UNDECIDED = "undecided"
    TWO_CLASSES = "two_classes"
    NO_TARGET = "no_target"
    WRONG_OUTCOME = "wrong_outcome"
    WRONG_CLASS = "wrong_class"
    NO_ORDER = "no_order"
    LAST_DAY = "last_day"
    NO_CLASS_TEACHER = "no_class_teacher"
    TOO_LARGE = "too_large"
    NO_YEAR_MARKS = "no_year_marks"
    FAILED = "failed"
    CONDITIONAL_AT_LEVEL_END = "conditional_at_level_end"
    NO_CLASS = "no_class"
    OTHER_YEAR = "other_year"
    NOT_IN_FORCE = "not_in_force"
    YEAR_NOT_CLOSED = "year_not_closed"
    STILL_HERE = "still_here"


BLOCKING = frozenset(
    {
        FindingCode.UNDECIDED,
        FindingCode.TWO_CLASSES,
        FindingCode.NO_TARGET,
        FindingCode.WRONG_OUTCOME,
        FindingCode.WRONG_CLASS,
        FindingCode.NO_ORDER,
        FindingCode.LAST_DAY,
    }
)
"""With these a roll-over is shown and not carried out: somebody would be lost, doubled, or moved without an order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that is missing or worth a look: of a pupil, of a class, or of the year."""

    code: FindingCode
    pupil: PupilId | None = None
    school_class: ClassId | None = None
    number: int = 0

    @property
    def blocks(self) -> bool:
        """Tell whether the roll-over cannot be carried out before it is mended."""
        return self.code in BLOCKING

    @property
    def text(self) -> Text:
        """The finding in words, without personal data."""
        return _WORDS[self.code](self)


_WORDS: Mapping[FindingCode, Callable[[Finding], Text]] = {
    FindingCode.UNDECIDED: lambda _: Text(
        ru="Не решено, остаётся ли ученик в школе: после 9 класса это решает человек.",
        en="It is not decided whether the pupil stays: after grade 9 a person decides.",
    ),
    FindingCode.TWO_CLASSES: lambda _: Text(
        ru="Ученик числится сразу в нескольких классах: сначала оставьте один.",
        en="The pupil sits in several classes at once: leave one first.",
    ),
    FindingCode.NO_TARGET: lambda _: Text(
        ru="Класса, в котором ученик остаётся на второй год, не будет: назовите другой.",
        en="There will be no class for the pupil to repeat the year in: name another.",
    ),
    FindingCode.WRONG_OUTCOME: lambda _: Text(
        ru="Такое решение для этого класса невозможно: выпускают из 9 и 11, из 11 не переводят.",
        en="That cannot be decided for this grade: one graduates from 9 and 11, and nobody is promoted from 11.",
    ),
    FindingCode.WRONG_CLASS: lambda _: Text(
        ru="Названный класс не той параллели: переводят в следующую, на второй год оставляют в той же.",
        en="The class named is of the wrong grade: promotion leads to the next one, repeating stays in the same.",
    ),
    FindingCode.NO_ORDER: lambda _: Text(
        ru="Нет приказа (номер и дата) для этого решения.", en="There is no order (number and date) for this decision."
    ),
    FindingCode.LAST_DAY: lambda _: Text(
        ru="Последний день ученика не попадает во время его учёбы в классе.",
        en="The pupil's last day is not within the time in the class.",
    ),
    FindingCode.NO_CLASS_TEACHER: lambda _: Text(
        ru="У класса нового года нет классного руководителя (R-ROST-02).",
        en="The class of the new year has no class teacher (R-ROST-02).",
    ),
    FindingCode.TOO_LARGE: lambda one: Text(
        ru=f"Класс велик: учеников – {one.number}.", en=f"The class is large: {one.number} pupils."
    ),
    FindingCode.NO_YEAR_MARKS: lambda one: Text(
        ru=f"Годовых отметок нет, учеников – {one.number}.", en=f"There are no marks of the year: {one.number} pupils."
    ),
    FindingCode.FAILED: lambda _: Text(
        ru="Годовая отметка неудовлетворительная, а решения нет: перевод условный или повторный год?",
        en="A mark of the year is unsatisfactory and nothing is decided: conditional promotion or repeating the year?",
    ),
    FindingCode.CONDITIONAL_AT_LEVEL_END: lambda _: Text(
        ru="Условный перевод на следующий уровень образования законом не предусмотрен (273-ФЗ, ст. 66).",
        en="The law knows no conditional promotion to the next level of education (273-ФЗ, art. 66).",
    ),
    FindingCode.NO_CLASS: lambda one: Text(
        ru=f"Действующих учеников без класса: {one.number}. Они не переводятся.",
        en=f"Pupils in force without a class: {one.number}. They are not moved.",
    ),
    FindingCode.OTHER_YEAR: lambda one: Text(
        ru=f"Учеников в классах более ранних лет: {one.number}. Они не переводятся.",
        en=f"Pupils in classes of earlier years: {one.number}. They are not moved.",
    ),
    FindingCode.NOT_IN_FORCE: lambda one: Text(
        ru=f"Приостановленных учеников с местом в классе: {one.number}. Они не переводятся.",
        en=f"Suspended pupils with a place in a class: {one.number}. They are not moved.",
    ),
    FindingCode.YEAR_NOT_CLOSED: lambda _: Text(
        ru="Уходящий учебный год ещё не закрыт (R-ACAD-22).", en="The year that ends is not closed yet (R-ACAD-22)."
    ),
    FindingCode.STILL_HERE: lambda one: Text(
        ru=f"Уйдут позже сегодняшнего дня: {one.number}. После их последнего дня постройте план ещё раз: он сдаст их "
        "записи в архив.",
        en=f"Going later than today: {one.number}. After their last day make the plan again: it archives them.",
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class RollOver:
    """A roll-over as it is shown: who goes where, what the classes look like, what is missing, what is written.

    Attributes:
        year: calendar year in which the new school year begins.
        first_day: of the new year.
        last_day: of the new year.
        leaving: pupils who leave by a day that was known before; nothing is done about them here.
    """

    year: int
    first_day: date
    last_day: date
    pupils: tuple[PupilLine, ...]
    classes: tuple[ClassLine, ...]
    findings: tuple[Finding, ...]
    changes: tuple[Change, ...] = field(repr=False)
    leaving: int = 0

    @property
    def is_complete(self) -> bool:
        """Tell whether nothing keeps it from being carried out."""
        return not any(one.blocks for one in self.findings)


def movements_of(lines: Iterable[PupilLine]) -> tuple[Movement, ...]:
    """Return the entries of the movement book that a roll-over makes, each with its order (R-ROST-05)."""
    return tuple(
        Movement(
            pupil=one.pupil,
            kind=MOVEMENTS[one.outcome],
            happened_on=one.happened_on,
            from_class=one.from_class,
            to_class=one.to_class,
            document=one.document,
        )
        for one in lines
        if one.outcome is not None
    )
