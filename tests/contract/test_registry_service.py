"""The registry's adapter against its emulator and against a server that answers badly, over real sockets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from lxml import etree
from werkzeug.wrappers import Request, Response

from gateway.adapters.registry import PLATFORM
from gateway.adapters.registry.adapter import RegistryAdapter
from gateway.adapters.registry.client import RegistryClient
from gateway.adapters.registry.settings import RegistrySettings
from gateway.errors import ContractChanged, Party, PermanentError, TransientError
from gateway.model.roster import RosterSnapshot
from gateway.model.school import School
from gateway.sandbox.faults import Fault, FaultKind
from gateway.sandbox.registry import Registry, registry_emulator
from gateway.sandbox.school import schools
from gateway.sandbox.server import Emulator, RunningServer
from gateway.schemas.xml import parse_xml
from tests.roster_world import SCHOOL, Roster, class_of, place, pupil_of, roster

HASTE = timedelta(milliseconds=300)
PATIENCE = timedelta(seconds=30)
NAMESPACE = "urn:school-gateway:registry:1.0"
MANY = roster(20)


@contextmanager
def adapter_at(url: str, *, timeout: timedelta = PATIENCE) -> Iterator[RegistryAdapter]:
    client = RegistryClient(RegistrySettings(address=f"{url}/", timeout=timeout))
    try:
        yield RegistryAdapter(client)
    finally:
        client.close()


@contextmanager
def answering(content: bytes, *, status: int = 200, content_type: str = "text/xml") -> Iterator[RegistryAdapter]:
    """An adapter of a server that gives one answer to everything."""

    @Request.application
    def application(_request: Request) -> Response:
        return Response(content, status=status, content_type=content_type)

    with RunningServer(application) as server, adapter_at(server.url) as adapter:
        yield adapter


class Region:
    """A registry with one school, its emulator, and an adapter of it."""

    def __init__(self, held: Roster) -> None:
        self.registry = Registry({SCHOOL.registry_id: held}, page_size=7)
        self.emulator: Emulator = registry_emulator(self.registry)

    def snapshot(self, *, school: School = SCHOOL, timeout: timedelta = PATIENCE) -> RosterSnapshot:
        with RunningServer(self.emulator) as server, adapter_at(server.url, timeout=timeout) as adapter:
            return adapter.snapshot(school)

    def asked(self) -> list[str]:
        return [arrival.operation for arrival in self.emulator.arrivals()]


@pytest.fixture
def region() -> Region:
    return Region(MANY)


def test_all_pages_make_one_complete_snapshot(region: Region) -> None:
    snapshot = region.snapshot()
    assert _said(snapshot) == MANY.snapshot()
    assert snapshot.complete
    assert region.asked() == ["GetRoster"] * 12


def test_a_generated_school_arrives_whole() -> None:
    sample = next(schools(60, year=2026))
    registry = Registry({sample.school.registry_id: sample})
    with RunningServer(registry_emulator(registry)) as server, adapter_at(server.url) as adapter:
        snapshot = adapter.snapshot(sample.school)
    assert snapshot.complete
    assert snapshot.rejected == ()
    assert (snapshot.pupils, snapshot.guardians) == (sample.pupils, sample.guardians)
    assert (snapshot.guardianships, snapshot.enrollments) == (sample.guardianships, sample.enrollments)
    assert (snapshot.staff, snapshot.classes) == (sample.staff, sample.classes)


def test_planted_changes_arrive(region: Region) -> None:
    registry = region.registry
    registry.drop(SCHOOL.registry_id, "P-1")
    registry.change(SCHOOL.registry_id, "P-2", "family", "Новая")
    registry.move(SCHOOL.registry_id, "P-3", "C-2", date(2026, 9, 20))
    registry.drop_link(SCHOOL.registry_id, "Guardianship", "G-4", "P-4")
    snapshot = region.snapshot()
    assert pupil_of(1) not in {one.id for one in snapshot.pupils}
    assert {one.name.family for one in snapshot.pupils if one.id == pupil_of(2)} == {"Новая"}
    moved = [one for one in snapshot.enrollments if one.pupil == pupil_of(3)]
    assert moved == [place(3, 1, until=date(2026, 9, 19)), place(3, 2, since=date(2026, 9, 20))]
    assert class_of(2) == moved[1].school_class
    assert pupil_of(4) not in {one.pupil for one in snapshot.guardianships}
    assert snapshot.complete


def test_one_bad_record_does_not_spoil_the_page(region: Region) -> None:
    region.registry.change(SCHOOL.registry_id, "P-5", "birthDate", "вчера")
    snapshot = region.snapshot()
    assert len(snapshot.pupils) == 19
    assert [one.record for one in snapshot.rejected if one.kind == "pupil"] == ["P-5"]
    fault = snapshot.rejected[0].faults[0]
    assert (fault.field, fault.rule, fault.who) == ("birthDate", "R-EXCH-01", Party.PLATFORM_OPERATOR)
    assert snapshot.complete


def test_fewer_records_than_promised_leave_a_doubt(region: Region) -> None:
    region.registry.withhold(SCHOOL.registry_id, 3)
    snapshot = region.snapshot()
    assert not snapshot.complete
    assert snapshot.doubts[0].en == "Records 'enrolments': 20 promised, 17 received."


def test_a_registry_may_call_its_snapshot_incomplete(region: Region) -> None:
    region.registry.admit_incomplete(SCHOOL.registry_id)
    assert not region.snapshot().complete


def test_a_roster_that_changes_while_it_is_read_is_read_again(region: Region) -> None:
    region.registry.be_restless(2)
    assert _said(region.snapshot()) == MANY.snapshot()
    assert len(region.asked()) == 2 + 2 + 12


def test_a_roster_that_never_rests_is_tried_again_later(region: Region) -> None:
    region.registry.be_restless(3)
    with pytest.raises(TransientError) as raised:
        region.snapshot()
    assert raised.value.code == "registry.unstable"


def test_an_unknown_school_is_a_matter_of_the_coordinator(region: Region) -> None:
    with pytest.raises(PermanentError) as raised:
        region.snapshot(school=School(id=SCHOOL.id, name="?", registry_id="REG-9999"))
    assert (raised.value.code, raised.value.who) == ("registry.unknown_school", Party.COORDINATOR)


def test_a_busy_registry_says_when_to_come_again(region: Region) -> None:
    region.registry.be_busy(1)
    with pytest.raises(TransientError) as raised:
        region.snapshot()
    assert (raised.value.code, raised.value.retry_after) == ("registry.too_many_requests", timedelta(seconds=1))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FaultKind.REFUSE, "platform.status_503"),
        (FaultKind.ERROR, "platform.status_500"),
        (FaultKind.CLOSE, "platform.unreachable"),
        (FaultKind.TIMEOUT, "platform.timeout"),
    ],
)
def test_what_may_pass_is_worth_another_try(region: Region, kind: FaultKind, code: str) -> None:
    region.emulator.faults.replace([Fault(operation="GetRoster", kind=kind, times=1, seconds=1.0)])
    with pytest.raises(TransientError) as raised:
        region.snapshot(timeout=HASTE)
    assert raised.value.code == code


def test_refused_three_times_the_fourth_try_gets_everything(region: Region) -> None:
    region.emulator.faults.replace([Fault(operation="GetRoster", kind=FaultKind.REFUSE, times=3)])
    for _ in range(3):
        with pytest.raises(TransientError):
            region.snapshot()
    assert _said(region.snapshot()) == MANY.snapshot()


def test_an_answer_cut_off_in_the_middle_is_worth_another_try(region: Region) -> None:
    region.emulator.faults.replace([Fault(operation="GetRoster", kind=FaultKind.MALFORMED)])
    with pytest.raises(TransientError) as raised:
        region.snapshot()
    assert raised.value.code == "platform.answer_broken"
    assert _said(region.snapshot()) == MANY.snapshot()


@pytest.mark.parametrize("answer", [b"<not closed", b""], ids=["not well-formed", "empty"])
def test_an_answer_that_is_not_well_formed_names_the_line(answer: bytes) -> None:
    with answering(answer) as adapter, pytest.raises(TransientError) as raised:
        adapter.snapshot(SCHOOL)
    assert "line 1" in raised.value.text.en
    assert raised.value.__suppress_context__


def test_nobody_listening_is_worth_another_try() -> None:
    with RunningServer(registry_emulator(Registry({}))) as server:
        url = server.url
    with adapter_at(url) as adapter, pytest.raises(TransientError) as raised:
        adapter.snapshot(SCHOOL)
    assert raised.value.code == "platform.unreachable"


EXTERNAL_ENTITY = b"""<?xml version="1.0"?>
<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/hostname">]>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>&secret;</soap:Body></soap:Envelope>
"""
NESTED = b"<a>" * (50 * 2**20 // 3)
ENVELOPE = b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">%s</s:Envelope>'


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (EXTERNAL_ENTITY, "DOCTYPE"),
        (NESTED, "deeper"),
        (b"<html><body>Sign in</body></html>", "WSDL"),
        (ENVELOPE % b"", "WSDL"),
        (ENVELOPE % b"<s:Body/>", "WSDL"),
        (ENVELOPE % b'<s:Body><x xmlns="urn:x"/></s:Body>', "lacks"),
        (ENVELOPE % b'<s:Body><GetRosterResponse xmlns="urn:school-gateway:registry:1.0"/></s:Body>', "lacks"),
    ],
    ids=[
        "external entity",
        "50 MB nesting",
        "html",
        "no body",
        "empty body",
        "other",
        "no fields",
    ],
)
def test_an_answer_that_breaks_the_contract_is_told_and_read_no_further(answer: bytes, words: str) -> None:
    with answering(answer) as adapter, pytest.raises(ContractChanged) as raised:
        adapter.snapshot(SCHOOL)
    assert raised.value.who is Party.PLATFORM_OPERATOR
    assert words in raised.value.text.en
    assert raised.value.__suppress_context__


def _response(**values: Any) -> bytes:
    fields = {"snapshotId": "s-1", "complete": "true", "page": "1", "pages": "1", **values}
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    totals = '<totals pupils="0" guardians="0" guardianships="0" staff="0" classes="0" enrollments="0"/><records/>'
    answer = f'<s:Body><GetRosterResponse xmlns="{NAMESPACE}">{inside}{totals}</GetRosterResponse></s:Body>'
    return ENVELOPE % answer.encode()


def test_an_empty_school_is_a_complete_snapshot() -> None:
    with answering(_response()) as adapter:
        assert adapter.snapshot(SCHOOL) == RosterSnapshot(source=PLATFORM, school=SCHOOL.id)


@pytest.mark.parametrize("values", [{"page": "2"}, {"snapshotId": ""}, {"page": "first"}, {"pages": "many"}], ids=str)
def test_an_answer_for_another_page_is_refused(values: dict[str, str]) -> None:
    with answering(_response(**values)) as adapter, pytest.raises(ContractChanged):
        adapter.snapshot(SCHOOL)


@pytest.mark.parametrize(
    ("code", "kind"), [("soap:Server", TransientError), ("soap:Client", PermanentError)], ids=["server", "client"]
)
def test_a_fault_that_the_wsdl_does_not_name(code: str, kind: type[Exception]) -> None:
    fault = f"<s:Body><s:Fault><faultcode>{code}</faultcode><faultstring>no</faultstring></s:Fault></s:Body>"
    with answering(ENVELOPE % fault.encode(), status=500) as adapter, pytest.raises(kind):
        adapter.snapshot(SCHOOL)


def test_the_description_can_be_fetched(region: Region) -> None:
    with RunningServer(region.emulator) as server:
        wsdl = parse_xml(httpx.get(f"{server.url}/?wsdl").content)
        assert etree.QName(wsdl).localname == "definitions"
        assert parse_xml(httpx.get(f"{server.url}/messages.xsd").content) is not None
        assert httpx.get(f"{server.url}/secrets.xsd").status_code == 404


@pytest.mark.parametrize(
    "request_body",
    [b"junk", EXTERNAL_ENTITY, ENVELOPE % b"<s:Body/>", ENVELOPE % b"<s:Body><DropAll/></s:Body>"],
    ids=["junk", "external entity", "empty", "other operation"],
)
def test_the_emulator_refuses_what_is_not_its_contract(region: Region, request_body: bytes) -> None:
    with RunningServer(region.emulator) as server:
        answer = httpx.post(f"{server.url}/", content=request_body)
    assert answer.status_code == 500
    assert b"InvalidRequest" in answer.content


def _said(snapshot: RosterSnapshot) -> RosterSnapshot:
    """What a snapshot says, without the form in which it came."""
    return replace(snapshot, received=())
