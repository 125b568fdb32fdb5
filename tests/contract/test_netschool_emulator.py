"""The emulator against the interface facts: platforms.md 1.1 to 1.4, 1.8 and checklist 1 to 5, over real sockets."""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from gateway.model.difference import DifferenceKind
from gateway.sandbox.netschool import (
    Account,
    ClassJournal,
    CurrentStudent,
    Planted,
    class_journal,
    netschool_emulator,
    one_of_each_kind,
)
from gateway.sandbox.school import school_days, schools
from gateway.sandbox.server import RunningServer

ACCOUNT = Account(login="Лукина", password="пароль-1", name="Лукина И. П.")
MONDAY, SATURDAY = date(2026, 9, 14), date(2026, 9, 19)
BAD_CREDENTIALS = "Неправильный пароль или имя пользователя"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 9, 21, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> None:
        self.now += span


@pytest.fixture(scope="module")
def journal() -> ClassJournal:
    sample = next(schools(60, year=2026))
    return class_journal(sample, next(one.id for one in sample.classes if one.grade == 7))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def web(journal: ClassJournal, clock: Clock) -> Iterator[httpx.Client]:
    with (
        RunningServer(netschool_emulator(journal, account=ACCOUNT, clock=clock)) as server,
        httpx.Client(base_url=f"{server.url}/webapi/", trust_env=False) as client,
    ):
        yield client


def md5(text: str) -> str:
    return hashlib.md5(text.encode("cp1251")).hexdigest()  # noqa: S324  the platform's own way


def login_form(salt: dict[str, str], password: str = ACCOUNT.password, **changed: str) -> dict[str, str]:
    pw2 = md5(salt["salt"] + md5(password))
    return {
        "loginType": "1",
        "scid": "101",
        "un": ACCOUNT.login,
        "pw": pw2[: len(password)],
        "pw2": pw2,
        "lt": salt["lt"],
        "ver": salt["ver"],
        **changed,
    }


def log_in(web: httpx.Client, password: str = ACCOUNT.password) -> httpx.Response:
    web.get("logindata")
    return web.post("login", data=login_form(web.post("auth/getdata").json(), password))


@pytest.fixture
def inside(web: httpx.Client) -> httpx.Client:
    web.headers["at"] = log_in(web).json()["at"]
    return web


