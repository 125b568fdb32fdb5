"""Rules over orders of the movement book: from where to where each of the six kinds goes (R-ROST-05, R-ROST-06)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from gateway.errors import Fault, Party, Text
from gateway.model.movement import MovementKind
from gateway.model.movement_order import MovementOrder
from gateway.model.rules.view import JournalView

_ENDS: Mapping[MovementKind, tuple[bool, bool]] = MappingProxyType(
    {
        MovementKind.ADMISSION: (False, True),
        MovementKind.DEPARTURE: (True, False),
        MovementKind.CLASS_TRANSFER: (True, True),
        MovementKind.PROMOTION: (True, True),
        MovementKind.REPEAT: (True, True),
        MovementKind.GRADUATION: (True, False),
    }
)
"""Whether an entry of a kind names the class that the pupil comes from, and the one that the pupil goes to."""

_STEPS: Mapping[MovementKind, int] = MappingProxyType(
    {MovementKind.CLASS_TRANSFER: 0, MovementKind.PROMOTION: 1, MovementKind.REPEAT: 0}
)
"""By how many grades the pupil moves."""


def movement_order_faults(order: MovementOrder, view: JournalView) -> Iterator[Fault]:
    """Hold an order against R-ROST-05 and R-ROST-06: it names the classes of its kind, and of the right grades."""
    if (order.from_class is not None, order.to_class is not None) != _ENDS[order.kind]:
        yield Fault(
            code="journal.movement_classes",
            text=Text(
                ru="Указаны не те классы: зачисляют в класс, выбывают из класса, переводят из одного в другой.",
                en="The classes do not fit: one is admitted to a class, leaves one, moves from one to another.",
            ),
            field="toClass" if order.to_class is None else "fromClass",
            rule="R-ROST-05",
            who=Party.DEPUTY,
        )
        return
    step = _STEPS.get(order.kind)
    if step is None or order.from_class is None or order.to_class is None:
        return
    grades = view.reference.grades
    before, after = grades.get(order.from_class), grades.get(order.to_class)
    if order.from_class == order.to_class or (before is not None and after is not None and after - before != step):
        yield Fault(
            code="journal.movement_grades",
            text=Text(
                ru="Класс, в который переведён ученик, для такого перевода не подходит.",
                en="The class that the pupil moves to does not fit this kind of move.",
            ),
            field="toClass",
            rule="R-ROST-06",
            who=Party.DEPUTY,
        )
