"""What prints reports on pages."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from gateway.model.printed_report import PrintedReport


class ReportPrinter(Protocol):
    """Sets a report on numbered pages."""

    def pages(self, report: PrintedReport, *, at: datetime) -> bytes:
        """Return the report as PDF/A-2u, made at ``at``; equal arguments give equal bytes.

        Raises:
            DocumentError: ``report.not_typeset``.
        """
        ...
