"""The worker: claims messages, lets handlers deliver them in threads, and writes down what came of it.

One thread, the one in ``run`` or ``drain``, speaks to the database; the handlers' threads only hand their outcomes
back through a mailbox. So claims, heartbeats and settlements are batched by themselves, and when the database is
away there is one place that waits for it, with the finished outcomes in its hands.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from random import random as uniform

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from outbox.claiming import claim
from outbox.hands import Hands
from outbox.message import Handler, Message, Outcome
from outbox.policy import Policy
from outbox.queries import is_drained
from outbox.schedule import Schedule, due_ticks, fire
from outbox.settling import Settlement, give_back, heartbeat, reclaim, settle
from outbox.sqlite import reading

_log = logging.getLogger("outbox.worker")

_HEARTBEATS_A_LEASE = 3

DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeoutError)
"""What a worker takes for "come back later": connection lost or refused, locked for too long, deadlock, no free one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rhythm:
    """How a worker spends its time.

    Attributes:
        threads: How many handlers may run at once; also how many messages it has claimed at most.
        busy_poll: Wait after a round that found nothing; doubles with each further one.
        idle_poll: The doubling stops here. A commit in another process is noticed after this at the latest.
        grace: How long ``stop`` waits for running handlers.
        catch_up: Ticks of schedules that were missed longer ago than this are left out.
    """

    threads: int = 4
    busy_poll: timedelta = timedelta(milliseconds=20)
    idle_poll: timedelta = timedelta(seconds=1)
    grace: timedelta = timedelta(seconds=30)
    catch_up: timedelta = timedelta(hours=1)


class _Call:
    """A word to the worker that carries nothing but its meaning."""


