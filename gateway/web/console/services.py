"""What the console is built on; the composition root fills it in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.access.users import Users
from gateway.archive.verification import ArchiveTrust
from gateway.model.ids import SchoolId
from gateway.ports.access import AccessDirectory
from gateway.ports.archive import ArchiveStore
from gateway.ports.console import ConsoleUnit
from gateway.ports.frame import Clock, Units
from gateway.ports.queue import QueueDesk
from gateway.roster.decisions import RosterDecisions


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsoleServices:
    """Flows and reads of the console.

    Attributes:
        decisions: gives the verbs of a person over the roster plans of a school.
        archive_store: gives the place where archive files lie.
        archive_trust: tells whom the archive trusts; it reads keys, so it is asked only when a file is verified.
    """

    users: Users
    directory: AccessDirectory
    desk: QueueDesk
    units: Callable[[SchoolId], Units[ConsoleUnit]]
    decisions: Callable[[SchoolId], RosterDecisions]
    archive_store: Callable[[], ArchiveStore]
    archive_trust: Callable[[], ArchiveTrust]
    clock: Clock