def diary(web: httpx.Client, student: int, **query: str) -> Any:
    span = {"weekStart": str(MONDAY), "weekEnd": str(SATURDAY)}
    answer = web.get("student/diary", params={"studentId": student, **span, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def lessons(web: httpx.Client, student: int) -> list[dict[str, Any]]:
    return [lesson for day in diary(web, student)["weekDays"] for lesson in day["lessons"]]


def students(web: httpx.Client) -> list[int]:
    return [one["studentId"] for one in web.get("student/diary/init").json()["students"]]


def test_the_first_get_sets_the_session_cookie_of_32_hex_digits(web: httpx.Client) -> None:
    answer = web.get("logindata")
    assert re.fullmatch(r"[0-9a-f]{32}", answer.cookies["NSSESSIONID"])
    assert answer.json()["schoolLogin"] is True
    assert web.get("logindata").cookies["NSSESSIONID"] == answer.cookies["NSSESSIONID"]


def test_the_salt_is_three_strings_of_digits(web: httpx.Client) -> None:
    salt = web.post("auth/getdata").json()
    assert set(salt) == {"lt", "ver", "salt"}
    assert all(value.isdigit() for value in salt.values())


def test_the_right_password_gives_a_token_of_26_digits(web: httpx.Client) -> None:
    answer = log_in(web)
    assert answer.status_code == 200
    assert re.fullmatch(r"\d{26}", answer.json()["at"])
    assert answer.json()["timeOut"] == 900_000
    assert "choose-session-role" not in answer.json()["entryPoint"]


def test_a_salt_serves_one_attempt(web: httpx.Client) -> None:
    salt = web.post("auth/getdata").json()
    assert web.post("login", data=login_form(salt)).status_code == 200
    assert web.post("login", data=login_form(salt)).status_code == 409


def test_a_salt_serves_its_own_cookie_only(web: httpx.Client) -> None:
    salt = web.post("auth/getdata").json()
    web.cookies.clear()
    web.get("logindata")
    assert web.post("login", data=login_form(salt)).status_code == 409


def test_paths_form_keys_and_query_keys_are_case_insensitive(web: httpx.Client) -> None:
    salt = web.post("Auth/getData").json()
    form = {key.upper(): value for key, value in login_form(salt).items()}
    token = web.post("AUTH/Login", data=form).json()["at"]
    assert web.get("Context/Expired", params={"TOKEN": token}).json() is False


@pytest.mark.parametrize("field", ["pw", "pw2", "un"])
def test_every_part_of_the_credentials_is_checked(web: httpx.Client, field: str) -> None:
    answer = web.post("login", data=login_form(web.post("auth/getdata").json(), **{field: "0" * 8}))
    assert (answer.status_code, answer.json()) == (409, {"message": BAD_CREDENTIALS})


def test_a_missing_field_and_another_school_are_bad_requests(web: httpx.Client) -> None:
    form = login_form(web.post("auth/getdata").json())
    assert web.post("login", data={**form, "scid": "7"}).status_code == 400
    del form["lt"]
    answer = web.post("login", data=form)
    assert (answer.status_code, set(answer.json())) == (400, {"message", "details"})


def test_three_failures_lock_the_account_for_a_minute_even_for_the_right_password(
    web: httpx.Client, clock: Clock
) -> None:
    assert [log_in(web, "wrong").json()["message"] == BAD_CREDENTIALS for _ in range(3)] == [True, True, False]
    clock.pass_by(timedelta(seconds=59))
    refused = log_in(web)
    assert refused.status_code == 409
    assert "неудачные попытки" in refused.json()["message"]
    clock.pass_by(timedelta(seconds=1))
    assert log_in(web).status_code == 200


def test_a_success_forgets_the_failures_before_it(web: httpx.Client) -> None:
    outcomes = [
        log_in(web, password).status_code for password in ("wrong", "wrong", ACCOUNT.password, "wrong", "wrong")
    ]
    assert outcomes == [409, 409, 200, 409, 409]
    assert log_in(web).status_code == 200


@pytest.mark.parametrize(
    "address", ["context", "student/diary/init", "student/diary", "years/current", "grade/assignment/types"]
)
def test_without_a_live_token_every_call_says_that_the_session_expired(inside: httpx.Client, address: str) -> None:
    inside.headers["at"] = "0" * 26
    answer = inside.get(address)
    assert (answer.status_code, answer.headers["auth-error"]) == (401, "SessionExpired")


def test_the_token_alone_is_not_enough(inside: httpx.Client) -> None:
    inside.cookies.clear()
    assert inside.get("context").status_code == 401


def test_a_session_dies_when_idle_and_any_call_keeps_it_alive(inside: httpx.Client, clock: Clock) -> None:
    token = inside.headers["at"]
    for _ in range(3):
        clock.pass_by(timedelta(minutes=14))
        assert inside.get("context").status_code == 200
    assert inside.get("context/expired", params={"token": token}).json() is False
    clock.pass_by(timedelta(minutes=16))
    assert inside.get("context/expired", params={"token": token}).json() is True
    assert inside.get("context").status_code == 401


def test_log_out_may_be_asked_for_twice(inside: httpx.Client) -> None:
    assert inside.post("auth/logout").status_code == 200
    assert inside.get("context").status_code == 401
    assert inside.post("auth/logout").status_code == 200


def test_schools_are_found_with_and_without_a_name(web: httpx.Client) -> None:
    (school,) = web.get("schools/search").json()
    assert (school["id"], school["shortName"]) == (101, "Школа № 101")
    assert web.get("schools/search", params={"name": "школ"}).json() == [school]
    assert web.get("schools/search", params={"name": "Лицей"}).json() == []


def test_context_and_year_agree(inside: httpx.Client) -> None:
    context, year = inside.get("context").json(), inside.get("years/current").json()
    assert context["schoolYearId"] == context["schoolyear"]["id"] == year["id"]
    assert context["at"] == inside.headers["at"]
    assert (year["name"], year["globalYear"]["id"]) == ("2026/2027", 2026)
    assert year["startDate"] == "2026-09-01T00:00:00"


@pytest.mark.parametrize("variant", CurrentStudent)
def test_the_current_student_is_a_position_or_an_id(journal: ClassJournal, variant: CurrentStudent) -> None:
    emulator = netschool_emulator(journal, account=ACCOUNT, current_student=variant)
    with RunningServer(emulator) as server, httpx.Client(base_url=f"{server.url}/webapi/", trust_env=False) as web:
        web.headers["at"] = log_in(web).json()["at"]
        start = web.get("student/diary/init").json()
    ids = [one["studentId"] for one in start["students"]]
    assert len(ids) == len(journal.pupils) >= 2
    assert start["currentStudentId"] == (0 if variant is CurrentStudent.INDEX else ids[0])


def test_the_diary_writes_its_dates_and_times_exactly(inside: httpx.Client) -> None:
    midnight = re.compile(r"\d{4}-\d{2}-\d{2}T00:00:00")
    clock_time = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
    for student in students(inside):
        week = diary(inside, student)
        assert (week["weekStart"], week["weekEnd"]) == ("2026-09-14T00:00:00", "2026-09-19T00:00:00")
        for day in week["weekDays"]:
            assert midnight.fullmatch(day["date"])
            for lesson in day["lessons"]:
                assert lesson["day"] == day["date"]
                assert clock_time.fullmatch(lesson["startTime"])
                assert clock_time.fullmatch(lesson["endTime"])
                assert all(midnight.fullmatch(one["dueDate"]) for one in lesson.get("assignments", ()))


def test_the_diary_default_ends_five_days_after_its_start(inside: httpx.Client) -> None:
    answer = inside.get("student/diary", params={"studentId": students(inside)[0], "weekStart": "2026-09-15"}).json()
    assert (answer["weekStart"], answer["weekEnd"]) == ("2026-09-15T00:00:00", "2026-09-20T00:00:00")


def test_assignments_are_absent_when_empty_and_a_mark_has_no_id(inside: httpx.Client) -> None:
    seen = [lesson for student in students(inside) for lesson in lessons(inside, student)]
    with_tasks = [lesson["assignments"] for lesson in seen if "assignments" in lesson]
    assert 0 < len(with_tasks) < len(seen)
    assert all(with_tasks)
    tasks = [task for of_lesson in with_tasks for task in of_lesson]
    marks = [task["mark"] for task in tasks if "mark" in task]
    assert 0 < len(marks) < len(tasks)
    for mark in marks:
        assert set(mark) == {"assignmentId", "studentId", "mark", "resultScore", "dutyMark"}


def test_every_assignment_type_is_in_the_list(inside: httpx.Client) -> None:
    known = {one["id"]: one["name"] for one in inside.get("grade/assignment/types", params={"all": "false"}).json()}
    used = {
        task["typeId"]
        for student in students(inside)
        for lesson in lessons(inside, student)
        for task in lesson.get("assignments", ())
    }
    assert used <= set(known)
    assert known[3] == "Домашнее задание"


def test_a_pupil_sees_their_own_marks_and_everybodys_tasks(inside: httpx.Client, journal: ClassJournal) -> None:
    by_student = dict(zip(students(inside), journal.pupils, strict=True))
    for student, pupil in by_student.items():
        marks = sorted(
            task["mark"]["mark"]
            for lesson in lessons(inside, student)
            for task in lesson.get("assignments", ())
            if "mark" in task
        )
        held = [MONDAY + timedelta(days=offset) for offset in range(6)]
        expected = [mark.value for day in held for one in journal.lessons(pupil.id, day) for mark in one.marks.values()]
        assert marks == sorted(expected)


def test_only_a_task_in_full_names_the_teacher(inside: httpx.Client) -> None:
    student = students(inside)[0]
    lesson = next(one for one in lessons(inside, student) if "assignments" in one)
    task = lesson["assignments"][0]
    full = inside.get(f"student/diary/assigns/{task['id']}", params={"studentId": student}).json()
    assert (full["id"], full["assignmentName"]) == (task["id"], task["assignmentName"])
    assert full["teachers"][0]["name"]
    assert full["subjectGroup"]["name"].endswith(lesson["subjectName"])
    assert inside.get("student/diary/assigns/1", params={"studentId": student}).status_code == 400


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"studentId": "x"}, 400),
        ({"studentId": "200001", "weekStart": "14.09.2026"}, 400),
        ({"studentId": "200001", "weekStart": "2026-09-19", "weekEnd": "2026-09-14"}, 400),
        ({"studentId": "1", "weekStart": "2026-09-14"}, 403),
    ],
)
def test_a_wrong_diary_request_is_refused_with_a_message(
    inside: httpx.Client, query: dict[str, str], status: int
) -> None:
    answer = inside.get("student/diary", params=query)
    assert (answer.status_code, set(answer.json())) == (status, {"message", "details"})


