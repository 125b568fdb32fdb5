"""The whole road, once: ``gateway demo --once`` in a fresh folder, and again on the same data."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Walk
from tests.e2e.demo_world import SIZE, Ended, digest, files, gateway, gateway_here, rows, tables

SHAPE = {
    "ok": bool,
    "roster": {"created": int, "updated": int, "deactivated": int, "rejected": int},
    "journal": {"lessons": int, "marks": int, "absences": int, "rejected": int},
    "platform": {"lessons": int, "differences": int},
    "export": {"documents": int, "bytes": int, "attempts": int, "receipt": str},
    "diary": {"lessons": int, "marks": int, "foreign_child_status": int},
    "archive": {"files": int, "pages": int, "signed": int, "verified": int},
    "seconds": float,
}

_A_STEP = "destination = 'steps'"
LOGS = {
    # Each call of a step or of the portal is an event of its own and leaves a line, whatever came of it:
    "step_run": "FALSE",  # when a step ran and what it found
    "roster_run": "FALSE",  # when a roster was read and what came of it
    "view_entry": "FALSE",  # who looked at whose data
    "access_token": "FALSE",  # a program came and got a token
    "outbox_message": f"NOT ({_A_STEP})",  # that a step was to be started
    "outbox_payload": f"message NOT IN (SELECT seq FROM outbox_message WHERE {_A_STEP})",  # noqa: S608  our own words
    "outbox_attempt": f"message NOT IN (SELECT seq FROM outbox_message WHERE {_A_STEP})",  # noqa: S608  our own words
    "outbox_lane": f"NOT ({_A_STEP})",  # how often a lane was leased
    "sqlite_sequence": "FALSE",  # the last number given to a decision
    "outbox_counter": "FALSE",  # the last number given to a message
}
"""Tables that log runs and looks, each with the condition for the rows that are no such log."""

NUMBERS = frozenset({"outbox_lane", "outbox_counter", "sqlite_sequence"})
"""Those of them whose rows change instead of growing in number."""


@pytest.fixture(scope="module")
def again(walked: Walk, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Walk the road a second time, on a copy of what the first walk left."""
    folder = tmp_path_factory.mktemp("again") / "demo"
    shutil.copytree(walked.folder, folder)
    return Walk(folder=folder, ended=gateway("demo", "--once", "--school-size", str(SIZE), "--folder", folder))


def shape(content: object) -> object:
    return {name: shape(part) for name, part in content.items()} if isinstance(content, dict) else type(content)


def test_the_summary_is_the_one_that_was_promised(walked: Walk) -> None:
    assert walked.ended.code == 0, walked.ended.err
    summary = walked.ended.json()
    assert shape(summary) == SHAPE
    assert list(summary) == list(SHAPE)
    assert summary["ok"] is True
    assert summary["roster"]["created"] > SIZE
    assert min(summary["journal"][name] for name in ("lessons", "marks", "absences")) > 0
    assert summary["export"]["receipt"]
    assert summary["diary"]["foreign_child_status"] == 404
    archive = summary["archive"]
    assert archive["files"] == archive["signed"] == archive["verified"] > 0


def test_the_summary_says_what_the_tables_hold(walked: Walk) -> None:
    summary = walked.ended.json()
    [(lessons, marks, absences)] = rows(
        walked.folder,
        "SELECT (SELECT count(*) FROM lesson), (SELECT count(*) FROM mark), (SELECT count(*) FROM absence)",
    )
    one_added = 1  # step 5 adds a mark to the posted ones
    assert summary["journal"] == {"lessons": lessons, "marks": marks - one_added, "absences": absences, "rejected": 0}
    assert rows(walked.folder, "SELECT state, receipt, size FROM export_package") == [
        ("accepted", summary["export"]["receipt"], summary["export"]["bytes"])
    ]
    assert rows(walked.folder, "SELECT count(*), sum(pages) FROM archive_entry") == [
        (summary["archive"]["files"], summary["archive"]["pages"])
    ]


