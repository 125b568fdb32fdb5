"""Wrong answers of the outside world and files that were tampered with: told clearly, and nothing half-written."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
from werkzeug.wrappers import Response

from gateway.demo.scenario import first_quarter, shown_class
from gateway.model.batch import Batch
from gateway.sandbox.faults import Fault, FaultKind
from gateway.sandbox.school import journal_day, school_days
from outbox import AttemptOutcome, History, State
from tests.e2e.demo_world import rows, settings_of
from tests.e2e.installation import Installation

ENVELOPE = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>{}</soap:Body></soap:Envelope>'
)
ENTITY = '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + ENVELOPE.format("&x;")
UNSEALED = b"\0"
"""How the queue marks a payload that is stored as it is (`outbox.sealing`)."""
OPERATOR = "Кто исправляет: оператор внешней платформы."


def answer(content: str | bytes, status: int = 200, kind: str = "text/xml") -> Response:
    return Response(content, status=status, content_type=f"{kind}; charset=utf-8")


def last_run(site: Installation, step: str) -> tuple[Any, ...]:
    """Return outcome, error and message of the newest run of a step."""
    newest = "ORDER BY finished_at DESC LIMIT 1"
    query = f"SELECT outcome, error, message_id FROM step_run WHERE step = '{step}' {newest}"  # noqa: S608  our own words
    return rows(site.folder, query)[0]


def buried(site: Installation, history: History) -> str:
    """Give a dead message up, so that the next of its kind may go; return what the command line says of it."""
    assert history.entry.state is State.DEAD
    said = site.cli("queue", "show", history.entry.id)
    site.give_up(history.entry.id)
    assert said.code == 0
    return said.out


def outcomes(history: History) -> list[tuple[str, str | None]]:
    return [(one.outcome.value, one.error.code if one.error else None) for one in history.attempts]


# the registry

CHANGED, INCOMPLETE = "platform.contract_changed", "registry.answer_incomplete"
REGISTRY: Mapping[str, tuple[str | bytes, str, str]] = {
    "an external entity": (ENTITY, CHANGED, "DOCTYPE"),
    "50 MB of nesting": (b"<a>" * (50 * 2**20 // 3), CHANGED, "Вложенность элементов"),
    "another message": (ENVELOPE.format("<Surprise/>"), INCOMPLETE, "не хватает обязательного поля"),
    "a page of HTML": ("<html><body>На сервере ведутся работы</body></html>", CHANGED, "не соответствует её описанию"),
}


@pytest.mark.parametrize("name", REGISTRY)
def test_a_registry_that_answers_nonsense_changes_nothing(site: Installation, name: str) -> None:
    content, code, reason = REGISTRY[name]
    before = site.state()
    site.registry.answer(answer(content))
    history = site.run_step("roster_in")
    told = buried(site, history)
    assert site.state() == before
    assert outcomes(history) == [("refused", code)]
    assert last_run(site, "roster_in") == ("failed", code, history.entry.id)
    assert reason in told
    assert OPERATOR in told
    assert site.run_step("roster_in").entry.state is State.DONE
    assert site.state() == before


TROUBLE = {
    FaultKind.ERROR: "platform.status_500",
    FaultKind.REFUSE: "platform.status_503",
    FaultKind.CLOSE: "platform.unreachable",
    FaultKind.MALFORMED: "platform.answer_broken",
}


@pytest.mark.parametrize("fault", TROUBLE, ids=lambda kind: kind.value)
def test_a_registry_in_trouble_is_asked_again(site: Installation, fault: FaultKind) -> None:
    before = site.state()
    site.registry.platform.faults.replace([Fault(operation="GetRoster", kind=fault)])
    history = site.run_step("roster_in")
    assert outcomes(history) == [("retry", TROUBLE[fault]), ("delivered", None)]
    assert site.state() == before
    assert last_run(site, "roster_in")[0] == "ok"


def test_a_broken_record_of_the_registry_is_named_and_the_others_are_taken(site: Installation) -> None:
    school, (broken, renamed, *_) = site.sample.school.registry_id, site.sample.pupils
    site.registry_holdings.change(school, broken.source_id, "birthDate", "31.02.2015")
    site.registry_holdings.change(school, renamed.source_id, "family", "Переименованная")
    try:
        assert site.run_step("roster_in").entry.state is State.DONE
        newest = site.cli("roster", "plans", "--json").json()[0]
        assert (newest["state"], newest["counts"]) == ("applied", {"pupil": {"update": 1}})
        shown = site.cli("roster", "show", newest["id"])
    finally:
        site.registry_holdings.change(school, broken.source_id, "birthDate", broken.birth_date.isoformat())
        site.registry_holdings.change(school, renamed.source_id, "family", renamed.name.family)
    pupils_of_links = [*(e.pupil for e in site.sample.enrollments), *(g.pupil for g in site.sample.guardianships)]
    hanging_on_it = pupils_of_links.count(broken.id)
    assert newest["rejected"] == 1 + hanging_on_it
    first, *others = shown.err.splitlines()
    assert f"{broken.source_id}.birthDate" in first
    assert "[R-EXCH-01]" in first
    assert "(Кто исправляет: оператор внешней платформы)" in first
    assert all("[R-EXCH-04] (Кто исправляет: школьный координатор)" in line for line in others[-hanging_on_it:])
    assert broken.name.family not in shown.err
    names = dict(rows(site.folder, "SELECT source_id, family_name FROM pupil"))
    assert names[renamed.source_id] == "Переименованная"
    assert names[broken.source_id] == broken.name.family


# the platform

NOTICED = 2
"""Answers until one is read: to the first request of a log-in only a refusal matters."""

LOCKED = json.dumps({"message": "Учётная запись заблокирована, следующая попытка через минуту"}, ensure_ascii=False)
PASSWORD = json.dumps({"message": "Неправильный пароль или имя пользователя"}, ensure_ascii=False)


def compare(site: Installation) -> History:
    monday = site.scenario.compared_monday.isoformat()
    return site.run_step("platform_compared", "--class", shown_class(site.sample).id, "--monday", monday)


PASSING = {
    "maintenance": (answer("<html><body>Работы</body></html>", kind="text/html"), "netschool.maintenance"),
    "an answer cut off": (answer('{"salt": ', kind="application/json"), "platform.answer_broken"),
}


@pytest.mark.parametrize("name", PASSING)
def test_a_platform_in_trouble_is_asked_again(site: Installation, name: str) -> None:
    said, code = PASSING[name]
    before = site.state()
    site.netschool.answer(said, times=NOTICED)
    assert outcomes(compare(site)) == [("retry", code), ("delivered", None)]
    assert site.state() == before


def test_a_locked_account_waits_as_long_as_the_platform_says(site: Installation) -> None:
    before = site.state()
    site.netschool.answer(answer(LOCKED, 409, "application/json"))
    monday = site.scenario.compared_monday.isoformat()
    said = site.cli("step", "run", "platform_compared", "--monday", monday, "--json").json()
    history = site.waited(said["message"], lambda seen: seen.entry.state is State.WAITING)
    [attempt] = history.attempts
    assert outcomes(history) == [("retry", "netschool.locked")]
    assert attempt.finished_at is not None
    assert history.entry.retry_at is not None
    assert (history.entry.retry_at - attempt.finished_at).total_seconds() >= 60
    site.give_up_waiting(said["message"])
    assert site.state() == before


REFUSING = {
    "a wrong password": (answer(PASSWORD, 409, "application/json"), "netschool.credentials", "школьный координатор"),
    "another answer": (answer('{"salt": 5}', 200, "application/json"), CHANGED, "оператор"),
    "deep JSON": (answer("[" * 10**6, 200, "application/json"), CHANGED, "оператор"),
}


@pytest.mark.parametrize("name", REFUSING)
def test_a_platform_that_refuses_is_told_to_who_can_mend_it(site: Installation, name: str) -> None:
    said, code, who = REFUSING[name]
    before = site.state()
    site.netschool.answer(said, times=NOTICED)
    history = compare(site)
    assert f"Кто исправляет: {who}" in buried(site, history)
    assert outcomes(history) == [("refused", code)]
    assert last_run(site, "platform_compared") == ("failed", code, history.entry.id)
    assert site.state() == before


# the export


def correct_a_mark(site: Installation) -> None:
    """Make sure that the quarter's report says something new."""
    day = next(iter(school_days(site.sample, last=first_quarter(site.sample).end)))
    mark = journal_day(site.sample, day).marks[0]
    [(value,)] = rows(site.folder, f"SELECT value FROM mark WHERE id = '{mark.id}'")  # noqa: S608  our own id
    corrected = replace(mark, value=4 if value == 5 else 5)
    batch = Batch(school=site.sample.school.id, sent_at=datetime.now(UTC), marks=(corrected,))
    assert site.journal.post(batch, idempotency_key=site.new_key()).content["accepted"]["marks"] == 1


