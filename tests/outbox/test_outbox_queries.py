"""What people and monitors look at, and that it does not slow down with the history."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from outbox.answers import lapse
from outbox.dead_letters import Letters, causes, seek
from outbox.errors import UnknownLaneError, UnknownMessageError
from outbox.figures import Depth, Freshness, depths, freshness
from outbox.lane import LaneKey, lane_key
from outbox.lane_operations import pause_lane
from outbox.lane_views import lanes, show_lane
from outbox.message import (
    AttemptOutcome,
    Delivered,
    LaneState,
    MessageId,
    Outcome,
    Priority,
    Refused,
    Retry,
    Sent,
    State,
)
from outbox.operations import hold, skip
from outbox.queries import find, is_drained, payload, show
from outbox.sealing import Sealing
from outbox.settling import reclaim
from outbox.tables import message as message_table
from outbox.testing import ManualClock
from tests.outbox_world import DELAY, LEASE, POLICIES, Desk, new

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOBODY = MessageId("nobody")


@pytest.fixture
def desk(engine: Engine, clock: ManualClock) -> Desk:
    return Desk(engine, clock)


class TestFind:
    def found(self, desk: Desk, **which: Any) -> list[MessageId]:
        return [entry.id for entry in desk.ask(find, **which).entries]

    def test_lists_are_paged_newest_first(self, desk: Desk) -> None:
        given = desk.put(*(new(f"k{number}") for number in range(5)))
        page = desk.ask(find, limit=3)
        rest = desk.ask(find, limit=3, before=page.before)
        assert [entry.id for entry in [*page.entries, *rest.entries]] == given[::-1]
        assert rest.before is None

    @pytest.mark.parametrize("limit", [0, -1])
    def test_a_page_without_a_line_is_refused(self, desk: Desk, limit: int) -> None:
        with pytest.raises(ValueError, match="limit"):
            desk.ask(find, limit=limit)
        with pytest.raises(ValueError, match="limit"):
            desk.ask(lanes, now=desk.clock(), limit=limit)

    def test_every_filter_finds_its_messages_and_no_others(self, desk: Desk) -> None:
        begun = desk.clock()
        one, two = desk.put(
            new("a", owner="school 1", subject="pupil 1", correlation="Export_1%"), new("b", to="portal", kind="plan")
        )
        desk.clock.advance(HOUR)
        [three] = desk.put(new("c"))
        outcomes: dict[MessageId, Outcome] = {
            one: Refused(reason="no", code="schema"),
            two: Delivered(),
            three: Retry(reason="503", code="http_503"),
        }
        for message in desk.take():
            desk.give(message, outcomes[message.id])
        assert [desk.state(given) for given in (one, two, three)] == [State.DEAD, State.DONE, State.WAITING]
        assert self.found(desk) == [three, two, one]
        assert self.found(desk, owner="school 1") == [one]
        assert self.found(desk, subject="pupil 1") == [one]
        assert self.found(desk, destination="portal") == [two]
        assert self.found(desk, kind="plan") == [two]
        assert self.found(desk, lane=desk.entry(three).lane) == [three]
        assert self.found(desk, error_code="http_503") == [three]
        assert self.found(desk, states={State.DEAD, State.DONE}) == [two, one]
        assert self.found(desk, states={State.LEASED}) == []
        assert self.found(desk, unfinished=True) == [three, one]
        assert self.found(desk, created_from=begun + HOUR) == [three]
        assert self.found(desk, created_before=begun + HOUR) == [two, one]
        assert self.found(desk, text="export_1%") == [one]
        assert self.found(desk, text="exportx1") == []
        assert self.found(desk, text=two[4:20]) == [two]
        assert self.found(desk, owner="school 1", destination="portal") == []

    def test_dead_and_unfinished_means_waiting_for_a_person(self, desk: Desk) -> None:
        decided, undecided, held = desk.put(new("a"), new("b"), new("c"))
        desk.decide(hold, held)
        desk.deliver(Refused(reason="no"))
        desk.decide(skip, decided)
        assert self.found(desk, states={State.DEAD}) == [undecided, decided]
        assert self.found(desk, states={State.DEAD}, unfinished=True) == [undecided]
        assert self.found(desk, states={State.DEAD, State.HELD}, unfinished=True) == [held, undecided]

    def test_what_a_lease_covers_is_leased(self, desk: Desk) -> None:
        given = desk.put(*(new() for _ in range(5)))
        desk.take()
        assert self.found(desk, states={State.LEASED}) == given[2::-1]
        assert self.found(desk, states={State.READY}) == given[:2:-1]


class TestShow:
    def test_the_attempt_in_flight_is_shown_for_the_head_only(self, desk: Desk) -> None:
        first, second = desk.put(new(), new())
        desk.give(desk.take()[0], Retry(reason="busy"))
        desk.clock.advance(DELAY)
        desk.take()
        history = desk.history(first)
        assert [attempt.outcome for attempt in history.attempts] == [AttemptOutcome.RETRY, AttemptOutcome.RUNNING]
        running = history.attempts[-1]
        assert (running.number, running.started_at, running.finished_at) == (2, desk.clock(), None)
        assert (running.worker, history.entry.lease_owner) == ("w1", "w1")
        assert history.entry.attempts == 2
        behind = desk.history(second)
        assert (behind.entry.state, behind.entry.attempts, behind.attempts) == (State.LEASED, 0, [])

    def test_a_lost_attempt_takes_the_place_of_the_running_one(self, desk: Desk) -> None:
        [given] = desk.put(new())
        desk.take()
        desk.clock.advance(LEASE * 2)
        with desk.engine.begin() as connection:
            reclaim(connection, policies=POLICIES, now=desk.clock(), random=lambda: 0.5)
        [attempt] = desk.history(given).attempts
        assert (attempt.number, attempt.outcome) == (1, AttemptOutcome.LOST)

    def test_an_unknown_id_is_named(self, desk: Desk) -> None:
        for query in (show, payload):
            with pytest.raises(UnknownMessageError, match="nobody"):
                desk.ask(query, NOBODY)

    def test_a_payload_is_opened_on_demand_only(self, desk: Desk) -> None:
        sealing = Sealing({"2026": bytes(32)}, current="2026")
        [plain] = desk.put(new(payload=b"Petrov"))
        with desk.engine.begin() as connection:
            connection.execute(
                text("UPDATE outbox_payload SET bytes = :bytes"), {"bytes": sealing.seal(b"Petrov", plain)}
            )
        assert desk.ask(payload, plain, sealing=sealing) == b"Petrov"
        assert "Petrov" not in repr(desk.history(plain))
        with desk.engine.begin() as connection:
            connection.execute(text("DELETE FROM outbox_payload"))
        assert desk.ask(payload, plain) is None


class TestLanes:
    def test_a_lane_shows_what_decides_for_it(self, desk: Desk) -> None:
        [head, *_] = desk.put(*(new() for _ in range(4)))
        desk.clock.advance(HOUR)
        desk.deliver(Refused(reason="schema", code="schema"))
        desk.clock.advance(MINUTE)
        view = desk.ask(show_lane, "authority", "k:class-5a", now=desk.clock())
        assert view.key == lane_key("authority", "class-5a", NOBODY)
        assert (view.state, view.reason, view.stopped_at) == (LaneState.BLOCKED, "schema", desk.clock() - MINUTE)
        assert (view.head, view.head_kind, view.head_age, view.waiting) == (head, "marks", HOUR + MINUTE, 3)
        assert view.lease_owner is None

    def test_a_lane_in_flight_shows_its_lease(self, desk: Desk) -> None:
        desk.put(new())
        desk.take()
        [view] = desk.ask(lanes, now=desk.clock()).lanes
        assert (view.state, view.lease_owner, view.lease_until) == (LaneState.LEASED, "w1", desk.clock() + LEASE)
        assert (view.reason, view.stopped_at) == (None, None)

    def test_lanes_are_filtered_and_paged_newest_first(self, desk: Desk) -> None:
        desk.put(*(new(f"class-{number}") for number in range(4)), new("class-9", to="portal"))
        desk.give(desk.take(limit=1)[0], Refused(reason="no"))
        desk.decide(pause_lane, LaneKey("authority", "k:class-2"))

        def names(**which: Any) -> list[str]:
            return [view.key.key.removeprefix("k:class-") for view in desk.ask(lanes, now=desk.clock(), **which).lanes]

        assert names() == ["9", "3", "2", "1", "0"]
        assert names(destination="authority", limit=2) == ["3", "2"]
        page = desk.ask(lanes, now=desk.clock(), destination="authority", limit=2)
        assert names(destination="authority", limit=2, before=page.before) == ["1", "0"]
        assert desk.ask(lanes, now=desk.clock(), before=page.before).before is None
        assert names(states={LaneState.BLOCKED}) == ["2", "0"]
        assert names(states={LaneState.READY, LaneState.BLOCKED}) == ["9", "3", "2", "1", "0"]
        assert names(states={LaneState.READY}) == ["9", "3", "1"]
        assert names(states={LaneState.LEASED}) == []
        assert names(states={LaneState.IDLE}) == []
        assert names(text="CLASS-3") == ["3"]

    def test_how_long_a_lane_is_blocked_counts_from_what_blocked_it(self, desk: Desk) -> None:
        held, _dead, _expired = desk.put(new("held"), new("dead"), new("x", expires_at=desk.clock() + HOUR))
        desk.clock.advance(MINUTE)
        desk.decide(hold, held)
        held_at = desk.clock()
        desk.clock.advance(MINUTE)
        for message in desk.take():
            desk.give(message, Refused(reason="no"))
        died_at = desk.clock()
        [paused] = desk.put(new("paused"))
        desk.clock.advance(MINUTE)
        desk.decide(pause_lane, lane_key("authority", "paused", paused))
        found = {view.key.key: view.stopped_at for view in desk.ask(lanes, now=desk.clock()).lanes}
        assert found == {"k:held": held_at, "k:dead": died_at, "k:x": died_at, "k:paused": desk.clock()}
        old = desk.ask(lanes, now=desk.clock(), blocked_longer_than=timedelta(seconds=90)).lanes
        assert [view.key.key for view in old] == ["k:held"]

    def test_an_unknown_lane_is_named(self, desk: Desk) -> None:
        with pytest.raises(UnknownLaneError, match="class-9z"):
            desk.ask(show_lane, "authority", "k:class-9z", now=desk.clock())


class TestFigures:
    def test_depths_tell_number_and_oldest_by_destination_and_state(self, desk: Desk) -> None:
        begun = desk.clock()
        desk.put(*(new() for _ in range(4)), new("a", to="portal", owner="school 1"))
        desk.take(limit=3)
        desk.clock.advance(MINUTE)
        desk.put(new("c"))
        assert desk.ask(depths) == [
            Depth(destination="authority", state=State.LEASED, count=3, oldest=begun),
            Depth(destination="authority", state=State.READY, count=2, oldest=begun),
            Depth(destination="portal", state=State.READY, count=1, oldest=begun),
        ]
        assert [(depth.destination, depth.count) for depth in desk.ask(depths, owner="school 1")] == [("portal", 1)]

    def test_what_is_over_is_counted_over_a_given_time_only(self, desk: Desk) -> None:
        begun = desk.clock()
        desk.put(new())
        desk.deliver()
        desk.clock.advance(HOUR)
        given = desk.put(new(), new())
        desk.give(desk.take(limit=1)[0], Delivered())
        desk.decide(skip, given[1])
        assert desk.ask(depths) == []
        over: dict[str, Any] = {"destination": "authority", "over": True}
        assert desk.ask(depths, finished_since=desk.clock()) == [
            Depth(state=State.DEAD, count=1, oldest=desk.clock(), **over),
            Depth(state=State.DONE, count=1, oldest=desk.clock(), **over),
        ]
        assert [depth.count for depth in desk.ask(depths, finished_since=begun)] == [1, 2]

    def test_what_waits_for_an_answer_is_not_over_wherever_it_waits(self, desk: Desk) -> None:
        desk.put(new("a"), new("b", kind="strict"))
        for number, message in enumerate(desk.take()):
            desk.give(message, Sent(receipt=f"R-{number}"))
        [depth] = desk.ask(depths, finished_since=desk.clock())
        assert (depth.state, depth.count, depth.over) == (State.SENT, 2, False)

    def test_freshness_says_which_kind_is_late_where(self, desk: Desk) -> None:
        begun = desk.clock()
        desk.put(new("a"), new("b"), new("b", kind="plan"), new("p", to="portal"), new("x", to="elsewhere"))
        for message in desk.take():
            if message.kind == "marks":
                desk.give(message, Delivered() if message.ordering_key == "p" else Refused(reason="no"))
        desk.clock.advance(HOUR)
        desk.put(new("p", to="portal"))
        desk.clock.advance(HOUR + MINUTE)
        limit, age = timedelta(hours=2), 2 * HOUR + MINUTE
        assert desk.ask(freshness, POLICIES, now=desk.clock()) == [
            Freshness(
                destination="authority",
                kind="marks",
                oldest=begun,
                age=age,
                allowed=limit,
                broken=True,
                blocked_lanes=2,
            ),
            Freshness(
                destination="authority",
                kind="plan",
                oldest=begun,
                age=age,
                allowed=limit,
                broken=True,
                blocked_lanes=0,
            ),
            Freshness(
                destination="elsewhere",
                kind="marks",
                oldest=begun,
                age=age,
                allowed=None,
                broken=False,
                blocked_lanes=0,
            ),
            Freshness(
                destination="portal",
                kind="marks",
                oldest=begun + HOUR,
                age=HOUR + MINUTE,
                allowed=limit,
                broken=False,
                blocked_lanes=0,
            ),
        ]

    def test_a_message_is_not_late_before_it_is_due_nor_while_its_answer_is_out(self, desk: Desk) -> None:
        due = desk.clock() + HOUR
        desk.put(new("a", due_at=due), new("b", kind="strict"))
        desk.deliver(Sent(receipt="R-1"))
        desk.clock.advance(30 * MINUTE)
        [waits] = desk.ask(freshness, POLICIES, now=desk.clock())
        assert (waits.kind, waits.oldest, waits.age, waits.blocked_lanes) == ("strict", None, timedelta(0), 1)
        desk.clock.advance(HOUR)
        marks = desk.ask(freshness, POLICIES, now=desk.clock())[0]
        assert (marks.kind, marks.oldest, marks.age) == ("marks", due, 30 * MINUTE)

    def test_drained_means_that_nothing_moves_any_more(self, desk: Desk) -> None:
        def drained() -> bool:
            return desk.ask(is_drained, POLICIES)

        assert drained()
        desk.put(new(), new())
        assert not drained()
        desk.give(desk.take()[0], Retry(reason="busy"))
        assert not drained()
        desk.clock.advance(DELAY)
        messages = desk.take()
        assert not drained()
        desk.give(messages[0], Refused(reason="no"))
        assert drained()


QUERIES: dict[str, Callable[[Connection, ManualClock], object]] = {
    "lanes": lambda connection, clock: lanes(connection, now=clock()),
    "blocked lanes": lambda connection, clock: lanes(connection, now=clock(), states={LaneState.BLOCKED}),
    "long blocked lanes": lambda connection, clock: lanes(connection, now=clock(), blocked_longer_than=HOUR),
    "a lane": lambda connection, clock: show_lane(connection, "authority", "k:dead", now=clock()),
    "causes": lambda connection, _: causes(connection),
    "causes of a destination": lambda connection, _: causes(connection, destination="authority"),
    "letters": lambda connection, _: seek(connection, Letters(destination="authority"), limit=100),
    "held and dead": lambda connection, _: find(connection, states={State.DEAD, State.HELD}, unfinished=True),
    "depths": lambda connection, clock: depths(connection, finished_since=clock()),
    "freshness": lambda connection, clock: freshness(connection, POLICIES, now=clock()),
    "drained": lambda connection, _: is_drained(connection, POLICIES),
    "overdue": lambda connection, clock: lapse(connection, policies=POLICIES, now=clock(), random=lambda: 0.5),
    "an owner's": lambda connection, _: find(connection, owner="school 1"),
    "a subject's": lambda connection, _: find(connection, subject="pupil 1"),
}


class TestPlans:
    """With a long history no query reads it: each goes by an index to what is not over."""

    @pytest.mark.parametrize("name", QUERIES)
    def test_no_query_reads_the_whole_history(self, desk: Desk, name: str) -> None:
        desk.put(new("dead", priority=Priority.HIGH), *(new("dead") for _ in range(5)))
        desk.give(desk.take(limit=1)[0], Refused(reason="no"))
        add_history(desk, 20_000)
        desk.clock.advance(HOUR)
        steps = planned(desk, QUERIES[name])
        assert steps
        assert [step for step in steps if reads_all(step)] == []

    def test_a_query_that_does_would_be_noticed(self, desk: Desk) -> None:
        desk.put(new())
        add_history(desk, 20_000)
        assert any(reads_all(step) for step in planned(desk, lambda connection, _: find(connection, text="x")))


def add_history(desk: Desk, count: int) -> None:
    """Add finished messages as copies of one, whose lanes are long gone."""
    copied = {"seq": "seq + 1000 + n", "id": "'old' || n", "lane": "lane + 1000 + n", "state": "'done'"}
    copied |= {"finished_at": "created_at", "owner": "'school ' || n", "subject": "'pupil ' || n"}
    names = [column.name for column in message_table.c]
    with desk.engine.begin() as connection:
        connection.execute(
            text(f"""
                INSERT INTO outbox_message ({", ".join(names)})
                WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})
                SELECT {", ".join(copied.get(name, name) for name in names)}
                FROM numbers, (SELECT * FROM outbox_message ORDER BY seq LIMIT 1) AS one
            """)  # noqa: S608 -- made of names
        )
        connection.execute(text("ANALYZE"))


def planned(desk: Desk, query: Callable[[Connection, ManualClock], object]) -> list[str]:
    """Return the steps of the plans for all that a query asks."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        statements.append((statement, parameters))

    with desk.engine.connect() as connection:
        event.listen(connection, "before_cursor_execute", note)
        query(connection, desk.clock)
        event.remove(connection, "before_cursor_execute", note)
        asked = [one for one in statements if one[0].lstrip().startswith("SELECT")]
        return [step for statement, parameters in asked for step in plan(connection, statement, parameters)]


def plan(connection: Connection, statement: str, parameters: Any) -> Sequence[str]:
    word = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    return [row[-1] for row in connection.exec_driver_sql(f"{word} {statement}", parameters)]


def reads_all(step: str) -> bool:
    """Say whether a step of a plan reads every message there ever was: the table, or an index of the whole of it."""
    if step.startswith("SCAN"):
        return step.split()[1] in {"outbox_message", "head", "behind"} and "ix_outbox_message_" not in step
    return "Seq Scan on outbox_message" in step or "Index Scan Backward using pk_outbox_message" in step
