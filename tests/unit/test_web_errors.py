"""Every error as a problem: status, language, and nothing that should not leave the house."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from werkzeug.exceptions import TooManyRequests

from gateway.errors import (
    ConfigurationError,
    ContractChanged,
    DocumentError,
    Fault,
    GatewayError,
    MappingError,
    Party,
    PermanentError,
    PlatformError,
    RuleViolation,
    SchemaError,
    SignatureError,
    Text,
    TransientError,
)
from gateway.web.errors import RequestRefused, install_error_handlers, status_of

TEXT = Text(ru="Так нельзя.", en="That will not do.")
FAULT = Fault(
    code="a.fault", text=TEXT, path="/marks/3/value", line=17, record="m-3", field="value", rule="R-MARK-06", value="7"
)
PERSONAL = "Иванова Анна 112-233-445 95"

STATUSES = {
    ConfigurationError: 500,
    DocumentError: 422,
    SchemaError: 422,
    MappingError: 422,
    SignatureError: 422,
    RuleViolation: 422,
    PlatformError: 502,
    TransientError: 503,
    PermanentError: 502,
    ContractChanged: 502,
}


@pytest.fixture
def app() -> Flask:
    app = Flask("errors", static_folder=None)
    app.before_request(lambda: setattr(g, "request_id", "request-1"))
    install_error_handlers(app)
    return app


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client


def _raising(app: Flask, error: Exception, rule: str = "/fails") -> None:
    def fail() -> str:
        raise error

    app.add_url_rule(rule, "fail", fail)


def _all_kinds(kind: type[GatewayError]) -> set[type[GatewayError]]:
    return {kind}.union(*(_all_kinds(one) for one in kind.__subclasses__()))


def test_every_kind_of_error_has_a_status() -> None:
    general = {kind for kind in _all_kinds(GatewayError) if not kind.__module__.startswith("gateway.adapters.")}
    assert general == {GatewayError, RequestRefused, *STATUSES}
    for kind, status in STATUSES.items():
        assert status_of(kind("a.code", TEXT)) == status
    assert status_of(GatewayError("a.code", TEXT)) == 500
    assert status_of(GatewayError("journal.idempotency_key_reused", TEXT)) == 409
    assert status_of(RuleViolation("journal.foreign_school", TEXT)) == 403


def test_a_document_error_tells_every_fault_with_place_rule_and_who(app: Flask, client: FlaskClient) -> None:
    _raising(app, SchemaError("json.invalid", TEXT, faults=(FAULT, FAULT), rule="R-EXCH-01"))
    answer = client.get("/fails", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.get_json() == {
        "type": "urn:school-gateway:problem:json.invalid",
        "title": "The document was not accepted",
        "status": 422,
        "detail": "That will not do.",
        "instance": "urn:request:request-1",
        "code": "json.invalid",
        "who": "sender",
        "rule": "R-EXCH-01",
        "clause": {
            "ru": "Обмен с другими системами идёт в стандартных форматах.",
            "en": "Data are exchanged with other systems in standard formats.",
        },
        "faults": [
            {
                "code": "a.fault",
                "path": "/marks/3/value",
                "line": 17,
                "record": "m-3",
                "field": "value",
                "rule": "R-MARK-06",
                "clause": {"ru": "В 1-м классе отметки не ставятся.", "en": "In grade 1 marks are not given."},
                "who": "sender",
                "value": "7",
                "text_ru": "Так нельзя.",
                "text_en": "That will not do.",
            }
        ]
        * 2,
    }


def test_russian_is_spoken_unless_english_is_asked_for(app: Flask, client: FlaskClient) -> None:
    _raising(app, RuleViolation("a.rule", TEXT, who=Party.DEPUTY, rule="R-JRNL-06"))
    problem = client.get("/fails").get_json()
    assert (problem["title"], problem["detail"]) == ("Документ не принят", "Так нельзя.")
    assert (problem["who"], problem["rule"]) == ("deputy", "R-JRNL-06")


def test_what_may_pass_says_when(app: Flask, client: FlaskClient) -> None:
    _raising(app, TransientError("platform.timeout", TEXT, retry_after=timedelta(seconds=90)))
    answer = client.get("/fails")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "90")


def test_what_may_pass_some_time_says_a_few_seconds(app: Flask, client: FlaskClient) -> None:
    _raising(app, TransientError("a.code", TEXT))
    assert client.get("/fails").headers["Retry-After"] == "5"


@pytest.mark.parametrize(("error", "status"), [(OSError(PERSONAL), 503), (ValueError(PERSONAL), 500)])
def test_an_exception_that_can_be_explained_is_no_crash(error: Exception, status: int) -> None:
    known = TransientError("database.unavailable", TEXT, who=Party.COORDINATOR)
    app = Flask("explained", static_folder=None)
    app.before_request(lambda: setattr(g, "request_id", "request-1"))
    install_error_handlers(app, explain=lambda raised: known if isinstance(raised, OSError) else None)
    _raising(app, error)
    answer = app.test_client().get("/fails")
    assert (answer.status_code, "Retry-After" in answer.headers) == (status, status == 503)
    assert PERSONAL not in answer.text


def test_what_another_platform_answered_stays_here(app: Flask, client: FlaskClient) -> None:
    _raising(app, PermanentError("platform.status_400", TEXT, answer=PERSONAL))
    assert PERSONAL not in client.get("/fails").get_data(as_text=True)


def test_a_not_found_has_nothing_that_could_tell_two_apart(app: Flask, client: FlaskClient) -> None:
    _raising(app, RequestRefused(HTTPStatus.NOT_FOUND, "diary.not_found", TEXT))
    assert "instance" not in client.get("/fails").get_json()


@pytest.mark.parametrize("path", ["/fails", "/console/fails"])
def test_a_crash_tells_nothing_and_logs_where_but_not_what(
    app: Flask,
    client: FlaskClient,
    path: str,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _raising(app, ValueError(f"could not store {PERSONAL}"), path)
    answer = client.get(path)
    printed = capsys.readouterr()
    logged = caplog.text + printed.out + printed.err
    assert answer.status_code == 500
    assert "ValueError" in logged
    assert "test_web_errors.py" in logged
    for told in (answer.get_data(as_text=True), logged):
        assert PERSONAL not in told
    assert "Traceback" not in answer.get_data(as_text=True)


def test_what_werkzeug_refuses_keeps_its_headers(app: Flask, client: FlaskClient) -> None:
    _raising(app, TooManyRequests(retry_after=5))
    answer = client.get("/fails")
    assert (answer.status_code, answer.get_json()["code"]) == (429, "http.too_many_requests")
    assert answer.headers["Retry-After"] == "5"


def test_a_redirect_is_no_error(app: Flask, client: FlaskClient) -> None:
    app.add_url_rule("/folder/", "folder", lambda: "")
    assert client.get("/folder").status_code == 308
