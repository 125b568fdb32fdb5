"""Replay after repair: build the payloads of dead letters anew, show which come out different, send only those.

Two steps, so that a person can look in between. ``rebuild`` changes nothing and holds nothing; ``replay`` sends exactly
what was shown, and only where the message is still what it was then.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, bindparam, select, update

from outbox import rows, tables
from outbox.dead_letters import Letters, seek
from outbox.decisions import record
from outbox.grasp import ANEW, among, change, grasp
from outbox.message import Entry, Message, MessageId, State
from outbox.sealing import PLAIN, Sealing

PAYLOAD_GONE = "PayloadGone"
"""The fault of a message whose payload retention or ``forget`` has destroyed: there is nothing to rebuild it from."""

_ENTRY_FIELDS = [field.name for field in fields(Entry)]
_REPLAYED = frozenset({State.DEAD, State.HELD})


@dataclass(frozen=True, kw_only=True, slots=True)
class Rebuilt:
    """What became of one letter when its payload was built anew.

    Attributes:
        id: The message.
        seq: Its number; that of the last one is where the next ``rebuild`` goes on.
        old_digest: SHA-256 of the payload as it is, in hexadecimal.
        old_size: Its length in bytes.
        new_digest: The same of the payload built anew; None where none was built.
        new_size: Likewise.
        payload: The payload built anew; None where none was built.
        fault: The type of the exception that building raised; its text may tell what must not be told.
    """

    id: MessageId
    seq: int
    old_digest: str
    old_size: int
    new_digest: str | None = None
    new_size: int | None = None
    payload: bytes | None = field(default=None, repr=False)
    fault: str | None = None

    @property
    def differs(self) -> bool:
        """Whether another payload would be sent than the one that failed."""
        return self.new_digest is not None and self.new_digest != self.old_digest


@dataclass(frozen=True, kw_only=True, slots=True)
class Replayed:
    """What ``replay`` did.

    Attributes:
        sent: They have the new payload and go again.
        unchanged: They would have come out as they are, or could not be built: they stay dead or held.
        refused: They have changed since they were rebuilt: somebody else has decided, or replaced the payload.
    """

    sent: Sequence[MessageId]
    unchanged: Sequence[MessageId]
    refused: Sequence[MessageId]


def rebuild(
    connection: Connection,
    which: Letters,
    build: Callable[[Message], bytes | None],
    *,
    sealing: Sealing = PLAIN,
    after: int = 0,
    limit: int = 100,
) -> list[Rebuilt]:
    """Build the payloads of dead or held messages anew, oldest first, and say which would come out different.

    Nothing is changed. All payloads of one call are in memory at once: choose ``limit`` by their size.

    Args:
        connection: Any transaction; one that only reads will do.
        which: Which messages.
        build: Gets a message with its present payload and returns the payload that it should have, or None to leave it
            alone. What it raises is noted as the message's fault and stops nothing.
        sealing: Opens the payloads.
        after: ``seq`` of the last one of the call before.
        limit: At most so many; fewer are all that there are.
    """
    seqs = seek(connection, which, after=after, limit=limit)
    return [_rebuilt(entry, stored, build, sealing) for entry, stored in _with_payloads(connection, seqs)]


def replay(
    connection: Connection,
    rebuilt: Sequence[Rebuilt],
    *,
    by: str,
    reason: str,
    now: datetime,
    sealing: Sealing = PLAIN,
) -> Replayed:
    """Give messages the payloads built anew and let them go again with a fresh retry budget; held ones are released.

    Only those go whose payload differs, and which are still as they were when they were rebuilt. The digest of the
    payload that is replaced is written down with the decision. Id and idempotency key stay: where the destination has
    had the old bytes after all, it may take the new ones for a repetition.

    Args:
        connection: A transaction of its own.
        rebuilt: What ``rebuild`` returned, or some of it.
        by: Who has decided.
        reason: Why.
        now: The present.
        sealing: Seals the new payloads.
    """
    news = {one.seq: one for one in rebuilt if one.differs}
    going = [
        entry
        for entry in grasp(connection, news)
        if entry.state in _REPLAYED
        and entry.finished_at is None
        and entry.payload_gone_at is None
        and entry.digest == news[entry.seq].old_digest
    ]
    _replace_payloads(connection, [(entry, news[entry.seq]) for entry in going], sealing)
    change(connection, going, ANEW)
    for entry in going:
        replaced = f"{reason} (instead of {entry.size} bytes with SHA-256 {entry.digest})"
        record(
            connection,
            "replay",
            by=by,
            reason=replaced,
            now=now,
            destination=entry.destination,
            message_ids=[entry.id],
        )
    sent = {entry.id for entry in going}
    return Replayed(
        sent=[one.id for one in rebuilt if one.id in sent],
        unchanged=[one.id for one in rebuilt if not one.differs],
        refused=[one.id for one in rebuilt if one.differs and one.id not in sent],
    )


def _with_payloads(connection: Connection, seqs: Sequence[int]) -> list[tuple[Entry, bytes | None]]:
    message, payload = tables.message, tables.payload
    source = rows.ENTRY_SOURCE.outerjoin(payload, payload.c.message == message.c.seq)
    found = connection.execute(
        select(*rows.ENTRY, payload.c.bytes)
        .select_from(source)
        .where(among(connection, message.c.seq, seqs))
        .order_by(message.c.seq)
    )
    return [(rows.entry(row), row.bytes) for row in found]


def _rebuilt(entry: Entry, stored: bytes | None, build: Callable[[Message], bytes | None], sealing: Sealing) -> Rebuilt:
    old = Rebuilt(id=entry.id, seq=entry.seq, old_digest=entry.digest, old_size=entry.size)
    if stored is None:
        return replace(old, fault=PAYLOAD_GONE)
    values = {name: getattr(entry, name) for name in _ENTRY_FIELDS}
    try:
        new = build(Message(**values, payload=sealing.open(bytes(stored), entry.id)))
    except Exception as error:  # noqa: BLE001 -- whatever the caller's code does with one message, the others go on
        return replace(old, fault=type(error).__name__)
    if new is None:
        return old
    return replace(old, new_digest=sha256(new).hexdigest(), new_size=len(new), payload=new)


def _replace_payloads(connection: Connection, going: Sequence[tuple[Entry, Rebuilt]], sealing: Sealing) -> None:
    payload, message = tables.payload, tables.message
    if not going:
        return
    connection.execute(
        update(payload).where(payload.c.message == bindparam("which")).values(bytes=bindparam("new_bytes")),
        [{"which": entry.seq, "new_bytes": sealing.seal(one.payload or b"", entry.id)} for entry, one in going],
    )
    connection.execute(
        update(message)
        .where(message.c.seq == bindparam("which"))
        .values(size=bindparam("new_size"), digest=bindparam("new_digest")),
        [
            {"which": entry.seq, "new_size": one.new_size, "new_digest": bytes.fromhex(one.new_digest or "")}
            for entry, one in going
        ],
    )
