"""Schedules: the right ticks in the school's own time, and one message a tick."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from outbox import Schedule, due_ticks, find, fire

BERLIN = ZoneInfo("Europe/Berlin")


def schedule(cron: str, zone: str = "Asia/Vladivostok", name: str = "nightly") -> Schedule:
    return Schedule(name=name, cron=cron, zone=ZoneInfo(zone), destination="authority", kind="export", payload=b"go")


def test_ticks_are_in_the_zone_of_the_schedule_and_end_with_the_present() -> None:
    since = datetime(2026, 9, 1, tzinfo=UTC)
    ticks = list(due_ticks(schedule("30 7 * * MON-FRI"), since, since + timedelta(days=7)))
    # Vladivostok is ten hours ahead: 07:30 there is 21:30 UTC of the day before. The 1st is a Tuesday.
    assert [(tick.day, tick.hour, tick.minute) for tick in ticks] == [(d, 21, 30) for d in (1, 2, 3, 6, 7)]
    assert all(tick.tzinfo is UTC for tick in ticks)


def test_a_tick_belongs_to_the_interval_that_it_ends() -> None:
    tick = datetime(2026, 9, 1, 21, 30, tzinfo=UTC)
    daily = schedule("30 7 * * *")
    assert list(due_ticks(daily, tick - timedelta(seconds=1), tick)) == [tick]
    assert list(due_ticks(daily, tick, tick + timedelta(hours=1))) == []


def test_a_local_time_that_is_left_out_ticks_right_after_and_one_that_comes_twice_ticks_once() -> None:
    at_half_past_two = schedule("30 2 * * *", "Europe/Berlin")
    spring = datetime(2026, 3, 29, 0, 0, tzinfo=BERLIN)
    assert list(due_ticks(at_half_past_two, spring, spring + timedelta(days=1))) == [
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    ]
    autumn = datetime(2026, 10, 25, 0, 0, tzinfo=BERLIN)
    once = [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]
    assert list(due_ticks(at_half_past_two, autumn, autumn + timedelta(days=1))) == once
    between = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert list(due_ticks(at_half_past_two, between, between + timedelta(hours=5))) == []


def test_a_wrong_expression_is_found_at_once_and_named() -> None:
    with pytest.raises(ValueError, match=r"'nightly'.*'61 \* \* \* \*'"):
        schedule("61 * * * *")


def test_many_workers_make_one_message_of_a_tick(engine: Engine) -> None:
    now = datetime(2026, 9, 1, 21, 31, tzinfo=UTC)
    together = Barrier(6)

    def work(_: int) -> list[str]:
        together.wait()
        with engine.begin() as connection:
            return [str(found) for found in fire(connection, [schedule("30 7 * * *")], now=now)]

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(work, range(6)))
    with engine.connect() as connection:
        [entry] = find(connection).entries
    assert answers == [[entry.id]] * 6
    assert entry.idempotency_key == "nightly@2026-09-01T21:30:00+00:00"


def test_after_an_outage_only_the_latest_missed_tick_within_the_window_is_made_up_for(engine: Engine) -> None:
    now = datetime(2026, 9, 1, 10, 5, tzinfo=UTC)
    with engine.begin() as connection:
        fire(connection, [schedule("*/10 * * * *")], now=now, catch_up=timedelta(hours=3))
        fire(connection, [schedule("0 7 * * *", "UTC", "too-old")], now=now, catch_up=timedelta(hours=3))
    with engine.connect() as connection:
        assert [entry.correlation for entry in find(connection).entries] == ["nightly@2026-09-01T10:00:00+00:00"]