@contextmanager
def paused(site: Installation) -> Iterator[None]:
    assert site.cli("queue", "pause", "authority", "--reason", "a test looks into the queue").code == 0
    yield
    assert site.cli("queue", "resume", "authority", "--reason", "it has looked").code == 0


def export(site: Installation) -> tuple[str, str]:
    """Build and sign a new package; return its id and its message's."""
    correct_a_mark(site)
    made = site.cli("export", "run", "--period", first_quarter(site.sample).id, "--json").json()
    assert made["changed"] is True
    return made["package"], made["message"]


def tampered(payload: bytes) -> bytes:
    """Return a package with a changed document whose manifest was changed with it."""
    with ZipFile(BytesIO(payload)) as package:
        members = {name: package.read(name) for name in package.namelist()}
    document = next(name for name in members if name.endswith(".xml"))
    members[document] += b"<!-- better marks -->"
    manifest = json.loads(members["manifest.json"])
    for member in manifest["members"]:
        if member["name"] == document:
            member |= {"size": len(members[document]), "sha256": hashlib.sha256(members[document]).hexdigest()}
    members["manifest.json"] = json.dumps(manifest, ensure_ascii=False).encode()
    changed = BytesIO()
    with ZipFile(changed, "w") as package:
        for name, content in members.items():
            package.writestr(name, content)
    return changed.getvalue()


