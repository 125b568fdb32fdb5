"""Keeping the provider's objects fresh, on both databases: moments of change, tombstones, revival."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update

from gateway.model.audit import AuditRecord
from gateway.model.oneroster import ObjectKind, ProviderObject
from gateway.model.oneroster_query import Query
from gateway.ports.provider import ProviderUnit
from gateway.provider.parts import ROSTER, Part
from gateway.provider.projection import Projection
from gateway.storage.tables.people import pupil
from gateway.storage.tables.provider import provider_object, provider_state
from tests.diary_world import NOW, OWN, SCHOOL, TODAY, World
from tests.provider_world import whole_object

HOUR = timedelta(hours=1)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres_url").render_as_string(False)  # noqa: FBT003
    world = World(tmp_path_factory.mktemp("projection"), url=url)
    yield world
    world.close()


def projection(world: World, **changed: Any) -> Projection:
    told = {"units": world.units(SCHOOL), "readings": world.database.readings(SCHOOL), "clock": world.clock}
    return Projection(**{**told, "rest": timedelta(0), "parts": (ROSTER,), **changed})


def kept(world: World, kind: ObjectKind = ObjectKind.USER) -> dict[str, tuple[str, datetime, Mapping[str, Any]]]:
    with world.database.reading(SCHOOL) as reading:
        page = reading.provider.page(Query(kind=kind, today=TODAY, limit=10_000))
    return {one.object.sourced_id: (one.status.value, one.changed_at, one.object.body) for one in page.objects}


def noted(world: World, kind: str = "pupil") -> None:
    """Enter a change of a record into the audit chain, as every flow does that changes one."""
    with world.database.unit(SCHOOL) as unit:
        unit.audit.append(
            [
                AuditRecord(
                    at=world.clock(),
                    actor="registry",
                    role="system",
                    channel="roster",
                    action="update",
                    object_kind=kind,
                    object_id=OWN,
                    new={},
                )
            ]
        )


def change(world: World, **values: object) -> None:
    world.change(pupil, values, school_id=SCHOOL, id=OWN)
    noted(world)


def test_a_second_refresh_changes_nothing(world: World) -> None:
    assert projection(world).refresh() > 20
    before = kept(world)
    world.clock.advance(HOUR)
    noted(world)
    assert projection(world).refresh() == 0
    assert kept(world) == before


def test_only_what_changed_has_a_new_moment(world: World) -> None:
    projection(world).refresh()
    world.clock.advance(HOUR + timedelta(microseconds=1999))
    change(world, family_name="Новая")
    assert projection(world).refresh() == 1
    users = kept(world)
    assert users[OWN][1] == NOW + HOUR + timedelta(milliseconds=1)  # told to the millisecond, kept to the millisecond
    assert users[OWN][2]["familyName"] == "Новая"
    assert {moment for name, (_, moment, _) in users.items() if name != OWN} == {NOW}


def test_what_is_gone_is_told_and_what_comes_back_is_told_too(world: World) -> None:
    projection(world).refresh()
    places = {name for name, one in kept(world, ObjectKind.ENROLLMENT).items() if one[2]["user"]["sourcedId"] == OWN}
    world.clock.advance(HOUR)
    change(world, status="archived")
    assert projection(world).refresh() == len(places) + 3  # the pupil, demographics, the places, the mother's agents
    status, moment, body = kept(world)[OWN]
    assert (status, moment) == ("tobedeleted", NOW + HOUR)
    assert (body["identifier"], body["enabledUser"], "grades" in body) == ("OWN", "false", False)
    assert kept(world, ObjectKind.DEMOGRAPHICS)[OWN] == ("tobedeleted", NOW + HOUR, {})
    assert {one for one, (status, _, _) in kept(world, ObjectKind.ENROLLMENT).items() if status != "active"} == places
    world.clock.advance(HOUR)
    noted(world)
    assert projection(world).refresh() == 0  # a tombstone does not change again
    change(world, status="active")
    projection(world).refresh()
    status, moment, body = kept(world)[OWN]
    assert (status, moment, body["grades"]) == ("active", NOW + 2 * HOUR, ["05"])


def test_tombstones_are_forgotten_in_time(world: World) -> None:
    projection(world).refresh()
    change(world, status="archived")
    projection(world).refresh()
    for days, is_told in ((29, True), (31, False)):
        world.clock.advance(NOW + timedelta(days=days) - world.clock())
        projection(world, tombstones=timedelta(days=30)).refresh()
        assert (OWN in kept(world)) == is_told
    assert len(kept(world)) == 9  # nobody who is there was forgotten


@pytest.mark.parametrize(
    ("kind", "is_seen"), [("enrollment", True), ("lesson", True), ("subject", True), ("mark", False)]
)
def test_only_records_that_objects_are_made_from_are_watched(world: World, kind: str, is_seen: bool) -> None:  # noqa: FBT001
    projection(world).refresh()
    world.change(pupil, {"family_name": "Новая"}, school_id=SCHOOL, id=OWN)
    noted(world, kind)
    assert projection(world).refresh() == (1 if is_seen else 0)


def test_a_day_that_has_passed_is_seen(world: World) -> None:
    """A guardianship ends by itself: nobody writes anything."""
    projection(world).refresh()
    assert projection(world).refresh() == 0
    world.change(pupil, {"family_name": "Новая"}, school_id=SCHOOL, id=OWN)  # stands for what a day may change
    assert projection(world).refresh() == 0
    world.clock.advance(timedelta(hours=12))  # 21:00 UTC is midnight in Moscow
    assert projection(world).refresh() == 1


def test_a_long_chain_is_not_looked_through(world: World) -> None:
    projection(world).refresh()
    with world.database.reading(SCHOOL) as reading:
        assert not reading.provider.changed_since(0, {"pupil"}, most=0)
    noted(world, "mark")
    with world.database.reading(SCHOOL) as reading:
        assert reading.provider.changed_since(0, {"pupil"}, most=0)
        assert not reading.provider.changed_since(0, {"pupil"}, most=1)


def test_it_rests_between_refreshes(world: World) -> None:
    calm = projection(world, rest=timedelta(seconds=60))
    calm.refresh()
    change(world, family_name="Новая")
    world.clock.advance(timedelta(seconds=59))
    assert calm.refresh() == 0
    world.clock.advance(timedelta(seconds=1))
    assert calm.refresh() == 1


def test_two_at_once_make_it_once(world: World) -> None:
    together = Barrier(2)

    def made(unit: ProviderUnit, _today: date) -> list[ProviderObject]:
        assert unit.roster.school().id == SCHOOL
        return [whole_object(ObjectKind.ORG)]

    parts = (Part(name="one", kinds=(ObjectKind.ORG,), watches=frozenset(), make=made),)

    def refresh() -> int:
        together.wait()
        return projection(world, parts=parts).refresh()

    with ThreadPoolExecutor(2) as pool:
        changed = [one.result() for one in [pool.submit(refresh), pool.submit(refresh)]]
    assert sorted(changed) == [0, 1]


def test_a_refresh_that_fails_leaves_everything_as_it_was(world: World) -> None:
    projection(world).refresh()
    before, state = kept(world), world.rows(provider_state)
    world.clock.advance(HOUR)
    noted(world)

    def broken(_unit: ProviderUnit, _today: date) -> Iterator[ProviderObject]:
        yield whole_object(ObjectKind.USER, 7)
        raise RuntimeError

    part = replace(projection(world).parts[0], make=broken)
    with pytest.raises(RuntimeError):
        projection(world, parts=(part,)).refresh()
    assert (kept(world), world.rows(provider_state)) == (before, state)


def test_another_schools_objects_are_not_touched(world: World) -> None:
    projection(world).refresh()
    row = {**world.rows(provider_object)[0], "school_id": "school-9"}
    with world.engine.begin() as connection:
        connection.execute(insert(provider_object), [row])
    noted(world)
    projection(world).refresh()
    assert [one for one in world.rows(provider_object) if one["school_id"] == "school-9"] == [row]


# the law of deltas

_KIND = ObjectKind.ENROLLMENT
_NUMBERS = st.integers(min_value=1, max_value=6)
_STATE = st.dictionaries(_NUMBERS, st.integers(min_value=1, max_value=3))
"""What there is: numbers of objects with the state of each."""


@settings(max_examples=30)
@given(steps=st.lists(_STATE, min_size=1, max_size=6), taken=st.integers(min_value=0, max_value=5))
def test_who_follows_the_deltas_has_what_there_is(
    law_world: Callable[[], World], steps: list[dict[int, int]], taken: int
) -> None:
    """A reader that took a list at any time and asks for what changed since then holds what is there in the end."""
    world = law_world()
    told: dict[int, int] = {}
    part = Part(name="law", kinds=(_KIND,), watches=frozenset({"pupil"}), make=lambda *_: objects_of(told))
    copy: dict[str, Mapping[str, Any]] = {}
    mark = datetime(2000, 1, 1, tzinfo=UTC)
    for place, step in enumerate(steps):
        told.clear()
        told.update(step)
        world.clock.advance(HOUR)
        noted(world)
        projection(world, parts=(part,)).refresh()
        if place < taken and place % 2:
            continue  # the reader stayed away
        for name, (status, moment, body) in kept(world, _KIND).items():
            if moment > mark:
                copy.pop(name, None)
                copy |= {name: body} if status == "active" else {}
        mark = world.clock()
    for name, (status, moment, body) in kept(world, _KIND).items():
        if moment > mark:
            copy.pop(name, None)
            copy |= {name: body} if status == "active" else {}
    assert copy == {one.sourced_id: one.body for one in objects_of(told)}


def objects_of(told: Mapping[int, int]) -> list[ProviderObject]:
    return [
        replace(whole_object(_KIND, number), body={**whole_object(_KIND, number).body, "primary": str(state)})
        for number, state in told.items()
    ]


@pytest.fixture(scope="module")
def law_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], World]]:
    world = World(tmp_path_factory.mktemp("law"))

    def emptied() -> World:
        with world.engine.begin() as connection:
            connection.execute(delete(provider_object))
            connection.execute(delete(provider_state))
            connection.execute(update(pupil).values(status="active"))
        world.clock.advance(NOW - world.clock())
        return world

    yield emptied
    world.close()
