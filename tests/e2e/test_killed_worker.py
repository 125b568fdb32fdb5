"""The worker is killed (SIGKILL) in the middle of every message of the road: nothing is lost, nothing doubled."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Walk
from tests.e2e.demo_world import PATIENCE, SIZE, counts, gateway_here, pid_of, rows, running, settings_of, started

MESSAGES = Counter(
    [
        ("steps", "roster_in"),
        ("steps", "platform_compared"),
        ("steps", "export_out"),
        ("steps", "archive_signed"),
        ("authority", "performance"),
        ("portal", "mark.added"),
    ]
)
"""Everything that a worker does on the road; the journal and the diary are served by the web service."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Survived:
    """A road walked under a worker that was killed again and again, and what the outside world has of it."""

    folder: Path
    summary: dict[str, Any]
    accepted: list[dict[str, Any]]
    events: list[dict[str, Any]]


@pytest.fixture(scope="module")
def survived(tmp_path_factory: pytest.TempPathFactory) -> Survived:
    folder = tmp_path_factory.mktemp("killed") / "demo"
    arguments = ("demo", "--json", "--kill-worker", "--school-size", str(SIZE), "--folder", folder)
    with running(*arguments, until="Остановить / stop") as lines:
        settings = settings_of(folder)
        authority = settings["authority"]["url"].removesuffix("/intake")
        portal = settings["portal"]["events_url"].removesuffix("/events")
        accepted = httpx.get(f"{authority}/_sandbox/accepted", trust_env=False).json()
        events = httpx.get(f"{portal}/_sandbox/events", trust_env=False).json()
    summary: dict[str, Any] = {}
    for line in lines:
        summary |= json.loads(line) if line.startswith("{") else {}
    return Survived(folder=folder, summary=summary, accepted=accepted, events=events)


def test_the_road_was_walked_to_its_end(survived: Survived, walked: Walk) -> None:
    assert survived.summary["ok"] is True
    undisturbed = walked.ended.json()
    for step in ("roster", "journal", "platform", "diary", "archive"):
        assert survived.summary[step] == undisturbed[step]


def test_every_message_was_lost_once_and_then_done(survived: Survived) -> None:
    messages = rows(survived.folder, "SELECT destination, kind FROM outbox_message WHERE state = 'done'")
    assert Counter(messages) == MESSAGES
    outcomes = rows(
        survived.folder,
        "SELECT destination, kind, outcome FROM outbox_attempt JOIN outbox_message ON seq = message "
        "WHERE outcome IN ('lost', 'delivered')",
    )
    for way in ("lost", "delivered"):
        assert Counter((where, what) for where, what, outcome in outcomes if outcome == way) == MESSAGES


def test_nothing_is_lost_and_nothing_doubled(survived: Survived, walked: Walk) -> None:
    left, undisturbed = counts(survived.folder), counts(walked.folder)
    # Attempts differ by nature, and a token may run out earlier or later.
    for log in ("outbox_attempt", "access_token"):
        del left[log], undisturbed[log]
    # A demo that leaves its console open adds an administrator, and two of the school by orders of its director.
    undisturbed["console_user"] += 3
    undisturbed["account_order"] += 2
    undisturbed["audit_entry"] += 1 + 2 * len(("ordered", "added", "carried out"))
    assert left == undisturbed


def test_the_authority_took_one_package(survived: Survived) -> None:
    [(package,)] = rows(survived.folder, "SELECT id FROM export_package")
    assert [one["packageId"] for one in survived.accepted] == [package]


def test_the_portal_has_one_event_however_often_it_came(survived: Survived) -> None:
    told = rows(survived.folder, "SELECT id, receipt FROM outbox_message WHERE destination = 'portal'")
    assert [(one["id"], one["receipt"]) for one in survived.events] == told
    assert survived.events[0]["deliveries"] <= len(("the one that was lost", "the one that was not"))


@pytest.mark.parametrize("command", [("audit", "verify"), ("archive", "verify")], ids=" ".join)
def test_chain_and_archive_are_whole(survived: Survived, command: tuple[str, ...]) -> None:
    assert gateway_here(survived.folder / "gateway.toml", *command).code == 0


def test_one_of_the_school_asks_for_a_correction_and_another_approves_it(survived: Survived) -> None:
    """R-AUD-03: with the accounts that the demo prints."""
    config = survived.folder / "gateway.toml"
    linked = "SELECT login, staff_id FROM console_user WHERE staff_id IS NOT NULL"
    staff = dict(rows(survived.folder, linked))
    assert set(staff) == {"deputy", "director"}
    [(mark,)] = rows(survived.folder, "SELECT id FROM mark ORDER BY id LIMIT 1")
    asked = gateway_here(
        config, "correction", "request", "marks", mark, "--staff", staff["deputy"], "--reason", "Описка", "--json"
    ).json()
    approved = gateway_here(config, "correction", "approve", asked["id"], "--staff", staff["director"], "--json").json()
    assert (approved["decision"], approved["decided_by"]) == ("approved", staff["director"])


def test_a_demo_whose_console_died_says_so_and_ends(survived: Survived) -> None:
    arguments = ("demo", "--json", "--school-size", str(SIZE), "--folder", survived.folder)
    with started(*arguments, until="Остановить / stop") as (process, _):
        os.kill(pid_of(survived.folder, "serve"), signal.SIGKILL)
        assert process.wait(PATIENCE) == 1
