"""Everything that a look at the whole set-up of a school year finds: the single checks put together, pure.

No entry is refused for any of it: a set-up comes in parts, and what does not fit yet may fit tomorrow. The report tells
it to the deputy beside what is still missing (`readiness`; R-ACAD-18, -24, -26).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gateway.errors import Fault
from gateway.model import setup_checks as checks
from gateway.model.attestation_checks import attestation_findings
from gateway.model.curriculum import Curriculum, Profile
from gateway.model.ids import ClassId, PupilId, SubjectId
from gateway.model.school import GroupKind
from gateway.model.setup_progress import SetupFacts
from gateway.model.timetable import ServiceKind

_BESIDE_THE_PLAN = frozenset(
    {GroupKind.ELECTIVE, GroupKind.OPTIONAL, GroupKind.CLUB, GroupKind.PROJECT, GroupKind.OTHER}
)
"""Groups that come on top of the curriculum: being in one is no second place in the subject (R-ACAD-10)."""


def setup_findings(facts: SetupFacts) -> Iterator[Fault]:
    """Yield what does not fit together on the day of the facts, one finding a record and rule."""
    today, year = facts.today, facts.year
    main = [one for one in facts.curricula if one.year == year and one.profile is Profile.NONE]
    loads = [one for one in facts.loads if one.year == year]
    rooms = {one.id: one for one in facts.rooms}
    yield from checks.room_findings(facts.slots, today)
    yield from checks.teacher_findings(facts.slots, today)
    yield from checks.stream_findings(facts.groups, facts.slots, rooms, today)
    in_plan = [one for one in facts.groups if one.kind not in _BESIDE_THE_PLAN]
    yield from checks.membership_findings(_by_the_plan(facts), _planned(facts, main), loads, in_plan, today)
    core = [one for one in facts.slots if one.service is ServiceKind.CORE]
    yield from checks.hours_findings(main, {one.id: one.grade for one in facts.classes}, loads, core, today)
    yield from checks.regime_findings(facts.regimes, [one.id for one in facts.classes], today)
    yield from checks.control_work_findings(facts.control_works)
    yield from checks.scale_findings(facts.scales)
    yield from checks.absence_code_findings(facts.absence_codes)
    yield from attestation_findings(facts)


def _by_the_plan(facts: SetupFacts) -> Mapping[ClassId, Sequence[PupilId]]:
    """Return who learns by the curriculum of the class: pupils with an individual plan have one of their own."""
    alone = {plan.pupil for plan in checks.in_force(facts.individual_plans, facts.today)}
    return {school_class: sorted(set(there) - alone) for school_class, there in facts.pupils.items()}


def _planned(facts: SetupFacts, curricula: Sequence[Curriculum]) -> Mapping[ClassId, Sequence[SubjectId]]:
    return {
        one.id: [
            planned.subject
            for plan in curricula
            if plan.first_grade <= one.grade <= plan.last_grade
            for planned in plan.subjects
        ]
        for one in facts.classes
    }
