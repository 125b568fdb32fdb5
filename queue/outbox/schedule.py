"""Messages by the clock: cron expressions and rules of the calendar in a time zone; one run a tick.

However many workers watch, a tick is run once: who wants to run it moves the schedule's last tick on in the database,
from the value that was read to the new one, in the transaction that enqueues the message. Only one can.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice, takewhile
from logging import getLogger
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from outbox import tables
from outbox.calendar import Calendar, closed_after, closed_before, first_open_day, last_open_day
from outbox.errors import DestinationClosedError
from outbox.intake import enqueue
from outbox.message import MessageId, NewMessage, require_bytes
from outbox.sealing import PLAIN, Sealing
from outbox.walltime import moment

_log = getLogger("outbox.schedule")

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)

MAX_SCHEDULE_NAME = 200
"""Longest name of a schedule, in characters: with the tick behind it, it makes an idempotency key."""

PUNCTUAL = timedelta(minutes=1)
"""How late a tick may be run and still not be one that was missed: for ``CatchUp.SKIP``, and for a new schedule."""

MOST_AT_ONCE = 1000
"""How many ticks of one schedule ``CatchUp.ALL`` enqueues in one transaction; the next ``fire`` goes on."""

FORESIGHT = timedelta(days=3660)
"""How far ahead ``next_ticks`` looks where a calendar is asked."""

JUMP = timedelta(days=1)
"""A last tick that lies further ahead than this was written by a clock that ran ahead, and is not believed."""

_MOST_MOVED = 24


class ClosedDay(StrEnum):
    """What happens to a tick of a cron expression on a day that is closed."""

    SKIP = "skip"
    """It is left out."""

    NEXT = "next"
    """It comes at the same local time of the next open day; together with that day's own tick, if it has it."""

    PREVIOUS = "previous"
    """It comes at the same local time of the last open day before; likewise."""


class CatchUp(StrEnum):
    """What happens to ticks that came while nobody was there to run them."""

    LATEST = "latest"
    """The latest of them is run."""

    ALL = "all"
    """All of them are run, the oldest first."""

    SKIP = "skip"
    """None is run."""


class Edge(StrEnum):
    """Which end of a period."""

    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, kw_only=True, slots=True)
class PeriodDay:
    """A tick on the first or last open day of each period of a calendar. A period without an open day has none.

    Attributes:
        edge: First or last.
        at: The local time.
    """

    edge: Edge
    at: time


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """A message to be enqueued at every tick, of a cron expression or of the calendar's periods: one of the two.

    Attributes:
        name: Names the schedule for ever: its last tick is remembered under it, and it is part of the idempotency key
            of its messages. At most ``MAX_SCHEDULE_NAME`` characters.
        cron: Five fields as in Debian's cron, or six with seconds in front (see the ``cronsim`` library).
        period_day: A day of each period instead.
        zone: Where the clock hangs. A local time that a change to summer time leaves out is made up for right after;
            one that comes twice ticks at the first. (Expressions with a star for minutes or hours go by real time.)
        calendar: Which days are open; all, where it is missing.
        closed_day: What happens to ticks on closed days. What moves to another day must tick at most 24 times a day.
        catch_up: What happens to ticks that were missed.
        max_lateness: A tick that could not be run within this time after it is left out; None for any lateness, with
            ``CatchUp.SKIP`` for ``PUNCTUAL``. None, the default, suits what brings something up to date: it runs once
            somebody is there, at whatever time of the day.

    Raises:
        ValueError: The expression cannot be read, the payload is not ``bytes``, or the fields contradict each other.
    """

    name: str
    cron: str | None = None
    period_day: PeriodDay | None = None
    zone: ZoneInfo
    calendar: Calendar | None = None
    closed_day: ClosedDay = ClosedDay.SKIP
    catch_up: CatchUp = CatchUp.LATEST
    max_lateness: timedelta | None = None
    destination: str
    kind: str
    payload: bytes = field(repr=False)
    ordering_key: str | None = None
    owner: str | None = None

    def __post_init__(self) -> None:
        """Find a wrong schedule at once, not at its first tick."""
        require_bytes(self.payload)
        if not 0 < len(self.name) <= MAX_SCHEDULE_NAME:
            raise ValueError(f"a schedule's name must have 1 to {MAX_SCHEDULE_NAME} characters, has {len(self.name)}")
        if (self.cron is None) == (self.period_day is None):
            raise ValueError(f"schedule {self.name!r} needs either a cron expression or a day of the period")
        if self.period_day is not None and self.calendar is None:
            raise ValueError(f"schedule {self.name!r} needs a calendar to know the periods")
        if self.max_lateness is not None and self.max_lateness <= timedelta(0):
            raise ValueError(f"schedule {self.name!r}: max_lateness must be longer than nothing")
        if self.cron is None:
            return
        try:
            cron = CronSim(self.cron, datetime(2000, 1, 1, tzinfo=UTC))
        except CronSimError as error:
            raise ValueError(
                f"schedule {self.name!r}: cannot read the cron expression {self.cron!r}: {error}"
            ) from None
        daily = len(cron.hours) * len(cron.minutes) * len(cron.seconds)
        if self.closed_day is not ClosedDay.SKIP and daily > _MOST_MOVED:
            raise ValueError(
                f"schedule {self.name!r} ticks {daily} times a day: more than {_MOST_MOVED} cannot move to another day"
            )


