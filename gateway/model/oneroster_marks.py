"""What our OneRoster gradebook is made from: scales, kinds of work, lessons with their marks, final marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.model.grading import GradingScale, WorkType
from gateway.model.ids import LessonId, MarkId, RecordId
from gateway.model.journal import Homework, Lesson, Mark, PeriodMark
from gateway.model.oneroster_facts import SchoolFacts


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideWork:
    """A line item that another system gave and a person approved: a piece of work of one lesson.

    Attributes:
        sourced_id: the other system's id of it.
        lesson: the lesson it belongs to.
        category: id of its category.
        title: what the other system calls it.
        description: what it says of it.
    """

    sourced_id: str
    lesson: LessonId
    category: str
    title: str
    description: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class GradebookFacts:
    """What holds for all marks of a school.

    Attributes:
        school: the school and what is taught in it.
        scales: its grading systems.
        work_types: its own kinds of work.
        works: line items of other systems, by lesson.
        marks_of_works: the line item of another system that a mark was given for.
        finals_of_others: the id that another system knows a final mark by.
        conclusions: marks of exams and of whole courses, voided ones not among them.
    """

    school: SchoolFacts
    scales: Sequence[GradingScale] = ()
    work_types: Sequence[WorkType] = ()
    works: Mapping[LessonId, Sequence[OutsideWork]] = field(default_factory=dict)
    marks_of_works: Mapping[MarkId, str] = field(default_factory=dict)
    finals_of_others: Mapping[RecordId, str] = field(default_factory=dict, repr=False)
    conclusions: Sequence[PeriodMark] = field(default=(), repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class LessonFacts:
    """One lesson with the marks given at it (voided ones not among them) and the homework set at it."""

    lesson: Lesson
    marks: Sequence[Mark] = field(default=(), repr=False)
    homework: Homework | None = None
