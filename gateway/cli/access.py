"""``gateway user …`` (people at the console), ``gateway client …`` (programs at the HTTP interfaces)."""

from __future__ import annotations

import getpass

import click

from gateway.cli.context import Session, command, school_option
from gateway.cli.output import Voice
from gateway.model.access import Role, Scope


def add_to(main: click.Group) -> None:
    """Add the commands."""
    main.add_command(user)
    main.add_command(client)


@click.group()
def user() -> None:
    """Accounts of people at the console."""


@command(user, "add")
@click.argument("login")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), default=Role.ADMINISTRATOR.value, show_default=True
)
@school_option
def add_user(session: Session, voice: Voice, login: str, role: str, school_id: str | None) -> None:
    """Add an account and print its one-time password, which is shown only now."""
    school = session.gateway.school(school_id)
    password = session.gateway.users.add(school.id, login, Role(role), by=_operator())
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


def _operator() -> str:
    return f"{getpass.getuser()} (command line)"
