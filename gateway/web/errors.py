"""Errors as HTTP: the only place where ours become a status and a body (RFC 9457).

The body is ``application/problem+json`` in the language the caller asks for, Russian unless told otherwise. It never
holds a stack trace, a value of a record or the text of an unexpected exception.
"""

from __future__ import annotations

import errno
import json
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from gateway.errors import (
    ConfigurationError,
    DocumentError,
    Fault,
    GatewayError,
    Language,
    Party,
    PlatformError,
    Rejected,
    RuleViolation,
    Text,
    TransientError,
)
from gateway.model.rules.clauses import clause_of

_JOURNAL = "/api/v1/journal/"

PAGES = "/console"
"""Addresses below are pages for people: what goes wrong there is told on a page."""

_log = structlog.get_logger(__name__)

_STATUS_OF_CODE = {
    "access.too_many_requests": HTTPStatus.TOO_MANY_REQUESTS,
    "correction.record_unknown": HTTPStatus.UNPROCESSABLE_ENTITY,
    "correction.unknown": HTTPStatus.NOT_FOUND,
    "incident.changed": HTTPStatus.CONFLICT,
    "incident.unknown": HTTPStatus.NOT_FOUND,
    "outage.ended": HTTPStatus.CONFLICT,
    "outage.lasts": HTTPStatus.CONFLICT,
    "outage.unknown": HTTPStatus.NOT_FOUND,
    "policy.unknown": HTTPStatus.NOT_FOUND,
    "oneroster.filter_invalid": HTTPStatus.BAD_REQUEST,
    "oneroster.object_unknown": HTTPStatus.NOT_FOUND,
    "oneroster.selection_invalid": HTTPStatus.BAD_REQUEST,
    "submission.decided": HTTPStatus.CONFLICT,
    "submission.unknown": HTTPStatus.NOT_FOUND,
    "journal.idempotency_key_reused": HTTPStatus.CONFLICT,
    "journal.foreign_school": HTTPStatus.FORBIDDEN,
    "journal.key_in_closed_year": HTTPStatus.CONFLICT,
    "journal.key_unknown": HTTPStatus.NOT_FOUND,
    "journal.key_taken": HTTPStatus.CONFLICT,
    "http.storage_full": HTTPStatus.INSUFFICIENT_STORAGE,
    "roster.plan_unknown": HTTPStatus.NOT_FOUND,
    "roster.plan_closed": HTTPStatus.CONFLICT,
    "roster.plan_outdated": HTTPStatus.CONFLICT,
    "roster.plan_held": HTTPStatus.CONFLICT,
    "roster.plan_of_year": HTTPStatus.CONFLICT,
    "roster.plan_not_applied": HTTPStatus.CONFLICT,
    "year.unknown": HTTPStatus.CONFLICT,
    "year.next_missing": HTTPStatus.CONFLICT,
    "year.rollover_unknown": HTTPStatus.NOT_FOUND,
    "year.rollover_outdated": HTTPStatus.CONFLICT,
    "year.rollover_incomplete": HTTPStatus.CONFLICT,
    "year.rollover_begun": HTTPStatus.CONFLICT,
    "year.rollover_later": HTTPStatus.CONFLICT,
    "year.rollover_year_open": HTTPStatus.CONFLICT,
    "year.rollover_pupil": HTTPStatus.UNPROCESSABLE_ENTITY,
    "year.rollover_class": HTTPStatus.UNPROCESSABLE_ENTITY,
    "year.rollover_teacher": HTTPStatus.UNPROCESSABLE_ENTITY,
    "year.rollover_document": HTTPStatus.UNPROCESSABLE_ENTITY,
    "roster.preview_outdated": HTTPStatus.CONFLICT,
    "roster.upload_gone": HTTPStatus.CONFLICT,
}

_LOCKED = frozenset({"journal.locked", "journal.year_closed"})
"""Faults of a single record that tell of a lock rather than of the record (R-MARK-08)."""

