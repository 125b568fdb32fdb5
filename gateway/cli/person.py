"""``gateway person …``: one person in several roles or schools, for the operator of the installation."""

from __future__ import annotations

import getpass

import click

from gateway.cli.context import Session, command, school_option
from gateway.cli.output import Voice
from gateway.model.ids import SchoolId
from gateway.model.person_identity import PERSON_KINDS, PersonKey, PersonLink
from gateway.model.roster import RecordKind
from gateway.roster.author import Author
from gateway.roster.persons import Persons

_KINDS = {kind.value: kind for kind in PERSON_KINDS}
_reason_option = click.option("--reason", required=True, help="Why; is kept with your name.")


class PersonKeyType(click.ParamType[PersonKey]):
    """A record of a person: SCHOOL/KIND/ID."""

    name = "record"

    def convert(
        self, value: str | PersonKey, param: click.Parameter | None, context: click.Context | None
    ) -> PersonKey:
        """Return the key that a word is."""
        if isinstance(value, PersonKey):
            return value
        school, kind, record = [*value.split("/", 2), "", ""][:3]
        if not school or not record or kind not in _KINDS:
            self.fail(f"{value!r} is not SCHOOL/KIND/ID with KIND one of {', '.join(_KINDS)}", param, context)
        return PersonKey(school=SchoolId(school), kind=RecordKind(kind), id=record)


_RECORD = PersonKeyType()


def add_to(main: click.Group) -> None:
    """Add the commands."""
    main.add_command(person)


@click.group()
def person() -> None:
    """One person in several roles or schools: what is known, what is asked, what people decide."""


@command(person, "find")
@school_option
def find(session: Session, voice: Voice, school_id: str | None) -> None:
    """Look at everybody of a school: link what is sure, ask about what is not. Syncs do it for what they change."""
    school = session.gateway.school(school_id)
    found = session.gateway.persons(school.id).find(author=_author("gateway person find"))
    voice.answer({"ok": True, "school": school.id, "found": found})


@command(person, "list")
def list_all(session: Session, voice: Voice) -> None:
    """List every record of a person who has several: by which rule, how sure, who confirmed it."""
    lines = [line for persons in _any(session) for line in persons.all()]
    voice.table(
        ("person", "record", "rule", "confidence", "confirmed_by", "since"),
        [
            (line.person, line.key, line.link.rule, line.link.confidence, line.link.decided_by, line.link.since)
            for line in lines
        ],
    )


@command(person, "questions")
def questions(session: Session, voice: Voice) -> None:
    """List the pairs of records that may be one person, the longest waiting first."""
    asked = [link for persons in _any(session) for link in persons.questions()]
    voice.table(
        ("record", "other", "rule", "confidence", "since"),
        [(link.one, link.other, link.rule, link.confidence, link.since) for link in asked],
    )


@command(person, "same")
@click.argument("one", type=_RECORD, metavar="RECORD")
@click.argument("other", type=_RECORD, metavar="OTHER")
@_reason_option
def same(session: Session, voice: Voice, one: PersonKey, other: PersonKey, reason: str) -> None:
    """Say that two records are one person; each is named as SCHOOL/KIND/ID."""
    _answer(voice, session.gateway.persons(one.school).same(one, other, author=_author(reason)))


@command(person, "apart")
@click.argument("one", type=_RECORD, metavar="RECORD")
@click.argument("other", type=_RECORD, metavar="OTHER")
@_reason_option
def apart(session: Session, voice: Voice, one: PersonKey, other: PersonKey, reason: str) -> None:
    """Say that two records are two people, whatever rules say; each is named as SCHOOL/KIND/ID."""
    _answer(voice, session.gateway.persons(one.school).apart(one, other, author=_author(reason)))


@command(person, "forget")
@click.argument("record", type=_RECORD, metavar="RECORD")
@_reason_option
def forget(session: Session, voice: Voice, record: PersonKey, reason: str) -> None:
    """Forget everything that joins a record (SCHOOL/KIND/ID) to others, decisions too."""
    forgotten = session.gateway.persons(record.school).forget(record, author=_author(reason))
    voice.answer({"ok": True, "record": str(record), "forgotten": forgotten})


def _any(session: Session) -> list[Persons]:
    """Return what lists the whole installation: any school's, or nothing where there is none."""
    return [session.gateway.persons(school.id) for school in session.gateway.schools()[:1]]


def _author(reason: str) -> Author:
    return Author(actor=getpass.getuser(), role="operator", channel="cli", reason=reason)


def _answer(voice: Voice, link: PersonLink) -> None:
    voice.answer({"ok": True, "record": str(link.one), "other": str(link.other), "state": link.state})
