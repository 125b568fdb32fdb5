"""`GET /api/v1/roster/…` on a real socket: kinds, pages, other schools."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.model.access import Scope
from gateway.storage.tables.audit import view_entry
from tests.diary_world import OWN
from tests.web_world import Site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.close()


@pytest.fixture(scope="module")
def token(site: Site) -> dict[str, str]:
    return site.token(Scope.ROSTER_READ)


def test_each_kind_is_listed_with_both_ids(site: Site, token: dict[str, str]) -> None:
    found = {
        listed: site.http.get(f"/api/v1/roster/{listed}", headers=token).json()["items"]
        for listed in ("pupils", "guardians", "classes", "staff")
    }
    assert {item["id"]: item["class"] for item in found["pupils"]}[OWN] == "c-5a"
    assert [(item["id"], item["sourceId"]) for item in found["classes"]] == [("c-5a", "C-1")]
    assert [(item["id"], item["active"]) for item in found["staff"]] == [("s-1", True)]
    assert "class" not in found["staff"][0]
    assert OWN in {pupil for item in found["guardians"] for pupil in item["pupils"]}


def test_groups_and_subjects_are_listed_too(site: Site, token: dict[str, str]) -> None:
    subjects = site.http.get("/api/v1/roster/subjects", headers=token).json()
    assert subjects == {"items": [{"id": "math", "name": "Математика", "component": "federal"}], "next": None}
    assert site.http.get("/api/v1/roster/groups", headers=token).json() == {"items": [], "next": None}


def test_a_list_that_is_the_same_is_not_sent_twice(site: Site, token: dict[str, str]) -> None:
    tag = site.http.get("/api/v1/roster/pupils", headers=token).headers["ETag"]
    again = site.http.get("/api/v1/roster/pupils", headers={**token, "If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_looks_at_pupils_are_kept(site: Site, token: dict[str, str]) -> None:
    before = len(site.world.rows(view_entry))
    assert site.http.get("/api/v1/roster/pupils?limit=3", headers=token).status_code == 200
    assert site.http.get("/api/v1/roster/staff", headers=token).status_code == 200
    looks = site.world.rows(view_entry)[before:]
    assert [(row["what"], row["source"]) for row in looks] == [("roster.pupils", "127.0.0.1")] * 3


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_the_pages_together_are_the_whole(site: Site, token: dict[str, str], limit: int) -> None:
    whole = site.http.get("/api/v1/roster/pupils", headers=token).json()
    assert whole["next"] is None
    seen, address = [], f"/api/v1/roster/pupils?limit={limit}"
    while address:
        page = site.http.get(address, headers=token).json()
        assert 0 < len(page["items"]) <= limit
        seen += page["items"]
        address = page["next"]
    assert seen == whole["items"]
    assert len(seen) == 7


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=ten", "limit"),
        ("limit=-1", "limit"),
        ("limit=٣", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("after=", "after"),
        ("after=a%00b", "after"),
        ("after=" + "x" * 65, "after"),
    ],
)
def test_a_wrong_parameter_is_named(site: Site, token: dict[str, str], query: str, field: str) -> None:
    answer = site.http.get(f"/api/v1/roster/pupils?{query}", headers=token)
    assert (answer.status_code, answer.json()["code"]) == (400, "http.parameter_invalid")
    assert answer.json()["faults"][0]["field"] == field
