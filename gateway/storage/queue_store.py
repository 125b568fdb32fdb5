"""The outbox on the gateway's own engine: what every part of the desk is built on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from secrets import SystemRandom
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy import Engine

from gateway.errors import Party, Text, TransientError
from gateway.ports.frame import Clock
from outbox import PLAIN, DestinationClosedError, Policies, Sealing, reading

T = TypeVar("T")

_random = SystemRandom().random


class QueueStore:
    """The queue of one installation, a transaction a call.

    Args:
        engine: where it lives.
        clock: gives the present.
        sealing: the keys by which payloads are stored.
        policies: what holds for every destination.
        random: gives a number in [0, 1), for the delays of what is taken back from a worker that is gone.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        sealing: Sealing = PLAIN,
        policies: Policies = MappingProxyType({}),
        *,
        random: Callable[[], float] = _random,
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._clock = clock
        self._sealing = sealing
        self._policies = policies
        self._random = random

    def _ask(self, question: Callable[..., T], *about: Any, **more: Any) -> T:
        """Look something up in a transaction that takes no writer's turn."""
        with self._reading.begin() as connection:
            return question(connection, *about, **more)

    def _decide(self, verb: Callable[..., T], *about: Any, by: str, reason: str, **more: Any) -> T:
        """Carry out what a person has decided, in a transaction of its own."""
        with self._engine.begin() as connection:
            return verb(connection, *about, by=by, reason=reason, now=self._clock(), **more)


@contextmanager
def closed_destinations_told() -> Iterator[None]:
    """Tell whoever puts something into the queue in our words that its destination takes nothing in.

    Raises:
        TransientError: ``queue.destination_closed``.
    """
    try:
        yield
    except DestinationClosedError as error:
        raise TransientError("queue.destination_closed", _why_closed(error), who=Party.COORDINATOR) from error


def _why_closed(error: DestinationClosedError) -> Text:
    name, by, why = error.destination, error.by, error.reason
    if by is None:
        return Text(
            ru=f"Очередь к «{name}» переполнена и новых сообщений не берёт, пока часть её не доставлена или не решено "
            "об остановленных сообщениях, которые тоже в счёте: «gateway queue depth», «gateway queue causes».",
            en=f"The queue to '{name}' is full and takes nothing in until some of it is delivered, or stopped "
            "messages, which count, too, are decided about: 'gateway queue depth', 'gateway queue causes'.",
        )
    return Text(
        ru=f"Очередь к «{name}» закрыта для новых сообщений ({by}: {why}). Открыть: «gateway queue reopen {name}».",
        en=f"The queue to '{name}' takes nothing in ({by}: {why}). To open it: 'gateway queue reopen {name}'.",
    )