def test_a_package_tampered_with_in_the_queue_is_refused_for_its_signature(site: Installation) -> None:
    with paused(site):
        package, message = export(site)
        with closing(sqlite3.connect(site.folder / "gateway.db")) as database, database:
            [seq] = database.execute("SELECT seq FROM outbox_message WHERE id = ?", [message]).fetchone()
            [stored] = database.execute("SELECT bytes FROM outbox_payload WHERE message = ?", [seq]).fetchone()
            changed = UNSEALED + tampered(stored.removeprefix(UNSEALED))
            database.execute("UPDATE outbox_payload SET bytes = ? WHERE message = ?", [changed, seq])
    history = site.settled(message)
    assert "Кто исправляет: директор." in buried(site, history)
    assert outcomes(history) == [("refused", "authority.invalid_signature")]
    shown = site.cli("export", "show", package, "--json").json()
    assert (shown["state"], shown["receipt"]) == ("refused", None)
    assert last_run(site, "export_out") == ("failed", "authority.invalid_signature", message)
    # What was signed is as it was: the next run sends it again, whole, as the next version.
    again = site.cli("export", "run", "--period", first_quarter(site.sample).id, "--json").json()
    assert again["changed"] is True
    assert site.settled(again["message"]).entry.state is State.DONE


def test_an_answer_that_is_no_receipt_sends_nothing_twice(site: Installation) -> None:
    site.authority.answer(answer(ENVELOPE.format("<Surprise/>")))
    package, message = export(site)
    history = site.settled(message)
    assert (history.entry.state, outcomes(history)) == (State.DEAD, [("refused", CHANGED)])
    assert OPERATOR in site.cli("queue", "show", message).out
    # Nobody knows what the authority did with it, so it is neither accepted nor refused, and no other one is made.
    assert site.cli("export", "show", package, "--json").json()["state"] == "queued"
    period = first_quarter(site.sample).id
    assert site.cli("export", "run", "--period", period, "--json").json()["changed"] is False
    assert site.cli("queue", "retry", message, "--reason", "the same bytes again").code == 0
    site.waited(message, lambda seen: seen.entry.state is State.DONE)
    shown = site.cli("export", "show", package, "--json").json()
    assert (shown["state"], bool(shown["receipt"])) == ("accepted", True)


