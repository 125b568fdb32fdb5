"""The threads in which a worker's handlers run.

What passes between a worker and its hands passes through two deques, whose ends are safe to use without a lock; a
lock is taken only by a hand that has run out of work. Handing the interpreter from thread to thread costs more than
a fast handler does.
"""

import logging
import sys
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from threading import Condition, Thread
from time import monotonic
from typing import NamedTuple

from outbox.delivering import about, deliver
from outbox.message import Delivered, Halt, Handler, Message, Outcome, Retry, Sent
from outbox.policy import Policies, Policy
from outbox.settling import Settlement

_log = logging.getLogger("outbox.worker")

_NEVER = sys.maxsize


@dataclass(slots=True, eq=False)
class Run:
    """Messages of one lane under one lease: one hand delivers them one after another.

    Attributes:
        messages: In the order of the lane.
        valid_until: When the lease ends, by ``time.monotonic``: nothing is begun after that ...
        ends_at: ... nor after it ends by the clock, which goes on while a machine sleeps.
        remaining: How many of them the worker has not heard of yet; the worker's own count.
        revoked: Set when the lease is found lost: nothing more is begun.
    """

    messages: Sequence[Message] = field(repr=False)
    valid_until: float
    ends_at: datetime | None
    remaining: int
    revoked: bool = False


class Done(NamedTuple):
    """A message was delivered, or was not.

    Attributes:
        seconds: How long the handler took.
    """

    run: Run
    settlement: Settlement
    seconds: float


class Left(NamedTuple):
    """The messages of a run from one on were not begun; they are still leased."""

    run: Run
    first: int


Report = Done | Left


@dataclass(frozen=True, slots=True)
class WrittenOff:
    """A delivery that was given up: its handler may still be at it.

    Attributes:
        seconds: How long ago it began.
    """

    run: Run
    message: Message
    started_at: datetime
    seconds: float


class _Begun:
    """A delivery under way. Whoever takes the token, the hand or the one who writes it off, tells how it ended."""

    __slots__ = ("message", "run", "since", "started_at", "token")

    def __init__(self, run: Run, message: Message, started_at: datetime) -> None:
        self.run = run
        self.message = message
        self.started_at = started_at
        self.since = monotonic()
        self.token = [None]

    def take(self) -> bool:
        """Take the token; of two threads that try at the same moment one gets it."""
        try:
            self.token.pop()
        except IndexError:
            return False
        return True


class _Hand:
    """One thread and what it is at."""

    __slots__ = ("begun", "thread")

    def __init__(self) -> None:
        self.begun: _Begun | None = None
        self.thread: Thread | None = None