def due_ticks(schedule: Schedule, since: datetime, now: datetime) -> Iterator[datetime]:
    """Yield the schedule's ticks after ``since`` and up to ``now``, in UTC, oldest first, each once."""
    return takewhile(lambda tick: tick <= now, _ticks(schedule, since, now))


def next_ticks(schedule: Schedule, now: datetime, n: int) -> list[datetime]:
    """Return the next ticks after ``now``, in UTC: at most ``n``, fewer where the calendar ends before."""
    return list(islice(_ticks(schedule, now, now + FORESIGHT), n))


def fire(
    connection: Connection, schedules: Sequence[Schedule], *, now: datetime, sealing: Sealing = PLAIN
) -> list[MessageId]:
    """Enqueue what the schedules' ticks since the last time ask for.

    Any number of workers may call this as often as they like: a message comes of a tick once. That does not depend on
    how long idempotency keys are kept. A clock that is set back repeats no tick; where it is set back by more than
    ``JUMP``, the schedule goes on from there, and it is the idempotency key ``name@tick`` that keeps ticks from
    being repeated. A schedule that is seen for the first time begins ``PUNCTUAL`` ago. Where the destination takes
    nothing in, its ticks stay due.

    Args:
        connection: A transaction, in which the messages are enqueued; on SQLite begun IMMEDIATE.
        schedules: With different names.
        now: The present.
        sealing: Seals the payloads.

    Returns:
        The ids of the messages that this call has enqueued.

    Raises:
        ValueError: Two schedules have one name.
    """
    if len({schedule.name for schedule in schedules}) < len(schedules):
        raise ValueError("two schedules have one name; each is remembered by its own")
    last = _last_ticks(connection, schedules, now)
    enqueued: list[MessageId] = []
    # In the order of names, so that two workers wait for each other in one direction only.
    for schedule in sorted(schedules, key=lambda one: one.name):
        seen = last[schedule.name]
        reached, ticks = _due(schedule, seen, now)
        if reached == seen:
            continue
        try:
            with connection.begin_nested():
                if _advance(connection, schedule.name, seen, reached):
                    messages = [_message(schedule, tick) for tick in ticks]
                    enqueued += enqueue(connection, *messages, now=now, sealing=sealing)
        except DestinationClosedError:
            _log.warning("schedule waits", extra={"schedule": schedule.name, "destination": schedule.destination})
    return enqueued


def schedules(connection: Connection) -> dict[str, datetime]:
    """Return the last tick of every schedule ever seen, by name.

    It was run, or left out for being too late. Of a schedule that has not ticked yet, it is the time from which on
    its ticks count.
    """
    table = tables.schedule
    rows = connection.execute(select(table.c.name, table.c.last_tick).order_by(table.c.name))
    return {row.name: row.last_tick for row in rows}


def _due(schedule: Schedule, last: datetime, now: datetime) -> tuple[datetime, Sequence[datetime]]:
    """Return up to which moment the schedule is done after this, and the ticks that are to be run."""
    if last - now > JUMP:
        return now, ()
    lateness = schedule.max_lateness
    if schedule.catch_up is CatchUp.ALL:
        since = last if lateness is None else max(last, now - lateness - _MICROSECOND)
        ticks = list(islice(due_ticks(schedule, since, now), MOST_AT_ONCE))
        return (ticks[-1], ticks) if ticks else (last, ())
    latest = _latest(schedule, last, now)
    if latest is None:
        return last, ()
    if lateness is None and schedule.catch_up is CatchUp.SKIP:
        lateness = PUNCTUAL
    return latest, (latest,) if lateness is None or now - latest <= lateness else ()


