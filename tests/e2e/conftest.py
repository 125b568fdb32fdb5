"""One undisturbed walk of the road for all end-to-end tests; who wants to change something takes a copy."""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.demo_world import SIZE, Ended, gateway
from tests.e2e.installation import Installation, running_copy


@dataclass(frozen=True, kw_only=True, slots=True)
class Walk:
    """A finished ``gateway demo --once``."""

    folder: Path
    ended: Ended


@pytest.fixture(scope="session")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Walk the road once in a fresh folder, for all processes of a run. What it left is for reading only."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return walk(tmp_path_factory.mktemp("walked"))
    place = tmp_path_factory.getbasetemp().parent / "walked"
    place.mkdir(exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (place / "walk").exists():
            return pickle.loads((place / "walk").read_bytes())  # noqa: S301  our own, written below
        done = walk(place)
        (place / "walk").write_bytes(pickle.dumps(done))
        return done


def walk(place: Path) -> Walk:
    folder = place / "demo"
    return Walk(folder=folder, ended=gateway("demo", "--once", "--school-size", str(SIZE), "--folder", folder))


@pytest.fixture(scope="session")
def site(walked: Walk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Run a copy of the walked installation, for the tests that feed it wrong input."""
    assert walked.ended.code == 0, walked.ended.err
    yield from running_copy(walked.folder, tmp_path_factory.mktemp("site") / "demo")
