"""What we give out is brought up to date by the worker whenever the change came, and through killed attempts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.bootstrap import Gateway
from gateway.delivery import provider
from gateway.storage.provider_staleness import stale_schools
from tests.contract.test_provider_by_worker import change, family, gateway, page, worked, world
from tests.diary_world import SCHOOL, World

__all__ = ["gateway", "world"]


def test_a_change_right_after_the_last_making_is_not_forgotten(world: World, gateway: Gateway) -> None:
    """A look that came too early must not use up the message that brings the change out."""
    page(gateway, world)
    world.clock.advance(timedelta(seconds=10))
    change(world)
    world.clock.advance(timedelta(seconds=20))
    with world.engine.connect() as connection:
        assert list(stale_schools(connection, world.clock(), rest=timedelta(seconds=60))) == []
    worked(gateway)
    world.clock.advance(timedelta(seconds=60))
    worked(gateway)
    assert family(page(gateway, world)) == "Новая"


def test_a_worker_whose_clock_lags_behind_makes_anew_all_the_same(world: World, gateway: Gateway) -> None:
    page(gateway, world)
    change(world)
    world.clock.advance(timedelta(seconds=61))
    with world.engine.connect() as connection:
        (found,) = stale_schools(connection, world.clock(), rest=timedelta(seconds=60))
    gateway.desk.enqueue(provider.refresh_message(found.school, found.sequence, found.day))
    world.clock.advance(timedelta(seconds=-30))
    assert gateway.refresh_given_out(SCHOOL) > 0
    assert family(page(gateway, world)) == "Новая"


def test_an_attempt_that_was_killed_leaves_the_last_complete_objects(
    world: World, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = page(gateway, world)
    change(world)
    world.clock.advance(timedelta(minutes=5))

    def killed(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("gateway.storage.provider.SqlProvider.note", killed)
    with pytest.raises(KeyboardInterrupt):
        gateway.refresh_given_out(SCHOOL)
    assert (page(gateway, world).as_of, family(page(gateway, world))) == (before.as_of, family(before))
    monkeypatch.undo()
    gateway.refresh_given_out(SCHOOL)
    assert family(page(gateway, world)) == "Новая"
