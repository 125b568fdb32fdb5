"""One installation, put together from its settings.

Nothing is opened before it is needed: a command that only looks at the queue needs no signing key.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
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
from gateway.archive.renderer import TypstRenderer
from gateway.archive.verification import ArchiveTrust, ArchiveVerifier
from gateway.bootstrap.destinations import policies
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
from gateway.errors import ConfigurationError, Text
from gateway.exports.performance import PerformanceExport
from gateway.journal.intake import JournalIntake
from gateway.journal.record_desk import RecordDesk
from gateway.model.ids import SchoolId
from gateway.model.school import School
from gateway.ports.queue import QueueDesk
from gateway.ports.queue_keeping import Progress
from gateway.ports.queue_letters import BuildPayload
from gateway.roster.decisions import RosterDecisions
from gateway.roster.lists import RosterLists
from gateway.roster.sync import RosterSync
from gateway.settings import Settings, seconds
from gateway.signing.keys import SigningIdentity, fingerprint, load_identity, load_roots
from gateway.signing.signer import IdentitySigner
from gateway.storage import migrations
from gateway.storage.access import SqlAccessDirectory
from gateway.storage.archive_folder import ArchiveFolder
from gateway.storage.engine import open_engine
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
                written += unit.records.reseal()
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

    def roster(self, school: SchoolId) -> RosterSync:
        """Return the roster sync of a school."""
        return RosterSync(units=self.database.units(school), source=self._registry, clock=self.clock, new_id=new_id)

    def roster_decisions(self, school: SchoolId) -> RosterDecisions:
        """Return the verbs of a person over a school's roster plans."""
        return RosterDecisions(units=self.database.units(school), clock=self.clock)

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
    def _registry(self) -> RegistryAdapter:
        settings = self.settings.registry
        address = _required(settings.url, "registry.url")
        client = RegistryClient(RegistrySettings(address=address, timeout=seconds(settings.timeout_seconds)))
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
