"""Moments on the command line: ISO 8601 with a zone, or without one by the clock of this machine. Lengths of time."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isnan
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
        except (ValueError, OverflowError):
            self.fail(f"'{value}' is no moment: write 2026-09-15T10:30+03:00.", param, ctx)


class LengthType(click.FloatRange):
    """A number of hours or seconds that is none below zero and not beyond what can be reckoned with."""

    def __init__(self) -> None:
        super().__init__(0, 1_000_000)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number, or fail with words: 'nan' is within every range."""
        number = float(super().convert(value, param, ctx))
        if isnan(number):
            self.fail(f"'{value}' is no number.", param, ctx)
        return number


MOMENT = MomentType()
LENGTH = LengthType()
