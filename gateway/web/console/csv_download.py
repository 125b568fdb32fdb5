"""A list as a CSV file (RFC 4180) that opens in a spreadsheet: UTF-8 with a mark, semicolons, no formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

from gateway.model.spreadsheet_cells import harmless


def csv_download(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Return rows as a file to download.

    A text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    buffer = io.StringIO()
    buffer.write("\ufeff")
    writer = csv.writer(buffer, delimiter=";")
    writer.writerow(columns)
    writer.writerows([harmless(value) for value in row] for row in rows)
    return Response(
        buffer.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
