"""Files that wait for a decision: all or nothing, one taker, an end; and the names they are kept by."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from gateway.model.ids import SchoolId
from gateway.ports.roster_uploads import Upload
from gateway.roster.uploads import harmless
from gateway.storage.upload_folder import UploadFolder

NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def upload(own: str = "id-1", *, brought_at: datetime = NOW) -> Upload:
    return Upload(
        id=own, school=SchoolId("school-1"), owner="coordinator", source="own", whole=True, brought_at=brought_at
    )


@pytest.fixture
def store(tmp_path: Path) -> UploadFolder:
    return UploadFolder(root=tmp_path / "data" / "uploads")


def keep(store: UploadFolder, what: Upload) -> Upload:
    return store.keep(what, [("b.csv", io.BytesIO(b"22")), ("a.csv", io.BytesIO(b"1"))])


def test_what_is_kept_is_found_whole(store: UploadFolder) -> None:
    kept = keep(store, upload())
    assert [(one.name, one.size) for one in kept.files] == [("a.csv", 1), ("b.csv", 2)]
    assert store.get("id-1") == kept
    assert (store.place("id-1") / "b.csv").read_bytes() == b"22"


def test_what_columns_mean_is_kept_with_it_as_long_as_it_waits(store: UploadFolder) -> None:
    kept = keep(store, upload())
    said = store.say_columns("id-1", {"a.csv": {"Кто": "full_name"}})
    assert said == replace(kept, columns={"a.csv": {"Кто": "full_name"}})
    assert store.get("id-1") == said
    store.take("id-1")
    assert store.say_columns("id-1", {}) is None
    assert store.say_columns("../id-1", {}) is None


class _Breaks(io.BytesIO):
    def read(self, _size: int | None = -1, /) -> bytes:
        raise OSError(28, "No space left on device")


def test_a_file_that_cannot_be_written_leaves_nothing(store: UploadFolder) -> None:
    with pytest.raises(OSError, match="No space"):
        store.keep(upload(), [("a.csv", io.BytesIO(b"1")), ("b.csv", _Breaks())])
    assert list(store.root.iterdir()) == []


def test_one_of_many_takes_it_out(store: UploadFolder) -> None:
    keep(store, upload())
    barrier, got = Barrier(8), list[Path | None]()

    def take() -> None:
        barrier.wait()
        got.append(store.take("id-1"))

    threads = [Thread(target=take) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len([place for place in got if place is not None]) == 1
    assert store.get("id-1") is None
    store.put_back("id-1")
    assert store.get("id-1") is not None
    store.drop("id-1")
    store.drop("id-1")
    assert list(store.root.iterdir()) == []


def test_old_ones_go_and_what_somebody_works_on_stays_an_hour_longer(store: UploadFolder) -> None:
    keep(store, upload("old", brought_at=NOW - timedelta(seconds=1)))
    keep(store, upload("new"))
    keep(store, upload("worked-on", brought_at=NOW - timedelta(seconds=1)))
    store.take("worked-on")
    assert store.drop_brought_before(NOW) == 1
    assert {one.name for one in store.root.iterdir()} == {"new", "worked-on.taken"}
    assert store.drop_brought_before(NOW + HOUR) == 2


def test_what_a_killed_process_left_goes_by_the_time_of_its_folder(store: UploadFolder) -> None:
    broken = store.root / "id-9.partial"
    broken.mkdir(parents=True)
    (broken / "upload.json").write_text('{"id"', encoding="utf-8")
    os.utime(broken, (NOW.timestamp(), NOW.timestamp()))
    assert store.drop_brought_before(NOW) == 0
    assert store.drop_brought_before(NOW + timedelta(seconds=1)) == 1


def test_where_nothing_was_ever_brought_there_is_nothing(store: UploadFolder) -> None:
    assert store.drop_brought_before(NOW) == 0
    assert (store.get("id-1"), store.take("id-1")) == (None, None)


@pytest.mark.parametrize("own", ["..", "../x", "a/b", "", "x.taken", "a" * 65])
def test_an_id_that_leads_elsewhere_is_none(store: UploadFolder, own: str) -> None:
    keep(store, upload("x"))
    assert (store.get(own), store.take(own)) == (None, None)
    store.drop(own)
    assert store.get("x") is not None
    with pytest.raises(ValueError, match="lead elsewhere"):
        keep(store, upload(own))


def test_a_name_that_leads_elsewhere_is_not_kept(store: UploadFolder) -> None:
    with pytest.raises(ValueError, match="lead elsewhere"):
        store.keep(upload(), [("../a.csv", io.BytesIO(b""))])


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Ученики 5 «А».XLSX", "Ученики 5 «А».xlsx"),
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\Школа\\список.csv", "список.csv"),
        (".csv", "list.csv"),
        ("..csv", "list.csv"),
        ("~$Ученики.xlsx", "__Ученики.xlsx"),
        ("a\0b<c>.csv", "a_b_c_.csv"),
        ("и\u0306.csv", "й.csv"),
        (f"{'я' * 300}.csv", f"{'я' * 60}.csv"),
        ("x", "list.x"),
    ],
)
def test_names_are_made_harmless(given: str, kept: str) -> None:
    assert harmless(given) == kept
