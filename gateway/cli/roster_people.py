"""``gateway roster cases|match|links|merge|unmerge``: who is who in the sources, and records that are one person."""

from __future__ import annotations

import getpass
from collections.abc import Callable

import click

from gateway.cli.context import Session, command, school_option
from gateway.cli.output import Voice
from gateway.model.matching import MATCHED_KINDS
from gateway.model.matching_cases import CaseState, StoredCase
from gateway.model.person_merge import MERGED_KINDS, Merge
from gateway.model.roster import RecordKind
from gateway.roster.author import Author

_MATCHED = click.Choice([kind.value for kind in MATCHED_KINDS])
_MERGED = click.Choice([kind.value for kind in MERGED_KINDS])
_reason_option = click.option("--reason", required=True, help="Why; is kept with your name.")


def add_people(roster: click.Group) -> None:
    """Add the commands."""
    for add in (_cases, _match, _links, _merge, _unmerge, _merges):
        add(roster)


def _cases(roster: click.Group) -> None:
    """Add ``cases``."""

    @command(roster, "cases")
    @click.option("--state", type=click.Choice([one.value for one in CaseState]), default="open", show_default=True)
    @click.option("--source", default=None, metavar="NAME", help="Only questions about this source.")
    @school_option
    def cases(session: Session, voice: Voice, state: str, source: str | None, school_id: str | None) -> None:
        """List the records of sources about which a person has to decide who they are."""
        school = session.gateway.school(school_id)
        found = session.gateway.match_decisions(school.id).cases(state=CaseState(state), source=source)
        voice.table(
            ("id", "source", "kind", "record", "place", "why", "records", "candidates", "since", "state"),
            [_row(stored, voice) for stored in found],
        )


def _match(roster: click.Group) -> None:
    """Add ``match``."""

    @command(roster, "match")
    @click.argument("case", required=False)
    @click.option("--same", is_flag=True, help="It is the likeliest of ours, or the one that --record names.")
    @click.option("--record", default=None, metavar="ID", help="Our id of the record meant.")
    @click.option("--new", "is_new", is_flag=True, help="It is somebody new.")
    @click.option("--ignore", is_flag=True, help="Leave the source's record alone.")
    @click.option("--reopen", is_flag=True, help="Ask again what was decided.")
    @click.option("--all", "every", is_flag=True, help='Say "the same" wherever there is one candidate only.')
    @click.option("--source", default=None, metavar="NAME", help="With --all: of which source.")
    @click.option("--kind", type=_MATCHED, default=None, help="With --all: only records of this kind.")
    @_reason_option
    @school_option
    def match(
        session: Session,
        voice: Voice,
        case: str | None,
        same: bool,  # noqa: FBT001  click passes flags
        record: str | None,
        is_new: bool,  # noqa: FBT001
        ignore: bool,  # noqa: FBT001
        reopen: bool,  # noqa: FBT001
        every: bool,  # noqa: FBT001
        source: str | None,
        kind: str | None,
        reason: str,
        school_id: str | None,
    ) -> None:
        """Decide who a source's record is: the same as one of ours, somebody new, or to be left alone."""
        decisions, author = session.gateway.match_decisions(session.gateway.school(school_id).id), _author(reason)
        if every and source and case is None and not (same or is_new or ignore or reopen):
            of_kind = None if kind is None else RecordKind(kind)
            decided = decisions.same_where_one(source=source, kind=of_kind, author=author)
            voice.answer({"ok": True, "decided": decided})
            return
        verbs: tuple[tuple[bool, Callable[[str], StoredCase]], ...] = (
            (same or record is not None, lambda one: decisions.same(one, record, author=author)),
            (is_new, lambda one: decisions.new(one, author=author)),
            (ignore, lambda one: decisions.ignore(one, author=author)),
            (reopen, lambda one: decisions.reopen(one, author=author)),
        )
        chosen = [decide for asked, decide in verbs if asked]
        if case is None or every or len(chosen) != 1:
            raise click.UsageError("Name a CASE and one of --same, --new, --ignore, --reopen; or --all with --source.")
        stored = chosen[0](case)
        voice.answer({"ok": True, "case": stored.id, "state": stored.state, "record": stored.chosen})


def _links(roster: click.Group) -> None:
    """Add ``links``."""

    @command(roster, "links")
    @click.argument("kind", type=_MATCHED)
    @click.argument("record", metavar="ID")
    @school_option
    def links(session: Session, voice: Voice, kind: str, record: str, school_id: str | None) -> None:
        """Show what the sources call a record of ours, by which rule, how sure, and who said so."""
        school = session.gateway.school(school_id)
        found = session.gateway.match_decisions(school.id).links(RecordKind(kind), {record})
        voice.table(
            ("source", "source_id", "state", "confidence", "rule", "linked_at", "linked_by"),
            [
                (one.source, one.source_id, one.state, one.confidence, one.rule, one.linked_at, one.linked_by)
                for one in found
            ],
        )


def _merge(roster: click.Group) -> None:
    """Add ``merge``."""

    @command(roster, "merge")
    @click.argument("kind", type=_MERGED)
    @click.argument("kept", metavar="KEPT")
    @click.argument("absorbed", metavar="ABSORBED")
    @_reason_option
    @school_option
    def merge(
        session: Session, voice: Voice, kind: str, kept: str, absorbed: str, reason: str, school_id: str | None
    ) -> None:
        """Make two records of ours one person: the first stays, everything of the second becomes the first one's."""
        merges = session.gateway.person_merges(session.gateway.school(school_id).id)
        _answer(voice, merges.merge(RecordKind(kind), kept, absorbed, author=_author(reason)))


def _unmerge(roster: click.Group) -> None:
    """Add ``unmerge``."""

    @command(roster, "unmerge")
    @click.argument("merge_id", metavar="MERGE")
    @_reason_option
    @school_option
    def unmerge(session: Session, voice: Voice, merge_id: str, reason: str, school_id: str | None) -> None:
        """Take two records apart again, exactly as they were."""
        merges = session.gateway.person_merges(session.gateway.school(school_id).id)
        _answer(voice, merges.undo(merge_id, author=_author(reason)))


def _merges(roster: click.Group) -> None:
    """Add ``merges``."""

    @command(roster, "merges")
    @school_option
    def merges(session: Session, voice: Voice, school_id: str | None) -> None:
        """List the records that were made one."""
        found = session.gateway.person_merges(session.gateway.school(school_id).id).all()
        voice.table(
            ("id", "kind", "kept", "absorbed", "merged_at", "merged_by", "reason", "undone_at", "undone_by"),
            [
                (m.id, m.kind, m.kept, m.absorbed, m.merged_at, m.merged_by, m.reason, m.undone_at, m.undone_by)
                for m in found
            ],
        )


def _author(reason: str) -> Author:
    return Author(actor=getpass.getuser(), role="operator", channel="cli", reason=reason)


def _answer(voice: Voice, merge: Merge) -> None:
    voice.answer(
        {"ok": True, "merge": merge.id, "kept": merge.kept, "absorbed": merge.absorbed, "rows": len(merge.moved)}
    )


def _row(stored: StoredCase, voice: Voice) -> tuple[object, ...]:
    case = stored.case
    candidates = ", ".join(f"{one.id} ({one.score})" for one in case.candidates)
    return (
        stored.id,
        case.source,
        case.kind,
        case.source_id,
        case.place.text.in_language(voice.language) if case.place else "",
        case.reason,
        case.records,
        candidates,
        stored.since,
        stored.state,
    )
