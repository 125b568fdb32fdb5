"""The threads in which a worker's handlers run."""

import logging
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from threading import Thread

from outbox.message import Delivered, Handler, Message, Outcome, Refused, Retry

_log = logging.getLogger("outbox.worker")


class Hands:
    """A few threads that deliver messages and report the outcomes.

    They are daemons, unlike those of ``concurrent.futures``: a handler that never returns must not keep the process
    from ending.

    Args:
        handlers: By destination.
        name: The beginning of the threads' names.
        report: Called in a hand's thread with every message and its outcome.
    """

    def __init__(
        self, handlers: Mapping[str, Handler], *, name: str, report: Callable[[Message, Outcome], None]
    ) -> None:
        self._handlers = handlers
        self._name = name
        self._report = report
        self._tasks: SimpleQueue[Message | None] = SimpleQueue()
        self._hired = 0

    def hire(self, number: int) -> None:
        """Start so many threads."""
        for count in range(self._hired, self._hired + number):
            Thread(target=self._toil, name=f"{self._name}-{count}", daemon=True).start()
        self._hired += number

    def give(self, message: Message) -> None:
        """Have a message delivered as soon as a hand is free."""
        self._tasks.put(message)

    def recall(self) -> list[Message]:
        """Take back the messages that no hand has begun."""
        unbegun = []
        try:
            while True:
                task = self._tasks.get_nowait()
                if task is not None:
                    unbegun.append(task)
        except Empty:
            return unbegun

    def dismiss(self) -> None:
        """Let every thread end after what it is doing."""
        for _ in range(self._hired):
            self._tasks.put(None)
        self._hired = 0

    def _toil(self) -> None:
        while (message := self._tasks.get()) is not None:
            self._report(message, deliver(self._handlers[message.destination], message))


def deliver(handler: Handler, message: Message) -> Outcome:
    """Call a handler and turn whatever it does into an outcome.

    An exception that escapes is a failed attempt. Only its type is kept: its text may quote the payload.
    """
    about = {"message_id": message.id, "destination": message.destination, "kind": message.kind}
    try:
        outcome: object = handler(message)
    except BaseException as error:  # noqa: BLE001 -- the thread's edge: a message must not be able to end a worker
        name = type(error).__name__
        # Without the traceback on purpose: its last line is the text that must not be logged.
        _log.error("handler failed", extra={**about, "error": name})
        return Retry(code="handler_error", reason=f"the handler raised {name}")
    if not isinstance(outcome, Delivered | Retry | Refused):
        _log.error("handler failed", extra={**about, "error": "no outcome"})
        return Retry(code="handler_error", reason=f"the handler returned {type(outcome).__name__}, not an outcome")
    word = "delivered" if isinstance(outcome, Delivered) else "not delivered"
    sort = type(outcome).__name__.lower()
    _log.info(word, extra={**about, "attempt": message.attempts, "outcome": sort, "status": outcome.status})
    return outcome
