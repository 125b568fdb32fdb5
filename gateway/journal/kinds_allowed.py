"""Which kinds of record a sender may bring: a batch is no way around the scopes that single records ask for."""

from __future__ import annotations

from collections.abc import Collection

from gateway.errors import Fault, Party, Text
from gateway.model.access import Scope
from gateway.model.journal_records import RecordKind
from gateway.model.permissions import scope_to_write

_RULES = {
    Scope.HEALTH_WRITE: "R-SEC-10",
    Scope.JOURNAL_CORRECT: "R-AUD-03",
    Scope.INCIDENTS_WRITE: "R-SEC-05",
    Scope.RULES_WRITE: "R-ROLE-26",
}
_ANY_OTHER = "R-SEC-01"


def forbidden_kinds(scopes: Collection[Scope]) -> dict[RecordKind, Fault]:
    """Return the kinds that these scopes do not let write, each with the fault of its records (R-SEC-01, R-SEC-10)."""
    return {kind: _fault(scope) for kind in RecordKind if (scope := scope_to_write(kind)) not in scopes}


def _fault(scope: Scope) -> Fault:
    return Fault(
        code="journal.kind_not_allowed",
        text=Text(
            ru=f"Записи этого вида этот отправитель передавать не может: нужно право «{scope}».",
            en=f"This sender may not bring records of this kind: '{scope}' is needed.",
        ),
        rule=_RULES.get(scope, _ANY_OTHER),
        who=Party.COORDINATOR,
    )
