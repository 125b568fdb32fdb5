"""How commands speak: a table or lines for people, one JSON document with ``--json``; errors tell who has to act."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text as Cell

from gateway.errors import DocumentError, Fault, GatewayError, Language, Party
from gateway.model.rules.clauses import clause_of
from gateway.model.spreadsheet_cells import harmless

FAILED = 1
"""Exit code of a command that could not do it; click itself ends with 2 when asked wrongly."""

_SHOWN_FAULTS = 50

_NO_TERMINAL_WIDTH = 400
"""Characters of a line where nobody looks at it on a screen: wide enough to break no cell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Voice:
    """In which form and language a command answers."""

    as_json: bool
    language: Language

    def answer(self, content: Mapping[str, Any], lines: Callable[[], Sequence[str]] | None = None) -> None:
        """Print a result: as JSON, else as the lines given, else as ``name: value``."""
        if self.as_json:
            click.echo(json.dumps(content, ensure_ascii=False, default=_plain))
            return
        for line in lines() if lines else (f"{name}: {shown(value)}" for name, value in content.items()):
            click.echo(line)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print a list: as JSON objects, else as a table."""
        if self.as_json:
            click.echo(
                json.dumps([dict(zip(columns, row, strict=True)) for row in rows], ensure_ascii=False, default=_plain)
            )
            return
        drawn = Table(box=None, pad_edge=False)
        for column in columns:
            drawn.add_column(column, overflow="fold")  # an id that is cut short cannot be copied
        for row in rows:
            drawn.add_row(*(Cell(shown(value)) for value in row))  # as it is: a bare string would be read as markup
        console = Console()
        if not console.is_terminal:
            console = Console(width=_NO_TERMINAL_WIDTH)
        console.print(drawn)

    def warning(self, remark: GatewayError) -> None:
        """Print what did not happen although nothing failed, and what to do about it; on stderr, as an error is."""
        if self.as_json:
            click.echo(json.dumps({**_error_object(remark), "ok": True}, ensure_ascii=False), err=True)
            return
        title = "Предупреждение" if self.language == "ru" else "Warning"
        click.echo(f"{title}: {remark.code}: {remark.text.in_language(self.language)}", err=True)

    def failure(self, error: GatewayError) -> None:
        """Print what went wrong, at which record, by which rule, and who has to act; on stderr."""
        if self.as_json:
            click.echo(json.dumps(_error_object(error), ensure_ascii=False), err=True)
            return
        click.echo(f"{error.code}: {error.text.in_language(self.language)}", err=True)
        faults = error.faults if isinstance(error, DocumentError) else ()
        for fault in faults[:_SHOWN_FAULTS]:
            click.echo(f"  {self.fault_line(fault)}", err=True)
        if len(faults) > _SHOWN_FAULTS:
            click.echo(f"  … +{len(faults) - _SHOWN_FAULTS}", err=True)
        click.echo(self._acts(error.who), err=True)

    def fault_line(self, fault: Fault) -> str:
        """Return a fault as one line: the place, the record and its field, what is wrong, the rule, who has to act."""
        place = ":".join(str(part) for part in (fault.line, fault.path) if part)
        named = ".".join(part for part in (fault.record, fault.field) if part)
        rule = f"[{fault.rule}]" if fault.rule else ""
        parts = (place, named, fault.text.in_language(self.language), rule, f"({self._acts(fault.who)})")
        return " ".join(part for part in parts if part)

    def _acts(self, who: Party) -> str:
        acts = "Кто исправляет" if self.language == "ru" else "Who has to act"
        return f"{acts}: {who.text.in_language(self.language)}"


def _error_object(error: GatewayError) -> dict[str, Any]:
    faults = error.faults if isinstance(error, DocumentError) else ()
    return {
        "ok": False,
        "code": error.code,
        "text": {"ru": error.text.ru, "en": error.text.en},
        "who": error.who,
        "rule": error.rule,
        "clause": _clause(error.rule),
        "faults": [
            {
                "code": fault.code,
                "path": fault.path,
                "line": fault.line,
                "record": fault.record,
                "field": fault.field,
                "rule": fault.rule,
                "clause": _clause(fault.rule),
                "who": fault.who,
                "text": {"ru": fault.text.ru, "en": fault.text.en},
            }
            for fault in faults
        ],
    }


def _clause(rule: str | None) -> dict[str, str] | None:
    clause = clause_of(rule)
    return None if clause is None else {"ru": clause.ru, "en": clause.en}


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return str(value)


def shown(value: object) -> str:
    """Return a value as people read it; a moment by the clock of this machine, with its distance from UTC."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone().isoformat(sep=" ", timespec="seconds")
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {shown(part)}" for name, part in value.items())
    return str(value)


def csv_text(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table as CSV with semicolons, as spreadsheets here open it; no text is a formula there."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(columns)
    writer.writerows(["" if value is None else harmless(value) for value in row] for row in rows)
    return text.getvalue()
