"""Whether attestation took the form and the number that the school's local act sets (R-ATT-05): pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from gateway.errors import Fault, Party, Text
from gateway.model.curriculum import AttestationPlan
from gateway.model.ids import ClassId
from gateway.model.school import Period, PeriodKind, SchoolClass
from gateway.model.setup_progress import SetupFacts


def attestation_findings(facts: SetupFacts) -> Iterator[Fault]:
    """Yield the classes that had fewer control works of a form in a period that is over than its plan has.

    A work of a group counts for the classes of its members. A period that lasts is not looked at yet.
    """
    over = [one for one in facts.periods if one.kind is not PeriodKind.YEAR and one.end < facts.today]
    for plan in facts.attestation_plans:
        periods = [one for one in over if one.year == plan.year and one.first_grade <= plan.grade <= one.last_grade]
        for school_class in facts.classes:
            if (school_class.year, school_class.grade) != (plan.year, plan.grade):
                continue
            days = _days(plan, school_class.id, facts)
            for period in periods:
                held = sum(period.start <= day <= period.end for day in days)
                if held < plan.times_a_period:
                    yield _too_few(plan, school_class, period, held)


def _days(plan: AttestationPlan, school_class: ClassId, facts: SetupFacts) -> set[date]:
    """Return the days on which the class, or a group with pupils of it, had a control work of the plan's form."""
    pupils = facts.pupils.get(school_class, frozenset())
    groups = {one.id for one in facts.groups if not one.pupils.isdisjoint(pupils)}
    return {
        work.day
        for work in facts.control_works
        if work.subject == plan.subject
        and _form(work.form) == _form(plan.form)
        and (work.school_class == school_class or work.group in groups)
    }


def _form(text: str) -> str:
    return " ".join(text.casefold().split())


def _too_few(plan: AttestationPlan, school_class: SchoolClass, period: Period, held: int) -> Fault:
    wanted = plan.times_a_period
    return Fault(
        code="setup.attestation_missing",
        text=Text(
            ru=(
                f"Предмет {plan.subject}, период {period.id}: работ «{plan.form}» проведено {held}, "
                f"а по локальному акту нужно {wanted}."
            ),
            en=(
                f"Subject {plan.subject}, period {period.id}: {held} works of form '{plan.form}' were held, "
                f"the local act asks for {wanted}."
            ),
        ),
        record=school_class.id,
        rule="R-ATT-05",
        who=Party.DEPUTY,
    )
