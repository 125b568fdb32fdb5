"""Resealing: payloads that are stored are sealed anew after a change of keys, while everything goes on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, update

from outbox import tables
from outbox.errors import PlainPayloadError, UnreadablePayloadError
from outbox.message import MessageId
from outbox.rows import AnyRow
from outbox.sealing import Sealing

_WEIGHT = 8 * 1024 * 1024
"""How many bytes of payload are held in memory at once, unless a single one is longer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Resealed:
    """What one step did.

    Attributes:
        done: How many payloads are sealed under another key than before.
        after: Number of the message after which the next step begins; None at the end.
        unreadable: Whose payloads could not be opened; they were left as they are.
        plain: Whose payloads are stored as they are, and were left so since the ring takes only what is sealed.
    """

    done: int
    after: int | None
    unreadable: Sequence[MessageId] = ()
    plain: Sequence[MessageId] = ()


def reseal(connection: Connection, sealing: Sealing, *, limit: int, after: int = 0) -> Resealed:
    """Seal the next ``limit`` payloads anew where they are not sealed under the current key.

    Repeat it, each time in a transaction of its own, with the ``after`` of the step before until that is None; then no
    payload is left under another key than the current one, apart from the unreadable and the plain ones. Enqueueing
    and delivery go on meanwhile, provided that every process has had both keys since before the first step.

    Args:
        connection: A transaction of its own.
        sealing: The ring with the new key as the current one, and the old keys. Its ``accepting_plain()`` seals what is
            stored as it is, too: right once, when a queue gets its first key; later that would make genuine what
            somebody without a key has written into the database.
        limit: How many payloads to look at; at most 30 000.
        after: 0 at the beginning.
    """
    payload, message = tables.payload, tables.message
    sizes = connection.execute(
        select(payload.c.message, message.c.size)
        .join_from(payload, message, message.c.seq == payload.c.message)
        .where(payload.c.message > after)
        .order_by(payload.c.message)
        .limit(limit)
    ).all()
    done = 0
    unreadable: list[MessageId] = []
    plain: list[MessageId] = []
    for seqs in _by_weight([(row.message, row.size) for row in sizes]):
        anew, closed, bare = _sealed_anew(_held(connection, seqs), sealing)
        if anew:
            connection.execute(_STORE, [{"which": seq, "anew": stored} for seq, stored in anew.items()])
        done += len(anew)
        unreadable += closed
        plain += bare
    after_this = sizes[-1].message if len(sizes) == limit else None
    return Resealed(done=done, after=after_this, unreadable=unreadable, plain=plain)


_STORE = update(tables.payload).where(tables.payload.c.message == bindparam("which")).values(bytes=bindparam("anew"))


def _held(connection: Connection, seqs: Sequence[int]) -> Sequence[AnyRow]:
    """Lock payloads, so that none is destroyed meanwhile, and read them."""
    payload, message = tables.payload, tables.message
    return connection.execute(
        select(payload.c.message, payload.c.bytes, message.c.id)
        .join_from(payload, message, message.c.seq == payload.c.message)
        .where(payload.c.message.in_(seqs))
        .order_by(payload.c.message)
        .with_for_update(of=payload)
    ).all()


def _sealed_anew(rows: Sequence[AnyRow], sealing: Sealing) -> tuple[dict[int, bytes], list[MessageId], list[MessageId]]:
    """Return what is to be stored instead, by the message's number; whose payload cannot be opened; whose is plain."""
    anew: dict[int, bytes] = {}
    unreadable: list[MessageId] = []
    plain: list[MessageId] = []
    for row in rows:
        try:
            stored = sealing.resealed(bytes(row.bytes), row.id)
        except PlainPayloadError:
            plain.append(MessageId(row.id))
            continue
        except UnreadablePayloadError:
            unreadable.append(MessageId(row.id))
            continue
        if stored is not None:
            anew[row.message] = stored
    return anew, unreadable, plain


def _by_weight(sizes: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
    """Divide payloads into groups that are not too heavy for the memory; a single heavy one is a group of its own."""
    group: list[int] = []
    weight = 0
    for seq, size in sizes:
        if group and weight + size > _WEIGHT:
            yield group
            group, weight = [], 0
        group.append(seq)
        weight += size
    if group:
        yield group
