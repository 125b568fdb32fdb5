"""How far a person reads the journal: which kinds, of the whole school or of the own class (R-ROLE-15, R-SEC-10)."""

from __future__ import annotations

from datetime import date
from typing import Any

from gateway.model.access import ConsoleUser
from gateway.model.journal_records import RecordKind
from gateway.model.permissions import Reach
from gateway.model.policy import Policy, policy_of
from gateway.model.pupil_data import pupils_of
from gateway.ports.console import ConsoleUnit
from gateway.ports.record_browser import OwnClass
from gateway.web.console.refusals import not_allowed
from gateway.web.console.rights import record_reach

_MOST_POLICIES = 1000


class RecordAccess:
    """How far the person reads which kinds, by the school's own settings."""

    def __init__(self, person: ConsoleUser, unit: ConsoleUnit, day: date) -> None:
        self._role = person.role
        self._policy = _policy(unit)
        self.own = unit.record_browser.own_class(person.staff, day) if person.staff else OwnClass()

    def kinds(self, reach: Reach) -> list[RecordKind]:
        """Return the kinds that are read just so far."""
        return [kind for kind in RecordKind if record_reach(self._role, kind, self._policy) is reach]

    def reads(self, kind: RecordKind) -> bool:
        """Tell whether the person reads records of a kind, be it of the own class only."""
        return record_reach(self._role, kind, self._policy) is not None

    def reads_all(self, kind: RecordKind) -> bool:
        """Tell whether the person reads records of a kind of the whole school."""
        return record_reach(self._role, kind, self._policy) is Reach.WHOLE_SCHOOL

    def of(self, kind: RecordKind) -> OwnClass | None:
        """Return to what the person's reading of a kind is bounded, ``None`` for the whole school.

        Raises:
            RequestRefused: ``console.not_allowed``: the person reads nothing of it.
        """
        reach = record_reach(self._role, kind, self._policy)
        if reach is None:
            raise not_allowed()
        return self.own if reach is Reach.OWN_CLASS else None


def _policy(unit: ConsoleUnit) -> Policy:
    stored = unit.records.page(RecordKind.POLICIES, after=None, limit=_MOST_POLICIES, where={})
    return policy_of(one.record for one in stored)


def is_own(record: Any, own: OwnClass) -> bool:
    """Tell whether a record is about a class or a pupil of it."""
    return (
        any(pupil in own.pupils for pupil in pupils_of(record)) or getattr(record, "school_class", None) in own.classes
    )
