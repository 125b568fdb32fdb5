"""Sets up an installation in a folder: settings, keys, database, school, accounts; a second time finds them there."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from gateway.bootstrap import Gateway
from gateway.demo.scenario import Scenario
from gateway.errors import ConfigurationError, Text
from gateway.model.access import Scope
from gateway.model.school import School
from gateway.settings import read_settings

SENDER = "DEMO"
AUTHORITY_TIMEOUT = 1.5
"""Seconds the demo waits for the authority; its scripted time-out takes longer."""

_LEFTOVERS_END = timedelta(seconds=30)
"""The programs of a demo that was killed end by themselves within this time."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the programs of the demo listen."""

    web: int
    registry: int
    netschool: int
    authority: int
    portal: int

    @property
    def outside(self) -> tuple[int, int, int, int]:
        """The ports of the outside world."""
        return self.registry, self.netschool, self.authority, self.portal


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientSecrets:
    """Credentials of a program that calls the gateway."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedSecrets:
    """What the gateway and the outside world know of each other."""

    netschool_password: str = field(repr=False)
    portal_secret: str = field(repr=False)


class DemoFolder:
    """The folder of a demo: what it was set up with is kept in ``demo.json``, readable by its owner only."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        root.mkdir(mode=0o700, parents=True, exist_ok=True)  # the database in it holds personal data
        self._file = root / "demo.json"
        self._kept: dict[str, Any] = json.loads(self._file.read_text("utf-8")) if self._file.exists() else {}

    @contextmanager
    def taken(self) -> Iterator[int]:
        """Keep the folder to this run: gives the lock's file descriptor, which the programs of the run hold too.

        Raises:
            ConfigurationError: another run, or what is left of it, has the folder (``demo.folder_in_use``).
        """
        with (self.root / "demo.lock").open("w") as lock:
            deadline = time.monotonic() + _LEFTOVERS_END.total_seconds()
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise _folder_in_use(self.root) from None
                    time.sleep(0.1)
            yield lock.fileno()

    @property
    def config(self) -> Path:
        """The settings file."""
        return self.root / "gateway.toml"

    @property
    def keys(self) -> Path:
        """The folder of the signing keys."""
        return self.root / "keys"

    def log(self, program: str) -> Path:
        """Return where a program's standard error goes."""
        return self.root / f"{program}.log"

    def scenario(self) -> Scenario | None:
        """Return the scenario of an earlier run."""
        kept = self._kept.get("scenario")
        if kept is None:
            return None
        return Scenario(
            year=kept["year"],
            last_day=date.fromisoformat(kept["last_day"]),
            compared_monday=date.fromisoformat(kept["compared_monday"]),
        )

    def keep_scenario(self, scenario: Scenario) -> None:
        """Keep the scenario for the next run."""
        self._keep(
            "scenario",
            {
                "year": scenario.year,
                "last_day": scenario.last_day.isoformat(),
                "compared_monday": scenario.compared_monday.isoformat(),
            },
        )

    def shared(self) -> SharedSecrets:
        """Return the secrets shared with the outside world, made on first run."""
        if "shared" not in self._kept:
            self._keep("shared", {"netschool_password": _secret(), "portal_secret": _secret()})
        return SharedSecrets(**self._kept["shared"])

    def client(self, gateway: Gateway, school: School, name: str, *scopes: Scope) -> ClientSecrets:
        """Return the credentials of a client of a school, added on first run."""
        key = f"client {school.id} {name}"
        if key not in self._kept:
            made = gateway.clients.add(school.id, name, scopes, by="demo")
            self._keep(key, {"client_id": made.client_id, "client_secret": made.secret})
        return ClientSecrets(**self._kept[key])

    def write_settings(self, ports: Ports, class_name: str) -> None:
        """Write the settings file for this run: the ports are new each time."""
        shared, database = self.shared(), self.root / "gateway.db"
        lines = [
            f"database_url = {_toml(f'sqlite:///{database}')}",
            f"data_folder = {_toml(str(self.root))}",
            f"archive_folder = {_toml(f'{self.root}/archive')}",
            *("[web]", f"port = {ports.web}", "secure_cookies = false"),
            *("[worker]", "lease_seconds = 3", "poll_seconds = 0.1", "first_retry_seconds = 0.2"),
            *("[registry]", f"url = {_toml(_at(ports.registry, '/'))}"),
            *("[netschool]", f"url = {_toml(_at(ports.netschool))}", 'school = "101"', 'login = "reader"'),
            f"password = {_toml(shared.netschool_password)}",
            f"class_name = {_toml(class_name)}",
            *("[authority]", f"url = {_toml(_at(ports.authority, '/intake'))}", f"sender = {_toml(SENDER)}"),
            f"timeout_seconds = {AUTHORITY_TIMEOUT}",
            *("[portal]", f"events_url = {_toml(_at(ports.portal, '/events'))}"),
            f"secret = {_toml(shared.portal_secret)}",
            *("[signing]", f"folder = {_toml(str(self.keys))}"),
        ]
        _write_private(self.config, "\n".join(lines) + "\n")

    def open_gateway(self) -> Gateway:
        """Open the installation with the settings of this folder alone."""
        return Gateway(read_settings(self.config, {}))

    def _keep(self, key: str, value: Any) -> None:
        self._kept[key] = value
        _write_private(self._file, json.dumps(self._kept, ensure_ascii=False, indent=1))


def _folder_in_use(folder: Path) -> ConfigurationError:
    return ConfigurationError(
        "demo.folder_in_use",
        Text(
            ru=f"В папке «{folder}» уже идёт показ: остановите его или выберите другую папку (--folder).",
            en=f"Folder '{folder}' is used by another demo: stop it, or choose another folder (--folder).",
        ),
    )


def _secret() -> str:
    return secrets.token_urlsafe(24)


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _at(port: int, path: str = "") -> str:
    return f"http://127.0.0.1:{port}{path}"


def _write_private(file: Path, content: str) -> None:
    beside = file.with_name(f".{file.name}.new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as new:
        new.write(content)
    beside.replace(file)
