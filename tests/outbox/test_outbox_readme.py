"""What the README shows works as it stands."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import outbox

README = Path(outbox.__file__).with_name("README.md")


def test_the_quickstart_delivers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    [program] = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    posted: list[tuple[bytes, str]] = []

    def http_post(payload: bytes, *, message_id: str) -> Any:
        posted.append((payload, message_id))
        return SimpleNamespace(status=200, receipt="R-1", body=b"ok")

    names: dict[str, Any] = {"http_post": http_post}
    exec(compile(program, str(README), "exec"), names)  # noqa: S102  our own file
    [(payload, message_id)] = posted
    assert payload == b"<report/>"
    with names["engine"].connect() as connection:
        history = outbox.show(connection, outbox.MessageId(message_id))
    assert (history.entry.state, history.entry.receipt) == (outbox.State.DONE, "R-1")
    names["engine"].dispose()


def test_every_name_that_the_readme_writes_as_code_exists() -> None:
    text = README.read_text(encoding="utf-8")
    called = set(re.findall(r"`([a-z_]+)\(", text)) | set(re.findall(r"`([A-Z][A-Za-z]+)(?:\(|`|\.)", text))
    known = set(outbox.__all__) | {"ManualClock", "READ", "IMMEDIATE", "RED"}
    assert called - known - {"memory_engine"} == set()