class Hands:
    """A few threads that deliver messages and report what came of it.

    They are daemons, unlike those of ``concurrent.futures``: a handler that never returns must not keep the process
    from ending. Except where said, the methods are for the worker's thread alone.

    Args:
        handlers: By destination.
        policies: By destination; they say which outcomes stop a run.
        name: The beginning of the threads' names.
        clock: Gives the present as an aware time.
        report: Called in a hand's thread with everything that is done or left.
    """

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        policies: Policies,
        *,
        name: str,
        clock: Callable[[], datetime],
        report: Callable[[Report], None],
    ) -> None:
        self._handlers = handlers
        self._policies = policies
        self._name = name
        self._clock = clock
        self._report = report
        self._tasks: deque[Run] = deque()
        self._hands: list[_Hand] = []
        self._written_off: list[tuple[str, Thread]] = []
        self._hired = 0
        self._enough = 0
        self._barred: Collection[str] = frozenset()
        self._failures = dict.fromkeys(handlers, 0)
        self._halted = False
        self._work = Condition()
        self._waiting = 0
        self._dismissed = False

    def hire(self, number: int) -> None:
        """Start so many threads."""
        self._enough += number
        for _ in range(number):
            hand = _Hand()
            hand.thread = Thread(target=self._toil, args=(hand,), name=f"{self._name}-{self._hired}", daemon=True)
            self._hired += 1
            self._hands.append(hand)
            hand.thread.start()

    def give(self, runs: Sequence[Run]) -> None:
        """Have runs delivered, in this order, as soon as hands are free."""
        self._tasks.extend(runs)
        with self._work:
            self._work.notify(min(len(runs), self._waiting))

    def take_back(self, destinations: Collection[str] | None = None) -> list[Run]:
        """Take back the runs that no hand has begun, of these destinations or all."""
        unbegun = []
        with suppress(IndexError):
            while True:
                unbegun.append(self._tasks.popleft())
        if destinations is None:
            return unbegun
        self.give([run for run in unbegun if run.messages[0].destination not in destinations])
        return [run for run in unbegun if run.messages[0].destination in destinations]

    def halt(self) -> list[Run]:
        """Let every hand report the rest of its run as left after what it is doing; take back what is not begun."""
        self._halted = True
        return self.take_back()

    def dismiss(self) -> None:
        """Let every thread end when there is nothing left to do."""
        with self._work:
            self._dismissed = True
            self._work.notify_all()

    def bar(self, destinations: Collection[str]) -> None:
        """Begin nothing more for these destinations; runs that wait for a hand will be reported as left."""
        self._barred = destinations

    @property
    def waiting_runs(self) -> int:
        """How many runs no hand has begun."""
        return len(self._tasks)

    def short_of_work(self) -> bool:
        """Say whether hands may have nothing to do soon; in any thread."""
        return len(self._tasks) < self._enough

    def trust(self) -> None:
        """Begin anything again: the failures so far are written down, and the breakers know of them."""
        self._failures = dict.fromkeys(self._handlers, 0)

    def stuck_for(self) -> float:
        """Return for how many seconds no hand has had a moment for anything new; 0 while one is free."""
        begun = [hand.begun for hand in self._hands]
        since = [work.since for work in begun if work is not None]
        return monotonic() - max(since) if since and len(since) == len(begun) else 0.0

    def earliest(self) -> float | None:
        """Return when the longest delivery under way began, by ``time.monotonic``."""
        return min((work.since for hand in self._hands if (work := hand.begun) is not None), default=None)

    def write_off(self, *, begun_before: float) -> Iterator[WrittenOff]:
        """Give up deliveries that began before a time, by ``time.monotonic``, and hire a new hand for each.

        The old hand ends by itself if its handler ever returns; what it brings then is dropped.

        Yields:
            What was given up.
        """
        for hand in list(self._hands):
            begun = hand.begun
            if begun is None or begun.since >= begun_before or not begun.take():
                continue
            self._hands.remove(hand)
            if hand.thread is not None:
                self._written_off.append((begun.message.destination, hand.thread))
            self._enough -= 1
            self.hire(1)
            yield WrittenOff(begun.run, begun.message, begun.started_at, monotonic() - begun.since)

    def lost(self) -> dict[str, int]:
        """Count by destination the hands that were written off and have not come back."""
        self._written_off = [(name, thread) for name, thread in self._written_off if thread.is_alive()]
        count: dict[str, int] = {}
        for name, _ in self._written_off:
            count[name] = count.get(name, 0) + 1
        return count

    def _toil(self, hand: _Hand) -> None:
        while True:
            try:
                run = self._tasks.popleft()
            except IndexError:
                if not self._wait():
                    return
                continue
            if not self._work_off(hand, run):
                return

    def _wait(self) -> bool:
        """Wait for work, and say whether there may be some."""
        with self._work:
            # Looked at again under the lock: what was given before it will not be called out again.
            if self._tasks:
                return True
            if self._dismissed:
                return False
            self._waiting += 1
            self._work.wait()
            self._waiting -= 1
            return True

    def _work_off(self, hand: _Hand, run: Run) -> bool:
        """Deliver a run up to the first message that keeps the next one back; False when this hand is written off."""
        messages = run.messages
        last = len(messages) - 1
        destination = messages[0].destination
        policy, handler = self._policies[destination], self._handlers[destination]
        for index, message in enumerate(messages):
            started_at = self._clock()
            begun = _Begun(run, message, started_at)
            if not self._may_begin(begun):
                self._report(Left(run, index))
                return True
            hand.begun = begun
            outcome = deliver(handler, message)
            if not begun.take():
                _log.warning("handler came back after it was given up", extra=about(message))
                return False
            seconds = monotonic() - begun.since
            goes_on = _lets_go_on(outcome, message, policy)
            settlement = Settlement(
                message=message,
                outcome=outcome,
                started_at=started_at,
                finished_at=self._clock(),
                more=goes_on and index < last,
            )
            self._remember(destination, outcome)
            hand.begun = None
            self._report(Done(run, settlement, seconds))
            if not goes_on:
                return True
        return True

    def _remember(self, destination: str, outcome: Outcome) -> None:
        """Count failures in a row: hundreds of messages that are claimed already must not run against a wall.

        Several hands may count at once and lose one; it is a brake, not a record.
        """
        if isinstance(outcome, Retry):
            self._failures[destination] += 1
        elif isinstance(outcome, Halt):
            self._failures[destination] = _NEVER
        elif self._failures[destination]:
            self._failures[destination] = 0

    def _in_doubt(self, destination: str) -> bool:
        breaker = self._policies[destination].breaker
        failures = self._failures[destination]
        return failures >= (_NEVER if breaker is None else breaker.least_attempts)

    def _may_begin(self, begun: _Begun) -> bool:
        """Say whether this delivery may begin: the lease still holds, and nothing has come between.

        A process that was stopped and goes on, or was cut off for long, may find its lease over without knowing
        whether it is lost. It must not begin anything then: somebody else may have.
        """
        run, message = begun.run, begun.message
        return not (
            self._halted
            or run.revoked
            or begun.since >= run.valid_until
            or (run.ends_at is not None and begun.started_at >= run.ends_at)
            or (message.expires_at is not None and message.expires_at <= begun.started_at)
            or message.destination in self._barred
            or (self._failures[message.destination] and self._in_doubt(message.destination))
        )


def _lets_go_on(outcome: Outcome, message: Message, policy: Policy) -> bool:
    """Say whether the next message of the lane may follow at once."""
    if isinstance(outcome, Delivered):
        return True
    return isinstance(outcome, Sent) and not policy.kind(message.kind).await_answer
