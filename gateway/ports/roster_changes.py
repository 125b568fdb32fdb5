"""A roster source that can tell what has changed, so that it need not be read whole every day."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from gateway.model.roster import RosterSnapshot
from gateway.model.school import School


@runtime_checkable
class ChangesSource(Protocol):
    """A source that tells what is new or changed since a mark that it gave itself."""

    def changes(self, school: School, since: str) -> RosterSnapshot:
        """Return what has changed, as a partial snapshot: nobody is missed for it, whatever it holds.

        Records that others in it name are in it too, changed or not. Who is gone is only counted (``gone``).

        Args:
            school: whose roster it is.
            since: ``until`` of an earlier snapshot of this source, whole or of changes. What it means is the source's
                own affair: a cursor, or a moment by its clock.

        Raises:
            PermanentError: the source cannot tell changes, or not since then: it has to be read whole.
            TransientError: no answer.
            ContractChanged: the answer is not what the contract promises.
        """
        ...
