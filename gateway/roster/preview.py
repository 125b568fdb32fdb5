"""What a sync would do, looked at before it is done: nothing is kept, and the sync that follows does just this."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

from gateway.errors import Party, RuleViolation, Text
from gateway.model.roster_plan import RosterPlan
from gateway.ports.frame import Unit, Units
from gateway.roster.author import Author

U = TypeVar("U", bound=Unit)


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """What a sync would do at this moment.

    Attributes:
        whole: the plan, with what is rejected, doubted, remarked and missing.
        flowing: the part that needs nobody's decision.
        waiting: the parts that would wait for a person.
        complete: the source is believed to be whole, so that who is not in it may leave.
        questions: records of the source of which a person would have to say who they are.
    """

    whole: RosterPlan = field(repr=False)
    flowing: RosterPlan = field(repr=False)
    waiting: tuple[RosterPlan, ...] = field(repr=False)
    complete: bool
    questions: int = 0

    @property
    def digest(self) -> str:
        """By which a sync makes sure that it does what was shown."""
        return self.whole.digest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirmed:
    """A person's word that a preview is to be carried out: by its digest, and who says so."""

    digest: str
    author: Author

    def check(self, plan: RosterPlan) -> None:
        """Make sure that a plan is the one that was shown.

        Raises:
            RuleViolation: ``roster.preview_outdated``.
        """
        if plan.digest() != self.digest:
            raise RuleViolation(
                "roster.preview_outdated",
                Text(
                    ru="Состав школы изменился с тех пор, как вы смотрели. Ничего не сделано: посмотрите ещё раз и "
                    "подтвердите.",
                    en="The school's roster has changed since you looked. Nothing was done: look again and confirm.",
                ),
                who=Party.COORDINATOR,
                rule="R-ROST-01",
            )


@contextmanager
def nothing_kept(units: Units[U]) -> Iterator[U]:
    """Open a unit of work that is rolled back at its end, whatever was written in it."""
    with suppress(_RolledBackError), units() as unit:
        yield unit
        raise _RolledBackError


class _RolledBackError(Exception):
    """Ends a unit of work without keeping it; it never leaves `nothing_kept`."""
