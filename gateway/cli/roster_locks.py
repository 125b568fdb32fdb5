"""``gateway roster lock|unlock|locks|missing``: what the school keeps, and whom a source no longer tells of."""

from __future__ import annotations

import getpass

import click

from gateway.cli.context import Session, command, school_option
from gateway.cli.output import Voice
from gateway.model.roster import Key, RecordKind

_KIND = click.Choice([kind.value for kind in RecordKind])


def add_locks(roster: click.Group) -> None:
    """Add the commands to those of rosters."""
    for one in (lock, unlock, locks, missing):
        one(roster)


def lock(roster: click.Group) -> None:
    """Add ``lock``."""

    @command(roster, "lock")
    @click.argument("kind", type=_KIND)
    @click.argument("record", metavar="ID")
    @click.argument("field")
    @click.option("--value", default=None, help="New value; without it the present one is kept. An empty one clears.")
    @click.option("--reason", required=True, help="Why; is kept with your name.")
    @school_option
    def run(
        session: Session,
        voice: Voice,
        kind: str,
        record: str,
        field: str,
        value: str | None,
        reason: str,
        school_id: str | None,
    ) -> None:
        """Keep a field of a record as the school has it, whatever the sources say."""
        school = session.gateway.school(school_id)
        locked = session.gateway.roster_locks(school.id).lock(
            RecordKind(kind), _key(record), field, value=value, by=getpass.getuser(), reason=reason
        )
        voice.answer({"ok": True, "kind": locked.kind, "record": "/".join(locked.key), "field": locked.field})


def unlock(roster: click.Group) -> None:
    """Add ``unlock``."""

    @command(roster, "unlock")
    @click.argument("kind", type=_KIND)
    @click.argument("record", metavar="ID")
    @click.argument("field")
    @click.option("--reason", required=True, help="Why; is kept with your name.")
    @school_option
    def run(
        session: Session, voice: Voice, kind: str, record: str, field: str, reason: str, school_id: str | None
    ) -> None:
        """Give a field free: the next sync may write it again."""
        school = session.gateway.school(school_id)
        session.gateway.roster_locks(school.id).unlock(
            RecordKind(kind), _key(record), field, by=getpass.getuser(), reason=reason
        )
        voice.answer({"ok": True, "kind": kind, "record": record, "field": field})


def locks(roster: click.Group) -> None:
    """Add ``locks``."""

    @command(roster, "locks")
    @school_option
    def run(session: Session, voice: Voice, school_id: str | None) -> None:
        """List the locked fields."""
        school = session.gateway.school(school_id)
        voice.table(
            ("kind", "record", "field", "locked_at", "locked_by", "reason"),
            [
                (one.kind, "/".join(one.key), one.field, one.locked_at, one.locked_by, one.reason)
                for one in session.gateway.roster_locks(school.id).all()
            ],
        )


def missing(roster: click.Group) -> None:
    """Add ``missing``."""

    @command(roster, "missing")
    @click.option("--source", default=None, metavar="NAME", help="Only what this source no longer tells of.")
    @school_option
    def run(session: Session, voice: Voice, source: str | None, school_id: str | None) -> None:
        """List the records that a source no longer tells of, since when and what comes next."""
        school = session.gateway.school(school_id)
        voice.table(
            ("source", "kind", "record", "since", "times", "suspended_on", "next", "due"),
            [
                (
                    one.source,
                    one.kind,
                    "/".join(one.key),
                    one.since,
                    one.times,
                    one.suspended_on,
                    one.step,
                    one.due,
                )
                for one in session.gateway.roster_days(school.id).missing(source=source)
            ],
        )


def _key(record: str) -> Key:
    return tuple(record.split("/"))