def test_what_was_planted_is_told(journal: ClassJournal) -> None:
    sample_days = list(school_days(next(schools(60, year=2026)), first=MONDAY, last=SATURDAY))
    planted = one_of_each_kind(journal, sample_days)
    assert [one.kind for one in planted] == [
        DifferenceKind.MARK_DIFFERS,
        DifferenceKind.MARK_MISSING_THERE,
        DifferenceKind.MARK_MISSING_HERE,
        DifferenceKind.LESSON_MISSING_THERE,
        DifferenceKind.SUBJECT_DIFFERS,
        DifferenceKind.HOMEWORK_DIFFERS,
    ]
    assert planted == one_of_each_kind(journal, sample_days)
    with RunningServer(netschool_emulator(journal, account=ACCOUNT, planted=planted)) as server:
        told = httpx.get(f"{server.url}/_sandbox/planted", trust_env=False).json()
    assert told == [
        {"kind": one.kind.value, "pupil": one.pupil, "day": str(one.day), "number": one.number} for one in planted
    ]


@pytest.mark.parametrize("kind", [DifferenceKind.MARK_DIFFERS, DifferenceKind.PUPIL_MISSING_THERE])
def test_what_cannot_be_planted_is_refused_at_once(journal: ClassJournal, kind: DifferenceKind) -> None:
    sunday = date(2026, 9, 20)
    nowhere = Planted(kind=kind, pupil=journal.pupils[0].id, day=sunday, number=1)
    with pytest.raises(ValueError, match="no lesson 1"):
        netschool_emulator(journal, account=ACCOUNT, planted=[nowhere])
