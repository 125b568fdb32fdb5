"""Every finding is made when it should be, names who has to act, and is not made otherwise."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, func, insert, select, text, update

from outbox import tables
from outbox.breaker import BreakerState
from outbox.inspection import LONG, Actor, Finding, inspect
from outbox.intake import enqueue
from outbox.lane import follow
from outbox.message import LaneState, MessageId, NewMessage, State
from outbox.migrations import migrate
from outbox.policy import Policy
from outbox.sealing import PLAIN, Sealing
from outbox.sqlite import sqlite_engine
from outbox.testing import ManualClock

HOUR = timedelta(hours=1)
POLICIES = {"authority": Policy(freshness=HOUR, lease=timedelta(minutes=1))}


class Store:
    """A queue that is put into states by hand, and its inspection."""

    def __init__(self, engine: Engine, clock: ManualClock) -> None:
        self.engine = engine
        self.clock = clock

    def put(self, *, sealing: Sealing = PLAIN, **more: Any) -> MessageId:
        new = NewMessage(**{"destination": "authority", "kind": "marks", "payload": b"<x/>", **more})
        with self.engine.begin() as connection:
            return enqueue(connection, new, now=self.clock(), sealing=sealing)[0]

    def change(self, message_id: MessageId, **values: Any) -> None:
        table = tables.message
        with self.engine.begin() as connection:
            connection.execute(update(table).where(table.c.id == message_id).values(values))
            follow(connection, list(connection.execute(select(tables.lane.c.id)).scalars()))

    def destination(self, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(insert(tables.destination).values(name="authority", **values))

    def findings(self, *, sealing: Sealing = PLAIN) -> list[Finding]:
        """Inspect with the clock of the test, and pass over what the test's own server is set to."""
        found = inspect(self.engine, POLICIES, clock=self.clock, sealing=sealing)
        return [finding for finding in found if not finding.code.startswith(("postgresql_", "clock_"))]


@pytest.fixture
def store(engine: Engine, clock: ManualClock) -> Store:
    return Store(engine, clock)


def test_where_all_is_well_nothing_is_found(store: Store) -> None:
    store.put()
    store.destination(paused_at=store.clock(), paused_by="p", paused_reason="tests", away_since=store.clock())
    assert store.findings() == []


class TestDatabase:
    def test_another_revision_is_all_that_is_said(self, store: Store) -> None:
        with store.engine.begin() as connection:
            revision = connection.execute(text("SELECT version_num FROM outbox_version")).scalar_one()
            connection.execute(text("UPDATE outbox_version SET version_num = '9999'"))
        try:
            [finding] = inspect(store.engine, POLICIES, clock=store.clock)
        finally:
            with store.engine.begin() as connection:
                connection.execute(text("UPDATE outbox_version SET version_num = :was"), {"was": revision})
        assert (finding.code, finding.who) == ("schema_revision", Actor.ADMINISTRATOR)
        assert finding.facts == {"found": "9999", "expected": revision}

    def test_sqlite_as_the_driver_sets_it_up_is_not_safe(self, tmp_path: Path, clock: ManualClock) -> None:
        engine = create_engine(f"sqlite:///{tmp_path / 'plain.db'}", connect_args={"timeout": 0.1})
        event.listen(engine, "connect", lambda raw, _record: raw.execute("PRAGMA synchronous = OFF"))
        migrate(engine)
        found = {finding.code: finding.facts["value"] for finding in inspect(engine, {}, clock=clock)}
        engine.dispose()
        assert found == {
            "sqlite_transactions": "deferred",
            "sqlite_journal_mode": "delete",
            "sqlite_synchronous": "0",
            "sqlite_busy_timeout": "100",
        }

    def test_our_own_set_up_of_sqlite_is(self, tmp_path: Path, clock: ManualClock) -> None:
        engine = sqlite_engine(tmp_path / "ours.db")
        migrate(engine)
        assert inspect(engine, {}, clock=clock) == []
        engine.dispose()

    @pytest.mark.postgres
    def test_postgresql_that_does_not_sync_and_a_clock_that_is_off(self, request: pytest.FixtureRequest) -> None:
        """The tests' own server runs without fsync."""
        engine = create_engine(request.getfixturevalue("postgres_url"))
        migrate(engine)
        with engine.connect() as connection:
            there: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        found = {finding.code: finding for finding in inspect(engine, {}, clock=lambda: there - HOUR)}
        assert found.keys() == {"postgresql_fsync", "clock_skew"}
        assert found["postgresql_fsync"].facts == {"setting": "fsync", "value": "off", "better": "on"}
        seconds = found["clock_skew"].facts["seconds"]
        assert isinstance(seconds, int)
        assert seconds >= 3600
        engine.dispose()

    @pytest.mark.postgres
    def test_a_round_trip_is_not_taken_for_a_difference_of_clocks(self, request: pytest.FixtureRequest) -> None:
        engine = create_engine(request.getfixturevalue("postgres_url"))
        migrate(engine)
        with engine.connect() as connection:
            there: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        # However slow the way is: the database looked at its clock some time between our two looks.
        looks = iter([there, there - HOUR, there + HOUR])
        codes = {finding.code for finding in inspect(engine, {}, clock=lambda: next(looks))}
        engine.dispose()
        assert codes == {"postgresql_fsync"}


