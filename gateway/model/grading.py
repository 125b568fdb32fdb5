"""What a mark can be: numbers, signs, the scale they belong to, the work they are given for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.model.fields import Grade, Name, Points, Weight
from gateway.model.ids import ScaleId, SubjectId, WorkTypeId
from gateway.model.school import FIRST_GRADE, LAST_GRADE


class MarkSign(StrEnum):
    """Marks that are not numbers (R-MARK-07, R-ATT-10; C-15: «ОСВ» has two meanings, each its own code)."""

    PLUS = "plus"
    MINUS = "minus"
    PASSED = "passed"
    FAILED = "failed"
    EXEMPT = "exempt"
    MASTERED = "mastered"
    NOT_ATTESTED = "not_attested"
    DEBT = "debt"

    @property
    def shown(self) -> str:
        """What stands in the journal."""
        return _SHOWN[self]


_SHOWN = {
    MarkSign.PLUS: "+",
    MarkSign.MINUS: "−",
    MarkSign.PASSED: "зач",
    MarkSign.FAILED: "незач",
    MarkSign.EXEMPT: "ОСВ",
    MarkSign.MASTERED: "ОСВ",
    MarkSign.NOT_ATTESTED: "НА",
    MarkSign.DEBT: "•",
}


def shown_mark(given: int | MarkSign) -> str:
    """Return what stands in the journal for a number or a sign."""
    return given.shown if isinstance(given, MarkSign) else str(given)


class WorkKind(StrEnum):
    """Kind of work a mark is given for (вид работы, R-JRNL-02)."""

    ORAL = "oral"
    WRITTEN = "written"
    CONTROL = "control"
    ESSAY = "essay"
    PRACTICAL = "practical"
    TEST = "test"
    HOMEWORK = "homework"


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkType:
    """A school's own name for a kind of work, with the weight it usually has (вид работы и вес)."""

    id: WorkTypeId
    name: Name
    kind: WorkKind
    weight: Weight = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class GradingScale:
    """A grading system (система оценивания, R-ACAD-19) for some grades and one subject or all.

    Numbers from ``lowest`` to ``highest`` are marks, if both are set, and so are the ``signs``. From
    ``pass_threshold`` on a number counts as mastery (R-MARK-14).
    """

    id: ScaleId
    name: Name
    lowest: Points | None = None
    highest: Points | None = None
    pass_threshold: Points | None = None
    signs: tuple[MarkSign, ...] = ()
    subject: SubjectId | None = None
    first_grade: Grade = FIRST_GRADE
    last_grade: Grade = LAST_GRADE


FIVE_POINTS = GradingScale(
    id=ScaleId("five-points"),
    name="Пятибалльная",
    lowest=1,
    highest=5,
    pass_threshold=3,
    signs=tuple(MarkSign),
)
"""The scale of whoever has set up none."""
