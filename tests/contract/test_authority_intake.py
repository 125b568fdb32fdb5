"""Adapter and emulator of the authority's intake over real connections: receipts, refusals, hostile answers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import httpx
import pytest
from werkzeug.wrappers import Request, Response

from gateway.adapters.authority.adapter import AuthorityIntake
from gateway.adapters.authority.settings import AuthoritySettings
from gateway.errors import ContractChanged, Party, PermanentError, PlatformError, TransientError
from gateway.exports.definitions import PERFORMANCE
from gateway.exports.package import manifest, package_bytes, signed_members
from gateway.mapping.performance import DocumentHeader, performance_document
from gateway.model.export_package import ReceiptStatus
from gateway.model.ids import PeriodId, SubjectId
from gateway.model.indicators import MarkSheet
from gateway.model.performance import (
    Attendance,
    ClassReport,
    ClassSubject,
    PerformanceReport,
    PupilReport,
    PupilSubject,
)
from gateway.model.school import Period, PeriodKind, Subject
from gateway.sandbox.authority import authority_emulator
from gateway.sandbox.faults import Fault, FaultKind
from gateway.sandbox.server import Emulator, RunningServer
from gateway.signing.authority import create_test_authority
from gateway.signing.keys import SigningIdentity
from gateway.signing.signer import IdentitySigner

MADE_AT = datetime(2026, 10, 26, 15, 0, tzinfo=UTC)
MATHS = SubjectId("maths")
SHEET = MarkSheet.of([(5, 1)])
QUARTER = Period(
    id=PeriodId("q1"), year=2026, kind=PeriodKind.QUARTER, number=1, start=date(2026, 9, 1), end=date(2026, 10, 24)
)
REPORT = PerformanceReport(
    school="REG-0001",
    period=QUARTER,
    subjects=(Subject(id=MATHS, name="Математика"),),
    classes=(
        ClassReport(
            registry_id="C-1",
            grade=5,
            letter="А",
            subjects=(ClassSubject(subject=MATHS, lessons=1, marks=SHEET),),
            pupils=(
                PupilReport(
                    registry_id="P-1",
                    attendance=Attendance(lessons=1),
                    subjects=(PupilSubject(subject=MATHS, marks=SHEET),),
                ),
                PupilReport(registry_id="P-2", attendance=Attendance(lessons=1, illness=1)),
            ),
        ),
    ),
)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def director(tmp_path_factory: pytest.TempPathFactory) -> SigningIdentity:
    return create_test_authority(tmp_path_factory.mktemp("keys") / "school", now=now())


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> SigningIdentity:
    return create_test_authority(tmp_path_factory.mktemp("keys") / "stranger", now=now())


@pytest.fixture
def emulator(director: SigningIdentity) -> Emulator:
    return authority_emulator(senders=["school-gateway"], roots=director.roots, clock=now, unknown_pupils=["P-2"])


@pytest.fixture
def server(emulator: Emulator) -> Iterator[RunningServer]:
    with RunningServer(emulator) as running:
        yield running


@pytest.fixture
def intake(server: RunningServer) -> Iterator[AuthorityIntake]:
    adapter = AuthorityIntake(settings(server.url))
    yield adapter
    adapter.close()


def settings(url: str, *, sender: str = "school-gateway", timeout: float = 5) -> AuthoritySettings:
    return AuthoritySettings(address=f"{url}/intake", sender=sender, timeout=timedelta(seconds=timeout))


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """The parts of a package, each of which a test may spoil before they are put together."""

    signer: SigningIdentity
    package: str = "package-1"
    report: PerformanceReport = REPORT
    document: Callable[[bytes], bytes] = lambda content: content
    signed: Callable[[bytes], bytes] = lambda content: content
    signature: Callable[[bytes], bytes] = lambda signature: signature
    stated: dict[str, object] = field(default_factory=dict)

    def content(self) -> bytes:
        header = DocumentHeader(package=self.package, created_at=MADE_AT, counted_on=QUARTER.end)
        document = self.document(performance_document(self.report, header))
        signer = IdentitySigner(identity=self.signer, clock=now)
        members = signed_members(PERFORMANCE, document, self.signature(signer.sign_detached(self.signed(document))))
        described = manifest(
            PERFORMANCE,
            members,
            package=self.package,
            version=1,
            school=self.report.school,
            period=QUARTER,
            made_at=MADE_AT,
            content_digest="0" * 64,
            signer=signer.certificate,
        )
        return package_bytes({**described, **self.stated}, members)


def accepted(server: RunningServer) -> list[dict[str, object]]:
    return httpx.get(f"{server.url}/_sandbox/accepted").json()


def refused(intake: AuthorityIntake, content: bytes, package: str = "package-1") -> PermanentError:
    with pytest.raises(PermanentError) as caught:
        intake.submit(package, content)
    return caught.value


def test_a_package_gets_a_receipt_with_its_rejected_records(
    intake: AuthorityIntake, server: RunningServer, director: SigningIdentity
) -> None:
    content = Parts(signer=director).content()
    receipt = intake.submit("package-1", content)
    assert (receipt.package, receipt.status, receipt.records_accepted) == ("package-1", ReceiptStatus.ACCEPTED, 1)
    assert [(record.record, record.code) for record in receipt.rejected] == [("P-2", "unknown_pupil")]
    assert receipt.accepted_at.tzinfo is not None
    assert accepted(server) == [
        {"packageId": "package-1", "sha256": hashlib.sha256(content).hexdigest(), "deliveries": 1}
    ]


def test_the_same_bytes_again_give_the_same_receipt_and_count_once(
    intake: AuthorityIntake, server: RunningServer, director: SigningIdentity
) -> None:
    content = Parts(signer=director).content()
    first, again = intake.submit("package-1", content), intake.submit("package-1", content)
    assert again == replace(first, status=ReceiptStatus.DUPLICATE)
    assert [taken["deliveries"] for taken in accepted(server)] == [2]


def test_refused_three_times_and_timed_out_once_the_same_bytes_arrive_once(
    emulator: Emulator, server: RunningServer, director: SigningIdentity
) -> None:
    emulator.faults.replace(
        [
            Fault(operation="SubmitPackage", kind=FaultKind.REFUSE, times=3),
            Fault(operation="SubmitPackage", kind=FaultKind.TIMEOUT, seconds=2),
        ]
    )
    intake = AuthorityIntake(settings(server.url, timeout=0.5))
    content = Parts(signer=director).content()
    met: list[str] = []
    receipt = None
    while receipt is None and len(met) < 10:
        try:
            receipt = intake.submit("package-1", content)
        except TransientError as error:
            met.append(error.code)
    intake.close()
    assert met == ["platform.status_503"] * 3 + ["platform.timeout"]
    assert receipt is not None
    assert receipt.status is ReceiptStatus.DUPLICATE  # the one that timed out had its effect
    assert accepted(server) == [
        {"packageId": "package-1", "sha256": hashlib.sha256(content).hexdigest(), "deliveries": 2}
    ]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (FaultKind.REFUSE, TransientError),
        (FaultKind.ERROR, TransientError),
        (FaultKind.CLOSE, TransientError),
        (FaultKind.MALFORMED, TransientError),
    ],
)
def test_every_scripted_fault_is_one_of_our_errors_and_the_next_try_works(
    emulator: Emulator,
    intake: AuthorityIntake,
    director: SigningIdentity,
    kind: FaultKind,
    error: type[PlatformError],
) -> None:
    emulator.faults.replace([Fault(operation="SubmitPackage", kind=kind)])
    content = Parts(signer=director).content()
    with pytest.raises(error):
        intake.submit("package-1", content)
    assert intake.submit("package-1", content).id


def test_a_request_that_arrives_twice_counts_once(
    emulator: Emulator, intake: AuthorityIntake, server: RunningServer, director: SigningIdentity
) -> None:
    emulator.faults.replace([Fault(operation="SubmitPackage", kind=FaultKind.DUPLICATE)])
    assert intake.submit("package-1", Parts(signer=director).content()).status is ReceiptStatus.DUPLICATE
    assert [taken["deliveries"] for taken in accepted(server)] == [2]


def test_other_bytes_under_the_same_id_are_refused(
    intake: AuthorityIntake, server: RunningServer, director: SigningIdentity
) -> None:
    intake.submit("package-1", Parts(signer=director).content())
    error = refused(intake, Parts(signer=director, report=replace(REPORT, school="REG-2")).content())
    assert (error.code, error.who) == ("authority.package_id_reused", Party.COORDINATOR)
    assert len(accepted(server)) == 1


def test_an_unknown_sender_is_refused(server: RunningServer, director: SigningIdentity) -> None:
    intake = AuthorityIntake(settings(server.url, sender="somebody"))
    error = refused(intake, Parts(signer=director).content())
    intake.close()
    assert (error.code, error.who) == ("authority.unknown_sender", Party.COORDINATOR)
    assert accepted(server) == []


def test_a_foreign_signer_is_refused_and_the_director_has_to_act(
    intake: AuthorityIntake, server: RunningServer, stranger: SigningIdentity
) -> None:
    error = refused(intake, Parts(signer=stranger).content())
    assert (error.code, error.who) == ("authority.invalid_signature", Party.DIRECTOR)
    assert accepted(server) == []


@pytest.mark.parametrize(
    "spoilt",
    [
        {"document": lambda content: content.replace(b'lessons="1" illness="1"', b'lessons="1" illness="0"')},
        {"signature": lambda _signature: b""},
        {"signature": lambda _signature: b"no CMS at all"},
        {"signature": lambda signature: signature[:-1] + bytes([signature[-1] ^ 1])},
        {"signature": lambda signature: signature[: len(signature) // 2]},
    ],
    ids=["tampered document", "no signature", "not a CMS", "flipped bit", "half a signature"],
)
def test_a_wrong_signature_is_refused(
    intake: AuthorityIntake,
    server: RunningServer,
    director: SigningIdentity,
    spoilt: dict[str, Callable[[bytes], bytes]],
) -> None:
    original = Parts(signer=director)
    untouched = performance_document(
        original.report, DocumentHeader(package="package-1", created_at=MADE_AT, counted_on=QUARTER.end)
    )
    content = replace(original, **spoilt, signed=lambda _document: untouched).content()
    assert refused(intake, content).code == "authority.invalid_signature"
    assert accepted(server) == []


def test_an_expired_certificate_is_refused(director: SigningIdentity) -> None:
    emulator = authority_emulator(
        senders=["school-gateway"], roots=director.roots, clock=lambda: now() + timedelta(days=3000)
    )
    with RunningServer(emulator) as server:
        intake = AuthorityIntake(settings(server.url))
        assert refused(intake, Parts(signer=director).content()).code == "authority.invalid_signature"
        intake.close()


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (lambda content: content.replace(b'grade="5"', b'grade="12"'), "/class 11 Element 'class'"),
        (lambda content: content.replace(b'packageId="package-1"', b'packageId="package-2"'), "another package"),
        (lambda content: content[:-20], "well-formed"),
        (
            lambda content: content.replace(b"?>", b"?><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>", 1),
            "DOCTYPE",
        ),
    ],
    ids=["not valid", "another package's", "cut off", "external entity"],
)
def test_a_signed_document_that_is_wrong_is_refused_with_the_place(
    intake: AuthorityIntake,
    server: RunningServer,
    director: SigningIdentity,
    document: Callable[[bytes], bytes],
    told: str,
) -> None:
    error = refused(intake, Parts(signer=director, document=document).content())
    assert (error.code, error.who) == ("authority.invalid_document", Party.COORDINATOR)
    assert told in error.answer
    assert accepted(server) == []


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"no ZIP",
        zipped({"manifest.json": b"{}", "performance.xml": b"<a/>"}),
        zipped({"manifest.json": b"{}", "performance.xml": b"", "performance.xml.p7s": b"", "../evil": b""}),
        zipped({"manifest.json": b"{}", "performance.xml": b"", "performance.xml.p7s": b""}),
        zipped({"manifest.json": b"[" * 100_000, "performance.xml": b"", "performance.xml.p7s": b""}),
        zipped({"manifest.json": b"{}", "performance.xml": b"\0" * (33 * 2**20), "performance.xml.p7s": b""}),
    ],
    ids=["no ZIP", "member missing", "extra member", "empty manifest", "nested manifest", "bomb"],
)
def test_a_package_that_cannot_be_read_is_refused(
    intake: AuthorityIntake, server: RunningServer, content: bytes
) -> None:
    assert refused(intake, content).code == "authority.invalid_package"
    assert accepted(server) == []


@pytest.mark.parametrize("stated", [{"package": "package-2"}, {"members": []}], ids=["another package's", "no members"])
def test_a_manifest_that_does_not_describe_its_package_is_refused(
    intake: AuthorityIntake, director: SigningIdentity, stated: dict[str, object]
) -> None:
    assert refused(intake, Parts(signer=director, stated=stated).content()).code == "authority.invalid_package"


def test_bytes_that_changed_on_the_way_are_refused(server: RunningServer, director: SigningIdentity) -> None:
    recorded: list[bytes] = []

    def changing(request: Request) -> Response:
        data = request.get_data()
        recorded.append(data)
        start = data.index(b"content>") + len(b"content>")
        forwarded = httpx.post(f"{server.url}/intake", content=data[:start] + b"AAAA" + data[start + 4 :])
        return Response(forwarded.content, status=forwarded.status_code, content_type="text/xml")

    with RunningServer(Request.application(changing)) as proxy:
        intake = AuthorityIntake(settings(proxy.url))
        error = refused(intake, Parts(signer=director).content())
        intake.close()
    assert recorded
    assert (error.code, error.who) == ("authority.digest_mismatch", Party.PLATFORM_OPERATOR)


ENVELOPE = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>{}</soap:Body></soap:Envelope>'
)
RECEIPT = (
    '<Receipt xmlns="urn:school-gateway:authority:intake:1.0"><receiptId>R-1</receiptId>'
    "<packageId>{package}</packageId><sha256>{sha256}</sha256><acceptedAt>{at}</acceptedAt>"
    "<status>{status}</status><recordsAccepted>{records}</recordsAccepted></Receipt>"
)
RIGHT = {
    "package": "package-1",
    "sha256": hashlib.sha256(b"content").hexdigest(),
    "at": "2026-10-26T15:00:00Z",
    "status": "accepted",
    "records": "2",
}


def answered(answer: bytes, *, status: int = 200) -> PlatformError | None:
    """Return what the adapter raises for an answer, ``None`` if it takes it as a receipt."""
    application = Request.application(lambda _request: Response(answer, status=status, content_type="text/xml"))
    with RunningServer(application) as server:
        intake = AuthorityIntake(settings(server.url))
        try:
            intake.submit("package-1", b"content")
        except PlatformError as error:
            return error
        finally:
            intake.close()
    return None


def test_the_right_answer_is_taken() -> None:
    assert answered(ENVELOPE.format(RECEIPT.format(**RIGHT)).encode()) is None


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"package": "package-2"}, "authority.foreign_receipt"),
        ({"sha256": "0" * 64}, "authority.foreign_receipt"),
        ({"status": "perhaps"}, "platform.contract_changed"),
        ({"at": "2026-10-26T15:00:00"}, "platform.contract_changed"),
        ({"at": "yesterday"}, "platform.contract_changed"),
        ({"records": "many"}, "platform.contract_changed"),
        ({"records": "-1"}, "platform.contract_changed"),
    ],
    ids=["other package", "other bytes", "status", "no zone", "no moment", "no number", "negative"],
)
def test_a_receipt_that_is_not_the_one_expected(changed: dict[str, str], code: str) -> None:
    error = answered(ENVELOPE.format(RECEIPT.format(**{**RIGHT, **changed})).encode())
    assert isinstance(error, ContractChanged)
    assert error.code == code


BODY = ENVELOPE.format(RECEIPT.format(**RIGHT))


@pytest.mark.parametrize(
    "answer",
    [
        f"<!DOCTYPE x>{BODY}",
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>{BODY.replace("R-1", "&e;")}',
        f'<!DOCTYPE x [<!ENTITY a "{"a" * 50}">]>{BODY.replace("R-1", "&a;")}',
        "<a>" * (17 * 2**20),
        "<html>not SOAP</html>",
        ENVELOPE.format(""),
        ENVELOPE.format('<Receipt xmlns="urn:school-gateway:authority:intake:1.0"/>'),
        ENVELOPE.format('<Other xmlns="urn:other"/>'),
    ],
    ids=[
        "DTD",
        "external entity",
        "entity",
        "50 MB of nesting",
        "HTML",
        "empty body",
        "empty receipt",
        "other",
    ],
)
def test_a_hostile_or_unknown_answer_is_a_changed_contract(answer: str) -> None:
    assert isinstance(answered(answer.encode()), ContractChanged)


@pytest.mark.parametrize("answer", [BODY[:-40], ""], ids=["cut off", "nothing"])
def test_an_answer_damaged_on_its_way_is_worth_another_try(answer: str) -> None:
    broken = answered(answer.encode())
    assert (type(broken), broken and broken.code) == (TransientError, "platform.answer_broken")


def test_a_failure_of_the_service_may_pass_and_an_unknown_refusal_does_not() -> None:
    fault = "<soap:Fault><faultcode>soap:{}</faultcode><faultstring>x</faultstring></soap:Fault>"
    failed = answered(ENVELOPE.format(fault.format("Server")).encode(), status=500)
    assert (type(failed), failed and failed.code) == (TransientError, "authority.failed")
    proxied = answered(b"<html>bad gateway</html>", status=500)
    assert (type(proxied), proxied and proxied.code) == (TransientError, "authority.failed")
    unknown = answered(ENVELOPE.format(fault.format("Client")).encode(), status=500)
    assert (type(unknown), unknown and unknown.code) == (PermanentError, "authority.refused")
    assert unknown is not None
    assert unknown.who is Party.AUTHORITY


@pytest.mark.parametrize(
    "request_body",
    [b"", b"<a/>", b"<!DOCTYPE a><a/>", b"<a>" * 1000, ENVELOPE.format("<SubmitPackage/>").encode()],
)
def test_the_emulator_answers_a_request_that_is_none_with_a_fault(server: RunningServer, request_body: bytes) -> None:
    answer = httpx.post(f"{server.url}/intake", content=request_body)
    assert (answer.status_code, b"faultcode" in answer.content) == (500, True)
    assert accepted(server) == []
