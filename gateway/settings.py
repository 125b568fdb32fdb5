"""The settings of an installation: ``gateway.toml`` and ``GATEWAY_*`` variables, nothing else.

A variable is named after section and setting: ``GATEWAY_DATABASE_URL``, ``GATEWAY_WEB_PORT``. A secret may be given
as the path of a file that holds it: ``password_file`` in the file, ``GATEWAY_NETSCHOOL_PASSWORD_FILE`` in the
environment. Variables win over the file. An unknown name stops the start with that name: a typo must not silently
become a default (``docs/reference/settings.md`` lists all).
"""

from __future__ import annotations

import dataclasses
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from gateway.errors import ConfigurationError, Language, Text

PREFIX = "GATEWAY_"
CONFIG_VARIABLE = "GATEWAY_CONFIG"
"""Names the file itself; the only variable that is not a setting."""

_SECRET = {"secret": True}


@dataclass(frozen=True, kw_only=True, slots=True)
class WebSettings:
    """The web service.

    ``secret_key`` signs the console's cookies; without one a file beside the data holds it. ``trusted_proxy`` is the
    address of the proxy whose ``X-Forwarded-For`` is believed, the last of ``trusted_proxies`` that stand in a row.
    ``idempotency_days`` is how long the key of a journal batch is remembered, and with it the answer.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    threads: int = 8
    connections: int = 1000
    max_body_mib: int = 256
    trusted_proxy: str = ""
    trusted_proxies: int = 1
    secure_cookies: bool = True
    idempotency_days: int = 90
    secret_key: str = field(default="", repr=False, metadata=_SECRET)


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessSettings:
    """Tokens of programs, and how often somebody may knock (requests a minute; 0 = as often as they like)."""

    token_minutes: int = 30
    secret_grace_days: int = 7
    tokens_per_minute: int = 120
    sign_ins_per_minute: int = 30
    requests_per_minute: int = 6000


@dataclass(frozen=True, kw_only=True, slots=True)
class StorageSettings:
    """What is kept encrypted: keys of 32 bytes in base64, white space between; the first seals, every one opens."""

    seal_key: str = field(default="", repr=False, metadata=_SECRET)


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerSettings:
    """The worker. Times in seconds; a killed worker's messages return after ``lease_seconds``.

    ``longest_handling_seconds`` is how long one delivery may take before it counts as failed (0 = as long as it likes);
    ``health_file`` is rewritten while the worker lives, for whoever watches it; at ``metrics_port`` of this machine it
    tells Prometheus what it counts (0 = nowhere).
    """

    threads: int = 4
    lease_seconds: float = 60.0
    poll_seconds: float = 1.0
    longest_handling_seconds: float = 0.0
    health_file: str = ""
    metrics_port: int = 0
    first_retry_seconds: float = 5.0
    longest_retry_seconds: float = 3600.0
    most_attempts: int = 50
    oldest_days: float = 14.0


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueSettings:
    """How long the queue keeps what is finished, in days; 0 = for ever. What is not finished is kept in any case.

    Content goes first (``content_days``: the bytes that were sent and the first kB of each answer). Who got what when,
    with the content's hash, stays for ``message_days``; after that a repeated message is not recognised any more.
    """

    content_days: float = 90.0
    message_days: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class RegistrySettings:
    """The regional registry rosters come from (SOAP)."""

    url: str = ""
    timeout_seconds: float = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ProviderSettings:
    """What other systems read of us by OneRoster.

    ``refresh_seconds`` is how long a change may stay unseen, ``tombstone_days`` how long what is gone is told of.
    """

    refresh_seconds: float = 60.0
    tombstone_days: int = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class NetschoolSettings:
    """A «Сетевой город»-style platform: the account with which one class's week is read for comparison."""

    url: str = ""
    school: str = ""
    login: str = ""
    password: str = field(default="", repr=False, metadata=_SECRET)
    class_name: str = ""
    timeout_seconds: float = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class AuthoritySettings:
    """The education authority's intake (SOAP). ``sender`` is the school's id there."""

    url: str = ""
    sender: str = ""
    timeout_seconds: float = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class PortalSettings:
    """Where the city service portal takes push events, and the secret they are signed with."""

    events_url: str = ""
    secret: str = field(default="", repr=False, metadata=_SECRET)
    timeout_seconds: float = 15.0


@dataclass(frozen=True, kw_only=True, slots=True)
class SigningSettings:
    """The folder with the director's key, certificate and trusted roots (PEM)."""

    folder: Path = Path("data/keys")
    identity: str = "director"
    passphrase: str = field(default="", repr=False, metadata=_SECRET)


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduleSettings:
    """One line of the timetable of the steps: when (cron, in the school's zone), which school, which step.

    ``source`` names the roster source that the step ``roster_in`` asks; without it all of the school's, one by one.
    """

    name: str
    school: str
    step: str
    cron: str
    zone: str = "Europe/Moscow"
    source: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Everything an installation can set."""

    database_url: str = field(default="sqlite:///./data/gateway.db", repr=False)
    data_folder: Path = Path("data")
    archive_folder: Path = Path("data/archive")
    language: Language = "ru"
    web: WebSettings = WebSettings()
    access: AccessSettings = AccessSettings()
    storage: StorageSettings = StorageSettings()
    worker: WorkerSettings = WorkerSettings()
    queue: QueueSettings = QueueSettings()
    registry: RegistrySettings = RegistrySettings()
    provider: ProviderSettings = ProviderSettings()
    netschool: NetschoolSettings = NetschoolSettings()
    authority: AuthoritySettings = AuthoritySettings()
    portal: PortalSettings = PortalSettings()
    signing: SigningSettings = SigningSettings()
    schedules: tuple[ScheduleSettings, ...] = ()
    destinations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By destination, what is special about it, in the words of `outbox.Policy.from_mapping`."""
    rosters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    """Sources of rosters by name, in the words of `gateway.bootstrap.roster_rules` and of their adapters."""


