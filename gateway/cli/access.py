"""``gateway user …`` (people at the console), ``gateway client …``, ``gateway token …`` (programs)."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import click

from gateway.access.clients import ListedClient
from gateway.access.users import Life
from gateway.cli.context import Session, command, school_option
from gateway.cli.output import Voice
from gateway.model.access import Role, Scope
from gateway.model.ids import StaffId

_DAY = click.DateTime(formats=["%Y-%m-%d"])


def add_to(main: click.Group) -> None:
    """Add the commands."""
    main.add_command(user)
    main.add_command(client)
    main.add_command(token)


@click.group()
def user() -> None:
    """Accounts of people at the console."""


@command(user, "add")
@click.argument("login")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), required=True, help="What the account may do."
)
@click.option("--staff", default=None, help="Id of the member of staff whose account it is.")
@click.option("--from", "start", type=_DAY, default=None, help="First day on which it opens anything.")
@click.option("--to", "end", type=_DAY, default=None, help="Last day on which it opens anything.")
@school_option
def add_user(
    session: Session,
    voice: Voice,
    login: str,
    role: str,
    staff: str | None,
    start: datetime | None,
    end: datetime | None,
    school_id: str | None,
) -> None:
    """Add an account and print its one-time password, which is shown only now."""
    school = session.gateway.school(school_id)
    password = session.gateway.users.add(
        school.id,
        login,
        Role(role),
        by=_operator(),
        staff=StaffId(staff) if staff else None,
        life=Life(start=_morning(start, school.zone), end=_morning(end, school.zone, days=1)),
    )
    voice.answer({"ok": True, "login": login, "role": role, "one_time_password": password})


@command(user, "reset")
@click.argument("login")
@school_option
def reset_user(session: Session, voice: Voice, login: str, school_id: str | None) -> None:
    """Give an account a new one-time password and print it, which is shown only now."""
    school = session.gateway.school(school_id)
    password = session.gateway.users.reset(school.id, login, by=_operator())
    voice.answer({"ok": True, "login": login, "one_time_password": password})


@click.group()
def client() -> None:
    """Programs that may use the HTTP interfaces."""


@command(client, "add")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice([scope.value for scope in Scope]))
@school_option
def add_client(session: Session, voice: Voice, name: str, scopes: tuple[str, ...], school_id: str | None) -> None:
    """Add a client and print its secret, which is shown only now."""
    school = session.gateway.school(school_id)
    made = session.gateway.clients.add(school.id, name, [Scope(scope) for scope in scopes], by=_operator())
    voice.answer({"ok": True, "client_id": made.client_id, "client_secret": made.secret, "scopes": list(scopes)})


@command(client, "disable")
@click.argument("client_id")
@school_option
def disable_client(session: Session, voice: Voice, client_id: str, school_id: str | None) -> None:
    """Turn a client and its tokens away from now on."""
    school = session.gateway.school(school_id)
    voice.answer({"ok": True, "disabled": session.gateway.clients.disable(school.id, client_id, by=_operator())})


@click.group()
def token() -> None:
    """Secrets and tokens of programs."""


@command(token, "list")
@school_option
def list_tokens(session: Session, voice: Voice, school_id: str | None) -> None:
    """List the programs with their scopes, the age of their secrets and how many good tokens they hold."""
    school = session.gateway.school(school_id)
    found = [_shown(one) for one in session.gateway.clients.listed(school.id)]
    if voice.as_json:
        voice.answer({"ok": True, "clients": found})
        return
    rows = [[", ".join(value) if isinstance(value, list) else value for value in one.values()] for one in found]
    voice.table(_SHOWN, rows)


@command(token, "rotate")
@click.argument("client_id")
@click.option("--grace-days", type=click.IntRange(0, 90), default=None, help="How long the former secret stays good.")
@school_option
def rotate_secret(
    session: Session, voice: Voice, client_id: str, grace_days: int | None, school_id: str | None
) -> None:
    """Give a program a new secret and print it, which is shown only now; the former one stays good for a while."""
    gateway = session.gateway
    school = gateway.school(school_id)
    days = gateway.settings.access.secret_grace_days if grace_days is None else grace_days
    secret = gateway.clients.rotate(school.id, client_id, grace=timedelta(days=days), by=_operator())
    voice.answer({"ok": True, "client_id": client_id, "client_secret": secret, "former_good_days": days})


@command(token, "revoke")
@click.argument("client_id")
@school_option
def revoke_tokens(session: Session, voice: Voice, client_id: str, school_id: str | None) -> None:
    """Take all tokens and the former secret of a program away; with its present secret it gets new ones."""
    school = session.gateway.school(school_id)
    voice.answer({"ok": True, "revoked": session.gateway.clients.revoke(school.id, client_id, by=_operator())})


_SHOWN = ("client_id", "name", "scopes", "disabled", "secret_since", "former_secret_until", "tokens")


def _shown(listed: ListedClient) -> dict[str, object]:
    client = listed.client
    return {
        "client_id": client.client_id,
        "name": client.name,
        "scopes": sorted(scope.value for scope in client.scopes),
        "disabled": client.disabled,
        "secret_since": _iso(client.secret_since or client.created_at),
        "former_secret_until": _iso(client.former_secret_until),
        "tokens": listed.tokens,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _morning(day: datetime | None, zone: str, *, days: int = 0) -> datetime | None:
    """Return the moment when a day, or one some days later, begins at the school."""
    if day is None:
        return None
    return (day + timedelta(days=days)).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _operator() -> str:
    return f"{getpass.getuser()} (command line)"
