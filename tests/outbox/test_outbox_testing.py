"""What is shipped for other people's tests, and what a worker says of its health and its pace."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from outbox.health import Pulse, Vitals, read_health, write_pulse
from outbox.intake import enqueue
from outbox.message import NewMessage
from outbox.migrations import check, migrate
from outbox.pace import HORIZON, MOST_AHEAD, Pace
from outbox.policy import Policy
from outbox.rhythm import Rhythm
from outbox.tables import message
from outbox.testing import ManualClock, memory_engine

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


class TestManualClock:
    def test_it_stands_still_until_it_is_told_to_move(self, clock: ManualClock) -> None:
        before = clock()
        assert clock() == before
        assert clock.advance(timedelta(hours=1)) == clock() == before + timedelta(hours=1)
        assert clock.advance(timedelta(hours=-2)) == before - timedelta(hours=1)


class TestMemoryEngine:
    def test_it_carries_the_real_tables(self) -> None:
        engine = memory_engine()
        migrate(engine)
        check(engine)
        engine.dispose()

    def test_two_are_two(self) -> None:
        one, other = memory_engine(), memory_engine()
        migrate(one)
        with other.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM sqlite_master")).scalar_one() == 0
        one.dispose()
        other.dispose()

    def test_threads_share_it_and_lose_nothing(self) -> None:
        engine = memory_engine()
        migrate(engine)

        def produce() -> None:
            for _ in range(20):
                with engine.begin() as connection:
                    enqueue(connection, NewMessage(destination="d", kind="k", payload=b"x"), now=NOW)

        threads = [Thread(target=produce) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with engine.connect() as connection:
            assert connection.execute(select(func.count()).select_from(message)).scalar_one() == 80
        engine.dispose()

    def test_nothing_survives_it(self) -> None:
        engine = memory_engine()
        migrate(engine)
        engine.dispose()
        with engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM sqlite_master")).scalar_one() == 0
        engine.dispose()


def pulse(**more: object) -> Pulse:
    fields = {
        "name": "w1",
        "pid": 7,
        "at": NOW,
        "turned_at": NOW,
        "database_at": NOW,
        "in_flight": 3,
        "error": None,
        "barred": (),
    }
    return Pulse(**{**fields, **more})  # type: ignore[arg-type]  # fields of several types


class TestHealth:
    def test_what_is_written_is_read(self, tmp_path: Path) -> None:
        file = tmp_path / "health.json"
        write_pulse(file, pulse(barred=["authority"], error="OperationalError", database_at=None))
        health = read_health(file, now=NOW)
        assert health.pulse == pulse(barred=["authority"], error="OperationalError", database_at=None)
        assert [found.name for found in tmp_path.iterdir()] == ["health.json"]

    def test_a_worker_that_goes_round_is_healthy(self, tmp_path: Path) -> None:
        file = tmp_path / "health.json"
        write_pulse(file, pulse())
        assert read_health(file, now=NOW + timedelta(seconds=5)).healthy

    @pytest.mark.parametrize(
        ("written", "fault"),
        [
            (pulse(at=NOW - timedelta(minutes=5)), "no sign of life"),
            (pulse(turned_at=NOW - timedelta(minutes=5), error="OperationalError"), "OperationalError"),
            (pulse(turned_at=None, database_at=None), "since the start"),
            (pulse(barred=("authority",)), "'authority'"),
        ],
    )
    def test_it_says_what_is_wrong(self, tmp_path: Path, written: Pulse, fault: str) -> None:
        file = tmp_path / "health.json"
        write_pulse(file, written)
        health = read_health(file, now=NOW, older_than=timedelta(seconds=30))
        assert not health.healthy
        assert fault in " ".join(health.faults)

    @pytest.mark.parametrize("content", [None, "", "{", "[]", '{"name": 1}', json.dumps({"at": "x"}), "\xff"])
    def test_a_file_that_is_none_is_a_fault(self, tmp_path: Path, content: str | None) -> None:
        file = tmp_path / "health.json"
        if content is not None:
            file.write_text(content, encoding="latin-1")
        health = read_health(file, now=NOW)
        assert (health.healthy, health.pulse, len(health.faults)) == (False, None, 1)

    def test_a_folder_that_is_missing_hinders_nothing(
        self, tmp_path: Path, clock: ManualClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        vitals = Vitals("w1", tmp_path / "nowhere" / "health.json", clock=clock)
        vitals.say(in_flight=0, barred=())
        assert "health file not written" in caplog.messages


class TestPace:
    def test_before_anything_is_measured_each_hand_gets_one(self) -> None:
        assert Pace().room(threads=4, in_flight=0, idle=4) == 4
        assert Pace().room(threads=4, in_flight=3, idle=1) == 1
        assert Pace().shortened({"a": Policy(run=10)})["a"].run == 1

    def test_fast_work_is_claimed_ahead_and_slow_work_is_not(self) -> None:
        fast = Pace().measured({"a": (100, 0.001)})
        assert fast.room(threads=4, in_flight=0, idle=4) == 4 + MOST_AHEAD
        assert fast.shortened({"a": Policy(run=10)})["a"].run == 10
        slow = Pace().measured({"a": (3, 9.0)})
        assert slow.room(threads=4, in_flight=0, idle=4) == 4
        assert slow.shortened({"a": Policy(run=10)})["a"].run == 1

    def test_destinations_are_told_apart(self) -> None:
        pace = Pace().measured({"a": (100, 0.01), "b": (1, 5.0)})
        policies = pace.shortened({"a": Policy(run=10), "b": Policy(run=10), "c": Policy(run=1)})
        assert [policies[name].run for name in "abc"] == [10, 1, 1]

    @given(
        st.lists(st.tuples(st.integers(1, 500), st.floats(0, 1000)), max_size=20),
        st.integers(1, 64),
        st.integers(0, 2000),
    )
    def test_room_is_bounded_and_leaves_no_hand_idle(
        self, measured: list[tuple[int, float]], threads: int, in_flight: int
    ) -> None:
        pace = Pace()
        for count, seconds in measured:
            pace = pace.measured({"a": (count, seconds)})
        idle = max(0, threads - in_flight)
        room = pace.room(threads=threads, in_flight=in_flight, idle=idle)
        assert idle <= room <= threads + MOST_AHEAD
        if pace.overall is not None and pace.overall > 0:
            assert max(0, room - threads) * pace.overall <= threads * HORIZON * 1.001

    def test_what_has_become_slow_is_believed_soon(self) -> None:
        pace = Pace().measured({"a": (10_000, 0.1)})
        for _ in range(3):
            pace = pace.measured({"a": (4, 40.0)})
        assert pace.room(threads=4, in_flight=0, idle=4) == 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"threads": 0},
        {"written_off": 0},
        {"busy_poll": timedelta(0)},
        {"busy_poll": timedelta(seconds=2), "idle_poll": timedelta(seconds=1)},
        {"handler_timeout": timedelta(0)},
    ],
)
def test_a_rhythm_with_which_nobody_could_work_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"must be|needs"):
        Rhythm(**wrong)  # type: ignore[arg-type]  # fields of several types
