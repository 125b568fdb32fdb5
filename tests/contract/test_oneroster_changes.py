"""What a OneRoster provider says has changed, over real sockets and real tables: it leads where the whole leads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from werkzeug.wrappers import Response

from gateway.errors import PermanentError
from gateway.model.roster import RecordKind, RosterSnapshot, active_rows
from gateway.model.roster_source import SourceKind, SourceRules
from gateway.model.school import School
from gateway.roster.sync import RosterResult, RosterSync
from gateway.sandbox.oneroster import Trick
from gateway.sandbox.oneroster.records import enrolment, role
from tests.contract.test_oneroster_client import client_of
from tests.oneroster_world import SOURCE, Provider, provider
from tests.roster_changes_world import WHOLE, nobody_lost
from tests.roster_world import NOON, SCHOOL, TODAY, Database, Moments, database, roster

PUPILS = 8
LONG_AGO = "2026-01-01T00:00:00.000Z"


class Read:
    """A school that is synced with a provider: whole once a week, by changes on the days between."""

    def __init__(self, base: Database, source: Provider) -> None:
        self.base, self.source, self.clock = base, source, Moments(now=datetime.now(UTC))
        self.asked: list[str] = []
        self.last: RosterSnapshot | None = None
        rules = SourceRules(name=SOURCE, kind=SourceKind.ONEROSTER, whole_every_days=7)
        self.sync = RosterSync(units=base.units, source=self, clock=self.clock, new_id=base.new_id, rules=rules)
        for name in ("users", "enrollments", "demographics"):
            for one in source.holdings.visible(name):
                one["dateLastModified"] = LONG_AGO
        self.run()
        self.before = self.in_force()

    def snapshot(self, school: School) -> RosterSnapshot:
        self.asked.append(WHOLE)
        with self.source.adapter() as adapter:
            self.last = adapter.snapshot(school)
        return self.last

    def changes(self, school: School, since: str) -> RosterSnapshot:
        self.asked.append("changes")
        with self.source.adapter() as adapter:
            self.last = adapter.changes(school, since)
        return self.last

    def run(self) -> RosterResult:
        with self.base.unit() as unit:
            self.source.remember(unit.roster_links.all(source=SOURCE), unit.roster.state())
        return self.sync.run()

    def in_force(self) -> dict[RecordKind, dict[tuple[str, ...], object]]:
        with self.base.unit() as unit:
            return {kind: dict(rows) for kind, rows in active_rows(unit.roster.state().rows, TODAY).items()}


@pytest.fixture
def read(tmp_path: Path) -> Iterator[Read]:
    with database(tmp_path) as base, provider(held=roster(PUPILS), page=50) as source:
        yield Read(base, source)


def test_a_quiet_day_is_a_day_of_changes(read: Read) -> None:
    result = read.run()
    assert read.asked == [WHOLE, "changes"]
    assert (result.partial, result.created, result.updated, result.deactivated) == (True, 0, 0, 0)
    assert read.in_force() == read.before


def test_changes_lead_where_the_whole_list_leads(read: Read) -> None:
    """Somebody is renamed, somebody comes, somebody moves, a birth date is corrected, a mother changes her number."""
    holdings = read.source.holdings
    holdings.change("users", "P-2", familyName="Новая")
    holdings.admit("P-900", "Прибыла", "C-2", date(2026, 9, 20))
    holdings.move("P-3", "C-2", date(2026, 9, 20))
    holdings.change("demographics", "P-4", birthDate="2015-03-05")
    holdings.change("users", "G-5", phone="+7 000 000-00-55")
    result = read.run()
    assert read.asked == [WHOLE, "changes"]
    assert (result.partial, result.deactivated, result.held) == (True, 0, 0)
    by_changes = read.in_force()
    whole = read.sync.run(everything=True)
    assert (whole.created, whole.updated, whole.transferred, whole.deactivated, whole.reactivated) == (0, 0, 0, 0, 0)
    assert read.in_force() == by_changes
    assert by_changes != read.before


def test_terms_of_one_class_stay_one_place(read: Read) -> None:
    """Only the second term's row changes: read alone, it would begin the place anew."""
    holdings = read.source.holdings
    own = [one for one in holdings.listed("enrollments") if one["user"]["sourcedId"] == "P-1"]
    (first,) = [one for one in own if one["class"]["sourcedId"] == "C-1"]
    first["endDate"] = "2026-10-01"
    holdings.add("enrollments", {**enrolment(holdings.org, "P-1", "C-1", date(2026, 10, 1), None), "sourcedId": "t-2"})
    result = read.run()
    assert (read.asked, result.partial) == ([WHOLE, "changes"], True)
    assert read.in_force() == read.before


