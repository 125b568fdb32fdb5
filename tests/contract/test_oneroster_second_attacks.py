"""OneRoster providers whose clock is out of this world, marks that none of them gave, rights withdrawn in silence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from werkzeug.wrappers import Response

from gateway.errors import PermanentError
from gateway.model.roster import RecordKind
from tests.contract.test_oneroster_changes import PUPILS, Read
from tests.contract.test_oneroster_client import client_of
from tests.oneroster_world import provider
from tests.roster_changes_world import WHOLE
from tests.roster_world import SCHOOL, database, roster


@pytest.fixture
def read(tmp_path: Path) -> Iterator[Read]:
    with database(tmp_path) as base, provider(held=roster(PUPILS), page=50) as source:
        yield Read(base, source)


@pytest.mark.parametrize(
    "said",
    [
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "Mon, 01 Jan 0001 00:00:00 +2300",
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Mon, 01 Jan 2026 00:00:00 +99999999999999999999",
        "Thu, 01 Oct 2026 99:99:99 GMT",
    ],
)
def test_a_clock_out_of_this_world_stops_no_reading_and_no_later_one(said: str) -> None:
    answer = Response('{"users": []}', headers={"Date": said, "Content-Type": "application/json"})
    with client_of(lambda _request: answer) as client:
        client.begin()
        client.page("users", {})
        assert client.began_at - timedelta(days=365) > datetime(1900, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("since", ["REG-0001-7", "", "2026-10-01", "0001-01-01T00:00:00+00:00", "9" * 5000])
def test_a_mark_of_another_kind_of_source_asks_for_everything(read: Read, since: str) -> None:
    """A source may be set up anew under its old name: what the old one left is no moment."""
    with read.source.adapter() as adapter, pytest.raises(PermanentError) as raised:
        adapter.changes(SCHOOL, since)
    assert raised.value.code == "oneroster.unknown_mark"


def standing(read: Read) -> int:
    """How many relations have no end."""
    with read.base.unit() as unit:
        return sum(one["valid_to"] is None for one in unit.roster.state().of(RecordKind.GUARDIANSHIP).values())


def test_a_right_that_was_withdrawn_does_not_last_until_the_next_whole_reading(read: Read) -> None:
    """No object is gone: the pupil merely names the guardian no longer."""
    read.source.holdings.change("users", "P-1", agents=[])
    result = read.run()
    assert read.asked == [WHOLE, "changes", WHOLE]
    assert (result.complete, result.deactivated) == (True, 1)
    assert standing(read) == PUPILS - 1


def test_a_guardian_or_a_pupil_who_changed_otherwise_costs_no_whole_reading(read: Read) -> None:
    read.source.holdings.change("users", "G-1", phone="+7 000 000-00-77")
    read.source.holdings.change("users", "P-2", middleName="Иновна")
    result = read.run()
    assert read.asked == [WHOLE, "changes"]
    assert (result.updated, result.deactivated) == (2, 0)


def test_a_link_at_the_guardians_end_alone_costs_none_either(read: Read) -> None:
    holdings = read.source.holdings
    child = {"href": "http://127.0.0.1/users/P-1", "sourcedId": "P-1", "type": "user"}
    holdings.change("users", "G-1", agents=[child])
    holdings.change("users", "P-1", agents=[])
    assert read.run().deactivated == 0
    holdings.change("users", "P-1", middleName="Иновна")
    assert read.run().deactivated == 0
    assert WHOLE not in read.asked[1:]
    assert standing(read) == PUPILS
    holdings.change("users", "G-1", agents=[])
    assert read.run().deactivated == 1