def seconds(value: float) -> timedelta:
    """Return a setting given in seconds as a length of time."""
    return timedelta(seconds=value)


def read_settings(file: Path | None, environment: Mapping[str, str]) -> Settings:
    """Return the settings of a file (may be ``None``: defaults) and an environment.

    Raises:
        ConfigurationError: the file cannot be read, a name is unknown, a value is of the wrong kind.
    """
    return _section(Settings, _merged(_file_content(file), _from_environment(environment)), where="")


def _file_content(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(
            "configuration.unreadable",
            Text(
                ru=f"Файл настроек «{file}» не читается: {error}.",
                en=f"Settings file '{file}' cannot be read: {error}.",
            ),
        ) from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for variable, value in environment.items():
        if not variable.startswith(PREFIX) or variable == CONFIG_VARIABLE:
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name in _SECTIONS:
            raise _problem(name, Text(ru="ожидается раздел", en="a section is expected"))
        section = next((s for s in _SECTIONS if name.startswith(f"{s}_")), None)
        if section is None:
            content[name] = value
        else:
            content.setdefault(section, {})[name.removeprefix(f"{section}_")] = value
    return content


_SECTIONS = tuple(name for name, kind in get_type_hints(Settings).items() if dataclasses.is_dataclass(kind))


def _merged(lower: dict[str, Any], upper: dict[str, Any]) -> dict[str, Any]:
    """Return both, the upper winning, also over the same secret given in the other way (itself, or its file)."""
    other_ways = {name.removesuffix("_file") if name.endswith("_file") else f"{name}_file" for name in upper}
    merged = {name: value for name, value in lower.items() if name not in other_ways}
    for name, value in upper.items():
        below = merged.get(name)
        merged[name] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


S = TypeVar("S")


def _section(kind: type[S], content: Mapping[str, Any], *, where: str) -> S:
    hints = get_type_hints(kind)
    fields = {one.name: one for one in dataclasses.fields(kind)}  # type: ignore[arg-type]  # kind is one of the above
    values: dict[str, Any] = {}
    for name, value in content.items():
        secret = name.removesuffix("_file")
        if name in fields:
            values[name] = _value(hints[name], value, where=f"{where}{name}")
        elif secret in fields and fields[secret].metadata.get("secret"):
            values[secret] = _secret_from(Path(str(value)), where=f"{where}{name}")
        else:
            raise _problem(f"{where}{name}", Text(ru="такой настройки нет", en="there is no such setting"))
    missing = [
        name
        for name, one in fields.items()
        if name not in values and one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise _problem(f"{where}{missing[0]}", Text(ru="настройка обязательна", en="the setting is required"))
    return kind(**values)


def _value(kind: Any, value: Any, *, where: str) -> Any:
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        if not isinstance(value, Mapping):
            raise _problem(where, Text(ru="ожидается раздел", en="a section is expected"))
        return _section(kind, value, where=f"{where}.")
    if where == "schedules":
        if not isinstance(value, list):
            raise _problem(where, Text(ru="ожидается список разделов", en="a list of sections is expected"))
        return tuple(_value(ScheduleSettings, item, where=f"schedules[{place}]") for place, item in enumerate(value))
    if where in {"destinations", "rosters"}:
        if not isinstance(value, Mapping) or not all(isinstance(one, Mapping) for one in value.values()):
            raise _problem(where, Text(ru="ожидаются разделы", en="sections are expected"))
        return value
    if kind is Language:
        if value not in {"ru", "en"}:
            raise _problem(where, Text(ru="ожидается «ru» или «en»", en="'ru' or 'en' is expected"))
        return value
    return _plain(kind, value, where=where)


def _plain(kind: type, value: Any, *, where: str) -> Any:
    if kind is bool:
        if isinstance(value, bool):
            return value
        words = {"true": True, "1": True, "false": False, "0": False}
        if isinstance(value, str) and value in words:
            return words[value]
    elif kind is Path and isinstance(value, str):
        return Path(value)
    elif kind is str and isinstance(value, str):
        return value
    elif kind in {int, float} and isinstance(value, (int, float, str)) and not isinstance(value, bool):
        number = _number(value)
        if number is not None and (kind is float or number.is_integer()):
            return kind(number)
    raise _problem(where, _EXPECTED[kind])


_EXPECTED = {
    bool: Text(ru="ожидается true или false", en="true or false is expected"),
    int: Text(ru="ожидается целое число", en="a whole number is expected"),
    float: Text(ru="ожидается число", en="a number is expected"),
    str: Text(ru="ожидается текст", en="text is expected"),
    Path: Text(ru="ожидается путь", en="a path is expected"),
}


def _number(value: float | str) -> float | None:
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _secret_from(file: Path, *, where: str) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = type(error).__name__
        raise _problem(
            where, Text(ru=f"файл не читается ({reason})", en=f"the file cannot be read ({reason})")
        ) from error


def _problem(where: str, text: Text) -> ConfigurationError:
    return ConfigurationError(
        "configuration.invalid",
        Text(ru=f"Настройка «{where}»: {text.ru}.", en=f"Setting '{where}': {text.en}."),
    )
