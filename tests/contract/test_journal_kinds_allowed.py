"""A batch is no way around the scopes of single records: health data, corrections and incidents ask for their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.errors import DocumentError, Party
from gateway.journal import reading as reading_module
from gateway.journal.answer import BatchAnswer
from gateway.mapping.journal_json import tree_from
from gateway.model.access import Scope
from gateway.model.attendance import HealthSheet, MedicalCertificate
from gateway.model.batch import Batch
from gateway.model.duties import Appointment, Duty
from gateway.model.ids import CorrectionId, MedicalCertificateId, OutageId, RecordId
from gateway.model.journal_records import RecordKind, records_of
from gateway.model.oversight import AccessIncident, Correction, Decision, Outage
from gateway.model.permissions import scope_to_write
from gateway.model.record_shape import KIND_NAMED
from gateway.model.school import PolicySetting
from gateway.storage.journal_rows import TABLES
from gateway.storage.tables.audit import audit_entry
from gateway.storage.tables.journal import journal_batch
from tests.diary_world import NOW as SITE_NOW
from tests.diary_world import OWN
from tests.journal_world import (
    ANNA,
    DAY,
    NOW,
    OTHER_TEACHER,
    TEACHER,
    JournalWorld,
    as_json,
    as_xml,
    batch,
    lesson,
    mark,
    open_world,
    sender,
    setup_batch,
)
from tests.web_world import Site, batch_of

SECRET = "хронический бронхит"
CORRECTION = Correction(
    id=CorrectionId("K-1"),
    record_kind="marks",
    record="M-1",
    reason="ошибка",
    requested_by=TEACHER,
    requested_at=NOW - timedelta(hours=2),
    decision=Decision.APPROVED,
    decided_by=OTHER_TEACHER,
    decided_at=NOW - timedelta(hours=1),
)
SHEET = HealthSheet(id=RecordId("H-1"), pupil=ANNA, filled_on=DAY, content=SECRET)
CERTIFICATE = MedicalCertificate(
    id=MedicalCertificateId("MC-1"), pupil=ANNA, valid_from=DAY, valid_to=DAY, notes=SECRET
)
INCIDENT = AccessIncident(id=RecordId("I-1"), account="S-1", learned_at=NOW, reported_at=NOW)
OUTAGE = Outage(id=OutageId("O-1"), started_at=NOW - timedelta(hours=1), reason="сеть")
APPOINTMENT = Appointment(
    id=RecordId("A-1"), staff=TEACHER, duty=Duty.DIRECTOR, document="Приказ 1", ordered_at=NOW, valid_from=DAY
)
POLICY = PolicySetting(id=RecordId("lock_level"), value="full", decided_on=DAY, document="Приказ 2")
GUARDED = batch(
    health_sheets=(SHEET,),
    medical_certificates=(CERTIFICATE,),
    corrections=(CORRECTION,),
    incidents=(INCIDENT,),
    outages=(OUTAGE,),
    appointments=(APPOINTMENT,),
    policies=(POLICY,),
)
RULES = {
    ("healthSheet", "H-1"): "R-SEC-10",
    ("medicalCertificate", "MC-1"): "R-SEC-10",
    ("correction", "K-1"): "R-AUD-03",
    ("incident", "I-1"): "R-SEC-05",
    ("outage", "O-1"): "R-ROLE-26",
    ("appointment", "A-1"): "R-ROLE-26",
    ("policy", "lock_level"): "R-ROLE-26",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[JournalWorld]:
    opened = open_world(tmp_path / "gateway.db")
    opened.now = NOW - timedelta(hours=3)
    post(opened, setup_batch(), *Scope)
    opened.now = NOW
    yield opened
    opened.close()


def post(world: JournalWorld, posted: Batch, *scopes: Scope, as_xml_form: bool = False) -> BatchAnswer:
    content, media_type = (as_xml(posted), "application/xml") if as_xml_form else (as_json(posted), "application/json")
    return world.intake.accept(content, media_type, f"key-{world.now}", sender(world.school, "client", *scopes))


def codes(answer: BatchAnswer) -> set[tuple[str, str]]:
    return {(one.record, fault.code) for one in answer.rejected for fault in one.faults}


@pytest.mark.parametrize("as_xml_form", [False, True], ids=["json", "xml"])
def test_without_their_scopes_these_kinds_are_turned_away_and_the_rest_goes_through(
    world: JournalWorld, *, as_xml_form: bool
) -> None:
    posted = replace(GUARDED, lessons=(lesson(),), marks=(mark(),))
    answer = post(world, posted, Scope.JOURNAL_WRITE, as_xml_form=as_xml_form)
    assert (answer.accepted["lessons"], answer.accepted["marks"]) == (1, 1)
    told = {(one.kind, one.record): fault for one in answer.rejected for fault in one.faults}
    assert {key: fault.rule for key, fault in told.items()} == RULES
    assert {(fault.code, fault.who) for fault in told.values()} == {("journal.kind_not_allowed", Party.COORDINATOR)}
    assert all(fault.path and fault.line for fault in told.values())
    assert [one.raw for one in answer.rejected] == [""] * len(RULES)
    with world.engine.connect() as connection:
        for kind in RecordKind:
            if scope_to_write(kind) is not Scope.JOURNAL_WRITE:
                assert connection.execute(TABLES[kind].table.select()).all() == []
        kept = repr([connection.execute(table.select()).all() for table in (journal_batch, audit_entry)])
    assert SECRET not in kept


@pytest.mark.parametrize("scope", [Scope.HEALTH_WRITE, Scope.JOURNAL_CORRECT, Scope.INCIDENTS_WRITE, Scope.RULES_WRITE])
def test_each_scope_opens_its_own_kinds_and_no_other(world: JournalWorld, scope: Scope) -> None:
    unsealed = replace(GUARDED, health_sheets=(), medical_certificates=(replace(CERTIFICATE, notes=""),))
    answer = post(world, unsealed, Scope.JOURNAL_WRITE, scope)
    refused = {record for record, code in codes(answer) if code == "journal.kind_not_allowed"}
    own = {name for (kind, name) in RULES if scope_to_write(KIND_NAMED[kind]) is scope}
    assert own
    assert refused == {"MC-1", "K-1", "I-1", "O-1", "A-1", "lock_level"} - own


def test_what_hangs_on_a_record_turned_away_falls_with_it(world: JournalWorld) -> None:
    posted = batch(corrections=(CORRECTION,), lessons=(lesson(),), marks=(mark(correction=CorrectionId("K-1")),))
    answer = post(world, posted, Scope.JOURNAL_WRITE)
    assert codes(answer) == {("K-1", "journal.kind_not_allowed"), ("M-1", "journal.depends_on_rejected")}
    assert answer.accepted["marks"] == 0


def test_nothing_else_is_told_of_a_record_turned_away(world: JournalWorld) -> None:
    tree = tree_from(batch(health_sheets=(SHEET,)))
    tree["healthSheets"] = [{"id": "H-1", "content": 5}, {"content": SECRET}, SECRET]
    content = json.dumps(tree).encode()
    answer = world.intake.accept(content, "application/json", "key", sender(world.school, "c", Scope.JOURNAL_WRITE))
    assert {code for _, code in codes(answer)} == {"journal.kind_not_allowed"}
    assert [one.record for one in answer.rejected] == ["H-1", "#2", "#3"]
    assert answer.is_refused


def test_too_many_of_them_are_refused_as_a_whole(world: JournalWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module, "MAX_REJECTED", 2)
    sheets = tuple(replace(SHEET, id=RecordId(f"H-{number}")) for number in range(3))
    with pytest.raises(DocumentError) as caught:
        post(world, batch(lessons=(lesson(),), health_sheets=sheets), Scope.JOURNAL_WRITE)
    assert caught.value.code == "journal.too_many_rejected"
    assert {fault.code for fault in caught.value.faults} == {"journal.kind_not_allowed"}
    assert world.counts()["lesson"] == 0


def test_the_scopes_are_those_of_the_token(tmp_path: Path) -> None:
    correction = replace(CORRECTION, requested_at=SITE_NOW - timedelta(hours=1), decided_at=SITE_NOW)
    sheet = replace(SHEET, pupil=OWN)
    posted = replace(batch_of(4), corrections=(correction,), health_sheets=(sheet,), incidents=(INCIDENT,))
    site = Site(tmp_path)
    try:
        headers = {**site.token(Scope.JOURNAL_WRITE), "Idempotency-Key": "key"}
        answer = site.http.post("/api/v1/journal/batches", json=tree_from(posted), headers=headers)
        told = {one["record"]: one["faults"] for one in answer.json()["rejected"]}
        assert answer.json()["accepted"]["marks"] == 1
        assert {name: [fault["code"] for fault in faults] for name, faults in told.items()} == {
            name: ["journal.kind_not_allowed"] for name in ("K-1", "H-1", "I-1")
        }
        assert all(fault["clause"]["ru"] and fault["value"] is None for [fault] in told.values())

        headers = {**site.token(Scope.JOURNAL_WRITE, Scope.JOURNAL_CORRECT), "Idempotency-Key": "key-2"}
        answer = site.http.post("/api/v1/journal/batches", json=tree_from(posted), headers=headers)
        refused = {
            one["record"]
            for one in answer.json()["rejected"]
            if any(fault["code"] == "journal.kind_not_allowed" for fault in one["faults"])
        }
        assert refused == {"H-1", "I-1"}
    finally:
        site.close()


def test_the_kinds_that_ask_for_more_are_these() -> None:
    guarded = {kind for kind in RecordKind if records_of(GUARDED, kind)}
    assert {kind for kind in RecordKind if scope_to_write(kind) is not Scope.JOURNAL_WRITE} == guarded
