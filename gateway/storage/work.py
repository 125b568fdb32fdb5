"""The unit of work: one transaction over one school's rows, with a repository a theme."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import cached_property, partial

from sqlalchemy import Connection, Engine

import outbox
from gateway.model.ids import SchoolId
from gateway.ports.frame import Clock
from gateway.storage.access import SqlAccess
from gateway.storage.archive import SqlArchive
from gateway.storage.audit import SqlAuditLog
from gateway.storage.calendar import SqlCalendar
from gateway.storage.comparison import SqlComparisons
from gateway.storage.console import SqlConsole
from gateway.storage.deadlines import SqlDutyFacts
from gateway.storage.diary import SqlDiary
from gateway.storage.engine import reading_engine
from gateway.storage.exports import SqlExports
from gateway.storage.incidents import SqlIncidents
from gateway.storage.journal import SqlJournal
from gateway.storage.persons import SqlPersons
from gateway.storage.provider import SqlProvider
from gateway.storage.provider_gradebook import SqlGradebook
from gateway.storage.provider_submissions import SqlSubmissions
from gateway.storage.queue_store import closed_destinations_told
from gateway.storage.record_browser import SqlRecordBrowser
from gateway.storage.records import SqlRecords
from gateway.storage.rollover import SqlRollOvers
from gateway.storage.roster import SqlRoster
from gateway.storage.roster_cases import SqlCases
from gateway.storage.roster_keeping import SqlRosterAbsences, SqlRosterLocks
from gateway.storage.roster_links import SqlLinks
from gateway.storage.roster_merges import SqlMerges
from gateway.storage.roster_probes import SqlProbes
from gateway.storage.roster_quarantine import SqlQuarantine
from gateway.storage.roster_received import SqlReceived
from gateway.storage.roster_runs import SqlRosterRuns
from gateway.storage.sealing import NO_KEY, Sealer
from gateway.storage.steps import SqlStepLog
from gateway.storage.trails import SqlAuditBrowser, SqlViewBrowser
from gateway.storage.views import SqlViewLog
from gateway.storage.weeks import SqlWeeks
from outbox import PLAIN, NewMessage, Sealing


class SqlOutbound:
    """The way into the outbox inside a unit's transaction; what goes in belongs to the unit's school."""

    def __init__(self, connection: Connection, school: SchoolId, clock: Clock, sealing: Sealing = PLAIN) -> None:
        self._connection = connection
        self._school = school
        self._clock = clock
        self._sealing = sealing

    def enqueue(self, *messages: NewMessage) -> list[str]:
        """Put messages into the outbox; an idempotency key that is already there adds nothing. Return the ids.

        Raises:
            TransientError: ``queue.destination_closed``: the destination takes nothing in for now.
        """
        owned = (replace(message, owner=self._school) for message in messages)
        with closed_destinations_told():
            return list(outbox.enqueue(self._connection, *owned, now=self._clock(), sealing=self._sealing))


class Work:
    """What a transaction over one school offers; satisfies the units of all capabilities."""

    def __init__(self, connection: Connection, school: SchoolId, clock: Clock, sealer: Sealer) -> None:
        self._connection = connection
        self._school = school
        self._clock = clock
        self._sealer = sealer

    @cached_property
    def audit(self) -> SqlAuditLog:
        """The school's audit chain."""
        return SqlAuditLog(self._connection, self._school, self._sealer)

    @cached_property
    def steps(self) -> SqlStepLog:
        """Runs of the six steps."""
        return SqlStepLog(self._connection, self._school)

    @cached_property
    def outbound(self) -> SqlOutbound:
        """The way into the outbox."""
        return SqlOutbound(self._connection, self._school, self._clock, self._sealer.payloads)

    @cached_property
    def roster(self) -> SqlRoster:
        """Pupils, guardians, staff, classes, enrolments and the plans that changed them."""
        return SqlRoster(self._connection, self._school)

    @cached_property
    def roster_absences(self) -> SqlRosterAbsences:
        """Records that roster sources no longer tell of."""
        return SqlRosterAbsences(self._connection, self._school)

    @cached_property
    def rollovers(self) -> SqlRollOvers:
        """Year roll-overs."""
        return SqlRollOvers(self._connection, self._school)

    @cached_property
    def roster_locks(self) -> SqlRosterLocks:
        """Fields of the roster whose values are the school's."""
        return SqlRosterLocks(self._connection, self._school)

    @cached_property
    def roster_probes(self) -> SqlProbes:
        """What roster sources were found to do."""
        return SqlProbes(self._connection, self._school)

    @cached_property
    def roster_runs(self) -> SqlRosterRuns:
        """What roster syncs did."""
        return SqlRosterRuns(self._connection, self._school)

    @cached_property
    def quarantine(self) -> SqlQuarantine:
        """Records of roster sources that were turned away."""
        return SqlQuarantine(self._connection, self._school, self._sealer)

    @cached_property
    def received(self) -> SqlReceived:
        """Records of roster sources as they came."""
        return SqlReceived(self._connection, self._school, self._sealer)

    @cached_property
    def roster_links(self) -> SqlLinks:
        """Which record of which source is which of ours."""
        return SqlLinks(self._connection, self._school)

    @cached_property
    def roster_cases(self) -> SqlCases:
        """Questions of matching to a person."""
        return SqlCases(self._connection, self._school)

    @cached_property
    def persons(self) -> SqlPersons:
        """One person in several roles or schools."""
        return SqlPersons(self._connection, self._school)

    @cached_property
    def roster_merges(self) -> SqlMerges:
        """Records made one."""
        return SqlMerges(self._connection, self._school)

    @cached_property
    def calendar(self) -> SqlCalendar:
        """Periods and classes."""
        return SqlCalendar(self._connection, self._school)

    @cached_property
    def journal(self) -> SqlJournal:
        """Lessons, marks, absences, homework and the batches that brought them."""
        return SqlJournal(self._connection, self._school, self._sealer)

    @cached_property
    def records(self) -> SqlRecords:
        """Single records of every kind."""
        return SqlRecords(self._connection, self._school, self._sealer)

    @cached_property
    def record_browser(self) -> SqlRecordBrowser:
        """The journal, to be looked around in."""
        return SqlRecordBrowser(self._connection, self._school, self._sealer)

    @cached_property
    def audit_browser(self) -> SqlAuditBrowser:
        """The audit chain, to be searched."""
        return SqlAuditBrowser(self._connection, self._school)

    @cached_property
    def view_browser(self) -> SqlViewBrowser:
        """The log of looks, to be searched."""
        return SqlViewBrowser(self._connection, self._school)

    @cached_property
    def views(self) -> SqlViewLog:
        """Who looked at which pupil."""
        return SqlViewLog(self._connection, self._school)

    @cached_property
    def weeks(self) -> SqlWeeks:
        """What the journal holds for pupils over some days."""
        return SqlWeeks(self._connection, self._school)

    @cached_property
    def comparisons(self) -> SqlComparisons:
        """Comparisons with platforms."""
        return SqlComparisons(self._connection, self._school)

    @cached_property
    def exports(self) -> SqlExports:
        """Export packages and the facts they are made of."""
        return SqlExports(self._connection, self._school)

    @cached_property
    def archive(self) -> SqlArchive:
        """The archive registry and what it is made of."""
        return SqlArchive(self._connection, self._school)

    @cached_property
    def diary(self) -> SqlDiary:
        """Rights, subscriptions and views."""
        return SqlDiary(self._connection, self._school)

    @cached_property
    def provider(self) -> SqlProvider:
        """What we give out as a OneRoster provider."""
        return SqlProvider(self._connection, self._school)

    @cached_property
    def gradebook(self) -> SqlGradebook:
        """What the OneRoster gradebook is made from."""
        return SqlGradebook(self._connection, self._school)

    @cached_property
    def submissions(self) -> SqlSubmissions:
        """What other systems wrote into the OneRoster gradebook."""
        return SqlSubmissions(self._connection, self._school)

    @cached_property
    def console(self) -> SqlConsole:
        """What only the console reads."""
        return SqlConsole(self._connection, self._school)

    @cached_property
    def access(self) -> SqlAccess:
        """Accounts, clients and tokens."""
        return SqlAccess(self._connection, self._school)

    @cached_property
    def duties(self) -> SqlDutyFacts:
        """The facts by which duties and their deadlines are known."""
        return SqlDutyFacts(self._connection, self._school)

    @cached_property
    def incidents(self) -> SqlIncidents:
        """Breaches of access and their consequences."""
        return SqlIncidents(self._connection, self._school)


class Database:
    """Opens units of work on an engine."""

    def __init__(self, engine: Engine, clock: Clock, sealer: Sealer = NO_KEY) -> None:
        self._engine = engine
        self._reading = reading_engine(engine)
        self._clock = clock
        self._sealer = sealer

    @contextmanager
    def unit(self, school: SchoolId) -> Iterator[Work]:
        """Open a transaction over a school's rows; leaving commits, an exception rolls everything back."""
        with self._engine.begin() as connection:
            yield Work(connection, school, self._clock, self._sealer)

    @contextmanager
    def reading(self, school: SchoolId) -> Iterator[Work]:
        """Open a transaction that only reads a school's rows, all of them as they are at one moment.

        It takes no writer's turn on SQLite and sees one snapshot on PostgreSQL, which refuses to write in it.
        """
        with self._reading.begin() as connection:
            yield Work(connection, school, self._clock, self._sealer)

    def readings(self, school: SchoolId) -> Callable[[], AbstractContextManager[Work]]:
        """Return what opens reading transactions of one school."""
        return partial(self.reading, school)

    def units(self, school: SchoolId) -> Callable[[], AbstractContextManager[Work]]:
        """Return what opens units of one school."""
        return partial(self.unit, school)
