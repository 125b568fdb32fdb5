"""The permissions matrix of ``requirements``, section 2, as data: who may do what, to what of the school.

What is not written here nobody may (R-ROLE-15, R-ROLE-26, R-SEC-01, C-19). A cell that the regulations leave open
hangs on a setting of `policy`. Whether somebody *is* the class teacher of a class or the teacher of a lesson is found
out elsewhere (`rules.authorship`, the diary's rights); here it arrives as a set of `Reach`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from gateway.model.access import Role, Scope
from gateway.model.duties import Duty
from gateway.model.journal_records import RESTRICTED, RecordKind
from gateway.model.policy import ClassTeacherMode, DeputyMode, Policy, PupilAccess, SupportAccess


class Operation(StrEnum):
    """The rows of the matrix, in their order."""

    VIEW_JOURNAL = "journal.view"
    LESSON_ENTRIES = "journal.entries"
    SUBSTITUTED_LESSON = "journal.substituted"
    SUBSTITUTIONS = "substitutions"
    PERIOD_MARKS = "period_marks"
    CORRECTIONS = "corrections"
    CLASS_LISTS = "class_lists"
    PUPIL_PROFILES = "pupil_profiles"
    STAFF_LIST = "staff_list"
    MOVEMENT_BOOK = "movement_book"
    YEAR_FRAME = "year_frame"
    TIMETABLE = "timetable"
    CONTROL_WORKS = "control_works"
    THEMATIC_PLANS = "thematic_plans"
    ACCOUNTS = "accounts"
    CREDENTIALS = "credentials"
    SYSTEM_PARAMETERS = "system_parameters"
    SCHOOL_YEAR = "school_year"
    PRINT = "print"
    CERTIFY_PRINT = "certify_print"
    SIGN_ARCHIVE = "sign_archive"
    ARCHIVE_COPIES = "archive_copies"
    BACKUP = "backup"
    CONTROL_CHECKS = "control_checks"
    REPORTS = "reports"
    DIARY = "diary"
    MESSAGES = "messages"
    CONSENTS = "consents"
    HEALTH = "health"
    PORTFOLIO = "portfolio"
    COMPROMISES = "compromises"
    AUTHORITY_CONTACT = "authority_contact"

    @property
    def is_journal(self) -> bool:
        """Tell whether it is work with the journal itself, which no pupil is ever given (R-ROLE-22, C-03)."""
        return self.value.startswith("journal.")


class Access(StrEnum):
    """What somebody does with it; who may write or approve may also read."""

    READ = "read"
    WRITE = "write"
    APPROVE = "approve"


class Reach(StrEnum):
    """How far a permission goes: to the whole school, or only to what is the person's own."""

    WHOLE_SCHOOL = "whole_school"
    OWN_CLASS = "own_class"
    OWN_LESSONS = "own_lessons"
    SUBSTITUTED_LESSON = "substituted_lesson"
    OWN_CHILD = "own_child"
    SELF = "self"
    ARCHIVE = "archive"
    AGGREGATES = "aggregates"
    TIME_BOXED_GRANT = "time_boxed_grant"


When = tuple[str, tuple[object, ...]]
"""A setting of `Policy` and those of its values with which a permission is given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """One permission of a cell; ``setting`` names the setting it hangs on and the values that give it."""

    access: Access
    reach: Reach = Reach.WHOLE_SCHOOL
    setting: When | None = None

    def holds(self, access: Access, reached: Collection[Reach], policy: Policy) -> bool:
        """Tell whether it lets somebody do this to what they reach."""
        if access is not self.access and access is not Access.READ:
            return False
        if self.reach is not Reach.WHOLE_SCHOOL and self.reach not in reached:
            return False
        return self.setting is None or getattr(policy, self.setting[0]) in self.setting[1]


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomRole:
    """A role of the school's own, put together from permissions of the matrix (R-ROLE-02)."""

    name: str
    grants: Mapping[Operation, tuple[Grant, ...]] = field(default_factory=dict)


