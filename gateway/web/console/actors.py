"""Who acts and who looks: accounts, staff, families and programs, found by name and told by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from gateway.ports.console import ConsoleUnit


def actors_named(unit: ConsoleUnit, text: str) -> Collection[str] | None:
    """Return the ids under which somebody with such a name or login acts; ``None`` where nobody is asked for."""
    wanted = text.strip()
    if not wanted:
        return None
    people = {one for ids in unit.record_browser.named(wanted).values() for one in ids}
    fold = wanted.casefold()
    accounts = {one.login for one in unit.access.users() if fold in one.login.casefold() or one.staff in people}
    programs = {one.client_id for one in unit.access.clients() if fold in one.name.casefold()}
    return {wanted, *people, *accounts, *programs}


def actor_names(unit: ConsoleUnit, actors: Iterable[str]) -> Mapping[str, str]:
    """Return what those who act are called: people by name, programs by the school's name; others are left out."""
    ids = set(actors)
    staff = {one.login: one.staff for one in unit.access.users() if one.login in ids and one.staff}
    people = unit.console.names({*ids, *staff.values()})
    programs = {one.client_id: one.name for one in unit.access.clients() if one.client_id in ids}
    return {**people, **programs, **{login: people[who] for login, who in staff.items() if who in people}}
