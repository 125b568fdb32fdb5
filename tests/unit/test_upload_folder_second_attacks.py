"""What columns mean, said twice at once and on a full disk: it is one of the two, or what it was before."""

from __future__ import annotations

import errno
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.storage.upload_folder import UploadFolder
from tests.unit.test_upload_folder import keep, upload


def test_two_who_say_it_at_once_do_not_lose_the_upload(tmp_path: Path) -> None:
    store = UploadFolder(root=tmp_path / "uploads")
    keep(store, upload())

    def say(number: int) -> bool:
        said = store.say_columns("id-1", {"a.csv": {f"column {number}": "x" * 2000}})
        return said is not None and store.get("id-1") is not None

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(say, range(400)))


def test_on_a_full_disk_the_choice_before_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = UploadFolder(root=tmp_path / "uploads")
    keep(store, upload())
    before = store.say_columns("id-1", {"a.csv": {"Кто": "full_name"}})

    def full(path: Path, *_args: object, **_more: object) -> int:
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        store.say_columns("id-1", {})
    monkeypatch.undo()
    assert store.get("id-1") == before
    store.drop("id-1")
    assert list((tmp_path / "uploads").iterdir()) == []
