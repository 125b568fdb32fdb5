"""Rules over bells, substitution orders and transfers (R-ACAD-12, R-JRNL-12, R-JRNL-13).

What only a look at the whole timetable shows, such as two lessons in one room, is a check of the set-up and not of an
entry: `setup_checks`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from gateway.errors import Fault, Party, Text
from gateway.model.rules.view import JournalView
from gateway.model.timetable import BellSchedule, LessonTransfer, SubstitutionOrder


def bell_faults(bells: BellSchedule, _view: JournalView) -> Iterator[Fault]:
    """Hold a bell schedule against R-ACAD-12: every lesson ends after it begins, and before the next one begins."""
    if not bells.lessons:
        yield Fault(
            code="journal.bells_empty",
            text=Text(ru="В расписании звонков нет ни одного урока.", en="The bell schedule has no lesson."),
            field="lessons",
            rule="R-ACAD-12",
            who=Party.DEPUTY,
        )
    if any(bell.end <= bell.start for bell in bells.lessons) or any(
        later.number <= earlier.number or later.start < earlier.end for earlier, later in pairwise(bells.lessons)
    ):
        yield Fault(
            code="journal.bells_order",
            text=Text(
                ru="Уроки расписания звонков должны идти по порядку и не пересекаться.",
                en="The lessons of a bell schedule are in their order and do not overlap.",
            ),
            field="lessons",
            rule="R-ACAD-12",
            who=Party.DEPUTY,
        )


def substitution_order_faults(order: SubstitutionOrder, _view: JournalView) -> Iterator[Fault]:
    """Hold a substitution order against R-JRNL-12: another teacher than the planned one gives the lesson."""
    if order.planned == order.actual:
        yield Fault(
            code="journal.substitution_same_teacher",
            text=Text(
                ru="Заменяющий учитель – тот же, кого заменяют.",
                en="The substituting teacher is the one who is substituted.",
            ),
            field="actual",
            rule="R-JRNL-12",
            who=Party.DEPUTY,
        )


def transfer_faults(transfer: LessonTransfer, _view: JournalView) -> Iterator[Fault]:
    """Hold a lesson transfer against R-JRNL-13: it goes to another time."""
    if (transfer.from_day, transfer.from_number) == (transfer.to_day, transfer.to_number):
        yield Fault(
            code="journal.transfer_nowhere",
            text=Text(ru="Урок перенесён на то же самое время.", en="The lesson is moved to the time it has."),
            field="toDay",
            rule="R-JRNL-13",
            who=Party.DEPUTY,
        )
