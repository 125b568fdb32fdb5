"""Starts the typesetting process and takes the finished file from it: class journals, and reports for paper."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from gateway.archive.layout import journal_content
from gateway.errors import DocumentError, Fault, Party, Text
from gateway.model.archive import ArchiveSource
from gateway.model.printed_report import PrintedReport

_TIME_LIMIT = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class TypstRenderer:
    """Sets a class journal with typst, each in a process of its own that is stopped after ``time_limit``."""

    time_limit: timedelta = _TIME_LIMIT

    def render(self, source: ArchiveSource, *, at: datetime) -> bytes:
        """Return the journal as PDF/A-2u, made at ``at``; equal arguments give equal bytes.

        Raises:
            DocumentError: ``archive.not_typeset``: the typesetter failed or took too long.
        """
        try:
            return _pages("journal", journal_content(source), at, self.time_limit)
        except _NotSetError as error:
            raise _not_typeset(source, error.reason) from None


@dataclass(frozen=True, kw_only=True, slots=True)
class TypstReports:
    """Sets reports as `TypstRenderer` sets journals."""

    time_limit: timedelta = _TIME_LIMIT

    def pages(self, report: PrintedReport, *, at: datetime) -> bytes:
        """Return the report as PDF/A-2u, made at ``at``; equal arguments give equal bytes.

        Raises:
            DocumentError: ``report.not_typeset``: the typesetter failed or took too long.
        """
        try:
            return _pages("report", asdict(report), at, self.time_limit)
        except _NotSetError as error:
            text = Text(
                ru=f"Отчёт «{report.title}» не свёрстан: {error.reason}. Таблица и CSV доступны без вёрстки.",
                en=f"The report '{report.title}' could not be typeset: {error.reason}. Table and CSV are there.",
            )
            raise DocumentError("report.not_typeset", text, who=Party.COORDINATOR) from None


class _NotSetError(Exception):
    """The typesetter gave no file; ``reason`` quotes nothing of the content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _pages(template: str, content: Mapping[str, object], at: datetime, time_limit: timedelta) -> bytes:
    order = json.dumps({"template": template, "content": content, "made_at": int(at.timestamp())})
    try:
        finished = subprocess.run(
            [sys.executable, "-m", "gateway.archive.typesetting"],
            input=order.encode(),
            capture_output=True,
            timeout=time_limit.total_seconds(),
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise _NotSetError("time limit") from None
    except subprocess.CalledProcessError as error:
        raise _NotSetError(_last_line(error.stderr) or f"exit code {error.returncode}") from None
    return finished.stdout


def _last_line(output: bytes) -> str:
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def _not_typeset(source: ArchiveSource, reason: str) -> DocumentError:
    text = Text(
        ru=f"Архивный файл класса {source.class_name} не свёрстан: {reason}.",
        en=f"The archive file of class {source.class_name} could not be typeset: {reason}.",
    )
    fault = Fault(
        code="archive.not_typeset", text=text, record=source.school_class, rule="R-ARCH-09", who=Party.COORDINATOR
    )
    return DocumentError(fault.code, text, faults=(fault,), who=Party.COORDINATOR, rule="R-ARCH-09")
