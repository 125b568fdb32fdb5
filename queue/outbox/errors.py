"""What can go wrong inside the outbox, as one small tree of exceptions.

None of them carries a payload, an answer or a key: they are safe to log.
"""


class OutboxError(Exception):
    """The root of everything that the outbox raises on purpose."""


class InvalidMessageError(OutboxError, ValueError):
    """A new message breaks a rule of its own fields; the caller has to mend it before enqueueing."""


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


class SchemaMismatchError(OutboxError):
    """The database is not at the revision that this version of the library needs; run ``migrate``."""

    def __init__(self, *, found: str | None, expected: str) -> None:
        super().__init__(f"the outbox tables are at revision {found or 'none'}, this version needs {expected}: migrate")
        self.found = found
        self.expected = expected