def allowed(
    duties: Iterable[Duty | CustomRole],
    operation: Operation,
    access: Access,
    *,
    reached: Collection[Reach] = (),
    policy: Policy,
) -> bool:
    """Tell whether somebody with these duties may do it.

    Args:
        duties: what the person is appointed to at this moment, and roles of the school's own.
        operation: the row.
        access: what is to be done.
        reached: what the record in question is to the person: in the class that is theirs, at their lesson, …
        policy: the school's decisions.
    """
    held = tuple(duties)
    if Duty.PUPIL in held and operation.is_journal:
        return False
    return any(grant.holds(access, reached, policy) for duty in held for grant in grants_of(duty, operation))


def grants_of(duty: Duty | CustomRole, operation: Operation) -> tuple[Grant, ...]:
    """Return the cell of a duty in a row: empty where nothing is stated."""
    return duty.grants.get(operation, ()) if isinstance(duty, CustomRole) else MATRIX[operation].get(duty, ())


def duties_of(role: Role) -> frozenset[Duty]:
    """Return the duties that an account at the console stands for (C-16)."""
    return _DUTIES_OF_ROLE[role]


def duty_named(name: str) -> Duty | None:
    """Return the duty that schools call by a Russian name (C-16, R-ROLE-01), ``None`` for a name nobody uses."""
    return ALIASES.get(" ".join(name.casefold().split()))


def operation_of(kind: RecordKind) -> Operation:
    """Return the row that decides who writes records of a kind."""
    return _OPERATION_OF_KIND[kind]


def reading_operation_of(kind: RecordKind) -> Operation:
    """Return the row that decides who reads records of a kind."""
    operation = _OPERATION_OF_KIND[kind]
    return Operation.VIEW_JOURNAL if operation is Operation.LESSON_ENTRIES else operation


def scope_to_read(kind: RecordKind) -> Scope:
    """Return what a program's token must allow to read records of a kind (R-SEC-10: health data apart)."""
    return Scope.HEALTH_READ if kind in RESTRICTED else Scope.JOURNAL_READ


def scope_to_write(kind: RecordKind) -> Scope:
    """Return what a program's token must allow to write records of a kind.

    What unlocks the journal, what voids whole days of it, and what decides who may write what and when are rights of
    their own.
    """
    if kind in RESTRICTED:
        return Scope.HEALTH_WRITE
    return _OWN_SCOPE.get(kind, Scope.JOURNAL_WRITE)


_OWN_SCOPE = {
    RecordKind.CORRECTIONS: Scope.JOURNAL_CORRECT,
    RecordKind.INCIDENTS: Scope.INCIDENTS_WRITE,
    RecordKind.POLICIES: Scope.RULES_WRITE,
    RecordKind.APPOINTMENTS: Scope.RULES_WRITE,
    RecordKind.OUTAGES: Scope.RULES_WRITE,
}

ALIASES: Mapping[str, Duty] = MappingProxyType(
    {
        "директор": Duty.DIRECTOR,
        "руководитель": Duty.DIRECTOR,
        "заместитель директора": Duty.DEPUTY,
        "завуч": Duty.DEPUTY,
        "администратор": Duty.ADMINISTRATOR,
        "администратор эж": Duty.ADMINISTRATOR,
        "координатор": Duty.ADMINISTRATOR,
        "школьный координатор": Duty.ADMINISTRATOR,
        "школьный оператор эсо": Duty.ADMINISTRATOR,
        "ответственный за ик поддержку": Duty.ADMINISTRATOR,
        "технический специалист": Duty.ADMINISTRATOR,
        "системный администратор": Duty.ADMINISTRATOR,
        "диспетчер": Duty.DISPATCHER,
        "диспетчер по составлению расписаний": Duty.DISPATCHER,
        "классный руководитель": Duty.CLASS_TEACHER,
        "учитель": Duty.SUBJECT_TEACHER,
        "учитель-предметник": Duty.SUBJECT_TEACHER,
        "педагог": Duty.EDUCATOR,
        "воспитатель": Duty.EDUCATOR,
        "ответственный за архивное хранение": Duty.ARCHIVIST,
        "архивариус": Duty.ARCHIVIST,
        "уполномоченное лицо": Duty.SIGNATORY,
        "муниципальный координатор": Duty.MUNICIPAL_COORDINATOR,
        "техническая поддержка": Duty.SUPPORT,
        "родитель": Duty.PARENT,
        "законный представитель": Duty.PARENT,
        "обучающийся": Duty.PUPIL,
        "ученик": Duty.PUPIL,
    }
)
"""What the regulations and schools call each duty (C-16)."""

