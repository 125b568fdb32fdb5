"""The guide for integrators is walked: its examples are sent, in their order, and do what it says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gateway.model.access import Scope
from tests.web_world import Site

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "integrate-a-journal.md"


@pytest.fixture
def site(new_site: Site) -> Site:
    return new_site


def test_the_guide_can_be_followed(site: Site) -> None:
    found = re.findall(r"^```json\n(.*?)^```", GUIDE.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    year, day, changed, voided, renamed = (json.loads(block) for block in found)
    token = site.token(Scope.JOURNAL_READ, Scope.JOURNAL_WRITE, Scope.CHANGES_READ, Scope.ROSTER_READ)
    for number, batch in enumerate((year, day)):
        headers = {**token, "Idempotency-Key": f"guide-{number}"}
        answer = site.http.post("/api/v1/journal/batches", json=batch, headers=headers)
        assert (answer.status_code, answer.json()["rejected"]) == (200, []), answer.text
    mark = f"/api/v1/journal/marks/{changed['id']}"
    for record in (changed, voided):
        tag = site.http.get(mark, headers=token).headers["ETag"]
        assert site.http.put(mark, json=record, headers={**token, "If-Match": tag}).status_code == 200
    feed = "/api/v1/journal/changes?since=0&payload=none"
    since = site.http.get(feed, headers=token).json()["since"]
    assert site.http.post("/api/v1/journal/key-changes", json=renamed, headers=token).status_code == 200
    [change] = site.http.get(f"/api/v1/journal/changes?since={since}", headers=token).json()["items"]
    assert (change["change"], change["previousKey"], change["key"]) == ("renamed", renamed["from"], renamed["to"])
    assert site.http.get(mark, headers=token).json()["lesson"] == renamed["to"]
