"""Settings: from a file and the environment, nothing guessed, nothing silently ignored, no secret in a repr."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import ConfigurationError, Party
from gateway.settings import Settings, read_settings, seconds

SECRETS = {
    "GATEWAY_WEB_SECRET_KEY": "web",
    "GATEWAY_NETSCHOOL_PASSWORD": "netschool",
    "GATEWAY_STORAGE_SEAL_KEY": "storage",
    "GATEWAY_PORTAL_SECRET": "portal",
    "GATEWAY_SIGNING_PASSPHRASE": "signing",
}


def read(tmp_path: Path, content: str, environment: Mapping[str, str] | None = None) -> Settings:
    file = tmp_path / "gateway.toml"
    file.write_text(content, encoding="utf-8")
    return read_settings(file, environment or {})


def problem(tmp_path: Path, content: str, environment: Mapping[str, str] | None = None) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, content, environment)
    assert caught.value.who is Party.COORDINATOR
    return caught.value


def test_without_file_and_variables_there_are_the_defaults() -> None:
    assert read_settings(None, {}) == Settings()
    assert read_settings(None, {"PATH": "/bin", "GATEWAY_CONFIG": "elsewhere.toml"}) == Settings()


def test_a_file_sets_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        """
        language = "en"
        archive_folder = "/srv/archive"
        [web]
        port = 9000
        secure_cookies = false
        [worker]
        lease_seconds = 5
        [[schedules]]
        name = "nightly"
        school = "school-1"
        step = "export_out"
        cron = "0 3 * * *"
        """,
    )
    assert (settings.language, settings.archive_folder) == ("en", Path("/srv/archive"))
    assert (settings.web.port, settings.web.secure_cookies, settings.web.host) == (9000, False, "127.0.0.1")
    assert seconds(settings.worker.lease_seconds).total_seconds() == 5.0
    [line] = settings.schedules
    assert (line.name, line.zone) == ("nightly", "Europe/Moscow")
    assert settings.registry == Settings().registry


def test_a_variable_wins_over_the_file_and_leaves_its_neighbours(tmp_path: Path) -> None:
    settings = read(tmp_path, "[web]\nport = 9000\nthreads = 2", {"GATEWAY_WEB_PORT": "9001"})
    assert (settings.web.port, settings.web.threads) == (9001, 2)


def test_variables_of_every_kind(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "",
        {
            "GATEWAY_DATABASE_URL": "postgresql://db/gateway",
            "GATEWAY_DATA_FOLDER": "/srv/data",
            "GATEWAY_WEB_SECURE_COOKIES": "false",
            "GATEWAY_WORKER_POLL_SECONDS": "0.5",
            "GATEWAY_NETSCHOOL_CLASS_NAME": "7Б",
        },
    )
    assert (settings.database_url, settings.data_folder) == ("postgresql://db/gateway", Path("/srv/data"))
    assert (settings.web.secure_cookies, settings.worker.poll_seconds) == (False, 0.5)
    assert settings.netschool.class_name == "7Б"


@pytest.mark.parametrize(
    ("content", "environment", "name"),
    [
        ("prot = 1", {}, "prot"),
        ("[web]\nprot = 1", {}, "web.prot"),
        ("[wbe]\nport = 1", {}, "wbe"),
        ("[[schedules]]\nname = 'x'\nwhen = 'now'", {}, "schedules[0].when"),
        ("", {"GATEWAY_WBE_PORT": "1"}, "wbe_port"),
        ("", {"GATEWAY_WEB_PROT": "1"}, "web.prot"),
        ("[web]\nport_file = '/x'", {}, "web.port_file"),
    ],
)
def test_an_unknown_name_stops_with_that_name(
    tmp_path: Path, content: str, environment: dict[str, str], name: str
) -> None:
    error = problem(tmp_path, content, environment)
    assert error.code == "configuration.invalid"
    assert error.text.ru == f"Настройка «{name}»: такой настройки нет."
    assert error.text.en == f"Setting '{name}': there is no such setting."


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        ("[web]\nport = 'many'", "web.port", "a whole number is expected"),
        ("[web]\nport = 80.5", "web.port", "a whole number is expected"),
        ("[web]\nport = true", "web.port", "a whole number is expected"),
        ("[web]\nport = inf", "web.port", "a whole number is expected"),
        ("[worker]\nlease_seconds = nan", "worker.lease_seconds", "a number is expected"),
        ("[worker]\nlease_seconds = [1]", "worker.lease_seconds", "a number is expected"),
        ("[web]\nsecure_cookies = 'perhaps'", "web.secure_cookies", "true or false is expected"),
        ("[web]\nsecure_cookies = []", "web.secure_cookies", "true or false is expected"),
        ("[web]\nhost = 1", "web.host", "text is expected"),
        ("data_folder = 1", "data_folder", "a path is expected"),
        ("language = 'de'", "language", "'ru' or 'en' is expected"),
        ("web = 1", "web", "a section is expected"),
        ("schedules = 1", "schedules", "a list of sections is expected"),
        ("schedules = [1]", "schedules[0]", "a section is expected"),
        ("[[schedules]]\nname = 'x'", "schedules[0].school", "the setting is required"),
    ],
)
def test_a_value_of_the_wrong_kind_stops_with_its_name(tmp_path: Path, content: str, name: str, expected: str) -> None:
    error = problem(tmp_path, content)
    assert error.code == "configuration.invalid"
    assert error.text.en == f"Setting '{name}': {expected}."


def test_a_section_cannot_be_a_variable(tmp_path: Path) -> None:
    both = {"GATEWAY_WEB": "x", "GATEWAY_WEB_PORT": "1"}
    assert problem(tmp_path, "", both).text.en == "Setting 'web': a section is expected."


@pytest.mark.parametrize("content", ["port =", "\x00"])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, content: str) -> None:
    error = problem(tmp_path, content)
    assert error.code == "configuration.unreadable"
    assert str(tmp_path / "gateway.toml") in error.text.ru


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml") as caught:
        read_settings(tmp_path / "nowhere.toml", {})
    assert caught.value.code == "configuration.unreadable"


def secrets_in(settings: object) -> Iterator[Any]:
    for one in dataclasses.fields(settings):  # type: ignore[arg-type]  # every section is a dataclass
        value = getattr(settings, one.name)
        if dataclasses.is_dataclass(value):
            yield from secrets_in(value)
        elif one.metadata.get("secret"):
            yield value


@pytest.mark.parametrize("variable", SECRETS)
def test_a_secret_may_come_from_a_file_named_in_the_environment(tmp_path: Path, variable: str) -> None:
    (tmp_path / "secret").write_text("the secret\n", encoding="utf-8")
    settings = read(tmp_path, "", {f"{variable}_FILE": str(tmp_path / "secret")})
    assert sorted(secrets_in(settings)) == [*[""] * (len(SECRETS) - 1), "the secret"]


def test_a_secret_may_come_from_a_file_named_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the secret\n", encoding="utf-8")
    settings = read(tmp_path, f"[portal]\nsecret_file = '{tmp_path / 'secret'}'")
    assert settings.portal.secret == "the secret"


@pytest.mark.parametrize("in_file", ["password = 'old'", "password_file = '/nowhere'"])
def test_a_secret_of_the_environment_wins_however_the_file_gives_it(tmp_path: Path, in_file: str) -> None:
    (tmp_path / "secret").write_text("new", encoding="utf-8")
    for environment in (
        {"GATEWAY_NETSCHOOL_PASSWORD": "new"},
        {"GATEWAY_NETSCHOOL_PASSWORD_FILE": str(tmp_path / "secret")},
    ):
        assert read(tmp_path, f"[netschool]\n{in_file}", environment).netschool.password == "new"


def test_a_secret_file_that_cannot_be_read_is_told_by_the_setting_not_by_its_content(tmp_path: Path) -> None:
    error = problem(tmp_path, "", {"GATEWAY_PORTAL_SECRET_FILE": str(tmp_path / "nowhere")})
    assert error.text.en == "Setting 'portal.secret_file': the file cannot be read (FileNotFoundError)."


def test_no_secret_shows_in_a_repr(tmp_path: Path) -> None:
    values = {name: f"secret-of-{value}" for name, value in SECRETS.items()}
    settings = read(tmp_path, "", values | {"GATEWAY_DATABASE_URL": "postgresql://u:secret-of-db@db/x"})
    assert sorted(secrets_in(settings)) == sorted(values.values())
    assert "secret-of" not in repr(settings)
