"""The console's key: made once, whole or not at all, the same for every process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.web.wiring import _kept_secret


def test_all_who_start_at_once_have_the_same_key(tmp_path: Path) -> None:
    file = tmp_path / "data" / "console-secret"
    with ThreadPoolExecutor(8) as starts:
        made = set(starts.map(_kept_secret, [file] * 16))
    assert made == {file.read_text("ascii")}
    assert [one.name for one in file.parent.iterdir()] == ["console-secret"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_empty_key_stops_the_start_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "console-secret").touch()
    with pytest.raises(ConfigurationError) as caught:
        _kept_secret(tmp_path / "console-secret")
    assert caught.value.code == "configuration.console_secret"
    assert "Delete it" in caught.value.text.en
