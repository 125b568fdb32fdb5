"""Wrong input of the journal system and the portal: a clear answer, good records through, nothing half-written."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.demo.scenario import choose_family, first_quarter
from gateway.model.batch import Batch
from gateway.model.grading import WorkKind
from gateway.model.ids import LessonId, MarkId, PupilId
from gateway.model.journal import Lesson, Mark
from gateway.sandbox.journal_system import Form, to_json
from gateway.sandbox.school import SampleSchool, journal_day, school_days
from tests.e2e.demo_world import counts, rows
from tests.e2e.installation import Installation

MIB = 2**20
SECRET = "what no sender may read"


def xml(inside: str, *, before: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?>{before}<journalBatch xmlns="urn:school-gateway:journal:1.0" version="1.0">'
        f"{inside}</journalBatch>"
    ).encode()


def entity(address: str) -> bytes:
    return xml("<school>&x;</school>", before=f'<!DOCTYPE journalBatch [<!ENTITY x SYSTEM "{address}">]>')


BOMB = xml("<school>&b;</school>", before='<!DOCTYPE journalBatch [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]>')
REFUSED = {
    "xml cut off": (Form.XML, xml("<school>school-1</school>")[:-9], "xml.not_well_formed", "XML 1.0, 2.1"),
    "xml with a DTD": (Form.XML, BOMB, "xml.doctype", "R-SEC-07"),
    "xml from the network": (Form.XML, entity("http://127.0.0.1:9/x"), "xml.doctype", "R-SEC-07"),
    "50 MB of nested elements": (Form.XML, b"<a>" * (50 * MIB // 3), "xml.too_deep", "R-SEC-07"),
    "no xml at all": (Form.XML, b"", "xml.not_well_formed", "XML 1.0, 2.1"),
    "json cut off": (Form.JSON, b'{"version": "1.0",\n "school": ', "json.not_well_formed", "RFC 8259, 2"),
    "50 MB of nested arrays": (Form.JSON, b'{"a":' + b"[" * (50 * MIB), "json.too_deep", "R-SEC-07"),
    "50 MB of nested objects": (Form.JSON, b'{"a":' * (10 * MIB), "json.too_deep", "R-SEC-07"),
    "a key twice": (Form.JSON, b'{"version": "1.0", "version": "1.0"}', "json.repeated_key", "RFC 7493, 2.3"),
    "another document": (Form.JSON, b'{"version": "9.9"}', "journal.not_a_batch", "R-EXCH-01"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_document_that_is_not_usable_is_refused_whole(site: Installation, name: str) -> None:
    form, content, code, rule = REFUSED[name]
    site.post(b"", form)  # gets the token, so that the counts below are about the document alone
    before = counts(site.folder)
    reply = site.post(content, form)
    assert (reply.status, reply.content["code"], reply.content["rule"]) == (422, code, rule)
    assert reply.content["who"] == "sender"
    assert reply.content["detail"]
    for fault in reply.content["faults"]:
        assert fault["text_ru"]
        assert fault["text_en"]
        assert fault["rule"]
        assert fault["who"] == "sender"
        assert fault["line"] or fault["path"] or code == "json.too_deep"
    assert reply.content["faults"]
    assert counts(site.folder) == before
    assert httpx.get(f"{site.web}/live", trust_env=False).is_success


def test_an_external_entity_is_not_read(site: Installation, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET, encoding="utf-8")
    reply = site.post(entity((tmp_path / "secret").as_uri()), Form.XML)
    assert (reply.status, reply.content["code"]) == (422, "xml.doctype")
    assert SECRET not in json.dumps(reply.content, ensure_ascii=False)


def unposted_days(site: Installation) -> Iterator[date]:
    """Yield the days between the quarter that was posted and the newest week."""
    days = {day for (day,) in rows(site.folder, "SELECT DISTINCT day FROM lesson")}
    quarter = first_quarter(site.sample)
    between = school_days(site.sample, first=quarter.end, last=site.scenario.last_day)
    yield from (day for day in between if day.isoformat() not in days)


def a_hundred(sample: SampleSchool, day: date) -> Batch:
    """Return a hundred records of a day: its lessons as they were planned, some of their marks and homework."""
    full = journal_day(sample, day)
    lessons = tuple(one for one in full.lessons if one.transfer is None and one.substitution is None)
    held = {one.id for one in lessons}
    marks = tuple(one for one in full.marks if one.lesson in held and is_plain(one))[:20]
    homework = tuple(one for one in full.homework if one.lesson in held)[: 100 - len(lessons) - len(marks)]
    assert len(lessons) + len(marks) + len(homework) == 100
    return Batch(school=full.school, sent_at=full.sent_at, lessons=lessons, marks=marks, homework=homework)


def is_plain(mark: Mark) -> bool:
    """Tell whether a mark is a number for work in the lesson and hangs on no other paper."""
    return mark.value is not None and not mark.make_up and not mark.control_work


@pytest.mark.parametrize("form", Form, ids=lambda form: form.name)
def test_one_bad_record_among_a_hundred_leaves_99_written(site: Installation, form: Form) -> None:
    batch = a_hundred(site.sample, next(unposted_days(site)))
    bad, *good = batch.marks
    batch = replace(batch, marks=(*good, replace(bad, pupil=PupilId("nobody"))))
    before = counts(site.folder)

    reply = site.journal.post(batch, idempotency_key=site.new_key(), form=form)

    assert reply.status == 200
    assert sum(reply.content["accepted"].values()) == 99
    [rejected] = reply.content["rejected"]
    assert (rejected["kind"], rejected["record"]) == ("mark", bad.id)
    [fault] = rejected["faults"]
    assert (fault["code"], fault["field"], fault["rule"]) == ("journal.unknown_pupil", "pupil", "R-ROST-01")
    assert fault["who"] == "coordinator"
    assert fault["record"] == bad.id
    assert "nobody" in fault["text_ru"]
    written = {table: number - before[table] for table, number in counts(site.folder).items()}
    assert {name: written[name] for name in ("lesson", "mark", "homework", "absence")} == {
        "lesson": len(batch.lessons),
        "mark": len(good),
        "homework": len(batch.homework),
        "absence": 0,
    }
    assert (written["audit_entry"], written["journal_batch"], written["step_run"]) == (99, 1, 1)


def good_marks(site: Installation) -> Iterator[Mark]:
    """Yield corrections of marks, each of another one."""
    for mark in filter(is_plain, journal_day(site.sample, site.scenario.last_day).marks):
        yield replace(mark, value=4 if mark.value == 5 else 5)


def first_grade_mark(site: Installation) -> Mark:
    day = journal_day(site.sample, site.scenario.last_day)
    grade_1 = {one.id for one in site.sample.classes if one.grade == 1}
    lesson = next(one for one in day.lessons if one.school_class in grade_1)
    pupil = next(e.pupil for e in site.sample.enrollments if e.school_class == lesson.school_class)
    return Mark(id=MarkId("M-grade-1"), lesson=lesson.id, pupil=pupil, value=5, work_kind=WorkKind.ORAL)


def mark_at(lesson: str, site: Installation, **changes: Any) -> Mark:
    return replace(next(good_marks(site)), id=MarkId("M-bad"), lesson=LessonId(lesson), **changes)


def future_lesson(site: Installation) -> Lesson:
    """Return a lesson like the newest ones that begins tomorrow."""
    like = journal_day(site.sample, site.scenario.last_day).lessons[0]
    ahead = datetime.now(UTC).date() + timedelta(days=1) - like.day
    return replace(
        like,
        id=LessonId("L-tomorrow"),
        day=like.day + ahead,
        starts_at=like.starts_at + ahead,
        ends_at=like.ends_at + ahead,
    )


BAD: Mapping[str, tuple[Callable[[Installation], Mark | Lesson], str, str, str, str]] = {
    "an unknown pupil": (
        lambda site: replace(next(good_marks(site)), id=MarkId("M-bad"), pupil=PupilId("nobody")),
        *("journal.unknown_pupil", "pupil", "R-ROST-01", "coordinator"),
    ),
    "an unknown lesson": (
        lambda site: mark_at("L-nowhere", site),
        *("journal.unknown_lesson", "lesson", "R-JRNL-25", "sender"),
    ),
    "a mark in grade 1": (
        first_grade_mark,
        *("journal.mark_in_grade_1", "value", "R-MARK-06", "subject_teacher"),
    ),
    "a mark of 6": (
        lambda site: replace(next(good_marks(site)), value=6),
        *("journal.mark_value", "value", "R-MARK-14", "subject_teacher"),
    ),
    "a lesson in the future": (
        future_lesson,
        *("journal.lesson_in_future", "startsAt", "R-JRNL-06", "subject_teacher"),
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_record_against_a_rule_is_named_and_its_neighbour_goes_through(site: Installation, name: str) -> None:
    make, code, field, rule, who = BAD[name]
    bad = make(site)
    place = list(BAD).index(name) + 1
    good = next(islice(good_marks(site), place, None))
    lessons = (bad,) if isinstance(bad, Lesson) else ()
    marks = (good, bad) if isinstance(bad, Mark) else (good,)
    batch = Batch(school=site.sample.school.id, sent_at=datetime.now(UTC), lessons=lessons, marks=marks)
    before = counts(site.folder)

    reply = site.journal.post(batch, idempotency_key=site.new_key())

    assert (reply.status, sum(reply.content["accepted"].values())) == (200, 1)
    [rejected] = reply.content["rejected"]
    assert rejected["record"] == bad.id
    told = [(fault["code"], fault["field"], fault["rule"], fault["who"]) for fault in rejected["faults"]]
    assert (code, field, rule, who) in told
    written = {table: number - before[table] for table, number in counts(site.folder).items()}
    assert (written["lesson"], written["mark"], written["audit_entry"]) == (0, 0, 1)
    [(value,)] = rows(site.folder, f"SELECT value FROM mark WHERE id = '{good.id}'")  # noqa: S608  our own id
    assert value == good.value


def test_a_key_used_for_other_content_is_a_conflict(site: Installation) -> None:
    key = site.new_key()
    empty = Batch(school=site.sample.school.id, sent_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert site.journal.post(empty, idempotency_key=key).status == 200
    before = counts(site.folder)
    other = site.journal.post(replace(empty, marks=(first_grade_mark(site),)), idempotency_key=key)
    assert (other.status, other.content["code"]) == (409, "journal.idempotency_key_reused")
    assert key in other.content["detail"]
    assert counts(site.folder) == before


# who asks


def token(site: Installation, client: tuple[str, str]) -> str:
    form = {"grant_type": "client_credentials"}
    answer = httpx.post(f"{site.web}/oauth/token", data=form, auth=client, trust_env=False)
    return str(answer.raise_for_status().json()["access_token"])


def knock(site: Installation, bearer: str | None, *, school: str = "school-1") -> httpx.Response:
    """Post a batch with one good mark."""
    batch = Batch(school=site.sample.school.id, sent_at=datetime.now(UTC), marks=(next(good_marks(site)),))
    content = to_json(batch).replace(b'"school-1"', f'"{school}"'.encode())
    headers = {"Content-Type": "application/json", "Idempotency-Key": site.new_key()}
    headers |= {"Authorization": f"Bearer {bearer}"} if bearer else {}
    address = f"{site.web}/api/v1/journal/batches"
    return httpx.post(address, content=content, headers=headers, trust_env=False)


@pytest.fixture(scope="module")
def other_school(site: Installation) -> tuple[str, str]:
    """Add a second school and give the credentials of its journal system."""
    assert site.cli("school", "add", "school-2", "--name", "Школа № 2", "--registry-id", "REG-0002").code == 0
    made = site.cli("client", "add", "journal", "--scope", "journal.write", "--school", "school-2", "--json").json()
    return made["client_id"], made["client_secret"]


def test_no_token_and_a_made_up_one_are_turned_away(site: Installation) -> None:
    before = counts(site.folder)
    for bearer in (None, "made-up"):
        answer = knock(site, bearer)
        assert (answer.status_code, answer.json()["code"]) == (401, "access.token_invalid")
        assert "/oauth/token" in answer.json()["detail"]
    assert counts(site.folder) == before


def test_a_token_that_has_run_out_is_turned_away(site: Installation) -> None:
    bearer = token(site, site.credentials("journal"))
    with closing(sqlite3.connect(site.folder / "gateway.db")) as database, database:
        expired = "UPDATE access_token SET expires_at = issued_at WHERE token_sha256 = ?"
        changed = database.execute(expired, [sha256(bearer.encode()).hexdigest()])
        assert changed.rowcount == 1
    before = counts(site.folder)
    answer = knock(site, bearer)
    assert (answer.status_code, answer.json()["code"]) == (401, "access.token_invalid")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert counts(site.folder) == before


def test_the_portals_token_does_not_open_the_journal_nor_the_journals_the_diary(site: Installation) -> None:
    portal, journal = (token(site, site.credentials(name)) for name in ("portal", "journal"))
    before = counts(site.folder)
    answer = knock(site, portal)
    assert (answer.status_code, answer.json()["code"]) == (403, "access.scope_missing")
    assert "journal.write" in answer.json()["detail"]
    assert diary(site, journal, "anybody", "anything", "2026-09-07").status_code == 403
    assert counts(site.folder) == before


def test_another_schools_token_writes_nothing_here(site: Installation, other_school: tuple[str, str]) -> None:
    bearer = token(site, other_school)
    before = counts(site.folder)
    answer = knock(site, bearer)
    assert (answer.status_code, answer.json()["code"]) == (403, "journal.foreign_school")
    assert answer.json()["rule"] == "R-SEC-07"
    assert counts(site.folder) == before


def test_the_other_school_does_not_see_this_ones_lessons(site: Installation, other_school: tuple[str, str]) -> None:
    answer = knock(site, token(site, other_school), school="school-2")
    assert (answer.status_code, answer.json()["code"]) == (422, "journal.nothing_accepted")
    codes = {fault["code"] for fault in answer.json()["faults"]}
    assert codes >= {"journal.unknown_lesson", "journal.unknown_pupil"}
    assert all(code.startswith("journal.unknown_") for code in codes)


# the diary


def diary(site: Installation, bearer: str, user: str, child: str, start: str) -> httpx.Response:
    address = f"{site.web}/portal/v1/guardians/{user}/children/{child}/week"
    return httpx.get(address, params={"start": start}, headers={"Authorization": f"Bearer {bearer}"}, trust_env=False)


def test_what_a_guardian_may_not_see_is_not_there(site: Installation) -> None:
    bearer, family = token(site, site.credentials("portal")), choose_family(site.sample, site.scenario)
    user, monday = str(family.guardian.portal_user), site.scenario.compared_monday.isoformat()
    assert diary(site, bearer, user, family.child, monday).status_code == 200
    before = counts(site.folder)
    refused = [
        diary(site, bearer, user, family.foreign_child, monday),
        diary(site, bearer, user, "no-such-child", monday),
        diary(site, bearer, "no-such-guardian", family.child, monday),
    ]
    assert {answer.status_code for answer in refused} == {404}
    assert len({answer.content for answer in refused}) == 1
    assert counts(site.folder) == before


@pytest.mark.parametrize("start", ["", "today", "2026-02-30", "2026-9-7", "9999-12-31"])
def test_a_week_that_is_none_is_told_by_its_field(site: Installation, start: str) -> None:
    bearer, family = token(site, site.credentials("portal")), choose_family(site.sample, site.scenario)
    answer = diary(site, bearer, str(family.guardian.portal_user), family.child, start)
    assert answer.status_code == 400
    [fault] = answer.json()["faults"]
    assert (fault["code"], fault["field"], fault["rule"]) == ("portal.start_invalid", "start", "ISO 8601")
