"""What a worker has claimed and not settled: counted without the database, so that it knows how much more to claim."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from outbox.hands import Done, Left, Report, Run
from outbox.message import Message
from outbox.pace import Pace
from outbox.policy import Policies

LaneLease = tuple[int, int | None]
"""Which lane, and which claim of it."""


def lease_of(message: Message) -> LaneLease:
    """Return under which lease a message was claimed."""
    return message.lane, message.fence


class Flight:
    """The runs in flight and what has come of them so far.

    Attributes:
        leased: Runs whose lanes are still leased; the ends of some may be waiting to be settled.
        done: What was delivered, or was not, and is to be settled.
        left: What was not begun and is to be given back.
        pace: How long a message has taken lately.
    """

    def __init__(self) -> None:
        self.leased: dict[LaneLease, Run] = {}
        self.done: list[Done] = []
        self.left: list[Left] = []
        self.pace = Pace()
        self._messages = 0
        self._runs = 0

    def depart(self, messages: Sequence[Message], *, policies: Policies, claimed_at: float) -> list[Run]:
        """Enter claimed messages, lane by lane.

        Args:
            messages: As a claim returns them.
            policies: Say how long their leases are.
            claimed_at: A moment before the claim, by ``time.monotonic``.

        Returns:
            The runs into which they fall.
        """
        runs = []
        for lease, together in groupby(messages, lease_of):
            mine = list(together)
            until = claimed_at + policies[mine[0].destination].lease.total_seconds()
            run = Run(messages=mine, valid_until=until, ends_at=mine[0].lease_until, remaining=len(mine))
            self.leased[lease] = run
            runs.append(run)
        self._messages += len(messages)
        self._runs += len(runs)
        return runs

    def report(self, reports: Iterable[Report]) -> None:
        """Enter what has come in from the hands."""
        taken: dict[str, tuple[int, float]] = {}
        for report in reports:
            if isinstance(report, Left):
                self.left.append(report)
                self._end(report.run)
                continue
            self.done.append(report)
            self._messages -= 1
            report.run.remaining -= 1
            if not report.settlement.more:
                self._end(report.run)
            destination = report.settlement.message.destination
            count, seconds = taken.get(destination, (0, 0.0))
            taken[destination] = count + 1, seconds + report.seconds
        self.pace = self.pace.measured(taken)

    def room(self, threads: int) -> int:
        """Say how many messages to claim now."""
        return self.pace.room(threads=threads, in_flight=self._messages, idle=threads - self._runs)

    def ended(self) -> list[Done]:
        """Forget what is settled and given back, and return what was settled."""
        done, self.done = self.done, []
        for report in done:
            if not report.settlement.more:
                self.leased.pop(lease_of(report.settlement.message), None)
        for left in self.left:
            self.leased.pop(lease_of(left.run.messages[0]), None)
        self.left = []
        return done

    def _end(self, run: Run) -> None:
        self._messages -= run.remaining
        run.remaining = 0
        self._runs -= 1


def renewed(runs: Iterable[Run], lost: Sequence[Message], *, policies: Policies, at: float, now: datetime) -> None:
    """Enter the outcome of a heartbeat: the leases that are lost end now, the others run from ``at`` and ``now``."""
    gone = {lease_of(message) for message in lost}
    for run in runs:
        head = run.messages[0]
        if lease_of(head) in gone:
            run.revoked = True
        else:
            lease = policies[head.destination].lease
            run.valid_until = at + lease.total_seconds()
            run.ends_at = now + lease
