"""What the web service is built on. It names no storage: whoever starts the service fills this in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

from prometheus_client.registry import Collector

from gateway.access.clients import Clients
from gateway.diary.reading import Diary
from gateway.journal.answer import BatchAnswer
from gateway.journal.intake import Sender
from gateway.journal.record_desk import RecordDesk
from gateway.model.ids import SchoolId
from gateway.ports.frame import Clock, NewId
from gateway.provider.reading import Provider
from gateway.provider.submissions import Submissions
from gateway.roster.lists import RosterLists
from gateway.web.console import ConsoleServices
from gateway.web.errors import Explain


class BatchIntake(Protocol):
    """Takes batches of one school's journal system."""

    def accept(
        self,
        content: IO[bytes] | bytes,
        media_type: str,
        idempotency_key: str,
        sender: Sender,
    ) -> BatchAnswer:
        """Take a batch; the same key with the same content gives the same answer and has no further effect."""
        ...


class Check(Protocol):
    """Tells whether something the service cannot do without is there; may also raise when it is not."""

    def __call__(self) -> bool:
        """Look, quickly."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class WebServices:
    """Flows and queries of the web service.

    Attributes:
        clients: issues and recognises the tokens of programs.
        journal: gives the journal intake of a school.
        records: gives the single records of a school's journal.
        lists: gives the lists of a school.
        diary: gives the diary of a school.
        provider: gives what other systems read of a school by OneRoster.
        submissions: takes what they write into its gradebook.
        console: what the console is built on.
        checks: what `/ready` looks at, by name.
        queue_figures: the state of the queue for Prometheus, looked up when somebody asks.
        secret_key: signs the console's cookies.
        secure_cookies: cookies are sent over HTTPS only.
        max_body_bytes: a longer request body is refused with 413.
        explain: tells what an exception of the database means to a caller.
    """

    clients: Clients
    journal: Callable[[SchoolId], BatchIntake]
    records: Callable[[SchoolId], RecordDesk[Any]]
    lists: Callable[[SchoolId], RosterLists]
    diary: Callable[[SchoolId], Diary]
    provider: Callable[[SchoolId], Provider]
    submissions: Callable[[SchoolId], Submissions[Any]]
    console: ConsoleServices
    checks: Mapping[str, Check]
    queue_figures: Collector
    clock: Clock
    new_id: NewId
    secret_key: str = field(repr=False)
    secure_cookies: bool = True
    max_body_bytes: int = 256 * 2**20
    explain: Explain = lambda _error: None
