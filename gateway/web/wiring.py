"""Takes what the web service needs from an installation."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from gateway.access.accounts import Accounts
from gateway.bootstrap import Gateway, database_problem, new_id
from gateway.errors import ConfigurationError, Text
from gateway.web.console import ConsoleServices
from gateway.web.services import WebServices
from outbox.metrics import QueueCollector

_KEY_FILE = "console-secret"


def web_services(gateway: Gateway) -> WebServices:
    """Return the flows and reads of the web service."""
    settings = gateway.settings
    console = ConsoleServices(
        users=gateway.users,
        accounts=Accounts(units=gateway.database.units, directory=gateway.directory, clock=gateway.clock),
        clients=gateway.clients,
        directory=gateway.directory,
        desk=gateway.desk,
        units=gateway.database.units,
        decisions=gateway.roster_decisions,
        roll_over=gateway.roll_over,
        reverting=gateway.roster_reverting,
        matching=gateway.match_decisions,
        persons=gateway.persons,
        merges=gateway.person_merges,
        movement=gateway.movement_reports,
        roster_days=gateway.roster_days,
        locks=gateway.roster_locks,
        uploads=gateway.roster_uploads,
        deadlines=gateway.deadlines,
        incidents=gateway.incidents,
        corrections=gateway.corrections,
        policies=gateway.policies,
        outages=gateway.outages,
        submissions=gateway.submissions,
        archive_store=lambda: gateway.archive_folder,
        archive_trust=lambda: gateway.archive_trust,
        clock=gateway.clock,
        new_id=new_id,
    )
    return WebServices(
        clients=gateway.clients,
        journal=gateway.journal,
        records=gateway.records,
        lists=gateway.roster_lists,
        diary=gateway.diary,
        provider=gateway.provider,
        submissions=gateway.submissions,
        console=console,
        checks={"database": lambda: _database_is_right(gateway)},
        queue_figures=QueueCollector(gateway.engine, gateway.clock),
        clock=gateway.clock,
        new_id=new_id,
        secret_key=settings.web.secret_key or _kept_secret(settings.data_folder / _KEY_FILE),
        secure_cookies=settings.web.secure_cookies,
        max_body_bytes=settings.web.max_body_mib * 2**20,
        explain=database_problem,
    )


def _database_is_right(gateway: Gateway) -> bool:
    gateway.check_database()
    return True


def _kept_secret(file: Path) -> str:
    """Return the secret that was made on first run, so that a restart does not sign everybody out.

    It appears under its name only when it is written to the end, and the first of several processes wins.

    Raises:
        ConfigurationError: ``configuration.console_secret``: the file is empty.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        _make_secret(file)
    secret = file.read_text(encoding="ascii").strip()
    if not secret:
        raise ConfigurationError(
            "configuration.console_secret",
            Text(
                ru=f"Файл «{file.name}» с ключом консоли пуст. Удалите его: новый будет создан при запуске.",
                en=f"The file '{file.name}' with the console's key is empty. Delete it: a start makes a new one.",
            ),
        )
    return secret


def _make_secret(file: Path) -> None:
    beside = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as kept:
            kept.write(secrets.token_urlsafe(48))
            kept.flush()
            os.fsync(kept.fileno())
        with suppress(FileExistsError):  # another process was first: its secret is the one
            os.link(beside, file)
    finally:
        beside.unlink(missing_ok=True)
