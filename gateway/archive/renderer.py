"""Starts the typesetting process and takes the finished file from it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.archive.layout import journal_content
from gateway.errors import DocumentError, Fault, Party, Text
from gateway.model.archive import ArchiveSource


@dataclass(frozen=True, kw_only=True, slots=True)
class TypstRenderer:
    """Sets a class journal with typst, each in a process of its own that is stopped after ``time_limit``."""

    time_limit: timedelta = timedelta(minutes=5)

    def render(self, source: ArchiveSource, *, at: datetime) -> bytes:
        """Return the journal as PDF/A-2u, made at ``at``; equal arguments give equal bytes.

        Raises:
            DocumentError: ``archive.not_typeset``: the typesetter failed or took too long.
        """
        order = json.dumps({"journal": journal_content(source), "made_at": int(at.timestamp())})
        try:
            finished = subprocess.run(
                [sys.executable, "-m", "gateway.archive.typesetting"],
                input=order.encode(),
                capture_output=True,
                timeout=self.time_limit.total_seconds(),
                check=True,
            )
        except subprocess.TimeoutExpired:
            raise _not_typeset(source, "time limit") from None
        except subprocess.CalledProcessError as error:
            raise _not_typeset(source, _last_line(error.stderr) or f"exit code {error.returncode}") from None
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
