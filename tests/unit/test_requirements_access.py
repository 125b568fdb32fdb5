"""Cells of the matrix that a row of the requirements names, and the console that is left alone (R-ROLE, R-SEC)."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from gateway.model.access import Role
from gateway.model.duties import Duty
from gateway.model.permissions import MATRIX, Access, Operation, Reach, allowed, grants_of
from gateway.model.policy import ClassTeacherMode, Policy
from gateway.web.console.sessions import IDLE
from tests.console_world import Browser, add_person
from tests.web_world import Site

WRITE = Access.WRITE


def writers(operation: Operation) -> set[Duty]:
    """Whose cell in the row lets them write."""
    return {duty for duty, cell in MATRIX[operation].items() if any(one.access is WRITE for one in cell)}


def rows_of(duty: Duty, access: Access) -> set[Operation]:
    """The rows in which a duty is given an access."""
    return {one for one in Operation if any(grant.access is access for grant in grants_of(duty, one))}


@pytest.mark.parametrize("mode", list(ClassTeacherMode))
def test_class_teachers_keep_the_lists_of_their_own_class_only(mode: ClassTeacherMode) -> None:
    """R-ROST-09, R-ROST-10, C-01."""
    policy = Policy(class_teacher_mode=mode)
    for operation in (Operation.CLASS_LISTS, Operation.PUPIL_PROFILES):
        assert not allowed([Duty.CLASS_TEACHER], operation, WRITE, reached={Reach.OWN_LESSONS}, policy=policy)
    assert allowed([Duty.CLASS_TEACHER], Operation.CLASS_LISTS, WRITE, reached={Reach.OWN_CLASS}, policy=policy)
    own = allowed([Duty.CLASS_TEACHER], Operation.PUPIL_PROFILES, WRITE, reached={Reach.OWN_CLASS}, policy=policy)
    assert own == (mode is not ClassTeacherMode.READ_ONLY)


def test_the_administrator_alone_keeps_parameters_accounts_and_the_year() -> None:
    """R-ROLE-10, R-ROLE-11, R-ROLE-12; R-ROLE-13: accounts on the director's word."""
    for operation in (Operation.SYSTEM_PARAMETERS, Operation.ACCOUNTS, Operation.SCHOOL_YEAR):
        assert writers(operation) == {Duty.ADMINISTRATOR}, operation
    assert {duty for duty in Duty if Operation.ACCOUNTS in rows_of(duty, Access.APPROVE)} == {Duty.DIRECTOR}


def test_who_prints_and_how_far() -> None:
    """R-ROLE-16: the director and deputies all pages, teachers and class teachers their own, nobody else any."""
    reach = {duty: {one.reach for one in cell if one.access is WRITE} for duty, cell in MATRIX[Operation.PRINT].items()}
    assert {duty: found for duty, found in reach.items() if found} == {
        Duty.DIRECTOR: {Reach.WHOLE_SCHOOL},
        Duty.DEPUTY: {Reach.WHOLE_SCHOOL},
        Duty.CLASS_TEACHER: {Reach.OWN_CLASS},
        Duty.SUBJECT_TEACHER: {Reach.OWN_LESSONS},
        Duty.EDUCATOR: {Reach.OWN_LESSONS},
    }


def test_an_archivist_reads_the_archive_and_keeps_its_copies() -> None:
    """R-ROLE-20."""
    assert rows_of(Duty.ARCHIVIST, WRITE) == {Operation.ARCHIVE_COPIES, Operation.COMPROMISES}
    for operation in (Operation.VIEW_JOURNAL, Operation.REPORTS):
        assert {grant.reach for grant in grants_of(Duty.ARCHIVIST, operation)} == {Reach.ARCHIVE}


def test_the_municipal_coordinator_sees_no_pupil() -> None:
    """R-ROLE-21, R-ROLE-26: figures of the school and the contact with it, nothing about a person."""
    seen = {operation: grants_of(Duty.MUNICIPAL_COORDINATOR, operation) for operation in Operation}
    beyond = {one for one, grants in seen.items() if any(grant.reach is not Reach.AGGREGATES for grant in grants)}
    assert beyond == {Operation.AUTHORITY_CONTACT}


@pytest.mark.parametrize(("duty", "reach"), [(Duty.PARENT, Reach.OWN_CHILD), (Duty.PUPIL, Reach.SELF)])
def test_families_look_and_answer_but_change_nothing(duty: Duty, reach: Reach) -> None:
    """R-ROLE-29: error reports, letters, consents and news of a stolen password are all that they write."""
    assert rows_of(duty, WRITE) == {
        Operation.CORRECTIONS,
        Operation.MESSAGES,
        Operation.CONSENTS,
        Operation.COMPROMISES,
    }
    assert rows_of(duty, Access.APPROVE) == set()
    assert {grant.reach for operation in Operation for grant in grants_of(duty, operation)} == {reach}


@pytest.fixture
def site(new_site: Site) -> Site:
    add_person(new_site.world, "anna", Role.COORDINATOR)
    return new_site


def test_a_console_left_alone_asks_for_the_password_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """R-SEC-11, R-ROLE-23: every page opened begins the half hour anew."""
    started = time.time()
    person = Browser(site.app.test_client())
    person.sign_in("anna")

    def after(seconds: float) -> int:
        clock = SimpleNamespace(time=lambda: started + seconds)
        monkeypatch.setattr("itsdangerous.timed.time", clock)  # by whose clock a session's cookie is signed and aged
        return person.get("/console").status_code

    limit = IDLE.total_seconds()
    assert after(limit - 60) == 200
    assert after(2 * limit - 120) == 200
    assert after(3 * limit) == 302