def test_another_teacher_of_a_class_does_not_become_its_class_teacher(read: Read) -> None:
    holdings = read.source.holdings
    teacher = next(one for one in holdings.listed("users") if one["sourcedId"] == "S-1")
    holdings.add("users", {**teacher, "sourcedId": "S-9", "familyName": "Другой"})
    leads = next(one for one in holdings.listed("enrollments") if one["role"] == "teacher")
    holdings.add(
        "enrollments",
        {**leads, "sourcedId": "t-9", "user": {**leads["user"], "sourcedId": "S-9"}, "primary": "false"},
    )
    result = read.run()
    assert (result.partial, result.updated) == (True, 0)
    assert read.in_force()[RecordKind.CLASS] == read.before[RecordKind.CLASS]


def test_who_is_buried_leaves_by_the_whole_list_and_at_once(read: Read) -> None:
    read.source.holdings.bury("P-6")
    result = read.run()
    assert read.asked == [WHOLE, "changes", WHOLE]
    assert (result.complete, result.deactivated > 0) == (True, True)


def test_who_went_to_another_school_leaves_by_the_whole_list(read: Read) -> None:
    read.source.holdings.change("users", "P-6", roles=[role("student", "another-school")])
    result = read.run()
    assert read.asked == [WHOLE, "changes", WHOLE]
    assert result.complete


def test_a_place_that_is_gone_is_looked_for_in_the_whole_list(read: Read) -> None:
    own = next(one for one in read.source.holdings.listed("enrollments") if one["user"]["sourcedId"] == "P-6")
    read.source.holdings.change("enrollments", own["sourcedId"], status="tobedeleted")
    read.run()
    assert read.asked == [WHOLE, "changes", WHOLE]


def test_everybody_buried_waits_for_a_person(read: Read) -> None:
    for number in range(1, PUPILS + 1):
        read.source.holdings.bury(f"P-{number}")
    result = read.run()
    assert (result.partial, result.deactivated) == (False, 0)
    assert nobody_lost(read.before, read.in_force())


@pytest.mark.parametrize(
    "tricks",
    [
        (Trick.DELTA_LOSSY,),
        (Trick.REPEATS_ROWS,),
        (Trick.RIGHTS_LOST_MIDWAY,),
        (Trick.NO_TOTAL, Trick.RESTLESS, Trick.DATES_IN_THREE_FORMS),
    ],
    ids=str,
)
def test_tricks_while_changes_are_read_take_nobody_away(read: Read, tricks: tuple[Trick, ...]) -> None:
    holdings = read.source.holdings
    holdings.switch(*tricks)
    holdings.change("users", "P-2", familyName="Новая")
    holdings.move("P-3", "C-2", date(2026, 9, 20))
    assert read.run().deactivated == 0
    assert nobody_lost(read.before, read.in_force())


def test_dates_in_the_future_take_nobody_away_and_repeat_themselves(read: Read) -> None:
    holdings = read.source.holdings
    holdings.switch(Trick.DELTA_LOSSY)  # so that the date stays as it is set
    for number in range(1, PUPILS + 1):
        holdings.change("users", f"P-{number}", dateLastModified="2999-01-01T00:00:00.000Z")
    for _ in range(2):
        assert read.run().deactivated == 0
        assert nobody_lost(read.before, read.in_force())


def test_a_provider_that_obeys_no_filter_for_dates_is_read_whole(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.adapters.oneroster.probe._FAR_FUTURE", "1999-01-01T00:00:00.000Z")
    with read.source.adapter() as adapter, pytest.raises(PermanentError) as raised:
        adapter.changes(SCHOOL, datetime.now(UTC).isoformat())
    assert raised.value.code == "oneroster.no_changes"
    result = read.run()
    assert read.asked == [WHOLE, "changes", WHOLE]
    assert result.complete
    assert read.last is not None
    assert read.last.until == ""


@pytest.mark.parametrize(
    ("said", "began"),
    [
        ("Thu, 01 Oct 2026 08:00:00 GMT", NOON - timedelta(hours=1)),
        ("Thu, 01 Oct 2026 11:00:00 GMT", NOON),
        ("yesterday", NOON),
    ],
    ids=["their clock is behind", "their clock is ahead", "no date"],
)
def test_a_reading_began_by_the_earlier_of_two_clocks(said: str, began: datetime) -> None:
    """The provider's clock dates what changes; one that is ahead of ours would hide what changes until then."""
    answer = Response('{"users": []}', headers={"Date": said, "Content-Type": "application/json"})
    with client_of(lambda _request: answer) as client:
        client.begin()
        client.page("users", {})
        assert client.began_at == began


def test_a_guardian_who_names_the_child_is_linked_though_the_child_has_not_changed(read: Read) -> None:
    """Some providers write the link at the guardian's end only."""
    holdings = read.source.holdings
    mother = next(one for one in holdings.listed("users") if one["sourcedId"] == "G-1")
    child = {"href": "http://127.0.0.1/users/P-2", "sourcedId": "P-2", "type": "user"}
    holdings.add("users", {**mother, "sourcedId": "G-77", "givenName": "Тётя", "agents": [child]})
    result = read.run()
    assert (read.asked, result.created) == ([WHOLE, "changes"], 2)
    everything = read.sync.run(everything=True)
    assert (everything.created, everything.deactivated) == (0, 0)
