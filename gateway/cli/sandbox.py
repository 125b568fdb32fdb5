"""``gateway sandbox``: emulators of every platform, for integrators and for the demo."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from threading import Event

import click
from cryptography import x509

from gateway.cli.context import Session, command
from gateway.cli.output import Voice
from gateway.errors import ConfigurationError, GatewayError, Text
from gateway.sandbox.outside import NETSCHOOL_LOGIN, OutsideSettings, open_outside
from gateway.sandbox.school import nth_school
from gateway.signing.keys import load_roots


def add_to(main: click.Group) -> None:
    """Add the command."""
    command(main, "sandbox")(sandbox)


@click.option("--school-size", default=600, show_default=True, help="Pupils of the made-up school.")
@click.option(
    "--school-number", default=1, show_default=True, help="Which of the made-up schools, if there are several."
)
@click.option("--year", type=int, required=True, help="Calendar year in which its school year begins.")
@click.option("--class", "class_name", default="5А", show_default=True, help="Class shown by the municipal platform.")
@click.option("--monday", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Week with planted differences.")
@click.option(
    "--roots",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=None,
    help="Whom the authority believes (PEM); without it those of the settings, and nobody if these have no keys.",
)
@click.option(
    "--ports",
    type=(int, int, int, int),
    default=(0, 0, 0, 0),
    help="Of registry, municipal platform, authority and portal; free ones without it.",
)
@click.option("--oneroster-port", default=0, help="Of the OneRoster provider; a free one without it.")
@click.option(
    "--oneroster-secret", envvar="SANDBOX_ONEROSTER_SECRET", default="sandbox", help="Of its client 'gateway'."
)
@click.option("--sender", default="REG-0001", show_default=True, help="The school's id at the authority.")
@click.option("--portal-secret", envvar="SANDBOX_PORTAL_SECRET", default="sandbox", help="Events are signed with it.")
@click.option(
    "--password", envvar="SANDBOX_PASSWORD", default="sandbox", help=f"Of the platform's '{NETSCHOOL_LOGIN}'."
)
def sandbox(
    session: Session,
    voice: Voice,
    school_size: int,
    school_number: int,
    year: int,
    class_name: str,
    monday: datetime,
    roots: Path | None,
    ports: tuple[int, int, int, int],
    oneroster_port: int,
    oneroster_secret: str,
    sender: str,
    portal_secret: str,
    password: str,
) -> None:
    """Start every platform around a made-up school on loopback and print the addresses.

    A fault script is posted to /_sandbox/faults of a platform; /_sandbox/log lists what arrived
    (docs/how-to/sandbox.md).
    """
    sample = nth_school(school_number, school_size, year=year)
    settings = OutsideSettings(
        roots=_believed(session, voice, roots),
        sender=sender,
        portal_secret=portal_secret,
        oneroster_secret=oneroster_secret,
        netschool_password=password,
        class_name=class_name,
        monday=monday.date(),
    )
    stopped = Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    signal.signal(signal.SIGINT, lambda *_: stopped.set())
    with ExitStack() as stack:
        try:
            outside = open_outside(stack, sample, settings, ports=ports, oneroster_port=oneroster_port)
        except LookupError as error:
            raise ConfigurationError(
                "sandbox.no_class",
                Text(ru=f"В придуманной школе нет класса «{class_name}».", en=f"{error}."),
            ) from error
        voice.answer({"ok": True, **outside.as_json()})
        stopped.wait()


def _believed(session: Session, voice: Voice, roots: Path | None) -> Sequence[x509.Certificate]:
    """Return whom the authority believes: nobody where there are no keys; the other platforms need none."""
    if roots:
        return load_roots(roots)
    try:
        return session.gateway.identity.roots
    except ConfigurationError:
        voice.warning(
            GatewayError(
                "sandbox.no_roots",
                Text(
                    ru="Ключей в настройках нет: орган управления не поверит ни одной подписи, остальное работает. "
                    "Кому верить, говорит --roots.",
                    en="The settings have no keys: the authority will believe no signature, all else works. --roots "
                    "says whom to believe.",
                ),
            )
        )
        return ()
