"""Moments on the command line: ISO 8601 with a zone, or without one by the clock of this machine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click


class MomentType(click.ParamType[datetime]):
    """A moment, aware, in UTC."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment that was written, or fail with words."""
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except ValueError:
            self.fail(f"'{value}' is no moment: write 2026-09-15T10:30+03:00.", param, ctx)


MOMENT = MomentType()
