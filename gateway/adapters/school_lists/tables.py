"""Reads a list's table, CSV or XLSX, and finds out what its columns mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.adapters.school_lists.settings import LEFT_OUT
from gateway.errors import Party, SchemaError, Text
from gateway.mapping.school_lists import ListRow
from gateway.model.file_place import FilePlace
from gateway.schemas.lists import ListKind, kind_of, propose
from gateway.schemas.table_stream import Table, read_csv
from gateway.schemas.xlsx_stream import read_xlsx

SUFFIXES = (".csv", ".xlsx")


@dataclass(frozen=True, kw_only=True, slots=True)
class ListColumns:
    """A list's columns: in order as named, their meanings by name, what the list is of (``None``: not plain).

    ``further`` are the sheets of a workbook that hold something and are not read.
    """

    file: str
    columns: tuple[str, ...]
    meanings: Mapping[str, str]
    kind: ListKind | None
    further: tuple[str, ...] = ()


def columns_of(file: Path, agreed: Mapping[str, str]) -> ListColumns:
    """Return what a list's columns mean: what is agreed on, else what their names say.

    Raises:
        SchemaError: the file is no table.
    """
    with _table(file) as table:
        return _columns(file, table, agreed)


def check_list(file: Path, agreed: Mapping[str, str]) -> None:
    """Look whether a file is a list.

    Raises:
        SchemaError: the file is no table, or its columns do not tell what it is a list of (``school_lists.columns``).
    """
    if columns_of(file, agreed).kind is None:
        raise _not_plain(file)


def list_rows(file: Path, agreed: Mapping[str, str]) -> Iterator[ListRow]:
    """Yield the rows of a list.

    Raises:
        SchemaError: the file is no table, or its columns do not tell what it is a list of (``school_lists.columns``).
    """
    with _table(file) as table:
        found = _columns(file, table, agreed)
        if found.kind is None:
            raise _not_plain(file)
        for row in table.rows:
            cells = {meaning: row.cells[column] for column, meaning in found.meanings.items()}
            if any(cells.values()):
                place = FilePlace(file=file.name, row=row.line, sheet=table.sheet)
                yield ListRow(list=found.kind, place=place, cells=cells)


def _columns(file: Path, table: Table, agreed: Mapping[str, str]) -> ListColumns:
    own = {column: agreed[column] for column in table.columns if column in agreed}
    proposed = propose(column for column in table.columns if column not in own)
    meanings = {column: meaning for column, meaning in proposed.items() if meaning not in own.values()} | own
    meanings = {column: meaning for column, meaning in meanings.items() if meaning != LEFT_OUT}
    return ListColumns(
        file=file.name,
        columns=table.columns,
        meanings=meanings,
        kind=kind_of(meanings.values()),
        further=table.further,
    )


@contextmanager
def _table(file: Path) -> Iterator[Table]:
    with file.open("rb") as source:
        try:
            yield read_xlsx(source) if file.suffix.casefold() == ".xlsx" else read_csv(source)
        except SchemaError as error:
            raise _in_file(error, file) from None


def _in_file(error: SchemaError, file: Path) -> SchemaError:
    """Return a refusal with the file that it is about: of several lists a person has to know which."""
    faults = tuple(fault if fault.path else replace(fault, path=file.name) for fault in error.faults)
    return SchemaError(error.code, error.text, faults=faults, who=Party.COORDINATOR, rule=error.rule)


def _not_plain(file: Path) -> SchemaError:
    return SchemaError(
        "school_lists.columns",
        Text(
            ru=f"По столбцам файла «{file.name}» не понять, чей это список. Нужны: для учеников – ФИО и дата рождения, "
            "для сотрудников – ФИО и должность, для классов – класс. Назовите столбцы так или укажите их смысл в "
            "настройке columns (подскажет «gateway roster columns»).",
            en=f"The columns of '{file.name}' do not tell what it is a list of. Needed: for pupils name and birth "
            "date, for staff name and position, for classes the class. Name the columns so, or say what they mean in "
            "the setting columns ('gateway roster columns' helps).",
        ),
        who=Party.COORDINATOR,
        rule="R-ROST-07",
    )
