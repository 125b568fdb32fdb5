"""The operations of OneRoster 1.2 that only read: one table that routes, scopes, reading and the tests are made from.

Names, addresses and scopes are those of the three OpenAPI documents of 1EdTech (final release of 19 September 2022).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.model.access import Scope
from gateway.model.oneroster import GRADING_PERIOD, SCHOOL, SEMESTER, STUDENT, TEACHER, TERM, ObjectKind, Service
from gateway.model.oneroster_query import Link

_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """What a parameter of an address names: an object of a kind, of one of some variants if any are given."""

    kind: ObjectKind
    variants: frozenset[str] = frozenset()


PARAMETERS: Mapping[str, Named] = MappingProxyType(
    {
        "schoolSourcedId": Named(kind=ObjectKind.ORG, variants=frozenset({SCHOOL})),
        "classSourcedId": Named(kind=ObjectKind.CLASS),
        "courseSourcedId": Named(kind=ObjectKind.COURSE),
        "termSourcedId": Named(kind=ObjectKind.ACADEMIC_SESSION, variants=frozenset({TERM, SEMESTER})),
        "userSourcedId": Named(kind=ObjectKind.USER),
        "studentSourcedId": Named(kind=ObjectKind.USER, variants=frozenset({STUDENT})),
        "teacherSourcedId": Named(kind=ObjectKind.USER, variants=frozenset({TEACHER})),
        "lineItemSourcedId": Named(kind=ObjectKind.LINE_ITEM),
    }
)
"""What each parameter of a list's address names."""

LINKS: Mapping[tuple[ObjectKind, str], Link] = MappingProxyType(
    {
        (ObjectKind.CLASS, "courseSourcedId"): Link.CHILD,
        (ObjectKind.CLASS, "termSourcedId"): Link.IN_TERM,
        **dict.fromkeys(
            ((ObjectKind.CLASS, f"{user}SourcedId") for user in ("user", "student", "teacher")), Link.CLASSES_OF
        ),
        (ObjectKind.USER, "classSourcedId"): Link.MEMBER,
        (ObjectKind.ENROLLMENT, "classSourcedId"): Link.OF_CLASS,
        (ObjectKind.ACADEMIC_SESSION, "termSourcedId"): Link.CHILD,
        (ObjectKind.LINE_ITEM, "classSourcedId"): Link.OF_CLASS,
        (ObjectKind.SCORE_SCALE, "classSourcedId"): Link.OF_CLASS,
        (ObjectKind.RESULT, "classSourcedId"): Link.OF_CLASS,
        (ObjectKind.RESULT, "lineItemSourcedId"): Link.CHILD,
        (ObjectKind.RESULT, "studentSourcedId"): Link.OF_USER,
        **dict.fromkeys(
            ((ObjectKind.RESOURCE, f"{holder}SourcedId") for holder in ("class", "course", "user")), Link.LISTED
        ),
    }
)
"""How objects of a kind hang on what a parameter names. Without a link it only has to be there: an installation's
client sees one school, whose are all objects, and categories are those of all classes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """One operation: ``GET`` of an address of a service.

    Attributes:
        id: its ``operationId``.
        service: whose it is.
        path: its address inside the service, with parameters in braces.
        kind: what it gives.
        single: it gives one object; else a list.
        variants: only objects of these variants; empty = all.
        scopes: any one of these opens it.
        wrapper: what the answer's one member is called.
    """

    id: str
    service: Service
    path: str
    kind: ObjectKind
    single: bool
    variants: frozenset[str]
    scopes: frozenset[Scope]

    @property
    def wrapper(self) -> str:
        """The name under which the answer has its content."""
        return self.kind.value if self.single else self.kind.many

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the address's parameters, in order."""
        return tuple(_PARAMETER.findall(self.path))

    @property
    def rule(self) -> str:
        """The address as Flask routes it."""
        return self.service.path + _PARAMETER.sub(r"<\1>", self.path)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rights:
    """The scopes of a service: ``whole`` opens everything, ``core`` only lists and single objects at the top."""

    whole: Scope
    core: Scope | None = None


