"""Finding out what a roster source really does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from gateway.model.roster_abilities import StoredProbe
from gateway.model.school import School


class Findings(Protocol):
    """What was found out."""

    def as_json(self) -> dict[str, object]:
        """Return the findings by name."""
        ...


@runtime_checkable
class ProbedSource(Protocol):
    """A source that can be asked what it does."""

    @property
    def found(self) -> Findings | None:
        """What it was found to do the last time it was read or asked; ``None`` before."""
        ...

    def probe(self, school: School) -> Findings:
        """Ask the source what it does, and change nothing.

        Raises:
            PlatformError: it does not answer, or does not show us the school.
        """
        ...


class ProbeRepository(Protocol):
    """The last probe of every source of one school."""

    def all(self) -> Sequence[StoredProbe]:
        """Return the last probe of every source, by name."""
        ...

    def keep(self, probe: StoredProbe) -> None:
        """Keep a probe over the one before."""
        ...