def test_the_troubled_intake_was_asked_as_often_as_it_failed(walked: Walk) -> None:
    attempts = rows(
        walked.folder,
        "SELECT outcome, status, outbox_attempt.error_code FROM outbox_attempt JOIN outbox_message ON seq = message "
        "WHERE destination = 'authority' ORDER BY number",
    )
    refused = ("retry", 503, "platform.status_503")
    assert attempts == [refused, refused, refused, ("retry", None, "platform.timeout"), ("delivered", None, None)]
    assert walked.ended.json()["export"]["attempts"] == len(attempts)


def test_a_second_walk_changes_nothing(walked: Walk, again: Walk) -> None:
    first, second = walked.ended.json(), again.ended.json()
    assert again.ended.code == 0, again.ended.err
    assert second["roster"] == dict.fromkeys(SHAPE["roster"], 0)  # type: ignore[call-overload]  # a dictionary
    del first["roster"], second["roster"], first["seconds"], second["seconds"]
    assert second == first

    def state(folder: Path) -> dict[str, str]:
        return {table: digest(folder, table, LOGS.get(table, "TRUE")) for table in tables(folder)}

    assert state(again.folder) == state(walked.folder)


@pytest.mark.parametrize("log", [name for name in LOGS if name not in NUMBERS])
def test_logs_only_grow(walked: Walk, again: Walk, log: str) -> None:
    everything = f"SELECT * FROM {log}"  # noqa: S608  names of our own tables
    before, after = rows(walked.folder, everything), rows(again.folder, everything)
    assert set(before) < set(after)


def test_a_second_walk_leaves_archive_and_keys_byte_for_byte(walked: Walk, again: Walk) -> None:
    for name in ("archive", "keys"):
        assert files(again.folder / name) == files(walked.folder / name) != {}


@pytest.mark.parametrize("command", [("audit", "verify"), ("archive", "verify"), ("db", "check")], ids=" ".join)
def test_what_is_left_stands_every_examination(walked: Walk, command: tuple[str, ...]) -> None:
    examined = gateway_here(walked.folder / "gateway.toml", *command, "--json")
    assert (examined.code, examined.err) == (0, "")
    answer = examined.json()
    assert all(one["sound"] for one in answer) if isinstance(answer, list) else answer["ok"]


@pytest.fixture
def archive_file(walked: Walk) -> Path:
    [file] = (walked.folder / "archive").rglob("*.pdf")
    return file


def installed(program: str) -> Callable[[Any], Any]:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


@installed("pdfsig")
def test_pdfsig_finds_the_signature_inside_valid(archive_file: Path) -> None:
    said = subprocess.run(["pdfsig", "-nocert", archive_file], capture_output=True, text=True, check=True).stdout
    assert "Signature Validation: Signature is Valid." in said
    assert "Total document signed" in said


@installed("openssl")
def test_openssl_takes_the_signature_beside_the_file_and_no_other(walked: Walk, archive_file: Path) -> None:
    signature = archive_file.with_name(f"{archive_file.name}.sig")
    roots = walked.folder / "keys" / "roots.pem"

    def verified(content: Path) -> bool:
        command: list[str | Path] = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", signature]
        command += ["-content", content, "-CAfile", roots, "-purpose", "any", "-out", "/dev/null"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    assert verified(archive_file)
    assert not verified(roots)


@installed("pdftotext")
def test_the_archive_can_be_searched_for_a_pupil(walked: Walk, archive_file: Path) -> None:
    [(class_id,)] = rows(walked.folder, "SELECT class_id FROM archive_entry")
    names = rows(
        walked.folder,
        f"SELECT family_name FROM pupil JOIN enrollment ON pupil_id = id WHERE class_id = '{class_id}'",  # noqa: S608  an id of our own
    )
    text = subprocess.run(["pdftotext", archive_file, "-"], capture_output=True, text=True, check=True).stdout
    assert [name for (name,) in names if name not in text] == []


def test_nothing_of_it_can_be_read_by_others(walked: Walk) -> None:
    private = ("demo.json", "gateway.toml", "console-secret")
    secret: list[Path] = [walked.folder, *(walked.folder / name for name in private)]
    secret += [walked.folder / "keys", *(walked.folder / "keys").iterdir()]
    assert [file.name for file in secret if file.stat().st_mode & 0o077] == []


def test_asked_wrongly_it_ends_with_2(tmp_path: Path) -> None:
    ended: Ended = gateway("demo", "--once", "--school-size", "many", "--folder", tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert list(tmp_path.iterdir()) == []
