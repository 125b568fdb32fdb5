"""Every source of every school's roster once a day: when, by whose word, and which of them the clock has asked."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from gateway.bootstrap.installation import Gateway
from gateway.bootstrap.roster_schedule import daily_schedules, daily_time
from gateway.bootstrap.schedules import make_schedules, rosters_asked
from gateway.cli.doctor import examine
from gateway.delivery.steps import StepTask, read_step_task, step_lane
from gateway.errors import ConfigurationError
from gateway.model.ids import SchoolId
from gateway.model.roster_source import SourceKind, SourceRules
from gateway.model.school import School
from gateway.model.steps import Step
from gateway.settings import Settings, read_settings
from outbox import Schedule, next_ticks
from tests.sqlite_files import upgraded_file

SCHOOL = School(id=SchoolId("school-1"), name="Школа № 101", registry_id="REG-0001", zone="Asia/Omsk")
OTHER = School(id=SchoolId("school-2"), name="Школа № 102", registry_id="REG-0002")
MORNING = datetime(2026, 10, 1, 0, 0, tzinfo=UTC)
TWO = """
[registry]
url = "http://127.0.0.1:9/roster"

[rosters.district]
kind = "oneroster"
url = "http://127.0.0.1:9/ims"
schools = ["school-1"]
daily = "05:30"

[rosters.office]
kind = "lists"
"""


def written(folder: Path, text: str) -> Settings:
    file = folder / "gateway.toml"
    file.write_text(text, encoding="utf-8")
    return read_settings(file, {})


def named(settings: Settings, *schools: School) -> dict[str, Schedule]:
    return {one.name: one for one in daily_schedules(settings, schools)}


def test_every_source_of_every_school_has_a_time_of_its_own(tmp_path: Path) -> None:
    found = named(written(tmp_path, TWO), SCHOOL, OTHER)
    assert set(found) == {"roster school-1 district", "roster school-1 registry", "roster school-2 registry"}
    district = found["roster school-1 district"]
    assert (district.cron, district.zone.key, district.owner) == ("30 5 * * *", "Asia/Omsk", SCHOOL.id)
    task = read_step_task(district.payload)
    assert (task.step, task.arguments) == (Step.ROSTER_IN, {"source": "district"})
    lanes = {one.ordering_key for one in found.values()}
    assert len(lanes) == 3, "a source that does not answer does not keep the others waiting"


def test_without_a_word_it_is_early_in_the_morning_and_not_all_at_once() -> None:
    registry = SourceRules(name="registry", kind=SourceKind.REGISTRY)
    times = [daily_time(SchoolId(f"school-{n}"), registry, {}) for n in range(200)]
    assert all(one is not None and time(4) <= one < time(6) for one in times)
    assert len(set(times)) > 60
    assert times == [daily_time(SchoolId(f"school-{n}"), registry, {}) for n in range(200)]


@pytest.mark.parametrize(
    ("said", "at"), [({"daily": False}, None), ({"daily": "23:05"}, time(23, 5)), ({"daily": time(6, 1)}, time(6, 1))]
)
def test_a_section_says_when(said: dict[str, object], at: time | None) -> None:
    assert daily_time(SCHOOL.id, SourceRules(name="a", kind=SourceKind.ONEROSTER), said) == at


def test_files_are_asked_for_daily_where_they_have_a_folder() -> None:
    lists = SourceRules(name="office", kind=SourceKind.LISTS)
    assert daily_time(SCHOOL.id, lists, {}) is None
    assert daily_time(SCHOOL.id, lists, {"folder": "in"}) is not None
    assert daily_time(SCHOOL.id, lists, {"daily": "07:00"}) == time(7)


@pytest.mark.parametrize("said", ['"soon"', "5", '"25:00"', '"05:30+03:00"'])
def test_what_is_no_time_is_refused_with_its_name(tmp_path: Path, said: str) -> None:
    settings = written(tmp_path, f'[rosters.district]\nkind = "oneroster"\nurl = "http://a"\ndaily = {said}\n')
    with pytest.raises(ConfigurationError, match=r"rosters\.district\.daily"):
        make_schedules(settings, [SCHOOL])


@pytest.mark.parametrize(
    ("source", "left"),
    [("", {"roster school-2 registry"}), ("registry", {"roster school-1 district", "roster school-2 registry"})],
)
def test_a_schedule_of_the_settings_goes_before(tmp_path: Path, source: str, left: set[str]) -> None:
    line = '\n[[schedules]]\nname = "own"\nschool = "school-1"\nstep = "roster_in"\ncron = "0 3 * * 1"\n'
    settings = written(tmp_path, f'{TWO}{line}source = "{source}"\n')
    assert set(named(settings, SCHOOL, OTHER)) == left
    own = next(one for one in make_schedules(settings, [SCHOOL, OTHER]) if one.name == "own")
    assert read_step_task(own.payload).arguments == ({"source": source} if source else {})


def test_which_sources_the_clock_has_asked(tmp_path: Path) -> None:
    settings = written(tmp_path, TWO)
    tick = next_ticks(named(settings, SCHOOL)["roster school-1 district"], MORNING, 1)[0]
    assert tick.astimezone(UTC).hour == 23, "05:30 in Omsk"
    assert rosters_asked(settings, SCHOOL, tick, tick) == frozenset()
    assert rosters_asked(settings, SCHOOL, tick, tick + timedelta(minutes=1)) == {"district"}
    assert rosters_asked(settings, SCHOOL, tick - timedelta(days=1), tick) >= {"registry", "district"}
    assert rosters_asked(settings, OTHER, MORNING, MORNING + timedelta(days=1)) == {"registry"}


def test_a_line_without_a_source_asks_all_of_them(tmp_path: Path) -> None:
    line = '\n[[schedules]]\nname = "own"\nschool = "school-1"\nstep = "roster_in"\ncron = "0 3 * * *"\n'
    settings = written(tmp_path, TWO + line)
    assert rosters_asked(settings, SCHOOL, MORNING, MORNING + timedelta(days=1)) == {"registry", "district", "office"}


def test_the_doctor_looks_at_the_daily_times(tmp_path: Path) -> None:
    text = (
        f'database_url = "sqlite:///{tmp_path}/gateway.db"\n[rosters.district]\nkind = "oneroster"\n'
        'url = "http://127.0.0.1:9/"\ndaily = "soon"\n'
    )
    upgraded_file(tmp_path / "gateway.db")
    with Gateway(written(tmp_path, text)) as gateway:
        gateway.add_school(SCHOOL)
        findings = {one.check: one for one in examine(gateway)}
    error = findings["schedules"].error
    assert error is not None
    assert error.code == "configuration.roster"


def test_steps_without_a_source_keep_their_lane() -> None:
    assert step_lane(StepTask(school=SCHOOL.id, step=Step.ROSTER_IN)) == "school-1/roster_in"
    assert (
        step_lane(StepTask(school=SCHOOL.id, step=Step.ROSTER_IN, arguments={"source": "a"})) == "school-1/roster_in/a"
    )
