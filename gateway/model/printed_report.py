"""A report as it is handed in on paper: tables in words of one language, a signature line. Everything is text."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.errors import Language


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedColumn:
    """A column: its heading, its share of the page's width, and whether it holds figures, which stand in the middle."""

    title: str
    share: int = 1
    is_figure: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedTable:
    """A table under a heading of its own (empty: none); ``has_total`` sets the last row apart."""

    columns: tuple[PrintedColumn, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    heading: str = ""
    has_total: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedReport:
    """A report.

    Attributes:
        language: of all its texts.
        title: what it is.
        school: whose.
        period: of which days, in words.
        made: when it was made, in words.
        tables: what it tells; holds personal data where it names people.
        notes: what the reader has to know besides.
        signed_by: the post of who signs.
    """

    language: Language
    title: str
    school: str
    period: str
    made: str
    tables: tuple[PrintedTable, ...]
    notes: tuple[str, ...] = ()
    signed_by: str = ""
