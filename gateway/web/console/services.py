"""What the console is built on; the composition root fills it in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from gateway.access.users import Users
from gateway.model.ids import SchoolId
from gateway.ports.access import AccessDirectory
from gateway.ports.console import ConsoleUnit
from gateway.ports.frame import Clock, Units
from gateway.ports.queue import QueueDesk


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsoleServices:
    """Flows and reads of the console; ``zone`` is where its times are shown."""

    users: Users
    directory: AccessDirectory
    desk: QueueDesk
    units: Callable[[SchoolId], Units[ConsoleUnit]]
    clock: Clock
    zone: ZoneInfo
