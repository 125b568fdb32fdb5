"""The web service over the made-up schools, on a real socket."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
from flask import Flask

from gateway.access.accounts import Accounts
from gateway.access.clients import Credentials
from gateway.archive.verification import ArchiveTrust
from gateway.bootstrap import Gateway
from gateway.control.corrections import Corrections
from gateway.control.deadlines import Deadlines
from gateway.control.incidents import Incidents
from gateway.control.outages import Outages
from gateway.control.policies import Policies
from gateway.diary.announce import DESTINATION, MarkAnnouncer
from gateway.journal.intake import JournalIntake
from gateway.journal.record_desk import RecordDesk
from gateway.mapping.journal_json import tree_from
from gateway.model.access import Scope
from gateway.model.batch import Batch
from gateway.model.grading import WorkKind
from gateway.model.ids import MarkId, PupilId, SchoolId
from gateway.model.journal import Mark
from gateway.model.roster_source import REGISTRY_RULES
from gateway.provider.parts import PARTS, Part
from gateway.provider.projection import Projection
from gateway.provider.reading import Provider
from gateway.provider.submissions import Submissions
from gateway.roster.decisions import RosterDecisions
from gateway.roster.digest import RosterDays
from gateway.roster.lists import RosterLists
from gateway.roster.locks import FieldLocks
from gateway.roster.matching import MatchDecisions
from gateway.roster.movement import MovementReports
from gateway.roster.people import PersonMerges
from gateway.roster.persons import Persons
from gateway.roster.reverting import RosterReverting
from gateway.roster.rollover import YearRollOver
from gateway.sandbox.portal import CityPortal
from gateway.sandbox.server import RunningServer
from gateway.settings import Settings
from gateway.storage.archive_folder import ArchiveFolder
from gateway.storage.queue import SqlQueueDesk
from gateway.storage.work import Work
from gateway.web.application import create_web
from gateway.web.console import ConsoleServices
from gateway.web.services import WebServices
from outbox import Policy, Window, Windows
from outbox.metrics import QueueCollector
from tests.diary_world import LESSON, NOW, OWN, SCHOOL, World

MAX_BODY = 100_000
ROSTERS = {"own": {"kind": "lists"}, "city": {"kind": "oneroster_files"}}
"""Sources of rosters whose files people bring to the console."""

DESTINATIONS = {
    "authority": Policy(freshness=timedelta(hours=2), backlog=1000),
    "portal": Policy(
        freshness=timedelta(hours=2),
        windows=Windows(
            zone=ZoneInfo("Europe/Moscow"), open=[Window(days=frozenset(range(5)), opens=time(8), closes=time(20))]
        ),
    ),
    "steps": Policy(breaker=None),
}
"""What holds for the destinations of the queue; the portal may be spoken to on working days from 8 to 20."""

PORTAL_SCOPES = (Scope.DIARY_READ, Scope.DIARY_SUBSCRIBE)


class Site:
    """A running web service and the ways to knock at it."""

    def __init__(self, folder: Path, *, url: str = "") -> None:
        self.world = World(folder, url=url)
        self.checks: dict[str, Callable[[], bool]] = {}
        self.parts: Sequence[Part] = PARTS
        self.archive_folder = ArchiveFolder(root=folder / "archive")
        self.data_folder = folder / "data"
        self._furnish()
        self.services = self._services()
        self.app: Flask = create_web(self.services)
        self.server = RunningServer(self.app)
        self.http = httpx.Client(base_url=self.server.url, trust_env=False)
        self._clients: list[CityPortal] = []

    def renew(self) -> None:
        """Begin anew with the server that runs: what it has kept is gone."""
        for client in self._clients:
            client.close()
        self._clients.clear()
        self.http.cookies.clear()
        self.gateway.close()
        self.world.renew()
        shutil.rmtree(self.data_folder, ignore_errors=True)
        shutil.rmtree(self.archive_folder.root, ignore_errors=True)
        self._furnish()

    def _furnish(self) -> None:
        settings = Settings(
            database_url=self.world.engine.url.render_as_string(hide_password=False),
            data_folder=self.data_folder,
            rosters=ROSTERS,
        )
        self.gateway = Gateway(settings, clock=self.world.clock)
        self.checks.clear()
        self.checks["database"] = lambda: True
        self.archive_trust = ArchiveTrust(roots=(), directors=frozenset())

    def credentials(self, *scopes: Scope, of: SchoolId = SCHOOL) -> Credentials:
        return self.services.clients.add(of, "client", scopes, by="test")

    def token(self, *scopes: Scope, of: SchoolId = SCHOOL) -> dict[str, str]:
        """Return the header with a fresh token of a fresh client."""
        clients, credentials = self.services.clients, self.credentials(*scopes, of=of)
        client = clients.authenticate(credentials.client_id, credentials.secret)
        issued = client and clients.issue(client, frozenset())
        assert issued
        return {"Authorization": f"Bearer {issued.token}"}

    def portal(self, *scopes: Scope, of: SchoolId = SCHOOL) -> CityPortal:
        credentials = self.credentials(*(scopes or PORTAL_SCOPES), of=of)
        portal = CityPortal(self.server.url, credentials.client_id, credentials.secret)
        self._clients.append(portal)
        return portal

    def intake(self, school: SchoolId) -> JournalIntake[Work]:
        announce = MarkAnnouncer(school=school, clock=self.world.clock).announce
        return JournalIntake(units=self.world.units(school), clock=self.world.clock, announce=announce)

    def records(self, school: SchoolId) -> RecordDesk[Work]:
        world = self.world
        announce = MarkAnnouncer(school=school, clock=world.clock).announce
        return RecordDesk(
            units=world.units(school),
            readings=world.database.readings(school),
            clock=world.clock,
            new_id=world.new_id,
            announce=announce,
        )

    def incidents(self, school: SchoolId) -> Incidents[Work]:
        world = self.world
        return Incidents(
            school=school,
            units=world.units(school),
            clock=world.clock,
            new_id=world.new_id,
            announce=MarkAnnouncer(school=school, clock=world.clock).announce,
            events=DESTINATION,
        )

    def lists(self, school: SchoolId) -> RosterLists:
        world = self.world
        return RosterLists(
            units=world.units(school),
            readings=world.database.readings(school),
            clock=world.clock,
            new_id=world.new_id,
        )

    def provider(self, school: SchoolId) -> Provider:
        world = self.world
        units, readings = world.units(school), world.database.readings(school)
        projection = Projection(units=units, readings=readings, clock=world.clock, rest=timedelta(0), parts=self.parts)
        return Provider(units=units, readings=readings, clock=world.clock, new_id=world.new_id, projection=projection)

    def submissions(self, school: SchoolId) -> Submissions[Work]:
        world = self.world
        units, readings = world.units(school), world.database.readings(school)
        projection = Projection(units=units, readings=readings, clock=world.clock, rest=timedelta(0), parts=self.parts)
        return Submissions(
            school=school,
            units=units,
            journal=self.records(school).inside,
            projection=projection,
            clock=world.clock,
            new_id=world.new_id,
        )

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self.http.close()
        self.server.close()
        self.gateway.close()
        self.world.close()

    def _services(self) -> WebServices:
        world = self.world
        desk = SqlQueueDesk(world.engine, world.clock, policies=DESTINATIONS)
        console = ConsoleServices(
            users=world.users(),
            accounts=Accounts(units=world.units, directory=world.directory, clock=world.clock),
            clients=world.clients(),
            directory=world.directory,
            desk=desk,
            units=world.units,
            decisions=lambda school: RosterDecisions(units=world.units(school), clock=world.clock),
            roll_over=lambda school: YearRollOver(units=world.units(school), clock=world.clock, new_id=world.new_id),
            reverting=lambda school: RosterReverting(units=world.units(school), clock=world.clock),
            matching=lambda school: MatchDecisions(units=world.units(school), clock=world.clock, new_id=world.new_id),
            persons=lambda school: Persons(units=world.units(school), clock=world.clock),
            merges=lambda school: PersonMerges(units=world.units(school), clock=world.clock, new_id=world.new_id),
            movement=lambda school: MovementReports(units=world.units(school)),
            roster_days=lambda school: RosterDays(
                units=world.units(school), clock=world.clock, rules=(REGISTRY_RULES,), asked=lambda *_: ()
            ),
            locks=lambda school: FieldLocks(units=world.units(school), clock=world.clock, new_id=world.new_id),
            uploads=lambda school: self.gateway.roster_uploads(school),  # noqa: PLW0108  renewing replaces the gateway
            deadlines=lambda school: Deadlines(units=world.units(school), clock=world.clock),
            incidents=self.incidents,
            corrections=lambda school: Corrections(
                school=school, units=world.units(school), clock=world.clock, new_id=world.new_id
            ),
            policies=lambda school: Policies(school=school, units=world.units(school), clock=world.clock),
            outages=lambda school: Outages(
                school=school, units=world.units(school), clock=world.clock, new_id=world.new_id
            ),
            submissions=self.submissions,
            archive_store=lambda: self.archive_folder,
            archive_trust=lambda: self.archive_trust,
            clock=world.clock,
            new_id=world.new_id,
        )
        return WebServices(
            clients=world.clients(),
            journal=self.intake,
            records=self.records,
            lists=self.lists,
            diary=world.diary,
            provider=self.provider,
            submissions=self.submissions,
            console=console,
            checks=self.checks,
            queue_figures=QueueCollector(world.engine, world.clock),
            clock=world.clock,
            new_id=world.new_id,
            secret_key="the console's secret key",
            max_body_bytes=MAX_BODY,
        )


def batch_of(*values: int, pupil: PupilId = OWN, school: SchoolId = SCHOOL) -> Batch:
    """Return a batch of marks for one pupil at a lesson that is in the journal."""
    marks = tuple(
        Mark(id=MarkId(f"new-{place}"), lesson=LESSON, pupil=pupil, value=value, work_kind=WorkKind.ORAL)
        for place, value in enumerate(values)
    )
    return Batch(school=school, sent_at=NOW - timedelta(minutes=1), marks=marks)


def as_json(batch: Batch) -> dict[str, object]:
    return tree_from(batch)