_WAKE, _STOP = _Call(), _Call()


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Worker:
    """Delivers messages until it is told to stop.

    A worker survives the database going away: it logs it, waits and goes on; outcomes that were ready meanwhile are
    settled when it is back, or found too late and dropped (the message is delivered again then: at least once).

    Args:
        engine: The database; see ``sqlite_engine`` for SQLite.
        handlers: By destination. A worker claims nothing for which it has no handler.
        policies: By destination; where one is missing the default policy holds.
        schedules: Fired by this worker, too, while it runs.
        name: Names this worker in leases and attempts; unique among those that run at the same time.
        rhythm: Threads and times.
        clock: Gives the present as an aware time. The clocks of all workers must agree to within a small part of
            the shortest lease.
        random: Gives a number in [0, 1), for the jitter.
    """

    def __init__(
        self,
        engine: Engine,
        handlers: Mapping[str, Handler],
        policies: Mapping[str, Policy] | None = None,
        *,
        name: str,
        schedules: Sequence[Schedule] = (),
        rhythm: Rhythm | None = None,
        clock: Callable[[], datetime] = _utc_now,
        random: Callable[[], float] = uniform,
    ) -> None:
        self._engine = engine
        self._handlers = dict(handlers)
        self._policies = {destination: (policies or {}).get(destination, Policy()) for destination in handlers}
        self._name = name
        self._schedules = schedules
        self._rhythm = rhythm or Rhythm()
        self._clock = clock
        self._random = random
        # A SimpleQueue may be filled from a signal handler; an Event or a Condition may not.
        self._mailbox: SimpleQueue[Settlement | _Call] = SimpleQueue()
        self._hands = Hands(self._handlers, name=name, report=self._report)
        self._in_flight: dict[tuple[int, int | None], Message] = {}
        self._finished: list[Settlement] = []
        self._stopping = False
        shortest = min((policy.lease for policy in self._policies.values()), default=Policy().lease)
        self._beat = shortest / _HEARTBEATS_A_LEASE
        self._beaten_at = clock()
        self._fired_until = clock() - self._rhythm.catch_up

    def wake(self) -> None:
        """Make the worker look for messages now; call it after a commit in the same process. Safe anywhere."""
        self._mailbox.put(_WAKE)

    def stop(self) -> None:
        """Ask the worker to stop. Returns at once; safe in any thread and in a signal handler.

        Nothing more is claimed, what was not begun is given back, running handlers get ``rhythm.grace``. The lease of
        a handler that takes longer is left to run out.
        """
        self._mailbox.put(_STOP)

    def run(self) -> None:
        """Deliver until ``stop``; returns when everything begun is settled or the grace is over."""
        self._work(done=lambda: False, deadline=None)

    def drain(self, *, within: timedelta) -> bool:
        """Deliver until nothing is ready, waiting or in flight for this worker's destinations, then stop.

        Lanes that wait for a person's decision do not keep it. A worker drains or runs once.

        Returns:
            Whether it got there within the time.
        """
        return self._work(done=self._drained, deadline=self._clock() + within)

    def _work(self, *, done: Callable[[], bool], deadline: datetime | None) -> bool:
        self._hands.hire(self._rhythm.threads)
        reached = self._cycle(done, deadline)
        self._wind_up()
        self._hands.dismiss()
        return reached

    def _cycle(self, done: Callable[[], bool], deadline: datetime | None) -> bool:
        pause = self._rhythm.busy_poll
        while not self._stopping:
            try:
                moved = self._turn()
                if not moved and not self._in_flight and done():
                    return True
            except DATABASE_AWAY as error:
                self._note_absence(error)
                moved = False
            if deadline is not None and self._clock() >= deadline:
                return False
            pause = self._rhythm.busy_poll if moved else min(pause * 2, self._rhythm.idle_poll)
            self._listen(timedelta(0) if moved and self._free() else min(pause, self._beat))
        return False

    def _turn(self) -> bool:
        """Do once whatever is due, and say whether anything was."""
        settled = self._settle()
        self._keep_alive()
        self._fire()
        return self._take() or settled

    def _free(self) -> int:
        return self._rhythm.threads - len(self._in_flight)

    def _drained(self) -> bool:
        with reading(self._engine).connect() as connection:
            return is_drained(connection, self._policies)

    def _take(self) -> bool:
        """Reclaim what others lost, claim as much as there are free hands, and hand it out."""
        if not self._policies or not self._free():
            return False
        with self._engine.begin() as connection:
            now = self._clock()
            lost = reclaim(connection, policies=self._policies, now=now, random=self._random)
            claimed = claim(connection, policies=self._policies, worker=self._name, limit=self._free(), now=now)
        for entry in lost:
            _log.warning("lease ran out", extra={"message_id": entry.id, "owner": entry.lease_owner})
        if claimed.buried:
            _log.warning("messages expired", extra={"worker": self._name, "count": claimed.buried})
        for message in claimed.messages:
            self._in_flight[message.lease] = message
            self._hands.give(message)
        return bool(lost or claimed.messages or claimed.buried)

    def _settle(self) -> bool:
        """Write down all outcomes that have come in, in one transaction."""
        if not self._finished:
            return False
        with self._engine.begin() as connection:
            late = settle(connection, *self._finished, policies=self._policies, now=self._clock(), random=self._random)
        for settlement in late:
            _log.warning("outcome came too late", extra={"message_id": settlement.message.id, "worker": self._name})
        for settlement in self._finished:
            self._in_flight.pop(settlement.message.lease, None)
        self._finished.clear()
        return True

    def _keep_alive(self) -> None:
        now = self._clock()
        if not self._in_flight:
            self._beaten_at = now
        if now < self._beaten_at + self._beat:
            return
        with self._engine.begin() as connection:
            lost = heartbeat(connection, list(self._in_flight.values()), policies=self._policies, now=now)
        self._beaten_at = now
        for message in lost:
            _log.warning("lease lost", extra={"message_id": message.id, "worker": self._name})

    def _fire(self) -> None:
        now = self._clock()
        due = [
            schedule for schedule in self._schedules if any(True for _ in due_ticks(schedule, self._fired_until, now))
        ]
        if due:
            with self._engine.begin() as connection:
                fire(connection, due, now=now, catch_up=self._rhythm.catch_up)
        self._fired_until = now

    def _listen(self, patience: timedelta) -> None:
        """Wait for the first letter, then read all that are there."""
        try:
            letter = self._mailbox.get(timeout=patience.total_seconds())
            while True:
                if isinstance(letter, Settlement):
                    self._finished.append(letter)
                elif letter is _STOP:
                    self._stopping = True
                letter = self._mailbox.get_nowait()
        except Empty:
            return

    def _wind_up(self) -> None:
        """Give back what was not begun, then wait for what was, as long as grace allows."""
        unbegun = self._hands.recall()
        deadline = self._clock() + self._rhythm.grace
        while True:
            try:
                self._give_back(unbegun)
                self._settle()
                self._keep_alive()
            except DATABASE_AWAY as error:
                self._note_absence(error)
            if not self._in_flight or self._clock() >= deadline:
                break
            self._listen(min(self._rhythm.idle_poll, self._beat))
        for message in self._in_flight.values():
            _log.warning("left to its lease", extra={"message_id": message.id, "worker": self._name})

    def _give_back(self, unbegun: list[Message]) -> None:
        if not unbegun:
            return
        with self._engine.begin() as connection:
            give_back(connection, unbegun, now=self._clock())
        for message in unbegun:
            del self._in_flight[message.lease]
        unbegun.clear()

    def _report(self, message: Message, outcome: Outcome) -> None:
        """Take an outcome from a hand's thread."""
        self._mailbox.put(Settlement(message=message, outcome=outcome, finished_at=self._clock()))

    def _note_absence(self, error: SQLAlchemyError) -> None:
        cause = getattr(error, "orig", None) or error
        _log.warning("database away", extra={"worker": self._name, "error": type(cause).__name__})
