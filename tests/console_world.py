"""A console with something to see on every page: plans, batches, a comparison, packages, an archive file, messages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode

from flask.testing import FlaskClient
from sqlalchemy import insert
from werkzeug.test import TestResponse

import outbox
from gateway.archive.builder import ArchiveBuilder
from gateway.archive.renderer import TypstRenderer
from gateway.archive.verification import ArchiveTrust
from gateway.errors import Fault, Party, Rejected, Text
from gateway.model.access import ConsoleUser, Role
from gateway.model.comparison import ComparedWeek, Comparison
from gateway.model.difference import Difference, DifferenceKind
from gateway.model.export_package import ExportPackage, Receipt, ReceiptStatus, RejectedRecord
from gateway.model.ids import ClassId, PeriodId, PupilId, SchoolId
from gateway.model.people import PersonName, Pupil, Sex
from gateway.model.roster import RecordKind, RosterSnapshot
from gateway.model.roster_link import Link
from gateway.model.roster_quarantine import quarantine_id
from gateway.model.roster_source import Thresholds
from gateway.model.school import School
from gateway.roster.sync import RosterSync
from gateway.signing.authority import create_test_authority
from gateway.signing.keys import fingerprint
from gateway.signing.signer import IdentitySigner
from gateway.storage.tables.access import console_user
from gateway.storage.tables.school import period
from outbox import NewMessage, Policy, Refused, Settlement
from tests.diary_world import FOREIGN, MONDAY, NOW, OWN, SCHOOL, World
from tests.journal_world import sender
from tests.roster_world import removing
from tests.web_world import Site, as_json, batch_of

PASSWORD = "a password of one's own"
HOSTILE = "<script>alert('x')</script>"
"""A text that must reach a page as text."""

FORMULA = "=HYPERLINK(0)"
"""A text that must not reach a spreadsheet as a formula."""

QUARTER, CLASS = PeriodId("2026-q1"), ClassId("c-5a")
_FORM_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
_STRICT = Thresholds(percent=0, records=0)


@dataclass(frozen=True)
class Seeded:
    """Ids of what is there to be seen."""

    applied_plan: str
    held_plan: str
    sync: str
    comparison: str
    accepted: str
    refused: str
    archived: str
    dead: str
    waiting: str
    batch: str

    def pages(self) -> Mapping[str, str]:
        """Return every page that opens with GET, by name."""
        return {
            "overview": "/console",
            "runs": "/console/runs",
            "queue": "/console/queue",
            "message": f"/console/queue/{self.dead}",
            "plans": "/console/roster",
            "applied plan": f"/console/roster/{self.applied_plan}",
            "held plan": f"/console/roster/{self.held_plan}",
            "roster syncs": "/console/roster-runs",
            "roster sync": f"/console/roster-runs/{self.sync}",
            "roster today": "/console/roster-today",
            "roster yesterday": "/console/roster-today?day=2026-10-13",
            "missing": "/console/roster-missing",
            "locks": "/console/roster-locks",
            "quarantine": "/console/quarantine",
            "quarantined record": f"/console/quarantine/{quarantine_id(SCHOOL, 'registry', 'pupil', 'P-7')}",
            "roster record": f"/console/roster-records/pupil/{OWN}",
            "upload of lists": "/console/roster-upload",
            "merges": "/console/people-merges",
            "one person in two roles": "/console/same-person",
            "new merge": f"/console/people-merges/new?kind=pupil&q={OWN}&one={OWN}&other={FOREIGN}",
            "movement report": "/console/movement-book",
            "batches": "/console/batches",
            "batch": self.batch,
            "comparisons": "/console/comparisons",
            "comparison": f"/console/comparisons/{self.comparison}",
            "exports": "/console/exports",
            "accepted package": f"/console/exports/{self.accepted}",
            "refused package": f"/console/exports/{self.refused}",
            "archive": "/console/archive",
            "archive file": f"/console/archive/{self.archived}",
            "verified file": f"/console/archive/{self.archived}?verify=1",
            "password": "/console/password",
            "journal": "/console/journal",
            "records": "/console/journal/marks",
            "record": "/console/journal/marks/new-0",
            "audit": "/console/audit",
            "audit entry": "/console/audit/1",
            "looks": "/console/looks",
            "people": "/console/people",
            "person": "/console/person?login=coordinator",
            "new person": "/console/new-person",
            "programs": "/console/programs",
            "new program": "/console/new-program",
        }


class Browser:
    """Flask's test client with the manners of a browser: it sends each form's token back."""

    def __init__(self, client: FlaskClient, language: str = "ru") -> None:
        self.client = client
        self.language = language

    def get(self, address: str) -> TestResponse:
        return self.client.get(address, headers={"Accept-Language": self.language})

    def post(self, address: str, *, form_on: str, **fields: str) -> TestResponse:
        """Fill in the form on the page ``form_on`` and send it."""
        token = _FORM_TOKEN.search(self.get(form_on).text)
        assert token is not None, f"no form on {form_on}"
        return self.client.post(
            address, data={"form_token": token[1], **fields}, headers={"Accept-Language": self.language}
        )

    def sign_in(self, login: str, password: str = PASSWORD, *, then: str = "") -> TestResponse:
        address = "/console/sign-in" + (f"?{urlencode({'next': then})}" if then else "")
        return self.post(address, form_on="/console/sign-in", login=login, password=password)


def add_person(world: World, login: str, role: Role, *, of: SchoolId = SCHOOL) -> str:
    """Add somebody whose password is their own already; return the login."""
    user = ConsoleUser(
        school=of,
        login=login,
        role=role,
        password_hash=world.users().passwords.hash(PASSWORD),
        must_change=False,
        created_at=NOW,
    )
    with world.units(of)() as unit:
        assert unit.access.add_user(user)
    return login


def seed(site: Site, *, keys: Path | None = None) -> Seeded:
    """Fill the school with something for every page; an archive file is made only with a place for its keys."""
    applied, held, sync = _plans(site)
    accepted, refused = _packages(site)
    dead, waiting = _messages(site)
    return Seeded(
        applied_plan=applied,
        held_plan=held,
        sync=sync,
        comparison=_comparison(site),
        accepted=accepted,
        refused=refused,
        archived=_archived(site, keys) if keys else "",
        dead=dead,
        waiting=waiting,
        batch=_batch(site),
    )


@dataclass(frozen=True)
class _Told:
    """A registry that says what it is told to."""

    says: RosterSnapshot

    def snapshot(self, school: School) -> RosterSnapshot:
        assert school.id == self.says.school
        return self.says


def _plans(site: Site) -> tuple[str, str, str]:
    """Sync against a registry that knows one pupil anew, one under a hostile name, and none of the others."""
    world = site.world
    known = Pupil(
        id=OWN,
        source_id="OWN",
        name=PersonName(family=HOSTILE, given="Имярек"),
        birth_date=date(2015, 5, 5),
        sex=Sex.FEMALE,
        snils=None,
    )
    arrived = replace(known, id=PupilId("new"), source_id="P-9", name=PersonName(family="Новикова", given=FORMULA))
    fault = Fault(
        code="roster.birth_date",
        text=Text(ru="Дата рождения не читается.", en="The date of birth cannot be read."),
        path="/pupils/3/birthDate",
        line=17,
        record="P-7",
        field="birthDate",
        rule="R-ROST-01",
        who=Party.COORDINATOR,
    )
    rejected = Rejected(record="P-7", kind="pupil", faults=(fault,), raw=f"<pupil>{HOSTILE}</pupil>")
    snapshot = RosterSnapshot(source="registry", school=SCHOOL, pupils=(known, arrived), rejected=(rejected,))
    _link_everybody(world)
    sync = RosterSync(
        units=world.units(SCHOOL),
        source=_Told(snapshot),
        clock=world.clock,
        new_id=world.new_id,
        rules=removing(_STRICT),
    )
    result = sync.run()
    assert result.plan is not None
    assert result.held_plan is not None
    with world.units(SCHOOL)() as unit:
        (run,) = unit.roster_runs.newest()
    return result.plan, result.held_plan, run.id


def _link_everybody(world: World) -> None:
    """Let the registry be the source of all who are there."""
    with world.units(SCHOOL)() as unit:
        held = unit.roster.state()
        unit.roster_links.put(
            Link(
                source="registry",
                kind=kind,
                source_id=str(fields["source_id"]),
                id=key[0],
                confidence=100,
                rule="created",
                linked_at=NOW,
            )
            for kind in (RecordKind.STAFF, RecordKind.CLASS, RecordKind.PUPIL, RecordKind.GUARDIAN)
            for key, fields in held.of(kind).items()
        )


def _comparison(site: Site) -> str:
    here, there = DifferenceKind.MARK_DIFFERS, DifferenceKind.PUPIL_MISSING_HERE
    differences = (
        Difference(kind=here, pupil=FOREIGN, day=MONDAY, number=1, ours="2", theirs="5"),
        Difference(kind=DifferenceKind.LESSON_MISSING_THERE, pupil=OWN, day=MONDAY, number=2, ours="Математика"),
        Difference(kind=there, theirs=HOSTILE),
    )
    comparison = Comparison(
        id="comparison-1",
        platform="netschool",
        school_class=CLASS,
        week_start=MONDAY,
        compared_at=NOW,
        found=ComparedWeek(lessons=21, differences=differences),
    )
    with site.world.units(SCHOOL)() as unit:
        unit.comparisons.keep(comparison)
    return comparison.id


def _packages(site: Site) -> tuple[str, str]:
    accepted = ExportPackage(
        id="package-1",
        definition="performance",
        schema_version="1.0",
        recipient="authority",
        period=QUARTER,
        period_start=date(2026, 9, 1),
        period_end=date(2026, 10, 10),
        version=1,
        made_at=NOW,
        content_digest="0" * 64,
        document=b"<performance/>",
        signature=b"signature",
        manifest={
            "schema": {"namespace": "urn:performance:1.0", "version": "1.0"},
            "signer": {"certificate_sha256": "1" * 64, "subject": "CN=Директорова Проба"},
            "members": [{"name": "performance.xml", "size": 14, "sha256": "2" * 64}],
        },
        size=2048,
        message="message-of-package-1",
    )
    refused = replace(accepted, id="package-2", version=2, message="message-of-package-2")
    reason = RejectedRecord(record="class-5a", code="E17", reason=HOSTILE)
    receipt = Receipt(
        id="RECEIPT-7",
        package=accepted.id,
        accepted_at=NOW,
        status=ReceiptStatus.ACCEPTED,
        records_accepted=547,
        rejected=(reason,),
    )
    with site.world.units(SCHOOL)() as unit:
        unit.exports.add(accepted)
        unit.exports.add(refused)
        unit.exports.accept(accepted.id, receipt, NOW)
        text = Text(ru="Подпись не принята.", en="The signature was not accepted.")
        unit.exports.refuse(refused.id, "authority.signature", text, NOW)
    return accepted.id, refused.id


def _archived(site: Site, folder: Path) -> str:
    """Archive the class's quarter in earnest."""
    world = site.world
    identity = create_test_authority(folder / "keys", now=NOW - timedelta(days=30))
    director = fingerprint(identity.certificate)
    site.archive_trust = ArchiveTrust(roots=identity.roots, directors=frozenset({director}))
    with world.engine.begin() as connection:
        quarter = {
            "school_id": SCHOOL,
            "id": QUARTER,
            "year": 2026,
            "kind": "quarter",
            "number": 1,
            "start_on": date(2026, 9, 1),
            "end_on": date(2026, 10, 12),
            "first_grade": 1,
            "last_grade": 9,
        }
        connection.execute(insert(period), [quarter])
    builder = ArchiveBuilder(
        units=world.units(SCHOOL),
        renderer=TypstRenderer(),
        signer=IdentitySigner(identity=identity, clock=world.clock),
        store=site.archive_folder,
        trust=site.archive_trust,
        clock=world.clock,
        new_id=world.new_id,
    )
    return builder.run(QUARTER, CLASS).entry.id


