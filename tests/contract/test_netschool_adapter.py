"""The adapter over real sockets: against the emulator, its faults, and servers that answer otherwise."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from werkzeug.wrappers import Request, Response

from gateway.adapters.netschool.adapter import NetschoolJournal
from gateway.adapters.netschool.client import password_proof
from gateway.adapters.netschool.settings import NetschoolAccess
from gateway.errors import (
    ConfigurationError,
    ContractChanged,
    Party,
    PermanentError,
    PlatformError,
    TransientError,
)
from gateway.model.platform_week import PlatformWeek
from gateway.sandbox.faults import Fault, FaultKind
from gateway.sandbox.netschool import Account, ClassJournal, class_journal, netschool_emulator
from gateway.sandbox.school import schools
from gateway.sandbox.server import Emulator, RunningServer, json_answer

PASSWORD = "пароль-от-журнала"
ACCOUNT = Account(login="Лукина", password=PASSWORD, name="Лукина И. П.")
MONDAY = date(2026, 9, 14)
NOW = datetime(2026, 9, 21, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def journal() -> ClassJournal:
    sample = next(schools(60, year=2026))
    return class_journal(sample, next(one.id for one in sample.classes if one.grade == 7))


@pytest.fixture
def emulator(journal: ClassJournal) -> Emulator:
    return netschool_emulator(journal, account=ACCOUNT, clock=lambda: NOW)


@pytest.fixture
def access(emulator: Emulator) -> Iterator[NetschoolAccess]:
    with RunningServer(emulator) as server:
        yield NetschoolAccess(
            url=server.url,
            school="Школа № 101",
            login=ACCOUNT.login,
            password=PASSWORD,
            timeout=timedelta(seconds=5),
        )


def class_week(access: NetschoolAccess, class_name: str = "7А") -> PlatformWeek:
    return NetschoolJournal(access, clock=lambda: NOW).class_week(class_name, MONDAY)


def operations(emulator: Emulator) -> list[str]:
    return [arrival.operation for arrival in emulator.arrivals()]


def test_the_week_is_what_the_platform_holds_of_every_pupil(access: NetschoolAccess, journal: ClassJournal) -> None:
    week = class_week(access)
    assert (week.first, week.last) == (MONDAY, date(2026, 9, 19))
    assert [pupil.name for pupil in week.pupils] == [pupil.name.full for pupil in journal.pupils]
    for shown, pupil in zip(week.pupils, journal.pupils, strict=True):
        held = [lesson for offset in range(6) for lesson in journal.lessons(pupil.id, MONDAY + timedelta(days=offset))]
        assert [
            (one.day, one.number, one.subject_name, one.ends_at, sorted(mark.value for mark in one.marks), one.homework)
            for one in shown.lessons
        ] == [
            (
                one.lesson.day,
                one.lesson.number,
                one.subject,
                one.lesson.ends_at,
                sorted(mark.value for mark in one.marks.values()),
                one.homework.text if one.homework else None,
            )
            for one in held
        ]
    marks = [mark for pupil in week.pupils for lesson in pupil.lessons for mark in lesson.marks]
    assert marks
    assert all(mark.work for mark in marks)


def test_the_calls_come_in_the_order_of_known_clients_and_end_with_the_log_out(
    access: NetschoolAccess, emulator: Emulator, journal: ClassJournal
) -> None:
    class_week(access)
    assert operations(emulator) == [
        "logindata",
        "auth/getdata",
        "schools/search",
        "login",
        "student/diary/init",
        "years/current",
        "grade/assignment/types",
        *["student/diary"] * len(journal.pupils),
        "auth/logout",
    ]


def test_a_school_may_be_given_by_its_number(access: NetschoolAccess, emulator: Emulator) -> None:
    class_week(replace(access, school="101"))
    assert "schools/search" not in operations(emulator)


def test_a_session_that_died_is_opened_again_and_the_call_repeated(journal: ClassJournal) -> None:
    moments = iter(range(10_000))

    def running_clock() -> datetime:
        """Every look at the clock finds it ten seconds later: sessions of 15 seconds do not last for a class."""
        return NOW + timedelta(seconds=10 * next(moments))

    emulator = netschool_emulator(journal, account=ACCOUNT, clock=running_clock, idle=timedelta(seconds=15))
    with RunningServer(emulator) as server:
        access = NetschoolAccess(url=server.url, school="101", login=ACCOUNT.login, password=PASSWORD)
        week = class_week(access)
    statuses = [(arrival.operation, arrival.status) for arrival in emulator.arrivals()]
    assert len(week.pupils) == len(journal.pupils)
    assert statuses.count(("login", 200)) > 1
    repeated = [next_ for one, next_ in pairwise(statuses) if one[1] == 401]
    assert repeated
    assert set(repeated) == {("logindata", 200)}


def test_a_wrong_password_is_sent_once_and_is_the_coordinators_matter(
    access: NetschoolAccess, emulator: Emulator
) -> None:
    with pytest.raises(PermanentError) as caught:
        class_week(replace(access, password="не тот"))
    assert (caught.value.code, caught.value.who, caught.value.status) == (
        "netschool.credentials",
        Party.COORDINATOR,
        409,
    )
    assert operations(emulator).count("login") == 1


def test_a_locked_account_is_tried_again_after_a_minute(access: NetschoolAccess) -> None:
    for _ in range(2):
        with pytest.raises(PermanentError):
            class_week(replace(access, password="не тот"))
    with pytest.raises(TransientError):
        class_week(replace(access, password="не тот"))
    with pytest.raises(TransientError) as caught:
        class_week(access)
    assert (caught.value.code, caught.value.retry_after) == ("netschool.locked", timedelta(seconds=60))


def test_a_school_or_a_class_that_is_not_there_is_the_coordinators_matter(
    access: NetschoolAccess, emulator: Emulator
) -> None:
    with pytest.raises(PermanentError) as caught:
        class_week(replace(access, school="Лицей № 1"))
    assert (caught.value.code, caught.value.who) == ("netschool.school", Party.COORDINATOR)
    with pytest.raises(PermanentError) as caught:
        class_week(access, "9Я")
    assert (caught.value.code, caught.value.who) == ("netschool.class", Party.COORDINATOR)
    assert operations(emulator)[-1] == "auth/logout"


def test_a_password_that_cp1251_lacks_is_a_matter_of_configuration(access: NetschoolAccess) -> None:
    with pytest.raises(ConfigurationError) as caught:
        class_week(replace(access, password="密码"))
    assert caught.value.code == "netschool.password"


@pytest.mark.parametrize(
    ("operation", "kind", "error"),
    [
        ("login", FaultKind.REFUSE, TransientError),
        ("login", FaultKind.ERROR, TransientError),
        ("login", FaultKind.DUPLICATE, TransientError),
        ("login", FaultKind.MALFORMED, TransientError),
        ("student/diary", FaultKind.REFUSE, TransientError),
        ("student/diary", FaultKind.ERROR, TransientError),
        ("student/diary", FaultKind.CLOSE, TransientError),
        ("student/diary", FaultKind.MALFORMED, TransientError),
    ],
)
def test_a_fault_is_told_and_the_next_run_gets_through(
    access: NetschoolAccess, emulator: Emulator, operation: str, kind: FaultKind, error: type[PlatformError]
) -> None:
    emulator.faults.replace([Fault(operation=operation, kind=kind)])
    with pytest.raises(error):
        class_week(access)
    assert class_week(access).pupils


def test_a_slow_answer_is_a_time_out(access: NetschoolAccess, emulator: Emulator) -> None:
    emulator.faults.replace([Fault(operation="student/diary/init", kind=FaultKind.TIMEOUT, seconds=0.5)])
    with pytest.raises(TransientError) as caught:
        class_week(replace(access, timeout=timedelta(seconds=0.1)))
    assert caught.value.code == "platform.timeout"


def test_a_failed_log_out_is_no_fault(access: NetschoolAccess, emulator: Emulator) -> None:
    emulator.faults.replace([Fault(operation="auth/logout", kind=FaultKind.CLOSE)])
    assert class_week(access).pupils


def test_neither_password_nor_token_nor_names_are_logged_or_shown(
    access: NetschoolAccess, journal: ClassJournal, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        week = class_week(access)
        with pytest.raises(PermanentError) as caught:
            class_week(replace(access, password=f"{PASSWORD}!"))
    told = f"{caplog.text} {access!r} {week!r} {caught.value!r} {caught.value.text!r}"
    secrets = [PASSWORD, *(pupil.name.family for pupil in journal.pupils)]
    assert [secret for secret in secrets if secret in told] == []


def test_the_proof_of_the_password_is_the_platforms() -> None:
    """Figures worked out with ``printf %s … | iconv -t cp1251 | md5sum``."""
    pw, pw2 = password_proof("1458933352", "пароль")
    assert pw2 == "86c5bc594ec36f15f30d3663aeb51ebb"
    assert pw == pw2[:6]


ANSWERS: dict[str, object] = {
    "logindata": {},
    "auth/getdata": {"lt": "1", "ver": "2", "salt": "3"},
    "login": {"at": "00168638015429814029324375"},
    "student/diary/init": {"students": [{"studentId": 1, "nickName": "Пчёлкина Анна"}], "currentStudentId": 1},
    "years/current": {"id": 5},
    "grade/assignment/types": [],
    "student/diary": {"weekDays": []},
    "auth/logout": {},
}
"""The smallest answers that work."""

LESSON = {"day": "2026-09-14T00:00:00", "number": 1, "startTime": "08:30", "endTime": "09:15", "subjectName": "Труд"}
HTML = Response("<html><body>Технические работы</body></html>", mimetype="text/html")


@pytest.fixture
def platform() -> Iterator[Callable[..., NetschoolAccess]]:
    """Serve the smallest answers with some of them changed: JSON, or a whole response."""
    servers: list[RunningServer] = []

    def serve(changed: dict[str, object]) -> NetschoolAccess:
        answers = {**ANSWERS, **changed}

        @Request.application
        def application(request: Request) -> Response:
            answer = answers[request.path.removeprefix("/webapi/")]
            return answer if isinstance(answer, Response) else json_answer(answer)

        servers.append(RunningServer(application))
        return NetschoolAccess(url=servers[-1].url, school="101", login="l", password="p")

    yield serve
    for server in servers:
        server.close()


Serve = Callable[[dict[str, object]], NetschoolAccess]


def test_the_smallest_answers_are_enough(platform: Serve) -> None:
    (pupil,) = class_week(platform({})).pupils
    assert pupil.lessons == ()


def refused(message: object) -> Response:
    return json_answer(message, status=409)


@pytest.mark.parametrize(
    ("message", "kind", "code"),
    [
        ({"message": "Неправильный пароль или имя пользователя"}, PermanentError, "netschool.credentials"),
        ({"message": "Учётная запись ЗАБЛОКИРОВАНА"}, TransientError, "netschool.locked"),
        ({"message": "Ведутся технические работы"}, TransientError, "netschool.maintenance"),
        ({"message": "Профилактические работы"}, TransientError, "netschool.maintenance"),
        ({"message": "Нет доступа"}, PermanentError, "netschool.rejected"),
        ({"message": "Истекла лицензия"}, PermanentError, "netschool.rejected"),
        ({"message": "Что-то ещё"}, TransientError, "netschool.unavailable"),
        ({"message": ""}, TransientError, "netschool.unavailable"),
        ({"message": None}, TransientError, "netschool.unavailable"),
        ([], TransientError, "netschool.unavailable"),
    ],
)
def test_a_409_is_told_apart_by_its_words(
    platform: Serve, message: object, kind: type[PlatformError], code: str
) -> None:
    with pytest.raises(kind) as caught:
        class_week(platform({"login": refused(message)}))
    assert caught.value.code == code


@pytest.mark.parametrize("operation", ["auth/getdata", "login", "student/diary/init", "student/diary"])
def test_a_page_instead_of_json_means_maintenance(platform: Serve, operation: str) -> None:
    with pytest.raises(TransientError) as caught:
        class_week(platform({operation: HTML}))
    assert caught.value.code == "netschool.maintenance"


def test_a_session_that_is_never_known_is_not_tried_for_ever(platform: Serve) -> None:
    unknown = Response(status=401, headers={"auth-error": "SessionExpired"})
    with pytest.raises(TransientError) as caught:
        class_week(platform({"student/diary": unknown}))
    assert caught.value.code == "netschool.session"


def test_an_account_with_several_roles_is_the_coordinators_matter(platform: Serve) -> None:
    choice = {"at": "1", "entryPoint": "/angular/choose-session-role"}
    with pytest.raises(PermanentError) as caught:
        class_week(platform({"login": choice}))
    assert (caught.value.code, caught.value.who) == ("netschool.role_choice", Party.COORDINATOR)


def without(field: str) -> dict[str, object]:
    return {name: value for name, value in LESSON.items() if name != field}


@pytest.mark.parametrize(
    ("operation", "answer", "place"),
    [
        ("auth/getdata", {"lt": "1", "ver": "2"}, "/salt"),
        ("login", {"token": "1"}, "/at"),
        ("student/diary/init", {"students": [{"studentId": "1", "nickName": "А"}]}, "/students/0/studentId"),
        ("years/current", {}, "/id"),
        ("grade/assignment/types", [{"id": 3}], "/0/name"),
        ("student/diary", {}, "/weekDays"),
        *(
            (
                "student/diary",
                {"weekDays": [{"date": "2026-09-14T00:00:00", "lessons": [without(field)]}]},
                f"/weekDays/0/lessons/0/{field}",
            )
            for field in ("day", "number", "endTime", "subjectName")
        ),
        (
            "student/diary",
            {"weekDays": [{"date": "2026-09-14", "lessons": [{**LESSON, "day": "2026-02-30T00:00:00"}]}]},
            "/weekDays/0/lessons/0/day",
        ),
    ],
)
def test_a_changed_contract_names_the_place(platform: Serve, operation: str, answer: object, place: str) -> None:
    with pytest.raises(ContractChanged) as caught:
        class_week(platform({operation: answer}))
    assert caught.value.code == "platform.contract_changed"
    assert f"'{operation}'" in caught.value.text.en
    assert f"'{place}'" in caught.value.text.en


def test_a_value_that_is_wrong_is_not_quoted(platform: Serve) -> None:
    secret = "Пчёлкина Анна"
    answer = {"students": [{"studentId": secret, "nickName": secret}]}
    with pytest.raises(ContractChanged) as caught:
        class_week(platform({"student/diary/init": answer}))
    assert secret not in json.dumps(
        [caught.value.text.ru, caught.value.text.en, caught.value.answer], ensure_ascii=False
    )
