"""What the registry says has changed since an earlier reading, over real sockets; and one that cannot say."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
from lxml import etree

from gateway.errors import ContractChanged, PermanentError, TransientError
from gateway.model.roster import RosterSnapshot
from gateway.model.roster_source import Thresholds
from gateway.model.school import School
from gateway.roster.sync import RosterSync
from gateway.sandbox.registry import Registry, registry_emulator
from gateway.sandbox.registry.records import record
from gateway.sandbox.server import RunningServer
from gateway.schemas.xml import parse_xml
from tests.contract.test_registry_service import ENVELOPE, adapter_at, answering
from tests.roster_world import (
    SCHOOL,
    Database,
    Moments,
    class_of,
    database,
    link,
    place,
    pupil_of,
    removing,
    roster,
)

ID = SCHOOL.registry_id
LATER = "urn:school-gateway:registry:1.1"


class Watched:
    """A registry that is read again and again, and what it says."""

    def __init__(self, *, tells_changes: bool = True) -> None:
        self.registry = Registry({ID: roster(20)}, page_size=7, tells_changes=tells_changes)
        self.emulator = registry_emulator(self.registry)

    def whole(self) -> RosterSnapshot:
        with RunningServer(self.emulator) as server, adapter_at(server.url) as adapter:
            return adapter.snapshot(SCHOOL)

    def changes(self, since: str, *, school: School = SCHOOL) -> RosterSnapshot:
        with RunningServer(self.emulator) as server, adapter_at(server.url) as adapter:
            return adapter.changes(school, since)


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_nothing_has_changed(watched: Watched) -> None:
    whole = watched.whole()
    told = watched.changes(whole.until)
    assert told.partial
    assert (told.pupils, told.enrollments, told.gone, told.doubts, told.rejected) == ((), (), 0, (), ())
    assert told.until == whole.until


def test_what_changed_comes_with_whom_it_names_and_nothing_else(watched: Watched) -> None:
    since = watched.whole().until
    watched.registry.change(ID, "P-2", "family", "Новая")
    watched.registry.move(ID, "P-3", "C-2", date(2026, 9, 20))
    told = watched.changes(since)
    assert {one.source_id: one.name.family for one in told.pupils} == {"P-2": "Новая", "P-3": "Тестова"}
    assert {one.source_id for one in told.classes} == {"C-1", "C-2"}
    assert [one.source_id for one in told.staff] == ["S-1"]
    assert told.enrollments == (place(3, 1, until=date(2026, 9, 19)), place(3, 2, since=date(2026, 9, 20)))
    assert told.guardians == ()
    assert (told.gone, told.rejected, told.doubts) == (0, (), ())


def test_changes_are_told_since_the_last_ones(watched: Watched) -> None:
    first = watched.whole().until
    watched.registry.change(ID, "P-2", "family", "Новая")
    second = watched.changes(first).until
    watched.registry.change(ID, "P-4", "family", "Другая")
    assert [one.source_id for one in watched.changes(second).pupils] == ["P-4"]
    assert [one.source_id for one in watched.changes(first).pupils] == ["P-2", "P-4"]


def test_many_changes_come_on_many_pages(watched: Watched) -> None:
    since = watched.whole().until
    for number in range(1, 11):
        watched.registry.change(ID, f"P-{number}", "family", "Новая")
    assert len(watched.changes(since).pupils) == 10


def test_who_is_gone_is_counted_and_not_described(watched: Watched) -> None:
    since = watched.whole().until
    watched.registry.drop(ID, "P-5")
    watched.registry.drop_link(ID, "Guardianship", "G-6", "P-6")
    told = watched.changes(since)
    assert told.gone == 4
    assert pupil_of(5) not in {one.id for one in told.pupils}


def test_a_new_record_is_told(watched: Watched) -> None:
    since = watched.whole().until
    period = (("relation", "01"), ("validFrom", "2026-09-01"))
    watched.registry.plant(ID, record("Guardianship", ("guardianId", "G-1"), ("pupilId", "P-2"), *period))
    told = watched.changes(since)
    assert told.guardianships == (link(1, 2),)
    assert [one.source_id for one in told.guardians] == ["G-1"]
    assert class_of(1) not in {one.id for one in told.classes}


def test_a_bad_record_among_changes_is_turned_away_with_its_reasons(watched: Watched) -> None:
    since = watched.whole().until
    watched.registry.change(ID, "P-5", "birthDate", "вчера")
    watched.registry.change(ID, "P-6", "family", "Новая")
    told = watched.changes(since)
    assert [one.source_id for one in told.pupils] == ["P-6"]
    assert [(one.record, one.faults[0].field) for one in told.rejected] == [("P-5", "birthDate")]


def test_fewer_changes_than_promised_leave_a_doubt(watched: Watched) -> None:
    since = watched.whole().until
    watched.registry.change(ID, "P-5", "family", "Новая")
    watched.registry.withhold(ID, 1)
    assert len(watched.changes(since).doubts) == 1


def test_a_cursor_that_is_too_old_asks_for_the_whole(watched: Watched) -> None:
    since = watched.whole().until
    watched.registry.forget_changes(ID)
    with pytest.raises(PermanentError) as raised:
        watched.changes(since)
    assert raised.value.code == "registry.cursor_expired"
    assert watched.changes(watched.whole().until).gone == 0


@pytest.mark.parametrize("since", ["REG-0001-99", "REG-0001-x", "nonsense"])
def test_a_cursor_that_nobody_gave_is_no_cursor(watched: Watched, since: str) -> None:
    with pytest.raises(PermanentError) as raised:
        watched.changes(since)
    assert raised.value.code == "registry.cursor_expired"


def test_changes_that_move_are_read_again_and_given_up_in_the_end(watched: Watched) -> None:
    since = watched.whole().until
    for number in range(1, 11):
        watched.registry.change(ID, f"P-{number}", "family", "Новая")
    watched.registry.be_restless(2)
    assert len(watched.changes(since).pupils) == 10
    watched.registry.be_restless(3)
    with pytest.raises(TransientError) as raised:
        watched.changes(since)
    assert raised.value.code == "registry.changes_moved"


def test_unknown_schools_and_busy_registries_are_named_as_ever(watched: Watched) -> None:
    with pytest.raises(PermanentError) as unknown:
        watched.changes("x", school=replace(SCHOOL, registry_id="REG-9999"))
    watched.registry.be_busy(1)
    with pytest.raises(TransientError) as busy:
        watched.changes("x")
    assert (unknown.value.code, busy.value.code) == ("registry.unknown_school", "registry.too_many_requests")


def test_a_registry_of_the_first_contract_is_read_whole_and_tells_no_changes() -> None:
    old = Watched(tells_changes=False)
    whole = old.whole()
    assert whole.complete
    with pytest.raises(PermanentError) as raised:
        old.changes(whole.until)
    assert raised.value.code == "registry.no_changes"


def _response(**values: str) -> bytes:
    fields = {"cursor": "c-1", "page": "1", "pages": "1", **values}
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    totals = '<totals pupils="0" guardians="0" guardianships="0" staff="0" classes="0" enrollments="0"/>'
    answer = f'<GetRosterChangesResponse xmlns="{LATER}">{inside}{totals}<gone/><records/></GetRosterChangesResponse>'
    return ENVELOPE % f"<s:Body>{answer}</s:Body>".encode()


def test_an_answer_that_says_nothing_changed() -> None:
    with answering(_response()) as adapter:
        told = adapter.changes(SCHOOL, "c-0")
    assert (told.until, told.gone, told.pupils) == ("c-1", 0, ())


@pytest.mark.parametrize("values", [{"page": "2"}, {"cursor": ""}, {"page": "0"}, {"pages": "many"}], ids=str)
def test_an_answer_that_breaks_the_contract_is_refused(values: dict[str, str]) -> None:
    with answering(_response(**values)) as adapter, pytest.raises(ContractChanged):
        adapter.changes(SCHOOL, "c-0")


def test_how_far_a_reading_has_come_is_told(watched: Watched) -> None:
    heard: list[tuple[str, int]] = []

    def hear(what: str, records: int) -> None:
        heard.append((what, records))

    with RunningServer(watched.emulator) as server, adapter_at(server.url) as adapter:
        told = adapter.telling(hear)
        since = told.snapshot(SCHOOL).until
        watched.registry.change(ID, "P-2", "family", "Новая")
        told.changes(SCHOOL, since)
    assert sum(number for what, number in heard if what == "roster") == 20 * 4 + 3
    assert heard[-1] == ("changes", 1)


def test_the_description_of_both_contracts_can_be_fetched(watched: Watched) -> None:
    with RunningServer(watched.emulator) as server:
        fetch = partial(httpx.get, timeout=30)
        wsdl = parse_xml(fetch(f"{server.url}/1.1/registry.wsdl").content)
        imported = [one.get("schemaLocation") for one in wsdl.iter("{http://www.w3.org/2001/XMLSchema}import")]
        for location in imported:
            assert etree.QName(parse_xml(fetch(f"{server.url}/1.1/{location}").content)).localname == "schema"
        assert fetch(f"{server.url}/1.1/secrets.xsd").status_code == 404
        assert fetch(f"{server.url}/2.0/messages.xsd").status_code == 404
    assert len(imported) == 2


@contextmanager
def synced(folder: Path, watched: Watched) -> Iterator[tuple[RosterSync, Database, Moments]]:
    """A school that asks this registry for changes on six days of seven."""
    rules = replace(removing(Thresholds()), whole_every_days=7)
    with (
        database(folder) as base,
        RunningServer(watched.emulator) as server,
        adapter_at(server.url) as adapter,
    ):
        clock = Moments()
        yield RosterSync(units=base.units, source=adapter, clock=clock, new_id=base.new_id, rules=rules), base, clock


def test_a_week_with_the_registry(watched: Watched, tmp_path: Path) -> None:
    """Changes arrive by changes, departures by the whole list, and in the end all is as the registry has it."""
    with synced(tmp_path, watched) as (sync, base, clock):
        assert not sync.run().partial
        watched.registry.change(ID, "P-2", "family", "Новая")
        watched.registry.move(ID, "P-3", "C-2", date(2026, 9, 20))
        by_changes = sync.run()
        assert (by_changes.partial, by_changes.updated, by_changes.transferred) == (True, 1, 1)
        watched.registry.drop(ID, "P-5")
        left = sync.run()
        assert (left.complete, left.deactivated) == (True, 3)
        watched.registry.forget_changes(ID)
        assert sync.run().complete
        assert sync.run().partial
        clock.now += timedelta(days=7)
        last = sync.run()
        assert (last.complete, last.created, last.updated, last.deactivated) == (True, 0, 0, 0)
        with base.unit() as unit:
            read = [run.partial for run in reversed(unit.roster_runs.newest())]
    assert read == [False, True, False, False, True, False]
    asked = [arrival.operation for arrival in watched.emulator.arrivals()]
    assert asked.count("GetRosterChanges") == 4


def test_a_registry_of_the_first_contract_goes_on_being_read_whole(tmp_path: Path) -> None:
    old = Watched(tells_changes=False)
    with synced(tmp_path, old) as (sync, base, _clock):
        sync.run()
        old.registry.drop(ID, "P-5")
        result = sync.run()
        with base.unit() as unit:
            said = [one.text.en for one in unit.roster.last_warnings("registry")]
    assert (result.complete, result.deactivated) == (True, 3)
    assert any("it has no operation GetRosterChanges" in text for text in said)


def test_a_registry_that_calls_everybody_gone_or_keeps_quiet_loses_nobody(watched: Watched, tmp_path: Path) -> None:
    with synced(tmp_path, watched) as (sync, _base, _clock):
        sync.run()
        watched.registry.change(ID, "P-2", "family", "Новая")
        watched.registry.lose_changes(ID)
        assert sync.run().updated == 0
        watched.registry.say_all_gone(ID)
        result = sync.run()
    assert (result.complete, result.deactivated, result.missing, result.updated) == (True, 0, 0, 1)
