"""The permissions matrix: every cell of section 2, denial by default, policies, roles of a school's own."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from gateway.model.access import Role, Scope
from gateway.model.duties import Duty
from gateway.model.journal_records import RESTRICTED, RecordKind
from gateway.model.permissions import (
    MATRIX,
    Access,
    CustomRole,
    Grant,
    Operation,
    Reach,
    allowed,
    duties_of,
    duty_named,
    grants_of,
    operation_of,
    reading_operation_of,
    scope_to_read,
    scope_to_write,
)
from gateway.model.policy import ClassTeacherMode, DeputyMode, Policy, PupilAccess, SupportAccess

REQUIREMENTS = Path(__file__).parents[3] / "shared" / "requirements.md"
READ, WRITE, APPROVE = Access.READ, Access.WRITE, Access.APPROVE

COLUMNS = (
    Duty.DIRECTOR,
    Duty.DEPUTY,
    Duty.ADMINISTRATOR,
    Duty.DISPATCHER,
    Duty.CLASS_TEACHER,
    Duty.SUBJECT_TEACHER,
    Duty.PARENT,
    Duty.PUPIL,
    Duty.MUNICIPAL_COORDINATOR,
    Duty.ARCHIVIST,
    Duty.SUPPORT,
)

WORDS: dict[tuple[Operation, Duty], set[Access]] = {
    # Cells that say it in words instead of R, W, A, and what is made of them.
    (Operation.VIEW_JOURNAL, Duty.CLASS_TEACHER): {READ},
    (Operation.VIEW_JOURNAL, Duty.SUBJECT_TEACHER): {READ},
    (Operation.VIEW_JOURNAL, Duty.ARCHIVIST): {READ},
    (Operation.VIEW_JOURNAL, Duty.SUPPORT): {READ},
    (Operation.LESSON_ENTRIES, Duty.DEPUTY): {WRITE},  # by policy `full`
    (Operation.LESSON_ENTRIES, Duty.CLASS_TEACHER): {WRITE},  # by policy `edit_all`
    (Operation.SUBSTITUTIONS, Duty.SUBJECT_TEACHER): {READ},  # the fact stands at the lesson
    (Operation.CORRECTIONS, Duty.ADMINISTRATOR): {READ},
    (Operation.CORRECTIONS, Duty.SUBJECT_TEACHER): {WRITE},
    (Operation.CORRECTIONS, Duty.PARENT): {WRITE},
    (Operation.CORRECTIONS, Duty.PUPIL): {WRITE},
    (Operation.PUPIL_PROFILES, Duty.DEPUTY): {READ, WRITE},
    (Operation.PUPIL_PROFILES, Duty.PARENT): {READ},
    (Operation.PUPIL_PROFILES, Duty.PUPIL): {READ},
    (Operation.MOVEMENT_BOOK, Duty.MUNICIPAL_COORDINATOR): {READ},
    (Operation.YEAR_FRAME, Duty.PARENT): {READ},
    (Operation.YEAR_FRAME, Duty.PUPIL): {READ},
    (Operation.TIMETABLE, Duty.PARENT): {READ},
    (Operation.TIMETABLE, Duty.PUPIL): {READ},
    (Operation.THEMATIC_PLANS, Duty.DEPUTY): {READ},
    (Operation.THEMATIC_PLANS, Duty.PARENT): {READ},
    (Operation.THEMATIC_PLANS, Duty.PUPIL): {READ},
    (Operation.ACCOUNTS, Duty.DIRECTOR): {APPROVE},
    (Operation.CREDENTIALS, Duty.ADMINISTRATOR): {WRITE},
    (Operation.CREDENTIALS, Duty.CLASS_TEACHER): {WRITE},
    (Operation.CREDENTIALS, Duty.PARENT): {READ},
    (Operation.CREDENTIALS, Duty.PUPIL): {READ},
    (Operation.SYSTEM_PARAMETERS, Duty.DEPUTY): {READ},
    (Operation.SYSTEM_PARAMETERS, Duty.SUBJECT_TEACHER): {READ},
    (Operation.SYSTEM_PARAMETERS, Duty.MUNICIPAL_COORDINATOR): {READ},
    (Operation.PRINT, Duty.ADMINISTRATOR): {READ},
    (Operation.PRINT, Duty.CLASS_TEACHER): {WRITE},
    (Operation.PRINT, Duty.SUBJECT_TEACHER): {WRITE},
    (Operation.CERTIFY_PRINT, Duty.DEPUTY): set(),  # by an appointment of its own: Duty.SIGNATORY
    (Operation.SIGN_ARCHIVE, Duty.ADMINISTRATOR): {READ},
    (Operation.SIGN_ARCHIVE, Duty.SUBJECT_TEACHER): set(),  # "if provided": not provided here (R-JRNL-21)
    (Operation.SIGN_ARCHIVE, Duty.ARCHIVIST): {READ},
    (Operation.ARCHIVE_COPIES, Duty.DIRECTOR): {READ},
    (Operation.ARCHIVE_COPIES, Duty.DEPUTY): {READ},
    (Operation.ARCHIVE_COPIES, Duty.CLASS_TEACHER): {READ},
    (Operation.ARCHIVE_COPIES, Duty.ARCHIVIST): {WRITE},
    (Operation.CONTROL_CHECKS, Duty.DIRECTOR): {WRITE, APPROVE},
    (Operation.CONTROL_CHECKS, Duty.DEPUTY): {WRITE},
    (Operation.CONTROL_CHECKS, Duty.ADMINISTRATOR): {READ},
    (Operation.CONTROL_CHECKS, Duty.CLASS_TEACHER): {WRITE},
    (Operation.CONTROL_CHECKS, Duty.SUBJECT_TEACHER): {READ},
    (Operation.REPORTS, Duty.DEPUTY): {READ},
    (Operation.REPORTS, Duty.ADMINISTRATOR): {READ},
    (Operation.REPORTS, Duty.CLASS_TEACHER): {READ},
    (Operation.REPORTS, Duty.SUBJECT_TEACHER): {READ},
    (Operation.REPORTS, Duty.PARENT): {READ},
    (Operation.REPORTS, Duty.PUPIL): {READ},
    (Operation.REPORTS, Duty.MUNICIPAL_COORDINATOR): {READ},
    (Operation.REPORTS, Duty.ARCHIVIST): {READ},
    (Operation.DIARY, Duty.CLASS_TEACHER): {READ},
    (Operation.DIARY, Duty.SUBJECT_TEACHER): {READ},
    (Operation.DIARY, Duty.PARENT): {READ},
    (Operation.DIARY, Duty.PUPIL): {READ},
    (Operation.MESSAGES, Duty.DEPUTY): {READ},
    (Operation.MESSAGES, Duty.CLASS_TEACHER): {WRITE},  # class teachers are teachers too (R-JRNL-15)
    (Operation.MESSAGES, Duty.SUBJECT_TEACHER): {WRITE},
    (Operation.CONSENTS, Duty.DIRECTOR): {READ},
    (Operation.CONSENTS, Duty.DEPUTY): {READ},
    (Operation.CONSENTS, Duty.PARENT): {WRITE},
    (Operation.CONSENTS, Duty.PUPIL): {WRITE},
    (Operation.HEALTH, Duty.DIRECTOR): set(),  # "– (policy)": no regulation asks for it
    (Operation.HEALTH, Duty.SUBJECT_TEACHER): set(),  # the flag is the absence's kind, not the record
    (Operation.HEALTH, Duty.PARENT): set(),  # "(policy)": no setting gives it
    (Operation.PORTFOLIO, Duty.PARENT): {READ},
    (Operation.PORTFOLIO, Duty.PUPIL): {READ},
    (Operation.COMPROMISES, Duty.DIRECTOR): {READ},
    (Operation.COMPROMISES, Duty.ADMINISTRATOR): {WRITE},  # receives, and registers it (R-SEC-04: all users)
    (Operation.COMPROMISES, Duty.SUPPORT): {READ},
    (Operation.AUTHORITY_CONTACT, Duty.ADMINISTRATOR): {READ},
}


def _table() -> list[list[str]]:
    section = REQUIREMENTS.read_text("utf-8").split("## 2. Permissions matrix")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]


def _stated(cell: str) -> set[Access] | None:
    """Return what a cell states in letters; ``None`` where it uses words."""
    if cell == "–" or cell.startswith("DENY"):
        return set()
    letter = re.match(r"([RWA])\b", cell)
    return {{"R": READ, "W": WRITE, "A": APPROVE}[letter[1]]} if letter else None


def _given(operation: Operation, duty: Duty) -> set[Access]:
    return {grant.access for grant in grants_of(duty, operation)}


@pytest.mark.shared
def test_every_cell_is_that_of_the_requirements() -> None:
    if not REQUIREMENTS.exists():
        pytest.skip("the requirements do not lie beside this checkout")
    rows = _table()
    assert len(rows) == len(Operation) == 32
    for operation, row in zip(Operation, rows, strict=True):
        assert len(row) == len(COLUMNS) + 2, row
        for duty, cell in zip(COLUMNS, row[1:-1], strict=True):
            words = WORDS.get((operation, duty))
            expected = words if words is not None else _stated(cell)
            assert expected is not None, (operation, duty, cell)
            assert _given(operation, duty) == expected, (operation, duty, cell)


def test_every_operation_has_a_row_and_educators_are_teachers() -> None:
    assert set(MATRIX) == set(Operation)
    for operation in Operation:
        assert grants_of(Duty.EDUCATOR, operation) == grants_of(Duty.SUBJECT_TEACHER, operation)


def test_what_is_not_written_is_refused() -> None:
    for operation, duty, access in product(Operation, Duty, Access):
        if duty not in MATRIX[operation]:
            assert not allowed([duty], operation, access, reached=set(Reach), policy=Policy())
    for operation, access in product(Operation, Access):
        assert not allowed([], operation, access, reached=set(Reach), policy=Policy())


def test_the_own_is_reached_and_the_rest_is_not() -> None:
    def may(duty: Duty, *reached: Reach) -> bool:
        return allowed([duty], Operation.LESSON_ENTRIES, WRITE, reached=reached, policy=Policy())

    assert may(Duty.SUBJECT_TEACHER, Reach.OWN_LESSONS)
    assert not may(Duty.SUBJECT_TEACHER)
    assert not may(Duty.SUBJECT_TEACHER, Reach.OWN_CLASS, Reach.SUBSTITUTED_LESSON)


def test_whoever_writes_may_read_but_not_the_other_way_round() -> None:
    assert allowed([Duty.DEPUTY], Operation.TIMETABLE, READ, policy=Policy())
    assert not allowed([Duty.DEPUTY], Operation.TIMETABLE, APPROVE, policy=Policy())
    assert not allowed([Duty.DIRECTOR], Operation.VIEW_JOURNAL, WRITE, policy=Policy())


def test_a_director_and_an_administrator_never_write_marks() -> None:
    for duty in (Duty.DIRECTOR, Duty.ADMINISTRATOR):  # R-ROLE-03, R-ROLE-10
        policy = Policy(deputy_mode=DeputyMode.FULL, class_teacher_mode=ClassTeacherMode.EDIT_ALL)
        assert not allowed([duty], Operation.LESSON_ENTRIES, WRITE, reached=set(Reach), policy=policy)


@pytest.mark.parametrize("mode", list(DeputyMode))
def test_deputies_write_marks_in_full_mode_only(mode: DeputyMode) -> None:
    given = allowed([Duty.DEPUTY], Operation.LESSON_ENTRIES, WRITE, policy=Policy(deputy_mode=mode))
    assert given == (mode is DeputyMode.FULL)
    assert allowed([Duty.DEPUTY], Operation.MOVEMENT_BOOK, WRITE, policy=Policy(deputy_mode=mode))


@pytest.mark.parametrize("mode", list(ClassTeacherMode))
def test_the_three_modes_of_class_teachers(mode: ClassTeacherMode) -> None:
    def may(operation: Operation) -> bool:
        policy = Policy(class_teacher_mode=mode)
        return allowed([Duty.CLASS_TEACHER], operation, WRITE, reached={Reach.OWN_CLASS}, policy=policy)

    assert may(Operation.LESSON_ENTRIES) == (mode is ClassTeacherMode.EDIT_ALL)
    for operation in (Operation.PUPIL_PROFILES, Operation.PORTFOLIO, Operation.HEALTH):
        assert may(operation) == (mode is not ClassTeacherMode.READ_ONLY)
    assert may(Operation.CLASS_LISTS)  # C-01: allowed in all five regulations


@pytest.mark.parametrize("access", list(PupilAccess))
def test_pupils_never_work_with_the_journal_whatever_else_they_are(access: PupilAccess) -> None:
    policy = Policy(pupil_access=access)
    everything = [*Duty, CustomRole(name="x", grants={op: (Grant(access=WRITE),) for op in Operation})]
    for operation in Operation:
        if operation.is_journal:  # R-ROLE-22
            for asked in Access:
                assert not allowed(everything, operation, asked, reached=set(Reach), policy=policy)
    own = allowed([Duty.PUPIL], Operation.DIARY, READ, reached={Reach.SELF}, policy=policy)
    assert own == (access is PupilAccess.DIARY)
    assert not allowed([Duty.PUPIL], Operation.DIARY, READ, reached={Reach.OWN_CHILD}, policy=policy)


def test_support_sees_pupils_only_by_a_grant_in_time_and_policy() -> None:
    def sees(policy: Policy, *reached: Reach) -> bool:
        return allowed([Duty.SUPPORT], Operation.VIEW_JOURNAL, READ, reached=reached, policy=policy)

    assert not sees(Policy())
    assert sees(Policy(), Reach.TIME_BOXED_GRANT)
    assert not sees(Policy(support_access=SupportAccess.NEVER), Reach.TIME_BOXED_GRANT)


def test_a_dispatcher_registers_substitutions_only_where_the_school_says_so() -> None:
    for given in (False, True):
        policy = Policy(substitution_by_dispatcher=given)
        assert allowed([Duty.DISPATCHER], Operation.SUBSTITUTIONS, WRITE, policy=policy) == given
    assert allowed([Duty.DISPATCHER], Operation.TIMETABLE, WRITE, policy=Policy())  # R-ROLE-17


def test_a_role_of_the_schools_own_may_what_it_is_made_of() -> None:
    librarian = CustomRole(name="Библиотекарь", grants={Operation.CLASS_LISTS: (Grant(access=READ),)})
    assert allowed([librarian], Operation.CLASS_LISTS, READ, policy=Policy())
    assert not allowed([librarian], Operation.CLASS_LISTS, WRITE, policy=Policy())
    assert not allowed([librarian], Operation.VIEW_JOURNAL, READ, policy=Policy())


@pytest.mark.parametrize(
    ("name", "duty"),
    [
        ("администратор ЭЖ", Duty.ADMINISTRATOR),
        ("школьный координатор", Duty.ADMINISTRATOR),
        ("школьный оператор ЭСО", Duty.ADMINISTRATOR),
        ("ответственный за ИК поддержку", Duty.ADMINISTRATOR),
        ("технический специалист", Duty.ADMINISTRATOR),
        ("Диспетчер  по составлению расписаний", Duty.DISPATCHER),
        ("Воспитатель", Duty.EDUCATOR),
        ("ответственный за архивное хранение", Duty.ARCHIVIST),
        ("законный представитель", Duty.PARENT),
        ("повар", None),
    ],
)
def test_names_that_schools_use_mean_one_duty(name: str, duty: Duty | None) -> None:
    assert duty_named(name) is duty


def test_every_duty_has_a_name_that_schools_use_and_every_account_a_duty() -> None:
    assert {duty_named(name) for name in ("директор", "завуч", "уполномоченное лицо", "техническая поддержка")} == {
        Duty.DIRECTOR,
        Duty.DEPUTY,
        Duty.SIGNATORY,
        Duty.SUPPORT,
    }
    assert all(duties_of(role) for role in Role)
    assert duties_of(Role.COORDINATOR) == duties_of(Role.ADMINISTRATOR)


@pytest.mark.parametrize("kind", list(RecordKind))
def test_every_kind_of_record_has_who_reads_and_who_writes_it(kind: RecordKind) -> None:
    assert any(grant.access is not READ for cell in MATRIX[operation_of(kind)].values() for grant in cell)
    assert MATRIX[reading_operation_of(kind)]
    assert (scope_to_read(kind) is Scope.HEALTH_READ) == (kind in RESTRICTED)
    assert (scope_to_write(kind) is Scope.HEALTH_WRITE) == (kind in RESTRICTED)


def test_unlocking_and_voiding_need_scopes_of_their_own() -> None:
    assert scope_to_write(RecordKind.CORRECTIONS) is Scope.JOURNAL_CORRECT
    assert scope_to_write(RecordKind.INCIDENTS) is Scope.INCIDENTS_WRITE
    for kind in (RecordKind.POLICIES, RecordKind.APPOINTMENTS, RecordKind.OUTAGES):
        assert scope_to_write(kind) is Scope.RULES_WRITE
    assert scope_to_write(RecordKind.MARKS) is Scope.JOURNAL_WRITE
