"""The sandbox's journal system over a real connection: token, form, key, and a token that runs out."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from werkzeug.wrappers import Request, Response

from gateway.sandbox.journal_system import Form, JournalSystem
from gateway.sandbox.school import journal_day, school_days, schools, setup_batch
from gateway.sandbox.server import Emulator, Route, RunningServer, json_answer, named
from tests.journal_world import day_batch, read


@dataclass(kw_only=True, slots=True)
class Gateway:
    """The two addresses that a journal system talks to; only the newest token is good."""

    tokens: int = 0
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    posted: list[tuple[str, str, bytes]] = field(default_factory=list)

    def token(self, request: Request) -> Response:
        self.asked.append((request.headers["Authorization"], request.form.to_dict()))
        self.tokens += 1
        return json_answer({"access_token": f"token-{self.tokens}", "token_type": "Bearer", "expires_in": 1800})

    def batches(self, request: Request) -> Response:
        if request.headers["Authorization"] != f"Bearer token-{self.tokens}":
            return json_answer({"code": "access.token"}, status=401)
        self.posted.append((request.mimetype, request.headers["Idempotency-Key"], request.get_data()))
        return json_answer({"accepted": {"marks": 2}}, status=200)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def system(gateway: Gateway) -> Iterator[JournalSystem]:
    routes = [
        Route(rule="/oauth/token", methods=("POST",), handler=gateway.token, operation=named("token")),
        Route(rule="/api/v1/journal/batches", methods=("POST",), handler=gateway.batches, operation=named("batches")),
    ]
    with (
        RunningServer(Emulator("gateway", routes)) as server,
        JournalSystem(server.url, "client one", "secret:%") as client,
    ):
        yield client


def test_it_asks_for_a_token_once_and_posts_with_it(gateway: Gateway, system: JournalSystem) -> None:
    replies = [system.post(day_batch(), idempotency_key=key) for key in ("1", "2")]
    assert [(reply.status, reply.content) for reply in replies] == [(200, {"accepted": {"marks": 2}})] * 2
    ((authorization, form),) = gateway.asked
    assert base64.b64decode(authorization.removeprefix("Basic ")) == b"client+one:secret%3A%25"
    assert form == {"grant_type": "client_credentials"}
    assert [(media_type, key) for media_type, key, _ in gateway.posted] == [
        ("application/json", "1"),
        ("application/json", "2"),
    ]


def test_a_token_that_ran_out_is_renewed(gateway: Gateway, system: JournalSystem) -> None:
    system.post(day_batch(), idempotency_key="1")
    gateway.tokens += 1
    assert system.post(day_batch(), idempotency_key="2").status == 200
    assert len(gateway.asked) == 2


@pytest.mark.parametrize("form", Form)
def test_what_it_posts_of_a_sample_school_is_read_as_it_was_meant(
    gateway: Gateway, system: JournalSystem, form: Form
) -> None:
    sample = next(iter(schools(60, year=2026)))
    day = next(iter(school_days(sample)))
    for number, batch in enumerate((setup_batch(sample), journal_day(sample, day))):
        system.post(batch, idempotency_key=f"{number}", form=form)
        media_type, _, content = gateway.posted[number]
        reading = read(content, media_type)
        assert (reading.batch, reading.rejected) == (batch, ())


def test_a_document_is_posted_as_it_is(gateway: Gateway, system: JournalSystem) -> None:
    system.post_document(b"<broken", idempotency_key="1", form=Form.XML)
    assert gateway.posted == [("application/xml", "1", b"<broken")]


def test_a_refused_client_is_told_so() -> None:
    def refuse(_request: Request) -> Response:
        return Response(json.dumps({"error": "invalid_client"}), status=401, mimetype="application/json")

    routes = [Route(rule="/oauth/token", methods=("POST",), handler=refuse, operation=named("token"))]
    with (
        RunningServer(Emulator("gateway", routes)) as server,
        JournalSystem(server.url, "client", "wrong") as client,
        pytest.raises(httpx.HTTPStatusError, match="401"),
    ):
        client.post(day_batch(), idempotency_key="1")