class TestQueue:
    def one(self, store: Store, **more: Any) -> Finding:
        [finding] = store.findings(**more)
        return finding

    def test_a_stop_that_lasts(self, store: Store) -> None:
        since = store.clock()
        with store.engine.begin() as connection:
            connection.execute(
                insert(tables.switch).values(name=tables.GLOBAL_STOP, set_at=since, set_by="anna", reason="audit")
            )
        assert store.findings() == []
        store.clock.advance(LONG)
        finding = self.one(store)
        assert (finding.code, finding.since, finding.who) == ("stopped", since, Actor.OPERATOR)
        assert finding.facts == {"by": "anna", "reason": "audit"}

    @pytest.mark.parametrize(
        ("code", "values"),
        [
            ("destination_paused", {"paused_by": "p", "paused_reason": "tests", "paused_at": ...}),
            ("destination_drained", {"drained_by": "p", "drained_reason": "tests", "drained_at": ...}),
            ("destination_full", {"full_at": ...}),
            ("destination_away", {"breaker": BreakerState.OPEN, "breaker_trips": 7, "away_since": ...}),
        ],
    )
    def test_a_destination_that_is_out_of_service_for_long(
        self, store: Store, code: str, values: dict[str, Any]
    ) -> None:
        since = store.clock()
        store.destination(**{name: since if value is ... else value for name, value in values.items()})
        store.clock.advance(LONG - timedelta(seconds=1))
        assert store.findings() == []
        store.clock.advance(timedelta(seconds=1))
        finding = self.one(store)
        assert (finding.code, finding.since) == (code, since)
        assert finding.facts["destination"] == "authority"

    def test_blocked_lanes_with_the_age_of_the_oldest_head(self, store: Store) -> None:
        since = store.clock()
        for key in ("a", "b"):
            store.change(store.put(destination="portal", ordering_key=key), state=State.DEAD, error_code="refused")
            store.clock.advance(HOUR)
        store.change(store.put(destination="portal"), state=State.SENT, answer_due_at=store.clock() + HOUR)
        finding = self.one(store)
        assert (finding.code, finding.since, finding.who) == ("lanes_blocked", since, Actor.OPERATOR)
        assert finding.facts == {"destination": "portal", "reason": "refused", "lanes": 2}

    def test_a_message_that_is_older_than_agreed(self, store: Store) -> None:
        store.put(due_at=store.clock() + HOUR)
        store.clock.advance(2 * HOUR)
        assert store.findings() == []
        store.clock.advance(timedelta(seconds=1))
        finding = self.one(store)
        assert (finding.code, finding.facts["agreed_seconds"]) == ("not_fresh", 3600)
        assert finding.since == store.clock() - timedelta(seconds=1)

    def test_answers_that_are_overdue_and_that_nobody_noticed(self, store: Store) -> None:
        due = store.clock() + HOUR
        store.change(store.put(), state=State.SENT, answer_due_at=due, finished_at=store.clock())
        store.clock.advance(HOUR)
        assert store.findings() == []
        store.clock.advance(HOUR)
        finding = self.one(store)
        assert (finding.code, finding.since, finding.who) == ("answers_overdue", due, Actor.ADMINISTRATOR)

    def test_messages_for_a_destination_that_is_not_served(self, store: Store) -> None:
        since = store.clock()
        store.put(destination="elsewhere")
        store.put(destination="elsewhere", due_at=since + HOUR)
        store.clock.advance(timedelta(minutes=5))
        assert store.findings() == []
        store.clock.advance(timedelta(seconds=1))
        finding = self.one(store)
        assert (finding.code, finding.since, finding.who) == ("destination_unserved", since, Actor.ADMINISTRATOR)
        assert finding.facts == {"destination": "elsewhere", "lanes": 1}

    def test_leases_that_nobody_takes_back(self, store: Store) -> None:
        store.put()
        until = store.clock() + timedelta(minutes=1)
        with store.engine.begin() as connection:
            lease = {"lease_owner": "w", "lease_until": until, "wake_at": None}
            connection.execute(update(tables.lane).values(state=LaneState.LEASED, **lease))
        store.clock.advance(timedelta(minutes=2))
        assert store.findings() == []
        store.clock.advance(timedelta(seconds=1))
        finding = self.one(store)
        assert (finding.code, finding.since) == ("leases_abandoned", until)
        assert finding.facts == {"destination": "authority", "lanes": 1}

    def test_payloads_that_are_stored_as_they_are_though_there_is_a_key(self, store: Store) -> None:
        store.put()
        ring = Sealing({"2026": b"n" * 32}, "2026")
        [finding] = store.findings(sealing=ring)
        assert (finding.code, finding.facts) == ("payloads_plain", {"payloads": 1})
        assert [one.code for one in store.findings(sealing=ring.accepting_plain())] == ["payloads_under_old_key"]

    def test_payloads_under_an_old_key_and_under_none_that_is_known(self, store: Store) -> None:
        old = Sealing({"2025": b"o" * 32}, "2025")
        ring = Sealing({"2025": b"o" * 32, "2026": b"n" * 32}, "2026")
        new = Sealing({"2026": b"n" * 32}, "2026")
        message_id = store.put(sealing=old)
        store.put(sealing=ring)
        assert store.findings(sealing=old)[0].code == "payloads_unreadable"
        assert (self.one(store, sealing=ring).code, self.one(store, sealing=ring).facts) == (
            "payloads_under_old_key",
            {"payloads": 1},
        )
        assert self.one(store, sealing=new).facts == {"messages": message_id}
