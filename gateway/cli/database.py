"""``gateway db …``, ``gateway school …``."""

from __future__ import annotations

from collections.abc import Sequence

import click

from gateway.cli.context import Session, command
from gateway.cli.output import Voice
from gateway.cli.progress import counted
from gateway.errors import ConfigurationError, Text
from gateway.model.ids import SchoolId
from gateway.model.school import School

_NAMED = 10
"""Messages that are named one by one."""


def add_to(main: click.Group) -> None:
    """Add the commands."""
    main.add_command(db)
    main.add_command(school)


@click.group()
def db() -> None:
    """The database: migrations, encrypted columns."""


@command(db, "upgrade")
def upgrade(session: Session, voice: Voice) -> None:
    """Bring the database to this version; a second call does nothing."""
    session.gateway.upgrade_database()
    voice.answer({"ok": True})


@command(db, "check")
def check(session: Session, voice: Voice) -> None:
    """Tell whether the database is reachable and at this version."""
    session.gateway.check_database()
    voice.answer({"ok": True})


@command(db, "reseal")
@click.option(
    "--accept-plain", is_flag=True, help="Encrypt queue messages, too, that were stored before there was a key."
)
def reseal(session: Session, voice: Voice, *, accept_plain: bool) -> None:
    """Encrypt health data and queue messages with the newest key of storage.seal_key; a second call does nothing."""
    records = session.gateway.reseal()
    with counted() as progress:
        queue = session.gateway.desk.reseal(accept_plain=accept_plain, progress=progress)
    left = (*queue.unreadable, *queue.plain)
    voice.answer({"ok": not left, "resealed": records, "messages": queue.done})
    if queue.unreadable:
        raise _unreadable(queue.unreadable)
    if queue.plain:
        raise _plain(queue.plain)


def _named(messages: Sequence[str]) -> str:
    return ", ".join(messages[:_NAMED]) + (" …" if len(messages) > _NAMED else "")


def _plain(messages: Sequence[str]) -> ConfigurationError:
    named = _named(messages)
    return ConfigurationError(
        "queue.payload_plain",
        Text(
            ru=f"Содержание {len(messages)} сообщ. не зашифровано, и их не отправляют ({named}). Если они остались с "
            "того времени, когда ключа не было: «gateway db reseal --accept-plain». Если нет, в базу писал кто-то, у "
            "кого нет ключа.",
            en=f"The content of {len(messages)} messages is not encrypted, and they are not sent ({named}). If they "
            "date from before there was a key: 'gateway db reseal --accept-plain'. If not, somebody without the key "
            "has written to the database.",
        ),
        rule="R-SEC-10",
    )


def _unreadable(messages: Sequence[str]) -> ConfigurationError:
    named = _named(messages)
    return ConfigurationError(
        "queue.payload_unreadable",
        Text(
            ru=f"Содержание {len(messages)} сообщ. не расшифровывается ({named}): верните прежний ключ в "
            "storage.seal_key.",
            en=f"The content of {len(messages)} messages cannot be decrypted ({named}): put the former key back into "
            "storage.seal_key.",
        ),
        rule="R-SEC-10",
    )


@click.group()
def school() -> None:
    """The schools of this installation."""


@command(school, "add")
@click.argument("school_id", metavar="ID")
@click.option("--name", required=True, help="Name as people know it.")
@click.option("--registry-id", required=True, help="Id of the school in the regional registry.")
@click.option("--zone", default="Europe/Moscow", show_default=True, help="IANA time zone.")
def add_school(session: Session, voice: Voice, school_id: str, name: str, registry_id: str, zone: str) -> None:
    """Add a school."""
    new = School(id=SchoolId(school_id), name=name, registry_id=registry_id, zone=zone)
    voice.answer({"ok": True, "added": session.gateway.add_school(new)})


@command(school, "list")
def list_schools(session: Session, voice: Voice) -> None:
    """List the schools."""
    rows = [(one.id, one.name, one.registry_id, one.zone) for one in session.gateway.schools()]
    voice.table(("id", "name", "registry_id", "zone"), rows)
