"""The outbox, the bare bounds and other people's queues, all in one run; payloads of 1 kB, every commit synced.

``bound`` of enqueueing by 1000 is COPY (PostgreSQL) or executemany (SQLite) of the very rows that the outbox writes,
into its own tables; the same into one table without order is "bound, unordered" beside it. ``bound`` of everything
else is the *ordered* one of ``queue_bound_*.py``: a lane per key, attempts kept, batches of 100, and nothing more. Over
HTTP it is the same client called in a bare pool of as many threads; with a backlog it is the empty table. ``peers``
are the other bounds and, with ``--peers``, other people's queues as they come. Every worker is a process of its own.

Figures are medians of three rounds in which all take turns. What can tell that everything is settled (the outbox, the
bounds) is measured from the start to that moment; the others, in their favour, from the beginning of the first
handler to that of the last. Latency is from before the enqueueing, its commit included, to the handler's beginning.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import fields, replace
from itertools import count
from pathlib import Path
from statistics import median

from figure import Figure
from places import postgres_place
from queue_entrant import Entrant, NotMeasuredError, ask, prepared
from queue_http import CLIENTS, no_op_server
from queue_peers import PEERS, entered, redis_home
from queue_race import Course, Result, race, work_off
from sqlalchemy import create_engine, make_url, text

Home = Callable[[], str]
"""Gives the address of one more empty place."""

QUICK = Course(singles=200, messages=2000, batch=1000, ticks=20, rounds=1)
WAITING = 1_000_000
FEW_WAITING = 10_000
A_YEAR = 365 * 86_400.0
HTTP_MESSAGES = 3000
FEW_HTTP_MESSAGES = 300

OURS = "outbox"
ORDERED = "bound, ordered"
UNORDERED = "bound, unordered"
_UNITS = {"idle_p50": "ms", "idle_p99": "ms"}
_NAMES = {
    "singly": "enqueue_singly",
    "by_batch": "enqueue_by_1000",
    "one_worker": "1_worker",
    "two_workers": "2_workers",
    "idle_p50": "idle_p50",
    "idle_p99": "idle_p99",
}


def measure(folder: Path, *, quick: bool = False, peers: bool = False) -> list[Figure]:
    course = QUICK if quick else Course()
    with _two_cores(), ExitStack() as stack:
        homes: dict[str, Home] = {
            "postgresql": stack.enter_context(_postgresql_home(folder)),
            "sqlite": _sqlite_home(folder),
        }
        figures = _raced(folder, homes, course, stack, peers=peers)
        for database in ("postgresql", "sqlite"):
            figures += _over_http(database, homes[database], course, FEW_HTTP_MESSAGES if quick else HTTP_MESSAGES)
            figures += _with_backlog(database, homes[database], course, FEW_WAITING if quick else WAITING)
    return figures


def _raced(folder: Path, homes: dict[str, Home], course: Course, stack: ExitStack, *, peers: bool) -> list[Figure]:
    """Race the outbox, the bounds and the peers."""
    entrants = [entrant for database in ("postgresql", "sqlite") for entrant in _own(database, homes[database], course)]
    absent: dict[str, NotMeasuredError] = {}
    if peers:
        try:
            homes["redis"] = stack.enter_context(redis_home(folder / "redis"))
        except NotMeasuredError as error:
            print(f"Redis: {error}", file=sys.stderr)
        for peer in PEERS:
            print(f"installing {peer.name} ...", file=sys.stderr)
            try:
                entrants.append(entered(peer, folder, homes))
            except NotMeasuredError as error:
                absent[peer.name] = error
    results = {**race(entrants, course), **absent}
    on_sqlite = {peer.name for peer in PEERS if peer.home == "sqlite"}
    others = {name: result for name, result in results.items() if name in {peer.name for peer in PEERS}}
    return [
        *_figures(
            "postgresql",
            results,
            {name: one for name, one in others.items() if name not in on_sqlite},
            enqueue_bound=_bare_rows(homes["postgresql"], course),
        ),
        *_figures(
            "sqlite",
            results,
            {name: one for name, one in others.items() if name in on_sqlite},
            enqueue_bound=_bare_rows(homes["sqlite"], course),
        ),
    ]


def _bare_rows(home: Home, course: Course) -> float:
    """Return how many messages a second are enqueued if nothing but the outbox's own rows is written."""
    outbox = Entrant(name=OURS, place="queue_outbox:Queue", new_address=home)
    source = prepared(outbox)
    ask(outbox, "enqueue", source, course.messages, course.batch)
    bare = Entrant(name="rows", place="queue_bound_rows:Rows", new_address=home, options={"source": source})
    rates = [float(ask(bare, "enqueue", home(), course.messages, course.batch, new=True)) for _ in range(course.rounds)]
    return median(rates)


