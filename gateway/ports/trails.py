"""Searching what was done and who looked: the audit chain and the log of looks, newest first, page by page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gateway.model.audit import AuditEntry, PupilView


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """From a moment on until before another; ``None`` = no bound."""

    start: datetime | None = None
    end: datetime | None = None


ALWAYS = Span()


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditSearch:
    """Which entries of the chain are wanted: those with all that is given, empty = any; ``actors`` of ``None`` too."""

    actors: Collection[str] | None = None
    object_kind: str = ""
    object_id: str = ""
    action: str = ""
    span: Span = ALWAYS


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewSearch:
    """Which looks are wanted; ``pupils`` of ``None`` = at anybody."""

    actors: Collection[str] | None = None
    pupils: Collection[str] | None = field(default=None, repr=False)
    what: str = ""
    span: Span = ALWAYS


Place = tuple[datetime, str]
"""Where a page of looks ended: moment and id of its last one."""


class AuditBrowser(Protocol):
    """The school's audit chain, as people look for something in it."""

    def page(self, search: AuditSearch, *, before: int | None, limit: int) -> Sequence[AuditEntry]:
        """Return the newest entries wanted, of those before a number, newest first."""
        ...

    def entry(self, sequence: int) -> AuditEntry | None:
        """Return the entry with a number."""
        ...

    def actions(self) -> Sequence[str]:
        """Return the actions that the newest entries tell of, by name."""
        ...

    def extent(self) -> tuple[tuple[int, str], int]:
        """Return number and hash of the head, and the highest number there is, read at the same moment."""
        ...


class ViewBrowser(Protocol):
    """The log of looks at pupils' data, as people look for something in it."""

    def page(self, search: ViewSearch, *, before: Place | None, limit: int) -> Sequence[PupilView]:
        """Return the newest looks wanted, of those before a place, newest first."""
        ...
