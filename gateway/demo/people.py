"""Who signs in to the demo's console: an administrator, and a director and a deputy of the made-up school."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.bootstrap import Gateway, utc_now
from gateway.control.acting import By
from gateway.control.writing import write
from gateway.model.access import Role
from gateway.model.duties import AccountOrder, Duty
from gateway.model.ids import RecordId, SchoolId, StaffId
from gateway.sandbox.school import SampleSchool
from gateway.sandbox.school.leaders import leaders

_BY = By(actor="demo", role=Role.ADMINISTRATOR.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """The duty of a made-up member of staff, and the director who orders the account for it (R-ROLE-13)."""

    staff: StaffId
    duty: Duty
    director: StaffId


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """An account of the console; ``post`` of ``None``: it is nobody's in the school."""

    login: str
    role: Role
    post: Post | None = None


def people(sample: SampleSchool) -> tuple[Person, ...]:
    """Return who signs in: with the last two a correction is asked for by one and approved by the other (R-AUD-03)."""
    lead = leaders(sample)
    deputy = Post(staff=lead.deputy, duty=Duty.DEPUTY, director=lead.director)
    director = Post(staff=lead.director, duty=Duty.DIRECTOR, director=lead.director)
    return (
        Person(login="admin", role=Role.ADMINISTRATOR),
        Person(login="deputy", role=Role.DEPUTY, post=deputy),
        Person(login="director", role=Role.DIRECTOR, post=director),
    )


def one_time_password(gateway: Gateway, school: SchoolId, person: Person) -> str | None:
    """Add a person's account and return its one-time password, ``None`` if an own one was chosen in an earlier run.

    The roster and the appointments of the school are there.
    """
    known = gateway.directory.user(person.login)
    if known is not None:
        return gateway.users.reset(known.school, person.login, by=_BY.actor) if known.must_change else None
    if person.post is None:
        return gateway.users.add(school, person.login, person.role, by=_BY.actor)
    _order(gateway, school, person.login, person.post)
    return gateway.users.add(school, person.login, person.role, by=_BY.actor, staff=person.post.staff)


def _order(gateway: Gateway, school: SchoolId, login: str, post: Post) -> None:
    """Write the director's order; an open one of a run that was killed is written over."""
    now = utc_now()
    order = AccountOrder(
        id=RecordId(f"demo-{login}"), ordered_by=post.director, ordered_at=now, duty=post.duty, staff=post.staff
    )
    with gateway.database.unit(school) as unit:
        write(unit, order, school=school, at=now, by=_BY)