def _messages(site: Site) -> tuple[str, str]:
    """Leave one message refused for good and one that waits."""
    policies = {"authority": Policy()}
    with site.world.engine.begin() as connection:
        dead, waiting = outbox.enqueue(
            connection,
            NewMessage(destination="authority", kind="performance", payload=b"1", correlation=FORMULA, owner=SCHOOL),
            NewMessage(destination="portal", kind="mark.added", payload=b"2", owner=SCHOOL),
            now=NOW,
        )
        claimed = outbox.claim(connection, policies=policies, worker="worker-1", limit=1, now=NOW).messages
        refusal = Refused(
            reason="Подпись не принята.\nThe signature was not accepted.",
            code="authority.signature",
            status=500,
            answer=HOSTILE.encode(),
        )
        settlements = [Settlement(message=one, outcome=refusal, started_at=NOW, finished_at=NOW) for one in claimed]
        assert [one.id for one in claimed] == [dead]
        outbox.settle(connection, *settlements, policies=policies, now=NOW, random=lambda: 0.5)
    return dead, waiting


def _batch(site: Site) -> str:
    """Post a good mark, one that no scale knows and one of a pupil nobody knows; return the page's address."""
    client, key = site.credentials().client_id, "day/2026-10-14"
    posted = as_json(batch_of(5, 4))
    posted["marks"][1]["pupil"] = HOSTILE  # type: ignore[index]  # JSON
    content = json.dumps(posted).encode()
    answer = site.intake(SCHOOL).accept(content, "application/json", key, sender(SCHOOL, client))
    assert answer.rejected
    return f"/console/batch?{urlencode({'client': client, 'key': key})}"


def disable(world: World, login: str) -> None:
    """Turn an account off, as an administrator would."""
    world.change(console_user, {"disabled": True}, login=login)
