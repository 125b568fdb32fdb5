"""Finding out what a roster source really does."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from gateway.model.school import School


class Findings(Protocol):
    """What was found out."""

    def as_json(self) -> dict[str, object]:
        """Return the findings by name."""
        ...


@runtime_checkable
class ProbedSource(Protocol):
    """A source that can be asked what it does."""

    def probe(self, school: School) -> Findings:
        """Ask the source what it does, and change nothing.

        Raises:
            PlatformError: it does not answer, or does not show us the school.
        """
        ...
