"""Figures as bars: what a page draws as SVG. Lengths are percent of the longest bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FULL = 100.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """A part of a bar: what it stands for, how many, where it begins and how long it is."""

    name: str
    count: int
    start: float
    width: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A bar with its label and the number it stands for."""

    label: str
    total: int
    segments: Sequence[Segment]


def bars(rows: Mapping[str, Mapping[str, int]]) -> Sequence[Bar]:
    """Return a bar a row, each made of its counts by name; the largest row fills the whole width."""
    longest = max((sum(counts.values()) for counts in rows.values()), default=0)
    return [
        Bar(label=label, total=sum(counts.values()), segments=_segments(counts, longest))
        for label, counts in rows.items()
    ]


def shares(rows: Mapping[str, Mapping[str, int]]) -> Sequence[Bar]:
    """Return a bar a row, each as long as all others: what it is made of counts, not how many there are."""
    return [bar for label, counts in rows.items() for bar in bars({label: counts})]


def _segments(counts: Mapping[str, int], longest: int) -> Sequence[Segment]:
    segments: list[Segment] = []
    start = 0.0
    for name, count in counts.items():
        if count:
            width = FULL * count / longest
            segments.append(Segment(name=name, count=count, start=round(start, 3), width=round(width, 3)))
            start += width
    return segments
