"""``gateway roster history|run|accept|quarantine|record|refresh``: what syncs did, and what is known of one record."""

from __future__ import annotations

import getpass

import click

from gateway.cli.context import Session, command, school_option
from gateway.cli.output import Voice
from gateway.errors import Text
from gateway.model.file_place import places_told
from gateway.model.roster import RecordKind
from gateway.model.roster_quarantine import QuarantineState
from gateway.model.roster_run import RosterRun, RunCount, RunOutcome

_KIND = click.Choice([kind.value for kind in RecordKind])


def add_trail(roster: click.Group) -> None:
    """Add the commands to those of rosters."""
    for one in (history, run, accept, quarantine, record, refresh):
        one(roster)


def history(roster: click.Group) -> None:
    """Add ``history``."""

    @command(roster, "history")
    @click.option("--source", default=None, help="Only syncs with this source.")
    @school_option
    def listed(session: Session, voice: Voice, source: str | None, school_id: str | None) -> None:
        """List the newest syncs: when, how they ended, what they counted, which plans they made."""
        school = session.gateway.school(school_id)
        runs = session.gateway.roster_history(school.id).newest(source=source)
        voice.table(
            ("id", "source", "finished_at", "outcome", "read", "complete", "received", "rejected", "held", "plan",
             "held_plans", "error", "doubts"),
            [
                (
                    one.id,
                    one.source,
                    one.finished_at,
                    one.outcome,
                    _read(one).in_language(voice.language),
                    one.complete,
                    one.total(RunCount.RECEIVED),
                    one.total(RunCount.REJECTED),
                    one.total(RunCount.HELD),
                    one.plan,
                    " ".join(one.held_plans),
                    one.error,
                    " ".join(doubt.in_language(voice.language) for doubt in one.doubts),
                )
                for one in runs
            ],
        )  # fmt: skip


def _read(run: RosterRun) -> Text:
    """Return in words what a sync has read."""
    if run.outcome is RunOutcome.FAILED:
        return Text(ru="не дочитано", en="not to its end")
    if run.partial:
        return Text(ru="только изменения или одна запись", en="changes or one record only")
    return Text(ru="целиком", en="whole")


def run(roster: click.Group) -> None:
    """Add ``run``."""

    @command(roster, "run")
    @click.argument("run_id", metavar="RUN")
    @school_option
    def shown(session: Session, voice: Voice, run_id: str, school_id: str | None) -> None:
        """Show one sync: counts of every kind, why it was doubted, its plans and who decided about them."""
        school = session.gateway.school(school_id)
        story = session.gateway.roster_history(school.id).story(run_id)
        one = story.run
        voice.answer(
            {
                "id": one.id,
                "source": one.source,
                "started_at": one.started_at,
                "finished_at": one.finished_at,
                "outcome": one.outcome,
                "complete": one.complete,
                "partial": one.partial,
                "read": _read(one).in_language(voice.language),
                "counts": one.counts,
                "doubts": [doubt.in_language(voice.language) for doubt in one.doubts],
                "error": one.error,
                "error_text": one.error_text.in_language(voice.language) if one.error_text else "",
                "accepted_by": one.accepted_by,
                "plans": [
                    {
                        "id": head.id,
                        "state": head.state,
                        "decisions": [
                            {"state": made.state, "by": made.by, "at": made.at.isoformat(), "reason": made.reason}
                            for made in head.decisions
                        ],
                    }
                    for head in story.plans
                ],
            }
        )


def accept(roster: click.Group) -> None:
    """Add ``accept``."""

    @command(roster, "accept")
    @click.argument("run_id", metavar="RUN")
    @click.option("--reason", required=True, help="Why; is kept with your name.")
    @school_option
    def accepted(session: Session, voice: Voice, run_id: str, reason: str, school_id: str | None) -> None:
        """Call the numbers of a doubted sync right: the next one is measured by them. Removes nothing by itself."""
        school = session.gateway.school(school_id)
        done = session.gateway.roster_history(school.id).accept(run_id, by=getpass.getuser(), reason=reason)
        voice.answer({"ok": True, "run": done.id, "received": {kind.value: n for kind, n in done.received().items()}})


