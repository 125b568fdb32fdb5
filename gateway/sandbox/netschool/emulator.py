"""The emulator itself: the addresses under ``/webapi`` and what stands before them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from werkzeug.wrappers import Request, Response

from gateway.sandbox.netschool import answers
from gateway.sandbox.netschool.class_journal import ClassJournal
from gateway.sandbox.netschool.diary import CurrentStudent, Diary
from gateway.sandbox.netschool.planted import Planted
from gateway.sandbox.netschool.sessions import Account, RefusedError, Session, Sessions
from gateway.sandbox.server import Emulator, Handler, Route, json_answer, named

_COOKIE = "NSSESSIONID"
_DEFAULT_RANGE = timedelta(days=5)
_LONGEST_RANGE = timedelta(days=31)
_LOGIN_FIELDS = ("loginType", "scid", "un", "pw", "pw2", "lt", "ver")


def netschool_emulator(
    journal: ClassJournal,
    *,
    account: Account,
    planted: Sequence[Planted] = (),
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    random: Random | None = None,
    idle: timedelta = timedelta(minutes=15),
    current_student: CurrentStudent = CurrentStudent.INDEX,
) -> Emulator:
    """Return an emulator of the platform that shows one class to one account.

    Operations for fault scripts are the addresses below ``/webapi/``: ``login``, ``student/diary`` and so on.
    ``GET /_sandbox/planted`` tells which differences were planted.

    Args:
        journal: what the platform holds.
        account: who may log in; sees every pupil of the class.
        planted: differences between the school's journal and what the platform shows.
        clock: the present moment, for the lock and the idle time-out.
        random: source of cookies, salts and tokens; an unpredictable one when left out.
        idle: how long a session lives without a call.
        current_student: what ``currentStudentId`` means.

    Raises:
        ValueError: a difference cannot be planted where it is meant to be.
    """
    diary = Diary(journal, planted, current_student)
    sessions = Sessions(account, clock=clock, random=random or Random(), idle=idle)
    return Emulator("netschool", _Webapi(journal, diary, sessions, planted, clock).routes(), case_insensitive=True)


class _Webapi:
    def __init__(
        self,
        journal: ClassJournal,
        diary: Diary,
        sessions: Sessions,
        planted: Sequence[Planted],
        clock: Callable[[], datetime],
    ) -> None:
        self._setting = journal.setting
        self._diary = diary
        self._sessions = sessions
        self._planted = planted
        self._clock = clock

    def routes(self) -> list[Route]:
        """Return every address with its function; those behind the log-in ask for cookie and token."""
        return [
            _route("GET", "logindata", self._login_data),
            _route("POST", "auth/getdata", self._salt),
            _route("POST", "login", self._login),
            _route("POST", "auth/login", self._login),
            _route("POST", "auth/logout", self._logout),
            _route("GET", "schools/search", self._schools),
            _route("GET", "context/expired", self._expired),
            _route("GET", "context", self._behind_login(self._context)),
            _route("GET", "years/current", self._behind_login(self._year)),
            _route("GET", "grade/assignment/types", self._behind_login(self._types)),
            _route("GET", "student/diary/init", self._behind_login(self._diary_start)),
            _route("GET", "student/diary", self._behind_login(self._diary_week)),
            _route("GET", "student/diary/assigns/<int:number>", self._behind_login(self._task)),
            Route(rule="/_sandbox/planted", methods=("GET",), handler=self._show_planted, operation=named("planted")),
        ]

    def _behind_login(self, handler: Handler) -> Handler:
        def guarded(request: Request, **variables: object) -> Response:
            if not self._sessions.is_live(request.cookies.get(_COOKIE), request.headers.get("at")):
                return json_answer(
                    {"message": "Сессия завершена"}, status=401, headers={"auth-error": "SessionExpired"}
                )
            return handler(request, **variables)

        return guarded

    def _session(self, request: Request) -> Session:
        return self._sessions.at_cookie(request.cookies.get(_COOKIE))

    def _login_data(self, request: Request) -> Response:
        return _with_cookie(json_answer(answers.login_data()), self._session(request))

    def _salt(self, request: Request) -> Response:
        session = self._session(request)
        salt = self._sessions.salted(session)
        return _with_cookie(json_answer({"lt": salt.lt, "ver": salt.ver, "salt": salt.salt}), session)

    def _login(self, request: Request) -> Response:
        form = {key.casefold(): value for key, value in request.form.items()}
        for field in _LOGIN_FIELDS:
            if field.casefold() not in form:
                return _bad_request(f"Не указан параметр {field}")
        if form["scid"] != str(answers.SCHOOL_NUMBER):
            return _bad_request("Неизвестная организация")
        session = self._session(request)
        try:
            token = self._sessions.log_in(session, form)
        except RefusedError as refusal:
            return json_answer({"message": refusal.message}, status=409)
        account = self._sessions.account
        return _with_cookie(json_answer(answers.logged_in(self._setting, account, token, self._sessions.idle)), session)

    def _logout(self, request: Request) -> Response:
        self._sessions.log_out(request.cookies.get(_COOKIE))
        return Response(status=200)

    def _schools(self, request: Request) -> Response:
        return json_answer(answers.schools_found(self._setting, _query(request).get("name", "")))

    def _expired(self, request: Request) -> Response:
        return json_answer(self._sessions.has_expired(_query(request).get("token", "")))

    def _context(self, request: Request) -> Response:
        return json_answer(answers.context(self._setting, self._sessions.account, request.headers["at"]))

    def _year(self, _request: Request) -> Response:
        return json_answer(answers.school_year(self._setting))

    def _types(self, _request: Request) -> Response:
        return json_answer(answers.assignment_types())

    def _diary_start(self, _request: Request) -> Response:
        return json_answer(self._diary.start(self._today()))

    def _diary_week(self, request: Request) -> Response:
        query = _query(request)
        today = self._today()
        try:
            student = int(query["studentid"])
            first = _day(query.get("weekstart")) or today - timedelta(days=today.weekday())
            last = _day(query.get("weekend")) or first + _DEFAULT_RANGE
        except (KeyError, ValueError):
            return _bad_request("Неверные параметры запроса")
        if not timedelta(0) <= last - first <= _LONGEST_RANGE:
            return _bad_request("Неверный период")
        try:
            return json_answer(self._diary.week(student, first, last))
        except KeyError:
            return json_answer({"message": "Нет доступа", "details": None}, status=403)

    def _task(self, _request: Request, number: int) -> Response:
        found = self._diary.task(number)
        return _bad_request("Задание не найдено") if found is None else json_answer(found)

    def _show_planted(self, _request: Request) -> Response:
        return json_answer(
            [
                {"kind": one.kind, "pupil": one.pupil, "day": one.day.isoformat(), "number": one.number}
                for one in self._planted
            ]
        )

    def _today(self) -> date:
        return self._clock().astimezone(ZoneInfo(self._setting.school.zone)).date()


def _route(method: str, address: str, handler: Handler) -> Route:
    return Route(
        rule=f"/webapi/{address}", methods=(method,), handler=handler, operation=named(address.split("/<", 1)[0])
    )


def _query(request: Request) -> dict[str, str]:
    return {key.casefold(): value for key, value in request.args.items()}


def _day(text: str | None) -> date | None:
    """Read a day as the platform takes it, ``YYYY-MM-DD``."""
    return date.fromisoformat(text) if text else None


def _with_cookie(response: Response, session: Session) -> Response:
    response.set_cookie(_COOKIE, session.cookie, httponly=True, samesite="Lax")
    return response


def _bad_request(message: str) -> Response:
    return json_answer({"message": message, "details": None}, status=400)
