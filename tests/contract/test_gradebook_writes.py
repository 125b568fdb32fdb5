"""Grades written back over a real socket: what comes waits, a person decides, the rules have the last word."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from gateway.errors import DocumentError, RuleViolation
from gateway.model.access import Scope
from gateway.model.journal_records import RecordKind
from gateway.model.oneroster_submission import SubmissionState
from gateway.model.oneroster_writes import WRITINGS
from gateway.storage.tables.audit import audit_entry
from gateway.storage.tables.provider_submissions import provider_submission
from gateway.storage.tables.records import RECORD_TABLES
from tests.diary_world import SCHOOL
from tests.gradebook_world import (
    DEPUTY,
    GRADES,
    QUIZ,
    ROSTER,
    Writer,
    approve,
    approved_quiz,
    marks,
    waiting,
    with_a_quarter,
)
from tests.official_gradebook import gradebook_document, is_valid
from tests.web_world import Site


@pytest.fixture
def site(each_site: Site) -> Site:
    return with_a_quarter(each_site)


def test_a_typical_grade_write_back(site: Site) -> None:
    """The whole road of reference 1.7: token, class, students, categories, periods, line item, result, deletion."""
    writer = Writer(site)
    taught = writer.taught()
    assert taught["status"] == "active"
    assert taught["school"]["sourcedId"]
    students = writer.get(f"{ROSTER}/classes/{taught['sourcedId']}/students").json()["users"]
    assert "own" in {one["sourcedId"] for one in students}
    assert writer.get(f"{GRADES}/classes/{taught['sourcedId']}/categories").json()["categories"]
    periods = writer.get(f"{ROSTER}/terms/{taught['terms'][0]['sourcedId']}/gradingPeriods").json()["academicSessions"]
    assert {one["type"] for one in periods} == {"gradingPeriod"}
    assert all(one["title"] and one["startDate"] and one["endDate"] and one["schoolYear"] for one in periods)

    answer = writer.quiz()
    assert (answer.status_code, answer.content) == (201, b"")
    assert writer.result("lms-r1").status_code == 201
    assert set(marks(site)) == {"mark-1", "mark-2", "mark-3"}  # nothing is in the journal before a person decides

    approve(site, QUIZ, lesson="lesson-2")
    approve(site, "lms-r1")
    kept = marks(site)["lms-r1"]
    assert (kept["value"], kept["lesson_id"], kept["work_kind"]) == (5, "lesson-2", "test")
    told = writer.one("result", "/results/lms-r1")
    assert (told["score"], told["lineItem"]["sourcedId"], told["status"]) == (5.0, QUIZ, "active")
    results = writer.get(f"{GRADES}/classes/{taught['sourcedId']}/lineItems/{QUIZ}/results").json()["results"]
    assert [one["sourcedId"] for one in results] == ["lms-r1"]

    assert writer.delete("/results/lms-r1").status_code == 204
    assert not marks(site)["lms-r1"]["voided"]
    approve(site, "lms-r1")
    assert marks(site)["lms-r1"]["voided"]
    assert writer.one("result", "/results/lms-r1")["status"] == "tobedeleted"


def test_who_writes_reads_it_back_at_once_and_nobody_else_does(site: Site) -> None:
    writer, other = Writer(site), Writer(site)
    writer.quiz(resultValueMax=10)
    writer.result("lms-r1", score=12, textScore="12/10")
    for kind, path, schema in (
        ("lineItem", f"/lineItems/{QUIZ}", "SingleLineItemDType"),
        ("result", "/results/lms-r1", "SingleResultDType"),
    ):
        told = writer.one(kind, path)
        assert told["metadata"]["gateway.state"] == "pending"
        assert is_valid(schema, {kind: told})
        assert other.get(f"{GRADES}{path}").status_code == 404
    assert writer.one("result", "/results/lms-r1")["score"] == 12.0  # above what the line item counts to
    assert "lms-r1" not in writer.get(f"{GRADES}/results").text
    site.submissions(SCHOOL).reject(waiting(site, "lms-r1").id, by=DEPUTY, reason="не тот класс")
    told = writer.one("result", "/results/lms-r1")
    assert (told["status"], told["metadata"]["gateway.reason"]) == ("tobedeleted", "не тот класс")


def test_put_again_replaces_what_waits_and_is_created_all_the_same(site: Site) -> None:
    writer = Writer(site)
    writer.quiz()
    assert writer.quiz(title="Quiz 2").status_code == 201
    assert len(site.world.rows(provider_submission)) == 1
    assert writer.one("lineItem", f"/lineItems/{QUIZ}")["title"] == "Quiz 2"
    approve(site, QUIZ, lesson="lesson-1")
    assert writer.quiz(title="Quiz 3").status_code == 201
    assert len(site.world.rows(provider_submission)) == 2
    approve(site, QUIZ)
    assert writer.one("lineItem", f"/lineItems/{QUIZ}")["title"] == "Quiz 3"


@pytest.mark.parametrize(
    ("body", "stored"),
    [
        ({"scoreStatus": "Fully Graded", "score": "4"}, ("fully graded", 4.0)),
        ({"scoreStatus": None, "score": None}, ("not submitted", None)),
        ({"scoreStatus": "exempt", "score": None, "late": True}, ("exempt", None)),
        ({"student": "own", "unknown": {"anything": 1}}, ("fully graded", 5.0)),
    ],
)
def test_input_is_taken_leniently_and_told_strictly(
    site: Site, body: dict[str, object], stored: tuple[str, float | None]
) -> None:
    writer = Writer(site)
    writer.quiz()
    assert writer.result("lms-r1", **body).status_code == 201
    told = writer.one("result", "/results/lms-r1")
    assert (told["scoreStatus"], told.get("score")) == stored
    assert told["scoreDate"] == "2026-10-13"  # the day it is at the school
    assert "comment" not in told
    assert is_valid("SingleResultDType", {"result": told})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"student": {"sourcedId": "nobody"}}, "student"),
        ({"student": {"sourcedId": "s-1"}}, "student"),
        ({"student": None}, "student"),
        ({"lineItem": {"sourcedId": "none"}}, "lineItem"),
        ({"score": "a lot"}, "score"),
        ({"score": True}, "score"),
        ({"scoreStatus": "great"}, "scoreStatus"),
        ({"scoreDate": "yesterday"}, "scoreDate"),
        ({"late": "perhaps"}, "late"),
        ({"textScore": "5" * 201}, "textScore"),
    ],
)
def test_what_means_nothing_here_is_refused_with_the_standards_words(
    site: Site, body: dict[str, object], field: str
) -> None:
    writer = Writer(site)
    writer.quiz()
    answer = writer.result("lms-r1", **body)
    told = answer.json()
    assert answer.status_code == 422
    assert is_valid("imsx_StatusInfoDType", told)
    assert told["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"] == "invaliddata"
    assert field in told["imsx_description"]
    assert not [one for one in site.world.rows(provider_submission) if one["kind"] == "result"]


def test_another_systems_line_item_that_waits_cannot_be_referred_to(site: Site) -> None:
    Writer(site).quiz()
    assert Writer(site).result("theirs").status_code == 422


def test_a_set_is_posted_with_pairs_of_ids_and_again_with_the_same(site: Site) -> None:
    writer = Writer(site)
    approved_quiz(site, writer)
    sent = {"results": [{"sourcedId": "a", "student": {"sourcedId": "own"}, "score": 4}]}
    answer = writer.post(f"/lineItems/{QUIZ}/results", sent)
    assert answer.status_code == 201
    assert is_valid("GUIDPairSetDType", answer.json())
    (pair,) = answer.json()["sourcedIdPairs"]
    assert pair["suppliedSourcedId"] == "a"
    assert writer.post(f"/lineItems/{QUIZ}/results", sent).json()["sourcedIdPairs"] == [pair]
    allocated = pair["allocatedSourcedId"]
    assert writer.one("result", f"/results/{allocated}")["lineItem"]["sourcedId"] == QUIZ
    approve(site, allocated)
    assert marks(site)[allocated]["value"] == 4


def test_one_bad_object_keeps_a_whole_set_out(site: Site) -> None:
    writer = Writer(site)
    approved_quiz(site, writer)
    good = {"sourcedId": "a", "student": {"sourcedId": "own"}, "score": 4}
    for bad in ({"sourcedId": "b"}, {**good}, {"student": {"sourcedId": "own"}}, "text"):
        assert writer.post(f"/lineItems/{QUIZ}/results", {"results": [good, bad]}).status_code == 422
    assert writer.post(f"/lineItems/{QUIZ}/results", {"results": []}).status_code == 422
    assert writer.post("/lineItems/none/results", {"results": [good]}).status_code == 404
    assert not [one for one in site.world.rows(provider_submission) if one["kind"] == "result"]


def test_line_items_are_posted_for_a_class_and_for_the_school(site: Site) -> None:
    writer = Writer(site)
    item = {"sourcedId": "x", "title": "Work", "category": {"sourcedId": writer.category("Тест")}}
    of_class = writer.post(f"/classes/{writer.taught()['sourcedId']}/lineItems", {"lineItems": [item]})
    assert of_class.status_code == 201
    named = {**item, "class": {"sourcedId": writer.taught()["sourcedId"]}}
    assert writer.post(f"/schools/{SCHOOL}/lineItems", {"lineItems": [named]}).status_code == 201
    assert writer.post(f"/schools/{SCHOOL}/lineItems", {"lineItems": [item]}).status_code == 422


def test_final_marks_are_posted_for_a_class_and_a_grading_period(site: Site) -> None:
    writer = Writer(site)
    sent = {"results": [{"sourcedId": "f", "student": {"sourcedId": "own"}, "score": 4}]}
    answer = writer.post(f"/classes/{writer.taught()['sourcedId']}/academicSessions/q1/results", sent)
    assert answer.status_code == 201
    allocated = answer.json()["sourcedIdPairs"][0]["allocatedSourcedId"]
    site.submissions(SCHOOL).approve(waiting(site, allocated).id, by=DEPUTY)
    (kept,) = site.world.rows(RECORD_TABLES[RecordKind.PERIOD_MARKS])
    assert (kept["pupil_id"], kept["subject_id"], kept["period_id"], kept["value"]) == ("own", "math", "q1", 4)
    told = writer.one("result", f"/results/{allocated}")
    assert (told["status"], told["score"]) == ("active", 4.0)
    assert writer.one("lineItem", f"/lineItems/{told['lineItem']['sourcedId']}")["title"].startswith("Итоговая")


def test_a_score_that_is_no_mark_needs_a_person_to_say_which(site: Site) -> None:
    writer = Writer(site)
    writer.quiz(resultValueMax=10)
    approve(site, QUIZ, lesson="lesson-1")
    writer.result("lms-r1", score=5)  # five of ten
    with pytest.raises(RuleViolation) as refused:
        approve(site, "lms-r1")
    assert refused.value.code == "oneroster.mark_needed"
    (held,) = site.submissions(SCHOOL).list(state=SubmissionState.REFUSED)
    assert held.faults[0].rule == "R-ACAD-19"
    approve(site, "lms-r1", mark="3")
    assert marks(site)["lms-r1"]["value"] == 3


def test_the_journals_rules_have_the_last_word(site: Site) -> None:
    writer = Writer(site)
    approved_quiz(site, writer)
    with site.world.engine.begin() as connection:
        connection.execute(insert(RECORD_TABLES[RecordKind.ABSENCES]), [_absence("own", "lesson-1")])
    writer.result("lms-r1")
    with pytest.raises(DocumentError) as refused:
        approve(site, "lms-r1")
    held = waiting(site, "lms-r1")
    assert held.state is SubmissionState.REFUSED
    assert [one.rule for one in held.faults] == [one.rule for one in refused.value.faults] != [None]
    assert "lms-r1" not in marks(site)
    assert writer.one("result", "/results/lms-r1")["metadata"]["gateway.state"] == "refused"


def _absence(pupil: str, lesson: str) -> dict[str, Any]:
    return {
        "school_id": SCHOOL,
        "lesson_id": lesson,
        "pupil_id": pupil,
        "kind": "illness",
        "comment": "",
        "voided": False,
        "version": 1,
    }


def test_a_result_waits_for_its_line_item(site: Site) -> None:
    writer = Writer(site)
    writer.quiz()
    writer.result("lms-r1")
    with pytest.raises(RuleViolation) as refused:
        approve(site, "lms-r1")
    assert refused.value.code == "oneroster.item_waits"
    with pytest.raises(RuleViolation) as several:
        approve(site, QUIZ)
    assert several.value.code == "oneroster.lesson_needed"
    submissions = site.submissions(SCHOOL)
    choice = submissions.choice(waiting(site, QUIZ).id)
    assert [one.id for one in choice.lessons] == ["lesson-1", "lesson-2"]


def test_several_are_approved_in_the_order_of_what_they_refer_to(site: Site) -> None:
    writer = Writer(site)
    site.world.change(RECORD_TABLES[RecordKind.LESSONS], {"subject_id": "other"}, id="lesson-2")
    writer.quiz()
    writer.result("lms-r1")
    ids = [one.id for one in site.submissions(SCHOOL).list()]
    assert site.submissions(SCHOOL).approve_all(ids, by=DEPUTY) == (2, 0)
    assert marks(site)["lms-r1"]["lesson_id"] == "lesson-1"


def test_a_mark_of_the_journal_is_changed_by_its_own_id(site: Site) -> None:
    writer = Writer(site)
    item = writer.one("result", "/results/mark-1")["lineItem"]["sourcedId"]
    assert writer.result("mark-1", item, score=3, comment="пересдача").status_code == 201
    assert writer.one("result", "/results/mark-1")["metadata"]["gateway.state"] == "pending"
    approve(site, "mark-1")
    kept = marks(site)["mark-1"]
    assert (kept["value"], kept["comment"], kept["work_kind"]) == (3, "пересдача", "control")
    assert writer.result("mark-3", item, score=3).status_code == 201
    with pytest.raises(RuleViolation):  # it is another pupil's
        approve(site, "mark-3")


def test_a_category_becomes_a_kind_of_work(site: Site) -> None:
    writer = Writer(site)
    assert writer.put("/categories/lms-cat", {"category": {"title": "Weekly quiz", "weight": 2.0}}).status_code == 201
    approve(site, "lms-cat")
    (kept,) = site.world.rows(RECORD_TABLES[RecordKind.WORK_TYPES])
    assert (kept["id"], kept["kind"], kept["weight"]) == ("lms-cat", "test", 2)
    assert writer.one("category", "/categories/lms-cat")["title"] == "Weekly quiz"
    assert "lms-cat" in {one["sourcedId"] for one in writer.get(f"{GRADES}/categories").json()["categories"]}
    answer = writer.delete("/categories/lms-cat")
    assert answer.status_code == 422
    assert "deletefailure" in answer.text


def test_homework_given_elsewhere_becomes_homework_of_the_lesson(site: Site) -> None:
    writer = Writer(site)
    writer.quiz(category={"sourcedId": writer.category("Домашнее задание")}, title="§ 7", description="№ 1–3")
    approve(site, QUIZ, lesson="lesson-2")
    kept = {row["lesson_id"]: row for row in site.world.rows(RECORD_TABLES[RecordKind.HOMEWORK])}
    assert kept["lesson-2"]["content"] == "§ 7\n№ 1–3"
    assert writer.one("lineItem", f"/lineItems/{QUIZ}")["title"] == "§ 7"


@pytest.mark.parametrize(
    ("path", "body", "rule"),
    [
        (
            "/scoreScales/s",
            {"title": "A–F", "type": "letters", "scoreScaleValue": [{"itemValueLHS": "A", "itemValueRHS": "5"}]},
            "R-ACAD-19",
        ),
        ("/assessmentLineItems/a", {"title": "Exam"}, "R-ATT-03"),
    ],
)
def test_what_the_school_alone_decides_is_taken_and_never_approved(
    site: Site, path: str, body: dict[str, object], rule: str
) -> None:
    writer = Writer(site)
    assert writer.put(path, {**body, "class": {"sourcedId": writer.taught()["sourcedId"]}}).status_code == 201
    with pytest.raises(RuleViolation) as refused:
        approve(site, path[-1])
    assert refused.value.rule == rule
    assert writer.delete(path).status_code == 204
    assert writer.get(f"{GRADES}{path}").status_code == 404


def test_deleting_a_line_item_voids_its_marks_and_no_others(site: Site) -> None:
    writer = Writer(site)
    approved_quiz(site, writer)
    writer.result("lms-r1")
    approve(site, "lms-r1")
    assert writer.delete(f"/lineItems/{QUIZ}").status_code == 204
    approve(site, QUIZ)
    assert {name for name, row in marks(site).items() if row["voided"]} == {"lms-r1"}
    assert writer.one("lineItem", f"/lineItems/{QUIZ}")["status"] == "tobedeleted"


def test_final_marks_cannot_be_deleted_through_their_line_item(site: Site) -> None:
    writer = Writer(site)
    items = writer.get(f"{GRADES}/lineItems", filter="title~'Итоговая'").json()["lineItems"]
    assert writer.delete(f"/lineItems/{items[0]['sourcedId']}").status_code == 204
    with pytest.raises(RuleViolation) as refused:
        approve(site, items[0]["sourcedId"])
    assert refused.value.rule == "R-AUD-02"


def test_what_is_unknown_cannot_be_deleted_and_what_waits_is_withdrawn(site: Site) -> None:
    writer = Writer(site)
    assert writer.delete("/results/none").status_code == 404
    writer.quiz()
    assert writer.delete(f"/lineItems/{QUIZ}").status_code == 204
    assert [one.state for one in site.submissions(SCHOOL).list()] == [SubmissionState.WITHDRAWN]
    assert writer.get(f"{GRADES}/lineItems/{QUIZ}").status_code == 404


def test_each_verb_needs_its_own_scope(site: Site) -> None:
    reader = Writer(site, Scope.OR_ROSTER, Scope.OR_GRADEBOOK)
    assert reader.result("r").status_code == 403
    assert reader.delete("/results/r").status_code == 403
    assert reader.post("/lineItems/x/results", {"results": []}).status_code == 403
    assert is_valid("imsx_StatusInfoDType", reader.result("r").json())
    putting = Writer(site, Scope.OR_GRADEBOOK_PUT)
    assert putting.put("/assessmentResults/r", {}).status_code == 403
    assert putting.put("/results/r", {}).status_code == 422


def test_decisions_are_in_the_audit_and_nothing_is_decided_twice(site: Site) -> None:
    writer = Writer(site)
    writer.quiz()
    one = waiting(site, QUIZ)
    approve(site, QUIZ, lesson="lesson-1")
    entries = [row for row in site.world.rows(audit_entry) if row["object_id"] == one.id]
    assert [(row["action"], row["actor"], row["role"]) for row in entries] == [("approve", "deputy", "deputy")]
    with pytest.raises(Exception, match=r"submission\.decided"):
        site.submissions(SCHOOL).reject(one.id, by=DEPUTY, reason="поздно")


def test_every_writing_operation_of_the_standard_is_there_with_its_scope() -> None:
    official = {
        about["operationId"]: (verb.upper(), path, about["security"][0]["OAuth2CC"])
        for path, verbs in gradebook_document()["paths"].items()
        for verb, about in verbs.items()
        if verb != "get"
    }
    assert {one.id: (one.verb.value, one.path, [one.scope.value]) for one in WRITINGS} == official
