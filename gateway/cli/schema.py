"""``gateway schema list`` and ``gateway schema check``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO

import click

from gateway.bootstrap import utc_now
from gateway.cli.context import Session, command
from gateway.cli.output import Voice
from gateway.errors import ConfigurationError, Fault, Party, SchemaError, Text
from gateway.journal.document import JournalDocument
from gateway.journal.documents import JSON, MEDIA_TYPES, XML, is_table, open_document, open_table
from gateway.mapping.journal_records import KINDS
from gateway.model.ids import SchoolId
from gateway.schemas.catalogue import CATALOGUE, current_version, usable_version
from gateway.schemas.json import parse_json
from gateway.schemas.json_validation import MAX_FAULTS, json_faults
from gateway.schemas.recognition import SchemaFile, recognised, unclear
from gateway.schemas.xml import parse_xml
from gateway.schemas.xml_validation import xml_faults

_JOURNAL = "journal"
_BATCH_FILE = "journal-batch.schema.json"
_RECORDS_FILE = "journal-records.xsd"
_MAX_WHOLE = 64 * 2**20


def add_to(main: click.Group) -> None:
    """Add the commands."""
    main.add_command(schema)


@click.group()
def schema() -> None:
    """The schemas that documents are valid by (R-EXCH-01)."""


@command(schema, "list")
def show(_session: Session, voice: Voice) -> None:
    """List every schema and version: current, accepted until a day, or retired."""
    today = utc_now().date()
    voice.table(
        ["schema", "state", "issued_on", "accepted_until", "about"],
        [(one, one.state(today), one.issued_on, one.accepted_until, one.about) for one in CATALOGUE],
    )


@command(schema, "check")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--schema", "said", default="", help="NAME/VERSION or NAME/VERSION/FILE, where it cannot be seen.")
@click.option("--kind", type=click.Choice(list(KINDS)), help="What the rows of a table are; else its name says it.")
def check(_session: Session, voice: Voice, file: Path, said: str, kind: str | None) -> None:
    """Hold a file against its schema and tell every fault with its place; nothing is sent or written.

    A journal batch, and a table of journal records (CSV, XLSX), may be of any size.
    """
    today = utc_now().date()
    if said:
        name, _, rest = said.partition("/")
        usable_version(name, rest.partition("/")[0], on=today)
    with file.open("rb") as source:
        form = MEDIA_TYPES.get(file.suffix.lower(), "")
        found = _of_table(said) if is_table(form) else recognised(source, said)
        usable_version(found.version.name, found.version.version, on=today)
        told = _table_faults(source, form, kind or file.stem) if is_table(form) else _faults(source, found)
        faults = tuple(islice(told, MAX_FAULTS))
    if faults:
        raise _not_valid(found, faults)
    voice.answer({"ok": True, "schema": str(found)})


def _not_valid(found: SchemaFile, faults: tuple[Fault, ...]) -> SchemaError:
    many = str(len(faults)) if len(faults) < MAX_FAULTS else f"≥ {MAX_FAULTS}"
    return SchemaError(
        "schema.not_valid",
        Text(
            ru=f"Документ не соответствует схеме {found}; ошибок: {many}.",
            en=f"The document is not valid by the schema {found}; faults: {many}.",
        ),
        faults=faults,
        rule="R-EXCH-01",
    )


def _of_table(said: str) -> SchemaFile:
    """Return the schema of tables: always the current one of the journal."""
    found = SchemaFile(version=current_version(_JOURNAL), file=_BATCH_FILE)
    if said and not f"{found}/".startswith(f"{said}/"):
        raise unclear([str(found)])
    return found


def _faults(source: IO[bytes], found: SchemaFile) -> Iterator[Fault]:
    name, version = found.version.name, found.version.version
    if name == _JOURNAL and found.file != _RECORDS_FILE:
        yield from _document_faults(open_document(source, XML if found.is_xml else JSON))
        return
    content = _whole(source)
    if found.is_xml:
        yield from xml_faults(parse_xml(content), name, version, found.file)
    else:
        yield from json_faults(parse_json(content), name, version, found.file, source=content)


def no_kind() -> SchemaError:
    """Return the refusal of a table that neither ``--kind`` nor its name says the kind of."""
    return SchemaError(
        "schema.no_kind",
        Text(
            ru="Таблица не говорит, какого вида её записи: укажите --kind или назовите файл по виду (marks.csv).",
            en="A table does not say of which kind its records are: give --kind, or name it so (marks.csv).",
        ),
        who=Party.SENDER,
        rule="R-EXCH-01",
    )


def _table_faults(source: IO[bytes], form: str, kind: str) -> Iterator[Fault]:
    if kind not in KINDS:
        raise no_kind()
    yield from _document_faults(open_table(source, form, kind=KINDS[kind], school=SchoolId(""), sent_at=utc_now()))


def _document_faults(document: JournalDocument) -> Iterator[Fault]:
    """Yield the faults of a batch's records as they are read, then those of what is around them."""
    for record in document.records():
        yield from record.faults
    yield from document.envelope().faults


def _whole(source: IO[bytes]) -> bytes:
    source.seek(0)
    content = source.read(_MAX_WHOLE + 1)
    if len(content) > _MAX_WHOLE:
        raise ConfigurationError(
            "schema.too_large",
            Text(
                ru=f"Файл больше {_MAX_WHOLE // 2**20} МиБ: такой большой принимается только пакет журнала.",
                en=f"The file is larger than {_MAX_WHOLE // 2**20} MiB: only a journal batch may be so large.",
            ),
            who=Party.SENDER,
        )
    return content
