"""In which OneRoster class a pupil got a final mark: the journal's names the subject and the period only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.mapping.oneroster_teaching import Taught
from gateway.model.ids import ClassId, GroupId, PupilId, SubjectId
from gateway.model.oneroster_facts import SchoolFacts
from gateway.model.people import Enrollment
from gateway.model.school import Period


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacesOfPupils:
    """Where every pupil was taught what."""

    in_class: Mapping[tuple[int, ClassId, SubjectId], Taught]
    in_group: Mapping[tuple[int, GroupId, SubjectId], Taught]
    enrollments: Mapping[PupilId, Sequence[Enrollment]] = field(repr=False)
    groups: Mapping[PupilId, Sequence[GroupId]] = field(repr=False)

    @classmethod
    def of_school(cls, school: SchoolFacts, taught: Sequence[Taught]) -> PlacesOfPupils:
        """Return those of a school."""
        enrollments: dict[PupilId, list[Enrollment]] = defaultdict(list)
        for one in sorted(school.enrollments, key=lambda place: place.valid_from, reverse=True):
            enrollments[one.pupil].append(one)
        groups: dict[PupilId, list[GroupId]] = defaultdict(list)
        for group in sorted(school.groups, key=lambda one: one.id):
            for pupil in sorted(group.pupils):
                groups[pupil].append(group.id)
        return cls(
            in_class={(one.year, one.school_class.id, one.subject.id): one for one in taught if one.school_class},
            in_group={
                (one.year, one.group.id, one.subject.id): one for one in taught if one.group and not one.school_class
            },
            enrollments=enrollments,
            groups=groups,
        )

    def of(self, pupil: PupilId, subject: SubjectId, period: Period) -> Taught | None:
        """Return where a pupil was taught a subject in a period, last if in several places: in a group before a class.

        A subject that a class learns in groups has both, and the group is where the marks were given.
        """
        for group in self.groups.get(pupil, ()):
            if taught := self.in_group.get((period.year, group, subject)):
                return taught
        for place in self.enrollments.get(pupil, ()):
            is_then = place.valid_from <= period.end and (place.valid_to is None or place.valid_to >= period.start)
            if is_then and (taught := self.in_class.get((period.year, place.school_class, subject))):
                return taught
        return None
