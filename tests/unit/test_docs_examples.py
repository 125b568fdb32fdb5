"""The examples in the documents are true: they are read by the code that they are about."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.portal.client import signature
from gateway.bootstrap import make_schedule
from gateway.mapping.portal import EVENT_SCHEMA
from gateway.model.archive import is_archive_file_name
from gateway.sandbox.faults import FaultKind, read_faults
from gateway.schemas.json_validation import json_faults
from gateway.settings import Settings, read_settings

DOCS = Path(__file__).parents[2] / "docs"


def blocks(page: str, language: str) -> list[str]:
    """Return the code blocks of a page in a language."""
    text = (DOCS / page).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


# portal.md


def test_the_event_is_valid() -> None:
    (event,) = blocks("reference/portal.md", "json")
    assert not json_faults(json.loads(event), *EVENT_SCHEMA)


def portal_check() -> Any:
    """Return the function of the page's Python example."""
    (source,) = blocks("reference/portal.md", "python")
    namespace: dict[str, Any] = {}
    exec(compile(source, "portal.md", "exec"), namespace)  # noqa: S102  the example is ours and is what is tested
    return namespace["is_authentic"]


def headers(*, secret: str, body: bytes, sent_at: datetime) -> dict[str, str]:
    """Return the headers that the gateway sends."""
    timestamp = str(int(sent_at.timestamp()))
    return {
        "webhook-id": "m-1",
        "webhook-timestamp": timestamp,
        "webhook-signature": signature(secret, "m-1", timestamp, body),
    }


NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_the_example_takes_what_the_gateway_signs() -> None:
    sent = headers(secret="s3cret", body=b"{}", sent_at=NOW)
    assert portal_check()("s3cret", sent, b"{}", NOW)


@pytest.mark.parametrize(
    ("secret", "body", "now"),
    [
        ("other", b"{}", NOW),
        ("s3cret", b"{ }", NOW),
        ("s3cret", b"{}", datetime(2026, 11, 20, 12, 6, tzinfo=UTC)),
    ],
    ids=["secret", "body", "age"],
)
def test_the_example_refuses_everything_else(secret: str, body: bytes, now: datetime) -> None:
    sent = headers(secret="s3cret", body=b"{}", sent_at=NOW)
    assert not portal_check()(secret, sent, body, now)


# archive.md


def test_the_file_names_are_such() -> None:
    text = (DOCS / "reference" / "archive.md").read_text("utf-8")
    shown = re.findall(r"`([^`/<…]+\.pdf)`", text)
    assert shown
    versions = re.compile(r"_в\d+\.pdf$")
    assert all(is_archive_file_name(versions.sub(".pdf", name)) for name in shown if name != "год_период_класс.pdf")


# how-to


def test_the_settings_file_is_read(tmp_path: Path) -> None:
    (example,) = blocks("how-to/install.md", "toml")
    file = tmp_path / "gateway.toml"
    for secret in re.findall(r'_file = "([^"]+)"', example):
        kept = tmp_path / Path(secret).name
        kept.write_text("x", "utf-8")
        example = example.replace(f'"{secret}"', f'"{kept}"')
    file.write_text(example, "utf-8")
    settings = read_settings(file, {})
    assert settings != Settings()
    assert settings.portal.secret == "x"
    assert [make_schedule(line).name for line in settings.schedules]


def test_the_fault_scripts_are_read() -> None:
    text = "".join(blocks("how-to/sandbox.md", "sh")) + "".join(blocks("tutorial/first-hour.md", "sh"))
    scripts = [json.loads(script) for script in re.findall(r"-d '(\[.*?\])'", text)]
    assert scripts
    for script in scripts:
        assert len(read_faults(script)) == len(script)


def test_every_kind_of_fault_is_told() -> None:
    text = (DOCS / "how-to" / "sandbox.md").read_text("utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE)) == set(FaultKind)


def test_no_toml_example_is_broken() -> None:
    for page in sorted(DOCS.rglob("*.md")):
        for example in blocks(str(page.relative_to(DOCS)), "toml"):
            tomllib.loads(example)
