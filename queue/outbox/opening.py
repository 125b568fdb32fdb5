"""Opening: where a payload cannot be opened, whether the payload is at fault or the worker's ring of keys.

A damaged payload is its message's own misfortune, and that message alone has to die of it. A worker with the wrong
keys, though, would declare dead whatever it claims, and another one with the right keys could deliver all of it.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from outbox import tables
from outbox.errors import LockedPayloadError, UnreadablePayloadError
from outbox.sealing import Sealing, key_of

_NEIGHBOURS = 10
"""How many stored payloads are tried on each side of one that does not open, ..."""

_LONGEST = 2**20
"""... leaving out longer ones, in bytes."""


class Doubts:
    """What one claim finds out about its ring.

    Args:
        connection: The claim's transaction.
        sealing: The ring.
    """

    def __init__(self, connection: Connection, sealing: Sealing) -> None:
        self._connection = connection
        self._sealing = sealing
        self._wrong: dict[str, bool] = {}

    def blamed_on_ring(self, error: UnreadablePayloadError, seq: int) -> LockedPayloadError | None:
        """Return the error as one of the ring's; None where the message's payload is at fault.

        That a key fits no payload may be either. The ring is to blame if other payloads under that key were tried, too,
        and not one of them opens.

        Args:
            error: What ``Sealing.open`` has raised.
            seq: Number of the message.
        """
        if isinstance(error, LockedPayloadError):
            return error
        if error.key is None:
            return None
        if error.key not in self._wrong:
            self._wrong[error.key] = self._opens_none(error.key, seq)
        if not self._wrong[error.key]:
            return None
        why = "nor can any other under this key be: the ring has another key of the same name"
        return LockedPayloadError(error.message_id, error.key, why)

    def _opens_none(self, key: str, seq: int) -> bool:
        """Say whether there are other payloads under a key near a message, and none of them can be opened."""
        tried = False
        for stored, message_id in self._near(seq):
            if key_of(stored) != key:
                continue
            tried = True
            try:
                self._sealing.open(stored, message_id)
            except UnreadablePayloadError:
                continue
            return False
        return tried

    def _near(self, seq: int) -> Iterator[tuple[bytes, str]]:
        """Yield what is stored for the nearest messages: most likely under the same key."""
        payload, message = tables.payload, tables.message
        number = payload.c.message
        sides = ((number < seq, number.desc()), (number > seq, number.asc()))
        for side, nearest_first in sides:
            near = (
                select(payload.c.bytes, message.c.id)
                .join_from(payload, message, message.c.seq == number)
                .where(side, message.c.size <= _LONGEST)
                .order_by(nearest_first)
                .limit(_NEIGHBOURS)
            )
            for stored, message_id in self._connection.execute(near):
                yield bytes(stored), message_id