def test_an_authority_that_is_down_gets_the_same_bytes_later(site: Installation) -> None:
    kinds = (FaultKind.REFUSE, FaultKind.ERROR, FaultKind.CLOSE, FaultKind.MALFORMED)
    site.authority.platform.faults.replace([Fault(operation="SubmitPackage", kind=kind) for kind in kinds])
    package, message = export(site)
    history = site.settled(message)
    assert [one.outcome for one in history.attempts] == [AttemptOutcome.RETRY] * 4 + [AttemptOutcome.DELIVERED]
    # The last of them took effect before its receipt was cut off: the authority knew the bytes when they came again.
    address = settings_of(site.folder)["authority"]["url"].removesuffix("/intake")
    taken = httpx.get(f"{address}/_sandbox/accepted", trust_env=False).json()
    assert [one["deliveries"] for one in taken if one["packageId"] == package] == [2]
    assert site.cli("export", "show", package, "--json").json()["receipt"] == history.entry.receipt


# the archive


@pytest.fixture
def archive_file(site: Installation) -> Iterator[Path]:
    [file] = (site.folder / "archive").rglob("*.pdf")
    kept = {one: one.read_bytes() for one in (file, file.with_name(f"{file.name}.sig"))}
    yield file
    for one, content in kept.items():
        one.write_bytes(content)


def findings(site: Installation) -> str:
    """Return what the verification finds wrong; it has to end with 1."""
    said = site.cli("archive", "verify", "--json")
    assert said.code == 1
    [report] = said.json()
    assert report["sound"] is False
    return str(report["findings"])


def test_a_changed_archive_file_is_found(site: Installation, archive_file: Path) -> None:
    content = bytearray(archive_file.read_bytes())
    content[len(content) // 2] ^= 1
    archive_file.write_bytes(content)
    found = findings(site)
    assert "archive.hash_mismatch" in found
    assert "archive.signature_file" in found
    assert "R-ARCH-11" in found
    assert "Кто исправляет" in found


def test_a_missing_archive_file_and_a_missing_signature_are_found(site: Installation, archive_file: Path) -> None:
    archive_file.with_name(f"{archive_file.name}.sig").unlink()
    assert "archive.signature_missing" in findings(site)
    archive_file.unlink()
    assert "archive.file_missing" in findings(site)


def test_a_file_with_another_files_signature_is_found(site: Installation, archive_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pdf"
    other.write_bytes(b"another document")
    assert site.cli("sign", str(other)).code == 0
    archive_file.with_name(f"{archive_file.name}.sig").write_bytes(Path(f"{other}.sig").read_bytes())
    assert "archive.signature_file" in findings(site)


def test_a_changed_entry_of_the_chain_is_found_at_its_place(site: Installation) -> None:
    changed = "UPDATE audit_entry SET actor = ? WHERE sequence = 7 RETURNING sequence"
    with closing(sqlite3.connect(site.folder / "gateway.db")) as database, database:
        [[actor]] = database.execute("SELECT actor FROM audit_entry WHERE sequence = 7").fetchall()
        database.execute(changed, ["somebody else"])
    said = site.cli("audit", "verify")
    with closing(sqlite3.connect(site.folder / "gateway.db")) as database, database:
        database.execute(changed, [actor])
    assert said.code == 1
    assert "записи 7 (changed)" in said.err
    assert "Кто исправляет: директор" in said.err
    assert site.cli("audit", "verify").code == 0
