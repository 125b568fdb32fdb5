"""Schedules: the right ticks in the school's own time and calendar, and one run a tick."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, Engine, delete, select

from outbox import tables
from outbox.calendar import LONGEST_CLOSURE, PlainCalendar, closed_after, first_open_day, last_open_day
from outbox.destinations import drain, reopen
from outbox.message import MessageId
from outbox.schedule import (
    JUMP,
    MOST_AT_ONCE,
    PUNCTUAL,
    CatchUp,
    ClosedDay,
    Edge,
    PeriodDay,
    Schedule,
    due_ticks,
    fire,
    next_ticks,
    schedules,
)
from outbox.walltime import moment

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 9, 1, 10, 5, tzinfo=UTC)
AUTUMN = (date(2026, 10, 26), date(2026, 11, 3))
SCHOOL = PlainCalendar(
    closed=(AUTUMN,),
    opened=frozenset({date(2026, 11, 7)}),
    spans=(
        (date(2026, 9, 1), date(2026, 10, 25)),
        (date(2026, 11, 4), date(2026, 12, 27)),
        AUTUMN,
    ),
)


def schedule(cron: str | None = None, zone: str = "Asia/Vladivostok", name: str = "nightly", **more: Any) -> Schedule:
    return Schedule(
        name=name, cron=cron, zone=ZoneInfo(zone), destination="authority", kind="export", payload=b"go", **more
    )


class Firing:
    """Fires one schedule and knows what has come of it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __call__(self, *some: Schedule, now: datetime) -> list[MessageId]:
        with self.engine.begin() as connection:
            return fire(connection, some, now=now)

    def runs(self) -> list[str]:
        query = select(tables.message.c.correlation).order_by(tables.message.c.seq)
        with self.engine.connect() as connection:
            return [str(found) for found in connection.execute(query).scalars()]

    def last(self) -> dict[str, datetime]:
        with self.engine.connect() as connection:
            return schedules(connection)

    def forget_keys(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(delete(tables.key))


@pytest.fixture
def firing(engine: Engine) -> Firing:
    return Firing(engine)


# --- ticks ---------------------------------------------------------------------------------------------------------


def test_ticks_are_in_the_zone_of_the_schedule_and_end_with_the_present() -> None:
    since = datetime(2026, 9, 1, tzinfo=UTC)
    ticks = list(due_ticks(schedule("30 7 * * MON-FRI"), since, since + timedelta(days=7)))
    # Vladivostok is ten hours ahead: 07:30 there is 21:30 UTC of the day before. The 1st is a Tuesday.
    assert [(tick.day, tick.hour, tick.minute) for tick in ticks] == [(d, 21, 30) for d in (1, 2, 3, 6, 7)]
    assert all(tick.tzinfo is UTC for tick in ticks)


@pytest.mark.parametrize("calendar", [None, PlainCalendar(closed_weekdays=frozenset())])
def test_a_tick_belongs_to_the_interval_that_it_ends(calendar: PlainCalendar | None) -> None:
    tick = datetime(2026, 9, 1, 21, 30, tzinfo=UTC)
    daily = schedule("30 7 * * *", calendar=calendar)
    assert list(due_ticks(daily, tick - timedelta(seconds=1), tick)) == [tick]
    assert list(due_ticks(daily, tick, tick + timedelta(hours=1))) == []


@pytest.mark.parametrize("calendar", [None, PlainCalendar(closed_weekdays=frozenset())])
def test_a_local_time_that_is_left_out_ticks_right_after_and_one_that_comes_twice_ticks_once(
    calendar: PlainCalendar | None,
) -> None:
    at_half_past_two = schedule("30 2 * * *", "Europe/Berlin", calendar=calendar)
    spring = datetime(2026, 3, 29, 0, 0, tzinfo=BERLIN)
    assert list(due_ticks(at_half_past_two, spring, spring + timedelta(days=1))) == [
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    ]
    autumn = datetime(2026, 10, 25, 0, 0, tzinfo=BERLIN)
    once = [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]
    assert list(due_ticks(at_half_past_two, autumn, autumn + timedelta(days=1))) == once
    between = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert list(due_ticks(at_half_past_two, between, between + timedelta(hours=5))) == []


def test_several_left_out_times_tick_once_together() -> None:
    spring = datetime(2026, 3, 29, 0, 0, tzinfo=BERLIN)
    ticks = list(due_ticks(schedule("0,15,30 2 * * *", "Europe/Berlin"), spring, spring + timedelta(hours=12)))
    assert ticks == [datetime(2026, 3, 29, 1, 0, tzinfo=UTC)]


crons = st.sampled_from(["30 7 * * *", "0 6,18 * * *", "30 2 * * *", "0 12 * * MON,SAT", "15 23 */3 * *", "0 3 L * *"])
zones = st.sampled_from(["Europe/Berlin", "Asia/Vladivostok", "Australia/Lord_Howe", "UTC"])
# Around both changes of the clock in Berlin, and in Lord Howe.
days = st.dates(date(2026, 3, 20), date(2026, 4, 10)) | st.dates(date(2026, 10, 1), date(2026, 10, 30))


@st.composite
def calendars(draw: st.DrawFn) -> PlainCalendar:
    first = draw(days)
    return PlainCalendar(
        closed_weekdays=draw(st.frozensets(st.integers(0, 6), max_size=3)),
        closed=((first, first + draw(st.integers(0, 9)) * DAY),),
        opened=draw(st.frozensets(days, max_size=2)),
    )


def times_of(cron: str, day: date) -> list[time]:
    """Read the times of a day off a clock that is never changed."""
    found: list[time] = []
    for tick in CronSim(cron, datetime.combine(day, time(0)) - timedelta(seconds=1)):
        if tick.date() != day:
            return found
        found.append(tick.time())
    return found


def day_by_day(one: Schedule, first: date, last: date) -> set[datetime]:
    """Say when a schedule ticks by going through the days and moving each tick by hand."""
    assert one.calendar is not None
    found = set()
    for number in range((last - first).days + 1):
        day = target = first + number * DAY
        step = DAY if one.closed_day is ClosedDay.NEXT else -DAY
        while not one.calendar.is_open(target) and one.closed_day is not ClosedDay.SKIP:
            target += step
            if abs((target - day).days) > LONGEST_CLOSURE:
                break
        if one.calendar.is_open(target):
            found |= {moment(target, at, one.zone) for at in times_of(one.cron or "", day)}
    return found


@settings(max_examples=150, deadline=None)
@given(crons, zones, calendars(), st.sampled_from(ClosedDay), days, st.integers(0, 86_399), st.integers(0, 20 * 86_400))
def test_ticks_with_a_calendar_are_those_of_the_days_one_by_one(
    cron: str, zone: str, calendar: PlainCalendar, closed_day: ClosedDay, day: date, begin: int, length: int
) -> None:
    one = schedule(cron, zone, calendar=calendar, closed_day=closed_day)
    since = datetime.combine(day, time(0), UTC) + timedelta(seconds=begin)
    until = since + timedelta(seconds=length)
    oracle = day_by_day(one, since.date() - 40 * DAY, until.date() + 40 * DAY)
    assert list(due_ticks(one, since, until)) == sorted(tick for tick in oracle if since < tick <= until)


@settings(max_examples=60, deadline=None)
@given(crons, zones, st.none() | calendars(), days, st.lists(st.integers(0, 86_400), min_size=1, max_size=12))
def test_asking_in_small_steps_finds_each_tick_once(
    cron: str, zone: str, calendar: PlainCalendar | None, day: date, steps: list[int]
) -> None:
    one = schedule(cron, zone, calendar=calendar, closed_day=ClosedDay.NEXT)
    start = since = datetime.combine(day, time(0), UTC)
    found: list[datetime] = []
    for step in steps:
        until = since + timedelta(seconds=step)
        found += due_ticks(one, since, until)
        since = until
    assert found == list(due_ticks(one, start, since))
    assert len(found) == len(set(found))


def test_on_a_closed_day_a_tick_is_left_out_or_moves() -> None:
    # The autumn holidays of SCHOOL are between two weekends; the 7th of November is a Saturday that is open.
    friday = datetime(2026, 10, 23, 0, 0, tzinfo=BERLIN)
    week = friday, friday + timedelta(days=17)

    def days_of(closed_day: ClosedDay) -> list[int]:
        one = schedule("0 7 * * *", "Europe/Berlin", calendar=SCHOOL, closed_day=closed_day)
        return [tick.astimezone(BERLIN).day for tick in due_ticks(one, *week)]

    assert days_of(ClosedDay.SKIP) == [23, 4, 5, 6, 7]
    assert days_of(ClosedDay.NEXT) == days_of(ClosedDay.PREVIOUS) == [23, 4, 5, 6, 7]
    on_sundays = schedule("0 7 * * SUN", "Europe/Berlin", calendar=SCHOOL, closed_day=ClosedDay.NEXT)
    assert [tick.astimezone(BERLIN).day for tick in due_ticks(on_sundays, *week)] == [4]
    before = schedule("0 7 * * SUN", "Europe/Berlin", calendar=SCHOOL, closed_day=ClosedDay.PREVIOUS)
    assert [tick.astimezone(BERLIN).day for tick in due_ticks(before, *week)] == [23, 7]


def test_a_period_ends_on_its_last_open_day() -> None:
    last = schedule(period_day=PeriodDay(edge=Edge.LAST, at=time(18, 0)), zone="Europe/Berlin", calendar=SCHOOL)
    first = schedule(period_day=PeriodDay(edge=Edge.FIRST, at=time(6, 0)), zone="Europe/Berlin", calendar=SCHOOL)
    start = datetime(2026, 8, 1, tzinfo=UTC)
    # The period of the holidays has no open day, and so no tick.
    assert [tick.astimezone(BERLIN) for tick in next_ticks(last, start, 9)] == [
        datetime(2026, 10, 23, 18, 0, tzinfo=BERLIN),
        datetime(2026, 12, 25, 18, 0, tzinfo=BERLIN),
    ]
    assert [tick.astimezone(BERLIN).date() for tick in next_ticks(first, start, 1)] == [date(2026, 9, 1)]


@given(calendars(), days, st.integers(0, 30))
def test_first_and_last_open_day_are_open_and_none_lies_outside(
    calendar: PlainCalendar, first: date, length: int
) -> None:
    last = first + length * DAY
    open_days = [day for day in (first + number * DAY for number in range(length + 1)) if calendar.is_open(day)]
    assert first_open_day(calendar, first, last) == (open_days[0] if open_days else None)
    assert last_open_day(calendar, first, last) == (open_days[-1] if open_days else None)


def test_a_calendar_that_never_opens_ends_the_search() -> None:
    never = PlainCalendar(closed_weekdays=frozenset(range(7)))
    assert next_ticks(schedule("0 7 * * *", calendar=never, closed_day=ClosedDay.NEXT), NOW, 3) == []
    assert closed_after(never, date(2026, 9, 1)) == []


def test_people_can_see_what_comes_next() -> None:
    ticks = next_ticks(schedule("0 7 * * MON-FRI", "Europe/Berlin", calendar=SCHOOL), NOW, 3)
    assert [tick.astimezone(BERLIN).isoformat(" ", "minutes") for tick in ticks] == [
        f"2026-09-0{day} 07:00+02:00" for day in (2, 3, 4)
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"cron": "61 * * * *"}, r"'nightly'.*'61 \* \* \* \*'"),
        ({}, "either a cron expression or a day"),
        ({"cron": "0 7 * * *", "period_day": PeriodDay(edge=Edge.LAST, at=time(7))}, "either a cron expression or"),
        ({"period_day": PeriodDay(edge=Edge.LAST, at=time(7))}, "needs a calendar"),
        ({"cron": "*/5 * * * *", "closed_day": ClosedDay.NEXT}, "288 times a day"),
        ({"cron": "0 7 * * *", "max_lateness": timedelta(0)}, "max_lateness"),
        ({"cron": "0 7 * * *", "name": ""}, "1 to 200 characters"),
    ],
)
def test_a_wrong_schedule_is_found_at_once_and_named(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        schedule(**wrong)


# --- runs ----------------------------------------------------------------------------------------------------------


def test_a_new_schedule_begins_with_the_tick_that_has_just_passed_but_not_with_older_ones(firing: Firing) -> None:
    just, long_ago = schedule("5 10 * * *", "UTC", "just"), schedule("0 10 * * *", "UTC", "long-ago")
    assert len(firing(just, long_ago, now=NOW)) == 1
    assert firing.runs() == ["just@2026-09-01T10:05:00+00:00"]
    assert firing.last() == {"just": NOW, "long-ago": NOW - PUNCTUAL}
    assert len(firing(just, long_ago, now=NOW + DAY)) == 2


def test_a_tick_runs_once_although_its_key_is_forgotten_and_the_clock_set_back(firing: Firing) -> None:
    daily = schedule("5 10 * * *", "UTC")
    firing(daily, now=NOW - HOUR)
    assert len(firing(daily, now=NOW)) == 1
    firing.forget_keys()
    for now in (NOW, NOW + MINUTE, NOW - HOUR, NOW - MINUTE, NOW, NOW + HOUR):
        assert firing(daily, now=now) == []
    assert len(firing.runs()) == 1


def test_a_clock_that_ran_far_ahead_silences_a_schedule_no_longer_than_a_day(firing: Firing) -> None:
    daily = schedule("5 10 * * *", "UTC")
    firing(daily, now=NOW)
    firing(daily, now=NOW + timedelta(days=365))
    for number in range(1, 5):
        firing(daily, now=NOW + number * DAY)
    assert JUMP == DAY
    assert [run[len("nightly@") :][:10] for run in firing.runs()] == [
        "2026-09-01",
        "2027-09-01",
        "2026-09-03",
        "2026-09-04",
        "2026-09-05",
    ]


def test_a_clock_set_back_by_days_and_forward_again_repeats_no_tick(firing: Firing) -> None:
    hourly = schedule("0 * * * *", "UTC")
    for number in range(100):
        firing(hourly, now=NOW + number * HOUR)
    runs = firing.runs()
    for number in range(30, 101):
        firing(hourly, now=NOW + number * HOUR)
    assert firing.runs()[: len(runs)] == runs
    assert len(firing.runs()) == len(runs) + 1


@pytest.mark.parametrize(
    ("more", "runs"),
    [
        ({}, ["10:00"]),
        ({"catch_up": CatchUp.ALL}, ["09:00", "09:15", "09:30", "09:45", "10:00"]),
        ({"catch_up": CatchUp.SKIP}, []),
        ({"max_lateness": 5 * MINUTE}, ["10:00"]),
        ({"max_lateness": 4 * MINUTE}, []),
        ({"catch_up": CatchUp.ALL, "max_lateness": 35 * MINUTE}, ["09:30", "09:45", "10:00"]),
        ({"catch_up": CatchUp.SKIP, "max_lateness": 5 * MINUTE}, ["10:00"]),
    ],
)
def test_what_was_missed_is_made_up_for_as_the_schedule_says(
    firing: Firing, more: dict[str, Any], runs: list[str]
) -> None:
    quarterly = schedule("*/15 * * * *", "UTC", **more)
    firing(quarterly, now=NOW - HOUR - 7 * MINUTE)  # seen at 08:58
    firing(quarterly, now=NOW)
    firing(quarterly, now=NOW + MINUTE)
    assert [run.split("T")[1][:5] for run in firing.runs()] == runs
    assert len(firing(quarterly, now=NOW + 10 * MINUTE)) == 1


def test_after_a_year_the_latest_tick_is_found_without_going_through_all_of_them(firing: Firing) -> None:
    each_second, yearly = schedule("* * * * * *", "UTC", "each-second"), schedule("0 7 2 9 *", "UTC", "yearly")
    firing(each_second, yearly, now=NOW)
    firing(each_second, yearly, now=NOW + timedelta(days=365))
    assert sorted(firing.runs())[1:] == [
        "each-second@2027-09-01T10:05:00+00:00",
        "yearly@2026-09-02T07:00:00+00:00",
    ]


def test_all_missed_ticks_come_in_order_and_in_transactions_of_bounded_size(firing: Firing) -> None:
    minutely = schedule("* * * * *", "UTC", catch_up=CatchUp.ALL)
    firing(minutely, now=NOW)
    later = NOW + timedelta(minutes=MOST_AT_ONCE + 5)
    assert [len(firing(minutely, now=later)) for _ in range(3)] == [MOST_AT_ONCE, 5, 0]
    assert firing.runs() == sorted(firing.runs())


def test_while_its_destination_takes_nothing_in_a_tick_stays_due_and_other_schedules_go_on(firing: Firing) -> None:
    daily, other = schedule("5 10 * * *", "UTC"), schedule("5 10 * * *", "UTC", "other")
    with firing.engine.begin() as connection:
        drain(connection, "authority", by="duty", reason="moving", now=NOW)
    assert firing(daily, other, now=NOW) == []
    with firing.engine.begin() as connection:
        reopen(connection, "authority")
    assert len(firing(daily, other, now=NOW + MINUTE)) == 2


def test_two_schedules_of_one_name_are_refused(firing: Firing) -> None:
    with pytest.raises(ValueError, match="one name"):
        firing(schedule("0 7 * * *"), schedule("0 8 * * *"), now=NOW)


def test_many_workers_make_one_message_of_a_tick(firing: Firing) -> None:
    some = [schedule("*/5 * * * *", "UTC", f"schedule-{number}") for number in range(4)]
    together = Barrier(6)

    def work(backwards: int) -> int:
        together.wait()
        order = some[::-1] if backwards % 2 else some
        return sum(len(firing(*order, now=NOW + number * 5 * MINUTE)) for number in range(10))

    with ThreadPoolExecutor(6) as threads:
        made = list(threads.map(work, range(6)))
    assert sum(made) == len(firing.runs()) == len(set(firing.runs())) == 40


def test_many_processes_make_one_message_of_a_tick(firing: Firing, database: URL) -> None:
    script = Path(__file__).with_name("outbox_schedule_process.py")
    address = database.render_as_string(hide_password=False)
    started = [_started(script, address) for _ in range(3)]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    made = [int(process.communicate(timeout=120)[0]) for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert sum(made) == len(firing.runs()) == len(set(firing.runs())) == 60


def _started(script: Path, address: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(script), address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
