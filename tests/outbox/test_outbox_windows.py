"""Delivery windows against an oracle that looks at the clock on the wall every minute."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outbox.walltime import moment, moments, transition
from outbox.windows import Window, Windows, is_open, next_opening

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
EVERY_DAY = frozenset(range(7))

# Each with days around a change of its clock: by an hour at night, at midnight, by half an hour, and never.
PLACES = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/Havana", date(2026, 3, 8)),
    ("America/Havana", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Asia/Vladivostok", date(2026, 9, 1)),
]

times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 59]))
spans = st.builds(Window, days=st.frozensets(st.integers(0, 6), min_size=1).map(frozenset), opens=times, closes=times)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Windows, datetime]:
    name, day = draw(st.sampled_from(PLACES))
    near = st.integers(-2, 3).map(lambda offset: day + offset * DAY)
    windows = Windows(
        zone=ZoneInfo(name),
        open=tuple(draw(st.lists(spans, max_size=2))),
        quiet=tuple(draw(st.lists(spans, max_size=1))),
        closed_days=frozenset(draw(st.lists(near, max_size=2))),
    )
    start = datetime.combine(day, time(0), UTC) + draw(st.integers(-3000, 3000)) * MINUTE
    return windows, start


def shown_open(windows: Windows, now: datetime) -> bool:
    """Say the same as ``is_open``, from spans with a beginning and an end on an endless wall."""
    wall = now.astimezone(windows.zone).replace(tzinfo=None)

    def inside(span: Window, begun: date) -> bool:
        begin = datetime.combine(begun, span.opens)
        end = datetime.combine(begun if span.opens < span.closes else begun + DAY, span.closes)
        return begun.weekday() in span.days and begin <= wall < end

    def among(some: Any) -> bool:
        return any(inside(span, wall.date() - back * DAY) for span in some for back in (0, 1))

    return (
        wall.date() not in windows.closed_days
        and (not windows.open or among(windows.open))
        and not among(windows.quiet)
    )


@settings(max_examples=40)
@given(cases())
def test_it_is_open_when_the_wall_says_so_and_the_next_opening_is_the_first_such_minute(
    case: tuple[Windows, datetime],
) -> None:
    windows, start = case
    minutes = [start + number * MINUTE for number in range(2 * 24 * 60)]
    oracle = [shown_open(windows, minute) for minute in minutes]
    assert [is_open(windows, minute) for minute in minutes] == oracle
    found = next_opening(windows, start)
    if True in oracle:
        assert found == minutes[oracle.index(True)]
    else:
        assert found is None or found > minutes[-1]


@given(cases(), st.integers(0, 59_999_999))
def test_the_next_opening_is_open_and_nothing_before_it_is(case: tuple[Windows, datetime], offset: int) -> None:
    windows, start = case
    now = start + timedelta(microseconds=offset)
    found = next_opening(windows, now)
    if found is None:
        return
    assert found >= now
    assert is_open(windows, found)
    assert found == now or not is_open(windows, found - timedelta(microseconds=1))


def test_without_hours_it_is_always_open_but_on_closed_days() -> None:
    windows = Windows(zone=BERLIN, closed_days=frozenset({date(2026, 9, 2)}))
    assert is_open(windows, datetime(2026, 9, 1, 21, 59, tzinfo=UTC))
    assert not is_open(windows, datetime(2026, 9, 1, 22, 0, tzinfo=UTC))
    assert next_opening(windows, datetime(2026, 9, 2, 7, 0, tzinfo=UTC)) == datetime(2026, 9, 2, 22, 0, tzinfo=UTC)


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    night = Windows(zone=BERLIN, open=(Window(days=frozenset({4}), opens=time(22), closes=time(6)),))
    friday = datetime(2026, 9, 4, 22, 0, tzinfo=BERLIN)
    assert [is_open(night, friday + timedelta(hours=hours)) for hours in (-1, 0, 7, 8)] == [False, True, True, False]
    assert next_opening(night, friday + timedelta(hours=8)) == friday + timedelta(days=7)


def test_a_window_in_the_hour_that_is_left_out_opens_a_day_later_and_one_over_it_when_the_clock_has_moved() -> None:
    before = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    inside = Windows(zone=BERLIN, open=(Window(days=EVERY_DAY, opens=time(2, 10), closes=time(2, 50)),))
    assert next_opening(inside, before + timedelta(hours=1)) == datetime(2026, 3, 30, 0, 10, tzinfo=UTC)
    over = Windows(zone=BERLIN, open=(Window(days=EVERY_DAY, opens=time(2, 10), closes=time(3, 50)),))
    assert next_opening(over, before) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_quiet_hours_close_what_is_open_and_end_by_themselves() -> None:
    quiet = Windows(zone=BERLIN, quiet=(Window(days=EVERY_DAY, opens=time(22), closes=time(6)),))
    late = datetime(2026, 9, 1, 23, 0, tzinfo=BERLIN)
    assert not is_open(quiet, late)
    assert next_opening(quiet, late) == datetime(2026, 9, 2, 6, 0, tzinfo=BERLIN)


def test_what_never_opens_says_so() -> None:
    always = Window(days=EVERY_DAY, opens=time(0), closes=time(0))
    assert next_opening(Windows(zone=BERLIN, quiet=(always,)), datetime(2026, 9, 1, tzinfo=UTC)) is None


def test_the_wall_shows_a_time_never_once_or_twice() -> None:
    assert moments(date(2026, 3, 29), time(2, 30), BERLIN) == []
    assert moment(date(2026, 3, 29), time(2, 30), BERLIN) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert moments(date(2026, 10, 25), time(2, 30), BERLIN) == [
        datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)
    ]
    assert moment(date(2026, 10, 25), time(2, 30), BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert transition(date(2026, 10, 25), BERLIN) == datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
    assert transition(date(2026, 10, 26), BERLIN) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": frozenset[int]()},
        {"days": frozenset({7})},
        {"opens": time(8, tzinfo=UTC)},
    ],
)
def test_a_window_that_never_comes_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a window"):
        Window(**{"days": EVERY_DAY, "opens": time(8), "closes": time(9), **wrong})