def quarantine(roster: click.Group) -> None:
    """Add ``quarantine``."""

    @command(roster, "quarantine")
    @click.argument("record_id", metavar="RECORD", required=False)
    @click.option("--source", default=None, help="Only records of this source.")
    @click.option("--records", is_flag=True, help="Every record by itself, not the root causes.")
    @click.option("--resolved", is_flag=True, help="With --records: those that came back clean.")
    @school_option
    def kept(
        session: Session,
        voice: Voice,
        record_id: str | None,
        source: str | None,
        school_id: str | None,
        *,
        records: bool,
        resolved: bool,
    ) -> None:
        """List what was turned away by its root causes, every record with --records, or show one with its raw form."""
        desk = session.gateway.roster_quarantine(session.gateway.school(school_id).id)
        if record_id is not None:
            one = desk.record(record_id)
            voice.answer(
                {
                    "id": one.id,
                    "source": one.source,
                    "kind": one.kind,
                    "record": one.record,
                    "first_seen": one.first_seen,
                    "last_seen": one.last_seen,
                    "state": one.state,
                    "faults": [voice.fault_line(fault) for fault in one.faults],
                    "raw": one.raw,
                }
            )
            return
        if records or resolved:
            state = QuarantineState.RESOLVED if resolved else QuarantineState.OPEN
            voice.table(
                ("id", "source", "kind", "record", "place", "first_seen", "last_seen", "code"),
                [
                    (
                        one.id,
                        one.source,
                        one.kind,
                        one.record,
                        one.place.text.in_language(voice.language) if one.place else "",
                        one.first_seen,
                        one.last_seen,
                        ", ".join(sorted({fault.code for fault in one.faults})),
                    )
                    for one in desk.records(source=source, state=state)
                ],
            )
            return
        voice.table(
            ("source", "cause", "records", "where", "who", "rule"),
            [
                (
                    cause.source,
                    cause.text.in_language(voice.language),
                    len(cause.records),
                    places_told(cause.places).in_language(voice.language),
                    cause.who.text.in_language(voice.language),
                    cause.rule or "",
                )
                for cause in desk.causes(source=source)
            ],
        )


def record(roster: click.Group) -> None:
    """Add ``record``."""

    @command(roster, "record")
    @click.argument("kind", type=_KIND)
    @click.argument("record_id", metavar="ID")
    @school_option
    def shown(session: Session, voice: Voice, kind: str, record_id: str, school_id: str | None) -> None:
        """Show a record as received, as mapped and as stored. The ID of a relation is those of its ends: A/B."""
        desk = session.gateway.roster_quarantine(session.gateway.school(school_id).id)
        view = desk.view(RecordKind(kind), tuple(record_id.split("/")))
        if voice.as_json:
            voice.answer(
                {
                    "kind": view.kind,
                    "key": list(view.key),
                    "stored": view.stored,
                    "received": [
                        {
                            "source": one.source,
                            "source_id": one.source_id,
                            "received_at": one.received_at,
                            "raw": one.raw,
                            "mapped": one.mapped,
                        }
                        for one in view.received
                    ],
                    "differing": [one.name for one in view.fields() if one.differs],
                }
            )
            return
        voice.table(
            ("field", *(one.source for one in view.received), "stored", ""),
            [
                (
                    one.name,
                    *(one.mapped.get(came.source) for came in view.received),
                    one.stored,
                    "≠" if one.differs else "",
                )
                for one in view.fields()
            ],
        )
        for came in view.received:
            click.echo(f"{came.source} {came.source_id} {came.received_at.isoformat(timespec='seconds')}\n{came.raw}")


def refresh(roster: click.Group) -> None:
    """Add ``refresh``."""

    @command(roster, "refresh")
    @click.argument("kind", type=_KIND)
    @click.argument("source_id", metavar="SOURCE_ID")
    @click.option("--source", default="registry", show_default=True, help="The source to ask.")
    @school_option
    def refreshed(
        session: Session, voice: Voice, kind: str, source_id: str, source: str, school_id: str | None
    ) -> None:
        """Ask a source for one record by its id there, and apply what it says; nobody else is missed."""
        school = session.gateway.school(school_id)
        sync = session.gateway.roster_refresh(school.id, source, RecordKind(kind), source_id)
        voice.answer({"ok": True, **sync.run().summary()})