_DUTIES_OF_ROLE: Mapping[Role, frozenset[Duty]] = MappingProxyType(
    {
        Role.ADMINISTRATOR: frozenset({Duty.ADMINISTRATOR}),
        Role.COORDINATOR: frozenset({Duty.ADMINISTRATOR}),
        Role.DEPUTY: frozenset({Duty.DEPUTY}),
        Role.DIRECTOR: frozenset({Duty.DIRECTOR}),
        Role.DISPATCHER: frozenset({Duty.DISPATCHER}),
        Role.CLASS_TEACHER: frozenset({Duty.CLASS_TEACHER}),
        Role.ARCHIVIST: frozenset({Duty.ARCHIVIST}),
        Role.MUNICIPAL_COORDINATOR: frozenset({Duty.MUNICIPAL_COORDINATOR}),
        Role.SUPPORT: frozenset({Duty.SUPPORT}),
    }
)

_OPERATION_OF_KIND: Mapping[RecordKind, Operation] = MappingProxyType(
    {
        kind: operation
        for operation, kinds in {
            Operation.LESSON_ENTRIES: (
                RecordKind.LESSONS,
                RecordKind.ABSENCES,
                RecordKind.MAKE_UPS,
                RecordKind.MARKS,
                RecordKind.HOMEWORK,
            ),
            Operation.SUBSTITUTIONS: (RecordKind.SUBSTITUTIONS, RecordKind.TRANSFERS),
            Operation.PERIOD_MARKS: (RecordKind.PERIOD_MARKS, RecordKind.DEFERRALS),
            Operation.CORRECTIONS: (RecordKind.CORRECTIONS,),
            Operation.CLASS_LISTS: (RecordKind.GROUPS,),
            Operation.PUPIL_PROFILES: (
                RecordKind.PROFILE_VERIFICATIONS,
                RecordKind.PROFILE_ISSUES,
                RecordKind.STUDY_CERTIFICATES,
            ),
            Operation.STAFF_LIST: (RecordKind.STAFF_ATTESTATIONS, RecordKind.STAFF_CHANGES),
            Operation.MOVEMENT_BOOK: (RecordKind.MOVEMENT_ORDERS,),
            Operation.YEAR_FRAME: (
                RecordKind.PERIODS,
                RecordKind.VACATIONS,
                RecordKind.SPECIAL_DAYS,
                RecordKind.SUBJECTS,
                RecordKind.SCALES,
                RecordKind.WORK_TYPES,
                RecordKind.CURRICULA,
                RecordKind.INDIVIDUAL_PLANS,
                RecordKind.ATTESTATION_PLANS,
                RecordKind.SUBMISSIONS,
            ),
            Operation.TIMETABLE: (
                RecordKind.ROOMS,
                RecordKind.BELLS,
                RecordKind.REGIMES,
                RecordKind.LOADS,
                RecordKind.SLOTS,
            ),
            Operation.CONTROL_WORKS: (RecordKind.CONTROL_WORKS,),
            Operation.THEMATIC_PLANS: (RecordKind.THEMATIC_PLANS,),
            Operation.ACCOUNTS: (RecordKind.APPOINTMENTS, RecordKind.ACCOUNT_ORDERS),
            Operation.CREDENTIALS: (RecordKind.CREDENTIAL_ISSUES,),
            Operation.SYSTEM_PARAMETERS: (
                RecordKind.POLICIES,
                RecordKind.OUTAGES,
                RecordKind.ABSENCE_CODES,
                RecordKind.SUPPORT_TICKETS,
            ),
            Operation.SCHOOL_YEAR: (RecordKind.YEARS,),
            Operation.PRINT: (RecordKind.PAPER_SLIPS,),
            Operation.CONTROL_CHECKS: (RecordKind.CONTROL_CHECKS,),
            Operation.MESSAGES: (
                RecordKind.MESSAGES,
                RecordKind.RECOMMENDATIONS,
                RecordKind.EVENTS,
                RecordKind.TASKS,
                RecordKind.ACKNOWLEDGEMENTS,
                RecordKind.ERROR_REPORTS,
            ),
            Operation.CONSENTS: (RecordKind.CONSENTS, RecordKind.ABSENCE_NOTES),
            Operation.HEALTH: (RecordKind.MEDICAL_CERTIFICATES, RecordKind.HEALTH_SHEETS),
            Operation.PORTFOLIO: (RecordKind.PORTFOLIO,),
            Operation.COMPROMISES: (RecordKind.INCIDENTS,),
        }.items()
        for kind in kinds
    }
)

