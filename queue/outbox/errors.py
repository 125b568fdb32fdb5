"""What can go wrong inside the outbox, as one small tree of exceptions.

None of them carries a payload, an answer or a key: they are safe to log.
"""

BACKLOG_FULL = (
    "its backlog is full until workers have delivered some of it, or people have decided about what stopped, which "
    "counts, too"
)
"""Why a destination takes in nothing more that nobody has drained."""


class OutboxError(Exception):
    """The root of everything that the outbox raises on purpose."""


class InvalidMessageError(OutboxError, ValueError):
    """A new message, or the receipt of an answer, breaks a rule of its own fields; the caller has to mend it."""


class UnknownMessageError(OutboxError, LookupError):
    """No message has this id; it may have been purged."""

    def __init__(self, message_id: str) -> None:
        super().__init__(f"no message has the id {message_id!r}; it may have been purged")
        self.message_id = message_id


class NotAllowedError(OutboxError):
    """A person's decision does not fit the state in which the message is now."""

    def __init__(self, verb: str, message_id: str, state: str, *, wanted: str) -> None:
        super().__init__(f"cannot {verb} message {message_id}: it is {state}, and this needs {wanted}")
        self.verb = verb
        self.message_id = message_id
        self.state = state


class MovedAwayError(OutboxError):
    """The queue was moved to another database: what is left here must not be sent a second time."""

    def __init__(self, where: str) -> None:
        super().__init__(f"the queue was {where}; what is here was moved and must not be sent again")


class SchemaMismatchError(OutboxError):
    """The database is not at the revision that this version of the library needs.

    Attributes:
        found: Its revision; None where it has no outbox tables.
        expected: The one that is needed.
    """

    def __init__(self, *, found: str | None, expected: str) -> None:
        super().__init__(
            "there are no outbox tables in this database: run outbox.migrate(engine), unless it is the wrong one"
            if found is None
            else f"the outbox tables are at revision {found}, this version needs {expected}: run "
            "outbox.migrate(engine), or a newer version where the database is ahead"
        )
        self.found = found
        self.expected = expected


class UnreadablePayloadError(OutboxError):
    """A stored payload cannot be opened. Nothing was changed.

    Attributes:
        message_id: Whose payload it is.
        key: Name of the key under which it is sealed, where that can be told.
    """

    def __init__(self, message_id: str, key: str | None, why: str) -> None:
        under = "" if key is None else f", sealed under the key {key!r},"
        super().__init__(f"the payload of message {message_id}{under} cannot be opened: {why}")
        self.message_id = message_id
        self.key = key


class LockedPayloadError(UnreadablePayloadError):
    """The payload may be as good as ever: it is the ring that cannot open it. Whoever keeps the keys has to act."""


class PlainPayloadError(LockedPayloadError):
    """A payload is stored as it is, and the ring takes only what is sealed.

    It dates from before there was a key, or was written by somebody who does not have one. Which of the two a person
    has to find out, and may then have it sealed (``Sealing.accepting_plain``, ``reseal``).
    """

    def __init__(self, message_id: str) -> None:
        super().__init__(message_id, None, "it is stored as it is, and this ring takes only what is sealed")


class DestinationClosedError(OutboxError):
    """A destination takes in nothing more for now: it is drained by a person's decision, or its backlog is full.

    The caller's transaction is still usable; whether to go on without the message is for the caller to decide.

    Attributes:
        destination: Which.
        reason: Why: what the person said who has drained it, else ``BACKLOG_FULL``.
        by: Who has drained it; None where nobody has.
    """

    def __init__(self, destination: str, reason: str, *, by: str | None = None) -> None:
        drained = "" if by is None else f"drained by {by}: "
        super().__init__(f"destination {destination!r} takes in nothing more: {drained}{reason}")
        self.destination = destination
        self.reason = reason
        self.by = by


class UnknownLaneError(OutboxError, LookupError):
    """There is no such lane, or no message is in it: lanes of single messages disappear with their message."""

    def __init__(self, destination: str, key: str) -> None:
        super().__init__(f"no message waits in the lane {key!r} of destination {destination!r}")
        self.destination = destination
        self.key = key


class AnswerConflictError(OutboxError):
    """A destination has answered twice under one receipt, and not the same: the first answer stands.

    The contradiction is written down among the decisions in the caller's transaction; whoever wants to keep it
    catches this error inside the transaction and commits. Somebody has to ask the destination which answer holds.
    """

    def __init__(self, destination: str, receipt: str, *, first: str, second: str) -> None:
        super().__init__(
            f"destination {destination!r} has answered {first} under the receipt {receipt!r} and now answers {second}"
        )
        self.destination = destination
        self.receipt = receipt
        self.first = first
        self.second = second
