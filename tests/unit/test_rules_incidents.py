"""What a journal system may tell of a breach of access: each moment once, and never from when on it is void."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.model.ids import RecordId
from gateway.model.oversight import AccessIncident
from tests import rules_world as world
from tests.rules_world import NOW, broken

LEARNED, TOLD = NOW - timedelta(hours=5), NOW - timedelta(hours=4)
INCIDENT = AccessIncident(
    id=RecordId("i"),
    account="teacher",
    learned_at=LEARNED,
    reported_at=TOLD,
    director_notified_at=TOLD,
    support_notified_at=TOLD,
)
LATER = NOW - timedelta(hours=1)


def _faults(changed: AccessIncident, *held: Any) -> set[tuple[str, str | None, str | None]]:
    found = broken(world.opened().hold(*held).post(world.batch_of(changed), now=NOW).faults)
    return found.get(("incidents", 0), set())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reported_at": TOLD - timedelta(minutes=30)}, "reportedAt"),
        ({"director_notified_at": LATER}, "directorNotifiedAt"),
        ({"director_notified_at": None}, "directorNotifiedAt"),
        ({"support_notified_at": None}, "supportNotifiedAt"),
    ],
)
def test_a_moment_neither_changes_nor_vanishes(change: dict[str, Any], field: str) -> None:
    assert _faults(replace(INCIDENT, **change), INCIDENT) == {("journal.incident_moment", field, "R-SEC-05")}


def test_new_credentials_are_told_once() -> None:
    reissued = replace(INCIDENT, credentials_reissued_at=LATER)
    assert _faults(reissued, INCIDENT) == set()
    assert _faults(INCIDENT, reissued) == {("journal.incident_moment", "credentialsReissuedAt", "R-SEC-05")}


def test_only_the_director_decides_from_when_on_operations_are_void() -> None:
    scope = {("journal.incident_scope", "voidFrom", "R-SEC-05")}
    decided = replace(INCIDENT, void_from=LEARNED)
    assert _faults(decided) == _faults(decided, INCIDENT) == _faults(INCIDENT, decided) == scope
    assert _faults(replace(decided, void_from=LATER), decided) == scope
    assert _faults(replace(decided, administrator_notified_at=LATER), decided) == set()
