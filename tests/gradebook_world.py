"""A learning system that writes grades back to a school by OneRoster, over a real socket."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import httpx
from sqlalchemy import insert

from gateway.model.access import Scope
from gateway.model.journal_records import RecordKind
from gateway.model.oneroster_submission import Decider, Submission
from gateway.storage.tables.journal import mark
from gateway.storage.tables.records import RECORD_TABLES
from tests.diary_world import MONDAY, SCHOOL
from tests.web_world import Site

ROSTER, GRADES = "/ims/oneroster/rostering/v1p2", "/ims/oneroster/gradebook/v1p2"
WRITER = (
    Scope.OR_ROSTER,
    Scope.OR_GRADEBOOK,
    Scope.OR_GRADEBOOK_PUT,
    Scope.OR_GRADEBOOK_POST,
    Scope.OR_GRADEBOOK_DELETE,
    Scope.OR_ASSESSMENT,
    Scope.OR_ASSESSMENT_PUT,
    Scope.OR_ASSESSMENT_DELETE,
)
DEPUTY = Decider(actor="deputy", role="deputy", channel="console")
QUIZ = "lms-quiz.1"


def with_a_quarter(site: Site) -> Site:
    """Return the web service, over a school that has one quarter now."""
    with site.world.engine.begin() as connection:
        connection.execute(insert(RECORD_TABLES[RecordKind.PERIODS]), [_period(1, "2026-09-01", "2026-10-25")])
    return site


def _period(number: int, start: str, end: str) -> dict[str, Any]:
    return {
        "school_id": SCHOOL,
        "id": f"q{number}",
        "year": 2026,
        "kind": "quarter",
        "number": number,
        "start_on": date.fromisoformat(start),
        "end_on": date.fromisoformat(end),
        "first_grade": 1,
        "last_grade": 9,
        "version": 1,
    }


class Writer:
    """A learning system that writes grades back."""

    def __init__(self, site: Site, *scopes: Scope) -> None:
        self.site = site
        self.headers = site.token(*(scopes or WRITER))

    def get(self, path: str, **asked: str) -> httpx.Response:
        return self.site.http.get(path, params=asked, headers=self.headers)

    def put(self, path: str, body: object) -> httpx.Response:
        return self.site.http.put(f"{GRADES}{path}", json=body, headers=self.headers)

    def post(self, path: str, body: object) -> httpx.Response:
        return self.site.http.post(f"{GRADES}{path}", json=body, headers=self.headers)

    def delete(self, path: str) -> httpx.Response:
        return self.site.http.delete(f"{GRADES}{path}", headers=self.headers)

    def one(self, kind: str, path: str) -> dict[str, Any]:
        answer = self.get(f"{GRADES}{path}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()[kind]
        return found

    def taught(self) -> dict[str, Any]:
        classes = self.get(f"{ROSTER}/classes", filter="classType='scheduled'").json()["classes"]
        (found,) = classes
        return dict(found)

    def category(self, title: str) -> str:
        found = self.get(f"{GRADES}/categories", filter=f"title='{title}'").json()["categories"]
        return str(found[0]["sourcedId"])

    def quiz(self, sourced_id: str = QUIZ, **changed: object) -> httpx.Response:
        body: dict[str, object] = {
            "title": "Quiz",
            "class": {"sourcedId": self.taught()["sourcedId"]},
            "category": {"sourcedId": self.category("Тест")},
            "assignDate": f"{MONDAY}T06:30:00Z",
            "dueDate": f"{MONDAY}T20:00:00Z",
            **changed,
        }
        return self.put(f"/lineItems/{sourced_id}", {"lineItem": body})

    def result(self, sourced_id: str, item: str = QUIZ, **changed: object) -> httpx.Response:
        body = {
            "lineItem": {"sourcedId": item},
            "student": {"sourcedId": "own"},
            "score": 5,
            "scoreStatus": "fully graded",
            "scoreDate": "2026-10-12T21:30:00Z",
            "comment": "",
            **changed,
        }
        return self.put(f"/results/{sourced_id}", body)


def waiting(site: Site, sourced_id: str) -> Submission:
    return next(one for one in site.submissions(SCHOOL).list() if one.sourced_id == sourced_id and one.state.is_open)


def approve(site: Site, sourced_id: str, **chosen: str) -> Submission:
    return site.submissions(SCHOOL).approve(waiting(site, sourced_id).id, by=DEPUTY, **chosen)


def approved_quiz(site: Site, writer: Writer) -> None:
    assert writer.quiz().status_code == 201
    approve(site, QUIZ, lesson="lesson-1")


def marks(site: Site) -> Mapping[str, Mapping[str, Any]]:
    return {str(row["id"]): row for row in site.world.rows(mark)}
