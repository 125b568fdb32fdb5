"""Figures for Prometheus: what is there, what it costs, and that nothing personal becomes a label."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import Engine, create_engine, event

from outbox.destinations import drain, pause
from outbox.intake import enqueue
from outbox.message import Delivered, Message, NewMessage, Outcome, Refused, Retry
from outbox.metrics import QueueCollector, WorkerMetrics
from outbox.operations import hold, stop
from outbox.policy import Policy
from outbox.rhythm import Rhythm
from outbox.testing import ManualClock
from outbox.worker import Worker

Figures = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


def new(**more: Any) -> NewMessage:
    return NewMessage(**{"destination": "authority", "kind": "marks", "payload": b"x", **more})


def figures(registry: CollectorRegistry) -> Figures:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for metric in registry.collect()
        for sample in metric.samples
    }


def of(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


@pytest.fixture
def registry(engine: Engine, clock: ManualClock) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(QueueCollector(engine, clock, fresh_for=timedelta(0)))
    return registry


@pytest.fixture
def statements(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_an_empty_queue_has_figures(registry: CollectorRegistry) -> None:
    found = figures(registry)
    assert found[of("outbox_up")] == 1
    assert found[of("outbox_stopped")] == 0
    assert not any(name == "outbox_messages" for name, _ in found)


def test_what_waits_is_counted_with_its_age(engine: Engine, clock: ManualClock, registry: CollectorRegistry) -> None:
    with engine.begin() as connection:
        enqueue(connection, new(), now=clock())
        clock.advance(timedelta(seconds=90))
        enqueue(connection, new(), new(due_at=clock() + timedelta(days=1)), now=clock())
    found = figures(registry)
    assert found[of("outbox_messages", destination="authority", state="ready")] == 2
    assert found[of("outbox_messages", destination="authority", state="waiting")] == 1
    assert found[of("outbox_oldest_seconds", destination="authority", state="ready")] == 90


def test_what_stands_still_is_counted(engine: Engine, clock: ManualClock, registry: CollectorRegistry) -> None:
    with engine.begin() as connection:
        [head, *_] = enqueue(connection, new(ordering_key="a"), new(ordering_key="a"), new(), now=clock())
        hold(connection, head, by="test", reason="test", now=clock())
        pause(connection, "authority", by="test", reason="test", now=clock())
        drain(connection, "registry", by="test", reason="test", now=clock())
        stop(connection, by="test", reason="test", now=clock())
    found = figures(registry)
    assert found[of("outbox_lanes_blocked", destination="authority")] == 1
    assert found[of("outbox_paused", destination="authority")] == 1
    assert found[of("outbox_paused", destination="registry")] == 0
    assert found[of("outbox_drained", destination="registry")] == 1
    assert found[of("outbox_full", destination="registry")] == 0
    assert found[of("outbox_breaker", destination="authority", state="closed")] == 1
    assert found[of("outbox_breaker", destination="authority", state="open")] == 0
    assert found[of("outbox_stopped")] == 1


def test_many_scrapes_ask_the_database_once(engine: Engine, clock: ManualClock, statements: list[str]) -> None:
    registry = CollectorRegistry()
    registry.register(QueueCollector(engine, clock, fresh_for=timedelta(hours=1)))
    assert not statements
    first = generate_latest(registry)
    asked = len(statements)
    assert asked > 0
    with engine.begin() as connection:
        enqueue(connection, new(), now=clock())
    statements.clear()
    assert generate_latest(registry) == first
    assert not statements


def test_a_database_that_is_away_is_a_figure_and_no_error(clock: ManualClock) -> None:
    nowhere = create_engine("postgresql+psycopg://nobody@localhost:1/nowhere")
    registry = CollectorRegistry()
    registry.register(QueueCollector(nowhere, clock))
    assert figures(registry) == {of("outbox_up"): 0}
    nowhere.dispose()


def test_a_worker_counts_what_it_does(engine: Engine) -> None:
    registry = CollectorRegistry()
    outcomes: dict[str, Outcome] = {"a": Delivered(), "b": Refused(reason="no"), "c": Retry(reason="later")}

    def handle(message: Message) -> Outcome:
        return outcomes[message.ordering_key or ""]

    with engine.begin() as connection:
        messages = [new(ordering_key=key, subject="pupil-7", correlation="secret") for key in "aaabc"]
        enqueue(connection, *messages, now=datetime.now(UTC))
    metrics = WorkerMetrics(registry)
    worker = Worker(
        engine,
        {"authority": handle},
        {"authority": Policy(max_attempts=1)},
        name="w1",
        rhythm=Rhythm(threads=2),
        observer=metrics,
    )
    assert worker.drain(within=timedelta(seconds=30))
    found = figures(registry)
    assert found[of("outbox_attempts_total", destination="authority", outcome="delivered")] == 3
    assert found[of("outbox_attempts_total", destination="authority", outcome="refused")] == 1
    assert found[of("outbox_attempts_total", destination="authority", outcome="retry")] == 1
    assert found[of("outbox_attempt_seconds_count", destination="authority")] == 5
    metrics.late("authority")
    metrics.lost("authority")
    found = figures(registry)
    assert found[of("outbox_settled_late_total", destination="authority")] == 1
    assert found[of("outbox_leases_lost_total", destination="authority")] == 1
    labels = {value for _, pairs in found for _, value in pairs}
    assert not {"pupil-7", "secret", "a", "b", "c", "w1"} & labels
