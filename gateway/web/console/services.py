"""What the console is built on; the composition root fills it in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gateway.access.accounts import Accounts
from gateway.access.clients import Clients
from gateway.access.users import Users
from gateway.archive.verification import ArchiveTrust
from gateway.control.corrections import Corrections
from gateway.control.deadlines import Deadlines
from gateway.control.incidents import Incidents
from gateway.control.outages import Outages
from gateway.control.policies import Policies
from gateway.model.ids import SchoolId
from gateway.ports.access import AccessDirectory
from gateway.ports.archive import ArchiveStore
from gateway.ports.console import ConsoleUnit
from gateway.ports.frame import Clock, NewId, Units
from gateway.ports.queue import QueueDesk
from gateway.provider.submissions import Submissions
from gateway.roster.decisions import RosterDecisions
from gateway.roster.digest import RosterDays
from gateway.roster.locks import FieldLocks
from gateway.roster.matching import MatchDecisions
from gateway.roster.movement import MovementReports
from gateway.roster.people import PersonMerges
from gateway.roster.persons import Persons
from gateway.roster.reverting import RosterReverting
from gateway.roster.rollover import YearRollOver
from gateway.roster.uploads import RosterUploads


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsoleServices:
    """Flows and reads of the console.

    Attributes:
        decisions: gives the verbs of a person over the roster plans of a school.
        roll_over: gives the turn of a school's year.
        reverting: gives what takes applied roster plans of a school back.
        matching: gives the verbs of a person over the questions of matching of a school.
        persons: gives what says who is one person in two roles of a school.
        merges: gives what makes two records of a school one person, and undoes it.
        movement: gives the reports on the movement of a school's pupils.
        roster_days: gives the days of the roster of a school, and who is missing.
        locks: gives the locked fields of the roster of a school.
        uploads: gives what people do with files that they bring for the roster of a school.
        deadlines: gives what has to be done in a school, by whom and until when.
        incidents: gives the breaches of access of a school.
        corrections: gives the corrections of a school's journal.
        policies: gives what a school has decided.
        outages: gives the outages of a school's journal.
        submissions: gives what other systems wrote into a school's gradebook.
        archive_store: gives the place where archive files lie.
        archive_trust: tells whom the archive trusts; it reads keys, so it is asked only when a file is verified.
    """

    users: Users
    accounts: Accounts
    clients: Clients
    directory: AccessDirectory
    desk: QueueDesk
    units: Callable[[SchoolId], Units[ConsoleUnit]]
    decisions: Callable[[SchoolId], RosterDecisions]
    roll_over: Callable[[SchoolId], YearRollOver]
    reverting: Callable[[SchoolId], RosterReverting]
    matching: Callable[[SchoolId], MatchDecisions]
    persons: Callable[[SchoolId], Persons]
    merges: Callable[[SchoolId], PersonMerges]
    movement: Callable[[SchoolId], MovementReports]
    roster_days: Callable[[SchoolId], RosterDays]
    locks: Callable[[SchoolId], FieldLocks]
    uploads: Callable[[SchoolId], RosterUploads]
    deadlines: Callable[[SchoolId], Deadlines]
    incidents: Callable[[SchoolId], Incidents[Any]]
    corrections: Callable[[SchoolId], Corrections]
    policies: Callable[[SchoolId], Policies]
    outages: Callable[[SchoolId], Outages]
    submissions: Callable[[SchoolId], Submissions[Any]]
    archive_store: Callable[[], ArchiveStore]
    archive_trust: Callable[[], ArchiveTrust]
    clock: Clock
    new_id: NewId
