"""``gateway journal import``: files of the journal system into the journal, without the web service."""

from __future__ import annotations

import csv
import getpass
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from gateway.cli.context import Session, command, school_option
from gateway.cli.output import FAILED, Voice
from gateway.cli.schema import no_kind
from gateway.errors import Fault, Language, Rejected
from gateway.journal.answer import BatchAnswer
from gateway.journal.documents import MEDIA_TYPES, is_table, open_document, open_table
from gateway.journal.intake import Heard, Sender, Stage, digest_of
from gateway.mapping.journal_records import KINDS
from gateway.model.access import Scope
from gateway.model.rules.clauses import clause_of

CHANNEL = "cli"
"""What the audit calls this way in."""

COLUMNS = (
    *("kind", "record", "line", "path", "field", "value", "code", "rule", "clause_ru", "clause_en"),
    *("who", "text_ru", "text_en"),
)
"""Columns of the table of rejected records, one row a fault."""

_SHOWN = 50
_NAME_IN_KEY = 31
_DIGEST_IN_KEY = 32
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_STAGES = {
    Stage.READING: {"ru": "Чтение", "en": "Reading"},
    Stage.WRITING: {"ru": "Запись", "en": "Writing"},
}


def add_to(main: click.Group) -> None:
    """Add the commands."""
    main.add_command(journal)


@click.group()
def journal() -> None:
    """The journal: lessons, marks, absences, homework, set-up and papers."""


@command(journal, "import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--kind",
    type=click.Choice(sorted(KINDS)),
    default=None,
    help="What the rows of a table are; else its name says it.",
)
@click.option("--as-client", "client", default=None, metavar="NAME", help="Whom the audit names; else your login.")
@click.option("--dry-run", is_flag=True, help="Tell what would become of it and write nothing.")
@click.option(
    "--rejected",
    "rejected_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Write every fault of every rejected record into this CSV file.",
)
@school_option
def import_(
    session: Session,
    voice: Voice,
    file: Path,
    kind: str | None,
    client: str | None,
    dry_run: bool,  # noqa: FBT001  click passes a flag
    rejected_file: Path | None,
    school_id: str | None,
) -> None:
    """Take a batch (XML, JSON) or a table of one kind (CSV, XLSX) into the journal, by the same rules as the service.

    The form is told by the ending of the file's name. The same file under the same name is answered the same again
    and changes nothing. Exit code 1 if no record was accepted.
    """
    school = session.gateway.school(school_id)
    media_type = _media_type(file)
    scopes = frozenset(Scope)  # whoever runs commands at the machine has the database itself
    sender = Sender(client=client or getpass.getuser(), school=school.id, scopes=scopes, channel=CHANNEL)
    with file.open("rb") as content, _progress(voice) as heard:
        if is_table(media_type):
            said = kind or file.stem
            if said not in KINDS:
                raise no_kind()
            sent_at = session.gateway.clock()
            document = open_table(content, media_type, kind=KINDS[said], school=school.id, sent_at=sent_at)
        else:
            document = open_document(content, media_type)
        digest = digest_of(content)
        key = f"{file.name[:_NAME_IN_KEY]}:{digest[:_DIGEST_IN_KEY]}"
        intake = session.gateway.journal(school.id)
        answer = intake.take(document, key, digest, sender, dry_run=dry_run, heard=heard)
    if rejected_file is not None:
        _write_rejected(rejected_file, answer.rejected)
    _tell(voice, answer, dry_run=dry_run)
    if answer.is_refused:
        raise SystemExit(FAILED)


def _media_type(file: Path) -> str:
    try:
        return MEDIA_TYPES[file.suffix.lower()]
    except KeyError:
        raise click.UsageError(f"the name of the file has to end with one of: {', '.join(MEDIA_TYPES)}") from None


@contextmanager
def _progress(voice: Voice) -> Iterator[Heard]:
    """Draw on stderr how far it has come, where a person looks."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns, console=Console(stderr=True), transient=True, disable=not Console(stderr=True).is_terminal
    ) as drawn:
        tasks = {
            stage: drawn.add_task(words[voice.language], start=False, total=None) for stage, words in _STAGES.items()
        }

        def heard(stage: Stage, done: int, of: int | None) -> None:
            drawn.start_task(tasks[stage])
            drawn.update(tasks[stage], completed=done, total=of)

        yield heard


def _tell(voice: Voice, answer: BatchAnswer, *, dry_run: bool) -> None:
    counts = {
        "accepted": {kind: number for kind, number in answer.accepted.items() if number},
        "unchanged": {kind: number for kind, number in answer.unchanged.items() if number},
    }
    if voice.as_json:
        rejected = [dict(zip(COLUMNS, row, strict=True)) for one in answer.rejected for row in _rows(one)]
        voice.answer({"ok": not answer.is_refused, "dry_run": dry_run, **counts, "rejected": rejected})
        return
    voice.answer({"dry_run": dry_run, **counts, "rejected": len(answer.rejected)})
    faults = [_line(one, fault, voice.language) for one in answer.rejected for fault in one.faults]
    if faults:
        voice.table(("kind", "record", "line", "field", "value", "rule", "clause", "who", "text"), faults[:_SHOWN])
    if len(faults) > _SHOWN:
        click.echo(f"… +{len(faults) - _SHOWN} (--rejected FILE)")


def _line(one: Rejected, fault: Fault, language: Language) -> tuple[object, ...]:
    text = fault.text.in_language(language)
    who = fault.who.text.in_language(language)
    clause = clause_of(fault.rule)
    words = clause.in_language(language) if clause else None
    return one.kind, one.record, fault.line, fault.field, fault.value, fault.rule, words, who, text


def _rows(one: Rejected) -> Iterator[Sequence[Any]]:
    for fault in one.faults:
        clause = clause_of(fault.rule)
        yield (
            one.kind,
            one.record,
            fault.line,
            fault.path,
            fault.field,
            fault.value,
            fault.code,
            fault.rule,
            clause.ru if clause else None,
            clause.en if clause else None,
            fault.who.value,
            fault.text.ru,
            fault.text.en,
        )


def _write_rejected(file: Path, rejected: Sequence[Rejected]) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as written:
        table = csv.writer(written)
        table.writerow(COLUMNS)
        for one in rejected:
            table.writerows([_harmless(cell) for cell in row] for row in _rows(one))


def _harmless(cell: object) -> str:
    """Return a cell that no spreadsheet takes for a formula (CWE-1236)."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text
