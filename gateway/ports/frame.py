"""What every flow needs: the audit chain, the log of step runs, the way into the outbox, the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol, TypeVar

from gateway.model.audit import AuditRecord
from gateway.model.steps import Step, StepOutcome, StepRun
from outbox import NewMessage

Clock = Callable[[], datetime]
"""Returns the present moment, aware, in UTC."""

NewId = Callable[[], str]
"""Returns an id that was never given before."""

Progress = Callable[[str, int], None]
"""Told what is being worked on, and how many of it are done or have come since it was told last."""


def quietly(_what: str, _number: int) -> None:
    """Tell nobody how far the work has come."""


class AuditLog(Protocol):
    """The school's audit chain."""

    def append(self, records: Iterable[AuditRecord]) -> None:
        """Seal the records onto the chain, in the unit's transaction."""
        ...


class StepLog(Protocol):
    """Runs of the six steps."""

    def add(self, run: StepRun) -> None:
        """Keep a finished run; a run with the same id replaces the earlier one."""
        ...

    def last(self, step: Step) -> StepRun | None:
        """Return the newest run of a step."""
        ...

    def recent(
        self, *, step: Step | None = None, outcome: StepOutcome | None = None, limit: int = 50
    ) -> Sequence[StepRun]:
        """Return the newest runs, newest first: of one step, with one outcome, or all."""
        ...


class Outbound(Protocol):
    """The way into the outbox, inside the unit's transaction."""

    def enqueue(self, *messages: NewMessage) -> list[str]:
        """Put messages into the outbox; an idempotency key that is already there adds nothing. Return the ids."""
        ...


class Unit(Protocol):
    """What every unit has; the units of the capabilities have repositories besides."""

    @property
    def audit(self) -> AuditLog:
        """The school's audit chain."""
        ...

    @property
    def steps(self) -> StepLog:
        """The log of step runs."""
        ...

    @property
    def outbound(self) -> Outbound:
        """The way into the outbox."""
        ...


U_co = TypeVar("U_co", bound=Unit, covariant=True)


R_co = TypeVar("R_co", covariant=True)


class ReadingUnits(Protocol[R_co]):
    """Opens a transaction that only reads: all of it sees one state, it waits for nobody and nobody waits for it."""

    def __call__(self) -> AbstractContextManager[R_co]:
        """Open what can be read."""
        ...


class Units(Protocol[U_co]):
    """Opens a transaction over one school's rows."""

    def __call__(self) -> AbstractContextManager[U_co]:
        """Open a unit; leaving the context commits, an exception rolls back."""
        ...