def _latest(schedule: Schedule, since: datetime, now: datetime) -> datetime | None:
    """Return the latest due tick: looked for in spans that double, so that a long absence costs little."""
    span = timedelta(minutes=1)
    while since < now:
        start = max(since, now - span)
        latest = deque(due_ticks(schedule, start, now), maxlen=1)
        if latest:
            return latest[0]
        if start == since:
            return None
        span *= 2
    return None


def _ticks(schedule: Schedule, since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the ticks after ``since`` at least up to ``until``, in UTC, oldest first, each once."""
    if schedule.period_day is not None:
        return (tick for tick in _period_ticks(schedule, schedule.period_day) if tick > since)
    if schedule.calendar is None:
        return _cron_ticks(schedule, since)
    return _open_day_ticks(schedule, schedule.calendar, since, until)


def _cron_ticks(schedule: Schedule, since: datetime) -> Iterator[datetime]:
    """Yield the ticks of the expression alone."""
    last = since
    for tick in CronSim(schedule.cron or "", since.astimezone(schedule.zone)):
        # Several left-out times are made up for at one moment; and in the hour that comes twice cronsim answers with
        # the first one, which may lie before `since`.
        if (found := tick.astimezone(UTC)) > last:
            last = found
            yield found


def _open_day_ticks(schedule: Schedule, calendar: Calendar, since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the ticks of open days, with those that have moved there."""
    zone = schedule.zone
    day, end = since.astimezone(zone).date(), until.astimezone(zone).date()
    while day <= end:
        if calendar.is_open(day):
            own = _ticks_of_day(schedule, day, since)
            moved = _moved_to(schedule, calendar, day)
            yield from sorted({*own, *(tick for tick in moved if tick > since)}) if moved else own
        day += _DAY


def _ticks_of_day(schedule: Schedule, day: date, since: datetime) -> Iterator[datetime]:
    zone = schedule.zone
    begin = max(since, moment(day, time(0), zone) - _SECOND)
    return takewhile(lambda tick: tick.astimezone(zone).date() == day, _cron_ticks(schedule, begin))


def _moved_to(schedule: Schedule, calendar: Calendar, day: date) -> set[datetime]:
    """Return the ticks that come on this open day instead of on the closed days beside it."""
    if schedule.closed_day is ClosedDay.SKIP:
        return set()
    closed = closed_before if schedule.closed_day is ClosedDay.NEXT else closed_after
    at = {found for other in closed(calendar, day) for found in _times_on(schedule, other)}
    return {moment(day, found, schedule.zone) for found in at}


def _times_on(schedule: Schedule, day: date) -> Iterator[time]:
    """Yield the times on the clock at which the expression ticks on a day, whatever the clock does on it."""
    ticks = CronSim(schedule.cron or "", datetime.combine(day, time(0)) - _SECOND)
    return (tick.time() for tick in takewhile(lambda tick: tick.date() == day, ticks))


def _period_ticks(schedule: Schedule, rule: PeriodDay) -> list[datetime]:
    calendar = schedule.calendar
    if calendar is None:
        return []
    choose = first_open_day if rule.edge is Edge.FIRST else last_open_day
    days = {choose(calendar, first, last) for first, last in calendar.periods()}
    return sorted(moment(day, rule.at, schedule.zone) for day in days if day is not None)


def _last_ticks(connection: Connection, schedules: Sequence[Schedule], now: datetime) -> dict[str, datetime]:
    """Return the last tick of each schedule; one that is new begins a little ago, lest its first tick just passed."""
    names = sorted(schedule.name for schedule in schedules)
    found = _stored_ticks(connection, names)
    missing = [name for name in names if name not in found]
    if missing:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(tables.schedule).on_conflict_do_nothing(index_elements=["name"])
        connection.execute(statement, [{"name": name, "last_tick": now - PUNCTUAL} for name in missing])
        found = _stored_ticks(connection, names)
    return found


def _stored_ticks(connection: Connection, names: Sequence[str]) -> dict[str, datetime]:
    table = tables.schedule
    rows = connection.execute(select(table.c.name, table.c.last_tick).where(table.c.name.in_(names)))
    return {row.name: row.last_tick for row in rows}


def _advance(connection: Connection, name: str, seen: datetime, reached: datetime) -> bool:
    """Move a schedule's last tick on, unless somebody else has done so since it was read."""
    table = tables.schedule
    done = connection.execute(
        update(table).where(table.c.name == name, table.c.last_tick == seen).values(last_tick=reached)
    )
    return done.rowcount == 1


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