_ROSTER = _Rights(whole=Scope.OR_ROSTER, core=Scope.OR_ROSTER_CORE)
_DEMOGRAPHICS = _Rights(whole=Scope.OR_DEMOGRAPHICS)
_GRADEBOOK = _Rights(whole=Scope.OR_GRADEBOOK, core=Scope.OR_GRADEBOOK_CORE)
_ASSESSMENT = _Rights(whole=Scope.OR_ASSESSMENT)
_RESOURCE = _Rights(whole=Scope.OR_RESOURCE, core=Scope.OR_RESOURCE_CORE)

_RIGHTS: Mapping[ObjectKind, _Rights] = MappingProxyType(
    {
        ObjectKind.DEMOGRAPHICS: _DEMOGRAPHICS,
        ObjectKind.RESOURCE: _RESOURCE,
        ObjectKind.ASSESSMENT_LINE_ITEM: _ASSESSMENT,
        ObjectKind.ASSESSMENT_RESULT: _ASSESSMENT,
        **dict.fromkeys((ObjectKind.CATEGORY, ObjectKind.SCORE_SCALE, ObjectKind.LINE_ITEM), _GRADEBOOK),
        ObjectKind.RESULT: _GRADEBOOK,
    }
)

_VARIANTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "schools": frozenset({SCHOOL}),
        "terms": frozenset({TERM, SEMESTER}),
        "gradingPeriods": frozenset({GRADING_PERIOD}),
        "students": frozenset({STUDENT}),
        "teachers": frozenset({TEACHER}),
    }
)
"""Collections that are only some objects of a kind."""

_TOP = (
    ("AcademicSessions", "AcademicSession", "academicSessions", ObjectKind.ACADEMIC_SESSION),
    ("Classes", "Class", "classes", ObjectKind.CLASS),
    ("Courses", "Course", "courses", ObjectKind.COURSE),
    ("Demographics", "Demographics", "demographics", ObjectKind.DEMOGRAPHICS),
    ("Enrollments", "Enrollment", "enrollments", ObjectKind.ENROLLMENT),
    ("GradingPeriods", "GradingPeriod", "gradingPeriods", ObjectKind.ACADEMIC_SESSION),
    ("Orgs", "Org", "orgs", ObjectKind.ORG),
    ("Schools", "School", "schools", ObjectKind.ORG),
    ("Students", "Student", "students", ObjectKind.USER),
    ("Teachers", "Teacher", "teachers", ObjectKind.USER),
    ("Terms", "Term", "terms", ObjectKind.ACADEMIC_SESSION),
    ("Users", "User", "users", ObjectKind.USER),
    ("AssessmentLineItems", "AssessmentLineItem", "assessmentLineItems", ObjectKind.ASSESSMENT_LINE_ITEM),
    ("AssessmentResults", "AssessmentResult", "assessmentResults", ObjectKind.ASSESSMENT_RESULT),
    ("Categories", "Category", "categories", ObjectKind.CATEGORY),
    ("LineItems", "LineItem", "lineItems", ObjectKind.LINE_ITEM),
    ("Results", "Result", "results", ObjectKind.RESULT),
    ("ScoreScales", "ScoreScale", "scoreScales", ObjectKind.SCORE_SCALE),
    ("Resources", "Resource", "resources", ObjectKind.RESOURCE),
)
"""Collections with ``getAll…`` and ``get…``: the names of both, the address, the kind."""

