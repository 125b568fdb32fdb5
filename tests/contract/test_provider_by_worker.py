"""What we give out by OneRoster is made anew by the worker: no reader waits for it, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.bootstrap import Gateway, StandingSchedules, make_worker
from gateway.delivery import provider
from gateway.model.audit import AuditRecord
from gateway.model.ids import SchoolId
from gateway.model.oneroster import ObjectKind
from gateway.model.oneroster_operations import OPERATIONS
from gateway.model.oneroster_query import Query
from gateway.model.pupil_data import Actor
from gateway.model.school import School
from gateway.ports.provider import ObjectPage
from gateway.settings import ProviderSettings, RegistrySettings, Settings
from gateway.storage.provider_staleness import stale_schools
from gateway.storage.tables.people import pupil
from outbox import NewMessage, State
from outbox.migrations import VERSION_TABLE, _expected
from tests.diary_world import OWN, SCHOOL, World

USERS = next(one for one in OPERATIONS if one.kind is ObjectKind.USER and not one.single and not one.variants)
READER = Actor(client="reader")
LOOK = NewMessage(destination=provider.DESTINATION, kind="look", payload=b"{}")


@pytest.fixture
def world(each_database: str, tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, url=each_database)
    with world.engine.begin() as connection:  # the tables are those of the newest revision; a worker makes sure of it
        connection.execute(text(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text(f"INSERT INTO {VERSION_TABLE} VALUES ('{_expected()}')"))  # noqa: S608  our own names
    yield world
    world.close()


@pytest.fixture
def gateway(world: World) -> Iterator[Gateway]:
    settings = Settings(
        database_url=world.engine.url.render_as_string(hide_password=False),
        provider=ProviderSettings(refresh_seconds=60),
        registry=RegistrySettings(url="http://127.0.0.1:9"),
    )
    with Gateway(settings, clock=world.clock) as gateway:
        yield gateway


def page(gateway: Gateway, world: World) -> ObjectPage:
    query = Query(kind=ObjectKind.USER, today=world.clock().date(), limit=1000)
    return gateway.provider(SCHOOL).page(USERS, {}, query, reader=READER)


def family(found: ObjectPage) -> str:
    return next(str(one.object.body["familyName"]) for one in found.objects if one.object.sourced_id == OWN)


def change(world: World) -> None:
    world.change(pupil, {"family_name": "Новая"}, school_id=SCHOOL, id=OWN)
    with world.database.unit(SCHOOL) as unit:
        unit.audit.append(
            [
                AuditRecord(
                    at=world.clock(),
                    actor="registry",
                    role="system",
                    channel="roster",
                    action="update",
                    object_kind="pupil",
                    object_id=OWN,
                    new={},
                )
            ]
        )


def worked(gateway: Gateway) -> None:
    gateway.desk.enqueue(LOOK)
    assert make_worker(gateway).drain(within=timedelta(seconds=60))


def test_a_reader_gets_the_last_complete_lists_and_the_worker_makes_new_ones(world: World, gateway: Gateway) -> None:
    worked(gateway)
    assert not gateway.is_given_out(), "what nobody asks for is not made"
    first = page(gateway, world)
    assert first.total == 10
    assert first.as_of == world.clock()
    change(world)
    world.clock.advance(timedelta(minutes=5))
    later = page(gateway, world)
    assert (family(later), later.as_of) == (family(first), first.as_of), "no reader makes anything anew"
    worked(gateway)
    now = page(gateway, world)
    assert family(now) == "Новая"
    assert now.as_of == world.clock()
    found = gateway.desk.find(destination=provider.DESTINATION, kind="refresh").entries
    assert [(one.owner, one.state) for one in found] == [(SCHOOL, State.DONE)]
    worked(gateway)
    assert len(gateway.desk.find(destination=provider.DESTINATION, kind="refresh").entries) == 1, "nothing changed"


def test_a_new_day_makes_a_school_stale_and_other_schools_are_left_alone(world: World, gateway: Gateway) -> None:
    page(gateway, world)
    with world.engine.connect() as connection:
        assert [one.school for one in stale_schools(connection, world.clock())] == []
        tomorrow = world.clock() + timedelta(days=1)
        assert [one.school for one in stale_schools(connection, tomorrow)] == [SCHOOL]


def test_without_rest_a_request_makes_everything_anew_itself(world: World, gateway: Gateway) -> None:
    settings = gateway.settings
    eager = Settings(database_url=settings.database_url, provider=ProviderSettings(refresh_seconds=0))
    with Gateway(eager, clock=world.clock) as other:
        page(other, world)
        change(world)
        assert family(page(other, world)) == "Новая"
        assert provider.EVERY_MINUTE not in StandingSchedules(other)()


def test_a_school_that_is_added_is_scheduled_without_a_restart(world: World, gateway: Gateway) -> None:
    standing = StandingSchedules(gateway)
    before = {one.name for one in standing()}
    gateway.add_school(School(id=SchoolId("school-new"), name="Школа № 300", registry_id="REG-0300"))
    assert {one.name for one in standing()} - before == {"roster school-new registry"}
    assert provider.EVERY_MINUTE not in standing()
    page(gateway, world)
    assert provider.EVERY_MINUTE in standing()
