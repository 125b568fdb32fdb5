"""``gateway doctor``: what is wrong with this installation, and who must act."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

import click

from gateway.bootstrap import Gateway, make_schedules
from gateway.cli.context import Session, command
from gateway.cli.doctor_queue import error_of
from gateway.cli.output import FAILED, Voice
from gateway.errors import ConfigurationError, GatewayError, Party, Text, TransientError
from gateway.model.access import Role
from gateway.model.roster_abilities import StoredProbe

CERTIFICATE_WARNING = timedelta(days=30)
_CONNECT_SECONDS = 3.0
SAID_OF_STOPS = frozenset({"stopped", "destination_paused"})
"""Findings of the queue that the check ``stops`` has told, which does not wait for a day."""

_NO_STAFF = frozenset({Role.SUPPORT, Role.MUNICIPAL_COORDINATOR})
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What a check found: nothing, or an error with who must act."""

    check: str
    error: GatewayError | None


def add_to(main: click.Group) -> None:
    """Add the command."""
    command(main, "doctor")(doctor)


def doctor(session: Session, voice: Voice) -> None:
    """Check settings, database, keys, archive folder, schedules, accounts, the other platforms and the queue."""
    findings = list(examine(session.gateway))
    voice.table(
        ("check", "ok", "code", "text", "who"),
        [
            (
                finding.check,
                finding.error is None,
                finding.error.code if finding.error else "",
                finding.error.text.in_language(voice.language) if finding.error else "",
                finding.error.who.text.in_language(voice.language) if finding.error else "",
            )
            for finding in findings
        ],
    )
    if any(finding.error for finding in findings):
        raise SystemExit(FAILED)


def examine(gateway: Gateway) -> Iterator[Finding]:
    """Yield the finding of every check; one that fails does not keep the others from running."""
    settings = gateway.settings
    yield _finding("database", gateway.check_database)
    yield _finding("schools", lambda: _some_school(gateway))
    yield _finding("signing", lambda: _certificate(gateway))
    yield _finding("archive", lambda: _writable(gateway))
    yield _finding("schedules", lambda: make_schedules(settings, gateway.schools()))
    addresses = {
        "registry": settings.registry.url,
        "netschool": settings.netschool.url,
        "authority": settings.authority.url,
        "portal": settings.portal.events_url,
        **{f"rosters.{name}": str(words.get("url") or "") for name, words in settings.rosters.items()},
    }
    for platform, address in addresses.items():
        if address:
            yield _finding(platform, partial(_reachable, platform, address))
    yield from _abilities(gateway)
    yield _finding("accounts", lambda: _everybody_known(gateway))
    yield _finding("stops", lambda: _nothing_stopped(gateway))
    yield from _queue(gateway)


def _finding(check: str, look: Callable[[], object]) -> Finding:
    try:
        look()
    except GatewayError as error:
        return Finding(check=check, error=error)
    return Finding(check=check, error=None)


def _some_school(gateway: Gateway) -> Sequence[object]:
    known = gateway.schools()
    if not known:
        raise ConfigurationError(
            "doctor.no_school",
            Text(ru="Нет ни одной школы: выполните «gateway school add».", en="No school: run 'gateway school add'."),
        )
    return known


def _everybody_known(gateway: Gateway) -> None:
    """R-ROST-16: every account of the school's own is a person's; support and the municipality are no staff of it.

    A school's only account is left out: it makes the others, and nobody changes the own account.
    """
    nobodys: list[str] = []
    for school in gateway.schools():
        with gateway.database.unit(school.id) as unit:
            own = [user for user in unit.access.users() if not user.disabled and user.role not in _NO_STAFF]
        if len(own) > 1:
            nobodys += [f"{user.login} ({school.id})" for user in own if user.staff is None]
    if nobodys:
        raise ConfigurationError(
            "doctor.accounts_without_person",
            Text(
                ru=f"Учётные записи без сотрудника: {', '.join(nobodys)}. Укажите сотрудника в консоли или отключите.",
                en=f"Accounts without a person: {', '.join(nobodys)}. Name the person at the console or disable them.",
            ),
            rule="R-ROST-16",
        )


