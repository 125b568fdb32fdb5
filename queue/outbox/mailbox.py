"""What a worker waits for: a call from anywhere, a report of one of its hands, a commit that its ear hears."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic

from outbox.hands import Report
from outbox.listening import Ear


class _Call:
    """A word to the worker that carries nothing but its meaning."""


_WAKE, _STOP = _Call(), _Call()


class Mailbox:
    """Filled by any thread, emptied by the worker's.

    Attributes:
        alert: Whether there may be messages to claim that were not there before; the worker says when it has looked.
        stopping: Whether somebody has asked the worker to stop.
    """

    def __init__(self) -> None:
        self.alert = True
        self.stopping = False
        # A SimpleQueue may be filled from a signal handler; an Event or a Condition may not.
        self._calls: SimpleQueue[_Call] = SimpleQueue()
        self._reports: deque[Report] = deque()
        self._enough: Callable[[], bool] | None = None

    def wake(self) -> None:
        """Call the worker; safe in any thread and in a signal handler."""
        self._calls.put(_WAKE)

    def stop(self) -> None:
        """Ask the worker to stop; likewise."""
        self._calls.put(_STOP)

    def report(self, report: Report) -> None:
        """Hand in a report, in a hand's thread; the worker is called only where it waits for one."""
        self._reports.append(report)
        enough = self._enough
        if enough is not None and enough():
            self._enough = None
            self._calls.put(_WAKE)

    def reports(self) -> Iterator[Report]:
        """Yield the reports that are there now and take them out; hands may go on adding."""
        for _ in range(len(self._reports)):
            yield self._reports.popleft()

    def wait(self, seconds: float, ear: Ear | None) -> None:
        """Wait until somebody calls, a hand reports, the ear hears something or the time is over.

        Args:
            seconds: How long at most.
            ear: To be asked again and again meanwhile, where it has to be; None where nothing could be claimed anyway.
        """
        self._wait(seconds, ear, enough=lambda: True)

    def linger(self, seconds: float, *, enough: Callable[[], bool]) -> None:
        """Wait until somebody calls or the time is over; for a hand's report only where ``enough`` says so."""
        self._wait(seconds, None, enough=enough)

    def _wait(self, seconds: float, ear: Ear | None, *, enough: Callable[[], bool]) -> None:
        until = monotonic() + seconds
        watch = None if ear is None else ear.patience
        self._enough = enough
        # A hand that reported before it could see that it is waited for has not called.
        while not (self._reports and enough()):
            left = until - monotonic()
            try:
                self._read(self._calls.get(timeout=max(0.0, left if watch is None else min(left, watch))))
                break
            except Empty:
                if left <= 0:
                    break
                if ear is not None and ear.heard():
                    self.alert = True
                    break
        self._enough = None
        self.alert |= bool(self._reports)
        with suppress(Empty):
            while True:
                self._read(self._calls.get_nowait())

    def _read(self, call: _Call) -> None:
        self.alert = True
        if call is _STOP:
            self.stopping = True