_Cell = tuple[Grant, ...]


def _read(reach: Reach = Reach.WHOLE_SCHOOL, setting: When | None = None) -> _Cell:
    return (Grant(access=Access.READ, reach=reach, setting=setting),)


def _write(reach: Reach = Reach.WHOLE_SCHOOL, setting: When | None = None) -> _Cell:
    return (Grant(access=Access.WRITE, reach=reach, setting=setting),)


_APPROVE: _Cell = (Grant(access=Access.APPROVE),)
_DEPUTY_FULL: When = ("deputy_mode", (DeputyMode.FULL,))
_CLASS_TEACHER_EDITS: When = (
    "class_teacher_mode",
    (ClassTeacherMode.NO_SUBJECT_ENTRIES, ClassTeacherMode.EDIT_ALL),
)
"""Profile, portfolio and health of the own class (C-01); lists of the class a class teacher always writes."""


def _teachers(cell: _Cell) -> dict[Duty, _Cell]:
    """One column of the table holds subject teachers and educators (R-ROLE-24)."""
    return {Duty.SUBJECT_TEACHER: cell, Duty.EDUCATOR: cell}


def _families(access: Access) -> dict[Duty, _Cell]:
    child, oneself = Grant(access=access, reach=Reach.OWN_CHILD), Grant(access=access, reach=Reach.SELF)
    return {Duty.PARENT: (child,), Duty.PUPIL: (oneself,)}