def _certificate(gateway: Gateway) -> None:
    left = gateway.signer.certificate.valid_to - gateway.clock()
    if left < CERTIFICATE_WARNING:
        raise ConfigurationError(
            "doctor.certificate_ends",
            Text(
                ru=f"Сертификат подписи действует ещё {left.days} дн.: получите новый.",
                en=f"The signing certificate is valid for {left.days} more days: obtain a new one.",
            ),
            who=Party.DIRECTOR,
        )


def _writable(gateway: Gateway) -> None:
    folder = gateway.settings.archive_folder
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not os.access(there, os.W_OK):
        raise ConfigurationError(
            "doctor.archive_not_writable",
            Text(
                ru=f"Папка архива «{folder}» недоступна для записи.", en=f"Archive folder '{folder}' is not writable."
            ),
        )


def _reachable(platform: str, address: str) -> None:
    parts = urlsplit(address)
    try:
        with socket.create_connection(
            (parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)), timeout=_CONNECT_SECONDS
        ):
            return
    except (OSError, ValueError) as error:
        raise TransientError(
            "doctor.unreachable",
            Text(
                ru=f"Платформа «{platform}» недоступна по адресу из настроек. Проверьте адрес и сеть; если они верны, "
                "сообщите её оператору.",
                en=f"Platform '{platform}' cannot be reached at the address of the settings. See that address and "
                "network are right; if they are, tell its operator.",
            ),
        ) from error


def _abilities(gateway: Gateway) -> Iterator[Finding]:
    """Yield what each source of each school was found to do the last time: that, or that it is less than before."""
    found: dict[str, Sequence[StoredProbe]] = {}

    def read() -> None:
        for school in gateway.schools():
            with gateway.database.unit(school.id) as unit:
                found[school.id] = unit.roster_probes.all()

    reading = _finding("abilities", read)
    if reading.error is not None:
        yield reading
    for school, probes in found.items():
        for probe in probes:
            yield _finding(f"abilities {school} {probe.source}", partial(_does_not_less, probe))


def _does_not_less(probe: StoredProbe) -> None:
    if probe.lost:
        raise ConfigurationError(
            "doctor.abilities_lost",
            Text(
                ru=f"Источник «{probe.source}» умеет меньше, чем раньше ({probe.probed_at:%Y-%m-%d %H:%M} UTC): "
                f"{'; '.join(one.ru for one in probe.unable)}. Спросите оператора, что изменилось.",
                en=f"Source '{probe.source}' does less than before ({probe.probed_at:%Y-%m-%d %H:%M} UTC): "
                f"{'; '.join(one.en for one in probe.unable)}. Ask its operator what has changed.",
            ),
            who=Party.PLATFORM_OPERATOR,
        )


def _nothing_stopped(gateway: Gateway) -> None:
    standing = [f"{p.destination or '*'} ({p.by}: {p.reason})" for p in gateway.desk.pauses()]
    if standing:
        raise ConfigurationError(
            "doctor.stopped",
            Text(
                ru=f"Отправка остановлена: {'; '.join(standing)}. Продолжить: «queue resume» или «queue start».",
                en=f"Sending is stopped: {'; '.join(standing)}. To go on: 'gateway queue resume' or 'queue start'.",
            ),
        )


def _queue(gateway: Gateway) -> Iterator[Finding]:
    """Yield what the queue finds wrong with itself, or that it found nothing."""
    try:
        found = [finding for finding in gateway.desk.inspect() if finding.code not in SAID_OF_STOPS]
    except GatewayError as error:
        yield Finding(check="queue", error=error)
        return
    yield from (Finding(check="queue", error=error_of(finding)) for finding in found)
    if not found:
        yield Finding(check="queue", error=None)
