"""Rules over appointments, orders and verifications (R-ROLE-13, R-ROLE-19, R-ROLE-24, R-ROLE-25, R-ROST-12).

Who may sign them is a question of authorship (`authorship`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType

from gateway.errors import Fault, Party, Text
from gateway.model.duties import AccountOrder, Appointment, Duty, ProfileVerification
from gateway.model.rules.view import JournalView

_SEPTEMBER = 9
_FAMILY_DUTIES: Mapping[Duty, str] = MappingProxyType({Duty.PARENT: "guardian", Duty.PUPIL: "pupil"})


def appointment_faults(appointment: Appointment, _view: JournalView) -> Iterator[Fault]:
    """Hold an appointment against R-ROLE-25: to a duty that is given by order, with the scope that it needs."""
    if appointment.duty in _FAMILY_DUTIES:
        yield Fault(
            code="journal.appointment_duty",
            text=Text(
                ru="Родителем или учеником приказом не назначают.",
                en="Nobody is appointed parent or pupil by an order.",
            ),
            field="duty",
            rule="R-ROLE-25",
            who=Party.DIRECTOR,
        )
    if (appointment.duty is Duty.CLASS_TEACHER and appointment.school_class is None) or (
        appointment.duty is Duty.EDUCATOR and appointment.school_class is None and appointment.group is None
    ):
        yield Fault(
            code="journal.appointment_scope",
            text=Text(
                ru="Классный руководитель назначается в класс, воспитатель – в класс или группу.",
                en="A class teacher is appointed to a class, an educator to a class or group.",
            ),
            field="class",
            rule="R-ROLE-24",
            who=Party.DIRECTOR,
        )


def account_order_faults(order: AccountOrder, _view: JournalView) -> Iterator[Fault]:
    """Hold an account order against R-ROLE-13: the duty is one that such a person can have."""
    holder = _FAMILY_DUTIES.get(order.duty, "staff")
    if getattr(order, holder) is None:
        yield Fault(
            code="journal.account_duty",
            text=Text(
                ru="Такая роль – не у сотрудника, родителя или ученика, который указан.",
                en="The member of staff, guardian or pupil named cannot have this role.",
            ),
            field="duty",
            rule="R-ROLE-13",
            who=Party.DIRECTOR,
        )


def profile_verification_faults(verification: ProfileVerification, view: JournalView) -> Iterator[Fault]:
    """Hold a verification against R-ROST-12: by the class teacher, not before the month that it is for."""
    teacher = view.reference.class_teachers.get(verification.school_class)
    if verification.school_class in view.reference.grades and teacher != verification.verified_by:
        yield Fault(
            code="journal.verification_by_other",
            text=Text(
                ru="Анкетные данные класса сверяет его классный руководитель.",
                en="The data of a class are verified by its class teacher.",
            ),
            field="verifiedBy",
            rule="R-ROST-12",
            who=Party.CLASS_TEACHER,
        )
    year = verification.year if verification.month >= _SEPTEMBER else verification.year + 1
    if view.day_of(verification.verified_at) < date(year, verification.month, 1):
        yield Fault(
            code="journal.verification_early",
            text=Text(
                ru="Сверка сделана раньше месяца, за который она указана.",
                en="The verification was made before the month that it is for.",
            ),
            field="verifiedAt",
            rule="R-ROST-12",
            who=Party.CLASS_TEACHER,
        )
