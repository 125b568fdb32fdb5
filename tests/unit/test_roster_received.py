"""A record as received, as mapped, as stored."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from gateway.errors import GatewayError, Rejected
from gateway.model.people import PersonName, Pupil
from gateway.model.roster import Received, RecordKind, RosterSnapshot, snapshot_rows
from gateway.model.roster_change import Action, Change, RowChange
from gateway.model.roster_received import ReadRecords, kept_records
from gateway.roster.quarantine import RosterQuarantine, keep_what_came
from gateway.storage.roster_quarantine import SqlQuarantine
from gateway.storage.roster_received import SqlReceived
from gateway.storage.sealing import NO_KEY, sealer_of
from gateway.storage.tables.roster_links import roster_link
from gateway.storage.tables.roster_runs import roster_received
from tests.roster_world import (
    NOON,
    SCHOOL,
    Database,
    class_of,
    database,
    guardian,
    link,
    place,
    pupil,
    pupil_of,
    roster,
)

KEY = base64.b64encode(b"a made-up key of thirty-two byte").decode()
RAW = "<Pupil><family>Тестова</family></Pupil>"
CAME = (
    Received(kind=RecordKind.PUPIL, source_id="P-1", raw=RAW),
    Received(kind=RecordKind.ENROLLMENT, source_id="P-1/C-1/2026-09-01", raw="<Enrollment/>"),
    Received(kind=RecordKind.GUARDIANSHIP, source_id="G-1/P-1", raw="<Guardianship/>"),
)
SAID = replace(roster(2).snapshot(), received=CAME)


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Database]:
    with database(tmp_path) as base:
        with base.unit() as unit:
            unit.roster.write(_creations(SAID))
        with base.engine.begin() as connection:
            for kind, ours, theirs in (
                ("pupil", pupil_of(1), "P-1"),
                ("class", class_of(1), "C-1"),
                ("guardian", guardian(1).id, "G-1"),
            ):
                connection.execute(insert(roster_link).values(
                    school_id=SCHOOL.id, source="registry", kind=kind, source_id=theirs, record_id=ours, confidence=100,
                    rule="created", linked_at=NOON, state="active",
                ))  # fmt: skip
        yield base


def _creations(snapshot: RosterSnapshot) -> list[Change]:
    return [
        Change(action=Action.CREATE, rows=(RowChange(kind=kind, key=key, old=None, new=fields),))
        for kind, rows in snapshot_rows(snapshot).items()
        for key, fields in rows.items()
    ]


def test_a_record_is_kept_with_the_fields_it_was_read_as() -> None:
    person, seat, guards = kept_records(SAID)
    assert person.mapped is not None
    assert (person.raw, person.mapped["family"]) == (RAW, "Тестова")
    assert seat.mapped is not None
    assert seat.mapped["valid_from"] == place(1, 1).valid_from.isoformat()
    assert guards.mapped is not None
    assert guards.mapped["relation"] == link(1, 1).relation.value
    assert "Тестова" not in repr(person)


def test_what_differs_from_the_source_is_marked(base: Database) -> None:
    with base.unit() as unit:
        keep_what_came(unit, replace(SAID, pupils=(renamed(), *SAID.pupils[1:])), at=NOON)
    view = RosterQuarantine(units=base.units).view(RecordKind.PUPIL, (pupil_of(1),))
    assert [one.raw for one in view.received] == [RAW]
    assert {one.name for one in view.fields() if one.differs} == {"family"}
    family = next(one for one in view.fields() if one.name == "family")
    assert (family.mapped, family.stored) == ({"registry": "Новая"}, "Тестова")
    assert "Тестова" not in repr(view)


@pytest.mark.parametrize(
    ("kind", "key", "raw"),
    [
        (RecordKind.ENROLLMENT, (pupil_of(1), class_of(1), "2026-09-01"), "<Enrollment/>"),
        (RecordKind.GUARDIANSHIP, (guardian(1).id, pupil_of(1)), "<Guardianship/>"),
    ],
)
def test_relations_are_found_by_their_ends(base: Database, kind: RecordKind, key: tuple[str, ...], raw: str) -> None:
    with base.unit() as unit:
        keep_what_came(unit, SAID, at=NOON)
    view = RosterQuarantine(units=base.units).view(kind, key)
    assert [one.raw for one in view.received] == [raw]
    assert not any(one.differs for one in view.fields())


def test_an_unchanged_record_is_not_written_again_and_is_sealed(base: Database) -> None:
    with base.unit() as unit:
        assert unit.received.put("registry", kept_records(SAID), at=NOON) == 3
        assert unit.received.put("registry", kept_records(SAID), at=NOON + timedelta(days=1)) == 0
        changed = replace(SAID, received=(replace(CAME[0], raw="<Pupil/>"), *CAME[1:]))
        assert unit.received.put("registry", kept_records(changed), at=NOON + timedelta(days=1)) == 1
    with base.engine.connect() as connection:
        rows = connection.execute(select(roster_received)).mappings().all()
    assert len(rows) == 3
    assert all(row["content"].startswith("sealed:1:") for row in rows)


def test_nobody_asks_what_an_unchanged_record_was_read_as(base: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with base.unit() as unit:
        unit.received.put("registry", kept_records(SAID), at=NOON)
        monkeypatch.setattr(ReadRecords, "fields", lambda *_asked: pytest.fail("it was asked"))
        assert unit.received.put("registry", kept_records(SAID), at=NOON + timedelta(days=1)) == 0


def test_a_new_key_seals_anew_what_came_and_what_was_turned_away(base: Database) -> None:
    bad = Rejected(record="P-9", kind="pupil", faults=(), raw=RAW)
    with base.unit() as unit:
        keep_what_came(unit, replace(SAID, rejected=(bad,)), at=NOON)
    new = base64.b64encode(b"another made-up key of 32 bytes!").decode()
    both = sealer_of(f"{new} {KEY}")
    with base.engine.begin() as connection:
        assert SqlReceived(connection, SCHOOL.id, both).reseal() == 3
        assert SqlReceived(connection, SCHOOL.id, both).reseal() == 0
        assert SqlQuarantine(connection, SCHOOL.id, both).reseal() == 1
        assert SqlQuarantine(connection, SCHOOL.id, both).reseal() == 0
    with base.engine.begin() as connection:
        only = sealer_of(new)
        (came,) = SqlReceived(connection, SCHOOL.id, only).of(RecordKind.PUPIL, (pupil_of(1),), {})
        (one,) = SqlQuarantine(connection, SCHOOL.id, only).all()
        found = SqlQuarantine(connection, SCHOOL.id, only).get(one.id)
    assert found is not None
    assert (came.raw, found.raw) == (RAW, RAW)


def test_without_a_key_nothing_is_kept(base: Database) -> None:
    with base.engine.begin() as connection:
        assert SqlReceived(connection, SCHOOL.id, NO_KEY).put("registry", kept_records(SAID), at=NOON) == 0
        assert connection.execute(select(roster_received)).first() is None


def test_a_record_of_the_schools_own_has_only_what_is_stored(base: Database) -> None:
    view = RosterQuarantine(units=base.units).view(RecordKind.PUPIL, (pupil_of(2),))
    assert view.received == ()
    assert not any(one.differs for one in view.fields())


def test_an_unknown_record_is_told(base: Database) -> None:
    with pytest.raises(GatewayError) as refused:
        RosterQuarantine(units=base.units).view(RecordKind.PUPIL, ("nobody",))
    assert refused.value.code == "roster.record_unknown"


def renamed() -> Pupil:
    return replace(pupil(1), name=PersonName(family="Новая", given="Проба", patronymic="Примеровна"))
