"""The six steps of the road and what is known of one run of a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Step(StrEnum):
    """The steps, in the order in which a day walks them (``docs/explanation/roads.md``)."""

    ROSTER_IN = "roster_in"
    JOURNAL_IN = "journal_in"
    PLATFORM_COMPARED = "platform_compared"
    EXPORT_OUT = "export_out"
    DIARY_SEEN = "diary_seen"
    ARCHIVE_SIGNED = "archive_signed"


class StepOutcome(StrEnum):
    """How a run of a step ended."""

    OK = "ok"
    HELD = "held"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class StepRun:
    """One finished run of a step.

    ``summary`` holds counts and ids only, no personal data; ``error`` is the stable code of what stopped the run;
    ``message`` the id of the queue message that caused it, where there was one.
    """

    id: str
    step: Step
    started_at: datetime
    finished_at: datetime
    outcome: StepOutcome
    summary: Mapping[str, object] = field(default_factory=dict)
    error: str = ""
    message: str | None = None
