"""The worker: claims messages, lets handlers deliver them in threads, and writes down what came of it.

One thread, the one in ``run`` or ``drain``, speaks to the database; the handlers' threads only hand back what they
have done. So claims, heartbeats and settlements are batched by themselves, and when the database is away there is one
place that waits for it, with the finished outcomes in its hands.

What it waits for it measures with ``time.monotonic``; the clock only says what is due.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import random as uniform
from time import monotonic

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from outbox.claiming import Claim, claim
from outbox.destinations import opens_at
from outbox.flight import Flight, renewed
from outbox.hands import Done, Hands, Left, WrittenOff
from outbox.health import Vitals
from outbox.listening import Ear, listen, soonest
from outbox.mailbox import Mailbox
from outbox.message import Delivered, Handler, Retry, Sent
from outbox.observer import Deaf, Observer
from outbox.pace import HORIZON
from outbox.policy import Policies, Policy
from outbox.queries import is_drained
from outbox.readiness import make_sure
from outbox.rhythm import Every, Rhythm
from outbox.sealing import PLAIN, Sealing
from outbox.settling import Settled, Settlement, give_back, heartbeat, settle
from outbox.sqlite import reading
from outbox.upkeep import Schedules, Surroundings, Upkeep

_log = logging.getLogger("outbox.worker")

_HEARTBEATS_A_LEASE = 3
_HOARD = 10 * HORIZON
_LINGER = HORIZON / 5
_LOCKED = 60.0
"""For how many seconds nothing is claimed where the ring lacks a key; then the missing ones may be gone."""

DATABASE_AWAY = (OperationalError, InterfaceError, InternalError, PoolTimeoutError)
"""What a worker takes for "come back later": no connection, or none free; locked for too long, a deadlock; a full or
failing disk; a server that only reads for now."""


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
        schedules: Fired by this worker, too, while it runs; where they may change meanwhile, what returns them. It is
            asked in the worker's thread twice a minute or more often.
        name: Names this worker in leases and attempts; unique among those that run at the same time.
        rhythm: Threads and times.
        clock: Gives the present as an aware time. The clocks of all workers must agree to within a small part of
            the shortest lease. A clock that jumps costs at most the jump: nothing is lost or overtaken by it.
        random: Gives a number in [0, 1), for the jitter.
        sealing: Opens the payloads, and seals those of schedules.
        observer: Hears of what is written down; see ``metrics.py``.
        health_file: Rewritten about once a second while the worker goes round; see ``health.py``.
    """

    def __init__(
        self,
        engine: Engine,
        handlers: Mapping[str, Handler],
        policies: Mapping[str, Policy] | None = None,
        *,
        name: str,
        schedules: Schedules = (),
        rhythm: Rhythm | None = None,
        clock: Callable[[], datetime] = _utc_now,
        random: Callable[[], float] = uniform,
        sealing: Sealing = PLAIN,
        observer: Observer | None = None,
        health_file: Path | None = None,
    ) -> None:
        self._engine = engine
        self._policies: Policies = {
            destination: (policies or {}).get(destination, Policy()) for destination in handlers
        }
        self._name = name
        self._rhythm = rhythm or Rhythm()
        self._clock = clock
        self._random = random
        self._sealing = sealing
        self._observer = observer or Deaf()
        self._mailbox = Mailbox()
        self._hands = Hands(dict(handlers), self._policies, name=name, clock=clock, report=self._mailbox.report)
        around = Surroundings(
            engine=engine,
            name=name,
            policies=self._policies,
            clock=clock,
            random=random,
            sealing=sealing,
            observer=self._observer,
        )
        self._upkeep = Upkeep(around, schedules)
        self._flight = Flight()
        self._ear: Ear | None = None
        self._barred: Sequence[str] = ()
        self._locked: dict[str, tuple[float, str]] = {}
        self._halted: set[str] = set()
        self._mistrust = self._sure = False
        self._shortest = min((policy.lease for policy in self._policies.values()), default=Policy().lease)
        self._beat = Every(self._shortest.total_seconds() / _HEARTBEATS_A_LEASE)
        self._clocks = (clock(), monotonic())
        self._poll = self._rhythm.busy_poll.total_seconds()
        self._look_at = self._turned_at = monotonic()
        self._vitals = Vitals(name, health_file, clock=clock)

    def wake(self) -> None:
        """Make the worker look for messages now; call it after a commit in the same process. Safe anywhere."""
        self._mailbox.wake()

    def stop(self) -> None:
        """Ask the worker to stop. Returns at once; safe in any thread and in a signal handler.

        Nothing more is claimed, what was not begun is given back, running handlers get ``rhythm.grace``. The lease of
        a handler that takes longer is left to run out.
        """
        self._mailbox.stop()

    def run(self) -> None:
        """Deliver until ``stop``; returns when everything begun is settled or the grace is over.

        Raises:
            SchemaMismatchError: The database is not at this version's revision.
            MovedAwayError: The queue was moved to another database.
        """
        self._work(done=lambda: False, within=None)

    def drain(self, *, within: timedelta) -> bool:
        """Deliver until nothing is ready, waiting or in flight for this worker's destinations, then stop.

        Lanes that wait for a person's decision do not keep it. A worker drains or runs once.

        Returns:
            Whether it got there within the time.

        Raises:
            SchemaMismatchError: The database is not at this version's revision.
            MovedAwayError: The queue was moved to another database.
        """
        return self._work(done=self._drained, within=within)

    def _work(self, *, done: Callable[[], bool], within: timedelta | None) -> bool:
        self._ear = listen(self._engine, self.wake)
        try:
            self._hands.hire(self._rhythm.threads)
            reached = self._cycle(done, None if within is None else monotonic() + within.total_seconds())
            self._wind_up()
        finally:
            self._hands.halt()
            self._hands.dismiss()
            self._ear.close()
        return reached

    def _cycle(self, done: Callable[[], bool], deadline: float | None) -> bool:
        while not self._mailbox.stopping:
            try:
                more = self._turn()
                self._vitals.turned()
                if not more and not self._flight.leased and done():
                    return True
            except DATABASE_AWAY as error:
                self._note_absence(error)
                wait = self._back_off()
            else:
                wait = 0.0 if more else self._patience(deadline)
            if deadline is not None and monotonic() >= deadline:
                return False
            self._say()
            self._mailbox.wait(wait, self._ear if self._room() else None)
            self._linger()
        return False

    def _linger(self) -> None:
        """Let outcomes gather while hands have enough to do: to settle many costs little more than to settle one."""
        left = self._turned_at + _LINGER - monotonic()
        if left > 0 and not self._hands.short_of_work():
            self._mailbox.linger(left, enough=self._hands.short_of_work)

    def _turn(self) -> bool:
        """Do once whatever is due, and say whether there may be more to do at once."""
        self._turned_at = monotonic()
        if not self._sure:
            make_sure(self._engine, self._policies)
            self._sure = True
        if self._ear is not None:
            self._ear.mark()
        self._gather()
        self._keep_alive()
        more = self._exchange()
        found = self._upkeep.do(self._clocks[0])
        self._mailbox.alert |= found
        return more or found

    def _drained(self) -> bool:
        self._upkeep.report(at_once=True)
        with reading(self._engine).connect() as connection:
            return is_drained(connection, self._policies)

    def _gather(self) -> None:
        """Take in what the hands have reported, and give up deliveries that take too long."""
        self._flight.report(self._mailbox.reports())
        if self._rhythm.handler_timeout is None:
            return
        begun_before = monotonic() - self._rhythm.handler_timeout.total_seconds()
        self._flight.report(self._given_up(work) for work in self._hands.write_off(begun_before=begun_before))
        barred = sorted(name for name, lost in self._hands.lost().items() if lost >= self._rhythm.written_off)
        if barred != self._barred:
            for name in set(barred) - set(self._barred):
                _log.error("destination barred: its handlers do not come back", extra={"destination": name})
            self._barred = barred
            self._hands.bar(frozenset(barred))

    def _given_up(self, work: WrittenOff) -> Done:
        _log.error("handler given up", extra={"message_id": work.message.id, "destination": work.message.destination})
        settlement = Settlement(
            message=work.message,
            outcome=Retry(
                code="handler_timeout", reason=f"the handler did not return within {self._rhythm.handler_timeout}"
            ),
            started_at=work.started_at,
            finished_at=self._clock(),
        )
        return Done(work.run, settlement, work.seconds)

    def _keep_alive(self) -> None:
        """Extend the leases of what is in flight, three times a lease and at once when the clock has jumped."""
        jump = self._clock_jump()
        if jump:
            _log.warning("clock jumped", extra={"worker": self._name, "seconds": jump})
            self._upkeep.clock_jumped(self._shortest.total_seconds())
        if not jump and not self._beat.due():
            return
        runs = [run for run in self._flight.leased.values() if not run.revoked]
        if runs:
            at, now = monotonic(), self._clock()
            with self._engine.begin() as connection:
                heads = [run.messages[0] for run in runs]
                lost = heartbeat(connection, heads, policies=self._policies, now=now)
            self._vitals.reached()
            renewed(runs, lost, policies=self._policies, at=at, now=now)
            for message in lost:
                _log.warning("lease lost", extra={"message_id": message.id, "worker": self._name})
                self._observer.lost(message.destination)
        self._beat.done()

    def _clock_jump(self) -> float:
        """Return by how many seconds the clock has gone astray since the last turn, where that endangers a lease."""
        (before, then), (now, at) = self._clocks, (self._clock(), monotonic())
        self._clocks = now, at
        jump = (now - before).total_seconds() - (at - then)
        return jump if abs(jump) > self._shortest.total_seconds() / _HEARTBEATS_A_LEASE else 0.0

    def _exchange(self) -> bool:
        """Settle what has come in, give back what was left, claim what there is room for; say if there may be more."""
        flight = self._flight
        if self._hands.stuck_for() > _HOARD:
            # Nobody gets to it here; somebody else may.
            flight.report([Left(run, 0) for run in self._hands.take_back()])
        wanted = self._room() if self._mailbox.alert or monotonic() >= self._look_at else 0
        if any(not isinstance(report.settlement.outcome, Delivered | Sent) for report in flight.done):
            self._mistrust = True
        if self._mistrust:
            # A bad outcome may pause its destination. Rows of destinations are taken in order, in a transaction
            # of their own, so that no two workers wait for each other. It may fail after the outcome was settled;
            # the hands, which begin nothing more after too many failures, would then wait for ever to be trusted.
            self._settle_and_claim(0)
            shut = {*self._upkeep.report(), *self._halted}
            flight.report([Left(run, 0) for run in self._hands.take_back(shut)] if shut else ())
            self._halted.clear()
            self._hands.trust()
            self._mistrust = False
        return self._settle_and_claim(wanted)

    def _room(self) -> int:
        """Say how many messages may be claimed now: none while all hands are at something slow."""
        return 0 if self._hands.stuck_for() > HORIZON else self._flight.room(self._rhythm.threads)

    def _settle_and_claim(self, wanted: int) -> bool:
        flight = self._flight
        if not (flight.done or flight.left or wanted):
            return False
        claimed_at = monotonic()
        claimed, wait = Claim(), None
        with self._engine.begin() as connection:
            now = self._clock()
            settled = self._hand_in(connection, now)
            if wanted:
                claimed = self._claim(connection, wanted, now)
                wait = self._look_again_in(connection, claimed, wanted, now)
        self._vitals.reached()
        self._note_settled(settled)
        self._note_claimed(claimed, claimed_at)
        if wanted:
            self._mailbox.alert = wait is None
            self._look_at = monotonic() + (wait or 0.0)
        return self._mailbox.alert and bool(wanted)

    def _hand_in(self, connection: Connection, now: datetime) -> Settled:
        settled = Settled()
        if self._flight.done:
            settled = settle(
                connection,
                *(report.settlement for report in self._flight.done),
                policies=self._policies,
                now=now,
                random=self._random,
            )
        if self._flight.left:
            give_back(connection, [left.run.messages[left.first] for left in self._flight.left])
        return settled

    def _claim(self, connection: Connection, wanted: int, now: datetime) -> Claim:
        self._locked = {name: (until, why) for name, (until, why) in self._locked.items() if until > monotonic()}
        shut = {*self._barred, *self._locked}
        open_ = {name: policy for name, policy in self._policies.items() if name not in shut}
        return claim(
            connection,
            policies=self._flight.pace.shortened(open_),
            worker=self._name,
            limit=wanted,
            now=now,
            random=self._random,
            sealing=self._sealing,
        )

    def _look_again_in(self, connection: Connection, claimed: Claim, wanted: int, now: datetime) -> float | None:
        """Say in how many seconds to claim again, if nobody calls before; None for at once."""
        if claimed.expired or claimed.locked or len(claimed.messages) >= wanted:
            return None
        if claimed.messages:
            self._poll = self._rhythm.busy_poll.total_seconds()
        due = soonest(connection, self._policies)
        later = due is None or due > now
        hears = self._ear is not None and self._ear.hears
        wait = self._rhythm.idle_poll.total_seconds() if later and hears else self._back_off()
        # What is due and was not claimed is shut off for now, or just held by somebody else.
        moment = due if later else opens_at(connection, self._policies, now=now)
        return wait if moment is None else min(wait, (moment - now).total_seconds())

    def _back_off(self) -> float:
        """Return how long to wait this time, and double it for the next."""
        wait = self._poll
        self._poll = min(wait * 2, self._rhythm.idle_poll.total_seconds())
        return wait

    def _note_settled(self, settled: Settled) -> None:
        done = self._flight.ended()
        if not done:
            return
        late = {id(settlement) for settlement in settled.late}
        for settlement in settled.late:
            _log.warning("outcome came too late", extra={"message_id": settlement.message.id, "worker": self._name})
            self._observer.late(settlement.message.destination)
        self._halted.update(settled.halted)
        for name in settled.halted:
            _log.error("destination halted", extra={"destination": name, "worker": self._name})
        self._upkeep.tally(settled.tallies)
        self._observer.settled(
            [(report.settlement, report.seconds) for report in done if id(report.settlement) not in late]
        )

    def _note_claimed(self, claimed: Claim, claimed_at: float) -> None:
        if claimed.expired:
            _log.warning("messages expired", extra={"worker": self._name, "count": len(claimed.expired)})
        for entry in claimed.unsendable:
            reason = entry.last_error and entry.last_error.code
            _log.error("message cannot be sent", extra={"message_id": entry.id, "error": reason})
        for name, fault in claimed.locked.items():
            self._locked[name] = (monotonic() + _LOCKED, str(fault))
            _log.error("destination locked", extra={"destination": name, "worker": self._name, "error": str(fault)})
        self._upkeep.moved(claimed.breakers)
        if claimed.messages:
            self._hands.give(self._flight.depart(claimed.messages, policies=self._policies, claimed_at=claimed_at))

    def _patience(self, deadline: float | None) -> float:
        """Say for how many seconds there is nothing to do unless something comes in."""
        moments = [self._upkeep.next()]
        if self._room():
            moments.append(self._look_at)
        if self._flight.leased:
            moments.append(self._beat.next)
        timeout, earliest = self._rhythm.handler_timeout, self._hands.earliest()
        if timeout is not None and earliest is not None:
            moments.append(earliest + timeout.total_seconds())
        if self._hands.waiting_runs:
            moments.append(monotonic() + _HOARD)
        if deadline is not None:
            moments.append(deadline)
        return max(0.0, min(min(moments) - monotonic(), self._rhythm.idle_poll.total_seconds(), self._vitals.patience))

    def _wind_up(self) -> None:
        """Give back what was not begun, then wait for what was, as long as grace allows."""
        self._flight.report([Left(run, 0) for run in self._hands.halt()])
        deadline = monotonic() + self._rhythm.grace.total_seconds()
        while True:
            try:
                self._gather()
                self._keep_alive()
                self._settle_and_claim(0)
                self._upkeep.report(at_once=True)
            except DATABASE_AWAY as error:
                self._note_absence(error)
            if not self._flight.leased or monotonic() >= deadline:
                break
            self._say()
            self._mailbox.wait(min(self._rhythm.idle_poll.total_seconds(), deadline - monotonic()), None)
        for run in self._flight.leased.values():
            _log.warning("left to its lease", extra={"message_id": run.messages[0].id, "worker": self._name})

    def _say(self) -> None:
        locked = {name: why for name, (_, why) in self._locked.items()}
        self._vitals.say(in_flight=len(self._flight.leased), barred=self._barred, locked=locked)

    def _note_absence(self, error: SQLAlchemyError) -> None:
        cause = type(getattr(error, "orig", None) or error).__name__
        self._vitals.failed(cause)
        _log.warning("database away", extra={"worker": self._name, "error": cause})
