"""Where a provider is and what is agreed with it; read from ``[rosters.NAME]``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from gateway.errors import ConfigurationError, Text

SCOPE = "https://purl.imsglobal.org/spec/or/v1p2/scope/"
ROSTER_SCOPES = (f"{SCOPE}roster-core.readonly", f"{SCOPE}roster.readonly")
DEMOGRAPHICS_SCOPE = f"{SCOPE}roster-demographics.readonly"
_REQUIRED = ("url", "token_url", "client_id")


class Dialect(StrEnum):
    """Versions of the standard that are spoken, and their base paths."""

    V1P2 = "1.2"
    V1P1 = "1.1"

    @property
    def path(self) -> str:
        """Path below the provider's address."""
        return "/ims/oneroster/rostering/v1p2" if self is Dialect.V1P2 else "/ims/oneroster/v1p1"


@dataclass(frozen=True, kw_only=True, slots=True)
class OneRosterSettings:
    """A provider and what is agreed with it.

    Attributes:
        name: of the source, in ids, links and plans.
        url: address of the provider; ``/ims/oneroster/…`` is added to it.
        token_url: where tokens are given (OAuth 2, client credentials).
        client_id: our name there.
        secret: our secret there.
        school: the school's ``sourcedId`` there; empty: the organisation whose ``identifier`` is the school's id in
            the registry.
        dialect: version to speak; ``None``: 1.2, and 1.1 where that is not there.
        scopes: rights to ask for.
        timeout: for one answer.
        longest: for a whole reading.
        page: rows to ask for at once.
        two_readings_prove: a provider that announces no counts is believed when two readings in a row agree.
    """

    name: str
    url: str
    token_url: str
    client_id: str
    secret: str = field(default="", repr=False)
    school: str = ""
    dialect: Dialect | None = None
    scopes: tuple[str, ...] = (*ROSTER_SCOPES, DEMOGRAPHICS_SCOPE)
    timeout: timedelta = timedelta(seconds=60)
    longest: timedelta = timedelta(hours=2)
    page: int = 1000
    two_readings_prove: bool = False


def settings_of(name: str, words: Mapping[str, Any]) -> OneRosterSettings:
    """Return the settings of a section ``[rosters.NAME]``; words of other parts of the section are passed over.

    Raises:
        ConfigurationError: ``oneroster.settings``: a required word is missing or a value means nothing.
    """
    missing = [word for word in _REQUIRED if not words.get(word)]
    if missing:
        raise _problem(name, missing[0], Text(ru="настройка обязательна", en="the setting is required"))
    return OneRosterSettings(
        name=name,
        url=str(words["url"]).rstrip("/"),
        token_url=str(words["token_url"]),
        client_id=str(words["client_id"]),
        secret=_secret(name, words),
        school=str(words.get("school_sourced_id", "")),
        dialect=_dialect(name, words.get("version")),
        scopes=tuple(words.get("scopes", OneRosterSettings.__dataclass_fields__["scopes"].default)),
        timeout=timedelta(seconds=_number(name, words, "timeout_seconds", 60)),
        longest=timedelta(minutes=_number(name, words, "longest_minutes", 120)),
        page=int(_number(name, words, "page", 1000)),
        two_readings_prove=words.get("two_readings_prove", False) is True,
    )


def _dialect(name: str, word: object) -> Dialect | None:
    if word in {None, "", "auto"}:
        return None
    if str(word) not in set(Dialect):
        raise _problem(name, "version", Text(ru="ожидается «1.2» или «1.1»", en="'1.2' or '1.1' is expected"))
    return Dialect(str(word))


def _number(name: str, words: Mapping[str, Any], word: str, default: float) -> float:
    value = words.get(word, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        raise _problem(name, word, Text(ru="ожидается число больше нуля", en="a number above zero is expected"))
    return float(value)


def _secret(name: str, words: Mapping[str, Any]) -> str:
    if "secret_file" not in words:
        return str(words.get("secret", ""))
    try:
        return Path(str(words["secret_file"])).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _problem(
            name,
            "secret_file",
            Text(ru=f"файл не читается ({type(error).__name__})", en=f"cannot be read ({type(error).__name__})"),
        ) from error


def _problem(name: str, word: str, text: Text) -> ConfigurationError:
    where = f"rosters.{name}.{word}"
    return ConfigurationError(
        "oneroster.settings", Text(ru=f"Настройка «{where}»: {text.ru}.", en=f"Setting '{where}': {text.en}.")
    )