_STATUS_OF_KIND: Sequence[tuple[type[GatewayError], HTTPStatus]] = (
    (DocumentError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (RuleViolation, HTTPStatus.UNPROCESSABLE_ENTITY),
    (TransientError, HTTPStatus.SERVICE_UNAVAILABLE),
    (PlatformError, HTTPStatus.BAD_GATEWAY),
    (ConfigurationError, HTTPStatus.INTERNAL_SERVER_ERROR),
)

TITLES = {
    HTTPStatus.BAD_REQUEST: Text(ru="Запрос составлен неверно", en="Bad request"),
    HTTPStatus.UNAUTHORIZED: Text(ru="Нужен действующий токен", en="A valid token is needed"),
    HTTPStatus.FORBIDDEN: Text(ru="Не разрешено", en="Not allowed"),
    HTTPStatus.NOT_FOUND: Text(ru="Не найдено", en="Not found"),
    HTTPStatus.METHOD_NOT_ALLOWED: Text(ru="Метод не поддерживается", en="Method not allowed"),
    HTTPStatus.PRECONDITION_FAILED: Text(ru="Запись изменилась", en="The record has changed"),
    HTTPStatus.LOCKED: Text(ru="Запись закрыта для изменений", en="The record is locked"),
    HTTPStatus.PRECONDITION_REQUIRED: Text(ru="Нужно условие", en="A precondition is needed"),
    HTTPStatus.TOO_MANY_REQUESTS: Text(ru="Слишком много запросов", en="Too many requests"),
    HTTPStatus.INSUFFICIENT_STORAGE: Text(ru="На сервере нет места", en="The server has no room"),
    HTTPStatus.CONFLICT: Text(ru="Противоречит принятому ранее", en="Conflict with what was accepted before"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Text(ru="Тело запроса слишком велико", en="The body is too large"),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: Text(ru="Вид содержимого не поддерживается", en="Unsupported media type"),
    HTTPStatus.UNPROCESSABLE_ENTITY: Text(ru="Документ не принят", en="The document was not accepted"),
    HTTPStatus.INTERNAL_SERVER_ERROR: Text(ru="Внутренняя ошибка", en="Internal error"),
    HTTPStatus.BAD_GATEWAY: Text(ru="Внешняя платформа отказала", en="Another platform refused"),
    HTTPStatus.SERVICE_UNAVAILABLE: Text(ru="Временно недоступно", en="Temporarily unavailable"),
}
"""What a status says, in a few words."""

_INTERNAL = Text(
    ru="Запрос не выполнен из-за ошибки сервера. Сообщите координатору номер запроса из заголовка X-Request-Id.",
    en="The request failed through an error of the server. Tell the coordinator the number in header X-Request-Id.",
)


_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the operating system calls a disk, a quota or a file that is full."""

_STORAGE_FULL = Text(
    ru="На диске сервера нет места. Ничего не записано; повторите запрос, когда оператор освободит место.",
    en="The server's disk is full. Nothing was written; repeat the request when its operator has made room.",
)

_NEVER_DELETED = Text(
    ru="Записи журнала не удаляются: их аннулируют (voided) или заменяют новой записью через PUT или пакет.",
    en="Records of the journal are never deleted: they are voided or superseded by a PUT or a batch.",
)


class RequestRefused(GatewayError):
    """The request itself cannot be served: because of who asks, what for, or how."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        text: Text,
        *,
        faults: tuple[Fault, ...] = (),
        rule: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code, text, who=Party.SENDER, rule=rule)
        self.status = status
        self.faults = faults
        self.headers = dict(headers or {})


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """What went wrong with a request, before it becomes a body for a program or a page for a person."""

    status: HTTPStatus
    code: str
    text: Text
    who: Party
    rule: str | None = None
    faults: Sequence[Fault] = ()


ShowProblem = Callable[[Problem], Response]
"""Makes an answer of a problem."""


Explain = Callable[[BaseException], GatewayError | None]
"""Tells what an exception that is none of ours means, ``None`` if it means nothing but a mistake of ours."""

RETRY_AFTER = timedelta(seconds=5)
"""What is asked of a caller where nobody knows when the trouble will be over."""


def install_error_handlers(
    app: Flask,
    page: ShowProblem | None = None,
    explain: Explain = lambda _error: None,
    areas: Mapping[str, ShowProblem] | None = None,
) -> None:
    """Answer every error of the application's routes from here.

    ``page`` tells those below `PAGES` to people; ``areas`` are beginnings of other addresses whose errors have a form
    of their own.
    """
    answers = _Answers(page, explain, areas or {})
    app.register_error_handler(GatewayError, answers.gateway_error)
    app.register_error_handler(HTTPException, answers.http_error)
    app.register_error_handler(Exception, answers.unexpected)


def is_page() -> bool:
    """Tell whether the request is for a page for people."""
    return f"{request.path}/".startswith(f"{PAGES}/")


def language() -> Language:
    """Return the language the caller asks for (RFC 9110, 12.5.4), Russian unless English is preferred."""
    return "en" if request.accept_languages.best_match(["ru", "en"], default="ru") == "en" else "ru"


def status_of(error: GatewayError) -> HTTPStatus:
    """Return the status that an error stands for: by its code where that has one of its own, else by its kind."""
    if isinstance(error, RequestRefused):
        return error.status
    if isinstance(error, DocumentError) and any(fault.code in _LOCKED for fault in error.faults):
        return HTTPStatus.LOCKED
    by_code = _STATUS_OF_CODE.get(error.code)
    by_kind = (status for kind, status in _STATUS_OF_KIND if isinstance(error, kind))
    return by_code or next(by_kind, HTTPStatus.INTERNAL_SERVER_ERROR)


def clause_json(rule: str | None) -> dict[str, str] | None:
    """Return what a rule says, in both languages; ``None`` where it is no row of the regulations."""
    clause = clause_of(rule)
    return None if clause is None else {"ru": clause.ru, "en": clause.en}


def faults_json(faults: Sequence[Fault]) -> list[dict[str, object]]:
    """Return faults as the API tells them: each in both languages, with place, rule, clause and who has to act."""
    return [
        {
            "code": fault.code,
            "path": fault.path,
            "line": fault.line,
            "record": fault.record,
            "field": fault.field,
            "rule": fault.rule,
            "clause": clause_json(fault.rule),
            "who": fault.who.value,
            "value": fault.value,
            "text_ru": fault.text.ru,
            "text_en": fault.text.en,
        }
        for fault in faults
    ]


def rejected_json(rejected: Sequence[Rejected]) -> list[dict[str, object]]:
    """Return records that were turned away, each with all its faults; their raw form stays here."""
    return [{"kind": one.kind, "record": one.record, "faults": faults_json(one.faults)} for one in rejected]


def problem(
    status: HTTPStatus,
    code: str,
    text: Text,
    *,
    who: Party,
    rule: str | None = None,
    faults: Sequence[Fault] = (),
    more: Mapping[str, object] | None = None,
) -> Response:
    """Return a problem (RFC 9457). ``more`` are members of this kind of problem alone."""
    spoken = language()
    told = {"faults": faults_json(faults), **(more or {})}
    if status != HTTPStatus.NOT_FOUND:  # two of these must not be told apart by anything in their body (R-PAR-01)
        told["instance"] = f"urn:request:{g.request_id}"
    body = problem_body(status, code, text, who=who, rule=rule, spoken=spoken, more=told)
    response = Response(body, status=status, mimetype="application/problem+json")
    response.content_language.add(spoken)
    response.vary.add("Accept-Language")
    return response


def _refused_by_werkzeug(status: HTTPStatus) -> Problem:
    """Return what Flask and Werkzeug mean by a status."""
    if status == HTTPStatus.METHOD_NOT_ALLOWED and request.method == "DELETE" and request.path.startswith(_JOURNAL):
        return Problem(
            status=status, code="journal.never_deleted", text=_NEVER_DELETED, who=Party.SENDER, rule="R-AUD-02"
        )
    title = TITLES.get(status, Text(ru=status.phrase, en=status.phrase))
    text = Text(ru=f"{title.ru}.", en=f"{title.en}.")
    return Problem(status=status, code=f"http.{status.name.lower()}", text=text, who=Party.SENDER)


def _storage_full() -> GatewayError:
    return GatewayError("http.storage_full", _STORAGE_FULL, who=Party.COORDINATOR)


def problem_body(
    status: HTTPStatus,
    code: str,
    text: Text,
    *,
    who: Party,
    spoken: Language,
    rule: str | None = None,
    more: Mapping[str, object] | None = None,
) -> bytes:
    """Return the body of a problem in a language."""
    body: dict[str, Any] = {
        "type": f"urn:school-gateway:problem:{code}",
        "title": TITLES.get(status, Text(ru=status.phrase, en=status.phrase)).in_language(spoken),
        "status": status.value,
        "detail": text.in_language(spoken),
        "code": code,
        "who": who.value,
        "rule": rule,
        "clause": clause_json(rule),
        "faults": [],
        **(more or {}),
    }
    return json.dumps(body, ensure_ascii=False).encode()


class _Answers:
    """The error handlers; ``page`` is how people are told, ``None`` where there are no pages."""

    def __init__(self, page: ShowProblem | None, explain: Explain, areas: Mapping[str, ShowProblem]) -> None:
        self._page = page
        self._explain = explain
        self._areas = areas

    def gateway_error(self, error: GatewayError) -> Response:
        """Answer an error of ours."""
        status = status_of(error)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("request.failed", code=error.code, kind=type(error).__name__)
        faults = error.faults if isinstance(error, DocumentError | RequestRefused) else ()
        response = self._told(
            Problem(status=status, code=error.code, text=error.text, who=error.who, rule=error.rule, faults=faults)
        )
        if isinstance(error, RequestRefused):
            response.headers.extend(error.headers)
        if isinstance(error, TransientError):
            response.headers["Retry-After"] = str(int((error.retry_after or RETRY_AFTER).total_seconds()))
        return response

    def http_error(self, error: HTTPException) -> AnyResponse:
        """Tell what Flask and Werkzeug refuse by themselves (404, 405, 413 …) like everything else."""
        plain = error.get_response()
        if plain.status_code < HTTPStatus.BAD_REQUEST:
            return plain
        status = HTTPStatus(plain.status_code)
        if status == HTTPStatus.METHOD_NOT_ALLOWED and request.method == "OPTIONS":
            return Response(status=HTTPStatus.NO_CONTENT, headers={"Allow": f"{plain.headers['Allow']}, OPTIONS"})
        response = self._told(_refused_by_werkzeug(status))
        for name in ("Allow", "Retry-After"):
            if name in plain.headers:
                response.headers[name] = plain.headers[name]
        return response

    def unexpected(self, error: Exception) -> Response:
        """Tell nothing of what happened; log where, without the exception's text, which may hold personal data."""
        known = self._explain(error)
        if known is not None:
            return self.gateway_error(known)
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            return self.gateway_error(_storage_full())
        frames = traceback.extract_tb(error.__traceback__)
        where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
        _log.error("request.crashed", kind=type(error).__name__, where=where)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        return self._told(
            Problem(status=status, code="http.internal_server_error", text=_INTERNAL, who=Party.COORDINATOR)
        )

    def _told(self, what: Problem) -> Response:
        if self._page is not None and is_page():
            return self._page(what)
        for beginning, show in self._areas.items():
            if request.path.startswith(beginning):
                return show(what)
        return problem(what.status, what.code, what.text, who=what.who, rule=what.rule, faults=what.faults)
