"""One installation, put together from its settings.

Nothing is opened before it is needed: a command that only looks at the queue needs no signing key.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import Self

from sqlalchemy import Engine

from gateway.access.clients import Clients
from gateway.access.passwords import Passwords
from gateway.access.rates import Knock, Rates
from gateway.access.users import Users
from gateway.adapters.authority.adapter import AuthorityIntake
from gateway.adapters.authority.settings import AuthoritySettings
from gateway.adapters.netschool.adapter import NetschoolJournal
from gateway.adapters.netschool.settings import NetschoolAccess
from gateway.adapters.portal.adapter import PortalEvents
from gateway.adapters.portal.settings import PortalSettings
from gateway.adapters.registry.adapter import RegistryAdapter
from gateway.adapters.registry.client import RegistryClient
from gateway.adapters.registry.settings import RegistrySettings
from gateway.archive.builder import ArchiveBuilder
from gateway.archive.renderer import TypstRenderer, TypstReports
from gateway.archive.verification import ArchiveTrust, ArchiveVerifier
from gateway.bootstrap.destinations import policies
from gateway.bootstrap.roster_uploads import uploads_of
from gateway.bootstrap.rosters import names_of, rules_of, source_of
from gateway.bootstrap.schedules import rosters_asked
from gateway.control.compare import PlatformComparison
from gateway.control.corrections import Corrections
from gateway.control.deadlines import Deadlines
from gateway.control.incidents import Incidents
from gateway.control.outages import Outages
from gateway.control.policies import Policies
from gateway.control.years import Years
from gateway.delivery.rebuilding import builder_of
from gateway.delivery.upkeep import retention
from gateway.diary.announce import DESTINATION as FAMILIES
from gateway.diary.announce import MarkAnnouncer
from gateway.diary.reading import Diary
from gateway.diary.rebuilding import EventRebuilder
from gateway.errors import ConfigurationError, GatewayError, Text
from gateway.exports.performance import PerformanceExport
from gateway.journal.intake import JournalIntake
from gateway.journal.record_desk import RecordDesk
from gateway.model.ids import SchoolId
from gateway.model.roster import RecordKind
from gateway.model.roster_plan import PlanHead
from gateway.model.school import School
from gateway.ports.frame import Progress, quietly
from gateway.ports.printing import ReportPrinter
from gateway.ports.queue import QueueDesk
from gateway.ports.queue_letters import BuildPayload
from gateway.ports.roster_runs import RecordSource
from gateway.provider.csv_export import CsvExport
from gateway.provider.projection import Projection
from gateway.provider.reading import Provider
from gateway.provider.submissions import Submissions
from gateway.roster.class_sizes import ClassSizesReports
from gateway.roster.decisions import RosterDecisions
from gateway.roster.digest import RosterDays
from gateway.roster.history import RosterHistory
from gateway.roster.lists import RosterLists
from gateway.roster.locks import FieldLocks
from gateway.roster.matching import MatchDecisions
from gateway.roster.movement import MovementReports
from gateway.roster.people import PersonMerges
from gateway.roster.persons import Persons
from gateway.roster.quarantine import RosterQuarantine
from gateway.roster.refresh import OneRecord
from gateway.roster.reverting import RosterReverting
from gateway.roster.rollover import YearRollOver
from gateway.roster.sync import RosterSync
from gateway.roster.uploads import RosterUploads
from gateway.settings import Settings, seconds
from gateway.signing.keys import SigningIdentity, fingerprint, load_identity, load_roots
from gateway.signing.signer import IdentitySigner
from gateway.storage import migrations
from gateway.storage.access import SqlAccessDirectory
from gateway.storage.archive_folder import ArchiveFolder
from gateway.storage.engine import open_engine
from gateway.storage.provider_staleness import Stale, is_given_out, stale_schools
from gateway.storage.queue import SqlQueueDesk
from gateway.storage.rates import SqlRequestCounter
from gateway.storage.schools import SqlSchools
from gateway.storage.sealing import Sealer, sealer_of
from gateway.storage.work import Database, Work
from outbox import Retention, Tended, tend


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return a random UUID (RFC 9562, version 4)."""
    return str(uuid.uuid4())