def _own(database: str, home: Home, course: Course) -> Iterator[Entrant]:
    batches = (100,) if course is QUICK else (100, 1000)
    bounds = f"queue_bound_{database}"
    yield Entrant(name=f"{database} {OURS}", place="queue_outbox:Queue", new_address=home, drains=True)
    for name, kind in ((ORDERED, "Ordered"), (UNORDERED, "Unordered")):
        for batch in batches:
            yield Entrant(
                name=f"{database} {name}, {batch}",
                place=f"{bounds}:{kind}",
                new_address=home,
                options={"batch": batch},
                drains=True,
            )


def _figures(
    database: str,
    results: Mapping[str, Result | NotMeasuredError],
    peers: Mapping[str, Result | NotMeasuredError],
    *,
    enqueue_bound: float,
) -> Iterator[Figure]:
    own = {
        name.removeprefix(f"{database} "): result for name, result in results.items() if name.startswith(f"{database} ")
    }
    for part in fields(Result):
        values = {name: _value(result, part.name) for name, result in {**own, **peers}.items()}
        ours = values.pop(OURS)
        bound = enqueue_bound if part.name == "by_batch" else values.pop(f"{ORDERED}, 100")
        assert isinstance(ours, float), ours
        assert isinstance(bound, float), bound
        unit = _UNITS.get(part.name, "messages/s")
        yield Figure(name=f"outbox_{database}_{_NAMES[part.name]}", value=ours, unit=unit, bound=bound, peers=values)


def _value(result: Result | NotMeasuredError, name: str) -> float | str:
    return f"not measured: {result}" if isinstance(result, NotMeasuredError) else float(getattr(result, name))


def _over_http(database: str, home: Home, course: Course, messages: int) -> Iterator[Figure]:
    """Deliver by HTTP through the outbox, and in a bare pool of as many threads."""
    with no_op_server() as url:
        for client in list(CLIENTS)[:1] if course is QUICK else CLIENTS:
            print(f"delivering with {client} from {database} ...", file=sys.stderr, flush=True)
            options = {"url": url, "client": client}
            bare = Entrant(
                name="bare pool",
                place="queue_http:Bare",
                new_address=home,
                options={**options, "messages": messages},
                drains=True,
            )
            outbox = Entrant(name=OURS, place="queue_outbox:Delivering", new_address=home, options=options, drains=True)
            rates: dict[str, list[float]] = {OURS: [], bare.name: []}
            for _ in range(course.rounds):
                address = prepared(outbox)
                ask(outbox, "enqueue", address, messages, course.batch)
                rates[OURS].append(work_off(outbox, address, messages, workers=1))
                rates[bare.name].append(work_off(bare, address, messages, workers=1))
            yield Figure(
                name=f"outbox_{database}_http_{client}",
                value=median(rates[OURS]),
                unit="deliveries/s",
                bound=median(rates[bare.name]),
            )


def _with_backlog(database: str, home: Home, course: Course, waiting: int) -> list[Figure]:
    """Work off as many messages in an empty table and beside a backlog."""
    empty = Entrant(name="empty", place="queue_outbox:Queue", new_address=home)
    due = replace(empty, name="many_due", place="queue_backlog:Waiting", options={"waiting": waiting})
    later = replace(due, name="many_not_due", options={"waiting": waiting, "due_in": A_YEAR})
    blocked = replace(empty, name="blocked_key", place="queue_backlog:Blocked")
    entrants = (empty, due, later, blocked)
    print(f"filling {database} with {waiting} messages, twice ...", file=sys.stderr, flush=True)
    addresses = {entrant.name: prepared(entrant) for entrant in entrants}
    rates: dict[str, list[float]] = {entrant.name: [] for entrant in entrants}
    for _ in range(course.rounds):
        for entrant in entrants:
            address = addresses[entrant.name]
            ask(entrant, "enqueue", address, course.messages, course.batch)
            rates[entrant.name].append(work_off(entrant, address, course.messages, workers=1))
    bound = median(rates.pop(empty.name))
    return [
        Figure(name=f"outbox_{database}_{name}", value=median(found), unit="messages/s", bound=bound)
        for name, found in rates.items()
    ]


@contextmanager
def _two_cores() -> Iterator[None]:
    """Keep to two cores, where the system lets choose; servers and workers inherit it."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(all_cores)[:2])
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_cores)


@contextmanager
def _postgresql_home(folder: Path) -> Iterator[Home]:
    """Run a PostgreSQL that syncs, and make it a database for each."""
    with postgres_place(folder) as (address, _):
        url = make_url(address)
        admin = create_engine(url, isolation_level="AUTOCOMMIT")
        numbers = count()

        def new_address() -> str:
            name = f"queue_{next(numbers)}"
            with admin.connect() as connection:
                assert connection.execute(text("SHOW fsync")).scalar() == "on"
                connection.execute(text(f"CREATE DATABASE {name}"))
            # The plain form, which every driver reads.
            return url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)

        try:
            yield new_address
        finally:
            admin.dispose()


def _sqlite_home(folder: Path) -> Home:
    numbers = count()
    return lambda: str(folder / f"queue_{next(numbers)}.db")
