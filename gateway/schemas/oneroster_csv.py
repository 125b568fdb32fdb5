"""Columns of the OneRoster CSV binding 1.2 and 1.2.1: names, order, what is required, what refers to what. Data only.

1.2.1 (August 2023) took ``resourceSourcedIds`` out of ``users.csv`` while the manifest goes on saying 1.2: which of the
two a file is shows in its header. We read both and write 1.2.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

MANIFEST = "manifest.csv"
MANIFEST_VERSION = "1.0"
ONEROSTER_VERSION = "1.2"
STATUS, MODIFIED = "status", "dateLastModified"
DELTA_COLUMNS = (STATUS, MODIFIED)
"""Empty in bulk files, filled in delta files."""


class Mode(StrEnum):
    """What a file of the package is (manifest, ``file.*``)."""

    ABSENT = "absent"
    BULK = "bulk"
    DELTA = "delta"


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column: whether it has to be filled, and the files one of whose records it names."""

    name: str
    required: bool = False
    refers_to: str = ""
    many: bool = False


def _column(written: str) -> Column:
    """Return a column from its short form: ``name!`` is required, ``name>file`` names a record, ``*`` several."""
    name, _, target = written.partition(">")
    return Column(name=name.rstrip("!*"), required="!" in name, refers_to=target, many=name.rstrip("!").endswith("*"))


def _columns(written: str) -> tuple[Column, ...]:
    return tuple(_column(one) for one in f"sourcedId! {STATUS} {MODIFIED} {written}".split())


FILES: Mapping[str, tuple[Column, ...]] = MappingProxyType(
    {
        name: _columns(written)
        for name, written in {
            "academicSessions": "title! type! startDate! endDate! parentSourcedId>academicSessions schoolYear!",
            "categories": "title! weight",
            "classes": "title! grades courseSourcedId!>courses classCode classType! location schoolSourcedId!>orgs "
            "termSourcedIds*!>academicSessions subjects subjectCodes periods",
            "classResources": "title classSourcedId!>classes resourceSourcedId!>resources",
            "courses": "schoolYearSourcedId>academicSessions title! courseCode grades orgSourcedId!>orgs subjects "
            "subjectCodes",
            "courseResources": "title courseSourcedId!>courses resourceSourcedId!>resources",
            "demographics": "birthDate sex americanIndianOrAlaskaNative asian blackOrAfricanAmerican "
            "nativeHawaiianOrOtherPacificIslander white demographicRaceTwoOrMoreRaces hispanicOrLatinoEthnicity "
            "countryOfBirthCode stateOfBirthAbbreviation cityOfBirth publicSchoolResidenceStatus",
            "enrollments": "classSourcedId!>classes schoolSourcedId!>orgs userSourcedId!>users role! primary beginDate "
            "endDate",
            "lineItemLearningObjectiveIds": "lineItemSourcedId!>lineItems source! learningObjectiveId!",
            "lineItems": "title! description assignDate! dueDate! classSourcedId!>classes "
            "categorySourcedId!>categories academicSessionSourcedId!>academicSessions resultValueMin resultValueMax "
            "schoolSourcedId!>orgs",
            "lineItemScoreScales": "title lineItemSourcedId!>lineItems scoreScaleSourcedId!>scoreScales",
            "orgs": "name! type! identifier parentSourcedId>orgs",
            "resources": "vendorResourceId! title roles importance vendorId applicationId",
            "resultLearningObjectiveIds": "resultSourcedId!>results source! learningObjectiveId! score textScore",
            "results": "lineItemSourcedId!>lineItems studentSourcedId!>users scoreStatus! score scoreDate! comment "
            "textScore classSourcedId>classes inProgress incomplete late missing",
            "resultScoreScales": "title resultSourcedId!>results scoreScaleSourcedId!>scoreScales",
            "roles": "userSourcedId!>users roleType! role! beginDate endDate orgSourcedId!>orgs "
            "userProfileSourcedId>userProfiles",
            "scoreScales": "title! type! orgSourcedId!>orgs courseSourcedId!>courses classSourcedId!>classes "
            "scoreScaleValue!",
            "userProfiles": "userSourcedId!>users profileType! vendorId! applicationId description credentialType! "
            "username! password",
            "userResources": "userSourcedId!>users orgSourcedId>orgs classSourcedId>classes "
            "resourceSourcedId!>resources",
            "users": "enabledUser! username! userIds givenName! familyName! middleName identifier email sms phone "
            "agentSourcedIds*>users grades password userMasterIdentifier preferredGivenName preferredMiddleName "
            "preferredFamilyName primaryOrgSourcedId>orgs pronouns",
        }.items()
    }
)
"""The files without their ``.csv``, in the order of the manifest, with their columns of 1.2.1 in order."""

ROSTER_FILES = ("orgs", "academicSessions", "courses", "classes", "users", "roles", "enrollments")
"""The files that a whole roster consists of, what is referred to first."""

GUID_RULE = r"[A-Za-z0-9.\-_/@]{1,255}"
"""Characters and length of a ``sourcedId``."""

_OLD_COLUMN, _BEFORE = "resourceSourcedIds", "preferredGivenName"


def header(name: str) -> tuple[str, ...]:
    """Return the header of a file by 1.2.1."""
    return tuple(column.name for column in FILES[name])


def headers(name: str) -> tuple[tuple[str, ...], ...]:
    """Return the headers that are accepted for a file: that of 1.2.1, for users that of 1.2 too."""
    newest = header(name)
    if name != "users":
        return (newest,)
    place = newest.index(_BEFORE)
    return (newest, (*newest[:place], _OLD_COLUMN, *newest[place:]))


def file_name(name: str) -> str:
    """Return a file's name in the package."""
    return f"{name}.csv"