class Gateway:
    """One installation, put together from its settings."""

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.settings = settings
        self.clock = clock
        self._opened: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        """Use as a context manager that gives everything back at the end."""
        return self

    def __exit__(self, *_exc: object) -> None:
        """Give everything back."""
        self.close()

    def close(self) -> None:
        """Give connections back."""
        while self._opened:
            self._opened.pop()()

    def closes(self, close: Callable[[], None]) -> None:
        """Have something given back with the rest."""
        self._opened.append(close)

    # storage

    @cached_property
    def engine(self) -> Engine:
        """The database."""
        engine = open_engine(self.settings.database_url)
        self._opened.append(engine.dispose)
        return engine

    @cached_property
    def database(self) -> Database:
        """Opens units of work."""
        return Database(self.engine, self.clock, self.sealer)

    @cached_property
    def sealer(self) -> Sealer:
        """Seals what is stored encrypted."""
        return sealer_of(self.settings.storage.seal_key)

    @cached_property
    def desk(self) -> QueueDesk:
        """The queue as operators see it.

        Raises:
            ConfigurationError: what the settings say of a destination means nothing (``configuration.destination``).
        """
        return SqlQueueDesk(self.engine, self.clock, self.sealer.payloads, policies(self.settings))

    def tend_queue(self, progress: Progress | None = None) -> Tended:
        """Remove from the queue what is kept no longer, by the settings."""
        return tend(self.engine, self.queue_retention, now=self.clock(), progress=progress)

    def payload_builder(self, destination: str) -> BuildPayload:
        """Return what builds the payloads of a destination anew after a repair.

        Raises:
            GatewayError: they cannot be (``queue.signed_never_changes``, ``queue.nothing_to_rebuild``).
        """
        return builder_of(destination, {FAMILIES: EventRebuilder(readings=self.database.readings, clock=self.clock)})

    @property
    def queue_retention(self) -> Retention:
        """How long the queue keeps what is finished.

        Raises:
            ConfigurationError: the settings contradict one another (``configuration.queue``).
        """
        try:
            return retention(self.settings.queue)
        except ValueError as error:
            raise ConfigurationError(
                "configuration.queue", Text(ru=f"Раздел «queue»: {error}.", en=f"Section 'queue': {error}.")
            ) from error

    def upgrade_database(self) -> None:
        """Bring the database to this version."""
        migrations.upgrade(self.engine)

    def check_database(self) -> None:
        """Make sure that the database is reachable and at this version.

        Raises:
            ConfigurationError: it is at another version.
        """
        migrations.check(self.engine)

    def reseal(self) -> int:
        """Encrypt with the newest key what was encrypted with an older one; return how many records were written."""
        written = 0
        for school in self.schools():
            with self.database.unit(school.id) as unit:
                written += unit.records.reseal() + unit.quarantine.reseal() + unit.received.reseal()
        return written

    def schools(self) -> Sequence[School]:
        """Return the schools of this installation."""
        with self.engine.connect() as connection:
            return SqlSchools(connection).all()

    def add_school(self, school: School) -> bool:
        """Add a school; ``False`` if exactly this one is already there."""
        with self.engine.begin() as connection:
            return SqlSchools(connection).add(school)

    def school(self, wanted: str | None) -> School:
        """Return a school by its id, or the only one when none is named.

        Raises:
            ConfigurationError: there is no such school, or several and none was named.
        """
        known = self.schools()
        return self._only([school for school in known if wanted in {None, school.id}], known)

    def school_in_registry(self, registry_id: str) -> School:
        """Return a school by its id in the registry.

        Raises:
            ConfigurationError: there is no such school.
        """
        known = self.schools()
        return self._only([school for school in known if school.registry_id == registry_id], known)

    def _only(self, found: Sequence[School], known: Sequence[School]) -> School:
        if len(found) == 1:
            return found[0]
        ids = ", ".join(school.id for school in known) or "–"
        raise ConfigurationError(
            "configuration.school",
            Text(
                ru=f"Не ясно, какая школа имеется в виду: укажите одну из: {ids}.",
                en=f"It is not clear which school is meant: name one of: {ids}.",
            ),
        )

    # access

    @cached_property
    def directory(self) -> SqlAccessDirectory:
        """Accounts, clients and tokens by the names that are unique in the installation."""
        return SqlAccessDirectory(self.engine)

    @cached_property
    def users(self) -> Users:
        """Accounts of the console."""
        return Users(
            units=self.database.units,
            directory=self.directory,
            passwords=Passwords(),
            clock=self.clock,
            rates=self._rates,
        )

    @cached_property
    def clients(self) -> Clients:
        """API clients and their tokens."""
        return Clients(
            units=self.database.units,
            directory=self.directory,
            clock=self.clock,
            new_id=new_id,
            token_life=timedelta(minutes=self.settings.access.token_minutes),
            rates=self._rates,
        )

    @cached_property
    def _rates(self) -> Rates:
        access = self.settings.access
        limits = {
            Knock.TOKEN: access.tokens_per_minute,
            Knock.SIGN_IN: access.sign_ins_per_minute,
            Knock.API: access.requests_per_minute,
        }
        return Rates(counter=SqlRequestCounter(self.engine), clock=self.clock, limits=limits)

    # flows

    def journal(self, school: SchoolId) -> JournalIntake[Work]:
        """Return the journal intake of a school."""
        announcer = MarkAnnouncer(school=school, clock=self.clock)
        return JournalIntake(
            units=self.database.units(school),
            clock=self.clock,
            announce=announcer.announce,
            keys_kept=timedelta(days=self.settings.web.idempotency_days),
        )

    def records(self, school: SchoolId) -> RecordDesk[Work]:
        """Return the single records of a school's journal."""
        announcer = MarkAnnouncer(school=school, clock=self.clock)
        return RecordDesk(
            units=self.database.units(school),
            readings=self.database.readings(school),
            clock=self.clock,
            new_id=new_id,
            announce=announcer.announce,
        )

    def roster_lists(self, school: SchoolId) -> RosterLists:
        """Return the lists of a school."""
        return RosterLists(
            units=self.database.units(school),
            readings=self.database.readings(school),
            clock=self.clock,
            new_id=new_id,
        )

    def deadlines(self, school: SchoolId) -> Deadlines:
        """Return what has to be done in a school, by whom and until when."""
        return Deadlines(units=self.database.units(school), clock=self.clock)

    def years(self, school: SchoolId) -> Years:
        """Return the school years of a school: what each still needs, and how one is closed."""
        return Years(school=school, units=self.database.units(school), clock=self.clock)

    def incidents(self, school: SchoolId) -> Incidents[Work]:
        """Return the breaches of access of a school."""
        announcer = MarkAnnouncer(school=school, clock=self.clock)
        return Incidents(
            school=school,
            units=self.database.units(school),
            clock=self.clock,
            new_id=new_id,
            announce=announcer.announce,
            events=FAMILIES,
        )

    def corrections(self, school: SchoolId) -> Corrections:
        """Return the corrections of a school's journal."""
        return Corrections(school=school, units=self.database.units(school), clock=self.clock, new_id=new_id)

    def policies(self, school: SchoolId) -> Policies:
        """Return what a school has decided where the regulations leave a question open."""
        return Policies(school=school, units=self.database.units(school), clock=self.clock)

    def outages(self, school: SchoolId) -> Outages:
        """Return the outages of a school's journal."""
        return Outages(school=school, units=self.database.units(school), clock=self.clock, new_id=new_id)

    def diary(self, school: SchoolId) -> Diary:
        """Return the diary of a school."""
        return Diary(
            units=self.database.units(school),
            readings=self.database.readings(school),
            clock=self.clock,
            new_id=new_id,
        )

    def roster(self, school: SchoolId, source: str = "registry", *, progress: Progress = quietly) -> RosterSync:
        """Return the sync of a school's roster with one of its sources; ``progress`` is told how far it has come.

        Raises:
            ConfigurationError: there is no such source, or the settings do not say where it is.
        """
        reader, rules = source_of(self, school, source, progress=progress)
        others = [one for one in rules_of(self.settings, school) if one.name != source]
        known = [one.name for one in rules_of(self.settings, school)]
        place = known.index(source) if source in known else len(known)
        return RosterSync(
            units=self.database.units(school),
            source=reader,
            clock=self.clock,
            new_id=new_id,
            rules=rules,
            stronger=tuple(others[:place]),
            weaker=tuple(others[place:]),
        )

    def roster_sources(self, school: SchoolId) -> tuple[str, ...]:
        """Return the names of the sources of a school's roster, the one with the last word first."""
        return names_of(self.settings, school)

    def roster_uploads(self, school: SchoolId) -> RosterUploads:
        """Return what people do with files that they bring for the roster of a school."""
        return uploads_of(self, new_id, school)

    def roster_locks(self, school: SchoolId) -> FieldLocks:
        """Return the fields of a school's roster that the school keeps, and who is missing."""
        return FieldLocks(units=self.database.units(school), clock=self.clock, new_id=new_id)

    def roster_days(self, school: SchoolId) -> RosterDays:
        """Return what a person has to know of each day of a school's roster, and who is missing."""
        return RosterDays(
            units=self.database.units(school),
            clock=self.clock,
            rules=rules_of(self.settings, school),
            asked=partial(rosters_asked, self.settings, self.school(school)),
        )

    def movement_reports(self, school: SchoolId) -> MovementReports:
        """Return the reports on the movement of a school's pupils."""
        return MovementReports(units=self.database.units(school))

    def class_sizes_reports(self, school: SchoolId) -> ClassSizesReports:
        """Return the reports on the sizes of a school's classes."""
        return ClassSizesReports(units=self.database.units(school), clock=self.clock)

    def report_printer(self) -> ReportPrinter:
        """Return what sets reports on pages."""
        return TypstReports()

    def provider(self, school: SchoolId) -> Provider:
        """Return what other systems read of a school by OneRoster."""
        units, readings = self.database.units(school), self.database.readings(school)
        projection = self._projection(school)
        return Provider(units=units, readings=readings, clock=self.clock, new_id=new_id, projection=projection)

    def is_given_out(self) -> bool:
        """Tell whether anybody has ever asked for what we give out by OneRoster."""
        with self.engine.connect() as connection:
            return is_given_out(connection)

    def stale_given_out(self) -> Sequence[Stale]:
        """Return the schools whose OneRoster objects may be out of date, and have rested."""
        rest = seconds(self.settings.provider.refresh_seconds)
        with self.engine.connect() as connection:
            return list(stale_schools(connection, self.clock(), rest=rest))

    def refresh_given_out(self, school: SchoolId) -> int:
        """Make a school's OneRoster objects anew where they are out of date; return how many changed.

        Now, whatever rest they have had: who asks has seen to that, and does not ask for the same change again.
        """
        return replace(self._projection(school), rest=timedelta()).refresh()

    def submissions(self, school: SchoolId) -> Submissions[Work]:
        """Return what other systems write into a school's gradebook by OneRoster."""
        return Submissions(
            school=school,
            units=self.database.units(school),
            journal=self.records(school).inside,
            projection=self._projection(school),
            clock=self.clock,
            new_id=new_id,
        )

    def csv_export(self, school: SchoolId) -> CsvExport:
        """Return what writes a school's OneRoster objects as CSV packages."""
        return CsvExport(
            school=school,
            readings=self.database.readings(school),
            projection=self._projection(school),
            clock=self.clock,
        )

    def _projection(self, school: SchoolId) -> Projection:
        settings = self.settings.provider
        return Projection(
            units=self.database.units(school),
            readings=self.database.readings(school),
            clock=self.clock,
            rest=seconds(settings.refresh_seconds),
            tombstones=timedelta(days=settings.tombstone_days),
        )

    def roll_over(self, school: SchoolId) -> YearRollOver:
        """Return the turn of a school's year."""
        return YearRollOver(units=self.database.units(school), clock=self.clock, new_id=new_id)

    def roster_decisions(self, school: SchoolId) -> RosterDecisions:
        """Return the verbs of a person over a school's roster plans."""
        days = {rules.name: rules.plan_days for rules in rules_of(self.settings, school)}
        return RosterDecisions(units=self.database.units(school), clock=self.clock, days=days)

    def match_decisions(self, school: SchoolId) -> MatchDecisions:
        """Return the verbs of a person over the questions of matching in a school."""
        return MatchDecisions(units=self.database.units(school), clock=self.clock, new_id=new_id)

    def person_merges(self, school: SchoolId) -> PersonMerges:
        """Return what makes two records of a school one, and undoes it."""
        return PersonMerges(units=self.database.units(school), clock=self.clock, new_id=new_id)

    def persons(self, school: SchoolId) -> Persons:
        """Return what says who is one person in several roles or schools, in the name of a school."""
        return Persons(units=self.database.units(school), clock=self.clock)

    def roster_reverting(self, school: SchoolId) -> RosterReverting:
        """Return what takes applied roster plans of a school back."""
        return RosterReverting(units=self.database.units(school), clock=self.clock)

    def roster_history(self, school: SchoolId) -> RosterHistory:
        """Return what the roster syncs of a school did."""
        return RosterHistory(units=self.database.units(school), clock=self.clock)

    def roster_quarantine(self, school: SchoolId) -> RosterQuarantine:
        """Return the records of a school's roster sources that were turned away, and single records side by side."""
        return RosterQuarantine(units=self.database.units(school))

    def roster_refresh(self, school: SchoolId, source: str, kind: RecordKind, source_id: str) -> RosterSync:
        """Return the sync of one record with a source.

        Raises:
            ConfigurationError: there is no such source.
            GatewayError: ``roster.no_single_records``: the source cannot be asked for one record.
        """
        whole = self.roster(school, source)
        if not isinstance(whole.source, RecordSource):
            raise GatewayError(
                "roster.no_single_records",
                Text(
                    ru=f"Источник «{source}» не отдаёт отдельные записи: запустите полную синхронизацию.",
                    en=f"Source '{source}' cannot be asked for single records: sync as a whole.",
                ),
            )
        return replace(whole, source=OneRecord(source=whole.source, kind=kind, source_id=source_id))

    def expire_plans(self, school: SchoolId) -> Sequence[PlanHead]:
        """Close the roster plans of a school that have waited longer than the rules of their source allow."""
        return self.roster_decisions(school).expire()

    def comparison(self, school: SchoolId) -> PlatformComparison:
        """Return the comparison with the «Сетевой город»-style platform."""
        settings = self.settings.netschool
        access = NetschoolAccess(
            url=_required(settings.url, "netschool.url"),
            school=settings.school,
            login=settings.login,
            password=settings.password,
            zone=self.school(school).zone,
            timeout=seconds(settings.timeout_seconds),
        )
        platform = NetschoolJournal(access, clock=self.clock)
        return PlatformComparison(units=self.database.units(school), platform=platform, clock=self.clock, new_id=new_id)

    def export(self, school: SchoolId) -> PerformanceExport:
        """Return the export to the education authority."""
        return PerformanceExport(units=self.database.units(school), signer=self.signer, clock=self.clock, new_id=new_id)

    def archive(self, school: SchoolId) -> ArchiveBuilder:
        """Return what builds archive files."""
        return ArchiveBuilder(
            units=self.database.units(school),
            renderer=TypstRenderer(),
            signer=self.signer,
            store=self.archive_folder,
            trust=self.archive_trust,
            clock=self.clock,
            new_id=new_id,
        )

    def archive_verifier(self, school: SchoolId) -> ArchiveVerifier:
        """Return what verifies archive files."""
        return ArchiveVerifier(units=self.database.units(school), store=self.archive_folder, trust=self.archive_trust)

    # signing

    @cached_property
    def identity(self) -> SigningIdentity:
        """The director's key and certificate."""
        signing = self.settings.signing
        passphrase = signing.passphrase.encode() or None
        return load_identity(signing.folder, signing.identity, passphrase=passphrase)

    @cached_property
    def signer(self) -> IdentitySigner:
        """Signs with the director's key."""
        return IdentitySigner(identity=self.identity, clock=self.clock)

    @cached_property
    def archive_folder(self) -> ArchiveFolder:
        """Where archive files lie."""
        return ArchiveFolder(root=self.settings.archive_folder)

    @cached_property
    def archive_trust(self) -> ArchiveTrust:
        """Whom the archive trusts: the present director and those whose certificates lie in ``former/``."""
        files = sorted((self.settings.signing.folder / "former").glob("*.pem"))
        former = [certificate for file in files for certificate in load_roots(file)]
        directors = (self.identity.certificate, *former)
        return ArchiveTrust(
            roots=self.identity.roots, directors=frozenset(fingerprint(certificate) for certificate in directors)
        )

    # adapters

    @cached_property
    def registry(self) -> RegistryAdapter:
        """The regional registry; a section ``[rosters.registry]`` goes before the section ``[registry]``."""
        common, own = self.settings.registry, self.settings.rosters.get("registry", {})
        address = _required(str(own.get("url", common.url)), "registry.url")
        timeout = seconds(float(own.get("timeout_seconds", common.timeout_seconds)))
        client = RegistryClient(RegistrySettings(address=address, timeout=timeout))
        self._opened.append(client.close)
        return RegistryAdapter(client)

    @cached_property
    def intake(self) -> AuthorityIntake:
        """The education authority's intake."""
        settings = self.settings.authority
        adapter = AuthorityIntake(
            AuthoritySettings(
                address=_required(settings.url, "authority.url"),
                sender=_required(settings.sender, "authority.sender"),
                timeout=seconds(settings.timeout_seconds),
            )
        )
        self._opened.append(adapter.close)
        return adapter

    @cached_property
    def portal(self) -> PortalEvents:
        """The city portal as a sink of events."""
        settings = self.settings.portal
        adapter = PortalEvents(
            PortalSettings(
                events_url=_required(settings.events_url, "portal.events_url"),
                secret=_required(settings.secret, "portal.secret"),
                timeout=seconds(settings.timeout_seconds),
            ),
            clock=self.clock,
        )
        self._opened.append(adapter.close)
        return adapter


def _required(value: str, name: str) -> str:
    if not value:
        raise ConfigurationError(
            "configuration.missing",
            Text(
                ru=f"Настройка «{name}» обязательна для этого действия.", en=f"Setting '{name}' is required for this."
            ),
        )
    return value
