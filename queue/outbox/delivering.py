"""Calling a handler: whatever it does becomes an outcome that can be written down."""

import logging
from datetime import timedelta

from outbox.message import MAX_RECEIPT, Delivered, Halt, Handler, Message, Outcome, Refused, Retry, Sent
from outbox.verdict import fits_receipt

_log = logging.getLogger("outbox.worker")

_WORDS = {Delivered: "delivered", Sent: "sent"}
_OUTCOMES = (Delivered, Sent, Retry, Refused, Halt)
_LARGEST_STATUS = 2**31 - 1
_LONGEST = timedelta(days=3650)


def deliver(handler: Handler, message: Message) -> Outcome:
    """Call a handler and turn whatever it does into an outcome.

    An exception that escapes is a failed attempt. Only its type is kept: its text may quote the payload. An outcome
    that could not be written down is one, too.
    """
    try:
        outcome = handler(message)
    except BaseException as error:  # noqa: BLE001 -- the thread's edge: a message must not be able to end a worker
        name = type(error).__name__
        # Without the traceback on purpose: its last line is the text that must not be logged.
        _log.error("handler failed", extra={**about(message), "error": name})
        return Retry(code="handler_error", reason=f"the handler raised {name}")
    if (flaw := _flaw(outcome)) is not None:
        _log.error("handler failed", extra={**about(message), "error": "no outcome"})
        return Retry(code="handler_error", reason=f"the handler returned {flaw}")
    if _log.isEnabledFor(logging.INFO):
        sort = type(outcome)
        _log.info(
            _WORDS.get(sort, "not delivered"),
            extra={
                **about(message),
                "attempt": message.attempts,
                "outcome": sort.__name__.lower(),
                "status": outcome.status,
                **({} if isinstance(outcome, Delivered | Sent) else {"code": outcome.code}),
            },
        )
    return outcome


def about(message: Message) -> dict[str, str]:
    """Return what a log line may say of a message."""
    return {"message_id": message.id, "destination": message.destination, "kind": message.kind}


def _flaw(answer: object) -> str | None:
    """Say why what a handler returned is not an outcome that a database can store; None where it is."""
    if not isinstance(answer, _OUTCOMES):
        return f"{type(answer).__name__}, not an outcome"
    outcome: Outcome = answer
    if not _fits(outcome.status):
        return "an outcome whose status is not a number of 32 bits"
    if type(outcome.answer) is not bytes:
        return "an outcome whose answer is not bytes"
    if not all(isinstance(text, str) for text in _texts(outcome)):
        return "an outcome whose receipt, reason or code is not text"
    if isinstance(outcome, Delivered | Sent) and outcome.receipt is not None and not fits_receipt(outcome.receipt):
        return f"an outcome whose receipt is longer than {MAX_RECEIPT} bytes"
    return None if _is_wait(_wait(outcome)) else "an outcome whose time is not one of at most ten years"


def _fits(status: object) -> bool:
    # True is an int to Python but not to PostgreSQL, which refuses the whole batch that has both.
    return status is None or (
        isinstance(status, int) and not isinstance(status, bool) and abs(status) <= _LARGEST_STATUS
    )


def _texts(outcome: Outcome) -> tuple[object, ...]:
    if isinstance(outcome, Delivered):
        return () if outcome.receipt is None else (outcome.receipt,)
    return (outcome.receipt,) if isinstance(outcome, Sent) else (outcome.reason, outcome.code)


def _wait(outcome: Outcome) -> object:
    if isinstance(outcome, Sent):
        return outcome.answer_within
    return outcome.retry_after if isinstance(outcome, Retry) else None


def _is_wait(value: object) -> bool:
    return value is None or (isinstance(value, timedelta) and abs(value) <= _LONGEST)
