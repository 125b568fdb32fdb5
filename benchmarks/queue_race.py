"""Races queues: every figure of every one, by turns."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from statistics import median, quantiles

from queue_entrant import Entrant, NotMeasuredError, ask, at_work
from queue_stage import begun, ended, read_book

_SETTLING = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """How much is measured."""

    singles: int = 3000
    messages: int = 10_000
    batch: int = 1000
    ticks: int = 300
    rounds: int = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What one queue reached: messages a second, and milliseconds from enqueueing to the handler's beginning."""

    singly: float
    by_batch: float
    one_worker: float
    two_workers: float
    idle_p50: float
    idle_p99: float


def race(entrants: Sequence[Entrant], course: Course) -> dict[str, Result | NotMeasuredError]:
    """Measure queues by turns, so that a noisy minute hits all of them; return the medians by name."""
    rounds: dict[str, list[Result]] = {entrant.name: [] for entrant in entrants}
    failed: dict[str, NotMeasuredError] = {}
    for number in range(course.rounds):
        for entrant in entrants:
            if entrant.name in failed:
                continue
            print(f"round {number + 1} of {course.rounds}: {entrant.name} ...", file=sys.stderr, flush=True)
            try:
                rounds[entrant.name].append(_round(entrant, course))
            except NotMeasuredError as error:
                failed[entrant.name] = error
    return {name: failed.get(name) or _median(results) for name, results in rounds.items()}


def _median(results: Sequence[Result]) -> Result:
    return Result(**{part.name: median(getattr(one, part.name) for one in results) for part in fields(Result)})


def _round(entrant: Entrant, course: Course) -> Result:
    """Measure everything once, each part in an empty place."""
    singly = ask(entrant, "enqueue", entrant.new_address(), course.singles, 1, new=True)
    address = entrant.new_address()
    by_batch = ask(entrant, "enqueue", address, course.messages, course.batch, new=True)
    one_worker = work_off(entrant, address, course.messages, workers=1)
    address = entrant.new_address()
    ask(entrant, "enqueue", address, course.messages, course.batch, new=True)
    two_workers = work_off(entrant, address, course.messages, workers=2)
    latencies = idle_latencies(entrant, course.ticks)
    return Result(
        singly=singly,
        by_batch=by_batch,
        one_worker=one_worker,
        two_workers=two_workers,
        idle_p50=percentile(latencies, 50),
        idle_p99=percentile(latencies, 99),
    )


def work_off(entrant: Entrant, address: str, messages: int, *, workers: int) -> float:
    """Let so many worker processes work off so many waiting messages; return messages a second."""
    role = "drain" if entrant.drains else "work"
    with at_work(entrant, role, address, messages=messages, workers=workers) as crew:
        crew.wait(
            lambda: all(map(ended, crew.books)) if entrant.drains else sum(map(begun, crew.books)) >= messages,
            f"working off {messages} messages",
        )
        pages = [read_book(book) for book in crew.books]
    times = sorted(at for _, entries in pages for _, at in entries)
    if len(times) < messages:
        raise NotMeasuredError(f"only {len(times)} of {messages} messages were worked off")
    if entrant.drains:
        spans = [span for span, _ in pages]
        return messages / ((max(end for _, end in spans) - min(start for start, _ in spans)) / 1e9)
    return (messages - 1) / ((times[messages - 1] - times[0]) / 1e9)


def idle_latencies(entrant: Entrant, ticks: int) -> list[float]:
    """Let one process enqueue single messages for an idle worker; return milliseconds to the handlers' beginnings."""
    address = entrant.new_address()
    with at_work(entrant, "work", address, messages=ticks, workers=1, new=True) as crew:
        time.sleep(_SETTLING)  # a worker that finds nothing comes to rest
        ask(entrant, "tick", address, ticks)
        crew.wait(lambda: begun(crew.books[0]) >= ticks, f"delivering {ticks} single messages")
        _, entries = read_book(crew.books[0])
    return [(at - made) / 1e6 for made, at in entries]


def percentile(values: Sequence[float], which: int) -> float:
    """Return the value below which this percentage of the values lies."""
    return quantiles(values, n=100)[which - 1]