MATRIX: Mapping[Operation, Mapping[Duty, _Cell]] = MappingProxyType(
    {
        Operation.VIEW_JOURNAL: {
            Duty.DIRECTOR: _read(),
            Duty.DEPUTY: _read(),
            Duty.ADMINISTRATOR: _read(),
            Duty.CLASS_TEACHER: _read(Reach.OWN_CLASS),
            **_teachers(_read(Reach.OWN_LESSONS)),
            Duty.ARCHIVIST: _read(Reach.ARCHIVE),
            Duty.SUPPORT: _read(Reach.TIME_BOXED_GRANT, ("support_access", (SupportAccess.TIME_BOXED,))),
        },
        Operation.LESSON_ENTRIES: {
            Duty.DEPUTY: _write(setting=_DEPUTY_FULL),
            Duty.CLASS_TEACHER: _write(Reach.OWN_CLASS, ("class_teacher_mode", (ClassTeacherMode.EDIT_ALL,))),
            **_teachers(_write(Reach.OWN_LESSONS)),
        },
        Operation.SUBSTITUTED_LESSON: _teachers(_write(Reach.SUBSTITUTED_LESSON)),
        Operation.SUBSTITUTIONS: {
            Duty.DEPUTY: _write(),
            Duty.DISPATCHER: _write(setting=("substitution_by_dispatcher", (True,))),
            **_teachers(_read(Reach.OWN_LESSONS)),
            **_families(Access.READ),
        },
        Operation.PERIOD_MARKS: {
            Duty.CLASS_TEACHER: _read(Reach.OWN_CLASS),
            **_teachers(_write(Reach.OWN_LESSONS)),
            **_families(Access.READ),
        },
        Operation.CORRECTIONS: {
            Duty.DIRECTOR: _APPROVE,
            Duty.DEPUTY: _APPROVE,
            Duty.ADMINISTRATOR: _read(),
            **_teachers(_write(Reach.OWN_LESSONS)),
            **_families(Access.WRITE),
        },
        Operation.CLASS_LISTS: {
            Duty.DIRECTOR: _read(),
            Duty.DEPUTY: _write(),
            Duty.ADMINISTRATOR: _write(),
            Duty.CLASS_TEACHER: _write(Reach.OWN_CLASS),
        },
        Operation.PUPIL_PROFILES: {
            Duty.DIRECTOR: _read(),
            Duty.DEPUTY: _read() + _write(setting=_DEPUTY_FULL),
            Duty.ADMINISTRATOR: _write(),
            Duty.CLASS_TEACHER: _write(Reach.OWN_CLASS, _CLASS_TEACHER_EDITS),
            **_families(Access.READ),
        },
        Operation.STAFF_LIST: {
            Duty.DIRECTOR: _read(),
            Duty.DEPUTY: _write(),
            Duty.ADMINISTRATOR: _write(),
        },
        Operation.MOVEMENT_BOOK: {
            Duty.DIRECTOR: _read(),
            Duty.DEPUTY: _write(),
            Duty.CLASS_TEACHER: _read(Reach.OWN_CLASS),
            Duty.MUNICIPAL_COORDINATOR: _read(Reach.AGGREGATES),
        },
        Operation.YEAR_FRAME: {
            Duty.DIRECTOR: _APPROVE,
            Duty.DEPUTY: _write(),
            Duty.ADMINISTRATOR: _write(),
            Duty.CLASS_TEACHER: _read(),
            **_teachers(_read()),
            **_families(Access.READ),
        },
        Operation.TIMETABLE: {
            Duty.DIRECTOR: _APPROVE,
            Duty.DEPUTY: _write(),
            Duty.ADMINISTRATOR: _write(),
            Duty.DISPATCHER: _write(),
            Duty.CLASS_TEACHER: _read(),
            **_teachers(_read()),
            **_families(Access.READ),
        },
        Operation.CONTROL_WORKS: {
            Duty.DIRECTOR: _APPROVE,
            Duty.DEPUTY: _write(),
            Duty.CLASS_TEACHER: _read(),
            **_teachers(_read()),
            **_families(Access.READ),
        },
        Operation.THEMATIC_PLANS: {
            Duty.DIRECTOR: _read(),
            Duty.DEPUTY: _read(),
            Duty.ADMINISTRATOR: _write(),
            Duty.CLASS_TEACHER: _read(),
            **_teachers(_write(Reach.OWN_LESSONS)),
            **_families(Access.READ),
        },
        Operation.ACCOUNTS: {Duty.DIRECTOR: _APPROVE, Duty.ADMINISTRATOR: _write()},
        Operation.CREDENTIALS: {
            Duty.ADMINISTRATOR: _write(),
            Duty.CLASS_TEACHER: _write(Reach.OWN_CLASS),
            **_families(Access.READ),
        },
        Operation.SYSTEM_PARAMETERS: {
            Duty.DEPUTY: _read(),
            Duty.ADMINISTRATOR: _write(),
            **_teachers(_read(Reach.OWN_LESSONS)),
            Duty.MUNICIPAL_COORDINATOR: _read(Reach.AGGREGATES),
        },
        Operation.SCHOOL_YEAR: {Duty.ADMINISTRATOR: _write()},
        Operation.PRINT: {
            Duty.DIRECTOR: _write(),
            Duty.DEPUTY: _write(),
            Duty.ADMINISTRATOR: _read(),
            Duty.CLASS_TEACHER: _write(Reach.OWN_CLASS),
            **_teachers(_write(Reach.OWN_LESSONS)),
        },
        Operation.CERTIFY_PRINT: {
            Duty.DIRECTOR: _write(),
            Duty.SIGNATORY: _write(setting=("sheets_by_delegate", (True,))),
        },
        Operation.SIGN_ARCHIVE: {
            Duty.DIRECTOR: _write(),
            Duty.ADMINISTRATOR: _read(),
            Duty.ARCHIVIST: _read(),
        },
        Operation.ARCHIVE_COPIES: {
            Duty.DIRECTOR: _read(),
            Duty.DEPUTY: _read(),
            Duty.ADMINISTRATOR: _write(),
            Duty.CLASS_TEACHER: _read(Reach.OWN_CLASS),
            Duty.ARCHIVIST: _write(),
        },
        Operation.BACKUP: {Duty.ADMINISTRATOR: _write()},
        Operation.CONTROL_CHECKS: {
            Duty.DIRECTOR: _APPROVE + _write(),
            Duty.DEPUTY: _write(),
            Duty.ADMINISTRATOR: _read(),
            Duty.CLASS_TEACHER: _write(Reach.OWN_CLASS),
            **_teachers(_read(Reach.OWN_LESSONS)),
        },
        Operation.REPORTS: {
            Duty.DIRECTOR: _read(),
            Duty.DEPUTY: _read(),
            Duty.ADMINISTRATOR: _read(),
            Duty.CLASS_TEACHER: _read(Reach.OWN_CLASS),
            **_teachers(_read(Reach.OWN_LESSONS)),
            **_families(Access.READ),
            Duty.MUNICIPAL_COORDINATOR: _read(Reach.AGGREGATES),
            Duty.ARCHIVIST: _read(Reach.ARCHIVE),
        },
        Operation.DIARY: {
            Duty.DIRECTOR: _read(),
            Duty.DEPUTY: _read(),
            Duty.ADMINISTRATOR: _read(),
            Duty.CLASS_TEACHER: _read(Reach.OWN_CLASS),
            **_teachers(_read(Reach.OWN_LESSONS)),
            Duty.PARENT: _read(Reach.OWN_CHILD),
            Duty.PUPIL: _read(Reach.SELF, ("pupil_access", (PupilAccess.DIARY,))),
        },
        Operation.MESSAGES: {
            Duty.DEPUTY: _read(),
            Duty.CLASS_TEACHER: _write(Reach.OWN_CLASS),
            **_teachers(_write(Reach.OWN_LESSONS)),
            **_families(Access.WRITE),
        },
        Operation.CONSENTS: {
            Duty.DIRECTOR: _read(),
            Duty.DEPUTY: _read(),
            Duty.CLASS_TEACHER: _write(Reach.OWN_CLASS),
            **_families(Access.WRITE),
        },
        Operation.HEALTH: {Duty.CLASS_TEACHER: _write(Reach.OWN_CLASS, _CLASS_TEACHER_EDITS)},
        Operation.PORTFOLIO: {
            Duty.DIRECTOR: _read(),
            Duty.DEPUTY: _read(),
            Duty.CLASS_TEACHER: _write(Reach.OWN_CLASS, _CLASS_TEACHER_EDITS),
            **_families(Access.READ),
        },
        Operation.COMPROMISES: {
            Duty.DIRECTOR: _read(),
            Duty.DEPUTY: _write(),
            Duty.ADMINISTRATOR: _write(),
            Duty.DISPATCHER: _write(),
            Duty.CLASS_TEACHER: _write(),
            **_teachers(_write()),
            **_families(Access.WRITE),
            Duty.ARCHIVIST: _write(),
            Duty.SUPPORT: _read(),
        },
        Operation.AUTHORITY_CONTACT: {
            Duty.DIRECTOR: _APPROVE,
            Duty.DEPUTY: _write(),
            Duty.ADMINISTRATOR: _read(),
            Duty.MUNICIPAL_COORDINATOR: _write(),
        },
    }
)
"""The cells of the matrix that hold something; every other one is a refusal."""
