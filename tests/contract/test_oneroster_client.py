"""Asking a OneRoster provider over real sockets: tokens, refusals, patience, a generated school, the probe."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from werkzeug.wrappers import Request, Response

from gateway.adapters.oneroster.adapter import OneRosterAdapter
from gateway.adapters.oneroster.answers import NotAllowed
from gateway.adapters.oneroster.client import ComeLater, OneRosterClient
from gateway.adapters.oneroster.settings import OneRosterSettings, settings_of
from gateway.adapters.oneroster.token import TokenForm
from gateway.cli.main import main
from gateway.errors import ConfigurationError, ContractChanged, Party, PermanentError, TransientError
from gateway.model.roster import RosterSnapshot
from gateway.sandbox.faults import Fault, FaultKind
from gateway.sandbox.oneroster import Holdings, Trick, oneroster_emulator
from gateway.sandbox.school import schools
from gateway.sandbox.server import RunningServer, json_answer
from tests.oneroster_world import provider
from tests.roster_world import NOON, SCHOOL, Moments

TOKEN = {"access_token": "t", "token_type": "Bearer", "expires_in": 3600}


@contextmanager
def client_of(answer: Callable[[Request], Response]) -> Iterator[OneRosterClient]:
    """A client of a server that gives tokens and answers everything else as told."""

    @Request.application
    def application(request: Request) -> Response:
        return json_answer(TOKEN) if request.path == "/token" else answer(request)

    with RunningServer(application) as server:
        settings = OneRosterSettings(name="s", url=server.url, token_url=f"{server.url}/token", client_id="c")
        client = OneRosterClient(settings, clock=lambda: NOON, pause=lambda _seconds: None)
        try:
            yield client
        finally:
            client.close()


def test_a_generated_school_arrives_whole() -> None:
    sample = next(schools(120, year=2026))
    with RunningServer(oneroster_emulator(Holdings(sample))) as server:
        settings = OneRosterSettings(
            name="registry", url=server.url, token_url=f"{server.url}/token", client_id="gateway", secret="sandbox"
        )
        client = OneRosterClient(settings, clock=lambda: NOON)
        snapshot: RosterSnapshot = OneRosterAdapter(client, clock=Moments()).snapshot(sample.school)
        client.close()
    assert snapshot.doubts == ()
    assert snapshot.rejected == ()
    assert sorted(snapshot.pupils, key=lambda one: one.id) == sorted(sample.pupils, key=lambda one: one.id)
    assert {one.id for one in snapshot.classes} == {one.id for one in sample.classes}
    assert {(one.id, one.class_teacher) for one in snapshot.classes} == {
        (one.id, one.class_teacher) for one in sample.classes
    }
    assert set(snapshot.enrollments) == set(sample.enrollments)
    assert {one.id for one in snapshot.staff} == {one.id for one in sample.staff}
    assert {one.id for one in snapshot.guardians} == {one.id for one in sample.guardians}


def test_the_token_server_may_want_our_name_in_the_form() -> None:
    with provider(Trick.FORM_CREDENTIALS) as source, source.adapter() as adapter:
        assert adapter.probe(SCHOOL).token_form is TokenForm.FORM


def test_a_wrong_secret_is_a_matter_of_the_coordinator() -> None:
    with provider(secret="wrong") as source, pytest.raises(PermanentError) as raised:
        source.snapshot()
    assert (raised.value.code, raised.value.who) == ("oneroster.token_refused", Party.COORDINATOR)


def test_the_probe_finds_out_what_the_provider_does() -> None:
    with provider(Trick.NO_TOTAL, Trick.NO_DEMOGRAPHICS_SCOPE, Trick.CLAMP_LIMIT, page=1000) as source:
        with source.adapter() as adapter:
            found = adapter.probe(SCHOOL)
        assert (found.total, found.demographics, found.clamped) == (False, False, False)
        source.holdings.switch(Trick.HALF_PAGE)
    assert (found.filters, found.school_filter, found.changes, found.sort) == (True, True, True, True)


@pytest.mark.parametrize("kind", [FaultKind.REFUSE, FaultKind.ERROR, FaultKind.CLOSE, FaultKind.MALFORMED])
def test_what_passes_is_asked_again_and_read_to_the_end(kind: FaultKind) -> None:
    holdings = Holdings(next(schools(30, year=2026)))
    emulator = oneroster_emulator(holdings)
    sample = next(schools(30, year=2026))
    with RunningServer(emulator) as server:
        settings = OneRosterSettings(
            name="s", url=server.url, token_url=f"{server.url}/token", client_id="gateway", secret="sandbox"
        )
        client = OneRosterClient(settings, clock=lambda: NOON, pause=lambda _seconds: None)
        emulator.faults.replace([Fault(operation="users", kind=kind, times=3)])
        snapshot = OneRosterAdapter(client, clock=Moments()).snapshot(sample.school)
        client.close()
    assert snapshot.complete
    assert len(snapshot.pupils) == 30


def test_a_provider_that_wants_an_hour_gets_it() -> None:
    busy = Response("later", status=429, headers={"Retry-After": "3600"})
    with client_of(lambda _request: busy) as client, pytest.raises(ComeLater) as raised:
        client.page("users", {})
    assert raised.value.retry_after == timedelta(hours=1)


@pytest.mark.parametrize(
    "body",
    [
        '{"imsx_codeMajor": "failure", "imsx_CodeMinor": "forbidden"}',
        '{"imsx_StatusInfo": {"imsx_codeMajor": "failure", "imsx_codeMinor": "forbidden"}}',
        '{"detail": "Тестова Проба"}',
        "no",
        "<html>no</html>",
        "",
    ],
)
def test_a_refusal_in_any_form_is_a_refusal_and_repeats_nothing_personal(body: str) -> None:
    with client_of(lambda _request: Response(body, status=403)) as client, pytest.raises(NotAllowed) as raised:
        client.page("users", {})
    assert raised.value.code == "oneroster.not_allowed"
    assert "Тестова" not in str(raised.value)


def test_json_without_a_list_breaks_the_contract() -> None:
    with client_of(lambda _request: json_answer({"users": {}})) as client, pytest.raises(ContractChanged) as raised:
        client.page("users", {})
    assert raised.value.code == "oneroster.no_list"


def test_a_web_page_is_no_answer() -> None:
    page = Response("<html>Sign in</html>", mimetype="text/html")
    with client_of(lambda _request: page) as client, pytest.raises(TransientError) as raised:
        client.page("users", {})
    assert raised.value.code == "oneroster.not_json"


@pytest.mark.parametrize(
    "words",
    [{}, {"version": "2.0"}, {"page": 0}, {"timeout_seconds": True}, {"secret_file": "/nowhere/secret"}],
    ids=str,
)
def test_a_section_that_means_nothing_is_refused_by_name(words: dict[str, object]) -> None:
    usual = {"url": "u", "token_url": "t", "client_id": "c"} if words else {}
    with pytest.raises(ConfigurationError) as raised:
        settings_of("district", {**usual, **words})
    assert "rosters.district." in raised.value.text.en


def test_the_secret_is_never_shown() -> None:
    told = settings_of("d", {"url": "u/", "token_url": "t", "client_id": "c", "secret": "hush"})
    assert (told.url, told.secret) == ("u", "hush")
    assert "hush" not in repr(replace(told, page=5))


def test_the_command_tells_what_was_found_out(tmp_path: Path) -> None:
    with provider() as source:
        config = tmp_path / "gateway.toml"
        config.write_text(
            f'database_url = "sqlite:///{tmp_path / "gateway.db"}"\n'
            "[rosters.district]\n"
            'kind = "oneroster"\n'
            f'url = "{source.settings.url}"\n'
            f'token_url = "{source.settings.token_url}"\n'
            'client_id = "gateway"\n'
            'secret = "sandbox"\n',
            encoding="utf-8",
        )
        options = ["--config", str(config)]
        for words in (
            ["db", "upgrade"],
            ["school", "add", SCHOOL.id, "--name", "Ш", "--registry-id", SCHOOL.registry_id],
        ):
            CliRunner().invoke(main, [*options, *words])
        result = CliRunner().invoke(main, [*options, "roster", "probe", "--source", "district", "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["total"] is True
