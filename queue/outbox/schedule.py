"""Messages by the clock: cron expressions in a time zone, one message a tick however many workers watch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from sqlalchemy import Connection

from outbox.intake import enqueue
from outbox.message import MessageId, NewMessage


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """A message to be enqueued at every tick of a cron expression.

    Attributes:
        name: Names the schedule for ever; part of the idempotency key of its messages.
        cron: Five fields as in Debian's cron, or six with seconds in front (see the ``cronsim`` library).
        zone: Where the clock hangs. A local time that a change to summer time leaves out is made up for right after;
            one that comes twice ticks at the first.

    Raises:
        ValueError: The expression cannot be read.
    """

    name: str
    cron: str
    zone: ZoneInfo
    destination: str
    kind: str
    payload: bytes = field(repr=False)
    ordering_key: str | None = None
    owner: str | None = None

    def __post_init__(self) -> None:
        """Find a wrong expression at once, not at the first tick."""
        try:
            CronSim(self.cron, datetime(2000, 1, 1, tzinfo=UTC))
        except CronSimError as error:
            raise ValueError(
                f"schedule {self.name!r}: cannot read the cron expression {self.cron!r}: {error}"
            ) from None


def due_ticks(schedule: Schedule, since: datetime, now: datetime) -> Iterator[datetime]:
    """Yield the schedule's ticks after ``since`` and up to ``now``, in UTC, oldest first."""
    for tick in CronSim(schedule.cron, since.astimezone(schedule.zone)):
        moment = tick.astimezone(UTC)
        if moment > now:
            return
        # In the hour that comes twice cronsim answers with the first one, which may lie before `since`.
        if moment > since:
            yield moment


def fire(
    connection: Connection,
    schedules: Sequence[Schedule],
    *,
    now: datetime,
    catch_up: timedelta = timedelta(hours=1),
) -> list[MessageId]:
    """Enqueue the latest tick of every schedule, unless it is older than ``catch_up`` or was enqueued before.

    Any number of workers may call this as often as they like: a tick's idempotency key is ``name@time``, so exactly
    one message comes of it. Of several ticks missed while nobody was running only the latest is made up for.

    Returns:
        The ids of the messages that belong to the latest ticks, new or not.
    """
    due = []
    for schedule in schedules:
        ticks = list(due_ticks(schedule, now - catch_up, now))
        if ticks:
            due.append(_message(schedule, ticks[-1]))
    return enqueue(connection, *due, now=now)


def _message(schedule: Schedule, tick: datetime) -> NewMessage:
    key = f"{schedule.name}@{tick.isoformat()}"
    return NewMessage(
        destination=schedule.destination,
        kind=schedule.kind,
        payload=schedule.payload,
        ordering_key=schedule.ordering_key,
        idempotency_key=key,
        correlation=key,
        owner=schedule.owner,
    )