_NESTED = (
    ("getClassesForCourse", "/courses/{courseSourcedId}/classes", ObjectKind.CLASS),
    ("getClassesForSchool", "/schools/{schoolSourcedId}/classes", ObjectKind.CLASS),
    ("getClassesForStudent", "/students/{studentSourcedId}/classes", ObjectKind.CLASS),
    ("getClassesForTeacher", "/teachers/{teacherSourcedId}/classes", ObjectKind.CLASS),
    ("getClassesForTerm", "/terms/{termSourcedId}/classes", ObjectKind.CLASS),
    ("getClassesForUser", "/users/{userSourcedId}/classes", ObjectKind.CLASS),
    ("getCoursesForSchool", "/schools/{schoolSourcedId}/courses", ObjectKind.COURSE),
    (
        "getEnrollmentsForClassInSchool",
        "/schools/{schoolSourcedId}/classes/{classSourcedId}/enrollments",
        ObjectKind.ENROLLMENT,
    ),
    ("getEnrollmentsForSchool", "/schools/{schoolSourcedId}/enrollments", ObjectKind.ENROLLMENT),
    ("getGradingPeriodsForTerm", "/terms/{termSourcedId}/gradingPeriods", ObjectKind.ACADEMIC_SESSION),
    ("getStudentsForClass", "/classes/{classSourcedId}/students", ObjectKind.USER),
    ("getStudentsForClassInSchool", "/schools/{schoolSourcedId}/classes/{classSourcedId}/students", ObjectKind.USER),
    ("getStudentsForSchool", "/schools/{schoolSourcedId}/students", ObjectKind.USER),
    ("getTeachersForClass", "/classes/{classSourcedId}/teachers", ObjectKind.USER),
    ("getTeachersForClassInSchool", "/schools/{schoolSourcedId}/classes/{classSourcedId}/teachers", ObjectKind.USER),
    ("getTeachersForSchool", "/schools/{schoolSourcedId}/teachers", ObjectKind.USER),
    ("getTermsForSchool", "/schools/{schoolSourcedId}/terms", ObjectKind.ACADEMIC_SESSION),
    ("getCategoriesForClass", "/classes/{classSourcedId}/categories", ObjectKind.CATEGORY),
    ("getLineItemsForClass", "/classes/{classSourcedId}/lineItems", ObjectKind.LINE_ITEM),
    ("getResultsForClass", "/classes/{classSourcedId}/results", ObjectKind.RESULT),
    (
        "getResultsForLineItemForClass",
        "/classes/{classSourcedId}/lineItems/{lineItemSourcedId}/results",
        ObjectKind.RESULT,
    ),
    (
        "getResultsForStudentForClass",
        "/classes/{classSourcedId}/students/{studentSourcedId}/results",
        ObjectKind.RESULT,
    ),
    ("getScoreScalesForClass", "/classes/{classSourcedId}/scoreScales", ObjectKind.SCORE_SCALE),
    ("getScoreScalesForSchool", "/schools/{schoolSourcedId}/scoreScales", ObjectKind.SCORE_SCALE),
    ("getResourcesForClass", "/classes/{classSourcedId}/resources", ObjectKind.RESOURCE),
    ("getResourcesForCourse", "/courses/{courseSourcedId}/resources", ObjectKind.RESOURCE),
    ("getResourcesForUser", "/users/{userSourcedId}/resources", ObjectKind.RESOURCE),
)


def _operation(name: str, path: str, kind: ObjectKind, *, single: bool, nested: bool) -> Operation:
    rights = _RIGHTS.get(kind, _ROSTER)
    collection = path.split("/")[1] if single else path.rpartition("/")[2]
    scopes = {rights.whole} if nested or rights.core is None else {rights.whole, rights.core}
    return Operation(
        id=name,
        service=kind.service,
        path=path,
        kind=kind,
        single=single,
        variants=_VARIANTS.get(collection, frozenset()),
        scopes=frozenset(scopes),
    )


OPERATIONS: tuple[Operation, ...] = (
    *(_operation(f"getAll{many}", f"/{at}", kind, single=False, nested=False) for many, _, at, kind in _TOP),
    *(_operation(f"get{one}", f"/{at}/{{sourcedId}}", kind, single=True, nested=False) for _, one, at, kind in _TOP),
    *(_operation(name, path, kind, single=False, nested=True) for name, path, kind in _NESTED),
)
"""Every operation that reads."""
