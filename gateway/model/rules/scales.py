"""Rules over grading scales, and what a mark of a subject and grade may be (R-ACAD-19, R-MARK-14, R-MARK-09)."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.errors import Fault, Party, Text
from gateway.model.grading import FIVE_POINTS, GradingScale, MarkSign
from gateway.model.ids import SubjectId
from gateway.model.journal_records import RecordKind
from gateway.model.rules.calendar import grade_order_faults
from gateway.model.rules.view import JournalView

OF_PERIODS_ONLY = frozenset({MarkSign.NOT_ATTESTED})
"""«НА» is an outcome of a period (R-MARK-07, R-ATT-10), no mark of a lesson."""

OF_LESSONS_ONLY = frozenset({MarkSign.PLUS, MarkSign.MINUS, MarkSign.DEBT})
"""What is put at a lesson and sums nothing up."""

ALWAYS_FINAL = frozenset({MarkSign.EXEMPT, MarkSign.MASTERED, MarkSign.NOT_ATTESTED})
"""What a final mark may be whatever the scale is: «a mark or ОСВ or НА» (R-MARK-07)."""


def scale_faults(scale: GradingScale, _view: JournalView) -> Iterator[Fault]:
    """Hold a grading scale against R-ACAD-19 and R-MARK-14: bounds in order, the pass threshold between them."""
    yield from grade_order_faults(scale, rule="R-ACAD-19")
    if (scale.lowest is None) != (scale.highest is None) or (scale.lowest is None and not scale.signs):
        yield Fault(
            code="journal.scale_empty",
            text=Text(
                ru="У системы оценивания должны быть обе границы чисел, или знаки, или и то и другое.",
                en="A grading scale has both bounds of its numbers, or signs, or all of these.",
            ),
            field="lowest",
            rule="R-ACAD-19",
            who=Party.DEPUTY,
        )
    if scale.lowest is not None and scale.highest is not None and scale.highest < scale.lowest:
        yield Fault(
            code="journal.scale_reversed",
            text=Text(ru="Высший балл ниже низшего.", en="The highest mark is below the lowest."),
            field="highest",
            rule="R-ACAD-19",
            who=Party.DEPUTY,
        )
    threshold = scale.pass_threshold
    if threshold is not None and not _is_between(threshold, scale):
        yield Fault(
            code="journal.scale_threshold",
            text=Text(
                ru="Порог освоения должен лежать между низшим и высшим баллом.",
                en="The pass threshold lies between the lowest and the highest mark.",
            ),
            field="passThreshold",
            rule="R-MARK-14",
            who=Party.DEPUTY,
        )


def scales_for(subject: SubjectId, grade: int | None, view: JournalView) -> tuple[GradingScale, ...]:
    """Return the scales that marks of a subject and grade belong to: the subject's own, else those of all subjects.

    Where a school has set up none for them it is the five-point scale; of several scales each may be used.
    """
    return view.remember(("scales", subject, grade), lambda: _scales_for(subject, grade, view))


def permits(scale: GradingScale, value: int | None, sign: MarkSign | None) -> bool:
    """Tell whether a number or a sign is of the scale."""
    return sign in scale.signs if value is None else _is_between(value, scale)


def _scales_for(subject: SubjectId, grade: int | None, view: JournalView) -> tuple[GradingScale, ...]:
    fitting = [
        scale
        for scale in view.all(RecordKind.SCALES)
        if isinstance(scale, GradingScale) and (grade is None or scale.first_grade <= grade <= scale.last_grade)
    ]
    own = tuple(scale for scale in fitting if scale.subject == subject)
    return own or tuple(scale for scale in fitting if scale.subject is None) or (FIVE_POINTS,)


def _is_between(value: int, scale: GradingScale) -> bool:
    return scale.lowest is not None and scale.highest is not None and scale.lowest <= value <= scale.highest
