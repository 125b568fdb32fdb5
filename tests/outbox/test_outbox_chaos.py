"""Whatever is killed, refused, reset or lied about: what was committed arrives, in effect once, in order per key."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.outbox.chaos_world import PLACES, make_chaos

DURATION = timedelta(seconds=10)
PATIENCE = timedelta(seconds=120)
"""Only a test that fails waits so long."""


@pytest.mark.parametrize("name", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_chaos_breaks_no_promise(name: str, tmp_path: Path) -> None:
    with PLACES[name](tmp_path) as place:
        account = make_chaos(place, duration=DURATION, patience=PATIENCE, seed=2026)
    assert account.faults() == [], account.summary()
    # The chaos took place: otherwise the promise was not tested.
    assert account.workers_shot > 1, account.summary()
    assert account.seen.repeated > 0, account.summary()
    assert account.rolled_back
    assert sum(len(numbers) for numbers in account.committed.values()) > 100, account.summary()
    assert account.restarts >= (1 if name == "postgresql" else 0)
