"""A load is written in portions: rows, audit chain and records as they came are the same as in one go."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.model.audit import AuditRecord, first_fault
from gateway.model.roster import RecordKind, snapshot_counts, snapshot_rows
from gateway.model.roster_change import Action, Change, RowChange
from gateway.storage import audit as audit_storage
from gateway.storage import roster as roster_storage
from tests.roster_world import NOON, database, roster

SAID = roster(7).snapshot()


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_storage, "_PORTION", 3)
    monkeypatch.setattr(roster_storage, "_PORTION", 3)


def test_every_row_of_every_portion_is_written(tmp_path: Path) -> None:
    rows = snapshot_rows(SAID)
    created = [
        Change(action=Action.CREATE, rows=(RowChange(kind=kind, key=key, old=None, new=fields),))
        for kind in RecordKind
        for key, fields in rows[kind].items()
    ]
    with database(tmp_path) as base, base.unit() as unit:
        unit.roster.write(created)
        assert unit.roster.state().rows == rows
    assert snapshot_counts(SAID) == {kind: len(rows[kind]) for kind in RecordKind}


@pytest.mark.parametrize("number", [0, 1, 3, 7])
def test_the_chain_goes_on_from_portion_to_portion(tmp_path: Path, number: int) -> None:
    records = [
        AuditRecord(
            at=NOON,
            actor="a",
            role="system",
            channel="roster",
            action="create",
            object_kind="pupil",
            object_id=str(one),
        )
        for one in range(number)
    ]
    with database(tmp_path) as base, base.unit() as unit:
        before, _ = unit.audit.head()
        unit.audit.append(iter(records))
        entries, head = list(unit.audit.entries()), unit.audit.head()
    assert head[0] == before + number
    assert [entry.record.object_id for entry in entries[before:]] == [str(one) for one in range(number)]
    assert first_fault(entries, head=head) is None
