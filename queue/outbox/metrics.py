"""Figures for Prometheus: of the queue, for whoever is scraped, and of a worker, for the worker's own process.

The one module that needs ``prometheus_client``; nothing else in the library imports it. Labels are destinations,
states and outcomes, of which there are few; never keys, ids or anything about a message.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Engine, func, select

from outbox import tables
from outbox.breaker import BreakerState
from outbox.destinations import DestinationStanding, standings
from outbox.figures import depths
from outbox.lane import AWAITING_ANSWER
from outbox.message import LaneState
from outbox.settling import Settlement
from outbox.sqlite import reading
from outbox.worker import DATABASE_AWAY

_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class QueueCollector(Collector):
    """The state of the queue, looked up when somebody scrapes; register it in one process.

    ``outbox_up`` is 0, and everything else missing, while the database is away. ``outbox_messages`` counts what is
    not over (``destination``, ``state``); ``outbox_oldest_seconds`` is the age of the oldest of it;
    ``outbox_lanes_blocked`` counts lanes that stand still; ``outbox_breaker`` is 1 for the state that a destination's
    breaker is in; ``outbox_paused``, ``outbox_drained`` and ``outbox_full`` are 1 where that holds; ``outbox_stopped``
    is 1 after a global stop.

    Args:
        engine: The database.
        clock: Gives the present as an aware time.
        fresh_for: Scrapes within this time get the same figures: however many scrape, the database is asked once.
    """

    def __init__(
        self, engine: Engine, clock: Callable[[], datetime], *, fresh_for: timedelta = timedelta(seconds=5)
    ) -> None:
        self._engine = reading(engine)
        self._clock = clock
        self._fresh_for = fresh_for.total_seconds()
        self._guard = Lock()
        self._figures: Sequence[Metric] = ()
        self._stale_at = monotonic()

    def describe(self) -> Iterable[Metric]:
        """Say nothing beforehand: registering must not ask the database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Return the figures; never raises because of the database."""
        with self._guard:
            if monotonic() >= self._stale_at:
                self._figures = self._look()
                self._stale_at = monotonic() + self._fresh_for
            return self._figures

    def _look(self) -> Sequence[Metric]:
        up = GaugeMetricFamily("outbox_up", "Whether the database of the outbox answers")
        try:
            with self._engine.connect() as connection:
                figures = _figures(connection, self._clock())
        except DATABASE_AWAY:
            up.add_metric((), 0)
            return [up]
        up.add_metric((), 1)
        return [up, *figures]


def _figures(connection: Connection, now: datetime) -> list[Metric]:
    known = standings(connection)
    return [
        *_amounts(connection, now),
        _blocked(connection),
        _breakers(known),
        _flags("outbox_paused", "Nothing is claimed for it", {one.name: one.paused_at for one in known}),
        _flags("outbox_drained", "Nothing more is taken in for it", {one.name: one.drained_at for one in known}),
        _flags("outbox_full", "Too much is unfinished", {one.name: one.full_at for one in known}),
        _stopped(connection),
    ]


def _amounts(connection: Connection, now: datetime) -> list[Metric]:
    amounts = GaugeMetricFamily("outbox_messages", "Messages that are not over", labels=("destination", "state"))
    oldest = GaugeMetricFamily(
        "outbox_oldest_seconds", "Age of the oldest message that is not over", labels=("destination", "state")
    )
    for depth in depths(connection):
        labels = (depth.destination, depth.state.value)
        amounts.add_metric(labels, depth.count)
        oldest.add_metric(labels, max(0.0, (now - depth.oldest).total_seconds()))
    return [amounts, oldest]


def _blocked(connection: Connection) -> Metric:
    lane = tables.lane
    figure = GaugeMetricFamily("outbox_lanes_blocked", "Lanes that stand still", labels=("destination",))
    found = connection.execute(
        select(lane.c.destination, func.count().label("number"))
        # A lane that waits for a business answer does what it should; an answer that does not come ends as a dead head.
        .where(lane.c.state == LaneState.BLOCKED, lane.c.blocked_reason != AWAITING_ANSWER)
        .group_by(lane.c.destination)
    )
    for row in found:
        figure.add_metric((row.destination,), row.number)
    return figure


def _breakers(known: Sequence[DestinationStanding]) -> Metric:
    figure = GaugeMetricFamily("outbox_breaker", "1 for the state it is in", labels=("destination", "state"))
    for one in known:
        for state in BreakerState:
            figure.add_metric((one.name, state.value), int(one.breaker is state))
    return figure


def _flags(name: str, meaning: str, since: Mapping[str, datetime | None]) -> Metric:
    figure = GaugeMetricFamily(name, meaning, labels=("destination",))
    for destination, moment in since.items():
        figure.add_metric((destination,), int(moment is not None))
    return figure


def _stopped(connection: Connection) -> Metric:
    switch = tables.switch
    found = connection.execute(select(switch.c.name).where(switch.c.name == tables.GLOBAL_STOP)).first()
    return GaugeMetricFamily("outbox_stopped", "Nothing at all is claimed", value=int(found is not None))


class WorkerMetrics:
    """Counts what a worker does: an ``Observer``.

    ``outbox_attempts_total`` (``destination``, ``outcome``), ``outbox_attempt_seconds`` (``destination``),
    ``outbox_settled_late_total`` and ``outbox_leases_lost_total`` (``destination``), and
    ``outbox_breaker_transitions_total`` (``destination``, ``state``: the new one).

    Args:
        registry: Where the figures are entered, once a process.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "outbox_attempts", "Attempts that were settled", ("destination", "outcome"), registry=registry
        )
        self._seconds = Histogram(
            "outbox_attempt_seconds", "Time a handler took", ("destination",), buckets=_SECONDS, registry=registry
        )
        self._late = Counter(
            "outbox_settled_late", "Outcomes that came after their lease", ("destination",), registry=registry
        )
        self._lost = Counter("outbox_leases_lost", "Leases that ran out", ("destination",), registry=registry)
        self._breakers = Counter(
            "outbox_breaker_transitions", "Changes of a breaker", ("destination", "state"), registry=registry
        )

    def settled(self, settlements: Sequence[tuple[Settlement, float]]) -> None:
        """Count attempts and the time they took."""
        counts: dict[tuple[str, str], int] = {}
        for settlement, seconds in settlements:
            destination = settlement.message.destination
            place = destination, type(settlement.outcome).__name__.lower()
            counts[place] = counts.get(place, 0) + 1
            self._seconds.labels(destination).observe(seconds)
        for place, count in counts.items():
            self._attempts.labels(*place).inc(count)

    def late(self, destination: str) -> None:
        """Count an outcome that came after its lease was lost."""
        self._late.labels(destination).inc()

    def lost(self, destination: str) -> None:
        """Count a lease that ran out."""
        self._lost.labels(destination).inc()

    def moved(self, breakers: Mapping[str, BreakerState]) -> None:
        """Count breakers that have changed."""
        for destination, state in breakers.items():
            self._breakers.labels(destination, state.value).inc()
