"""Takes what the web service needs from an installation."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from gateway.bootstrap import Gateway, new_id
from gateway.web.console import ConsoleServices
from gateway.web.services import WebServices

_KEY_FILE = "console-secret"


def web_services(gateway: Gateway) -> WebServices:
    """Return the flows and reads of the web service."""
    settings = gateway.settings
    console = ConsoleServices(
        users=gateway.users,
        directory=gateway.directory,
        desk=gateway.desk,
        units=gateway.database.units,
        decisions=gateway.roster_decisions,
        archive_store=lambda: gateway.archive_folder,
        archive_trust=lambda: gateway.archive_trust,
        clock=gateway.clock,
    )
    return WebServices(
        clients=gateway.clients,
        journal=gateway.journal,
        roster=gateway.database.units,
        diary=gateway.diary,
        console=console,
        checks={"database": lambda: _database_is_right(gateway)},
        outbox_depths=gateway.desk.depths,
        clock=gateway.clock,
        new_id=new_id,
        secret_key=settings.web.secret_key or _kept_secret(settings.data_folder / _KEY_FILE),
        secure_cookies=settings.web.secure_cookies,
        max_body_bytes=settings.web.max_body_mib * 2**20,
    )


def _database_is_right(gateway: Gateway) -> bool:
    gateway.check_database()
    return True


def _kept_secret(file: Path) -> str:
    """Return the secret that was made on first run, so that a restart does not sign everybody out."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii")
    secret = secrets.token_urlsafe(48)
    with os.fdopen(made, "w", encoding="ascii") as kept:
        kept.write(secret)
    return secret
